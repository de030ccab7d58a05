package config

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const settingsPage = "../../../docs/settings.md"

// settingsText writes docs/settings.md.
func settingsText() string {
	var b strings.Builder
	b.WriteString(`# Settings

A site's settings stand in content/site.yaml:

    title: Careers guidance
    base_url: https://guidance.example.org
    feed:
      limit: 10

A name with a full stop is a key in a group: ` + "`feed.limit`" + ` above. A key with nothing after it has its default. A key that
Guidepost does not know is an error that names the nearest one; a key written twice is a warning, and the last one counts.
Anchors, aliases, merges and tags of YAML are not read.

This page is written from the table in generator/internal/config/settings.go (` + "`go test ./generator/internal/config -update`" + `).

| setting | holds | default | |
| --- | --- | --- | --- |
`)
	for _, s := range settings {
		def := ""
		if s.def != "" {
			def = "`" + s.def + "`"
		}
		b.WriteString("| `" + s.key + "` | " + s.kind + " | " + def + " | " + strings.ReplaceAll(s.doc, "|", `\|`) + " |\n")
	}
	b.WriteString("\nThese are read and checked, but change nothing yet: `" + strings.Join(notYet, "`, `") + "`.\n")
	return b.String()
}

// notYet are the settings of what is still to come. Who makes one work takes it
// out here.
var notYet = []string{
	"review.warn_before", "reading.grade", "reading.sentence_words", "reading.avoid", "links.external",
	"search", "theme.accent", "theme.radius", "theme.fonts", "images.widths",
}

func TestNotYet(t *testing.T) {
	for _, key := range notYet {
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }) {
			t.Errorf("%s is no setting", key)
		}
	}
}

func TestSettingsPage(t *testing.T) {
	want := settingsText()
	if *update {
		if err := os.WriteFile(settingsPage, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/settings.md is not what the table of settings says: go test ./generator/internal/config -update")
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range settings {
		if seen[s.key] || isGroup(s.key) || strings.Count(s.key, ".") > 1 {
			t.Errorf("%s stands twice, is a group too, or is too deep", s.key)
		}
		seen[s.key] = true
		if s.kind == "" || !strings.HasSuffix(strings.TrimRight(s.doc, "`"), ".") {
			t.Errorf("%s: it is not said what it holds, or its doc is no sentence", s.key)
		}
	}
}
