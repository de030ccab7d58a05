package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A build is short and makes much that lives briefly, most of it while it
// parses, when little is in use: collecting garbage each time that it comes to
// what is in use would be a tenth of its time.
const (
	smallHeap  = 280 << 20 // bytes that need not be collected
	mostGC     = 1000      // percent of what is in use that may come before it is
	leastGC    = 180
	metricLive = "/gc/heap/live:bytes"
)

// collectLess has garbage collected only when there is more than a small heap of
// it, and than what is in use and a half. Each collection sets the bound of the next.
func collectLess() {
	debug.SetGCPercent(mostGC)
	live := []metrics.Sample{{Name: metricLive}}
	var again func()
	again = func() {
		metrics.Read(live)
		if n := live[0].Value; n.Kind() == metrics.KindUint64 && n.Uint64() > 0 {
			debug.SetGCPercent(percentFor(n.Uint64()))
		}
		// What nobody holds is found by the next collection.
		runtime.AddCleanup(new([16]byte), func(struct{}) { again() }, struct{}{})
	}
	runtime.AddCleanup(new([16]byte), func(struct{}) { again() }, struct{}{})
}

// percentFor returns how much may come, in percent of the bytes in use.
func percentFor(live uint64) int {
	room := int(smallHeap/max(live>>10, 1)*100>>10) - 100
	return min(max(room, leastGC), mostGC)
}
