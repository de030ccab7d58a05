package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
)

// A browser is a Chromium that is told what to do over a pipe, by its DevTools
// protocol: no library is needed for that.
type browser struct {
	t   testing.TB
	in  *os.File
	mu  sync.Mutex
	id  int
	got map[int]chan reply
}

type reply struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// chromium starts a browser, or skips the test where there is none.
func chromium(t testing.TB) *browser {
	t.Helper()
	var name string
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(n); err == nil {
			name = p
			break
		}
	}
	if name == "" {
		t.Skip("there is no Chromium: install it to run the tests in a browser")
	}
	toRead, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-background-networking",
		"--disable-gpu", "--disable-dev-shm-usage", "--window-size=900,700", "about:blank"}
	if os.Getuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...)
	}
	c := exec.Command(name, args...)
	c.ExtraFiles = []*os.File{toRead, toWrite}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	toRead.Close()
	toWrite.Close()
	b := &browser{t: t, in: in, got: map[int]chan reply{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := bufio.NewReader(out)
		for {
			text, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			var m reply
			if json.Unmarshal(text[:len(text)-1], &m) == nil && m.ID > 0 {
				b.mu.Lock()
				ch := b.got[m.ID]
				b.mu.Unlock()
				ch <- m
			}
		}
	}()
	t.Cleanup(func() {
		b.send("", "Browser.close", nil)
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			c.Process.Kill()
		}
		c.Wait()
		in.Close()
		out.Close()
	})
	return b
}

func (b *browser) send(session, method string, params any) chan reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.id++
	ch := make(chan reply, 1)
	b.got[b.id] = ch
	m := map[string]any{"id": b.id, "method": method, "params": params}
	if params == nil {
		delete(m, "params")
	}
	if session != "" {
		m["sessionId"] = session
	}
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	if err != nil {
		b.t.Errorf("%s: %v", method, err)
	}
	return ch
}

// do sends a command and returns what it says.
func (b *browser) do(session, method string, params, result any) {
	b.t.Helper()
	select {
	case m := <-b.send(session, method, params):
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v: %s", method, err, m.Result)
			}
		}
	case <-time.After(30 * time.Second):
		b.t.Fatalf("%s: no answer", method)
	}
}

// A tab is a page that a browser shows.
type tab struct {
	*browser
	session string
}

func (b *browser) open(url string) *tab {
	b.t.Helper()
	var target struct{ TargetID string }
	b.do("", "Target.createTarget", map[string]any{"url": url}, &target)
	var attached struct{ SessionID string }
	b.do("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	return &tab{b, attached.SessionID}
}

// eval runs a script, as what a test does to a page, and returns its value as JSON.
func (p *tab) eval(script string) string {
	p.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	p.do(p.session, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		return "exception: " + r.ExceptionDetails.Exception.Description
	}
	return string(r.Result.Value)
}

// wait runs a script until it is true.
func (p *tab) wait(what, script string) {
	p.t.Helper()
	var got string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got = p.eval(script); got == "true" {
			return
		}
	}
	p.t.Fatalf("%s: %s is %s", what, script, got)
}

// A pageOf shows a text and all that a reader can do to a page.
func pageOf(text, style string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + text + `</title><link rel="stylesheet" href="/assets/` + style + `.css"></head><body><h1>` + text + `</h1>
<details id="d"><summary>More</summary><p>Inside ` + text + `</p></details><form><input id="i" name="i"><textarea id="t"></textarea><input type="checkbox" id="c"></form>
<img id="g" src="/img/g.svg" alt=""><div id="long">` + strings.Repeat("<p>A paragraph.</p>", 200) + `</div><p id="end">` + text + `</p></body></html>`)}
}

func picture(width int) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="10"><path d="M0 0h9v9z"/></svg>`, width)}
}

func siteOf(text, style string, width int) fstest.MapFS {
	return fstest.MapFS{
		"index.html": pageOf(text, style), "other/index.html": pageOf("Other", style), "404.html": pageOf("Not there", style),
		"img/g.svg":                picture(width),
		"assets/" + style + ".css": {Data: []byte("h1{color:" + style + "}")},
		"_headers":                 {Data: []byte("/*\n  Content-Security-Policy: default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'\n")},
	}
}

// badge is the preview's own part of a page.
const badge = `document.querySelector("guidepost-preview").shadowRoot`

func TestInBrowser(t *testing.T) {
	b := chromium(t)
	s := New(Options{})
	s.Show(&Site{Files: siteOf("One", "red", 10)}, publish.Changes{}, nil)
	server := httptest.NewUnstartedServer(s)
	server.Start()
	defer server.Close()
	defer s.Close()
	page := b.open(server.URL + "/")
	page.wait("the page is loaded", `document.readyState === "complete" && Boolean(window.guidepostPreview)`)

	// A reader has come some way.
	page.eval(`window.here = true; document.getElementById("d").open = true; document.body.offsetHeight; window.scrollTo(0, 1500);
		document.getElementById("i").value = "typed"; document.getElementById("t").value = "written"; document.getElementById("c").checked = true;
		document.getElementById("i").focus({preventScroll: true}); 1`)
	page.eval(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`)
	page.eval(`window.scrolled = scrollY; 1`)
	show := func(f fstest.MapFS, c publish.Changes, l diag.List) { s.Show(&Site{Files: f}, c, l) }
	index := publish.Changes{Updated: []string{"index.html"}}

	show(siteOf("Two", "red", 10), index, nil)
	page.wait("the text becomes the new one", `document.getElementById("end").textContent === "Two" && document.title === "Two" && document.querySelector("#d p").textContent === "Inside Two"`)
	kept := `JSON.stringify([window.here === true, scrollY > 1000 && scrollY === window.scrolled, document.getElementById("d").open, document.getElementById("i").value, document.getElementById("t").value, document.getElementById("c").checked, document.activeElement.id])`
	if got := page.eval(kept); got != `"[true,true,true,\"typed\",\"written\",true,\"i\"]"` {
		t.Errorf("of what the reader did there is left: %s", got)
	}

	// Another style sheet, without a reload.
	blue := siteOf("Two", "blue", 10)
	show(blue, publish.Changes{Updated: []string{"index.html", "other/index.html"}, Added: []string{"assets/blue.css"}, Removed: []string{"assets/red.css"}}, nil)
	page.wait("the style is the new one", `getComputedStyle(document.querySelector("h1")).color === "rgb(0, 0, 255)" && document.querySelectorAll("link[rel=stylesheet]").length === 1`)

	// A picture at the same address.
	show(siteOf("Two", "blue", 77), publish.Changes{Updated: []string{"img/g.svg"}}, nil)
	page.wait("the picture is the new one", `document.getElementById("g").naturalWidth === 77`)

	// Problems lie over the last good page, and go.
	s.Show(nil, publish.Changes{}, diag.List{{Pos: diag.Pos{File: "content/index.md", Line: 3, Col: 1}, Severity: diag.Error, Rule: "broken-link", Message: "no page <b>x</b>", Hint: "write it"}})
	page.wait("the error is shown", badge+`.querySelector("section:not([hidden]) pre.error")?.textContent === "content/index.md:3:1: error: no page <b>x</b> [broken-link]\n  write it"`)
	page.wait("the last good page stays", `document.getElementById("end").textContent === "Two"`)
	show(siteOf("Three", "blue", 77), index, diag.List{{Pos: diag.Pos{File: "content/a.md"}, Severity: diag.Warning, Message: "m", Rule: "r"}})
	page.wait("the error goes, the warning is a badge", badge+`.querySelector("section").hidden && `+badge+`.querySelector("button.warning").textContent === "1 warning" && document.title === "Three"`)
	page.wait("the badge opens the panel", badge+`.querySelector("button").click() || !`+badge+`.querySelector("section").hidden`)

	// A page of which nothing has changed is left alone.
	page.eval(`window.touched = 0; new MutationObserver((l) => { window.touched += l.length; }).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true}); 1`)
	show(siteOf("Three", "blue", 77), publish.Changes{Updated: []string{"other/index.html"}}, nil)
	other := b.open(server.URL + "/other/")
	other.wait("another page is loaded", `document.readyState === "complete"`)
	time.Sleep(200 * time.Millisecond)
	if got := page.eval(`window.touched`); got != "0" {
		t.Errorf("a page that has not changed is changed %s times", got)
	}

	// A removed page says so, and heals.
	gone := siteOf("Three", "blue", 77)
	delete(gone, "other/index.html")
	show(gone, publish.Changes{Removed: []string{"other/index.html"}}, nil)
	other.wait("the removed page says so", `!`+badge+`.querySelector(".banner").hidden`)
	show(siteOf("Three", "blue", 77), publish.Changes{Added: []string{"other/index.html"}}, nil)
	other.wait("the page heals", badge+`.querySelector(".banner").hidden`)

	if got := page.eval(`[window.here === true, document.getElementById("i").value].join()`); got != `"true,typed"` {
		t.Errorf("the page was loaded again: %s", got)
	}
}

// TestTenTabs opens more pages than a browser has connections to one host.
func TestTenTabs(t *testing.T) {
	b := chromium(t)
	s := New(Options{})
	s.Show(&Site{Files: siteOf("One", "red", 10)}, publish.Changes{}, nil)
	server := httptest.NewServer(s)
	defer server.Close()
	defer s.Close()
	var tabs []*tab
	for range 10 {
		p := b.open(server.URL + "/")
		p.wait("the page is loaded", `document.readyState === "complete" && Boolean(window.guidepostPreview)`)
		tabs = append(tabs, p)
	}
	s.Show(&Site{Files: siteOf("Two", "red", 10)}, publish.Changes{Updated: []string{"index.html"}}, nil)
	for _, p := range tabs {
		p.wait("every tab becomes the new page", `document.title === "Two"`)
	}
	s.mu.Lock()
	streams := s.streams
	s.mu.Unlock()
	if streams != 1 {
		t.Errorf("ten tabs hold %d streams", streams)
	}
	// The one that holds the stream goes, and another takes it.
	tabs[0].eval(`location.href = "about:blank"; 1`)
	tabs[1].wait("the news comes by another", `new Promise((done) => setTimeout(() => done(true), 100))`)
	s.Show(&Site{Files: siteOf("Three", "red", 10)}, publish.Changes{Updated: []string{"index.html"}}, nil)
	for _, p := range tabs[1:] {
		p.wait("every tab becomes the new page", `document.title === "Three"`)
	}
}

// TestServerBegunAgain ends the server and begins another at the same address.
func TestServerBegunAgain(t *testing.T) {
	b := chromium(t)
	s := New(Options{})
	s.Show(&Site{Files: siteOf("One", "red", 10)}, publish.Changes{}, nil)
	server := httptest.NewServer(s)
	address := server.Listener.Addr().String()
	page := b.open(server.URL + "/")
	page.wait("the page is loaded", `document.readyState === "complete" && Boolean(window.guidepostPreview)`)
	page.eval(`window.here = true`)
	s.Close()
	server.CloseClientConnections()
	server.Close()
	s = New(Options{})
	s.Show(&Site{Files: siteOf("Two", "red", 10)}, publish.Changes{}, nil)
	again := httptest.NewUnstartedServer(s)
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the address was taken meanwhile: %v", err)
	}
	again.Listener.Close()
	again.Listener = l
	again.Start()
	defer again.Close()
	defer s.Close() // first, as the other waits for the streams to end
	page.wait("the page catches up", `document.title === "Two" && window.here === true`)
}
