package watch

import (
	"slices"
	"time"
)

// How long it must have been quiet before a batch is handed over. One save is
// to be seen at once; where files are replaced by way of another name, the old
// is gone for a moment; and what changes many files does not do it evenly.
const (
	quiet     = 12 * time.Millisecond
	quietGone = 50 * time.Millisecond // something was removed that has not come back
	quietMany = 80 * time.Millisecond // more than many paths have changed
	many      = 12
	longest   = 800 * time.Millisecond // after which it is handed over though it never was quiet
)

// A settler collects what changes until it is quiet. It has no clock of its own.
type settler struct {
	paths       map[string]bool // true: it is gone, for all that is known
	gone        int             // how many of paths are
	all         bool
	first, last time.Time
}

// add takes in that path has changed, or is gone.
func (s *settler) add(now time.Time, path string, gone bool) {
	if s.paths == nil {
		s.paths = map[string]bool{}
	}
	s.touch(now)
	if s.paths[path] {
		s.gone--
	}
	if s.paths[path] = gone; gone {
		s.gone++
	}
}

// addAll takes in that anything may have changed.
func (s *settler) addAll(now time.Time) {
	s.touch(now)
	s.all = true
}

func (s *settler) touch(now time.Time) {
	if len(s.paths) == 0 && !s.all {
		s.first = now
	}
	s.last = now
}

// due returns when the batch is settled if nothing more happens; false if there
// is none.
func (s *settler) due() (time.Time, bool) {
	if len(s.paths) == 0 && !s.all {
		return time.Time{}, false
	}
	wait := quiet
	switch {
	case s.all, len(s.paths) > many:
		wait = quietMany
	case s.gone > 0:
		wait = quietGone
	}
	due := s.last.Add(wait)
	if end := s.first.Add(longest); end.Before(due) {
		due = end
	}
	return due, true
}

// take returns the batch if it is settled, and begins another.
func (s *settler) take(now time.Time) (Batch, bool) {
	due, ok := s.due()
	if !ok || now.Before(due) {
		return Batch{}, false
	}
	b := Batch{All: s.all}
	for p := range s.paths {
		b.Paths = append(b.Paths, p)
	}
	slices.Sort(b.Paths)
	*s = settler{}
	return b, true
}

// merge makes one batch of two.
func merge(a, b Batch) Batch {
	paths := slices.Concat(a.Paths, b.Paths)
	slices.Sort(paths)
	return Batch{Paths: slices.Compact(paths), All: a.All || b.All}
}
