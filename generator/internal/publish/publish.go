// Package publish puts a finished site into its folder without ever showing
// half of it.
//
// Its one rule: whichever moment the program dies, each published file is the
// old one or the new one, whole, and the next run finishes or undoes the rest.
//
// The way is Open, Check, Begin, Put for each new file, Commit. Read change.go
// first: it says how a change is made and why in that way. Where the machine
// fails the error is a *Failure; what people should know of is a diag.List.
package publish

import (
	"cmp"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
)

// A File is one file of a published site.
type File struct {
	Path   string // slash-separated
	Digest cache.Digest
	Size   int64
	// ModTime is when the file was written, in nanoseconds since 1970, as the
	// file system tells it: size and time unchanged mean that nobody touched it.
	ModTime int64
}

// A Manifest lists a site's files in order of Path.
type Manifest []File

// Find returns the file at path and whether there is one.
func (m Manifest) Find(path string) (File, bool) {
	if i, ok := m.search(path); ok {
		return m[i], true
	}
	return File{}, false
}

func (m Manifest) search(path string) (int, bool) {
	return slices.BinarySearchFunc(m, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
}

func (m Manifest) sort() { slices.SortFunc(m, byPath) }

func byPath(a, b File) int { return strings.Compare(a.Path, b.Path) }

// Changes says how one manifest differs from another, each in order.
type Changes struct{ Added, Updated, Removed []string }

// Empty reports whether there is no change at all.
func (c Changes) Empty() bool { return len(c.Added)+len(c.Updated)+len(c.Removed) == 0 }

// Diff says what turns the manifest old into new: the files that only new has,
// those whose bytes differ and those that only old has.
func Diff(old, new Manifest) Changes {
	var c Changes
	for len(old) > 0 || len(new) > 0 {
		switch order := compareFirst(old, new); {
		case order < 0:
			c.Removed = append(c.Removed, old[0].Path)
			old = old[1:]
		case order > 0:
			c.Added = append(c.Added, new[0].Path)
			new = new[1:]
		default:
			if old[0].Digest != new[0].Digest {
				c.Updated = append(c.Updated, new[0].Path)
			}
			old, new = old[1:], new[1:]
		}
	}
	return c
}

// compareFirst compares the first paths of two manifests, of which one may
// have come to its end.
func compareFirst(a, b Manifest) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return cmp.Compare(a[0].Path, b[0].Path)
}
