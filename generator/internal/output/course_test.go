package output

import (
	"context"
	"html/template"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// real builds a site from what people write, with the theme that the program
// carries.
func real(t *testing.T, o Options, files map[string]string) *built {
	t.Helper()
	p := content.NewParser(markdown.New(markdown.Options{Language: "en-GB"}), content.Options{Language: "en-GB"})
	in := site.Input{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Options: site.Options{PageSize: 9, FeedLimit: 3}}
	pages := map[string]*content.Page{}
	b := &built{t: t, files: map[string][]byte{}}
	for name, text := range files {
		page, diags := p.Parse(name, []byte(text))
		b.diags = append(b.diags, diags...)
		var e cache.Encoder
		page.Card.Encode(&e)
		pages[name] = page
		in.Cards, in.Digests = append(in.Cards, page.Card), append(in.Digests, cache.Sum(e.B))
	}
	linked, diags := site.Link(in)
	b.diags = append(b.diags, diags...)
	set, diags := layout.Load(os.DirFS("../../../layouts"), func(string) string { return "" })
	b.diags = append(b.diags, diags...)
	f := newFake(t)
	b.jobs, diags = Plan(o, Survey(linked.View(nil)), nil, nil)
	b.diags = append(b.diags, diags...)
	m := NewMaker(o)
	for _, j := range b.jobs {
		var l looks
		e := f.env(&l)
		e.View, e.Layouts, e.Assets = linked.View(nil), set, fakeAssets{}
		e.Article = func(file string) (*content.Page, error) { return pages[file], nil }
		out, err := m.Make(context.Background(), j, e)
		if err != nil {
			t.Fatalf("%s: %v", j.Path, err)
		}
		b.files[j.Path] = out
		b.diags = append(b.diags, l.diags...)
	}
	return b
}

const known = "description: D.\npublished: 2026-01-01\n"

// aGuide is a guide of two parts that refer to each other in every way.
var aGuide = map[string]string{
	"content/g/index.md": "---\ntitle: The guide\nkind: guide\n" + known + "parts: [one.md, two.md]\n---\nBegin here, then [one](one.md).\n\n## About\n\nSee [Layout](two.md#layout).\n",
	"content/g/one.md":   "---\ntitle: Part <one>\n" + known + "---\nText[^1] and [below](#layout), [the guide](index.md#about), [all of it](index.md), [two](two.md), [out](../out.md#x).\n\n## Layout\n\n### Deep\n\n#### Four\n\n##### Five\n\n###### Deepest\n\n[^1]: A note.\n",
	"content/g/two.md":   "---\ntitle: Part two\nlanguage: cy\n" + known + "---\nText[^1], back to [one](/g/one/?q=1#deep).\n\n## Layout\n\n[^1]: Another note.\n",
	"content/out.md":     "---\ntitle: Elsewhere\n" + known + "---\n## X\n\nText.\n",
}

func TestGuide(t *testing.T) {
	b := real(t, Options{Title: "S", BaseURL: "https://example.org", Language: "en-GB", PageSize: 9}, aGuide).clean()

	g := b.page("g/index.html")
	g.text(".parts h3", "Part <one>", "Part two")
	g.attr(".parts a", "href", "/g/one/", "/g/two/", "/g/print/")
	g.none(".course")
	g.attr(".turn a", "rel", "next")
	g.attr(".turn a", "href", "/g/one/")

	one := b.page("g/one/index.html")
	one.none(".parts")
	one.text(".course summary", "Part 1 of 2: The guide")
	one.text(".course li", "Part <one>", "Part two")
	one.attr(".course li a", "aria-current", "page", "(none)")
	one.attr(".turn a", "href", "/g/", "/g/two/")
	one.attr(".turn a", "rel", "prev", "next")
	one.text(".crumbs li", "Home", "The guide")
	two := b.page("g/two/index.html")
	two.attr(".turn a", "href", "/g/one/")
	b.page("out/index.html").none(".course")
}

func TestPrintable(t *testing.T) {
	for _, c := range []struct {
		name      string
		o         Options
		out, self string
	}{
		{"rooted", Options{Title: "S", BaseURL: "https://example.org", Language: "en-GB", PageSize: 9}, "/out/#x", "/g/"},
		{"relative", Options{Title: "S", Language: "en-GB", PageSize: 9, Relative: true}, "../../out/index.html#x", "../../g/index.html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := real(t, c.o, aGuide).clean()
			p := b.page("g/print/index.html")
			p.text("h1", "The guide")
			p.text("article h2", "About", "1. Part <one>", "2. Part two", "About this page")
			p.text("article h3", "Layout", "Layout")
			p.attr("article h3", "id", "p1-layout", "p2-layout")
			p.text("article h4", "Deep")
			p.text("article h5", "Four")
			p.text("article h6", "Five", "Deepest")
			p.attr(".part", "lang", "en-GB", "cy")
			p.attr(".parts-index a", "href", "#p1", "#p2")
			p.attr(".crumbs a", "href", strings.Replace(c.self, "g/", "", 1), c.self)
			p.attr("#p0 a", "href", "#p1", "#p2-layout")
			var links []string
			for _, a := range p.all("#p1 .prose p a") {
				if href, _ := attrOf(a, "href"); !strings.Contains(href, "fn") {
					links = append(links, href)
				}
			}
			if want := []string{"#p1-layout", "#p0-about", "#p0", "#p2", c.out}; !slices.Equal(links, want) {
				t.Errorf("the links of part 1 are %q, want %q", links, want)
			}
			ids := map[string]bool{}
			for _, n := range p.all("[id]") {
				id, _ := attrOf(n, "id")
				if ids[id] {
					t.Errorf("the id %q is there twice", id)
				}
				ids[id] = true
			}
			for _, n := range p.all("[href]") {
				if href, _ := attrOf(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
					t.Errorf("a link leads to %s, which is not there", href)
				}
			}
			p.attr("meta[name=robots]", "content", "noindex")
			if c.o.BaseURL != "" {
				p.attr("link[rel=canonical]", "href", "https://example.org/g/")
				if strings.Contains(string(b.files["sitemap.xml"]), "print") {
					t.Error("the printable page is in the sitemap")
				}
			}
			if n := strings.Count(string(b.files["g/print/index.html"]), "\x01"); n > 0 {
				t.Errorf("%d marks are left", n)
			}
		})
	}
}

func TestJourney(t *testing.T) {
	b := real(t, Options{Title: "S", BaseURL: "https://example.org", Language: "en-GB", PageSize: 9}, map[string]string{
		"content/j.md": "---\ntitle: After a setback\nkind: journey\n" + known + `steps:
  - title: Rest
    text: Take <a> day.
    links: [/a/, {title: A helpline, url: "https://example.org/help"}]
  - /b/
  - title: Ask
    links: [{title: Their site, url: "https://example.org/x"}, /a/, /c/]
---
`,
		"content/k.md": "---\ntitle: Another way\nkind: journey\nweight: 1\n" + known + "steps: [/a/]\n---\n",
		"content/a.md": "---\ntitle: A walk\n" + known + "---\nText.\n",
		"content/b.md": "---\ntitle: Think\n" + known + "---\nText.\n",
		"content/c.md": "---\ntitle: Ask why\n" + known + "---\nText.\n",
	}).clean()

	j := b.page("j/index.html")
	j.text(".steps h2", "Rest", "Think", "Ask")
	j.attr(".steps h2 a", "href", "/b/") // its one page
	j.attr(".steps ul a", "href", "/a/", "https://example.org/help", "https://example.org/x", "/a/", "/c/")
	j.attr(".steps ul a", "rel", "(none)", "external", "external", "(none)", "(none)")
	j.none(".course")

	a := b.page("a/index.html")
	a.text(".course summary", "Step 1 of 1: Another way", "Step 1 of 3: After a setback")
	a.attr(".course .now", "aria-current", "step", "step")
	a.attr(".turn a", "href", "/b/")

	c := b.page("c/index.html")
	c.text(".course summary", "Step 3 of 3: After a setback")
	c.attr(".course ol a", "href", "/a/", "/b/", "https://example.org/x", "/a/", "/c/")
	c.attr(".course ul a", "aria-current", "(none)", "(none)", "page")
	c.attr(".turn a", "href", "/b/")
	// A step that begins elsewhere is shown where the journey names it.
	b.page("b/index.html").attr(".turn a", "href", "/a/", "/j/#step-3")

	home := b.page("index.html")
	home.text(".section h2", "Start here", "New and updated")
	var start []string
	for _, n := range home.all(".cards h3") {
		start = append(start, textOf(n))
	}
	if want := []string{"Another way", "After a setback"}; !slices.Equal(start, want) {
		t.Errorf("the home page offers %q, want %q", start, want)
	}
}

// TestPrintAddress holds a page that somebody wrote against the one that a
// guide makes.
func TestPrintAddress(t *testing.T) {
	files := map[string]string{"content/g/print.md": "---\ntitle: Mine\n" + known + "---\nText.\n"}
	for name, text := range aGuide {
		files[name] = text
	}
	b := real(t, Options{Title: "S", Language: "en-GB", PageSize: 9}, files)
	if len(b.diags) != 1 || b.diags[0].Rule != "address-clash" || b.diags[0].File != "content/g/print.md" {
		t.Errorf("problems: %v", b.diags)
	}
}

func TestFitIn(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"<p>a & b < c", "<p>a & b < c"},
		{`<h2 id=a class=x>A</h2><h6>B</h6>`, `<h3 id="p1-a" class="x">A</h3><h6>B</h6>`},
		{`<H2>A</H2>`, `<h3>A</h3>`},
		{`<a href=#a>x</a><a href="#">y</a><a href=#top>z</a><a href=/b#a>w</a>`, `<a href="#p1-a">x</a><a href="#p1">y</a><a href="#p1">z</a><a href=/b#a>w</a>`},
		{`<input id=i><label for=i>x</label><p aria-labelledby="i j">`, `<input id="p1-i"><label for="p1-i">x</label><p aria-labelledby="p1-i p1-j">`},
		{`<button popovertarget=t>x</button><details open id=t>`, `<button popovertarget="p1-t">x</button><details open id="p1-t">`},
		{`<svg viewBox="0 0 1 1"><use xlink:href="#g"/><path fill="url(#g)"/></svg>`, `<svg viewBox="0 0 1 1"><use xlink:href="#p1-g" /><path fill="url(#p1-g)" /></svg>`},
		{`<script>if (a<b) "<h2>"</script><!-- <h2> -->`, `<script>if (a<b) "<h2>"</script><!-- <h2> -->`},
		{`<p id="&quot;x">`, `<p id="p1-&#34;x">`},
		{`<h2`, `<h2`},
	} {
		if got := string(fitIn(template.HTML(c.in), "p1", 1)); got != c.want {
			t.Errorf("fitIn(%s)\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}
