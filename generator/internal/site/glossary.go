package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// glossaryFile is where terms stand, and glossaryURL where they are published.
const (
	glossaryFile = "content/glossary.yaml"
	glossaryURL  = "/glossary/"
)

// mostUses is how many pages the glossary names at a term.
const mostUses = 20

// A Term is a term of the glossary, and those to see also.
type Term struct {
	*content.GlossaryTerm
	See []*content.GlossaryTerm
}

// A TermUse is a term and the listed pages that use it, by title: at most 20,
// and the number of all others.
type TermUse struct {
	Term
	Pages []*Entry
	More  int
}

// A glossary is the site's terms.
type glossary struct {
	terms  []Term           // by name
	called map[string]int32 // folded name -> index in terms
	ids    map[string]bool
	lost   bool // as of facts
	hush   bool
	uses   func() []TermUse // made when first asked for
}

func (s *Site) readGlossary(in Input) {
	g := &s.glossary
	*g = glossary{called: map[string]int32{}, ids: map[string]bool{}, lost: in.Glossary.Lost, hush: !in.KeepGoing}
	list := in.Glossary.Terms
	for i := range list {
		t := Term{GlossaryTerm: &list[i]}
		for _, k := range list[i].See {
			t.See = append(t.See, &list[k])
		}
		g.terms = append(g.terms, t)
	}
	slices.SortStableFunc(g.terms, func(a, b Term) int {
		return cmp.Or(cmp.Compare(sortTitle(a.Name), sortTitle(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	for i := range g.terms {
		g.ids[g.terms[i].ID] = true
		for _, name := range append([]string{g.terms[i].Name}, g.terms[i].Also...) {
			g.called[content.FoldKey(name)] = int32(i)
		}
	}
	g.uses = sync.OnceValue(s.termUses)
}

// find returns the term of a name, or nil.
func (g *glossary) find(name string) *Term {
	if i, ok := g.called[content.FoldKey(name)]; ok {
		return &g.terms[i]
	}
	return nil
}

// termUses gathers the pages that use each term.
func (s *Site) termUses() []TermUse {
	uses := make([]TermUse, len(s.glossary.terms))
	known := map[string]int32{} // by key, as folding takes longer
	last := make([]int32, len(uses))
	for i := range uses {
		uses[i].Term = s.glossary.terms[i]
	}
	for i := range s.entries {
		e := &s.entries[i]
		if !e.Listed() {
			continue
		}
		for k := range e.Refs {
			r := &e.Refs[k]
			if r.Scheme != content.SchemeTerm {
				continue
			}
			at, ok := known[r.Key]
			if !ok {
				if at, ok = s.glossary.called[content.FoldKey(r.Key)]; !ok {
					at = -1
				}
				known[r.Key] = at
			}
			if at >= 0 && last[at] != int32(i+1) {
				last[at] = int32(i + 1)
				uses[at].Pages = append(uses[at].Pages, e)
			}
		}
	}
	for i := range uses {
		u := &uses[i]
		slices.SortFunc(u.Pages, byTitle)
		u.More = max(0, len(u.Pages)-mostUses)
		u.Pages = u.Pages[:len(u.Pages)-u.More]
	}
	return uses
}

// unknownTerm tells of a term that there is not.
func (s *Site) unknownTerm(diags *diag.List, at diag.Pos, r *content.Ref) {
	g := &s.glossary
	if g.lost && g.hush {
		return // what hides it is told, and nothing is published
	}
	d := diags.Errorf(at, "unknown-term", "no term is called %q", shorten(r.Key))
	d.EndCol = r.EndCol
	if g.lost {
		d.Message, d.Hint = fmt.Sprintf("the term %q is not known, as %s has errors", shorten(r.Key), glossaryFile), "mend "+glossaryFile
		return
	}
	if s.suggest.terms == nil {
		var names []string
		for i := range g.terms {
			names = append(append(names, g.terms[i].Name), g.terms[i].Also...)
		}
		s.suggest.terms = newNames(names)
	}
	near := s.suggest.nearest(s.suggest.terms, r.Key)
	for i := range near {
		near[i] = "[[term:" + near[i] + "]]"
	}
	d.Hint = diag.DidYouMean(near, "add it to "+glossaryFile)
}

// checkTerms tells what is wrong with the links of definitions.
func (s *Site) checkTerms(diags *diag.List) {
	e := &Entry{Card: &content.Card{ID: "glossary", File: glossaryFile, Kind: content.Article}}
	for i := range s.glossary.terms {
		t := s.glossary.terms[i]
		for k := range t.Refs {
			r := &t.Refs[k]
			if r.Scheme == content.SchemeNone || r.Scheme == content.SchemeExternal {
				continue
			}
			d, ok := s.seek(r)
			switch {
			case !ok && !s.allowed(r):
				s.broken(diags, e, r)
			case !ok:
			case r.Scheme == content.SchemeFact:
				s.facts.tellOverdue(diags, pos(e, r), r)
			case d.entry != nil && !d.whole && !s.hasPlace(r, d.entry):
				s.noPlace(diags, e, r, d.entry)
			}
		}
	}
}

// encode writes what pages show of all terms.
func (g *glossary) encode(e *cache.Encoder) {
	for i := range g.terms {
		e.Digest(g.terms[i].Digest)
	}
}

// glossaryDigest returns the digest of all terms and where they are used.
func (s *Site) glossaryDigest() cache.Digest {
	var e cache.Encoder
	s.glossary.encode(&e)
	for _, u := range s.glossary.uses() {
		e.Int(len(u.Pages))
		for _, p := range u.Pages {
			e.Digest(s.shown(p))
		}
		e.Int(u.More)
	}
	return cache.Sum(e.B)
}

// Term returns the term of a name, in any case, or nil.
func (v View) Term(name string) *Term {
	v.saw("term:" + name)
	return v.site.glossary.find(name)
}

// HasTerms reports whether the glossary has any.
func (v View) HasTerms() bool {
	v.saw("has-terms:")
	return len(v.site.glossary.terms) > 0
}

// Glossary returns all terms by name, and where each is used.
func (v View) Glossary() []TermUse {
	v.saw("glossary:")
	return v.site.glossary.uses()
}

// noTerm reports whether r leads to a place in the glossary that it has not.
func (s *Site) noTerm(r *content.Ref, d *destination) bool {
	if d.url != glossaryURL || d.entry != nil || r.Scheme == content.SchemeTerm || r.Fragment == "" || r.Fragment == "top" {
		return false
	}
	return !s.glossary.hasPlace(r.Fragment) && !strings.HasPrefix(r.Fragment, ":~:")
}

// hasPlace reports whether the list of terms has a place for a fragment.
func (g *glossary) hasPlace(fragment string) bool {
	return g.ids[fragment] || len(g.terms) > 0 && strings.HasPrefix(fragment, "letter-")
}

// tellNoTerm tells of such a link.
func (s *Site) tellNoTerm(diags *diag.List, at diag.Pos, r *content.Ref) {
	d := diags.Errorf(at, "broken-fragment", "the glossary has no place called %q", shorten("#"+r.Fragment))
	d.EndCol = r.EndCol
	if s.suggest.termIDs == nil {
		ids := make([]string, 0, len(s.glossary.ids))
		for id := range s.glossary.ids {
			ids = append(ids, "#"+id)
		}
		s.suggest.termIDs = newNames(ids)
	}
	d.Hint = diag.DidYouMean(s.suggest.nearest(s.suggest.termIDs, "#"+r.Fragment), "link to a term by its name: [[term:"+r.Fragment+"]]")
}
