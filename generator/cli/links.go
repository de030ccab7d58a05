package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"guidepost/generator"
	"guidepost/generator/internal/diag"
)

func (a *app) links() *cobra.Command {
	var format, now string
	c := &cobra.Command{
		Use:   "links [flags] PATH",
		Short: "Tells what links to a page, and what it links to.",
		Long: `Tells what links to a page or file of content/, named by its path or its address, and what it links
to: each with its place and the sentence in which it stands.

exit status: 0 done, 1 the content has errors that hide links, 2 the command line or the settings are
wrong, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments("PATH"),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			at, err := a.now(now)
			if err != nil {
				return err
			}
			b, err := generator.New(generator.Options{Dir: a.dir, Now: at, DryRun: true, Defaults: a.defaults, Waiting: a.waiting})
			if err != nil {
				return failed(ctx, err)
			}
			l, problems, err := b.Links(ctx, args[0])
			if err != nil {
				return a.closed(b, failed(ctx, err))
			}
			if l == nil {
				if err := a.print(problems, "text"); err != nil {
					return &status{exitMachine, err.Error()}
				}
				return a.closed(b, &status{code: exitContent})
			}
			if format == "json" {
				e := json.NewEncoder(a.std.Out)
				e.SetEscapeHTML(false)
				return a.closed(b, e.Encode(l))
			}
			fmt.Fprint(a.std.Out, linkText(l))
			return a.closed(b, nil)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&format, "format", "text", "tell it as `FORMAT`: text or json")
	fs.StringVar(&now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	return c
}

// linkText tells links for people.
func linkText(l *generator.Links) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(diag.Escape(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s", strings.TrimSpace(l.File+"  "+l.URL+"  "+l.Title))
	for _, a := range l.Aliases {
		line("  also %s", a)
	}
	list := func(heading string, all []generator.LinkAt, to bool) {
		b.WriteString("\n" + heading + "\n")
		for _, x := range all {
			s := fmt.Sprintf("%s:%d:%d: %s", x.File, x.Line, x.Column, x.Target)
			switch {
			case to && x.To == "":
				s += " -> nowhere"
			case to && x.To != x.Target:
				s += " -> " + x.To
			}
			if x.Kind != "link" {
				s += " (" + x.Kind + ")"
			}
			line("  %s", s)
			if x.Sentence != "" {
				line("    %s", x.Sentence)
			}
		}
	}
	list(plural(len(l.In), "link", "links")+" to it", l.In, false)
	list(plural(len(l.Out), "link", "links")+" from it", l.Out, true)
	return b.String()
}
