package generator

import (
	"errors"
	"io/fs"
	"sync"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// factsFile holds the values that many pages show, and glossaryFile the terms.
const (
	factsFile    = "content/facts.yaml"
	glossaryFile = "content/glossary.yaml"
)

// A data is a file that is read for the whole site, when somebody first needs
// more than what is remembered of it. The zero data is that of no file.
type data[T any] struct {
	read func() T
	once sync.Once
	what T
}

// get returns what the file holds.
func (d *data[T]) get() T {
	d.once.Do(func() {
		if d.read != nil {
			d.what = d.read()
		}
	})
	return d.what
}

// terms are the glossary's, as articles are parsed with them.
type terms struct {
	names cache.Digest // of all their names
	find  func() *markdown.Terms
}

// readFacts tells the problems of the facts. The file is only read if it has
// changed since they were remembered, or if the site is linked.
func (x *build) readFacts(p *content.Parser) {
	var diags diag.List
	x.facts.read = func() (f content.Facts) {
		src, told := x.dataFile(factsFile)
		if told != nil {
			diags, f.Lost = told, true
		} else if src != nil {
			f, diags = p.ParseFacts(factsFile, src)
		}
		return f
	}
	told, _ := x.recall("facts", factsFile, func() (diag.List, cache.Digest) {
		x.facts.get()
		return diags, cache.Digest{}
	})
	x.diags = append(x.diags, told...)
}

// readGlossary tells the problems of the glossary and lets p find its terms. It
// is read when the facts would be, and when an article is parsed.
func (x *build) readGlossary(p *content.Parser) {
	var diags diag.List
	x.glossary.read = func() (g content.Glossary) {
		src, told := x.dataFile(glossaryFile)
		if told != nil {
			diags, g.Lost = told, true
		} else if src != nil {
			g, diags = p.ParseGlossary(glossaryFile, src)
		}
		return g
	}
	told, names := x.recall("glossary", glossaryFile, func() (diag.List, cache.Digest) {
		var e cache.Encoder
		g := x.glossary.get()
		for _, n := range g.Names() {
			e.String(n.Name)
			e.Strings(n.Also)
		}
		return diags, cache.Sum(e.B)
	})
	x.diags = append(x.diags, told...)
	x.terms.names = names
	x.terms.find = sync.OnceValue(func() *markdown.Terms {
		g := x.glossary.get()
		return markdown.NewTerms(g.Names())
	})
	p.Explain(x.terms.find)
}

// dataFile returns the bytes of a file that all pages may need, nil if there is
// none. That it cannot be read is told, and then nothing is published.
func (x *build) dataFile(file string) ([]byte, diag.List) {
	if x.tree.files[file] == nil {
		return nil, nil
	}
	src, err := x.tree.bytes(file)
	if err == nil {
		return append([]byte{}, src...), nil
	}
	var diags diag.List
	if errors.Is(err, fs.ErrNotExist) {
		diags.Errorf(diag.Pos{File: file}, "unreadable", "it vanished while the site was built").Hint = "build again"
	} else {
		diags.Errorf(diag.Pos{File: file}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it"
	}
	x.unread(diags)
	return nil, diags
}

// recall returns the problems that reading a file told and the digest of what
// came of it; the file is only read if it has changed since.
func (x *build) recall(record, file string, read func() (diag.List, cache.Digest)) (diag.List, cache.Digest) {
	if x.tree.files[file] == nil {
		return nil, cache.Digest{}
	}
	var e cache.Encoder
	e.Digest(x.tree.digest(file))
	e.Digest(x.settings["content"])
	key := cache.Sum(e.B)
	d := cache.Decoder{S: string(x.store.Record(record))}
	if was := d.Digest(); was == key {
		came := d.Digest()
		if told := cache.DecodeDiags(&d); d.Err == nil {
			return told, came
		}
	}
	told, came := read()
	if len(told) > 0 && told[0].Rule == "unreadable" && told[0].Line == 0 {
		return told, came // not to be remembered: it may be there again
	}
	e = cache.Encoder{}
	e.Digest(key)
	e.Digest(came)
	cache.EncodeDiags(&e, told)
	x.store.SetRecord(record, e.B)
	return told, came
}
