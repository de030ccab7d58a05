// Package config reads content/site.yaml into each package's own Options.
//
// The table in settings.go is the one place where a setting is named, typed,
// given its default and described; docs/settings.md is written from it.
//
// Its one rule: config knows everyone, nobody knows config.
package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
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
	CheckExternal bool   // links.external: check
	LinkTarget    string // of links in lent pages: top, blank or self
	Search        bool   // pages can be searched
	Map           bool   // the site has a map
	ImageWidths   []int  // pixels, rising
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
	p := &parser{file: file, src: src}
	p.defaults()
	if src == nil {
		d := p.diags.Errorf(diag.Pos{File: file, Line: 1, Col: 1}, "missing-setting", "there is no %s, and a site needs a title", file)
		d.Hint = "write title: … in it, or begin with: guidepost new site DIR"
		return p.config, p.diags
	}
	if root := p.load(); root != nil {
		p.group("", root)
	}
	if p.broken {
		return p.config, p.diags // nothing was read, so nothing is missing
	}
	if !p.seen["title"] {
		d := p.diags.Errorf(diag.Pos{File: file, Line: 1, Col: 1}, "missing-setting", "the site has no title")
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
	src    []byte
	lines  []int // offset of each line
	diags  diag.List
	broken bool   // the file could not be read as YAML
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
		var doc yaml.Node
		if err := yaml.Load([]byte(s.def), &doc); err != nil || len(doc.Content) != 1 {
			continue // a test reads every default
		}
		d.key = s.key
		s.read(d, doc.Content[0])
	}
	p.config = d.config
	p.seen = map[string]bool{}
}

// group reads the settings of a mapping: all of them, or those of one group.
func (p *parser) group(prefix string, n *yaml.Node) {
	last := p.keys(n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || last[k.Value] != i {
			continue // told by keys
		}
		key := prefix + k.Value
		dotted := strings.Contains(k.Value, ".")
		switch s := find(key); {
		case s != nil && !dotted:
			if null(v) {
				continue // nothing written is the default
			}
			p.key = key
			p.seen[key] = true
			s.read(p, v)
		case isGroup(key):
			switch {
			case v.Kind == yaml.MappingNode:
				p.group(key+".", v)
			case !null(v):
				p.key = key
				p.bad(v, "write "+groupForm(key), "%s is a group of settings, not %s", key, said(v))
			}
		default:
			d := p.diags.Errorf(p.pos(k), "unknown-setting", "there is no setting %s", quote(key))
			d.EndCol = p.end(k)
			d.Hint = diag.DidYouMean(nearest(prefix, k.Value), "docs/settings.md lists every setting")
			if s != nil {
				group, name, _ := strings.Cut(key, ".")
				d.Hint = "write " + group + ": {" + name + ": …}"
			}
		}
	}
}

// keys tells keys that are written twice, and returns where each stands last.
func (p *parser) keys(n *yaml.Node) map[string]int {
	last := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			continue // told when loaded
		}
		if first, ok := last[k.Value]; ok {
			d := p.diags.Warnf(p.pos(k), "duplicate-key", "the key %s stands here again; its value in line %d does not count", quote(k.Value), n.Content[first].Line)
			d.EndCol = p.end(k)
			d.Hint = "remove one of the two"
		}
		last[k.Value] = i
	}
	return last
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

// groupForm shows how a group is written: "feed: {limit: 20}".
func groupForm(key string) string {
	for _, s := range settings {
		if name, ok := strings.CutPrefix(s.key, key+"."); ok {
			def := s.def
			if def == "" {
				def = "…"
			}
			return key + ": {" + name + ": " + def + "}"
		}
	}
	return ""
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
