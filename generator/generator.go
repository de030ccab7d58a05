// Package generator builds a static guidance site.
//
// A build has six steps, in turn one file at a time and all files at once:
//
//	scan     the folder   -> a tree of digests     all at once
//	parse    each file    -> an article's card     one at a time, remembered
//	link     the cards    -> a site                all at once
//	plan     the site     -> a list of jobs        all at once
//	make     each job     -> bytes                 one at a time, remembered
//	publish  the bytes    -> public/               all at once
//
// A rebuild is the same build with a warm cache. There is no other code for it.
// ARCHITECTURE.md tells one life of a page; scan.go, parse.go, link.go and
// make.go hold the steps, and inputs.go what a step may look at.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/config"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/publish"
)

// Options say what is built and how.
type Options struct {
	Dir       string // the site's folder, which holds content/; default: the current one
	Out       string // where to publish; default: public/ in Dir
	BaseURL   string // instead of the settings' base_url
	Drafts    bool   // publish drafts and what is scheduled
	Relative  bool   // as urls: relative
	KeepGoing bool   // publish all but the pages in error
	NoCache   bool   // remember nothing, use nothing remembered
	DryRun    bool   // publish nothing
	Preview   bool   // publish nothing: [Builder.Preview] makes what is asked for
	Yield     bool   // let others build the site between two builds
	Now       time.Time
	Jobs      int   // files worked on at a time; default: one a processor
	Defaults  fs.FS // holds layouts/, the built-in theme
	// Progress, if set, is called while a step goes on.
	Progress func(step string, done, total int)
	// Waiting, if set, is called once if another build has to be waited for.
	Waiting func(pid int)
}

// A UsageError says that a build cannot begin because of how it was asked for.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// A Builder builds one site, again and again. One build runs at a time.
type Builder struct {
	o     Options
	state *os.Root // .guidepost/cache; nil with NoCache
	store *cache.Store
	out   *publish.Dir

	last   publish.Manifest // of the last build, published or not
	linked *linked          // of the last build, kept only to be quick
	loaded *loaded          // likewise

	building *sync.RWMutex // held by a build, and by whoever reads a preview
	hold     *publish.Hold // with Options.Preview, unless another process has it
	shown    *shown        // with Options.Preview, once a build went well
	index    fs.FileInfo   // with Options.Yield: of the cache, as it was left
	unsaved  int           // builds since the cache was saved
}

// New prepares to build the site in o.Dir. The error is a *UsageError if the
// site cannot be built like that. Close has to be called afterwards.
func New(o Options) (*Builder, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	if o.Out == "" {
		o.Out = filepath.Join(o.Dir, "public")
	}
	if o.Jobs < 1 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	st, err := os.Stat(filepath.Join(o.Dir, "content"))
	if err != nil || !st.IsDir() {
		return nil, &UsageError{fmt.Sprintf("there is no content/ in %s; begin a site with: guidepost new site DIR", o.Dir)}
	}
	if o.Preview {
		o.DryRun = true
	}
	return &Builder{o: o, building: new(sync.RWMutex), loaded: new(loaded)}, nil
}

// At says what the time is for the builds from now on.
func (b *Builder) At(now time.Time) { b.o.Now = now }

// Close lets go of the site.
func (b *Builder) Close() error {
	b.building.Lock()
	defer b.building.Unlock()
	if b.shown != nil {
		b.shown.x.tree.close()
		b.shown = nil
	}
	if b.unsaved > 0 {
		b.store.Save() // what is not saved is made again
	}
	if b.hold != nil {
		defer b.hold.Close()
	}
	if b.store != nil {
		b.store.Close()
	}
	if b.state != nil {
		b.state.Close()
	}
	if b.out != nil {
		return b.out.Close()
	}
	return nil
}

// open takes hold of the site's state: the lock first, then the cache.
func (b *Builder) open(ctx context.Context) error {
	if b.store != nil {
		return b.resume(ctx)
	}
	if b.o.Preview {
		b.openPreview()
		return nil
	}
	state := filepath.Join(b.o.Dir, ".guidepost")
	if !b.o.NoCache || !b.o.DryRun {
		d, err := publish.Open(ctx, publish.Options{
			Out: b.o.Out, State: state, Site: b.o.Dir, Waiting: b.o.Waiting,
			Protect: []string{filepath.Join(b.o.Dir, "content"), filepath.Join(b.o.Dir, "layouts")},
		})
		if err != nil {
			var r *publish.Refusal
			if errors.As(err, &r) {
				return &UsageError{r.Error()}
			}
			return err
		}
		b.out = d
		if err := b.finishMove(); err != nil {
			return err
		}
	}
	b.remember()
	return nil
}

// remember opens the cache.
func (b *Builder) remember() {
	if !b.o.NoCache {
		// A cache cannot fail a build: without its folder it is kept in memory.
		dir := b.cacheDir()
		if err := os.MkdirAll(dir, 0o777); err == nil {
			b.state, _ = os.OpenRoot(dir)
		}
	}
	b.store = cache.Open(b.state, version())
}

func (b *Builder) cacheDir() string { return filepath.Join(b.o.Dir, ".guidepost", "cache") }

// resume takes the site again after another process may have built it.
func (b *Builder) resume(ctx context.Context) error {
	if !b.o.Yield || b.out == nil {
		return nil
	}
	if err := b.out.Acquire(ctx); err != nil {
		return err
	}
	if err := b.finishMove(); err != nil {
		return err
	}
	now, err := os.Stat(filepath.Join(b.cacheDir(), "index"))
	was := b.index
	if b.o.NoCache || err == nil && was != nil && os.SameFile(was, now) && was.ModTime().Equal(now.ModTime()) && was.Size() == now.Size() {
		return nil
	}
	// What this process knows of the cache is no longer so.
	b.store.Close()
	if b.state != nil {
		b.state.Close()
		b.state = nil
	}
	b.linked = nil
	b.remember()
	return nil
}

// yield lets other processes build the site until the next build.
func (b *Builder) yield() {
	if !b.o.Yield || b.out == nil {
		return
	}
	b.index, _ = os.Stat(filepath.Join(b.cacheDir(), "index"))
	b.out.Release()
}

// A Timing says how long a step took and how much of its work it had to do.
type Timing struct {
	Step       string
	Took       time.Duration
	Ran, Total int
}

// A Result is a finished build.
type Result struct {
	Diags diag.List // in order of place, each once
	// SettingsFailed says that the settings are in error, and nothing else was looked at.
	SettingsFailed bool
	Published      bool // public/ is now as the content says
	Pages          int
	Changes        publish.Changes
	Unchanged      int // files that were left as they were
	Timings        []Timing
	Manifest       publish.Manifest  // of the whole site
	Ran            map[string]string // task -> the input that made it run
	Next           time.Time         // when the site will be another though nobody edits it; zero if never
}

// A build is one run of [Builder.Build].
type build struct {
	*Builder
	r        *Result
	tree     *tree
	cfg      config.Config
	settings map[string]cache.Digest // by who they are for: "content", "site", "output"
	parsed   []parsed                // by file
	facts    data[content.Facts]
	glossary data[content.Glossary]
	terms    terms
	unmade   map[string]bool // files of pages that cannot be made, or files that cannot be published: with --keep-going
	rounds   struct{ parse, make *cache.Round }
	checked  func() []string // the published files that somebody has changed since
	inputs   inputs

	diags diag.List
	began time.Time
}

// Build builds the site. Problems in what people wrote are in Result.Diags;
// an error means that the machine failed, the build cannot begin (a
// *UsageError), or ctx was done.
func (b *Builder) Build(ctx context.Context) (*Result, error) {
	b.building.Lock()
	defer b.building.Unlock()
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	defer b.yield()
	x := &build{Builder: b, r: &Result{Ran: map[string]string{}}, unmade: map[string]bool{}, began: time.Now()}
	x.inputs.b = x
	err := x.run(ctx)
	if b.shown == nil || b.shown.x != x {
		x.tree.close()
	}
	if err != nil {
		return nil, err
	}
	b.store.SetRecord("scan", x.tree.record())
	b.unsaved++
	if !b.o.NoCache && (!b.o.Preview || b.unsaved >= saveEvery || b.shown == nil) {
		b.unsaved = 0
		if err := b.store.Save(); err != nil {
			d := x.diags.Warnf(diag.Pos{File: ".guidepost"}, "cache-not-saved", "the cache could not be saved: %v", err)
			d.Hint = "the next build takes longer; see that there is room and that .guidepost/ can be written"
		}
	}
	x.diags = append(x.diags, x.inputs.late.diags...)
	x.r.Diags = x.severe(x.diags).Sorted()
	return x.r, nil
}

// saveEvery is after how many builds a preview saves its cache: that takes longer
// than most edits, and what is not saved is only made again.
const saveEvery = 100

func (x *build) run(ctx context.Context) error {
	if err := x.scan(ctx); err != nil {
		return err
	}
	x.mark("scan", x.tree.read(), len(x.tree.files))
	if x.out != nil {
		// It needs nothing of what comes now, and waits for the disk.
		done := make(chan []string, 1)
		go func() { done <- x.out.Check(x.o.NoCache) }()
		x.checked = sync.OnceValue(func() []string { return <-done })
		defer x.checked()
	}
	if !x.configure() {
		x.r.SettingsFailed = true
		return nil
	}
	if err := x.parse(ctx); err != nil {
		return err
	}
	for told := x.diags; ; {
		x.diags = slices.Clone(told)
		l, err := x.link(ctx)
		if err != nil {
			return err
		}
		jobs := x.plan(l)
		if x.stopped() {
			return nil
		}
		want, change, lost, err := x.make(ctx, l, jobs)
		if change != nil {
			defer change.Abort()
		}
		if err != nil {
			return err
		}
		if len(lost) == 0 {
			return x.publish(ctx, l, jobs, want, change)
		}
		// Those pages stay as they are or are not there, which others show.
		if change != nil {
			change.Abort()
		}
		told = append(told, lost...)
	}
}

// publish puts the site in its place.
func (x *build) publish(ctx context.Context, l *linked, jobs []output.Job, want publish.Manifest, change *publish.Change) error {
	x.last = want
	x.r.Manifest = want
	if x.stopped() {
		return nil
	}
	if x.o.DryRun {
		x.rounds.make.Settle(roots()...)
		if x.o.Preview {
			x.r.Published = true
			x.r.Changes = x.Builder.show(x, jobs, want)
			x.r.Unchanged = len(want) - len(x.r.Changes.Added) - len(x.r.Changes.Updated)
		}
		return nil
	}
	lost := x.out.Lost() && x.settled()
	res, err := change.Commit(ctx, want)
	if err != nil {
		return err
	}
	x.diags = append(x.diags, res.Diags...)
	if res.Diags.Failed() {
		return nil
	}
	if lost {
		x.strangers(want)
	}
	x.rounds.make.Settle(roots()...)
	x.r.Published = true
	for i := range x.parsed {
		if a := &x.parsed[i]; !l.held[a.file] {
			x.store.Mark("parse:" + a.file)
		}
	}
	x.r.Changes = res.Changes
	x.r.Unchanged = len(res.Manifest) - len(res.Changes.Added) - len(res.Changes.Updated)
	x.mark("publish", len(res.Changes.Added)+len(res.Changes.Updated)+len(res.Changes.Removed), len(want))
	return nil
}

// stopped reports whether nothing is to be published. Where a folder or layout
// could not be read even --keep-going would take pages away, or spoil them, that
// are only out of sight.
func (x *build) stopped() bool {
	return x.tree.blind.Load() || x.severe(x.diags).Failed() && !x.o.KeepGoing
}

// settled reports whether the published folder holds anything yet.
func (x *build) settled() bool {
	list, err := os.ReadDir(x.o.Out)
	return err == nil && slices.ContainsFunc(list, func(d fs.DirEntry) bool { return d.Name()[0] != '.' })
}

// strangers tells of pages in the published folder that are not of this site, where
// the state of earlier builds is lost: they stay, since they are not as Guidepost
// wrote them, if it did, or the list that says so is lost too.
func (x *build) strangers(want publish.Manifest) {
	const most = 20
	more := 0
	filepath.WalkDir(x.o.Out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Name()[0] == '.' && p != x.o.Out {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(x.o.Out, p)
		if err != nil || !strings.HasSuffix(rel, ".html") || !d.Type().IsRegular() {
			return nil
		}
		if _, ours := want.Find(filepath.ToSlash(rel)); ours {
			return nil
		}
		if more++; more <= most {
			at := filepath.ToSlash(filepath.Join(filepath.Base(x.o.Out), rel))
			x.diags.Warnf(diag.Pos{File: at}, "foreign-file", "this page is not part of the site, and stays, since nothing tells who published it").
				Hint = "remove it if an earlier build made it"
		}
		return nil
	})
	if more > most {
		x.diags.Warnf(diag.Pos{File: filepath.Base(x.o.Out)}, "foreign-file", "%d more pages there are not part of the site", more-most).
			Hint = "remove those that an earlier build made"
	}
}

// severe gives problems the severities that the settings give to their rules.
func (x *build) severe(l diag.List) diag.List {
	if len(x.cfg.Rules) == 0 {
		return l
	}
	out := make(diag.List, 0, len(l))
	for _, d := range l {
		s, ok := x.cfg.Rules[d.Rule]
		switch {
		case !ok:
		case s == 0:
			continue
		default:
			d.Severity = s
		}
		out = append(out, d)
	}
	return out
}

// mark ends a step.
func (x *build) mark(step string, ran, total int) {
	now := time.Now()
	took := now.Sub(x.began)
	x.began = now
	for i := range x.r.Timings {
		if t := &x.r.Timings[i]; t.Step == step {
			t.Took, t.Ran, t.Total = t.Took+took, t.Ran+ran, total
			return
		}
	}
	x.r.Timings = append(x.r.Timings, Timing{step, took, ran, total})
}

// each calls do for 0 to n-1, on as many goroutines as Options.Jobs says, and
// returns the first error in order of asking. It tells the progress of step.
func (x *build) each(ctx context.Context, step string, n int, do func(i int) error) error {
	var next, done atomic.Int64
	var mu sync.Mutex
	var failed error
	at := n
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for range min(x.o.Jobs, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					mu.Lock()
					if i < at {
						failed, at = err, i
					}
					mu.Unlock()
					cancel()
					return
				}
				if k := int(done.Add(1)); k%256 == 0 {
					x.o.Progress(step, k, n)
				}
			}
		})
	}
	wg.Wait()
	if failed == nil {
		failed = context.Cause(ctx)
	}
	return failed
}

// Explain says what the file path of public/, or an article of content/, was
// made from, and which look last differed. It is told after a build.
func (b *Builder) Explain(path string) (string, error) {
	p := strings.TrimPrefix(filepath.ToSlash(path), "./")
	if rel, err := filepath.Rel(b.o.Out, path); err == nil && !strings.HasPrefix(rel, "..") {
		p = filepath.ToSlash(rel)
	}
	p = strings.TrimPrefix(p, "/")
	tries := []string{"make:" + p, "make:" + strings.TrimPrefix(p, "public/"), "make:" + strings.TrimSuffix(p, "/") + "/index.html", "parse:" + p}
	if p == "" {
		tries = []string{"make:index.html"}
	}
	for _, task := range tries {
		e, ok := b.store.Explain(task)
		if !ok {
			continue
		}
		var s strings.Builder
		_, name, _ := strings.Cut(e.Task, ":")
		fmt.Fprintf(&s, "%s\n  last made because: %s\n  looked at:\n", name, e.Why)
		for i, look := range e.Looks {
			note := ""
			if !e.Found[i] {
				note = "  (not there)"
			}
			fmt.Fprintf(&s, "    %s%s\n", look, note)
		}
		return s.String(), nil
	}
	var near []string
	for _, f := range b.last {
		near = append(near, f.Path)
	}
	hint := diag.DidYouMean(diag.Nearest(strings.TrimPrefix(p, "public/"), near, 3), "name a file of public/ or of content/")
	return "", &UsageError{fmt.Sprintf("nothing is known of %q; %s", path, hint)}
}

// Verify builds the site again from nothing and returns what differs from what
// is published: names of files, each with what is wrong with it.
func (b *Builder) Verify(ctx context.Context) ([]string, error) {
	o := b.o
	o.NoCache, o.DryRun = true, true
	clean, err := New(o)
	if err != nil {
		return nil, err
	}
	defer clean.Close()
	r, err := clean.Build(ctx)
	if err != nil {
		return nil, err
	}
	var differ []string
	var c publish.Changes
	if !r.Diags.Failed() {
		// With errors the last good versions of some pages stay, which nothing can make again.
		c = publish.Diff(b.last, r.Manifest)
	}
	for _, p := range c.Added {
		differ = append(differ, p+": missing")
	}
	for _, p := range c.Updated {
		differ = append(differ, p+": differs")
	}
	for _, p := range c.Removed {
		differ = append(differ, p+": should not be there")
	}
	if !b.o.DryRun {
		root, err := os.OpenRoot(b.o.Out)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		for _, f := range b.last {
			if d, err := digestFile(root, f.Path); err != nil || d != f.Digest {
				differ = append(differ, f.Path+": is not what was published")
			}
		}
	}
	slices.Sort(differ)
	return slices.Compact(differ), nil
}

// task is the name by which the cache knows a job.
func task(j *output.Job) string { return "make:" + j.Path }
