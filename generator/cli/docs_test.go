package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What README.md, docs/ and layouts/README.md show is tried here, as
// CONTRIBUTING.md describes: each section under a heading 2 is a story, told
// from top to bottom in a folder of its own.
//
//	```console              commands after "$ "; the lines after one are what it says
//	```markdown article     a text that is put into the example site as an article
//	```yaml settings        a part of content/site.yaml
//	```html result          lines that the page of the last article has
//	```LANGUAGE PATH        a file with that path
//	<!-- edit PATH: OLD => NEW -->   what the reader is told to do in words
//
// Blocks with any other words are for looking at only.

// A block is a piece of a document that is tried.
type block struct {
	line     int
	language string
	arg      string // what stands after the language
	text     string
}

// A story is a section of a document.
type story struct {
	file, heading string
	blocks        []block
}

// own reports whether the story shows a whole site of its own.
func (s *story) own() bool {
	return slices.ContainsFunc(s.blocks, func(b block) bool { return b.arg == "content/site.yaml" })
}

var editComment = regexp.MustCompile(`^<!-- edit (\S+): (.*) => (.*) -->$`)

// stories returns the sections of a document that have something to try.
func stories(t *testing.T, file string) []story {
	src, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := []story{{file: file, heading: "beginning"}}
	fence, indent := "", ""
	for i, line := range strings.Split(string(src), "\n") {
		cur := &all[len(all)-1]
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case fence != "":
			if strings.TrimSpace(line) == fence {
				fence = ""
				continue
			}
			b := &cur.blocks[len(cur.blocks)-1]
			b.text += strings.TrimPrefix(line, indent) + "\n"
		case strings.HasPrefix(trimmed, "```"):
			info := strings.TrimLeft(trimmed, "`")
			fence, indent = trimmed[:len(trimmed)-len(info)], line[:len(line)-len(trimmed)]
			language, arg, _ := strings.Cut(strings.TrimSpace(info), " ")
			cur.blocks = append(cur.blocks, block{line: i + 1, language: language, arg: arg})
		case strings.HasPrefix(line, "## "):
			all = append(all, story{file: file, heading: line[3:]})
		case editComment.MatchString(line):
			cur.blocks = append(cur.blocks, block{line: i + 1, language: "edit", text: line})
		case strings.HasPrefix(line, "<!-- edit"):
			t.Errorf("%s:%d: an edit is written <!-- edit PATH: OLD => NEW -->", file, i+1)
		}
	}
	if fence != "" {
		t.Errorf("%s: a block is never closed", file)
	}
	return slices.DeleteFunc(all, func(s story) bool {
		return !slices.ContainsFunc(s.blocks, func(b block) bool { return b.tried() })
	})
}

func (b *block) tried() bool {
	return b.language == "console" || b.language == "edit" || b.arg != ""
}

// documents are those whose blocks are tried.
func documents(t *testing.T) []string {
	files := []string{"README.md", "CONTRIBUTING.md", "layouts/README.md"}
	list, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		files = append(files, "docs/"+filepath.Base(f))
	}
	return files
}

// TestDocuments tells every story.
func TestDocuments(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, file := range documents(t) {
		for _, s := range stories(t, file) {
			told++
			t.Run(s.file+"/"+s.heading, func(t *testing.T) {
				tell(t, s, root)
			})
		}
	}
	if told < 15 {
		t.Errorf("only %d sections have something to try: are they still written as CONTRIBUTING.md describes?", told)
	}
}

// A teller tells one story.
type teller struct {
	*testing.T
	story
	root    string
	where   string // file:line, of the block at hand
	built   bool   // a command has looked at the site since the last change
	article string // path in content/ of the last article
	count   int
}

func tell(t *testing.T, s story, root string) {
	// A folder in a folder: README.md puts a site beside the project.
	dir := filepath.Join(t.TempDir(), "guidepost")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	tr := &teller{T: t, story: s, root: root, built: true}
	if !s.own() {
		for _, top := range []string{"content", "layouts"} {
			if s.file != "README.md" && top == "layouts" {
				continue // it is in the program
			}
			if err := os.CopyFS(top, os.DirFS(filepath.Join(root, top))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, b := range s.blocks {
		tr.where = fmt.Sprintf("%s:%d", s.file, b.line)
		switch {
		case b.language == "console":
			tr.console(b)
		case b.language == "edit":
			m := editComment.FindStringSubmatch(b.text)
			old, err := os.ReadFile(filepath.FromSlash(m[1]))
			if err != nil {
				t.Fatalf("%s: %v", tr.where, err)
			}
			if strings.Count(string(old), m[2]) != 1 {
				t.Fatalf("%s: %q stands %d times in %s, want once", tr.where, m[2], strings.Count(string(old), m[2]), m[1])
			}
			tr.write(m[1], strings.Replace(string(old), m[2], m[3], 1))
		case b.language == "markdown" && b.arg == "article":
			tr.putArticle(b)
		case b.language == "yaml" && b.arg == "settings":
			tr.settings(b)
		case b.language == "html" && b.arg == "result":
			tr.result(b)
		case b.arg == "":
		case strings.ContainsAny(b.arg, " "):
			t.Errorf("%s: nobody knows what a block %q is for", tr.where, b.language+" "+b.arg)
		default:
			tr.write(b.arg, b.text)
		}
	}
	if !tr.built {
		tr.check()
	}
}

func (t *teller) write(name, text string) {
	name = filepath.FromSlash(name)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatalf("%s: %v", t.where, err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatalf("%s: %v", t.where, err)
	}
	t.built = false
}

// putArticle adds an article to the example site, with front matter if it has none.
func (t *teller) putArticle(b block) {
	text := b.text
	if !strings.HasPrefix(text, "---") {
		t.count++
		text = fmt.Sprintf("---\ntitle: An example, the number %d\ndescription: It shows how something is written.\ntopics: [interviews]\npublished: 2026-11-23\n---\n\n%s", t.count, text)
	}
	t.article = fmt.Sprintf("interviews/shown-at-line-%d", b.line)
	t.write("content/"+t.article+".md", text)
}

// settings adds keys to the settings of the example site, or replaces them.
func (t *teller) settings(b block) {
	old, err := os.ReadFile("content/site.yaml")
	if err != nil {
		t.Fatalf("%s: %v", t.where, err)
	}
	keep := string(old)
	for line := range strings.Lines(b.text) {
		key, _, ok := strings.Cut(line, ":")
		if !ok || strings.TrimLeft(key, " #-") != key {
			continue
		}
		keep = regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(key)+`:.*\n([ #-].*\n)*`).ReplaceAllString(keep, "")
	}
	t.write("content/site.yaml", keep+b.text)
}

// result looks for lines in the page of the last article.
func (t *teller) result(b block) {
	if t.article == "" {
		t.Fatalf("%s: a result of what?", t.where)
	}
	if out, code := t.guidepost("build"); code != 0 {
		t.Fatalf("%s: exit status %d\n%s", t.where, code, out)
	}
	t.built = true
	page, err := os.ReadFile(filepath.FromSlash("public/" + t.article + "/index.html"))
	if err != nil {
		t.Fatalf("%s: %v", t.where, err)
	}
	for line := range strings.Lines(b.text) {
		if line = strings.TrimSpace(line); !strings.Contains(string(page), line) {
			t.Errorf("%s: %q is not in the page of the article before it:\n%s", t.where, line, mainElement.FindString(string(page)))
		}
	}
}

var mainElement = regexp.MustCompile(`(?s)<main.*</main>`)

// check wants the site as it is now to have no problem.
func (t *teller) check() {
	// A piece of the manual stands alone: nothing of the example links to it.
	problem := regexp.MustCompile(`(?m)^\S+:.* (error|warning): .*\[([a-z0-9-]+)\]$`)
	out, code := t.guidepost("check", "--fail-on", "warning")
	for _, m := range problem.FindAllStringSubmatch(out, -1) {
		code = max(code, 1)
		if m[2] == "orphan" || m[2] == "dead-end" {
			continue
		}
		code = 2
	}
	if code > 1 {
		t.Errorf("%s: what is shown up to here has problems:\n%s", t.where, out)
	}
	t.built = true
}

// guidepost runs the program and returns all that it says.
func (t *teller) guidepost(args ...string) (out string, code int) {
	var b bytes.Buffer
	code = Run(context.Background(), args, Streams{strings.NewReader(""), &b, &b}, os.DirFS(t.root), func(name string) string {
		if name == "SOURCE_DATE_EPOCH" {
			return "1795392000" // 2026-11-23
		}
		return ""
	})
	t.built = true
	return b.String(), code
}

var statusComment = regexp.MustCompile(`\s+# exit status (\d+)$`)

// console runs commands.
func (t *teller) console(b block) {
	lines := strings.Split(strings.TrimSuffix(b.text, "\n"), "\n")
	for i := 0; i < len(lines); {
		command, ok := strings.CutPrefix(lines[i], "$ ")
		where := fmt.Sprintf("%s:%d", t.file, b.line+1+i)
		if !ok {
			t.Fatalf("%s: a console block begins with a command after $", where)
		}
		var want []string
		for i++; i < len(lines) && !strings.HasPrefix(lines[i], "$ "); i++ {
			want = append(want, lines[i])
		}
		status := "0"
		if m := statusComment.FindStringSubmatch(command); m != nil {
			command, status = strings.TrimSuffix(command, m[0]), m[1]
		}
		got, code := t.run(where, command)
		t.Logf("%s: %s\n%s", where, command, got)
		if fmt.Sprint(code) != status {
			t.Fatalf("%s: %s: exit status %d, want %s\n%s", where, command, code, status, got)
		}
		if len(want) > 0 && !says(got, want) {
			t.Errorf("%s: %s says\n%s\nand the document that it says\n%s", where, command, got, strings.Join(want, "\n"))
		}
	}
}

var digits = regexp.MustCompile(`\d+(\.\d+)?`)

// says reports whether what a command said is what a document shows. A line of
// nothing but … stands for any lines. In the closing line and in --timings,
// which end in a time, numbers are not compared.
func says(got string, want []string) bool {
	lines := strings.Split(strings.TrimRight(got, "\n"), "\n")
	same := func(g, w string) bool {
		g, w = strings.TrimRight(g, " "), strings.TrimRight(w, " ")
		if g == w {
			return true
		}
		if !strings.HasSuffix(g, "s") || !digits.MatchString(g) {
			return false
		}
		plain := func(s string) string {
			s = strings.NewReplacer("ms", "s", "µs", "s").Replace(digits.ReplaceAllString(s, "N"))
			return strings.Join(strings.Fields(s), " ")
		}
		return plain(g) == plain(w)
	}
	var fits func(lines, want []string) bool
	fits = func(lines, want []string) bool {
		switch {
		case len(want) == 0:
			return len(lines) == 0
		case strings.TrimSpace(want[0]) == "…":
			for i := 0; i <= len(lines); i++ {
				if fits(lines[i:], want[1:]) {
					return true
				}
			}
			return false
		}
		return len(lines) > 0 && same(lines[0], want[0]) && fits(lines[1:], want[1:])
	}
	return fits(lines, want)
}

// run runs one command of those that documents may show.
func (t *teller) run(where, command string) (out string, code int) {
	words := strings.Fields(command)
	for i := range words {
		words[i] = strings.Trim(words[i], `"'`)
	}
	switch {
	case words[0] == "guidepost", words[0] == "./guidepost":
		return t.guidepost(words[1:]...)
	case strings.HasPrefix(command, "go run . "):
		return t.guidepost(words[3:]...)
	case command == "go build ." || command == "go install .":
		if _, err := os.Stat(filepath.Join(t.root, "main.go")); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
	case words[0] == "cd" && len(words) == 2:
		t.Chdir(filepath.FromSlash(words[1]))
	case words[0] == "rm" && len(words) >= 3 && words[1] == "-r":
		for _, pattern := range words[2:] {
			if path.IsAbs(pattern) || strings.Contains(pattern, "..") {
				t.Fatalf("%s: that would be removed in earnest", where)
			}
			names, err := filepath.Glob(filepath.FromSlash(pattern))
			if err != nil || len(names) == 0 {
				t.Fatalf("%s: there is nothing to remove: %v", where, err)
			}
			for _, name := range names {
				if filepath.Base(pattern) == "*" && strings.HasPrefix(filepath.Base(name), ".") {
					continue // as shells have it
				}
				if err := os.RemoveAll(name); err != nil {
					t.Fatalf("%s: %v", where, err)
				}
			}
		}
	case words[0] == "ls" && len(words) == 2:
		entries, err := os.ReadDir(filepath.FromSlash(words[1]))
		if err != nil {
			return err.Error(), 1
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				out += e.Name() + "\n"
			}
		}
	case words[0] == "cat" && len(words) == 2:
		text, err := os.ReadFile(filepath.FromSlash(words[1]))
		if err != nil {
			return err.Error(), 1
		}
		return string(text), 0
	case words[0] == "make":
		makefile, err := os.ReadFile(filepath.Join(t.root, "Makefile"))
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		for _, target := range words[1:] {
			if !strings.Contains(target, "=") && !strings.Contains(string(makefile), "\n"+target+":") {
				return fmt.Sprintf("the Makefile has no target %s", target), 2
			}
		}
	default:
		t.Fatalf("%s: the test does not know how to try %q: mark the block as something else, sh for instance", where, command)
	}
	return out, 0
}

// TestDocumentLinks follows every link from a document of the project to
// another file of it, with its fragment.
func TestDocumentLinks(t *testing.T) {
	const root = "../.."
	files := append(documents(t), "CHANGELOG.md", "generator/ARCHITECTURE.md")
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inline := regexp.MustCompile("`[^`\n]*`")
	anchors := map[string]map[string]bool{}
	read := func(file string) string {
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		return prose(string(src))
	}
	anchorsOf := func(file string) map[string]bool {
		if a := anchors[file]; a != nil {
			return a
		}
		a := map[string]bool{}
		for line := range strings.Lines(read(file)) {
			if text := strings.TrimLeft(line, "#"); text != line && strings.HasPrefix(text, " ") {
				a[anchor(text)] = true
			}
		}
		anchors[file] = a
		return a
	}
	seen := 0
	for _, file := range files {
		for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(read(file), ""), -1) {
			to, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, ":") {
				continue
			}
			seen++
			target := file
			if to != "" {
				target = path.Join(path.Dir(file), to)
			}
			if _, err := fs.Stat(os.DirFS(root), target); err != nil {
				t.Errorf("%s: %s is not there", file, m[1])
				continue
			}
			if fragment != "" && !anchorsOf(target)[fragment] {
				t.Errorf("%s: %s has no heading for #%s", file, target, fragment)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links were found", seen)
	}
}

// prose returns a document without its fenced blocks.
func prose(src string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(src) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if trimmed == fence {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

// anchor is the id that a heading gets where the documents are read.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 0x80 && r != '–' && r != '…':
			return r
		}
		return -1
	}, strings.ToLower(strings.TrimSpace(heading)))
}

// TestSays shows that what a document shows is compared.
func TestSays(t *testing.T) {
	const closing = "46 pages; 0 files written, 116 unchanged, 0 removed; 0.01 s"
	for _, c := range []struct {
		got, want string
		same      bool
	}{
		{"one\ntwo\n", "one\ntwo", true},
		{"one\ntwo\n", "one", false},
		{"one\n", "one\ntwo", false},
		{"one\ntwo\nthree\n", "one\n…", true},
		{"one\ntwo\nthree\n", "…\nthree", true},
		{"one\ntwo\nthree\n", "…\nfour", false},
		{closing + "\n", "1 pages; 2 files written, 3 unchanged, 4 removed; 0.31 s", true},
		{closing + "\n", "46 pages; nothing was published; 0.01 s", false},
		{"a.md:8:9: error: no page\n", "a.md:8:10: error: no page", false},
		{"link     12     46       54µs\n", "link 0 46 1.1ms", true},
	} {
		if got := says(c.got, strings.Split(c.want, "\n")); got != c.same {
			t.Errorf("says(%q, %q) = %t", c.got, c.want, got)
		}
	}
}
