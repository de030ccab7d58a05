//go:build unix

package generator

import (
	"io/fs"
	"syscall"
)

// inodeOf returns when a file's inode last changed, in nanoseconds since 1970,
// and its number: they tell of a file that was put in another's place with the
// same size and time.
func inodeOf(i fs.FileInfo) (changed int64, inode uint64) {
	if st, ok := i.Sys().(*syscall.Stat_t); ok {
		return ctime(st), uint64(st.Ino)
	}
	return 0, 0
}
