// Package config reads content/site.yaml into each package's own Options.
//
// Its one rule: config knows everyone, nobody knows config.
package config

import (
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/site"
)

// A Config is the whole of content/site.yaml, checked, defaults filled in.
type Config struct {
	Content  content.Options
	Markdown markdown.Options
	Site     site.Options
	Output   output.Options
	// Rules holds the severities that settings give to rules: zero is off.
	Rules map[string]diag.Severity
}

// The package offers:
//
//	func Parse(file string, src []byte) (Config, diag.List)
//	    file is named in problems: "content/site.yaml". A nil src is a missing file,
//	    which is an error: title is required.
