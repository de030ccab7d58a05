// Package content turns files into articles: it reads front matter, checks it
// against the schema, keeps the place of everything it finds, and hands the
// body to package markdown.
//
// Its one rule: whatever other pages may know of an article is in its [Card].
// And what says in any way that it is a draft is a draft or in error.
//
// Read split.go first, on where front matter begins and ends, then schema.go,
// the table of its keys, and parse.go, which brings all together.
package content

import (
	"encoding/binary"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// An ID names a page: its address without the slashes at its ends. The home
// page's is empty. "interviews/after" is the page /interviews/after/.
type ID string

// URL returns the rooted address of the page: "/interviews/after/".
// It is not escaped.
func (id ID) URL() string {
	if id == "" {
		return "/"
	}
	return "/" + string(id) + "/"
}

// A Kind is what sort of page a file makes.
type Kind uint8

// The kinds. Topic pages lie in content/topics/, the home page is content/index.md.
const (
	Article Kind = iota + 1
	Guide
	Journey
	Topic
	Home
)

// A Date is a day, or a moment, as written in front matter. The zero Date is none.
type Date struct {
	Unix   int64  // seconds since 1970 UTC; of the day's start in UTC where only a day was written
	Text   string // RFC 3339, or 2006-01-02 where only a day was written
	Line   int    // place in the file
	Column int
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.Text == "" }

// A Period is a span of calendar time.
type Period struct{ Years, Months, Days int }

// A Place is where a value stands in its file.
type Place = values.Place

// A Value is a string of front matter and its place.
type Value struct {
	Text string
	Place
}

// An Image is the picture at the top of a page.
type Image struct {
	Src                             Value // as written; resolved like a link in the body
	Alt, Credit, CreditURL, Caption string
}

// A Link is a text and an address, as written.
type Link struct {
	Text string
	URL  Value
}

// A Change is an entry of a page's history.
type Change struct {
	Date  Date
	Note  string
	Major bool
}

// A Withdrawal says that a page no longer holds.
type Withdrawal struct {
	Date        Date
	Reason      string
	Replacement Value // path of the page to use instead; may be empty
}

// A Ref is a reference of the page's body or front matter to another page,
// its key already made independent of where it is written.
type Ref struct {
	markdown.Ref
	// Key is what is looked up, by Scheme:
	//	page      address of a page, "/cv/template/"
	//	file      path of a published file, "/cv/form.pdf"
	//	title     title in lower case, or path, of a wikilink: "cover letters"
	//	topic, term, fact    its name
	//	external  the whole address
	//	none      leads nowhere: a bad address; told when parsed
	Key      string
	Fragment string // without '#', decoded; may be empty
	Query    string // without '?'
	// Alt is a second Key of the same Scheme, tried where there is nothing at
	// Key: a relative link without an extension may have been written as seen
	// from the page's address rather than from its file. Of a title it is the
	// whole wikilink, tried before Key: where a page is called that, the #
	// begins no fragment. Often empty.
	Alt string
	// Use says where the reference stands.
	Use    Use
	Scheme Scheme
	Quote  Quote // the sentence that it stands in
	// File is the _defaults.yaml in which the reference stands, or empty where
	// that is the page's own file.
	File string
}

// A Step is a step of a journey. The addresses of its links are the next
// Links references of the card with UseStep; the Text of each is the title that
// the journey gives to it, or empty.
type Step struct {
	Title string // empty: the title of the page that its first link names
	Text  string
	Links int
	Place // of the title, or of the step
}

// Scheme says what a [Ref.Key] names.
type Scheme uint8

// The schemes.
const (
	SchemeNone Scheme = iota
	SchemePage
	SchemeFile
	SchemeTitle
	SchemeTopic
	SchemeTerm
	SchemeFact
	SchemeExternal
)

// Use says where a [Ref] stands.
type Use uint8

// The uses. All but UseBody are front matter.
const (
	UseBody Use = iota
	UseTopic
	UseRelated
	UseImage
	UseAction
	UseTranslates
	UseReplacement
	UseParent // of a topic
	UseSource
	UsePart // of a guide
	UseStep // of a journey
	UseText // a fact that a text of front matter names
)

// A Card is all that other pages, lists and feeds may know of an article. Two
// versions of an article with equal cards look the same from everywhere else.
type Card struct {
	ID   ID
	File string // "content/interviews/after.md"
	Kind Kind

	Title, Description string
	DescriptionGiven   bool // false: Description is the body's first sentence
	Language           string
	Topics             []string // slugs
	Audience, Keywords []string
	Owner              string
	Authors            []string
	Weight             int    // order in lists: the smaller the earlier; 0 after all others
	Parent             string // of a topic: the slug of the topic above it
	Steps              []Step // of a journey

	// Updated is the newest major change where the page does not give it.
	Published, Updated, Reviewed, PublishOn, Expires Date
	ReviewEvery                                      Period
	Changes                                          []Change // newest first
	Withdrawn                                        Withdrawal
	Draft, Unlisted, NoIndex                         bool
	Embed, Share, Search                             Tristate

	Image    Image
	Aliases  []Value // addresses on this site, rooted: "/old/page/"
	Refs     []Ref   // of the body in the order of Body.Refs, then of front matter
	Headings []markdown.Heading
	IDs      []string
	Quotes   string // the sentences of its links; see [Card.Quote]
	Words    int
	Terms    Terms // the words that tell what the page is about, heaviest first
	TitleAt  Place // of the title in the file

	// Held marks a page whose file, or whose _defaults.yaml, has errors: with
	// --keep-going its last good version stays.
	Held bool
}

// A Tristate is a bool that may be left to the site's setting.
type Tristate uint8

// The states.
const (
	Default Tristate = iota
	Yes
	No
)

// Or returns t, or the site's setting where t leaves it open.
func (t Tristate) Or(site bool) bool {
	if t == Default {
		return site
	}
	return t == Yes
}

// A Term is a stemmed word's hash and its weight in one page. Equal words of
// two languages have different hashes.
type Term struct {
	Hash   uint32
	Weight uint16
}

// Terms are a page's terms, packed: a large site holds ten million of them, and
// those of a remembered card lie where it was read.
type Terms string

const termSize = 6 // bytes of a packed term

// PackTerms packs terms.
func PackTerms(terms []Term) Terms {
	b := make([]byte, 0, termSize*len(terms))
	for _, t := range terms {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(b, t.Hash), t.Weight)
	}
	return Terms(b)
}

// Len returns how many terms there are.
func (t Terms) Len() int { return len(t) / termSize }

// At returns the term of index i.
func (t Terms) At(i int) Term {
	s := t[termSize*i : termSize*i+termSize]
	return Term{
		Hash:   uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24,
		Weight: uint16(s[4]) | uint16(s[5])<<8,
	}
}

// A Page is an article, parsed: what only its own page shows, and its card.
type Page struct {
	Card   *Card
	Body   *markdown.Body
	Layout string // template, "" for the kind's own
	// LayoutAt is where Layout is named: in the page, or in a _defaults.yaml.
	LayoutAt diag.Pos
	Action   *Link
	Sources  []Link
	Params   map[string]any // for templates: strings, numbers, bools, lists and maps
	// BodyBytes is how long the body is that ends the file; not kept.
	BodyBytes int
}
