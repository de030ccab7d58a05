// Package asset prepares what pages load: styles, scripts and icons of
// layouts/assets, named by their content, and files that lie in content/.
//
// Its one rule: a file whose name holds its hash never changes.
package asset

import "guidepost/generator/internal/cache"

// A File is a file to publish.
type File struct {
	Path      string // in public/: "assets/site.4F3K2QX7TA.css"
	Bytes     []byte
	Digest    cache.Digest
	Integrity string // "sha384-…"
}

// The package offers:
//
//	func Load(fsys fs.FS) (*Set, diag.List)
//	    fsys is the layouts folder. Each file of its assets/ folder, but names
//	    that begin with . or _, is minified by its type and named by its content
//	    (first 10 base32 characters of its SHA-256); url(...) in a style sheet
//	    to another file of assets/ is rewritten to that file's name. A mistake in a
//	    style sheet or script is a warning at its place, and it is published as written.
//	func (*Set) Files() []*File          // by Path
//	func (*Set) Lookup(name string) *File // "site.css" -> File; nil if there is none
//	func (*Set) Digest(name string) cache.Digest
//
//	func Content(path string, src []byte) ([]byte, diag.List)
//	    prepares a file that lies in content/: SVG, CSS, JS, JSON minified, the
//	    rest as it is.
//	func Size(path string, src []byte) (width, height int)
//	    of a PNG, JPEG, GIF, WebP or SVG in pixels from its head; zero if it
//	    cannot be told. Never more than the head is read.
