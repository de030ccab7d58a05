package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) check() *cobra.Command {
	var f buildFlags
	var external bool
	c := &cobra.Command{
		Use:   "check [flags]",
		Short: "Tells every problem of the content, and publishes nothing.",
		Long: `Tells every problem of the content, and publishes nothing.

exit status: 0 nothing to mend, 1 problems, 2 the command line or the settings are wrong, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf("--format", f.format, "text", "json", "sarif", "github", "junit"); err != nil {
				return err
			}
			if err := oneOf("--fail-on", f.failOn, "error", "warning"); err != nil {
				return err
			}
			switch {
			case f.format == "junit":
				return notYet("check --format junit")
			case external:
				return notYet("check --external")
			}
			f.dryRun = true
			return a.runBuild(c.Context(), f)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.format, "format", "text", "tell problems as `FORMAT`: text, or json, sarif or github on standard output")
	fs.StringVar(&f.failOn, "fail-on", "error", "end with status 1 from this `SEVERITY` on: error or warning")
	fs.BoolVar(&external, "external", false, "look up addresses of other sites")
	fs.Lookup("external").Hidden = true
	fs.StringVar(&f.now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	return c
}
