package content

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/markdown"
)

const benchHead = `---
title: After a bad interview
description: What to do in the days after an interview went wrong.
topics: [interviews, confidence]
published: 2026-01-12
updated: 2026-10-01
reviewed: 2026-11-02
review_every: 6 months
owner: Careers service
authors: [Sam Okafor, Jo Bell]
image:
  src: rain.jpg
  alt: A person under an umbrella
  credit: Sam Okafor
related:
  - ../cv/template.md
  - /interviews/before/
aliases: [/old/interviews/]
keywords: [rejected, feedback]
sources:
  - title: Labour market overview
    url: https://example.org/overview
---
`

// benchText returns words words of prose, of a vocabulary of 6,000 of which
// few are frequent.
func benchText(words int, seed uint64) string {
	r := rand.New(rand.NewPCG(1, seed))
	z := rand.NewZipf(r, 1.2, 4, 6000)
	syllables := strings.Fields("car eer in ter view ap ply job ten der skill ing er ment est can did ate of fer let work ly tion al re un pre com pro")
	var b strings.Builder
	for i := range words {
		w := rand.New(rand.NewPCG(7, z.Uint64()))
		for range 1 + w.IntN(3) {
			b.WriteString(syllables[w.IntN(len(syllables))])
		}
		if i%12 == 11 {
			b.WriteString(".\n")
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// BenchmarkParse measures an article without its Markdown.
func BenchmarkParse(b *testing.B) {
	src := []byte(benchHead + benchText(1150, 0))
	p := NewParser(nil, Options{Language: "en-GB"})
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := p.Parse("content/interviews/after.md", src); diags.Failed() {
			b.Fatal(diags)
		}
	}
}

// BenchmarkSplit measures finding front matter, and looking for stray one.
func BenchmarkSplit(b *testing.B) {
	src := []byte(benchHead + benchText(1150, 0))
	p := NewParser(nil, Options{})
	for b.Loop() {
		if _, ok := p.split("content/a.md", src, nil); !ok {
			b.Fatal("in error")
		}
	}
}

// BenchmarkTerms measures finding what a page of 1,150 words is about, with a
// memo that other pages have warmed.
func BenchmarkTerms(b *testing.B) {
	p := NewParser(nil, Options{Language: "en-GB"})
	pages := make([]*Page, 50)
	for i := range pages {
		pages[i] = &Page{Card: &Card{Language: "en-GB", Title: "After a bad interview", Description: "What to do in the days after an interview went wrong."},
			Body: &markdown.Body{Text: benchText(1150, uint64(i))}}
		p.weigher.terms(pages[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if len(p.weigher.terms(pages[i%len(pages)])) != maxTerms {
			b.Fatal("too few terms")
		}
		i++
	}
}

func benchCard() *Card {
	page, _ := NewParser(nil, Options{Language: "en-GB"}).Parse("content/interviews/after.md", []byte(benchHead))
	c := page.Card
	c.Refs = c.Refs[:0]
	for i := range 10 {
		c.Refs = append(c.Refs, Ref{Ref: markdown.Ref{Kind: markdown.RefLink, Target: fmt.Sprintf("../cv/page-%d.md", i), Text: "the page", Line: 10 + i, Col: 5, EndCol: 30}, Key: fmt.Sprintf("/cv/page-%d/", i), Scheme: SchemePage})
	}
	for i := range 6 {
		c.Headings = append(c.Headings, markdown.Heading{Level: 2, ID: fmt.Sprintf("heading-%d", i), Text: "A heading", HTML: "A heading", Line: 12 * i, Col: 1})
		c.IDs = append(c.IDs, fmt.Sprintf("heading-%d", i))
	}
	var terms []Term
	for i := range uint32(maxTerms) {
		terms = append(terms, Term{Hash: i * 2654435769, Weight: uint16(9000 - i)})
	}
	c.Terms = PackTerms(terms)
	return c
}

func BenchmarkCardDecode(b *testing.B) {
	var e cache.Encoder
	benchCard().Encode(&e)
	s := string(e.B)
	b.ReportMetric(float64(len(s)), "bytes")
	b.ReportAllocs()
	for b.Loop() {
		d := cache.Decoder{S: s}
		var c Card
		if c.Decode(&d); d.Err != nil {
			b.Fatal(d.Err)
		}
	}
}

func BenchmarkCardEncode(b *testing.B) {
	c := benchCard()
	var e cache.Encoder
	for b.Loop() {
		e.B = e.B[:0]
		c.Encode(&e)
	}
}

func BenchmarkShown(b *testing.B) {
	c := benchCard()
	for b.Loop() {
		c.Shown()
	}
}
