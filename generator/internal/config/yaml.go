package config

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"guidepost/generator/internal/diag"
)

// Bounds of the file, checked before or while it is parsed.
const (
	maxBytes = 64 << 10
	maxDepth = 16
)

// load reads p.src as YAML and returns its mapping, or nil where there is none.
func (p *parser) load() *yaml.Node {
	if len(p.src) > maxBytes {
		p.fail(diag.Pos{File: p.file, Line: 1, Col: 1}, "take out what is not needed", "the settings are %d KB long; the most is %d KB", len(p.src)>>10, maxBytes>>10)
		return nil
	}
	p.lines = []int{0}
	for i, c := range p.src {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	if at, why := oddText(p.src); at >= 0 {
		p.fail(p.place(at), "remove it, and save the file as UTF-8", "the settings hold %s", why)
		return nil
	}
	doc, err := parse(p.src)
	if err != nil {
		p.yamlError(err)
		return nil
	}
	if len(doc.Content) != 1 || null(doc.Content[0]) {
		return nil // empty, or comments only
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		p.fail(p.pos(root), "write each line as key: value", "the settings are %s, where keys and values are wanted", said(root))
		return nil
	}
	if !p.plain(root) {
		return nil
	}
	return root
}

// parse guards against the parser, which is other people's: should it panic,
// the file is at fault and not the build.
func parse(src []byte) (doc yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be read: %v", r)
		}
	}()
	err = yaml.Load(src, &doc, yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	return doc, err
}

// oddText finds what must not stand in a text file: bytes that are not UTF-8,
// control characters, and line ends that YAML counts and editors do not.
func oddText(src []byte) (at int, why string) {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, fmt.Sprintf("the byte %#02x, which is not UTF-8", src[i])
		case r == '\n', r == '\t', r == '\r' && bytes.HasPrefix(src[i+1:], []byte{'\n'}), r == '\ufeff' && i == 0:
		case unicode.Is(unicode.Cc, r), r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
			return i, fmt.Sprintf("the invisible character %U", r)
		}
		i += size
	}
	return -1, ""
}

// plain tells what YAML can do and settings do not use, and reports whether
// there is none of it.
func (p *parser) plain(n *yaml.Node) bool {
	ok := true
	say := func(hint, format string, args ...any) {
		p.fail(p.pos(n), hint, format, args...)
		ok = false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		say("write the value out in both places", "settings may not repeat a value by *%s", n.Value)
		return false // what it stands for is told at its own place
	case n.Anchor != "":
		say("put the value in quotes if the & is part of it", "settings may not name a value by &%s", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		say("put the value in quotes if the ! is part of it", "settings may not give a type by %s", n.Tag)
	case n.Tag == "!!merge":
		say("write the keys out", "settings may not take in other keys by <<")
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind != yaml.ScalarNode && c.Kind != yaml.AliasNode {
			p.fail(p.pos(c), "put the key in quotes if it is meant as text", "a key is a word, not %s", said(c))
			ok = false
		}
		ok = p.plain(c) && ok
	}
	return ok
}

// yamlSays has what the YAML library says, and how we say it.
var yamlSays = [...]struct{ its, message, hint string }{
	{"mapping values are not allowed", "a second colon in one line, or a line indented too far", `put a value that has ": " in it in quotes: title: "CVs: the basics"`},
	{"could not find expected ':'", "this line has no colon after its key", "write key: value"},
	{"found character that cannot start any token", "a value cannot begin with this character", "put the value in quotes; indent with blanks, not tabs"},
	{"found a tab character", "a tab where blanks are wanted", "indent with blanks"},
	{"did not find expected key", "this does not fit the lines above", "check the indentation and the quotes of the lines above"},
	{"did not find expected ',' or", "a list or group in brackets is never closed", "add the missing comma or bracket"},
	{"did not find expected node content", "a list or group in brackets is never closed", "add the missing value or bracket"},
	{"found unexpected end of stream", "a quotation mark is never closed", "close the quotation"},
	{"found unknown escape character", "a backslash in double quotes begins an escape that YAML does not know", "use single quotes, or write the backslash twice"},
	{"did not find expected '-' indicator", "this line does not fit the list above", `begin it with "- " at the same indentation`},
	{"block sequence entries are not allowed", `a list entry "- " cannot stand here`, "begin the list on a line of its own"},
	{"exceeded max depth", fmt.Sprintf("values are nested more than %d deep", maxDepth), "no setting is nested so deep"},
	{"unknown anchor", "a value that begins with * repeats another for YAML", "put the value in quotes"},
}

func (p *parser) yamlError(err error) {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		p.fail(diag.Pos{File: p.file, Line: 1, Col: 1}, "", "the settings are not YAML: %v", err)
		return
	}
	mark := le.Mark
	switch {
	case strings.Contains(le.Message, "no documents in stream"):
		return // nothing but comments
	case strings.Contains(le.Message, "expected single document"):
		p.fail(p.documentEnd(), "take out the line", "the settings end here, and go on after it")
		return
	case le.ContextMark.Line > 0 && (strings.Contains(le.Message, "end of stream") || strings.Contains(le.Message, "could not find expected ':'") || strings.Contains(le.Message, "did not find expected ',' or")):
		mark = le.ContextMark // where something is never closed, its beginning is the place to look
	}
	pos := diag.Pos{File: p.file, Line: max(1, mark.Line), Col: max(1, mark.Column)}
	// A mark behind the last line is shown at its end.
	if pos.Line > len(p.lines) || pos.Line == len(p.lines) && p.lines[pos.Line-1] == len(p.src) && pos.Line > 1 {
		pos = p.place(len(bytes.TrimRight(p.src, "\r\n")))
	}
	for _, s := range yamlSays {
		if strings.Contains(le.Message, s.its) {
			p.fail(pos, s.hint, "the settings are not YAML: %s", s.message)
			return
		}
	}
	p.fail(pos, "check the quotes and the indentation here", "the settings are not YAML: %s", le.Message)
}

// documentEnd finds the line that ends the first YAML document.
func (p *parser) documentEnd() diag.Pos {
	begun := false
	for i, at := range p.lines {
		s := p.src[at:]
		mark := bytes.HasPrefix(s, []byte("---")) || bytes.HasPrefix(s, []byte("..."))
		if mark && begun {
			return diag.Pos{File: p.file, Line: i + 1, Col: 1}
		}
		line, _, _ := bytes.Cut(s, []byte("\n"))
		line = bytes.TrimSpace(line)
		begun = begun || mark || len(line) > 0 && line[0] != '#'
	}
	return diag.Pos{File: p.file, Line: 1, Col: 1}
}

// fail tells that the file cannot be read.
func (p *parser) fail(pos diag.Pos, hint, format string, args ...any) {
	p.diags.Errorf(pos, "bad-yaml", format, args...).Hint = hint
	p.broken = true
}

// bad tells that a value is not one that the setting can have.
func (p *parser) bad(n *yaml.Node, hint, format string, args ...any) {
	d := p.diags.Errorf(p.pos(n), "bad-setting", format, args...)
	d.EndCol = p.end(n)
	d.Hint = hint
}

func (p *parser) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{File: p.file, Line: n.Line, Col: n.Column}
}

// place returns where the byte at off stands.
func (p *parser) place(off int) diag.Pos {
	line := bytes.Count(p.src[:off], []byte{'\n'})
	start := p.lines[line]
	text := bytes.TrimPrefix(p.src[start:off], []byte("\ufeff"))
	return diag.Pos{File: p.file, Line: line + 1, Col: 1 + utf8.RuneCount(text)}
}

// end returns the column after n, or zero if it is no scalar or does not end on
// the line on which it begins.
func (p *parser) end(n *yaml.Node) int {
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(p.lines) {
		return 0
	}
	s := p.src[p.lines[n.Line-1]:]
	s, _, _ = bytes.Cut(s, []byte("\n"))
	s = bytes.TrimPrefix(s, []byte("\ufeff"))
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(s)
		s = s[size:]
	}
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && len(s) > 0:
		q := s[0]
		for i := 1; i < len(s); i++ {
			switch {
			case q == '"' && s[i] == '\\', q == '\'' && s[i] == q && i+1 < len(s) && s[i+1] == q:
				i++
			case s[i] == q:
				return n.Column + utf8.RuneCount(s[:i+1])
			}
		}
	case n.Value != "" && bytes.HasPrefix(s, []byte(n.Value)):
		return n.Column + utf8.RuneCountInString(n.Value)
	}
	return 0
}

// null reports whether nothing was written.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// quoted reports whether n was written in quotation marks or as a block.
func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// said names what was written, for messages.
func said(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a group of keys"
	case null(n):
		return "nothing"
	}
	return quote(n.Value)
}

// quote writes s in quotation marks, shortened where it is long.
func quote(s string) string {
	const most = 60
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	}
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}
