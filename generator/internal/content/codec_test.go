package content

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/markdown"
)

// fill sets every field that v has, however deep, to something of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)) + string(rune('a'+*n/26%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * -1001)
	case reflect.Uint8:
		v.SetUint(uint64(1 + *n%2)) // within every enumeration
	case reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(*n * 13))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]any{"b": "text", "a": []any{1, -2.5, true, false, nil, map[string]any{"x": "y"}, []any{}}, "c": map[string]any{}}))
	default:
		panic("no value for " + v.Type().String())
	}
}

func TestCardRoundTrip(t *testing.T) {
	var c Card
	n := 0
	fill(reflect.ValueOf(&c).Elem(), &n)
	var e cache.Encoder
	c.Encode(&e)
	var back Card
	d := cache.Decoder{S: string(e.B)}
	back.Decode(&d)
	if d.Err != nil {
		t.Fatal(d.Err)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Error(diff)
	}
	// A card that is empty, into one that is not.
	e.B = nil
	new(Card).Encode(&e)
	d = cache.Decoder{S: string(e.B)}
	back.Decode(&d)
	if diff := cmp.Diff(Card{}, back); diff != "" || d.Err != nil {
		t.Error(diff, d.Err)
	}
}

func TestPageRoundTrip(t *testing.T) {
	var p Page
	n := 0
	fill(reflect.ValueOf(&p).Elem(), &n)
	for i := range p.Card.Refs {
		p.Card.Refs[i].Use = UseBody
	}
	p.Card.Refs = append(p.Card.Refs, Ref{Use: UseImage, Key: "/x"})
	// The card's share of the body comes back from the card; what is for
	// parsing only does not.
	p.Body.Headings, p.Body.IDs, p.Body.Words = p.Card.Headings, p.Card.IDs, p.Card.Words
	p.Body.Refs = []markdown.Ref{p.Card.Refs[0].Ref, p.Card.Refs[1].Ref}
	p.Body.Title, p.Body.Lede, p.Body.Text = "", "", ""
	p.Body.Targets, p.Body.Spans, p.BodyBytes = nil, nil, 0
	var e, again cache.Encoder
	p.Encode(&e)
	back := Page{Card: p.Card}
	d := cache.Decoder{S: string(e.B)}
	back.Decode(&d)
	if d.Err != nil {
		t.Fatal(d.Err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Error(diff)
	}
	back.Encode(&again)
	if string(e.B) != string(again.B) {
		t.Error("the same page has other bytes")
	}
	e.B = nil
	(&Page{}).Encode(&e)
	d = cache.Decoder{S: string(e.B)}
	back = Page{}
	back.Decode(&d)
	if back.Action != nil || back.Sources != nil || back.Params != nil || d.Err != nil {
		t.Errorf("%+v, %v", back, d.Err)
	}
}

// TestShown holds which fields of a card other pages show, by changing each:
// a field that is added must be put into one of the two lists.
func TestShown(t *testing.T) {
	hidden := map[string]bool{"File": true, "Refs": true, "Terms": true, "Words": true, "Headings": true, "IDs": true, "TitleAt": true, "Held": true,
		"DescriptionGiven": true, "Aliases": true, "Steps": true, "Quotes": true}
	for i := range reflect.TypeFor[Card]().NumField() {
		var c Card
		before := c.Shown()
		n := 0
		fill(reflect.ValueOf(&c).Elem().Field(i), &n)
		name := reflect.TypeFor[Card]().Field(i).Name
		if name == "Refs" {
			for i := range c.Refs {
				c.Refs[i].Use = UseBody
			}
		}
		if changed := c.Shown() != before; changed == hidden[name] {
			t.Errorf("%s: shown elsewhere: %v", name, changed)
		}
	}
	// Places are not shown; dates and pictures are.
	var a, b Card
	a.Published, b.Published = Date{Text: "2026-01-01", Line: 1}, Date{Text: "2026-01-01", Line: 9}
	a.Image.Src, b.Image.Src = Value{"a.png", Place{Line: 1, Col: 2, EndCol: 3}}, Value{"a.png", Place{Line: 4, Col: 5, EndCol: 6}}
	if a.Shown() != b.Shown() {
		t.Error("a place is shown")
	}
	a.Refs, b.Refs = []Ref{{Use: UseImage, Key: "/a.png"}}, []Ref{{Use: UseImage, Key: "/b/a.png"}}
	if a.Shown() == b.Shown() {
		t.Error("a picture of another folder is not shown")
	}
}

// FuzzDecode holds that damaged records never panic.
func FuzzDecode(f *testing.F) {
	var c Card
	var p Page
	n := 0
	fill(reflect.ValueOf(&c).Elem(), &n)
	fill(reflect.ValueOf(&p).Elem(), &n)
	var e cache.Encoder
	c.Encode(&e)
	f.Add(e.B)
	e.B = nil
	p.Encode(&e)
	f.Add(e.B)
	f.Fuzz(func(t *testing.T, b []byte) {
		d := cache.Decoder{S: string(b)}
		var c Card
		c.Decode(&d)
		var e cache.Encoder
		c.Encode(&e)
		d = cache.Decoder{S: string(b)}
		var p Page
		p.Decode(&d)
		p.Encode(&e)
	})
}
