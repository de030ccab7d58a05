//go:build !unix

package generator

import "io/fs"

func inodeOf(fs.FileInfo) (changed int64, inode uint64) { return 0, 0 }
