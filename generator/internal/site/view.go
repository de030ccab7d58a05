package site

import (
	"guidepost/generator/internal/content"
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
	// Newest is the date by which feeds and lists order: updated, else published.
	Newest content.Date
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

// A Backlink is a page that links here.
type Backlink struct {
	*Entry
}

// A View answers a job's questions about the site and tells each one to the
// task, so that the job is run again when an answer changes. Lists are shared:
// callers must not change them.
//
// Its methods:
//
//	Entry(id) *Entry                    nil if there is no such page
//	Resolve(ref *content.Ref) Target
//	Related(id) []*Entry                best first, at most 5
//	Backlinks(id) []Backlink            by title, at most 20
//	Crumbs(id) []Crumb                  from home to the page's parent
//	Topics() []*TopicEntry              all, by weight and title
//	Topic(slug) *TopicEntry             nil if there is none
//	TopicList(slug, page) []*Entry      one page of its articles, by weight and title; page counts from 1
//	TopicNewest(slug) []*Entry          for its feed, newest first, limited
//	Newest() []*Entry                   for feeds and home, newest first, limited
//	Listed() []*Entry                   every live, listed article, by title (A to Z)
//	All() []*Entry                      every published page by address, for catalogues
//	Redirects() []Redirect              by From
type View struct {
	site *Site
	see  func(name string)
}

// A Crumb is a step of the way from the home page.
type Crumb struct {
	Title string
	ID    content.ID
}
