package output

import (
	"maps"
	"slices"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/markdown"
)

// Facts in the card were put in when the site was linked, and facts in the
// body are holes. Here are those of what only the page itself knows.

// factsIn returns s with the values of the facts that it names.
func factsIn(e *Env, s string) string {
	return markdown.FillFacts(s, func(name string) string {
		ref := content.Ref{Ref: markdown.Ref{Kind: markdown.RefFact, Target: name}, Scheme: content.SchemeFact, Key: name}
		if t := e.View.Resolve(&ref); t.Title != "" {
			return t.Title
		}
		return name // told by whoever linked the site
	})
}

// paramsIn returns v, of a page's params, with its facts; what was parsed stays
// as it is.
func paramsIn(e *Env, v any) any {
	switch v := v.(type) {
	case string:
		return factsIn(e, v)
	case []any:
		if !slices.ContainsFunc(v, namesFact) {
			return v
		}
		v = slices.Clone(v)
		for i := range v {
			v[i] = paramsIn(e, v[i])
		}
		return v
	case map[string]any:
		if !namesFact(v) {
			return v
		}
		v = maps.Clone(v)
		for key := range v {
			v[key] = paramsIn(e, v[key])
		}
		return v
	}
	return v
}

// namesFact reports whether there is a fact anywhere in v.
func namesFact(v any) bool {
	switch v := v.(type) {
	case string:
		return markdown.HasFacts(v)
	case []any:
		return slices.ContainsFunc(v, namesFact)
	case map[string]any:
		for _, x := range v {
			if namesFact(x) {
				return true
			}
		}
	}
	return false
}
