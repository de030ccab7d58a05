package generator
import ("testing";"context";"os";"time";"runtime/debug")
func TestProf(t *testing.T) {
	dir := os.Getenv("PROF_SITE")
	if dir == "" { t.Skip() }
	debug.SetGCPercent(400)
	os.RemoveAll(dir+"/.guidepost"); os.RemoveAll(dir+"/public")
	b, err := New(Options{Dir: dir, Defaults: os.DirFS(".."), Now: time.Date(2026,11,23,0,0,0,0,time.UTC)})
	if err != nil { t.Fatal(err) }
	r, err := b.Build(context.Background())
	if err != nil { t.Fatal(err) }
	for _, x := range r.Timings { t.Log(x) }
	t.Log(len(r.Diags), r.Pages)
	b.Close()
}
