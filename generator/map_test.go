package generator

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"
)

// newAtlas is a history of a site that is so large that each topic has a map of
// its own.
func newAtlas(t testing.TB, seed int64) *history {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(seed)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.write("content/site.yaml", "title: S\nbase_url: https://example.org\nmap: true\n")
	for i := range 4 {
		h.mapTopic(i)
	}
	for i := range 154 {
		h.mapArticle(i)
	}
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	return h
}

func (h *history) mapTopic(i int) {
	parent := ""
	if i == 3 {
		parent = fmt.Sprintf("parent: t%d\n", h.rnd.Intn(3))
	}
	h.write(fmt.Sprintf("content/topics/t%d.md", i), fmt.Sprintf("---\ntitle: Topic %d\ndescription: D.\n%s---\n", h.rnd.Intn(9), parent))
}

func (h *history) mapArticle(i int) {
	h.write(fmt.Sprintf("content/a/p%d.md", i), fmt.Sprintf("---\ntitle: Title %d\ndescription: D.\ntopics: [t%d]\n---\nSee [it](p%d.md).\n", h.rnd.Intn(20), h.rnd.Intn(4), i*7%154))
}

func (h *history) editMap() {
	switch h.rnd.Intn(5) {
	case 0:
		h.mapTopic(h.rnd.Intn(4))
	case 1:
		h.write(fmt.Sprintf("content/a/new%d.md", h.rnd.Intn(2)), fmt.Sprintf("---\ntitle: New\ndescription: D.\ntopics: [t%d]\n---\n", h.rnd.Intn(4)))
	case 2:
		h.remove(fmt.Sprintf("content/a/new%d.md", h.rnd.Intn(2)))
	default:
		h.mapArticle(h.rnd.Intn(154))
	}
}

// TestMapRebuild: maps of a rebuild are those of a clean build, and those that
// show nothing of what was edited are not made again.
func TestMapRebuild(t *testing.T) {
	h := newAtlas(t, 1)
	b := h.builder(Options{DryRun: true})
	defer b.Close()
	spared := false
	for k := range 8 {
		r := h.build(b)
		if r.Diags.Failed() {
			t.Fatal(r.Diags)
		}
		if diff := compareBuilds(r, h.clean()); diff != "" {
			t.Fatalf("after %d edits: %s", k, diff)
		}
		maps, again := 0, 0
		for _, f := range r.Manifest {
			if strings.HasPrefix(f.Path, "map/") {
				maps++
				if _, ran := r.Ran["make:"+f.Path]; ran {
					again++
				}
			}
		}
		if maps < 4 {
			t.Fatalf("there are only %d maps", maps)
		}
		spared = spared || again > 0 && again < maps
		h.editMap()
	}
	if !spared {
		t.Error("an edit makes all maps or none")
	}

	// What no map shows makes none of them again.
	h.build(b)
	h.write("content/a/p3.md", "---\ntitle: Three\ndescription: D.\ntopics: [t1]\n---\nA word. See [it](p4.md).\n")
	h.build(b)
	h.write("content/a/p3.md", "---\ntitle: Three\ndescription: Other.\nupdated: 2026-11-20\ntopics: [t1]\n---\nTwo more words, and [it](p4.md), [again](p4.md#top).\n")
	for task := range h.build(b).Ran {
		if strings.HasPrefix(task, "make:map/") {
			t.Errorf("%s was made again for a word and a description", task)
		}
	}
}

// TestMapFaults: looks of maps that are not recorded are noticed.
func TestMapFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short, faults are not planted")
	}
	for _, fault := range []string{"site:map:", "site:map-topic:", "site:topic-tree:"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			h := newAtlas(t, 2)
			b := h.builder(Options{DryRun: true})
			defer b.Close()
			if err := b.open(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.store.Blind = func(look string) bool { return strings.HasPrefix(look, fault) }
			for range 40 {
				if compareBuilds(h.build(b), h.clean()) != "" {
					return
				}
				h.editMap()
			}
			t.Errorf("a look %q that is not recorded is not noticed", fault)
		})
	}
}
