package content

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/values"
)

// Where front matter begins and ends is found here and not by a library. A
// library that finds none says nothing and takes the whole file for text; so
// three bytes too many, or a fourth hyphen, publish a draft. Here a file either
// has front matter between two exact delimiters, or has nothing that looks
// like any, or is in error.

// A split is a file cut at its delimiters.
type split struct {
	form byte // formYAML, formTOML or formJSON; zero without front matter
	head []byte
	open int // line of the opening delimiter
	body []byte
	line int // of the file, on which body begins
}

// topLines is how far into a text front matter is looked for that stands
// where it does not count.
const topLines = 60

// delimiter returns the form of an exact delimiter line, or zero.
func delimiter(line []byte) byte {
	if len(line) < 3 {
		return 0
	}
	c := line[0]
	if c != formYAML && c != formTOML && c != formJSON || line[1] != c || line[2] != c {
		return 0
	}
	for _, b := range line[3:] {
		if b != ' ' && b != '\t' && b != '\r' {
			return 0
		}
	}
	return c
}

// nearDelimiter returns the form of a line that may be meant for a delimiter,
// or zero: indented, too long or short, of typographic dashes, with a name.
func nearDelimiter(line []byte) byte {
	if len(line) < 2 || len(line) > 48 {
		return 0
	}
	var form byte
	n := 0
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(line[i:])
		}
		c, as := byte(0), 1
		switch r {
		case ' ', '\t', '\r', '\v', '\f', '\u00a0', '\u200b', '\ufeff':
			i += size
			continue
		case '-', '‐', '‑', '－':
			c = formYAML
		case '–', '—', '―', '−': // what word processors make of two hyphens
			c, as = formYAML, 2
		case '+', '＋':
			c = formTOML
		case ';', '；':
			c = formJSON
		default:
			switch string(bytes.Trim(line[i:], " \t\r:")) {
			case "yaml", "yml", "toml", "json", "":
				if n >= 3 {
					return form
				}
			}
			return 0
		}
		if form != 0 && c != form {
			return 0
		}
		form = c
		n += as
		i += size
	}
	if n < 2 {
		return 0
	}
	return form
}

// top returns the first lines of text, lone carriage returns taken for line
// ends, as a file may have no others.
func top(text []byte) (lines [][]byte) {
	text = text[:min(len(text), 16<<10)]
	if cr := loneCR(text); cr >= 0 {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	lines = make([][]byte, 0, topLines)
	for len(text) > 0 && len(lines) < topLines {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		lines = append(lines, bytes.TrimSuffix(line, []byte{'\r'}))
		text = rest
	}
	return lines
}

// loneCR returns the offset of a carriage return without a line feed, or -1.
func loneCR(text []byte) int {
	for off := 0; ; {
		i := bytes.IndexByte(text[off:], '\r')
		if i < 0 {
			return -1
		}
		if off += i + 1; off < len(text) && text[off] != '\n' {
			return off - 1
		}
	}
}

// codeFence returns the run of backticks or tildes that opens or closes a code
// block in line, or nothing.
func codeFence(line []byte) []byte {
	t := bytes.TrimLeft(line, " \t")
	if len(t) < 3 || t[0] != '`' && t[0] != '~' {
		return nil
	}
	n := len(t) - len(bytes.TrimLeft(t, string(t[:1])))
	if n < 3 {
		return nil
	}
	return t[:n]
}

// split cuts src, which has no byte order mark, at its delimiters, and tells
// of everything that may be meant for front matter but is none. It reports
// false where no text may be published.
func (p *Parser) split(file string, src []byte, diags *diag.List) (s split, ok bool) {
	first, rest, _ := bytes.Cut(src, []byte{'\n'})
	s = split{body: src, line: 1, form: delimiter(first)}
	if s.form == 0 {
		return s, p.stray(file, s, diags)
	}
	whole := s
	whole.form = 0
	near, nearText := 0, ""
	for n, text := 2, rest; len(text) > 0; n++ {
		line, after, _ := bytes.Cut(text, []byte{'\n'})
		if delimiter(line) == s.form {
			s.head = rest[:len(rest)-len(text)]
			s.open, s.body, s.line = 1, after, n+1
			if s.form == formYAML && !p.isMatter(s.head, true) {
				// Two thematic breaks and prose between them.
				return whole, p.stray(file, whole, diags)
			}
			return s, p.stray(file, s, diags)
		}
		if t := bytes.TrimSpace(line); near == 0 && (nearDelimiter(line) != 0 || string(t) == "...") {
			near, nearText = n, string(t)
		}
		text = after
	}
	if s.form == formYAML && !p.isMatter(rest, false) {
		return whole, p.stray(file, whole, diags)
	}
	delim := strings.Repeat(string(s.form), 3)
	d := diags.Errorf(diag.Pos{File: file, Line: 1, Col: 1}, "unclosed-front-matter", "front matter opened by %q is never closed", delim)
	d.EndCol = 4
	switch {
	case loneCR(src[:min(len(src), values.MaxBytes)]) >= 0:
		d.Hint = "save the file with the line ends LF or CRLF; it has lone carriage returns"
	case near > 0:
		d.Hint = fmt.Sprintf("line %d, %q, must be exactly %s, at the line's beginning", near, values.Clip(nearText), delim)
	default:
		d.Hint = fmt.Sprintf("add a line %s after the last key", delim)
	}
	return s, false
}

// isMatter reports whether the text after an opening "---", which may also be
// a thematic break, is front matter. Without a closing line, only its
// beginning counts.
func (p *Parser) isMatter(text []byte, closed bool) bool {
	lines := top(text)
	seen, paragraph := false, true
	for i, line := range lines {
		t := bytes.TrimSpace(line)
		if len(t) == 0 {
			if seen && !closed {
				paragraph = false
			}
			continue
		}
		if t[0] == '#' && (paragraph || closed) {
			continue
		}
		if !closed && codeFence(line) != nil {
			return false
		}
		if _, ok := p.holds(line); ok {
			return true
		}
		kl, ok := keyLine(line)
		switch {
		case paragraph && ok && p.knows(kl.key):
			return true
		case paragraph && ok && !seen && strings.IndexByte(kl.key, ' ') < 0 && strings.ToLower(kl.key) == kl.key:
			return true
		case !seen && i == 0 && (ok || strings.IndexByte("{[\"'?%&!", t[0]) >= 0) && (closed || ok && !strings.Contains(kl.key, " ")):
			return true
		}
		seen = true
	}
	return !seen && closed
}

// stray tells of front matter in the text of s, where it does not count, and
// reports whether there is none.
func (p *Parser) stray(file string, s split, diags *diag.List) bool {
	var (
		lines   = top(s.body)
		had     = s.form != 0
		first   = true // no text yet
		blank   = true // the line above is blank
		fence   []byte // that is open
		example bool   // a code block with which the file begins
	)
	told := func(i, col int, hint, format string, args ...any) bool {
		d := diags.Errorf(diag.Pos{File: file, Line: s.line + i, Col: col}, "stray-front-matter", format, args...)
		if d.Hint = hint; loneCR(s.body[:min(len(s.body), 16<<10)]) >= 0 {
			d.Hint = "save the file with the line ends LF or CRLF; it has lone carriage returns"
		}
		return false
	}
	for i, line := range lines {
		t := bytes.TrimSpace(line)
		if f := codeFence(line); fence != nil {
			if f != nil && f[0] == fence[0] && len(f) >= len(fence) && len(bytes.TrimRight(t, string(f[:1]))) == 0 {
				fence = nil
			} else if kl, ok := p.holds(line); ok && example {
				return told(i, kl.col, "put it between two lines --- at the top of the file", "%q stands in a code block, where it keeps nothing back", values.Clip(string(t)))
			}
			continue
		} else if f != nil {
			fence, example = f, first && !had
			first = false
			continue
		}
		if len(t) == 0 {
			blank = true
			continue
		}
		if blank && !first && (line[0] == '\t' || bytes.HasPrefix(line, []byte("    "))) {
			continue // a code block by indentation
		}
		blank = false
		if len(t) > 400 && t[0] != '{' {
			first = false
			continue
		}
		if nearDelimiter(line) != 0 {
			if col, why := p.block(lines[i:], first && !had); why != "" {
				hint := "front matter is opened by --- alone on the first line of the file"
				if delimiter(line) != 0 && !had {
					hint = "move it to the first line; nothing may stand above it"
				} else if had {
					hint = "a page has one front matter, at the top; put all keys into it"
				}
				return told(i, col, hint, "%s", why)
			}
		}
		if kl, ok := p.holds(line); ok {
			return told(i, kl.col, "put it between two lines --- at the top of the file, in its exact form", "%q stands in the text, where it keeps nothing back", values.Clip(string(t)))
		}
		if first && !had && t[0] == '{' {
			inner := bytes.TrimSpace(t[1:])
			if len(inner) == 0 && i+1 < len(lines) {
				inner = bytes.TrimSpace(lines[i+1])
			}
			if len(inner) > 0 && inner[0] == '"' {
				return told(i, 1, "put ;;; alone on the line above it and below it", "the page begins with JSON that is not marked as front matter")
			}
		}
		if first {
			if kl, ok := keyLine(line); ok && kl.bare && p.keyLines(lines[i:], had) {
				return told(i, kl.col, "put it between two lines ---; where it is text, begin with something else",
					"the text begins like front matter, with %q", values.Clip(string(t)))
			}
		}
		first = false
	}
	return true
}

// block says why lines, which begin with what looks like a delimiter, are
// front matter; "" means that they are not. atTop is true where there is only
// white space above.
func (p *Parser) block(lines [][]byte, atTop bool) (col int, why string) {
	col = 1 + len(lines[0]) - len(bytes.TrimLeft(lines[0], " \t"))
	known, closed := 0, false
	for i, line := range lines[1:] {
		if len(bytes.TrimSpace(line)) == 0 {
			if i == 0 && atTop {
				continue
			}
			break
		}
		if nearDelimiter(line) != 0 {
			closed = true
			break
		}
		kl, ok := keyLine(line)
		if !ok && known == 0 {
			break
		}
		if ok && (p.knows(kl.key) || atTop && p.knows(strings.ToLower(kl.key))) {
			known++
		}
	}
	switch {
	case known == 0 || known == 1 && !closed && !atTop:
		return 0, ""
	case atTop:
		return col, fmt.Sprintf("%q does not open front matter, but keys follow it", values.Clip(string(lines[0])))
	}
	return col, "front matter stands below other text, where it does not count"
}

// keyLines reports whether lines begin as front matter does.
func (p *Parser) keyLines(lines [][]byte, had bool) bool {
	n, sure := 0, false
	for _, line := range lines {
		kl, ok := keyLine(line)
		if !ok || !kl.bare {
			break
		}
		exact := p.knows(kl.key)
		if !exact && (had || !p.knows(strings.ToLower(kl.key))) {
			break
		}
		sure = sure || exact
		n++
	}
	return n >= 2 || n == 1 && sure && !had
}
