package markdown

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// article reads the body that the benchmarks parse: guidance of 1,150 words.
func article(tb testing.TB) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "article.md"))
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

// BenchmarkParse is a whole parse, the minifier included.
func BenchmarkParse(b *testing.B) {
	src := article(b)
	e := New(Options{Language: "en-GB"})
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		e.Parse("content/a.md", 1, src)
	}
}

// BenchmarkRead is a parse without the minifier, to hold against
// BenchmarkGoldmark.
func BenchmarkRead(b *testing.B) {
	src := article(b)
	e := New(Options{Language: "en-GB"})
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		p := e.pages.Get().(*page)
		p.unminified = true
		p.parse("content/a.md", 1, src)
		p.release()
		e.pages.Put(p)
	}
}

// BenchmarkGoldmark is what goldmark alone takes for the same.
func BenchmarkGoldmark(b *testing.B) {
	src := article(b)
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList, extension.Typographer),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithAttribute()))
	var out bytes.Buffer
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := md.Convert(src, &out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSurvey is what the look before the parse takes.
func BenchmarkSurvey(b *testing.B) {
	src := article(b)
	e := New(Options{})
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		p := e.pages.Get().(*page)
		p.admit(src)
		p.release()
		e.pages.Put(p)
	}
}

// BenchmarkRatio runs both in turn and tells how many times goldmark's time
// the whole of Parse takes, the least of many runs: on a busy machine the
// other numbers say little.
func BenchmarkRatio(b *testing.B) {
	src := article(b)
	e := New(Options{Language: "en-GB"})
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList, extension.Typographer),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithAttribute()))
	var out bytes.Buffer
	least := [3]time.Duration{time.Hour, time.Hour, time.Hour}
	for b.Loop() {
		for i := range least {
			start := time.Now()
			switch i {
			case 0:
				out.Reset()
				if err := md.Convert(src, &out); err != nil {
					b.Fatal(err)
				}
			default:
				p := e.pages.Get().(*page)
				p.unminified = i == 1
				p.parse("content/a.md", 1, src)
				p.release()
				e.pages.Put(p)
			}
			least[i] = min(least[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(least[0].Microseconds()), "goldmark-us")
	b.ReportMetric(float64(least[1])/float64(least[0]), "read-x")
	b.ReportMetric(float64(least[2])/float64(least[0]), "minified-x")
}
