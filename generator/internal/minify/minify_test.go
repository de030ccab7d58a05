package minify

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// TestTraps holds inputs that the library, or this use of it, could spoil.
func TestTraps(t *testing.T) {
	for name, c := range map[string]struct{ mediatype, src, want string }{
		"text":              {HTML, "<p>a\n   <b>b</b>  c </p>\n\n<p> d</p>", "<p>a\n<b>b</b> c</p><p>d</p>"},
		"end tags":          {HTML, "<ul><li>a</li></ul><p></p><html><body></body></html>", ""},
		"quotes":            {HTML, `<a href="x" title='y'>z</a>`, `<a href="x" title='y'>z</a>`},
		"types":             {HTML, `<input type="text" name="a"><button type="submit">b</button>`, `<input type="text" name="a"><button type="submit">b</button>`},
		"pre":               {HTML, "<pre>\n a\n   b</pre><textarea>\n c  d</textarea>", "<pre>\n a\n   b</pre><textarea>\n c  d</textarea>"},
		"module":            {HTML, `<script type="module">const a = "<\/script>"; go( a )</script>`, `<script type="module">const a="<\/script>";go(a)</script>`},
		"typed script":      {HTML, `<script type="text/javascript">go( "<\/script>" )</script>`, `<script type="text/javascript">go("<\/script>")</script>`},
		"untyped script":    {HTML, `<script>go( "<\/script>" )</script>`, `<script>go("<\/script>")</script>`},
		"JSON-LD":           {HTML, `<script type="application/ld+json">{ "a": "\u003c/script>", "n": 100000, "m": 1.10 }</script>`, `<script type="application/ld+json">{"a":"\u003c/script>","n":100000,"m":1.10}</script>`},
		"import map":        {HTML, `<script type="importmap">{ "imports": { "a": "./a.js" } }</script>`, `<script type="importmap">{"imports":{"a":"./a.js"}}</script>`},
		"speculation rules": {HTML, `<script type="speculationrules">{ "prefetch": [ ] }</script>`, `<script type="speculationrules">{"prefetch":[]}</script>`},
		"unknown script":    {HTML, `<script type="text/x-thing"> a  b </script>`, `<script type="text/x-thing"> a  b </script>`},
		"event handler":     {HTML, `<form onsubmit="return  check( this )"></form>`, `<form onsubmit="return check(this)"></form>`},
		"srcset":            {HTML, `<img srcset="a 1x, b 2x" sizes="(max-width: 9px) 1px" alt="">`, ""},
		"security policy":   {HTML, `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'none'">`, `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'none'">`},
		"template":          {HTML, "<template>\n <p> a </p>\n</template>", ""},
		"action":            {Template, "<a {{7}} href=\"{{8}}\">  x {{9}}  y </a>", "<a {{7}} href=\"{{8}}\">x {{9}} y</a>"},
		"nothing":           {HTML, "", ""},
		"css":               {CSS, "/* a */ .a:is( b , c ) { color : red ; & > d { top : 0px } } @layer a,b;@container (width>1px){p{top:0}}", ""},
		"js":                {JS, "export const a = 1; // c\nimport(\"b\")", "export const a=1;import(\"b\")"},
		"json":              {JSON, `{ "a" : [ 1.0 , 1e5, 100000, -0 ] }`, `{"a":[1.0,1e5,100000,-0]}`},
		"xml":               {XML, "<a>\n  <b> c </b>\n</a>", "<a>\n<b> c </b>\n</a>"},
		"svg":               {SVG, "<svg xmlns=\"http://www.w3.org/2000/svg\">\n <text> a <tspan>b</tspan> </text>\n</svg>", ""},
	} {
		src := []byte(c.src)
		got, err := Bytes(c.mediatype, src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.want != "" && string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if len(got) > len(src) {
			t.Errorf("%s grew from %q to %q", name, src, got)
		}
		if c.mediatype == HTML {
			if a, b := dom(t, src), dom(t, got); a != b {
				t.Errorf("%s: the document was %s\nand is %s", name, a, b)
			}
		}
		again, err := Bytes(c.mediatype, got)
		if err != nil || string(again) != string(got) {
			t.Errorf("%s: a second time gives %s, %v; the first gave %s", name, again, err, got)
		}
	}
}

// TestErrors: an error gives all of the source and never a part of what came out.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ mediatype, src string }{
		"script":        {HTML, "<p>a</p><script>let 7</script><p>b</p>"},
		"return":        {HTML, "<p>a</p><script>return 1</script>"},
		"handler":       {HTML, `<p>a</p><p onclick="go(">b</p>`},
		"JSON-LD":       {HTML, `<p>a  b</p><script type="application/ld+json">{"a":</script>`},
		"half JSON-LD":  {HTML, `<p>a  b</p><script type="application/ld+json">{"a": [1, "b"</script>`},
		"half JSON":     {JSON, `{"a": 1`},
		"two JSON":      {JSON, `{} {}`},
		"js":            {JS, "go(1); go("},
		"json":          {JSON, `{"a":}`},
		"nested css":    {CSS, "a{b:" + strings.Repeat("calc(", 2000) + "1" + strings.Repeat(")", 2000) + "}"},
		"nested js":     {JS, strings.Repeat("(", 5000) + strings.Repeat(")", 5000)},
		"unknown media": {"text/x-unknown", "a"},
	} {
		src := []byte(c.src)
		got, err := Bytes(c.mediatype, src)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if string(got) != c.src || string(src) != c.src {
			t.Errorf("%s: %q comes out", name, got)
		}
	}
}

// TestInputIsNotTouched gives the beginning of a longer slice, as bytes.Buffer
// does: the library would write behind it and change it in place.
func TestInputIsNotTouched(t *testing.T) {
	for _, mediatype := range []string{HTML, CSS, JS, SVG, JSON, XML, Template} {
		for _, text := range []string{`<p title="x &quot;quot;&quot; uot;">a   b &amp;amp; c</p>`, `a { color : #ff0000 }`, `const a = "b" ;`, `{ "a" : 1 }`, "<script>go(", ""} {
			whole := []byte(text + "<neighbour>")
			src := whole[:len(text)]
			Bytes(mediatype, src)
			if string(whole) != text+"<neighbour>" {
				t.Errorf("%s: %q has become %q", mediatype, text+"<neighbour>", whole)
			}
			var b bytes.Buffer
			b.WriteString(text)
			first, _ := Bytes(mediatype, b.Bytes())
			second, _ := Bytes(mediatype, b.Bytes())
			if string(first) != string(second) || b.String() != text {
				t.Errorf("%s: %q and then %q of %q", mediatype, first, second, b.String())
			}
		}
	}
}

// TestParallel gives the same bytes to many goroutines, for the race detector.
func TestParallel(t *testing.T) {
	src := make([]byte, 0, 4096)
	src = append(src, "<p title='a'>b   <b>c</b></p><script type=module>go( 1 )</script><style>a { b : c }</style>"...)
	want, err := Bytes(HTML, src)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := Bytes(HTML, src); err != nil || !bytes.Equal(got, want) {
					t.Error("differs", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestDocuments minifies whole documents and compares what a browser makes of them.
func TestDocuments(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.html")
	if len(files) == 0 {
		t.Fatal("no documents")
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Bytes(HTML, src)
		if err != nil {
			t.Fatal(name, err)
		}
		if a, b := dom(t, src), dom(t, got); a != b {
			t.Errorf("%s was\n%s\nand is\n%s", name, a, b)
		}
		if len(got) >= len(src) {
			t.Errorf("%s is no smaller", name)
		}
	}
}

// dom returns a document's elements with their attributes in order, and its
// text without white space but that of pre and textarea.
func dom(t testing.TB, src []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var visit func(n *html.Node, keep bool)
	visit = func(n *html.Node, keep bool) {
		switch n.Type {
		case html.TextNode:
			if keep {
				b.WriteString(n.Data)
			} else {
				b.WriteString(strings.Join(strings.Fields(n.Data), ""))
			}
		case html.ElementNode:
			var attrs []string
			for _, a := range n.Attr {
				attrs = append(attrs, a.Key+"="+strings.Join(strings.Fields(strings.ReplaceAll(a.Val, ", ", ",")), " "))
			}
			if n.Data == "script" || n.Data == "style" {
				b.WriteString("<" + n.Data + ">")
				return
			}
			slices.Sort(attrs)
			for i, a := range attrs {
				if strings.HasPrefix(a, "on") {
					attrs[i] = strings.Join(strings.Fields(strings.ReplaceAll(a, "( ", "(")), " ")
					attrs[i] = strings.ReplaceAll(attrs[i], " )", ")")
				}
			}
			b.WriteString("<" + n.Data + " " + strings.Join(attrs, " ") + ">")
			keep = keep || n.Data == "pre" || n.Data == "textarea"
		}
		for c := range n.ChildNodes() {
			visit(c, keep)
		}
		if n.Type == html.ElementNode {
			b.WriteString("</" + n.Data + ">")
		}
	}
	visit(doc, false)
	return b.String()
}

// FuzzHTML looks for a panic, a hang, and a source that is changed, in all media
// types.
func FuzzHTML(f *testing.F) {
	f.Add("<p>a <b> b </b> c</p>")
	f.Add("<ul><li>a<li>b</ul><table><tr><td>c</table>")
	f.Add("<pre> a </pre><select><option>b</select>")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 {
			return
		}
		for _, mediatype := range []string{HTML, CSS, JS, SVG, JSON, XML, Template} {
			in := []byte(src)
			if _, err := Bytes(mediatype, in); err != nil && string(in) != src {
				t.Errorf("%s: the source was changed", mediatype)
			}
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	src, err := os.ReadFile("testdata/article.html")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bytes(HTML, src); err != nil {
			b.Fatal(err)
		}
	}
}
