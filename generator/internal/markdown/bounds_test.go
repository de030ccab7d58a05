package markdown

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestShapes holds every shape against the limits: small ones are read, large
// ones of those that grow are refused at a place with a way out, and what is
// read gives no more than is bearable.
func TestShapes(t *testing.T) {
	for _, o := range []Options{{}, {Linkify: true}, {HTML: HTMLSanitised}, {HTML: HTMLUnsafe}} {
		e := New(o)
		for _, s := range shapes {
			t.Run(fmt.Sprintf("%d%v/%s", o.HTML, o.Linkify, s.name), func(t *testing.T) {
				for _, n := range []int{1, 2, 20} {
					src := s.make(n)
					if _, ds := e.Parse("a.md", 1, []byte(src)); ds.Failed() {
						t.Errorf("n = %d is refused: %v", n, ds)
					}
				}
				src, _ := s.around(16 << 10)
				body, ds := e.Parse("a.md", 1, []byte(src))
				if len(body.HTML) > 100*len(src) {
					t.Errorf("%d bytes give %d of HTML", len(src), len(body.HTML))
				}
				if ds.Failed() && (len(body.HTML) > 0 || len(body.Refs) > 0 || len(body.Headings) > 0) {
					t.Error("half a page was given with a refusal")
				}
				if o.HTML != HTMLOff || o.Linkify {
					return
				}
				under, over := s.around(1 << 20)
				if s.grows && admits(e, over) {
					t.Error("more than a megabyte of it is not refused")
				}
				if !s.grows && !admits(e, under) {
					t.Error("less than a megabyte of it is refused")
				}
			})
		}
	}
}

// TestRefusals looks at how each limit is told.
func TestRefusals(t *testing.T) {
	e := New(Options{})
	for _, c := range []struct {
		name, src, rule, message string
		line, col                int
	}{
		{"size", strings.Repeat("a\n", 9<<19), "too-large", "9 MB", 10, 1},
		{"depth", "x\n\n" + strings.Repeat("> ", 100) + "y", "too-deep", "100 deep", 12, 1},
		{"work", "x\n\n" + strings.Repeat("a_ ", 20000), "too-large", "emphasis marks", 12, 1},
		{"cells", strings.Repeat("|a", 1000) + "|\n" + strings.Repeat("|-", 1000) + "|\n" + strings.Repeat("|a|\n", 1000), "too-large", "cells", 10, 1},
		{"definitions", strings.Repeat("[a]: b\n\n", 20000), "too-large", "20000 definitions", 10, 1},
		{"parts", strings.Repeat("a\n\n", 200000), "too-large", "too many parts", 10, 1},
		{"inner depth", "x\n\n" + strings.Repeat("*a **a ", 200) + "b" + strings.Repeat(" a** a*", 200), "too-deep", "more than 300 deep", 12, 0},
		{"text", "x\n\nab\xffc", "invalid-utf8", "0xff", 12, 3},
	} {
		body, ds := e.Parse("a.md", 10, []byte(c.src))
		if len(ds) != 1 || ds[0].Rule != c.rule || !strings.Contains(ds[0].Message, c.message) || ds[0].Hint == "" ||
			ds[0].Line != c.line || ds[0].Col != c.col && c.col != 0 || !ds.Failed() {
			t.Errorf("%s: got %v", c.name, ds)
		}
		if body == nil || len(body.HTML) > 0 {
			t.Errorf("%s: not refused", c.name)
		}
	}
}

// TestRefusedAtOnce: what is far too large is not even looked at.
func TestRefusedAtOnce(t *testing.T) {
	src := bytes.Repeat([]byte{0xff}, 100<<20)
	allocs := testing.AllocsPerRun(1, func() {
		if _, ds := New(Options{}).Parse("a.md", 1, src); !ds.Failed() {
			t.Error("100 MB are not refused")
		}
	})
	if allocs > 5000 {
		t.Errorf("%v allocations to refuse 100 MB", allocs)
	}
}

// TestRealWriting is far within the limits: a hundred articles in one page are
// still read.
func TestRealWriting(t *testing.T) {
	src := bytes.Repeat(article(t), 100)
	src = bytes.ReplaceAll(src, []byte("[^1]"), []byte("(1)"))
	body, ds := New(Options{}).Parse("a.md", 1, src)
	if ds.Failed() || body.Words < 100_000 {
		t.Errorf("%d words, %v", body.Words, ds)
	}
}

// TestMany tells a flood of problems shortly.
func TestMany(t *testing.T) {
	_, ds := New(Options{}).Parse("a.md", 1, []byte(strings.Repeat("<b>x</b>\n\n", 1000)))
	if len(ds) != mostTold+1 || !strings.Contains(ds[len(ds)-1].Message, "800 more") {
		t.Errorf("%d problems, the last %v", len(ds), ds[len(ds)-1])
	}
}
