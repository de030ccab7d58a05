//go:build unix

package watch

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isLimit reports whether err says that no more folders can be watched.
func isLimit(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}
