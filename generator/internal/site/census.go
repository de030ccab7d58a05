package site

import (
	"encoding/binary"
	"math/bits"
	"runtime"
	"sync"

	"guidepost/generator/internal/content"
)

// A census counts for each term the pages that have it. It is a hash table of
// its own, in shards that can be filled at the same time: it holds a million
// keys that are hashes already.
type census struct {
	shards [shardCount]shard
	slots  int // of all shards
}

const (
	shardBits  = 3
	shardCount = 1 << shardBits
)

// A shard has the terms whose hashes begin with the same bits.
type shard struct {
	slots []slot
	shift uint // of a mixed hash, to an index in slots
	used  int
	from  int // number of its first slot among all
}

// A slot counts a term.
type slot struct {
	hash  uint32
	pages uint32 // 0: the slot is free
}

func shardOf(hash uint32) int { return int(hash >> (32 - shardBits)) }

// at returns the index of the slot that a hash has or would have.
func (s *shard) at(hash uint32) int {
	i := int((hash ^ hash>>15) * 2654435769 >> s.shift)
	for s.slots[i].pages != 0 && s.slots[i].hash != hash {
		if i++; i == len(s.slots) {
			i = 0
		}
	}
	return i
}

func (s *shard) resize(size int) {
	old := s.slots
	s.slots, s.shift = make([]slot, size), uint(32-bits.Len(uint(size-1)))
	for _, x := range old {
		if x.pages != 0 {
			s.slots[s.at(x.hash)] = x
		}
	}
}

// byShards calls do several times at once, each for a share of the shards.
func byShards(do func(mine func(shard int) bool)) {
	workers := max(1, min(runtime.GOMAXPROCS(0), shardCount))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { do(func(shard int) bool { return shard%workers == w }) })
	}
	wg.Wait()
}

// take counts the terms of pages.
func (c *census) take(pages []page) {
	total := 0
	for i := range pages {
		total += pages[i].terms.Len()
	}
	byShards(func(mine func(int) bool) {
		var shards [shardCount]*shard
		for i := range shards {
			if mine(i) {
				shards[i] = &c.shards[i]
				shards[i].resize(max(256, 1<<bits.Len(uint(total/64))))
			}
		}
		for i := range pages {
			t := pages[i].terms
			for k := range t.Len() {
				hash := t.At(k).Hash
				s := shards[shardOf(hash)]
				if s == nil {
					continue
				}
				x := &s.slots[s.at(hash)]
				if x.pages++; x.pages == 1 {
					x.hash = hash
					if s.used++; s.used*2 > len(s.slots) {
						s.resize(2 * len(s.slots))
					}
				}
			}
		}
	})
	for i := range c.shards {
		c.shards[i].from = c.slots
		c.slots += len(c.shards[i].slots)
	}
}

// find returns a number for a term that was counted, and how many pages have it.
func (c *census) find(hash uint32) (slot int, pages uint32) {
	s := &c.shards[shardOf(hash)]
	i := s.at(hash)
	return s.from + i, s.slots[i].pages
}

// Postings list for each term the pages that have it and its weight there.
type postings struct {
	ends    []uint32 // by slot: where its list ends, and the next one begins
	at      []int32
	weights []uint16
}

func (p *postings) list(slot int) (at []int32, weights []uint16) {
	from := uint32(0)
	if slot > 0 {
		from = p.ends[slot-1]
	}
	to := p.ends[slot]
	return p.at[from:to], p.weights[from:to]
}

// A choice says by slot which terms are chosen; nil: all.
type choice []bool

// termsOf chooses the terms of some pages.
func (r *relation) termsOf(pages []int32) choice {
	c := make(choice, r.terms.slots)
	for _, i := range pages {
		for k := range r.pages[i].terms.Len() {
			slot, _ := r.terms.find(r.pages[i].terms.At(k).Hash)
			c[slot] = true
		}
	}
	return c
}

// index makes the lists of the chosen terms.
func (r *relation) index(chosen choice) *postings {
	p := &postings{ends: make([]uint32, r.terms.slots)}
	// The sieve lets through the chosen terms and few others, so that a million
	// need not be looked up to find a hundred.
	var through *sieve
	if chosen != nil {
		through = new(sieve)
	}
	total := uint32(0)
	for i := range r.terms.shards {
		s := &r.terms.shards[i]
		for k := range s.slots {
			p.ends[s.from+k] = total
			if x := &s.slots[k]; rarity(x.pages, 0) > 0 && (chosen == nil || chosen[s.from+k]) {
				total += x.pages
				if through != nil {
					through.add(x.hash)
				}
			}
		}
	}
	p.at, p.weights = make([]int32, total), make([]uint16, total)
	byShards(func(mine func(int) bool) {
		var share [shardCount]bool
		for i := range share {
			share[i] = mine(i)
		}
		for i := range r.pages {
			page := &r.pages[i]
			for k := range page.terms.Len() {
				t := page.terms.At(k)
				if through != nil && !through.has(t.Hash) || !share[shardOf(t.Hash)] {
					continue
				}
				slot, pages := r.terms.find(t.Hash)
				weight := page.weigh(t, pages)
				if weight == 0 || chosen != nil && !chosen[slot] {
					continue
				}
				// Each list's end is where it grows, until all are where the next one begins.
				n := p.ends[slot]
				p.at[n], p.weights[n] = int32(i), weight
				p.ends[slot]++
			}
		}
	})
	return p
}

// A sieve lets through the hashes that were added to it, and some others.
type sieve [1 << 10]uint64

func (s *sieve) add(hash uint32)      { s[hash>>6%(1<<10)] |= 1 << (hash % 64) }
func (s *sieve) has(hash uint32) bool { return s[hash>>6%(1<<10)]>>(hash%64)&1 != 0 }

// Marks tell which terms have become more or less rare from one version of a
// site to the next, without the terms: each is a sum over the terms whose hashes
// begin alike. That one stays the same though its terms change is as likely as
// one in four thousand million.
const markSize = 4 // bytes

// marks makes as many marks as befits so many pages.
func (c *census) marks(pages int) string {
	shift := markShift(pages)
	sums := make([]uint32, 1<<(32-shift))
	for i := range c.shards {
		for _, x := range c.shards[i].slots {
			if weight := rarity(x.pages, 31); weight != 0 {
				h := offset
				h.add(uint64(x.hash)<<32 | uint64(weight))
				sums[x.hash>>shift] += uint32(h)
			}
		}
	}
	b := make([]byte, 0, markSize*len(sums))
	for _, s := range sums {
		b = binary.LittleEndian.AppendUint32(b, s)
	}
	return string(b)
}

// markShift is by how much a hash is shifted to get its mark.
func markShift(pages int) int { return 32 - min(max(halvings(pages), 8), 16) }

// moves say which marks have changed.
type moves struct {
	changed []bool // nil: none has
	shift   int
}

// difference compares as many marks.
func difference(was, is string) moves {
	var m moves
	for i := 0; i < len(is); i += markSize {
		if was[i:i+markSize] != is[i:i+markSize] {
			if m.changed == nil {
				m.changed, m.shift = make([]bool, len(is)/markSize), 32-bits.Len(uint(len(is)/markSize-1))
			}
			m.changed[i/markSize] = true
		}
	}
	return m
}

// touches reports whether any of the terms may have become more or less rare.
func (m *moves) touches(terms content.Terms) bool {
	if m.changed == nil {
		return false
	}
	for i := range terms.Len() {
		if m.changed[terms.At(i).Hash>>m.shift] {
			return true
		}
	}
	return false
}
