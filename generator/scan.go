package generator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/config"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// A source is a file that people wrote.
type source struct {
	path    string // "content/cv/template.md"
	size    int64
	modTime int64 // nanoseconds since 1970
	changed int64 // of the inode, where the system tells it
	inode   uint64

	mu     sync.Mutex
	known  bool // digest is that of the bytes
	digest cache.Digest
	gone   bool // it could not be read
}

// A tree is every source file. The digest of one is that of the last build
// while its size, times and inode are the same, and else is found when somebody asks.
type tree struct {
	roots map[string]*os.Root // content, layouts
	files map[string]*source
	paths []string    // in order
	blind atomic.Bool // a folder or layout could not be read: what is in it is not known
	reads atomic.Int64

	mu      sync.Mutex
	folders []folder // that nobody reads from at the moment
}

func (t *tree) read() int { return int(t.reads.Load()) }

// maxDepth is how deep folders may lie in one another.
const maxDepth = 64

// freshness is how long a file must have lain untouched for its times to be
// trusted: some file systems count in steps of two seconds, and a file can be
// written twice in one step.
const freshness = 2 * time.Second

// Skipped reports whether a file or folder of that name is never looked at:
// hidden ones, and what editors and systems leave behind.
func Skipped(name string) bool {
	switch {
	case name[0] == '.', name == "4913", strings.HasPrefix(name, "~$"), strings.HasSuffix(name, "~"), strings.HasSuffix(name, ".swp"), strings.HasSuffix(name, "___jb_tmp___"),
		strings.HasSuffix(name, "___jb_old___"), name[0] == '#' && strings.HasSuffix(name, "#"),
		name == "Thumbs.db", name == "desktop.ini":
		return true
	}
	return false
}

// scan looks at every file of content/ and layouts/.
func (x *build) scan(ctx context.Context) error {
	t := &tree{roots: map[string]*os.Root{}, files: map[string]*source{}}
	x.tree = t
	began := time.Now()
	for _, top := range [...]string{"content", "layouts"} {
		// Either may itself be a link to where people keep it.
		real, err := filepath.EvalSymlinks(filepath.Join(x.o.Dir, top))
		if errors.Is(err, fs.ErrNotExist) && top == "layouts" {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", top, err)
		}
		root, err := os.OpenRoot(real)
		if err != nil {
			return fmt.Errorf("read %s: %w", top, err)
		}
		t.roots[top] = root
		w := &walker{root: root, top: top, limit: make(chan struct{}, x.o.Jobs)}
		w.walk(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, f := range w.files {
			t.files[f.path] = f
			t.paths = append(t.paths, f.path)
		}
		if w.blind {
			t.blind.Store(true)
		}
		x.diags = append(x.diags, w.diags...)
	}
	slices.Sort(t.paths)
	t.recall(x.store.Record("scan"), began)
	return nil
}

// A walker walks one of the trees, several folders at a time.
type walker struct {
	root  *os.Root
	top   string
	limit chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	files []*source
	links []linkedFolder // still to be walked
	blind bool
	diags diag.List
}

// A linkedFolder is one that a link leads to.
type linkedFolder struct {
	dir   string
	self  fs.FileInfo
	above []fs.FileInfo
}

// mostLinks is how many links may lead to one folder: links to folders of links
// need no circle to make more folders than there are names for.
const mostLinks = 8

// walk takes in all files. Links are followed when all else has been walked, in
// order, so that it is always the same one that is too many.
func (w *walker) walk(ctx context.Context) {
	w.wg.Add(1)
	w.folder(ctx, ".", nil)
	w.wg.Wait()
	type target struct {
		self  fs.FileInfo
		links int
	}
	targets := map[uint64][]*target{} // by inode, which two file systems may share
	for len(w.links) > 0 && ctx.Err() == nil {
		batch := w.links
		w.links = nil
		slices.SortFunc(batch, func(a, b linkedFolder) int { return strings.Compare(a.dir, b.dir) })
		for _, l := range batch {
			_, inode := inodeOf(l.self)
			i := slices.IndexFunc(targets[inode], func(t *target) bool { return os.SameFile(t.self, l.self) })
			if i < 0 {
				i = len(targets[inode])
				targets[inode] = append(targets[inode], &target{self: l.self})
			}
			t := targets[inode][i]
			if t.links++; t.links > mostLinks {
				if t.links == mostLinks+1 {
					w.problem(l.dir, "link-circle", fmt.Sprintf("more than %d links lead to the same folder", mostLinks), "take some of them away")
				}
				continue
			}
			w.wg.Add(1)
			go w.folder(ctx, l.dir, l.above)
		}
		w.wg.Wait()
	}
}

func (w *walker) problem(name, rule, message, hint string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.diags.Errorf(diag.Pos{File: path.Join(w.top, name)}, rule, "%s", message).Hint = hint
}

// warn tells what may be other than its writer thinks.
func (w *walker) warn(name, rule, message, hint string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.diags.Warnf(diag.Pos{File: path.Join(w.top, name)}, rule, "%s", message).Hint = hint
}

// cascades reports whether an _index.md, as Hugo reads it, holds back the pages of
// its folder.
func (w *walker) cascades(name string) bool {
	f, err := w.root.OpenFile(name, openFlags, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return err == nil && bytes.Contains(bytes.ToLower(head), []byte("cascade")) && holdsBack.Match(head)
}

// holdsBack finds the keys by which Hugo keeps pages from being published.
var holdsBack = regexp.MustCompile(`(?i)\b(draft["']?\s*[:=]\s*["']?(true|yes|on|1)\b|(publish|expiry)date\b|render["']?\s*[:=]\s*["']?(never|link|false)\b|headless\b)`)

// unreadable tells that name cannot be read.
func (w *walker) unreadable(name string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return // it vanished since its folder was read: it is not there
	}
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	w.problem(name, "unreadable", "it cannot be read: "+err.Error(), "see who may read it, or take it out of "+w.top+"/")
}

// folder takes in the files of a folder. above are the folders that it is in,
// so that links in a circle are found.
func (w *walker) folder(ctx context.Context, dir string, above []fs.FileInfo) {
	defer w.wg.Done()
	w.limit <- struct{}{}
	defer func() { <-w.limit }()
	if ctx.Err() != nil {
		return
	}
	unread := func(err error) {
		w.unreadable(dir, err)
		w.mu.Lock()
		w.blind = w.blind || !errors.Is(err, fs.ErrNotExist)
		w.mu.Unlock()
	}
	f, err := w.root.Open(dir)
	if err != nil {
		unread(err)
		return
	}
	defer f.Close()
	self, err := f.Stat()
	if err != nil {
		unread(err)
		return
	}
	for _, a := range above {
		if os.SameFile(a, self) {
			w.problem(dir, "link-circle", "the link leads to a folder that it is in itself", "take the link away")
			return
		}
	}
	if len(above) > maxDepth {
		w.problem(dir, "too-deep", fmt.Sprintf("folders lie more than %d deep in one another", maxDepth), "move it up")
		return
	}
	above = append(slices.Clip(above), self)
	list, err := f.ReadDir(-1)
	if err != nil {
		unread(err)
	}
	var files []*source
	for _, d := range list {
		name := d.Name()
		if Skipped(name) {
			continue
		}
		p := path.Join(dir, name)
		if w.top == "content" {
			// A draft under another name must not be published as it lies.
			if right := content.Misnamed(p); right != "" && !d.IsDir() {
				w.problem(p, "misnamed", fmt.Sprintf("%q is not read under this name", name), "call it "+right+", or take it out of content/")
				continue
			}
			if i := strings.Index(strings.ToLower(name), ".md."); i > 0 && !d.IsDir() {
				w.problem(p, "misnamed", fmt.Sprintf("%q looks like a copy of an article, and would be published as it lies", name), "take it out of content/")
				continue
			}
			if name[0] == '_' && name != defaultsFile {
				switch {
				case name == "_index.md" && !d.IsDir() && w.cascades(p):
					w.problem(p, "held-back", `"_index.md" holds back the pages of its folder by "cascade", which is not read, so they would be published`,
						"say it in a _defaults.yaml in this folder (draft: true), and take cascade out here")
				case name == "_index.md" && !d.IsDir():
					w.warn(p, "misnamed", `"_index.md" is not read, as names that begin with _ are not published`, "call it index.md if it is a page; keys for all pages of its folder stand in _defaults.yaml")
				case name == "_posts" && d.IsDir():
					w.warn(p, "misnamed", `nothing in "_posts" is read, as names that begin with _ are not published`, "call it posts")
				}
				continue
			}
		}
		info, err := d.Info()
		isLink := err == nil && info.Mode()&fs.ModeSymlink != 0
		if isLink {
			if info, err = w.root.Stat(p); err != nil {
				if to, e := w.root.Readlink(p); e == nil {
					what := "the link leads out of " + w.top + "/"
					switch {
					case errors.Is(err, fs.ErrNotExist):
						what = "the link leads nowhere"
					case errors.Is(err, fs.ErrPermission):
						what = "the link leads to what cannot be read"
					case isLoop(err):
						what = "the link leads in a circle, or through too many others"
					}
					w.problem(p, "bad-link", fmt.Sprintf("%s, to %q", what, to), "put the file itself here, or take the link away")
					continue
				}
			}
		}
		switch {
		case err != nil:
			w.unreadable(p, err)
		case info.IsDir() && isLink:
			w.mu.Lock()
			w.links = append(w.links, linkedFolder{p, info, above})
			w.mu.Unlock()
		case info.IsDir():
			w.wg.Add(1)
			go w.folder(ctx, p, above)
		case !info.Mode().IsRegular():
			w.problem(p, "not-a-file", "it is neither a file nor a folder", "take it out of "+w.top+"/")
		default:
			s := &source{path: path.Join(w.top, p), size: info.Size(), modTime: info.ModTime().UnixNano()}
			s.changed, s.inode = inodeOf(info)
			files = append(files, s)
		}
	}
	w.mu.Lock()
	w.files = append(w.files, files...)
	w.mu.Unlock()
}

// defaultsFile holds the front matter of a whole folder.
const defaultsFile = "_defaults.yaml"

// recall takes over the digests of files that are as they were.
func (t *tree) recall(record []byte, began time.Time) {
	d := cache.Decoder{S: string(record)}
	for range d.Len() {
		name := d.String()
		size, modTime, changed, inode := int64(d.Int()), int64(d.Int()), int64(d.Int()), d.Uint()
		digest := d.Digest()
		if f := t.files[name]; f != nil && d.Err == nil && f.size == size && f.modTime == modTime && f.changed == changed && f.inode == inode {
			f.known, f.digest = true, digest
		}
	}
	// What was written just now may be written again in the same tick of the
	// file system's clock: its times tell nothing.
	recent := began.Add(-freshness).UnixNano()
	for _, f := range t.files {
		if f.modTime > recent || f.changed > recent {
			f.modTime = -1
		}
	}
}

// record writes the digests for the next build.
func (t *tree) record() []byte {
	var e cache.Encoder
	n := 0
	for _, p := range t.paths {
		if f := t.files[p]; f.known && f.modTime >= 0 {
			n++
		}
	}
	e.Uint(uint64(n))
	for _, p := range t.paths {
		f := t.files[p]
		if !f.known || f.modTime < 0 {
			continue
		}
		e.String(p)
		e.Int(int(f.size))
		e.Int(int(f.modTime))
		e.Int(int(f.changed))
		e.Uint(f.inode)
		e.Digest(f.digest)
	}
	return e.B
}

// open opens a source file.
func (t *tree) open(p string) (*os.File, error) {
	top, rest, _ := strings.Cut(p, "/")
	if t.roots[top] == nil {
		return nil, fs.ErrNotExist
	}
	f, err := t.near(p, t.roots[top], rest)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: p, Err: errNoFile}
	}
	return f, nil
}

// A folder is one that files were read from last.
type folder struct {
	path string
	root *os.Root
}

// near opens a file of top by its folder, which is kept open: the next file to be
// read lies there most likely, and each folder on the way costs four system calls.
func (t *tree) near(p string, top *os.Root, rest string) (*os.File, error) {
	dir, name := path.Split(rest)
	if dir == "" {
		return top.OpenFile(rest, openFlags, 0)
	}
	at := p[:len(p)-len(name)]
	t.mu.Lock()
	var f folder
	if i := slices.IndexFunc(t.folders, func(f folder) bool { return f.path == at }); i >= 0 {
		f = t.folders[i]
		t.folders = slices.Delete(t.folders, i, i+1)
	}
	t.mu.Unlock()
	if f.root == nil {
		root, err := top.OpenRoot(strings.TrimSuffix(dir, "/"))
		if err != nil {
			return top.OpenFile(rest, openFlags, 0)
		}
		f = folder{at, root}
	}
	file, err := f.root.OpenFile(name, openFlags, 0)
	if err != nil {
		file, err = top.OpenFile(rest, openFlags, 0) // a link may lead to another folder of top
	}
	const most = 16
	t.mu.Lock()
	t.folders = append(t.folders, f)
	if len(t.folders) > most {
		t.folders[0].root.Close()
		t.folders = slices.Delete(t.folders, 0, 1)
	}
	t.mu.Unlock()
	return file, err
}

// errNoFile says that something else has taken a file's place.
var errNoFile = errors.New("it is no file any more")

// bytes reads a source file whole, and takes its digest.
func (t *tree) bytes(p string) ([]byte, error) {
	s := t.files[p]
	if s == nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	}
	f, err := t.open(p)
	if err == nil {
		defer f.Close()
		b := make([]byte, 0, s.size+1)
		for err == nil {
			if len(b) == cap(b) {
				b = append(b, 0)[:len(b)]
			}
			var n int
			n, err = f.Read(b[len(b):cap(b)])
			b = b[:len(b)+n]
		}
		if err == io.EOF {
			t.reads.Add(1)
			s.set(cache.Sum(b))
			return b, nil
		}
	}
	s.lost()
	return nil, err
}

func (s *source) set(d cache.Digest) {
	s.mu.Lock()
	s.known, s.digest = true, d
	s.mu.Unlock()
}

func (s *source) lost() {
	s.mu.Lock()
	s.known, s.digest, s.gone, s.modTime = true, cache.Digest{}, true, -1
	s.mu.Unlock()
}

// digest returns the digest of a source file, zero if there is none or it
// cannot be read.
func (t *tree) digest(p string) cache.Digest {
	s := t.files[p]
	if s == nil {
		return cache.Digest{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known {
		return s.digest
	}
	t.reads.Add(1)
	s.known = true
	f, err := t.open(p)
	if err == nil {
		defer f.Close()
		s.digest, err = digestOf(f)
	}
	if err != nil {
		s.digest, s.gone, s.modTime = cache.Digest{}, true, -1
	}
	return s.digest
}

func digestOf(r io.Reader) (cache.Digest, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return cache.Digest{}, err
	}
	return cache.Digest(h.Sum(nil)[:len(cache.Digest{})]), nil
}

func digestFile(root *os.Root, p string) (cache.Digest, error) {
	f, err := root.Open(filepath.FromSlash(p))
	if err != nil {
		return cache.Digest{}, err
	}
	defer f.Close()
	return digestOf(f)
}

// close lets go of the folders.
func (t *tree) close() {
	for _, r := range t.roots {
		r.Close()
	}
	for _, f := range t.folders {
		f.root.Close()
	}
}

const settingsFile = "content/site.yaml"

// configure reads the settings; false if they are in error.
func (x *build) configure() bool {
	var src []byte
	if f := x.tree.files[settingsFile]; f != nil {
		b, err := x.tree.bytes(settingsFile)
		if err != nil {
			x.diags.Errorf(diag.Pos{File: settingsFile}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it"
			return false
		}
		src = b
		if src == nil {
			src = []byte{}
		}
	}
	cfg, diags := config.Parse(settingsFile, src)
	if x.o.BaseURL != "" {
		cfg.Output.BaseURL, cfg.Site.HasBase = x.o.BaseURL, true
		diags = slices.DeleteFunc(diags, func(d diag.Diag) bool { return d.Rule == "no-base-url" })
	}
	cfg.Output.Relative = cfg.Output.Relative || x.o.Relative
	cfg.Site.Drafts = x.o.Drafts
	x.cfg = cfg
	x.diags = append(x.diags, diags...)
	x.settings = map[string]cache.Digest{
		"content": sumOf(cfg.Content, cfg.Markdown),
		"site":    sumOf(cfg.Site),
		"output":  sumOf(cfg.Output),
	}
	return !diags.Failed()
}

// reason returns what went wrong without naming the file again.
func reason(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	if errors.Is(err, syscall.EISDIR) {
		return errors.New("it is a folder")
	}
	return err
}
