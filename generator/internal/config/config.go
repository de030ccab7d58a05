// Package config reads content/site.yaml into each package's own Options.
//
// The table in settings.go is the one place where a setting is named, typed,
// given its default and described; docs/settings.md is written from it.
//
// Its one rule: config knows everyone, nobody knows config.
package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
	"guidepost/generator/internal/values"
)

// A Config is the whole of content/site.yaml, checked, defaults filled in.
type Config struct {
	Content  content.Options
	Markdown markdown.Options
	Site     site.Options
	Output   output.Options
	// Rules holds the severities that settings give to rules: zero is off.
	Rules map[string]diag.Severity

	Reading       Reading
	Theme         Theme
	CheckExternal bool  // links.external: check
	Search        bool  // pages can be searched
	ImageWidths   []int // pixels, rising
}

// Reading is advice on how plainly to write.
type Reading struct {
	Grade         int // years of schooling that a reader needs at most
	SentenceWords int // words of a sentence at most
	Avoid         []Phrase
}

// A Phrase is one to avoid, and a better one.
type Phrase struct{ Avoid, Better string }

// Theme is how the built-in layouts look.
type Theme struct {
	Accent string   // "#1a5c5c", or empty for the theme's own
	Radius string   // CSS length, or empty
	Fonts  []string // families, the first the preferred
}

// Parse reads the settings in src. file is named in problems:
// "content/site.yaml". A nil src is a missing file, which is an error, as a
// title is required. What it returns beside an Error is not fit to build with.
func Parse(file string, src []byte) (Config, diag.List) {
	p := &parser{file: file}
	p.defaults()
	if src == nil {
		d := p.diags.Errorf(diag.Pos{File: file, Line: 1, Col: 1}, "missing-setting", "there is no %s, and a site needs a title", file)
		d.Hint = "write title: … in it, or begin with: guidepost new site DIR"
		return p.config, p.diags
	}
	root, diags := values.YAML(src, values.Options{File: file})
	p.diags = diags
	if diags.Failed() {
		return p.config, p.diags // nothing was read, so nothing is missing
	}
	p.group("", &root)
	if !p.seen["title"] {
		at := diag.Pos{File: file, Line: 1, Col: 1}
		for _, e := range root.Table {
			if e.Key == "title" {
				at = e.At.Pos(file) // and nothing behind it
			}
		}
		d := p.diags.Errorf(at, "missing-setting", "the site has no title")
		d.Hint = "write title: and the name of the site"
	}
	if !p.seen["base_url"] {
		d := p.diags.Warnf(diag.Pos{File: file, Line: 1, Col: 1}, "no-base-url", "without base_url there are no feeds, sitemap and oEmbed")
		d.Hint = "write base_url: https://guidance.example.org, the address at which the site is published"
	}
	return p.config, p.diags
}

// A parser reads one file of settings.
type parser struct {
	file   string
	diags  diag.List
	key    string // being read: "feed.limit"
	config Config
	// seen holds the settings that were written with a value that counts as
	// given, right or wrong.
	seen map[string]bool
}

// defaults gives every setting its default, read like a written one.
func (p *parser) defaults() {
	d := &parser{file: p.file}
	for _, s := range settings {
		if s.def == "" {
			continue
		}
		// A test reads every default.
		if root, _ := values.YAML([]byte("default: "+s.def), values.Options{}); len(root.Table) == 1 {
			d.key = s.key
			s.read(d, &root.Table[0].Val)
		}
	}
	p.config = d.config
	p.seen = map[string]bool{}
}

// group reads the settings of a mapping: all of them, or those of one group.
func (p *parser) group(prefix string, n *values.Node) {
	for i := range n.Table {
		e := &n.Table[i]
		v := &e.Val
		key := prefix + e.Key
		dotted := strings.Contains(e.Key, ".")
		switch s := find(key); {
		case s != nil && !dotted:
			if v.IsNull() {
				continue // nothing written is the default
			}
			p.key = key
			p.seen[key] = true
			s.read(p, v)
		case isGroup(key):
			switch {
			case v.Kind == values.Table:
				p.group(key+".", v)
			case !v.IsNull():
				p.key = key
				p.bad(v.Place, "write "+groupForm(key, v), "%s is a group of settings, not %s", key, v.What())
			}
		default:
			d := p.diags.Errorf(e.At.Pos(p.file), "unknown-setting", "there is no setting %s", values.Quote(key))
			d.EndCol = e.At.EndCol
			d.Hint = diag.DidYouMean(nearest(prefix, e.Key), "docs/settings.md lists every setting")
			if s != nil {
				group, name, _ := strings.Cut(key, ".")
				d.Hint = "write " + group + ": {" + name + ": …}"
			}
		}
	}
}

// bad tells that what is written at a place is not what the setting can have.
func (p *parser) bad(at values.Place, hint, format string, args ...any) {
	d := p.diags.Errorf(at.Pos(p.file), "bad-setting", format, args...)
	d.EndCol, d.Hint = at.EndCol, hint
}

// find returns the setting of that key, or nil.
func find(key string) *setting {
	for i := range settings {
		if settings[i].key == key {
			return &settings[i]
		}
	}
	return nil
}

// isGroup reports whether settings begin with key and a full stop.
func isGroup(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

// groupForm shows how a group is written, with the value that stands in its
// place where one of its settings would take it: "contact: {email: a@b.org}".
func groupForm(key string, v *values.Node) string {
	form, text := "", v.Text
	if v.Quoted {
		text = values.Quote(text)
	}
	for _, s := range settings {
		name, ok := strings.CutPrefix(s.key, key+".")
		if !ok {
			continue
		}
		if form == "" {
			form = key + ": {" + name + ": " + cmp.Or(s.def, "…") + "}"
		}
		if v.Kind != values.Scalar || v.Text == "" {
			continue
		}
		list := values.Node{Kind: values.List, List: []values.Node{*v}}
		for _, try := range [...]struct {
			n      *values.Node
			format string
		}{{v, "%s"}, {&list, "[%s]"}} {
			p := &parser{key: s.key, seen: map[string]bool{}}
			if s.read(p, try.n); len(p.diags) == 0 {
				return key + ": {" + name + ": " + fmt.Sprintf(try.format, text) + "}"
			}
		}
	}
	return form
}

// nearest returns the settings that an unknown key of a group may stand for:
// those of the group, else one of the same name in another group.
func nearest(prefix, word string) []string {
	var here, elsewhere []string
	for _, s := range settings {
		name, ok := strings.CutPrefix(s.key, prefix)
		if ok {
			name, _, _ = strings.Cut(name, ".")
			if !slices.Contains(here, name) {
				here = append(here, name)
			}
		}
		if name := s.key[strings.LastIndexByte(s.key, '.')+1:]; name == word || s.key == word {
			elsewhere = append(elsewhere, s.key)
		}
	}
	near := diag.Nearest(strings.ReplaceAll(word, "-", "_"), here, 2)
	if len(near) == 0 {
		return elsewhere
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	return near
}
