package content

import (
	"maps"
	"slices"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// Encode writes the card.
func (c *Card) Encode(e *cache.Encoder) {
	e.String(string(c.ID))
	e.String(c.File)
	e.Uint(uint64(c.Kind))
	e.String(c.Title)
	e.String(c.Description)
	e.Uint(c.bits())
	e.String(c.Language)
	e.Strings(c.Topics)
	e.Strings(c.Audience)
	e.Strings(c.Keywords)
	e.String(c.Owner)
	e.Strings(c.Authors)
	e.Int(c.Weight)
	e.String(c.Parent)
	cache.Slice(e, c.Steps, encodeStep)
	for _, d := range c.dates() {
		encodeDate(e, d)
	}
	e.Int(c.ReviewEvery.Years)
	e.Int(c.ReviewEvery.Months)
	e.Int(c.ReviewEvery.Days)
	cache.Slice(e, c.Changes, func(e *cache.Encoder, ch *Change) {
		encodeDate(e, &ch.Date)
		e.String(ch.Note)
		e.Bool(ch.Major)
	})
	e.String(c.Withdrawn.Reason)
	encodeValue(e, &c.Withdrawn.Replacement)
	encodeValue(e, &c.Image.Src)
	e.String(c.Image.Alt)
	e.String(c.Image.Credit)
	e.String(c.Image.CreditURL)
	e.String(c.Image.Caption)
	cache.Slice(e, c.Aliases, encodeValue)
	cache.Slice(e, c.Refs, encodeRef)
	cache.Slice(e, c.Headings, encodeHeading)
	e.Strings(c.IDs)
	e.String(c.Quotes)
	e.Int(c.Words)
	e.String(string(c.Terms))
	encodePlace(e, &c.TitleAt)
}

// Decode reads what Encode wrote.
func (c *Card) Decode(d *cache.Decoder) {
	c.ID = ID(d.String())
	c.File = d.String()
	c.Kind = Kind(d.Uint())
	c.Title = d.String()
	c.Description = d.String()
	c.setBits(d.Uint())
	c.Language = d.String()
	c.Topics = d.Strings()
	c.Audience = d.Strings()
	c.Keywords = d.Strings()
	c.Owner = d.String()
	c.Authors = d.Strings()
	c.Weight = d.Int()
	c.Parent = d.String()
	c.Steps = cache.ReadSlice(d, decodeStep)
	for _, date := range c.dates() {
		decodeDate(d, date)
	}
	c.ReviewEvery.Years = d.Int()
	c.ReviewEvery.Months = d.Int()
	c.ReviewEvery.Days = d.Int()
	c.Changes = cache.ReadSlice(d, func(d *cache.Decoder, ch *Change) {
		decodeDate(d, &ch.Date)
		ch.Note = d.String()
		ch.Major = d.Bool()
	})
	c.Withdrawn.Reason = d.String()
	decodeValue(d, &c.Withdrawn.Replacement)
	decodeValue(d, &c.Image.Src)
	c.Image.Alt = d.String()
	c.Image.Credit = d.String()
	c.Image.CreditURL = d.String()
	c.Image.Caption = d.String()
	c.Aliases = cache.ReadSlice(d, decodeValue)
	c.Refs = cache.ReadSlice(d, decodeRef)
	c.Headings = cache.ReadSlice(d, decodeHeading)
	c.IDs = d.Strings()
	c.Quotes = d.String()
	c.Words = d.Int()
	c.Terms = Terms(d.String())
	decodePlace(d, &c.TitleAt)
}

// dates are all dates of the card but those of its changes.
func (c *Card) dates() [6]*Date {
	return [...]*Date{&c.Published, &c.Updated, &c.Reviewed, &c.PublishOn, &c.Expires, &c.Withdrawn.Date}
}

// bits packs what is yes or no.
func (c *Card) bits() (n uint64) {
	for i, b := range [...]bool{c.DescriptionGiven, c.Draft, c.Unlisted, c.NoIndex, c.Held} {
		if b {
			n |= 1 << i
		}
	}
	for i, t := range [...]Tristate{c.Embed, c.Share, c.Search} {
		n |= uint64(t&3) << (5 + 2*i)
	}
	return n
}

func (c *Card) setBits(n uint64) {
	for i, b := range [...]*bool{&c.DescriptionGiven, &c.Draft, &c.Unlisted, &c.NoIndex, &c.Held} {
		*b = n>>i&1 != 0
	}
	for i, t := range [...]*Tristate{&c.Embed, &c.Share, &c.Search} {
		*t = Tristate(n >> (5 + 2*i) & 3)
	}
}

func encodeDate(e *cache.Encoder, d *Date) {
	e.String(d.Text)
	if d.IsZero() {
		return
	}
	e.Int(int(d.Unix))
	e.Int(d.Line)
	e.Int(d.Column)
}

func decodeDate(d *cache.Decoder, date *Date) {
	if date.Text = d.String(); date.Text == "" {
		*date = Date{}
		return
	}
	date.Unix = int64(d.Int())
	date.Line = d.Int()
	date.Column = d.Int()
}

func encodePlace(e *cache.Encoder, p *Place) {
	e.Int(p.Line)
	e.Int(p.Col)
	e.Int(p.EndCol)
}

func decodePlace(d *cache.Decoder, p *Place) {
	p.Line = d.Int()
	p.Col = d.Int()
	p.EndCol = d.Int()
}

func encodeValue(e *cache.Encoder, v *Value) {
	e.String(v.Text)
	encodePlace(e, &v.Place)
}

func decodeValue(d *cache.Decoder, v *Value) {
	v.Text = d.String()
	decodePlace(d, &v.Place)
}

func encodeRef(e *cache.Encoder, r *Ref) {
	e.Uint(uint64(r.Kind))
	e.String(r.Target)
	e.String(r.Text)
	e.Int(r.Line)
	e.Int(r.Col)
	e.Int(r.EndCol)
	e.String(r.Key)
	e.String(r.Fragment)
	e.String(r.Query)
	e.String(r.Alt)
	e.Uint(uint64(r.Scheme))
	e.Uint(uint64(r.Use))
	e.String(r.File)
	e.Uint(uint64(r.Quote.Linked))
	if r.Quote.Linked > 0 {
		e.Uint(uint64(r.Quote.At))
		e.Uint(uint64(r.Quote.Before))
		e.Uint(uint64(r.Quote.After))
	}
}

func decodeRef(d *cache.Decoder, r *Ref) {
	r.Kind = markdown.RefKind(d.Uint())
	r.Target = d.String()
	r.Ref.Text = d.String()
	r.Line = d.Int()
	r.Col = d.Int()
	r.EndCol = d.Int()
	r.Key = d.String()
	r.Fragment = d.String()
	r.Query = d.String()
	r.Alt = d.String()
	r.Scheme = Scheme(d.Uint())
	r.Use = Use(d.Uint())
	r.File = d.String()
	r.Quote = Quote{Linked: uint16(d.Uint())}
	if r.Quote.Linked > 0 {
		r.Quote.At = uint32(d.Uint())
		r.Quote.Before = uint16(d.Uint())
		r.Quote.After = uint16(d.Uint())
	}
}

func encodeStep(e *cache.Encoder, s *Step) {
	e.String(s.Title)
	e.String(s.Text)
	e.Int(s.Links)
	encodePlace(e, &s.Place)
}

func decodeStep(d *cache.Decoder, s *Step) {
	s.Title = d.String()
	s.Text = d.String()
	s.Links = d.Int()
	decodePlace(d, &s.Place)
}

func encodeHeading(e *cache.Encoder, h *markdown.Heading) {
	e.Int(h.Level)
	e.String(h.ID)
	e.String(h.Text)
	e.String(h.HTML)
	e.Int(h.Line)
	e.Int(h.Col)
}

func decodeHeading(d *cache.Decoder, h *markdown.Heading) {
	h.Level = d.Int()
	h.ID = d.String()
	h.Text = d.String()
	h.HTML = d.String()
	h.Line = d.Int()
	h.Col = d.Int()
}

// Encode writes what of the page is not in its card.
func (p *Page) Encode(e *cache.Encoder) {
	body := p.Body
	if body == nil {
		body = &markdown.Body{}
	}
	body.Encode(e)
	e.String(p.Layout)
	if p.Layout != "" {
		e.String(p.LayoutAt.File)
		e.Int(p.LayoutAt.Line)
		e.Int(p.LayoutAt.Col)
	}
	e.Bool(p.Action != nil)
	if p.Action != nil {
		encodeLink(e, p.Action)
	}
	cache.Slice(e, p.Sources, encodeLink)
	e.Bool(p.Params != nil)
	if p.Params != nil {
		encodeParam(e, p.Params)
	}
}

// Decode reads what Encode wrote. Where p has its card, the body gets back
// from it the references, headings, ids and count of words.
func (p *Page) Decode(d *cache.Decoder) {
	p.Body = &markdown.Body{}
	p.Body.Decode(d)
	if c := p.Card; c != nil {
		p.Body.Headings, p.Body.IDs, p.Body.Words = c.Headings, c.IDs, c.Words
		n := 0
		for n < len(c.Refs) && c.Refs[n].Use == UseBody {
			n++
		}
		if n > 0 {
			p.Body.Refs = make([]markdown.Ref, n)
			for i := range p.Body.Refs {
				p.Body.Refs[i] = c.Refs[i].Ref
			}
		}
	}
	p.Layout, p.LayoutAt = d.String(), diag.Pos{}
	if p.Layout != "" {
		p.LayoutAt = diag.Pos{File: d.String(), Line: d.Int(), Col: d.Int()}
	}
	p.Action = nil
	if d.Bool() {
		p.Action = new(Link)
		decodeLink(d, p.Action)
	}
	p.Sources = cache.ReadSlice(d, decodeLink)
	p.Params = nil
	if d.Bool() {
		p.Params, _ = decodeParam(d, 0).(map[string]any)
	}
}

func encodeLink(e *cache.Encoder, l *Link) {
	e.String(l.Text)
	encodeValue(e, &l.URL)
}

func decodeLink(d *cache.Decoder, l *Link) {
	l.Text = d.String()
	decodeValue(d, &l.URL)
}

// The sorts of params.
const (
	paramNil = iota
	paramFalse
	paramTrue
	paramInt
	paramFloat
	paramText
	paramList
	paramTable
)

// encodeParam writes a value of params; tables in order of their keys, so that
// equal pages have equal bytes.
func encodeParam(e *cache.Encoder, v any) {
	switch v := v.(type) {
	case bool:
		if v {
			e.Uint(paramTrue)
		} else {
			e.Uint(paramFalse)
		}
	case int:
		e.Uint(paramInt)
		e.Int(v)
	case float64:
		e.Uint(paramFloat)
		e.Float(v)
	case string:
		e.Uint(paramText)
		e.String(v)
	case []any:
		e.Uint(paramList)
		e.Uint(uint64(len(v)))
		for _, item := range v {
			encodeParam(e, item)
		}
	case map[string]any:
		e.Uint(paramTable)
		e.Uint(uint64(len(v)))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			e.String(k)
			encodeParam(e, v[k])
		}
	default:
		e.Uint(paramNil)
	}
}

func decodeParam(d *cache.Decoder, depth int) any {
	sort := d.Uint()
	if d.Err != nil {
		return nil
	}
	switch sort {
	case paramFalse:
		return false
	case paramTrue:
		return true
	case paramInt:
		return d.Int()
	case paramFloat:
		return d.Float()
	case paramText:
		return d.String()
	case paramList, paramTable:
		if depth > values.MaxDepth+4 { // dotted targets of front_matter.map may add a few
			d.Err = cache.ErrDamaged
			return nil
		}
		n := d.Len()
		if sort == paramList {
			list := make([]any, n)
			for i := range list {
				list[i] = decodeParam(d, depth+1)
			}
			return list
		}
		table := make(map[string]any, n)
		for range n {
			k := d.String()
			table[k] = decodeParam(d, depth+1)
		}
		return table
	}
	return nil
}

// Shown returns the digest of what lists and links on other pages may show of
// the card, or order it by.
func (c *Card) Shown() cache.Digest {
	e := cache.Encoder{B: make([]byte, 0, 512)}
	e.String(string(c.ID))
	e.Uint(uint64(c.Kind))
	e.String(c.Title)
	e.String(c.Description)
	// Held and DescriptionGiven are seen nowhere else.
	e.Uint(c.bits() &^ (1<<0 | 1<<4))
	e.String(c.Language)
	e.Strings(c.Topics)
	e.Strings(c.Audience)
	e.Strings(c.Keywords)
	e.String(c.Owner)
	e.Strings(c.Authors)
	e.Int(c.Weight)
	e.String(c.Parent)
	for _, d := range c.dates() {
		e.String(d.Text)
	}
	e.Int(c.ReviewEvery.Years)
	e.Int(c.ReviewEvery.Months)
	e.Int(c.ReviewEvery.Days)
	e.Uint(uint64(len(c.Changes)))
	for i := range c.Changes {
		e.String(c.Changes[i].Date.Text)
		e.String(c.Changes[i].Note)
		e.Bool(c.Changes[i].Major)
	}
	e.String(c.Withdrawn.Reason)
	e.String(c.Withdrawn.Replacement.Text)
	e.String(c.Image.Src.Text)
	e.String(c.Image.Alt)
	e.String(c.Image.Credit)
	e.String(c.Image.CreditURL)
	e.String(c.Image.Caption)
	// The same src is another picture when the file has moved.
	for i := range c.Refs {
		if c.Refs[i].Use == UseImage {
			e.String(c.Refs[i].Key)
		}
	}
	return cache.Sum(e.B)
}
