package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

// A parsed is an article as far as the parse step takes it.
type parsed struct {
	file string
	res  cache.Result
	card *content.Card // nil until somebody needs it, if it was remembered
}

// largest is the size in bytes of the longest article that is read.
const largest = 8 << 20

// isArticle reports whether a file of the tree is one.
func isArticle(p string) bool {
	return strings.HasPrefix(p, "content/") && strings.HasSuffix(p, ".md")
}

// isPlain reports whether a file of the tree is published as it lies. The
// files of the root that Guidepost reads are not.
func isPlain(p string) bool {
	if !strings.HasPrefix(p, "content/") || strings.HasSuffix(p, ".md") || path.Base(p) == defaultsFile {
		return false
	}
	switch p {
	case settingsFile, glossaryFile, factsFile, "content/addresses.txt":
		return false
	}
	return true
}

// plainFiles returns the files of the tree that are published as they lie, in
// order, without those that turned out not to be.
func (x *build) plainFiles() []string {
	var files []string
	for _, p := range x.tree.paths {
		if isPlain(p) && !x.unmade[p] {
			files = append(files, p)
		}
	}
	return files
}

// parse makes a card and a body of each article that is not remembered.
func (x *build) parse(ctx context.Context) error {
	for _, p := range x.tree.paths {
		if isArticle(p) {
			x.parsed = append(x.parsed, parsed{file: p})
		}
	}
	x.rounds.parse = x.store.Round(&x.inputs)
	p := content.NewParser(markdown.New(x.cfg.Markdown), x.cfg.Content)
	x.readFacts(p)
	x.readGlossary(p)
	defaults, err := x.defaults(ctx, p)
	if err != nil {
		return err
	}
	encoders := sync.Pool{New: func() any { return new(cache.Encoder) }}
	err = x.each(ctx, "parse", len(x.parsed), func(i int) error {
		a := &x.parsed[i]
		var src []byte
		if f := x.tree.files[a.file]; !f.known && f.size <= largest {
			// Read once, for the digest and, if that differs, for the parser.
			b, err := x.tree.bytes(a.file)
			if err == nil {
				src = b
			}
		}
		res, err := x.rounds.parse.Do(ctx, "parse:"+a.file, nil, func(t *cache.Task) (cache.Digest, error) {
			t.See("file:" + a.file)
			t.See("settings:content")
			t.See("terms:")
			var above []*content.Defaults
			for _, dir := range folders(a.file) {
				t.See("file:" + path.Join(dir, defaultsFile))
				if d := defaults[dir]; d != nil {
					above = append(above, d)
				}
			}
			page := x.article(p, a.file, src, above, t)
			if x.tree.blind.Load() {
				t.Once() // it may be without the terms that it should have
			}
			// The card is read back when the site is linked: this one's strings
			// hold the whole source in memory.
			e := encoders.Get().(*cache.Encoder)
			defer encoders.Put(e)
			e.B = e.B[:0]
			page.Card.Encode(e)
			out := t.Keep(cache.Card, e.B)
			e.B = e.B[:0]
			page.Encode(e)
			t.Keep(cache.Page, e.B)
			return out, nil
		})
		a.res = res
		return err
	})
	if err != nil {
		return err
	}
	x.rounds.parse.Finish("parse:")
	x.rounds.parse.Finish("defaults:")
	ran := 0
	kept := x.parsed[:0]
	for _, a := range x.parsed {
		if x.tree.files[a.file].gone && !a.res.Diags.Failed() {
			continue // it vanished between the look at its folder and now
		}
		if a.res.Why != "" {
			ran++
			x.r.Ran["parse:"+a.file] = a.res.Why
		}
		x.diags = append(x.diags, a.res.Diags...)
		kept = append(kept, a)
	}
	x.parsed = kept
	x.mark("parse", ran, len(x.parsed))
	return nil
}

// article reads and parses one file for a task; src is its bytes, or nil if they
// are still to be read.
func (x *build) article(p *content.Parser, file string, src []byte, above []*content.Defaults, t *cache.Task) *content.Page {
	refuse := func(rule, message, hint string) *content.Page {
		id, kind := content.FileID(file)
		t.Report(diag.Diag{Pos: diag.Pos{File: file}, Severity: diag.Error, Rule: rule, Message: message, Hint: hint})
		return &content.Page{Card: &content.Card{ID: id, Kind: kind, File: file, Language: x.cfg.Content.Language, Held: true}, Body: &markdown.Body{}}
	}
	if f := x.tree.files[file]; f.size > largest {
		return refuse("too-large", fmt.Sprintf("the file is %d MB long; the most is %d MB", f.size>>20, largest>>20), "split it into several pages")
	}
	if src == nil {
		b, err := x.tree.bytes(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			t.Once()
			return &content.Page{Card: &content.Card{File: file, Held: true}, Body: &markdown.Body{}}
		case err != nil:
			t.Once()
			return refuse("unreadable", "it cannot be read: "+reason(err).Error(), "see who may read it, or take it out of content/")
		}
		src = b
	}
	page, diags := p.Parse(file, src, above...)
	t.Report(diags...)
	return page
}

// folders returns the folders of the tree that file is in, the nearest last.
func folders(file string) []string {
	var dirs []string
	for i := 0; i < len(file); i++ {
		if file[i] == '/' {
			dirs = append(dirs, file[:i])
		}
	}
	return dirs
}

// defaults reads every _defaults.yaml, by its folder.
func (x *build) defaults(ctx context.Context, p *content.Parser) (map[string]*content.Defaults, error) {
	all := map[string]*content.Defaults{}
	for _, file := range x.tree.paths {
		if !strings.HasPrefix(file, "content/") || path.Base(file) != defaultsFile {
			continue
		}
		src, err := x.tree.bytes(file)
		if err != nil {
			// It may have held back its whole folder.
			d := x.diags.Errorf(diag.Pos{File: file}, "unreadable", "it cannot be read: %v", reason(err))
			d.Hint = "see who may read it"
			if errors.Is(err, fs.ErrNotExist) {
				d.Message, d.Hint = "it vanished while the site was built", "build again"
			}
			all[path.Dir(file)] = content.Unread(file)
			continue
		}
		d, diags := p.ParseDefaults(file, src)
		x.diags = append(x.diags, diags...)
		all[path.Dir(file)] = d
	}
	return all, ctx.Err()
}
