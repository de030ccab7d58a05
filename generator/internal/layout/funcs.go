package layout

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"
	texttemplate "text/template"
)

// The functions that templates have besides those of html/template. All are
// pure: the same arguments give the same result, so what they return may be
// remembered.
//
//	include "partials/card.html" .   runs a template and gives its HTML. The name
//	                                 is in quotes, so that what a page depends on
//	                                 is known. Run once for the same data.
//	includeEach "partials/card.html" .Cards
//	                                 include with each of a list, one after the
//	                                 other: quicker than a range around include
//	asset "site.css"                 the published address of a file of layouts/assets
//	dict "name" value …              several values as one, for include
//	list value …                     values as a list
//	first 3 .Cards                   at most so many from the beginning
//	default "none" .Owner            the second, or the first if that is empty
//	join ", " .Authors               a list as text
//	lower .Title, upper .Title       in small letters, in capitals
//	replace "old" "new" .Title       every old by new
//	plural .Count "page" "pages"     the word for that number
//	contains "needle" .Title         whether the text holds it
func (s *Set) funcs() map[string]any {
	return map[string]any{
		"include":     s.include,
		"includeEach": s.includeEach,
		"asset":       func(name string) template.URL { return s.addresses[name] },
		"dict":        dict,
		"list":        func(items ...any) []any { return items },
		"first":       first,
		"default":     orDefault,
		"join":        join,
		"lower":       strings.ToLower,
		"upper":       strings.ToUpper,
		"replace":     func(old, new, s string) string { return strings.ReplaceAll(s, old, new) },
		"contains":    func(needle, s string) bool { return strings.Contains(s, needle) },
		"plural":      plural,
	}
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants a name and a value by turns, and the last name has no value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict wants a name in quotes as argument %d, not %v", i+1, pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

func first(n int, items any) (any, error) {
	v := reflect.ValueOf(items)
	if !v.IsValid() {
		return nil, nil
	}
	if v.Kind() != reflect.Slice {
		return nil, fmt.Errorf("first wants a list, not %v", v.Type())
	}
	return v.Slice3(0, max(0, min(n, v.Len())), max(0, min(n, v.Len()))).Interface(), nil
}

func orDefault(fallback any, value ...any) any {
	if len(value) == 0 {
		return fallback
	}
	if truth, _ := texttemplate.IsTrue(value[0]); !truth {
		return fallback
	}
	return value[0]
}

func join(separator string, items any) (string, error) {
	if s, ok := items.([]string); ok {
		return strings.Join(s, separator), nil
	}
	v := reflect.ValueOf(items)
	if !v.IsValid() {
		return "", nil
	}
	if v.Kind() != reflect.Slice {
		return "", fmt.Errorf("join wants a list, not %v", v.Type())
	}
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(parts, separator), nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
