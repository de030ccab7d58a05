package asset

import (
	"bytes"
	"encoding/binary"
	"path"
	"strconv"
	"strings"
)

// How much of a picture is looked at, in bytes and in parts of a JPEG.
const (
	maxHead     = 1 << 20
	maxSegments = 500
	maxSVGHead  = 64 << 10
)

// maxSide is the most pixels of a side that are believed.
const maxSide = 1 << 20

// Size returns the size of a PNG, JPEG, GIF, WebP or SVG in pixels, as a browser
// shows it: a JPEG that is to be turned is turned. It is zero if it cannot be
// told; what the file is called does not matter, but for SVG. No more than the
// head is read, and no picture is decoded.
func Size(name string, src []byte) (width, height int) {
	w, h := size(name, src[:min(len(src), maxHead)])
	if w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return 0, 0
	}
	return w, h
}

func size(name string, b []byte) (int, int) {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		if len(b) < 24 || string(b[12:16]) != "IHDR" {
			return 0, 0
		}
		return be32(b[16:]), be32(b[20:])
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		if len(b) < 10 {
			return 0, 0
		}
		return le16(b[6:]), le16(b[8:])
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return sizeOfJPEG(b)
	case len(b) >= 30 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return sizeOfWebP(b)
	case strings.EqualFold(path.Ext(name), ".svg"):
		return sizeOfSVG(b[:min(len(b), maxSVGHead)])
	}
	return 0, 0
}

func be16(b []byte) int { return int(binary.BigEndian.Uint16(b)) }
func be32(b []byte) int { return int(binary.BigEndian.Uint32(b)) }
func le16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }
func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// sizeOfWebP reads the first chunk: simple, lossless or extended.
func sizeOfWebP(b []byte) (int, int) {
	switch string(b[12:16]) {
	case "VP8 ":
		if b[20]&1 != 0 || string(b[23:26]) != "\x9d\x01\x2a" { // no key frame
			return 0, 0
		}
		return le16(b[26:]) & 0x3fff, le16(b[28:]) & 0x3fff
	case "VP8L":
		if b[20] != 0x2f {
			return 0, 0
		}
		bits := binary.LittleEndian.Uint32(b[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8X":
		return le24(b[24:]) + 1, le24(b[27:]) + 1
	}
	return 0, 0
}

// sizeOfJPEG goes from marker to marker as far as the frame header.
func sizeOfJPEG(b []byte) (int, int) {
	turned := false
	at := 2
	for range maxSegments {
		// Any number of fill bytes may stand before a marker.
		for at+1 < len(b) && b[at] == 0xff && b[at+1] == 0xff {
			at++
		}
		if at+4 > len(b) || b[at] != 0xff {
			return 0, 0
		}
		marker := b[at+1]
		switch {
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // without a length
			at += 2
			continue
		case marker == 0xd9 || marker == 0xda: // the end, or the picture itself
			return 0, 0
		}
		length := be16(b[at+2:])
		if length < 2 {
			return 0, 0
		}
		body := b[at+4 : min(at+2+length, len(b))]
		switch marker {
		case 0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf: // frame headers
			if len(body) < 5 {
				return 0, 0
			}
			h, w := be16(body[1:]), be16(body[3:])
			if turned {
				return h, w
			}
			return w, h
		case 0xe1:
			if rest, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok {
				turned = isTurned(rest)
			}
		}
		at += 2 + length
	}
	return 0, 0
}

// isTurned reports whether Exif data says that the picture lies on its side:
// orientations 5 to 8, in the first directory.
func isTurned(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.BigEndian
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
	default:
		return false
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return false
	}
	n := int(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + int64(i)*12
		if e+12 > int64(len(b)) {
			return false
		}
		if order.Uint16(b[e:]) == 0x0112 {
			v := order.Uint16(b[e+8:])
			return v >= 5 && v <= 8
		}
	}
	return false
}

// sizeOfSVG reads width and height of the root element or, failing these, its viewBox.
func sizeOfSVG(b []byte) (int, int) {
	tag := rootTag(b)
	if tag == nil {
		return 0, 0
	}
	var w, h, vw, vh float64
	for len(tag) > 0 {
		tag = bytes.TrimLeft(tag, " \t\r\n")
		n := bytes.IndexAny(tag, "= \t\r\n")
		if n <= 0 {
			break
		}
		name := string(tag[:n])
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(tag[n:], " \t\r\n"), []byte("="))
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if !ok || len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			break
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			break
		}
		value := string(rest[1 : 1+end])
		tag = rest[end+2:]
		switch name {
		case "width":
			w = pixels(value)
		case "height":
			h = pixels(value)
		case "viewBox":
			if f := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r <= ' ' }); len(f) == 4 {
				vw, vh = pixels(f[2]), pixels(f[3])
			}
		}
	}
	switch {
	case w > 0 && h > 0:
	case vw <= 0 || vh <= 0:
		return 0, 0
	case w > 0:
		h = w * vh / vw
	case h > 0:
		w = h * vw / vh
	default:
		w, h = vw, vh
	}
	if w > maxSide || h > maxSide {
		return 0, 0
	}
	return int(w + 0.5), int(h + 0.5)
}

// pixels reads a number of pixels; other units are of no use to a page.
func pixels(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(f > 0 && f < maxSide) {
		return 0
	}
	return f
}

// rootTag returns the attributes of the <svg> with which a document opens,
// after declarations and comments.
func rootTag(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			i := bytes.Index(b, []byte("-->"))
			if i < 0 {
				return nil
			}
			b = b[i+3:]
		case bytes.HasPrefix(b, []byte("<?")), bytes.HasPrefix(b, []byte("<!")):
			depth := 0 // a document type may hold declarations of its own
			i := 0
			for ; i < len(b); i++ {
				if b[i] == '<' {
					depth++
				} else if b[i] == '>' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			if i == len(b) {
				return nil
			}
			b = b[i+1:]
		case bytes.HasPrefix(b, []byte("<")):
			n := bytes.IndexAny(b, " \t\r\n>")
			if n < 0 {
				return nil
			}
			name := b[1:n]
			if name = name[bytes.IndexByte(name, ':')+1:]; string(name) != "svg" {
				return nil
			}
			return b[n:]
		default:
			return nil
		}
	}
}
