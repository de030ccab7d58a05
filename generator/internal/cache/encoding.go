package cache

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

// An Encoder writes a record as bytes that a [Decoder] reads back in the same
// order. Records are written by hand, field by field: a cold start reads ten
// thousand of them, and reflection would cost more than the rest of it. Each
// record's test fills every field by reflection, so a forgotten one is found.
type Encoder struct{ B []byte }

// Uint writes an unsigned number.
func (e *Encoder) Uint(n uint64) { e.B = binary.AppendUvarint(e.B, n) }

// Int writes a number.
func (e *Encoder) Int(n int) { e.B = binary.AppendVarint(e.B, int64(n)) }

// Bool writes true or false.
func (e *Encoder) Bool(b bool) {
	if b {
		e.B = append(e.B, 1)
	} else {
		e.B = append(e.B, 0)
	}
}

// Float writes a floating-point number.
func (e *Encoder) Float(f float64) { e.B = binary.LittleEndian.AppendUint64(e.B, math.Float64bits(f)) }

// String writes a string.
func (e *Encoder) String(s string) {
	e.Uint(uint64(len(s)))
	e.B = append(e.B, s...)
}

// Bytes writes a byte slice.
func (e *Encoder) Bytes(b []byte) {
	e.Uint(uint64(len(b)))
	e.B = append(e.B, b...)
}

// Digest writes a digest.
func (e *Encoder) Digest(d Digest) { e.B = append(e.B, d[:]...) }

// Strings writes a list of strings.
func (e *Encoder) Strings(list []string) {
	e.Uint(uint64(len(list)))
	for _, s := range list {
		e.String(s)
	}
}

// Slice writes a list of records, each with one.
func Slice[T any](e *Encoder, list []T, one func(*Encoder, *T)) {
	e.Uint(uint64(len(list)))
	for i := range list {
		one(e, &list[i])
	}
}

// A Decoder reads what an [Encoder] wrote. Damage never panics: it sets Err
// and everything read from then on is zero. Strings share the memory of S.
type Decoder struct {
	S   string
	Err error
	off int
}

// DecoderOf returns a Decoder of b, which nobody may write to any more: what is
// read shares its memory.
func DecoderOf(b []byte) Decoder { return Decoder{S: unsafe.String(unsafe.SliceData(b), len(b))} }

// ErrDamaged says that a record does not hold what it should.
var ErrDamaged = errors.New("damaged record")

func (d *Decoder) fail() {
	d.Err = ErrDamaged
	d.off = len(d.S)
}

// Uint reads an unsigned number.
func (d *Decoder) Uint() uint64 {
	var n uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if d.off >= len(d.S) {
			d.fail()
			return 0
		}
		b := d.S[d.off]
		d.off++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	d.fail()
	return 0
}

// Int reads a number.
func (d *Decoder) Int() int {
	u := d.Uint()
	n := int64(u >> 1)
	if u&1 != 0 {
		n = ^n
	}
	return int(n)
}

// Len reads the length of a list whose items take at least one byte each.
func (d *Decoder) Len() int {
	n := d.Uint()
	if n > uint64(len(d.S)-d.off) {
		d.fail()
		return 0
	}
	return int(n)
}

// Bool reads true or false.
func (d *Decoder) Bool() bool { return d.take(1) == "\x01" }

// Float reads a floating-point number.
func (d *Decoder) Float() float64 {
	s := d.take(8)
	if len(s) != 8 {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64([]byte(s)))
}

// String reads a string.
func (d *Decoder) String() string { return d.take(d.Len()) }

// Bytes reads a byte slice. It shares the memory of S, and must not be written to.
func (d *Decoder) Bytes() []byte {
	if s := d.String(); s != "" {
		return unsafe.Slice(unsafe.StringData(s), len(s))
	}
	return nil
}

// Digest reads a digest.
func (d *Decoder) Digest() (x Digest) {
	copy(x[:], d.take(len(x)))
	return x
}

// Strings reads a list of strings.
func (d *Decoder) Strings() []string {
	n := d.Len()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.String()
	}
	return list
}

// ReadSlice reads a list of records, each with one.
func ReadSlice[T any](d *Decoder, one func(*Decoder, *T)) []T {
	n := d.Len()
	if n == 0 {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		one(d, &list[i])
	}
	return list
}

func (d *Decoder) take(n int) string {
	if n < 0 || n > len(d.S)-d.off {
		d.fail()
		return ""
	}
	s := d.S[d.off : d.off+n]
	d.off += n
	return s
}
