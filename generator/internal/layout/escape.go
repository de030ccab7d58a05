package layout

import (
	"fmt"
	"html/template"
	"strings"
	"text/template/parse"
)

// Escaping at less cost. html/template decides what is escaped and how; each of
// its escapers is then called through reflection with a slice of its own, three
// of them for an address, and most of what they are given they give back
// unchanged. Here each chain of escapers that is frequent is replaced by one
// function, which returns a value that the chain would not change as it is, and
// gives anything else to html/template. A chain that is not known, be it of
// another version of Go, stays. Rejected: escapers of our own, which would have
// to be as good as those of html/template.

// An escape is a chain of html/template's escapers and a template that it makes
// of "{{.}}" between two fixed texts.
type escape struct {
	chain         string
	name          string
	before, after string
	plain         func(v any) bool // whether the chain leaves v as it is
}

func escapes() []escape {
	return []escape{
		{"htmlescaper", "_guidepost_text", "", "", func(v any) bool {
			switch v := v.(type) {
			case template.HTML:
				return true
			case string:
				return isPlain(v, &plainText)
			}
			return false
		}},
		{"attrescaper", "_guidepost_attr", `<a title="`, `">`, func(v any) bool {
			s, ok := v.(string)
			return ok && isPlain(s, &plainText)
		}},
		{"urlfilter urlnormalizer attrescaper", "_guidepost_url", `<a href="`, `">`, func(v any) bool {
			switch v := v.(type) {
			case template.URL:
				return isPlain(string(v), &plainURL)
			case string:
				// Without a colon there is no scheme.
				return isPlain(v, &plainURL) && strings.IndexByte(v, ':') < 0
			}
			return false
		}},
		{"urlnormalizer attrescaper", "_guidepost_url_rest", `<a href="/`, `">`, func(v any) bool {
			switch v := v.(type) {
			case template.URL:
				return isPlain(string(v), &plainURL)
			case string:
				return isPlain(v, &plainURL)
			}
			return false
		}},
		{"urlescaper attrescaper", "_guidepost_fragment", `<a href="#`, `">`, func(v any) bool {
			s, ok := v.(string)
			return ok && isPlain(s, &plainFragment)
		}},
	}
}

// plainText, plainURL and plainFragment are the bytes that no escaper of text,
// addresses, and fragments and queries changes.
var plainText, plainURL, plainFragment = func() (text, url, fragment [256]bool) {
	for c := range 256 {
		text[c] = !strings.ContainsRune("\x00\"&'+<>", rune(c))
	}
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/?=#:" {
		url[c] = true
		fragment[c] = !strings.ContainsRune("/?=#:", c)
	}
	return text, url, fragment
}()

func isPlain(s string, plain *[256]bool) bool {
	for i := range len(s) {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

// addEscapes adds the functions of the chains to funcs.
func (s *Set) addEscapes(funcs map[string]any) {
	for _, e := range escapes() {
		t := template.Must(template.New("").Parse(e.before + "{{.}}" + e.after))
		do := func(v any) any {
			if e.plain(v) {
				return v
			}
			var b strings.Builder
			if err := t.Execute(&b, v); err != nil {
				panic(fmt.Errorf("this cannot be printed: %w", err))
			}
			s := b.String()
			return s[len(e.before) : len(s)-len(e.after)]
		}
		funcs[e.name], s.escapes[e.name] = do, do
	}
}

// fuse replaces the chains in an escaped tree. What include returns has been
// escaped and needs none in text.
func fuse(root *parse.ListNode) {
	names := map[string]string{}
	for _, e := range escapes() {
		names[e.chain] = e.name
	}
	walk(root, func(n parse.Node) {
		a, ok := n.(*parse.ActionNode)
		if !ok {
			return
		}
		cmds := a.Pipe.Cmds
		from := len(cmds)
		var chain []string
		for ; from > 0 && len(cmds[from-1].Args) == 1; from-- {
			id, ok := cmds[from-1].Args[0].(*parse.IdentifierNode)
			if !ok || !strings.HasPrefix(id.Ident, "_html_template_") {
				break
			}
			chain = append([]string{strings.TrimPrefix(id.Ident, "_html_template_")}, chain...)
		}
		name := names[strings.Join(chain, " ")]
		if name == "" || from == 0 {
			return
		}
		if id, ok := cmds[from-1].Args[0].(*parse.IdentifierNode); ok && isInclude(id.Ident) && name == "_guidepost_text" {
			a.Pipe.Cmds = cmds[:from]
			return
		}
		id := cmds[from].Args[0].(*parse.IdentifierNode)
		id.Ident = name
		a.Pipe.Cmds = cmds[:from+1]
	})
}
