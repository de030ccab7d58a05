package site

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// A garden is a site whose pages grow, change and go at random.
type garden struct {
	rnd   *rand.Rand
	words int // in its vocabulary
	next  int
	cards []*content.Card
}

func newGarden(seed int64, pages, words int) *garden {
	g := &garden{rnd: rand.New(rand.NewSource(seed)), words: words}
	for range pages {
		g.add()
	}
	return g
}

// add adds a page somewhere in the order of addresses.
func (g *garden) add() {
	id := fmt.Sprintf("p%03d-%d", g.rnd.Intn(1000), g.next)
	g.next++
	c := &content.Card{ID: content.ID(id), Kind: content.Article, File: "content/" + id + ".md", Title: id, Language: "en-GB"}
	g.terms(c)
	g.topics(c)
	g.cards = append(g.cards, c)
}

func (g *garden) pick() *content.Card { return g.cards[g.rnd.Intn(len(g.cards))] }

func (g *garden) terms(c *content.Card) {
	// Some words are common, most are rare, as in any language.
	has := map[uint32]bool{}
	var terms []content.Term
	for range 1 + g.rnd.Intn(40) {
		h := uint32(g.rnd.Intn(1 + g.rnd.Intn(g.words)))
		if !has[h] {
			has[h] = true
			terms = append(terms, content.Term{Hash: h*2654435761 + 1, Weight: uint16(1 + g.rnd.Intn(1<<16-1))})
		}
	}
	setTerms(c, terms)
}

// setTerms gives terms to c in the order that package content gives to them.
func setTerms(c *content.Card, terms []content.Term) {
	slices.SortFunc(terms, func(a, b content.Term) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Hash, b.Hash))
	})
	c.Terms = content.PackTerms(terms)
}

func termsOf(c *content.Card) (terms []content.Term) {
	for i := range c.Terms.Len() {
		terms = append(terms, c.Terms.At(i))
	}
	return terms
}

func (g *garden) topics(c *content.Card) {
	c.Topics = nil
	for _, t := range []string{"a", "b", "c", "d"} {
		if g.rnd.Intn(4) == 0 {
			c.Topics = append(c.Topics, t)
		}
	}
}

// edit changes one thing. Cards that were linked are not changed: an edit makes
// another card, as a build does.
func (g *garden) edit() string {
	i := g.rnd.Intn(len(g.cards))
	c := *g.cards[i]
	what := ""
	switch g.rnd.Intn(12) {
	case 0, 1:
		what = "terms"
		g.terms(&c)
	case 2:
		what = "one term"
		terms := termsOf(&c)
		terms[g.rnd.Intn(len(terms))].Weight |= 1 << g.rnd.Intn(16)
		setTerms(&c, terms)
	case 3:
		what = "topics"
		g.topics(&c)
	case 4, 5:
		what = "link"
		to := g.pick()
		c.Refs = append(slices.Clone(c.Refs), content.Ref{Ref: markdown.Ref{Kind: markdown.RefLink, Target: to.ID.URL()}, Scheme: content.SchemePage, Key: to.ID.URL()})
	case 6:
		what = "links away"
		c.Refs = nil
	case 7:
		what = "language"
		c.Language = []string{"en-GB", "en", "fr"}[g.rnd.Intn(3)]
	case 8:
		what = "unlisted"
		c.Unlisted = !c.Unlisted
	case 11:
		what = "guide"
		c.Kind, c.Refs = content.Article, nil
		if g.rnd.Intn(3) > 0 {
			c.Kind = content.Guide
		}
		for range 3 {
			to := g.pick()
			c.Refs = append(c.Refs, content.Ref{Ref: markdown.Ref{Target: to.ID.URL()}, Scheme: content.SchemePage, Key: to.ID.URL(), Use: content.UsePart})
		}
	case 9:
		g.add()
		return "add"
	case 10:
		if len(g.cards) > 8 {
			g.cards = slices.Delete(slices.Clone(g.cards), i, i+1)
			return "remove"
		}
		what = "expired"
		c.Expires = content.Date{Unix: 1, Text: "1970-01-01"}
	}
	g.cards = slices.Clone(g.cards)
	g.cards[i] = &c
	return what
}

// input gives the cards in some order.
func (g *garden) input(state []byte) Input {
	in := Input{Now: day, Related: state, Options: Options{TopicsOpen: true}, Digests: make([]cache.Digest, len(g.cards))}
	for _, i := range g.rnd.Perm(len(g.cards)) {
		in.Cards = append(in.Cards, g.cards[i])
	}
	return in
}

// changed counts the pages that an edit has touched, as relate sees it.
func changed(before, after *Site) (n int) {
	was := map[content.ID]digests{}
	for i := range before.entries {
		was[before.entries[i].ID] = before.memo.related.pages[i].digests
	}
	for i := range after.entries {
		if d, ok := was[after.entries[i].ID]; !ok || d != after.memo.related.pages[i].digests {
			n++
		}
	}
	return n
}

// neighbours tells the near pages of all.
func neighbours(s *Site) string {
	var b bytes.Buffer
	for i := range s.entries {
		fmt.Fprintf(&b, "%s:", s.entries[i].ID)
		for _, n := range s.near[i] {
			fmt.Fprintf(&b, " %s=%d", s.entries[n.at].ID, n.score)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestRelatedAgain edits sites at random and links each time with what the
// last link left, in one long line, and afresh: both must say the same.
func TestRelatedAgain(t *testing.T) {
	seeds := int64(300)
	if testing.Short() {
		seeds = 60
	}
	short, linked, near := 0, 0, 0
	for seed := range seeds {
		g := newGarden(seed, 10+int(seed*7%110), []int{30, 200, 2000}[seed%3])
		last, _ := Link(g.input(nil))
		var log []string
		for range 12 {
			for range 1 + g.rnd.Intn(2) {
				log = append(log, g.edit())
			}
			s, _ := Link(g.input(last.RelatedState()))
			fresh, _ := Link(g.input(nil))
			if got, want := neighbours(s), neighbours(fresh); got != want {
				t.Fatalf("seed %d after %q:\ngot\n%s\nwant\n%s", seed, log, got, want)
			}
			if !bytes.Equal(s.RelatedState(), fresh.RelatedState()) {
				t.Fatalf("seed %d after %q: the states differ", seed, log)
			}
			for i := range s.near {
				near += len(s.near[i])
			}
			linked++
			if n := changed(last, s); n <= len(s.entries)/8 {
				short++
			}
			last = s
		}
	}
	if short < linked/4 || near < linked*50 {
		t.Errorf("of %d links %d took the short way, with %d neighbours in all: the test shows little", linked, short, near)
	}
}

// TestRelatedCommonTerm crosses the number of pages beyond which a term tells
// nothing, both ways: one page more or less changes the neighbours of a thousand.
func TestRelatedCommonTerm(t *testing.T) {
	const shared = 7
	g := newGarden(1, 0, 5000)
	add := func(yes bool) {
		g.add()
		if c := g.cards[len(g.cards)-1]; yes {
			terms := termsOf(c)
			setTerms(c, append(terms[:min(3, len(terms))], content.Term{Hash: shared, Weight: 65535}))
		}
	}
	for i := range longestList * 3 {
		add(i%3 == 0)
	}
	last, _ := Link(g.input(nil))
	crossed := 0
	for step := range 4 {
		if step < 2 {
			add(true)
		} else {
			g.cards = slices.Clone(g.cards[:len(g.cards)-1])
		}
		s, _ := Link(g.input(last.RelatedState()))
		fresh, _ := Link(g.input(nil))
		if neighbours(s) != neighbours(fresh) {
			t.Fatal("step", step)
		}
		if changed(last, s) >= longestList {
			crossed++
		}
		last = s
	}
	if crossed != 2 {
		t.Errorf("the limit was crossed %d times, want 2", crossed)
	}
}

// TestRelatedDamaged gives a link a state that is cut short, or another site's,
// or has bytes changed: it may be right or useless, but must do no harm.
func TestRelatedDamaged(t *testing.T) {
	g := newGarden(3, 60, 200)
	first, _ := Link(g.input(nil))
	state := first.RelatedState()
	g.edit()
	for i := 0; i < len(state); i += 7 {
		Link(g.input(state[:i]))
		bad := bytes.Clone(state)
		bad[i] ^= byte(1 + g.rnd.Intn(255))
		Link(g.input(bad))
	}
	other, _ := Link(newGarden(4, 80, 200).input(nil))
	s, _ := Link(g.input(other.RelatedState()))
	fresh, _ := Link(g.input(nil))
	if neighbours(s) != neighbours(fresh) {
		t.Error("another site's state is believed")
	}
}

// TestRelatedRules checks what stands in the list whatever the scores: what the
// author names first, at most five, each once, only pages that hold.
func TestRelatedRules(t *testing.T) {
	g := newGarden(5, 40, 30)
	for i, c := range g.cards {
		c.Terms = g.cards[0].Terms
		switch {
		case i == 1:
			c.Unlisted = true
		case i == 2:
			c.Expires = content.Date{Unix: 1, Text: "1970-01-01"}
		case i == 3:
			c.Language = "fr"
		}
	}
	c := g.cards[0]
	for _, to := range []*content.Card{g.cards[1], g.cards[2], g.cards[9], g.cards[9], c} {
		c.Refs = append(c.Refs, content.Ref{Ref: markdown.Ref{Kind: markdown.RefLink}, Scheme: content.SchemePage, Key: to.ID.URL(), Use: content.UseRelated})
	}
	s, _ := Link(g.input(nil))
	list := s.View(nil).Related(c.ID)
	if len(list) != mostRelated || list[0].ID != g.cards[1].ID || list[1].ID != g.cards[9].ID {
		t.Fatalf("%d related, want %d that begin with what the page names", len(list), mostRelated)
	}
	for i, e := range list {
		if e.ID == c.ID || e.ID == g.cards[2].ID || e.ID == g.cards[3].ID || slices.Contains(list[:i], e) || i > 0 && e.Unlisted {
			t.Errorf("%s is related", e.ID)
		}
	}
}

// TestRelatedGuides checks that the parts of a guide are not offered on one
// another, nor on the guide, which has a list of them already.
func TestRelatedGuides(t *testing.T) {
	g := newGarden(6, 30, 30)
	for _, c := range g.cards {
		c.Terms = g.cards[0].Terms
	}
	guide := g.cards[0]
	guide.Kind = content.Guide
	course := g.cards[:5]
	for _, to := range course[1:] {
		guide.Refs = append(guide.Refs, content.Ref{Ref: markdown.Ref{Target: to.ID.URL()}, Scheme: content.SchemePage, Key: to.ID.URL(), Use: content.UsePart})
	}
	s, _ := Link(g.input(nil))
	for _, c := range course {
		list := s.View(nil).Related(c.ID)
		if len(list) != mostRelated {
			t.Errorf("%s has %d related", c.ID, len(list))
		}
		for _, e := range list {
			if slices.ContainsFunc(course, func(c *content.Card) bool { return c.ID == e.ID }) {
				t.Errorf("%s is related to %s, of the same guide", e.ID, c.ID)
			}
		}
	}
}

// TestRelatedEvidence checks what makes one page nearer than another that
// says the same.
func TestRelatedEvidence(t *testing.T) {
	page := func(id string, topics ...string) *content.Card {
		return &content.Card{ID: content.ID(id), File: "content/" + id + ".md", Title: id, Kind: content.Article, Language: "en", Topics: topics,
			Terms: content.PackTerms([]content.Term{{Hash: 7, Weight: 1000}})}
	}
	link := func(from, to *content.Card) {
		from.Refs = append(from.Refs, content.Ref{Ref: markdown.Ref{Target: to.ID.URL()}, Scheme: content.SchemePage, Key: to.ID.URL()})
	}
	for _, c := range []struct {
		name string
		make func(a, near *content.Card, others []*content.Card)
	}{
		{"it links there", func(a, near *content.Card, _ []*content.Card) { link(a, near) }},
		{"it is linked from there", func(a, near *content.Card, _ []*content.Card) { link(near, a) }},
		{"links both ways are more than one", func(a, near *content.Card, others []*content.Card) {
			link(a, near)
			link(near, a)
			link(a, others[0])
		}},
		{"a link among few is more than one among many", func(a, near *content.Card, others []*content.Card) {
			link(near, a)
			for _, o := range append([]*content.Card{a}, others[1:]...) {
				link(others[0], o)
			}
		}},
		{"a shared topic", func(a, near *content.Card, _ []*content.Card) { a.Topics, near.Topics = []string{"x"}, []string{"x"} }},
		{"a rare topic is more than a common one", func(a, near *content.Card, others []*content.Card) {
			a.Topics, near.Topics = []string{"x", "y"}, []string{"x"}
			for _, o := range others {
				o.Topics = []string{"y"}
			}
		}},
		{"a topic named twice is shared once", func(a, near *content.Card, others []*content.Card) {
			a.Topics, near.Topics = []string{"x", "x", "y"}, []string{"x", "y"}
			others[0].Topics = []string{"x", "x"}
		}},
		{"topics count up to a bound", func(a, near *content.Card, others []*content.Card) {
			for i := range 3000 {
				slug := fmt.Sprintf("t%d", i)
				a.Topics, others[0].Topics = append(a.Topics, slug), append(others[0].Topics, slug)
				near.Topics = append(near.Topics, slug)
			}
			link(near, a)
		}},
		{"its own language", func(a, near *content.Card, others []*content.Card) {
			near.Language = "en-GB"
			for _, o := range others {
				o.Language = "fr"
			}
		}},
	} {
		a, near := page("a"), page("z")
		others := []*content.Card{page("b"), page("c"), page("d"), page("e"), page("f"), page("g"), page("h")}
		c.make(a, near, others)
		in := Input{Now: day, Options: Options{TopicsOpen: true}, Cards: append([]*content.Card{a, near}, others...)}
		in.Digests = make([]cache.Digest, len(in.Cards))
		s, _ := Link(in)
		if list := s.View(nil).Related(a.ID); len(list) == 0 || list[0].ID != near.ID {
			t.Errorf("%s: %v is first, and not it", c.name, list)
		}
	}
}

// TestRelatedFew holds that an edit moves few other pages: how rare words are
// depends on all pages, but not on each.
func TestRelatedFew(t *testing.T) {
	g := newGarden(7, 2000, 4000)
	last, _ := Link(g.input(nil))
	touched := 0
	const edits = 20
	for range edits {
		g.cards = slices.Clone(g.cards)
		i := g.rnd.Intn(len(g.cards))
		c := *g.cards[i]
		g.terms(&c)
		g.cards[i] = &c
		s, _ := Link(g.input(nil))
		touched += changed(last, s)
		last = s
	}
	if mean := touched / edits; mean > 60 {
		t.Errorf("an edit changes the vectors of %d pages of 2,000", mean)
	} else {
		t.Logf("an edit of all words of a page changes the vectors of %d pages of 2,000", mean)
	}
}

func BenchmarkRelate(b *testing.B) {
	g := newGarden(1, 10_000, 60_000)
	in := g.input(nil)
	s, _ := Link(in)
	links := []link{}
	edited := *g.cards[17]
	g.terms(&edited)
	g.cards = slices.Clone(g.cards)
	g.cards[17] = &edited
	after, _ := Link(g.input(nil))
	state := s.RelatedState()
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			relate(s, links, nil)
		}
	})
	b.Run("one edit", func(b *testing.B) {
		for b.Loop() {
			relate(after, links, state)
		}
	})
	b.Run("no edit", func(b *testing.B) {
		for b.Loop() {
			relate(s, links, state)
		}
	})
}
