package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Servers that read no _headers are told the same in their own words. They are
// given one rule after the other, and the last one that covers an address
// counts, as with _headers; so what a rule takes back needs no word.

// HeaderServers are the servers that [ServerHeaders] knows.
var HeaderServers = [...]string{"nginx", "caddy", "apache", "iis"}

// ServerHeaders returns the settings by which a server sends what the _headers
// of a built site say. Data of lent pages may be read by each origin that may
// frame them. The error is a *UsageError if there is no such server, or the site
// is not built.
func ServerHeaders(site fs.FS, server string) (string, error) {
	if !slices.Contains(HeaderServers[:], server) {
		return "", &UsageError{fmt.Sprintf("there is no server %q; name nginx, caddy, apache or iis", server)}
	}
	text, err := fs.ReadFile(site, "_headers")
	if errors.Is(err, fs.ErrNotExist) {
		return "", &UsageError{"there is no _headers in the published folder; build the site first"}
	}
	if err != nil {
		return "", err
	}
	h := &handler{rules: parseHeaders(string(text))}
	var b strings.Builder
	switch server {
	case "nginx":
		h.nginx(&b)
	case "caddy":
		h.caddy(&b)
	case "apache":
		h.apache(&b)
	case "iis":
		h.iis(&b)
	}
	return b.String(), nil
}

// each calls do for every header of every rule, in order, with the form of the
// addresses that it is for. Servers see an address with or without index.html.
func (h *handler) each(do func(form, name, value string)) {
	for _, r := range h.rules {
		form := r.path.String()
		if strings.HasSuffix(form, "/$") {
			form = strings.TrimSuffix(form, "$") + `(index\.html)?$`
		}
		for _, x := range r.headers {
			if x[1] != "" {
				do(form, x[0], x[1])
			}
		}
	}
}

// originForm returns a regular expression for the origins that may read data.
func (h *handler) originForm() string {
	var forms []string
	for _, o := range h.origins() {
		forms = append(forms, strings.ReplaceAll(regexp.QuoteMeta(o), `\*`, `[^/]+`))
	}
	if len(forms) == 0 {
		return ""
	}
	return "^(" + strings.Join(forms, "|") + ")$"
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func (h *handler) nginx(b *strings.Builder) {
	b.WriteString("# For the http block.\n")
	var names []string
	values := map[string][][2]string{}
	h.each(func(form, name, value string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		values[name] = append(values[name], [2]string{form, value})
	})
	origins := h.originForm()
	if origins != "" {
		fmt.Fprintf(b, "map $http_origin $guidepost_origin {\n    default \"\";\n    %s $http_origin;\n}\n", quoted("~"+origins))
	}
	variable := func(name string) string { return "$guidepost_" + strings.ToLower(strings.ReplaceAll(name, "-", "_")) }
	varies := false
	for _, name := range names {
		fmt.Fprintf(b, "map $uri %s {\n    default \"\";\n", variable(name))
		for _, x := range slices.Backward(values[name]) { // the first that matches counts
			value := quoted(x[1])
			if name == originHeader && x[1] != "*" {
				value, varies = "$guidepost_origin", true
			}
			fmt.Fprintf(b, "    %s %s;\n", quoted("~"+x[0]), value)
		}
		b.WriteString("}\n")
	}
	b.WriteString("\n# For the server block.\n")
	for _, name := range names {
		fmt.Fprintf(b, "add_header %s %s always;\n", name, variable(name))
	}
	if varies {
		b.WriteString("add_header Vary Origin always;\n")
	}
}

func (h *handler) caddy(b *strings.Builder) {
	// A route keeps the order in which rules are written.
	b.WriteString("# For the site's block.\nroute {\n")
	n, last, origins := 0, "", h.originForm()
	h.each(func(form, name, value string) {
		if name == originHeader && value != "*" {
			n++
			last = ""
			fmt.Fprintf(b, "\theader Vary Origin\n\t@guidepost%d {\n\t\tpath_regexp %s\n\t\theader_regexp Origin %s\n\t}\n\theader @guidepost%d %s {http.request.header.Origin}\n", n, quotedBack(form), quotedBack(origins), n, name)
			return
		}
		if form != last {
			n++
			last = form
			fmt.Fprintf(b, "\t@guidepost%d path_regexp %s\n", n, quotedBack(form))
		}
		fmt.Fprintf(b, "\theader @guidepost%d %s %s\n", n, name, quotedBack(value))
	})
	b.WriteString("}\n")
}

// quotedBack returns s as Caddy reads it without escapes.
func quotedBack(s string) string { return "`" + strings.ReplaceAll(s, "`", "") + "`" }

func (h *handler) apache(b *strings.Builder) {
	b.WriteString("# For the server's settings, the virtual host's or a .htaccess; needs mod_headers of Apache 2.4.10 or newer.\n")
	origins, varies := h.originForm(), false
	h.each(func(form, name, value string) {
		when := "%{REQUEST_URI} =~ m#" + strings.ReplaceAll(form, "#", `\#`) + "#"
		if name == originHeader && value != "*" {
			varies = true
			when += " && %{HTTP:Origin} =~ m#" + origins + "#"
			value = "expr=%{HTTP:Origin}"
		}
		fmt.Fprintf(b, "Header always set %s %s %s\n", name, quotedOnce(value), quotedOnce("expr="+when))
	})
	if varies {
		b.WriteString("Header always merge Vary Origin\n")
	}
}

// quotedOnce returns s as Apache reads it, which leaves backslashes alone but
// before a quotation mark.
func quotedOnce(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func (h *handler) iis(b *strings.Builder) {
	x := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
	b.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- web.config, in the published folder; needs the URL Rewrite module. -->\n<configuration>\n  <system.webServer>\n    <rewrite>\n      <outboundRules>\n")
	n, origins := 0, h.originForm()
	rule := func(form, name, value, origin string) {
		n++
		fmt.Fprintf(b, "        <rule name=\"guidepost %d\">\n          <match serverVariable=\"RESPONSE_%s\" pattern=\".*\" />\n          <conditions>\n            <add input=\"{URL}\" pattern=\"%s\" ignoreCase=\"false\" />\n", n, x(name), x(form))
		if origin != "" {
			fmt.Fprintf(b, "            <add input=\"{HTTP_ORIGIN}\" pattern=\"%s\" />\n", x(origin))
		}
		fmt.Fprintf(b, "          </conditions>\n          <action type=\"Rewrite\" value=\"%s\" />\n        </rule>\n", x(value))
	}
	h.each(func(form, name, value string) {
		if name == originHeader && value != "*" {
			rule(form, name, "{HTTP_ORIGIN}", origins)
			rule(form, "Vary", "Origin", "")
			return
		}
		rule(form, name, value, "")
	})
	b.WriteString("      </outboundRules>\n    </rewrite>\n  </system.webServer>\n</configuration>\n")
}
