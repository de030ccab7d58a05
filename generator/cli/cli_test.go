package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"guidepost/generator"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/publish"
)

// rootVariable tells the program under test where the built-in content/ and
// layouts/ are.
const rootVariable = "GUIDEPOST_TEST_ROOT"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"guidepost": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(Run(ctx, os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr}, os.DirFS(os.Getenv(rootVariable)), os.Getenv))
	}})
}

// TestScript runs the scripts of testdata/script, each in a folder of its own
// with the files that it names.
func TestScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv(rootVariable, root)
			e.Setenv("SOURCE_DATE_EPOCH", "1791763200") // 2026-10-12
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// replace OLD NEW FILE edits a file, in which OLD has to stand.
			"replace": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 3 {
					ts.Fatalf("usage: replace old new file")
				}
				name := ts.MkAbs(args[2])
				text := ts.ReadFile(args[2])
				if !strings.Contains(text, args[0]) {
					ts.Fatalf("%s does not hold %q", args[2], args[0])
				}
				ts.Check(os.WriteFile(name, []byte(strings.Replace(text, args[0], args[1], 1)), 0o666))
			},
			// status N PROGRAM ARGS… runs a program and wants an exit status.
			"status": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 {
					ts.Fatalf("usage: status N program args...")
				}
				err := ts.Exec(args[1], args[2:]...)
				got := "0"
				var exit interface{ ExitCode() int }
				if errors.As(err, &exit) {
					got = string(rune('0' + exit.ExitCode()))
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if got != args[0] {
					ts.Fatalf("exit status %s, want %s", got, args[0])
				}
			},
			// port finds a free port and names it $ADDR, and the next one $NEXT.
			"port": func(ts *testscript.TestScript, neg bool, args []string) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				l.Close()
				ts.Setenv("ADDR", l.Addr().String())
				ts.Setenv("NEXT", fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port+1))
			},
			// get PATH STATUS [TEXT] asks $ADDR, or the address with which PATH begins, until the answer is that, and has the text.
			"get": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 || len(args) > 3 {
					ts.Fatalf("usage: get PATH STATUS [TEXT]")
				}
				at := ts.Getenv("ADDR") + args[0]
				if args[0][0] != '/' {
					at = args[0]
				}
				if got, ok := get("http://"+at, args[1], append(args[2:], "")[0]); !ok {
					ts.Fatalf("%s: %s", args[0], got)
				}
			},
			// eventually waits until a file is there, or with TEXT has it.
			"eventually": func(ts *testscript.TestScript, neg bool, args []string) {
				for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
					b, err := os.ReadFile(ts.MkAbs(args[0]))
					if (err == nil && (len(args) == 1 || strings.Contains(string(b), args[1]))) != neg {
						return
					}
				}
				ts.Fatalf("%s: not yet", args)
			},
		},
	})
}

// patience is how long a test waits for what takes milliseconds if nothing else goes on.
const patience = 30 * time.Second

// get asks for url until the answer has that status and text; else it returns the last one.
func get(url, status, text string) (got string, ok bool) {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		r, err := client.Get(url)
		if err != nil {
			got = err.Error()
			continue
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if got = r.Status + "\n" + string(b); fmt.Sprint(r.StatusCode) == status && strings.Contains(got, text) {
			return got, true
		}
	}
	return got, false
}

// A fake stands in for the generator.
type fake struct {
	options generator.Options
	result  generator.Result
	err     error
	openErr error
	explain string
	differ  []string
	closed  int
	during  func(generator.Options)
}

func (f *fake) Build(context.Context) (*generator.Result, error) {
	if f.during != nil {
		f.during(f.options)
	}
	if f.err != nil {
		return nil, f.err
	}
	return &f.result, nil
}

func (f *fake) Explain(path string) (string, error) {
	if f.explain == "" {
		return "", &generator.UsageError{}
	}
	return f.explain + " " + path + "\n", nil
}

func (f *fake) Verify(context.Context) ([]string, error) { return f.differ, nil }

func (f *fake) At(time.Time) {}

func (f *fake) Close() error { f.closed++; return nil }

// runFake runs the command line over a fake generator.
func runFake(ctx context.Context, f *fake, env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	a := &app{
		std:      Streams{strings.NewReader(""), &out, &errOut},
		defaults: fstest.MapFS{"layouts/article.html": {}},
		getenv:   func(k string) string { return env[k] },
		open: func(o generator.Options) (builder, error) {
			f.options = o
			if f.openErr != nil {
				return nil, f.openErr
			}
			return f, nil
		},
	}
	code = a.run(ctx, args)
	return code, out.String(), errOut.String()
}

var (
	anError   = diag.Diag{Pos: diag.Pos{File: "content/b.md", Line: 3, Col: 1}, Severity: diag.Error, Rule: "broken-link", Message: "no page", Hint: "write it"}
	aWarning  = diag.Diag{Pos: diag.Pos{File: "content/a.md", Line: 1, Col: 2}, Severity: diag.Warning, Rule: "duplicate-key", Message: "twice"}
	published = generator.Result{Published: true, Pages: 26, Unchanged: 3, Changes: publish.Changes{
		Added: []string{"a", "b"}, Updated: []string{"c"}, Removed: []string{"d"}}}
)

func TestExitStatus(t *testing.T) {
	failing := generator.Result{Diags: diag.List{anError, aWarning}}
	kept := published
	kept.Diags = diag.List{anError}
	warned := published
	warned.Diags = diag.List{aWarning}
	interrupted, cancel := context.WithCancel(context.Background())
	cancel()
	for what, c := range map[string]struct {
		ctx    context.Context
		fake   *fake
		args   string
		code   int
		out    string // on standard output, in full
		inErr  []string
		notErr []string
	}{
		"done":     {fake: &fake{result: published}, args: "build", inErr: []string{"26 pages; 3 files written, 3 unchanged, 1 removed; 0."}},
		"quiet":    {fake: &fake{result: published}, args: "build --quiet", notErr: []string{"pages"}},
		"warnings": {fake: &fake{result: warned}, args: "build", inErr: []string{"content/a.md:1:2: warning: twice [duplicate-key]\n", "1 warning; 26 pages; 3 files"}},
		"errors": {fake: &fake{result: failing}, args: "build", code: 1,
			inErr: []string{"content/b.md:3:1: error: no page [broken-link]\n", "1 error and 1 warning; nothing was published; "}, notErr: []string{"written"}},
		"errors, quiet":            {fake: &fake{result: failing}, args: "build --quiet", code: 1, inErr: []string{"no page"}, notErr: []string{"1 error"}},
		"keep going":               {fake: &fake{result: kept}, args: "build --keep-going", code: 1, inErr: []string{"1 error; all but the pages in error were published; 26 pages; 3 files written"}},
		"keep going, nothing kept": {fake: &fake{result: failing}, args: "build --keep-going", code: 1, inErr: []string{"nothing was published"}},
		"settings":                 {fake: &fake{result: generator.Result{Diags: diag.List{anError}, SettingsFailed: true}}, args: "build", code: 2, inErr: []string{"nothing was published"}},
		"settings, keep going":     {fake: &fake{result: generator.Result{Diags: diag.List{anError}, SettingsFailed: true}}, args: "build --keep-going", code: 2, inErr: []string{"nothing was published"}},
		"usage":                    {fake: &fake{openErr: &generator.UsageError{}}, args: "build", code: 2},
		"cannot begin":             {fake: &fake{openErr: errors.New("no room")}, args: "build", code: 3, inErr: []string{"guidepost: no room\n"}},
		"machine":                  {fake: &fake{err: errors.New("disk full")}, args: "build", code: 3, inErr: []string{"guidepost: disk full\n"}},
		"interrupted":              {ctx: interrupted, fake: &fake{err: context.Canceled}, args: "build", code: 130, inErr: []string{"guidepost: interrupted\n"}},
		"json": {fake: &fake{result: failing}, args: "build --format json", code: 1, inErr: []string{"1 error and 1 warning"}, notErr: []string{"no page"},
			out: `{"file":"content/a.md","line":1,"column":2,"severity":"warning","rule":"duplicate-key","message":"twice","hint":""}
{"file":"content/b.md","line":3,"column":1,"severity":"error","rule":"broken-link","message":"no page","hint":"write it"}
`},
		"explain":         {fake: &fake{result: published, explain: "because"}, args: "build --explain a/index.html", out: "because a/index.html\n"},
		"explain nothing": {fake: &fake{result: published}, args: "build --explain nope", code: 2},
		"verified":        {fake: &fake{result: published}, args: "build --verify", inErr: []string{"verified"}},
		"differs":         {fake: &fake{result: published, differ: []string{"a", "b"}}, args: "build --verify", code: 3, out: "a\nb\n", inErr: []string{"guidepost: 2 files differ from"}},
		"check":           {fake: &fake{result: generator.Result{Pages: 2}}, args: "check", inErr: []string{"no problems; 2 pages; 0."}, notErr: []string{"published", "written"}},
		"check, errors":   {fake: &fake{result: failing}, args: "check", code: 1, inErr: []string{"1 error and 1 warning; 0."}, notErr: []string{"published"}},
		"check, warnings": {fake: &fake{result: generator.Result{Diags: diag.List{aWarning}}}, args: "check"},
		"check, fail on":  {fake: &fake{result: generator.Result{Diags: diag.List{aWarning}}}, args: "check --fail-on warning", code: 1},
		"check, github":   {fake: &fake{result: failing}, args: "check --format github", code: 1, out: "::warning file=content/a.md,line=1,col=2,title=duplicate-key::twice\n::error file=content/b.md,line=3,col=1,title=broken-link::no page%0Awrite it\n"},
	} {
		t.Run(what, func(t *testing.T) {
			ctx := c.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			code, out, errOut := runFake(ctx, c.fake, nil, strings.Fields(c.args)...)
			if code != c.code || out != c.out {
				t.Errorf("status %d, want %d; standard output:\n%s\nwant:\n%s", code, c.code, out, c.out)
			}
			for _, s := range c.inErr {
				if !strings.Contains(errOut, s) {
					t.Errorf("standard error lacks %q:\n%s", s, errOut)
				}
			}
			for _, s := range c.notErr {
				if strings.Contains(errOut, s) {
					t.Errorf("standard error has %q:\n%s", s, errOut)
				}
			}
			if strings.Contains(errOut+out, "\x1b") {
				t.Errorf("colour, and no terminal: %q", errOut+out)
			}
			if want := 1; c.fake.openErr == nil && c.fake.closed != want {
				t.Errorf("closed %d times", c.fake.closed)
			}
		})
	}
}

func TestCheckSARIF(t *testing.T) {
	_, out, _ := runFake(context.Background(), &fake{result: generator.Result{Diags: diag.List{anError, aWarning}}}, nil, "check", "--format", "sarif")
	var log struct {
		Version string
		Runs    []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 2 {
		t.Errorf("%v in %s", err, out)
	}
}

// TestOptions wants every flag to reach the generator.
func TestOptions(t *testing.T) {
	f := &fake{result: published}
	code, _, errOut := runFake(context.Background(), f, nil, "build", "-C", "site", "--out", "www", "--base-url", "https://Example.org/a/", "--drafts",
		"--now", "2026-10-12", "--jobs", "3", "--relative", "--keep-going", "--no-cache")
	if code != 0 {
		t.Fatal(errOut)
	}
	o := f.options
	if o.Dir != "site" || o.Out != filepath.Join("site", "www") || o.BaseURL != "https://example.org/a" || !o.Drafts || o.Jobs != 3 ||
		!o.Relative || !o.KeepGoing || !o.NoCache || o.DryRun || o.Defaults == nil || !o.Now.Equal(time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("options: %+v", o)
	}
	f = &fake{}
	if code, _, _ := runFake(context.Background(), f, nil, "check"); code != 0 || !f.options.DryRun || f.options.Out != "" {
		t.Errorf("check: %d, %+v", code, f.options)
	}
	abs, _ := filepath.Abs("elsewhere")
	f = &fake{}
	if runFake(context.Background(), f, nil, "-C", "site", "build", "--out", abs); f.options.Out != abs {
		t.Errorf("out: %q", f.options.Out)
	}
}

func TestNow(t *testing.T) {
	for what, c := range map[string]struct {
		flag, epoch string
		want        string // empty: refused
	}{
		"date":            {"2026-10-12", "", "2026-10-12T00:00:00Z"},
		"time":            {"2026-10-12T09:30:00+01:00", "", "2026-10-12T08:30:00Z"},
		"flag first":      {"2026-10-12", "86400", "2026-10-12T00:00:00Z"},
		"epoch":           {"", "86400", "1970-01-02T00:00:00Z"},
		"no such day":     {"2026-02-30", "", ""},
		"other form":      {"12/10/2026", "", ""},
		"epoch no number": {"", "yesterday", ""},
		"epoch too far":   {"", "99999999999999", ""},
		"epoch negative":  {"", "-1", ""},
	} {
		f := &fake{result: published}
		args := []string{"build"}
		if c.flag != "" {
			args = append(args, "--now", c.flag)
		}
		code, _, errOut := runFake(context.Background(), f, map[string]string{"SOURCE_DATE_EPOCH": c.epoch}, args...)
		if c.want == "" {
			if code != 2 || !strings.Contains(errOut, c.flag+c.epoch) {
				t.Errorf("%s: status %d, %s", what, code, errOut)
			}
			continue
		}
		if got := f.options.Now.Format(time.RFC3339); code != 0 || got != c.want {
			t.Errorf("%s: %s, want %s (%s)", what, got, c.want, errOut)
		}
	}
	f := &fake{result: published}
	before := time.Now()
	runFake(context.Background(), f, nil, "build")
	if now := f.options.Now; now.Before(before.Add(-time.Second)) || now.After(time.Now().Add(time.Second)) {
		t.Errorf("the clock says %v", now)
	}
}

// TestSource wants lines of the site's own files, those of built-in layouts
// where the site has none, and nothing from elsewhere.
func TestSource(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(outside, []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "content"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "content", "a.md"), []byte("own"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "content", "link.md")); err != nil {
		t.Skip("no links here:", err)
	}
	a := &app{dir: dir, defaults: fstest.MapFS{"layouts/article.html": {Data: []byte("built in")}, "content/b.md": {Data: []byte("example")}}}
	for file, want := range map[string]string{
		"content/a.md": "own", "layouts/article.html": "built in", "content/b.md": "", "content/link.md": "",
		"../secret.md": "", "/etc/hostname": "", "content": "", "": "", "layouts/no.html": "",
	} {
		got, ok := a.source(file)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", file, got, ok, want)
		}
	}
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	clock := time.Unix(0, 0)
	p := &progress{w: &b, begun: clock, clock: func() time.Time { return clock }, width: func() int { return 10 }}
	p.show("scan", 1, 2)
	if p.erase(); b.Len() > 0 {
		t.Errorf("said something at once: %q", b.String())
	}
	clock = clock.Add(progressAfter)
	p.show("parse", 1, 20000)
	p.show("parse", 2, 20000) // too soon after the last
	clock = clock.Add(progressEvery)
	p.show("link", 0, 0)
	p.erase()
	p.erase()
	if want := "\r\x1b[Kparse 1 o\r\x1b[Klink\r\x1b[K"; b.String() != want {
		t.Errorf("drew %q, want %q", b.String(), want)
	}
	(*progress)(nil).erase()
}

// TestWaiting wants it said that another build goes on.
func TestWaiting(t *testing.T) {
	f := &fake{result: published, during: func(o generator.Options) { o.Waiting(42) }}
	if _, _, errOut := runFake(context.Background(), f, nil, "build", "--quiet"); errOut != "waiting for another build of this site (process 42)\n" {
		t.Errorf("said %q", errOut)
	}
}

// TestTimings wants a line a step.
func TestTimings(t *testing.T) {
	r := published
	r.Timings = []generator.Timing{{Step: "scan", Took: 1234567 * time.Nanosecond, Ran: 3, Total: 120}, {Step: "publish", Took: 2345 * time.Millisecond}}
	_, _, errOut := runFake(context.Background(), &fake{result: r}, nil, "build", "--timings")
	for _, want := range []string{"step          ran       of       took\n", "scan            3      120      1.2ms\n", "publish         0        0      2.35s\n"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("no %q in\n%s", want, errOut)
		}
	}
}

// TestHostileNames wants what the command line was given to be harmless in what is said.
func TestHostileNames(t *testing.T) {
	for _, args := range [][]string{{"\x1b[2J"}, {"build", "--\x1b[2J"}, {"build", "--now", "\x1b[2J"}, {"new", "layout", "\x1b]0;x\x07"}, {"new", "article", "\x1b[2J"}, {"build", "\x9b2J\u202e"}} {
		code, out, errOut := runFake(context.Background(), &fake{}, nil, args...)
		if code != 2 || strings.ContainsAny(out+errOut, "\x1b\x07\u202e\u009b") {
			t.Errorf("%q: status %d, %q", args, code, errOut)
		}
	}
}

// TestYAMLText wants titles that YAML would take for something else in quotes.
func TestYAMLText(t *testing.T) {
	for in, want := range map[string]string{
		"After a bad interview": "After a bad interview", "2026": `"2026"`, "No": `"No"`, "A: b": `"A: b"`, "[x]": `"[x]"`, "# x": `"# x"`,
		"Café": "Café", "A, b": `"A, b"`, `say "hi"`: `"say \"hi\""`, "Null": `"Null"`, "A-": `"A-"`, "Don't": "Don't",
	} {
		if got := yamlText(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
