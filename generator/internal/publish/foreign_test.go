package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// TestForeign is about what is in the published folder and is not ours.
func TestForeign(t *testing.T) {
	site1 := tree{"index.html": "home", "a/index.html": "a", "b/index.html": "b"}
	site2 := tree{"index.html": "home", "a/index.html": "A"}
	later := time.Now().Add(time.Hour)
	for _, test := range []struct {
		name     string
		old, new tree
		between  func(t *testing.T, public string)
		want     tree   // what is there in the end
		diags    string // "file: severity [rule]", a line each
		in       string // in the message
	}{
		{
			name: "other files stay", old: site1, new: site2,
			between: func(t *testing.T, public string) {
				tree{"CNAME": "example.org", "b/mine.txt": "mine", "x/y/z": "z"}.write(t, public)
			},
			want: site2.and(tree{"CNAME": "example.org", "b/mine.txt": "mine", "x/y/z": "z"}),
		},
		{
			name: "a link elsewhere stays", old: site1, new: site2,
			between: func(t *testing.T, public string) { tree{"link": "-> ../content"}.write(t, public) },
			want:    site2.and(tree{"link": "-> ../content"}),
		},
		{
			name: "the same bytes are adopted", new: site1,
			between: func(t *testing.T, public string) { tree{"index.html": "home"}.write(t, public) },
			want:    site1,
		},
		{
			name: "other bytes are overwritten, and that is said", new: site1,
			between: func(t *testing.T, public string) { tree{"index.html": "written by hand"}.write(t, public) },
			want:    site1,
			diags:   "public/index.html: warning [overwritten]", in: "was not written by Guidepost",
		},
		{
			name: "of a page that was changed too", old: site1, new: site2,
			between: func(t *testing.T, public string) { tree{"a/index.html": "edited"}.write(t, public) },
			want:    site2,
			diags:   "public/a/index.html: warning [overwritten]", in: "changed by hand",
		},
		{
			name: "a changed file that goes stays", old: site1, new: site2,
			between: func(t *testing.T, public string) { tree{"b/index.html": "edited"}.write(t, public) },
			want:    site2.and(tree{"b/index.html": "edited"}),
			diags:   "public/b/index.html: warning [foreign-file]", in: "left there",
		},
		{
			name: "one that was changed and has its size and time stays too", old: site1, new: site2,
			between: func(t *testing.T, public string) { sameTime(t, filepath.Join(public, "b/index.html"), "B") },
			want:    site2.and(tree{"b/index.html": "B"}),
			diags:   "public/b/index.html: warning [foreign-file]", in: "left there",
		},
		{
			name: "a file that was only touched goes", old: site1, new: site2,
			between: func(t *testing.T, public string) {
				os.Chtimes(filepath.Join(public, "b/index.html"), later, later)
			},
			want: site2,
		},
		{
			name: "a file that has gone is nothing to speak of", old: site1, new: site2,
			between: func(t *testing.T, public string) { os.RemoveAll(filepath.Join(public, "b")) },
			want:    site2,
		},
		{
			name: "a page that has gone is restored", old: site1, new: site2,
			between: func(t *testing.T, public string) { os.Remove(filepath.Join(public, "index.html")) },
			want:    site2,
		},
		{
			name: "a folder where a page belongs", old: site1, new: site2.and(tree{"c": "c"}),
			between: func(t *testing.T, public string) { tree{"c/mine.txt": "mine"}.write(t, public) },
			want:    site1.and(tree{"c/mine.txt": "mine"}),
			diags:   "public/c/mine.txt: error [output-blocked]", in: "public/c",
		},
		{
			name: "an empty folder where a page belongs makes way", old: site1, new: site2.and(tree{"c": "c"}),
			between: func(t *testing.T, public string) { tree{"c/d/": ""}.write(t, public) },
			want:    site2.and(tree{"c": "c"}),
		},
		{
			name: "a file where a folder belongs", old: site1, new: site2.and(tree{"c/d/index.html": "d", "c/e/index.html": "e"}),
			between: func(t *testing.T, public string) { tree{"c": "mine"}.write(t, public) },
			want:    site1.and(tree{"c": "mine"}),
			diags:   "public/c: error [output-blocked]", in: "is a file",
		},
		{
			name: "a link where a page belongs", old: site1, new: site2.and(tree{"c": "c"}),
			between: func(t *testing.T, public string) { tree{"c": "-> ../content/index.md"}.write(t, public) },
			want:    site1.and(tree{"c": "-> ../content/index.md"}),
			diags:   "public/c: error [output-blocked]", in: "is a link",
		},
		{
			name: "a link where a folder belongs", old: site1, new: site2.and(tree{"c/index.md": "c"}),
			between: func(t *testing.T, public string) { tree{"c": "-> ../content"}.write(t, public) },
			want:    site1.and(tree{"c": "-> ../content"}),
			diags:   "public/c: error [output-blocked]", in: "is a link",
		},
		{
			name: "our folder has become a link", old: site1, new: site2,
			between: func(t *testing.T, public string) {
				os.RemoveAll(filepath.Join(public, "a"))
				tree{"a": "-> ../content"}.write(t, public)
			},
			want:  site1.and(tree{"a": "-> ../content"}).without("a/index.html"),
			diags: "public/a: error [output-blocked]", in: "is a link",
		},
		{
			name: "the folder of what goes has become a link", old: site1, new: site2,
			between: func(t *testing.T, public string) {
				os.RemoveAll(filepath.Join(public, "b"))
				tree{"b": "-> ../content", "../content/index.html": "b"}.write(t, public)
			},
			want: site2.and(tree{"b": "-> ../content"}),
		},
	} {
		for _, how := range []string{"moved", "swapped", "portable"} {
			for _, checked := range []bool{false, true} {
				name := test.name + "/" + how
				if checked {
					name += ", checked"
				}
				t.Run(name, func(t *testing.T) {
					site := newSite(t)
					public := filepath.Join(site, "public")
					f := &faults{}
					opt := testOptions(site, f)
					switch how {
					case "moved":
						opt.InPlace = true
					case "swapped":
						opt.many = 1
					case "portable":
						opt.FS = f.openPortable
					}
					if test.old != nil {
						mustPublish(t, opt, test.old)
					}
					test.between(t, public)
					content := readTree(t, filepath.Join(site, "content"))
					d, err := Open(context.Background(), opt)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					if checked {
						d.Check(false)
					}
					r, err := publishIn(d, test.new)
					if err != nil {
						t.Fatal(err)
					}
					wantTree(t, "after", public, test.want)
					if diff := cmp.Diff(content, readTree(t, filepath.Join(site, "content"))); diff != "" {
						t.Errorf("content/ was touched: %s", diff)
					}
					if got := briefly(r.Diags); got != test.diags {
						t.Errorf("problems: %q, want %q", got, test.diags)
					}
					for _, p := range r.Diags {
						if !strings.Contains(p.Message, test.in) || p.Hint == "" {
							t.Errorf("problem: %v (%s)", p, p.Hint)
						}
					}
					if r.Diags.Failed() {
						if diff := cmp.Diff(test.old.files(), digests(r.Manifest)); diff != "" {
							t.Errorf("the manifest changed: %s", diff)
						}
						return
					}
					if diff := cmp.Diff(test.new.files(), digests(r.Manifest)); diff != "" {
						t.Error(diff)
					}
					wantRest(t, "after", d, site)
				})
			}
		}
	}
}

// sameTime writes text over a file in such a way that its time does not tell.
func sameTime(tb testing.TB, name, text string) {
	tb.Helper()
	s, err := os.Stat(name)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o666)
	}
	if err == nil {
		err = os.Chtimes(name, s.ModTime(), s.ModTime())
	}
	if now, statErr := os.Stat(name); err != nil || statErr != nil || now.Size() != s.Size() || !now.ModTime().Equal(s.ModTime()) {
		tb.Fatal("the file cannot be written so: ", err, statErr)
	}
}

func (t tree) without(names ...string) tree {
	t = t.and(nil)
	for _, name := range names {
		delete(t, name)
	}
	return t
}

func digests(m Manifest) (list []File) {
	for _, f := range m {
		list = append(list, File{Path: f.Path, Digest: f.Digest})
	}
	return list
}

func briefly(l diag.List) string {
	var lines []string
	for _, p := range l {
		lines = append(lines, p.File+": "+p.Severity.String()+" ["+p.Rule+"]")
	}
	return strings.Join(lines, "\n")
}

// TestRescue: a file that appears in the folder just before it is exchanged is
// not lost with the old one.
func TestRescue(t *testing.T) {
	site := newSite(t)
	public := filepath.Join(site, "public")
	old, new := many(5, "old"), many(5, "new")
	f := &faults{}
	opt := testOptions(site, f)
	opt.many = 1
	mustPublish(t, opt, old)
	tree{"CNAME": "example.org"}.write(t, public)
	late := tree{"s1/late.txt": "late", "x/late.txt": "late", "CNAME": "elsewhere.org"}
	f.before = func(op string, names ...string) {
		if op == "exchange" {
			os.Remove(filepath.Join(public, "CNAME"))
			late.write(t, public)
		}
	}
	mustPublish(t, opt, new)
	wantTree(t, "after", public, new.and(late))
	wantNoLeftovers(t, "after", site)
}

func TestCheck(t *testing.T) {
	site := newSite(t)
	public := filepath.Join(site, "public")
	pages := tree{"a/index.html": "a", "b/index.html": "b", "c/index.html": "c", "d/index.html": "d", "e/index.html": "e"}
	opt := testOptions(site, nil)
	mustPublish(t, opt, pages)
	later := time.Now().Add(time.Hour)
	os.Remove(filepath.Join(public, "a/index.html"))
	tree{"b/index.html": "longer"}.write(t, public)
	tree{"c/index.html": "C"}.write(t, public)
	os.Chtimes(filepath.Join(public, "c/index.html"), later, later)
	os.Chtimes(filepath.Join(public, "d/index.html"), later, later)

	d, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	want := []string{"a/index.html", "b/index.html", "c/index.html"}
	if diff := cmp.Diff(want, d.Check(false)); diff != "" {
		t.Fatal(diff)
	}
	// A change that puts what was touched again restores it; nothing else is
	// written.
	c, err := d.Begin(context.Background(), 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range want {
		if err := c.Put(path, cache.Sum([]byte(pages[path])), []byte(pages[path])); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Commit(context.Background(), pages.files())
	if err != nil || !cmp.Equal(r.Changes, Changes{Updated: want}) {
		t.Fatal(r, err)
	}
	wantTree(t, "restored", public, pages)
	if touched := d.Check(false); touched != nil {
		t.Errorf("touched after it was restored: %q", touched)
	}
	d.Close()
	// The new time of d is known now: nobody has to read it again.
	var opened []string
	f := &faults{before: func(op string, names ...string) {
		if op == "open" && !strings.HasPrefix(names[0], "publish/") {
			opened = append(opened, names...)
		}
	}}
	d, err = Open(context.Background(), testOptions(site, f))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if touched := d.Check(false); touched != nil || opened != nil {
		t.Errorf("touched %q, read %q", touched, opened)
	}
}

// TestCheckThorough: an edit that kept size and time is found by reading, and
// mended.
func TestCheckThorough(t *testing.T) {
	for _, how := range []string{"moved", "swapped", "portable"} {
		site := newSite(t)
		public := filepath.Join(site, "public")
		f := &faults{}
		opt := testOptions(site, f)
		switch how {
		case "swapped":
			opt.many = 1
		case "portable":
			opt.FS = f.openPortable
		}
		pages := tree{"a/index.html": "a", "b/index.html": "b"}
		mustPublish(t, opt, pages)
		sameTime(t, filepath.Join(public, "a/index.html"), "A")
		d, err := Open(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if touched := d.Check(false); touched != nil {
			t.Errorf("%s: %q was found by its time", how, touched)
		}
		want := []string{"a/index.html"}
		if touched := d.Check(true); !cmp.Equal(touched, want) {
			t.Errorf("%s: touched: %q", how, touched)
		}
		r, err := publishIn(d, pages)
		if err != nil || !cmp.Equal(r.Changes, Changes{Updated: want}) || briefly(r.Diags) != "public/a/index.html: warning [overwritten]" {
			t.Errorf("%s: changed %v, told %v, %v", how, r.Changes, r.Diags, err)
		}
		wantTree(t, how, public, pages)
		wantRest(t, how, d, site)
		d.Close()
	}
}

// TestManifestLost: without a manifest, or with a damaged one, the list in the
// folder tells what is ours; without that too, everything there is somebody
// else's until it turns out to be what we would publish.
func TestManifestLost(t *testing.T) {
	pages := tree{"index.html": "home", "a/index.html": "a"}
	state := func(m string) string { return filepath.Dir(filepath.Dir(filepath.Dir(m))) }
	type damage func(t *testing.T, manifest, public string)
	list := func(public string) string { return filepath.Join(public, listName) }
	for _, test := range []struct {
		name   string
		damage damage
		stays  tree   // besides what is published then
		diags  string // told of it
	}{
		{"removed", func(t *testing.T, m, public string) { os.Remove(m) }, nil, ""},
		{"with all of the state", func(t *testing.T, m, public string) { os.RemoveAll(state(m)) }, nil, ""},
		{"empty", func(t *testing.T, m, public string) { os.WriteFile(m, nil, 0o666) }, nil, ""},
		{"cut off", func(t *testing.T, m, public string) { os.Truncate(m, 60) }, nil, ""},
		{"one bit", func(t *testing.T, m, public string) {
			b, _ := os.ReadFile(m)
			b[len(b)-3] ^= 1
			os.WriteFile(m, b, 0o666)
		}, nil, ""},
		{"not at all", func(t *testing.T, m, public string) {}, nil, ""},
		{"with all times", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			later := time.Now().Add(time.Hour)
			for name := range pages {
				os.Chtimes(filepath.Join(public, name), later, later)
			}
		}, nil, ""},
		{"with the list", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			os.Remove(list(public))
		}, tree{"old/index.html": "old"}, ""},
		{"and the list is another file", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			os.WriteFile(list(public), []byte("old/index.html"), 0o666)
		}, tree{"old/index.html": "old"}, ""},
		{"and half of the list", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			os.Truncate(list(public), int64(len(listHead)+listLine+7)) // index.html is listed, old/ is not
		}, tree{"old/index.html": "old"}, ""},
		{"and the list is a link", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			os.Rename(list(public), filepath.Join(filepath.Dir(public), "list"))
			tree{listName: "-> ../list"}.write(t, public)
		}, tree{"old/index.html": "old"}, ""},
		{"and copies of pages", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			tree{"copy/index.html": "old", "old/copy.html": "old", "a/index.html.bak": "a"}.write(t, public)
		}, tree{"copy/index.html": "old", "old/copy.html": "old", "a/index.html.bak": "a"}, ""},
		{"and edits", func(t *testing.T, m, public string) {
			os.RemoveAll(state(m))
			tree{"old/index.html": "older", "index.html": "mine"}.write(t, public)
		}, tree{"old/index.html": "older"}, "public/index.html: warning [overwritten]"},
	} {
		for _, how := range []string{"moved", "swapped", "portable"} {
			t.Run(test.name+"/"+how, func(t *testing.T) {
				site := newSite(t)
				public := filepath.Join(site, "public")
				f := &faults{}
				opt := testOptions(site, f)
				switch how {
				case "swapped":
					opt.many = 1
				case "portable":
					opt.FS = f.openPortable
				}
				mustPublish(t, opt, pages.and(tree{"old/index.html": "old"}))
				manifests, _ := filepath.Glob(filepath.Join(site, ".guidepost/publish/*/manifest"))
				if len(manifests) != 1 {
					t.Fatal(manifests)
				}
				test.damage(t, manifests[0], public)
				before, _ := os.Stat(filepath.Join(public, "a/index.html"))
				r := mustPublish(t, opt, pages)
				if briefly(r.Diags) != test.diags {
					t.Errorf("told: %v", r.Diags)
				}
				wrote := Changes{}
				if test.diags != "" {
					wrote.Added = []string{"index.html"}
				}
				if test.stays["old/index.html"] == "" {
					wrote.Removed = []string{"old/index.html"}
				}
				if !cmp.Equal(wrote, r.Changes) {
					t.Errorf("changed %v, want %v", r.Changes, wrote)
				}
				if after, _ := os.Stat(filepath.Join(public, "a/index.html")); !os.SameFile(before, after) {
					t.Error("an identical file was written again")
				}
				wantTree(t, "after", public, pages.and(test.stays))
				d, err := Open(context.Background(), opt)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				wantRest(t, "after", d, site)
				if d.Lost() {
					t.Error("it is still lost")
				}
				if diff := cmp.Diff(pages.files(), digests(d.Manifest())); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestTwoFolders: each folder that a site is published to has a manifest.
func TestTwoFolders(t *testing.T) {
	site := newSite(t)
	opt := testOptions(site, nil)
	other := opt
	other.Out = filepath.Join(quickDir(t), "elsewhere")
	inside := opt
	inside.Out = filepath.Join(site, "dist", "www")
	mustPublish(t, opt, tree{"index.html": "1", "a.html": "a"})
	mustPublish(t, other, tree{"index.html": "2", "b.html": "b"})
	mustPublish(t, inside, tree{"index.html": "3", "c.html": "c"})
	if r := mustPublish(t, other, tree{"index.html": "2"}); !cmp.Equal(r.Changes, Changes{Removed: []string{"b.html"}}) {
		t.Error(r.Changes)
	}
	if r := mustPublish(t, opt, tree{"index.html": "4"}); !cmp.Equal(r.Changes, Changes{Updated: []string{"index.html"}, Removed: []string{"a.html"}}) {
		t.Error(r.Changes)
	}
	wantTree(t, "public", opt.Out, tree{"index.html": "4"})
	wantTree(t, "other", other.Out, tree{"index.html": "2"})
	wantTree(t, "inside", inside.Out, tree{"index.html": "3", "c.html": "c"})
	wantNoLeftovers(t, "after", site)
	if list, _ := os.ReadDir(filepath.Dir(other.Out)); len(list) != 1 {
		t.Errorf("left beside the folder: %v", list)
	}

	// A site that is moved takes what it knows along.
	moved := filepath.Join(quickDir(t), "moved")
	if err := os.Rename(site, moved); err != nil {
		t.Fatal(err)
	}
	if r := mustPublish(t, testOptions(moved, nil), tree{}); len(r.Changes.Removed) != 1 {
		t.Error(r.Changes)
	}
}

func TestPutErrors(t *testing.T) {
	site := newSite(t)
	d, err := Open(context.Background(), testOptions(site, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	begin := func() *Change {
		c, err := d.Begin(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	text := []byte("text")
	sum := cache.Sum(text)
	c := begin()
	for _, path := range []string{"", ".", "/a", "../a", "a/../b", "a//b", "a/", `a\b`, "c:a", "a\x00", "a\nb", "\xff", pendingName + "/x"} {
		if err := c.Put(path, sum, text); err == nil {
			t.Errorf("%q was taken for a path", path)
		}
	}
	if err := c.Put("a", sum, text); err != nil {
		t.Error(err)
	}
	if err := c.Put("a", sum, text); err != nil {
		t.Error("the same again:", err)
	}
	if err := c.Put("a", cache.Sum(nil), nil); err == nil {
		t.Error("put twice with different bytes")
	}
	if err := c.PutFrom("b", sum, strings.NewReader("other")); err == nil {
		t.Error("bytes that the digest is not of")
	}
	if _, err := d.Begin(context.Background(), 1); err == nil {
		t.Error("two changes at a time")
	}
	c.Abort()
	if err := c.Put("c", sum, text); !errors.Is(err, errEnded) {
		t.Error("put after the end:", err)
	}
	if _, err := c.Commit(context.Background(), nil); !errors.Is(err, errEnded) {
		t.Error("committed after the end:", err)
	}
	for name, want := range map[string][]File{
		"not put":        {{Path: "a", Digest: sum}},
		"twice":          {{Path: "a", Digest: sum}, {Path: "a", Digest: sum}},
		"other bytes":    {{Path: "b", Digest: sum}},
		"no such path":   {{Path: "../a", Digest: sum}},
		"file in a file": nil,
	} {
		c := begin()
		c.Put("b", cache.Sum(nil), nil)
		if name == "file in a file" {
			if c.Put("b/c", sum, text) == nil {
				t.Error("a file in a file")
			}
			c.Abort()
			continue
		}
		if _, err := c.Commit(context.Background(), want); err == nil {
			t.Errorf("%s: committed", name)
		}
	}
	// Order does not matter, and what was put but is not wanted is left out.
	c = begin()
	for _, path := range []string{"b", "a", "x/y"} {
		if err := c.PutFrom(path, sum, strings.NewReader("text")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Commit(context.Background(), []File{{Path: "b", Digest: sum}, {Path: "a", Digest: sum}}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, "after", d.out, tree{"a": "text", "b": "text"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c = begin()
	c.Put("c", sum, text)
	if _, err := c.Commit(ctx, []File{{Path: "c", Digest: sum}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	wantTree(t, "cancelled", d.out, tree{"a": "text", "b": "text"})
	wantRest(t, "cancelled", d, site)
}

// TestWantedAsPublished: a page may be put and yet be wanted as it was, since it
// turned out to be in error.
func TestWantedAsPublished(t *testing.T) {
	for _, many := range []int{1, 1000} {
		site := newSite(t)
		opt := testOptions(site, nil)
		opt.many = many
		old := tree{"a/index.html": "a", "b/index.html": "b"}
		mustPublish(t, opt, old)
		d, err := Open(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.Begin(context.Background(), 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"a/index.html", "b/index.html"} {
			if err := c.Put(path, cache.Sum([]byte("new")), []byte("new")); err != nil {
				t.Fatal(err)
			}
		}
		want := old.and(tree{"b/index.html": "new"})
		r, err := c.Commit(context.Background(), want.files())
		if err != nil || !cmp.Equal(r.Changes, Changes{Updated: []string{"b/index.html"}}) {
			t.Fatal(r, err)
		}
		wantTree(t, "after", opt.Out, want)
		wantRest(t, "after", d, site)
		d.Close()
	}
}
