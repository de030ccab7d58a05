package content

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// Bounds of content/facts.yaml.
const (
	maxFacts     = 1 << 20 // bytes
	maxFactKeys  = 50_000
	maxFactValue = 1000 // characters, with the facts that it names filled in
)

// A Fact is a value that many pages show, kept in content/facts.yaml.
type Fact struct {
	Name  string
	Place // of its name
	// Value is plain text, the facts that it names filled in.
	Value       string
	Source      Link
	Reviewed    Date
	ReviewEvery Period
	Refs        []Ref // facts that its value names
}

// Facts are all facts of a site.
type Facts struct {
	List []Fact // in order of writing
	Lost bool   // some could not be read
}

// factKeys are what a fact may say.
var factKeys = []string{"value", "source", "reviewed", "review_every"}

// ParseFacts reads src, the content of file. A fact that cannot be read is left
// out. Facts that name others are filled in; those that do so in a circle, or
// name one that there is not, are told and left out.
func (p *Parser) ParseFacts(file string, src []byte) (Facts, diag.List) {
	root, diags := values.YAML(src, values.Options{File: file, Bytes: maxFacts, Keys: maxFactKeys})
	all := Facts{Lost: diags.Failed()}
	r := reader{p: p, page: &Page{}, card: &Card{Kind: Article, File: file}, diags: &diags, src: bytes.TrimPrefix(src, []byte("\ufeff")), res: resolver{file: file}}
	for i := range root.Table {
		f, ok := r.readFact(&root.Table[i])
		if !ok {
			all.Lost = true
			continue
		}
		all.List = append(all.List, f)
	}
	r.joinFacts(&all)
	return all, diags
}

// readFact reads one fact: a value alone, or a table.
func (r *reader) readFact(e *values.Entry) (f Fact, ok bool) {
	f = Fact{Name: nfc(e.Key), Place: e.At}
	if !markdown.ValidFact(f.Name) {
		r.bad(e.At, "bad-value", "use letters, digits and hyphens: "+Slugify(e.Key), "a fact cannot be called %q", values.Clip(e.Key))
		return f, false
	}
	key, value := f.Name, &e.Val
	if e.Val.Kind == values.Table {
		for i := range e.Val.Table {
			k := &e.Val.Table[i]
			sub := f.Name + "." + k.Key
			switch k.Key {
			case "value":
			case "source":
				f.Source = r.factSource(sub, &k.Val)
			case "reviewed":
				r.date(sub, &k.Val, &f.Reviewed)
			case "review_every":
				if s, ok := r.text(sub, &k.Val); ok && s != "" {
					if f.ReviewEvery, ok = ParsePeriod(s); !ok {
						r.bad(k.Val.Place, "bad-value", "write review_every: 6 months (or days, weeks, years)", "%s is not a period: %q", sub, values.Clip(s))
					}
				}
			default:
				r.warn(k.At, "unknown-key", diag.DidYouMean(diag.Nearest(k.Key, factKeys, 1), "a fact has "+strings.Join(factKeys, ", ")),
					"unknown key %q in the fact %q", values.Clip(k.Key), f.Name)
			}
		}
		key, value = f.Name+".value", e.Val.Get("value")
		if value == nil {
			r.bad(e.At, "bad-value", "write "+f.Name+": {value: 1 week}", "the fact %q has no value", f.Name)
			return f, false
		}
		if f.ReviewEvery != (Period{}) && f.Reviewed.IsZero() && e.Val.Get("reviewed") == nil {
			r.warn(e.At, "bad-value", "add reviewed: 2026-05-01, the day on which somebody last looked", "the fact %q has review_every and no reviewed, so it never falls due", f.Name)
		}
	}
	r.facts = nil
	s, ok := r.text(key, value)
	if !ok && value.Kind != values.Scalar {
		return f, false
	}
	if s == "" {
		r.bad(value.Place, "bad-value", "write "+f.Name+": {value: 1 week}", "the fact %q has no value", f.Name)
		return f, false
	}
	f.Value = s
	f.Refs, r.facts = r.facts, nil
	return f, true
}

// factSource reads where a fact comes from: a text, an address, or a title and
// an address.
func (r *reader) factSource(key string, n *values.Node) (l Link) {
	if n.Kind == values.Table {
		title, _ := r.textOf(n, key, "title")
		url, _ := r.textOf(n, key, "url")
		return Link{markdown.WriteFacts(title.Text), url}
	}
	s, _ := r.text(key, n)
	s = markdown.WriteFacts(s)
	if scheme := schemeOf(s); scheme == "https" || scheme == "http" {
		return Link{s, Value{s, n.Place}}
	}
	return Link{Text: s}
}

func (r *reader) tooLong(f *Fact) {
	r.bad(f.Place, "bad-value", "a fact is a word or a phrase: keep sentences in the pages", "the value of %q is longer than %d characters", f.Name, maxFactValue)
}

// joinFacts fills in the facts that facts name.
func (r *reader) joinFacts(all *Facts) {
	index := make(map[string]int, len(all.List))
	for i := range all.List {
		index[all.List[i].Name] = i
	}
	const (
		waiting = iota
		open    // being filled in, further up
		done
		bad
	)
	state := make([]byte, len(all.List))
	var names []string
	var fill func(i int) bool
	fill = func(i int) bool {
		f := &all.List[i]
		state[i] = open
		good := true
		for k := range f.Refs {
			ref := &f.Refs[k]
			at := Place{Line: ref.Line, Col: ref.Col, EndCol: ref.EndCol}
			j, ok := index[ref.Key]
			switch {
			case !ok:
				good = false
				if all.Lost {
					continue // it may be among those
				}
				if names == nil {
					for name := range index {
						names = append(names, name)
					}
				}
				r.bad(at, "unknown-fact", diag.DidYouMean(diag.Nearest(ref.Key, names, 3), "add it to this file"), "no fact is called %q", values.Clip(ref.Key))
			case state[j] == open:
				good = false
				r.bad(at, "fact-circle", "write the value out in one of them", "the fact %q is, through the facts that it names, its own value", all.List[j].Name)
			case state[j] == waiting:
				good = fill(j) && good
			default:
				good = state[j] == done && good
			}
		}
		if good && len(f.Refs) > 0 {
			length := utf8.RuneCountInString(f.Value)
			for k := range f.Refs {
				length += utf8.RuneCountInString(all.List[index[f.Refs[k].Key]].Value)
			}
			// Counted before it is made: values that name others twice double at each step.
			if length <= 2*maxFactValue {
				f.Value = markdown.FillFacts(f.Value, func(name string) string { return all.List[index[name]].Value })
			}
			good = length <= 2*maxFactValue && !markdown.HasFacts(f.Value)
			if !good {
				r.tooLong(f)
			}
		}
		if good && utf8.RuneCountInString(f.Value) > maxFactValue {
			r.tooLong(f)
			good = false
		}
		state[i] = bad
		if good {
			state[i] = done
		}
		return good
	}
	for i := range all.List {
		if state[i] == waiting {
			fill(i)
		}
	}
	kept := all.List[:0]
	for i := range all.List {
		if state[i] == done {
			kept = append(kept, all.List[i])
		} else {
			all.Lost = true
		}
	}
	all.List = kept
}

// bareFact returns the text that a value is which YAML takes for a list in a
// list: title: [[fact:name]].
func bareFact(n *values.Node) (*values.Node, bool) {
	if n.Kind != values.List || len(n.List) != 1 || n.List[0].Kind != values.List || len(n.List[0].List) != 1 {
		return nil, false
	}
	inner := &n.List[0].List[0]
	if inner.Kind != values.Scalar || inner.Quoted || !strings.HasPrefix(inner.Text, "fact:") {
		return nil, false
	}
	return &values.Node{Text: "[[" + inner.Text + "]]", Place: n.Place}, true
}

// marked returns s, a text that stands at a place, with its facts marked, and
// adds a reference to each.
func (r *reader) marked(s string, at Place) string {
	s, names := markdown.MarkFacts(s)
	from := 0
	for _, name := range names {
		ref := Ref{Ref: markdown.Ref{Kind: markdown.RefFact, Target: name}, Scheme: SchemeFact, Key: nfc(name), Use: UseText}
		var p Place
		p, from = r.inside(at, "[[fact:"+name+"]]", from)
		ref.Line, ref.Col, ref.EndCol = p.Line, p.Col, p.EndCol
		if r.shared {
			ref.File = r.res.file
		}
		r.facts = append(r.facts, ref)
	}
	return s
}

// index finds where the lines of src begin.
func (r *reader) index() {
	if r.lines != nil {
		return
	}
	r.lines = []int{0}
	for i, c := range r.src {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
}

// inside returns the place of text within the value at a place, sought from an
// offset in src on, and the offset behind it; the value's own place where it is
// not written like that.
func (r *reader) inside(at Place, text string, from int) (Place, int) {
	const reach = 8 << 10 // a value that is longer has the place of its beginning
	r.index()
	if at.Line < 1 || at.Line > len(r.lines) {
		return at, from
	}
	start := r.lines[at.Line-1]
	for k := 1; k < min(at.Col, reach) && start < len(r.src); k++ {
		_, size := utf8.DecodeRune(r.src[start:])
		start += size
	}
	start = max(start, from)
	i := bytes.Index(r.src[start:min(start+reach, len(r.src))], []byte(text))
	if i < 0 {
		return at, from
	}
	off := start + i
	line := sort.SearchInts(r.lines, off+1) // from 1
	col := 1 + utf8.RuneCount(r.src[r.lines[line-1]:off])
	return Place{Line: line, Col: col, EndCol: col + utf8.RuneCountInString(text)}, off + len(text)
}
