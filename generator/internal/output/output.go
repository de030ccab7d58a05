// Package output decides which files the finished site holds, and makes each.
//
// Its one rule: a job sees the world through its [Env] only, and everything
// that it looks at is recorded.
package output

import (
	"context"

	"guidepost/generator/internal/asset"
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
	EmbedOrigins       []string
	Logo               string // path under content/, or empty
}

// JobKind says how a job is made.
type JobKind uint8

// A Job is one file of the finished site. It is data, so that a plan can be
// remembered and nothing of the site need be loaded where no job runs.
type Job struct {
	Path string // in public/, slash-separated: "interviews/after/index.html"
	Kind JobKind
	ID   content.ID // of the page, where there is one
	Arg  string     // topic's slug, file's name; by Kind
	Page int        // of a list, from 1; else 0
}

// An Env is everything a job may look at. Each method records the look.
type Env struct {
	Options Options
	See     func(name string)                        // records a look
	Report  func(...diag.Diag)                       // tells a problem with the job
	View    site.View                                // records "site:…"
	Layouts *layout.Set                              // use Layout
	Assets  *asset.Set                               // use Asset
	Article func(file string) (*content.Page, error) // records "article:"+file
	Read    func(file string) ([]byte, error)        // records "file:"+file; a file in content/
	Size    func(path string) (width, height int)    // of a picture in content/, by its path in public/; records "size:"+path
}

// The package offers:
//
//	func Plan(s *site.Site, o Options, files []string, assets *asset.Set) ([]Job, diag.List)
//	    Every file the site will hold, in order of Path. files are those of content/
//	    that are published as they lie. Two that want one path, compared by NFC and
//	    case folding, are an error that names both.
//	func Make(ctx context.Context, j Job, e *Env) ([]byte, error)

var _ = context.Background
