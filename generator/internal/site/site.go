// Package site knows how articles relate: addresses, topics, links and back
// links, related guidance, redirects and review dates. Resolving a link is
// checking it.
//
// Its one rule: a Site never changes once linked; a new build links a new one.
package site

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// An Input is all that a site is linked from.
type Input struct {
	Cards    []*content.Card
	Digests  []cache.Digest  // of each card, as it was kept
	Files    []string        // other published files of content/, rooted: "/cv/form.pdf"
	Out      []*content.Card // articles that are left out because of errors
	Unread   []content.ID    // articles that cannot be read
	Ledger   []LedgerLine    // addresses that were published
	Facts    content.Facts
	Glossary content.Glossary
	Now      time.Time
	Options  Options
	// KeepGoing says that all but the pages in error will be published.
	KeepGoing bool
	// Related is what Site.RelatedState returned for an earlier version of the
	// site, or nil. It makes linking quicker and changes nothing.
	Related []byte
}

// A Site is every published page's card and how they relate.
type Site struct {
	o       Options
	entries []Entry // by address
	digests []cache.Digest

	byID     map[content.ID]*Entry
	byFile   map[content.ID]*Entry // by the address that the file's path alone would give, where the page's is another
	byAlias  map[string]*Entry     // "/old/page/"
	called   func() *called        // by what wikilinks name them
	files    map[string]bool
	absent   absent
	facts    facts
	glossary glossary
	topics   map[string]*topic
	order    []*TopicEntry // by weight and title

	listed    []*Entry      // by title
	newest    []*Entry      // newest first
	catalogue []*Entry      // all, by address
	back      [][]backlink  // by index in entries, the most telling first
	near      [][]neighbour // by index in entries
	web       func() *web   // of the map
	courses   courses
	redirects []Redirect

	suggest  suggester
	headings headings
	memo     memo
}

// A topic is a topic with its articles.
type topic struct {
	TopicEntry
	cards  []*Entry // listed ones, by weight and title
	newest []*Entry
}

// Link relates cards and tells references that lead nowhere.
func Link(in Input) (*Site, diag.List) {
	s := &Site{
		o: in.Options, byID: make(map[content.ID]*Entry, len(in.Cards)), byFile: map[content.ID]*Entry{},
		byAlias: map[string]*Entry{},
		files:   make(map[string]bool, len(in.Files)), absent: absent{map[content.ID]string{}, map[string]string{}}, topics: map[string]*topic{},
	}
	s.called = sync.OnceValue(s.callNames)
	s.web = sync.OnceValue(s.weave)
	var diags diag.List
	s.facts = readFacts(in)
	s.facts.fill(&in)
	s.facts.check(&diags, in.Facts.List)
	s.readGlossary(in)
	for _, f := range in.Files {
		s.files[f] = true
	}
	s.admit(in, &diags)
	s.sortTopics(&diags)
	s.course(&diags)
	// Neither looks at what the other makes.
	var wg sync.WaitGroup
	wg.Go(s.list)
	links := s.resolveAll(&diags)
	s.dropped(&in, &diags)
	s.checkTerms(&diags)
	wg.Wait()
	s.near = relate(s, links, in.Related)
	s.alone(links, &diags)
	return s, diags
}

// admit takes in the cards that are published at the time of the build.
func (s *Site) admit(in Input, diags *diag.List) {
	now := in.Now.Unix()
	order := make([]int, 0, len(in.Cards))
	for _, c := range in.Out {
		s.absent.add(c, "it has errors")
	}
	for i, c := range in.Cards {
		if why := withheld(c, now); why != "" && !s.o.Drafts {
			s.absent.add(c, why)
			continue
		}
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(in.Cards[a].ID, in.Cards[b].ID), cmp.Compare(in.Cards[a].File, in.Cards[b].File))
	})
	s.entries = make([]Entry, 0, len(order))
	s.digests = make([]cache.Digest, 0, len(order))
	for _, i := range order {
		c := in.Cards[i]
		if n := len(s.entries); n > 0 && s.entries[n-1].ID == c.ID {
			d := diags.Errorf(diag.Pos{File: c.File, Line: 1, Col: 1}, "address-clash", "the address %s is also that of %s", c.ID.URL(), s.entries[n-1].File)
			d.Hint = "rename one of the two, or give it another slug"
			continue
		}
		s.entries = append(s.entries, Entry{Card: c, State: state(c, now), Newest: newestDate(c), ReviewDue: s.reviewDue(c)})
		s.digests = append(s.digests, in.Digests[i])
	}
	for i := range s.entries {
		e := &s.entries[i]
		e.at, e.key = int32(i), sortTitle(e.Title)
		s.byID[e.ID] = e
		for _, a := range e.Aliases {
			if s.byAlias[a.Text] == nil {
				s.byAlias[a.Text] = e
			}
			s.redirects = append(s.redirects, Redirect{From: a.Text, To: e.ID})
		}
		if e.Kind == content.Topic {
			slug := string(e.ID[strings.LastIndexByte(string(e.ID), '/')+1:])
			s.topics[slug] = &topic{TopicEntry: TopicEntry{Slug: slug, Title: e.Title, Description: e.Description, ID: e.ID, Page: e, Parent: e.Parent}}
		}
	}
	for i := range s.entries {
		e := &s.entries[i]
		id := fileID(e.Card)
		if id == e.ID {
			continue
		}
		s.byFile[id] = e
	}
	slices.SortFunc(s.redirects, func(a, b Redirect) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
}

// absent says why pages that were written are not published, by all that
// links may call them.
type absent struct {
	pages map[content.ID]string // by address, file and old address
	names map[string]string     // by folded title and path
}

func (a absent) add(c *content.Card, why string) {
	file := fileID(c)
	a.pages[c.ID], a.pages[file] = why, why
	a.names[content.FoldKey(string(c.ID))], a.names[content.FoldKey(string(file))] = why, why
	if c.Title != "" {
		a.names[foldTitle(c.Title)] = why
	}
	for _, old := range c.Aliases {
		a.pages[idOf(old.Text)] = why
	}
}

// fileID returns the address that a page has by its file's path alone.
func fileID(c *content.Card) content.ID {
	id, _ := content.FileID(c.File)
	return id
}

// idOf returns the ID of the page at a rooted address.
func idOf(url string) content.ID { return content.ID(strings.Trim(url, "/")) }

// called holds what wikilinks name pages by. It is made when the first one is
// looked up.
type called struct {
	byTitle map[string][]*Entry // folded
	byPath  map[string]*Entry   // folded: by address, and by the file's path where that is no other page's address
}

func (s *Site) callNames() *called {
	c := &called{make(map[string][]*Entry, len(s.entries)), make(map[string]*Entry, len(s.entries))}
	for i := range s.entries {
		e := &s.entries[i]
		c.byPath[content.FoldKey(string(e.ID))] = e
		if e.Title != "" {
			t := foldTitle(e.Title)
			c.byTitle[t] = append(c.byTitle[t], e)
		}
	}
	for i := range s.entries {
		e := &s.entries[i]
		if id := fileID(e.Card); id != e.ID {
			if key := content.FoldKey(string(id)); c.byPath[key] == nil {
				c.byPath[key] = e
			}
		}
	}
	return c
}

// foldTitle returns what wikilinks compare titles by.
func foldTitle(title string) string {
	return content.FoldKey(strings.Join(strings.Fields(title), " "))
}

// withheld returns why a page is not published at a time, or "".
func withheld(c *content.Card, now int64) string {
	switch {
	case c.Draft:
		return "it is a draft"
	case !c.PublishOn.IsZero() && c.PublishOn.Unix > now:
		return "it is not published before " + c.PublishOn.Text
	}
	return ""
}

func state(c *content.Card, now int64) State {
	switch {
	case !c.Withdrawn.Date.IsZero() && c.Withdrawn.Date.Unix <= now:
		return Withdrawn
	case !c.Expires.IsZero() && c.Expires.Unix <= now:
		return Expired
	}
	return Live
}

// Transitions returns the moments, in seconds since 1970, sorted, at which a
// page of the cards comes, expires or is withdrawn, or a fact should be
// reviewed. Between two of them the passing of time changes nothing.
func Transitions(cards []*content.Card, facts []content.Fact) []int64 {
	var at []int64
	for i := range facts {
		if when, ok := due(&facts[i]); ok {
			at = append(at, when)
		}
	}
	for _, c := range cards {
		for _, d := range [...]content.Date{c.PublishOn, c.Expires, c.Withdrawn.Date} {
			if !d.IsZero() {
				at = append(at, d.Unix)
			}
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

func newestDate(c *content.Card) content.Date {
	if !c.Updated.IsZero() {
		return c.Updated
	}
	return c.Published
}

// reviewDue returns the day of a page's next review.
func (s *Site) reviewDue(c *content.Card) string {
	from := c.Reviewed
	if from.IsZero() {
		from = newestDate(c)
	}
	every := c.ReviewEvery
	if every == (content.Period{}) {
		every = s.o.ReviewEvery
	}
	if from.IsZero() || every == (content.Period{}) {
		return ""
	}
	return addPeriod(time.Unix(from.Unix, 0).UTC(), every).Format(time.DateOnly)
}

// addPeriod adds calendar time: a month after 31 January is the last of
// February, not some day in March.
func addPeriod(t time.Time, p content.Period) time.Time {
	first := time.Date(t.Year()+p.Years, t.Month()+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1+p.Days)
}

// Listed reports whether e stands in lists: it holds, it is an article, and
// its author does not keep it out.
func (e *Entry) Listed() bool {
	switch e.Kind {
	case content.Article, content.Guide, content.Journey:
		return e.State == Live && !e.Unlisted
	}
	return false
}

// weight orders by weight; zero, none given, comes last.
func weight(a, b int) int {
	switch {
	case a == b:
		return 0
	case a == 0:
		return 1
	case b == 0:
		return -1
	}
	return cmp.Compare(a, b)
}

// newestFirst orders feeds.
func newestFirst(a, b *Entry) int {
	return cmp.Or(cmp.Compare(b.Newest.Unix, a.Newest.Unix), cmp.Compare(a.ID, b.ID))
}

// sortTitle returns what titles are ordered by: small letters without accents,
// without what stands before the first letter or digit.
func sortTitle(title string) string {
	plain := true
	for i := 0; i < len(title); i++ {
		if title[i] >= 0x80 {
			plain = false
			break
		}
	}
	if !plain {
		var b strings.Builder
		for _, r := range norm.NFKD.String(title) {
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(unicode.ToLower(r))
			}
		}
		title = b.String()
	} else {
		title = strings.ToLower(title)
	}
	return strings.TrimLeftFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// sorted holds an entry beside what it is ordered by, so that a title is
// folded once and not at each comparison.
type sorted struct {
	key string
	e   *Entry
}

// list fills in the lists of the site and of its topics.
func (s *Site) list() {
	var titles []sorted
	for i := range s.entries {
		e := &s.entries[i]
		s.catalogue = append(s.catalogue, e)
		if !e.Listed() {
			continue
		}
		titles = append(titles, sorted{e.key, e})
		if !e.Newest.IsZero() {
			s.newest = append(s.newest, e)
		}
	}
	slices.SortFunc(titles, func(a, b sorted) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.e.ID, b.e.ID)) })
	weighted := false
	for _, t := range titles {
		s.listed = append(s.listed, t.e)
		for _, slug := range t.e.Topics {
			if p := s.topics[slug]; p != nil && (len(p.cards) == 0 || p.cards[len(p.cards)-1] != t.e) {
				p.cards = append(p.cards, t.e)
				weighted = weighted || t.e.Weight != 0
			}
		}
	}
	slices.SortFunc(s.newest, newestFirst)
	for _, p := range s.topics {
		if weighted {
			slices.SortStableFunc(p.cards, func(a, b *Entry) int { return weight(a.Weight, b.Weight) })
		}
		p.Count = len(p.cards)
	}
	limit := max(s.o.FeedLimit, 1)
	for _, e := range s.newest {
		for _, slug := range e.Topics {
			if p := s.topics[slug]; p != nil && len(p.newest) < limit && (len(p.newest) == 0 || p.newest[len(p.newest)-1] != e) {
				p.newest = append(p.newest, e)
			}
		}
	}
	for i := range s.order {
		s.order[i] = &s.topics[s.order[i].Slug].TopicEntry
	}
}

// sortTopics makes topics of words where settings allow it, checks their
// parents and orders them.
func (s *Site) sortTopics(diags *diag.List) {
	if s.o.TopicsOpen {
		for i := range s.entries {
			e := &s.entries[i]
			for _, slug := range e.Topics {
				if slug != "" && s.topics[slug] == nil {
					s.topics[slug] = &topic{TopicEntry: TopicEntry{Slug: slug, Title: titleOf(slug), ID: content.ID("topics/" + slug)}}
				}
			}
		}
	}
	slugs := s.slugs()
	circles := s.circles(slugs)
	for _, slug := range slugs {
		t := s.topics[slug]
		if t.Parent == "" {
			continue
		}
		at := diag.Pos{File: t.Page.File, Line: 1, Col: 1}
		end := 0
		for _, r := range t.Page.Refs {
			if r.Use == content.UseParent {
				at.Line, at.Col, end = r.Line, r.Col, r.EndCol
			}
		}
		switch {
		case s.topics[t.Parent] == nil:
			// Told with the other references.
			t.Parent = ""
		case circles[slug]:
			d := diags.Errorf(at, "topic-circle", "the topic %q is, through its parents, its own parent", slug)
			d.Hint, d.EndCol = "take the parent away from one of them", end
		}
	}
	for slug := range circles {
		s.topics[slug].Parent = ""
	}
	for _, slug := range slugs {
		s.order = append(s.order, &s.topics[slug].TopicEntry)
	}
	slices.SortFunc(s.order, func(a, b *TopicEntry) int {
		return cmp.Or(weight(topicWeight(a), topicWeight(b)), cmp.Compare(sortTitle(a.Title), sortTitle(b.Title)), cmp.Compare(a.Slug, b.Slug))
	})
	for _, t := range s.order {
		if t.Parent != "" {
			p := s.topics[t.Parent]
			p.Children = append(p.Children, t.Slug)
		}
	}
}

func topicWeight(t *TopicEntry) int {
	if t.Page == nil {
		return 0
	}
	return t.Page.Weight
}

// circles returns the topics that are, through their parents, their own.
func (s *Site) circles(slugs []string) map[string]bool {
	in := map[string]bool{}
	walk := make(map[string]int, len(slugs)) // number of the walk that came by
	for i, slug := range slugs {
		at := slug
		for s.topics[at] != nil && walk[at] == 0 {
			walk[at] = i + 1
			at = s.topics[at].Parent
		}
		if s.topics[at] == nil || walk[at] != i+1 {
			continue
		}
		for !in[at] { // this walk met itself: once round
			in[at] = true
			at = s.topics[at].Parent
		}
	}
	return in
}

func (s *Site) slugs() []string {
	slugs := make([]string, 0, len(s.topics))
	for slug := range s.topics {
		slugs = append(slugs, slug)
	}
	slices.Sort(slugs)
	return slugs
}

// titleOf makes a title of a word's slug: "job-search" is "Job search".
func titleOf(slug string) string {
	t := strings.ReplaceAll(slug, "-", " ")
	for i, r := range t {
		return string(unicode.ToUpper(r)) + t[i+len(string(r)):]
	}
	return slug
}
