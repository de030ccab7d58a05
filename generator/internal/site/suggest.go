package site

import (
	"maps"
	"math/bits"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// A suggester finds what a broken reference may have meant. Comparing one with
// every page is linear in the site, so a site with a broken link on every page
// would take quadratic time. Rejected: an index of n-grams or deletions, which
// every build would pay for and few need. Instead each list is made once and
// when first wanted, an answer is remembered, most candidates are ruled out by
// a few bits, and after so many comparisons in one build only the same name in
// another folder is offered.
type suggester struct {
	pages, titles, files, topics, facts, terms, termIDs *names
	urls                                                map[string]place // of names of pages
	spent                                               int
}

const (
	// spend bounds the work of one build, about half a second of it. A
	// comparison that goes through to its end costs full.
	spend = 20_000_000
	full  = 100
	// longest is the length in bytes of a name that is compared.
	longest = 200
)

// A place is where a suggested page is.
type place struct{ url, file string } // rooted; file is empty if nobody wrote it

// names is a list to choose from.
type names struct {
	all    []candidate
	byLast map[string][]string // by what stands after the last slash
	lasts  []candidate         // the keys of byLast, sorted; made when first wanted
	known  map[string][]string // answers given
}

// A candidate is a name and what rules it out at a glance.
type candidate struct {
	name   string
	length int // characters
	has    uint64
}

// letters returns which characters a name has, without regard to case, by
// their last six bits: each bit that only one of two names has is a change.
func letters(name string) (has uint64) {
	for _, r := range strings.ToLower(name) {
		has |= 1 << (r & 63)
	}
	return has
}

func newNames(all []string) *names {
	slices.Sort(all)
	all = slices.Compact(all)
	n := &names{all: make([]candidate, 0, len(all)), byLast: make(map[string][]string, len(all)), known: map[string][]string{}}
	for _, c := range all {
		if len(c) > longest {
			continue
		}
		n.all = append(n.all, candidate{c, utf8.RuneCountInString(c), letters(c)})
		last := c[strings.LastIndexByte(c, '/')+1:]
		n.byLast[last] = append(n.byLast[last], c)
	}
	return n
}

// nearest returns the three that were most likely meant: the same name in
// another folder, then slips of the pen, then those in another folder.
func (g *suggester) nearest(n *names, word string) []string {
	if word == "" || len(word) > longest {
		return nil
	}
	near, ok := n.known[word]
	if ok {
		return slices.Clone(near)
	}
	if last := word[strings.LastIndexByte(word, '/')+1:]; last != "" && last != "index" {
		same := n.byLast[last]
		near = append(near, same[:min(3, len(same))]...)
	}
	for _, c := range g.alike(n.all, word, word) {
		if !slices.Contains(near, c) {
			near = append(near, c)
		}
	}
	if last := word[strings.LastIndexByte(word, '/')+1:]; len(near) == 0 && last != "index" && g.spent < spend {
		if n.lasts == nil {
			for _, l := range slices.Sorted(maps.Keys(n.byLast)) {
				n.lasts = append(n.lasts, candidate{l, utf8.RuneCountInString(l), letters(l)})
			}
		}
		for _, l := range g.alike(n.lasts, last, word) {
			near = append(near, n.byLast[l]...)
		}
	}
	near = slices.Clip(near[:min(3, len(near))])
	n.known[word] = near
	return slices.Clone(near)
}

// slips returns how many slips of the pen word may have. Those of its last
// part count: a folder that two paths share does not make their names alike.
func slips(word string) int {
	length := utf8.RuneCountInString(word[strings.LastIndexByte(word, '/')+1:])
	if length <= 3 {
		return 1
	}
	return min(diag.Slips(length), 4)
}

// foreignHint returns the hint for a target that was meant as an address of
// another site, or of a person; or "".
func foreignHint(target string) string {
	target = strings.TrimSpace(target)
	host, _, _ := strings.Cut(pathOf(target), "/")
	if name, domain, ok := strings.Cut(host, "@"); ok && host == target && name != "" && strings.Contains(strings.Trim(domain, "."), ".") {
		return "write mailto:" + target + " for an e-mail address"
	}
	if len(host) > len("www.") && strings.EqualFold(host[:4], "www.") {
		return "write https://" + target + " for an address of another site"
	}
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 {
		return ""
	}
	switch strings.ToLower(host[dot+1:]) {
	case "uk", "com", "org", "net", "edu", "gov", "eu", "int", "ie", "scot", "wales", "cymru", "london", "info":
		return "write https://" + target + " for an address of another site"
	}
	return ""
}

// alike returns the three of all that are nearest to part, which is word or its
// last part.
func (g *suggester) alike(all []candidate, part, word string) []string {
	if g.spent >= spend {
		return nil
	}
	g.spent += len(all)
	length, has, limit := utf8.RuneCountInString(part), letters(part), slips(word)
	var like []string
	for i := range all {
		c := &all[i]
		if d := c.length - length; d > limit || -d > limit || bits.OnesCount64(has&^c.has) > limit || bits.OnesCount64(c.has&^has) > limit {
			continue
		}
		like = append(like, c.name)
	}
	g.spent += full * len(like)
	return diag.NearestWithin(limit, part, like, 3)
}

// pageNames are what paths may call the pages: by address, by file, by old
// addresses, and by titles, as other tools make addresses of them.
func (s *Site) pageNames() *names {
	g := &s.suggest
	if g.pages != nil {
		return g.pages
	}
	g.urls = make(map[string]place, 2*len(s.entries))
	all := make([]string, 0, 2*len(s.entries))
	offer := func(name string, p place) {
		if _, ok := g.urls[name]; name != "" && !ok {
			g.urls[name] = p
			all = append(all, name)
		}
	}
	for i := range s.entries {
		e := &s.entries[i]
		offer(string(e.ID), place{e.ID.URL(), strings.TrimPrefix(e.File, "content")})
	}
	for i := range s.entries {
		e := &s.entries[i]
		offer(strings.TrimSuffix(strings.TrimPrefix(e.File, "content/"), ".md"), place{e.ID.URL(), strings.TrimPrefix(e.File, "content")})
	}
	for i := range s.entries {
		e := &s.entries[i]
		for _, old := range e.Aliases {
			offer(strings.Trim(old.Text, "/"), place{e.ID.URL(), strings.TrimPrefix(e.File, "content")})
		}
	}
	for _, slug := range s.slugs() {
		offer("topics/"+slug, place{url: "/topics/" + slug + "/"})
	}
	offer("topics", place{url: "/topics/"})
	offer("a-z", place{url: "/a-z/"})
	g.pages = newNames(all)
	// A title's is compared where no path is alike.
	for i := range s.entries {
		e := &s.entries[i]
		slug, own := content.Slugify(e.Title), string(e.ID)
		if own == "" { // the home page, which no path is like
			g.urls[own] = place{e.ID.URL(), strings.TrimPrefix(e.File, "content")}
		}
		if slug != "" && slug != own[strings.LastIndexByte(own, '/')+1:] && len(own) <= longest {
			g.pages.byLast[slug] = append(g.pages.byLast[slug], own)
		}
	}
	return g.pages
}

// nearestPages suggests pages for r on e, in the form in which r is written.
func (s *Site) nearestPages(r *content.Ref, e *Entry) []string {
	word := strings.Trim(r.Key, "/")
	md := scheme(r) == schemeSource
	if md && (word == "" || strings.HasSuffix(pathOf(r.Target), "/index.md")) {
		word = strings.Trim(word+"/index", "/")
	}
	var near []string
	for _, name := range s.suggest.nearest(s.pageNames(), word) {
		p := s.suggest.urls[name]
		to := p.url
		if md && p.file != "" {
			to = p.file
		}
		if w := writeLike(r, e, to); !slices.Contains(near, w) {
			near = append(near, w)
		}
	}
	return near
}

// nearestNames suggests what a wikilink may name.
func (s *Site) nearestNames(key string) []string {
	if s.suggest.titles == nil {
		titles := make([]string, 0, len(s.called().byTitle))
		for _, m := range s.called().byTitle {
			titles = append(titles, m[0].Title)
		}
		s.suggest.titles = newNames(titles)
	}
	paths := func() []string {
		near := s.suggest.nearest(s.pageNames(), key)
		for i, name := range near {
			near[i] = strings.Trim(s.suggest.urls[name].url, "/") // not by an old address
		}
		near = slices.DeleteFunc(near, func(name string) bool { return name == "" }) // home has no path
		return slices.Compact(near)
	}
	if strings.Contains(key, "/") {
		if near := paths(); len(near) > 0 {
			return near
		}
	}
	if near := s.suggest.nearest(s.suggest.titles, key); len(near) > 0 {
		return near
	}
	return paths()
}

// nearestTopics suggests topics by their slugs.
func (s *Site) nearestTopics(slug string) []string {
	if s.suggest.topics == nil {
		s.suggest.topics = newNames(s.slugs())
	}
	return s.suggest.nearest(s.suggest.topics, slug)
}

// nearestFiles suggests files of content/ for r on e.
func (s *Site) nearestFiles(r *content.Ref, e *Entry) []string {
	if s.suggest.files == nil {
		files := make([]string, 0, len(s.files))
		for f := range s.files {
			files = append(files, f)
		}
		s.suggest.files = newNames(files)
	}
	var near []string
	// "template.html" is often the page template.md, as other tools call it.
	if ext := path.Ext(r.Key); r.Use != content.UseImage && ext != "" {
		id, _ := content.FileID("content" + strings.TrimSuffix(r.Key, ext) + ".md")
		if d, ok := s.page(id.URL()); ok && d.entry != nil {
			near = append(near, writeLike(r, e, strings.TrimPrefix(d.entry.File, "content")))
		}
	}
	for _, f := range s.suggest.nearest(s.suggest.files, r.Key) {
		near = append(near, writeLike(r, e, f))
	}
	return near[:min(3, len(near))]
}

// nearestIDs suggests places in a page.
func (s *Site) nearestIDs(to *Entry, fragment string) []string {
	if s.suggest.spent >= spend || len(fragment) > longest {
		return nil
	}
	s.suggest.spent += full * len(to.IDs)
	return diag.Nearest(fragment, to.IDs, 3)
}
