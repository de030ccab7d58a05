package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
)

func small() fstest.MapFS {
	return fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html><title>Home</title><h1>Home</h1>")},
		"a/b/index.html":   {Data: []byte("<!doctype html><title>B</title><body><h1>B</h1></body></html>")},
		"404.html":         {Data: []byte("<!doctype html><title>Not there</title>")},
		"old/index.html":   {Data: []byte("a page that leads on")},
		"embed.js":         {Data: []byte("lend()")},
		"feed.xml":         {Data: []byte("<feed/>")},
		"files/report.pdf": {Data: []byte("0123456789")},
		"img/x.svg":        {Data: []byte("<svg/>")},
		"_redirects":       {Data: []byte("/old/ /a/b/ 301\n# a note\n/gone /a/b/\n")},
		"_headers":         {Data: []byte("/*\n  Content-Security-Policy: default-src 'self'\n  X-Frame: a\n/*.svg\n  Content-Security-Policy: sandbox\n/assets/*\n  Cache-Control: public, max-age=1\n")},
	}
}

func shown(t *testing.T, files fstest.MapFS, prefix string) *Server {
	s := New(Options{Host: "preview.example"})
	s.Show(&Site{Files: files, Prefix: prefix}, publish.Changes{}, nil)
	t.Cleanup(s.Close)
	return s
}

// ask asks a server; header is "Name: value" pairs.
func ask(s *Server, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:8080"+path, nil)
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		if k == "Host" {
			r.Host = v
		}
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	s := shown(t, small(), "")
	for _, c := range []struct {
		method, path string
		headers      []string
		code         int
		header, want string
		body         string
	}{
		{"GET", "/", nil, 200, "Content-Type", "text/html; charset=utf-8", "<h1>Home</h1>"},
		{"GET", "/", nil, 200, "Cache-Control", "no-store", own + "client.js"},
		{"GET", "/a/b/", nil, 200, "X-Content-Type-Options", "nosniff", "<h1>B</h1>"},
		{"GET", "/a/b/index.html", nil, 200, "Content-Security-Policy", "default-src 'self'", "<h1>B</h1>"},
		{"HEAD", "/a/b/", nil, 200, "Content-Type", "text/html; charset=utf-8", ""},
		{"GET", "/a/b", nil, 302, "Location", "/a/b/", ""},
		{"GET", "/a/b?q=1", nil, 302, "Location", "/a/b/?q=1", ""},
		{"GET", "//a/b", nil, 404, "", "", ""},
		{"GET", "/old/", nil, 301, "Location", "/a/b/", ""},
		{"GET", "/old", nil, 301, "Location", "/a/b/", ""},
		{"GET", "/gone", nil, 301, "Location", "/a/b/", ""},
		{"GET", "/nowhere/", nil, 404, "Content-Type", "text/html; charset=utf-8", "Not there"},
		{"GET", "/a/", nil, 404, "", "", "Not there"},
		{"GET", "/a/../../index.html", nil, 404, "", "", ""},
		{"GET", "/%2e%2e/content/site.yaml", nil, 404, "", "", ""},
		{"GET", "/.guidepost/lock", nil, 404, "", "", ""},
		{"GET", "/.preview/../serve.go", nil, 404, "", "", ""},
		{"GET", "/.preview/idiomorph.LICENSE", nil, 404, "", "", ""},
		{"GET", "/img/x.svg", nil, 200, "Content-Security-Policy", "sandbox", "<svg/>"},
		{"GET", "/feed.xml", nil, 200, "Content-Type", "application/xml", "<feed/>"},
		{"GET", "/files/report.pdf", []string{"Range: bytes=2-4"}, 206, "Content-Range", "bytes 2-4/10", "234"},
		{"GET", "/files/report.pdf", nil, 200, "Cross-Origin-Resource-Policy", "same-origin", "0123456789"},
		{"POST", "/", nil, 405, "Allow", "GET, HEAD", ""},
		{"GET", "/.preview/client.js", nil, 200, "Content-Type", "text/javascript; charset=utf-8", "EventSource"},
		{"GET", "/.preview/idiomorph.min.js", nil, 200, "Content-Type", "text/javascript; charset=utf-8", "Idiomorph"},

		// Names that may have been made to lead here, and pages of other sites.
		{"GET", "/", []string{"Host: evil.example"}, 421, "", "", "evil.example"},
		{"GET", "/.preview/events", []string{"Host: evil.example:8080"}, 421, "", "", ""},
		{"GET", "/", []string{"Host: localhost.evil.example"}, 421, "", "", ""},
		{"GET", "/", []string{"Host: "}, 421, "", "", ""},
		{"GET", "/", []string{"Host: 127.0.0.1:8080"}, 200, "", "", "Home"},
		{"GET", "/", []string{"Host: [::1]:8080"}, 200, "", "", "Home"},
		{"GET", "/", []string{"Host: site.localhost:1"}, 200, "", "", "Home"},
		{"GET", "/", []string{"Host: preview.example:8080"}, 200, "", "", "Home"},
		{"GET", "/feed.xml", []string{"Origin: https://evil.example"}, 403, "", "", ""},
		{"GET", "/.preview/events", []string{"Origin: http://localhost:9"}, 403, "", "", ""},
		{"GET", "/.preview/news", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, 403, "", "", ""},
		{"GET", "/feed.xml", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors"}, 403, "", "", ""},
		{"GET", "/", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, 200, "", "", "Home"},
		{"GET", "/embed.js", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, 200, "Cross-Origin-Resource-Policy", "", "lend()"},
		{"GET", "/", []string{"Origin: http://localhost:8080"}, 200, "Access-Control-Allow-Origin", "", "Home"},
	} {
		w := ask(s, c.method, c.path, c.headers...)
		if w.Code != c.code || c.header != "" && w.Header().Get(c.header) != c.want || !strings.Contains(w.Body.String(), c.body) || c.method == "HEAD" && w.Body.Len() > 0 {
			t.Errorf("%s %s %q: %d, %s: %q, want %d, %q and %q\n%s", c.method, c.path, c.headers, w.Code, c.header, w.Header().Get(c.header), c.code, c.want, c.body, w.Body)
		}
	}
}

func TestUnchangedIsNotSentAgain(t *testing.T) {
	s := shown(t, small(), "")
	for _, path := range []string{"/", "/files/report.pdf"} {
		tag := ask(s, "GET", path).Header().Get("ETag")
		if w := ask(s, "GET", path, "If-None-Match: "+tag); tag == "" || w.Code != http.StatusNotModified {
			t.Errorf("%s: ETag %s, then %d", path, tag, w.Code)
		}
	}
}

func TestPrefix(t *testing.T) {
	s := shown(t, fstest.MapFS{"index.html": {Data: []byte("Home")}, "a/index.html": {Data: []byte("A")}}, "/careers")
	for path, want := range map[string]string{"/": "302 /careers/", "/careers": "302 /careers/", "/careers/": "200 ", "/careers/a/": "200 ", "/a/": "404 ", "/careersx/a/": "404 "} {
		w := ask(s, "GET", path)
		if got := strings.TrimPrefix(w.Result().Status, "")[:3] + " " + w.Header().Get("Location"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestNothingYet(t *testing.T) {
	s := New(Options{Source: func(string) ([]byte, bool) { return []byte("[x](y.md)"), true }})
	defer s.Close()
	s.Show(nil, publish.Changes{}, diag.List{{Pos: diag.Pos{File: "content/a.md", Line: 1, Col: 1}, Severity: diag.Error, Rule: "broken-link", Message: "no page", Hint: "write it"}})
	if w := ask(s, "GET", "/"); w.Code != 503 || !strings.Contains(w.Body.String(), "client.js") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	n := newsOf(t, ask(s, "GET", "/.preview/news"))
	if !n.Failed || len(n.Problems) != 1 || n.Problems[0].Text != "content/a.md:1:1: error: no page [broken-link]\n    1 | [x](y.md)\n      | ^\n  write it" {
		t.Errorf("%+v", n)
	}
	s.Show(&Site{Files: small()}, publish.Changes{}, nil)
	if w := ask(s, "GET", "/"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.Show(nil, publish.Changes{}, diag.List{{Severity: diag.Error}})
	if w := ask(s, "GET", "/a/b/"); w.Code != 200 {
		t.Errorf("the last good page does not stay: %d", w.Code)
	}
}

func newsOf(t *testing.T, w *httptest.ResponseRecorder) (n news) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &n); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return n
}

// TestNews asks for what has happened since: who was away is told as if it had
// been one build.
func TestNews(t *testing.T) {
	s := shown(t, small(), "/p")
	show := func(c publish.Changes) { s.Show(&Site{Files: small(), Prefix: "/p"}, c, nil) }
	show(publish.Changes{Updated: []string{"a/b/index.html", "feed.xml"}, Removed: []string{"c/index.html"}})               // 2
	show(publish.Changes{Added: []string{"c/index.html"}, Removed: []string{"img/x.svg"}, Updated: []string{"index.html"}}) // 3
	show(publish.Changes{})                                                                                                 // 4
	for q, want := range map[string]string{
		"at=4":                       `0 [] []`,
		"at=3":                       `4 [] []`,
		"at=2":                       `4 [/p/c/ /p/] [/p/img/x.svg]`,
		"at=1":                       `4 [/p/a/b/ /p/feed.xml /p/c/ /p/] [/p/img/x.svg]`,
		"at=0":                       `4 all`,
		"at=9":                       `4 all`,
		"at=-1":                      `4 all`,
		"at=99999999999999999999999": `4 all`,
		"at=4&boot=another":          `4 all`,
	} {
		if !strings.Contains(q, "boot") {
			q += "&boot=" + s.boot
		}
		r := httptest.NewRequest("GET", "/.preview/news?"+q, nil)
		boot, at := asked(r)
		n, ok, _, _ := s.since(boot, at)
		got := "0 [] []"
		if ok {
			got = text(n)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", q, got, want)
		}
	}
	for range 2 * mostNews {
		show(publish.Changes{Updated: []string{"index.html"}})
	}
	if n, _, _, _ := s.since(s.boot, 4); !n.All || len(s.news) != mostNews {
		t.Errorf("%v of %d", n.All, len(s.news))
	}
	last := s.at()
	many := make([]string, mostNamed+1)
	for i := range many {
		many[i] = "x"
	}
	show(publish.Changes{Updated: many})
	if n, _, _, _ := s.since(s.boot, last); !n.All || len(n.Changed) > 0 {
		t.Errorf("%v, %d named", n.All, len(n.Changed))
	}
}

func text(n news) string {
	if n.All {
		return itoa(n.ID) + " all"
	}
	return itoa(n.ID) + " [" + strings.Join(n.Changed, " ") + "] [" + strings.Join(n.Removed, " ") + "]"
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestStream reads the stream of events as a browser does.
func TestStream(t *testing.T) {
	s := shown(t, small(), "")
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/.preview/events?at=1&boot="+s.boot, nil)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if got := w.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(w.Body)
	next := func() (n news) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &n); err != nil {
					t.Fatal(err)
				}
				return n
			}
		}
		t.Fatal("the stream ended")
		return n
	}
	// What is announced can be had already.
	for i := range 20 {
		files := small()
		files["a/b/index.html"].Data = []byte("version " + itoa(i))
		s.Show(&Site{Files: files}, publish.Changes{Updated: []string{"a/b/index.html"}}, nil)
		if n := next(); !slices.Contains(n.Changed, "/a/b/") || n.ID != i+2 {
			t.Fatalf("%+v", n)
		}
		page, err := http.Get(server.URL + "/a/b/")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(page.Body)
		page.Body.Close()
		if !strings.HasPrefix(string(b), "version "+itoa(i)+"<") {
			t.Fatalf("news of version %d, and the page is %s", i, b)
		}
	}
	s.Close()
	if lines.Scan(); lines.Scan() {
		t.Errorf("after its end the server says %q", lines.Text())
	}
}

func TestNotTooManyStreams(t *testing.T) {
	s := shown(t, small(), "")
	s.streams = mostStreams
	if w := ask(s, "GET", "/.preview/events"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/a/b", true}, {"/", "/", true}, {"/", "/a", false}, {"/*.svg", "/a/b.svg", true}, {"/*.svg", "/a.svgz", false},
		{"/*/", "/a/b/", true}, {"/*/", "/", false}, {"/*/feed.xml", "/topics/x/feed.xml", true}, {"/a/*/c*", "/a/b/cd", true}, {"/a/*/c*", "/b/b/cd", false}, {"/a*a", "/a", false},
		{"/:p1/:p2/embed/*", "/a/b/embed/", true}, {"/:p1/:p2/embed/*", "/a/b/embed/index.html", true}, {"/:p1/embed/*", "/a/b/embed/", false}, {"/:p1/:p2/embed/*", "/a//embed/", false},
		{"/:p1/index.json", "/a/index.json", true}, {"/:p1/index.json", "/index.json", false}, {"/g/:p1", "/g/a", true}, {"/g/:p1", "/g/a/b", false}, {"/g/:p1", "/g/", false},
	} {
		if got := matches(c.pattern, c.path); got != c.want {
			t.Errorf("%s %s: %t", c.pattern, c.path, got)
		}
	}
}

// TestIdiomorphHasItsLicence holds that what others wrote comes with its terms.
func TestIdiomorphHasItsLicence(t *testing.T) {
	b, err := client.ReadFile("client/idiomorph.LICENSE")
	if err != nil || !strings.Contains(string(b), "Zero-Clause BSD") {
		t.Errorf("%v %s", err, b)
	}
}

// TestShowAfterClose: a build may end after the server has.
func TestShowAfterClose(t *testing.T) {
	s := shown(t, small(), "")
	s.Close()
	s.Show(nil, publish.Changes{}, nil)
	if w := ask(s, "GET", "/.preview/events"); !strings.HasPrefix(w.Body.String(), "retry:") {
		t.Errorf("a stream says %q", w.Body)
	}
}
