package site

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/markdown"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// day is today in all tests.
var day = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// A scene is a case's site before it is linked.
type scene struct {
	Now     time.Time
	Site    Options
	Content content.Options
}

// TestLink links each testdata/*.txtar: its articles are parsed, the other
// files of content/ taken as they are, and the problems and the answers to the
// questions of the file ask compared.
func TestLink(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sc := scene{Now: day, Site: Options{PageSize: 2, FeedLimit: 3, HasBase: true}, Content: content.Options{Language: "en-GB"}}
			var ask string
			for _, f := range a.Files {
				switch f.Name {
				case "options.json":
					if err := json.Unmarshal(f.Data, &sc); err != nil {
						t.Fatal(err)
					}
				case "ask":
					ask = string(f.Data)
				}
			}
			in := input(t, sc, a)
			s, diags := Link(in)
			got := map[string][]byte{"want.problems": problems(diags), "want.answers": answers(t, s, in, ask)}
			wants := 0
			for i, f := range a.Files {
				g, ok := got[f.Name]
				if !ok {
					continue
				}
				wants++
				if d := cmp.Diff(string(f.Data), string(g)); d != "" && !*update {
					t.Errorf("%s (- wanted, + got):\n%s", f.Name, d)
				}
				a.Files[i].Data = g
			}
			if wants == 0 {
				t.Error("the case wants nothing")
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// input parses the articles of a case. A problem with one of them is a mistake
// in the case.
func input(t *testing.T, sc scene, a *txtar.Archive) Input {
	p := content.NewParser(markdown.New(markdown.Options{Language: sc.Content.Language}), sc.Content)
	in := Input{Now: sc.Now, Options: sc.Site}
	for _, f := range a.Files {
		switch {
		case !strings.HasPrefix(f.Name, "content/"):
		case f.Name == glossaryFile:
			g, diags := p.ParseGlossary(f.Name, f.Data)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			in.Glossary = g
			names := markdown.NewTerms(g.Names())
			p.Explain(func() *markdown.Terms { return names })
		case f.Name == factFile:
			var diags diag.List
			if in.Facts, diags = p.ParseFacts(f.Name, f.Data); len(diags) > 0 && !in.Facts.Lost {
				t.Fatal(diags)
			}
		case !strings.HasSuffix(f.Name, ".md"):
			in.Files = append(in.Files, strings.TrimPrefix(f.Name, "content"))
		default:
			page, diags := p.Parse(f.Name, f.Data)
			if diags.Failed() {
				t.Fatal(diags)
			}
			var e cache.Encoder
			page.Card.Encode(&e)
			in.Cards, in.Digests = append(in.Cards, page.Card), append(in.Digests, cache.Sum(e.B))
		}
	}
	return in
}

func problems(l diag.List) []byte {
	var b bytes.Buffer
	for _, d := range l.Sorted() {
		fmt.Fprintf(&b, "%s", d)
		if d.EndCol > 0 {
			fmt.Fprintf(&b, " to %d", d.EndCol)
		}
		fmt.Fprintf(&b, "\n    %s\n", d.Hint)
	}
	return b.Bytes()
}

// answers asks each line of ask. Whatever is asked must have been told to see,
// and have a digest that another linking of the same cards gives too.
func answers(t *testing.T, s *Site, in Input, ask string) []byte {
	var b bytes.Buffer
	saw := map[string]bool{}
	looks := 0
	v := s.View(func(name string) { saw[name] = true; looks++ })
	entries := func(l []*Entry) {
		for _, e := range l {
			fmt.Fprintf(&b, "    %s %s\n", e.ID.URL(), e.Title)
		}
	}
	for line := range strings.Lines(ask) {
		line = strings.TrimSpace(line)
		question, arg, _ := strings.Cut(line, " ")
		id := content.ID(strings.Trim(arg, "/"))
		before := looks
		fmt.Fprintf(&b, "%s\n", line)
		switch question {
		case "resolve":
			for i := range v.Entry(id).Refs {
				r := &s.byID[id].Refs[i]
				to := v.Resolve(r)
				fmt.Fprintf(&b, "    %s -> %s | %s", r.Target, to.URL, to.Title)
				if to.External {
					b.WriteString(" | external")
				}
				b.WriteString("\n")
			}
		case "entry":
			if e := v.Entry(id); e != nil {
				fmt.Fprintf(&b, "    %s %s, review due %q, newest %q\n", e.ID.URL(), [...]string{Live: "live", Expired: "expired", Withdrawn: "withdrawn"}[e.State], e.ReviewDue, e.Newest.Text)
			} else {
				b.WriteString("    not there\n")
			}
		case "shown": // every text of a card
			e := v.Entry(id)
			fmt.Fprintf(&b, "    %q %q alt %q caption %q\n", e.Title, e.Description, e.Image.Alt, e.Image.Caption)
			for _, c := range e.Changes {
				fmt.Fprintf(&b, "    change %q\n", c.Note)
			}
			for _, h := range e.Headings {
				fmt.Fprintf(&b, "    #%s %q %q\n", h.ID, h.Text, h.HTML)
			}
		case "term":
			if x := v.Term(arg); x != nil {
				fmt.Fprintf(&b, "    %s %s, also %q, see %d\n", x.ID, x.Name, x.Also, len(x.See))
			} else {
				b.WriteString("    not there\n")
			}
		case "glossary":
			for _, u := range v.Glossary() {
				fmt.Fprintf(&b, "    %s, %d more:\n", u.Name, u.More)
				entries(u.Pages)
			}
		case "related":
			entries(v.Related(id))
		case "back":
			for _, l := range v.Backlinks(id) {
				entries([]*Entry{l.Entry})
				if l.Linked != "" {
					fmt.Fprintf(&b, "        %s[%s]%s\n", l.Before, l.Linked, l.After)
				}
			}
		case "crumbs":
			for _, c := range v.Crumbs(id) {
				fmt.Fprintf(&b, "    %s %q\n", c.ID.URL(), c.Title)
			}
		case "part-of":
			m := v.PartOf(id)
			if g := m.Guide; g != nil {
				fmt.Fprintf(&b, "    part %d of %s\n", m.Part, g.Page.ID.URL())
				entries(g.Parts)
			}
			for _, p := range m.Journeys {
				fmt.Fprintf(&b, "    step %d of %d of %s\n", p.At, len(p.Steps), p.Page.ID.URL())
			}
		case "steps":
			if j := v.Journey(id); j != nil {
				for _, x := range j.Steps {
					fmt.Fprintf(&b, "    %q %q\n", x.Title, x.Text)
					for _, l := range x.Links {
						fmt.Fprintf(&b, "        %s | %s | page %t, external %t\n", l.URL, l.Title, l.Entry != nil, l.External)
					}
				}
			}
		case "journeys":
			entries(v.Journeys())
		case "topics":
			for _, x := range v.Topics() {
				fmt.Fprintf(&b, "    %s %q %d, parent %q, children %q, page %t\n", x.Slug, x.Title, x.Count, x.Parent, x.Children, x.Page != nil)
			}
		case "topic":
			x := v.Topic(arg)
			fmt.Fprintf(&b, "    %t\n", x != nil)
		case "list":
			slug, page, _ := strings.Cut(arg, " ")
			n, err := strconv.Atoi(page)
			if err != nil {
				t.Fatal(line, err)
			}
			entries(v.TopicList(slug, n))
		case "newest":
			if arg == "" {
				entries(v.Newest())
			} else {
				entries(v.TopicNewest(arg))
			}
		case "listed":
			entries(v.Listed())
		case "all":
			entries(v.All())
		case "redirects":
			for _, r := range v.Redirects() {
				fmt.Fprintf(&b, "    %s -> %s\n", r.From, r.To.URL())
			}
		case "map":
			list := v.Map()
			if arg != "" {
				list = v.MapTopic(strings.TrimPrefix(arg, "-"))
			}
			for _, e := range list {
				fmt.Fprintf(&b, "    %s %q in %q:", e.ID.URL(), e.Title, e.Topic)
				for _, to := range e.Links {
					fmt.Fprintf(&b, " %s (%s)", to.ID.URL(), v.HomeTopic(to))
				}
				b.WriteByte('\n')
			}
		case "transitions":
			for _, at := range Transitions(in.Cards, in.Facts.List) {
				fmt.Fprintf(&b, "    %s\n", time.Unix(at, 0).UTC().Format(time.RFC3339))
			}
			continue
		default:
			t.Fatalf("no question %q", line)
		}
		if looks == before {
			t.Errorf("%s was not recorded", line)
		}
	}
	// The order in which cards come must not matter.
	slices.Reverse(in.Cards)
	slices.Reverse(in.Digests)
	again, _ := Link(in)
	slices.Reverse(in.Cards)
	slices.Reverse(in.Digests)
	for name := range saw {
		question := strings.TrimPrefix(name, "site:")
		if s.Digest(question) != again.Digest(question) {
			t.Errorf("the digest of %s depends on the order of cards", name)
		}
	}
	return b.Bytes()
}
