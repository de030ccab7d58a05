package cache

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Digest identifies some bytes: the first half of their SHA-256. The zero
// Digest stands for "there is none".
type Digest [16]byte

// Sum returns the digest of b.
func Sum(b []byte) Digest {
	s := sha256.Sum256(b)
	return Digest(s[:16])
}

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero reports whether d stands for absence.
func (d Digest) IsZero() bool { return d == Digest{} }
