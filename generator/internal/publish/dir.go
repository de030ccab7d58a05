package publish

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"

	"guidepost/generator/internal/cache"
)

// Options say what is published to and how.
type Options struct {
	// Out is the folder to publish to; it need not exist yet.
	Out string
	// State is the site's .guidepost folder, for the manifest, the journal, the
	// lock and, if it is on the same disk as Out, what is being prepared.
	State string
	// Site is the site's own folder (default: the one that holds State).
	Site string
	// Protect lists folders that people write in: content/, layouts/.
	Protect []string
	// InPlace never exchanges the whole of Out for another folder, so that what
	// holds it open (a bind mount, a container) sees each change.
	InPlace bool
	// Waiting, if set, is called once if another process, whose number is pid
	// or 0 if unknown, is publishing: it is waited for.
	Waiting func(pid int)
	// FS opens folders (default: [OpenFS]).
	FS func(dir string) (FS, error)

	many int // tests: instead of manyChanges
}

// A Dir is a folder that a site is published to, and what is known of it. It
// is safe for use by several goroutines; one change is made at a time.
type Dir struct {
	opt Options
	*place
	lock     *lock
	folders  []*lock // of the published folder, and of what it is exchanged for
	base, st FS

	mu        sync.Mutex
	manifest  Manifest
	touched   map[string]bool // what Check found; nil before it
	stale     bool            // the manifest here knows newer times than the one on disk
	lost      bool            // there was no manifest; this one is of the list in the folder, if of anything
	unlisted  bool            // that list is not of this manifest
	unsettled bool            // something was left to be cleaned up
	noSwap    bool            // exchanging the folders was refused
	noTrade   bool            // exchanging two files was
	recovered Recovery
	change    *Change
}

// A Recovery says what became of a change that an earlier run left half done.
type Recovery uint8

// What became of it.
const (
	NothingLeft Recovery = iota
	Finished             // the new site is there
	Undone               // the old site is there
)

// Open prepares to publish to opt.Out. It waits for other processes that do,
// finishes or undoes what an earlier one left half done, and reads the
// manifest. The error is a *Refusal if the folder must not be published to, a
// *Failure if the machine failed, or that of ctx.
func Open(ctx context.Context, opt Options) (*Dir, error) {
	if opt.FS == nil {
		opt.FS = OpenFS
	}
	d := &Dir{opt: opt}
	if err := d.Acquire(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Release lets other processes publish, without forgetting anything: a watcher
// does so between two builds. After it only Acquire and Close may be called.
func (d *Dir) Release() {
	d.mu.Lock()
	c := d.change
	d.mu.Unlock()
	if c != nil {
		c.Abort()
	}
	for _, l := range d.folders {
		l.release()
	}
	d.folders = nil
	if d.lock != nil {
		d.lock.release()
		d.lock = nil
	}
	for _, f := range []*FS{&d.base, &d.st} {
		if *f != nil {
			(*f).Close()
			*f = nil
		}
	}
}

// Close aborts a change that was not committed and lets go of the folder.
func (d *Dir) Close() error {
	d.Release()
	return nil
}

// Acquire takes the folder again after Release, with all that Open does: what
// another process published meanwhile is known afterwards.
func (d *Dir) Acquire(ctx context.Context) (err error) {
	if d.lock != nil {
		return nil
	}
	if d.place, err = locate(d.opt); err != nil {
		return err
	}
	if err := os.MkdirAll(d.state, 0o777); err != nil {
		return &Failure{"make", d.showState("."), err}
	}
	waited := false
	waiting := func(pid int) {
		if d.opt.Waiting != nil && !waited {
			d.opt.Waiting(pid)
		}
		waited = true
	}
	if d.lock, err = acquire(ctx, d.state, waiting); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return &Failure{"lock", d.showState("lock"), err}
	}
	defer func() {
		if err != nil {
			d.Release()
		}
	}()
	folder, err := acquireFolder(ctx, d.place.out, waiting)
	if err != nil {
		return err
	}
	if folder != nil {
		d.folders = append(d.folders, folder)
	}
	if waited {
		// Meanwhile the other may have made or exchanged what we looked at.
		if d.place, err = locate(d.opt); err != nil {
			return err
		}
	}
	if d.st, err = d.opt.FS(d.state); err != nil {
		return &Failure{"open", d.showState("."), err}
	}
	if d.base, err = d.opt.FS(nearest(d.place.base)); err != nil {
		return &Failure{"open", d.showBase("."), err}
	}
	return d.settle()
}

// settle brings the folder to rest: no journal, no leftovers, and the manifest
// as it is on disk.
func (d *Dir) settle() error {
	d.recovered = NothingLeft
	b, err := readAll(d.st, join(d.home, "manifest"))
	if err != nil && !absent(err) {
		return d.stateFailure("read", "manifest", err)
	}
	known := false
	d.manifest, known = decodeManifest(d.identity, b)
	d.touched, d.stale = nil, false
	if err := d.recover(); err != nil {
		return err
	}
	d.unlisted = !d.listed()
	if d.recovered != Finished && !known {
		if d.manifest, err = d.salvage(); err != nil {
			return err
		}
		d.lost, d.unlisted = true, true
		if len(d.manifest) > 0 {
			// From here on it is as if nothing had been lost.
			if err := d.save("manifest", encodeManifest(d.identity, d.manifest)); err != nil {
				return err
			}
		}
	}
	if err := d.withdraw(); err != nil {
		return err
	}
	d.unsettled = false
	return nil
}

// Lost reports whether nothing in .guidepost/ told what had been published: of
// a file that is not in the manifest nobody knows then whose it is.
func (d *Dir) Lost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

// Manifest returns what was published last, in order. It must not be changed.
func (d *Dir) Manifest() Manifest {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.manifest
}

// Recovered says whether Open or Acquire found a change half done.
func (d *Dir) Recovered() Recovery { return d.recovered }

// Check looks at every file of the manifest and returns, in order, the paths
// of those that are missing or that somebody changed: they have to be put
// again, and until they are, a change restores nothing. A file that was only
// copied or touched is recognised by its bytes. One that has the size and the
// time with which it was published passes, unless thorough: then all are read.
func (d *Dir) Check(thorough bool) (touched []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := slices.Clone(d.manifest)
	bad := make([]bool, len(next))
	// For looking only, links on the way to a file need no looking for: it
	// takes a third of the time.
	out, err := d.base.Private(d.outName)
	if err == nil {
		defer out.Close()
	}
	inParallel(len(next), 512, func(from, to int) {
		for i := from; i < to; i++ {
			s, same := Stat{}, false
			if err == nil {
				s, same = d.untouched(out, next[i], thorough)
			}
			if !same {
				bad[i] = true
				continue
			}
			next[i].ModTime = s.ModTime
		}
	})
	d.touched = map[string]bool{}
	for i, f := range next {
		if bad[i] {
			d.touched[f.Path] = true
			touched = append(touched, f.Path)
		} else if f != d.manifest[i] {
			d.stale = true
		}
	}
	if d.stale {
		d.manifest = next
	}
	return touched
}

// untouched reports whether the file on disk is still the one published: by
// size and time, or, where only the time differs or if thorough, by its bytes.
func (d *Dir) untouched(out FS, f File, thorough bool) (Stat, bool) {
	s, err := out.Lstat(f.Path)
	if err != nil || !s.Mode.IsRegular() || s.Size != f.Size {
		return s, false
	}
	return s, s.ModTime == f.ModTime && !thorough || d.holds(f.Path, f.Digest)
}

// holds reports whether the published file path has these bytes.
func (d *Dir) holds(path string, digest cache.Digest) bool {
	same, err := has(d.base, join(d.outName, path), digest)
	return err == nil && same
}

// inParallel calls do for parts of n things, at least least in each.
func inParallel(n, least int, do func(from, to int)) {
	parts := max(1, min(runtime.GOMAXPROCS(0), n/least))
	var wg sync.WaitGroup
	for i := 1; i < parts; i++ {
		wg.Go(func() { do(n*i/parts, n*(i+1)/parts) })
	}
	do(0, n/parts)
	wg.Wait()
}

// show is what a user calls the published file path.
func (d *Dir) show(path string) string { return join(d.shown, path) }

// failure says that something could not be done to name, relative to base.
func (d *Dir) failure(doing, name string, err error) error {
	return asFailure(doing, d.showBase(name), err)
}

// stateFailure is failure for what belongs to this out in the state folder.
func (d *Dir) stateFailure(doing, name string, err error) error {
	return asFailure(doing, d.showState(join(d.home, name)), err)
}

func asFailure(doing, path string, err error) error {
	var f *Failure
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Failure{doing, path, err}
}

// save writes one of this out's own files, whole or not at all.
func (d *Dir) save(name string, b []byte) error {
	if err := d.saveBeside(name, b); err != nil {
		return err
	}
	if err := d.st.Rename(join(d.home, name+".new"), join(d.home, name)); err != nil {
		return d.stateFailure("write", name, err)
	}
	if err := d.st.Sync(d.home); err != nil {
		return d.stateFailure("write", name, err)
	}
	return nil
}

// saveBeside writes name's next version, to be given its name later.
func (d *Dir) saveBeside(name string, b []byte) error {
	file := join(d.home, name+".new")
	write := func() error {
		_, err := d.st.WriteFile(file, bytes.NewReader(b), true)
		return err
	}
	err := write()
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = mkdirAll(d.st, d.home); err == nil {
			err = write()
		}
	}
	if errors.Is(err, fs.ErrExist) {
		if err = d.st.Remove(file); err == nil {
			err = write()
		}
	}
	return d.stateFailureIf("write", name, err)
}

func (d *Dir) stateFailureIf(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return d.stateFailure(doing, name, err)
}
