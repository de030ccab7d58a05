package markdown

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guidepost/generator/internal/minify"
)

// TestBodiesAreAsSmallAsMinified holds what is written without the minifier
// against what the minifier would make of it.
func TestBodiesAreAsSmallAsMinified(t *testing.T) {
	pages, own, minified := 0, 0, 0
	e := New(Options{})
	check := func(name string, src []byte) {
		b, _ := e.Parse(name, 1, src)
		if b == nil {
			return
		}
		// Holes are filled with something that no minifier changes.
		html := b.Fill(nil, func(Hole) string { return "x" })
		small, err := minify.Bytes(minify.HTML, html)
		if err != nil {
			t.Fatal(name, err)
		}
		if len(html) > len(small)+len(small)/100+2 {
			t.Errorf("%s: %d bytes, minified %d", name, len(html), len(small))
		}
		pages, own, minified = pages+1, own+len(html), minified+len(small)
	}
	err := filepath.WalkDir("../../../content", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".md") {
			return err
		}
		src, err := os.ReadFile(p)
		if i := bytes.Index(src, []byte("\n---\n")); i > 0 {
			src = src[i+5:]
		}
		check(p, src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{
		"two spaces": "One.  Two.   Three\nfour  \nfive",
		"nested":     "- a:\n  - b\n  - c\n\n    more\n- d\n",
		"code":       "Text\n\n```go\nfunc  main() {\n\tx  := 1\n}\n```\n\n    indented   code\n",
		"table":      "| a  |  b |\n|---|:-:|\n| 1  |   2 |\n",
		"quote":      "> quoted  text\n>\n> - list\n\n*a*  **b** `c  d`\n",
		"notes":      "Word[^1] and[^2].\n\n[^1]: A note.\n[^2]: Another\n\n    with a paragraph.\n",
	} {
		check(name, []byte(src))
	}
	if pages < 30 || own > minified+minified/1000 {
		t.Errorf("%d pages: %d bytes, minified %d", pages, own, minified)
	}
}
