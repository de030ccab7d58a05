//go:build unix

package generator

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags open a file that was one when the folder was read: should a pipe
// stand there now, opening it must not wait for somebody to write.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// inodeOf returns when a file's inode last changed, in nanoseconds since 1970,
// and its number: they tell of a file that was put in another's place with the
// same size and time.
func inodeOf(i fs.FileInfo) (changed int64, inode uint64) {
	if st, ok := i.Sys().(*syscall.Stat_t); ok {
		return ctime(st), uint64(st.Ino)
	}
	return 0, 0
}

// isLoop reports whether err says that links lead to one another in a circle.
func isLoop(err error) bool { return errors.Is(err, syscall.ELOOP) }
