package publish

// How the published folder itself says which files in it are Guidepost's, and
// what was rejected.
//
// The manifest lies in .guidepost/, and that may be deleted: it "costs time
// only". Then somebody has to tell the pages of earlier builds, which go when
// the site no longer has them, from what people put there, which never does.
// So a list is kept in the published folder, of marks: a mark is the digest of
// a file's path and bytes together. Whoever has the file can tell that it is
// listed; who has only the list learns nothing from it, not even the address
// of an unlisted page. The list depends on what is published alone.
//
// A file is taken for ours only if its path and every byte of it are as
// listed. A copy at another place is not, nor is a page that was edited.
//
// While files are moved the list of what is to come lies beside that of what
// was, and both count: whenever .guidepost/ is lost, each file of ours that is
// there is listed.
//
// Rejected: the manifest itself in the published folder, since it would be
// uploaded with all unlisted addresses in it, and its times differ from machine
// to machine; a file beside the folder, for which there may be no place, and
// which looks like litter there; attributes of the file system, which copying
// loses and many systems do not have; knowing our pages by their generator
// element, or by what articles.json names, since a person's own copy of a page
// has that too, and a picture has not.

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"guidepost/generator/internal/cache"
)

const (
	listName     = ".guidepost-files"     // of what is published
	nextListName = ".guidepost-files.new" // of what is about to be
)

// isListName reports whether path is one of the names of the list.
func isListName(path string) bool { return path == listName || path == nextListName }

// listHead tells a person what they have found.
const listHead = "guidepost files 1: which files here Guidepost wrote, should .guidepost/ be lost. Leave it here; it names nothing.\n"

// A mark is what the list holds of a file.
type mark [12]byte

// listLine is how long a mark is as a line of the list.
const listLine = 16 + 1

func markOf(path string, digest cache.Digest) (m mark) {
	b := make([]byte, 0, 256)
	b = append(b, digest[:]...)
	b = append(b, path...)
	sum := cache.Sum(b)
	copy(m[:], sum[:])
	return m
}

// encodeList writes the list of a manifest.
func encodeList(m Manifest) []byte {
	b := make([]byte, len(listHead)+len(m)*listLine)
	copy(b, listHead)
	inParallel(len(m), 2048, func(from, to int) {
		for i := from; i < to; i++ {
			mark := markOf(m[i].Path, m[i].Digest)
			line := b[len(listHead)+i*listLine:][:listLine]
			base64.RawURLEncoding.Encode(line, mark[:])
			line[listLine-1] = '\n'
		}
	})
	return b
}

// readList adds the marks of the list b to marks. What is not a whole line of
// it is passed over.
func readList(b []byte, marks map[mark]bool) {
	rest, ok := strings.CutPrefix(string(b), listHead)
	for ok {
		var line string
		var m mark
		if line, rest, ok = strings.Cut(rest, "\n"); ok && len(line) == listLine-1 {
			if _, err := base64.RawURLEncoding.Decode(m[:], []byte(line)); err == nil {
				marks[m] = true
			}
		}
	}
}

// stagedList is the list of the manifest to come where it is prepared.
const stagedList = "files"

// announce puts the list that was prepared beside the present one, unless that
// has been done.
func (d *Dir) announce(pending string) error {
	from, to := join(pending, stagedList), join(d.outName, nextListName)
	err := d.base.Rename(from, to)
	if absent(err) {
		if _, err = d.base.Lstat(from); err == nil {
			if _, err = mkdirAll(d.base, d.outName); err == nil {
				err = d.base.Rename(from, to)
			}
		} else if absent(err) {
			return nil
		}
	}
	return d.failureIf("write", to, err)
}

// promote makes the announced list, if there is one, the present one.
func (d *Dir) promote() error {
	err := d.base.Rename(join(d.outName, nextListName), join(d.outName, listName))
	if absent(err) || isLink(err) {
		return nil
	}
	return d.failureIf("write", join(d.outName, listName), err)
}

// withdraw takes the announced list away.
func (d *Dir) withdraw() error {
	name := join(d.outName, nextListName)
	_, err := d.base.Lstat(name)
	if err == nil {
		err = d.base.Remove(name)
	}
	if absent(err) || isLink(err) {
		return nil
	}
	return d.failureIf("remove", name, err)
}

// listed reports whether the list in the published folder can be that of the
// manifest: it is written with it, so its size is enough to look at.
func (d *Dir) listed() bool {
	s, err := d.base.Lstat(join(d.outName, listName))
	return err == nil && s.Mode.IsRegular() && s.Size == int64(len(listHead)+len(d.manifest)*listLine)
}

// salvage makes a manifest of those files in the published folder that the
// lists there name.
func (d *Dir) salvage() (Manifest, error) {
	marks := map[mark]bool{}
	for _, name := range []string{listName, nextListName} {
		b, err := readAll(d.base, join(d.outName, name))
		switch {
		case err == nil:
			readList(b, marks)
		case !unreadable(err):
			return nil, d.failure("read", join(d.outName, name), err)
		}
	}
	if len(marks) == 0 {
		return nil, nil
	}
	out, err := d.base.Private(d.outName)
	if err != nil {
		return nil, d.failure("read", d.outName, err)
	}
	defer out.Close()
	var mu sync.Mutex
	var m Manifest
	err = eachDir(out, func(dir string, entries []Entry) error {
		for _, e := range entries {
			path := join(dir, e.Name)
			if !e.Type.IsRegular() || !validPath(path) {
				continue
			}
			s, err := out.Lstat(path)
			var sum cache.Digest
			if err == nil {
				sum, err = sumOf(out, path)
			}
			if unreadable(err) {
				continue // then it is not what we wrote
			}
			if err != nil {
				return d.failure("read", join(d.outName, path), err)
			}
			if marks[markOf(path, sum)] {
				mu.Lock()
				m = append(m, File{Path: path, Digest: sum, Size: s.Size, ModTime: s.ModTime})
				mu.Unlock()
			}
		}
		return nil
	}, nil)
	if err != nil {
		return nil, d.failure("read", d.outName, err)
	}
	m.sort()
	return m, nil
}

// unreadable reports whether err says that there is no plain file of that name
// which we may read.
func unreadable(err error) bool {
	return absent(err) || isLink(err) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission)
}
