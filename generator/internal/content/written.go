package content

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// When a page moves, what names it is written anew where it stands, and every
// other byte stays. Rejected: to write front matter afresh from what was read
// of it, which loses comments, order and style.

var bom = []byte("\ufeff")

// Targets returns where in src, from which Parse made p, each reference of the
// card names its target: in front matter with the quotes around it. A zero span
// is one that stands in another file, or whose place is not known.
func (p *Page) Targets(src []byte) []markdown.Span {
	spans := make([]markdown.Span, len(p.Card.Refs))
	body := len(src) - p.BodyBytes
	for i, s := range p.Body.Targets {
		if s.End > 0 {
			spans[i] = markdown.Span{Start: body + s.Start, End: body + s.End}
		}
	}
	for i := len(p.Body.Refs); i < len(spans); i++ {
		r := &p.Card.Refs[i]
		if r.File != "" {
			continue
		}
		spans[i] = SpanOf(src, Place{Line: r.Line, Col: r.Col, EndCol: r.EndCol})
	}
	return spans
}

// SpanOf returns the bytes of src at a place on one line; zero if there are none.
func SpanOf(src []byte, at Place) markdown.Span {
	start, ok := offset(src, at.Line, at.Col)
	if !ok || at.EndCol <= at.Col {
		return markdown.Span{}
	}
	end, ok := offset(src, at.Line, at.EndCol)
	if !ok {
		return markdown.Span{}
	}
	return markdown.Span{Start: start, End: end}
}

// offset returns the byte at a line and column, both from 1.
func offset(src []byte, line, col int) (int, bool) {
	if line < 1 || col < 1 {
		return 0, false
	}
	off := 0
	if bytes.HasPrefix(src, bom) {
		off = len(bom)
	}
	for ; line > 1; line-- {
		i := bytes.IndexByte(src[off:], '\n')
		if i < 0 {
			return 0, false
		}
		off += i + 1
	}
	for ; col > 1; col-- {
		if off >= len(src) || src[off] == '\n' {
			return 0, false
		}
		_, n := utf8.DecodeRune(src[off:])
		off += n
	}
	return off, true
}

// Rewritten returns raw, a scalar of keys and values as it is written, with its
// text old made to; where it is a list with commas, one part of it. False means
// that nobody can tell how.
func Rewritten(raw, old, to string) (string, bool) {
	q := ""
	inner := raw
	if len(raw) >= 2 && (raw[0] == '"' || raw[0] == '\'') {
		if q = raw[:1]; raw[len(raw)-1] != q[0] || strings.HasPrefix(raw, q+q+q) {
			return "", false
		}
		inner = raw[1 : len(raw)-1]
	}
	parts := strings.Split(inner, ",")
	at := slices.IndexFunc(parts, func(p string) bool { return plain(p) == plain(old) })
	switch {
	case at >= 0:
	case len(parts) == 1:
		at = 0
	default:
		return "", false
	}
	if q == "" && (!safePlain(to) || len(parts) > 1 && strings.Contains(to, ",")) {
		if len(parts) > 1 {
			return "", false
		}
		return quoted(to), true
	}
	if strings.ContainsAny(to, q+`\`) && q != "" {
		return "", false
	}
	p := parts[at]
	lead := len(p) - len(strings.TrimLeft(p, " \t"))
	tail := len(strings.TrimRight(p, " \t"))
	if tail <= lead {
		lead, tail = 0, len(p)
	}
	parts[at] = p[:lead] + to + p[tail:]
	return q + strings.Join(parts, ",") + q, true
}

// safePlain reports whether s can stand in YAML without quotes, also in a list
// in brackets.
func safePlain(s string) bool {
	if s == "" || strings.IndexByte("-?:.~@%=", s[0]) >= 0 && !strings.HasPrefix(s, "./") && !strings.HasPrefix(s, "../") {
		return false
	}
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), strings.ContainsRune("/-._~+=%?&", r):
		case r == '#' && i > 0:
		default:
			return false
		}
	}
	return true
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// An edit puts text in the place of src[start:end].
type edit struct {
	start, end int
	text       string
}

// WithAlias returns src, the content of file, with an old address of its page
// among its aliases, written in the form of the front matter that is there.
// Where without, another old address, stands, the new one takes its place.
func (p *Parser) WithAlias(file string, src []byte, old, without string) ([]byte, error) {
	var diags diag.List
	text := bytes.TrimPrefix(src, bom)
	skipped := len(src) - len(text)
	cut, ok := p.split(file, text, &diags)
	if !ok {
		return nil, errors.New("its front matter cannot be read")
	}
	e, err := p.aliasEdit(file, text, cut, old, without)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(src)+len(e.text))
	out = append(out, src[:skipped+e.start]...)
	out = append(out, e.text...)
	return append(out, src[skipped+e.end:]...), nil
}

func (p *Parser) aliasEdit(file string, src []byte, cut split, old, without string) (edit, error) {
	nl := "\n"
	first, _, _ := bytes.Cut(src, []byte{'\n'})
	if bytes.HasSuffix(first, []byte{'\r'}) {
		nl = "\r\n"
	}
	item := old
	if !safePlain(item) {
		item = quoted(item)
	}
	if cut.form == 0 {
		return edit{0, 0, "---" + nl + "aliases: [" + item + "]" + nl + "---" + nl}, nil
	}
	var diags diag.List
	m := p.matter(file, cut, &diags)
	if diags.Failed() {
		return edit{}, errors.New("its front matter cannot be read")
	}
	head := len(first) + 1
	var key *values.Entry
	for i := range m.root.Table {
		if m.root.Table[i].Key == "aliases" {
			key = &m.root.Table[i]
		}
	}
	if key == nil {
		return newAliases(src, m, cut, head, item, old, nl)
	}
	n := &key.Val
	res := resolver{file: file, dir: folder(file)}
	for _, node := range append([]values.Node{*n}, n.List...) {
		if node.Kind != values.Scalar || without == "" {
			continue
		}
		for part := range strings.SplitSeq(node.Text, ",") {
			if a, bad := res.alias(part); bad == nil && a == without {
				s := SpanOf(src, node.Place)
				if raw, ok := Rewritten(string(src[s.Start:s.End]), strings.TrimSpace(part), old); ok && s.End > 0 {
					return edit{s.Start, s.End, raw}, nil
				}
				return edit{}, fmt.Errorf("the alias %s cannot be taken away", without)
			}
		}
	}
	at, ok := offset(src, n.Line, n.Col)
	switch {
	case n.IsNull():
		// Right after the colon or sign of equality.
		k, found := offset(src, key.At.Line, key.At.Col)
		if i := bytes.IndexAny(src[k:], ":="); found && i >= 0 && m.form == formYAML {
			return edit{k + i + 1, k + i + 1, " [" + item + "]"}, nil
		}
	case n.Kind == values.Scalar:
		s := SpanOf(src, n.Place)
		raw := string(src[s.Start:s.End])
		if s.End > 0 && raw != "" {
			end := s.End
			if raw[0] == '"' || raw[0] == '\'' {
				end--
			}
			if safePlain(old) && !strings.Contains(old, ",") {
				return edit{end, end, ", " + old}, nil
			}
		}
	case n.Kind == values.List && ok && len(n.List) == 0 && src[at] == '[':
		if m.form != formYAML {
			item = quoted(old)
		}
		return edit{at + 1, at + 1, item}, nil
	case n.Kind == values.List && ok && len(n.List) > 0:
		last := SpanOf(src, n.List[len(n.List)-1].Place)
		if last.End == 0 {
			break
		}
		if raw := src[last.Start:last.End]; len(raw) > 1 && (raw[0] == '"' || raw[0] == '\'') {
			item = quoted(old)
			if raw[0] == '\'' && !strings.ContainsAny(old, `'\`) {
				item = "'" + old + "'"
			}
		}
		line := bytes.LastIndexByte(src[:last.Start], '\n') + 1
		prefix := string(src[line:last.Start])
		blank := strings.TrimLeft(prefix, " \t")
		switch {
		case src[at] != '[' && strings.TrimRight(blank, " \t") == "-":
			end := len(src)
			if i := bytes.IndexByte(src[last.End:], '\n'); i >= 0 {
				end = last.End + i + 1
			}
			return edit{end, end, prefix + item + nl}, nil
		case src[at] == '[' && blank == "":
			return edit{last.End, last.End, "," + nl + prefix + item}, nil
		case src[at] == '[':
			return edit{last.End, last.End, ", " + item}, nil
		}
	}
	return edit{}, errors.New("its aliases are written in a way that nothing can be added to")
}

// newAliases begins a list of aliases in front matter that has none.
func newAliases(src []byte, m *matter, cut split, head int, item, old, nl string) (edit, error) {
	end := head + len(cut.head)
	switch m.form {
	case formTOML:
		// Above everything: what follows a [table] is part of it.
		return edit{head, head, "aliases = [" + quoted(old) + "]" + nl}, nil
	case formJSON:
		i := bytes.IndexByte(src[head:end], '{')
		if i < 0 {
			break
		}
		at := head + i + 1
		rest := src[at:end]
		space := string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t\r\n"))])
		text := space + `"aliases": [` + quoted(old) + "]"
		if len(m.root.Table) > 0 {
			text += ","
			if space == "" {
				text += " "
			}
		}
		return edit{at, at, text}, nil
	default:
		indent := ""
		if len(m.root.Table) > 0 {
			at, ok := offset(src, m.root.Line, m.root.Col)
			if ok && src[at] == '{' {
				return edit{at + 1, at + 1, "aliases: [" + item + "], "}, nil
			}
			if ok {
				line := bytes.LastIndexByte(src[:at], '\n') + 1
				if indent = string(src[line:at]); strings.Trim(indent, " ") != "" {
					break
				}
			}
		}
		return edit{end, end, indent + "aliases: [" + item + "]" + nl}, nil
	}
	return edit{}, errors.New("its front matter is written in a way that nothing can be added to")
}

// Refs returns the references that the defaults hold, as seen from their own
// file, with their places there.
func (d *Defaults) Refs() []Ref { return d.refs }

// Climb returns the path p, as seen from the folder base, from the root without
// a slash before it; false if it leads out of the site.
func Climb(base, p string) (string, bool) { return climb(base, p) }

// Folder returns the folder of a file below content/; "" for content/ itself.
func Folder(file string) string { return folder(file) }
