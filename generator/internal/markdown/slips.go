package markdown

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Markdown has no errors: what is written wrong is shown as it is written, or
// left out in silence. This file tells what is almost certainly a slip: rows
// of tables that are split or cut, and what another tool would have filled in.
// Links that are none are in link.go, headings in heading.go.

// foreignForms are what other tools fill in, by what each begins with. A form
// that ends elsewhere on the line is told only where its end is there.
var foreignForms = [...]struct{ begin, end, what string }{
	{"{{<", "", "a shortcode of Hugo"},
	{"{{%", "", "a shortcode of Hugo"},
	{"{%", "%}", "a tag of Jekyll or Nunjucks"},
	{"{{", "}}", "a value that another tool fills in"},
}

// mostForeign is how many bytes long one may be.
const mostForeign = 500

// A foreign is what a page has of one of foreignForms.
type foreign struct {
	count   int
	at, end int // offsets in src of the first
}

// foreignParser makes no nodes: it only sees the braces of text that is
// neither code nor escaped.
type foreignParser struct{}

func (foreignParser) Trigger() []byte { return []byte{'{'} }

func (foreignParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) > 2 && (line[1] == '{' || line[1] == '%') && (segment.Start == 0 || block.Source()[segment.Start-1] != '{') {
		pageOf(pc).noteForeign(line, segment.Start)
	}
	return nil
}

// foreignIn looks for them in text of raw HTML that begins at at in q.
func (p *page) foreignIn(q *piece, raw []byte, at int) {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] == '{' && (raw[i+1] == '{' || raw[i+1] == '%') && (i == 0 || raw[i-1] != '{') {
			line, _, _ := bytes.Cut(raw[i:min(len(raw), i+mostForeign)], []byte{'\n'})
			p.noteForeign(line, q.offset(at+i))
		}
	}
}

// noteForeign counts the form with which line begins; off is its offset.
func (p *page) noteForeign(line []byte, off int) {
	line = line[:min(len(line), mostForeign)]
	for i, f := range foreignForms {
		if !bytes.HasPrefix(line, []byte(f.begin)) {
			continue
		}
		end := f.end
		if end == "" {
			end = "}}"
		}
		n := bytes.Index(line[len(f.begin):], []byte(end))
		if n < 0 && f.end != "" {
			continue
		}
		found := &p.foreign[i]
		if found.count++; found.count == 1 {
			found.at, found.end = off, off+len(bytes.TrimRight(line, " \n"))
			if n >= 0 {
				found.end = off + len(f.begin) + n + len(end)
			}
		}
		return
	}
}

// tellForeign tells of each form once: a page that was brought over may have
// hundreds.
func (p *page) tellForeign() {
	for i, f := range p.foreign {
		if f.count == 0 {
			continue
		}
		more := ""
		if f.count > 1 {
			more = fmt.Sprintf("; the page has %d more like it", f.count-1)
		}
		p.warnf(f.at, f.end, "shortcode", "write in Markdown what it stood for, or take it out; `in backquotes` it is code",
			"%s is %s, and is shown as it is written%s", clip(p.src[f.at:f.end]), foreignForms[i].what, more)
	}
}

// clip returns text as it is shown in a message.
func clip(text []byte) string {
	const most = 60
	if len(text) <= most {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:most]), "") + "…"
}

// lineAt returns the line of src from off on, without white space on its sides,
// and the offset at which that begins.
func (p *page) lineAt(off int) ([]byte, int) {
	line, _, _ := bytes.Cut(p.src[off:], []byte{'\n'})
	text := bytes.TrimLeft(line, " \t")
	return bytes.TrimRight(text, " \t"), off + len(line) - len(text)
}

// cellsOf returns the offsets in row at which its cells begin, and that at
// which the last one ends. It parts them as GFM does: at every bar without a
// backslash, in code too.
func cellsOf(row []byte) (starts []int, end int) {
	end = len(row)
	i := 0
	if end > 0 && row[0] == '|' {
		i = 1
	}
	if end > i && row[end-1] == '|' {
		end--
	}
	for ; i < end; i++ {
		starts = append(starts, i)
		for i < end && (row[i] != '|' || i > 0 && row[i-1] == '\\') {
			i++
		}
	}
	return starts, end
}

// checkRow tells what is lost of a row of a table with so many columns.
func (p *page) checkRow(row ast.Node, columns int) {
	off := row.Pos()
	if off < 0 || off >= len(p.src) {
		return
	}
	line, off := p.lineAt(off)
	if p.splitLink(line, off) {
		return // the cells too many come of it
	}
	starts, end := cellsOf(line)
	if len(starts) <= columns {
		return
	}
	lost := bytes.TrimRight(line[starts[columns]:end], " \t|")
	text := bytes.TrimLeft(lost, " \t|")
	if len(text) == 0 {
		return
	}
	at := off + starts[columns] + len(lost) - len(text)
	p.warnf(at, at+len(text), "table-cells", `write \| where a bar belongs to the text, or give the table's head and the line below it a column more`,
		"this row has %d cells and its table %d columns, so %q is left out", len(starts), columns, clip(text))
}

// splitLink tells a wikilink whose bar ends a cell.
func (p *page) splitLink(line []byte, off int) (found bool) {
	for i := 0; ; {
		open := bytes.Index(line[i:], []byte("[["))
		if open < 0 {
			return found
		}
		open += i
		length := bytes.Index(line[open:], []byte("]]"))
		if length < 0 {
			return found
		}
		i = open + length + 2
		link := line[open:i]
		if bar := bytes.IndexByte(link, '|'); bar > 2 && link[bar-1] != '\\' {
			found = true
			p.warnf(off+open, off+i, "table-cells", `write \| in a table: `+string(link[:bar])+`\`+string(link[bar:]),
				"the bar in %s ends a cell of the table", clip(link))
		}
	}
}

// missedTable tells lines of a paragraph that were meant as a table: its head
// and the line below it do not have as many cells as each other.
func (p *page) missedTable(n ast.Node) {
	lines := n.Lines()
	for i := 1; i < lines.Len(); i++ {
		s := lines.At(i)
		if s.Start >= s.Stop || p.src[s.Start] != '|' && p.src[s.Start] != '-' && p.src[s.Start] != ':' {
			continue
		}
		rule, _ := p.lineAt(s.Start)
		head, off := p.lineAt(lines.At(i - 1).Start)
		if len(bytes.Trim(rule, "|-: \t")) > 0 || bytes.IndexByte(rule, '|') < 0 || bytes.IndexByte(rule, '-') < 0 || bytes.IndexByte(head, '|') < 0 {
			continue
		}
		if p.splitLink(head, off) {
			return
		}
		cells, _ := cellsOf(head)
		columns, _ := cellsOf(rule)
		if len(cells) != len(columns) {
			p.warnf(off, off+len(head), "table-cells", "give the line below the head as many cells: |"+strings.Repeat(" --- |", min(len(cells), 20)),
				"this is not read as a table: its head has %d cells and the line below it %d", len(cells), len(columns))
		}
		return
	}
}
