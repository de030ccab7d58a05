package cli

import "testing"

func TestPercentFor(t *testing.T) {
	for live, want := range map[uint64]int{
		0: mostGC, 1: mostGC, 4 << 20: mostGC, 20 << 20: 1000, 56 << 20: 400, 100 << 20: leastGC, 1 << 30: leastGC, 1 << 50: leastGC,
	} {
		if got := percentFor(live); got != want {
			t.Errorf("with %d bytes in use %d%%, want %d%%", live, got, want)
		}
	}
}
