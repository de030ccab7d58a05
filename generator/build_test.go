package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
)

// A history is a site that is edited at random, in every way that people edit.
type history struct {
	t   testing.TB
	dir string
	rnd *rand.Rand
	now time.Time
	log []string
}

func newHistory(t testing.TB, seed int64) *history {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(seed)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.settings(1)
	for i := range 3 {
		h.topic(i)
	}
	for i := range 9 {
		h.article(i)
	}
	h.write("content/files/f.txt", "text")
	h.emphasis()
	h.facts(0)
	h.glossary(0)
	h.write("content/a/f.md", "---\ntitle: In [[fact:f1]]\ndescription: \"[[fact:f2]].\"\ntopics: [t1]\nimage: {src: /img/x.svg, alt: \"[[fact:f1]]\"}\naction: {text: \"[[fact:f1]]\", url: /a/p1/}\nparams: {p: [\"[[fact:f1]]\"]}\n---\nText of [[fact:f1]].\n\n## After [[fact:f1]]\n\nMore.\n")
	h.guide()
	h.journey()
	h.write("content/index.md", "---\ntitle: Home\ndescription: The home page.\n---\nWelcome, see [one](a/p1.md).\n")
	h.write("content/a/p1.md", "---\ntitle: Page one\ndescription: It is there.\ntopics: [t1]\n---\n## Part 0\n\n## Part 1\n\nText.\n")
	h.write("content/img/x.svg", svg(10, 20))
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	return h
}

func svg(w, h int) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"><path d="M0 0h9"/></svg>`, w, h)
}

// testLayouts show every kind of answer that a page can ask for.
var testLayouts = map[string]string{
	"article.html":    `<!doctype html><html lang="{{.Language}}"><head>{{.Head}}</head><body>{{template "top.html" .}}<h1>{{.Title}}</h1>{{with .Notice}}<p>{{.Kind}}</p>{{end}}{{with .Image}}<img src="{{.Src}}" width="{{.Width}}" height="{{.Height}}" alt="{{.Alt}}">{{end}}{{with .Action}}{{.Text}}{{end}}{{range .Sources}}{{.Text}}{{end}}{{with .Params}}{{range .p}}{{.}}{{end}}{{end}}{{.Body}}{{range .Contents}}{{.Text}}{{end}}{{with .Guide}}<nav>{{.Number}}{{range .Parts}}<a href="{{.URL}}">{{.Title}}</a>{{end}}{{with .Next}}{{.Text}}{{end}}<a href="{{.Print}}">p</a></nav>{{end}}{{range .Journeys}}<nav>{{.Title}} {{.Number}}{{range .Steps}}<a href="{{.URL}}">{{.Title}}</a>{{range .Links}}{{.Text}}{{end}}{{end}}</nav>{{end}}{{range .Steps}}<p>{{.Title}} {{.Text}}{{range .Links}}<a href="{{.URL}}">{{.Text}} {{.Description}}</a>{{end}}</p>{{end}}{{range .Related}}{{include "card.html" .}}{{end}}{{range .Backlinks}}{{include "card.html" .}}{{.Before}}[{{.Linked}}]{{.After}}{{end}}</body></html>`,
	"print.html":      `<!doctype html><html lang="{{.Language}}"><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{.Body}}{{with .Guide}}{{range .Parts}}<h2 id="{{.ID}}">{{.Title}}</h2>{{.Body}}{{end}}{{end}}</body></html>`,
	"card.html":       `<p><a href="{{.URL}}">{{.Title}}</a> {{.Description}}</p>`,
	"top.html":        `<p>{{range .Crumbs}}<a href="{{.URL}}">{{.Text}}</a>{{end}}{{range .Site.Navigation}}<a href="{{.URL}}">{{.Text}}</a>{{end}}</p>`,
	"home.html":       `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{.Body}}{{range .Start}}{{include "card.html" .}}{{end}}{{range .Listed}}{{.Title}} {{.Count}}{{end}}{{range .Cards}}{{include "card.html" .}}{{end}}</body></html>`,
	"embed.html":      `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{with .Notice}}{{.Kind}}{{end}}{{.Body}}{{range .Sources}}{{.Text}}{{end}}{{with .Guide}}{{range .Parts}}<a href="{{.URL}}">{{.Title}}</a>{{end}}{{end}}{{range .Steps}}{{range .Links}}<a href="{{.URL}}">{{.Text}}</a>{{end}}{{end}}{{.Lent.Date.Text}}<a href="{{.Lent.Full}}">Full</a></body></html>`,
	"body.html":       `{{with .Image}}<img src="{{.Src}}" width="{{.Width}}" alt="{{.Alt}}">{{end}}{{.Body}}{{range .Topics}}{{.Text}}{{end}}`,
	"topic.html":      `<html><head>{{.Head}}</head><body>{{template "top.html" .}}<h1>{{.Title}}</h1>{{.Body}}{{range .Listed}}<a href="{{.URL}}">{{.Title}}</a> {{.Count}}{{end}}{{range .Cards}}{{include "card.html" .}}{{end}}</body></html>`,
	"topics.html":     `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{range .Listed}}<a href="{{.URL}}">{{.Title}}</a> {{.Count}}{{end}}</body></html>`,
	"a-z.html":        `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{range .Letters}}{{.Letter}}{{range .Cards}}{{include "card.html" .}}{{end}}{{end}}</body></html>`,
	"map.html":        `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{.Map.Drawing}}{{range .Map.Topics}}{{.Text}}{{range .Articles}}<a href="{{.URL}}">{{.Text}}</a>{{range .Links}}{{.Text}}{{end}}{{end}}{{range .Children}}{{.Text}}{{end}}{{end}}</body></html>`,
	"glossary.html":   `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{range .Letters}}{{.Letter}}{{range .Terms}}<p id="{{.ID}}">{{.Name}} {{.Definition}}{{range .See}}<a href="{{.URL}}">{{.Text}}</a>{{end}}{{with .Source}}{{.Text}}{{end}}{{range .Pages}}<a href="{{.URL}}">{{.Text}}</a>{{end}}{{.More}}</p>{{end}}{{end}}</body></html>`,
	"404.html":        `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1></body></html>`,
	"redirect.html":   `<html><head>{{.Head}}</head><body><a href="{{.Target}}">{{.Title}}</a></body></html>`,
	"assets/site.css": `body{color:#111}`,
}

func (h *history) write(name, text string) {
	p := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) remove(name string) {
	if err := os.Remove(filepath.Join(h.dir, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.t.Fatal(err)
	}
}

func (h *history) settings(v int) {
	nav := ""
	if v > 1 {
		nav = "navigation: [/a/p1/]\nembed: {origins: [https://intranet.example.org], link_target: " + []string{"top", "self"}[v-2] + "}\n"
	}
	h.write("content/site.yaml", fmt.Sprintf("title: Site %d\nbase_url: https://example.org\npage_size: 2\nfeed: {limit: %d}\nmap: %t\nrules: {missing-description: %s}\n%s", v, 2+v, v < 3, []string{"warning", "off"}[v%2], nav))
}

func (h *history) topic(i int) {
	parent := ""
	switch n := h.rnd.Intn(24); {
	case n == 0: // its own, or in a circle
		parent = fmt.Sprintf("parent: t%d\n", h.rnd.Intn(3))
	case n < 10 && i > 0:
		parent = fmt.Sprintf("parent: t%d\n", h.rnd.Intn(i))
	}
	h.write(fmt.Sprintf("content/topics/t%d.md", i), fmt.Sprintf("---\ntitle: Topic %d %d\ndescription: About it.\n%s---\nIntroduction with [a link](../a/p1.md).\n", i, h.rnd.Intn(3), parent))
}

// guide writes a guide whose parts are mostly there, and sometimes a second
// one that may claim the same.
func (h *history) guide() {
	r := h.rnd
	h.write("content/a/g.md", fmt.Sprintf("---\ntitle: Guide %d\ndescription: A guide.\ntopics: [t%d]\nkind: guide\nparts: [%s]\n---\n## Part 0\n\nSee [one](p1.md#part-0).\n", r.Intn(2), r.Intn(3),
		[]string{"p1.md, e.md", "e.md, p1.md", "p1.md", "e.md", "e.md, s.md", "p1.md, s.md", "s.md, e.md", "p1.md, p2.md", "e.md, s.md, p1.md"}[r.Intn(9)]))
	h.write("content/a/s.md", fmt.Sprintf("---\ntitle: A part %d\ndescription: Part.\n---\nSee [the guide](g.md) and [below](#below).\n\n## Below\n\nText %d.\n", r.Intn(2), r.Intn(2)))
	if r.Intn(8) > 0 {
		h.remove("content/a/g2.md")
	} else {
		h.write("content/a/g2.md", fmt.Sprintf("---\ntitle: Another guide\ndescription: D.\nkind: guide\nparts: [%s]\n---\nText.\n", []string{"s.md", "missing.md", "p3.md", "p3.md"}[r.Intn(4)]))
	}
}

// aside writes a page that only the journey shows.
func (h *history) aside() {
	h.write("content/a/u.md", fmt.Sprintf("---\ntitle: Aside %d\ndescription: D.\nunlisted: true\n---\nText.\n", h.rnd.Intn(3)))
}

// journey writes a journey whose steps lead to pages that are mostly there.
func (h *history) journey() {
	r := h.rnd
	to := []string{"/a/p1/", "p1.md", "/a/e/", "/a/s/", "/a/g/", "{title: Elsewhere, url: https://example.org/x}", "/topics/t2/", "/topics/t2/", "/a/e/", "/a/s/", "/a/p2/"}
	h.aside()
	h.write("content/a/j.md", fmt.Sprintf("---\ntitle: Journey %d\ndescription: A journey.\ntopics: [t1]\nkind: journey\nsteps:\n  - {title: Step %d, text: Text %d, links: [%s, %s]}\n  - %s\n  - /a/u/\n---\nText.\n",
		r.Intn(2), r.Intn(2), r.Intn(2), to[r.Intn(9)], to[r.Intn(8)], to[r.Intn(len(to))]))
}

// facts writes the facts; most of the versions are good.
func (h *history) facts(v int) {
	text := fmt.Sprintf("f1: {value: v%d, reviewed: 2025-11-2%d, review_every: 1 year}\nf2: \"[[fact:f1]] <&> \\\"%d\\\"\"\nf3: {value: three}\n", v%3, 2+v%4, v%2)
	switch v {
	case 6:
		text = "f2: two\n"
	case 7:
		text = "f1: {value\n"
	case 8:
		text = "f1: \"[[fact:f2]]\"\nf2: \"[[fact:f1]]\"\n"
	}
	h.write("content/facts.yaml", text)
}

// glossary writes the terms; most of the versions are good.
func (h *history) glossary(v int) {
	text := fmt.Sprintf("- {term: Offer, also: [notice], definition: \"Means %d, [one](/a/p1/), [[fact:f1]].\", see: [Panel]}\n- {term: Panel, definition: Several %d., source: A book}\n", v%3, v%2)
	switch v {
	case 4:
		text += "- {term: Salary, definition: Pay.}\n"
	case 5:
		text = "- {term: Offer, also: [contact], definition: x}\n"
	case 6:
		text += "- {term: offer, definition: x}\n"
	case 7:
		text = "- {term: Offer\n"
	case 8:
		text += "- {term: Layout, definition: \"See [it](/nowhere/).\"}\n"
	}
	h.write("content/glossary.yaml", text)
}

// emphasis writes an article whose card stays the same while its body changes.
func (h *history) emphasis() {
	h.write("content/a/e.md", "---\ntitle: Emphasis\ndescription: D.\ntopics: [t2]\n---\n"+[]string{"Plain", "*Plain*", "**Plain**"}[h.rnd.Intn(3)]+" words.\n")
}

// words that make pages alike.
var subjects = []string{"interview panel question answer", "curriculum layout template heading", "salary offer notice contract", "network contact agency recruiter"}

func (h *history) article(i int) {
	r := h.rnd
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: Title %d\n", r.Intn(9))
	if r.Intn(4) > 0 {
		fmt.Fprintf(&b, "description: Describes %d%s.\n", r.Intn(4), []string{"", "", "", " [[fact:f1]]"}[r.Intn(4)])
	}
	fmt.Fprintf(&b, "topics: [t%d]\npublished: 2026-0%d-01\n", r.Intn(3), 1+r.Intn(9))
	switch r.Intn(16) {
	case 0:
		b.WriteString("draft: true\n")
	case 1:
		b.WriteString("publish_on: 2026-11-25\n")
	case 2:
		b.WriteString("expires: 2026-11-25\n")
	case 3:
		fmt.Fprintf(&b, "aliases: [/old/%d/]\n", i)
	case 4:
		b.WriteString("image: {src: /img/x.svg, alt: A picture}\n")
	case 5:
		b.WriteString("unlisted: true\n")
	case 6:
		b.WriteString("related: [/a/p1/]\n")
	case 7:
		fmt.Fprintf(&b, "weight: %d\n", r.Intn(5))
	case 8, 9:
		fmt.Fprintf(&b, "embed: %t\n", r.Intn(2) == 0)
	}
	if r.Intn(6) == 0 {
		b.WriteString("glossary: off\n")
	}
	if r.Intn(6) == 0 {
		b.WriteString("sources: [\"By [[fact:f2]]\"]\n")
	}
	fmt.Fprintf(&b, "---\n\nText %d about %s.\n\n## Part %d\n\nMore of %s. ", r.Intn(5), subjects[r.Intn(4)], r.Intn(3), subjects[r.Intn(4)])
	switch r.Intn(30) {
	case 0:
		fmt.Fprintf(&b, "See [it](p%d.md).\n", r.Intn(8))
	case 1:
		fmt.Fprintf(&b, "See [it](/a/p1/#part-%d).\n", r.Intn(2))
	case 2:
		fmt.Fprintf(&b, "See [[Title %d]].\n", r.Intn(9))
	case 3:
		fmt.Fprintf(&b, "See [[a/p1]] and [[topic:t%d]].\n", r.Intn(3))
	case 4:
		b.WriteString("See [[Page one#Part 1]].\n\n![A picture](../img/x.svg)\n")
	case 5:
		b.WriteString("See [one](p1.md) and [another](/old/3/).\n")
	case 6, 7, 8, 9:
		b.WriteString("See [[topic:t1]], [a topic](/topics/t2/) and [one](p1.md).\n")
	case 10, 11, 14, 15, 16, 17:
		b.WriteString("See [one](/a/p1/).\n\n![A picture](../img/x.svg)\n")
	case 12, 13, 18, 19, 20, 21, 22:
		b.WriteString("Nothing to see.\n")
	default:
		fmt.Fprintf(&b, "In short, see [one](p1.md) for the %s part of it.\n\n##Wrong heading\n", []string{"first", "second"}[r.Intn(2)])
	}
	h.write(fmt.Sprintf("content/a/p%d.md", i), b.String())
}

// edit makes one random edit.
func (h *history) edit() {
	r := h.rnd
	kind := r.Intn(32)
	switch kind {
	case 0:
		h.remove(fmt.Sprintf("content/a/p%d.md", 2+r.Intn(7)))
	case 1:
		os.Rename(filepath.Join(h.dir, fmt.Sprintf("content/a/p%d.md", 2+r.Intn(7))), filepath.Join(h.dir, fmt.Sprintf("content/a/p%d.md", 2+r.Intn(7))))
	case 2:
		h.write("layouts/card.html", fmt.Sprintf(`<p class="v%d"><a href="{{.URL}}">{{.Title}}</a></p>`, r.Intn(3)))
	case 3:
		h.write("layouts/assets/site.css", fmt.Sprintf("body{color:#%d00}", r.Intn(3)))
	case 4:
		h.settings(1 + r.Intn(3))
	case 5:
		h.topic(r.Intn(3))
	case 6:
		h.write("content/img/x.svg", svg(10+r.Intn(3), 20))
	case 7:
		h.now = h.now.AddDate(0, 0, r.Intn(3)-1)
	case 8:
		h.write("content/a/_defaults.yaml", fmt.Sprintf("owner: Team %d\n", r.Intn(3)))
	case 9:
		h.remove("content/a/_defaults.yaml")
	case 10:
		h.write("content/a/p7.md", []string{"---\ntitle: Broken\ndrfat: true\n---\nText.\n", "---\ntitle: [\n---\n", "---\ntitle: Open\n", "---\ntitle: Seven\naliases: [/old/seven/]\n---\nText.\n", "---\ntitle: Seven\naliases: [/old/7/]\n---\nText.\n", "---\ntitle: Seven\nimage: {src: /img/x.svg, alt: A}\n---\nText.\n"}[r.Intn(6)])
	case 11:
		h.remove("content/a/p7.md")
	case 12:
		h.write("content/a/p1.md", fmt.Sprintf("---\ntitle: Page %s\ndescription: It is there.\ntopics: [t1]\n---\n## Part 0\n\n## Part 1\n\nText %d.\n", []string{"one", "one", "one", "two"}[r.Intn(4)], r.Intn(2)))
	case 13:
		h.write("content/files/f.txt", fmt.Sprint("text ", r.Intn(3)))
	case 14:
		h.remove("content/files/f.txt")
	case 15:
		h.write("layouts/assets/more.css", fmt.Sprintf("p{margin:%dem}", r.Intn(3)))
	case 16:
		h.remove("layouts/assets/more.css")
	case 17:
		h.emphasis()
	case 21, 22:
		h.guide()
	case 23:
		h.journey()
	case 24:
		h.aside()
	case 18, 25:
		h.write("content/a/p1.md", "---\ntitle: Page one\ndescription: It is there.\ntopics: [t1]\n---\n## Part 0\n\n## Part 1"+[]string{"", " {#first}"}[r.Intn(2)]+"\n\nText.\n")
		if r.Intn(2) == 0 {
			h.write("content/a/p2.md", "---\ntitle: Two\ndescription: Two.\n---\nSee [[Page one#Part 1]].\n")
		}
	case 19:
		if r.Intn(12) == 0 {
			h.remove("content/facts.yaml")
		} else {
			h.facts(r.Intn(9))
		}
	case 26:
		// Mostly none, as errors hide what else goes on.
		if list := []string{"/a/p1/\n", "/a/p1/#part-1\n", "/old/seven/\n", "<<<<<<<\n"}; r.Intn(3) == 0 {
			h.write("content/addresses.txt", list[r.Intn(len(list))])
		} else {
			h.remove("content/addresses.txt")
		}
	case 27:
		if r.Intn(6) == 0 {
			h.remove("content/glossary.yaml")
		} else {
			h.glossary(r.Intn(9))
		}
	default:
		kind = 30
		h.article(2 + r.Intn(6))
	}
	h.log = append(h.log, fmt.Sprint("edit ", kind))
}

func (h *history) builder(o Options) *Builder {
	o.Dir, o.Now = h.dir, h.now
	b, err := New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func (h *history) build(b *Builder) *Result {
	b.o.Now = h.now
	r, err := b.Build(context.Background())
	if err != nil {
		h.t.Fatalf("%v: %v", h.log, err)
	}
	return r
}

// clean builds from nothing.
func (h *history) clean() *Result {
	b := h.builder(Options{NoCache: true, DryRun: true})
	defer b.Close()
	return h.build(b)
}

func digests(m publish.Manifest) map[string]string {
	all := map[string]string{}
	for _, f := range m {
		all[f.Path] = f.Digest.String()
	}
	return all
}

// compare returns how a rebuild differs from a clean build, or "".
func compareBuilds(got, want *Result) string {
	if g, w := fmt.Sprint(got.Diags), fmt.Sprint(want.Diags); g != w {
		return fmt.Sprintf("problems differ:\n got %s\nwant %s", g, w)
	}
	if want.Diags.Failed() {
		return ""
	}
	g, w := digests(got.Manifest), digests(want.Manifest)
	if maps.Equal(g, w) {
		return ""
	}
	var diff []string
	for p := range w {
		if g[p] != w[p] {
			diff = append(diff, p)
		}
	}
	for p := range g {
		if w[p] == "" {
			diff = append(diff, p+" (too much)")
		}
	}
	slices.Sort(diff)
	return "files differ: " + strings.Join(diff, ", ")
}

// TestRebuild edits a site at random and checks that each rebuild, in the same
// process or another, gives exactly the bytes and problems that a clean build
// gives, that public/ holds them, and that a build without an edit runs nothing.
func TestRebuild(t *testing.T) {
	seeds := int64(8)
	if testing.Short() {
		seeds = 2
	}
	published, builds := 0, 0
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			b := h.builder(Options{})
			defer func() { b.Close() }()
			last := map[string]string{}
			for range 12 {
				if h.rnd.Intn(3) == 0 {
					// As a new process would: from what is on disk.
					b.Close()
					b = h.builder(Options{})
				}
				got := h.build(b)
				want := h.clean()
				if diff := compareBuilds(got, want); diff != "" {
					t.Fatalf("after %v the rebuild differs from a clean build: %s", h.log, diff)
				}
				builds++
				if got.Published {
					published++
					last = digests(got.Manifest)
				}
				if diff := onDisk(h, last); diff != "" {
					t.Fatalf("after %v: %s", h.log, diff)
				}
				again := h.build(b)
				for task, why := range again.Ran {
					if !got.Diags.Failed() {
						t.Fatalf("after %v a build without an edit ran %s because of %s", h.log, task, why)
					}
				}
				if diff := compareBuilds(again, want); diff != "" {
					t.Fatalf("after %v a build without an edit differs: %s", h.log, diff)
				}
				for range 1 + h.rnd.Intn(2) {
					h.edit()
				}
			}
		})
	}
	if published < builds/4 {
		t.Errorf("of %d builds only %d published anything: the test shows little", builds, published)
	}
}

// onDisk compares public/ with what was published last.
func onDisk(h *history, want map[string]string) string {
	out := filepath.Join(h.dir, "public")
	root, err := os.OpenRoot(out)
	if err != nil {
		if len(want) == 0 {
			return ""
		}
		return err.Error()
	}
	defer root.Close()
	got := map[string]string{}
	filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != ".guidepost-files" {
			rel, _ := filepath.Rel(out, p)
			sum, _ := digestFile(root, rel)
			got[filepath.ToSlash(rel)] = sum.String()
		}
		return err
	})
	if !maps.Equal(got, want) {
		return fmt.Sprintf("public/ is not what was published: %d files, want %d", len(got), len(want))
	}
	return ""
}

// TestPlantedFaults forgets to record one kind of look after another, and
// expects the comparison of TestRebuild to notice each.
func TestPlantedFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short, faults are not planted")
	}
	for _, fault := range []string{
		"file:content/a/p", "file:content/a/_defaults.yaml", "file:content/files", "settings:content", "settings:output",
		"site:entry:", "site:target:", "site:related:", "site:back:", "site:topics:", "site:list:",
		"site:newest:", "site:topic-newest:", "site:listed:", "site:all:", "site:redirects:", "terms:", "site:term:", "site:glossary:", "site:has-terms:", "site:headings:", "site:part-of:", "site:steps:", "site:journeys:", "site:crumbs:", "site:topic:", "site:map:",
		"article:", "layout:", "asset:", "size:",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			for seed := range int64(100) {
				if caught(t, seed, fault) {
					return
				}
			}
			t.Errorf("a look %q that is not recorded is not noticed", fault)
		})
	}
}

// caught reports whether a history shows that looks that begin with fault are
// not recorded.
func caught(t *testing.T, seed int64, fault string) bool {
	h := newHistory(t, seed)
	b := h.builder(Options{DryRun: true})
	defer b.Close()
	if err := b.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.store.Blind = func(look string) bool { return strings.HasPrefix(look, fault) }
	for range 10 {
		if compareBuilds(h.build(b), h.clean()) != "" {
			return true
		}
		h.edit()
		if strings.HasPrefix(fault, "settings:content") {
			h.write("content/site.yaml", fmt.Sprintf("title: S\nbase_url: https://example.org\nfront_matter: {unknown: %s}\n", []string{"off", "warning"}[h.rnd.Intn(2)]))
			h.write("content/a/p2.md", "---\ntitle: Two\ndescription: Two.\ncolour: red\n---\nText.\n")
		}
	}
	return false
}

// TestJobs builds with one worker and with eight, and compares bytes and problems.
func TestJobs(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(1)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.settings(1)
	for i := range 3 {
		h.topic(i)
	}
	h.write("content/a/p1.md", "---\ntitle: Page one\ndescription: It is there.\ntopics: [t1]\n---\n## Part 1\n\nText.\n")
	for i := range 40 {
		h.write(fmt.Sprintf("content/b/q%d.md", i), fmt.Sprintf("---\ntitle: Question %d\ntopics: [t%d]\n---\nAbout %s and %s.\n\n##Wrong\n", i, i%3, subjects[i%4], subjects[i%3]))
	}
	var results []*Result
	for _, jobs := range []int{1, 8} {
		b := h.builder(Options{NoCache: true, DryRun: true, Jobs: jobs})
		results = append(results, h.build(b))
		b.Close()
	}
	if diff := compareBuilds(results[0], results[1]); diff != "" {
		t.Error(diff)
	}
	if len(results[0].Manifest) < 40 || len(results[0].Diags) < 40 {
		t.Errorf("only %d files were made: %v", len(results[0].Manifest), results[0].Diags)
	}
}

// TestEditTouchesItsOwn edits one thing and looks at what was made again.
func TestEditTouchesItsOwn(t *testing.T) {
	site := func(t *testing.T) *history {
		h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(1)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
		h.write("content/site.yaml", "title: S\nbase_url: https://example.org\n")
		h.write("content/topics/t.md", "---\ntitle: T\ndescription: D.\n---\nText.\n")
		h.write("content/topics/u.md", "---\ntitle: U\ndescription: D.\n---\nText.\n")
		h.write("content/a.md", "---\ntitle: Apples\ndescription: D.\ntopics: [t]\n---\nThe orchard. See [b](b.md).\n")
		h.write("content/b.md", "---\ntitle: Pears\ndescription: D.\ntopics: [t]\n---\nThe garden and its wall.\n")
		h.write("content/c.md", "---\ntitle: Trains\ndescription: D.\ntopics: [u]\n---\nA station with a clock.\n")
		for name, text := range testLayouts {
			h.write("layouts/"+name, text)
		}
		return h
	}
	for _, c := range []struct {
		name string
		edit func(h *history)
		want []string // files that change
	}{
		{"the same bytes again", func(h *history) {
			h.write("content/c.md", "---\ntitle: Trains\ndescription: D.\ntopics: [u]\n---\nA station with a clock.\n")
		}, nil},
		{"body, as many words", func(h *history) {
			h.write("content/c.md", "---\ntitle: Trains\ndescription: D.\ntopics: [u]\n---\nA station with a tower.\n")
		}, []string{"c/index.html"}},
		{"white space", func(h *history) {
			h.write("content/c.md", "---\ntitle: Trains\ndescription: D.\ntopics: [u]\n---\n\n\nA station with a clock.\n")
		}, nil},
		{"a title that others show", func(h *history) {
			h.write("content/b.md", "---\ntitle: Plums\ndescription: D.\ntopics: [t]\n---\nThe garden and its wall.\n")
		}, []string{"a-z/index.html", "a/index.html", "articles.json", "b/index.html", "topics/t/index.html"}},
		{"a partial", func(h *history) {
			h.write("layouts/redirect.html", "<p>{{.Title}}</p>")
		}, nil},
		{"another page's picture", func(h *history) { h.write("content/x.png", "no picture") }, []string{"x.png"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := site(t)
			b := h.builder(Options{})
			defer b.Close()
			if r := h.build(b); !r.Published {
				t.Fatal(r.Diags)
			}
			c.edit(h)
			r := h.build(b)
			got := slices.Sorted(slices.Values(append(slices.Clone(r.Changes.Added), r.Changes.Updated...)))
			if !slices.Equal(got, c.want) {
				t.Errorf("changed %v, want %v; ran %v; problems %v", got, c.want, r.Ran, r.Diags)
			}
		})
	}
}

// TestWarningsAreToldAgain: a problem is told by every build while it is there.
func TestWarningsAreToldAgain(t *testing.T) {
	h := newHistory(t, 1)
	h.write("content/a/p2.md", "---\ntitle: Two\ntopics: [t1]\n---\nNo description. See [[Title 99]].\n")
	var told []diag.List
	for range 3 {
		b := h.builder(Options{})
		told = append(told, h.build(b).Diags)
		b.Close()
	}
	if len(told[0]) == 0 || fmt.Sprint(told[0]) != fmt.Sprint(told[1]) || fmt.Sprint(told[1]) != fmt.Sprint(told[2]) {
		t.Errorf("told %v, then %v, then %v", told[0], told[1], told[2])
	}
}

// TestFactTouchesItsOwn changes a fact and looks at what runs: what shows it,
// wherever that is, and nothing else; no article is parsed again.
func TestFactTouchesItsOwn(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(1)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.write("content/site.yaml", "title: S\nbase_url: https://example.org\n")
	h.write("content/topics/t.md", "---\ntitle: T\ndescription: D.\n---\nText.\n")
	h.write("content/facts.yaml", "notice: 1 week\nminimum: \"at least [[fact:notice]]\"\nfee: 2 pounds\n")
	h.write("content/title.md", "---\ntitle: \"[[fact:notice]] of notice\"\ndescription: D.\ntopics: [t]\n---\nThe orchard.\n")
	h.write("content/links.md", "---\ntitle: Links\ndescription: D.\n---\nSee [[title]], all about a garden wall.\n")
	h.write("content/body.md", "---\ntitle: Body\ndescription: D.\n---\nWait [[fact:minimum]] for trains.\n")
	h.write("content/source.md", "---\ntitle: Source\ndescription: D.\nsources: [\"[[fact:notice]]\"]\n---\nA clock at sea.\n")
	h.write("content/fee.md", "---\ntitle: \"Pay [[fact:fee]]\"\ndescription: D.\n---\nCosts of a ticket.\n")
	h.write("content/none.md", "---\ntitle: None\ndescription: D.\n---\nNothing to see.\n")
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	b := h.builder(Options{})
	defer b.Close()
	if r := h.build(b); !r.Published {
		t.Fatal(r.Diags)
	}
	ran := func() string { return strings.Join(slices.Sorted(maps.Keys(h.build(b).Ran)), " ") }

	h.write("content/facts.yaml", "notice: 2 weeks\nminimum: \"at least [[fact:notice]]\"\nfee: 2 pounds\n")
	// Nothing is dated, so nothing is in a feed. The sitemap asks for all pages.
	want := "make:a-z/index.html make:articles.json make:body/index.html make:links/index.html make:sitemap.xml make:source/index.html make:title/index.html make:topics/t/index.html"
	if got := ran(); got != want {
		t.Errorf("a changed fact ran\n%s, want\n%s", got, want)
	}
	h.write("content/facts.yaml", "# Moved.\nfee: 2 pounds\nnotice: {value: 2 weeks, source: A book}\nminimum: \"at least [[fact:notice]]\"\nnew: 1\n")
	if got := ran(); got != "" {
		t.Errorf("facts with the same values ran %s", got)
	}
	h.now = h.now.AddDate(3, 0, 0)
	h.write("content/facts.yaml", "fee: 2 pounds\nnotice: {value: 2 weeks, reviewed: 2026-11-23, review_every: 1 year}\nminimum: \"at least [[fact:notice]]\"\n")
	r := h.build(b)
	overdue := 0
	for _, d := range r.Diags {
		if d.Rule == "overdue-fact" {
			overdue++
		}
	}
	if len(r.Ran) != 0 || overdue != 3 {
		t.Errorf("an overdue fact ran %v and was told %d times: %v", r.Ran, overdue, r.Diags)
	}
}

// TestTermTouchesItsOwn changes the glossary and looks at what runs.
func TestTermTouchesItsOwn(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(1)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.write("content/site.yaml", "title: S\nbase_url: https://example.org\n")
	h.write("content/glossary.yaml", "- {term: orchard, definition: Trees.}\n- {term: clock, definition: It ticks.}\n")
	h.write("content/a.md", "---\ntitle: Apples\ndescription: D.\n---\nThe orchard, and an Orchard.\n")
	h.write("content/b.md", "---\ntitle: Pears\ndescription: D.\n---\nThe garden and its wall, and the [[term:orchard]].\n")
	h.write("content/c.md", "---\ntitle: Trains\ndescription: D.\n---\nA station with a clock.\n")
	h.write("content/d.md", "---\ntitle: Ships\ndescription: D.\nglossary: off\n---\nA sea with a clock.\n")
	for name, text := range testLayouts {
		h.write("layouts/"+name, text)
	}
	b := h.builder(Options{})
	defer b.Close()
	if r := h.build(b); !r.Published {
		t.Fatal(r.Diags)
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"another definition", "content/glossary.yaml", "- {term: orchard, definition: Fruit trees.}\n- {term: clock, definition: It ticks.}\n",
			"make:a/index.html make:b/index.html make:glossary/index.html"},
		{"the other order", "content/glossary.yaml", "# Words\n- {term: clock, definition: It ticks.}\n- {term: orchard, definition: Fruit trees.}\n",
			"parse:content/a.md parse:content/b.md parse:content/c.md parse:content/d.md"},
		{"a use less", "content/c.md", "---\ntitle: Trains\ndescription: D.\n---\n> A station with a clock.\n",
			"make:c/index.html make:glossary/index.html parse:content/c.md"},
	} {
		h.write(c.file, c.text)
		r := h.build(b)
		if got := strings.Join(slices.Sorted(maps.Keys(r.Ran)), " "); got != c.want {
			t.Errorf("%s ran\n%s, want\n%s; problems %v", c.name, got, c.want, r.Diags)
		}
	}
}
