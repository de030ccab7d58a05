package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	progressAfter = 500 * time.Millisecond // how long a build may take without a word
	progressEvery = 80 * time.Millisecond
)

// A progress is one line that is drawn over and over while a build goes on, and
// gone at its end.
type progress struct {
	w     io.Writer
	width func() int // of the terminal, in columns
	clock func() time.Time
	begun time.Time

	mu    sync.Mutex
	last  time.Time
	shown bool
}

// progress returns the status line, or nil where there is no terminal to draw it on.
func (a *app) progress(begun time.Time, quiet bool) *progress {
	f, ok := a.terminal()
	if !ok || quiet {
		return nil
	}
	return &progress{w: f, begun: begun, clock: time.Now, width: func() int {
		w, _, err := term.GetSize(int(f.Fd()))
		if err != nil || w <= 0 { // some terminals do not know
			return 80
		}
		return w
	}}
}

// show draws that done of total are done in a step. Steps tell it from many
// goroutines, and for every file.
func (p *progress) show(step string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if now.Sub(p.begun) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	line := step
	if total > 0 {
		line = fmt.Sprintf("%s %d of %d", step, done, total)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line[:min(len(line), max(0, p.width()-1))])
}

// erase takes the line away. A nil progress has none.
func (p *progress) erase() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
