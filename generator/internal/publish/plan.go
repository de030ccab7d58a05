package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"guidepost/generator/internal/diag"
)

// A plan is what a change comes to, found by looking only.
type plan struct {
	ops              []op
	writes, removals int
	total            int      // files of the new site
	retyped          bool     // a file takes a folder's place, or the other way round
	dirs             []string // folders to be made, relative to base, outer ones first
	diags            diag.List
}

// planner looks at the published folder, each folder of it once.
type planner struct {
	*plan
	c       *Change
	goes    map[string]bool // published files that are removed
	folders map[string]folderKind
	needed  map[string]bool // what is in dirs
	err     error           // the first failure to look at a folder

	takenOver int // files removed that may be another site's
}

// A folder outside of the site may be another site's, too. If .guidepost/ is
// lost the list there cannot tell, so what is removed by it is named, up to
// mostTakenOver files.
const (
	mostTakenOver = 20
	hintTakenOver = "if another site publishes there, give each a folder of its own with --out"
)

type folderKind uint8

const (
	unseen folderKind = iota
	isFolder
	isMissing
	isBlocked
)

// plan compares want with what is published, and that with what is on disk.
func (c *Change) plan(want []File) (*plan, error) {
	if !slices.IsSortedFunc(want, byPath) {
		want = slices.Clone(want)
		slices.SortFunc(want, byPath)
	}
	p := &planner{
		plan: &plan{total: len(want)}, c: c,
		goes: map[string]bool{}, folders: map[string]folderKind{}, needed: map[string]bool{},
	}
	switch _, err := c.d.base.Lstat(c.d.outName); {
	case err == nil:
		p.folders["."] = isFolder
	case absent(err):
		p.folders["."] = isMissing
		for dir := c.d.outName; dir != "."; dir = parent(dir) {
			if _, err := c.d.base.Lstat(dir); err == nil {
				break
			}
			p.dirs = slices.Insert(p.dirs, 0, dir)
		}
	default:
		return nil, c.d.failure("read", c.d.outName, err)
	}

	// What goes makes room for what comes, so it has to be known first.
	olds := make([]*File, len(want)) // what each wanted file was, if it was
	old := c.old
	for i, f := range want {
		for len(old) > 0 && old[0].Path < f.Path {
			if err := p.leave(old[0]); err != nil {
				return nil, err
			}
			old = old[1:]
		}
		if i > 0 && want[i-1].Path == f.Path {
			return nil, fmt.Errorf("publish: %s is wanted twice", f.Path)
		}
		if len(old) > 0 && old[0].Path == f.Path {
			olds[i], old = &old[0], old[1:]
		} else if !validPath(f.Path) {
			return nil, fmt.Errorf("publish: %q cannot be the path of a published file", f.Path)
		}
	}
	for _, f := range old {
		if err := p.leave(f); err != nil {
			return nil, err
		}
	}
	if more := p.takenOver - mostTakenOver; more > 0 {
		p.diags.Warnf(diag.Pos{File: c.d.shown}, "foreign-file", "%d more files that Guidepost wrote there are not part of the site and were removed", more).Hint = hintTakenOver
	}
	for i, f := range want {
		if err := p.come(f, olds[i]); err != nil {
			return nil, err
		}
	}
	return p.plan, nil
}

// leave plans the end of a published file.
func (p *planner) leave(f File) error {
	d := p.c.d
	o := op{File: f, kind: remove, old: f.Digest}
	name := join(d.outName, f.Path)
	s, err := d.base.Lstat(name)
	same := err == nil && s.Mode.IsRegular() && s.Size == f.Size
	if same {
		// Whatever its time says: what is removed is read first.
		same, err = has(d.base, name, f.Digest)
	}
	switch {
	case absent(err) || isLink(err):
		o.kind = forget // it has gone by itself
	case err != nil:
		return d.failure("read", name, err)
	case !same:
		o.kind = forget
		if s.Mode.IsDir() {
			break // then it is not the file that we published
		}
		p.diags.Warnf(diag.Pos{File: d.show(f.Path)}, "foreign-file",
			"no longer part of the site, but changed since it was published, so it was left there").Hint =
			"delete it if nobody needs it; changes belong in content/ or layouts/"
	default:
		p.removals++
		p.goes[f.Path] = true
		if d.lost && d.place.base != d.site {
			p.takenOver++
			if p.takenOver <= mostTakenOver {
				p.diags.Warnf(diag.Pos{File: d.show(f.Path)}, "foreign-file",
					"is not part of the site and was removed, since the list in the folder says that Guidepost wrote it").Hint = hintTakenOver
			}
		}
	}
	p.ops = append(p.ops, o)
	return nil
}

// come plans one file of the new site.
func (p *planner) come(f File, old *File) error {
	c := p.c
	s := c.puts[f.Path]
	switch {
	case (s == nil || s.Digest != f.Digest) && old != nil && old.Digest == f.Digest:
		return nil // wanted as it was published, whatever was put
	case s == nil:
		return fmt.Errorf("publish: %s is wanted, but was neither put nor published before", f.Path)
	case s.Digest != f.Digest:
		return fmt.Errorf("publish: %s is wanted with other bytes than were put", f.Path)
	case s.adopted && old != nil && *old == s.File:
		return nil
	case s.adopted:
		p.ops = append(p.ops, op{File: s.File, kind: adopt})
		return nil
	}
	o := op{File: s.File, kind: put}
	if free, err := p.clear(&o, old); !free || err != nil {
		return err
	}
	p.writes++
	p.ops = append(p.ops, o)
	return nil
}

// clear reports whether there is room for a new file, and says what stands in
// the way if not.
func (p *planner) clear(o *op, old *File) (bool, error) {
	d := p.c.d
	kind := p.folder(parent(o.Path))
	if p.err != nil {
		return false, p.err
	}
	switch kind {
	case isBlocked:
		return false, nil
	case isMissing:
		p.need(parent(o.Path))
		return true, nil
	}
	name := join(d.outName, o.Path)
	s, err := d.base.Lstat(name)
	switch {
	case absent(err):
		return true, nil
	case err != nil:
		return false, d.failure("read", name, err)
	case s.Mode.IsDir():
		p.retyped, o.over = true, true
		foreign, err := p.foreignIn(o.Path)
		if err == nil && foreign != "" {
			p.block(foreign, "stands where the page %s belongs; it is not part of the site, so it was not removed", d.show(o.Path))
		}
		return foreign == "", err
	case !s.Mode.IsRegular():
		p.block(o.Path, "is %s and stands where a page belongs", kindOf(s.Mode))
		return false, nil
	}
	o.had = true
	if old != nil {
		o.old = old.Digest
	}
	if old == nil || p.c.touched[o.Path] || s.Size != old.Size || s.ModTime != old.ModTime && !d.holds(o.Path, old.Digest) {
		message := "was not written by Guidepost and has been overwritten"
		switch {
		case old != nil:
			message = "was changed by hand and has been overwritten"
		case d.lost:
			message = "was not written by Guidepost, or was changed since, and has been overwritten"
		}
		p.diags.Warnf(diag.Pos{File: d.show(o.Path)}, "overwritten", "%s", message).Hint =
			"nothing in the published folder is edited by hand; changes belong in content/ or layouts/"
	}
	return true, nil
}

// folder finds out what is where a folder of the site belongs.
func (p *planner) folder(dir string) folderKind {
	if k := p.folders[dir]; k != unseen {
		return k
	}
	k := p.folder(parent(dir))
	if k == isFolder {
		s, err := p.c.d.base.Lstat(join(p.c.d.outName, dir))
		switch {
		case absent(err):
			k = isMissing
		case err == nil && s.Mode.IsDir():
		case err == nil && s.Mode.IsRegular() && p.goes[dir]:
			p.retyped = true
			k = isMissing
		case err != nil && !isLink(err):
			p.err = p.c.d.failure("read", join(p.c.d.outName, dir), err)
		default:
			p.block(dir, "is %s and stands where a folder of the site belongs", kindOf(s.Mode))
			k = isBlocked
		}
	}
	p.folders[dir] = k
	return k
}

// need notes that a folder of the site has to be made, and those above it.
func (p *planner) need(dir string) {
	if dir == "." || p.needed[dir] || p.folder(dir) == isFolder {
		return
	}
	p.needed[dir] = true
	p.need(parent(dir))
	p.dirs = append(p.dirs, join(p.c.d.outName, dir))
}

func (p *planner) block(path, format string, args ...any) {
	p.diags.Errorf(diag.Pos{File: p.c.d.show(path)}, "output-blocked", format, args...).Hint =
		"move it out of the published folder, or publish elsewhere with --out"
}

// foreignIn returns a file below dir that does not go with this change, "" if
// there is none.
func (p *planner) foreignIn(dir string) (foreign string, err error) {
	d := p.c.d
	var walk func(dir string) error
	walk = func(dir string) error {
		entries, err := d.base.ReadDir(join(d.outName, dir))
		if err != nil {
			return d.failure("read", join(d.outName, dir), err)
		}
		for _, e := range entries {
			path := join(dir, e.Name)
			switch {
			case e.Type.IsDir():
				err = walk(path)
			case !p.goes[path]:
				foreign = path
			}
			if err != nil || foreign != "" {
				return err
			}
		}
		return nil
	}
	return foreign, walk(dir)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a link"
	}
	return "neither a file nor a folder"
}

// isOtherDisk reports whether err says that files cannot be renamed from one
// folder to another, because they are different file systems or mounts.
func isOtherDisk(err error) bool { return errors.Is(err, syscall.EXDEV) }
