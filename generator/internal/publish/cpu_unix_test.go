//go:build unix

package publish

import (
	"syscall"
	"time"
)

// cpuTime is what this process has used, however busy the machine is.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
