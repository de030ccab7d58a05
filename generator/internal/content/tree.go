package content

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
)

// Bounds of front matter. They are checked before or while it is parsed, as
// the parsers themselves have none that would do.
const (
	maxFile  = 8 << 20
	maxHead  = 64 << 10
	maxDepth = 16
	maxKeys  = 1000
)

// A node is a value of front matter and its place. YAML, TOML and JSON all
// become nodes, so that the schema is read, and mistakes are told, in one way.
type node struct {
	kind nodeKind
	// quoted tells a string as such: in quotes or a block. Otherwise text is
	// the scalar as written: "no" and "0123" are not yet what YAML takes them for.
	quoted bool
	text   string
	Place
	list  []node
	table []entry
}

type nodeKind uint8

const (
	isScalar nodeKind = iota
	isList
	isTable
)

// An entry is a key of a table and its value.
type entry struct {
	key string
	at  Place
	val node
	// mapped tells that front_matter.map brought the key here: what it says
	// is the site's choice and no slip.
	mapped bool
}

func (n *node) isNull() bool {
	if n.kind != isScalar || n.quoted {
		return false
	}
	switch n.text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// get returns the value of key in a table, or nil.
func (n *node) get(key string) *node {
	for i := range n.table {
		if n.table[i].key == key {
			return &n.table[i].val
		}
	}
	return nil
}

// what names the sort of value, for messages.
func (n *node) what() string {
	switch {
	case n.kind == isList:
		return "a list"
	case n.kind == isTable:
		return "a table of keys"
	case n.isNull():
		return "nothing"
	}
	return fmt.Sprintf("%q", clip(n.text))
}

// clip shortens text for a message.
func clip(s string) string {
	const most = 60
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	}
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// A matter is front matter being parsed: the bytes between its delimiters,
// where they stand, and what came of them.
type matter struct {
	file  string
	line0 int    // lines of the file above text
	text  []byte // between the delimiters
	diags diag.List
	root  node // always a table
	keys  int
	lines []int // offset of each line in text
}

func (m *matter) pos(p Place) diag.Pos { return diag.Pos{File: m.file, Line: p.Line, Col: p.Col} }

func (m *matter) errorf(p Place, rule, hint, format string, args ...any) {
	d := m.diags.Errorf(m.pos(p), rule, format, args...)
	d.EndCol, d.Hint = p.EndCol, hint
}

// index finds where lines begin.
func (m *matter) index() {
	m.lines = make([]int, 1, 1+bytes.Count(m.text, []byte{'\n'})+1)
	for i, c := range m.text {
		if c == '\n' {
			m.lines = append(m.lines, i+1)
		}
	}
}

// from returns the text of a line of the file from a column on.
func (m *matter) from(line, col int) []byte {
	i := line - m.line0 - 1
	if i < 0 || i >= len(m.lines) || col < 1 {
		return nil
	}
	s := m.text[m.lines[i]:]
	if end := bytes.IndexByte(s, '\n'); end >= 0 {
		s = s[:end]
	}
	for ; col > 1 && len(s) > 0; col-- {
		_, size := utf8.DecodeRune(s)
		s = s[size:]
	}
	return bytes.TrimSuffix(s, []byte{'\r'})
}

// place returns where byte off of text stands.
func (m *matter) place(off int) Place {
	off = max(0, min(off, len(m.text)))
	line := bytes.Count(m.text[:off], []byte{'\n'})
	start := bytes.LastIndexByte(m.text[:off], '\n') + 1
	return Place{Line: m.line0 + line + 1, Col: 1 + utf8.RuneCount(m.text[start:off])}
}

// tooDeep tells that values are nested beyond the bound.
func (m *matter) tooDeep(p Place) {
	m.errorf(p, "too-deep", "front matter this deep is better kept in a data file",
		"front matter is nested more than %d levels deep", maxDepth)
}

// key counts one more key and reports whether there may be so many.
func (m *matter) key(p Place) bool {
	m.keys++
	if m.keys == maxKeys+1 {
		m.errorf(p, "front-matter-too-large", "keep large tables in a data file",
			"front matter has more than %d keys", maxKeys)
	}
	return m.keys <= maxKeys
}

// unique leaves of entries with one key the last, as the contract has it, and
// tells of the others.
func (m *matter) unique(table []entry, depth int) []entry {
	if len(table) < 2 {
		return table
	}
	twice := false
	if len(table) <= 32 {
		for i := range table {
			for j := range i {
				twice = twice || table[i].key == table[j].key
			}
		}
	} else {
		seen := make(map[string]bool, len(table))
		for i := range table {
			twice = twice || seen[table[i].key]
			seen[table[i].key] = true
		}
	}
	if !twice {
		return table
	}
	last := make(map[string]int, len(table))
	for i := range table {
		first, ok := last[table[i].key]
		last[table[i].key] = i
		if !ok {
			continue
		}
		e := &table[i]
		pos := m.pos(e.at)
		var d *diag.Diag
		if depth == 1 && isHeld(e.key) && table[first].val.text != e.val.text {
			// Which of the two is meant decides whether the page is published.
			d = m.diags.Errorf(pos, "duplicate-key", "the key %q stands here again with another value than in line %d", e.key, table[first].at.Line)
			d.Hint = "keep the one that is meant"
		} else {
			d = m.diags.Warnf(pos, "duplicate-key", "the key %q stands here again; its value in line %d does not count", e.key, table[first].at.Line)
			d.Hint = "remove one of the two"
		}
		d.EndCol = e.at.EndCol
	}
	kept := table[:0]
	for i := range table {
		if last[table[i].key] == i {
			kept = append(kept, table[i])
		}
	}
	return kept
}
