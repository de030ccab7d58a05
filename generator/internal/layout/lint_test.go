package layout

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// lint finds in a template what html/template does not protect, and what the
// Content-Security-Policy of published pages forbids.
func lint(name, text string) (found []string) {
	// Actions become numbers, so that the HTML can be read.
	var b strings.Builder
	at := 0
	for i, a := range scan(text) {
		b.WriteString(text[at:a.start])
		b.WriteString("{{" + strconv.Itoa(i) + "}}")
		at = a.end
	}
	b.WriteString(text[at:])
	say := func(s string) { found = append(found, s) }
	z := html.NewTokenizer(strings.NewReader(b.String()))
	in := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return found
		case html.TextToken:
			if in != "" && strings.TrimSpace(string(z.Raw())) != "" {
				say("inline <" + in + ">")
			}
		case html.EndTagToken:
			in = ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			in = ""
			isData := false
			refresh, content := false, ""
			for _, a := range t.Attr {
				key := a.Key
				for strings.Contains(key, "{{") { // a condition before it
					before, rest, _ := strings.Cut(key, "{{")
					_, after, _ := strings.Cut(rest, "}}")
					key = before + after
				}
				action := strings.Contains(a.Val, "{{")
				switch {
				case strings.HasPrefix(key, "on"):
					say("event handler " + key)
				case key == "style":
					say("inline style")
				case key == "srcdoc", action && (key == "ping" || strings.HasPrefix(key, "hx-") || strings.HasPrefix(key, "x-") || strings.HasPrefix(key, "@") || strings.HasPrefix(key, ":") || strings.HasPrefix(key, "v-")):
					say("data in " + key)
				case action && (t.Data == "animate" || t.Data == "set" || t.Data == "animatetransform") && (key == "values" || key == "to" || key == "from" || key == "by"):
					say("data in " + t.Data + " " + key)
				case key == "http-equiv" && strings.EqualFold(a.Val, "refresh"):
					refresh = true
				case key == "content":
					content = a.Val
				case key == "type" && strings.HasPrefix(a.Val, "application/"):
					isData = true
				}
			}
			if refresh && strings.Contains(content, "{{") && name != "redirect.html" {
				say("data in the address of a refresh")
			}
			if t.Data == "style" || t.Data == "script" && !isData {
				in = t.Data
			}
		}
	}
}

func TestLint(t *testing.T) {
	for text, want := range map[string]string{
		`<p onclick="x()">`:                                          "event handler onclick",
		`<p {{if .A}}onload="{{.B}}"{{end}}>`:                        "event handler onload",
		`<p style="color:red">`:                                      "inline style",
		`<a href="/" ping="{{.URL}}">`:                               "data in ping",
		`<iframe srcdoc="x">`:                                        "data in srcdoc",
		`<p hx-get="{{.URL}}">`:                                      "data in hx-get",
		`<p x-on:click="{{.URL}}">`:                                  "data in x-on:click",
		`<svg><animate values="{{.A}}"/></svg>`:                      "data in animate values",
		`<svg><set to="{{.A}}"/></svg>`:                              "data in set to",
		`<meta http-equiv="refresh" content="0;url={{.URL}}">`:       "data in the address of a refresh",
		`<style>p{}</style>`:                                         "inline <style>",
		`<script>go()</script>`:                                      "inline <script>",
		`<script type="application/ld+json">{{.A}}</script>`:         "",
		`<script src="/a.js"></script><a href="{{.URL}}">x</a>`:      "",
		`<meta name="description" content="{{.Description}}">`:       "",
		"{{/* <p onclick=x> */}}<p class=\"{{\"<p onclick=x>\"}}\">": "",
	} {
		if got := strings.Join(lint("a.html", text), "; "); got != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
	ours := os.DirFS("../../../layouts")
	set, _ := Load(ours, anyAddress)
	for _, name := range set.Names() {
		for _, what := range lint(name, set.sources[name].text) {
			t.Errorf("layouts/%s: %s", name, what)
		}
	}
}
