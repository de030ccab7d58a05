package output

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// A sheet is a page being made: what its template is given, and what only its
// head needs.
type sheet struct {
	*layout.Page
	at      place
	shared  *shared
	entry   *site.Entry   // nil if nobody wrote the page
	own     *content.Page // likewise
	way     []site.Crumb  // from the home page to the parent
	picture picture
	topic   string // slug, of a topic's page
	// canonical is the rooted address of the page that stands for this one, where that is another.
	canonical string
	heading   string // of the title in the head, where it is not Title
	noindex   bool
	lent      bool          // other sites may show the page
	extra     []*asset.File // styles and scripts that this page loads, and others do not
}

// mostStart is how many journeys the home page offers; its topics have the others.
const mostStart = 6

// page makes every job that is a page of HTML.
func (m *Maker) page(j Job, e *Env) ([]byte, error) {
	s := &sheet{Page: &layout.Page{}, at: m.placeOf(j.Path)}
	if j.Kind != JobNotFound && j.Kind != JobRedirect {
		if s.entry = e.View.Entry(j.ID); s.entry != nil {
			own, err := e.Article(s.entry.File)
			if err != nil {
				return nil, err
			}
			s.own = own
		}
	}
	// The page for addresses that are not there is shown at all of them.
	s.at.whole = j.Kind == JobNotFound && m.o.Relative && m.o.BaseURL != ""
	s.Language = m.o.Language
	if s.entry != nil && s.entry.Language != "" {
		s.Language = s.entry.Language
	}
	s.Direction = direction(s.Language)
	s.shared = m.sharedFor(e, s.Language, s.at)
	s.Site = s.shared.site
	s.URL = template.URL(m.href(s.at, s.at.url))

	name := "article.html"
	switch j.Kind {
	case JobPage:
		if s.entry == nil {
			return nil, stale(j)
		}
		s.Kind = kindName(s.entry.Kind)
		m.written(e, s)
		m.article(e, s)
		s.lent = m.o.lendsPage(s.entry)
	case JobHome:
		name, s.Kind = "home.html", "home"
		s.Title, s.Description = m.o.Title, m.o.Description
		m.written(e, s)
		s.Cards = m.cardsOf(e, s.at, e.View.Newest())
		s.Listed = m.topics(e, s.at)
		journeys := e.View.Journeys()
		s.Start = m.cardsOf(e, s.at, journeys[:min(len(journeys), mostStart)])
	case JobTopic:
		name, s.Kind = "topic.html", "topic"
		if err := m.topic(e, s, j); err != nil {
			return nil, err
		}
	case JobTopics:
		name, s.Kind = "topics.html", "topics"
		s.Title = wordsIn(s.Language).topics
		m.written(e, s)
		s.Listed = m.topics(e, s.at)
	case JobAZ:
		name, s.Kind = "a-z.html", "a-z"
		s.Title = wordsIn(s.Language).aToZ
		m.written(e, s)
		if err := m.aToZ(e, s, j); err != nil {
			return nil, err
		}
	case JobGlossary:
		name, s.Kind = "glossary.html", "glossary"
		s.Title = wordsIn(s.Language).glossary
		m.written(e, s)
		m.glossary(e, s)
	case JobMap:
		name, s.Kind = "map.html", "map"
		s.Title = wordsIn(s.Language).siteMap
		m.written(e, s)
		if err := m.siteMap(e, s, j); err != nil {
			return nil, err
		}
	case JobPrint:
		name, s.Kind = "print.html", "print"
		if err := m.whole(e, s, j); err != nil {
			return nil, err
		}
	case JobNotFound:
		name, s.Kind = "404.html", "404"
		s.Title = wordsIn(s.Language).notFound
		s.Listed = m.topics(e, s.at)
		s.noindex = true
	case JobRedirect:
		name, s.Kind = "redirect.html", "redirect"
		to := e.View.Resolve(pageRef(j.ID))
		if to.Title == "" {
			return nil, stale(j)
		}
		s.Title = shown(to.Title)
		s.Target = template.URL(m.href(s.at, to.URL))
		s.Head = m.redirectHead(e, s, to.URL)
		return m.run(e, name, s.Page), nil
	}
	if s.own != nil && s.own.Layout != "" && j.Kind != JobPrint {
		name = m.layoutOf(e, s, name)
	}
	m.way(e, s, j)
	s.Head = m.head(s)
	return m.run(e, name, s.Page), nil
}

func kindName(k content.Kind) string {
	switch k {
	case content.Guide:
		return "guide"
	case content.Journey:
		return "journey"
	case content.Topic:
		return "topic"
	case content.Home:
		return "home"
	}
	return "article"
}

// written fills in what every page has that somebody wrote, if somebody did.
func (m *Maker) written(e *Env, s *sheet) {
	n := s.entry
	if n == nil {
		return
	}
	s.Title = shown(n.Title)
	if n.Description != "" {
		s.Description = shown(n.Description)
	}
	s.noindex = n.NoIndex || n.Draft || n.State != site.Live
	s.Body = m.body(e, s.at, n.Card, s.own.Body)
	s.Contents = contents(n.Headings)
	s.Words, s.Minutes = n.Words, minutes(n.Words)
	s.Owner, s.Authors, s.Audience = n.Owner, n.Authors, n.Audience
	s.Published, s.Updated, s.Reviewed = date(s.Language, n.Published), date(s.Language, n.Updated), date(s.Language, n.Reviewed)
	s.ReviewDue = layout.Date{ISO: n.ReviewDue, Text: dateText(s.Language, n.ReviewDue)}
	s.picture = m.image(e, s.at, n)
	s.Image = s.picture.shown
	s.Notice = m.notice(e, s)
	s.Params, _ = paramsIn(e, s.own.Params).(map[string]any)
	if m.o.EditURL != "" {
		s.Edit = template.URL(safeURL(strings.ReplaceAll(m.o.EditURL, "{path}", content.EscapePath(n.File))))
	}
	if a := s.own.Action; a != nil {
		if ref := refFor(n.Card, content.UseAction); ref != nil {
			if t := e.View.Resolve(ref); t.URL != "" {
				s.Action = &layout.Link{Text: shown(cmp.Or(factsIn(e, a.Text), t.Title)), URL: template.URL(m.href(s.at, t.URL))}
			}
		}
	}
}

// article fills in what articles, guides and journeys have beside that.
func (m *Maker) article(e *Env, s *sheet) {
	n := s.entry
	m.about(e, s)
	s.Related = m.cardsOf(e, s.at, e.View.Related(n.ID))
	for _, b := range e.View.Backlinks(n.ID) {
		s.Backlinks = append(s.Backlinks, layout.Backlink{
			Card: m.card(e, s.at, b.Entry), Before: shown(b.Before), Linked: shown(b.Linked), After: shown(b.After),
		})
	}
	if n.Share.Or(m.o.ShareOn) {
		s.Share = m.share(s)
	}
}

// about fills in what an article says of itself, wherever it is shown.
func (m *Maker) about(e *Env, s *sheet) {
	n := s.entry
	for _, slug := range n.Topics {
		if t := m.topicTarget(e, slug); t.URL != "" {
			s.Topics = append(s.Topics, layout.Link{Text: t.Title, URL: template.URL(m.href(s.at, t.URL))})
		}
	}
	m.partOf(e, s)
	newest := slices.Clone(n.Changes)
	slices.SortStableFunc(newest, func(a, b content.Change) int { return cmp.Compare(b.Date.Unix, a.Date.Unix) })
	for _, c := range newest {
		s.Changes = append(s.Changes, layout.Change{Date: date(s.Language, c.Date), Note: c.Note, Major: c.Major})
	}
	for _, l := range s.own.Sources {
		s.Sources = append(s.Sources, m.source(e, s, l))
	}
}

// source returns an entry of the page's sources: a text, and an address where
// the source has one that leads somewhere.
func (m *Maker) source(e *Env, s *sheet, l content.Link) layout.Link {
	link := layout.Link{Text: shown(cmp.Or(factsIn(e, l.Text), l.URL.Text))}
	for i := range s.entry.Refs {
		if r := &s.entry.Refs[i]; l.URL.Text != "" && r.Use == content.UseSource && r.Target == l.URL.Text {
			link.URL = template.URL(m.href(s.at, e.View.Resolve(r).URL))
			break
		}
	}
	return link
}

// contents returns the headings of level 2, each with those of level 3 under it.
func contents(headings []markdown.Heading) []layout.Heading {
	n := 0
	for _, h := range headings {
		if h.Level == 2 || h.Level == 3 {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	list := make([]layout.Heading, 0, n)
	section := -1 // of list: the heading 2 we are under
	for _, h := range headings {
		x := layout.Heading{ID: h.ID, Text: template.HTML(h.HTML), Level: h.Level}
		switch {
		case h.Level == 2:
			section = len(list)
			list = append(list, x)
		case h.Level == 3 && section >= 0:
			list[section].Children = append(list[section].Children, x)
		case h.Level == 3:
			list = append(list, x)
		}
	}
	return list
}

func (m *Maker) notice(e *Env, s *sheet) *layout.Notice {
	n := s.entry
	var note *layout.Notice
	switch {
	case n.State == site.Withdrawn:
		note = &layout.Notice{Kind: "withdrawn", Date: date(s.Language, n.Withdrawn.Date), Reason: n.Withdrawn.Reason}
	case n.State == site.Expired:
		note = &layout.Notice{Kind: "expired", Date: date(s.Language, n.Expires), Reason: n.Withdrawn.Reason}
	case n.Draft:
		return &layout.Notice{Kind: "draft"}
	default:
		return nil
	}
	if ref := refFor(n.Card, content.UseReplacement); ref != nil {
		if t := e.View.Resolve(ref); t.URL != "" {
			note.Replacement = &layout.Link{Text: shown(cmp.Or(t.Title, t.URL)), URL: template.URL(m.href(s.at, t.URL))}
		}
	}
	return note
}

// layoutOf returns the template that the page asks for, or the kind's own where
// there is no such template.
func (m *Maker) layoutOf(e *Env, s *sheet, own string) string {
	asked := s.own.Layout
	for _, name := range []string{asked, asked + ".html"} {
		if strings.HasSuffix(name, ".html") && e.hasLayout(name) {
			return name
		}
	}
	var names []string
	for _, name := range e.layoutNames() {
		if strings.Contains(name, "/") {
			continue // a part of one
		}
		if !strings.HasSuffix(asked, ".html") {
			name = strings.TrimSuffix(name, ".html")
		}
		names = append(names, name)
	}
	d := diag.Diag{
		Pos:      s.own.LayoutAt,
		Severity: diag.Error, Rule: "unknown-layout",
		Message: "there is no layout " + quote(asked),
		Hint:    diag.DidYouMean(diag.Nearest(asked, names, 3), "add layouts/"+strings.TrimSuffix(asked, ".html")+".html, or leave the layout out"),
	}
	if d.Col > 0 {
		d.EndCol = d.Col + len([]rune(asked))
	}
	e.Report(d)
	return own
}

// way fills in the way from the home page.
func (m *Maker) way(e *Env, s *sheet, j Job) {
	if j.Kind == JobHome || j.Kind == JobNotFound {
		return
	}
	s.way = slices.Clone(e.View.Crumbs(j.ID))
	if j.Kind == JobAZ && j.Arg != "" {
		s.way = append(s.way, site.Crumb{Title: m.titleOf(e, s, aToZID), ID: aToZID})
	}
	if j.Kind == JobMap && j.Page > 0 {
		s.way = append(s.way, site.Crumb{Title: m.titleOf(e, s, mapID), ID: mapID})
	}
	if j.Kind == JobPrint {
		s.way = append(s.way, site.Crumb{Title: s.Title, ID: j.ID})
	}
	for i := range s.way {
		// The site leaves the words for pages that nobody wrote to us.
		switch c := &s.way[i]; c.ID {
		case "":
			c.Title = wordsIn(s.Language).home
		case topicsID:
			c.Title = m.titleOf(e, s, topicsID)
		default:
			c.Title = shown(c.Title)
		}
	}
	for _, c := range s.way {
		s.Crumbs = append(s.Crumbs, layout.Link{Text: c.Title, URL: template.URL(m.href(s.at, pageURL(c.ID)))})
	}
}

// titleOf returns the title of one of the lists that every site has.
func (m *Maker) titleOf(e *Env, s *sheet, id content.ID) string {
	ref := pageRef(id)
	return ownTitle(s.Language, ref, e.View.Resolve(ref).Title)
}
