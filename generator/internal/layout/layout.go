// Package layout loads and runs the HTML templates in layouts/, and defines
// what they are given.
//
// Its one rule: a template is parsed, checked and minified once, when it is
// loaded, and never once a page.
package layout

// The package offers:
//
//	func Load(fsys fs.FS) (*Set, diag.List)
//	    fsys is the layouts folder itself: the user's files over the built-in
//	    ones. Every *.html in it and its subfolders is a template, named by its
//	    path: "article.html", "partials/card.html". File names in problems are
//	    "layouts/" + path.
//	func (*Set) Has(name string) bool
//	func (*Set) Digest(name string) cache.Digest
//	    of the template and all that it can reach, {{template}}, {{block}} and
//	    {{include}} with constant names; zero if there is none.
//	func (*Set) Run(name string, data any) ([]byte, diag.List)
//	    A mistake in a template is a problem at its file:line:col in the source
//	    as written, never in the minified text.
