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
	return retry(ctx, waiting, func() (*lock, int, error) { return tryLock(dir) })
}

// acquireFolder keeps other sites from publishing to the folder out at the same
// time: it locks the folder itself or, until it exists, the one that it will be
// in. Where folders cannot be locked (Windows, some network disks), it does
// without, and returns nil.
func acquireFolder(ctx context.Context, out string, waiting func(pid int)) (*lock, error) {
	return retry(ctx, waiting, func() (*lock, int, error) {
		l, err := tryLockFolder(nearest(out))
		if l != nil {
			// It may have been made, or exchanged for another, while we waited.
			mine, err := l.file.Stat()
			if now, statErr := os.Stat(nearest(out)); err != nil || statErr != nil || !os.SameFile(mine, now) {
				l.release()
				return nil, 0, errHeld
			}
		}
		return l, 0, err
	})
}

// tryLockFolder locks one folder; the error is errHeld or nil.
func tryLockFolder(dir string) (*lock, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, nil
	}
	if err := lockFile(f); err != nil {
		f.Close()
		if errors.Is(err, errHeld) {
			return nil, err
		}
		return nil, nil
	}
	return &lock{f}, nil
}

// retry calls try until it has the lock.
func retry(ctx context.Context, waiting func(pid int), try func() (*lock, int, error)) (*lock, error) {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		l, pid, err := try()
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
