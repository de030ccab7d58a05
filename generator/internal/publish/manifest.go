package publish

import (
	"bytes"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"guidepost/generator/internal/cache"
)

// The first words of the two files that are kept for an out folder. A change
// of what follows them changes the number.
const (
	manifestMagic = "guidepost manifest 1\n"
	journalMagic  = "guidepost journal 1\n"
)

// seal puts a heading before a record and its checksum, so that half a record,
// or one for another folder, is never taken for whole.
func seal(magic string, fill func(*cache.Encoder)) []byte {
	e := cache.Encoder{B: make([]byte, len(magic)+len(cache.Digest{}), 64<<10)}
	fill(&e)
	sum := cache.Sum(e.B[len(magic)+len(cache.Digest{}):])
	copy(e.B, magic)
	copy(e.B[len(magic):], sum[:])
	return e.B
}

// unseal is the way back; ok is false for anything that seal did not write.
func unseal(magic string, b []byte) (d *cache.Decoder, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	var sum cache.Digest
	if !ok || len(rest) < len(sum) {
		return nil, false
	}
	copy(sum[:], rest)
	rest = rest[len(sum):]
	return &cache.Decoder{S: string(rest)}, cache.Sum(rest) == sum
}

func encodeFile(e *cache.Encoder, f *File) {
	e.String(f.Path)
	e.Digest(f.Digest)
	e.Int(int(f.Size))
	e.Int(int(f.ModTime))
}

func decodeFile(d *cache.Decoder, f *File) {
	*f = File{Path: d.String(), Digest: d.Digest(), Size: int64(d.Int()), ModTime: int64(d.Int())}
}

// encodeManifest writes the manifest of the folder called out.
func encodeManifest(out string, m Manifest) []byte {
	return seal(manifestMagic, func(e *cache.Encoder) {
		e.String(out)
		cache.Slice(e, []File(m), encodeFile)
	})
}

// decodeManifest reads it back; what is damaged, or of another folder, is no
// manifest: then only the list in the folder itself tells what is ours.
func decodeManifest(out string, b []byte) (m Manifest, ok bool) {
	d, ok := unseal(manifestMagic, b)
	if !ok || d.String() != out {
		return nil, false
	}
	m = Manifest(cache.ReadSlice(d, decodeFile))
	if d.Err != nil || !wellFormed(m) {
		return nil, false
	}
	return m, true
}

// wellFormed reports whether m is in order, each path once, and leads nowhere
// that a site has no business.
func wellFormed(m Manifest) bool {
	for i, f := range m {
		if !validPath(f.Path) || i > 0 && m[i-1].Path >= f.Path {
			return false
		}
	}
	return true
}

// validPath reports whether path can be a published file's, on every system.
func validPath(path string) bool {
	if !fs.ValidPath(path) || path == "." || within(path, pendingName) || isListName(path) || !utf8.ValidString(path) {
		return false
	}
	return !strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' })
}

// sumOf returns the digest of the plain file name.
func sumOf(f FS, name string) (cache.Digest, error) {
	r, err := f.Open(name)
	if err != nil {
		return cache.Digest{}, err
	}
	defer r.Close()
	return sumFrom(r)
}

func sumFrom(r io.Reader) (cache.Digest, error) {
	h := newHash()
	if _, err := io.Copy(h, r); err != nil {
		return cache.Digest{}, err
	}
	return h.digest(), nil
}

// readAll reads the whole of a file of this package's own.
func readAll(f FS, name string) ([]byte, error) {
	r, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// within reports whether name is dir or lies in it.
func within(name, dir string) bool {
	return dir == "." || name == dir || len(name) > len(dir) && name[len(dir)] == '/' && strings.HasPrefix(name, dir)
}
