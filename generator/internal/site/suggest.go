package site

import (
	"slices"
	"strings"

	"guidepost/generator/internal/diag"
)

// A suggester finds what a broken reference may have meant. Comparing one with
// every page is linear in the site, so a site with a broken link on every page
// would take quadratic time: each list is made once, an answer is remembered,
// and after a number of comparisons only names that are the same are offered.
type suggester struct {
	ids, titles, files *names
	spent              int
}

// spend bounds the comparisons of one build: about two seconds.
const spend = 4_000_000

// names is a list to choose from.
type names struct {
	all    []string
	byLast map[string][]string // by what stands after the last slash
	known  map[string][]string // answers given
}

func newNames(all []string) *names {
	n := &names{all: all, byLast: make(map[string][]string, len(all)), known: map[string][]string{}}
	slices.Sort(all)
	for _, c := range all {
		last := c[strings.LastIndexByte(c, '/')+1:]
		n.byLast[last] = append(n.byLast[last], c)
	}
	return n
}

// nearest returns the three that were most likely meant: the same name in
// another folder, then slips of the pen.
func (g *suggester) nearest(n *names, word string) []string {
	near, ok := n.known[word]
	if !ok {
		if last := word[strings.LastIndexByte(word, '/')+1:]; last != "" {
			same := n.byLast[last]
			near = append(near, same[:min(3, len(same))]...)
		}
		if g.spent < spend {
			g.spent += len(n.all)
			for _, c := range diag.Nearest(word, n.all, 3) {
				if !slices.Contains(near, c) {
					near = append(near, c)
				}
			}
		}
		near = near[:min(3, len(near))]
		n.known[word] = near
	}
	return slices.Clone(near)
}

// nearestIDs suggests addresses, without the slashes at their ends.
func (s *Site) nearestIDs(id string) []string {
	if s.suggest.ids == nil {
		ids := make([]string, 0, len(s.entries))
		for i := range s.entries {
			ids = append(ids, string(s.entries[i].ID))
		}
		s.suggest.ids = newNames(ids)
	}
	return s.suggest.nearest(s.suggest.ids, id)
}

// nearestTitles suggests titles.
func (s *Site) nearestTitles(title string) []string {
	if s.suggest.titles == nil {
		titles := make([]string, 0, len(s.byTitle))
		for _, m := range s.byTitle {
			titles = append(titles, m[0].Title)
		}
		s.suggest.titles = newNames(titles)
	}
	return s.suggest.nearest(s.suggest.titles, title)
}

// nearestFiles suggests files of content/, rooted.
func (s *Site) nearestFiles(file string) []string {
	if s.suggest.files == nil {
		files := make([]string, 0, len(s.files))
		for f := range s.files {
			files = append(files, f)
		}
		s.suggest.files = newNames(files)
	}
	return s.suggest.nearest(s.suggest.files, file)
}
