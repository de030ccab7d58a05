package markdown

import (
	"strings"
	"testing"
)

func TestOpeningQuotes(t *testing.T) {
	e := New(Options{Language: "en-GB"})
	for src, want := range map[string]string{
		"He said 'the team' and 'latest version'.":    "He said ‘the team’ and ‘latest version’.",
		"'less is more' is what 'n' stands for":       "‘less is more’ is what ’n’ stands for",
		"the letter 's' and 't'":                      "the letter ‘s’ and ‘t’",
		"('either') it":                               "(‘either’) it",
		"'Twas said, 'tis so, get 'em, rock 'n' roll": "’Twas said, ’tis so, get ’em, rock ’n’ roll",
		"It's the team's, isn't it":                   "It’s the team’s, isn’t it",
		"no closing 'the mark":                        "no closing ’the mark",
	} {
		b, problems := e.Parse("content/a.md", 1, []byte(src+"\n"))
		got := strings.TrimSuffix(strings.TrimPrefix(string(b.HTML), "<p>"), "</p>")
		if got != want || len(problems) > 0 {
			t.Errorf("%s\n got %s\nwant %s\n%v", src, got, want, problems)
		}
	}
}
