package generator

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// architecture is ARCHITECTURE.md: by heading, the rows of its tables.
func architecture(t *testing.T) map[string][][]string {
	src, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, heading := map[string][][]string{}, ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			heading = line[3:]
		case strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---"):
			var cells []string
			for c := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				cells = append(cells, strings.TrimSpace(c))
			}
			rows[heading] = append(rows[heading], cells)
		}
	}
	return rows
}

var inCode = regexp.MustCompile("`([^`]+)`")

func codesOf(cell string) (all []string) {
	for _, m := range inCode.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestArchitectureLimits looks for each constant of the table of limits where
// the table says that it is.
func TestArchitectureLimits(t *testing.T) {
	rows := architecture(t)["Limits"]
	for _, row := range rows[1:] {
		src, err := os.ReadFile(filepath.FromSlash(row[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, c := range codesOf(row[2]) {
			name, value, ok := strings.Cut(c, " = ")
			if !ok || !regexp.MustCompile(`(?m)^(const)?\s*`+regexp.QuoteMeta(name)+`\s*=\s*`+regexp.QuoteMeta(value)+`\s*(//.*)?$`).Match(src) {
				t.Errorf("%s has no constant %s (of %q)", row[1], c, row[0])
			}
		}
	}
	if len(rows) < 20 {
		t.Errorf("the table of limits has only %d rows", len(rows))
	}
}

// TestArchitectureLooks compares the table of looks with what inputs.go and
// site/ask.go answer.
func TestArchitectureLooks(t *testing.T) {
	answered := map[string]bool{}
	for _, f := range []struct{ file, after, prefix string }{
		{"inputs.go", "func (in *inputs) Digest(", ""},
		{"internal/site/ask.go", "func (s *Site) Digest(", "site:"},
	} {
		src, err := os.ReadFile(filepath.FromSlash(f.file))
		if err != nil {
			t.Fatal(err)
		}
		_, body, ok := strings.Cut(string(src), f.after)
		if !ok {
			t.Fatalf("%s has no %s", f.file, f.after)
		}
		body, _, _ = strings.Cut(body, "\n}\n")
		for _, m := range regexp.MustCompile(`(?m)^\tcase ((?:"[a-z-]+"(?:, )?)+):`).FindAllStringSubmatch(body, -1) {
			for kind := range strings.SplitSeq(m[1], ", ") {
				answered[f.prefix+strings.Trim(kind, `"`)] = true
			}
		}
	}
	delete(answered, "site") // has kinds of its own
	told := map[string]bool{}
	for _, row := range architecture(t)["Looks"][1:] {
		for _, look := range codesOf(row[0]) {
			parts := strings.Split(look, ":")
			kind := parts[0]
			if kind == "site" {
				kind += ":" + parts[1]
			}
			told[kind] = true
			if slices.Contains(codesOf(row[3]), "site") != strings.HasPrefix(kind, "site:") {
				t.Errorf("%s: what it is trusted by is not said right", look)
			}
			if fine := slices.Contains(codesOf(row[3]), kind); strings.HasPrefix(kind, "site:") && fine != slices.Contains(roots(), kind) {
				t.Errorf("%s: whether it has a root of its own is not said right", look)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(answered)) {
		if !told[kind] {
			t.Errorf("ARCHITECTURE.md does not tell of looks %s:", kind)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(told)) {
		if !answered[kind] {
			t.Errorf("ARCHITECTURE.md tells of looks %s:, which nobody answers", kind)
		}
	}
	if len(answered) < 15 {
		t.Errorf("only %d kinds of looks were found in the code", len(answered))
	}
}

// TestArchitectureOrder compares the table of packages with the order that
// TestLayers enforces, and that of CONTRIBUTING.md with both.
func TestArchitectureOrder(t *testing.T) {
	var told []string
	last := ""
	for _, row := range architecture(t)["The packages"][1:] {
		name := strings.ReplaceAll(row[1], ",", "")
		if row[0] == last {
			told[len(told)-1] += " " + name
		} else {
			told = append(told, name)
		}
		last = row[0]
	}
	order := strings.Split(strings.TrimSpace(layers), "\n")
	for i := range order {
		order[i] = strings.TrimSpace(order[i])
	}
	if !slices.Equal(told, order) {
		t.Errorf("ARCHITECTURE.md has the order\n%s\nand deps_test.go\n%s", strings.Join(told, "\n"), strings.Join(order, "\n"))
	}
	src, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var contributing []string
	for _, m := range regexp.MustCompile(`(?m)^\| \d+ \| ([^|]+) \|`).FindAllStringSubmatch(string(src), -1) {
		contributing = append(contributing, strings.ReplaceAll(m[1], ",", ""))
	}
	if !slices.Equal(contributing, order[:len(order)-1]) {
		t.Errorf("CONTRIBUTING.md has the order\n%s", strings.Join(contributing, "\n"))
	}
}

// TestArchitectureRecords compares the table of records with the names under
// which the code keeps any.
func TestArchitectureRecords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:SetRecord|remembered|recall)\("([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
			kept[m[1]] = true
		}
	}
	told := map[string]bool{}
	for _, row := range architecture(t)["What is remembered where"][1:] {
		for _, name := range codesOf(row[0]) {
			told[name] = true
		}
	}
	if !maps.Equal(kept, told) || len(kept) == 0 {
		t.Errorf("ARCHITECTURE.md tells of the records %v, and the code keeps %v", slices.Sorted(maps.Keys(told)), slices.Sorted(maps.Keys(kept)))
	}
}

// TestArchitectureModules compares the table of libraries with the modules
// that the program imports.
func TestArchitectureModules(t *testing.T) {
	imported := map[string]bool{}
	err := filepath.WalkDir("..", func(p string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(filepath.ToSlash(p), "/bench/") {
			return err
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:import )?\t?(?:[a-z]+ )?"([a-z.]+\.[a-z]+/[^"]+)"$`).FindAllStringSubmatch(string(src), -1) {
			imported[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, row := range architecture(t)["Libraries"][1:] {
		modules = append(modules, row[0])
	}
	used := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(imported)) {
		i := slices.IndexFunc(modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
		if i < 0 {
			t.Errorf("ARCHITECTURE.md does not say what %s is for", path)
			continue
		}
		used[modules[i]] = true
	}
	for _, m := range modules {
		if !used[m] {
			t.Errorf("ARCHITECTURE.md names %s, which nothing imports", m)
		}
	}
	if len(modules) != 16 {
		t.Errorf("ARCHITECTURE.md speaks of 16 modules and names %d", len(modules))
	}
}
