package content

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Longest names, in bytes, that every file system and archive can hold.
const (
	maxSegment = 200
	maxPath    = 1000
)

// root is the folder of what people write, as it begins every Card.File.
const root = "content/"

// FileID returns the ID and kind of the page that file makes, slug left
// aside: "content/a/b.md" is a/b, "content/a/index.md" is a. A link that names
// a file is looked up by it.
func FileID(file string) (ID, Kind) {
	p := strings.TrimSuffix(strings.TrimPrefix(nfc(file), root), ".md")
	if p == "index" {
		return "", Home
	}
	p = strings.TrimSuffix(p, "/index")
	if slug, ok := strings.CutPrefix(p, "topics/"); ok && !strings.Contains(slug, "/") {
		return ID(p), Topic
	}
	return ID(p), Article
}

// Misnamed returns the name that file should have, if it seems to be a page or
// a _defaults.yaml whose name is not quite one: what it holds back would be
// published. Otherwise it returns "".
func Misnamed(file string) string {
	name := file[strings.LastIndexByte(file, '/')+1:]
	low := strings.ToLower(name)
	if base, ext, ok := strings.Cut(low, "."); ok {
		switch ext {
		case "md":
			if !strings.HasPrefix(base, "_") {
				break // an article may be called so
			}
			fallthrough
		case "yaml", "yml", "toml", "json":
			switch strings.Trim(base, "_-") {
			case "default", "defaults":
				if name != "_defaults.yaml" {
					return "_defaults.yaml"
				}
			}
		}
	}
	for _, ext := range [...]string{".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx", ".md.txt"} {
		if len(low) > len(ext) && strings.HasSuffix(low, ext) && !strings.HasSuffix(name, ".md") {
			return name[:len(name)-len(ext)] + ".md"
		}
	}
	return ""
}

// folder returns the folder of file below content/, "" for content/ itself.
func folder(file string) string {
	p := strings.TrimPrefix(nfc(file), root)
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

// FoldKey returns p so that two paths that some file system or reader takes
// for one and the same have equal keys: in NFC, case folded in full
// ("straße" and "STRASSE", and the Kelvin sign for a k).
func FoldKey(p string) string {
	for i := 0; i < len(p); i++ {
		if c := p[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			if isASCII(p[i:]) {
				return strings.ToLower(p)
			}
			return norm.NFC.String(cases.Fold().String(norm.NFC.String(p)))
		}
	}
	return p
}

// EscapePath percent-encodes p for an address. Slashes stay; so does nothing
// that a server's list of redirects reads as a pattern.
func EscapePath(p string) string {
	const hex = "0123456789ABCDEF"
	n := 0
	for i := 0; i < len(p); i++ {
		if !plainInPath(p[i]) {
			n++
		}
	}
	if n == 0 {
		return p
	}
	b := make([]byte, 0, len(p)+2*n)
	for i := 0; i < len(p); i++ {
		if c := p[i]; plainInPath(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func plainInPath(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("/-._~@,+=", c) >= 0
}

// CheckPath says why p, slash-separated and relative, cannot be the path of a
// published file on every system; "" means that it can. It decodes nothing.
func CheckPath(p string) string {
	if len(p) > maxPath {
		return fmt.Sprintf("is longer than %d bytes", maxPath)
	}
	for seg := range strings.SplitSeq(p, "/") {
		if why := checkSegment(seg); why != "" {
			return why
		}
	}
	return ""
}

func checkSegment(seg string) string {
	switch {
	case seg == "":
		return "has an empty name in it"
	case seg == "." || seg == "..":
		return fmt.Sprintf("has %q in it", seg)
	case len(seg) > maxSegment:
		return fmt.Sprintf("has a name longer than %d bytes", maxSegment)
	case seg[0] == ' ':
		return "has a name that begins with a blank"
	case seg[len(seg)-1] == ' ', seg[len(seg)-1] == '.':
		return "has a name that ends with a blank or full stop, which Windows drops"
	}
	for i := 0; i < len(seg); {
		r, size := rune(seg[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(seg[i:])
		}
		switch {
		case r == utf8.RuneError && size == 1:
			return "is not UTF-8"
		case r < utf8.RuneSelf && strings.IndexByte(`<>:"|?*\`, byte(r)) >= 0:
			return fmt.Sprintf("has a %q in it, which Windows does not allow", r)
		case !unicode.IsPrint(r) && r != '\u200c' && r != '\u200d': // joiners are part of some scripts' words
			return fmt.Sprintf("has the invisible character %U in it", r)
		}
		i += size
	}
	if reserved(seg) {
		return fmt.Sprintf("has the name %q in it, which Windows keeps for a device", seg)
	}
	return ""
}

// reserved reports whether Windows opens a device for the name seg, whatever
// its extension.
func reserved(seg string) bool {
	base, _, _ := strings.Cut(seg, ".")
	base = strings.TrimRight(base, " ")
	if len(base) < 3 || len(base) > 7 {
		return false
	}
	base = strings.ToUpper(base)
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if digit, ok := strings.CutPrefix(base, "COM"); ok || strings.HasPrefix(base, "LPT") {
		if !ok {
			digit = base[3:]
		}
		switch digit {
		case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
			return true
		}
	}
	return false
}

// Slugify makes a slug of a word or title: letters and digits in lower case,
// all else one hyphen.
func Slugify(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range nfc(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		} else if r != '\'' && r != '’' {
			gap = true
		}
	}
	return nfc(b.String())
}

// signs are spelt out in the slug of a topic's word: C, C++ and C# are three.
var signs = strings.NewReplacer("+", "-plus-", "#", "-sharp-", "&", "-and-", "%", "-percent-")

// topicSlug makes the slug of the topic that word stands for. Case, accents of
// writing and punctuation tell no two topics apart; signs that are read aloud do.
func topicSlug(word string) string {
	word = strings.TrimLeft(word, "# ") // "#interviews"
	if !strings.ContainsAny(word, "+#&%") {
		return Slugify(word)
	}
	return Slugify(signs.Replace(word))
}

func nfc(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
