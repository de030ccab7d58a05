package generator

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/publish"
	"guidepost/generator/internal/site"
)

// linked is a site that was linked, or that need not be since nothing that it
// is linked from has changed.
type linked struct {
	key   cache.Digest // of the cards, settings and files
	root  cache.Digest // of key and of what the time says
	site  *site.Site   // nil until somebody asks for more than what is remembered
	diags diag.List
	pages int // articles, topics and the home page that are published

	transitions []int64 // when the time makes another site of it, in order

	// With --keep-going:
	held   map[string]bool  // files whose pages stay as they are
	veiled map[string]bool  // files that defaults in error may hold back
	stood  map[string]bool  // files held for which an earlier card stands in
	stay   publish.Manifest // pages that stay and are not linked
	near   []byte           // state of related guidance
}

// link relates all articles, or finds that the last link still holds.
func (x *build) link(ctx context.Context) (*linked, error) {
	var e cache.Encoder
	for _, a := range x.parsed {
		e.Digest(a.res.Digest)
	}
	for _, p := range x.plainFiles() {
		e.String(p)
	}
	e.Digest(x.tree.digest(factsFile))
	e.Digest(x.tree.digest(site.LedgerFile))
	e.Digest(x.tree.digest(glossaryFile))
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
	x.r.Next = x.nextOf(l.transitions)
	x.r.Pages = l.pages
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

// nextOf returns the first transition that is still to come; zero if there is none.
func (x *build) nextOf(transitions []int64) time.Time {
	i, _ := slices.BinarySearch(transitions, x.o.Now.Unix()+1)
	if i == len(transitions) {
		return time.Time{}
	}
	return time.Unix(transitions[i], 0).UTC()
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
	pages := d.Int()
	diags := cache.DecodeDiags(&d)
	if d.Err != nil || was != key || moment != x.moment(transitions) || x.o.KeepGoing {
		return nil
	}
	l := &linked{key: key, root: rootOf(key, moment), diags: diags, pages: pages, transitions: transitions}
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
	in := site.Input{Now: x.o.Now, Options: x.cfg.Site, Facts: x.facts.get(), Glossary: x.glossary.get(), KeepGoing: x.o.KeepGoing, Related: x.store.Record("related")}
	ledger, unread := x.ledger()
	in.Ledger = ledger
	for _, p := range x.plainFiles() {
		in.Files = append(in.Files, strings.TrimPrefix(p, "content"))
	}
	l := &linked{key: key, held: map[string]bool{}, veiled: map[string]bool{}}
	var all []*content.Card
	for _, a := range x.parsed {
		all = append(all, a.card)
	}
	transitions := site.Transitions(all, in.Facts.List)
	moment := x.moment(transitions)
	l.transitions = transitions
	l.root = rootOf(key, moment)

	relate := func() (diags diag.List) {
		x.admit(l, &in)
		l.site, diags = site.Link(in)
		// What an earlier card has wrong is not what is written now.
		return append(slices.DeleteFunc(diags, func(d diag.Diag) bool { return l.stood[d.File] }), unread...)
	}
	x.hold(l, x.failed(x.diags))
	l.diags = relate()
	if x.o.KeepGoing {
		// A page with a broken link stays as it is; where it never was, it is
		// not there, and links to it are broken in turn.
		for x.hold(l, x.failed(l.diags)) {
			l.diags = append(l.diags, relate()...).Sorted()
		}
		var e cache.Encoder
		e.Digest(rootOf(l.root, x.moment(site.Transitions(in.Cards, in.Facts.List))))
		e.Strings(sortedKeys(l.held))
		for _, d := range in.Digests {
			e.Digest(d)
		}
		l.root = cache.Sum(e.B)
	}
	l.pages = len(l.site.View(nil).All())
	l.near = l.site.RelatedState()
	x.store.SetRecord("related", l.near)
	if !x.o.KeepGoing && !x.tree.blind.Load() {
		var e cache.Encoder
		e.Digest(key)
		cache.Slice(&e, transitions, func(e *cache.Encoder, t *int64) { e.Int(int(*t)) })
		e.Uint(moment)
		e.Int(l.pages)
		cache.EncodeDiags(&e, l.diags)
		x.store.SetRecord("link", e.B)
	}
	for i := range x.parsed {
		// What pages are near has been found; nobody else asks for the terms,
		// which are a third of a card.
		x.parsed[i].card.Terms = ""
		x.parsed[i].card = nil
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

// hold adds the files that have errors, and those held back by the defaults of
// their folder, to those whose pages stay as they are, and reports whether there
// were any. Without --keep-going nothing is held: nothing will be published.
func (x *build) hold(l *linked, bad map[string]bool) bool {
	if !x.o.KeepGoing {
		return false
	}
	var above []string // folders whose defaults are in error, or under another name
	for file := range bad {
		if path.Base(file) == defaultsFile || content.Misnamed(file) == defaultsFile {
			above = append(above, path.Dir(file)+"/")
		}
	}
	news := false
	for _, a := range x.parsed {
		if l.held[a.file] {
			continue
		}
		if slices.ContainsFunc(above, func(dir string) bool { return strings.HasPrefix(a.file, dir) }) {
			l.veiled[a.file] = true
		}
		if bad[a.file] || a.card.Held || x.unmade[a.file] || l.veiled[a.file] && !a.card.Draft {
			l.held[a.file], news = true, true
		}
	}
	return news
}

// admit gives in the cards to link. An article that is held takes part as it is
// published: by the card that it had then or, where that is lost and nothing is
// wrong with the card itself, by its own. Else it is out, and its page, if there
// is one, stays without being in any list.
func (x *build) admit(l *linked, in *site.Input) {
	in.Cards, in.Digests, in.Out, in.Unread = nil, nil, nil, nil
	l.stood, l.stay = map[string]bool{}, nil
	read := x.store.Cards()
	for _, a := range x.parsed {
		c, d := a.card, a.res.Digest
		switch {
		case !l.held[a.file]:
			if c.Held && c.Title == "" {
				in.Unread = append(in.Unread, c.ID)
				continue
			}
		default:
			if good := x.decode(read, a.res.Good); good != nil {
				c, d = good, a.res.Good.Digest
				l.stood[a.file] = true
			}
			page, ok := x.published().Find(strings.TrimPrefix(c.ID.URL(), "/") + "index.html")
			if !ok || c.Draft || !l.stood[a.file] && (c.Held || l.veiled[a.file]) {
				in.Out = append(in.Out, c)
				if ok && !c.Draft {
					l.stay = append(l.stay, page)
					for _, name := range output.LentFiles(c.ID) {
						if f, ok := x.published().Find(name); ok && len(x.cfg.Output.EmbedOrigins) > 0 {
							l.stay = append(l.stay, f)
						}
					}
				}
				continue
			}
		}
		in.Cards, in.Digests = append(in.Cards, c), append(in.Digests, d)
	}
}

// published returns the files that are published now, if they are known.
func (x *build) published() publish.Manifest {
	if x.out == nil {
		return nil
	}
	return x.out.Manifest()
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
	was, form := d.Digest(), d.Digest()
	rest := d.S[min(len(d.S), 2*len(cache.Digest{})):]
	told := cache.DecodeDiags(&d)
	last := output.DecodeJobs(&d)
	known := d.Err == nil
	if known && was == key {
		x.diags = append(x.diags, x.news(told)...)
		x.mark("plan", 0, len(last))
		return last
	}
	files := x.plainFiles()
	var list []*asset.File
	if assets != nil {
		list = assets().Files()
	}
	// Another site than the last may be of the same outline: where a text was edited.
	outline := output.Survey(x.theSite().View(nil))
	e = cache.Encoder{}
	outline.Encode(&e)
	e.Strings(files)
	for _, f := range list {
		e.String(f.Path)
	}
	e.Digest(x.settings["output"])
	now := cache.Sum(e.B)
	e = cache.Encoder{}
	e.Digest(key)
	e.Digest(now)
	if known && form == now {
		x.store.SetRecord("plan", append(e.B, rest...))
		x.diags = append(x.diags, x.news(told)...)
		x.mark("plan", 0, len(last))
		return last
	}
	jobs, diags := output.Plan(x.cfg.Output, outline, files, list)
	x.diags = append(x.diags, x.news(diags)...)
	cache.EncodeDiags(&e, diags)
	output.EncodeJobs(&e, jobs)
	x.store.SetRecord("plan", e.B)
	x.mark("plan", len(jobs), len(jobs))
	return jobs
}

// news returns the problems of a plan that have not been told: whoever parsed a
// page has told that its path is bad.
func (x *build) news(l diag.List) diag.List {
	const rule = "bad-path"
	told := map[string]bool{}
	for _, d := range x.diags {
		if d.Rule == rule {
			told[d.File] = true
		}
	}
	return slices.DeleteFunc(l, func(d diag.Diag) bool { return d.Rule == rule && told[d.File] })
}
