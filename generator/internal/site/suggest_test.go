package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// pagesWith makes n pages, each with the references that refs returns for it.
func pagesWith(n int, refs func(i int) []content.Ref) Input {
	in := Input{Now: day}
	for i := range n {
		c := &content.Card{
			ID: content.ID(fmt.Sprintf("folder-%d/page-about-%d", i%40, i)), Kind: content.Article,
			File: fmt.Sprintf("content/folder-%d/page-about-%d.md", i%40, i), Title: fmt.Sprintf("All about subject %d", i), Refs: refs(i),
		}
		in.Cards, in.Digests = append(in.Cards, c), append(in.Digests, cache.Sum([]byte(c.File)))
	}
	return in
}

// TestSuggestionsAreBounded breaks a link on every page, each in another way,
// and counts comparisons: their number must not be that of pages squared.
func TestSuggestionsAreBounded(t *testing.T) {
	const n = 10_000
	for name, ref := range map[string]func(i int) content.Ref{
		"file": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemePage, Key: fmt.Sprintf("/folder-%d/pgae-about-%dx/", i%40, i)}
		},
		"address": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemePage, Key: fmt.Sprintf("/folder-%d/q-%d/", i%40, i)}
		},
		"title": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemeTitle, Key: fmt.Sprintf("al about subject %dx", i)}
		},
		"picture": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemeFile, Key: fmt.Sprintf("/img/%d.png", i)}
		},
		"topic": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemeTopic, Key: fmt.Sprintf("topic-%d", i)}
		},
		"long": func(i int) content.Ref {
			return content.Ref{Scheme: content.SchemePage, Key: "/" + strings.Repeat("x", 5000) + fmt.Sprint(i) + "/"}
		},
	} {
		in := pagesWith(n, func(i int) []content.Ref {
			r := ref(i)
			r.Ref = markdown.Ref{Kind: markdown.RefLink, Target: r.Key, Line: 3, Col: 1}
			return []content.Ref{r}
		})
		for i := range n {
			in.Files = append(in.Files, fmt.Sprintf("/img/pic-%d.png", i))
		}
		s, diags := Link(in)
		diags = linked(diags)
		if len(diags) != n {
			t.Errorf("%s: %d problems, want %d", name, len(diags), n)
		}
		// The last comparison to begin may go over by its own cost.
		if most := spend + (full+1)*3*n; s.suggest.spent > most {
			t.Errorf("%s: suggestions cost %d, more than %d", name, s.suggest.spent, most)
		}
	}
}

// TestSameBrokenLink: what is asked for again and again is compared once.
func TestSameBrokenLink(t *testing.T) {
	const n = 2000
	in := pagesWith(n, func(int) []content.Ref {
		return []content.Ref{{Ref: markdown.Ref{Kind: markdown.RefLink, Target: "/folder-1/page-abuot-1/", Line: 3, Col: 1}, Scheme: content.SchemePage, Key: "/folder-1/page-abuot-1/"}}
	})
	s, diags := Link(in)
	diags = linked(diags)
	if len(diags) != n {
		t.Fatal(len(diags))
	}
	for _, d := range diags {
		if !strings.HasPrefix(d.Hint, "did you mean /folder-1/page-about-1/") {
			t.Fatal(d.Hint)
		}
	}
	if most := (full + 1) * 3 * n; s.suggest.spent > most {
		t.Errorf("suggestions cost %d, more than %d", s.suggest.spent, most)
	}
}

// TestManyHeadings links to thousands of headings of one page by their texts,
// which a page of under a megabyte can do.
func TestManyHeadings(t *testing.T) {
	const n = 20_000
	c := &content.Card{ID: "a", Kind: content.Article, File: "content/a.md", Title: "A"}
	for i := range n {
		c.Headings = append(c.Headings, markdown.Heading{Level: 2, ID: fmt.Sprintf("h-%d", i), Text: fmt.Sprintf("Heading  %d", i)})
		c.Refs = append(c.Refs, content.Ref{Ref: markdown.Ref{Kind: markdown.RefWiki, Target: fmt.Sprintf("#heading %d", i)}, Scheme: content.SchemePage, Key: "/a/", Fragment: fmt.Sprintf("heading %d", i)})
	}
	s, diags := Link(Input{Cards: []*content.Card{c}, Digests: make([]cache.Digest, 1), Now: day})
	if len(diags) > 0 {
		t.Fatal(diags[0])
	}
	for i := range c.Refs {
		if to := s.View(nil).Resolve(&c.Refs[i]); to.URL != fmt.Sprintf("/a/#h-%d", i) {
			t.Fatal(to.URL)
		}
	}
}

// TestLongLineOfTopics has every topic below another: looking for circles must
// not walk up from each to the top.
func TestLongLineOfTopics(t *testing.T) {
	const n = 20_000
	in := Input{Now: day}
	for i := range n {
		c := &content.Card{ID: content.ID(fmt.Sprintf("topics/t%05d", i)), Kind: content.Topic, File: fmt.Sprintf("content/topics/t%05d.md", i), Title: fmt.Sprint("T", i)}
		if i > 0 {
			c.Parent = fmt.Sprintf("t%05d", i-1)
		}
		in.Cards, in.Digests = append(in.Cards, c), append(in.Digests, cache.Digest{})
	}
	s, diags := Link(in)
	if len(diags) > 0 {
		t.Fatal(diags[0])
	}
	if got := len(s.View(nil).Crumbs("topics/t00099")); got != 101 {
		t.Errorf("%d crumbs, want 101: home, topics and 99 above", got)
	}
	in.Cards[0].Parent = fmt.Sprintf("t%05d", n-1)
	if _, diags = Link(in); len(diags) != n || diags[0].Rule != "topic-circle" {
		t.Errorf("%d problems, want one for each of %d topics in a circle", len(diags), n)
	}
}

// linked returns l without what is told of pages that stand alone.
func linked(l diag.List) diag.List {
	return slices.DeleteFunc(l, func(d diag.Diag) bool { return d.Rule == "orphan" || d.Rule == "dead-end" })
}
