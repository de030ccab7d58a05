package generator

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/publish"
)

// Rejected for the preview: publishing to a folder of its own, which costs the
// disk a look at every file and a list of them on every edit; and keeping the
// pages in memory, which at 10,000 is 200 MB. A build of the same code finds the
// digest of every file, and so what has changed; bytes are made for who asks.

// A Preview is the site as it was at the last build that could have been
// published. Its files are made when they are opened. It implements [fs.FS] and
// [fs.StatFS], without folders, and may be used at the same time as the Builder:
// what is asked of it during a build waits for the build.
type Preview struct{ b *Builder }

// Preview returns the site as it was last built, for a Builder with Options.Preview.
func (b *Builder) Preview() *Preview { return &Preview{b} }

// shown is what a preview shows.
type shown struct {
	x     *build
	maker *output.Maker
	list  []output.Job
	jobs  map[string]*output.Job
	files publish.Manifest
}

// sameJobs reports whether two plans are the same list.
func sameJobs(a, b []output.Job) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// show makes a build that went well the one that the preview shows.
func (b *Builder) show(x *build, jobs []output.Job, want publish.Manifest) publish.Changes {
	var old publish.Manifest
	s := &shown{x: x, files: want, maker: output.NewMaker(x.cfg.Output)}
	if b.shown != nil {
		old = b.shown.files
		b.shown.x.tree.close()
		if sameJobs(b.shown.list, jobs) {
			s.jobs = b.shown.jobs
		}
	}
	s.list = jobs
	if s.jobs == nil {
		s.jobs = make(map[string]*output.Job, len(jobs))
		for i := range jobs {
			s.jobs[jobs[i].Path] = &jobs[i]
		}
	}
	// Loaded now, they are those that the build was made with.
	x.theAssets()
	x.theLayouts()
	// The next build has a state of its own.
	frozen := *b
	frozen.shown = nil
	x.Builder = &frozen
	b.shown = s
	return publish.Diff(old, want)
}

// openPreview takes a cache that only previews use, so that nobody who builds the
// site waits for one. A second preview of the same site remembers in memory.
func (b *Builder) openPreview() {
	state := filepath.Join(b.o.Dir, ".guidepost", "preview")
	if !b.o.NoCache {
		if h, ok, err := publish.Take(state); err == nil && ok {
			b.hold = h
			dir := filepath.Join(state, "cache")
			if err := os.MkdirAll(dir, 0o777); err == nil {
				b.state, _ = os.OpenRoot(dir)
			}
		}
	}
	b.store = cache.Open(b.state, version())
}

// Prefix returns the path at which the site lies on its server, such as
// "/careers", as its base address has it.
func (p *Preview) Prefix() string {
	p.b.building.RLock()
	defer p.b.building.RUnlock()
	if s := p.b.shown; s != nil {
		return s.x.cfg.Output.Prefix()
	}
	return ""
}

// Stat returns the file called name, whose size is not known before it is opened.
func (p *Preview) Stat(name string) (fs.FileInfo, error) {
	p.b.building.RLock()
	defer p.b.building.RUnlock()
	if s := p.b.shown; s != nil {
		if _, ok := s.files.Find(name); ok {
			return made{name: path.Base(name)}, nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// Open makes the file called name. The file can seek.
func (p *Preview) Open(name string) (fs.File, error) {
	p.b.building.RLock()
	defer p.b.building.RUnlock()
	s := p.b.shown
	if s == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	j := s.jobs[name]
	if _, ok := s.files.Find(name); !ok || j == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if j.Kind == output.JobFile && !asset.Changes(j.Arg) {
		return s.x.tree.open(j.Arg)
	}
	none := func(string) {}
	b, err := s.maker.Make(context.Background(), *j, s.x.env(j, none, func(...diag.Diag) {}))
	if err != nil {
		return nil, &fs.PathError{Op: "make", Path: name, Err: err}
	}
	return &made{bytes.NewReader(b), path.Base(name), len(b)}, nil
}

// made is a file that was made.
type made struct {
	*bytes.Reader
	name string
	size int
}

func (m made) Stat() (fs.FileInfo, error) { return m, nil }
func (m made) Close() error               { return nil }
func (m made) Name() string               { return m.name }
func (m made) Size() int64                { return int64(m.size) }
func (m made) Mode() fs.FileMode          { return 0o444 }
func (m made) ModTime() time.Time         { return time.Time{} }
func (m made) IsDir() bool                { return false }
func (m made) Sys() any                   { return nil }

var _ io.Seeker = made{}

// env is what a job may look at. Each look is told to see, each problem to report.
func (x *build) env(j *output.Job, see func(string), report func(...diag.Diag)) *output.Env {
	site := x.theSite()
	return &output.Env{
		See:     see,
		Report:  report,
		View:    site.View(see),
		Layouts: x.theLayouts(),
		Assets:  x.theAssets(),
		Article: func(file string) (*content.Page, error) {
			see("article:" + file)
			id, _ := content.FileID(file)
			e := site.View(nil).Entry(id)
			if e == nil || e.File != file {
				e = site.View(nil).Entry(j.ID)
			}
			return x.page(file, e.Card), nil
		},
		Read: func(file string) ([]byte, error) {
			see("file:" + file)
			return x.tree.bytes(file)
		},
		Size: func(p string) (int, int) {
			see("size:" + p)
			return x.size("content/" + strings.TrimPrefix(p, "/"))
		},
	}
}
