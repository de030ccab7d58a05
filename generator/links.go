package generator

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// Links are all that leads to a page, or to a file, and from it.
type Links struct {
	File    string   `json:"file"`
	URL     string   `json:"url"`
	Title   string   `json:"title,omitempty"`
	Aliases []string `json:"aliases"` // old addresses that lead here
	In      []LinkAt `json:"in"`      // in order of place
	Out     []LinkAt `json:"out"`     // in order of writing
}

// A LinkAt is a link and where it stands.
type LinkAt struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Kind is link, image, or the key of front matter or the settings.
	Kind     string `json:"kind"`
	Target   string `json:"target"`             // as written
	Text     string `json:"text,omitempty"`     // that is shown, where it is written
	Sentence string `json:"sentence,omitempty"` // in which it stands, as written
	From     string `json:"from,omitempty"`     // address of the page that it is in
	To       string `json:"to,omitempty"`       // where it leads: an address here, or another site's; empty: nowhere
	Title    string `json:"title,omitempty"`    // of the page that it leads to, or for a link from elsewhere, that it is in
	External bool   `json:"external"`
}

// Links tells what links to a page or file, named by its path or its address,
// and what it links to. Drafts count.
func (b *Builder) Links(ctx context.Context, name string) (*Links, diag.List, error) {
	x, err := b.survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer x.tree.close()
	if x.diags.Failed() {
		return nil, x.diags.Sorted(), nil
	}
	x.cfg.Site.Drafts = true
	w, err := x.world(ctx, x.tree.paths, x.cfg, x.tree.bytes, nil)
	if err != nil {
		return nil, nil, err
	}
	m := &mover{x: x, was: w}
	file, folder, err := m.find(name)
	if err != nil {
		return nil, nil, err
	}
	if folder {
		if file += "/index.md"; x.tree.files[file] == nil {
			return nil, nil, refuse("%s is a folder; name a page or file in it", name)
		}
	}
	l := &Links{File: file, URL: strings.TrimPrefix(file, "content"), Aliases: []string{}, In: []LinkAt{}, Out: []LinkAt{}}
	if n := w.byFile[file]; n != nil && n.card != nil {
		l.URL, l.Title = n.card.ID.URL(), n.card.Title
		for _, a := range n.card.Aliases {
			l.Aliases = append(l.Aliases, a.Text)
		}
	}
	for _, n := range w.namers {
		var src []byte
		for i := range n.refs {
			r := &n.refs[i]
			if r.Line == 0 || r.File != "" && r.File != n.file || r.Use == content.UseText || r.Scheme == content.SchemeFact || r.Scheme == content.SchemeTerm {
				continue
			}
			lead, ok := w.site.Lead(r)
			in := ok && lead.URL == l.URL
			if !in && n.file != file || in && lead.Entry != nil && lead.Entry.File != file {
				continue
			}
			at := LinkAt{File: n.file, Line: r.Line, Column: r.Col, Kind: kindOfLink(n, r), Target: r.Target, Text: r.Text}
			if r.Use == content.UseBody {
				if src == nil {
					if src, err = x.tree.bytes(n.file); err != nil {
						return nil, nil, err
					}
				}
				at.Sentence = sentenceAt(src, n.body, n.spans[i], r)
			}
			if n.file == file {
				out := at
				switch {
				case r.Scheme == content.SchemeExternal:
					out.To, out.External = r.Key, true
				case ok:
					if out.To = lead.URL; lead.Entry != nil {
						out.Title = lead.Entry.Title
					}
					if r.Query != "" {
						out.To += "?" + r.Query
					}
					if r.Fragment != "" {
						out.To += "#" + r.Fragment
					}
				}
				l.Out = append(l.Out, out)
			}
			if in && n.file != file {
				if at.To = l.URL; r.Fragment != "" {
					at.To += "#" + r.Fragment
				}
				if n.card != nil {
					at.From, at.Title = n.card.ID.URL(), n.card.Title
				}
				l.In = append(l.In, at)
			}
		}
	}
	slices.SortStableFunc(l.In, func(a, b LinkAt) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l, nil, nil
}

// kindOfLink names where a reference stands.
func kindOfLink(n *namer, r *content.Ref) string {
	if n.file == settingsFile {
		return "navigation"
	}
	switch r.Use {
	case content.UseTopic:
		return "topics"
	case content.UseRelated:
		return "related"
	case content.UseAction:
		return "action"
	case content.UseTranslates:
		return "translates"
	case content.UseReplacement:
		return "replacement"
	case content.UseParent:
		return "parent"
	case content.UseSource:
		return "sources"
	case content.UsePart:
		return "parts"
	case content.UseStep:
		return "steps"
	}
	if r.Use == content.UseImage || r.Kind == markdown.RefImage {
		return "image"
	}
	return "link"
}

// mostSentence is how long a sentence may be that is shown, in bytes before and
// after the link.
const mostSentence = 400

// sentenceAt returns the sentence in which a link of the body stands, as it is
// written, on one line. It ends with its paragraph, list item or cell.
func sentenceAt(src []byte, body int, s markdown.Span, r *content.Ref) string {
	at := content.SpanOf(src, content.Place{Line: r.Line, Col: r.Col, EndCol: r.Col + 1})
	if at.End == 0 {
		return ""
	}
	start, end := at.Start, max(at.End, s.End)
	if s.Start < start || bytes.Contains(src[start:end], []byte("\n\n")) {
		end = at.End // defined at the foot of the page
	}
	line := bytes.LastIndexByte(src[:start], '\n') + 1
	row := bytes.HasPrefix(bytes.TrimLeft(src[line:start], " \t"), []byte("|"))
	for low := max(body, start-mostSentence); start > low && !endsAt(src, start, row); start-- {
	}
	for high := min(len(src), end+mostSentence); end < high && !endsAt(src, end, row); end++ {
	}
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(src[start:end]), "")), " ")
	for {
		short := text
		for _, mark := range [...]string{"> ", "- ", "* ", "+ ", "# ", "| ", "[ ] ", "[x] "} {
			short = strings.TrimPrefix(short, mark)
		}
		if short == text {
			return strings.TrimSuffix(text, " |")
		}
		text = short
	}
}

// endsAt reports whether a sentence ends before byte i of src; row, where that is
// in a row of a table.
func endsAt(src []byte, i int, row bool) bool {
	if i == 0 || i >= len(src) {
		return true
	}
	rest := bytes.TrimLeft(src[i:], " \t\r")
	switch src[i-1] {
	case '.', '!', '?':
		return src[i] == ' ' || src[i] == '\n' || src[i] == '\r'
	case '|':
		return row && (i < 2 || src[i-2] != '\\')
	case '\n':
		if len(rest) == 0 || rest[0] == '\n' || rest[0] == '#' || rest[0] == '|' {
			return true
		}
		return len(rest) > 1 && (rest[0] == '-' || rest[0] == '*' || rest[0] == '+' || rest[0] >= '0' && rest[0] <= '9' && rest[1] == '.') && (rest[1] == ' ' || rest[1] == '.')
	}
	return false
}
