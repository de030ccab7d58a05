package output

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

var hostile = []string{
	`</script><script>alert(1)</script>`,
	`</title><img src=x onerror=alert(1)>`,
	`"><svg onload=alert(1)>`,
	`' onmouseover='alert(1)`,
	`]]><x/>`,
	`<!-- --><![CDATA[`,
	`&amp; &lt; &quot; &#60;`,
	"\u202Egnp.exe\u2066",
	"a\x00b\x0bc\ufffe",
	"two\nlines\r\nSet-Cookie: x=1",
	`{{.Site}} <% x %> ${y}`,
	`javascript:alert(1)`,
	"\u2028\u2029",
	`\"; alert(1); //`,
}

// What people write as a title, a name or an address comes out of every file as
// text, and as nothing else.
func TestHostile(t *testing.T) {
	for _, evil := range hostile {
		f := newFake(t)
		f.o.Title, f.o.Description, f.o.PublisherName = "Site "+evil, evil, evil
		f.o.PublisherURL, f.o.ContactURL, f.o.ContactEmail = "javascript:alert(1)", evil, evil
		f.o.Navigation = []string{"/evil/"}
		f.add("topics/t", "Topic "+evil)
		n := f.add("evil", "Title "+evil, func(n *site.Entry, p *content.Page) {
			n.Description, n.Owner, n.Authors, n.Topics = evil, evil, []string{evil}, []string{"t"}
			n.Published, n.Reviewed = on("2026-01-01"), on("2026-01-02")
			n.Image = content.Image{Src: content.Value{Text: "x"}, Alt: evil, Credit: evil, CreditURL: evil, Caption: evil}
			n.Refs = []content.Ref{
				{Ref: markdown.Ref{Kind: markdown.RefWiki, Target: evil}, Scheme: content.SchemePage, Key: "/other/"},
				{Ref: markdown.Ref{Kind: markdown.RefFact, Target: "x"}, Scheme: content.SchemeFact, Key: evil},
				{Scheme: content.SchemeFile, Key: "/x.png", Use: content.UseImage},
			}
			n.Changes = []content.Change{{Date: on("2026-01-01"), Note: evil}}
			body(p, `<a href="`, hole(markdown.HoleAddress, 0), `">`, hole(markdown.HoleTitle, 0), `</a> `, hole(markdown.HoleTitle, 1))
			p.Sources = []content.Link{{Text: evil, URL: content.Value{Text: evil}}}
		})
		alias("/old/", 3)(n, nil)
		f.redirects = append(f.redirects, site.Redirect{From: "/old/", To: "evil"})
		f.add("other", "Other "+evil, func(n *site.Entry, p *content.Page) {
			n.Refs = []content.Ref{{Scheme: content.SchemePage, Key: "/evil/"}}
		})
		b := f.build(t)
		for path, out := range b.files {
			switch {
			case strings.HasSuffix(path, ".html"):
				checkInert(t, path, out)
			case strings.HasSuffix(path, "feed.xml"):
				root := checkAtom(t, out)
				for _, x := range root.named("entry") {
					if got := x.named("title")[0].text; !strings.HasSuffix(got, xmlText(shown(evil))) {
						t.Errorf("%s: an entry's title is %q", path, got)
					}
				}
			case path == "feed.json":
				if got := at(any(checkJSONFeed(t, out)), "items", 0, "title"); got != shown("Title "+evil) {
					t.Errorf("feed.json: a title is %q", got)
				}
			case path == "sitemap.xml":
				checkSitemap(t, out, "urlset", "url")
			case path == "articles.json":
				var x any
				if err := json.Unmarshal(out, &x); err != nil {
					t.Error(err)
				}
				if got := at(x, "articles", 0, "title"); got != "Title "+evil {
					t.Errorf("articles.json: a title is %q", got)
				}
			case path == "_redirects":
				if string(out) != "/old/ /evil/ 301\n" {
					t.Errorf("_redirects is %q", out)
				}
			}
			if bytes.Contains(out, []byte(unsafeWord)) {
				t.Errorf("%s holds %s", path, unsafeWord)
			}
		}
		d := b.page("evil/index.html")
		seen := shown(strings.ReplaceAll(strings.ReplaceAll(evil, "\r\n", "\n"), "\x00", "\ufffd"))
		d.text("h1", "Title "+seen)
		if got := d.graph()["Article"]["headline"]; got != shown("Title "+evil) {
			t.Errorf("the headline is %q", got)
		}
	}
}

// xmlText returns s as it is after it was put into XML and read from it.
func xmlText(s string) string {
	s = strings.NewReplacer("\x00", "\ufffd", "\x0b", "\ufffd", "\ufffe", "\ufffd").Replace(s)
	return s
}

// checkInert fails if a page runs or loads anything but the site's own files.
func checkInert(t *testing.T, path string, src []byte) {
	t.Helper()
	root, err := html.ParseWithOptions(bytes.NewReader(src), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			kind, _ := attrOf(n, "type")
			source, _ := attrOf(n, "src")
			if kind != "application/ld+json" && source != "/assets/site.BBBBBBBBBB.js" && source != "/assets/pages/redirect.FFFFFFFFFF.js" {
				t.Errorf("%s: a script: %s", path, textOf(n))
			}
		case "svg", "iframe", "object", "embed", "base", "style", "x":
			t.Errorf("%s: a %s", path, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: %s=%q", path, a.Key, a.Val)
			}
			if a.Key == "href" || a.Key == "src" {
				if u, err := url.Parse(a.Val); err != nil || u.Scheme != "" && u.Scheme != "https" && u.Scheme != "mailto" {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
		}
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                       "plain",
		"“quoted” – dash":             "“quoted” – dash",
		"a\u202Eb":                    "ab",
		"a\u2067ب\u2069b":             "a\u2067ب\u2069b",
		"a\u2067ب\u202Cb":             "aبb",
		"\u2069x":                     "x",
		"\u202B\u2066x\u2069\u202C y": "\u202B\u2066x\u2069\u202C y",
	} {
		if got := shown(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.org/a?b=c&d=%20": "https://example.org/a?b=c&d=%20",
		"HTTP://example.org":              "HTTP://example.org",
		"mailto:a@example.org":            "mailto:a@example.org",
		"tel:+44123":                      "tel:+44123",
		"/cv/":                            "/cv/",
		"/größe/":                         "/gr%C3%B6%C3%9Fe/",
		"//evil.example":                  "",
		`/\evil.example`:                  "",
		"javascript:alert(1)":             "",
		"JaVaScRiPt:alert(1)":             "",
		" https://example.org ":           "https://example.org",
		"https://exa\tmple.org":           "",
		"java\nscript:alert(1)":           "",
		"data:text/html,x":                "",
		"example.org":                     "",
		"":                                "",
	} {
		if got := safeURL(in); got != want {
			t.Errorf("safeURL(%q) = %q, want %q", in, got, want)
		}
	}
}

// A line of _redirects has three parts whatever the alias, and the first leads
// a browser to the file that the plan has for it.
func FuzzRedirects(f *testing.F) {
	for _, s := range append(hostile, "/old/", "/old page/", "/a%20b/", "/*", "/:name", "/#x", "/a?b", "/größe/", "/../x", "//host/", "/%2e%2e/", "/x.html", "/", "") {
		f.Add(s)
		f.Add("/" + s)
	}
	f.Fuzz(func(t *testing.T, from string) {
		f := newFake(t)
		f.layouts = nil
		f.add("to", "To", alias(from, 3))
		out := Survey(f.view(func(string) {}))
		jobs, diags := Plan(f.o, out, nil, nil)
		path := ""
		for _, j := range jobs {
			if j.Kind == JobRedirect {
				path = j.Path
			}
		}
		if path == "" && len(diags) == 0 {
			t.Fatalf("the alias %q is left out and nobody is told", from)
		}
		got := string(NewMaker(f.o).redirects(f.env(&looks{})))
		if got == "" {
			if path != "" {
				t.Fatalf("%q has the page %q and no line", from, path)
			}
			return
		}
		parts := strings.Split(strings.TrimSuffix(got, "\n"), " ")
		if len(parts) != 3 || parts[1] != "/to/" || parts[2] != "301" || strings.ContainsAny(parts[0], "*:#?\n\t") || !strings.HasPrefix(parts[0], "/") {
			t.Fatalf("%q makes the line %q", from, got)
		}
		decoded, err := url.PathUnescape(parts[0])
		if err != nil || !utf8.ValidString(decoded) {
			t.Fatalf("%q makes the address %q: %v", from, parts[0], err)
		}
		if path != "" && path != decoded[1:] && path != strings.TrimSuffix(decoded[1:], "/")+"/index.html" {
			t.Fatalf("%q leads to %q, the file is %q", from, decoded, path)
		}
	})
}

// No address that somebody writes leaves its attribute, or begins a scheme.
func FuzzHref(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("/a:b/c/")
	f.Add("/?x#y")
	f.Fuzz(func(t *testing.T, s string) {
		m := NewMaker(Options{Relative: true, BaseURL: "https://example.org"})
		for _, path := range []string{"index.html", "a/b/index.html"} {
			got := m.href(m.placeOf(path), safeURL(s))
			u, err := url.Parse(got)
			if err != nil {
				continue // a browser does what it can with it
			}
			switch strings.ToLower(u.Scheme) {
			case "", "http", "https", "mailto", "tel":
			default:
				t.Fatalf("%q becomes %q", s, got)
			}
			if strings.ContainsAny(got, "<>\" \n\\") {
				t.Fatalf("%q becomes %q", s, got)
			}
		}
	})
}
