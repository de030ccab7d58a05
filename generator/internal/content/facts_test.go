package content

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestParseFacts reads facts, good ones and bad ones.
func TestParseFacts(t *testing.T) {
	long := strings.Repeat("x", 1001)
	for _, c := range []struct {
		name, src string
		want      string // name=value of each fact
		problems  []string
	}{
		{"nothing", "# none yet\n", "", nil},
		{"short and long form", "a: 1 week\nb: {value: 12.50, source: A survey, reviewed: 2026-05-01, review_every: 1 year}\n", "a=1 week b=12.50", nil},
		{"names in other scripts", "kündigung: eine Woche\n", "kündigung=eine Woche", nil},
		{"of one another", "a: \"[[fact:b]] x [[fact:b]]\"\nb: {value: y}\n", "a=y x y b=y", nil},
		{"alone, as YAML has it", "a: [[fact:b]]\nb: y\n", "a=y b=y", nil},
		{"circle", "a: x [[fact:b]]\nb: y [[fact:c]]\nc: z [[fact:a]]\nd: good\n", "d=good",
			[]string{`3:6 fact-circle the fact "a" is, through the facts that it names, its own value`}},
		{"itself", "a: \"[[fact:a]]\"\n", "", []string{`1:5 fact-circle the fact "a" is, through the facts that it names, its own value`}},
		{"names none", "notice: 1 week\nb: in [[fact:notise]]\n", "notice=1 week", []string{`2:7 unknown-fact no fact is called "notise"`}},
		{"no value", "a:\nb: {source: x}\nc: {value: ''}\n", "", []string{
			`1:3 bad-value the fact "a" has no value`, `2:1 bad-value the fact "b" has no value`, `3:12 bad-value the fact "c" has no value`}},
		{"no text", "a: [1, 2]\nb: {value: {x: 1}}\n", "", []string{`1:4 bad-value a is a text, not a list`, `2:12 bad-value b.value is a text, not a group of keys`}},
		{"a name that cannot be written", "a b: 1\n", "", []string{`1:1 bad-value a fact cannot be called "a b"`}},
		{"unknown key", "a: {value: 1, reveiwed: 2026-05-01}\n", "a=1", []string{`1:15 unknown-key unknown key "reveiwed" in the fact "a"`}},
		{"bad date and period", "a: {value: 1, reviewed: 2026-13-01, review_every: often}\n", "a=1", []string{
			`1:25 bad-date a.reviewed: there is no month "2026-13"`, `1:51 bad-value a.review_every is not a period: "often"`}},
		{"never due", "a: {value: 1, review_every: 1 year}\n", "a=1", []string{`1:1 bad-value the fact "a" has review_every and no reviewed, so it never falls due`}},
		{"too long", "a: " + long + "\n", "", []string{`1:1 bad-value the value of "a" is longer than 1000 characters`}},
		{"broken", "a: {value: 1\n", "", []string{`1:4 bad-yaml the file is not YAML: a list or group in brackets is never closed`}},
		{"twice", "a: 1\na: 2\n", "a=2", []string{`2:1 duplicate-key the key "a" stands here again; its value in line 1 does not count`}},
		{"a list", "- a: 1\n", "", []string{`1:1 bad-yaml the file is a list, where keys and values are wanted`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts, diags := NewParser(nil, Options{}).ParseFacts("content/facts.yaml", []byte(c.src))
			var got []string
			for _, f := range facts.List {
				got = append(got, f.Name+"="+f.Value)
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("facts %q, want %q", g, c.want)
			}
			var told []string
			for _, d := range diags.Sorted() {
				told = append(told, fmt.Sprintf("%d:%d %s %s", d.Line, d.Col, d.Rule, d.Message))
				if d.Hint == "" {
					t.Errorf("no way out of %v", d)
				}
			}
			if fmt.Sprint(told) != fmt.Sprint(c.problems) {
				t.Errorf("problems\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(c.problems, "\n"))
			}
			if diags.Failed() && !facts.Lost && c.want != "a=1" {
				t.Error("facts are missing and nobody says so")
			}
		})
	}
}

// TestFactsDouble: values that name others twice would double at each step.
func TestFactsDouble(t *testing.T) {
	var b strings.Builder
	b.WriteString("f0: word\n")
	for i := range 60 {
		fmt.Fprintf(&b, "f%d: \"[[fact:f%d]][[fact:f%d]]\"\n", i+1, i, i)
	}
	start := time.Now()
	facts, diags := NewParser(nil, Options{}).ParseFacts("content/facts.yaml", []byte(b.String()))
	if len(facts.List) != 8 || diags.Count(2) != 1 {
		t.Errorf("%d facts, problems %v", len(facts.List), diags)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestFactPlaces: a fact in front matter is told where it is written.
func TestFactPlaces(t *testing.T) {
	src := "---\ntitle: \"Über [[fact:a]], [[fact:a]]\"\ndescription: >\n  Two lines,\n  and [[fact:b]].\n" +
		"changes: [{date: 2026-01-01, note: \"in [[fact:c]]\"}]\nsources: [\"[[fact:d]]\"]\naction: {text: \"[[fact:e]]\", url: /x/}\n" +
		"params: {deep: [{x: [[fact:f]]}]}\nowner: [[fact:g]]\n---\n\n## [[fact:h]]\n"
	page, diags := NewParser(nil, Options{}).Parse("content/a.md", []byte(src))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, r := range page.Card.Refs {
		if r.Scheme == SchemeFact {
			got = append(got, fmt.Sprintf("%s %d:%d-%d", r.Key, r.Line, r.Col, r.EndCol))
		}
	}
	want := "a 2:14-24, a 2:26-36, b 5:7-17, c 6:40-50, d 7:12-22, e 8:17-27, f 9:21-31, g 10:8-18"
	if g := strings.Join(got, ", "); g != want {
		t.Errorf("facts at\n%s, want\n%s", g, want)
	}
}
