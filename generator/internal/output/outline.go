package output

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

// An Outline is all of a site that decides which files it has. Two sites with
// equal outlines have equal plans, so a plan can be remembered by its outline.
type Outline struct {
	Pages     []OutlinePage
	Topics    []OutlineTopic
	Letters   []OutlineLetter // of the listed articles, in order
	Redirects []OutlineRedirect
	Terms     bool         // there is a glossary
	Maps      []OutlineMap // of topics that are under no other
}

// An OutlinePage is a page that somebody wrote.
type OutlinePage struct {
	ID      content.ID
	File    string
	Kind    content.Kind
	Indexed bool // stands in the sitemap
	Printed bool // a guide with parts, which has a printable whole
	Lent    bool // other sites may show it, if this one lends at all
}

// An OutlineTopic is a topic, whether or not it has a page of its own.
type OutlineTopic struct {
	Slug  string
	ID    content.ID
	Count int // articles in its list
}

// An OutlineLetter is a letter of the A to Z.
type OutlineLetter struct {
	ID    string // as in its address: "a"
	Count int
}

// An OutlineMap is the articles that belong first to a topic or to one below it.
type OutlineMap struct {
	Slug  string // empty: to none
	Count int
}

// An OutlineRedirect is an old address.
type OutlineRedirect struct {
	From string // as written
	To   content.ID
	File string // that names it; empty if no page does
	content.Place
}

// Survey returns the outline of a site. Where the plan is to be made again for
// another outline only, give it a View that records nothing and compare.
func Survey(v View) Outline {
	var o Outline
	type alias struct {
		from string
		to   content.ID
	}
	places := map[alias]OutlineRedirect{}
	for _, n := range v.All() {
		printed := false
		if n.Kind == content.Guide {
			g := v.PartOf(n.ID).Guide
			printed = g != nil && len(g.Parts) > 0
		}
		o.Pages = append(o.Pages, OutlinePage{
			ID: n.ID, File: n.File, Kind: n.Kind,
			Indexed: n.State == site.Live && !n.NoIndex && !n.Draft && !n.Unlisted,
			Printed: printed, Lent: n.Lent(),
		})
		for _, a := range n.Aliases {
			places[alias{a.Text, n.ID}] = OutlineRedirect{File: n.File, Place: a.Place}
		}
	}
	for _, t := range v.Topics() {
		o.Topics = append(o.Topics, OutlineTopic{Slug: t.Slug, ID: t.ID, Count: t.Count})
	}
	listed := v.Listed()
	o.Terms = v.HasTerms()
	o.Maps = mapsOf(v.Topics(), listed)
	for _, l := range byLetter(listed) {
		o.Letters = append(o.Letters, OutlineLetter{ID: l.id, Count: len(l.entries)})
	}
	for _, r := range v.Redirects() {
		at := places[alias{r.From, r.To}]
		o.Redirects = append(o.Redirects, OutlineRedirect{From: r.From, To: r.To, File: at.File, Place: at.Place})
	}
	return o
}

// mapsOf counts articles by the topic under no other that they belong to.
func mapsOf(topics []*site.TopicEntry, listed []*site.Entry) []OutlineMap {
	bySlug := make(map[string]*site.TopicEntry, len(topics))
	for _, t := range topics {
		bySlug[t.Slug] = t
	}
	root := make(map[string]int, len(topics)) // of list, by slug
	var list []OutlineMap
	var below func(t *site.TopicEntry)
	below = func(t *site.TopicEntry) {
		root[t.Slug] = len(list) - 1
		for _, slug := range t.Children {
			below(bySlug[slug])
		}
	}
	for _, t := range topics {
		if t.Parent == "" {
			list = append(list, OutlineMap{Slug: t.Slug})
			below(t)
		}
	}
	list = append(list, OutlineMap{})
	for _, e := range listed {
		at := len(list) - 1
		for _, slug := range e.Topics {
			if i, ok := root[slug]; ok {
				at = i
				break
			}
		}
		list[at].Count++
	}
	return slices.DeleteFunc(list, func(m OutlineMap) bool { return m.Count == 0 })
}

// maps calls do with every page of the maps of topics.
func (o *Outline) maps(do func(slug string, n int)) {
	total := 0
	for _, m := range o.Maps {
		total += m.Count
	}
	if total <= wholeMap {
		return
	}
	for _, m := range o.Maps {
		for n := 1; n <= pages(m.Count, mapPage); n++ {
			do(m.Slug, n)
		}
	}
}

// Encode writes o, so that it can be compared with another by digest.
func (o *Outline) Encode(e *cache.Encoder) {
	cache.Slice(e, o.Pages, func(e *cache.Encoder, p *OutlinePage) {
		e.String(string(p.ID))
		e.String(p.File)
		e.Uint(uint64(p.Kind))
		e.Bool(p.Indexed)
		e.Bool(p.Printed)
		e.Bool(p.Lent)
	})
	cache.Slice(e, o.Topics, func(e *cache.Encoder, t *OutlineTopic) {
		e.String(t.Slug)
		e.String(string(t.ID))
		e.Int(t.Count)
	})
	cache.Slice(e, o.Letters, func(e *cache.Encoder, l *OutlineLetter) {
		e.String(l.ID)
		e.Int(l.Count)
	})
	e.Bool(o.Terms)
	cache.Slice(e, o.Maps, func(e *cache.Encoder, m *OutlineMap) {
		e.String(m.Slug)
		e.Int(m.Count)
	})
	cache.Slice(e, o.Redirects, func(e *cache.Encoder, r *OutlineRedirect) {
		e.String(r.From)
		e.String(string(r.To))
		e.String(r.File)
		e.Int(r.Line)
		e.Int(r.Col)
		e.Int(r.EndCol)
	})
}

// IDs of the lists that every site has. A page of the same address does not
// replace the list: it introduces it.
const (
	topicsID   content.ID = "topics"
	aToZID     content.ID = "a-z"
	glossaryID content.ID = "glossary" // where the site has one
	mapID      content.ID = "map"      // where the site has one
)

// Above splitAZ articles each letter has pages of its own, letterSize articles
// to a page.
const (
	splitAZ    = 1000
	letterSize = 500
)

// addresses calls do with every address that the sitemap holds, in order of
// the plan, and the page that is there, if somebody wrote it. The plan counts
// them and the sitemap lists them, so the two cannot differ.
func (o *Outline) addresses(pageSize int, mapped bool, do func(url string, id content.ID, written bool)) {
	written := make(map[content.ID]bool, 16) // that stand in for what is generated: true if indexed
	for _, p := range o.Pages {
		if p.Kind == content.Topic || p.ID == topicsID || p.ID == aToZID || p.ID == mapID && mapped || p.ID == glossaryID && o.Terms || p.ID == "" {
			written[p.ID] = p.Indexed
		}
		if p.Indexed {
			do(pageURL(p.ID), p.ID, true)
		}
	}
	generated := func(id content.ID, url string) (open bool) {
		indexed, ok := written[id]
		if !ok {
			do(url, "", false)
		}
		return !ok || indexed
	}
	generated("", "/")
	for _, t := range o.Topics {
		if generated(t.ID, topicURL(t.Slug)) {
			for n := 2; n <= pages(t.Count, pageSize); n++ {
				do(listURL(topicURL(t.Slug), n), "", false)
			}
		}
	}
	generated(topicsID, "/topics/")
	if o.Terms {
		generated(glossaryID, glossaryURL)
	}
	if mapped && generated(mapID, "/map/") {
		o.maps(func(slug string, n int) { do(listURL(mapURL(slug), n), "", false) })
	}
	if generated(aToZID, "/a-z/") && o.split() {
		for _, l := range o.Letters {
			for n := 1; n <= pages(l.Count, letterSize); n++ {
				do(listURL(letterURL(l.ID), n), "", false)
			}
		}
	}
}

// split reports whether the letters of the A to Z have pages of their own.
func (o *Outline) split() bool {
	total := 0
	for _, l := range o.Letters {
		total += l.Count
	}
	return total > splitAZ
}

// pages returns how many pages a list of count takes: at least one.
func pages(count, size int) int { return max(1, (count+size-1)/size) }

// A letter is a part of the A to Z.
type letter struct {
	id, text string
	entries  []*site.Entry
}

// byLetter groups entries by the first letter of their titles, and keeps their
// order within. Digits come first, then Latin letters, then all others, then
// what begins with none.
func byLetter(entries []*site.Entry) []letter {
	var letters []letter
	index := map[rune]int{}
	for _, n := range entries {
		r := firstLetter(n.Title)
		i, ok := index[r]
		if !ok {
			i = len(letters)
			index[r] = i
			id, text := letterName(r)
			letters = append(letters, letter{id: id, text: text})
		}
		letters[i].entries = append(letters[i].entries, n)
	}
	first := func(l letter) rune { return firstLetter(l.text) }
	slices.SortStableFunc(letters, func(a, b letter) int { return cmp.Compare(first(a), first(b)) })
	return letters
}

const noLetter = unicode.MaxRune + 1

func letterName(r rune) (id, text string) {
	switch r {
	case '0':
		return "0-9", "0–9"
	case noLetter:
		return "other", "#"
	}
	return strings.ToLower(string(r)), string(r)
}

// firstLetter returns the letter, in upper case and without accents, under
// which a title stands; '0' for any digit, noLetter if it has neither.
func firstLetter(title string) rune {
	for _, r := range title {
		switch {
		case 'A' <= r && r <= 'Z':
			return r
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case unicode.IsDigit(r):
			return '0'
		case unicode.Is(unicode.Han, r):
			return '漢' // thousands of letters, few titles to each
		case unicode.IsLetter(r):
			r, _ := utf8.DecodeRuneInString(norm.NFD.String(string(unicode.ToUpper(r))))
			if plain, ok := withoutStroke[unicode.ToUpper(r)]; ok {
				return plain
			}
			return unicode.ToUpper(r)
		}
	}
	return noLetter
}

// withoutStroke has the Latin letters that do not come apart into a plain one
// and an accent.
var withoutStroke = map[rune]rune{'ß': 'S', 'ẞ': 'S', 'Æ': 'A', 'Œ': 'O', 'Ø': 'O', 'Ł': 'L', 'Đ': 'D', 'Ð': 'D', 'Ħ': 'H', 'ı': 'I'}
