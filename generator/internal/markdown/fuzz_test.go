package markdown

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guidepost/generator/internal/diag"
)

// FuzzParse reads anything in every mode. What it gives must be well formed:
// holes in order and in quoted attributes or text, every place in the file,
// nothing that runs in a browser. And it must not take long.
func FuzzParse(f *testing.F) {
	for _, src := range corpus(f) {
		f.Add(src, byte(0))
	}
	for i, s := range shapes {
		under, _ := s.around(4 << 10)
		f.Add([]byte(under), byte(i))
	}
	engines := []*Engine{
		New(Options{Language: "en-GB"}), New(Options{Linkify: true}),
		New(Options{HTML: HTMLSanitised}), New(Options{HTML: HTMLUnsafe}),
	}
	f.Fuzz(func(t *testing.T, src []byte, mode byte) {
		e := engines[int(mode)%len(engines)]
		in := bytes.Clone(src)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		p := newPage(e) // parse, not Parse: a panic must be seen
		body, problems := p.parse("a.md", 3, src)
		took := cpu() - start
		runtime.ReadMemStats(&after)
		if took > 3*time.Second {
			t.Errorf("%v for %d bytes", took, len(src))
		}
		if m := after.TotalAlloc - before.TotalAlloc; m > 256<<20 && len(src) < 1<<20 {
			t.Errorf("%d MB for %d bytes", m>>20, len(src))
		}
		if !bytes.Equal(in, src) {
			t.Error("the source was changed")
		}
		checkBody(t, e, src, body, problems)
	})
}

func checkBody(t *testing.T, e *Engine, src []byte, body *Body, problems diag.List) {
	lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
	inFile := func(what string, line, col, end int) {
		if line < 3 || line > 3+lines || col < 1 || end != 0 && end <= col {
			t.Errorf("%s at %d:%d-%d of %d lines", what, line, col, end, lines)
		}
	}
	for _, d := range problems {
		inFile(d.String(), d.Line, d.Col, d.EndCol)
		if d.Message == "" || d.Hint == "" || d.Rule == "" || d.File != "a.md" {
			t.Errorf("a problem without a way out: %+v", d)
		}
		if d.Rule == "unreadable" {
			t.Errorf("%v", d)
		}
	}
	if problems.Failed() {
		if len(body.HTML) > 0 {
			t.Error("half a page with an error")
		}
		return
	}
	if i := bytes.IndexAny(body.HTML, "\x00\x01\x02\x03\x1f"); i >= 0 {
		t.Errorf("a control character in %q", body.HTML[max(0, i-20):min(len(body.HTML), i+20)])
	}
	filled := make([]int, len(body.Refs))
	last := 0
	for _, h := range body.Holes {
		if h.Offset < last || h.Offset > len(body.HTML) || h.Ref < 0 || h.Ref >= len(body.Refs) {
			t.Fatalf("hole %+v after %d in %d bytes with %d refs", h, last, len(body.HTML), len(body.Refs))
		}
		last = h.Offset
		switch h.Kind {
		case HoleAddress:
			filled[h.Ref]++
			// A wikilink's target is a title, whatever it looks like.
			if r := body.Refs[h.Ref]; (r.Kind == RefLink || r.Kind == RefImage) && !allowed(r.Target) {
				t.Errorf("a hole for %q", r.Target)
			}
		case HoleImage, HoleRel:
			if body.HTML[h.Offset-1] != '"' {
				t.Errorf("an attribute's hole after %q", body.HTML[:h.Offset])
			}
		case HoleTitle, HoleTerm:
		default:
			t.Errorf("hole %+v", h)
		}
	}
	for _, r := range body.Refs {
		inFile("ref "+r.Target, r.Line, r.Col, r.EndCol)
	}
	if !slices.IsSorted(body.IDs) || len(slices.Compact(slices.Clone(body.IDs))) != len(body.IDs) {
		t.Errorf("ids %q", body.IDs)
	}
	for _, h := range body.Headings {
		inFile("heading "+h.Text, h.Line, h.Col, 0)
		if _, ok := slices.BinarySearch(body.IDs, h.ID); !ok || h.Level < 2 || h.Level > 6 || h.Text == "" {
			t.Errorf("heading %+v", h)
		}
	}
	if e.options.HTML == HTMLUnsafe {
		return
	}
	// As a browser sees it, the holes filled with something to be found again.
	const address, title = "HOLEADDRESS", "HOLETITLE"
	out := body.Fill(nil, func(h Hole) string {
		switch h.Kind {
		case HoleAddress:
			return address
		case HoleTitle, HoleTerm:
			return title
		case HoleImage:
			return ` width="3" height="2"`
		}
		return ` rel="external"`
	})
	root, err := html.Parse(bytes.NewReader(append(append([]byte("<!doctype html><body><div class=around>"), out...), "</div>"...)))
	if err != nil {
		if strings.Contains(err.Error(), "512") {
			return
		}
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "script", "style", "iframe", "object", "embed", "base", "meta", "link", "form", "svg", "math", "template", "noscript", "textarea":
				t.Errorf("<%s> in %q", n.Data, out)
			}
			for _, a := range n.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "autofocus", a.Key == "srcdoc", a.Key == "action", a.Key == "formaction":
					t.Errorf("%s=%q in %q", a.Key, a.Val, out)
				case a.Key == "href" || a.Key == "src" || a.Key == "poster":
					if a.Val != address && !strings.HasPrefix(a.Val, "#fn") {
						t.Errorf("%s=%q, which is no hole, in %q", a.Key, a.Val, out)
					}
				case a.Key == "id":
					if seen[a.Val] {
						t.Errorf("id %q twice in %q", a.Val, out)
					}
					seen[a.Val] = true
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	// The body stays within what is around it, and has what it says it has.
	var around *html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			around = n
			break
		}
	}
	if around.FirstChild != around.LastChild {
		t.Errorf("the body breaks out: %q", out)
	}
	for _, id := range body.IDs {
		if !seen[id] {
			t.Errorf("id %q is not in %q", id, out)
		}
	}
}

// TestXSS reads what has run in browsers; checkBody looks for what would.
func TestXSS(t *testing.T) {
	for _, src := range []string{
		`[a](javascript:alert(1))`, `![a](javascript:alert(1))`, `<javascript:alert(1)>`, `[a](<java	script:alert(1)>)`,
		"[a](java&Tab;script:alert(1))", "[a](java&NewLine;script:alert(1))", `[a](&#x6A;avascript:alert(1))`, `[a](\javascript:alert(1))`,
		`[a](x "\" onmouseover=\"alert(1)")`, `![a" onerror="alert(1)](x)`, "[a][r]\n\n[r]: javascript:alert(1)", "[a](data:text/html;base64,PHNjcmlwdD4=)",
		`# a {onclick=alert(1) style="x" #"><script>}`, `[a](b){href="javascript:x" onclick=x}`, `![a](b){onerror=x src=y}`, "a\n{onclick=x}",
		`{data-x='"><script>alert(1)</script>'}` + "\na", `{.x"onclick=y}` + "\na", `{lang='"><script>'}` + "\na",
		"```\"><script>alert(1)</script>\nx\n```", "[[x\"><script>|<script>alert(1)</script>]]", "[[fact:<script>]]", `[[topic:x" onclick="y]]`,
		"> [!<script>]\n> x", `[^"><script>]` + "\n\n" + `[^"><script>]: x`, "|<script>|\n|-|\n|<img src=x onerror=y>|",
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<a href="javascript:alert(1)">x</a>`,
		`<a href=" java&#9;script:alert(1)">x</a>`, `<iframe srcdoc="<script>x</script>">`, `<style>@import 'x'</style>`, `<math><mi xlink:href="javascript:x">`,
		`<div style="background:url(javascript:x)">`, `<form action=javascript:x><input type=submit>`, `<base href=//evil>`, `<meta http-equiv=refresh content="0;url=javascript:x">`,
		`<noscript><p title="</noscript><img src=x onerror=y>">`, `<template><script>x</script></template>`, `</div></div><script>x</script>`, `</main></body>`,
		`<a id=x name=y>`, `<p id="main" name=x>`, "<!--><script>alert(1)</script>-->", "<!--!><img src=x onerror=y>", `<picture><source srcset="javascript:x 1x, y.png 2x"></picture>`,
		`<video poster="javascript:x" src="javascript:y"></video>`, "<details open ontoggle=alert(1)>", "<b <script>alert(1)</script>", "<select><style><img src=x onerror=y>",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "\\<script\\>", "&#60;script&#62;", "\x010\x02 [a](b) \x011\x02", "&#1;0&#2; [a](b)", "<b title=\"&#1;0&#2;\">x</b> [a](b)",
		"<p>&#x1;0&#x2; &#1 &#01;</p>", "[a](b \"&#1;0&#2;\")",
	} {
		for _, mode := range []HTMLMode{HTMLOff, HTMLSanitised} {
			e := New(Options{HTML: mode, Linkify: true})
			body, problems := newPage(e).parse("a.md", 3, []byte(src))
			checkBody(t, e, []byte(src), body, problems)
			if t.Failed() {
				t.Fatalf("mode %d of %q", mode, src)
			}
		}
	}
}
