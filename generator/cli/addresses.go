package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"guidepost/generator"
)

func (a *app) addresses() *cobra.Command {
	var write bool
	var now string
	c := &cobra.Command{
		Use:   "addresses [flags]",
		Short: "Keeps a list of every published address, so that none is lost.",
		Long: `Compares content/addresses.txt with what the site publishes: every page, its headings, topics, old
addresses and files. With --write what is new is added. While that file is there, a build that would
lose an address of it, with no alias to catch it, is an error.

exit status: 0 done, 1 the content has errors, or an address of the list is gone, 2 the command line or
the settings are wrong, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			at, err := a.now(now)
			if err != nil {
				return err
			}
			b, err := generator.New(generator.Options{Dir: a.dir, Now: at, DryRun: true, Defaults: a.defaults, Waiting: a.waiting})
			if err != nil {
				return failed(ctx, err)
			}
			r, l, err := b.Addresses(ctx, write)
			if err != nil {
				return a.closed(b, failed(ctx, err))
			}
			if err := a.print(l, "text"); err != nil {
				return &status{exitMachine, err.Error()}
			}
			if r == nil {
				return a.closed(b, &status{code: exitContent})
			}
			for _, s := range r.New {
				fmt.Fprintln(a.std.Out, "+ "+s)
			}
			switch {
			case len(r.New) == 0 && !r.Wrote:
				fmt.Fprintf(a.std.Err, "nothing new; %s\n", plural(r.Total, "line", "lines"))
			case r.Wrote:
				fmt.Fprintf(a.std.Err, "%s added; content/addresses.txt has %s\n", plural(len(r.New), "line", "lines"), plural(r.Total, "line", "lines"))
			default:
				fmt.Fprintf(a.std.Err, "%s to be added by --write\n", plural(len(r.New), "line", "lines"))
			}
			if l.Failed() {
				return a.closed(b, &status{code: exitContent})
			}
			return a.closed(b, nil)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.BoolVar(&write, "write", false, "add what is new to content/addresses.txt")
	fs.StringVar(&now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	return c
}
