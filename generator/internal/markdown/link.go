package markdown

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// linkParser is goldmark's, watched: it notes where links and images end, and
// tells what looks like a link and is none.
type linkParser struct{ parser.InlineParser }

func (l linkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	n := l.InlineParser.Parse(parent, block, pc)
	p := pageOf(pc)
	if line[0] != ']' {
		if n != nil {
			p.open = append(p.open, segment.Start)
		}
		return n
	}
	at := -1
	if len(p.open) > 0 {
		at = p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
	}
	if n != nil {
		_, pos := block.Position()
		p.ends[n] = pos.Start
		if at := bytes.IndexByte(line, '{'); at > 0 && segment.Start+at < pos.Start {
			p.noteForeign(line[at:], segment.Start+at)
		}
	} else if at >= 0 && segment.Padding == 0 {
		p.notALink(at, segment.Start, line)
	}
	return n
}

// CloseBlock is called at the end of a block.
func (l linkParser) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	l.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
	p := pageOf(pc)
	p.open = p.open[:0]
}

// notALink looks at what follows the bracket that closes at off and was
// opened at at.
func (p *page) notALink(at, off int, line []byte) {
	inner := p.src[at:off]
	switch {
	case len(inner) > 2 && inner[1] == '^' && len(inner) < 200 && !bytes.ContainsAny(inner[2:], " \t\n["):
		p.warnf(at, off+1, "missing-reference", "write the footnote on a line of its own: "+string(inner)+"]: its text",
			"no footnote is called %s], so this is shown as it is written", inner)
	case len(line) > 2 && line[1] == '[':
		rest := line[2:min(len(line), 300)]
		end := bytes.IndexByte(rest, ']')
		if end <= 0 || bytes.IndexByte(rest[:end], '[') >= 0 || len(bytes.TrimSpace(rest[:end])) == 0 {
			return
		}
		label := rest[:end]
		p.warnf(at, off+2+end+1, "missing-reference", "define it on a line of its own: ["+string(label)+"]: address",
			"no link is defined as [%s], so this is shown as it is written", label)
	case len(line) > 4 && line[1] == ' ' && line[2] == '(':
		rest := line[3:min(len(line), 500)]
		end := bytes.IndexAny(rest, ") \n")
		if end <= 0 || rest[end] != ')' || !looksLikeAddress(rest[:end]) {
			return
		}
		p.warnf(at, off+3+end+1, "link-space", "take the blank between the brackets out: [text]("+string(rest[:end])+")",
			"this is shown as it is written, and is not a link")
	case len(line) > 4 && line[1] == '(':
		rest := line[2:min(len(line), 500)]
		end := bytes.IndexAny(rest, ")\n")
		if end <= 0 || rest[end] != ')' {
			return
		}
		address, title := rest[:end], []byte(nil)
		if i := bytes.IndexAny(address, `"'`); i > 0 && address[i-1] == ' ' {
			address, title = address[:i-1], address[i-1:]
		}
		address = bytes.TrimSpace(address)
		if bytes.IndexByte(address, ' ') < 0 || bytes.ContainsAny(address, "<>{}") || !looksLikeAddress(address) {
			return
		}
		p.warnf(at, off+2+end+1, "link-space",
			fmt.Sprintf("write %s](<%s>%s) or %%20 for each blank; better, rename the file without blanks", clip(p.src[at:off]), address, title),
			"the address %q has a blank in it, so this is shown as it is written, and is not a link", address)
	}
}

// looksLikeAddress reports whether s, between parentheses, is more likely an
// address than words.
func looksLikeAddress(s []byte) bool {
	for _, prefix := range []string{"http://", "https://", "/", "./", "../", "#", "mailto:", "tel:"} {
		if len(s) > len(prefix) && string(s[:len(prefix)]) == prefix {
			return true
		}
	}
	dot := bytes.LastIndexByte(s, '.')
	if dot < 1 || len(s)-dot < 3 || len(s)-dot > 5 || s[dot-1] <= ' ' {
		return false
	}
	for _, c := range s[dot+1:] {
		if !isLetter(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return isLetter(s[dot+1])
}

// linkifyParser is goldmark's, held back: it looks for an e-mail address at
// every blank and underscore, each time as far as the word goes.
type linkifyParser struct{ parser.InlineParser }

func (l linkifyParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	word := line
	if c := word[0]; c == ' ' || c == '*' || c == '_' || c == '~' || c == '(' {
		word = word[1:]
	}
	ok := false
	for _, prefix := range []string{"http:", "https:", "www."} {
		ok = ok || len(word) > len(prefix) && string(word[:len(prefix)]) == prefix
	}
	if !ok {
		near := word[:min(len(word), 128)]
		at := bytes.IndexByte(near, '@')
		if at < 1 || bytes.ContainsAny(near[:at], " \t\n(<[") {
			return nil
		}
	}
	return l.InlineParser.Parse(parent, block, pc)
}

// scheme returns the scheme of an address in lower case, or "" if it is
// relative or rooted. It reads as browsers do, who skip white space and
// control characters: "java\tscript:" is a scheme.
func scheme(address string) string {
	var b []byte
	for i := range len(address) {
		c := address[i]
		switch {
		case c <= ' ':
			continue
		case isLetter(c):
			b = append(b, c|0x20)
		case len(b) > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
			b = append(b, c)
		case c == ':' && len(b) > 0:
			return string(b)
		case c == ':':
			return ":" // no scheme that anybody knows
		default:
			return ""
		}
	}
	return ""
}

// allowed reports whether an address may stand in a page: the schemes are
// listed, not the bad ones, for those never end. What is not allowed is still
// a [Ref], so that it is told.
func allowed(address string) bool {
	switch scheme(address) {
	case "", "http", "https", "mailto", "tel":
		return true
	}
	return false
}

// ref adds a reference and returns its index.
func (p *page) ref(kind RefKind, target, text string, at, end int) int {
	line, col, endCol := p.span(at, end)
	p.refs = append(p.refs, Ref{Kind: kind, Target: target, Text: text, Line: line, Col: col, EndCol: endCol})
	p.refAt = append(p.refAt, at)
	p.spans = append(p.spans, Span{})
	p.targets = append(p.targets, Span{at, end})
	return len(p.refs) - 1
}

// link renders a link, and in it the image if there is one that stands alone.
func (p *page) link(n *ast.Link, lone *ast.Image) {
	inner := func() {
		if lone != nil {
			p.image(lone, true)
		} else {
			p.inlines(n)
		}
	}
	if p.contents || p.linkDepth > 0 {
		inner()
		return
	}
	start := len(p.text)
	target := string(p.unescape(n.Destination, n.Pos()))
	at, end := n.Pos(), p.ends[n]
	ref := p.ref(RefLink, target, "", at, end)
	p.aim(ref, n.Destination)
	p.html("<a")
	if allowed(target) {
		p.html(` href="`)
		p.hole(HoleAddress, ref, HoleRel)
		p.html(`"`)
	}
	if n.Title != nil {
		title, _ := MarkFacts(string(p.unescape(n.Title, at)))
		p.html(` title="`)
		p.filled(title, at, end, p.attr)
		p.html(`"`)
	}
	p.writeAttributes(p.attrs[n], "")
	p.html(">")
	p.linkDepth++
	p.linkAlt = ""
	inner()
	p.linkDepth--
	p.html("</a>")
	p.spans[ref] = Span{start, len(p.text)}
	text := oneLine(p.text[start:])
	if text == "" {
		text = p.linkAlt
	}
	if text == "" {
		p.warnf(at, end, "empty-link", "write what it leads to in the brackets: [How to apply](…)", "this link has no text, so nobody can see or hear it")
	}
	p.refs[ref].Text = text
}

// autolink renders <https://…>, <name@example.org>, and bare addresses where
// they are linked.
func (p *page) autolink(n *ast.AutoLink) {
	label := n.Label(p.src)
	if p.contents || p.linkDepth > 0 {
		p.escape(string(label))
		p.text = append(p.text, label...)
		return
	}
	// The label is a part of src, and its place is told by where it lies.
	at := cap(p.src) - cap(label)
	if at < 0 || at > len(p.src) {
		at = max(n.Pos(), 0)
	}
	end := at + len(label)
	if at > 0 && p.src[at-1] == '<' && end < len(p.src) && p.src[end] == '>' {
		at, end = at-1, end+1
	}
	target := string(n.URL(p.src))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
		target = "mailto:" + target
	}
	ref := p.ref(RefLink, target, string(label), at, end)
	p.aim(ref, label)
	p.html("<a")
	if allowed(target) {
		p.html(` href="`)
		p.hole(HoleAddress, ref, HoleRel)
		p.html(`"`)
	}
	p.writeAttributes(p.attrs[n], "")
	p.html(">")
	p.escape(string(label))
	p.text = append(p.text, label...)
	p.html("</a>")
}
