package markdown

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Attributes are ours and not goldmark's: theirs stand on headings only, know
// no places, nest without a limit and let style and autofocus through. What is
// read is `{#id .class name=value name="value"}`, and the same with a colon
// after the brace, as Jekyll's kramdown writes it:
//
//	at the end of a heading             ## Fees {#fees}
//	after a link, an image, a code span [Apply](…){.button}
//	on a line of its own                {: .intro}
//
// A line of its own belongs to the block right before it, else to the one
// right after it.

// An attribute is one of a list. The name of an id is "id", of a class "class".
type attribute struct {
	name, value string
	at, end     int // offsets in src
}

// maxAttributes is how long a list of attributes may be, in bytes.
const maxAttributes = 4 << 10

// parseAttributes reads the list of attributes with which s begins; at is its
// offset in src. It returns the list and its length, or zero if it is none.
func parseAttributes(s []byte, at int) ([]attribute, int) {
	if len(s) > maxAttributes {
		s = s[:maxAttributes]
	}
	if len(s) < 3 || s[0] != '{' {
		return nil, 0
	}
	i := 1
	if s[i] == ':' {
		i++
	}
	var list []attribute
	for {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == ',') {
			i++
		}
		if i >= len(s) {
			return nil, 0
		}
		start := i
		switch c := s[i]; {
		case c == '}':
			if len(list) == 0 {
				return nil, 0
			}
			return list, i + 1
		case c == '#' || c == '.':
			n := nameLength(s[i+1:])
			if n == 0 {
				return nil, 0
			}
			i += 1 + n
			name := "class"
			if c == '#' {
				name = "id"
			}
			list = append(list, attribute{name, string(s[start+1 : i]), at + start, at + i})
		case isLetter(c):
			for i < len(s) && (isLetter(s[i]) || s[i] >= '0' && s[i] <= '9' || s[i] == '-' || s[i] == '_' || s[i] == ':') {
				i++
			}
			name := strings.ToLower(string(s[start:i]))
			if i >= len(s) || s[i] != '=' {
				return nil, 0
			}
			value, n := attributeValue(s[i+1:])
			if n == 0 {
				return nil, 0
			}
			i += 1 + n
			list = append(list, attribute{name, value, at + start, at + i})
		default:
			return nil, 0
		}
		if i < len(s) && !bytes.ContainsRune([]byte(" \t,}.#"), rune(s[i])) {
			return nil, 0
		}
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// nameLength returns the length of the id or class with which s begins. A full
// stop ends it if a letter follows: {.a.b} is two classes, {#v1.2} one id.
func nameLength(s []byte) int {
	i := 0
	for i < len(s) {
		c := s[i]
		switch {
		case isLetter(c), c >= '0' && c <= '9', c == '-', c == '_', c == ':', c == '/':
			i++
		case c == '.' && i > 0 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s[i:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return i
			}
			i += n
		default:
			return i
		}
	}
	return i
}

// attributeValue reads a value, in quotation marks or up to a blank.
func attributeValue(s []byte) (string, int) {
	if len(s) == 0 {
		return "", 0
	}
	if q := s[0]; q == '"' || q == '\'' {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == q:
				return b.String(), i + 1
			case s[i] == '\n':
				return "", 0
			case s[i] == '\\' && i+1 < len(s) && (s[i+1] == q || s[i+1] == '\\'):
				i++
			}
			b.WriteByte(s[i])
		}
		return "", 0
	}
	i := 0
	for i < len(s) && s[i] > ' ' && !bytes.ContainsRune([]byte("}\"'<>=`{,"), rune(s[i])) {
		i++
	}
	return string(s[:i]), i
}

// name notes the ids among attributes, so that they are granted before any
// heading makes one up.
func (p *page) name(list []attribute) {
	for _, a := range list {
		if a.name == "id" {
			p.named = append(p.named, a)
		}
	}
}

// trailing reads the attributes at the end of a line of src and returns them
// with the offset at which they begin, or a nil list.
func trailing(src []byte, start, stop int) ([]attribute, int) {
	line := src[start:stop]
	if len(line) == 0 || line[len(line)-1] != '}' {
		return nil, 0
	}
	// A value may hold braces; a few are enough.
	at := len(line)
	for range 4 {
		at = bytes.LastIndexByte(line[:at], '{')
		if at < 0 {
			return nil, 0
		}
		if list, n := parseAttributes(line[at:], start+at); n == len(line)-at {
			if at > 0 && line[at-1] == '\\' {
				return nil, 0
			}
			return list, start + at
		}
	}
	return nil, 0
}

// attributeLine is the block of a line that holds attributes only.
type attributeLine struct {
	ast.BaseBlock
	list []attribute
}

var kindAttributeLine = ast.NewNodeKind("AttributeLine")

func (*attributeLine) Kind() ast.NodeKind              { return kindAttributeLine }
func (*attributeLine) IsRaw() bool                     { return true }
func (n *attributeLine) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
func (*attributeMark) Kind() ast.NodeKind              { return kindAttributeMark }
func (n *attributeMark) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// attributeBlockParser reads lines that hold attributes only.
type attributeBlockParser struct{}

func (attributeBlockParser) Trigger() []byte { return []byte{'{'} }

func (attributeBlockParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || segment.Padding != 0 {
		return nil, parser.NoChildren
	}
	list, n := parseAttributes(line[pos:], segment.Start+pos)
	if n == 0 || len(bytes.TrimSpace(line[pos+n:])) > 0 {
		return nil, parser.NoChildren
	}
	pageOf(pc).name(list)
	reader.AdvanceToEOL()
	return &attributeLine{list: list}, parser.NoChildren
}

func (attributeBlockParser) Continue(ast.Node, text.Reader, parser.Context) parser.State {
	return parser.Close
}
func (attributeBlockParser) Close(ast.Node, text.Reader, parser.Context) {}
func (attributeBlockParser) CanInterruptParagraph() bool                 { return true }
func (attributeBlockParser) CanAcceptIndentedLine() bool                 { return false }

// attributeMark stands where attributes of the inline element before it were.
type attributeMark struct{ ast.BaseInline }

var kindAttributeMark = ast.NewNodeKind("AttributeMark")

// inlineAttributes reads attributes right after a link, an image or code.
type inlineAttributes struct{}

func (inlineAttributes) Trigger() []byte { return []byte{'{'} }

func (inlineAttributes) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	last := parent.LastChild()
	switch last.(type) {
	case *ast.Link, *ast.Image, *ast.AutoLink, *ast.CodeSpan, *wikilink:
	default:
		return nil
	}
	line, segment := block.PeekLine()
	if segment.Padding != 0 {
		return nil
	}
	list, n := parseAttributes(line, segment.Start)
	if n == 0 {
		return nil
	}
	p := pageOf(pc)
	p.name(list)
	p.attrs[last] = append(p.attrs[last], list...)
	block.Advance(n)
	return &attributeMark{}
}

// writeAttributes writes the attributes in list that any element may have,
// with the classes of the element itself before them. Others are told, but
// for those that the caller knows.
func (p *page) writeAttributes(list []attribute, class string, known ...string) {
	if len(list) == 0 && class == "" {
		return
	}
	classes := 0
	if class != "" {
		p.html(` class="`)
		p.html(class)
		classes++
	}
	for _, a := range list {
		if a.name != "class" {
			continue
		}
		for c := range strings.FieldsSeq(a.value) {
			if classes == 0 {
				p.html(` class="`)
			} else {
				p.html(" ")
			}
			p.attr(c)
			classes++
		}
	}
	if classes > 0 {
		p.html(`"`)
	}
	for i, a := range list {
		switch {
		case a.name == "class":
		case a.name == "id":
			switch id := p.idOf(list); {
			case p.contents:
			case id == a:
				p.html(` id="`)
				p.attr(a.value)
				p.html(`"`)
				p.allIDs = append(p.allIDs, a.value)
			case p.granted[a.value] == a.at:
				p.warnf(a.at, a.end, "attribute", "keep one of them", "an element has one id, and this has %q already", id.value)
			}
		case slices.ContainsFunc(list[:i], func(b attribute) bool { return b.name == a.name }):
			p.warnf(a.at, a.end, "attribute", "keep one of them", "the attribute %s is given twice; the first counts", a.name)
		case a.name == "lang" && isLanguageTag(a.value),
			a.name == "dir" && (a.value == "ltr" || a.value == "rtl" || a.value == "auto"),
			strings.HasPrefix(a.name, "data-") && len(a.name) > 5 && !strings.Contains(a.name, ":"):
			p.html(" ")
			p.attr(a.name)
			p.html(`="`)
			p.attr(a.value)
			p.html(`"`)
		default:
			if !slices.Contains(known, a.name) {
				p.dropped(a)
			}
		}
	}
}

// idOf returns the id among attributes that the element has: the first that
// is granted.
func (p *page) idOf(list []attribute) attribute {
	for _, a := range list {
		if a.name == "id" && p.granted[a.value] == a.at {
			return a
		}
	}
	return attribute{}
}

// dropped tells that an attribute is not let in.
func (p *page) dropped(a attribute) {
	hint := "an element may have #id, .class, lang, dir and data-…; an image also credit and credit_url"
	switch {
	case a.name == "lang":
		p.warnf(a.at, a.end, "attribute", `write a language tag: lang="cy"`, "%q is not a language, so the attribute is left out", a.value)
		return
	case a.name == "dir":
		p.warnf(a.at, a.end, "attribute", "write dir=ltr, dir=rtl or dir=auto", "%q is not a direction of writing, so the attribute is left out", a.value)
		return
	case a.name == "style":
		hint = "give it a class, {.name}, and style that in layouts/"
	case a.name == "target":
		hint = "links open where the reader wants them to; take it out"
	}
	p.warnf(a.at, a.end, "attribute", hint, "the attribute %s is not let in, so it is left out", a.name)
}

func isLanguageTag(s string) bool {
	if s == "" || !isLetter(s[0]) || len(s) > 35 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// find returns the last value of an attribute.
func find(list []attribute, name string) (attribute, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].name == name {
			return list[i], true
		}
	}
	return attribute{}, false
}
