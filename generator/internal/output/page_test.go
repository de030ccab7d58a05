package output

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

func unix(day string) int64 {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, day); err == nil {
			return t.Unix()
		}
	}
	panic(day)
}

// guidance is a small site that has one of everything.
func guidance(t testing.TB) *fake {
	f := newFake(t)
	f.o.Navigation = []string{"/topics/", "/cv/template/", "/nowhere/"}
	f.sizes["interviews/chairs.png"] = [2]int{800, 380}
	f.files["content/form.pdf"] = "%PDF"
	f.add("", "Careers guidance", func(n *site.Entry, p *content.Page) {
		n.Description = "Start here."
		p.Body.HTML = []byte("<p>Welcome</p>")
	})
	f.add("topics/interviews", "Interviews", func(n *site.Entry, p *content.Page) {
		p.Body.HTML = []byte("<p>About interviews</p>")
	})
	panels := f.topic("panels", "Panels")
	panels.Parent = "interviews"
	f.topics[0].Children = []string{"panels"}
	f.add("cv/template", "A template for your CV", func(n *site.Entry, p *content.Page) {
		n.Description, n.Topics = "One page.", []string{"interviews"}
		n.Published = on("2026-01-02")
		n.Aliases = []content.Value{{Text: "/old/cv/", Place: content.Place{Line: 4, Col: 5, EndCol: 13}}}
	})
	f.add("interviews/feedback", "Ask for feedback", in("interviews"), func(n *site.Entry, p *content.Page) {
		n.Published = on("2026-03-01")
	})
	f.add("interviews/after", "After a bad interview", func(n *site.Entry, p *content.Page) {
		n.Description = "A bad hour is not a bad career."
		n.Topics = []string{"interviews"}
		n.Published, n.Updated, n.Reviewed = on("2025-12-24"), on("2026-10-12"), on("2026-10-01")
		n.ReviewDue = "2027-04-01"
		n.Changes = []content.Change{{Date: on("2026-01-01"), Note: "Older"}, {Date: on("2026-10-12"), Note: "Newer", Major: true}}
		n.Owner, n.Authors, n.Words = "Careers team", []string{"A. Writer"}, 401
		n.Image = content.Image{Src: content.Value{Text: "chairs.png"}, Alt: "Two chairs", Credit: "B. Photographer", CreditURL: "https://example.org/b", Caption: "A room"}
		n.Refs = []content.Ref{
			{Ref: markdown.Ref{Kind: markdown.RefLink, Target: "../cv/template.md#layout", Text: "template"}, Scheme: content.SchemePage, Key: "/cv/template/", Fragment: "layout"},
			{Ref: markdown.Ref{Kind: markdown.RefWiki, Target: "Ask for feedback"}, Scheme: content.SchemePage, Key: "/interviews/feedback/"},
			{Ref: markdown.Ref{Kind: markdown.RefLink, Target: "https://example.com/?a=1&b=2"}, Scheme: content.SchemeExternal, Key: "https://example.com/?a=1&b=2"},
			{Ref: markdown.Ref{Kind: markdown.RefImage, Target: "chairs.png"}, Scheme: content.SchemeFile, Key: "/interviews/chairs.png"},
			{Ref: markdown.Ref{Kind: markdown.RefLink, Target: "#market"}, Scheme: content.SchemePage, Key: "/interviews/after/", Fragment: "market"},
			{Ref: markdown.Ref{Kind: markdown.RefLink, Target: "missing.md"}, Scheme: content.SchemeNone, Key: ""},
			{Scheme: content.SchemeFile, Key: "/interviews/chairs.png", Use: content.UseImage},
			{Scheme: content.SchemePage, Key: "/interviews/feedback/", Use: content.UseAction},
			{Ref: markdown.Ref{Target: "https://example.org/study?x=1&y=2"}, Scheme: content.SchemeExternal, Key: "https://example.org/study?x=1&y=2", Use: content.UseSource},
			{Ref: markdown.Ref{Target: "../cv/template.md"}, Scheme: content.SchemePage, Key: "/cv/template/", Use: content.UseSource},
		}
		n.Headings = []markdown.Heading{
			{Level: 3, ID: "first", HTML: "First"},
			{Level: 2, ID: "market", HTML: "The <em>market</em>"},
			{Level: 3, ID: "fierce", HTML: "Fierce"},
			{Level: 4, ID: "deep", HTML: "Deep"},
			{Level: 2, ID: "choice", HTML: "Choice"},
		}
		body(p,
			`<p>See the <a href="`, hole(markdown.HoleAddress, 0), `"`, hole(markdown.HoleRel, 0), `>template</a>, `,
			`<a href="`, hole(markdown.HoleAddress, 1), `">`, hole(markdown.HoleTitle, 1), `</a>, `,
			`<a href="`, hole(markdown.HoleAddress, 2), `"`, hole(markdown.HoleRel, 2), `>elsewhere</a>, `,
			`<a href="`, hole(markdown.HoleAddress, 4), `">here</a>, <a href="`, hole(markdown.HoleAddress, 5), `">gone</a></p>`,
			`<img src="`, hole(markdown.HoleAddress, 3), `" alt=""`, hole(markdown.HoleImage, 3), `>`,
		)
		p.Action = &content.Link{Text: "Ask now"}
		p.Sources = []content.Link{
			{Text: "A study", URL: content.Value{Text: "https://example.org/study?x=1&y=2"}},
			{Text: "Ours", URL: content.Value{Text: "../cv/template.md"}},
			{Text: "A book"},
			{Text: "Trap", URL: content.Value{Text: "javascript:alert(1)"}}, // refused and told when it was read
		}
		n.Aliases = []content.Value{{Text: "/after.html"}, {Text: "/vorstellungsgespr%C3%A4ch"}}
	})
	f.add("old", "An old rule", func(n *site.Entry, p *content.Page) {
		n.State = site.Withdrawn
		n.Published = on("2020-01-01")
		n.Withdrawn = content.Withdrawal{Date: on("2026-02-03"), Reason: "The law changed."}
		n.Refs = []content.Ref{{Scheme: content.SchemePage, Key: "/cv/template/", Use: content.UseReplacement}}
	})
	f.add("winter", "Winter hours", func(n *site.Entry, p *content.Page) {
		n.State, n.Expires = site.Expired, on("2026-03-01")
	})
	return f
}

type holeAt struct {
	kind markdown.HoleKind
	ref  int
}

func hole(kind markdown.HoleKind, ref int) holeAt { return holeAt{kind, ref} }

// body makes a body of text and holes.
func body(p *content.Page, parts ...any) {
	for _, x := range parts {
		switch x := x.(type) {
		case string:
			p.Body.HTML = append(p.Body.HTML, x...)
		case holeAt:
			p.Body.Holes = append(p.Body.Holes, markdown.Hole{Offset: len(p.Body.HTML), Kind: x.kind, Ref: x.ref})
		}
	}
}

func TestArticle(t *testing.T) {
	b := guidance(t).build(t).clean()
	d := b.page("interviews/after/index.html")
	d.attr("html", "lang", "en-GB")
	d.attr("body", "data-kind", "article")
	d.text("h1", "After a bad interview")
	d.text("#lede", "A bad hour is not a bad career.")
	d.attr("#crumbs a", "href", "/", "/topics/interviews/")
	d.text("#crumbs a", "Home", "Interviews")
	d.text("nav a[href=/topics/]", "Topics")
	d.text("nav a[href=/cv/template/]", "A template for your CV")
	d.attr("article a", "href", "/cv/template/#layout", "/interviews/feedback/", "https://example.com/?a=1&b=2", "#market", "#")
	d.attr("article a", "rel", "(none)", "(none)", "external", "(none)", "(none)")
	d.text("article a[href=/interviews/feedback/]", "Ask for feedback")
	d.attr("article img", "src", "/interviews/chairs.png")
	d.attr("article img", "width", "800")
	d.attr("figure img", "height", "380")
	d.attr("figcaption a", "href", "https://example.org/b")
	d.text("#contents div.h2 div.h3", "Fierce")
	d.text("#contents div.h3", "First", "Fierce")
	d.text("#contents em", "market")
	d.none("#contents .h4")
	d.attr("#action", "href", "/interviews/feedback/")
	d.text("#dates time", "24 December 2025", "12 October 2026", "1 October 2026", "1 April 2027")
	d.text("#minutes", "3")
	d.text("#changes li", "12 October 2026: Newer", "1 January 2026: Older")
	d.attr("#topics a", "href", "/topics/interviews/")
	d.text("#related a", "A template for your CV", "Ask for feedback")
	d.text("#related b", "Interviews", "Interviews")
	d.attr("#sources a", "href", "https://example.org/study?x=1&y=2", "/cv/template/")
	d.text("#sources li", "A study", "Ours", "A book", "Trap")
	d.attr("#edit", "href", "https://example.org/edit/content/interviews/after.md")
	d.attr("#share .whatsapp a", "href", "https://wa.me/?text=After%20a%20bad%20interview%20https%3A%2F%2Fguidance.example.org%2Finterviews%2Fafter%2F")
	d.attr("#share .email a", "href", "mailto:?subject=After%20a%20bad%20interview&body=A%20bad%20hour%20is%20not%20a%20bad%20career.%0D%0A%0D%0Ahttps%3A%2F%2Fguidance.example.org%2Finterviews%2Fafter%2F")
	d.attr("#share .facebook a", "href", "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fguidance.example.org%2Finterviews%2Fafter%2F")
	d.none("#share .copy a")
	b.page("cv/template/index.html").text("#backlinks a", "After a bad interview", "An old rule")
}

func TestHead(t *testing.T) {
	b := guidance(t).build(t)
	d := b.page("interviews/after/index.html")
	d.text("head title", "After a bad interview – Careers guidance")
	d.attr("head meta[name=description]", "content", "A bad hour is not a bad career.")
	d.attr("head link[rel=canonical]", "href", "https://guidance.example.org/interviews/after/")
	d.none("head meta[name=robots]")
	d.attr("head link[rel=stylesheet]", "href", "/assets/tokens.DDDDDDDDDD.css", "/assets/site.AAAAAAAAAA.css")
	d.attr("head link[rel=stylesheet]", "integrity", "sha384-tokens", "sha384-css")
	d.attr("head script[src]", "src", "/assets/site.BBBBBBBBBB.js")
	d.attr("head script[src]", "type", "module")
	d.attr("head script[src]", "integrity", "sha384-js")
	d.attr("head link[rel=icon]", "href", "/assets/favicon.CCCCCCCCCC.svg")
	d.attr("head link[type=application/atom+xml]", "href", "/feed.xml")
	d.attr("head link[type=application/feed+json]", "href", "/feed.json")
	for name, want := range map[string]string{
		"og:title": "After a bad interview", "og:type": "article", "og:locale": "en_GB",
		"og:url": "https://guidance.example.org/interviews/after/", "og:site_name": "Careers guidance",
		"og:description": "A bad hour is not a bad career.",
		"og:image":       "https://guidance.example.org/interviews/chairs.png", "og:image:width": "800", "og:image:alt": "Two chairs",
		"article:published_time": "2025-12-24", "article:modified_time": "2026-10-12",
	} {
		d.attr("head meta[property="+name+"]", "content", want)
	}
	d.attr("head meta[name=twitter:card]", "content", "summary_large_image")
	b.page("cv/template/index.html").attr("head meta[name=twitter:card]", "content", "summary")
	b.page("index.html").text("head title", "Careers guidance")
	topic := b.page("topics/interviews/index.html")
	topic.attr("head link[type=application/atom+xml]", "href", "/feed.xml", "/topics/interviews/feed.xml")
	lost := b.page("404.html")
	lost.attr("head meta[name=robots]", "content", "noindex")
	lost.none("head link[rel=canonical]")
	lost.none("head script[type=application/ld+json]")
}

// graph returns the JSON-LD of a page by type. Each type may be there once.
func (d doc) graph() map[string]map[string]any {
	d.t.Helper()
	scripts := d.all("script[type=application/ld+json]")
	if len(scripts) != 1 {
		d.t.Fatalf("%s: %d JSON-LD scripts, want 1", d.path, len(scripts))
	}
	var g struct {
		Context string           `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	if err := json.Unmarshal([]byte(textOf(scripts[0])), &g); err != nil {
		d.t.Fatalf("%s: %v", d.path, err)
	}
	if g.Context != "https://schema.org" {
		d.t.Errorf("%s: @context is %q", d.path, g.Context)
	}
	byType := map[string]map[string]any{}
	for _, x := range g.Graph {
		name := x["@type"].(string)
		if byType[name] != nil {
			d.t.Errorf("%s: two of %s", d.path, name)
		}
		byType[name] = x
	}
	return byType
}

// at follows keys and indexes into JSON.
func at(x any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := x.(map[string]any)
			x = m[p]
		case int:
			l, _ := x.([]any)
			if p >= len(l) {
				return nil
			}
			x = l[p]
		}
	}
	return x
}

func TestLinkedData(t *testing.T) {
	b := guidance(t).build(t)
	type want struct {
		path  []any
		value any
	}
	check := func(page, kind string, wants ...want) {
		t.Helper()
		g := b.page(page).graph()
		if g[kind] == nil {
			t.Errorf("%s: no %s", page, kind)
			return
		}
		for _, w := range wants {
			if got := at(g[kind], w.path...); fmt.Sprint(got) != fmt.Sprint(w.value) {
				t.Errorf("%s: %s%v is %v, want %v", page, kind, w.path, got, w.value)
			}
		}
	}
	of := func(value any, path ...any) want { return want{path, value} }
	const page, url = "interviews/after/index.html", "https://guidance.example.org/interviews/after/"
	check(page, "Article",
		of("After a bad interview", "headline"), of("A bad hour is not a bad career.", "description"),
		of("2025-12-24", "datePublished"), of("2026-10-12", "dateModified"),
		of("Person", "author", 0, "@type"), of("A. Writer", "author", 0, "name"),
		of("Organization", "publisher", "@type"), of("Example Org", "publisher", "name"),
		of("https://guidance.example.org/logo.png", "publisher", "logo", "url"),
		of("https://guidance.example.org/interviews/chairs.png", "image", 0, "url"),
		of(url, "mainEntityOfPage", "@id"), of("en-GB", "inLanguage"))
	check(page, "WebPage", of(url, "@id"), of("2026-10-01", "lastReviewed"), of(url+"#breadcrumb", "breadcrumb", "@id"))
	check(page, "BreadcrumbList",
		of(1, "itemListElement", 0, "position"), of("Home", "itemListElement", 0, "name"), of("https://guidance.example.org/", "itemListElement", 0, "item"),
		of("https://guidance.example.org/topics/interviews/", "itemListElement", 1, "item"),
		of(3, "itemListElement", 2, "position"), of(url, "itemListElement", 2, "item"))
	check("index.html", "WebSite", of("Careers guidance", "name"), of("https://guidance.example.org/", "url"), of("Example Org", "publisher", "name"))
	check("index.html", "Organization", of("Example Org", "name"), of("help@example.org", "contactPoint", "email"), of("https://example.org", "url"))
	check("interviews/feedback/index.html", "Article", of("2026-03-01", "dateModified"), of("Example Org", "author", 0, "name"))
	check("topics/interviews/index.html", "CollectionPage", of("Interviews", "name"))
	if g := b.page("index.html").graph(); g["Article"] != nil || g["BreadcrumbList"] != nil {
		t.Errorf("the home page is an article or has a way to it: %v", g)
	}
}

func TestWithoutBase(t *testing.T) {
	f := guidance(t)
	f.o.BaseURL = ""
	b := f.build(t)
	for _, path := range []string{"feed.xml", "feed.json", "sitemap.xml", "topics/interviews/feed.xml"} {
		if _, ok := b.files[path]; ok {
			t.Errorf("%s is published without a base_url", path)
		}
	}
	d := b.page("interviews/after/index.html")
	d.none("link[rel=canonical]")
	d.none("link[rel=alternate]")
	d.none("meta[property=og:url]")
	d.none("meta[property=og:image]")
	d.none("#share a")
	d.attr("#share li", "class", "copy")
	g := d.graph()
	if g["BreadcrumbList"] != nil {
		t.Error("breadcrumbs without addresses")
	}
	for _, key := range []string{"@id", "url", "image", "mainEntityOfPage"} {
		if v, ok := g["Article"][key]; ok {
			t.Errorf("Article has %s %v without a base_url", key, v)
		}
	}
	if strings.Contains(string(b.files["robots.txt"]), "Sitemap") {
		t.Error("robots.txt names a sitemap that there is none of")
	}
	if s := string(b.files["articles.json"]); !strings.Contains(s, `"url":"/interviews/after/"`) {
		t.Errorf("articles.json has other addresses: %s", s)
	}
}

// A site below the root of its host has the host's path before each address.
func TestBelowRoot(t *testing.T) {
	f := guidance(t)
	f.o.BaseURL = "https://example.org/guidance"
	b := f.build(t)
	d := b.page("interviews/after/index.html")
	d.attr("link[rel=stylesheet]", "href", "/guidance/assets/tokens.DDDDDDDDDD.css", "/guidance/assets/site.AAAAAAAAAA.css")
	d.attr("link[rel=canonical]", "href", "https://example.org/guidance/interviews/after/")
	d.attr("#home", "href", "/guidance/")
	d.attr("article img", "src", "/guidance/interviews/chairs.png")
	if got := string(b.files["_redirects"]); !strings.Contains(got, "/guidance/old/cv/ /guidance/cv/template/ 301\n") {
		t.Errorf("_redirects is %q", got)
	}
}

func TestRelative(t *testing.T) {
	f := guidance(t)
	f.o.Relative = true
	b := f.build(t)
	d := b.page("interviews/after/index.html")
	d.attr("article a", "href", "../../cv/template/index.html#layout", "../../interviews/feedback/index.html", "https://example.com/?a=1&b=2", "#market", "#")
	d.attr("article img", "src", "../../interviews/chairs.png")
	d.attr("link[rel=stylesheet]", "href", "../../assets/tokens.DDDDDDDDDD.css", "../../assets/site.AAAAAAAAAA.css")
	d.attr("link[rel=stylesheet]", "integrity", "(none)", "(none)")
	d.attr("#home", "href", "../../index.html")
	b.page("index.html").attr("#newest a[href=interviews/after/index.html]", "href", "interviews/after/index.html")
	r := b.page("old/cv/index.html")
	r.attr("#target", "href", "../../cv/template/index.html")
	r.attr("meta[http-equiv=refresh]", "content", "0; url=../../cv/template/index.html")
	b.page("404.html").attr("#home", "href", "https://guidance.example.org/")

	// Every link of every page leads to a file of the site.
	for path := range b.files {
		if !strings.HasSuffix(path, ".html") || path == "404.html" {
			continue
		}
		d := b.page(path)
		for _, n := range append(d.all("[href]"), d.all("[src]")...) {
			url, ok := attrOf(n, "href")
			if !ok {
				url, _ = attrOf(n, "src")
			}
			if strings.Contains(url, ":") || strings.HasPrefix(url, "#") {
				continue
			}
			if strings.HasPrefix(url, "/") || strings.HasSuffix(url, "/") {
				t.Errorf("%s: %q is not relative to a file", path, url)
			}
			url, _, _ = strings.Cut(url, "#")
			at := join(path, url)
			if _, ok := b.files[at]; !ok && at != "interviews/chairs.png" {
				t.Errorf("%s: %q leads to %q, which is no file", path, url, at)
			}
		}
	}
}

func join(page, url string) string {
	parts := strings.Split(page, "/")
	parts = parts[:len(parts)-1]
	for p := range strings.SplitSeq(url, "/") {
		if p == ".." {
			parts = parts[:len(parts)-1]
		} else {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "/")
}

func TestOutOfDate(t *testing.T) {
	b := guidance(t).build(t)
	d := b.page("old/index.html")
	d.text("#notice.withdrawn time", "3 February 2026")
	d.text("#notice p", "The law changed.")
	d.attr("#notice a", "href", "/cv/template/")
	d.text("#notice a", "A template for your CV")
	d.attr("meta[name=robots]", "content", "noindex")
	d = b.page("winter/index.html")
	d.text("#notice.expired time", "1 March 2026")
	d.attr("meta[name=robots]", "content", "noindex")
	for _, path := range []string{"feed.xml", "feed.json", "sitemap.xml", "a-z/index.html"} {
		for _, id := range []string{"/old/", "/winter/"} {
			if s := string(b.files[path]); strings.Contains(s, id+`"`) || strings.Contains(s, id+"<") {
				t.Errorf("%s holds %s", path, id)
			}
		}
	}
}

func TestLists(t *testing.T) {
	b := guidance(t).build(t)
	home := b.page("index.html")
	home.attr("body", "data-kind", "home")
	home.text("#lede", "Start here.")
	home.text("article", "Welcome")
	home.text("#newest a", "After a bad interview", "Ask for feedback", "A template for your CV")
	home.text("#newest time", "12 October 2026", "1 March 2026", "2 January 2026")
	home.attr("#listed a", "href", "/topics/interviews/", "/topics/panels/")

	d := b.page("topics/interviews/index.html")
	d.text("article", "About interviews")
	d.text("#cards a", "A template for your CV", "Ask for feedback")
	d.attr("#listed a", "href", "/topics/panels/")
	d.attr("#pager .page", "href", "/topics/interviews/", "/topics/interviews/page/2/")
	d.attr("#pager .page", "aria-current", "page", "(none)")
	d.attr("#pager .next", "href", "/topics/interviews/page/2/")
	d.none("#pager .previous")
	d = b.page("topics/interviews/page/2/index.html")
	d.text("title", "Interviews (2/2) – Careers guidance")
	d.text("h1", "Interviews")
	d.text("article", "")
	d.text("#cards a", "After a bad interview")
	d.attr("#pager .previous", "href", "/topics/interviews/")
	d.none("#pager .next")
	d.attr("link[rel=canonical]", "href", "https://guidance.example.org/topics/interviews/page/2/")
	d = b.page("topics/panels/index.html") // a word: nobody wrote a page for it
	d.text("h1", "Panels")
	d.attr("#crumbs a", "href", "/", "/topics/")
	d.none("#pager")

	d = b.page("a-z/index.html")
	d.attr("#letters a", "href", "#a")
	d.text("#a li", "A template for your CV", "After a bad interview", "Ask for feedback")
	if _, ok := b.files["a-z/a/index.html"]; ok {
		t.Error("a small site has pages for letters")
	}
}

// A page at the address of a list opens it.
func TestIntroducedLists(t *testing.T) {
	f := guidance(t)
	text := func(n *site.Entry, p *content.Page) { p.Body.HTML = []byte("<p>Introduced</p>") }
	f.add("topics", "Subjects", func(n *site.Entry, p *content.Page) { n.Kind = content.Article }, text)
	f.add("a-z", "Index", text)
	b := f.build(t)
	d := b.page("topics/index.html")
	d.text("h1", "Subjects")
	d.text("article", "Introduced")
	d.attr("#listed a[href=/topics/interviews/]", "href", "/topics/interviews/")
	b.page("a-z/index.html").text("h1", "Index")
	b.page("index.html").none("nav a[href=/nowhere/]")
}

func TestLetters(t *testing.T) {
	f := newFake(t)
	for i := range 700 {
		f.add(content.ID(fmt.Sprintf("s%04d", i)), fmt.Sprintf("Same %04d", i))
	}
	for i := range 300 {
		f.add(content.ID(fmt.Sprintf("e%04d", i)), fmt.Sprintf("élan %04d", i))
	}
	for i, title := range []string{"10 tips", "“Yes”, and then", "Эхо", "?!", "面接", "強み", "ßeta"} {
		f.add(content.ID(fmt.Sprintf("o%d", i)), title)
	}
	b := f.build(t).clean()
	d := b.page("a-z/index.html")
	d.text("#letters a", "0–9 1", "E 300", "S 701", "Y 1", "Э 1", "漢 2", "# 1")
	d.attr("#letters a", "href", "/a-z/0-9/", "/a-z/e/", "/a-z/s/", "/a-z/y/", "/a-z/%D1%8D/", "/a-z/%E6%BC%A2/", "/a-z/other/")
	d.none("section")
	d = b.page("a-z/s/index.html")
	if n := len(d.all("section li")); n != 500 {
		t.Errorf("the first page of a letter has %d articles, want 500", n)
	}
	d.attr("#pager a", "href", "/a-z/s/", "/a-z/s/page/2/")
	d.attr("#crumbs a", "href", "/", "/a-z/")
	d.text("h1", "A to Z: S")
	if n := len(b.page("a-z/s/page/2/index.html").all("section li")); n != 201 {
		t.Errorf("the second page of a letter has %d articles, want 201", n)
	}
	b.page("a-z/э/index.html").text("section li", "Эхо")
}

func TestRedirectPages(t *testing.T) {
	b := guidance(t).build(t)
	for path, to := range map[string]string{
		"old/cv/index.html":               "/cv/template/",
		"after.html":                      "/interviews/after/",
		"vorstellungsgespräch/index.html": "/interviews/after/",
	} {
		d := b.page(path)
		d.attr("meta[http-equiv=refresh]", "content", "0; url="+to)
		d.attr("link[rel=canonical]", "href", "https://guidance.example.org"+to)
		d.attr("meta[name=robots]", "content", "noindex")
		d.attr("#target", "href", to)
		// The script before all else, the refresh only where no script runs.
		d.attr("script", "src", "/assets/pages/redirect.FFFFFFFFFF.js")
		d.attr("script", "integrity", "sha384-on")
		d.attr("script", "data-to", to)
		d.attr("noscript meta", "http-equiv", "refresh")
		if n := len(b.files[path]); n > 1200 {
			t.Errorf("%s has %d bytes", path, n)
		}
	}
	f := guidance(t)
	delete(f.assets, "pages/redirect.js")
	d := f.build(t).page("old/cv/index.html")
	d.none("script, noscript")
	d.attr("meta[http-equiv=refresh]", "content", "0; url=/cv/template/")
}

func TestLayouts(t *testing.T) {
	f := newFake(t)
	f.add("a", "A", func(n *site.Entry, p *content.Page) { p.Layout = "wide" })
	f.add("b", "B", func(n *site.Entry, p *content.Page) { p.Layout = "wide.html" })
	f.add("c", "C", func(n *site.Entry, p *content.Page) {
		p.Layout, p.LayoutAt = "artikle", diag.Pos{File: n.File, Line: 3, Col: 10}
		f.files[n.File] = "---\ntitle: C\nlayout:  artikle\n---\n"
	})
	f.add("d", "D", func(n *site.Entry, p *content.Page) { p.Layout, n.Owner = "unsafe", "tel:1" })
	b := f.build(t)
	b.page("a/index.html").text(".wide h1", "A")
	b.page("b/index.html").text(".wide h1", "B")
	b.page("c/index.html").text("h1", "C")
	var got []string
	for _, d := range b.diags {
		got = append(got, d.String()+" "+d.Hint)
	}
	want := []string{
		`content/c.md:3:10: error: there is no layout "artikle" [unknown-layout] did you mean article?`,
		`layouts/unsafe.html: error: the layout puts a value where it is not safe: the page "/d/" holds ZgotmplZ in its stead [layout] print it as text, or in a plain attribute such as title`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What a Maker remembers spares no look, and changes no byte.
func TestLooks(t *testing.T) {
	for _, relative := range []bool{false, true} {
		f := guidance(t)
		f.o.Relative = relative
		f.add("a-z", "Index")
		jobs, _ := f.plan("content/form.pdf")
		warm := NewMaker(f.o)
		for range 2 {
			for _, j := range jobs {
				var cold, shared looks
				want, err := NewMaker(f.o).Make(context.Background(), j, f.env(&cold))
				if err != nil {
					t.Fatal(err)
				}
				got, err := warm.Make(context.Background(), j, f.env(&shared))
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(cold.names, shared.names) {
					t.Errorf("%s looks at\n%q, and after other jobs at\n%q", j.Path, cold.names, shared.names)
				}
				if string(got) != string(want) {
					t.Errorf("%s differs after other jobs", j.Path)
				}
			}
		}
	}
}

func TestConcurrent(t *testing.T) {
	f := guidance(t)
	jobs, _ := f.plan()
	var many []Job
	for range 20 {
		many = append(many, jobs...)
	}
	one := runAll(t, f, NewMaker(f.o), many, 1)
	eight := runAll(t, f, NewMaker(f.o), many, 8)
	for i := range many {
		if string(one[i]) != string(eight[i]) {
			t.Errorf("%s depends on the number of workers", many[i].Path)
		}
	}
}

// Two pages that show the same card are given the same one.
func TestCardsShared(t *testing.T) {
	f := guidance(t)
	m := NewMaker(f.o)
	e := f.env(&looks{})
	n := f.entries["cv/template"]
	a := m.card(e, m.placeOf("interviews/after/index.html"), n)
	if b := m.card(e, m.placeOf("index.html"), n); a != b {
		t.Error("rooted addresses: two pages have different cards")
	}
	f.o.Relative = true
	m = NewMaker(f.o)
	a = m.card(e, m.placeOf("interviews/after/index.html"), n)
	if b := m.card(e, m.placeOf("cv/other/index.html"), n); a != b {
		t.Error("relative addresses: two pages of one depth have different cards")
	}
	if b := m.card(e, m.placeOf("index.html"), n); a == b {
		t.Error("relative addresses: pages of different depth share a card")
	}
}

func TestCancelled(t *testing.T) {
	f := guidance(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewMaker(f.o).Make(ctx, Job{Path: "index.html", Kind: JobHome}, f.env(&looks{})); err == nil {
		t.Error("a job is made after its context is done")
	}
}

// A plan of another site is an error, never a panic.
func TestStale(t *testing.T) {
	f := guidance(t)
	m := NewMaker(f.o)
	for _, j := range []Job{
		{Path: "x/index.html", Kind: JobPage, ID: "x"},
		{Path: "topics/x/index.html", Kind: JobTopic, ID: "topics/x", Arg: "x", Page: 1},
		{Path: "a-z/q/index.html", Kind: JobAZ, ID: "a-z", Arg: "q", Page: 1},
		{Path: "x/index.html", Kind: JobRedirect, ID: "x", Arg: "/x/"},
		{Path: "assets/x.css", Kind: JobAsset, Arg: "x.css"},
		{Path: "x", Kind: 0},
	} {
		if _, err := m.Make(context.Background(), j, f.env(&looks{})); err == nil {
			t.Errorf("%+v is made", j)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ language, iso, want string }{
		{"en-GB", "2026-10-12", "12 October 2026"},
		{"en-US", "2026-10-02", "October 2, 2026"},
		{"de", "2026-03-01", "1. März 2026"},
		{"fr-CA", "2026-03-01", "1er mars 2026"},
		{"es", "2026-12-31", "31 de diciembre de 2026"},
		{"cy", "2026-08-09", "9 Awst 2026"},
		{"tlh", "2026-08-09", "2026-08-09"},
		{"en", "2026-08-09T23:30:00+02:00", "9 August 2026"},
		{"en", "", ""},
		{"en", "2026-13-09", "2026-13-09"},
	} {
		if got := dateText(c.language, c.iso); got != c.want {
			t.Errorf("%s in %s is %q, want %q", c.iso, c.language, got, c.want)
		}
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{"en-GB": "ltr", "ar": "rtl", "he-IL": "rtl", "az-Arab": "rtl", "ur-Latn": "ltr", "": "ltr", "fa-IR": "rtl", "pa-arab-PK": "rtl"} {
		if got := direction(tag); got != want {
			t.Errorf("%q is %s, want %s", tag, got, want)
		}
	}
	for tag, want := range map[string]string{"en-GB": "en_GB", "zh-Hant-tw": "zh_TW", "en": "", "de-x-ab": ""} {
		if got := locale(tag); got != want {
			t.Errorf("locale of %q is %q, want %q", tag, got, want)
		}
	}
}
