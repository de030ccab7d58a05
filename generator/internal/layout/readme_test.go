package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const layoutsPage = "../../../layouts/README.md"

// A readme is layouts/README.md as its tables have it: by heading, the rows;
// by row, the cells.
type readme map[string][][]string

func readReadme(t *testing.T) readme {
	src, err := os.ReadFile(layoutsPage)
	if err != nil {
		t.Fatal(err)
	}
	r, heading := readme{}, ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if rest := strings.TrimLeft(line, "#"); rest != line && strings.HasPrefix(rest, " ") {
			heading = strings.TrimSpace(rest)
			continue
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") {
			continue
		}
		var cells []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		r[heading] = append(r[heading], cells)
	}
	return r
}

var code = regexp.MustCompile("`([^`]+)`")

// codes returns what stands in backquotes in a cell.
func codes(cell string) (all []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestReadmeTypes holds the types and fields that layouts/README.md names
// against those of data.go, both ways.
func TestReadmeTypes(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "data.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{} // "Page.Title"
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			typ, ok := s.(*ast.TypeSpec)
			if !ok || !typ.Name.IsExported() {
				continue
			}
			st, ok := typ.Type.(*ast.StructType)
			if !ok {
				t.Fatalf("%s is no struct, and this test knows no other types", typ.Name)
			}
			for _, f := range st.Fields.List {
				for _, name := range f.Names {
					if name.IsExported() {
						has[typ.Name.Name+"."+name.Name] = true
					}
				}
			}
		}
	}
	told := map[string]bool{}
	r := readReadme(t)
	for _, typ := range []string{"Page", "Site"} {
		for _, row := range r[typ] {
			for _, name := range codes(row[0]) {
				told[typ+"."+name] = true
			}
		}
	}
	typ := ""
	for _, row := range r["The others"] {
		if strings.HasPrefix(row[0], "**") {
			typ = strings.Trim(row[0], "*")
		}
		for _, name := range codes(row[1]) {
			told[typ+"."+name] = true
		}
	}
	if len(has) < 50 {
		t.Fatalf("data.go has only %d fields: this test does not see them", len(has))
	}
	compareNames(t, "the field", told, has)
}

// TestReadmeFunctions does the same with the functions that templates have.
func TestReadmeFunctions(t *testing.T) {
	has, told := map[string]bool{}, map[string]bool{}
	for name := range (&Set{}).funcs() {
		has[name] = true
	}
	for _, row := range readReadme(t)["Functions"] {
		for _, call := range codes(row[0]) {
			name, _, _ := strings.Cut(call, " ")
			told[name] = true
		}
	}
	compareNames(t, "the function", told, has)
}

// TestReadmeFiles does the same with the files of the built-in theme.
func TestReadmeFiles(t *testing.T) {
	const dir = "../../../layouts"
	r := readReadme(t)
	for _, c := range []struct{ heading, pattern string }{
		{"Templates", "*.html"},
		{"Partials", "partials/*.html"},
		{"Styles, script and icon", "assets/*"},
	} {
		has, told := map[string]bool{}, map[string]bool{}
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(c.pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			// What lies in a folder is loaded by some pages only.
			if in, _ := filepath.Glob(filepath.Join(f, "*")); len(in) > 0 {
				for _, f := range in {
					has[path.Base(filepath.ToSlash(f))] = true
				}
				continue
			}
			has[path.Base(filepath.ToSlash(f))] = true
		}
		for _, row := range r[c.heading] {
			for _, name := range codes(row[0]) {
				told[path.Base(name)] = true
			}
		}
		if c.heading == "Partials" {
			// The empty ones stand in a sentence under the table.
			src, err := os.ReadFile(layoutsPage)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(src)) {
				if strings.HasPrefix(line, "Empty, for you:") {
					for _, name := range codes(line) {
						told[name] = true
					}
				}
			}
		}
		compareNames(t, "the file of "+c.heading, told, has)
	}
}

// compareNames tells what is named and not there, and what is there and not named.
func compareNames(t *testing.T, what string, told, has map[string]bool) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !told[name] {
			t.Errorf("layouts/README.md does not name %s %s", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if !has[name] {
			t.Errorf("layouts/README.md names %s %s, and there is none", what, name)
		}
	}
	if len(has) == 0 {
		t.Errorf("there is nothing to hold %s against", what)
	}
}
