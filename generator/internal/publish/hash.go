package publish

import (
	"crypto/sha256"
	"hash"

	"guidepost/generator/internal/cache"
)

// A hasher makes the digest of what is written to it, as cache.Sum would of
// the whole: a large file need not be in memory for that.
type hasher struct{ hash.Hash }

func newHash() hasher { return hasher{sha256.New()} }

func (h hasher) digest() (d cache.Digest) {
	copy(d[:], h.Sum(nil))
	return d
}
