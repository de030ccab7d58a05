package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A lock is a file that one process at a time holds. The system lets go of it
// when the process ends, however it ends, so that none is ever left over.
type lock struct{ file *os.File }

// errHeld says that another process holds the lock.
var errHeld = errors.New("held by another process")

// acquire takes the lock in the folder dir. While another process holds it,
// it tells waiting once who that is, and tries again until ctx ends.
func acquire(ctx context.Context, dir string, waiting func(pid int)) (*lock, error) {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		l, pid, err := tryLock(dir)
		if !errors.Is(err, errHeld) {
			return l, err
		}
		if waiting != nil {
			waiting(pid)
			waiting = nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

func tryLock(dir string) (l *lock, pid int, err error) {
	name := filepath.Join(dir, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, 0, err
	}
	if err := lockFile(f); err != nil {
		if errors.Is(err, errHeld) {
			b, _ := io.ReadAll(io.LimitReader(f, 20))
			pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		f.Close()
		return nil, pid, err
	}
	// Somebody may have deleted the folder while we waited: a lock on a file
	// that nobody can find keeps nobody out.
	mine, err := f.Stat()
	if now, statErr := os.Stat(name); err != nil || statErr != nil || !os.SameFile(mine, now) {
		f.Close()
		return nil, 0, errHeld
	}
	// Of a fixed length, so that nothing of a longer number remains. Failing to
	// say who we are is no reason not to work.
	f.WriteAt(fmt.Appendf(nil, "%010d\n", os.Getpid()), 0)
	return &lock{f}, 0, nil
}

func (l *lock) release() {
	unlockFile(l.file)
	l.file.Close()
}
