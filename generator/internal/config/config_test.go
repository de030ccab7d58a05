package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
	"guidepost/generator/internal/values"
)

var update = flag.Bool("update", false, "write what the tests got into testdata and docs")

const name = "content/site.yaml"

// TestParse runs the cases of testdata: site.yaml in, the problems as they are
// printed and, where a case asks for it, the whole configuration out.
func TestParse(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			src := a.Files[0].Data
			if a.Files[0].Name != "site.yaml" {
				t.Fatal("site.yaml is not the first file")
			}
			c, l := Parse(name, src)
			wants := 0
			for i, f := range a.Files {
				var got bytes.Buffer
				switch f.Name {
				case "want.problems":
					p := diag.Printer{Source: func(string) ([]byte, bool) { return src, true }}
					err = p.Print(&got, l.Sorted())
				case "want.config":
					e := json.NewEncoder(&got)
					e.SetEscapeHTML(false)
					e.SetIndent("", "  ")
					err = e.Encode(c)
				default:
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				wants++
				if diff := cmp.Diff(string(f.Data), got.String()); diff != "" && !*update {
					t.Errorf("%s (- wanted, + got):\n%s", f.Name, diff)
				}
				a.Files[i].Data = got.Bytes()
			}
			if wants == 0 {
				t.Error("the case wants nothing")
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	got, l := Parse(name, []byte("title: T\nbase_url: https://example.org/\n"))
	if len(l) > 0 {
		t.Fatal(l)
	}
	want := Config{
		Content:  content.Options{Language: "en-GB"},
		Markdown: markdown.Options{Language: "en-GB"},
		Site: site.Options{Language: "en-GB", ReviewEvery: content.Period{Months: 12}, WarnBefore: content.Period{Days: 30},
			PageSize: 50, FeedLimit: 20, HasBase: true},
		Output: output.Options{Title: "T", BaseURL: "https://example.org", Language: "en-GB", FeedLimit: 20, PageSize: 50,
			Share: []string{"copy", "email", "print", "device"}, ShareOn: true, LinkTarget: "top"},
		Reading:     Reading{Grade: 9, SentenceWords: 25},
		Search:      true,
		ImageWidths: []int{480, 960, 1600},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEverySetting wants the case "all" to give each setting a value other than
// its default, and each to change the configuration.
func TestEverySetting(t *testing.T) {
	a, err := txtar.ParseFile("testdata/all.txtar")
	if err != nil {
		t.Fatal(err)
	}
	root, diags := values.YAML(a.Files[0].Data, values.Options{File: name})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, s := range settings {
		p := &parser{file: name}
		p.defaults()
		before, _ := json.Marshal(p.config)
		n := &root
		for part := range strings.SplitSeq(s.key, ".") {
			if n != nil {
				n = n.Get(part)
			}
		}
		if n == nil {
			t.Errorf("testdata/all.txtar does not set %s", s.key)
			continue
		}
		p.key = s.key
		s.read(p, n)
		after, _ := json.Marshal(p.config)
		if len(p.diags) > 0 {
			t.Errorf("%s: %v", s.key, p.diags)
		}
		if bytes.Equal(before, after) {
			t.Errorf("%s changes nothing", s.key)
		}

		// Its default, where it has one, is a value that it can have.
		if s.def != "" {
			v := value(t, s.def)
			p := &parser{file: name, key: s.key}
			s.read(p, v)
			if len(p.diags) > 0 {
				t.Errorf("the default of %s: %v", s.key, p.diags)
			}
		}
		// A value of no sensible kind is told, never taken.
		for _, wrong := range []string{"[[]]", "{a: {b: c}}"} {
			v := value(t, wrong)
			p := &parser{file: name, key: s.key}
			s.read(p, v)
			if !p.diags.Failed() {
				t.Errorf("%s takes %s", s.key, wrong)
			}
		}
	}
}

// value returns the value that src is as YAML.
func value(t *testing.T, src string) *values.Node {
	t.Helper()
	root, diags := values.YAML([]byte("value: "+src), values.Options{})
	if len(diags) > 0 || len(root.Table) != 1 {
		t.Fatalf("%q is not one value: %v", src, diags)
	}
	return &root.Table[0].Val
}

// TestWrong gives a setting one wrong value at a time.
func TestWrong(t *testing.T) {
	for key, values := range map[string][]string{
		"base_url": {"example.org", "//example.org", "/site", "ftp://example.org", "https://", "https://a.org?x", "https://a.org?", "https://a.org#x", "https://a.org/#",
			"https://u:p@a.org", "https://a .org", "https://a.org/b c", "https://a.org/../x", "https://a.org//b", `https://a.org\b`, "https://*.org", "https://a.org:x", "https://münchen.de", "https:a.org", "javascript:alert(1)", `"https://a.org\n"`, "12"},
		"publisher.url":        {"example.org", "javascript:alert(1)", "data:text/html,x", `https://a.org/"onclick=`},
		"publisher.logo":       {"../logo.svg", "a//b.svg", "ftp://x/y", "con.svg", "javascript:x"},
		"contact.url":          {"javascript:alert(1)", "//evil.example", "mailto:a@b", "/a#b"},
		"contact.email":        {"advice", "a@b@c", "Advice <a@b.org>", "a@b.org?subject=x", "mailto:a@b.org"},
		"contact.phone":        {"ring us", "+44<script>", "javascript:1"},
		"language":             {"english language", "e", "en_!", "x-"},
		"navigation":           {"/cv/", "[https://example.org]", "[//example.org]", "[/cv/#a]", "[../cv]", "[[a]]", "[~]", "[/a//b/]"},
		"topics":               {"closed", "true", "[strict]"},
		"review.every":         {"6", "six months", "6 fortnights", "-6 months", "0 days", "99999 years", "6months", "P6M"},
		"reading.grade":        {"nine", "0", "31", "9.5", `"9"`, "010", "0x9", "1e1"},
		"feed.limit":           {"0", "-1", "1001", "true"},
		"search":               {"maybe", "1", `"true"`, "[true]"},
		"markdown.html":        {"safe", "1", "yes"},
		"share":                {"copy", "[copy, fax]", "[~]"},
		"embed.origins":        {"[intranet.example.org]", "['*']", "['https://*']", "['https://*.org']", "['https://a.*.org']", "[https://a.org/path]", "[https://a.org?x]", "['https://a.org; script-src *']", "[ftp://a.org]", "[\"https://a.org\\r\\nX: y\"]", "['null']", "[\"'self'\"]"},
		"theme.accent":         {"teal", `"#12"`, `"#12345g"`, `"#123;}"`},
		"theme.radius":         {"6", "6px;", "-1px", "calc(1px)"},
		"theme.fonts":          {"Georgia", `["x;}body{"]`, `["\"a"]`},
		"theme.logo":           {"https://example.org/logo.svg", "../x"},
		"edit_url":             {"https://example.org/edit", "/edit/{path}", "javascript:{path}"},
		"urls":                 {"absolute", "relative/"},
		"images.widths":        {"480", "[wide]", "[8]", "[99999]", "[4.5]"},
		"front_matter.unknown": {"ignore", "true"},
		"front_matter.map":     {"[a]", "{date: }", "{date: [x]}", "{date: Big Key}", "{date: publishd}", "{x: image.source}", "{'': title}"},
		"front_matter.dates":   {"[dd/mm/yyyy]", "['01/02']", "[nonsense]", "['']", "['2006']"},
		"links.allow":          {"[jobs]", "['//x']", "['/a/../b']", "['javascript:*']", "['a b']"},
		"rules":                {"{broken-lnk: off}", "{broken-link: quiet}", "{broken-link: [off]}", "off", "{held-back: warning}", "{unclosed-front-matter: off}"},
		"reading.avoid":        {"[utilise]", "{utilise: [use]}"},
		"title":                {"[a]", "{a: b}", `"a\x07b"`},
	} {
		group, last, nested := strings.Cut(key, ".")
		for _, value := range values {
			src := "title: T\nbase_url: https://example.org\n"
			if key == "title" || key == "base_url" {
				src = map[string]string{"title": "base_url: https://example.org\n", "base_url": "title: T\n"}[key]
			}
			if nested {
				src += group + ":\n  " + last + ": " + value + "\n"
			} else {
				src += key + ": " + value + "\n"
			}
			_, l := Parse(name, []byte(src))
			if len(l) != 1 || l[0].Severity != diag.Error || l[0].Rule != "bad-setting" || l[0].Hint == "" || l[0].Line < 2 || l[0].Col < 2 {
				t.Errorf("%s: %s\ngives %v", key, value, l)
			}
		}
	}
}

// TestRefused gives whole files that cannot be settings.
func TestRefused(t *testing.T) {
	const good = "title: T\nbase_url: https://example.org\n"
	deep := func(n int) string { return good + "a: " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	for what, c := range map[string]struct {
		src       string
		line, col int
		rule      string
	}{
		"not UTF-8":           {good + "description: caf\xe9\n", 3, 17, "bad-yaml"},
		"UTF-16":              {"\xff\xfet\x00i\x00", 1, 1, "bad-yaml"},
		"control":             {good + "description: a\x00b\n", 3, 15, "bad-yaml"},
		"escape sequence":     {good + "x\x1b[2J: b\n", 3, 2, "bad-yaml"},
		"line separator":      {good + "description: é\u2028b\n", 3, 15, "bad-yaml"},
		"lone CR":             {"title: T\rbase_url: x\n", 1, 9, "bad-yaml"},
		"too large":           {good + strings.Repeat("# comment\n", 7000), 1, 1, "too-large"},
		"alias":               {good + "description: &a text\npublisher: {name: *a}\n", 3, 14, "bad-yaml"},
		"unknown anchor":      {good + "description: *a\n", 3, 14, "bad-yaml"},
		"merge":               {good + "<<: {search: true}\n", 3, 1, "bad-yaml"},
		"tag":                 {good + "description: !!str x\n", 3, 14, "bad-yaml"},
		"local tag":           {good + "description: !go x\n", 3, 14, "bad-yaml"},
		"list as key":         {good + "[a, b]: c\n", 3, 1, "bad-yaml"},
		"flow deep":           {deep(17), 3, 20, "too-deep"},
		"flow very deep":      {deep(30000), 3, 20, "too-deep"},
		"block deep":          {good + strings.Repeat("- ", 20000), 3, 1, "bad-yaml"},
		"second document":     {good + "---\nsearch: true\n", 3, 1, "bad-yaml"},
		"after the end":       {"# x\n---\n" + good + "...\nsearch: true\n", 5, 1, "bad-yaml"},
		"a list":              {"- title\n", 1, 1, "bad-yaml"},
		"a text":              {"hello\n", 1, 1, "bad-yaml"},
		"open bracket":        {good + "share: [copy\n", 3, 8, "bad-yaml"},
		"open quote":          {good + "description: \"copy\nsearch: true\n", 3, 14, "bad-yaml"},
		"tab":                 {good + "feed:\n\tlimit: 3\n", 4, 1, "bad-yaml"},
		"colon":               {good + "description: a: b\n", 3, 15, "bad-yaml"},
		"missing file":        {"", 1, 1, "missing-setting"},
		"comments only":       {"# nothing\n\n", 1, 1, "missing-setting"},
		"nothing":             {"~\n", 1, 1, "missing-setting"},
		"empty title":         {"title: \"\"\nbase_url: https://example.org\n", 1, 1, "missing-setting"},
		"null title":          {"title:\nbase_url: https://example.org\n", 1, 1, "missing-setting"},
		"unknown":             {good + "searhc: true\n", 3, 1, "unknown-setting"},
		"unknown in group":    {good + "feed: {limt: 3}\n", 3, 8, "unknown-setting"},
		"dotted":              {good + "feed.limit: 3\n", 3, 1, "unknown-setting"},
		"group as value":      {good + "feed: 20\n", 3, 7, "bad-setting"},
		"group as list":       {good + "feed:\n  - limit\n", 4, 3, "bad-setting"},
		"value as group":      {good + "search:\n  on: true\n", 4, 3, "bad-setting"},
		"group after a value": {good + "é: 1\n", 3, 1, "unknown-setting"},
	} {
		t.Run(what, func(t *testing.T) {
			start := time.Now()
			_, l := Parse(name, []byte(c.src))
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
			var errs diag.List
			for _, d := range l.Sorted() {
				if d.Severity == diag.Error {
					errs = append(errs, d)
				}
			}
			if len(errs) == 0 {
				t.Fatalf("no error, but %v", l)
			}
			if d := errs[0]; d.Line != c.line || d.Col != c.col || d.Rule != c.rule || d.Hint == "" || d.File != name {
				t.Errorf("got %v (%s), want %d:%d [%s]", d, d.Hint, c.line, c.col, c.rule)
			}
		})
	}
	if _, l := Parse(name, nil); !l.Failed() || l[0].Rule != "missing-setting" {
		t.Errorf("no file: %v", l)
	}
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://Guidance.Example.ORG":        "https://guidance.example.org",
		"https://example.org/":                "https://example.org",
		"http://localhost:8080/careers/":      "http://localhost:8080/careers",
		"https://example.org/a%20b":           "https://example.org/a%20b",
		"https://[::1]:80/x":                  "https://[::1]:80/x",
		"https://xn--mnchen-3ya.de/é":         "https://xn--mnchen-3ya.de/%C3%A9",
		"HTTPS://example.org":                 "https://example.org",
		"https://example.org/careers/advice/": "https://example.org/careers/advice",
	} {
		if got, why := BaseURL(in); got != want || why != "" {
			t.Errorf("%s: %q %q, want %q", in, got, why, want)
		}
	}
}

// TestLastCounts wants of a key written twice the last, and a warning.
func TestLastCounts(t *testing.T) {
	c, l := Parse(name, []byte("title: A\nfeed: {limit: 3}\ntitle: B\nbase_url: https://a.org\nfeed: {limit: 4, limit: 5}\nrules: {duplicate-key: off, duplicate-key: error}\n"))
	if c.Output.Title != "B" || c.Output.FeedLimit != 5 || c.Rules["duplicate-key"] != diag.Error {
		t.Errorf("got %q, %d, %v", c.Output.Title, c.Output.FeedLimit, c.Rules)
	}
	if len(l) != 4 || l.Failed() {
		t.Errorf("problems: %v", l)
	}
	for _, d := range l {
		if d.Rule != "duplicate-key" || d.Severity != diag.Warning {
			t.Errorf("problem: %v", d)
		}
	}
}

// TestLineEndsAndMarks wants a file written on Windows to be read as any other.
func TestLineEndsAndMarks(t *testing.T) {
	c, l := Parse(name, []byte("\ufefftitle: T\r\nbase_url: https://a.org\r\nsearch: perhaps\r\n"))
	if c.Output.Title != "T" || c.Output.BaseURL != "https://a.org" || len(l) != 1 || l[0].Line != 3 || l[0].Col != 9 || l[0].EndCol != 16 {
		t.Errorf("%+v %v", c.Output, l)
	}
	_, l = Parse(name, []byte("\ufefftitel: T\n"))
	if l = l.Sorted(); l[0].Col != 1 {
		for _, d := range l {
			if d.Rule == "unknown-setting" && (d.Col != 1 || d.EndCol != 6) {
				t.Errorf("after a byte order mark: %v to %d", d, d.EndCol)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range cases {
		if a, err := txtar.ParseFile(path); err == nil {
			f.Add(a.Files[0].Data)
		}
	}
	f.Add([]byte("title: &a [*a, !!x \"\\x1b\"]\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, l := Parse(name, src)
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, d := range l {
			if d.File != name || d.Line < 1 || d.Line > lines || d.Col < 1 || d.EndCol != 0 && d.EndCol <= d.Col {
				t.Errorf("place of %v to %d in %d lines", d, d.EndCol, lines)
			}
			if _, ok := diag.LookupRule(d.Rule); !ok {
				t.Errorf("rule of %v", d)
			}
			if strings.ContainsAny(d.Message+d.Hint, "\n\r") || d.Message == "" || d.Hint == "" || !utf8.ValidString(d.Message) {
				t.Errorf("words of %v: %q", d, d.Hint)
			}
		}
		if !l.Failed() && c.Output.Title == "" {
			t.Error("no error and no title")
		}
		if c2, l2 := Parse(name, src); !reflect.DeepEqual(c, c2) || !reflect.DeepEqual(l, l2) {
			t.Error("two readings differ")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	a, err := txtar.ParseFile("testdata/all.txtar")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Parse(name, a.Files[0].Data)
	}
}

// TestGroupForm holds that a value in the place of a group is shown where it fits.
func TestGroupForm(t *testing.T) {
	for src, want := range map[string]string{
		"publisher: Acme":        "write publisher: {name: Acme}",
		"contact: a@b.org":       "write contact: {email: a@b.org}",
		"review: 6 months":       "write review: {every: 6 months}",
		"markdown: true":         "write markdown: {html: true}",
		"embed: https://a.org":   "write embed: {origins: [https://a.org]}",
		"feed: 20":               "write feed: {limit: 20}",
		`theme: "#123456"`:       `write theme: {accent: "#123456"}`,
		"images: 480":            "write images: {widths: [480]}",
		"links: /jobs/*":         "write links: {allow: [/jobs/*]}",
		"feed: many":             "write feed: {limit: 20}",
		"contact: [a@b.org]":     "write contact: {email: …}",
		"front_matter: off":      "write front_matter: {unknown: off}",
		"rules: {raw-html: no}":  "write off",
		"links: {external: yes}": "write check or skip",
	} {
		_, diags := Parse(name, []byte("title: T\nbase_url: https://example.org\n"+src+"\n"))
		if len(diags) != 1 || diags[0].Hint != want {
			t.Errorf("%s: %v (%s), want %s", src, diags, diags[0].Hint, want)
		}
	}
}
