package output

import (
	"bytes"
	"html/template"
	"strings"

	"golang.org/x/net/html"
)

// A guide's printable whole is put together from the bodies of its parts as
// they were rendered for their own pages. Rejected: to render each body a
// second time for it. Then an id or a level of heading that is right on the
// part's page and wrong here, or the other way round, would be two bugs.

// whole fills in the printable page of a guide: the guide's own text, then
// that of each part.
func (m *Maker) whole(e *Env, s *sheet, j Job) error {
	in := e.View.PartOf(j.ID)
	if s.entry == nil || in.Guide == nil || in.Guide.Page.ID != s.entry.ID || len(in.Guide.Parts) == 0 {
		return stale(j)
	}
	m.written(e, s)
	s.noindex = true
	s.canonical = pageURL(j.ID)
	s.heading = s.Title + " – " + wordsIn(s.Language).whole
	s.Contents = nil
	s.Edit = ""
	s.Guide = m.guide(s.at, in.Guide, -1)

	here := s.at
	here.sections = map[string]string{s.canonical: partID(0)}
	for i, p := range in.Guide.Parts {
		here.sections[pageURL(p.ID)] = partID(i + 1)
	}
	s.Body = fitIn(m.body(e, here, s.entry.Card, s.own.Body), partID(0), 0)
	for i, p := range in.Guide.Parts {
		// All of its card is asked for, as its text may show all of it.
		n := e.View.Entry(p.ID)
		if n == nil {
			return stale(j)
		}
		own, err := e.Article(n.File)
		if err != nil {
			return err
		}
		part := &s.Guide.Parts[i]
		part.ID = partID(i + 1)
		part.URL = template.URL("#" + part.ID)
		part.Body = fitIn(m.body(e, here, n.Card, own.Body), part.ID, 1)
		s.Words += n.Words
	}
	s.Minutes = minutes(s.Words)
	return nil
}

// partID is the id of a part in the printable whole; of the guide's own text
// for 0. Ids within it begin with it and a hyphen, so none is there twice.
func partID(n int) string { return "p" + itoa(n) }

// inPage begins an address that leads to a place in the printable whole. No
// body holds this character.
const inPage = "\x01"

// section returns the address of url in the printable whole that at is, if
// url leads to one of its parts.
func (at *place) section(url string) (string, bool) {
	path, fragment, _ := strings.Cut(url, "#")
	path, _, _ = strings.Cut(path, "?")
	id, ok := at.sections[path]
	if !ok {
		return "", false
	}
	if fragment != "" && fragment != "top" {
		id += "-" + fragment
	}
	return inPage + id, true
}

// idAttributes are those that hold ids of the page, one or several.
var idAttributes = map[string]bool{
	"id": true, "for": true, "headers": true, "list": true, "form": true, "popovertarget": true, "commandfor": true,
	"aria-activedescendant": true, "aria-controls": true, "aria-describedby": true, "aria-details": true,
	"aria-errormessage": true, "aria-flowto": true, "aria-labelledby": true, "aria-owns": true,
}

// fitIn returns a body as a part of a larger page: its ids, and all that refers
// to them, begin with prefix, and its headings stand so many levels lower, 6 at
// most. All else stays as it is, byte for byte.
func fitIn(body template.HTML, prefix string, lower int) template.HTML {
	src := []byte(body)
	out := bytes.NewBuffer(make([]byte, 0, len(src)+len(src)/8))
	z := html.NewTokenizer(bytes.NewReader(src))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			// At its end; what cannot be a tag any more is text.
			out.Write(z.Raw())
			break
		}
		raw := z.Raw()
		if kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken {
			out.Write(raw)
			continue
		}
		raw = bytes.Clone(raw) // the tokenizer changes it in place
		name, more := z.TagName()
		level := headingLevel(name)
		if level > 0 {
			level = min(level+lower, 6)
		}
		if kind == html.EndTagToken {
			if level > 0 {
				out.WriteString("</h" + itoa(level) + ">")
			} else {
				out.Write(raw)
			}
			continue
		}
		tag := string(name)
		if level > 0 {
			tag = "h" + itoa(level)
		}
		b := append(append(make([]byte, 0, len(raw)+16), '<'), tag...)
		changed := level > 0 && lower > 0
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			k, v := string(key), string(value)
			to := refit(k, v, prefix)
			changed = changed || to != v
			b = append(append(b, ' '), k...)
			if to != "" {
				b = append(appendEscaped(append(b, '=', '"'), to), '"')
			}
		}
		if !changed {
			out.Write(raw)
			continue
		}
		if kind == html.SelfClosingTagToken {
			b = append(b, ' ', '/')
		}
		out.Write(append(b, '>'))
	}
	return template.HTML(out.String())
}

// refit returns the value of an attribute as it is in the larger page.
func refit(key, value, prefix string) string {
	switch {
	case value == "":
		return value
	case idAttributes[key]:
		ids := strings.Fields(value)
		for i := range ids {
			ids[i] = prefix + "-" + ids[i]
		}
		return strings.Join(ids, " ")
	case strings.HasPrefix(value, inPage):
		return "#" + value[len(inPage):]
	case key == "href" || key == "xlink:href":
		if value == "#top" || value == "#" {
			return "#" + prefix
		}
		if value[0] == '#' {
			return "#" + prefix + "-" + value[1:]
		}
	case strings.HasPrefix(value, "url(#"):
		return "url(#" + prefix + "-" + value[len("url(#"):]
	}
	return value
}

// headingLevel returns the level of a heading's tag, or zero.
func headingLevel(name []byte) int {
	if len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' {
		return int(name[1] - '0')
	}
	return 0
}
