package site

import (
	"strings"

	"guidepost/generator/internal/content"
)

// A Lead is where a reference leads.
type Lead struct {
	URL   string // rooted, not escaped: of the page, or of a file
	Entry *Entry // nil where nobody wrote the page
	By    Name
	Alt   bool // by the reference's second key
}

// A Name is what a page is called by.
type Name uint8

// The names.
const (
	ByOther   Name = iota // an old address, or what the site is itself
	ByAddress             // "/cv/template/", "cv/template" in a wikilink
	BySource              // the path of the page's file, whether or not its ending is written
	ByTitle
	BySlug // of a topic
	ByFile // of a file that is published as it lies
)

// Lead returns where r leads and by what it calls the page; false where it
// leads nowhere, out of the site, or to no page, as facts and terms do.
func (s *Site) Lead(r *content.Ref) (Lead, bool) {
	switch r.Scheme {
	case content.SchemeNone, content.SchemeExternal, content.SchemeFact, content.SchemeTerm:
		return Lead{}, false
	}
	key, alt := r.Key, false
	d, ok := s.find(scheme(r), key)
	if !ok && r.Alt != "" {
		key, alt = r.Alt, true
		d, ok = s.find(scheme(r), key)
	}
	if !ok {
		return Lead{}, false
	}
	l := Lead{URL: d.url, Entry: d.entry, Alt: alt}
	if r.Scheme == content.SchemeTopic {
		l.By = BySlug
		return l, true
	}
	if d.entry == nil {
		if r.Scheme == content.SchemeFile && s.files[key] {
			l.By = ByFile
		}
		return l, true
	}
	e := d.entry
	file := fileID(e.Card)
	switch scheme(r) {
	case schemeSource:
		if idOf(key) == file {
			l.By = BySource
		}
	case content.SchemePage:
		switch idOf(key) {
		case e.ID:
			l.By = ByAddress
		case file:
			l.By = BySource
		}
	case content.SchemeFile:
		page, html := strings.CutSuffix(key, ".html")
		page = strings.TrimSuffix(page, "/index")
		switch {
		case !html || s.byAlias[key] != nil:
		case idOf(page) == e.ID:
			l.By = ByAddress
		case idOf(page) == file:
			l.By = BySource
		}
	case content.SchemeTitle:
		path := strings.Trim(key, "/")
		dir := strings.TrimSuffix(path, "/index")
		switch {
		case path == content.FoldKey(string(e.ID)):
			l.By = ByAddress
		case path == content.FoldKey(string(file)), dir == content.FoldKey(string(file)) && dir != path:
			l.By = BySource
		case key == foldTitle(e.Title):
			l.By = ByTitle
		case s.topics[key] != nil && s.topics[key].Page == e:
			l.By = BySlug
		}
	}
	return l, true
}
