package generator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// A built site says itself how it is to be served: _headers and _redirects
// are read for it. Rejected: to give the handler the site's settings as well,
// which whoever serves it need not have, and which may be other ones than
// those it was built with.

// HandlerOptions say how [Handler] serves a site.
type HandlerOptions struct {
	// Prefix is the path below which the site is mounted: "/guidance". Its
	// pages' addresses must be so, too: by base_url, or by urls: relative.
	Prefix string
	// Authorize, if set, is asked for each request for a file of the site, by
	// its path in public/: "interviews/after/index.html". What it refuses is
	// answered as forbidden.
	Authorize func(r *http.Request, path string) bool
}

// Handler serves a built site, as it lies in public/ or in an embed.FS, with
// the headers and redirects of its own _headers and _redirects, ETags, and
// 404.html. Data of lent pages may be read by each of the origins that may frame
// them. Only GET and HEAD are answered; no folder is listed, and nothing below a
// name that begins with . or _ is served, but /.well-known/.
//
// The files are read as they are asked for; the two lists once. A site that is
// published anew wants a new Handler, unless its rules are the same.
func Handler(site fs.FS, o HandlerOptions) http.Handler {
	h := &handler{site: site, o: o, moved: map[string]string{}}
	h.o.Prefix = strings.TrimRight(o.Prefix, "/")
	if b, err := fs.ReadFile(site, "_headers"); err == nil {
		h.rules = parseHeaders(string(b))
	}
	if b, err := fs.ReadFile(site, "_redirects"); err == nil {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) == 3 && f[2] == "301" {
				if from, err := url.PathUnescape(f[0]); err == nil {
					h.moved[from] = f[1]
				}
			}
		}
	}
	return h
}

type handler struct {
	site  fs.FS
	o     HandlerOptions
	rules []servedRule
	moved map[string]string // by path, decoded: the address it leads to
}

// A servedRule is a rule of _headers.
type servedRule struct {
	path    *regexp.Regexp
	headers [][2]string // name and value; a value of "" takes the header back
}

var headerNames = regexp.MustCompile(`:[A-Za-z]\w*`)

func parseHeaders(text string) []servedRule {
	var rules []servedRule
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		rest, indented := strings.CutPrefix(line, "  ")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#"):
		case !indented:
			form := headerNames.ReplaceAllString(regexp.QuoteMeta(line), "[^/]+")
			rules = append(rules, servedRule{path: regexp.MustCompile("^" + strings.ReplaceAll(form, `\*`, ".*") + "$")})
		case len(rules) > 0:
			r := &rules[len(rules)-1]
			if name, ok := strings.CutPrefix(rest, "! "); ok {
				r.headers = append(r.headers, [2]string{name, ""})
			} else if name, value, ok := strings.Cut(rest, ": "); ok {
				r.headers = append(r.headers, [2]string{name, value})
			}
		}
	}
	return rules
}

// headersOf returns the headers of an address, given as _headers has it.
func (h *handler) headersOf(address string) http.Header {
	set := http.Header{}
	for _, r := range h.rules {
		if !r.path.MatchString(address) {
			continue
		}
		for _, x := range r.headers {
			if x[1] == "" {
				set.Del(x[0])
			} else {
				set.Add(x[0], x[1])
			}
		}
	}
	return set
}

const (
	policyHeader = "Content-Security-Policy"
	originHeader = "Access-Control-Allow-Origin"
)

// origins returns those that may show the pages of the site, as its _headers
// say: the widest frame-ancestors there are.
func (h *handler) origins() (all []string) {
	for _, r := range h.rules {
		for _, x := range r.headers {
			_, list, ok := strings.Cut(x[1], "frame-ancestors 'self' ")
			if ok && x[0] == policyHeader {
				list, _, _ = strings.Cut(list, ";")
				all = strings.Fields(list)
			}
		}
	}
	return all
}

// originAllowed reports whether origin is one of those listed, each whole or
// with a star for the first part of its host.
func originAllowed(origin string, list []string) bool {
	for _, one := range list {
		scheme, host, wild := strings.Cut(one, "://*.")
		if !wild && one == origin {
			return true
		}
		if rest, ok := strings.CutPrefix(origin, scheme+"://"); wild && ok && strings.HasSuffix(rest, "."+host) && !strings.Contains(rest, "/") {
			return true
		}
	}
	return false
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
		return
	}
	address := r.URL.Path
	if rest, ok := strings.CutPrefix(address, h.o.Prefix); ok && (rest == "" || rest[0] == '/') {
		address = rest
	} else {
		h.notFound(w, r, "/")
		return
	}
	if address == "" {
		h.lead(w, r, h.o.Prefix+"/")
		return
	}
	name := address[1:]
	if strings.HasSuffix(address, "/") {
		name += "index.html"
	}
	if !fs.ValidPath(name) || hidden(name) {
		h.notFound(w, r, address)
		return
	}
	if to, ok := h.moved[r.URL.Path]; ok && !strings.HasSuffix(address, "/") {
		h.lead(w, r, to)
		return
	}
	if to, ok := h.moved[h.o.Prefix+"/"+strings.TrimSuffix(name, "index.html")]; ok {
		h.lead(w, r, to)
		return
	}
	if h.o.Authorize != nil && !h.o.Authorize(r, name) {
		h.setHeaders(w, r, address)
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	f, err := h.site.Open(name)
	if err != nil {
		h.notFound(w, r, address)
		return
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		h.notFound(w, r, address)
	case st.IsDir():
		if _, err := fs.Stat(h.site, path.Join(name, "index.html")); err != nil {
			h.notFound(w, r, address)
			return
		}
		h.lead(w, r, (&url.URL{Path: h.o.Prefix + "/" + name + "/"}).EscapedPath())
	default:
		h.setHeaders(w, r, address)
		h.send(w, r, name, f)
	}
}

// hidden reports whether a part of name begins as no published one does.
func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part != ".well-known" && (strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")) {
			return true
		}
	}
	return false
}

// lead answers that something is elsewhere, query and all.
func (h *handler) lead(w http.ResponseWriter, r *http.Request, to string) {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusMovedPermanently)
}

// setHeaders sets what _headers says of an address. Where that names an origin
// that may read it, each of those that may frame pages is as good.
func (h *handler) setHeaders(w http.ResponseWriter, r *http.Request, address string) {
	set := h.headersOf((&url.URL{Path: h.o.Prefix + address}).EscapedPath())
	read := set.Get(originHeader)
	set.Del(originHeader)
	for name, values := range set {
		// Header.Set would change a policy that is meant to be two.
		w.Header()[name] = values
	}
	switch {
	case read == "*":
		w.Header().Set(originHeader, "*")
	case read != "" || lentData(address):
		w.Header().Add("Vary", "Origin")
		if o := r.Header.Get("Origin"); o != "" && originAllowed(o, h.origins()) {
			w.Header().Set(originHeader, o)
		}
	}
}

// lentData reports whether an address is that of what lent pages are as data.
func lentData(address string) bool {
	switch path.Base(address) {
	case "index.json", "oembed.json", "body.html":
		return path.Dir(address) != "/"
	}
	return address == "/articles.json"
}

func (h *handler) notFound(w http.ResponseWriter, r *http.Request, address string) {
	h.setHeaders(w, r, address)
	w.Header().Set("Cache-Control", "no-store")
	b, err := fs.ReadFile(h.site, "404.html")
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		w.Write(b)
	}
}

// mostETag is how large a file is hashed for its ETag: larger ones have none.
const mostETag = 8 << 20

func (h *handler) send(w http.ResponseWriter, r *http.Request, name string, f fs.File) {
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // not as the machine has it
	case ".html":
		kind = "text/html; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".js", ".mjs":
		kind = "text/javascript; charset=utf-8"
	case ".json":
		kind = "application/json"
	case ".svg":
		kind = "image/svg+xml"
	case ".xml":
		kind = "application/xml"
	case "":
		kind = "application/octet-stream"
	}
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	if st, err := f.Stat(); err == nil && st.Size() > mostETag {
		if s, ok := f.(io.ReadSeeker); ok {
			http.ServeContent(w, r, name, st.ModTime(), s)
			return
		}
	}
	b, err := io.ReadAll(f)
	if err != nil {
		http.Error(w, "it cannot be read", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(b)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

// A LentPage is a page that another program shows in its own.
type LentPage struct {
	URL         string `json:"url"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Language    string `json:"language"`
	Direction   string `json:"direction"`
	State       string `json:"state"` // live, expired or withdrawn
	// HTML is the text as a fragment, without the title: one article element,
	// whose headings begin at level 2, ids with a prefix, addresses whole.
	HTML  string `json:"html"`
	Text  string `json:"text"`
	Owner string `json:"owner"`
	Dates struct {
		Published string `json:"published"` // 2026-10-12; empty where there is none
		Updated   string `json:"updated"`
		Reviewed  string `json:"reviewed"`
	} `json:"dates"`
	Embed  string `json:"embed"`  // address of the page for a frame
	Digest string `json:"digest"` // of HTML
}

// ErrNotLent is what [Page] returns, wrapped, for a page that is not lent.
var ErrNotLent = errors.New("is not lent")

// Page returns the page at an address of a built site, "/interviews/after/",
// for a program that shows it within a page of its own. The error wraps
// [ErrNotLent] where the site has no such page, or does not lend it.
func Page(ctx context.Context, site fs.FS, address string) (*LentPage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := path.Join(strings.Trim(strings.TrimSuffix(address, "index.html"), "/"), "index.json")
	if !fs.ValidPath(name) || hidden(name) || name == "index.json" {
		return nil, fmt.Errorf("the page %q %w", address, ErrNotLent)
	}
	b, err := fs.ReadFile(site, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the page %q %w", address, ErrNotLent)
	}
	if err != nil {
		return nil, err
	}
	p := new(LentPage)
	if err := json.Unmarshal(b, p); err != nil || p.URL == "" || p.Digest == "" {
		// A file of the site's authors that happens to be called that.
		return nil, fmt.Errorf("the page %q %w", address, ErrNotLent)
	}
	return p, nil
}
