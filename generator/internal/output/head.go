package output

import (
	"cmp"
	"encoding/json"
	"html/template"
	"strings"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// The head is written as bytes and not by a template: html/template takes
// longer for it than the whole page may take, and knows nothing of JSON-LD
// that is not a script's value.

type headWriter []byte

func (h *headWriter) raw(s string) { *h = append(*h, s...) }

// tag writes a tag with attributes, the value of each escaped: name, value, ….
func (h *headWriter) tag(name string, attrs ...string) {
	b := append(append(*h, '<'), name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		b = append(append(append(b, ' '), attrs[i]...), '=', '"')
		b = append(appendEscaped(b, attrs[i+1]), '"')
	}
	*h = append(b, '>')
}

// meta writes a meta element, unless it has nothing to say.
func (h *headWriter) meta(key, name, value string) {
	if value != "" {
		h.tag("meta", key, name, "content", value)
	}
}

func (h *headWriter) title(s string) {
	h.raw("<title>")
	*h = appendEscaped(*h, s)
	h.raw("</title>")
}

func (h *headWriter) style(a layout.Asset) {
	if a.Integrity == "" {
		h.tag("link", "rel", "stylesheet", "href", string(a.URL))
	} else {
		h.tag("link", "rel", "stylesheet", "href", string(a.URL), "integrity", a.Integrity)
	}
}

func (h *headWriter) script(a layout.Asset) {
	if a.Integrity == "" {
		// From a folder browsers run no modules.
		h.tag("script", "defer", "", "src", string(a.URL))
	} else {
		h.tag("script", "type", "module", "src", string(a.URL), "integrity", a.Integrity)
	}
	h.raw("</script>")
}

// sharedHead returns what the heads of all pages of one language and depth hold.
func (m *Maker) sharedHead(st *layout.Site, at place, icon *asset.File) string {
	var h headWriter
	for _, a := range st.Styles {
		h.style(a)
	}
	for _, a := range st.Scripts {
		h.script(a)
	}
	if icon != nil {
		h.tag("link", "rel", "icon", "type", "image/svg+xml", "href", string(m.asset(at, icon).URL))
	}
	if st.Feed != "" {
		h.tag("link", "rel", "alternate", "type", "application/atom+xml", "title", shown(m.o.Title), "href", string(st.Feed))
		h.tag("link", "rel", "alternate", "type", "application/feed+json", "title", shown(m.o.Title), "href", string(st.FeedJSON))
	}
	return string(h)
}

// head returns the head of a page.
func (m *Maker) head(s *sheet) template.HTML {
	return m.build(func(dst []byte) []byte { return m.appendHead(dst, s) })
}

func (m *Maker) appendHead(dst []byte, s *sheet) []byte {
	h := headWriter(dst)
	siteTitle := shown(m.o.Title)
	if s.heading == "" {
		s.heading = s.Title
	}
	if s.heading == siteTitle || siteTitle == "" {
		h.title(s.heading)
	} else {
		h.title(s.heading + " – " + siteTitle)
	}
	h.meta("name", "description", s.Description)
	// A page that is shown at other addresses has no address of its own to name.
	canonical := ""
	if s.Kind != "404" {
		canonical = m.abs(cmp.Or(s.canonical, s.at.url))
	}
	if canonical != "" {
		h.tag("link", "rel", "canonical", "href", canonical)
	}
	if s.noindex {
		h.meta("name", "robots", "noindex")
	}
	h.raw(s.shared.head)
	for _, f := range s.extra {
		if strings.HasSuffix(f.Path, ".css") {
			h.style(m.asset(s.at, f))
		} else {
			h.script(m.asset(s.at, f))
		}
	}
	if s.topic != "" && m.o.BaseURL != "" {
		h.tag("link", "rel", "alternate", "type", "application/atom+xml", "title", s.Title+" – "+siteTitle,
			"href", m.href(s.at, topicURL(s.topic)+"feed.xml"))
	}
	if s.Kind == "404" {
		return h
	}
	if s.lent {
		h.tag("link", "rel", "alternate", "type", "application/json+oembed", "title", s.heading, "href", m.abs(s.at.url+"oembed.json"))
	}

	article := s.Kind == "print" || s.Kind == "article" || s.Kind == "guide" || s.Kind == "journey"
	h.meta("property", "og:title", s.heading)
	h.meta("property", "og:description", s.Description)
	if article {
		h.meta("property", "og:type", "article")
		h.meta("property", "article:published_time", s.Published.ISO)
		h.meta("property", "article:modified_time", s.Updated.ISO)
	} else {
		h.meta("property", "og:type", "website")
	}
	h.meta("property", "og:url", canonical)
	h.meta("property", "og:site_name", siteTitle)
	h.meta("property", "og:locale", locale(s.Language))
	card, image := "summary", ""
	if s.picture.shown != nil {
		image = m.abs(s.picture.url)
	}
	if image != "" {
		card = "summary_large_image"
		h.meta("property", "og:image", image)
		if p := s.picture.shown; p.Width > 0 && p.Height > 0 {
			h.meta("property", "og:image:width", itoa(p.Width))
			h.meta("property", "og:image:height", itoa(p.Height))
		}
		h.meta("property", "og:image:alt", s.picture.shown.Alt)
	}
	h.meta("name", "twitter:card", card)

	// json.Marshal escapes <, > and &, so no title can end the script.
	if ld, err := json.Marshal(m.linkedData(s, article, canonical, image)); err == nil {
		h.raw(`<script type="application/ld+json">`)
		h = append(h, ld...)
		h.raw("</script>")
	}
	return h
}

// redirectScript leads on from an old address with the query and fragment that
// it was asked with.
const redirectScript = "pages/redirect.js"

// redirectHead returns the head of a page that only leads to another, whose
// rooted address is to. The script runs before anything else is read; where
// none runs the page refreshes itself, and where even that is off there is the
// link. Both at once would race: a browser may follow either.
func (m *Maker) redirectHead(e *Env, s *sheet, to string) template.HTML {
	h := make(headWriter, 0, 768)
	script := e.asset(redirectScript)
	if script != nil {
		attrs := []string{"src", "", "data-to", string(s.Target)}
		a := m.asset(s.at, script)
		if attrs[1] = string(a.URL); a.Integrity != "" {
			attrs = append(attrs, "integrity", a.Integrity)
		}
		h.tag("script", attrs...)
		h.raw("</script>")
	}
	h.title(s.Title)
	h.meta("name", "robots", "noindex")
	canonical := m.abs(to)
	if canonical == "" {
		canonical = string(s.Target)
	}
	h.tag("link", "rel", "canonical", "href", canonical)
	if script != nil {
		h.raw("<noscript>")
	}
	h.meta("http-equiv", "refresh", "0; url="+string(s.Target))
	if script != nil {
		h.raw("</noscript>")
	}
	return template.HTML(h)
}

// The types of schema.org that pages describe themselves with. What needs a
// whole address is left out where the site has no base.

type ldGraph struct {
	Context string `json:"@context"`
	Graph   []any  `json:"@graph"`
}

type ldRef struct {
	ID string `json:"@id"`
}

type ldThing struct {
	Type string `json:"@type"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type ldOrganization struct {
	Type    string     `json:"@type"`
	ID      string     `json:"@id,omitempty"`
	Name    string     `json:"name"`
	URL     string     `json:"url,omitempty"`
	Logo    *ldThing   `json:"logo,omitempty"`
	Contact *ldContact `json:"contactPoint,omitempty"`
}

type ldContact struct {
	Type      string `json:"@type"`
	Kind      string `json:"contactType"`
	Email     string `json:"email,omitempty"`
	Telephone string `json:"telephone,omitempty"`
	URL       string `json:"url,omitempty"`
}

type ldWebSite struct {
	Type        string          `json:"@type"`
	ID          string          `json:"@id,omitempty"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	URL         string          `json:"url,omitempty"`
	Language    string          `json:"inLanguage,omitempty"`
	Publisher   *ldOrganization `json:"publisher,omitempty"`
}

type ldPage struct {
	Type         string `json:"@type"`
	ID           string `json:"@id,omitempty"`
	URL          string `json:"url,omitempty"`
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	Language     string `json:"inLanguage,omitempty"`
	LastReviewed string `json:"lastReviewed,omitempty"`
	Breadcrumb   *ldRef `json:"breadcrumb,omitempty"`
	IsPartOf     *ldRef `json:"isPartOf,omitempty"`
}

type ldArticle struct {
	Type        string          `json:"@type"`
	ID          string          `json:"@id,omitempty"`
	Headline    string          `json:"headline"`
	Description string          `json:"description,omitempty"`
	URL         string          `json:"url,omitempty"`
	MainEntity  *ldRef          `json:"mainEntityOfPage,omitempty"`
	Language    string          `json:"inLanguage,omitempty"`
	Published   string          `json:"datePublished,omitempty"`
	Modified    string          `json:"dateModified,omitempty"`
	Author      []any           `json:"author"`
	Publisher   *ldOrganization `json:"publisher"`
	Image       []any           `json:"image,omitempty"`
	WordCount   int             `json:"wordCount,omitempty"`
}

type ldImage struct {
	Type   string `json:"@type"`
	URL    string `json:"url"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Credit string `json:"creditText,omitempty"`
}

type ldCrumbs struct {
	Type  string        `json:"@type"`
	ID    string        `json:"@id,omitempty"`
	Items []ldCrumbItem `json:"itemListElement"`
}

type ldCrumbItem struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	Item     string `json:"item,omitempty"`
}

func (m *Maker) organization() *ldOrganization {
	o := &ldOrganization{Type: "Organization", Name: strings.TrimSpace(shown(m.o.PublisherName)), URL: m.abs(safeURL(m.o.PublisherURL))}
	if o.Name == "" {
		o.Name = shown(m.o.Title)
	}
	if m.o.BaseURL != "" {
		o.ID = m.o.BaseURL + "/#organization"
	}
	if logo := m.publisherLogo(); logo != "" {
		o.Logo = &ldThing{Type: "ImageObject", URL: logo}
	}
	if m.o.ContactEmail != "" || m.o.ContactPhone != "" || m.o.ContactURL != "" {
		o.Contact = &ldContact{
			Type: "ContactPoint", Kind: "customer support",
			Email: m.o.ContactEmail, Telephone: m.o.ContactPhone, URL: m.abs(safeURL(m.o.ContactURL)),
		}
	}
	return o
}

// publisherLogo returns the whole address of the publisher's picture, or "".
func (m *Maker) publisherLogo() string {
	logo := m.o.PublisherLogo
	if logo == "" {
		logo = m.o.Logo
	}
	switch {
	case logo == "":
		return ""
	case web(logo):
		return safeURL(logo)
	}
	return m.abs(content.EscapePath("/" + strings.Trim(logo, "/")))
}

func (m *Maker) linkedData(s *sheet, article bool, canonical, image string) ldGraph {
	g := ldGraph{Context: "https://schema.org", Graph: make([]any, 0, 4)}
	under := func(fragment string) string {
		if canonical == "" {
			return ""
		}
		return canonical + fragment
	}
	if s.Kind == "home" {
		w := &ldWebSite{
			Type: "WebSite", Name: shown(m.o.Title), Description: shown(m.o.Description),
			URL: m.abs("/"), Language: m.o.Language, Publisher: m.org,
		}
		if m.o.BaseURL != "" {
			w.ID = m.o.BaseURL + "/#website"
		}
		g.Graph = append(g.Graph, w, m.org)
	}

	p := &ldPage{
		Type: "WebPage", ID: canonical, URL: canonical, Name: s.heading, Description: s.Description,
		Language: s.Language, LastReviewed: s.Reviewed.ISO,
	}
	if !article && s.Kind != "home" {
		p.Type = "CollectionPage"
	}
	if m.o.BaseURL != "" {
		p.IsPartOf = &ldRef{m.o.BaseURL + "/#website"}
	}
	g.Graph = append(g.Graph, p)

	if article {
		a := &ldArticle{
			Type: "Article", ID: under("#article"), Headline: s.Title, Description: s.Description, URL: canonical,
			Language: s.Language, Published: s.Published.ISO, Modified: s.Updated.ISO,
			Publisher: m.org, WordCount: s.Words,
		}
		if a.Modified == "" {
			a.Modified = a.Published
		}
		if canonical != "" {
			a.MainEntity = &ldRef{canonical}
		}
		for _, name := range s.Authors {
			a.Author = append(a.Author, ldThing{Type: "Person", Name: shown(name)})
		}
		switch {
		case len(a.Author) > 0:
		case s.Owner != "":
			a.Author = []any{ldThing{Type: "Organization", Name: shown(s.Owner)}}
		default:
			a.Author = []any{ldThing{Type: "Organization", Name: m.org.Name, URL: m.org.URL}}
		}
		if image != "" {
			i := s.picture.shown
			a.Image = []any{ldImage{Type: "ImageObject", URL: image, Width: i.Width, Height: i.Height, Credit: i.Credit}}
		}
		g.Graph = append(g.Graph, a)
	}

	// Search engines take a way of two steps or more, each with its address.
	if len(s.way) > 0 && canonical != "" {
		c := &ldCrumbs{Type: "BreadcrumbList", ID: under("#breadcrumb")}
		step := func(x site.Crumb, url string) {
			c.Items = append(c.Items, ldCrumbItem{Type: "ListItem", Position: len(c.Items) + 1, Name: x.Title, Item: url})
		}
		for _, x := range s.way {
			step(x, m.abs(pageURL(x.ID)))
		}
		step(site.Crumb{Title: s.Title}, canonical)
		p.Breadcrumb = &ldRef{c.ID}
		g.Graph = append(g.Graph, c)
	}
	return g
}
