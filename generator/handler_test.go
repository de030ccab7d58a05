package generator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"guidepost/generator"
)

// built is a small site as it is published: an intranet would have public/
// here, by os.DirFS, or an embed.FS.
func built() fstest.MapFS {
	site := fstest.MapFS{}
	for name, text := range map[string]string{
		"index.html":                 "<h1>Home</h1>",
		"404.html":                   "<h1>Page not found</h1>",
		"a/b/index.html":             "<h1>B</h1>",
		"a/b/embed/index.html":       "<h1>B, framed</h1>",
		"a/b/body.html":              "<article>B</article>",
		"a/b/index.json":             `{"version":1,"url":"https://guidance.example.org/a/b/","title":"B","state":"live","html":"<article class=\"guidepost\"><p>Text of B.</p></article>","dates":{"published":null,"updated":"2026-10-12","reviewed":null},"owner":"Careers team","digest":"sha256-0"}`,
		"a/not/index.json":           `{"mine":true}`,
		"assets/site.AAAAAAAAAA.css": "p{}",
		".env":                       "SECRET=1",
		"_headers": "/*\n  Content-Security-Policy: default-src 'self'; frame-ancestors 'self'\n  X-Content-Type-Options: nosniff\n" +
			"/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n" +
			"/:p1/:p2/embed/*\n  ! Content-Security-Policy\n  Content-Security-Policy: default-src 'self'; frame-ancestors 'self' https://intranet.example.org https://*.sharepoint.com\n" +
			"/:p1/:p2/index.json\n  Access-Control-Allow-Origin: https://intranet.example.org\n",
		"_redirects": "/old/ /a/b/ 301\n/old.html /a/b/ 301\n",
	} {
		site[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return site
}

func get(t *testing.T, h http.Handler, address string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	h := generator.Handler(built(), generator.HandlerOptions{})
	for _, x := range []struct {
		address string
		status  int
		has     string // of the body or the Location
	}{
		{"/", 200, "Home"},
		{"/a/b/", 200, "<h1>B</h1>"},
		{"/a/b/index.html", 200, "<h1>B</h1>"},
		{"/a/b", 301, "/a/b/"},
		{"/a/b?x=1", 301, "/a/b/?x=1"},
		{"/old/", 301, "/a/b/"},
		{"/old.html?x=1", 301, "/a/b/?x=1"},
		{"/a/", 404, "Page not found"},
		{"/a", 404, "Page not found"},
		{"/nowhere", 404, "Page not found"},
		{"/.env", 404, "Page not found"},
		{"/_headers", 404, "Page not found"},
		{"/a/../.env", 404, "Page not found"},
		{"/%2e%2e/.env", 404, "Page not found"},
		{"/a//b/", 404, "Page not found"},
		{"/assets/", 404, "Page not found"},
	} {
		resp := get(t, h, x.address)
		b, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != x.status || !strings.Contains(string(b)+resp.Header.Get("Location"), x.has) {
			t.Errorf("%s answers %d %q %q, want %d and %q", x.address, resp.StatusCode, resp.Header.Get("Location"), b, x.status, x.has)
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", w.Code)
	}
}

func TestHandlerHeaders(t *testing.T) {
	h := generator.Handler(built(), generator.HandlerOptions{})
	header := func(address, name, want string, headers ...string) {
		t.Helper()
		if got := strings.Join(get(t, h, address, headers...).Header.Values(name), ", "); got != want {
			t.Errorf("%s has %s %q, want %q", address, name, got, want)
		}
	}
	const own = "default-src 'self'; frame-ancestors 'self'"
	const policy, read = "Content-Security-Policy", "Access-Control-Allow-Origin"
	header("/a/b/", policy, own)
	header("/nowhere/embed/", policy, own)
	header("/a/b/embed/", policy, own+" https://intranet.example.org https://*.sharepoint.com")
	header("/a/b/embed/", "X-Content-Type-Options", "nosniff")
	header("/a/b/embed/", "Content-Type", "text/html; charset=utf-8")
	header("/assets/site.AAAAAAAAAA.css", "Cache-Control", "public, max-age=31536000, immutable")
	// Each origin that may frame pages may read them as data, and no other.
	for origin, want := range map[string]string{
		"https://intranet.example.org": "https://intranet.example.org", "https://hr.sharepoint.com": "https://hr.sharepoint.com",
		"https://sharepoint.com": "", "https://evilsharepoint.com": "", "http://intranet.example.org": "", "null": "",
		"https://intranet.example.org.evil.example": "", "https://evil.example/.sharepoint.com": "",
	} {
		header("/a/b/index.json", read, want, "Origin", origin)
		header("/a/b/body.html", read, want, "Origin", origin)
		header("/a/b/index.json", "Vary", "Origin", "Origin", origin)
		header("/a/b/", read, "", "Origin", origin)
	}
	tag := get(t, h, "/a/b/").Header.Get("ETag")
	if resp := get(t, h, "/a/b/", "If-None-Match", tag); tag == "" || resp.StatusCode != http.StatusNotModified {
		t.Errorf("with the ETag %q it answers %d", tag, resp.StatusCode)
	}
}

func TestHandlerAuthorize(t *testing.T) {
	h := generator.Handler(built(), generator.HandlerOptions{Prefix: "/guidance/", Authorize: func(r *http.Request, path string) bool {
		return !strings.HasPrefix(path, "a/b/") || r.Header.Get("User") == "hr"
	}})
	for address, want := range map[string]int{
		"/guidance/": 200, "/guidance": 301, "/guidancex/": 404, "/": 404,
		"/guidance/a/b/": 403, "/guidance/a/b/index.json": 403, "/guidance/a/b/embed/": 403, "/guidance/a/b/index.html": 403,
	} {
		if got := get(t, h, address).StatusCode; got != want {
			t.Errorf("%s answers %d, want %d", address, got, want)
		}
	}
	if got := get(t, h, "/guidance/a/b/", "User", "hr").StatusCode; got != 200 {
		t.Errorf("whom Authorize lets in gets %d", got)
	}
}

func TestPage(t *testing.T) {
	for _, address := range []string{"/a/b/", "a/b", "/a/b/index.html"} {
		p, err := generator.Page(context.Background(), built(), address)
		if err != nil || p.Title != "B" || p.Dates.Updated != "2026-10-12" || p.Dates.Published != "" {
			t.Errorf("%s is %+v, %v", address, p, err)
		}
	}
	for _, address := range []string{"/", "", "/nowhere/", "/a/not/", "/../a/b/", "/.git/", "a\x00b"} {
		if p, err := generator.Page(context.Background(), built(), address); !errors.Is(err, generator.ErrNotLent) {
			t.Errorf("%q is %v, %v", address, p, err)
		}
	}
}

// An intranet serves the site below a folder of its own.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/guidance/", generator.Handler(built(), generator.HandlerOptions{Prefix: "/guidance"}))

	r := httptest.NewRequest("GET", "/guidance/a/b/", nil)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	fmt.Println(w.Header().Get("X-Content-Type-Options"))
	// Output:
	// 200 <h1>B</h1>
	// nosniff
}

// An intranet shows a page within its own.
func ExamplePage() {
	p, err := generator.Page(context.Background(), built(), "/a/b/")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("<h1>%s</h1>\n%s\n<p>%s, %s</p>\n", p.Title, p.HTML, p.Owner, p.Dates.Updated)
	// Output:
	// <h1>B</h1>
	// <article class="guidepost"><p>Text of B.</p></article>
	// <p>Careers team, 2026-10-12</p>
}
