package content

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"guidepost/generator/internal/values"
)

// dateForms are forms that people write dates in, for a hint that shows the
// right one. The day stands before the month, as in most of the world.
var dateForms = [...]string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2/1/2006", "2.1.2006", "2-1-2006", "2/1/06", "1/2/2006",
	"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006", "Monday, 2 January 2006", "Monday 2 January 2006",
	"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -0700 MST",
	"2006-01-02T15:04:05-0700", "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05Z07:00", "02/01/2006 15:04", "02/01/2006 15:04:05", time.RFC1123, time.RFC1123Z, time.UnixDate,
	"2006-01", "January 2006", "Jan 2006",
}

// ParseDate reads s in the form 2006-01-02 or RFC 3339, or in one of forms.
// Where it is none, why is what is wrong with it and hint the way out.
func ParseDate(s string, forms []string) (d Date, why, hint string) {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		y, err1 := strconv.Atoi(s[:4])
		m, err2 := strconv.Atoi(s[5:7])
		day, err3 := strconv.Atoi(s[8:])
		if err1 == nil && err2 == nil && err3 == nil && m >= 0 && day >= 0 && y >= 0 {
			if y > 0 && m >= 1 && m <= 12 && day >= 1 && day <= daysIn(y, m) {
				return Date{Unix: time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).Unix(), Text: s}, "", ""
			}
			if y == 0 || m < 1 || m > 12 {
				return Date{}, fmt.Sprintf("there is no month %q", s[:7]), "the form is year-month-day: 2026-10-12"
			}
			return Date{}, fmt.Sprintf("there is no day %q", s), fmt.Sprintf("%s %d has %d days", time.Month(m), y, daysIn(y, m))
		}
	}
	if len(s) > 10 && len(s) <= 40 {
		r := s
		if r[10] == ' ' || r[10] == 't' { // which RFC 3339 allows
			r = r[:10] + "T" + r[11:]
		}
		if t, err := time.Parse(time.RFC3339, r); err == nil && t.Year() > 0 {
			return Date{Unix: t.Unix(), Text: t.Format(time.RFC3339)}, "", ""
		}
	}
	for _, form := range forms {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 0 {
			return ofForm(t, form), "", ""
		}
	}
	if len(s) <= 60 {
		for _, form := range dateForms {
			t, err := time.Parse(form, s)
			if err != nil || t.Year() < 1000 {
				continue
			}
			hint := "write it as " + ofForm(t, form).Text + "; if all pages have it so, add to site.yaml: front_matter: {dates: [\"" + padded(form, s) + "\"]}"
			if sep := form[1:2]; form == "2"+sep+"1"+sep+"2006" {
				if m, err := time.Parse("1"+sep+"2"+sep+"2006", s); err == nil && !m.Equal(t) {
					hint = fmt.Sprintf("write %s if it is %s, or %s if it is %s; if all pages have it so, add to site.yaml: front_matter: {dates: [\"%s\"]}, or [\"%s\"] where the month comes first",
						t.Format(time.DateOnly), t.Format("2 January"), m.Format(time.DateOnly), m.Format("2 January"), padded(form, s), padded("1"+sep+"2"+sep+"2006", s))
				}
			}
			if !strings.Contains(form, "2") || form == "2006-01" || form == "January 2006" || form == "Jan 2006" {
				hint = "write it with its day, as " + t.Format(time.DateOnly)
			}
			return Date{}, fmt.Sprintf("the date %q is not in the form 2006-01-02", values.Clip(s)), hint
		}
	}
	return Date{}, fmt.Sprintf("%q is not a date", values.Clip(s)), "write year-month-day, as 2026-10-12, or a moment, as 2026-10-12T09:00:00Z"
}

// padded returns a form of days and months in numbers with their zeros, if s has them.
func padded(form, s string) string {
	if len(s) != len("02/01/2006") || len(form) != len("2/1/2006") || !strings.HasSuffix(form, "2006") {
		return form
	}
	return "0" + form[:2] + "0" + form[2:]
}

// ofForm returns t as a day, or as a moment where form has hours.
func ofForm(t time.Time, form string) Date {
	if !strings.Contains(form, "15") && !strings.Contains(form, "03") && !strings.Contains(form, "3:04") {
		d := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return Date{Unix: d.Unix(), Text: d.Format(time.DateOnly)}
	}
	return Date{Unix: t.Unix(), Text: t.Format(time.RFC3339)}
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// ParsePeriod reads a span such as "6 months", "1 year", "90 days" or "2 weeks".
func ParsePeriod(s string) (Period, bool) {
	f := strings.Fields(strings.ToLower(s))
	if len(f) != 2 {
		return Period{}, false
	}
	n, err := strconv.Atoi(f[0])
	if err != nil || n < 1 || n > 40000 || f[0][0] == '+' {
		return Period{}, false
	}
	switch strings.TrimSuffix(f[1], "s") {
	case "day":
		return Period{Days: n}, true
	case "week":
		return Period{Days: 7 * n}, n <= 5000
	case "month":
		return Period{Months: n}, n <= 1200
	case "year":
		return Period{Years: n}, n <= 100
	}
	return Period{}, false
}
