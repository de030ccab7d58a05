package publish

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guidepost/generator/internal/cache"
)

// A tree is a folder's files and what they hold. A name that ends in "/" is an
// empty folder, one whose text begins with "-> " a link.
type tree map[string]string

func (t tree) write(tb testing.TB, dir string) {
	tb.Helper()
	for name, text := range t {
		full := filepath.Join(dir, filepath.FromSlash(name))
		var err error
		switch target, link := strings.CutPrefix(text, "-> "); {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(full, 0o777)
		case link:
			if err = os.MkdirAll(filepath.Dir(full), 0o777); err == nil {
				err = os.Symlink(target, full)
			}
		default:
			if err = os.MkdirAll(filepath.Dir(full), 0o777); err == nil {
				err = os.WriteFile(full, []byte(text), 0o666)
			}
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// readTree returns what dir holds, without what is hidden for being prepared.
func readTree(tb testing.TB, dir string) tree {
	tb.Helper()
	t := tree{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		switch {
		case rel == pendingName:
			return fs.SkipDir
		case isListName(rel):
		case e.IsDir():
			if list, err := os.ReadDir(name); err != nil || len(list) == 0 {
				t[rel+"/"] = ""
				return err
			}
		case e.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			t[rel] = "-> " + target
			return err
		default:
			b, err := os.ReadFile(name)
			t[rel] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func (t tree) and(others ...tree) tree {
	sum := maps.Clone(t)
	for _, o := range others {
		maps.Copy(sum, o)
	}
	return sum
}

func (t tree) files() (list []File) {
	for _, path := range slices.Sorted(maps.Keys(t)) {
		list = append(list, File{Path: path, Digest: cache.Sum([]byte(t[path]))})
	}
	return list
}

// quickDir is TempDir in memory, where there is such a thing: the tests make
// some hundred thousand files.
func quickDir(tb testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "publish-test-")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// newSite makes a site's folder with content/ and layouts/.
func newSite(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(quickDir(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tree{"content/index.md": "# Home", "layouts/page.html": "<p>"}.write(tb, dir)
	return dir
}

func siteOptions(site string) Options {
	return Options{
		Out: filepath.Join(site, "public"), State: filepath.Join(site, ".guidepost"),
		Protect: []string{filepath.Join(site, "content"), filepath.Join(site, "layouts")},
	}
}

// testOptions are those of a site, quick: nothing waits for the disk.
func testOptions(site string, f *faults) Options {
	opt := siteOptions(site)
	if f == nil {
		f = &faults{}
	}
	opt.FS = f.open
	return opt
}

// publishTo publishes t and lets go of the folder.
func publishTo(opt Options, t tree) (*Result, error) {
	d, err := Open(context.Background(), opt)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return publishIn(d, t)
}

// publishIn puts all of t and commits it.
func publishIn(d *Dir, t tree) (*Result, error) {
	c, err := d.Begin(context.Background(), len(t))
	if err != nil {
		return nil, err
	}
	defer c.Abort()
	for _, path := range slices.Sorted(maps.Keys(t)) {
		if err := c.Put(path, cache.Sum([]byte(t[path])), []byte(t[path])); err != nil {
			return nil, err
		}
	}
	return c.Commit(context.Background(), t.files())
}

func mustPublish(tb testing.TB, opt Options, t tree) *Result {
	tb.Helper()
	r, err := publishTo(opt, t)
	if err != nil {
		tb.Fatalf("publish: %v", err)
	}
	if r.Diags.Failed() {
		tb.Fatalf("publish: %v", r.Diags)
	}
	return r
}

func wantTree(tb testing.TB, when, dir string, want tree) {
	tb.Helper()
	if diff := cmp.Diff(want, readTree(tb, dir)); diff != "" {
		tb.Fatalf("%s: public/ (-want +got)\n%s", when, diff)
	}
}

// wantRest fails if an open folder is not at rest: its manifest speaks of other
// files than are there, or something is left over.
func wantRest(tb testing.TB, when string, d *Dir, site string) {
	tb.Helper()
	if touched := d.Check(false); len(touched) > 0 {
		tb.Fatalf("%s: touched: %q", when, touched)
	}
	for _, f := range d.Manifest() {
		b, err := os.ReadFile(filepath.Join(d.out, filepath.FromSlash(f.Path)))
		if err != nil {
			tb.Fatalf("%s: %v", when, err)
		}
		if cache.Sum(b) != f.Digest {
			tb.Fatalf("%s: %s is not what the manifest says", when, f.Path)
		}
	}
	b, err := os.ReadFile(filepath.Join(d.out, listName))
	if want := encodeList(d.Manifest()); len(d.Manifest()) > 0 && (err != nil || !bytes.Equal(b, want)) {
		tb.Fatalf("%s: the list is not of what is published: %v", when, err)
	}
	wantNoLeftovers(tb, when, site)
}

func wantNoLeftovers(tb testing.TB, when, site string) {
	tb.Helper()
	err := filepath.WalkDir(site, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(site, name)
		rel = filepath.ToSlash(rel)
		state, inState := strings.CutPrefix(rel, ".guidepost/")
		switch {
		case inState && e.IsDir() && (state == "publish" || strings.Count(state, "/") == 1):
		case inState && (state == "lock" || strings.HasSuffix(state, "/manifest")):
		case path.Base(rel) == listName:
		case inState, strings.Contains(rel, ".guidepost-"):
			return fmt.Errorf("left over: %s", rel)
		}
		return nil
	})
	if err != nil {
		tb.Fatalf("%s: %v", when, err)
	}
}

func TestPublish(t *testing.T) {
	site := newSite(t)
	public := filepath.Join(site, "public")
	opt := testOptions(site, nil)
	first := tree{"index.html": "home", "a/index.html": "a", "assets/s.1.css": "s", "feed.xml": "f"}
	r := mustPublish(t, opt, first)
	if diff := cmp.Diff(Changes{Added: []string{"a/index.html", "assets/s.1.css", "feed.xml", "index.html"}}, r.Changes); diff != "" {
		t.Error(diff)
	}
	wantTree(t, "first", public, first)

	second := tree{"index.html": "home", "a/index.html": "A", "b/c/index.html": "c", "feed.xml": "f"}
	before, _ := os.Stat(public)
	r = mustPublish(t, opt, second)
	want := Changes{Added: []string{"b/c/index.html"}, Updated: []string{"a/index.html"}, Removed: []string{"assets/s.1.css"}}
	if diff := cmp.Diff(want, r.Changes); diff != "" {
		t.Error(diff)
	}
	wantTree(t, "second", public, second)
	if after, _ := os.Stat(public); !os.SameFile(before, after) {
		t.Error("a small change replaced the folder itself")
	}
	d, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	wantRest(t, "second", d, site)
	if d.Recovered() != NothingLeft {
		t.Error("something was recovered after a change that ended")
	}

	// Everything goes, and with it the folders.
	if _, err := publishIn(d, tree{}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, "empty", public, tree{})
}

// TestNothingToDo: a build with nothing to change writes nothing.
func TestNothingToDo(t *testing.T) {
	site := newSite(t)
	pages := tree{"index.html": "home", "a/index.html": "a"}
	mustPublish(t, testOptions(site, nil), pages)
	for _, checked := range []bool{false, true} {
		var written []string
		f := &faults{before: func(op string, names ...string) {
			switch op {
			case "open", "lstat", "readdir", "private":
			default:
				written = append(written, op+" "+strings.Join(names, " "))
			}
		}}
		d, err := Open(context.Background(), testOptions(site, f))
		if err != nil {
			t.Fatal(err)
		}
		if checked {
			d.Check(false)
		}
		r, err := publishIn(d, pages)
		if err != nil || !r.Changes.Empty() {
			t.Fatal(r, err)
		}
		d.Close()
		// What is removed is not there: the end of a change sweeps.
		written = slices.DeleteFunc(written, func(s string) bool { return strings.HasPrefix(s, "remove ") })
		if len(written) > 0 {
			t.Errorf("checked %v: nothing differs, and yet: %q", checked, written)
		}
	}
}

func TestDiff(t *testing.T) {
	m := func(s string) (m Manifest) {
		for _, f := range strings.Fields(s) {
			name, text, _ := strings.Cut(f, "=")
			m = append(m, File{Path: name, Digest: cache.Sum([]byte(text))})
		}
		return m
	}
	for _, test := range []struct {
		old, new string
		want     Changes
	}{
		{"", "", Changes{}},
		{"a=1", "a=1", Changes{}},
		{"", "a=1 b=1", Changes{Added: []string{"a", "b"}}},
		{"a=1 b=1", "", Changes{Removed: []string{"a", "b"}}},
		{"a=1 c=1 d=1", "b=1 c=2 d=1 e=1", Changes{Added: []string{"b", "e"}, Updated: []string{"c"}, Removed: []string{"a"}}},
	} {
		if diff := cmp.Diff(test.want, Diff(m(test.old), m(test.new))); diff != "" {
			t.Errorf("%q to %q: %s", test.old, test.new, diff)
		}
	}
}
