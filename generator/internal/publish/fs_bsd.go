//go:build darwin || freebsd || netbsd || openbsd

package publish

import (
	"errors"

	"golang.org/x/sys/unix"
)

const dirFlags = unix.O_RDONLY | unix.O_DIRECTORY

func openBeneath(dir int, name string, flags int) (int, error) { return walkBeneath(dir, name, flags) }

// syncFileSystem is not to be had: sync(2) does not wait.
func syncFileSystem(int) error { return errors.ErrUnsupported }

func sameMount(a, b string) bool {
	var sa, sb unix.Stat_t
	return unix.Stat(a, &sa) == nil && unix.Stat(b, &sb) == nil && sa.Dev == sb.Dev
}
