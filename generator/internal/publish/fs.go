package publish

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// An FS is one folder and all that lies in it, and the only way in which this
// package touches files, so that tests can make every single step fail. Names
// are slash-separated and relative; "." is the folder itself.
//
// No method follows a symbolic link, neither as the last part of a name nor on
// the way to it, and no name leads out of the folder. Errors are those of
// package io/fs, or the operating system's wrapped in them.
type FS interface {
	// WriteFile makes the new file name out of all that from holds, with its
	// bytes safe on the disk if sync. A file that exists is an error.
	WriteFile(name string, from io.Reader, sync bool) (Stat, error)
	// Open opens a plain file for reading.
	Open(name string) (io.ReadCloser, error)
	Lstat(name string) (Stat, error)
	// ReadDir returns what a folder holds, in order of name.
	ReadDir(name string) ([]Entry, error)
	Mkdir(name string) error
	Chmod(name string, perm fs.FileMode) error
	// Remove removes what is no folder, Rmdir an empty folder.
	Remove(name string) error
	Rmdir(name string) error
	// Rename gives from the name to; a file that had it is replaced.
	Rename(from, to string) error
	// Exchange swaps two files or two folders in one step. Where that is not
	// to be had, the error is one of those that [unsupported] knows.
	Exchange(a, b string) error
	// Link gives the file from a second name.
	Link(from, to string) error
	// Sync waits until a file or a folder is safe on the disk.
	Sync(name string) error
	// SyncAll waits until everything in this file system is.
	SyncAll() error
	// Private opens a folder that nobody else writes to: names in it are taken
	// on trust, which saves looking for links on the way.
	Private(name string) (FS, error)
	Close() error
}

// A Stat is what a file system tells about a file.
type Stat struct {
	Mode     fs.FileMode
	Size     int64
	ModTime  int64 // nanoseconds since 1970
	Dev, Ino uint64
	UID, GID uint32
}

// same reports whether a and b are the same file under any two names. Where
// the system has no file numbers, nothing is known to be the same.
func (a Stat) same(b Stat) bool { return a.Ino != 0 && a.Ino == b.Ino && a.Dev == b.Dev }

// An Entry is a name in a folder and what kind of thing bears it.
type Entry struct {
	Name string
	Type fs.FileMode // the type bits alone
}

// unsupported reports whether err says that this file system, or this folder
// of it, cannot do what was asked, so that another way is worth trying.
func unsupported(err error) bool {
	for _, e := range []error{errors.ErrUnsupported, syscall.EXDEV, syscall.EINVAL, syscall.EBUSY, syscall.EMLINK, syscall.ENOTTY, fs.ErrPermission, syscall.EROFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// parent returns the folder of name.
func parent(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return "."
}

// join is path.Join for clean names, at the cost of a concatenation.
func join(dir, name string) string {
	switch {
	case dir == ".":
		return name
	case name == ".":
		return dir
	}
	return dir + "/" + name
}

// mkdirAll makes the folder name and those above it that are missing. It
// returns the ones that it made, the outermost first.
func mkdirAll(f FS, name string) (made []string, err error) {
	if name == "." {
		return nil, nil
	}
	err = f.Mkdir(name)
	if errors.Is(err, fs.ErrNotExist) {
		if made, err = mkdirAll(f, parent(name)); err == nil {
			err = f.Mkdir(name)
		}
	}
	switch {
	case err == nil:
		made = append(made, name)
	case errors.Is(err, fs.ErrExist):
		// Taken by a file or a link, it will not do as a folder.
		s, statErr := f.Lstat(name)
		if statErr != nil || s.Mode.IsDir() {
			err = statErr
		}
	}
	return made, err
}

// removeTree removes the folder name and all that it holds, links as links. It
// goes on after an error, so that as little as possible is left, and returns
// the first one. A folder that is not there is no error.
func removeTree(f FS, name string) error {
	s, err := f.Lstat(name)
	switch {
	case absent(err):
		return nil
	case err != nil:
		return err
	case !s.Mode.IsDir():
		return f.Remove(name)
	}
	tree, err := f.Private(name)
	if err != nil {
		return err
	}
	err = eachDir(tree, func(dir string, entries []Entry) error {
		var first error
		for _, e := range entries {
			if e.Type.IsDir() {
				continue
			}
			if err := tree.Remove(join(dir, e.Name)); err != nil && !absent(err) && first == nil {
				first = err
			}
		}
		return first
	}, tree.Rmdir)
	tree.Close()
	if err != nil {
		return err
	}
	return f.Rmdir(name)
}

// eachDir calls visit for each folder of f, the outer ones first, with what it
// holds, several at once; then, if after is given, after for each folder but
// the topmost, the inner ones first. Its error is the first one; after one it
// goes on, but neither into the folder concerned nor to after for those above.
func eachDir(f FS, visit func(dir string, entries []Entry) error, after func(dir string) error) error {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
		walk  func(dir string) bool
		slots = make(chan struct{}, 3) // beside the caller's own
	)
	fail := func(err error) bool {
		once.Do(func() { first = err })
		return false
	}
	walk = func(dir string) bool {
		entries, err := f.ReadDir(dir)
		if err != nil {
			return absent(err) || fail(err)
		}
		if err := visit(dir, entries); err != nil {
			return fail(err)
		}
		var dirs []string
		for _, e := range entries {
			if e.Type.IsDir() {
				dirs = append(dirs, join(dir, e.Name))
			}
		}
		// A folder of many is shared out; one of a few is not worth it.
		var failed atomic.Bool
		done := func(list []string) {
			for _, d := range list {
				if !walk(d) {
					failed.Store(true)
				} else if after != nil {
					if err := after(d); err != nil && !absent(err) {
						failed.Store(true)
						fail(err)
					}
				}
			}
		}
		var shared sync.WaitGroup
		for part := range slices.Chunk(dirs, max(16, len(dirs)/16+1)) {
			select {
			case slots <- struct{}{}:
				shared.Add(1)
				wg.Go(func() {
					defer func() { <-slots; shared.Done() }()
					done(part)
				})
			default:
				done(part)
			}
		}
		shared.Wait()
		return !failed.Load()
	}
	walk(".")
	wg.Wait()
	return first
}

// absent reports whether err says that there is nothing of that name, be it
// that one of the folders on the way to it is missing or is a file.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// errLoop is what a link on the way to a name gives on most systems.
const errLoop = syscall.ELOOP
