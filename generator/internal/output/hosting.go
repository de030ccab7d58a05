package output

import (
	"strings"

	"guidepost/generator/internal/content"
)

// _redirects and _headers are read by Netlify, Cloudflare Pages and others.
// Where two rules of _headers match one address, some of them join the values
// of a header and some take one: so no two rules here set the same header for
// the same address, but for the policy of pictures, where joining is meant.

// robots returns robots.txt: everything may be read.
func (m *Maker) robots() []byte {
	s := "User-agent: *\nDisallow:\n"
	if m.o.BaseURL != "" {
		s += "\nSitemap: " + m.o.BaseURL + "/sitemap.xml\n"
	}
	return []byte(s)
}

// redirects returns the old addresses, a line each: "/old/ /new/ 301". What the
// plan refuses, an alias that is or hides a page, is left out: some servers
// would follow it before they look for the page, for ever.
func (m *Maker) redirects(e *Env) []byte {
	var b strings.Builder
	seen := map[string]bool{}
	for _, r := range e.View.Redirects() {
		path, why := aliasPath(r.From)
		if why != "" {
			continue
		}
		key := content.FoldKey(path)
		page := content.ID(strings.TrimSuffix(strings.TrimSuffix(path, "index.html"), "/"))
		if seen[key] || key == content.FoldKey(file(r.To)) || e.View.Entry(page) != nil {
			continue
		}
		seen[key] = true
		b.WriteString(m.redirectLine(r.From, r.To))
	}
	return []byte(b.String())
}

// redirectLine returns the line for an alias that aliasPath has found good.
func (m *Maker) redirectLine(from string, to content.ID) string {
	path, _ := fileAt(from)
	return m.prefix + content.EscapePath("/"+path) + " " + m.prefix + pageURL(to) + " 301\n"
}

// Nothing but what the site itself serves runs or styles a page; pictures may
// come from elsewhere, and the style sheet may hold small ones.
const policy = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"

const (
	cacheShort   = "public, max-age=0, must-revalidate"
	cacheForever = "public, max-age=31536000, immutable"
)

// headers returns the headers that a server is to send with the site.
func (m *Maker) headers(e *Env) []byte {
	var b strings.Builder
	rule := func(path string, headers ...string) {
		b.WriteString(m.prefix + path + "\n")
		for _, h := range headers {
			b.WriteString("  " + h + "\n")
		}
	}
	rule("/*",
		"Content-Security-Policy: "+policy,
		"X-Content-Type-Options: nosniff",
		"Referrer-Policy: strict-origin-when-cross-origin",
		"Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	)
	// A picture of this kind can hold scripts, which would run if it were
	// opened by itself.
	rule("/*.svg", "Content-Security-Policy: script-src 'none'; sandbox")
	rule("/assets/*", "Cache-Control: "+cacheForever)
	short := []string{"/", "/*/", "/*.html", "/articles.json"}
	if m.o.BaseURL != "" {
		short = append(short, "/*/feed.xml", "/feed.xml", "/feed.json", "/sitemap.xml")
	}
	for _, path := range short {
		rule(path, "Cache-Control: "+cacheShort)
	}
	if m.o.lends() {
		for _, r := range m.lentRules(e) {
			rule(r.path, r.headers...)
		}
	}
	return []byte(b.String())
}
