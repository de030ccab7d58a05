package layout

import (
	"bytes"
	"html/template"
	"strings"
	"testing"
)

// places are where a value may be printed, with the chain that is expected
// there: none where html/template keeps its own.
var places = map[string]string{
	`{{.}}`:                          "_guidepost_text",
	`<p title="{{.}}">`:              "_guidepost_attr",
	`<a href="{{.}}">`:               "_guidepost_url",
	`<a href="/a/{{.}}">`:            "_guidepost_url_rest",
	`<a href="#{{.}}">`:              "_guidepost_fragment",
	`<a href={{.}}>`:                 "",
	`<a href="?q={{.}}">`:            "_guidepost_fragment",
	`<title>{{.}}</title>`:           "",
	`<script>var x = {{.}}</script>`: "",
	`<img srcset="{{.}} 1x">`:        "",
	`<p style="color: {{.}}">`:       "",
}

// TestEscapesAreThoseOfTheLibrary prints values of many kinds with html/template
// and with ours.
func TestEscapesAreThoseOfTheLibrary(t *testing.T) {
	values := []any{nil, "", "a", "a<b>&\"'+\x00c", template.HTML("<b>&amp;</b>"), template.URL("/a/?b=c&d=é f"), template.URL("javascript:x"),
		"javascript:x", "//x.example/", "mailto:a@b.example", "a:b", "/a%2fb%zz/", 7, 1.5, true, []string{"a", "<"}, map[string]int{"<": 1},
		&Link{Text: "<"}, Link{}, template.JS("x<y"), template.HTMLAttr(`a="b"`), template.CSS("red"), template.Srcset("a 1x"), "\xff", "\u2028 é", 'x', []byte("<")}
	for place, fused := range places {
		for _, v := range values {
			compareEscapes(t, place, fused, v)
		}
	}
}

func compareEscapes(t *testing.T, place, fused string, v any) {
	t.Helper()
	var want bytes.Buffer
	if err := template.Must(template.New("a.html").Parse(place)).Execute(&want, v); err != nil {
		t.Fatal(err)
	}
	s, l := Load(mapFS(map[string]string{"parts/a.html": place}), nil)
	if len(l) > 0 {
		t.Fatal(tell(l))
	}
	if tree := s.entries["parts/a.html"].html.Tree.Root.String(); fused != "" && !strings.Contains(tree, fused) || fused == "" && strings.Contains(tree, "_guidepost") {
		t.Errorf("%s is %s, want %q", place, tree, fused)
	}
	if got, l := s.Run("parts/a.html", v); len(l) > 0 || string(got) != want.String() {
		t.Errorf("%s with %#v:\n got %s %s\nwant %s", place, v, got, tell(l), want.String())
	}
}

func FuzzEscapes(f *testing.F) {
	f.Add("a<b")
	f.Add("/x/?a=b#c")
	f.Add("a:b")
	f.Fuzz(func(t *testing.T, s string) {
		for place, fused := range places {
			for _, v := range []any{s, template.URL(s), template.HTML(s)} {
				compareEscapes(t, place, fused, v)
			}
		}
	})
}
