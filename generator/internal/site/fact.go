package site

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// Facts come into a card when the site is linked: then every answer of a View,
// and the digest of it, has the value, and nobody who shows a title can forget
// to fill it in. Holes in bodies are filled when the page is made, by the look
// "target:fact:NAME".

// factFile is where facts stand.
const factFile = "content/facts.yaml"

// facts are the site's facts by name.
type facts struct {
	known map[string]*content.Fact
	// lost tells that some could not be read: then an unknown one is nobody's slip.
	lost bool
	// hush says that it need not be told of each use, as nothing is published.
	hush bool
	late map[string]int64 // when those were due that should have been reviewed by now
}

func readFacts(in Input) facts {
	f := facts{known: make(map[string]*content.Fact, len(in.Facts.List)), lost: in.Facts.Lost, hush: !in.KeepGoing, late: map[string]int64{}}
	for i := range in.Facts.List {
		x := &in.Facts.List[i]
		f.known[x.Name] = x
		if when, ok := due(x); ok && when <= in.Now.Unix() {
			f.late[x.Name] = when
		}
	}
	return f
}

// value returns what a fact says, or its name.
func (f *facts) value(name string) string {
	if x := f.known[name]; x != nil {
		return x.Value
	}
	return name
}

// names returns the facts' names, in order.
func (f *facts) names() []string {
	names := make([]string, 0, len(f.known))
	for name := range f.known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// due returns when a fact is to be reviewed, in seconds since 1970, or false if
// it never is.
func due(f *content.Fact) (int64, bool) {
	if f.Reviewed.IsZero() || f.ReviewEvery == (content.Period{}) {
		return 0, false
	}
	return addPeriod(time.Unix(f.Reviewed.Unix, 0).UTC(), f.ReviewEvery).Unix(), true
}

// fill puts facts into the cards that name some. in's own cards stay as they are.
func (f *facts) fill(in *Input) {
	cloned := false
	for i, c := range in.Cards {
		if !slices.ContainsFunc(c.Refs, isFact) {
			continue
		}
		if !cloned {
			in.Cards, in.Digests, cloned = slices.Clone(in.Cards), slices.Clone(in.Digests), true
		}
		var e cache.Encoder
		e.Digest(in.Digests[i])
		for k := range c.Refs {
			if r := &c.Refs[k]; isFact(*r) {
				e.String(f.value(r.Key))
			}
		}
		in.Cards[i], in.Digests[i] = f.filled(c), cache.Sum(e.B)
	}
	if slices.ContainsFunc(in.Out, func(c *content.Card) bool { return markdown.HasFacts(c.Title) }) {
		in.Out = slices.Clone(in.Out)
		for i, c := range in.Out {
			in.Out[i] = f.filled(c)
		}
	}
}

func isFact(r content.Ref) bool { return r.Scheme == content.SchemeFact }

// filled returns c with the values of the facts that its texts name.
func (f *facts) filled(c *content.Card) *content.Card {
	text := func(s string) string { return markdown.FillFacts(s, f.value) }
	texts := func(l []string) []string {
		if slices.ContainsFunc(l, markdown.HasFacts) {
			l = slices.Clone(l)
			for i := range l {
				l[i] = text(l[i])
			}
		}
		return l
	}
	n := *c
	n.Title, n.Description, n.Owner = text(c.Title), text(c.Description), text(c.Owner)
	n.Authors, n.Audience, n.Keywords = texts(c.Authors), texts(c.Audience), texts(c.Keywords)
	n.Withdrawn.Reason = text(c.Withdrawn.Reason)
	n.Image.Alt, n.Image.Credit, n.Image.Caption = text(c.Image.Alt), text(c.Image.Credit), text(c.Image.Caption)
	n.Changes = slices.Clone(c.Changes)
	for i := range n.Changes {
		n.Changes[i].Note = text(n.Changes[i].Note)
	}
	n.Refs = slices.Clone(c.Refs)
	for i := range n.Refs {
		n.Refs[i].Text = text(n.Refs[i].Text)
	}
	n.Steps = slices.Clone(c.Steps)
	for i := range n.Steps {
		n.Steps[i].Title, n.Steps[i].Text = text(n.Steps[i].Title), text(n.Steps[i].Text)
	}
	n.Headings = slices.Clone(c.Headings)
	for i := range n.Headings {
		h := &n.Headings[i]
		h.Text = text(h.Text)
		h.HTML = markdown.FillFacts(h.HTML, func(name string) string { return escapeText(f.value(name)) })
	}
	return &n
}

// escapeText escapes s for HTML text.
func escapeText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// unknownFact tells of a fact that there is not.
func (s *Site) unknownFact(diags *diag.List, at diag.Pos, r *content.Ref) {
	f := &s.facts
	if f.lost && f.hush {
		return // what hides it is told, and nothing is published
	}
	d := diags.Errorf(at, "unknown-fact", "no fact is called %q", shorten(r.Key))
	d.EndCol = r.EndCol
	if f.lost {
		d.Message, d.Hint = fmt.Sprintf("the fact %q is not known, as %s has errors", shorten(r.Key), factFile), "mend "+factFile
		return
	}
	if s.suggest.facts == nil {
		s.suggest.facts = newNames(f.names())
	}
	near := s.suggest.nearest(s.suggest.facts, r.Key)
	for i := range near {
		near[i] = "[[fact:" + near[i] + "]]"
	}
	d.Hint = diag.DidYouMean(near, "add it to "+factFile)
}

// overdue reports whether a fact should have been reviewed by now.
func (f *facts) overdue(name string) bool { return f.late[name] != 0 }

// tellOverdue tells of the use of a fact that should have been reviewed by now.
func (f *facts) tellOverdue(diags *diag.List, at diag.Pos, r *content.Ref) {
	x, when := f.known[r.Key], f.late[r.Key]
	if when == 0 {
		return
	}
	d := diags.Warnf(at, "overdue-fact", "the fact %q was to be reviewed by %s", x.Name, time.Unix(when, 0).UTC().Format(time.DateOnly))
	d.EndCol = r.EndCol
	d.Hint = "see whether it still holds"
	if from := x.Source.URL.Text; from != "" {
		d.Hint += " (" + shorten(from) + ")"
	} else if from := x.Source.Text; from != "" {
		d.Hint += " (" + shorten(from) + ")"
	}
	d.Hint += fmt.Sprintf(", and change reviewed in %s:%d", factFile, x.Line)
}

// check tells what is wrong with facts that other facts name.
func (f *facts) check(diags *diag.List, list []content.Fact) {
	for i := range list {
		for k := range list[i].Refs {
			r := &list[i].Refs[k]
			f.tellOverdue(diags, diag.Pos{File: factFile, Line: r.Line, Col: r.Col}, r)
		}
	}
}
