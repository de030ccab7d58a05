package publish

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// faults decides which calls to an FS go wrong, and how. All the FS of one
// test share it, so that it counts every call that the package makes.
type faults struct {
	mu    sync.Mutex
	calls int
	at    int   // the call that goes wrong; 0: none
	how   fault // what then happens
	dead  bool  // the process has been killed: nothing can be done any more

	noExchange, noTrade, noLink error // given instead of exchanging folders, files, linking
	otherDisk                   func(a, b string) bool
	before                      func(op string, names ...string) // sees each call
	failing                     func(op, name string) error      // decides by name

	unsynced []*os.File // for a power cut: written, but not waited for
}

type fault uint8

const (
	once    fault = iota // this one call fails with ENOSPC
	full                 // from this call on there is no room for anything new
	killed               // the process ends at this call
	powered              // and what had not been waited for is half there
)

// errKilled is what the call gets during which the process ends, errDead each
// one after it.
var (
	errKilled = errors.New("killed")
	errDead   = errors.New("dead")
)

// step counts a call and says whether it goes wrong. spends: it needs room.
func (f *faults) step(op string, spends bool, names ...string) error {
	if f.before != nil {
		f.before(op, names...)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		if err := f.failing(op, names[0]); err != nil {
			return &fs.PathError{Op: op, Path: names[0], Err: err}
		}
	}
	if f.dead {
		return errDead
	}
	f.calls++
	if f.at == 0 || f.calls < f.at {
		return nil
	}
	switch f.how {
	case once:
		if f.calls > f.at {
			return nil
		}
	case full:
		if !spends {
			return nil
		}
	case killed, powered:
		f.dead = true
		if f.how == powered {
			for _, file := range f.unsynced {
				if s, err := file.Stat(); err == nil {
					file.Truncate(s.Size() / 2)
				}
			}
		}
		return errKilled
	}
	return &fs.PathError{Op: op, Path: names[0], Err: syscall.ENOSPC}
}

func (f *faults) reached() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at > 0 && f.calls >= f.at
}

func (f *faults) open(dir string) (FS, error) {
	inner, err := OpenFS(dir)
	return faultFS{inner, f, dir}, err
}

// openPortable is open by the means that every system has.
func (f *faults) openPortable(dir string) (FS, error) {
	inner, err := openRoot(dir)
	return faultFS{inner, f, dir}, err
}

func (f *faults) close() {
	for _, file := range f.unsynced {
		file.Close()
	}
	f.unsynced = nil
}

// A faultFS is an FS with faults. It does not wait for disks, which a test has
// no need to.
type faultFS struct {
	inner FS
	*faults
	root string
}

func (f faultFS) WriteFile(name string, from io.Reader, sync bool) (Stat, error) {
	if err := f.step("write", true, name); err != nil {
		if err == errKilled {
			b, _ := io.ReadAll(from)
			f.inner.WriteFile(name, bytes.NewReader(b[:len(b)/2]), false)
		}
		return Stat{}, err
	}
	s, err := f.inner.WriteFile(name, from, false)
	if err == nil && !sync && f.how == powered {
		if file, openErr := os.OpenFile(filepath.Join(f.root, name), os.O_RDWR, 0); openErr == nil {
			f.mu.Lock()
			f.unsynced = append(f.unsynced, file)
			f.mu.Unlock()
		}
	}
	return s, err
}

func (f faultFS) Open(name string) (io.ReadCloser, error) {
	if err := f.step("open", false, name); err != nil {
		return nil, err
	}
	return f.inner.Open(name)
}

func (f faultFS) Lstat(name string) (Stat, error) {
	if err := f.step("lstat", false, name); err != nil {
		return Stat{}, err
	}
	return f.inner.Lstat(name)
}

func (f faultFS) ReadDir(name string) ([]Entry, error) {
	if err := f.step("readdir", false, name); err != nil {
		return nil, err
	}
	return f.inner.ReadDir(name)
}

func (f faultFS) Mkdir(name string) error {
	if err := f.step("mkdir", true, name); err != nil {
		return err
	}
	return f.inner.Mkdir(name)
}

func (f faultFS) Chmod(name string, perm fs.FileMode) error {
	if err := f.step("chmod", false, name); err != nil {
		return err
	}
	return f.inner.Chmod(name, perm)
}

func (f faultFS) Remove(name string) error {
	if err := f.step("remove", false, name); err != nil {
		return err
	}
	return f.inner.Remove(name)
}

func (f faultFS) Rmdir(name string) error {
	if err := f.step("remove", false, name); err != nil {
		return err
	}
	return f.inner.Rmdir(name)
}

func (f faultFS) Rename(from, to string) error {
	if err := f.step("rename", false, from, to); err != nil {
		return err
	}
	if f.otherDisk != nil && f.otherDisk(from, to) {
		return &fs.PathError{Op: "rename", Path: from, Err: syscall.EXDEV}
	}
	return f.inner.Rename(from, to)
}

func (f faultFS) Exchange(a, b string) error {
	if err := f.step("exchange", false, a, b); err != nil {
		return err
	}
	s, err := f.inner.Lstat(b)
	refuse := f.noTrade
	if err == nil && s.Mode.IsDir() {
		refuse = f.noExchange
	}
	if refuse == nil && f.otherDisk != nil && f.otherDisk(a, b) {
		refuse = syscall.EXDEV
	}
	if refuse != nil {
		return &fs.PathError{Op: "exchange", Path: a, Err: refuse}
	}
	return f.inner.Exchange(a, b)
}

func (f faultFS) Link(from, to string) error {
	if err := f.step("link", true, from, to); err != nil {
		return err
	}
	refuse := f.noLink
	if refuse == nil && f.otherDisk != nil && f.otherDisk(from, to) {
		refuse = syscall.EXDEV
	}
	if refuse != nil {
		return &fs.PathError{Op: "link", Path: from, Err: refuse}
	}
	return f.inner.Link(from, to)
}

func (f faultFS) Sync(name string) error {
	if err := f.step("sync", false, name); err != nil {
		return err
	}
	s, err := os.Lstat(filepath.Join(f.root, name))
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, file := range f.unsynced {
		if t, err := file.Stat(); err == nil && os.SameFile(s, t) {
			file.Close()
			f.unsynced = append(f.unsynced[:i:i], f.unsynced[i+1:]...)
			break
		}
	}
	return nil
}

func (f faultFS) SyncAll() error {
	if err := f.step("syncall", false, "."); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.close()
	return nil
}

func (f faultFS) Private(name string) (FS, error) {
	if err := f.step("private", false, name); err != nil {
		return nil, err
	}
	inner, err := f.inner.Private(name)
	return faultFS{inner, f.faults, filepath.Join(f.root, name)}, err
}

func (f faultFS) Close() error { return f.inner.Close() }
