package site

import "guidepost/generator/internal/content"

func (v View) Entry(id content.ID) *Entry               { return nil }
func (v View) Resolve(ref *content.Ref) Target          { return Target{} }
func (v View) Related(id content.ID) []*Entry           { return nil }
func (v View) Backlinks(id content.ID) []Backlink       { return nil }
func (v View) Crumbs(id content.ID) []Crumb             { return nil }
func (v View) Topics() []*TopicEntry                    { return nil }
func (v View) Topic(slug string) *TopicEntry            { return nil }
func (v View) TopicList(slug string, page int) []*Entry { return nil }
func (v View) TopicNewest(slug string) []*Entry         { return nil }
func (v View) Newest() []*Entry                         { return nil }
func (v View) Listed() []*Entry                         { return nil }
func (v View) All() []*Entry                            { return nil }
func (v View) Redirects() []Redirect                    { return nil }
