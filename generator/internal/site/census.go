package site

import (
	"math/bits"
	"runtime"
	"sync"
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

// index makes the lists of all terms that some of the pages rows have, or, if
// rows is nil, of all terms.
func (r *relation) index(rows []int32) *postings {
	p := &postings{ends: make([]uint32, r.terms.slots)}
	// sieve lets through the terms that are wanted and few others, so that a
	// million need not be looked up to find a hundred.
	var sieve *[1 << 10]uint64
	wanted := make([]bool, r.terms.slots)
	if rows != nil {
		sieve = new([1 << 10]uint64)
		for _, i := range rows {
			for k := range r.pages[i].terms.Len() {
				hash := r.pages[i].terms.At(k).Hash
				slot, pages := r.terms.find(hash)
				if rarity(pages, 0) > 0 {
					sieve[hash>>6&(1<<10-1)] |= 1 << (hash & 63)
					p.ends[slot], wanted[slot] = pages, true
				}
			}
		}
	} else {
		for i := range r.terms.shards {
			s := &r.terms.shards[i]
			for k := range s.slots {
				if rarity(s.slots[k].pages, 0) > 0 {
					p.ends[s.from+k], wanted[s.from+k] = s.slots[k].pages, true
				}
			}
		}
	}
	total := uint32(0)
	for i, n := range p.ends {
		p.ends[i] = total
		total += n
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
				if !share[shardOf(t.Hash)] || sieve != nil && sieve[t.Hash>>6&(1<<10-1)]>>(t.Hash&63)&1 == 0 {
					continue
				}
				slot, pages := r.terms.find(t.Hash)
				if !wanted[slot] {
					continue
				}
				// Each list's end is where it grows, until all are where the next one begins.
				n := p.ends[slot]
				p.at[n], p.weights[n] = int32(i), page.weigh(t, pages)
				p.ends[slot]++
			}
		}
	})
	return p
}
