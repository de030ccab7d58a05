package asset

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"guidepost/generator/internal/diag"
)

// A builder makes files in the order of what they name: a file's hash covers
// the names of others, so theirs must be known.
type builder struct {
	names   []string // sorted
	sources map[string][]byte
	made    map[string]*File
	on      []string       // the files on the way, from the first that was asked for
	imports *regexp.Regexp // of scripts
	l       *diag.List
}

func newBuilder(l *diag.List) *builder {
	return &builder{sources: map[string][]byte{}, made: map[string]*File{}, l: l,
		imports: regexp.MustCompile(`\b(?:from|import)\s*\(?\s*(?:"(\.\.?/[^"'\\\s]+)"|'(\.\.?/[^"'\\\s]+)')`)}
}

func (b *builder) add(name string, src []byte) {
	b.names = append(b.names, name)
	b.sources[name] = src
	slices.Sort(b.names)
}

// file makes the file of name, which is there.
func (b *builder) file(name string) *File {
	if f := b.made[name]; f != nil {
		return f
	}
	b.on = append(b.on, name)
	defer func() { b.on = b.on[:len(b.on)-1] }()
	src := b.sources[name]
	where := "layouts/assets/" + name
	out := src
	switch strings.ToLower(path.Ext(name)) {
	case ".css":
		rewritten, problems := rewriteStyle(src, where, func(ref string, at, length int) string { return b.resolve(name, ref, at, length) })
		*b.l = append(*b.l, problems...)
		if out = rewritten; len(problems) == 0 {
			out, problems = small(where, name, rewritten)
			*b.l = append(*b.l, problems...)
		}
	case ".js", ".mjs":
		minified, problems := small(where, name, src)
		*b.l = append(*b.l, problems...)
		out = b.rewriteImports(name, src, minified)
	default:
		var problems diag.List
		out, problems = small(where, name, src)
		*b.l = append(*b.l, problems...)
	}
	f := publish(name, out)
	b.made[name] = f
	return f
}

// resolve returns what is to be written in the file of name for ref, which
// stands at bytes at to at+length of it; or nothing if that is to stay.
func (b *builder) resolve(name, ref string, at, length int) string {
	target, suffix := ref, ""
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		target, suffix = ref[:i], ref[i:]
	}
	if i := strings.IndexAny(target, ":/"); target == "" || i >= 0 && target[i] == ':' {
		return ""
	}
	decoded, err := url.PathUnescape(target)
	if err != nil {
		decoded = target
	}
	switch {
	case strings.HasPrefix(decoded, "/assets/"):
		decoded = path.Clean(strings.TrimPrefix(decoded, "/assets/"))
	case strings.HasPrefix(decoded, "/"):
		return ""
	default:
		decoded = path.Join(path.Dir(name), decoded)
	}
	warn := func(severity diag.Severity, message, hint string) {
		pos := position("layouts/assets/"+name, b.sources[name], at)
		*b.l = append(*b.l, diag.Diag{Pos: pos, EndCol: pos.Col + utf8.RuneCount(b.sources[name][at:at+length]),
			Severity: severity, Rule: rule, Message: message, Hint: hint})
	}
	if b.sources[decoded] == nil {
		if strings.HasPrefix(decoded, "../") {
			warn(diag.Warning, ref+" leads out of layouts/assets", "put the file there, or write an address that begins with /")
			return ""
		}
		var near []string
		for _, n := range b.names {
			if path.Base(n) == path.Base(decoded) {
				near = append(near, n)
			}
		}
		if near == nil {
			near = diag.Nearest(decoded, b.names, 3)
		}
		warn(diag.Warning, "no file "+decoded+" in layouts/assets", diag.DidYouMean(near[:min(3, len(near))], "add it there, or take this away"))
		return ""
	}
	if i := slices.Index(b.on, decoded); i >= 0 {
		loop := append(slices.Clone(b.on[i:]), decoded)
		warn(diag.Error, "these files name each other in a circle: "+strings.Join(loop, " > "),
			"a file is named by its content, and that holds the name of the next: break the circle")
		return ""
	}
	to := relative(path.Dir("assets/"+name), b.file(decoded).Path)
	if first, _, _ := strings.Cut(to, "/"); strings.Contains(first, ":") {
		to = "./" + to // else its beginning would be a scheme
	}
	return (&url.URL{Path: to}).EscapedPath() + suffix
}

// relative returns the path from folder from to file to.
func relative(from, to string) string {
	f, t := strings.Split(from, "/"), strings.Split(to, "/")
	n := 0
	for n < len(f) && n < len(t)-1 && f[n] == t[n] {
		n++
	}
	return strings.Repeat("../", len(f)-n) + strings.Join(t[n:], "/")
}

// rewriteImports replaces what a script imports from files of layouts/assets.
// The minified script has no comments, so what looks like an import is one, or
// stands in a text and names a file that there is.
func (b *builder) rewriteImports(name string, src, minified []byte) []byte {
	var out []byte
	at := 0
	for _, m := range b.imports.FindAllSubmatchIndex(minified, -1) {
		start, end := m[2], m[3]
		if start < 0 {
			start, end = m[4], m[5]
		}
		ref := string(minified[start:end])
		place := max(bytes.Index(src, minified[start:end]), 0)
		if to := b.resolve(name, ref, place, min(len(ref), len(src)-place)); to != "" {
			if !strings.HasPrefix(to, ".") {
				to = "./" + to // else it would be the name of a package
			}
			out = append(append(out, minified[at:start]...), to...)
			at = end
		}
	}
	if at == 0 {
		return minified
	}
	return append(out, minified[at:]...)
}

// rewriteStyle replaces in a style sheet what it names by what resolve returns,
// where it returns something, and warns of brackets, texts and comments that
// are not closed. resolve is told where in src the name stands.
func rewriteStyle(src []byte, file string, resolve func(ref string, at, length int) string) ([]byte, diag.List) {
	var l diag.List
	in := append(make([]byte, 0, len(src)+1), src...)
	z := css.NewLexer(parse.NewInputBytes(in))
	out := make([]byte, 0, len(src)+64)
	type bracket struct {
		at       int
		close    css.TokenType
		imageSet bool
	}
	var open []bracket
	atImport := false // between @import and its address
	warn := func(at int, message, hint string) {
		l.Warnf(position(file, src, at), rule, "%s", message).Hint = hint
	}
	for at := 0; ; {
		tt, data := z.Next()
		if tt == css.ErrorToken {
			// At a zero byte the lexer takes the end for reached, or goes on: what
			// is left stays as it is.
			out = append(out, src[at:]...)
			break
		}
		written := data
		quoted := func(ref string) { written = []byte(`"` + ref + `"`) }
		switch tt {
		case css.LeftBraceToken:
			open = append(open, bracket{at, css.RightBraceToken, false})
		case css.LeftBracketToken:
			open = append(open, bracket{at, css.RightBracketToken, false})
		case css.LeftParenthesisToken:
			open = append(open, bracket{at, css.RightParenthesisToken, false})
		case css.FunctionToken:
			name := strings.ToLower(string(data))
			open = append(open, bracket{at, css.RightParenthesisToken, name == "image-set(" || name == "-webkit-image-set("})
		case css.RightBraceToken, css.RightBracketToken, css.RightParenthesisToken:
			if n := len(open); n > 0 && open[n-1].close == tt {
				open = open[:n-1]
			} else if len(l) == 0 {
				warn(at, "there is nothing open here that "+string(data)+" could close", "take it away, or open what it closes")
			}
		case css.BadStringToken:
			warn(at, "this text is not closed on its line", "put the quotation mark where it ends")
		case css.BadURLToken:
			warn(at, "this url(…) cannot be read", "put the address into quotation marks and close the bracket")
		case css.CommentToken:
			if !bytes.HasSuffix(data, []byte("*/")) || len(data) < 4 {
				warn(at, "this comment is never closed", "put */ where it ends")
			}
		case css.StringToken:
			imageSet := len(open) > 0 && open[len(open)-1].imageSet
			if data[len(data)-1] != data[0] || len(data) < 2 {
				warn(at, "this text is never closed", "put the quotation mark where it ends")
			} else if atImport || imageSet {
				if to := resolve(unescape(data[1:len(data)-1]), at, len(data)); to != "" {
					quoted(to)
				}
			}
		case css.URLToken:
			inner := bytes.TrimRight(bytes.TrimSpace(data[bytes.IndexByte(data, '(')+1:]), ")")
			inner = bytes.TrimSpace(inner)
			if n := len(inner); n > 1 && (inner[0] == '"' || inner[0] == '\'') && inner[n-1] == inner[0] {
				inner = inner[1 : n-1]
			}
			if data[len(data)-1] != ')' {
				warn(at, "this url(…) is never closed", "put the bracket where it ends")
			} else if to := resolve(unescape(inner), at, len(data)); to != "" {
				written = []byte(`url("` + to + `")`)
			}
		}
		if tt != css.WhitespaceToken && tt != css.CommentToken {
			atImport = tt == css.AtKeywordToken && strings.EqualFold(string(data), "@import")
		}
		out = append(out, written...)
		at += len(data)
	}
	if len(open) > 0 && len(l) == 0 {
		warn(open[len(open)-1].at, "this "+string(src[open[len(open)-1].at])+" is never closed", "close it where it ends")
		if b := open[len(open)-1]; b.close == css.RightParenthesisToken {
			l[len(l)-1].Message = "this ( is never closed"
		}
	}
	return out, l
}

// unescape undoes the escapes of a text in a style sheet.
func unescape(s []byte) string {
	if bytes.IndexByte(s, '\\') < 0 {
		return string(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		n, r := 0, rune(0)
		for n < 6 && i+n < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i+n]) >= 0 {
			r = r<<4 | rune(strings.IndexByte("0123456789abcdef", s[i+n]|0x20))
			n++
		}
		switch {
		case n > 0:
			b.WriteRune(r)
			i += n - 1
			if i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\n' || s[i+1] == '\t') {
				i++
			}
		case s[i] != '\n':
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// position is the place of a byte offset in src.
func position(file string, src []byte, offset int) diag.Pos {
	before := src[:min(offset, len(src))]
	return diag.Pos{File: file, Line: bytes.Count(before, []byte("\n")) + 1,
		Col: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
}
