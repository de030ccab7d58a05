//go:build unix

package publish

import (
	"io/fs"
	"syscall"
)

// errLink is what opening a link or a file as a folder gives.
const errLink = syscall.ENOTDIR

func identify(s *Stat, info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.Dev, s.Ino, s.UID, s.GID = uint64(st.Dev), uint64(st.Ino), st.Uid, st.Gid
	}
}
