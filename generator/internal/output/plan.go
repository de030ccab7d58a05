package output

import (
	"net/url"
	"slices"
	"strings"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// The paths of a plan are compared before anything is made. Rejected: to find
// clashes where files are written. Then the order of writing decides which of
// two pages is lost, and a case-insensitive disk decides otherwise than the
// server does.

// sitemapSize is how many addresses a sitemap may hold, by its protocol.
const sitemapSize = 50_000

// Plan lists every file that the site will hold, in order of Path. files are
// those of content/ that are published as they lie, with or without "content/".
//
// Two that want one path, compared in normal form C and with case folded, are
// an error that names both; so are a file where another needs a folder, an
// alias that hides a page and a path that not every system can hold.
func Plan(o Options, out Outline, files []string, assets []*asset.File) ([]Job, diag.List) {
	p := planner{o: o, out: out, taken: map[string]claim{}}
	p.pages()
	p.maps()
	p.lists()
	p.lent()
	p.rest()
	for _, f := range assets {
		if strings.HasPrefix(f.Path, lentAssets) && !p.o.lends() {
			continue
		}
		p.add(Job{Path: f.Path, Kind: JobAsset, Arg: assetName(f.Path)}, claim{what: "layouts/" + "assets/" + assetName(f.Path)})
	}
	for _, f := range files {
		path := strings.TrimPrefix(f, contentFolder)
		p.add(Job{Path: path, Kind: JobFile, Arg: f}, claim{what: contentFolder + path, pos: diag.Pos{File: contentFolder + path}})
	}
	for i := range out.Redirects {
		p.redirect(&out.Redirects[i])
	}
	p.folders()
	slices.SortFunc(p.jobs, func(a, b Job) int { return strings.Compare(a.Path, b.Path) })
	return p.jobs, p.diags
}

const contentFolder = "content/"

type planner struct {
	o     Options
	out   Outline
	jobs  []Job
	taken map[string]claim // by folded path
	diags diag.List
}

// A claim says who wants a path.
type claim struct {
	what string // as named in a problem: "content/cv.md"
	pos  diag.Pos
	end  int // EndCol
	path string
	page bool // a page that somebody wrote, or a list: not a redirect, nor a file as it lies
}

// told reports whether a person can be told to give way: who wrote a file, not
// the site for what it makes itself.
func (c *claim) told() bool { return c.pos.File != "" }

func (p *planner) add(j Job, c claim) {
	c.path = j.Path
	if why := content.CheckPath(j.Path); why != "" && c.told() {
		d := p.diags.Errorf(c.pos, "bad-path", "%s cannot be published: its path %s", c.what, why)
		d.EndCol = c.end
		d.Hint = "choose a name that every system can hold"
		return
	}
	key := content.FoldKey(j.Path)
	if other, ok := p.taken[key]; ok {
		p.clash(c, other)
		return
	}
	p.taken[key] = c
	p.jobs = append(p.jobs, j)
}

// clash tells that c wants what other has.
func (p *planner) clash(c, other claim) {
	if !c.told() {
		c, other = other, c
	}
	if !c.told() {
		return // two files of the site's own: cannot be, and nobody could mend it
	}
	var d *diag.Diag
	switch {
	case c.path == other.path:
		d = p.diags.Errorf(c.pos, "address-clash", "%s and %s are both to be published as %q", c.what, name(other), c.path)
	default:
		d = p.diags.Errorf(c.pos, "address-clash", "%s would be published as %q and %s as %q, which not every system tells apart", c.what, c.path, name(other), other.path)
	}
	d.EndCol = c.end
	d.Hint = "give one of them another name"
}

// name returns how a claim is named as the other side of a clash, with its
// place if it has one that says more.
func name(c claim) string {
	if c.pos.Line > 0 && !c.page {
		return c.what + " (" + c.pos.String() + ")"
	}
	return c.what
}

func (p *planner) pages() {
	topics := make(map[content.ID]bool, len(p.out.Topics))
	for _, t := range p.out.Topics {
		topics[t.ID] = true
	}
	for _, g := range p.out.Pages {
		c := claim{what: g.File, pos: diag.Pos{File: g.File}, page: true}
		j := Job{Path: file(g.ID), Kind: JobPage, ID: g.ID}
		switch {
		case g.ID == topicsID:
			j.Kind = JobTopics
		case g.ID == aToZID:
			j.Kind = JobAZ
		case g.ID == glossaryID && p.out.Terms:
			j.Kind = JobGlossary
		case g.ID == mapID && p.o.Map:
			j.Kind = JobMap
		case g.ID == "":
			j.Kind = JobHome
		case g.Kind == content.Topic:
			j.Kind = JobTopic
			j.Arg = strings.TrimPrefix(string(g.ID), "topics/")
			j.Page = 1
		}
		p.add(j, c)
	}
	for _, g := range p.out.Pages {
		if g.Printed {
			p.add(Job{Path: file(g.ID + "/print"), Kind: JobPrint, ID: g.ID}, claim{what: "the printable whole of " + g.File, page: true})
		}
	}
	own := func(what string) claim { return claim{what: what, page: true} }
	if !p.wrote("") {
		p.add(Job{Path: "index.html", Kind: JobHome}, own("the home page"))
	}
	for _, t := range p.out.Topics {
		c := claim{what: "the topic " + quote(t.Slug), page: true}
		for n := 1; n <= pages(t.Count, p.o.pageSize()); n++ {
			if n == 1 && p.wrote(t.ID) {
				continue
			}
			p.add(Job{Path: listPath("topics/"+t.Slug+"/", n), Kind: JobTopic, ID: t.ID, Arg: t.Slug, Page: n}, c)
		}
	}
	if !p.wrote(topicsID) {
		p.add(Job{Path: "topics/index.html", Kind: JobTopics, ID: topicsID}, own("the list of topics"))
	}
	if !p.wrote(aToZID) {
		p.add(Job{Path: "a-z/index.html", Kind: JobAZ, ID: aToZID}, own("the A to Z"))
	}
	if p.out.Terms && !p.wrote(glossaryID) {
		p.add(Job{Path: file(glossaryID), Kind: JobGlossary, ID: glossaryID}, own("the glossary"))
	}
}

// maps lists the map, and those of topics where it does not hold all.
func (p *planner) maps() {
	if !p.o.Map {
		return
	}
	if !p.wrote(mapID) {
		p.add(Job{Path: file(mapID), Kind: JobMap, ID: mapID}, claim{what: "the map", page: true})
	}
	p.out.maps(func(slug string, n int) {
		p.add(Job{Path: listPath(mapFolder(slug)[1:], n), Kind: JobMap, ID: mapID, Arg: slug, Page: n},
			claim{what: "the map of the topic " + quote(slug), page: true})
	})
}

// wrote reports whether the page id is planned already.
func (p *planner) wrote(id content.ID) bool {
	_, ok := p.taken[content.FoldKey(file(id))]
	return ok
}

func (p *planner) lists() {
	own := claim{what: "the A to Z", page: true}
	if p.out.split() {
		for _, l := range p.out.Letters {
			for n := 1; n <= pages(l.Count, letterSize); n++ {
				p.add(Job{Path: listPath("a-z/"+l.ID+"/", n), Kind: JobAZ, ID: aToZID, Arg: l.ID, Page: n}, own)
			}
		}
	}
	p.own(Job{Path: "404.html", Kind: JobNotFound})
	if p.o.BaseURL == "" {
		return
	}
	p.own(Job{Path: "feed.xml", Kind: JobFeed})
	p.own(Job{Path: "feed.json", Kind: JobFeedJSON})
	for _, t := range p.out.Topics {
		p.own(Job{Path: "topics/" + t.Slug + "/feed.xml", Kind: JobFeed, Arg: t.Slug})
	}
	count := 0
	p.out.addresses(p.o.pageSize(), p.o.Map, func(string, content.ID, bool) { count++ })
	if count <= sitemapSize {
		p.own(Job{Path: "sitemap.xml", Kind: JobSitemap})
		return
	}
	parts := pages(count, sitemapSize)
	p.own(Job{Path: "sitemap.xml", Kind: JobSitemapIdx, Page: parts})
	for n := 1; n <= parts; n++ {
		p.own(Job{Path: sitemapPart(n), Kind: JobSitemap, Page: n})
	}
}

func sitemapPart(n int) string { return "sitemap-" + itoa(n) + ".xml" }

func (p *planner) rest() {
	p.own(Job{Path: "robots.txt", Kind: JobRobots})
	p.own(Job{Path: "_redirects", Kind: JobRedirects})
	p.own(Job{Path: "_headers", Kind: JobHeaders})
	p.own(Job{Path: "articles.json", Kind: JobArticles})
}

// own adds a file that the site makes for itself.
func (p *planner) own(j Job) { p.add(j, claim{what: "the site's own " + j.Path}) }

func (p *planner) redirect(r *OutlineRedirect) {
	c := claim{
		what: "the alias " + quote(r.From),
		pos:  diag.Pos{File: r.File, Line: r.Line, Col: r.Col},
		end:  r.EndCol,
	}
	if r.File == "" { // the site's, not a page's
		c.pos = p.taken[content.FoldKey(file(r.To))].pos
	}
	path, why := aliasPath(r.From)
	if why != "" {
		d := p.diags.Errorf(c.pos, "bad-alias", "the alias %q %s", r.From, why)
		d.EndCol = c.end
		d.Hint = `write the old address as "/old/page/"`
		return
	}
	if content.FoldKey(path) == content.FoldKey(file(r.To)) {
		d := p.diags.Warnf(c.pos, "address-clash", "the alias %q is the page's own address", r.From)
		d.EndCol = c.end
		d.Hint = "leave it out"
		return
	}
	if other, ok := p.taken[content.FoldKey(path)]; ok && other.page {
		d := p.diags.Errorf(c.pos, "address-clash", "the alias %q would hide %s, which is published at this address", r.From, other.what)
		d.EndCol = c.end
		d.Hint = "remove the alias, or move the other page"
		return
	}
	p.add(Job{Path: path, Kind: JobRedirect, ID: r.To, Arg: r.From}, c)
}

// folders tells where a file lies at a path that another needs as a folder,
// and leaves the file out.
func (p *planner) folders() {
	seen := map[string]bool{}
	out := map[string]bool{}
	for _, j := range p.jobs {
		key := content.FoldKey(j.Path)
		for i := strings.LastIndexByte(key, '/'); i > 0; i = strings.LastIndexByte(key[:i], '/') {
			folder := key[:i]
			if seen[folder] {
				break
			}
			seen[folder] = true
			told, ok := p.taken[folder]
			if !ok {
				continue
			}
			out[folder] = true
			other := p.taken[key]
			if !told.told() {
				told, other = other, told
			}
			if !told.told() {
				continue
			}
			d := p.diags.Errorf(told.pos, "address-clash", "%s and %s cannot both be published: %q would be a file and a folder", told.what, name(other), folder)
			d.EndCol = told.end
			d.Hint = "give one of them another name"
		}
	}
	if len(out) > 0 {
		p.jobs = slices.DeleteFunc(p.jobs, func(j Job) bool { return out[content.FoldKey(j.Path)] })
	}
}

// file returns the path in public/ of the page id.
func file(id content.ID) string { return strings.TrimPrefix(id.URL(), "/") + "index.html" }

// aliasPath returns the file that a redirect from an old address is, or why
// there can be none.
func aliasPath(from string) (path, why string) {
	path, why = fileAt(from)
	if why != "" {
		return "", why
	}
	if lower := strings.ToLower(path); !strings.HasSuffix(lower, ".html") && !strings.HasSuffix(lower, ".htm") {
		path = strings.TrimSuffix(path, "/")
		if path != "" {
			path += "/"
		}
		path += "index.html"
	}
	return path, content.CheckPath(path)
}

// fileAt returns the path in public/ of a rooted address. What is written is
// decoded once, since old addresses are copied out of browsers: whoever makes a
// file of it checks it after that.
func fileAt(from string) (path, why string) {
	if !rooted(from) {
		return "", "is not an address on this site"
	}
	if strings.ContainsAny(from, "?#") {
		return "", "has a query or fragment, which no file can answer to"
	}
	path, err := url.PathUnescape(from)
	if err != nil {
		return "", "has a % in it that begins no escape"
	}
	return path[1:], ""
}

func quote(s string) string { return `"` + s + `"` }

// assetName returns the name in layouts/assets/ of an asset's path in public/:
// "site.css" of "assets/site.4F3K2QX7TA.css".
func assetName(path string) string {
	path = strings.TrimPrefix(path, "assets/")
	folder, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, name = path[:i+1], path[i+1:]
	}
	parts := strings.Split(name, ".")
	for i := len(parts) - 1; i > 0; i-- { // from the end: the hash is the last part, or the last but one
		if isHash(parts[i]) {
			return folder + strings.Join(slices.Delete(parts, i, i+1), ".")
		}
	}
	return path
}

// isHash reports whether s is what package asset puts into a name: ten digits in base 32.
func isHash(s string) bool {
	return len(s) == 10 && !strings.ContainsFunc(s, func(r rune) bool { return !('A' <= r && r <= 'Z' || '2' <= r && r <= '7') })
}
