//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package publish

import (
	"os"
	"path/filepath"
)

// OpenFS opens the folder dir, which may be a link itself.
func OpenFS(dir string) (FS, error) { return openRoot(dir) }

// sameMount reports whether files can be renamed between two folders.
func sameMount(a, b string) bool {
	_, errA := os.Stat(a)
	_, errB := os.Stat(b)
	return errA == nil && errB == nil && filepath.VolumeName(a) == filepath.VolumeName(b)
}
