package output

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// What many pages share (the header, the cards of lists, the letters) is made
// once a build and kept in the Maker. Rejected: to keep the looks beside it and
// repeat them for each job. They are instead asked again by the same code that
// made the value, which costs a microsecond and cannot drift.

// A Maker makes jobs. It remembers what jobs share, so it is good for one
// linked site and its layouts and assets: one build. Any number of goroutines
// may use it.
type Maker struct {
	o      Options
	prefix string // path of BaseURL: "/guidance"
	org    *ldOrganization
	menu   []*content.Ref // Options.Navigation

	mu      sync.RWMutex
	shared  map[sharedKey]*shared
	cards   map[cardKey]*layout.Card
	refs    map[string]*content.Ref // to topics, by slug
	loads   onceFor[loads]
	letters onceFor[[]letter]
	sitemap onceFor[[]address]
	lent    onceFor[map[string]bool]
	scratch sync.Pool // *[]byte: for what is copied to a string once it is whole
}

// build returns what do appends to an empty slice.
func (m *Maker) build(do func([]byte) []byte) template.HTML {
	p, _ := m.scratch.Get().(*[]byte)
	if p == nil {
		p = new([]byte)
	}
	b := do((*p)[:0])
	html := template.HTML(b)
	*p = b
	m.scratch.Put(p)
	return html
}

// NewMaker returns a Maker for one build.
func NewMaker(o Options) *Maker {
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	m := &Maker{
		o: o, prefix: pathOf(o.BaseURL),
		shared: map[sharedKey]*shared{}, cards: map[cardKey]*layout.Card{}, refs: map[string]*content.Ref{},
	}
	m.org = m.organization()
	for _, nav := range o.Navigation {
		m.menu = append(m.menu, pageRef(content.ID(strings.Trim(nav, "/"))))
	}
	return m
}

// onceFor is a value that is made once.
type onceFor[T any] struct {
	once  sync.Once
	value T
}

func (o *onceFor[T]) get(make func() T) T {
	o.once.Do(func() { o.value = make() })
	return o.value
}

// Make returns the bytes of a job. Problems with it are reported to e; an error
// means that the machine failed, ctx was done, or the plan is not of this site.
func (m *Maker) Make(ctx context.Context, j Job, e *Env) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch j.Kind {
	case JobPage, JobHome, JobTopic, JobTopics, JobAZ, JobGlossary, JobMap, JobNotFound, JobRedirect, JobPrint:
		return m.page(j, e)
	case JobFeed:
		return m.atom(j, e), nil
	case JobFeedJSON:
		return m.jsonFeed(j, e)
	case JobSitemap:
		return m.sitemapXML(j, e), nil
	case JobSitemapIdx:
		return m.sitemapIndex(j), nil
	case JobRobots:
		return m.robots(), nil
	case JobRedirects:
		return m.redirects(e), nil
	case JobHeaders:
		return m.headers(e), nil
	case JobArticles:
		return m.articles(e)
	case JobEmbed, JobCard:
		return m.lentPage(j, e)
	case JobFragment:
		return m.fragmentFile(j, e)
	case JobOEmbed:
		return m.oEmbed(j, e)
	case JobPageJSON:
		return m.pageJSON(j, e)
	case JobPageSchema:
		return []byte(pageSchema), nil
	case JobEmbedScript:
		return m.embedScript(j, e)
	case JobAsset:
		f := e.asset(j.Arg)
		if f == nil || f.Path != j.Path {
			return nil, stale(j)
		}
		return f.Bytes, nil
	case JobFile:
		src, err := e.Read(j.Arg)
		if err != nil {
			return nil, err
		}
		out, diags := asset.Content(j.Arg, src)
		e.Report(diags...)
		return out, nil
	}
	return nil, fmt.Errorf("output: %s: a job of unknown kind %d", j.Path, j.Kind)
}

// stale says that what a job needs is not there: its plan is another site's.
func stale(j Job) error { return fmt.Errorf("output: %s: planned for another site", j.Path) }

// shared is what all pages of one language and depth hold.
type shared struct {
	site *layout.Site
	head string // of the page's head: styles, scripts, icon, feeds
}

type sharedKey struct {
	language, up string
	whole        bool
}

// loads are the names of the assets that every page loads.
type loads struct{ styles, scripts []string }

// Every style sheet and script that lies directly in layouts/assets/ is loaded
// by every page: this style sheet first, the others by name.
const (
	firstStyle = "tokens.css"
	siteIcon   = "favicon.svg"
)

func loadsOf(files []*asset.File) loads {
	var l loads
	for _, f := range files {
		name := assetName(f.Path)
		switch {
		case strings.Contains(name, "/"):
		case strings.HasSuffix(name, ".css"):
			l.styles = append(l.styles, name)
		case strings.HasSuffix(name, ".js"), strings.HasSuffix(name, ".mjs"):
			l.scripts = append(l.scripts, name)
		}
	}
	slices.SortFunc(l.styles, func(a, b string) int {
		switch firstStyle {
		case a:
			return -1
		case b:
			return 1
		}
		return strings.Compare(a, b)
	})
	slices.Sort(l.scripts)
	return l
}

func (m *Maker) sharedFor(e *Env, language string, at place) *shared {
	files := e.assets()
	names := m.loads.get(func() loads { return loadsOf(files) })
	find := func(names []string) (list []*asset.File) {
		for _, name := range names {
			if f := e.asset(name); f != nil {
				list = append(list, f)
			}
		}
		return list
	}
	styles, scripts, icon := find(names.styles), find(names.scripts), e.asset(siteIcon)
	menu := make([]layout.Link, 0, len(m.menu))
	for _, ref := range m.menu {
		if t := e.View.Resolve(ref); t.Title != "" {
			menu = append(menu, layout.Link{Text: ownTitle(language, ref, t.Title), URL: template.URL(t.URL)})
		}
	}
	terms := e.View.HasTerms()
	key := sharedKey{language, at.up, at.whole}
	m.mu.RLock()
	s := m.shared[key]
	m.mu.RUnlock()
	if s != nil {
		return s
	}

	// The header is the same on every page of this depth, so none of its
	// links may be to a fragment of the page that happens to come first.
	at.url = ""
	url := func(s string) template.URL { return template.URL(m.href(at, s)) }
	st := &layout.Site{
		Title: m.o.Title, Description: m.o.Description,
		Language: language, Direction: direction(language),
		BaseURL:     m.o.BaseURL,
		Home:        url("/"),
		AtoZ:        url("/a-z/"),
		TopicsIndex: url("/topics/"),
		Publisher:   layout.Publisher{Name: m.o.PublisherName, URL: url(safeURL(m.o.PublisherURL))},
		Contact:     layout.Contact{Email: m.o.ContactEmail, Phone: m.o.ContactPhone, URL: url(safeURL(m.o.ContactURL))},
	}
	if terms {
		st.Glossary = url(glossaryURL)
	}
	if m.o.Map {
		st.Map = url("/map/")
	}
	if m.o.Logo != "" {
		st.Logo = url(content.EscapePath("/" + strings.Trim(m.o.Logo, "/")))
	}
	if m.o.BaseURL != "" {
		st.Feed, st.FeedJSON = url("/feed.xml"), url("/feed.json")
	}
	for i := range menu {
		menu[i].URL = url(string(menu[i].URL))
	}
	st.Navigation = menu
	for _, f := range styles {
		st.Styles = append(st.Styles, m.asset(at, f))
	}
	for _, f := range scripts {
		st.Scripts = append(st.Scripts, m.asset(at, f))
	}
	s = &shared{site: st, head: m.sharedHead(st, at, icon)}

	m.mu.Lock()
	defer m.mu.Unlock()
	if first := m.shared[key]; first != nil {
		return first // the pointer is what templates remember by
	}
	m.shared[key] = s
	return s
}

func (m *Maker) asset(at place, f *asset.File) layout.Asset {
	a := layout.Asset{URL: template.URL(m.href(at, content.EscapePath("/"+f.Path)))}
	// A page opened from a folder is of no origin, and what it loads with an
	// integrity is refused.
	if !m.o.Relative {
		a.Integrity = f.Integrity
	}
	return a
}

// pageRef refers to a page. To resolve it is a look at the page's title and
// address alone, where Entry is one at all that may be known of it.
func pageRef(id content.ID) *content.Ref {
	return &content.Ref{Ref: markdown.Ref{Kind: markdown.RefLink, Target: id.URL()}, Scheme: content.SchemePage, Key: id.URL()}
}

// ownTitle returns the title of the page that ref refers to in another
// language, if it is one of those that every site has, and nobody wrote it.
func ownTitle(language string, ref *content.Ref, title string) string {
	own, here := wordsOf["en"], wordsIn(language)
	switch {
	case ref.Key == "/":
		return here.home
	case ref.Key == "/topics/" && title == own.topics:
		return here.topics
	case ref.Key == "/a-z/" && title == own.aToZ:
		return here.aToZ
	case ref.Key == glossaryURL && title == own.glossary:
		return here.glossary
	case ref.Key == "/map/" && title == own.siteMap:
		return here.siteMap
	}
	return shown(title)
}

// topicTarget returns the title and address of a topic.
func (m *Maker) topicTarget(e *Env, slug string) site.Target {
	m.mu.RLock()
	ref := m.refs[slug]
	m.mu.RUnlock()
	if ref == nil {
		ref = &content.Ref{Ref: markdown.Ref{Kind: markdown.RefTopic, Target: slug}, Scheme: content.SchemeTopic, Key: slug}
		m.mu.Lock()
		m.refs[slug] = ref
		m.mu.Unlock()
	}
	t := e.View.Resolve(ref)
	t.Title = shown(t.Title)
	return t
}

type cardKey struct {
	id    content.ID
	up    string
	whole bool
}

// card returns the card of n as the page at shows it: one card, however many
// pages show it, so that a template may remember what it made of it.
func (m *Maker) card(e *Env, at place, n *site.Entry) *layout.Card {
	topic := ""
	if len(n.Topics) > 0 {
		topic = m.topicTarget(e, n.Topics[0]).Title
	}
	img := m.image(e, at, n)
	key := cardKey{n.ID, at.up, at.whole}
	m.mu.RLock()
	c := m.cards[key]
	m.mu.RUnlock()
	if c != nil {
		return c
	}
	c = &layout.Card{
		Title: shown(n.Title), Description: shown(n.Description),
		URL:   template.URL(m.href(at, pageURL(n.ID))),
		Topic: topic, Date: date(n.Language, n.Newest),
		State: stateName(n.State),
		Image: img.shown,
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if first := m.cards[key]; first != nil {
		return first
	}
	m.cards[key] = c
	return c
}

func (m *Maker) cardsOf(e *Env, at place, entries []*site.Entry) []*layout.Card {
	if len(entries) == 0 {
		return nil
	}
	cards := make([]*layout.Card, len(entries))
	for i, n := range entries {
		cards[i] = m.card(e, at, n)
	}
	return cards
}

func stateName(s site.State) string {
	switch s {
	case site.Expired:
		return "expired"
	case site.Withdrawn:
		return "withdrawn"
	}
	return ""
}

// A picture is the image at the top of a page.
type picture struct {
	shown *layout.Image
	url   string // rooted or whole
}

// image returns the picture of n; the zero picture if it has none.
func (m *Maker) image(e *Env, at place, n *site.Entry) picture {
	if n.Image.Src.Text == "" {
		return picture{}
	}
	ref := refFor(n.Card, content.UseImage)
	if ref == nil {
		return picture{}
	}
	t := e.View.Resolve(ref)
	if t.URL == "" {
		return picture{}
	}
	img := &layout.Image{
		Src: template.URL(m.href(at, t.URL)),
		Alt: n.Image.Alt, Credit: n.Image.Credit, Caption: n.Image.Caption,
		CreditURL: template.URL(m.href(at, safeURL(n.Image.CreditURL))),
	}
	if ref.Scheme == content.SchemeFile {
		img.Width, img.Height = size(e, t.URL)
	}
	return picture{img, t.URL}
}

// size returns the size of the picture that lies at a rooted address.
func size(e *Env, url string) (width, height int) {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	path, why := fileAt(url)
	if why != "" || path == "" {
		return 0, 0
	}
	return e.Size(path)
}

// refFor returns the reference of c's front matter that stands for use.
func refFor(c *content.Card, use content.Use) *content.Ref {
	for i := len(c.Refs) - 1; i >= 0 && c.Refs[i].Use != content.UseBody; i-- {
		if c.Refs[i].Use == use {
			return &c.Refs[i]
		}
	}
	return nil
}

// body returns the page's text with its holes filled.
func (m *Maker) body(e *Env, at place, c *content.Card, b *markdown.Body) template.HTML {
	if at.bare {
		return m.filled(e, at, c.Refs, b, nil, c.Language)
	}
	return m.filled(e, at, c.Refs, b, &definer{words: wordsIn(c.Language)}, c.Language)
}

// filled returns b with its holes filled; refs are, first, those of b. Without
// a definer no definition opens in it.
func (m *Maker) filled(e *Env, at place, refs []content.Ref, b *markdown.Body, d *definer, language string) template.HTML {
	if b == nil {
		return ""
	}
	if len(b.Holes) == 0 {
		return template.HTML(b.HTML)
	}
	type answer struct {
		site.Target
		asked bool
	}
	answers := make([]answer, len(refs)) // a reference may have several holes
	fill := func(h markdown.Hole) string {
		if h.Ref < 0 || h.Ref >= len(answers) {
			return ""
		}
		ref, t := &refs[h.Ref], &answers[h.Ref]
		if !t.asked {
			*t = answer{e.View.Resolve(ref), true}
		}
		switch h.Kind {
		case markdown.HoleAddress:
			if t.URL == "" {
				return "#" // told by whoever checked the link
			}
			return escaped(m.href(at, t.URL))
		case markdown.HoleTitle:
			switch {
			case t.Title != "":
				return escaped(shown(t.Title))
			case ref.Text != "":
				return escaped(ref.Text)
			}
			return escaped(ref.Target)
		case markdown.HoleImage:
			if ref.Scheme != content.SchemeFile || t.URL == "" {
				return ""
			}
			if w, h := size(e, t.URL); w > 0 && h > 0 {
				return ` width="` + itoa(w) + `" height="` + itoa(h) + `"`
			}
		case markdown.HoleTerm:
			if d != nil {
				return d.button(e, ref)
			}
		case markdown.HoleRel:
			if t.External {
				return ` rel="external"`
			}
		}
		return ""
	}
	return m.build(func(dst []byte) []byte {
		dst = b.Fill(dst, fill)
		if d != nil {
			dst = m.definitions(dst, e, at, d, language)
		}
		return dst
	})
}

// run makes the page of a template and what it is given.
func (m *Maker) run(e *Env, name string, p *layout.Page) []byte {
	if !e.hasLayout(name) {
		d := diag.Diag{
			Pos:      diag.Pos{File: "layouts/" + name},
			Severity: diag.Error, Rule: "unknown-layout",
			Message: fmt.Sprintf("there is no layout %q", name),
			Hint:    "add it to layouts/",
		}
		e.Report(d)
		return nil
	}
	out, diags := e.run(name, p)
	e.Report(diags...)
	// html/template puts this word where a value is unsafe for the place that
	// a layout gives it, without telling anybody.
	if bytes.Contains(out, []byte(unsafeWord)) {
		e.Report(diag.Diag{
			Pos:      diag.Pos{File: "layouts/" + name},
			Severity: diag.Error, Rule: "layout",
			Message: fmt.Sprintf("the layout puts a value where it is not safe: the page %q holds %s in its stead", string(p.URL), unsafeWord),
			Hint:    "print it as text, or in a plain attribute such as title",
		})
	}
	return out
}

const unsafeWord = "ZgotmplZ"
