package site

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// own are the pages and files that every site has, though nobody wrote them.
func (s *Site) own(url string) (title string, ok bool) {
	switch url {
	case "/":
		return "Home", true
	case "/topics/":
		return "Topics", true
	case glossaryURL:
		if len(s.glossary.terms) > 0 {
			return "Glossary", true
		}
	case "/a-z/":
		return "A to Z", true
	case "/map/":
		return "Map", s.o.Map
	case "/articles.json", "/404.html", "/robots.txt":
		return url, true
	case "/feed.xml", "/feed.json", "/sitemap.xml":
		return url, s.o.HasBase
	}
	if slug, found := strings.CutPrefix(url, "/topics/"); found {
		if slug, file, _ := strings.Cut(slug, "/"); s.topics[slug] != nil {
			return s.topics[slug].Title, file == "" || file == "feed.xml" && s.o.HasBase
		}
	}
	if g := s.printed(url); g != nil {
		return g.Page.Title, true
	}
	return "", false
}

// A destination is what a key leads to.
type destination struct {
	url      string // rooted, not escaped
	fragment string // of the place there, or empty
	title    string
	entry    *Entry // nil if nobody wrote the page
	many     []*Entry
	whole    bool // the # of a wikilink belongs to the title and begins no fragment
}

// page returns what stands at a rooted address, "/cv/template/".
func (s *Site) page(url string) (destination, bool) {
	id := idOf(url)
	e := s.byID[id]
	if e == nil {
		e = s.byFile[id]
	}
	if e == nil {
		if title, ok := s.own(url); ok {
			return destination{url: url, title: title}, true
		}
		e = s.byAlias[url]
	}
	if e == nil {
		return destination{}, false
	}
	return destination{url: e.ID.URL(), title: e.Title, entry: e}, true
}

// schemeSource is that of a reference to a page by its file, "template.md".
// It differs from SchemePage where slugs give one file the address that
// another's path would have.
const schemeSource = content.SchemeExternal + 1

// scheme returns by which scheme r's keys are looked up.
func scheme(r *content.Ref) content.Scheme {
	if r.Scheme == content.SchemePage && strings.HasSuffix(pathOf(r.Target), ".md") {
		return schemeSource
	}
	return r.Scheme
}

// find returns what a key of a scheme leads to.
func (s *Site) find(scheme content.Scheme, key string) (destination, bool) {
	switch scheme {
	case content.SchemePage:
		return s.page(key)
	case schemeSource:
		if e := s.byFile[idOf(key)]; e != nil {
			return destination{url: e.ID.URL(), title: e.Title, entry: e}, true
		}
		return s.page(key)
	case content.SchemeFile:
		if s.files[key] {
			return destination{url: key, title: key[strings.LastIndexByte(key, '/')+1:]}, true
		}
		if title, ok := s.own(key); ok {
			return destination{url: key, title: title}, true
		}
		if e := s.byAlias[key]; e != nil {
			return destination{url: e.ID.URL(), title: e.Title, entry: e}, true
		}
		// Another tool published /cv/template.html from cv/template.md.
		if page, ok := strings.CutSuffix(key, ".html"); ok {
			if page = strings.TrimSuffix(page, "/index"); page == "" {
				return s.page("/")
			}
			return s.page(page + "/")
		}
	case content.SchemeTitle:
		if e := s.called().byPath[strings.Trim(key, "/")]; e != nil {
			return destination{url: e.ID.URL(), title: e.Title, entry: e}, true
		}
		if m := s.called().byTitle[key]; len(m) > 0 {
			return destination{url: m[0].ID.URL(), title: m[0].Title, entry: m[0], many: m}, true
		}
		if t := s.topics[key]; t != nil {
			return destination{url: t.ID.URL(), title: t.Title, entry: t.Page}, true
		}
		// [[cv/index]] is written as its file is named.
		if dir, ok := strings.CutSuffix("/"+key, "/index"); ok {
			if e := s.called().byPath[strings.Trim(dir, "/")]; e != nil {
				return destination{url: e.ID.URL(), title: e.Title, entry: e}, true
			}
		}
		if key == "a to z" {
			key = "a-z"
		}
		return s.page("/" + key + "/")
	case content.SchemeTopic:
		if t := s.topics[key]; t != nil {
			return destination{url: t.ID.URL(), title: t.Title, entry: t.Page}, true
		}
	case content.SchemeTerm:
		if t := s.glossary.find(key); t != nil {
			return destination{url: glossaryURL, fragment: t.ID, title: t.Name}, true
		}
	case content.SchemeFact:
		if f := s.facts.known[key]; f != nil {
			return destination{title: f.Value}, true
		}
	}
	return destination{}, false
}

// keys returns the keys of r in the order in which they are tried; the second
// may be empty. whole says that the first has in it what else is the fragment.
func keys(r *content.Ref) (first, second string, whole bool) {
	if r.Scheme == content.SchemeTitle && r.Alt != "" {
		return r.Alt, r.Key, true
	}
	return r.Key, r.Alt, false
}

// seek is find for a reference: what it names, or, failing that, its second key.
func (s *Site) seek(r *content.Ref) (destination, bool) {
	first, second, whole := keys(r)
	d, ok := s.find(scheme(r), first)
	if ok {
		d.whole = whole
	} else if second != "" {
		d, ok = s.find(scheme(r), second)
	}
	return d, ok
}

// A link is a reference from one page to another, both by index in entries.
type link struct {
	from, to int32
	ref      int32 // index in the Refs of from
}

// A trouble is a reference to be told of.
type trouble struct {
	from, ref int32 // index in entries, in its Refs
	to        destination
	found     bool
}

// resolveAll looks up every reference of every page, tells those that lead
// nowhere, and gathers the back links. It returns the links between pages.
//
// References are looked up in parallel and told afterwards, in order: how much
// work suggestions may take is counted over all of them.
func (s *Site) resolveAll(diags *diag.List) []link {
	const size = 512 // entries in a part
	parts := make([]struct {
		links    []link
		troubles []trouble
	}, (len(s.entries)+size-1)/size)
	inParts(len(s.entries), size, func(from, to int) {
		for i := from; i < to; i++ {
			part := &parts[i/size]
			part.links, part.troubles = s.resolve(int32(i), part.links, part.troubles)
		}
	})
	total := 0
	shared := map[string]map[content.Value]bool{} // told of each _defaults.yaml, whose references many pages share
	for i := range parts {
		total += len(parts[i].links)
		for _, t := range parts[i].troubles {
			e := &s.entries[t.from]
			if r := &e.Refs[t.ref]; r.File != "" {
				at := content.Value{Text: r.Target, Place: content.Place{Line: r.Line, Col: r.Col}}
				if shared[r.File] == nil {
					shared[r.File] = map[content.Value]bool{}
				}
				if shared[r.File][at] {
					continue
				}
				shared[r.File][at] = true
			}
			s.tell(diags, t)
		}
	}
	links := make([]link, 0, total)
	count := make([]int32, len(s.entries)) // of pages that link to each
	last := make([]int32, len(s.entries))  // the one before, and one more
	counts := func(l link) bool {
		// Pages come one after the other, so a second link from a page is next to its first.
		if !s.entries[l.from].Listed() || last[l.to] == l.from+1 {
			return false
		}
		last[l.to] = l.from + 1
		return true
	}
	for i := range parts {
		for _, l := range parts[i].links {
			if counts(l) {
				count[l.to]++
			}
		}
		links = append(links, parts[i].links...)
	}
	room := 0
	for _, n := range count {
		room += int(n)
	}
	all := make([]backlink, room)
	s.back = make([][]backlink, len(s.entries))
	for i, n := range count {
		s.back[i], all = all[:0:n], all[n:]
	}
	clear(last)
	for _, l := range links {
		b := backlink{l.from, l.ref, s.rank(l)}
		if counts(l) {
			s.back[l.to] = append(s.back[l.to], b)
		} else if n := len(s.back[l.to]); n > 0 && s.back[l.to][n-1].from == l.from && s.back[l.to][n-1].rank < b.rank {
			s.back[l.to][n-1] = b
		}
	}
	inParts(len(s.back), 256, func(from, to int) {
		for _, l := range s.back[from:to] {
			slices.SortFunc(l, func(a, b backlink) int {
				return cmp.Or(cmp.Compare(b.rank, a.rank), byTitle(&s.entries[a.from], &s.entries[b.from]))
			})
		}
	})
	for _, v := range s.o.Navigation {
		if _, ok := s.page(v.Text); ok || s.files[v.Text] {
			continue
		}
		if why := s.absent.pages[idOf(v.Text)]; why != "" {
			// It comes into the menu with the page, which may be scheduled.
			d := diags.Warnf(diag.Pos{File: "content/site.yaml", Line: v.Line, Col: v.Col}, "broken-link", "the page at %q is not published, so it is not in the menu: %s", v.Text, why)
			d.EndCol, d.Hint = v.EndCol, "publish that page too, or take it out of the navigation"
			continue
		}
		d := diags.Errorf(diag.Pos{File: "content/site.yaml", Line: v.Line, Col: v.Col}, "broken-link", "no page at %q", v.Text)
		d.EndCol = v.EndCol
		r := content.Ref{Ref: markdown.Ref{Target: v.Text}, Key: v.Text}
		d.Hint = diag.DidYouMean(s.nearestPages(&r, nil), "name a page by its address: /interviews/")
	}
	return links
}

// inParts calls do for parts of n things, each a multiple of least but the last,
// where no part needs another.
func inParts(n, least int, do func(from, to int)) {
	workers := max(1, min(runtime.GOMAXPROCS(0), n/least))
	each := ((n+workers-1)/workers + least - 1) / least * least
	var wg sync.WaitGroup
	for from := 0; from < n; from += each {
		wg.Go(func() { do(from, min(from+each, n)) })
	}
	wg.Wait()
}

// resolve looks up the references of one page.
func (s *Site) resolve(at int32, links []link, troubles []trouble) ([]link, []trouble) {
	e := &s.entries[at]
	// In drafts and pages out of date a broken link is as bad.
	for k := range e.Refs {
		r := &e.Refs[k]
		if r.Scheme == content.SchemeNone || r.Scheme == content.SchemeExternal {
			continue // told when it was parsed, or not ours
		}
		d, ok := s.seek(r)
		if !ok {
			if !s.allowed(r) {
				troubles = append(troubles, trouble{at, int32(k), d, false})
			}
			continue
		}
		if d.entry != nil && d.entry.State != Live && stales(e, r) || len(d.many) > 1 || d.entry != nil && !d.whole && !s.hasPlace(r, d.entry) || r.Scheme == content.SchemeFact && s.facts.overdue(r.Key) || s.noTerm(r, &d) {
			troubles = append(troubles, trouble{at, int32(k), d, true})
		}
		if d.entry == nil || d.entry == e || r.Use == content.UseTopic || r.Use == content.UseParent {
			continue
		}
		links = append(links, link{at, d.entry.at, int32(k)})
	}
	return links, troubles
}

// tell tells what is wrong with a reference.
func (s *Site) tell(diags *diag.List, t trouble) {
	e := &s.entries[t.from]
	r, d := &e.Refs[t.ref], t.to
	if !t.found {
		s.broken(diags, e, r)
		return
	}
	if r.Scheme == content.SchemeFact {
		s.facts.tellOverdue(diags, pos(e, r), r)
	}
	if s.noTerm(r, &d) {
		s.tellNoTerm(diags, pos(e, r), r)
	}
	if d.entry != nil && d.entry.State != Live && stales(e, r) {
		s.stale(diags, e, r, d.entry)
	}
	if len(d.many) > 1 {
		w := diags.Warnf(pos(e, r), "ambiguous-link", "%d pages are called %q", len(d.many), d.title)
		w.EndCol, w.Hint = r.EndCol, "link by path: [["+string(d.many[0].ID)+"]] or [["+string(d.many[1].ID)+"]]"
	}
	if d.entry != nil && !d.whole && !s.hasPlace(r, d.entry) {
		s.noPlace(diags, e, r, d.entry)
	}
}

// stales reports whether r leads readers of a page that holds on to its target.
// Parts and steps are told with their guide or journey.
func stales(e *Entry, r *content.Ref) bool {
	switch r.Use {
	case content.UseBody, content.UseRelated, content.UseAction, content.UseReplacement:
		return e.State == Live
	}
	return false
}

func byTitle(a, b *Entry) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.ID, b.ID))
}

// pos returns where r stands: in e's file, or in the _defaults.yaml above it.
func pos(e *Entry, r *content.Ref) diag.Pos {
	return diag.Pos{File: cmp.Or(r.File, e.File), Line: r.Line, Col: r.Col}
}

// allowed reports whether settings say that r's address is not checked.
func (s *Site) allowed(r *content.Ref) bool {
	if r.Scheme != content.SchemePage && r.Scheme != content.SchemeFile {
		return false
	}
	for _, p := range s.o.AllowLinks {
		if matches(p, r.Key) || r.Alt != "" && matches(p, r.Alt) || matches(p, strings.TrimSuffix(r.Key, "/")) {
			return true
		}
	}
	return false
}

// matches reports whether s fits the pattern, in which * is any run of
// characters. Its time is linear in pattern and s together for one star, and
// never more than their product.
func matches(pattern, s string) bool {
	star, mark, p, i := -1, 0, 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// broken tells a reference that leads nowhere.
func (s *Site) broken(diags *diag.List, e *Entry, r *content.Ref) {
	add := func(rule, format string, args ...any) *diag.Diag {
		d := diags.Errorf(pos(e, r), rule, format, args...)
		d.EndCol = r.EndCol
		return d
	}
	const together = "publish that page too, or take the link away"
	switch r.Scheme {
	case content.SchemeTopic:
		if r.Use == content.UseTopic && s.o.TopicsOpen {
			return
		}
		d := add("unknown-topic", "no topic is called %q", shorten(r.Key))
		if why := s.absent.pages[content.ID("topics/"+r.Key)]; why != "" {
			d.Message, d.Hint = fmt.Sprintf("the topic %q is not published: %s", r.Key, why), together
			return
		}
		fallback := "write content/topics/" + r.Key + ".md"
		if !s.o.TopicsOpen {
			fallback += ", or set topics: open in site.yaml"
		}
		d.Hint = diag.DidYouMean(s.nearestTopics(r.Key), fallback)
	case content.SchemeTerm:
		s.unknownTerm(diags, pos(e, r), r)
	case content.SchemeFact:
		s.unknownFact(diags, pos(e, r), r)
	case content.SchemeTitle:
		d := add("broken-link", "no page is called %q", shorten(r.Target))
		why := s.absent.names[r.Key]
		if r.Alt != "" && s.absent.names[r.Alt] != "" {
			why = s.absent.names[r.Alt]
		}
		if why != "" {
			d.Message, d.Hint = fmt.Sprintf("the page %q is not published: %s", shorten(r.Target), why), together
			return
		}
		near := s.nearestNames(r.Key)
		for i := range near {
			near[i] = "[[" + near[i] + "]]"
		}
		d.Hint = diag.DidYouMean(near, "link by the page's title or path: [[cv/template]]")
	case content.SchemeFile:
		what := "file"
		if r.Kind == markdown.RefImage || r.Use == content.UseImage {
			what = "picture"
		}
		d := add("broken-link", "no %s at %q", what, shorten(r.Target))
		if why := s.absent.pages[idOf(r.Key)]; why != "" {
			d.Message, d.Hint = fmt.Sprintf("the page at %q is not published: %s", shorten(r.Target), why), together
			return
		}
		if d.Hint = foreignHint(r.Target); d.Hint != "" {
			return
		}
		d.Hint = diag.DidYouMean(s.nearestFiles(r, e), "put the file into content"+shorten(r.Key))
	default:
		d := add("broken-link", "no page at %q", shorten(r.Target))
		for _, key := range [...]string{r.Key, r.Alt} {
			if why := s.absent.pages[idOf(key)]; why != "" && key != "" {
				d.Message, d.Hint = fmt.Sprintf("the page at %q is not published: %s", shorten(r.Target), why), together
				return
			}
		}
		if d.Hint = foreignHint(r.Target); d.Hint != "" {
			return
		}
		d.Hint = diag.DidYouMean(s.nearestPages(r, e), "check the path; links.allow in site.yaml names addresses that another system serves")
	}
}

// shorten keeps a message to one line.
func shorten(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return s
}

func pathOf(target string) string {
	p, _, _ := strings.Cut(target, "#")
	p, _, _ = strings.Cut(p, "?")
	return p
}

// writeLike writes the path of a file of content/ or a page's rooted address
// the way r is written: from the root or as seen from e's file, with a slash at
// its end or not.
func writeLike(r *content.Ref, e *Entry, path string) string {
	target := pathOf(r.Target)
	if !strings.HasSuffix(target, "/") && !strings.HasSuffix(target, ".md") && len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if !strings.HasPrefix(target, "/") {
		path = relative(e, path)
	}
	return escapeWritten(path)
}

// relative writes the rooted path as seen from the folder of e's file.
func relative(e *Entry, path string) string {
	dir := strings.Split(strings.TrimPrefix(e.File, "content/"), "/")
	dir = dir[:len(dir)-1]
	to := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for len(dir) > 0 && len(to) > 1 && dir[0] == to[0] {
		dir, to = dir[1:], to[1:]
	}
	if rel := strings.Repeat("../", len(dir)) + strings.Join(to, "/"); rel != "" {
		return rel
	}
	return "./"
}

// escapeWritten escapes in a path what would end it in Markdown or an address.
func escapeWritten(path string) string {
	if !strings.ContainsAny(path, " #?%()<>") {
		return path
	}
	return strings.NewReplacer(" ", "%20", "#", "%23", "?", "%3F", "%", "%25", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E").Replace(path)
}

// hasPlace reports whether the page to has the place that r's fragment names.
func (s *Site) hasPlace(r *content.Ref, to *Entry) bool {
	f := r.Fragment
	if f == "" || f == "top" || strings.HasPrefix(f, ":~:") || to.ID == "glossary" && s.glossary.hasPlace(f) {
		return true
	}
	if _, ok := slices.BinarySearch(to.IDs, f); ok || to.Kind == content.Home || to.Held {
		return true
	}
	if r.Kind == markdown.RefWiki {
		// [[Page#Heading]] may name the heading as it is written.
		_, ok := s.heading(to, f)
		return ok
	}
	return false
}

// noPlace tells a fragment that is not on its page.
func (s *Site) noPlace(diags *diag.List, e *Entry, r *content.Ref, to *Entry) {
	f := r.Fragment
	d := diags.Errorf(pos(e, r), "broken-fragment", "the page %s has no place called %q", to.ID.URL(), shorten("#"+f))
	d.EndCol = r.EndCol
	near := s.nearestIDs(to, f)
	if len(near) == 0 {
		for _, h := range to.Headings[:min(3, len(to.Headings))] {
			near = append(near, h.ID)
		}
	}
	for i := range near {
		near[i] = "#" + near[i]
	}
	d.Hint = diag.DidYouMean(near, "the page has no headings: take the fragment away")
}

// headings are the ids of headings by folded text, of the pages whose headings
// links name: a page may hold thousands, and as many links to them.
type headings struct {
	mu  sync.Mutex
	ids map[*Entry]map[string]string
}

// heading returns the id of the first heading of e that has the given text.
func (s *Site) heading(e *Entry, text string) (id string, ok bool) {
	s.headings.mu.Lock()
	defer s.headings.mu.Unlock()
	ids := s.headings.ids[e]
	if ids == nil {
		ids = make(map[string]string, len(e.Headings))
		for i := range e.Headings {
			h := &e.Headings[i]
			if key := foldTitle(h.Text); ids[key] == "" {
				ids[key] = h.ID
			}
		}
		if s.headings.ids == nil {
			s.headings.ids = map[*Entry]map[string]string{}
		}
		s.headings.ids[e] = ids
	}
	id, ok = ids[foldTitle(text)]
	return id, ok
}

// escapeQuery makes a query, as written, fit for an address: what must not
// stand there is percent-encoded, escapes that are there stay.
func escapeQuery(q string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(q); i++ {
		c := q[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}'#", rune(c)) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
