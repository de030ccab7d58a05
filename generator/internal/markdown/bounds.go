package markdown

import "math/bits"

// goldmark has shapes of input that cost it the square of their length, or
// more, in time or in memory; a goroutine that is lost in one cannot be
// stopped. So a page is looked over first, once and in linear time, and what
// it would cost is added up. Rejected: one limit a shape (many blocks just
// under each limit add up), a regular expression (it backtracks, or costs more
// than parsing), a child process with a limit of its own (a page would cost
// milliseconds, and a build could not be told from one that was killed).
//
// The sums are of nanoseconds and bytes, measured with goldmark 1.8.7; what
// counts is their ratio. Real guidance stays under a hundredth of them.
const (
	maxSize  = 8 << 20     // bytes of a page that are looked at at all
	maxDepth = 64          // containers within each other: quotations, lists
	maxWork  = 250_000_000 // nanoseconds, beyond what the same length of plain text costs
	maxRoom  = 75 << 20    // bytes of memory, beyond the same, for a page of up to a megabyte
	maxCells = 50_000      // of tables, those that are filled in among them
	maxTags  = 10_000      // signs < of a page whose HTML is let in: each tag is read three times
	maxInner = 300         // elements within each other, as browsers stop at 512
)

// The classes of bytes that the survey stops at.
const (
	plain byte = iota
	ctrl
	delim   // * _ ~
	opener  // [
	closer  // ]
	quote   // ' "
	tick    // `
	pipe    // |
	angle   // <
	escape  // \
	wide    // C2 or E2: may begin an invisible character
	trigger // other characters at which goldmark may make a node
)

var classes = func() (t [256]byte) {
	for c := range 32 {
		t[c] = ctrl
	}
	t['\t'], t[0x7f] = plain, ctrl
	t['*'], t['_'], t['~'] = delim, delim, delim
	t['['], t[']'] = opener, closer
	t['\''], t['"'] = quote, quote
	t['`'], t['|'], t['<'], t['\\'] = tick, pipe, angle, escape
	t['-'], t['.'], t['>'], t['!'] = trigger, trigger, trigger, trigger
	t[0xC2], t[0xE2] = wide, wide
	return t
}()

// A survey adds up what a page would cost.
type survey struct {
	control bool // there are characters to replace

	work, room int
	cells      int
	depth      int // the deepest
	depthAt    int
	worst      string // what costs most in the block that broke the budget
	worstAt    int
	over       bool

	// Of the whole page.
	definitions, footnotes, pipesEscaped, openLines, tags, labels int

	// Of the block: lines that no blank line parts.
	start, nlines           int
	delims, delimChars      int
	links                   int
	openers, closers, notes int
	quotes, pipes, heads    int
	ticks                   uint64 // lengths of runs of backticks under 64
	loneTicks, tickRuns     int
	angles, triggers        int
	quoteWork, linkWork     int
	columns, rows           int
	stack                   [16]int // offsets of the last opening brackets
	nstack                  int
}

// run looks over p.src, and notes in p.lines where its lines begin.
func (s *survey) run(p *page) {
	src := p.src
	lines := append(p.lines[:0], 0)
	open := 0     // containers that may be open
	blank := true // the line before was blank
	for at := 0; at < len(src); {
		text, rest, depth, columns := s.prefix(src, at)
		if depth > s.depth {
			s.depth, s.depthAt = depth, at
		}
		end := text >= len(src) || src[text] == '\n'
		switch {
		case end:
			s.block(at)
		case depth > 0:
			open = max(open, depth)
			if columns <= 3 && startsItem(src[text:]) {
				s.block(at)
			}
		case blank && columns < 2:
			open = 0 // nothing holds what is not indented
		}
		blank = end
		s.openLines += open + 1
		if end {
			at = min(text+1, len(src))
		} else {
			if s.nlines == 0 {
				s.start = at
			}
			s.nlines++
			at = s.line(src, text, rest)
		}
		if at > 0 && src[at-1] == '\n' {
			lines = append(lines, at)
		}
	}
	s.block(len(src))
	p.lines = lines
}

// startsItem reports whether a line begins with an item of a bullet list that
// has text after it: it never belongs to the paragraph before.
func startsItem(line []byte) bool {
	return len(line) > 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ' && line[2] > ' '
}

// prefix reads the containers with which the line at at begins. It returns
// where the text of the line begins, and where that of the innermost
// container, how deep that may be (zero if it opens none), and by how many
// columns the line is indented.
func (s *survey) prefix(src []byte, at int) (text, rest, depth, columns int) {
	i := at
	gap, blanks := 0, 0
	var first byte
	same := true // all markers are alike: it may be a thematic break
	for ; i < len(src); i++ {
		c := src[i]
		if c == ' ' {
			gap++
			continue
		} else if c == '\t' {
			gap += 4
			continue
		}
		if depth == 0 {
			text, columns, blanks = i, gap, gap/2
		} else if gap > 1 {
			blanks += (gap - 1) / 2
		}
		gap = 0
		n := marker(src, i)
		if n == 0 {
			break
		}
		if c == '[' {
			s.footnotes++
		}
		if depth == 0 {
			first = c
		}
		same = same && c == first
		depth++
		i += n - 1
	}
	if depth == 0 {
		if i >= len(src) {
			text = i
		}
		return text, i, 0, columns
	}
	if same && (first == '-' || first == '*') && (i >= len(src) || src[i] == '\n' || src[i] == first && isRule(src[i:], first)) {
		return text, i, 0, columns // a thematic break
	}
	return text, i, depth + blanks, columns
}

// marker returns the length of the mark of a container at i, or zero.
func marker(src []byte, i int) int {
	switch c := src[i]; {
	case c == '>':
		return 1
	case c == '-' || c == '+' || c == '*' || c == ':':
		if i+1 >= len(src) || src[i+1] <= ' ' {
			return 1
		}
	case c >= '0' && c <= '9':
		j := i + 1
		for j < len(src) && j < i+9 && src[j] >= '0' && src[j] <= '9' {
			j++
		}
		if j < len(src) && (src[j] == '.' || src[j] == ')') && (j+1 >= len(src) || src[j+1] <= ' ') {
			return j + 1 - i
		}
	case c == '[' && i+1 < len(src) && src[i+1] == '^':
		// A footnote's definition holds what follows.
		for j := i + 2; j < len(src) && j < i+1002 && src[j] != '\n'; j++ {
			if src[j] == ']' {
				if j+1 < len(src) && src[j+1] == ':' {
					return j + 2 - i
				}
				break
			}
		}
	}
	return 0
}

// isRule reports whether a line goes on as a thematic break does.
func isRule(line []byte, c byte) bool {
	for _, b := range line {
		if b == '\n' {
			break
		}
		if b != c && b != ' ' && b != '\t' {
			return false
		}
	}
	return true
}

// line adds up the line whose text begins at i, and that of its innermost
// container at rest, and returns where the next line begins.
func (s *survey) line(src []byte, i, rest int) int {
	begin := i
	if rest < len(src) && (src[rest] == '#' || src[rest] == '=' || src[rest] == '-') {
		s.heads++
	}
	parens, pipes, dashes := 0, s.pipes, 0
	rule := true // may be the rule under a table's head
	var prev byte
	for ; i < len(src); i++ {
		c := src[i]
		class := classes[c]
		if class == plain {
			if c > ' ' && c != ':' {
				rule = false
			}
			prev = c
			continue
		}
		switch class {
		case ctrl:
			if c == '\n' {
				s.endLine(i-begin, parens, rule && dashes > 0, s.pipes-pipes)
				return i + 1
			}
			s.control = true
		case pipe:
			s.pipes++
		case trigger:
			s.triggers++
			if c == '-' {
				dashes++
			} else if i >= rest {
				rule = false
			}
		case delim:
			if c != prev {
				s.delims++
			}
			s.delimChars++
			if c == '~' {
				// goldmark looks along the rest of the run from each.
				n := i + 1
				for n < len(src) && src[n] == '~' {
					n++
				}
				s.quoteWork += (n - i) * (n - i)
				s.delimChars += n - i - 1
				i = n - 1
			}
		case opener:
			s.stack[s.nstack%len(s.stack)] = i
			s.nstack++
			s.openers++
			if i+1 < len(src) && src[i+1] == '^' {
				s.linkWork += 400
				s.notes++
			}
		case closer:
			s.closers++
			// Looking a label up costs its length; it may have 999 bytes.
			length := i - s.start
			if s.nstack > 0 {
				s.nstack--
				length = i - s.stack[s.nstack%len(s.stack)]
			}
			s.linkWork += 15 * min(length, 999)
			if i+1 < len(src) {
				switch src[i+1] {
				case '(':
					parens++
					s.links++
				case ':':
					s.definitions++
				}
			}
		case quote:
			n := i + 1
			for n < len(src) && src[n] == c {
				n++
			}
			s.quotes += n - i
			s.quoteWork += (n - i) * (n - i)
			i = n - 1
		case tick:
			n := i + 1
			for n < len(src) && src[n] == '`' {
				n++
			}
			switch {
			case i > 0 && src[i-1] == '\\':
				s.loneTicks++ // the run is shorter by one, and may have no like
			case n-i < 64:
				s.ticks |= 1 << (n - i)
			default:
				s.loneTicks++
			}
			s.tickRuns++
			i = n - 1
		case angle:
			s.angles++
		case escape:
			if i+1 < len(src) {
				switch src[i+1] {
				case '|':
					s.pipesEscaped++
					s.pipes++
					i++
				case '[', '\\':
					i++
				}
			}
		case wide:
			if i+2 < len(src) && (c == 0xC2 && src[i+1] < 0xA0 ||
				c == 0xE2 && (src[i+1] == 0x80 && src[i+2] >= 0xAA && src[i+2] <= 0xAE || src[i+1] == 0x81 && src[i+2] >= 0xA6 && src[i+2] <= 0xA9)) {
				s.control = true
			}
		}
		if class != pipe && class != trigger && i >= rest {
			rule = false
		}
		prev = c
	}
	s.endLine(i-begin, parens, rule && dashes > 0, s.pipes-pipes)
	return i
}

func (s *survey) endLine(length, parens int, rule bool, pipes int) {
	// Every address may be looked for up to the end of the line.
	s.linkWork += parens * length
	if rule {
		s.columns = max(s.columns, pipes+1)
	}
	if s.columns > 0 {
		s.rows++
	}
}

// block closes the block that ends before end.
func (s *survey) block(end int) {
	if s.nlines == 0 {
		return
	}
	length := end - s.start
	// Of the runs of backticks of one length only the last has no partner and
	// is looked for up to the end of the block, a node made of every line.
	lone := bits.OnesCount64(s.ticks) + s.loneTicks
	kinds := [...]struct {
		work int
		name string
	}{
		{7 * s.delims * s.delims, "emphasis marks in one block"},
		{s.linkWork + 2*s.closers*s.nlines, "links and brackets in one block"},
		{lone * (length + 100*s.nlines), "runs of backticks of different lengths in one block"},
		{2 * s.quoteWork, "quotation marks in a row"},
		{s.nlines * s.definitions / 2, "definitions of links in one block"},
		{s.angles * 2000, "signs < in one block"},
	}
	sum := 0
	worst := 0
	for i, k := range kinds {
		sum += k.work
		if k.work > kinds[worst].work {
			worst = i
		}
	}
	s.tags += s.angles
	s.labels += s.closers
	if s.columns > 0 {
		s.cells += s.columns*s.rows + s.pipes
	}
	s.work += sum
	s.room += 350*s.nlines + 350*s.delimChars + 350*s.openers + 150*s.closers + 1000*s.notes + 900*s.heads +
		350*(s.quotes+s.tickRuns+s.angles) + 100*s.triggers + 250*lone*s.nlines + 700*s.links + 500
	if !s.over && s.work > maxWork {
		s.over, s.worst, s.worstAt = true, kinds[worst].name, s.start
	}
	*s = survey{
		control: s.control, work: s.work, room: s.room, cells: s.cells, depth: s.depth, depthAt: s.depthAt,
		worst: s.worst, worstAt: s.worstAt, over: s.over,
		definitions: s.definitions, footnotes: s.footnotes, pipesEscaped: s.pipesEscaped, openLines: s.openLines, tags: s.tags, labels: s.labels,
		start: end,
	}
}

// judge reports whether the page is within the limits, and tells what is not.
func (s *survey) judge(p *page) bool {
	const split = "split the page, or take out what was not meant to be there"
	megabytes := max(1, (len(p.src)+1<<20-1)>>20)
	room := s.room + s.openLines*150
	if s.definitions > 0 {
		room += 700 * s.labels // each may be a link
	}
	switch {
	case s.depth > maxDepth:
		p.refuse(s.depthAt, 0, "too-deep", "take some of the > and list marks away",
			"lists and quotations within each other %d deep; at most %d are read", s.depth, maxDepth)
	case s.over:
		p.refuse(s.worstAt, 0, "too-large", split, "this page is too tangled to be read: too many %s", s.worst)
	case s.definitions*s.definitions*3+s.footnotes*s.footnotes*15+s.pipesEscaped*s.pipesEscaped*5 > maxWork:
		p.refuse(0, 0, "too-large", split, "this page is too tangled to be read: %d definitions of links, %d footnotes, %d signs \\|",
			s.definitions, s.footnotes, s.pipesEscaped)
	case s.cells > maxCells:
		p.refuse(0, 0, "too-large", "split the table, or publish it as a spreadsheet beside the page",
			"the tables of this page have %d cells; at most %d are read", s.cells, maxCells)
	case s.tags > maxTags && p.engine.options.HTML != HTMLOff:
		p.refuse(0, 0, "too-large", split, "this page has %d signs <; where HTML is let in, at most %d are read", s.tags, maxTags)
	case room > maxRoom*megabytes, s.work+4*room > maxWork+4*maxRoom/3+4*maxRoom*(megabytes-1):
		// Memory costs time too: four nanoseconds a byte.
		p.refuse(0, 0, "too-large", split, "this page has too many parts to be read: lines, marks, links and brackets")
	}
	return !p.refused
}
