package output

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

// An element of XML, with its namespace.
type element struct {
	space, name string
	attrs       map[string]string
	text        string
	children    []*element
}

func parseXML(src []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(src))
	root := &element{}
	stack := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{space: x.Name.Space, name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				name := a.Name.Local
				if a.Name.Space != "" {
					name = a.Name.Space + ":" + name
				}
				e.attrs[name] = a.Value
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(x)
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("%d root elements", len(root.children))
	}
	return root.children[0], nil
}

func (e *element) named(name string) (list []*element) {
	for _, c := range e.children {
		if c.name == name {
			list = append(list, c)
		}
	}
	return list
}

const atomSpace = "http://www.w3.org/2005/Atom"

// atomCounts says how often RFC 4287 wants an element (4.1.1 and 4.1.2): at
// least, at most; -1 is any number.
var atomCounts = map[string]map[string][2]int{
	"feed": {
		"id": {1, 1}, "title": {1, 1}, "updated": {1, 1}, "subtitle": {0, 1}, "author": {0, -1}, "link": {0, -1},
		"category": {0, -1}, "contributor": {0, -1}, "generator": {0, 1}, "icon": {0, 1}, "logo": {0, 1}, "rights": {0, 1}, "entry": {0, -1},
	},
	"entry": {
		"id": {1, 1}, "title": {1, 1}, "updated": {1, 1}, "published": {0, 1}, "author": {0, -1}, "link": {0, -1},
		"category": {0, -1}, "contributor": {0, -1}, "content": {0, 1}, "rights": {0, 1}, "source": {0, 1}, "summary": {0, 1},
	},
	"author": {"name": {1, 1}, "uri": {0, 1}, "email": {0, 1}},
}

// atomProblems checks a feed against RFC 4287.
func atomProblems(src []byte) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	root, err := parseXML(src)
	if err != nil {
		return []string{err.Error()}
	}
	if root.name != "feed" || root.space != atomSpace {
		bad("the root is %s %s", root.space, root.name)
	}
	iri := func(what, s string) {
		if u, err := url.Parse(s); err != nil || !u.IsAbs() || strings.ContainsAny(s, " <>\"{}|\\^`\n") {
			bad("%s %q is no absolute IRI", what, s)
		}
	}
	var check func(e *element)
	check = func(e *element) {
		counts, structured := atomCounts[e.name]
		if structured {
			if strings.TrimSpace(e.text) != "" {
				bad("%s has the text %q", e.name, e.text)
			}
			for name, limits := range counts {
				if n := len(e.named(name)); n < limits[0] || limits[1] >= 0 && n > limits[1] {
					bad("%s has %d %s", e.name, n, name)
				}
			}
		}
		links := map[string]bool{}
		for _, c := range e.children {
			if c.space != atomSpace {
				bad("%s is in %s", c.name, c.space)
			}
			if _, ok := counts[c.name]; !ok {
				bad("%s in %s", c.name, e.name)
			}
			switch c.name {
			case "id", "uri":
				iri(c.name, c.text)
			case "updated", "published":
				if _, err := time.Parse(time.RFC3339, c.text); err != nil || strings.ToUpper(c.text) != c.text {
					bad("%s is %q", c.name, c.text)
				}
			case "link":
				iri("link", c.attrs["href"])
				if c.attrs["rel"] == "alternate" {
					key := c.attrs["type"] + c.attrs["hreflang"]
					if links[key] {
						bad("two alternates of one type in %s", e.name)
					}
					links[key] = true
				}
			case "category":
				if c.attrs["term"] == "" {
					bad("a category without term")
				}
			case "title", "subtitle", "summary":
				if kind := c.attrs["type"]; kind != "" && kind != "text" || len(c.children) > 0 {
					bad("%s is not text", c.name)
				}
			case "name":
				if strings.TrimSpace(c.text) == "" {
					bad("an author without name")
				}
			}
			check(c)
		}
	}
	check(root)
	self := false
	for _, l := range root.named("link") {
		self = self || l.attrs["rel"] == "self"
	}
	if !self {
		bad("no self link") // a SHOULD, kept
	}
	ids := map[string]bool{}
	for _, id := range root.named("id") {
		ids[id.text] = true
	}
	for _, n := range root.named("entry") {
		for _, id := range n.named("id") {
			if ids[id.text] {
				bad("the id %s twice", id.text)
			}
			ids[id.text] = true
		}
		if len(root.named("author")) == 0 && len(n.named("author")) == 0 {
			bad("an entry without author in a feed without one")
		}
		alternate := slices.ContainsFunc(n.named("link"), func(l *element) bool { return l.attrs["rel"] == "alternate" || l.attrs["rel"] == "" })
		if len(n.named("content")) == 0 && !alternate {
			bad("an entry with neither content nor alternate")
		}
	}
	return problems
}

func checkAtom(t testing.TB, src []byte) *element {
	t.Helper()
	for _, p := range atomProblems(src) {
		t.Errorf("feed: %s", p)
	}
	root, err := parseXML(src)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return root
}

// The checker finds what it is there to find.
func TestAtomChecker(t *testing.T) {
	f := guidance(t)
	good := string(f.build(t).files["feed.xml"])
	for _, c := range [][2]string{
		{"<updated>2026-10-12T00:00:00Z</updated>", ""},
		{"2026-10-12T00:00:00Z", "2026-10-12"},
		{"<id>https://guidance.example.org/feed.xml</id>", "<id>/feed.xml</id>"},
		{"/interviews/feedback/</id>", "/interviews/after/</id>"},
		{`rel="self"`, `rel="via"`},
		{"http://www.w3.org/2005/Atom", "http://example.org/"},
		{"<entry>", "<entry>text"},
		{"<entry>", "<entry><title>Again</title>"},
		{"<entry>", "<entry><guid>1</guid>"},
		{"</entry>", "</item>"},
		{` rel="alternate" type="text/html" href="https://guidance.example.org/interviews/after/"`, ` rel="via" href="https://x.org/"`},
	} {
		broken := strings.Replace(good, c[0], c[1], 1)
		if broken == good {
			t.Errorf("%q is not in the feed", c[0])
		}
		if len(atomProblems([]byte(broken))) == 0 {
			t.Errorf("a feed with %q in place of %q passes", c[1], c[0])
		}
	}
}

func TestAtom(t *testing.T) {
	f := guidance(t)
	f.add("welsh", "Canllaw", func(n *site.Entry, p *content.Page) {
		n.Language, n.Published = "cy", content.Date{Text: "2026-11-01T10:00:00+01:00", Unix: unix("2026-11-01T10:00:00+01:00")}
	})
	f.add("undated", "Undated")
	b := f.build(t)
	root := checkAtom(t, b.files["feed.xml"])
	if got := root.attrs["xml:lang"]; got != "en-GB" && root.attrs["http://www.w3.org/XML/1998/namespace:lang"] != "en-GB" {
		t.Errorf("the feed's language is %q: %v", got, root.attrs)
	}
	if got := root.named("updated")[0].text; got != "2026-11-01T10:00:00+01:00" {
		t.Errorf("the feed was updated %s", got)
	}
	var titles []string
	for _, n := range root.named("entry") {
		titles = append(titles, n.named("title")[0].text)
	}
	if want := []string{"Canllaw", "After a bad interview", "Ask for feedback", "A template for your CV"}; !slices.Equal(titles, want) {
		t.Errorf("entries are %q, want %q", titles, want)
	}
	after := root.named("entry")[1]
	if after.named("published")[0].text != "2025-12-24T00:00:00Z" || after.named("updated")[0].text != "2026-10-12T00:00:00Z" ||
		after.named("author")[0].named("name")[0].text != "A. Writer" || after.named("category")[0].attrs["label"] != "Interviews" ||
		after.named("summary")[0].text != "A bad hour is not a bad career." {
		t.Errorf("an entry is %+v", after)
	}

	topic := checkAtom(t, b.files["topics/interviews/feed.xml"])
	if got := topic.named("title")[0].text; got != "Interviews – Careers guidance" {
		t.Errorf("a topic's feed is called %q", got)
	}
	if topic.named("id")[0].text == root.named("id")[0].text {
		t.Error("two feeds have one id")
	}
	if n := len(topic.named("entry")); n != 3 {
		t.Errorf("a topic's feed has %d entries, want 3", n)
	}
}

// checkJSONFeed checks a feed against JSON Feed 1.1.
func checkJSONFeed(t testing.TB, src []byte) map[string]any {
	t.Helper()
	var f map[string]any
	if err := json.Unmarshal(src, &f); err != nil {
		t.Fatal(err)
	}
	if f["version"] != "https://jsonfeed.org/version/1.1" {
		t.Errorf("version is %v", f["version"])
	}
	if s, _ := f["title"].(string); s == "" {
		t.Error("no title")
	}
	known := map[string]bool{}
	for _, k := range strings.Fields("version title home_page_url feed_url description user_comment next_url icon favicon authors language expired hubs items") {
		known[k] = true
	}
	for k := range f {
		if !known[k] {
			t.Errorf("the feed has %s", k)
		}
	}
	absolute := func(m map[string]any, keys ...string) {
		for _, k := range keys {
			if v, ok := m[k]; ok {
				if u, err := url.Parse(v.(string)); err != nil || !u.IsAbs() {
					t.Errorf("%s is %v", k, v)
				}
			}
		}
	}
	absolute(f, "home_page_url", "feed_url")
	items, ok := f["items"].([]any)
	if !ok {
		t.Fatalf("items is %v", f["items"])
	}
	ids := map[any]bool{}
	for _, x := range items {
		n := x.(map[string]any)
		if id, ok := n["id"].(string); !ok || ids[id] {
			t.Errorf("the id %v is missing or there twice", n["id"])
		}
		ids[n["id"]] = true
		text, hasText := n["content_text"].(string)
		_, hasHTML := n["content_html"].(string)
		if !hasText && !hasHTML || hasText && text == "" {
			t.Errorf("an item has no content: %v", n)
		}
		absolute(n, "url", "external_url", "image", "banner_image")
		for _, k := range []string{"date_published", "date_modified"} {
			if v, ok := n[k]; ok {
				if _, err := time.Parse(time.RFC3339, v.(string)); err != nil {
					t.Errorf("%s is %v", k, v)
				}
			}
		}
		for _, k := range []string{"tags", "authors"} {
			if v, ok := n[k]; ok {
				if _, ok := v.([]any); !ok {
					t.Errorf("%s is %v", k, v)
				}
			}
		}
	}
	return f
}

func TestJSONFeed(t *testing.T) {
	f := checkJSONFeed(t, guidance(t).build(t).files["feed.json"])
	for _, c := range []struct {
		want any
		path []any
	}{
		{"Careers guidance", []any{"title"}},
		{"https://guidance.example.org/feed.json", []any{"feed_url"}},
		{"https://guidance.example.org/interviews/after/", []any{"items", 0, "url"}},
		{"2025-12-24T00:00:00Z", []any{"items", 0, "date_published"}},
		{"2026-10-12T00:00:00Z", []any{"items", 0, "date_modified"}},
		{"A bad hour is not a bad career.", []any{"items", 0, "content_text"}},
		{"https://guidance.example.org/interviews/chairs.png", []any{"items", 0, "image"}},
		{"Interviews", []any{"items", 0, "tags", 0}},
		{"Ask for feedback", []any{"items", 1, "content_text"}},
		{nil, []any{"items", 3}},
	} {
		if got := at(any(f), c.path...); got != c.want {
			t.Errorf("%v is %v, want %v", c.path, got, c.want)
		}
	}
}

var w3cDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?$`)

// checkSitemap checks one file of a sitemap against its schema and returns its
// addresses.
func checkSitemap(t testing.TB, src []byte, root, child string) []string {
	t.Helper()
	e, err := parseXML(src)
	if err != nil {
		t.Fatal(err)
	}
	if e.name != root || e.space != sitemapSpace || len(e.children) > 50_000 || len(src) > 50<<20 {
		t.Errorf("%s of %d in %d bytes, want a %s", e.name, len(e.children), len(src), root)
	}
	order := []string{"loc", "lastmod", "changefreq", "priority"}
	var locs []string
	for _, c := range e.children {
		last := -1
		for _, x := range c.children {
			i := slices.Index(order, x.name)
			if i <= last {
				t.Errorf("%s is out of order", x.name)
			}
			last = i
			switch x.name {
			case "loc":
				if u, err := url.Parse(x.text); err != nil || !u.IsAbs() || len(x.text) >= 2048 {
					t.Errorf("loc is %q", x.text)
				}
				locs = append(locs, x.text)
			case "lastmod":
				if !w3cDate.MatchString(x.text) {
					t.Errorf("lastmod is %q", x.text)
				}
			}
		}
		if c.name != child || c.children[0].name != "loc" {
			t.Errorf("%s in %s", c.name, root)
		}
	}
	return locs
}

func TestSitemap(t *testing.T) {
	f := guidance(t)
	f.add("kept/secret", "Unlisted", func(n *site.Entry, p *content.Page) { n.Unlisted = true })
	f.add("kept/noindex", "No index", func(n *site.Entry, p *content.Page) { n.NoIndex = true })
	f.add("kept/draft", "Draft", func(n *site.Entry, p *content.Page) { n.Draft = true })
	f.add("größe", "Größe & mehr")
	src := f.build(t).files["sitemap.xml"]
	got := checkSitemap(t, src, "urlset", "url")
	slices.Sort(got)
	const b = "https://guidance.example.org"
	want := []string{
		b + "/", b + "/a-z/", b + "/cv/template/", b + "/gr%C3%B6%C3%9Fe/", b + "/interviews/after/", b + "/interviews/feedback/",
		b + "/topics/", b + "/topics/interviews/", b + "/topics/interviews/page/2/", b + "/topics/panels/",
	}
	if !slices.Equal(got, want) {
		t.Errorf("addresses are\n%q, want\n%q", got, want)
	}
	if want := "<url><loc>" + b + "/interviews/after/</loc><lastmod>2026-10-12</lastmod></url>"; !strings.Contains(string(src), want) {
		t.Errorf("no %s in %s", want, src)
	}
}

func TestCatalogue(t *testing.T) {
	f := guidance(t)
	var c struct {
		Version  int
		Articles []map[string]any
	}
	if err := json.Unmarshal(f.build(t).files["articles.json"], &c); err != nil {
		t.Fatal(err)
	}
	if c.Version != 1 || len(c.Articles) != len(f.all) {
		t.Fatalf("version %d, %d articles, want 1 and %d", c.Version, len(c.Articles), len(f.all))
	}
	keys := []string{"url", "title", "description", "topics", "published", "updated", "reviewed", "review_due", "owner", "words", "minutes"}
	byURL := map[any]map[string]any{}
	for _, a := range c.Articles {
		for _, k := range keys {
			if _, ok := a[k]; !ok {
				t.Errorf("%v has no %s", a["url"], k)
			}
		}
		byURL[a["url"]] = a
	}
	after := byURL["https://guidance.example.org/interviews/after/"]
	want := map[string]any{
		"url": "https://guidance.example.org/interviews/after/", "title": "After a bad interview", "description": "A bad hour is not a bad career.",
		"topics": []any{"interviews"}, "published": "2025-12-24", "updated": "2026-10-12", "reviewed": "2026-10-01", "review_due": "2027-04-01",
		"owner": "Careers team", "words": 401.0, "minutes": 3.0,
	}
	if fmt.Sprint(after) != fmt.Sprint(want) {
		t.Errorf("an article is %v, want %v", after, want)
	}
	if got := byURL["https://guidance.example.org/old/"]; got["state"] != "withdrawn" || got["updated"] != nil {
		t.Errorf("a withdrawn page is %v", got)
	}
}

func TestHosting(t *testing.T) {
	b := guidance(t).build(t)
	if got, want := string(b.files["robots.txt"]), "User-agent: *\nDisallow:\n\nSitemap: https://guidance.example.org/sitemap.xml\n"; got != want {
		t.Errorf("robots.txt is %q, want %q", got, want)
	}
	want := "/after.html /interviews/after/ 301\n/old/cv/ /cv/template/ 301\n/vorstellungsgespr%C3%A4ch /interviews/after/ 301\n"
	if got := string(b.files["_redirects"]); got != want {
		t.Errorf("_redirects is %q, want %q", got, want)
	}

	rules := map[string][]string{}
	path := ""
	for line := range strings.Lines(string(b.files["_headers"])) {
		if header, ok := strings.CutPrefix(line, "  "); ok {
			name, value, ok := strings.Cut(strings.TrimSpace(header), ": ")
			if !ok {
				t.Errorf("a header is %q", line)
			}
			rules[name] = append(rules[name], path)
			if strings.Contains(value, "unsafe-inline") || strings.Contains(value, "unsafe-eval") {
				t.Errorf("%s allows what it must not: %s", name, value)
			}
		} else {
			path = strings.TrimSpace(line)
		}
	}
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"} {
		if len(rules[name]) == 0 || rules[name][0] != "/*" {
			t.Errorf("%s is sent for %q, want /*", name, rules[name])
		}
	}
	// Servers that join the values of two rules would make nonsense of these.
	covers := func(pattern, path string) bool {
		ok, _ := regexp.MatchString("^"+strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")+"$", path)
		return ok
	}
	for _, path := range []string{"/", "/cv/template/", "/404.html", "/feed.xml", "/topics/x/feed.xml", "/assets/site.AAAAAAAAAA.css", "/articles.json", "/sitemap.xml"} {
		n := 0
		for _, p := range rules["Cache-Control"] {
			if covers(p, path) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d rules say how long to keep %s, want one", n, path)
		}
	}
	if s := string(b.files["_headers"]); !strings.Contains(s, "frame-ancestors 'self'") || !strings.Contains(s, "immutable") {
		t.Errorf("_headers is %s", s)
	}
}
