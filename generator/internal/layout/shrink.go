package layout

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	tdparse "github.com/tdewolff/parse/v2"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/minify"
)

// Minifying a template without harm. Rejected:
//
//   - Handing the source to the minifier's own template mode. It does not know
//     comments ({{/* it's */}} opens a string for it), backquotes or trim
//     markers, collapses white space and entities in a script or text area that
//     holds an action, drops HTML comments with the actions in them, writes end
//     tags in lower case with the action in them, and lets its SVG minifier loose
//     on actions. And the places of all errors would be those of the minified text.
//   - Minifying each stretch of text alone: what is before and after decides.
//
// So the actions are replaced by numbers, {{7}}, which the template mode leaves
// alone everywhere; what it does not understand is hidden behind a number
// too; and the minified stretches between the numbers are put into the
// parsed tree in place of the text as written. The nodes keep their places. If
// the numbers do not come out in the order they went in, nothing is done.

// shrink makes s.small. It warns of an inline script or style that has a
// mistake, which stops minifying.
func (s *source) shrink() diag.List {
	var l diag.List
	defer func() {
		trimEdges(s.written[s.name].Root)
		trimEdges(s.small[s.name].Root)
	}()
	s.small = make(map[string]*parse.Tree, len(s.written))
	for name, t := range s.written {
		s.small[name] = t.Copy()
	}
	if !s.shrinkText(&l) {
		for name, t := range s.written {
			s.small[name] = t.Copy()
		}
	}
	return l
}

// A stretch is text between two actions; a comment does not end it.
type stretch struct {
	text  string
	first int          // offset of its first part with anything in it
	parts map[int]bool // offsets of all its parts
}

func (s *source) shrinkText(l *diag.List) bool {
	// The numbered text, and the stretches between the numbers.
	var doc strings.Builder
	var list []stretch
	cur := stretch{parts: map[int]bool{}}
	at, trim := 0, false
	text := func(end int, trimEnd bool) {
		part := s.text[at:end]
		if trim {
			part = strings.TrimLeft(part, spaces)
		}
		start := end - len(part)
		if trimEnd {
			part = strings.TrimRight(part, spaces)
		}
		if part != "" {
			if cur.text == "" {
				cur.first = start
			}
			cur.parts[start] = true
			cur.text += part
			doc.WriteString(part)
		}
	}
	for _, a := range s.actions {
		text(a.start, a.trimBefore)
		at, trim = a.end, a.trimAfter
		if a.comment {
			continue
		}
		number(&doc, len(list))
		list = append(list, cur)
		cur = stretch{parts: map[int]bool{}}
	}
	text(len(s.text), false)
	list = append(list, cur)

	visible, hidden, scripts := hide(doc.String())
	small, err := minify.Bytes(minify.Template, []byte(visible))
	if err != nil {
		s.inlineProblem(scripts, err, l)
		return false
	}
	texts, ok := split(string(small), hidden, len(list))
	if !ok {
		return false
	}

	// All or nothing: first see that every text has its node.
	nodes := map[int]*parse.TextNode{}
	for _, t := range s.small {
		walk(t.Root, func(n parse.Node) {
			if n, ok := n.(*parse.TextNode); ok {
				nodes[int(n.Pos)] = n
			}
		})
	}
	owner := map[int]int{} // offset of a text node to its stretch
	for i, st := range list {
		if st.text == "" {
			if texts[i] != "" {
				return false
			}
			continue
		}
		if n := nodes[st.first]; n == nil {
			// Space around definitions is in no tree.
			if strings.TrimSpace(st.text) != "" {
				return false
			}
		} else if !strings.HasPrefix(st.text, string(n.Text)) {
			return false
		}
		for off := range st.parts {
			owner[off] = i
		}
	}
	for off, n := range nodes {
		i, ok := owner[off]
		if !ok {
			return false
		}
		n.Text = nil
		if off == list[i].first {
			n.Text = []byte(texts[i])
		}
	}
	return true
}

func number(b *strings.Builder, n int) {
	b.WriteString("{{")
	b.WriteString(strconv.Itoa(n))
	b.WriteString("}}")
}

// split puts what was hidden back and cuts small at the numbers, which must be
// those from 0 to n-2 in order.
func split(small string, hidden map[int]string, n int) ([]string, bool) {
	texts := make([]string, 0, n)
	var cur strings.Builder
	var cut func(s string, depth int) bool
	cut = func(s string, depth int) bool {
		for {
			before, rest, found := strings.Cut(s, "{{")
			cur.WriteString(before)
			if !found {
				return true
			}
			num, rest, found := strings.Cut(rest, "}}")
			k, err := strconv.Atoi(num)
			if !found || err != nil || k != len(texts) {
				return false
			}
			s = rest
			if h, ok := hidden[k]; ok && depth == 0 {
				if !cut(h, 1) {
					return false
				}
				continue
			}
			texts = append(texts, cur.String())
			cur.Reset()
		}
	}
	if !cut(small, 0) {
		return nil, false
	}
	return append(texts, cur.String()), len(texts)+1 == n
}

// hide replaces what the minifier would spoil by the first number in it, makes
// white space within tags one space, and returns the inline scripts that are
// left. Hidden are: comments, the contents of script, style and textarea,
// and svg and math elements, each if there is a number in it.
func hide(doc string) (visible string, hidden map[int]string, scripts []string) {
	hidden = map[int]string{}
	var out strings.Builder
	// put writes a stretch that is hidden if there is a number in it.
	put := func(s string) bool {
		_, rest, found := strings.Cut(s, "{{")
		if !found {
			out.WriteString(s)
			return false
		}
		num, _, _ := strings.Cut(rest, "}}")
		n, _ := strconv.Atoi(num)
		hidden[n] = s
		number(&out, n)
		return true
	}
	for i := 0; i < len(doc); {
		j := strings.IndexByte(doc[i:], '<')
		if j < 0 {
			out.WriteString(doc[i:])
			break
		}
		out.WriteString(doc[i : i+j])
		i += j
		if strings.HasPrefix(doc[i:], "<!--") {
			end := len(doc)
			if k := strings.Index(doc[i+4:], "-->"); k >= 0 {
				end = i + 4 + k + 3
			}
			put(doc[i:end])
			i = end
			continue
		}
		name := tagName(doc[i+1:])
		if name == "" {
			out.WriteByte('<')
			i++
			continue
		}
		if name == "svg" || name == "math" {
			end := elementEnd(doc[i:], name)
			element := doc[i : i+end]
			if strings.Contains(element, "{{") && !strings.Contains(element, "<text") {
				element = betweenTags(element)
			}
			put(element)
			i += end
			continue
		}
		end := squeezeTag(&out, doc[i:])
		i += end
		if name == "script" || name == "style" || name == "textarea" {
			end := endTag(doc[i:], name)
			if content := doc[i : i+end]; content != "" && !put(content) && name != "textarea" {
				scripts = append(scripts, content)
			}
			i += end
		}
	}
	return out.String(), hidden, scripts
}

// tagName returns the name, in lower case, of the start tag whose text after < is s.
func tagName(s string) string {
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || n > 0 && (s[n] >= '0' && s[n] <= '9' || s[n] == '-')) {
		n++
	}
	return strings.ToLower(s[:n])
}

// squeezeTag writes the tag with which s begins, each white space outside of
// quotes as one space, and returns its length.
func squeezeTag(out *strings.Builder, s string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			out.WriteByte(c)
		case c == '"' || c == '\'':
			quote = c
			out.WriteByte(c)
		case isSpace(c) || c == '\f':
			if i+1 < len(s) && !isSpace(s[i+1]) && s[i+1] != '>' {
				out.WriteByte(' ')
			}
		case c == '>':
			out.WriteByte(c)
			return i + 1
		default:
			out.WriteByte(c)
		}
	}
	return len(s)
}

// endTag returns where the end tag of the raw element begins, or the end.
func endTag(s, name string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], "</")
		if i < 0 {
			return len(s)
		}
		from += i
		if tagName(s[from+2:]) == name {
			return from
		}
		from += 2
	}
}

// elementEnd returns where the element that begins s ends, its end tag included.
func elementEnd(s, name string) int {
	depth := 0
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			break
		}
		i += j + 1
		closing := i < len(s) && s[i] == '/'
		if closing {
			i++
		}
		isName := tagName(s[i:]) == name
		end := i
		if end = strings.IndexByte(s[i:], '>'); end < 0 {
			break
		}
		end += i
		if isName && closing {
			depth--
		} else if isName && s[end-1] != '/' {
			depth++
		}
		i = end + 1
		if depth == 0 {
			return i
		}
	}
	return len(s)
}

// betweenTags takes the white space between two tags away, and makes the rest
// one space each, outside of quotes.
func betweenTags(s string) string {
	var out strings.Builder
	var quote byte
	inTag := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case inTag && (c == '"' || c == '\''):
			quote = c
		case c == '<':
			inTag = true
		case c == '>':
			inTag = false
		case isSpace(c):
			j := i
			for j < len(s) && isSpace(s[j]) {
				j++
			}
			before := out.String()
			if (inTag || !strings.HasSuffix(before, ">") || j == len(s) || s[j] != '<') && !(inTag && j < len(s) && s[j] == '>') {
				out.WriteByte(' ')
			}
			i = j - 1
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// inlineProblem warns of the inline script or style that the minifier refused.
func (s *source) inlineProblem(scripts []string, err error, l *diag.List) {
	pos := diag.Pos{File: file(s.name)}
	for _, script := range scripts {
		at := strings.Index(s.text, script)
		if at < 0 {
			continue
		}
		if _, e := minify.Bytes(minify.JS, []byte(script)); e != nil {
			err = e
			var pe *tdparse.Error
			if errors.As(e, &pe) {
				for ; pe.Line > 1; pe.Line-- {
					at += strings.IndexByte(s.text[at:], '\n') + 1
				}
				at += max(pe.Column-1, 0)
			}
			pos = s.pos(at)
			break
		}
	}
	message, _, _ := strings.Cut(err.Error(), " on line ")
	l.Warnf(pos, rule, "this inline script does not parse, so the template is not minified: %s", strings.ReplaceAll(message, "\n", " ")).
		Hint = "mend it, or better move it into a file of layouts/assets"
}

// trimEdges takes the white space at a file's beginning and end away: it is not
// part of the template, so that an included one joins what is around it.
func trimEdges(root *parse.ListNode) {
	for len(root.Nodes) > 0 {
		n, ok := root.Nodes[0].(*parse.TextNode)
		if !ok {
			break
		}
		if n.Text = bytes.TrimLeft(n.Text, spaces); len(n.Text) > 0 {
			break
		}
		root.Nodes = root.Nodes[1:]
	}
	for len(root.Nodes) > 0 {
		n, ok := root.Nodes[len(root.Nodes)-1].(*parse.TextNode)
		if !ok {
			break
		}
		if n.Text = bytes.TrimRight(n.Text, spaces); len(n.Text) > 0 {
			break
		}
		root.Nodes = root.Nodes[:len(root.Nodes)-1]
	}
}

// tidy readies a tree to be run: texts with nothing in them go, and each list
// that may run many times, and the whole, begins with an empty text, which lets
// the writer count, and stop.
func tidy(root *parse.ListNode) {
	var ranges []*parse.RangeNode
	walk(root, func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			n.Nodes = slices.DeleteFunc(n.Nodes, isEmptyText)
		case *parse.RangeNode:
			ranges = append(ranges, n)
		}
	})
	for _, r := range ranges {
		tick(r.List)
	}
	tick(root)
}

func tick(list *parse.ListNode) {
	list.Nodes = append([]parse.Node{&parse.TextNode{NodeType: parse.NodeText, Pos: list.Pos}}, list.Nodes...)
}

func isEmptyText(n parse.Node) bool {
	t, ok := n.(*parse.TextNode)
	return ok && len(t.Text) == 0
}
