package output

import (
	"encoding/json"
	"encoding/xml"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

// An address is a line of the sitemap.
type address struct{ url, changed string }

// addresses returns all that the sitemap lists.
func (m *Maker) addresses(e *Env) []address {
	// Asked by each part of the sitemap, so that each is made again when they change.
	v := asked{e.View, e.View.Pages(), e.View.Topics(), e.View.Listed(), e.View.HasTerms()}
	return m.sitemap.get(func() []address {
		entries := make(map[content.ID]*site.Entry, len(v.all))
		for _, n := range v.all {
			entries[n.ID] = n
		}
		out := Survey(v)
		list := make([]address, 0, len(v.all))
		out.addresses(m.o.pageSize(), m.o.Map, func(url string, id content.ID, written bool) {
			a := address{url: url}
			if written {
				a.changed = entries[id].Newest.Text
			}
			list = append(list, a)
		})
		return list
	})
}

// asked is a View whose lists were asked for already, and without redirects.
type asked struct {
	View
	all    []*site.Entry
	topics []*site.TopicEntry
	listed []*site.Entry
	terms  bool
}

func (a asked) All() []*site.Entry         { return a.all }
func (a asked) Topics() []*site.TopicEntry { return a.topics }
func (a asked) Listed() []*site.Entry      { return a.listed }
func (a asked) HasTerms() bool             { return a.terms }
func (a asked) Redirects() []site.Redirect { return nil }

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// sitemapXML returns the sitemap, or one part of it.
func (m *Maker) sitemapXML(j Job, e *Env) []byte {
	list := m.addresses(e)
	if j.Page > 0 {
		from := min((j.Page-1)*sitemapSize, len(list))
		list = list[from:min(from+sitemapSize, len(list))]
	}
	b := make([]byte, 0, 256+len(list)*(len(m.o.BaseURL)+96))
	b = append(b, xml.Header+`<urlset xmlns="`+sitemapSpace+`">`...)
	for _, a := range list {
		b = append(b, "<url><loc>"...)
		b = appendEscaped(b, m.o.BaseURL)
		b = appendEscaped(b, a.url)
		b = append(b, "</loc>"...)
		if a.changed != "" {
			b = append(b, "<lastmod>"...)
			b = appendEscaped(b, a.changed)
			b = append(b, "</lastmod>"...)
		}
		b = append(b, "</url>"...)
	}
	return append(b, "</urlset>\n"...)
}

// sitemapIndex returns the list of the sitemap's parts.
func (m *Maker) sitemapIndex(j Job) []byte {
	b := []byte(xml.Header + `<sitemapindex xmlns="` + sitemapSpace + `">`)
	for n := 1; n <= j.Page; n++ {
		b = append(b, "<sitemap><loc>"...)
		b = appendEscaped(b, m.o.BaseURL+"/"+sitemapPart(n))
		b = append(b, "</loc></sitemap>"...)
	}
	return append(b, "</sitemapindex>\n"...)
}

// catalogued is a page as articles.json lists it. Other programs rely on it:
// names are added, never changed.
type catalogued struct {
	URL         string   `json:"url"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Topics      []string `json:"topics"`
	Published   *string  `json:"published"` // null: none
	Updated     *string  `json:"updated"`
	Reviewed    *string  `json:"reviewed"`
	ReviewDue   *string  `json:"review_due"`
	Owner       string   `json:"owner"`
	Words       int      `json:"words"`
	Minutes     int      `json:"minutes"`
	// Only where it is so: whoever makes a list of the catalogue leaves these out.
	State    string `json:"state,omitempty"` // expired or withdrawn
	Unlisted bool   `json:"unlisted,omitempty"`
	Draft    bool   `json:"draft,omitempty"`
}

// articles returns the catalogue of all pages, a page a line.
func (m *Maker) articles(e *Env) ([]byte, error) {
	all := e.View.All()
	at := m.placeOf("articles.json")
	b := make([]byte, 0, 64+len(all)*400)
	b = append(b, `{"version":1,"articles":[`...)
	given := func(s *string) *string {
		if *s == "" {
			return nil
		}
		return s
	}
	for i, n := range all {
		url := pageURL(n.ID)
		c := catalogued{
			URL: m.abs(url), Title: n.Title, Description: n.Description, Topics: n.Topics,
			Published: given(&n.Published.Text), Updated: given(&n.Updated.Text), Reviewed: given(&n.Reviewed.Text),
			ReviewDue: given(&n.ReviewDue), Owner: n.Owner, Words: n.Words, Minutes: minutes(n.Words),
			State: stateName(n.State), Unlisted: n.Unlisted, Draft: n.Draft,
		}
		if c.URL == "" {
			c.URL = m.href(at, url)
		}
		if c.Topics == nil {
			c.Topics = []string{}
		}
		line, err := json.Marshal(&c)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '\n'), line...)
	}
	return append(b, "\n]}\n"...), nil
}
