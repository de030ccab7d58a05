// Package markdown parses and renders the bodies of articles. A body is
// rendered once, to minified HTML with holes where other pages come in; the
// holes are filled when the page is made.
//
// Its one rule: nothing here knows of any other page.
package markdown

import (
	"guidepost/generator/internal/cache"
)

// HTMLMode says what becomes of raw HTML in Markdown.
type HTMLMode uint8

const (
	HTMLOff       HTMLMode = iota // left out, with a warning
	HTMLSanitised                 // passed through a sanitiser
	HTMLUnsafe                    // left as written
)

// Options choose how bodies are read.
type Options struct {
	HTML     HTMLMode
	Linkify  bool   // bare addresses become links
	Language string // BCP 47, for quotation marks
}

// RefKind says what kind of thing a [Ref] is.
type RefKind uint8

const (
	RefLink  RefKind = iota + 1 // [text](target)
	RefImage                    // ![alt](target)
	RefWiki                     // [[target]] or [[target|text]]
	RefTopic                    // [[topic:slug]]
	RefTerm                     // [[term:word]]
	RefFact                     // [[fact:name]]
)

// A Ref is a place in a body that points elsewhere.
type Ref struct {
	Kind   RefKind
	Target string // as written, entities and escapes decoded: "../fees.md#cost", "Student visas", "competition"
	Text   string // plain text of the link, or the alt text; empty where the target's title is to be shown
	// The place in the file, from 1; of the opening bracket. EndCol is the
	// column after its last character, or zero where it ends on another line.
	Line, Col, EndCol int
}

// A HoleKind says what fills a [Hole].
type HoleKind uint8

const (
	HoleAddress HoleKind = iota + 1 // the target's address, escaped for a quoted attribute
	HoleTitle                       // the target's title, a term's or fact's text, escaped for text and for a quoted attribute
	HoleImage                       // an image's width, height and further sources: ` width="3" height="2"`, or nothing
	HoleTerm                        // what opens a term's definition, after the link to it: a button, or nothing
	HoleRel                         // attributes that a link has by where it leads: ` rel="external"`, or nothing
)

// A Hole is a place in rendered HTML where something of another page comes in.
type Hole struct {
	Offset int // in bytes of HTML, where the filling is put
	Kind   HoleKind
	Ref    int // index in Body.Refs
}

// A Heading is an entry of the contents list.
type Heading struct {
	Level     int
	ID        string
	Text      string // plain text
	HTML      string // inline HTML without links, safe to put in a list
	Line, Col int    // place in the file, from 1
}

// A Body is a parsed and rendered body.
type Body struct {
	HTML     []byte // minified, with holes
	Holes    []Hole // by Offset
	Refs     []Ref  // in order of writing
	Targets  []Span // by Refs: where in the source each names its target; zero where that is unknown; not kept
	Headings []Heading
	IDs      []string // every id in HTML that a fragment may name, sorted; the headings' among them
	Words    int

	// Title is the text of a heading 1 with which the body opens, unless the
	// page has another title; it is not part of HTML, nor of Headings.
	Title string
	// Lede is the plain text of the first sentence of the first paragraph.
	Lede string
	// Text is the plain text of the body without code, a line a block, for
	// finding related pages and for search.
	Text string
	// Spans has, for each of Refs, where its text stands in Text; zero where
	// it stands nowhere.
	Spans []Span
}

// Encode writes the body but for Refs, Headings, IDs, Words, Title, Lede,
// Text and Spans, which stand in the article's card.
func (b *Body) Encode(e *cache.Encoder) {
	e.Bytes(b.HTML)
	cache.Slice(e, b.Holes, func(e *cache.Encoder, h *Hole) {
		e.Int(h.Offset)
		e.Uint(uint64(h.Kind))
		e.Int(h.Ref)
	})
}

// Decode reads what Encode wrote.
func (b *Body) Decode(d *cache.Decoder) {
	b.HTML = d.Bytes()
	b.Holes = cache.ReadSlice(d, func(d *cache.Decoder, h *Hole) {
		h.Offset = d.Int()
		h.Kind = HoleKind(d.Uint())
		h.Ref = d.Int()
	})
}

// Fill appends the body's HTML to dst, each hole filled with what fill returns
// for it, which is put in as it is: it must be escaped already.
func (b *Body) Fill(dst []byte, fill func(Hole) string) []byte {
	at := 0
	for _, h := range b.Holes {
		dst = append(dst, b.HTML[at:h.Offset]...)
		dst = append(dst, fill(h)...)
		at = h.Offset
	}
	return append(dst, b.HTML[at:]...)
}
