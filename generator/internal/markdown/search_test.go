package markdown

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// pieces are what documents that are slow to parse are made of.
var pieces = strings.Split("*|_|a|[|]|(|)|<|>|!|`|\n|\n\n|  |    |- |1. |> |-|:|#|# |=|~|~~|'|\"|\\|&|{|.a|}|^|[^a]|[^a]: |]: | |\t|b|"+
	"http://a.b|@|www.|[[|]]|](|](b)|![|<b>|</b>|<!--|-->|**|***|``|```\n|: |\n: |\n===\n|\n---\n|[a]: b\n|[a]|{.a}|{.a}\n|[!NOTE]|&amp;|字|Ä|\\|", "|")

// TestSearch looks for documents of up to a megabyte that the limits let
// through and that take too long or too much, for as long as GUIDEPOST_SEARCH
// says (10m). It tells the worst ten. Run it when goldmark or a limit changes.
func TestSearch(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("GUIDEPOST_SEARCH"))
	if err != nil {
		t.Skip("GUIDEPOST_SEARCH is not set")
	}
	pieces := append(pieces, "|", "|-", "|a|\n", "\\|")
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	engines := []*Engine{New(Options{Linkify: true}), New(Options{HTML: HTMLSanitised}), New(Options{HTML: HTMLUnsafe})}
	unit := func(most int) string {
		var b strings.Builder
		for range r.IntN(most) + 1 {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	var worst, most time.Duration
	var largest uint64
	runs := 0
	for end := time.Now().Add(length); time.Now().Before(end); runs++ {
		a, b, c, d := unit(5), unit(3), unit(5), ""
		if r.IntN(2) == 0 {
			d = unit(4)
		}
		share := 1 + r.IntN(4)
		make := func(n int) string {
			switch share {
			case 1:
				return strings.Repeat(a, n) + b + strings.Repeat(c, n)
			case 2:
				return strings.Repeat(a+b, n)
			case 3:
				return strings.Repeat(strings.Repeat(a, 30)+b+strings.Repeat(c, 30)+d, n/50)
			}
			return strings.Repeat(a, 50) + b + strings.Repeat(c+d, n)
		}
		e := engines[r.IntN(len(engines))]
		lo, hi := 0, 1<<20
		for lo+lo/20+1 < hi {
			mid := (lo + hi) / 2
			if s := make(mid); len(s) <= 1<<20 && admits(e, s) {
				lo = mid
			} else {
				hi = mid
			}
		}
		src := []byte(make(lo))
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		_, _ = newPage(e).parse("a.md", 1, src)
		took := cpu() - start
		runtime.ReadMemStats(&after)
		room := after.TotalAlloc - before.TotalAlloc
		largest, most = max(largest, room), max(most, took)
		if took > time.Second || room > 256<<20 {
			t.Errorf("%v, %d MB for %d bytes: mode %d, share %d, %q %q %q %q times %d", took, room>>20, len(src), e.options.HTML, share, a, b, c, d, lo)
		} else if took > worst {
			worst = took
			t.Logf("%v, %d MB for %d bytes: mode %d, share %d, %q %q %q %q times %d", took, room>>20, len(src), e.options.HTML, share, a, b, c, d, lo)
		}
	}
	t.Logf("seed %d, %d documents: at most %v and %d MB", seed, runs, most, largest>>20)
}
