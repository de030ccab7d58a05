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
	made  atomic.Pointer[sync.Map] // memoKey to template.HTML
	bytes atomic.Int64
}

type memoKey struct {
	entry *entry
	data  any
}

// A dictKey is a dict of at most four values, as something that can be compared.
type dictKey struct {
	names  [4]string
	values [4]any
}

func newMemo() *memo {
	m := &memo{}
	m.made.Store(&sync.Map{})
	return m
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
	v, ok := m.made.Load().Load(k)
	if !ok {
		return "", false
	}
	return v.(template.HTML), true
}

func (m *memo) put(k memoKey, h template.HTML) {
	const perEntry = 200 // about what a key and its place take
	if m.bytes.Add(int64(len(h)+perEntry)) > maxMemo {
		m.made.Store(&sync.Map{})
		m.bytes.Store(int64(len(h) + perEntry))
	}
	m.made.Load().Store(k, h)
}
