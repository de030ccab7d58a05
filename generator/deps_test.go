package generator

import (
	"os/exec"
	"strings"
	"testing"
)

// layers is the order of the packages. A package may import those on the lines
// above its own, and nothing else of ours.
const layers = `
	diag
	cache minify values
	markdown
	content
	site
	layout asset
	output
	publish
	watch serve
	config
	generator
	cli
	guidepost bench
`

func TestLayers(t *testing.T) {
	rank := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(layers), "\n") {
		for _, p := range strings.Fields(line) {
			rank[p] = i + 1
		}
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "guidepost/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	base := func(p string) string { return p[strings.LastIndex(p, "/")+1:] }
	seen := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if rank[base(f[0])] == 0 {
			t.Errorf("%s has no place in the order of packages", f[0])
			continue
		}
		seen++
		for _, imp := range f[1:] {
			if strings.HasPrefix(imp, "guidepost/") && rank[base(imp)] >= rank[base(f[0])] {
				t.Errorf("%s may not import %s", base(f[0]), base(imp))
			}
			switch base(f[0]) {
			case "values", "markdown", "content", "site", "output", "layout", "asset":
				// What decides about bytes knows neither the clock nor the disk.
				if imp == "os" || imp == "math/rand" || imp == "math/rand/v2" {
					t.Errorf("%s may not import %s: its output depends on input alone", base(f[0]), imp)
				}
			}
		}
	}
	if seen != len(rank) {
		t.Errorf("the order names %d packages, and there are %d", len(rank), seen)
	}
}
