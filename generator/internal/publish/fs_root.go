package publish

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// openRoot opens the folder dir by means that every system has: it is what
// Windows uses. It cannot exchange files, nor wait for a whole file system.
func openRoot(dir string) (FS, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return rootFS{root: r}, nil
}

type rootFS struct {
	root    *os.Root
	private bool
}

// linkless refuses a name with a link on the way to its last part: os.Root
// keeps within the folder, but would follow a link from public/ to content/.
func (f rootFS) linkless(op string, names ...string) error {
	for _, name := range names {
		if !fs.ValidPath(name) {
			return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
		}
		for i := 0; !f.private && i < len(name); i++ {
			if name[i] != '/' {
				continue
			}
			s, err := f.root.Lstat(name[:i])
			if err == nil && !s.IsDir() {
				err = errLink
			}
			if err != nil {
				return &fs.PathError{Op: op, Path: name, Err: err}
			}
		}
	}
	return nil
}

func (f rootFS) WriteFile(name string, from io.Reader, sync bool) (s Stat, err error) {
	if err := f.linkless("write", name); err != nil {
		return s, err
	}
	w, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return s, err
	}
	_, err = io.Copy(w, from)
	if err == nil && sync {
		err = w.Sync()
	}
	var info fs.FileInfo
	if err == nil {
		info, err = w.Stat()
	}
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		f.root.Remove(name)
		return s, err
	}
	if runtime.GOOS == "windows" {
		// The time of a file that is open is not its last one there.
		return f.Lstat(name)
	}
	return statOfInfo(info), nil
}

func (f rootFS) Open(name string) (io.ReadCloser, error) {
	s, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !s.Mode.IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return f.root.Open(name)
}

func (f rootFS) Lstat(name string) (Stat, error) {
	if err := f.linkless("lstat", name); err != nil {
		return Stat{}, err
	}
	info, err := f.root.Lstat(name)
	if err != nil {
		return Stat{}, err
	}
	return statOfInfo(info), nil
}

func statOfInfo(info fs.FileInfo) Stat {
	s := Stat{Mode: info.Mode(), Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	identify(&s, info)
	return s
}

func (f rootFS) ReadDir(name string) ([]Entry, error) {
	s, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !s.Mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errLink}
	}
	dir, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list, err := dir.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(list))
	for i, e := range list {
		entries[i] = Entry{e.Name(), e.Type()}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (f rootFS) Mkdir(name string) error {
	if err := f.linkless("mkdir", name); err != nil {
		return err
	}
	return f.root.Mkdir(name, 0o777)
}

func (f rootFS) Chmod(name string, perm fs.FileMode) error {
	if err := f.linkless("chmod", name); err != nil {
		return err
	}
	return f.root.Chmod(name, perm&(fs.ModePerm|fs.ModeSetgid|fs.ModeSticky))
}

func (f rootFS) Remove(name string) error { return f.removeIf("remove", name, false) }

func (f rootFS) Rmdir(name string) error { return f.removeIf("rmdir", name, true) }

// removeIf removes name if it is a folder, or is none: os.Root asks no such
// question.
func (f rootFS) removeIf(op, name string, dir bool) error {
	s, err := f.Lstat(name)
	if err != nil {
		return err
	}
	if s.Mode.IsDir() != dir {
		return &fs.PathError{Op: op, Path: name, Err: errLink}
	}
	return patiently(func() error { return f.root.Remove(name) })
}

func (f rootFS) Rename(from, to string) error {
	if err := f.linkless("rename", from, to); err != nil {
		return err
	}
	return patiently(func() error { return f.root.Rename(from, to) })
}

// patiently does again for a moment what Windows refuses while another program
// (an indexer, a virus scanner, the editor) has the file open.
func patiently(do func() error) error {
	err := do()
	for wait := time.Millisecond; runtime.GOOS == "windows" && wait < 500*time.Millisecond && err != nil && !absent(err); wait *= 2 {
		time.Sleep(wait)
		err = do()
	}
	return err
}

func (f rootFS) Exchange(a, b string) error {
	return &fs.PathError{Op: "exchange", Path: a, Err: errors.ErrUnsupported}
}

func (f rootFS) Link(from, to string) error {
	if err := f.linkless("link", from, to); err != nil {
		return err
	}
	return f.root.Link(from, to)
}

func (f rootFS) Sync(name string) error {
	s, err := f.Lstat(name)
	if err != nil {
		return err
	}
	how := os.O_RDONLY
	if runtime.GOOS == "windows" {
		if s.Mode.IsDir() {
			return nil // there folders cannot be waited for, and need not be
		}
		how = os.O_RDWR
	}
	file, err := f.root.OpenFile(name, how, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

func (f rootFS) SyncAll() error {
	return &fs.PathError{Op: "sync", Path: ".", Err: errors.ErrUnsupported}
}

func (f rootFS) Private(name string) (FS, error) {
	s, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !s.Mode.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errLink}
	}
	r, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return rootFS{root: r, private: true}, nil
}

func (f rootFS) Close() error { return f.root.Close() }
