package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guidepost/generator/internal/cache"
)

func TestRefused(t *testing.T) {
	site := newSite(t)
	home := quickDir(t)
	t.Setenv("HOME", home)
	tree{
		"content/sub/": "", "layouts/": "", ".git/HEAD": "ref", "file": "f", "public/": "",
		"link-to-content": "-> content", "link-to-site": "-> .", "link-to-public": "-> public",
		"link-to-sub": "-> content/sub", "loop": "-> loop", "nowhere": "-> not/there",
	}.write(t, site)
	tree{"link-to-home": "-> " + home}.write(t, site)
	for _, test := range []struct{ out, why string }{
		{"content", "it is content/"},
		{"content/", "it is content/"},
		{"./x/../content", "it is content/"},
		{"content/sub", "it lies in content/"},
		{"content/sub/new/deep", "it lies in content/"},
		{"layouts", "it is layouts/"},
		{"layouts/x", "it lies in layouts/"},
		{".", "it is the site's own folder"},
		{"..", "it holds the site's own folder"},
		{"/", "it is the whole disk"},
		{home, "it is your home folder"},
		{filepath.Dir(home), "it holds"},
		{".guidepost", "it is .guidepost/"},
		{".guidepost/x", "it lies in .guidepost/"},
		{".git/x", "it lies in a .git folder"},
		{"link-to-content", "it is content/"},
		{"link-to-sub", "it lies in content/"},
		{"link-to-sub/x", "it lies in content/"},
		{"link-to-site", "it is the site's own folder"},
		{"link-to-site/content/x", "it lies in content/"},
		{"link-to-home", "it is your home folder"},
		{"file", "it is a file"},
	} {
		opt := testOptions(site, nil)
		opt.Out = test.out
		if !filepath.IsAbs(test.out) {
			opt.Out = site + "/" + test.out
		}
		d, err := Open(context.Background(), opt)
		var refusal *Refusal
		if err == nil {
			d.Close()
			t.Errorf("%s: not refused", test.out)
		} else if !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Why, test.why) {
			t.Errorf("%s: %v, want %q", test.out, err, test.why)
		}
	}
	for _, out := range []string{"loop", "nowhere", "file/x"} {
		opt := testOptions(site, nil)
		opt.Out = filepath.Join(site, out)
		if d, err := Open(context.Background(), opt); err == nil {
			if _, err := publishIn(d, tree{"a": "a"}); err == nil {
				t.Errorf("%s: published", out)
			}
			d.Close()
		}
	}
	if _, err := os.Stat(filepath.Join(site, "content", "sub", "new")); err == nil {
		t.Error("a refused folder was made")
	}
	for _, out := range []string{"link-to-public", "contents", "public/en", home + "/www"} {
		opt := testOptions(site, nil)
		opt.Out = out
		if !filepath.IsAbs(out) {
			opt.Out = filepath.Join(site, out)
		}
		mustPublish(t, opt, tree{"index.html": out})
		if b, err := os.ReadFile(filepath.Join(opt.Out, "index.html")); err != nil || string(b) != out {
			t.Errorf("%s: %q, %v", out, b, err)
		}
	}
	if s, err := os.Lstat(filepath.Join(site, "link-to-public")); err != nil || s.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link to the folder was replaced")
	}
}

// TestWait: the second of two builds waits for the first, and is told.
func TestWait(t *testing.T) {
	site := newSite(t)
	opt := testOptions(site, nil)
	first, err := Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan int, 10)
	opt.Waiting = func(pid int) { told <- pid }

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, opt); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("did not wait, or not as long as it was to:", err)
	}
	if pid := <-told; pid != os.Getpid() {
		t.Errorf("told of process %d", pid)
	}

	opened := make(chan error)
	var second *Dir
	go func() {
		var err error
		second, err = Open(context.Background(), opt)
		opened <- err
	}()
	<-told
	if _, err := publishIn(first, tree{"index.html": "first"}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-opened:
		t.Fatal("did not wait:", err)
	case <-time.After(20 * time.Millisecond):
	}
	first.Release()
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	if len(second.Manifest()) != 1 {
		t.Error("what the first published is not known to the second")
	}
	if len(told) > 0 {
		t.Error("told more than once")
	}
	if _, err := first.Begin(context.Background(), 1); err == nil {
		t.Error("a change was begun in a folder that was released")
	}
	if _, err := publishIn(second, tree{"index.html": "second", "a": "a"}); err != nil {
		t.Fatal(err)
	}
	second.Close()
	if err := first.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if len(first.Manifest()) != 2 {
		t.Error("what was published meanwhile is not known")
	}
	if _, err := publishIn(first, tree{"index.html": "third"}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, "third", first.out, tree{"index.html": "third"})
}

// TestTwoSites: two sites that publish to one folder do so one after the other;
// what each removes of the other's, it names.
func TestTwoSites(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders cannot be locked there")
	}
	for _, many := range []int{1, 1000} {
		out := filepath.Join(quickDir(t), "www")
		var wg sync.WaitGroup
		for _, name := range []string{"one", "two"} {
			opt := testOptions(newSite(t), nil)
			opt.Out, opt.many = out, many
			wg.Go(func() {
				for round := range 12 {
					pages := tree{"index.html": name + " home"}
					for i := range 6 {
						pages[fmt.Sprintf("%s-%d/index.html", name, (i+round)%8)] = fmt.Sprint(name, round)
					}
					d, err := Open(context.Background(), opt)
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := publishIn(d, pages); err != nil {
						t.Error(err)
					}
					for i := range 3 {
						time.Sleep(time.Millisecond)
						at := readTree(t, out)
						for file, text := range pages {
							if at[file] != text {
								t.Errorf("%s is %q, not %q, look %d", file, at[file], text, i)
							}
						}
					}
					d.Close()
				}
			})
		}
		wg.Wait()
	}

	out := filepath.Join(quickDir(t), "www")
	one, two := testOptions(newSite(t), nil), testOptions(newSite(t), nil)
	one.Out, two.Out = out, out
	first := tree{"index.html": "one"}
	for i := range mostTakenOver + 5 {
		first[fmt.Sprintf("p%02d.html", i)] = "one"
	}
	mustPublish(t, one, first)
	tree{"CNAME": "example.org"}.write(t, out)
	r := mustPublish(t, two, tree{"index.html": "two"})
	wantTree(t, "the other", out, tree{"index.html": "two", "CNAME": "example.org"})
	named, last := 0, ""
	for _, d := range r.Diags {
		if d.Rule == "foreign-file" {
			named++
			if d.File == filepath.ToSlash(out) {
				last = d.Message
			}
		}
	}
	if named != mostTakenOver+1 || !strings.HasPrefix(last, "5 more") {
		t.Errorf("%d files of the other site are named, and %q: %v", named, last, r.Diags)
	}
}

// TestLockContended: of those that wait for the lock one at a time gets it.
func TestLockContended(t *testing.T) {
	dir := quickDir(t)
	first, err := acquire(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var in atomic.Int32
	var wg sync.WaitGroup
	waiting := make(chan struct{}, 4)
	for range 4 {
		wg.Go(func() {
			l, err := acquire(context.Background(), dir, func(int) { waiting <- struct{}{} })
			if err != nil {
				t.Error(err)
				return
			}
			if in.Add(1) > 1 {
				t.Error("two hold the lock")
			}
			time.Sleep(time.Millisecond)
			in.Add(-1)
			l.release()
		})
	}
	for range 4 {
		<-waiting
	}
	first.release()
	wg.Wait()
}

// TestReader: whoever reads while files are moved sees each file whole, the
// old one or the new one.
func TestReader(t *testing.T) {
	for _, noTrade := range []error{nil, syscall.EINVAL} {
		site := newSite(t)
		opt := testOptions(site, &faults{noTrade: noTrade})
		opt.InPlace = true
		versions := make([]tree, 6)
		for v := range versions {
			versions[v] = tree{}
			for i := range 20 {
				versions[v][string(rune('a'+i))+"/index.html"] = strings.Repeat(string(rune('A'+v)), 10_000+1000*v)
			}
		}
		mustPublish(t, opt, versions[0])
		stop := make(chan struct{})
		var reads atomic.Int64
		var wg sync.WaitGroup
		for g := range 2 {
			wg.Go(func() {
				for i := g; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					name := string(rune('a'+i%20)) + "/index.html"
					b, err := os.ReadFile(filepath.Join(opt.Out, name))
					if err != nil {
						t.Error(err)
						return
					}
					v := int(b[0] - 'A')
					if v < 0 || v >= len(versions) || string(b) != versions[v][name] {
						t.Errorf("half of %s was read: %d bytes", name, len(b))
						return
					}
					reads.Add(1)
				}
			})
		}
		for round := range 30 {
			mustPublish(t, opt, versions[round%len(versions)])
		}
		close(stop)
		wg.Wait()
		if reads.Load() < 100 {
			t.Errorf("only %d reads", reads.Load())
		}
	}
}

// TestInPlace: with InPlace the folder itself is never replaced, however much
// changes.
func TestInPlace(t *testing.T) {
	site := newSite(t)
	opt := testOptions(site, nil)
	opt.InPlace, opt.many = true, 1
	if err := os.Mkdir(opt.Out, 0o750); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(opt.Out)
	mustPublish(t, opt, many(3, "old"))
	mustPublish(t, opt, many(3, "new"))
	if after, _ := os.Stat(opt.Out); !os.SameFile(before, after) {
		t.Error("the folder was replaced")
	}
	// Without it is, but keeps its permissions.
	opt.InPlace = false
	mustPublish(t, opt, many(3, "old"))
	after, _ := os.Stat(opt.Out)
	if os.SameFile(before, after) {
		t.Error("the folder was not replaced: the other half of this test is void")
	}
	if after.Mode() != before.Mode() {
		t.Errorf("the folder's mode is %v, was %v", after.Mode(), before.Mode())
	}
	wantTree(t, "after", opt.Out, many(3, "old"))
}

// TestFailureTexts: what the machine cannot do is told in plain words.
func TestFailureTexts(t *testing.T) {
	for _, test := range []struct {
		errno error
		want  string
	}{
		{syscall.ENOSPC, "cannot write public/a/index.html: the disk is full"},
		{syscall.EACCES, "cannot write public/a/index.html: permission denied"},
		{syscall.EROFS, "cannot write public/a/index.html: the disk can only be read"},
		{syscall.EMFILE, "cannot write public/a/index.html: too many files are open (see ulimit -n)"},
		{syscall.EDQUOT, "cannot write public/a/index.html: your quota on this disk is used up"},
		{syscall.EIO, "cannot write public/a/index.html: the disk reports a fault (input/output error)"},
	} {
		site := newSite(t)
		f := &faults{failing: func(op, name string) error {
			if op == "write" && strings.HasSuffix(name, "index.html") {
				return test.errno
			}
			return nil
		}}
		_, err := publishTo(testOptions(site, f), tree{"a/index.html": "a"})
		var failure *Failure
		if !errors.As(err, &failure) || err.Error() != test.want || !errors.Is(err, test.errno) {
			t.Errorf("%v: %v", test.errno, err)
		}
		wantNoLeftovers(t, test.want, site)
	}
}

// TestFS holds both kinds of FS to what FS promises.
func TestFS(t *testing.T) {
	for name, open := range map[string]func(string) (FS, error){"system": OpenFS, "portable": openRoot} {
		t.Run(name, func(t *testing.T) {
			top := quickDir(t)
			dir := filepath.Join(top, "root")
			tree{
				"outside": "secret", "root/a/file": "text", "root/out": "-> ../outside", "root/up": "-> ..",
				"root/in": "-> a", "root/in-file": "-> a/file", "root/none": "-> not there", "root/e/": "",
			}.write(t, top)
			f, err := open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			write := func(name, text string) error {
				_, err := f.WriteFile(name, strings.NewReader(text), true)
				return err
			}
			before := readTree(t, top)
			for _, bad := range []string{
				"", "/etc/passwd", "..", "../outside", "a/../a/file", "up/outside", "in/new", "in/file", "out/x", "none/x", "none", "out",
			} {
				for op, err := range map[string]error{
					"write":    write(bad, "x"),
					"mkdir":    f.Mkdir(bad),
					"rmdir":    f.Rmdir(bad),
					"link to":  f.Link("a/file", bad),
					"exchange": f.Exchange("a/file", bad+"/x"),
					"chmod":    f.Chmod(bad+"/x", 0o700),
				} {
					if err == nil {
						t.Errorf("%s %q: done", op, bad)
					}
				}
				if r, err := f.Open(bad); err == nil {
					b, _ := io.ReadAll(r)
					t.Errorf("open %q: %q", bad, b)
				}
				if bad != "none" && bad != "out" {
					if err := f.Remove(bad); err == nil {
						t.Errorf("remove %q: done", bad)
					}
					if s, err := f.Lstat(bad); err == nil {
						t.Errorf("lstat %q: %v", bad, s)
					}
					if err := f.Rename("a/file", bad); err == nil {
						t.Errorf("rename to %q: done", bad)
					}
				}
			}
			for _, link := range []string{"in", "up", "in-file", "none"} {
				if _, err := f.ReadDir(link); err == nil {
					t.Errorf("readdir %q: done", link)
				}
				if _, err := f.Private(link); err == nil {
					t.Errorf("private %q: done", link)
				}
				if s, err := f.Lstat(link); err != nil || s.Mode&fs.ModeSymlink == 0 {
					t.Errorf("lstat %q: %v, %v", link, s, err)
				}
			}
			if err := f.Remove("e"); err == nil {
				t.Error("a folder was removed as a file")
			}
			if err := f.Rmdir("a/file"); err == nil {
				t.Error("a file was removed as a folder")
			}
			if err := f.Rmdir("a"); err == nil {
				t.Error("a folder was removed with what it held")
			}
			if err := write("a/file", "again"); !errors.Is(err, fs.ErrExist) {
				t.Error("a file was overwritten:", err)
			}
			if _, err := f.WriteFile("a/broken", io.MultiReader(strings.NewReader("half"), errReader{}), false); err == nil {
				t.Error("an error of the source was not told")
			}
			if _, err := f.Open("a"); err == nil {
				t.Error("a folder was opened as a file")
			}
			for _, name := range []string{"gone", "gone/x", "a/file/x"} {
				if _, err := f.Lstat(name); !absent(err) {
					t.Errorf("lstat %q: %v", name, err)
				}
			}
			if got := readTree(t, top); !equal(got, before) {
				t.Fatalf("changed: %v", got)
			}

			if err := write("a/new", "new"); err != nil {
				t.Fatal(err)
			}
			if err := f.Mkdir("b"); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{
				f.Link("a/new", "b/link"), f.Rename("a/file", "b/file"), f.Chmod("b", 0o750), f.Sync("b"), f.Sync("b/file"),
				f.Remove("none"), f.Rmdir("e"), f.Rename("a/new", "b/file"),
			} {
				if err != nil {
					t.Error(err)
				}
			}
			p, err := f.Private("b")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			s, err := p.WriteFile("x", bytes.NewReader([]byte("four")), false)
			now, _ := p.Lstat("x")
			if err != nil || s != now || s.Size != 4 || time.Since(time.Unix(0, s.ModTime)).Abs() > time.Minute {
				t.Errorf("written %v, there %v, %v", s, now, err)
			}
			list, err := f.ReadDir("b")
			if err != nil || len(list) != 3 || list[0].Name != "file" || list[2].Name != "x" {
				t.Error(list, err)
			}
			switch err := f.Exchange("b/x", "b/link"); {
			case err == nil:
				if b, _ := os.ReadFile(filepath.Join(dir, "b/x")); string(b) != "new" {
					t.Errorf("exchanged: %q", b)
				}
			case !unsupported(err):
				t.Error(err)
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// FuzzJournal: whatever stands in the place of the journal or the manifest,
// opening the folder changes nothing outside it and does not panic.
func FuzzJournal(f *testing.F) {
	j := &journal{pending: ".guidepost/publish/x", dirs: []string{"public/a"}, ops: []op{
		{File: File{Path: "a/b", Digest: cache.Sum(nil)}, kind: put, had: true},
		{File: File{Path: "c"}, kind: remove, old: cache.Sum(nil)},
	}}
	body := func(b []byte, magic string) []byte { return b[len(magic)+len(cache.Digest{}):] }
	f.Add(body(j.encode(), journalMagic))
	f.Add(body((&journal{pending: "content", swap: true, ops: []op{{File: File{Path: "../x"}}}}).encode(), journalMagic))
	f.Add(body(encodeManifest("public", Manifest{{Path: "a"}, {Path: "b"}}), manifestMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		// With a checksum that is right, so that what is in it is looked at.
		raw := func(e *cache.Encoder) { e.B = append(e.B, b...) }
		if j := decodeJournal(seal(journalMagic, raw)); j != nil {
			for _, o := range j.ops {
				if !validPath(o.Path) {
					t.Errorf("a journal about %q", o.Path)
				}
			}
			j.apply(Manifest{{Path: "a"}, {Path: "c"}})
			inOrder(j.ops)
		}
		if m, _ := decodeManifest("public", seal(manifestMagic, raw)); !wellFormed(m) {
			t.Errorf("a manifest that is not in order: %v", m)
		}
		if _, ok := decodeManifest("public", b); ok || decodeJournal(b) != nil {
			t.Error("something was read without a checksum")
		}
	})
}
