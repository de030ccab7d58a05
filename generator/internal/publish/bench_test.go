package publish

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"guidepost/generator/internal/cache"
)

// pages10k are ten thousand pages of 9 KB, each in a folder of its own.
type page struct {
	path string
	body []byte
	sum  cache.Digest
}

func pages10k(text string) []page {
	pages := make([]page, 10_000)
	for i := range pages {
		body := bytes.Repeat(fmt.Appendf(nil, "%s %08d ", text, i), 9000/(len(text)+10))
		pages[i] = page{fmt.Sprintf("topic-%d/page-%d/index.html", i%40, i), body, cache.Sum(body)}
	}
	return pages
}

func inTwo(n int, do func(i int)) {
	var wg sync.WaitGroup
	for g := range 2 {
		wg.Go(func() {
			for i := g; i < n; i += 2 {
				do(i)
			}
		})
	}
	wg.Wait()
}

func benchSite(b *testing.B) string {
	site := b.TempDir()
	tree{"content/index.md": "# Home"}.write(b, site)
	return site
}

func openBench(b *testing.B, site string) *Dir {
	b.Helper()
	d, err := Open(context.Background(), siteOptions(site))
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func commitPages(b *testing.B, d *Dir, pages []page, put []page) *Result {
	b.Helper()
	c, err := d.Begin(context.Background(), len(put))
	if err != nil {
		b.Fatal(err)
	}
	inTwo(len(put), func(i int) {
		if err := c.Put(put[i].path, put[i].sum, put[i].body); err != nil {
			b.Error(err)
		}
	})
	want := make([]File, len(pages))
	for i, p := range pages {
		want[i] = File{Path: p.path, Digest: p.sum}
	}
	r, err := c.Commit(context.Background(), want)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkPlain is what publishing is measured by: folders and files, without
// any care.
func BenchmarkPlain(b *testing.B) {
	pages := pages10k("plain")
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		inTwo(len(pages), func(i int) {
			name := filepath.Join(dir, pages[i].path)
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				b.Error(err)
			}
			if err := os.WriteFile(name, pages[i].body, 0o666); err != nil {
				b.Error(err)
			}
		})
		plain := b.Elapsed()
		f, err := OpenFS(dir)
		if err != nil {
			b.Fatal(err)
		}
		f.SyncAll()
		f.Close()
		b.ReportMetric(float64((b.Elapsed() - plain).Milliseconds()), "ms-in-sync")
		b.StopTimer()
		os.RemoveAll(dir)
		b.StartTimer()
	}
}

func BenchmarkFirst(b *testing.B) {
	pages := pages10k("first")
	for b.Loop() {
		b.StopTimer()
		site := benchSite(b)
		b.StartTimer()
		d := openBench(b, site)
		commitPages(b, d, pages, pages)
		d.Close()
		b.StopTimer()
		os.RemoveAll(site)
		b.StartTimer()
	}
}

func BenchmarkOneOf10k(b *testing.B) {
	pages := pages10k("old")
	d := openBench(b, benchSite(b))
	defer d.Close()
	commitPages(b, d, pages, pages)
	n := 0
	for b.Loop() {
		n++
		body := fmt.Appendf(nil, "changed %d", n)
		pages[5000].body, pages[5000].sum = body, cache.Sum(body)
		if r := commitPages(b, d, pages, pages[5000:5001]); len(r.Changes.Updated) != 1 {
			b.Fatal(r.Changes)
		}
	}
}

func BenchmarkNoneOf10k(b *testing.B) {
	pages := pages10k("old")
	site := benchSite(b)
	d := openBench(b, site)
	commitPages(b, d, pages, pages)
	d.Close()
	for b.Loop() {
		d := openBench(b, site)
		if touched := d.Check(false); touched != nil {
			b.Fatal(touched)
		}
		if r := commitPages(b, d, pages, nil); !r.Changes.Empty() {
			b.Fatal(r.Changes)
		}
		d.Close()
	}
}

func BenchmarkCheck10k(b *testing.B) {
	pages := pages10k("old")
	d := openBench(b, benchSite(b))
	defer d.Close()
	commitPages(b, d, pages, pages)
	before := cpuTime()
	for b.Loop() {
		d.Check(false)
	}
	b.ReportMetric(float64((cpuTime()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

func BenchmarkAllOf10k(b *testing.B) {
	for _, inPlace := range []bool{false, true} {
		b.Run(fmt.Sprintf("inPlace=%v", inPlace), func(b *testing.B) {
			versions := [][]page{pages10k("old"), pages10k("new")}
			d := openBench(b, benchSite(b))
			defer d.Close()
			commitPages(b, d, versions[0], versions[0])
			d.opt.InPlace = inPlace
			n := 0
			for b.Loop() {
				n++
				if r := commitPages(b, d, versions[n%2], versions[n%2]); len(r.Changes.Updated) != 10_000 {
					b.Fatal(len(r.Changes.Updated))
				}
			}
		})
	}
}
