package layout

import (
	"slices"
	"strings"
	"text/template/parse"
)

// White space between actions. The minifier sees a template from top to bottom
// and must keep white space next to an action, since it cannot know what comes
// of it. Here the ways through the template are followed instead: where all
// that may come before, or all that may come after, is the edge of a block, or
// white space already, white space is not shown and goes. In a page of many
// small conditions that is 2% of its bytes.

// An edge is a set of what may stand beside a place.
type edge uint8

const (
	atBlock  edge = 1 << iota // the tag of a block: white space beside it is not shown
	atInline                  // anything else that is shown, or unknown
	atSpace                   // white space
	atEnd                     // the beginning or end of the template: whatever is around it
)

func (e edge) within(set edge) bool { return e&^set == 0 }

// A squeezer takes white space out of the trees of one entry.
type squeezer struct {
	set   *Set
	trees map[string]*parse.Tree
	texts map[*parse.TextNode]*textEdges
	// What each tree may begin and end with.
	firsts, lasts map[string]edge
}

// A textEdges is what the text of a node is beside, and what it shows first and
// last, white space left aside.
type textEdges struct {
	first, last          edge
	startsOpen, endsOpen bool // within a tag, comment or raw element
	follow               edge
}

// newSqueezer works out what is beside what in the trees of e, which are to be
// those that will be run.
func (s *Set) newSqueezer(e *entry, trees map[string]*parse.Tree) *squeezer {
	q := &squeezer{set: s, trees: trees, texts: map[*parse.TextNode]*textEdges{}, firsts: map[string]edge{}, lasts: map[string]edge{}}
	for _, name := range e.order {
		var m markup
		q.read(trees[name].Root, &m)
	}
	// Templates may call one another and themselves: from nothing, what each
	// begins and ends with grows until it grows no more.
	for grown := true; grown; {
		grown = false
		for _, name := range e.order {
			first := q.backward(trees[name].Root, atEnd)
			last := q.forward(trees[name].Root, atEnd, true)
			if first != q.firsts[name] || last != q.lasts[name] {
				q.firsts[name], q.lasts[name] = first, last
				grown = true
			}
		}
	}
	return q
}

// squeeze changes the trees.
func (q *squeezer) squeeze() {
	for _, t := range q.trees {
		q.forward(t.Root, atEnd, false)
	}
}

// edges returns what the template of key may begin and end with.
func (s *Set) edges(key string) (first, last edge) {
	e := s.entries[key]
	if e == nil || len(e.problems) > 0 {
		return atInline, atInline
	}
	if e.first == 0 {
		e.first, e.last = atInline, atInline // should it come back to itself
		trees := make(map[string]*parse.Tree, len(e.order))
		for _, name := range e.order {
			b := e.trees[name]
			trees[name] = b.src.small[b.name]
		}
		q := s.newSqueezer(e, trees)
		e.first, e.last = q.firsts[e.order[0]], q.lasts[e.order[0]]
	}
	return e.first, e.last
}

// through is what is beside something that shows e: where it may show nothing,
// what is beyond it.
func through(e, beyond edge) edge {
	if e&atEnd != 0 {
		return e&^atEnd | beyond
	}
	return e
}

// included returns the key in an action that does nothing but include, and
// whether it does so any number of times.
func included(n *parse.ActionNode) (key string, each bool) {
	if len(n.Pipe.Decl) == 0 && len(n.Pipe.Cmds) == 1 {
		if args := n.Pipe.Cmds[0].Args; len(args) > 1 {
			if id, ok := args[0].(*parse.IdentifierNode); ok && isInclude(id.Ident) {
				if name, ok := args[1].(*parse.StringNode); ok {
					return name.Text, id.Ident == "includeEach"
				}
			}
		}
	}
	return "", false
}

// read notes what each text shows first and last.
func (q *squeezer) read(list *parse.ListNode, m *markup) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			q.texts[n] = m.read(string(n.Text))
		case *parse.IfNode:
			q.readBranch(&n.BranchNode, m)
		case *parse.WithNode:
			q.readBranch(&n.BranchNode, m)
		case *parse.RangeNode:
			q.readBranch(&n.BranchNode, m)
		}
	}
}

// readBranch: html/template sees to it that both branches end alike.
func (q *squeezer) readBranch(b *parse.BranchNode, m *markup) {
	other := *m
	q.read(b.List, m)
	q.read(b.ElseList, &other)
}

// backward notes what may follow each text in list, after which next may
// stand, and returns what list may begin with.
func (q *squeezer) backward(list *parse.ListNode, next edge) edge {
	if list == nil {
		return next
	}
	for _, n := range slices.Backward(list.Nodes) {
		switch n := n.(type) {
		case *parse.TextNode:
			t := q.texts[n]
			t.follow = next
			if t.first != 0 {
				next = t.first
			}
		case *parse.ActionNode:
			switch key, each := included(n); {
			case len(n.Pipe.Decl) > 0:
			case key != "":
				f, _ := q.set.edges(key)
				if each {
					f |= atEnd
				}
				next = through(f, next)
			default:
				next = atInline
			}
		case *parse.TemplateNode:
			next = through(q.firsts[n.Name], next)
		case *parse.IfNode:
			next = q.backward(n.List, next) | q.backward(n.ElseList, next)
		case *parse.WithNode:
			next = q.backward(n.List, next) | q.backward(n.ElseList, next)
		case *parse.RangeNode:
			again := q.backward(n.List, next)
			next = q.backward(n.List, next|again) | q.backward(n.ElseList, next)
		case *parse.CommentNode:
		default:
			next = atInline
		}
	}
	return next
}

// forward takes white space away that is not shown in list, before which prev
// may stand, and returns what list may end with. A dry run only returns that.
func (q *squeezer) forward(list *parse.ListNode, prev edge, dry bool) edge {
	if list == nil {
		return prev
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			prev = q.text(n, prev, dry)
		case *parse.ActionNode:
			switch key, each := included(n); {
			case len(n.Pipe.Decl) > 0:
			case key != "":
				_, l := q.set.edges(key)
				if each {
					l |= atEnd
				}
				prev = through(l, prev)
			default:
				prev = atInline
			}
		case *parse.TemplateNode:
			prev = through(q.lasts[n.Name], prev)
		case *parse.IfNode:
			prev = q.forward(n.List, prev, dry) | q.forward(n.ElseList, prev, dry)
		case *parse.WithNode:
			prev = q.forward(n.List, prev, dry) | q.forward(n.ElseList, prev, dry)
		case *parse.RangeNode:
			again := q.forward(n.List, prev, true)
			if hasJump(n.List) {
				again |= atInline
			}
			prev = q.forward(n.List, prev|again, dry) | again | q.forward(n.ElseList, prev, dry)
		case *parse.CommentNode:
		default:
			prev = atInline
		}
	}
	return prev
}

// hasJump reports whether there is a {{break}} or {{continue}} in list: where
// one leads from is not followed.
func hasJump(list *parse.ListNode) (found bool) {
	walk(list, func(n parse.Node) {
		switch n.(type) {
		case *parse.BreakNode, *parse.ContinueNode:
			found = true
		}
	})
	return found
}

// text takes from n what is not shown.
func (q *squeezer) text(n *parse.TextNode, prev edge, dry bool) edge {
	t := q.texts[n]
	text := string(n.Text)
	if text == "" {
		return prev
	}
	if t.first == 0 { // white space and nothing else
		if t.startsOpen {
			return atInline
		}
		if prev.within(atBlock|atSpace) || t.follow.within(atBlock) {
			text = ""
		} else {
			prev = atSpace
		}
	} else {
		if prev.within(atBlock|atSpace) && !t.startsOpen {
			text = strings.TrimLeft(text, spaces)
		}
		prev = t.last
		if trimmed := strings.TrimRight(text, spaces); trimmed != text && !t.endsOpen {
			if t.follow.within(atBlock) {
				text = trimmed
			} else {
				prev = atSpace
			}
		}
	}
	if !dry {
		n.Text = []byte(text)
	}
	return prev
}
