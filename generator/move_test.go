package generator

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// A movable is a random site whose links have texts of their own, so that each
// can be found again in what is published, wherever its page has gone.
type movable struct {
	*history
	links int
	files []string // articles
}

var folderNames = []string{"a", "b", "a/c", "topics", "räume"}

func newMovable(t testing.TB, seed int64) *movable {
	s := &movable{history: &history{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewSource(seed)), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}}
	r := s.rnd
	for name, text := range testLayouts {
		s.write("layouts/"+name, text)
	}
	s.write("layouts/article.html", `<html><head>{{.Head}}</head><body><h1>{{.Title}}</h1>{{.Body}}</body></html>`)
	names := map[string]string{} // file -> its address
	var files []string
	for i := range 8 {
		dir := folderNames[r.Intn(len(folderNames))]
		name := fmt.Sprintf("p%d", i)
		if r.Intn(4) == 0 && dir != "topics" && names["content/"+dir+"/index.md"] == "" {
			name = "index"
		}
		f := "content/" + dir + "/" + name + ".md"
		names[f] = "/" + strings.TrimSuffix(dir+"/"+name, "/index") + "/"
		if r.Intn(5) == 0 && name != "index" && dir != "topics" {
			names[f] = fmt.Sprintf("/%s/slug-%d/", dir, i)
		}
		files = append(files, f)
	}
	s.files = files
	s.write("content/pics/x y.svg", svg(1, 2))
	s.write("content/a/near.svg", svg(1, 2))
	s.write("content/site.yaml", fmt.Sprintf("title: S\nbase_url: https://example.org\nnavigation:\n  - %s # kept\n  - '%s'\n", names[files[0]], names[files[1]]))
	s.write("content/index.md", "---\ntitle: Home\ndescription: D.\n---\n"+s.text(names, "content/index.md"))
	if r.Intn(2) == 0 {
		s.write("content/a/_defaults.yaml", "owner: A\nrelated: ["+s.target(names, "content/a/_defaults.yaml", false)+"]\n")
	}
	for i, f := range files {
		nl := []string{"\n", "\n", "\r\n"}[r.Intn(3)]
		mark := []string{"", "", "\ufeff"}[r.Intn(3)]
		body := s.text(names, f) + "\n## Part *one*\n\nMore.\n"
		slug := ""
		if strings.Contains(names[f], "slug-") {
			slug = path.Base(names[f])
		}
		head := ""
		switch r.Intn(4) {
		case 0:
			head = fmt.Sprintf("+++\ntitle = \"Page %d\" # a comment\ndescription = 'D.'\n", i)
			if slug != "" {
				head += "slug = \"" + slug + "\"\n"
			}
			head += "related = [\"" + s.target(names, f, false) + "\"]\n[params]\nx = 1\n+++\n"
		case 1:
			head = fmt.Sprintf(";;;\n{\n  \"title\": \"Page %d\",\n  \"description\": \"D.\",", i)
			if slug != "" {
				head += "\n  \"slug\": \"" + slug + "\","
			}
			head += "\n  \"related\": [\"" + s.target(names, f, false) + "\", \"" + s.target(names, f, false) + "\"]\n}\n;;;\n"
		default:
			head = fmt.Sprintf("---\ntitle: Page %d   # a comment\ndescription: D.\n", i)
			if slug != "" {
				head += "slug: " + slug + "\n"
			}
			head += "related:\n  - " + s.target(names, f, false) + "\n  - \"" + s.target(names, f, false) + "\" # why\n"
			head += []string{"", "aliases: [/was/" + fmt.Sprint(i) + "/]\n", "aliases:\n- /was/" + fmt.Sprint(i) + "/\n"}[r.Intn(3)]
			head += "---\n"
		}
		s.write(f, mark+strings.ReplaceAll(head+body, "\n", nl))
	}
	return s
}

// target writes the address of some page, as it may be written in from.
func (s *movable) target(names map[string]string, from string, fragment bool) string {
	r := s.rnd
	files := slices.Sorted(maps.Keys(names))
	f := files[r.Intn(len(files))]
	rel := func(to string) string {
		p, err := filepath.Rel(filepath.Dir(from), filepath.FromSlash(to))
		if err != nil {
			s.t.Fatal(err)
		}
		return filepath.ToSlash(p)
	}
	t := ""
	switch r.Intn(7) {
	case 0:
		t = names[f]
	case 1:
		t = strings.TrimSuffix(names[f], "/")
	case 2:
		t = rel(f)
	case 3:
		t = "./" + rel(f)
	case 4:
		t = strings.TrimPrefix(f, "content")
	case 5:
		t = rel("content"+strings.TrimSuffix(names[f], "/")) + "/"
	case 6:
		t = names[f] + "index.html"
	}
	if fragment && r.Intn(3) == 0 {
		t += "?x=1"
	}
	if fragment && r.Intn(3) == 0 {
		t += "#part-one"
	}
	return t
}

func (s *movable) text(names map[string]string, from string) string {
	r := s.rnd
	var b, defs strings.Builder
	files := slices.Sorted(maps.Keys(names))
	for range 6 {
		s.links++
		text := fmt.Sprintf("Lk%d.", s.links)
		f := files[r.Intn(len(files))]
		switch r.Intn(9) {
		case 0:
			fmt.Fprintf(&b, "- \t[%s](<%s> 'A title')\n", text, s.target(names, from, true))
		case 1:
			fmt.Fprintf(&b, "\n> See [%s][r%d] there.\n\n", text, s.links)
			fmt.Fprintf(&defs, "[r%d]: %s \"T\"\n", s.links, s.target(names, from, true))
		case 2:
			fmt.Fprintf(&b, "See [[%s|%s]] now.\n", strings.Trim(names[f], "/"), text)
		case 3:
			fmt.Fprintf(&b, "See [[ %s#Part one | %s]] now.\n", strings.TrimSuffix(strings.TrimPrefix(f, "content/"), ".md"), text)
		case 4:
			if i := slices.Index(s.files, f); i >= 0 {
				fmt.Fprintf(&b, "See [[Page %d|%s]] now.\n", i, text)
			}
		case 5:
			fmt.Fprintf(&b, "\n| a |\n| --- |\n| [[%s\\|%s]] |\n\n", strings.Trim(names[f], "/"), text)
		case 6:
			if rel, err := filepath.Rel(filepath.Dir(from), filepath.FromSlash([]string{"content/pics/x%20y.svg", "content/a/near.svg"}[r.Intn(2)])); err == nil {
				fmt.Fprintf(&b, "A ![%s](%s) picture.\n", text, filepath.ToSlash(rel))
			}
		default:
			fmt.Fprintf(&b, "See [%s](%s) ünd `[x](%s)`.\n", text, s.target(names, from, true), names[f])
		}
	}
	return b.String() + "\n" + defs.String()
}

var linkForm = regexp.MustCompile(`<(?:a href|img src)="([^"]*)"[^>]*?(?: alt="(Lk\d+\.)"|>(Lk\d+\.)</a>)`)

// published builds the site and returns where each link leads, and how often
// each rule is told.
func (s *movable) published() (leads map[string]string, told map[string]int) {
	s.t.Helper()
	b, err := New(Options{Dir: s.dir, Now: s.now})
	if err != nil {
		s.t.Fatal(err)
	}
	defer b.Close()
	r, err := b.Build(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	leads, told = map[string]string{}, map[string]int{}
	for _, d := range r.Diags {
		told[d.Rule+" "+d.Severity.String()]++
	}
	if r.Diags.Failed() {
		return leads, told
	}
	fs.WalkDir(os.DirFS(s.dir+"/public"), ".", func(p string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(p, ".html") {
			src, _ := os.ReadFile(filepath.Join(s.dir, "public", p))
			for _, m := range linkForm.FindAllStringSubmatch(string(src), -1) {
				to := m[1]
				if strings.HasPrefix(to, "#") || to == "" || to[0] == '?' {
					to = escapedPath("/"+strings.TrimSuffix(p, "index.html")) + to
				}
				leads[m[2]+m[3]] = to
			}
		}
		return nil
	})
	return leads, told
}

// After a move each link of the site leads where it led, and the build tells
// the problems that it told.
func TestMoveKeepsLinks(t *testing.T) {
	seeds := 60
	if testing.Short() {
		seeds = 15
	}
	done, refused := 0, 0
	for seed := range int64(seeds) {
		s := newMovable(t, seed)
		before, told := s.published()
		if len(before) == 0 {
			t.Fatalf("seed %d: the site has errors: %v", seed, told)
		}
		for range 3 {
			from, to := s.some()
			b, err := New(Options{Dir: s.dir, Now: s.now, DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			m, l, err := b.Move(context.Background(), from, to, false)
			b.Close()
			if err != nil || len(l) > 0 {
				t.Logf("seed %d: move %s %s: %v %v", seed, from, to, err, l)
				refused++
				continue
			}
			done++
			after, now := s.published()
			for _, mv := range m.Moved {
				for text, to := range before {
					was := escapedPath(mv.OldURL)
					if mv.OldURL == "" {
						was = escapedPath(strings.TrimPrefix(mv.From, "content"))
					}
					page, rest := to, ""
					if i := strings.IndexAny(to, "?#"); i >= 0 {
						page, rest = to[:i], to[i:]
					}
					switch {
					case page != was:
					case mv.OldURL != "":
						before[text] = "=" + escapedPath(mv.NewURL) + rest
					case !strings.HasSuffix(mv.From, ".md"):
						before[text] = "=" + escapedPath(strings.TrimPrefix(mv.To, "content")) + rest
					}
				}
			}
			for text, to := range before {
				before[text] = strings.TrimPrefix(to, "=")
			}
			if !maps.Equal(told, now) {
				t.Errorf("seed %d: after the move of %s to %s the build tells %v, and told %v", seed, from, to, now, told)
			}
			for text, to := range before {
				if after[text] != to {
					t.Errorf("seed %d: after the move of %s to %s the link %s leads to %q, and led to %q", seed, from, to, text, after[text], to)
				}
			}
			if t.Failed() {
				t.Fatalf("%+v", m)
			}
		}
	}
	if refused*4 > done {
		t.Errorf("%d moves were refused, and %d done", refused, done)
	}
}

func escapedPath(p string) string {
	return strings.NewReplacer(" ", "%20", "ä", "%C3%A4", "ü", "%C3%BC").Replace(p)
}

// some chooses what to move, and where.
func (s *movable) some() (from, to string) {
	r := s.rnd
	var articles []string
	filepath.WalkDir(filepath.Join(s.dir, "content"), func(p string, d fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(s.dir, p); strings.HasSuffix(p, ".md") && d.Name() != "index.md" {
			articles = append(articles, filepath.ToSlash(rel))
		}
		return nil
	})
	from = articles[r.Intn(len(articles))]
	dir := []string{"new", "a", "a/c", "b", "deep/er/er"}[r.Intn(5)]
	if strings.HasPrefix(from, "content/topics/") {
		dir = "topics"
	}
	n := r.Intn(1000)
	switch r.Intn(6) {
	case 0:
		if dir != "topics" {
			return path.Dir(from), fmt.Sprintf("content/moved%d", n)
		}
	case 1:
		return "content/pics/x y.svg", fmt.Sprintf("content/%s/pic %d.svg", "new", n)
	case 2:
		return from, fmt.Sprintf("/%s/page-%d/", dir, n)
	case 3:
		if dir != "topics" {
			return from, fmt.Sprintf("%s/ü%d/index.md", dir, n)
		}
	}
	return from, fmt.Sprintf("content/%s/q%d.md", dir, n)
}

// Whenever a move is cut off, nothing is lost, and the next command ends it.
func TestMoveCutOff(t *testing.T) {
	for cut := 0; ; cut++ {
		s := newMovable(t, 3)
		before := contentOf(t, s.dir)
		moveWith(t, s, "content/site.yaml", "x") // a refusal changes nothing
		if after := contentOf(t, s.dir); !maps.Equal(before, after) {
			t.Fatal("a refused move has changed something")
		}
		root, err := os.OpenRoot(filepath.Join(s.dir, "content"))
		if err != nil {
			t.Fatal(err)
		}
		r := &relocation{}
		for i, f := range []string{"one.md", "two.md", "three.md"} {
			s.write("content/"+f, "old "+f)
			st := step{To: f, Was: sumString("old " + f), bytes: []byte("new " + f), mode: 0o640}
			if i == 0 {
				st.Old, st.To = f, "sub/dir/one.md"
			}
			st.Now = sumString("new " + f)
			r.Steps = append(r.Steps, st)
		}
		calls := 0
		stop := func() bool { calls++; return calls > cut }
		err = r.commitUntil(root, filepath.Join(s.dir, ".guidepost"), stop)
		root.Close()
		old, _ := os.ReadFile(filepath.Join(s.dir, "content/one.md"))
		moved, _ := os.ReadFile(filepath.Join(s.dir, "content/sub/dir/one.md"))
		if string(old) != "old one.md" && string(moved) != "new one.md" {
			t.Fatalf("cut %d: the moved file is lost: %q, %q", cut, old, moved)
		}
		_, begun := os.Stat(filepath.Join(s.dir, ".guidepost", relocationFile))
		b, e := New(Options{Dir: s.dir, Now: s.now, DryRun: true})
		if e != nil {
			t.Fatal(e)
		}
		if _, e := b.Build(context.Background()); e != nil {
			t.Fatal(e)
		}
		b.Close()
		now := contentOf(t, s.dir)
		whole := now["sub/dir/one.md"] == "new one.md" && now["two.md"] == "new two.md" && now["three.md"] == "new three.md" && now["one.md"] == ""
		none := now["one.md"] == "old one.md" && now["two.md"] == "old two.md" && now["three.md"] == "old three.md" && now["sub/dir/one.md"] == ""
		if begun == nil && !whole || !whole && !none {
			t.Fatalf("cut %d: %v, begun %v: %q %q %q %q", cut, err, begun, now["one.md"], now["sub/dir/one.md"], now["two.md"], now["three.md"])
		}
		if err == nil {
			if cut < 4 {
				t.Errorf("only %d places to be cut off at", cut)
			}
			return
		}
	}
}

// What somebody has written after a move was cut off counts.
func TestMoveCutOffAndEdited(t *testing.T) {
	s := newMovable(t, 3)
	root, err := os.OpenRoot(filepath.Join(s.dir, "content"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s.write("content/two.md", "old")
	r := &relocation{Steps: []step{{To: "two.md", Was: sumString("old"), Now: sumString("new"), bytes: []byte("new"), mode: 0o644}}}
	calls := 0
	if err := r.commitUntil(root, filepath.Join(s.dir, ".guidepost"), func() bool { calls++; return calls > 2 }); err == nil {
		t.Fatal("it was not cut off")
	}
	s.write("content/two.md", "mine")
	b, err := New(Options{Dir: s.dir, Now: s.now, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, s.dir); got["two.md"] != "mine" {
		t.Errorf("it is %q", got["two.md"])
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "content", ".guidepost*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func moveWith(t *testing.T, s *movable, from, to string) (*Move, diag.List, error) {
	t.Helper()
	b, err := New(Options{Dir: s.dir, Now: s.now, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	return b.Move(context.Background(), from, to, false)
}

// contentOf returns every file of content/ that is looked at.
func contentOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(filepath.Join(dir, "content")), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			b, err := os.ReadFile(filepath.Join(dir, "content", p))
			all[p] = string(b)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sumString(s string) cache.Digest { return cache.Sum([]byte(s)) }
