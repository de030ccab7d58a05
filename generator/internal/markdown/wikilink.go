package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// wikilink is [[target]], [[target|text]], [[topic:x]], [[term:x]] or [[fact:x]].
type wikilink struct {
	ast.BaseInline
	kind         RefKind
	target, text string
	at, end      int // offsets in src
}

var kindWikilink = ast.NewNodeKind("Wikilink")

func (*wikilink) Kind() ast.NodeKind              { return kindWikilink }
func (n *wikilink) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// maxWikilink is how long one may be, in bytes.
const maxWikilink = 1000

type wikilinkParser struct{}

func (wikilinkParser) Trigger() []byte { return []byte{'['} }

func (wikilinkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) < 5 || line[1] != '[' || segment.Padding != 0 {
		return nil
	}
	n := bytes.Index(line[2:min(len(line), maxWikilink)], []byte("]]"))
	if n < 0 {
		return nil
	}
	inner, end := line[2:2+n], n+4
	if end < len(line) && line[end] == '(' {
		return nil // a link whose text stands in brackets
	}
	target, label := inner, []byte(nil)
	if i := bytes.IndexByte(inner, '|'); i >= 0 {
		// In a table the bar has a backslash before it.
		target, label = bytes.TrimSuffix(inner[:i], []byte(`\`)), inner[i+1:]
	}
	if bytes.IndexByte(target, '[') >= 0 {
		return nil
	}
	w := &wikilink{kind: RefWiki, at: segment.Start, end: segment.Start + end}
	p := pageOf(pc)
	w.target = strings.TrimSpace(string(p.unescape(target, segment.Start+2)))
	w.text = strings.TrimSpace(string(p.unescape(label, segment.Start+2)))
	switch kind, rest, _ := strings.Cut(w.target, ":"); kind {
	case "topic":
		w.kind, w.target = RefTopic, strings.TrimSpace(rest)
	case "term":
		w.kind, w.target = RefTerm, strings.TrimSpace(rest)
	case "fact":
		w.kind, w.target, w.text = RefFact, strings.TrimSpace(rest), ""
	}
	if w.target == "" {
		return nil
	}
	w.SetPos(w.at)
	block.Advance(end)
	return w
}

// wikilink renders n.
func (p *page) wikilink(n *wikilink) {
	if n.kind == RefFact {
		p.fact(n)
		return
	}
	plain := n.text
	if plain == "" {
		plain = standIn(n)
	}
	p.text = append(p.text, plain...)
	if p.contents {
		p.escape(plain)
		return
	}
	ref := p.ref(n.kind, n.target, n.text, n.at, n.end)
	p.spans[ref] = Span{len(p.text) - len(plain), len(p.text)}
	p.targets[ref] = p.wikiTarget(n.at, n.end)
	// A definition that opens has no place in a heading.
	link := p.linkDepth == 0 && !(n.kind == RefTerm && p.heads)
	define := false
	switch {
	case link && n.kind == RefTerm:
		define = p.meet(n.target)
		p.openTerm(ref, p.attrs[n])
	case link:
		p.html(`<a href="`)
		p.hole(HoleAddress, ref, HoleRel)
		p.html(`"`)
		p.writeAttributes(p.attrs[n], "")
		p.html(">")
	}
	if n.text == "" {
		p.hole(HoleTitle, ref, 0)
	} else {
		p.escape(n.text)
	}
	switch {
	case link && n.kind == RefTerm:
		p.closeTerm(ref, define)
	case link:
		p.html("</a>")
	}
}

// meet notes that a term is named, and reports whether it is the first time.
func (p *page) meet(name string) bool {
	if p.terms == nil {
		return true
	}
	term := p.terms.called[foldTerm(name)]
	if term == 0 {
		return true // told by whoever links the site
	}
	first := !p.met[term]
	p.met[term] = true
	return first
}

// standIn is what plain text has in place of a title that only the site
// knows: the page's name as written.
func standIn(n *wikilink) string {
	name, _, _ := strings.Cut(n.target, "#")
	name = strings.TrimSuffix(strings.Trim(name, "/"), ".md")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	if n.kind == RefTerm || strings.Contains(name, " ") {
		return name
	}
	return strings.ReplaceAll(name, "-", " ")
}

// wikiTarget returns where the wikilink src[at:end] names its page, the prefix
// "topic:" and blanks left out.
func (p *page) wikiTarget(at, end int) Span {
	inner := p.src[at+2 : end-2]
	if i := bytes.IndexByte(inner, '|'); i >= 0 {
		inner = bytes.TrimSuffix(inner[:i], []byte(`\`))
	}
	start := at + 2
	trim := func() {
		short := bytes.TrimLeft(inner, " \t\n")
		start += len(inner) - len(short)
		inner = bytes.TrimRight(short, " \t\n")
	}
	trim()
	for _, kind := range [...]string{"topic:", "term:", "fact:"} {
		if rest, ok := bytes.CutPrefix(inner, []byte(kind)); ok {
			inner = rest
			start += len(kind)
			trim()
			break
		}
	}
	return Span{start, start + len(inner)}
}
