package content

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

func TestResolve(t *testing.T) {
	const page, file, external, none = SchemePage, SchemeFile, SchemeExternal, SchemeNone
	for _, c := range []struct {
		target   string
		scheme   Scheme
		key      string
		fragment string
		rule     string // of the problem
	}{
		{"../cv/template.md#layout", page, "/cv/template/", "layout", ""},
		{"/cv/template/#layout", page, "/cv/template/", "layout", ""},
		{"/cv/template", page, "/cv/template/", "", ""},
		{"/cv/template.md", page, "/cv/template/", "", ""},
		{"template.md", page, "/interviews/template/", "", ""},
		{"./template.md", page, "/interviews/template/", "", ""},
		{"template/", page, "/interviews/template/", "", ""},
		{"../cv/template", page, "/cv/template/", "", ""},
		{"../index.md", page, "/", "", ""},
		{"../cv/index.md", page, "/cv/", "", ""},
		{"index.md", page, "/interviews/", "", ""},
		{"index.html", page, "/interviews/", "", ""},
		{"/", page, "/", "", ""},
		{"..", page, "/", "", ""},
		{".", page, "/interviews/", "", ""},
		{"../", page, "/", "", ""},
		{"#frag", page, "/interviews/after/", "frag", ""},
		{"?q=1#a%20b", page, "/interviews/after/", "a b", ""},
		{"form.pdf", file, "/interviews/form.pdf", "", ""},
		{"../img/x.png", file, "/img/x.png", "", ""},
		{"/cv/form.PDF#page=2", file, "/cv/form.PDF", "page=2", ""},
		{"caf%C3%A9.md", page, "/interviews/café/", "", ""},
		{"cafe\u0301.md", page, "/interviews/café/", "", ""},
		{"a%2e%2e/b.md", page, "/interviews/a../b/", "", ""},
		{"%2e%2e/b.md", page, "/b/", "", ""},
		{"..%2f..%2fb.md", none, "", "", "broken-link"},
		{"../../b.md", none, "", "", "broken-link"},
		{"/../b.md", none, "", "", "broken-link"},
		{"v1.2", page, "/interviews/v1.2/", "", ""},
		{".hidden", page, "/interviews/.hidden/", "", ""},
		{"a b.md", page, "/interviews/a b/", "", ""},
		{"", none, "", "", "broken-link"},
		{"   ", none, "", "", "broken-link"},
		{"https://example.org/a?b#c", external, "https://example.org/a?b#c", "", ""},
		{"HTTP://example.org", external, "HTTP://example.org", "", ""},
		{"mailto:a@example.org", external, "mailto:a@example.org", "", ""},
		{"tel:+441234", external, "tel:+441234", "", ""},
		{"mailto:", none, "", "", "bad-address"},
		{"https:/example.org", none, "", "", "bad-address"},
		{"https://", none, "", "", "bad-address"},
		{"https:example.org", none, "", "", "bad-address"},
		{"https://a@example.org/", none, "", "", "bad-address"},
		{`https:\\example.org`, none, "", "", "bad-address"},
		{"//example.org/x", none, "", "", "bad-address"},
		{`/\example.org`, none, "", "", "bad-address"},
		{`\\example.org`, none, "", "", "bad-address"},
		{`cv\template.md`, none, "", "", "bad-address"},
		{"javascript:alert(1)", none, "", "", "bad-address"},
		{"JaVaScRiPt:alert(1)", none, "", "", "bad-address"},
		{" javascript:alert(1)", none, "", "", "bad-address"},
		{"java\tscript:alert(1)", none, "", "", "bad-address"},
		{"java\nscript:alert(1)", none, "", "", "bad-address"},
		{"\x01javascript:alert(1)", none, "", "", "bad-address"},
		{"java\u00adscript:alert(1)", none, "", "", "bad-address"},
		{"javascript\u200b:alert(1)", none, "", "", "bad-address"},
		{"vbscript:x", none, "", "", "bad-address"},
		{"data:text/html,x", none, "", "", "bad-address"},
		{"data:image/png;base64,iVBORw0KGgo=", none, "", "", "bad-address"},
		{"file:///etc/passwd", none, "", "", "bad-address"},
		{"blob:x", none, "", "", "bad-address"},
		{"ftp://example.org", none, "", "", "bad-address"},
		{`C:\cv.md`, none, "", "", "bad-address"},
		{"a%zz.md", none, "", "", "bad-address"},
		{"a%00.md", none, "", "", "bad-address"},
		{"a%0a.md", none, "", "", "bad-address"},
		{"a%5cb.md", none, "", "", "bad-address"},
		{"javascript%3Aalert(1)", page, "/interviews/javascript:alert(1)/", "", ""},
		{"\u202ea.md", none, "", "", "bad-address"},
	} {
		rs := resolver{file: "content/interviews/after.md", dir: "interviews", id: "interviews/after"}
		var diags diag.List
		refs := rs.body([]markdown.Ref{{Kind: markdown.RefLink, Target: c.target, Line: 3, Col: 5, EndCol: 9}}, &diags, 0)
		r := refs[0]
		if r.Scheme != c.scheme || r.Key != c.key || r.Fragment != c.fragment {
			t.Errorf("%q: scheme %d, key %q, fragment %q", c.target, r.Scheme, r.Key, r.Fragment)
		}
		if c.rule == "" && len(diags) > 0 || c.rule != "" && (len(diags) != 1 || diags[0].Rule != c.rule || diags[0].Severity != diag.Error || diags[0].Hint == "" || diags[0].Col != 5 || diags[0].EndCol != 9) {
			t.Errorf("%q: %v", c.target, diags)
		}
	}
}

func TestResolveAlt(t *testing.T) {
	rs := resolver{dir: "a", id: "a/b"}
	for target, want := range map[string]string{"c": "/a/b/c/", "../c": "/a/c/", "../../c/": "", "/c": "", "c.md": "", "#c": "", "../../../c": ""} {
		var r Ref
		rs.resolve(&r, target, false)
		if r.Alt != want {
			t.Errorf("%q: Alt %q, want %q", target, r.Alt, want)
		}
	}
}

func TestWiki(t *testing.T) {
	for _, c := range []struct {
		kind     markdown.RefKind
		target   string
		scheme   Scheme
		key      string
		fragment string
	}{
		{markdown.RefWiki, "Cover  Letters ", SchemeTitle, "cover letters", ""},
		{markdown.RefWiki, "cv/Template#layout", SchemeTitle, "cv/template", "layout"},
		{markdown.RefWiki, "/cv/template/", SchemeTitle, "cv/template", ""},
		{markdown.RefWiki, "cv/template.md", SchemeTitle, "cv/template", ""},
		{markdown.RefWiki, "STRASSE", SchemeTitle, "strasse", ""},
		{markdown.RefWiki, "Straße", SchemeTitle, "strasse", ""},
		{markdown.RefWiki, "Cafe\u0301", SchemeTitle, "café", ""},
		{markdown.RefWiki, "#here", SchemePage, "/cv/page/", "here"},
		{markdown.RefWiki, "/", SchemePage, "/", ""},
		{markdown.RefWiki, " ", SchemeNone, "", ""},
		{markdown.RefTopic, " competition ", SchemeTopic, "competition", ""},
		{markdown.RefTopic, "", SchemeNone, "", ""},
		{markdown.RefTerm, "ATS", SchemeTerm, "ATS", ""},
		{markdown.RefFact, "notice-period", SchemeFact, "notice-period", ""},
		{markdown.RefImage, "photo", SchemeFile, "/cv/photo", ""},
		{markdown.RefImage, "photo.md", SchemeFile, "/cv/photo.md", ""},
		{markdown.RefImage, "#x", SchemeNone, "", ""},
		{markdown.RefImage, "mailto:a@b", SchemeNone, "", ""},
		{markdown.RefImage, "data:image/png;base64,iVBORw0KGgo=", SchemeExternal, "data:image/png;base64,iVBORw0KGgo=", ""},
		{markdown.RefImage, "data:image/svg+xml;base64,iVBORw0KGgo=", SchemeNone, "", ""},
	} {
		rs := resolver{dir: "cv", id: "cv/page"}
		var diags diag.List
		r := rs.body([]markdown.Ref{{Kind: c.kind, Target: c.target}}, &diags, 0)[0]
		if r.Scheme != c.scheme || r.Key != c.key || r.Fragment != c.fragment || diags.Failed() != (c.scheme == SchemeNone) {
			t.Errorf("%d %q: scheme %d, key %q, fragment %q, %v", c.kind, c.target, r.Scheme, r.Key, r.Fragment, diags)
		}
	}
}

func TestFileID(t *testing.T) {
	for file, want := range map[string]struct {
		id   ID
		kind Kind
	}{
		"content/a/b.md": {"a/b", Article}, "content/a/index.md": {"a", Article}, "content/index.md": {"", Home}, "content/a.md": {"a", Article},
		"content/topics/x.md": {"topics/x", Topic}, "content/topics/x/index.md": {"topics/x", Topic}, "content/topics/x/y.md": {"topics/x/y", Article},
		"content/topics/index.md": {"topics", Article}, "content/cafe\u0301.md": {"café", Article}, "content/a/reindex.md": {"a/reindex", Article},
	} {
		if id, kind := FileID(file); id != want.id || kind != want.kind {
			t.Errorf("%s: %q, %d", file, id, kind)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		p  string
		ok bool
	}{
		{"a/b-c_d.e", true}, {"café/日本", true}, {"a b", true}, {"connect/auxiliary", true}, {"com10", true}, {"می\u200cخواهم", true},
		{"", false}, {"a//b", false}, {"../a", false}, {"a/.", false}, {"a./b", false}, {"a /b", false}, {" a", false}, {"CON", false}, {"a/nul.md", false}, {"com¹", false}, {"lpt9.txt", false},
		{"a\x00b", false}, {"a\tb", false}, {"a\u202eb", false}, {"a\u200bb", false}, {"a\u00a0b", false}, {"a:b", false}, {`a\b`, false}, {"a?b", false}, {"a*b", false}, {"a|b", false}, {`a"b`, false}, {"a<b", false},
		{"\xff", false}, {strings.Repeat("a", 200), true}, {strings.Repeat("a", 201), false}, {strings.Repeat("a/", 500) + "a", false},
	} {
		if why := CheckPath(c.p); (why == "") != c.ok {
			t.Errorf("%q: %q", c.p, why)
		}
	}
	for _, same := range [][2]string{{"Straße", "STRASSE"}, {"K", "\u212a"}, {"cafe\u0301", "CAFÉ"}, {"ΣΑΣ", "σας"}, {"ABC", "abc"}, {"ﬁ", "FI"}} {
		if FoldKey(same[0]) != FoldKey(same[1]) {
			t.Errorf("%q and %q have the keys %q and %q", same[0], same[1], FoldKey(same[0]), FoldKey(same[1]))
		}
	}
	for p, want := range map[string]string{"/a/b-c.d/": "/a/b-c.d/", "/a b/": "/a%20b/", "/é": "/%C3%A9", "/a#b?c%": "/a%23b%3Fc%25", "/*:x": "/%2A%3Ax", `/"<>'&`: "/%22%3C%3E%27%26"} {
		if got := EscapePath(p); got != want {
			t.Errorf("EscapePath(%q) = %q", p, got)
		}
	}
	for s, want := range map[string]string{"Cover letters": "cover-letters", " A & B!": "a-b", "Café": "café", "it’s": "its", "--": "", "ÅÄÖ 3": "åäö-3"} {
		if got := Slugify(s); got != want {
			t.Errorf("Slugify(%q) = %q", s, got)
		}
	}
}

// FuzzResolve holds that an address is either kept as one that is safe, or
// told as a problem.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"../cv/template.md#a", "//x", "javascript:x", "java\tscript:x", "%2e%2e/%2e%2e/x", "a//b/./../c", "?x#y", "data:image/png,x", "https://a/b", `\\x`, "a:b", "\u202e", "%", "..", "x/%2F%2Fy"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, target string, img bool) {
		rs := resolver{file: "content/a/b.md", dir: "a", id: "a/b"}
		var r Ref
		bad := rs.resolve(&r, target, img)
		if (bad != nil) != (r.Scheme == SchemeNone) {
			t.Fatalf("scheme %d, problem %v", r.Scheme, bad)
		}
		switch r.Scheme {
		case SchemeNone:
			if bad.message == "" || bad.hint == "" {
				t.Fatal("a problem without message or way out")
			}
		case SchemeExternal:
			ok := slices.ContainsFunc([]string{"http://", "https://", "mailto:", "tel:", "data:image/"}, func(p string) bool {
				return len(r.Key) >= len(p) && strings.EqualFold(r.Key[:len(p)], p)
			})
			if !ok || strings.ContainsFunc(r.Key, unicode.IsControl) {
				t.Fatalf("%q is external", r.Key)
			}
		default:
			for _, key := range []string{r.Key, r.Alt} {
				if key == "" && r.Key != "" {
					continue
				}
				if key == "" || key[0] != '/' || strings.HasPrefix(key, "//") || strings.Contains(key, "/../") || strings.Contains(key, "/./") || strings.Contains(key, `\`) || strings.ContainsFunc(key, unicode.IsControl) {
					t.Fatalf("key %q", key)
				}
				if r.Scheme == SchemePage && key[len(key)-1] != '/' {
					t.Fatalf("page %q", key)
				}
			}
		}
	})
}
