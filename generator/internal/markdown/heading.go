package markdown

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/unicode/norm"
)

// headingParser reads attributes at the end of # headings.
type headingParser struct{ parser.BlockParser }

func (h headingParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	n, state := h.BlockParser.Open(parent, reader, pc)
	if n != nil {
		pageOf(pc).headingAttributes(n, true)
	}
	return n, state
}

// setextParser reads attributes at the end of underlined headings.
type setextParser struct{ parser.BlockParser }

func (s setextParser) Close(n ast.Node, reader text.Reader, pc parser.Context) {
	s.BlockParser.Close(n, reader, pc)
	if n.Parent() != nil {
		pageOf(pc).headingAttributes(n, false)
	}
}

// headingAttributes takes the attributes off the end of a heading. hashes says
// that signs # before them close the heading: ## Fees ## {#fees}.
func (p *page) headingAttributes(n ast.Node, hashes bool) {
	last := n.Lines().Len() - 1
	if last < 0 {
		return
	}
	s := n.Lines().At(last)
	v := s.TrimRightSpace(p.src)
	list, at := trailing(p.src, v.Start, v.Stop)
	if list == nil {
		return
	}
	p.name(list)
	p.attrs[n] = append(p.attrs[n], list...)
	s.Stop = at
	s = s.TrimRightSpace(p.src)
	if hashes {
		line := p.src[s.Start:s.Stop]
		rest := bytes.TrimRight(line, "#")
		if len(rest) < len(line) && (len(rest) == 0 || rest[len(rest)-1] == ' ' || rest[len(rest)-1] == '\t') {
			s.Stop = s.Start + len(rest)
			s = s.TrimRightSpace(p.src)
		}
	}
	n.Lines().Set(last, s)
}

// heading renders a heading, or takes it as the page's title.
func (p *page) heading(n *ast.Heading, attrs []attribute) {
	off := p.headingOffset(n)
	attrs = append(slices.Clip(p.attrs[n]), attrs...)
	start := len(p.text)
	level, opens := n.Level, !p.started
	p.started = true
	if level == 1 && opens {
		refs := len(p.refs)
		p.contents, p.titling = true, true // neither links nor holes: it is not shown here
		at := len(p.out)
		p.inlines(n)
		p.contents, p.titling = false, false
		p.out = p.out[:at]
		title := oneLine(p.text[start:])
		p.text = p.text[:start]
		p.level = 1
		if p.given == "" || sameTitle(title, p.given) {
			p.title = title
			return
		}
		p.refs, p.refAt, p.targets, p.spans = p.refs[:refs], p.refAt[:refs], p.targets[:refs], p.spans[:refs]
		level = 2
		p.warnf(off, 0, "two-titles", "write ## if it heads a section; take one of the two out if both are the title",
			"the page's title is %q, so the heading 1 %q is shown as a heading 2", clip([]byte(WriteFacts(p.given))), clip([]byte(WriteFacts(title))))
	}
	if level == 1 {
		p.warnf(off, 0, "second-h1", "write ## for a section of the page", "a page has one heading 1, its title; this one is shown as a heading 2")
		level = 2
	}
	switch {
	case p.level == 0 && level > 2:
		p.warnf(off, 0, "heading-level", "write ## instead",
			"the first heading of this page is a heading %d: the level between it and the title is missing", level)
	case p.level > 0 && level > p.level+1:
		p.warnf(off, 0, "heading-level", "write "+strings.Repeat("#", p.level+1)+" instead",
			"a heading %d comes right after a heading %d: the level between them is missing", level, p.level)
	}
	p.level = level

	// Most headings are plain text, and their entry in the contents list is
	// what was just rendered.
	simple := true
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c.(type) {
		case *ast.Text, *ast.String, *ast.Emphasis, *ast.CodeSpan:
			simple = simple && (c.FirstChild() == nil || c.FirstChild() == c.LastChild() && c.FirstChild().Kind() == ast.KindText)
		default:
			simple = false
		}
	}
	from := len(p.out)
	p.contents = true
	p.inlines(n)
	p.contents = false
	entry := string(p.out[from:])
	title := oneLine(p.text[start:])
	p.out = p.out[:from]
	if title == "" {
		p.text = p.text[:start]
		p.warnf(off, 0, "empty-heading", "give it a text, or delete it", "a heading without text, so it is left out")
		return
	}
	id := p.idOf(attrs).value
	tag := [...]string{"h0", "h1", "h2", "h3", "h4", "h5", "h6"}[level]
	p.html("<")
	p.html(tag)
	if id == "" {
		id = p.makeID(title)
		p.allIDs = append(p.allIDs, id)
		p.html(` id="`)
		p.attr(id)
		p.html(`"`)
	}
	p.writeAttributes(attrs, "")
	p.html(">")
	if simple {
		p.html(entry)
	} else {
		p.text = p.text[:start]
		p.quiet++
		p.heads = true
		p.inlines(n)
		p.heads = false
		p.quiet--
	}
	p.html("</")
	p.html(tag)
	p.html(">")
	p.endBlock()
	line, col := p.place(off)
	p.headings = append(p.headings, Heading{Level: level, ID: id, Text: title, HTML: entry, Line: line, Col: col})
}

// sameTitle reports whether two titles differ in no more than capitals, blanks
// and the signs that the typographer changes.
func sameTitle(a, b string) bool {
	if a == b {
		return true
	}
	signs := strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "…", "...", "–", "-", "—", "-", "---", "-", "--", "-")
	fold := func(s string) string { return strings.Join(strings.Fields(norm.NFC.String(signs.Replace(s))), " ") }
	return strings.EqualFold(fold(a), fold(b))
}

// headingOffset returns where the mark of a heading stands.
func (p *page) headingOffset(n *ast.Heading) int {
	if off := n.Pos(); off >= 0 && off < len(p.src) {
		return off
	}
	if n.Lines().Len() > 0 {
		return n.Lines().At(0).Start
	}
	return 0
}

// missedHeading tells a line of a paragraph that was meant as a heading:
// ##Fees, without the blank that CommonMark wants.
func (p *page) missedHeading(n ast.Node) {
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		if s.Start >= s.Stop || p.src[s.Start] != '#' {
			continue
		}
		line := bytes.TrimRight(p.src[s.Start:s.Stop], " \t\n")
		level := 0
		for level < len(line) && line[level] == '#' {
			level++
		}
		if level > 6 || level == len(line) || line[level] <= ' ' {
			continue
		}
		rest := line[level:]
		r, _ := utf8.DecodeRune(rest)
		if level == 1 && (lines.Len() > 1 || !unicode.IsUpper(r)) {
			continue // #careers may be a hashtag, #3 a number
		}
		marks, shown := strings.Repeat("#", level), clip(rest)
		p.warnf(s.Start, s.Start+len(line), "heading-space", "write a blank after the signs: "+marks+" "+shown,
			"%q is shown as text and not as a heading", marks+shown)
	}
}

// reservedIDs are those of the frame around the article: a heading must not
// take the skip link's or the search's place.
var reservedIDs = map[string]bool{
	"main": true, "content": true, "search": true, "nav": true, "navigation": true, "menu": true,
	"header": true, "footer": true, "top": true, "contents": true, "article": true,
}

// ReservedID reports whether an id is one of the frame's around an article.
func ReservedID(id string) bool { return reservedIDs[id] }

// settleIDs grants the ids that writers gave, each to the first in the page
// that has it. Headings get theirs afterwards, so none ever moves because a
// heading was added.
func (p *page) settleIDs() {
	slices.SortStableFunc(p.named, func(a, b attribute) int { return a.at - b.at })
	for _, a := range p.named {
		first, taken := p.granted[a.value]
		switch {
		case reservedIDs[a.value] || strings.HasPrefix(a.value, "fn:") || strings.HasPrefix(a.value, TermPrefix) || strings.HasPrefix(a.value, "fnref"):
			p.warnf(a.at, a.end, "duplicate-id", "choose another", "the id %q is the frame's around the article, so it is left out here", a.value)
		case taken && first != a.at:
			line, _ := p.place(first)
			p.warnf(a.at, a.end, "duplicate-id", "choose another", "the id %q is on line %d already, so it is left out here", a.value, line)
		default:
			p.granted[a.value] = a.at
			p.ids[a.value] = 0
		}
	}
}

// makeID makes an id of a heading's text: letters of any script and digits,
// in lower case, and hyphens between words. A second one of the same text gets
// -2, and so on.
func (p *page) makeID(title string) string {
	b := p.scratch[:0]
	hyphen := false
	for _, r := range title {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && len(b) > 0:
			if hyphen && len(b) > 0 {
				b = append(b, '-')
			}
			hyphen = false
			b = utf8.AppendRune(b, unicode.ToLower(r))
		case unicode.IsSpace(r) || r == '-' || r == '_' || r == '–' || r == '—' || r == '/':
			hyphen = true
		}
		if len(b) > 200 {
			break
		}
	}
	p.scratch = b
	base := string(b)
	if base == "" {
		base = "section"
	}
	n, taken := p.ids[base]
	if !taken && !reservedIDs[base] {
		p.ids[base] = 1
		return base
	}
	for n = max(n, 1) + 1; ; n++ {
		id := base + "-" + strconv.Itoa(n)
		if _, taken := p.ids[id]; !taken {
			p.ids[base], p.ids[id] = n, 1
			return id
		}
	}
}

// oneLine returns text with every run of white space as one blank.
func oneLine(text []byte) string {
	clean := true
	for i, c := range text {
		if c == '\n' || c == '\t' || c == ' ' && (i == 0 || i == len(text)-1 || text[i+1] == ' ') {
			clean = false
			break
		}
	}
	if clean {
		return string(text)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
