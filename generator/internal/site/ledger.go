package site

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// The ledger is a list of every address that was ever published, kept among the
// sources: what is published itself cannot tell what it has lost. A line is one
// address, or one heading of a page with its page before it, and lines are
// sorted: a diff shows what came, and two branches merge line by line. Rejected:
// headings in one line with their page, which two branches change at once; and
// a state file, which nobody reviews.

// LedgerFile is where the ledger is kept.
const LedgerFile = "content/addresses.txt"

// LedgerHead begins a ledger.
const LedgerHead = `# Every address and heading that this site has published. While this file is here, a build that
# would lose one is an error. guidepost addresses --write adds to it; a line that is taken out is forgotten.
`

// maxLedger is the size in bytes of the largest ledger that is read.
const maxLedger = 64 << 20

// A LedgerLine is an address that was published.
type LedgerLine struct {
	Address string // rooted, not escaped: "/cv/template/"
	ID      string // of a heading; may be empty
	Line    int
}

// String returns the line as it is written.
func (l LedgerLine) String() string {
	s := escapeLedger(l.Address)
	if l.ID != "" {
		s += "#" + escapeLedger(l.ID)
	}
	return s
}

func escapeLedger(s string) string {
	if !strings.ContainsAny(s, "%#\r\n") {
		return s
	}
	return strings.NewReplacer("%", "%25", "#", "%23", "\r", "%0D", "\n", "%0A").Replace(s)
}

func unescapeLedger(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	return strings.NewReplacer("%25", "%", "%23", "#", "%0D", "\r", "%0A", "\n").Replace(s)
}

// ParseLedger reads a ledger. The order of lines does not matter, nor does one
// that stands twice: so two branches can be merged by keeping the lines of both.
func ParseLedger(src []byte) (lines []LedgerLine, diags diag.List) {
	if len(src) > maxLedger {
		diags.Errorf(diag.Pos{File: LedgerFile}, "too-large", "the file is %d MB long; the most is %d MB", len(src)>>20, maxLedger>>20).Hint = "write it anew: remove it, and run guidepost addresses --write"
		return nil, diags
	}
	rest := strings.TrimPrefix(string(src), "\ufeff")
	for n := 1; rest != ""; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] != '/' || !utf8.ValidString(line) {
			d := diags.Errorf(diag.Pos{File: LedgerFile, Line: n, Col: 1}, "bad-ledger", "%q is no address of this site", shorten(strings.ToValidUTF8(line, "\ufffd")))
			d.EndCol = 1 + utf8.RuneCountInString(line)
			d.Hint = "a line is an address, /cv/template/, or one with a heading, /cv/template/#work"
			if strings.HasPrefix(line, "<<<<<<<") || strings.HasPrefix(line, "=======") || strings.HasPrefix(line, ">>>>>>>") || strings.HasPrefix(line, "|||||||") {
				d.Hint = "keep the lines of both sides, and take the marks of the merge out"
			}
			if len(diags) >= 20 {
				return lines, diags
			}
			continue
		}
		address, id, _ := strings.Cut(line, "#")
		lines = append(lines, LedgerLine{unescapeLedger(address), unescapeLedger(id), n})
	}
	return lines, diags
}

// pictures are the endings of files that pages show, and that nobody links to.
var pictures = []string{".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico"}

// Addresses returns what a ledger is to hold of the site, in order: every page
// that somebody wrote, with its headings, topics, old addresses that lead on, and
// files that are no pictures. Drafts and what is not published yet have never been
// seen. What the site makes by itself, such as the second page of a list, comes and
// goes.
func (s *Site) Addresses() []string {
	var all []string
	add := func(l LedgerLine) { all = append(all, l.String()) }
	for i := range s.entries {
		e := &s.entries[i]
		add(LedgerLine{Address: e.ID.URL()})
		for _, h := range e.Headings {
			if h.ID != "" {
				add(LedgerLine{Address: e.ID.URL(), ID: h.ID})
			}
		}
	}
	for _, t := range s.order {
		add(LedgerLine{Address: t.ID.URL()})
	}
	for _, r := range s.redirects {
		add(LedgerLine{Address: r.From})
	}
	for f := range s.files {
		if !slices.Contains(pictures, strings.ToLower(path.Ext(f))) {
			add(LedgerLine{Address: f})
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// dropped tells of every line of the ledger that the site no longer answers to.
func (s *Site) dropped(in *Input, diags *diag.List) {
	var gone []LedgerLine
	last, answers := "", false
	var at *Entry
	for _, l := range in.Ledger {
		if l.Address != last {
			at = s.byID[idOf(l.Address)]
			if at != nil && at.ID.URL() != l.Address {
				at = nil // "/cv" is not "/cv/"
			}
			last, answers = l.Address, at != nil || s.files[l.Address] || s.byAlias[l.Address] != nil
			if !answers {
				_, answers = s.own(l.Address)
			}
		}
		switch {
		case !answers && l.ID == "", answers && l.ID != "" && at != nil && !at.Held && !has(at, l.ID):
			gone = append(gone, l)
		}
	}
	if len(gone) == 0 {
		return
	}
	unread := map[content.ID]bool{}
	for _, c := range in.Out {
		unread[c.ID] = true
	}
	for _, c := range in.Unread {
		unread[c] = true
	}
	links := s.linksTo(gone)
	for _, l := range gone {
		id := idOf(l.Address)
		if unread[id] {
			continue // its errors are told
		}
		var d *diag.Diag
		at := diag.Pos{File: LedgerFile, Line: l.Line, Col: 1}
		if l.ID != "" {
			d = diags.Errorf(at, "dropped-anchor", "the heading %s was published and is gone", shorten(l.String()))
		} else {
			d = diags.Errorf(at, "dropped-address", "%s was published and is gone", shorten(l.Address))
			if why := s.absent.pages[id]; why != "" {
				d.Message += ": " + why
			}
		}
		d.EndCol = 1 + utf8.RuneCountInString(l.String())
		if n := links[l.key()]; n == 1 {
			d.Message += "; 1 page links to it"
		} else if n > 1 {
			d.Message += fmt.Sprintf("; %d pages link to it", n)
		}
		if l.ID != "" {
			e := s.byID[id]
			near := s.nearestIDs(e, l.ID)
			for i := range near {
				near[i] = "#" + near[i]
			}
			d.Hint = "give the heading that took its place the id {#" + l.ID + "} in " + e.File
			if len(near) > 0 {
				d.Hint += ", perhaps " + strings.Join(near, " or ")
			}
			d.Hint += "; or take this line out"
			continue
		}
		r := content.Ref{Key: l.Address}
		r.Target = l.Address
		d.Hint = "write aliases: [" + l.Address + "] in the page that took its place"
		if near := s.nearestPages(&r, nil); len(near) > 0 {
			d.Hint += ", perhaps " + strings.Join(near, " or ")
		}
		d.Hint += "; or take this line out"
	}
}

func has(e *Entry, id string) bool {
	_, ok := slices.BinarySearch(e.IDs, id)
	return ok
}

func (l LedgerLine) key() string { return l.Address + "\x00" + l.ID }

// linksTo counts the pages that link to what is gone.
func (s *Site) linksTo(gone []LedgerLine) map[string]int {
	count := make(map[string]int, len(gone))
	for _, l := range gone {
		count[l.key()] = 0
	}
	for i := range s.entries {
		e := &s.entries[i]
		seen := map[string]bool{}
		for k := range e.Refs {
			r := &e.Refs[k]
			if r.Scheme != content.SchemePage && r.Scheme != content.SchemeFile && r.Scheme != content.SchemeTitle {
				continue
			}
			address := r.Key
			if d, ok := s.seek(r); ok {
				address = d.url
			}
			for _, key := range [...]string{LedgerLine{Address: address, ID: r.Fragment}.key(), LedgerLine{Address: address}.key()} {
				if _, ok := count[key]; ok && !seen[key] {
					seen[key] = true
					count[key]++
				}
			}
		}
	}
	return count
}
