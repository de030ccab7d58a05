package content

import (
	"bufio"
	"bytes"
	"sync"

	"github.com/adrg/frontmatter"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/values"
)

// The form of front matter: its delimiter's character.
const (
	formYAML = '-'
	formTOML = '+'
	formJSON = ';'
)

// maxFile is the size in bytes of the longest page.
const maxFile = 8 << 20

// closing is the end delimiter given to package frontmatter. That package
// trims lines before it compares them, so an indented "---" in a block of text
// would end the front matter for it. What it is given has been found to be
// UTF-8, so no line of it can equal a delimiter that is not.
const closing = "\xff"

// formats are what package frontmatter tells apart.
var formats = [...]*frontmatter.Format{
	frontmatter.NewFormat("---", closing, func(b []byte, v any) error { return v.(*matter).read(values.YAML, b) }),
	frontmatter.NewFormat("+++", closing, func(b []byte, v any) error { return v.(*matter).read(values.TOML, b) }),
	frontmatter.NewFormat(";;;", closing, func(b []byte, v any) error { return v.(*matter).read(values.JSON, b) }),
}

// A matter is front matter being parsed: the bytes between its delimiters,
// where they stand, and what came of them.
type matter struct {
	file  string
	line0 int    // lines of the file above text
	text  []byte // between the delimiters
	form  byte
	diags diag.List
	// unread tells that the text could not be read, at least not all of it.
	unread bool
	root   values.Node // always a table
}

// read reads b, which holds m.text, by one of package values' readers.
func (m *matter) read(by func([]byte, values.Options) (values.Node, diag.List), b []byte) error {
	m.root, m.diags = by(b, values.Options{File: m.file, Above: m.line0, FrontMatter: m.form != 0, Matters: isHeld})
	return nil
}

// readers lends the buffers that package frontmatter reads through.
type readers struct{ pool sync.Pool }

// parse reads m.text, which is UTF-8, as front matter of m.form into m.root.
// What is wrong with it is told in m.diags.
func (rs *readers) parse(m *matter) {
	m.root.Kind = values.Table
	br, _ := rs.pool.Get().(*bufio.Reader)
	if br == nil {
		br = bufio.NewReaderSize(nil, 4096)
	}
	defer rs.pool.Put(br)
	delim := [...]byte{m.form, m.form, m.form, '\n'}
	var head bytes.Buffer
	head.Grow(len(m.text) + 8)
	head.Write(delim[:])
	head.Write(m.text)
	if !bytes.HasSuffix(m.text, []byte{'\n'}) {
		head.WriteByte('\n')
	}
	head.WriteString(closing + "\n")
	br.Reset(&head)
	if _, err := frontmatter.MustParse(br, m, formats[:]...); err != nil {
		d := m.diags.Errorf(diag.Pos{File: m.file, Line: m.line0, Col: 1}, "bad-front-matter", "front matter cannot be read: %v", err)
		d.Hint = "write it in a simpler way"
	}
}
