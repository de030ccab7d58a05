package layout

import (
	"strconv"
	"strings"
	"text/template/parse"
	"unicode/utf8"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// rule is the name of every problem of this package.
const rule = "layout"

// manual is the way out where nothing better can be said.
const manual = "how layouts are written is told in layouts/README.md"

// Limits of one template file. They are far above what people write, and keep
// parser and escaper, which work by recursion, away from their own ends.
const (
	maxSource  = 1 << 20 // bytes
	maxNesting = 200     // of {{if}}, {{range}}, {{with}}, {{block}}, and {{else if}}
	maxRanges  = 8       // of {{range}} in one another: html/template escapes each body twice
)

// A source is a template file: what was written, and what became of it.
type source struct {
	name    string // path in layouts/: "partials/card.html"
	text    string // as written, without a byte order mark
	digest  cache.Digest
	actions []action
	// written are the file's templates with the text as it was written, by
	// name: the file's own and its {{define}}s. small are the same trees with
	// the text minified; their nodes keep their places in text.
	written, small map[string]*parse.Tree
	problems       diag.List // why there are no trees
	reaches        []string  // files named in {{template}}, in any of its trees
	assets         []string  // names given to the function asset
}

// An action is the place of one {{…}} in a source.
type action struct {
	start, end            int // with its braces
	trimBefore, trimAfter bool
	comment               bool
	word                  string // "if", "range", "end", …: its first word, or empty
}

// scan finds the actions of text just as the lexer of text/template does. It
// stops at one that is never closed, which the parser then tells.
func scan(text string) []action {
	var list []action
	for at := 0; ; {
		n := strings.Index(text[at:], "{{")
		if n < 0 {
			return list
		}
		a := action{start: at + n}
		i := a.start + 2
		if i+1 < len(text) && text[i] == '-' && isSpace(text[i+1]) {
			a.trimBefore = true
			i += 2
		}
		if strings.HasPrefix(text[i:], "/*") {
			n := strings.Index(text[i+2:], "*/")
			if n < 0 {
				return list
			}
			a.comment = true
			i += 2 + n + 2
		} else {
			rest := strings.TrimLeft(text[i:], spaces)
			a.word = rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"))]
		}
		for {
			if i >= len(text) {
				return list
			}
			c := text[i]
			if c == '}' && strings.HasPrefix(text[i:], "}}") {
				break
			}
			i++
			if c == '"' || c == '\'' || c == '`' {
				for ; i < len(text) && text[i] != c; i++ {
					if c != '`' && text[i] == '\\' {
						i++
					}
				}
				i++
			}
		}
		a.trimAfter = text[i-1] == '-' && isSpace(text[i-2])
		a.end = i + 2
		list = append(list, a)
		at = a.end
	}
}

// spaces are what trim markers trim.
const spaces = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// open reads and parses src. A source with problems has no trees.
func open(name string, src []byte, funcs map[string]any) *source {
	s := &source{name: name, digest: cache.Sum(src), text: strings.TrimPrefix(string(src), "\ufeff")}
	l := &s.problems
	switch {
	case len(src) > maxSource:
		l.Errorf(diag.Pos{File: file(name)}, rule, "this template is %s; the most is 1 MB", megabytes(len(src))).
			Hint = "move pictures and data into files of their own"
		return s
	case !utf8.ValidString(s.text):
		at := 0
		for at < len(s.text) {
			r, n := utf8.DecodeRuneInString(s.text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		l.Errorf(s.pos(at), rule, "the byte 0x%02x here is not UTF-8", s.text[at]).Hint = "save the file as UTF-8"
		return s
	}
	s.actions = scan(s.text)
	if s.tooDeep(l) {
		return s
	}
	s.written = map[string]*parse.Tree{}
	if _, err := parse.New(name).Parse(s.text, "", "", s.written, funcs, builtins); err != nil {
		s.written = nil
		s.parseProblem(err, funcs, l)
		return s
	}
	// A file of nothing but space is still a template, one that prints nothing.
	if s.written[name] == nil {
		s.written[name] = &parse.Tree{Name: name, ParseName: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
	}
	return s
}

// builtins are the functions that html/template brings along. The parser wants
// to know their names only.
var builtins = map[string]any{
	"and": true, "call": true, "eq": true, "ge": true, "gt": true, "html": true, "index": true, "js": true,
	"le": true, "len": true, "lt": true, "ne": true, "not": true, "or": true, "print": true, "printf": true,
	"println": true, "slice": true, "urlquery": true,
}

// file is what a template's file is called in problems.
func file(name string) string { return "layouts/" + name }

// pos is the place of a byte offset.
func (s *source) pos(offset int) diag.Pos {
	before := s.text[:min(max(offset, 0), len(s.text))]
	line := strings.Count(before, "\n") + 1
	col := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return diag.Pos{File: file(s.name), Line: line, Col: col}
}

// line returns the offsets of the beginning and end of line n, from 1.
func (s *source) line(n int) (start, end int) {
	for ; n > 1; n-- {
		i := strings.IndexByte(s.text[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	end = len(s.text)
	if i := strings.IndexByte(s.text[start:], '\n'); i >= 0 {
		end = start + i
	}
	return start, end
}

// isOpener reports whether an action that begins with word wants an {{end}}.
func isOpener(word string) bool {
	switch word {
	case "if", "range", "with", "block", "define":
		return true
	}
	return false
}

// tooDeep tells of actions in one another beyond the limits, before any parser
// runs.
func (s *source) tooDeep(l *diag.List) bool {
	type level struct{ depth, ranges int }
	stack := []level{{}}
	for _, a := range s.actions {
		top := stack[len(stack)-1]
		switch {
		case isOpener(a.word):
			next := level{top.depth + 1, top.ranges}
			if a.word == "range" {
				next.ranges++
			}
			stack = append(stack, next)
			top = next
		case a.word == "else":
			// {{else if}} is an if within the else.
			stack[len(stack)-1].depth++
			top.depth++
		case a.word == "end" && len(stack) > 1:
			stack = stack[:len(stack)-1]
		}
		switch {
		case top.ranges > maxRanges:
			l.Errorf(s.pos(a.start), rule, "more than %d ranges in one another", maxRanges).
				Hint = "move the inner ones into a template of their own and include it"
			return true
		case top.depth > maxNesting:
			l.Errorf(s.pos(a.start), rule, "more than %d actions in one another", maxNesting).
				Hint = "move the inner ones into a template of their own and include it"
			return true
		}
	}
	return false
}

// parseProblem tells what the parser found. It gives a line only, so the column
// is looked for.
func (s *source) parseProblem(err error, funcs map[string]any, l *diag.List) {
	text := strings.TrimPrefix(err.Error(), "template: "+s.name+":")
	number, message, _ := strings.Cut(text, ": ")
	n, convErr := strconv.Atoi(number)
	if convErr != nil {
		n, message = 1, text
	}
	message, _, _ = strings.Cut(message, " in action started at ")
	message, _, _ = strings.Cut(message, " started at ")
	start, end := s.line(n)
	at := start
	if i := strings.Index(s.text[start:end], "{{"); i >= 0 {
		at += i
	}
	d := l.Errorf(diag.Pos{}, rule, "%s", strings.ReplaceAll(message, "\n", " "))

	quoted := firstQuoted(message)
	switch {
	case strings.HasPrefix(message, "function "):
		if i := indexWord(s.text[start:end], quoted); i >= 0 {
			at = start + i
			d.EndCol = s.pos(at).Col + utf8.RuneCountInString(quoted)
		}
		names := make([]string, 0, len(funcs)+len(builtins))
		for _, m := range []map[string]any{funcs, builtins} {
			for name := range m {
				names = append(names, name)
			}
		}
		d.Message = "there is no function " + strconv.Quote(quoted)
		d.Hint = diag.DidYouMean(diag.Nearest(quoted, names, 3), "the functions are told in layouts/README.md")
	case strings.HasPrefix(message, "unexpected EOF"):
		if a := s.neverClosed(); a != nil {
			at = a.start
			d.Message = "{{" + a.word + "}} is never closed"
			d.Hint = "put {{end}} where it ends"
		} else {
			at = len(s.text)
			d.Message = "the template ends within an action"
		}
	case strings.HasPrefix(message, "unexpected {{end}}"), strings.HasPrefix(message, "unexpected {{else}}"):
		word := message[len("unexpected {{"):strings.Index(message, "}}")]
		for _, a := range s.actions {
			if a.word == word && a.start >= start && a.start <= end {
				at = a.start
			}
		}
		d.Message = "there is nothing open here that {{" + word + "}} could belong to"
		d.Hint = "take it away, or open what it belongs to with {{if}}, {{range}} or {{with}}"
	case strings.HasPrefix(message, "unclosed action"), strings.HasPrefix(message, "unclosed comment"):
		// The lexer tells the line on which it gave up, which may be far below.
		from := 0
		if n := len(s.actions); n > 0 {
			from = s.actions[n-1].end
		}
		if i := strings.Index(s.text[from:], "{{"); i >= 0 {
			at = from + i
		}
		d.Message = "this action is never closed"
		if strings.HasPrefix(message, "unclosed comment") {
			d.Message = "this comment is never closed"
		}
		d.Hint = "put }} where it ends"
	case strings.Contains(message, "multiple definition of template"):
		quoted = firstQuoted(message[strings.Index(message, "multiple definition"):])
		d.Message = "a template named " + strconv.Quote(quoted) + " is defined twice in this file"
		d.Hint = "give one of them another name"
		for _, a := range s.actions {
			if (a.word == "define" || a.word == "block") && strings.Contains(s.text[a.start:a.end], strconv.Quote(quoted)) {
				at = a.start
			}
		}
	case strings.HasPrefix(message, "bad character U+007D"):
		d.Message = "this action ends in one } instead of two"
		d.Hint = "write }}"
	case quoted != "":
		if i := strings.Index(s.text[start:end], quoted); i >= 0 && len(quoted) > 1 {
			at = start + i
		}
	}
	if d.Hint == "" {
		d.Hint = manual
	}
	d.Pos = s.pos(at)
}

// neverClosed returns the innermost action that wants an {{end}} and has none.
func (s *source) neverClosed() *action {
	var stack []*action
	for i := range s.actions {
		switch a := &s.actions[i]; {
		case isOpener(a.word):
			stack = append(stack, a)
		case a.word == "end" && len(stack) > 0:
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

// firstQuoted returns the first "…" of message, unquoted, or nothing.
func firstQuoted(message string) string {
	i := strings.IndexByte(message, '"')
	if i < 0 {
		return ""
	}
	q, err := strconv.QuotedPrefix(message[i:])
	if err != nil {
		return ""
	}
	s, _ := strconv.Unquote(q)
	return s
}

// indexWord is strings.Index for a whole word.
func indexWord(s, word string) int {
	isWord := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 'a' && s[i] <= 'z')
	}
	for from := 0; word != ""; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			break
		}
		i += from
		if !isWord(i-1) && !isWord(i+len(word)) {
			return i
		}
		from = i + 1
	}
	return -1
}

// walk calls f for node and everything in it, outermost first.
func walk(node parse.Node, f func(parse.Node)) {
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, f)
		walk(b.List, f)
		if b.ElseList != nil {
			walk(b.ElseList, f)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		f(n)
		for _, c := range n.Nodes {
			walk(c, f)
		}
	case *parse.ActionNode:
		f(n)
		walk(n.Pipe, f)
	case *parse.IfNode:
		f(n)
		branch(&n.BranchNode)
	case *parse.WithNode:
		f(n)
		branch(&n.BranchNode)
	case *parse.RangeNode:
		f(n)
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		f(n)
		walk(n.Pipe, f)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		f(n)
		for _, c := range n.Cmds {
			walk(c, f)
		}
	case *parse.CommandNode:
		f(n)
		for _, a := range n.Args {
			walk(a, f)
		}
	case *parse.ChainNode:
		f(n)
		walk(n.Node, f)
	default:
		f(n)
	}
}
