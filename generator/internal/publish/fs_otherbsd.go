//go:build freebsd || netbsd || openbsd

package publish

import (
	"errors"

	"golang.org/x/sys/unix"
)

func exchange(int, string, int, string) error { return errors.ErrUnsupported }

func syncFully(fd int) error { return unix.Fsync(fd) }
