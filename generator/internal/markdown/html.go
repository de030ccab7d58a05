package markdown

import (
	"bytes"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Raw HTML comes in pieces: goldmark gives each tag in a line as a node of its
// own, and a block of HTML up to the next blank line. Each piece is read tag
// by tag, so that its links become references with holes like all others; in
// the sanitised mode every tag goes through bluemonday, and the finished body
// is parsed and written again so that no tag of a writer closes one of ours.

// newPolicy returns what the sanitiser lets through. Addresses are checked by
// this package, so the policy leaves them alone.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"p", "br", "hr", "div", "span", "section", "article", "aside", "header", "footer", "nav", "address",
		"h2", "h3", "h4", "h5", "h6", "hgroup", "blockquote", "pre", "code",
		"ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "picture", "source", "img",
		"a", "abbr", "b", "bdi", "bdo", "cite", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby",
		"s", "samp", "small", "strong", "sub", "sup", "time", "u", "var", "wbr",
		"details", "summary", "audio", "video", "track",
		"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td")
	p.AllowNoAttrs().OnElements("a", "span", "img", "source", "audio", "video", "track", "col", "colgroup", "time", "data", "bdo")
	p.AllowDataAttributes()
	p.AllowAttrs("id", "class", "lang", "dir", "title", "role").Globally()
	p.AllowAttrs("aria-label", "aria-labelledby", "aria-describedby", "aria-hidden").Globally()
	p.AllowAttrs("href", "rel", "hreflang", "type", "download").OnElements("a")
	p.AllowAttrs("src", "alt", "width", "height", "loading", "decoding", "srcset", "sizes").OnElements("img")
	p.AllowAttrs("src", "srcset", "sizes", "media", "type").OnElements("source")
	p.AllowAttrs("src", "controls", "loop", "muted", "preload", "width", "height", "poster").OnElements("audio", "video")
	p.AllowAttrs("src", "kind", "srclang", "label", "default").OnElements("track")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[0-9]{1,3}$`)).OnElements("td", "th")
	p.AllowAttrs("scope", "headers", "abbr").OnElements("td", "th")
	p.AllowAttrs("span").Matching(regexp.MustCompile(`^[0-9]{1,3}$`)).OnElements("col", "colgroup")
	p.AllowAttrs("datetime").OnElements("time", "del", "ins")
	p.AllowAttrs("value").OnElements("data", "li")
	p.AllowAttrs("start", "reversed", "type").OnElements("ol")
	p.AllowAttrs("open", "name").OnElements("details")
	p.RequireParseableURLs(false)
	return p
}

// wayOut is what to write in place of a tag, in Markdown.
var wayOut = map[string]string{
	"a": "[text](address)", "img": "![what it shows](address)", "b": "**text**", "strong": "**text**", "i": "*text*", "em": "*text*",
	"br": "a backslash at the end of the line", "hr": "--- on a line of its own", "code": "`text`", "pre": "``` around the lines",
	"h1": "# Heading", "h2": "## Heading", "h3": "### Heading", "h4": "#### Heading", "h5": "##### Heading", "h6": "###### Heading",
	"p": "a blank line between paragraphs", "ul": "- item", "ol": "1. item", "li": "- item", "blockquote": "> text",
	"figure": `![what it shows](address "caption")`, "figcaption": `![what it shows](address "caption")`, "del": "~~text~~", "s": "~~text~~",
	"table": "a table with | between cells", "tr": "a table with | between cells", "td": "a table with | between cells",
}

// A piece is raw HTML put together of lines of src.
type piece struct {
	text []byte
	at   []int // offsets in text at which lines begin
	src  []int // and where those are in src
}

func (q *piece) add(s text.Segment, src []byte) {
	q.at = append(q.at, len(q.text))
	q.src = append(q.src, s.Start-s.Padding)
	q.text = append(q.text, s.Value(src)...)
}

// offset returns where in src an offset in the piece is.
func (q *piece) offset(i int) int {
	n := max(sort.SearchInts(q.at, i+1)-1, 0)
	return q.src[n] + i - q.at[n]
}

func (p *page) rawHTML(n *ast.RawHTML) {
	var q piece
	for i := range n.Segments.Len() {
		q.add(n.Segments.At(i), p.src)
	}
	p.rawPiece(&q)
}

func (p *page) htmlBlock(n *ast.HTMLBlock) {
	var q piece
	lines := n.Lines()
	for i := range lines.Len() {
		q.add(lines.At(i), p.src)
	}
	if n.HasClosure() {
		q.add(n.ClosureLine, p.src)
	}
	if p.engine.options.HTML != HTMLOff {
		p.started = true
	}
	p.rawPiece(&q)
}

func (p *page) rawPiece(q *piece) {
	if len(q.text) == 0 {
		return
	}
	switch {
	case p.contents:
	case p.engine.options.HTML == HTMLOff:
		p.leaveOut(q)
	default:
		p.raw = true
		p.countQuiet(q.text)
		p.letIn(q)
	}
}

// leaveOut tells that raw HTML is left out: once a piece, and not for a tag
// that only closes what was told already. Comments are nobody's loss.
func (p *page) leaveOut(q *piece) {
	s := q.text
	i := 0
	for i < len(s) {
		switch {
		case s[i] <= ' ':
			i++
			continue
		case bytes.HasPrefix(s[i:], []byte("<!--")):
			end := bytes.Index(s[i:], []byte("-->"))
			if end < 0 {
				return
			}
			i += end + 3
			continue
		case bytes.HasPrefix(s[i:], []byte("</")):
			end := bytes.IndexByte(s[i:], '>')
			if end < 0 {
				return
			}
			i += end + 1
			continue
		}
		break
	}
	if i >= len(s) {
		return
	}
	at := q.offset(i)
	if s[i] != '<' {
		p.warnf(at, 0, "raw-html", "put an empty line between it and the HTML before it", "this text belongs to a block of HTML and is left out with it")
		return
	}
	j := i + 1
	for j < len(s) && (isLetter(s[j]) || s[j] >= '0' && s[j] <= '9' || s[j] == '-') {
		j++
	}
	name := string(s[i:j]) + ">"
	hint := "write it in Markdown; if all who write are trusted, markdown.html: true in content/site.yaml lets HTML in"
	if w, ok := wayOut[strings.ToLower(string(s[i+1:j]))]; ok {
		hint = "write " + w + "; markdown.html: true in content/site.yaml lets HTML of trusted writers in"
	}
	if j == i+1 {
		name = string(s[i:min(len(s), i+2)]) + "…"
	}
	p.warnf(at, q.offset(j), "raw-html", hint, "%s is HTML and is left out", name)
	if strings.EqualFold(name, "<br>") {
		p.html("\n") // the words on its sides are two
		p.gap()
	}
}

// breaks are the elements that end a line of the plain text; cells only part
// words.
var breaks = map[string]bool{
	"p": true, "div": true, "section": true, "article": true, "aside": true, "header": true, "footer": true, "nav": true, "address": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true, "ul": true, "ol": true,
	"li": true, "dl": true, "dt": true, "dd": true, "figure": true, "figcaption": true, "details": true, "summary": true,
	"table": true, "caption": true, "tr": true, "td": false, "th": false, "br": false, "hr": true,
}

// rawBreak parts the plain text where a raw tag does.
func (p *page) rawBreak(tag string) {
	if line, ok := breaks[tag]; ok && line {
		p.endBlock()
	} else if ok {
		p.gap()
	}
}

// rawText adds the text of raw HTML to the plain text, its white space
// collapsed.
func (p *page) rawText(raw []byte) {
	s := html.UnescapeString(string(raw))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != ' ' && c != '\n' && c != '\t' {
			p.text = append(p.text, c)
		} else {
			p.gap()
		}
	}
}

// skipped are elements whose content goes with them.
var skipped = map[string]bool{"script": true, "style": true, "iframe": true, "object": true, "embed": true, "noscript": true,
	"template": true, "svg": true, "math": true, "textarea": true, "select": true, "title": true, "xmp": true, "noembed": true, "noframes": true, "plaintext": true}

// letIn writes raw HTML to the page, its tags sanitised if they are to be.
func (p *page) letIn(q *piece) {
	q.text = p.cleanEntities(q)
	z := html.NewTokenizer(bytes.NewReader(q.text))
	at := 0
	skip := "" // the element that is being left out with its content
	depth := 0
	code := false // within a script or a style
	for {
		kind := z.Next()
		raw := z.Raw()
		off := q.offset(at)
		end := q.offset(at + len(raw))
		at += len(raw)
		if kind == html.ErrorToken {
			if p.engine.policy == nil {
				p.out = append(p.out, raw...) // a tag that a blank line cuts in two
			} else if len(bytes.TrimSpace(raw)) > 0 {
				p.warnf(off, 0, "raw-html", "close the tag before the line ends", "this tag is never closed, so it is left out")
			}
			return
		}
		if kind == html.TextToken && !code && skip == "" {
			p.foreignIn(q, raw, at-len(raw))
		}
		if p.engine.policy == nil {
			p.unsafeToken(z, kind, raw, off, end, &code)
			continue
		}
		switch kind {
		case html.TextToken:
			if skip == "" {
				p.out = append(p.out, raw...)
				p.rawText(raw)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tag := string(name)
			if skip != "" {
				if tag == skip && kind == html.StartTagToken {
					depth++
				}
				continue
			}
			if skipped[tag] {
				p.warnf(off, end, "raw-html", "leave it out", "<%s> is not let in, nor what is in it", tag)
				if kind == html.StartTagToken && tag != "embed" {
					skip, depth = tag, 1
				}
				continue
			}
			clean := p.engine.policy.SanitizeBytes(raw)
			if len(bytes.TrimSpace(clean)) == 0 {
				p.warnf(off, end, "raw-html", "write it in Markdown", "<%s> is not let in", tag)
				continue
			}
			c := html.NewTokenizer(bytes.NewReader(clean))
			c.Next()
			p.rawBreak(tag)
			p.openRawHeading(tag, p.tag(c.Token(), off, end), off)
		case html.EndTagToken:
			name, _ := z.TagName()
			if skip != "" {
				if string(name) == skip {
					if depth--; depth == 0 {
						skip = ""
					}
				}
				continue
			}
			tag := string(name)
			p.closeRawHeading(tag)
			p.out = append(p.out, p.engine.policy.SanitizeBytes(raw)...)
			p.rawBreak(tag)
		}
	}
}

// unsafeToken writes a token as it is, but for the addresses of links and
// images, which are references like all others. code says that it is within
// a script or a style.
func (p *page) unsafeToken(z *html.Tokenizer, kind html.TokenType, raw []byte, off, end int, code *bool) {
	whole := string(raw) // Token reads on in z, and raw with it
	t := z.Token()
	switch kind {
	case html.TextToken:
		if !*code {
			p.rawText([]byte(whole))
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		*code = t.Data == "script" || t.Data == "style"
		p.rawBreak(t.Data)
		key := addressOf[t.Data]
		held, id := false, ""
		for _, a := range t.Attr {
			if a.Key == "id" && a.Val != "" {
				p.allIDs = append(p.allIDs, a.Val)
				id = a.Val
			}
			held = held || key != "" && a.Key == key && allowed(a.Val) && strings.TrimSpace(a.Val) != ""
		}
		if held {
			p.tag(t, off, end)
			return
		}
		p.html(whole)
		p.openRawHeading(t.Data, id, off)
		return
	case html.EndTagToken:
		*code = false
		p.closeRawHeading(t.Data)
		p.rawBreak(t.Data)
	case html.CommentToken:
		return // minifiers and browsers differ about where <!--> ends
	}
	p.html(whole)
}

// addressOf names the attribute that is a reference, by element.
var addressOf = map[string]string{"a": "href", "img": "src"}

// A rawHeading is a heading in raw HTML that is open.
type rawHeading struct {
	level    int
	id       string
	off      int // of its tag in src
	out      int // of the end of its tag in page.out
	text     int // where it begins in page.text
	headings int // how many headings were before it
}

// openRawHeading notes that a start tag has just been written, if it is a
// heading's.
func (p *page) openRawHeading(tag, id string, off int) {
	if level := headingLevel(tag); level > 1 && len(p.out) > 0 && p.out[len(p.out)-1] == '>' {
		p.rawHeading = rawHeading{level, id, off, len(p.out) - 1, len(p.text), len(p.headings)}
	}
}

// closeRawHeading takes the open heading into the contents list, with an id if
// it has none.
func (p *page) closeRawHeading(tag string) {
	h := p.rawHeading
	if headingLevel(tag) == 0 || h.level == 0 {
		return
	}
	p.rawHeading = rawHeading{}
	if h.level != headingLevel(tag) || h.text > len(p.text) || h.out >= len(p.out) || p.out[h.out] != '>' || h.headings != len(p.headings) {
		return
	}
	title := oneLine(p.text[h.text:])
	if title == "" {
		return
	}
	if h.id == "" {
		h.id = p.makeID(title)
		p.allIDs = append(p.allIDs, h.id)
		p.out = slices.Insert(p.out, h.out, []byte(` id="`+html.EscapeString(h.id)+`"`)...)
	}
	line, col := p.place(h.off)
	at := len(p.out)
	p.escape(title)
	entry := string(p.out[at:])
	p.out = p.out[:at]
	p.level = h.level
	p.headings = append(p.headings, Heading{Level: h.level, ID: h.id, Text: title, HTML: entry, Line: line, Col: col})
}

// headingLevel returns 2 for "h2", and 0 for what is no heading.
func headingLevel(tag string) int {
	if len(tag) == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6' {
		return int(tag[1] - '0')
	}
	return 0
}

// scroll puts tables of raw HTML into the element in which those of Markdown
// scroll.
func (p *page) scroll(n *html.Node) {
	if n.Type == html.ElementNode && n.DataAtom == atom.Div {
		for _, a := range n.Attr {
			if a.Key == "class" && slices.Contains(strings.Fields(a.Val), "table-scroll") {
				return
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.DataAtom != atom.Table {
			p.scroll(c)
			continue
		}
		around := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div, Attr: []html.Attribute{
			{Key: "class", Val: "table-scroll"}, {Key: "tabindex", Val: "0"}, {Key: "role", Val: "group"}, {Key: "aria-label", Val: p.engine.labels.table}}}
		n.InsertBefore(around, c)
		n.RemoveChild(c)
		around.AppendChild(c)
		c = around
	}
}

// tag writes a start tag with its attributes, and returns the id among them.
func (p *page) tag(t html.Token, off, end int) (id string) {
	strict := p.engine.policy != nil
	p.html("<")
	p.html(t.Data)
	key := addressOf[t.Data]
	sized := false
	text := ""
	for _, a := range t.Attr {
		switch a.Key {
		case "width", "height", "srcset":
			sized = true
		case "rel":
			sized = sized || t.Data == "a"
		case "alt":
			if t.Data == "img" {
				text = a.Val
			}
		}
	}
	for _, a := range t.Attr {
		if strings.ContainsAny(a.Key, "\"'<>=& \t\n") {
			continue
		}
		switch {
		case a.Key == key:
			kind, tail := RefLink, HoleRel
			if t.Data == "img" {
				kind, tail = RefImage, HoleImage
			}
			if sized {
				tail = 0
			}
			ref := p.ref(kind, a.Val, text, off, end)
			p.aimWithin(ref, []byte(a.Val))
			if !allowed(a.Val) {
				continue
			}
			p.html(" ")
			p.html(a.Key)
			p.html(`="`)
			p.hole(HoleAddress, ref, tail)
			p.html(`"`)
			continue
		case strict && (a.Key == "src" || a.Key == "poster") && !allowed(a.Val):
			p.warnf(off, end, "raw-html", "write an address that begins with https:// or leads to a file here", "the address %q is not let in", a.Val)
			continue
		case strict && (a.Key == "src" || a.Key == "poster"):
			ref := p.ref(RefImage, a.Val, "", off, end)
			p.aimWithin(ref, []byte(a.Val))
			p.html(" ")
			p.html(a.Key)
			p.html(`="`)
			p.hole(HoleAddress, ref, 0)
			p.html(`"`)
			continue
		case strict && a.Key == "srcset":
			p.srcset(a.Val, off, end)
			continue
		case strict && a.Key == "id":
			if _, taken := p.ids[a.Val]; taken || reservedIDs[a.Val] || a.Val == "" || strings.HasPrefix(a.Val, "fn") && strings.Contains(a.Val, ":") {
				p.warnf(off, end, "duplicate-id", "choose another", "the id %q is taken already, so it is left out here", a.Val)
				continue
			}
			p.ids[a.Val] = 0
			p.allIDs = append(p.allIDs, a.Val)
			id = a.Val
		}
		p.html(" ")
		p.html(a.Key)
		p.html(`="`)
		p.attr(a.Val)
		p.html(`"`)
	}
	p.html(">")
	return id
}

// srcset writes the sources of an image, each address a reference.
func (p *page) srcset(value string, off, end int) {
	p.html(` srcset="`)
	n := 0
	for candidate := range strings.SplitSeq(value, ",") {
		parts := strings.Fields(candidate)
		if len(parts) == 0 || !allowed(parts[0]) {
			continue
		}
		if n > 0 {
			p.html(", ")
		}
		n++
		ref := p.ref(RefImage, parts[0], "", off, end)
		p.aimWithin(ref, []byte(parts[0]))
		p.hole(HoleAddress, ref, 0)
		if len(parts) > 1 {
			p.html(" ")
			p.attr(parts[1])
		}
	}
	p.html(`"`)
}

// cleanEntities replaces numbers that stand for control characters: a
// minifier writes the characters themselves.
func (p *page) cleanEntities(q *piece) []byte {
	s := q.text
	if !bytes.Contains(s, []byte("&#")) {
		return s
	}
	var out []byte
	from := 0
	for i := 0; i+2 < len(s); i++ {
		if s[i] != '&' || s[i+1] != '#' {
			continue
		}
		j, base := i+2, rune(10)
		if s[j]|0x20 == 'x' {
			j, base = j+1, 16
		}
		first := j
		r := rune(0)
		for ; j < len(s); j++ {
			d := rune(-1)
			switch c := s[j]; {
			case c >= '0' && c <= '9':
				d = rune(c - '0')
			case base == 16 && isLetter(c) && c|0x20 <= 'f':
				d = rune(c|0x20-'a') + 10
			}
			if d < 0 {
				break
			}
			r = min(r*base+d, 0x110000)
		}
		if j == first || !(r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0) {
			continue
		}
		if j < len(s) && s[j] == ';' {
			j++
		}
		p.warnf(q.offset(i), q.offset(j), "control-character", "delete it, or write the character that is meant", "%s stands for a control character and is shown as \ufffd", s[i:j])
		// The same length keeps every place after it right.
		out = append(append(out, s[from:i]...), "\ufffd"...)
		out = append(out, bytes.Repeat([]byte(" "), max(0, j-i-3))...)
		from, i = j, j-1
	}
	return append(out, s[from:]...)
}

// balance parses the body and writes it again, so that every tag is closed
// where its element ends and no stray tag closes an element around the body.
func (p *page) balance() {
	around := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(bytes.NewReader(p.out), around)
	if err != nil {
		p.refuse(0, 0, "too-deep", "write it plainly", "the HTML of this page has elements within each other too deep")
		return
	}
	// An element that is never closed goes on in the next block, as a copy:
	// neither its id nor its address may.
	seen := map[string]bool{}
	var once func(*html.Node)
	once = func(n *html.Node) {
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
			if a.Key != "id" && !strings.ContainsRune(a.Val, markOpen) {
				return false
			}
			key := a.Key + "=" + a.Val
			again := seen[key]
			seen[key] = true
			return again
		})
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			once(c)
		}
	}
	for _, n := range nodes {
		around.AppendChild(n)
	}
	once(around)
	p.scroll(around)
	var b bytes.Buffer
	b.Grow(len(p.out) + len(p.out)/8)
	for n := range around.ChildNodes() {
		if html.Render(&b, n) != nil {
			p.refuse(0, 0, "unreadable", "please report it with the page", "the HTML of this page cannot be written")
			return
		}
	}
	p.out = append(p.out[:0], b.Bytes()...)
	p.balanced = true
}
