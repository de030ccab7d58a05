package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"guidepost/generator/internal/diag"
)

// theme is the built-in layouts of these tests.
var theme = func() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range testLayouts {
		m["layouts/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}()

const (
	settingsText = "title: S\nbase_url: https://example.org\n"
	homeText     = "---\ntitle: Home\n---\nWelcome.\n"
	goodText     = "---\ntitle: Good\ndescription: A page with nothing wrong.\n---\nGood words.\n"
)

// newSite writes a small site, and the files that are given with their texts.
func newSite(t testing.TB, files ...string) *history {
	h := &history{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.write("content/site.yaml", settingsText)
	h.write("content/index.md", homeText)
	h.write("content/good.md", goodText)
	for i := 0; i+1 < len(files); i += 2 {
		h.write(files[i], files[i+1])
	}
	return h
}

// run builds once, in a new process as far as Guidepost can tell.
func (h *history) run(o Options) *Result {
	h.t.Helper()
	o.Defaults = theme
	b := h.builder(o)
	defer b.Close()
	return h.build(b)
}

func (h *history) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

// published returns the files of public/ by path, without the list of them.
func (h *history) published() map[string]string {
	files := map[string]string{}
	out := h.path("public")
	err := filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".guidepost-files" {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(out, p)
		files[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.t.Fatal(err)
	}
	return files
}

// told returns the problem of the rule at a file whose path begins with file.
func told(l diag.List, rule, file string) *diag.Diag {
	for i := range l {
		if l[i].Rule == rule && strings.HasPrefix(l[i].File, file) {
			return &l[i]
		}
	}
	return nil
}

// checkProblems says what is wrong with how problems are told.
func checkProblems(t *testing.T, h *history, l diag.List) {
	t.Helper()
	for _, d := range l {
		all := d.File + d.Message + d.Hint
		switch {
		case d.File == "" || d.Rule == "" || d.Message == "" || d.Hint == "":
			t.Errorf("a problem without a place, a message or a way out: %+v", d)
		case strings.Contains(all, h.dir), strings.Contains(all, "goroutine"), strings.Contains(all, "%!"), strings.Contains(all, "runtime error"), strings.Contains(all, "ZgotmplZ"):
			t.Errorf("a problem that speaks of the program: %+v", d)
		case len(d.Message) > 1500, len(d.Hint) > 1500:
			t.Errorf("a problem that is not one line: %+v", d)
		}
		if _, ok := diag.LookupRule(d.Rule); !ok {
			t.Errorf("no rule %q", d.Rule)
		}
	}
}

// A badCase is something wrong and how it is told.
type badCase struct {
	name string
	make func(h *history)
	rule string
	file string // where it is told; a path that begins so
	line int    // if it matters
}

func write(files ...string) func(h *history) {
	return func(h *history) {
		for i := 0; i+1 < len(files); i += 2 {
			h.write(files[i], files[i+1])
		}
	}
}

// page is an article with a body.
func page(body string) string {
	return "---\ntitle: Page\ndescription: D.\n---\n" + body + "\n"
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

var badContent = []badCase{
	{"a 100 MB article", func(h *history) {
		h.write("content/bad.md", page("Text."))
		if err := os.Truncate(h.path("content/bad.md"), 100<<20); err != nil {
			h.t.Fatal(err)
		}
	}, "too-large", "content/bad.md", 0},
	{"100,000 quotations in one another", write("content/bad.md", page(repeat(">", 100_000)+" x")), "too-deep", "content/bad.md", 5},
	{"100,000 quotations with blanks", write("content/bad.md", page(repeat("> ", 100_000)+"x")), "too-deep", "content/bad.md", 5},
	{"100,000 lists in one another", write("content/bad.md", page(repeat("- ", 100_000)+"x")), "too-deep", "content/bad.md", 5},
	{"100,000 numbered lists", write("content/bad.md", page(repeat("1. ", 100_000)+"x")), "too-deep", "content/bad.md", 5},
	{"100,000 levels of YAML", write("content/bad.md", "---\ntitle: Page\nparams: "+repeat("[", 100_000)+repeat("]", 100_000)+"\n---\nText.\n"), "front-matter-too-large", "content/bad.md", 0},
	{"20,000 levels of YAML", write("content/bad.md", "---\ntitle: Page\nparams: "+repeat("[", 20_000)+repeat("]", 20_000)+"\n---\nText.\n"), "too-deep", "content/bad.md", 0},
	{"10,000 YAML mappings", write("content/bad.md", "---\ntitle: Page\nparams: "+repeat("{a: ", 10_000)+repeat("}", 10_000)+"\n---\nText.\n"), "too-deep", "content/bad.md", 0},
	{"100,000 levels of TOML", write("content/bad.md", "+++\ntitle = \"Page\"\na = "+repeat("[", 100_000)+"\n+++\nText.\n"), "front-matter-too-large", "content/bad.md", 0},
	{"20,000 levels of TOML", write("content/bad.md", "+++\ntitle = \"Page\"\na = "+repeat("[", 20_000)+repeat("]", 20_000)+"\n+++\nText.\n"), "too-deep", "content/bad.md", 0},
	{"TOML that panics elsewhere", write("content/bad.md", "+++\nt={#\n+++\n"), "bad-front-matter", "content/bad.md", 0},
	{"100,000 levels of JSON", write("content/bad.md", ";;;\n{\"title\": \"Page\", \"a\": "+repeat("[", 100_000)+"\n;;;\nText.\n"), "front-matter-too-large", "content/bad.md", 0},
	{"20,000 levels of JSON", write("content/bad.md", ";;;\n{\"title\": \"Page\", \"a\": "+repeat("[", 20_000)+repeat("]", 20_000)+"}\n;;;\nText.\n"), "too-deep", "content/bad.md", 0},
	{"100,000 levels of defaults", write("content/bad/_defaults.yaml", "params: "+repeat("[", 100_000), "content/bad/a.md", page("Text.")), "front-matter-too-large", "content/bad/_defaults.yaml", 0},
	{"bytes that are not UTF-8", write("content/bad.md", page("Caf\xe9")), "invalid-utf8", "content/bad.md", 5},
	{"front matter that is not UTF-8", write("content/bad.md", "---\ntitle: Caf\xe9\n---\n"), "invalid-utf8", "content/bad.md", 2},
	{"UTF-16", write("content/bad.md", "\xff\xfe-\x00-\x00-\x00\n\x00"), "invalid-utf8", "content/bad.md", 1},
	{"UTF-16, the other way", write("content/bad.md", "\xfe\xff\x00-\x00-\x00-\x00\n"), "invalid-utf8", "content/bad.md", 1},
	{"UTF-16 without a mark", write("content/bad.md", "-\x00-\x00-\x00\n\x00t\x00"), "invalid-utf8", "content/bad.md", 1},
	{"defaults that are not UTF-8", write("content/bad/_defaults.yaml", "owner: \xe9\n", "content/bad/a.md", page("Text.")), "invalid-utf8", "content/bad/_defaults.yaml", 1},
	{"a link out of the site", func(h *history) { h.link(h.t.TempDir(), "content/bad") }, "bad-link", "content/bad", 0},
	{"a link to a file outside", func(h *history) { h.link("/etc/passwd", "content/bad.md") }, "bad-link", "content/bad.md", 0},
	{"a relative link out of the site", func(h *history) { h.link("../../..", "content/bad") }, "bad-link", "content/bad", 0},
	{"a link to nothing", func(h *history) { h.link("nothing.md", "content/bad.md") }, "bad-link", "content/bad.md", 0},
	{"a link to itself", func(h *history) { h.link("bad.md", "content/bad.md") }, "bad-link", "content/bad.md", 0},
	{"two links in a circle", func(h *history) { h.link("bad2", "content/bad"); h.link("bad", "content/bad2") }, "bad-link", "content/bad", 0},
	{"a link to its own folder", func(h *history) { h.mkdir("content/bad"); h.link(".", "content/bad/in") }, "link-circle", "content/bad/in", 0},
	{"a link to the folder above", func(h *history) { h.mkdir("content/bad/in"); h.link("../..", "content/bad/in/up") }, "link-circle", "content/bad/in/up", 0},
	{"folders of links to folders of links", func(h *history) {
		for i := range 30 {
			h.mkdir(fmt.Sprintf("content/bad/%d", i))
			if i < 29 {
				h.link(fmt.Sprintf("../%d", i+1), fmt.Sprintf("content/bad/%d/a", i))
				h.link(fmt.Sprintf("../%d", i+1), fmt.Sprintf("content/bad/%d/b", i))
			}
		}
	}, "link-circle", "content/bad/", 0},
	{"a pipe", func(h *history) { h.pipe("content/bad.md") }, "not-a-file", "content/bad.md", 0},
	{"a socket", func(h *history) { h.socket("content/bad.sock") }, "not-a-file", "content/bad.sock", 0},
	{"a pipe among the layouts", func(h *history) { h.mkdir("layouts"); h.pipe("layouts/bad.html") }, "not-a-file", "layouts/bad.html", 0},
	{"folders 80 deep", write("content/"+repeat("d/", 80)+"a.md", page("Text.")), "too-deep", "content/d/d/d", 0},
	{"a path of 1,200 bytes", write("content/"+repeat(repeat("d", 199)+"/", 6)+"a.md", page("Text.")), "bad-path", "content/ddd", 0},
	{"a name of 240 bytes", write("content/"+repeat("d", 240)+".md", page("Text.")), "bad-path", "content/ddd", 0},
	{"a name that Windows keeps", write("content/aux.md", page("Text.")), "bad-path", "content/aux.md", 0},
	{"a folder that Windows keeps", write("content/con/a.md", page("Text.")), "bad-path", "content/con/a.md", 0},
	{"a file that Windows keeps", write("content/nul.txt", "text"), "bad-path", "content/nul.txt", 0},
	{"a name that ends in a blank", write("content/bad .md", page("Text.")), "bad-path", "content/bad .md", 0},
	{"a file with a backslash", write("content/b\\ad.txt", "text"), "bad-path", "content/b\\ad.txt", 0},
	{"a name with a line break", write("content/b\nad.md", page("Text.")), "bad-path", "content/b\nad.md", 0},
	{"a name that is not UTF-8", write("content/b\xe9d.md", page("Text.")), "bad-path", "content/b\xe9d.md", 0},
	{"a file name that is not UTF-8", write("content/b\xe9d.txt", "text"), "bad-path", "content/b\xe9d.txt", 0},
	{"two pages that differ by case", write("content/Bad.md", page("Text."), "content/bad.md", page("Text.")), "address-clash", "content/", 0},
	{"two pages that differ by normal form", write("content/b\u00e9.md", page("Text."), "content/be\u0301.md", page("Text.")), "address-clash", "content/b", 0},
	{"two pages that differ by folding", write("content/straße.md", page("Text."), "content/strasse.md", page("Text.")), "address-clash", "content/stra", 0},
	{"a page and a folder's", write("content/bad.md", page("Text."), "content/bad/index.md", page("Text.")), "address-clash", "content/bad", 0},
	{"a page and a file", write("content/bad.md", page("Text."), "content/bad/index.html", "<p>"), "address-clash", "content/bad", 0},
	{"a file where a page needs a folder", write("content/bad.md", page("Text."), "content/x.md", "---\ntitle: X\ndescription: D.\nslug: good.txt\n---\n", "content/good.txt", "text"), "address-clash", "content/", 0},
	{"a file like the feed", write("content/feed.xml", "<a/>"), "address-clash", "content/feed.xml", 0},
	{"a file like the page that is not found", write("content/404.html", "<p>"), "address-clash", "content/404.html", 0},
	{"a file like the list of articles", write("content/Articles.JSON", "{}"), "address-clash", "content/Articles.JSON", 0},
	{"a file like the A to Z", write("content/a-z/index.html", "<p>"), "address-clash", "content/a-z/index.html", 0},
	{"an alias that hides a page", write("content/bad.md", "---\ntitle: P\ndescription: D.\naliases: [/good/]\n---\n"), "address-clash", "content/bad.md", 4},
	{"two pages with one alias", write("content/bad.md", "---\ntitle: P\ndescription: D.\naliases: [/old/]\n---\n", "content/bad2.md", "---\ntitle: Q\ndescription: D.\naliases: [/Old/]\n---\n"), "address-clash", "content/bad", 4},
	{"a layout that is not there", write("content/bad.md", "---\ntitle: P\ndescription: D.\nlayout: nothing\n---\n"), "unknown-layout", "content/bad.md", 4},
	{"Markdown under another name", write("content/bad.markdown", page("Text.")), "misnamed", "content/bad.markdown", 0},
	{"Markdown in capitals", write("content/bad.MD", page("Text.")), "misnamed", "content/bad.MD", 0},
	{"a copy of Markdown", write("content/bad.md.bak", page("Text.")), "misnamed", "content/bad.md.bak", 0},
	{"defaults under another name", write("content/sub/defaults.yml", "draft: true\n"), "misnamed", "content/sub/defaults.yml", 0},
}

// link makes a symbolic link called name.
func (h *history) link(to, name string) {
	if err := os.Symlink(to, h.path(name)); err != nil {
		h.t.Skip("no links here: ", err)
	}
}

func (h *history) mkdir(name string) {
	if err := os.MkdirAll(h.path(name), 0o777); err != nil {
		h.t.Fatal(err)
	}
}

// socket makes a socket. Its whole path may be too long for one.
func (h *history) socket(name string) {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		h.t.Skip("no sockets here: ", err)
	}
	h.t.Cleanup(func() { l.Close() })
	if err := os.Rename(filepath.Join(dir, "s"), h.path(name)); err != nil {
		h.t.Skip("no sockets here: ", err)
	}
}

// TestBadInput puts one bad thing after another into a site: it is told at its
// place with a way out, nothing is published, and with --keep-going all else is.
func TestBadInput(t *testing.T) {
	for _, c := range badContent {
		t.Run(c.name, func(t *testing.T) {
			h := newSite(t)
			c.make(h)
			r := h.run(Options{})
			for _, d := range r.Diags {
				t.Logf("%s\n    %s", d, d.Hint)
			}
			checkProblems(t, h, r.Diags)
			if !r.Diags.Failed() || r.Published || r.SettingsFailed || len(h.published()) > 0 {
				t.Fatalf("published %t, settings %t, %d files", r.Published, r.SettingsFailed, len(h.published()))
			}
			if d := told(r.Diags, c.rule, c.file); d == nil || c.line > 0 && d.Line != c.line {
				t.Errorf("no %s at %s:%d", c.rule, c.file, c.line)
			}
			k := h.run(Options{KeepGoing: true})
			if g, w := fmt.Sprint(k.Diags), fmt.Sprint(r.Diags); g != w {
				t.Errorf("with --keep-going it tells\n%s\nand not\n%s", g, w)
			}
			if p := h.published(); !k.Published || !strings.Contains(p["good/index.html"], "Good words.") || !strings.Contains(p["index.html"], "Welcome.") {
				t.Errorf("with --keep-going the other pages are not published: %t, %d files", k.Published, len(p))
			}
		})
	}
}

// TestBadSettings: settings in error are exit status 2, and nothing else is
// looked at; what is published stays, with --keep-going too.
func TestBadSettings(t *testing.T) {
	deep := repeat("[", 100_000)
	for _, c := range []struct {
		name, text, rule string
		line             int
	}{
		{"empty", "", "missing-setting", 1},
		{"no title", "base_url: https://example.org\n", "missing-setting", 1},
		{"not YAML", "title: S\n  x: [\n", "bad-yaml", 0},
		{"a tab", "title: S\nfeed:\n\tlimit: 3\n", "bad-yaml", 3},
		{"a list", "- title\n", "", 1},
		{"an unknown key", "title: S\nbase-url: x\n", "unknown-setting", 2},
		{"a wrong value", "title: S\npage_size: many\n", "bad-setting", 2},
		{"a wrong address", "title: S\nbase_url: example.org\n", "bad-setting", 2},
		{"another type", "title: [S]\n", "bad-setting", 1},
		{"100,000 levels", "title: S\nnavigation: " + deep + "\n", "", 0},
		{"5,000 levels", "title: S\nnavigation: " + deep[:5000] + repeat("]", 5000) + "\n", "", 0},
		{"5,000 mappings", "title: S\nfeed: " + repeat("{a: ", 5000) + repeat("}", 5000) + "\n", "", 0},
		{"aliases that multiply", "title: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "bad-yaml", 0},
		{"100,000 keys", "title: S\n" + manyKeys(100_000), "", 0},
		{"not UTF-8", "title: Caf\xe9\n", "bad-yaml", 1},
		{"UTF-16", "\xff\xfet\x00i\x00", "bad-yaml", 0},
		{"a rule that must be an error", "title: S\nrules: {held-back: off}\n", "bad-setting", 2},
		{"a NUL", "title: S\x00\n", "bad-yaml", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newSite(t)
			h.run(Options{})
			before := h.published()
			h.write("content/site.yaml", c.text)
			h.write("content/good.md", page("Changed."))
			for _, o := range []Options{{}, {KeepGoing: true}} {
				r := h.run(o)
				for _, d := range r.Diags[:min(3, len(r.Diags))] {
					t.Logf("%.200s\n    %.200s", d, d.Hint)
				}
				checkProblems(t, h, r.Diags)
				if !r.SettingsFailed || r.Published || !r.Diags.Failed() {
					t.Errorf("settings failed %t, published %t", r.SettingsFailed, r.Published)
				}
				if d := told(r.Diags, c.rule, "content/site.yaml"); c.rule != "" && (d == nil || c.line > 0 && d.Line != c.line) {
					t.Errorf("no %s in line %d", c.rule, c.line)
				}
				if len(r.Diags) > 2000 {
					t.Errorf("%d problems", len(r.Diags))
				}
			}
			if after := h.published(); !maps.Equal(before, after) {
				t.Error("what was published has changed")
			}
			h.write("content/site.yaml", settingsText)
			if r := h.run(Options{}); !r.Published || !strings.Contains(h.published()["good/index.html"], "Changed.") {
				t.Error("mended settings do not publish", r.Diags)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// TestBadLayouts: a layout in error is told at its place and publishes nothing;
// with --keep-going the pages that it makes stay as they are.
func TestBadLayouts(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		line, col        int // 0: either
	}{
		{"not closed", "article.html", "<p>\n{{.Title</p>\n", 2, 0},
		{"an action that is not closed", "article.html", "<p>\n{{if .Title}}</p>\n", 0, 0},
		{"an unknown field", "article.html", "<p>\n  {{.Titel}}</p>\n", 2, 0},
		{"an unknown field further on", "article.html", "<p>{{.Title}}\n{{range .Related}}{{.Nothing}}{{end}}</p>\n", 2, 0},
		{"an unknown function", "article.html", "<p>{{shout .Title}}</p>\n", 1, 0},
		{"an unknown template", "article.html", "<p>\n\n{{template \"nothing.html\" .}}</p>\n", 3, 0},
		{"an unknown include", "article.html", "<p>\n\n{{include \"nothing.html\" .}}</p>\n", 3, 0},
		{"itself", "article.html", "<p>{{template \"article.html\" .}}</p>\n", 1, 0},
		{"an include of itself", "article.html", "<p>{{include \"article.html\" .}}</p>\n", 1, 0},
		{"something that fails when it runs", "article.html", "<p>{{index .Related 99}}</p>\n", 1, 0},
		{"half an attribute", "article.html", "<p title=\"{{if .Title}}\">{{else}}x{{end}}</p>\n", 0, 0},
		{"not UTF-8", "article.html", "<p>\n\xe9{{.Title}}</p>\n", 2, 0},
		{"nested 20,000 deep", "article.html", repeat("{{if .Title}}", 20_000) + repeat("{{end}}", 20_000), 0, 0},
		{"a list without end", "article.html", "<p>{{range 3000000000}}x{{end}}</p>\n", 1, 0},
		{"another layout", "card.html", "<p>{{.Nothing}}</p>\n", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newSite(t, "content/two.md", page("See [good](good.md)."))
			h.run(Options{})
			before := h.published()
			if len(before) == 0 {
				t.Fatal("nothing is published")
			}
			h.write("layouts/"+c.file, c.text)
			r := h.run(Options{})
			for _, d := range r.Diags {
				t.Logf("%.300s\n    %s", d, d.Hint)
			}
			checkProblems(t, h, r.Diags)
			if r.Published || !r.Diags.Failed() {
				t.Fatalf("published %t", r.Published)
			}
			d := told(r.Diags, "", "layouts/"+c.file)
			for i := range r.Diags {
				if r.Diags[i].Severity == diag.Error && r.Diags[i].File == "layouts/"+c.file {
					d = &r.Diags[i]
				}
			}
			if d == nil || d.Line == 0 || c.line > 0 && d.Line != c.line {
				t.Errorf("not told in layouts/%s:%d", c.file, c.line)
			}
			if !maps.Equal(before, h.published()) {
				t.Error("what was published has changed")
			}
			k := h.run(Options{KeepGoing: true})
			checkProblems(t, h, k.Diags)
			after := h.published()
			for _, name := range []string{"good/index.html", "two/index.html", "index.html"} {
				if after[name] != before[name] {
					t.Errorf("with --keep-going %s has changed: %q", name, after[name])
				}
			}
			h.remove("layouts/" + c.file)
			if r := h.run(Options{}); !r.Published || !maps.Equal(before, h.published()) {
				t.Error("without the layout it is not as before", r.Diags)
			}
		})
	}
}

// TestUnreadable: what may not be read is told, nothing is published, and it is
// published as soon as it may be read.
func TestUnreadable(t *testing.T) {
	if !asNobody(t) {
		return
	}
	for _, c := range []struct{ name, text string }{
		{"content/bad.md", page("Text.")},
		{"content/bad.txt", "text"},
		{"content/bad.svg", svg(1, 2)},
		{"content/site.yaml", settingsText},
		{"content/bad/_defaults.yaml", "owner: A\n"},
		{"layouts/bad.html", "<p>"},
		{"layouts/assets/bad.css", "p{}"},
	} {
		h := newSite(t, c.name, c.text)
		h.write("content/bad/a.md", page("Below."))
		h.link("../bad.txt", "content/bad/link.txt")
		if c.name != "content/bad.txt" {
			h.remove("content/bad/link.txt")
		}
		if err := os.Chmod(h.path(c.name), 0); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r := h.run(Options{})
			checkProblems(t, h, r.Diags)
			if d := told(r.Diags, "", c.name); r.Published || !r.Diags.Failed() || len(h.published()) > 0 {
				t.Errorf("%s: published %t, told %v", c.name, r.Published, d)
			}
			found := false
			for _, d := range r.Diags {
				found = found || d.File == c.name && d.Severity == diag.Error
			}
			if !found {
				t.Errorf("%s is not told: %v", c.name, r.Diags)
			}
		}
		if err := os.Chmod(h.path(c.name), 0o666); err != nil {
			t.Fatal(err)
		}
		if r := h.run(Options{}); !r.Published {
			t.Errorf("%s: now that it may be read: %v", c.name, r.Diags)
		}
	}
}

// many writes enough articles for the steps to tell their progress.
func (h *history) many(n int) {
	for i := range n {
		h.write(fmt.Sprintf("content/many/p%03d.md", i), page("Text."))
	}
}

// during builds with one worker, and calls do once, in the middle of step.
func (h *history) during(o Options, step string, do func()) *Result {
	done := false
	o.Jobs = 1
	o.Progress = func(s string, _, _ int) {
		if s == step && !done {
			done = true
			do()
		}
	}
	r := h.run(o)
	if !done {
		h.t.Fatalf("there was no progress of %s", step)
	}
	return r
}

// TestVanishes takes files away while a build is at work, at a known moment:
// what is published is whole, and the next build is as from nothing.
func TestVanishes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		step  string
		told  bool // an error; else as if the files had not been
	}{
		{"articles, one read already and one not", []string{"content/many/p001.md", "content/many/p250.md"}, "parse", false},
		{"what has been parsed", []string{"content/many/p250.md", "content/many/_defaults.yaml", "layouts/card.html"}, "make", false},
		{"files that are copied", []string{"content/z.txt", "content/z.svg"}, "parse", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newSite(t, "content/z.txt", "text", "content/z.svg", svg(1, 2), "content/many/_defaults.yaml", "owner: A\n", "layouts/card.html", testLayouts["card.html"])
			h.many(256)
			r := h.during(Options{}, c.step, func() {
				for _, f := range c.files {
					h.remove(f)
				}
			})
			checkProblems(t, h, r.Diags)
			if r.Published == c.told {
				t.Errorf("published %t: %v", r.Published, r.Diags)
			}
			for _, f := range c.files {
				if d := told(r.Diags, "unreadable", f); (d != nil) != c.told {
					t.Errorf("told %v", d)
				}
			}
			if diff := onDisk(h, digests(r.Manifest)); r.Published && diff != "" {
				t.Error(diff)
			}
			if r := h.run(Options{}); !r.Published {
				t.Error("the next build does not publish", r.Diags)
			}
			h.sameAsClean(t)
		})
	}
}

// TestVanishesAtRandom takes files away and puts them back while builds are at
// work, at any moment: they end in problems or in a whole site.
func TestVanishesAtRandom(t *testing.T) {
	h := newSite(t, "content/z.txt", "text", "content/z.svg", svg(1, 2), "content/y/_defaults.yaml", "draft: true\n", "content/y/p.md", page(secret), "layouts/card.html", testLayouts["card.html"])
	h.many(40)
	texts := map[string]string{"content/y/_defaults.yaml": "draft: true\n", "content/z.txt": "text", "content/z.svg": svg(1, 2), "layouts/card.html": testLayouts["card.html"], "content/many/p003.md": page("Text."), "content/many/p030.md": page("Text.")}
	stop := make(chan bool)
	var wg sync.WaitGroup
	halt := sync.OnceFunc(func() { close(stop); wg.Wait() })
	defer halt()
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			for name, text := range texts {
				// As editors do: a new file takes the place of one that was moved away;
				// but what holds a draft back is never away, or it would be none.
				if text != "draft: true\n" {
					os.Rename(h.path(name), h.path(name)+"~")
					time.Sleep(200 * time.Microsecond)
				}
				os.WriteFile(h.path(name)+".new~", []byte(text), 0o666)
				os.Rename(h.path(name)+".new~", h.path(name))
			}
		}
	})
	for i := range 25 {
		b, err := New(Options{Dir: h.dir, Now: h.now, Defaults: theme, KeepGoing: i%2 == 1})
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Build(t.Context())
		b.Close()
		if err != nil {
			t.Fatalf("the machine is blamed: %v", err)
		}
		checkProblems(t, h, r.Diags)
		if r.Published {
			if diff := onDisk(h, digests(r.Manifest)); diff != "" {
				t.Fatal(diff)
			}
		}
		if l := leaks(h); len(l) > 0 {
			t.Fatalf("published: %q", l)
		}
	}
	halt()
	if r := h.run(Options{}); !r.Published {
		t.Fatal(r.Diags)
	}
	if l := leaks(h); len(l) > 0 {
		t.Errorf("published: %q", l)
	}
	h.sameAsClean(t)
}

// TestChanges changes files while a build is at work: each published file is the
// old or the new one, and the next build is as from nothing.
func TestChanges(t *testing.T) {
	t.Parallel()
	h := newSite(t, "content/z.txt", "old text", "content/y.txt", "old text", "content/z.svg", svg(1, 2))
	h.many(256)
	if r := h.run(Options{}); !r.Published {
		t.Fatal(r.Diags)
	}
	if testing.Short() {
		t.Skip("with -short there is no waiting until times are trusted")
	}
	time.Sleep(freshness + 100*time.Millisecond)
	h.run(Options{}) // now all digests are known by the files' times
	// The text is to be copied once more, and changes before it is.
	h.remove("public/z.txt")
	h.remove("public/y.txt")
	h.write("content/site.yaml", settingsText+"page_size: 3\n")
	r := h.during(Options{}, "parse", func() {
		h.write("content/z.txt", "new text")
		h.write("content/many/p250.md", page("New words."))
		h.remove("content/many/p240.md")
		h.remove("content/y.txt")
	})
	checkProblems(t, h, r.Diags)
	if d := told(r.Diags, "unreadable", "content/z.txt"); d == nil || !strings.Contains(d.Message, "changed") || r.Published {
		t.Errorf("published %t, told %v", r.Published, r.Diags)
	}
	if d := told(r.Diags, "unreadable", "content/y.txt"); d == nil || !strings.Contains(d.Message, "vanished") {
		t.Errorf("told %v", r.Diags)
	}
	// Put back as it was: nothing of what was seen for a moment is remembered.
	h.write("content/z.txt", "old text")
	h.write("content/y.txt", "old text")
	h.write("content/many/p240.md", page("Text."))
	if r := h.run(Options{}); !r.Published || h.published()["z.txt"] != "old text" {
		t.Error(r.Diags)
	}
	h.sameAsClean(t)
	// The same where nothing is published, so that nothing is missing there.
	time.Sleep(freshness + 100*time.Millisecond)
	h.run(Options{DryRun: true})
	h.write("content/site.yaml", settingsText+"page_size: 4\n")
	r = h.during(Options{DryRun: true}, "parse", func() { h.remove("content/y.txt") })
	if told(r.Diags, "unreadable", "content/y.txt") == nil {
		t.Errorf("told %v", r.Diags)
	}
	h.write("content/y.txt", "old text")
	if r := h.run(Options{DryRun: true}); r.Diags.Failed() {
		t.Error(r.Diags)
	}
	// And a style, which is not loaded before pages are made.
	before := h.published()
	h.write("content/site.yaml", settingsText+"page_size: 5\n")
	for _, going := range []bool{false, true} {
		h.write("layouts/assets/more.css", "p{top:0}")
		h.run(Options{DryRun: true})
		time.Sleep(freshness + 100*time.Millisecond)
		h.run(Options{DryRun: true})
		h.write("content/site.yaml", settingsText+fmt.Sprintf("page_size: %d\n", 5+len(fmt.Sprint(going))))
		r = h.during(Options{KeepGoing: going}, "parse", func() { h.remove("layouts/assets/more.css") })
		checkProblems(t, h, r.Diags)
		if r.Published || told(r.Diags, "unreadable", "layouts/assets/more.css") == nil || !maps.Equal(before, h.published()) {
			t.Errorf("published %t, told %v", r.Published, r.Diags)
		}
	}
	h.write("layouts/assets/more.css", "p{top:0}")
	if r := h.run(Options{}); !r.Published {
		t.Error(r.Diags)
	}
	h.sameAsClean(t)
}

// TestOddInput: what looks wrong and is right is published, under addresses that
// browsers find it by.
func TestOddInput(t *testing.T) {
	h := newSite(t,
		"content/a#b.md", page("Sign."),
		"content/100%.md", page("Per cent."),
		"content/with blank.md", page("Blank."),
		"content/café.md", page("Non-ASCII."),
		"content/日本/語.md", page("Script."),
		"content/plus+and&.md", page("Plus."),
		"content/(round).md", page("Brackets."),
		"content/x.md/y.md", page("In a folder."),
		"content/x.md/f.txt", "text",
		"content/404.md", page("A page called 404."),
		"content/a-z.md", page("Introduces the list."),
		"content/topics.md", page("Introduces the topics."),
		"content/assets/mine.css", "p{top:0}",
		"content/feed.md", page("A page called feed."),
		"content/page#1?.txt~", "left behind by an editor",
		"content/fi le#1.txt", "text",
		"content/empty.txt", "",
		"content/_hidden/a.md", page("Not looked at."),
		"content/.hidden.md", page("Not looked at."),
		"content/deep/"+repeat("d/", 40)+"a.md", page("Deep."),
		"content/links.md", page("[a](<a#b.md>) [b](a%23b.md) [c](100%25.md) [d](<with blank.md>) [e](with%20blank.md) [f](café.md) [g](caf%C3%A9.md) [h](日本/語.md) [i](plus+and&.md) [j](<(round).md>) [k](x.md/y.md) [l](x.md/f.txt) [m](fi%20le%231.txt) [n](404.md) [o](/404.html)"),
	)
	h.mkdir("content/nothing")
	r := h.run(Options{})
	// The first link is to a page "a" with a fragment, and is the one that is wrong.
	if d := told(r.Diags, "broken-link", "content/links.md"); d == nil || r.Diags.Count(diag.Error) != 1 {
		t.Fatal(r.Diags)
	}
	h.write("content/links.md", strings.Replace(string(must(os.ReadFile(h.path("content/links.md")))), "[a](<a#b.md>) ", "", 1))
	r = h.run(Options{})
	checkProblems(t, h, r.Diags)
	if r.Diags.Failed() || !r.Published {
		t.Fatal(r.Diags)
	}
	p := h.published()
	for path, has := range map[string]string{
		"a#b/index.html": "Sign.", "100%/index.html": "Per cent.", "with blank/index.html": "Blank.", "café/index.html": "Non-ASCII.",
		"日本/語/index.html": "Script.", "plus+and&/index.html": "Plus.", "(round)/index.html": "Brackets.", "x.md/y/index.html": "In a folder.",
		"x.md/f.txt": "text", "404/index.html": "called 404", "a-z/index.html": "Page", "topics/index.html": "Page",
		"assets/mine.css": "p{top:0}", "feed/index.html": "called feed", "fi le#1.txt": "text", "deep/" + repeat("d/", 40) + "a/index.html": "Deep.",
	} {
		if !strings.Contains(p[path], has) {
			t.Errorf("%s is %q", path, p[path])
		}
	}
	if _, ok := p["empty.txt"]; !ok {
		t.Error("an empty file is not published")
	}
	for path := range p {
		if strings.Contains(path, "hidden") || strings.HasSuffix(path, "~") {
			t.Errorf("%s is published", path)
		}
	}
	for _, href := range []string{"/a%23b/", "/100%25/", "/with%20blank/", "/caf%C3%A9/", "/%E6%97%A5%E6%9C%AC/%E8%AA%9E/", "/plus+and%26/", "/%28round%29/", "/x.md/y/", "/x.md/f.txt", "/fi%20le%231.txt", "/404/"} {
		if !strings.Contains(p["links/index.html"], `"`+href+`"`) && !strings.Contains(p["links/index.html"], "="+href+">") {
			t.Errorf("there is no link to %s in %s", href, p["links/index.html"])
		}
		if whole := "https://example.org" + href; strings.HasSuffix(href, "/") && !strings.Contains(p["sitemap.xml"], "<loc>"+whole+"</loc>") {
			t.Errorf("%s is not in the sitemap: %s", whole, p["sitemap.xml"])
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestLinkedFolders: links within the site, and content/ itself being one, are
// followed.
func TestLinkedFolders(t *testing.T) {
	h := newSite(t, "content/a/p.md", page("Once written."), "content/a/f.txt", "text")
	h.link("a", "content/b")
	h.link("a/f.txt", "content/g.txt")
	h.link("a/p.md", "content/q.md")
	if err := os.Rename(h.path("content"), h.path("elsewhere")); err != nil {
		t.Fatal(err)
	}
	h.link("elsewhere", "content")
	r := h.run(Options{})
	p := h.published()
	if !r.Published || !strings.Contains(p["b/p/index.html"], "Once written.") || p["g.txt"] != "text" || !strings.Contains(p["q/index.html"], "Once written.") {
		t.Fatal(r.Diags)
	}
	h.write("elsewhere/a/p.md", page("Twice written."))
	h.run(Options{})
	if p := h.published(); !strings.Contains(p["b/p/index.html"], "Twice written.") || !strings.Contains(p["q/index.html"], "Twice written.") {
		t.Error("a change behind a link is not seen")
	}
	for _, out := range []string{"elsewhere", "elsewhere/a", "content/x"} {
		if _, err := buildInto(h, h.path(out)); !isUsage(err) {
			t.Errorf("publishing into %s: %v", out, err)
		}
	}
}

// buildInto builds the site into another folder.
func buildInto(h *history, out string) (*Result, error) {
	b, err := New(Options{Dir: h.dir, Out: out, Now: h.now, Defaults: theme})
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.Build(h.t.Context())
}

func isUsage(err error) bool {
	var u *UsageError
	return errors.As(err, &u)
}

// TestNothing: without content/, or with nothing in it, it is told what to do.
func TestNothing(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), now: time.Now()}
	if _, err := New(Options{Dir: h.dir}); !isUsage(err) {
		t.Errorf("no content/: %v", err)
	}
	h.write("content", "a file")
	if _, err := New(Options{Dir: h.dir}); !isUsage(err) {
		t.Errorf("content/ is a file: %v", err)
	}
	h.remove("content")
	h.link("nowhere", "content")
	if _, err := New(Options{Dir: h.dir}); !isUsage(err) {
		t.Errorf("content/ is a link to nothing: %v", err)
	}
	h.remove("content")
	h.mkdir("content")
	r := h.run(Options{})
	checkProblems(t, h, r.Diags)
	if d := told(r.Diags, "missing-setting", "content/site.yaml"); d == nil || !r.SettingsFailed || r.Published {
		t.Errorf("an empty content/: %v", r.Diags)
	}
	h.write("content/site.yaml", settingsText)
	if r := h.run(Options{}); !r.Published || h.published()["index.html"] == "" {
		t.Errorf("nothing but settings: %v", r.Diags)
	}
}

// TestManyBadFiles: ten thousand empty articles are ten thousand problems and no
// more, and all in order.
func TestManyBadFiles(t *testing.T) {
	t.Parallel()
	h := newSite(t)
	const n = 10_000
	for i := range n {
		if i%100 == 0 {
			h.mkdir(fmt.Sprintf("content/f%02d", i/100))
		}
		f, err := os.Create(h.path(fmt.Sprintf("content/f%02d/%d.md", i/100, i)))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	r := h.run(Options{NoCache: true, DryRun: true})
	errs := diag.List{}
	for _, d := range r.Diags {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	if len(errs) != n || errs[0].Rule != "missing-title" || len(r.Diags) > 2*n {
		t.Errorf("%d errors, %d problems", len(errs), len(r.Diags))
	}
}
