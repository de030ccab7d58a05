package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"guidepost/generator"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
	"guidepost/generator/internal/serve"
	"guidepost/generator/internal/watch"
)

// serveFlags are those of serve.
type serveFlags struct {
	addr, now          string
	drafts, open, poll bool
}

func (a *app) serve() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Previews the site in the browser while it is edited.",
		Long: `Previews the site in the browser while it is edited. Nothing is written to public/.
Ctrl-C ends it.

exit status: 0 ended, 2 the command line is wrong, 3 the machine failed`,
		DisableFlagsInUseLine: true,
		Args:                  arguments(),
		RunE:                  func(c *cobra.Command, _ []string) error { return a.runServe(c.Context(), f) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.addr, "addr", "127.0.0.1:8080", "listen at `HOST:PORT`; if it is taken, at one of the next ports")
	fs.BoolVar(&f.drafts, "drafts", false, "show drafts and what is scheduled too")
	fs.StringVar(&f.now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	fs.BoolVar(&f.open, "open", false, "open the home page in the browser")
	fs.BoolVar(&f.poll, "poll", false, "look for changes instead of being told (network disks, containers)")
	return c
}

// runServe shows the site until ctx is done.
func (a *app) runServe(ctx context.Context, f serveFlags) error {
	now, err := a.now(f.now)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return usagef("--addr cannot be %q; write HOST:PORT, like 127.0.0.1:8080 or :8080", f.addr)
	}
	collectLess()
	b, err := a.open(generator.Options{Dir: a.dir, Drafts: f.drafts, Preview: true, Now: now, Defaults: a.defaults})
	if err != nil {
		return failed(ctx, err)
	}
	l, err := listen(f.addr)
	if err != nil {
		return a.closed(b, &status{exitMachine, err.Error()})
	}
	show := serve.New(serve.Options{Host: host, Source: a.source})
	server := &http.Server{Handler: show, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()

	said := false
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			cancel(err)
		}
	}()
	site, _ := b.(interface{ Preview() *generator.Preview })
	err = a.again(ctx, a.dir, "", f.poll, a.fixed(f.now), func(batch watch.Batch) time.Time {
		if !a.fixed(f.now) {
			b.At(time.Now().UTC())
		}
		begun := time.Now()
		r, err := b.Build(ctx)
		switch {
		case ctx.Err() != nil:
			return time.Time{}
		case err != nil:
			fmt.Fprintf(a.std.Err, "guidepost: %v\n", err)
			show.Show(nil, publish.Changes{}, diag.List{{Severity: diag.Error, Pos: diag.Pos{File: "content"}, Rule: "machine", Message: err.Error()}})
			return time.Time{}
		}
		problems := r.Diags.Sorted()
		a.print(problems, "text")
		if r.Published && site != nil {
			p := site.Preview()
			show.Show(&serve.Site{Files: p, Prefix: p.Prefix()}, r.Changes, problems)
		} else {
			show.Show(nil, publish.Changes{}, problems)
		}
		a.tellShown(r, problems, batch, time.Since(begun))
		if !said {
			said = true
			a.tellAddress(l.Addr(), site, f)
		}
		return r.Next
	})
	show.Close()
	end, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer stop()
	if server.Shutdown(end) != nil {
		server.Close()
	}
	if err == nil {
		if why := context.Cause(ctx); why != nil && !errors.Is(why, context.Canceled) {
			err = &status{exitMachine, why.Error()}
		}
	}
	return a.closed(b, err)
}

// listen listens at addr or, where its port is taken, at one of the next.
func listen(addr string) (net.Listener, error) {
	const tries = 20
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	l, first := net.Listen("tcp", addr)
	n, err := strconv.Atoi(port)
	for i := 1; first != nil && errors.Is(first, syscall.EADDRINUSE) && err == nil && n > 0 && i < tries && n+i < 1<<16; i++ {
		if l, e := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n+i))); e == nil {
			return l, nil
		}
	}
	return l, first
}

// tellShown says in one line what a build came to.
func (a *app) tellShown(r *generator.Result, l diag.List, batch watch.Batch, took time.Duration) {
	s := diag.Summary(l)
	if s != "" {
		s += "; "
	}
	switch c := r.Changes; {
	case !r.Published:
		s += "the last good site stays"
	case batch.All:
		s += plural(r.Pages, "page", "pages")
	case len(c.Added)+len(c.Updated)+len(c.Removed) == 0:
		s += "nothing is other than before"
	default:
		s += fmt.Sprintf("%d added, %d changed, %d removed", len(c.Added), len(c.Updated), len(c.Removed))
	}
	fmt.Fprintf(a.std.Err, "%s; %s\n", s, short(took))
}

// tellAddress says where the preview is, and what that lets others see.
func (a *app) tellAddress(at net.Addr, site interface{ Preview() *generator.Preview }, f serveFlags) {
	host, port, _ := net.SplitHostPort(at.String())
	ip := net.ParseIP(host)
	if ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	prefix := ""
	if site != nil {
		prefix = site.Preview().Prefix()
	}
	url := "http://" + net.JoinHostPort(host, port) + prefix + "/"
	if _, wanted, _ := net.SplitHostPort(f.addr); wanted != port && wanted != "0" && wanted != "" {
		fmt.Fprintf(a.std.Err, "port %s is taken, so it is port %s\n", wanted, port)
	}
	if ip != nil && !ip.IsLoopback() {
		fmt.Fprintln(a.std.Err, "everybody on this network can read the preview, with what is not published yet")
	}
	fmt.Fprintln(a.std.Out, url)
	if f.open {
		if err := openBrowser(url); err != nil {
			fmt.Fprintf(a.std.Err, "guidepost: the browser cannot be opened: %v\n", err)
		}
	}
}

// openBrowser asks the system to open url, and does not wait for it.
func openBrowser(url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		return err
	}
	go c.Wait()
	return nil
}
