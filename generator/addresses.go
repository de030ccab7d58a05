package generator

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"guidepost/generator/internal/diag"
	"guidepost/generator/internal/site"
)

// ledger reads the list of addresses that were published, where there is one.
func (x *build) ledger() ([]site.LedgerLine, diag.List) {
	if x.tree.files[site.LedgerFile] == nil {
		return nil, nil
	}
	src, err := x.tree.bytes(site.LedgerFile)
	if err != nil {
		var l diag.List
		l.Errorf(diag.Pos{File: site.LedgerFile}, "unreadable", "it cannot be read: %v", reason(err)).Hint = "see who may read it"
		return nil, l
	}
	return site.ParseLedger(src)
}

// A Ledger is what content/addresses.txt holds, and what it is to hold.
type Ledger struct {
	New   []string // published and not in it
	Total int      // lines of it with those
	Wrote bool
}

// Addresses compares content/addresses.txt with what the site publishes, and
// with write adds to it what is new. What it has lost is told as a problem, and
// stays in it. Where other problems are errors nothing is compared: it would
// miss pages.
func (b *Builder) Addresses(ctx context.Context, write bool) (*Ledger, diag.List, error) {
	x, err := b.survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer x.tree.close()
	if x.diags.Failed() {
		return nil, x.diags.Sorted(), nil
	}
	w, err := x.world(ctx, x.tree.paths, x.cfg, x.tree.bytes, nil)
	if err != nil {
		return nil, nil, err
	}
	lines, all := x.ledger()
	lost := map[string]bool{"dropped-address": true, "dropped-anchor": true}
	all = append(all, w.diags...)
	for _, n := range w.namers {
		all = append(all, n.diags...)
	}
	all = slices.DeleteFunc(x.severe(all), func(d diag.Diag) bool { return d.Severity != diag.Error && !lost[d.Rule] })
	if slices.ContainsFunc(all, func(d diag.Diag) bool { return !lost[d.Rule] }) {
		return nil, all.Sorted(), nil
	}
	was := make(map[string]bool, len(lines))
	list := make([]string, 0, len(lines))
	for _, l := range lines {
		if s := l.String(); !was[s] {
			was[s] = true
			list = append(list, s)
		}
	}
	r := &Ledger{}
	for _, a := range w.site.Addresses() {
		if !was[a] {
			r.New = append(r.New, a)
			list = append(list, a)
		}
	}
	r.Total = len(list)
	if !write {
		return r, all.Sorted(), nil
	}
	slices.Sort(list)
	head := site.LedgerHead
	var old string
	if x.tree.files[site.LedgerFile] != nil {
		src, err := x.tree.bytes(site.LedgerFile)
		if err != nil {
			return nil, nil, err
		}
		old = string(src)
		// What people wrote above the first line is theirs.
		head = ""
		for line := range strings.Lines(strings.TrimPrefix(old, "\ufeff")) {
			if t := strings.TrimSpace(line); t != "" && t[0] != '#' {
				break
			}
			head += strings.TrimRight(line, "\r\n") + "\n"
		}
	}
	if text := head + strings.Join(list, "\n") + "\n"; text != old {
		dir, err := filepath.EvalSymlinks(filepath.Join(x.o.Dir, "content"))
		if err != nil {
			return nil, nil, err
		}
		if err := writeWhole(filepath.Join(dir, filepath.Base(site.LedgerFile)), []byte(text)); err != nil {
			return nil, nil, err
		}
		r.Wrote = true
	}
	return r, all.Sorted(), nil
}
