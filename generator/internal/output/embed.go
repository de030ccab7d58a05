package output

import (
	"bytes"
	"encoding/hex"
	"html/template"
	"slices"
	"strings"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// A page that is lent is made in forms for other sites: to be framed, to be put
// into their own pages by a server or a script, and as data. Rejected: one form
// that does for all, made fit by the script of the page that shows it. Then
// nothing would be left where scripts do not run.

// What forms of a page lie where, below its own folder.
const (
	embedFile    = "embed/index.html"
	cardFile     = "card/index.html"
	oEmbedFile   = "oembed.json"
	pageJSONFile = "index.json"
	fragmentFile = "body.html"
)

// Assets below this folder are published only where pages are lent.
const (
	lentAssets  = "assets/lent/"
	embedScript = "lent/embed.js"
	frameScript = "lent/frame.js"
	frameStyle  = "lent/frame.css"
)

// lends reports whether the site lends pages. Without a base_url nobody could
// be told where they are.
func (o *Options) lends() bool { return o.BaseURL != "" && len(o.EmbedOrigins) > 0 }

// lendsPage reports whether n is lent.
func (o *Options) lendsPage(n *site.Entry) bool {
	return o.lends() && n.Lent() && !o.listed(n.ID)
}

// listed reports whether id is that of a list, which a page only introduces; or
// that of the glossary, also where there is none.
func (o *Options) listed(id content.ID) bool {
	return id == "" || id == topicsID || id == aToZID || id == glossaryID || id == mapID && o.Map
}

// LentFiles returns the paths of the forms in which the page id is lent.
func LentFiles(id content.ID) []string {
	folder := strings.TrimSuffix(file(id), "index.html")
	return []string{folder + fragmentFile, folder + cardFile, folder + embedFile, folder + pageJSONFile, folder + oEmbedFile}
}

// lent lists the forms of pages that are lent, and what shows them elsewhere.
func (p *planner) lent() {
	if !p.o.lends() {
		return
	}
	kinds := [...]JobKind{JobFragment, JobCard, JobEmbed, JobPageJSON, JobOEmbed}
	for _, g := range p.out.Pages {
		if !g.Lent || p.o.listed(g.ID) {
			continue
		}
		c := claim{what: "a form of " + g.File + " for other sites", page: true}
		for i, path := range LentFiles(g.ID) {
			p.add(Job{Path: path, Kind: kinds[i], ID: g.ID}, c)
		}
	}
	p.own(Job{Path: "embed.js", Kind: JobEmbedScript})
	p.own(Job{Path: "schemas/page.json", Kind: JobPageSchema})
}

// lentSheet returns the page of a job as other sites show it. Its links are
// whole where the page is to be put into others.
func (m *Maker) lentSheet(j Job, e *Env, kind string) (*sheet, error) {
	s := &sheet{Page: &layout.Page{Kind: kind}, at: m.placeOf(j.Path), entry: e.View.Entry(j.ID)}
	if s.entry == nil || !m.o.lendsPage(s.entry) {
		return nil, stale(j)
	}
	own, err := e.Article(s.entry.File)
	if err != nil {
		return nil, err
	}
	s.own = own
	s.canonical = pageURL(j.ID)
	s.at.url = s.canonical // so that links within the text stay in it
	s.at.whole = kind == "body"
	s.at.bare = kind == "body"
	s.Language = m.o.Language
	if s.entry.Language != "" {
		s.Language = s.entry.Language
	}
	s.Direction = direction(s.Language)
	s.shared = m.sharedFor(e, s.Language, s.at)
	s.Site = s.shared.site
	s.URL = template.URL(m.href(s.at, s.canonical+kind+"/"))
	if kind == "embed" && m.o.LinkTarget == "self" {
		s.at.lent = m.lentPages(e)
	}
	m.written(e, s)
	m.about(e, s)
	s.Edit = ""
	s.Lent = &layout.Lent{Full: template.URL(m.abs(s.canonical)), Date: s.Reviewed}
	for _, d := range []layout.Date{s.Updated, s.Published} {
		if s.Lent.Date.ISO == "" {
			s.Lent.Date = d
		}
	}
	return s, nil
}

// lentPages returns the addresses of all pages that are lent.
func (m *Maker) lentPages(e *Env) map[string]bool {
	list := e.View.Lent()
	return m.lent.get(func() map[string]bool {
		pages := make(map[string]bool, len(list))
		for _, n := range list {
			if m.o.lendsPage(n) {
				pages[pageURL(n.ID)] = true
			}
		}
		return pages
	})
}

// lentPage makes a page for a frame: the article without the site's, or a card.
func (m *Maker) lentPage(j Job, e *Env) ([]byte, error) {
	kind := "embed"
	if j.Kind == JobCard {
		kind = "card"
	}
	s, err := m.lentSheet(j, e, kind)
	if err != nil {
		return nil, err
	}
	s.Head = m.lentHead(e, s)
	out := m.run(e, kind+".html", s.Page)
	return retarget(out, func(href string) string { return m.target(s.at, href) }), nil
}

// target returns the target of a link in a framed page.
func (m *Maker) target(at place, href string) string {
	switch {
	case href == "" || href[0] == '#':
		return "" // within the page
	case m.o.LinkTarget == "blank":
		return "_blank"
	case at.lent != nil && (strings.HasSuffix(path(href), "/embed/") || strings.HasSuffix(path(href), "/embed/index.html")):
		return "" // in the same frame
	}
	return "_top"
}

// path returns an address without its query and fragment.
func path(href string) string {
	if i := strings.IndexAny(href, "?#"); i >= 0 {
		return href[:i]
	}
	return href
}

// retarget gives links of a finished page the target that their address wants.
// Rejected: a base element, which would take links within the page out of the
// frame, too.
func retarget(page []byte, target func(href string) string) []byte {
	out := make([]byte, 0, len(page)+len(page)/16)
	for {
		i := bytes.Index(page, []byte("<a "))
		if i < 0 {
			return append(out, page...)
		}
		i += len("<a")
		out, page = append(out, page[:i]...), page[i:]
		if t := target(hrefOf(page)); t != "" {
			out = append(append(append(out, ` target="`...), t...), '"')
			if t == "_blank" && !bytes.Contains(page[:tagEnd(page)], []byte(" rel=")) {
				out = append(out, ` rel="noopener"`...)
			}
		}
	}
}

// tagEnd returns where the tag ends whose attributes b begins with.
func tagEnd(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return len(b)
}

// hrefOf returns the value of href in the tag whose attributes b begins with.
func hrefOf(b []byte) string {
	tag := b[:tagEnd(b)]
	for len(tag) > 0 {
		i := bytes.IndexByte(tag, '=')
		if i < 0 {
			return ""
		}
		name := tag[:i]
		if k := bytes.LastIndexAny(name, " \t\n\"'/"); k >= 0 {
			name = name[k+1:]
		}
		tag = tag[i+1:]
		var value []byte
		if len(tag) > 0 && (tag[0] == '"' || tag[0] == '\'') {
			end := bytes.IndexByte(tag[1:], tag[0])
			if end < 0 {
				return ""
			}
			value, tag = tag[1:end+1], tag[end+2:]
		} else {
			end := bytes.IndexAny(tag, " \t\n")
			if end < 0 {
				end = len(tag)
			}
			value, tag = tag[:end], tag[end:]
		}
		if bytes.EqualFold(name, []byte("href")) {
			return string(value)
		}
	}
	return ""
}

// lentHead returns the head of a page for a frame.
//
// What it loads is loaded without integrity, and its script is no module: a
// frame in a sandbox is of no origin, to which a server would have to allow
// every asset for either to work.
func (m *Maker) lentHead(e *Env, s *sheet) template.HTML {
	var styles, scripts []*asset.File
	names := m.loads.get(func() loads { return loadsOf(e.assets()) })
	for _, name := range append(slices.Clone(names.styles), frameStyle) {
		if f := e.asset(name); f != nil {
			styles = append(styles, f)
		}
	}
	if f := e.asset(frameScript); f != nil {
		scripts = append(scripts, f)
	}
	return m.build(func(dst []byte) []byte {
		h := headWriter(dst)
		h.title(s.Title + " – " + shown(m.o.Title))
		h.meta("name", "description", s.Description)
		h.tag("link", "rel", "canonical", "href", m.abs(s.canonical))
		h.meta("name", "robots", "noindex,follow")
		h.meta("name", "guidepost-origins", strings.Join(m.o.EmbedOrigins, " "))
		for _, f := range styles {
			h.style(layout.Asset{URL: m.asset(s.at, f).URL})
		}
		for _, f := range scripts {
			h.script(layout.Asset{URL: m.asset(s.at, f).URL})
		}
		return h
	})
}

// A fragment is the text of a page as a part of another page.
type fragment struct {
	*sheet
	html   []byte
	prefix string // of all its ids
}

// fragment makes the fragment of the page of j: its text, without its title.
func (m *Maker) fragment(j Job, e *Env) (*fragment, error) {
	s, err := m.lentSheet(j, e, "body")
	if err != nil {
		return nil, err
	}
	f := &fragment{sheet: s, prefix: fragmentID(j.ID)}
	inner := fitIn(template.HTML(m.run(e, "body.html", s.Page)), f.prefix, 0)
	h := headWriter(make([]byte, 0, len(inner)+128))
	h.tag("article", "class", "guidepost", "id", f.prefix, "lang", s.Language, "dir", s.Direction)
	h.raw(string(inner))
	h.raw("</article>\n")
	f.html = h
	return f, nil
}

// fragmentID returns the id of a page in another, with which all ids in it
// begin. It is made from the page's address, so that several pages can be put
// into one.
func fragmentID(id content.ID) string {
	sum := cache.Sum([]byte(id))
	return "gp" + hex.EncodeToString(sum[:4])
}

func (m *Maker) fragmentFile(j Job, e *Env) ([]byte, error) {
	f, err := m.fragment(j, e)
	if err != nil {
		return nil, err
	}
	return f.html, nil
}

// embedScript makes embed.js: an asset at an address that stays the same.
func (m *Maker) embedScript(j Job, e *Env) ([]byte, error) {
	f := e.asset(embedScript)
	if f == nil {
		return []byte{}, nil
	}
	return f.Bytes, nil
}
