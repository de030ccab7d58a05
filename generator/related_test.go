package generator

import (
	"cmp"
	"context"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/site"
)

// A ranking says how well a way to find related guidance on the example site,
// without what its authors name themselves, agrees with what an adviser would
// offer, as testdata/related.yaml has it.
type ranking struct {
	recall float64 // of what the adviser would offer, how much is among the first five
	first  float64 // mean of 1/rank of the first of them that the adviser would offer
}

// The ways to find related guidance that are compared.
const (
	byText   = iota // what pages say
	byTopics        // topics that they share, the rarer the more
	byBoth          // both
	shipped         // as it is published: links weighed in, too
	ways
)

// wayNames begin the names of metrics, which have no blanks.
var wayNames = [ways]string{"text", "topics", "text+topics", "shipped"}

// An offer is what an adviser would offer next to the readers of a page.
type offer map[string][]string

func readOffer(t testing.TB) offer {
	src, err := os.ReadFile("testdata/related.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var o offer
	if err := yaml.Unmarshal(src, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// exampleCards parses the example site.
func exampleCards(t testing.TB) []*content.Card {
	b, err := New(Options{Dir: "..", NoCache: true, DryRun: true, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Defaults: os.DirFS("..")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx := context.Background()
	if err := b.open(ctx); err != nil {
		t.Fatal(err)
	}
	x := &build{Builder: b, r: &Result{Ran: map[string]string{}}, unmade: map[string]bool{}}
	x.inputs.b = x
	if err := x.scan(ctx); err != nil {
		t.Fatal(err)
	}
	defer x.tree.close()
	if !x.configure() {
		t.Fatal(x.diags)
	}
	if err := cmp.Or(x.parse(ctx), x.cards(ctx)); err != nil {
		t.Fatal(err)
	}
	var cards []*content.Card
	for _, a := range x.parsed {
		cards = append(cards, a.card)
	}
	return cards
}

// related finds related guidance in one way. What authors name themselves comes
// first and would hide what is found, so it is left out.
func related(way int, cards []*content.Card) func(content.ID) []content.ID {
	in := site.Input{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	for _, card := range cards {
		c := *card
		c.Refs = slices.DeleteFunc(slices.Clone(c.Refs), func(r content.Ref) bool {
			return r.Use == content.UseRelated || way != shipped && r.Use != content.UseTopic && r.Use != content.UsePart
		})
		if way == byText {
			c.Topics = nil
		}
		in.Cards, in.Digests = append(in.Cards, &c), append(in.Digests, cache.Digest{})
	}
	s, _ := site.Link(in)
	v := s.View(nil)
	if way == byTopics {
		return sharedTopics(v)
	}
	return func(id content.ID) (ids []content.ID) {
		for _, e := range v.Related(id) {
			ids = append(ids, e.ID)
		}
		return ids
	}
}

// sharedTopics finds related guidance as generators do that know of nothing
// else.
func sharedTopics(v site.View) func(content.ID) []content.ID {
	pages := map[string]int{}
	for _, e := range v.Listed() {
		for _, t := range e.Topics {
			pages[t]++
		}
	}
	return func(id content.ID) (ids []content.ID) {
		score := map[content.ID]float64{}
		for _, e := range v.Listed() {
			for _, t := range v.Entry(id).Topics {
				if e.ID != id && slices.Contains(e.Topics, t) {
					score[e.ID] += math.Log(float64(len(v.Listed()))/float64(pages[t])) + 1e-9
				}
			}
		}
		for id := range score {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b content.ID) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
		return ids[:min(5, len(ids))]
	}
}

// rank measures a way.
func rank(way int, cards []*content.Card, want offer) (r ranking) {
	near := related(way, cards)
	for _, url := range slices.Sorted(maps.Keys(want)) {
		offered := want[url]
		found, first := 0, 0.
		for i, id := range near(content.ID(strings.Trim(url, "/"))) {
			if slices.Contains(offered, id.URL()) {
				if found++; found == 1 {
					first = 1 / float64(i+1)
				}
			}
		}
		r.recall += float64(found) / float64(min(len(offered), 5)) / float64(len(want))
		r.first += first / float64(len(want))
	}
	return r
}

// TestRelatedGuidance checks that related guidance on the example site is mostly
// what an adviser would offer, and more so than what text or topics alone would
// find. -v tells how much of it.
func TestRelatedGuidance(t *testing.T) {
	cards, want := exampleCards(t), readOffer(t)
	for _, url := range slices.Sorted(maps.Keys(want)) {
		for _, u := range append([]string{url}, want[url]...) {
			if !slices.ContainsFunc(cards, func(c *content.Card) bool { return c.ID.URL() == u }) {
				t.Fatalf("testdata/related.yaml names %s, and there is no such page", u)
			}
		}
	}
	var all [ways]ranking
	for way := range all {
		r := rank(way, cards, want)
		all[way] = r
		t.Logf("%-12s recall@5 %.3f, mean reciprocal rank %.3f", wayNames[way], r.recall, r.first)
	}
	best := all[shipped]
	if best.recall < 0.75 || best.first < 0.85 {
		t.Errorf("recall@5 is %.3f, want 0.75, mean reciprocal rank %.3f, want 0.85", best.recall, best.first)
	}
	for _, way := range [...]int{byText, byTopics} {
		if r := all[way]; r.recall >= best.recall || r.first >= best.first {
			t.Errorf("%s alone is as good as what is shipped", wayNames[way])
		}
	}
}

// BenchmarkRelatedGuidance reports the same figures beside the time that it
// takes to link the example site.
func BenchmarkRelatedGuidance(b *testing.B) {
	cards, want := exampleCards(b), readOffer(b)
	for way, name := range wayNames {
		b.Run(name, func(b *testing.B) {
			var r ranking
			for b.Loop() {
				r = rank(way, cards, want)
			}
			b.ReportMetric(r.recall, "recall@5")
			b.ReportMetric(r.first, "MRR")
		})
	}
}
