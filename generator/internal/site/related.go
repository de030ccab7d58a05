package site

import (
	"cmp"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
)

// Related guidance is found by what pages say: the cosine of two pages' heaviest
// terms, weighed by how rare each is on the site (TF-IDF), with something added
// for topics that they share and for links between them.
//
// Three things keep it cheap. A page is known by its vectorSize heaviest terms
// only, so a row of scores touches a bounded number of postings. How rare a
// term is, is rounded to half powers of two, so that an edit of one page changes
// the vectors of few others. And the last outcome is kept: only rows that an
// edit can have changed are worked out again, which is the same as working out
// all, since a score depends on its two pages alone.
//
// All sums are of whole numbers: floating point may be fused differently on
// another processor, and the same input has to give the same bytes.

const (
	vectorSize  = 24
	longestList = 1000    // a term in more vectors than that tells nothing, and would cost quadratic time
	scoreUnit   = 1 << 20 // a cosine of 1
	sharedTopic = scoreUnit / 20
	directLink  = scoreUnit / 10
	leastScore  = scoreUnit / 50
)

// A neighbour is a page near another.
type neighbour struct {
	at    int32 // index in entries
	score int32
}

// A weighed term is a part of a page's vector.
type weighed struct {
	hash   uint32
	weight int32
}

// A vector is what a page is known by.
type vector struct {
	terms  []weighed
	norm   float64
	topics []string
	lang   string
	linked []int32 // pages that it links to or that link to it, sorted
	digest uint64  // of all that scores depend on, but for which pages exist
}

// relate returns for each entry its nearest listed ones, the best first.
func relate(s *Site, links []link, last []byte) [][]neighbour {
	n := len(s.entries)
	vs := vectors(s, links)
	near := make([][]neighbour, n)
	if len(vs) == 0 {
		return near
	}
	postings := index(vs)
	edited, redo := compare(s, vs, near, last)
	if len(edited) > n/8 {
		// The rows do not depend on one another, and each is put in its place.
		var wg sync.WaitGroup
		var next atomic.Int32
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				m := newMatcher(vs, postings)
				const batch = 64
				for {
					from := int(next.Add(batch)) - batch
					if from >= n {
						return
					}
					for i := from; i < min(from+batch, n); i++ {
						near[i] = m.top(int32(i))
					}
				}
			})
		}
		wg.Wait()
		return near
	}
	m := newMatcher(vs, postings)
	for _, p := range edited {
		m.row(p)
		near[p] = m.choose()
		// Each other page either has p among its best, and is looked at whole
		// again, or may have p come in.
		for _, q := range m.touched {
			if !redo[q] && m.scores[q] != 0 {
				near[q] = insert(near[q], neighbour{p, m.score(q, leastScore)})
			}
		}
		m.clear()
	}
	for q := range redo {
		near[q] = m.top(q)
	}
	return near
}

// compare takes over what last knew into near, and returns the entries whose
// vectors have changed and those whose best ones have been lost.
func compare(s *Site, vs []vector, near [][]neighbour, last []byte) (edited []int32, redo map[int32]bool) {
	redo = map[int32]bool{}
	all := func() ([]int32, map[int32]bool) {
		edited = edited[:0]
		for i := range vs {
			near[i] = nil
			edited = append(edited, int32(i))
		}
		return edited, map[int32]bool{}
	}
	d := cache.Decoder{S: string(last)}
	type before struct {
		digest uint64
		best   []neighbour
	}
	count := d.Len()
	if count == 0 {
		return all()
	}
	old := make([]before, count)
	now := make([]int32, count) // old index -> index, or -1
	known := make([]bool, len(vs))
	at := 0
	for i := range old {
		id := content.ID(d.String())
		old[i].digest = d.Uint()
		old[i].best = cache.ReadSlice(&d, func(d *cache.Decoder, x *neighbour) {
			x.at, x.score = int32(d.Uint()), int32(d.Uint())
		})
		for at < len(vs) && s.entries[at].ID < id {
			at++
		}
		now[i] = -1
		if at < len(vs) && s.entries[at].ID == id {
			now[i] = int32(at)
		}
	}
	if d.Err != nil {
		return all()
	}
	isEdited := make([]bool, len(vs))
	for i := range old {
		if q := now[i]; q >= 0 {
			known[q] = true
			isEdited[q] = old[i].digest != vs[q].digest
		}
	}
	for q := range vs {
		if !known[q] {
			isEdited[q] = true
		}
		if isEdited[q] {
			edited = append(edited, int32(q))
		}
	}
	for i := range old {
		q := now[i]
		if q < 0 || isEdited[q] {
			continue
		}
		for k, x := range old[i].best {
			if int(x.at) >= len(now) {
				return all()
			}
			p := now[x.at]
			if p < 0 || isEdited[p] {
				redo[q] = true
				break
			}
			old[i].best[k].at = p
		}
		near[q] = old[i].best
	}
	return edited, redo
}

// RelatedState returns what [Input.Related] takes for the next version.
func (s *Site) RelatedState() []byte {
	var e cache.Encoder
	e.Uint(uint64(len(s.entries)))
	for i := range s.entries {
		e.String(string(s.entries[i].ID))
		e.Uint(s.memo.vectors[i])
		cache.Slice(&e, s.near[i], func(e *cache.Encoder, x *neighbour) {
			e.Uint(uint64(x.at))
			e.Uint(uint64(x.score))
		})
	}
	return e.B
}

// A matcher works out rows of scores.
type matcher struct {
	vs       []vector
	postings map[uint32][]posting
	scores   []int64 // of the row at hand, by entry; 0 for most
	touched  []int32
	page     int32 // of the row at hand
}

func newMatcher(vs []vector, postings map[uint32][]posting) *matcher {
	return &matcher{vs: vs, postings: postings, scores: make([]int64, len(vs))}
}

// A posting is a vector that has a term.
type posting struct{ at, weight int32 }

// index lists for each term the vectors that have it.
func index(vs []vector) map[uint32][]posting {
	total := 0
	for i := range vs {
		total += len(vs[i].terms)
	}
	count := newCounter(total / 2)
	for i := range vs {
		for _, t := range vs[i].terms {
			count.add(t.hash)
		}
	}
	all := make([]posting, total)
	postings := make(map[uint32][]posting, count.used)
	for i := range vs {
		for _, t := range vs[i].terms {
			c := count.count(t.hash)
			if c < 2 {
				continue
			}
			l, ok := postings[t.hash]
			if !ok {
				l, all = all[:0:c], all[c:]
			}
			postings[t.hash] = append(l, posting{int32(i), t.weight})
		}
	}
	return postings
}

// row adds up the dot products of p with every page that shares a term.
func (m *matcher) row(p int32) {
	m.page = p
	for _, t := range m.vs[p].terms {
		for _, x := range m.postings[t.hash] {
			if m.scores[x.at] == 0 {
				m.touched = append(m.touched, x.at)
			}
			m.scores[x.at] += int64(t.weight) * int64(x.weight)
		}
	}
	m.scores[p] = 0
	for _, q := range m.vs[p].linked {
		if q != p && m.scores[q] == 0 && m.vs[q].terms != nil {
			m.touched = append(m.touched, q)
			m.scores[q] = 1
		}
	}
}

func (m *matcher) clear() {
	for _, q := range m.touched {
		m.scores[q] = 0
	}
	m.touched = m.touched[:0]
}

// score is how near the row's page and q are; it is the same both ways. Where
// it cannot come to more than least, something smaller is returned at once.
func (m *matcher) score(q, least int32) int32 {
	a, b := &m.vs[m.page], &m.vs[q]
	if a.lang != b.lang {
		return 0
	}
	cos := float64(m.scores[q]) / (a.norm * b.norm)
	total := int32(min(cos, 1) * scoreUnit)
	if most := total + int32(len(a.topics))*sharedTopic + directLink; most < least {
		return 0
	}
	for _, t := range a.topics {
		if slices.Contains(b.topics, t) {
			total += sharedTopic
		}
	}
	if _, ok := slices.BinarySearch(a.linked, q); ok {
		total += directLink
	}
	return total
}

// choose returns the best of the row at hand.
func (m *matcher) choose() []neighbour {
	var best []neighbour
	least := int32(leastScore)
	for _, q := range m.touched {
		if m.scores[q] == 0 {
			continue
		}
		best = keep(best, neighbour{q, m.score(q, least)})
		if len(best) == mostRelated {
			least = best[mostRelated-1].score
		}
	}
	return best
}

// top works out the best of p.
func (m *matcher) top(p int32) []neighbour {
	m.row(p)
	best := m.choose()
	m.clear()
	return best
}

// keep puts x into best if it is good enough. Of equals the earlier address is
// the better, so the outcome does not depend on the order of asking.
func keep(best []neighbour, x neighbour) []neighbour {
	if x.score < leastScore {
		return best
	}
	if len(best) == mostRelated {
		if worse(x, best[len(best)-1]) {
			return best
		}
		best = best[:len(best)-1]
	}
	i, _ := slices.BinarySearchFunc(best, x, order)
	return slices.Insert(best, i, x)
}

func order(a, b neighbour) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) }

func worse(a, b neighbour) bool { return order(a, b) > 0 }

// insert is keep for a list that is shared with the last outcome.
func insert(best []neighbour, x neighbour) []neighbour {
	for _, y := range best {
		if y.at == x.at {
			return best
		}
	}
	return keep(slices.Clone(best), x)
}

// rarity returns the weight of a term that df of 2^log2 pages have: twice the
// logarithm of how rare it is, rounded down, by whole numbers alone; 0 if it
// tells nothing.
func rarity(df, log2 int) int32 {
	if df < 2 {
		return 0 // nobody else has it
	}
	return int32(max(0, 2*log2-bits.Len64(uint64(df)*uint64(df)-1)))
}

// vectors returns what each listed page is known by; a page that stands in no
// list has an empty vector.
func vectors(s *Site, links []link) []vector {
	vs := make([]vector, len(s.entries))
	df := newCounter(len(s.entries) * 32)
	listed := 0
	for i := range s.entries {
		if e := &s.entries[i]; e.Listed() {
			listed++
			for _, t := range e.Terms {
				df.add(t.Hash)
			}
		}
	}
	for _, l := range links {
		if l.from != l.to {
			vs[l.from].linked = append(vs[l.from].linked, l.to)
			vs[l.to].linked = append(vs[l.to].linked, l.from)
		}
	}
	// The number of pages counts by its power of two, so that one page more or
	// less changes no weight.
	log2 := bits.Len(uint(max(listed, 1) - 1))
	inParallel(len(vs), func(from, to int) {
		for i := from; i < to; i++ {
			v, e := &vs[i], &s.entries[i]
			if !e.Listed() {
				v.linked = nil
				continue
			}
			v.terms = heaviest(e.Terms, df, log2)
			v.topics, v.lang = e.Topics, e.Language
		}
	})
	in := newCounter(len(vs) * 4) // vectors that a term is in
	for i := range vs {
		for _, t := range vs[i].terms {
			in.add(t.hash)
		}
	}
	ids := make([]uint64, len(vs))
	for i := range ids {
		h := offset
		h.text(string(s.entries[i].ID))
		ids[i] = uint64(h)
	}
	s.memo.vectors = make([]uint64, len(vs))
	inParallel(len(vs), func(from, to int) {
		for i := from; i < to; i++ {
			v := &vs[i]
			h := offset
			v.terms = slices.DeleteFunc(v.terms, func(t weighed) bool { return in.count(t.hash) > longestList })
			var sum int64
			for _, t := range v.terms {
				sum += int64(t.weight) * int64(t.weight)
				h.add(uint64(t.hash)<<32 | uint64(uint32(t.weight)))
			}
			v.norm = max(1, math.Sqrt(float64(sum)))
			for _, t := range v.topics {
				h.text(t + "\x00")
			}
			h.text("\x00" + v.lang)
			slices.Sort(v.linked)
			v.linked = slices.Compact(v.linked)
			for _, q := range v.linked {
				h.add(ids[q])
			}
			if v.terms == nil {
				h.text("not listed")
			}
			v.digest = uint64(h)
			s.memo.vectors[i] = v.digest
		}
	})
	return vs
}

// heaviest returns the vectorSize terms that tell most. A page's terms come by
// falling weight, so as soon as even the rarest word could not come in any more,
// the rest need not be looked at.
func heaviest(terms []content.Term, df *counter, log2 int) []weighed {
	top := make([]weighed, 0, vectorSize)
	for _, t := range terms {
		w := int32(t.Weight >> 6)
		if len(top) == vectorSize && w*int32(2*log2) < top[vectorSize-1].weight {
			break
		}
		r := rarity(df.count(t.Hash), log2)
		if r == 0 {
			continue
		}
		x := weighed{t.Hash, w * r}
		if len(top) == vectorSize {
			if heavier(top[vectorSize-1], x) <= 0 {
				continue
			}
			top = top[:vectorSize-1]
		}
		i, _ := slices.BinarySearchFunc(top, x, heavier)
		top = slices.Insert(top, i, x)
	}
	return top
}

func heavier(a, b weighed) int {
	return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.hash, b.hash))
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

// add takes in a whole number at a time: ten thousand vectors of two dozen terms
// are digested at each link.
func (h *fnv) add(n uint64) {
	*h = (*h ^ fnv(n)) * prime
	*h ^= *h >> 32
}

func (h *fnv) text(s string) {
	for i := 0; i < len(s); i++ {
		*h = (*h ^ fnv(s[i])) * prime
	}
}

// A counter counts hashes. It is a map of its own since it holds a million
// keys that are hashes already.
type counter struct {
	keys   []uint32
	counts []int32
	used   int
}

func newCounter(n int) *counter {
	size := 1024
	for size < n {
		size *= 2
	}
	return &counter{keys: make([]uint32, size), counts: make([]int32, size)}
}

func (c *counter) slot(key uint32) int {
	mask := len(c.keys) - 1
	i := int(key*2654435769>>7) & mask
	for c.counts[i] != 0 && c.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func (c *counter) add(key uint32) {
	i := c.slot(key)
	if c.counts[i] == 0 {
		if c.used++; c.used*2 > len(c.keys) {
			old := *c
			*c = *newCounter(2 * len(old.keys))
			for k, n := range old.counts {
				if n != 0 {
					j := c.slot(old.keys[k])
					c.keys[j], c.counts[j] = old.keys[k], n
				}
			}
			c.used = old.used
			i = c.slot(key)
		}
		c.keys[i] = key
	}
	c.counts[i]++
}

func (c *counter) count(key uint32) int { return int(c.counts[c.slot(key)]) }
