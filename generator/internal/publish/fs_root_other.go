//go:build !unix

package publish

import (
	"io/fs"
	"syscall"
)

// errLink is what opening a link or a file as a folder gives.
const errLink = syscall.ENOTDIR

func identify(*Stat, fs.FileInfo) {}
