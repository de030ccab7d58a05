package generator

import (
	"fmt"
	"maps"
	"math/rand"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// going builds with --keep-going, checks that problems are errors at the files
// that are named, and returns what is published.
func (h *history) going(t *testing.T, wrong ...string) map[string]string {
	t.Helper()
	r := h.run(Options{KeepGoing: true})
	checkProblems(t, h, r.Diags)
	got := map[string]bool{}
	for _, d := range r.Diags {
		if d.Severity == diag.Error {
			got[strings.TrimPrefix(d.File, "content/")] = true
		}
	}
	want := map[string]bool{}
	for _, w := range wrong {
		want[w] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("errors at %v, want %v: %v", got, want, r.Diags)
	}
	if !r.Published {
		t.Error("nothing was published")
	}
	return h.published()
}

// sameAsClean compares what is published with what a build from nothing makes.
func (h *history) sameAsClean(t *testing.T) {
	t.Helper()
	r := h.run(Options{NoCache: true, DryRun: true})
	if r.Diags.Failed() {
		t.Fatal("a clean build has errors: ", r.Diags)
	}
	got := map[string]string{}
	for name, text := range h.published() {
		got[name] = cache.Sum([]byte(text)).String()
	}
	want := digests(r.Manifest)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is not as from nothing (there: %t)", name, got[name] != "")
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("%s should not be there", name)
		}
	}
}

func article(title, body string) string {
	return "---\ntitle: " + title + "\ndescription: About " + title + ".\ntopics: [t]\n---\n" + body + "\n"
}

const topicText = "---\ntitle: T\ndescription: D.\n---\nText.\n"

// TestKeepGoing follows a page through an error and out of it: it stays as it
// is, byte for byte, other pages are changed, and lists show it as it was.
func TestKeepGoing(t *testing.T) {
	for _, c := range []struct {
		name, text string
		wrong      []string
	}{
		{"front matter", "---\ntitle: New\ntopics: [t\n---\nNew words.\n", []string{"a.md"}},
		{"a key", "---\ntitle: New\ndescription: D.\ntopics: [t]\ndrfat: true\n---\nNew words.\n", []string{"a.md"}},
		{"a link", article("New", "New [words](nowhere.md)."), []string{"a.md"}},
		{"a topic", strings.Replace(article("New", "New words."), "[t]", "[t, u]", 1), []string{"a.md"}},
		{"a layout", strings.Replace(article("New", "New words."), "topics:", "layout: nothing\ntopics:", 1), []string{"a.md"}},
		{"bytes", article("New", "New w\xe9rds."), []string{"a.md"}},
		{"nesting", article("New", "New words.\n\n"+repeat(">", 1000)+" x"), []string{"a.md"}},
		{"another address, and a link", strings.Replace(article("New", "New [words](nowhere.md)."), "topics:", "slug: b\ntopics:", 1), []string{"a.md"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newSite(t, "content/topics/t.md", topicText, "content/a.md", article("Old", "Old words."), "content/links.md", article("Links", "See [a](a.md), [[a]]."))
			before := h.going(t)
			h.write("content/a.md", c.text)
			h.write("content/good.md", article("Good", "Changed."))
			check := func() {
				t.Helper()
				after := h.going(t, c.wrong...)
				if after["a/index.html"] != before["a/index.html"] {
					t.Errorf("the page has changed: %s", after["a/index.html"])
				}
				if !strings.Contains(after["good/index.html"], "Changed.") {
					t.Error("another page has not changed")
				}
				for name, text := range after {
					if strings.Contains(text, "New") {
						t.Errorf("%s shows what is in error: %s", name, text)
					}
				}
				for _, name := range []string{"topics/t/index.html", "a-z/index.html", "articles.json"} {
					if !strings.Contains(after[name], "Old") {
						t.Errorf("%s does not show the page any more", name)
					}
				}
			}
			check()
			check() // again, with nothing changed
			h.write("content/good.md", article("Good", "Changed. And again."))
			check()
			if r := h.run(Options{}); r.Published || !r.Diags.Failed() {
				t.Error("without --keep-going it is published")
			}
			check()
			h.write("content/a.md", article("Old", "Mended words."))
			if after := h.going(t); !strings.Contains(after["a/index.html"], "Mended words.") {
				t.Error("the mended page is not published")
			}
			h.sameAsClean(t)
		})
	}
}

// TestKeepGoingNew: a new page in error is left out; who links to it is in error
// too and stays as it was, and so is who links to one that never was.
func TestKeepGoingNew(t *testing.T) {
	for name, text := range map[string]string{
		"front matter": "---\ntitle: [\n---\n",
		"a link":       page("[x](nowhere.md)"),
		"a layout":     strings.Replace(page("Text."), "title:", "layout: nothing\ntitle:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			h := newSite(t, "content/links.md", page("Old."))
			before := h.going(t)
			h.write("content/new.md", text)
			h.write("content/links.md", page("See [new](new.md)."))
			h.write("content/newer.md", page("See [links](links.md)."))
			h.write("content/newest.md", page("See [new](new.md)."))
			h.write("content/further.md", page("See [newest](newest.md)."))
			h.write("content/good.md", page("Changed."))
			after := h.going(t, "new.md", "links.md", "newest.md", "further.md")
			for _, out := range []string{"new", "newest", "further"} {
				if after[out+"/index.html"] != "" {
					t.Errorf("%s is published", out)
				}
			}
			if after["links/index.html"] != before["links/index.html"] || after["newer/index.html"] == "" || !strings.Contains(after["good/index.html"], "Changed.") {
				t.Error("the other pages are not as they should be")
			}
			r := h.run(Options{KeepGoing: true})
			if d := told(r.Diags, "broken-link", "content/links.md"); d == nil || !strings.Contains(d.Message, "it has errors") {
				t.Errorf("the link to a page in error is told as %v", d)
			}
			h.write("content/new.md", page("Fine."))
			h.going(t)
			h.sameAsClean(t)
		})
	}
}

// TestKeepGoingHome: the home page, a topic and the pages of the site's own
// lists are kept as others are.
func TestKeepGoingOwn(t *testing.T) {
	for file, path := range map[string]string{"index.md": "index.html", "topics/t.md": "topics/t/index.html", "topics.md": "topics/index.html", "a-z.md": "a-z/index.html"} {
		t.Run(file, func(t *testing.T) {
			h := newSite(t, "content/topics/t.md", topicText, "content/a.md", article("A", "Words."), "content/"+file, page("Old words."))
			before := h.going(t)
			if !strings.Contains(before[path], "Page") {
				t.Fatal(before[path])
			}
			h.write("content/"+file, "---\ntitle: New\ndrfat: true\n---\nNew words.\n")
			h.write("content/good.md", page("Changed."))
			after := h.going(t, file)
			if after[path] != before[path] || !strings.Contains(after["good/index.html"], "Changed.") {
				t.Errorf("it is now %s, and was %s", after[path], before[path])
			}
			h.write("content/"+file, page("Mended words."))
			h.going(t)
			h.sameAsClean(t)
		})
	}
}

// TestKeepGoingFiles: a file that is in error stays as it was published too.
func TestKeepGoingFiles(t *testing.T) {
	h := newSite(t, "content/a.txt", "old")
	before := h.going(t)
	h.write("content/a.txt", "---\ndraft: true\n---\nnew")
	h.write("content/b.txt", "---\ndraft: true\n---\nnew")
	h.write("content/good.md", page("Changed."))
	after := h.going(t, "a.txt", "b.txt")
	if after["a.txt"] != before["a.txt"] || after["b.txt"] != "" || !strings.Contains(after["good/index.html"], "Changed.") {
		t.Errorf("published: %q, %q", after["a.txt"], after["b.txt"])
	}
	h.write("content/a.txt", "newer")
	h.remove("content/b.txt")
	if after := h.going(t); after["a.txt"] != "newer" {
		t.Errorf("published: %q", after["a.txt"])
	}
	h.sameAsClean(t)
}

// deadEnds returns the addresses that anything published names and at which
// there is no file.
func deadEnds(h *history) (dead []string) {
	const base = "https://e.org"
	p := h.published()
	at := regexp.MustCompile(`(?:href|src|content)="(?:` + base + `)?(/[^"#?]*)|` + base + `(/[^"#?<\\\s]*)`)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		for _, m := range at.FindAllStringSubmatch(p[name], -1) {
			to := strings.TrimPrefix(m[1]+m[2], "/")
			if to == "" || strings.HasSuffix(to, "/") {
				to += "index.html"
			}
			if _, ok := p[to]; !ok {
				dead = append(dead, name+": /"+to)
			}
		}
	}
	return dead
}

// TestKeepGoingDeadEnds: a new page, topic or file of which it turns out only
// when it is made that it cannot be is not there for anybody: no list, feed,
// link or picture leads to it, and who links to it is told.
func TestKeepGoingDeadEnds(t *testing.T) {
	unknown := func(key string) string {
		return strings.Replace(article("Fresh", "Words."), "topics:", "layout: nothing\n"+key+"topics:", 1)
	}
	front := func(key string) string {
		return strings.Replace(article("Links", "Words."), "topics:", key+"\ntopics:", 1)
	}
	held := "---\ndraft: true\n---\nFresh"
	for name, c := range map[string]struct {
		files []string
		wrong []string
	}{
		"a page":             {[]string{"content/new.md", unknown("")}, []string{"new.md"}},
		"a linked page":      {[]string{"content/new.md", unknown(""), "content/links.md", article("Links", "See [new](new.md).")}, []string{"new.md", "links.md"}},
		"by its title":       {[]string{"content/new.md", unknown(""), "content/links.md", article("Links", "See [[Fresh]].")}, []string{"new.md", "links.md"}},
		"by its old address": {[]string{"content/new.md", unknown("aliases: [/old/]\n"), "content/links.md", article("Links", "See [new](/old/).")}, []string{"new.md", "links.md"}},
		"related":            {[]string{"content/new.md", unknown(""), "content/links.md", front("related: [/new/]")}, []string{"new.md", "links.md"}},
		"a replacement":      {[]string{"content/new.md", unknown(""), "content/links.md", front("withdrawn: {date: 2020-01-01, reason: Old, replacement: /new/}")}, []string{"new.md", "links.md"}},
		"a chain": {[]string{"content/new.md", unknown(""), "content/newer.md", article("Newer", "See [new](new.md)."), "content/newest.md", article("Newest", "See [newer](newer.md).")},
			[]string{"new.md", "newer.md", "newest.md"}},
		"a layout that fails on it": {[]string{"layouts/odd.html", `{{define "main"}}{{index .Topics 5}}{{end}}{{template "main" .}}`, "content/new.md", strings.Replace(article("Fresh", "Words."), "topics:", "layout: odd\ntopics:", 1),
			"content/links.md", article("Links", "See [new](new.md).")}, []string{"layouts/odd.html", "links.md"}},
		"a topic":            {[]string{"content/topics/fresh.md", unknown(""), "content/links.md", strings.Replace(article("Links", "Words."), "[t]", "[t, fresh]", 1)}, []string{"topics/fresh.md", "links.md"}},
		"the home page":      {[]string{"content/index.md", unknown("")}, []string{"index.md"}},
		"a file":             {[]string{"content/new.txt", held, "content/links.md", article("Links", "See [new](new.txt).")}, []string{"new.txt", "links.md"}},
		"a picture":          {[]string{"content/new.svg", held, "content/links.md", article("Links", "![New](new.svg)")}, []string{"new.svg", "links.md"}},
		"the page's picture": {[]string{"content/new.svg", held, "content/links.md", front("image: {src: new.svg, alt: New}")}, []string{"new.svg", "links.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newSite(t, "content/site.yaml", "title: S\nbase_url: https://e.org\n", "content/topics/t.md", topicText, "content/links.md", article("Links", "Old."), "content/other.md", article("Other", "Old."))
			before := h.going(t)
			for i := 0; i < len(c.files); i += 2 {
				h.write(c.files[i], c.files[i+1])
			}
			h.write("content/good.md", article("Good", "Changed."))
			for range 2 {
				var own []string
				r := h.run(Options{KeepGoing: true})
				for _, d := range r.Diags {
					if d.Severity == diag.Error {
						own = append(own, strings.TrimPrefix(d.File, "content/"))
					}
				}
				slices.Sort(own)
				slices.Sort(c.wrong)
				if own = slices.Compact(own); !slices.Equal(own, c.wrong) {
					t.Errorf("errors at %q, want %q: %v", own, c.wrong, r.Diags)
				}
				after := h.published()
				if dead := deadEnds(h); len(dead) > 0 || !strings.Contains(after["good/index.html"], "Changed.") {
					t.Errorf("these lead nowhere: %q", dead)
				}
				for file, text := range after {
					if strings.Contains(text, "Fresh") {
						t.Errorf("%s shows what is not published: %s", file, text)
					}
				}
				if slices.Contains(c.wrong, "links.md") && after["links/index.html"] != before["links/index.html"] {
					t.Error("the page with the link has changed")
				}
			}
		})
	}
}

// TestKeepGoingForgets: when the cache is lost, a page in error stays at its
// address, though what lists said of it is lost; nothing of the error shows.
func TestKeepGoingForgets(t *testing.T) {
	for _, o := range []Options{{KeepGoing: true}, {KeepGoing: true, NoCache: true}} {
		h := newSite(t, "content/topics/t.md", topicText, "content/a.md", article("Old", "Old words."), "content/b.md", article("Older", "Old [words](a.md)."))
		before := h.going(t)
		if err := os.RemoveAll(h.path(".guidepost/cache")); err != nil {
			t.Fatal(err)
		}
		h.write("content/a.md", "---\ntitle: New\ntopics: [t]\ndrfat: true\n---\nNew words.\n")
		h.write("content/b.md", article("Newer", "Old [words](a.md)."))
		h.write("content/good.md", page("Changed."))
		for range 2 {
			r := h.run(o)
			after := h.published()
			if !r.Published || after["a/index.html"] != before["a/index.html"] || !strings.Contains(after["good/index.html"], "Changed.") {
				t.Errorf("%+v: published %t, %s", o, r.Published, after["a/index.html"])
			}
			for name, text := range after {
				if strings.Contains(text, "New words") || strings.Contains(text, ">New<") {
					t.Errorf("%s shows what is in error", name)
				}
			}
		}
		h.write("content/a.md", article("Old", "Mended words."))
		h.going(t)
		h.sameAsClean(t)
	}
}

// TestKeepGoingStands: of a page that stays as it is no problem is told that is
// not in what is written now.
func TestKeepGoingStands(t *testing.T) {
	h := newSite(t, "content/a.md", page("See [b](b.md)."), "content/b.md", page("Text."))
	h.going(t)
	h.remove("content/b.md")
	h.write("content/a.md", "---\ntitle: [\n---\n")
	h.going(t, "a.md")
	if r := h.run(Options{KeepGoing: true}); told(r.Diags, "broken-link", "content/a.md") != nil {
		t.Error(r.Diags)
	}
	h.write("content/a.md", page("See nothing."))
	h.going(t)
	h.sameAsClean(t)
}

// TestKeepGoingVeiled: nor does a list show of a page what defaults under a wrong
// name may hold back, when what was published of it is not remembered.
func TestKeepGoingVeiled(t *testing.T) {
	h := newSite(t, "content/s/a.md", page("Old words."))
	before := h.going(t)
	if err := os.RemoveAll(h.path(".guidepost/cache")); err != nil {
		t.Fatal(err)
	}
	h.write("content/s/a.md", strings.ReplaceAll(page("Verboten."), "Page", "Verboten"))
	h.write("content/s/defaults.yaml", "draft: true\n")
	after := h.going(t, "s/defaults.yaml")
	if l := leaks(h); len(l) > 0 || after["s/a/index.html"] != before["s/a/index.html"] {
		t.Errorf("published: %q", l)
	}
}

// TestKeepGoingTime: what the clock brings and takes away holds for pages that
// stay as they are too.
func TestKeepGoingTime(t *testing.T) {
	h := newSite(t, "content/topics/t.md", topicText, "content/a.md", strings.Replace(article("Old", "Words."), "topics:", "expires: 2026-12-01\ntopics:", 1))
	h.going(t)
	h.write("content/a.md", "---\ntitle: New\ndrfat: true\n---\n")
	if after := h.going(t, "a.md"); !strings.Contains(after["a-z/index.html"], "Old") {
		t.Error("the page is not listed")
	}
	h.now = h.now.AddDate(0, 1, 0)
	if after := h.going(t, "a.md"); strings.Contains(after["a-z/index.html"], "Old") || after["a/index.html"] == "" {
		t.Error("a page that has expired is listed, or gone")
	}
}

// TestKeepGoingBlind: where a folder cannot be looked into, pages would be taken
// for deleted; so nothing is published.
func TestKeepGoingBlind(t *testing.T) {
	if !asNobody(t) {
		return
	}
	h := newSite(t, "content/sub/a.md", page("Words."))
	before := h.going(t)
	if err := os.Chmod(h.path("content/sub"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(h.path("content/sub"), 0o777)
	h.write("content/good.md", page("Changed."))
	r := h.run(Options{KeepGoing: true})
	if d := told(r.Diags, "unreadable", "content/sub"); d == nil || r.Published || !maps.Equal(before, h.published()) {
		t.Errorf("published %t, told %v", r.Published, r.Diags)
	}
	if err := os.Chmod(h.path("content/sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	h.going(t)
	h.sameAsClean(t)
}

// TestKeepGoingVerify compares nothing that cannot be made again.
func TestKeepGoingVerify(t *testing.T) {
	h := newSite(t, "content/a.md", page("Old."))
	h.going(t)
	h.write("content/a.md", "---\ntitle: [\n---\n")
	b := h.builder(Options{KeepGoing: true, Defaults: theme})
	defer b.Close()
	h.build(b)
	if differ, err := b.Verify(t.Context()); err != nil || len(differ) > 0 {
		t.Errorf("differ %q, %v", differ, err)
	}
	h.write("public/good/index.html", "other")
	if differ, err := b.Verify(t.Context()); err != nil || len(differ) != 1 {
		t.Errorf("differ %q, %v", differ, err)
	}
}

// TestKeepGoingAtRandom edits a site at random with --keep-going: at each step
// what is in error stays as it was; and once all is mended, what is published is
// what a clean build publishes.
func TestKeepGoingAtRandom(t *testing.T) {
	seeds := int64(5)
	if testing.Short() {
		seeds = 2
	}
	held, published := 0, 0
	for seed := range seeds {
		h := newHistory(t, 1000+seed)
		rnd := rand.New(rand.NewSource(seed))
		b := h.builder(Options{KeepGoing: true})
		before := map[string]string{}
		for range 14 {
			if rnd.Intn(3) == 0 {
				b.Close()
				b = h.builder(Options{KeepGoing: true})
			}
			r := h.build(b)
			if !r.Published {
				t.Fatalf("after %v nothing was published: %v", h.log, r.Diags)
			}
			after := h.published()
			for i := range 9 {
				file, path := fmt.Sprintf("content/a/p%d.md", i), fmt.Sprintf("a/p%d/index.html", i)
				for _, d := range r.Diags {
					if d.Severity == diag.Error && d.File == file {
						held++
						if after[path] != before[path] {
							t.Fatalf("after %v %s is in error and has changed: %v", h.log, file, d)
						}
						break
					}
				}
			}
			if diff := onDisk(h, digests(r.Manifest)); diff != "" {
				t.Fatalf("after %v: %s", h.log, diff)
			}
			published += len(after)
			before = after
			for range 1 + h.rnd.Intn(3) {
				h.edit()
			}
			if h.rnd.Intn(2) == 0 {
				h.write(fmt.Sprintf("content/a/p%d.md", 2+rnd.Intn(6)), []string{"---\ntitle: [\n---\n", page("[x](nowhere.md)"), page("[x](p3.md) [y](/a/p4/)"), "---\ntitle: New\nslug: p5\n---\n[x](nowhere.md)\n"}[rnd.Intn(4)])
			}
		}
		for i := range 9 {
			h.write(fmt.Sprintf("content/a/p%d.md", i), fmt.Sprintf("---\ntitle: Page %d\ndescription: D.\ntopics: [t%d]\n---\n## Part 0\n\n## Part 1\n", i, i%3))
		}
		for i := range 3 {
			h.write(fmt.Sprintf("content/topics/t%d.md", i), fmt.Sprintf("---\ntitle: Topic %d\ndescription: About it.\n---\nText.\n", i))
		}
		h.remove("content/a/g2.md")
		h.remove("content/addresses.txt")
		h.facts(0)
		h.glossary(0)
		if r := h.build(b); r.Diags.Failed() || !r.Published {
			t.Fatalf("after %v: %v", h.log, r.Diags)
		}
		if diff := onDisk(h, digests(h.clean().Manifest)); diff != "" {
			t.Fatalf("after %v, mended: %s", h.log, diff)
		}
		b.Close()
	}
	if held < 10*int(seeds) || published == 0 {
		t.Errorf("only %d pages were held: the test shows little", held)
	}
}
