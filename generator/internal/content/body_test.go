package content

import (
	"slices"
	"strings"
	"testing"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// TestWithBody reads pages with their text.
func TestWithBody(t *testing.T) {
	p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{Language: "en-GB"})
	for _, c := range []struct {
		name, file, src string
		title           string
		at              Place
		description     string
		rules           []string // of the problems, sorted
	}{
		{"whole", "content/a.md", "---\ntitle: One\ndescription: Two.\n---\nText.\n", "One", Place{Line: 2, Col: 8, EndCol: 11}, "Two.", nil},
		{"from the heading", "content/a.md", "---\ndescription: Two.\n---\n\n# One\n\nText.\n", "One", Place{Line: 5, Col: 1, EndCol: 0}, "Two.", nil},
		{"no front matter", "content/a.md", "# One\n\nFirst. Second.\n", "One", Place{Line: 1, Col: 1, EndCol: 0}, "First.", []string{"missing-description"}},
		{"same twice", "content/a.md", "---\ntitle: One\ndescription: d\n---\n# One\n", "One", Place{Line: 2, Col: 8, EndCol: 11}, "d", nil},
		{"two titles", "content/a.md", "---\ntitle: One\ndescription: d\n---\n# Two\n", "One", Place{Line: 2, Col: 8, EndCol: 11}, "d", []string{"two-titles"}},
		{"none", "content/a.md", "Text.\n", "", Place{}, "Text.", []string{"missing-description", "missing-title"}},
		{"topic", "content/topics/a.md", "---\ntitle: One\n---\nText.\n", "One", Place{Line: 2, Col: 8, EndCol: 11}, "Text.", nil},
		{"home", "content/index.md", "---\ntitle: One\n---\nText.\n", "One", Place{Line: 2, Col: 8, EndCol: 11}, "Text.", nil},
	} {
		page, diags := p.Parse(c.file, []byte(c.src))
		var rules []string
		for _, d := range diags {
			rules = append(rules, d.Rule)
		}
		slices.Sort(rules)
		if got := page.Card; got.Title != c.title || got.TitleAt != c.at || got.Description != c.description || !slices.Equal(rules, c.rules) || got.Held != diags.Failed() {
			t.Errorf("%s: %q at %v, %q, %v", c.name, got.Title, got.TitleAt, got.Description, diags)
		}
	}
}

// TestRefs holds that the body's references come first and in order, those
// that lead nowhere too, as the body's holes count by them.
func TestRefs(t *testing.T) {
	p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{})
	src := "---\ntitle: x\ndescription: y\nrelated: [z.md]\n---\n\nSee [a](a.md), [b](javascript:x), [[C]], [d](https://example.org/) and [e](#f).\n"
	page, diags := p.Parse("content/cv/page.md", []byte(src))
	c := page.Card
	if len(page.Body.Refs) != 5 || len(c.Refs) != 6 {
		t.Fatalf("%d and %d references", len(page.Body.Refs), len(c.Refs))
	}
	for i, want := range []string{"/cv/a/", "", "c", "https://example.org/", "/cv/page/", "/cv/z/"} {
		if c.Refs[i].Key != want || (i < 5) != (c.Refs[i].Use == UseBody) {
			t.Errorf("%d: %+v", i, c.Refs[i])
		}
		if i < 5 && c.Refs[i].Ref != page.Body.Refs[i] {
			t.Errorf("%d is not the body's", i)
		}
	}
	if !c.Held || !slices.ContainsFunc(diags, func(d diag.Diag) bool { return d.Rule == "bad-address" && d.Line == 7 && d.Col == 16 }) {
		t.Error(diags)
	}
}

// TestUnclosedText holds that front matter in error is not made into text.
func TestUnclosedText(t *testing.T) {
	p := NewParser(markdown.New(markdown.Options{Language: "en-GB"}), Options{})
	for _, src := range []string{"---\ntitle: secret\n\nText.\n", "title: secret\ndraft: true\n\nText.\n", "----\ntitle: secret\n----\n", "+++\ntitle = 'secret'\n---\n"} {
		page, _ := p.Parse("content/a.md", []byte(src))
		if strings.Contains(string(page.Body.HTML)+page.Card.Title+page.Card.Description, "secret") || !page.Card.Held {
			t.Errorf("%q: %s", src, page.Body.HTML)
		}
	}
}
