package site

import (
	"encoding/binary"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// A backlink is a link to a page as it is kept: by index in entries and in the
// Refs of that entry.
type backlink struct {
	from, ref int32
	rank      uint8
}

// The ranks of links to a page, by what they tell its reader of the page that
// links: those of named are no backlinks. One more where both share a topic.
const (
	named   = 0 // by a guide or journey, as a part or in a step
	beside  = 1 // in front matter
	alone   = 3 // in the text, without a sentence
	briefly = 5 // in a sentence of a few words
	fully   = 7 // in a sentence that says why
)

// rank returns the rank of a link.
func (s *Site) rank(l link) uint8 {
	from, to := &s.entries[l.from], &s.entries[l.to]
	r := &from.Refs[l.ref]
	rank := uint8(alone)
	switch {
	case r.Use == content.UsePart || r.Use == content.UseStep:
		return named
	case r.Use != content.UseBody:
		rank = beside
	case r.Quote.Telling():
		rank = fully
	case r.Quote.Linked > 0:
		rank = briefly
	}
	for _, a := range from.Topics {
		for _, b := range to.Topics {
			if a == b {
				return rank + 1
			}
		}
	}
	return rank
}

// quoted returns a link to a page with its sentence, if it has one.
func (s *Site) quoted(b backlink, to *Entry) Backlink {
	from := &s.entries[b.from]
	x := Backlink{Entry: from}
	r := &from.Refs[b.ref]
	q, ok := from.Quote(r)
	if !ok {
		return x
	}
	fill := func(text string) string { return markdown.FillFacts(text, s.facts.value) }
	x.Before, x.Linked, x.After = fill(q.Before), fill(q.Linked), fill(q.After)
	if r.Kind == markdown.RefWiki && r.Text == "" {
		x.Linked = to.Title // which is what the page shows there
	}
	x.Before, x.After = strings.TrimLeft(x.Before, " "), strings.TrimRight(x.After, " ")
	return x
}

// backEvidence appends what, beside [Site.ShownRoot], e gives to the back links of
// all pages: its sentences, and who links to it. It is read page by page as it
// lies in memory; to put each back link together would take ten times as long.
func (s *Site) backEvidence(b []byte, e *Entry) []byte {
	// Lengths first, and a byte for each answer: no two sites give the same bytes.
	b = binary.AppendUvarint(b, uint64(len(e.Quotes)))
	b = append(b, e.Quotes...)
	for i := range e.Refs {
		r := &e.Refs[i]
		if r.Quote.Linked == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(i+1))
		b = binary.AppendUvarint(b, uint64(r.Quote.At))
		b = binary.AppendUvarint(b, uint64(r.Quote.Before))
		b = binary.AppendUvarint(b, uint64(r.Quote.Linked))
		b = binary.AppendUvarint(b, uint64(r.Quote.After))
		untitled := byte(0)
		if r.Text == "" {
			untitled = 1
		}
		b = append(b, byte(r.Kind), untitled)
	}
	b = append(b, 0) // no reference has the number 0
	l := s.back[e.at]
	l = l[:min(len(l), mostBacklinks)]
	b = binary.AppendUvarint(b, uint64(len(l)))
	for _, x := range l {
		b = binary.AppendUvarint(b, uint64(x.from))
		b = binary.AppendUvarint(b, uint64(x.ref))
		b = append(b, x.rank)
	}
	return b
}
