package output

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// An oEmbed is what https://oembed.com calls a response of type rich. It is a
// file, so it cannot follow the maxwidth and maxheight that somebody asks for.
type oEmbed struct {
	Type         string `json:"type"`
	Version      string `json:"version"`
	Title        string `json:"title"`
	AuthorName   string `json:"author_name,omitempty"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	CacheAge     int    `json:"cache_age"`
	// A thumbnail has all three or none.
	ThumbnailURL    string `json:"thumbnail_url,omitempty"`
	ThumbnailWidth  int    `json:"thumbnail_width,omitempty"`
	ThumbnailHeight int    `json:"thumbnail_height,omitempty"`
	HTML            string `json:"html"`
	Width           int    `json:"width"`
	Height          int    `json:"height"`
}

// The size of the frame that oEmbed offers: what is longer scrolls in it.
const (
	oEmbedWidth     = 600
	oEmbedMostHigh  = 800
	oEmbedCacheTime = 3600 // seconds
)

func (m *Maker) oEmbed(j Job, e *Env) ([]byte, error) {
	f, err := m.fragment(j, e)
	if err != nil {
		return nil, err
	}
	page := m.abs(f.canonical)
	o := oEmbed{
		Type: "rich", Version: "1.0", Title: f.Title, AuthorName: shown(cmp.Or(strings.Join(f.Authors, ", "), f.Owner)),
		ProviderName: shown(cmp.Or(m.o.PublisherName, m.o.Title)), ProviderURL: m.o.BaseURL + "/", CacheAge: oEmbedCacheTime,
		Width: oEmbedWidth, Height: min(f.height(oEmbedWidth, plainText(f.html)), oEmbedMostHigh),
	}
	if p := f.picture.shown; p != nil && p.Width > 0 && p.Height > 0 {
		o.ThumbnailURL, o.ThumbnailWidth, o.ThumbnailHeight = m.abs(f.picture.url), p.Width, p.Height
	}
	// WordPress lets through this much and in this order, and no attributes of
	// the quotation.
	var h headWriter
	h.raw("<blockquote>")
	h.tag("a", "href", page)
	h.raw(escaped(f.Title) + "</a></blockquote>")
	h.tag("iframe", "src", page+"embed/", "width", itoa(o.Width), "height", itoa(o.Height), "title", f.Title,
		"loading", "lazy", "frameborder", "0", "marginwidth", "0", "marginheight", "0")
	h.raw("</iframe>")
	o.HTML = string(h)
	return asJSON(&o)
}

// asJSON returns v as it is published. Its text may be put into a script
// element: <, > and & are escaped.
func asJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// A pageData is a page as data. Other programs rely on it: names are added,
// never changed. schema.go describes it.
type pageData struct {
	Version     int            `json:"version"`
	URL         string         `json:"url"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Language    string         `json:"language"`
	Direction   string         `json:"direction"`
	State       string         `json:"state"` // live, expired or withdrawn
	HTML        string         `json:"html"`
	Text        string         `json:"text"`
	Headings    []headingData  `json:"headings"`
	Topics      []linkData     `json:"topics"`
	Dates       datesData      `json:"dates"`
	Changes     []changeData   `json:"changes"`
	Owner       string         `json:"owner"`
	Authors     []string       `json:"authors"`
	Review      reviewData     `json:"review"`
	Image       *imageData     `json:"image"`
	Related     []linkData     `json:"related"`
	Links       []linkData     `json:"links"`
	Words       int            `json:"words"`
	Heights     map[string]int `json:"heights"` // pixels, by the width of the frame
	Embed       string         `json:"embed"`
	Card        string         `json:"card"`
	Body        string         `json:"body"`
	OEmbed      string         `json:"oembed"`
	Publisher   linkData       `json:"publisher"`
	Digest      string         `json:"digest"` // of html: "sha256-" and hexadecimal digits
}

type headingData struct {
	ID    string `json:"id"` // as in html
	Level int    `json:"level"`
	Text  string `json:"text"`
}

type linkData struct {
	URL         string `json:"url"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	External    bool   `json:"external,omitempty"`
}

type datesData struct {
	Published *string `json:"published"`
	Updated   *string `json:"updated"`
	Reviewed  *string `json:"reviewed"`
}

type changeData struct {
	Date  string `json:"date"`
	Note  string `json:"note"`
	Major bool   `json:"major"`
}

type reviewData struct {
	Last *string `json:"last"`
	Due  *string `json:"due"`
}

type imageData struct {
	URL       string `json:"url"`
	Alt       string `json:"alt"`
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Caption   string `json:"caption,omitempty"`
	Credit    string `json:"credit,omitempty"`
	CreditURL string `json:"credit_url,omitempty"`
}

// givenText returns a pointer to s, or nil where it is empty: null in JSON.
func givenText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// widths are those of the frames whose heights are told.
var widths = [...]int{320, 600, 900}

func (m *Maker) pageJSON(j Job, e *Env) ([]byte, error) {
	f, err := m.fragment(j, e)
	if err != nil {
		return nil, err
	}
	n, page := f.entry, m.abs(f.canonical)
	sum := sha256.Sum256(f.html)
	d := pageData{
		Version: 1, URL: page, Title: f.Title, Description: f.Description, Language: f.Language, Direction: f.Direction,
		State: cmp.Or(stateName(n.State), "live"),
		HTML:  string(f.html), Text: plainText(f.html), Headings: []headingData{}, Topics: []linkData{},
		Dates:   datesData{givenText(n.Published.Text), givenText(n.Updated.Text), givenText(n.Reviewed.Text)},
		Changes: []changeData{}, Owner: shown(n.Owner), Authors: append([]string{}, n.Authors...),
		Review:  reviewData{givenText(n.Reviewed.Text), givenText(n.ReviewDue)},
		Related: []linkData{}, Links: []linkData{}, Words: n.Words, Heights: map[string]int{},
		Embed: page + "embed/", Card: page + "card/", Body: page + fragmentFile, OEmbed: page + oEmbedFile,
		Publisher: linkData{Title: shown(cmp.Or(m.o.PublisherName, m.o.Title)), URL: cmp.Or(m.abs(safeURL(m.o.PublisherURL)), m.o.BaseURL+"/")},
		Digest:    "sha256-" + hex.EncodeToString(sum[:]),
	}
	for _, h := range n.Headings {
		d.Headings = append(d.Headings, headingData{f.prefix + "-" + h.ID, h.Level, h.Text})
	}
	for _, t := range f.Topics {
		d.Topics = append(d.Topics, linkData{URL: string(t.URL), Title: t.Text})
	}
	for _, c := range f.Changes {
		d.Changes = append(d.Changes, changeData{c.Date.ISO, c.Note, c.Major})
	}
	if p := f.picture.shown; p != nil {
		d.Image = &imageData{m.abs(f.picture.url), p.Alt, p.Width, p.Height, p.Caption, p.Credit, string(p.CreditURL)}
	}
	for _, r := range e.View.Related(n.ID) {
		d.Related = append(d.Related, linkData{URL: m.abs(pageURL(r.ID)), Title: shown(r.Title), Description: shown(r.Description)})
	}
	seen := map[string]bool{}
	for i := range n.Refs {
		r := &n.Refs[i]
		if r.Use != content.UseBody || r.Kind == markdown.RefImage || r.Scheme == content.SchemeFact {
			continue
		}
		t := e.View.Resolve(r)
		url := m.abs(t.URL)
		if url == "" || seen[url] || strings.HasPrefix(t.URL, f.canonical+"#") {
			continue
		}
		seen[url] = true
		d.Links = append(d.Links, linkData{URL: url, Title: shown(t.Title), External: t.External})
	}
	for _, w := range widths {
		d.Heights[itoa(w)] = f.height(w, d.Text)
	}
	return asJSON(&d)
}

// inLine are the elements whose text goes on in the same line.
var inLine = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.I: true, atom.Img: true, atom.Input: true, atom.Ins: true, atom.Kbd: true, atom.Label: true,
	atom.Mark: true, atom.Q: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strong: true,
	atom.Sub: true, atom.Sup: true, atom.Time: true, atom.U: true, atom.Var: true, atom.Wbr: true,
}

// plainText returns the text of a fragment, a line a block.
func plainText(fragment []byte) string {
	var b strings.Builder
	line := func() {
		if b.Len() > 0 && b.String()[b.Len()-1] != '\n' {
			b.WriteByte('\n')
		}
	}
	skip, pre := 0, 0
	z := html.NewTokenizer(bytes.NewReader(fragment))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return strings.TrimSpace(b.String())
		}
		if kind == html.TextToken {
			if skip > 0 {
				continue
			}
			text := string(z.Text())
			if pre > 0 {
				b.WriteString(text)
				continue
			}
			words := strings.Fields(text)
			if len(words) == 0 || isBlank(text[0]) {
				if b.Len() > 0 && !isBlank(b.String()[b.Len()-1]) {
					b.WriteByte(' ')
				}
			}
			b.WriteString(strings.Join(words, " "))
			if len(words) > 0 && isBlank(text[len(text)-1]) {
				b.WriteByte(' ')
			}
			continue
		}
		name, _ := z.TagName()
		a := atom.Lookup(name)
		step := 0
		switch kind {
		case html.StartTagToken:
			step = 1
		case html.EndTagToken:
			step = -1
		}
		switch a {
		case atom.Script, atom.Style, atom.Svg:
			skip = max(0, skip+step)
		case atom.Pre:
			pre = max(0, pre+step)
		}
		if !inLine[a] {
			line()
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// height returns about how high the page is in a frame of a width, as the
// built-in layouts show it: better too high than too low.
func (f *fragment) height(width int, text string) int {
	inner := min(width-40, 620)
	lines := func(text string, wide int) int { // tenths of a pixel a letter
		n := 0
		for line := range strings.SplitSeq(text, "\n") {
			n += max(1, (len([]rune(line))*wide/10+inner-1)/inner)
		}
		return n
	}
	high := 24 + lines(f.Title, 175)*38 + 60 + 110 // title, dates, foot
	if f.Description != "" {
		high += lines(f.Description, 100)*30 + 16
	}
	high += lines(text, 89)*28 + (strings.Count(text, "\n")+1)*12 + len(f.entry.Headings)*34
	if p := f.Image; p != nil {
		tall := inner * 2 / 3
		if p.Width > 0 && p.Height > 0 {
			tall = min(p.Width, inner) * p.Height / p.Width
		}
		high += tall + 40
	}
	return (high + 9) / 10 * 10
}
