package generator

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// lively is a site with something of everything.
func lively(t *testing.T) *history {
	return newSite(t, "content/topics/t.md", topicText, "content/a.md", article("A", "See [b](b.md)."), "content/b.md", article("B", "See [[A]].\n\n![x](x.svg)"),
		"content/x.svg", svg(3, 4), "content/f.txt", "text", "content/_defaults.yaml", "owner: Team\n", "layouts/assets/more.css", "p{top:0}")
}

// times returns when each file of public/ was written.
func (h *history) times() map[string]time.Time {
	m := map[string]time.Time{}
	for name := range h.published() {
		st, err := os.Stat(h.path("public/" + name))
		if err != nil {
			h.t.Fatal(err)
		}
		m[name] = st.ModTime()
	}
	return m
}

// TestExplain says what a file was made from, and why it was made last.
func TestExplain(t *testing.T) {
	h := lively(t)
	h.run(Options{})
	h.write("content/b.md", article("Beta", "Text."))
	h.write("content/a.md", article("A", "See [b](b.md). And more."))
	h.run(Options{})
	b := h.builder(Options{Defaults: theme})
	defer b.Close()
	h.build(b)
	for _, c := range []struct {
		path string
		has  []string
	}{
		{"a/index.html", []string{"a/index.html\n", "because: site:entry:a\n", "    site:target:source:/b/\n", "    layout:article.html\n"}},
		{"a/", []string{"a/index.html\n"}},
		{"/a/", []string{"a/index.html\n"}},
		{"public/a/index.html", []string{"a/index.html\n"}},
		{"./public/a/index.html", []string{"a/index.html\n"}},
		{h.path("public/a/index.html"), []string{"a/index.html\n"}},
		{"/", []string{"index.html\n"}},
		{"f.txt", []string{"f.txt\n", "because: never made\n", "    file:content/f.txt\n"}},
		{"content/a.md", []string{"content/a.md\n", "because: file:content/a.md\n", "    file:content/_defaults.yaml\n"}},
		{"content/topics/t.md", []string{"    file:content/topics/_defaults.yaml  (not there)\n"}},
	} {
		text, err := b.Explain(c.path)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		for _, has := range c.has {
			if !strings.Contains(text, has) {
				t.Errorf("%s: no %q in\n%s", c.path, has, text)
			}
		}
	}
	if _, err := b.Explain("aa/index.html"); !isUsage(err) || !strings.Contains(err.Error(), "a/index.html") {
		t.Errorf("a file that there is not: %v", err)
	}
}

// TestVerify finds whatever in public/ is not as a build from nothing has it.
func TestVerify(t *testing.T) {
	h := lively(t)
	b := h.builder(Options{Defaults: theme})
	defer b.Close()
	h.build(b)
	verify := func(want ...string) {
		t.Helper()
		got, err := b.Verify(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("it says %q, %v, want %q", got, err, want)
		}
	}
	verify()
	h.write("public/a/index.html", "other")
	h.remove("public/f.txt")
	h.write("public/foreign.html", "not ours")
	verify("a/index.html: is not what was published", "f.txt: is not what was published")
	h.build(b)
	verify()
	// A cache that tells the wrong thing is what it is for.
	h.write("content/f.txt", "other")
	h.write("content/b.md", article("B", "Text."))
	got, err := b.Verify(t.Context())
	if err != nil || !slices.Contains(got, "f.txt: differs") || !slices.Contains(got, "b/index.html: differs") {
		t.Errorf("it says %q, %v", got, err)
	}
	if before := h.published(); before["f.txt"] != "text" {
		t.Error("looking has published something")
	}
}

// TestNothingChanged: a build with nothing to change writes nothing at all, not
// in public/ and, once files have lain a while, not in .guidepost/ either.
func TestNothingChanged(t *testing.T) {
	h := lively(t)
	h.run(Options{})
	before := h.times()
	r := h.run(Options{})
	if len(r.Ran) > 0 || !r.Changes.Empty() || !r.Published || r.Unchanged != len(before) {
		t.Errorf("ran %v, changed %v", r.Ran, r.Changes)
	}
	if !maps.Equal(before, h.times()) {
		t.Error("files have been written")
	}
	h.run(Options{NoCache: true})
	if !maps.Equal(before, h.times()) {
		t.Error("without the cache files have been written")
	}
}

// TestDryRun publishes nothing, whatever there is.
func TestDryRun(t *testing.T) {
	h := lively(t)
	if r := h.run(Options{DryRun: true}); r.Published || len(r.Manifest) == 0 || len(h.published()) > 0 {
		t.Errorf("published %t, %d files", r.Published, len(h.published()))
	}
	h.run(Options{})
	before := h.published()
	h.write("content/a.md", article("Changed", "Text."))
	h.remove("content/f.txt")
	if r := h.run(Options{DryRun: true}); r.Published || !maps.Equal(before, h.published()) {
		t.Error("a dry run has published")
	}
	h.run(Options{DryRun: true, NoCache: true})
	if !maps.Equal(before, h.published()) {
		t.Error("a dry run without cache has published")
	}
	if r := h.run(Options{}); !r.Published || !strings.Contains(h.published()["a/index.html"], "Changed") || h.published()["f.txt"] != "" {
		t.Error("what a dry run made is not published afterwards")
	}
	h.sameAsClean(t)
}

// TestOut publishes elsewhere, to two places by turns.
func TestOut(t *testing.T) {
	h := lively(t)
	h.run(Options{})
	before := h.published()
	other := filepath.Join(t.TempDir(), "deep", "site")
	h.write("content/a.md", article("Changed", "Text."))
	if r, err := buildInto(h, other); err != nil || !r.Published {
		t.Fatal(err, r)
	}
	if !maps.Equal(before, h.published()) {
		t.Error("public/ has changed")
	}
	if b, err := os.ReadFile(filepath.Join(other, "a", "index.html")); err != nil || !strings.Contains(string(b), "Changed") {
		t.Errorf("%q, %v", b, err)
	}
	h.run(Options{})
	h.sameAsClean(t)
	h.write("content/a.md", article("Again", "Text."))
	h.run(Options{})
	if _, err := buildInto(h, other); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(other, "a", "index.html")); !strings.Contains(string(b), "Again") {
		t.Errorf("%q", b)
	}
	for _, out := range []string{h.dir, h.path("content"), h.path("content/x"), h.path("layouts"), h.path("."), "/", h.path(".guidepost")} {
		if _, err := buildInto(h, out); !isUsage(err) {
			t.Errorf("publishing into %s: %v", out, err)
		}
	}
}

// TestStateLost: deleting .guidepost costs time only: what is there already is
// taken over in silence, what changed meanwhile is published, and pages that are
// no more go; but nothing that somebody else put there.
func TestStateLost(t *testing.T) {
	h := lively(t)
	h.run(Options{})
	lose := func() {
		if err := os.RemoveAll(h.path(".guidepost")); err != nil {
			t.Fatal(err)
		}
	}
	before := h.times()
	lose()
	for range 2 {
		r := h.run(Options{})
		if !r.Published || len(r.Diags) > 0 || !r.Changes.Empty() || r.Unchanged != len(before) || !maps.Equal(before, h.times()) {
			t.Errorf("told %v, changed %v", r.Diags, r.Changes)
		}
	}
	lose()
	own := map[string]string{"public/mine.html": "mine", "public/copy/index.html": h.published()["b/index.html"], "public/b/CNAME": "example.org"}
	for name, text := range own {
		h.write(name, text)
	}
	h.write("content/a.md", article("Changed", "Text."))
	h.remove("content/f.txt")
	h.remove("content/b.md")
	h.write("content/f2.txt", "new")
	r := h.run(Options{})
	p := h.published()
	var of []string
	for _, d := range r.Diags {
		of = append(of, d.Rule+" "+d.File)
	}
	// Guidepost cannot know those, and says so.
	if want := []string{"foreign-file public/copy/index.html", "foreign-file public/mine.html"}; !r.Published || !slices.Equal(of, want) {
		t.Errorf("told %v", r.Diags)
	}
	if !strings.Contains(p["a/index.html"], "Changed") || p["f2.txt"] != "new" || !slices.Equal(r.Changes.Added, []string{"f2.txt"}) {
		t.Errorf("published %v", r.Changes)
	}
	if p["f.txt"] != "" || p["b/index.html"] != "" || !slices.Contains(r.Changes.Removed, "f.txt") || !slices.Contains(r.Changes.Removed, "b/index.html") {
		t.Errorf("what the site no longer has is there: %v", r.Changes)
	}
	for name, text := range own {
		if p[strings.TrimPrefix(name, "public/")] != text {
			t.Errorf("%s has gone, and is not ours", name)
		}
		h.remove(name)
	}
	h.sameAsClean(t)

	// A change by hand is told from what was published still.
	lose()
	h.write("public/a/index.html", "edited")
	if r := h.run(Options{}); told(r.Diags, "overwritten", "public/a/index.html") == nil || len(r.Changes.Added) != 1 {
		t.Errorf("told %v, changed %v", r.Diags, r.Changes)
	}
	h.sameAsClean(t)
	// And a build from nothing, without the cache, or one that has errors first.
	lose()
	h.write("content/a.md", article("Changed", "See [x](nowhere.md)."))
	if r := h.run(Options{}); r.Published {
		t.Error("published with an error")
	}
	h.remove("content/a.md")
	if r := h.run(Options{NoCache: true}); !r.Published || len(r.Diags) > 0 || !slices.Contains(r.Changes.Removed, "a/index.html") {
		t.Errorf("told %v, changed %v", r.Diags, r.Changes)
	}
	h.sameAsClean(t)
}

// TestPublicTouched: what is missing or was changed in public/ is put right, and
// files that are not ours are left alone.
func TestPublicTouched(t *testing.T) {
	h := lively(t)
	h.write("public/foreign.html", "not ours")
	h.write("public/a/notes.txt", "not ours")
	h.run(Options{})
	want := h.published()
	h.remove("public/a/index.html")
	h.remove("public/f.txt")
	h.write("public/b/index.html", "changed by hand")
	if err := os.RemoveAll(h.path("public/assets")); err != nil {
		t.Fatal(err)
	}
	r := h.run(Options{})
	if d := told(r.Diags, "overwritten", "public/b/index.html"); !r.Published || d == nil || !maps.Equal(want, h.published()) {
		t.Errorf("told %v", r.Diags)
	}
	if want["foreign.html"] != "not ours" || want["a/notes.txt"] != "not ours" {
		t.Error("files that are not ours have gone")
	}
	h.remove("content/a.md")
	h.write("content/b.md", article("B", "Text."))
	h.run(Options{})
	if p := h.published(); p["a/index.html"] != "" || p["a/notes.txt"] != "not ours" || p["foreign.html"] != "not ours" {
		t.Error("a removed page is there, or what is not ours is not")
	}
	if err := os.RemoveAll(h.path("public")); err != nil {
		t.Fatal(err)
	}
	h.run(Options{})
	h.sameAsClean(t)
}

// TestPublicEdited: an edit in public/ that has left a file's size and time as
// they were is mended by a build without the cache, which reads every file.
func TestPublicEdited(t *testing.T) {
	h := lively(t)
	h.run(Options{})
	want := h.published()
	for _, file := range []string{"public/f.txt", "public/b/index.html"} {
		st, err := os.Stat(h.path(file))
		if err != nil {
			t.Fatal(err)
		}
		h.write(file, strings.Repeat("x", int(st.Size())))
		if err := os.Chtimes(h.path(file), st.ModTime(), st.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	r := h.run(Options{NoCache: true})
	if !r.Published || told(r.Diags, "overwritten", "public/b/index.html") == nil || told(r.Diags, "overwritten", "public/f.txt") == nil {
		t.Errorf("told %v", r.Diags)
	}
	if len(r.Changes.Updated) != 2 || r.Unchanged != len(want)-2 || !maps.Equal(want, h.published()) {
		t.Errorf("changed %v, %d unchanged", r.Changes, r.Unchanged)
	}
}

// TestDamagedState spoils the files of .guidepost/cache at random, in the middle
// of a history: what is built next is what a clean build gives.
func TestDamagedState(t *testing.T) {
	h := newHistory(t, 7)
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	rnd := rand.New(rand.NewSource(7))
	build := func() {
		t.Helper()
		b := h.builder(Options{})
		defer b.Close()
		got, want := h.build(b), h.clean()
		if diff := compareBuilds(got, want); diff != "" {
			t.Fatalf("after %v: %s", h.log, diff)
		}
		if got.Published {
			if diff := onDisk(h, digests(want.Manifest)); diff != "" {
				t.Fatalf("after %v: %s", h.log, diff)
			}
		}
	}
	build()
	files := 0
	for i := range 50 {
		err := filepath.WalkDir(h.path(".guidepost/cache"), func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			b, err := os.ReadFile(p)
			if err != nil || len(b) == 0 {
				return err
			}
			h.log = append(h.log, "spoil "+filepath.Base(p))
			switch rnd.Intn(8) {
			case 0:
				return os.Remove(p)
			case 1:
				return os.Truncate(p, int64(rnd.Intn(len(b))))
			case 2:
				return os.WriteFile(p, bytes.Repeat([]byte("x"), rnd.Intn(2*len(b))), 0o666)
			case 3:
				return nil
			}
			for range 1 + rnd.Intn(3) {
				b[rnd.Intn(len(b))] ^= byte(1 << rnd.Intn(8))
			}
			return os.WriteFile(p, b, 0o666)
		})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			h.edit()
		}
		build()
	}
	if files < 100 {
		t.Errorf("only %d files were spoilt", files)
	}
}

// TestDamagedCards spoils nothing but the packs, so that entries are trusted
// whose bytes are not, with edits that make other pages look at them.
func TestDamagedCards(t *testing.T) {
	for _, pack := range []string{"cards-1", "pages-1"} {
		h := lively(t)
		h.run(Options{})
		for i := range 12 {
			b, err := os.ReadFile(h.path(".guidepost/cache/" + pack))
			if err != nil {
				t.Fatal(err)
			}
			for k := range b {
				b[k] ^= byte(i + 1)
			}
			if err := os.WriteFile(h.path(".guidepost/cache/"+pack), b, 0o666); err != nil {
				t.Fatal(err)
			}
			switch i % 3 {
			case 0:
				h.write("content/a.md", article("A", strings.Repeat("More. ", i+1)))
			case 1:
				h.write("layouts/article.html", strings.Replace(testLayouts["article.html"], "<h1>", strings.Repeat("<hr>", i+1)+"<h1>", 1))
			default:
				h.write("content/topics/t.md", strings.Replace(topicText, "T\n", strings.Repeat("T", i+1)+"\n", 1))
			}
			h.write("content/b.md", article("B", "Text."))
			r := h.run(Options{KeepGoing: i%2 == 1})
			if !r.Published || r.Diags.Failed() {
				t.Fatal(r.Diags)
			}
			h.sameAsClean(t)
		}
	}
}

// TestInterrupted: a build that is told to stop publishes nothing, or all.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	h := lively(t)
	h.run(Options{})
	before := h.published()
	h.write("content/a.md", article("Changed", "Text."))
	h.many(256)
	for _, step := range []string{"parse", "make"} {
		ctx, cancel := context.WithCancel(t.Context())
		b := h.builder(Options{Defaults: theme, Jobs: 1, Progress: func(s string, _, _ int) {
			if s == step {
				cancel()
			}
		}})
		if _, err := b.Build(ctx); err == nil {
			t.Errorf("stopped in %s, it says that all went well", step)
		}
		b.Close()
		if !maps.Equal(before, h.published()) {
			t.Errorf("stopped in %s, it has published", step)
		}
	}
	h.run(Options{})
	h.sameAsClean(t)
}
