package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario is a change during which things go wrong.
type scenario struct {
	name     string
	old, new tree // ours
	foreign  tree // somebody else's, in the folder from the beginning
	swaps    bool // the whole folder is exchanged
	noOut    bool // the folder does not exist before
	mixed    bool // on the way a file may be missing for a moment
	arrange  func(f *faults)
	portable bool
	out      string // "public" if empty
	many     int    // Options.many
}

// many returns n pages that say text, and what they load.
func many(n int, text string) tree {
	t := tree{"index.html": "home " + text, "assets/s." + text + ".css": text, "feed.xml": text}
	for i := range n {
		t[fmt.Sprintf("s%d/p%d/index.html", i%3, i)] = fmt.Sprintf("page %d %s", i, text)
	}
	return t
}

func scenarios() []scenario {
	small := tree{"index.html": "home", "a/index.html": "a", "b/index.html": "b", "b/x/index.html": "x", "assets/s.1.css": "1", "feed.xml": "f", "sitemap.xml": "m"}
	changed := tree{"index.html": "HOME", "a/index.html": "a", "b/index.html": "B", "c/d/index.html": "d", "assets/s.2.css": "2", "feed.xml": "F", "sitemap.xml": "M"}
	foreign := tree{".gitignore": "*", "CNAME": "example.org", ".well-known/acme/key": "k", "a/note.txt": "mine", "empty/": ""}
	file2dir := tree{"a": "file", "b/index.html": "b", "b/c/index.html": "c", "index.html": "1"}
	dir2file := tree{"a/index.html": "a", "b": "file", "index.html": "2"}
	unsupported := func(err error) func(*faults) {
		return func(f *faults) { f.noExchange = err }
	}
	all := []scenario{
		{name: "moved", old: small, new: changed},
		{name: "moved, foreign files", old: small, new: changed, foreign: foreign},
		{name: "moved, no exchange of files", old: small, new: changed, foreign: foreign, arrange: func(f *faults) { f.noTrade = syscall.EINVAL }},
		{name: "moved, no links either", old: small, new: changed, arrange: func(f *faults) { f.noTrade, f.noLink = syscall.ENOSYS, syscall.EPERM }},
		{name: "portable", old: small, new: changed, foreign: foreign, portable: true},
		{name: "all goes", old: small, new: tree{}},
		{name: "all goes, foreign files", old: small, new: tree{}, foreign: foreign},
		{name: "first", new: small, noOut: true, swaps: true},
		{name: "first, into a missing folder", new: small, noOut: true, swaps: true, out: "dist/a/public"},
		{name: "first, into an empty folder", new: small, swaps: true},
		{name: "first, beside foreign files", new: small, foreign: foreign, swaps: true},
		{name: "first, into a mount point", new: small, foreign: foreign, arrange: unsupported(syscall.EBUSY)},
		{name: "first, portable", new: small, noOut: true, portable: true, swaps: true},
		{name: "swapped", old: many(12, "old"), new: many(9, "new"), foreign: foreign, swaps: true, many: 5},
		{name: "swapped, unchanged files", old: small.and(many(9, "old")), new: changed.and(many(9, "new")), swaps: true, many: 5},
		{name: "kinds changed", old: file2dir, new: dir2file, foreign: tree{".gitignore": "*", "x/y": "z"}, swaps: true},
		{name: "kinds changed back", old: dir2file, new: file2dir, swaps: true},
		{name: "kinds changed, moved", old: file2dir, new: dir2file, mixed: true, arrange: unsupported(syscall.EINVAL)},
		{name: "kinds changed back, moved", old: dir2file, new: file2dir, mixed: true, arrange: unsupported(syscall.EINVAL)},
		{name: "kinds changed, portable", old: file2dir, new: dir2file, mixed: true, portable: true},
		{name: "kinds changed, foreign folder stays", old: file2dir, new: dir2file, foreign: tree{".git/HEAD": "ref"}, mixed: true},
		{name: "another disk", old: small, new: changed, foreign: foreign, arrange: func(f *faults) {
			f.otherDisk = func(a, b string) bool { return strings.HasPrefix(a, "public/") != strings.HasPrefix(b, "public/") }
		}},
		{name: "another disk, first", new: small, arrange: func(f *faults) {
			f.otherDisk = func(a, b string) bool { return strings.HasPrefix(a, "public") != strings.HasPrefix(b, "public") }
		}},
	}
	return all
}

// options makes a site in the scenario's first state.
func (s *scenario) begin(t *testing.T) (site, out string) {
	t.Helper()
	site = newSite(t)
	out = filepath.Join(site, "public")
	if s.out != "" {
		out = filepath.Join(site, s.out)
	}
	if !s.noOut {
		if err := os.MkdirAll(out, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	s.foreign.write(t, out)
	if s.old != nil {
		mustPublish(t, s.options(site, &faults{}), s.old)
	}
	wantTree(t, "begin", out, s.before())
	return site, out
}

func (s *scenario) options(site string, f *faults) Options {
	opt := testOptions(site, f)
	if s.out != "" {
		opt.Out = filepath.Join(site, s.out)
	}
	opt.many = s.many
	if s.arrange != nil {
		s.arrange(f)
	}
	if s.portable {
		opt.FS = f.openPortable
	}
	return opt
}

func (s *scenario) before() tree { return tree{}.and(s.foreign, s.old) }
func (s *scenario) behind() tree { return tree{}.and(s.foreign, s.new) }

// TestFails lets every single call fail in turn, once for want of room and
// once with no room from then on.
func TestFails(t *testing.T) {
	for _, s := range scenarios() {
		for _, how := range []fault{once, full} {
			t.Run(fmt.Sprintf("%s/%v", s.name, how), func(t *testing.T) {
				t.Parallel()
				failures := 0
				n := 1
				for ; ; n = next(n, how) {
					f := &faults{how: how}
					site, out := s.begin(t)
					opt := s.options(site, f)
					f.at = n
					_, err := publishTo(opt, s.new)
					when := fmt.Sprintf("failing call %d (%v)", n, err)
					if err != nil {
						failures++
						var failure *Failure
						if !errors.As(err, &failure) || !strings.Contains(err.Error(), "the disk is full") {
							t.Fatalf("%s: not told as the machine's failure: %#v", when, err)
						}
						wantTree(t, when, out, s.before())
					} else {
						wantFiles(t, when, out, s.behind())
					}
					then := readTree(t, out)
					d, openErr := Open(context.Background(), s.options(site, &faults{}))
					if openErr != nil {
						t.Fatalf("%s: %v", when, openErr)
					}
					if err == nil {
						then = s.behind()
					}
					wantTree(t, when+", then open", out, then)
					wantRest(t, when+", then open", d, site)
					if r, err := publishIn(d, s.new); err != nil || r.Diags.Failed() {
						t.Fatalf("%s: again: %v %v", when, err, r)
					}
					wantTree(t, when+", then again", out, s.behind())
					wantRest(t, when+", then again", d, site)
					d.Close()
					os.RemoveAll(site)
					if !f.reached() {
						break
					}
				}
				if failures == 0 {
					t.Errorf("of %d calls none failed", n)
				}
				t.Logf("%d calls", n)
			})
		}
	}
}

// next is the call to try after n: each one, or every seventh of those ways to
// go wrong that differ little from another.
func next(n int, how fault) int {
	step := 1
	if how == full || how == powered {
		step = 7
	}
	if testing.Short() {
		step += 4
	}
	return n + step
}

// TestKilled ends the process at every single call in turn.
func TestKilled(t *testing.T) {
	for _, s := range scenarios() {
		for _, how := range []fault{killed, powered} {
			t.Run(fmt.Sprintf("%s/%v", s.name, how), func(t *testing.T) {
				t.Parallel()
				kills, wasOld, wasNew, wasMixed := 0, 0, 0, 0
				for n := 1; ; n = next(n, how) {
					f := &faults{how: how}
					site, out := s.begin(t)
					opt := s.options(site, f)
					f.at = n
					_, err := publishTo(opt, s.new)
					f.close()
					when := fmt.Sprintf("killed at call %d (%v)", n, err)
					if f.reached() {
						kills++
					}
					at := readTree(t, out)
					switch {
					case equal(at, s.before()):
						wasOld++
					case equal(at, s.behind()):
						wasNew++
					default:
						wasMixed++
						s.wantWhole(t, when, at)
						if s.swaps {
							t.Fatalf("%s: old and new mixed: %v", when, at)
						}
					}
					g := &faults{}
					d, openErr := Open(context.Background(), s.options(site, g))
					if openErr != nil {
						t.Fatalf("%s: %v", when, openErr)
					}
					then := readTree(t, out)
					switch {
					case equal(then, s.before()):
						if d.Recovered() == Finished {
							t.Fatalf("%s: the old site is there, but it says that it finished", when)
						}
					case equal(then, s.behind()):
					default:
						t.Fatalf("%s, then open: neither the old site nor the new: %v", when, then)
					}
					wantRest(t, when+", then open", d, site)
					if r, err := publishIn(d, s.new); err != nil || r.Diags.Failed() {
						t.Fatalf("%s: again: %v %v", when, err, r)
					}
					wantTree(t, when+", then again", out, s.behind())
					wantRest(t, when+", then again", d, site)
					d.Close()
					os.RemoveAll(site)
					if !f.reached() {
						break
					}
				}
				t.Logf("%d kills: old %d, new %d, mixed %d", kills, wasOld, wasNew, wasMixed)
				if !testing.Short() && (wasOld == 0 || wasNew == 0 || !s.swaps && wasMixed == 0) {
					t.Errorf("kills: old %d, new %d, mixed %d: some moment was not tried", wasOld, wasNew, wasMixed)
				}
			})
		}
	}
}

// TestKilledAndLost ends the process at every call, and then .guidepost/ is
// deleted: which files were ours is known all the same, and no page of the old
// site stays.
func TestKilledAndLost(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n = next(n, killed) {
				f := &faults{how: killed}
				site, out := s.begin(t)
				opt := s.options(site, f)
				f.at = n
				_, err := publishTo(opt, s.new)
				when := fmt.Sprintf("killed at call %d (%v)", n, err)
				if err := os.RemoveAll(filepath.Join(site, ".guidepost")); err != nil {
					t.Fatal(err)
				}
				d, openErr := Open(context.Background(), s.options(site, &faults{}))
				if openErr != nil {
					t.Fatalf("%s: %v", when, openErr)
				}
				r, err := publishIn(d, s.new)
				if err != nil || len(r.Diags) > 0 {
					t.Fatalf("%s: again: %v %v", when, err, r)
				}
				wantFiles(t, when+", then again", out, s.behind())
				wantRest(t, when+", then again", d, site)
				d.Close()
				os.RemoveAll(site)
				if !f.reached() {
					break
				}
			}
		})
	}
}

// TestKilledTwice ends the process that recovers, at every call, too.
func TestKilledTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("some thousand more of what TestKilled does")
	}
	for _, s := range scenarios() {
		for _, how := range []fault{killed, once} {
			t.Run(fmt.Sprintf("%s/%v", s.name, how), func(t *testing.T) {
				t.Parallel()
				for n := 40; ; n += 11 {
					reached := false
					for m := 1 + n%3; ; m += 2 + m/2 {
						f := &faults{how: killed, at: 0}
						site, out := s.begin(t)
						opt := s.options(site, f)
						f.at = n
						publishTo(opt, s.new)
						reached = f.reached()
						g := &faults{how: how}
						opt = s.options(site, g)
						g.at = m
						if d, err := Open(context.Background(), opt); err == nil {
							d.Close()
						}
						when := fmt.Sprintf("killed at call %d, then at %d", n, m)
						s.wantWhole(t, when, readTree(t, out))
						d, err := Open(context.Background(), s.options(site, &faults{}))
						if err != nil {
							t.Fatalf("%s: %v", when, err)
						}
						if then := readTree(t, out); !equal(then, s.before()) && !equal(then, s.behind()) {
							t.Fatalf("%s, then open: neither the old site nor the new: %v", when, then)
						}
						wantRest(t, when, d, site)
						d.Close()
						os.RemoveAll(site)
						if !g.reached() {
							break
						}
					}
					if !reached {
						break
					}
				}
			})
		}
	}
}

// wantFiles is wantTree but for empty folders, which the next command removes
// if this one could not.
func wantFiles(t *testing.T, when, dir string, want tree) {
	t.Helper()
	empty := func(name, _ string) bool { return strings.HasSuffix(name, "/") }
	got := readTree(t, dir)
	want = tree{}.and(want)
	maps.DeleteFunc(got, empty)
	maps.DeleteFunc(want, empty)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: public/ (-want +got)\n%s", when, diff)
	}
}

// wantWhole fails if a file is neither the old one nor the new one, if one
// that is in both sites is missing, or if a new page is there before the new
// assets.
func (s *scenario) wantWhole(t *testing.T, when string, at tree) {
	t.Helper()
	before, behind := s.before(), s.behind()
	for name, text := range at {
		if strings.HasSuffix(name, "/") {
			continue // a folder on the way
		}
		if o, ok := before[name]; ok && o == text {
			continue
		}
		if n, ok := behind[name]; !ok || n != text {
			t.Fatalf("%s: %s is %q, neither old nor new", when, name, text)
		}
		if strings.HasSuffix(name, ".html") {
			for asset, text := range behind {
				if strings.HasPrefix(asset, "assets/") && at[asset] != text {
					t.Fatalf("%s: %s is there before %s", when, name, asset)
				}
			}
		}
	}
	for name := range before {
		if _, ok := behind[name]; ok && !strings.HasSuffix(name, "/") {
			if _, ok := at[name]; !ok {
				t.Fatalf("%s: %s is missing", when, name)
			}
		}
	}
}

func equal(a, b tree) bool {
	if len(a) != len(b) {
		return false
	}
	for name, text := range a {
		if t, ok := b[name]; !ok || t != text {
			return false
		}
	}
	return true
}

// TestStageDamaged: what was prepared is damaged after the process was killed,
// as on a disk that lies about what it has written. What cannot be finished is
// undone.
func TestStageDamaged(t *testing.T) {
	for _, s := range scenarios() {
		if s.swaps {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			undone := 0
			for n := 20; ; n += 2 {
				f := &faults{how: killed}
				site, out := s.begin(t)
				opt := s.options(site, f)
				f.at = n
				publishTo(opt, s.new)
				damaged := 0
				// Only new files: an old one that was exchanged for its new one lies
				// there too, and is what the change is undone with.
				filepath.WalkDir(site, func(name string, e fs.DirEntry, err error) error {
					_, staged, ok := strings.Cut(filepath.ToSlash(name), "/stage/")
					if b, _ := os.ReadFile(name); ok && err == nil && !e.IsDir() && string(b) == s.new[staged] {
						os.WriteFile(name, []byte("~"), 0o666)
						damaged++
					}
					return nil
				})
				when := fmt.Sprintf("killed at call %d, %d staged files damaged", n, damaged)
				d, err := Open(context.Background(), s.options(site, &faults{}))
				if err != nil {
					t.Fatalf("%s: %v", when, err)
				}
				want := s.behind()
				if damaged > 0 {
					want = s.before()
				}
				if then := readTree(t, out); !equal(then, want) && (damaged > 0 || !equal(then, s.before())) {
					t.Fatalf("%s: %v", when, then)
				}
				if d.Recovered() == Undone {
					undone++
				}
				wantRest(t, when, d, site)
				d.Close()
				os.RemoveAll(site)
				if !f.reached() {
					break
				}
			}
			if undone == 0 && len(s.new) > 0 {
				t.Error("nothing was ever undone")
			}
		})
	}
}
