package site

import "guidepost/generator/internal/content"

// Options are the settings that relate pages.
type Options struct {
	Language     string
	TopicsOpen   bool // topics: open
	ReviewEvery  content.Period
	WarnBefore   content.Period
	PageSize     int
	FeedLimit    int
	AllowLinks   []string // patterns of addresses that are not checked
	Navigation   []content.Value
	HasBase      bool
	EmbedDefault bool // embed.origins is set
	Drafts       bool
	Map          bool // the site has a map of its articles
}
