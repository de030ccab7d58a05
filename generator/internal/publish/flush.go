package publish

import "sync"

// A flusher has what is staged written to the disk while more is being made,
// so that little is left to wait for in the end.
type flusher struct {
	mu      sync.Mutex
	wg      sync.WaitGroup
	bytes   int64
	files   int
	running bool
	stopped bool
}

// After so much, the disk is given something to do.
const (
	flushBytes = 16 << 20
	flushFiles = 2000
)

// wrote notes that a file of size bytes was staged.
func (f *flusher) wrote(stage FS, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += size
	f.files++
	if f.running || f.stopped || f.bytes < flushBytes && f.files < flushFiles {
		return
	}
	f.bytes, f.files, f.running = 0, 0, true
	f.wg.Go(func() {
		// An error is told again to whoever waits in the end: each opening of
		// the file system is told once.
		stage.SyncAll()
		f.mu.Lock()
		f.running = false
		f.mu.Unlock()
	})
}

// stop waits for what is being written.
func (f *flusher) stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.wg.Wait()
}
