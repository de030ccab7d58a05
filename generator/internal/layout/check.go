package layout

import (
	"html/template"
	"reflect"
	"strings"
	"text/template/parse"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
)

// Checking fields without running. What a page's template is given is known,
// so the type of most of what it writes is, too: dot is followed through
// {{with}}, {{range}}, variables, {{template}} and include. A type that cannot be
// told is nil, and whatever is done with it is let pass.

// A checker follows the types through what one entry can reach.
type checker struct {
	set  *Set
	seen map[visit]bool
	l    *diag.List
}

// A visit is a tree checked with one type of dot.
type visit struct {
	entry *entry
	tree  string
	dot   reflect.Type
}

// check tells of fields that a page's template e names and a [Page] has not.
func (s *Set) check(e *entry, l *diag.List) {
	c := &checker{set: s, seen: map[visit]bool{}, l: l}
	c.tree(e, e.order[0], reflect.TypeFor[*Page]())
}

// A scope is the types of the variables that are declared, the newest last.
type scope struct {
	entry *entry
	src   *source
	vars  []variable
}

type variable struct {
	name string
	typ  reflect.Type
}

func (c *checker) tree(e *entry, name string, dot reflect.Type) {
	v := visit{e, name, dot}
	b, ok := e.trees[name]
	if !ok || b.src.written == nil || c.seen[v] {
		return
	}
	c.seen[v] = true
	s := &scope{e, b.src, []variable{{"$", dot}}}
	c.list(s, b.src.written[b.name].Root, dot)
}

func (c *checker) list(s *scope, list *parse.ListNode, dot reflect.Type) {
	if list == nil {
		return
	}
	mark := len(s.vars)
	for _, n := range list.Nodes {
		c.node(s, n, dot)
	}
	s.vars = s.vars[:mark]
}

func (c *checker) node(s *scope, n parse.Node, dot reflect.Type) {
	mark := len(s.vars)
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(s, n.Pipe, dot)
		return // what it declares stays to the end of the list
	case *parse.IfNode:
		c.pipe(s, n.Pipe, dot)
		c.list(s, n.List, dot)
		c.list(s, n.ElseList, dot)
	case *parse.WithNode:
		t := c.pipe(s, n.Pipe, dot)
		c.list(s, n.List, t)
		c.list(s, n.ElseList, dot)
	case *parse.RangeNode:
		key, elem := c.elem(s, n, c.pipe(s, n.Pipe, dot))
		if d := n.Pipe.Decl; len(d) > 0 {
			s.set(d[len(d)-1].Ident[0], elem)
			if len(d) > 1 {
				s.set(d[0].Ident[0], key)
			}
		}
		c.list(s, n.List, elem)
		c.list(s, n.ElseList, dot)
	case *parse.TemplateNode:
		var t reflect.Type
		if n.Pipe != nil {
			t = c.pipe(s, n.Pipe, dot)
		}
		c.tree(s.entry, n.Name, t)
	}
	s.vars = s.vars[:mark]
}

func (s *scope) set(name string, t reflect.Type) {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			s.vars[i].typ = t
			return
		}
	}
}

func (s *scope) get(name string) reflect.Type {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			return s.vars[i].typ
		}
	}
	return nil
}

// elem returns the types of key and value in a range over t.
func (c *checker) elem(s *scope, n *parse.RangeNode, t reflect.Type) (key, value reflect.Type) {
	integer := reflect.TypeFor[int]()
	if t == nil {
		return nil, nil
	}
	u := t
	if u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	switch u.Kind() {
	case reflect.Slice, reflect.Array:
		return integer, known(u.Elem())
	case reflect.Map:
		return known(u.Key()), known(u.Elem())
	case reflect.Struct, reflect.String, reflect.Bool, reflect.Float64:
		c.l.Errorf(s.src.pos(start(n.Pipe)), rule, "range goes over lists, and this is %s", describe(t)).
			Hint = "range over one of its lists, or use {{with}}"
		return nil, nil
	}
	return nil, nil
}

// start is the offset of what a pipeline begins with.
func start(p *parse.PipeNode) int {
	if len(p.Cmds) > 0 && len(p.Cmds[0].Args) > 0 {
		switch n := p.Cmds[0].Args[0].(type) {
		case *parse.FieldNode:
			return fieldStart(n)
		default:
			return int(n.Position())
		}
	}
	return int(p.Pos)
}

// known is t, or nil where values of t say nothing of what they hold.
func known(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() == reflect.Interface {
		return nil
	}
	return t
}

func (c *checker) pipe(s *scope, p *parse.PipeNode, dot reflect.Type) (t reflect.Type) {
	if p == nil {
		return nil
	}
	for i, cmd := range p.Cmds {
		t = c.command(s, cmd, dot, i > 0, t)
	}
	for _, v := range p.Decl {
		if p.IsAssign {
			// It may have been given another type in a branch.
			if s.get(v.Ident[0]) != t {
				s.set(v.Ident[0], nil)
			}
		} else {
			s.vars = append(s.vars, variable{v.Ident[0], t})
		}
	}
	return t
}

// command returns the type of a command whose last argument, if piped, is of
// type last.
func (c *checker) command(s *scope, cmd *parse.CommandNode, dot reflect.Type, piped bool, last reflect.Type) reflect.Type {
	types := make([]reflect.Type, len(cmd.Args))
	for i, arg := range cmd.Args {
		types[i] = c.arg(s, arg, dot)
	}
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		return types[0]
	}
	if piped {
		types = append(types, last)
	}
	args := types[1:]
	switch id.Ident {
	case "include", "includeEach":
		if name, ok := at(cmd.Args, 1).(*parse.StringNode); ok {
			if e := c.set.entries[name.Text]; e != nil {
				var t reflect.Type
				if len(args) > 1 {
					t = args[1]
				}
				if id.Ident == "includeEach" && t != nil {
					if t.Kind() == reflect.Slice {
						t = known(t.Elem())
					} else {
						c.l.Errorf(s.src.pos(int(id.Pos)), rule, "includeEach goes over a list, and this is %s", describe(t)).
							Hint = "give it one of its lists, or use include"
						t = nil
					}
				}
				c.tree(e, e.order[0], t)
			}
		}
		return reflect.TypeFor[template.HTML]()
	case "asset":
		return reflect.TypeFor[template.URL]()
	case "first":
		if len(args) == 2 {
			return args[1]
		}
	case "default":
		if len(args) == 2 && args[0] == args[1] {
			return args[0]
		}
	case "index":
		if len(args) == 2 && args[0] != nil {
			switch args[0].Kind() {
			case reflect.Slice, reflect.Array, reflect.Map:
				return known(args[0].Elem())
			}
		}
	case "and", "or":
		for _, t := range args {
			if t != args[0] {
				return nil
			}
		}
		if len(args) > 0 {
			return args[0]
		}
	case "slice":
		if len(args) > 0 {
			return args[0]
		}
	case "len":
		return reflect.TypeFor[int]()
	case "print", "printf", "println", "lower", "upper", "replace", "join", "plural":
		return reflect.TypeFor[string]()
	case "eq", "ne", "lt", "le", "gt", "ge", "not", "contains":
		return reflect.TypeFor[bool]()
	}
	return nil
}

func at(args []parse.Node, i int) parse.Node {
	if i < len(args) {
		return args[i]
	}
	return nil
}

func (c *checker) arg(s *scope, n parse.Node, dot reflect.Type) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.chain(s, dot, n.Ident, fieldStart(n))
	case *parse.VariableNode:
		t := s.get(n.Ident[0])
		if len(n.Ident) == 1 {
			return t
		}
		return c.chain(s, t, n.Ident[1:], int(n.Pos))
	case *parse.ChainNode:
		return c.chain(s, c.arg(s, n.Node, dot), n.Field, int(n.Pos))
	case *parse.PipeNode:
		mark := len(s.vars)
		t := c.pipe(s, n, dot)
		s.vars = s.vars[:mark]
		return t
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.BoolNode:
		return reflect.TypeFor[bool]()
	case *parse.NumberNode:
		if n.IsInt {
			return reflect.TypeFor[int]()
		}
	}
	return nil
}

// fieldStart is the offset of the first dot of .A.B: the parser places a chain
// of fields at its second.
func fieldStart(n *parse.FieldNode) int {
	if len(n.Ident) > 1 {
		return int(n.Pos) - len(n.Ident[0]) - 1
	}
	return int(n.Pos)
}

// chain returns the type of t.names…, which begins at offset at of the source.
func (c *checker) chain(s *scope, t reflect.Type, names []string, at int) reflect.Type {
	for _, name := range names {
		if t == nil {
			return nil
		}
		next, ok := field(t, name)
		if !ok {
			p := s.src.pos(at)
			d := c.l.Errorf(p, rule, "%s has no field .%s", describe(t), name)
			d.EndCol = p.Col + 1 + utf8.RuneCountInString(name)
			var near []string
			for _, n := range diag.Nearest(name, fields(t), 3) {
				near = append(near, "."+n)
			}
			d.Hint = diag.DidYouMean(near, "what templates are given is told in layouts/README.md")
			return nil
		}
		t = known(next)
		at += 1 + len(name)
	}
	return t
}

// field returns the type of t.name, as text/template would find it; nil and
// true where it cannot be told.
func field(t reflect.Type, name string) (reflect.Type, bool) {
	if m, ok := t.MethodByName(name); ok {
		return m.Type.Out(0), true
	}
	u := t
	if u.Kind() == reflect.Pointer {
		u = u.Elem()
	} else if m, ok := reflect.PointerTo(t).MethodByName(name); ok {
		return m.Type.Out(0), true
	}
	switch u.Kind() {
	case reflect.Struct:
		f, ok := u.FieldByName(name)
		if !ok || !f.IsExported() {
			return nil, false
		}
		return f.Type, true
	case reflect.Map:
		return u.Elem(), true
	case reflect.Interface:
		return nil, true
	}
	return nil, false
}

func fields(t reflect.Type) (names []string) {
	u := t
	if u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	if u.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(u) {
			if f.IsExported() {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// describe is a type in words.
func describe(t reflect.Type) string {
	u := t
	if u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	switch {
	case u.PkgPath() == reflect.TypeFor[Page]().PkgPath():
		article := "a "
		if strings.ContainsAny(u.Name()[:1], "AEIO") {
			article = "an "
		}
		return article + u.Name()
	case u.Kind() == reflect.String:
		return "a text"
	case u.Kind() == reflect.Slice:
		return "a list"
	case u.Kind() == reflect.Bool:
		return "a yes or no"
	}
	switch u.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "a number"
	}
	return "a " + u.String()
}
