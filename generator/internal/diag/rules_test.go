package diag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const problemsPage = "../../../docs/problems.md"

// problemsText writes docs/problems.md.
func problemsText() string {
	var b strings.Builder
	b.WriteString(`# Problems

Every problem has a rule: the name in square brackets at the end of its line. The name never changes, so scripts can go by
it, and ` + "`rules`" + ` in content/site.yaml can make a rule an error, a warning or nothing, but for those that no setting makes less:

    rules:
      duplicate-key: error

This page is written from the table in generator/internal/diag/rules.go (` + "`go test ./generator/internal/diag -update`" + `).

`)
	for _, r := range Rules {
		b.WriteString("## " + r.Name + "\n\n" + r.Doc + " " + r.WayOut)
		if AlwaysError(r.Name) {
			b.WriteString(" No setting makes it less.")
		}
		b.WriteString("\n\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func TestProblemsPage(t *testing.T) {
	want := problemsText()
	if *update {
		if err := os.WriteFile(problemsPage, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(problemsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/problems.md is not what the table of rules says: go test ./generator/internal/diag -update")
	}
}

func TestRulesAreSortedAndWhole(t *testing.T) {
	if !slices.IsSortedFunc(Rules, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the rules are not in order of name")
	}
	name := regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)
	for i, r := range Rules {
		if !name.MatchString(r.Name) || i > 0 && Rules[i-1].Name == r.Name {
			t.Errorf("bad or double name %q", r.Name)
		}
		for _, s := range []string{r.Doc, r.WayOut} {
			if !strings.HasSuffix(s, ".") || s[:1] != strings.ToUpper(s[:1]) {
				t.Errorf("%s: not a sentence: %q", r.Name, s)
			}
		}
		if got, ok := LookupRule(r.Name); !ok || got != r {
			t.Errorf("%s is not found", r.Name)
		}
	}
	for _, name := range always {
		if _, ok := LookupRule(name); !ok {
			t.Errorf("%q is always an error, and no rule", name)
		}
	}
	if _, ok := LookupRule("no-such-rule"); ok {
		t.Error("found a rule that is not there")
	}
}

// TestRulesInCode reads the program and wants every rule that it tells problems
// by in the table, and no other in it. Rules are the strings that stand where a
// function has a parameter, a struct a field or a package a constant that is
// called rule.
func TestRulesInCode(t *testing.T) {
	set := token.NewFileSet()
	files := map[string][]*ast.File{} // by folder
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "testdata":
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || e.Name() == "rules.go":
			return nil
		}
		f, err := parser.ParseFile(set, path, nil, 0)
		files[filepath.Dir(path)] = append(files[filepath.Dir(path)], f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]token.Position{}
	// Functions of one name may differ in their parameters; words that cannot be
	// a rule's name are another parameter's.
	name := regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)
	see := func(x ast.Expr) {
		if l, ok := x.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && name.MatchString(s) {
				used[s] = set.Position(l.Pos())
			}
		}
	}
	named := func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && strings.EqualFold(id.Name, "rule")
	}
	// index returns the place of the name rule in a list of fields, or -1.
	index := func(l *ast.FieldList) int {
		i := 0
		for _, f := range l.List {
			for _, id := range f.Names {
				if typ, ok := f.Type.(*ast.Ident); ok && typ.Name == "string" && named(id) {
					return i
				}
				i++
			}
		}
		return -1
	}
	for _, pkg := range files {
		calls := map[string]int{"Errorf": 1, "Warnf": 1}
		structs := map[string]int{}
		for _, f := range pkg {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if i := index(n.Type.Params); i >= 0 {
						calls[n.Name.Name] = i
					}
				case *ast.AssignStmt:
					for i, x := range n.Rhs {
						lit, ok := x.(*ast.FuncLit)
						name, isName := n.Lhs[min(i, len(n.Lhs)-1)].(*ast.Ident)
						if !ok || !isName {
							continue
						}
						if i := index(lit.Type.Params); i >= 0 {
							calls[name.Name] = i
						}
					}
				case *ast.TypeSpec:
					if s, ok := n.Type.(*ast.StructType); ok {
						if i := index(s.Fields); i >= 0 {
							structs[n.Name.Name] = i
						}
					}
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if named(name) && i < len(n.Values) {
							see(n.Values[i])
						}
					}
				}
				return true
			})
		}
		for _, f := range pkg {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					name := ""
					switch f := n.Fun.(type) {
					case *ast.Ident:
						name = f.Name
					case *ast.SelectorExpr:
						name = f.Sel.Name
					}
					if i, ok := calls[name]; ok && i < len(n.Args) {
						see(n.Args[i])
					}
				case *ast.CompositeLit:
					if id, ok := n.Type.(*ast.Ident); ok {
						if i, ok := structs[id.Name]; ok && i < len(n.Elts) {
							see(n.Elts[i])
						}
					}
				case *ast.KeyValueExpr:
					if named(n.Key) {
						see(n.Value)
					}
				}
				return true
			})
		}
	}
	if len(used) < 5 {
		t.Fatalf("found the rules %v only", used)
	}
	for name, at := range used {
		if _, ok := LookupRule(name); !ok {
			t.Errorf("%s: the rule %q is not in the table", at, name)
		}
	}
	for _, r := range Rules {
		if _, ok := used[r.Name]; !ok {
			t.Errorf("the rule %q is in the table, and nothing uses it", r.Name)
		}
	}
}
