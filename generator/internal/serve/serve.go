// Package serve shows a site in browsers while it is edited, and tells them of
// each change.
//
// Its one rule: it is pushed to, by [Server.Show], and knows nothing of building.
// What it adds to a page, it adds while it serves it: nothing of it is ever published.
package serve

import (
	"bytes"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
)

// client is what is added to a page: a script, and idiomorph 0.8.0, which turns
// one page into another in place.
//
//go:embed client
var client embed.FS

// own is the path of what the preview adds. No file is published under a name
// that begins with a dot, so there is none that it hides.
const own = "/.preview/"

// Options say how a site is shown.
type Options struct {
	// Host is the one that the server was told to listen at. Names of this
	// machine and addresses in figures are answered whatever it is.
	Host string
	// Source returns the text of a file that a problem is in.
	Source func(file string) ([]byte, bool)
}

// A Server answers for the site that it was shown last.
type Server struct {
	o    Options
	boot string // tells this server from one that ran before it

	mu      sync.Mutex
	files   fs.FS // nil until there is a site without errors
	prefix  string
	rules   *rules        // of files; nil until they are asked for
	news    []news        // the last ones
	changed chan struct{} // closed when there is news
	streams int
	closed  bool
}

// New returns a server that has nothing to show yet.
func New(o Options) *Server {
	return &Server{o: o, boot: rand.Text(), changed: make(chan struct{})}
}

// A Site is what [Server.Show] is given.
type Site struct {
	Files  fs.FS  // by their paths in public/; those that are opened can seek
	Prefix string // path at which the site lies on its server, such as "/careers"
}

// Show shows a site, with what has changed in it since the last one and the
// problems of its build. A nil site says that the build failed: the last one stays.
func (s *Server) Show(site *Site, c publish.Changes, problems diag.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return // a build that was under way when the server ended; nobody listens
	}
	n := news{Boot: s.boot, ID: 1, Failed: site == nil, Problems: s.tell(problems)}
	if l := len(s.news); l > 0 {
		n.ID = s.news[l-1].ID + 1
	}
	if site != nil {
		n.All = s.files == nil || len(c.Added)+len(c.Updated)+len(c.Removed) > mostNamed
		s.files, s.prefix, s.rules = site.Files, site.Prefix, nil
		if !n.All {
			for _, p := range c.Added {
				n.Changed = append(n.Changed, s.address(p))
			}
			for _, p := range c.Updated {
				n.Changed = append(n.Changed, s.address(p))
			}
			for _, p := range c.Removed {
				n.Removed = append(n.Removed, s.address(p))
			}
		}
	}
	if len(s.news) == mostNews {
		s.news = append(s.news[:0], s.news[1:]...)
	}
	s.news = append(s.news, n)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Close ends all streams, for ever.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.changed)
	}
}

// address is where a file is asked for by a browser.
func (s *Server) address(p string) string {
	if dir, ok := strings.CutSuffix(p, "index.html"); ok && (dir == "" || dir[len(dir)-1] == '/') {
		p = dir
	}
	return s.prefix + "/" + p
}

// tell returns problems as the terminal shows them.
func (s *Server) tell(l diag.List) []problem {
	out := make([]problem, 0, len(l))
	for i, d := range l {
		if i == mostProblems {
			out = append(out, problem{Severity: d.Severity.String(), Text: fmt.Sprintf("and %d more: the terminal has them all", len(l)-i)})
			break
		}
		var b bytes.Buffer
		diag.Printer{Source: s.o.Source}.Print(&b, diag.List{d})
		out = append(out, problem{Severity: d.Severity.String(), File: d.File, Text: strings.TrimRight(b.String(), "\n")})
	}
	return out
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !s.known(r.Host):
		// A page elsewhere may have had its own name lead here, to read what is not published yet.
		http.Error(w, fmt.Sprintf("The preview does not answer to the name %q: use localhost, or the address that guidepost serve tells.", r.Host), http.StatusMisdirectedRequest)
		return
	case foreign(r):
		http.Error(w, "The preview does not answer to pages of other sites.", http.StatusForbidden)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "A preview can only be read.", http.StatusMethodNotAllowed)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, own); ok {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		s.serveOwn(w, r, name)
		return
	}
	s.serveSite(w, r)
}

// known reports whether host is a name of this machine or an address in
// figures, which no name can be made to lead to.
func (s *Server) known(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		net.ParseIP(host) != nil || host != "" && host == strings.ToLower(s.o.Host)
}

// foreign reports whether a page of another site asks for something to use in
// itself. To be led here by a link is no such use.
func foreign(r *http.Request) bool {
	if o := r.Header.Get("Origin"); o != "" && o != "http://"+r.Host {
		return true
	}
	site, mode := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Mode")
	return (site == "cross-site" || site == "same-site") && mode != "navigate" && !lent(r.URL.Path)
}

// lent reports whether other sites may use what is at path, which is what pages
// are lent with.
func lent(path string) bool { return strings.HasSuffix(path, "/embed.js") }

func (s *Server) serveOwn(w http.ResponseWriter, r *http.Request, name string) {
	switch name {
	case "events":
		s.serveEvents(w, r)
	case "news":
		s.serveNews(w, r)
	case "client.js", "idiomorph.min.js":
		b, err := client.ReadFile("client/" + name)
		if err != nil {
			panic("serve: " + err.Error())
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	default:
		http.NotFound(w, r)
	}
}

// serveSite answers with a file of the site, or with where it is.
func (s *Server) serveSite(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	files, prefix, at := s.files, s.prefix, s.at()
	if files != nil && s.rules == nil {
		s.rules = readRules(files, prefix)
	}
	rules := s.rules
	s.mu.Unlock()
	if files == nil {
		s.serveNothing(w, r, at)
		return
	}
	rules.setHeaders(w.Header(), r.URL.Path)
	w.Header().Set("Cache-Control", "no-store")
	if to, code := rules.redirect(r.URL.Path); to != "" {
		http.Redirect(w, r, to, code)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok && r.URL.Path == "/" || ok && rest == "" {
		http.Redirect(w, r, prefix+"/", http.StatusFound)
		return
	}
	name := strings.TrimPrefix(rest, "/")
	if ok && (name == "" || strings.HasSuffix(name, "/")) {
		name += "index.html"
	}
	if ok && fs.ValidPath(name) {
		if is(files, name) {
			s.serveFile(w, r, files, name, at, http.StatusOK)
			return
		}
		if is(files, name+"/index.html") {
			u := *r.URL
			u.Path, u.RawPath = path.Clean("/"+r.URL.Path)+"/", ""
			http.Redirect(w, r, u.RequestURI(), http.StatusFound)
			return
		}
	}
	if is(files, "404.html") {
		s.serveFile(w, r, files, "404.html", at, http.StatusNotFound)
		return
	}
	http.NotFound(w, r)
}

// is reports whether there is a file of that name.
func is(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && !info.IsDir()
}

// serveFile answers with a file. A page gets the script of the preview.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string, at int, code int) {
	f, err := files.Open(name)
	if err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, fs.ErrNotExist) {
			status = http.StatusNotFound
		}
		http.Error(w, "This page cannot be made at the moment: the terminal says why.", status)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", typeOf(name))
	if !lent(r.URL.Path) {
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if strings.HasSuffix(name, ".html") {
		b, err := io.ReadAll(f)
		if err != nil {
			http.Error(w, "This page cannot be read at the moment.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("ETag", tag(b))
		b = s.add(b, at)
		if code == http.StatusOK {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.WriteHeader(code)
		if r.Method != http.MethodHead {
			w.Write(b)
		}
		return
	}
	if file, ok := f.(io.ReadSeeker); ok {
		if hash := digestOf(file); hash != "" {
			w.Header().Set("ETag", hash)
		}
		http.ServeContent(w, r, "", time.Time{}, file)
		return
	}
	io.Copy(w, f)
}

// serveNothing says that there is no site to show yet; the page heals itself.
func (s *Server) serveNothing(w http.ResponseWriter, r *http.Request, at int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'")
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		w.Write(s.add([]byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>No page yet</title><h1>There is no page yet</h1><p>It comes as soon as the site can be built. Until then the problems are here and in the terminal.</p>`), at))
	}
}

// add adds the script to a page. At the end of a page, whether its body is
// closed or not, a script belongs to the body.
func (s *Server) add(page []byte, at int) []byte {
	return fmt.Appendf(bytes.Clone(page), `<script src="%sidiomorph.min.js"></script><script src="%sclient.js" data-boot="%s" data-at="%d"></script>`, own, own, s.boot, at)
}

// typeOf is the type of a file by its name, the same on every machine.
func typeOf(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if t, ok := types[ext]; ok {
		return t
	}
	switch name {
	case "_redirects", "_headers":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
	".ico": "image/x-icon", ".pdf": "application/pdf", ".woff2": "font/woff2", ".woff": "font/woff", ".mp4": "video/mp4", ".webm": "video/webm",
	".mp3": "audio/mpeg", ".csv": "text/csv; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".webmanifest": "application/manifest+json",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".zip": "application/zip",
}
