package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
)

// TestMapDigest edits one thing at a time and looks at which maps it changes.
func TestMapDigest(t *testing.T) {
	const before = `
-- content/topics/t.md --
---
title: T
description: D.
---
-- content/topics/u.md --
---
title: U
description: D.
---
-- content/a.md --
---
title: Apple
description: D.
topics: [t]
---
One [b](b.md).
-- content/b.md --
---
title: Bread
description: D.
topics: [u]
---
-- content/c.md --
---
title: Cherry
description: D.
topics: [u]
---
`
	digests := func(text string) map[string]cache.Digest {
		s, diags := Link(input(t, scene{Now: day, Content: content.Options{Language: "en-GB"}}, txtar.Parse([]byte(text))))
		if diags.Failed() {
			t.Fatal(diags)
		}
		d := map[string]cache.Digest{}
		for _, q := range []string{"map:", "map-topic:", "map-topic:t", "map-topic:u", "topic-tree:"} {
			d[q] = s.Digest(q)
		}
		return d
	}
	was := digests(before)
	if !was["map-topic:"].IsZero() || was["map-topic:t"].IsZero() {
		t.Error("only a map without articles has no digest")
	}
	for _, c := range []struct{ name, old, new string }{
		{"a word", "One", "Two words, and *more*"},
		{"a description", "title: Apple\ndescription: D.", "title: Apple\ndescription: Other."},
		{"a second link to the same page", "[b](b.md)", "[b](b.md) [b](b.md#top)"},
		{"a link map: map-topic:t", "[b](b.md)", "[b](b.md) [c](c.md)"},
		{"a title map: map-topic:t map-topic:u", "title: Bread", "title: Butter"},
		{"a title that nobody links to map: map-topic:u", "title: Cherry", "title: Cream"},
		{"a topic map: map-topic:t map-topic:u", "title: Bread\ndescription: D.\ntopics: [u]", "title: Bread\ndescription: D.\ntopics: [t]"},
		{"a topic's description", "title: T\ndescription: D.", "title: T\ndescription: Other."},
		{"no topic map: map-topic: map-topic:u", "title: Cherry\ndescription: D.\ntopics: [u]", "title: Cherry\ndescription: D."},
	} {
		if !strings.Contains(before, c.old) {
			t.Fatal(c.name)
		}
		name, want, _ := strings.Cut(c.name, " map: ")
		var changed []string
		for q, d := range digests(strings.Replace(before, c.old, c.new, 1)) {
			if d != was[q] {
				changed = append(changed, q)
			}
		}
		slices.Sort(changed)
		var expect []string
		if want != "" {
			expect = append(strings.Fields(want), "map:")
		}
		if fmt.Sprint(changed) != fmt.Sprint(expect) {
			t.Errorf("%s changes %v, want %v", name, changed, expect)
		}
	}
}
