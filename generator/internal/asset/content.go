package asset

import (
	"bytes"
	"errors"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/xml"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/minify"
)

// What is minified at most, in bytes. Some of the minifiers take time that grows
// with the square of the input, and files of that size are finished ones.
const (
	maxScript = 256 << 10
	maxText   = 2 << 20
)

// Content prepares a file that lies in content/: SVG, CSS, JavaScript and JSON are
// minified, the rest stays as it is. name is its path from the site's
// folder or from content/. A file with a mistake is a warning and stays as it
// is; so is a picture that holds a script.
func Content(name string, src []byte) ([]byte, diag.List) {
	file := name
	if !strings.HasPrefix(name, "content/") {
		file = "content/" + name
	}
	var l diag.List
	if strings.EqualFold(path.Ext(name), ".svg") {
		l = scripts(file, src)
	}
	out, problems := small(file, name, src)
	return out, append(l, problems...)
}

// mediatype is what the minifier makes of a file of that name, or nothing.
func mediatype(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".css":
		return minify.CSS
	case ".js", ".mjs":
		return minify.JS
	case ".svg":
		return minify.SVG
	case ".json", ".webmanifest", ".map":
		return minify.JSON
	}
	return ""
}

// small minifies src by the type that name tells. On a mistake it returns src
// and a warning.
func small(file, name string, src []byte) ([]byte, diag.List) {
	mt := mediatype(name)
	limit := maxText
	if mt == minify.JS {
		limit = maxScript
	}
	if mt == "" || len(src) > limit || len(src) == 0 {
		return src, nil
	}
	var l diag.List
	// A byte order mark is no part of the text. A zero byte is the end to the
	// minifiers, which would lose the rest without a word.
	text := bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if i := badByte(text); i >= 0 {
		at := i + len(src) - len(text)
		l.Warnf(position(file, src, at), rule, "the byte 0x%02x here is not text, so the file is published as it is", src[at]).
			Hint = "save it as UTF-8"
		return src, l
	}
	out, err := minify.Bytes(mt, text)
	if err == nil {
		return out, nil
	}
	pos := diag.Pos{File: file, Line: 1, Col: 1}
	message := err.Error()
	if pe := (*parse.Error)(nil); errors.As(err, &pe) {
		pos.Line, pos.Col = max(pe.Line, 1), max(pe.Column, 1)
		message = pe.Message
	}
	message, _, _ = strings.Cut(message, "\n")
	l.Warnf(pos, rule, "does not parse, so it is published as it is: %s", message).Hint = "mend what stands here"
	return src, l
}

// badByte returns the offset of the first zero byte or byte that is not UTF-8,
// or -1.
func badByte(text []byte) int {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c == 0 {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// scripts warns of what in an SVG can run or load: it does nothing where the
// picture is shown by <img>, and all of it where its address is opened.
func scripts(file string, src []byte) diag.List {
	var l diag.List
	const enough = 20
	in := append(make([]byte, 0, len(src)+1), src...)
	z := xml.NewLexer(parse.NewInputBytes(in))
	element := ""
	warn := func(at int, what string) {
		l.Warnf(position(file, src, at), "svg-script", "this picture holds %s", what).
			Hint = "save it again without scripts and links, as a plain SVG"
	}
	for at := 0; len(l) < enough; {
		tt, data := z.Next()
		switch tt {
		case xml.ErrorToken:
			return l
		case xml.StartTagToken:
			element = local(z.Text())
			switch element {
			case "script", "handler", "listener":
				warn(at, "a script")
			case "foreignobject", "iframe", "embed", "object":
				warn(at, "foreign content, <"+string(z.Text())+">")
			}
		case xml.EndTagToken, xml.StartTagCloseVoidToken:
			element = ""
		case xml.AttributeToken:
			name := strings.ToLower(string(z.Text()))
			value := strings.ToLower(strings.TrimSpace(string(bytes.Trim(z.AttrVal(), `"'`))))
			// Control characters within a scheme are passed over by browsers.
			value = strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, value)
			at := at + len(data) - len(bytes.TrimLeft(data, " \t\r\n"))
			key := local([]byte(name))
			switch {
			case strings.HasPrefix(name, "on"):
				warn(at, "a script, "+name)
			case strings.Contains(strings.ReplaceAll(value, "&#", "javascript:"), "javascript:"):
				// An address with characters written as numbers is hiding something.
				if key == "href" || key == "values" || key == "to" || key == "from" {
					warn(at, "an address that runs a script")
				}
			case (key == "href" || key == "src") && element != "a" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/") && value != "":
				warn(at, "something from elsewhere, "+short(value))
			}
		case xml.TextToken, xml.CDATAToken:
			if element == "style" && (bytes.Contains(bytes.ToLower(data), []byte("@import")) || bytes.Contains(bytes.ToLower(data), []byte("//"))) {
				warn(at, "styles from elsewhere")
			}
		case xml.DOCTYPEToken:
			if bytes.Contains(data, []byte("<!ENTITY")) {
				warn(at, "entities, behind which anything may be")
			}
		}
		at += len(data)
	}
	return l
}

// local is a name in lower case without its name space.
func local(name []byte) string {
	return strings.ToLower(string(name[bytes.IndexByte(name, ':')+1:]))
}

func short(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:57], "") + "…"
	}
	return s
}
