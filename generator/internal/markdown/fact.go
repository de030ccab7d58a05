package markdown

import (
	"bytes"
	"strings"
	"unicode"
)

// A fact is a value that many pages show, kept in one place; [[fact:name]]
// stands for it. In HTML it is a hole. Plain text that goes into the card (a
// heading, the first sentence, a title) has a mark, the fact's name between two
// control characters, which no source holds once it is admitted. Rejected: to
// keep [[fact:name]] as it is written. Then a heading that shows these signs in
// code would be filled in, too.

const factOpen, factClose = '\x0e', '\x0f'

// factWritten is how one begins in a text.
const factWritten = "[[fact:"

// ValidFact reports whether a fact may have that name: letters, digits,
// hyphens, underscores and full stops.
func ValidFact(name string) bool {
	if name == "" || len(name) > 100 {
		return false
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// MarkFact returns the mark of a fact.
func MarkFact(name string) string { return string(factOpen) + name + string(factClose) }

// MarkFacts returns s, a text that is no Markdown, with a mark in place of
// each [[fact:name]], and what their names are, in order. What is no name stays
// as it is written, and is returned among the names.
func MarkFacts(s string) (marked string, names []string) {
	if !strings.Contains(s, factWritten) {
		return s, nil
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, factWritten)
		name, after, closed := strings.Cut(rest, "]]")
		if !ok || !closed {
			b.WriteString(s)
			return b.String(), names
		}
		b.WriteString(before)
		name = strings.TrimSpace(name)
		names = append(names, name)
		if ValidFact(name) {
			b.WriteString(MarkFact(name))
		} else {
			b.WriteString(factWritten + name + "]]")
		}
		s = after
	}
}

// WriteFacts returns s with its facts as they were written, for messages.
func WriteFacts(s string) string {
	return FillFacts(s, func(name string) string { return factWritten + name + "]]" })
}

// HasFacts reports whether s holds a mark.
func HasFacts(s string) bool { return strings.IndexByte(s, factOpen) >= 0 }

// FillFacts returns s with each mark replaced by what value returns for its
// fact. A heading's HTML needs it escaped.
func FillFacts(s string, value func(name string) string) string {
	if !HasFacts(s) {
		return s
	}
	var b strings.Builder
	for {
		before, name, after, ok := nextFact(s)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(value(name))
		s = after
	}
}

// nextFact cuts s around its first mark.
func nextFact(s string) (before, name, after string, ok bool) {
	before, rest, ok := strings.Cut(s, string(factOpen))
	if !ok {
		return s, "", "", false
	}
	name, after, ok = strings.Cut(rest, string(factClose))
	return before, name, after, ok
}

// fact renders [[fact:name]].
func (p *page) fact(n *wikilink) {
	mark := factWritten + n.target + "]]"
	if ValidFact(n.target) {
		mark = MarkFact(n.target)
	}
	p.text = append(p.text, mark...)
	if p.contents {
		if p.titling {
			p.ref(RefFact, n.target, "", n.at, n.end)
		}
		p.escape(mark)
		return
	}
	p.hole(HoleTitle, p.ref(RefFact, n.target, "", n.at, n.end), 0)
}

// filled writes plain text in which facts are marked, each as a hole. The text
// stands in src[at:end].
func (p *page) filled(s string, at, end int, write func(string)) {
	for {
		before, name, after, ok := nextFact(s)
		write(before)
		if !ok {
			return
		}
		from, to := p.findFact(name, at, end)
		p.hole(HoleTitle, p.ref(RefFact, name, "", from, to), 0)
		s = after
	}
}

// findFact returns where src[at:end] names a fact, or at and end.
func (p *page) findFact(name string, at, end int) (int, int) {
	if at >= 0 && at < end && end <= len(p.src) {
		if i := bytes.Index(p.src[at:end], []byte(factWritten+name+"]]")); i >= 0 {
			at += i
			return at, at + len(factWritten) + len(name) + 2
		}
	}
	return at, end
}
