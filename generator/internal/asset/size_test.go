package asset

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	xwebp "golang.org/x/image/webp"
)

func picture(w, h int) image.Image {
	m := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
	m.Set(1, 1, color.White)
	return m
}

func encoded(t testing.TB, format string, w, h int) []byte {
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, picture(w, h))
	case "jpeg":
		err = jpeg.Encode(&b, picture(w, h), nil)
	case "gif":
		err = gif.Encode(&b, picture(w, h), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// riff is a WebP of one chunk.
func riff(fourCC string, chunk []byte) []byte {
	if len(chunk)%2 != 0 {
		chunk = append(chunk, 0)
	}
	b := append([]byte("RIFF\x00\x00\x00\x00WEBP"+fourCC), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(12+len(chunk)))
	binary.LittleEndian.PutUint32(b[16:], uint32(len(chunk)))
	return append(b, chunk...)
}

func webps() map[string][]byte {
	vp8 := append([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0xf4, 0x01}, make([]byte, 20)...)        // 800x500
	vp8l := append([]byte{0x2f}, binary.LittleEndian.AppendUint32(nil, uint32(800-1)|uint32(500-1)<<14)...) // 800x500
	vp8x := []byte{0x10, 0, 0, 0, 0x1f, 0x03, 0, 0xf3, 0x01, 0}                                             // 800x500
	return map[string][]byte{"VP8 ": riff("VP8 ", vp8), "VP8L": riff("VP8L", append(vp8l, make([]byte, 20)...)), "VP8X": riff("VP8X", vp8x)}
}

// exif is a JPEG segment that gives the orientation.
func exif(order binary.ByteOrder, orientation uint16) []byte {
	tiff := []byte("MM\x00*")
	if order == binary.ByteOrder(binary.LittleEndian) {
		tiff = []byte("II*\x00")
	}
	b := make([]byte, 8+2+24)
	copy(b, tiff)
	order.PutUint32(b[4:], 8)
	order.PutUint16(b[8:], 2)
	order.PutUint16(b[10:], 0x0100)
	order.PutUint16(b[22:], 0x0112)
	order.PutUint16(b[24:], 3)
	order.PutUint32(b[26:], 1)
	order.PutUint16(b[30:], orientation)
	body := append([]byte("Exif\x00\x00"), b...)
	return append([]byte{0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}

func withSegment(jpeg, segment []byte) []byte {
	return append(append(bytes.Clone(jpeg[:2]), segment...), jpeg[2:]...)
}

func TestSize(t *testing.T) {
	photo := encoded(t, "jpeg", 640, 427)
	cases := map[string]struct {
		name string
		src  []byte
		w, h int
	}{
		"png":            {"a.png", encoded(t, "png", 640, 427), 640, 427},
		"jpeg":           {"a.jpg", photo, 640, 427},
		"gif":            {"a.gif", encoded(t, "gif", 640, 427), 640, 427},
		"wrong name":     {"a.gif", encoded(t, "png", 640, 427), 640, 427},
		"on its side":    {"a.jpg", withSegment(photo, exif(binary.BigEndian, 6)), 427, 640},
		"on its side, 2": {"a.jpg", withSegment(photo, exif(binary.LittleEndian, 8)), 427, 640},
		"upside down":    {"a.jpg", withSegment(photo, exif(binary.LittleEndian, 3)), 640, 427},
		"fill bytes":     {"a.jpg", withSegment(photo, []byte("\xff\xff\xff\xfe\x00\x04ab")), 640, 427},
		"progressive":    {"a.jpg", bytes.Replace(photo, []byte("\xff\xc0"), []byte("\xff\xc2"), 1), 640, 427},
		"no frame":       {"a.jpg", []byte("\xff\xd8\xff\xda\x00\x02"), 0, 0},
		"many segments":  {"a.jpg", withSegment(photo, bytes.Repeat([]byte("\xff\xfe\x00\x02"), 100_000)), 0, 0},
		"half a jpeg":    {"a.jpg", photo[:20], 0, 0},
		"half a png":     {"a.png", encoded(t, "png", 9, 9)[:20], 0, 0},
		"huge png":       {"a.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff"), 0, 0},
		"svg":            {"a.svg", []byte("<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg [<!ENTITY x 'y'>]>\n<svg  width = '320px' height=\"200\" viewBox='0 0 1 1'>"), 320, 200},
		"svg box":        {"a.SVG", []byte("<svg viewBox='0,0 32 31.6'/>"), 32, 32},
		"svg width":      {"a.svg", []byte("<svg viewBox='0 0 32 16' width='64'>"), 64, 32},
		"svg height":     {"a.svg", []byte("<svg viewBox='0 0 32 16' height='64px' stroke-width='2'>"), 128, 64},
		"svg per cent":   {"a.svg", []byte("<svg viewBox='0 0 32 16' width='100%' height='10em'>"), 32, 16},
		"svg name space": {"a.svg", []byte("\xef\xbb\xbf<svg:svg width='3' height='4'>"), 3, 4},
		"svg without":    {"a.svg", []byte("<svg xmlns='x'><rect width='3' height='4'/></svg>"), 0, 0},
		"svg odd":        {"a.svg", []byte("<svg width='NaN' height='Inf' viewBox='0 0 -1 1e999'>"), 0, 0},
		"svg thin":       {"a.svg", []byte("<svg viewBox='0 0 1 1000000' width='100000'>"), 0, 0},
		"not svg":        {"a.svg", []byte("<html width='3' height='4'>"), 0, 0},
		"not closed":     {"a.svg", []byte("<svg width='3"), 0, 0},
		"late":           {"a.svg", []byte(strings.Repeat(" ", 100_000) + "<svg width='3' height='4'>"), 0, 0},
		"text":           {"a.txt", []byte("<svg width='3' height='4'>"), 0, 0},
		"nothing":        {"a.png", nil, 0, 0},
	}
	for kind, b := range webps() {
		cases["webp "+kind] = struct {
			name string
			src  []byte
			w, h int
		}{"a.webp", b, 800, 500}
		if kind != "VP8X" { // the library wants more of it than its head
			c, err := xwebp.DecodeConfig(bytes.NewReader(b))
			if err != nil || c.Width != 800 || c.Height != 500 {
				t.Errorf("%s: golang.org/x/image/webp reads %dx%d, %v", kind, c.Width, c.Height, err)
			}
		}
	}
	for name, c := range cases {
		if w, h := Size(c.name, c.src); w != c.w || h != c.h {
			t.Errorf("%s: %dx%d, want %dx%d", name, w, h, c.w, c.h)
		}
	}
}

// TestSizeIsQuick gives heads that are made to be slow.
func TestSizeIsQuick(t *testing.T) {
	for name, src := range map[string]string{
		"segments": "\xff\xd8" + strings.Repeat("\xff\xfe\x00\x02", 1<<20), "fill": "\xff\xd8" + strings.Repeat("\xff", 8<<20),
		"declarations": strings.Repeat("<!a>", 4<<20), "comments": strings.Repeat("<!---->", 2<<20), "open": strings.Repeat("<!--", 4<<20), "attributes": "<svg " + strings.Repeat("a='' ", 2<<20),
	} {
		start := time.Now()
		for _, file := range []string{"a.svg", "a.jpg"} {
			Size(file, []byte(src))
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s takes %v", name, d)
		}
	}
}

func FuzzSize(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add("a.jpg", encoded(f, format, 3, 2))
	}
	for _, b := range webps() {
		f.Add("a.webp", b)
	}
	f.Add("a.jpg", withSegment(encoded(f, "jpeg", 3, 2), exif(binary.BigEndian, 6)))
	f.Add("a.svg", []byte("<?xml?><!DOCTYPE a [<!b>]><svg width='1' viewBox='0 0 2 3'>"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		w, h := Size(name, b)
		if w < 0 || h < 0 || (w == 0) != (h == 0) || w > maxSide || h > maxSide {
			t.Errorf("%dx%d", w, h)
		}
	})
}
