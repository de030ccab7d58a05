package layout

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// blocks are the elements at whose edges white space is not shown.
var blocks = strings.Fields(`html head body title meta link script style template header footer main nav section article aside
	div p ul ol li dl dt dd h1 h2 h3 h4 h5 h6 figure figcaption blockquote pre table thead tbody tr th td form fieldset legend
	details summary hr noscript option select optgroup`)

// shown returns a page as a browser understands it: elements with their
// attributes in order, and text with white space as it is shown. Two pages that
// differ in nothing but white space that is not shown are the same.
func shown(t *testing.T, page []byte) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	space, atEdge := false, true
	edge := func() { space, atEdge = false, true }
	var visit func(n *html.Node, raw bool)
	visit = func(n *html.Node, raw bool) {
		switch n.Type {
		case html.TextNode:
			if raw {
				b.WriteString(strings.TrimSpace(n.Data))
				return
			}
			for _, c := range n.Data {
				if strings.ContainsRune(" \t\r\n\f", c) {
					space = !atEdge
					continue
				}
				if space {
					b.WriteByte(' ')
				}
				space, atEdge = false, false
				b.WriteRune(c)
			}
			return
		case html.DoctypeNode:
			b.WriteString("<!" + strings.ToLower(n.Data) + ">")
			return
		case html.ElementNode:
			isBlock := slices.Contains(blocks, n.Data)
			if isBlock {
				edge()
			} else if space && (n.Data == "img" || n.Data == "svg" || n.Data == "button" || n.Data == "input") {
				b.WriteByte(' ')
				space = false
			}
			if n.Data == "img" || n.Data == "svg" || n.Data == "input" {
				atEdge = false
			}
			var attrs []string
			for _, a := range n.Attr {
				switch a.Key {
				case "class":
					a.Val = strings.Join(strings.Fields(a.Val), " ")
				case "d": // of an SVG path: the SVG minifier's own business
					continue
				case "content":
					a.Val = strings.ReplaceAll(a.Val, ", ", ",")
				}
				if a.Val != "" || a.Key != "class" && a.Key != "id" {
					attrs = append(attrs, a.Key+"="+strings.TrimSpace(a.Val))
				}
			}
			slices.Sort(attrs)
			b.WriteString("\n<" + n.Data + " " + strings.Join(attrs, " ") + ">")
			if n.Data == "textarea" || n.Data == "pre" {
				for c := range n.ChildNodes() {
					if c.Type == html.TextNode {
						b.WriteString(c.Data)
					} else {
						visit(c, raw)
					}
				}
			} else {
				for c := range n.ChildNodes() {
					visit(c, raw || n.Data == "script" || n.Data == "style")
				}
			}
			if isBlock {
				edge()
			}
			b.WriteString("</" + n.Data + ">")
			return
		}
		for c := range n.ChildNodes() {
			visit(c, raw)
		}
	}
	visit(doc, false)
	return b.String()
}
