//go:build unix && !solaris && !aix

package publish

import (
	"os"

	"golang.org/x/sys/unix"
)

func lockFile(f *os.File) error {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case unix.EINTR:
		case unix.EWOULDBLOCK:
			return errHeld
		case unix.ENOTSUP, unix.ENOSYS, unix.ENOLCK:
			// A network folder without locks: publishing there alone must do.
			return nil
		default:
			return err
		}
	}
}

func unlockFile(f *os.File) { unix.Flock(int(f.Fd()), unix.LOCK_UN) }
