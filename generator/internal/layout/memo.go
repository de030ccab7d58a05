package layout

import (
	"html/template"
	"reflect"
	"sync"
	"sync/atomic"
)

// maxMemo is how many bytes of HTML a memo holds before it begins afresh.
const maxMemo = 32 << 20

// A memo remembers what include has made of data in one build. Templates are
// pure, so the same template and the same data give the same HTML.
type memo struct {
	made  atomic.Pointer[made]
	bytes atomic.Int64
}

// made has a table an entry, by its index, from data to template.HTML: a
// pointer is hashed in a few nanoseconds, a pair of it and the entry is not.
type made []sync.Map

type memoKey struct {
	entry *entry
	data  any
}

// A dictKey is a dict of at most four values, as something that can be compared.
type dictKey struct {
	names  [4]string
	values [4]any
}

func newMemo(entries int) *memo {
	m := &memo{}
	m.forget(entries)
	return m
}

func (m *memo) forget(entries int) {
	t := make(made, entries)
	m.made.Store(&t)
}

// remember returns what to remember data by, and whether that is of any use.
func (e *entry) remember(data any) (memoKey, bool) {
	switch d := data.(type) {
	case *Page:
		// Each page comes once.
		return memoKey{}, false
	case map[string]any:
		var k dictKey
		if len(d) > len(k.names) {
			return memoKey{}, false
		}
		n := 0
		for name, v := range d {
			if !comparable(v) {
				return memoKey{}, false
			}
			i := n
			for ; i > 0 && k.names[i-1] > name; i-- {
				k.names[i], k.values[i] = k.names[i-1], k.values[i-1]
			}
			k.names[i], k.values[i] = name, v
			n++
		}
		return memoKey{e, k}, true
	}
	if !comparable(data) {
		return memoKey{}, false
	}
	return memoKey{e, data}, true
}

func comparable(v any) bool {
	switch v := v.(type) {
	case nil, string, bool, int, template.HTML, template.URL, *Site, *Card:
		return true
	case *Page:
		return false
	default:
		r := reflect.ValueOf(v)
		return r.Kind() == reflect.Pointer || r.Comparable()
	}
}

func (m *memo) get(k memoKey) (template.HTML, bool) {
	v, ok := (*m.made.Load())[k.entry.index].Load(k.data)
	if !ok {
		return "", false
	}
	return v.(template.HTML), true
}

func (m *memo) put(k memoKey, h template.HTML) {
	const perEntry = 200 // about what a key and its place take
	if m.bytes.Add(int64(len(h)+perEntry)) > maxMemo {
		m.forget(len(*m.made.Load()))
		m.bytes.Store(int64(len(h) + perEntry))
	}
	(*m.made.Load())[k.entry.index].Store(k.data, h)
}
