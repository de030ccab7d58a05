// Package publish puts a finished site into its folder without ever showing
// half of it.
//
// Its one rule: whichever moment the program dies, each published file is the
// old one or the new one, whole, and the next run finishes or undoes the rest.
package publish

import "guidepost/generator/internal/cache"

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

// Changes says how one manifest differs from another, each in order.
type Changes struct{ Added, Updated, Removed []string }
