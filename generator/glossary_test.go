package generator

import (
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// TestGlossaryPages builds a site with the default theme and looks at what a
// browser is given of terms and facts.
func TestGlossaryPages(t *testing.T) {
	h := &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(1)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	h.write("content/site.yaml", "title: S\nbase_url: https://example.org\n")
	h.write("content/facts.yaml", "week: <b> & \"1 week\"\n")
	h.write("content/glossary.yaml", "- {term: ATS & co, also: [ATS], definition: \"Takes [[fact:week]], see [a](/a/) and [[term:CV]].\", see: [CV]}\n- {term: CV, definition: A page., source: https://example.org/cv}\n")
	h.write("content/a.md", "---\ntitle: \"In [[fact:week]]\"\ndescription: D.\n---\nAn ATS, an ATS and a CV. [A CV](/b/) `CV`\n\n> ATS\n\n## CV\n\n| ATS | x |\n| --- | --- |\n| CV | ATS |\n")
	h.write("content/b.md", "---\ntitle: B\ndescription: D.\nglossary: off\n---\nA CV, and [[term:ats|the software]].\n\n## After [[fact:week]]\n\nText.\n\n## More\n\nText.\n")
	b := h.builder(Options{Defaults: os.DirFS("..")})
	defer b.Close()
	if r := h.build(b); !r.Published || len(r.Diags) > 0 {
		t.Fatal(r.Diags)
	}
	page := func(name string) *html.Node {
		f, err := os.Open(filepath.Join(h.dir, "public", name, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		doc, err := html.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	attr := func(n *html.Node, key string) string {
		i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
		if i < 0 {
			return ""
		}
		return n.Attr[i].Val
	}
	has := func(n *html.Node, key string) bool {
		return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	}
	all := func(doc *html.Node, keep func(*html.Node) bool) (list []*html.Node) {
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode && keep(n) {
				list = append(list, n)
			}
		}
		return list
	}
	text := func(n *html.Node) string {
		var b strings.Builder
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data)
			}
		}
		return b.String()
	}
	tag := func(name string) func(*html.Node) bool {
		return func(n *html.Node) bool { return n.Data == name }
	}
	class := func(name string) func(*html.Node) bool {
		return func(n *html.Node) bool { return slices.Contains(strings.Fields(attr(n, "class")), name) }
	}

	used := func(n *html.Node) bool { // a term in the text, not in a definition
		for p := n.Parent; p != nil; p = p.Parent {
			if class("definition")(p) {
				return false
			}
		}
		return class("term")(n)
	}

	a := page("a")
	var links []string
	for _, n := range all(a, used) {
		links = append(links, text(n)+" "+attr(n, "href"))
		for p := n.Parent; p != nil; p = p.Parent {
			if slices.Contains([]string{"a", "h1", "h2", "th", "blockquote", "code"}, p.Data) {
				t.Errorf("%q is a link within %s", text(n), p.Data)
			}
		}
	}
	if got, want := strings.Join(links, ", "), "ATS /glossary/#ats-and-co, CV /glossary/#cv"; got != want {
		t.Errorf("terms %q, want %q", got, want)
	}
	ids := map[string]*html.Node{}
	for _, n := range all(a, func(n *html.Node) bool { return has(n, "id") }) {
		if ids[attr(n, "id")] != nil {
			t.Errorf("the id %q is there twice", attr(n, "id"))
		}
		ids[attr(n, "id")] = n
	}
	buttons := all(a, class("define"))
	for _, n := range buttons {
		d := ids[attr(n, "popovertarget")]
		if d == nil || !has(d, "popover") || attr(d, "role") != "dialog" || attr(n, "aria-label") != "Meaning of "+attr(d, "aria-label") || n.PrevSibling.Data != "a" {
			t.Errorf("the button %v opens %v", n.Attr, d)
			continue
		}
		if len(all(d, func(n *html.Node) bool { return n.Data == "button" && attr(n, "popovertargetaction") == "hide" })) != 1 {
			t.Error("a definition that cannot be closed")
		}
	}
	if len(buttons) != 2 || len(all(a, func(n *html.Node) bool { return has(n, "style") || has(n, "onclick") })) > 0 {
		t.Errorf("%d buttons", len(buttons))
	}
	if d := ids["term:ats-and-co"]; d == nil || !strings.Contains(text(d), `Takes <b> & "1 week", see a and CV.`) || len(all(d, class("define"))) > 0 {
		t.Errorf("the definition is not right")
	}
	if h1 := all(a, tag("h1")); len(h1) != 1 || text(h1[0]) != `In <b> & "1 week"` {
		t.Error("the title is without its fact")
	}

	p := page("b")
	if l := all(p, used); len(l) != 1 || text(l[0]) != "the software" || len(all(p, class("define"))) != 1 {
		t.Errorf("glossary: off leaves %d terms", len(l))
	}
	if h2 := all(p, func(n *html.Node) bool { return attr(n, "id") == "after-week" }); len(h2) != 1 || text(h2[0]) != `After <b> & "1 week"` {
		t.Error("a heading is without its fact")
	}
	if toc := all(p, func(n *html.Node) bool { return attr(n, "href") == "#after-week" }); len(toc) == 0 || text(toc[0]) != `After <b> & "1 week"` {
		t.Error("the contents list is without its fact")
	}

	g := page("glossary")
	terms := all(g, class("glossary-term"))
	if len(terms) != 2 || attr(terms[0], "id") != "ats-and-co" || attr(terms[1], "id") != "cv" || len(all(g, class("define"))) > 0 {
		t.Fatalf("the glossary has %d terms", len(terms))
	}
	if s := strings.Join(strings.Fields(text(terms[0])), " "); !strings.Contains(s, "also ATS") || !strings.Contains(s, "See also") || !strings.Contains(s, "Used in") || !strings.Contains(s, `In <b> & "1 week"`) {
		t.Errorf("the glossary says %q", s)
	}
	if l := all(page("."), func(n *html.Node) bool { return n.Data == "a" && attr(n, "href") == "/glossary/" }); len(l) == 0 {
		t.Error("nothing leads to the glossary")
	}
}
