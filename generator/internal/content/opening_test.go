package content

import (
	"strings"
	"testing"

	"guidepost/generator/internal/markdown"
)

// TestOpeningHeading holds a title in the front matter against a heading 1
// with which the body opens: nothing that is written is lost, and nothing is
// shown twice.
func TestOpeningHeading(t *testing.T) {
	p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{})
	for _, c := range []struct {
		title, heading string
		kept           bool
	}{
		{"", "Fees", false},
		{"Fees", "Fees", false},
		{"What's new -- in short", "What's new -- in short", false},
		{"what’s new", "What's *New*", false},
		{"“Fees” and more…", `"Fees" and more...`, false},
		{"C#", `C++`, true},
		{"Fees", "Costs `and` more", true},
	} {
		src := "---\ndescription: d\n"
		if c.title != "" {
			src += "title: '" + strings.ReplaceAll(c.title, "'", "''") + "'\n"
		}
		page, problems := p.Parse("content/a.md", []byte(src+"---\n\n# "+c.heading+"\n\n## Next\n\nText.\n"))
		html := string(page.Body.HTML)
		if got := strings.Count(html, "<h2"); got != map[bool]int{false: 1, true: 2}[c.kept] {
			t.Errorf("%q above %q: %d headings 2 in %s", c.title, c.heading, got, html)
		}
		if got := len(page.Card.Headings) == 2; got != c.kept {
			t.Errorf("%q above %q: headings %v", c.title, c.heading, page.Card.Headings)
		}
		if got := len(problems) == 1 && problems[0].Rule == "two-titles"; got != c.kept || !c.kept && len(problems) > 0 {
			t.Errorf("%q above %q: problems %v", c.title, c.heading, problems)
		}
		if c.title != "" && page.Card.Title != c.title {
			t.Errorf("%q above %q: the title became %q", c.title, c.heading, page.Card.Title)
		}
	}
}
