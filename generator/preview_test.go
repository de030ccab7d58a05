package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/publish"
)

// TestPreview edits a site at random, builds its preview after each edit, and
// wants every file of it to be what a clean build makes; after an edit with an
// error, what it was before.
func TestPreview(t *testing.T) {
	seeds := int64(8)
	if testing.Short() {
		seeds = 2
	}
	shown, builds := 0, 0
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, 1000+seed)
			b := h.builder(Options{Preview: true})
			defer func() { b.Close() }()
			var last publish.Manifest // of the last good build
			for range 12 {
				if h.rnd.Intn(4) == 0 {
					b.Close()
					b = h.builder(Options{Preview: true})
					last = nil
				}
				b.At(h.now)
				got, err := b.Build(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				want := h.clean()
				if diff := compareBuilds(got, want); diff != "" {
					t.Fatalf("after %v the build of the preview differs from a clean build: %s", h.log, diff)
				}
				builds++
				p := b.Preview()
				if got.Published {
					shown++
					c := publish.Diff(last, want.Manifest)
					if a, b := fmt.Sprint(c), fmt.Sprint(got.Changes); a != b {
						t.Fatalf("after %v the changes are %s, want %s", h.log, b, a)
					}
					last = want.Manifest
				}
				for _, f := range last {
					file, err := p.Open(f.Path)
					if err != nil {
						t.Fatalf("after %v: %v", h.log, err)
					}
					bytes, err := io.ReadAll(file)
					file.Close()
					if err != nil {
						t.Fatal(err)
					}
					// A file that is shown as it lies is as it is now.
					if cache.Sum(bytes) != f.Digest && got.Published {
						t.Fatalf("after %v, %s of the preview is not what a clean build makes", h.log, f.Path)
					}
					if cache.Sum(bytes) != f.Digest && filepath.Ext(f.Path) == ".html" {
						t.Fatalf("after %v and an error, %s is not what it was before", h.log, f.Path)
					}
				}
				if _, err := p.Open("no/such/index.html"); !errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("a file that is not there: %v", err)
				}
				for range 1 + h.rnd.Intn(2) {
					h.edit()
				}
			}
			if _, err := os.Stat(filepath.Join(h.dir, "public")); err == nil {
				t.Error("the preview has published")
			}
		})
	}
	if shown < builds/4 {
		t.Errorf("of %d builds only %d could be shown: the test shows little", builds, shown)
	}
}

// TestTwoPreviews builds two previews of one site, and publishes it meanwhile:
// nobody waits for anybody.
func TestTwoPreviews(t *testing.T) {
	h := newHistory(t, 1)
	waited := func(int) { t.Error("somebody had to wait") }
	builders := []*Builder{h.builder(Options{Preview: true, Waiting: waited}), h.builder(Options{Preview: true, Waiting: waited}), h.builder(Options{Waiting: waited, Yield: true}), h.builder(Options{Waiting: waited, Yield: true})}
	for range 3 {
		var first publish.Manifest
		for i, b := range builders {
			r := h.build(b)
			if i == 0 {
				first = r.Manifest
			} else if d := publish.Diff(first, r.Manifest); !d.Empty() {
				t.Errorf("builder %d makes another site: %v", i, d)
			}
		}
		h.article(2)
		h.write("content/a/p1.md", fmt.Sprintf("---\ntitle: Page one\ndescription: It is there.\ntopics: [t1]\n---\n## Part 0\n\n## Part 1\n\nText %d.\n", h.rnd.Int()))
	}
	for _, b := range builders {
		b.Close()
	}
}

// TestYield lets two builders build a site in turn, after random edits, from one
// cache that each finds as the other left it.
func TestYield(t *testing.T) {
	h := newHistory(t, 77)
	a, b := h.builder(Options{Yield: true}), h.builder(Options{Yield: true})
	defer a.Close()
	defer b.Close()
	for i := range 16 {
		builder := a
		if h.rnd.Intn(2) == 0 {
			builder = b
		}
		builder.At(h.now)
		got := h.build(builder)
		if diff := compareBuilds(got, h.clean()); diff != "" {
			t.Fatalf("build %d, after %v: %s", i, h.log, diff)
		}
		h.edit()
	}
}

// TestNext wants to be told when the site becomes another by itself.
func TestNext(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	h.write("content/site.yaml", "title: Site\n")
	h.write("content/index.md", "---\ntitle: Home\ndescription: D.\n---\nText.\n")
	h.write("content/sooner.md", "---\ntitle: Sooner\ndescription: D.\nexpires: 2026-11-25\n---\nText.\n")
	h.write("content/later.md", "---\ntitle: Later\ndescription: D.\npublish_on: 2026-12-01\n---\nText.\n")
	b := h.builder(Options{Preview: true})
	defer b.Close()
	r := h.build(b)
	if r.Next.IsZero() || !r.Next.After(h.now) {
		t.Fatalf("next %v", r.Next)
	}
	for range 50 {
		if r.Next.IsZero() {
			t.Fatal("it is never published")
		}
		h.now = r.Next
		before := r
		if r = h.build(b); !r.Next.IsZero() && !r.Next.After(before.Next) {
			t.Fatalf("after %v comes %v", before.Next, r.Next)
		}
		if _, err := b.Preview().Stat("later/index.html"); err == nil {
			if got := before.Next.Format("2006-01-02"); got != "2026-12-01" {
				t.Errorf("it is there on %s", got)
			}
			return
		}
	}
	t.Error("it is never there")
}
