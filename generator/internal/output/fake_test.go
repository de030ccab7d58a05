package output

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/site"
)

// A fake is a site made by hand: it answers as package site promises to.
type fake struct {
	o         Options
	entries   map[content.ID]*site.Entry
	members   map[content.ID]site.Membership
	journeys  map[content.ID]*site.Journey
	all       []*site.Entry
	topics    []*site.TopicEntry
	redirects []site.Redirect
	terms     []site.TermUse
	pages     map[string]*content.Page
	files     map[string]string // content/ path -> what it holds
	sizes     map[string][2]int
	assets    map[string]*asset.File
	layouts   *fakeLayouts
}

func newFake(t testing.TB) *fake {
	return &fake{
		o: Options{
			Title: "Careers guidance", Description: "Guidance for every step.",
			BaseURL: "https://guidance.example.org", Language: "en-GB",
			PublisherName: "Example Org", PublisherURL: "https://example.org", PublisherLogo: "logo.png",
			ContactEmail: "help@example.org",
			FeedLimit:    20, PageSize: 2,
			Share: []string{"copy", "email", "whatsapp", "linkedin", "x", "facebook"}, ShareOn: true,
			EditURL: "https://example.org/edit/{path}",
		},
		entries: map[content.ID]*site.Entry{},
		pages:   map[string]*content.Page{},
		files:   map[string]string{},
		sizes:   map[string][2]int{},
		assets: map[string]*asset.File{
			"tokens.css":        {Path: "assets/tokens.DDDDDDDDDD.css", Bytes: []byte(":root{}"), Integrity: "sha384-tokens"},
			"a/not.css":         {Path: "assets/a/not.EEEEEEEEEE.css", Bytes: []byte("x{}"), Integrity: "sha384-not"},
			"site.css":          {Path: "assets/site.AAAAAAAAAA.css", Bytes: []byte("body{}"), Integrity: "sha384-css"},
			"site.js":           {Path: "assets/site.BBBBBBBBBB.js", Bytes: []byte("1"), Integrity: "sha384-js"},
			"pages/redirect.js": {Path: "assets/pages/redirect.FFFFFFFFFF.js", Bytes: []byte("2"), Integrity: "sha384-on"},
			"favicon.svg":       {Path: "assets/favicon.CCCCCCCCCC.svg", Bytes: []byte("<svg/>"), Integrity: "sha384-svg"},
		},
		layouts: loadLayouts(t),
	}
}

// add adds an article; change may make anything else of it.
func (f *fake) add(id content.ID, title string, change ...func(*site.Entry, *content.Page)) *site.Entry {
	c := &content.Card{ID: id, File: "content/" + string(id) + ".md", Kind: content.Article, Title: title, Language: f.o.Language}
	if id == "" {
		c.File, c.Kind = "content/index.md", content.Home
	} else if slug, ok := strings.CutPrefix(string(id), "topics/"); ok {
		c.Kind = content.Topic
		defer f.topic(slug, title)
	}
	n := &site.Entry{Card: c, State: site.Live}
	p := &content.Page{Card: c, Body: &markdown.Body{}}
	for _, do := range change {
		do(n, p)
	}
	if n.Newest.IsZero() {
		n.Newest = n.Updated
		if n.Newest.IsZero() {
			n.Newest = n.Published
		}
	}
	for _, a := range c.Aliases {
		f.redirects = append(f.redirects, site.Redirect{From: a.Text, To: id})
	}
	f.entries[id] = n
	f.all = append(f.all, n)
	f.pages[c.File] = p
	return n
}

func (f *fake) topic(slug, title string) *site.TopicEntry {
	t := &site.TopicEntry{Slug: slug, Title: title, ID: content.ID("topics/" + slug), Page: f.entries[content.ID("topics/"+slug)]}
	f.topics = append(f.topics, t)
	return t
}

func in(topics ...string) func(*site.Entry, *content.Page) {
	return func(n *site.Entry, p *content.Page) { n.Topics = topics }
}

func on(day string) content.Date {
	return content.Date{Text: day, Unix: unix(day)}
}

// fakeView is fake as a job sees it.
type fakeView struct {
	*fake
	see func(string)
}

func (f *fake) view(see func(string)) View { return fakeView{f, see} }

func (v fakeView) listed(keep func(*site.Entry) bool) []*site.Entry {
	var list []*site.Entry
	for _, n := range v.all {
		if n.State == site.Live && !n.Unlisted && n.Kind != content.Topic && n.Kind != content.Home && keep(n) {
			list = append(list, n)
		}
	}
	return list
}

func (v fakeView) Entry(id content.ID) *site.Entry {
	v.see("site:entry:" + string(id))
	return v.entries[id]
}

func (v fakeView) Resolve(r *content.Ref) site.Target {
	v.see("site:ref:" + r.Key)
	switch r.Scheme {
	case content.SchemePage:
		n := v.entries[content.ID(strings.Trim(r.Key, "/"))]
		if n == nil {
			// What every site has, and what settings let pass.
			own := map[string]string{"/": "Home", "/topics/": "Topics", "/a-z/": "A to Z"}
			return site.Target{URL: r.Key, Title: own[r.Key]}
		}
		url := content.EscapePath(n.ID.URL())
		if r.Fragment != "" {
			url += "#" + r.Fragment
		}
		return site.Target{URL: url, Title: n.Title}
	case content.SchemeFile:
		return site.Target{URL: content.EscapePath(r.Key)}
	case content.SchemeExternal:
		return site.Target{URL: r.Key, External: true}
	case content.SchemeTopic:
		for _, t := range v.topics {
			if t.Slug == r.Key {
				return site.Target{URL: content.EscapePath(t.ID.URL()), Title: t.Title}
			}
		}
	case content.SchemeFact:
		return site.Target{Title: r.Key}
	}
	return site.Target{}
}

func (v fakeView) Related(id content.ID) []*site.Entry {
	v.see("site:related:" + string(id))
	list := v.listed(func(n *site.Entry) bool { return n.ID != id })
	return list[:min(2, len(list))]
}

func (v fakeView) Backlinks(id content.ID) []site.Backlink {
	v.see("site:backlinks:" + string(id))
	var list []site.Backlink
	for _, n := range v.all {
		for _, r := range n.Refs {
			if r.Scheme == content.SchemePage && r.Key == id.URL() {
				list = append(list, site.Backlink{Entry: n})
				break
			}
		}
	}
	return list
}

func (v fakeView) Crumbs(id content.ID) []site.Crumb {
	v.see("site:crumbs:" + string(id))
	crumbs := []site.Crumb{{}}
	switch n := v.entries[id]; {
	case strings.HasPrefix(string(id), "topics/"):
		crumbs = append(crumbs, site.Crumb{Title: "Topics", ID: "topics"})
	case n != nil && len(n.Topics) > 0:
		crumbs = append(crumbs, site.Crumb{Title: v.Topic(n.Topics[0]).Title, ID: content.ID("topics/" + n.Topics[0])})
	}
	return crumbs
}

func (v fakeView) PartOf(id content.ID) site.Membership {
	v.see("site:part-of:" + string(id))
	return v.members[id]
}

func (v fakeView) Journey(id content.ID) *site.Journey {
	v.see("site:steps:" + string(id))
	return v.journeys[id]
}

func (v fakeView) Journeys() []*site.Entry {
	v.see("site:journeys:")
	return v.listed(func(n *site.Entry) bool { return n.Kind == content.Journey })
}

func (v fakeView) Topics() []*site.TopicEntry {
	v.see("site:topics")
	return v.topics
}

func (v fakeView) TopicTree() []*site.TopicEntry {
	v.see("site:topic-tree")
	return v.topics
}

func (v fakeView) Topic(slug string) *site.TopicEntry {
	v.see("site:topic:" + slug)
	for _, t := range v.topics {
		if t.Slug == slug {
			return t
		}
	}
	return nil
}

func (v fakeView) TopicList(slug string, page int) []*site.Entry {
	v.see(fmt.Sprintf("site:list:%s:%d", slug, page))
	list := v.listed(func(n *site.Entry) bool { return slices.Contains(n.Topics, slug) })
	return list[min(len(list), (page-1)*v.o.PageSize):min(len(list), page*v.o.PageSize)]
}

func (v fakeView) TopicNewest(slug string) []*site.Entry {
	v.see("site:newest:" + slug)
	return v.newest(func(n *site.Entry) bool { return slices.Contains(n.Topics, slug) })
}

func (v fakeView) newest(keep func(*site.Entry) bool) []*site.Entry {
	list := v.listed(keep)
	slices.SortStableFunc(list, func(a, b *site.Entry) int { return cmp.Compare(b.Newest.Unix, a.Newest.Unix) })
	return list[:min(len(list), v.o.FeedLimit)]
}

func (v fakeView) Newest() []*site.Entry {
	v.see("site:newest")
	return v.newest(func(*site.Entry) bool { return true })
}

func (v fakeView) Listed() []*site.Entry {
	v.see("site:listed")
	list := v.listed(func(*site.Entry) bool { return true })
	slices.SortStableFunc(list, func(a, b *site.Entry) int { return strings.Compare(a.Title, b.Title) })
	return list
}

func (v fakeView) All() []*site.Entry {
	v.see("site:all")
	list := slices.Clone(v.all)
	slices.SortFunc(list, func(a, b *site.Entry) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (v fakeView) Pages() []*site.Entry {
	v.see("site:pages")
	list := slices.Clone(v.all)
	slices.SortFunc(list, func(a, b *site.Entry) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (v fakeView) Term(name string) *site.Term {
	v.see("site:term:" + name)
	for i := range v.terms {
		if v.terms[i].Name == name {
			return &v.terms[i].Term
		}
	}
	return nil
}

func (v fakeView) HasTerms() bool {
	v.see("site:has-terms:")
	return len(v.terms) > 0
}

func (v fakeView) Glossary() []site.TermUse {
	v.see("site:glossary:")
	return v.terms
}

func (v fakeView) Redirects() []site.Redirect {
	v.see("site:redirects")
	list := slices.Clone(v.redirects)
	slices.SortFunc(list, func(a, b site.Redirect) int { return strings.Compare(a.From, b.From) })
	return list
}

func (v fakeView) Lent() []*site.Entry {
	v.see("site:lent")
	return slices.DeleteFunc(v.Pages(), func(n *site.Entry) bool { return !n.Lent() && !looksLent(string(n.ID)) })
}

func (v fakeView) Map() []site.MapEntry {
	v.see("site:map")
	return v.mapOf(func(string) bool { return true })
}

func (v fakeView) MapTopic(slug string) []site.MapEntry {
	v.see("site:map-topic:" + slug)
	return v.mapOf(func(home string) bool {
		for _, t := range v.topics {
			if t.Slug == home && t.Parent != "" {
				home = t.Parent
			}
		}
		return home == slug
	})
}

func (v fakeView) mapOf(keep func(home string) bool) (list []site.MapEntry) {
	all := v.listed(func(*site.Entry) bool { return true })
	slices.SortStableFunc(all, func(a, b *site.Entry) int { return strings.Compare(a.Title, b.Title) })
	for _, n := range all {
		x := site.MapEntry{Entry: n, Topic: v.HomeTopic(n)}
		if !keep(x.Topic) {
			continue
		}
		for _, r := range n.Refs {
			if to := v.entries[content.ID(strings.Trim(r.Key, "/"))]; to != nil && to != n && slices.Contains(all, to) && !slices.Contains(x.Links, to) {
				x.Links = append(x.Links, to)
			}
		}
		slices.SortFunc(x.Links, func(a, b *site.Entry) int { return strings.Compare(a.Title, b.Title) })
		list = append(list, x)
	}
	return list
}

func (v fakeView) HomeTopic(n *site.Entry) string {
	for _, slug := range n.Topics {
		if slices.ContainsFunc(v.topics, func(t *site.TopicEntry) bool { return t.Slug == slug }) {
			return slug
		}
	}
	return ""
}

// fakeLayouts runs the templates of testdata/layouts.
type fakeLayouts struct{ set *template.Template }

func loadLayouts(t testing.TB) *fakeLayouts {
	set, err := template.ParseGlob("testdata/layouts/*.html")
	if err != nil {
		t.Fatal(err)
	}
	return &fakeLayouts{set}
}

func (l *fakeLayouts) Has(name string) bool { return l.set.Lookup(name) != nil }

func (l *fakeLayouts) Names() []string {
	var names []string
	for _, t := range l.set.Templates() {
		names = append(names, t.Name())
	}
	slices.Sort(names)
	return names
}

func (l *fakeLayouts) Run(name string, data any) ([]byte, diag.List) {
	var b bytes.Buffer
	var diags diag.List
	if err := l.set.ExecuteTemplate(&b, name, data); err != nil {
		diags.Errorf(diag.Pos{File: "layouts/" + name}, "layout", "%v", err)
	}
	return b.Bytes(), diags
}

type fakeAssets map[string]*asset.File

func (a fakeAssets) Files() []*asset.File {
	return slices.SortedFunc(maps.Values(a), func(a, b *asset.File) int { return strings.Compare(a.Path, b.Path) })
}

func (a fakeAssets) Lookup(name string) *asset.File { return a[name] }

// looks are what one job looked at.
type looks struct {
	names []string
	diags diag.List
}

func (f *fake) env(l *looks) *Env {
	see := func(name string) { l.names = append(l.names, name) }
	return &Env{
		See:     see,
		Report:  func(d ...diag.Diag) { l.diags = append(l.diags, d...) },
		View:    f.view(see),
		Layouts: f.layouts,
		Assets:  fakeAssets(f.assets),
		Article: func(file string) (*content.Page, error) {
			see("article:" + file)
			return f.pages[file], nil
		},
		Read: func(file string) ([]byte, error) {
			see("file:" + file)
			return []byte(f.files[file]), nil
		},
		Size: func(path string) (int, int) {
			see("size:" + path)
			s := f.sizes[path]
			return s[0], s[1]
		},
	}
}

func (f *fake) plan(files ...string) ([]Job, diag.List) {
	for _, t := range f.topics {
		t.Count = len(fakeView{fake: f}.listed(func(n *site.Entry) bool { return slices.Contains(n.Topics, t.Slug) }))
	}
	var assets []*asset.File
	for _, a := range f.assets {
		assets = append(assets, a)
	}
	return Plan(f.o, Survey(f.view(func(string) {})), files, assets)
}

// built is a whole site.
type built struct {
	t     testing.TB
	jobs  []Job
	files map[string][]byte
	diags diag.List
}

func (f *fake) build(t testing.TB, files ...string) *built {
	t.Helper()
	jobs, diags := f.plan(files...)
	return f.make(t, jobs, diags)
}

// only builds one file of the site.
func (f *fake) only(t testing.TB, path string) *built {
	t.Helper()
	jobs, diags := f.plan()
	return f.make(t, slices.DeleteFunc(jobs, func(j Job) bool { return j.Path != path }), diags)
}

func (f *fake) make(t testing.TB, jobs []Job, diags diag.List) *built {
	t.Helper()
	b := &built{t: t, files: map[string][]byte{}, jobs: jobs, diags: diags}
	m := NewMaker(f.o)
	for _, j := range b.jobs {
		var l looks
		out, err := m.Make(context.Background(), j, f.env(&l))
		if err != nil {
			t.Fatalf("%s: %v", j.Path, err)
		}
		b.files[j.Path] = out
		b.diags = append(b.diags, l.diags...)
	}
	return b
}

// clean fails the test if there were problems.
func (b *built) clean() *built {
	b.t.Helper()
	for _, d := range b.diags {
		b.t.Errorf("unexpected problem: %v (%s)", d, d.Hint)
	}
	return b
}

func (b *built) page(path string) doc {
	b.t.Helper()
	src, ok := b.files[path]
	if !ok {
		b.t.Fatalf("no %s in %v", path, b.paths())
	}
	n, err := html.ParseWithOptions(bytes.NewReader(src), html.ParseOptionEnableScripting(false))
	if err != nil {
		b.t.Fatal(err)
	}
	return doc{b.t, path, n}
}

func (b *built) paths() []string {
	var list []string
	for _, j := range b.jobs {
		list = append(list, j.Path)
	}
	return list
}

// doc is a page to be asked by selector: simple ones, tag#id.class[attr=value],
// and descendants of these.
type doc struct {
	t    testing.TB
	path string
	root *html.Node
}

func (d doc) all(selector string) []*html.Node {
	nodes := []*html.Node{d.root}
	for part := range strings.FieldsSeq(selector) {
		var next []*html.Node
		seen := map[*html.Node]bool{}
		for _, n := range nodes {
			for c := range n.Descendants() {
				if c.Type == html.ElementNode && !seen[c] && matches(c, part) {
					seen[c] = true
					next = append(next, c)
				}
			}
		}
		nodes = next
	}
	return nodes
}

func matches(n *html.Node, sel string) bool {
	for sel != "" {
		if sel[0] == '[' {
			inside, rest, _ := strings.Cut(sel[1:], "]")
			sel = rest
			name, value, given := strings.Cut(inside, "=")
			got, ok := attrOf(n, name)
			if !ok || given && got != value {
				return false
			}
			continue
		}
		i := strings.IndexAny(sel[1:], ".#[") + 1
		if i == 0 {
			i = len(sel)
		}
		word := sel[:i]
		sel = sel[i:]
		switch word[0] {
		case '#':
			if got, _ := attrOf(n, "id"); got != word[1:] {
				return false
			}
		case '.':
			if got, _ := attrOf(n, "class"); !slices.Contains(strings.Fields(got), word[1:]) {
				return false
			}
		default:
			if n.Data != word {
				return false
			}
		}
	}
	return true
}

func attrOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// text wants the texts of what selector finds.
func (d doc) text(selector string, want ...string) {
	d.t.Helper()
	var got []string
	for _, n := range d.all(selector) {
		got = append(got, textOf(n))
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("%s: %s has the text %q, want %q", d.path, selector, got, want)
	}
}

// attr wants an attribute of what selector finds.
func (d doc) attr(selector, name string, want ...string) {
	d.t.Helper()
	var got []string
	for _, n := range d.all(selector) {
		v, ok := attrOf(n, name)
		if !ok {
			v = "(none)"
		}
		got = append(got, v)
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("%s: %s has %s %q, want %q", d.path, selector, name, got, want)
	}
}

func (d doc) none(selector string) {
	d.t.Helper()
	if got := d.all(selector); len(got) > 0 {
		d.t.Errorf("%s: there are %d %s, want none", d.path, len(got), selector)
	}
}

// runAll makes jobs with workers goroutines.
func runAll(t testing.TB, f *fake, m *Maker, jobs []Job, workers int) [][]byte {
	out := make([][]byte, len(jobs))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(jobs); i += workers {
				var l looks
				b, err := m.Make(context.Background(), jobs[i], f.env(&l))
				if err != nil {
					t.Errorf("%s: %v", jobs[i].Path, err)
				}
				out[i] = b
			}
		})
	}
	wg.Wait()
	return out
}
