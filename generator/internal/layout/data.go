package layout

import "html/template"

// The types of this file are what templates are given. layouts/README.md is
// their reference, kept true by a test.
//
// Every address is ready to be put into an attribute: rooted, relative or
// absolute as the site's settings want it. A zero Date prints nothing.

// A Site is what every template knows of the site. It is the same value for all
// pages of one language, so `include "header.html" .Site` runs once a build.
type Site struct {
	Title, Description string
	Language           string // BCP 47
	Direction          string // ltr or rtl
	BaseURL            string // "https://guidance.example.org", or empty
	Home               template.URL
	Navigation         []Link
	Publisher          Publisher
	Contact            Contact
	Logo               template.URL // or empty
	Styles             []Asset      // style sheets of every page
	Scripts            []Asset
	AtoZ, TopicsIndex  template.URL
	Glossary           template.URL // empty while there are no terms
	Map                template.URL // empty where the site has none
	Feed, FeedJSON     template.URL // empty without base_url
}

// A Publisher stands behind the site.
type Publisher struct {
	Name string
	URL  template.URL
}

// A Contact is whom a reader asks.
type Contact struct {
	Email, Phone string
	URL          template.URL
}

// An Asset is a style sheet or script, named by its content.
type Asset struct {
	URL       template.URL
	Integrity string // "sha384-…"
}

// A Link is a text and an address.
type Link struct {
	Text    string
	URL     template.URL
	Current bool // the page itself, or a section that it is in
}

// A Card shows another page in a list.
type Card struct {
	Title, Description string
	URL                template.URL
	Topic              string // title of its first topic, or empty
	Date               Date   // newest change
	State              string // "", "expired" or "withdrawn"
	Image              *Image // may be nil
}

// A Date is a day in two forms.
type Date struct {
	ISO  string // 2026-10-12, or RFC 3339
	Text string // 12 October 2026, as the page's language writes it
}

// An Image is a picture.
type Image struct {
	Src           template.URL
	Alt           string
	Width, Height int // pixels; zero if unknown
	Credit        string
	CreditURL     template.URL
	Caption       string
}

// A Heading is an entry of the contents list, with the headings under it.
type Heading struct {
	ID       string
	Text     template.HTML // inline HTML
	Level    int           // 2 to 6
	Children []Heading
}

// A Notice stands above a page that is out of date, withdrawn or a draft.
type Notice struct {
	Kind        string // expired, withdrawn, draft or scheduled
	Date        Date
	Reason      string
	Replacement *Link // may be nil
}

// A Share is a way to pass the page on.
type Share struct {
	Kind string       // copy, email, print, device, whatsapp, linkedin, x or facebook
	URL  template.URL // empty for copy, print and device
}

// A Change is an entry of the page's history.
type Change struct {
	Date  Date
	Note  string
	Major bool
}

// A Topic is a topic with what belongs to it.
type Topic struct {
	Title, Description string
	URL                template.URL
	Count              int // articles
	Children           []Link
}

// A Pager leads through a list of several pages.
type Pager struct {
	Number, Count  int // from 1
	Previous, Next template.URL
	Pages          []Link // Text is the number
}

// A Term is an entry of the glossary.
type Term struct {
	Name       string
	ID         string // for a fragment
	Also       []string
	Definition template.HTML
	See        []Link // other terms
	Source     *Link  // may be nil; its URL may be empty
	Pages      []Link // that use it, by title
	More       int    // further pages that use it
}

// A Letter is a part of the A to Z or of the glossary.
type Letter struct {
	Letter string
	ID     string       // for a fragment
	URL    template.URL // of its own page, or the fragment
	Count  int
	Terms  []Term  // of the glossary
	Cards  []*Card // empty where the letter has a page of its own that is not this one
}

// A Map is a drawing of articles, their topics and the links between them, and
// the same as a list.
type Map struct {
	Drawing         template.HTML // SVG
	Topics          []MapTopic
	Articles, Links int
	Lands           int          // topics that are drawn
	Drawn           int          // articles that are drawn: on large sites not all
	Whole           template.URL // of the map of the site; empty on that itself
}

// A MapTopic is a topic on the map.
type MapTopic struct {
	Text     string
	URL      template.URL // of the topic's page; may be empty
	Map      template.URL // of the topic's own map, on large sites
	Level    int          // of its heading: 3 to 5
	Count    int          // articles that belong first to this topic
	Articles []MapArticle
	Children []MapTopic
}

// A MapArticle is an article on the map.
type MapArticle struct {
	Text  string
	URL   template.URL
	Links []Link // what it links to
}

// A Backlink is the card of a page that links here, and the sentence in which
// its link stands, as plain text: what comes before the linked words, they, and
// what comes after them. Linked is empty where there is no sentence to show.
type Backlink struct {
	*Card
	Before, Linked, After string
}

// A Guide is one subject in parts, as one of its pages shows it.
type Guide struct {
	Title  string
	URL    template.URL
	Parts  []Part
	Number int // of the part that the page is, from 1; 0 for the guide's own page
	// Previous and Next are the pages before and after this one, the guide's
	// own page before its first part; nil where there is none.
	Previous, Next *Link
	Print          template.URL // of all parts on one page
}

// A Part is a page of a guide.
type Part struct {
	Number             int // from 1
	Title, Description string
	URL                template.URL // of its page; on the printable page, of its place there
	Current            bool

	// Of the printable page.
	ID                  string
	Language, Direction string
	Body                template.HTML // headings from level 3
}

// A Journey is what to do in steps, as a page shows it that one of them names.
type Journey struct {
	Title, Description string
	URL                template.URL
	Steps              []Step
	Number             int   // of the step that names the page, from 1
	Previous, Next     *Link // the steps before and after it, or nil
}

// A Step is a step of a journey.
type Step struct {
	Number  int    // from 1
	ID      string // for a fragment of the journey's page
	Title   string
	Text    string       // on the journey's page only
	URL     template.URL // of its first page, or of its place on the journey's page
	Current bool         // names the page
	Links   []StepLink   // on the journey's page, and of the current step
	Alone   bool         // has one link, whose text is the title
}

// A StepLink is a link of a step.
type StepLink struct {
	Text, Description string
	URL               template.URL
	External          bool
	Current           bool   // the page itself
	State             string // "", "expired" or "withdrawn"
}

// Lent is what is told of a page that other sites show.
type Lent struct {
	Full template.URL // of the page on its own site
	Date Date         // reviewed, else updated, else published
}

// A Page is what a page's template is given: article.html, print.html, home.html,
// topic.html, topics.html, a-z.html, map.html, 404.html, redirect.html, embed.html,
// card.html and body.html.
type Page struct {
	Site *Site
	Kind string // article, guide, journey, print, home, topic, topics, a-z, map, 404, redirect, embed, card, body

	Title       string
	Description string       // the lede; may be empty
	Language    string       // BCP 47
	Direction   string       // ltr or rtl
	URL         template.URL // of this page
	// Head is what every page needs in its head: title, description, canonical
	// address, feeds, Open Graph, styles, JSON-LD. A head without it is poorer.
	Head template.HTML
	// Body is the rendered text.
	Body template.HTML

	Crumbs    []Link
	Contents  []Heading // two levels: h2 and h3
	Topics    []Link
	Guide     *Guide    // that the page is, or is a part of; may be nil
	Journeys  []Journey // that name the page in a step
	Steps     []Step    // of a journey
	Related   []*Card
	Backlinks []Backlink // the most telling first
	Notice    *Notice    // may be nil

	Published, Updated, Reviewed, ReviewDue Date
	Changes                                 []Change // newest first
	Owner                                   string
	Authors                                 []string
	Audience                                []string
	Words, Minutes                          int
	Image                                   *Image // may be nil
	Action                                  *Link  // may be nil
	Sources                                 []Link
	Share                                   []Share
	Edit                                    template.URL // or empty
	Params                                  map[string]any

	// Of lists.
	Cards   []*Card // of a topic's page, or newest of the home page
	Start   []*Card // journeys, of the home page
	Listed  []Topic // of topics.html and home.html; the sub-topics of topic.html
	Pager   *Pager  // nil where all fits on one page
	Letters []Letter
	Map     *Map // of map.html

	// Of embed.html, card.html and body.html.
	Lent *Lent // nil of other pages

	// Of redirect.html.
	Target template.URL
}
