package site

import (
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
	pages, titles, files, topics *names
	urls                         map[string]place // of names of pages
	spent                        int
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
// another folder, then slips of the pen.
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
	if g.spent < spend {
		g.spent += len(n.all)
		length, has := utf8.RuneCountInString(word), letters(word)
		limit := diag.Slips(length)
		var like []string
		for i := range n.all {
			c := &n.all[i]
			if d := c.length - length; d > limit || -d > limit || bits.OnesCount64(has&^c.has) > limit || bits.OnesCount64(c.has&^has) > limit {
				continue
			}
			like = append(like, c.name)
		}
		g.spent += full * len(like)
		for _, c := range diag.Nearest(word, like, 3) {
			if !slices.Contains(near, c) {
				near = append(near, c)
			}
		}
	}
	near = slices.Clip(near[:min(3, len(near))])
	n.known[word] = near
	return slices.Clone(near)
}

// pageNames are what paths may call the pages: by address and by file.
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
	for _, slug := range s.slugs() {
		offer("topics/"+slug, place{url: "/topics/" + slug + "/"})
	}
	offer("topics", place{url: "/topics/"})
	offer("a-z", place{url: "/a-z/"})
	g.pages = newNames(all)
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
	if strings.Contains(key, "/") {
		if near := s.suggest.nearest(s.pageNames(), key); len(near) > 0 {
			return near
		}
	}
	if near := s.suggest.nearest(s.suggest.titles, key); len(near) > 0 {
		return near
	}
	return s.suggest.nearest(s.pageNames(), key)
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
