package publish

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asChild is set in a process that a test started to be killed.
const asChild = "GUIDEPOST_TEST_PUBLISH_CHILD"

// versions are the sites between which the child goes to and fro.
func versions() []tree {
	a, b := many(120, "old"), many(90, "new")
	a["changes"], b["changes/index.html"] = "a file", "a folder"
	for name, text := range a {
		a[name] = strings.Repeat(text, 500)
	}
	for name, text := range b {
		b[name] = strings.Repeat(text, 700)
	}
	return []tree{a, b}
}

func childOptions(site string, inPlace bool) Options {
	opt := siteOptions(site)
	opt.InPlace, opt.many = inPlace, 10
	return opt
}

// TestChild is what the child does: it publishes until it is killed.
func TestChild(t *testing.T) {
	site, ok := os.LookupEnv(asChild)
	if !ok {
		t.Skip("only as the child of TestRealKills")
	}
	inPlace := strings.HasPrefix(site, "in place:")
	opt := childOptions(strings.TrimPrefix(site, "in place:"), inPlace)
	for i := 0; ; i++ {
		mustPublish(t, opt, versions()[i%2])
		if i == 1 {
			fmt.Println("ready")
		}
	}
}

// TestRealKills ends real processes at moments that nobody chose.
func TestRealKills(t *testing.T) {
	for _, inPlace := range []bool{false, true} {
		t.Run(fmt.Sprintf("inPlace=%v", inPlace), func(t *testing.T) {
			t.Parallel()
			site := newSite(t)
			public := filepath.Join(site, "public")
			tree{"CNAME": "example.org"}.write(t, public)
			outcomes := map[string]int{}
			for range 12 {
				arg := site
				if inPlace {
					arg = "in place:" + site
				}
				cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
				cmd.Env = append(os.Environ(), asChild+"="+arg)
				cmd.Stderr = os.Stderr
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				line := make([]byte, 5)
				if _, err := out.Read(line); err != nil || string(line) != "ready" {
					rest := make([]byte, 2000)
					n, _ := out.Read(rest)
					t.Fatalf("the child says %s%s, %v", line, rest[:n], err)
				}
				time.Sleep(rand.N(40 * time.Millisecond))
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				cmd.Wait()

				at := readTree(t, public)
				sites := versions()
				for i := range sites {
					sites[i]["CNAME"] = "example.org"
				}
				mixed := !equal(at, sites[0]) && !equal(at, sites[1])
				if mixed {
					outcomes["mixed"]++
				}
				for name, text := range at {
					if !strings.HasSuffix(name, "/") && text != sites[0][name] && text != sites[1][name] {
						t.Fatalf("%s is neither old nor new", name)
					}
				}
				if mixed && !inPlace {
					t.Fatal("an exchanged folder is a mixture")
				}
				d, err := Open(context.Background(), childOptions(site, inPlace))
				if err != nil {
					t.Fatal(err)
				}
				outcomes[[]string{"nothing left", "finished", "undone"}[d.Recovered()]]++
				if then := readTree(t, public); !equal(then, sites[0]) && !equal(then, sites[1]) {
					t.Fatal("after it was opened, the site is neither the old one nor the new one")
				}
				wantRest(t, "after a kill", d, site)
				d.Close()
			}
			t.Log(outcomes)
		})
	}
}
