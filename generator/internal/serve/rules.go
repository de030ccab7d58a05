package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// rules are what _headers and _redirects say: the preview does as a host does
// that reads them.
type rules struct {
	headers   []headerRule
	redirects map[string]redirect
}

type headerRule struct {
	pattern string
	headers [][2]string
}

type redirect struct {
	to   string
	code int
}

func readRules(files fs.FS, prefix string) *rules {
	r := &rules{redirects: map[string]redirect{}}
	b, _ := fs.ReadFile(files, "_headers")
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimSpace(line)
		switch name, value, ok := strings.Cut(text, ":"); {
		case text == "" || text[0] == '#':
		case line[0] == '/':
			r.headers = append(r.headers, headerRule{pattern: text})
		case ok && len(r.headers) > 0:
			last := &r.headers[len(r.headers)-1]
			last.headers = append(last.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	b, _ = fs.ReadFile(files, "_redirects")
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0][0] != '/' {
			continue
		}
		d := redirect{f[1], http.StatusMovedPermanently}
		if len(f) > 2 {
			if n, err := strconv.Atoi(strings.TrimSuffix(f[2], "!")); err == nil && n >= 300 && n < 400 {
				d.code = n
			}
		}
		if from, err := url.PathUnescape(f[0]); err == nil {
			if _, twice := r.redirects[from]; !twice {
				r.redirects[from] = d
			}
		}
	}
	return r
}

// redirect returns where an old address leads, with or without a slash or
// index.html at its end.
func (r *rules) redirect(path string) (to string, code int) {
	for _, p := range []string{path, path + "/", strings.TrimSuffix(path, "index.html"), strings.TrimSuffix(path, "/")} {
		if d, ok := r.redirects[p]; ok {
			return d.to, d.code
		}
	}
	return "", 0
}

// setHeaders sets the headers for path. Of two rules for the same header the
// later one counts.
func (r *rules) setHeaders(h http.Header, path string) {
	for _, rule := range r.headers {
		if !matches(rule.pattern, path) {
			continue
		}
		for _, kv := range rule.headers {
			h.Set(kv[0], kv[1])
		}
	}
}

// matches reports whether a pattern with any number of * covers path. A part
// that begins with a colon, ":name", stands for any one.
func matches(pattern, path string) bool {
	if first, rest, ok := strings.Cut(pattern, "/:"); ok && !strings.Contains(first, "*") {
		path, ok = strings.CutPrefix(path, first+"/")
		name, part := strings.IndexByte(rest+"/", '/'), strings.IndexByte(path+"/", '/')
		return ok && part > 0 && matches(rest[name:], path[part:])
	}
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	if len(parts) == 1 {
		return pattern == path
	}
	path = path[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(path, part)
		if i < 0 {
			return false
		}
		path = path[i+len(part):]
	}
	return strings.HasSuffix(path, parts[len(parts)-1])
}

// tag is the ETag of a page, without what the preview adds.
func tag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// mostTagged is the size of a file beyond which it has no ETag.
const mostTagged = 4 << 20

// digestOf is the ETag of a file, and "" of one that is too large for it.
func digestOf(f io.ReadSeeker) string {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil || size > mostTagged {
		return ""
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	if _, serr := f.Seek(0, io.SeekStart); err != nil || serr != nil {
		return ""
	}
	return `"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
}
