// Package site knows how articles relate: addresses, topics, links and back
// links, related guidance, redirects and review dates.
//
// Its one rule: a Site never changes once linked; a new build links a new one.
package site

// A Site is every article's card and how they relate.
type Site struct{}
