package publish

import "golang.org/x/sys/unix"

func exchange(aDir int, a string, bDir int, b string) error {
	return unix.RenameatxNp(aDir, a, bDir, b, unix.RENAME_SWAP)
}

// syncFully empties the drive's own cache too, and so finishes what each plain
// fsync before it began: one of these costs as much as a hundred of those.
func syncFully(fd int) error {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0); err != nil {
		return unix.Fsync(fd)
	}
	return nil
}
