package content

import "guidepost/generator/internal/markdown"

// The page that a link leads to shows the sentence in which it stands, so the
// sentence is a part of the linking page's card. Sites have a hundred thousand
// cards: all sentences of one are one string, and each link knows its part.

// A Quote says where in [Card.Quotes] the sentence stands in which a link
// stands, in bytes: what comes before the linked words, they, and what comes
// after them. Linked is zero where there is none.
type Quote struct {
	At                    uint32
	Before, Linked, After uint16
}

// mostQuotes is how many links of one page are quoted.
const mostQuotes = 200

// telling is from how many bytes beside the linked words a sentence says why
// somebody would follow the link.
const telling = 30

// Telling reports whether the sentence says much besides the linked words.
func (q Quote) Telling() bool { return q.Linked > 0 && int(q.Before)+int(q.After) >= telling }

// Quote returns the sentence in which r, of c's, stands.
func (c *Card) Quote(r *Ref) (q markdown.Quote, ok bool) {
	at, end := int(r.Quote.At), int(r.Quote.At)+int(r.Quote.Before)+int(r.Quote.Linked)+int(r.Quote.After)
	if r.Quote.Linked == 0 || end > len(c.Quotes) {
		return q, false
	}
	s := c.Quotes[at:end]
	from, to := int(r.Quote.Before), int(r.Quote.Before)+int(r.Quote.Linked)
	return markdown.Quote{Before: s[:from], Linked: s[from:to], After: s[to:]}, true
}

// quote gives the card the sentences of its links: of each page that they
// lead to the most telling one, else the first.
func (c *Card) quote(b *markdown.Body) {
	type name struct {
		scheme Scheme
		key    string
	}
	own := c.ID.URL()
	var refs []int
	for i := range b.Refs {
		r := &c.Refs[i]
		link := r.Kind == markdown.RefLink && (r.Scheme == SchemePage || r.Scheme == SchemeFile) || r.Kind == markdown.RefWiki && (r.Scheme == SchemeTitle || r.Scheme == SchemePage)
		if link && r.Key != own {
			refs = append(refs, i)
		}
	}
	if len(refs) == 0 {
		return
	}
	quotes := b.Quotes(refs)
	best := make(map[name]int, len(refs))
	for i, ref := range refs {
		q := &quotes[i]
		if q.Linked == "" {
			continue
		}
		n := name{c.Refs[ref].Scheme, c.Refs[ref].Key}
		if k, ok := best[n]; !ok || size(&quotes[k]) < telling && size(q) >= telling {
			best[n] = i
		}
	}
	var all []byte
	count := 0
	for i, ref := range refs {
		if k, ok := best[name{c.Refs[ref].Scheme, c.Refs[ref].Key}]; !ok || k != i || count == mostQuotes {
			continue
		}
		q := &quotes[i]
		c.Refs[ref].Quote = Quote{uint32(len(all)), uint16(len(q.Before)), uint16(len(q.Linked)), uint16(len(q.After))}
		all = append(append(append(all, q.Before...), q.Linked...), q.After...)
		count++
	}
	c.Quotes = string(all)
}

func size(q *markdown.Quote) int { return len(q.Before) + len(q.After) }
