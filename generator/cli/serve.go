package cli

import "github.com/spf13/cobra"

func (a *app) serve() *cobra.Command {
	return &cobra.Command{
		Use:                "serve",
		Short:              "Previews the site while it is edited (not there yet).",
		DisableFlagParsing: true, // whatever is asked of it, the answer is the same
		RunE: func(c *cobra.Command, args []string) error {
			for _, arg := range args {
				if arg == "--help" || arg == "-h" {
					return c.Help()
				}
			}
			return notYet("serve")
		},
	}
}
