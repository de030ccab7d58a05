package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"guidepost/generator"
)

func (a *app) move() *cobra.Command {
	var dry bool
	var now string
	c := &cobra.Command{
		Use:   "move [flags] OLD NEW",
		Short: "Moves an article, a file or a folder, and every link to it.",
		Long: `Moves an article, another file or a folder of content/, named by its path or its address, to a
new path or address. Every link to it is rewritten as its writer wrote it, links in what moves too, and
the old address becomes an alias of the page. Either all of it is done or nothing.

exit status: 0 done, 1 the content has errors or a link cannot be rewritten, 2 the command line is wrong
or NEW is there already, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments("OLD", "NEW"),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			at, err := a.now(now)
			if err != nil {
				return err
			}
			b, err := generator.New(generator.Options{Dir: a.dir, Now: at, DryRun: true, Defaults: a.defaults, Waiting: a.waiting})
			if err != nil {
				return failed(ctx, err)
			}
			m, l, err := b.Move(ctx, args[0], args[1], dry)
			if err != nil {
				return a.closed(b, failed(ctx, err))
			}
			if len(l) > 0 {
				if err := a.print(l, "text"); err != nil {
					return &status{exitMachine, err.Error()}
				}
				return a.closed(b, &status{exitContent, "nothing was moved"})
			}
			a.moved(m)
			return a.closed(b, nil)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.BoolVar(&dry, "dry-run", false, "say what would be done, and do nothing")
	fs.StringVar(&now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	return c
}

// moved tells what a move did.
func (a *app) moved(m *generator.Move) {
	for _, f := range m.Moved {
		fmt.Fprintf(a.std.Out, "%s -> %s\n", f.From, f.To)
		switch {
		case f.Aliased:
			fmt.Fprintf(a.std.Out, "  %s is now %s, and leads there\n", f.OldURL, f.NewURL)
		case f.OldURL != "":
			fmt.Fprintf(a.std.Out, "  %s is now %s; a draft leaves no alias\n", f.OldURL, f.NewURL)
		}
	}
	files := map[string]bool{}
	for _, l := range m.Links {
		files[l.File] = true
		fmt.Fprintf(a.std.Out, "%s:%d:%d: %s -> %s\n", l.File, l.Line, l.Col, l.Old, l.New)
	}
	for _, n := range m.Notes {
		fmt.Fprintln(a.std.Err, n)
	}
	what := plural(len(m.Moved), "file", "files") + " moved"
	if !m.Done {
		what = plural(len(m.Moved), "file", "files") + " would be moved"
	}
	fmt.Fprintf(a.std.Err, "%s; %s rewritten in %s\n", what, plural(len(m.Links), "link", "links"), plural(len(files), "file", "files"))
}
