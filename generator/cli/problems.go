package cli

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"guidepost/generator/internal/diag"
)

// print tells problems: as text to standard error, in a form for programs to
// standard output.
func (a *app) print(l diag.List, format string) error {
	switch format {
	case "json":
		return diag.PrintJSON(a.std.Out, l)
	case "github":
		return diag.PrintGitHub(a.std.Out, l)
	case "sarif":
		return diag.PrintSARIF(a.std.Out, l, release())
	}
	return diag.Printer{Source: a.source, Color: a.colour()}.Print(a.std.Err, l)
}

// mostSource is the size of a file beyond which its lines are not shown.
const mostSource = 16 << 20

// source reads a file that a problem is about: one of the site, or a built-in
// layout. No link leads it out of the site's folder.
func (a *app) source(file string) ([]byte, bool) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, false
	}
	defer root.Close()
	if info, err := root.Stat(filepath.FromSlash(file)); err != nil || !info.Mode().IsRegular() {
		if strings.HasPrefix(file, "layouts/") && err != nil {
			text, err := fs.ReadFile(a.defaults, file)
			return text, err == nil
		}
		return nil, false
	}
	f, err := root.Open(filepath.FromSlash(file))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostSource))
	return text, err == nil
}
