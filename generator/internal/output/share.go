package output

import (
	"html/template"

	"guidepost/generator/internal/layout"
)

// share returns the ways to pass a page on, as plain links: nothing of another
// site is loaded, and a reader who takes none is seen by none. Those that need
// the page's whole address are left out where the site has no base; copy, print
// and device take the address from the browser.
func (m *Maker) share(s *sheet) []layout.Share {
	page := m.abs(s.at.url)
	ways := make([]layout.Share, 0, len(m.o.Share))
	for _, kind := range m.o.Share {
		address := ""
		switch kind {
		case "copy", "print", "device":
			ways = append(ways, layout.Share{Kind: kind})
			continue
		case "email":
			body := page
			if s.Description != "" {
				body = s.Description + "\r\n\r\n" + page
			}
			address = "mailto:?subject=" + inQuery(s.Title) + "&body=" + inQuery(body)
		case "whatsapp":
			address = "https://wa.me/?text=" + inQuery(s.Title+" "+page)
		case "linkedin":
			address = "https://www.linkedin.com/sharing/share-offsite/?url=" + inQuery(page)
		case "x":
			address = "https://x.com/intent/post?text=" + inQuery(s.Title) + "&url=" + inQuery(page)
		case "facebook":
			address = "https://www.facebook.com/sharer/sharer.php?u=" + inQuery(page)
		}
		if page != "" && address != "" {
			ways = append(ways, layout.Share{Kind: kind, URL: template.URL(address)})
		}
	}
	return ways
}

// inQuery percent-encodes s for a query. Blanks become %20: mail programs show
// a plus as it is.
func inQuery(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+len(s)/2)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
