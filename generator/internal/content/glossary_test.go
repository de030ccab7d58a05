package content

import (
	"fmt"
	"strings"
	"testing"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// TestParseGlossary reads terms, good ones and bad ones.
func TestParseGlossary(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      string // "ID Name (also) > see" of each term
		problems  []string
	}{
		{"nothing", "# none yet\n", "", nil},
		{"a list", "- term: ATS\n  also: [applicant tracking system]\n  definition: Software.\n  see: [CV]\n  source: A book\n- {term: CV, definition: A page.}\n",
			"ats ATS (applicant tracking system) > CV; cv CV", nil},
		{"a table", "ATS: {definition: Software., also: 'tracking system, tracker'}\nCV: A page.\n", "ats ATS (tracking system,tracker); cv CV", nil},
		{"ids", "- {term: C, definition: x}\n- {term: C++, definition: x}\n- {term: Café, definition: x}\n- {term: Q&A, definition: x}\n- {term: Search, definition: x}\n- {term: C & D, definition: x}\n- {term: C and D, definition: x}\n",
			"c C; c-plus-plus C++; café Café; q-and-a Q&A; search-term Search; c-and-d C & D; c-and-d-2 C and D", nil},
		{"one name twice", "- {term: ATS, definition: x}\n- {term: Ats, definition: y}\n- {term: Tracker, also: [ats, ATS x], definition: z}\n",
			"ats ATS; tracker Tracker (ATS x)", []string{
				`2:10 term-clash the term "Ats" is in line 1 already, as "ATS"`, `3:26 term-clash the term "ats" is in line 1 already, as "ATS"`}},
		{"the same twice over", "- {term: ATS, also: [ATS, ats, x, x], definition: x}\n", "ats ATS (ats,x)", nil},
		{"a name of a term that is lost", "- {term: A, also: [b]}\n- {term: B, definition: x}\n", "b B", []string{`1:10 bad-value the term "A" has no definition`}},
		{"see", "- {term: Reference, definition: x, see: [Referense, reference, CV]}\n- {term: CV, also: [résumé], definition: x, see: Résumé}\n",
			"reference Reference > CV; cv CV (résumé)", []string{
				`1:42 unknown-term no term is called "Referense"`, `1:53 bad-value the term "reference" leads to itself`, `2:50 bad-value the term "Résumé" leads to itself`}},
		{"no term", "- {definition: x}\n- just text\n- {term: '', definition: x}\n- {term: ---, definition: x}\n", "", []string{
			`1:3 bad-value an entry of the glossary has no term`, `2:3 bad-value an entry of the glossary has no term`,
			`3:10 bad-value a term has no name`, `4:10 bad-value "---" is no term`}},
		{"no definition", "- {term: a, definition: ' '}\n- {term: b, definition: [x]}\n- {term: c, definition: '<!-- -->'}\n", "", []string{
			`1:10 bad-value the term "a" has no definition`, `2:25 bad-value a definition is a text, not a list`, `3:25 bad-value nothing is left of the definition of "c"`}},
		{"too much in a definition", "- term: a\n  definition: |\n    ## Heading\n- {term: b, definition: '# One'}\n- {term: c, definition: 'x {#id}'}\n", "c c", []string{
			`2:15 bad-value the definition of "a" has a heading, a footnote or an id in it, which would be on each page that shows it`,
			`4:25 bad-value the definition of "b" has a heading, a footnote or an id in it, which would be on each page that shows it`}},
		{"a list under a key", "terms:\n  - {term: a, definition: x}\n", "", []string{`1:1 bad-value the list of terms has no name`}},
		{"unknown key", "- {term: a, definition: x, sea: [b]}\n", "a a", []string{`1:28 unknown-key unknown key "sea" in the term "a"`}},
		{"too long", "- {term: " + strings.Repeat("x", 101) + ", definition: x}\n", "", []string{`1:10 bad-value the term "` + strings.Repeat("x", 60) + `…" is longer than 100 characters`}},
		{"a fact as a name", "- {term: '[[fact:x]]', definition: x}\n", "", []string{`1:10 bad-value the name of a term cannot be a fact`}},
		{"broken", "- {term: a\n", "", []string{`1:3 bad-yaml the file is not YAML: a list or group in brackets is never closed`}},
		{"a text", "word\n", "", []string{`1:1 bad-yaml the file is "word", where keys and values are wanted`}},
		{"places in definitions", "- term: a\n  definition: |\n    First line.\n\n    A <b>second</b>.\n- {term: b, definition: \"is <i>x</i>\"}\n- term: c\n  definition: is <u>y</u>\n- term: d\n  definition: >\n    folded\n    <s>z</s>\n",
			"a a; b b; c c; d d", []string{`5:7 raw-html <b> is HTML and is left out`, `6:29 raw-html <i> is HTML and is left out`,
				`8:18 raw-html <u> is HTML and is left out`, `10:15 raw-html <s> is HTML and is left out`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{})
			g, diags := p.ParseGlossary("content/glossary.yaml", []byte(c.src))
			var got []string
			for _, term := range g.Terms {
				s := term.ID + " " + term.Name
				if len(term.Also) > 0 {
					s += " (" + strings.Join(term.Also, ",") + ")"
				}
				for _, k := range term.See {
					s += " > " + g.Terms[k].Name
				}
				got = append(got, s)
				if term.Digest.IsZero() {
					t.Errorf("%s has no digest", term.Name)
				}
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("terms %q, want %q", s, c.want)
			}
			var told []string
			for _, d := range diags.Sorted() {
				told = append(told, fmt.Sprintf("%d:%d %s %s", d.Line, d.Col, d.Rule, d.Message))
				if d.Hint == "" {
					t.Errorf("no way out of %v", d)
				}
			}
			if a, b := strings.Join(told, "\n"), strings.Join(c.problems, "\n"); a != b {
				t.Errorf("problems\n%s\nwant\n%s", a, b)
			}
		})
	}
}

// FuzzGlossary: whatever stands in the two files, reading it ends, and what is
// missing is told.
func FuzzGlossary(f *testing.F) {
	f.Add("- {term: ATS, also: [x], definition: 'a [[fact:b]] [[term:x]] [y](z.md)', see: [x], source: https://example.org}\n")
	f.Add("a: \"[[fact:b]] x\"\nb: {value: \"[[fact:a]]\", reviewed: 2026-05-01, review_every: 1 year}\n")
	f.Add("ATS: |\n  # One\n\n  text[^1]\n\n  [^1]: note\n")
	p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{})
	f.Fuzz(func(t *testing.T, src string) {
		facts, diags := p.ParseFacts("content/facts.yaml", []byte(src))
		if facts.Lost && !diags.Failed() {
			t.Errorf("facts were lost without a word: %q", src)
		}
		g, more := p.ParseGlossary("content/glossary.yaml", []byte(src))
		if g.Lost && !more.Failed() {
			t.Errorf("terms were lost without a word: %q", src)
		}
		for _, d := range append(diags, more...) {
			if _, known := diag.LookupRule(d.Rule); !known || d.Message == "" {
				t.Errorf("problem %v", d)
			}
		}
		terms := markdown.NewTerms(g.Names())
		for _, term := range g.Terms {
			if own, ok := terms.Called(term.Name); !ok || own != term.Name {
				t.Errorf("the term %q is called %q", term.Name, own)
			}
		}
	})
}
