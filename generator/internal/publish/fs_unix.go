//go:build linux || darwin || freebsd || netbsd || openbsd

package publish

// os.Root alone would do (see fs_root.go, which other systems use), but it
// follows links that stay within the folder, opens each part of a name in turn
// and knows no exchange. Here the parent folder is opened in one step that
// refuses links, and a private folder takes whole names: a third less time for
// ten thousand pages.

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenFS opens the folder dir, which may be a link itself.
func OpenFS(dir string) (FS, error) {
	fd, err := again(func() (int, error) {
		return unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return &unixFS{fd: fd}, nil
}

type unixFS struct {
	fd      int
	private bool
}

// again repeats a system call that a signal interrupted, as network and
// user-space file systems may report.
func again[T any](call func() (T, error)) (T, error) {
	for {
		v, err := call()
		if err != unix.EINTR {
			return v, err
		}
	}
}

// at calls do with the open folder that holds name, and name's last part.
func (f *unixFS) at(op, name string, do func(dir int, base string) error) error {
	if !fs.ValidPath(name) || strings.IndexByte(name, 0) >= 0 {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	dir, base := f.fd, name
	if !f.private {
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			var err error
			if dir, err = openBeneath(f.fd, name[:i], dirFlags); err != nil {
				return &fs.PathError{Op: op, Path: name, Err: err}
			}
			defer unix.Close(dir)
			base = name[i+1:]
		}
	}
	_, err := again(func() (struct{}, error) { return struct{}{}, do(dir, base) })
	if err != nil {
		var placed *fs.PathError
		if errors.As(err, &placed) {
			return err
		}
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// at2 is at for two names.
func (f *unixFS) at2(op, from, to string, do func(fromDir int, from string, toDir int, to string) error) error {
	return f.at(op, from, func(fromDir int, fromBase string) error {
		return f.at(op, to, func(toDir int, toBase string) error { return do(fromDir, fromBase, toDir, toBase) })
	})
}

// walkBeneath opens name under dir a part at a time, each no link.
func walkBeneath(dir int, name string, flags int) (int, error) {
	at := dir
	for {
		part, rest, more := strings.Cut(name, "/")
		how := flags
		if more {
			how = dirFlags
		}
		next, err := again(func() (int, error) {
			return unix.Openat(at, part, how|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		})
		if at != dir {
			unix.Close(at)
		}
		if err != nil || !more {
			return next, err
		}
		at, name = next, rest
	}
}

func (f *unixFS) open(op, name string, flags int) (fd int, err error) {
	err = f.at(op, name, func(dir int, base string) error {
		fd, err = unix.Openat(dir, base, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o666)
		return err
	})
	return fd, err
}

func (f *unixFS) WriteFile(name string, from io.Reader, sync bool) (s Stat, err error) {
	fd, err := f.open("write", name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return Stat{}, err
	}
	s, err = fill(fd, from, sync)
	if err != nil {
		// Half a file is worse than none. That it is gone is only a hope: the
		// next run looks for leftovers in any case.
		f.Remove(name)
		return Stat{}, &fs.PathError{Op: "write", Path: name, Err: err}
	}
	return s, nil
}

// fill writes all of from to fd, which it closes.
func fill(fd int, from io.Reader, sync bool) (s Stat, err error) {
	defer func() {
		// Some network file systems say only here that the disk is full.
		if closeErr := unix.Close(fd); err == nil && closeErr != unix.EINTR {
			err = closeErr
		}
	}()
	if b, ok := from.(*bytes.Reader); ok {
		_, err = b.WriteTo(descriptor(fd))
	} else {
		_, err = io.CopyBuffer(descriptor(fd), from, make([]byte, 256<<10))
	}
	if err != nil {
		return s, err
	}
	if sync {
		if _, err = again(func() (struct{}, error) { return struct{}{}, syncFully(fd) }); err != nil {
			return s, err
		}
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err != nil {
		return s, err
	}
	return statOf(&st), nil
}

// A descriptor is an open file without what os.File adds: ten thousand of them
// are opened, filled and closed.
type descriptor int

func (d descriptor) Write(b []byte) (n int, err error) {
	for n < len(b) {
		// macOS and the BSDs refuse more than 2 GiB at once.
		m, err := again(func() (int, error) { return unix.Write(int(d), b[n:min(len(b), n+1<<30)]) })
		if err != nil {
			return n, err
		}
		if m <= 0 {
			return n, io.ErrShortWrite
		}
		n += m
	}
	return n, nil
}

func (f *unixFS) Open(name string) (io.ReadCloser, error) {
	// O_NONBLOCK: a pipe that somebody put there must not hang the build.
	fd, err := f.open("open", name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (f *unixFS) Lstat(name string) (Stat, error) {
	var st unix.Stat_t
	err := f.at("lstat", name, func(dir int, base string) error {
		return unix.Fstatat(dir, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil {
		return Stat{}, err
	}
	return statOf(&st), nil
}

func statOf(st *unix.Stat_t) Stat {
	mode := fs.FileMode(st.Mode & 0o777)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	default:
		mode |= fs.ModeIrregular
	}
	if st.Mode&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if st.Mode&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return Stat{
		Mode: mode, Size: st.Size, ModTime: st.Mtim.Nano(),
		Dev: uint64(st.Dev), Ino: uint64(st.Ino), UID: st.Uid, GID: st.Gid,
	}
}

func (f *unixFS) ReadDir(name string) ([]Entry, error) {
	fd, err := f.open("readdir", name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	dir := os.NewFile(uintptr(fd), name)
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

func (f *unixFS) Mkdir(name string) error {
	return f.at("mkdir", name, func(dir int, base string) error { return unix.Mkdirat(dir, base, 0o777) })
}

func (f *unixFS) Chmod(name string, perm fs.FileMode) error {
	fd, err := f.open("chmod", name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	mode := uint32(perm.Perm())
	if perm&fs.ModeSetgid != 0 {
		mode |= unix.S_ISGID
	}
	if perm&fs.ModeSticky != 0 {
		mode |= unix.S_ISVTX
	}
	if err := unix.Fchmod(fd, mode); err != nil {
		return &fs.PathError{Op: "chmod", Path: name, Err: err}
	}
	return nil
}

func (f *unixFS) Remove(name string) error {
	return f.at("remove", name, func(dir int, base string) error { return unix.Unlinkat(dir, base, 0) })
}

func (f *unixFS) Rmdir(name string) error {
	return f.at("rmdir", name, func(dir int, base string) error { return unix.Unlinkat(dir, base, unix.AT_REMOVEDIR) })
}

func (f *unixFS) Rename(from, to string) error { return f.at2("rename", from, to, unix.Renameat) }

func (f *unixFS) Exchange(a, b string) error { return f.at2("exchange", a, b, exchange) }

func (f *unixFS) Link(from, to string) error {
	return f.at2("link", from, to, func(fromDir int, from string, toDir int, to string) error {
		return unix.Linkat(fromDir, from, toDir, to, 0)
	})
}

func (f *unixFS) Sync(name string) error {
	fd, err := f.open("sync", name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := again(func() (struct{}, error) { return struct{}{}, unix.Fsync(fd) }); err != nil {
		return &fs.PathError{Op: "sync", Path: name, Err: err}
	}
	return nil
}

func (f *unixFS) SyncAll() error {
	if err := syncFileSystem(f.fd); err != nil {
		return &fs.PathError{Op: "sync", Path: ".", Err: err}
	}
	return nil
}

func (f *unixFS) Private(name string) (FS, error) {
	fd, err := f.open("open", name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &unixFS{fd: fd, private: true}, nil
}

func (f *unixFS) Close() error { return unix.Close(f.fd) }
