package markdown

import "guidepost/generator/internal/diag"

type Engine struct{}

func New(Options) *Engine                                                    { return nil }
func (e *Engine) Parse(file string, line int, src []byte) (*Body, diag.List) { return &Body{}, nil }
