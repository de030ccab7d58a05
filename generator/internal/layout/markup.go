package layout

import "strings"

// A markup is where in the HTML a template is. It knows no more than white space
// needs: what html/template has found good is well formed.
type markup struct {
	inTag, inComment bool
	quote            byte
	name             string // of the tag that is open
	closing          bool
	raw              string // the element whose text is not to be touched
}

// read goes over text and returns what it shows first and last.
func (m *markup) read(text string) *textEdges {
	t := &textEdges{startsOpen: m.isOpen()}
	show := func(first, last edge) {
		if t.first == 0 {
			t.first = first
		}
		t.last = last
	}
	if t.startsOpen {
		show(atInline, atInline)
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case m.inComment:
			n := strings.Index(rest, "-->")
			if n < 0 {
				i = len(text)
				break
			}
			m.inComment = false
			i += n + 3
		case m.inTag:
			c := text[i]
			i++
			switch {
			case m.quote != 0:
				if c == m.quote {
					m.quote = 0
				}
			case c == '"' || c == '\'':
				m.quote = c
			case c == '>':
				m.inTag = false
				show(atInline, m.tagEnd())
			}
		case m.raw != "":
			n := endTag(rest, m.raw)
			if n == len(rest) {
				i = len(text)
				break
			}
			m.inTag, m.closing, m.name = true, true, m.raw
			i += n + 2 + len(m.raw)
		case strings.HasPrefix(rest, "<!--"):
			show(atInline, atInline)
			m.inComment = true
			i += 4
		case strings.HasPrefix(rest, "<!"):
			show(atBlock, atBlock)
			m.inTag, m.name = true, "!"
			i += 2
		case rest[0] == '<':
			m.closing = strings.HasPrefix(rest, "</")
			i++
			if m.closing {
				i++
			}
			if m.name = tagName(text[i:]); m.name == "" {
				show(atInline, atInline)
				break
			}
			i += len(m.name)
			m.inTag = true
			// A name that an action goes on with is another name.
			if i == len(text) {
				m.name = ""
			}
			first := atInline
			if isBlock(m.name) && !(m.closing && isRaw(m.name)) {
				first = atBlock
			}
			show(first, atInline)
		default:
			if !isSpace(rest[0]) && rest[0] != '\f' {
				show(atInline, atInline)
			}
			i++
		}
	}
	if t.endsOpen = m.isOpen(); t.endsOpen {
		show(atInline, atInline)
	}
	return t
}

func (m *markup) isOpen() bool { return m.inTag || m.inComment || m.raw != "" }

// tagEnd is what there is to the left of what follows the tag just read.
func (m *markup) tagEnd() edge {
	switch {
	case m.closing:
		m.raw = ""
	case isRaw(m.name):
		m.raw = m.name
		return atInline
	}
	if isBlock(m.name) || m.name == "!" {
		return atBlock
	}
	return atInline
}

// isRaw reports whether white space within the element is to be left alone.
func isRaw(name string) bool {
	switch name {
	case "pre", "script", "style", "textarea", "title":
		return true
	}
	return false
}

// isBlock reports whether white space beside the element's tags is not shown.
func isBlock(name string) bool {
	switch name {
	case "address", "article", "aside", "blockquote", "body", "caption", "col", "colgroup", "dd", "details", "dialog", "div",
		"dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
		"hgroup", "hr", "html", "legend", "li", "link", "main", "menu", "meta", "nav", "ol", "optgroup", "option", "p", "pre",
		"search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul":
		return true
	}
	return false
}
