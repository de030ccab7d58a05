package content

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guidepost/generator/internal/diag"
)

func parse(t testing.TB, o Options, src string) (*Page, diag.List) {
	t.Helper()
	return NewParser(nil, o).Parse("content/cv/page.md", []byte(src))
}

// utf16 returns s in UTF-16 with or without a byte order mark.
func utf16(s string, little, mark bool) string {
	var b strings.Builder
	put := func(c byte) {
		if little {
			b.Write([]byte{c, 0})
		} else {
			b.Write([]byte{0, c})
		}
	}
	if mark && little {
		b.WriteString("\xff\xfe")
	} else if mark {
		b.WriteString("\xfe\xff")
	}
	for i := range len(s) {
		put(s[i])
	}
	return b.String()
}

// TestDamagedDraft holds the top rule of the package: whatever says in any way
// that it is a draft is held back, however damaged it is.
func TestDamagedDraft(t *testing.T) {
	const good = "---\ntitle: x\ndraft: true\n---\nText.\n"
	for _, c := range []struct{ name, src string }{
		// The thirteen that a front matter library let through.
		{"byte order mark", "\ufeff" + good},
		{"unclosed", "---\ntitle: x\ndraft: true\n\nText.\n"},
		{"dots for an end", "---\ntitle: x\ndraft: true\n...\nText.\n"},
		{"four hyphens", "----\ntitle: x\ndraft: true\n----\nText.\n"},
		{"four hyphens close", "---\ntitle: x\ndraft: true\n----\nText.\n"},
		{"plus closed by minus", "+++\ntitle = 'x'\ndraft = true\n---\nText.\n"},
		{"lone carriage returns", strings.ReplaceAll(good, "\n", "\r")},
		{"UTF-16 LE", utf16(good, true, true)},
		{"UTF-16 BE", utf16(good, false, true)},
		{"UTF-16 LE without mark", utf16(good, true, false)},
		{"UTF-16 BE without mark", utf16(good, false, false)},
		{"one-line JSON", `{"title": "x", "draft": true}` + "\nText.\n"},
		{"text after JSON", ";;;\n{\"title\": \"x\", \"draft\": true} and\n;;;\nText.\n"},
		{"JSON without delimiters", "{\n  \"title\": \"x\",\n  \"draft\": true\n}\n\nText.\n"},
		{"text after JSON without delimiters", "{\"title\": \"x\",\n\"draft\": true\n} text\n"},
		{"indented delimiter in a block", "---\ntitle: x\nnote: |\n  ---\n  more\ndraft: true\n---\nText.\n"},
		{"delimiter in a block", "---\ntitle: x\nnote: |\n  one\n---\n  more\n\ndraft: true\n---\nText.\n"},
		{"text before", "Hello.\n---\ntitle: x\ndraft: true\n---\nText.\n"},
		{"misspelt", "---\ntitle: x\ndrfat: true\n---\nText.\n"},

		{"two byte order marks", "\ufeff\ufeff" + good},
		{"trailing blanks", "---  \ntitle: x\ndraft: true\n---\t \nText.\n"},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n")},
		{"mixed ends", "---\r\ntitle: x\rdraft: true\r\n---\nText.\n"},
		{"blank lines before", "\n\n" + good},
		{"comment before", "<!-- a comment -->\n" + good},
		{"long comment before", "<!-- a\n comment\n-->\n\n" + good},
		{"comment", "# Title\n\n<!-- draft: true -->\n\nText.\n"},
		{"comment under front matter", "---\ntitle: x\n---\n  <!--status: draft-->\nText.\n"},
		{"end of a comment", "# Title\n\n<!-- look again\ndraft: true -->\n\nText.\n"},
		{"heading before", "# Title\n\n" + good},
		{"text before, unclosed", "Hello.\n---\ntitle: x\ndraft: true\n\nText.\n"},
		{"indented delimiters", " ---\n title: x\n draft: true\n ---\nText.\n"},
		{"indented close", "---\ntitle: x\ndraft: true\n ---\nText.\n"},
		{"two hyphens", "--\ntitle: x\ndraft: true\n--\nText.\n"},
		{"em dash", "—\ntitle: x\ndraft: true\n—\nText.\n"},
		{"dash and hyphen", "–-\ntitle: x\ndraft: true\n–-\nText.\n"},
		{"named", "---yaml\ntitle: x\ndraft: true\n---\nText.\n"},
		{"named toml", "---toml\ntitle = 'x'\ndraft = true\n---\nText.\n"},
		{"no-break space", "---\u00a0\ntitle: x\ndraft: true\n---\u00a0\nText.\n"},
		{"spaced", "- - -\ntitle: x\ndraft: true\n- - -\nText.\n"},
		{"no delimiters", "title: x\ndraft: true\n\nText.\n"},
		{"no delimiters, draft alone", "draft: true\n\nText.\n"},
		{"no delimiters, capitals", "Title: x\nDraft: True\n\nText.\n"},
		{"no delimiters, equals", "title = x\ndraft = true\n\nText.\n"},
		{"no delimiters after a heading", "# Title\n\ndraft: true\n\nText.\n"},
		{"only closed", "title: x\ndraft: true\n---\nText.\n"},
		{"two blocks", "---\ntitle: x\n---\n---\ndraft: true\n---\nText.\n"},
		{"two blocks apart", "---\ntitle: x\n---\n\n---\ndraft: true\n---\nText.\n"},
		{"closed too early", "---\ntitle: x\n---\ndraft: true\n---\nText.\n"},
		{"code block at the top", "```yaml\ntitle: x\ndraft: true\n```\n\nText.\n"},
		{"plus unclosed", "+++\ntitle = 'x'\ndraft = true\n\nText.\n"},
		{"semicolons unclosed", ";;;\n{\"draft\": true}\n\nText.\n"},
		{"two plus", "++\ntitle = 'x'\ndraft = true\n++\nText.\n"},
		{"yaml in plus", "+++\ntitle: x\ndraft: true\n+++\nText.\n"},
		{"toml in minus", "---\ntitle = 'x'\ndraft = true\n---\nText.\n"},
		{"toml alone in minus", "---\ndraft = true\n---\nText.\n"},
		{"json in minus, damaged", "---\n{\"title\": \"x\" \"draft\": true}\n---\nText.\n"},
		{"open quotation", "---\ntitle: \"x\ndraft: true\n---\nText.\n"},
		{"open bracket", "---\ntopics: [a, b\ndraft: true\n---\nText.\n"},
		{"swallowed by a block", "---\ntitle: x\ndescription: |\n  Some text.\n  draft: true\n---\nText.\n"},
		{"swallowed by a quotation", "---\ntitle: x\ndescription: \"Some text.\n  draft: true\"\n---\nText.\n"},
		{"swallowed by a text", "---\ntitle: x\n  draft: true\n---\nText.\n"},
		{"behind the title", "---\ntitle: x draft: true\n---\nText.\n"},
		{"list item", "---\n- draft: true\n---\nText.\n"},
		{"prose in front matter", "---\nSome prose.\ndraft: true\n---\nText.\n"},
		{"flow", "---\n{title: x, draft: true}\n---\nText.\n"},
		{"in params", "---\ntitle: x\nparams:\n  draft: true\n---\nText.\n"},
		{"in params, flow", "---\ntitle: x\nparams: {theme: calm, draft: true}\n---\nText.\n"},
		{"in a list of params", "---\ntitle: x\nparams: {list: [{isDraft: true}]}\n---\nText.\n"},
		{"in image", "---\ntitle: x\nimage:\n  src: a.png\n  alt: a\n  draft: true\n---\nText.\n"},
		{"in a TOML table", "+++\ntitle = 'x'\n[params]\ndraft = true\n+++\nText.\n"},
		{"full-width colon", "---\ntitle: x\ndraft： true\n---\nText.\n"},
		{"full-width colon alone", "---\ndraft： true\n---\nText.\n"},
		{"full-width letters", "---\ntitle: x\nｄｒａｆｔ: true\n---\nText.\n"},
		{"look-alike letter", "---\ntitle: x\ndr\u0430ft: true\n---\nText.\n"},
		{"accent", "---\ntitle: x\ndra\u0301ft: true\n---\nText.\n"},
		{"soft hyphen", "---\ntitle: x\ndra\u00adft: true\n---\nText.\n"},
		{"key with a blank", "---\ntitle: x\n\"draft \": true\n---\nText.\n"},
		{"typed key", "---\ntitle: x\n!!str draft: true\n---\nText.\n"},
		{"equals in YAML", "---\ntitle: x\ndescription: y\n  draft = true\n---\nText.\n"},
		{"zero-width space", "---\ntitle: x\ndra\u200bft: true\n---\nText.\n"},
		{"no space", "---\ntitle: x\ndraft:true\n---\nText.\n"},
		{"tab before", "---\ntitle: x\n\tdraft: true\n---\nText.\n"},
		{"tab after", "---\ntitle: x\ndraft:\ttrue\n---\nText.\n"},
		{"tab between", "---\ntitle: x\ndraft\t: true\n---\nText.\n"},
		{"quoted key", "---\ntitle: x\n\"draft\": true\n---\nText.\n"},
		{"question mark", "---\ntitle: x\n? draft\n: true\n---\nText.\n"},
		{"yes", "---\ntitle: x\ndraft: yes\n---\nText.\n"},
		{"quoted yes", "---\ntitle: x\ndraft: \"yes\"\n---\nText.\n"},
		{"quoted true", "---\ntitle: x\ndraft: 'true'\n---\nText.\n"},
		{"quoted false", "---\ntitle: x\ndraft: 'false'\n---\nText.\n"},
		{"maybe", "---\ntitle: x\ndraft: maybe\n---\nText.\n"},
		{"one", "---\ntitle: x\ndraft: 1\n---\nText.\n"},
		{"nothing", "---\ntitle: x\ndraft:\n---\nText.\n"},
		{"list", "---\ntitle: x\ndraft: [true]\n---\nText.\n"},
		{"table", "---\ntitle: x\ndraft: {is: true}\n---\nText.\n"},
		{"typed", "---\ntitle: x\ndraft: !!bool true\n---\nText.\n"},
		{"alias", "---\ntitle: &t true\ndraft: *t\n---\nText.\n"},
		{"merged", "---\ntitle: x\n<<: {draft: true}\n---\nText.\n"},
		{"typo in the value", "---\ntitle: x\ndraft: ture\n---\nText.\n"},
		{"twice", "---\ntitle: x\ndraft: true\ndraft: false\n---\nText.\n"},
		{"twice in JSON", ";;;\n{\"title\": \"x\", \"draft\": true, \"draft\": false}\n;;;\nText.\n"},
		{"twice in TOML", "+++\ntitle = 'x'\ndraft = true\ndraft = false\n+++\nText.\n"},
		{"line separator", "---\ntitle: x\u2028draft: true\n---\nText.\n"},
		{"control character", "---\ntitle: x\x08\ndraft: true\n---\nText.\n"},
		{"bad UTF-8", "---\ntitle: caf\xe9\ndraft: true\n---\nText.\n"},
		{"document end inside", "---\ntitle: x\n...\ndraft: true\n---\nText.\n"},
		{"directive", "---\n%YAML 1.2\ndraft: true\n---\nText.\n"},
		{"comment first, unclosed", "---\n# a comment\ndraft: true\n\nText.\n"},
		{"blank first, unclosed", "---\n\ntitle: x\ndraft: true\n\nText.\n"},
		{"prose first, unclosed", "---\nSome prose.\n\ndraft: true\n\nText.\n"},
		{"too deep", "---\ndraft: true\na: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n---\nText.\n"},
		{"too large", "---\ndraft: true\na: " + strings.Repeat("x", 70<<10) + "\n---\nText.\n"},
		{"TOML comment in a table", "+++\ndraft = true\nt={#\n+++\nText.\n"},
		{"published false", "---\ntitle: x\npublished: false\n---\nText.\n"},
		{"published no", "---\ntitle: x\npublished: no\n---\nText.\n"},
		{"published quoted", "---\ntitle: x\npublished: \"false\"\n---\nText.\n"},
		{"Published False", "---\ntitle: x\nPublished: False\n---\nText.\n"},
		{"publish false", "---\ntitle: x\npublish: false\n---\nText.\n"},
		{"status draft", "---\ntitle: x\nstatus: draft\n---\nText.\n"},
		{"post_status", "---\ntitle: x\npost_status: Draft\n---\nText.\n"},
		{"wip", "---\ntitle: x\nwip: true\n---\nText.\n"},
		{"hidden", "---\ntitle: x\nhidden: true\n---\nText.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, diags := parse(t, Options{Unknown: UnknownOff}, c.src)
			if !page.Card.Draft && !page.Card.Held {
				t.Fatalf("would be published:\n%s", c.src)
			}
			if page.Card.Held != diags.Failed() {
				t.Errorf("Held is %v, errors: %v", page.Card.Held, diags)
			}
			for _, d := range diags {
				if d.Severity == diag.Error && (d.Hint == "" || d.Line == 0 || d.Col == 0) {
					t.Errorf("without place or way out: %v (%s)", d, d.Hint)
				}
			}
		})
	}
}

// TestSlips holds that misspelt keys that keep a page back are errors whatever
// the settings say of unknown keys, and that other words are not.
func TestSlips(t *testing.T) {
	for want, lines := range map[string][]string{
		"draft": {"drfat: true", "Draft: true", "DRAFT: true", "draught: true", "is_draft: true", "isDraft: true", "daft: true", "drat: true", "drft: yes", "dratf: x",
			"draff: true", "draft_: true", "draft?: true", "drafts: true", "draftt: 1", "darft:", "drafted: true", "page-draft: true", "brouillon: true",
			"Unpublished: true", "craft: true", "drafted_on:"},
		"publish_on": {"publish-on: 2030-01-01", "publishOn: 2030-01-01", "Publish_on: 2030-01-01", "publish on: 2030-01-01", "publsih_on: 2030-01-01", "pubish_on: 2030-01-01",
			"publish_no: 2030-01-01", "publishDate: 2030-01-01", "publish_at: 2030-01-01", "embargo: 2030-01-01", "go_live: 1 May 2030", "publish_om: x"},
		"expires":   {"expire: 2030-01-01", "Expires: 2030-01-01", "expries: 2030-01-01", "expiry: 2030-01-01", "expiryDate: 2030-01-01", "expires_on: 2030-01-01", "exipres: 2030-01-01", "valid_until: 2030-01-01"},
		"withdrawn": {"withdraw: 2020-01-01", "Withdrawn: {date: 2020-01-01}", "withdrawm: {date: 2020-01-01}", "witdrawn: 2020-01-01", "wihtdrawn: x", "withdrawal: {date: 2020-01-01}"},
	} {
		for _, line := range lines {
			for _, unknown := range []Unknown{UnknownOff, UnknownWarning, UnknownError} {
				page, diags := parse(t, Options{Unknown: unknown}, "---\ntitle: x\n"+line+"\n---\nText.\n")
				i := slices.IndexFunc(diags, func(d diag.Diag) bool { return d.Rule == "held-back" })
				if i < 0 || !page.Card.Held {
					t.Errorf("%s: no error, but %v", line, diags)
				} else if d := diags[i]; d.Line != 3 || d.Col != 1 || !strings.Contains(d.Hint, want) {
					t.Errorf("%s: %v (%s)", line, d, d.Hint)
				}
			}
		}
	}
	for _, line := range []string{
		"craft: woodwork", "experts: [Ann, Bo]", "publisher: The Press", "publishing: books", "date: 2020-01-01", "status: live", "state: published", "theme: dark",
		"graft: hard work", "grant: 100", "private: sector", "concept: rain", "public: true", "live: yes", "rate: 12", "drafting_notes: keep this text in mind for long", "weather: rain",
		"tags: [draft]", "hidden: false", "schedule: weekly meetings", "published_by: Ann", "part: true",
	} {
		page, diags := parse(t, Options{}, "---\ntitle: x\n"+line+"\n---\nText.\n")
		if page.Card.Held || len(diags) != 1 || diags[0].Rule != "unknown-key" {
			t.Errorf("%s: %v", line, diags)
		}
	}
	// The way out that the error names.
	for key, to := range map[string]string{"status": "params.status", "is_draft": "draft", "published": "params.published", "draft": "params.draft"} {
		value := map[string]string{"status": "draft", "published": "false"}[key]
		if value == "" {
			value = "true"
		}
		page, diags := parse(t, Options{Map: map[string]string{key: to}}, "---\ntitle: x\n"+key+": "+value+"\n---\nText.\n")
		if len(diags) != 0 || page.Card.Draft != (to == "draft") {
			t.Errorf("%s mapped to %s: %v", key, to, diags)
		}
	}
}

// TestTwice holds that a key twice is a warning, but for those that keep a page
// back: which of the two values is meant is not for us to guess.
func TestTwice(t *testing.T) {
	for src, want := range map[string]diag.Severity{
		"owner: a\nowner: b": diag.Warning, "published: 2026-01-01\npublished: 2026-01-02": diag.Warning, "draft: true\ndraft: true": diag.Warning,
		"draft: true\ndraft: false": diag.Error, "draft: false\ndraft: true": diag.Error, "publish_on: 2030-01-01\npublish_on: 2020-01-01": diag.Error,
		"expires: 2020-01-01\nexpires: 2030-01-01": diag.Error, "params: {draft: false, draft: no}": diag.Warning,
	} {
		_, diags := parse(t, Options{}, "---\ntitle: x\n"+src+"\n---\n")
		if len(diags) != 1 || diags[0].Rule != "duplicate-key" || diags[0].Severity != want {
			t.Errorf("%q: %v", src, diags)
		}
	}
	for _, src := range []string{"---\ntitle: x\rowner: y\n---\n", "---\ntitle: x\x0b\n---\n", "---\ntitle: x\u0085owner: y\n---\n", "---\ntitle: \ufeffx\n---\n"} {
		_, diags := parse(t, Options{}, src)
		if len(diags) != 1 || !strings.HasSuffix(diags[0].Message, " stands in front matter") || diags[0].Line != 2 || diags[0].Col < 8 {
			t.Errorf("%q: %v", src, diags)
		}
	}
}

// TestNotFrontMatter holds that pages that only look a little as if they had
// front matter are read as they are.
func TestNotFrontMatter(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"thematic break", "---\n\n# Title\n\nSome prose.\n"},
		{"thematic break at once", "---\nSome prose: with a colon.\n"},
		{"two thematic breaks", "---\n\nSome prose.\n\n---\n\nMore.\n"},
		{"two thematic breaks, colon", "---\n\nHe said: it rains.\n\n---\n\nMore.\n"},
		{"break alone", "---\n"},
		{"breaks of other lengths", "----\n\nProse.\n\n-----\n"},
		{"setext", "Title\n---\n\nProse.\n"},
		{"setext and colon", "Title\n---\nNote: prose.\n"},
		{"dashes", "— a dash\n"},
		{"kramdown", "{:.intro}\nProse.\n"},
		{"template", "{{ x }}\nProse.\n"},
		{"code block", "# Drafts\n\nWrite this:\n\n```yaml\n---\ntitle: x\ndraft: true\n---\n```\n\nText.\n"},
		{"tilde block", "# Drafts\n\n~~~\ndraft: true\n~~~\n"},
		{"indented code", "# Drafts\n\nWrite this:\n\n    ---\n    title: x\n    draft: true\n    ---\n\nText.\n"},
		{"code span", "# Drafts\n\n`draft: true` keeps a page back.\n\n- `draft: true`\n"},
		{"sentence", "# Drafts\n\nSay draft: true at the top and the page is kept back.\n"},
		{"draft false", "# Drafts\n\ndraft: false\n"},
		{"address", "https://example.org/\n\nText.\n"},
		{"time", "10:30 is the time.\n"},
		{"table", "| draft | true |\n| --- | --- |\n| a | b |\n"},
		{"lone carriage returns", "# Title\r\rProse.\r"},
		{"empty", ""},
		{"mark alone", "\ufeff"},
		{"list", "- one: two\n- three\n"},
		{"far below", strings.Repeat("Text.\n\n", 100) + "draft: true\n"},
	} {
		page, diags := parse(t, Options{}, c.src)
		for _, d := range diags {
			if d.Rule != "missing-title" {
				t.Errorf("%s: %v (%s)", c.name, d, d.Hint)
			}
		}
		if page.Card.Draft {
			t.Errorf("%s: a draft", c.name)
		}
	}
	// With front matter, the text may say what it likes of it.
	for _, body := range []string{"---\n\nAfter a break.\n", "Title\n---\nowner: who answers.\n", "action: do this.\n\nText.\n", "Sources: one\nOwner: two\n", "Text.\n\n---\n\nSources: a, b\n\n---\n",
		"Write:\n\n```\ndraft: true\n```\n", "```\ndraft: true\n```\n"} {
		if _, diags := parse(t, Options{}, "---\ntitle: x\n---\n"+body); len(diags) > 0 {
			t.Errorf("%q: %v", body, diags)
		}
	}
}

func TestSlipsCount(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"draft", "draft", 0}, {"drfat", "draft", 1}, {"daft", "draft", 1}, {"fdraft", "draft", 1}, {"craft", "draft", 1}, {"darfat", "draft", 2}, {"xxxxx", "draft", 3}, {"", "draft", 3}} {
		if got := slips(c.a, c.b, 2); got != c.want {
			t.Errorf("slips(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func ExampleParser_Parse() {
	page, diags := NewParser(nil, Options{}).Parse("content/cv/page.md", []byte("---\ntitle: x\ndrfat: true\n---\n"))
	for _, d := range diags {
		fmt.Println(d)
	}
	fmt.Println(page.Card.Held)
	// Output:
	// content/cv/page.md:3:1: error: the key "drfat" may be meant for draft, but is not [held-back]
	// true
}
