package output

import (
	"slices"
	"strings"
)

// Which headers the forms of lent pages have. The rules name addresses by how
// deep they lie, "/:a/:b/embed/*", and not one by one: Cloudflare Pages reads
// 100 rules. Pages that only look like such forms have rules of their own after
// these, which take back what these gave.
//
// Where two rules set one header, Cloudflare Pages joins the values, and of two
// joined policies the stricter holds: so each rule first removes what "/*" has
// set ("! Name"). Netlify takes the value of the rule that says more, and tells
// that it does not understand the line that removes.

// A headerRule is a rule of _headers.
type headerRule struct {
	path    string
	headers []string
}

// lentPolicy returns the policy of pages that other sites may frame.
func (m *Maker) lentPolicy() string {
	return policy + " " + strings.Join(m.o.EmbedOrigins, " ")
}

// allowed returns the one origin that a file can name as being allowed to read
// data: the first that is no pattern, or "".
func (m *Maker) allowed() string {
	for _, o := range m.o.EmbedOrigins {
		if !strings.Contains(o, "*") {
			return o
		}
	}
	return ""
}

// lentRules returns the rules for the forms of lent pages.
func (m *Maker) lentRules(e *Env) []headerRule {
	deep := map[int]bool{}
	var alike []string
	for _, n := range e.View.Lent() {
		if m.o.lendsPage(n) {
			deep[strings.Count(string(n.ID), "/")+1] = true
		}
		if looksLent(string(n.ID)) {
			alike = append(alike, pageURL(n.ID))
		}
	}
	for _, t := range e.View.TopicTree() {
		if url := pageURL(t.ID); looksLent(string(t.ID)) && !slices.Contains(alike, url) {
			alike = append(alike, url)
		}
	}
	framed := []string{"! Content-Security-Policy", "Content-Security-Policy: " + m.lentPolicy()}
	var read []string
	if o := m.allowed(); o != "" {
		read = []string{"Access-Control-Allow-Origin: " + o}
	}
	var rules []headerRule
	levels := make([]int, 0, len(deep))
	for n := range deep {
		levels = append(levels, n)
	}
	slices.Sort(levels)
	for _, n := range levels {
		var folder strings.Builder
		for i := range n {
			folder.WriteString("/:p" + itoa(i+1))
		}
		at := folder.String() + "/"
		rules = append(rules, headerRule{at + "embed/*", framed}, headerRule{at + "card/*", framed})
		data := append([]string{"Cache-Control: " + cacheShort}, read...)
		rules = append(rules, headerRule{at + oEmbedFile, data}, headerRule{at + pageJSONFile, data})
		if len(read) > 0 {
			rules = append(rules, headerRule{at + fragmentFile, read}) // *.html has the other
		}
	}
	for _, url := range alike {
		rules = append(rules, headerRule{url, []string{"! Content-Security-Policy", "Content-Security-Policy: " + policy}})
	}
	if len(read) > 0 {
		rules = append(rules, headerRule{"/articles.json", read})
	}
	// Anybody may read the scripts, which hold nothing of the site's content.
	open := "Access-Control-Allow-Origin: *"
	return append(rules,
		headerRule{"/embed.js", []string{open, "Cache-Control: " + cacheShort}},
		headerRule{"/" + lentAssets + "*", []string{open}},
		headerRule{"/schemas/*", []string{open, "Cache-Control: " + cacheShort}},
	)
}

// looksLent reports whether the address of a page could be that of a form of
// another one.
func looksLent(id string) bool {
	last := id[strings.LastIndexByte(id, '/')+1:]
	return last != id && (last == "embed" || last == "card")
}
