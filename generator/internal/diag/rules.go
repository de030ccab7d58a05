package diag

import (
	"slices"
	"strings"
)

// A Rule is a kind of problem. Its name never changes: settings, scripts and
// other programs go by it.
type Rule struct {
	Name   string
	Doc    string // what it means, one sentence
	WayOut string // what to do about it, one or two sentences
}

// Rules lists every rule by name. docs/problems.md is written from it.
var Rules = []Rule{
	{"address-clash", "Two pages or files want the same address, or two that some systems do not tell apart.",
		"Give one of them another name or slug; the problem names both."},
	{"ambiguous-link", "A link by title fits more than one page.",
		"Link by path instead: [[cv/template]]."},
	{"asset", "A style sheet, script or picture cannot be read, or does not parse and is published as it is written.",
		"Mend the place that the problem names."},
	{"attribute", "An attribute in {…} is not let in, is given twice, or belongs to nothing, and is left out.",
		"Use #id, .class, lang, dir or data-…, right after the heading or block that it is for."},
	{"bad-address", "An address cannot be read, leads nowhere, or is of a kind that is never published, such as javascript:.",
		"Write a whole address that begins with https://, or the path of a page or file here."},
	{"bad-alias", "An old address in aliases is not a path of this site.",
		"Write it from the root, without the site's name: /old/page/."},
	{"bad-date", "A date is in no form that is read, or is no day of the calendar.",
		"Write year-month-day, 2026-10-12, or a moment, 2026-10-12T09:00:00Z. The setting front_matter.dates adds other forms."},
	{"bad-front-matter", "The front matter cannot be read.",
		"Mend the line that the problem names. Put text that holds a colon, a # or a quotation mark into quotation marks."},
	{"bad-ledger", "A line of content/addresses.txt is no address of this site.",
		"Write an address, /cv/template/, or one with a heading, /cv/template/#work. After a merge keep the lines of both sides."},
	{"bad-link", "A symbolic link in content/ or layouts/ leads nowhere, or out of the folder.",
		"Put the file itself there, or take the link away."},
	{"bad-part", "A guide names as a part, or a journey in a step, what cannot be one: itself, a page that is no article, or a page a second time.",
		"Name an article by its path, once."},
	{"bad-path", "A file or page has a path that cannot be published on every system.",
		"Rename the file, or give the page a slug: no blanks at the ends of names, no control characters, none of <>:\"|?*\\, no name that Windows keeps for itself."},
	{"bad-setting", "A setting in content/site.yaml has a value that it cannot have.",
		"Write it in the form that the problem shows; docs/settings.md lists every setting with its type."},
	{"bad-value", "A key of front matter has a value that it cannot have.",
		"Write it in the form that the problem shows; docs/front-matter.md lists every key with its type."},
	{"bad-yaml", "A YAML file cannot be read: it is not YAML, not UTF-8, too large, or uses what Guidepost does not read (anchors, aliases, merges, tags).",
		"Mend the line that the problem names. Put text that holds a colon, a # or a quotation mark into quotation marks."},
	{"broken-fragment", "A link leads to a heading that its page does not have.",
		"Correct what stands after the #; the problem names the nearest. Give a heading that others link to an id of its own, {#id}, so that it can be reworded."},
	{"broken-link", "A link leads to a page or file that the site does not have.",
		"Correct the address (the problem names the nearest ones), or write the page. Addresses that another system serves are listed under links.allow."},
	{"cache-not-saved", "What was remembered of the build could not be saved, so the next one takes longer.",
		"See that there is room, and that .guidepost/ can be written."},
	{"callout-title", "Text on the line of a callout's kind is its title, but reads on in the next line.",
		"Put the text on lines of its own, below > [!NOTE]."},
	{"control-character", "The text holds a character that cannot be seen and may mislead: a control character, or one that turns the direction of writing.",
		"Delete it; it often comes with pasted text."},
	{"date-order", "Two dates of a page contradict each other.",
		"Correct the one that is wrong."},
	{"dead-end", "A page leads nowhere: its text has no link, and it has no action, no related pages and no next part.",
		"Link to what its readers need next, or name it under related or action."},
	{"dropped-address", "An address that was published, and stands in content/addresses.txt, leads nowhere now.",
		"Write the address under aliases in the page that took its place. If nobody needs it, take its line out of content/addresses.txt."},
	{"dropped-anchor", "A heading that was published, and stands in content/addresses.txt, is gone, so links to it lead to the top of its page.",
		"Give the heading that took its place the old id: ## New words {#old-id}. If nobody needs it, take its line out of content/addresses.txt."},
	{"duplicate-id", "An id is given twice in a page, so the second is left out.",
		"Choose another."},
	{"duplicate-key", "A key is written twice in one place; the last one counts.",
		"Take out the one that is not meant."},
	{"empty-heading", "A heading has no text and is left out.",
		"Give it a text, or delete it."},
	{"empty-link", "A link has no text, so nobody can see or hear it.",
		"Write between the brackets what it leads to."},
	{"fact-circle", "A fact names, through other facts, itself.",
		"Write the value out in one of them."},
	{"foreign-file", "A file in the published folder is not part of the site. It is left there if it is not as Guidepost wrote it; in a folder elsewhere (--out) of which .guidepost/ knows nothing it goes if it is.",
		"Delete it if nobody needs it. Changes belong in content/ or layouts/. Two sites want two folders."},
	{"front-matter-too-large", "The front matter is larger than 64 KB or has more than 1,000 keys.",
		"Keep tables in a data file."},
	{"heading-level", "A heading is more than one level below the one before it, so the outline has a gap.",
		"Take away signs until it is one level below."},
	{"heading-space", "A line begins like a heading but has no blank after its signs, so it is text.",
		"Write a blank after the #."},
	{"held-back", "Something seems to keep the page back (draft, publish_on, expires, withdrawn) but does not, so the page is not published until it is clear.",
		"Write the key as the problem shows it, at the beginning of a line in the front matter, or take it out."},
	{"invalid-utf8", "A file is not UTF-8 text.",
		"Save it as UTF-8; the problem names the first byte that is not."},
	{"layout", "A layout cannot be used: it does not parse, names a field, template or file that there is not, or fails when it runs.",
		"Mend the line that the problem names; layouts/README.md lists what layouts are given."},
	{"link-circle", "A symbolic link leads to a folder that it is in itself, or more than eight lead to one folder.",
		"Take the link away."},
	{"link-space", "A blank between the brackets of a link, or in its address, makes it text.",
		"Take it out: `[text](address)`. Rename a file that has blanks in its name, or write `[text](<my file.md>)`."},
	{"machine", "The preview could not build the site, since the machine failed: the disk, or who may read what.",
		"The message says what failed. The preview shows the last good site, and builds again at the next change."},
	{"minify", "A page's HTML is published as it is, because something in it does not parse.",
		"Look for a script, a style or JSON in it that is not well formed."},
	{"misnamed", "A file has a name under which it is not read, though it looks like an article or a folder's defaults: published as it lies it would show what was meant to be held back.",
		"Give it the name that the problem names, or take it out of content/."},
	{"missing-alt", "A picture has no text that says what it shows, so people who cannot see it miss it.",
		"Say what it shows; where it only decorates, say so with alt: \"\"."},
	{"missing-description", "A page has no description; its first sentence stands in.",
		"Write description: with one sentence that says what the page gives its reader."},
	{"missing-reference", "The text refers to a footnote or a link definition that there is not.",
		"Write it on a line of its own: [^1]: its text."},
	{"missing-setting", "A setting that every site must have is missing.",
		"Add it to content/site.yaml."},
	{"missing-title", "A page has no title.",
		"Write title: … in its front matter, or begin the text with # Title."},
	{"move", "A page cannot be moved as it was asked for, since a link would lead elsewhere or cannot be rewritten where it stands.",
		"Write the link in another way, or change it by hand, and move the page then."},
	{"no-base-url", "The site does not know its own address, so nothing that needs a whole address is published: feeds, sitemap, oEmbed.",
		"Write base_url: https://… in content/site.yaml, or build with --base-url."},
	{"not-a-file", "Something in content/ or layouts/ is neither a file nor a folder.",
		"Take it out."},
	{"orphan", "No other page links to a page, so its readers only come to it by lists and search.",
		"Link to it where its readers come from, or name it under related, in a guide or a journey. Pages that only those see who have the address are unlisted: true."},
	{"out-of-date-link", "A guide or journey leads to a page that has expired or was withdrawn.",
		"Name a page that holds, or bring that one up to date."},
	{"output-blocked", "Something in the published folder stands where a file of the site belongs, and is not Guidepost's to remove.",
		"Move it away, or publish elsewhere with --out."},
	{"output-missing", "A published file disappeared while the site was being published.",
		"Build again."},
	{"overdue-fact", "A text shows a fact that should have been reviewed by now.",
		"See whether the value still holds, and change value and reviewed in content/facts.yaml."},
	{"overwritten", "A file in the published folder that was changed by hand, or was not written by Guidepost, has been overwritten.",
		"Edit nothing in the published folder; changes belong in content/ or layouts/."},
	{"raw-html", "HTML in Markdown is left out.",
		"Write it in Markdown. The setting markdown.html: true lets harmless HTML through, for trusted authors."},
	{"second-h1", "A page has a second heading 1; it is shown as a heading 2.",
		"Write ## for a section."},
	{"shortcode", "The text holds what another tool would have filled in: a shortcode or tag of Hugo, Jekyll or Nunjucks. It is told once a page and kind.",
		"Write in Markdown what it stood for. docs/writing.md shows the forms that there are."},
	{"stray-front-matter", "Something that looks like front matter stands where none is read.",
		"Put it at the very top of the file, between two lines ---, or write it as text."},
	{"svg-script", "An SVG picture holds a script, or something else that runs.",
		"Take it out; pictures that run nothing are safe to show anywhere."},
	{"table-cells", "A row of a table has more cells than its table, so the last are left out; a bar splits a link; or a table's head does not fit the line below it.",
		`Write \| where a bar belongs to the text, and as many cells in every row.`},
	{"term-clash", "Two terms of the glossary have one name, be it in another case or under also, so a text that uses it could mean either.",
		"Let one of them have it."},
	{"too-deep", "Lists, quotations or values are nested deeper than can be read.",
		"Write it flatter."},
	{"too-large", "A file is larger than can be read.",
		"Split it, or put what is no text into a file of its own."},
	{"topic-circle", "A topic is, through its parents, its own parent.",
		"Take out one parent."},
	{"two-guides", "A page is a part of two guides, so it would have two ways back and two next pages.",
		"Name it in one of them, and link to it from the text of the other."},
	{"two-titles", "A page has a title and opens with another heading 1, which is shown as a heading 2.",
		"Write ## if it heads a section; take one of the two out if both are the title."},
	{"unclosed-front-matter", "Front matter is opened and never closed, so the page is not published.",
		"Close it with the line that opened it: ---."},
	{"unknown-callout", "A callout is of no kind that there is.",
		"Write NOTE, TIP, IMPORTANT, WARNING, CAUTION or EXAMPLE."},
	{"unknown-fact", "The text names a fact that content/facts.yaml does not have.",
		"Correct its name, or add it there."},
	{"unknown-key", "Front matter has a key that Guidepost does not know.",
		"Correct its spelling (the problem names the nearest one), put it under params, or rename it with front_matter.map."},
	{"unknown-layout", "A page asks for a layout that there is not.",
		"Correct its name, or write the file in layouts/."},
	{"unknown-setting", "The settings hold a key that is not a setting.",
		"Correct its spelling (the problem names the nearest one), or take it out."},
	{"unknown-term", "The text names a term that content/glossary.yaml does not have.",
		"Correct it, or add it there."},
	{"unknown-topic", "A page names a topic that has no file in content/topics/.",
		"Correct its name (the problem names the nearest ones), write the topic's page, or allow any with topics: open."},
	{"unreadable", "A file cannot be read, or a page cannot be put together.",
		"See that the file may be read. Where the problem speaks of a fault, please report it with the page."},
	{"unused-footnote", "Nothing refers to a footnote, so it is left out.",
		"Refer to it, [^1], or delete it."},
}

// always lists the rules that no setting makes less than an error: without
// them something held back could be published, or one file in place of another.
var always = []string{
	"address-clash", "bad-date", "bad-front-matter", "bad-path", "bad-setting", "bad-value", "bad-yaml", "front-matter-too-large",
	"held-back", "invalid-utf8", "layout", "missing-setting", "missing-title", "misnamed", "output-blocked", "stray-front-matter",
	"too-deep", "too-large", "unclosed-front-matter", "unknown-layout", "unknown-setting", "unreadable",
}

// AlwaysError reports whether the rule of that name, where it is told as an
// error, can be nothing less by any setting.
func AlwaysError(name string) bool { return slices.Contains(always, name) }

// LookupRule returns the rule of that name.
func LookupRule(name string) (Rule, bool) {
	i, ok := slices.BinarySearchFunc(Rules, name, func(r Rule, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return Rule{}, false
	}
	return Rules[i], true
}

// RuleNames returns the name of every rule, in order.
func RuleNames() []string {
	names := make([]string, len(Rules))
	for i, r := range Rules {
		names[i] = r.Name
	}
	return names
}
