package markdown

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestQuotes(t *testing.T) {
	long := strings.Repeat("word ", 60)
	for _, c := range []struct {
		name, src string
		want      []string // of each link: before[linked]after, or empty
	}{
		{"alone", "[CV](cv.md)", []string{""}},
		{"alone in a list", "- [CV](cv.md)\n- [CV](cv.md).\n", []string{"", ""}},
		{"in a sentence", "First of all. Then read [the *CV* page](cv.md), with care! Last.", []string{"Then read [the CV page], with care!"}},
		{"abbreviations", "Mr. Smith, e.g. read [it](cv.md).", []string{"Mr. Smith, e.g. read [it]."}},
		{"two in one", "See [a](a.md) or [b](b.md). And [c](c.md) too.", []string{"See [a] or b.", "See a or [b].", "And [c] too."}},
		{"over an end", "Read [this. Or that](a.md) now. End.", []string{"Read [this. Or that] now."}},
		{"wikilinks", "Learn [[STAR answers]] by [[cv/x|heart]].", []string{"Learn [STAR answers] by heart.", "Learn STAR answers by [heart]."}},
		{"a heading", "## About [a](a.md)\n\nText.", []string{"About [a]"}},
		{"a title", "# About [a](a.md)\n\nSee [b](b.md) now.", []string{"See [b] now."}},
		{"over lines", "See\n[a\nb](a.md)\nnow.", []string{"See [a b] now."}},
		{"a footnote before text", "One[^1] and [b](b.md) two.\n\n[^1]: Three [a](a.md) four.\n", []string{"One and [b] two.", "Three [a] four."}},
		{"HTML stays text", "See `<b>` and [a](a.md) &lt;i>.", []string{"See <b> and [a] <i>."}},
		{"a picture", "See [![alt](x.png)](a.md) now.", []string{"", ""}},
		{"a table", "| a | b |\n| - | - |\n| See [a](a.md) now | x |\n", []string{"See [a] now"}},
		{"without blanks", "先看[简历](a.md)再说。然后", []string{"先看[简历]再说。"}},
		{"facts", "Give [[fact:notice]] as [this](a.md) says.", []string{"", "Give \x0enotice\x0f as [this] says."}},
		{"long before", long + "see [a](a.md).", []string{"…" + strings.Repeat("word ", 38) + "see [a]."}},
		{"long after", "See [a](a.md) " + long, []string{"See [a] " + strings.TrimSpace(strings.Repeat("word ", 38)) + "…"}},
		{"long itself", "See [" + long + "](a.md) now.", []string{"See [" + strings.TrimSpace(strings.Repeat("word ", 19)) + "…] now."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, _ := New(Options{}).Parse("a.md", 1, []byte(c.src))
			refs := make([]int, len(b.Refs))
			for i := range refs {
				refs[i] = i
			}
			quotes := b.Quotes(refs)
			if len(quotes) != len(c.want) {
				t.Fatalf("%d references, want %d", len(quotes), len(c.want))
			}
			for i, q := range quotes {
				got := ""
				if q.Linked != "" {
					got = q.Before + "[" + q.Linked + "]" + q.After
				}
				if got != c.want[i] {
					t.Errorf("%s\n got %q\nwant %q", b.Refs[i].Target, got, c.want[i])
				}
				if n := utf8.RuneCountInString(q.Before + q.Linked + q.After); n > maxQuote+2 {
					t.Errorf("%d characters", n)
				}
			}
		})
	}
}

// TestQuotesOfMany finds the sentences of many links in one paragraph, with
// full stops and without, in time that grows with the text alone.
func TestQuotesOfMany(t *testing.T) {
	for _, sentence := range []string{"see [a](b.md) and so on ", "See [a](b.md) now. ", "x.y.[a](b.md).z."} {
		src := strings.Repeat(sentence, 300)
		b, _ := New(Options{}).Parse("a.md", 1, []byte(src))
		if len(b.Refs) != 300 {
			t.Fatalf("%d references", len(b.Refs))
		}
		refs := make([]int, len(b.Refs))
		for i := range refs {
			refs[i] = i
		}
		for i, q := range b.Quotes(refs) {
			if q.Linked != "a" || utf8.RuneCountInString(q.Before+q.Linked+q.After) > maxQuote+2 {
				t.Fatalf("%d: %q", i, q)
			}
		}
	}
}
