package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A footnote is the definition of one, and where it stands.
type footnote struct {
	node *east.Footnote
	at   int
}

// footnoteParser remembers where footnotes are defined, so that one that
// nothing refers to is told: its text would be lost.
type footnoteParser struct{ parser.BlockParser }

func (f footnoteParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	_, segment := reader.PeekLine()
	n, state := f.BlockParser.Open(parent, reader, pc)
	if note, ok := n.(*east.Footnote); ok {
		p := pageOf(pc)
		p.notes = append(p.notes, footnote{note, segment.Start + max(pc.BlockOffset(), 0)})
	}
	return n, state
}

// unused tells footnotes that nothing refers to, and those that are defined
// twice: only the first is ever referred to.
func (p *page) unusedNotes() {
	for _, f := range p.notes {
		if f.node.Index >= 0 {
			continue
		}
		label := string(f.node.Ref)
		end := f.at + len(label) + 3
		hint := "write [^" + label + "] where it belongs, or delete it"
		for _, g := range p.notes {
			if g.at < f.at && bytes.Equal(g.node.Ref, f.node.Ref) {
				hint = "another footnote has this name; give it one of its own"
				break
			}
		}
		p.warnf(f.at, end, "unused-footnote", hint, "nothing refers to the footnote [^%s], so it is left out", label)
	}
}

func noteID(b []byte, prefix string, ref, index int) []byte {
	b = append(b, prefix...)
	if ref > 0 {
		b = strconv.AppendInt(b, int64(ref), 10)
	}
	b = append(b, ':')
	return strconv.AppendInt(b, int64(index), 10)
}

func (p *page) footnoteLink(n *east.FootnoteLink) {
	if p.contents {
		return
	}
	id := string(noteID(nil, "fnref", n.RefIndex, n.Index))
	p.allIDs = append(p.allIDs, id)
	p.html(`<sup class="footnote-ref" id="`)
	p.html(id)
	p.html(`">`)
	if p.linkDepth == 0 {
		p.html(`<a href="#`)
		p.out = noteID(p.out, "fn", 0, n.Index)
		p.html(`" role="doc-noteref">`)
	}
	p.out = strconv.AppendInt(p.out, int64(n.Index), 10)
	if p.linkDepth == 0 {
		p.html("</a>")
	}
	p.html("</sup>")
}

func (p *page) footnoteBacklink(n *east.FootnoteBacklink) {
	p.html(` <a class="footnote-back" href="#`)
	p.out = noteID(p.out, "fnref", n.RefIndex, n.Index)
	p.html(`" role="doc-backlink" aria-label="`)
	p.attr(p.engine.labels.back)
	p.html(" ")
	p.out = strconv.AppendInt(p.out, int64(n.Index), 10)
	if n.RefIndex > 0 {
		p.html(", ")
		p.out = strconv.AppendInt(p.out, int64(n.RefIndex)+1, 10)
	}
	p.html("\">\u21a9\ufe0e</a>")
}

func (p *page) footnotes(n *east.FootnoteList) {
	p.html(`<section class="footnotes" role="doc-endnotes" aria-label="`)
	p.attr(p.engine.labels.footnotes)
	p.html(`"><ol>`)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		f, ok := c.(*east.Footnote)
		if !ok {
			continue
		}
		id := string(noteID(nil, "fn", 0, f.Index))
		p.allIDs = append(p.allIDs, id)
		p.html(`<li id="`)
		p.html(id)
		p.html(`">`)
		p.children(f)
		p.html("</li>")
	}
	p.html("</ol></section>")
}
