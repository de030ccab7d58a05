package content

import (
	"strings"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// What a guide or journey may hold. Each of its pages lists all of it, so the
// list grows with the square of what one file says.
const (
	maxParts = 200
	maxSteps = 100
	maxLinks = 500 // of all steps of a journey
)

// linkFields are the keys of a step's link that is written as a table.
var linkFields = []Field{{Key: "title"}, {Key: "url"}}

func (r *reader) parts(f *rule, n *values.Node) {
	list := r.texts(f.Key, n)
	if len(list) > maxParts {
		r.bad(n.Place, "front-matter-too-large", "make several guides of it", "a guide has at most %d parts, and this one has %d", maxParts, len(list))
		return
	}
	for _, v := range list {
		r.ref(f.Key, v, UsePart, markdown.RefLink)
	}
	r.partsAt = n.Place
}

func (r *reader) steps(f *rule, n *values.Node) {
	if n.IsNull() {
		return
	}
	r.stepsAt = n.Place
	if n.Kind != values.List {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "%s is a list, not %s", f.Key, n.What())
		return
	}
	if len(n.List) > maxSteps {
		r.bad(n.Place, "front-matter-too-large", "make several journeys of it", "a journey has at most %d steps, and this one has %d", maxSteps, len(n.List))
		return
	}
	links := 0
	for i := range n.List {
		item := &n.List[i]
		s := Step{Place: r.at(item.Place)}
		first := len(r.refs)
		switch {
		case item.IsNull():
			r.bad(item.Place, "bad-value", "write "+r.as(f.Key, f.Example), "a step says nothing")
			continue
		case item.Kind == values.Scalar:
			r.stepLink(f, item)
		case !r.sub(f.Key, f.Fields, f.Example, item):
			continue
		default:
			if v, ok := r.textOf(item, f.Key, "title"); ok && v.Text != "" {
				s.Title, s.Place = v.Text, v.Place
			}
			if v, ok := r.textOf(item, f.Key, "text"); ok {
				s.Text = v.Text
			}
			r.stepLinks(f, item.Get("links"))
		}
		s.Links = len(r.refs) - first
		if links += s.Links; links > maxLinks {
			r.bad(n.Place, "front-matter-too-large", "make several journeys of it", "the steps of a journey have at most %d links", maxLinks)
			r.refs = r.refs[:first]
			return
		}
		if s.Title == "" && s.Links == 0 {
			if item.Kind == values.Table && item.Get("links") == nil {
				r.bad(item.Place, "bad-value", "write "+r.as(f.Key, f.Example), "a step needs a title, or a link")
			}
			continue // what is wrong with its links has been told
		}
		r.card.Steps = append(r.card.Steps, s)
	}
}

// stepLinks reads the links of a step: a list, or one of them alone.
func (r *reader) stepLinks(f *rule, n *values.Node) {
	switch {
	case n == nil || n.IsNull():
	case n.Kind == values.List:
		for i := range n.List {
			r.stepLink(f, &n.List[i])
		}
	case n.Kind == values.Table:
		r.stepLink(f, n)
	default:
		// Between commas, as all lists may be; addresses hold commas seldom.
		for _, v := range r.texts(f.Key+".links", n) {
			r.ref(f.Key+".links", v, UseStep, markdown.RefLink)
		}
	}
}

// stepLink reads one link of a step: a path or address, or a table of title and url.
func (r *reader) stepLink(f *rule, n *values.Node) {
	const key, example = "steps.links", "[/interviews/feedback/, {title: Our helpline, url: https://example.org/help}]"
	var title string
	var to Value
	switch {
	case n.Kind == values.Scalar:
		s, ok := r.text(key, n)
		if !ok || s == "" {
			return
		}
		to = Value{s, r.at(n.Place)}
	case !r.sub(key, linkFields, example, n):
		return
	default:
		v, _ := r.textOf(n, key, "title")
		title = v.Text
		to, _ = r.textOf(n, key, "url")
		if to.Text == "" {
			r.bad(n.Place, "bad-value", "write links: "+example, "a link of a step needs a url")
			return
		}
	}
	r.ref(key, to, UseStep, markdown.RefLink)
	ref := &r.refs[len(r.refs)-1]
	ref.Text = title
	if ref.Scheme == SchemeExternal && title == "" {
		ref.Text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(to.Text, "https://"), "http://"), "/")
	}
}

// course tells where the kind of a page and what it consists of do not fit.
func (r *reader) course() {
	tell := func(p Place, hint, format string, args ...any) {
		d := r.diags.Warnf(diag.Pos{File: r.card.File, Line: p.Line, Col: p.Col}, "bad-value", format, args...)
		d.EndCol, d.Hint = p.EndCol, hint
	}
	c := r.card
	if r.partsAt != (Place{}) && c.Kind != Guide {
		tell(r.partsAt, "write kind: guide, or take the parts out", "parts have no meaning in a page that is no guide")
		r.drop(UsePart)
	}
	if r.stepsAt != (Place{}) && c.Kind != Journey {
		tell(r.stepsAt, "write kind: journey, or take the steps out", "steps have no meaning in a page that is no journey")
		r.drop(UseStep)
		c.Steps = nil
	}
	if r.kindAt == (Place{}) {
		return
	}
	switch c.Kind {
	case Guide:
		if r.partsAt == (Place{}) {
			tell(r.kindAt, "name its parts: parts: [prepare/research.md, prepare/practise.md]", "the guide has no parts")
		}
	case Journey:
		if r.stepsAt == (Place{}) {
			tell(r.kindAt, "name its steps: steps: [{title: Ask why, links: [/interviews/feedback/]}]", "the journey has no steps")
		}
	}
}

// drop takes the references of a use away, so that nothing is told of what
// does not count.
func (r *reader) drop(use Use) {
	kept := r.refs[:0]
	for _, ref := range r.refs {
		if ref.Use != use {
			kept = append(kept, ref)
		}
	}
	r.refs = kept
}
