package content

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
)

// What a page is about is told by its words' stems, each with a weight: more
// for the title than for the text, and ever less for each further time that a
// word comes. Package site compares pages by them.
//
// Stemming is what costs, about half a microsecond a word. As most words of a
// page are words of other pages, too, each worker remembers the stems of what
// it has met.

const (
	maxTerms = 128
	maxWord  = 40 // bytes; longer ones are no words
	memoBits = 17 // of the table of words that a worker remembers
	slotBits = 13 // of the table of a page's distinct stems
)

// Fields of a page, and how much a word in them weighs.
const (
	inTitle = iota
	inDescription
	inHeadings
	inKeywords
	inText
	fieldCount
)

// The weights were found on four collections with lists of related pages that
// people had made, and on the same pages in ten languages; half as much or twice
// as much of any of them changes little.
var fieldWeights = [fieldCount]float64{6, 3, 1.5, 3, 1.5}

// saturation is how many times a word has to come in a field for half of what
// it could weigh there at most (k of BM25).
const saturation = 3

// A weigher finds the terms of pages. It keeps as many memos as there are
// workers; a sync.Pool would throw them away at each garbage collection.
type weigher struct {
	mu   sync.Mutex
	free []*memo
}

func (w *weigher) take() *memo {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.free)
	if n == 0 {
		return newMemo()
	}
	m := w.free[n-1]
	w.free = w.free[:n-1]
	return m
}

func (w *weigher) give(m *memo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = append(w.free, m)
}

// A memo is what one worker remembers, and its place to count in.
//
// Words are told apart by 64 bits of hash alone: that two of a million words
// share one is as likely as one in ten million, and would only weigh one word
// as the other.
type memo struct {
	// stems is a hash table of words, half full at most: a word's hash picks
	// its first slot.
	stems []stem
	known int
	lang  string
	seed  uint64 // of the hashes of its stems: French "pour" is not English "pour"
	env   *snowballstem.Env
	cut   func(*snowballstem.Env) bool
	stop  bool // leave out the common words of English
	// places is a small hash table of the words of the page at hand: an index in
	// tallies, counted from 1. Only distinct words go on to the large table.
	places  []uint16
	tallies []tally
	// stemmed does the same for the stems that the words come to.
	stemmed []uint16
	counts  []count
	keys    []uint64
}

// A stem is what a worker remembers of a word.
type stem struct {
	word uint64 // its hash; 0: the slot is free
	hash uint32 // of its stem; 0: a word that tells nothing
}

// A tally counts a word of the page.
type tally struct {
	hash uint64
	text string // as written
	n    [fieldCount]uint16
}

type count struct {
	hash uint32
	n    [fieldCount]uint16
}

func newMemo() *memo {
	return &memo{stems: make([]stem, 1<<memoBits), env: snowballstem.NewEnv(""),
		places: make([]uint16, 1<<slotBits), stemmed: make([]uint16, 1<<slotBits)}
}

// speak readies m for a language.
func (m *memo) speak(lang string) {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	if lang == m.lang && m.known < len(m.stems)/2 {
		return
	}
	m.lang, m.known = lang, 0
	clear(m.stems)
	m.seed = fnv(fnvStart, lang+"\x00")
	m.cut, m.stop = stemmer(lang), lang == "en"
}

// stemmer returns what cuts the words of a language to their stems, nil where
// nobody has written it: its words are compared as they are.
func stemmer(lang string) func(*snowballstem.Env) bool {
	switch lang {
	case "ar":
		return arabic.Stem
	case "da":
		return danish.Stem
	case "de":
		return german.Stem
	case "en":
		return english.Stem
	case "es":
		return spanish.Stem
	case "fi":
		return finnish.Stem
	case "fr":
		return french.Stem
	case "ga":
		return irish.Stem
	case "hu":
		return hungarian.Stem
	case "it":
		return italian.Stem
	case "nb", "nn", "no":
		return norwegian.Stem
	case "nl":
		return dutch.Stem
	case "pt":
		return portuguese.Stem
	case "ro":
		return romanian.Stem
	case "ru":
		return russian.Stem
	case "sv":
		return swedish.Stem
	case "ta":
		return tamil.Stem
	case "tr":
		return turkish.Stem
	}
	return nil
}

// terms returns the heaviest terms of a page, the heaviest first.
func (w *weigher) terms(page *Page) Terms {
	c := page.Card
	m := w.take()
	defer w.give(m)
	m.speak(c.Language)
	m.words(c.Title, inTitle)
	m.words(c.Description, inDescription)
	for i := range c.Headings {
		m.words(c.Headings[i].Text, inHeadings)
	}
	for _, k := range c.Keywords {
		m.words(k, inKeywords)
	}
	m.words(page.Body.Text, inText)

	m.stemAll()
	m.keys = m.keys[:0]
	for i := range m.counts {
		t := &m.counts[i]
		weight := 0.0
		for f, n := range t.n {
			if n > 0 {
				// 1 for the first time, towards 4 for many.
				weight += fieldWeights[f] * (1 + saturation) * float64(n) / (float64(n) + saturation)
			}
		}
		m.keys = append(m.keys, uint64(65535-uint16(weight*1000+0.5))<<32|uint64(t.hash))
	}
	m.counts = m.counts[:0]
	n := min(len(m.keys), maxTerms)
	smallest(m.keys, n)
	slices.Sort(m.keys[:n])
	terms := make([]Term, n)
	for i, k := range m.keys[:n] {
		terms[i] = Term{Hash: uint32(k), Weight: 65535 - uint16(k>>32)}
	}
	return PackTerms(terms)
}

// smallest moves the n smallest of distinct keys to the front: most of a page's
// words are not among its terms and need no order.
func smallest(keys []uint64, n int) {
	for n > 0 && n < len(keys) {
		// The middle of three as a pivot, for keys come in no order.
		a, b, c := keys[0], keys[len(keys)/2], keys[len(keys)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := 0, len(keys)-1
		for i <= j {
			for keys[i] < pivot {
				i++
			}
			for keys[j] > pivot {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				i++
				j--
			}
		}
		switch {
		case n <= j+1:
			keys = keys[:j+1]
		case n >= i:
			keys, n = keys[i:], n-i
		default:
			return // what lies between is the pivot
		}
	}
}

// words counts the words of s in a field.
func (m *memo) words(s string, field int) {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && lower[c] == 0 {
			i++
			continue
		}
		from, h := i, uint64(fnvStart)
		for i < len(s) && s[i] < utf8.RuneSelf {
			l := lower[s[i]]
			if l == 0 {
				break
			}
			h = (h ^ uint64(l)) * fnvPrime
			i++
		}
		if i < len(s) && s[i] >= utf8.RuneSelf {
			i = m.foreign(s, from, field)
			continue
		}
		if n := i - from; n > 1 && n <= maxWord {
			m.add(s[from:i], h, field)
		}
	}
}

// foreign counts the word, with other letters than those of ASCII, at off of
// s, and returns where it ends.
func (m *memo) foreign(s string, off, field int) int {
	var buf [maxWord + 4]byte
	n, long := 0, false
	var before rune // in scripts without blanks between words, pairs of signs stand for them
	for i := off; i <= len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		ideograph := size > 0 && r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
		word := size > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
		if ideograph && before != 0 {
			two := utf8.AppendRune(utf8.AppendRune(nil, before), r)
			m.add(string(two), fnv(fnvStart, two), field)
		}
		if !word || ideograph {
			if n > 1 && !long {
				m.add(string(buf[:n]), fnv(fnvStart, buf[:n]), field)
			}
			n, long = 0, false
		}
		if !word {
			return i + max(size, 1)
		}
		if ideograph {
			before = r
		} else {
			before = 0
			if n+utf8.UTFMax > maxWord {
				long = true
			} else {
				n += utf8.EncodeRune(buf[n:], unicode.ToLower(r))
			}
		}
		i += size
	}
	return len(s)
}

// FNV-1a, 64 bit.
const (
	fnvStart = 14695981039346656037
	fnvPrime = 1099511628211
)

// fib spreads hashes over a table of a power of two (Knuth's multiplicative
// hashing).
const fib = 11400714819323198485

// add counts a word whose letters in lower case have the FNV-1a hash h.
func (m *memo) add(text string, h uint64, field int) {
	for at := h * fib >> (64 - slotBits); ; at = (at + 1) % (1 << slotBits) {
		i := m.places[at]
		if i == 0 {
			if len(m.tallies) >= len(m.places)/2 {
				return // thousands of distinct words: those met first tell enough
			}
			m.tallies = append(m.tallies, tally{hash: h, text: text})
			i = uint16(len(m.tallies))
			m.places[at] = i
		}
		if t := &m.tallies[i-1]; t.hash == h {
			if t.n[field] < 65535 {
				t.n[field]++
			}
			return
		}
	}
}

// stemAll turns the tallies of words into counts of stems.
func (m *memo) stemAll() {
	for i := range m.tallies {
		t := &m.tallies[i]
		hash := m.stemOf(t)
		if hash == 0 {
			continue
		}
		for at := uint64(hash) * fib >> (64 - slotBits); ; at = (at + 1) % (1 << slotBits) {
			k := m.stemmed[at]
			if k == 0 {
				m.counts = append(m.counts, count{hash: hash, n: t.n})
				m.stemmed[at] = uint16(len(m.counts))
				break
			}
			if c := &m.counts[k-1]; c.hash == hash {
				for f, n := range t.n {
					c.n[f] = uint16(min(int(c.n[f])+int(n), 65535))
				}
				break
			}
		}
	}
	clear(m.places)
	clear(m.stemmed)
	clear(m.tallies) // lets go of the page's text
	m.tallies = m.tallies[:0]
}

// stemOf returns the hash of a word's stem, 0 for one that tells nothing.
func (m *memo) stemOf(t *tally) uint32 {
	at := t.hash * fib >> (64 - memoBits)
	for ; m.stems[at].word != t.hash; at = (at + 1) % (1 << memoBits) {
		if m.stems[at].word == 0 {
			hash := m.stemHash(t.text)
			if m.known < len(m.stems)/2 {
				m.stems[at] = stem{max(t.hash, 1), hash}
				m.known++
			}
			return hash
		}
	}
	return m.stems[at].hash
}

// stemHash returns the hash of a word's stem, or 0 for a common word.
func (m *memo) stemHash(word string) uint32 {
	w := nfc(strings.ToLower(word))
	if m.stop {
		if _, common := slices.BinarySearch(stopWords[:], w); common {
			return 0
		}
	}
	if m.cut != nil && (!m.stop || isASCII(w)) {
		m.env.SetCurrent(w)
		m.cut(m.env)
		w = m.env.Current()
	}
	return max(uint32(fnv(m.seed, w)), 1) // 0 is taken
}

// fnv takes b into the hash h.
func fnv[T string | []byte](h uint64, b T) uint64 {
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * fnvPrime
	}
	return h
}

// lower maps the letters and digits of ASCII to lower case, all else to 0.
var lower = [utf8.RuneSelf]byte{
	'0': '0', '1': '1', '2': '2', '3': '3', '4': '4', '5': '5', '6': '6', '7': '7', '8': '8', '9': '9',
	'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e', 'f': 'f', 'g': 'g', 'h': 'h', 'i': 'i', 'j': 'j', 'k': 'k', 'l': 'l', 'm': 'm',
	'n': 'n', 'o': 'o', 'p': 'p', 'q': 'q', 'r': 'r', 's': 's', 't': 't', 'u': 'u', 'v': 'v', 'w': 'w', 'x': 'x', 'y': 'y', 'z': 'z',
	'A': 'a', 'B': 'b', 'C': 'c', 'D': 'd', 'E': 'e', 'F': 'f', 'G': 'g', 'H': 'h', 'I': 'i', 'J': 'j', 'K': 'k', 'L': 'l', 'M': 'm',
	'N': 'n', 'O': 'o', 'P': 'p', 'Q': 'q', 'R': 'r', 'S': 's', 'T': 't', 'U': 'u', 'V': 'v', 'W': 'w', 'X': 'x', 'Y': 'y', 'Z': 'z',
}
