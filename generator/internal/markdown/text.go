package markdown

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// html appends markup to the page as it is.
func (p *page) html(s string) { p.out = append(p.out, s...) }

// escape appends text to the page.
func (p *page) escape(s string) {
	from := 0
	for i := range len(s) {
		switch s[i] {
		case '&':
			p.out = append(append(p.out, s[from:i]...), "&amp;"...)
		case '<':
			p.out = append(append(p.out, s[from:i]...), "&lt;"...)
		default:
			continue
		}
		from = i + 1
	}
	p.out = append(p.out, s[from:]...)
}

// attr appends text to the page, for an attribute in double quotes. Every
// attribute goes through here.
func (p *page) attr(s string) {
	from := 0
	for i := range len(s) {
		var e string
		switch s[i] {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		default:
			continue
		}
		p.out = append(append(p.out, s[from:i]...), e...)
		from = i + 1
	}
	p.out = append(p.out, s[from:]...)
}

// special are the bytes of Markdown text that are not simply copied.
var special = [256]bool{'&': true, '<': true, '\\': true}

// write appends Markdown text, its escapes and entities resolved, to the page
// and to the plain text; off is its offset in src.
func (p *page) write(s []byte, off int) {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !special[c] {
			continue
		}
		switch c {
		case '<':
			p.flush(s[from:i])
			p.out = append(p.out, "&lt;"...)
			p.text = append(p.text, '<')
			from = i + 1
		case '\\':
			if i+1 < len(s) && util.IsPunct(s[i+1]) {
				p.flush(s[from:i])
				from = i + 1
				i++
				if special[s[i]] {
					p.flush(nil)
					p.escape(string(s[i : i+1]))
					p.text = append(p.text, s[i])
					from = i + 1
				}
			}
		case '&':
			p.flush(s[from:i])
			from = i + 1
			if value, n := p.entity(s[i:], off+i); n > 0 {
				p.escape(value)
				p.text = append(p.text, value...)
				i += n - 1
				from = i + 1
				continue
			}
			if i+1 < len(s) && s[i+1] == ' ' {
				p.out = append(p.out, '&')
			} else {
				p.out = append(p.out, "&amp;"...)
			}
			p.text = append(p.text, '&')
		}
	}
	p.flush(s[from:])
}

func (p *page) flush(s []byte) {
	p.out = append(p.out, s...)
	p.text = append(p.text, s...)
}

// unescape returns s, of a title or an address, with its escapes and entities
// resolved. It may be s itself.
func (p *page) unescape(s []byte, off int) []byte {
	if !bytes.ContainsAny(s, `&\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			out = append(out, s[i])
		case s[i] == '&':
			if value, n := p.entity(s[i:], off); n > 0 {
				out = append(out, value...)
				i += n - 1
			} else {
				out = append(out, '&')
			}
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// entity reads the entity with which s begins, by CommonMark's rules, and
// returns its text and its length, or zero if it is none.
func (p *page) entity(s []byte, off int) (string, int) {
	if len(s) < 3 {
		return "", 0
	}
	if s[1] != '#' {
		i := 1
		for i < len(s) && i < 40 && util.IsAlphaNumeric(s[i]) {
			i++
		}
		if i == 1 || i >= len(s) || s[i] != ';' {
			return "", 0
		}
		e, ok := util.LookUpHTML5EntityByName(string(s[1:i]))
		if !ok {
			return "", 0
		}
		return string(e.Characters), i + 1
	}
	i, base, most := 2, rune(10), 7
	if s[2] == 'x' || s[2] == 'X' {
		i, base, most = 3, 16, 6
	}
	first := i
	var r rune
	for ; i < len(s) && i-first <= most; i++ {
		d := rune(-1)
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && isLetter(c) && c|0x20 <= 'f':
			d = rune(c|0x20-'a') + 10
		}
		if d < 0 {
			break
		}
		r = r*base + d
	}
	if i == first || i-first > most || i >= len(s) || s[i] != ';' {
		return "", 0
	}
	if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
		p.warnf(off, off+i+1, "control-character", "delete it, or write the character that is meant", "%s stands for a control character and is shown as \ufffd", s[:i+1])
		r = utf8.RuneError
	}
	return string(r), i + 1
}

// plain appends the plain text of what is in n.
func (p *page) plain(n ast.Node) {
	if p.enter(n) {
		return
	}
	defer func() { p.depth-- }()
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			at := len(p.out)
			p.textNode(c)
			p.out = p.out[:at]
		case *ast.String:
			p.text = append(p.text, c.Value...)
		case *ast.AutoLink:
			p.text = append(p.text, c.Label(p.src)...)
		case *wikilink:
			if c.kind == RefFact && ValidFact(c.target) {
				p.text = append(p.text, MarkFact(c.target)...)
			} else if c.text != "" {
				p.text = append(p.text, c.text...)
			} else {
				p.text = append(p.text, standIn(c)...)
			}
		default:
			p.plain(c)
		}
	}
}

// gap parts what follows from the plain text before it, on the same line.
func (p *page) gap() {
	if n := len(p.text); n > 0 && p.text[n-1] != '\n' && p.text[n-1] != ' ' {
		p.text = append(p.text, ' ')
	}
}

// endCell parts the cells of a row, which are no one's sentence together.
func (p *page) endCell() {
	if n := len(p.text); n > 0 && p.text[n-1] != '\n' && p.text[n-1] != '\t' {
		p.text = append(p.text, '\t')
	}
}

// endBlock ends a line of the plain text.
func (p *page) endBlock() {
	n := len(p.text)
	for n > 0 && (p.text[n-1] == ' ' || p.text[n-1] == '\t') {
		n--
	}
	p.text = p.text[:n]
	if n > 0 && p.text[n-1] != '\n' {
		p.text = append(p.text, '\n')
	}
}

// finishText gives b what is made of the plain text.
func (p *page) finishText(b *Body) {
	b.Title = p.title
	lede := oneLine(p.text[p.lede[0]:p.lede[1]])
	b.Lede = firstSentence(lede)
	p.endBlock()
	b.Text = string(p.text)
	if len(p.spans) > 0 {
		b.Spans = slices.Clone(p.spans)
	}
	b.Words = countWords(b.Text)
}

// countWords counts the words of a text: what blanks part, with a letter or a
// digit in it. Of scripts that do not part words each character counts.
func countWords(s string) int {
	words := 0
	in := false // within something that counts as a word
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c <= ' ' {
				in = false
			} else if !in && (isLetter(c) || c >= '0' && c <= '9') {
				in = true
				words++
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			words++
			in = false
		case unicode.IsSpace(r):
			in = false
		case !in && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			in = true
			words++
		}
	}
	return words
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = map[string]bool{
	"e.g": true, "eg": true, "i.e": true, "ie": true, "cf": true, "vs": true, "viz": true, "approx": true, "ca": true, "c": true,
	"dr": true, "mr": true, "mrs": true, "ms": true, "mx": true, "prof": true, "rev": true, "hon": true, "st": true, "sir": true,
	"no": true, "nos": true, "fig": true, "figs": true, "p": true, "pp": true, "vol": true, "ch": true, "sec": true, "para": true,
	"jan": true, "feb": true, "mar": true, "apr": true, "jun": true, "jul": true, "aug": true, "sep": true, "sept": true, "oct": true, "nov": true, "dec": true,
	"z.b": true, "d.h": true, "bzw": true, "usw": true, "p.ex": true,
}

// firstSentence returns the first sentence of one line of text, or all of it
// if it is one.
func firstSentence(s string) string {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '。', '！', '？':
			return s[:i+n]
		case '.', '!', '?', '…':
			end := i + n
			// Closing marks belong to the sentence.
			for end < len(s) {
				q, m := utf8.DecodeRuneInString(s[end:])
				if !strings.ContainsRune(".!?…\"'”’»›)]", q) {
					break
				}
				end += m
			}
			if end >= len(s) {
				return s
			}
			if s[end] == ' ' && !(r == '.' && end == i+n && abbreviated(s[:i])) {
				next, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[end:], " \"'“‘„«‹(["))
				if !unicode.IsLower(next) {
					return s[:end]
				}
			}
			i = end
			continue
		}
		i += n
	}
	return s
}

// abbreviated reports whether s, before a full stop, ends in an abbreviation.
func abbreviated(s string) bool {
	word := s[strings.LastIndexAny(s, " (\u00a0\"'“‘")+1:]
	for strings.HasPrefix(word, "\xa0") || strings.HasPrefix(word, "\x80") || strings.HasPrefix(word, "\x9c") || strings.HasPrefix(word, "\x98") {
		word = word[1:]
	}
	if r, n := utf8.DecodeRuneInString(word); n == len(word) && unicode.IsUpper(r) && word != "I" {
		return true // J. Smith
	}
	return abbreviations[strings.ToLower(word)]
}
