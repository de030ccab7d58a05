package generator

import (
	"context"
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

// A ranking says how well related guidance on the example site, without what its
// authors name themselves, agrees with what an adviser would offer, as
// testdata/related.yaml has it.
type ranking struct {
	pages  int
	recall float64 // of what the adviser would offer, how much is shown: at most five pages
	first  float64 // mean of 1/rank of the first page shown that the adviser would offer
	missed []string
}

func rank(t testing.TB) ranking {
	src, err := os.ReadFile("testdata/related.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]string
	if err := yaml.Unmarshal(src, &want); err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Dir: "..", NoCache: true, DryRun: true, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Defaults: os.DirFS("..")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if r, err := b.Build(context.Background()); err != nil || r.Diags.Failed() {
		t.Fatal(err, r)
	}
	// The authors' own choice comes first and would hide what is found.
	in := site.Input{Now: b.o.Now}
	for _, e := range b.linked.site.View(nil).All() {
		c := *e.Card
		c.Refs = slices.DeleteFunc(slices.Clone(c.Refs), func(r content.Ref) bool { return r.Use == content.UseRelated })
		in.Cards, in.Digests = append(in.Cards, &c), append(in.Digests, cache.Digest{})
	}
	s, _ := site.Link(in)
	v := s.View(nil)
	var r ranking
	for url, offered := range want {
		id := content.ID(strings.Trim(url, "/"))
		if v.Entry(id) == nil {
			r.missed = append(r.missed, url)
			continue
		}
		r.pages++
		found, first := 0, 0.
		for i, e := range v.Related(id) {
			for _, o := range offered {
				if o == e.ID.URL() {
					if found++; found == 1 {
						first = 1 / float64(i+1)
					}
				}
			}
		}
		r.recall += float64(found) / float64(min(len(offered), 5))
		r.first += first
	}
	r.recall /= float64(r.pages)
	r.first /= float64(r.pages)
	return r
}

// TestRelatedGuidance checks that related guidance on the example site is mostly
// what an adviser would offer. -v tells how much of it.
func TestRelatedGuidance(t *testing.T) {
	r := rank(t)
	t.Logf("over %d pages: recall@5 %.3f, mean reciprocal rank %.3f", r.pages, r.recall, r.first)
	if len(r.missed) > 0 {
		t.Errorf("testdata/related.yaml names pages that there are not: %v", r.missed)
	}
	if r.recall < 0.6 || r.first < 0.7 {
		t.Errorf("recall@5 is %.3f, want 0.6, mean reciprocal rank %.3f, want 0.7", r.recall, r.first)
	}
}

// BenchmarkRelatedGuidance reports the same figures beside the time of a build
// that links the example site.
func BenchmarkRelatedGuidance(b *testing.B) {
	var r ranking
	for b.Loop() {
		r = rank(b)
	}
	b.ReportMetric(r.recall, "recall@5")
	b.ReportMetric(r.first, "MRR")
}
