// Package cli is the command line: flags in, exit status and text out. Each
// command has a file of its own.
//
// Its one rule: results go to standard output, everything said about them to
// standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"guidepost/generator"
	"guidepost/generator/internal/diag"
)

// The exit statuses.
const (
	exitDone        = 0
	exitContent     = 1   // the content has errors
	exitUsage       = 2   // the command line or the settings are wrong
	exitMachine     = 3   // the machine failed
	exitInterrupted = 130 // as shells have it for a process ended by the keyboard
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// A builder is what the commands need of [generator.Builder].
type builder interface {
	Build(ctx context.Context) (*generator.Result, error)
	Explain(path string) (string, error)
	Verify(ctx context.Context) ([]string, error)
	At(now time.Time)
	Close() error
}

// An app is one run of the command line.
type app struct {
	std      Streams
	defaults fs.FS // holds content/ and layouts/
	getenv   func(string) string
	open     func(generator.Options) (builder, error)

	dir string // -C
}

// Run runs the command line and returns its exit status. args leaves out the
// program's name; defaults holds the built-in content/ and layouts/.
func Run(ctx context.Context, args []string, std Streams, defaults fs.FS, getenv func(string) string) int {
	a := &app{std: std, defaults: defaults, getenv: getenv, open: func(o generator.Options) (builder, error) {
		b, err := generator.New(o)
		if err != nil {
			return nil, err // not a nil *Builder in an interface
		}
		return b, nil
	}}
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would take os.Args
	root.SetIn(a.std.In)
	root.SetOut(a.std.Out)
	root.SetErr(a.std.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var s *status
	if !errors.As(err, &s) {
		s = usagef("%v", err) // cobra's own
	}
	if s.message != "" {
		fmt.Fprintf(a.std.Err, "guidepost: %s\n", diag.Escape(s.message))
	}
	return s.code
}

// A status is an error that ends the program with an exit status. An empty
// message says that all has been said.
type status struct {
	code    int
	message string
}

func (s *status) Error() string { return s.message }

func usagef(format string, args ...any) *status {
	return &status{exitUsage, fmt.Sprintf(format, args...)}
}

// failed makes a status of an error of the generator or the machine.
func failed(ctx context.Context, err error) *status {
	var usage *generator.UsageError
	switch {
	case errors.As(err, &usage):
		return &status{exitUsage, err.Error()}
	case ctx.Err() != nil:
		return &status{exitInterrupted, "interrupted"}
	}
	return &status{exitMachine, err.Error()}
}

// notYet says plainly that something of the manual is still to come.
func notYet(what string) *status { return usagef("%s is not there yet", what) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "guidepost",
		Short:         "Turns a folder of Markdown guidance into a web site.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE: func(c *cobra.Command, args []string) error {
			fmt.Fprint(a.std.Err, usage(c))
			return &status{code: exitUsage}
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.PersistentFlags().StringVarP(&a.dir, "C", "C", ".", "the `DIR` that holds content/")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { fmt.Fprint(a.std.Out, usage(c)) })
	root.AddCommand(a.addresses(), a.build(), a.serve(), a.check(), a.links(), a.move(), a.headers(), a.new(), a.version())
	return root
}

// unknownCommand tells of an argument that is no command, and of the nearest.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return usagef("there is no command %q; %s", strings.TrimPrefix(c.CommandPath()+" "+args[0], "guidepost "),
		diag.DidYouMean(diag.Nearest(args[0], names, 2), "guidepost help lists them"))
}

// arguments wants as many arguments as are named.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s wants %s", c.CommandPath(), strings.Join(names, " "))
		case len(args) > len(names):
			return usagef("%s does not know what to do with %q", c.CommandPath(), args[len(names)])
		}
		return nil
	}
}

// flagError tells what is wrong with a flag in our words.
func flagError(c *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var value *pflag.InvalidValueError
	var required *pflag.ValueRequiredError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &missing):
		name := "--" + missing.GetSpecifiedName()
		if short := missing.GetSpecifiedShortnames(); short != "" {
			name = "-" + short
		}
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if len(f.Name) > 1 {
				names = append(names, "--"+f.Name)
			}
		})
		return usagef("%s has no flag %s; %s", c.CommandPath(), name,
			diag.DidYouMean(diag.Nearest(name, names, 2), c.CommandPath()+" --help lists them"))
	case errors.As(err, &value):
		kind, _ := pflag.UnquoteUsage(value.GetFlag())
		return usagef("%s cannot be %q; it wants %s", dashed(value.GetFlag()), value.GetValue(), map[bool]string{true: "true or false", false: kind}[kind == ""])
	case errors.As(err, &required):
		kind, _ := pflag.UnquoteUsage(required.GetFlag())
		return usagef("%s wants %s after it", dashed(required.GetFlag()), kind)
	}
	return usagef("%v", err)
}

func dashed(f *pflag.Flag) string {
	if len(f.Name) == 1 {
		return "-" + f.Name
	}
	return "--" + f.Name
}

// usage is the help of a command.
func usage(c *cobra.Command) string {
	var b strings.Builder
	about := c.Long
	if about == "" {
		about = c.Short
	}
	fmt.Fprintf(&b, "%s\n\nusage:\n", about)
	switch {
	case c.HasAvailableSubCommands():
		for _, sub := range c.Commands() {
			if !sub.Hidden && (sub.Name() != "help" || !c.HasParent()) {
				fmt.Fprintf(&b, "  %-28s %s\n", strings.Replace(c.CommandPath(), "guidepost", "guidepost [-C DIR]", 1)+" "+sub.Name(), sub.Short)
			}
		}
	default:
		fmt.Fprintf(&b, "  %s\n", strings.Replace(c.UseLine(), "guidepost", "guidepost [-C DIR]", 1))
	}
	b.WriteString("\nflags:\n")
	line := func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, text := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, "  %-28s %s\n", strings.TrimSpace(dashed(f)+" "+kind), text)
	}
	c.LocalNonPersistentFlags().VisitAll(line)
	c.Root().PersistentFlags().VisitAll(line)
	return b.String()
}

// now is today, by flag, by SOURCE_DATE_EPOCH, or by the clock.
func (a *app) now(flag string) (time.Time, error) {
	if flag != "" {
		for _, form := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(form, flag); err == nil {
				return t.UTC(), nil
			}
		}
		return time.Time{}, usagef("--now cannot be %q; write a date, 2026-10-12, or a time, 2026-10-12T09:30:00Z", flag)
	}
	if epoch := a.getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		// The bound is the end of the year 9999, the last that RFC 3339 can write.
		sec, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil || sec < 0 || sec > 253402300799 {
			return time.Time{}, usagef("SOURCE_DATE_EPOCH is %q, which is no number of seconds since 1970", epoch)
		}
		return time.Unix(sec, 0).UTC(), nil
	}
	return time.Now().UTC(), nil
}

// oneOf wants value to be one of some words.
func oneOf(flag, value string, words ...string) error {
	for _, w := range words {
		if value == w {
			return nil
		}
	}
	return usagef("%s cannot be %q; %s", flag, value,
		diag.DidYouMean(diag.Nearest(value, words, 1), "it can be "+strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1]))
}

// inDir returns path as seen from -C.
func (a *app) inDir(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.dir, path)
}

// terminal returns the file behind standard error if it is a terminal that
// can be drawn on.
func (a *app) terminal() (*os.File, bool) {
	f, ok := a.std.Err.(*os.File)
	return f, ok && a.getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// colour reports whether standard error is to be coloured.
func (a *app) colour() bool {
	_, ok := a.terminal()
	return ok && a.getenv("NO_COLOR") == ""
}
