package output

import "strconv"

// The map is drawn as SVG. Everything that has a size or a place is an attribute
// here, everything that has a colour a class that the style sheet knows. What is
// behind comes first: sea lanes, lands, links, names, articles.

// hues is the number of classes map-hue-1, map-hue-2, … that lands have by turns.
const hues = 6

// A pen writes SVG.
type pen []byte

func (p *pen) raw(s ...string) {
	for _, s := range s {
		*p = append(*p, s...)
	}
}

// num writes numbers, as short as a path may have them.
func (p *pen) num(n ...int) {
	for _, n := range n {
		if c := (*p)[len(*p)-1]; n >= 0 && c >= '0' && c <= '9' {
			*p = append(*p, ' ')
		}
		*p = strconv.AppendInt(*p, int64(n), 10)
	}
}

func (p *pen) attr(name string, n int) {
	p.raw(" ", name, `="`)
	*p = strconv.AppendInt(*p, int64(n), 10)
	p.raw(`"`)
}

func (p *pen) text(s string) { *p = appendEscaped(*p, s) }

const (
	titleSize = 13 // of an article's title
	titleLine = 15
	titleWide = 18 // letters to a line
	dotUp     = 24 // how far the dot of an article with a title is above the middle of its cell
)

// dot returns where an article's dot is.
func (a *atlas) dot(i int) point {
	n := &a.nodes[i]
	if n.land.away || !a.labelled {
		return n.at
	}
	return point{n.at.x, n.at.y - dotUp}
}

func (a *atlas) draw(dst []byte) []byte {
	p := pen(dst)
	kind := "map-dotted"
	if a.labelled {
		kind = "map-labelled"
		if a.sizeX > 1450 {
			kind += " map-wide" // it scrolls: made smaller, it could not be read
		}
	}
	if a.dense {
		kind += " map-dense"
	}
	p.raw(`<svg class="map-drawing `, kind, `" viewBox="0 0 `)
	p.num(a.sizeX, a.sizeY)
	p.raw(`"`)
	p.attr("width", a.sizeX)
	p.attr("height", a.sizeY)
	p.raw(` role="group" aria-label="`)
	p.text(mapName)
	p.raw(`">`)
	if a.dense {
		a.lanes(&p)
	}
	p.raw(`<g class="map-lands">`)
	for _, l := range a.lands {
		a.land(&p, l, 0)
	}
	p.raw(`</g><g class="map-links">`)
	for _, l := range a.lands {
		a.links(&p, l)
	}
	p.raw(`</g><g class="map-names" text-anchor="middle">`)
	for _, l := range a.lands {
		a.names(&p, l, 0)
	}
	p.raw(`</g><g class="map-nodes" text-anchor="middle"`)
	p.attr("font-size", titleSize)
	p.raw(`>`)
	for _, l := range a.lands {
		if l.away {
			continue
		}
		p.raw(`<g class="map-hue-`)
		p.raw(itoa(l.hue), `">`)
		a.articles(&p, l)
		p.raw(`</g>`)
	}
	p.raw(`</g></svg>`)
	return p
}

const mapName = "Articles by topic, and the links between them"

// lanes draws one curve for all links between two lands, for those that have
// most of them.
func (a *atlas) lanes(p *pen) {
	const most = 3 // to a land
	n := len(a.lands)
	shown := make(map[[2]int]bool, most*n)
	heaviest := 1
	for i := range n {
		taken := 0
		for taken < most {
			best := -1
			for j := range n {
				if i != j && a.between[i][j] > 0 && !shown[[2]int{i, j}] && (best < 0 || a.between[i][j] > a.between[i][best]) {
					best = j
				}
			}
			if best < 0 {
				break
			}
			taken++
			shown[[2]int{i, best}] = true
			heaviest = max(heaviest, a.between[i][best])
		}
	}
	p.raw(`<g class="map-lanes">`)
	for i := range n {
		for j := range n {
			if j == i || !shown[[2]int{i, j}] || j < i && shown[[2]int{j, i}] {
				continue
			}
			from, to := a.lands[i].middle, a.lands[j].middle
			p.raw(`<path d="M`)
			p.num(from.x, from.y)
			p.raw("Q")
			c := bend(from, to, 8)
			p.num(c.x, c.y, to.x, to.y)
			p.raw(`"`)
			p.attr("stroke-width", 2+a.between[i][j]*10/heaviest)
			p.raw(`/>`)
		}
	}
	p.raw(`</g>`)
}

// bend returns a point beside the middle of a line, by an nth of its length.
func bend(from, to point, nth int) point {
	return point{(from.x+to.x)/2 - (to.y-from.y)/nth, (from.y+to.y)/2 + (to.x-from.x)/nth}
}

// land draws the ground of a topic: a broad stroke along each row of its cells,
// first for the coast and then, a little narrower, for the land.
func (a *atlas) land(p *pen, l *land, depth int) {
	broad, reach := a.height*7/6, a.width/2+a.height/12
	if depth > 0 {
		broad, reach = a.height, a.width/2-depth*a.height/12
	}
	reach -= broad / 2
	class := "map-land"
	if l.away {
		class = "map-away"
	}
	p.raw(`<g class="`, class, ` map-hue-`, itoa(l.hue), `">`)
	for _, part := range [...]struct {
		class string
		wide  int
	}{{"map-coast", 3}, {"map-ground", 0}} {
		p.raw(`<path class="`, part.class, `"`)
		p.attr("stroke-width", broad+part.wide)
		p.raw(` d="`)
		for _, r := range runs(l.body) {
			at := a.pointOf(r.cell)
			p.raw("M")
			p.num(at.x-reach, at.y)
			p.raw("h")
			p.num((r.cells-1)*a.width + 2*reach)
		}
		p.raw(`"/>`)
	}
	for _, c := range l.children {
		a.land(p, c, depth+1)
	}
	p.raw(`</g>`)
}

// A run is cells of a row that lie side by side.
type run struct {
	cell
	cells int
}

func runs(cells []cell) []run {
	cells = sortedCells(cells)
	var list []run
	for i, c := range cells {
		if i > 0 && c.y == cells[i-1].y && c.x == cells[i-1].x+2 {
			list[len(list)-1].cells++
			continue
		}
		list = append(list, run{c, 1})
	}
	return list
}

// links draws the links that lead from a land, as thin lines: those to
// elsewhere where there are not too many.
func (a *atlas) links(p *pen, l *land) {
	var list []int
	var gather func(l *land)
	gather = func(l *land) {
		list = append(list, l.nodes...)
		for _, c := range l.children {
			gather(c)
		}
	}
	gather(l)
	for _, near := range [...]bool{true, false} {
		if !near && a.dense {
			continue
		}
		class := "map-near"
		if !near {
			class = "map-far"
		}
		start := len(*p)
		p.raw(`<path class="`, class, ` map-hue-`, itoa(l.hue), `" d="`)
		empty := len(*p)
		for _, i := range list {
			for _, to := range a.nodes[i].links {
				if near == (a.nodes[to].root == l) {
					a.link(p, i, to, true)
				}
			}
		}
		if len(*p) == empty {
			*p = (*p)[:start]
			continue
		}
		p.raw(`"/>`)
	}
}

// link draws a line from one node to another: within a land a bow, between two a
// curve that leans to the middles of both, so that those that go the same way
// come together.
func (a *atlas) link(p *pen, i, k int, start bool) {
	from, to := a.dot(i), a.dot(k)
	if start {
		p.raw("M")
		p.num(from.x, from.y)
	}
	switch {
	case !a.labelled:
		p.raw("L")
		p.num(to.x, to.y)
	case a.nodes[i].root == a.nodes[k].root:
		p.raw("Q")
		c := bend(from, to, 7)
		p.num(c.x, c.y, to.x, to.y)
	default:
		m, n := a.nodes[i].root.middle, a.nodes[k].root.middle
		p.raw("C")
		lean := func(third, m point) (int, int) { return (third.x + m.x) / 2, (third.y + m.y) / 2 }
		x, y := lean(point{(2*from.x + to.x) / 3, (2*from.y + to.y) / 3}, m)
		p.num(x, y)
		x, y = lean(point{(from.x + 2*to.x) / 3, (from.y + 2*to.y) / 3}, n)
		p.num(x, y, to.x, to.y)
	}
}

// names writes the names of a land and of those in it.
func (a *atlas) names(p *pen, l *land, depth int) {
	m := a.middleOf(l.header)
	at := point{m.x + a.marginX, m.y + a.topY + a.face/3}
	if a.labelled && !l.away {
		at.y += a.height / 6
	}
	tag := "g"
	if l.url != "" {
		tag = "a"
	}
	p.raw("<", tag, ` class="map-name map-hue-`, itoa(l.hue), `"`)
	if l.url != "" {
		p.raw(` href="`)
		p.text(l.url)
		p.raw(`"`)
	}
	p.raw(">")
	name, cut := l.name()
	if cut {
		p.raw("<title>")
		p.text(l.title)
		p.raw("</title>")
	}
	p.raw("<text")
	p.attr("x", at.x)
	p.attr("y", at.y)
	p.attr("font-size", max(a.face-2*depth, 11))
	p.raw(">")
	p.text(name)
	p.raw("</text></", tag, ">")
	for _, c := range l.children {
		a.names(p, c, depth+1)
	}
}

// articles draws the nodes of a land and of those in it: each a link with its
// links, which show when it is pointed at, its dot and its title.
func (a *atlas) articles(p *pen, l *land) {
	for _, i := range l.nodes {
		n := &a.nodes[i]
		at := a.dot(i)
		p.raw(`<a href="`)
		p.text(n.url)
		p.raw(`">`)
		if len(n.links) > 0 {
			p.raw(`<path d="`)
			for _, to := range n.links {
				a.link(p, i, to, true)
			}
			p.raw(`"/>`)
		}
		r := 4 + min(root(n.in), 5)
		if a.labelled {
			list, cut := lines(n.title, titleWide, 3)
			if cut {
				p.raw("<title>")
				p.text(n.title)
				p.raw("</title>")
			}
			a.circle(p, at, r)
			p.raw("<text>")
			for k, line := range list {
				p.raw("<tspan")
				p.attr("x", at.x)
				p.attr("y", at.y+dotUp-1+k*titleLine)
				p.raw(">")
				p.text(line)
				p.raw("</tspan>")
				if k < len(list)-1 {
					p.raw(" ")
				}
			}
		} else {
			a.circle(p, at, r)
			p.raw("<text")
			p.attr("x", at.x)
			p.attr("y", at.y-r-6)
			// A title at the edge reads inwards.
			switch half := lettersOf(n.title) * titleSize / 4; {
			case at.x < half:
				p.raw(` text-anchor="start"`)
			case at.x > a.sizeX-half:
				p.raw(` text-anchor="end"`)
			}
			p.raw(">")
			p.text(n.title)
		}
		p.raw("</text></a>")
	}
	for _, c := range l.children {
		a.articles(p, c)
	}
}

func (a *atlas) circle(p *pen, at point, r int) {
	p.raw("<circle")
	p.attr("cx", at.x)
	p.attr("cy", at.y)
	p.attr("r", r)
	p.raw("/>")
}
