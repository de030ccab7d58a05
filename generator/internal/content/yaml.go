package content

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/adrg/frontmatter"
	"go.yaml.in/yaml/v4"
)

// The form of front matter: its delimiter's character.
const (
	formYAML = '-'
	formTOML = '+'
	formJSON = ';'
)

// closing is the end delimiter given to package frontmatter. That package
// trims lines before it compares them, so an indented "---" in a block of text
// would end the front matter for it. What it is given has been found to be
// UTF-8, so no line of it can equal a delimiter that is not.
const closing = "\xff"

// formats are what package frontmatter tells apart.
var formats = [...]*frontmatter.Format{
	frontmatter.NewFormat("---", closing, func(b []byte, v any) error { return v.(*matter).yaml(b) }),
	frontmatter.NewFormat("+++", closing, func(b []byte, v any) error { return v.(*matter).toml(b) }),
	frontmatter.NewFormat(";;;", closing, func(b []byte, v any) error { return v.(*matter).json(b) }),
}

// readers lends the buffers that package frontmatter reads through.
type readers struct{ pool sync.Pool }

// parse reads m.text, which is UTF-8, as front matter of a form into m.root.
// What is wrong with it is told in m.diags.
func (rs *readers) parse(m *matter, form byte) {
	m.root.kind = isTable
	if p, ok := oddCharacter(m); ok {
		m.errorf(p, "bad-front-matter", "remove it; an editor that shows invisible characters finds it",
			"front matter holds a character that is no text")
		return
	}
	if len(m.text) > maxHead {
		m.errorf(Place{Line: m.line0, Col: 1}, "front-matter-too-large", "keep large tables in a data file",
			"front matter is %d KB long; the most is %d KB", len(m.text)>>10, maxHead>>10)
		return
	}
	// The parsers are other people's. Should one still panic, the page is at
	// fault and not the build.
	defer func() {
		if recover() != nil {
			m.root = node{kind: isTable}
			m.errorf(Place{Line: m.line0, Col: 1}, "bad-front-matter", "write it in a simpler way", "front matter cannot be read")
		}
	}()
	br, _ := rs.pool.Get().(*bufio.Reader)
	if br == nil {
		br = bufio.NewReaderSize(nil, 4096)
	}
	defer rs.pool.Put(br)
	delim := [...]byte{form, form, form, '\n'}
	var head bytes.Buffer
	head.Grow(len(m.text) + 8)
	head.Write(delim[:])
	head.Write(m.text)
	if !bytes.HasSuffix(m.text, []byte{'\n'}) {
		head.WriteByte('\n')
	}
	head.WriteString(closing + "\n")
	br.Reset(&head)
	if _, err := frontmatter.MustParse(br, m, formats[:]...); err != nil {
		m.errorf(Place{Line: m.line0, Col: 1}, "bad-front-matter", "", "front matter cannot be read: %v", err)
	}
}

// oddCharacter finds a character that must not stand in front matter: control
// characters, and the line ends that YAML knows but editors do not count.
func oddCharacter(m *matter) (Place, bool) {
	for i, c := range m.text {
		switch {
		case c == '\n' || c == '\t' || c == '\r' && i+1 < len(m.text) && m.text[i+1] == '\n' || c >= ' ' && c < 0x7f:
			continue
		case c == '\r' && i+1 == len(m.text):
			continue
		case c < utf8.RuneSelf:
			return m.place(i), true
		case c >= 0xc2:
			r, _ := utf8.DecodeRune(m.text[i:])
			if unicode.Is(unicode.Cc, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
				return m.place(i), true
			}
		}
	}
	return Place{}, false
}

func (m *matter) yaml(text []byte) error {
	m.index()
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		m.yamlError(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil
	}
	top := doc.Content[0]
	var n node
	if !m.fromYAML(&n, top, 1) {
		return nil
	}
	switch {
	case n.kind == isTable:
		m.root = n
	case n.isNull():
	default:
		m.errorf(n.Place, "bad-front-matter", "write each line as key: value", "front matter is %s, where keys and values are wanted", n.what())
	}
	return nil
}

// fromYAML turns y into n and reports whether the rest is worth reading.
func (m *matter) fromYAML(n *node, y *yaml.Node, depth int) bool {
	n.Place = Place{Line: m.line0 + y.Line, Col: y.Column}
	if depth > maxDepth {
		m.tooDeep(n.Place)
		return false
	}
	switch {
	case y.Kind == yaml.AliasNode:
		m.errorf(n.Place, "bad-front-matter", "write the value out in both places", "front matter may not repeat a value by *%s", clip(y.Value))
		return true
	case y.Anchor != "":
		m.errorf(n.Place, "bad-front-matter", "put the value in quotes if the & is part of it", "front matter may not name a value by &%s", clip(y.Anchor))
	case y.Style&yaml.TaggedStyle != 0:
		m.errorf(n.Place, "bad-front-matter", "put the value in quotes if the ! is part of it", "front matter may not give a type by %s", clip(y.Tag))
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.text = y.Value
		n.quoted = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		n.EndCol = m.endOf(n, y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0)
	case yaml.SequenceNode:
		n.kind = isList
		n.list = make([]node, len(y.Content))
		for i, c := range y.Content {
			if !m.key(n.Place) || !m.fromYAML(&n.list[i], c, depth+1) {
				n.list = n.list[:i]
				return false
			}
		}
	case yaml.MappingNode:
		n.kind = isTable
		n.table = make([]entry, 0, len(y.Content)/2)
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := y.Content[i]
			var key node
			if !m.fromYAML(&key, k, depth+1) || !m.key(key.Place) {
				return false
			}
			switch {
			case key.kind != isScalar:
				m.errorf(key.Place, "bad-front-matter", "put the key in quotes if it is meant as a text", "a key is a word, not %s", key.what())
				continue
			case k.Tag == "!!merge":
				m.errorf(key.Place, "bad-front-matter", "write the keys out", "front matter may not take in other keys by <<")
				continue
			}
			n.table = append(n.table, entry{key: key.text, at: key.Place})
			if !m.fromYAML(&n.table[len(n.table)-1].val, y.Content[i+1], depth+1) {
				return false
			}
		}
		n.table = m.unique(n.table, depth)
	}
	return true
}

// endOf returns the column after the scalar n, or 0 if it does not end on the
// line on which it begins.
func (m *matter) endOf(n *node, quotes bool) int {
	s := m.from(n.Line, n.Col)
	if !quotes {
		if n.quoted || n.text == "" || !bytes.HasPrefix(s, []byte(n.text)) {
			return 0
		}
		return n.Col + utf8.RuneCountInString(n.text)
	}
	if len(s) == 0 {
		return 0
	}
	q := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case q == '"' && s[i] == '\\', q == '\'' && s[i] == q && i+1 < len(s) && s[i+1] == q:
			i++
		case s[i] == q:
			return n.Col + utf8.RuneCount(s[:i+1])
		}
	}
	return 0
}

// yamlSays has what the YAML library says, and how we say it.
var yamlSays = [...]struct{ its, message, hint string }{
	{"mapping values are not allowed", "a second colon in one line, or a line indented too far", `put a value that has ": " in it in quotes: title: "CVs: the basics"`},
	{"could not find expected ':'", "this line has no colon after its key", "write key: value, with a plain colon and a blank after it"},
	{"found character that cannot start any token", "a value cannot begin with this character", "put the value in quotes; indent with blanks, not tabs"},
	{"found a tab character", "a tab where blanks are wanted", "indent with blanks"},
	{"did not find expected key", "this does not fit the lines above", "check the indentation and the quotes of the lines above"},
	{"did not find expected ',' or", "a list or table in brackets is not closed", "add the missing comma or bracket"},
	{"found unexpected end of stream", "a quotation mark is never closed", "close the quotation"},
	{"found unknown escape character", `a backslash in double quotes begins an escape that YAML does not know`, "use single quotes, or write the backslash twice"},
	{"did not find expected '-' indicator", "this line does not fit the list above", `begin it with "- " at the same indentation`},
	{"block sequence entries are not allowed", `a list entry "- " cannot stand here`, "begin the list on a line of its own"},
	{"found undefined tag handle", "a value that begins with ! is a type for YAML", "put the value in quotes"},
	{"exceeded max depth", "", ""},
}

func (m *matter) yamlError(err error) {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		m.errorf(Place{Line: m.line0, Col: 1}, "bad-front-matter", "", "front matter is not YAML: %v", err)
		return
	}
	if strings.Contains(le.Message, "no documents in stream") {
		return // nothing but comments: no keys
	}
	if strings.Contains(le.Message, "expected single document") {
		m.errorf(m.documentEnd(), "bad-front-matter", "close it by --- alone on its line", "front matter goes on after the end of its first document")
		return
	}
	mark := le.Mark
	// Where something is never closed, its beginning is the place to look.
	if le.ContextMark.Line > 0 && (strings.Contains(le.Message, "end of stream") || strings.Contains(le.Message, "could not find expected ':'")) {
		mark = le.ContextMark
	}
	p := Place{Line: m.line0 + mark.Line, Col: mark.Column}
	if mark.Line <= 0 {
		p = Place{Line: m.line0, Col: 1}
	}
	if strings.Contains(le.Message, "exceeded max depth") {
		m.tooDeep(p)
		return
	}
	for _, s := range yamlSays {
		if strings.Contains(le.Message, s.its) {
			m.errorf(p, "bad-front-matter", s.hint, "front matter is not YAML: %s", s.message)
			return
		}
	}
	m.errorf(p, "bad-front-matter", "check the quotes and the indentation here", "front matter is not YAML: %s", le.Message)
}

// documentEnd finds a line that ends or begins a YAML document.
func (m *matter) documentEnd() Place {
	for i, off := range m.lines {
		if s := m.text[off:]; bytes.HasPrefix(s, []byte("...")) || bytes.HasPrefix(s, []byte("---")) {
			return Place{Line: m.line0 + i + 1, Col: 1}
		}
	}
	return Place{Line: m.line0, Col: 1}
}
