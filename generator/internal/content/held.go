package content

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guidepost/generator/internal/values"
)

// What keeps a page back must not fail by a slip: a draft that is published
// cannot be taken back. So whatever looks as if it were meant to be draft,
// publish_on, expires or withdrawn, but is not, is an error. To be told of a
// key that was no slip costs a line of front_matter.map; the contrary costs
// the publisher's name.

// heldKeys are the keys that keep a page back, and what people write for them:
// other tools' names, other spellings and other languages. Names are as
// [plainKey] leaves them.
var heldKeys = [...]struct {
	key   string
	far   int // slips (insertions, deletions, changes, swaps) that are one for sure
	names []string
	parts []string // a name with such a part is one
	fits  func(value string) bool
}{
	{"draft", 1, []string{"draught", "dft", "wip", "workinprogress", "unpublished", "unpublish", "notpublished", "donotpublish", "dontpublish", "nopublish",
		"hidden", "private", "brouillon", "entwurf", "borrador", "bozza", "rascunho", "concept"}, []string{"draft"}, boolish},
	{"publish_on", 2, []string{"publishdate", "publishat", "publishfrom", "publishafter", "publishtime", "publishwhen", "embargo", "embargoed", "embargoeduntil",
		"embargountil", "embargodate", "golive", "goliveon", "golivedate", "releaseon", "releasedate", "availablefrom", "showfrom", "scheduled", "scheduledfor", "schedule"},
		nil, dateish},
	{"expires", 1, []string{"expire", "expiry", "validuntil", "validtill", "removeon", "removedate", "hideafter", "hideon", "showuntil", "unpublishon", "unpublishdate", "unpublishat"},
		[]string{"expir"}, dateish},
	{"withdrawn", 2, []string{"withdraw", "withdrawal", "withdrew", "retracted", "rescinded"}, []string{"withdr"}, func(string) bool { return true }},
}

// words are near to a key that keeps a page back but words of their own; they
// are slips only where their value fits that key.
var words = [...]string{"craft", "crafts", "graft", "drift", "raft", "grant", "publisher", "publishers", "publishing", "publication", "published",
	"expert", "experts", "empires", "concept", "private", "hidden", "schedule", "scheduled", "embargo"}

// publicKeys say the contrary of draft: "published: false"; so does Eleventy's
// "permalink: false".
var publicKeys = [...]string{"published", "publish", "public", "ispublished", "ispublic", "live", "islive", "visible", "isvisible", "ready", "permalink"}

// stateKeys name the state of a page: "status: draft".
var stateKeys = [...]string{"status", "state", "stage", "poststatus", "pagestatus", "publicationstatus", "publishstatus", "workflow", "workflowstate", "visibility"}

// draftWords are states in which a page is kept back.
var draftWords = [...]string{"draft", "drafted", "draught", "indraft", "unpublished", "notpublished", "wip", "workinprogress", "private", "hidden", "embargoed", "pending", "pendingreview"}

// plainKey returns key as slips of case, width and punctuation leave it:
// letters and digits in lower case.
func plainKey(key string) string {
	plain := true
	for i := 0; i < len(key) && plain; i++ {
		plain = key[i] >= 'a' && key[i] <= 'z' || key[i] >= '0' && key[i] <= '9'
	}
	if plain {
		return key
	}
	if !isASCII(key) {
		key = norm.NFKC.String(key)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, key)
}

// heldKey returns the key that keeps a page back for which key stands or may
// be a slip, or "". It is sure of it where no value could mean anything else.
func heldKey(key string) (want string, sure bool) {
	plain := plainKey(key)
	if len(plain) < 2 || len(plain) > 40 {
		return "", false
	}
	word := slices.Contains(words[:], plain)
	for i := range heldKeys {
		h := &heldKeys[i]
		exact := plainKey(h.key)
		if plain == exact {
			return h.key, true
		}
		if slices.Contains(h.names, plain) {
			return h.key, !word
		}
		if near := slips(plain, exact, h.far+1); near <= h.far {
			return h.key, !word
		} else if near == h.far+1 && h.key == "draft" {
			return h.key, false
		}
		for _, part := range h.parts {
			if strings.Contains(plain, part) {
				return h.key, false
			}
		}
	}
	return "", false
}

// isHeld reports whether key is one of those that keep a page back.
func isHeld(key string) bool {
	for i := range heldKeys {
		if heldKeys[i].key == key {
			return true
		}
	}
	return false
}

// strays reports whether key and value, found inside another key, would keep
// the page back if they stood at the top.
func strays(key, value string) bool {
	if value == "" || falsy(value) {
		return false
	}
	p := plainKey(key)
	switch want, _ := heldKey(key); want {
	case "draft":
		return truthy(value) && (strings.Contains(p, "draft") || slips(p, want, 1) <= 1)
	case "publish_on", "expires":
		return slips(p, plainKey(want), 1) <= 1 && dateish(value)
	}
	return false
}

// slip reports whether an unknown key, with its value, may be meant to keep
// the page back, and by which key.
func slip(key string, n *values.Node) (want string, ok bool) {
	value := ""
	if n.Kind == values.Scalar {
		value = n.Text
	}
	if saysDraft(key, value) {
		return "draft", true
	}
	want, sure := heldKey(key)
	if want == "" || sure {
		return want, want != ""
	}
	if falsy(value) && slices.Contains(words[:], plainKey(key)) {
		return "", false
	}
	for i := range heldKeys {
		if h := &heldKeys[i]; h.key == want && (n.Kind == values.Scalar && (n.IsNull() || h.fits(value))) {
			return want, true
		}
	}
	return "", false
}

// saysDraft reports whether key and value, though not the key draft, say that
// the page is one: "published: false", "status: draft".
func saysDraft(key, value string) bool {
	plain := plainKey(key)
	if slices.Contains(publicKeys[:], plain) {
		return falsy(value)
	}
	return slices.Contains(stateKeys[:], plain) && slices.Contains(draftWords[:], plainKey(value))
}

func truthy(s string) bool {
	if len(s) > 16 {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "y", "t", "1", "x", "ja", "oui", "si", "sí":
		return true
	}
	return false
}

func falsy(s string) bool {
	if len(s) > 16 {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "false", "no", "off", "n", "f", "0", "never", "not yet":
		return true
	}
	return false
}

func boolish(s string) bool { return truthy(s) || falsy(s) || strings.TrimSpace(s) == "" }

// dateish reports whether s may be meant for a date, or for a yes or no.
func dateish(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	return boolish(s) || digits >= 3 && len(s) <= 40
}

// slips counts the insertions, deletions, changes and swaps of neighbours that
// make a of b, at most limit+1 (optimal string alignment; Boytsov 2011).
func slips(a, b string, limit int) int {
	if !isASCII(a) || len(a) > 40 {
		// A look-alike of another script is one slip, not as many as it has bytes.
		a = strings.Map(func(r rune) rune {
			if r >= utf8.RuneSelf {
				return '?'
			}
			return r
		}, a)
	}
	if d := len(a) - len(b); d > limit || -d > limit || len(a) > 40 || len(b) > 40 {
		return limit + 1
	}
	var rows [3][48]int
	for j := 0; j <= len(b); j++ {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, up, up2 := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(up[j]+1, row[j-1]+1, up[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], up2[j-2]+1)
			}
		}
	}
	return min(rows[len(a)%3][len(b)], limit+1)
}

// A pair is a line that looks like a key and its value.
type pair struct {
	key, value string
	col        int  // of the key
	bare       bool // nothing but blanks stands before the key
}

// keyLine reads a line as "key: value" or "key = value", however it is dressed
// up: quotes, a list's dash, full-width signs.
func keyLine(line []byte) (p pair, ok bool) {
	if len(line) > 400 {
		line = line[:400]
	}
	rest := bytes.TrimLeft(line, " \t\ufeff\u00a0\u200b")
	bare := len(line) == len(rest) || line[0] == ' ' || line[0] == '\t'
	dressed := bytes.TrimLeft(rest, "\"'*_:>,{[-+ \t“”‘’")
	if len(dressed) < len(rest) && rest[0] != '"' && rest[0] != '\'' {
		bare = false
	}
	end := separator(dressed)
	if end < 1 || end > 60 {
		return pair{}, false
	}
	key := strings.Trim(string(dressed[:end]), " \t\"'*_“”‘’\u00a0\u200b")
	if key == "" || strings.Count(key, " ") > 4 {
		return pair{}, false
	}
	_, size := utf8.DecodeRune(dressed[end:])
	value := dressed[end+size:]
	if dressed[end] == ':' && len(value) > 0 && strings.IndexByte(" \t\r*\"'", value[0]) < 0 && !truthy(string(bytes.TrimRight(value, " \r\t"))) {
		return pair{}, false // "http://", "10:30"
	}
	return pair{key: key, value: plainValue(value), col: 1 + utf8.RuneCount(line[:len(line)-len(dressed)]), bare: bare}, true
}

// separator returns the offset of what stands between a key and its value, or
// -1 where there is none, or something stands before it that no key has.
func separator(line []byte) int {
	for i, c := range line {
		switch c {
		case ':', '=':
			return i
		case '`', '<', '|', '\\', '/', '.', '(', ')', ';':
			return -1
		case 0xef: // the first byte of the full-width signs
			if len(line) > i+2 {
				switch string(line[i : i+3]) {
				case "：", "﹕", "＝":
					return i
				}
			}
		}
	}
	return -1
}

// plainValue strips v of quotes, a comment and what ends a line in JSON.
func plainValue(v []byte) string {
	if i := bytes.Index(v, []byte(" #")); i >= 0 {
		v = v[:i]
	}
	return strings.Trim(string(v), " \t\r\"'*_,;}]“”‘’\u00a0\u200b")
}

// holds reports whether the line says, and says nothing else, that the page is
// to be kept back. mapped keys are none of it.
func (p *Parser) holds(line []byte) (pair, bool) {
	// A comment is shown to no reader, but its writer meant it.
	if said, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte("<!--")); ok {
		said = bytes.TrimLeft(said, " \t")
		at := utf8.RuneCount(line[:len(line)-len(said)])
		said, after, _ := bytes.Cut(said, []byte("-->"))
		if len(bytes.TrimSpace(after)) > 0 || bytes.HasPrefix(said, []byte("<!--")) {
			return pair{}, false
		}
		kl, ok := p.holds(said)
		kl.col += at
		return kl, ok
	}
	line = bytes.TrimSuffix(bytes.TrimRight(line, " \t\r"), []byte("-->")) // the last line of a comment
	if separator(line[:min(len(line), 64)]) < 0 && (len(line) == 0 || line[0] != '{') {
		return pair{}, false // as most lines are
	}
	if len(line) > 120 && line[0] != '{' {
		return pair{}, false
	}
	if t := bytes.TrimLeft(line, " \t[-"); len(t) > 0 && t[0] == '{' {
		// One-line JSON or YAML: each of its keys.
		for part := range bytes.SplitSeq(t[1:min(len(t), 4096)], []byte{','}) {
			if kl, ok := keyLine(part); ok && p.says(kl) {
				kl.col = 1
				return kl, true
			}
		}
		return pair{}, false
	}
	kl, ok := keyLine(line)
	return kl, ok && p.says(kl)
}

func (p *Parser) says(kl pair) bool {
	yes, no := truthy(kl.value), falsy(kl.value)
	date := !no && kl.value != "" && dateish(kl.value)
	state := len(kl.value) <= 20 && slices.Contains(draftWords[:], plainKey(kl.value))
	if !yes && !no && !date && !state {
		return false // whatever the key, the value keeps nothing back
	}
	if _, ok := p.o.Map[kl.key]; ok {
		return false
	}
	if _, ok := p.rules[kl.key]; ok && !isHeld(kl.key) {
		return kl.key == "published" && no
	}
	if saysDraft(kl.key, kl.value) {
		return true
	}
	want, sure := heldKey(kl.key)
	if want == "draft" {
		return yes && (sure || kl.bare)
	}
	return want != "" && sure && date
}
