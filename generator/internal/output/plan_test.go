package output

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

func TestPlan(t *testing.T) {
	f := guidance(t)
	b := f.build(t, "content/form.pdf", "interviews/chairs.png")
	want := []string{
		"404.html", "_headers", "_redirects", "a-z/index.html", "after.html", "articles.json",
		"assets/a/not.EEEEEEEEEE.css", "assets/favicon.CCCCCCCCCC.svg", "assets/pages/redirect.FFFFFFFFFF.js", "assets/site.AAAAAAAAAA.css", "assets/site.BBBBBBBBBB.js", "assets/tokens.DDDDDDDDDD.css",
		"cv/template/index.html", "feed.json", "feed.xml", "form.pdf", "index.html",
		"interviews/after/index.html", "interviews/chairs.png", "interviews/feedback/index.html",
		"old/cv/index.html", "old/index.html", "robots.txt", "sitemap.xml",
		"topics/index.html", "topics/interviews/feed.xml", "topics/interviews/index.html", "topics/interviews/page/2/index.html",
		"topics/panels/feed.xml", "topics/panels/index.html", "vorstellungsgespräch/index.html", "winter/index.html",
	}
	if got := b.paths(); !slices.Equal(got, want) {
		t.Errorf("the plan is\n%q, want\n%q", got, want)
	}
	if got := string(b.files["form.pdf"]); got != "%PDF" {
		t.Errorf("form.pdf is %q", got)
	}
	if got := string(b.files["assets/site.AAAAAAAAAA.css"]); got != "body{}" {
		t.Errorf("the style sheet is %q", got)
	}
}

// The plan does not depend on the order in which it is told of things.
func TestPlanOrder(t *testing.T) {
	f := guidance(t)
	one, _ := f.plan("content/form.pdf", "content/a.png")
	slices.Reverse(f.all)
	slices.Reverse(f.redirects)
	two, _ := f.plan("content/a.png", "content/form.pdf")
	if !slices.Equal(one, two) {
		t.Error("the plan depends on the order of its input")
	}
	if !slices.IsSortedFunc(one, func(a, b Job) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the plan is not in order of Path")
	}
}

func alias(text string, line int) func(*site.Entry, *content.Page) {
	return func(n *site.Entry, p *content.Page) {
		n.Aliases = append(n.Aliases, content.Value{Text: text, Place: content.Place{Line: line, Col: 5, EndCol: 5 + len(text)}})
	}
}

func TestClashes(t *testing.T) {
	for _, c := range []struct {
		name  string
		make  func(*fake)
		files []string
		want  []string // problems
		not   []string // paths that are in no plan
		once  string   // a path that is there once
	}{
		{
			name: "page and file",
			make: func(f *fake) { f.add("cv", "CV") }, files: []string{"content/cv/index.html"},
			want: []string{`content/cv/index.html: error: content/cv/index.html and content/cv.md are both to be published as "cv/index.html" [address-clash]`},
			once: "cv/index.html",
		},
		{
			name:  "file and the site's own",
			files: []string{"content/robots.txt"},
			want:  []string{`content/robots.txt: error: content/robots.txt and the site's own robots.txt are both to be published as "robots.txt" [address-clash]`},
			once:  "robots.txt",
		},
		{
			name:  "file and asset",
			files: []string{"content/assets/site.AAAAAAAAAA.css"},
			want:  []string{`content/assets/site.AAAAAAAAAA.css: error: content/assets/site.AAAAAAAAAA.css and layouts/assets/site.css are both to be published as "assets/site.AAAAAAAAAA.css" [address-clash]`},
		},
		{
			name:  "case",
			files: []string{"content/Form.pdf", "content/form.PDF"},
			want:  []string{`content/form.PDF: error: content/form.PDF would be published as "form.PDF" and content/Form.pdf as "Form.pdf", which not every system tells apart [address-clash]`},
		},
		{
			name:  "full case folding",
			files: []string{"content/straße.pdf", "content/STRASSE.pdf"},
			want:  []string{`content/STRASSE.pdf: error: content/STRASSE.pdf would be published as "STRASSE.pdf" and content/straße.pdf as "straße.pdf", which not every system tells apart [address-clash]`},
		},
		{
			name:  "Kelvin sign",
			files: []string{"content/k.pdf", "content/\u212A.pdf"},
			want:  []string{"content/\u212A.pdf: error: content/\u212A.pdf would be published as \"\u212A.pdf\" and content/k.pdf as \"k.pdf\", which not every system tells apart [address-clash]"},
		},
		{
			name:  "normal forms",
			files: []string{"content/caf\u00e9.pdf", "content/cafe\u0301.pdf"},
			want:  []string{"content/cafe\u0301.pdf: error: content/cafe\u0301.pdf would be published as \"cafe\u0301.pdf\" and content/caf\u00e9.pdf as \"caf\u00e9.pdf\", which not every system tells apart [address-clash]"},
		},
		{
			name: "alias that hides a page",
			make: func(f *fake) { f.add("a", "A", alias("/b/", 3)); f.add("b", "B", alias("/c/", 4)) },
			want: []string{`content/a.md:3:5: error: the alias "/b/" would hide content/b.md, which is published at this address [address-clash]`},
			once: "b/index.html",
		},
		{
			name: "alias that hides a list",
			make: func(f *fake) { f.add("a", "A", alias("/topics", 3)) },
			want: []string{`content/a.md:3:5: error: the alias "/topics" would hide the list of topics, which is published at this address [address-clash]`},
			once: "topics/index.html",
		},
		{
			name: "alias of the page itself",
			make: func(f *fake) { f.add("a", "A", alias("/A", 3)) },
			want: []string{`content/a.md:3:5: warning: the alias "/A" is the page's own address [address-clash]`},
			once: "a/index.html",
		},
		{
			name: "one alias of two pages",
			make: func(f *fake) { f.add("a", "A", alias("/old/", 3)); f.add("b", "B", alias("/old", 4)) },
			want: []string{`content/a.md:3:5: error: the alias "/old/" and the alias "/old" (content/b.md:4:5) are both to be published as "old/index.html" [address-clash]`},
			once: "old/index.html",
		},
		{
			name:  "alias and file",
			make:  func(f *fake) { f.add("a", "A", alias("/old.html", 3)) },
			files: []string{"content/old.html"},
			want:  []string{`content/a.md:3:5: error: the alias "/old.html" and content/old.html are both to be published as "old.html" [address-clash]`},
		},
		{
			name: "file and folder",
			make: func(f *fake) { f.add("cv/template", "T") }, files: []string{"content/CV"},
			want: []string{`content/CV: error: content/CV and content/cv/template.md cannot both be published: "cv" would be a file and a folder [address-clash]`},
			not:  []string{"CV"},
		},
		{
			name: "folder of an alias and the site's own file",
			make: func(f *fake) { f.add("a", "A", alias("/feed.xml/old/", 3)) },
			want: []string{`content/a.md:3:5: error: the alias "/feed.xml/old/" and the site's own feed.xml cannot both be published: "feed.xml" would be a file and a folder [address-clash]`},
		},
		{
			name: "paths that not every system has",
			make: func(f *fake) {
				f.add("a", "A", alias("/con/", 3), alias("/a%2f..%2fb/", 4), alias("/x?id=1", 5), alias("/100%/", 6))
			},
			files: []string{"content/aux.pdf", "content/a\u202Eb.pdf"},
			want: []string{
				"content/aux.pdf: error: content/aux.pdf cannot be published: its path has the name \"aux.pdf\" in it, which Windows keeps for a device [bad-path]",
				"content/a\u202Eb.pdf: error: content/a\u202Eb.pdf cannot be published: its path has the invisible character U+202E in it [bad-path]",
				`content/a.md:6:5: error: the alias "/100%/" has a % in it that begins no escape [bad-alias]`,
				`content/a.md:4:5: error: the alias "/a%2f..%2fb/" has ".." in it [bad-alias]`,
				`content/a.md:3:5: error: the alias "/con/" has the name "con" in it, which Windows keeps for a device [bad-alias]`,
				`content/a.md:5:5: error: the alias "/x?id=1" has a query or fragment, which no file can answer to [bad-alias]`,
			},
			not: []string{"aux.pdf", "b/index.html"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t)
			if c.make != nil {
				c.make(f)
			}
			jobs, diags := f.plan(c.files...)
			var got []string
			for _, d := range diags {
				got = append(got, d.String())
				if d.Hint == "" {
					t.Errorf("%v has no way out", d)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			seen := map[string]int{}
			for _, j := range jobs {
				seen[content.FoldKey(j.Path)]++
				if slices.Contains(c.not, j.Path) {
					t.Errorf("%s is planned", j.Path)
				}
			}
			for path, n := range seen {
				if n > 1 {
					t.Errorf("%s is planned %d times", path, n)
				}
			}
			if c.once != "" && seen[c.once] != 1 {
				t.Errorf("%s is planned %d times, want once", c.once, seen[c.once])
			}
		})
	}
}

// What the plan refuses is in no list of redirects either: a server would
// follow it before it looks for the page.
func TestRefusedRedirects(t *testing.T) {
	f := newFake(t)
	f.add("a", "A", alias("/b/", 1), alias("/a", 2), alias("/con/", 3), alias("/good/", 4), alias("/good", 5))
	f.add("b", "B")
	if got, want := string(f.build(t).files["_redirects"]), "/good/ /a/ 301\n"; got != want {
		if got != "/good /a/ 301\n" { // either, but once
			t.Errorf("_redirects is %q, want %q", got, want)
		}
	}
}

func TestEmptySite(t *testing.T) {
	f := newFake(t)
	b := f.build(t).clean()
	b.page("index.html").text("h1", "Careers guidance")
	b.page("a-z/index.html").none("section")
	checkAtom(t, b.files["feed.xml"])
	checkJSONFeed(t, b.files["feed.json"])
}

// fill sets every field of v to something else than zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("s", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n%200 + 1))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic(v.Kind())
	}
}

func TestEncodeJobs(t *testing.T) {
	var jobs []Job
	n := 0
	fill(reflect.ValueOf(&jobs).Elem(), &n)
	var e cache.Encoder
	EncodeJobs(&e, jobs)
	d := cache.Decoder{S: string(e.B)}
	if got := DecodeJobs(&d); d.Err != nil || !slices.Equal(got, jobs) {
		t.Errorf("%v was read as %v (%v)", jobs, got, d.Err)
	}
}

// Each field of an outline is part of what is compared.
func TestEncodeOutline(t *testing.T) {
	var o Outline
	n := 0
	fill(reflect.ValueOf(&o).Elem(), &n)
	sum := func() string {
		var e cache.Encoder
		o.Encode(&e)
		return string(e.B)
	}
	before := sum()
	var leaves func(v reflect.Value, name string)
	leaves = func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Slice:
			leaves(v.Index(0), name)
		case reflect.Struct:
			for i := range v.NumField() {
				leaves(v.Field(i), name+"."+v.Type().Field(i).Name)
			}
		default:
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			v.SetZero()
			if sum() == before {
				t.Errorf("%s is not encoded", name)
			}
			v.Set(old)
		}
	}
	leaves(reflect.ValueOf(&o).Elem(), "Outline")
}

func TestAssetName(t *testing.T) {
	for path, want := range map[string]string{
		"assets/site.4F3K2QX7TA.css":          "site.css",
		"assets/fonts/serif.4F3K2QX7TA.woff2": "fonts/serif.woff2",
		"assets/site.min.4F3K2QX7TA.js":       "site.min.js",
		"assets/LICENCE.4F3K2QX7TA":           "LICENCE",
		"assets/plain.css":                    "plain.css",
	} {
		if got := assetName(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

// The sitemap is split where its protocol says, and holds each address once.
func TestLargeSite(t *testing.T) {
	f := newFake(t)
	topic := f.topic("all", "All")
	f.all = make([]*site.Entry, 0, 120_000)
	for i := range 120_000 {
		c := &content.Card{
			ID: content.ID(fmt.Sprintf("p%06d", i)), File: fmt.Sprintf("content/p%06d.md", i), Kind: content.Article,
			Title: fmt.Sprintf("%c title %d", 'A'+i%26, i), Language: "en-GB", NoIndex: i%1000 == 0,
		}
		n := &site.Entry{Card: c, State: site.Live, Newest: on("2026-01-02")}
		f.entries[c.ID] = n
		f.all = append(f.all, n)
	}
	f.all[7].Topics, f.all[8].Topics, f.all[9].Topics = []string{"all"}, []string{"all"}, []string{"all"}
	jobs, diags := f.plan()
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if topic.Count != 3 {
		t.Fatal("the fake counts wrong")
	}
	wanted := map[string]bool{
		"/": true, "/topics/": true, "/topics/all/": true, "/topics/all/page/2/": true, "/a-z/": true,
	}
	for _, n := range f.all {
		if !n.NoIndex {
			wanted[n.ID.URL()] = true
		}
	}
	for _, j := range jobs {
		if j.Kind == JobAZ && j.Arg != "" {
			wanted["/"+strings.TrimSuffix(j.Path, "index.html")] = true
		}
	}
	var parts []string
	m := NewMaker(f.o)
	got := map[string]bool{}
	var index []byte
	for _, j := range jobs {
		switch j.Kind {
		case JobSitemapIdx:
			index, _ = m.Make(t.Context(), j, f.env(&looks{}))
		case JobSitemap:
			parts = append(parts, "https://guidance.example.org/"+j.Path)
			out, err := m.Make(t.Context(), j, f.env(&looks{}))
			if err != nil {
				t.Fatal(err)
			}
			for _, loc := range checkSitemap(t, out, "urlset", "url") {
				url := strings.TrimPrefix(loc, "https://guidance.example.org")
				if got[url] || !wanted[url] {
					t.Fatalf("%s is in the sitemap twice or for no reason", url)
				}
				got[url] = true
			}
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("the sitemap has %d addresses, want %d", len(got), len(wanted))
	}
	if locs := checkSitemap(t, index, "sitemapindex", "sitemap"); len(parts) != 3 || !slices.Equal(locs, parts) {
		t.Errorf("the index names %q, the plan has %q", locs, parts)
	}
}

func BenchmarkPlan(b *testing.B) {
	f := newFake(b)
	for i := range 10_000 {
		f.add(content.ID(fmt.Sprintf("a%05d", i)), fmt.Sprintf("%c %d", 'A'+i%26, i), alias(fmt.Sprintf("/old/%d/", i), 3))
	}
	out := Survey(f.view(func(string) {}))
	for b.Loop() {
		if jobs, _ := Plan(f.o, out, nil, []*asset.File{}); len(jobs) < 20_000 {
			b.Fatal(len(jobs))
		}
	}
}
