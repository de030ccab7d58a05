package layout

import (
	"os"
	"strings"
	"testing"
)

// A txtar is a file of many, as of golang.org/x/tools/txtar.
type txtar struct {
	comment string
	files   []txtarFile
}

type txtarFile struct{ name, data string }

func readArchive(t *testing.T, name string) *txtar {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a := &txtar{}
	for line := range strings.Lines(string(b)) {
		if n, ok := strings.CutPrefix(line, "-- "); ok {
			if n, ok := strings.CutSuffix(strings.TrimRight(n, "\r\n"), " --"); ok {
				a.files = append(a.files, txtarFile{name: n})
				continue
			}
		}
		if len(a.files) == 0 {
			a.comment += line
		} else {
			a.files[len(a.files)-1].data += line
		}
	}
	return a
}

func (a *txtar) write(t *testing.T, name string) {
	t.Helper()
	s := a.comment
	for _, f := range a.files {
		s += "-- " + f.name + " --\n" + f.data
		if f.data != "" && !strings.HasSuffix(f.data, "\n") {
			s += "\n"
		}
	}
	if err := os.WriteFile(name, []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
}
