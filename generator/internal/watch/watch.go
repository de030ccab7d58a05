// Package watch tells, in settled batches, that files of a site have changed.
//
// Its one rule: an event is a hint that something changed, never the truth.
// What changed is found by whoever takes the batch, who looks at the files
// again; so every folder is watched before a batch that tells of it is handed
// over, and what was written before the watch was set is seen by that look.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Rejected: fsnotify's own watching of whole trees, which is switched off in it;
// acting on each event as it comes, since a folder that was renamed goes on
// telling of its files under its old name until its watch is taken away, and the
// watch of its new name is the same one to the system: what is watched is put
// right only when it has been quiet, first what is gone and then what is new.

// Options say what is watched.
type Options struct {
	Dir  string                 // the site's folder
	Tops []string               // the folders in it that are watched whole, each maybe a link; they need not exist
	Skip func(name string) bool // names of files and folders that nobody looks at
	Out  string                 // a folder that is written to, not watched where it lies within Tops
	Poll bool                   // look for changes instead of being told
	// Every is how long to wait between two looks; default: half a second.
	Every time.Duration
	// Say is told, once each, what the user should know.
	Say func(message string)
}

// A Batch is what has changed since the last one.
type Batch struct {
	Paths []string // in order, slash-separated, from Dir: files, and folders of which anything may have changed
	All   bool     // anything may have changed
}

// A Watcher waits for changes.
type Watcher struct {
	o       Options
	events  *fsnotify.Watcher // nil: only polling
	folders map[string]fs.FileInfo
	real    map[string]string      // by top: where it is, if it is a link
	seen    map[string]fs.FileInfo // when polling
	polling bool
	said    map[string]bool
	settler settler
	batches chan Batch
}

// Watch begins to watch and does so until ctx is done. All that happens after it
// has returned is told.
func Watch(ctx context.Context, o Options) (*Watcher, error) {
	if o.Every <= 0 {
		o.Every = 500 * time.Millisecond
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if o.Skip == nil {
		o.Skip = func(string) bool { return false }
	}
	w := &Watcher{o: o, folders: map[string]fs.FileInfo{}, real: map[string]string{}, said: map[string]bool{}, batches: make(chan Batch)}
	if o.Poll {
		w.poll()
	} else {
		events, err := fsnotify.NewBufferedWatcher(4096)
		if err != nil {
			w.fallBack(fmt.Sprintf("the system cannot tell of changes (%v)", err))
		} else {
			w.events = events
			w.add("")
		}
	}
	go w.run(ctx)
	return w, nil
}

// Batches gives one batch after another, and is closed when the watching ends.
// While nobody takes a batch, what happens is added to it.
func (w *Watcher) Batches() <-chan Batch { return w.batches }

func (w *Watcher) run(ctx context.Context) {
	defer close(w.batches)
	var events chan fsnotify.Event
	var failures chan error
	if w.events != nil {
		defer w.events.Close()
		events, failures = w.events.Events, w.events.Errors
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var ticks <-chan time.Time
	var ready *Batch
	for {
		if w.polling && ticks == nil {
			ticks = time.After(w.o.Every)
		}
		var out chan Batch
		var next Batch
		if ready != nil {
			out, next = w.batches, *ready
		}
		if due, ok := w.settler.due(); ok {
			timer.Reset(time.Until(due))
		} else {
			timer.Reset(time.Hour)
		}
		select {
		case <-ctx.Done():
			return
		case out <- next:
			ready = nil
		case e, ok := <-events:
			if !ok {
				return
			}
			w.hint(e, time.Now())
		case err, ok := <-failures:
			if !ok {
				return
			}
			w.failure(err, time.Now())
		case <-ticks:
			ticks = nil
			began := time.Now()
			for p, gone := range w.poll() {
				w.settler.add(began, p, gone)
			}
			// A tree that takes long to look at is looked at less often.
			ticks = time.After(max(w.o.Every, 10*time.Since(began)))
		case now := <-timer.C:
			b, ok := w.settler.take(now)
			if !ok {
				continue
			}
			if w.events != nil {
				w.rewatch(b)
			}
			if ready != nil {
				b = merge(*ready, b)
			}
			ready = &b
		}
	}
}

// hint takes in an event.
func (w *Watcher) hint(e fsnotify.Event, now time.Time) {
	p, ok := w.path(e.Name)
	if !ok || p == "." {
		return
	}
	w.settler.add(now, p, e.Op&(fsnotify.Remove|fsnotify.Rename) != 0 && e.Op&(fsnotify.Create|fsnotify.Write) == 0)
}

// failure takes in what went wrong: events were lost, most often.
func (w *Watcher) failure(err error, now time.Time) {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		w.fallBack("so much changed at once that the system lost count")
	} else {
		w.fallBack(fmt.Sprintf("the system cannot tell of all changes (%v)", err))
	}
	w.settler.addAll(now)
}

// path returns where an event happened, from the site's folder; false if nobody
// looks there.
func (w *Watcher) path(name string) (string, bool) {
	for top, real := range w.real {
		if rel, err := filepath.Rel(real, name); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			p := path.Join(top, filepath.ToSlash(rel))
			return p, !w.ignored(p)
		}
	}
	rel, err := filepath.Rel(w.o.Dir, name)
	if err != nil {
		return "", false
	}
	p := filepath.ToSlash(rel)
	return p, !w.ignored(p)
}

// ignored reports whether nobody looks at a path: it is under none of the tops,
// or a part of its name is one that is skipped.
func (w *Watcher) ignored(p string) bool {
	return Ignored(w.o.Tops, w.o.Skip, p)
}

// Ignored reports whether a path lies in none of the folders tops, or in a
// folder or under a name that is skipped.
func Ignored(tops []string, skip func(name string) bool, p string) bool {
	top, rest, _ := strings.Cut(p, "/")
	if !slices.Contains(tops, top) {
		return true
	}
	for rest != "" {
		var name string
		if name, rest, _ = strings.Cut(rest, "/"); name != "" && skip(name) {
			return true
		}
	}
	return false
}

// rewatch puts right what is watched after what a batch tells of: first what is
// gone, since to the system a folder under a new name is the same watch.
func (w *Watcher) rewatch(b Batch) {
	paths := b.Paths
	if b.All {
		paths = []string{""}
	}
	for _, p := range paths {
		w.drop(p)
	}
	for _, p := range paths {
		w.add(p)
	}
}

// drop takes away the watches of p and of all in it that is not there any more,
// or is something else.
func (w *Watcher) drop(p string) {
	for _, dir := range w.under(p) {
		if now, err := os.Stat(w.name(dir)); err == nil && now.IsDir() && os.SameFile(now, w.folders[dir]) {
			continue
		}
		w.events.Remove(w.watched(dir))
		delete(w.folders, dir)
	}
}

// under returns the folders watched that are p or in it; all for "".
func (w *Watcher) under(p string) []string {
	var dirs []string
	if p != "" {
		if _, ok := w.folders[p]; !ok {
			return nil // a file, most often
		}
	}
	for dir := range w.folders {
		if p == "" || dir == p || strings.HasPrefix(dir, p+"/") {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// name is the name of a path to the system.
func (w *Watcher) name(p string) string { return filepath.Join(w.o.Dir, filepath.FromSlash(p)) }

// watched is the name under which a folder is watched: where a top is a link,
// that to which it leads.
func (w *Watcher) watched(dir string) string {
	top, rest, _ := strings.Cut(dir, "/")
	if real := w.real[top]; real != "" {
		return filepath.Join(real, filepath.FromSlash(rest))
	}
	return w.name(dir)
}

// add watches p and all folders in it, if it is a folder; all for "", with the
// site's own folder, in which the tops may come and go.
func (w *Watcher) add(p string) {
	if p == "" {
		w.watch(w.o.Dir)
		for _, top := range w.o.Tops {
			w.add(top)
		}
		return
	}
	if w.ignored(p) {
		return
	}
	if slices.Contains(w.o.Tops, p) {
		delete(w.real, p)
		if info, err := os.Lstat(w.name(p)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if real, err := filepath.EvalSymlinks(w.name(p)); err == nil {
				w.real[p] = real
			}
		}
	} else if info, err := os.Lstat(w.name(p)); err != nil || !info.IsDir() {
		return // what a link within a top leads to is within it too, and watched there
	}
	info, err := os.Stat(w.name(p))
	if err != nil || !info.IsDir() || w.isOut(info) {
		return
	}
	// First the watch and then the look: what comes in between is seen twice, not never.
	if !w.watch(w.watched(p)) {
		return
	}
	w.folders[p] = info
	list, err := os.ReadDir(w.name(p))
	if err != nil {
		return
	}
	for _, d := range list {
		if d.IsDir() && !w.o.Skip(d.Name()) {
			w.add(path.Join(p, d.Name()))
		}
	}
}

func (w *Watcher) isOut(info fs.FileInfo) bool {
	if w.o.Out == "" {
		return false
	}
	out, err := os.Stat(w.o.Out)
	return err == nil && os.SameFile(out, info)
}

// watch asks the system to tell of a folder, and reports whether others are
// still to be asked for.
func (w *Watcher) watch(name string) bool {
	err := w.events.Add(name)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return true
	case isLimit(err):
		w.fallBack("the system watches no more folders (on Linux, fs.inotify.max_user_watches says how many)")
		return false
	}
	w.fallBack(fmt.Sprintf("a folder cannot be watched (%v)", err))
	return true
}

// fallBack begins to poll, beside the events that still come.
func (w *Watcher) fallBack(why string) {
	if !w.polling {
		w.poll()
	}
	if !w.said["poll"] {
		w.said["poll"] = true
		w.o.Say(fmt.Sprintf("%s: looking for changes every %s from now on", why, w.o.Every))
	}
}

// poll looks at every file and returns what is other than at the last look, and
// whether it is gone.
func (w *Watcher) poll() map[string]bool {
	now := map[string]fs.FileInfo{}
	for _, top := range w.o.Tops {
		w.look(top, now, 0)
	}
	changed := map[string]bool{}
	if w.polling {
		for p, a := range w.seen {
			if b, ok := now[p]; !ok {
				changed[p] = true
			} else if a.ModTime() != b.ModTime() || a.Size() != b.Size() || a.Mode() != b.Mode() || !os.SameFile(a, b) {
				changed[p] = false
			}
		}
		for p := range now {
			if _, ok := w.seen[p]; !ok {
				changed[p] = false
			}
		}
	}
	w.seen, w.polling = now, true
	return changed
}

// deepest is how deep a look goes, should links lead in a circle.
const deepest = 64

func (w *Watcher) look(p string, now map[string]fs.FileInfo, depth int) {
	info, err := os.Stat(w.name(p))
	if err != nil {
		if info, err = os.Lstat(w.name(p)); err != nil {
			return
		}
	}
	if info.IsDir() && w.isOut(info) {
		return
	}
	now[p] = info
	if l, err := os.Lstat(w.name(p)); !info.IsDir() || depth > deepest || depth > 0 && err == nil && l.Mode()&fs.ModeSymlink != 0 {
		return
	}
	list, _ := os.ReadDir(w.name(p))
	for _, d := range list {
		if !w.o.Skip(d.Name()) {
			w.look(path.Join(p, d.Name()), now, depth+1)
		}
	}
}
