// Package asset prepares what pages load: styles, scripts and icons of
// layouts/assets, named by their content, and files that lie in content/.
//
// Its one rule: a file whose name holds its hash never changes.
package asset

import (
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

const rule = "asset"

// maxFile is the most bytes that one file of layouts/assets may have.
const maxFile = 64 << 20

// A File is a file to publish.
type File struct {
	Path      string // in public/: "assets/site.4F3K2QX7TA.css"
	Bytes     []byte
	Digest    cache.Digest
	Integrity string // "sha384-…"
}

// A Set is the files of layouts/assets, ready to be published. It never changes.
type Set struct {
	files           []*File // by Path
	byName          map[string]*File
	styles, scripts []*File
}

// Load reads the assets/ folder in fsys, the layouts folder. Each file of it and
// its subfolders, but names that begin with . or _, is minified by its type and
// named by its content: the first 10 base32 characters of its SHA-256 stand
// before its ending. What a style sheet names by url(…), @import or image-set(…),
// and a script by import, is rewritten to the name that the other file is
// published under.
//
// A mistake in a style sheet or script is a warning at its place, and it is
// published as written; so is a name of a file that is not there. Files that
// name each other in a circle cannot be named by their content, which is an
// error.
func Load(fsys fs.FS) (*Set, diag.List) {
	var l diag.List
	b := newBuilder(&l)
	err := fs.WalkDir(fsys, "assets", func(name string, d fs.DirEntry, err error) error {
		pos := diag.Pos{File: "layouts/" + name}
		switch base := path.Base(name); {
		case err != nil:
			if name == "assets" && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			l.Errorf(pos, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
			return nil
		case base[0] == '.' || base[0] == '_':
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		info, err := fs.Stat(fsys, name)
		switch {
		case err != nil:
			l.Errorf(pos, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
			return nil
		case info.IsDir():
			// A link to a folder: what is in it is not followed.
			l.Errorf(pos, rule, "a link to a folder is not followed").Hint = "put the files themselves here"
			return nil
		case !info.Mode().IsRegular():
			l.Errorf(pos, rule, "is not a regular file").Hint = "take it away, or let its name begin with a dot"
			return nil
		case info.Size() > maxFile:
			l.Errorf(pos, rule, "is %d MB, and the most is %d MB", info.Size()>>20, maxFile>>20).
				Hint = "publish it from somewhere else and link to it"
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			l.Errorf(pos, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
			return nil
		}
		b.add(strings.TrimPrefix(name, "assets/"), src)
		return nil
	})
	if err != nil {
		l.Errorf(diag.Pos{File: "layouts/assets"}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it, or take it out of layouts/"
	}
	s := &Set{byName: map[string]*File{}}
	for _, name := range b.names {
		f := b.file(name)
		s.byName[name] = f
		s.files = append(s.files, f)
		if !strings.Contains(name, "/") {
			switch path.Ext(name) {
			case ".css":
				s.styles = append(s.styles, f)
			case ".js", ".mjs":
				s.scripts = append(s.scripts, f)
			}
		}
	}
	// b.names are sorted, and so are these but for the one that others build on.
	if i := slices.Index(s.styles, s.byName["tokens.css"]); i > 0 {
		s.styles = slices.Insert(slices.Delete(s.styles, i, i+1), 0, s.byName["tokens.css"])
	}
	slices.SortFunc(s.files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return s, l.Sorted()
}

// Files returns all files, by Path.
func (s *Set) Files() []*File { return s.files }

// Lookup returns the file that name in layouts/assets has become, as
// "site.css" or "fonts/text.woff2"; nil if there is none.
func (s *Set) Lookup(name string) *File { return s.byName[name] }

// Digest returns the digest of the file of that name, zero if there is none.
func (s *Set) Digest(name string) cache.Digest {
	if f := s.byName[name]; f != nil {
		return f.Digest
	}
	return cache.Digest{}
}

// Styles returns the style sheets that lie directly in layouts/assets, in the
// order in which pages load them: tokens.css, then by name.
func (s *Set) Styles() []*File { return s.styles }

// Scripts returns the scripts that lie directly in layouts/assets, by name.
func (s *Set) Scripts() []*File { return s.scripts }

// publish names src, finished, by its content.
func publish(name string, src []byte) *File {
	sum, integrity := sha256.Sum256(src), sha512.Sum384(src)
	ext := path.Ext(name)
	if ext == path.Base(name) {
		ext = ""
	}
	hash := base32.StdEncoding.EncodeToString(sum[:])[:10]
	return &File{
		Path:      "assets/" + strings.TrimSuffix(name, ext) + "." + hash + ext,
		Bytes:     src,
		Digest:    cache.Sum(src),
		Integrity: "sha384-" + base64.StdEncoding.EncodeToString(integrity[:]),
	}
}

// reason is err without the name of the file, which the problem tells.
func reason(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
