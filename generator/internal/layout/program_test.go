package layout

import (
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// interpreted is s as html/template alone runs it.
func interpreted(t *testing.T, fsys fs.FS) *Set {
	t.Helper()
	s, _ := Load(fsys, anyAddress)
	for _, e := range s.entries {
		e.program = nil
	}
	return s
}

// pages are pages with what may go wrong in their text.
func pages() []*Page {
	full := samplePage()
	var list []*Page
	for _, nasty := range []string{
		"", "plain", "Ben & Jerry's <b>\"+\" 'x'</b>", "\x00\xff\xfe", "é ’ 漢字 \U0001F600", "</script><!--", "{{.}}", "a\u2028b", "javascript:alert(1)", "/x?y=1&z=%41 b#é",
		"https://example.org/a(b)'c'", "JAVASCRIPT:x", "data:text/html,x", " /leading", "//host/x",
	} {
		p := *full
		p.Title, p.Description, p.Owner, p.Kind, p.Language = nasty, nasty, nasty, nasty, nasty
		p.URL, p.Edit, p.Target = template.URL(nasty), template.URL(nasty), template.URL(nasty)
		p.Body = template.HTML("<p>" + nasty + "</p>")
		p.Authors, p.Audience = []string{nasty, nasty}, []string{nasty}
		p.Published = Date{nasty, nasty}
		p.Topics = []Link{{Text: nasty, URL: template.URL(nasty)}, {Text: nasty, Current: true}}
		p.Sources = p.Topics
		p.Contents = []Heading{{ID: nasty, Text: template.HTML(nasty), Level: 2, Children: []Heading{{ID: "x"}}}, {}}
		p.Related = []*Card{{Title: nasty, Description: nasty, URL: template.URL(nasty), Topic: nasty, State: "expired", Image: &Image{Src: template.URL(nasty), Alt: nasty, Width: 3, Height: 4}}, {State: "withdrawn"}, {Title: nasty}}
		p.Image = p.Related[0].Image
		p.Action = &Link{Text: nasty, URL: template.URL(nasty)}
		p.Notice = &Notice{Kind: "withdrawn", Date: p.Published, Reason: nasty, Replacement: p.Action}
		p.Share = []Share{{Kind: nasty}, {Kind: "email", URL: template.URL(nasty)}, {Kind: "copy"}}
		p.Changes = []Change{{p.Published, nasty, true}, {Note: nasty}}
		p.Params = map[string]any{"colour": nasty, "n": 3}
		p.Minutes, p.Words = 7, len(nasty)
		list = append(list, &p)
	}
	return append(list, full, &Page{Site: &Site{}}, &Page{})
}

// TestProgramsMeanWhatTemplatesMean holds each program against html/template,
// for the theme and for templates in which much may go wrong.
func TestProgramsMeanWhatTemplatesMean(t *testing.T) {
	odd := trapFiles()
	for name, text := range map[string]string{
		"params":    `{{.Params.colour}} {{with .Params.none}}x{{end}}`,
		"nil":       `{{.Image.Src}}`,
		"method":    `{{.Body}} {{$.Title}} {{with .Site}}{{.Title}}{{$.Kind}}{{end}}`,
		"odd":       `{{eq .Title .Body}} {{ne .Minutes 3}} {{not .Title}} {{and .Title .Body}} {{or .Image .Action}}`,
		"numbers":   `{{if ge .Minutes 7}}a{{end}}{{if le .Minutes 7}}b{{end}}{{if lt .Minutes 1.5}}c{{end}}{{len .Title}}`,
		"attribute": `<a title="{{.Body}}" href="{{.URL}}" data-x="{{.Minutes}}" class="{{.URL}}">{{.URL}}</a><a href="/x/{{.Title}}?q={{.Title}}">{{printf "%v" .Related}}</a>`,
		"pointer":   `{{.Image}}`,
		"list":      `{{.Authors}}{{range .Authors}}{{.}}{{else}}none{{end}}{{range .Changes}}{{.Note}}{{end}}`,
		"nothing":   `{{nil}}`,
		"include":   `{{include "parts/any.html" .Title}}{{include "parts/any.html" .Minutes}}{{includeEach "parts/any.html" .Authors}}{{include "parts/any.html" .Image}}{{include "parts/any.html"}}`,
		"stopping":  `a{{include "parts/card.html" .Params}}b`,
		"halfway":   `a{{.Title}}{{range .Related}}{{.Title}}{{.Image.Src}}{{end}}`,
		"self":      `{{define "deep"}}{{if .Children}}<ul>{{range .Children}}<li>{{.ID}}{{template "deep" .}}</li>{{end}}</ul>{{end}}{{end}}{{range .Contents}}{{template "deep" .}}{{end}}`,
		"forever":   `{{define "round"}}{{if .}}x{{template "round" .}}{{end}}{{end}}{{template "round" .Title}}`,
	} {
		odd[name+"-odd.html"] = file1(text)
	}
	odd["parts/any.html"], odd["parts/card.html"] = file1(`[{{.}}]`), file1(`<b>{{.colour}}</b>`)
	for name, fsys := range map[string]fs.FS{"theme": os.DirFS("../../../layouts"), "older": os.DirFS("testdata/theme"), "odd": odd} {
		t.Run(name, func(t *testing.T) {
			plain := interpreted(t, fsys)
			for i, page := range pages() {
				// A new set each time: one that has stopped does not run programs again.
				quick, l := Load(fsys, anyAddress)
				_ = l
				for _, run := range []bool{false, true} {
					if run {
						quick.Begin()
					}
					for _, tmpl := range quick.Names() {
						if strings.HasPrefix(tmpl, "parts/") || strings.HasPrefix(tmpl, "partials/") {
							continue
						}
						a, la := quick.Run(tmpl, page)
						b, lb := plain.Run(tmpl, page)
						if string(a) != string(b) || tell(la) != tell(lb) {
							t.Fatalf("%s, page %d: the program gives\n%s%s\nthe template\n%s%s", tmpl, i, a, tell(la), b, tell(lb))
						}
					}
				}
			}
		})
	}
}

// TestThemeHasPrograms sees that the short cut is taken where it matters, and
// not given up half-way.
func TestThemeHasPrograms(t *testing.T) {
	s, l := Load(os.DirFS("../../../layouts"), anyAddress)
	if l.Failed() {
		t.Fatal(tell(l))
	}
	s.Begin()
	if _, l := s.Run("article.html", samplePage()); len(l) > 0 {
		t.Fatal(tell(l))
	}
	for _, name := range s.Names() {
		if e := s.entries[name]; name != "redirect.html" && (e.program == nil || e.slow.Load()) {
			t.Error(name, "is run by html/template")
		}
	}
}

func BenchmarkArticle(b *testing.B) {
	s, _ := Load(os.DirFS("../../../layouts"), anyAddress)
	for _, quick := range []bool{true, false} {
		b.Run(fmt.Sprint("program=", quick), func(b *testing.B) {
			for _, e := range s.entries {
				e.slow.Store(!quick)
			}
			s.Begin()
			p := samplePage()
			b.ReportAllocs()
			for b.Loop() {
				if _, l := s.Run("article.html", p); len(l) > 0 {
					b.Fatal(tell(l))
				}
			}
		})
	}
}

func file1(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
