package output

import (
	"cmp"
	"slices"
)

// Where things lie on the map. Every article takes one cell of a lattice laid
// like bricks, so no two can overlap; the cells of a topic lie together as a
// land; and lands are put beside one another like stones, each as near to the
// middle, and to the lands that it shares links with, as there is room.
//
// Rejected: forces between articles, which take many rounds, move everything
// for one edit and end in a hairball; and floating point, which processors
// round differently. Here all is whole numbers. A stone is tried at the places
// of the map's area, a bounded one, and articles of one land are seated in time
// of its cells times its articles, both of which are bounded by whoever draws.

// A cell is a brick of the lattice: x counts half bricks and y rows, and x is
// even in even rows and odd in odd ones.
type cell struct{ x, y int }

// A point is a place on the map, in pixels.
type point struct{ x, y int }

// apart returns the square of the distance between two points.
func (p point) apart(q point) int64 {
	x, y := int64(p.x-q.x), int64(p.y-q.y)
	return x*x + y*y
}

// A form is the size of what a map is made of, in pixels.
type form struct {
	width, height int  // of a cell
	labelled      bool // each article shows its title
	letter, face  int  // width of a letter of a land's name in tenths, and size of its type
}

var (
	labelledForm = form{width: 132, height: 72, labelled: true, letter: 95, face: 18}
	dottedForm   = form{width: 28, height: 24, letter: 90, face: 17}
)

// A land is a topic on the map.
type land struct {
	slug, title, url string
	nodes            []int // in atlas.nodes
	children         []*land
	// away says that the land has a map of its own: here it has its name only,
	// and one node, that stands for all its articles.
	away bool

	index  int    // of roots: in atlas.lands
	hue    int    // from 1; of a root and all below it
	header []cell // where its name stands
	slots  []cell // where its own nodes stand
	body   []cell // all of these and its children's
	middle point
}

// A node is an article on the map.
type node struct {
	title, url string
	land, root *land
	links      []int // to other nodes
	in         int   // links from other nodes
	at         point
}

// mostLinks is how many links are drawn one by one: with more they would hide
// what they link.
const mostLinks = 400

// An atlas is a map to be laid out.
type atlas struct {
	form
	lands         []*land // that are under no other
	nodes         []node
	sizeX, sizeY  int
	between       [][]int // links between roots, both ways
	dense         bool    // too many links to draw each
	marginX, topY int
}

// lay gives every node and land its place.
func (a *atlas) lay() {
	for i, l := range a.lands {
		l.index = i
		a.own(l, l)
		a.shape(l)
	}
	a.between = make([][]int, len(a.lands))
	for i := range a.between {
		a.between[i] = make([]int, len(a.lands))
	}
	total := 0
	for i := range a.nodes {
		total += len(a.nodes[i].links)
		for _, to := range a.nodes[i].links {
			a.nodes[to].in++
			if from, to := a.nodes[i].root.index, a.nodes[to].root.index; from != to {
				a.between[from][to]++
				a.between[to][from]++
			}
		}
	}
	a.dense = total > mostLinks
	a.settle()
	a.survey()
	a.seat()
}

// own tells the nodes of l and below where they belong.
func (a *atlas) own(l, root *land) {
	for _, n := range l.nodes {
		a.nodes[n].land, a.nodes[n].root = l, root
	}
	for _, c := range l.children {
		a.own(c, root)
	}
}

// shape makes a land of cells about the origin: a round heap, with its name in
// the uppermost row, and its children about it.
func (a *atlas) shape(l *land) {
	n, k := len(l.nodes), 0
	if l.away {
		n = 0
	}
	name, _ := l.name()
	wide := lettersOf(name) * a.letter / 10
	if a.labelled {
		k = max(1, (wide+a.width-1)/a.width)
	} else {
		k = wide/a.width + 1
	}
	l.slots = sortedCells(a.heap(n + k))
	top := 0 // cells of the first row
	for top < len(l.slots) && l.slots[top].y == l.slots[0].y {
		top++
	}
	first := l.slots[0]
	if top >= k {
		at := (top - k) / 2
		l.header = slices.Clone(l.slots[at : at+k])
		l.slots = slices.Delete(l.slots, at, at+k)
	} else {
		// The name is wider than the heap: its ends stand out.
		first.x -= 2 * ((k - top) / 2)
		for i := range k {
			l.header = append(l.header, cell{first.x + 2*i, first.y})
		}
		l.slots = l.slots[top:]
		far := a.distances()
		slices.SortFunc(l.slots, func(p, q cell) int { return far(p, q) })
		l.slots = l.slots[:n]
	}
	l.body = append(slices.Clone(l.slots), l.header...)
	if len(l.children) == 0 {
		return
	}
	g := newGrid()
	g.put(l.body, false)
	for _, c := range l.children {
		a.shape(c)
		dx, dy := a.place(g, c.body, func(p point) int64 { return p.apart(point{}) })
		c.move(dx, dy)
		g.put(c.body, false)
		l.body = append(l.body, c.body...)
	}
}

// nameWide is how many letters of a land's name are shown.
const nameWide = 36

// name returns the name of l as it is shown, and whether that is not all of it.
func (l *land) name() (name string, cut bool) {
	list, cut := lines(l.title, nameWide, 1)
	if len(list) == 0 {
		return "", cut
	}
	return list[0], cut
}

// heap returns the n cells nearest to the origin.
func (a *atlas) heap(n int) []cell {
	if n == 0 {
		return nil
	}
	rows := root(n*a.width/a.height) + 1
	cols := root(n*a.height/a.width) + 2
	var cells []cell
	for y := -rows; y <= rows; y++ {
		for x := -2 * cols; x <= 2*cols; x++ {
			if (x-y)&1 == 0 {
				cells = append(cells, cell{x, y})
			}
		}
	}
	slices.SortFunc(cells, a.distances())
	return slices.Clone(cells[:n])
}

// distances compares cells by how far they are from the origin.
func (a *atlas) distances() func(p, q cell) int {
	far := func(c cell) int64 { return point{c.x * a.width / 2, c.y * a.height * 5 / 4}.apart(point{}) }
	return func(p, q cell) int {
		return cmp.Or(cmp.Compare(far(p), far(q)), cmp.Compare(p.y, q.y), cmp.Compare(p.x, q.x))
	}
}

func (l *land) move(dx, dy int) {
	for _, list := range [][]cell{l.header, l.slots, l.body} {
		for i := range list {
			list[i].x += dx
			list[i].y += dy
		}
	}
	for _, c := range l.children {
		c.move(dx, dy)
	}
}

// settle puts the lands beside one another, first the one that most links lead
// to or from, and then always the one that has most with those that are there.
func (a *atlas) settle() {
	n := len(a.lands)
	pull := make([]int, n)
	for i := range n {
		for j := range n {
			pull[i] += a.between[i][j]
		}
	}
	there := make([]bool, n)
	g := newGrid()
	for k := range n {
		next := -1
		for i := range n {
			if there[i] || a.lands[i].away && !there[0] && i > 0 {
				continue
			}
			if next < 0 || pull[i] > pull[next] || pull[i] == pull[next] && len(a.lands[i].body) > len(a.lands[next].body) {
				next = i
			}
		}
		l := a.lands[next]
		there[next] = true
		var x, y, weight int64
		for j := range n {
			if w := int64(a.between[next][j]); there[j] && j != next && w > 0 {
				m := a.middleOf(a.lands[j].body)
				x, y, weight = x+w*int64(m.x), y+w*int64(m.y), weight+w
			}
		}
		var towards point
		if weight > 0 {
			towards = point{int(x / weight), int(y / weight)}
		}
		dx, dy := a.place(g, l.body, func(p point) int64 {
			// Wider than high, as windows are.
			far := point{p.x, p.y * 7 / 4}.apart(point{})
			if weight > 0 {
				far += p.apart(towards) / 2
			}
			return far
		})
		l.move(dx, dy)
		g.put(l.body, true)
		l.hue = a.hueOf(l)
		if k == 0 {
			clear(pull)
		}
		for i := range n {
			pull[i] += a.between[i][next]
		}
	}
}

// hueOf returns the hue of which the nearest land is the farthest away.
func (a *atlas) hueOf(l *land) int {
	m := a.middleOf(l.body)
	best, most := 1, int64(-1)
	for hue := 1; hue <= hues; hue++ {
		near := int64(1) << 40
		for _, other := range a.lands {
			if other.hue == hue {
				near = min(near, m.apart(a.middleOf(other.body)))
			}
		}
		if near > most {
			best, most = hue, near
		}
	}
	return best
}

func (a *atlas) middleOf(cells []cell) point {
	var p point
	for _, c := range cells {
		p.x += c.x * a.width / 2
		p.y += c.y * a.height
	}
	return point{p.x / len(cells), p.y / len(cells)}
}

// place returns the move of least cost that brings cells to where g has room.
// The cost is of the place of their middle.
func (a *atlas) place(g *grid, cells []cell, cost func(point) int64) (dx, dy int) {
	m := a.middleOf(cells)
	b := boxOf(cells)
	if g.box == (box{}) && len(g.taken) == 0 {
		return 0, 0
	}
	best := int64(-1)
	for y := g.box.y0 - b.y1 - 3; y <= g.box.y1-b.y0+3; y++ {
		x := g.box.x0 - b.x1 - 5
		if (x-y)&1 != 0 {
			x++
		}
		for ; x <= g.box.x1-b.x0+5; x += 2 {
			c := cost(point{m.x + x*a.width/2, m.y + y*a.height})
			if best >= 0 && c >= best || !g.room(cells, x, y) {
				continue
			}
			best, dx, dy = c, x, y
		}
	}
	return dx, dy
}

// A box is the bounds of cells.
type box struct{ x0, y0, x1, y1 int }

func boxOf(cells []cell) box {
	b := box{cells[0].x, cells[0].y, cells[0].x, cells[0].y}
	for _, c := range cells {
		b = box{min(b.x0, c.x), min(b.y0, c.y), max(b.x1, c.x), max(b.y1, c.y)}
	}
	return b
}

// A grid is what is taken of the lattice.
type grid struct {
	box
	width int
	taken []bool // by half cell, row after row
}

func newGrid() *grid { return &grid{} }

func (g *grid) room(cells []cell, dx, dy int) bool {
	for _, c := range cells {
		x, y := c.x+dx, c.y+dy
		if x >= g.x0 && x <= g.x1 && y >= g.y0 && y <= g.y1 && g.taken[(y-g.y0)*g.width+x-g.x0] {
			return false
		}
	}
	return true
}

// put takes cells, and with a gap the sea about them.
func (g *grid) put(cells []cell, gap bool) {
	b := boxOf(cells)
	b = box{b.x0 - 3, b.y0 - 1, b.x1 + 3, b.y1 + 1}
	if len(g.taken) > 0 {
		b = box{min(b.x0, g.x0), min(b.y0, g.y0), max(b.x1, g.x1), max(b.y1, g.y1)}
	}
	if b != g.box || len(g.taken) == 0 {
		bigger := grid{box: b, width: b.x1 - b.x0 + 1}
		bigger.taken = make([]bool, bigger.width*(b.y1-b.y0+1))
		if len(g.taken) > 0 {
			for y := g.y0; y <= g.y1; y++ {
				copy(bigger.taken[(y-b.y0)*bigger.width+g.x0-b.x0:], g.taken[(y-g.y0)*g.width:(y-g.y0+1)*g.width])
			}
		}
		*g = bigger
	}
	for _, c := range cells {
		for y := -1; y <= 1; y++ {
			reach := 1
			switch {
			case gap && y == 0:
				reach = 3
			case gap:
				reach = 2
			case y != 0:
				continue
			}
			at := (c.y+y-g.y0)*g.width + c.x - g.x0
			for x := -reach; x <= reach; x++ {
				g.taken[at+x] = true
			}
		}
	}
}

// survey finds the bounds of the map and the middles of lands.
func (a *atlas) survey() {
	var all []cell
	for _, l := range a.lands {
		all = append(all, l.body...)
	}
	if len(all) == 0 {
		return
	}
	b := boxOf(all)
	edge := a.width/2 + a.height*2/3
	a.marginX, a.topY = edge-b.x0*a.width/2, a.height-b.y0*a.height
	a.sizeX = (b.x1-b.x0)*a.width/2 + 2*edge
	a.sizeY = (b.y1-b.y0)*a.height + 2*a.height
	var find func(l *land)
	find = func(l *land) {
		m := a.middleOf(l.body)
		l.middle = point{m.x + a.marginX, m.y + a.topY}
		for _, c := range l.children {
			c.hue = l.hue
			find(c)
		}
	}
	for _, l := range a.lands {
		find(l)
	}
}

// pointOf returns the middle of a cell.
func (a *atlas) pointOf(c cell) point {
	return point{c.x*a.width/2 + a.marginX, c.y*a.height + a.topY}
}

// seat gives each node the cell of its land that is nearest to what it is
// linked with: the most linked first, twice, since the first time most others
// have no seat yet.
func (a *atlas) seat() {
	linked := make([][]int, len(a.nodes))
	for i := range a.nodes {
		for _, to := range a.nodes[i].links {
			linked[i] = append(linked[i], to)
			linked[to] = append(linked[to], i)
		}
	}
	for i := range a.nodes {
		a.nodes[i].at = a.nodes[i].land.middle
	}
	var fill func(l *land)
	fill = func(l *land) {
		for _, c := range l.children {
			fill(c)
		}
		if l.away {
			return
		}
		order := slices.Clone(l.nodes)
		slices.SortStableFunc(order, func(p, q int) int { return cmp.Compare(len(linked[q]), len(linked[p])) })
		free := make([]point, len(l.slots))
		for i, c := range l.slots {
			free[i] = a.pointOf(c)
		}
		for _, i := range order {
			n := &a.nodes[i]
			// Its land pulls a little, too.
			want, weight := l.middle, 1
			for _, to := range linked[i] {
				w := 1
				if a.nodes[to].land == l {
					w = 2
				}
				want.x, want.y, weight = want.x+w*a.nodes[to].at.x, want.y+w*a.nodes[to].at.y, weight+w
			}
			want.x, want.y = want.x/weight, want.y/weight
			best, least := 0, int64(-1)
			for k, p := range free {
				if d := p.apart(want); least < 0 || d < least {
					best, least = k, d
				}
			}
			n.at = free[best]
			free[best] = free[len(free)-1]
			free = free[:len(free)-1]
		}
	}
	for range 2 {
		for _, l := range a.lands {
			fill(l)
		}
	}
}

// root returns the whole part of the square root of n.
func root(n int) int {
	r := 0
	for bit := 1 << 20; bit > 0; bit >>= 1 {
		if int64(r+bit)*int64(r+bit) <= int64(n) {
			r += bit
		}
	}
	return r
}

// lettersOf returns how many letters wide a text is: those of Chinese, Japanese
// and Korean count double.
func lettersOf(s string) int {
	n := 0
	for _, r := range s {
		n += lettersWide(r)
	}
	return n
}

func lettersWide(r rune) int {
	if r >= 0x1100 && (r <= 0x115F || r >= 0x2E80 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFF60 || r >= 0x1F300) {
		return 2
	}
	return 1
}

// lines breaks a text into at most most lines of wide letters; what does not
// fit is cut, and cut says so.
func lines(s string, wide, most int) (list []string, cut bool) {
	line, n := 0, 0       // where the line begins, letters in it
	space, after := -1, 0 // where it may be broken, letters up to there
	for i, r := range s {
		w := lettersWide(r)
		if r == ' ' {
			space, after = i, n+1
		} else if n+w > wide {
			end, next := i, i
			if space > line {
				end, next = space, space+1
				n -= after
			} else {
				n = 0
			}
			if len(list) == most-1 {
				return append(list, s[line:end]+"…"), true
			}
			list = append(list, s[line:end])
			line, space = next, -1
		}
		n += w
		if w == 2 {
			space, after = -1, 0
		}
	}
	if line < len(s) {
		list = append(list, s[line:])
	}
	return list, false
}

// sortedCells returns cells row by row, each once.
func sortedCells(cells []cell) []cell {
	cells = slices.Clone(cells)
	slices.SortFunc(cells, func(a, b cell) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x)) })
	return slices.Compact(cells)
}
