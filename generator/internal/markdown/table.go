package markdown

import (
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// table renders a table within an element that scrolls: a wide table must
// neither be cut off nor push the page aside, and a keyboard must reach it.
func (p *page) table(n *east.Table, attrs []attribute) {
	p.html(`<div class="table-scroll" tabindex="0" role="group" aria-label="`)
	p.attr(p.engine.labels.table)
	p.html(`"><table`)
	p.writeAttributes(attrs, "")
	p.html(">")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*east.TableHeader)
		if !head {
			p.checkRow(row, len(n.Alignments))
		}
		if head {
			p.html("<thead>")
		} else if !body {
			p.html("<tbody>")
			body = true
		}
		p.html("<tr>")
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			p.cell(c, head)
		}
		p.html("</tr>")
		if head {
			p.html("</thead>")
		}
		p.endBlock()
	}
	if body {
		p.html("</tbody>")
	}
	p.html("</table></div>")
}

// cell renders a cell. Alignment is a class: a style attribute would need
// 'unsafe-inline' in the site's policy. A heading without text heads nothing
// and is an ordinary cell.
func (p *page) cell(n ast.Node, head bool) {
	tag := "td"
	if head && n.HasChildren() {
		tag = "th"
	}
	p.html("<")
	p.html(tag)
	if tag == "th" {
		p.html(` scope="col"`)
	}
	if c, ok := n.(*east.TableCell); ok {
		switch c.Alignment {
		case east.AlignLeft:
			p.html(` class="align-left"`)
		case east.AlignRight:
			p.html(` class="align-right"`)
		case east.AlignCenter:
			p.html(` class="align-center"`)
		}
	}
	p.html(">")
	if n.HasChildren() {
		p.endCell()
		if head {
			p.quiet++ // it is read out with every cell under it
		}
		p.inlines(n)
		if head {
			p.quiet--
		}
	}
	p.html("</")
	p.html(tag)
	p.html(">")
}
