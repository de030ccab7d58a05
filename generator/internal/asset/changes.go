package asset

import (
	"path"
	"strings"
)

// Changes reports whether [Content] may change a file of that name, so that it
// has to be read whole; all others can be copied whatever their size.
func Changes(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".svg", ".css", ".js", ".mjs", ".json":
		return true
	}
	return false
}
