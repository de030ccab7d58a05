// Package diag describes problems found in what people wrote: content,
// layouts and settings. A problem is a value with a place, not an error:
// errors are for the machine failing, problems are for people's mistakes.
//
// Its one rule: a problem says where it is, what is wrong and a way out.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// A Pos is a place in a source file. Line and Col count from 1, Col in
// characters (code points); zero is unknown.
type Pos struct {
	File      string // slash-separated, from the site's folder: "content/cv/template.md"
	Line, Col int
}

func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Severity orders problems by what they stop.
type Severity uint8

// The severities, the mildest first.
const (
	Warning Severity = iota + 1 // published, but should be mended
	Error                       // nothing is published while one remains
)

func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// A Diag is one problem.
type Diag struct {
	Pos
	// EndCol is the column after the last character concerned, on the same
	// line; zero marks Col alone.
	EndCol   int
	Severity Severity
	Rule     string // a stable name in lower case and hyphens: "broken-link"
	Message  string // one line, lower case, no full stop; names what was written
	Hint     string // one line: the way out; may be empty
}

func (d Diag) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Pos, d.Severity, d.Message, d.Rule)
}

// A List collects problems. The zero List is empty and ready to use.
type List []Diag

// Errorf adds an Error.
func (l *List) Errorf(pos Pos, rule, format string, args ...any) *Diag {
	return l.add(pos, Error, rule, fmt.Sprintf(format, args...))
}

// Warnf adds a Warning.
func (l *List) Warnf(pos Pos, rule, format string, args ...any) *Diag {
	return l.add(pos, Warning, rule, fmt.Sprintf(format, args...))
}

// add returns the problem just added, so that its Hint and EndCol can be set.
// The pointer is good until the next problem is added.
func (l *List) add(pos Pos, s Severity, rule, message string) *Diag {
	*l = append(*l, Diag{Pos: pos, Severity: s, Rule: rule, Message: message})
	return &(*l)[len(*l)-1]
}

// Failed reports whether l holds an Error.
func (l List) Failed() bool {
	return slices.ContainsFunc(l, func(d Diag) bool { return d.Severity == Error })
}

// Count returns how many problems of severity s are in l.
func (l List) Count(s Severity) (n int) {
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sorted returns l in order of place, each problem once, so that what is
// printed never depends on scheduling.
func (l List) Sorted() List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b Diag) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Hint, b.Hint),
			cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.EndCol, b.EndCol))
	})
	return slices.Compact(s)
}
