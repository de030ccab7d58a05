package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

func load(files map[string]string) (*Set, diag.List) {
	m := fstest.MapFS{}
	for name, text := range files {
		m["assets/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(m)
}

func tell(l diag.List) string {
	var b strings.Builder
	for _, d := range l {
		fmt.Fprintln(&b, d, "|", d.Hint)
	}
	return b.String()
}

func TestLoad(t *testing.T) {
	s, l := load(map[string]string{
		"zeta.css": "p { color : red }", "tokens.css": ":root { --a : 1px }", "alpha.css": "b { top : 0px }",
		"site.js": "// hello\nconst answer = 42;\nconsole.log( answer )", "extra.mjs": "export const a = 1;",
		"icons/go.svg": "<svg xmlns=\"http://www.w3.org/2000/svg\">\n  <path d=\"M 0 0\"/>\n</svg>", "search/search.js": "go( 1 )", "data.json": "{ \"a\" : 1 }",
		"fonts/text.woff2": "\x00\x01", "LICENSE": "free", "site.min.js": "go(1)", ".hidden": "x", "_draft.css": "x{", ".git/config": "x", "_old/a.css": "{",
	})
	if len(l) > 0 {
		t.Error(tell(l))
	}
	name := regexp.MustCompile(`^assets/(.*)\.[A-Z2-7]{10}(\.[a-z0-9]+)?$`)
	for i, f := range s.Files() {
		m := name.FindStringSubmatch(f.Path)
		if m == nil {
			t.Errorf("%s is not named by its content", f.Path)
			continue
		}
		if s.Lookup(m[1]+m[2]) != f {
			t.Errorf("Lookup(%q) does not find %s", m[1]+m[2], f.Path)
		}
		if i > 0 && s.Files()[i-1].Path >= f.Path {
			t.Errorf("%s is not in order", f.Path)
		}
		sum := sha512.Sum384(f.Bytes)
		if f.Integrity != "sha384-"+base64.StdEncoding.EncodeToString(sum[:]) || f.Digest != cache.Sum(f.Bytes) || s.Digest(m[1]+m[2]) != f.Digest {
			t.Errorf("%s: integrity or digest is not that of its bytes", f.Path)
		}
	}
	if n := len(s.Files()); n != 11 {
		t.Errorf("%d files, want 11", n)
	}
	if got := names(s.Styles()); got != "tokens.css alpha.css zeta.css" {
		t.Errorf("styles are %s", got)
	}
	if got := names(s.Scripts()); got != "extra.mjs site.js site.min.js" {
		t.Errorf("scripts are %s", got)
	}
	for name, want := range map[string]string{"zeta.css": "p{color:red}", "site.js": "const answer=42;console.log(answer)", "data.json": `{"a":1}`,
		"icons/go.svg": `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`, "fonts/text.woff2": "\x00\x01", "LICENSE": "free"} {
		if got := string(s.Lookup(name).Bytes); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if s.Lookup("none.css") != nil || !s.Digest("none.css").IsZero() || s.Lookup(".hidden") != nil || s.Lookup("_draft.css") != nil {
		t.Error("something is found that is not there")
	}
	again, _ := load(map[string]string{"zeta.css": "p{color:red}"})
	if again.Lookup("zeta.css").Path != s.Lookup("zeta.css").Path {
		t.Error("the same bytes have another name")
	}
}

var hash = regexp.MustCompile(`\.[A-Z2-7]{10}(\.\w+)?$`)

func names(files []*File) string {
	var list []string
	for _, f := range files {
		list = append(list, path.Base(hash.ReplaceAllString(f.Path, "$1")))
	}
	return strings.Join(list, " ")
}

func TestNothingToLoad(t *testing.T) {
	s, l := Load(fstest.MapFS{})
	if len(l) > 0 || len(s.Files()) > 0 {
		t.Error(tell(l))
	}
}

func TestReferences(t *testing.T) {
	s, l := load(map[string]string{
		"img/a b.png": "a", "img/ü.png": "u", "fonts/text.woff2": "f", "base.css": "p{}", "sub/deep.css": `.x{background:url(../img/a%20b.png)}`,
		"site.css": `@import "base.css"; @import url( 'sub/deep.css' ) layer(x);
/* url(nothing.png) */
.a { background : url("img/a b.png") , url(img/a\ b.png?v=1#x); content: "url(nothing.png)" }
@font-face { font-family: X; src: url('fonts/text.woff2') format("woff2"), url(https://x.example/f.woff2) }
.b { background: url(data:image/png;base64,AAAA), url(#f), url(//x.example/a.png), url(/rooted.png), url(/assets/img/%C3%BC.png);
  background: image-set("img/ü.png" 1x, url(img/ü.png) 2x) }`,
		"site.js":  `import { a } from "./lib/a.js"; import './lib/b.js'; const c = () => import("./lib/a.js"); import x from "pkg"; log("./lib/a.js", a, x, c)`,
		"lib/a.js": `import "../base.js"; export const a = 1`, "lib/b.js": `export * from './a.js'`, "base.js": "go(1)",
	})
	if len(l) > 0 {
		t.Error(tell(l))
	}
	p := func(name string) string { return strings.TrimPrefix(s.Lookup(name).Path, "assets/") }
	esc := func(name string) string {
		return strings.ReplaceAll(strings.ReplaceAll(p(name), " ", "%20"), "ü", "%C3%BC")
	}
	site := string(s.Lookup("site.css").Bytes)
	for _, want := range []string{`@import "` + p("base.css") + `"`, p("sub/deep.css"), "url(" + esc("img/a b.png") + ")", "url(" + esc("img/a b.png") + "?v=1#x)",
		`"url(nothing.png)"`, p("fonts/text.woff2"), "https://x.example/f.woff2", "//x.example/a.png", "url(/rooted.png)", "url(" + esc("img/ü.png") + ")",
		`image-set("` + esc("img/ü.png") + `" 1x,url(` + esc("img/ü.png") + `) 2x)`, "#f"} {
		if !strings.Contains(site, want) {
			t.Errorf("site.css has no %s:\n%s", want, site)
		}
	}
	if deep := string(s.Lookup("sub/deep.css").Bytes); deep != ".x{background:url(../"+esc("img/a b.png")+")}" {
		t.Errorf("sub/deep.css is %s", deep)
	}
	js := string(s.Lookup("site.js").Bytes)
	for _, want := range []string{`from"./` + p("lib/a.js") + `"`, `./` + p("lib/b.js"), `import("./` + p("lib/a.js") + `")`, `from"pkg"`, `"./lib/a.js",`} {
		if !strings.Contains(js, want) {
			t.Errorf("site.js has no %s:\n%s", want, js)
		}
	}
	if b := string(s.Lookup("lib/b.js").Bytes); !strings.Contains(b, `"./`+strings.TrimPrefix(p("lib/a.js"), "lib/")+`"`) {
		t.Errorf("lib/b.js is %s", b)
	}

	// A change far down changes the name of all that leads to it.
	before := s.Lookup("site.js").Path
	s2, _ := load(map[string]string{"site.js": `import "./lib/a.js"`, "lib/a.js": `import "../base.js"`, "base.js": "go(1)"})
	s3, _ := load(map[string]string{"site.js": `import "./lib/a.js"`, "lib/a.js": `import "../base.js"`, "base.js": "go(2)"})
	if s2.Lookup("site.js").Path == s3.Lookup("site.js").Path || s2.Lookup("site.js").Path == before {
		t.Error("what a script imports is not part of its name")
	}
}

func TestProblems(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"a script":             {map[string]string{"a.js": "go(1)\n  let 7x"}, "layouts/assets/a.js:2:7: warning: does not parse"},
		"a brace":              {map[string]string{"a.css": "p { color: red }\n é{ b { top: 0 }"}, "layouts/assets/a.css:2:3: warning: this { is never closed"},
		"a bracket":            {map[string]string{"a.css": "p { width: calc(1px + (2px) }"}, "layouts/assets/a.css:1:29: warning: there is nothing open here that } could close"},
		"a bracket at the end": {map[string]string{"a.css": "@media (x"}, "layouts/assets/a.css:1:8: warning: this ( is never closed"},
		"a closing brace":      {map[string]string{"a.css": "p { } }"}, "layouts/assets/a.css:1:7: warning: there is nothing open"},
		"a comment":            {map[string]string{"a.css": "p { }\n/* x"}, "layouts/assets/a.css:2:1: warning: this comment is never closed"},
		"a text":               {map[string]string{"a.css": "p { content: \"x\n }"}, "layouts/assets/a.css:1:14: warning: this text is not closed on its line"},
		"json":                 {map[string]string{"a.json": "{\"a\": }"}, "layouts/assets/a.json:1:"},
		"not text":             {map[string]string{"a.svg": "<svg>\n\xff"}, "layouts/assets/a.svg:2:1: warning: the byte 0xff"},
		"a missing file":       {map[string]string{"a.css": "p{}\np{background:url(img/go.png)}", "icons/go.png": "x"}, "layouts/assets/a.css:2:14: warning: no file img/go.png in layouts/assets [asset] | did you mean icons/go.png?"},
		"out of the folder":    {map[string]string{"a.css": "p{background:url(../../x.png)}"}, "layouts/assets/a.css:1:14: warning: ../../x.png leads out of layouts/assets"},
		"a missing import":     {map[string]string{"a.js": "go(1)\nimport './b.js'"}, "layouts/assets/a.js:2:9: warning: no file b.js"},
		"a circle":             {map[string]string{"a.css": "@import 'b.css';", "b.css": "@import 'a.css';"}, "layouts/assets/b.css:1:9: error: these files name each other in a circle: a.css > b.css > a.css"},
		"itself":               {map[string]string{"a.css": "@import 'a.css';"}, "layouts/assets/a.css:1:9: error: these files name each other in a circle: a.css > a.css"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, l := load(c.files)
			if len(l) != 1 || !strings.HasPrefix(tell(l), c.want) {
				t.Errorf("tells %s\nwant %s", tell(l), c.want)
			}
			for name, text := range c.files {
				if f := s.Lookup(name); f == nil {
					t.Errorf("%s is not published", name)
				} else if l[0].Severity == diag.Warning && l[0].File == "layouts/assets/"+name && !strings.Contains(c.want, "no file") && !strings.Contains(c.want, "leads out") && string(f.Bytes) != text {
					t.Errorf("%s is not as it was written: %q", name, f.Bytes)
				}
			}
		})
	}
}

func TestOurs(t *testing.T) {
	if _, err := os.Stat("../../../layouts/assets"); err != nil {
		t.Skip("there are none")
	}
	s, l := Load(os.DirFS("../../../layouts"))
	if len(l) > 0 || len(s.Styles()) == 0 {
		t.Error(len(s.Styles()), tell(l))
	}
}

func TestContent(t *testing.T) {
	for name, c := range map[string]struct{ src, want, problem string }{
		"a.svg":         {"<svg xmlns=\"http://www.w3.org/2000/svg\">\n <title>a</title>\n</svg>", "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>a</title></svg>", ""},
		"b.json":        {"{ \"n\": 100000, \"m\": 1.10 }", "{\"n\":100000,\"m\":1.10}", ""},
		"c.xml":         {"<a> <b/> </a>", "<a> <b/> </a>", ""},
		"d.pdf":         {"%PDF  \x00 x", "%PDF  \x00 x", ""},
		"e.JS":          {"go( 1 )", "go(1)", ""},
		"content/f.js":  {"go(", "go(", "content/f.js:1:4: warning: does not parse"},
		"g.json":        {"", "", ""},
		"bom.css":       {"\ufeffp { top: 0 }", "p{top:0}", ""},
		"nul.css":       {"p{top:0}\x00q{top:0}", "p{top:0}\x00q{top:0}", "content/nul.css:1:9: warning: the byte 0x00"},
		"huge.js":       {strings.Repeat("go( 1 ) \n", 40_000), strings.Repeat("go( 1 ) \n", 40_000), ""},
		"script.svg":    {"<svg>\n <script>x</script></svg>", "", "content/script.svg:2:2: warning: this picture holds a script [svg-script]"},
		"handler.svg":   {"<svg\n  onload='x()'/>", "", "content/handler.svg:2:3: warning: this picture holds a script, onload [svg-script]"},
		"foreign.svg":   {"<svg><foreignObject/></svg>", "", "content/foreign.svg:1:6: warning: this picture holds foreign content"},
		"link.svg":      {"<svg><a xlink:href=\"java&#115;cript:x\"/></svg>", "", "content/link.svg:1:9: warning: this picture holds an address that runs a script"},
		"link2.svg":     {"<svg><a href=\" java\nscript:x\"/></svg>", "", "content/link2.svg:1:9: warning: this picture holds an address that runs a script"},
		"elsewhere.svg": {"<svg><image href=\"https://x.example/a.png\"/></svg>", "", "content/elsewhere.svg:1:13: warning: this picture holds something from elsewhere, https://x.example/a.png"},
		"style.svg":     {"<svg><style>@import url(//x);</style></svg>", "", "content/style.svg:1:13: warning: this picture holds styles from elsewhere"},
		"entity.svg":    {"<!DOCTYPE svg [<!ENTITY a \"b\">]><svg/>", "", "content/entity.svg:1:1: warning: this picture holds entities"},
		"plain.svg":     {"<svg><a href=\"https://x.example/\"><use href=\"#b\"/></a><image href=\"data:image/png;base64,AA\"/></svg>", "", ""},
	} {
		src := []byte(c.src)
		out, l := Content(name, src)
		if c.want != "" && string(out) != c.want {
			t.Errorf("%s is %q, want %q", name, out, c.want)
		}
		if got := tell(l); c.problem == "" && got != "" || !strings.HasPrefix(got, c.problem) || len(l) > 1 {
			t.Errorf("%s tells %swant %s", name, got, c.problem)
		}
		if string(src) != c.src {
			t.Errorf("%s: the source was changed", name)
		}
	}
}

func FuzzRewriteStyle(f *testing.F) {
	f.Add(`@import "a.css";p{background:url(b.png),url( "c" ),image-set("d" 1x)}`)
	f.Add(`url(a\29 b) \75rl(x) url("a`)
	f.Add("/* a")
	f.Fuzz(func(t *testing.T, src string) {
		same, _ := rewriteStyle([]byte(src), "a.css", func(string, int, int) string { return "" })
		if string(same) != src {
			t.Fatalf("changed without cause: %q is %q", src, same)
		}
		n := 0
		out, l := rewriteStyle([]byte(src), "a.css", func(ref string, at, length int) string {
			if at < 0 || at+length > len(src) {
				t.Fatalf("%q is said to be at %d", ref, at)
			}
			n++
			return "new.AAAAAAAAAA.x"
		})
		if len(l) > 0 || bytes.IndexByte([]byte(src), 0) >= 0 {
			return
		}
		found := 0
		rewriteStyle(out, "a.css", func(ref string, _, _ int) string {
			if ref == "new.AAAAAAAAAA.x" {
				found++
			}
			return ""
		})
		if found != n {
			t.Fatalf("%d of %d replaced in %q, which is %q", found, n, src, out)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add("a.css", "@import 'b.js'; p{background:url(a.css)}", "b.js", "import './a.css'")
	f.Add("x/a.svg", "<svg onload=x>", "b.json", "{}")
	f.Fuzz(func(t *testing.T, name1, text1, name2, text2 string) {
		if !fs.ValidPath("assets/"+name1) || !fs.ValidPath("assets/"+name2) {
			return
		}
		m := fstest.MapFS{"assets/" + name1: {Data: []byte(text1)}, "assets/" + name2: {Data: []byte(text2)}}
		s, l := Load(m)
		for _, d := range l {
			if d.Message == "" || d.Rule == "" {
				t.Error("a problem says nothing", d)
			}
		}
		for _, f := range s.Files() {
			if !strings.HasPrefix(f.Path, "assets/") || s.Digest("x") != (cache.Digest{}) && name1 != "x" && name2 != "x" {
				t.Error(f.Path)
			}
		}
		Content(name1, []byte(text1))
	})
}

// TestEmbedScript holds the script that other sites load to its size.
func TestEmbedScript(t *testing.T) {
	s, diags := Load(os.DirFS("../../../layouts"))
	f := s.Lookup("lent/embed.js")
	if len(diags) > 0 || f == nil {
		t.Fatal(diags, f)
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(f.Bytes)
	if w.Close(); b.Len() > 5<<10 {
		t.Errorf("embed.js is %d bytes compressed, and 5 KB are promised", b.Len())
	}
	for _, never := range []string{"localStorage", "sessionStorage", "document.cookie", "innerHTML", "eval(", "https://"} {
		if bytes.Contains(f.Bytes, []byte(never)) {
			t.Errorf("embed.js has %s", never)
		}
	}
}
