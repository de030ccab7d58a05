package generator

import (
	"context"
	"slices"
	"strings"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
)

// linked is a site that was linked, or that need not be since nothing that it
// is linked from has changed.
type linked struct {
	key   cache.Digest // of the cards, settings and files
	root  cache.Digest // of key and of what the time says
	site  *site.Site   // nil until somebody asks for more than what is remembered
	diags diag.List
	held  map[string]bool // files whose pages stay as they are: with --keep-going
	stood map[string]bool // of those, the ones for which an earlier card stands in
	near  []byte          // state of related guidance
}

// link relates all articles, or finds that the last link still holds.
func (x *build) link(ctx context.Context) (*linked, error) {
	var e cache.Encoder
	for _, a := range x.parsed {
		e.Digest(a.res.Digest)
	}
	for _, p := range x.tree.paths {
		if isPlain(p) {
			e.String(p)
		}
	}
	e.Digest(x.settings["site"])
	key := cache.Sum(e.B)

	l := x.recallLink(key)
	ran := 0
	if l == nil {
		var err error
		if l, err = x.linkAnew(ctx, key); err != nil {
			return nil, err
		}
		ran = len(x.parsed)
	}
	x.linked = l
	x.r.Pages = len(x.parsed)
	x.diags = append(x.diags, l.diags...)
	x.rounds.make = x.store.Round(&x.inputs)
	x.mark("link", ran, len(x.parsed))
	return l, nil
}

// moment numbers the time between two transitions.
func (x *build) moment(transitions []int64) uint64 {
	i, found := slices.BinarySearch(transitions, x.o.Now.Unix())
	if found {
		i++
	}
	return uint64(i)
}

func rootOf(key cache.Digest, moment uint64) cache.Digest {
	var e cache.Encoder
	e.Digest(key)
	e.Uint(moment)
	return cache.Sum(e.B)
}

// recallLink returns the last link if it was of the same cards at what is, for
// them, the same time. With problems on pages that stay as they were, what is
// linked depends on more than that, and nothing is recalled.
func (x *build) recallLink(key cache.Digest) *linked {
	d := cache.Decoder{S: string(x.store.Record("link"))}
	was := d.Digest()
	transitions := cache.ReadSlice(&d, func(d *cache.Decoder, t *int64) { *t = int64(d.Int()) })
	moment := d.Uint()
	diags := cache.DecodeDiags(&d)
	if d.Err != nil || was != key || moment != x.moment(transitions) || x.o.KeepGoing {
		return nil
	}
	l := &linked{key: key, root: rootOf(key, moment), diags: diags}
	if o := x.linked; o != nil && o.root == l.root {
		l.site = o.site
	}
	return l
}

// cards decodes the cards that are not at hand.
func (x *build) cards(ctx context.Context) error {
	read := x.store.Cards()
	return x.each(ctx, "link", len(x.parsed), func(i int) error {
		a := &x.parsed[i]
		if a.card != nil {
			return nil
		}
		a.card = x.decode(read, a.res.Card)
		if a.card == nil {
			// The cache is damaged there: the file is parsed again, beside it.
			a.card = x.again(a.file).Card
		}
		return nil
	})
}

func (x *build) decode(read func(*cache.Part) (string, bool), p *cache.Part) *content.Card {
	s, ok := read(p)
	if !ok {
		return nil
	}
	d := cache.Decoder{S: s}
	c := new(content.Card)
	if c.Decode(&d); d.Err != nil {
		return nil
	}
	return c
}

// linkAnew links the site.
func (x *build) linkAnew(ctx context.Context, key cache.Digest) (*linked, error) {
	if err := x.cards(ctx); err != nil {
		return nil, err
	}
	in := site.Input{Now: x.o.Now, Options: x.cfg.Site, Related: x.store.Record("related")}
	for _, p := range x.tree.paths {
		if isPlain(p) {
			in.Files = append(in.Files, strings.TrimPrefix(p, "content"))
		}
	}
	l := &linked{key: key, held: map[string]bool{}, stood: map[string]bool{}}
	var all []*content.Card
	for _, a := range x.parsed {
		all = append(all, a.card)
	}
	transitions := site.Transitions(all)
	moment := x.moment(transitions)
	l.root = rootOf(key, moment)

	in.Cards, in.Digests = x.admitted(l, x.failed(x.diags))
	l.site, l.diags = site.Link(in)
	if x.o.KeepGoing {
		// A page with a broken link stays as it is; where it never was, it is
		// not there, and links to it are broken in turn.
		for bad := x.failed(l.diags); x.hold(l, bad); bad = x.failed(l.diags) {
			in.Cards, in.Digests = x.admitted(l, map[string]bool{})
			told := l.diags
			l.site, l.diags = site.Link(in)
			l.diags = append(l.diags, told...).Sorted()
		}
		// What an earlier card has wrong is not what is written now.
		l.diags = slices.DeleteFunc(l.diags, func(d diag.Diag) bool { return l.stood[d.File] })
		var e cache.Encoder
		e.Digest(l.root)
		e.Strings(sortedKeys(l.held))
		for _, d := range in.Digests {
			e.Digest(d)
		}
		l.root = cache.Sum(e.B)
	}
	l.near = l.site.RelatedState()
	x.store.SetRecord("related", l.near)
	if !x.o.KeepGoing {
		var e cache.Encoder
		e.Digest(key)
		cache.Slice(&e, transitions, func(e *cache.Encoder, t *int64) { e.Int(int(*t)) })
		e.Uint(moment)
		cache.EncodeDiags(&e, l.diags)
		x.store.SetRecord("link", e.B)
	}
	return l, nil
}

// failed returns the files that have errors among l.
func (x *build) failed(l diag.List) map[string]bool {
	bad := map[string]bool{}
	for _, d := range x.severe(l) {
		if d.Severity == diag.Error {
			bad[d.File] = true
		}
	}
	return bad
}

// hold adds files to those that stay as they are, and reports whether that is news.
func (x *build) hold(l *linked, bad map[string]bool) bool {
	news := false
	for _, a := range x.parsed {
		if bad[a.file] && !l.held[a.file] {
			l.held[a.file], news = true, true
		}
	}
	return news
}

// admitted returns the cards to link. With --keep-going an article in error
// takes part as it was when it was last good, if it is still published like
// that, and else not at all.
func (x *build) admitted(l *linked, bad map[string]bool) (cards []*content.Card, digests []cache.Digest) {
	if x.o.KeepGoing {
		for _, a := range x.parsed {
			if a.card.Held {
				bad[a.file] = true // by its _defaults.yaml, it may be
			}
		}
		x.hold(l, bad)
	}
	read := x.store.Cards()
	for _, a := range x.parsed {
		c, d := a.card, a.res.Digest
		if l.held[a.file] {
			if good := x.decode(read, a.res.Good); c.Held && good != nil {
				c, d = good, a.res.Good.Digest
				l.stood[a.file] = true
			}
			if _, ok := x.out.Manifest().Find(strings.TrimPrefix(c.ID.URL(), "/") + "index.html"); !ok || c.Draft || c.Title == "" {
				continue
			}
		} else if c.Held && c.Title == "" {
			continue
		}
		cards, digests = append(cards, c), append(digests, d)
	}
	return cards, digests
}

// theSite returns the linked site, linking it if only its outcome was remembered.
func (x *build) theSite() *site.Site {
	x.inputs.once.site.Do(func() {
		if x.linked.site != nil {
			return
		}
		// It is the same site as last time, so there is nothing new to tell.
		l, err := x.linkAnew(context.Background(), x.linked.key)
		if err != nil {
			panic("generator: linking without a deadline: " + err.Error())
		}
		x.linked.site = l.site
	})
	return x.linked.site
}

// plan lists the files of the site, or finds that the last list still holds.
func (x *build) plan(l *linked) []output.Job {
	assets, diags := x.assets()
	x.diags = append(x.diags, diags...)
	_, diags = x.layouts()
	x.diags = append(x.diags, diags...)

	var e cache.Encoder
	e.Digest(l.root)
	e.Digest(x.settings["output"])
	e.Digest(x.inputs.Root("asset"))
	key := cache.Sum(e.B)
	d := cache.Decoder{S: string(x.store.Record("plan"))}
	if was := d.Digest(); was == key {
		told := cache.DecodeDiags(&d)
		if jobs := output.DecodeJobs(&d); d.Err == nil {
			x.diags = append(x.diags, told...)
			x.mark("plan", 0, len(jobs))
			return jobs
		}
	}
	var files []string
	for _, p := range x.tree.paths {
		if isPlain(p) {
			files = append(files, p)
		}
	}
	var list []*asset.File
	if assets != nil {
		list = assets().Files()
	}
	jobs, diags := output.Plan(x.cfg.Output, output.Survey(x.theSite().View(nil)), files, list)
	x.diags = append(x.diags, diags...)
	e = cache.Encoder{}
	e.Digest(key)
	cache.EncodeDiags(&e, diags)
	output.EncodeJobs(&e, jobs)
	x.store.SetRecord("plan", e.B)
	x.mark("plan", len(jobs), len(jobs))
	return jobs
}
