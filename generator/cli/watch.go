package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"guidepost/generator"
	"guidepost/generator/internal/watch"
)

// longestSleep is how long a watcher at most lies still, so that a clock that was
// set, or a computer that slept, is noticed.
const longestSleep = time.Minute

// again calls build for each batch of changes, and when the site becomes another
// by the time alone, until ctx is done. build returns when that will be.
func (a *app) again(ctx context.Context, dir, out string, poll, fixed bool, build func(watch.Batch) (next time.Time)) error {
	w, err := watch.Watch(ctx, watch.Options{
		Dir: dir, Tops: []string{"content", "layouts"}, Skip: generator.Skipped, Out: out, Poll: poll,
		Say: func(message string) { fmt.Fprintln(a.std.Err, message) },
	})
	if err != nil {
		return &status{exitMachine, err.Error()}
	}
	next := build(watch.Batch{All: true})
	for {
		var due <-chan time.Time
		if !fixed && !next.IsZero() {
			due = time.After(min(max(0, time.Until(next)), longestSleep))
		}
		select {
		case <-ctx.Done():
			return nil
		case b, ok := <-w.Batches():
			if !ok {
				return nil
			}
			next = build(b)
		case <-due:
			if time.Now().Before(next) {
				continue
			}
			next = build(watch.Batch{All: true})
		}
	}
}

// fixed reports whether the time was said, and does not go on.
func (a *app) fixed(flag string) bool { return flag != "" || a.getenv("SOURCE_DATE_EPOCH") != "" }

// watchBuilds builds at each change and tells of every build.
func (a *app) watchBuilds(ctx context.Context, b builder, f buildFlags, o generator.Options) error {
	var failure error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := a.again(ctx, o.Dir, o.Out, f.poll, a.fixed(f.now), func(watch.Batch) time.Time {
		if !a.fixed(f.now) {
			b.At(time.Now().UTC())
		}
		begun := time.Now()
		r, err := b.Build(ctx)
		if err != nil {
			if ctx.Err() == nil {
				// A machine that fails now, a full disk say, may not do so at the next change.
				fmt.Fprintf(a.std.Err, "guidepost: %v\n", err)
				if failed(ctx, err).code == exitUsage {
					failure = failed(ctx, err)
					cancel()
				}
			}
			return time.Time{}
		}
		a.report(ctx, b, r, f, time.Since(begun)) // what its exit status would be does not matter here
		c := r.Changes
		if f.after != "" && r.Published && len(c.Added)+len(c.Updated)+len(c.Removed) > 0 {
			a.after(ctx, f.after, o)
		}
		return r.Next
	})
	if failure != nil {
		return failure
	}
	return err
}

// after runs the user's command in the site's folder, and says if it failed.
func (a *app) after(ctx context.Context, command string, o generator.Options) {
	name, args := "sh", []string{"-c", command}
	if runtime.GOOS == "windows" {
		name, args = "cmd", []string{"/C", command}
	}
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = o.Dir
	out := o.Out
	if out == "" {
		out = filepath.Join(o.Dir, "public")
	}
	if abs, err := filepath.Abs(out); err == nil {
		out = abs
	}
	c.Env = append(os.Environ(), "GUIDEPOST_OUT="+out)
	c.Stdout, c.Stderr = a.std.Out, a.std.Err
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 100 * time.Millisecond
	if err := c.Run(); err != nil && ctx.Err() == nil {
		fmt.Fprintf(a.std.Err, "guidepost: --after %q: %v\n", command, err)
	}
}
