package layout

import (
	"guidepost/generator/internal/cache"
	"guidepost/generator/internal/diag"
	"io/fs"
)

type Set struct{}

func Load(fsys fs.FS) (*Set, diag.List)                      { return nil, nil }
func (s *Set) Has(name string) bool                          { return false }
func (s *Set) Digest(name string) cache.Digest               { return cache.Digest{} }
func (s *Set) Run(name string, data any) ([]byte, diag.List) { return nil, nil }
