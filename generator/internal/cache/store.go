// Package cache remembers what was made and what it was made from.
//
// A task is work with a name. While it runs it says which named inputs it
// looks at; the cache keeps each input's digest beside the result. Next time,
// the task is skipped if every input that it looked at still has the same
// digest. There is no list of dependencies to declare, so none can be forgotten.
//
// Its one rule: a cache cannot fail a build. Missing, damaged, of another
// version or cut short, it is an empty cache.
package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"guidepost/generator/internal/diag"
)

// Rejected for the store: bbolt writes 10,000 small records in 0.5 s, a tenth
// of a whole build; one file a record costs more still. One index that is
// replaced whole, and two files that only grow, need 15 ms.

// Parts of a result that are kept apart, since they are read at other times.
const (
	Card = iota // small, read by the thousand when the site is linked
	Page        // large, read one by one
	parts
)

// A Part is where one part of a result is, and its digest.
type Part struct {
	Digest Digest
	off    int64
	size   int
}

// A look is an input that a task asked for and the answer that it got.
type look struct {
	name   uint32
	digest Digest
}

// An entry is what is remembered of a task.
type entry struct {
	task  string
	looks []look
	out   Digest       // of the result
	parts [parts]*Part // what was kept of it; nil where nothing was
	good  *Part        // the Card that was last marked as good; often that of parts
	diags diag.List
	why   string // what made it run last
	round int    // in which it was last asked for; not kept on disk
}

// A name is an input that some task asked for.
type name struct {
	text string
	last Digest // answer at the end of the last round…
	has  bool   // …if there was one
}

// A Store holds what is remembered. It is safe for concurrent use.
type Store struct {
	dir     *os.Root // nil: kept in memory only
	version string

	// Blind, if set, names looks that are not recorded: a fault that tests
	// plant, to see whether they would catch it.
	Blind func(look string) bool

	mu      sync.Mutex
	names   []name
	ids     *ids
	entries map[string]*entry
	read    []entry           // as they were in the index
	records map[string][]byte // small things of a whole step, by name
	roots   map[string]Digest // by kind of input, at the end of the last round
	packs   [parts]*pack
	rounds  int
	changed bool
	reading sync.WaitGroup // of names and entries
	litter  bool           // there may be packs in dir that nobody needs any more
	// indexSize is about how long the index is, in bytes.
	indexSize int
}

const (
	magic     = "guidepost cache 1\n"
	indexName = "index"
)

// Open returns the store kept in folder dir, or one in memory if dir is nil.
// A store that is missing, damaged or of another version is an empty one.
func Open(dir *os.Root, version string) *Store {
	s := &Store{dir: dir, version: version}
	s.reset()
	if dir == nil {
		return s
	}
	b, err := dir.ReadFile(indexName)
	s.indexSize = len(b)
	if err != nil || s.decode(b) != nil {
		s.reset()
		s.litter = true
	}
	return s
}

func (s *Store) reset() {
	for _, p := range s.packs {
		if p != nil {
			p.close()
		}
	}
	s.names, s.ids = nil, new(ids)
	s.read = nil
	s.entries, s.records, s.roots = map[string]*entry{}, map[string][]byte{}, map[string]Digest{}
	for i := range s.packs {
		s.packs[i] = newPack(s.dir, i, 1)
	}
}

// Close frees what the store holds open. It does not save.
func (s *Store) Close() {
	s.reading.Wait()
	for _, p := range s.packs {
		p.close()
	}
}

// Forget makes an empty store of s.
func (s *Store) Forget() {
	s.reading.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.changed = true
}

// Record returns what SetRecord kept under a name, or nil.
func (s *Store) Record(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[name]
}

// SetRecord keeps b, which must not change any more, under a name.
func (s *Store) SetRecord(name string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !bytes.Equal(s.records[name], b) {
		s.records[name], s.changed = b, true
	}
}

// Read returns the bytes of a part; false if they are damaged or gone.
func (s *Store) Read(kind int, p *Part) ([]byte, bool) {
	if p == nil {
		return nil, false
	}
	return s.packs[kind].read(p)
}

// Inputs gives the present digest of a named input, "file:content/a.md".
// Absence is an answer too: a task that looked for a missing input runs again
// when it appears.
//
// Root gives the digest of all that inputs of one kind ("site", or, finer,
// "site:target") derive from: while it is unchanged no input of the kind has
// changed. Zero says nothing.
type Inputs interface {
	Digest(name string) Digest
	Root(kind string) Digest
}

// A Round is one build's use of the store.
type Round struct {
	s      *Store
	in     Inputs
	number int
	now    []answer // by name, for the names known when the round began

	growing sync.Mutex
	later   atomic.Pointer[[]*[answersInPart]answer] // of names that came since, in parts that stay where they are
}

const answersInPart = 1024

// answer returns where the answer of the name with an id is.
func (r *Round) answer(id uint32) *answer {
	if int(id) < len(r.now) {
		return &r.now[id]
	}
	n := int(id) - len(r.now)
	part := n / answersInPart
	if l := r.later.Load(); l != nil && part < len(*l) {
		return &(*l)[part][n%answersInPart]
	}
	r.growing.Lock()
	defer r.growing.Unlock()
	var parts []*[answersInPart]answer
	if l := r.later.Load(); l != nil {
		parts = *l
	}
	for part >= len(parts) {
		parts = append(parts[:len(parts):len(parts)], new([answersInPart]answer))
	}
	r.later.Store(&parts)
	return &parts[part][n%answersInPart]
}

// An answer is a name's present digest, asked for once a round.
type answer struct {
	once   sync.Once
	known  atomic.Bool
	digest Digest
}

func (a *answer) set(d Digest) {
	a.digest = d
	a.known.Store(true)
}

// Round begins a build in which in answers for the inputs.
func (s *Store) Round(in Inputs) *Round {
	s.reading.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rounds++
	r := &Round{s: s, in: in, number: s.rounds, now: make([]answer, len(s.names))}
	same := map[string]bool{}
	unchanged := func(kind string) bool {
		u, asked := same[kind]
		if !asked {
			d := in.Root(kind)
			u = !d.IsZero() && d == s.roots[kind]
			same[kind] = u
		}
		return u
	}
	for i := range s.names {
		n := &s.names[i]
		if !n.has {
			continue
		}
		colon := strings.IndexByte(n.text, ':')
		if colon < 0 {
			continue
		}
		trusted := unchanged(n.text[:colon])
		if second := strings.IndexByte(n.text[colon+1:], ':'); !trusted && second >= 0 {
			trusted = unchanged(n.text[:colon+1+second])
		}
		if trusted {
			r.now[i].once.Do(func() { r.now[i].set(n.last) })
		}
	}
	return r
}

// digest returns the present digest of the name with an id, of those known when
// the round began.
func (r *Round) digest(id uint32) Digest {
	a := r.answer(id)
	a.once.Do(func() { a.set(r.in.Digest(r.s.text(id))) })
	return a.digest
}

// look returns the id of a name and its present digest.
func (r *Round) look(text string) (uint32, Digest) {
	id := r.s.id(text)
	a := r.answer(id)
	a.once.Do(func() { a.set(r.in.Digest(text)) })
	return id, a.digest
}

func (s *Store) text(id uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[id].text
}

// ids finds the id of a name. Some hundred thousand names are asked for, most of
// them often, so the table is in shards: no worker waits for another. It is made
// when the first is asked for, which in a build with nothing to do is never.
type ids struct {
	once   sync.Once
	seed   maphash.Seed
	shards [64]struct {
		mu sync.RWMutex
		m  map[string]uint32
	}
}

func (s *Store) id(text string) uint32 {
	t := s.ids
	t.once.Do(func() {
		t.seed = maphash.MakeSeed()
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range t.shards {
			t.shards[i].m = make(map[string]uint32, 2*len(s.names)/len(t.shards))
		}
		for i := range s.names {
			name := s.names[i].text
			t.shards[maphash.String(t.seed, name)%uint64(len(t.shards))].m[name] = uint32(i)
		}
	})
	shard := &t.shards[maphash.String(t.seed, text)%uint64(len(t.shards))]
	shard.mu.RLock()
	id, ok := shard.m[text]
	shard.mu.RUnlock()
	if ok {
		return id
	}
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if id, ok = shard.m[text]; ok {
		return id
	}
	s.mu.Lock()
	id = uint32(len(s.names))
	s.names = append(s.names, name{text: text})
	s.mu.Unlock()
	shard.m[text] = id
	return id
}

// A Task records what one piece of work looks at. It belongs to one goroutine.
type Task struct {
	r     *Round
	looks []look
	seen  map[uint32]bool // the names of looks; nil while they are few
	diags diag.List
	parts [parts]*Part
	once  bool
}

// fewLooks is how many looks are searched one by one, which is quicker than a map.
// Beyond it a page with many links would take the square of their number.
const fewLooks = 64

// See records that the task depends on the named input.
func (t *Task) See(name string) {
	if blind := t.r.s.Blind; blind != nil && blind(name) {
		return
	}
	id, digest := t.r.look(name)
	if t.seen != nil {
		if t.seen[id] {
			return
		}
		t.seen[id] = true
	} else {
		for i := range t.looks {
			if t.looks[i].name == id {
				return
			}
		}
	}
	if t.looks == nil {
		t.looks = make([]look, 0, 48)
	}
	t.looks = append(t.looks, look{id, digest})
	if len(t.looks) == fewLooks {
		t.seen = make(map[uint32]bool, 2*fewLooks)
		for i := range t.looks {
			t.seen[t.looks[i].name] = true
		}
	}
}

// Report adds problems to the task's result; they are told again on each build.
func (t *Task) Report(d ...diag.Diag) { t.diags = append(t.diags, d...) }

// Diags returns the problems reported so far.
func (t *Task) Diags() diag.List { return t.diags }

// Once says that the result depends on more than the task has looked at, such
// as that a file vanished after its digest was taken: it is not remembered.
func (t *Task) Once() { t.once = true }

// Keep keeps a copy of b as a part of the result, and returns its digest.
func (t *Task) Keep(kind int, b []byte) Digest {
	t.parts[kind] = t.r.s.packs[kind].write(b)
	return t.parts[kind].Digest
}

// A Result is what a task made, now or earlier.
type Result struct {
	Digest Digest
	Card   *Part // as kept by the task; nil if it kept none
	Page   *Part
	Good   *Part // the Card that was last marked by [Store.Mark]; nil if none was
	Diags  diag.List
	Why    string // the input that made it run now; empty if it did not
}

func (e *entry) result(why string) Result {
	return Result{Digest: e.out, Card: e.parts[Card], Page: e.parts[Page], Good: e.good, Diags: e.diags, Why: why}
}

// Do returns the remembered result of the named task if everything that it
// looked at is unchanged; otherwise it runs f, which returns the digest of what
// it made, and remembers. must, unless nil, may say why f has to run although
// nothing has changed since it made what has the digest made.
func (r *Round) Do(ctx context.Context, task string, must func(made Digest) string, f func(*Task) (Digest, error)) (Result, error) {
	s := r.s
	s.mu.Lock()
	e := s.entries[task]
	s.mu.Unlock()
	why := "never made"
	if e != nil {
		if why = r.differs(e); why == "" && must != nil {
			why = must(e.out)
		}
		if why == "" {
			r.use(e)
			return e.result(""), nil
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	t := &Task{r: r}
	out, err := f(t)
	if err != nil {
		return Result{}, err
	}
	n := &entry{task: task, looks: slices.Clone(t.looks), out: out, parts: t.parts, diags: t.diags, why: why, round: r.number}
	if e != nil {
		n.good = e.good
	}
	if t.once {
		if e != nil {
			r.use(e)
		}
		return n.result(why), nil
	}
	s.mu.Lock()
	s.entries[task], s.changed = n, true
	s.mu.Unlock()
	return n.result(why), nil
}

// Mark says that the present Card of a task is good: [Result.Good] gives it
// until another is marked.
func (s *Store) Mark(task string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[task]; e != nil && e.good != e.parts[Card] {
		e.good, s.changed = e.parts[Card], true
	}
}

// Fresh reports whether Do would return the remembered result.
func (r *Round) Fresh(task string) bool {
	r.s.mu.Lock()
	e := r.s.entries[task]
	r.s.mu.Unlock()
	return e != nil && r.differs(e) == ""
}

func (r *Round) use(e *entry) {
	r.s.mu.Lock()
	e.round = r.number
	r.s.mu.Unlock()
}

// differs returns the first input of e whose digest has changed, or "".
func (r *Round) differs(e *entry) string {
	for _, l := range e.looks {
		if r.digest(l.name) != l.digest {
			return r.s.text(l.name)
		}
	}
	return ""
}

// Finish ends the round: tasks with the given prefix that were not asked for
// are forgotten, and the present answers are kept for the next round.
func (r *Round) Finish(prefix string) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for task, e := range s.entries {
		if strings.HasPrefix(task, prefix) && e.round != r.number {
			delete(s.entries, task)
			s.changed = true
		}
	}
}

// Settle keeps the answers of a round that went through to its end, so that
// the next may trust them while their roots are unchanged. Kinds are those
// whose roots the round's Inputs know.
func (r *Round) Settle(kinds ...string) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range kinds {
		if d := r.in.Root(k); s.roots[k] != d && !d.IsZero() {
			s.roots[k], s.changed = d, true
		}
	}
	for i := range s.names {
		n := &s.names[i]
		a := r.answer(uint32(i))
		if n.has = a.known.Load(); n.has {
			n.last = a.digest
		}
	}
}

// An Explanation says what a task looked at.
type Explanation struct {
	Task  string
	Why   string // the look that differed when it last ran
	Looks []string
	Found []bool // whether the input was there
	Out   Digest
}

// Explain returns what the named task looked at; false if it is not known.
func (s *Store) Explain(task string) (Explanation, bool) {
	s.reading.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[task]
	if e == nil {
		return Explanation{}, false
	}
	x := Explanation{Task: task, Why: e.why, Out: e.out}
	for _, l := range e.looks {
		x.Looks = append(x.Looks, s.names[l.name].text)
		x.Found = append(x.Found, !l.digest.IsZero())
	}
	return x, true
}

// Save writes the store to its folder, if anything has changed. An error is
// worth a warning and no more.
func (s *Store) Save() error {
	s.reading.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == nil || !s.changed {
		return nil
	}
	for i, p := range s.packs {
		var live int64
		for _, e := range s.entries {
			for _, q := range e.kept(i) {
				live += int64(q.size)
			}
		}
		if p.size() > 4<<20 && live < p.size()/2 {
			n := newPack(s.dir, i, p.generation+1)
			for task, e := range s.entries {
				for _, q := range e.kept(i) {
					b, ok := p.read(q)
					if !ok {
						delete(s.entries, task) // damaged: it is made again
						break
					}
					*q = *n.write(b)
				}
			}
			p.close()
			s.packs[i], s.litter = n, true
		}
		if err := s.packs[i].flush(); err != nil {
			return err
		}
	}
	b := s.encode()
	const temporary = indexName + ".new"
	if err := s.dir.WriteFile(temporary, b, 0o644); err != nil {
		s.dir.Remove(temporary)
		return err
	}
	if err := s.dir.Rename(temporary, indexName); err != nil {
		return err
	}
	if s.litter {
		if err := s.clean(); err != nil {
			return err
		}
	}
	s.changed, s.litter = false, false
	return nil
}

// clean removes the packs that the index, as it is on disk now, does not name.
func (s *Store) clean() error {
	list, err := fs.ReadDir(s.dir.FS(), ".")
	if err != nil {
		return err
	}
	for _, f := range list {
		for _, p := range s.packs {
			number, ok := strings.CutPrefix(f.Name(), packNames[p.kind]+"-")
			if _, err := strconv.Atoi(number); !ok || err != nil || f.Name() == p.file() {
				continue
			}
			if err := s.dir.Remove(f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// kept returns the parts of one kind, each once.
func (e *entry) kept(kind int) []*Part {
	var k []*Part
	if e.parts[kind] != nil {
		k = append(k, e.parts[kind])
	}
	if kind == Card && e.good != nil && e.good != e.parts[kind] {
		k = append(k, e.good)
	}
	return k
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *Store) encode() []byte {
	entries := s.inOrder()
	// Names that nothing looks at any more are left behind.
	used := make([]uint32, len(s.names)) // new id + 1
	names := make([]uint32, 0, len(s.names))
	for _, e := range entries {
		for _, l := range e.looks {
			if used[l.name] == 0 {
				names = append(names, l.name)
				used[l.name] = uint32(len(names))
			}
		}
	}
	// The entries are most of it, and are written in parallel.
	parts := make([]Encoder, min(runtime.GOMAXPROCS(0), 1+len(entries)/1000))
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() {
			part := entries[len(entries)*i/len(parts) : len(entries)*(i+1)/len(parts)]
			parts[i].B = make([]byte, 0, s.indexSize/len(parts)+64<<10)
			for _, x := range part {
				s.encodeEntry(&parts[i], x, used)
			}
		})
	}
	e := Encoder{B: make([]byte, 0, s.indexSize+s.indexSize/8+1<<20)}
	e.B = append(e.B, magic...)
	e.B = append(e.B, 0, 0, 0, 0)
	e.String(s.version)
	for _, p := range s.packs {
		e.Int(p.generation)
		e.Uint(uint64(p.size()))
	}
	e.Uint(uint64(len(s.roots)))
	for k, d := range s.roots {
		e.String(k)
		e.Digest(d)
	}
	e.Uint(uint64(len(s.records)))
	for k, b := range s.records {
		e.String(k)
		e.Bytes(b)
	}
	e.Uint(uint64(len(names)))
	for _, id := range names {
		n := &s.names[id]
		e.String(n.text)
		e.Bool(n.has)
		e.Digest(n.last)
	}
	e.Uint(uint64(len(entries)))
	wg.Wait()
	for i := range parts {
		e.B = append(e.B, parts[i].B...)
	}
	binary.LittleEndian.PutUint32(e.B[len(magic):], crc32.Checksum(e.B[len(magic)+4:], castagnoli))
	return e.B
}

// inOrder returns all entries, those that were read first, as they were read: so
// the names that one looks at lie together, here and when they are read again.
func (s *Store) inOrder() []*entry {
	list := make([]*entry, 0, len(s.entries))
	for i := range s.read {
		if e := s.entries[s.read[i].task]; e != nil {
			list = append(list, e)
		}
	}
	known := len(list)
	if known == len(s.entries) {
		return list
	}
	mine := make(map[*entry]bool, known)
	for _, e := range list {
		mine[e] = true
	}
	for _, e := range s.entries {
		if !mine[e] {
			list = append(list, e)
		}
	}
	slices.SortFunc(list[known:], func(a, b *entry) int { return strings.Compare(a.task, b.task) })
	return list
}

// encodeEntry writes an entry; used has the new ids of names, and one more.
func (s *Store) encodeEntry(e *Encoder, x *entry, used []uint32) {
	part := func(p *Part) {
		if p == nil {
			e.Bool(false)
			return
		}
		e.Bool(true)
		e.Digest(p.Digest)
		e.Uint(uint64(p.off))
		e.Uint(uint64(p.size))
	}
	e.String(x.task)
	e.Digest(x.out)
	for _, p := range x.parts {
		part(p)
	}
	if same := x.good == x.parts[Card]; same {
		e.Bool(true)
	} else {
		e.Bool(false)
		part(x.good)
	}
	e.String(x.why)
	e.Uint(uint64(len(x.looks)))
	for _, l := range x.looks {
		id := uint64(used[l.name]-1) << 1
		// Most looks have the answer that stands with the name.
		if n := &s.names[l.name]; n.has && n.last == l.digest {
			e.Uint(id)
			continue
		}
		e.Uint(id | 1)
		e.Digest(l.digest)
	}
	EncodeDiags(e, x.diags)
}

func (s *Store) decode(b []byte) error {
	body := len(magic) + 4
	if len(b) < body || string(b[:len(magic)]) != magic ||
		binary.LittleEndian.Uint32(b[len(magic):]) != crc32.Checksum(b[body:], castagnoli) {
		return ErrDamaged
	}
	b = b[body:]
	d := Decoder{S: unsafe.String(unsafe.SliceData(b), len(b))} // nothing writes to b any more
	if v := d.String(); v != s.version {
		return fmt.Errorf("of version %q", v)
	}
	for i := range s.packs {
		generation, size := d.Int(), int64(d.Uint())
		s.packs[i] = newPack(s.dir, i, generation)
		if err := s.packs[i].open(size); err != nil {
			return err
		}
	}
	for range d.Len() {
		k := d.String()
		s.roots[k] = d.Digest()
	}
	for range d.Len() {
		k := d.String()
		s.records[k] = d.Bytes()
	}
	if d.Err != nil {
		return d.Err
	}
	s.reading.Go(func() {
		// It was written whole, so this is for what no checksum finds.
		if s.decodeEntries(&d) != nil {
			s.names, s.entries, s.read, s.ids, s.litter = nil, map[string]*entry{}, nil, new(ids), true
		}
	})
	return nil
}

// decodeEntries reads what is most of the index, while the caller already looks
// at the sources.
func (s *Store) decodeEntries(d *Decoder) error {
	n := d.Len()
	s.names = make([]name, n)
	for i := range s.names {
		s.names[i] = name{text: d.String(), has: d.Bool(), last: d.Digest()}
	}
	part := func(kind int) *Part {
		if !d.Bool() {
			return nil
		}
		p := &Part{Digest: d.Digest(), off: int64(d.Uint()), size: int(d.Uint())}
		if room := s.packs[kind].flat; p.off < 0 || p.size < 0 || p.off > room || int64(p.size) > room-p.off {
			d.fail()
			return nil
		}
		return p
	}
	n = d.Len()
	s.entries = make(map[string]*entry, n)
	all := make([]entry, n)
	for i := range all {
		x := &all[i]
		x.task = d.String()
		x.out = d.Digest()
		for k := range x.parts {
			x.parts[k] = part(k)
		}
		if x.good = x.parts[Card]; !d.Bool() {
			x.good = part(Card)
		}
		x.why = d.String()
		if n := d.Len(); n > 0 {
			x.looks = make([]look, n)
		}
		for k := range x.looks {
			v := d.Uint()
			id := v >> 1
			if id >= uint64(len(s.names)) {
				return ErrDamaged
			}
			x.looks[k] = look{uint32(id), s.names[id].last}
			if v&1 != 0 {
				x.looks[k].digest = d.Digest()
			}
		}
		x.diags = DecodeDiags(d)
		s.entries[x.task] = x
	}
	s.read = all
	return d.Err
}

// EncodeDiags writes problems.
func EncodeDiags(e *Encoder, l diag.List) {
	Slice(e, l, func(e *Encoder, d *diag.Diag) {
		e.String(d.File)
		e.Int(d.Line)
		e.Int(d.Col)
		e.Int(d.EndCol)
		e.Uint(uint64(d.Severity))
		e.String(d.Rule)
		e.String(d.Message)
		e.String(d.Hint)
	})
}

// DecodeDiags reads what EncodeDiags wrote.
func DecodeDiags(d *Decoder) diag.List {
	return ReadSlice(d, func(d *Decoder, x *diag.Diag) {
		x.File, x.Line, x.Col, x.EndCol = d.String(), d.Int(), d.Int(), d.Int()
		x.Severity = diag.Severity(d.Uint())
		x.Rule, x.Message, x.Hint = d.String(), d.String(), d.String()
	})
}

// A pack is a file of results that only grows. What is not yet written is in
// memory, up to a bound.
type pack struct {
	dir        *os.Root
	kind       int
	generation int

	mu     sync.Mutex
	f      *os.File
	flat   int64  // bytes in the file
	loaded int64  // of those, the ones that another process wrote
	tail   []byte // bytes after them
	err    error  // of writing: what cannot be kept is not found later
}

var packNames = [parts]string{"cards", "pages"}

// tailSize bounds what a pack holds in memory; smaller stores never touch the disk
// unless they are saved.
const tailSize = 1 << 20

func newPack(dir *os.Root, kind, generation int) *pack {
	return &pack{dir: dir, kind: kind, generation: generation}
}

func (p *pack) file() string {
	return packNames[p.kind] + "-" + strconv.Itoa(p.generation)
}

// open opens a pack that another process left; what is behind size was never
// finished.
func (p *pack) open(size int64) error {
	if size == 0 {
		return nil
	}
	f, err := p.dir.OpenFile(p.file(), os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	if st, err := f.Stat(); err != nil || st.Size() < size {
		f.Close()
		return ErrDamaged
	}
	p.f, p.flat, p.loaded = f, size, size
	return nil
}

func (p *pack) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.f != nil {
		p.f.Close()
		if p.dir == nil {
			os.Remove(p.f.Name())
		}
		p.f = nil
	}
}

func (p *pack) size() int64 { return p.flat + int64(len(p.tail)) }

func (p *pack) write(b []byte) *Part {
	d := Sum(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.size()
	p.tail = append(p.tail, b...)
	if len(p.tail) >= tailSize {
		p.spill()
	}
	return &Part{d, at, len(b)}
}

func (p *pack) flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spill()
	return p.err
}

// spill moves the tail to the file.
func (p *pack) spill() {
	if len(p.tail) == 0 || p.err != nil {
		return
	}
	if p.f == nil {
		if p.dir == nil {
			p.f, p.err = os.CreateTemp("", "guidepost-*")
		} else {
			p.f, p.err = p.dir.OpenFile(p.file(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
		}
		if p.err != nil {
			return
		}
	}
	if _, p.err = p.f.WriteAt(p.tail, p.flat); p.err != nil {
		return
	}
	p.flat += int64(len(p.tail))
	p.tail = p.tail[:0]
}

func (p *pack) read(q *Part) ([]byte, bool) {
	p.mu.Lock()
	if at := q.off - p.flat; at >= 0 {
		defer p.mu.Unlock()
		if at+int64(q.size) > int64(len(p.tail)) {
			return nil, false
		}
		return bytes.Clone(p.tail[at : at+int64(q.size)]), true
	}
	f, trusted := p.f, q.off >= p.loaded
	p.mu.Unlock()
	if f == nil {
		return nil, false
	}
	b := make([]byte, q.size)
	if _, err := f.ReadAt(b, q.off); err != nil {
		return nil, false
	}
	return b, trusted || Sum(b) == q.Digest
}

// Cards reads the parts of kind Card at one go, however many are wanted, and
// returns a function that gives each, safe for concurrent use; false if one is
// damaged or gone.
func (s *Store) Cards() func(*Part) (string, bool) {
	p := s.packs[Card]
	p.mu.Lock()
	defer p.mu.Unlock()
	var whole string
	if p.f != nil && p.flat > 0 {
		b := make([]byte, p.flat)
		// New memory costs more than the reading, so every processor takes a part.
		parts := runtime.GOMAXPROCS(0)
		errs := make([]error, parts)
		var wg sync.WaitGroup
		for i := range parts {
			wg.Go(func() {
				from := len(b) * i / parts
				_, errs[i] = p.f.ReadAt(b[from:len(b)*(i+1)/parts], int64(from))
			})
		}
		wg.Wait()
		if errors.Join(errs...) == nil {
			whole = unsafe.String(&b[0], len(b)) // nothing writes to b any more
		}
	}
	flat, loaded, tail := p.flat, p.loaded, string(p.tail)
	return func(q *Part) (string, bool) {
		if q == nil {
			return "", false
		}
		from, in := q.off, whole
		if from >= flat {
			from, in = from-flat, tail
		}
		end := from + int64(q.size)
		if end > int64(len(in)) {
			return "", false
		}
		b := in[from:end]
		return b, q.off >= loaded || Sum(unsafe.Slice(unsafe.StringData(b), len(b))) == q.Digest
	}
}
