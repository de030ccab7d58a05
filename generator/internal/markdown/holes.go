package markdown

import (
	"bytes"
	"slices"
	"strconv"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/minify"
)

// While a body is rendered and minified its holes are marks: a number between
// two control characters, which no source holds once it is admitted. A mark
// is looked for afterwards, each once and in order; should one be missing, the
// body is left as it was rendered, unminified. Only where raw HTML was parsed
// and written again may they have moved.

const markOpen, markClose = 0x01, 0x02

// A mark is a hole before its place is known.
type mark struct {
	kind HoleKind
	ref  int
	tail HoleKind // a hole right after the quoted attribute in which the mark stands, or zero
}

// hole writes a mark.
func (p *page) hole(kind HoleKind, ref int, tail HoleKind) {
	p.out = append(p.out, markOpen)
	p.out = strconv.AppendInt(p.out, int64(len(p.marks)), 10)
	p.out = append(p.out, markClose)
	p.marks = append(p.marks, mark{kind, ref, tail})
}

// minifyAtMost is how many entities a body may have to be minified: the
// minifier's time grows with their square.
const minifyAtMost = 10_000

// finish makes the body of what was rendered.
func (p *page) finish(b *Body) {
	if p.raw && p.engine.policy != nil {
		p.balance()
		if p.refused {
			return
		}
	}
	order := p.orderRefs()
	done := false
	if !p.unminified && (p.raw || !dense(p.out)) && bytes.Count(p.out, []byte("&")) <= minifyAtMost {
		small, err := minify.Bytes(minify.HTML, p.out)
		if err == nil {
			b.HTML, b.Holes, done = p.fillMarks(small, order)
		} else {
			p.warnf(0, 0, "minify", "look for a script, a style or JSON in it that is not well formed", "the HTML of this page is not made smaller: %v", err)
		}
	}
	if !done {
		b.HTML, b.Holes, done = p.fillMarks(p.out, order)
	}
	if !done {
		p.refused = true
		p.report(diag.Error, 0, 0, "unreadable", "please report it with the page", "this page cannot be put together")
		return
	}
	b.Refs = p.refs
	b.Targets = p.written(p.targets)
	b.Headings = p.headings
	slices.Sort(p.allIDs)
	b.IDs = slices.Compact(p.allIDs)
	p.finishText(b)
}

// dense reports whether white space in the HTML that we write ourselves comes one
// by one. It is written without any between blocks, so that a minifier could
// take nothing away but a few bytes in ten thousand; and minifying is, after
// parsing, what a page costs most. A block of code that is indented is not dense,
// and is left to the minifier, which knows what must stay.
func dense(html []byte) bool {
	for _, two := range [...]string{"  ", " \n", "\n ", "\n\n", "\t"} {
		if bytes.Contains(html, []byte(two)) {
			return false
		}
	}
	return true
}

// orderRefs sorts the references by their place and returns where each went,
// or nil if they were in order, as they mostly are: footnotes are rendered at
// the end wherever they are written.
func (p *page) orderRefs() []int {
	if slices.IsSorted(p.refAt) {
		return nil
	}
	byPlace := make([]int, len(p.refs))
	for i := range byPlace {
		byPlace[i] = i
	}
	slices.SortStableFunc(byPlace, func(a, b int) int { return p.refAt[a] - p.refAt[b] })
	order := make([]int, len(p.refs))
	sorted := make([]Ref, len(p.refs))
	targets, spans := make([]Span, len(p.refs)), make([]Span, len(p.refs))
	for to, from := range byPlace {
		order[from] = to
		sorted[to], targets[to], spans[to] = p.refs[from], p.targets[from], p.spans[from]
	}
	p.refs, p.targets, p.spans = sorted, targets, spans
	return order
}

// fillMarks takes the marks out of html and returns the holes that they leave,
// or false if they are not those that were written.
func (p *page) fillMarks(html []byte, order []int) ([]byte, []Hole, bool) {
	out := make([]byte, 0, len(html)-3*min(len(p.marks), len(html)/3))
	holes := make([]Hole, 0, 2*len(p.marks))
	if len(p.marks) == 0 {
		holes = nil
	}
	next := 0
	var seen []bool
	if p.balanced {
		seen = make([]bool, len(p.marks))
	}
	for {
		i := bytes.IndexByte(html, markOpen)
		if i < 0 {
			break
		}
		out = append(out, html[:i]...)
		html = html[i+1:]
		end := bytes.IndexByte(html, markClose)
		if end < 1 || end > 10 {
			return nil, nil, false
		}
		n, err := strconv.Atoi(string(html[:end]))
		if err != nil || n < 0 || n >= len(p.marks) || seen == nil && n != next || seen != nil && seen[n] {
			return nil, nil, false
		}
		html = html[end+1:]
		m := p.marks[n]
		next++
		if seen != nil {
			seen[n] = true
		}
		ref := m.ref
		if order != nil {
			ref = order[ref]
		}
		holes = append(holes, Hole{Offset: len(out), Kind: m.kind, Ref: ref})
		if m.tail != 0 {
			if len(html) == 0 || html[0] != '"' {
				return nil, nil, false
			}
			out = append(out, '"')
			html = html[1:]
			holes = append(holes, Hole{Offset: len(out), Kind: m.tail, Ref: ref})
		}
	}
	if next != len(p.marks) && !p.balanced {
		return nil, nil, false
	}
	return append(out, html...), holes, true
}
