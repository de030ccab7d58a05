package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"guidepost/generator"
	"guidepost/generator/internal/config"
	"guidepost/generator/internal/diag"
)

// buildFlags are those of build, and of check as far as it has them.
type buildFlags struct {
	out, baseURL, now, format, explain                                   string
	jobs                                                                 int
	drafts, relative, keepGoing, timings, verify, noCache, quiet, dryRun bool
	watch, poll                                                          bool
	after                                                                string
	failOn                                                               string
}

func (a *app) build() *cobra.Command {
	var f buildFlags
	c := &cobra.Command{
		Use:   "build [flags]",
		Short: "Builds the site into public/.",
		Long: `Builds the site into public/. With an error in the content nothing is published.

exit status: 0 done, 1 the content has errors, 2 the command line or the settings are wrong,
3 the machine failed, 130 interrupted`,
		DisableFlagsInUseLine: true,
		Args:                  arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			for _, name := range []string{"after", "poll"} {
				if c.Flags().Changed(name) && !f.watch {
					return usagef("--%s is for --watch", name)
				}
			}
			for _, name := range []string{"explain", "verify"} {
				if c.Flags().Changed(name) && f.watch {
					return usagef("--%s is not for --watch", name)
				}
			}
			switch {
			case c.Flags().Changed("jobs") && f.jobs < 1:
				return usagef("--jobs cannot be %d; it wants 1 or more", f.jobs)
			case c.Flags().Changed("out") && f.out == "":
				return usagef("--out wants a DIR")
			case c.Flags().Changed("base-url"):
				base, why := config.BaseURL(f.baseURL)
				if why != "" {
					return usagef("--base-url is %q, which %s; write it like https://guidance.example.org", f.baseURL, why)
				}
				f.baseURL = base
			}
			if err := oneOf("--format", f.format, "text", "json"); err != nil {
				return err
			}
			f.failOn = "error"
			return a.runBuild(c.Context(), f)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.out, "out", "", "publish into `DIR` instead of public/")
	fs.StringVar(&f.baseURL, "base-url", "", "the `URL` at which the site is published, instead of base_url")
	fs.BoolVar(&f.drafts, "drafts", false, "publish drafts too")
	fs.StringVar(&f.now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	fs.IntVar(&f.jobs, "jobs", 0, "work on `N` files at a time instead of one a processor")
	fs.BoolVar(&f.relative, "relative", false, "make every link relative, as urls: relative does")
	fs.StringVar(&f.format, "format", "text", "tell problems as `FORMAT`: text, or json on standard output")
	fs.BoolVar(&f.keepGoing, "keep-going", false, "publish all but the pages in error, whose last good version stays")
	fs.BoolVar(&f.timings, "timings", false, "tell how long each step took")
	fs.StringVar(&f.explain, "explain", "", "tell why the file `PATH` of public/ was made or left, and what it looked at")
	fs.BoolVar(&f.verify, "verify", false, "build again from nothing and name the files that differ")
	fs.BoolVar(&f.noCache, "no-cache", false, "remember nothing, and use nothing remembered")
	fs.BoolVar(&f.quiet, "quiet", false, "say nothing but problems")
	fs.BoolVar(&f.watch, "watch", false, "build again at every change, until Ctrl-C")
	fs.StringVar(&f.after, "after", "", "with --watch: run `COMMAND` after each build that changed public/")
	fs.BoolVar(&f.poll, "poll", false, "with --watch: look for changes instead of being told (network disks, containers)")
	return c
}

// memoryLimit is where the garbage collector begins to work harder, in bytes: a
// site of 100,000 articles comes there, one of 10,000 does not.
const memoryLimit = 1300 << 20

// runBuild builds once and tells what came of it.
func (a *app) runBuild(ctx context.Context, f buildFlags) error {
	now, err := a.now(f.now)
	if err != nil {
		return err
	}
	o := generator.Options{
		Dir: a.dir, BaseURL: f.baseURL, Drafts: f.drafts, Relative: f.relative, KeepGoing: f.keepGoing,
		NoCache: f.noCache, DryRun: f.dryRun, Now: now, Jobs: f.jobs, Defaults: a.defaults,
		Waiting: a.waiting, Yield: f.watch,
	}
	if f.out != "" {
		o.Out = a.inDir(f.out)
	}
	collectLess()
	debug.SetMemoryLimit(memoryLimit)
	begun := time.Now()
	p := a.progress(begun, f.quiet)
	if p != nil {
		o.Progress = p.show
		waiting := o.Waiting
		o.Waiting = func(pid int) { p.erase(); waiting(pid) }
	}
	b, err := a.open(o)
	if err != nil {
		return failed(ctx, err)
	}
	if f.watch {
		p.erase()
		o.Dir = a.dir
		return a.closed(b, a.watchBuilds(ctx, b, f, o))
	}
	r, err := b.Build(ctx)
	took := time.Since(begun)
	p.erase()
	if err != nil {
		return a.closed(b, failed(ctx, err))
	}
	return a.closed(b, a.report(ctx, b, r, f, took))
}

// waiting tells that another process holds the site.
func (a *app) waiting(pid int) {
	if pid == 0 {
		fmt.Fprintln(a.std.Err, "waiting for another build that publishes to the same folder")
		return
	}
	fmt.Fprintf(a.std.Err, "waiting for another build of this site (process %d)\n", pid)
}

// closed closes b. That it fails to close matters only where all else went well.
func (a *app) closed(b builder, err error) error {
	if cerr := b.Close(); cerr != nil && err == nil {
		return &status{exitMachine, cerr.Error()}
	}
	return err
}

// report tells what came of a build, and explains or verifies it where asked.
func (a *app) report(ctx context.Context, b builder, r *generator.Result, f buildFlags, took time.Duration) error {
	l := r.Diags.Sorted()
	if err := a.print(l, f.format); err != nil {
		return &status{exitMachine, err.Error()}
	}
	if f.timings {
		a.timings(r.Timings, took)
	}
	if !f.quiet {
		fmt.Fprintln(a.std.Err, closing(r, l, f, took))
	}
	switch {
	case r.SettingsFailed:
		return &status{code: exitUsage}
	case l.Failed() && !f.keepGoing, l.Failed() && !r.Published:
		return &status{code: exitContent}
	}
	if f.explain != "" {
		text, err := b.Explain(f.explain)
		if err != nil {
			return failed(ctx, err)
		}
		fmt.Fprintln(a.std.Out, strings.TrimRight(text, "\n"))
	}
	if f.verify {
		differ, err := b.Verify(ctx)
		if err != nil {
			return failed(ctx, err)
		}
		for _, path := range differ {
			fmt.Fprintln(a.std.Out, path)
		}
		if len(differ) > 0 {
			return &status{exitMachine, plural(len(differ), "file differs", "files differ") + " from a build from nothing"}
		}
		if !f.quiet {
			fmt.Fprintln(a.std.Err, "verified: the same as a build from nothing")
		}
	}
	if l.Failed() || f.failOn == "warning" && len(l) > 0 {
		return &status{code: exitContent}
	}
	return nil
}

// closing is the last line of a build:
//
//	2 errors and 1 warning; nothing was published; 0.21 s
//	1 warning; 26 pages; 41 files written, 0 unchanged, 0 removed; 0.21 s
func closing(r *generator.Result, l diag.List, f buildFlags, took time.Duration) string {
	var parts []string
	if s := diag.Summary(l); s != "" {
		parts = append(parts, s)
	} else if f.dryRun {
		parts = append(parts, "no problems")
	}
	bad := r.SettingsFailed || l.Failed() && !(f.keepGoing && r.Published)
	switch {
	case bad && !f.dryRun:
		parts = append(parts, "nothing was published")
	case bad || f.dryRun:
		if r.Pages > 0 {
			parts = append(parts, plural(r.Pages, "page", "pages"))
		}
	default:
		if l.Failed() {
			parts = append(parts, "all but the pages in error were published")
		}
		written := len(r.Changes.Added) + len(r.Changes.Updated)
		parts = append(parts, plural(r.Pages, "page", "pages"),
			fmt.Sprintf("%s written, %d unchanged, %d removed", plural(written, "file", "files"), r.Unchanged, len(r.Changes.Removed)))
	}
	parts = append(parts, fmt.Sprintf("%.2f s", took.Seconds()))
	return strings.Join(parts, "; ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// timings tells how long each step took, and how much of its work it had to do.
func (a *app) timings(l []generator.Timing, took time.Duration) {
	w := a.std.Err
	fmt.Fprintf(w, "%-8s %8s %8s %10s\n", "step", "ran", "of", "took")
	for _, t := range l {
		fmt.Fprintf(w, "%-8s %8d %8d %10s\n", t.Step, t.Ran, t.Total, short(t.Took))
	}
	fmt.Fprintf(w, "%-8s %8s %8s %10s\n", "all", "", "", short(took))
}

// short writes a duration with three figures or so.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
