// Package layout loads and runs the HTML templates in layouts/, and defines
// what they are given.
//
// Its one rule: a template is parsed, checked and minified once, when it is
// loaded, and never once a page.
package layout

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// What a template may print, in bytes, and how often, in texts and turns of a
// range, before it is taken for endless.
const (
	maxOutput = 64 << 20
	maxWrites = 4 << 20
)

// A Set is the loaded templates of a site. It does not change, but for what a
// [Run] remembers; any number of goroutines may use it.
type Set struct {
	sources   map[string]*source
	names     []string          // of sources, sorted
	entries   map[string]*entry // by key
	addresses map[string]template.URL
	escapes   map[string]func(any) any // by name
	memo      atomic.Pointer[memo]
	buffers   sync.Pool // of *page
}

// Load reads the templates in fsys, the layouts folder itself: every *.html in
// it and its subfolders but assets/ and names that begin with a dot, named by
// its path: "article.html", "partials/card.html". White space at the beginning
// and end of a file is not part of the template.
//
// A name in {{template}} is looked for among the {{define}}s of the running file,
// then of the files that it reaches, the nearest first, then among the files,
// and then among the {{define}}s of all files. So a page may fill the blocks of
// the frame that it uses, as each other page does. A name in include is that
// of a file or, failing that, of a {{define}}.
//
// address returns the published address of a file of layouts/assets, or nothing
// if there is none; it may be nil.
//
// Every mistake that can be found without running is among the problems, in
// "layouts/" + name. Templates with mistakes are in the Set and tell them when run.
func Load(fsys fs.FS, address func(name string) string) (*Set, diag.List) {
	s := &Set{sources: map[string]*source{}, entries: map[string]*entry{}, addresses: map[string]template.URL{}, escapes: map[string]func(any) any{}}
	s.buffers.New = func() any { return new(page) }
	var l diag.List
	var assets []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case err != nil:
			if name == "." && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			l.Errorf(diag.Pos{File: file(name)}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
			return nil
		case d.IsDir():
			return nil
		case strings.HasPrefix(name, "assets/"):
			assets = append(assets, strings.TrimPrefix(name, "assets/"))
			return nil
		case path.Ext(name) == ".html":
			s.names = append(s.names, name)
		}
		return nil
	})
	if err != nil {
		l.Errorf(diag.Pos{File: "layouts"}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
	}
	slices.Sort(s.names)
	funcs := s.funcs()
	for _, name := range s.names {
		src, err := read(fsys, name)
		if err != nil {
			f := &source{name: name}
			f.problems.Errorf(diag.Pos{File: file(name)}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
			l = append(l, f.problems...)
			s.sources[name] = f
			continue
		}
		f := open(name, src, funcs)
		l = append(l, f.problems...)
		if f.written != nil {
			l = append(l, f.shrink()...)
		}
		s.sources[name] = f
	}
	s.addEscapes(funcs)
	s.resolve(funcs, address, assets, &l)
	return s, l.Sorted()
}

// read reads one file, not much more than is allowed of it.
func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > maxSource {
		return nil, fmt.Errorf("it is %s, and the most is 1 MB", megabytes(int(info.Size())))
	}
	return fs.ReadFile(fsys, name)
}

// Names returns the names of all templates, sorted.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Has reports whether there is a template of that name.
func (s *Set) Has(name string) bool { return s.sources[name] != nil }

// Digest returns the digest of the template and all that it can reach: by
// {{template}}, {{block}} and include, and the addresses of its assets. It is
// zero if there is no such template.
func (s *Set) Digest(name string) cache.Digest {
	if e := s.entries[name]; e != nil {
		return e.digest
	}
	return cache.Digest{}
}

// Run runs the template of that name with data. A mistake is a problem at its
// place in the source as written, and there is no output.
func (s *Set) Run(name string, data any) ([]byte, diag.List) {
	e := s.entries[name]
	if e == nil {
		var l diag.List
		l.Errorf(diag.Pos{File: file(name)}, rule, "there is no template %q", name).
			Hint = diag.DidYouMean(diag.Nearest(name, s.names, 3), "add it to layouts/")
		return nil, l
	}
	p := s.buffers.Get().(*page)
	defer s.put(p)
	if d := s.execute(e, p, data); d != nil {
		return nil, diag.List{*d}
	}
	return bytes.Clone(p.buf.Bytes()), nil
}

// A Run is one build's use of a Set: what include makes of the same data is
// made once.
type Run struct {
	set  *Set
	memo *memo
}

// Begin starts a run. Until it ends or the next begins, the data given to
// templates must not change.
func (s *Set) Begin() *Run {
	r := &Run{s, newMemo(len(s.entries))}
	s.memo.Store(r.memo)
	return r
}

// Execute is [Set.Run] within r. Any number of goroutines may call it.
func (r *Run) Execute(name string, data any) ([]byte, diag.List) { return r.set.Run(name, data) }

// End forgets what was remembered.
func (r *Run) End() { r.set.memo.CompareAndSwap(r.memo, nil) }

// include is the function of that name: key stands for the template. It
// panics with a *problem: text/template takes that for an error, and one result
// instead of two is worth a fifth of the call.
func (s *Set) include(key string, data any) template.HTML {
	e := s.entries[key]
	m := s.memo.Load()
	var k memoKey
	remember := false
	if m != nil {
		if k, remember = e.remember(data); remember {
			if h, ok := m.get(k); ok {
				return h
			}
		}
	}
	p := s.buffers.Get().(*page)
	defer s.put(p)
	if d := s.execute(e, p, data); d != nil {
		panic(&problem{*d})
	}
	h := template.HTML(p.buf.String())
	if remember {
		m.put(k, h)
	}
	return h
}

// includeEach is include with each item of a list.
func (s *Set) includeEach(key string, items any) template.HTML {
	v := reflect.ValueOf(items)
	if !v.IsValid() {
		return ""
	}
	if v.Kind() != reflect.Slice {
		panic(fmt.Errorf("includeEach wants a list, not %v", v.Type()))
	}
	p := s.buffers.Get().(*page)
	defer s.put(p)
	cards, _ := items.([]*Card) // the most frequent, without reflection
	for i := range v.Len() {
		var item any
		if cards != nil {
			item = cards[i]
		} else {
			item = v.Index(i).Interface()
		}
		h := s.include(key, item)
		if p.buf.Len()+len(h) > maxOutput {
			panic(errTooLong)
		}
		p.buf.WriteString(string(h))
	}
	return template.HTML(p.buf.String())
}

// A problem is a Diag on its way through html/template.
type problem struct{ diag.Diag }

func (p *problem) Error() string { return p.Diag.String() }

// A page collects what a template prints, to a limit.
type page struct {
	buf    bytes.Buffer
	writes int
	refuse bool // take nothing: for escaping a template without running it
}

var (
	errRefused   = errors.New("nothing is to be written")
	errTooLong   = errors.New("too long")
	errTooManyIn = errors.New("too many writes")
)

func (p *page) Write(b []byte) (int, error) {
	p.writes++
	switch {
	case p.refuse:
		return 0, errRefused
	case p.buf.Len()+len(b) > maxOutput:
		return 0, errTooLong
	case p.writes > maxWrites:
		return 0, errTooManyIn
	}
	return p.buf.Write(b)
}

func (s *Set) put(p *page) {
	if p.buf.Cap() > 1<<20 {
		return
	}
	p.buf.Reset()
	p.writes = 0
	s.buffers.Put(p)
}

// execute runs e into p.
func (s *Set) execute(e *entry, p *page, data any) (d *diag.Diag) {
	if e.html == nil {
		return &e.problems[0]
	}
	defer func() {
		if r := recover(); r != nil {
			d = e.runProblem(s, fmt.Errorf("%v", r))
		}
	}()
	if s.quick(e, p, data) {
		return nil
	}
	if err := e.html.Execute(p, data); err != nil {
		return e.runProblem(s, err)
	}
	return nil
}

func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }

// reason is err without the name of the file, which the problem tells.
func reason(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
