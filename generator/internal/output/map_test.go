package output

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

func linksTo(ids ...string) func(*site.Entry, *content.Page) {
	return func(n *site.Entry, p *content.Page) {
		for _, id := range ids {
			n.Refs = append(n.Refs, content.Ref{Scheme: content.SchemePage, Key: "/" + id + "/"})
		}
	}
}

// mapped is a small site with a map.
func mapped(t testing.TB) *fake {
	f := newFake(t)
	f.o.Map = true
	f.add("topics/interviews", "Interviews")
	panels := f.topic("panels", "Panels & boards")
	panels.Parent = "interviews"
	f.topics[0].Children = []string{"panels"}
	f.topic("empty", "Nothing here")
	f.add("a", "After a bad interview", in("interviews"), linksTo("b", "c", "topics/interviews"))
	f.add("b", "Boards of <five> people who ask one question each, for an hour and a half", in("panels"), linksTo("a"))
	f.add("c", "Cover letters", linksTo("a"))
	f.add("d", "Hidden", in("interviews"), func(n *site.Entry, p *content.Page) { n.Unlisted = true })
	return f
}

func TestMap(t *testing.T) {
	f := mapped(t)
	f.assets["pages/map.css"] = f.assets["a/not.css"]
	b := f.build(t).clean()
	d := b.page("map/index.html")
	d.attr("body", "data-kind", "map")
	d.text("h1", "Map")
	d.text("#count", "3 4 3 3 ")
	d.attr("#crumbs a", "href", "/")
	// The drawing: every article a link, every topic that has any.
	d.attr("svg .map-nodes a", "href", "/a/", "/b/", "/c/")
	d.text("svg .map-name text", "Interviews", "Panels & boards", "No topic")
	d.attr("svg a.map-name", "href", "/topics/interviews/", "/topics/panels/")
	d.text("svg .map-nodes a title", f.entries["b"].Title) // too long for its cell
	d.none("svg [style]")
	// The same as a list.
	d.attr("a.article", "href", "/a/", "/b/", "/c/")
	d.attr("a.to", "href", "/b/", "/c/", "/a/", "/a/")
	d.text("h3", "Interviews 1", "No topic 1")
	d.text("h4", "Panels & boards 1")
	d.none("a.own")
	d.attr("head link[href=/assets/a/not.EEEEEEEEEE.css]", "integrity", "sha384-not")
	b.page("a/index.html").none("head link[href=/assets/a/not.EEEEEEEEEE.css]")
	if !strings.Contains(string(b.files["sitemap.xml"]), "https://guidance.example.org/map/<") {
		t.Error("the sitemap has no map")
	}

	f.o.Map = false
	for _, p := range f.build(t).paths() {
		if strings.HasPrefix(p, "map/") {
			t.Errorf("without the setting there is %s", p)
		}
	}
}

// TestMapOfNothing: a site may have no article yet.
func TestMapOfNothing(t *testing.T) {
	f := newFake(t)
	f.o.Map = true
	d := f.build(t).clean().page("map/index.html")
	d.text("#count", "0 0 0 0 ")
	d.none("svg")
}

// TestMapLongNames: what does not fit is cut, and told in full when pointed at.
func TestMapLongNames(t *testing.T) {
	f := newFake(t)
	f.o.Map = true
	long := strings.Repeat("<Ever> longer & ", 2000)
	f.topic("t", long)
	f.add("a", long, in("t"))
	d := f.only(t, "map/index.html").clean().page("map/index.html")
	d.text("svg title", long, long)
	for _, n := range d.all("svg text") {
		if len(textOf(n)) > 100 {
			t.Errorf("a text of %d bytes is drawn", len(textOf(n)))
		}
	}
	svg := d.all("svg")[0]
	if w, _ := attrOf(svg, "width"); len(w) > 3 {
		t.Errorf("the map is %s wide", w)
	}
}

// TestMapWritten: a page of the map's address introduces it, and one of the
// address of a topic's map is in its way.
func TestMapWritten(t *testing.T) {
	f := mapped(t)
	f.add("map", "Our map", func(n *site.Entry, p *content.Page) {
		n.Unlisted = true
		p.Body.HTML = []byte("<p id=intro>See</p>")
	})
	d := f.build(t).clean().page("map/index.html")
	d.text("h1", "Our map")
	d.text("#intro", "See")
	d.attr("svg .map-nodes a", "href", "/a/", "/b/", "/c/")

	many(f, wholeMap)
	f.add("map/interviews", "In the way")
	_, diags := f.plan()
	if len(diags) != 1 || diags[0].Rule != "address-clash" || diags[0].File != "content/map/interviews.md" {
		t.Error(diags)
	}
	f.o.Map = false
	if _, diags := f.plan(); len(diags) > 0 {
		t.Error(diags)
	}
}

// many adds n articles, each of which links to the next.
func many(f *fake, n int) {
	for i := range n {
		f.add(content.ID(fmt.Sprintf("m%04d", i)), fmt.Sprintf("Many %04d", i), in("panels"), linksTo(fmt.Sprintf("m%04d", (i+1)%n)))
	}
}

// TestMapsOfTopics: above wholeMap articles each topic has a map of its own.
func TestMapsOfTopics(t *testing.T) {
	f := mapped(t)
	many(f, wholeMap)
	b := f.build(t).clean()
	d := b.page("map/index.html")
	d.text("#count", fmt.Sprintf("%d %d 3 %d ", wholeMap+3, wholeMap+4, wholeMap+3))
	d.attr("a.own", "href", "/map/interviews/", "/map/-/")
	d.none("a.to")
	if n := len(d.all("a.article")); n != wholeMap+3 {
		t.Errorf("the list has %d articles", n)
	}
	d.attr("svg a.map-name", "href", "/map/interviews/", "/topics/panels/", "/map/-/")

	part := b.page("map/interviews/index.html")
	part.text("h1", "Map: Interviews")
	part.attr("#crumbs a", "href", "/", "/map/")
	part.attr("#pager a", "href", "/map/interviews/", "/map/interviews/page/2/")
	second := b.page("map/interviews/page/2/index.html")
	seen := map[string]bool{}
	for _, d := range []doc{part, second} {
		for _, n := range d.all("a.article") {
			to, _ := attrOf(n, "href")
			seen[to] = true
		}
	}
	if len(seen) != wholeMap+2 {
		t.Errorf("the maps of a topic have %d articles together", len(seen))
	}
	// The article that links elsewhere stands beside the name of where to.
	part.text("svg .map-away text")
	part.attr("svg a.map-name", "href", "/topics/interviews/", "/topics/panels/", "/map/-/")
	other := b.page("map/-/index.html")
	other.attr("svg .map-nodes a", "href", "/c/")
	other.attr("a.to", "href", "/a/")
	for _, url := range []string{"/map/", "/map/interviews/", "/map/interviews/page/2/", "/map/-/"} {
		if !strings.Contains(string(b.files["sitemap.xml"]), "<loc>https://guidance.example.org"+url+"<") {
			t.Errorf("the sitemap has no %s", url)
		}
	}
}

// TestMapOfVeryMany: an overview draws no more than mapDots articles, of each
// topic those that are linked most.
func TestMapOfVeryMany(t *testing.T) {
	f := mapped(t)
	for i := range mapLands + 20 {
		slug := fmt.Sprintf("s%03d", i)
		f.topic(slug, "Small "+slug)
		f.add(content.ID(slug+"/x"), "In "+slug, in(slug))
	}
	for i := range mapDots {
		to := []string{"a"}
		if i == 7 {
			to = []string{"a", "b", "c"}
		}
		f.add(content.ID(fmt.Sprintf("m%04d", i)), fmt.Sprintf("Many %04d", i), in("interviews"), linksTo(to...))
	}
	d := f.only(t, "map/index.html").clean().page("map/index.html")
	drawn := map[string]bool{}
	for _, n := range d.all("svg .map-nodes a") {
		to, _ := attrOf(n, "href")
		drawn[to] = true
	}
	if len(drawn) > mapDots || len(drawn) < mapDots/2 || !drawn["/a/"] || !drawn["/m0007/"] {
		t.Errorf("%d are drawn", len(drawn))
	}
	if n := len(d.all("svg .map-land")); n > mapLands+1 {
		t.Errorf("%d lands", n)
	}
	if n := len(d.all("h3")); n != mapLands+22 {
		t.Errorf("the list has %d topics", n)
	}
}

// randomAtlas is a map of n articles in some topics.
func randomAtlas(f form, n, topics, links int) *atlas {
	rnd := rand.New(rand.NewSource(int64(n)))
	a := &atlas{form: f, nodes: make([]node, n)}
	var all []*land
	for i := range topics {
		l := &land{slug: fmt.Sprint("t", i), title: "Topic " + strings.Repeat("long ", i%4) + strconv.Itoa(i), url: fmt.Sprintf("/topics/t%d/", i)}
		if i > 3 && i%3 == 0 {
			up := all[rnd.Intn(len(all))]
			up.children = append(up.children, l)
		} else {
			a.lands = append(a.lands, l)
		}
		all = append(all, l)
	}
	for i := range a.nodes {
		l := all[rnd.Intn(topics)]
		l.nodes = append(l.nodes, i)
		a.nodes[i].title, a.nodes[i].url = fmt.Sprintf("Article number %d on a matter", i), fmt.Sprintf("/a%d/", i)
		for range links {
			if to := rnd.Intn(n); to != i && !slices.Contains(a.nodes[i].links, to) {
				a.nodes[i].links = append(a.nodes[i].links, to)
			}
		}
	}
	return a
}

// TestAtlas: no two articles or names in one place, all within the map, lands
// apart from one another, and the drawing well-formed.
func TestAtlas(t *testing.T) {
	for _, c := range []struct {
		form             form
		n, topics, links int
	}{
		{labelledForm, 1, 1, 0}, {labelledForm, 25, 8, 4}, {labelledForm, 150, 20, 8}, {labelledForm, 60, 40, 2},
		{dottedForm, 1000, 30, 8}, {dottedForm, 1500, 150, 3}, {dottedForm, 1500, 1, 8},
	} {
		t.Run(fmt.Sprint(c.n, " in ", c.topics), func(t *testing.T) {
			a := randomAtlas(c.form, c.n, c.topics, c.links)
			a.lay()
			for i := range a.nodes {
				if p := a.nodes[i].at; p.x < a.width/2 || p.y < a.height/2 || p.x > a.sizeX-a.width/2 || p.y > a.sizeY-a.height/2 {
					t.Fatalf("node %d lies at %v of %d×%d", i, p, a.sizeX, a.sizeY)
				}
			}
			taken := map[cell]*land{}
			roots := map[cell]*land{}
			seats := 0
			var walk func(l, root *land)
			walk = func(l, root *land) {
				if len(l.slots) != len(l.nodes) {
					t.Fatalf("%s has %d cells for %d articles", l.slug, len(l.slots), len(l.nodes))
				}
				at := map[point]bool{}
				for _, i := range l.nodes {
					at[a.nodes[i].at] = true
				}
				for _, s := range l.slots {
					if !at[a.pointOf(s)] {
						t.Fatalf("%s has an article that is not on its land", l.slug)
					}
				}
				for _, s := range append(slices.Clone(l.slots), l.header...) {
					if (s.x-s.y)&1 != 0 || taken[s] != nil {
						t.Fatalf("%v of %s is no cell, or taken", s, l.slug)
					}
					taken[s], roots[s] = l, root
					seats++
				}
				for _, child := range l.children {
					walk(child, root)
				}
			}
			for _, l := range a.lands {
				walk(l, l)
			}
			for s, root := range roots {
				for _, d := range []cell{{2, 0}, {-1, 1}, {1, 1}} {
					if other := roots[cell{s.x + d.x, s.y + d.y}]; other != nil && other != root {
						t.Fatalf("%s touches %s", root.slug, other.slug)
					}
				}
			}
			if area := a.sizeX * a.sizeY; area > 6*(seats+20)*a.width*a.height {
				t.Errorf("the map is mostly sea: %d×%d for %d cells", a.sizeX, a.sizeY, seats)
			}
			svg := a.draw(nil)
			d := xml.NewDecoder(bytes.NewReader(svg))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%v in %s", err, svg[max(0, d.InputOffset()-80):d.InputOffset()])
				}
			}
		})
	}
}

// TestDrawing compares a whole drawing: it has the same bytes on every machine.
func TestDrawing(t *testing.T) {
	for name, a := range map[string]*atlas{"labelled": randomAtlas(labelledForm, 12, 5, 3), "dotted": randomAtlas(dottedForm, 40, 7, 3)} {
		a.lay()
		got := bytes.ReplaceAll(append(a.draw(nil), '\n'), []byte("><"), []byte(">\n<"))
		file := "testdata/map-" + name + ".svg"
		if *update {
			if err := os.WriteFile(file, got, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is drawn otherwise; look at it, then: go test ./generator/internal/output -update", file)
		}
	}
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
		cut  bool
	}{
		{"", "", false},
		{"One", "One", false},
		{"One two three", "One two|three", false},
		{"Onetwothreefour", "Onetwoth|reefour", false},
		{"a bcdefghi j", "a|bcdefghi|j", false},
		{"one two three four five", "one two|three|four…", true},
		{"面试之后该怎么办", "面试之后|该怎么办", false},
		{"abcdefgh", "abcdefgh", false},
		{"abcdefgh ij", "abcdefgh|ij", false},
		{"a面试之后该", "a面试之|后该", false},
	} {
		got, cut := lines(c.text, 8, 3)
		if strings.Join(got, "|") != c.want || cut != c.cut {
			t.Errorf("%q is broken into %q, cut %t", c.text, got, cut)
		}
	}
}

func BenchmarkAtlas(b *testing.B) {
	for _, c := range []struct {
		form             form
		n, topics, links int
	}{{labelledForm, 35, 10, 7}, {dottedForm, 1000, 30, 8}, {dottedForm, 1500, 150, 8}} {
		b.Run(fmt.Sprint(c.n, "/", c.topics), func(b *testing.B) {
			for b.Loop() {
				a := randomAtlas(c.form, c.n, c.topics, c.links)
				a.lay()
				b.SetBytes(int64(len(a.draw(nil))))
			}
		})
	}
}
