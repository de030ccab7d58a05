package markdown

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A specExample is one of CommonMark's specification.
type specExample struct {
	Markdown string
	HTML     string
	Example  int
}

// spec returns the examples of CommonMark's specification, which lie beside
// goldmark's source.
func spec(t *testing.T) []specExample {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Skip("goldmark's source is not to be found: ", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Skip(err)
	}
	var examples []specExample
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 600 {
		t.Fatalf("%d examples", len(examples))
	}
	return examples
}

// everything returns all Markdown that is at hand: the specification, the
// cases, the example site, and the folder that GUIDEPOST_CORPUS names.
func everything(t *testing.T) [][]byte {
	all := corpus(t)
	for _, e := range spec(t) {
		all = append(all, []byte(e.Markdown))
	}
	for _, dir := range []string{"../../../content", os.Getenv("GUIDEPOST_CORPUS")} {
		if dir == "" {
			continue
		}
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".md") {
				if src, err := os.ReadFile(path); err == nil {
					all = append(all, src)
				}
			}
			return nil
		})
	}
	return all
}

func parseFragment(t testing.TB, src []byte) []*html.Node {
	t.Helper()
	nodes, err := html.ParseFragment(bytes.NewReader(src), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatalf("%v in %.200q", err, src)
	}
	return nodes
}

// outline writes a DOM so that two that mean the same are the same: white
// space out of pre does not count, nor does the order of attributes.
func outline(nodes []*html.Node, edit func(*html.Node) bool) string {
	var b strings.Builder
	var walk func(n *html.Node, pre bool)
	walk = func(n *html.Node, pre bool) {
		switch n.Type {
		case html.TextNode:
			s := n.Data
			if !pre {
				s = strings.Join(strings.Fields(s), "")
			}
			b.WriteString(s)
			return
		case html.ElementNode:
			if edit != nil && !edit(n) {
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					walk(c, pre)
				}
				return
			}
			fmt.Fprintf(&b, "\n<%s", n.Data)
			var attrs []string
			for _, a := range n.Attr {
				attrs = append(attrs, fmt.Sprintf("%s=%q", a.Key, strings.Join(strings.Fields(a.Val), " ")))
			}
			slices.Sort(attrs)
			fmt.Fprintf(&b, " %s>", strings.Join(attrs, " "))
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c, pre || n.DataAtom == atom.Pre || n.DataAtom == atom.Textarea)
			}
			fmt.Fprintf(&b, "\n</%s>", n.Data)
		}
	}
	for _, n := range nodes {
		walk(n, false)
	}
	return b.String()
}

func fillPlainly(b *Body) []byte {
	return b.Fill(nil, func(h Hole) string {
		switch h.Kind {
		case HoleRel:
			return ` rel="external"`
		case HoleImage:
			return ` width="3" height="2"`
		}
		return fmt.Sprintf("HOLE%d-%d", h.Kind, h.Ref)
	})
}

// TestMinifiedMeansTheSame: minifying changes nothing that a browser or a
// reader would see.
func TestMinifiedMeansTheSame(t *testing.T) {
	for _, mode := range []HTMLMode{HTMLOff, HTMLSanitised} {
		e := New(Options{HTML: mode, Linkify: true})
		for _, src := range everything(t) {
			small, ds := e.Parse("a.md", 1, src)
			if ds.Failed() {
				continue
			}
			p := newPage(e)
			p.unminified = true
			large, _ := p.parse("a.md", 1, src)
			got, want := fillPlainly(small), fillPlainly(large)
			if got, want := outline(parseFragment(t, got), nil), outline(parseFragment(t, want), nil); got != want {
				t.Errorf("minifying changes %.300q:\ngot  %s\nwant %s", src, got, want)
			}
			if len(small.Holes) != len(large.Holes) {
				t.Errorf("%d holes are %d after minifying %.300q", len(large.Holes), len(small.Holes), src)
			}
		}
	}
}

// specOurs are the examples of the specification of which this package makes
// something else, and why.
var specOurs = map[int]string{
	156: "a tag that is never closed",
	157: "a tag that is never closed",
	158: "a tag that is never closed",
	170: "the script is minified",
	172: "the style is minified",
	176: "the style is minified",
	548: "[[…]] is a wikilink",
	559: "[[…]] is a wikilink",
	590: "[[…]] is a wikilink",
	596: "the scheme is not allowed",
	598: "the scheme is not allowed",
	599: "the scheme is not allowed",
	601: "the scheme is not allowed",
}

// TestSpec holds what is rendered against CommonMark's examples; what is ours
// is undone first: figures, ids, quotation marks, levels of headings.
func TestSpec(t *testing.T) {
	e := New(Options{HTML: HTMLUnsafe})
	back := strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "--", "—", "---", "…", "...", "«", "<<", "»", ">>")
	edit := func(n *html.Node) bool {
		if n.Data == "h1" {
			n.Data = "h2"
		}
		if n.Data == "figure" {
			n.Data = "p"
		}
		var kept []html.Attribute
		for _, a := range n.Attr {
			switch {
			case n.Data == "h2" || n.Data == "h3" || n.Data == "h4" || n.Data == "h5" || n.Data == "h6":
				continue
			case a.Key == "loading" || a.Key == "decoding" || a.Key == "title" && n.Data == "img":
				continue
			case a.Key == "href" || a.Key == "src":
				a.Val = string(util.URLEscape([]byte(a.Val), false))
			}
			kept = append(kept, a)
		}
		n.Attr = kept
		if n.Data == "figcaption" { // the title
			n.FirstChild = nil
			return false
		}
		return true
	}
	for _, x := range spec(t) {
		if strings.Contains(x.HTML, "<h1></h1>") || strings.Contains(x.HTML, "<h2></h2>") || strings.Contains(x.HTML, "<h3></h3>") {
			continue // empty headings are left out
		}
		body, ds := e.Parse("a.md", 1, []byte("first\n\n"+x.Markdown))
		if ds.Failed() {
			t.Errorf("%d: %v", x.Example, ds)
		}
		got := body.Fill(nil, func(h Hole) string {
			switch h.Kind {
			case HoleAddress:
				return html.EscapeString(body.Refs[h.Ref].Target)
			case HoleTitle:
				return html.EscapeString(body.Refs[h.Ref].Target)
			}
			return ""
		})
		got = bytes.TrimPrefix(got, []byte("<p>first</p>"))
		have := back.Replace(outline(parseFragment(t, got), edit))
		want := back.Replace(outline(parseFragment(t, []byte(strings.TrimSpace(x.HTML))), edit))
		_, ours := specOurs[x.Example]
		if have == want == ours {
			t.Errorf("example %d (ours: %v) of %q:\ngot  %s\nwant %s", x.Example, ours, x.Markdown, have, want)
		}
	}
}
