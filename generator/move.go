package generator

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/config"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
)

// A move is worked out on two sites: the one that is there, and the one that
// there would be. Each reference of the first is followed; where what it names
// moves, or what it is written in does, its target is written anew in the same
// style. Then the second site is linked, and each of its references has to lead
// where it led before, with no problem that was not there. Only then is anything
// written. Rejected: to look for the old address in the text, which finds it in
// code and misses it in "../template.md"; and to trust what was rewritten, since
// a new path may be what some other link has been calling another page by.

// A Move is what moving an article, a file or a folder does.
type Move struct {
	Moved []Moved
	Links []Rewrite // in order of place
	Notes []string  // what else changes by it
	Done  bool
}

// A Moved is a file that has another place.
type Moved struct {
	From, To       string // "content/cv/template.md"
	OldURL, NewURL string // of an article, where they differ
	Aliased        bool   // OldURL leads to NewURL
}

// A Rewrite is a link that is written anew.
type Rewrite struct {
	diag.Pos // in the file as it was
	Old, New string
}

// Move moves an article, another file or a folder of content/, both named by
// path or by address, and rewrites every link to it. The problems that it
// returns are errors for which nothing was done; what is asked for in a way
// that cannot be is a *UsageError. With dry nothing is written.
func (b *Builder) Move(ctx context.Context, from, to string, dry bool) (*Move, diag.List, error) {
	x, err := b.survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer x.tree.close()
	if x.diags.Failed() {
		return nil, x.diags.Sorted(), nil
	}
	x.cfg.Site.Drafts = true // links of drafts move too
	was, err := x.world(ctx, x.tree.paths, x.cfg, func(file string) ([]byte, error) { return x.tree.bytes(file) }, nil)
	if err != nil {
		return nil, nil, err
	}
	if l := was.unread(); len(l) > 0 {
		return nil, l, nil
	}
	m := &mover{x: x, was: was, files: map[string]string{}, ids: map[content.ID]content.ID{}, changed: map[string][]byte{}, r: &Move{}}
	if err := m.name(from, to); err != nil {
		return nil, nil, err
	}
	if err := m.write(); err != nil {
		return nil, nil, err
	}
	if l := m.troubles.Sorted(); len(l) > 0 {
		return m.r, l, nil
	}
	if err := m.verify(ctx); err != nil {
		return nil, nil, err
	}
	if l := m.troubles.Sorted(); len(l) > 0 {
		return m.r, l, nil
	}
	if dry {
		return m.r, nil, nil
	}
	if err := m.commit(); err != nil {
		return nil, nil, err
	}
	m.r.Done = true
	return m.r, nil, nil
}

// survey takes hold of the site and looks at its files and settings.
func (b *Builder) survey(ctx context.Context) (*build, error) {
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	x := &build{Builder: b, r: &Result{Ran: map[string]string{}}, unmade: map[string]bool{}}
	x.inputs.b = x
	if err := x.scan(ctx); err != nil {
		x.tree.close()
		return nil, err
	}
	if x.configure() && x.tree.blind.Load() {
		x.diags.Errorf(diag.Pos{File: "content"}, "unreadable", "a folder cannot be read, so nobody knows which links are in it").Hint = "see who may read it"
	}
	x.diags = slices.DeleteFunc(x.diags, func(d diag.Diag) bool { return d.Severity != diag.Error })
	return x, nil
}

// A namer is a file that names pages: an article, defaults, or the settings.
type namer struct {
	file  string
	card  *content.Card // nil for others than articles
	refs  []content.Ref
	spans []markdown.Span // of their targets
	body  int             // where an article's text begins
	diags diag.List
}

// A world is a site and all that names its pages.
type world struct {
	namers []*namer
	byFile map[string]*namer
	plain  []string
	site   *site.Site
	diags  diag.List // of linking and planning
}

// world reads the files of a site and links them. keep returns what was read
// before of a file that is as it was, or nil.
func (x *build) world(ctx context.Context, paths []string, cfg config.Config, read func(string) ([]byte, error), keep func(string) *namer) (*world, error) {
	w := &world{byFile: map[string]*namer{}}
	p := content.NewParser(markdown.New(cfg.Markdown), cfg.Content)
	if x.facts.read == nil {
		x.readFacts(p)
		x.readGlossary(p)
	}
	p.Explain(x.terms.find)
	defaults := map[string]*content.Defaults{}
	for _, file := range paths {
		switch {
		case strings.HasPrefix(file, "content/") && path.Base(file) == defaultsFile:
			src, err := read(file)
			if err != nil {
				return nil, err
			}
			d, diags := p.ParseDefaults(file, src)
			defaults[path.Dir(file)] = d
			n := &namer{file: file, refs: d.Refs(), diags: diags}
			for _, r := range n.refs {
				n.spans = append(n.spans, content.SpanOf(src, content.Place{Line: r.Line, Col: r.Col, EndCol: r.EndCol}))
			}
			w.namers = append(w.namers, n)
		case isArticle(file):
			w.namers = append(w.namers, &namer{file: file})
		case file == settingsFile:
			src, err := read(file)
			if err != nil {
				return nil, err
			}
			n := &namer{file: file}
			for _, v := range cfg.Site.Navigation {
				r := content.Ref{Ref: markdown.Ref{Target: v.Text, Line: v.Line, Col: v.Col, EndCol: v.EndCol}, Scheme: content.SchemePage, Key: v.Text, Use: content.UseRelated}
				n.refs = append(n.refs, r)
				n.spans = append(n.spans, content.SpanOf(src, v.Place))
			}
			w.namers = append(w.namers, n)
		case isPlain(file):
			w.plain = append(w.plain, file)
		}
	}
	err := x.each(ctx, "parse", len(w.namers), func(i int) error {
		n := w.namers[i]
		if !isArticle(n.file) {
			return nil
		}
		if keep != nil {
			if old := keep(n.file); old != nil {
				w.namers[i] = old
				return nil
			}
		}
		src, err := read(n.file)
		if err != nil {
			return err
		}
		if len(src) > largest {
			n.diags.Errorf(diag.Pos{File: n.file}, "too-large", "the file is larger than %d MB", largest>>20).Hint = "split it into several pages"
			n.card = &content.Card{File: n.file}
			return nil
		}
		var above []*content.Defaults
		for _, dir := range folders(n.file) {
			if d := defaults[dir]; d != nil {
				above = append(above, d)
			}
		}
		page, diags := p.Parse(n.file, src, above...)
		n.body = len(src) - page.BodyBytes
		n.card, n.refs, n.spans, n.diags = page.Card, page.Card.Refs, page.Targets(src), diags
		n.card.Terms = "" // nobody asks what is near
		return nil
	})
	if err != nil {
		return nil, err
	}
	in := site.Input{Now: x.o.Now, Options: cfg.Site, Facts: x.facts.get(), Glossary: x.glossary.get()}
	in.Ledger, _ = x.ledger()
	for _, n := range w.namers {
		w.byFile[n.file] = n
		if n.card != nil && n.card.Title != "" {
			in.Cards = append(in.Cards, n.card)
		}
	}
	in.Digests = make([]cache.Digest, len(in.Cards))
	for _, f := range w.plain {
		in.Files = append(in.Files, strings.TrimPrefix(f, "content"))
	}
	w.site, w.diags = site.Link(in)
	_, diags := output.Plan(cfg.Output, output.Survey(w.site.View(nil)), w.plain, x.theAssets().Files())
	w.diags = append(w.diags, diags...)
	return w, nil
}

// unread returns the errors that hide links.
func (w *world) unread() diag.List {
	var l diag.List
	for _, n := range w.namers {
		for _, d := range n.diags {
			switch d.Rule {
			case "unclosed-front-matter", "stray-front-matter", "bad-front-matter", "front-matter-too-large", "invalid-utf8",
				"too-large", "too-deep", "unreadable", "bad-yaml":
				if d.Severity == diag.Error {
					l = append(l, d)
				}
			}
		}
	}
	return l.Sorted()
}

// A mover works out a move.
type mover struct {
	x        *build
	was      *world
	files    map[string]string         // old path -> new path
	ids      map[content.ID]content.ID // of the pages that move
	changed  map[string][]byte         // by old path: what the file is to hold
	troubles diag.List
	r        *Move
}

func (m *mover) file(old string) string {
	if to, ok := m.files[old]; ok {
		return to
	}
	return old
}

func (m *mover) id(old content.ID) content.ID {
	if to, ok := m.ids[old]; ok {
		return to
	}
	return old
}

func refuse(format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...)}
}

// inContent returns the path in content/ that people name, if it is one: as
// seen from the site's folder, from content/, or whole.
func (m *mover) inContent(s string) (string, bool) {
	if filepath.IsAbs(s) {
		if dir, err := filepath.Abs(m.x.o.Dir); err == nil {
			if rel, err := filepath.Rel(dir, s); err == nil && strings.HasPrefix(filepath.ToSlash(rel), "content/") {
				s = rel
			}
		}
	}
	s = strings.TrimPrefix(filepath.ToSlash(s), "./")
	if strings.HasPrefix(s, "/") {
		return "", false
	}
	s = path.Clean(s)
	if s != "content" && !strings.HasPrefix(s, "content/") {
		s = "content/" + s
	}
	return s, fs.ValidPath(s) && s != "content"
}

// isFolder reports whether files lie in a folder.
func (t *tree) isFolder(dir string) bool {
	i, _ := slices.BinarySearch(t.paths, dir+"/")
	return i < len(t.paths) && strings.HasPrefix(t.paths[i], dir+"/")
}

// find returns the file or folder of content/ that people name, by its path or
// by an address.
func (m *mover) find(from string) (old string, folder bool, err error) {
	t := m.x.tree
	if p, ok := m.inContent(from); ok {
		switch {
		case t.files[p] != nil:
			old = p
		case t.isFolder(p):
			old, folder = p, true
		case t.files[p+".md"] != nil:
			old = p + ".md"
		}
	}
	if old == "" && strings.HasPrefix(from, "/") {
		r := content.Ref{Ref: markdown.Ref{Target: from}, Scheme: content.SchemePage, Key: "/" + strings.Trim(from, "/") + "/"}
		if strings.Trim(from, "/") == "" {
			r.Key = "/"
		}
		dir := "content/" + strings.Trim(from, "/")
		switch l, ok := m.was.site.Lead(&r); {
		case ok && l.Entry != nil && l.By != site.ByOther:
			old = l.Entry.File
		case ok && l.Entry != nil:
			return "", false, refuse("%s is an old address; the page is now at %s", from, l.Entry.ID.URL())
		case t.files[dir] != nil:
			old = dir
		case t.isFolder(dir):
			old, folder = dir, true
		}
	}
	if old == "" {
		var near []string
		for _, n := range m.was.namers {
			if n.card != nil {
				near = append(near, strings.TrimSuffix(strings.TrimPrefix(n.file, "content/"), ".md"))
			}
		}
		return "", false, refuse("there is no page, file or folder %q; %s", from,
			diag.DidYouMean(diag.Nearest(strings.TrimSuffix(strings.Trim(strings.TrimPrefix(from, "content/"), "/"), ".md"), near, 3), "name it by its path in content/, or by its address"))
	}
	return old, folder, nil
}

// name finds out which files move where.
func (m *mover) name(from, to string) error {
	t := m.x.tree
	old, folder, err := m.find(from)
	switch {
	case err != nil:
		return err
	case old == "content/index.md":
		return refuse("content/index.md is the home page, and cannot move")
	case !folder && !isArticle(old) && !isPlain(old):
		return refuse("%s is read under this name only, and cannot move", old)
	}

	article := !folder && isArticle(old)
	byAddress := strings.HasPrefix(to, "/")
	dest, ok := m.inContent(to)
	if byAddress && !ok {
		dest = "content/" + strings.Trim(path.Clean(to), "/")
		ok = dest != "content/" && fs.ValidPath(dest)
		if article && ok {
			dest += ".md"
		}
	} else if ok {
		into := strings.HasSuffix(filepath.ToSlash(to), "/")
		switch {
		case into || t.isFolder(dest) && !folder:
			dest = path.Join(dest, path.Base(old))
		case article && path.Ext(dest) == "":
			dest += ".md"
		}
	}
	why := ""
	if ok {
		why = content.CheckPath(strings.TrimPrefix(dest, "content/"))
	}
	switch {
	case !ok:
		return refuse("%q is no path in content/; write cv/layout.md, or the address /cv/layout/", to)
	case why != "":
		return refuse("the path %s %s", dest, why)
	case dest == old:
		return refuse("%s is where it is", old)
	case article && !strings.HasSuffix(dest, ".md"):
		return refuse("an article's file ends with .md, and %s does not", dest)
	case !article && !folder && (isArticle(dest) || !isPlain(dest)):
		return refuse("%s would be read as something else", dest)
	case strings.HasPrefix(dest, old+"/"):
		return refuse("%s cannot move into itself", old)
	}
	for seg := range strings.SplitSeq(strings.TrimPrefix(dest, "content/"), "/") {
		if Skipped(seg) || seg[0] == '_' {
			return refuse("nothing in %s would be published, since %q begins or ends as names do that are not looked at", dest, seg)
		}
	}
	if content.Misnamed(dest) != "" {
		return refuse("%s would not be read; call it %s", dest, content.Misnamed(dest))
	}
	if !folder {
		m.files[old] = dest
	} else {
		for _, p := range t.paths {
			if rest, ok := strings.CutPrefix(p, old+"/"); ok {
				m.files[p] = dest + "/" + rest
			}
		}
	}
	root := t.roots["content"]
	for from, to := range m.files {
		if _, err := root.Lstat(strings.TrimPrefix(to, "content/")); err == nil {
			return refuse("%s is there already; nothing is ever overwritten", to)
		}
		if !isPlain(to) && isPlain(from) {
			return refuse("%s would be read as something else", to)
		}
	}
	for _, n := range m.was.namers {
		to, moves := m.files[n.file]
		if !moves || n.card == nil {
			continue
		}
		id, kind := content.FileID(n.file)
		newID, newKind := content.FileID(to)
		if kind != newKind {
			return refuse("%s makes another kind of page than %s: topics lie in content/topics/, and articles elsewhere", to, n.file)
		}
		if n.card.ID != id { // it has a slug
			last := string(n.card.ID[strings.LastIndexByte(string(n.card.ID), '/')+1:])
			newID = content.ID(path.Join(path.Dir(string(newID)), last))
			if byAddress && article && string(newID) != strings.TrimSuffix(strings.TrimPrefix(to, "content/"), ".md") {
				return refuse("%s has the slug %q, so it would be at %s; change the slug, or name the file: %s", n.file, last, newID.URL(), to)
			}
		}
		m.ids[n.card.ID] = newID
	}
	for _, file := range t.paths {
		if to, ok := m.files[file]; ok {
			mv := Moved{From: file, To: to}
			if n := m.was.byFile[file]; n != nil && n.card != nil && m.id(n.card.ID) != n.card.ID {
				mv.OldURL, mv.NewURL = n.card.ID.URL(), m.id(n.card.ID).URL()
			}
			m.r.Moved = append(m.r.Moved, mv)
		}
	}
	return nil
}

// trouble tells of what cannot be done by itself.
func (m *mover) trouble(file string, r *content.Ref, format string, args ...any) {
	d := m.troubles.Errorf(diag.Pos{File: file, Line: r.Line, Col: r.Col}, "move", format, args...)
	d.EndCol, d.Hint = r.EndCol, "write it in another way, or change it by hand, and move the page then"
}

// write rewrites the links, and adds the aliases.
func (m *mover) write() error {
	for _, n := range m.was.namers {
		if err := m.links(n); err != nil {
			return err
		}
	}
	slices.SortFunc(m.r.Links, func(a, b Rewrite) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	p := content.NewParser(nil, m.x.cfg.Content)
	for i := range m.r.Moved {
		mv := &m.r.Moved[i]
		n := m.was.byFile[mv.From]
		if mv.OldURL == "" || n.card.Draft {
			continue
		}
		has := func(url string) bool {
			return slices.ContainsFunc(n.card.Aliases, func(v content.Value) bool { return v.Text == url })
		}
		if mv.Aliased = true; has(mv.OldURL) {
			continue
		}
		src, err := m.bytes(mv.From)
		if err != nil {
			return err
		}
		without := ""
		if has(mv.NewURL) {
			without = mv.NewURL // it moves back
		}
		src, err = p.WithAlias(mv.From, src, mv.OldURL, without)
		if err != nil {
			m.trouble(mv.From, &content.Ref{Ref: markdown.Ref{Line: 1, Col: 1}}, "the alias %s cannot be added: %v", mv.OldURL, err)
			continue
		}
		m.changed[mv.From] = src
	}
	return nil
}

// bytes returns what a file is to hold, by its old path.
func (m *mover) bytes(file string) ([]byte, error) {
	if src, ok := m.changed[file]; ok {
		return src, nil
	}
	return m.x.tree.bytes(file)
}

// links rewrites the links of one file.
func (m *mover) links(n *namer) error {
	type edit struct {
		markdown.Span
		text string
	}
	var edits []edit
	var src []byte
	for i := range n.refs {
		r := &n.refs[i]
		if r.Line == 0 || r.File != "" && r.File != n.file {
			continue // of the folder's defaults
		}
		lead, ok := m.was.site.Lead(r)
		if n.file == settingsFile && (!ok || lead.By == site.ByOther) {
			file := *r
			file.Scheme = content.SchemeFile
			if l, found := m.was.site.Lead(&file); found && l.By == site.ByFile {
				r, lead, ok = &file, l, true
			}
		}
		if !ok {
			continue
		}
		matter := r.Use != content.UseBody
		if m.stays(n, &lead) {
			continue
		}
		if src == nil {
			var err error
			if src, err = m.x.tree.bytes(n.file); err != nil {
				return err
			}
		}
		s := n.spans[i]
		if s.End == 0 {
			if to, change := m.retarget(n, r, lead, r.Target); change {
				m.trouble(n.file, r, "the link to %q would have to be %q, but it is written in a way that nothing can be put in its place", r.Target, to)
			}
			continue
		}
		raw := string(src[s.Start:s.End])
		at := slices.IndexFunc(edits, func(e edit) bool { return e.Span == s })
		text, change := "", false
		if matter {
			if to, yes := m.retarget(n, r, lead, r.Target); yes {
				now := raw
				if at >= 0 {
					now = edits[at].text
				}
				if text, change = content.Rewritten(now, r.Target, to); !change {
					m.trouble(n.file, r, "the path %q would have to be %q, but it is written in a way that nothing can be put in its place", r.Target, to)
					continue
				}
			}
		} else {
			text, change = m.retarget(n, r, lead, raw)
		}
		switch {
		case !change:
			continue
		case at < 0:
			edits = append(edits, edit{s, text})
			old, now := raw, text
			if matter {
				old = r.Target
				now, _ = m.retarget(n, r, lead, r.Target)
			}
			m.r.Links = append(m.r.Links, Rewrite{diag.Pos{File: n.file, Line: r.Line, Col: r.Col}, old, now})
		case matter:
			edits[at].text = text
		case edits[at].text != text:
			m.trouble(n.file, r, "one definition is used for links and for pictures, which now lie in different places")
		}
	}
	if _, moves := m.files[n.file]; moves && n.card != nil {
		// An alias that does not begin with / is seen from where the page is.
		for _, v := range n.card.Aliases {
			if src == nil {
				var err error
				if src, err = m.x.tree.bytes(n.file); err != nil {
					return err
				}
			}
			s := content.SpanOf(src, v.Place)
			raw := string(src[s.Start:s.End])
			text := strings.Trim(raw, `"'`)
			if s.End == 0 || strings.HasPrefix(strings.TrimSpace(text), "/") || slices.ContainsFunc(edits, func(e edit) bool { return e.Span == s }) {
				continue
			}
			if to, ok := content.Rewritten(raw, text, v.Text); ok {
				edits = append(edits, edit{s, to})
			}
		}
	}
	if len(edits) == 0 {
		return nil
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.Start - b.Start })
	out := make([]byte, 0, len(src)+64)
	at := 0
	for _, e := range edits {
		if e.Start < at {
			return fmt.Errorf("%s: two links stand in one place", n.file)
		}
		out = append(append(out, src[at:e.Start]...), e.text...)
		at = e.End
	}
	m.changed[n.file] = append(out, src[at:]...)
	return nil
}

// stays reports at a glance that nothing of a link can change: neither end moves.
func (m *mover) stays(n *namer, l *site.Lead) bool {
	if _, moves := m.files[n.file]; moves {
		return false
	}
	if l.Entry != nil {
		_, moves := m.files[l.Entry.File]
		return !moves
	}
	_, moves := m.files["content"+l.URL]
	return !moves
}

// retarget returns how a link's target, written as text in n, is to be written
// when all has moved; false where it stays as it is.
func (m *mover) retarget(n *namer, r *content.Ref, l site.Lead, text string) (string, bool) {
	slug := func(id content.ID) string { return string(id[strings.LastIndexByte(string(id), '/')+1:]) }
	if l.By == site.BySlug {
		if l.Entry == nil || slug(m.id(l.Entry.ID)) == slug(l.Entry.ID) {
			return text, false
		}
		if r.Kind == markdown.RefWiki {
			name, _, _ := strings.Cut(text, "#")
			return slug(m.id(l.Entry.ID)) + text[len(name):], true
		}
		return slug(m.id(l.Entry.ID)), true
	}
	cut := strings.IndexAny(text, "?#")
	if r.Kind == markdown.RefWiki {
		cut = strings.IndexByte(text, '#')
	}
	if cut < 0 {
		cut = len(text)
	}
	written, rest := text[:cut], text[cut:]
	if written == "" {
		return text, false
	}
	source := func() string {
		return strings.TrimSuffix(strings.TrimPrefix(m.file(l.Entry.File), "content/"), ".md")
	}
	if r.Kind == markdown.RefWiki {
		want := ""
		switch l.By {
		case site.ByAddress:
			if want = string(m.id(l.Entry.ID)); m.id(l.Entry.ID) == l.Entry.ID {
				return text, false
			}
		case site.BySource:
			if m.file(l.Entry.File) == l.Entry.File {
				return text, false
			}
			if want = source(); !strings.HasSuffix(strings.TrimSuffix(strings.TrimRight(written, "/ "), ".md"), "/index") {
				id, _ := content.FileID(m.file(l.Entry.File))
				want = string(id)
			}
		default:
			return text, false
		}
		bare := strings.TrimSpace(written)
		if strings.HasPrefix(bare, "/") {
			want = "/" + want
		}
		if strings.HasSuffix(bare, ".md") {
			want += ".md"
		}
		if strings.HasSuffix(bare, "/") && len(bare) > 1 {
			want += "/"
		}
		return want + written[len(strings.TrimRight(written, " \t\n")):] + rest, true
	}

	plain := r.Key // as climbed, rooted
	if l.Alt {
		plain = r.Alt
	}
	want := strings.Trim(plain, "/")
	slash := strings.HasSuffix(written, "/")
	name := written[strings.LastIndexByte(written, '/')+1:]
	switch l.By {
	case site.BySource:
		id, _ := content.FileID(m.file(l.Entry.File))
		if want = string(id); strings.HasSuffix(name, ".md") {
			want = source() + ".md"
		}
	case site.ByAddress:
		if want = string(m.id(l.Entry.ID)); strings.HasSuffix(name, ".md") {
			want = source() + ".md"
		}
	case site.ByFile:
		want = strings.TrimPrefix(m.file("content"+l.URL), "content/")
	default:
		if strings.HasSuffix(name, ".md") {
			want += ".md"
		}
	}
	if l.By == site.BySource || l.By == site.ByAddress {
		switch {
		case name == "index.html":
			want = path.Join(want, name)
		case r.Scheme == content.SchemeFile:
			if want == "" {
				want = "index"
			}
			want += ".html"
		}
	} else if name == "index.html" {
		want = path.Join(want, name)
	}

	newBase := ""
	rooted := strings.HasPrefix(written, "/")
	switch {
	case rooted:
	case l.Alt && n.card != nil:
		newBase = string(m.id(n.card.ID))
	case l.Alt:
	default:
		newBase = content.Folder(m.file(n.file))
	}
	if then, ok := content.Climb(newBase, unescaped(written)); ok && then == want {
		return text, false
	}
	out := ""
	if rooted {
		out = "/" + want
	} else {
		out = relativeTo(newBase, want)
		if first, _, _ := strings.Cut(out, "/"); strings.HasPrefix(written, "./") && !strings.HasPrefix(out, ".") || strings.Contains(first, ":") {
			out = "./" + out
		}
	}
	if slash && !strings.HasSuffix(out, "/") {
		out += "/"
	}
	return escaped(out, written) + rest, true
}

// relativeTo writes the path to as seen from the folder base.
func relativeTo(base, to string) string {
	var from []string
	if base != "" {
		from = strings.Split(base, "/")
	}
	path := strings.Split(to, "/")
	for len(from) > 0 && len(path) > 1 && from[0] == path[0] {
		from, path = from[1:], path[1:]
	}
	if len(from) > 0 && len(path) == 1 && from[0] == path[0] && !strings.Contains(path[0], ".") {
		from, path = from[1:], nil // the folder's own page
	}
	rel := strings.Repeat("../", len(from)) + strings.Join(path, "/")
	if rel == "" {
		return "./"
	}
	return rel
}

// unescaped decodes an address as it is written in Markdown.
func unescaped(s string) string {
	s = strings.NewReplacer(`\_`, "_", `\(`, "(", `\)`, ")", `\-`, "-", "&amp;", "&").Replace(s)
	if d, err := url.PathUnescape(s); err == nil {
		s = d
	}
	return s
}

// escaped escapes in a path what would end it, in Markdown or as an address;
// letters beyond ASCII too, if was has them so.
func escaped(s, was string) string {
	if strings.Contains(was, "%C") || strings.Contains(was, "%E") || strings.Contains(was, "%c") || strings.Contains(was, "%e") {
		return content.EscapePath(s)
	}
	if !strings.ContainsAny(s, " %#?()<>\"'&|\\*`,[]") {
		return s
	}
	return strings.NewReplacer(" ", "%20", "%", "%25", "#", "%23", "?", "%3F", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E",
		`"`, "%22", "'", "%27", "&", "%26", "|", "%7C", `\`, "%5C", "*", "%2A", "`", "%60", ",", "%2C", "[", "%5B", "]", "%5D").Replace(s)
}

// verify links the site as it will be, and tells where anything leads elsewhere.
func (m *mover) verify(ctx context.Context) error {
	x := m.x
	back := map[string]string{} // new path -> old one
	var paths []string
	anew := false // defaults have changed, and so what every page is
	for _, p := range x.tree.paths {
		to := m.file(p)
		back[to] = p
		paths = append(paths, to)
		if path.Base(p) == defaultsFile && (to != p || m.changed[p] != nil) {
			anew = true
		}
	}
	slices.Sort(paths)
	read := func(file string) ([]byte, error) { return m.bytes(back[file]) }
	cfg := x.cfg
	if src, ok := m.changed[settingsFile]; ok {
		var diags diag.List
		if cfg, diags = config.Parse(settingsFile, src); diags.Failed() {
			m.troubles = append(m.troubles, diags...)
			return nil
		}
		cfg.Site.Drafts = true
	}
	now, err := x.world(ctx, paths, cfg, read, func(file string) *namer {
		old := back[file]
		if anew || old != file || m.changed[old] != nil {
			return nil
		}
		return m.was.byFile[file]
	})
	if err != nil {
		return err
	}
	for _, n := range m.was.namers {
		to := now.byFile[m.file(n.file)]
		m.compare(n, to, now)
	}
	m.problems(now)
	return nil
}

// compare holds the references of a file against those that it will have.
func (m *mover) compare(n, to *namer, now *world) {
	written := func(n *namer) []*content.Ref {
		var l []*content.Ref
		for i := range n.refs {
			if r := &n.refs[i]; r.Line > 0 && (r.File == "" || r.File == n.file) {
				l = append(l, &n.refs[i])
			}
		}
		return l
	}
	a, b := written(n), written(to)
	if len(a) != len(b) {
		m.trouble(n.file, &content.Ref{Ref: markdown.Ref{Line: 1, Col: 1}}, "this page would have other links than it has")
		return
	}
	for i := range a {
		was, wasOK := m.was.site.Lead(a[i])
		is, isOK := now.site.Lead(b[i])
		want := was.URL
		if was.Entry != nil {
			want = m.id(was.Entry.ID).URL()
		} else if f, ok := m.files["content"+was.URL]; ok {
			want = strings.TrimPrefix(f, "content")
		}
		switch {
		case wasOK != isOK, wasOK && want != is.URL:
			m.trouble(n.file, a[i], "the link %q would lead to %s and not to %s", a[i].Target, cmp.Or(is.URL, "nothing"), cmp.Or(want, "nothing"))
		case a[i].Fragment != b[i].Fragment || a[i].Query != b[i].Query || a[i].Text != b[i].Text && a[i].Use == content.UseBody:
			m.trouble(n.file, a[i], "the link %q would not stay what it is", a[i].Target)
		}
	}
	if n.card == nil || to.card == nil {
		return
	}
	c, d := n.card, to.card
	for _, v := range c.Aliases {
		if v.Text != d.ID.URL() && !slices.ContainsFunc(d.Aliases, func(w content.Value) bool { return w.Text == v.Text }) {
			m.trouble(n.file, &content.Ref{Ref: markdown.Ref{Line: v.Line, Col: v.Col, EndCol: v.EndCol}}, "the alias %s would be lost", v.Text)
		}
	}
	if c.Draft != d.Draft || c.PublishOn.Text != d.PublishOn.Text || c.Expires.Text != d.Expires.Text || c.Withdrawn.Date.Text != d.Withdrawn.Date.Text {
		e := m.troubles.Errorf(diag.Pos{File: n.file, Line: 1, Col: 1}, "move", "the defaults of its folder hold this page back in one place and not in the other")
		e.Hint = "say draft, publish_on, expires or withdrawn in the page itself, and move it then"
	}
	if m.file(n.file) != n.file {
		var gone, new []string
		for _, dir := range folders(n.file) {
			if f := dir + "/" + defaultsFile; m.was.byFile[f] != nil && !strings.HasPrefix(to.file, path.Dir(m.file(f))+"/") {
				gone = append(gone, f)
			}
		}
		for _, dir := range folders(to.file) {
			f := dir + "/" + defaultsFile
			if n := now.byFile[f]; n != nil && m.was.byFile[f] != nil && m.file(f) == f && !slices.Contains(folders(c.File), dir) {
				new = append(new, f)
			}
		}
		for _, f := range gone {
			m.r.Notes = append(m.r.Notes, fmt.Sprintf("%s no longer has what %s says", to.file, f))
		}
		for _, f := range new {
			m.r.Notes = append(m.r.Notes, fmt.Sprintf("%s now has what %s says", to.file, f))
		}
	}
}

// problems tells of errors that were not there before.
func (m *mover) problems(now *world) {
	type kind struct{ file, rule string }
	count := map[kind]int{}
	each := func(w *world, file func(string) string, do func(kind, diag.Diag)) {
		tell := func(l diag.List) {
			for _, d := range l {
				do(kind{file(d.File), d.Rule}, d)
			}
		}
		tell(w.diags)
		for _, n := range w.namers {
			tell(n.diags)
		}
	}
	each(m.was, m.file, func(k kind, _ diag.Diag) { count[k]++ })
	each(now, func(f string) string { return f }, func(k kind, d diag.Diag) {
		if count[k]--; count[k] >= 0 {
			return
		}
		if d.Severity == diag.Error {
			m.troubles = append(m.troubles, d)
		} else {
			m.r.Notes = append(m.r.Notes, d.String())
		}
	})
}

// commit puts all in place.
func (m *mover) commit() error {
	root := m.x.tree.roots["content"]
	c := &relocation{}
	for _, p := range m.x.tree.paths {
		to, moves := m.files[p]
		src, changes := m.changed[p]
		if !moves && !changes {
			continue
		}
		rel := strings.TrimPrefix(p, "content/")
		for dir := rel; dir != "."; dir = path.Dir(dir) {
			if info, err := root.Lstat(dir); err != nil {
				return err
			} else if info.Mode()&fs.ModeSymlink != 0 {
				return refuse("content/%s is a symbolic link; what lies behind it has to be moved and changed by hand", dir)
			}
		}
		was, err := root.ReadFile(rel)
		if err != nil {
			return err
		}
		if d := m.x.tree.files[p]; d.known && cache.Sum(was) != d.digest {
			return refuse("%s was changed meanwhile; try again", p)
		}
		info, err := root.Stat(rel)
		if err != nil {
			return err
		}
		s := step{To: rel, Was: cache.Sum(was), mode: info.Mode().Perm(), bytes: was}
		if changes {
			s.bytes = src
		}
		if moves {
			s.To, s.Old = strings.TrimPrefix(to, "content/"), rel
		}
		s.Now = cache.Sum(s.bytes)
		c.Steps = append(c.Steps, s)
	}
	return c.commit(root, filepath.Join(m.x.o.Dir, ".guidepost"))
}
