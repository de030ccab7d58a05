package output

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

// Feeds carry titles and summaries, not texts: with texts, each change of a
// new article's wording would make every feed anew.

// atom returns a feed of the site's or a topic's newest pages, as RFC 4287 has it.
func (m *Maker) atom(j Job, e *Env) []byte {
	title, page, entries := shown(m.o.Title), m.abs("/"), []*site.Entry(nil)
	subtitle := m.o.Description
	if j.Arg == "" {
		entries = e.View.Newest()
	} else {
		entries = e.View.TopicNewest(j.Arg)
		page = m.abs(topicURL(j.Arg))
		if t := e.View.Topic(j.Arg); t != nil {
			title = shown(t.Title) + " – " + title
			subtitle = t.Description
		}
	}
	entries = dated(entries)

	x := xmlWriter{}
	x.WriteString(xml.Header + `<feed xmlns="http://www.w3.org/2005/Atom"`)
	x.attr("xml:lang", m.o.Language)
	x.WriteString(">")
	x.text("title", title)
	if subtitle != "" {
		x.text("subtitle", shown(subtitle))
	}
	self := m.abs(content.EscapePath("/" + j.Path))
	x.text("id", self)
	x.text("updated", newest(entries))
	x.link("alternate", "text/html", page)
	x.link("self", "application/atom+xml", self)
	x.person(m.org.Name, m.org.URL)
	for _, n := range entries {
		url := m.abs(pageURL(n.ID))
		x.WriteString("<entry")
		if n.Language != "" && n.Language != m.o.Language {
			x.attr("xml:lang", n.Language)
		}
		x.WriteString(">")
		x.text("title", shown(n.Title))
		x.text("id", url)
		x.link("alternate", "text/html", url)
		x.text("updated", timestamp(n.Newest))
		if !n.Published.IsZero() {
			x.text("published", timestamp(n.Published))
		}
		for _, name := range n.Authors {
			x.person(shown(name), "")
		}
		for _, slug := range n.Topics {
			x.WriteString("<category")
			x.attr("term", slug)
			if t := m.topicTarget(e, slug); t.Title != "" {
				x.attr("label", t.Title)
			}
			x.WriteString("/>")
		}
		if n.Description != "" {
			x.text("summary", shown(n.Description))
		}
		x.WriteString("</entry>")
	}
	x.WriteString("</feed>\n")
	return x.Bytes()
}

// dated returns the entries that have a date: others have no place in a feed.
func dated(entries []*site.Entry) []*site.Entry {
	without := func(n *site.Entry) bool { return n.Newest.IsZero() }
	if !slices.ContainsFunc(entries, without) {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), without)
}

// newest returns when the latest of entries changed. A feed must say when it
// did; one without entries never has.
func newest(entries []*site.Entry) string {
	var d content.Date
	for _, n := range entries {
		if d.IsZero() || n.Newest.Unix > d.Unix {
			d = n.Newest
		}
	}
	return timestamp(d)
}

type xmlWriter struct{ bytes.Buffer }

// escape writes s; what XML cannot hold becomes U+FFFD.
func (x *xmlWriter) escape(s string) { xml.EscapeText(x, []byte(s)) } // a Buffer never fails

func (x *xmlWriter) attr(name, value string) {
	x.WriteString(" " + name + `="`)
	x.escape(value)
	x.WriteByte('"')
}

func (x *xmlWriter) text(name, value string) {
	x.WriteString("<" + name + ">")
	x.escape(value)
	x.WriteString("</" + name + ">")
}

func (x *xmlWriter) link(rel, mediatype, url string) {
	x.WriteString("<link")
	x.attr("rel", rel)
	x.attr("type", mediatype)
	x.attr("href", url)
	x.WriteString("/>")
}

// person writes an author, who must have a name.
func (x *xmlWriter) person(name, url string) {
	if strings.TrimSpace(name) == "" {
		return
	}
	x.WriteString("<author>")
	x.text("name", name)
	if url != "" {
		x.text("uri", url)
	}
	x.WriteString("</author>")
}

type feedJSON struct {
	Version     string         `json:"version"`
	Title       string         `json:"title"`
	Home        string         `json:"home_page_url"`
	Feed        string         `json:"feed_url"`
	Description string         `json:"description,omitempty"`
	Language    string         `json:"language,omitempty"`
	Authors     []feedAuthor   `json:"authors,omitempty"`
	Items       []feedJSONItem `json:"items"`
}

type feedAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type feedJSONItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Text      string       `json:"content_text"` // an item must have a content
	Image     string       `json:"image,omitempty"`
	Published string       `json:"date_published,omitempty"`
	Modified  string       `json:"date_modified,omitempty"`
	Authors   []feedAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`
}

// jsonFeed returns the feed of the site's newest pages as JSON Feed 1.1.
func (m *Maker) jsonFeed(j Job, e *Env) ([]byte, error) {
	f := feedJSON{
		Version: "https://jsonfeed.org/version/1.1",
		Title:   shown(m.o.Title), Home: m.abs("/"), Feed: m.abs("/" + j.Path),
		Description: shown(m.o.Description), Language: m.o.Language,
		Authors: []feedAuthor{{m.org.Name, m.org.URL}},
		Items:   []feedJSONItem{},
	}
	at := m.placeOf(j.Path)
	for _, n := range dated(e.View.Newest()) {
		url := m.abs(pageURL(n.ID))
		x := feedJSONItem{ID: url, URL: url, Title: shown(n.Title), Text: shown(n.Description), Modified: timestamp(n.Newest)}
		if x.Text == "" {
			x.Text = x.Title
		}
		if !n.Published.IsZero() {
			x.Published = timestamp(n.Published)
		}
		if n.Language != m.o.Language {
			x.Language = n.Language
		}
		if p := m.image(e, at, n); p.shown != nil {
			x.Image = m.abs(p.url)
		}
		for _, name := range n.Authors {
			x.Authors = append(x.Authors, feedAuthor{Name: shown(name)})
		}
		for _, slug := range n.Topics {
			x.Tags = append(x.Tags, cmp.Or(m.topicTarget(e, slug).Title, slug))
		}
		f.Items = append(f.Items, x)
	}
	return json.Marshal(f)
}
