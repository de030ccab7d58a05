package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Three ways of showing the place were weighed: the message alone (compilers
// of old), the line with a caret under it (clang, Go's analysers), and frames
// with labels (rustc). A writer of guidance needs to see the words that are
// wrong and nothing more, so it is the second, in characters that any terminal
// and any log file shows.

const (
	tabWidth  = 4        // to which a tab in a source line is set
	lineWidth = 120      // columns of a source line that are shown
	leadWidth = 40       // columns kept before the place where a line is clipped
	longLine  = 16 << 10 // bytes of a line that are looked at: a file may be one line
)

// A Printer prints problems as text, with the line that each is on.
type Printer struct {
	// Source returns the text of a file, or false if it cannot be had: then
	// the line is left out. Files of sorted problems are asked for once each.
	Source func(file string) ([]byte, bool)
	Color  bool // with ANSI colours
}

// Print writes every problem of l to w, in the order of l.
func (p Printer) Print(w io.Writer, l List) error {
	b := bufio.NewWriter(w)
	var lines source
	for _, d := range l {
		fmt.Fprintf(b, "%s: %s: %s %s\n",
			p.paint(bold, Escape(d.Pos.String())), p.paint(severityColour(d.Severity), d.Severity.String()),
			Escape(d.Message), p.paint(dim, "["+Escape(d.Rule)+"]"))
		if d.Line > 0 && p.Source != nil {
			if lines.file != d.File || !lines.asked {
				text, ok := p.Source(d.File)
				lines = source{file: d.File, asked: true, text: text, ok: ok}
			}
			if line, ok := lines.line(d.Line); ok {
				p.excerpt(b, d, line)
			}
		}
		if d.Hint != "" {
			fmt.Fprintf(b, "  %s\n", p.paint(cyan, Escape(d.Hint)))
		}
	}
	return b.Flush()
}

// excerpt writes the source line and the carets under the place.
func (p Printer) excerpt(w io.Writer, d Diag, line string) {
	text, from, to := clip(line, d.Col, d.EndCol)
	if text == "" || len(line) == longLine && d.Col > utf8.RuneCountInString(line) {
		return
	}
	fmt.Fprintf(w, "%s %s\n", p.paint(dim, fmt.Sprintf("%5d |", d.Line)), text)
	if d.Col > 0 {
		fmt.Fprintf(w, "%s %s%s\n", p.paint(dim, "      |"), strings.Repeat(" ", from),
			p.paint(severityColour(d.Severity), strings.Repeat("^", to-from)))
	}
}

// A cell is a character of a source line as a terminal shows it.
type cell struct {
	text  string
	num   int // which character it is, from 1
	at    int // columns before it
	width int // columns
}

// cells calls do for each character of line, until it returns false.
func cells(line string, do func(cell) bool) {
	at, joined := 0, false
	for i, num := 0, 1; i < len(line); num++ {
		r, size := utf8.DecodeRuneInString(line[i:])
		c := cell{text: line[i : i+size], num: num, at: at, width: runeWidth(r)}
		switch {
		case r == '\t':
			c.width = tabWidth - at%tabWidth
			c.text = "        "[:c.width]
		case r == utf8.RuneError && size == 1, hostile(r):
			c.text = escapeRune(r, line[i])
			c.width = len(c.text)
		case joined: // drawn as one with the character before the joiner
			c.width = 0
		}
		joined = r == '\u200d'
		if !do(c) {
			return
		}
		at += c.width
		i += size
	}
}

// clip returns line as a terminal may show it, at most lineWidth columns of it,
// and the columns (from 0) of the text shown where the place begins and ends.
func clip(line string, col, endCol int) (text string, from, to int) {
	if endCol <= col {
		endCol = col + 1
	}
	from, to = -1, -1
	if col <= 0 {
		from = 0
	}
	whole := 0 // columns of the line, or enough of them
	cells(line, func(c cell) bool {
		if c.num == col {
			from = c.at
		}
		if c.num == endCol {
			to = c.at
		}
		whole = c.at + c.width
		return c.num <= endCol || whole <= max(from, 0)+2*lineWidth
	})
	if from < 0 { // behind the end of the line
		from = whole
	}
	if to <= from {
		to = whole
	}
	to = max(to, from+1)

	var b strings.Builder
	if whole <= lineWidth {
		cells(line, func(c cell) bool { b.WriteString(c.text); return true })
		return strings.TrimRight(b.String(), " "), from, to
	}
	// Around the place: its beginning is always seen.
	start := max(0, from-leadWidth)
	if to <= lineWidth-1 {
		start = 0
	}
	shift, first, end := 0, true, 0
	cells(line, func(c cell) bool {
		if c.at < start {
			return true
		}
		if first {
			first = false
			shift = c.at
			if c.at > 0 {
				b.WriteString("…")
				shift--
			}
		}
		if c.at+c.width-shift > lineWidth-1 {
			b.WriteString("…")
			return false
		}
		b.WriteString(c.text)
		end = c.at + c.width - shift
		return true
	})
	from = min(from-shift, lineWidth-1)
	return strings.TrimRight(b.String(), " "), from, max(from+1, min(to-shift, end))
}

// A source is a file's text, read line by line in rising order.
type source struct {
	file  string
	asked bool
	ok    bool
	text  []byte
	at    int // offset of the line num
	num   int // from 1; zero before the first look
}

// line returns line n without its line ending, and at most its first longLine
// bytes.
func (s *source) line(n int) (string, bool) {
	if !s.ok {
		return "", false
	}
	if s.num == 0 || n < s.num {
		s.num, s.at = 1, 0
		if bytes.HasPrefix(s.text, []byte("\ufeff")) {
			s.at = len("\ufeff")
		}
	}
	for s.num < n {
		i := bytes.IndexByte(s.text[s.at:], '\n')
		if i < 0 {
			return "", false
		}
		s.at += i + 1
		s.num++
	}
	line := s.text[s.at:]
	line = line[:min(len(line), longLine)]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return string(bytes.TrimSuffix(line, []byte("\r"))), true
}

// Summary counts the problems of l: "2 errors and 1 warning". It is empty
// where there are none.
func Summary(l List) string {
	count := func(n int, noun string) string {
		if n == 1 {
			return "1 " + noun
		}
		return fmt.Sprintf("%d %ss", n, noun)
	}
	e, w := l.Count(Error), l.Count(Warning)
	switch {
	case e > 0 && w > 0:
		return count(e, "error") + " and " + count(w, "warning")
	case e > 0:
		return count(e, "error")
	case w > 0:
		return count(w, "warning")
	}
	return ""
}

// Escape returns s so that a terminal shows it and does not obey it: control
// characters, line ends, invalid UTF-8 and the characters that turn the
// direction of writing are written as escapes.
func Escape(s string) string {
	clean := true
	for i, r := range s {
		if hostile(r) || r == utf8.RuneError && invalidAt(s, i) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if hostile(r) || r == utf8.RuneError && invalidAt(s, i) {
			b.WriteString(escapeRune(r, s[i]))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invalidAt reports whether the replacement character read at s[i] stands for
// a byte that is not UTF-8, and was not written as such.
func invalidAt(s string, i int) bool {
	_, size := utf8.DecodeRuneInString(s[i:])
	return size == 1
}

// escapeRune writes r, or the byte first where r could not be read.
func escapeRune(r rune, first byte) string {
	switch {
	case r == utf8.RuneError:
		return fmt.Sprintf(`\x%02x`, first)
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// hostile reports whether a terminal may act on r: C0 and C1 controls, line
// and paragraph separators, marks and overrides of direction, tag characters.
func hostile(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f:
		return true
	case r < 0x61c:
		return false
	case r == 0x61c, r == 0x200e, r == 0x200f, 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x206f,
		r == 0xfeff, 0xfff9 <= r && r <= 0xfffb, 0xe0000 <= r && r <= 0xe007f:
		return true
	}
	return false
}

// runeWidth returns how many columns a terminal gives r.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	// Marks sit on the character before them; joiners and variation selectors
	// take no room.
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || 0x1160 <= r && r <= 0x11ff {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// The colours, as parameters of an ANSI sequence.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "1;33"
	cyan   = "36"
)

func severityColour(s Severity) string {
	if s == Error {
		return red
	}
	return yellow
}

func (p Printer) paint(colour, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}
