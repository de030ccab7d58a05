// Package values reads keys and values that people write, as YAML, TOML or
// JSON, into nodes that know their places: front matter, the settings, and
// every other file of data in content/.
//
// Its one rule: what cannot be read, is written twice or goes beyond a bound is
// told at its place, and nothing is guessed: a scalar is the text as written.
package values

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
)

// Bounds of a text, where [Options] do not say otherwise. They are checked
// before or while it is parsed, as the parsers themselves have none that would do.
const (
	MaxBytes = 64 << 10
	MaxDepth = 16
	MaxKeys  = 1000
)

// Options say what is read and how its problems are told.
type Options struct {
	File  string // as problems name it: "content/site.yaml"
	Above int    // lines of the file above the text
	// FrontMatter tells that the text is part of a page: its problems then have
	// the rules bad-front-matter and front-matter-too-large, else bad-yaml.
	FrontMatter bool
	// Lists tells that the text may be a list instead of a table.
	Lists       bool
	Bytes, Keys int // bounds in place of MaxBytes and MaxKeys; keys and list entries count
	// Matters reports whether a key of the top level is one whose value may not
	// be chosen from two: written twice with two values, it is an error and not
	// a warning. Nil is none.
	Matters func(key string) bool
}

// A Place is where something stands in its file, from 1; EndCol is the column
// after its last character, zero if unknown.
type Place struct{ Line, Col, EndCol int }

// A Node is a value and its place.
type Node struct {
	Kind Kind
	// Quoted tells a scalar in quotes, or in a block, which is a text. Otherwise
	// Text is the scalar as written: "no" and "0123" are not yet what YAML takes
	// them for.
	Quoted bool
	Text   string
	Place
	List  []Node
	Table []Entry // in order of writing; no key twice, as the last one counts
}

// A Kind is the sort of a [Node].
type Kind uint8

// The kinds. The zero Node is a scalar that is null.
const (
	Scalar Kind = iota
	List
	Table
)

// An Entry is a key of a table and its value.
type Entry struct {
	Key string
	At  Place
	Val Node
	// Mapped tells that the key was not written here but brought by a setting:
	// what it says is the site's choice and no slip. Readers never set it.
	Mapped bool
}

// IsNull reports whether nothing was written: an empty value, ~ or null.
func (n *Node) IsNull() bool {
	if n.Kind != Scalar || n.Quoted {
		return false
	}
	switch n.Text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// Get returns the value of key in a table, or nil.
func (n *Node) Get(key string) *Node {
	for i := range n.Table {
		if n.Table[i].Key == key {
			return &n.Table[i].Val
		}
	}
	return nil
}

// What names the value for messages: its text in quotation marks, or its sort.
func (n *Node) What() string {
	switch {
	case n.Kind == List:
		return "a list"
	case n.Kind == Table:
		return "a group of keys"
	case n.IsNull():
		return "nothing"
	}
	return Quote(n.Text)
}

// Pos returns the place as one in file.
func (p Place) Pos(file string) diag.Pos { return diag.Pos{File: file, Line: p.Line, Col: p.Col} }

// Quote writes s in quotation marks for a message, shortened where it is long.
func Quote(s string) string { return strconv.QuoteToGraphic(Clip(s)) }

// Clip shortens s for a message: to its first line, and to 60 characters.
func Clip(s string) string {
	const most = 60
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	}
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// YAML reads src, and returns the table that it is and what is wrong with it.
// Where that is an error, the table is partial. Nothing but comments is an
// empty table.
func YAML(src []byte, o Options) (Node, diag.List) { return read(src, o, (*reading).yaml) }

// TOML reads src, as YAML does.
func TOML(src []byte, o Options) (Node, diag.List) { return read(src, o, (*reading).toml) }

// JSON reads src, as YAML does.
func JSON(src []byte, o Options) (Node, diag.List) { return read(src, o, (*reading).json) }

// A reading is a text being read, and what came of it.
type reading struct {
	Options
	src   []byte
	diags diag.List
	root  Node // a table, or a list where Options.Lists allows one
	keys  int
	lines []int // offset of each line in src
}

func read(src []byte, o Options, parse func(*reading)) (root Node, diags diag.List) {
	m := &reading{Options: o, src: bytes.TrimPrefix(src, []byte("\ufeff")), root: Node{Kind: Table}}
	if m.Bytes == 0 {
		m.Bytes = MaxBytes
	}
	if m.Keys == 0 {
		m.Keys = MaxKeys
	}
	if at, why := m.odd(); why != "" {
		hint := "remove it, and save the file as UTF-8; an editor that shows invisible characters finds it"
		if why == loneCR {
			hint = "save the file with the line ends LF or CRLF"
		}
		m.bad(at, hint, "%s stands in %s", why, m.what())
		return m.root, m.diags
	}
	if len(m.src) > m.Bytes {
		m.large(m.start(), "%s is %d KB long; the most is %d KB", m.what(), len(m.src)>>10, m.Bytes>>10)
		return m.root, m.diags
	}
	// The parsers are other people's. Should one panic, the file is at fault and
	// not the build.
	defer func() {
		if recover() != nil {
			m.bad(m.start(), "write it in a simpler way", "%s cannot be read", m.what())
			root, diags = Node{Kind: Table}, m.diags
		}
	}()
	m.index()
	parse(m)
	return m.root, m.diags
}

// what names the text in messages.
func (m *reading) what() string {
	if m.FrontMatter {
		return "front matter"
	}
	return "the file"
}

// start is where problems of the whole text stand: the delimiter of front
// matter, the first line of a file.
func (m *reading) start() Place { return Place{Line: max(1, m.Above), Col: 1} }

// bad tells that something cannot be read.
func (m *reading) bad(p Place, hint, format string, args ...any) {
	if m.FrontMatter {
		m.tell(p, "bad-front-matter", hint, format, args...)
	} else {
		m.tell(p, "bad-yaml", hint, format, args...)
	}
}

// large tells that there is too much of something.
func (m *reading) large(p Place, format string, args ...any) {
	if m.FrontMatter {
		m.tell(p, "front-matter-too-large", "keep large tables in a data file", format, args...)
	} else {
		m.tell(p, "too-large", "take out what is not needed", format, args...)
	}
}

func (m *reading) tell(p Place, rule, hint, format string, args ...any) {
	d := m.diags.Errorf(p.Pos(m.File), rule, format, args...)
	d.EndCol, d.Hint = p.EndCol, hint
}

// loneCR names a line end that YAML knows and editors do not count.
const loneCR = "a carriage return without a line feed"

// odd finds what must not stand in such a text, and names it: bytes that are
// not UTF-8, control characters, and the line ends that YAML knows but editors
// do not count.
func (m *reading) odd() (at Place, why string) {
	for i := 0; i < len(m.src); {
		c := m.src[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' && (i+1 == len(m.src) || m.src[i+1] == '\n') {
			i++
			continue
		}
		r, size := utf8.DecodeRune(m.src[i:])
		switch {
		case c == '\r':
			return m.place(i), loneCR
		case r == utf8.RuneError && size == 1:
			return m.place(i), fmt.Sprintf("the byte %#02x, which is not UTF-8,", c)
		case unicode.Is(unicode.Cc, r), r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
			return m.place(i), fmt.Sprintf("the invisible character %U", r)
		}
		i += size
	}
	return Place{}, ""
}

// index finds where lines begin.
func (m *reading) index() {
	m.lines = make([]int, 1, 1+bytes.Count(m.src, []byte{'\n'})+1)
	for i, c := range m.src {
		if c == '\n' {
			m.lines = append(m.lines, i+1)
		}
	}
}

// from returns the text of a line of the file from a column on.
func (m *reading) from(line, col int) []byte {
	i := line - m.Above - 1
	if i < 0 || i >= len(m.lines) || col < 1 {
		return nil
	}
	s := m.src[m.lines[i]:]
	if end := bytes.IndexByte(s, '\n'); end >= 0 {
		s = s[:end]
	}
	for ; col > 1 && len(s) > 0; col-- {
		_, size := utf8.DecodeRune(s)
		s = s[size:]
	}
	return bytes.TrimSuffix(s, []byte{'\r'})
}

// place returns where byte off of the text stands.
func (m *reading) place(off int) Place {
	off = max(0, min(off, len(m.src)))
	line := bytes.Count(m.src[:off], []byte{'\n'})
	start := bytes.LastIndexByte(m.src[:off], '\n') + 1
	return Place{Line: m.Above + line + 1, Col: 1 + utf8.RuneCount(m.src[start:off])}
}

// tooDeep tells that values are nested beyond the bound.
func (m *reading) tooDeep(p Place) {
	hint := "write it flatter"
	if m.FrontMatter {
		hint = "front matter this deep is better kept in a data file"
	}
	m.tell(p, "too-deep", hint, "%s is nested more than %d levels deep", m.what(), MaxDepth)
}

// key counts one more key and reports whether there may be so many.
func (m *reading) key(p Place) bool {
	m.keys++
	if m.keys == m.Keys+1 {
		m.large(p, "%s has more than %d keys", m.what(), m.Keys)
	}
	return m.keys <= m.Keys
}

// unique leaves of entries with one key the last, as the contract has it, and
// tells of the others.
func (m *reading) unique(table []Entry, depth int) []Entry {
	if len(table) < 2 {
		return table
	}
	twice := false
	if len(table) <= 32 {
		for i := range table {
			for j := range i {
				twice = twice || table[i].Key == table[j].Key
			}
		}
	} else {
		seen := make(map[string]bool, len(table))
		for i := range table {
			twice = twice || seen[table[i].Key]
			seen[table[i].Key] = true
		}
	}
	if !twice {
		return table
	}
	last := make(map[string]int, len(table))
	for i := range table {
		first, ok := last[table[i].Key]
		last[table[i].Key] = i
		if !ok {
			continue
		}
		e := &table[i]
		pos := e.At.Pos(m.File)
		var d *diag.Diag
		if depth == 1 && m.Matters != nil && m.Matters(e.Key) && table[first].Val.Text != e.Val.Text {
			d = m.diags.Errorf(pos, "duplicate-key", "the key %s stands here again with another value than in line %d", Quote(e.Key), table[first].At.Line)
			d.Hint = "keep the one that is meant"
		} else {
			d = m.diags.Warnf(pos, "duplicate-key", "the key %s stands here again; its value in line %d does not count", Quote(e.Key), table[first].At.Line)
			d.Hint = "remove one of the two"
		}
		d.EndCol = e.At.EndCol
	}
	kept := table[:0]
	for i := range table {
		if last[table[i].Key] == i {
			kept = append(kept, table[i])
		}
	}
	return kept
}
