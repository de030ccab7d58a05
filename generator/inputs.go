package generator

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// inputs is everything that a task may look at. It implements [cache.Inputs].
type inputs struct {
	b    *build
	once struct{ site, assets, layouts, articles sync.Once }

	assets  *asset.Set
	layouts *layout.Set
	theme   cache.Digest
	themed  bool
	parts   map[string]*cache.Part // of articles, by file
	late    late
}

// Digest returns the present digest of an input.
func (in *inputs) Digest(name string) cache.Digest {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "file":
		return in.b.tree.digest(rest)
	case "size":
		return in.b.tree.digest("content/" + strings.TrimPrefix(rest, "/"))
	case "settings":
		return in.b.settings[rest]
	case "terms":
		return in.b.terms.names
	case "article":
		if p := in.article(rest); p != nil {
			return p.Digest
		}
		return cache.Digest{}
	case "site":
		return in.b.theSite().Digest(rest)
	case "layout":
		if rest == "" {
			return cache.Sum([]byte(strings.Join(in.b.theLayouts().Names(), "\x00")))
		}
		return in.b.theLayouts().Digest(rest)
	case "asset":
		if rest == "" {
			var e cache.Encoder
			for _, f := range in.b.theAssets().Files() {
				e.String(f.Path)
			}
			return cache.Sum(e.B)
		}
		return in.b.theAssets().Digest(rest)
	}
	panic("generator: unknown input " + name)
}

// Root returns the digest of all that inputs of a kind derive from.
func (in *inputs) Root(kind string) cache.Digest {
	switch kind {
	case "site":
		if in.b.linked != nil && in.b.rounds.parse != nil {
			return in.b.linked.root
		}
	case "layout", "asset":
		return in.themeDigest()
	}
	if sub, ok := strings.CutPrefix(kind, "site:"); ok && slices.Contains(site.ShownKinds, sub) && in.b.linked != nil && in.b.linked.site != nil {
		var e cache.Encoder
		e.Digest(in.b.settings["site"])
		e.Digest(in.b.linked.site.ShownRoot())
		return cache.Sum(e.B)
	}
	if sub, ok := strings.CutPrefix(kind, "site:"); ok && slices.Contains(site.AnswerKinds(), sub) && in.b.linked != nil && in.b.linked.site != nil {
		return in.b.linked.site.AnswerRoot(sub)
	}
	return cache.Digest{}
}

// roots are the kinds of inputs that have a root.
func roots() []string {
	kinds := []string{"site", "layout", "asset"}
	for _, k := range slices.Concat(site.ShownKinds, site.AnswerKinds()) {
		kinds = append(kinds, "site:"+k)
	}
	return kinds
}

// themeDigest is the digest of all of layouts/; the built-in files are part of
// the program, and so of the cache's version.
func (in *inputs) themeDigest() cache.Digest {
	if !in.themed {
		var e cache.Encoder
		e.String("theme")
		for _, p := range in.b.tree.paths {
			if strings.HasPrefix(p, "layouts/") {
				e.String(p)
				e.Digest(in.b.tree.digest(p))
			}
		}
		in.theme, in.themed = cache.Sum(e.B), true
	}
	return in.theme
}

// article returns where the parsed article of a file is kept.
func (in *inputs) article(file string) *cache.Part {
	in.once.articles.Do(func() {
		in.parts = make(map[string]*cache.Part, len(in.b.parsed))
		for i := range in.b.parsed {
			// Not the card: another worker may be linking with it.
			in.parts[in.b.parsed[i].file] = in.b.parsed[i].res.Page
		}
	})
	return in.parts[file]
}

// page returns a parsed article, its card that of the site.
func (x *build) page(file string, card *content.Card) *content.Page {
	if b, ok := x.store.Read(cache.Page, x.inputs.article(file)); ok {
		p := &content.Page{Card: card, Body: &markdown.Body{}}
		d := cache.DecoderOf(b)
		if p.Decode(&d); d.Err == nil {
			return p
		}
	}
	p := x.again(file)
	p.Card = card
	return p
}

// again parses a file whose record in the cache is damaged.
func (x *build) again(file string) *content.Page {
	p := content.NewParser(markdown.New(x.cfg.Markdown), x.cfg.Content)
	p.Explain(x.terms.find)
	var above []*content.Defaults
	for _, dir := range folders(file) {
		if src, err := x.tree.bytes(path.Join(dir, defaultsFile)); err == nil {
			d, _ := p.ParseDefaults(path.Join(dir, defaultsFile), src)
			above = append(above, d)
		}
	}
	return x.article(p, file, nil, above, new(cache.Task))
}

// remembered returns what loading a part of the theme told, and loads it only if
// the theme has changed since.
func (x *build) remembered(record string, load func() diag.List) diag.List {
	key := x.inputs.themeDigest()
	d := cache.Decoder{S: string(x.store.Record(record))}
	if was := d.Digest(); was == key {
		if told := cache.DecodeDiags(&d); d.Err == nil {
			return told
		}
	}
	told := load()
	if x.unread(told) {
		return told // not to be remembered: it may be there again
	}
	var e cache.Encoder
	e.Digest(key)
	cache.EncodeDiags(&e, told)
	x.store.SetRecord(record, e.B)
	return told
}

// assets returns the problems of layouts/assets and what loads them.
func (x *build) assets() (func() *asset.Set, diag.List) {
	diags := x.remembered("assets", func() diag.List {
		s, diags := asset.Load(x.layers())
		x.inputs.once.assets.Do(func() { x.inputs.assets = s })
		return diags
	})
	return x.theAssets, diags
}

func (x *build) theAssets() *asset.Set {
	x.inputs.once.assets.Do(func() {
		t := x.loaded.lock(x.inputs.themeDigest())
		s := t.assets
		t.mu.Unlock()
		if s == nil {
			var diags diag.List
			s, diags = asset.Load(x.layers())
			if !x.unread(diags) {
				t = x.loaded.lock(x.inputs.themeDigest())
				t.assets = s
				t.mu.Unlock()
			}
		}
		x.inputs.assets = s
	})
	return x.inputs.assets
}

// layouts returns the problems of the templates and what loads them.
func (x *build) layouts() (func() *layout.Set, diag.List) {
	diags := x.remembered("layouts", func() diag.List {
		s, diags := layout.Load(x.layers(), x.address)
		x.inputs.once.layouts.Do(func() { x.inputs.layouts = begun(s) })
		return diags
	})
	return x.theLayouts, diags
}

func (x *build) theLayouts() *layout.Set {
	x.inputs.once.layouts.Do(func() {
		t := x.loaded.lock(x.inputs.themeDigest())
		s := t.layouts
		t.mu.Unlock()
		if s == nil {
			var diags diag.List
			s, diags = layout.Load(x.layers(), x.address)
			if !x.unread(diags) {
				t = x.loaded.lock(x.inputs.themeDigest())
				t.layouts = s
				t.mu.Unlock()
			}
		}
		x.inputs.layouts = begun(s)
	})
	return x.inputs.layouts
}

// loaded is what was last loaded of layouts/, for builds in which it is the same.
type loaded struct {
	mu      sync.Mutex
	key     cache.Digest
	assets  *asset.Set
	layouts *layout.Set
}

// lock gives the caller the theme of that digest, empty if it is another than before.
func (t *loaded) lock(key cache.Digest) *loaded {
	t.mu.Lock()
	if t.key != key {
		t.key, t.assets, t.layouts = key, nil, nil
	}
	return t
}

// late are problems of the theme that came up only when files were made: it was
// in order when it was last loaded, and has not changed, but now it cannot be read.
type late struct {
	mu    sync.Mutex
	diags diag.List
}

// unread reports whether files of the theme could not be read, and tells them.
// Then nothing can be published.
func (x *build) unread(l diag.List) bool {
	l = slices.DeleteFunc(slices.Clone(l), func(d diag.Diag) bool { return d.Rule != "unreadable" })
	if len(l) == 0 {
		return false
	}
	x.tree.blind.Store(true)
	x.inputs.late.mu.Lock()
	x.inputs.late.diags = append(x.inputs.late.diags, l...)
	x.inputs.late.mu.Unlock()
	return true
}

// begun lets a set remember what include makes: it lives for one build.
func begun(s *layout.Set) *layout.Set {
	s.Begin()
	return s
}

// address is the published address of a file of layouts/assets.
func (x *build) address(name string) string {
	if f := x.theAssets().Lookup(name); f != nil {
		return "/" + f.Path
	}
	return ""
}

// layers is layouts/: people's files over the built-in ones.
func (x *build) layers() fs.FS {
	o := overlay{mine: map[string]bool{}, lists: map[string][]fs.DirEntry{}}
	if x.o.Defaults != nil {
		o.under, _ = fs.Sub(x.o.Defaults, "layouts")
	}
	if r := x.tree.roots["layouts"]; r != nil {
		o.over = r.FS()
		for _, p := range x.tree.paths {
			if rest, ok := strings.CutPrefix(p, "layouts/"); ok {
				o.add(rest, false)
			}
		}
	}
	return o
}

// An overlay shows the files of over, as they were scanned, and behind them
// those of under. One that has vanished since is there and cannot be opened:
// else the theme would be another one than its digest says.
type overlay struct {
	over, under fs.FS
	mine        map[string]bool // files and folders of over
	lists       map[string][]fs.DirEntry
}

func (o overlay) add(name string, dir bool) {
	if o.mine[name] {
		return
	}
	o.mine[name] = true
	up := path.Dir(name)
	o.lists[up] = append(o.lists[up], scanned{o.over, name, dir})
	if up != "." {
		o.add(up, true)
	}
}

// scanned is an entry of a folder as it was when it was scanned.
type scanned struct {
	fs   fs.FS
	name string
	dir  bool
}

// Name returns the last part of the entry's path.
func (s scanned) Name() string { return path.Base(s.name) }

// IsDir reports whether it was a folder.
func (s scanned) IsDir() bool { return s.dir }

// Type tells a folder from a file.
func (s scanned) Type() fs.FileMode {
	if s.dir {
		return fs.ModeDir
	}
	return 0
}

// Info looks at it as it is now.
func (s scanned) Info() (fs.FileInfo, error) { return fs.Stat(s.fs, s.name) }

// Open opens a file, or a folder without regard to the other layer.
func (o overlay) Open(name string) (fs.File, error) {
	if o.over != nil && (o.mine[name] || o.under == nil) {
		return o.over.Open(name)
	}
	if o.under == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.under.Open(name)
}

// ReadDir lists what either layer has.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	all := slices.Clone(o.lists[name])
	found := len(all) > 0 || o.over != nil && name == "."
	if o.under != nil {
		list, err := fs.ReadDir(o.under, name)
		found = found || err == nil
		for _, e := range list {
			if !o.mine[path.Join(name, e.Name())] {
				all = append(all, e)
			}
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// sumOf returns the digest of settings. They hold nothing that cannot be
// written as JSON, which orders maps.
func sumOf(settings ...any) cache.Digest {
	b, err := json.Marshal(settings)
	if err != nil {
		panic("generator: settings: " + err.Error())
	}
	return cache.Sum(b)
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
