package site

import "guidepost/generator/internal/cache"

// A MapEntry is an article on the map: where it belongs and what it links to.
type MapEntry struct {
	*Entry
	Topic string   // slug of the first of its topics that there is; empty if it has none
	Links []*Entry // listed articles that it links to, each once, by title
}

// A web is the listed articles and the links between them. It is made when the
// first question about the map is asked: most sites have none.
type web struct {
	all  []MapEntry            // by title
	home []string              // topic by index in entries
	part map[string][]MapEntry // by the slug of a topic that is under no other: its own articles, then those of each sub-topic
}

func (s *Site) weave() *web {
	w := &web{home: make([]string, len(s.entries)), part: map[string][]MapEntry{}}
	for i := range s.entries {
		for _, slug := range s.entries[i].Topics {
			if s.topics[slug] != nil {
				w.home[i] = slug
				break
			}
		}
	}
	// Those that are linked to come by title, so each list of links does, too.
	links := make([][]*Entry, len(s.entries))
	for _, to := range s.listed {
		for _, l := range s.back[to.at] {
			b := &s.entries[l.from]
			if b.Listed() {
				links[b.at] = append(links[b.at], to)
			}
		}
	}
	own := make(map[string][]MapEntry, len(s.topics)+1)
	w.all = make([]MapEntry, len(s.listed))
	for i, e := range s.listed {
		w.all[i] = MapEntry{e, w.home[e.at], links[e.at]}
		own[w.home[e.at]] = append(own[w.home[e.at]], w.all[i])
	}
	var gather func(root, slug string)
	gather = func(root, slug string) {
		w.part[root] = append(w.part[root], own[slug]...)
		for _, child := range s.topics[slug].Children {
			gather(root, child)
		}
	}
	for _, t := range s.order {
		if t.Parent == "" {
			gather(t.Slug, t.Slug)
		}
	}
	w.part[""] = own[""]
	return w
}

// mapDigest is the digest of what a map shows of articles: titles, topics and
// links. Of a part it shows the pages outside that it links to, too.
func (w *web) mapDigest(list []MapEntry, part bool) cache.Digest {
	if len(list) == 0 {
		return cache.Digest{}
	}
	e := cache.Encoder{B: make([]byte, 0, 256*len(list))}
	for i := range list {
		x := &list[i]
		e.String(string(x.ID))
		e.String(x.Title)
		e.String(x.Topic)
		e.Uint(uint64(len(x.Links)))
		for _, to := range x.Links {
			e.String(string(to.ID))
			if part {
				e.String(to.Title)
				e.String(w.home[to.at])
			}
		}
	}
	return cache.Sum(e.B)
}

// Map returns every listed article with what it links to, by title.
func (v View) Map() []MapEntry {
	v.saw("map:")
	return v.site.web().all
}

// MapTopic returns the listed articles that belong first to a topic that is
// under no other or to a topic below it, its own ones first, by topic and
// title; without a slug, those of no topic.
func (v View) MapTopic(slug string) []MapEntry {
	v.saw("map-topic:" + slug)
	return v.site.web().part[slug]
}

// HomeTopic returns the slug of the topic that an article has on the map. It is
// told with the article or the link to it.
func (v View) HomeTopic(e *Entry) string { return v.site.web().home[e.at] }
