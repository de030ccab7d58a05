package markdown

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Quote is the sentence in which a link stands, cut to a length that a list
// can show: plain text, as it is, not escaped. Facts in it are marked.
type Quote struct{ Before, Linked, After string }

// What a quote holds, in characters.
const (
	maxQuote  = 200
	maxLinked = 100 // of that, the link's own text
)

// Quotes returns the sentences in which references stand, which are named by
// index; the zero Quote where a link stands alone, or nowhere in the text.
//
// Sentences are found in one pass, as thousands of links may stand in one
// paragraph.
func (b *Body) Quotes(refs []int) []Quote {
	quotes := make([]Quote, len(refs))
	order := make([]int, 0, len(refs))
	for i, ref := range refs {
		if ref < len(b.Spans) && b.Spans[ref].Start < b.Spans[ref].End && b.Spans[ref].End <= len(b.Text) {
			order = append(order, i)
		}
	}
	at := func(i int) Span { return b.Spans[refs[i]] }
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(at(x).Start, at(y).Start) })
	var line, sentence Span // both are parts of Text
	for _, i := range order {
		s := at(i)
		if s.Start >= line.End {
			line.Start = strings.LastIndexAny(b.Text[:s.Start], "\n\t") + 1
			line.End = len(b.Text)
			if n := strings.IndexAny(b.Text[s.Start:], "\n\t"); n >= 0 {
				line.End = s.Start + n
			}
			sentence = Span{line.Start, line.Start}
		}
		if s.End > line.End || s.Start < sentence.Start {
			continue // no link's own text
		}
		for sentence.End < s.End && sentence.End < line.End {
			if sentence.End <= s.Start {
				sentence.Start = sentence.End
				for sentence.Start < s.Start && b.Text[sentence.Start] == ' ' {
					sentence.Start++
				}
				sentence.End = sentence.Start
			}
			// A link may go over the end of a sentence, and then has both.
			rest := b.Text[sentence.End:line.End]
			sentence.End += max(len(firstSentence(rest)), 1)
			sentence.End = min(sentence.End, line.End)
		}
		// The text of a heading that is the title was taken out again, and
		// another may stand in its place.
		linked := oneLine([]byte(b.Text[s.Start:s.End]))
		if text := b.Refs[refs[i]].Text; text != "" && text != linked {
			continue
		}
		quotes[i] = cutQuote(b.Text[sentence.Start:s.Start], linked, b.Text[s.End:sentence.End])
	}
	return quotes
}

// cutQuote makes a quote of a sentence: where it is too long, of what stands
// next to the link, whole words of it.
func cutQuote(before, linked, after string) Quote {
	const window = 4 * maxQuote // bytes that can be of any use
	cutBefore, cutAfter := len(before) > window, len(after) > window
	if cutBefore {
		before = strings.ToValidUTF8(before[len(before)-window:], "")
	}
	if cutAfter {
		after = strings.ToValidUTF8(after[:window], "")
	}
	before, after = squeeze(before), squeeze(after)
	if !says(before) && !says(after) {
		return Quote{}
	}
	linked = firstWords(linked, maxLinked)
	left, right := utf8.RuneCountInString(before), utf8.RuneCountInString(after)
	room := maxQuote - utf8.RuneCountInString(linked)
	if left+right > room || cutBefore || cutAfter {
		// What one side does not need the other may have.
		share := room / 2
		l := min(left, max(share, room-right))
		r := min(right, room-l)
		before, after = lastWords(before, l), firstWords(after, r)
		if cutBefore && !strings.HasPrefix(before, "…") {
			before = "…" + before
		}
		if cutAfter && !strings.HasSuffix(after, "…") {
			after += "…"
		}
	}
	return Quote{before, linked, after}
}

// says reports whether there is a word in s.
func says(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// squeeze returns s with one blank for each run of white space.
func squeeze(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		b.WriteRune(r)
	}
	return b.String()
}

// firstWords returns at most n characters from the beginning of s, cut
// between words where there are any.
func firstWords(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for range max(n-1, 0) {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if i := strings.LastIndexByte(s[:end], ' '); i > end/2 {
		end = i
	}
	s = s[:end]
	if i := strings.LastIndexByte(s, factOpen); i >= 0 && !strings.Contains(s[i:], string(factClose)) {
		s = s[:i]
	}
	return strings.TrimRight(s, " ,;:–—-") + "…"
}

// lastWords returns at most n characters from the end of s.
func lastWords(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	at := len(s)
	for range max(n-1, 0) {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	if i := strings.IndexByte(s[at:], ' '); i >= 0 && i < (len(s)-at)/2 {
		at += i + 1
	}
	s = s[at:]
	if i := strings.IndexByte(s, factClose); i >= 0 && !strings.Contains(s[:i], string(factOpen)) {
		s = s[i+1:]
	}
	return "…" + strings.TrimLeft(s, " ")
}
