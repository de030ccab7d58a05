package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"guidepost/generator/internal/diag"
)

// calloutWords are what may stand in > [!…].
var calloutWords = [...]string{"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION", "EXAMPLE"}

// A callout is what a blockquote that begins with [!…] is: an index in
// calloutWords.
type callout int

// calloutTransformer takes [!NOTE] off the first paragraph of a quotation. It
// runs before links are looked for, so the brackets are nobody else's.
type calloutTransformer struct{}

func (calloutTransformer) Transform(n *ast.Paragraph, reader text.Reader, pc parser.Context) {
	quote, ok := n.Parent().(*ast.Blockquote)
	if !ok || quote.FirstChild() != ast.Node(n) || n.Lines().Len() == 0 {
		return
	}
	first := n.Lines().At(0)
	first = first.TrimLeftSpace(reader.Source())
	line := first.Value(reader.Source())
	if len(line) < 4 || line[0] != '[' || line[1] != '!' {
		return
	}
	end := bytes.IndexByte(line, ']')
	if end < 3 {
		return
	}
	word := string(line[2:end])
	for i := range len(word) {
		if !isLetter(word[i]) {
			return
		}
	}
	if end+1 < len(line) && (line[end+1] == '(' || line[end+1] == '[' || line[end+1] == ':') {
		return // a link
	}
	p := pageOf(pc)
	kind := -1
	for i, w := range calloutWords {
		if strings.EqualFold(w, word) {
			kind = i
		}
	}
	if kind < 0 {
		p.warnf(first.Start, first.Start+end+1, "unknown-callout",
			diag.DidYouMean(diag.Nearest(word, calloutWords[:], 1), "write one of "+strings.Join(calloutWords[:], ", ")),
			"no callout is called %q, so this is shown as a quotation", word)
		return
	}
	p.callouts[quote] = callout(kind)
	// What follows on the line is the callout's first text.
	rest := bytes.TrimSpace(line[end+1:])
	if len(rest) > 0 {
		first.Start += end + 1
		first = first.TrimLeftSpace(reader.Source())
		n.Lines().Set(0, first)
		return
	}
	if n.Lines().Len() == 1 {
		quote.RemoveChild(quote, n)
		return
	}
	n.Lines().SetSliced(1, n.Lines().Len())
}

// callout renders a quotation that is one.
func (p *page) callout(n *ast.Blockquote, c callout, attrs []attribute) {
	p.html("<div")
	p.writeAttributes(attrs, "callout callout-"+strings.ToLower(calloutWords[c]))
	p.html(` role="note"><p class="callout-label">`)
	p.escape(p.engine.labels.callouts[c])
	p.html("</p>")
	p.children(n)
	p.html("</div>")
}
