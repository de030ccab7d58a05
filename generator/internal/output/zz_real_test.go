package output

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/layout"
	"guidepost/generator/internal/site"
)

func TestReal(t *testing.T) {
	f := guidance(t)
	for k := range f.files { _ = k }
	var cards []*content.Card
	var digests []cache.Digest
	for _, n := range f.all {
		cards = append(cards, n.Card)
		digests = append(digests, cache.Sum([]byte(n.ID)))
	}
	st, diags := site.Link(site.Input{Cards: cards, Digests: digests, Files: []string{"/interviews/chairs.png"}, Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Options: site.Options{Language: "en-GB", PageSize: 2, FeedLimit: 20, HasBase: true}})
	for _, d := range diags { t.Log(d) }
	set, ld := layout.Load(os.DirFS("../../../layouts"), nil)
	for _, d := range ld { t.Log(d) }
	r := set.Begin()
	defer r.End()
	jobs, pd := Plan(f.o, Survey(st.View(nil)), nil, fakeAssets(f.assets).Files())
	for _, d := range pd { t.Log(d) }
	m := NewMaker(f.o)
	for _, j := range jobs {
		var l looks
		e := f.env(&l)
		e.View = st.View(e.See)
		e.Layouts = set
		out, err := m.Make(context.Background(), j, e)
		if err != nil { t.Error(err) }
		for _, d := range l.diags { t.Error(j.Path, d) }
		os.MkdirAll("/tmp/gpo/pub/"+dir(j.Path), 0o755)
		os.WriteFile("/tmp/gpo/pub/"+j.Path, out, 0o644)
		if j.Path == "interviews/after/index.html" { fmt.Println(l.names) }
		for _, n := range l.names { if len(n) > 5 && n[:5] == "site:" { st.Digest(n[5:]) } }
	}
}
func dir(p string) string { i := len(p)-1; for i >= 0 && p[i] != '/' { i-- }; if i < 0 { return "." }; return p[:i] }
