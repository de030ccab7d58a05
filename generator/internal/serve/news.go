package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	mostNews     = 64  // that are kept for whoever was away; who was away longer looks at all anew
	mostNamed    = 400 // files of one change; beyond it everybody looks
	mostProblems = 200
	mostStreams  = 100
	// heartbeat is how often a stream says that it is alive: some proxies and
	// sleeping machines end what is silent.
	heartbeat = 15 * time.Second
)

// news is what browsers are told of one build, or of several.
type news struct {
	Boot     string    `json:"boot"`
	ID       int       `json:"id"`
	All      bool      `json:"all,omitempty"`     // anything may have changed
	Changed  []string  `json:"changed,omitempty"` // addresses
	Removed  []string  `json:"removed,omitempty"`
	Failed   bool      `json:"failed,omitempty"` // the last good site stays
	Problems []problem `json:"problems"`
}

// A problem is one as the terminal shows it.
type problem struct {
	Severity string `json:"severity"`
	File     string `json:"file,omitempty"`
	Text     string `json:"text"`
}

// at is the number of the last news.
func (s *Server) at() int {
	if l := len(s.news); l > 0 {
		return s.news[l-1].ID
	}
	return 0
}

// since returns all that happened after the news at of the server boot as one,
// and what is closed when there is more; false if there was nothing.
func (s *Server) since(boot string, at int) (n news, ok bool, changed chan struct{}, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, closed = s.changed, s.closed
	if len(s.news) == 0 {
		return news{}, false, changed, closed
	}
	last := s.news[len(s.news)-1]
	if boot == s.boot && at == last.ID {
		return news{}, false, changed, closed
	}
	n = news{Boot: s.boot, ID: last.ID, Failed: last.Failed, Problems: last.Problems}
	first := s.news[0].ID
	if boot != s.boot || at < first-1 || at > last.ID {
		n.All = true
		return n, true, changed, closed
	}
	gone := map[string]bool{}
	var order []string
	for _, o := range s.news[at-first+1:] {
		n.All = n.All || o.All
		for _, p := range o.Changed {
			if _, seen := gone[p]; !seen {
				order = append(order, p)
			}
			gone[p] = false
		}
		for _, p := range o.Removed {
			if _, seen := gone[p]; !seen {
				order = append(order, p)
			}
			gone[p] = true
		}
	}
	for _, p := range order {
		if gone[p] {
			n.Removed = append(n.Removed, p)
		} else {
			n.Changed = append(n.Changed, p)
		}
	}
	return n, true, changed, closed
}

// asked returns what a browser has seen last.
func asked(r *http.Request) (boot string, at int) {
	q := r.URL.Query()
	boot = q.Get("boot")
	at, err := strconv.Atoi(q.Get("at"))
	if err != nil {
		return "", 0
	}
	return boot, at
}

// serveNews answers with the news since what the browser has seen, and with the
// problems in any case.
func (s *Server) serveNews(w http.ResponseWriter, r *http.Request) {
	boot, at := asked(r)
	n, ok, _, _ := s.since(boot, at)
	if !ok {
		s.mu.Lock()
		n = news{Boot: s.boot, ID: s.at(), Problems: []problem{}}
		if l := len(s.news); l > 0 {
			n.Problems, n.Failed = s.news[l-1].Problems, s.news[l-1].Failed
		}
		s.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(n)
}

// serveEvents streams the news until the browser goes.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	full := s.streams >= mostStreams
	if !full {
		s.streams++
	}
	s.mu.Unlock()
	if full {
		http.Error(w, "Too many pages listen already.", http.StatusServiceUnavailable)
		return
	}
	defer func() {
		s.mu.Lock()
		s.streams--
		s.mu.Unlock()
	}()
	boot, at := asked(r)
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	write := func(format string, args ...any) bool {
		// Who does not read is not waited for.
		out.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && out.Flush() == nil
	}
	if !write("retry: 500\n\n") {
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		n, ok, changed, closed := s.since(boot, at)
		if ok {
			b, err := json.Marshal(n)
			if err != nil {
				panic("serve: news: " + err.Error())
			}
			if !write("data: %s\n\n", b) {
				return
			}
			boot, at = n.Boot, n.ID
		}
		if closed {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
			if !write(": still here\n\n") {
				return
			}
		}
	}
}
