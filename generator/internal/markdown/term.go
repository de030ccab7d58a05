package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// The first use of each glossary term in a page becomes a link to its
// definition. Terms are looked for in the plain text that has just been
// rendered, from one element to the next, so that a line break in the source
// or an escape does not part the words of a term.
//
// Text and terms are cut into tokens (a word, a blank, a sign), and the terms
// make a tree of tokens. From each word the tree is followed as far as it goes,
// at most the length of the longest term, so the time is linear in the text,
// however many terms there are. Rejected: Aho-Corasick over bytes, which finds
// terms within words and then has to ask whether they are whole; a regular
// expression of all terms, which prefers the first and not the longest; and
// looking for each term in turn.

// A TermName is what a text may call a term.
type TermName struct {
	Name string
	Also []string
}

// TermPrefix is what the ids of definitions in a page begin with. No heading's id
// does, as it holds a colon.
const TermPrefix = "term:"

// MaxTerm is how long a term may be, in characters.
const MaxTerm = 100

// Terms find the words of a glossary in texts. They never change, so any
// number of goroutines may use them. A nil Terms knows none.
type Terms struct {
	names  []string         // each term's own name
	tokens map[string]int32 // that terms are made of -> number
	next   map[step]int32   // the tree: from node 0
	ends   []int32          // by node: the term that ends there, from 1
	called map[string]int32 // folded name -> term
}

type step struct{ node, token int32 }

// NewTerms returns what finds the terms of a list; nil if it is empty. Of two
// with one name, the first is found.
func NewTerms(list []TermName) *Terms {
	if len(list) == 0 {
		return nil
	}
	t := &Terms{tokens: map[string]int32{}, next: map[step]int32{}, ends: []int32{0}, called: map[string]int32{}}
	for i, n := range list {
		t.names = append(t.names, n.Name)
		for _, name := range append([]string{n.Name}, n.Also...) {
			if key := foldTerm(name); t.called[key] == 0 {
				t.called[key] = int32(i + 1)
			}
			t.add(name, int32(i+1))
			if other, ok := otherCase(name); ok {
				t.add(other, int32(i+1))
			}
		}
	}
	return t
}

// foldTerm is what the names of terms are compared by where people name them.
func foldTerm(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Called returns the own name of the term that is called so, without regard to case.
func (t *Terms) Called(name string) (own string, ok bool) {
	if t == nil {
		return "", false
	}
	i := t.called[foldTerm(name)]
	if i == 0 {
		return "", false
	}
	return t.names[i-1], true
}

// otherCase returns name with its first letter the other way, unless it is
// written in a way of its own: an abbreviation is found as it is written only.
func otherCase(name string) (string, bool) {
	first, _, _ := strings.Cut(name, " ")
	capitals, letters := 0, 0
	for i, r := range first {
		switch {
		case unicode.IsDigit(r), unicode.IsUpper(r) && i > 0:
			return "", false
		case unicode.IsUpper(r):
			capitals++
			letters++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters == capitals {
		return "", false // "A levels"
	}
	r, n := utf8.DecodeRuneInString(name)
	if other := unicode.ToUpper(r); other != r {
		return string(other) + name[n:], true
	}
	if other := unicode.ToLower(r); other != r {
		return string(other) + name[n:], true
	}
	return "", false
}

func (t *Terms) add(name string, term int32) {
	node := int32(0)
	text := []byte(name)
	if len(text) > 8*MaxTerm {
		return
	}
	for len(text) > 0 {
		n, kind := cutToken(text)
		word := string(plainToken(text[:n], kind))
		id, ok := t.tokens[word]
		if !ok {
			id = int32(len(t.tokens) + 1)
			t.tokens[word] = id
		}
		to, ok := t.next[step{node, id}]
		if !ok {
			to = int32(len(t.ends))
			t.ends = append(t.ends, 0)
			t.next[step{node, id}] = to
		}
		node, text = to, text[n:]
	}
	if node != 0 && t.ends[node] == 0 {
		t.ends[node] = term
	}
}

// The kinds of tokens.
const (
	tokenWord = iota
	tokenBlank
	tokenSign
)

// A token is a part of a text that is looked through for terms.
type token struct {
	from, to int32
	id       int32 // zero: no term has it
	kind     uint8
}

// cutToken returns the length and the kind of the token with which s begins.
func cutToken(s []byte) (n int, kind uint8) {
	for n < len(s) {
		c := s[n]
		size, k := 1, uint8(tokenSign)
		switch {
		case isLetter(c) || c >= '0' && c <= '9' || c == '_':
			k = tokenWord
		case c == ' ' || c == '\n' || c == '\t':
			k = tokenBlank
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRune(s[n:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\u00ad' {
				k = tokenWord
			} else if unicode.IsSpace(r) {
				k = tokenBlank
			}
		}
		if n == 0 {
			kind = k
		} else if k != kind {
			return n, kind
		}
		n += size
		if k == tokenSign {
			return n, kind
		}
	}
	return n, kind
}

// plainToken writes a token in one way: blanks, hyphens and apostrophes have several.
func plainToken(s []byte, kind uint8) []byte {
	switch {
	case kind == tokenBlank:
		return oneBlank
	case kind == tokenSign && len(s) > 1:
		switch string(s) {
		case "\u2010", "\u2011":
			return oneHyphen
		case "\u2019", "\u02bc":
			return oneApostrophe
		}
	}
	return s
}

var oneBlank, oneHyphen, oneApostrophe = []byte(" "), []byte("-"), []byte("'")

// A found is a term in a text.
type found struct{ from, to, term int32 }

// find appends to out the terms of s that want wants, each as long as it can
// be, whole words only. joins tell whether s goes on in the text before it and
// after it without a break.
func (t *Terms) find(s []byte, scratch []token, joinsBefore, joinsAfter bool, out []found, want func(term int32) bool) ([]found, []token) {
	toks := scratch[:0]
	for at := 0; at < len(s); {
		n, kind := cutToken(s[at:])
		toks = append(toks, token{int32(at), int32(at + n), t.tokens[string(plainToken(s[at:at+n], kind))], kind})
		at += n
	}
	sign := func(i int, of string) bool {
		return i >= 0 && i < len(toks) && toks[i].kind == tokenSign && strings.Contains(of, string(plainToken(s[toks[i].from:toks[i].to], tokenSign)))
	}
	word := func(i int) bool {
		if i < 0 {
			return joinsBefore
		}
		if i >= len(toks) {
			return joinsAfter
		}
		return toks[i].kind == tokenWord
	}
	begins := func(i int) bool {
		return !word(i-1) && !sign(i-1, "@#") && !(sign(i-1, "-'.") && word(i-2))
	}
	ends := func(i int) bool { // i: the token after
		switch {
		case word(i), sign(i, "@"):
			return false
		case sign(i, "-.") && word(i+1):
			return false
		case sign(i, "'") && word(i+1):
			return i+1 < len(toks) && len(s[toks[i+1].from:toks[i+1].to]) == 1 && s[toks[i+1].from]|0x20 == 's'
		}
		return true
	}
	for i := 0; i < len(toks); i++ {
		if toks[i].id == 0 {
			continue
		}
		node, ok := t.next[step{0, toks[i].id}]
		if !ok || !begins(i) {
			continue
		}
		last, term := 0, int32(0)
		for j := i; ; {
			if e := t.ends[node]; e != 0 && ends(j+1) {
				last, term = j, e
			}
			if j++; j == len(toks) || toks[j].id == 0 {
				break
			}
			if node, ok = t.next[step{node, toks[j].id}]; !ok {
				break
			}
		}
		if term != 0 {
			// A shorter term within one that was met before is not meant.
			if want(term) {
				out = append(out, found{toks[i].from, toks[last].to, term})
			}
			i = last
		}
	}
	return out, toks
}

// A run is text without any element in it, as it is being rendered.
type run struct {
	open      bool
	text, out int      // where it begins in page.text and page.out
	at        [][2]int // for each of its pieces: offset in page.text, offset in src
	before    ast.Node // what stands before it
}

// explains reports whether terms are looked for at this place of the page.
func (p *page) explains() bool {
	return p.explain && p.terms != nil && p.quiet == 0 && p.rawQuiet == 0 && p.linkDepth == 0 && !p.contents && len(p.met) < len(p.terms.names)
}

// explained renders what is in n and makes links of the first uses of terms.
func (p *page) explained(n ast.Node) {
	var r run
	r.at = p.runAt[:0]
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			if !r.open {
				r = run{true, len(p.text), len(p.out), r.at[:0], c.PreviousSibling()}
			}
			r.at = append(r.at, [2]int{len(p.text), c.Segment.Start})
		case *ast.String:
			if !r.open {
				r = run{true, len(p.text), len(p.out), r.at[:0], c.PreviousSibling()}
			}
		default:
			if r.open {
				p.linkTerms(&r, c)
				r.open = false
			}
		}
		p.inline(c)
	}
	if r.open {
		p.linkTerms(&r, nil)
	}
	p.runAt = r.at[:0]
}

// linkTerms makes links of terms in a run that has been rendered, next being
// what follows it.
func (p *page) linkTerms(r *run, next ast.Node) {
	if !p.explains() {
		return
	}
	text := p.text[r.text:]
	before := false
	if r.before != nil && r.text > 0 {
		last, _ := utf8.DecodeLastRune(p.text[:r.text])
		before = unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune("-_@#\u2010\u2011", last)
	}
	was := len(p.met)
	p.finds, p.tokens = p.terms.find(text, p.tokens, before, beginsWord(next), p.finds[:0], func(term int32) bool {
		if p.met[term] {
			return false
		}
		p.met[term] = true
		return true
	})
	if len(p.met) == was {
		return
	}
	// The HTML is the text but for escapes and line breaks: it is gone through
	// beside it.
	html := append(p.spare[:0], p.out[r.out:]...)
	p.spare = html
	h := 0
	marks, refs := len(p.marks), len(p.refs)
	p.out = p.out[:r.out]
	ok := true
	upTo := func(from, to int32) {
		start := h
		for i := from; i < to && ok; i++ {
			n := 1
			switch rest := html[h:]; {
			case len(rest) == 0:
				ok = false
			case text[i] == '&' && bytes.HasPrefix(rest, ampersand):
				n = len(ampersand)
			case text[i] == '<' && bytes.HasPrefix(rest, lessThan):
				n = len(lessThan)
			case text[i] == ' ' && bytes.HasPrefix(rest, lineBreak):
				n = len(lineBreak)
			case text[i] != rest[0] && !(text[i] == ' ' && rest[0] == '\n'):
				ok = false
			}
			h += n
		}
		if ok {
			p.out = append(p.out, html[start:h]...)
		}
	}
	at := int32(0)
	for _, f := range p.finds {
		upTo(at, f.from)
		from := p.source(r, int(f.from))
		ref := p.ref(RefTerm, p.terms.names[f.term-1], string(text[f.from:f.to]), from, from+int(f.to-f.from))
		p.openTerm(ref, nil)
		upTo(f.from, f.to)
		p.closeTerm(ref, true)
		at = f.to
	}
	upTo(at, int32(len(text)))
	if !ok {
		// Cannot be; but then the text is worth more than its links.
		p.out = append(p.out[:r.out], html...)
		p.marks, p.refs, p.refAt, p.targets = p.marks[:marks], p.refs[:refs], p.refAt[:refs], p.targets[:refs]
	}
}

var ampersand, lessThan, lineBreak = []byte("&amp;"), []byte("&lt;"), []byte("<br>")

// source returns where in src the text at an offset in a run stands.
func (p *page) source(r *run, off int) int {
	off += r.text
	at := 0
	for _, piece := range r.at {
		if piece[0] > off {
			break
		}
		at = piece[1] + off - piece[0]
	}
	return min(at, len(p.src))
}

// openTerm begins the link to a term, and closeTerm ends it, with what opens
// the definition.
func (p *page) openTerm(ref int, attrs []attribute) {
	p.html(`<a href="`)
	p.hole(HoleAddress, ref, 0)
	p.html(`"`)
	p.writeAttributes(attrs, "term")
	p.html(">")
}

func (p *page) closeTerm(ref int, define bool) {
	p.html("</a>")
	if define {
		p.hole(HoleTerm, ref, 0)
	}
}

// beginsWord reports whether the text in n begins with a letter or digit.
func beginsWord(n ast.Node) bool {
	for n != nil {
		switch c := n.(type) {
		case *ast.Text:
			return c.Segment.Len() > 0
		case *ast.String:
			return true
		case *ast.Emphasis, *ast.Link, *ast.CodeSpan, *east.Strikethrough:
			n = n.FirstChild()
		case *wikilink, *ast.AutoLink:
			return true
		default:
			return false
		}
	}
	return false
}

// quietTags are elements in which no term is a link, where people write HTML.
var quietTags = map[string]bool{
	"a": true, "button": true, "blockquote": true, "q": true, "cite": true, "code": true, "pre": true, "samp": true, "kbd": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "summary": true, "label": true, "figcaption": true,
	"select": true, "option": true, "textarea": true, "title": true, "script": true, "style": true, "caption": true,
}

// countQuiet notes which of those elements raw HTML opens and closes.
func (p *page) countQuiet(raw []byte) {
	for {
		i := bytes.IndexByte(raw, '<')
		if i < 0 {
			return
		}
		raw = raw[i+1:]
		by := 1
		if len(raw) > 0 && raw[0] == '/' {
			raw, by = raw[1:], -1
		}
		n := 0
		for n < len(raw) && n < 12 && (isLetter(raw[n]) || n > 0 && raw[n] >= '0' && raw[n] <= '9') {
			n++
		}
		if quietTags[strings.ToLower(string(raw[:n]))] {
			p.rawQuiet = max(0, p.rawQuiet+by)
		}
	}
}
