package markdown

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"
)

// manyTerms are 2,000 terms of one to four words, most beginning alike.
func manyTerms() *Terms {
	var list []TermName
	for i := range 2000 {
		name := "career plan step " + string(rune('a'+i%26)) + fmt.Sprint(i)
		switch i % 4 {
		case 1:
			name = fmt.Sprintf("word%d", i)
		case 2:
			name = fmt.Sprintf("career plan%d", i)
		}
		list = append(list, TermName{name, []string{fmt.Sprintf("Alias%d of it", i)}})
	}
	return NewTerms(list)
}

// TestTermsAgainstSlow compares what is found with looking for each term at
// each word.
func TestTermsAgainstSlow(t *testing.T) {
	words := []string{"a", "b", "ab", "A", "AB", "b1"}
	joints := []string{" ", "  ", "\n", "-", ", ", ".", "’", "'s ", " (", "_"}
	for seed := range int64(2000) {
		r := rand.New(rand.NewSource(seed))
		var list []TermName
		for range 1 + r.Intn(5) {
			name := words[r.Intn(len(words))]
			for range r.Intn(3) {
				name += []string{" ", "-"}[r.Intn(2)] + words[r.Intn(len(words))]
			}
			list = append(list, TermName{Name: name})
		}
		var text strings.Builder
		for range 1 + r.Intn(12) {
			text.WriteString(words[r.Intn(len(words))] + joints[r.Intn(len(joints))])
		}
		terms := NewTerms(list)
		s := text.String()
		finds, _ := terms.find([]byte(s), nil, false, false, nil, func(int32) bool { return true })
		var got []string
		for _, f := range finds {
			got = append(got, fmt.Sprint(f.from, " ", s[f.from:f.to]))
		}
		if want := slowTerms(list, s); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: in %q of %v found\n%q, want\n%q", seed, s, list, got, want)
		}
	}
}

// slowTerms is what find does, in the simplest way, for ASCII.
func slowTerms(list []TermName, s string) (found []string) {
	plain := strings.NewReplacer("’", "'  ", "\n", " ").Replace(s) // of the same length
	isWord := func(i int) bool {
		return i >= 0 && i < len(plain) && (isLetter(plain[i]) || plain[i] >= '0' && plain[i] <= '9' || plain[i] == '_')
	}
	match := func(i int, name string) int {
		for k := 0; k < len(name); k++ {
			if i >= len(plain) || s[i] != name[k] && !(name[k] == ' ' && plain[i] == ' ') {
				return -1
			}
			i++
			for name[k] == ' ' && i < len(s) && (s[i] == ' ' || s[i] == '\n') {
				i++
			}
		}
		return i
	}
	for i := 0; i < len(s); i++ {
		if isWord(i-1) || i > 0 && strings.IndexByte("-'.", plain[i-1]) >= 0 && isWord(i-2) || i >= 3 && strings.HasSuffix(s[:i], "’") && isWord(i-4) {
			continue
		}
		best := -1
		for _, n := range list {
			names := []string{n.Name}
			if other, ok := otherCase(n.Name); ok {
				names = append(names, other)
			}
			for _, name := range names {
				end := match(i, name)
				if end < 0 || isWord(end) {
					continue
				}
				if end < len(s) {
					after := end + 1
					if strings.HasPrefix(s[end:], "’") {
						after = end + 3
					}
					switch {
					case strings.IndexByte("-.", s[end]) >= 0 && isWord(after):
						continue
					case (s[end] == '\'' || after == end+3) && isWord(after) && !(plain[after] == 's' && !isWord(after+1)):
						continue
					}
				}
				best = max(best, end)
			}
		}
		if best >= 0 {
			found = append(found, fmt.Sprint(i, " ", s[i:best]))
			i = best - 1
		}
	}
	return found
}

// TestTermsAreLinear: 2,000 terms in a megabyte, of text that nearly matches
// everywhere, take no more than a few times what the text alone takes.
func TestTermsAreLinear(t *testing.T) {
	terms := manyTerms()
	near := strings.Repeat(strings.Repeat("career plan step career plan ", 30)+"\n\n", 1200)
	e := New(Options{Language: "en-GB"})
	took := func(a Around) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			if _, diags := e.ParseIn(a, "a.md", 1, []byte(near)); diags.Failed() {
				t.Fatal(diags)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	without, with := took(Around{}), took(Around{Terms: terms, Explain: true})
	t.Logf("%d KB: %v without terms, %v with 2,000", len(near)>>10, without, with)
	if with > 20*without {
		t.Errorf("terms take %v, the text alone %v", with, without)
	}
}

// TestCalled finds terms by their names, in any case.
func TestCalled(t *testing.T) {
	terms := NewTerms([]TermName{{"ATS", []string{"Applicant  tracking system"}}})
	for name, want := range map[string]string{"ats": "ATS", "applicant tracking System": "ATS", "at": ""} {
		if got, _ := terms.Called(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if _, ok := NewTerms(nil).Called("x"); ok {
		t.Error("no terms know one")
	}
}

// BenchmarkTerms is BenchmarkRead with a glossary of 2,000 terms.
func BenchmarkTerms(b *testing.B) {
	src := article(b)
	e := New(Options{Language: "en-GB"})
	terms := manyTerms()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		e.ParseIn(Around{Terms: terms, Explain: true}, "content/a.md", 1, src)
	}
}
