package values

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// json reads JSON by its tokens, which tell their places and keep keys that
// stand twice. It is not read as YAML, which knows neither "\ud83d\ude00" nor
// text after the last brace.
func (m *reading) json() {
	if len(bytes.TrimSpace(m.src)) == 0 {
		return
	}
	j := jsonReader{reading: m, dec: json.NewDecoder(bytes.NewReader(m.src))}
	j.dec.UseNumber()
	var n Node
	if !j.value(&n, 1) {
		return
	}
	if rest := j.start(); rest < len(m.src) {
		m.bad(m.place(rest), "the last line of the front matter is its closing brace }", "text stands after the end of the JSON")
		return
	}
	if n.Kind != Table {
		m.bad(n.Place, `write {"title": "…"}`, "%s is %s, where keys and values are wanted", m.what(), n.What())
		return
	}
	m.root = n
}

type jsonReader struct {
	*reading
	dec *json.Decoder
	// Places are asked for in order, so lines are counted once.
	at, line, begin int
}

// start returns the offset of the next token.
func (j *jsonReader) start() int {
	off := int(j.dec.InputOffset())
	for off < len(j.src) && bytes.IndexByte([]byte(" \t\r\n,:"), j.src[off]) >= 0 {
		off++
	}
	return off
}

func (j *jsonReader) here(off int) Place {
	for ; j.at < off && j.at < len(j.src); j.at++ {
		if j.src[j.at] == '\n' {
			j.line++
			j.begin = j.at + 1
		}
	}
	return Place{Line: j.Above + j.line + 1, Col: 1 + utf8.RuneCount(j.src[j.begin:max(off, j.begin)])}
}

// value reads the next value into n and reports whether to go on.
func (j *jsonReader) value(n *Node, depth int) bool {
	off := j.start()
	n.Place = j.here(off)
	if depth > MaxDepth {
		j.tooDeep(n.Place)
		return false
	}
	t, err := j.dec.Token()
	if err != nil {
		return j.fail(err, off)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			n.Kind = List
			for j.dec.More() {
				n.List = append(n.List, Node{})
				if !j.key(n.Place) || !j.value(&n.List[len(n.List)-1], depth+1) {
					return false
				}
			}
		} else {
			n.Kind = Table
			for j.dec.More() {
				off := j.start()
				at := j.here(off)
				k, err := j.dec.Token()
				if err != nil {
					return j.fail(err, off)
				}
				key, _ := k.(string)
				at.EndCol = at.Col + utf8.RuneCount(j.src[off:int(j.dec.InputOffset())])
				n.Table = append(n.Table, Entry{Key: key, At: at})
				if !j.key(at) || !j.value(&n.Table[len(n.Table)-1].Val, depth+1) {
					return false
				}
			}
			n.Table = j.unique(n.Table, depth)
		}
		off = j.start()
		if _, err := j.dec.Token(); err != nil {
			return j.fail(err, off)
		}
		return true
	case string:
		n.Text, n.Quoted = t, true
	case json.Number:
		n.Text = t.String()
	case bool:
		n.Text = "false"
		if t {
			n.Text = "true"
		}
	}
	n.EndCol = n.Col + utf8.RuneCount(j.src[off:int(j.dec.InputOffset())])
	return true
}

func (j *jsonReader) fail(err error, off int) bool {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		off = max(0, int(syntax.Offset)-1)
		j.bad(j.place(off), "check the quotes, commas and brackets here", "%s is not JSON: %v", j.what(), syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		j.bad(j.place(off), "close every bracket and quotation", "%s is not JSON: it ends too early", j.what())
	default:
		j.bad(j.place(off), "", "%s is not JSON: %v", j.what(), err)
	}
	return false
}
