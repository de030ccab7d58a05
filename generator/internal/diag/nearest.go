package diag

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Nearest returns at most n of the candidates that word may have been meant
// to be, the nearest first. It compares without regard to letter case, and
// leaves out what is too far away to be a slip.
func Nearest(word string, candidates []string, n int) []string {
	return NearestWithin(Slips(utf8.RuneCountInString(word)), word, candidates, n)
}

// NearestWithin is [Nearest] with a limit of its own to the slips of the pen.
func NearestWithin(limit int, word string, candidates []string, n int) []string {
	type scored struct {
		s string
		d int
	}
	w := strings.ToLower(word)
	length := utf8.RuneCountInString(w)
	var near []scored
	for _, c := range candidates {
		l := strings.ToLower(c)
		if d := utf8.RuneCountInString(l) - length; d > limit || -d > limit {
			continue
		}
		if d := levenshtein.ComputeDistance(w, l); d <= limit && d < max(length, 2) {
			near = append(near, scored{c, d})
		}
	}
	slices.SortFunc(near, func(a, b scored) int { return cmp.Or(cmp.Compare(a.d, b.d), cmp.Compare(a.s, b.s)) })
	var out []string
	for _, c := range near[:min(n, len(near))] {
		out = append(out, c.s)
	}
	return out
}

// Slips returns how many slips of the pen a word of so many characters may
// have for [Nearest] to find it.
func Slips(length int) int { return max(2, length/3) }

// DidYouMean returns the hint "did you mean a, b or c?", or fallback if there
// is nothing to suggest.
func DidYouMean(suggestions []string, fallback string) string {
	switch n := len(suggestions); n {
	case 0:
		return fallback
	case 1:
		return "did you mean " + suggestions[0] + "?"
	default:
		return "did you mean " + strings.Join(suggestions[:n-1], ", ") + " or " + suggestions[n-1] + "?"
	}
}
