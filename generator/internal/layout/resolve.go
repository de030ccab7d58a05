package layout

import (
	"crypto/sha256"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"text/template/parse"
	"unicode/utf8"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
)

// An entry is a template that can be run: a file, or a {{define}} that something
// includes. Each has a name space of its own, so that two pages may fill the
// same block of one frame. Its key is the file's name or "file#define".
type entry struct {
	key      string
	index    int // among the set's entries
	root     *source
	trees    map[string]bound // by the name that {{template}} calls it
	order    []string         // names of trees, in the order they were found
	html     *template.Template
	program  *program    // the same, quicker; or nil
	slow     atomic.Bool // the program came upon what it does not know
	problems diag.List   // why html is nil
	includes []inclusion
	digest   cache.Digest

	first, last edge // what it shows first and last, once known
}

// A bound is the tree that a name means within an entry.
type bound struct {
	src  *source
	name string
}

// An inclusion is a call of include within an entry.
type inclusion struct {
	key string
	pos diag.Pos
}

// resolve finds what each name means, makes the entries, and checks them.
func (s *Set) resolve(funcs map[string]any, address func(string) string, assets []string, l *diag.List) {
	definers := map[string][]*source{} // of each {{define}}
	for _, name := range s.names {
		src := s.sources[name]
		for def := range src.written {
			if def != name {
				definers[def] = append(definers[def], src)
			}
		}
		for _, call := range templateCalls(src.written) {
			if s.sources[call.Name] != nil && call.Name != name {
				src.reaches = append(src.reaches, call.Name)
			}
		}
	}
	included := map[string]bool{}
	for _, name := range s.names {
		s.link(s.sources[name], definers, address, assets, included, l)
	}

	keys := slices.Clone(s.names)
	for key := range included {
		if s.sources[key] == nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	called := map[string]bool{} // files that another one calls
	for _, key := range keys {
		e := s.bind(key, definers, l)
		e.index = len(s.entries)
		s.entries[key] = e
		for _, b := range e.trees {
			if b.src != e.root {
				called[b.src.name] = true
			}
		}
	}
	s.breakLoops(keys, l)
	for _, key := range keys {
		e := s.entries[key]
		if len(e.problems) == 0 {
			s.compile(e, funcs)
			// A part that another template calls may make sense there only:
			// attributes, or half of an element.
			if !called[key] || included[key] {
				*l = append(*l, e.problems...)
			}
		}
	}
	for _, key := range keys {
		if e := s.entries[key]; e.html != nil {
			e.program = s.program(e)
		}
	}
	for _, key := range keys {
		s.entries[key].digest = s.digestOf(s.entries[key])
	}
	for _, key := range keys {
		if !strings.ContainsAny(key, "/#") && !called[key] && !included[key] {
			s.check(s.entries[key], l)
		}
	}
}

// isInclude reports whether the function of that name runs a template.
func isInclude(name string) bool { return name == "include" || name == "includeEach" }

// templateCalls returns all {{template}} in trees.
func templateCalls(trees map[string]*parse.Tree) (list []*parse.TemplateNode) {
	for _, t := range trees {
		walk(t.Root, func(n parse.Node) {
			if n, ok := n.(*parse.TemplateNode); ok {
				list = append(list, n)
			}
		})
	}
	slices.SortFunc(list, func(a, b *parse.TemplateNode) int { return int(a.Pos) - int(b.Pos) })
	return list
}

// link checks the calls of include and asset in src and puts the key into the
// former, once and for all.
func (s *Set) link(src *source, definers map[string][]*source, address func(string) string, assets []string, included map[string]bool, l *diag.List) {
	see := func(cmd *parse.CommandNode, piped bool, l *diag.List) {
		for i, arg := range cmd.Args {
			id, ok := arg.(*parse.IdentifierNode)
			if !ok || !isInclude(id.Ident) && id.Ident != "asset" {
				continue
			}
			var name *parse.StringNode
			if i == 0 && len(cmd.Args) > 1 {
				name, _ = cmd.Args[1].(*parse.StringNode)
			}
			if name == nil {
				what := "template"
				if id.Ident == "asset" {
					what = "file"
				}
				l.Errorf(src.pos(int(id.Pos)), rule, "%s wants the name of a %s in quotes", id.Ident, what).
					Hint = "what a page depends on must be known without running it"
				continue
			}
			pos := src.pos(int(name.Pos))
			end := pos.Col + utf8.RuneCountInString(name.Quoted)
			if id.Ident == "asset" {
				s.linkAsset(src, name, pos, end, address, assets, l)
				continue
			}
			if len(cmd.Args) > 3 {
				d := l.Errorf(pos, rule, "%s runs a template with one value, and %d are given", id.Ident, len(cmd.Args)-2)
				d.EndCol, d.Hint = end, `put them together: include "name" (dict "card" . "level" 3)`
			}
			if len(cmd.Args) == 2 && !piped {
				// Nothing to run with: a function of two arguments, rather than
				// one or two, is called in half the time.
				cmd.Args = append(cmd.Args, &parse.NilNode{NodeType: parse.NodeNil, Pos: name.Pos})
			}
			key, ambiguous := s.meaning(src, name.Text, definers)
			switch {
			case key != "":
				name.Text = key
				included[key] = true
			case ambiguous != nil:
				d := l.Errorf(pos, rule, "template %q is defined in %s and in %s", name.Text, file(ambiguous[0].name), file(ambiguous[1].name))
				d.EndCol, d.Hint = end, "rename one of them"
			default:
				d := l.Errorf(pos, rule, "there is no template %q", name.Text)
				d.EndCol, d.Hint = end, s.nearest(name.Text, definers)
			}
		}
	}
	trees := func(m map[string]*parse.Tree, l *diag.List) {
		for _, t := range m {
			walk(t.Root, func(n parse.Node) {
				if n, ok := n.(*parse.PipeNode); ok {
					for i, cmd := range n.Cmds {
						see(cmd, i > 0, l)
					}
				}
			})
		}
	}
	trees(src.written, &src.problems)
	if src.written != nil {
		*l = append(*l, src.problems...)
		// The same calls again: their problems are told.
		trees(src.small, &diag.List{})
	}
}

func (s *Set) linkAsset(src *source, name *parse.StringNode, pos diag.Pos, end int, address func(string) string, assets []string, l *diag.List) {
	if !slices.Contains(src.assets, name.Text) {
		src.assets = append(src.assets, name.Text)
	}
	if _, known := s.addresses[name.Text]; known {
		return
	}
	to := ""
	if address != nil {
		to = address(name.Text)
	}
	if to != "" {
		s.addresses[name.Text] = template.URL(to)
		return
	}
	d := l.Errorf(pos, rule, "there is no file %q in layouts/assets", name.Text)
	d.EndCol, d.Hint = end, diag.DidYouMean(near(name.Text, assets), "add it there")
}

// meaning returns the key of what name in an include of src means; or, where
// that cannot be told, the files between which it lies.
func (s *Set) meaning(src *source, name string, definers map[string][]*source) (key string, ambiguous []*source) {
	in := definers[name]
	switch {
	case s.sources[name] != nil:
		return name, nil
	case src.written[name] != nil:
		return src.name + "#" + name, nil
	case len(in) == 1:
		return in[0].name + "#" + name, nil
	case len(in) > 1:
		return "", in
	}
	return "", nil
}

// nearest is a hint to the names that name may have been meant to be.
func (s *Set) nearest(name string, definers map[string][]*source) string {
	names := slices.Clone(s.names)
	for def := range definers {
		names = append(names, def)
	}
	slices.Sort(names)
	return diag.DidYouMean(near(name, names), "the name is the path within layouts/, as in \"partials/card.html\"")
}

// near is [diag.Nearest] for paths: the right name in the wrong folder, or
// without its ending, is nearest.
func near(name string, names []string) []string {
	base := strings.TrimSuffix(path.Base(name), ".html")
	var same []string
	for _, n := range names {
		if strings.TrimSuffix(path.Base(n), ".html") == base && len(same) < 3 {
			same = append(same, n)
		}
	}
	if len(same) > 0 {
		return same
	}
	return diag.Nearest(name, names, 3)
}

// bind makes the entry of key and finds what each name in it means.
func (s *Set) bind(key string, definers map[string][]*source, l *diag.List) *entry {
	fileName, name, isDefine := strings.Cut(key, "#")
	if !isDefine {
		name = fileName
	}
	e := &entry{key: key, root: s.sources[fileName], trees: map[string]bound{}}
	files := s.reach(nil, e.root)
	e.trees[name] = bound{e.root, name}
	e.order = []string{name}
	for i := 0; i < len(e.order); i++ {
		b := e.trees[e.order[i]]
		if b.src.written == nil || len(b.src.problems) > 0 {
			e.problems = append(e.problems, b.src.problems...)
		}
		if b.src.written == nil {
			continue
		}
		tree := b.src.written[b.name]
		e.findIncludes(b.src, tree)
		for _, call := range templateCalls(map[string]*parse.Tree{"": tree}) {
			if _, known := e.trees[call.Name]; known {
				continue
			}
			to, ok := bound{}, false
			for _, f := range files {
				if f.written[call.Name] != nil {
					to, ok = bound{f, call.Name}, true
					break
				}
			}
			in := definers[call.Name]
			switch {
			case ok:
			case s.sources[call.Name] != nil:
				// Its file does not parse.
				to = bound{s.sources[call.Name], call.Name}
			case len(in) == 1:
				to = bound{in[0], call.Name}
				files = s.reach(files, in[0])
			default:
				var d diag.List
				p := b.src.pos(int(call.Pos))
				end := p.Col + utf8.RuneCountInString(call.Name) + 2
				if len(in) > 1 {
					d.Errorf(p, rule, "template %q is defined in %s and in %s", call.Name, file(in[0].name), file(in[1].name)).
						Hint = "rename one of them"
				} else {
					d.Errorf(p, rule, "there is no template %q", call.Name).Hint = s.nearest(call.Name, definers)
				}
				d[0].EndCol = end
				e.problems = append(e.problems, d...)
				*l = append(*l, d...)
				continue
			}
			e.trees[call.Name] = to
			e.order = append(e.order, call.Name)
		}
	}
	return e
}

// reach adds to files src and what it reaches by {{template}}, the nearest first.
func (s *Set) reach(files []*source, src *source) []*source {
	from := len(files)
	if !slices.Contains(files, src) {
		files = append(files, src)
	}
	for i := from; i < len(files); i++ {
		for _, name := range files[i].reaches {
			if next := s.sources[name]; !slices.Contains(files, next) {
				files = append(files, next)
			}
		}
	}
	return files
}

func (e *entry) findIncludes(src *source, tree *parse.Tree) {
	walk(tree.Root, func(n parse.Node) {
		cmd, ok := n.(*parse.CommandNode)
		if !ok || len(cmd.Args) < 2 {
			return
		}
		if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok && isInclude(id.Ident) {
			if name, ok := cmd.Args[1].(*parse.StringNode); ok {
				e.includes = append(e.includes, inclusion{name.Text, src.pos(int(name.Pos))})
			}
		}
	})
}

// breakLoops tells of templates that cannot end: a {{template}} that runs
// itself whatever the data, and an include that comes back to itself at all:
// each include is a run of its own, so nothing would stop it.
func (s *Set) breakLoops(keys []string, l *diag.List) {
	state := map[*entry]int{} // 1 on the way, 2 done
	var visit func(e *entry, way []string)
	visit = func(e *entry, way []string) {
		state[e] = 1
		way = append(way, e.key)
		for _, in := range e.includes {
			next := s.entries[in.key]
			if next == nil {
				continue
			}
			switch state[next] {
			case 0:
				visit(next, way)
			case 1:
				loop := append(slices.Clone(way[slices.Index(way, in.key):]), in.key)
				var d diag.List
				d.Errorf(in.pos, rule, "include comes back to itself: %s", strings.Join(loop, " > ")).
					Hint = "a list within a list is made with {{template}}, which may call itself"
				*l = append(*l, d...)
				for _, key := range loop {
					s.entries[key].problems = append(s.entries[key].problems, d...)
				}
			}
		}
		state[e] = 2
	}
	for _, key := range keys {
		if e := s.entries[key]; state[e] == 0 {
			visit(e, nil)
		}
	}
	for _, key := range keys {
		s.entries[key].breakCalls(l)
	}
}

// breakCalls tells of {{template}} calls that lead back to themselves and stand
// under no condition.
func (e *entry) breakCalls(l *diag.List) {
	state := map[string]int{}
	var visit func(name string, way []string)
	visit = func(name string, way []string) {
		b := e.trees[name]
		if b.src.written == nil {
			return
		}
		state[name] = 1
		way = append(way, name)
		for _, n := range b.src.written[b.name].Root.Nodes {
			call, ok := n.(*parse.TemplateNode)
			if !ok {
				continue
			}
			if _, ok := e.trees[call.Name]; !ok {
				continue
			}
			switch state[call.Name] {
			case 0:
				visit(call.Name, way)
			case 1:
				loop := append(slices.Clone(way[slices.Index(way, call.Name):]), call.Name)
				var d diag.List
				d.Errorf(b.src.pos(int(call.Pos)), rule, "this template calls itself without end: %s", strings.Join(loop, " > ")).
					Hint = "put the call into an {{if}} or {{range}} that ends it"
				e.problems = append(e.problems, d...)
				*l = append(*l, d...)
			}
		}
		state[name] = 2
	}
	for _, name := range e.order {
		if state[name] == 0 {
			visit(name, nil)
		}
	}
}

// compile escapes and readies e.
func (s *Set) compile(e *entry, funcs map[string]any) {
	small := e.copies(true)
	s.newSqueezer(e, small).squeeze()
	t, err := e.escape(funcs, small)
	if err != nil {
		// Mistakes are told of what was written, and where that has none it is
		// what is run.
		if t, err = e.escape(funcs, e.copies(false)); err != nil {
			e.problems = diag.List{e.escapeProblem(err)}
			return
		}
	}
	e.html = t
}

// copies returns the trees of e, minified or as written, to be changed at will.
func (e *entry) copies(small bool) map[string]*parse.Tree {
	m := make(map[string]*parse.Tree, len(e.order))
	for _, name := range e.order {
		b := e.trees[name]
		tree := b.src.written[b.name]
		if small {
			tree = b.src.small[b.name]
		}
		m[name] = tree.Copy()
		m[name].Name = name
	}
	return m
}

func (e *entry) escape(funcs map[string]any, trees map[string]*parse.Tree) (t *template.Template, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	root := template.New(e.order[0]).Funcs(funcs).Option("missingkey=error")
	for _, name := range e.order {
		tidy(trees[name].Root)
		if _, err := root.AddParseTree(name, trees[name]); err != nil {
			return nil, err
		}
	}
	root = root.Lookup(e.order[0])
	// html/template escapes when it first runs. This run ends at its first text,
	// which tidy has made the first thing of all.
	if err := root.Execute(&page{refuse: true}, nil); err != errRefused {
		return nil, err
	}
	for _, t := range trees {
		fuse(t.Root)
	}
	return root, nil
}

// digestOf is the digest of all files and addresses that e can reach.
func (s *Set) digestOf(e *entry) cache.Digest {
	seen := map[*entry]bool{}
	files := map[*source]bool{}
	var visit func(e *entry)
	visit = func(e *entry) {
		seen[e] = true
		for _, b := range e.trees {
			files[b.src] = true
		}
		for _, in := range e.includes {
			if next := s.entries[in.key]; next != nil && !seen[next] {
				visit(next)
			}
		}
	}
	visit(e)
	var lines []string
	for f := range files {
		lines = append(lines, fmt.Sprintf("file %q %s", f.name, f.digest))
		for _, a := range f.assets {
			lines = append(lines, fmt.Sprintf("asset %q %q", a, s.addresses[a]))
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", e.key)
	for _, line := range slices.Compact(lines) {
		fmt.Fprintln(h, line)
	}
	return cache.Digest(h.Sum(nil)[:16])
}
