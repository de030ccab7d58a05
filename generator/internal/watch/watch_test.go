package watch

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func hidden(name string) bool { return name[0] == '.' || strings.HasSuffix(name, "~") }

// A saving is how an editor replaces a file, as its events come in; a pause is a
// number of milliseconds.
var savings = map[string][]any{
	"in place":           {"write a.md"},
	"vim":                {"create 4913", "gone 4913", "gone a.md", "create a.md", 2, "write a.md", "gone a.md~"},
	"VS Code, atomic":    {"create a.md.vsctmp", "write a.md.vsctmp", "gone a.md.vsctmp", "create a.md"},
	"VS Code, not":       {"write a.md", 1, "write a.md"},
	"JetBrains":          {"create a.md___jb_tmp___", "write a.md___jb_tmp___", 3, "gone a.md", "create a.md___jb_old___", "gone a.md___jb_tmp___", "create a.md", 3, "gone a.md___jb_old___"},
	"Emacs":              {"create .#a.md", "gone a.md", "create a.md~", "create a.md", "write a.md", "gone .#a.md"},
	"gedit":              {"create .goutputstream-X", "write .goutputstream-X", 4, "gone a.md", "gone .goutputstream-X", "create a.md"},
	"gone for a moment":  {"gone a.md", 30, "create a.md", "write a.md"},
	"removed, then back": {"gone a.md", 45, "create a.md"},
}

func TestEachSaveIsOneBatch(t *testing.T) {
	for name, steps := range savings {
		t.Run(name, func(t *testing.T) {
			var s settler
			now := time.Unix(0, 0)
			batches := 0
			wait := func(until time.Time) {
				for now.Before(until) {
					now = now.Add(time.Millisecond)
					if b, ok := s.take(now); ok {
						batches++
						if !slices.Contains(b.Paths, "content/a.md") {
							t.Errorf("the batch names %q", b.Paths)
						}
					}
				}
			}
			for _, step := range steps {
				if ms, ok := step.(int); ok {
					wait(now.Add(time.Duration(ms) * time.Millisecond))
					continue
				}
				op, file, _ := strings.Cut(step.(string), " ")
				s.add(now, "content/"+file, op == "gone")
			}
			wait(now.Add(time.Second))
			if batches != 1 {
				t.Errorf("%d batches, want 1", batches)
			}
		})
	}
}

func TestSettle(t *testing.T) {
	ms := func(n int) time.Time { return time.Unix(0, int64(n)*int64(time.Millisecond)) }
	t.Run("a checkout is one batch", func(t *testing.T) {
		var s settler
		for i := range 1000 {
			now := time.Unix(0, int64(i)*int64(300*time.Microsecond))
			if b, ok := s.take(now); ok {
				t.Fatalf("after %d files a batch of %d", i, len(b.Paths))
			}
			s.add(now, fmt.Sprintf("content/%d.md", i), false)
		}
		b, ok := s.take(ms(1000))
		if !ok || len(b.Paths) != 1000 {
			t.Errorf("%v, a batch of %d files, want 1000", ok, len(b.Paths))
		}
	})
	t.Run("what never rests is told in the end", func(t *testing.T) {
		var s settler
		n, last := 0, 0
		for i := range 5000 {
			if _, ok := s.take(ms(i)); ok {
				n, last = n+1, i
			}
			s.add(ms(i), "content/a.md", false)
		}
		if n < 4 || n > 7 || last < 3000 {
			t.Errorf("%d batches in 5 s, the last after %d ms", n, last)
		}
	})
	t.Run("nothing is never due", func(t *testing.T) {
		var s settler
		if _, ok := s.due(); ok {
			t.Error("due")
		}
		if _, ok := s.take(ms(1e6)); ok {
			t.Error("taken")
		}
	})
	t.Run("what is taken is not told again", func(t *testing.T) {
		var s settler
		s.add(ms(0), "content/a.md", true)
		s.addAll(ms(0))
		b, ok := s.take(ms(500))
		if !ok || !b.All || !slices.Equal(b.Paths, []string{"content/a.md"}) {
			t.Errorf("%v %v", b, ok)
		}
		if _, ok := s.take(ms(5000)); ok {
			t.Error("taken twice")
		}
	})
	t.Run("merged", func(t *testing.T) {
		b := merge(Batch{Paths: []string{"a", "c"}}, Batch{Paths: []string{"b", "c"}, All: true})
		if !slices.Equal(b.Paths, []string{"a", "b", "c"}) || !b.All {
			t.Errorf("%v", b)
		}
	})
}

func TestIgnored(t *testing.T) {
	tops := []string{"content", "layouts"}
	for p, want := range map[string]bool{
		"content": false, "content/a.md": false, "layouts/x/y.html": false,
		"public/index.html": true, ".guidepost/cache/index": true, ".git/HEAD": true, "README.md": true, "contents/a.md": true,
		"content/.git/HEAD": true, "content/a/.#b.md": true, "content/a.md~": true, "content/.x/y/z.md": true,
	} {
		if got := Ignored(tops, hidden, p); got != want {
			t.Errorf("%s: %t, want %t", p, got, want)
		}
	}
}

// A site is a folder that is watched; seen is what a look at it showed after the
// last batch.
type site struct {
	t    *testing.T
	dir  string
	w    *Watcher
	said []string
	seen map[string]string
}

func newSite(t *testing.T, o Options, files ...string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	for _, f := range append(files, "content/index.md", "layouts/x.html", ".guidepost/state") {
		s.write(f, "first")
	}
	o.Dir, o.Tops, o.Skip = s.dir, []string{"content", "layouts"}, hidden
	o.Say = func(m string) { s.said = append(s.said, m) }
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	w, err := Watch(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	s.w, s.seen = w, s.look()
	return s
}

func (s *site) name(p string) string { return filepath.Join(s.dir, filepath.FromSlash(p)) }

func (s *site) write(p, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.name(p)), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.name(p), []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) rename(a, b string) { s.t.Helper(); s.must(os.Rename(s.name(a), s.name(b))) }

// look returns every file that counts, with its text.
func (s *site) look() map[string]string {
	all := map[string]string{}
	for _, top := range []string{"content", "layouts"} {
		real, err := filepath.EvalSymlinks(s.name(top))
		if err != nil {
			continue
		}
		filepath.WalkDir(real, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case p != real && hidden(d.Name()) && d.IsDir():
				return fs.SkipDir
			case hidden(d.Name()) || d.IsDir():
				return nil
			}
			b, _ := os.ReadFile(p)
			rel, _ := filepath.Rel(real, p)
			all[top+"/"+filepath.ToSlash(rel)] = string(b)
			return nil
		})
	}
	return all
}

// settle takes batches, and looks at the tree after each as a build does, until
// what was seen last is what is there and it stays quiet.
func (s *site) settle() (batches int) {
	s.t.Helper()
	limit := time.After(20 * time.Second)
	quiet := 150 * time.Millisecond // longer than a batch settles
	for {
		select {
		case <-s.w.Batches():
			batches++
			s.seen = s.look()
		case <-time.After(quiet):
			if maps.Equal(s.seen, s.look()) {
				return batches
			}
		case <-limit:
			s.t.Fatalf("not all was told: %s", difference(s.seen, s.look()))
		}
	}
}

func difference(a, b map[string]string) string {
	var out []string
	for p := range a {
		if _, ok := b[p]; !ok {
			out = append(out, p+" is gone")
		}
	}
	for p, text := range b {
		if old, ok := a[p]; !ok {
			out = append(out, p+" is new")
		} else if old != text {
			out = append(out, p+" has changed")
		}
	}
	slices.Sort(out)
	return strings.Join(out[:min(len(out), 10)], ", ")
}

func TestWatch(t *testing.T) {
	for name, poll := range map[string]bool{"told": false, "polled": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{Poll: poll, Every: 20 * time.Millisecond}, "content/s/u/deep.md", "content/s/a.md")
			for _, c := range []struct {
				what string
				do   func()
				none bool
			}{
				{"a file is written", func() { s.write("content/index.md", "second") }, false},
				{"folders with a file at once", func() { s.write("content/a/b/c/new.md", "new") }, false},
				{"in the new folder", func() { s.write("content/a/b/c/new.md", "again") }, false},
				{"a folder is renamed", func() { s.rename("content/s", "content/t") }, false},
				{"within it, after", func() { s.write("content/t/u/deep.md", "third") }, false},
				{"the old name again", func() { s.write("content/s/u/deep.md", "another") }, false},
				{"in the old name", func() { s.write("content/s/u/deep.md", "another still") }, false},
				{"swapped", func() {
					s.rename("content/s", "content/x")
					s.rename("content/t", "content/s")
					s.rename("content/x", "content/t")
				}, false},
				{"within the swapped", func() { s.write("content/s/u/deep.md", "4"); s.write("content/t/u/deep.md", "5") }, false},
				{"a folder goes", func() { s.must(os.RemoveAll(s.name("content/s"))) }, false},
				{"a file becomes a folder", func() { s.must(os.Remove(s.name("content/t/u/deep.md"))); s.write("content/t/u/deep.md/index.md", "6") }, false},
				{"within it", func() { s.write("content/t/u/deep.md/index.md", "7") }, false},
				{"moved in from elsewhere", func() { s.write("elsewhere/p/q/r.md", "8"); s.rename("elsewhere", "content/in") }, false},
				{"within that", func() { s.write("content/in/p/q/r.md", "9") }, false},
				{"moved out", func() { s.rename("content/in", "out") }, false},
				{"a layout", func() { s.write("layouts/partials/y.html", "y") }, false},
				{"layouts go", func() { s.must(os.RemoveAll(s.name("layouts"))) }, false},
				{"and come", func() { s.write("layouts/z/z.html", "z") }, false},
				{"within them", func() { s.write("layouts/z/z.html", "zz") }, false},
				{"content of another folder", func() { s.rename("content", "old"); s.write("content/index.md", "10"); s.write("content/k/l.md", "10") }, false},
				{"within it", func() { s.write("content/k/l.md", "11") }, false},
				{"1,000 files at once", func() {
					for i := range 1000 {
						s.write(fmt.Sprintf("content/many/%d/%d.md", i%10, i), "x")
					}
				}, false},
				{"and away", func() { s.must(os.RemoveAll(s.name("content/many"))) }, false},
				{"state, output and backups", func() {
					s.write(".guidepost/state", "x")
					s.write("public/index.html", "x")
					s.write(".git/HEAD", "x")
					s.write("content/k/l.md~", "x")
					s.write("content/.x/l.md", "x")
				}, true},
			} {
				c.do()
				n := s.settle()
				if !c.none && n == 0 {
					t.Errorf("%s: not told", c.what)
				}
				if c.none && n > 0 && !poll {
					t.Errorf("%s: told", c.what)
				}
				if n > 4 {
					t.Errorf("%s: told %d times", c.what, n)
				}
			}
			if len(s.said) > 0 {
				t.Errorf("said %q", s.said)
			}
		})
	}
}

// TestSaves saves a file as editors do, on the disk.
func TestSaves(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{}, "content/a.md")
	for name, save := range map[string]func(text string){
		"in place": func(text string) { s.write("content/a.md", text) },
		"vim": func(text string) {
			s.write("content/4913", "")
			s.must(os.Remove(s.name("content/4913")))
			s.rename("content/a.md", "content/a.md~")
			s.write("content/a.md", text)
			s.must(os.Remove(s.name("content/a.md~")))
		},
		"VS Code": func(text string) {
			s.write("content/a.md.vsctmp", text)
			s.rename("content/a.md.vsctmp", "content/a.md")
		},
		"JetBrains": func(text string) {
			s.write("content/a.md___jb_tmp___", text)
			s.rename("content/a.md", "content/a.md___jb_old___")
			s.rename("content/a.md___jb_tmp___", "content/a.md")
			s.must(os.Remove(s.name("content/a.md___jb_old___")))
		},
		"Emacs": func(text string) {
			s.must(os.Symlink("me@host.1:2", s.name("content/.#a.md")))
			s.rename("content/a.md", "content/a.md~")
			s.write("content/a.md", text)
			s.must(os.Remove(s.name("content/.#a.md")))
			s.must(os.Remove(s.name("content/a.md~")))
		},
		"by another folder": func(text string) { s.write("tmp/a", text); s.rename("tmp/a", "content/a.md") },
	} {
		for i := range 3 {
			save(fmt.Sprintf("%s %d", name, i))
			// A busy machine may rest in the middle of a save.
			if n := s.settle(); n < 1 || n > 2 {
				t.Errorf("%s: told %d times", name, n)
			}
		}
	}
}

func TestLinkedContent(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.write("real1/a/b.md", "1")
	s.write("real2/a/b.md", "2")
	s.must(os.RemoveAll(s.name("content")))
	s.must(os.Symlink("real1", s.name("content")))
	s.settle()
	s.write("real1/a/b.md", "3")
	if s.settle() == 0 {
		t.Error("what happens behind the link is not told")
	}
	s.must(os.Symlink("real2", s.name("new")))
	s.rename("new", "content")
	if s.settle() == 0 {
		t.Error("that the link leads elsewhere is not told")
	}
	s.write("real2/a/b.md", "4")
	if s.settle() == 0 {
		t.Error("what happens behind the new link is not told")
	}
}

// TestOverflow loses events, and wants all told nevertheless, and the user once.
func TestOverflow(t *testing.T) {
	s := newSite(t, Options{Poll: true, Every: time.Hour})
	w := &Watcher{o: s.w.o, folders: map[string]fs.FileInfo{}, real: map[string]string{}, said: map[string]bool{}}
	now := time.Unix(0, 0)
	w.failure(fsnotify.ErrEventOverflow, now)
	w.failure(fmt.Errorf("add: %w", fsnotify.ErrEventOverflow), now)
	b, ok := w.settler.take(now.Add(time.Second))
	if !ok || !b.All {
		t.Errorf("%v %v, want a batch of all", b, ok)
	}
	if len(s.said) != 1 || !strings.Contains(s.said[0], "looking for changes every") {
		t.Errorf("said %q", s.said)
	}
	if !w.polling {
		t.Error("nobody looks from now on")
	}
}

// TestRandomly changes a tree at random, and wants all of it told in the end.
func TestRandomly(t *testing.T) {
	t.Parallel()
	const operations = 2000
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	s := newSite(t, Options{}, "content/a/b/c.md")
	dir := func() string {
		p := "content"
		for range r.Intn(4) {
			p += "/" + string(rune('a'+r.Intn(4)))
		}
		return p
	}
	for i := range operations {
		a, b := dir(), dir()
		switch r.Intn(8) {
		case 0, 1, 2:
			if info, err := os.Stat(s.name(a)); err == nil && info.IsDir() {
				os.WriteFile(s.name(a+"/f.md"), fmt.Append(nil, i), 0o666)
			}
		case 3:
			if os.MkdirAll(s.name(a), 0o777) == nil {
				os.WriteFile(s.name(a+"/f.md"), fmt.Append(nil, i), 0o666)
			}
		case 4:
			os.Rename(s.name(a), s.name(b))
		case 5:
			os.Rename(s.name(a+"/f.md"), s.name(b+"/f.md"))
		case 6:
			os.Remove(s.name(a + "/f.md"))
		case 7:
			if a != "content" && r.Intn(3) == 0 {
				os.RemoveAll(s.name(a))
			}
		}
		if os.MkdirAll(s.name("content"), 0o777); i%500 == 499 {
			s.settle()
			// The hardest to see: an edit where all is quiet.
			filepath.WalkDir(s.name("content"), func(p string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() && (p == s.name("content") || r.Intn(3) == 0) {
					os.WriteFile(filepath.Join(p, "late.md"), fmt.Append(nil, i), 0o666)
					s.settle()
				}
				return nil
			})
		} else if r.Intn(20) == 0 {
			time.Sleep(time.Duration(r.Intn(40)) * time.Millisecond)
		}
	}
	s.settle()
	if len(s.said) > 0 {
		t.Errorf("said %q", s.said)
	}
}
