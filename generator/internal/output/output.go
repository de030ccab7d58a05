// Package output decides which files the finished site holds, and makes each.
//
// [Plan] lists the files as [Job] values, which are data and can be
// remembered; a [Maker] turns a job into bytes. A page is its body, rendered
// when it was parsed, with the holes filled, put into a template that was
// minified when it was loaded: nothing is minified here.
//
// Its one rule: a job sees the world through its [Env] only, and everything
// that it looks at is recorded. What a Maker remembers between jobs spares
// work, never a look.
package output

import (
	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// Options choose what is published.
type Options struct {
	Title, Description string
	BaseURL            string // without a slash at its end, or empty
	Language           string
	PublisherName      string
	PublisherURL       string
	PublisherLogo      string
	ContactEmail       string
	ContactURL         string
	ContactPhone       string
	Navigation         []string // page IDs as rooted addresses, "/cv/"
	FeedLimit          int
	PageSize           int
	Share              []string // ways, in order
	ShareOn            bool
	EditURL            string // with {path}
	Relative           bool
	EmbedOrigins       []string // sites that may show pages of this one
	LinkTarget         string   // of links in lent pages: top, blank or self
	Logo               string   // path under content/, or empty
	Map                bool     // the site has a map of its articles
}

// pageSize is the number of articles to a page of a topic's list.
func (o *Options) pageSize() int {
	if o.PageSize < 1 {
		return 50
	}
	return o.PageSize
}

// JobKind says how a job is made.
type JobKind uint8

// The kinds. What ID, Arg and Page hold is said of each.
const (
	JobPage        JobKind = iota + 1 // ID: an article, guide or journey
	JobHome                           // the home page, which may have no file
	JobTopic                          // ID; Arg: the topic's slug; Page: of its list, from 1
	JobTopics                         // the list of topics; ID: of the page that introduces it, which may be missing
	JobAZ                             // all articles by letter; ID: likewise; Arg: the letter's ID on a page of its own; Page
	JobGlossary                       // the glossary; ID: likewise
	JobMap                            // the map; ID: likewise; with Page, from 1, that of a topic, Arg: its slug
	JobNotFound                       // 404.html
	JobRedirect                       // ID: where to; Arg: the old address as written
	JobFeed                           // Atom; Arg: the topic's slug, or empty
	JobFeedJSON                       // JSON Feed
	JobSitemap                        // Page: which part, from 1; 0 if there is one only
	JobSitemapIdx                     // the list of the parts; Page: how many
	JobRobots                         // robots.txt
	JobRedirects                      // _redirects
	JobHeaders                        // _headers
	JobArticles                       // articles.json
	JobAsset                          // Arg: the asset's name in layouts/assets/: "site.css"
	JobPrint                          // ID: a guide, whose parts it holds all
	JobFile                           // Arg: the file in content/, as Plan was given it
	JobEmbed                          // ID: a page that is lent, without the site's frame
	JobCard                           // ID: likewise, as a card
	JobOEmbed                         // ID: likewise, as oEmbed has it
	JobPageJSON                       // ID: likewise, as data
	JobFragment                       // ID: likewise, as a part of another page
	JobEmbedScript                    // embed.js
	JobPageSchema                     // what JobPageJSON makes, described
)

// A Job is one file of the finished site. It is data, so that a plan can be
// remembered and nothing of the site need be loaded where no job runs.
type Job struct {
	Path string // in public/, slash-separated: "interviews/after/index.html"
	Kind JobKind
	ID   content.ID // of the page, where there is one
	Arg  string     // topic's slug, file's name; by Kind
	Page int        // of a list, from 1; else 0
}

// EncodeJobs writes a plan.
func EncodeJobs(e *cache.Encoder, jobs []Job) {
	cache.Slice(e, jobs, func(e *cache.Encoder, j *Job) {
		e.String(j.Path)
		e.Uint(uint64(j.Kind))
		e.String(string(j.ID))
		e.String(j.Arg)
		e.Int(j.Page)
	})
}

// DecodeJobs reads what EncodeJobs wrote.
func DecodeJobs(d *cache.Decoder) []Job {
	return cache.ReadSlice(d, func(d *cache.Decoder, j *Job) {
		j.Path = d.String()
		j.Kind = JobKind(d.Uint())
		j.ID = content.ID(d.String())
		j.Arg = d.String()
		j.Page = d.Int()
	})
}

// A View answers questions about the site and records each; it is what this
// package needs of [site.View].
type View interface {
	Entry(id content.ID) *site.Entry
	Resolve(ref *content.Ref) site.Target
	Related(id content.ID) []*site.Entry
	Backlinks(id content.ID) []site.Backlink
	Crumbs(id content.ID) []site.Crumb
	PartOf(id content.ID) site.Membership
	Journey(id content.ID) *site.Journey
	Journeys() []*site.Entry
	Topics() []*site.TopicEntry
	TopicTree() []*site.TopicEntry
	Topic(slug string) *site.TopicEntry
	TopicList(slug string, page int) []*site.Entry
	TopicNewest(slug string) []*site.Entry
	Newest() []*site.Entry
	Listed() []*site.Entry
	All() []*site.Entry
	Pages() []*site.Entry
	Redirects() []site.Redirect
	Term(name string) *site.Term
	HasTerms() bool
	Glossary() []site.TermUse
	Lent() []*site.Entry
	Map() []site.MapEntry
	MapTopic(slug string) []site.MapEntry
	HomeTopic(e *site.Entry) string
}

// Layouts runs templates: a [layout.Set].
type Layouts interface {
	Has(name string) bool
	Names() []string
	Run(name string, data any) ([]byte, diag.List)
}

// Assets finds assets by name: an [asset.Set].
type Assets interface {
	Files() []*asset.File
	Lookup(name string) *asset.File
}

var (
	_ View    = site.View{}
	_ Layouts = (*layout.Set)(nil)
	_ Assets  = (*asset.Set)(nil)
)

// An Env is everything a job may look at. Each look is recorded: by the
// functions and the View themselves, and with See where a template or an asset
// is asked for ("layout:article.html", "asset:site.css") or the names of all
// ("layout:", "asset:").
type Env struct {
	See     func(name string)                        // records a look
	Report  func(...diag.Diag)                       // tells a problem with the job
	View    View                                     // records "site:…"
	Layouts Layouts                                  // asked through the methods of Env only
	Assets  Assets                                   // likewise
	Article func(file string) (*content.Page, error) // records "article:"+file
	Read    func(file string) ([]byte, error)        // records "file:"+file; a file in content/
	Size    func(path string) (width, height int)    // of a picture in content/, by its path in public/; records "size:"+path
}

func (e *Env) hasLayout(name string) bool {
	e.See("layout:" + name)
	return e.Layouts.Has(name)
}

func (e *Env) layoutNames() []string {
	e.See("layout:")
	return e.Layouts.Names()
}

func (e *Env) run(name string, data any) ([]byte, diag.List) {
	e.See("layout:" + name)
	return e.Layouts.Run(name, data)
}

func (e *Env) asset(name string) *asset.File {
	e.See("asset:" + name)
	return e.Assets.Lookup(name)
}

func (e *Env) assets() []*asset.File {
	e.See("asset:")
	return e.Assets.Files()
}
