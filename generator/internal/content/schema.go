package content

import (
	"fmt"
	"strings"

	"guidepost/generator/internal/values"
)

// The table of this file is the source of all that is said and done about
// front matter: reading it, telling what an unknown key may have been meant
// for, the reference in docs/front-matter.md, and the schema for editors.

// A Field is a key of front matter, as its reference and schema show it.
type Field struct {
	Key     string
	Type    string   // one of the Type constants
	Doc     string   // one sentence
	Example string   // YAML, of the value alone where it fits on one line
	Choices []string // of TypeChoice
	Fields  []Field  // of TypeTable and TypeTables
	// PageOnly marks a key that no _defaults.yaml may set, as two pages
	// cannot share its value.
	PageOnly bool
}

// The types of values.
const (
	TypeText   = "text"
	TypeTexts  = "list of texts"
	TypeSlugs  = "list of slugs"
	TypePaths  = "list of paths"
	TypePath   = "path"
	TypeURL    = "address"
	TypeURLs   = "list of addresses"
	TypeDate   = "date"
	TypePeriod = "period"
	TypeBool   = "true or false"
	TypeNumber = "whole number"
	TypeChoice = "choice"
	TypeTable  = "table"
	TypeTables = "list of tables"
	TypeAny    = "anything"
)

// A rule is a field and how it is read.
type rule struct {
	Field
	read func(r *reader, f *rule, n *values.Node)
}

// rules are all keys, in the order of their reference.
var rules = [...]rule{
	{Field{Key: "title", Type: TypeText, PageOnly: true, Example: "After a bad interview",
		Doc: "The page's heading 1 and title. Where it is missing and the text opens with a heading 1, that is the title."},
		func(r *reader, f *rule, n *values.Node) {
			if s, ok := r.text(f.Key, n); ok && s != "" {
				r.card.Title, r.card.TitleAt = s, n.Place
			}
		}},
	{Field{Key: "description", Type: TypeText, Example: "What to do in the days after an interview went wrong.",
		Doc: "One sentence that says what the page gives: the lede, the text in search results and on cards. Missing, the text's first sentence stands in, with a warning."},
		func(r *reader, f *rule, n *values.Node) {
			if s, ok := r.text(f.Key, n); ok && s != "" {
				r.card.Description, r.card.DescriptionGiven = s, true
			}
		}},
	{Field{Key: "topics", Type: TypeSlugs, Example: "[interviews, confidence]",
		Doc: "The topics that the page belongs to, by the names of their files in content/topics/."},
		func(r *reader, f *rule, n *values.Node) { r.topics(f, n) }},
	{Field{Key: "published", Type: TypeDate, Example: "2026-10-12", Doc: "When the page was first published."},
		func(r *reader, f *rule, n *values.Node) { r.date(f.Key, n, &r.card.Published) }},
	{Field{Key: "updated", Type: TypeDate, Example: "2026-11-02", Doc: "When its meaning last changed. Missing, the newest major entry of changes."},
		func(r *reader, f *rule, n *values.Node) { r.date(f.Key, n, &r.card.Updated) }},
	{Field{Key: "reviewed", Type: TypeDate, Example: "2026-11-20", Doc: "When the whole page was last read again."},
		func(r *reader, f *rule, n *values.Node) { r.date(f.Key, n, &r.card.Reviewed) }},
	{Field{Key: "changes", Type: TypeTables, Example: "[{date: 2026-11-02, note: New salary figures, major: true}]",
		Doc: "The page's history. The newest major change is `updated`, where that is not given.",
		Fields: []Field{
			{Key: "date", Type: TypeDate, Doc: "When.", Example: "2026-11-02"},
			{Key: "note", Type: TypeText, Doc: "What changed.", Example: "New salary figures"},
			{Key: "major", Type: TypeBool, Doc: "Whether the page's meaning changed.", Example: "true"},
		}}, func(r *reader, f *rule, n *values.Node) { r.changes(f, n) }},
	{Field{Key: "review_every", Type: TypePeriod, Example: "6 months",
		Doc: "How long the page holds: with `reviewed` (else `updated`, `published`) it gives the next review date."},
		func(r *reader, f *rule, n *values.Node) { r.period(f.Key, n) }},
	{Field{Key: "publish_on", Type: TypeDate, Example: "2027-01-04", Doc: "The page is left out until then."},
		func(r *reader, f *rule, n *values.Node) { r.date(f.Key, n, &r.card.PublishOn) }},
	{Field{Key: "expires", Type: TypeDate, Example: "2027-06-30",
		Doc: "From then on the page stays at its address with a notice that it is out of date, and leaves lists, feeds and search."},
		func(r *reader, f *rule, n *values.Node) { r.date(f.Key, n, &r.card.Expires) }},
	{Field{Key: "withdrawn", Type: TypeTable, Example: "{date: 2026-11-02, reason: The scheme has ended., replacement: /apprenticeships/}",
		Doc: "The page no longer holds: it stays at its address with the reason and the way on.",
		Fields: []Field{
			{Key: "date", Type: TypeDate, Doc: "Since when. Required.", Example: "2026-11-02"},
			{Key: "reason", Type: TypeText, Doc: "Why, in one sentence.", Example: "The scheme has ended."},
			{Key: "replacement", Type: TypePath, Doc: "The page to use instead.", Example: "/apprenticeships/"},
		}}, func(r *reader, f *rule, n *values.Node) { r.withdrawn(f, n) }},
	{Field{Key: "draft", Type: TypeBool, Example: "true", Doc: "The page is left out, but with --drafts."},
		func(r *reader, f *rule, n *values.Node) { r.draft(f, n) }},
	{Field{Key: "owner", Type: TypeText, Example: "Careers service", Doc: "Who answers for the page."},
		func(r *reader, f *rule, n *values.Node) { r.textTo(f.Key, n, &r.card.Owner) }},
	{Field{Key: "authors", Type: TypeTexts, Example: "[Sam Okafor]", Doc: "Who wrote it."},
		func(r *reader, f *rule, n *values.Node) { r.textsTo(f.Key, n, &r.card.Authors) }},
	{Field{Key: "image", Type: TypeTable, Example: "{src: rain.jpg, alt: A person under an umbrella}",
		Doc: "The picture at the top, with its credit under it.",
		Fields: []Field{
			{Key: "src", Type: TypePath, Doc: "The picture's file, as seen from the page's file. Required.", Example: "rain.jpg"},
			{Key: "alt", Type: TypeText, Doc: `What it shows, for those who do not see it; "" where it only decorates.`, Example: "A person under an umbrella"},
			{Key: "credit", Type: TypeText, Doc: "Who made it.", Example: "Sam Okafor"},
			{Key: "credit_url", Type: TypeURL, Doc: "Where it comes from.", Example: "https://example.org/rain"},
			{Key: "caption", Type: TypeText, Doc: "The text under it.", Example: "Rain in Leeds"},
		}}, func(r *reader, f *rule, n *values.Node) { r.image(f, n) }},
	{Field{Key: "action", Type: TypeTable, Example: "{text: Book an appointment, url: /contact/}", Doc: "The call to action.",
		Fields: []Field{
			{Key: "text", Type: TypeText, Doc: "What the button says. Required.", Example: "Book an appointment"},
			{Key: "url", Type: TypeURL, Doc: "Where it leads. Required.", Example: "/contact/"},
		}}, func(r *reader, f *rule, n *values.Node) { r.action(f, n) }},
	{Field{Key: "related", Type: TypePaths, Example: "[../cv/template.md, /interviews/before/]", Doc: "Pages shown first among related guidance."},
		func(r *reader, f *rule, n *values.Node) { r.related(f, n) }},
	{Field{Key: "aliases", Type: TypeURLs, PageOnly: true, Example: "[/old/interviews/]", Doc: "Old addresses on this site that lead here: from the root, or as seen from above the page's own (`old-name`)."},
		func(r *reader, f *rule, n *values.Node) { r.aliases(f, n) }},
	{Field{Key: "sources", Type: TypeTables, Example: "[{title: Labour market overview, url: https://example.org/overview}]", Doc: "What the page rests on, listed at its foot.",
		Fields: []Field{
			{Key: "title", Type: TypeText, Doc: "Its name.", Example: "Labour market overview"},
			{Key: "url", Type: TypeURL, Doc: "Where it is found.", Example: "https://example.org/overview"},
		}}, func(r *reader, f *rule, n *values.Node) { r.sources(f, n) }},
	{Field{Key: "kind", Type: TypeChoice, Choices: []string{"article", "guide", "journey"}, Example: "guide",
		Doc: "What sort of page it is: an article, a guide in parts, or a journey in steps. Missing, an article."},
		func(r *reader, f *rule, n *values.Node) { r.kind(f, n) }},
	{Field{Key: "parts", Type: TypePaths, Example: "[prepare/research.md, prepare/practise.md]", PageOnly: true,
		Doc: "The parts of a guide, in order: articles of this site, each a part of one guide only."},
		func(r *reader, f *rule, n *values.Node) { r.parts(f, n) }},
	{Field{Key: "steps", Type: TypeTables, Example: "[{title: Ask why, links: [/interviews/feedback/]}]", PageOnly: true,
		Doc: "The steps of a journey, in order. A path alone stands for a step with one link.",
		Fields: []Field{
			{Key: "title", Type: TypeText, Doc: "What to do. Missing, the title of the page that its first link names.", Example: "Ask why"},
			{Key: "text", Type: TypeText, Doc: "A sentence or two on it.", Example: "Most employers will tell you."},
			{Key: "links", Type: TypePaths, Doc: "Pages of this site, by path or as {title, url}; pages elsewhere as {title, url}.", Example: "[/interviews/feedback/]"},
		}}, func(r *reader, f *rule, n *values.Node) { r.steps(f, n) }},
	{Field{Key: "slug", Type: TypeText, PageOnly: true, Example: "after", Doc: "The last part of the page's address, in place of its file's name."},
		func(r *reader, f *rule, n *values.Node) { r.slug(f, n) }},
	{Field{Key: "parent", Type: TypeText, Example: "interviews", Doc: "Of a topic: the topic above it."},
		func(r *reader, f *rule, n *values.Node) { r.parent(f, n) }},
	{Field{Key: "weight", Type: TypeNumber, Example: "10", Doc: "The page's order in lists: the smaller the earlier; without one after all others."},
		func(r *reader, f *rule, n *values.Node) { r.number(f.Key, n, &r.card.Weight) }},
	{Field{Key: "layout", Type: TypeText, Example: "wide", Doc: "The template, in place of the kind's own."},
		func(r *reader, f *rule, n *values.Node) { r.layout(f, n) }},
	{Field{Key: "audience", Type: TypeTexts, Example: "[graduates]", Doc: "For whom the page is."},
		func(r *reader, f *rule, n *values.Node) { r.textsTo(f.Key, n, &r.card.Audience) }},
	{Field{Key: "keywords", Type: TypeTexts, Example: "[resume, curriculum vitae]", Doc: "Words that search finds the page by though it does not show them."},
		func(r *reader, f *rule, n *values.Node) { r.textsTo(f.Key, n, &r.card.Keywords) }},
	{Field{Key: "unlisted", Type: TypeBool, Example: "true", Doc: "The page is at its address but in no list."},
		func(r *reader, f *rule, n *values.Node) { r.boolTo(f.Key, n, &r.card.Unlisted) }},
	{Field{Key: "noindex", Type: TypeBool, Example: "true", Doc: "The page is kept from search engines."},
		func(r *reader, f *rule, n *values.Node) { r.boolTo(f.Key, n, &r.card.NoIndex) }},
	{Field{Key: "embed", Type: TypeBool, Example: "false", Doc: "Whether other sites may show the page; missing, as the site says."},
		func(r *reader, f *rule, n *values.Node) { r.tristate(f.Key, n, &r.card.Embed) }},
	{Field{Key: "share", Type: TypeBool, Example: "false", Doc: "Whether the page offers to be shared; missing, as the site says."},
		func(r *reader, f *rule, n *values.Node) { r.tristate(f.Key, n, &r.card.Share) }},
	{Field{Key: "search", Type: TypeBool, Example: "false", Doc: "Whether search finds the page; missing, as the site says."},
		func(r *reader, f *rule, n *values.Node) { r.tristate(f.Key, n, &r.card.Search) }},
	{Field{Key: "glossary", Type: TypeChoice, Choices: []string{"on", "off"}, Example: "off",
		Doc: "Whether the first use of each term of the glossary becomes a link to its definition; missing, on."},
		func(r *reader, f *rule, n *values.Node) { r.glossary(f, n) }},
	{Field{Key: "language", Type: TypeText, Example: "cy", Doc: "The page's language, as a BCP 47 tag; missing, the site's."},
		func(r *reader, f *rule, n *values.Node) { r.language(f, n) }},
	{Field{Key: "translates", Type: TypePath, PageOnly: true, Example: "/interviews/after/", Doc: "The page that this one translates."},
		func(r *reader, f *rule, n *values.Node) { r.translates(f, n) }},
	{Field{Key: "params", Type: TypeAny, Example: "{theme: calm}", Doc: "A table of anything else, for templates."},
		func(r *reader, f *rule, n *values.Node) { r.params(f, n) }},
}

// Fields returns every key of front matter, in the order of their reference.
func Fields() []Field {
	list := make([]Field, len(rules))
	for i := range rules {
		list[i] = rules[i].Field
	}
	return list
}

// KnownKey reports whether key, which may be dotted, is one of front matter:
// "published", "image.src", "params.anything". It is for checking the targets
// of front_matter.map.
func KnownKey(key string) bool {
	first, rest, dotted := strings.Cut(key, ".")
	for i := range rules {
		if rules[i].Key != first {
			continue
		}
		if !dotted || first == "params" {
			return !dotted || rest != ""
		}
		for _, f := range rules[i].Fields {
			if f.Key == rest {
				return rules[i].Type == TypeTable
			}
		}
	}
	return false
}

// Reference returns the reference of front matter as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Front matter

The lines at the top of a page, between two lines ` + "`---`" + ` (YAML), ` + "`+++`" + ` (TOML) or ` + "`;;;`" + ` (JSON), say
what the page is. The first delimiter is the first line of the file, and both stand alone at the beginning of their line.
This page is made from the table that the program itself reads by.

`)
	var row func(prefix string, f Field)
	row = func(prefix string, f Field) {
		typ := f.Type
		if f.Type == TypeChoice {
			typ = strings.Join(f.Choices, ", ")
		}
		fmt.Fprintf(&b, "| `%s%s` | %s | %s | `%s` |\n", prefix, f.Key, typ, strings.ReplaceAll(f.Doc, "|", `\|`), f.Example)
		for _, sub := range f.Fields {
			row(prefix+f.Key+".", sub)
		}
	}
	b.WriteString("| key | type | meaning | example |\n| --- | --- | --- | --- |\n")
	for i := range rules {
		row("", rules[i].Field)
	}
	b.WriteString(`
- A date is ` + "`2026-10-12`" + ` or a moment, ` + "`2026-10-12T09:00:00+01:00`" + `. The setting ` + "`front_matter.dates`" + ` adds forms.
- A period is a number and days, weeks, months or years: ` + "`6 months`" + `.
- Where a list is wanted, a text stands for the list of its parts between commas: ` + "`topics: interviews, confidence`" + `.
- Yes and no are written ` + "`true`" + ` and ` + "`false`" + `, without quotes. Texts are taken as written: ` + "`title: no`" + ` is the word, ` + "`slug: 0123`" + ` keeps its zero.
- A key twice is a warning, and the last one counts. Anchors, aliases and merge keys of YAML are errors.
- An unknown key is a warning (` + "`front_matter.unknown`" + ` makes it an error or nothing). One that may be a slip for
  ` + "`draft`, `publish_on`, `expires` or `withdrawn`" + ` is always an error, as is anything else that seems to keep the page back but does
  not: ` + "`published: false`, `status: draft`, `draft: true`" + ` below other text. A page in error is never published.
- ` + "`_defaults.yaml`" + ` in a folder holds keys for all pages in it and below. The page's own keys win over it, a
  deeper folder's over those above; ` + "`params`" + ` are joined key by key. These can only be set in a page: `)
	var own []string
	for i := range rules {
		if rules[i].PageOnly {
			own = append(own, "`"+rules[i].Key+"`")
		}
	}
	b.WriteString(strings.Join(own, ", ") + ".\n")
	fmt.Fprintf(&b, "- Front matter has at most %d KB, %d keys and %d levels; a page at most %d MB.\n", values.MaxBytes>>10, values.MaxKeys, values.MaxDepth, maxFile>>20)
	return b.String()
}
