package markdown

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"guidepost/generator/internal/diag"
)

// A page is the state of one parse. Its buffers are used again for the next.
type page struct {
	engine *Engine
	file   string
	first  int // line of the file on which src begins
	src    []byte
	lines  []int // offsets in src at which lines begin
	diags  diag.List

	// The last place that was asked for: places are asked for mostly in order.
	atLine, atOff, atCol int

	// What the parsers leave for the renderer.
	ends      map[ast.Node]int         // where a link or an image ends
	attrs     map[ast.Node][]attribute // of links, images and headings
	callouts  map[ast.Node]callout     // blockquotes that are callouts
	notes     []footnote               // definitions, in order of writing
	open      []int                    // offsets of the brackets that are open
	named     []attribute              // explicit ids, in order of parsing
	granted   map[string]int           // explicit id -> offset of the attribute that has it
	told      map[string]int           // warnings, by rule
	foreign   [len(foreignForms)]foreign
	ids       map[string]int // ids taken -> number of the last one derived from it
	allIDs    []string       // ids in HTML
	out       []byte         // HTML with marks
	text      []byte         // plain text
	marks     []mark         // in order of out
	refs      []Ref
	refAt     []int  // offsets of refs in src
	targets   []Span // in src: where refs name their targets
	spans     []Span // in text: where refs have theirs
	uncleaned []byte // src as it was before it was cleaned, if it was
	headings  []Heading
	scratch   []byte

	depth      int
	refused    bool
	started    bool   // something has been rendered
	level      int    // of the last heading
	given      string // the title that the page has of elsewhere, or ""
	title      string
	linkDepth  int            // > 0 within a link
	contents   bool           // rendering an entry of the contents list: no links, no ids
	terms      *Terms         // of the glossary, or nil
	explain    bool           // make links of their first uses
	met        map[int32]bool // terms that are links already
	quiet      int            // > 0 where no term is a link: in headings, quotations
	rawQuiet   int            // likewise, in HTML that was let in
	finds      []found        // scratch
	tokens     []token        // scratch
	runAt      [][2]int       // scratch
	spare      []byte         // scratch
	heads      bool           // within a heading
	titling    bool           // and that is the page's title
	linkAlt    string         // alt text of the last image in the link being rendered
	lede       [2]int         // in text: the first paragraph
	ledeTop    bool           // and it stands at the top level
	rawHeading rawHeading     // that is open
	raw        bool           // raw HTML was let in
	balanced   bool           // and parsed and written again
	unminified bool           // for benchmarks
}

func newPage(e *Engine) *page {
	return &page{
		engine:   e,
		atCol:    1,
		ends:     map[ast.Node]int{},
		attrs:    map[ast.Node][]attribute{},
		callouts: map[ast.Node]callout{},
		granted:  map[string]int{},
		ids:      map[string]int{},
		told:     map[string]int{},
		met:      map[int32]bool{},
	}
}

// keep is the most that a page's buffers may hold when they are kept for the
// next one: one monster must not fatten every worker for good.
const keep = 1 << 20

func (p *page) release() {
	if cap(p.out) > keep || len(p.ends) > 4096 || len(p.lines) > keep/8 {
		*p = *newPage(p.engine)
		return
	}
	clear(p.ends)
	clear(p.attrs)
	clear(p.callouts)
	clear(p.granted)
	clear(p.ids)
	clear(p.told)
	clear(p.met)
	clear(p.notes)
	clear(p.named)
	*p = page{
		engine: p.engine, atCol: 1,
		ends: p.ends, attrs: p.attrs, callouts: p.callouts, granted: p.granted, ids: p.ids, told: p.told, met: p.met,
		finds: p.finds[:0], tokens: p.tokens[:0], runAt: p.runAt[:0], spare: p.spare[:0],
		lines: p.lines[:0], notes: p.notes[:0], open: p.open[:0], named: p.named[:0],
		out: p.out[:0], text: p.text[:0], marks: p.marks[:0], scratch: p.scratch[:0], refAt: p.refAt[:0], spans: p.spans[:0],
	}
}

// place returns the line and the column, from 1, of an offset in src.
func (p *page) place(off int) (line, col int) {
	off = min(max(off, 0), len(p.src))
	i := p.atLine
	if off < p.atOff || i+1 < len(p.lines) && off >= p.lines[i+1] {
		i = sort.SearchInts(p.lines, off+1) - 1
		p.atLine, p.atOff, p.atCol = i, p.lines[i], 1
	}
	p.atCol += utf8.RuneCount(p.src[p.atOff:off])
	p.atOff = off
	return p.first + i, p.atCol
}

// span returns the place of off and the column after end, or zero for the
// latter where it is on another line.
func (p *page) span(off, end int) (line, col, endCol int) {
	line, col = p.place(off)
	if end > off {
		if l, c := p.place(end); l == line {
			endCol = c
		}
	}
	return line, col, endCol
}

// mostTold is how many problems of one rule a page tells; then it only counts.
const mostTold = 200

// report tells a problem with src[off:end]; end may be zero.
func (p *page) report(severity diag.Severity, off, end int, rule, hint, message string) {
	line, col, endCol := p.span(off, end)
	p.diags = append(p.diags, diag.Diag{Pos: diag.Pos{File: p.file, Line: line, Col: col}, EndCol: endCol,
		Severity: severity, Rule: rule, Message: message, Hint: hint})
}

func (p *page) warnf(off, end int, rule, hint, format string, args ...any) {
	if p.told[rule]++; p.told[rule] > mostTold {
		return
	}
	p.report(diag.Warning, off, end, rule, hint, fmt.Sprintf(format, args...))
}

// tellRest tells how many problems were only counted.
func (p *page) tellRest() {
	for rule, n := range p.told {
		if n > mostTold {
			p.report(diag.Warning, len(p.src), 0, rule, "mend those first", fmt.Sprintf("%d more problems of this kind on this page", n-mostTold))
		}
	}
}

// refuse tells why the page is not read any further.
func (p *page) refuse(off, end int, rule, hint, format string, args ...any) {
	p.refused = true
	p.report(diag.Error, off, end, rule, hint, fmt.Sprintf(format, args...))
}

// admit takes src in: it checks that it is text, counts its lines, replaces
// what must not be in it, and holds it against the limits. It reports whether
// the page may be parsed.
func (p *page) admit(src []byte) bool {
	p.src = src
	if len(src) > maxSize {
		p.lines = append(p.lines[:0], 0)
		p.refuse(0, 0, "too-large", "split it into several pages", "this page has %d MB of text; at most %d MB are read", len(src)>>20, maxSize>>20)
		return false
	}
	if !utf8.Valid(src) {
		p.findLines()
		off := 0
		for off < len(src) {
			r, n := utf8.DecodeRune(src[off:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			off += n
		}
		p.refuse(off, 0, "invalid-utf8", "save the file as UTF-8", "this is not UTF-8 text: byte 0x%02x", src[off])
		return false
	}
	var s survey
	s.run(p)
	if s.control {
		p.clean()
		s = survey{}
		s.run(p)
	}
	return s.judge(p)
}

func (p *page) findLines() {
	p.lines = append(p.lines[:0], 0)
	for i := 0; ; {
		n := bytes.IndexByte(p.src[i:], '\n')
		if n < 0 {
			return
		}
		i += n + 1
		p.lines = append(p.lines, i)
	}
}

// clean makes a copy of src whose lines end in a line feed and that has no
// control characters: nobody can see them, and the marks of this package are
// made of them. Columns stay as they are.
func (p *page) clean() {
	old := p.src
	p.uncleaned = old
	src := make([]byte, 0, len(old)+64)
	type found struct {
		off int
		r   rune
	}
	var bad []found
	for i := 0; i < len(old); {
		c := old[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(old[i:])
			switch {
			case r < 0xA0:
				bad = append(bad, found{len(src), r})
				src = append(src, "\ufffd"...)
			case isBidiControl(r):
				bad = append(bad, found{len(src), r})
				src = append(src, old[i:i+n]...)
			default:
				src = append(src, old[i:i+n]...)
			}
			i += n
			continue
		}
		i++
		switch {
		case c == '\r':
			if i < len(old) && old[i] == '\n' {
				i++
			}
			src = append(src, '\n')
		case c < ' ' && c != '\t' && c != '\n' || c == 0x7f:
			bad = append(bad, found{len(src), rune(c)})
			src = append(src, "\ufffd"...)
		default:
			src = append(src, c)
		}
	}
	p.src = src
	p.findLines()
	p.atLine, p.atOff, p.atCol = 0, 0, 1
	for _, b := range bad {
		if isBidiControl(b.r) {
			p.warnf(b.off, b.off+utf8.RuneLen(b.r), "control-character", "delete it, unless the text really mixes directions of writing",
				"an invisible character (U+%04X) that changes the direction of the text", b.r)
			continue
		}
		p.warnf(b.off, b.off+3, "control-character", "delete it; it may have come with text pasted from elsewhere",
			"an invisible control character (U+%04X) is shown as \ufffd", b.r)
	}
}

func isBidiControl(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }
