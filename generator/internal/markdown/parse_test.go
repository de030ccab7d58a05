package markdown

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

var update = flag.Bool("update", false, "write what the cases in testdata give as what they want")

// TestCases runs testdata/*.txtar: input.md, and what is wanted of it. Options
// stand in the comment at the top, a line each.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o, around, line := caseOptions(t, string(ar.Comment))
			input := section(ar, "input.md")
			body, problems := New(o).ParseIn(around, "a.md", line, []byte(input))
			for i := range ar.Files {
				f := &ar.Files[i]
				got, ok := show(f.Name, body, problems)
				if !ok {
					continue
				}
				if *update {
					f.Data = []byte(got)
				} else if d := cmp.Diff(string(f.Data), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, d)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func caseOptions(t *testing.T, comment string) (o Options, around Around, line int) {
	t.Helper()
	o.Language, line = "en-GB", 1
	for l := range strings.Lines(comment) {
		key, value, ok := strings.Cut(strings.TrimSpace(l), ": ")
		if !ok {
			continue
		}
		switch key {
		case "html":
			o.HTML = map[string]HTMLMode{"off": HTMLOff, "sanitised": HTMLSanitised, "unsafe": HTMLUnsafe}[value]
		case "linkify":
			o.Linkify = value == "true"
		case "language":
			o.Language = value
		case "terms": // name|also|also; name
			var list []TermName
			for entry := range strings.SplitSeq(value, "; ") {
				names := strings.Split(entry, "|")
				list = append(list, TermName{names[0], names[1:]})
			}
			around.Terms, around.Explain = NewTerms(list), true
		case "explain":
			around.Explain = value == "true"
		case "line":
			fmt.Sscan(value, &line)
		case "about":
		default:
			t.Fatalf("no option %q", key)
		}
	}
	return o, around, line
}

func section(ar *txtar.Archive, name string) string {
	for _, f := range ar.Files {
		if f.Name == name {
			// A case writes what an editor would not show as ‹1F›.
			s := string(f.Data)
			for c := range 32 {
				s = strings.ReplaceAll(s, fmt.Sprintf("‹%02X›", c), string(rune(c)))
			}
			return s
		}
	}
	return ""
}

var holeNames = map[HoleKind]string{HoleAddress: "address", HoleTitle: "title", HoleImage: "image", HoleRel: "rel", HoleTerm: "define"}
var refNames = map[RefKind]string{RefLink: "link", RefImage: "image", RefWiki: "wiki", RefTopic: "topic", RefTerm: "term", RefFact: "fact"}

// show writes a part of what a parse gave, by the name of the section that
// wants it.
func show(name string, body *Body, problems diag.List) (string, bool) {
	var b strings.Builder
	switch name {
	case "want.html":
		html := body.Fill(nil, func(h Hole) string { return fmt.Sprintf("⟦%s:%d⟧", holeNames[h.Kind], h.Ref) })
		s := string(html)
		for _, tag := range []string{"</p>", "</h1>", "</h2>", "</h3>", "</h4>", "</li>", "<ul>", "<ol>", "</ul>", "</ol>", "</div>", "</table>", "</tr>", "</dd>", "</dt>", "</pre>", "</figure>", "</section>", "</blockquote>"} {
			s = strings.ReplaceAll(s, tag, tag+"\n")
		}
		b.WriteString(strings.TrimRight(s, "\n"))
		b.WriteString("\n")
	case "want.problems":
		for _, d := range problems {
			end := ""
			if d.EndCol > 0 {
				end = fmt.Sprintf("-%d", d.EndCol)
			}
			fmt.Fprintf(&b, "%d:%d%s %s [%s] %s\n    %s\n", d.Line, d.Col, end, d.Severity, d.Rule, d.Message, d.Hint)
		}
	case "want.refs":
		for i, r := range body.Refs {
			fmt.Fprintf(&b, "%d %s %q %q %d:%d-%d\n", i, refNames[r.Kind], r.Target, r.Text, r.Line, r.Col, r.EndCol)
		}
	case "want.headings":
		for _, h := range body.Headings {
			fmt.Fprintf(&b, "%d #%s %q %q %d:%d\n", h.Level, h.ID, h.Text, h.HTML, h.Line, h.Col)
		}
	case "want.body":
		fmt.Fprintf(&b, "title: %s\nlede: %s\nwords: %d\nids: %s\n%s", body.Title, body.Lede, body.Words, strings.Join(body.IDs, " "), body.Text)
	default:
		return "", false
	}
	// Marks of facts are shown as cases write what an editor would not show.
	return strings.NewReplacer(string(factOpen), "‹0E›", string(factClose), "‹0F›").Replace(b.String()), true
}

// TestFill puts the pieces together again.
func TestFill(t *testing.T) {
	b := &Body{HTML: []byte("abc"), Holes: []Hole{{0, HoleTitle, 0}, {2, HoleTitle, 1}, {3, HoleTitle, 2}}}
	if got := string(b.Fill([]byte("> "), func(h Hole) string { return fmt.Sprint(h.Ref) })); got != "> 0ab1c2" {
		t.Errorf("got %q", got)
	}
}

// TestEncode reads back what is written, every field that is.
func TestEncode(t *testing.T) {
	b := &Body{HTML: []byte("<p>x"), Holes: []Hole{{3, HoleRel, 7}, {4, HoleTitle, 0}}}
	var e cache.Encoder
	b.Encode(&e)
	var got Body
	d := cache.Decoder{S: string(e.B)}
	got.Decode(&d)
	if d.Err != nil || !reflect.DeepEqual(&got, b) {
		t.Errorf("got %+v, %v; want %+v", got, d.Err, b)
	}
}

// TestConcurrent parses with one engine from many goroutines; each must get
// what it would alone.
func TestConcurrent(t *testing.T) {
	sources := corpus(t)
	e := New(Options{Language: "en-GB"})
	want := make([]*Body, len(sources))
	problems := make([]diag.List, len(sources))
	for i, s := range sources {
		want[i], problems[i] = New(Options{Language: "en-GB"}).Parse("a.md", 1, s)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range sources {
				i := (i + g*7) % len(sources)
				in := bytes.Clone(sources[i])
				got, ds := e.Parse("a.md", 1, in)
				if !reflect.DeepEqual(got, want[i]) || !reflect.DeepEqual(ds, problems[i]) {
					t.Errorf("source %d gives something else when others are parsed beside it", i)
				}
				if !bytes.Equal(in, sources[i]) {
					t.Errorf("source %d was changed", i)
				}
			}
		})
	}
	wg.Wait()
}

// corpus returns the inputs of the cases and of the benchmarks, and the small
// documents of every shape.
func corpus(tb testing.TB) [][]byte {
	tb.Helper()
	all := [][]byte{article(tb)}
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, []byte(section(ar, "input.md")))
	}
	for _, s := range shapes {
		all = append(all, []byte(s.make(3)))
	}
	return all
}

func TestFirstSentence(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"One. Two.", "One."},
		{"Ask, e.g. Dr. Smith of St. Mary's. Then go.", "Ask, e.g. Dr. Smith of St. Mary's."},
		{"It was J. R. Smith. He left.", "It was J. R. Smith."},
		{"It costs 3.50 a day. More later.", "It costs 3.50 a day."},
		{"Pens, paper etc. are free. Take some.", "Pens, paper etc. are free."},
		{"Is it “final?” Rarely.", "Is it “final?”"},
		{"He said “No.” Then he left.", "He said “No.”"},
		{"Wait … and see. Go on.", "Wait … and see."},
		{"No end", "No end"},
		{"これは文です。次の文です。", "これは文です。"},
		{"See no. 5 of the list. Then on.", "See no. 5 of the list."},
		{"What?! Really.", "What?!"},
	} {
		if got := firstSentence(c.in); got != c.want {
			t.Errorf("firstSentence(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCountWords(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{{"", 0}, {"one", 1}, {" don't stop – ever ", 3}, {"a\nb\tc", 3}, {"— … !", 0}, {"Ärger über 3 Äpfel", 4}, {"漢字 kana", 3}} {
		if got := countWords(c.in); got != c.want {
			t.Errorf("countWords(%q) = %d, want %d", c.in, got, c.want)
		}
	}
}

func TestAllowed(t *testing.T) {
	for address, want := range map[string]bool{
		"": true, "a": true, "/a:b": true, "#a:b": true, "?a:b": true, "a/b:c": true, "../x.md": true, "//host/x": true,
		"http://x": true, "HTTPS://x": true, "mailto:a@b": true, "tel:+44": true,
		"javascript:alert(1)": false, "JaVaScRiPt:x": false, "java\tscript:x": false, " javascript:x": false, "java\nscript:x": false,
		"vbscript:x": false, "data:text/html,x": false, "data:image/png;base64,x": false, "blob:x": false, "file:///x": false,
		"ms-msdt:x": false, "view-source:x": false, ":x": false, "C:\\x": false,
	} {
		if got := allowed(address); got != want {
			t.Errorf("allowed(%q) = %v", address, got)
		}
	}
}
