package values

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

func (m *reading) yaml() {
	var doc yaml.Node
	if err := yaml.Load(m.src, &doc, yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth)))); err != nil {
		m.yamlError(err)
		return
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return
	}
	var n Node
	if !m.fromYAML(&n, doc.Content[0], 1) {
		return
	}
	switch {
	case n.Kind == Table || n.Kind == List && m.Lists:
		m.root = n
	case n.IsNull():
	default:
		m.bad(n.Place, "write each line as key: value", "%s is %s, where keys and values are wanted", m.what(), n.What())
	}
}

// fromYAML turns y into n and reports whether the rest is worth reading.
func (m *reading) fromYAML(n *Node, y *yaml.Node, depth int) bool {
	n.Place = Place{Line: m.Above + y.Line, Col: y.Column}
	if depth > MaxDepth {
		m.tooDeep(n.Place)
		return false
	}
	switch {
	case y.Kind == yaml.AliasNode:
		m.bad(n.Place, "write the value out in both places", "%s may not repeat a value by *%s", m.what(), Clip(y.Value))
		return true
	case y.Anchor != "":
		m.bad(n.Place, "put the value in quotes if the & is part of it", "%s may not name a value by &%s", m.what(), Clip(y.Anchor))
	case y.Style&yaml.TaggedStyle != 0:
		m.bad(n.Place, "put the value in quotes if the ! is part of it", "%s may not give a type by %s", m.what(), Clip(y.Tag))
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.Text = y.Value
		n.Quoted = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		n.EndCol = m.endOf(n, y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0)
	case yaml.SequenceNode:
		n.Kind = List
		n.List = make([]Node, len(y.Content))
		for i, c := range y.Content {
			if !m.key(n.Place) || !m.fromYAML(&n.List[i], c, depth+1) {
				n.List = n.List[:i]
				return false
			}
		}
	case yaml.MappingNode:
		n.Kind = Table
		n.Table = make([]Entry, 0, len(y.Content)/2)
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := y.Content[i]
			var key Node
			if !m.fromYAML(&key, k, depth+1) || !m.key(key.Place) {
				return false
			}
			switch {
			case key.Kind != Scalar:
				m.bad(key.Place, "put the key in quotes if it is meant as a text", "a key is a word, not %s", key.What())
				continue
			case k.Tag == "!!merge":
				m.bad(key.Place, "write the keys out", "%s may not take in other keys by <<", m.what())
				continue
			}
			n.Table = append(n.Table, Entry{Key: key.Text, At: key.Place})
			if !m.fromYAML(&n.Table[len(n.Table)-1].Val, y.Content[i+1], depth+1) {
				return false
			}
		}
		n.Table = m.unique(n.Table, depth)
	}
	return true
}

// endOf returns the column after the scalar n, or 0 if it does not end on the
// line on which it begins.
func (m *reading) endOf(n *Node, quotes bool) int {
	s := m.from(n.Line, n.Col)
	if !quotes {
		if n.Quoted || n.Text == "" || !bytes.HasPrefix(s, []byte(n.Text)) {
			return 0
		}
		return n.Col + utf8.RuneCountInString(n.Text)
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
	{"could not find expected ':'", noColon, noColonHint},
	{"found character that cannot start any token", "a value cannot begin with this character", "put the value in quotes; indent with blanks, not tabs"},
	{"found a tab character", "a tab where blanks are wanted", "indent with blanks"},
	{"did not find expected key", "this does not fit the lines above", "check the indentation and the quotes of the lines above"},
	{"did not find expected ',' or", "a list or group in brackets is never closed", "add the missing comma or bracket"},
	{"did not find expected node content", "a list or group in brackets is never closed", "add the missing value or bracket"},
	{"found unexpected end of stream", "a quotation mark is never closed", "close the quotation"},
	{"found unknown escape character", "a backslash in double quotes begins an escape that YAML does not know", "use single quotes, or write the backslash twice"},
	{"did not find expected '-' indicator", "this line does not fit the list above", `begin it with "- " at the same indentation`},
	{"block sequence entries are not allowed", `a list entry "- " cannot stand here`, "begin the list on a line of its own"},
	{"found undefined tag handle", "a value that begins with ! is a type for YAML", "put the value in quotes"},
	{"unknown anchor", "a value that begins with * repeats another for YAML", "put the value in quotes"},
}

const (
	noColon     = "this line has no colon after its key"
	noColonHint = "write key: value, with a plain colon and a blank after it"
)

func (m *reading) yamlError(err error) {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		m.bad(m.start(), "", "%s is not YAML: %v", m.what(), err)
		return
	}
	said := func(its string) bool { return strings.Contains(le.Message, its) }
	if said("no documents in stream") {
		return // nothing but comments: no keys
	}
	if said("expected single document") {
		hint := "take out the line"
		if m.FrontMatter {
			hint = "close it by --- alone on its line"
		}
		m.bad(m.documentEnd(), hint, "%s goes on after the end of its first document", m.what())
		return
	}
	mark := le.Mark
	// Where something is never closed, its beginning is the place to look.
	if le.ContextMark.Line > 0 && (said("end of stream") || said("could not find expected ':'") || said("did not find expected ',' or")) {
		mark = le.ContextMark
	}
	p := Place{Line: m.Above + mark.Line, Col: max(1, mark.Column)}
	switch {
	case mark.Line <= 0:
		p = m.start()
	case mark.Line > len(m.lines) || mark.Line > 1 && mark.Line == len(m.lines) && m.lines[mark.Line-1] == len(m.src):
		// A mark behind the last line is shown at its end.
		p = m.place(len(bytes.TrimRight(m.src, "\r\n")))
	}
	if said("exceeded max depth") {
		m.tooDeep(p)
		return
	}
	if said("mapping values are not allowed") || said("did not find expected key") {
		if at, ok := m.colonless(mark.Line); ok {
			m.bad(at, noColonHint, "%s is not YAML: %s", m.what(), noColon)
			return
		}
	}
	for _, s := range yamlSays {
		if said(s.its) {
			if bytes.Contains(m.from(p.Line, 1), []byte("[[")) {
				// title: [[fact:notice]] and more
				m.bad(p, "put a value that has [[…]] in it in quotes", "%s is not YAML: a value that begins with [ is a list", m.what())
				return
			}
			m.bad(p, s.hint, "%s is not YAML: %s", m.what(), s.message)
			return
		}
	}
	m.bad(p, "check the quotes and the indentation here", "%s is not YAML: %s", m.what(), le.Message)
}

// colonless looks for a line without a colon that YAML has joined with the one
// below it, at which it then complains: "title X9", and "weight: 3" below.
func (m *reading) colonless(line int) (Place, bool) {
	indent := func(s []byte) int { return len(s) - len(bytes.TrimLeft(s, " ")) }
	here := m.from(m.Above+line, 1)
	if !keyed(here) {
		return Place{}, false
	}
	for line--; line > 0; line-- {
		s := m.from(m.Above+line, 1)
		t := bytes.TrimSpace(s)
		switch {
		case len(t) == 0 || t[0] == '#':
			continue
		case t[0] == '-' || keyed(s) || indent(s) != indent(here):
			return Place{}, false
		}
		at := Place{Line: m.Above + line, Col: indent(s) + 1}
		at.EndCol = at.Col + utf8.RuneCount(t)
		return at, true
	}
	return Place{}, false
}

// keyed reports whether a line has a key, or something else that ends in a colon.
func keyed(line []byte) bool {
	return bytes.Contains(line, []byte(": ")) || bytes.HasSuffix(bytes.TrimRight(line, " "), []byte{':'})
}

// documentEnd finds the line that ends the first YAML document.
func (m *reading) documentEnd() Place {
	begun := false
	for i, off := range m.lines {
		s := m.src[off:]
		mark := bytes.HasPrefix(s, []byte("...")) || bytes.HasPrefix(s, []byte("---"))
		if mark && begun {
			return Place{Line: m.Above + i + 1, Col: 1}
		}
		line, _, _ := bytes.Cut(s, []byte{'\n'})
		line = bytes.TrimSpace(line)
		begun = begun || mark || len(line) > 0 && line[0] != '#'
	}
	return m.start()
}
