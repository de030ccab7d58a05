package publish

import (
	"errors"
	"os"
)

// A Hold keeps other processes from a folder of state in which nothing is published.
type Hold struct{ lock *lock }

// Take takes the folder dir, which is made if it is not there. It does not wait:
// false if another process has it.
func Take(dir string) (*Hold, bool, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, false, err
	}
	l, _, err := tryLock(dir)
	if errors.Is(err, errHeld) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return &Hold{l}, true, nil
}

// Close gives the folder back.
func (h *Hold) Close() { h.lock.release() }
