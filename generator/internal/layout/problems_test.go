package layout

import (
	"flag"
	"fmt"
	"html/template"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"guidepost/generator/internal/diag"
)

var update = flag.Bool("update", false, "rewrite what the cases in testdata/ want")

// samplePage is an article with a little of everything.
func samplePage() *Page {
	site := &Site{Title: "Careers", Language: "en-GB", Direction: "ltr", Home: "/",
		Navigation: []Link{{Text: "Find a job", URL: "/jobs/"}, {Text: "Interviews", URL: "/interviews/", Current: true}, {Text: "CV & letters", URL: "/cv/"}},
		Styles:     []Asset{{URL: "/assets/site.4F3K2QX7TA.css", Integrity: "sha384-abc"}},
		Publisher:  Publisher{Name: "The Careers Team"}, AtoZ: "/a-z/", TopicsIndex: "/topics/"}
	p := &Page{Site: site, Kind: "article", Title: "After a <bad> interview", Description: "What to do & when.", Language: "en-GB",
		Direction: "ltr", URL: "/interviews/after/",
		Head:   `<meta charset="utf-8"><title>After a &lt;bad&gt; interview</title>`,
		Body:   "<p>You prepared, and then it came apart.</p><h2 id=\"market\">The market</h2><p>Several people could do it.</p><pre>a\n  b\n</pre>",
		Crumbs: []Link{{Text: "Home", URL: "/"}, {Text: "Interviews", URL: "/interviews/"}},
		Contents: []Heading{{ID: "market", Text: "The <em>market</em>", Level: 2, Children: []Heading{{ID: "you", Text: "You", Level: 3}}},
			{ID: "choice", Text: "Choice", Level: 2}},
		Topics:    []Link{{Text: "Interviews", URL: "/topics/interviews/"}},
		Published: Date{"2026-10-12", "12 October 2026"}, Updated: Date{"2026-10-14", "14 October 2026"},
		Owner: "Careers team", Authors: []string{"Ann", "Bo"}, Words: 900, Minutes: 4,
		Action: &Link{Text: "Ask for feedback", URL: "/feedback/"},
		Share:  []Share{{Kind: "email", URL: "mailto:?subject=x"}, {Kind: "copy"}},
		Params: map[string]any{"colour": "teal"}, Target: "/interviews/new/"}
	for i := range 6 {
		c := &Card{Title: fmt.Sprintf("Page %d", i), Description: "What to ask, when, and how to use the answer.", URL: template.URL(fmt.Sprintf("/p/%d/", i)), Topic: "Interviews"}
		if i%2 == 0 {
			c.Image = &Image{Src: "/i.jpg", Alt: "Two chairs", Width: 480, Height: 320}
		}
		p.Related = append(p.Related, c)
		if i < 3 {
			p.Backlinks = append(p.Backlinks, Backlink{Card: c})
		}
	}
	return p
}

func archive(a *txtar) fstest.MapFS {
	m := fstest.MapFS{}
	for _, f := range a.files {
		if strings.HasSuffix(f.name, ".html") && !strings.HasPrefix(f.name, "run ") {
			m[f.name] = &fstest.MapFile{Data: []byte(f.data)}
		}
	}
	return m
}

func testAddress(name string) string {
	if name == "site.css" || name == "icons/go.svg" {
		return "/assets/" + strings.Replace(name, ".", ".4F3K2QX7TA.", 1)
	}
	return ""
}

func tell(l diag.List) string {
	var b strings.Builder
	for _, d := range l {
		fmt.Fprintln(&b, d)
		if d.EndCol > 0 {
			fmt.Fprintf(&b, "    to column %d\n", d.EndCol)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "    %s\n", d.Hint)
		}
	}
	return b.String()
}

// TestCases loads the templates of each archive in testdata/problems and runs
// the pages among them that are named page*.html with a sample page. The
// archive holds what is told on loading, and what each page gives or tells.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a := readArchive(t, name)
			files := archive(a)
			files["assets/site.css"] = &fstest.MapFile{}
			files["assets/icons/go.svg"] = &fstest.MapFile{}
			set, l := Load(files, testAddress)
			got := map[string]string{"load": tell(l)}
			for _, n := range set.Names() {
				if !strings.HasPrefix(n, "page") {
					continue
				}
				out, l := set.Run(n, samplePage())
				if len(l) > 0 && out != nil {
					t.Errorf("%s: both output and problems", n)
				}
				got["run "+n] = string(out) + "\n" + tell(l)
				if len(l) == 0 {
					got["run "+n] = string(out) + "\n"
				}
			}
			want := map[string]string{}
			var kept []txtarFile
			for _, f := range a.files {
				if strings.HasSuffix(f.name, ".html") && !strings.HasPrefix(f.name, "run ") {
					kept = append(kept, f)
				} else {
					want[f.name] = f.data
				}
			}
			if *update {
				a.files = kept
				a.files = append(a.files, txtarFile{name: "load", data: got["load"]})
				for _, n := range set.Names() {
					if g, ok := got["run "+n]; ok {
						a.files = append(a.files, txtarFile{name: "run " + n, data: g})
					}
				}
				a.write(t, name)
				return
			}
			for n, g := range got {
				if g != want[n] {
					t.Errorf("%s:\n got %s\nwant %s", n, g, want[n])
				}
			}
			for n := range want {
				if _, ok := got[n]; !ok {
					t.Errorf("%s is wanted and never told", n)
				}
			}
		})
	}
}
