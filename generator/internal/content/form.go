package content

import (
	"strconv"
	"strings"

	"guidepost/generator/internal/values"
)

// as writes a key and its value, which is given as YAML, in a form of front
// matter: a hint shows what can be pasted.
func as(form byte, key, value string) string {
	if form != formTOML && form != formJSON {
		return key + ": " + value
	}
	root, _ := values.YAML([]byte("value: "+value), values.Options{})
	n := root.Get("value")
	if n == nil {
		return key + ": " + value // a test writes every example
	}
	var b strings.Builder
	if form == formTOML {
		b.WriteString(key + " = ")
	} else {
		b.WriteString(strconv.Quote(key) + ": ")
	}
	writeAs(&b, form, n)
	return b.String()
}

func writeAs(b *strings.Builder, form byte, n *values.Node) {
	switch n.Kind {
	case values.List:
		b.WriteByte('[')
		for i := range n.List {
			if i > 0 {
				b.WriteString(", ")
			}
			writeAs(b, form, &n.List[i])
		}
		b.WriteByte(']')
	case values.Table:
		b.WriteByte('{')
		for i := range n.Table {
			e := &n.Table[i]
			if i > 0 {
				b.WriteString(", ")
			}
			if form == formTOML {
				b.WriteString(e.Key + " = ")
			} else {
				b.WriteString(strconv.Quote(e.Key) + ": ")
			}
			writeAs(b, form, &e.Val)
		}
		b.WriteByte('}')
	default:
		_, err := strconv.Atoi(n.Text)
		_, why, _ := ParseDate(n.Text, nil)
		if n.Text == "true" || n.Text == "false" || err == nil || form == formTOML && why == "" {
			b.WriteString(n.Text)
			return
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n.Text) + `"`)
	}
}

// foreign are keys of other tools, as [plainKey] leaves them, and the key that
// says it here; where there is none, what can be done instead.
var foreign = [...]struct{ names, key, way string }{
	{names: "date created createdat pubdate datepublished firstpublished", key: "published"},
	{names: "lastmod lastmodified lastmodifiedat modified modifiedat updatedat lastupdated dateupdated datemodified", key: "updated"},
	{names: "lastreviewed lastreviewedon reviewedon revieweddate", key: "reviewed"},
	{names: "tags tag categories category subjects", key: "topics"},
	{names: "summary excerpt abstract metadescription lede lead intro standfirst seodescription", key: "description"},
	{names: "heading pagetitle h1", key: "title"},
	{names: "author byline writer", key: "authors"},
	{names: "redirectfrom redirects oldurls", key: "aliases"},
	{names: "featuredimage coverimage cover thumbnail heroimage headerimage cardimage ogimage banner", key: "image.src"},
	{names: "order position navorder menuorder", key: "weight"},
	{names: "lang locale", key: "language"},
	{names: "robots sitemap", way: "write noindex: true to keep the page from search engines, or keep the key by front_matter.map: {%s: params.%s}"},
	{names: "permalink url path", way: "the path of the file is the address here: move the file, write slug: for the address's last part, or keep it as an old address by front_matter.map: {%s: aliases}"},
}

// elsewhere returns what to do about the key of another tool, or "".
func elsewhere(key string) string {
	plain := plainKey(key)
	for i := range foreign {
		f := &foreign[i]
		for name := range strings.FieldsSeq(f.names) {
			if name != plain {
				continue
			}
			if f.way != "" {
				return strings.ReplaceAll(f.way, "%s", key)
			}
			return "write " + f.key + ", or have it read as that on all pages by front_matter.map: {" + key + ": " + f.key + "} in site.yaml"
		}
	}
	return ""
}
