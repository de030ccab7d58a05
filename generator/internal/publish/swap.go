package publish

import (
	"cmp"
	"context"
	"errors"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"

	"guidepost/generator/internal/diag"
)

// From how many changed files, and from which share of the site, the whole
// folder is exchanged. Below, linking the unchanged files and removing the old
// folder costs more than moving the changed ones.
const (
	manyChanges = 256
	shareOfMany = 3 // a third
)

// manyForeign is how many files that are not ours are carried over into an
// exchanged folder; who keeps more there is better served by moving ours.
const manyForeign = 1000

// errStays says that a folder holds something that is better not carried over.
var errStays = errors.New("holds what cannot be carried over")

// worthSwapping reports whether the whole folder should be exchanged.
func (c *Change) worthSwapping(p *plan) bool {
	d := c.d
	if d.opt.InPlace || d.noSwap || d.inside(c.pending) {
		return false
	}
	changed := p.writes + p.removals
	return c.vacant || p.retyped || len(c.old) == 0 && p.writes == p.total || changed >= cmp.Or(d.opt.many, manyChanges) && changed >= p.total/shareOfMany
}

// swapOrMove publishes by exchanging the folder if it allows that.
func (c *Change) swapOrMove(ctx context.Context, j *journal, p *plan, r *Result) error {
	diags := len(r.Diags)
	refused, err := c.swap(ctx, j, r)
	if !refused {
		return err
	}
	c.d.noSwap = c.d.noSwap || !errors.Is(err, errStays)
	r.Diags = r.Diags[:diags]
	j.swap, j.ops = false, p.ops
	return c.move(ctx, j, p, r)
}

// swap makes the stage whole and exchanges it for the published folder. If it
// is refused, nothing has been done and the other way is open.
func (c *Change) swap(ctx context.Context, j *journal, r *Result) (refused bool, err error) {
	d := c.d
	stage := join(c.pending, "stage")
	there, err := d.base.Lstat(stage)
	if err != nil {
		return false, d.failure("read", stage, err)
	}
	old, err := d.base.Lstat(d.outName)
	exists := err == nil
	switch {
	case !exists && !absent(err):
		return false, d.failure("read", d.outName, err)
	case exists && (old.Ino == 0 || old.UID != there.UID || old.GID != there.GID):
		return true, errStays // the new folder cannot be given to the old one's owner
	case exists && old.Mode != there.Mode:
		if err := d.base.Chmod(stage, old.Mode); err != nil {
			return false, d.failure("write", stage, err)
		}
	}
	if err := c.complete(j, r); err != nil {
		return errors.Is(err, errStays) || unsupported(err), err
	}
	r.Manifest = j.apply(c.old)
	j.swap, j.stage = true, there
	err = c.prepare(j, r.Manifest)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return false, c.unprepare(err)
	}

	// Whoever looks for the folder to lock it finds it locked, the old one as the new.
	held := d.folders
	if l, _ := tryLockFolder(filepath.Join(d.place.base, filepath.FromSlash(stage))); l != nil {
		d.folders = append(d.folders[:len(held):len(held)], l)
	}
	back, err := c.exchange(stage, exists)
	if err != nil {
		refused = unsupported(err)
		if dropErr := d.dropJournal(); dropErr != nil {
			return false, c.unprepare(dropErr)
		}
		return refused, d.failure("write", d.outName, err)
	}
	err = errors.Join(d.base.Sync(parent(d.outName)), d.base.Sync(c.pending))
	if err = d.failureIf("write", d.outName, err); err == nil {
		err = c.settleOn(r.Manifest)
	}
	if err != nil {
		if backErr := back(); backErr != nil {
			// Now only the journal knows what is where: keep all of it.
			c.leave()
			return false, errors.Join(err, d.failure("restore", d.outName, backErr))
		}
		return false, c.unprepare(err)
	}
	if len(d.folders) > len(held) {
		for _, l := range held {
			l.release()
		}
		d.folders = d.folders[len(held):]
	}
	if err := d.discard(j, r.Manifest); err != nil {
		c.leave() // the change has happened; the next command cleans up
		return false, nil
	}
	c.finish()
	return false, nil
}

// exchange puts the stage in the place of the published folder. It returns
// what takes that back.
func (c *Change) exchange(stage string, exists bool) (back func() error, err error) {
	base, out := c.d.base, c.d.outName
	if !exists {
		made, err := mkdirAll(base, parent(out))
		c.outside = append(c.outside, made...)
		if err == nil {
			err = base.Rename(stage, out)
		}
		return func() error { return base.Rename(out, stage) }, err
	}
	err = base.Exchange(stage, out)
	back = func() error { return base.Exchange(stage, out) }
	if err != nil && unsupported(err) && c.vacant && base.Rename(stage, out) == nil {
		// An empty folder can be replaced without, and made anew.
		return func() error { return errors.Join(base.Rename(out, stage), base.Mkdir(out)) }, nil
	}
	return back, err
}

// complete links into the stage all that stays as it is: unchanged files of
// the site, and what is not ours.
func (c *Change) complete(j *journal, r *Result) error {
	d := c.d
	puts := make(map[string]bool, len(j.ops))
	for _, o := range j.ops {
		if o.kind == put {
			puts[o.Path] = true
		}
	}
	for name, s := range c.puts {
		if !s.adopted && !puts[name] {
			if err := c.stage.Remove(name); err != nil {
				return d.failure("remove", join(c.pending+"/stage", name), err)
			}
			for dir := parent(name); dir != "." && c.stage.Rmdir(dir) == nil; dir = parent(dir) {
				delete(c.made, dir)
			}
		}
	}
	if c.vacant {
		return nil
	}
	links, err := c.foreign(j, puts)
	if err != nil {
		return err
	}
	carried := len(links)
	for _, f := range j.apply(c.old) {
		if !puts[f.Path] {
			links = append(links, f.Path)
		}
	}
	var mu sync.Mutex
	var failed error
	var missing []string
	inParallel(len(links), 256, func(from, to int) {
		for i := from; i < to; i++ {
			err := c.link(links[i])
			if err == nil {
				continue
			}
			mu.Lock()
			if (absent(err) || isLink(err)) && i >= carried {
				missing = append(missing, links[i])
			} else if failed == nil {
				failed = d.failure("write", join(d.outName, links[i]), err)
			}
			stop := failed != nil
			mu.Unlock()
			if stop {
				return
			}
		}
	})
	if failed != nil {
		return failed
	}
	for _, name := range missing {
		j.ops = append(j.ops[:len(j.ops):len(j.ops)], op{File: File{Path: name}, kind: forget})
		r.Diags.Warnf(diag.Pos{File: d.show(name)}, "output-missing", "disappeared while the site was published").Hint =
			"build again to publish it again"
	}
	return nil
}

func (c *Change) link(name string) error {
	if err := c.mkdir(parent(name)); err != nil {
		return err
	}
	return c.d.base.Link(join(c.d.outName, name), join(c.pending+"/stage", name))
}

// foreign returns the files in the published folder that are not ours and
// stay. Folders without files are made in the stage at once. The error is
// errStays if there is more than plain files, and not many of them.
func (c *Change) foreign(j *journal, puts map[string]bool) ([]string, error) {
	d := c.d
	ours := make(map[string]bool, len(c.old))
	folders := map[string]bool{".": true}
	for _, f := range c.old {
		ours[f.Path] = true
		for dir := parent(f.Path); !folders[dir]; dir = parent(dir) {
			folders[dir] = true
		}
	}
	for _, o := range j.ops {
		switch o.kind {
		case forget:
			delete(ours, o.Path)
		case adopt:
			ours[o.Path] = true
		}
	}
	// makesWay reports whether a file comes where the folder dir, or one above
	// it, was: then there are only folders in it.
	makesWay := func(dir string) bool {
		for ; dir != "."; dir = parent(dir) {
			if puts[dir] {
				return true
			}
		}
		return false
	}
	var mu sync.Mutex
	var list []string
	var count atomic.Int64
	out, err := d.base.Private(d.outName)
	if err != nil {
		return nil, d.failure("read", d.outName, err)
	}
	defer out.Close()
	err = eachDir(out, func(dir string, entries []Entry) error {
		if makesWay(dir) {
			return nil
		}
		if !folders[dir] {
			if path.Base(dir) == ".git" {
				return errStays
			}
			s, err := out.Lstat(dir)
			if err == nil {
				err = c.mkdir(dir)
			}
			if err == nil {
				err = c.stage.Chmod(dir, s.Mode)
			}
			if err != nil {
				return err
			}
		}
		for _, e := range entries {
			name := join(dir, e.Name)
			if e.Type.IsDir() || ours[name] || puts[name] || isListName(name) {
				continue
			}
			if !e.Type.IsRegular() || count.Add(1) > manyForeign {
				return errStays
			}
			mu.Lock()
			list = append(list, name)
			mu.Unlock()
		}
		return nil
	}, nil)
	if err != nil && !errors.Is(err, errStays) {
		err = d.failure("read", d.outName, err)
	}
	return list, err
}

// discard removes the folder that was exchanged for the published one, next,
// but not what somebody put there at the last moment: that is moved over.
func (d *Dir) discard(j *journal, next Manifest) error {
	name := join(j.pending, "stage")
	if _, err := d.base.Lstat(name); err != nil {
		if absent(err) {
			return nil
		}
		return d.failure("remove", name, err)
	}
	ours := make(map[string]bool, len(next)+len(j.ops))
	for _, f := range next {
		ours[f.Path] = true
	}
	for _, o := range j.ops {
		ours[o.Path] = o.kind != forget
	}
	ours[listName], ours[nextListName] = true, true
	tree, err := d.base.Private(name)
	if err != nil {
		return d.failure("remove", name, err)
	}
	defer tree.Close()
	err = eachDir(tree, func(dir string, entries []Entry) error {
		for _, e := range entries {
			file := join(dir, e.Name)
			if e.Type.IsDir() {
				continue
			}
			if !ours[file] {
				moved, err := d.rescue(tree, name, file)
				if err != nil {
					return err
				}
				if moved {
					continue
				}
			}
			if err := tree.Remove(file); err != nil && !absent(err) {
				return err
			}
		}
		return nil
	}, tree.Rmdir)
	if err == nil {
		err = d.base.Rmdir(name)
	}
	return d.failureIf("remove", name, err)
}

// rescue moves a file that is not ours from the old folder to the new one,
// unless it is there.
func (d *Dir) rescue(tree FS, treeName, file string) (moved bool, err error) {
	s, err := tree.Lstat(file)
	if absent(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	out := join(d.outName, file)
	there, err := d.base.Lstat(out)
	if err == nil && there.same(s) {
		return false, nil
	}
	if err != nil && !absent(err) {
		return false, err
	}
	if _, err := mkdirAll(d.base, parent(out)); err != nil {
		return false, err
	}
	return true, d.base.Rename(join(treeName, file), out)
}

// failureIf is failure, or nil if err is.
func (d *Dir) failureIf(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return d.failure(doing, name, err)
}
