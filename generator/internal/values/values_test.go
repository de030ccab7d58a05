package values

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// TestData reads a file of data, as all but front matter is.
func TestData(t *testing.T) {
	matters := func(key string) bool { return key == "draft" }
	for _, c := range []struct {
		name, src string
		line, col int
		rule      string
		hint      string
	}{
		{"no colon above a key", "title X9\nweight: 3\n", 1, 1, "bad-yaml", "key: value"},
		{"no colon inside a group", "a:\n  title X9\n  # the next\n\n  weight: 3\n", 2, 3, "bad-yaml", "key: value"},
		{"no colon between keys", "title: a\nweight 3\nowner: b\n", 2, 1, "bad-yaml", "key: value"},
		{"no colon at the end", "title: a\nweight 3\n", 2, 1, "bad-yaml", "key: value"},
		{"two colons", "title: CVs: the basics\n", 1, 11, "bad-yaml", "in quotes"},
		{"two colons below a list", "a:\n- b\ntitle: CVs: the basics\n", 3, 11, "bad-yaml", "in quotes"},
		{"never closed", "a: b\nc: [d,\n", 2, 7, "bad-yaml", "bracket"},
		{"no table", "- a\n", 1, 1, "bad-yaml", "key: value"},
		{"not UTF-8", "\ufeffa: \xe9\n", 1, 4, "bad-yaml", "UTF-8"},
		{"lone CR", "a: b\rc: d\n", 1, 5, "bad-yaml", "CRLF"},
		{"too many", strings.Repeat("a:\n", 6), 6, 1, "too-large", "not needed"},
		{"too long", "a: " + strings.Repeat("x", 600), 1, 1, "too-large", "not needed"},
		{"too deep", "a: " + strings.Repeat("[", 20), 1, 20, "too-deep", "flatter"},
		{"alias", "a: &b c\nd: *b\n", 1, 4, "bad-yaml", "quotes"},
		{"twice", "a: b\na: c\n", 2, 1, "duplicate-key", "one of the two"},
		{"which of two", "draft: true\ndraft: false\n", 2, 1, "duplicate-key", "that is meant"},
		{"second document", "a: b\n---\nc: d\n", 2, 1, "bad-yaml", "take out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, diags := YAML([]byte(c.src), Options{File: "content/facts.yaml", Bytes: 512, Keys: 5, Matters: matters})
			if len(diags) == 0 {
				t.Fatal("no problem")
			}
			d := diags.Sorted()[0]
			if d.File != "content/facts.yaml" || d.Line != c.line || d.Col != c.col || d.Rule != c.rule || !strings.Contains(d.Hint, c.hint) {
				t.Errorf("got %v (%s), want %d:%d [%s] with a hint of %q", d, d.Hint, c.line, c.col, c.rule, c.hint)
			}
		})
	}
}

// TestNodes holds that values are what was written, in the order of writing,
// the last of two with one key, each at its place.
func TestNodes(t *testing.T) {
	root, diags := YAML([]byte("# c\nyes: no\nb: \"0123\"\nc: [1.50, ~]\nb: 0123\n"), Options{File: "f", Above: 10})
	var got strings.Builder
	for _, e := range root.Table {
		fmt.Fprintf(&got, "%s %v = %q %v %v\n", e.Key, e.At, e.Val.Text, e.Val.Quoted, e.Val.Place)
		for _, n := range e.Val.List {
			fmt.Fprintf(&got, "  %q %v %v\n", n.Text, n.IsNull(), n.Place)
		}
	}
	const want = `yes {12 1 4} = "no" false {12 6 8}
c {14 1 2} = "" false {14 4 0}
  "1.50" false {14 5 9}
  "~" true {14 11 12}
b {15 1 2} = "0123" false {15 4 8}
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", &got, want)
	}
	if len(diags) != 1 || diags.Failed() {
		t.Error(diags)
	}
}

// FuzzTOML holds that whatever the TOML library takes, within our bounds, our
// scan does, and that it finds the place of every key.
func FuzzTOML(f *testing.F) {
	for _, s := range []string{
		"a = 1", "a.b.\"c d\".'e' = [1, 2,\n # x\n [3]]", "[a]\nb = {c = 1, d = {e = 'x'}}\n[[a.c]]\nx=1\n[[a.c]]\n[a.c.d]\ny=2", "x = \"\"\"a\"\"\"\"\"\ny = '''b'''''", "d = 2026-01-01T10:00:00Z\nt = 10:00:00\nf = -1e5\nn = nan\nh = 0xFF",
		"\"\\u00e9\" = \"\\\"\"", "a = \"x\" # c", "a = [\n{b = 1},\n{b = 2},\n]", "[a . b]\n[ c ]\n", "a = ''\nb = \"\"", "\"\" = 1\n'' .a = 1", "[[a]]\nb.c = 1\n[a.d]\n[[a]]", "é = 1", "a = {\n b = 1,\n}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 4096 || !utf8.ValidString(src) || strings.ContainsAny(src, "\x00\r\x7f\u0085\u2028\u2029\ufeff\ufffe\uffff") || strings.Count(src, "[")+strings.Count(src, "{")+strings.Count(src, ".") > 12 {
			return
		}
		var v map[string]any
		if _, err := toml.Decode(src, &v); err != nil {
			return
		}
		root, diags := TOML([]byte(src), Options{File: "content/a.md", Above: 1, FrontMatter: true})
		if len(diags) > 0 {
			t.Fatalf("%q: %v", src, diags)
		}
		var check func(n *Node)
		check = func(n *Node) {
			for i := range n.List {
				check(&n.List[i])
			}
			for i := range n.Table {
				if n.Table[i].At.Line == 0 || n.Table[i].Val.Line == 0 {
					t.Fatalf("%q: no place of %q", src, n.Table[i].Key)
				}
				check(&n.Table[i].Val)
			}
		}
		check(&root)
		if len(root.Table) != len(v) {
			t.Fatalf("%q: %d keys, not %d", src, len(root.Table), len(v))
		}
	})
}
