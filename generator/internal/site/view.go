package site

import (
	"strconv"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// A State says whether a page holds at the time of the build.
type State uint8

// The states.
const (
	Live      State = iota + 1
	Expired         // stays at its address with a notice; in no list
	Withdrawn       // likewise
)

// An Entry is a page as other pages see it.
type Entry struct {
	*content.Card
	State State
	// ReviewDue is the day of the next review, 2006-01-02; empty if there is none.
	ReviewDue string
	at        int32  // index in Site.entries
	guide     int32  // index in Site.entries, plus 1, of the guide that the page is or is a part of; 0 if there is none
	key       string // by which titles are ordered
	// Newest is the date by which feeds and lists order: updated, else published.
	Newest content.Date
}

// Lent reports whether other sites may show the page, where the site lends any:
// an article, guide or journey that does not say otherwise.
func (e *Entry) Lent() bool {
	return e.Embed != content.No && (e.Kind == content.Article || e.Kind == content.Guide || e.Kind == content.Journey)
}

// A Target is where a reference leads. The zero Target leads nowhere.
type Target struct {
	URL      string // rooted and escaped for an address: "/cv/template/#layout", or whole "https://…"; not escaped for HTML
	Title    string // of the page, topic, term, or the fact's value
	External bool
}

// A TopicEntry is a topic and what belongs to it.
type TopicEntry struct {
	Slug        string
	Title       string
	Description string
	ID          content.ID // "topics/competition"
	Page        *Entry     // content/topics/SLUG.md; nil for a word that made a topic of its own
	Count       int        // listed articles, those of sub-topics not counted
	Parent      string     // slug
	Children    []string   // slugs, in order
}

// A Redirect is an old address that leads to a page.
type Redirect struct {
	From string // rooted, as written: "/old/page/"
	To   content.ID
}

// A Backlink is a page that links here, with the sentence in which the link
// stands: plain text, cut to some 200 characters. Linked is empty where there
// is none that says more than the page's title.
type Backlink struct {
	*Entry
	Before, Linked, After string
}

// A View answers a job's questions about the site and tells each one to the
// task, so that the job is run again when an answer changes. Lists are shared:
// callers must not change them.
type View struct {
	site *Site
	see  func(name string)
}

// View returns a View of s that tells every question to see; nil tells nobody.
func (s *Site) View(see func(name string)) View { return View{s, see} }

func (v View) saw(question string) {
	if v.see != nil {
		v.see("site:" + question)
	}
}

// Entry returns the page with an address, or nil.
func (v View) Entry(id content.ID) *Entry {
	v.saw("entry:" + string(id))
	return v.site.byID[id]
}

// Resolve returns where a reference leads; the zero Target if nowhere.
func (v View) Resolve(ref *content.Ref) Target {
	switch ref.Scheme {
	case content.SchemeNone:
		return Target{}
	case content.SchemeExternal:
		return Target{URL: ref.Key, Title: ref.Text, External: true}
	}
	by := scheme(ref)
	first, second, whole := keys(ref)
	if v.see != nil {
		v.see("site:target:" + schemes[by] + ":" + first) // put together once: it is the most frequent look
	}
	d, ok := v.site.find(by, first)
	if ok {
		d.whole = whole
	} else if second != "" {
		v.saw("target:" + schemes[by] + ":" + second)
		d, ok = v.site.find(by, second)
	}
	if !ok {
		if ref.Scheme == content.SchemePage || ref.Scheme == content.SchemeFile {
			// Settings let it pass: another system serves it.
			d = elsewhere(ref)
		} else {
			return Target{}
		}
	}
	t := Target{URL: d.address(ref), Title: d.title}
	if d.fragment != "" && ref.Fragment == "" {
		t.URL += "#" + content.EscapePath(d.fragment)
	}
	if f := ref.Fragment; f != "" && !d.whole {
		if ref.Kind == markdown.RefWiki && d.entry != nil {
			v.saw("headings:" + string(d.entry.ID))
			if id, ok := v.site.heading(d.entry, f); ok {
				f = id
			}
		}
		t.URL += "#" + content.EscapePath(f)
	}
	return t
}

var schemes = [...]string{
	content.SchemePage: "page", content.SchemeFile: "file", content.SchemeTitle: "title",
	content.SchemeTopic: "topic", content.SchemeTerm: "term", content.SchemeFact: "fact", schemeSource: "source",
}

// Related returns the pages to offer next, the best first: at most five.
func (v View) Related(id content.ID) []*Entry {
	v.saw("related:" + string(id))
	return v.site.related(id)
}

// Backlinks returns the pages that link to a page, the most telling first: at
// most 20. Guides and journeys that only name it are among what it is part of.
func (v View) Backlinks(id content.ID) []Backlink {
	v.saw("back:" + string(id))
	return v.site.backlinks(id)
}

// Crumbs returns the way from the home page to a page's parent.
func (v View) Crumbs(id content.ID) []Crumb {
	v.saw("crumbs:" + string(id))
	return v.site.crumbs(id)
}

// Topics returns all topics, by weight and title.
func (v View) Topics() []*TopicEntry {
	v.saw("topics:")
	return v.site.order
}

// TopicTree returns all topics, by weight and title, for who shows no more of
// them than titles and which is below which.
func (v View) TopicTree() []*TopicEntry {
	v.saw("topic-tree:")
	return v.site.order
}

// Topic returns a topic, or nil.
func (v View) Topic(slug string) *TopicEntry {
	v.saw("topic:" + slug)
	return v.site.topic(slug)
}

// TopicList returns a page of a topic's articles, by weight and title; page
// counts from 1.
func (v View) TopicList(slug string, page int) []*Entry {
	v.saw("list:" + strconv.Itoa(page) + ":" + slug)
	return v.site.topicList(slug, page)
}

// TopicNewest returns the articles of a topic for its feed, newest first.
func (v View) TopicNewest(slug string) []*Entry {
	v.saw("topic-newest:" + slug)
	return v.site.topicNewest(slug)
}

// Newest returns the articles for the site's feed, newest first.
func (v View) Newest() []*Entry {
	v.saw("newest:")
	return v.site.newestOnes()
}

// Listed returns every live, listed article, by title.
func (v View) Listed() []*Entry {
	v.saw("listed:")
	return v.site.listed
}

// All returns every published page, by address.
func (v View) All() []*Entry {
	v.saw("all:")
	return v.site.catalogue
}

// Pages returns what All does, to be told when something changes that pages may
// show of one another, but not when only their texts do.
func (v View) Pages() []*Entry {
	v.saw("pages:")
	return v.site.catalogue
}

// Lent returns the pages that other sites may show, and those that lie where a
// form of such a page could, by address. Only their addresses, and what [Entry.Lent]
// says, may be used: nobody is told when anything else of them changes.
func (v View) Lent() []*Entry {
	v.saw("lent:")
	return v.site.lent()
}

// Redirects returns the old addresses, in order.
func (v View) Redirects() []Redirect {
	v.saw("redirects:")
	return v.site.redirects
}

// A Crumb is a step of the way from the home page.
type Crumb struct {
	Title string
	ID    content.ID
}
