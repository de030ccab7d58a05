package markdown

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// A Span is a run of bytes.
type Span struct{ Start, End int }

// aim notes that a reference names its target in raw, which is a part of src,
// or where the parser had to copy it, stands somewhere in the reference.
func (p *page) aim(ref int, raw []byte) {
	if len(raw) == 0 {
		return
	}
	s := &p.targets[ref]
	if at := cap(p.src) - cap(raw); at >= 0 && at+len(raw) <= len(p.src) && &p.src[at] == &raw[0] {
		*s = Span{at, at + len(raw)}
		return
	}
	p.aimWithin(ref, raw)
}

// aimWithin looks for raw within the reference; where it does not stand there
// in so many words, nobody knows where the target is.
func (p *page) aimWithin(ref int, raw []byte) {
	s := &p.targets[ref]
	start, end := max(s.Start, 0), min(s.End, len(p.src))
	*s = Span{}
	if start < end {
		if i := bytes.LastIndex(p.src[start:end], raw); i >= 0 {
			*s = Span{start + i, start + i + len(raw)}
		}
	}
}

// written turns spans of src into those of the source before it was cleaned.
func (p *page) written(spans []Span) []Span {
	if p.uncleaned == nil || len(spans) == 0 {
		return spans
	}
	offs := make([]int, 0, 2*len(spans))
	for _, s := range spans {
		offs = append(offs, s.Start, s.End)
	}
	slices.Sort(offs)
	offs = slices.Compact(offs)
	was := make(map[int]int, len(offs))
	old, at := p.uncleaned, 0 // at: in src, as clean wrote it
	for i := 0; len(offs) > 0; {
		for len(offs) > 0 && offs[0] <= at {
			was[offs[0]] = i
			offs = offs[1:]
		}
		if i >= len(old) {
			break
		}
		r, n := utf8.DecodeRune(old[i:])
		switch {
		case r == '\r':
			if i+1 < len(old) && old[i+1] == '\n' {
				n = 2
			}
			at++
		case r < ' ' && r != '\t' && r != '\n', r >= 0x7f && r < 0xA0:
			at += len("\ufffd")
		default:
			at += n
		}
		i += n
	}
	out := make([]Span, len(spans))
	for i, s := range spans {
		out[i] = Span{was[s.Start], was[s.End]}
	}
	return out
}
