package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	tags "golang.org/x/text/language"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/values"
)

// A reader reads the value of the setting p.key, which is not null, into
// p.config, or tells what is wrong with it.
type reader func(p *parser, n *values.Node)

// An item reads one value of a list, or tells what is wrong with it.
type item func(p *parser, n *values.Node) (string, bool)

// scalar returns the text of n, its blanks and line ends each made one blank.
func (p *parser) scalar(n *values.Node, hint string) (string, bool) {
	if n.Kind != values.Scalar {
		p.bad(n.Place, hint, "%s is %s", p.key, n.What())
		return "", false
	}
	s := strings.Join(strings.Fields(n.Text), " ")
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		p.bad(n.Place, "remove it", "%s holds an invisible character", p.key)
		return "", false
	}
	return s, true
}

// one makes a reader of a single value that may be left empty.
func one(hint string, read item, set func(*Config, string)) reader {
	return func(p *parser, n *values.Node) {
		s, ok := p.scalar(n, hint)
		if !ok {
			return
		}
		if s == "" {
			delete(p.seen, p.key) // as good as not written
			return
		}
		if s, ok := read(p, n); ok {
			set(&p.config, s)
		}
	}
}

// text reads any words.
func text(set func(*Config, string)) reader {
	const hint = "write one text"
	return one(hint, func(p *parser, n *values.Node) (string, bool) { return p.scalar(n, hint) }, set)
}

func boolean(set func(*Config, bool)) reader {
	return func(p *parser, n *values.Node) {
		if n.Kind == values.Scalar && !n.Quoted {
			switch strings.ToLower(n.Text) {
			case "true", "yes", "on":
				set(&p.config, true)
				return
			case "false", "no", "off":
				set(&p.config, false)
				return
			}
		}
		p.bad(n.Place, "write "+p.key+": true or "+p.key+": false", "%s is %s, where true or false is wanted", p.key, n.What())
	}
}

func number(least, most int, set func(*Config, int)) reader {
	return func(p *parser, n *values.Node) {
		if v, ok := p.number(n, least, most); ok {
			set(&p.config, v)
		}
	}
}

func (p *parser) number(n *values.Node, least, most int) (int, bool) {
	hint := fmt.Sprintf("write a whole number from %d to %d", least, most)
	if n.Kind != values.Scalar || n.Quoted {
		p.bad(n.Place, hint, "%s is %s, where a number is wanted", p.key, n.What())
		return 0, false
	}
	// YAML reads 010 and 1_0 as numbers that nobody meant.
	v, err := strconv.Atoi(n.Text)
	if err != nil || strconv.Itoa(v) != n.Text {
		p.bad(n.Place, hint, "%s is %s, where a number is wanted", p.key, n.What())
		return 0, false
	}
	if v < least || v > most {
		p.bad(n.Place, hint, "%s is %d", p.key, v)
		return 0, false
	}
	return v, true
}

// oneOf reads one of some words, and sets its index.
func oneOf(set func(*Config, int), words ...string) reader {
	return func(p *parser, n *values.Node) {
		if n.Kind == values.Scalar {
			if i := slices.Index(words, n.Text); i >= 0 {
				set(&p.config, i)
				return
			}
		}
		p.choice(n, p.key, words)
	}
}

// choice tells that n is none of words.
func (p *parser) choice(n *values.Node, what string, words []string) {
	hint := "write " + orList(words)
	switch {
	case n.Kind != values.Scalar:
	case slices.Contains(words, "off") && (n.Text == "no" || n.Text == "false"):
		hint = "write off"
	default:
		hint = diag.DidYouMean(diag.Nearest(n.Text, words, 1), hint)
	}
	p.bad(n.Place, hint, "%s is %s, which is not %s", what, n.What(), orList(words))
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// word reads one of some words in a list.
func word(what string, words ...string) item {
	return func(p *parser, n *values.Node) (string, bool) {
		if n.Kind == values.Scalar && slices.Contains(words, n.Text) {
			return n.Text, true
		}
		p.choice(n, what, words)
		return "", false
	}
}

// listOf reads a list, each value once.
func listOf(read item, set func(*Config, []string)) reader {
	return func(p *parser, n *values.Node) {
		if n.Kind != values.List {
			hint := "write a list"
			if n.Kind == values.Scalar {
				hint = fmt.Sprintf("write a list: %s: [%s]", lastPart(p.key), n.Text)
			}
			p.bad(n.Place, hint, "%s is %s, where a list is wanted", p.key, n.What())
			return
		}
		out := []string{}
		for i := range n.List {
			c := &n.List[i]
			if c.IsNull() {
				p.bad(c.Place, "write a value, or take the entry out", "%s has an empty entry", p.key)
				continue
			}
			s, ok := read(p, c)
			switch {
			case !ok:
			case slices.Contains(out, s):
				d := p.diags.Warnf(c.Pos(p.file), "duplicate-key", "%s names %s twice", p.key, values.Quote(c.Text))
				d.EndCol = c.EndCol
				d.Hint = "remove one of the two"
			default:
				out = append(out, s)
			}
		}
		set(&p.config, out)
	}
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// pairs reads a group of words, each with a text of its own.
func pairs(p *parser, n *values.Node, form string, each func(e *values.Entry)) {
	if n.Kind != values.Table {
		p.bad(n.Place, "write "+form, "%s is %s, where a group of keys is wanted", p.key, n.What())
		return
	}
	for i := range n.Table {
		each(&n.Table[i])
	}
}

func language(set func(*Config, string)) reader {
	const hint = "write a language tag: en-GB, cy, de"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		t, err := tags.Parse(n.Text)
		if err != nil || t == tags.Und {
			p.bad(n.Place, hint, "%s is %s, which is no language tag", p.key, values.Quote(n.Text))
			return "", false
		}
		return t.String(), true
	}, set)
}

func period(set func(*Config, content.Period)) reader {
	return func(p *parser, n *values.Node) {
		const hint = "write a number and days, weeks, months or years: 6 months"
		s, ok := p.scalar(n, hint)
		if !ok {
			return
		}
		v, ok := content.ParsePeriod(s)
		if !ok {
			p.bad(n.Place, hint, "%s is %s, which is no period", p.key, n.What())
			return
		}
		set(&p.config, v)
	}
}

// BaseURL returns s as the address of a site is kept, without a slash at its
// end, or says why it cannot be one: "has a query".
func BaseURL(s string) (base, why string) {
	u, why := parseWeb(s)
	if why != "" {
		return "", why
	}
	switch {
	case u.RawQuery != "" || u.ForceQuery:
		return "", "has a query"
	case strings.Contains(s, "#"):
		return "", "has a fragment"
	}
	if clean := strings.TrimSuffix(u.Path, "/"); clean != "" && path.Clean(clean) != clean {
		return "", "has an empty part, . or .. in its path"
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), ""
}

// parseWeb reads a whole address of the web, or says why it is none.
func parseWeb(s string) (*url.URL, string) {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, "has a blank in it"
	}
	if strings.ContainsAny(s, `\"<>^|`+"`") {
		return nil, "has a character in it that no address has"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, "is no web address"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "does not begin with https:// or http://"
	case u.User != nil:
		return nil, "has a user name in it"
	case u.Hostname() == "" || u.Opaque != "":
		return nil, "has no host"
	case !hostForm.MatchString(u.Host):
		return nil, fmt.Sprintf("has the host %q, which is not one (a host with other letters is written in its xn-- form)", u.Host)
	}
	return u, ""
}

// hostForm is a host name or an address in numbers, with or without a port.
var hostForm = regexp.MustCompile(`^(?i)([a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)

func baseURL(set func(*Config, string)) reader {
	const hint = "write the whole address at which the site is published: https://guidance.example.org"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		base, why := BaseURL(n.Text)
		if why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
		}
		return base, why == ""
	}, set)
}

func address(set func(*Config, string)) reader {
	const hint = "write a whole address: https://example.org"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		u, why := parseWeb(n.Text)
		if why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
			return "", false
		}
		return u.String(), true
	}, set)
}

func editURL(set func(*Config, string)) reader {
	const hint = "write a whole address with {path} where the file's path belongs: https://example.org/edit/{path}"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		if _, why := parseWeb(strings.ReplaceAll(n.Text, "{path}", "path")); why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
			return "", false
		}
		if !strings.Contains(n.Text, "{path}") {
			p.bad(n.Place, hint, "%s is %s, which has no {path} in it", p.key, values.Quote(n.Text))
			return "", false
		}
		return n.Text, true
	}, set)
}

// contentPath returns a path as the file has it below content/, or says why it
// cannot be one.
func contentPath(s string) (clean, why string) {
	clean = strings.TrimPrefix(strings.TrimPrefix(s, "/"), "content/")
	return clean, content.CheckPath(clean)
}

func file(set func(*Config, string)) reader {
	const hint = "write the path of a file in content/: /images/logo.svg"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		s, why := contentPath(n.Text)
		if strings.Contains(n.Text, "://") {
			why = "is an address, where a file in content/ is wanted"
		}
		if why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
		}
		return s, why == ""
	}, set)
}

// fileOrAddress reads a whole address, or the path of a file in content/, which
// it sets rooted: "/images/logo.svg".
func fileOrAddress(set func(*Config, string)) reader {
	const hint = "write the path of a file in content/, /images/logo.svg, or a whole address"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		s, why := contentPath(n.Text)
		if strings.Contains(n.Text, "://") {
			var u *url.URL
			if u, why = parseWeb(n.Text); why == "" {
				s = u.String()
			}
		} else {
			s = "/" + s
		}
		if why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
		}
		return s, why == ""
	}, set)
}

// page returns the rooted address of the page that s names by its address or
// its file, or says why it names none.
func page(s string) (address, why string) {
	switch {
	case strings.Contains(s, "://") || strings.HasPrefix(s, "//"):
		return "", "is an address, where the path of a page of this site is wanted"
	case strings.ContainsAny(s, "#?"):
		return "", "has a # or ? in it, where the path of a page is wanted"
	}
	clean := strings.TrimPrefix(strings.Trim(s, "/"), "content/")
	if clean == "" {
		return "/", ""
	}
	clean = strings.TrimSuffix(clean, ".md")
	if why := content.CheckPath(clean); why != "" {
		return "", why
	}
	id, _ := content.FileID("content/" + clean + ".md")
	return id.URL(), ""
}

// pageOrAddress reads a whole address, or the path of a page, which it sets rooted.
func pageOrAddress(set func(*Config, string)) reader {
	const hint = "write the path of a page, /contact/, or a whole address"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		s, why := n.Text, ""
		if strings.Contains(s, "://") {
			var u *url.URL
			if u, why = parseWeb(s); why == "" {
				s = u.String()
			}
		} else {
			s, why = page(s)
		}
		if why != "" {
			p.bad(n.Place, hint, "%s is %s, which %s", p.key, values.Quote(n.Text), why)
		}
		return s, why == ""
	}, set)
}

// navigation reads a list of pages, each with the place where it is named.
func navigation(p *parser, n *values.Node) {
	var places []content.Value
	listOf(func(p *parser, n *values.Node) (string, bool) {
		const hint = "write the path of a page: /interviews/"
		s, ok := p.scalar(n, hint)
		if !ok {
			return "", false
		}
		s, why := page(s)
		if why != "" {
			p.bad(n.Place, hint, "%s has %s, which %s", p.key, values.Quote(n.Text), why)
			return "", false
		}
		if !slices.ContainsFunc(places, func(v content.Value) bool { return v.Text == s }) {
			places = append(places, content.Value{Text: s, Place: n.Place})
		}
		return s, true
	}, func(c *Config, v []string) { c.Output.Navigation = v })(p, n)
	p.config.Site.Navigation = places
}

func email(set func(*Config, string)) reader {
	const hint = "write it like advice@example.org"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		a, err := mail.ParseAddress(n.Text)
		if err != nil || a.Address != n.Text || strings.ContainsAny(n.Text, `"<>&?% `) {
			p.bad(n.Place, hint, "%s is %s, which is no e-mail address", p.key, values.Quote(n.Text))
			return "", false
		}
		return n.Text, true
	}, set)
}

var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 ().\-/]*( ?(x|ext\.?) ?[0-9]+)?$`)

func phone(set func(*Config, string)) reader {
	const hint = `write it like "+44 20 7946 0000"`
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		s := strings.TrimPrefix(n.Text, "(")
		if !phoneForm.MatchString(s) {
			p.bad(n.Place, hint, "%s is %s, which is no telephone number", p.key, values.Quote(n.Text))
			return "", false
		}
		return n.Text, true
	}, set)
}

// holding are the keys by which pages are held back.
var holding = []string{"draft", "publish_on", "expires", "withdrawn"}

// frontMatterMap reads other tools' keys and what they stand for.
func frontMatterMap(p *parser, n *values.Node) {
	m := map[string]string{}
	const form = "front_matter: {map: {date: published}}"
	pairs(p, n, form, func(e *values.Entry) {
		v := &e.Val
		switch {
		case strings.TrimSpace(e.Key) == "":
			p.bad(e.At, "write "+form, "%s has an empty key", p.key)
		case slices.Contains(holding, e.Key):
			p.bad(e.At, "take the line out: these keys are the same in every site, so that nothing held back is published by a slip",
				"%s names %s, which holds pages back", p.key, values.Quote(e.Key))
		case v.Kind != values.Scalar || v.IsNull() || !content.KnownKey(v.Text):
			hint := "write a key of front matter: published, image.src, params.x"
			if v.Kind == values.Scalar {
				hint = diag.DidYouMean(diag.Nearest(v.Text, frontMatterKeys(), 2), hint)
			}
			p.bad(v.Place, hint, "%s turns %s into %s, which is no key of front matter", p.key, values.Quote(e.Key), v.What())
		default:
			m[e.Key] = v.Text
		}
	})
	if len(m) > 0 {
		p.config.Content.Map = m
	}
}

// frontMatterKeys returns every key of front matter, those of groups dotted.
func frontMatterKeys() (keys []string) {
	for _, f := range content.Fields() {
		keys = append(keys, f.Key)
		if f.Type == content.TypeTable {
			for _, sub := range f.Fields {
				keys = append(keys, f.Key+"."+sub.Key)
			}
		}
	}
	return keys
}

// dateForm reads a form of dates by trying it: what it writes it must read.
func dateForm(p *parser, n *values.Node) (string, bool) {
	s, ok := p.scalar(n, "write a form of dates")
	if !ok {
		return "", false
	}
	for _, day := range []time.Time{time.Date(2023, 11, 28, 0, 0, 0, 0, time.UTC), time.Date(1999, 3, 4, 0, 0, 0, 0, time.UTC)} {
		back, err := time.Parse(s, day.Format(s))
		if err != nil || !back.Truncate(24*time.Hour).Equal(day) {
			guess := strings.NewReplacer("YYYY", "2006", "yyyy", "2006", "%Y", "2006", "MM", "01", "mm", "01", "%m", "01", "DD", "02", "dd", "02", "%d", "02").Replace(s)
			if guess == s || strings.Count(guess, "2006") != 1 {
				guess = "02/01/2006"
			}
			p.bad(n.Place, "write the second of January 2006 in that form: "+guess, "%s has %s, which is no form of a whole date", p.key, n.What())
			return "", false
		}
	}
	return s, true
}

// phrases reads what to avoid, in order of writing.
func phrases(p *parser, n *values.Node) {
	p.config.Reading.Avoid = nil
	pairs(p, n, "reading: {avoid: {utilise: use}}", func(e *values.Entry) {
		v := &e.Val
		avoid := strings.Join(strings.Fields(e.Key), " ")
		better, ok := p.scalar(v, "write the better phrase")
		switch {
		case !ok:
		case avoid == "":
			p.bad(e.At, "write the phrase to avoid", "%s has an empty phrase", p.key)
		default:
			p.config.Reading.Avoid = append(p.config.Reading.Avoid, Phrase{avoid, better})
		}
	})
}

// pattern reads an address in which * stands for anything.
func pattern(p *parser, n *values.Node) (string, bool) {
	const hint = "write a path or address, * standing for anything: /jobs/*"
	s, ok := p.scalar(n, hint)
	if !ok {
		return "", false
	}
	switch {
	case strings.ContainsAny(s, " \\"):
		p.bad(n.Place, hint, "%s has %s, which has a blank or backslash in it", p.key, values.Quote(s))
	case strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//"):
		if path.Clean("/"+strings.Trim(s, "/")) != "/"+strings.Trim(s, "/") {
			p.bad(n.Place, hint, "%s has %s, which no address can be", p.key, values.Quote(s))
			return "", false
		}
		return s, true
	case strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "mailto:"), strings.HasPrefix(s, "tel:"):
		return s, true
	default:
		p.bad(n.Place, hint, "%s has %s, which begins with neither / nor https://", p.key, values.Quote(s))
	}
	return "", false
}

// origin reads a site that may show pages: a scheme, a host or *.host, a port.
func origin(p *parser, n *values.Node) (string, bool) {
	const hint = "write https:// and the host: https://intranet.example.org, https://*.sharepoint.com"
	s, ok := p.scalar(n, hint)
	if !ok {
		return "", false
	}
	plain, wild := strings.CutPrefix(s, "https://*.")
	if wild {
		plain = "https://" + plain
	} else if plain, wild = strings.CutPrefix(s, "http://*."); wild {
		plain = "http://" + plain
	} else {
		plain = s
	}
	u, why := parseWeb(plain)
	switch {
	case s == "*":
		why = "would let anyone show the pages"
	case strings.Contains(plain, "*"):
		why = "has a * where none can be; it stands for the first part of a host"
	case why != "":
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		why = "has more than a host"
	case wild && !strings.Contains(strings.TrimSuffix(u.Hostname(), "."), "."):
		why = "would let half the web show the pages"
	}
	if why != "" {
		p.bad(n.Place, hint, "%s has %s, which %s", p.key, values.Quote(s), why)
		return "", false
	}
	star := ""
	if wild {
		star = "*."
	}
	return u.Scheme + "://" + star + strings.ToLower(u.Host), true
}

var colourForm = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

func colour(set func(*Config, string)) reader {
	const hint = `write it in hexadecimal, in quotes: "#1a5c5c"`
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		if !colourForm.MatchString(n.Text) {
			p.bad(n.Place, hint, "%s is %s, which is no colour", p.key, values.Quote(n.Text))
			return "", false
		}
		return strings.ToLower(n.Text), true
	}, set)
}

var lengthForm = regexp.MustCompile(`^(0|[0-9]{1,3}(\.[0-9]{1,3})?(px|rem|em))$`)

func length(set func(*Config, string)) reader {
	const hint = "write a length: 0, 6px, 0.5rem"
	return one(hint, func(p *parser, n *values.Node) (string, bool) {
		if !lengthForm.MatchString(n.Text) {
			p.bad(n.Place, hint, "%s is %s, which is no length", p.key, values.Quote(n.Text))
			return "", false
		}
		return n.Text, true
	}, set)
}

var fontForm = regexp.MustCompile(`^[\pL\pN][\pL\pN \-]{0,99}$`)

// font reads a family's name. It ends up in a style sheet, so it holds letters,
// digits, blanks and hyphens only.
func font(p *parser, n *values.Node) (string, bool) {
	const hint = "write a font's name: Source Serif, system-ui"
	s, ok := p.scalar(n, hint)
	if ok && !fontForm.MatchString(s) {
		p.bad(n.Place, hint, "%s has %s, which is no font's name", p.key, values.Quote(s))
		ok = false
	}
	return s, ok
}

// widths reads the widths of pictures.
func widths(p *parser, n *values.Node) {
	var out []int
	listOf(func(p *parser, n *values.Node) (string, bool) {
		v, ok := p.number(n, 16, 8192)
		if ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
		return n.Text, ok
	}, func(c *Config, _ []string) {
		slices.Sort(out)
		c.ImageWidths = out
	})(p, n)
}

// rules reads what a rule is on this site.
func rules(p *parser, n *values.Node) {
	words := []string{"error", "warning", "off"}
	pairs(p, n, "rules: {duplicate-key: error}", func(e *values.Entry) {
		v := &e.Val
		if _, ok := diag.LookupRule(e.Key); !ok {
			p.bad(e.At, diag.DidYouMean(diag.Nearest(e.Key, diag.RuleNames(), 2), "docs/problems.md lists every rule"), "there is no rule %s", values.Quote(e.Key))
			return
		}
		s, ok := severities[v.Text]
		if v.Kind != values.Scalar || !ok {
			p.choice(v, "the rule "+e.Key, words)
			return
		}
		if s != diag.Error && diag.AlwaysError(e.Key) {
			p.bad(v.Place, "take the line out; mend what the rule tells", "the rule %s is always an error", e.Key)
			return
		}
		if p.config.Rules == nil {
			p.config.Rules = map[string]diag.Severity{}
		}
		p.config.Rules[e.Key] = s
	})
}
