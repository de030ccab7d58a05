package site

import (
	"cmp"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// A Guide is one subject in parts, each a page.
type Guide struct {
	Page  *Entry
	Parts []*Entry // in order
}

// A Journey is what to do in steps, each with links to pages.
type Journey struct {
	Page  *Entry
	Steps []Step
}

// A Step is a step of a journey.
type Step struct {
	Title, Text string
	Links       []StepLink
}

// A StepLink is a link of a step. Entry is nil where it leads to no page that
// somebody wrote here.
type StepLink struct {
	Target
	Entry *Entry
}

// A Membership says what a page is part of.
type Membership struct {
	Guide    *Guide // that the page is or is a part of; nil if there is none
	Part     int    // index in Guide.Parts; -1 for the guide itself
	Journeys []Passage
}

// A Passage is a journey that names the page, and the first of its steps that does.
type Passage struct {
	*Journey
	At int // index in Steps
}

// courses are the guides and journeys of a site.
type courses struct {
	guides   map[*Entry]*Guide // by the guide's page
	journeys map[*Entry]*Journey
	order    []*Journey           // listed ones, by weight and title
	passages map[*Entry][]Passage // in that order, by a page that they name
}

// course finds the guides and journeys and what they consist of, and tells
// what cannot be part of one. References that lead nowhere are told with the
// others.
func (s *Site) course(diags *diag.List) {
	s.courses = courses{map[*Entry]*Guide{}, map[*Entry]*Journey{}, nil, map[*Entry][]Passage{}}
	claimed := map[*Entry]*content.Ref{}
	for i := range s.entries {
		switch e := &s.entries[i]; e.Kind {
		case content.Guide:
			s.guide(e, claimed, diags)
		case content.Journey:
			s.journey(e, diags)
		}
	}
	slices.SortFunc(s.courses.order, func(a, b *Journey) int {
		return cmp.Or(weight(a.Page.Weight, b.Page.Weight), byTitle(a.Page, b.Page))
	})
	for _, j := range s.courses.order {
		for at := range j.Steps {
			for _, l := range j.Steps[at].Links {
				if l.Entry == nil {
					continue
				}
				list := s.courses.passages[l.Entry]
				if n := len(list); n == 0 || list[n-1].Journey != j {
					s.courses.passages[l.Entry] = append(list, Passage{j, at})
				}
			}
		}
	}
}

// guide gathers the parts of a guide. A page that is claimed by two guides
// would have two ways back and two next pages, so that is an error; it stays
// with the first by address. claimed has the reference by which each part is one.
func (s *Site) guide(e *Entry, claimed map[*Entry]*content.Ref, diags *diag.List) {
	g := &Guide{Page: e}
	s.courses.guides[e] = g
	e.guide = e.at + 1
	bad := func(r *content.Ref, rule, hint, format string, args ...any) {
		d := diags.Errorf(pos(e, r), rule, format, args...)
		d.EndCol, d.Hint = r.EndCol, hint
	}
	for k := range e.Refs {
		r := &e.Refs[k]
		if r.Use != content.UsePart || r.Scheme == content.SchemeNone {
			continue
		}
		d, ok := s.seek(r)
		if !ok {
			if s.allowed(r) { // which is not told as a broken link
				bad(r, "bad-part", "name an article by its path", "%q is no article of this site, so it cannot be part of a guide", shorten(r.Target))
			}
			continue
		}
		p := d.entry
		switch {
		case p == nil:
			bad(r, "bad-part", "name an article by its path", "%q is no article, so it cannot be part of a guide", shorten(r.Target))
		case p == e:
			bad(r, "bad-part", "take it out; the guide's own text comes before its parts", "the guide names itself as a part")
		case p.Kind != content.Article:
			bad(r, "bad-part", "name an article, or link to it from the text", "%s is %s, and the parts of a guide are articles", p.ID.URL(), kindOf(p.Kind))
		case p.State != Live:
			s.stale(diags, e, r, p)
		case slices.Contains(g.Parts, p):
			bad(r, "bad-part", "take one of the two out", "the part %q is named twice", p.Title)
		case e.State != Live:
			g.Parts = append(g.Parts, p) // it claims nothing any more
		case p.guide != 0:
			other := &s.entries[p.guide-1]
			bad(r, "two-guides", "name it in one of the two, and link to it from the other",
				"%q is a part of two guides: of %q (%s) and of this one, %q", p.Title, other.Title, pos(other, claimed[p]), e.Title)
		default:
			p.guide, claimed[p] = e.at+1, r
			g.Parts = append(g.Parts, p)
		}
	}
}

func kindOf(k content.Kind) string {
	switch k {
	case content.Guide:
		return "a guide"
	case content.Journey:
		return "a journey"
	case content.Topic:
		return "a topic"
	}
	return "the home page"
}

// stale tells that a guide or journey leads to a page that no longer holds.
func (s *Site) stale(diags *diag.List, e *Entry, r *content.Ref, to *Entry) {
	what := "has been out of date since " + to.Expires.Text
	hint := "name a page that holds, or bring that one up to date"
	if to.State == Withdrawn {
		what = "was withdrawn on " + to.Withdrawn.Date.Text
		if with := to.Withdrawn.Replacement.Text; with != "" {
			hint = "name the page that replaces it: " + with
		}
	}
	d := diags.Errorf(pos(e, r), "out-of-date-link", "the page %q %s", shorten(r.Target), what)
	d.EndCol, d.Hint = r.EndCol, hint
}

// journey gathers the steps of a journey.
func (s *Site) journey(e *Entry, diags *diag.List) {
	j := &Journey{Page: e, Steps: make([]Step, 0, len(e.Steps))}
	k := 0
	next := func() *content.Ref {
		for ; k < len(e.Refs); k++ {
			if e.Refs[k].Use == content.UseStep {
				k++
				return &e.Refs[k-1]
			}
		}
		return nil
	}
	for i := range e.Steps {
		was := &e.Steps[i]
		step := Step{Title: was.Title, Text: was.Text}
		for range was.Links {
			r := next()
			if r == nil {
				break
			}
			l := s.stepLink(r)
			switch {
			case l.URL == "":
				continue // leads nowhere, which is told with the other references
			case l.Entry == e:
				d := diags.Errorf(pos(e, r), "bad-part", "the journey names itself in a step")
				d.EndCol, d.Hint = r.EndCol, "name the page that the step is about"
				continue
			case l.Entry != nil && l.Entry.State != Live:
				s.stale(diags, e, r, l.Entry)
			}
			step.Links = append(step.Links, l)
		}
		if step.Title == "" && len(step.Links) > 0 {
			step.Title = step.Links[0].Title
		}
		if step.Title != "" {
			j.Steps = append(j.Steps, step)
		}
	}
	s.courses.journeys[e] = j
	if e.Listed() && len(j.Steps) > 0 {
		s.courses.order = append(s.courses.order, j)
	}
}

// stepLink returns where a link of a step leads; without a URL if nowhere.
func (s *Site) stepLink(r *content.Ref) StepLink {
	switch r.Scheme {
	case content.SchemeNone:
		return StepLink{}
	case content.SchemeExternal:
		return StepLink{Target: Target{URL: r.Key, Title: r.Text, External: true}}
	}
	d, ok := s.seek(r)
	if !ok && !s.allowed(r) {
		return StepLink{}
	}
	if !ok {
		d = elsewhere(r)
	}
	l := StepLink{Target{URL: d.address(r), Title: cmp.Or(r.Text, d.title, r.Target)}, d.entry}
	if r.Fragment != "" && !d.whole {
		l.URL += "#" + content.EscapePath(r.Fragment)
	}
	return l
}

// elsewhere is where a reference leads that settings let pass: to what another
// system serves.
func elsewhere(r *content.Ref) destination {
	d := destination{url: r.Key, title: r.Text}
	if !strings.HasSuffix(pathOf(r.Target), "/") && len(d.url) > 1 {
		d.url = strings.TrimSuffix(d.url, "/")
	}
	return d
}

// address returns the address of d with r's query, and without its fragment.
func (d destination) address(r *content.Ref) string {
	url := content.EscapePath(d.url)
	if r.Query != "" {
		url += "?" + escapeQuery(r.Query)
	}
	return url
}

// guideOf returns the guide that e is or is a part of, or nil.
func (s *Site) guideOf(e *Entry) *Guide {
	if e.guide == 0 {
		return nil
	}
	return s.courses.guides[&s.entries[e.guide-1]]
}

func (s *Site) membership(id content.ID) Membership {
	e := s.byID[id]
	if e == nil {
		return Membership{}
	}
	m := Membership{Guide: s.guideOf(e), Journeys: s.courses.passages[e]}
	if m.Guide != nil {
		m.Part = slices.Index(m.Guide.Parts, e)
	}
	return m
}

// membershipDigest is the digest of what a page shows of the guide and the
// journeys that it is part of: of each step its title and first link, of the
// page's own step all links.
func (s *Site) membershipDigest(m Membership) cache.Digest {
	if m.Guide == nil && len(m.Journeys) == 0 {
		return cache.Digest{}
	}
	var e cache.Encoder
	if g := m.Guide; g != nil {
		e.Digest(s.shown(g.Page))
		e.Int(m.Part)
		for _, p := range g.Parts {
			e.Digest(s.shown(p))
		}
	}
	e.Uint(uint64(len(m.Journeys)))
	for _, p := range m.Journeys {
		e.Digest(s.shown(p.Page))
		e.Int(p.At)
		e.Uint(uint64(len(p.Steps)))
		for i := range p.Steps {
			step := &p.Steps[i]
			e.String(step.Title)
			links := step.Links
			if i != p.At {
				links = links[:min(1, len(links))]
			}
			s.encodeLinks(&e, links)
		}
	}
	return cache.Sum(e.B)
}

func (s *Site) encodeLinks(e *cache.Encoder, links []StepLink) {
	e.Uint(uint64(len(links)))
	for _, l := range links {
		e.String(l.URL)
		e.String(l.Title)
		e.Bool(l.External)
		if l.Entry != nil {
			e.Digest(s.shown(l.Entry))
		}
	}
}

// stepsDigest is the digest of a journey as its own page shows it.
func (s *Site) stepsDigest(j *Journey) cache.Digest {
	if j == nil {
		return cache.Digest{}
	}
	var e cache.Encoder
	e.Uint(uint64(len(j.Steps)))
	for i := range j.Steps {
		e.String(j.Steps[i].Title)
		e.String(j.Steps[i].Text)
		s.encodeLinks(&e, j.Steps[i].Links)
	}
	return cache.Sum(e.B)
}

// encodeCourse writes what a guide or journey consists of, as it was written.
func encodeCourse(e *cache.Encoder, c *content.Card) {
	if c.Kind != content.Guide && c.Kind != content.Journey {
		return
	}
	for i := range c.Steps {
		e.String(c.Steps[i].Title)
		e.String(c.Steps[i].Text)
		e.Int(c.Steps[i].Links)
	}
	for i := len(c.Refs) - 1; i >= 0 && c.Refs[i].Use != content.UseBody; i-- {
		if r := &c.Refs[i]; r.Use == content.UsePart || r.Use == content.UseStep {
			e.Uint(uint64(r.Scheme))
			for _, text := range [...]string{r.Target, r.Key, r.Alt, r.Fragment, r.Query, r.Text} {
				e.String(text)
			}
		}
	}
}

func (s *Site) journeyPages() []*Entry {
	list := make([]*Entry, len(s.courses.order))
	for i, j := range s.courses.order {
		list[i] = j.Page
	}
	return list
}

// printed returns the guide whose printable whole stands at a rooted address.
func (s *Site) printed(url string) *Guide {
	if id, ok := strings.CutSuffix(url, "/print/"); ok {
		if e := s.byID[idOf(id)]; e != nil {
			if g := s.courses.guides[e]; g != nil && len(g.Parts) > 0 {
				return g
			}
		}
	}
	return nil
}

// PartOf returns the guide and the journeys that a page is part of.
func (v View) PartOf(id content.ID) Membership {
	v.saw("part-of:" + string(id))
	return v.site.membership(id)
}

// Journey returns the journey that a page is, or nil.
func (v View) Journey(id content.ID) *Journey {
	v.saw("steps:" + string(id))
	return v.site.courses.journeys[v.site.byID[id]]
}

// Journeys returns the listed journeys, by weight and title.
func (v View) Journeys() []*Entry {
	v.saw("journeys:")
	return v.site.journeyPages()
}
