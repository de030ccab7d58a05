package content

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// A Parser reads files of one site. It may be used by several goroutines.
type Parser struct {
	md    *markdown.Engine
	o     Options
	rules map[string]int // key -> index in the table of rules
	names []string       // every known key
	// roots holds every first part of a dotted key that is mapped:
	// "audience" for "audience.primary".
	roots   map[string]bool
	readers readers
	weigher weigher
	terms   func() *markdown.Terms
}

// Explain lets p make links of the first use of each term. terms is called
// when a body is parsed, by several goroutines. It is not to be called while p
// parses.
func (p *Parser) Explain(terms func() *markdown.Terms) { p.terms = terms }

// NewParser returns a parser that renders bodies by md. Without md it reads
// front matter only.
func NewParser(md *markdown.Engine, o Options) *Parser {
	p := &Parser{md: md, o: o, rules: make(map[string]int, len(rules)), roots: map[string]bool{}}
	for i := range rules {
		p.rules[rules[i].Key] = i
		p.names = append(p.names, rules[i].Key)
	}
	for from := range o.Map {
		for i := 0; i < len(from); i++ {
			if from[i] == '.' {
				p.roots[from[:i]] = true
			}
		}
	}
	return p
}

// knows reports whether key is one of front matter, as it is or mapped.
func (p *Parser) knows(key string) bool {
	_, ok := p.rules[key]
	if !ok && len(p.o.Map) > 0 {
		_, ok = p.o.Map[key]
	}
	return ok || p.roots[key]
}

// Parse reads the page that src, the content of file, makes. There is always a
// page with a card; where problems are errors, the page is partial and the
// card held. defaults are those of the folders that file is in, the nearest
// last.
func (p *Parser) Parse(file string, src []byte, defaults ...*Defaults) (*Page, diag.List) {
	var diags diag.List
	id, kind := FileID(file)
	c := &Card{ID: id, Kind: kind, File: file, Language: p.o.Language}
	page := &Page{Card: c, Body: &markdown.Body{}}
	if why := CheckPath(strings.TrimPrefix(nfc(file), root)); why != "" {
		d := diags.Errorf(diag.Pos{File: file}, "bad-path", "the file's path %s", why)
		d.Hint = "rename it; letters, digits and hyphens work everywhere"
	}
	if text, ok := readable(file, src, &diags); ok {
		p.parse(page, text, defaults, &diags)
	}
	c.Held = c.Held || diags.Failed()
	return page, diags
}

// readable returns src without its byte order mark, if it is text that can be
// read; if not, it tells why.
func readable(file string, src []byte, diags *diag.List) ([]byte, bool) {
	at := diag.Pos{File: file, Line: 1, Col: 1}
	switch {
	case len(src) > maxFile:
		d := diags.Errorf(diag.Pos{File: file}, "too-large", "the file is %d MB long; the most is %d MB", (len(src)+(1<<20)-1)>>20, maxFile>>20)
		d.Hint = "split it into several pages"
		return nil, false
	case bytes.HasPrefix(src, []byte{0xff, 0xfe}), bytes.HasPrefix(src, []byte{0xfe, 0xff}), bytes.HasPrefix(src, []byte{0, 0, 0xfe, 0xff}):
		diags.Errorf(at, "invalid-utf8", "the file is UTF-16, not UTF-8").Hint = "save it as UTF-8"
		return nil, false
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if i := bytes.IndexByte(src, 0); i >= 0 {
		at = posOf(file, src, i)
		d := diags.Errorf(at, "invalid-utf8", "the file holds a NUL character, which no text has")
		d.Hint = "save it as UTF-8; it may be UTF-16, or no text at all"
		return nil, false
	}
	if !utf8.Valid(src) {
		off := 0
		for off < len(src) {
			r, size := utf8.DecodeRune(src[off:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			off += size
		}
		d := diags.Errorf(posOf(file, src, off), "invalid-utf8", "the byte 0x%02x here is not UTF-8", src[off])
		d.Hint = "save the file as UTF-8; it may be in an old encoding such as Windows-1252"
		return nil, false
	}
	return src, true
}

// posOf returns where byte off of src stands.
func posOf(file string, src []byte, off int) diag.Pos {
	start := bytes.LastIndexByte(src[:off], '\n') + 1
	return diag.Pos{File: file, Line: 1 + bytes.Count(src[:off], []byte{'\n'}), Col: 1 + utf8.RuneCount(src[start:off])}
}

func (p *Parser) parse(page *Page, src []byte, defaults []*Defaults, diags *diag.List) {
	c := page.Card
	cut, ok := p.split(c.File, src, diags)
	r := reader{p: p, page: page, card: c, diags: diags, form: cut.form, src: src,
		res: resolver{file: c.File, dir: folder(c.File), id: c.ID, open: p.o.OpenTopics}}
	var done seen
	unread := !ok // front matter, so that what it gives is not known
	if cut.form != 0 && ok {
		m := p.matter(c.File, cut, diags)
		unread = m.unread
		done = r.all(m.root.Table, 0)
		p.net(m, c, diags)
	}
	r.shared = true
	for _, d := range slices.Backward(defaults) {
		if d == nil {
			continue
		}
		c.Held = c.Held || d.held
		r.res.file, r.res.dir = d.file, folder(d.file)
		r.src, r.lines = d.src, nil
		done |= r.all(d.table, done)
	}
	r.shared = false
	r.res.file, r.res.dir, r.res.id = c.File, folder(c.File), c.ID
	r.course()
	if why := CheckPath(string(c.ID)); why != "" && c.ID != "" && !diags.Failed() {
		diags.Errorf(diag.Pos{File: c.File}, "bad-path", "the page's address %s", why).Hint = "choose a shorter slug"
	}

	if ok && p.md != nil {
		page.BodyBytes = len(cut.body)
		around := markdown.Around{Title: c.Title, Explain: !r.unexplained}
		if p.terms != nil {
			around.Terms = p.terms()
		}
		body, list := p.md.ParseIn(around, c.File, cut.line, cut.body)
		if body != nil {
			page.Body = body
		}
		*diags = append(*diags, list...)
	}
	b := page.Body
	c.Refs = append(append(r.res.body(b.Refs, diags, len(r.refs)+len(r.facts)), r.refs...), r.facts...)
	c.quote(b)
	c.Headings, c.IDs, c.Words = b.Headings, b.IDs, b.Words
	if !unread {
		p.title(c, b, cut, diags)
		p.dates(c, diags)
	}
	if !c.DescriptionGiven {
		c.Description = b.Lede
		if !unread && p.md != nil && c.Kind != Topic && c.Kind != Home {
			d := diags.Warnf(diag.Pos{File: c.File, Line: max(c.TitleAt.Line, 1), Col: max(c.TitleAt.Col, 1)}, "missing-description", "the page has no description")
			d.EndCol = c.TitleAt.EndCol
			d.Hint = "say in one sentence what it gives: description: …"
			if b.Lede != "" {
				d.Hint += "; until then its first sentence stands in"
			}
		}
	}
	c.Terms = p.weigher.terms(page)
}

// matter parses the front matter of a file and applies front_matter.map.
func (p *Parser) matter(file string, cut split, diags *diag.List) *matter {
	m := &matter{file: file, line0: cut.open, text: cut.head, form: cut.form}
	p.readers.parse(m)
	for i := range m.diags {
		m.unread = m.unread || m.diags[i].Severity == diag.Error && m.diags[i].Rule != "duplicate-key"
	}
	if len(p.o.Map) > 0 {
		m.root.Table = p.renamed(m, m.root.Table)
	}
	*diags = append(*diags, m.diags...)
	return m
}

// net catches what the rules let through: a line of front matter that says the
// page is a draft, where it has become part of something else.
func (p *Parser) net(m *matter, c *Card, diags *diag.List) {
	if c.Draft || diags.Failed() {
		return
	}
	for n, rest := m.line0+1, m.text; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		t := bytes.TrimSpace(line)
		if len(t) == 0 || t[0] == '#' {
			continue
		}
		kl, ok := p.holds(t)
		if !ok {
			continue
		}
		want, _ := heldKey(kl.key)
		if kl.bare && (want == "publish_on" && !c.PublishOn.IsZero() || want == "expires" && !c.Expires.IsZero() || want == "withdrawn" && !c.Withdrawn.Date.IsZero()) {
			continue
		}
		d := diags.Errorf(diag.Pos{File: c.File, Line: n, Col: 1 + utf8.RuneCount(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])},
			"held-back", "%q keeps nothing back here, as part of another value", values.Clip(string(t)))
		d.Hint = "put it on a line of its own, at the beginning of the line"
		return
	}
}

func (p *Parser) title(c *Card, b *markdown.Body, cut split, diags *diag.List) {
	switch {
	case c.Title == "" && b.Title != "":
		c.Title = plain(b.Title)
		c.TitleAt = heading(cut)
	case c.Title == "":
		if diags.Failed() && cut.form != 0 {
			return // it may be lost by what is wrong already
		}
		d := diags.Errorf(diag.Pos{File: c.File, Line: 1, Col: 1}, "missing-title", "the page has no title")
		d.Hint = "write title: … at the top, between two lines ---, or begin the text with # Title"
	}
}

// heading returns the place of the heading with which the body opens.
func heading(cut split) Place {
	line := cut.line
	for rest := cut.body; len(rest) > 0; line++ {
		var l []byte
		l, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if t := bytes.TrimLeft(l, " \t"); len(bytes.TrimSpace(t)) > 0 {
			return Place{Line: line, Col: 1 + len(l) - len(t)}
		}
	}
	return Place{Line: cut.line, Col: 1}
}

// dates settles what the dates say together.
func (p *Parser) dates(c *Card, diags *diag.List) {
	warn := func(d Date, hint, format string, args ...any) {
		pos := diag.Pos{File: c.File, Line: d.Line, Col: d.Column}
		diags.Warnf(pos, "date-order", format, args...).Hint = hint
	}
	for _, ch := range c.Changes { // the newest first
		if !ch.Major {
			continue
		}
		if c.Updated.IsZero() {
			c.Updated = ch.Date
		} else if c.Updated.Unix < ch.Date.Unix {
			warn(c.Updated, "remove updated; the newest major change stands in for it", "updated is before the major change of %s", ch.Date.Text)
		}
		break
	}
	if !c.Updated.IsZero() && !c.Published.IsZero() && c.Updated.Unix < c.Published.Unix {
		warn(c.Updated, "correct one of the two", "the page was updated on %s, before it was published on %s", c.Updated.Text, c.Published.Text)
	}
	if !c.Expires.IsZero() && !c.PublishOn.IsZero() && c.Expires.Unix <= c.PublishOn.Unix {
		warn(c.Expires, "correct one of the two", "the page expires on %s, before it is published on %s", c.Expires.Text, c.PublishOn.Text)
	}
}

// renamed applies front_matter.map to a table.
func (p *Parser) renamed(m *matter, table []values.Entry) []values.Entry {
	out := make([]values.Entry, 0, len(table))
	var walk func(path string, table []values.Entry) (rest []values.Entry)
	walk = func(path string, table []values.Entry) (rest []values.Entry) {
		for i := range table {
			e := table[i]
			key := path + e.Key
			if to, ok := p.o.Map[key]; ok {
				e.Mapped = true
				out = put(m, out, to, e)
				continue
			}
			if e.Val.Kind == values.Table && p.roots[key] {
				left := walk(key+".", e.Val.Table)
				if len(left) == 0 && len(e.Val.Table) > 0 {
					continue
				}
				if k, ok := p.rules[e.Key]; path == "" && len(left) < len(e.Val.Table) && !(ok && (rules[k].Type == TypeTable || rules[k].Type == TypeAny)) {
					// What is left of a table that was taken apart is unknown.
					for _, sub := range left {
						sub.Key = key + "." + sub.Key
						rest = append(rest, sub)
					}
					continue
				}
				e.Val.Table = left
			}
			rest = append(rest, e)
		}
		return rest
	}
	// What is not mapped comes first, so that a map's "image.src" finds the
	// image that the page has.
	rest := walk("", table)
	mapped := out
	out = rest
	for _, e := range mapped {
		out = p.merge(m, out, e)
	}
	return out
}

// put adds e under the dotted key to.
func put(m *matter, out []values.Entry, to string, e values.Entry) []values.Entry {
	first, rest, dotted := strings.Cut(to, ".")
	if !dotted {
		e.Key = first
		return append(out, e)
	}
	return append(out, values.Entry{Key: first, At: e.At, Mapped: true,
		Val: values.Node{Kind: values.Table, Place: e.Val.Place, Table: put(m, nil, rest, e)}})
}

// merge adds e to a table, joining it with a table or list that has its key.
func (p *Parser) merge(m *matter, table []values.Entry, e values.Entry) []values.Entry {
	for i := range table {
		old := &table[i]
		if old.Key != e.Key {
			continue
		}
		if old.Val.Kind == values.Table && e.Val.Kind == values.Table {
			for _, sub := range e.Val.Table {
				old.Val.Table = p.merge(m, old.Val.Table, sub)
			}
			return table
		}
		if k, ok := p.rules[e.Key]; ok && isTexts(rules[k].Type) && old.Val.Kind != values.Table && e.Val.Kind != values.Table {
			// Two keys that are one here, such as tags and categories.
			old.Val = values.Node{Kind: values.List, Place: old.Val.Place, List: append(parts(&old.Val), parts(&e.Val)...)}
			return table
		}
		if e.Key == "published" && (state(&old.Val) || state(&e.Val)) {
			// Jekyll's yes or no, beside a date that is mapped to published.
			yes, date := old, &e
			if state(&e.Val) {
				yes, date = &e, old
			}
			if falsy(yes.Val.Text) {
				d := m.diags.Errorf(yes.At.Pos(m.file), "held-back", "%q would keep no page back here, as another key is mapped to published", "published: "+values.Clip(yes.Val.Text))
				d.EndCol, d.Hint = yes.At.EndCol, "write "+as(m.form, "draft", "true")+" in its place"
			}
			*old = *date
			return table
		}
		d := m.diags.Warnf(e.At.Pos(m.file), "duplicate-key", "%q is given twice, here by front_matter.map; the one in line %d does not count", e.Key, old.At.Line)
		d.Hint = "keep one of the two"
		if isHeld(e.Key) && old.Val.Text != e.Val.Text {
			d.Severity = diag.Error
		}
		*old = e
		return table
	}
	return append(table, e)
}

// state reports whether n is a yes or a no.
func state(n *values.Node) bool {
	return n.Kind == values.Scalar && (falsy(n.Text) || truthy(n.Text))
}

// isTexts reports whether values of a type are lists that a text may stand for.
func isTexts(typ string) bool {
	return typ == TypeTexts || typ == TypeSlugs || typ == TypePaths || typ == TypeURLs
}

// parts returns the entries of a list, or the comma-separated parts of a text.
func parts(n *values.Node) []values.Node {
	if n.Kind == values.List || n.IsNull() {
		return slices.Clip(n.List)
	}
	if strings.Count(n.Text, ",") > values.MaxKeys {
		return []values.Node{*n} // refused when it is read
	}
	var list []values.Node
	for part := range strings.SplitSeq(n.Text, ",") {
		list = append(list, values.Node{Quoted: true, Text: strings.TrimSpace(part), Place: n.Place})
	}
	return list
}

// Defaults are the front matter of a _defaults.yaml: what every page of its
// folder, and of those below, has unless it says otherwise.
type Defaults struct {
	file  string
	src   []byte // for the places of facts
	table []values.Entry
	held  bool
	refs  []Ref
}

// Unread stands for the defaults of a file that is there but cannot be read:
// they hold every page of its folder.
func Unread(file string) *Defaults { return &Defaults{file: file, held: true} }

// ParseDefaults reads src, the content of file: "content/cv/_defaults.yaml".
// It is YAML without delimiters, though those of front matter are understood.
func (p *Parser) ParseDefaults(file string, src []byte) (*Defaults, diag.List) {
	var diags diag.List
	d := &Defaults{file: file}
	defer func() { d.held = diags.Failed() }()
	text, ok := readable(file, src, &diags)
	if !ok {
		return d, diags
	}
	cut := split{form: formYAML, head: text}
	if first, rest, _ := bytes.Cut(text, []byte{'\n'}); delimiter(first) == formYAML {
		cut.head, cut.open = rest, 1
		lines := bytes.SplitAfter(rest, []byte{'\n'})
		for len(lines) > 0 && len(bytes.TrimSpace(lines[len(lines)-1])) == 0 {
			lines = lines[:len(lines)-1]
		}
		if n := len(lines); n > 0 && delimiter(bytes.TrimSuffix(lines[n-1], []byte{'\n'})) == formYAML {
			cut.head = bytes.Join(lines[:n-1], nil)
		}
	}
	m := p.matter(file, cut, &diags)
	d.table, d.src = m.root.Table, text
	page := &Page{Card: &Card{Kind: Article, File: file}}
	r := reader{p: p, page: page, card: page.Card, diags: &diags, own: true, src: text,
		res: resolver{file: file, dir: folder(file), open: p.o.OpenTopics}}
	r.all(d.table, 0)
	d.refs = r.refs
	p.net(m, page.Card, &diags)
	// What no page may take from here, no page does.
	d.table = slices.DeleteFunc(d.table, func(e values.Entry) bool {
		k, ok := p.rules[e.Key]
		return !ok || rules[k].PageOnly
	})
	return d, diags
}
