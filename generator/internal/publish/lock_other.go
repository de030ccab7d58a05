//go:build !windows && (!unix || solaris || aix)

package publish

import "os"

func lockFile(*os.File) error { return nil }

func unlockFile(*os.File) {}
