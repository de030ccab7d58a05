package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"guidepost/generator/internal/diag"
)

// A world is what tasks look at.
type world struct {
	mu    sync.Mutex
	is    map[string]string // input -> what it is; missing is absent
	roots map[string]string
	asked map[string]int
}

func newWorld(kv ...string) *world {
	w := &world{is: map[string]string{}, roots: map[string]string{}, asked: map[string]int{}}
	for i := 0; i+1 < len(kv); i += 2 {
		w.is[kv[i]] = kv[i+1]
	}
	return w
}

func (w *world) Digest(name string) Digest {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[name]++
	if v, ok := w.is[name]; ok {
		return Sum([]byte(v))
	}
	return Digest{}
}

func (w *world) Root(kind string) Digest {
	if v := w.roots[kind]; v != "" {
		return Sum([]byte(v))
	}
	return Digest{}
}

// A job looks at inputs and makes of them a card and a page.
type job struct {
	name  string
	looks []string
}

// made is what a job makes of the world as it is.
func (j job) made(w *world) (card, page string) {
	var b strings.Builder
	b.WriteString(j.name)
	for _, l := range j.looks {
		fmt.Fprintf(&b, "|%s=%s", l, w.is[l])
	}
	return "card " + b.String(), "page " + strings.Repeat(b.String(), 3)
}

// do runs j in a round and returns whether it ran and why.
func (j job) do(t testing.TB, r *Round, w *world) Result {
	t.Helper()
	res, err := r.Do(context.Background(), j.name, nil, func(t *Task) (Digest, error) {
		for _, l := range j.looks {
			t.See(l)
		}
		card, page := j.made(w)
		t.Keep(Card, []byte(card))
		t.Keep(Page, []byte(page))
		if strings.Contains(card, "wrong") {
			t.Report(diag.Diag{Pos: diag.Pos{File: j.name, Line: 1, Col: 2}, EndCol: 5, Severity: diag.Error, Rule: "r", Message: card, Hint: "h"})
		}
		return Sum([]byte(card)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// check says whether what s has of a job is what the job makes.
func (j job) check(s *Store, w *world, res Result) error {
	card, page := j.made(w)
	if res.Digest != Sum([]byte(card)) {
		return fmt.Errorf("%s: digest of something else", j.name)
	}
	read := s.Cards()
	got, ok := read(res.Card)
	if ok && got != card {
		return fmt.Errorf("%s: card %q, want %q", j.name, got, card)
	}
	b, ok2 := s.Read(Page, res.Page)
	if ok2 && string(b) != page {
		return fmt.Errorf("%s: page %q, want %q", j.name, b, page)
	}
	if res.Why != "" && !(ok && ok2) {
		return fmt.Errorf("%s: what was just made is not there", j.name)
	}
	b, ok3 := s.Read(Card, res.Card)
	if ok3 != ok || ok && string(b) != card {
		return fmt.Errorf("%s: Read and Cards disagree", j.name)
	}
	return nil
}

var jobs = []job{
	{"parse:a", []string{"file:a", "settings:x"}},
	{"parse:b", []string{"file:b", "settings:x", "file:none"}},
	{"make:a", []string{"file:a", "site:one", "site:two"}},
	{"make:b", []string{"site:one", "layout:l"}},
	{"make:c", nil},
}

func everything() *world {
	return newWorld("file:a", "A", "file:b", "B", "settings:x", "X", "site:one", "1", "site:two", "2", "layout:l", "L")
}

// build runs all jobs, checks what they give and returns those that ran.
func build(t testing.TB, s *Store, w *world) (ran []string) {
	t.Helper()
	r := s.Round(w)
	for _, j := range jobs {
		res := j.do(t, r, w)
		if err := j.check(s, w, res); err != nil {
			t.Fatal(err)
		}
		if res.Why != "" {
			ran = append(ran, j.name+" "+res.Why)
		}
	}
	r.Finish("parse:")
	r.Finish("make:")
	r.Settle("site", "layout")
	return ran
}

// root makes an empty folder.
func root(t testing.TB) *os.Root {
	t.Helper()
	r, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestRunsWhatChanged: a task runs when something that it looked at has changed,
// has come or has gone, and else not; in the same process and after a save.
func TestRunsWhatChanged(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprintf("on disk %t", kept), func(t *testing.T) {
			var dir *os.Root
			if kept {
				dir = root(t)
			}
			s := Open(dir, "1")
			w := everything()
			step := func(want ...string) {
				t.Helper()
				if kept {
					if err := s.Save(); err != nil {
						t.Fatal(err)
					}
					s.Close()
					s = Open(dir, "1")
				}
				if got := build(t, s, w); !slices.Equal(got, want) {
					t.Errorf("ran %q, want %q", got, want)
				}
			}
			step("parse:a never made", "parse:b never made", "make:a never made", "make:b never made", "make:c never made")
			step()
			w.is["file:a"] = "A2"
			step("parse:a file:a", "make:a file:a")
			w.is["file:none"] = "there now"
			step("parse:b file:none")
			delete(w.is, "layout:l")
			step("make:b layout:l")
			step()
			w.is["layout:l"] = "L"
			step("make:b layout:l")
			s.Close()
		})
	}
}

// TestMust makes again what nothing has changed for, if it is told to.
func TestMust(t *testing.T) {
	s := Open(nil, "1")
	r := s.Round(newWorld())
	run := func(must func(Digest) string) (why string) {
		res, err := r.Do(context.Background(), "t", must, func(*Task) (Digest, error) { return Sum([]byte("x")), nil })
		if err != nil {
			t.Fatal(err)
		}
		return res.Why
	}
	if why := run(func(Digest) string { panic("asked though nothing was made") }); why != "never made" {
		t.Error(why)
	}
	if why := run(func(d Digest) string {
		if d != Sum([]byte("x")) {
			t.Error("asked about something else")
		}
		return "it is gone"
	}); why != "it is gone" {
		t.Error(why)
	}
	if why := run(func(Digest) string { return "" }); why != "" {
		t.Error(why)
	}
}

// TestFailures: what fails is not remembered, and nothing is begun once the
// context is done; what is remembered is still given.
func TestFailures(t *testing.T) {
	s := Open(nil, "1")
	r := s.Round(newWorld())
	bad := errors.New("disk full")
	if _, err := r.Do(context.Background(), "t", nil, func(*Task) (Digest, error) { return Digest{}, bad }); err != bad {
		t.Fatal(err)
	}
	if r.Fresh("t") {
		t.Error("a failure is remembered")
	}
	ok := func(*Task) (Digest, error) { return Digest{1}, nil }
	if _, err := r.Do(context.Background(), "t", nil, ok); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if res, err := r.Do(ctx, "t", nil, ok); err != nil || res.Digest != (Digest{1}) {
		t.Error(res, err)
	}
	if _, err := r.Do(ctx, "u", nil, func(*Task) (Digest, error) { t.Error("begun"); return Digest{}, nil }); err != context.Canceled {
		t.Error(err)
	}
}

// TestForgets: what a round did not ask for is gone after Finish, with its
// problems; other tasks stay.
func TestForgets(t *testing.T) {
	s := Open(nil, "1")
	w := everything()
	build(t, s, w)
	r := s.Round(w)
	jobs[0].do(t, r, w)
	r.Finish("parse:")
	for task, want := range map[string]bool{"parse:a": true, "parse:b": false, "make:a": true} {
		if _, ok := s.Explain(task); ok != want {
			t.Errorf("%s known: %t", task, ok)
		}
	}
}

// TestRoundTrip saves a store and opens it again: everything is as it was.
func TestRoundTrip(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	w := everything()
	build(t, s, w)
	for _, j := range jobs {
		s.Mark(j.name)
	}
	w.is["file:b"] = "wrong"
	build(t, s, w)
	s.SetRecord("scan", []byte{0, 1, 2})
	s.SetRecord("empty", nil)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	again := Open(dir, "1")
	defer again.Close()
	defer s.Close()
	if !bytes.Equal(again.Record("scan"), []byte{0, 1, 2}) || len(again.Record("empty")) != 0 || again.Record("other") != nil {
		t.Error("records differ")
	}
	for _, j := range jobs {
		a, ok := s.Explain(j.name)
		b, ok2 := again.Explain(j.name)
		if !ok || !ok2 || !reflect.DeepEqual(a, b) || len(a.Looks) != len(j.looks) {
			t.Errorf("%s: %v and %v", j.name, a, b)
		}
	}
	want, got := jobs[1].do(t, s.Round(w), w), jobs[1].do(t, again.Round(w), w)
	if got.Why != "" || !reflect.DeepEqual(got.Diags, want.Diags) || len(got.Diags) != 1 || got.Good == nil {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if good, ok := again.Read(Card, got.Good); !ok || !strings.Contains(string(good), "file:b=B|") {
		t.Errorf("the last good card is %q", good)
	}
	// Nothing has changed, so nothing is written.
	before, err := dir.Stat(indexName)
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Chtimes(indexName, before.ModTime().Add(-5e9), before.ModTime().Add(-5e9)); err != nil {
		t.Fatal(err)
	}
	third := Open(dir, "1")
	defer third.Close()
	if ran := build(t, third, w); len(ran) > 0 {
		t.Error(ran)
	}
	if err := third.Save(); err != nil {
		t.Fatal(err)
	}
	if st, err := dir.Stat(indexName); err != nil || !st.ModTime().Before(before.ModTime()) {
		t.Error("an index that has not changed is written again")
	}
}

// TestVersion: a store of another version is an empty one.
func TestVersion(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	build(t, s, everything())
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = Open(dir, "2")
	if ran := build(t, s, everything()); len(ran) != len(jobs) {
		t.Errorf("another version's work is trusted: only %q ran", ran)
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = Open(dir, "2")
	defer s.Close()
	if ran := build(t, s, everything()); len(ran) != 0 {
		t.Errorf("ran %q", ran)
	}
}

// saved writes a small store and returns its files. One entry is in error, so
// that every field is in use.
func saved(t *testing.T) map[string][]byte {
	dir := root(t)
	s := Open(dir, "1")
	defer s.Close()
	w := everything()
	build(t, s, w)
	s.Mark("parse:a")
	s.Mark("parse:b")
	w.is["file:a"] = "wrong"
	build(t, s, w)
	s.SetRecord("scan", []byte("a record"))
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	list, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if files[f.Name()], err = dir.ReadFile(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 3 {
		t.Fatal("want an index and two packs, got", list)
	}
	return files
}

// TestDamage spoils each file in every way, a byte at a time: what is opened is
// an empty store or a right one, nothing wrong is ever given, and what is saved
// next is whole.
func TestDamage(t *testing.T) {
	files := saved(t)
	w := everything()
	w.is["file:a"] = "wrong"
	empty, right := 0, 0
	dir := root(t)
	mend := func(names ...string) {
		for _, name := range names {
			dir.RemoveAll(name)
			if err := dir.WriteFile(name, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := slices.Collect(maps.Keys(files))
	mend(all...)
	try := func(what string, change func()) {
		change()
		s := Open(dir, "1")
		defer s.Close()
		switch ran := build(t, s, w); len(ran) {
		case 0:
			right++
			if r := string(s.Record("scan")); r != "a record" {
				t.Fatalf("%s: the record is %q", what, r)
			}
		case len(jobs):
			empty++
		default:
			t.Fatalf("%s: only %q ran", what, ran)
		}
	}
	for name, b := range files {
		for i := range b {
			try(fmt.Sprintf("%s, a bit of byte %d", name, i), func() {
				bad := bytes.Clone(b)
				bad[i] ^= 1 << (i % 8)
				if err := dir.WriteFile(name, bad, 0o644); err != nil {
					t.Fatal(err)
				}
			})
			try(fmt.Sprintf("%s cut to %d bytes", name, i), func() {
				if err := dir.WriteFile(name, b[:i], 0o644); err != nil {
					t.Fatal(err)
				}
			})
		}
		mend(name)
		for what, change := range map[string]func(dir *os.Root) error{
			"missing":  func(dir *os.Root) error { return dir.Remove(name) },
			"foreign":  func(dir *os.Root) error { return dir.WriteFile(name, bytes.Repeat([]byte("foreign "), 1000), 0o644) },
			"longer":   func(dir *os.Root) error { return dir.WriteFile(name, append(bytes.Clone(b), "more"...), 0o644) },
			"zero":     func(dir *os.Root) error { return dir.WriteFile(name, make([]byte, len(b)), 0o644) },
			"a folder": func(dir *os.Root) error { return errors.Join(dir.Remove(name), dir.Mkdir(name, 0o777)) },
			"a link":   func(dir *os.Root) error { return errors.Join(dir.Remove(name), dir.Symlink("../../nowhere", name)) },
			"swapped": func(dir *os.Root) error {
				return errors.Join(dir.Rename("cards-1", "x"), dir.Rename("pages-1", "cards-1"), dir.Rename("x", "pages-1"))
			},
		} {
			try(name+" "+what, func() {
				if err := change(dir); err != nil {
					t.Fatal(err)
				}
			})
			mend(all...)
		}
	}
	if empty == 0 || right == 0 {
		t.Errorf("%d stores were empty, %d right: the test shows little", empty, right)
	}
}

// TestDamagedPart: a part that is damaged is not given, though its entry is.
func TestDamagedPart(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	w := everything()
	build(t, s, w)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, name := range []string{"cards-1", "pages-1"} {
		b, err := dir.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[3] ^= 4 // in the first job's
		if err := dir.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = Open(dir, "1")
	defer s.Close()
	r := s.Round(w)
	for i, j := range jobs {
		res := j.do(t, r, w)
		if res.Why != "" {
			t.Fatal(j.name, "ran")
		}
		_, card := s.Cards()(res.Card)
		_, page := s.Read(Page, res.Page)
		if card != (i != 0) || page != (i != 0) {
			t.Errorf("%s: card %t, page %t", j.name, card, page)
		}
	}
	if _, ok := s.Read(Page, nil); ok {
		t.Error("there is a page that was never kept")
	}
}

// big keeps a page of a megabyte under a task, another each time.
func big(t *testing.T, s *Store, n int, version string) {
	t.Helper()
	w := newWorld("v", version)
	r := s.Round(w)
	for i := range n {
		_, err := r.Do(context.Background(), fmt.Sprint("big:", i), nil, func(t *Task) (Digest, error) {
			t.See("v")
			t.Keep(Card, fmt.Appendf(nil, "card %d %s", i, version))
			t.Keep(Page, bytes.Repeat(fmt.Appendf(nil, "%d %s ", i, version), 200_000))
			return Digest{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkBig(t *testing.T, s *Store, n int, version string) (lost int) {
	t.Helper()
	r := s.Round(newWorld("v", version))
	for i := range n {
		res, err := r.Do(context.Background(), fmt.Sprint("big:", i), nil, func(t *Task) (Digest, error) {
			lost++
			return Digest{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if res.Why != "" {
			continue
		}
		page, ok := s.Read(Page, res.Page)
		card, ok2 := s.Read(Card, res.Card)
		if !ok || !ok2 {
			lost++
			continue
		}
		if string(card) != fmt.Sprintf("card %d %s", i, version) || !bytes.HasPrefix(page, fmt.Appendf(nil, "%d %s ", i, version)) {
			t.Fatalf("wrong bytes: %q %q", card, page[:min(len(page), 20)])
		}
	}
	return lost
}

func names(t *testing.T, dir *os.Root) string {
	t.Helper()
	list, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range list {
		all = append(all, f.Name())
	}
	return strings.Join(all, " ")
}

// TestCompaction: where most of a pack is of results that nobody needs any more,
// it is written afresh; what is in use stays right in this process and the next.
func TestCompaction(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	for _, v := range []string{"one", "two", "three"} {
		big(t, s, 4, v)
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "cards-1 index pages-2" {
		t.Errorf("the folder holds %s", got)
	}
	if lost := checkBig(t, s, 4, "three"); lost > 0 {
		t.Errorf("%d results were lost", lost)
	}
	s.Close()
	s = Open(dir, "1")
	defer s.Close()
	if lost := checkBig(t, s, 4, "three"); lost > 0 {
		t.Errorf("%d results were lost", lost)
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
}

// TestCompactionOfDamage: a part that cannot be read when a pack is written
// afresh is lost, and nothing is given in its place.
func TestCompactionOfDamage(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	big(t, s, 4, "one")
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	b, err := dir.ReadFile("pages-1")
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/8] ^= 1 // in the first page
	if err := dir.WriteFile("pages-1", b, 0o644); err != nil {
		t.Fatal(err)
	}
	s = Open(dir, "1")
	defer s.Close()
	// Much that is then forgotten makes the pack worth writing afresh.
	r := s.Round(newWorld())
	for i := range 6 {
		if _, err := r.Do(context.Background(), fmt.Sprint("gone:", i), nil, func(t *Task) (Digest, error) {
			t.Keep(Page, make([]byte, 1<<20))
			return Digest{}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Round(newWorld()).Finish("gone:")
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "cards-1 index pages-2" {
		t.Fatalf("the folder holds %s", got)
	}
	if lost := checkBig(t, s, 4, "one"); lost != 1 {
		t.Errorf("%d results were lost, want the damaged one", lost)
	}
}

// TestLitter: packs that no index names are cleared away, other files not.
func TestLitter(t *testing.T) {
	dir := root(t)
	for _, name := range []string{"cards-7", "pages-9", "pages-x", "notes"} {
		if err := dir.WriteFile(name, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := Open(dir, "1")
	defer s.Close()
	build(t, s, everything())
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "cards-1 index notes pages-1 pages-x" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestRoots: answers are trusted without asking while the root that they derive
// from is that of the last round that was settled, and only then.
func TestRoots(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprintf("on disk %t", kept), func(t *testing.T) {
			var dir *os.Root
			if kept {
				dir = root(t)
			}
			s := Open(dir, "1")
			defer func() { s.Close() }()
			w := everything()
			w.roots["site"] = "r1"
			round := func(settle bool) (ran []string) {
				if kept {
					if err := s.Save(); err != nil {
						t.Fatal(err)
					}
					s.Close()
					s = Open(dir, "1")
				}
				w.asked = map[string]int{}
				r := s.Round(w)
				for _, j := range jobs {
					if res := j.do(t, r, w); res.Why != "" {
						ran = append(ran, j.name)
					}
				}
				if settle {
					r.Settle("site")
				}
				return ran
			}
			round(true)
			if ran := round(true); len(ran) > 0 || w.asked["site:one"] > 0 || w.asked["site:two"] > 0 {
				t.Errorf("ran %q, asked %v", ran, w.asked)
			}
			if w.asked["layout:l"] != 1 || w.asked["file:a"] != 1 {
				t.Errorf("what has no root is to be asked once: %v", w.asked)
			}
			w.roots["site"] = "r2"
			if ran := round(true); len(ran) > 0 || w.asked["site:one"] != 1 {
				t.Errorf("another root: ran %q, asked %v", ran, w.asked)
			}
			w.roots["site"], w.is["site:one"] = "r3", "1b"
			if ran := round(false); !slices.Equal(ran, []string{"make:a", "make:b"}) {
				t.Errorf("ran %q", ran)
			}
			// That round was not settled: r2 was, with site:one as it was then.
			w.roots["site"], w.is["site:one"] = "r2", "1"
			if ran := round(true); !slices.Equal(ran, []string{"make:a", "make:b"}) {
				t.Errorf("after a round that was not settled ran %q", ran)
			}
			w.roots["site"] = ""
			w.is["site:one"] = "1c"
			if ran := round(true); !slices.Equal(ran, []string{"make:a", "make:b"}) {
				t.Errorf("without a root ran %q", ran)
			}
			w.roots["site"], w.is["site:one"] = "r9", "1d"
			if ran := round(true); !slices.Equal(ran, []string{"make:a", "make:b"}) {
				t.Errorf("with a root again ran %q", ran)
			}
		})
	}
}

// TestGood: the card that was marked is kept until another is, over any number
// of runs and processes, though the task runs and the pack is written afresh.
func TestGood(t *testing.T) {
	dir := root(t)
	for _, c := range []struct {
		is   string
		mark bool
		good string // before it is marked
	}{
		{"1", false, ""}, {"2", true, ""}, {"2", false, "2"}, {"3", false, "2"}, {"4", false, "2"}, {"4", false, "2"},
		{"2", false, "2"}, {"5", true, "2"}, {"5", true, "5"}, {"6", false, "5"}, {"big", false, "5"}, {"7", false, "5"},
	} {
		s := Open(dir, "1")
		w := newWorld("file:a", c.is)
		res, err := s.Round(w).Do(context.Background(), "parse:a", nil, func(t *Task) (Digest, error) {
			t.See("file:a")
			t.Keep(Card, []byte(c.is))
			if c.is == "big" {
				t.Keep(Card, make([]byte, 5<<20))
			}
			return Digest{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if good, _ := s.Read(Card, res.Good); string(good) != c.good {
			t.Errorf("%s: good is %q, want %q", c.is, good, c.good)
		}
		if c.mark {
			s.Mark("parse:a")
		}
		s.Mark("parse:nothing")
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if got := names(t, dir); got != "cards-2 index" {
		t.Errorf("the folder holds %s: the pack was not written afresh", got)
	}
}

// TestOnce: a result that depends on more than its looks is given and forgotten;
// what was remembered before stays.
func TestOnce(t *testing.T) {
	s := Open(nil, "1")
	w := newWorld("file:a", "1")
	once := false
	do := func() Result {
		res, err := s.Round(w).Do(context.Background(), "t", nil, func(t *Task) (Digest, error) {
			t.See("file:a")
			t.Keep(Card, []byte(w.is["file:a"]))
			if once {
				t.Once()
			}
			return Sum([]byte(w.is["file:a"])), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	once = true
	if a, b := do(), do(); a.Why != "never made" || b.Why != "never made" {
		t.Error(a.Why, b.Why)
	}
	once = false
	do()
	once, w.is["file:a"] = true, "2"
	if res := do(); res.Why != "file:a" || res.Digest != Sum([]byte("2")) {
		t.Error(res)
	}
	w.is["file:a"] = "1"
	if res := do(); res.Why != "" || res.Digest != Sum([]byte("1")) {
		t.Error(res)
	}
}

// TestSaveFails: a folder that cannot be written is an error to warn of, and
// the store goes on.
func TestSaveFails(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	defer s.Close()
	w := everything()
	build(t, s, w)
	if err := dir.Mkdir(indexName+".new", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(); err == nil {
		t.Fatal("saved into a folder that cannot be written")
	}
	if ran := build(t, s, w); len(ran) > 0 {
		t.Error(ran)
	}
	if _, err := dir.Stat(indexName); err == nil {
		t.Error("half a store was left")
	}
	dir.RemoveAll(indexName + ".new")
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	again := Open(dir, "1")
	defer again.Close()
	if ran := build(t, again, w); len(ran) > 0 {
		t.Error(ran)
	}
}

// TestUnsavedIsHarmless: a process that dies before it saves, having written
// into the packs, leaves the store of the one before.
func TestUnsavedIsHarmless(t *testing.T) {
	dir := root(t)
	s := Open(dir, "1")
	w := everything()
	build(t, s, w)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, version := range []string{"1", "2"} { // "2" begins the packs afresh
		s = Open(dir, version)
		big(t, s, 3, "never saved")
		s.Close()
	}
	s = Open(dir, "1")
	defer s.Close()
	build(t, s, w)
}

// TestInMemory: without a folder much is kept too, and cleared away in the end.
func TestInMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := Open(nil, "1")
	big(t, s, 4, "one")
	if lost := checkBig(t, s, 4, "one"); lost > 0 {
		t.Errorf("%d results were lost", lost)
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestConcurrent uses one round from many goroutines, with names that come up
// at the same time.
func TestConcurrent(t *testing.T) {
	s := Open(root(t), "1")
	defer s.Close()
	w := newWorld()
	for i := range 50 {
		w.is[fmt.Sprint("file:", i)] = fmt.Sprint(i)
	}
	for round := range 3 {
		r := s.Round(w)
		var ran atomic.Int64
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 200 {
					j := job{fmt.Sprint("t:", (i*7+g*25)%200), nil}
					for k := range 10 {
						j.looks = append(j.looks, fmt.Sprint("file:", (i*7+g*25)%200/4+k))
					}
					res := j.do(t, r, w)
					if res.Why != "" {
						ran.Add(1)
					}
					if err := j.check(s, w, res); err != nil {
						t.Error(err)
					}
					s.SetRecord(fmt.Sprint(g), []byte(j.name))
					s.Explain(j.name)
				}
			})
		}
		wg.Wait()
		r.Finish("t:")
		r.Settle("site")
		if round > 0 && ran.Load() > 0 {
			t.Errorf("%d ran in round %d", ran.Load(), round)
		}
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
	}
	for name, n := range w.asked {
		if n > 3*8 {
			t.Errorf("%s was asked for %d times", name, n)
		}
	}
}

// FuzzOpen opens indexes whose checksum is right and whose bytes are not: there
// is no panic, and what is read is a part of the packs or nothing.
func FuzzOpen(f *testing.F) {
	dir, err := os.OpenRoot(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	defer dir.Close()
	s := Open(dir, "1")
	w := everything()
	build(f, s, w)
	s.Mark("parse:a")
	s.Mark("parse:b")
	w.is["file:a"] = "wrong"
	build(f, s, w)
	if err := s.Save(); err != nil {
		f.Fatal(err)
	}
	s.Close()
	index, err := dir.ReadFile(indexName)
	if err != nil {
		f.Fatal(err)
	}
	body := index[len(magic)+4:]
	f.Add(body)
	for i := 0; i < len(body); i += len(body) / 20 {
		f.Add(body[:i])
		bad := bytes.Clone(body)
		bad[i] = 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &Store{dir: dir, version: "1"}
		s.reset()
		defer s.Close()
		b := binary.LittleEndian.AppendUint32([]byte(magic), crc32.Checksum(body, castagnoli))
		if err := s.decode(append(b, body...)); err != nil {
			return
		}
		r := s.Round(w)
		read := s.Cards()
		for task, e := range s.entries {
			res, err := r.Do(context.Background(), task, nil, func(*Task) (Digest, error) { return Digest{}, nil })
			if err != nil {
				t.Fatal(err)
			}
			if c, ok := read(res.Card); ok && Sum([]byte(c)) != res.Card.Digest {
				t.Error("wrong bytes of a card")
			}
			if p, ok := s.Read(Page, e.parts[Page]); ok && Sum(p) != e.parts[Page].Digest {
				t.Error("wrong bytes of a page")
			}
			s.Read(Card, res.Good)
			s.Explain(task)
		}
		r.Finish("make:")
		r.Settle("site")
		s.encode()
	})
}

// TestManyLooks: each look is recorded once, however many there are.
func TestManyLooks(t *testing.T) {
	w := newWorld()
	task := &Task{r: Open(nil, "1").Round(w)}
	const n = 5 * fewLooks
	for range 3 {
		for i := range n {
			task.See(fmt.Sprintf("file:%d", i))
		}
	}
	if len(task.looks) != n {
		t.Errorf("%d looks were recorded for %d", len(task.looks), n)
	}
	named := map[uint32]bool{}
	for _, l := range task.looks {
		named[l.name] = true
	}
	if len(named) != n {
		t.Errorf("%d names for %d looks", len(named), n)
	}
}

// BenchmarkManyLooks is of a page with 30,000 links.
func BenchmarkManyLooks(b *testing.B) {
	names := make([]string, 30_000)
	for i := range names {
		names[i] = fmt.Sprintf("site:target:page:/%d/", i)
	}
	for b.Loop() {
		task := &Task{r: Open(nil, "1").Round(newWorld())}
		for _, name := range names {
			task.See(name)
		}
	}
}
