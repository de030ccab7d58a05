package config

import (
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// A setting is one key of content/site.yaml.
type setting struct {
	key  string // with the names of its groups: "feed.limit"
	kind string // what it holds, in words
	def  string // what it is where nothing is written, as YAML; empty for nothing
	doc  string // what it does, in a sentence or two
	read reader
}

// settings is every setting, in the order of the manual.
var settings = []setting{
	{"title", "text", "", "The name of the site. Required.",
		text(func(c *Config, s string) { c.Output.Title = s })},
	{"description", "text", "", "What the site is, in a sentence.",
		text(func(c *Config, s string) { c.Output.Description = s })},
	{"base_url", "web address", "", "Where the site is published: `https://guidance.example.org`, or with a path below it. Without it addresses are rooted, and what needs a whole address is not published: feeds, sitemap, oEmbed.",
		baseURL(func(c *Config, s string) { c.Output.BaseURL, c.Site.HasBase = s, true })},
	{"language", "language tag", "en-GB", "The language of pages that do not say (BCP 47).",
		language(func(c *Config, s string) {
			c.Content.Language, c.Markdown.Language, c.Site.Language, c.Output.Language = s, s, s, s
		})},

	{"publisher.name", "text", "", "Who stands behind the site.",
		text(func(c *Config, s string) { c.Output.PublisherName = s })},
	{"publisher.url", "web address", "", "The publisher's own site.",
		address(func(c *Config, s string) { c.Output.PublisherURL = s })},
	{"publisher.logo", "path or web address", "", "The publisher's logo: a file in content/, or an address.",
		fileOrAddress(func(c *Config, s string) { c.Output.PublisherLogo = s })},
	{"contact.email", "e-mail address", "", "Whom a reader asks.",
		email(func(c *Config, s string) { c.Output.ContactEmail = s })},
	{"contact.url", "path or web address", "", "The page on which a reader asks.",
		pageOrAddress(func(c *Config, s string) { c.Output.ContactURL = s })},
	{"contact.phone", "telephone number", "", "The number that a reader rings.",
		phone(func(c *Config, s string) { c.Output.ContactPhone = s })},

	{"navigation", "list of paths", "", "The pages in the site's main navigation, in order: `[/interviews/, /cv/]`.",
		navigation},

	{"front_matter.unknown", "error, warning or off", "warning", "What a key in front matter is that Guidepost does not know.",
		oneOf(func(c *Config, i int) {
			c.Content.Unknown = [...]content.Unknown{content.UnknownError, content.UnknownWarning, content.UnknownOff}[i]
		}, "error", "warning", "off")},
	{"front_matter.map", "group of key: key", "", "Keys that are renamed on reading, so that content written for another tool builds unchanged: `date: published`, `card-image: image.src`, `x: params.x`.",
		frontMatterMap},
	{"front_matter.dates", "list of date forms", "", "Further forms of dates, written as the second of January 2006 would be: `02/01/2006`.",
		listOf(dateForm, func(c *Config, v []string) { c.Content.DateForms = v })},

	{"topics", "strict or open", "strict", "strict: articles name only topics that have a file in content/topics/. open: any other word makes a topic of its own.",
		oneOf(func(c *Config, i int) {
			c.Content.OpenTopics, c.Site.TopicsOpen = i == 1, i == 1
		}, "strict", "open")},

	{"review.every", "period", "12 months", "How often a page is due for review, where it does not say.",
		period(func(c *Config, v content.Period) { c.Site.ReviewEvery = v })},
	{"review.warn_before", "period", "30 days", "How long before a review is due it is told.",
		period(func(c *Config, v content.Period) { c.Site.WarnBefore = v })},

	{"reading.grade", "number", "9", "Advice on plain words: the years of schooling that a text may ask of its reader.",
		number(1, 30, func(c *Config, n int) { c.Reading.Grade = n })},
	{"reading.sentence_words", "number", "25", "Advice on length: the words that a sentence may have.",
		number(5, 200, func(c *Config, n int) { c.Reading.SentenceWords = n })},
	{"reading.avoid", "group of phrase: better phrase", "", "Phrases that are better put another way: `utilise: use`.",
		phrases},

	{"links.external", "check or skip", "skip", "Whether addresses of other sites are looked up.",
		oneOf(func(c *Config, i int) { c.CheckExternal = i == 0 }, "check", "skip")},
	{"links.allow", "list of patterns", "", "Addresses that are not checked, as another system serves them: `/jobs/*`, `https://intranet.example.org/*`.",
		listOf(pattern, func(c *Config, v []string) { c.Site.AllowLinks = v })},

	{"embed.origins", "list of origins", "", "The sites that may show pages of this one: `https://intranet.example.org`, `https://*.sharepoint.com`. Without it pages are not lent.",
		listOf(origin, func(c *Config, v []string) { c.Output.EmbedOrigins, c.Site.EmbedDefault = v, len(v) > 0 })},
	{"embed.link_target", "top, blank or self", "top", "Where links in a lent page open.",
		oneOf(func(c *Config, i int) { c.Output.LinkTarget = [...]string{"top", "blank", "self"}[i] }, "top", "blank", "self")},

	{"share", "list of copy, email, print, device, whatsapp, linkedin, x, facebook", "[copy, email, print, device]", "The ways of passing a page on, in order. `[]` for none.",
		listOf(word("way to share", "copy", "email", "print", "device", "whatsapp", "linkedin", "x", "facebook"),
			func(c *Config, v []string) { c.Output.Share, c.Output.ShareOn = v, len(v) > 0 })},

	{"search", "true or false", "true", "Whether the site can be searched.",
		boolean(func(c *Config, on bool) { c.Search = on })},
	{"map", "true or false", "false", "Whether the site has a map of its articles at `/map/`: a drawing by topic with the links between them, and the same as a list.",
		boolean(func(c *Config, on bool) { c.Site.Map, c.Output.Map = on, on })},

	{"feed.limit", "number", "20", "How many articles a feed holds.",
		number(1, 1000, func(c *Config, n int) { c.Output.FeedLimit, c.Site.FeedLimit = n, n })},
	{"page_size", "number", "50", "How many articles a page of a list holds.",
		number(1, 10000, func(c *Config, n int) { c.Output.PageSize, c.Site.PageSize = n, n })},

	{"markdown.html", "false, true or unsafe", "false", "Raw HTML in Markdown. false: left out, with a warning. true: sanitised, for trusted authors. unsafe: left as written.",
		oneOf(func(c *Config, i int) {
			c.Markdown.HTML = [...]markdown.HTMLMode{markdown.HTMLOff, markdown.HTMLSanitised, markdown.HTMLUnsafe}[i]
		}, "false", "true", "unsafe")},
	{"markdown.linkify", "true or false", "false", "Whether bare addresses in text become links.",
		boolean(func(c *Config, on bool) { c.Markdown.Linkify = on })},

	{"theme.accent", "colour", "", "The colour of links and buttons: `\"#1a5c5c\"`.",
		colour(func(c *Config, s string) { c.Theme.Accent = s })},
	{"theme.logo", "path", "", "The site's logo: a file in content/.",
		file(func(c *Config, s string) { c.Output.Logo = s })},
	{"theme.radius", "length", "", "How round corners are: `0`, `6px`, `0.5rem`.",
		length(func(c *Config, s string) { c.Theme.Radius = s })},
	{"theme.fonts", "list of font families", "", "The fonts of the text, the preferred first.",
		listOf(font, func(c *Config, v []string) { c.Theme.Fonts = v })},

	{"edit_url", "web address with {path}", "", "Where a page's file is edited: `https://example.org/edit/{path}`.",
		editURL(func(c *Config, s string) { c.Output.EditURL = s })},
	{"urls", "rooted or relative", "rooted", "relative makes every link relative to its page, so that the site opens from a folder and under any path.",
		oneOf(func(c *Config, i int) { c.Output.Relative = i == 1 }, "rooted", "relative")},
	{"images.widths", "list of numbers", "[480, 960, 1600]", "The widths in pixels in which pictures are made.",
		widths},

	{"rules", "group of rule: error, warning or off", "", "What a rule of docs/problems.md is on this site.",
		rules},
}

// severities are what a rule can be set to.
var severities = map[string]diag.Severity{"error": diag.Error, "warning": diag.Warning, "off": 0}
