package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"guidepost/generator"
)

func (a *app) headers() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "headers [flags] SERVER",
		Short: "Prints a server's settings for the headers of the built site.",
		Long: `Prints the settings by which nginx, caddy, apache or iis sends what the published _headers say,
for servers that do not read it: the content security policy, which sites may frame lent pages and
read their data, caching. Build the site first.

exit status: 0 done, 2 the command line is wrong or the site is not built, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments("SERVER"),
		RunE: func(c *cobra.Command, args []string) error {
			folder := a.inDir("public")
			if out != "" {
				folder = a.inDir(out)
			}
			text, err := generator.ServerHeaders(os.DirFS(folder), args[0])
			if err != nil {
				return failed(c.Context(), err)
			}
			if _, err := fmt.Fprint(a.std.Out, text); err != nil {
				return &status{exitMachine, err.Error()}
			}
			return nil
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&out, "out", "", "the published `DIR`; else public/")
	return c
}
