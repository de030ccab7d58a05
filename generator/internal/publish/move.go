package publish

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
)

// A mover carries out a journal file by file. Each step keeps what it
// replaces, so that each can be taken back: by renaming only, for which even a
// full disk has room.
type mover struct {
	d *Dir
	j *journal
}

func (d *Dir) mover(j *journal) *mover { return &mover{d, j} }

func (m *mover) out(path string) string   { return join(m.d.outName, path) }
func (m *mover) stage(path string) string { return m.j.pending + "/stage/" + path }
func (m *mover) kept(path string) string  { return m.j.pending + "/old/" + path }
func (m *mover) aside(path string) string { return m.j.pending + "/aside/" + path }

// run does all the steps that have not been done, and waits until they are on
// the disk.
func (m *mover) run() error {
	for i := range m.j.ops {
		o := &m.j.ops[i]
		if o.done {
			continue
		}
		if err := m.do(o); err != nil {
			return m.d.failure("write", m.out(o.Path), err)
		}
		o.done = true
	}
	return m.sync()
}

func (m *mover) do(o *op) error {
	switch o.kind {
	case put:
		return m.put(o)
	case remove:
		err := m.keep(o.Path, m.d.base.Rename)
		if absent(err) {
			return nil
		}
		o.kept = err == nil
		return err
	}
	return nil
}

func (m *mover) put(o *op) error {
	base, stage, out := m.d.base, m.stage(o.Path), m.out(o.Path)
	if o.over {
		// By now there is nothing in it but folders. It is kept, since to make
		// it anew there might not be room.
		if err := m.moveAside(o.Path); err != nil && !absent(err) {
			return err
		}
	}
	if !o.had {
		err := base.Rename(stage, out)
		if absent(err) {
			if _, err = mkdirAll(base, parent(out)); err == nil {
				err = base.Rename(stage, out)
			}
		}
		return err
	}
	if !m.d.noTrade {
		err := base.Exchange(stage, out)
		switch {
		case err == nil:
			return nil
		case absent(err):
			o.had = false // somebody has just removed the old one
			return base.Rename(stage, out)
		case !unsupported(err):
			return err
		}
		m.d.noTrade = true
	}
	err := m.keep(o.Path, base.Link)
	switch {
	case absent(err):
	case unsupported(err):
		if err := m.keep(o.Path, m.copy); err != nil {
			return err
		}
		o.kept = true
	case err != nil:
		return err
	default:
		o.kept = true
	}
	return base.Rename(stage, out)
}

// moveAside takes away an empty folder in whose place a file comes.
func (m *mover) moveAside(path string) error {
	base, out, aside := m.d.base, m.out(path), m.aside(path)
	if s, err := base.Lstat(out); err != nil || !s.Mode.IsDir() {
		return err
	}
	if err := onlyFolders(base, out); err != nil {
		return err
	}
	if _, err := mkdirAll(base, parent(aside)); err != nil {
		return err
	}
	return base.Rename(out, aside)
}

// keep puts the published file path into old/ by means of how.
func (m *mover) keep(path string, how func(from, to string) error) error {
	base, out, kept := m.d.base, m.out(path), m.kept(path)
	if _, err := base.Lstat(out); err != nil {
		return err
	}
	err := how(out, kept)
	if absent(err) {
		if _, err = mkdirAll(base, parent(kept)); err == nil {
			err = how(out, kept)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		// An earlier run came just so far.
		if err = base.Remove(kept); err == nil {
			err = how(out, kept)
		}
	}
	return err
}

// copy is for a file system without links.
func (m *mover) copy(from, to string) error {
	r, err := m.d.base.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = m.d.base.WriteFile(to, r, true)
	return err
}

// undo takes back the steps that were done, the last one first.
func (m *mover) undo() error {
	for i := len(m.j.ops) - 1; i >= 0; i-- {
		o := &m.j.ops[i]
		var err error
		if o.done {
			err = m.takeBack(o)
		}
		if err == nil && o.over {
			if err = m.d.base.Rename(m.aside(o.Path), m.out(o.Path)); absent(err) {
				err = nil // its turn had not come
			}
		}
		if err != nil {
			return m.d.failure("restore", m.out(o.Path), err)
		}
		o.done, o.kept = false, false
	}
	if err := m.d.withdraw(); err != nil {
		return err
	}
	m.removeDirs(".")
	return m.sync()
}

// removeDirs removes the folders made in and below top. One that somebody else
// has put a file into stays.
func (m *mover) removeDirs(top string) {
	for _, dir := range slices.Backward(m.j.dirs) {
		if within(dir, top) {
			m.d.base.Rmdir(dir)
		}
	}
}

func (m *mover) takeBack(o *op) error {
	base, stage, out, kept := m.d.base, m.stage(o.Path), m.out(o.Path), m.kept(o.Path)
	switch {
	case o.kind == remove && o.kept:
		err := base.Rename(kept, out)
		if absent(err) {
			if _, err = mkdirAll(base, parent(out)); err == nil {
				err = base.Rename(kept, out)
			}
		} else if err != nil {
			// The folder that was to take its place may be there already.
			m.removeDirs(out)
			err = base.Rename(kept, out)
		}
		return err
	case o.kind != put:
		return nil
	case o.kept:
		return base.Rename(kept, out)
	case o.had:
		err := base.Exchange(stage, out)
		if absent(err) {
			return nil // the old one is lost; the new one is better than none
		}
		return err
	}
	return base.Rename(out, stage)
}

// sync waits until the names of all that was moved are on the disk.
func (m *mover) sync() error {
	dirs := map[string]bool{}
	for _, o := range m.j.ops {
		if o.kind == put || o.kind == remove {
			dirs[parent(m.out(o.Path))] = true
		}
	}
	for _, dir := range m.j.dirs {
		dirs[parent(dir)] = true
	}
	names := make([]string, 0, len(dirs))
	for dir := range dirs {
		names = append(names, dir)
	}
	return m.d.syncNames(names, true)
}

// fewSyncs is up to how many files are waited for one by one: more cost more
// than waiting for all that is being written to the disk.
const fewSyncs = 32

// syncNames waits until the named files are on the disk. Those that are gone
// are no error if gone.
func (d *Dir) syncNames(names []string, gone bool) error {
	if len(names) > fewSyncs {
		err := d.base.SyncAll()
		if !unsupported(err) {
			return d.failureIf("write", d.outName, err)
		}
	}
	errs := make([]error, len(names))
	inParallel(len(names), 1, func(from, to int) {
		for i := from; i < to; i++ {
			if err := d.base.Sync(names[i]); err != nil && !(gone && absent(err)) {
				errs[i] = d.failure("write", names[i], err)
				return
			}
		}
	})
	return errors.Join(errs...)
}

// onlyFolders returns an error if there is anything but folders in name.
func onlyFolders(f FS, name string) error {
	entries, err := f.ReadDir(name)
	for _, e := range entries {
		if err == nil && !e.Type.IsDir() {
			err = &fs.PathError{Op: "remove", Path: join(name, e.Name), Err: fs.ErrExist}
		}
		if err == nil {
			err = onlyFolders(f, join(name, e.Name))
		}
	}
	return err
}

// prune removes the folders that have become empty because their last file
// went.
func (d *Dir) prune(j *journal) error {
	dirs := map[string]bool{}
	for _, o := range j.ops {
		if o.kind != remove {
			continue
		}
		for dir := parent(o.Path); dir != "." && !dirs[dir]; dir = parent(dir) {
			dirs[dir] = true
		}
	}
	// In reverse order a folder comes after those in it.
	for _, dir := range slices.Backward(slices.Sorted(maps.Keys(dirs))) {
		name := join(d.outName, dir)
		err := d.base.Rmdir(name)
		if err == nil || absent(err) || errors.Is(err, fs.ErrExist) {
			continue // ErrExist: there is something in it
		}
		// Not every system says so in the same words.
		if entries, readErr := d.base.ReadDir(name); readErr != nil || len(entries) == 0 {
			return d.failure("remove", name, err)
		}
	}
	return nil
}
