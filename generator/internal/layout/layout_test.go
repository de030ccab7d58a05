package layout

import (
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"guidepost/generator/internal/cache"
)

func load(t testing.TB, files map[string]string) *Set {
	t.Helper()
	s, l := Load(mapFS(files), testAddress)
	if len(l) > 0 {
		t.Fatal(tell(l))
	}
	return s
}

func mapFS(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestNames(t *testing.T) {
	s, l := Load(mapFS(map[string]string{
		"article.html": "a", "partials/card.html": "b", ".#article.html": "{{", ".git/x.html": "{{", "assets/x.html": "{{",
		"README.md": "{{", "_part.html": "c",
	}), nil)
	if len(l) > 0 {
		t.Error(tell(l))
	}
	if got, want := s.Names(), []string{"_part.html", "article.html", "partials/card.html"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if !s.Has("article.html") || s.Has("x.html") || s.Has("README.md") {
		t.Error("Has is wrong")
	}
	out, l := s.Run("artical.html", nil)
	if out != nil || len(l) != 1 || l[0].Hint != "did you mean article.html?" {
		t.Errorf("an unknown template gives %q and %s", out, tell(l))
	}
}

func TestNothingToLoad(t *testing.T) {
	for name, fsys := range map[string]fs.FS{"empty": fstest.MapFS{}, "missing": os.DirFS(t.TempDir() + "/none")} {
		if s, l := Load(fsys, nil); len(l) > 0 || len(s.Names()) > 0 {
			t.Errorf("%s: %v %s", name, s.Names(), tell(l))
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, l := Load(mapFS(map[string]string{"a.html": strings.Repeat("x", maxSource+1)}), nil)
	if len(l) != 1 || !strings.Contains(l[0].Message, "the most is 1 MB") || l[0].File != "layouts/a.html" {
		t.Error(tell(l))
	}
}

// A folder that looks like a template, or a file that cannot be read, is told
// and nothing else suffers.
func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		// Root reads everything, so a link to nowhere stands in.
		dir := t.TempDir()
		os.WriteFile(dir+"/b.html", []byte("b"), 0o644)
		os.Symlink("/nowhere/at/all", dir+"/a.html")
		s, l := Load(os.DirFS(dir), nil)
		if len(l) != 1 || l[0].File != "layouts/a.html" {
			t.Error(tell(l))
		}
		if out, l := s.Run("b.html", nil); string(out) != "b" || len(l) > 0 {
			t.Errorf("%s %s", out, tell(l))
		}
		if _, l := s.Run("a.html", nil); len(l) != 1 {
			t.Error("running an unreadable template tells", tell(l))
		}
	}
}

func TestDigest(t *testing.T) {
	files := map[string]string{
		"article.html":       `{{template "frame.html" .}}{{define "main"}}{{include "partials/card.html" .}}{{end}}`,
		"home.html":          `{{template "frame.html" .}}{{define "main"}}home{{end}}`,
		"frame.html":         `<main>{{block "main" .}}{{end}}</main>{{template "signed" .}}`,
		"partials/card.html": `card {{include "partials/date.html" .}}`,
		"partials/date.html": `date {{asset "site.css"}}`,
		"partials/lib.html":  `{{define "signed"}}us{{end}}`,
		"lonely.html":        `alone`,
	}
	digests := func(files map[string]string, address func(string) string) map[string]cache.Digest {
		s, l := Load(mapFS(files), address)
		if len(l) > 0 {
			t.Fatal(tell(l))
		}
		m := map[string]cache.Digest{}
		for _, n := range s.Names() {
			if m[n] = s.Digest(n); m[n].IsZero() {
				t.Errorf("%s has no digest", n)
			}
		}
		return m
	}
	before := digests(files, testAddress)
	changed := func(after map[string]cache.Digest) (names []string) {
		for n, d := range after {
			if before[n] != d {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		return names
	}
	edits := map[string]struct {
		file, text string
		want       []string
	}{
		"nothing":                  {"lonely.html", "alone", nil},
		"a page":                   {"lonely.html", "not alone", []string{"lonely.html"}},
		"an included partial":      {"partials/date.html", `day {{asset "site.css"}}`, []string{"article.html", "partials/card.html", "partials/date.html"}},
		"a frame":                  {"frame.html", `<b>{{block "main" .}}{{end}}</b>{{template "signed" .}}`, []string{"article.html", "frame.html", "home.html"}},
		"a define elsewhere":       {"partials/lib.html", `{{define "signed"}}we{{end}}`, []string{"article.html", "frame.html", "home.html", "partials/lib.html"}},
		"a define comes in":        {"home.html", `{{template "frame.html" .}}{{define "main"}}home{{end}}{{define "signed"}}I{{end}}`, []string{"home.html"}},
		"a file that no one names": {"partials/new.html", "x", []string{"partials/new.html"}},
	}
	for name, e := range edits {
		t.Run(name, func(t *testing.T) {
			after := map[string]string{}
			for n, text := range files {
				after[n] = text
			}
			after[e.file] = e.text
			if name == "a define comes in" {
				// Two define it now, so the frame alone cannot choose.
				delete(after, "partials/lib.html")
				after["partials/lib.html"] = files["partials/lib.html"]
				after["frame.html"] = files["frame.html"]
				after[e.file] = `{{template "frame.html" .}}{{define "main"}}home, changed{{end}}`
			}
			if got := changed(digests(after, testAddress)); !slices.Equal(got, e.want) {
				t.Errorf("changes %q, want %q", got, e.want)
			}
		})
	}
	t.Run("an asset's address", func(t *testing.T) {
		got := changed(digests(files, func(string) string { return "/assets/site.OTHER.css" }))
		if want := []string{"article.html", "partials/card.html", "partials/date.html"}; !slices.Equal(got, want) {
			t.Errorf("changes %q, want %q", got, want)
		}
	})
	if s, _ := Load(mapFS(files), testAddress); !s.Digest("none.html").IsZero() {
		t.Error("a template that is not there has a digest")
	}
}

// TestIncludeOnce counts how often a template runs, by a stringer in its data.
func TestIncludeOnce(t *testing.T) {
	s := load(t, map[string]string{
		"parts/page.html": `{{include "card.html" .Card}}{{include "card.html" .Card}}{{include "card.html" (dict "Count" .Card.Count "x" 1)}}{{include "card.html" (dict "x" 1 "Count" .Card.Count)}}`,
		"card.html":       `{{.Count}}`,
	})
	type card struct{ Count *counter }
	type data struct{ Card *card }
	run := func(execute func(string, any) int) int { return execute("parts/page.html", data{&card{&counter{}}}) }
	once := func(name string, d any) int {
		r := s.Begin()
		defer r.End()
		for range 3 {
			if _, l := r.Execute(name, d); len(l) > 0 {
				t.Fatal(tell(l))
			}
		}
		return d.(data).Card.Count.n
	}
	each := func(name string, d any) int {
		if _, l := s.Run(name, d); len(l) > 0 {
			t.Fatal(tell(l))
		}
		return d.(data).Card.Count.n
	}
	if n := run(once); n != 2 {
		t.Errorf("the same card and the same dict, three times over, ran %d times, want 2", n)
	}
	if n := run(each); n != 4 {
		t.Errorf("outside of a run it ran %d times, want 4", n)
	}
	if s.memo.Load() != nil {
		t.Error("an ended run is remembered")
	}
}

type counter struct{ n int }

func (c *counter) String() string { c.n++; return fmt.Sprint("run ", c.n) }

func TestMemoIsBounded(t *testing.T) {
	s := load(t, map[string]string{"a.html": `{{include "b.html" .}}`, "b.html": `{{.Title}}{{.Title}}`})
	r := s.Begin()
	for i := range 400 {
		if _, l := r.Execute("a.html", &Card{Title: strings.Repeat("x", 100_000) + fmt.Sprint(i)}); len(l) > 0 {
			t.Fatal(tell(l))
		}
	}
	n := 0
	for i := range *r.memo.made.Load() {
		(*r.memo.made.Load())[i].Range(func(any, any) bool { n++; return true })
	}
	if got := r.memo.bytes.Load(); got > maxMemo || n == 0 || n >= 400 {
		t.Errorf("%d entries of %d bytes are kept", n, got)
	}
}

func TestParallel(t *testing.T) {
	s, l := Load(os.DirFS("testdata/theme"), testAddress)
	if len(l) > 0 {
		t.Fatal(tell(l))
	}
	want, _ := s.Run("article.html", samplePage())
	page := samplePage()
	run := s.Begin()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, l := run.Execute("article.html", page)
				if len(l) > 0 || string(got) != string(want) {
					t.Error("differs", tell(l))
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestNothingUnsafePasses(t *testing.T) {
	s := load(t, map[string]string{"a.html": `<a href="{{.}}" title="{{.}}" data-x='{{.}}'>{{.}}</a><script type="application/ld+json">{{.}}</script>`})
	out, l := s.Run("a.html", `javascript:alert(1)"'></script><b>`)
	if len(l) > 0 || strings.Contains(string(out), "<b>") || strings.Contains(string(out), `href="javascript`) || strings.Count(string(out), "</script>") != 1 {
		t.Errorf("%s %s", out, tell(l))
	}
}

// FuzzLoad gives two templates of any text to Load and runs them.
func FuzzLoad(f *testing.F) {
	for _, src := range traps {
		f.Add(src, `<p>{{.}}</p>`)
	}
	f.Add(`{{template "b.html" .}}`, `{{define "x"}}<li>{{end}}{{range .Crumbs}}{{template "x"}} {{end}}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Count(a, "{{")+strings.Count(b, "{{") > 50 {
			return
		}
		s, l := Load(mapFS(map[string]string{"a.html": a, "b.html": b}), nil)
		for _, d := range l {
			if d.Line == 0 || d.Col == 0 {
				t.Errorf("no place: %s", d)
			}
		}
		if strings.Contains(a+b, "range") {
			return // what takes long is not of interest
		}
		for _, n := range s.Names() {
			s.Run(n, samplePage())
		}
	})
}

// FuzzShrink looks for a template that shows something else when minified.
func FuzzShrink(f *testing.F) {
	for _, src := range traps {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s := open("a.html", []byte(src), (&Set{}).funcs())
		if s.written == nil {
			return
		}
		before := actionsOf(s.written)
		s.shrink()
		if after := actionsOf(s.small); before != after {
			t.Errorf("actions were %s and are %s", before, after)
		}
	})
}

func benchSet(b *testing.B) (*Set, *Page) {
	s, l := Load(os.DirFS("testdata/theme"), testAddress)
	if len(l) > 0 {
		b.Fatal(tell(l))
	}
	p := samplePage()
	p.Body = template.HTML(strings.Repeat("<p>You prepared, you turned up on time, and then it came apart.</p>", 100))
	for i := len(p.Related); i < 20; i++ {
		p.Related = append(p.Related, &Card{Title: fmt.Sprint("More ", i), URL: template.URL(fmt.Sprint("/m/", i, "/")), Description: "What to ask, when, and how."})
	}
	return s, p
}

// BenchmarkRemembered is a page with some 40 links, most in included parts that
// other pages have had before.
func BenchmarkRemembered(b *testing.B) {
	s, p := benchSet(b)
	r := s.Begin()
	b.ReportAllocs()
	for b.Loop() {
		if _, l := r.Execute("article.html", p); len(l) > 0 {
			b.Fatal(tell(l))
		}
	}
}

// BenchmarkNaive is the same page with nothing remembered.
func BenchmarkNaive(b *testing.B) {
	s, p := benchSet(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, l := s.Run("article.html", p); len(l) > 0 {
			b.Fatal(tell(l))
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	fsys := os.DirFS("testdata/theme")
	for b.Loop() {
		Load(fsys, testAddress)
	}
}
