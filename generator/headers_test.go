package generator_test

import (
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"guidepost/generator"
)

// A sentHeader is a line of a server's settings as this test reads them.
type sentHeader struct{ form, origin, name, value string }

// serverRules reads the settings of each server back. Of those that cover an
// address the last counts.
func serverRules(t *testing.T, server, text string) (list []sentHeader) {
	find := func(form string) [][]string { return regexp.MustCompile(form).FindAllStringSubmatch(text, -1) }
	switch server {
	case "nginx":
		names := map[string]string{}
		for _, m := range find(`(?m)^add_header (\S+) (\$\w+) always;$`) {
			names[m[2]] = m[1]
		}
		origin := ""
		for _, m := range find(`(?m)^map (\S+) (\S+) \{\n((?:    .*\n)*)\}$`) {
			var rules []sentHeader
			for _, r := range regexp.MustCompile(`(?m)^    "~((?:[^"\\]|\\.)*)" (?:"(.*)"|(\$\w+));$`).FindAllStringSubmatch(m[3], -1) {
				form := strings.ReplaceAll(r[1], `\\`, `\`)
				if m[1] == "$http_origin" {
					origin = form
					continue
				}
				h := sentHeader{form: form, name: names[m[2]], value: r[2]}
				if r[3] != "" {
					h.origin = origin
				}
				rules = append(rules, h)
			}
			slices.Reverse(rules) // the first counts
			list = append(list, rules...)
		}
	case "caddy":
		paths, origins := map[string]string{}, map[string]string{}
		for line := range strings.Lines(text) {
			f := strings.SplitN(strings.TrimSpace(line), " ", 4)
			unquoted := func(s string) string { return strings.Trim(s, "`") }
			switch {
			case f[0] == "path_regexp":
				paths["open"] = unquoted(f[1])
			case f[0] == "header_regexp":
				origins["open"] = unquoted(f[2])
			case len(f) > 2 && f[1] == "path_regexp":
				paths[f[0]] = unquoted(f[2])
			case f[0] == "header" && len(f) == 4 && f[3] == "{http.request.header.Origin}":
				list = append(list, sentHeader{paths["open"], origins["open"], f[2], ""})
			case f[0] == "header" && len(f) == 4:
				list = append(list, sentHeader{paths[f[1]], "", f[2], unquoted(f[3])})
			}
		}
	case "apache":
		for _, m := range find(`(?m)^Header always set (\S+) "(.*?)" "expr=%\{REQUEST_URI\} =~ m#(.*?)#(?: && %\{HTTP:Origin\} =~ m#(.*)#)?"$`) {
			list = append(list, sentHeader{m[3], m[4], m[1], m[2]})
		}
	case "iis":
		var config struct {
			Rules []struct {
				Match struct {
					Name string `xml:"serverVariable,attr"`
				} `xml:"match"`
				When []struct {
					Input   string `xml:"input,attr"`
					Pattern string `xml:"pattern,attr"`
				} `xml:"conditions>add"`
				Action struct {
					Value string `xml:"value,attr"`
				} `xml:"action"`
			} `xml:"system.webServer>rewrite>outboundRules>rule"`
		}
		if err := xml.Unmarshal([]byte(text), &config); err != nil {
			t.Fatal(err)
		}
		for _, r := range config.Rules {
			h := sentHeader{form: r.When[0].Pattern, name: strings.TrimPrefix(r.Match.Name, "RESPONSE_"), value: r.Action.Value}
			if len(r.When) > 1 {
				h.origin = r.When[1].Pattern
			}
			list = append(list, h)
		}
	}
	return list
}

// TestServerHeaders reads what each server is told back, and holds it against
// what Handler sends.
func TestServerHeaders(t *testing.T) {
	site := built()
	h := generator.Handler(site, generator.HandlerOptions{})
	for _, server := range generator.HeaderServers {
		text, err := generator.ServerHeaders(site, server)
		if err != nil {
			t.Fatal(err)
		}
		rules := serverRules(t, server, text)
		if len(rules) < 5 {
			t.Fatalf("%s: only %d rules were read of\n%s", server, len(rules), text)
		}
		for _, address := range []string{"/", "/a/b/", "/a/b/embed/", "/a/b/embed/index.html", "/a/b/index.json", "/assets/site.AAAAAAAAAA.css"} {
			for _, origin := range []string{"", "https://intranet.example.org", "https://hr.sharepoint.com", "https://evil.example", "https://evil.example/.sharepoint.com"} {
				got := map[string]string{}
				for _, r := range rules {
					if !regexp.MustCompile(r.form).MatchString(address) {
						continue
					}
					switch {
					case r.origin == "":
						got[r.name] = r.value
					case regexp.MustCompile(r.origin).MatchString(origin):
						got[r.name] = origin
					}
				}
				want := get(t, h, address, "Origin", origin).Header
				for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Access-Control-Allow-Origin"} {
					if got[name] != want.Get(name) {
						t.Errorf("%s: %s from %q has %s %q, want %q", server, address, origin, name, got[name], want.Get(name))
					}
				}
			}
		}
	}
	var usage *generator.UsageError
	if _, err := generator.ServerHeaders(site, "ngnix"); !errors.As(err, &usage) {
		t.Errorf("an unknown server is %v", err)
	}
	if _, err := generator.ServerHeaders(fstest.MapFS{}, "nginx"); !errors.As(err, &usage) {
		t.Errorf("a site that is not built is %v", err)
	}
}
