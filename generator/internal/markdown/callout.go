package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"guidepost/generator/internal/diag"
)

// calloutWords are what may stand in > [!…].
var calloutWords = [...]string{"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION", "EXAMPLE"}

// calloutNames are what other tools call their callouts, and the nearest of ours.
var calloutNames = map[string]string{
	"INFO": "NOTE", "ABSTRACT": "NOTE", "SUMMARY": "NOTE", "TLDR": "NOTE", "TODO": "NOTE", "QUESTION": "NOTE", "HELP": "NOTE", "FAQ": "NOTE", "SEEALSO": "NOTE",
	"HINT": "TIP", "SUCCESS": "TIP", "CHECK": "TIP", "DONE": "TIP", "ADVICE": "TIP",
	"ATTENTION": "WARNING", "ALERT": "WARNING", "WARN": "WARNING",
	"DANGER": "CAUTION", "ERROR": "CAUTION", "BUG": "CAUTION", "FAILURE": "CAUTION", "FAIL": "CAUTION", "MISSING": "CAUTION",
}

// A callout is what a blockquote that begins with [!…] is. Text on that line
// is its title, as in Obsidian, Quartz and Hugo. Rejected: no callout at all,
// as GitHub has it, since nobody means a quotation by it.
type callout struct {
	kind  int            // index in calloutWords
	title *ast.Paragraph // the quotation's first child, or nil
}

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
	if !isLetter(word[0]) {
		return
	}
	for i := range len(word) {
		if c := word[i]; !isLetter(c) && (c < '0' || c > '9') && c != '-' && c != '_' {
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
		hint := "write one of " + strings.Join(calloutWords[:], ", ")
		if near, ok := calloutNames[strings.ToUpper(word)]; ok {
			hint = diag.DidYouMean([]string{near}, "")
		} else {
			hint = diag.DidYouMean(diag.Nearest(word, calloutWords[:], 2), hint)
		}
		p.warnf(first.Start, first.Start+end+1, "unknown-callout", hint, "no callout is called %q, so this is shown as a quotation", word)
		return
	}
	if end+1 < len(line) && (line[end+1] == '-' || line[end+1] == '+') {
		end++ // Obsidian's mark that it is folded; ours are open
	}
	c := callout{kind: kind}
	defer func() { p.callouts[quote] = c }()
	title := bytes.TrimSpace(line[end+1:])
	more := n.Lines().Len() > 1
	switch {
	case len(title) == 0 && more:
		n.Lines().SetSliced(1, n.Lines().Len())
		return
	case len(title) == 0:
		quote.RemoveChild(quote, n)
		return
	}
	first.Start += end + 1
	first = first.TrimLeftSpace(reader.Source())
	if !more {
		c.title = n
		n.Lines().Set(0, first)
		return
	}
	c.title = ast.NewParagraph()
	c.title.SetPos(first.Start)
	next := n.Lines().At(1)
	next = next.TrimLeftSpace(reader.Source())
	if r, _ := utf8.DecodeRune(next.Value(reader.Source())); unicode.IsLower(r) && !bytes.ContainsRune([]byte(".!?:"), rune(title[len(title)-1])) {
		p.warnf(first.Start, first.Start+len(title), "callout-title", "put the text on lines of its own, below > [!"+strings.ToUpper(word)+"]",
			"%q is the title of this callout, but seems to be the beginning of its text", clip(title))
	}
	c.title.Lines().Append(first.TrimRightSpace(reader.Source()))
	quote.InsertBefore(quote, n, c.title)
	n.Lines().SetSliced(1, n.Lines().Len())
}

// callout renders a quotation that is one. Its label always names the kind:
// colour alone must not. A title that nothing follows is the text.
func (p *page) callout(n *ast.Blockquote, c callout, attrs []attribute) {
	p.html("<div")
	p.writeAttributes(attrs, "callout callout-"+strings.ToLower(calloutWords[c.kind]))
	p.html(` role="note"><p class="callout-label">`)
	p.escape(p.engine.labels.callouts[c.kind])
	if c.title != nil && c.title.Parent() == n && c.title.NextSibling() != nil {
		p.html(": ")
		p.inlines(c.title)
		p.endBlock()
		n.RemoveChild(n, c.title)
	}
	p.html("</p>")
	p.children(n)
	p.html("</div>")
}
