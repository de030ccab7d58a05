package markdown

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// openingParser mends what the typographer takes for an apostrophe: a quotation
// mark before a word with t, e, n or l ('the team', 'latest'), or around a single
// letter ('s'). British prose quotes like that.
type openingParser struct{ left, right []byte }

func newOpeningParser(left []byte) openingParser {
	return openingParser{left, []byte("’")}
}

// openMarks is the key of how many marks are open, an int. Keys are numbers that
// goldmark counts up, and must all be made before anything is parsed.
var openMarks = parser.NewContextKey()

func (openingParser) Trigger() []byte { return []byte{'\''} }

// quoted is how far on the closing mark is looked for, in bytes.
const quoted = 200

func (p openingParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	put := func(mark []byte) ast.Node {
		node := ast.NewString(mark)
		node.SetCode(true)
		block.Advance(1)
		return node
	}
	open, _ := pc.Get(openMarks).(int)
	before := block.PrecendingCharacter()
	if open > 0 && !unicode.IsSpace(before) {
		line, _ := block.PeekLine()
		if after, _ := utf8.DecodeRune(line[1:]); !unicode.IsLetter(after) && !unicode.IsDigit(after) {
			pc.Set(openMarks, open-1)
			return put(p.right)
		}
	}
	if !unicode.IsSpace(before) && !unicode.Is(unicode.Ps, before) && !unicode.Is(unicode.Pi, before) {
		return nil
	}
	line, _ := block.PeekLine()
	word := line[1:min(len(line), quoted)]
	end := bytes.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
	if end <= 0 {
		return nil
	}
	if elided(word[:end]) {
		return put(p.right)
	}
	for rest := word; ; {
		i := bytes.IndexByte(rest, '\'')
		if i < 0 {
			return nil
		}
		after, _ := utf8.DecodeRune(rest[i+1:])
		if i > 0 && rest[i-1] > ' ' && !unicode.IsLetter(after) && !unicode.IsDigit(after) {
			break
		}
		rest = rest[i+1:]
	}
	pc.Set(openMarks, open+1)
	return put(p.left)
}

// CloseBlock forgets marks that were not closed in their paragraph.
func (p openingParser) CloseBlock(_ ast.Node, _ text.Reader, pc parser.Context) { pc.Set(openMarks, 0) }

// elided reports whether a word is one that loses its beginning: 'tis, 'em.
func elided(word []byte) bool {
	return slices.Contains([]string{"tis", "twas", "twere", "twill", "em", "til", "till", "cause", "n", "net", "neath", "round", "bout", "cos", "e"},
		string(bytes.ToLower(word)))
}
