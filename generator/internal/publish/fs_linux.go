package publish

import (
	"errors"

	"golang.org/x/sys/unix"
)

// A folder opened only to name things in it needs no right to list it.
const dirFlags = unix.O_PATH | unix.O_DIRECTORY

// openBeneath opens name under dir, no part of it a link.
func openBeneath(dir int, name string, flags int) (int, error) {
	fd, err := again(func() (int, error) {
		return unix.Openat2(dir, name, &unix.OpenHow{
			Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW),
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		})
	})
	switch err {
	case unix.ENOSYS, unix.EPERM, unix.EAGAIN, unix.E2BIG:
		// An old kernel, a sandbox that does not know the call, or a rename
		// elsewhere at this moment.
		return walkBeneath(dir, name, flags)
	}
	return fd, err
}

func exchange(aDir int, a string, bDir int, b string) error {
	return unix.Renameat2(aDir, a, bDir, b, unix.RENAME_EXCHANGE)
}

func syncFully(fd int) error { return unix.Fsync(fd) }

func syncFileSystem(fd int) error { return unix.Syncfs(fd) }

// sameMount reports whether files can be renamed between two folders: a bind
// mount is on the same device and yet refuses.
func sameMount(a, b string) bool {
	var sa, sb unix.Statx_t
	const mask = unix.STATX_MNT_ID
	err := errors.Join(unix.Statx(unix.AT_FDCWD, a, 0, mask, &sa), unix.Statx(unix.AT_FDCWD, b, 0, mask, &sb))
	if err != nil || sa.Mask&sb.Mask&mask == 0 {
		return sameDevice(a, b)
	}
	return sa.Mnt_id == sb.Mnt_id && sa.Dev_major == sb.Dev_major && sa.Dev_minor == sb.Dev_minor
}

func sameDevice(a, b string) bool {
	var sa, sb unix.Stat_t
	return unix.Stat(a, &sa) == nil && unix.Stat(b, &sb) == nil && sa.Dev == sb.Dev
}
