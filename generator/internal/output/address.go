package output

import (
	"net/url"
	"strings"

	"guidepost/generator/internal/content"
)

// Addresses have three forms here. A rooted one, "/cv/template/", escaped, is
// what the site gives and what the code passes about. On its way into a page
// href turns it into what that page is to hold; abs into a whole one.
//
// Relative addresses go up to the root and down again, "../../cv/index.html",
// also where two pages share a folder: so all pages of one depth hold the same
// header, cards and head, and these are made once.

// A place is a page, as seen by the addresses that it holds.
type place struct {
	url   string // rooted and escaped
	up    string // from the page's folder to the root: "../../"; empty unless addresses are relative
	whole bool   // addresses are absolute: the page is shown at addresses that are not its own
	// sections has the pages that are parts of this one, and where in it they
	// begin: only while their text is put into a printable whole.
	sections map[string]string
	// bare says that the text goes where no style sheet of ours is: definitions of
	// terms do not open in it.
	bare bool
	// lent has the pages that a lent page, framed, may lead to in its frame.
	lent map[string]bool
}

// placeOf returns the place of the page at path in public/.
func (m *Maker) placeOf(path string) place {
	at := place{url: content.EscapePath("/" + strings.TrimSuffix(path, "index.html"))}
	if m.o.Relative {
		at.up = strings.Repeat("../", strings.Count(path, "/"))
	}
	return at
}

// href returns the address url, rooted or whole, as the page at writes it.
func (m *Maker) href(at place, url string) string {
	if !rooted(url) {
		return url
	}
	if at.sections != nil {
		if here, ok := at.section(url); ok {
			return here
		}
	}
	if rest, ok := strings.CutPrefix(url, at.url); ok && len(rest) > 1 && rest[0] == '#' {
		return rest
	}
	if at.lent != nil {
		if page := path(url); at.lent[page] {
			url = page + "embed/" + url[len(page):]
		}
	}
	if at.whole && m.o.BaseURL != "" {
		return m.o.BaseURL + url
	}
	if !m.o.Relative {
		return m.prefix + url
	}
	file := path(url)
	path, tail := file[1:], url[len(file):]
	if path == "" || path[len(path)-1] == '/' {
		path += "index.html"
	}
	if first, _, _ := strings.Cut(path, "/"); at.up == "" && strings.Contains(first, ":") {
		path = "./" + path // or it would be a scheme
	}
	return at.up + path + tail
}

// abs returns url as a whole address, or "" if the site has no base.
func (m *Maker) abs(url string) string {
	switch {
	case !rooted(url):
		if web(url) {
			return url
		}
		return ""
	case m.o.BaseURL == "":
		return ""
	}
	return m.o.BaseURL + url
}

func rooted(url string) bool {
	return url != "" && url[0] == '/' && (len(url) == 1 || url[1] != '/' && url[1] != '\\')
}

func web(url string) bool {
	return hasScheme(url, "https://") || hasScheme(url, "http://")
}

func hasScheme(url, scheme string) bool {
	return len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme)
}

// safeURL returns an address that somebody wrote, if it may be put into a page:
// a rooted one or a whole one of a scheme that runs nothing. All others are "".
func safeURL(s string) string {
	s = strings.TrimSpace(s)
	if !rooted(s) && !web(s) && !hasScheme(s, "mailto:") && !hasScheme(s, "tel:") {
		return ""
	}
	// A browser drops tabs and line breaks and takes \ for /, and so might see
	// another address than the one that was checked.
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return ""
	}
	return escapeURL(s)
}

// escapeURL percent-encodes what may stand in no address, and leaves escapes
// as they are.
func escapeURL(s string) string {
	bad := func(c byte) bool { return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 }
	i := 0
	for i < len(s) && !bad(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := append(make([]byte, 0, len(s)+16), s[:i]...)
	for ; i < len(s); i++ {
		if c := s[i]; bad(c) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func pageURL(id content.ID) string   { return content.EscapePath(id.URL()) }
func topicURL(slug string) string    { return content.EscapePath("/topics/" + slug + "/") }
func letterURL(letter string) string { return content.EscapePath("/a-z/" + letter + "/") }
func listURL(first string, n int) string {
	return "/" + strings.TrimSuffix(listPath(strings.TrimPrefix(first, "/"), n), "index.html")
}

// listPath returns the file of the nth page of the list whose first page lies
// in the folder first, which ends in a slash.
func listPath(first string, n int) string {
	if n <= 1 {
		return first + "index.html"
	}
	return first + "page/" + itoa(n) + "/index.html"
}

// Prefix returns the path at which the site lies on its server: "/guidance".
func (o Options) Prefix() string { return pathOf(o.BaseURL) }

// pathOf returns the path of base, where a site lies below the root of its
// host: "/guidance" of "https://example.org/guidance".
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}
