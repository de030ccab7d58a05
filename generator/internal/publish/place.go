package publish

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
)

// Where a folder is published from, and what must never be published to.

// A place names everything that publishing to one folder has to do with.
// Absolute paths are real ones: free of links.
type place struct {
	site, out, state string
	// base is the folder whose FS holds both what is published and what is
	// being prepared; the names below are relative to it.
	base    string
	outName string
	// pending are the folders in which a change can be prepared, the best
	// first: files must be renamed from there to outName.
	pending []string
	// leftover are all that an earlier run may have used.
	leftover []string
	// home is the folder in the state folder for what belongs to this out.
	home string
	// identity is what the manifest calls out: relative within a site, so that
	// a site can be moved with its .guidepost folder.
	identity string
	shown    string // what a user calls out
}

// pendingName is the folder inside out in which a change is prepared if out is
// a mount point, so that nothing outside is on the same file system.
const pendingName = ".guidepost-pending"

func locate(opt Options) (*place, error) {
	p := &place{shown: filepath.ToSlash(filepath.Clean(opt.Out))}
	site := opt.Site
	if site == "" {
		site = filepath.Dir(opt.State)
	}
	var err error
	for _, r := range []struct {
		to   *string
		from string
	}{{&p.site, site}, {&p.out, opt.Out}, {&p.state, opt.State}} {
		if *r.to, err = real(r.from); err != nil {
			return nil, &Failure{"open", filepath.ToSlash(r.from), err}
		}
	}
	if err := p.refuse(opt); err != nil {
		return nil, err
	}

	p.identity = filepath.ToSlash(p.out)
	p.base = nearest(filepath.Dir(p.out)) // folders between the two are made with it
	if rel, ok := relative(p.site, p.out); ok {
		p.identity, p.shown, p.base = rel, rel, p.site
	}
	p.outName, _ = relative(p.base, p.out)
	p.home = join("publish", cache.Sum([]byte(p.identity)).String()[:12])

	existing := nearest(p.out)
	if rel, ok := relative(p.base, p.state); ok {
		rel = join(rel, p.home)
		p.leftover = append(p.leftover, rel)
		if sameMount(nearest(p.state), existing) {
			p.pending = append(p.pending, rel)
		}
	}
	// Two sites that publish to one folder must not tread on each other's.
	by := cache.Sum([]byte(filepath.ToSlash(p.state))).String()[:8]
	dir := parent(p.outName)
	beside := join(dir, "."+strings.TrimPrefix(p.outName[strings.LastIndexByte(p.outName, '/')+1:], ".")+".guidepost-"+by)
	p.leftover = append(p.leftover, beside)
	if sameMount(nearest(filepath.Dir(p.out)), existing) {
		p.pending = append(p.pending, beside)
	}
	inside := join(p.outName, pendingName)
	p.leftover = append(p.leftover, inside)
	p.pending = append(p.pending, inside)
	return p, nil
}

// inside reports whether changes prepared in dir lie within out itself.
func (p *place) inside(dir string) bool { return within(dir, p.outName) }

// exposed reports whether dir lies outside the state folder, so that others
// may look into it, and all of it goes when the change ends.
func (p *place) exposed(dir string) bool {
	rel, ok := relative(p.base, p.state)
	return !ok || !within(dir, rel)
}

// real returns the absolute path of name without links. What does not exist
// yet is taken as it is written.
func real(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	rest := ""
	for at := abs; ; {
		resolved, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(resolved, rest), nil
		}
		if _, lstatErr := os.Lstat(at); lstatErr == nil || !errors.Is(err, fs.ErrNotExist) {
			return "", err // a link to nowhere, or to itself
		}
		up := filepath.Dir(at)
		if up == at {
			return "", err
		}
		rest = filepath.Join(filepath.Base(at), rest)
		at = up
	}
}

// nearest returns the closest of name and the folders above it that exists.
func nearest(name string) string {
	for {
		if _, err := os.Stat(name); err == nil || filepath.Dir(name) == name {
			return name
		}
		name = filepath.Dir(name)
	}
}

// relative returns name relative to dir, slash-separated, if it lies below.
func relative(dir, name string) (string, bool) {
	rel, err := filepath.Rel(dir, name)
	rel = filepath.ToSlash(rel)
	return rel, err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, "../") && !filepath.IsAbs(rel)
}

// refuse returns a Refusal if out would put in danger what people wrote.
// Folders are compared as the system knows them, so that neither links nor
// letter case nor a second mount deceive it.
func (p *place) refuse(opt Options) error {
	because := func(why string) error { return &Refusal{Out: filepath.ToSlash(opt.Out), Why: why} }
	if p.out == filepath.Dir(p.out) {
		return because("it is the whole disk")
	}
	if s, err := os.Stat(p.out); err == nil && !s.IsDir() {
		return because("it is a file, not a folder")
	}
	home, _ := os.UserHomeDir()
	type guarded struct {
		path, name string
		whole      bool // nothing in it may be published to either
	}
	guard := []guarded{{p.site, "the site's own folder", false}, {home, "your home folder", false}, {p.state, name(p.site, p.state), true}}
	for _, dir := range opt.Protect {
		full, err := real(dir)
		if err != nil {
			continue // a link to nowhere holds nothing
		}
		guard = append(guard, guarded{full, name(p.site, full), true})
	}
	for _, g := range guard {
		switch {
		case g.path == "":
		case sameFolder(p.out, g.path):
			return because("it is " + g.name)
		case holds(p.out, g.path):
			return because("it holds " + g.name)
		case g.whole && holds(g.path, p.out):
			return because("it lies in " + g.name)
		}
	}
	if slices.Contains(strings.Split(filepath.ToSlash(p.out), "/"), ".git") {
		return because("it lies in a .git folder")
	}
	return nil
}

// name is what a user calls the folder dir.
func name(site, dir string) string {
	if rel, ok := relative(site, dir); ok {
		return rel + "/"
	}
	return filepath.ToSlash(dir)
}

func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	s, err := os.Stat(a)
	if err != nil {
		return false
	}
	t, err := os.Stat(b)
	return err == nil && os.SameFile(s, t)
}

// holds reports whether name lies somewhere below dir.
func holds(dir, name string) bool {
	s, err := os.Stat(dir)
	for up := filepath.Dir(name); ; up = filepath.Dir(up) {
		if up == dir {
			return true
		}
		if t, statErr := os.Stat(up); err == nil && statErr == nil && os.SameFile(s, t) {
			return true
		}
		if filepath.Dir(up) == up {
			return false
		}
	}
}

// showBase is what a user calls name, which is relative to base.
func (p *place) showBase(name string) string {
	if within(name, p.outName) {
		return join(p.shown, cmp.Or(strings.TrimPrefix(strings.TrimPrefix(name, p.outName), "/"), "."))
	}
	if p.base == p.site {
		return name
	}
	return join(filepath.ToSlash(p.base), name)
}

// showState is what a user calls name, which is relative to the state folder.
func (p *place) showState(file string) string {
	return join(strings.TrimSuffix(name(p.site, p.state), "/"), file)
}
