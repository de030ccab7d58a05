package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// lone returns the image that stands alone in a paragraph, and the link
// around it if there is one.
func lone(n ast.Node) (*ast.Image, *ast.Link) {
	only := func(n ast.Node) ast.Node {
		var found ast.Node
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if _, ok := c.(*attributeMark); ok {
				continue
			}
			if found != nil {
				return nil
			}
			found = c
		}
		return found
	}
	switch c := only(n).(type) {
	case *ast.Image:
		return c, nil
	case *ast.Link:
		if i, ok := only(c).(*ast.Image); ok {
			return i, c
		}
	}
	return nil, nil
}

// figure renders an image that stands alone in its paragraph. Its title is
// the caption; class and id are the figure's.
func (p *page) figure(n *ast.Image, link *ast.Link, attrs []attribute) {
	own := p.attrs[n]
	p.html("<figure")
	if len(attrs) == 0 {
		attrs = own
	} else {
		attrs = append(append([]attribute(nil), own...), attrs...)
	}
	p.writeAttributes(attrs, "", "credit", "credit_url")
	p.html(">")
	if link != nil {
		p.link(link, n)
	} else {
		p.image(n, true)
	}
	caption, _ := MarkFacts(string(p.unescape(n.Title, n.Pos())))
	credit, credited := find(attrs, "credit")
	address, addressed := find(attrs, "credit_url")
	credited = credited && strings.TrimSpace(credit.value) != ""
	if caption != "" || credited || addressed {
		p.html("<figcaption>")
		p.filled(caption, n.Pos(), p.ends[n], p.escape)
		p.text = append(p.text, caption...)
		if caption != "" && (credited || addressed) {
			p.html(" ")
			p.text = append(p.text, ' ')
		}
		if credited || addressed {
			p.credit(credit, address)
		}
		p.html("</figcaption>")
	}
	p.html("</figure>")
	p.endBlock()
}

// credit renders who made an image, and the link to them.
func (p *page) credit(credit, address attribute) {
	name, _ := MarkFacts(credit.value)
	if name == "" {
		name = address.value
	}
	p.html(`<span class="credit">`)
	open := false
	if address.value != "" {
		ref := p.ref(RefLink, address.value, name, address.at, address.end)
		p.aimWithin(ref, []byte(address.value))
		if allowed(address.value) {
			p.html(`<a href="`)
			p.hole(HoleAddress, ref, HoleRel)
			p.html(`">`)
			open = true
		}
	}
	p.filled(name, credit.at, credit.end, p.escape)
	p.text = append(p.text, name...)
	if open {
		p.html("</a>")
	}
	p.html("</span>")
}

// image renders an image; inFigure, its title and its attributes are the
// figure's.
func (p *page) image(n *ast.Image, inFigure bool) {
	start := len(p.text)
	p.plain(n)
	alt := strings.Join(strings.Fields(string(p.text[start:])), " ")
	p.text = p.text[:start]
	end := p.ends[n]
	if p.contents {
		if p.titling {
			for rest := alt; HasFacts(rest); {
				_, name, after, _ := nextFact(rest)
				from, to := p.findFact(name, n.Pos(), end)
				p.ref(RefFact, name, "", from, to)
				rest = after
			}
		}
		p.escape(alt)
		p.text = append(p.text, alt...)
		return
	}
	p.linkAlt = alt
	if alt == "" {
		p.warnf(n.Pos(), end, "missing-alt", "say what the picture shows, in the brackets: ![Two people at an interview](…)",
			"this picture has no text for people who cannot see it")
	}
	target := string(p.unescape(n.Destination, n.Pos()))
	ref := p.ref(RefImage, target, alt, n.Pos(), end)
	p.aim(ref, n.Destination)
	p.html("<img")
	if allowed(target) {
		p.html(` src="`)
		p.hole(HoleAddress, ref, HoleImage)
		p.html(`"`)
	}
	p.html(` alt="`)
	p.filled(alt, n.Pos(), end, p.attr)
	p.html(`"`)
	if !inFigure {
		if n.Title != nil {
			title, _ := MarkFacts(string(p.unescape(n.Title, n.Pos())))
			p.html(` title="`)
			p.filled(title, n.Pos(), end, p.attr)
			p.html(`"`)
		}
		p.writeAttributes(p.attrs[n], "", "credit", "credit_url")
		for _, name := range []string{"credit", "credit_url"} {
			if a, ok := find(p.attrs[n], name); ok {
				p.warnf(a.at, a.end, "attribute", "put the image into a paragraph of its own",
					"a credit is shown only under an image that stands alone")
			}
		}
	}
	p.html(` loading="lazy" decoding="async">`)
}
