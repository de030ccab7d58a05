package generator

import (
	"errors"
	"io/fs"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

// factsFile holds the values that many pages show.
const factsFile = "content/facts.yaml"

// A data is a file that is read for the whole site, when somebody first needs
// more than what is remembered of it. The zero data is that of no file.
type data[T any] struct {
	read func() T
	done bool
	what T
}

// get returns what the file holds. One goroutine at a time may ask.
func (d *data[T]) get() T {
	if !d.done && d.read != nil {
		d.what = d.read()
	}
	d.done = true
	return d.what
}

// readFacts tells the problems of the facts. The file is only read if it has
// changed since they were remembered, or if the site is linked.
func (x *build) readFacts(p *content.Parser) {
	x.facts = data[content.Facts]{}
	if x.tree.files[factsFile] == nil {
		return
	}
	var diags diag.List
	x.facts.read = func() (f content.Facts) {
		src, err := x.tree.bytes(factsFile)
		if err != nil {
			f.Lost, diags = true, x.cannotRead(factsFile, err)
			x.unread(diags)
			return f
		}
		f, diags = p.ParseFacts(factsFile, src)
		return f
	}
	x.diags = append(x.diags, x.recall("facts", factsFile, func() diag.List {
		x.facts.get()
		return diags
	})...)
}

// recall returns the problems that reading a file told, and reads it only if it
// has changed since.
func (x *build) recall(record, file string, read func() diag.List) diag.List {
	var key cache.Encoder
	key.Digest(x.tree.digest(file))
	key.Digest(x.settings["content"])
	d := cache.Decoder{S: string(x.store.Record(record))}
	if was := d.Digest(); was == cache.Sum(key.B) {
		if told := cache.DecodeDiags(&d); d.Err == nil {
			return told
		}
	}
	told := read()
	if told.Failed() && told[0].Rule == "unreadable" {
		return told // not to be remembered: it may be there again
	}
	var e cache.Encoder
	e.Digest(cache.Sum(key.B))
	cache.EncodeDiags(&e, told)
	x.store.SetRecord(record, e.B)
	return told
}

// cannotRead tells why a file that all pages may need is not read.
func (x *build) cannotRead(file string, err error) (diags diag.List) {
	if errors.Is(err, fs.ErrNotExist) {
		diags.Errorf(diag.Pos{File: file}, "unreadable", "it vanished while the site was built").Hint = "build again"
		return diags
	}
	diags.Errorf(diag.Pos{File: file}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it"
	return diags
}
