package content

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"guidepost/generator/internal/markdown"
)

// termsOf returns the terms of a page of title and text.
func termsOf(p *Parser, lang, title, text string) Terms {
	return p.weigher.terms(&Page{Card: &Card{Language: lang, Title: title}, Body: &markdown.Body{Text: text}})
}

func weightOf(terms Terms, lang, stem string) uint16 {
	lang, _, _ = strings.Cut(lang, "-")
	for i := range terms.Len() {
		if t := terms.At(i); t.Hash == uint32(fnv(fnv(fnvStart, lang+"\x00"), stem)) {
			return t.Weight
		}
	}
	return 0
}

func TestTerms(t *testing.T) {
	p := NewParser(nil, Options{})
	for _, c := range []struct {
		lang, text string
		has, not   []string
	}{
		{"en-GB", "The interviews, interviewing and INTERVIEWED.", []string{"interview"}, []string{"the", "and", "interviews"}},
		{"en", "the employer's choice, the employer’s café", []string{"employ", "choic", "café"}, []string{"s", "the", "employer"}},
		{"en", "a x 5 IT 2026 3rd", []string{"2026", "3rd"}, []string{"x", "5", "it"}},
		{"fr", "les entretiens d’embauche", []string{"entretien", "embauch"}, []string{"entretiens"}},
		{"de", "die Bewerbungen, ÜBUNGEN", []string{"bewerb"}, []string{"bewerbungen"}},
		{"fi", "työhaastatteluissa hakemuksilla", []string{"työhaastattelu", "hakemuks"}, []string{"työhaastatteluissa"}},
		{"sv-SE", "ansökningarna", []string{"ansökning"}, []string{"ansökningarna"}},
		{"ru", "собеседования, собеседованием", []string{"собеседован"}, []string{"собеседования"}},
		{"cy", "cyfweliadau Cymru", []string{"cyfweliadau", "cymru"}, nil},
		{"ja", "面接の準備", []string{"面接", "準備"}, []string{"面接の準備"}},
		{"en", strings.Repeat("x", 41) + " " + strings.Repeat("é", 21) + " ok-word", []string{"word", "ok"}, []string{strings.Repeat("x", 40), strings.Repeat("é", 20)}},
		{"en", "cafe\u0301 CAFÉ", []string{"café"}, nil},
		{"", "running", []string{"running"}, []string{"run"}},
	} {
		terms := termsOf(p, c.lang, "", c.text)
		for _, w := range c.has {
			if weightOf(terms, c.lang, w) == 0 {
				t.Errorf("%s %q has no %q", c.lang, c.text, w)
			}
		}
		for _, w := range c.not {
			if weightOf(terms, c.lang, w) != 0 {
				t.Errorf("%s %q has %q", c.lang, c.text, w)
			}
		}
	}
}

func TestTermWeights(t *testing.T) {
	p := NewParser(nil, Options{})
	terms := termsOf(p, "en", "title", "once "+strings.Repeat("twenty ", 20)+"both title twice twice")
	title, once, many, twice := weightOf(terms, "en", "titl"), weightOf(terms, "en", "onc"), weightOf(terms, "en", "twenti"), weightOf(terms, "en", "twice")
	if title != 7500 || once != 0 || twice != 2400 || many != 5217 {
		t.Errorf("title %d, once %d, twice %d, many %d", title, once, twice, many)
	}
	page := &Page{Card: &Card{Language: "en", Title: "alpha", Description: "beta", Keywords: []string{"gamma ray"}, Headings: []markdown.Heading{{Text: "delta"}}}, Body: &markdown.Body{Text: "epsilon"}}
	terms = p.weigher.terms(page)
	for stem, want := range map[string]uint16{"alpha": 6000, "beta": 3000, "gamma": 3000, "ray": 3000, "delta": 1500, "epsilon": 1500} {
		if got := weightOf(terms, "en", stem); got != want {
			t.Errorf("%s weighs %d, want %d", stem, got, want)
		}
	}
	var list []Term
	for i := range terms.Len() {
		list = append(list, terms.At(i))
	}
	if !slices.IsSortedFunc(list, func(a, b Term) int {
		if a.Weight != b.Weight {
			return int(b.Weight) - int(a.Weight)
		}
		if a.Hash < b.Hash {
			return -1
		}
		return 1
	}) {
		t.Errorf("not the heaviest first, ties by hash: %v", list)
	}
	if n := termsOf(p, "en", "", benchText(3000, 1)).Len(); n != maxTerms {
		t.Errorf("%d terms", n)
	}
	if termsOf(p, "en", "", "") != "" {
		t.Error("nothing has terms")
	}
}

// TestTermsRepeat holds that what a worker remembers changes nothing: not
// other pages, other languages, a full memory, nor other workers.
func TestTermsRepeat(t *testing.T) {
	texts := make([]string, 30)
	want := make([]Terms, len(texts))
	langs := []string{"en", "fr", "cy"}
	for i := range texts {
		texts[i] = benchText(400, uint64(i))
		want[i] = termsOf(NewParser(nil, Options{}), langs[i%3], "", texts[i])
	}
	p := NewParser(nil, Options{})
	var flood strings.Builder
	for i := range 40000 {
		fmt.Fprintf(&flood, "w%dq ", i)
	}
	termsOf(p, "en", "", flood.String())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, text := range texts {
				if termsOf(p, langs[i%3], "", text) != want[i] {
					t.Errorf("text %d has other terms the second time", i)
				}
			}
		})
	}
	wg.Wait()
}

// TestTermsByLanguage holds that a word is not the same in two languages: how
// rare it is in one must not depend on pages in the other.
func TestTermsByLanguage(t *testing.T) {
	p := NewParser(nil, Options{})
	en, de := termsOf(p, "en", "", "handy rat gift"), termsOf(p, "de", "", "handy rat gift")
	for i := range de.Len() {
		for k := range en.Len() {
			if en.At(k).Hash == de.At(i).Hash {
				t.Error("a word of English is one of German")
			}
		}
	}
	if gb := termsOf(p, "en-GB", "", "handy rat gift"); gb != en {
		t.Error("a word of British English is none of English")
	}
}

func TestStopWordsSorted(t *testing.T) {
	if !slices.IsSorted(stopWords[:]) {
		t.Error("not sorted")
	}
}

// FuzzTerms holds that no text makes a stemmer panic.
func FuzzTerms(f *testing.F) {
	f.Add("en", "The employer’s choices 面接の準備 café")
	f.Add("fr", "les entretiens d’embauche œuvres naïveté")
	f.Add("de", "Straßenbahn ÜBUNG über")
	f.Add("ru", "собеседования")
	f.Add("tr", "iş görüşmesinde")
	f.Add("ar", "المقابلات الوظيفية")
	f.Add("ta", "நேர்காணல்களில்")
	f.Add("ga", "d'agallaimh bhfostóir")
	f.Add("es", "búsqueda de empleo pingüino")
	p := NewParser(nil, Options{})
	f.Fuzz(func(t *testing.T, lang, text string) {
		terms := termsOf(p, lang, "", text)
		if terms.Len() > maxTerms {
			t.Fatal(terms.Len())
		}
		for i := range terms.Len() {
			x := terms.At(i)
			if x.Hash == 0 || x.Weight == 0 {
				t.Fatal(x)
			}
		}
	})
}
