package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// document renders the whole body.
func (p *page) document(doc ast.Node) {
	p.children(doc)
	p.unusedNotes()
}

// enter counts how deep the renderer is. It reports true, and refuses the
// page, if that is deeper than a browser would follow.
func (p *page) enter(n ast.Node) bool {
	if p.refused {
		return true
	}
	if p.depth >= maxInner {
		p.refuse(max(n.Pos(), 0), 0, "too-deep", "write it plainly", "elements within each other more than %d deep", maxInner)
		return true
	}
	p.depth++
	return false
}

// children renders the blocks in n, each with the attributes of the lines
// next to it.
func (p *page) children(n ast.Node) {
	if p.enter(n) {
		return
	}
	var before []attribute // from a line of attributes right above
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Type() == ast.TypeInline {
			// The way back from a footnote that ends in a list or a table.
			p.inline(c)
			continue
		}
		if line, ok := c.(*attributeLine); ok {
			if _, item := n.(*ast.ListItem); item && ofItem(line) {
				continue
			}
			if line.HasBlankPreviousLines() || c.PreviousSibling() == nil || !takesAttributes(c.PreviousSibling()) {
				next := c.NextSibling()
				if next == nil || !takesAttributes(next) || next.HasBlankPreviousLines() {
					a := line.list[0]
					p.warnf(a.at, line.list[len(line.list)-1].end, "attribute", "put the line right after the block, or right before it",
						"these attributes belong to nothing: there are blank lines on both sides")
					continue
				}
				before = line.list
			}
			continue
		}
		attrs := before
		before = nil
		if next, ok := c.NextSibling().(*attributeLine); ok && !next.HasBlankPreviousLines() && takesAttributes(c) {
			attrs = append(attrs[:len(attrs):len(attrs)], next.list...)
		}
		p.block(c, attrs)
	}
	p.depth--
}

// takesAttributes reports whether a block has an element to put them on.
func takesAttributes(n ast.Node) bool {
	switch n.(type) {
	case *ast.Paragraph, *ast.Heading, *ast.Blockquote, *ast.List, *ast.CodeBlock, *ast.FencedCodeBlock, *ast.ThematicBreak,
		*east.Table, *east.DefinitionList:
		return true
	}
	return false
}

func (p *page) block(n ast.Node, attrs []attribute) {
	switch n := n.(type) {
	case *ast.Heading:
		p.heading(n, attrs)
		return
	case *ast.HTMLBlock:
		p.htmlBlock(n)
		return
	case *ast.LinkReferenceDefinition:
		return
	}
	p.started = true
	switch n := n.(type) {
	case *ast.Paragraph:
		p.paragraph(n, attrs)
	case *ast.TextBlock:
		p.missedHeading(n)
		p.missedTable(n)
		p.inlines(n)
		if _, text := n.NextSibling().(*ast.TextBlock); text {
			p.html("\n")
		}
		p.endBlock()
	case *ast.List:
		p.list(n, attrs)
	case *ast.Blockquote:
		if c, ok := p.callouts[n]; ok {
			p.callout(n, c, attrs)
			return
		}
		p.quiet++
		p.element("blockquote", n, attrs)
		p.quiet--
	case *ast.CodeBlock:
		p.code(n, nil, attrs)
	case *ast.FencedCodeBlock:
		p.code(n, n.Language(p.src), attrs)
	case *ast.ThematicBreak:
		p.html("<hr")
		p.writeAttributes(attrs, "")
		p.html(">")
	case *east.Table:
		p.table(n, attrs)
	case *east.DefinitionList:
		p.element("dl", n, attrs)
	case *east.DefinitionTerm:
		p.html("<dt>")
		p.quiet++
		p.inlines(n)
		p.quiet--
		p.html("</dt>")
		p.endBlock()
	case *east.DefinitionDescription:
		p.element("dd", n, nil)
	case *east.FootnoteList:
		p.footnotes(n)
	default:
		p.children(n)
	}
}

// element renders a block that holds blocks.
func (p *page) element(tag string, n ast.Node, attrs []attribute) {
	p.html("<")
	p.html(tag)
	p.writeAttributes(attrs, "")
	p.html(">")
	p.children(n)
	p.html("</")
	p.html(tag)
	p.html(">")
}

func (p *page) paragraph(n *ast.Paragraph, attrs []attribute) {
	p.missedHeading(n)
	p.missedTable(n)
	if image, link := lone(n); image != nil {
		p.figure(image, link, attrs)
		return
	}
	start, from := len(p.text), len(p.out)
	p.html("<p")
	p.writeAttributes(attrs, "")
	p.html(">")
	inner := len(p.out)
	p.inlines(n)
	if len(bytes.TrimSpace(p.out[inner:])) == 0 {
		p.out = p.out[:from] // all of it was raw HTML
		p.text = p.text[:start]
		return
	}
	p.html("</p>")
	p.endBlock()
	top := p.depth == 1
	if len(p.text) > start && (p.lede == [2]int{} || top && !p.ledeTop) {
		p.lede, p.ledeTop = [2]int{start, len(p.text)}, top
	}
}

func (p *page) list(n *ast.List, attrs []attribute) {
	if p.enter(n) {
		return
	}
	tag := "ul"
	if n.IsOrdered() {
		tag = "ol"
	}
	p.html("<")
	p.html(tag)
	if n.IsOrdered() && n.Start != 1 {
		p.html(` start="`)
		p.out = strconv.AppendInt(p.out, int64(n.Start), 10)
		p.html(`"`)
	}
	p.writeAttributes(attrs, "")
	p.html(">")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p.html("<li")
		class := ""
		if first := c.FirstChild(); first != nil {
			if _, ok := first.FirstChild().(*east.TaskCheckBox); ok {
				class = "task"
			}
			// Attributes in an item of a tight list are the item's.
			var own []attribute
			for b := first; b != nil; b = b.NextSibling() {
				if line, ok := b.(*attributeLine); ok && ofItem(line) {
					own = append(own, line.list...)
				}
			}
			p.writeAttributes(own, class)
		}
		p.html(">")
		p.children(c)
		p.html("</li>")
	}
	p.html("</")
	p.html(tag)
	p.html(">")
	p.depth--
}

// ofItem reports whether a line of attributes in a list item is the item's: it
// stands next to the text of a tight list, which has no element of its own.
func ofItem(line *attributeLine) bool {
	if prev := line.PreviousSibling(); prev != nil {
		_, ok := prev.(*ast.TextBlock)
		return ok
	}
	next := line.NextSibling()
	return next == nil || !takesAttributes(next)
}

// code renders a block of code. It is not part of the plain text.
func (p *page) code(n ast.Node, language []byte, attrs []attribute) {
	p.html("<pre")
	p.writeAttributes(attrs, "")
	p.html("><code")
	if len(language) > 0 {
		p.html(` class="language-`)
		p.attr(string(p.unescape(language, n.Pos())))
		p.html(`"`)
	}
	p.html(">")
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		p.escape(string(s.Value(p.src)))
	}
	p.html("</code></pre>")
}

// inlines renders what is in a paragraph, a heading, a cell.
func (p *page) inlines(n ast.Node) {
	if p.enter(n) {
		return
	}
	if p.explains() {
		p.explained(n)
		p.depth--
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p.inline(c)
	}
	p.depth--
}

func (p *page) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		p.textNode(n)
	case *ast.String:
		p.out = append(p.out, n.Value...)
		p.text = append(p.text, n.Value...)
	case *ast.Emphasis:
		if n.Level == 2 {
			p.wrap("strong", n)
		} else {
			p.wrap("em", n)
		}
	case *east.Strikethrough:
		p.wrap("del", n)
	case *ast.Link:
		p.link(n, nil)
	case *ast.Image:
		p.image(n, false)
	case *ast.AutoLink:
		p.autolink(n)
	case *ast.CodeSpan:
		p.codeSpan(n)
	case *wikilink:
		p.wikilink(n)
	case *ast.RawHTML:
		p.rawHTML(n)
	case *east.FootnoteLink:
		p.footnoteLink(n)
	case *east.FootnoteBacklink:
		p.footnoteBacklink(n)
	case *east.TaskCheckBox:
		label := p.engine.labels.todo
		if n.IsChecked {
			label = p.engine.labels.done
		}
		p.html(`<input type="checkbox" disabled aria-label="`)
		p.attr(label)
		if n.IsChecked {
			p.html(`" checked> `)
		} else {
			p.html(`"> `)
		}
	case *attributeMark:
	default:
		p.inlines(n)
	}
}

func (p *page) wrap(tag string, n ast.Node) {
	p.html("<")
	p.html(tag)
	p.html(">")
	p.inlines(n)
	p.html("</")
	p.html(tag)
	p.html(">")
}

func (p *page) textNode(n *ast.Text) {
	s := n.Segment
	v := s.Value(p.src)
	if n.IsRaw() {
		p.escape(string(v))
		p.text = append(p.text, v...)
	} else {
		p.write(v, s.Start)
	}
	switch {
	case n.HardLineBreak():
		p.html("<br>")
		p.text = append(p.text, ' ')
	case n.SoftLineBreak():
		p.html("\n")
		p.text = append(p.text, ' ')
	}
}

func (p *page) codeSpan(n *ast.CodeSpan) {
	p.html("<code")
	if !p.contents {
		p.writeAttributes(p.attrs[n], "")
	}
	p.html(">")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		if !ok {
			continue
		}
		s := t.Segment
		v := s.Value(p.src)
		if len(v) > 0 && v[len(v)-1] == '\n' {
			v = v[:len(v)-1]
			p.escape(string(v))
			p.html(" ")
			p.text = append(append(p.text, v...), ' ')
			continue
		}
		p.escape(string(v))
		p.text = append(p.text, v...)
	}
	p.html("</code>")
}
