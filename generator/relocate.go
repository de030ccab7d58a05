package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"guidepost/generator/internal/cache"
)

// A relocation is a change of several files of content/ that is done whole.
// Every file is written beside its place first, under a hidden name that no
// build looks at, and waited for; then a list of all steps is put into
// .guidepost/; then files are renamed, old ones removed last. Whenever it is cut
// off, either nothing has happened but hidden files, or the list is there and
// whichever command comes next goes through with it. A file that somebody has
// edited in between stays as it is.
type relocation struct {
	Steps []step `json:"steps"`
}

// A step puts one file in its place; paths are below content/.
type step struct {
	Temp string       `json:"temp"`          // what it is to hold
	To   string       `json:"to"`            // where
	Old  string       `json:"old,omitempty"` // the path that it leaves
	Was  cache.Digest `json:"was"`           // of what it held before
	Now  cache.Digest `json:"now"`           // of what it is to hold

	bytes []byte
	mode  fs.FileMode
}

const relocationFile = "move.json"

// commit does all steps. state is the folder .guidepost.
func (c *relocation) commit(root *os.Root, state string) error {
	return c.commitUntil(root, state, func() bool { return false })
}

// errCutOff is as if the machine had stopped.
var errCutOff = errors.New("cut off")

// commitUntil is commit, cut off before the change of the disk at which stop
// says so: then nothing is tidied up.
func (c *relocation) commitUntil(root *os.Root, state string, stop func() bool) (err error) {
	defer func() {
		if err != nil && err != errCutOff {
			for _, s := range c.Steps {
				if s.Temp != "" {
					root.Remove(s.Temp)
				}
			}
		}
	}()
	for i := range c.Steps {
		s := &c.Steps[i]
		dir := path.Dir(s.To)
		if dir != "." {
			if err := root.MkdirAll(dir, 0o777); err != nil {
				return err
			}
		}
		if stop() {
			return errCutOff
		}
		temp := path.Join(dir, fmt.Sprintf(".guidepost-move-%d", i))
		f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return err
		}
		s.Temp = temp
		_, err = f.Write(s.bytes)
		err = errors.Join(err, f.Chmod(s.mode), f.Sync(), f.Close())
		if err != nil {
			return err
		}
	}
	list, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(state, 0o777); err != nil {
		return err
	}
	at := filepath.Join(state, relocationFile)
	if stop() {
		return errCutOff
	}
	if err := writeWhole(at, list); err != nil {
		return err
	}
	if err := c.finish(root, stop); err != nil {
		// The list stays: the next command goes through with it.
		c.Steps = nil
		return err
	}
	return os.Remove(at)
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, b []byte) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// finish does the steps that are still to be done: first what is new, so that
// nothing is ever in no place, then what replaces, then what goes.
func (c *relocation) finish(root *os.Root, stop func() bool) error {
	digest := func(name string) cache.Digest {
		b, err := root.ReadFile(name)
		if err != nil {
			return cache.Digest{}
		}
		return cache.Sum(b)
	}
	for _, moved := range [...]bool{true, false} {
		for _, s := range c.Steps {
			if (s.Old != "") != moved || digest(s.Temp) != s.Now {
				continue // done, or never begun
			}
			there := digest(s.To)
			ours := there == s.Was && !moved || there == cache.Digest{} && moved
			if !ours {
				// Somebody has written there since, which counts.
				if err := root.Remove(s.Temp); err != nil {
					return err
				}
				continue
			}
			if stop() {
				return errCutOff
			}
			if err := root.Rename(s.Temp, s.To); err != nil {
				return err
			}
		}
	}
	for _, s := range c.Steps {
		if s.Old == "" || digest(s.Old) != s.Was || digest(s.To) == (cache.Digest{}) {
			continue
		}
		if stop() {
			return errCutOff
		}
		if err := root.Remove(s.Old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, s := range c.Steps {
		// A folder that still holds something stays.
		for dir := path.Dir(s.Old); s.Old != "" && dir != "."; dir = path.Dir(dir) {
			if root.Remove(dir) != nil {
				break
			}
		}
	}
	return nil
}

// finishMove goes through with a move that was cut off.
func (b *Builder) finishMove() error {
	at := filepath.Join(b.o.Dir, ".guidepost", relocationFile)
	list, err := os.ReadFile(at)
	if err != nil {
		return nil // there is none, or it cannot be read, which others tell
	}
	var c relocation
	if json.Unmarshal(list, &c) == nil {
		real, err := filepath.EvalSymlinks(filepath.Join(b.o.Dir, "content"))
		if err != nil {
			return err
		}
		root, err := os.OpenRoot(real)
		if err != nil {
			return err
		}
		defer root.Close()
		if err := c.finish(root, func() bool { return false }); err != nil {
			return fmt.Errorf("finish a move that was interrupted: %w", err)
		}
	}
	return os.Remove(at)
}
