package markdown

import (
	"strings"

	"github.com/yuin/goldmark/extension"
)

// labels are the words that a body shows and nobody wrote.
type labels struct {
	callouts  [len(calloutWords)]string // in the order of calloutWords
	table     string                    // what a table without a caption is
	footnotes string
	back      string // from a footnote to the text
	done      string // a ticked box of a task list
	todo      string
}

// labelTable is by the first part of the language tag.
var labelTable = map[string]*labels{
	"en": {[...]string{"Note", "Tip", "Important", "Warning", "Caution", "Example"},
		"Table", "Footnotes", "Back to the text, footnote", "Done", "To do"},
	"cy": {[...]string{"Nodyn", "Awgrym", "Pwysig", "Rhybudd", "Gofal", "Enghraifft"},
		"Tabl", "Troednodiadau", "Yn ôl i'r testun, troednodyn", "Wedi'i wneud", "I'w wneud"},
	"de": {[...]string{"Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht", "Beispiel"},
		"Tabelle", "Fußnoten", "Zurück zum Text, Fußnote", "Erledigt", "Zu tun"},
	"es": {[...]string{"Nota", "Consejo", "Importante", "Advertencia", "Precaución", "Ejemplo"},
		"Tabla", "Notas al pie", "Volver al texto, nota", "Hecho", "Por hacer"},
	"fr": {[...]string{"Remarque", "Conseil", "Important", "Avertissement", "Attention", "Exemple"},
		"Tableau", "Notes de bas de page", "Retour au texte, note", "Fait", "À faire"},
	"it": {[...]string{"Nota", "Suggerimento", "Importante", "Avviso", "Attenzione", "Esempio"},
		"Tabella", "Note a piè di pagina", "Torna al testo, nota", "Fatto", "Da fare"},
	"nl": {[...]string{"Opmerking", "Tip", "Belangrijk", "Waarschuwing", "Let op", "Voorbeeld"},
		"Tabel", "Voetnoten", "Terug naar de tekst, voetnoot", "Gedaan", "Te doen"},
}

// quoteTable holds double and single quotation marks, opening and closing, by
// the first part of the language tag; languages that are not in it quote as
// English does.
var quoteTable = map[string][4]string{
	"bg": {"„", "“", "’", "’"},
	"cs": {"„", "“", "‚", "‘"},
	"da": {"»", "«", "›", "‹"},
	"de": {"„", "“", "‚", "‘"},
	"el": {"«", "»", "‘", "’"},
	"es": {"«", "»", "“", "”"},
	"et": {"„", "“", "‚", "‘"},
	"fi": {"”", "”", "’", "’"},
	"fr": {"«\u202f", "\u202f»", "“", "”"},
	"hr": {"„", "”", "‘", "’"},
	"hu": {"„", "”", "»", "«"},
	"is": {"„", "“", "‚", "‘"},
	"it": {"«", "»", "“", "”"},
	"lt": {"„", "“", "‚", "‘"},
	"nb": {"«", "»", "‘", "’"},
	"nn": {"«", "»", "‘", "’"},
	"no": {"«", "»", "‘", "’"},
	"pl": {"„", "”", "«", "»"},
	"pt": {"«", "»", "“", "”"},
	"ro": {"„", "”", "«", "»"},
	"ru": {"«", "»", "„", "“"},
	"sk": {"„", "“", "‚", "‘"},
	"sl": {"„", "“", "‚", "‘"},
	"sv": {"”", "”", "’", "’"},
	"uk": {"«", "»", "„", "“"},
}

// primary returns the first part of a language tag: "en" of "en-GB".
func primary(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}

func labelsFor(tag string) *labels {
	if l, ok := labelTable[primary(tag)]; ok {
		return l
	}
	return labelTable["en"]
}

// englishQuote returns the opening single mark where the closing one is also the
// apostrophe.
func englishQuote(tag string) ([]byte, bool) {
	q, ok := quoteTable[primary(tag)]
	if !ok {
		return []byte("‘"), true
	}
	return []byte(q[2]), q[3] == "’"
}

func quotes(tag string) extension.TypographerOption {
	q, ok := quoteTable[primary(tag)]
	if !ok {
		q = [4]string{"“", "”", "‘", "’"}
	}
	return extension.WithTypographicSubstitutions(map[extension.TypographicPunctuation]string{
		extension.LeftDoubleQuote:  q[0],
		extension.RightDoubleQuote: q[1],
		extension.LeftSingleQuote:  q[2],
		extension.RightSingleQuote: q[3],
		extension.Apostrophe:       "’",
		extension.EnDash:           "–",
		extension.EmDash:           "—",
		extension.Ellipsis:         "…",
		extension.LeftAngleQuote:   "«",
		extension.RightAngleQuote:  "»",
	})
}
