package output

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

const (
	intranet   = "https://intranet.example.org"
	sharepoint = "https://*.sharepoint.com"
)

// lending is guidance, whose pages are lent but for one.
func lending(t testing.TB) *fake {
	f := guidance(t)
	f.o.EmbedOrigins, f.o.LinkTarget = []string{intranet, sharepoint}, "top"
	f.add("own", "For ourselves", func(n *site.Entry, p *content.Page) { n.Embed = content.No })
	f.assets["lent/frame.js"] = &asset.File{Path: "assets/lent/frame.GGGGGGGGGG.js", Bytes: []byte("3"), Integrity: "sha384-frame"}
	f.assets["lent/frame.css"] = &asset.File{Path: "assets/lent/frame.HHHHHHHHHH.css", Bytes: []byte("x{}"), Integrity: "sha384-look"}
	f.assets["lent/embed.js"] = &asset.File{Path: "assets/lent/embed.IIIIIIIIII.js", Bytes: []byte("5"), Integrity: "sha384-embed"}
	return f
}

func TestLentPlan(t *testing.T) {
	forms := func(b *built) (all []string) {
		for _, p := range b.paths() {
			for _, name := range []string{"/embed/index.html", "/card/index.html", "/oembed.json", "/index.json", "/body.html", "embed.js", "schemas/", "assets/lent/"} {
				if strings.Contains(p, name) {
					all = append(all, p)
					break
				}
			}
		}
		return all
	}
	f := lending(t)
	b := f.build(t).clean()
	var want []string
	for _, id := range []string{"cv/template", "interviews/after", "interviews/feedback", "old", "winter"} {
		want = append(want, LentFiles(content.ID(id))...)
	}
	want = append(want, "embed.js", "schemas/page.json", "assets/lent/embed.IIIIIIIIII.js", "assets/lent/frame.GGGGGGGGGG.js", "assets/lent/frame.HHHHHHHHHH.css")
	slices.Sort(want)
	if got := forms(b); !slices.Equal(got, want) {
		t.Errorf("lent are\n%q, want\n%q", got, want)
	}
	if string(b.files["embed.js"]) != "5" {
		t.Errorf("embed.js is %q", b.files["embed.js"])
	}
	if s := string(b.files["sitemap.xml"]); strings.Contains(s, "/embed/") || strings.Contains(s, "/card/") {
		t.Error("the sitemap has forms of lent pages")
	}
	// Found by who is given the page's address.
	b.page("interviews/after/index.html").attr("link[type=application/json+oembed]", "href", "https://guidance.example.org/interviews/after/oembed.json")
	for _, page := range []string{"own/index.html", "index.html", "topics/interviews/index.html"} {
		b.page(page).none("link[type=application/json+oembed]")
	}

	for name, change := range map[string]func(*Options){
		"no origins": func(o *Options) { o.EmbedOrigins = nil },
		"no address": func(o *Options) { o.BaseURL = "" },
	} {
		f := lending(t)
		change(&f.o)
		b := f.build(t)
		if got := forms(b); len(got) > 0 {
			t.Errorf("%s: lent are %q", name, got)
		}
		b.page("interviews/after/index.html").none("link[type=application/json+oembed]")
		if s := string(b.files["_headers"]); strings.Contains(s, intranet) || strings.Contains(s, "Access-Control") {
			t.Errorf("%s: _headers is %s", name, s)
		}
	}
}

// A page that lies where a form of another one is to be is told of.
func TestLentClash(t *testing.T) {
	f := lending(t)
	f.add("cv/template/embed", "Embedding")
	_, diags := f.plan()
	if len(diags) != 1 || diags[0].Rule != "address-clash" || diags[0].Pos.File != "content/cv/template/embed.md" {
		t.Errorf("told is %v", diags)
	}
}

func TestEmbedPage(t *testing.T) {
	b := lending(t).build(t).clean()
	d := b.page("interviews/after/embed/index.html")
	d.text("h1", "After a bad interview")
	d.text("#owner", "Careers team")
	d.text("main time", "2026-10-01")
	d.attr("#full", "href", "https://guidance.example.org/interviews/after/")
	d.attr("link[rel=canonical]", "href", "https://guidance.example.org/interviews/after/")
	d.attr("meta[name=robots]", "content", "noindex,follow")
	d.attr("meta[name=guidepost-origins]", "content", intranet+" "+sharepoint)
	d.attr("link[rel=stylesheet]", "href", "/assets/tokens.DDDDDDDDDD.css", "/assets/site.AAAAAAAAAA.css", "/assets/lent/frame.HHHHHHHHHH.css")
	d.attr("script", "src", "/assets/lent/frame.GGGGGGGGGG.js")
	// A frame in a sandbox is of no origin: neither would load.
	d.none("[integrity]")
	d.none("script[type=module]")
	d.none("link[rel=alternate]")
	d.none("base")
	// Links lead out of the frame, but for those within the page.
	for _, a := range d.all("a") {
		href, _ := attrOf(a, "href")
		got, _ := attrOf(a, "target")
		if want := map[bool]string{true: "", false: "_top"}[strings.HasPrefix(href, "#")]; got != want {
			t.Errorf("the link to %s has the target %q, want %q", href, got, want)
		}
	}
	d.attr("#text a", "href", "/cv/template/#layout", "/interviews/feedback/", "https://example.com/?a=1&b=2", "#market", "#")

	c := b.page("interviews/after/card/index.html")
	c.attr("h1 a", "href", "https://guidance.example.org/interviews/after/")
	c.attr("h1 a", "target", "_top")
	c.attr("meta[name=robots]", "content", "noindex,follow")
	c.attr("link[rel=canonical]", "href", "https://guidance.example.org/interviews/after/")

	// What is out of date says so there, too.
	b.page("winter/embed/index.html").text("#notice", "expired")
	b.page("old/embed/index.html").text("#notice", "withdrawn")
}

func TestLinkTarget(t *testing.T) {
	for target, want := range map[string][]string{
		"top":   {"/cv/template/#layout _top", "/interviews/feedback/ _top", "https://example.com/?a=1&b=2 _top", "#market (none)", "# (none)"},
		"blank": {"/cv/template/#layout _blank", "/interviews/feedback/ _blank", "https://example.com/?a=1&b=2 _blank", "#market (none)", "# (none)"},
		// Other pages refuse to be shown in a frame.
		"self": {"/cv/template/embed/#layout (none)", "/interviews/feedback/ _top", "https://example.com/?a=1&b=2 _top", "#market (none)", "# (none)"},
	} {
		f := lending(t)
		f.o.LinkTarget = target
		f.entries["interviews/feedback"].Embed = content.No
		var got []string
		for _, a := range f.only(t, "interviews/after/embed/index.html").page("interviews/after/embed/index.html").all("#text a") {
			href, _ := attrOf(a, "href")
			to, ok := attrOf(a, "target")
			if !ok {
				to = "(none)"
			}
			got = append(got, href+" "+to)
		}
		if !slices.Equal(got, want) {
			t.Errorf("link_target %s: links are %q, want %q", target, got, want)
		}
	}
}

func TestRetarget(t *testing.T) {
	for in, want := range map[string]string{
		`<p>x</p>`:                         `<p>x</p>`,
		`<a href="/x/">x</a>`:              `<a target="_blank" rel="noopener" href="/x/">x</a>`,
		`<a rel="external" href=/x/>x</a>`: `<a target="_blank" rel="external" href=/x/>x</a>`,
		`<a href="#x">x</a>`:               `<a href="#x">x</a>`,
		`<a title="a > b" href='#x'>x</a>`: `<a title="a > b" href='#x'>x</a>`,
		`<a id="x">x</a>`:                  `<a id="x">x</a>`,
		`<a data-href="/y" href="#x">`:     `<a data-href="/y" href="#x">`,
		`<a href="/x`:                      `<a href="/x`,
		`<a `:                              `<a `,
		`<abbr href="/x">`:                 `<abbr href="/x">`,
	} {
		got := retarget([]byte(in), func(href string) string {
			if href == "" || href[0] == '#' {
				return ""
			}
			return "_blank"
		})
		if string(got) != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

// Where addresses are relative, those of forms are too, and those of fragments whole.
func TestLentRelative(t *testing.T) {
	f := lending(t)
	f.o.Relative = true
	b := f.build(t).clean()
	d := b.page("interviews/after/embed/index.html")
	d.attr("#text a", "href", "../../../cv/template/index.html#layout", "../../../interviews/feedback/index.html", "https://example.com/?a=1&b=2", "#market", "#")
	d.attr("script", "src", "../../../assets/lent/frame.GGGGGGGGGG.js")
	if s := string(b.files["interviews/after/body.html"]); !strings.Contains(s, `"https://guidance.example.org/cv/template/#layout"`) {
		t.Errorf("the fragment is %s", s)
	}
}

func TestFragment(t *testing.T) {
	b := lending(t).build(t).clean()
	d := b.page("interviews/after/body.html")
	id := fragmentID("interviews/after")
	d.attr("article.guidepost", "id", id)
	d.attr("article.guidepost", "lang", "en-GB")
	d.none("h1")
	d.attr("#"+id+"-text a", "href", "https://guidance.example.org/cv/template/#layout", "https://guidance.example.org/interviews/feedback/",
		"https://example.com/?a=1&b=2", "#"+id+"-market", "#"+id)
	seen := map[string]bool{}
	for path, src := range b.files {
		if !strings.HasSuffix(path, "/body.html") {
			continue
		}
		b.page(path) // parses
		n, err := html.Parse(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		for c := range n.Descendants() {
			for _, name := range []string{"id", "href", "src"} {
				v, ok := attrOf(c, name)
				switch {
				case !ok:
				case name == "id" && (seen[v] || !strings.HasPrefix(v, "gp")):
					t.Errorf("%s: the id %q is there twice, or without a prefix", path, v)
				case name == "id":
					seen[v] = true
				case !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "#gp"):
					t.Errorf("%s: the address %q is not whole", path, v)
				}
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only the ids %v were found", seen)
	}
}

func TestOEmbed(t *testing.T) {
	b := lending(t).build(t).clean()
	var o map[string]any
	if err := json.Unmarshal(b.files["interviews/after/oembed.json"], &o); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"type": "rich", "version": "1.0", "title": "After a bad interview", "author_name": "A. Writer", "provider_name": "Example Org",
		"provider_url": "https://guidance.example.org/", "cache_age": 3600.0, "width": 600.0,
		"thumbnail_url": "https://guidance.example.org/interviews/chairs.png", "thumbnail_width": 800.0, "thumbnail_height": 380.0,
	} {
		if o[name] != want {
			t.Errorf("%s is %v, want %v", name, o[name], want)
		}
	}
	if h := o["height"].(float64); h < 320 || h > oEmbedMostHigh {
		t.Errorf("the height is %v", h)
	}
	n, err := html.Parse(strings.NewReader(o["html"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	d := doc{t, "html", n}
	d.attr("blockquote a", "href", "https://guidance.example.org/interviews/after/")
	d.attr("iframe", "src", "https://guidance.example.org/interviews/after/embed/")
	d.attr("iframe", "title", "After a bad interview")
	d.attr("iframe", "loading", "lazy")
	d.attr("iframe", "height", fmt.Sprint(o["height"]))
	// What WordPress matches, once it has taken attributes of the quotation away.
	if !regexp.MustCompile(`(?s)^<blockquote>.*?</blockquote>.*<iframe.*?></iframe>`).MatchString(o["html"].(string)) {
		t.Errorf("html is %s", o["html"])
	}

	// A thumbnail without a size is none.
	json.Unmarshal(b.files["cv/template/oembed.json"], &o)
	f := lending(t)
	f.sizes = nil
	clear(o)
	json.Unmarshal(f.only(t, "interviews/after/oembed.json").files["interviews/after/oembed.json"], &o)
	if _, ok := o["thumbnail_url"]; ok {
		t.Error("there is a thumbnail without a size")
	}
}

// A validator checks values against a schema: the keywords that pageSchema
// uses, and fails with others.
type validator struct{ root map[string]any }

func (v validator) check(at string, schema map[string]any, value any) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, at+" "+fmt.Sprintf(format, args...)) }
	for key, rule := range schema {
		switch key {
		case "$schema", "title", "description", "properties", "items", "$defs", "format":
			// format is told and not checked; the others are below, or say nothing.
		case "$ref":
			var to any = v.root
			for part := range strings.SplitSeq(strings.TrimPrefix(rule.(string), "#/"), "/") {
				to = to.(map[string]any)[part]
			}
			wrong = append(wrong, v.check(at, to.(map[string]any), value)...)
		case "type":
			kinds, ok := rule.([]any)
			if !ok {
				kinds = []any{rule}
			}
			kind := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Map: "object", reflect.Slice: "array", reflect.Invalid: "null", reflect.Float64: "number"}[reflect.ValueOf(value).Kind()]
			if n, ok := value.(float64); ok && n == math.Trunc(n) {
				kind = "integer"
			}
			if !slices.Contains(kinds, any(kind)) {
				bad("is of type %s, want %v", kind, kinds)
			}
		case "enum":
			if !slices.Contains(rule.([]any), value) {
				bad("is %v, want one of %v", value, rule)
			}
		case "const":
			if value != rule {
				bad("is %v, want %v", value, rule)
			}
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(s) {
				bad("is %q, which does not match %s", s, rule)
			}
		case "minimum", "maximum":
			n, ok := value.(float64)
			if ok && (key == "minimum" && n < rule.(float64) || key == "maximum" && n > rule.(float64)) {
				bad("is %v, beyond the %s of %v", n, key, rule)
			}
		case "required":
			o, ok := value.(map[string]any)
			for _, name := range rule.([]any) {
				if _, has := o[name.(string)]; ok && !has {
					bad("has no %s", name)
				}
			}
		case "additionalProperties":
			for name, sub := range value.(map[string]any) {
				wrong = append(wrong, v.check(at+"."+name, rule.(map[string]any), sub)...)
			}
		default:
			bad("the schema uses %s, which this test does not know", key)
		}
	}
	if o, ok := value.(map[string]any); ok {
		if props, ok := schema["properties"].(map[string]any); ok {
			for name, sub := range o {
				rule, known := props[name].(map[string]any)
				if !known {
					bad("has %s, which the schema does not describe", name)
					continue
				}
				wrong = append(wrong, v.check(at+"."+name, rule, sub)...)
			}
		}
	}
	if list, ok := value.([]any); ok {
		for i, sub := range list {
			wrong = append(wrong, v.check(fmt.Sprintf("%s[%d]", at, i), schema["items"].(map[string]any), sub)...)
		}
	}
	return wrong
}

// TestPageSchema holds what is published as data against the schema, and both
// against wrong values.
func TestPageSchema(t *testing.T) {
	b := lending(t).build(t).clean()
	var schema map[string]any
	if err := json.Unmarshal(b.files["schemas/page.json"], &schema); err != nil {
		t.Fatal(err)
	}
	v := validator{schema}
	pages := 0
	for path, src := range b.files {
		if !strings.HasSuffix(path, "/index.json") {
			continue
		}
		pages++
		var page any
		if err := json.Unmarshal(src, &page); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range v.check(path, schema, page) {
			t.Error(wrong)
		}
	}
	if pages != 5 {
		t.Errorf("there are %d pages as data, want 5", pages)
	}

	for name, wrong := range map[string]any{
		"version": 2.0, "state": "gone", "title": nil, "digest": "sha256-x", "headings": []any{map[string]any{"id": "x"}},
		"heights": map[string]any{"320": 0.0}, "links": []any{map[string]any{"url": 1.0, "title": ""}}, "image": "x.png", "more": "x",
		"review": map[string]any{"last": false, "due": nil},
	} {
		var page map[string]any
		json.Unmarshal(b.files["interviews/after/index.json"], &page)
		page[name] = wrong
		if len(v.check("", schema, page)) == 0 {
			t.Errorf("the schema lets %s: %v through", name, wrong)
		}
	}
	for _, name := range schema["required"].([]any) {
		var page map[string]any
		json.Unmarshal(b.files["interviews/after/index.json"], &page)
		delete(page, name.(string))
		if len(v.check("", schema, page)) == 0 {
			t.Errorf("the schema does not miss %s", name)
		}
	}
}

func TestPageJSON(t *testing.T) {
	var p pageData
	b := lending(t).build(t).clean()
	if err := json.Unmarshal(b.files["interviews/after/index.json"], &p); err != nil {
		t.Fatal(err)
	}
	if p.HTML != string(b.files["interviews/after/body.html"]) {
		t.Errorf("html is not the fragment: %s", p.HTML)
	}
	id := fragmentID("interviews/after")
	if want := (headingData{id + "-market", 2, ""}); len(p.Headings) != 5 || p.Headings[1] != want {
		t.Errorf("headings are %v", p.Headings)
	}
	if want := []linkData{
		{URL: "https://guidance.example.org/cv/template/#layout", Title: "A template for your CV"},
		{URL: "https://guidance.example.org/interviews/feedback/", Title: "Ask for feedback"},
		{URL: "https://example.com/?a=1&b=2", External: true},
	}; !slices.Equal(p.Links, want) {
		t.Errorf("links are %v, want %v", p.Links, want)
	}
	if *p.Dates.Updated != "2026-10-12" || *p.Review.Due != "2027-04-01" || p.Changes[0].Note != "Newer" || p.State != "live" || p.Owner != "Careers team" {
		t.Errorf("the page is %+v", p)
	}
	if !strings.HasPrefix(p.Text, "See the template, Ask for feedback, elsewhere, here, gone") {
		t.Errorf("text is %q", p.Text)
	}
	if p.Heights["320"] < 400 || p.Heights["600"] < 400 || p.Heights["900"] > 2000 {
		t.Errorf("heights are %v", p.Heights)
	}
	p = pageData{}
	if json.Unmarshal(b.files["winter/index.json"], &p); p.State != "expired" || p.Image != nil || p.Dates.Published != nil {
		t.Errorf("winter is %+v", p)
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"<p>One <em>two</em>,  three</p><p>Four</p>": "One two, three\nFour",
		"<ul><li>a<li>b</ul>":                        "a\nb",
		"<pre><code>a\n  b</code></pre>x":            "a\n  b\nx",
		"a<br>b":                                     "a\nb",
		"<script>x</script>a &amp; b":                "a & b",
		"<b>a</b> <i>b</i>":                          "a b",
		"":                                           "",
	} {
		if got := plainText([]byte(in)); got != want {
			t.Errorf("the text of %q is %q, want %q", in, got, want)
		}
	}
}

// answer returns the headers that a host sends with path by the rules of
// _headers: joining the values of all that apply, with lines that remove
// (Cloudflare Pages), or taking the last, without (Netlify takes the more
// specific, which here comes last).
func answer(t *testing.T, file, path string, joins bool) map[string]string {
	headers := map[string]string{}
	applies := false
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\n")
		rule, ok := strings.CutPrefix(line, "  ")
		if !ok {
			form := regexp.MustCompile(`:\w+`).ReplaceAllString(regexp.QuoteMeta(line), "[^/]+")
			applies = regexp.MustCompile("^" + strings.ReplaceAll(form, `\*`, ".*") + "$").MatchString(path)
			if strings.Count(line, "*") > 1 {
				t.Errorf("%s has two stars", line)
			}
			continue
		}
		if !applies {
			continue
		}
		if name, ok := strings.CutPrefix(rule, "! "); ok {
			if joins {
				delete(headers, name)
			}
			continue
		}
		name, value, _ := strings.Cut(rule, ": ")
		if old := headers[name]; old != "" && joins {
			value = old + ", " + value
		}
		headers[name] = value
	}
	return headers
}

func TestLentHeaders(t *testing.T) {
	f := lending(t)
	f.add("a/embed", "Embedding", func(n *site.Entry, p *content.Page) { n.Embed = content.No })
	file := string(f.build(t).clean().files["_headers"])
	for _, joins := range []bool{true, false} {
		for path, want := range map[string]struct {
			framed bool
			read   string
		}{
			"/interviews/after/":                  {},
			"/interviews/after/embed/":            {framed: true},
			"/interviews/after/embed/index.html":  {framed: true},
			"/interviews/after/card/":             {framed: true},
			"/winter/embed/":                      {framed: true},
			"/interviews/after/index.json":        {read: intranet},
			"/interviews/after/oembed.json":       {read: intranet},
			"/interviews/after/body.html":         {read: intranet},
			"/articles.json":                      {read: intranet},
			"/embed.js":                           {read: "*"},
			"/schemas/page.json":                  {read: "*"},
			"/assets/lent/embed.IIIIIIIIII.js":    {read: "*"},
			"/assets/site.AAAAAAAAAA.css":         {},
			"/":                                   {},
			"/a/embed/":                           {}, // a page of its own
			"/feed.json":                          {},
			"/interviews/after/embed/further/not": {framed: true}, // nothing is there
		} {
			h := answer(t, file, path, joins)
			frame := " frame-ancestors 'self'"
			if want.framed {
				frame += " " + intranet + " " + sharepoint
			}
			if p := h["Content-Security-Policy"]; !strings.HasSuffix(p, ";"+frame) || strings.Count(p, "frame-ancestors") != 1 {
				t.Errorf("joins %v: %s has the policy %q, want frame-ancestors as %q", joins, path, p, frame)
			}
			if got := h["Access-Control-Allow-Origin"]; got != want.read {
				t.Errorf("joins %v: %s may be read by %q, want %q", joins, path, got, want.read)
			}
			if c := h["Cache-Control"]; strings.Count(c, "max-age") > 1 {
				t.Errorf("joins %v: %s is kept %q", joins, path, c)
			}
		}
	}
	// A pattern cannot be named there.
	f.o.EmbedOrigins = []string{sharepoint}
	if s := string(f.build(t).files["_headers"]); strings.Contains(s, "Access-Control-Allow-Origin: https") || !strings.Contains(s, "'self' "+sharepoint) {
		t.Errorf("_headers is %s", s)
	}
}

// Whatever stands in texts, forms of a page hold no code of its.
func TestLentHostile(t *testing.T) {
	const trap = `"><script>alert(1)</script>&<img src=x onerror=alert(1)>`
	f := lending(t)
	f.add("trap", trap, func(n *site.Entry, p *content.Page) {
		n.Description, n.Owner, n.Authors = trap, trap, []string{trap}
		n.Changes = []content.Change{{Date: on("2026-01-01"), Note: trap}}
		p.Body.HTML = []byte("<p>Fine.</p>")
	})
	b := f.build(t).clean()
	for _, path := range []string{"trap/embed/index.html", "trap/card/index.html", "trap/body.html"} {
		d := b.page(path)
		d.none("img")
		for _, s := range d.all("script") {
			if src, _ := attrOf(s, "src"); src != "/assets/lent/frame.GGGGGGGGGG.js" {
				t.Errorf("%s holds a script", path)
			}
		}
	}
	for _, path := range []string{"trap/index.json", "trap/oembed.json"} {
		if bytes.Contains(b.files[path], []byte("<")) {
			t.Errorf("%s could end a script element", path)
		}
	}
	var o oEmbed
	if err := json.Unmarshal(b.files["trap/oembed.json"], &o); err != nil || o.Title != trap {
		t.Fatalf("%v %+v", err, o)
	}
	n, _ := html.Parse(strings.NewReader(o.HTML))
	d := doc{t, "oembed", n}
	d.none("img")
	d.none("script")
	d.attr("iframe", "title", trap)
}

// A form asks for nothing that it does not show: an edit that it does not show
// leaves it as it is.
func TestLentLooks(t *testing.T) {
	f := lending(t)
	jobs, _ := f.plan()
	for _, j := range jobs {
		var l looks
		if _, err := NewMaker(f.o).Make(context.Background(), j, f.env(&l)); err != nil {
			t.Fatal(err)
		}
		for _, look := range l.names {
			switch j.Kind {
			case JobEmbed, JobCard, JobFragment, JobOEmbed:
				if strings.HasPrefix(look, "site:related") || strings.HasPrefix(look, "site:backlinks") || look == "site:lent" {
					t.Errorf("%s looks at %s", j.Path, look)
				}
			}
		}
	}
}
