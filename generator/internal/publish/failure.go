package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// A Failure says that the machine failed: the disk is full, a permission is
// missing. What was published is as it was before.
type Failure struct {
	Doing string // "write", "read", …
	Path  string // as a user would name it
	Err   error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("cannot %s %s: %s", f.Doing, f.Path, reason(f.Err))
}

func (f *Failure) Unwrap() error { return f.Err }

// A Refusal says that a folder must not be published to.
type Refusal struct {
	Out string // as it was asked for
	Why string // "it holds content/"
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("will not publish to %s: %s", r.Out, r.Why)
}

// reason says in plain words what the system's error means.
func reason(err error) string {
	var clash *clash
	switch {
	case errors.As(err, &clash):
		return clash.Error()
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err):
		return "the disk is full"
	case errors.Is(err, syscall.EDQUOT):
		return "your quota on this disk is used up"
	case errors.Is(err, syscall.EROFS):
		return "the disk can only be read"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too many files are open (see ulimit -n)"
	case errors.Is(err, syscall.EIO):
		return "the disk reports a fault (input/output error)"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "the name is too long for this disk"
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err.Error()
	}
	return err.Error()
}

// A clash says that two wanted files cannot both be on this disk.
type clash struct{}

func (*clash) Error() string {
	return "another file of the site has this name but for letter case, or is a folder of this name"
}
