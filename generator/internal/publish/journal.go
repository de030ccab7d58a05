package publish

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
)

// A journal says what a change is about to do to the published folder. It is
// on the disk, whole, before the first step and until after the last.
type journal struct {
	pending string   // the folder in which the change was prepared
	swap    bool     // the whole folder is exchanged for the prepared one, …
	stage   Stat     // … which this identifies; else each file is moved
	dirs    []string // made on the way, relative to base
	ops     []op
}

// An op is one step of a change.
type op struct {
	File
	kind opKind
	had  bool         // there is another file of that name, which makes way
	over bool         // there is a folder of that name, whose files all go first
	old  cache.Digest // what it was when we published it

	done bool // while it runs: it has been done
	kept bool // and what it replaced lies in old/, not in stage/
}

type opKind uint8

const (
	put    opKind = iota // a new file from the stage
	remove               // a published file goes
	adopt                // the file is there already; from now on it is ours
	forget               // somebody changed the file; it is no longer ours
)

func (j *journal) encode() []byte {
	return seal(journalMagic, func(e *cache.Encoder) {
		e.String(j.pending)
		e.Bool(j.swap)
		e.Uint(j.stage.Dev)
		e.Uint(j.stage.Ino)
		e.Strings(j.dirs)
		cache.Slice(e, j.ops, func(e *cache.Encoder, o *op) {
			encodeFile(e, &o.File)
			e.Uint(uint64(o.kind))
			e.Bool(o.had)
			e.Bool(o.over)
			e.Digest(o.old)
		})
	})
}

func decodeJournal(b []byte) *journal {
	d, ok := unseal(journalMagic, b)
	if !ok {
		return nil
	}
	j := &journal{pending: d.String(), swap: d.Bool(), stage: Stat{Dev: d.Uint(), Ino: d.Uint()}, dirs: d.Strings()}
	j.ops = cache.ReadSlice(d, func(d *cache.Decoder, o *op) {
		decodeFile(d, &o.File)
		o.kind, o.had, o.over, o.old = opKind(d.Uint()), d.Bool(), d.Bool(), d.Digest()
	})
	if d.Err != nil || slices.ContainsFunc(j.ops, func(o op) bool { return !validPath(o.Path) || o.kind > forget }) ||
		slices.ContainsFunc(j.dirs, func(dir string) bool { return !fs.ValidPath(dir) || dir == "." }) {
		return nil
	}
	return j
}

// apply returns the manifest after the change. Of a change that has been
// applied already it returns the same again.
func (j *journal) apply(m Manifest) Manifest {
	if len(j.ops) == 0 {
		return m
	}
	ops := make([]*op, len(j.ops))
	for i := range j.ops {
		ops[i] = &j.ops[i]
	}
	slices.SortFunc(ops, func(a, b *op) int { return byPath(a.File, b.File) })
	next := make(Manifest, 0, len(m)+len(ops))
	for _, o := range ops {
		i, found := m.search(o.Path)
		next = append(next, m[:i]...)
		if m = m[i:]; found {
			m = m[1:]
		}
		if o.kind == put || o.kind == adopt {
			next = append(next, o.File)
		}
	}
	return append(next, m...)
}

// inOrder sorts the steps so that at each moment no page is there before what
// it loads, or links to, and nothing goes before what loads or lists it.
func inOrder(ops []op) {
	files, folders := map[string]bool{}, map[string]bool{".": true}
	for _, o := range ops {
		if o.kind == put {
			files[o.Path] = true
			for dir := parent(o.Path); !folders[dir]; dir = parent(dir) {
				folders[dir] = true
			}
		}
	}
	// makesWay reports whether a file goes because a folder takes its place, or
	// a file that of a folder it is in.
	makesWay := func(name string) bool {
		for dir := parent(name); dir != "."; dir = parent(dir) {
			if files[dir] {
				return true
			}
		}
		return folders[name]
	}
	ranks := make(map[string]int, len(ops))
	for _, o := range ops {
		ranks[o.Path] = rank(&o)
		if o.kind == remove && makesWay(o.Path) {
			ranks[o.Path] = 0
		}
	}
	slices.SortFunc(ops, func(a, b op) int { return cmp.Or(cmp.Compare(ranks[a.Path], ranks[b.Path]), byPath(a.File, b.File)) })
}

func rank(o *op) int {
	assets := strings.HasPrefix(o.Path, "assets/")
	switch {
	case o.kind == remove && isList(o.Path):
		return 6
	case o.kind == remove && isPage(o.Path):
		return 7
	case o.kind == remove && !assets:
		return 8
	case o.kind == remove:
		return 9
	case assets:
		return 1
	case isList(o.Path):
		return 5
	case !isPage(o.Path):
		return 2
	case !o.had:
		return 3 // new pages, before the old ones that will link to them
	}
	return 4
}

func isPage(name string) bool {
	switch path.Base(name) {
	case "index.json", "oembed.json":
		return true
	}
	return path.Ext(name) == ".html"
}

// isList reports whether name is what other programs read to learn of pages.
func isList(name string) bool {
	base := path.Base(name)
	switch base {
	case "feed.xml", "feed.json", "articles.json", "robots.txt", "_redirects", "_headers":
		return true
	}
	return strings.HasPrefix(base, "sitemap") && path.Ext(base) == ".xml"
}

// recover finishes or undoes what an earlier run left half done, and cleans up
// after one that did not come so far as to write a journal.
func (d *Dir) recover() error {
	b, err := readAll(d.st, join(d.home, "journal"))
	if err != nil && !absent(err) {
		return d.stateFailure("read", "journal", err)
	}
	if err == nil {
		j := decodeJournal(b)
		switch {
		case j == nil || !slices.Contains(d.leftover, j.pending):
			// Not one that we could have written: nothing to go by.
		case j.swap:
			err = d.recoverSwap(j)
		default:
			err = d.recoverMoves(j)
		}
		if err != nil {
			return err
		}
		if err := d.dropJournal(); err != nil {
			return err
		}
	}
	return d.sweep()
}

func (d *Dir) dropJournal() error {
	if err := d.st.Remove(join(d.home, "journal")); err != nil && !absent(err) {
		return d.stateFailure("remove", "journal", err)
	}
	return nil
}

// sweep removes all that an earlier run may have prepared and not used.
func (d *Dir) sweep() error {
	for _, name := range []string{"journal.new", "manifest.new"} {
		name = join(d.home, name)
		_, err := d.st.Lstat(name)
		if err == nil {
			err = d.st.Remove(name)
		}
		if err != nil && !absent(err) {
			return asFailure("remove", d.showState(name), err)
		}
	}
	for _, dir := range d.leftover {
		if err := d.clear(dir); err != nil {
			return err
		}
	}
	return nil
}

// clear empties one of the folders in which changes are prepared.
func (d *Dir) clear(dir string) error {
	names := []string{dir + "/stage", dir + "/old", dir + "/aside", join(dir, stagedList)}
	if d.exposed(dir) {
		names = []string{dir}
	}
	for _, name := range names {
		if err := removeTree(d.base, name); err != nil && !isLink(err) {
			return d.failure("remove", name, err)
		}
	}
	return nil
}

// recoverMoves goes on with a change that moves each file. Every file says by
// its bytes whether it is the old or the new one, so that it does not matter
// in which order the disk came to hold what was written before the power went.
func (d *Dir) recoverMoves(j *journal) error {
	m := d.mover(j)
	whole := true
	for i := range j.ops {
		o := &j.ops[i]
		staged, err := m.probe(o)
		if err != nil {
			return d.failure("read", m.out(o.Path), err)
		}
		whole = whole && (o.kind != put || o.done || staged)
	}
	next := j.apply(d.manifest)
	if published := slices.Equal(next, d.manifest); whole || published {
		err := d.announce(j.pending)
		if err == nil {
			err = m.run()
		}
		if err == nil {
			d.refresh(next, j)
			if err = d.save("manifest", encodeManifest(d.identity, next)); err != nil {
				return err
			}
			d.manifest, d.recovered = next, Finished
			if err := d.promote(); err != nil {
				return err
			}
			return d.prune(j)
		}
		// If it can neither be finished nor undone, the first error is the one
		// to tell, and the next command tries again. What the manifest already
		// speaks of as done is never undone.
		if published || m.undo() != nil {
			return err
		}
	} else if err := m.undo(); err != nil {
		return err
	}
	d.recovered = Undone
	return nil
}

// probe finds out whether a step has been done, and whether what it needs is
// there.
func (m *mover) probe(o *op) (staged bool, err error) {
	switch o.kind {
	case put:
		if o.done, err = has(m.d.base, m.out(o.Path), o.Digest); err == nil && !o.done {
			return has(m.d.base, m.stage(o.Path), o.Digest)
		}
	case remove:
		// What was put there since is somebody else's: let it be.
		var there bool
		there, err = has(m.d.base, m.out(o.Path), o.old)
		o.done = !there
	}
	if err == nil && o.done {
		// A file that was replaced lies in old/ if it was moved there, and in
		// the stage if it was exchanged.
		var s Stat
		s, err = m.d.base.Lstat(m.kept(o.Path))
		o.kept = err == nil && s.Mode.IsRegular()
		if absent(err) {
			err = nil
		}
	}
	return false, err
}

// has reports whether name is a plain file with these bytes. An error says
// that it could not be found out.
func has(f FS, name string, digest cache.Digest) (bool, error) {
	sum, err := sumOf(f, name)
	if absent(err) || isLink(err) || errors.Is(err, fs.ErrInvalid) {
		return false, nil
	}
	return err == nil && sum == digest, err
}

// refresh puts into the manifest what the file system tells of files that
// were moved in an earlier run.
func (d *Dir) refresh(m Manifest, j *journal) {
	for _, o := range j.ops {
		if i, ok := m.search(o.Path); ok {
			if s, err := d.base.Lstat(join(d.outName, o.Path)); err == nil {
				m[i].Size, m[i].ModTime = s.Size, s.ModTime
			}
		}
	}
}

// recoverSwap goes on with a change that exchanges the whole folder: either it
// has been exchanged, or nothing has happened at all.
func (d *Dir) recoverSwap(j *journal) error {
	stageName := join(j.pending, "stage")
	stage, stageErr := d.base.Lstat(stageName)
	out, outErr := d.base.Lstat(d.outName)
	for _, err := range []error{stageErr, outErr} {
		if err != nil && !absent(err) {
			return d.failure("open", d.outName, err)
		}
	}
	swapped := outErr == nil && out.same(j.stage) && !(stageErr == nil && stage.same(j.stage))
	if j.stage.Ino == 0 {
		// Without file numbers it can only have been moved, not exchanged.
		swapped = outErr == nil && stageErr != nil
	}
	if !swapped {
		d.recovered = Undone
		return nil
	}
	next := j.apply(d.manifest)
	if err := d.save("manifest", encodeManifest(d.identity, next)); err != nil {
		return err
	}
	d.manifest, d.recovered = next, Finished
	return d.discard(j, next)
}

// isLink reports whether err comes of a link on the way.
func isLink(err error) bool { return errors.Is(err, errLoop) }
