package site

import (
	"testing"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// TestSuggestions asks for what is not there, as writers would, and looks at
// all that is suggested: noise is as bad as silence.
func TestSuggestions(t *testing.T) {
	var in Input
	in.Now = day
	for _, p := range []struct {
		id, title string
		old       []string
	}{
		{"", "Careers", nil},
		{"interviews/prepare", "Get ready for an interview", []string{"/jobs/getting-ready/"}},
		{"interviews/present", "Give a talk", nil},
		{"interviews/questions", "What they ask", nil},
		{"interviews/parents", "What parents can do", nil},
		{"interviews/stress", "Keep calm", nil},
		{"cv/template", "A CV to copy", nil},
		{"cv/cv", "CV", nil},
		{"cv/ats", "ATS", nil},
		{"jobs/c-sharp", "C# jobs", nil},
		{"jobs/c", "C", nil},
	} {
		c := &content.Card{ID: content.ID(p.id), Kind: content.Article, File: "content/" + p.id + ".md", Title: p.title,
			Headings: []markdown.Heading{{Level: 2, ID: "jobs", Text: "Jobs"}}, IDs: []string{"jobs"}}
		if p.id == "" {
			c.File, c.Kind = "content/index.md", content.Home
		}
		for _, old := range p.old {
			c.Aliases = append(c.Aliases, content.Value{Text: old})
		}
		in.Cards, in.Digests = append(in.Cards, c), append(in.Digests, cache.Sum([]byte(p.id)))
	}
	const look = "check the path; links.allow in site.yaml names addresses that another system serves"
	for _, c := range []struct{ from, written, hint string }{
		{"interviews/after", "[x](preprae.md)", "did you mean prepare.md?"},
		{"interviews/after", "[x](/interviews/preprae/)", "did you mean /interviews/prepare/?"},
		{"interviews/after", "[x](zebra.md)", look},
		{"interviews/after", "[x](/jobs/geting-ready/)", "did you mean /interviews/prepare/?"},
		{"interviews/after", "[x](get-ready-for-an-interview.md)", "did you mean prepare.md?"},
		{"interviews/after", "[x](get-redy-for-an-interview.md)", "did you mean prepare.md?"},
		{"interviews/after", "[x](../jobs/prepare.md)", "did you mean prepare.md?"},
		{"interviews/after", "[x](../jobs/preparee.md)", "did you mean prepare.md?"},
		{"interviews/after", "[x](www.gov.uk)", "write https://www.gov.uk for an address of another site"},
		{"interviews/after", "[x](gov.uk/browse/working#jobs)", "write https://gov.uk/browse/working#jobs for an address of another site"},
		{"interviews/after", "[x](me@example.org)", "write mailto:me@example.org for an e-mail address"},
		{"interviews/after", "[x](form.pdf)", "put the file into content/interviews/form.pdf"},
		{"interviews/after", "[[Get redy for an interview]]", "did you mean [[Get ready for an interview]]?"},
		{"interviews/after", "[[jobs/geting-ready]]", "did you mean [[interviews/prepare]]?"},
		{"interviews/after", "[[XY]]", "link by the page's title or path: [[cv/template]]"},
		{"interviews/after", "[[C# jobs]]", ""},
		{"interviews/after", "[[c#jobs]]", ""},
		{"interviews/after", "[[C++ jobs]]", "did you mean [[C# jobs]]?"},
	} {
		page, problems := content.NewParser(markdown.New(markdown.Options{Language: "en-GB"}), content.Options{}).Parse("content/"+c.from+".md",
			[]byte("---\ntitle: After\ndescription: d\n---\n\n"+c.written+"\n"))
		with := in
		with.Cards = append(append([]*content.Card{}, in.Cards...), page.Card)
		with.Digests = append(append([]cache.Digest{}, in.Digests...), cache.Digest{})
		s, told := Link(with)
		problems = append(problems, linked(told)...)
		got := ""
		if len(problems) == 1 {
			got = problems[0].Hint
		}
		if got != c.hint || len(problems) > 1 || c.hint == "" && len(problems) > 0 {
			t.Errorf("%s: %v, want the hint %q", c.written, problems, c.hint)
		}
		want := map[string]string{"[[C# jobs]]": "/jobs/c-sharp/", "[[c#jobs]]": "/jobs/c/#jobs"}[c.written]
		if to := s.View(nil).Resolve(&page.Card.Refs[0]); want != "" && to.URL != want {
			t.Errorf("%s leads to %s, want %s", c.written, to.URL, want)
		}
	}
}
