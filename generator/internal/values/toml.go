package values

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// TOML is read twice. The library knows the language but tells no places, and
// has no bounds: 48 KB of "{a=" keep it busy for half a minute. So a scan of
// our own goes first. It knows just enough of the language to find every key
// and value, their places, and how deep they are nested; what it lets through
// is small enough for the library, which then says what the values are.
//
// A TOML reader of our own was rejected as it would be one more to keep right;
// so was searching the text for the keys, which finds the wrong one of two
// tables that share a key.

// toml reads TOML.
func (m *reading) toml() {
	s := tomlScan{reading: m, places: map[string]tomlPlace{}, arrays: map[string]int{}}
	if !s.document() {
		return
	}
	var values map[string]any
	if _, err := toml.Decode(string(m.src), &values); err != nil {
		var pe toml.ParseError
		if !errors.As(err, &pe) {
			m.bad(m.start(), "", "%s is not TOML: %v", m.what(), err)
			return
		}
		if pe.Message == "" {
			pe.Message = "it does not parse"
		}
		hint := "check the quotes and brackets here; a text stands in quotes"
		if strings.Contains(pe.Message, "already been defined") {
			hint = "remove one of the two"
		}
		m.bad(m.place(pe.Position.Start), hint, "%s is not TOML: %s", m.what(), strings.TrimSuffix(strings.ToLower(pe.Message[:1])+pe.Message[1:], "."))
		return
	}
	s.table(&m.root, values, "")
}

// A tomlPlace is where a key and its value stand. raw is the value as written
// where it is no text, list or table.
type tomlPlace struct {
	key, val Place
	raw      string
}

type tomlScan struct {
	*reading
	off, line, begin int
	// places are found by the path of a key, its parts joined by NUL, which no
	// TOML may hold; an index of a list is a part as well.
	places map[string]tomlPlace
	arrays map[string]int // path of a list of tables -> its last index
}

func join(path, part string) string {
	if path == "" {
		return "." + part // so that an empty key still makes a path
	}
	return path + "\x00" + part
}

func (s *tomlScan) here() Place {
	return Place{Line: s.Above + s.line + 1, Col: 1 + utf8.RuneCount(s.src[s.begin:s.off])}
}

func (s *tomlScan) peek() byte {
	if s.off < len(s.src) {
		return s.src[s.off]
	}
	return 0
}

func (s *tomlScan) next() {
	if s.peek() == '\n' {
		s.line++
		s.begin = s.off + 1
	}
	s.off++
}

func (s *tomlScan) skip(lines bool) {
	for s.off < len(s.src) {
		switch c := s.src[s.off]; {
		case c == ' ' || c == '\t' || c == '\r' || lines && c == '\n':
			s.next()
		case c == '#':
			for s.off < len(s.src) && s.src[s.off] != '\n' {
				s.off++
			}
		default:
			return
		}
	}
}

func (s *tomlScan) fail(message, hint string) bool {
	s.bad(s.here(), hint, "%s is not TOML: %s", s.what(), message)
	return false
}

// document scans the whole text and reports whether the library may have it.
func (s *tomlScan) document() bool {
	table := ""
	for {
		s.skip(true)
		if s.off >= len(s.src) {
			return true
		}
		at := s.here()
		if s.peek() != '[' {
			if !s.pair(table, 1) || !s.endLine() {
				return false
			}
			continue
		}
		s.off++
		many := s.peek() == '['
		if many {
			s.off++
		}
		parts, ok := s.path()
		if !ok {
			return false
		}
		for range 1 + b2i(many) {
			if s.peek() != ']' {
				return s.fail("the name of a table is not closed", "write [name], or [[name]] for an entry of a list")
			}
			s.off++
		}
		table = ""
		for i, part := range parts {
			table = join(table, part)
			last := i == len(parts)-1
			if !last || !many {
				s.note(table, at, at)
				if n, ok := s.arrays[table]; ok {
					table = join(table, strconv.Itoa(n))
				}
				continue
			}
			s.note(table, at, at)
			n, ok := s.arrays[table]
			if ok {
				n++
			}
			s.arrays[table] = n
			table = join(table, strconv.Itoa(n))
			s.note(table, at, at)
		}
		if !s.key(at) || !s.endLine() {
			return false
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *tomlScan) endLine() bool {
	s.skip(false)
	if s.off < len(s.src) && s.peek() != '\n' {
		return s.fail("something stands after the value", "write one key = value a line; a text stands in quotes")
	}
	return true
}

// note keeps the first place of path.
func (s *tomlScan) note(path string, key, val Place) {
	if _, ok := s.places[path]; !ok {
		s.places[path] = tomlPlace{key: key, val: val}
	}
}

// path scans a dotted key, up to what follows it.
func (s *tomlScan) path() (parts []string, ok bool) {
	for {
		s.skip(false)
		var part string
		switch c := s.peek(); {
		case c == '"' || c == '\'':
			from := s.off
			if !s.quoted() {
				return nil, false
			}
			part = string(s.src[from+1 : s.off-1])
			if c == '"' && strings.Contains(part, `\`) {
				// The library shows the key unescaped; so must its path be.
				var v struct{ K map[string]int }
				if _, err := toml.Decode("[k]\n\""+part+"\"=1", &v); err == nil {
					for k := range v.K {
						part = k
					}
				}
			}
		default:
			from := s.off
			for c := s.peek(); c >= utf8.RuneSelf || c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'; c = s.peek() {
				s.off++
			}
			if part = string(s.src[from:s.off]); part == "" {
				return nil, s.fail("a key is wanted here", "write key = value")
			}
		}
		if parts = append(parts, part); len(parts) > MaxDepth {
			s.tooDeep(s.here())
			return nil, false
		}
		s.skip(false)
		if s.peek() != '.' {
			return parts, true
		}
		s.off++
	}
}

// pair scans "key = value" of the table at path.
func (s *tomlScan) pair(path string, depth int) bool {
	at := s.here()
	from := s.off
	parts, ok := s.path()
	if !ok || !s.key(at) {
		return false
	}
	if depth += len(parts); depth > MaxDepth+1 {
		s.tooDeep(at)
		return false
	}
	at.EndCol = at.Col + utf8.RuneCount(bytes.TrimRight(s.src[from:s.off], " \t"))
	if s.peek() != '=' {
		return s.fail("this line has no = after its key", "write key = value")
	}
	s.off++
	s.skip(false)
	val := s.here()
	for _, part := range parts {
		path = join(path, part)
		s.note(path, at, val)
	}
	return s.value(path, at, depth)
}

// value scans a value, whose path and key it notes.
func (s *tomlScan) value(path string, key Place, depth int) bool {
	at := s.here()
	line, from := s.line, s.off
	if depth > MaxDepth {
		s.tooDeep(at)
		return false
	}
	raw := ""
	switch c := s.peek(); c {
	case '"', '\'':
		if !s.quoted() {
			return false
		}
	case '[', '{':
		end := c + 2 // ] and } stand two after their openings
		s.off++
		for i := 0; ; i++ {
			s.skip(true)
			if s.peek() == end {
				s.off++
				break
			}
			if s.off >= len(s.src) {
				return s.fail("a bracket is never closed", "close it by "+string(end))
			}
			if c == '{' && !s.pair(path, depth) {
				return false
			}
			if c == '[' && (!s.key(s.here()) || !s.value(join(path, strconv.Itoa(i)), s.here(), depth+1)) {
				return false
			}
			s.skip(true)
			switch s.peek() {
			case ',':
				s.off++
			case end:
			default:
				return s.fail("a comma or bracket is missing", "close it by "+string(end))
			}
		}
	default:
		for s.off < len(s.src) && bytes.IndexByte([]byte(",]}#\n"), s.src[s.off]) < 0 {
			s.off++
		}
		if raw = strings.TrimRight(string(s.src[from:s.off]), " \t\r"); raw == "" {
			return s.fail("a value is missing", `write key = "text"`)
		}
	}
	if s.line == line {
		at.EndCol = at.Col + utf8.RuneCount(bytes.TrimRight(s.src[from:s.off], " \t\r"))
	}
	s.places[path] = tomlPlace{key: key, val: at, raw: raw}
	return true
}

// quoted scans a text in quotes of either sort, of one or several lines.
func (s *tomlScan) quoted() bool {
	start, line, begin := s.off, s.line, s.begin
	q := s.peek()
	three := []byte{q, q, q}
	many := bytes.HasPrefix(s.src[s.off:], three)
	if s.off++; many {
		s.off += 2
	}
	for s.off < len(s.src) {
		c := s.src[s.off]
		switch {
		case c == '\\' && q == '"':
			s.next()
		case c == '\n' && !many:
			s.off = start
			return s.fail("a quotation mark is never closed", "close the quotation")
		case c == q && !many:
			s.off++
			return true
		case c == q && bytes.HasPrefix(s.src[s.off:], three):
			s.off += 3
			// Up to two more quotes belong to the text itself.
			for range 2 {
				if s.peek() == q {
					s.off++
				}
			}
			return true
		}
		s.next()
	}
	s.off, s.line, s.begin = start, line, begin
	return s.fail("a quotation mark is never closed", "close the quotation")
}

// table turns what the library read into n, in order of writing.
func (s *tomlScan) table(n *Node, values map[string]any, path string) {
	n.Kind = Table
	for k, v := range values {
		p := join(path, k)
		e := Entry{Key: k, At: s.places[p].key}
		s.node(&e.Val, v, p)
		n.Table = append(n.Table, e)
	}
	slices.SortFunc(n.Table, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Col, b.At.Col), cmp.Compare(a.Key, b.Key))
	})
}

func (s *tomlScan) node(n *Node, v any, path string) {
	p := s.places[path]
	n.Place = p.val
	switch v := v.(type) {
	case map[string]any:
		s.table(n, v, path)
	case []map[string]any:
		n.Kind = List
		n.List = make([]Node, len(v))
		for i, t := range v {
			s.node(&n.List[i], t, join(path, strconv.Itoa(i)))
		}
	case []any:
		n.Kind = List
		n.List = make([]Node, len(v))
		for i, t := range v {
			s.node(&n.List[i], t, join(path, strconv.Itoa(i)))
		}
	case string:
		n.Text, n.Quoted = v, true
	case int64:
		n.Text = strconv.FormatInt(v, 10)
	case time.Time:
		switch n.Text = p.raw; {
		case v.Location().String() == "date-local":
			n.Text = v.Format(time.DateOnly)
		case !strings.HasSuffix(v.Location().String(), "-local"):
			n.Text = v.Format(time.RFC3339)
		}
	default:
		n.Text = p.raw
	}
}
