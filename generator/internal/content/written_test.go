package content

import (
	"strings"
	"testing"

	"guidepost/generator/internal/markdown"
)

func TestWithAlias(t *testing.T) {
	for _, c := range []struct{ name, in, want, without string }{
		{"none", "# T\n\nText.\n", "---\naliases: [/old/]\n---\n# T\n\nText.\n", ""},
		{"none, with a mark and CRLF", "\ufeff# T\r\nText.\r\n", "\ufeff---\r\naliases: [/old/]\r\n---\r\n# T\r\nText.\r\n", ""},
		{"YAML", "---\ntitle: T # why\n---\nB\n", "---\ntitle: T # why\naliases: [/old/]\n---\nB\n", ""},
		{"YAML, CRLF", "\ufeff---\r\ntitle: T\r\n---\r\nB\r\n", "\ufeff---\r\ntitle: T\r\naliases: [/old/]\r\n---\r\nB\r\n", ""},
		{"YAML in braces", "---\n{title: T}\n---\nB\n", "---\n{aliases: [/old/], title: T}\n---\nB\n", ""},
		{"a list in brackets", "---\naliases: [/a/] # kept\ntitle: T\n---\n", "---\naliases: [/a/, /old/] # kept\ntitle: T\n---\n", ""},
		{"an empty list", "---\naliases: []\ntitle: T\n---\n", "---\naliases: [/old/]\ntitle: T\n---\n", ""},
		{"nothing yet", "---\naliases:\ntitle: T\n---\n", "---\naliases: [/old/]\ntitle: T\n---\n", ""},
		{"a list of lines", "---\naliases:\n  - /a/\n  - \"/b/\" # kept\ntitle: T\n---\n", "---\naliases:\n  - /a/\n  - \"/b/\" # kept\n  - \"/old/\"\ntitle: T\n---\n", ""},
		{"a list of lines at the margin, last", "---\ntitle: T\naliases:\n- /a/\n---\n", "---\ntitle: T\naliases:\n- /a/\n- /old/\n---\n", ""},
		{"one", "---\naliases: /a/\ntitle: T\n---\n", "---\naliases: /a/, /old/\ntitle: T\n---\n", ""},
		{"two with a comma", "---\naliases: '/a/, /b/'\ntitle: T\n---\n", "---\naliases: '/a/, /b/, /old/'\ntitle: T\n---\n", ""},
		{"TOML", "+++\ntitle = \"T\"\n[params]\nx = 1\n+++\n", "+++\naliases = [\"/old/\"]\ntitle = \"T\"\n[params]\nx = 1\n+++\n", ""},
		{"TOML with some", "+++\naliases = ['/a/']\ntitle = \"T\"\n+++\n", "+++\naliases = ['/a/', '/old/']\ntitle = \"T\"\n+++\n", ""},
		{"TOML on lines", "+++\naliases = [\n  \"/a/\", # kept\n]\ntitle = \"T\"\n+++\n", "+++\naliases = [\n  \"/a/\",\n  \"/old/\", # kept\n]\ntitle = \"T\"\n+++\n", ""},
		{"JSON", ";;;\n{\n  \"title\": \"T\"\n}\n;;;\n", ";;;\n{\n  \"aliases\": [\"/old/\"],\n  \"title\": \"T\"\n}\n;;;\n", ""},
		{"JSON with some", ";;;\n{\"aliases\": [\"/a/\"], \"title\": \"T\"}\n;;;\n", ";;;\n{\"aliases\": [\"/a/\", \"/old/\"], \"title\": \"T\"}\n;;;\n", ""},
		{"back again", "---\naliases: [/x/, /a/]\ntitle: T\n---\n", "---\naliases: [/x/, /old/]\ntitle: T\n---\n", "/a/"},
		{"back again, with a comma", "---\naliases: /x/, /a\ntitle: T\n---\n", "---\naliases: /x/, /old/\ntitle: T\n---\n", "/a/"},
	} {
		p := NewParser(markdown.New(markdown.Options{}), Options{})
		got, err := p.WithAlias("content/x.md", []byte(c.in), "/old/", c.without)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(got) != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
		page, diags := p.Parse("content/x.md", got)
		if diags.Failed() || len(page.Card.Aliases) == 0 {
			t.Errorf("%s: %v, %v", c.name, page.Card.Aliases, diags)
		}
	}
}

// Every reference's target is found where it stands, byte for byte.
func TestTargets(t *testing.T) {
	src := "---\ntitle: \"Tïtle\"\nrelated: [a.md, '../b.md']\naction: {text: x, url: \"/cv/\"}\n---\n" +
		"See [ä](c.md#x \"t\"), [one][r], ![p](<d e.png>) and [[Cover letters#Two | text]].\n\n" +
		"| a | b |\n| --- | --- |\n| [[cv/x\\|t]] | [y](z.md) |\n\n" +
		"-\t[tab](tab.md)\n\n  > quoted [two\n  > lines](two.md)\n\n[^1]\n\n[^1]: Note [n](note.md).\n\n[r]:\n  ref.md 'Title'\n\nLast [[topic: cv]] <https://example.org/>.\n"
	want := "c.md#x ref.md d e.png Cover letters#Two cv/x z.md tab.md two.md cv https://example.org/ note.md a.md '../b.md' \"/cv/\""
	for _, in := range []string{src, strings.ReplaceAll(src, "\n", "\r\n"), "\ufeff" + strings.ReplaceAll(src, "Last", "La\x01\u0085st")} {
		page, _ := NewParser(markdown.New(markdown.Options{}), Options{}).Parse("content/x.md", []byte(in))
		got := map[string]bool{}
		var list []string
		for i, s := range page.Targets([]byte(in)) {
			if r := page.Card.Refs[i]; s.End == 0 {
				t.Errorf("%+v has no place", r)
			}
			list = append(list, in[s.Start:s.End])
			got[in[s.Start:s.End]] = true
		}
		all := strings.Join(list, " ")
		for _, w := range []string{"c.md#x", "ref.md", "d e.png", "Cover letters#Two", "cv/x", "z.md", "tab.md", "two.md", "cv", "https://example.org/", "note.md", "a.md", "'../b.md'", "\"/cv/\""} {
			if !got[w] {
				t.Errorf("no target %q among %q, want %q", w, all, want)
			}
		}
	}
}
