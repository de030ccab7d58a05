package layout

import (
	"html/template"
	"reflect"
	"strconv"
	"sync/atomic"
	"text/template/parse"
)

// A program is a template, escaped by html/template, made into closures.
// text/template walks its tree anew for each page and calls every function,
// escapers too, through reflection: that was a seventh of a clean build.
//
// It is a short cut and nothing else: whatever it does not know for certain it
// does not do. A template with a construct that is not handled here has no
// program; and where running one comes upon a value that it does not know, what
// it wrote is thrown away, and html/template runs the template from the
// beginning and says what there is to say. So there is one meaning of a
// template, and a test holds the two against each other. Rejected: a template
// language that is compiled to Go, which people could not change in layouts/.

// A program is one template of an entry.
type program struct {
	entry *entry
	run   step
}

// A step does one node of a template.
type step func(r *running, dot reflect.Value)

// A value is a step that gives one.
type value func(r *running, dot reflect.Value) reflect.Value

// A running is one run of a program.
type running struct {
	set   *Set
	p     *page
	entry *entry
	root  reflect.Value // $
	depth int
}

// A stop ends a program; html/template does it instead.
type stop struct{ entry *entry }

// maxDepth is how deep templates may call one another in a program.
const maxDepth = 200

func (r *running) stop() { panic(stop{r.entry}) }

func (r *running) write(b []byte) {
	if _, err := r.p.Write(b); err != nil {
		r.stop()
	}
}

func (r *running) writeString(s string) {
	if r.p.buf.Len()+len(s) > maxOutput {
		r.stop()
	}
	r.p.buf.WriteString(s)
}

// quick runs e's program and reports whether it could.
func (s *Set) quick(e *entry, p *page, data any) (ok bool) {
	if e.program == nil || e.slow.Load() {
		return false
	}
	from, writes := p.buf.Len(), p.writes
	defer func() {
		if v := recover(); v != nil {
			if at, stopped := v.(stop); stopped {
				at.entry.slow.Store(true)
			}
			p.buf.Truncate(from)
			p.writes = writes
			ok = false
		}
	}()
	dot := reflect.ValueOf(data)
	r := &running{set: s, p: p, entry: e, root: dot}
	e.program.run(r, dot)
	return true
}

// A compiler makes programs of the trees of one entry.
type compiler struct {
	set   *Set
	entry *entry
	made  map[string]*program
	fails bool
}

// program makes the program of e, if it has one.
func (s *Set) program(e *entry) *program {
	c := &compiler{set: s, entry: e, made: map[string]*program{}}
	p := c.template(e.html.Name())
	if c.fails {
		return nil
	}
	return p
}

func (c *compiler) fail() { c.fails = true }

func (c *compiler) template(name string) *program {
	if p := c.made[name]; p != nil {
		return p
	}
	t := c.entry.html.Lookup(name)
	if t == nil || t.Tree == nil {
		c.fail() // html/template derives templates for other places than text
		return nil
	}
	p := &program{entry: c.entry}
	c.made[name] = p
	p.run = c.list(t.Tree.Root)
	return p
}

func (c *compiler) list(l *parse.ListNode) step {
	if l == nil {
		return func(*running, reflect.Value) {}
	}
	var steps []step
	for _, n := range l.Nodes {
		if c.fails {
			return nil
		}
		steps = append(steps, c.node(n))
	}
	if len(steps) == 1 {
		return steps[0]
	}
	return func(r *running, dot reflect.Value) {
		for _, s := range steps {
			s(r, dot)
		}
	}
}

func (c *compiler) node(n parse.Node) step {
	switch n := n.(type) {
	case *parse.TextNode:
		text := n.Text
		return func(r *running, _ reflect.Value) { r.write(text) }
	case *parse.CommentNode:
		return func(*running, reflect.Value) {}
	case *parse.ActionNode:
		return c.action(n.Pipe)
	case *parse.IfNode:
		v, then, other := c.pipe(n.Pipe), c.list(n.List), c.list(n.ElseList)
		return func(r *running, dot reflect.Value) {
			if r.truth(v(r, dot)) {
				then(r, dot)
			} else {
				other(r, dot)
			}
		}
	case *parse.WithNode:
		v, then, other := c.pipe(n.Pipe), c.list(n.List), c.list(n.ElseList)
		return func(r *running, dot reflect.Value) {
			if x := v(r, dot); r.truth(x) {
				then(r, x)
			} else {
				other(r, dot)
			}
		}
	case *parse.RangeNode:
		v, then, other := c.pipe(n.Pipe), c.list(n.List), c.list(n.ElseList)
		return func(r *running, dot reflect.Value) {
			x := v(r, dot)
			if x.Kind() != reflect.Slice {
				r.stop()
			}
			for i := range x.Len() {
				then(r, bare(x.Index(i)))
			}
			if x.Len() == 0 {
				other(r, dot)
			}
		}
	case *parse.TemplateNode:
		p := c.template(n.Name)
		v := func(*running, reflect.Value) reflect.Value { return reflect.Value{} }
		if n.Pipe != nil {
			v = c.pipe(n.Pipe)
		}
		return func(r *running, dot reflect.Value) {
			if r.depth++; r.depth > maxDepth {
				r.stop()
			}
			root := r.root
			r.root = v(r, dot)
			p.run(r, r.root)
			r.root = root
			r.depth--
		}
	}
	c.fail()
	return nil
}

// action is what stands in {{ }} and is printed.
func (c *compiler) action(p *parse.PipeNode) step {
	if len(p.Decl) > 0 || len(p.Cmds) > 2 || len(p.Cmds) == 0 {
		c.fail()
		return nil
	}
	if len(p.Cmds) == 1 {
		if name := function(p.Cmds[0]); isInclude(name) {
			return c.include(name, p.Cmds[0])
		}
		c.fail()
		return nil
	}
	v := c.command(p.Cmds[0])
	name := function(p.Cmds[1])
	if len(p.Cmds[1].Args) != 1 {
		name = ""
	}
	switch name {
	case "_guidepost_text", "_guidepost_attr":
		text := name == "_guidepost_text"
		return func(r *running, dot reflect.Value) {
			x := v(r, dot)
			switch {
			case !x.IsValid():
				r.stop()
			case x.Type() == typeHTML && text:
				r.writeString(x.String())
			case x.Type() == typeString || x.Type() == typeURL:
				r.escape(x.String())
			case x.Type() == typeInt:
				r.writeString(strconv.FormatInt(x.Int(), 10))
			default:
				r.stop()
			}
		}
	case "_guidepost_url", "_guidepost_url_rest", "_guidepost_fragment":
		escape := c.set.escapes[name]
		plain := func(s string, t reflect.Type) bool { return t == typeURL && isPlain(s, &plainURL) }
		if name == "_guidepost_fragment" {
			plain = func(s string, t reflect.Type) bool { return t == typeString && isPlain(s, &plainFragment) }
		}
		return func(r *running, dot reflect.Value) {
			x := v(r, dot)
			if !x.IsValid() || x.Type() != typeURL && x.Type() != typeString {
				r.stop()
			}
			if s := x.String(); plain(s, x.Type()) {
				r.writeString(s)
				return
			}
			switch s := escape(x.Interface()).(type) {
			case string:
				r.writeString(s)
			default:
				r.writeString(x.String()) // as it is
			}
		}
	}
	c.fail()
	return nil
}

var (
	typeString = reflect.TypeFor[string]()
	typeHTML   = reflect.TypeFor[template.HTML]()
	typeURL    = reflect.TypeFor[template.URL]()
	typeInt    = reflect.TypeFor[int]()
	typePage   = reflect.TypeFor[*Page]()
	typeList   = reflect.TypeFor[[]string]()
)

// escape writes s as html/template's escapers of text and of quoted attributes do.
func (r *running) escape(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if plainText[s[i]] {
			continue
		}
		r.writeString(s[from:i])
		from = i + 1
		switch s[i] {
		case 0:
			r.writeString("\uFFFD")
		case '"':
			r.writeString("&#34;")
		case '&':
			r.writeString("&amp;")
		case '\'':
			r.writeString("&#39;")
		case '+':
			r.writeString("&#43;")
		case '<':
			r.writeString("&lt;")
		case '>':
			r.writeString("&gt;")
		}
	}
	r.writeString(s[from:])
}

// function returns the function that a command calls.
func function(cmd *parse.CommandNode) string {
	if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok {
		return id.Ident
	}
	return ""
}

// include makes a call of include or includeEach.
func (c *compiler) include(name string, cmd *parse.CommandNode) step {
	if len(cmd.Args) != 3 {
		c.fail()
		return nil
	}
	key, ok := cmd.Args[1].(*parse.StringNode)
	e := c.set.entries[keyOf(key)]
	if !ok || e == nil {
		c.fail()
		return nil
	}
	v := c.arg(cmd.Args[2])
	if name == "include" {
		return func(r *running, dot reflect.Value) { r.include(e, v(r, dot)) }
	}
	return func(r *running, dot reflect.Value) {
		x := v(r, dot)
		if x.Kind() != reflect.Slice {
			r.stop()
		}
		for i := range x.Len() {
			r.write(nil)
			r.include(e, bare(x.Index(i)))
		}
	}
}

func keyOf(n *parse.StringNode) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// include runs e with a value. What it makes of a pointer is remembered for
// other pages; of a small value it is made again in less time than it is found.
func (r *running) include(e *entry, v reflect.Value) {
	var data any
	program := e.program
	if e.slow.Load() {
		program = nil
	}
	if program == nil || v.Kind() == reflect.Pointer && v.Type() != typePage {
		if v.IsValid() {
			data = v.Interface()
		}
		r.writeString(string(r.set.include(e.key, data)))
		return
	}
	if r.depth++; r.depth > maxDepth {
		r.stop()
	}
	root, entry := r.root, r.entry
	r.root, r.entry = v, e
	program.run(r, v)
	r.root, r.entry = root, entry
	r.depth--
}

// pipe is what an if, with or range looks at.
func (c *compiler) pipe(p *parse.PipeNode) value {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		c.fail()
		return nil
	}
	return c.command(p.Cmds[0])
}

func (c *compiler) command(cmd *parse.CommandNode) value {
	if name := function(cmd); name != "" {
		return c.call(name, cmd.Args[1:])
	}
	if len(cmd.Args) > 1 {
		c.fail()
		return nil
	}
	return c.arg(cmd.Args[0])
}

func (c *compiler) arg(n parse.Node) value {
	switch n := n.(type) {
	case *parse.DotNode:
		return func(_ *running, dot reflect.Value) reflect.Value { return dot }
	case *parse.FieldNode:
		return c.fields(func(_ *running, dot reflect.Value) reflect.Value { return dot }, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return c.fields(func(r *running, _ reflect.Value) reflect.Value { return r.root }, n.Ident[1:])
		}
	case *parse.StringNode:
		return constant(n.Text)
	case *parse.BoolNode:
		return constant(n.True)
	case *parse.NumberNode:
		if n.IsInt && !n.IsFloat || n.IsInt && n.Int64 == int64(int(n.Int64)) && n.Text == strconv.FormatInt(n.Int64, 10) {
			return constant(int(n.Int64))
		}
	case *parse.NilNode:
		return constant(nil)
	case *parse.PipeNode:
		return c.pipe(n)
	}
	c.fail()
	return nil
}

func constant(v any) value {
	x := reflect.ValueOf(v)
	return func(*running, reflect.Value) reflect.Value { return x }
}

func (c *compiler) call(name string, nodes []parse.Node) value {
	args := make([]value, len(nodes))
	for i, n := range nodes {
		if args[i] = c.arg(n); c.fails {
			return nil
		}
	}
	switch {
	case (name == "or" || name == "and") && len(args) > 0:
		until := name == "or"
		return func(r *running, dot reflect.Value) (x reflect.Value) {
			for _, a := range args {
				if x = a(r, dot); r.truth(x) == until {
					break
				}
			}
			return x
		}
	case name == "not" && len(args) == 1:
		return func(r *running, dot reflect.Value) reflect.Value { return truths(!r.truth(args[0](r, dot))) }
	case name == "len" && len(args) == 1:
		return func(r *running, dot reflect.Value) reflect.Value {
			x := args[0](r, dot)
			if x.Kind() != reflect.Slice && x.Kind() != reflect.String {
				r.stop()
			}
			return reflect.ValueOf(x.Len())
		}
	case (name == "eq" || name == "ne") && len(args) == 2:
		same := name == "eq"
		return func(r *running, dot reflect.Value) reflect.Value {
			a, b := args[0](r, dot), args[1](r, dot)
			switch {
			case a.Kind() == reflect.String && b.Kind() == reflect.String:
				return truths((a.String() == b.String()) == same)
			case a.Kind() == reflect.Int && b.Kind() == reflect.Int:
				return truths((a.Int() == b.Int()) == same)
			}
			r.stop()
			return a
		}
	case (name == "gt" || name == "lt" || name == "ge" || name == "le") && len(args) == 2:
		return func(r *running, dot reflect.Value) reflect.Value {
			a, b := args[0](r, dot), args[1](r, dot)
			if a.Kind() != reflect.Int || b.Kind() != reflect.Int {
				r.stop()
			}
			x, y := a.Int(), b.Int()
			switch name {
			case "gt":
				return truths(x > y)
			case "lt":
				return truths(x < y)
			case "ge":
				return truths(x >= y)
			}
			return truths(x <= y)
		}
	case name == "join" && len(args) == 2:
		return func(r *running, dot reflect.Value) reflect.Value {
			by, list := args[0](r, dot), args[1](r, dot)
			if by.Kind() != reflect.String || list.Kind() != reflect.Slice || list.Type() != typeList {
				r.stop()
			}
			s, err := join(by.String(), list.Interface())
			if err != nil {
				r.stop()
			}
			return reflect.ValueOf(s)
		}
	case name == "plural" && len(args) == 3:
		return func(r *running, dot reflect.Value) reflect.Value {
			n, one, many := args[0](r, dot), args[1](r, dot), args[2](r, dot)
			if n.Kind() != reflect.Int || one.Kind() != reflect.String || many.Kind() != reflect.String {
				r.stop()
			}
			return reflect.ValueOf(plural(int(n.Int()), one.String(), many.String()))
		}
	}
	c.fail()
	return nil
}

func truths(b bool) reflect.Value {
	if b {
		return reflect.ValueOf(true)
	}
	return reflect.ValueOf(false)
}

// truth is what if and with ask of a value.
func (r *running) truth(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	case reflect.Bool:
		return v.Bool()
	case reflect.Int:
		return v.Int() != 0
	case reflect.Pointer:
		return !v.IsNil()
	case reflect.Struct:
		return true
	}
	r.stop()
	return false
}

// A place is where a type has a field.
type place struct {
	of    reflect.Type
	index int
}

// fields makes .A.B of a value.
func (c *compiler) fields(of value, names []string) value {
	for _, name := range names {
		from := of
		var known atomic.Pointer[place]
		of = func(r *running, dot reflect.Value) reflect.Value {
			v := from(r, dot)
			if v.Kind() == reflect.Pointer && !v.IsNil() {
				v = v.Elem()
			}
			if v.Kind() != reflect.Struct {
				r.stop()
			}
			at := known.Load()
			if at == nil || at.of != v.Type() {
				if at = find(v.Type(), name); at == nil {
					r.stop()
				}
				known.Store(at)
			}
			return bare(v.Field(at.index))
		}
	}
	return of
}

// find finds the field of that name, unless a method has the name as well.
func find(t reflect.Type, name string) *place {
	f, ok := t.FieldByName(name)
	if _, method := reflect.PointerTo(t).MethodByName(name); !ok || method || len(f.Index) != 1 || !f.IsExported() {
		return nil
	}
	return &place{t, f.Index[0]}
}

// bare is what an interface holds.
func bare(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}
