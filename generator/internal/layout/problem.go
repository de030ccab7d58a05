package layout

import (
	"errors"
	"html/template"
	"strconv"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
)

// place is the place of a node in the source that it was written in.
func (e *entry) place(n parse.Node) (*source, diag.Pos) {
	var tree *parse.Tree
	for _, b := range e.trees {
		tree = b.src.written[b.name]
		break
	}
	location, _ := tree.ErrorContext(n)
	return e.locate(location)
}

// locate reads "name:line:col", col being bytes from 0.
func (e *entry) locate(location string) (*source, diag.Pos) {
	rest, col := cutLast(location)
	name, line := cutLast(rest)
	for _, b := range e.trees {
		if b.src.name == name {
			start, end := b.src.line(line)
			return b.src, b.src.pos(min(start+col, end))
		}
	}
	return e.root, diag.Pos{File: file(name), Line: line}
}

// cutLast cuts "a:b:7" into "a:b" and 7.
func cutLast(s string) (string, int) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil {
		return s, 0
	}
	return s[:i], n
}

// escapeProblem tells what html/template found wrong with the HTML around the
// actions.
func (e *entry) escapeProblem(err error) diag.Diag {
	d := diag.Diag{Pos: diag.Pos{File: file(e.root.name), Line: 1, Col: 1}, Severity: diag.Error, Rule: rule}
	var te *template.Error
	if !errors.As(err, &te) {
		d.Message = strings.ReplaceAll(strings.TrimPrefix(err.Error(), "html/template: "), "\n", " ")
		d.Hint = manual
		return d
	}
	d.Message = strings.ReplaceAll(te.Description, "\n", " ")
	if te.Node != nil {
		_, d.Pos = e.place(te.Node)
	} else {
		// What it found is in the message, as it was written.
		for rest := te.Description; ; {
			i := strings.IndexByte(rest, '"')
			if i < 0 {
				break
			}
			q, err := strconv.QuotedPrefix(rest[i:])
			if err != nil {
				break
			}
			rest = rest[i+len(q):]
			text, _ := strconv.Unquote(q)
			for _, name := range e.order {
				src := e.trees[name].src
				if at := strings.Index(src.text, text); at >= 0 && len(text) > 1 {
					d.Pos = src.pos(at)
				}
			}
		}
	}
	switch te.ErrorCode {
	case template.ErrEndContext:
		d.Message = "the template ends within a tag, attribute, comment, script or style"
		d.Hint = "close what is open here"
		d.Pos = e.root.pos(e.root.lastOpen())
	case template.ErrBranchEnd:
		word, _, _ := strings.Cut(strings.TrimPrefix(te.Description, "{{"), "}}")
		d.Message = "the branches of this {{" + word + "}} leave the HTML at different places: one within a tag or attribute, one not"
		d.Hint = "open and close quotes and tags within the same branch"
	case template.ErrRangeLoopReentry:
		d.Message = "a turn of this {{range}} leaves the HTML at another place than it found it"
		d.Hint = "open and close quotes and tags within the range"
	case template.ErrOutputContext:
		d.Message = "it cannot be told where in the HTML this template ends"
		d.Hint = "close its quotes and tags, and let a template that calls itself do so within an {{if}} or {{range}}"
	case template.ErrAmbigContext:
		d.Message = "it cannot be told which part of an address this is"
		d.Hint = "put the whole address into one action"
	case template.ErrBadHTML:
		d.Message = "the HTML here does not parse: " + d.Message
		d.Hint = "put attribute values into quotes"
	case template.ErrPredefinedEscaper:
		d.Message = d.Message + "; what is printed is escaped by itself"
		d.Hint = "take it away"
	}
	if d.Hint == "" {
		d.Hint = manual
	}
	return d
}

// lastOpen is the offset of the last tag or comment of s that is not closed.
func (s *source) lastOpen() int {
	at := strings.LastIndexByte(s.text, '<')
	if i := strings.LastIndex(s.text, "<!--"); i >= 0 && !strings.Contains(s.text[i:], "-->") {
		return i
	}
	for _, name := range []string{"<script", "<style", "<textarea", "<title"} {
		if i := strings.LastIndex(s.text, name); i >= 0 && !strings.Contains(s.text[i:], "</"+name[1:]) {
			return i
		}
	}
	// A quote that is left open takes in all tags up to the next quote: the
	// first tag with an odd number of them is the likeliest.
	for from := 0; ; {
		i := strings.IndexByte(s.text[from:], '<')
		if i < 0 {
			break
		}
		from += i
		tag := s.text[from:]
		if j := strings.IndexByte(tag[1:], '<'); j >= 0 {
			tag = tag[:j+1]
		}
		if tagName(tag[1:]) != "" && strings.Count(outside(tag), `"`)%2 != 0 {
			return from
		}
		from++
	}
	return max(at, 0)
}

// outside is s without its actions.
func outside(s string) string {
	var b strings.Builder
	at := 0
	for _, a := range scan(s) {
		b.WriteString(s[at:a.start])
		at = a.end
	}
	b.WriteString(s[at:])
	return b.String()
}

// runProblem tells why running e failed.
func (e *entry) runProblem(s *Set, err error) *diag.Diag {
	// A problem in an included template comes with its own place.
	if p := (*problem)(nil); errors.As(err, &p) {
		return &p.Diag
	}
	d := &diag.Diag{Pos: e.root.pos(0), Severity: diag.Error, Rule: rule}
	var te texttemplate.ExecError
	switch {
	case errors.Is(err, errTooLong):
		d.Message = "the page comes to more than 64 MB"
		d.Hint = "look for a range that goes over too much"
		return d
	case errors.Is(err, errTooManyIn):
		d.Message = "the template does not come to an end"
		d.Hint = "look for a range over a large number, or over too much"
		return d
	case !errors.As(err, &te):
		d.Hint = manual
		d.Message = strings.ReplaceAll(err.Error(), "\n", " ")
		return d
	}
	text := strings.TrimPrefix(te.Error(), "template: ")
	location, message, found := strings.Cut(text, ": executing ")
	if !found {
		d.Message, d.Hint = text, manual
		return d
	}
	src, pos := e.locate(location)
	d.Pos = pos
	var at string
	if _, rest, ok := strings.Cut(message, " at <"); ok {
		message = rest
	}
	at, message, _ = strings.Cut(message, ">: ")
	d.Message = strings.ReplaceAll(message, "\n", " ")
	if utf8.RuneCountInString(at) < 80 && d.Line > 0 {
		start, end := src.line(d.Line)
		if line := []rune(src.text[start:end]); strings.HasPrefix(string(line[min(d.Col-1, len(line)):]), at) {
			d.EndCol = d.Col + utf8.RuneCountInString(at)
		}
	}
	switch {
	case strings.HasPrefix(message, "can't evaluate field "):
		field, typ, _ := strings.Cut(strings.TrimPrefix(message, "can't evaluate field "), " in type ")
		d.Message = "there is no field ." + field + " in " + strings.TrimPrefix(strings.TrimPrefix(typ, "*"), "layout.")
		if strings.HasPrefix(typ, "interface") {
			d.Message = "what is here has no field ." + field
		}
	case strings.HasPrefix(message, "nil pointer evaluating "):
		what := strings.TrimPrefix(message, "nil pointer evaluating ")
		d.Message = "there is none here to take " + what[strings.LastIndexByte(what, '.'):] + " of"
		d.Hint = "put it into {{with …}} … {{end}}, which leaves it out where there is none"
	case strings.HasPrefix(message, "map has no entry for key "), strings.HasPrefix(message, "nil data; no entry for key "):
		key, _ := strconv.Unquote(message[strings.IndexByte(message, '"'):])
		d.Message = "this page gives no value for " + strconv.Quote(key)
		d.Hint = "where it may be missing, write {{with index .Params " + strconv.Quote(key) + "}}{{.}}{{end}}"
	case strings.HasPrefix(message, "exceeded maximum template depth"):
		d.Message = "this template calls itself without end"
		d.Hint = "give the next call less than it was given, and end it with {{if}} or {{range}}"
	case strings.HasPrefix(message, "error calling "):
		if _, rest, ok := strings.Cut(message, ": "); ok {
			d.Message = rest
		}
		if strings.Contains(message, "reflect: ") {
			d.Message = "this cannot be done with a value that is not there"
			d.Hint = "put it into {{with …}} … {{end}}, which leaves it out where there is none"
		}
	}
	if d.Hint == "" {
		d.Hint = manual
	}
	return d
}
