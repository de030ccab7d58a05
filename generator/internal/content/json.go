package content

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
func (m *matter) json(text []byte) error {
	m.index()
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	j := jsonReader{matter: m, dec: json.NewDecoder(bytes.NewReader(text))}
	j.dec.UseNumber()
	var n node
	if !j.value(&n, 1) {
		return nil
	}
	if rest := j.start(); rest < len(text) {
		m.errorf(m.place(rest), "bad-front-matter", "the last line of the front matter is its closing brace }", "text stands after the end of the JSON")
		return nil
	}
	if n.kind != isTable {
		m.errorf(n.Place, "bad-front-matter", `write {"title": "…"}`, "front matter is %s, where keys and values are wanted", n.what())
		return nil
	}
	m.root = n
	return nil
}

type jsonReader struct {
	*matter
	dec *json.Decoder
	// Places are asked for in order, so lines are counted once.
	at, line, begin int
}

// start returns the offset of the next token.
func (j *jsonReader) start() int {
	off := int(j.dec.InputOffset())
	for off < len(j.text) && bytes.IndexByte([]byte(" \t\r\n,:"), j.text[off]) >= 0 {
		off++
	}
	return off
}

func (j *jsonReader) here(off int) Place {
	for ; j.at < off && j.at < len(j.text); j.at++ {
		if j.text[j.at] == '\n' {
			j.line++
			j.begin = j.at + 1
		}
	}
	return Place{Line: j.line0 + j.line + 1, Col: 1 + utf8.RuneCount(j.text[j.begin:max(off, j.begin)])}
}

// value reads the next value into n and reports whether to go on.
func (j *jsonReader) value(n *node, depth int) bool {
	off := j.start()
	n.Place = j.here(off)
	if depth > maxDepth {
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
			n.kind = isList
			for j.dec.More() {
				n.list = append(n.list, node{})
				if !j.key(n.Place) || !j.value(&n.list[len(n.list)-1], depth+1) {
					return false
				}
			}
		} else {
			n.kind = isTable
			for j.dec.More() {
				off := j.start()
				at := j.here(off)
				k, err := j.dec.Token()
				if err != nil {
					return j.fail(err, off)
				}
				key, _ := k.(string)
				at.EndCol = at.Col + utf8.RuneCount(j.text[off:int(j.dec.InputOffset())])
				n.table = append(n.table, entry{key: key, at: at})
				if !j.key(at) || !j.value(&n.table[len(n.table)-1].val, depth+1) {
					return false
				}
			}
			n.table = j.unique(n.table, depth)
		}
		off = j.start()
		if _, err := j.dec.Token(); err != nil {
			return j.fail(err, off)
		}
		return true
	case string:
		n.text, n.quoted = t, true
	case json.Number:
		n.text = t.String()
	case bool:
		n.text = "false"
		if t {
			n.text = "true"
		}
	}
	n.EndCol = n.Col + utf8.RuneCount(j.text[off:int(j.dec.InputOffset())])
	return true
}

func (j *jsonReader) fail(err error, off int) bool {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		off = max(0, int(syntax.Offset)-1)
		j.errorf(j.place(off), "bad-front-matter", "check the quotes, commas and brackets here", "front matter is not JSON: %v", syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		j.errorf(j.place(off), "bad-front-matter", "close every bracket and quotation", "front matter is not JSON: it ends too early")
	default:
		j.errorf(j.place(off), "bad-front-matter", "", "front matter is not JSON: %v", err)
	}
	return false
}
