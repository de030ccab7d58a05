package diag

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the tests got into testdata")

// problem is a line of the section "problems" of a case:
//
//	content/a.md:3:5-9 error broken-link: no page at "x" => did you mean y?
var problem = regexp.MustCompile(`^([^:]+)(?::(\d+))?(?::(\d+))?(?:-(\d+))? (error|warning) ([a-z-]+): (.*?)(?: => (.*))?$`)

func parseProblems(t *testing.T, text string) (l List) {
	t.Helper()
	number := func(s string) int {
		n, _ := strconv.Atoi(s)
		return n
	}
	for line := range strings.Lines(text) {
		m := problem.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("not a problem: %q", line)
		}
		s := Warning
		if m[5] == "error" {
			s = Error
		}
		l = append(l, Diag{Pos{m[1], number(m[2]), number(m[3])}, number(m[4]), s, m[6], unquote(t, m[7]), unquote(t, m[8])})
	}
	return l
}

// unquote reads Go's escapes, so that a case can hold any byte.
func unquote(t *testing.T, s string) string {
	t.Helper()
	if !strings.Contains(s, `\`) {
		return s
	}
	u, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%v in %q", err, s)
	}
	return u
}

func TestPrint(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources := map[string]string{}
			var l List
			for _, f := range a.Files {
				switch {
				case f.Name == "problems":
					l = parseProblems(t, string(f.Data))
				case strings.HasPrefix(f.Name, "want."):
				default:
					var b strings.Builder
					for line := range strings.Lines(string(f.Data)) {
						b.WriteString(unquote(t, strings.TrimSuffix(line, "\n")) + "\n")
					}
					sources[f.Name] = b.String()
				}
			}
			asked := map[string]int{}
			p := Printer{Source: func(file string) ([]byte, bool) {
				asked[file]++
				s, ok := sources[file]
				return []byte(s), ok
			}}
			got := map[string]string{}
			for i, f := range a.Files {
				var b bytes.Buffer
				var err error
				switch f.Name {
				case "want.text":
					p.Color = false
					err = p.Print(&b, l)
				case "want.colour":
					p.Color = true
					err = p.Print(&b, l)
				case "want.json":
					err = PrintJSON(&b, l)
				case "want.github":
					err = PrintGitHub(&b, l)
				case "want.sarif":
					var raw bytes.Buffer
					if err = PrintSARIF(&raw, l, "v1.2.3"); err == nil {
						err = json.Indent(&b, raw.Bytes(), "", "  ")
					}
				default:
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				out := b.String()
				if f.Name == "want.colour" {
					out = strings.ReplaceAll(out, "\x1b", "␛")
				}
				got[f.Name] = out
				if diff := cmp.Diff(string(f.Data), out); diff != "" && !*update {
					t.Errorf("%s (- wanted, + got):\n%s", f.Name, diff)
				}
				a.Files[i].Data = []byte(out)
			}
			if len(got) == 0 {
				t.Error("the case wants nothing")
			}
			for file, n := range asked {
				if n > 2 { // once for text and once for colour
					t.Errorf("%s was read %d times", file, n)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestPrintIsHarmless prints problems about every character there is and wants
// nothing back that a terminal obeys.
func TestPrintIsHarmless(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r < 0x30000; r++ {
		if utf8.ValidRune(r) {
			all.WriteRune(r)
		}
	}
	all.WriteString("\U000e0041\xff\xc0\x80\xed\xa0\x80")
	for chunk := all.String(); chunk != ""; {
		n := min(300, len(chunk))
		s := chunk[:n]
		chunk = chunk[n:]
		l := List{{Pos{"content/" + s, 1, 5}, 9, Error, "rule", s, s}}
		p := Printer{Source: func(string) ([]byte, bool) { return []byte(s), true }}
		var b bytes.Buffer
		if err := p.Print(&b, l); err != nil {
			t.Fatal(err)
		}
		check(t, "text", b.String())
		b.Reset()
		if err := PrintJSON(&b, l); err != nil {
			t.Fatal(err)
		}
		check(t, "json", b.String())
		var back struct{ Message string }
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatalf("%v in %q", err, b.String())
		}
		if utf8.ValidString(s) && back.Message != s {
			t.Fatalf("JSON says %q, not %q", back.Message, s)
		}
		b.Reset()
		if err := PrintGitHub(&b, l); err != nil {
			t.Fatal(err)
		}
		check(t, "github", b.String())
		if strings.Count(b.String(), "\n") != 1 {
			t.Fatalf("a workflow command on more than one line: %q", b.String())
		}
	}
}

func check(t *testing.T, format, out string) {
	t.Helper()
	for i, r := range out {
		if r != '\n' && hostile(r) || r == utf8.RuneError && invalidAt(out, i) {
			t.Fatalf("%s lets %U through at byte %d of %q", format, r, i, out)
		}
	}
}

// TestPrintLongLine wants a file that is one line of many megabytes, with many
// problems on it, to be printed in no time and little room.
func TestPrintLongLine(t *testing.T) {
	text := []byte(strings.Repeat("x", 20<<20))
	var l List
	for i := range 500 {
		l = append(l, Diag{Pos{"a", 1, i * 200}, i*200 + 3, Warning, "r", "m", ""})
	}
	var b bytes.Buffer
	p := Printer{Source: func(string) ([]byte, bool) { return text, true }}
	if err := p.Print(&b, l); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line); n > lineWidth+10 {
			t.Fatalf("a line of %d characters: %s", n, line)
		}
	}
}

// TestCaretsFollowTheText wants the carets under just the marked characters,
// wherever in a line of any length they are.
func TestCaretsFollowTheText(t *testing.T) {
	for _, n := range []int{0, 1, 10, 39, 40, 41, 100, 118, 119, 120, 121, 200, 1000} {
		for _, after := range []int{0, 1, 50, 119, 500} {
			for _, word := range []string{"!", "!!!!", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"} {
				line := strings.Repeat("é", n) + word + strings.Repeat("x", after)
				text, from, to := clip(line, n+1, n+1+len(word))
				r := []rune(text)
				if from < 0 || to > len(r) || string(r[from:to]) != word || len(r) > lineWidth {
					t.Fatalf("n=%d after=%d: carets %d..%d under %q (%d)", n, after, from, to, text, len(r))
				}
			}
		}
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		errors, warnings int
		want             string
	}{{0, 0, ""}, {1, 0, "1 error"}, {2, 1, "2 errors and 1 warning"}, {0, 3, "3 warnings"}, {1, 2, "1 error and 2 warnings"}} {
		var l List
		for range c.errors {
			l.Errorf(Pos{}, "r", "m")
		}
		for range c.warnings {
			l.Warnf(Pos{}, "r", "m")
		}
		if got := Summary(l); got != c.want {
			t.Errorf("%d and %d: %q, want %q", c.errors, c.warnings, got, c.want)
		}
	}
}

func FuzzPrint(f *testing.F) {
	f.Add([]byte("See the [template](../cv/tempalte.md) first.\n"), 1, 9, 38)
	f.Add([]byte("\ta\u0301日本\r\n\xff"), 1, 3, 4)
	f.Fuzz(func(t *testing.T, src []byte, line, col, end int) {
		var b bytes.Buffer
		p := Printer{Source: func(string) ([]byte, bool) { return src, true }}
		if err := p.Print(&b, List{{Pos{"a", line, col}, end, Error, "r", string(src), string(src)}}); err != nil {
			t.Fatal(err)
		}
		check(t, "text", b.String())
		if got := fmt.Sprint(strings.Count(b.String(), "\n")); !strings.Contains("1 2 3 4", got) {
			t.Fatalf("%s lines:\n%s", got, b.String())
		}
	})
}
