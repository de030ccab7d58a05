package generator

import (
	"strings"
	"testing"
)

// secret stands in every draft, in its title, description and body.
const secret = "Verboten"

// draft is a whole draft that is right; the tests spoil it.
const draft = "---\ntitle: Verboten title\ndescription: Verboten description.\ndraft: true\ntopics: []\n---\n\n## Verboten heading\n\nVerboten words.\n"

func swap(old, new string) string {
	if !strings.Contains(draft, old) {
		panic("no " + old)
	}
	return strings.Replace(draft, old, new, 1)
}

// drafts are drafts in every state in which people leave them. All say that
// they are drafts; none may be published.
var drafts = []struct{ name, file, text string }{
	{"right", "secret.md", draft},
	{"a byte order mark", "secret.md", "\ufeff" + draft},
	{"two byte order marks", "secret.md", "\ufeff\ufeff" + draft},
	{"line ends of Windows", "secret.md", strings.ReplaceAll(draft, "\n", "\r\n")},
	{"line ends of old Macs", "secret.md", strings.ReplaceAll(draft, "\n", "\r")},
	{"line ends of both", "secret.md", swap("draft: true\n", "draft: true\r")},
	{"a blank line first", "secret.md", "\n" + draft},
	{"a blank first", "secret.md", " " + draft},
	{"a zero-width space first", "secret.md", "\u200b" + draft},
	{"text first", "secret.md", "Hello\n" + draft},
	{"a comment first", "secret.md", "<!-- a comment -->\n" + draft},
	{"a heading first", "secret.md", "# Verboten\n\n" + draft},
	{"a code fence around it", "secret.md", "```yaml\n" + swap("topics: []\n---", "topics: []\n---\n```")},
	{"never closed", "secret.md", swap("topics: []\n---\n", "topics: []\n")},
	{"closed by four hyphens", "secret.md", swap("topics: []\n---\n", "topics: []\n----\n")},
	{"closed by two hyphens", "secret.md", swap("topics: []\n---\n", "topics: []\n--\n")},
	{"closed by an indented line", "secret.md", swap("topics: []\n---\n", "topics: []\n  ---\n")},
	{"closed by points", "secret.md", swap("topics: []\n---\n", "topics: []\n...\n")},
	{"closed by dashes", "secret.md", swap("topics: []\n---\n", "topics: []\n———\n")},
	{"closed by plus signs", "secret.md", swap("topics: []\n---\n", "topics: []\n+++\n")},
	{"opened by four hyphens", "secret.md", "-" + draft},
	{"opened by two hyphens", "secret.md", draft[1:]},
	{"opened by dashes", "secret.md", "—" + draft[3:]},
	{"opened with a name", "secret.md", "---yaml" + draft[3:]},
	{"opened by equal signs", "secret.md", strings.ReplaceAll(draft, "---", "===")},
	{"not opened", "secret.md", draft[4:]},
	{"not delimited", "secret.md", strings.ReplaceAll(draft, "---\n", "")},
	{"closed within a text block", "secret.md", "---\ntitle: Verboten\nparams:\n  note: |\n    a\n    ---\n    b\ndraft: true\n---\nVerboten words.\n"},
	{"in the second block", "secret.md", "---\ntitle: Verboten\n---\n---\ndraft: true\n---\nVerboten words.\n"},
	{"below a rule", "secret.md", "---\n\n---\ndraft: true\ntitle: Verboten\n---\nVerboten words.\n"},
	{"misspelt drfat", "secret.md", swap("draft:", "drfat:")},
	{"misspelt darft", "secret.md", swap("draft:", "darft:")},
	{"misspelt dratf", "secret.md", swap("draft:", "dratf:")},
	{"misspelt draf", "secret.md", swap("draft:", "draf:")},
	{"misspelt drafft", "secret.md", swap("draft:", "drafft:")},
	{"draught", "secret.md", swap("draft:", "draught:")},
	{"capitals", "secret.md", swap("draft:", "DRAFT:")},
	{"is_draft", "secret.md", swap("draft:", "is_draft:")},
	{"quoted", "secret.md", swap("draft: true", "\"draft\": \"true\"")},
	{"no blank after the colon", "secret.md", swap("draft: true", "draft:true")},
	{"an equal sign", "secret.md", swap("draft: true", "draft = true")},
	{"a full-width colon", "secret.md", swap("draft: true", "draft：true")},
	{"a tab before it", "secret.md", swap("draft: true", "\tdraft: true")},
	{"blanks before it", "secret.md", swap("draft: true", "  draft: true")},
	{"below another key", "secret.md", swap("draft: true", "params:\n  draft: true")},
	{"in a list", "secret.md", swap("draft: true", "- draft: true")},
	{"a look-alike letter", "secret.md", swap("draft:", "dr\u0430ft:")},
	{"a soft hyphen in the key", "secret.md", swap("draft:", "dra\u00adft:")},
	{"yes", "secret.md", swap("true", "yes")},
	{"on", "secret.md", swap("true", "ON")},
	{"ture", "secret.md", swap("true", "ture")},
	{"a list", "secret.md", swap("true", "[true]")},
	{"a number", "secret.md", swap("true", "1")},
	{"nothing", "secret.md", swap("draft: true", "draft:")},
	{"twice, last false", "secret.md", swap("draft: true", "draft: true\ndraft: false")},
	{"published: false", "secret.md", swap("draft: true", "published: false")},
	{"status: draft", "secret.md", swap("draft: true", "status: draft")},
	{"a merge", "secret.md", swap("draft: true", "base: &b {draft: true}\n<<: *b")},
	{"YAML that does not parse", "secret.md", swap("topics: []", "topics: [")},
	{"YAML that does not parse before it", "secret.md", swap("description: Verb", "description: x: Verb")},
	{"too much YAML", "secret.md", swap("topics: []", "topics: ["+strings.Repeat("a,", 40_000)+"]")},
	{"not UTF-8", "secret.md", swap("heading", "h\xe9ading")},
	{"UTF-16, little end", "secret.md", utf16(draft, 0, 1, "\xff\xfe")},
	{"UTF-16, big end", "secret.md", utf16(draft, 1, 0, "\xfe\xff")},
	{"UTF-16 without a mark", "secret.md", utf16(draft, 0, 1, "")},
	{"a NUL", "secret.md", swap("words", "wo\x00rds")},
	{"TOML", "secret.md", "+++\ntitle = \"Verboten\"\ndraft = true\n+++\nVerboten words.\n"},
	{"TOML closed by hyphens", "secret.md", "+++\ntitle = \"Verboten\"\ndraft = true\n---\nVerboten words.\n"},
	{"TOML in a table", "secret.md", "+++\ntitle = \"Verboten\"\n[params]\ndraft = true\n+++\nVerboten words.\n"},
	{"TOML with a colon", "secret.md", "+++\ntitle = \"Verboten\"\ndraft: true\n+++\nVerboten words.\n"},
	{"JSON", "secret.md", ";;;\n{\"title\": \"Verboten\", \"draft\": true}\n;;;\nVerboten words.\n"},
	{"JSON on one line", "secret.md", ";;; {\"title\": \"Verboten\", \"draft\": true} ;;;\nVerboten words.\n"},
	{"JSON with more behind", "secret.md", ";;;\n{\"title\": \"Verboten\"} {\"draft\": true}\n;;;\nVerboten words.\n"},
	{"bare JSON", "secret.md", "{\"title\": \"Verboten\", \"draft\": true}\n\nVerboten words.\n"},
	{"scheduled", "secret.md", swap("draft: true", "publish_on: 2026-11-24")},
	{"scheduled, misspelt", "secret.md", swap("draft: true", "publishon: 2026-11-24")},
	{"scheduled by another name", "secret.md", swap("draft: true", "publishDate: 2026-11-24")},
	{"scheduled in another form", "secret.md", swap("draft: true", "publish_on: 24/11/2026")},
	{"scheduled for no day", "secret.md", swap("draft: true", "publish_on: 2026-02-30")},
	{"named .markdown", "secret.markdown", draft},
	{"named .MD", "secret.MD", draft},
	{"named .mdx", "secret.mdx", draft},
	{"a copy", "secret.md.bak", draft},
	{"another copy", "secret.md.orig", draft},
	{"an editor's copy", "secret.md~", draft},
	{"an editor's copy that is hidden", ".secret.md.swp", draft},
	{"a file that is taken for text", "secret.txt", draft},
	{"a text with a byte order mark", "secret.txt", "\ufeff" + draft},
	{"a text with line ends of Windows", "secret.txt", strings.ReplaceAll(draft, "\n", "\r\n")},
	{"a text in TOML", "secret.txt", "+++\ntitle = \"Verboten\"\ndraft = true\n+++\nVerboten words.\n"},
	{"a file without a name's end", "secret", draft},
	{"a page of HTML", "secret.html", draft},
	{"a picture that is minified", "secret.svg", draft + "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"},
	{"a style that is minified", "secret.css", draft},
	{"a script that is minified", "secret.js", draft},
	{"data that is minified", "secret.json", draft},
	{"the home page", "index.md", draft},
	{"a folder's page", "secret/index.md", draft},
	{"a topic", "topics/secret.md", draft},
	{"the list of topics", "topics.md", draft},
	{"the A to Z", "a-z.md", draft},
	{"by its folder", "secret/a.md", swap("draft: true\n", "")},
	{"by its folder, misspelt", "secret/b.md", swap("draft: true\n", "")},
	{"by its folder, in error", "secret/c.md", swap("draft: true\n", "")},
	{"by its folder's folder", "secret/d/e.md", swap("draft: true\n", "")},
	{"by its folder, under another name", "secret/f.md", swap("draft: true\n", "")},
}

func utf16(s string, hi, lo int, mark string) string {
	b := make([]byte, 2*len(s))
	for i := range len(s) {
		b[2*i+lo], b[2*i+hi] = 0, s[i]
	}
	return mark + string(b)
}

// plainOnce are files that may be published although their name or text holds
// the secret: none at all.
func leaks(h *history) (files []string) {
	for name, text := range h.published() {
		flat := strings.ReplaceAll(text, "\x00", "")
		if strings.Contains(flat, secret) || strings.Contains(strings.ToLower(name), "secret") {
			files = append(files, name)
		}
	}
	return files
}

// defaultsOf writes what holds a page back by its folder.
func defaultsOf(h *history, file string) {
	switch file {
	case "secret/a.md", "secret/d/e.md":
		h.write("content/secret/_defaults.yaml", "draft: true\n")
	case "secret/b.md":
		h.write("content/secret/_defaults.yaml", "drfat: true\n")
	case "secret/c.md":
		h.write("content/secret/_defaults.yaml", "draft: true\nowner: [\n")
	case "secret/f.md":
		h.write("content/secret/defaults.yaml", "draft: true\n")
	}
}

// TestDrafts publishes nothing of what says that it is a draft, however its
// front matter is damaged; whatever is built with --keep-going is built twice,
// from nothing and over a site on which the page was published once.
func TestDrafts(t *testing.T) {
	for _, c := range drafts {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newSite(t)
			h.write("content/"+c.file, c.text)
			defaultsOf(h, c.file)
			r := h.run(Options{})
			checkProblems(t, h, r.Diags)
			if l := leaks(h); len(l) > 0 {
				t.Fatalf("published: %q", l)
			}
			k := h.run(Options{KeepGoing: true})
			if l := leaks(h); len(l) > 0 {
				t.Fatalf("with --keep-going published: %q", l)
			}
			if c.file == "index.md" || h.published()["good/index.html"] == "" || !k.Published {
				if c.file != "index.md" {
					t.Error("the other pages are not published", k.Diags)
				}
			}

			// The same page, published once and then taken back.
			h = newSite(t)
			h.write("content/"+c.file, "---\ntitle: Once\ndescription: D.\n---\nOnce words.\n")
			if r := h.run(Options{}); !r.Published && !strings.Contains(c.name, "named") && !strings.Contains(c.name, "copy") {
				t.Fatal(r.Diags)
			}
			before := h.published()
			h.write("content/"+c.file, c.text)
			defaultsOf(h, c.file)
			h.write("content/good.md", page("Changed."))
			r = h.run(Options{})
			if l := leaks2(h, before); len(l) > 0 {
				t.Fatalf("taken back, published: %q", l)
			}
			k = h.run(Options{KeepGoing: true})
			if l := leaks2(h, before); len(l) > 0 {
				t.Fatalf("taken back, with --keep-going published: %q", l)
			}
			if p := h.published(); !k.Published || !strings.Contains(p["good/index.html"], "Changed.") {
				t.Error("the other pages are not published", k.Diags)
			}
			// What is in error keeps its last good version, what is a draft is gone.
			name := strings.TrimSuffix(strings.TrimSuffix(c.file, ".md"), "/index") + "/index.html"
			if p := h.published(); strings.HasSuffix(c.file, ".md") && c.file != "index.md" && before[name] != "" {
				if kept := p[name] == before[name]; kept != r.Diags.Failed() && !strings.HasPrefix(c.file, "topics") && c.file != "a-z.md" {
					t.Errorf("%s kept: %t, though errors: %t", name, kept, r.Diags.Failed())
				}
			}
		})
	}
}

// leaks2 is leaks where the page was published before.
func leaks2(h *history, before map[string]string) (files []string) {
	for _, name := range leaks(h) {
		if now := h.published()[name]; strings.Contains(strings.ReplaceAll(now, "\x00", ""), secret) {
			files = append(files, name)
		}
	}
	return files
}
