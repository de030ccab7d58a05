package site

import (
	"fmt"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// fewArticles is how many listed articles a site has at most while pages that
// stand alone are not told: one that is just begun has no others.
const fewArticles = 9

// alone tells of pages that nobody comes to and that lead nobody on. What the
// site adds by itself does not count: a list of a topic holds every page, and
// guidance that is found to be related is no way that somebody thought of.
func (s *Site) alone(links []link, diags *diag.List) {
	if len(s.listed) <= fewArticles {
		return
	}
	reached := make([]bool, len(s.entries))
	for _, l := range links {
		reached[l.to] = true
	}
	for _, v := range s.o.Navigation {
		if d, ok := s.page(v.Text); ok && d.entry != nil {
			reached[d.entry.at] = true
		}
	}
	for i := range s.entries {
		e := &s.entries[i]
		if !e.Listed() || e.Held {
			continue
		}
		at := diag.Pos{File: e.File, Line: max(e.TitleAt.Line, 1), Col: max(e.TitleAt.Col, 1)}
		near := func() string {
			for _, n := range s.near[e.at] {
				if x := &s.entries[n.at]; x.Listed() {
					return relative(e, strings.TrimPrefix(x.File, "content"))
				}
			}
			return ""
		}
		// Members lead back to the whole, and the home page to journeys.
		whole := s.courses.guides[e] != nil || s.courses.journeys[e] != nil
		if !reached[i] && !translates(e) && !whole {
			d := diags.Warnf(at, "orphan", "no other page links to this one")
			d.EndCol = e.TitleAt.EndCol
			d.Hint = "link to it where its readers come from"
			if n := near(); n != "" {
				d.Hint += fmt.Sprintf(", perhaps in %s", n)
			}
			d.Hint += "; unlisted: true is for pages that only those see who have the address"
		}
		if e.guide == 0 && len(s.courses.passages[e]) == 0 && !s.leadsOn(e) {
			d := diags.Warnf(at, "dead-end", "this page leads nowhere")
			d.EndCol = e.TitleAt.EndCol
			d.Hint = "link to what its readers need next"
			if n := near(); n != "" {
				d.Hint += fmt.Sprintf(", perhaps to %s", n)
			}
			d.Hint += ", or name it under related or action"
		}
	}
}

// translates reports whether e is a translation: the page that it translates
// leads to it by language.
func translates(e *Entry) bool {
	for i := range e.Refs {
		if e.Refs[i].Use == content.UseTranslates {
			return true
		}
	}
	return false
}

// leadsOn reports whether e links to anything but itself, by its author's hand.
// Its sources are what it rests on, not where it leads.
func (s *Site) leadsOn(e *Entry) bool {
	for i := range e.Refs {
		r := &e.Refs[i]
		switch {
		case r.Use == content.UseBody && (r.Kind == markdown.RefLink || r.Kind == markdown.RefWiki || r.Kind == markdown.RefTopic):
		case r.Use == content.UseRelated, r.Use == content.UseAction, r.Use == content.UsePart, r.Use == content.UseStep:
		default:
			continue
		}
		if r.Scheme == content.SchemePage && (r.Key == e.ID.URL() || r.Alt == e.ID.URL()) {
			continue
		}
		if d, ok := s.seek(r); ok && d.entry == e {
			continue
		}
		return true
	}
	return false
}
