package output

import (
	"html/template"
	"slices"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// The first use of a term is a link to the glossary, and after it stands a
// button that opens the definition in place, by the popover attribute. The
// definitions stand at the end of the text, as none may stand in a paragraph.
// So it works without a script, by keyboard (the browser moves the focus to what
// opens, and back when it is closed by Escape), and where a browser knows no
// popovers the style sheet leaves the link alone.
//
// Rejected: the button in place of the link, which leads nowhere in an older
// browser; details, which cannot stand in a paragraph; a title attribute, which
// no keyboard and no finger reaches; links to a place at the foot of the page,
// which move the reader away from the sentence.

// glossaryURL is where the glossary is published.
const glossaryURL = "/glossary/"

// A definer opens definitions in one body.
type definer struct {
	words words
	used  []*site.Term
}

// button returns what opens the definition of a term, or "" if it is open to
// the reader already.
func (d *definer) button(e *Env, ref *content.Ref) string {
	t := e.View.Term(ref.Key)
	if t == nil || slices.ContainsFunc(d.used, func(u *site.Term) bool { return u.ID == t.ID }) {
		return ""
	}
	d.used = append(d.used, t)
	return `<button type="button" class="define" popovertarget="` + escaped(markdown.TermPrefix+t.ID) + `" aria-label="` +
		escaped(strings.ReplaceAll(d.words.meaning, "%s", shown(t.Name))) + `"></button>`
}

// definitions appends those that the buttons of a body open.
func (m *Maker) definitions(dst []byte, e *Env, at place, d *definer, language string) []byte {
	if len(d.used) == 0 {
		return dst
	}
	own := ""
	if base(language) != base(m.o.Language) {
		own = ` lang="` + escaped(m.o.Language) + `"`
	}
	dst = append(dst, `<div class="definitions">`...)
	for _, t := range d.used {
		id, name := escaped(markdown.TermPrefix+t.ID), escaped(shown(t.Name))
		// It is given the focus when it opens, so that it is read out.
		dst = append(dst, `<div class="definition" id="`+id+`" role="dialog" aria-label="`+name+`" tabindex="-1" popover autofocus><p class="definition-term"`+own+`>`+name+`</p><div`+own+`>`...)
		dst = append(dst, m.definition(e, at, t)...)
		dst = append(dst, `</div><p class="definition-foot"><a href="`+escaped(m.href(at, glossaryURL+"#"+content.EscapePath(t.ID)))+`">`+escaped(d.words.inGlossary)+
			`</a> <button type="button" popovertarget="`+id+`" popovertargetaction="hide">`+escaped(d.words.closed)+`</button></p></div>`...)
	}
	return append(dst, "</div>"...)
}

// definition returns a term's definition as the page at shows it.
func (m *Maker) definition(e *Env, at place, t *site.Term) template.HTML {
	return m.filled(e, at, t.Refs, t.Definition, nil, "")
}

// glossary fills in the list of all terms.
func (m *Maker) glossary(e *Env, s *sheet) {
	letters := map[rune]int{}
	for _, u := range e.View.Glossary() {
		r := firstLetter(u.Name)
		i, ok := letters[r]
		if !ok {
			i = len(s.Letters)
			letters[r] = i
			id, text := letterName(r)
			s.Letters = append(s.Letters, layout.Letter{Letter: text, ID: "letter-" + id, URL: template.URL("#letter-" + id)})
		}
		l := &s.Letters[i]
		l.Count++
		l.Terms = append(l.Terms, m.termOf(e, s, &u))
	}
	first := func(l layout.Letter) rune { return firstLetter(l.Letter) }
	slices.SortStableFunc(s.Letters, func(a, b layout.Letter) int { return int(first(a)) - int(first(b)) })
}

func (m *Maker) termOf(e *Env, s *sheet, u *site.TermUse) layout.Term {
	t := layout.Term{Name: shown(u.Name), ID: u.ID, Also: u.Also, Definition: m.definition(e, s.at, &u.Term), More: u.More}
	for _, other := range u.See {
		t.See = append(t.See, layout.Link{Text: shown(other.Name), URL: template.URL("#" + content.EscapePath(other.ID))})
	}
	if u.Source.Text != "" || u.Source.URL.Text != "" {
		l := layout.Link{Text: shown(u.Source.Text)}
		if l.Text == "" {
			l.Text = u.Source.URL.Text
		}
		for i := range u.Refs {
			if r := &u.Refs[i]; r.Use == content.UseSource {
				l.URL = template.URL(m.href(s.at, e.View.Resolve(r).URL))
			}
		}
		t.Source = &l
	}
	for _, p := range u.Pages {
		t.Pages = append(t.Pages, layout.Link{Text: shown(p.Title), URL: template.URL(m.href(s.at, pageURL(p.ID)))})
	}
	return t
}
