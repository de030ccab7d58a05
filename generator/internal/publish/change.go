package publish

// How a change is made, and what was rejected.
//
// Everything new is written into a stage beside the published folder first,
// and waited for until it is on the disk. Then there are two ways:
//
// Where much changes, the stage is made whole, unchanged files by hard links,
// and exchanged for the published folder in one step (swap.go): no moment
// shows a mixture. But a process that holds the old folder open, such as a
// container or a shell, goes on seeing the old one, and a mount point cannot
// be exchanged.
//
// Where little changes, or the folder does not allow the exchange, a journal
// is written and each file is moved to its place in an order in which no page
// is there before what it loads (move.go). Each file is whole at any moment;
// the site is a mixture for some milliseconds, or until the next run if this
// one is killed.
//
// Rejected: a symbolic link that is turned from one folder to the next, since
// public/ is a folder to everyone who knows it; renaming public/ away and the
// new one to its place, since between the two there is no site; writing files
// in place, since a reader sees half of one; moving files without a journal,
// since nothing would tell the next run which half is missing.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// A Change is a new version of the site that is being prepared. Put is safe
// for use by several goroutines; then one calls Commit or Abort.
type Change struct {
	d       *Dir
	old     Manifest
	touched map[string]bool // nil: nobody has looked
	vacant  bool            // there is nothing at all in the published folder
	flush   flusher

	mu      sync.Mutex
	puts    map[string]*staged
	made    map[string]bool // folders in the stage
	stage   FS              // nil until the first file
	pending string          // the folder that holds the stage
	outside []string        // folders that had to be made to hold pending
	ended   bool
}

// A staged file is one that was put.
type staged struct {
	File
	adopted bool // it was there already: nothing was written
}

// A Result says what Commit did.
type Result struct {
	Changes  Changes
	Manifest Manifest // what is published now
	// Diags are warnings, or errors because of which nothing was published.
	Diags diag.List
}

// errEnded is what using a change after its end gives.
var errEnded = errors.New("publish: the change was committed or aborted before")

// Begin begins a change. About expect files will be put; it need not be right.
func (d *Dir) Begin(ctx context.Context, expect int) (*Change, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.lock == nil:
		return nil, errors.New("publish: the folder was released")
	case d.change != nil:
		return nil, errors.New("publish: another change has been begun and not ended")
	}
	if d.unsettled {
		touched, stale, manifest := d.touched, d.stale, d.manifest
		if err := d.settle(); err != nil {
			return nil, err
		}
		if d.recovered == NothingLeft {
			d.touched, d.stale, d.manifest = touched, stale, manifest
		}
	}
	c := &Change{
		d: d, old: d.manifest, touched: d.touched,
		puts: make(map[string]*staged, expect),
		made: map[string]bool{".": true},
	}
	if entries, err := d.base.ReadDir(d.outName); absent(err) || err == nil && len(entries) == 0 {
		c.vacant = true
	} else if err != nil {
		return nil, d.failure("read", d.outName, err)
	}
	d.change = c
	return c, nil
}

// Put prepares the file path with the bytes b, whose digest is cache.Sum(b).
// What is published already with these bytes is not written again. The error
// is a *Failure if the machine failed; then the change can only be aborted.
func (c *Change) Put(path string, digest cache.Digest, b []byte) error {
	write, s, err := c.reserve(path, digest, func(r io.Reader) bool { return holdsBytes(r, b) }, int64(len(b)))
	if !write || err != nil {
		return err
	}
	return c.write(path, s, bytes.NewReader(b))
}

// PutFrom is Put for what is too large to have in memory. Of what is published
// already it reads nothing.
func (c *Change) PutFrom(path string, digest cache.Digest, r io.Reader) error {
	same := func(r io.Reader) bool {
		sum, err := sumFrom(r)
		return err == nil && sum == digest
	}
	write, s, err := c.reserve(path, digest, same, -1)
	if !write || err != nil {
		return err
	}
	h := newHash()
	if err := c.write(path, s, io.TeeReader(r, h)); err != nil {
		return err
	}
	if h.digest() != digest {
		// The change can do without the file.
		if err := c.stage.Remove(path); err != nil {
			return c.d.failure("write", join(c.d.outName, path), err)
		}
		c.mu.Lock()
		delete(c.puts, path)
		c.mu.Unlock()
		return ErrChanged
	}
	return nil
}

// ErrChanged is the error of PutFrom where what it read is not what the digest
// says: it changed while it was read. The file is then as if it had not been put.
var ErrChanged = errors.New("publish: the file changed while it was read")

// holdsBytes reports whether r has exactly the bytes b.
func holdsBytes(r io.Reader, b []byte) bool {
	buf := make([]byte, min(len(b)+1, 64<<10))
	for {
		n, err := r.Read(buf)
		if !bytes.HasPrefix(b, buf[:n]) {
			return false
		}
		b = b[n:]
		if err != nil {
			return err == io.EOF && len(b) == 0
		}
	}
}

// reserve finds out whether path has to be written. Size is -1 if unknown.
func (c *Change) reserve(path string, digest cache.Digest, same func(io.Reader) bool, size int64) (write bool, s *staged, err error) {
	if !validPath(path) {
		return false, nil, fmt.Errorf("publish: %q cannot be the path of a published file", path)
	}
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return false, nil, errEnded
	}
	s = c.puts[path]
	if s != nil {
		c.mu.Unlock()
		if s.Digest != digest {
			return false, nil, fmt.Errorf("publish: %s was put twice, with different bytes", path)
		}
		return false, nil, nil
	}
	s = &staged{File: File{Path: path, Digest: digest}}
	c.puts[path] = s
	c.mu.Unlock()

	old, ours := c.old.Find(path)
	intact := ours && c.touched != nil && !c.touched[path]
	if c.vacant || intact && old.Digest != digest {
		return true, s, nil
	}
	if intact {
		s.File, s.adopted = old, true
		return false, s, nil
	}
	name := join(c.d.outName, path)
	stat, err := c.d.base.Lstat(name)
	if err != nil || !stat.Mode.IsRegular() || size >= 0 && stat.Size != size {
		return true, s, nil // what stands in the way is Commit's business
	}
	known := ours && !c.touched[path] && old.Digest == digest && stat.Size == old.Size && stat.ModTime == old.ModTime
	if !known {
		r, err := c.d.base.Open(name)
		if err != nil {
			return true, s, nil
		}
		defer r.Close()
		if !same(r) {
			return true, s, nil
		}
	}
	s.Size, s.ModTime, s.adopted = stat.Size, stat.ModTime, true
	return false, s, nil
}

// write writes a file into the stage.
func (c *Change) write(path string, s *staged, from io.Reader) error {
	stage, err := c.openStage()
	if err != nil {
		return err
	}
	if err := c.mkdir(parent(path)); err != nil {
		return c.d.failure("write", join(c.d.outName, path), err)
	}
	stat, err := stage.WriteFile(path, from, false)
	if errors.Is(err, fs.ErrExist) {
		err = &clash{}
	}
	if err != nil {
		return c.d.failure("write", join(c.d.outName, path), err)
	}
	// Nobody else looks at s before the change is committed.
	s.Size, s.ModTime = stat.Size, stat.ModTime
	c.flush.wrote(stage, stat.Size)
	return nil
}

// mkdir makes a folder in the stage, once.
func (c *Change) mkdir(dir string) error {
	c.mu.Lock()
	made := c.made[dir]
	c.mu.Unlock()
	if made {
		return nil
	}
	err := c.stage.Mkdir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.mkdir(parent(dir)); err == nil {
			err = c.stage.Mkdir(dir)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil // another goroutine was faster; a file there fails soon enough
	}
	if err == nil {
		c.mu.Lock()
		c.made[dir] = true
		c.mu.Unlock()
	}
	return err
}

// openStage makes the stage when the first file needs it, in the best folder
// that allows it.
func (c *Change) openStage() (FS, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stage != nil || c.ended {
		if c.ended {
			return nil, errEnded
		}
		return c.stage, nil
	}
	for i, dir := range c.d.pending {
		err := c.makeStage(dir)
		if err == nil {
			break
		}
		if !unsupported(err) || i == len(c.d.pending)-1 {
			return nil, c.d.failure("write", dir, err)
		}
	}
	return c.stage, nil
}

func (c *Change) makeStage(dir string) error {
	base := c.d.base
	name := join(dir, "stage")
	made, err := mkdirAll(base, dir)
	c.outside = append(c.outside, made...)
	c.pending = dir
	if err == nil && c.d.exposed(dir) {
		err = base.Chmod(dir, 0o700) // nobody is to read what is not published yet
	}
	if err == nil {
		err = base.Mkdir(name)
	}
	if err != nil {
		return err
	}
	c.stage, err = base.Private(name)
	return err
}

// Abort gives the change up; what is published stays as it is. After Commit it
// does nothing.
func (c *Change) Abort() {
	c.mu.Lock()
	ended := c.ended
	c.ended = true
	c.mu.Unlock()
	if ended {
		return
	}
	c.end(nil)
	// Folders made only to hold the stage, unless they had been there.
	for i := len(c.outside) - 1; i >= 0; i-- {
		c.d.base.Rmdir(c.outside[i])
	}
}

// end cleans up after the change. What it cannot remove, it leaves to the next
// command, whose business it is to tell if that cannot either.
func (c *Change) end(err error) {
	c.flush.stop()
	if c.stage != nil {
		c.stage.Close()
	}
	if c.pending != "" {
		err = errors.Join(err, c.d.clear(c.pending))
	}
	for _, name := range []string{"journal.new", "manifest.new"} {
		if removeErr := c.d.st.Remove(join(c.d.home, name)); !absent(removeErr) {
			err = errors.Join(err, removeErr)
		}
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.change = nil
	if err != nil {
		c.d.unsettled = true
	}
}

// Commit publishes: afterwards the published folder holds exactly the files
// want, with the digests they have there, and what was never ours. Each must
// have been put, or be published already; what was put but is not wanted, or is
// wanted as it was published, is left out. If nothing differs, nothing is
// written. Commit ends the change in any case; an error, or an Error among
// Result.Diags, says that what was published before is there unchanged. ctx is
// heard until the first file moves.
func (c *Change) Commit(ctx context.Context, want []File) (*Result, error) {
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if ended {
		return nil, errEnded
	}
	defer c.Abort()
	p, err := c.plan(want)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if p.diags.Failed() {
		return &Result{Manifest: c.old, Diags: p.diags.Sorted()}, nil
	}

	d := c.d
	j := &journal{pending: c.pending, dirs: p.dirs, ops: p.ops}
	r := &Result{Diags: p.diags}
	switch {
	case p.writes == 0 && p.removals == 0:
		r.Manifest = j.apply(c.old)
		if len(p.ops) > 0 || d.stale {
			err = d.save("manifest", encodeManifest(d.identity, r.Manifest))
		}
		if err == nil && (len(p.ops) > 0 || d.unlisted) {
			err = c.list(r.Manifest)
		}
	default:
		if p.writes == 0 {
			// Removals have to be kept somewhere until all are done.
			if _, err = c.openStage(); err != nil {
				return nil, err
			}
			j.pending = c.pending
		}
		c.flush.stop()
		way := c.move
		if c.worthSwapping(p) {
			way = c.swapOrMove
		}
		err = way(ctx, j, p, r)
	}
	if err != nil {
		return nil, err
	}
	r.Changes = written(c.old, j.ops)
	r.Diags = r.Diags.Sorted()
	d.mu.Lock()
	d.manifest, d.stale, d.lost, d.unlisted = r.Manifest, false, false, false
	for _, o := range j.ops {
		delete(d.touched, o.Path)
	}
	d.mu.Unlock()
	return r, nil
}

// written says what a change wrote and removed. That is not quite the
// difference of the manifests: what was there already with the right bytes is
// not written, what somebody changed by hand is, and what they took away or
// made their own is not removed.
func written(old Manifest, ops []op) (c Changes) {
	for _, o := range ops {
		_, had := old.Find(o.Path)
		switch {
		case o.kind == put && had:
			c.Updated = append(c.Updated, o.Path)
		case o.kind == put:
			c.Added = append(c.Added, o.Path)
		case o.kind == remove:
			c.Removed = append(c.Removed, o.Path)
		}
	}
	slices.Sort(c.Added)
	slices.Sort(c.Updated)
	slices.Sort(c.Removed)
	return c
}

// list writes the list of a manifest where nothing else is written.
func (c *Change) list(m Manifest) error {
	d := c.d
	if p, err := d.base.Lstat(d.outName); absent(err) || err == nil && !p.Mode.IsDir() {
		return nil // and nothing is published
	}
	// A half of it is whole as far as it goes, and the next command removes it.
	name := join(d.outName, nextListName)
	_, err := d.base.WriteFile(name, bytes.NewReader(encodeList(m)), true)
	if err = d.failureIf("write", name, err); err == nil {
		err = d.promote()
	}
	if err != nil {
		d.withdraw()
	}
	return err
}

// move publishes file by file.
func (c *Change) move(ctx context.Context, j *journal, p *plan, r *Result) error {
	d := c.d
	inOrder(j.ops)
	for {
		r.Manifest = j.apply(c.old)
		err := c.prepare(j, r.Manifest)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c.unprepare(err)
		}
		m := d.mover(j)
		if err = d.announce(j.pending); err == nil {
			err = m.run()
		}
		if err == nil {
			err = c.settleOn(r.Manifest)
		}
		if err == nil {
			break
		}
		if undoErr := m.undo(); undoErr != nil {
			// Now only the journal knows what is where: keep all of it.
			c.leave()
			return errors.Join(err, undoErr)
		}
		if err := c.unprepare(err); !isOtherDisk(err) || d.inside(c.pending) {
			return err
		}
		if err := c.restage(j); err != nil {
			return err
		}
	}
	if d.promote() != nil || d.prune(j) != nil {
		c.leave() // the change has happened; the next command cleans up
		return nil
	}
	c.finish()
	return nil
}

// prepare waits until everything staged is on the disk, and puts the journal
// and the next manifest beside it, all at the same time: a journal whose files
// did not reach the disk is recognised by their digests.
func (c *Change) prepare(j *journal, next Manifest) error {
	d := c.d
	if _, err := mkdirAll(d.st, d.home); err != nil {
		return d.stateFailure("make", ".", err)
	}
	// With the folder goes its list; where files are moved, the list goes first.
	list := join(c.pending, stagedList)
	if j.swap {
		list = join(c.pending+"/stage", listName)
	}
	if _, err := d.base.WriteFile(list, bytes.NewReader(encodeList(next)), !j.swap); err != nil {
		return d.failure("write", join(d.outName, listName), err)
	}
	var wg sync.WaitGroup
	var manifestErr, journalErr error
	wg.Go(func() { manifestErr = d.saveBeside("manifest", encodeManifest(d.identity, next)) })
	wg.Go(func() { journalErr = d.saveBeside("journal", j.encode()) })
	err := c.syncStage(j)
	wg.Wait()
	if err = errors.Join(err, manifestErr, journalErr); err != nil {
		return err
	}
	err = d.st.Rename(join(d.home, "journal.new"), join(d.home, "journal"))
	if err == nil {
		err = d.st.Sync(d.home)
	}
	return d.stateFailureIf("write", "journal", err)
}

// syncStage waits until what was staged is on the disk.
func (c *Change) syncStage(j *journal) error {
	var names []string
	dirs := map[string]bool{}
	for _, o := range j.ops {
		if o.kind == put {
			names = append(names, j.pending+"/stage/"+o.Path)
			dirs[parent(names[len(names)-1])] = true
		}
	}
	if j.swap {
		names = append(names, join(j.pending+"/stage", listName))
		for dir := range c.made {
			dirs[join(j.pending+"/stage", dir)] = true
		}
	}
	if len(names) == 0 && !j.swap {
		return nil
	}
	for dir := range dirs {
		names = append(names, dir)
	}
	return c.d.syncNames(names, false)
}

// settleOn makes the prepared manifest the valid one: from here on the change
// has happened.
func (c *Change) settleOn(next Manifest) error {
	d := c.d
	if err := d.st.Rename(join(d.home, "manifest.new"), join(d.home, "manifest")); err != nil {
		return d.stateFailure("write", "manifest", err)
	}
	// Should this fail, the journal is still there if the manifest is not.
	d.st.Sync(d.home)
	return nil
}

// unprepare drops the journal of a change that has not happened, because of
// err. If that fails too, the stage that it speaks of is gone soon, and the
// next command sees that there is nothing to finish.
func (c *Change) unprepare(err error) error {
	if c.d.dropJournal() != nil {
		c.d.mu.Lock()
		c.d.unsettled = true
		c.d.mu.Unlock()
	}
	return err
}

// finish cleans up after a change that has happened.
func (c *Change) finish() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.end(c.d.dropJournal())
}

// leave ends the change as if the process had died here.
func (c *Change) leave() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.flush.stop()
	c.stage.Close()
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.change, c.d.unsettled = nil, true
}

// restage copies everything staged into the published folder itself, out of
// sight: it turned out that files cannot be renamed to there from elsewhere.
func (c *Change) restage(j *journal) error {
	d, from := c.d, c.pending
	d.mu.Lock()
	d.place.pending = d.place.pending[len(d.place.pending)-1:]
	d.noTrade = false // it was refused because of where the other file lay
	d.mu.Unlock()
	staged := c.stage
	c.stage, c.made = nil, map[string]bool{".": true}
	defer staged.Close()
	if _, err := c.openStage(); err != nil {
		return err
	}
	for i := range j.ops {
		o := &j.ops[i]
		if o.kind != put {
			continue
		}
		r, err := staged.Open(o.Path)
		if err == nil {
			if err = c.mkdir(parent(o.Path)); err == nil {
				var s Stat
				s, err = c.stage.WriteFile(o.Path, r, false)
				o.Size, o.ModTime = s.Size, s.ModTime
			}
			r.Close()
		}
		if err != nil {
			return d.failure("write", join(d.outName, o.Path), err)
		}
	}
	j.pending = c.pending
	return d.clear(from)
}
