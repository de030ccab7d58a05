package content

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/values"
)

// A resolver makes references independent of where they are written.
type resolver struct {
	file string
	dir  string // folder of the file below content/, "" for content/ itself
	id   ID     // of the page
	open bool   // any word makes a topic
}

// fault is what is wrong with a reference.
type fault struct{ rule, message, hint string }

// resolve fills in what target leads to. img is true where it names a picture.
func (rs *resolver) resolve(ref *Ref, target string, img bool) *fault {
	ref.Scheme = SchemeNone
	t := strings.TrimSpace(target)
	if t == "" {
		return &fault{"broken-link", "an address is missing", "write the address between the parentheses: [text](../cv/template.md)"}
	}
	if r := unsafeRune(t); r >= 0 {
		return &fault{"bad-address", fmt.Sprintf("the address %q has the invisible character %U in it", values.Clip(t), r), "type the address afresh"}
	}
	if scheme := schemeOf(t); scheme != "" {
		return rs.external(ref, t, scheme, img)
	}
	if strings.HasPrefix(t, "//") || strings.HasPrefix(t, `\`) || strings.HasPrefix(t, `/\`) {
		return &fault{"bad-address", fmt.Sprintf("the address %q leads to another site without saying how", values.Clip(t)), "begin it with https:// for another site, with one / for this one"}
	}
	t, fragment, _ := strings.Cut(t, "#")
	p, query, _ := strings.Cut(t, "?")
	ref.Fragment, ref.Query = unescape(fragment), query
	if p == "" {
		if img {
			return &fault{"broken-link", fmt.Sprintf("%q names no picture", values.Clip(target)), "write the picture's path"}
		}
		ref.Scheme, ref.Key = SchemePage, rs.id.URL()
		return nil
	}
	if strings.Contains(p, "%") {
		d, err := url.PathUnescape(p)
		if err != nil || !utf8.ValidString(d) || unsafeRune(d) >= 0 {
			return &fault{"bad-address", fmt.Sprintf("the address %q has a bad %%-escape in it", values.Clip(target)), "write the character itself; a % is %25"}
		}
		p = d
	}
	if strings.Contains(p, `\`) {
		return &fault{"bad-address", fmt.Sprintf(`the address %q has a \ in it`, values.Clip(target)), "separate folders by /"}
	}
	p = nfc(p)
	rooted := p[0] == '/'
	base := rs.dir
	if rooted {
		base = ""
	}
	key, ok := climb(base, p)
	if !ok {
		return &fault{"broken-link", fmt.Sprintf("the address %q climbs out of the site", values.Clip(target)), "take away one ../, or write it from the root: /cv/template/"}
	}
	last := p[strings.LastIndexByte(p, '/')+1:]
	name := last
	if last != "" && last != "." && last != ".." {
		name = key[strings.LastIndexByte(key, '/')+1:]
	}
	switch {
	case img:
		ref.Scheme, ref.Key = SchemeFile, "/"+key
		return nil
	case strings.HasSuffix(name, ".md") && name == last:
		id, _ := FileID(root + key)
		ref.Scheme, ref.Key = SchemePage, id.URL()
		return nil
	case name == "index.html" && name == last:
		ref.Scheme, ref.Key = SchemePage, ID(strings.TrimSuffix(strings.TrimSuffix(key, name), "/")).URL()
		return nil
	case hasExtension(last):
		ref.Scheme, ref.Key = SchemeFile, "/"+key
		return nil
	}
	ref.Scheme, ref.Key = SchemePage, ID(key).URL()
	if !rooted {
		if alt, ok := climb(string(rs.id), p); ok && alt != key {
			ref.Alt = ID(alt).URL()
		}
	}
	return nil
}

// external fills in an address with a scheme.
func (rs *resolver) external(ref *Ref, t, scheme string, img bool) *fault {
	switch scheme {
	case "http", "https":
		u, err := url.Parse(t)
		if err != nil || u.Host == "" || strings.ContainsAny(u.Host, `\ `) || strings.Contains(t, `\`) {
			return &fault{"bad-address", fmt.Sprintf("the address %q is not whole", values.Clip(t)), "write it as https://www.example.org/page"}
		}
		if u.User != nil {
			return &fault{"bad-address", fmt.Sprintf("the address %q has a user's name in it", values.Clip(t)), "leave out what stands before the @"}
		}
	case "mailto", "tel":
		if img || len(t) == len(scheme)+1 {
			return &fault{"bad-address", fmt.Sprintf("the address %q leads nowhere", values.Clip(t)), "write it as mailto:name@example.org or tel:+441234567890"}
		}
	case "data":
		// Pictures in the page itself are harmless; SVG can hold scripts.
		ok := false
		for _, kind := range [...]string{"png", "jpeg", "gif", "webp", "avif"} {
			ok = ok || len(t) > 20 && (strings.EqualFold(t[:len("data:image/"+kind+";")], "data:image/"+kind+";") || strings.EqualFold(t[:len("data:image/"+kind+",")], "data:image/"+kind+","))
		}
		if !img || !ok {
			return &fault{"bad-address", fmt.Sprintf("an address may not begin with data: (%q)", values.Clip(t)), "put the file into content/ and link to it"}
		}
	default:
		hint := "an address begins with https:, http:, mailto: or tel:, or is a path on this site"
		if len(scheme) == 1 {
			hint = "put the file into content/ and link to it by its path there"
		}
		return &fault{"bad-address", fmt.Sprintf("an address may not begin with %s: (%q)", scheme, values.Clip(t)), hint}
	}
	ref.Scheme, ref.Key = SchemeExternal, t
	return nil
}

// schemeOf returns the scheme with which an address begins, in lower case.
func schemeOf(t string) string {
	for i := 0; i < len(t); i++ {
		switch c := t[i] | 0x20; {
		case c >= 'a' && c <= 'z':
		case i > 0 && (t[i] >= '0' && t[i] <= '9' || t[i] == '+' || t[i] == '-' || t[i] == '.'):
		case t[i] == ':' && i > 0:
			return strings.ToLower(t[:i])
		default:
			return ""
		}
	}
	return ""
}

// unsafeRune returns a character that must not stand in an address, since a
// browser drops it and so reads another address than people see; or -1.
func unsafeRune(s string) rune {
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f:
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\u200c' && r != '\u200d':
			return r
		}
	}
	return -1
}

// climb returns the path p, taken from the folder base, without "." and "..";
// false if it leads above the root.
func climb(base, p string) (string, bool) {
	segs := make([]string, 0, 16)
	for seg := range strings.SplitSeq(base, "/") {
		if seg != "" {
			segs = append(segs, seg)
		}
	}
	for seg := range strings.SplitSeq(p, "/") {
		switch seg {
		case "", ".":
		case "..":
			if len(segs) == 0 {
				return "", false
			}
			segs = segs[:len(segs)-1]
		default:
			segs = append(segs, seg)
		}
	}
	return strings.Join(segs, "/"), true
}

// hasExtension reports whether name is a file's: "form.pdf", and not "v1.2".
func hasExtension(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || len(name)-i > 11 || i+1 == len(name) {
		return false
	}
	letter := false
	for _, c := range []byte(name[i+1:]) {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letter = true
		case c < '0' || c > '9':
			return false
		}
	}
	return letter
}

// unescape decodes a fragment, or leaves it as it is.
func unescape(s string) string {
	if strings.Contains(s, "%") {
		if d, err := url.PathUnescape(s); err == nil && utf8.ValidString(d) {
			s = d
		}
	}
	return nfc(s)
}

// plain returns s trimmed, its blanks collapsed.
func plain(s string) string {
	if !strings.ContainsAny(s, "\t\n\r\u00a0") && !strings.Contains(s, "  ") {
		return nfc(strings.TrimSpace(s))
	}
	return nfc(strings.Join(strings.Fields(s), " "))
}

// wiki fills in what a wikilink names.
func (rs *resolver) wiki(ref *Ref, target string) *fault {
	t, fragment, _ := strings.Cut(target, "#")
	ref.Fragment = plain(fragment)
	t = plain(t)
	if t == "" {
		if ref.Fragment == "" {
			return &fault{"broken-link", "a title or path is missing between [[ and ]]", "write [[Cover letters]] or [[cv/template]]"}
		}
		ref.Scheme, ref.Key = SchemePage, rs.id.URL()
		return nil
	}
	if strings.Contains(t, "/") {
		if t = strings.Trim(t, "/"); t == "" {
			ref.Scheme, ref.Key = SchemePage, "/"
			return nil
		}
	}
	t = strings.TrimSuffix(t, ".md")
	ref.Scheme, ref.Key = SchemeTitle, FoldKey(t)
	if strings.Contains(target, "#") {
		ref.Alt = FoldKey(plain(target)) // a title may have the sign in it: "C# jobs"
	}
	return nil
}

func (rs *resolver) topic(word string) string {
	word = plain(word)
	if rs.open {
		return topicSlug(word)
	}
	return word
}

// body makes the references of a body; problems are told at their places.
func (rs *resolver) body(refs []markdown.Ref, diags *diag.List, spare int) []Ref {
	out := make([]Ref, len(refs), len(refs)+spare)
	for i := range refs {
		r := &out[i]
		r.Ref = refs[i]
		var f *fault
		switch r.Kind {
		case markdown.RefWiki:
			f = rs.wiki(r, r.Target)
		case markdown.RefTopic:
			r.Scheme, r.Key = SchemeTopic, rs.topic(r.Target)
		case markdown.RefTerm:
			r.Scheme, r.Key = SchemeTerm, plain(r.Target)
		case markdown.RefFact:
			r.Scheme, r.Key = SchemeFact, plain(r.Target)
		default:
			f = rs.resolve(r, r.Target, r.Kind == markdown.RefImage)
		}
		if f == nil && r.Key == "" {
			f = &fault{"broken-link", "a name is missing after the colon", "write [[topic:cv]], [[term:ATS]] or [[fact:notice-period]]"}
			r.Scheme = SchemeNone
		}
		if f != nil {
			*r = Ref{Ref: r.Ref, Use: r.Use}
			tell(diags, diag.Pos{File: rs.file, Line: r.Line, Col: r.Col}, r.EndCol, f)
		}
	}
	return out
}

func tell(diags *diag.List, pos diag.Pos, end int, f *fault) {
	d := diags.Errorf(pos, f.rule, "%s", f.message)
	d.EndCol, d.Hint = end, f.hint
}

// alias returns an old address of a page as it is kept: rooted, in NFC, with a
// slash at its end where it names no file. Nothing is decoded. One that does not
// begin with / is seen from above the page's address, as Hugo has it.
func (rs *resolver) alias(s string) (string, *fault) {
	bad := func(why, hint string) (string, *fault) {
		return "", &fault{"bad-alias", fmt.Sprintf("the alias %q %s", values.Clip(s), why), hint}
	}
	t := nfc(strings.TrimSpace(s))
	switch {
	case t == "":
		return bad("is empty", "write the old address from the root: /old/page/")
	case schemeOf(t) != "":
		hint := "write the old address from the root: /old/page/"
		if u, err := url.Parse(t); err == nil && u.Host != "" && strings.HasPrefix(u.Path, "/") {
			hint = "leave out the site: " + u.Path
		}
		return bad("names a site", hint)
	case strings.Contains(t, "{{") || strings.Contains(t, "/:"):
		return bad("is a pattern, which another tool fills in", "write the address that the page had: /advice/page/")
	case strings.HasPrefix(t, "//") || strings.Contains(t, `\`):
		return bad("may lead to another site", "begin it with one /")
	case strings.ContainsAny(t, "?#"):
		return bad("has a ? or # in it, which no static site can answer", "leave out what stands from there on")
	case strings.Contains(t, "%"):
		hint := "write the characters themselves"
		if d, err := url.PathUnescape(t); err == nil && utf8.ValidString(d) && unsafeRune(d) < 0 {
			hint += ": " + values.Clip(d)
		}
		return bad("has a % in it", hint)
	case t == "/":
		return bad("is the home page", "an alias is an address that no page has")
	}
	if t[0] != '/' {
		parent := string(rs.id)
		p, ok := climb(parent[:strings.LastIndexByte(parent, '/')+1], t)
		if !ok || p == "" {
			return bad("climbs out of the site", "write the old address from the root: /old/page/")
		}
		if strings.HasSuffix(t, "/") {
			p += "/"
		}
		t = "/" + p
	}
	p := strings.Trim(t, "/")
	if why := CheckPath(p); why != "" {
		return bad(why, "choose an address without it, or lead it here by the server's own settings")
	}
	if hasExtension(p[strings.LastIndexByte(p, '/')+1:]) && !strings.HasSuffix(t, "/") {
		return "/" + p, nil
	}
	return "/" + p + "/", nil
}
