package site

import (
	"cmp"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
)

// Related guidance is found by what pages say: the cosine of their terms, each
// weighed by how rare it is among pages of the language (TF-IDF over fields),
// with something added for topics that two pages share, the more the fewer pages
// have them, and for links from one to the other.
//
// Tried and left out, as it was no better on four collections with lists that
// people had made: the heaviest two dozen terms of a page instead of all (much
// worse, on small sites most of all), BM25 with the length of pages, one
// saturation for all fields together, pairs of words, finer steps of rarity,
// links to or from the same third page. How much of one page's title stands on
// the other helps where pages are long, but only with all words of each at hand
// instead of 128, and it does a little harm elsewhere.
//
// Three things keep it cheap. Terms that very many pages have lead to no page, so
// a row of scores touches a bounded number of them for each term. How rare a term
// is counts in powers of two, and up to rareEnough pages are rare enough, so that
// an edit of one page changes the weights of few others. And the last outcome is
// kept: only rows that an edit can have changed are worked out again, which is
// the same as working out all, since a score depends on its two pages alone.
//
// All sums are of whole numbers: floating point may be fused differently on
// another processor, and the same input has to give the same bytes.

const (
	vectorUnit  = 1 << 14 // length of each vector
	scoreUnit   = vectorUnit * vectorUnit
	sharedTopic = scoreUnit / 40 // for each halving of the pages that have it, of at most…
	rareTopic   = 4              // …so many
	mostTopics  = scoreUnit / 2  // all shared topics together
	directLink  = scoreUnit * 3 / 20
	manyLinks   = 4 // a page that links to more gives less to each
	leastScore  = scoreUnit / 50
	rareEnough  = 8    // pages
	longestList = 2000 // a term on more pages tells little, and would cost quadratic time
)

// A neighbour is a page near another.
type neighbour struct {
	at    int32 // index in entries
	score int32
}

func order(a, b neighbour) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) }

// A relation is a site as far as related guidance looks at it.
type relation struct {
	pages  []page
	masks  []uint64 // by page, of its topics
	topics int
	terms  census
	marks  string // of how rare terms are
}

// A page is what scores of a page depend on.
type page struct {
	listed   bool // or else it has no terms, topics or ties
	terms    content.Terms
	halvings uint8   // of the pages in its language until one is left
	scale    float32 // of the weights of its terms
	topics   []sharing
	ties     []tie // pages that it links to or that link to it, by at
	lang     language
	guide    int32 // as in Entry
	digests
}

// digests are of all that scores of a page depend on, but for the other page
// and for links from there.
type digests struct {
	said   uint64 // terms as the page has them, topics, links
	vector uint64 // the weights that its terms come to beside all other pages
}

// A sharing is a topic of a page, and what it adds to the score with another.
type sharing struct{ topic, weight int32 }

// A tie is a page that a page is linked with, and what that adds to the score.
type tie struct{ at, weight int32 }

// A language is a page's, in two parts.
type language struct{ base, rest string }

// topicMask returns a mask that has a bit in common with that of every page that
// shares a topic, and with few others.
func topicMask(topics []sharing) (mask uint64) {
	for _, t := range topics {
		mask |= 1 << (t.topic % 64)
	}
	return mask
}

// languageOf splits a tag: "en-GB".
func languageOf(tag string) language {
	base, rest, _ := strings.Cut(strings.ToLower(tag), "-")
	return language{base, rest}
}

// matches reports whether who reads a page of one reads the other: "en" goes
// with "en-GB", but a site that has pt-BR and pt-PT has most pages in both.
func (l language) matches(m language) bool {
	return l.base == m.base && (l.rest == m.rest || l.rest == "" || m.rest == "")
}

// relate returns for each entry its nearest listed ones, the best first.
// links are grouped by the page that they are from, in order. last is what
// [Site.RelatedState] returned.
func relate(s *Site, links []link, last []byte) [][]neighbour {
	n := len(s.entries)
	near := make([][]neighbour, n)
	if n == 0 {
		return near
	}
	r := survey(s, links)
	all := make([]neighbour, n*mostRelated)
	for i := range near {
		near[i], all = all[:0:mostRelated], all[mostRelated:]
	}
	edited, short := r.compare(s, near, last)
	s.memo.related = r.remember()
	if len(edited) > n/8 {
		// The rows do not depend on one another, and each is put in its place.
		post := r.index(nil)
		var next atomic.Int32
		inParallel(n, func(int, int) {
			m := newMatcher(r, post)
			const batch = 64
			for {
				from := int(next.Add(batch)) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					near[i] = m.top(int32(i), near[i][:0])
				}
			}
		})
		return near
	}
	if len(edited) == 0 && len(short) == 0 {
		return near
	}
	m := newMatcher(r, r.index(r.termsOf(edited)))
	isEdited := make([]bool, n)
	for _, p := range edited {
		isEdited[p] = true
	}
	for _, p := range edited {
		m.row(p)
		// p may come in among the best of each other page.
		m.each(leastScore, func(q int32) {
			if isEdited[q] {
				return
			}
			least := int32(leastScore)
			if l := near[q]; len(l) == mostRelated {
				least = l[mostRelated-1].score
			}
			if score := m.score(q, least); score >= least {
				near[q] = keep(near[q], neighbour{p, score})
			}
		})
		near[p] = m.choose(near[p][:0])
		m.clear()
	}
	// Where a page has lost one of its best, others may come in that were not
	// among them: none of those was better than the last.
	var redo []int32
	for _, lost := range short {
		if l := near[lost.page]; len(l) < mostRelated || order(l[mostRelated-1], lost.last) > 0 {
			redo = append(redo, lost.page)
		}
	}
	if len(redo) > 0 {
		m = newMatcher(r, r.index(r.termsOf(redo)))
		for _, q := range redo {
			near[q] = m.top(q, near[q][:0])
		}
	}
	return near
}

// A loss is a page that has lost one of its best ones, of which it had as many
// as are kept, and the last of them.
type loss struct {
	page int32
	last neighbour
}

// compare takes over into near what last knew of pages that have not changed,
// and returns the other pages, and those that have lost some of their best. It
// measures the vectors that can have changed.
func (r *relation) compare(s *Site, near [][]neighbour, last []byte) (edited []int32, short []loss) {
	marks := r.terms.marks(len(r.pages))
	all := func() ([]int32, []loss) {
		edited = edited[:0]
		for i := range near {
			edited = append(edited, int32(i))
		}
		inParallel(len(r.pages), func(from, to int) {
			for i := from; i < to; i++ {
				r.measure(&r.pages[i])
			}
		})
		r.marks = marks
		return edited, nil
	}
	d := cache.Decoder{S: string(last)}
	was := d.String()
	count := d.Len()
	if count == 0 || len(was) != len(marks) {
		return all()
	}
	type before struct {
		digests
		scale float32
		best  [mostRelated]neighbour
		kept  int
	}
	old := make([]before, count)
	now := make([]int32, count)      // old index -> index, or -1
	then := make([]int32, len(near)) // the other way round
	for i := range then {
		then[i] = -1
	}
	at := 0
	for i := range old {
		o := &old[i]
		id := content.ID(d.String())
		o.said, o.vector, o.scale = d.Uint(), d.Uint(), math.Float32frombits(uint32(d.Uint()))
		if o.kept = d.Len(); o.kept > mostRelated {
			return all()
		}
		for k := range o.kept {
			o.best[k] = neighbour{int32(d.Uint()), int32(d.Uint())}
			if x := o.best[k].at; x < 0 || int(x) >= count {
				return all()
			}
		}
		for at < len(near) && s.entries[at].ID < id {
			at++
		}
		now[i] = -1
		if at < len(near) && s.entries[at].ID == id && then[at] < 0 {
			now[i], then[at] = int32(at), int32(i)
		}
	}
	if d.Err != nil {
		return all()
	}
	same := make([]bool, len(near))
	moved := difference(was, marks)
	inParallel(len(r.pages), func(from, to int) {
		for i := from; i < to; i++ {
			p := &r.pages[i]
			if then[i] < 0 || old[then[i]].said != p.said || moved.touches(p.terms) {
				r.measure(p)
			} else {
				p.vector, p.scale = old[then[i]].vector, old[then[i]].scale
			}
			same[i] = then[i] >= 0 && old[then[i]].digests == p.digests
		}
	})
	r.marks = marks
	for q := range same {
		if !same[q] {
			edited = append(edited, int32(q))
		}
	}
	for i := range old {
		o, q := &old[i], now[i]
		if q < 0 || !same[q] {
			continue
		}
		lost := false
		for k, x := range o.best[:o.kept] {
			p := now[x.at]
			o.best[k].at = p
			if p < 0 || !same[p] {
				lost = true
				continue
			}
			near[q] = append(near[q], o.best[k])
		}
		if lost && o.kept == mostRelated {
			// A page that is gone (-1) comes before all others of its score.
			short = append(short, loss{q, o.best[mostRelated-1]})
		}
	}
	return edited, short
}

// A remembered page is what of one the next version wants to know.
type remembered struct {
	digests
	scale float32
}

// remember returns what of r has to be kept for the next version.
func (r *relation) remember() relatedMemo {
	m := relatedMemo{marks: r.marks, pages: make([]remembered, len(r.pages))}
	for i := range r.pages {
		m.pages[i] = remembered{r.pages[i].digests, r.pages[i].scale}
	}
	return m
}

// A relatedMemo is all that is remembered of a relation, but for its outcome.
type relatedMemo struct {
	marks string
	pages []remembered
}

// RelatedState returns what [Input.Related] takes for the next version.
func (s *Site) RelatedState() []byte {
	e := cache.Encoder{B: make([]byte, 0, 128*len(s.entries)+len(s.memo.related.marks))}
	e.String(s.memo.related.marks)
	e.Uint(uint64(len(s.entries)))
	for i := range s.entries {
		p := &s.memo.related.pages[i]
		e.String(string(s.entries[i].ID))
		e.Uint(p.said)
		e.Uint(p.vector)
		e.Uint(uint64(math.Float32bits(p.scale)))
		e.Uint(uint64(len(s.near[i])))
		for _, x := range s.near[i] {
			e.Uint(uint64(x.at))
			e.Uint(uint64(x.score))
		}
	}
	return e.B
}

// A matcher works out rows of scores.
type matcher struct {
	*relation
	post    *postings
	scores  []int32 // of the row at hand, by entry; 0 for most
	touched []bool  // by block of scores: whether there are any

	page   *page // of the row at hand
	most   int32 // that topics and links can add to a score
	topics []int32
}

// blockBits is the logarithm of how many scores have one flag.
const blockBits = 6

func newMatcher(r *relation, post *postings) *matcher {
	return &matcher{relation: r, post: post, scores: make([]int32, len(r.pages)), touched: make([]bool, len(r.pages)>>blockBits+1), topics: make([]int32, r.topics)}
}

// row adds up the products of p's weights with those of every page that shares
// a term.
func (m *matcher) row(p int32) {
	a := &m.pages[p]
	m.page, m.most = a, 0
	scores, touched := m.scores, m.touched
	for i := range a.terms.Len() {
		t := a.terms.At(i)
		slot, pages := m.terms.find(t.Hash)
		weight := int32(a.weigh(t, pages))
		if weight == 0 {
			continue
		}
		at, weights := m.post.list(slot)
		weights = weights[:len(at)]
		for k, q := range at {
			scores[q] += weight * int32(weights[k])
			touched[q>>blockBits] = true
		}
	}
	m.scores[p] = 0
	for _, t := range a.topics {
		m.topics[t.topic] = t.weight
		m.most = min(m.most+t.weight, mostTopics)
	}
	links := int32(0)
	for _, x := range a.ties {
		m.scores[x.at] = max(m.scores[x.at], 1)
		m.touched[x.at>>blockBits] = true
		links = max(links, x.weight)
	}
	m.most += links
}

func (m *matcher) clear() {
	for b, is := range m.touched {
		if is {
			clear(m.block(b))
			m.touched[b] = false
		}
	}
	for _, t := range m.page.topics {
		m.topics[t.topic] = 0
	}
}

// block returns the scores of a block.
func (m *matcher) block(b int) []int32 {
	return m.scores[b<<blockBits : min((b+1)<<blockBits, len(m.scores))]
}

// each calls do for each page of the row at hand that can come to least.
func (m *matcher) each(least int32, do func(q int32)) {
	least = max(1, least-m.most)
	for b, is := range m.touched {
		if !is {
			continue
		}
		for k, score := range m.block(b) {
			if score >= least {
				do(int32(b<<blockBits + k))
			}
		}
	}
}

// score is how near the row's page and q are; it is the same both ways. Where
// it cannot come to least, 0 is returned at once.
func (m *matcher) score(q, least int32) int32 {
	text := m.scores[q]
	if text == 0 || text+m.most < least {
		return 0
	}
	a, b := m.page, &m.pages[q]
	if !a.lang.matches(b.lang) || a.guide != 0 && a.guide == b.guide {
		return 0
	}
	topics := int32(0)
	for _, t := range b.topics {
		topics = min(topics+m.topics[t.topic], mostTopics)
	}
	links := int32(0)
	if i, ok := slices.BinarySearchFunc(a.ties, q, func(x tie, q int32) int { return cmp.Compare(x.at, q) }); ok {
		links = a.ties[i].weight
	}
	return text + topics + links
}

// choose appends the best of the row at hand to best, which is empty. It takes
// the pages that links lead to out of the row first: of most others it can be
// told without looking at them that their score is too low.
func (m *matcher) choose(best []neighbour) []neighbour {
	least := int32(leastScore)
	take := func(q int32) {
		if score := m.score(q, least); score >= least {
			if best = keep(best, neighbour{q, score}); len(best) == mostRelated {
				least = best[mostRelated-1].score
			}
		}
	}
	topics := int32(0)
	for _, t := range m.page.topics {
		topics = min(topics+t.weight, mostTopics)
	}
	for _, x := range m.page.ties {
		take(x.at)
		m.scores[x.at] = 0
	}
	mask := topicMask(m.page.topics)
	for b, is := range m.touched {
		if !is {
			continue
		}
		floor := max(1, least-topics)
		for k, text := range m.block(b) {
			if text < floor {
				continue
			}
			if q := int32(b<<blockBits + k); text >= least || m.masks[q]&mask != 0 {
				take(q)
			}
		}
	}
	return best
}

// top works out the best of p.
func (m *matcher) top(p int32, best []neighbour) []neighbour {
	m.row(p)
	best = m.choose(best)
	m.clear()
	return best
}

// keep puts x into best if it is good enough. Of equals the earlier address is
// the better, so the outcome does not depend on the order of asking.
func keep(best []neighbour, x neighbour) []neighbour {
	if len(best) == mostRelated {
		if order(x, best[len(best)-1]) > 0 {
			return best
		}
		best = best[:len(best)-1]
	}
	i, _ := slices.BinarySearchFunc(best, x, order)
	return slices.Insert(best, i, x)
}

// rarity returns how much a term tells that so many pages have, of as many as
// can be halved so often; 0 if nothing.
func rarity(pages uint32, halvings uint8) int32 {
	if pages < 2 || pages > longestList {
		return 0
	}
	return int32(max(1, int(halvings)+1-bits.Len32(max(pages, rareEnough)-1)))
}

// weigh returns the weight in p's vector of a term that so many pages have.
func (p *page) weigh(t content.Term, pages uint32) uint16 {
	w := int32(t.Weight) * rarity(pages, p.halvings)
	if w == 0 {
		return 0
	}
	// The conversion keeps the product from being fused with the sum.
	return max(1, uint16(float64(float64(w)*float64(p.scale))+0.5))
}

// survey gathers what scores depend on.
func survey(s *Site, links []link) *relation {
	r := &relation{pages: make([]page, len(s.entries)), masks: make([]uint64, len(s.entries))}
	languages := map[string]int{} // pages of each
	tag, lang := "", language{}
	type topic struct {
		at, pages int32
		hash      uint64
		last      *Entry // that has it
	}
	topics := map[string]*topic{}
	count := 0
	for i := range s.entries {
		count += len(s.entries[i].Topics)
	}
	shares := make([]sharing, 0, count)
	for i := range s.entries {
		e, p := &s.entries[i], &r.pages[i]
		if !e.Listed() {
			continue
		}
		if e.Language != tag { // most pages of a site have the same
			tag, lang = e.Language, languageOf(e.Language)
		}
		p.listed, p.terms, p.lang, p.guide = true, e.Terms, lang, e.guide
		languages[p.lang.base]++
		from := len(shares)
		for _, slug := range e.Topics {
			t := topics[slug]
			if t == nil {
				h := offset
				h.text(slug)
				t = &topic{at: int32(len(topics)), hash: uint64(h)}
				topics[slug] = t
			}
			if t.last == e {
				continue // named twice
			}
			t.last = e
			t.pages++
			shares = append(shares, sharing{topic: t.at})
		}
		p.topics = shares[from:]
		r.masks[i] = topicMask(p.topics)
	}
	r.topics = len(topics)
	listed := 0
	for _, n := range languages {
		listed += n
	}
	weights, hashes := make([]int32, len(topics)), make([]uint64, len(topics))
	for _, t := range topics {
		weights[t.at] = sharedTopic * int32(min(rareTopic, halvings(listed)-halvings(int(t.pages))))
		hashes[t.at] = t.hash
	}
	r.tie(links)
	r.terms.take(r.pages)
	ids := make([]uint64, len(s.entries))
	for i := range ids {
		h := offset
		h.text(string(s.entries[i].ID))
		ids[i] = uint64(h)
	}
	outgoing := make([]int, len(s.entries)+1) // where each page's links begin
	for _, l := range links {
		outgoing[l.from+1]++
	}
	for i := range s.entries {
		outgoing[i+1] += outgoing[i]
	}
	inParallel(len(r.pages), func(from, to int) {
		for i := from; i < to; i++ {
			p := &r.pages[i]
			h := offset
			if p.listed {
				h.text("listed in ")
				h.text(p.lang.base)
				h.text("-")
				h.text(p.lang.rest)
				h.terms(p.terms)
				p.halvings = uint8(halvings(languages[p.lang.base]))
				h.add(uint64(p.halvings))
				for k := range p.topics {
					t := &p.topics[k]
					t.weight = weights[t.topic]
					h.add(hashes[t.topic] + uint64(t.weight))
				}
				for _, l := range links[outgoing[i]:outgoing[i+1]] {
					h.add(ids[l.to])
				}
				if p.guide != 0 {
					h.text("part of")
					h.add(ids[p.guide-1])
				}
			}
			p.said = uint64(h)
		}
	})
	return r
}

// halvings returns how often n can be halved until one is left, rounded up.
func halvings(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// measure weighs p's terms.
func (r *relation) measure(p *page) {
	h, sum := offset, int64(0)
	for i := range p.terms.Len() {
		t := p.terms.At(i)
		_, pages := r.terms.find(t.Hash)
		w := int32(t.Weight) * rarity(pages, p.halvings)
		sum += int64(w) * int64(w)
		h.add(uint64(t.Hash)<<32 | uint64(uint32(w)))
	}
	p.vector, p.scale = uint64(h), float32(vectorUnit/math.Sqrt(float64(max(sum, 1))))
}

// tie gathers the links between listed pages. Those of one page stand together
// in links.
func (r *relation) tie(links []link) {
	count := make([]int32, len(r.pages))
	seen := make([]int32, len(r.pages)) // the last page, from 1, that linked there
	for i := range seen {
		seen[i] = -1
	}
	var ones []link
	for _, l := range links {
		if l.from == l.to || seen[l.to] == l.from || !r.pages[l.from].listed || !r.pages[l.to].listed {
			continue
		}
		seen[l.to] = l.from
		ones = append(ones, l)
		count[l.from]++
		count[l.to]++
	}
	all := make([]tie, 2*len(ones))
	for i := range r.pages {
		r.pages[i].ties, all = all[:0:count[i]], all[count[i]:]
	}
	for i := 0; i < len(ones); {
		from := ones[i].from
		end := i
		for end < len(ones) && ones[end].from == from {
			end++
		}
		weight := int32(directLink * manyLinks / max(manyLinks, end-i))
		for ; i < end; i++ {
			to := ones[i].to
			r.pages[from].ties = append(r.pages[from].ties, tie{to, weight})
			r.pages[to].ties = append(r.pages[to].ties, tie{from, weight})
		}
	}
	inParallel(len(r.pages), func(first, last int) {
		for i := first; i < last; i++ {
			r.pages[i].ties = merged(r.pages[i].ties)
		}
	})
}

// merged sorts ties and makes one of two with the same page.
func merged(l []tie) []tie {
	if len(l) < 2 {
		return l
	}
	slices.SortFunc(l, func(a, b tie) int { return cmp.Compare(a.at, b.at) })
	k := 0
	for _, x := range l {
		if k > 0 && l[k-1].at == x.at {
			l[k-1].weight += x.weight // a link each way
			continue
		}
		l[k] = x
		k++
	}
	return l[:k]
}

// inParallel calls do for parts of n things whose order does not matter: what
// comes of each is put in its own place.
func inParallel(n int, do func(from, to int)) {
	parts := max(1, min(runtime.GOMAXPROCS(0), n/256))
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { do(n*i/parts, n*(i+1)/parts) })
	}
	wg.Wait()
}

// fnv is FNV-1a over 64 bits.
type fnv uint64

const (
	offset fnv = 14695981039346656037
	prime  fnv = 1099511628211
)

// add takes in a whole number at a time: a million terms are digested at each
// link of ten thousand pages.
func (h *fnv) add(n uint64) {
	*h = (*h ^ fnv(n)) * prime
	*h ^= *h >> 32
}

// terms takes in eight bytes at a time.
func (h *fnv) terms(t content.Terms) {
	for ; len(t) >= 8; t = t[8:] {
		h.add(uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56)
	}
	h.text(string(t) + "\x00")
}

func (h *fnv) text(s string) {
	for i := 0; i < len(s); i++ {
		*h = (*h ^ fnv(s[i])) * prime
	}
}
