// Command bench measures Guidepost on a synthetic site and compares it with a
// floor taken in the same run: reading, goldmark, html/template, minifying and
// writing the same files, each alone on all cores, summed.
//
// Machines differ and are busy with other things, so what counts are the ratios
// of medians, and not the seconds.
//
//	go run ./generator/bench [-articles 10000] [-rounds 3] [-large 100000] [-dir DIR] [-program FILE]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/html"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

func main() {
	articles := flag.Int("articles", 10_000, "articles of the site")
	large := flag.Int("large", 0, "also build a site of that many articles, and one with all of them under one topic, and tell the growth")
	rounds := flag.Int("rounds", 3, "how often each is measured")
	dir := flag.String("dir", "", "folder for the sites (default: a temporary one)")
	program := flag.String("program", "", "the program to measure (default: built from this folder)")
	flag.Parse()
	if err := run(*articles, *large, *rounds, *dir, *program); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(articles, large, rounds int, dir, program string) error {
	if dir == "" {
		d, err := os.MkdirTemp("", "guidepost-bench-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(d)
		dir = d
	}
	if program == "" {
		program = filepath.Join(dir, "guidepost")
		if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	site := filepath.Join(dir, "site")
	if err := write(site, articles, 40); err != nil {
		return err
	}
	fmt.Printf("%d articles, %d cores, %s\n\n", articles, runtime.NumCPU(), runtime.Version())

	var floors, floorsCPU, cleans, cleansCPU, warms, warmsCPU, edits, editsCPU, memory []float64
	var steps map[string]float64
	for round := range rounds {
		before := ownCPU()
		// Nothing is deleted before the end: a file system that has just deleted
		// ten thousand files makes new ones more slowly for a minute.
		s, total, err := floor(site, filepath.Join(dir, fmt.Sprint("floor-", round)))
		if err != nil {
			return err
		}
		steps = s
		floors, floorsCPU = append(floors, total), append(floorsCPU, ownCPU()-before)

		for _, made := range []string{".guidepost", "public"} {
			old := filepath.Join(dir, fmt.Sprintf("old-%d-%s", round, made))
			if err := os.Rename(filepath.Join(site, made), old); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		took, cpu, peak, err := build(program, site)
		if err != nil {
			return err
		}
		cleans, cleansCPU, memory = append(cleans, took), append(cleansCPU, cpu), append(memory, peak)
		// What was written in the last two seconds is read again, as it should.
		time.Sleep(2500 * time.Millisecond)
		if _, _, _, err = build(program, site); err != nil {
			return err
		}
		for k := range 3 {
			if took, cpu, _, err = build(program, site); err != nil {
				return err
			}
			warms, warmsCPU = append(warms, took), append(warmsCPU, cpu)
			if err := edit(site, round*3+k); err != nil {
				return err
			}
			if took, cpu, _, err = build(program, site); err != nil {
				return err
			}
			edits, editsCPU = append(edits, took), append(editsCPU, cpu)
			time.Sleep(2500 * time.Millisecond)
			if _, _, _, err = build(program, site); err != nil {
				return err
			}
		}
	}
	f, c := median(floors), median(cleans)
	fc, cc := median(floorsCPU), median(cleansCPU)
	for _, s := range floorSteps {
		fmt.Printf("  floor: %-10s %7.2f s\n", s, steps[s])
	}
	// On a machine that is busy with other things, the times on the clock are
	// theirs as well; those of the processors are not.
	fmt.Printf("%-26s %10s %10s %10s %10s %8s\n", "median of "+fmt.Sprint(rounds), "clock", "ratio", "processors", "ratio", "goal")
	line := func(name string, clock, of, cpu, ofCPU float64, goal string) {
		fmt.Printf("%-26s %8.3f s %10.3f %8.3f s %10.3f %8s\n", name, clock, clock/of, cpu, cpu/ofCPU, goal)
	}
	line("floor", f, f, fc, fc, "")
	line("clean build / floor", c, f, cc, fc, "1.50")
	line("nothing changed / clean", median(warms), c, median(warmsCPU), cc, "0.050")
	line("one body edited / clean", median(edits), c, median(editsCPU), cc, "0.060")
	fmt.Printf("%.0f pages a second; peak memory of a clean build %.0f MB (goal 500)\n", float64(articles)/c, median(memory))
	if large == 0 {
		return nil
	}
	fmt.Println()
	for _, topics := range []int{40, 1} {
		site := filepath.Join(dir, fmt.Sprintf("large-%d", topics))
		if err := write(site, large, topics); err != nil {
			return err
		}
		took, cpu, peak, err := build(program, site)
		if err != nil {
			return err
		}
		fmt.Printf("%d articles, topics: %-3d  %7.2f s %5.1f times, processors %7.2f s %5.1f times %d articles (goal 12), %.0f MB (goal 1600)\n",
			large, topics, took, took/c, cpu, cpu/cc, articles, peak)
		if err := os.RemoveAll(site); err != nil {
			return err
		}
	}
	return nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// build builds a site in a process of its own, and returns the seconds that it
// took on the clock and of the processors, and its peak memory in MB.
func build(program, site string) (seconds, cpu, peak float64, err error) {
	cmd := exec.Command(program, "-C", site, "build", "--now", "2026-11-23", "--quiet")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, 0, fmt.Errorf("build: %w\n%s", err, out.String())
	}
	p := cmd.ProcessState
	return time.Since(began).Seconds(), (p.UserTime() + p.SystemTime()).Seconds(), peakMemory(p), nil
}

// edit changes a sentence in the middle of an article's body.
func edit(site string, n int) error {
	name := filepath.Join(site, "content", articlePath(n*37%50))
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	at := bytes.LastIndex(b, []byte("\n\n"))
	b = slices.Insert(b, at, fmt.Appendf(nil, "\n\nA new sentence, the number %d, was written here today.", n)...)
	return os.WriteFile(name, b, 0o644)
}

var floorSteps = []string{"read", "goldmark", "template", "minify", "write"}

// floor does what every generator has to do, step by step, and returns the
// seconds of each and of all.
func floor(site, out string) (map[string]float64, float64, error) {
	var names []string
	root := filepath.Join(site, "content")
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	steps := map[string]float64{}
	// The steps run batch by batch, so that no more than a batch is in memory.
	const batch = 1000
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList, extension.Typographer),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithAttribute()),
	)
	tmpl := template.Must(template.New("").Parse(floorLayout))
	m := minify.New()
	m.Add("text/html", &html.Minifier{KeepDocumentTags: true, KeepEndTags: true, KeepQuotes: true})
	for from := 0; from < len(names); from += batch {
		part := names[from:min(from+batch, len(names))]
		data := make([][]byte, len(part))
		timed := func(step string, do func(i int) error) error {
			began := time.Now()
			err := parallel(len(part), do)
			steps[step] += time.Since(began).Seconds()
			return err
		}
		for _, s := range []struct {
			name string
			do   func(i int) error
		}{
			{"read", func(i int) (err error) {
				data[i], err = os.ReadFile(part[i])
				return err
			}},
			{"goldmark", func(i int) error {
				_, body, _ := bytes.Cut(data[i][4:], []byte("\n---\n"))
				var b bytes.Buffer
				err := md.Convert(body, &b)
				data[i] = b.Bytes()
				return err
			}},
			{"template", func(i int) error {
				var b bytes.Buffer
				err := tmpl.Execute(&b, floorData{Title: part[i], Body: template.HTML(data[i]), Links: floorLinks})
				data[i] = b.Bytes()
				return err
			}},
			{"minify", func(i int) (err error) {
				data[i], err = m.Bytes("text/html", data[i])
				return err
			}},
			{"write", func(i int) error {
				rel, _ := filepath.Rel(root, part[i])
				dir := filepath.Join(out, strings.TrimSuffix(rel, ".md"))
				if err := os.MkdirAll(dir, 0o777); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(dir, "index.html"), data[i], 0o666)
			}},
		} {
			if err := timed(s.name, s.do); err != nil {
				return nil, 0, err
			}
		}
	}
	total := 0.0
	for _, s := range steps {
		total += s
	}
	return steps, total, nil
}

type floorData struct {
	Title string
	Body  template.HTML
	Links []floorLink
}

type floorLink struct{ URL, Text string }

var floorLinks = slices.Repeat([]floorLink{{"/interviews/after/", "After the interview"}}, 20)

const floorLayout = `<!doctype html>
<html lang="en-GB">
  <head>
    <meta charset="utf-8">
    <title>{{.Title}}</title>
    <meta name="description" content="{{.Title}}">
    <link rel="stylesheet" href="/site.css">
  </head>
  <body>
    <header><a href="/">Home</a></header>
    <main><h1>{{.Title}}</h1>{{.Body}}</main>
    <ul>{{range .Links}}
      <li><a href="{{.URL}}">{{.Text}}</a></li>{{end}}
    </ul>
    <footer>Guidance</footer>
  </body>
</html>
`

func parallel(n int, do func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || errs[w] != nil {
					return
				}
				errs[w] = do(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
