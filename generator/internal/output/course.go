package output

import (
	"cmp"
	"html/template"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// partOf fills in the guide and the journeys that a page is part of.
func (m *Maker) partOf(e *Env, s *sheet) {
	in := e.View.PartOf(s.entry.ID)
	if in.Guide != nil && len(in.Guide.Parts) > 0 {
		s.Guide = m.guide(s.at, in.Guide, in.Part)
	}
	for _, p := range in.Journeys {
		s.Journeys = append(s.Journeys, m.passage(s, p))
	}
	if s.entry.Kind == content.Journey {
		if j := e.View.Journey(s.entry.ID); j != nil {
			for i := range j.Steps {
				s.Steps = append(s.Steps, m.step(s, j, i, true))
			}
		}
	}
}

// guide returns a guide as one of its pages shows it: its part n, or itself
// where n is below zero.
func (m *Maker) guide(at place, g *site.Guide, n int) *layout.Guide {
	link := func(p *site.Entry) *layout.Link {
		return &layout.Link{Text: shown(p.Title), URL: template.URL(m.href(at, pageURL(p.ID)))}
	}
	x := &layout.Guide{
		Title: shown(g.Page.Title), URL: link(g.Page).URL, Number: n + 1,
		Print: template.URL(m.href(at, pageURL(g.Page.ID)+"print/")),
		Parts: make([]layout.Part, len(g.Parts)),
	}
	for i, p := range g.Parts {
		x.Parts[i] = layout.Part{
			Number: i + 1, Title: shown(p.Title), Description: shown(p.Description),
			URL: link(p).URL, Current: i == n, Language: p.Language, Direction: direction(p.Language),
		}
	}
	switch {
	case n == 0:
		x.Previous = link(g.Page)
	case n > 0:
		x.Previous = link(g.Parts[n-1])
	}
	if n+1 < len(g.Parts) {
		x.Next = link(g.Parts[n+1])
	}
	return x
}

// passage returns a journey as a page shows it that one of its steps names.
func (m *Maker) passage(s *sheet, p site.Passage) layout.Journey {
	j := layout.Journey{
		Title: shown(p.Page.Title), Description: shown(p.Page.Description),
		URL: template.URL(m.href(s.at, pageURL(p.Page.ID))), Number: p.At + 1,
		Steps: make([]layout.Step, len(p.Steps)),
	}
	for i := range p.Steps {
		j.Steps[i] = m.step(s, p.Journey, i, i == p.At)
		j.Steps[i].Current = i == p.At
		j.Steps[i].Text = "" // on the journey's own page only
	}
	link := func(i int) *layout.Link { return &layout.Link{Text: j.Steps[i].Title, URL: j.Steps[i].URL} }
	if p.At > 0 {
		j.Previous = link(p.At - 1)
	}
	if p.At+1 < len(p.Steps) {
		j.Next = link(p.At + 1)
	}
	return j
}

// step returns step i of a journey, with its links if links is true.
func (m *Maker) step(s *sheet, j *site.Journey, i int, links bool) layout.Step {
	was := &j.Steps[i]
	x := layout.Step{
		Number: i + 1, ID: "step-" + itoa(i+1), Title: shown(was.Title), Text: shown(was.Text),
	}
	x.URL = template.URL(m.href(s.at, pageURL(j.Page.ID)+"#"+x.ID))
	for k, l := range was.Links {
		if k == 0 && l.Entry != nil {
			x.URL = template.URL(m.href(s.at, l.URL))
		}
		if !links {
			break
		}
		to := layout.StepLink{Text: shown(cmp.Or(l.Title, l.URL)), URL: template.URL(m.href(s.at, safeLink(l))), External: l.External}
		if l.Entry != nil {
			to.Description = shown(l.Entry.Description)
			to.Current = l.Entry == s.entry
			to.State = stateName(l.Entry.State)
		}
		x.Links = append(x.Links, to)
	}
	x.Alone = len(x.Links) == 1 && x.Links[0].Text == x.Title
	return x
}

// safeLink returns the address of a step's link as it may stand in a page.
func safeLink(l site.StepLink) string {
	if l.External {
		return safeURL(l.URL)
	}
	return l.URL
}
