package output

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// blank runs no template, so that what is measured is this package.
type blank struct{ out []byte }

func (b blank) Has(string) bool                     { return true }
func (b blank) Names() []string                     { return nil }
func (b blank) Run(string, any) ([]byte, diag.List) { return b.out, nil }

// typical returns a site of n articles like those of the example.
func typical(tb testing.TB, n int) *fake {
	f := newFake(tb)
	f.o.PageSize = 50
	f.topic("interviews", "Interviews")
	for i := range n {
		id := content.ID(fmt.Sprintf("interviews/article-%05d", i))
		f.add(id, fmt.Sprintf("What to do when an interview goes badly %d", i), func(n *site.Entry, p *content.Page) {
			n.Description = "A bad hour is not a bad career. How to take stock, ask for feedback, and go into the next one stronger."
			n.Topics, n.Owner, n.Words = []string{"interviews"}, "Careers team", 900
			n.Published, n.Updated, n.Reviewed = on("2025-12-24"), on("2026-10-12"), on("2026-10-01")
			n.ReviewDue = "2027-10-01"
			parts := []any{}
			for j := range 12 {
				n.Refs = append(n.Refs, content.Ref{Ref: markdown.Ref{Kind: markdown.RefLink}, Scheme: content.SchemePage, Key: fmt.Sprintf("/interviews/article-%05d/", j)})
				parts = append(parts, "<p>"+strings.Repeat("Take the positives of it. ", 20)+`<a href="`, hole(markdown.HoleAddress, j), `"`, hole(markdown.HoleRel, j), `>`, hole(markdown.HoleTitle, j), "</a></p>")
				n.Headings = append(n.Headings, markdown.Heading{Level: 2 + j%2, ID: fmt.Sprint("h", j), HTML: "A heading"})
			}
			body(p, parts...)
		})
	}
	return f
}

func benchmarkPage(b *testing.B, relative bool) {
	f := typical(b, 50)
	f.o.Relative = relative
	f.plan()
	m := NewMaker(f.o)
	e := f.env(&looks{})
	e.See = func(string) {}
	e.View = cheap{f.view(func(string) {}), f.all[:5]}
	e.Layouts = blank{make([]byte, 12_000)}
	j := Job{Path: "interviews/article-00007/index.html", Kind: JobPage, ID: "interviews/article-00007"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Make(context.Background(), j, e); err != nil {
			b.Fatal(err)
		}
	}
}

// cheap answers at once where the fake would search.
type cheap struct {
	View
	five []*site.Entry
}

func (c cheap) Related(content.ID) []*site.Entry { return c.five }
func (c cheap) Backlinks(content.ID) []site.Backlink {
	return []site.Backlink{{Entry: c.five[0]}, {Entry: c.five[1]}}
}

func BenchmarkPage(b *testing.B) {
	b.Run("rooted", func(b *testing.B) { benchmarkPage(b, false) })
	b.Run("relative", func(b *testing.B) { benchmarkPage(b, true) })
}

func BenchmarkArticlesJSON(b *testing.B) {
	f := newFake(b)
	for i := range 100_000 {
		f.add(content.ID(fmt.Sprintf("a%06d", i)), fmt.Sprintf("Article %d", i), func(n *site.Entry, p *content.Page) {
			n.Description, n.Topics, n.Published, n.Words = "A sentence of the usual length about something.", []string{"a", "b"}, on("2026-01-01"), 900
		})
	}
	m := NewMaker(f.o)
	e := f.env(&looks{})
	for b.Loop() {
		if _, err := m.Make(context.Background(), Job{Path: "articles.json", Kind: JobArticles}, e); err != nil {
			b.Fatal(err)
		}
	}
}
