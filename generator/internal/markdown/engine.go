package markdown

import (
	"slices"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"guidepost/generator/internal/diag"
)

// goldmark parses; rendering is our own, because one walk over the tree then
// gives the HTML, the plain text, the references with their places and the
// headings, and because every attribute that is written passes one escape
// function. Rejected: goldmark's renderers with ours beside them (two walks and
// attribute filters that let style and autofocus through), and a second parse
// of the finished HTML to find its links (three times the cost of the walk).

// An Engine reads bodies in one way. It may be used by any number of
// goroutines at once.
type Engine struct {
	options Options
	parser  parser.Parser
	labels  *labels
	policy  *bluemonday.Policy // for HTMLSanitised, else nil
	pages   sync.Pool          // of *page
}

// pageKey is where a parse keeps its page for the parsers of this package.
var pageKey = parser.NewContextKey()

func pageOf(pc parser.Context) *page { return pc.Get(pageKey).(*page) }

// New returns an engine that reads bodies as o says.
func New(o Options) *Engine {
	e := &Engine{options: o, labels: labelsFor(o.Language)}
	if o.HTML == HTMLSanitised {
		e.policy = newPolicy()
	}
	inline := []util.PrioritizedValue{
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(inlineAttributes{}, 50),
		util.Prioritized(foreignParser{}, 60),
		util.Prioritized(wikilinkParser{}, 90),
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(extension.NewFootnoteParser(), 101),
		util.Prioritized(linkParser{parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewRawHTMLParser(), 400),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(extension.NewTypographerParser(quotes(o.Language)), 9999),
	}
	if left, ok := englishQuote(o.Language); ok {
		inline = append(inline, util.Prioritized(newOpeningParser(left), 9998))
	}
	if o.Linkify {
		inline = append(inline, util.Prioritized(linkifyParser{extension.NewLinkifyParser()}, 999))
	}
	e.parser = parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(setextParser{parser.NewSetextHeadingParser()}, 100),
			util.Prioritized(extension.NewDefinitionListParser(), 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(headingParser{parser.NewATXHeadingParser()}, 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(attributeBlockParser{}, 950),
			util.Prioritized(footnoteParser{extension.NewFootnoteBlockParser()}, 999),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(inline...),
		parser.WithParagraphTransformers(
			util.Prioritized(calloutTransformer{}, 50),
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
		),
	)
	e.pages.New = func() any { return newPage(e) }
	return e
}

// Parse reads and renders the body src, which begins on the given line of
// file. What cannot be read within the limits is refused: the body is then
// empty and an Error says why. src is not changed and not kept.
func (e *Engine) Parse(file string, line int, src []byte) (*Body, diag.List) {
	return e.ParseIn(Around{}, file, line, src)
}

// Around is what is known of a page besides its body.
type Around struct {
	// Title is one that the page has already, or empty: then a heading 1 that
	// opens the body and says something else stays, as a heading 2.
	Title string
	Terms *Terms // the glossary's
	// Explain makes links of the first use of each term. Terms that are named as
	// such, [[term:ATS]], always are links.
	Explain bool
}

// ParseIn is [Engine.Parse] for a body of which more is known.
func (e *Engine) ParseIn(a Around, file string, line int, src []byte) (body *Body, problems diag.List) {
	p := e.pages.Get().(*page)
	p.given, p.terms, p.explain = a.Title, a.Terms, a.Explain
	defer func() {
		// A fault of the parser must cost its page and not the build. The
		// page's state is not put back.
		if recover() != nil {
			body, problems = &Body{}, nil
			problems.Errorf(diag.Pos{File: file, Line: line}, "unreadable", "this page cannot be read: it trips a fault in the Markdown parser").
				Hint = "please report it with the page; taking out its most unusual part helps meanwhile"
		}
	}()
	body, problems = p.parse(file, line, src)
	p.release()
	e.pages.Put(p)
	return body, problems
}

// parse is Parse without the safety net, for tests.
func (p *page) parse(file string, line int, src []byte) (*Body, diag.List) {
	p.file, p.first = file, line
	if !p.admit(src) {
		return &Body{}, p.diags
	}
	pc := parser.NewContext()
	pc.Set(pageKey, p)
	doc := p.engine.parser.Parse(text.NewReader(p.src), parser.WithContext(pc))
	p.settleIDs()
	p.document(doc)
	b := &Body{}
	if !p.refused {
		p.tellForeign()
		p.finish(b)
	}
	if p.refused {
		// Half a page says nothing reliable about the other half.
		b = &Body{}
		clear(p.told)
		p.diags = slices.DeleteFunc(p.diags, func(d diag.Diag) bool { return d.Severity != diag.Error })
	}
	p.tellRest()
	if len(p.diags) > 1 {
		p.diags = p.diags.Sorted()
	}
	return b, p.diags
}
