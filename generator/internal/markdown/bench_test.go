package markdown

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

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
