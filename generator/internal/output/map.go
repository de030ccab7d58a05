package output

import (
	"cmp"
	"html/template"
	"slices"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

// The map of a small site is one page: a drawing in which every article shows
// its title, and the same as a list. That of a larger one is an overview, with a
// dot for each article, and each topic has a map of its own with titles and
// links. Rejected: all on one page, which at 1,000 articles would be a megabyte
// of links that nobody finds anything in.
const (
	wholeMap = 150   // articles up to which one page holds all
	mapDots  = 1_500 // articles that an overview draws; above, the most linked ones of each topic
	mapLands = 150   // topics that a drawing shows; above, the largest
	mapAway  = 24    // other topics that the map of a topic shows
	mapPage  = 150   // articles to a page of a topic's map
)

// mapAssets are what only maps load.
var mapAssets = [...]string{"pages/map.css", "pages/map.js"}

// noTopic stands in addresses for articles that have no topic.
const noTopic = "-"

func mapURL(slug string) string { return content.EscapePath(mapFolder(slug)) }

func mapFolder(slug string) string { return "/map/" + cmp.Or(slug, noTopic) + "/" }

// siteMap fills in the map, or page j.Page of the map of the topic j.Arg.
func (m *Maker) siteMap(e *Env, s *sheet, j Job) error {
	for _, name := range mapAssets {
		if f := e.asset(name); f != nil {
			s.extra = append(s.extra, f)
		}
	}
	c := &cartographer{m: m, e: e, at: s.at, noTopic: wordsIn(s.Language).noTopic, lands: map[string]*land{}, index: map[content.ID]int{}}
	c.topics(e.View.TopicTree())
	if j.Page == 0 {
		c.whole(e.View.Map())
		s.Map = c.result()
		return nil
	}
	list := e.View.MapTopic(j.Arg)
	from := (j.Page - 1) * mapPage
	if from >= len(list) {
		return stale(j)
	}
	c.part(j.Arg, list[from:min(from+mapPage, len(list))])
	s.Body, s.Contents, s.Description = "", nil, ""
	s.Title += ": " + c.title(j.Arg)
	s.Map = c.result()
	s.Map.Whole = template.URL(m.href(s.at, "/map/"))
	s.Map.Articles = len(list)
	if count := pages(len(list), mapPage); count > 1 {
		s.Pager = m.pager(s.at, mapURL(j.Arg), j.Page, count)
		s.numbered(j.Page, count)
	}
	return nil
}

// A cartographer gathers what a map shows.
type cartographer struct {
	m       *Maker
	e       *Env
	at      place
	noTopic string

	order  []*site.TopicEntry
	bySlug map[string]*site.TopicEntry
	roots  map[string]string // the topic under no other that a topic is below, by slug
	lands  map[string]*land
	index  map[content.ID]int // of a node
	atlas  atlas
	list   []layout.MapTopic
	count  layout.Map
}

func (c *cartographer) topics(order []*site.TopicEntry) {
	c.order = order
	c.bySlug = make(map[string]*site.TopicEntry, len(order))
	for _, t := range order {
		c.bySlug[t.Slug] = t
	}
	c.roots = make(map[string]string, len(order)+1)
	c.roots[""] = ""
	var down func(t *site.TopicEntry, root string)
	down = func(t *site.TopicEntry, root string) {
		c.roots[t.Slug] = root
		for _, slug := range t.Children {
			down(c.bySlug[slug], root)
		}
	}
	for _, t := range order {
		if t.Parent == "" {
			down(t, t.Slug)
		}
	}
}

func (c *cartographer) title(slug string) string {
	if t := c.bySlug[slug]; t != nil {
		return shown(t.Title)
	}
	return c.noTopic
}

func (c *cartographer) topicLink(slug string) template.URL {
	if slug == "" {
		return ""
	}
	return template.URL(c.m.href(c.at, topicURL(slug)))
}

// whole draws all articles.
func (c *cartographer) whole(all []site.MapEntry) {
	c.count.Articles = len(all)
	c.atlas.form = labelledForm
	small := len(all) <= wholeMap
	if !small {
		c.atlas.form = dottedForm
	}
	own := map[string][]int{}
	for i := range all {
		own[all[i].Topic] = append(own[all[i].Topic], i)
		c.count.Links += len(all[i].Links)
	}
	// Which of a topic's articles are drawn: where there are too many, those
	// that are linked most.
	drawn := make([]bool, len(all))
	linked := make([]int, len(all))
	if len(all) > mapDots {
		at := make(map[content.ID]int, len(all))
		for i := range all {
			at[all[i].ID] = i
		}
		for i := range all {
			linked[i] += len(all[i].Links)
			for _, to := range all[i].Links {
				linked[at[to.ID]]++
			}
		}
	}
	for _, list := range own {
		some := slices.Clone(list)
		if len(all) > mapDots {
			slices.SortStableFunc(some, func(a, b int) int { return cmp.Compare(linked[b], linked[a]) })
			some = some[:max(1, len(some)*mapDots/len(all))]
		}
		for _, i := range some {
			drawn[i] = true
		}
	}
	c.settle(func(slug string) int { return len(own[slug]) }, func(slug string) (nodes []int) {
		for _, i := range own[slug] {
			if drawn[i] {
				nodes = append(nodes, c.node(&all[i]))
			}
		}
		return nodes
	}, !small)
	c.links(all)
	c.list = c.listed("", 3, func(slug string) (list []layout.MapArticle, count int) {
		for _, i := range own[slug] {
			if len(all) > mapDots && !drawn[i] {
				continue
			}
			list = append(list, c.article(&all[i], small))
		}
		return list, len(own[slug])
	}, !small)
}

// part draws some of the articles of one topic, and the names of the topics
// that they link to.
func (c *cartographer) part(root string, list []site.MapEntry) {
	c.atlas.form = labelledForm
	own := map[string][]int{}
	away := map[string]int{}
	for i := range list {
		own[list[i].Topic] = append(own[list[i].Topic], i)
		c.count.Links += len(list[i].Links)
		for _, to := range list[i].Links {
			if r := c.roots[c.e.View.HomeTopic(to)]; r != root {
				away[r]++
			}
		}
	}
	c.settle(func(slug string) int { return len(own[slug]) }, func(slug string) (nodes []int) {
		for _, i := range own[slug] {
			nodes = append(nodes, c.node(&list[i]))
		}
		return nodes
	}, false)
	if len(c.atlas.lands) == 1 {
		c.atlas.lands[0].url = string(c.topicLink(root))
	}
	names := make([]string, 0, len(away))
	for slug := range away {
		names = append(names, slug)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(away[b], away[a]), cmp.Compare(a, b)) })
	stands := map[string]int{}
	for _, slug := range names[:min(len(names), mapAway)] {
		stands[slug] = len(c.atlas.nodes)
		l := &land{slug: slug, title: c.title(slug), url: c.m.href(c.at, mapURL(slug)), away: true, nodes: []int{len(c.atlas.nodes)}}
		c.atlas.nodes = append(c.atlas.nodes, node{title: l.title})
		c.atlas.lands = append(c.atlas.lands, l)
	}
	for i := range list {
		n := &c.atlas.nodes[c.index[list[i].ID]]
		for _, to := range list[i].Links {
			if k, ok := c.index[to.ID]; ok {
				n.links = append(n.links, k)
			} else if k, ok := stands[c.roots[c.e.View.HomeTopic(to)]]; ok && !slices.Contains(n.links, k) {
				n.links = append(n.links, k)
			}
		}
	}
	c.list = c.listed("", 3, func(slug string) (articles []layout.MapArticle, count int) {
		for _, i := range own[slug] {
			articles = append(articles, c.article(&list[i], true))
		}
		return articles, len(articles)
	}, false)
}

// node adds an article to the drawing.
func (c *cartographer) node(x *site.MapEntry) int {
	k := len(c.atlas.nodes)
	c.index[x.ID] = k
	c.atlas.nodes = append(c.atlas.nodes, node{title: shown(x.Title), url: c.m.href(c.at, pageURL(x.ID))})
	return k
}

// links draws the links between the articles that are drawn.
func (c *cartographer) links(list []site.MapEntry) {
	for i := range list {
		k, ok := c.index[list[i].ID]
		if !ok {
			continue
		}
		for _, to := range list[i].Links {
			if t, ok := c.index[to.ID]; ok {
				c.atlas.nodes[k].links = append(c.atlas.nodes[k].links, t)
			}
		}
	}
}

// settle makes lands of the topics that have articles, the largest mapLands of
// them. What is below a topic that is not shown belongs to the one above.
func (c *cartographer) settle(count func(slug string) int, nodes func(slug string) []int, maps bool) {
	type sized struct {
		t           *site.TopicEntry
		depth, size int
	}
	var all []sized
	total := make(map[string]int, len(c.order))
	var measure func(t *site.TopicEntry, depth int) int
	measure = func(t *site.TopicEntry, depth int) int {
		k := len(all)
		all = append(all, sized{t, depth, 0})
		size := count(t.Slug)
		for _, slug := range t.Children {
			size += measure(c.bySlug[slug], depth+1)
		}
		all[k].size, total[t.Slug] = size, size
		return size
	}
	for _, t := range c.order {
		if t.Parent == "" {
			measure(t, 0)
		}
	}
	// A topic is no smaller than one below it, so it is kept if that is.
	const deepest = 2
	kept := slices.DeleteFunc(slices.Clone(all), func(x sized) bool { return x.size == 0 || x.depth > deepest })
	slices.SortStableFunc(kept, func(a, b sized) int { return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.depth, b.depth)) })
	keep := make(map[string]bool, mapLands)
	for _, x := range kept[:min(len(kept), mapLands)] {
		keep[x.t.Slug] = true
	}
	var settle func(t *site.TopicEntry, above *land)
	settle = func(t *site.TopicEntry, above *land) {
		l := above
		if keep[t.Slug] {
			l = &land{slug: t.Slug, title: shown(t.Title), url: string(c.topicLink(t.Slug))}
			if maps && t.Parent == "" {
				l.url = c.m.href(c.at, mapURL(t.Slug))
			}
			if above == nil {
				c.atlas.lands = append(c.atlas.lands, l)
			} else {
				above.children = append(above.children, l)
			}
		}
		if l == nil {
			return // a small topic of a site with very many
		}
		l.nodes = append(l.nodes, nodes(t.Slug)...)
		for _, slug := range t.Children {
			settle(c.bySlug[slug], l)
		}
	}
	for _, t := range c.order {
		if t.Parent == "" {
			settle(t, nil)
		}
	}
	if count("") > 0 {
		l := &land{title: c.noTopic, nodes: nodes("")}
		if maps {
			l.url = c.m.href(c.at, mapURL(""))
		}
		c.atlas.lands = append(c.atlas.lands, l)
	}
}

// article returns an article as the list shows it.
func (c *cartographer) article(x *site.MapEntry, links bool) layout.MapArticle {
	a := layout.MapArticle{Text: shown(x.Title), URL: template.URL(c.m.href(c.at, pageURL(x.ID)))}
	if links {
		for _, to := range x.Links {
			a.Links = append(a.Links, layout.Link{Text: shown(to.Title), URL: template.URL(c.m.href(c.at, pageURL(to.ID)))})
		}
	}
	return a
}

// listed returns the topics below one that have articles, or that have topics
// that do.
func (c *cartographer) listed(parent string, level int, articles func(slug string) ([]layout.MapArticle, int), maps bool) []layout.MapTopic {
	var below func(t *site.TopicEntry, level int) (layout.MapTopic, bool)
	below = func(t *site.TopicEntry, level int) (layout.MapTopic, bool) {
		x := layout.MapTopic{Text: shown(t.Title), URL: c.topicLink(t.Slug), Level: min(level, 5)}
		x.Articles, x.Count = articles(t.Slug)
		for _, slug := range t.Children {
			if child, ok := below(c.bySlug[slug], level+1); ok {
				x.Children = append(x.Children, child)
			}
		}
		if maps && t.Parent == "" {
			x.Map = template.URL(c.m.href(c.at, mapURL(t.Slug)))
		}
		return x, x.Count > 0 || len(x.Children) > 0
	}
	var list []layout.MapTopic
	for _, t := range c.order {
		if t.Parent != parent {
			continue
		}
		if x, ok := below(t, level); ok {
			list = append(list, x)
		}
	}
	if a, count := articles(""); count > 0 {
		x := layout.MapTopic{Text: c.noTopic, Level: level, Articles: a, Count: count}
		if maps {
			x.Map = template.URL(c.m.href(c.at, mapURL("")))
		}
		list = append(list, x)
	}
	return list
}

// result draws the map.
func (c *cartographer) result() *layout.Map {
	x := c.count
	x.Topics = c.list
	var lands func(list []*land)
	lands = func(list []*land) {
		for _, l := range list {
			if !l.away {
				x.Lands++
			}
			lands(l.children)
		}
	}
	lands(c.atlas.lands)
	for i := range c.atlas.nodes {
		if c.atlas.nodes[i].url != "" {
			x.Drawn++
		}
	}
	if x.Drawn > 0 {
		c.atlas.lay()
		x.Drawing = c.m.build(c.atlas.draw)
	}
	return &x
}
