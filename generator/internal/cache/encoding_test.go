package cache

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"guidepost/generator/internal/diag"
)

// A sample holds one of each thing that an Encoder writes.
type sample struct {
	U uint64
	I int
	B bool
	F float64
	S string
	Y []byte
	D Digest
	L []string
	P diag.List
	N []int
}

func (x *sample) encode(e *Encoder) {
	e.Uint(x.U)
	e.Int(x.I)
	e.Bool(x.B)
	e.Float(x.F)
	e.String(x.S)
	e.Bytes(x.Y)
	e.Digest(x.D)
	e.Strings(x.L)
	EncodeDiags(e, x.P)
	Slice(e, x.N, func(e *Encoder, n *int) { e.Int(*n) })
}

func (x *sample) decode(d *Decoder) {
	x.U, x.I, x.B, x.F, x.S, x.Y, x.D, x.L = d.Uint(), d.Int(), d.Bool(), d.Float(), d.String(), d.Bytes(), d.Digest(), d.Strings()
	x.P = DecodeDiags(d)
	x.N = ReadSlice(d, func(d *Decoder, n *int) { *n = d.Int() })
}

var samples = []sample{
	{},
	{U: 1, I: -1, B: true, F: 0.5, S: "a", Y: []byte{0}, D: Digest{1, 15: 2}, L: []string{""}, N: []int{0}},
	{
		U: math.MaxUint64, I: math.MinInt64, F: math.Inf(-1), S: "é\x00\xff", Y: bytes.Repeat([]byte{7}, 300), L: []string{"a", "", "b"}, N: []int{math.MaxInt64, 127, -128, 128},
		P: diag.List{{Pos: diag.Pos{File: "f", Line: 1, Col: 2}, EndCol: 3, Severity: diag.Warning, Rule: "r", Message: "m", Hint: "h"}, {}},
	},
}

func TestEncoding(t *testing.T) {
	for i := range samples {
		var e Encoder
		samples[i].encode(&e)
		var got sample
		d := Decoder{S: string(e.B)}
		got.decode(&d)
		if d.Err != nil || d.off != len(d.S) || !reflect.DeepEqual(got, samples[i]) {
			t.Errorf("got %+v, want %+v (%v, %d of %d bytes)", got, samples[i], d.Err, d.off, len(d.S))
		}
	}
	// Each field of a problem is kept: a forgotten one would be zero.
	p := reflect.ValueOf(samples[2].P[0])
	for i := range p.NumField() {
		if p.Field(i).IsZero() {
			t.Errorf("the sample says nothing of %s", p.Type().Field(i).Name)
		}
	}
}

// TestDecodeCutShort: a record that is cut short is in error wherever it is cut,
// and once in error a decoder gives zeros only.
func TestDecodeCutShort(t *testing.T) {
	for i := range samples {
		var e Encoder
		samples[i].encode(&e)
		for n := range e.B {
			var got sample
			d := Decoder{S: string(e.B[:n])}
			if got.decode(&d); d.Err == nil {
				t.Fatalf("sample %d cut to %d bytes is not in error", i, n)
			}
			var after sample
			if after.decode(&d); !reflect.DeepEqual(after, sample{}) {
				t.Fatalf("sample %d cut to %d bytes: after the error it reads %+v", i, n, after)
			}
		}
	}
}

// TestDecodeLengths: a length that cannot be is an error, and no memory is
// taken for it.
func TestDecodeLengths(t *testing.T) {
	for _, n := range []uint64{2, 1 << 20, 1 << 40, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64} {
		var e Encoder
		e.Uint(n)
		e.B = append(e.B, 0)
		for name, read := range map[string]func(d *Decoder){
			"String":  func(d *Decoder) { _ = d.String() },
			"Bytes":   func(d *Decoder) { d.Bytes() },
			"Strings": func(d *Decoder) { d.Strings() },
			"Slice":   func(d *Decoder) { ReadSlice(d, func(d *Decoder, b *bool) { *b = d.Bool() }) },
		} {
			d := Decoder{S: string(e.B)}
			if read(&d); d.Err == nil {
				t.Errorf("%s of length %d is not in error", name, n)
			}
		}
	}
	d := Decoder{S: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}
	if n := d.Uint(); n != 0 || d.Err == nil {
		t.Errorf("a number of too many bytes is %d", n)
	}
}
