package content

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// A reader reads the values of front matter into a page, by the rules.
type reader struct {
	p           *Parser
	page        *Page
	card        *Card
	res         resolver
	diags       *diag.List
	refs        []Ref  // of front matter
	unexplained bool   // glossary: off
	facts       []Ref  // that its texts name
	src         []byte // the file, for the places of facts within values
	lines       []int  // offsets in src at which lines begin; made when first wanted
	// shared is true while values of a _defaults.yaml are read for a page:
	// what is wrong with them has been told, and their places are another
	// file's.
	shared bool
	form   byte // of the front matter that is read
	// own is true while a _defaults.yaml is read for itself.
	own bool
	// Where the page says what it is and of what it consists.
	kindAt, partsAt, stepsAt Place
}

// seen is a set of rules, by index.
type seen uint64

// all reads a table by the rules, but for keys that done has, and returns the
// keys that it has read.
func (r *reader) all(table []values.Entry, done seen) (read seen) {
	for i := range table {
		e := &table[i]
		k, ok := r.p.rules[e.Key]
		if !ok {
			r.unknown(e)
			continue
		}
		f := &rules[k]
		bit := seen(1) << k
		if f.PageOnly && r.own {
			r.bad(e.At, "bad-value", "write it in the page itself", "%q cannot be shared by the pages of a folder", f.Key)
			continue
		}
		if !e.Mapped {
			r.nested(f.Key, &e.Val)
		}
		if done&bit != 0 {
			if f.Key == "params" {
				r.params(f, &e.Val)
			}
			continue
		}
		read |= bit
		if f.Key == "published" && falsy(e.Val.Text) && e.Val.Kind == values.Scalar {
			// Jekyll's way of saying draft.
			r.bad(e.Val.Place, "held-back", "write "+r.as("draft", "true")+", and the date in published", "%q keeps no page back here; published is a date", "published: "+values.Clip(e.Val.Text))
			continue
		}
		if f.Key == "published" && state(&e.Val) {
			r.bad(e.Val.Place, "bad-date", "take it out, or write the date; a page that is no draft is published", "published is a date, not %s", e.Val.What())
			continue
		}
		f.read(r, f, &e.Val)
	}
	return read
}

// nested tells of a key below another that would keep the page back if it
// stood where it counts.
func (r *reader) nested(path string, n *values.Node) {
	for i := range n.List {
		r.nested(path, &n.List[i])
	}
	for i := range n.Table {
		e := &n.Table[i]
		if e.Mapped {
			continue
		}
		if e.Val.Kind == values.Scalar && strays(e.Key, e.Val.Text) {
			r.bad(e.At, "held-back", "take it out of "+path+", to the beginning of a line", "%q keeps nothing back inside %s", e.Key, path)
		}
		r.nested(path+"."+e.Key, &e.Val)
	}
}

func (r *reader) unknown(e *values.Entry) {
	if want, ok := slip(e.Key, &e.Val); ok && !e.Mapped {
		write := want + " if it is meant to keep the page back"
		switch {
		case want == "draft" && e.Val.Kind == values.Scalar && falsy(e.Val.Text) && !saysDraft(e.Key, e.Val.Text):
			write = r.as(want, "false") + " if that is meant, or take it out"
		case want == "draft":
			write = r.as(want, "true") + " if it is meant to keep the page back"
		}
		hint := "write " + write + "; if it is something else, keep it by front_matter.map: {" + e.Key + ": params." + Slugify(e.Key) + "} in site.yaml"
		if saysDraft(e.Key, e.Val.Text) {
			r.bad(e.At, "held-back", hint, "%q keeps no page back", e.Key+": "+values.Clip(e.Val.Text))
			return
		}
		r.bad(e.At, "held-back", hint, "the key %q may be meant for %s, but is not", e.Key, want)
		return
	}
	if r.p.o.Unknown == UnknownOff || r.shared {
		return
	}
	sev := diag.Warning
	if r.p.o.Unknown == UnknownError {
		sev = diag.Error
	}
	hint := elsewhere(e.Key)
	near := diag.Nearest(e.Key, r.p.names, 1)
	if len(near) == 0 {
		plain := plainKey(e.Key)
		for _, name := range r.p.names {
			if plainKey(name) == plain {
				near = []string{name}
			}
		}
	}
	if hint == "" {
		hint = diag.DidYouMean(near, "put it under params to keep it for templates; of all pages at once: front_matter.map: {"+e.Key+": params."+Slugify(e.Key)+"} in site.yaml")
	}
	*r.diags = append(*r.diags, diag.Diag{Pos: r.pos(e.At), EndCol: e.At.EndCol, Severity: sev, Rule: "unknown-key",
		Message: fmt.Sprintf("unknown key %q", values.Clip(e.Key)), Hint: hint})
}

// as writes a key and its value in the form of the page's front matter.
func (r *reader) as(key, value string) string { return as(r.form, key, value) }

func (r *reader) pos(p Place) diag.Pos { return diag.Pos{File: r.res.file, Line: p.Line, Col: p.Col} }

func (r *reader) bad(p Place, rule, hint, format string, args ...any) {
	if r.shared {
		return
	}
	d := r.diags.Errorf(r.pos(p), rule, format, args...)
	d.EndCol, d.Hint = p.EndCol, hint
}

func (r *reader) warn(p Place, rule, hint, format string, args ...any) {
	if r.shared {
		return
	}
	d := r.diags.Warnf(r.pos(p), rule, format, args...)
	d.EndCol, d.Hint = p.EndCol, hint
}

// at returns a place that may be kept in the card.
func (r *reader) at(p Place) Place {
	if r.shared {
		return Place{}
	}
	return p
}

// kept returns a value as the card keeps it: places are those of the page's file.
func (r *reader) kept(v Value) Value {
	v.Place = r.at(v.Place)
	return v
}

// text reads a text as it is written; ok is false where there is none.
func (r *reader) text(key string, n *values.Node) (s string, ok bool) {
	if fact, ok := bareFact(n); ok {
		n = fact
	}
	if n.Kind != values.Scalar {
		r.bad(n.Place, "bad-value", "write "+r.as(key, "a text"), "%s is a text, not %s", key, n.What())
		return "", false
	}
	if n.IsNull() {
		return "", false
	}
	s = plain(n.Text)
	if i := strings.IndexFunc(s, func(c rune) bool { return unicode.IsControl(c) || c == '\u202e' || c == '\u202d' }); i >= 0 {
		r.bad(n.Place, "bad-value", "type the text afresh", "%s has the invisible character %U in it", key, []rune(s[i:])[0])
		return "", false
	}
	return r.marked(s, n.Place), true
}

func (r *reader) textTo(key string, n *values.Node, to *string) {
	if s, ok := r.text(key, n); ok {
		*to = s
	}
}

// texts reads a list of texts, or the comma-separated parts of one.
func (r *reader) texts(key string, n *values.Node) (list []Value) {
	switch n.Kind {
	case values.Table:
		hint := "write " + r.as(key, "[one, two]")
		if len(n.Table) > 0 && !strings.Contains(key, ".") {
			hint += "; what one of its keys holds is taken by front_matter.map: {" + key + "." + n.Table[0].Key + ": " + key + "} in site.yaml"
		}
		r.bad(n.Place, "bad-value", hint, "%s is a list, not %s", key, n.What())
	case values.List:
		list = make([]Value, 0, len(n.List))
		for i := range n.List {
			item := &n.List[i]
			if item.Kind != values.Scalar {
				r.bad(item.Place, "bad-value", "write "+r.as(key, "[one, two]"), "an entry of %s is a text, not %s", key, item.What())
				continue
			}
			if s, ok := r.text(key, item); ok && s != "" {
				list = append(list, Value{s, item.Place})
			}
		}
	default:
		s, ok := r.text(key, n)
		if !ok {
			return nil
		}
		// Places of the parts are only known where it is written as it is read.
		if strings.Count(s, ",") > values.MaxKeys {
			r.bad(n.Place, "front-matter-too-large", "keep large tables in a data file", "%s has more than %d parts", key, values.MaxKeys)
			return nil
		}
		col, known := n.Col, !n.Quoted && n.EndCol > 0 && s == n.Text
		for part := range strings.SplitSeq(s, ",") {
			width := len([]rune(part))
			if t := strings.TrimSpace(part); t != "" {
				at := n.Place
				if known {
					at.Col = col + len([]rune(part)) - len([]rune(strings.TrimLeft(part, " ")))
					at.EndCol = at.Col + len([]rune(t))
				}
				list = append(list, Value{t, at})
			}
			col += width + 1
		}
	}
	return list
}

func (r *reader) textsTo(key string, n *values.Node, to *[]string) {
	for _, v := range r.texts(key, n) {
		if !slices.Contains(*to, v.Text) {
			*to = append(*to, v.Text)
		}
	}
}

// bool reads true or false; ok is false where it is neither.
func (r *reader) bool(key string, n *values.Node) (yes, ok bool) {
	if n.Kind == values.Scalar && !n.Quoted {
		switch n.Text {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		}
	}
	hint := "write " + r.as(key, "true") + " or " + r.as(key, "false")
	if n.Kind == values.Scalar && n.Text != "" {
		if truthy(n.Text) {
			hint = "write " + r.as(key, "true")
		} else if falsy(n.Text) {
			hint = "write " + r.as(key, "false")
		}
	}
	how := ""
	if n.Quoted && boolish(n.Text) && n.Text != "" {
		how = " in quotes"
	}
	r.bad(n.Place, "bad-value", hint, "%s is true or false, not %s%s", key, n.What(), how)
	return false, false
}

func (r *reader) boolTo(key string, n *values.Node, to *bool) {
	if yes, ok := r.bool(key, n); ok {
		*to = yes
	}
}

func (r *reader) tristate(key string, n *values.Node, to *Tristate) {
	if yes, ok := r.bool(key, n); ok {
		*to = No
		if yes {
			*to = Yes
		}
	}
}

// draft reads the key on which most depends: whatever is not plainly false
// makes a draft, besides being told.
func (r *reader) draft(f *rule, n *values.Node) {
	yes, ok := r.bool(f.Key, n)
	r.card.Draft = yes || !ok
}

func (r *reader) number(key string, n *values.Node, to *int) {
	if n.Kind == values.Scalar && !n.Quoted {
		if i, err := strconv.Atoi(n.Text); err == nil && i >= -1e9 && i <= 1e9 {
			*to = i
			return
		}
	}
	if n.IsNull() {
		return
	}
	r.bad(n.Place, "bad-value", "write "+r.as(key, "10"), "%s is a whole number, not %s", key, n.What())
}

// date reads a date and reports whether there is one.
func (r *reader) date(key string, n *values.Node, to *Date) bool {
	if n.IsNull() {
		// A date that was left open is a date that was meant.
		if isHeld(key) {
			r.bad(n.Place, "bad-date", "write "+r.as(key, "2026-10-12")+", or remove the key", "%s has no date", key)
		}
		return false
	}
	if n.Kind != values.Scalar {
		r.bad(n.Place, "bad-date", "write "+r.as(key, "2026-10-12"), "%s is a date, not %s", key, n.What())
		return false
	}
	d, why, hint := ParseDate(strings.TrimSpace(n.Text), r.p.o.DateForms)
	if why != "" {
		r.bad(n.Place, "bad-date", hint, "%s: %s", key, why)
		return false
	}
	at := r.at(n.Place)
	d.Line, d.Column = at.Line, at.Col
	*to = d
	return true
}

func (r *reader) period(key string, n *values.Node) {
	if s, ok := r.text(key, n); ok && s != "" {
		p, ok := ParsePeriod(s)
		if !ok {
			r.bad(n.Place, "bad-value", "write "+r.as(key, "6 months")+" (or days, weeks, years)", "%s is not a period: %q", key, values.Clip(s))
			return
		}
		r.card.ReviewEvery = p
	}
}

// sub checks that n is a table with the keys of fields only.
func (r *reader) sub(key string, fields []Field, example string, n *values.Node) bool {
	if n.IsNull() {
		return false
	}
	if n.Kind != values.Table {
		r.bad(n.Place, "bad-value", "write "+r.as(key, example), "%s has keys of its own and is not %s", key, n.What())
		return false
	}
	for i := range n.Table {
		e := &n.Table[i]
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Key == e.Key }) || r.shared || r.p.o.Unknown == UnknownOff {
			continue
		}
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.Key
		}
		sev := diag.Warning
		if r.p.o.Unknown == UnknownError {
			sev = diag.Error
		}
		*r.diags = append(*r.diags, diag.Diag{Pos: r.pos(e.At), EndCol: e.At.EndCol, Severity: sev, Rule: "unknown-key",
			Message: fmt.Sprintf("unknown key %q in %s", values.Clip(e.Key), key), Hint: diag.DidYouMean(diag.Nearest(e.Key, names, 1), "its keys are "+strings.Join(names, ", "))})
	}
	return true
}

// textOf reads the text of a table's key.
func (r *reader) textOf(n *values.Node, key, sub string) (Value, bool) {
	v := n.Get(sub)
	if v == nil {
		return Value{}, false
	}
	s, ok := r.text(key+"."+sub, v)
	return Value{s, v.Place}, ok
}

// ref adds a reference of front matter. Its problems are told.
func (r *reader) ref(key string, v Value, use Use, kind markdown.RefKind) {
	ref := Ref{Ref: markdown.Ref{Kind: kind, Target: v.Text, Line: v.Line, Col: v.Col, EndCol: v.EndCol}, Use: use}
	if r.shared {
		ref.File = r.res.file
	}
	var f *fault
	if use == UseTopic || use == UseParent {
		ref.Scheme, ref.Key, ref.Text = SchemeTopic, r.res.topic(v.Text), v.Text
		if ref.Key == "" {
			f = &fault{"bad-value", fmt.Sprintf("%q makes no topic", values.Clip(v.Text)), "use letters or digits"}
		}
	} else {
		f = r.res.resolve(&ref, v.Text, kind == markdown.RefImage)
		if f == nil && (use == UseRelated || use == UseTranslates || use == UsePart) && ref.Scheme == SchemeExternal {
			f = &fault{"bad-address", fmt.Sprintf("%s is a page of this site, not %q", key, values.Clip(v.Text)), "write its path: /cv/template/"}
		}
	}
	if f != nil {
		r.bad(v.Place, f.rule, f.hint, "%s: %s", key, f.message)
		ref = Ref{Ref: ref.Ref, Use: use, File: ref.File}
	}
	r.refs = append(r.refs, ref)
}

func (r *reader) topics(f *rule, n *values.Node) {
	for _, v := range r.texts(f.Key, n) {
		slug := r.res.topic(v.Text)
		if slices.Contains(r.card.Topics, slug) {
			continue
		}
		if slug != "" {
			r.card.Topics = append(r.card.Topics, slug)
		}
		r.ref(f.Key, v, UseTopic, markdown.RefTopic)
	}
}

func (r *reader) parent(f *rule, n *values.Node) {
	s, ok := r.text(f.Key, n)
	if !ok || s == "" {
		return
	}
	if r.card.Kind != Topic && !r.own {
		if !r.shared {
			r.warn(n.Place, "bad-value", "only pages in content/topics/ have one", "parent has no meaning in a page that is no topic")
		}
		return
	}
	r.card.Parent = r.res.topic(s)
	r.ref(f.Key, Value{s, n.Place}, UseParent, markdown.RefTopic)
}

func (r *reader) changes(f *rule, n *values.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != values.List {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "%s is a list, not %s", f.Key, n.What())
		return
	}
	for i := range n.List {
		item := &n.List[i]
		if !r.sub(f.Key, f.Fields, f.Example, item) {
			continue
		}
		var c Change
		date := item.Get("date")
		if date == nil {
			r.bad(item.Place, "bad-value", "write {date: 2026-11-02, note: …}", "a change has no date")
			continue
		}
		if !r.date(f.Key+".date", date, &c.Date) {
			continue
		}
		if v, ok := r.textOf(item, f.Key, "note"); ok {
			c.Note = v.Text
		}
		if v := item.Get("major"); v != nil {
			r.boolTo(f.Key+".major", v, &c.Major)
		}
		r.card.Changes = append(r.card.Changes, c)
	}
	slices.SortStableFunc(r.card.Changes, func(a, b Change) int { return cmp.Compare(b.Date.Unix, a.Date.Unix) })
}

func (r *reader) withdrawn(f *rule, n *values.Node) {
	if n.Kind == values.Scalar && !n.IsNull() {
		// A date alone says enough to be understood.
		if d, why, _ := ParseDate(strings.TrimSpace(n.Text), r.p.o.DateForms); why == "" {
			at := r.at(n.Place)
			d.Line, d.Column = at.Line, at.Col
			r.card.Withdrawn.Date = d
			return
		}
	}
	if n.IsNull() {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example)+", or remove the key", "withdrawn says nothing")
		return
	}
	if !r.sub(f.Key, f.Fields, f.Example, n) {
		return
	}
	w := &r.card.Withdrawn
	if date := n.Get("date"); date == nil || date.IsNull() {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "withdrawn has no date")
	} else {
		r.date("withdrawn.date", date, &w.Date)
	}
	if v, ok := r.textOf(n, f.Key, "reason"); ok {
		w.Reason = v.Text
	}
	if v, ok := r.textOf(n, f.Key, "replacement"); ok && v.Text != "" {
		v = r.rooted(v)
		w.Replacement = r.kept(v)
		r.ref("withdrawn.replacement", v, UseReplacement, markdown.RefLink)
	}
}

// rooted returns an address as it is kept: one of a _defaults.yaml is seen
// from that file's folder, and so written from the root.
func (r *reader) rooted(v Value) Value {
	if r.shared && v.Text != "" && v.Text[0] != '/' && schemeOf(v.Text) == "" {
		if p, ok := climb(r.res.dir, v.Text); ok {
			v.Text = "/" + p
		}
	}
	return v
}

func (r *reader) image(f *rule, n *values.Node) {
	if !r.sub(f.Key, f.Fields, f.Example, n) {
		return
	}
	img := &r.card.Image
	src, _ := r.textOf(n, f.Key, "src")
	if src.Text == "" {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "image has no src")
		return
	}
	src = r.rooted(src)
	img.Src = r.kept(src)
	r.ref("image.src", src, UseImage, markdown.RefImage)
	if n.Get("alt") == nil {
		r.warn(n.Place, "missing-alt", "say what it shows, or write "+r.as("alt", `""`)+" where it only decorates", "image has no alt")
	}
	for _, to := range [...]struct {
		key string
		s   *string
	}{{"alt", &img.Alt}, {"credit", &img.Credit}, {"caption", &img.Caption}} {
		if v, ok := r.textOf(n, f.Key, to.key); ok {
			*to.s = v.Text
		}
	}
	if v, ok := r.textOf(n, f.Key, "credit_url"); ok && v.Text != "" {
		var ref Ref
		if f := r.res.resolve(&ref, v.Text, false); f != nil {
			r.bad(v.Place, f.rule, f.hint, "image.credit_url: %s", f.message)
		} else if s := schemeOf(v.Text); s != "https" && s != "http" {
			r.bad(v.Place, "bad-address", "write it as https://…", "image.credit_url is the address of another site, not %q", values.Clip(v.Text))
		} else {
			img.CreditURL = v.Text
		}
	}
}

func (r *reader) action(f *rule, n *values.Node) {
	if !r.sub(f.Key, f.Fields, f.Example, n) {
		return
	}
	text, _ := r.textOf(n, f.Key, "text")
	to, _ := r.textOf(n, f.Key, "url")
	if text.Text == "" || to.Text == "" {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "action needs a text and a url")
		return
	}
	to = r.rooted(to)
	r.page.Action = &Link{Text: text.Text, URL: r.kept(to)}
	r.ref("action.url", to, UseAction, markdown.RefLink)
}

func (r *reader) related(f *rule, n *values.Node) {
	for _, v := range r.texts(f.Key, n) {
		r.ref(f.Key, r.rooted(v), UseRelated, markdown.RefLink)
	}
}

func (r *reader) aliases(f *rule, n *values.Node) {
	if n.Kind == values.Scalar && !n.Quoted && falsy(n.Text) {
		// Eleventy's permalink, mapped.
		r.bad(n.Place, "held-back", "write "+r.as("draft", "true")+" in its place", "%s in place of an old address keeps no page back here", n.What())
		return
	}
	for _, v := range r.texts(f.Key, n) {
		a, bad := r.res.alias(v.Text)
		if bad != nil {
			r.bad(v.Place, bad.rule, bad.hint, "%s", bad.message)
			continue
		}
		if slices.ContainsFunc(r.card.Aliases, func(old Value) bool { return old.Text == a }) {
			continue
		}
		r.card.Aliases = append(r.card.Aliases, Value{a, v.Place})
	}
}

func (r *reader) sources(f *rule, n *values.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != values.List {
		r.bad(n.Place, "bad-value", "write "+r.as(f.Key, f.Example), "%s is a list, not %s", f.Key, n.What())
		return
	}
	for i := range n.List {
		item := &n.List[i]
		var l Link
		switch {
		case item.Kind == values.Scalar:
			s, ok := r.text(f.Key, item)
			if !ok || s == "" {
				continue
			}
			l.Text = s
			if schemeOf(s) == "https" || schemeOf(s) == "http" {
				l.URL = Value{s, item.Place}
			}
		case !r.sub(f.Key, f.Fields, f.Example, item):
			continue
		default:
			title, _ := r.textOf(item, f.Key, "title")
			l.Text = title.Text
			l.URL, _ = r.textOf(item, f.Key, "url")
			l.URL = r.rooted(l.URL)
			if l.Text == "" {
				l.Text = l.URL.Text
			}
			if l.Text == "" {
				r.bad(item.Place, "bad-value", "write "+r.as(f.Key, f.Example), "a source needs a title")
				continue
			}
		}
		if l.URL.Text != "" {
			r.ref("sources.url", l.URL, UseSource, markdown.RefLink)
			if r.refs[len(r.refs)-1].Scheme == SchemeNone {
				l.URL = Value{} // never shown as a link
			}
			l.URL = r.kept(l.URL)
		}
		r.page.Sources = append(r.page.Sources, l)
	}
}

func (r *reader) kind(f *rule, n *values.Node) {
	s, ok := r.text(f.Key, n)
	if !ok || s == "" {
		return
	}
	kinds := [...]struct {
		name string
		kind Kind
	}{{"article", Article}, {"guide", Guide}, {"journey", Journey}, {"topic", Topic}, {"home", Home}}
	for _, k := range kinds {
		if s != k.name {
			continue
		}
		fixed := r.card.Kind == Topic || r.card.Kind == Home
		if k.kind == r.card.Kind || r.shared && fixed {
			return
		}
		if fixed || k.kind == Topic || k.kind == Home {
			r.bad(n.Place, "bad-value", "remove the key; topics lie in content/topics/, and content/index.md is the home page", "this file cannot be of the kind %q", s)
			return
		}
		r.card.Kind = k.kind
		if !r.shared {
			r.kindAt = n.Place
		}
		return
	}
	r.bad(n.Place, "bad-value", diag.DidYouMean(diag.Nearest(s, f.Choices, 1), "it is article, guide or journey"), "unknown kind %q", values.Clip(s))
}

func (r *reader) slug(f *rule, n *values.Node) {
	s, ok := r.text(f.Key, n)
	if !ok || s == "" {
		return
	}
	if why := checkSegment(s); why != "" || strings.Contains(s, "/") {
		if why == "" {
			why = "has a / in it"
		}
		r.bad(n.Place, "bad-path", "use letters, digits and hyphens", "the slug %q %s", values.Clip(s), why)
		return
	}
	if s[0] == '.' || s[0] == '_' {
		r.bad(n.Place, "bad-path", "use letters, digits and hyphens", "the slug %q begins with %q, and such names are not published", values.Clip(s), s[:1])
		return
	}
	if r.card.ID == "" {
		r.bad(n.Place, "bad-path", "remove the key", "the home page has no slug")
		return
	}
	parent := string(r.card.ID)
	r.card.ID = ID(parent[:strings.LastIndexByte(parent, '/')+1] + s)
}

func (r *reader) layout(f *rule, n *values.Node) {
	s, ok := r.text(f.Key, n)
	if !ok || s == "" {
		return
	}
	s = strings.TrimSuffix(s, ".html")
	if strings.ContainsFunc(s, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '_'
	}) || s == "" {
		r.bad(n.Place, "bad-value", "write the name of a file in layouts/ without .html", "the layout %q is not a name", values.Clip(s))
		return
	}
	r.page.Layout, r.page.LayoutAt = s, n.Pos(r.res.file)
}

func (r *reader) language(f *rule, n *values.Node) {
	s, ok := r.text(f.Key, n)
	if !ok || s == "" {
		return
	}
	tag, err := language.Parse(s)
	if err != nil {
		hint := "write a tag such as en-GB, cy or fr"
		if t, err := language.Parse(strings.ReplaceAll(s, "_", "-")); err == nil {
			hint = "write " + t.String()
		}
		r.bad(n.Place, "bad-value", hint, "%q is not a language", values.Clip(s))
		return
	}
	r.card.Language = tag.String()
}

func (r *reader) translates(f *rule, n *values.Node) {
	if s, ok := r.text(f.Key, n); ok && s != "" {
		r.ref(f.Key, Value{s, n.Place}, UseTranslates, markdown.RefLink)
	}
}

// params keeps a table for templates. Keys that are there already stay, as
// the page's own come first.
func (r *reader) params(f *rule, n *values.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != values.Table {
		r.bad(n.Place, "bad-value", "write "+r.as("params", "{theme: calm}"), "params has keys of its own and is not %s", n.What())
		return
	}
	if r.page.Params == nil {
		r.page.Params = make(map[string]any, len(n.Table))
	}
	for i := range n.Table {
		e := &n.Table[i]
		if _, ok := r.page.Params[e.Key]; !ok {
			r.page.Params[e.Key] = r.forTemplates(&e.Val)
		}
	}
}

// forTemplates returns n as templates get it: a text, int, float, bool, list or map.
func (r *reader) forTemplates(n *values.Node) any {
	if fact, ok := bareFact(n); ok {
		n = fact
	}
	switch n.Kind {
	case values.List:
		list := make([]any, len(n.List))
		for i := range n.List {
			list[i] = r.forTemplates(&n.List[i])
		}
		return list
	case values.Table:
		table := make(map[string]any, len(n.Table))
		for i := range n.Table {
			table[n.Table[i].Key] = r.forTemplates(&n.Table[i].Val)
		}
		return table
	}
	if n.Quoted {
		return r.marked(n.Text, n.Place)
	}
	if n.IsNull() {
		return nil
	}
	switch n.Text {
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	// A number that writing it again would change, such as 0123, is a text.
	if i, err := strconv.Atoi(n.Text); err == nil && strconv.Itoa(i) == n.Text {
		return i
	}
	if c := n.Text[len(n.Text)-1]; c >= '0' && c <= '9' && strings.Trim(n.Text, "+-0123456789.eE") == "" && strings.ContainsAny(n.Text, ".eE") {
		if x, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return x
		}
	}
	return r.marked(n.Text, n.Place)
}
