package diag

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// PrintJSON writes every problem of l to w as an object on a line of its own.
func PrintJSON(w io.Writer, l List) error {
	b := bufio.NewWriter(w)
	for _, d := range l {
		line, err := marshal(struct {
			File     string `json:"file"`
			Line     int    `json:"line"`
			Column   int    `json:"column"`
			Severity string `json:"severity"`
			Rule     string `json:"rule"`
			Message  string `json:"message"`
			Hint     string `json:"hint"`
		}{d.File, d.Line, d.Col, d.Severity.String(), d.Rule, d.Message, d.Hint})
		if err != nil {
			return err
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Flush()
}

// PrintGitHub writes every problem of l to w as a workflow command, which
// GitHub shows beside the line in a pull request.
func PrintGitHub(w io.Writer, l List) error {
	b := bufio.NewWriter(w)
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range l {
		fmt.Fprintf(b, "::%s file=%s", d.Severity, property.Replace(Escape(d.File)))
		if d.Line > 0 {
			fmt.Fprintf(b, ",line=%d", d.Line)
		}
		if d.Line > 0 && d.Col > 0 {
			fmt.Fprintf(b, ",col=%d", d.Col)
			if d.EndCol > d.Col {
				// GitHub counts the last character in.
				fmt.Fprintf(b, ",endColumn=%d", d.EndCol-1)
			}
		}
		text := Escape(d.Message)
		if d.Hint != "" {
			text += "\n" + Escape(d.Hint)
		}
		fmt.Fprintf(b, ",title=%s::%s\n", property.Replace(Escape(d.Rule)), value.Replace(text))
	}
	return b.Flush()
}

// PrintSARIF writes l to w as a SARIF 2.1.0 log, as code scanning reads it.
// version is that of the program.
func PrintSARIF(w io.Writer, l List, version string) error {
	type message struct {
		Text string `json:"text"`
	}
	type rule struct {
		ID               string  `json:"id"`
		ShortDescription message `json:"shortDescription"`
		Help             message `json:"help"`
	}
	type region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type physical struct {
		ArtifactLocation artifact `json:"artifactLocation"`
		Region           *region  `json:"region,omitempty"`
	}
	type location struct {
		PhysicalLocation physical `json:"physicalLocation"`
	}
	type result struct {
		RuleID    string     `json:"ruleId"`
		RuleIndex int        `json:"ruleIndex"`
		Level     string     `json:"level"`
		Message   message    `json:"message"`
		Locations []location `json:"locations"`
	}
	type driver struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Rules   []rule `json:"rules"`
	}
	type tool struct {
		Driver driver `json:"driver"`
	}
	type run struct {
		Tool       tool     `json:"tool"`
		ColumnKind string   `json:"columnKind"`
		Results    []result `json:"results"`
	}
	r := run{
		Tool:       tool{driver{Name: "guidepost", Version: version, Rules: []rule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []result{},
	}
	index := map[string]int{}
	for _, d := range l {
		i, ok := index[d.Rule]
		if !ok {
			i = len(r.Tool.Driver.Rules)
			index[d.Rule] = i
			known, _ := LookupRule(d.Rule)
			r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{d.Rule, message{known.Doc}, message{known.WayOut}})
		}
		place := physical{ArtifactLocation: artifact{uriPath(d.File)}}
		if d.Line > 0 {
			place.Region = &region{StartLine: d.Line, StartColumn: d.Col}
			if d.Col > 0 && d.EndCol > d.Col {
				place.Region.EndColumn = d.EndCol
			}
		}
		text := d.Message
		if d.Hint != "" {
			text += "\n" + d.Hint
		}
		r.Results = append(r.Results, result{d.Rule, i, d.Severity.String(), message{text}, []location{{place}}})
	}
	out, err := marshal(struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []run{r}})
	if err != nil {
		return err
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// uriPath escapes a slash-separated path as a relative URI reference.
func uriPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// marshal returns v as JSON on one line in which no character is one that a
// terminal acts on.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	src := bytes.TrimRight(buf.Bytes(), "\n")
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case !hostile(r):
			out = append(out, src[i:i+size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out, nil
}
