package output

import (
	"strconv"
	"strings"
	"time"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
)

func itoa(n int) string { return strconv.Itoa(n) }

// escaped returns s for HTML text and quoted attributes, and for XML.
func escaped(s string) string {
	if !strings.ContainsAny(s, "&<>\"'\x00") {
		return s
	}
	return string(appendEscaped(make([]byte, 0, len(s)+16), s))
}

func appendEscaped(b []byte, s string) []byte {
	at := 0
	for i := 0; i < len(s); i++ {
		var to string
		switch s[i] {
		case '&':
			to = "&amp;"
		case '<':
			to = "&lt;"
		case '>':
			to = "&gt;"
		case '"':
			to = "&#34;"
		case '\'':
			to = "&#39;"
		case 0:
			to = "\uFFFD"
		default:
			continue
		}
		b = append(b, s[at:i]...)
		b = append(b, to...)
		at = i + 1
	}
	return append(b, s[at:]...)
}

// shown returns s without the characters that turn the direction of text,
// where they would go on to turn what stands after s: a title's lie beside our
// own words in titles, feeds and shared links. Balanced ones stay.
func shown(s string) string {
	if !strings.Contains(s, "\u202A"[:2]) && !strings.Contains(s, "\u2066"[:2]) {
		return s
	}
	var open []bool // true: an isolate
	for _, r := range s {
		switch r {
		case '\u202A', '\u202B', '\u202D', '\u202E':
			open = append(open, false)
		case '\u2066', '\u2067', '\u2068':
			open = append(open, true)
		case '\u202C', '\u2069':
			if len(open) == 0 || open[len(open)-1] != (r == '\u2069') {
				return strings.Map(dropTurning, s)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return strings.Map(dropTurning, s)
	}
	return s
}

func dropTurning(r rune) rune {
	if '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069' {
		return -1
	}
	return r
}

// minutes returns how long words take to read, at 200 a minute.
func minutes(words int) int { return max(1, (words+199)/200) }

// timestamp returns d as RFC 3339 wants it, with a time of day.
func timestamp(d content.Date) string {
	if len(d.Text) > len(time.DateOnly) {
		if _, err := time.Parse(time.RFC3339, d.Text); err == nil {
			return d.Text
		}
	}
	return time.Unix(d.Unix, 0).UTC().Format(time.RFC3339)
}

// date returns d for a template.
func date(language string, d content.Date) layout.Date {
	return layout.Date{ISO: d.Text, Text: dateText(language, d.Text)}
}

// dateText returns a date, 2006-01-02 with or without a time, as language
// writes it: "12 October 2026". A language that is not known has it as it is.
func dateText(language, iso string) string {
	if len(iso) < len(time.DateOnly) || iso[4] != '-' || iso[7] != '-' {
		return iso
	}
	year, month, day := iso[:4], iso[5:7], strings.TrimPrefix(iso[8:10], "0")
	m, err := strconv.Atoi(month)
	if err != nil || m < 1 || m > 12 {
		return iso
	}
	form, ok := datesIn(language)
	if !ok {
		return iso[:len(time.DateOnly)]
	}
	name := form.months[m-1]
	switch {
	case form.monthFirst:
		return name + " " + day + ", " + year
	case day == "1" && form.first != "":
		day = form.first
	default:
		day += form.dot
	}
	return day + form.of + " " + name + form.of + " " + year
}

// A dateForm is how a language writes dates.
type dateForm struct {
	months     [12]string
	monthFirst bool   // October 12, 2026
	dot        string // after the day
	of         string // before month and year
	first      string // the first day of a month
}

func datesIn(language string) (dateForm, bool) {
	if strings.EqualFold(language, "en-US") {
		f := dateForms["en"]
		f.monthFirst = true
		return f, true
	}
	f, ok := dateForms[base(language)]
	return f, ok
}

// base returns the language of a tag, in lower case: "en" of "en-GB".
func base(tag string) string {
	tag, _, _ = strings.Cut(tag, "-")
	return strings.ToLower(tag)
}

var dateForms = map[string]dateForm{
	"en": {months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}},
	"cy": {months: [12]string{"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"}},
	"da": {months: [12]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}, dot: "."},
	"de": {months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}, dot: "."},
	"es": {months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}, of: " de"},
	"fr": {months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}, first: "1er"},
	"ga": {months: [12]string{"Eanáir", "Feabhra", "Márta", "Aibreán", "Bealtaine", "Meitheamh", "Iúil", "Lúnasa", "Meán Fómhair", "Deireadh Fómhair", "Samhain", "Nollaig"}},
	"it": {months: [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}, first: "1º"},
	"nb": {months: [12]string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}, dot: "."},
	"nl": {months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}},
	"pl": {months: [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"}},
	"pt": {months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}, of: " de"},
	"sv": {months: [12]string{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}},
}

// direction returns how the language of tag is written, ltr or rtl.
func direction(tag string) string {
	for i, sub := range strings.Split(strings.ToLower(tag), "-") {
		switch sub {
		case "arab", "hebr", "thaa", "syrc", "nkoo", "adlm":
			return "rtl"
		case "latn", "cyrl":
			return "ltr"
		case "ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi":
			if i == 0 && !strings.Contains(strings.ToLower(tag), "-latn") && !strings.Contains(strings.ToLower(tag), "-cyrl") {
				return "rtl"
			}
		}
	}
	return "ltr"
}

// locale returns tag as Open Graph wants it, en_GB, or "" if it names no region.
func locale(tag string) string {
	parts := strings.Split(tag, "-")
	for _, p := range parts[1:] {
		if len(p) == 1 {
			break // an extension or private use
		}
		if len(p) == 2 {
			return strings.ToLower(parts[0]) + "_" + strings.ToUpper(p)
		}
	}
	return ""
}

// Words are the titles of pages that nobody wrote.
type words struct {
	home, topics, aToZ, notFound, siteMap, noTopic, whole string
	// The glossary; meaning has the term for %s.
	glossary, meaning, inGlossary, closed string
}

func wordsIn(language string) words {
	if w, ok := wordsOf[base(language)]; ok {
		return w
	}
	return wordsOf["en"]
}

var wordsOf = map[string]words{
	"en": {"Home", "Topics", "A to Z", "Page not found", "Map", "No topic", "all on one page",
		"Glossary", "Meaning of %s", "More in the glossary", "Close"},
	"cy": {"Hafan", "Pynciau", "A i Y", "Heb ddod o hyd i’r dudalen", "Map", "Dim pwnc", "y cyfan ar un dudalen",
		"Geirfa", "Ystyr %s", "Mwy yn yr eirfa", "Cau"},
	"de": {"Startseite", "Themen", "A bis Z", "Seite nicht gefunden", "Karte", "Ohne Thema", "alles auf einer Seite",
		"Glossar", "Bedeutung von %s", "Mehr im Glossar", "Schließen"},
	"es": {"Inicio", "Temas", "De la A a la Z", "Página no encontrada", "Mapa", "Sin tema", "todo en una página",
		"Glosario", "Significado de %s", "Más en el glosario", "Cerrar"},
	"fr": {"Accueil", "Thèmes", "De A à Z", "Page introuvable", "Carte", "Sans thème", "tout sur une page",
		"Glossaire", "Signification de %s", "Plus dans le glossaire", "Fermer"},
}
