package markdown

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A shape is a family of documents that grow with n, of the kind that costs
// parsers more than their length.
type shape struct {
	name string
	// grows says that it must be refused from some size on, since goldmark
	// takes more than linear time or memory for it.
	grows bool
	make  func(n int) string
}

func rep(s string) func(int) string { return func(n int) string { return strings.Repeat(s, n) } }

// each returns n lines of a format with one number.
func each(format string) func(int) string {
	return func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
}

// shapes are cmark's pathological documents, those that were found slow or
// fatal in goldmark, and those that were found while the limits were set.
var shapes = []shape{
	// cmark's test/pathological_tests.py.
	{"nested strong emphasis", true, func(n int) string { return strings.Repeat("*a **a ", n) + "b" + strings.Repeat(" a** a*", n) }},
	{"many emphasis closers with no openers", true, rep("a_ ")},
	{"many emphasis openers with no closers", true, rep("_a ")},
	{"many link closers with no openers", true, rep("a]")},
	{"many link openers with no closers", true, rep("[a")},
	{"mismatched openers and closers", true, rep("*a_ ")},
	{"openers and closers multiple of 3", true, func(n int) string { return "a**b" + strings.Repeat("c* ", n) }},
	{"link openers and emphasis closers", true, rep("[ a_")},
	{"pattern [ (]( repeated", true, rep("[ (](")},
	{"pattern ![[]() repeated", true, rep("![[]()")},
	{"hard link/emph case", true, func(n int) string { return strings.Repeat("**x [a*b**c*](d)\n\n", n) }},
	{"nested brackets", true, func(n int) string { return strings.Repeat("[", n) + "a" + strings.Repeat("]", n) }},
	{"nested block quotes", true, func(n int) string { return strings.Repeat("> ", n) + "a" }},
	{"deeply nested lists", true, func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("  ", i) + "* a\n")
		}
		return b.String()
	}},
	{"U+0000 in input", false, rep("abc\x00de\x00")},
	{"backticks", true, func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("e" + strings.Repeat("`", i))
		}
		return b.String()
	}},
	{"unclosed inline link <>", true, rep("[a](<b")},
	{"unclosed inline link", true, rep("[a](b")},
	{"unclosed <!--", true, func(n int) string { return "</" + strings.Repeat("<!--", n) }},
	{"empty lines in deeply nested lists", true, func(n int) string { return strings.Repeat("- ", n) + "x" + strings.Repeat("\n", n) }},
	{"empty lines in deeply nested lists in blockquote", true, func(n int) string { return "> " + strings.Repeat("- ", n) + "x\n" + strings.Repeat(">\n", n) }},
	{"emph in deep blockquote", true, func(n int) string { return strings.Repeat(">", n) + strings.Repeat("a*", n) }},
	{"reference definitions", true, each("[%d]: u\n")},
	{"reference collisions", true, func(n int) string { return each("[%d]: u\n")(n) + strings.Repeat("[0] ", n) }},

	// Found in goldmark.
	{"table, ragged", true, func(n int) string {
		return strings.Repeat("|a", n) + "|\n" + strings.Repeat("|-", n) + "|\n" + strings.Repeat("|a|\n", n)
	}},
	{"table, full", true, func(n int) string {
		return "|a|b|c|d|\n|-|-|-|-|\n" + strings.Repeat("|1|2|3|4|\n", n)
	}},
	{"table, one column", true, func(n int) string { return "a\n:-\n" + strings.Repeat("b\n", n) }},
	{"table head alone", true, func(n int) string { return strings.Repeat("|", n) + "\n|-|\n" }},
	{"table rule alone", true, func(n int) string { return "a\n" + strings.Repeat("|-", n) + "\n" }},
	{"many tables", true, rep("|a|b|\n|-|-|\n|1|2|\n\n")},
	{"quotations", true, rep(">")},
	{"quotations with tabs", true, func(n int) string { return strings.Repeat(">\t", n) + "x" }},
	{"bullets", false, rep("- ")},
	{"bullets and text", true, func(n int) string { return strings.Repeat("- ", n) + "x" }},
	{"bullets of both kinds", true, func(n int) string { return strings.Repeat("- + ", n) + "x" }},
	{"numbers", true, func(n int) string { return strings.Repeat("1. ", n) + "x" }},
	{"quoted bullets", true, func(n int) string { return strings.Repeat("> - ", n) + "x" }},
	{"nested list with lazy lines", true, func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("  ", i) + "* a\nlazy\n")
		}
		return b.String()
	}},
	{"nested list with tabs", true, func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("\t", i) + "- a\n")
		}
		return b.String()
	}},
	{"nested definitions", true, func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("  ", i) + "a\n" + strings.Repeat("  ", i) + ": b\n\n")
		}
		return b.String()
	}},
	{"deep list, then blank lines", true, func(n int) string { return strings.Repeat("- ", 60) + "x\n" + strings.Repeat("\n", n) + "  y" }},
	{"deep list, then lazy lines", true, func(n int) string { return strings.Repeat("- ", 60) + "x\n" + strings.Repeat("y\n", n) }},
	{"mixed markers", true, func(n int) string { return "*" + strings.Repeat("a_ ", n) + "_a*" + strings.Repeat("_ ", n) }},
	{"emphasis of two kinds", true, func(n int) string { return strings.Repeat("*a ", n) + strings.Repeat("_a*_ ", n) }},
	{"one run of stars", true, func(n int) string { return strings.Repeat("*", n) + "a" + strings.Repeat("*", n) }},
	{"one run of tildes", true, func(n int) string { return "a " + strings.Repeat("~", n) + "a" + strings.Repeat("~", n) }},
	{"definitions with open titles", true, each("[%d]: u \"t\n")},
	{"definitions parted", true, each("[%d]: u\n\n")},
	{"definitions on two lines", true, each("[%d\n]: u\n")},
	{"footnotes", true, func(n int) string { return each("[^%d] ")(n) + "\n\n" + each("[^%d]: x\n")(n) }},
	{"footnote referred to often", true, func(n int) string { return strings.Repeat("[^a] ", n) + "\n\n[^a]: x\n" }},
	{"footnote chain", true, func(n int) string {
		var b strings.Builder
		b.WriteString("[^0]\n\n")
		for i := range n {
			fmt.Fprintf(&b, "[^%d]: [^%d]\n\n", i, i+1)
		}
		return b.String()
	}},
	{"footnotes in each other", true, rep("[^a]: ")},
	{"footnotes not defined", true, rep("[^a] ")},
	{"footnotes unclosed", true, rep("[^a")},
	{"typographer quotes", true, rep("'")},
	{"typographer double quotes", true, rep("\"")},
	{"typographer quotes in words", true, rep("a'b ")},
	{"cells with code and bars", true, func(n int) string { return "|a|\n|-|\n" + strings.Repeat("|`a\\|b`|\n", n) }},
	{"heading attributes nested", false, func(n int) string { return "# a " + strings.Repeat("{a=", n) }},
	{"heading attributes arrays", true, func(n int) string { return "# a {a=" + strings.Repeat("[", n) }},
	{"heading attributes many", false, func(n int) string { return "# a {" + strings.Repeat(".b ", n) + "}" }},
	{"heading attributes braces", false, func(n int) string { return "# a " + strings.Repeat("{", n) + "}" }},
	{"link attributes", true, rep("[a](b){.c}")},
	{"link attributes braces", true, func(n int) string { return strings.Repeat("[a](b){{{", n) }},
	{"attribute lines", true, rep("{.a}\n")},
	{"attribute lines between", true, rep("a\n{.a}\n")},
	{"emphasis openers and closers", true, func(n int) string { return strings.Repeat("*a* ", n) }},
	{"emphasis paragraphs", true, rep("*a*\n\n")},
	{"paragraphs", true, rep("a\n\n")},
	{"lines", true, rep("a\n")},
	{"items", true, rep("- a\n")},
	{"empty items", true, rep("-\n")},
	{"loose items", true, rep("- a\n\n")},
	{"headings", true, rep("# a\n")},
	{"headings of one letter", true, each("## a%d\n")},
	{"setext headings", true, rep("a\n=\n")},
	{"thematic breaks", true, rep("***\n")},
	{"fences", true, rep("```\n")},
	{"indented code", true, rep("    a\n\n")},
	{"hard breaks", true, rep("a  \n")},
	{"backslashes", false, rep("\\")},
	{"escaped brackets", true, rep("\\[a](b)")},
	{"entities", false, rep("&amp;")},
	{"numeric entities", false, rep("&#38;lt;")},
	{"bare ampersands", false, rep("&")},
	{"less-than signs", true, rep("<")},
	{"autolinks", false, rep("<http://a.b>")},
	{"autolinks of e-mail", true, rep("<a@b.c>")},
	{"autolinks unclosed", false, rep("<http://a.b ")},
	{"tags", true, rep("<b>")},
	{"tags with attributes", true, rep("<a b=c d='e'>")},
	{"tags unclosed", true, rep("<a b=c ")},
	{"one tag with many attributes", false, func(n int) string { return "a <a" + strings.Repeat(" b=c", n) + ">" }},
	{"one tag, unclosed, with many attributes", false, func(n int) string { return "a <a" + strings.Repeat(" b=c", n) }},
	{"one tag of block HTML", false, func(n int) string { return "<a" + strings.Repeat(" b=c", n) + ">" }},
	{"quoted tags", true, rep("<a b=\"<a b='")},
	{"HTML blocks", true, rep("<div>\n\n")},
	{"HTML lines", true, rep("<div>\n")},
	{"comments", true, rep("<!-- a -->")},
	{"processing instructions", true, rep("<?")},
	{"declarations", true, rep("<!A ")},
	{"CDATA", true, rep("<![CDATA[")},
	{"escaped backticks by lines", true, rep("a\\```\n")},
	{"escaped backticks", true, rep("a\\``` ")},
	{"code spans", true, rep("`a` ")},
	{"code spans over lines", true, rep("`a\n")},
	{"nested images", true, func(n int) string { return strings.Repeat("![", n) + "a" + strings.Repeat("](b)", n) }},
	{"nested images and links", true, func(n int) string { return strings.Repeat("[![", n) + "a" + strings.Repeat("](b)](c)", n) }},
	{"images", true, rep("![a](b)\n\n")},
	{"links", true, rep("[a](b) ")},
	{"links of many titles", true, rep("[a](b \"c\") ")},
	{"links with open titles", true, rep("[a](b \"c\n")},
	{"links with parentheses", true, rep("[a](((((")},
	{"links by lines", true, rep("[a](b)\n")},
	{"reference links by lines", true, func(n int) string { return "[a]: b\n\n" + strings.Repeat("[a]\n", n) }},
	{"reference links undefined", true, rep("[a][b]\n")},
	{"brackets by lines", true, rep("[a]\n")},
	{"brackets by lines, indented", true, rep("    [a]\n")},
	{"long labels", true, func(n int) string {
		return strings.Repeat(strings.Repeat("[", 99)+strings.Repeat("x", 800)+strings.Repeat("]", 99)+"\n\n", n)
	}},
	{"long labels hidden", true, func(n int) string {
		return strings.Repeat(strings.Repeat("[", 99)+strings.Repeat("x", 400)+strings.Repeat("\\[]", 99)+"\n\n", n)
	}},
	{"long labels of capitals", true, func(n int) string {
		return strings.Repeat(strings.Repeat("[", 99)+strings.Repeat("Ä", 400)+strings.Repeat("]", 99)+"\n\n", n)
	}},
	{"wikilinks", true, rep("[[a]] ")},
	{"wikilinks unclosed", true, rep("[[a ")},
	{"wikilinks brackets", true, rep("[[")},
	{"callouts", true, rep("> [!NOTE]\n> a\n\n")},
	{"task lists", true, rep("- [ ] a\n")},
	{"definition lists", true, rep("a\n: b\n")},
	{"definition lists parted", true, rep("a\n\n: b\n\n")},
	{"strikethrough", true, rep("~~a~~ ")},
	{"dashes", true, rep("--")},
	{"dots", true, rep("...")},
	{"angle quotes", true, rep("<<>>")},
	{"bidi controls", false, rep("\u202e")},
	{"carriage returns", true, rep("a\r")},
	{"one long word", false, rep("a")},
	{"one long word of another script", false, rep("字")},
	{"e-mail addresses", true, rep("a_a@b.c ")},
	{"half e-mail addresses", true, rep("a_")},
	{"half addresses", false, rep("www.a ")},
	{"addresses", true, rep("http://a.b/c_ ")},
	{"address of many parts", false, func(n int) string { return "http://a.b/" + strings.Repeat("(", n) }},
	{"spaces", false, rep(" ")},
	{"tabs", false, rep("\t")},
	{"indented lines", false, func(n int) string { return "a\n" + strings.Repeat("      b\n", n) }},
	{"tabs in lists", true, rep("-\ta\n\tb\n")},
}

// around returns the documents of s of just under and just over size bytes,
// the second twice as large as the first or a little more.
func (s shape) around(size int) (under, over string) {
	under = s.make(1)
	for n := 2; n < 1<<24; n *= 2 {
		over = s.make(n)
		if len(over) > size {
			break
		}
		under = over
	}
	return under, over
}

// sized returns the document of s that is at most size bytes long.
func (s shape) sized(size int) string {
	lo, hi := 1, 2
	for len(s.make(hi)) <= size && hi < 1<<22 {
		lo, hi = hi, hi*2
	}
	for lo+1 < hi {
		if mid := (lo + hi) / 2; len(s.make(mid)) <= size {
			lo = mid
		} else {
			hi = mid
		}
	}
	return s.make(lo)
}

// admits reports whether a page of the engine takes src.
func admits(e *Engine, src string) bool {
	p := newPage(e)
	return p.admit([]byte(src))
}

// BenchmarkShapes parses, of every shape, the largest document of up to a
// megabyte that is not refused: this is the worst that the limits let
// through. It is how their numbers were found.
func BenchmarkShapes(b *testing.B) {
	for _, mode := range []struct {
		name string
		o    Options
	}{{"off", Options{Linkify: true}}, {"sanitised", Options{HTML: HTMLSanitised, Linkify: true}}} {
		e := New(mode.o)
		for _, s := range shapes {
			b.Run(mode.name+"/"+strings.ReplaceAll(s.name, " ", "_"), func(b *testing.B) {
				size := 1 << 20
				src := s.sized(size)
				if !admits(e, src) {
					lo, hi := 1, size
					for lo+lo/50+1 < hi {
						mid := (lo + hi) / 2
						if admits(e, s.sized(mid)) {
							lo = mid
						} else {
							hi = mid
						}
					}
					src = s.sized(lo)
				}
				b.ReportAllocs()
				runtime.GC()
				before, runs := cpu(), 0
				for b.Loop() {
					e.Parse("a.md", 1, []byte(src))
					runs++
				}
				b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(runs), "cpu-ms")
				b.ReportMetric(float64(len(src)), "size")
			})
		}
	}
}
