package generator

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"guidepost/generator/internal/asset"
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/output"
	"guidepost/generator/internal/publish"
)

// make makes each file that is not remembered or not there, and hands it to
// the change that publishes it. It returns the whole site's files; lost are,
// with --keep-going, the problems of pages that turn out to have to stay as they
// are: the site is to be linked again.
func (x *build) make(ctx context.Context, l *linked, jobs []output.Job) (m publish.Manifest, change *publish.Change, lost diag.List, err error) {
	published := x.published()
	touched := map[string]bool{}
	if x.out != nil {
		for _, p := range x.checked() {
			touched[p] = true
		}
	}
	stale := 0
	if !x.o.DryRun {
		for i := range jobs {
			if _, ok := published.Find(jobs[i].Path); !ok || touched[jobs[i].Path] {
				stale++
			}
		}
	}
	if !x.o.DryRun {
		if change, err = x.out.Begin(ctx, stale); err != nil {
			return nil, nil, nil, err
		}
	}
	var files map[content.ID]string // page -> file, of those that stay as they are
	if x.o.KeepGoing {
		files = map[content.ID]string{}
		for _, e := range x.theSite().View(nil).All() {
			if l.held[e.File] {
				files[e.ID] = e.File
			}
		}
	}
	maker := output.NewMaker(x.cfg.Output)
	want := make(publish.Manifest, len(jobs))
	results := make([]cache.Result, len(jobs))
	var ran atomic.Int64
	err = x.each(ctx, "make", len(jobs), func(i int) error {
		j := &jobs[i]
		if files[j.ID] != "" && isPage(j) {
			want[i], _ = published.Find(j.Path)
			return nil
		}
		must := func(made cache.Digest) string {
			if x.o.DryRun {
				return ""
			}
			switch f, ok := published.Find(j.Path); {
			case !ok:
				return "it is not in the published folder"
			case touched[j.Path]:
				return "it was changed or removed in the published folder"
			case f.Digest != made:
				return "it was not published when it was made"
			}
			return ""
		}
		res, err := x.rounds.make.Do(ctx, task(j), must, func(t *cache.Task) (cache.Digest, error) {
			return x.file(ctx, maker, j, t, change)
		})
		if err != nil {
			return err
		}
		if res.Why != "" {
			ran.Add(1)
		}
		results[i] = res
		want[i] = publish.File{Path: j.Path, Digest: res.Digest}
		return nil
	})
	if len(x.inputs.late.diags) > 0 && ctx.Err() == nil {
		return nil, change, nil, nil
	}
	if err != nil {
		return nil, change, nil, err
	}
	kept := want[:0]
	for i, res := range results {
		x.diags = append(x.diags, res.Diags...)
		if res.Why != "" {
			x.r.Ran[task(&jobs[i])] = res.Why
		}
		f := want[i]
		if x.o.KeepGoing && x.severe(res.Diags).Failed() {
			f, _ = published.Find(jobs[i].Path)
			if e := x.theSite().View(nil).Entry(jobs[i].ID); e != nil && isPage(&jobs[i]) && !x.unmade[e.File] {
				x.unmade[e.File] = true
				lost = append(lost, res.Diags...)
			}
			if file := jobs[i].Arg; jobs[i].Kind == output.JobFile && f.Path == "" && !x.unmade[file] {
				// Links to it would lead nowhere.
				x.unmade[file] = true
				lost = append(lost, res.Diags...)
			}
		}
		if f.Path != "" {
			kept = append(kept, f)
		}
	}
	if made := kept; len(l.stay) > 0 {
		for _, f := range l.stay {
			if _, ok := made.Find(f.Path); !ok {
				kept = append(kept, f)
			}
		}
		slices.SortFunc(kept, func(a, b publish.File) int { return strings.Compare(a.Path, b.Path) })
	}
	x.rounds.make.Finish("make:")
	x.mark("make", int(ran.Load()), len(jobs))
	return kept, change, lost, nil
}

// isPage reports whether a job makes the page with the job's ID.
func isPage(j *output.Job) bool {
	switch j.Kind {
	case output.JobPage, output.JobHome, output.JobTopic, output.JobTopics, output.JobAZ, output.JobGlossary, output.JobMap,
		output.JobEmbed, output.JobCard, output.JobOEmbed, output.JobPageJSON, output.JobFragment:
		return true
	}
	return false
}

// file makes one file and hands it to change, if there is one.
func (x *build) file(ctx context.Context, maker *output.Maker, j *output.Job, t *cache.Task, change *publish.Change) (cache.Digest, error) {
	t.See("settings:output")
	if j.Kind == output.JobFile && !asset.Changes(j.Arg) {
		return x.copy(j, t, change)
	}
	env := x.env(j, t.See, t.Report)
	if j.Kind == output.JobFile {
		head, err := env.Read(j.Arg)
		if err != nil {
			return x.lost(j, t, err)
		}
		if heldBack(j.Arg, head[:min(len(head), headOfText)], t) {
			return cache.Digest{}, nil
		}
	}
	b, err := maker.Make(ctx, *j, env)
	if err != nil {
		return x.lost(j, t, err)
	}
	d := cache.Sum(b)
	if change != nil && !x.severe(t.Diags()).Failed() {
		err = change.Put(j.Path, d, b)
	}
	return d, err
}

// lost turns the failure to read a source into a problem with it.
func (x *build) lost(j *output.Job, t *cache.Task, err error) (cache.Digest, error) {
	var e *fs.PathError
	if j.Kind != output.JobFile || !errors.As(err, &e) {
		return cache.Digest{}, err
	}
	d := diag.Diag{Pos: diag.Pos{File: j.Arg}, Severity: diag.Error, Rule: "unreadable",
		Message: "it cannot be read: " + reason(err).Error(), Hint: "see who may read it, or take it out of content/"}
	if errors.Is(err, fs.ErrNotExist) {
		d.Message, d.Hint = "it vanished while the site was built", "build again"
	}
	t.Report(d)
	t.Once() // it may be there again, with the bytes that the task has looked at
	return cache.Digest{}, nil
}

// copy publishes a file of content/ as it lies, whatever its size.
func (x *build) copy(j *output.Job, t *cache.Task, change *publish.Change) (cache.Digest, error) {
	t.See("file:" + j.Arg)
	d := x.tree.digest(j.Arg)
	if d.IsZero() {
		_, err := x.tree.open(j.Arg)
		if err == nil {
			err = &fs.PathError{Op: "read", Path: j.Arg, Err: fs.ErrInvalid}
		}
		return x.lost(j, t, err)
	}
	f, err := x.tree.open(j.Arg)
	if err != nil {
		return x.lost(j, t, err)
	}
	defer f.Close()
	head := make([]byte, headOfText)
	n, _ := f.ReadAt(head, 0)
	if heldBack(j.Arg, head[:n], t) {
		return cache.Digest{}, nil
	}
	if change == nil {
		return d, nil
	}
	err = change.PutFrom(j.Path, d, f)
	if errors.Is(err, publish.ErrChanged) {
		t.Report(diag.Diag{Pos: diag.Pos{File: j.Arg}, Severity: diag.Error, Rule: "unreadable",
			Message: "it changed while the site was built", Hint: "build again"})
		t.Once()
		return cache.Digest{}, nil
	}
	return d, err
}

// headOfText is how much of a file is searched for front matter.
const headOfText = 4 << 10

// heldBack reports, also as a problem, whether a file that would be published as
// it lies says at its head that it is a draft.
func heldBack(file string, head []byte, t *cache.Task) bool {
	line := draftLine(head)
	if line > 0 {
		t.Report(diag.Diag{Pos: diag.Pos{File: file, Line: line, Col: 1}, Severity: diag.Error, Rule: "held-back",
			Message: "the file says that it is a draft, but is not a .md file and would be published as it lies",
			Hint:    "end its name in .md, or take it out of content/"})
	}
	return line > 0
}

// headSize is how much of a picture is read for its size.
const headSize = 64 << 10

// size returns a picture's width and height in pixels, zero if unknown.
func (x *build) size(file string) (width, height int) {
	if x.tree.files[file] == nil {
		return 0, 0
	}
	f, err := x.tree.open(file)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headSize))
	if err != nil {
		return 0, 0
	}
	return asset.Size(path.Base(file), head)
}

// draftLine returns the line, from 1, at which the front matter with which a
// file begins says that it is a draft; 0 if it does not.
func draftLine(head []byte) int {
	text := strings.ToLower(strings.TrimPrefix(string(head), "\ufeff"))
	if !strings.HasPrefix(text, "---") && !strings.HasPrefix(text, "+++") && !strings.HasPrefix(text, ";;;") {
		return 0
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.Trim(line, " \t\r\"',{}")
		if rest, ok := strings.CutPrefix(line, "draft"); ok && (strings.Contains(rest, "true") || strings.Contains(rest, "yes") || strings.Contains(rest, "on")) {
			return i + 1
		}
	}
	return 0
}
