package content

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// Bounds of content/glossary.yaml.
const (
	maxGlossary     = 4 << 20 // bytes
	maxGlossaryKeys = 100_000
)

// A GlossaryTerm is a term of content/glossary.yaml.
type GlossaryTerm struct {
	Name  string
	Place // of the name
	// ID is the fragment of /glossary/ at which the term stands.
	ID   string
	Also []string // other names
	// Definition is one or a few paragraphs, without headings and footnotes. Its
	// references are the first of Refs.
	Definition *markdown.Body
	Refs       []Ref // of the definition, then of the source
	See        []int // other terms, by index in Glossary.Terms
	Source     Link
	Digest     cache.Digest // of all that pages show of it
}

// A Glossary is all terms of a site.
type Glossary struct {
	Terms []GlossaryTerm // in order of writing
	Lost  bool           // some could not be read
}

// Names returns what texts may call the terms.
func (g *Glossary) Names() []markdown.TermName {
	list := make([]markdown.TermName, len(g.Terms))
	for i := range g.Terms {
		list[i] = markdown.TermName{Name: g.Terms[i].Name, Also: g.Terms[i].Also}
	}
	return list
}

// termKeys are what a term may say.
var termKeys = []string{"term", "also", "definition", "see", "source"}

const termExample = "- {term: ATS, also: [applicant tracking system], definition: Software that sorts applications.}"

// ParseGlossary reads src, the content of file: a list of terms, or a table of
// them by name. A term that cannot be read is left out, as is a name that
// another term has already.
func (p *Parser) ParseGlossary(file string, src []byte) (Glossary, diag.List) {
	root, diags := values.YAML(src, values.Options{File: file, Bytes: maxGlossary, Keys: maxGlossaryKeys, Lists: true})
	g := Glossary{Lost: diags.Failed()}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	r := reader{p: p, page: &Page{}, card: &Card{Kind: Article, File: file}, diags: &diags, src: src, res: resolver{file: file, id: "glossary"}}
	gr := glossaryReader{reader: &r, g: &g, names: map[string]int{}, ids: map[string]int{}}
	for i := range root.List {
		item := &root.List[i]
		name := item.Get("term")
		if item.Kind != values.Table || name == nil {
			r.bad(item.Place, "bad-value", "write "+termExample, "an entry of the glossary has no term")
			g.Lost = true
			continue
		}
		gr.term(name, item)
	}
	for i := range root.Table {
		e := &root.Table[i]
		if e.Key == "terms" && e.Val.Kind == values.List {
			r.bad(e.At, "bad-value", "begin each term at the beginning of a line: "+termExample, "the list of terms has no name")
			g.Lost = true
			continue
		}
		gr.term(&values.Node{Text: e.Key, Quoted: true, Place: e.At}, &e.Val)
	}
	gr.see()
	for i := range g.Terms {
		g.Terms[i].sum(g.Terms)
	}
	return g, diags
}

// A glossaryReader reads terms, one after the other.
type glossaryReader struct {
	*reader
	g     *Glossary
	names map[string]int // folded name -> index of its term, from 1
	ids   map[string]int // taken -> how many
	mine  []string       // names that the term at hand has taken
	sees  [][]Value      // by term: what it names, as written
}

// claim takes a name for the term that will be next, or tells who has it.
func (r *glossaryReader) claim(v Value) bool {
	key := FoldKey(v.Text)
	other := r.names[key]
	if other == len(r.g.Terms)+1 {
		return true // it says the same twice
	}
	if other == 0 {
		r.names[key] = len(r.g.Terms) + 1
		r.mine = append(r.mine, key)
		return true
	}
	t := &r.g.Terms[other-1]
	r.bad(v.Place, "term-clash", "let one term have it; other names go under also, other meanings into the definition",
		"the term %q is in line %d already, as %q", values.Clip(v.Text), t.Line, values.Clip(t.Name))
	return false
}

// named reads a name of a term.
func (r *glossaryReader) named(v Value) (Value, bool) {
	switch {
	case v.Text == "":
		r.bad(v.Place, "bad-value", "write "+termExample, "a term has no name")
	case markdown.HasFacts(v.Text):
		r.bad(v.Place, "bad-value", "write the name out", "the name of a term cannot be a fact")
	case utf8.RuneCountInString(v.Text) > markdown.MaxTerm:
		r.bad(v.Place, "bad-value", "a term is a word or a few", "the term %q is longer than %d characters", values.Clip(v.Text), markdown.MaxTerm)
	case Slugify(v.Text) == "":
		r.bad(v.Place, "bad-value", "a term has letters or digits in it", "%q is no term", values.Clip(v.Text))
	default:
		return v, true
	}
	return v, false
}

// term reads one term: n is its table, or its definition alone.
func (r *glossaryReader) term(name, n *values.Node) {
	r.mine = r.mine[:0]
	before := len(r.g.Terms)
	r.read(name, n)
	if len(r.g.Terms) == before {
		for _, key := range r.mine {
			delete(r.names, key)
		}
	}
}

func (r *glossaryReader) read(name, n *values.Node) {
	lost := func() { r.g.Lost = true }
	s, ok := r.text("term", name)
	if !ok && !name.IsNull() {
		lost()
		return
	}
	v, ok := r.named(Value{s, name.Place})
	if !ok {
		lost()
		return
	}
	t := GlossaryTerm{Name: v.Text, Place: name.Place}
	if !r.claim(v) {
		lost()
		return
	}
	r.refs, r.facts = nil, nil
	definition := n
	var sees []Value
	if n.Kind == values.Table {
		definition = nil
		for i := range n.Table {
			e := &n.Table[i]
			key := v.Text + "." + e.Key
			switch e.Key {
			case "term":
			case "also":
				for _, also := range r.texts(key, &e.Val) {
					if also, ok := r.named(also); !ok || !r.claim(also) {
						lost()
					} else if also.Text != t.Name && !slices.Contains(t.Also, also.Text) {
						t.Also = append(t.Also, also.Text)
					}
				}
			case "definition":
				definition = &e.Val
			case "see":
				sees = r.texts(key, &e.Val)
			case "source":
				t.Source = r.factSource(key, &e.Val)
			default:
				r.warn(e.At, "unknown-key", diag.DidYouMean(diag.Nearest(e.Key, termKeys, 1), "a term has "+strings.Join(termKeys, ", ")),
					"unknown key %q in the term %q", values.Clip(e.Key), values.Clip(t.Name))
			}
		}
	}
	if definition == nil || definition.IsNull() || definition.Kind == values.Scalar && strings.TrimSpace(definition.Text) == "" {
		r.bad(t.Place, "bad-value", "write definition: and what it means, in a sentence or two", "the term %q has no definition", values.Clip(t.Name))
		lost()
		return
	}
	if definition.Kind != values.Scalar {
		r.bad(definition.Place, "bad-value", "write definition: and what it means, in a sentence or two", "a definition is a text, not %s", definition.What())
		lost()
		return
	}
	if !r.define(&t, definition) {
		lost()
		return
	}
	if t.Source.URL.Text != "" {
		r.ref(t.Name+".source", t.Source.URL, UseSource, markdown.RefLink)
	}
	t.Refs = append(append(t.Refs, r.refs...), r.facts...)
	id := topicSlug(t.Name)
	if id == "" || markdown.ReservedID(id) {
		id = strings.Trim(id+"-term", "-")
	}
	for base := id; r.ids[id] > 0; {
		r.ids[base]++
		id = base + "-" + strconv.Itoa(r.ids[base])
	}
	r.ids[id]++
	t.ID = id
	r.g.Terms = append(r.g.Terms, t)
	r.sees = append(r.sees, sees)
}

// define parses a definition.
func (r *glossaryReader) define(t *GlossaryTerm, n *values.Node) bool {
	if r.p.md == nil {
		t.Definition = &markdown.Body{}
		return true
	}
	body, problems := r.p.md.Parse(r.card.File, 1, []byte(n.Text))
	at := r.within(n)
	for i := range problems {
		d := &problems[i]
		p := at(Place{Line: d.Line, Col: d.Col, EndCol: d.EndCol})
		d.Line, d.Col, d.EndCol = p.Line, p.Col, p.EndCol
	}
	*r.diags = append(*r.diags, problems...)
	if problems.Failed() {
		return false
	}
	if len(body.IDs) > 0 || body.Title != "" {
		r.bad(n.Place, "bad-value", "write plain paragraphs or a list; an article can say more, and the definition lead to it",
			"the definition of %q has a heading, a footnote or an id in it, which would be on each page that shows it", values.Clip(t.Name))
		return false
	}
	if len(bytes.TrimSpace(body.HTML)) == 0 {
		r.bad(n.Place, "bad-value", "write what it means, in a sentence or two", "nothing is left of the definition of %q", values.Clip(t.Name))
		return false
	}
	for i := range body.Refs {
		ref := &body.Refs[i]
		p := at(Place{Line: ref.Line, Col: ref.Col, EndCol: ref.EndCol})
		ref.Line, ref.Col, ref.EndCol = p.Line, p.Col, p.EndCol
	}
	t.Definition = body
	t.Refs = r.res.body(body.Refs, r.diags, 2)
	return true
}

// within returns what tells the place in the file of a place in the text n: to
// the column where it is written on one line or as it is (|), else that at
// which it begins.
func (r *glossaryReader) within(n *values.Node) func(Place) Place {
	line := r.line(n.Line)
	first := ""
	if runes := []rune(line); n.Col >= 1 && n.Col <= len(runes) {
		first = string(runes[n.Col-1:])
	}
	switch {
	case strings.HasPrefix(first, "|"):
		indent := 0
		for i := n.Line + 1; ; i++ {
			l := r.line(i)
			if t := strings.TrimLeft(l, " "); t != "" || i-n.Line > 1000 {
				indent = len(l) - len(t)
				break
			}
		}
		return func(p Place) Place {
			q := Place{Line: n.Line + p.Line, Col: indent + p.Col}
			if p.EndCol > 0 {
				q.EndCol = indent + p.EndCol
			}
			return q
		}
	case n.EndCol > 0 && !strings.Contains(n.Text, "\n"):
		by := n.Col - 1
		if strings.HasPrefix(first, `"`) || strings.HasPrefix(first, "'") {
			by++
		}
		return func(p Place) Place {
			q := Place{Line: n.Line, Col: by + p.Col}
			if p.EndCol > 0 {
				q.EndCol = by + p.EndCol
			}
			return q
		}
	}
	return func(Place) Place { return n.Place }
}

// line returns a line of the file, from 1.
func (r *reader) line(n int) string {
	r.index()
	if n < 1 || n > len(r.lines) {
		return ""
	}
	s := r.src[r.lines[n-1]:]
	if end := bytes.IndexByte(s, '\n'); end >= 0 {
		s = s[:end]
	}
	return string(bytes.TrimSuffix(s, []byte{'\r'}))
}

// see finds the terms that others name.
func (r *glossaryReader) see() {
	var names []string
	told := 0
	for i := range r.sees {
		for _, v := range r.sees[i] {
			other := r.names[FoldKey(v.Text)] - 1
			switch {
			case other == i:
				r.warn(v.Place, "bad-value", "take it out", "the term %q leads to itself", values.Clip(v.Text))
			case other >= 0 && other < len(r.g.Terms):
				if !slices.Contains(r.g.Terms[i].See, other) {
					r.g.Terms[i].See = append(r.g.Terms[i].See, other)
				}
			case r.g.Lost: // it may be among those
			default:
				if names == nil {
					for k := range r.g.Terms {
						names = append(append(names, r.g.Terms[k].Name), r.g.Terms[k].Also...)
					}
				}
				var near []string
				if told++; told <= 100 { // who has more has renamed something
					near = diag.Nearest(v.Text, names, 3)
				}
				r.bad(v.Place, "unknown-term", diag.DidYouMean(near, "add it to the glossary"), "no term is called %q", values.Clip(v.Text))
			}
		}
	}
}

// sum fills in the digest.
func (t *GlossaryTerm) sum(all []GlossaryTerm) {
	var e cache.Encoder
	e.String(t.Name)
	e.String(t.ID)
	e.Strings(t.Also)
	t.Definition.Encode(&e)
	for i := range t.Refs {
		r := t.Refs[i]
		r.Line, r.Col, r.EndCol = 0, 0, 0
		encodeRef(&e, &r)
	}
	for _, k := range t.See {
		e.String(all[k].Name)
		e.String(all[k].ID)
	}
	e.String(t.Source.Text)
	e.String(t.Source.URL.Text)
	t.Digest = cache.Sum(e.B)
}

// glossary reads whether terms are explained: on or off, as other tools have
// it, or true or false.
func (r *reader) glossary(f *rule, n *values.Node) {
	if n.Kind == values.Scalar {
		switch strings.ToLower(n.Text) {
		case "on", "yes", "true":
			r.unexplained = false
			return
		case "off", "no", "false":
			r.unexplained = true
			return
		}
	}
	r.bad(n.Place, "bad-value", "write "+f.Key+": off", "%s is on or off, not %s", f.Key, n.What())
}
