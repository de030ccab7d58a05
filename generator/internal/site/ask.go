package site

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
)

// What a View answers and what Digest says of it come from the same methods
// of Site, so what a page saw and what is remembered of it cannot drift.

// Limits of what a page shows.
const (
	mostRelated   = 5
	mostBacklinks = 20
)

func (s *Site) related(id content.ID) []*Entry {
	e := s.byID[id]
	if e == nil {
		return nil
	}
	var list []*Entry
	add := func(x *Entry) {
		if x == e || x.State != Live || len(list) == mostRelated {
			return
		}
		for _, y := range list {
			if x == y {
				return
			}
		}
		list = append(list, x)
	}
	for i := range e.Refs {
		if r := &e.Refs[i]; r.Use == content.UseRelated {
			if d, ok := s.seek(r); ok && d.entry != nil {
				add(d.entry)
			}
		}
	}
	for _, n := range s.near[e.at] {
		add(&s.entries[n.at])
	}
	return list
}

func (s *Site) backlinks(id content.ID) []Backlink {
	e := s.byID[id]
	if e == nil {
		return nil
	}
	l := s.back[e.at]
	l = l[:min(len(l), mostBacklinks)]
	list := make([]Backlink, 0, len(l))
	for _, b := range l {
		if b.rank == named {
			break // and so are all that follow
		}
		list = append(list, s.quoted(b, e))
	}
	return list
}

func (s *Site) crumbs(id content.ID) []Crumb {
	e := s.byID[id]
	way := []Crumb{{Title: "", ID: ""}}
	up := func(slug string) {
		var line []Crumb
		for t := s.topics[slug]; t != nil; t = s.topics[t.Parent] {
			line = append(line, Crumb{t.Title, t.ID})
			if t.Parent == "" {
				break
			}
		}
		for i := len(line) - 1; i >= 0; i-- {
			way = append(way, line[i])
		}
	}
	switch {
	case e != nil && e.guide != 0 && e.guide != e.at+1:
		g := &s.entries[e.guide-1]
		return append(s.crumbs(g.ID), Crumb{g.Title, g.ID})
	case e == nil && strings.HasPrefix(string(id), "topics/"), e != nil && e.Kind == content.Topic:
		way = append(way, Crumb{"Topics", "topics"})
		if t := s.topics[strings.TrimPrefix(string(id), "topics/")]; t != nil && t.Parent != "" {
			up(t.Parent)
		}
	case e == nil || id == "":
	case len(e.Topics) > 0 && s.topics[e.Topics[0]] != nil:
		up(e.Topics[0])
	default:
		for i := 0; i < len(id); i++ {
			if id[i] == '/' {
				if p := s.byID[id[:i]]; p != nil {
					way = append(way, Crumb{p.Title, p.ID})
				}
			}
		}
	}
	return way
}

func (s *Site) topic(slug string) *TopicEntry {
	if t := s.topics[slug]; t != nil {
		return &t.TopicEntry
	}
	return nil
}

func (s *Site) topicList(slug string, page int) []*Entry {
	t := s.topics[slug]
	if t == nil || page < 1 {
		return nil
	}
	size := max(s.o.PageSize, 1)
	from := min((page-1)*size, len(t.cards))
	return t.cards[from:min(from+size, len(t.cards))]
}

func (s *Site) topicNewest(slug string) []*Entry {
	if t := s.topics[slug]; t != nil {
		return t.newest
	}
	return nil
}

func (s *Site) newestOnes() []*Entry {
	return s.newest[:min(len(s.newest), max(s.o.FeedLimit, 1))]
}

func (s *Site) lent() []*Entry {
	var list []*Entry
	for _, e := range s.catalogue {
		if e.Lent() || looksLent(e.ID) {
			list = append(list, e)
		}
	}
	return list
}

// looksLent reports whether a page lies where a form of a lent page could.
func looksLent(id content.ID) bool {
	last := id[strings.LastIndexByte(string(id), '/')+1:]
	return last == "embed" || last == "card"
}

// A memo remembers digests: many jobs ask the same.
type memo struct {
	root       sync.Once
	rootDigest cache.Digest
	all        []cache.Digest // of what is shown of each entry

	related relatedMemo

	answers [len(answerKinds)]struct {
		once sync.Once
		root cache.Digest
	}
}

// ShownKinds are the kinds of questions whose answers derive from nothing but
// what [Site.ShownRoot] is the digest of.
var ShownKinds = []string{"target", "crumbs", "topics", "topic-tree", "topic", "list", "topic-newest", "newest", "listed", "pages", "redirects", "lent", "term", "has-terms", "part-of", "steps", "journeys"}

// ShownRoot returns the digest of all that pages may show of one another, with
// what decides about their order and addresses. An edit of a body leaves it as it is.
func (s *Site) ShownRoot() cache.Digest {
	s.memo.root.Do(func() {
		s.memo.all = make([]cache.Digest, len(s.entries))
		inParallel(len(s.entries), func(from, to int) {
			for i := from; i < to; i++ {
				s.memo.all[i] = shownDigest(&s.entries[i])
			}
		})
		var e cache.Encoder
		for i := range s.entries {
			x := &s.entries[i]
			e.Digest(s.memo.all[i])
			e.String(x.File)
			e.Int(x.Weight)
			e.String(x.Parent)
			encodeCourse(&e, x.Card)
			e.Uint(uint64(len(x.Aliases)))
			for _, a := range x.Aliases {
				e.String(a.Text)
			}
		}
		s.glossary.encode(&e)
		for _, name := range s.facts.names() {
			e.String(name)
			e.String(s.facts.value(name))
		}
		files := make([]string, 0, len(s.files))
		for f := range s.files {
			files = append(files, f)
		}
		slices.Sort(files)
		e.Strings(files)
		s.memo.rootDigest = cache.Sum(e.B)
	})
	return s.memo.rootDigest
}

func shownDigest(e *Entry) cache.Digest {
	c := e.Card.Shown()
	return cache.Sum(append(append(c[:], byte(e.State)), e.ReviewDue...))
}

// shown returns the digest of what lists and links of other pages may show of e.
func (s *Site) shown(e *Entry) cache.Digest {
	s.ShownRoot()
	return s.memo.all[e.at]
}

// answerKinds are the kinds of questions about one page whose answers are hashed
// as a whole as well: where none of them has changed, none has to be asked again.
var answerKinds = [...]string{"headings", "related", "back"}

// AnswerKinds returns the kinds of questions that [Site.AnswerRoot] knows.
func AnswerKinds() []string { return answerKinds[:] }

// AnswerRoot returns a digest that changes whenever the answer to a kind of
// question changes for any page.
func (s *Site) AnswerRoot(kind string) cache.Digest {
	k := slices.Index(answerKinds[:], kind)
	a := &s.memo.answers[k]
	a.once.Do(func() {
		// Parts of a fixed size: the digest does not depend on the number of processors.
		const size = 1024
		parts := make([]cache.Digest, (len(s.entries)+size-1)/size)
		inParts(len(parts), 1, func(from, to int) {
			var b []byte
			for i := from; i < to; i++ {
				b = b[:0]
				for k := i * size; k < min((i+1)*size, len(s.entries)); k++ {
					if kind == "back" {
						b = s.backEvidence(b, &s.entries[k])
					} else {
						b = s.answer(b, kind, &s.entries[k])
					}
					b = append(b, 0xff) // in no text, and of no digest's length
				}
				parts[i] = cache.Sum(b)
			}
		})
		var e cache.Encoder
		e.Digest(s.ShownRoot())
		for _, d := range parts {
			e.Digest(d)
		}
		a.root = cache.Sum(e.B)
	})
	return a.root
}

// answer appends the answer to a question about one page; nothing if there is none.
func (s *Site) answer(b []byte, kind string, e *Entry) []byte {
	shown := func(x *Entry) {
		d := s.shown(x)
		b = append(b, d[:]...)
	}
	switch kind {
	case "headings":
		for i := range e.Headings {
			b = append(append(b, e.Headings[i].ID...), 0)
			b = append(append(b, e.Headings[i].Text...), 0)
		}
	case "related":
		for _, x := range s.related(e.ID) {
			shown(x)
		}
	case "back":
		for _, x := range s.backlinks(e.ID) {
			shown(x.Entry)
			for _, text := range [...]string{x.Before, x.Linked, x.After} {
				b = append(append(b, text...), 0)
			}
		}
	}
	return b
}

// Digest returns the digest of the answer to a question, as a View told it
// without "site:"; zero where there is no answer.
func (s *Site) Digest(question string) cache.Digest {
	kind, arg, _ := strings.Cut(question, ":")
	id := content.ID(arg)
	var b []byte
	list := func(l []*Entry) cache.Digest {
		if len(l) == 0 {
			return cache.Digest{}
		}
		b = make([]byte, 0, 16*len(l))
		for _, e := range l {
			d := s.shown(e)
			b = append(b, d[:]...)
		}
		return cache.Sum(b)
	}
	topic := func(t *TopicEntry) {
		var e cache.Encoder
		e.String(t.Slug)
		e.String(t.Title)
		e.String(t.Description)
		e.String(string(t.ID))
		e.Bool(t.Page != nil)
		e.Int(t.Count)
		e.String(t.Parent)
		e.Strings(t.Children)
		if t.Page != nil {
			e.Digest(s.shown(t.Page))
		}
		b = append(b, e.B...)
	}
	switch kind {
	case "entry":
		e := s.byID[id]
		if e == nil {
			return cache.Digest{}
		}
		// All of the card may be asked for.
		d := s.digests[e.at]
		return cache.Sum(append(append(d[:], byte(e.State)), e.ReviewDue...))
	case "target":
		scheme, key, _ := strings.Cut(arg, ":")
		for i, name := range schemes {
			if name != "" && name == scheme {
				if d, ok := s.find(content.Scheme(i), key); ok {
					return cache.Sum([]byte("\x00" + d.url + "\x00" + d.title + "\x00" + d.fragment))
				}
			}
		}
		return cache.Digest{}
	case "headings", "related", "back":
		e := s.byID[id]
		if e == nil {
			return cache.Digest{}
		}
		if b = s.answer(nil, kind, e); len(b) == 0 && kind != "headings" {
			return cache.Digest{}
		}
	case "term":
		t := s.glossary.find(arg)
		if t == nil {
			return cache.Digest{}
		}
		return t.Digest
	case "has-terms":
		if len(s.glossary.terms) == 0 {
			return cache.Digest{}
		}
	case "glossary":
		return s.glossaryDigest()
	case "crumbs":
		for _, c := range s.crumbs(id) {
			b = append(append(b, c.ID...), 0)
			b = append(append(b, c.Title...), 0)
		}
	case "topics":
		for _, t := range s.order {
			topic(t)
		}
	case "topic-tree":
		for _, t := range s.order {
			b = append(append(b, t.Slug...), 0)
			b = append(append(b, t.Title...), 0)
			b = append(append(b, t.Parent...), 0)
		}
	case "topic":
		t := s.topic(arg)
		if t == nil {
			return cache.Digest{}
		}
		topic(t)
	case "list":
		page, slug, _ := strings.Cut(arg, ":")
		n, _ := strconv.Atoi(page)
		return list(s.topicList(slug, n))
	case "topic-newest":
		return list(s.topicNewest(arg))
	case "newest":
		return list(s.newestOnes())
	case "listed":
		return list(s.listed)
	case "all":
		b = make([]byte, 0, 32*len(s.catalogue))
		for _, e := range s.catalogue {
			d := s.shown(e)
			b = append(b, d[:]...)
			b = strconv.AppendInt(b, int64(e.Words), 10)
			b = append(b, ' ')
			if e.NoIndex {
				b = append(b, 'n')
			}
			b = append(b, e.Owner...)
			b = append(b, e.Reviewed.Text...)
		}
	case "part-of":
		return s.membershipDigest(s.membership(id))
	case "steps":
		return s.stepsDigest(s.courses.journeys[s.byID[id]])
	case "journeys":
		return list(s.journeyPages())
	case "map":
		return s.web().mapDigest(s.web().all, false)
	case "map-topic":
		return s.web().mapDigest(s.web().part[arg], true)
	case "lent":
		for _, e := range s.lent() {
			b = append(append(b, e.ID...), 0)
			if e.Lent() {
				b = append(b, 1)
			}
		}
	case "pages":
		return list(s.catalogue)
	case "redirects":
		for _, r := range s.redirects {
			b = append(append(b, r.From...), 0)
			b = append(append(b, r.To...), 0)
		}
	default:
		panic("site: unknown question " + question)
	}
	return cache.Sum(append(b, kind...))
}
