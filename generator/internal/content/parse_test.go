package content

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/values"
)

const referenceFile = "../../../docs/front-matter.md"

// TestReference keeps docs/front-matter.md true.
func TestReference(t *testing.T) {
	want := Reference()
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("run go test -update: %s", d)
	}
}

// TestExamples reads the example of each key, by itself, without a problem.
func TestExamples(t *testing.T) {
	if len(rules) > 64 {
		t.Fatal("seen has too few bits for the rules")
	}
	for _, f := range Fields() {
		src := "---\n" + f.Key + ": " + f.Example + "\n"
		for _, other := range []string{"title", "description"} {
			if f.Key != other {
				src += other + ": x\n"
			}
		}
		// What has a meaning only beside another key.
		switch f.Key {
		case "kind":
			src += "parts: [a.md]\n"
		case "parts":
			src += "kind: guide\n"
		case "steps":
			src += "kind: journey\n"
		}
		src += "---\n"
		file := "content/cv/page.md"
		if f.Key == "parent" {
			file = "content/topics/page.md"
		}
		if _, diags := NewParser(nil, Options{Unknown: UnknownError}).Parse(file, []byte(src)); len(diags) > 0 {
			t.Errorf("%s: %v", f.Key, diags)
		}
		if !KnownKey(f.Key) || f.Doc == "" || f.Type == "" || f.Example == "" {
			t.Errorf("%s is not whole: %+v", f.Key, f)
		}
	}
	for key, want := range map[string]bool{"image.src": true, "params.x": true, "params.x.y": true, "image.x": false, "x": false, "params.": false, "title.x": false, "": false} {
		if KnownKey(key) != want {
			t.Errorf("KnownKey(%q) = %v", key, !want)
		}
	}
}

func TestReadable(t *testing.T) {
	for _, c := range []struct {
		name, src, rule string
		line, col       int
		hint            string
	}{
		{"UTF-16 LE", utf16("# x", true, true), "invalid-utf8", 1, 1, "save it as UTF-8"},
		{"UTF-16 BE", utf16("# x", false, true), "invalid-utf8", 1, 1, "save it as UTF-8"},
		{"NUL", "# x\n\né\x00", "invalid-utf8", 3, 2, "UTF-16"},
		{"Latin 1", "# x\n\ncafé caf\xe9\n", "invalid-utf8", 3, 9, "Windows-1252"},
		{"surrogate", "\xed\xa0\x80", "invalid-utf8", 1, 1, "UTF-8"},
		{"cut short", "# x\xc3", "invalid-utf8", 1, 4, "UTF-8"},
		{"too large", strings.Repeat("x", maxFile+1), "too-large", 0, 0, "split"},
		{"head too large", "---\na: " + strings.Repeat("x", values.MaxBytes) + "\n---\n", "front-matter-too-large", 1, 1, "data file"},
		{"too many keys", "---\na:\n" + strings.Repeat("- a\n", values.MaxKeys+1) + "---\n", "front-matter-too-large", 3, 1, "data file"},
		{"YAML too deep", "---\na: " + strings.Repeat("[", 17) + strings.Repeat("]", 17) + "\n---\n", "too-deep", 2, 20, "data file"},
		{"YAML far too deep", "---\na: " + strings.Repeat("[", 20000) + "\n---\n", "too-deep", 2, 0, "data file"},
		{"JSON too deep", ";;;\n{\"a\": " + strings.Repeat("[", 17) + strings.Repeat("]", 17) + "}\n;;;\n", "too-deep", 2, 22, "data file"},
		{"TOML too deep", "+++\na = " + strings.Repeat("[", 17) + strings.Repeat("]", 17) + "\n+++\n", "too-deep", 2, 0, "data file"},
		{"TOML dots", "+++\na" + strings.Repeat(".a", 17) + " = 1\n+++\n", "too-deep", 2, 0, "data file"},
		{"TOML tables", "+++\n[a" + strings.Repeat(".a", 17) + "]\n+++\n", "too-deep", 2, 0, "data file"},
		{"commas", "---\nkeywords: " + strings.Repeat("a,", values.MaxKeys+1) + "\n---\n", "front-matter-too-large", 2, 11, "data file"},
		{"TOML keys", "+++\na = [" + strings.Repeat("1,", values.MaxKeys+1) + "]\n+++\n", "front-matter-too-large", 2, 0, "data file"},
	} {
		page, diags := parse(t, Options{}, c.src)
		if len(diags) == 0 || !page.Card.Held {
			t.Errorf("%s: no error", c.name)
			continue
		}
		d := diags[0]
		if d.Rule != c.rule || d.Line != c.line || c.col > 0 && d.Col != c.col || !strings.Contains(d.Hint, c.hint) {
			t.Errorf("%s: %v (%s)", c.name, d, d.Hint)
		}
	}
	// Just within the bounds.
	if page, diags := parse(t, Options{}, "---\ntitle: x\nparams: {a: "+strings.Repeat("[", 13)+strings.Repeat("]", 13)+"}\n---\n"); page.Card.Held {
		t.Error(diags)
	}
}

// TestHostile holds that no small file takes long.
func TestHostile(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, values.MaxBytes/len(s)) }
	for name, src := range map[string]string{
		"toml inline":  "+++\n" + fill("{a=") + "\n+++\n",
		"toml inline2": "+++\nx = " + fill("{a=") + "\n+++\n",
		"toml arrays":  "+++\nx = " + fill("[") + "\n+++\n",
		"toml dots":    "+++\n" + fill("a.") + "=1\n+++\n",
		"toml keys":    "+++\n" + fill("a.b.c=1\n") + "+++\n",
		"toml heads":   "+++\n" + fill("[[a.b]]\n") + "+++\n",
		"toml pairs":   "+++\nx={" + fill("a=1,") + "}\n+++\n",
		"toml quotes":  "+++\nx=" + fill(`"""`) + "\n+++\n",
		"yaml flow":    "---\na: " + fill("{a: ") + "\n---\n",
		"yaml list":    "---\n" + fill("- ") + "\n---\n",
		"yaml key":     "---\n" + fill("? ") + "\n---\n",
		"yaml same":    "---\n" + fill("a: b\n") + "---\n",
		"yaml anchors": "---\n" + fill("a: &a b\n") + "---\n",
		"json arrays":  ";;;\n" + fill("[") + "\n;;;\n",
		"json keys":    ";;;\n{" + fill(`"a":1,`) + "}\n;;;\n",
		"commas":       "---\naudience: \"" + fill("a,b") + "\"\n---\n",
		"lines":        strings.Repeat("---\n", 1<<20),
		"half open":    "---\n" + strings.Repeat("----\n", 1<<20),
		"returns":      strings.Repeat("---\r", 1<<20),
		"colons":       strings.Repeat(":", 1<<20),
		"drafts":       strings.Repeat("{draft: x,", 1<<17),
		"fences":       strings.Repeat("```\n", 1<<20),
	} {
		start := time.Now()
		NewParser(nil, Options{}).Parse("content/a.md", []byte(src))
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s takes %v", name, d)
		}
	}
}

// TestPlaces holds that places count from the file's first line, in
// characters, whatever its byte order mark and line ends.
func TestPlaces(t *testing.T) {
	src := "---\ntitle: é ü\nowner: 'ö'\nimage: {alt: é, src: javascript:x}\n---\nText.\n"
	for name, s := range map[string]string{"plain": src, "mark": "\ufeff" + src, "CRLF": strings.ReplaceAll(src, "\n", "\r\n"), "both": "\ufeff" + strings.ReplaceAll(src, "\n", "\r\n")} {
		page, diags := parse(t, Options{}, s)
		if at := page.Card.TitleAt; at != (Place{Line: 2, Col: 8, EndCol: 11}) {
			t.Errorf("%s: title at %v", name, at)
		}
		if len(diags) != 1 || diags[0].Line != 4 || diags[0].Col != 22 || diags[0].EndCol != 34 {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// TestBody holds that the body is exactly what stands below the closing line.
func TestBody(t *testing.T) {
	p := NewParser(nil, Options{})
	for _, c := range []struct {
		src, body string
		line      int
	}{
		{"---\ntitle: x\n---\nText.\n", "Text.\n", 4},
		{"---\ntitle: x\n---\n\n---\nText.\n", "\n---\nText.\n", 4},
		{"---\r\ntitle: x\r\n--- \r\n\r\nText.", "\r\nText.", 4},
		{"---\nnote: |\n  a\n  ---\n   ---\n  b\ntitle: x\n---\nText.\n", "Text.\n", 9},
		{"---\ntitle: x\n---", "", 4},
		{"---\n---\nText.\n", "Text.\n", 3},
		{"+++\na = '''\n ---\n+++ x\n'''\n+++\n+++\nText.\n", "+++\nText.\n", 7},
		{";;;\n{\"a\":\n\"---\"}\n;;;\nText.\n", "Text.\n", 5},
		{"---\n\nProse.\n\n---\n\nMore.\n", "---\n\nProse.\n\n---\n\nMore.\n", 1},
		{"Text.\n", "Text.\n", 1},
	} {
		var diags diag.List
		s, ok := p.split("content/a.md", []byte(c.src), &diags)
		if !ok || string(s.body) != c.body || s.line != c.line {
			t.Errorf("%q: body %q on line %d, %v", c.src, s.body, s.line, diags)
		}
	}
	page, diags := parse(t, Options{}, "---\nparams:\n  note: |\n    a\n    ---\n    b\ntitle: x\n---\n")
	if page.Params["note"] != "a\n---\nb\n" || len(diags) > 0 {
		t.Errorf("%q, %v", page.Params, diags)
	}
}

func TestMisnamed(t *testing.T) {
	for file, want := range map[string]string{
		"content/a/_defaults.yaml": "", "content/a/page.md": "", "content/a/notes.txt": "", "content/site.yaml": "", "content/a/default.png": "",
		"content/a/_defaults.yml": "_defaults.yaml", "content/a/_default.yaml": "_defaults.yaml", "content/a/defaults.yaml": "_defaults.yaml", "content/_Defaults.YAML": "_defaults.yaml", "content/_defaults.toml": "_defaults.yaml", "content/a/_defaults.md": "_defaults.yaml", "content/a/_Default.md": "_defaults.yaml", "content/a/defaults.md": "",
		"content/a/page.MD": "page.md", "content/a/page.markdown": "page.md", "content/a/page.mkd": "page.md", "content/a/page.md.txt": "page.md",
	} {
		if got := Misnamed(file); got != want {
			t.Errorf("Misnamed(%q) = %q", file, got)
		}
	}
}

func TestDates(t *testing.T) {
	for s, want := range map[string]string{
		"2026-10-12": "2026-10-12 1791763200", "2024-02-29": "2024-02-29 1709164800", "2026-10-12T09:00:00Z": "2026-10-12T09:00:00Z 1791795600",
		"2026-10-12 09:00:00+01:00": "2026-10-12T09:00:00+01:00 1791792000", "1969-12-31": "1969-12-31 -86400",
		"12/10/2026": "! write 2026-10-12 if it is 12 October, or 2026-12-10 if it is 10 December; if all pages have it so, add to site.yaml: front_matter: {dates: [\"02/01/2006\"]}, or [\"01/02/2006\"]", "1.2.2026": "! write 2026-02-01 if it is 1 February, or 2026-01-02 if it is 2 January; if all pages have it so, add to site.yaml: front_matter: {dates: [\"2.1.2006\"]}", "4/4/2026": "! write it as 2026-04-04; if", "1 May 2026": "! write it as 2026-05-01", "May 1, 2026": "! write it as 2026-05-01", "2026/5/1": "! write it as 2026-05-01", "20260501": "! write it as 2026-05-01",
		"2026-5-1": "! write it as 2026-05-01", "12/31/2026": "! write it as 2026-12-31", "2026-10-12T09:00:00": "! write it as 2026-10-12T09:00:00Z", "May 2026": "! write it with its day, as 2026-05-01",
		"2026-02-30": "! February 2026 has 28 days", "2026-04-31": "! April 2026 has 30 days", "2026-00-10": "! the form", "2026-13-10": "! the form", "2026-01-00": "! January 2026 has 31 days", "0000-01-01": "! the form",
		"soon": "! write year", "": "! write year", "2026": "! write year", "2026-1a-01": "! write year", "2026-10-12T25:00:00Z": "! write year",
	} {
		d, why, hint := ParseDate(s, nil)
		if text, bad := strings.CutPrefix(want, "! "); bad {
			if why == "" || !strings.HasPrefix(hint, text) || !d.IsZero() {
				t.Errorf("%q: %v %q (%s)", s, d, why, hint)
			}
		} else if got := d.Text + " " + strconv.FormatInt(d.Unix, 10); got != want || why != "" {
			t.Errorf("%q: %q, %s", s, got, why)
		}
	}
	if d, why, _ := ParseDate("02/01/2026", []string{"02/01/2006"}); d.Text != "2026-01-02" || why != "" {
		t.Error(d, why)
	}
	if d, why, _ := ParseDate("2014-05-01 10:30:00 +0100", []string{"2006-01-02 15:04:05 -0700"}); d.Text != "2014-05-01T10:30:00+01:00" || why != "" {
		t.Error(d, why)
	}
	for s, want := range map[string]Period{"6 months": {Months: 6}, "1 year": {Years: 1}, "90 days": {Days: 90}, "2 weeks": {Days: 14}, " 1  Month ": {Months: 1}} {
		if p, ok := ParsePeriod(s); p != want || !ok {
			t.Errorf("%q: %v", s, p)
		}
	}
	for _, s := range []string{"", "6", "months", "6 moons", "0 days", "-1 days", "+1 days", "1.5 years", "six months", "6 months ago", "999999999 days", "101 years"} {
		if p, ok := ParsePeriod(s); ok {
			t.Errorf("%q: %v", s, p)
		}
	}
}

// TestOneParser holds that a parser is the same for several goroutines.
func TestOneParser(t *testing.T) {
	p := NewParser(nil, Options{Language: "en-GB", Map: map[string]string{"date": "published"}})
	d, _ := p.ParseDefaults("content/_defaults.yaml", []byte("owner: A\nparams: {a: 1}\n"))
	src := []byte(strings.Replace(benchHead, "published:", "date:", 1) + benchText(300, 3))
	want, wantDiags := p.Parse("content/a/b.md", src, d)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, diags := p.Parse("content/a/b.md", src, d)
				if !cmp.Equal(got, want) || !cmp.Equal(diags, wantDiags) {
					t.Error("another page")
				}
			}
		})
	}
	wg.Wait()
	if want.Card.Owner != "Careers service" || want.Params["a"] != 1 || want.Card.Published.Text != "2026-01-12" {
		t.Errorf("%+v", want.Card)
	}
}

// saysDraftPlainly is the fuzzer's own idea of front matter that says draft.
var saysDraftPlainly = regexp.MustCompile(`^(draft: true|"draft": true,?|draft = true)$`)

// FuzzParse holds that a page is always made, soon, and that none that plainly
// says that it is a draft is published.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		benchHead, "---\ntitle: x\ndraft: true\n---\n", "---\ntitle: x\ndraft: true\n", "+++\ntitle = 'x'\ndraft = true\n[a]\nb=[1,{c=2}]\n+++\n", ";;;\n{\"title\": \"x\",\n\"draft\": true\n}\n;;;\n",
		"---\na: |\n  x\n---\ndraft: true\n---\n", "---\n\nprose\n\n---\n", "----\ntitle: x\ndraft: true\n----\n", "---\r\ndraft: true\r\n---\r\n", "\ufeff---\ndraft: true\n---\n", "text\n---\ntitle: x\ndraft: true\n---\n",
		"---\nimage: {src: a}\nchanges: [{date: 2026-01-01}]\nwithdrawn: 2026-01-01\n---\n", "---\nparams:\n  draft: true\n---\n", "+++\nt={#\n+++\n", "---\n? a\n: b\n*x\n---\n", "{\n\"draft\": true,\n}\n",
		"---\ntitle: \"a\ndraft: true\n\"\n---\n", "---\na: 'b\n\ndraft: true\n'\n---\n", "---\nx: {\ndraft: true\n}\n---\n", "+++\nx = '''\ndraft = true\n'''\n+++\n", "+++\n[draft]\n[x]\ndraft = true\n+++\n", "---\ndraft: true\ndraft: false\n---\n",
	} {
		f.Add([]byte(s))
	}
	p := NewParser(nil, Options{Map: map[string]string{"date": "published", "a.b": "params.ab", "tags": "topics", "pic": "image.src"}})
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 20<<10 {
			return
		}
		start := time.Now()
		page, diags := p.Parse("content/a/b.md", src)
		if d := time.Since(start); d > 2*time.Second {
			t.Fatalf("takes %v", d)
		}
		if page.Card == nil || page.Body == nil || page.Card.Held != diags.Failed() {
			t.Fatal("no whole page", diags)
		}
		lines := top(src)
		for _, d := range diags {
			if d.Message == "" || d.Rule == "" || d.Line > 1+bytes.Count(src, []byte{'\n'})+bytes.Count(src, []byte{'\r'}) || strings.ContainsAny(d.Message, "\n\r") {
				t.Fatalf("%v", d)
			}
		}
		if page.Card.Draft || page.Card.Held || bytes.Contains(src, []byte("```")) || bytes.Contains(src, []byte("~~~")) {
			return
		}
		for i, line := range lines {
			if i > 0 && delimiter(line) != 0 {
				break
			}
			if saysDraftPlainly.Match(line) {
				t.Fatalf("published, though line %d says %q", i+1, line)
			}
		}
	})
}

// TestExamplesInEachForm writes the example of every key in each form of front matter
// and reads it again.
func TestExamplesInEachForm(t *testing.T) {
	p := NewParser(nil, Options{OpenTopics: true})
	for _, f := range Fields() {
		for form, frame := range map[byte]string{formYAML: "---\n%s\n---\n", formTOML: "+++\n%s\n+++\n", formJSON: ";;;\n{%s}\n;;;\n"} {
			src := strings.Replace(frame, "%s", as(form, f.Key, f.Example), 1)
			_, diags := p.Parse("content/topics/page.md", []byte(src))
			for _, d := range diags {
				if d.Rule == "bad-front-matter" || d.Rule == "bad-date" || d.Rule == "bad-value" && d.Severity == diag.Error && f.Key != "kind" {
					t.Errorf("%s: %v", src, d)
				}
			}
		}
	}
}
