package layout

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/minify"
)

// unminified is s with all templates as they were written.
func unminified(t *testing.T, fsys fs.FS, address func(string) string) *Set {
	t.Helper()
	s, l := Load(fsys, address)
	if l.Failed() {
		t.Fatal(tell(l))
	}
	funcs := s.funcs()
	s.addEscapes(funcs)
	for key, e := range s.entries {
		h, err := e.escape(funcs, e.copies(false))
		if err != nil {
			t.Fatal(key, err)
		}
		e.html, e.program = h, nil
	}
	return s
}

// traps are pieces of templates in which a minifier may go wrong. Each is run
// with the sample page, and must be shown as it would be unminified.
var traps = map[string]string{
	"attribute":            `<a href="{{.URL}}"   class="card  {{.Kind}}" title='{{.Title}}'>x</a>`,
	"unquoted":             `<a href={{.URL}} class=a>x</a><a href=/x/{{.Kind}}/y>x</a>`,
	"conditional":          `{{range .Site.Navigation}}<a href="{{.URL}}"{{if .Current}} aria-current="true"{{end}}>{{.Text}}</a> {{end}}`,
	"conditional space":    "<p\n  id=\"x\"\n  {{if .Title}} class=\"y\"\n {{else}} class=\"z\" {{end}}\n  lang=\"{{.Language}}\" >x</p>",
	"name":                 `<h{{.Minutes}} id="a">x</h{{.Minutes}}>`,
	"action in tag":        `<p {{if .Title}}hidden{{end}}>a</p> <p {{/* it's "odd" */}} id="b">c</p>`,
	"title":                "<title>{{.Title}}  –\n {{.Site.Title}} &amp; more</title>",
	"list":                 "<ul>\n  {{range .Related}}\n    <li>\n  <a href=\"{{.URL}}\">{{.Title}}</a>\n  {{if .Image}}<b>picture</b>{{end}}  </li>\n  {{else}}\n<li>none</li>\n  {{end}}\n</ul>",
	"inline":               "<p>By\n  <b>{{.Owner}}</b>\n  {{with .Updated.Text}}on <time>{{.}}</time>{{end}} ({{.Minutes}} minutes) {{range .Authors}}<i>{{.}}</i> {{end}}end</p>",
	"inline list":          "<p>\n{{range $i, $a := .Authors}}{{if $i}}, {{end}}{{$a}}{{end}}\n{{.Kind}} </p>",
	"branches":             "<p>a {{if .Title}}<b>x</b>{{else}} y{{end}} b {{if .Words}}<div>c</div>{{else}}d{{end}} e</p>",
	"trim":                 "<p>a {{- .Kind -}} b {{.Kind -}} c {{- /* c */ -}} d {{/* c */}} e</p>",
	"comment with quote":   `{{/* it's a trap */}}<a title='a  b {{.Title}}' href=" /x/ ">don't {{.Kind}} "quote"</a>`,
	"backquote":            "<p>{{printf `it's \"%s\"` .Title}} a  b {{\"}}\"}} {{`}}'`}}</p>",
	"pre":                  "<pre>\n  {{.Kind}}\n    x  y\n</pre><textarea>\n a  {{.Kind}}\n  b</textarea><textarea> a\n  b</textarea>",
	"script":               "<script>\n  // it's  a comment\n  const a = \"a  b &amp; {{.Kind}}\";\n  go(a)\n</script>",
	"script plain":         "<script>\n  go(1)\n</script> {{.Kind}} <script>go(2)</script> {{.Kind}}",
	"json":                 "<script type=\"application/ld+json\">{{.Params}}</script>",
	"style":                "<style>\n  .a { color : {{.Params.colour}} }\n</style>",
	"svg":                  "<svg viewBox=\"0 0 32 32\" class=\"icon  {{.Kind}}\">\n  <use href=\"#icon-{{.Kind}}\" />\n  {{if .Title}}\n  <path d=\"M 16.0 30 V 4.0\" />\n  {{end}}\n</svg> <svg viewBox=\"0 0 9 9\">\n <title>t</title> <path d=\"M1 2\"/></svg>",
	"svg text":             `<svg viewBox="0 0 9 9"><text><tspan>a</tspan> <tspan>{{.Kind}}</tspan></text></svg>`,
	"html comment":         "<p>a</p>\n<!-- {{.Title}} it's <b> -->\n<p>b <!-- plain --> c</p>",
	"entities":             "<p>&lt;b&gt; &amp;amp; {{.Title}} &copy; &nbsp; x</p>",
	"select":               "<select>\n <option value=\"a\" {{if .Title}}selected{{end}}>a</option>\n {{range .Authors}}<option>{{.}}</option>{{end}}</select>",
	"input":                `<form method="get"><input type="text" name="q" value="{{.Title}}"><input type="checkbox" {{if .Title}}checked{{end}}> <button type="submit">{{.Kind}}</button></form>`,
	"include":              `<p>see {{include "parts/term.html" .}}, and {{include "parts/term.html" .}} {{template "parts/term.html" .}}.</p>`,
	"heading anchors":      "{{range .Contents}}\n<h2 id=\"{{.ID}}\">\n  {{.Text}}\n <a href=\"#{{.ID}}\">#</a></h2>\n{{end}}",
	"details":              "<details {{if .Title}} open {{end}}>\n<summary> {{.Title}} </summary> {{.Body}} </details>",
	"table":                "<table>\n<tr>\n {{range .Authors}}\n <td> {{.}} </td>\n{{end}}\n</tr>\n</table>",
	"boolean":              `<video controls {{if .Title}}muted="muted"{{end}}></video>`,
	"variables":            "{{$n := len .Related}}\n{{$x := 1}}\n<p>{{$n}} {{if gt $n 1}}many{{else}}one{{end}}</p>\n{{$x = 2}}{{$x}}",
	"define in the middle": "<p>a</p>\n{{define \"q\"}} <b>q</b> {{end}}\n<p>b{{template \"q\"}}c</p>",
	"meta":                 `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="{{.Description}}"><meta charset="utf-8">`,
	"break":                "<p>{{range .Authors}} {{.}} {{break}} {{end}}</p>",
	"crlf":                 "<p>\r\n  {{.Title}}\r\n  <b>x</b>\r\n</p>\r\n",
	"spaces at the edge":   "\n  {{.Title}}  <b>x</b>  {{.Kind}}\n ",
	"srcset":               `<img src="{{.URL}}" srcset="{{.URL}} 480w,  {{.URL}}?b 960w" sizes="(max-width: 480px) 100vw" alt="{{.Title}}">`,
	"less than":            "<p>{{if lt .Minutes 5}}a < b{{end}} 1<2 {{.Title}}</p>",
}

func trapFiles() fstest.MapFS {
	files := fstest.MapFS{"parts/term.html": {Data: []byte("\n <dfn>{{.Kind}}</dfn>\n")}}
	for name, src := range traps {
		files[strings.ReplaceAll(name, " ", "-")+".html"] = &fstest.MapFile{Data: []byte(src)}
	}
	return files
}

func TestMinifiedTemplatesShowTheSame(t *testing.T) {
	small, l := Load(trapFiles(), nil)
	if len(l) > 0 {
		t.Fatal(tell(l))
	}
	written := unminified(t, trapFiles(), nil)
	for name := range traps {
		t.Run(name, func(t *testing.T) {
			file := strings.ReplaceAll(name, " ", "-") + ".html"
			a, l := small.Run(file, samplePage())
			if len(l) > 0 {
				t.Fatal(tell(l))
			}
			b, l := written.Run(file, samplePage())
			if len(l) > 0 {
				t.Fatal(tell(l))
			}
			if ga, gb := shown(t, a), shown(t, b); ga != gb {
				t.Errorf("minified %s\nshows %s\nwritten %s\nshows %s", a, ga, b, gb)
			}
			if len(a) > len(b) {
				t.Errorf("grew from %q to %q", b, a)
			}
		})
	}
}

// TestEveryTrapIsMinified sees that no trap makes the whole template fall back
// to what was written, which would hide a fault from the test above.
func TestEveryTrapIsMinified(t *testing.T) {
	files := trapFiles()
	for name, f := range files {
		s := open(name, f.Data, (&Set{}).funcs())
		s.small = map[string]*parse.Tree{}
		for n, tree := range s.written {
			s.small[n] = tree.Copy()
		}
		var l diag.List
		if !s.shrinkText(&l) || len(l) > 0 {
			t.Errorf("%s stays as it was written: %s%s", name, f.Data, tell(l))
		}
	}
}

// TestSize holds what minifying once gives against what minifying each page would.
func TestSize(t *testing.T) {
	check := func(t *testing.T, fsys fs.FS, address func(string) string, names ...string) {
		t.Helper()
		small, l := Load(fsys, address)
		if l.Failed() {
			t.Fatal(tell(l))
		}
		written := unminified(t, fsys, address)
		for _, name := range names {
			a, l := small.Run(name, samplePage())
			b, l2 := written.Run(name, samplePage())
			if len(l)+len(l2) > 0 {
				t.Errorf("%s: %s%s", name, tell(l), tell(l2))
				continue
			}
			want, err := minify.Bytes(minify.HTML, b)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: written %d, minified page %d, minified template %d", name, len(b), len(want), len(a))
			// Below 2 KB the few bytes in which html/template escapes what need
			// not be, &gt; in a title, would be more.
			if len(a)-len(want) > max(len(want)/100, 16) {
				t.Errorf("%s: %d bytes, and minifying the finished page gives %d:\n%s", name, len(a), len(want), a)
			}
			if ga, gb := shown(t, a), shown(t, b); ga != gb {
				t.Errorf("%s: minified %s\nshows %s\nwritten %s\nshows %s", name, a, ga, b, gb)
			}
		}
	}
	t.Run("sample", func(t *testing.T) { check(t, os.DirFS("testdata/theme"), testAddress, "article.html", "list.html") })
	t.Run("ours", func(t *testing.T) {
		ours := os.DirFS("../../../layouts")
		set, l := Load(ours, anyAddress)
		if len(set.Names()) == 0 {
			t.Skip("there are none")
		}
		if len(l) > 0 {
			t.Error(tell(l))
		}
		var names []string
		for _, name := range set.Names() {
			if !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
		check(t, ours, anyAddress, names...)
	})
}

func anyAddress(name string) string { return "/assets/" + name }

// actionsOf is all of trees but their text.
func actionsOf(trees map[string]*parse.Tree) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		b.WriteString("\n" + name + ":")
		walk(trees[name].Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.ActionNode, *parse.TemplateNode:
				b.WriteString(n.String())
			case *parse.IfNode, *parse.RangeNode, *parse.WithNode:
				b.WriteString(fmt.Sprint(n.Type(), n.Position()))
			}
		})
	}
	return b.String()
}
