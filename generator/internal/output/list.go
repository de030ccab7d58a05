package output

import (
	"html/template"
	"slices"
	"strings"

	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// topic fills in one page of a topic's list.
func (m *Maker) topic(e *Env, s *sheet, j Job) error {
	t := e.View.Topic(j.Arg)
	if t == nil && s.entry == nil {
		return stale(j)
	}
	if t != nil {
		s.topic = j.Arg
		s.Title, s.Description = shown(t.Title), shown(t.Description)
	}
	m.written(e, s)
	if t == nil {
		return nil // out of date: it has its notice, and nothing belongs to it
	}
	n := max(1, j.Page)
	s.Cards = m.cardsOf(e, s.at, e.View.TopicList(t.Slug, n))
	for _, slug := range t.Children {
		if c := e.View.Topic(slug); c != nil {
			s.Listed = append(s.Listed, m.listed(e, s.at, c))
		}
	}
	if count := pages(t.Count, m.o.pageSize()); count > 1 {
		s.Pager = m.pager(s.at, topicURL(t.Slug), n, count)
		s.numbered(n, count)
	}
	return nil
}

// numbered makes a further page of a list one of its own: the text that opens
// the list is on the first page only.
func (s *sheet) numbered(n, count int) {
	if n == 1 {
		return
	}
	s.heading = s.Title + " (" + itoa(n) + "/" + itoa(count) + ")"
	s.Body, s.Contents = "", nil
}

// pager leads through the count pages of the list whose first page is at the
// rooted address first.
func (m *Maker) pager(at place, first string, n, count int) *layout.Pager {
	url := func(n int) template.URL { return template.URL(m.href(at, listURL(first, n))) }
	p := &layout.Pager{Number: n, Count: count, Pages: make([]layout.Link, count)}
	for i := range p.Pages {
		p.Pages[i] = layout.Link{Text: itoa(i + 1), URL: url(i + 1), Current: i+1 == n}
	}
	if n > 1 {
		p.Previous = url(n - 1)
	}
	if n < count {
		p.Next = url(n + 1)
	}
	return p
}

// topics returns the topics that are under no other.
func (m *Maker) topics(e *Env, at place) []layout.Topic {
	var list []layout.Topic
	for _, t := range e.View.Topics() {
		if t.Parent == "" {
			list = append(list, m.listed(e, at, t))
		}
	}
	return list
}

// listed returns a topic as a list of topics shows it.
func (m *Maker) listed(e *Env, at place, t *site.TopicEntry) layout.Topic {
	x := layout.Topic{
		Title: shown(t.Title), Description: shown(t.Description),
		URL: template.URL(m.href(at, topicURL(t.Slug))), Count: t.Count,
	}
	for _, slug := range t.Children {
		if c := e.View.Topic(slug); c != nil {
			x.Children = append(x.Children, layout.Link{Text: shown(c.Title), URL: template.URL(m.href(at, topicURL(slug)))})
		}
	}
	return x
}

// aToZ fills in the whole A to Z, its index, or a page of one letter.
func (m *Maker) aToZ(e *Env, s *sheet, j Job) error {
	listed := e.View.Listed()
	letters := m.letters.get(func() []letter { return byLetter(listed) })
	split := len(listed) > splitAZ
	s.Letters = make([]layout.Letter, len(letters))
	for i, l := range letters {
		x := layout.Letter{Letter: l.text, ID: l.id, Count: len(l.entries)}
		if split {
			x.URL = template.URL(m.href(s.at, letterURL(l.id)))
		} else {
			x.URL = template.URL("#" + l.id)
			x.Cards = m.cardsOf(e, s.at, l.entries)
		}
		s.Letters[i] = x
	}
	if j.Arg == "" {
		return nil
	}
	i := slices.IndexFunc(letters, func(l letter) bool { return l.id == j.Arg })
	n := max(1, j.Page)
	if i < 0 || (n-1)*letterSize >= len(letters[i].entries) {
		return stale(j)
	}
	l := letters[i]
	s.Body, s.Contents = "", nil // they open the index
	s.Title = strings.TrimSpace(s.Title + ": " + l.text)
	s.Letters[i].Cards = m.cardsOf(e, s.at, l.entries[(n-1)*letterSize:min(n*letterSize, len(l.entries))])
	if count := pages(len(l.entries), letterSize); count > 1 {
		s.Pager = m.pager(s.at, letterURL(l.id), n, count)
		s.numbered(n, count)
	}
	return nil
}
