// Package minify makes HTML, CSS, JavaScript, SVG, JSON and XML smaller
// without changing what they mean.
//
// Its one rule: the input is never touched and never half-written. tdewolff/minify
// writes behind the input slice, and gives partial output with an error.
package minify

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/html"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/json"
	"github.com/tdewolff/minify/v2/svg"
	"github.com/tdewolff/minify/v2/xml"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/buffer"
)

// Media types that [Bytes] knows.
const (
	HTML = "text/html"
	CSS  = "text/css"
	JS   = "text/javascript"
	SVG  = "image/svg+xml"
	JSON = "application/json"
	XML  = "text/xml"

	// Template is HTML with the actions of Go's templates in it.
	Template = "text/x-go-template"
)

// safeJS keeps "<\/script>" as it is: the library asks for that only where a
// script has no type attribute. An inline one is an event handler, which may
// return.
func safeJS(m *minify.M, w io.Writer, r io.Reader, params map[string]string) error {
	return (&js.Minifier{}).Minify(m, w, r, map[string]string{"escape-html": "1", "inline": params["inline"]})
}

// safeJSON refuses what is not JSON: of what ends too early the library makes
// half of it and no error.
func safeJSON(m *minify.M, w io.Writer, r io.Reader, params map[string]string) error {
	src, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var any stdjson.RawMessage
	if err := stdjson.Unmarshal(src, &any); err != nil {
		if se := (*stdjson.SyntaxError)(nil); errors.As(err, &se) {
			return parse.NewError(bytes.NewReader(src), max(int(se.Offset)-1, 0), se.Error())
		}
		return err
	}
	return (&json.Minifier{KeepNumbers: true}).Minify(m, w, buffer.NewReader(src), params)
}

// set is complete after it is made and then only read, so any number of
// goroutines may use it.
var set = func() *minify.M {
	m := minify.New()
	// Document and end tags and quotes stay: fragments are put into other
	// pages, and 2% of bytes is not worth a surprise there. So do attributes that
	// say what is so anyway: a style sheet may ask for input[type=text].
	m.Add(HTML, &html.Minifier{KeepDocumentTags: true, KeepEndTags: true, KeepQuotes: true, KeepDefaultAttrVals: true})
	m.Add(Template, &html.Minifier{KeepDocumentTags: true, KeepEndTags: true, KeepQuotes: true, KeepDefaultAttrVals: true,
		TemplateDelims: html.GoTemplateDelims})
	m.Add(CSS, &css.Minifier{})
	m.AddFunc(JS, safeJS)
	m.AddFunc("application/javascript", safeJS)
	m.AddFunc("module", safeJS)
	m.Add(SVG, &svg.Minifier{})
	m.AddFunc(JSON, safeJSON)
	m.AddFunc("application/ld+json", safeJSON)
	m.AddFunc("importmap", safeJSON)
	m.AddFunc("speculationrules", safeJSON)
	m.Add(XML, &xml.Minifier{KeepWhitespace: true})
	return m
}()

// Bytes returns src, which is of the given media type, minified. On an error
// it returns src itself, whole, and the error: publish it as it is and say so.
func Bytes(mediatype string, src []byte) (small []byte, err error) {
	// Hostile input must not take the program with it.
	defer func() {
		if r := recover(); r != nil {
			small, err = src, fmt.Errorf("the minifier failed: %v", r)
		}
	}()
	// The library ends its input with a zero byte: in a copy with room for it,
	// it neither writes into a neighbour's bytes nor copies once more.
	in := append(make([]byte, 0, len(src)+1), src...)
	out := bytes.NewBuffer(make([]byte, 0, len(src)))
	if err := set.Minify(mediatype, out, buffer.NewReader(in)); err != nil {
		return src, err
	}
	return out.Bytes(), nil
}
