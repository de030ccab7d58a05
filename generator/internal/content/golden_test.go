package content

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guidepost/generator/internal/diag"
)

var update = flag.Bool("update", false, "rewrite the wanted results")

// TestGolden reads each testdata/parse/*.txtar: the settings in options.json,
// the _defaults.yaml files, then each page, and compares cards and problems
// with want.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := readCase(name)
			if err != nil {
				t.Fatal(err)
			}
			var (
				o        Options
				defaults []*Defaults
				got      bytes.Buffer
				pages    []caseFile
				want     = -1
			)
			for i, f := range ar.Files {
				switch {
				case f.Name == "options.json":
					if err := json.Unmarshal(f.Data, &o); err != nil {
						t.Fatal(err)
					}
				case f.Name == "want":
					want = i
				case strings.HasPrefix(f.Name, "content/"):
					pages = append(pages, f)
				}
			}
			p := NewParser(nil, o)
			for _, f := range pages {
				src := bytes.ReplaceAll(f.Data, []byte("␉"), []byte("\t"))
				fmt.Fprintf(&got, "== %s\n", f.Name)
				if strings.HasSuffix(f.Name, "/_defaults.yaml") {
					d, diags := p.ParseDefaults(f.Name, src)
					defaults = append(defaults, d)
					writeProblems(&got, diags)
					continue
				}
				var mine []*Defaults
				for _, d := range defaults {
					if strings.HasPrefix(f.Name, strings.TrimSuffix(d.file, "_defaults.yaml")) {
						mine = append(mine, d)
					}
				}
				page, diags := p.Parse(f.Name, src, mine...)
				writePage(t, &got, page)
				writeProblems(&got, diags)
			}
			if want < 0 {
				ar.Files = append(ar.Files, caseFile{Name: "want"})
				want = len(ar.Files) - 1
			}
			if *update {
				ar.Files[want].Data = got.Bytes()
				if err := os.WriteFile(name, ar.format(), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(string(ar.Files[want].Data), got.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

// A caseFile is a file of a case in the form txtar: a comment, then for each
// file a line "-- NAME --" and its text.
type caseFile struct {
	Name string
	Data []byte
}

type testCase struct {
	comment []byte
	Files   []caseFile
}

func readCase(name string) (*testCase, error) {
	text, err := os.ReadFile(name)
	c := new(testCase)
	for line := range bytes.Lines(text) {
		title, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("-- "))
		title, ok2 := bytes.CutSuffix(title, []byte(" --"))
		switch n := len(c.Files); {
		case ok && ok2:
			c.Files = append(c.Files, caseFile{Name: string(title)})
		case n == 0:
			c.comment = append(c.comment, line...)
		default:
			c.Files[n-1].Data = append(c.Files[n-1].Data, line...)
		}
	}
	return c, err
}

func (c *testCase) format() []byte {
	b := slices.Clone(c.comment)
	for _, f := range c.Files {
		b = fmt.Appendf(b, "-- %s --\n%s", f.Name, f.Data)
	}
	return b
}

// writePage writes a page as JSON, a field a line, what is zero left out.
func writePage(t *testing.T, b *bytes.Buffer, page *Page) {
	c := *page.Card
	c.Terms = "" // of another test
	raw, err := json.Marshal(struct {
		Card    Card
		Layout  string
		Action  *Link
		Sources []Link
		Params  map[string]any
	}{c, page.Layout, page.Action, page.Sources, page.Params})
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	card := v["Card"].(map[string]any)
	delete(v, "Card")
	for _, m := range []map[string]any{card, v} {
		pruned, _ := prune(m).(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(pruned)) {
			line, err := json.Marshal(pruned[k])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(b, "%s %s\n", k, line)
		}
	}
}

// prune leaves out zero values of maps.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = prune(x); x != nil {
				out[k] = x
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

func writeProblems(b *bytes.Buffer, diags diag.List) {
	for _, d := range diags.Sorted() {
		fmt.Fprintf(b, "%s\n", d)
		if d.EndCol > 0 {
			fmt.Fprintf(b, "   to %d\n", d.EndCol)
		}
		fmt.Fprintf(b, "   %s\n", d.Hint)
	}
}
