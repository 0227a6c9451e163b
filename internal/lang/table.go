package lang

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// table holds the names and patterns of one language that come from CLDR (scripts/cldr).
type table struct {
	Source      string                                  `json:"source"`
	Tag         Tag                                     `json:"tag"`
	Plurals     []string                                `json:"plurals"`
	Months      [12]string                              `json:"months"`      // as used beside a day
	MonthsAlone [12]string                              `json:"monthsAlone"` // as used alone
	Weekdays    [7]string                               `json:"weekdays"`    // from Sunday
	Patterns    map[string]string                       `json:"patterns"`
	Number      numberStyle                             `json:"number"`
	And         listStyle                               `json:"and"`
	Or          listStyle                               `json:"or"`
	Units       map[string]map[string]map[string]string `json:"units"` // unit, tense, plural form
	Languages   map[string]string                       `json:"languages"`
	Countries   map[string]string                       `json:"countries"`
}

type numberStyle struct {
	Group     string `json:"group"`
	Decimal   string `json:"decimal"`
	Minus     string `json:"minus"`
	GroupFrom int    `json:"groupFrom"` // digits from which on groups are set apart
	Percent   string `json:"percent"`
}

type listStyle struct {
	Pair   string `json:"pair"`
	Middle string `json:"middle"`
	Last   string `json:"last"`
}

// unitKey is the key under which the catalogue holds a unit of time: one engine chooses plural forms.
func unitKey(unit, tense string) string { return "cldr." + unit + "." + tense }

// messages returns the units of time as messages of the catalogue.
func (t *table) messages() map[string]message {
	out := map[string]message{}
	for unit, tenses := range t.Units {
		for tense, forms := range tenses {
			m := message{forms: map[string]string{}}
			for form, text := range forms {
				m.forms[form] = strings.ReplaceAll(text, "{n}", "{{.n}}")
			}
			out[unitKey(unit, tense)] = m
		}
	}
	return out
}

func fill(pattern string, values ...string) string {
	return strings.NewReplacer(values...).Replace(pattern)
}

// Date writes the day of t as t's own zone has it: "23 November 2026".
func (p *Printer) Date(t time.Time) string {
	y, m, d := t.Date()
	return p.PartialDate(y, int(m), d)
}

// PartialDate writes a date of which parts may be unknown, as birth dates are: day 0, or month and day 0.
// A year of 0, or a month beyond 12, gives "".
func (p *Printer) PartialDate(year, month, day int) string {
	switch {
	case year == 0 || month < 0 || month > 12:
		return ""
	case month == 0:
		return fmt.Sprint(year)
	case day == 0:
		return fill(p.names.Patterns["monthYear"], "{month}", p.names.MonthsAlone[month-1], "{year}", fmt.Sprint(year))
	}
	return fill(p.names.Patterns["date"], "{day}", fmt.Sprint(day), "{month}", p.names.Months[month-1], "{year}", fmt.Sprint(year))
}

// Weekday writes the name of the day of the week.
func (p *Printer) Weekday(d time.Weekday) string { return p.names.Weekdays[d%7] }

// DateTime writes the moment t as the clock on the wall shows it in zone, with the zone's distance from
// UTC, because whoever reads it may sit in another: "23 November 2026 at 18:34 (UTC+1)". There is no
// default zone: a nil zone is UTC and says so.
func (p *Printer) DateTime(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	y, m, d := t.Date()
	return fill(p.names.Patterns["dateTime"], "{day}", fmt.Sprint(d), "{month}", p.names.Months[m-1], "{year}", fmt.Sprint(y),
		"{hour}", fmt.Sprintf("%02d", t.Hour()), "{minute}", fmt.Sprintf("%02d", t.Minute())) + " (" + offset(t) + ")"
}

// offset writes the distance from UTC: "UTC", "UTC+1", "UTC+5:30", "UTC−3".
func offset(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	s := fmt.Sprintf("UTC%s%d", sign, seconds/3600)
	if minutes := seconds % 3600 / 60; minutes != 0 {
		s += fmt.Sprintf(":%02d", minutes)
	}
	return s
}

// Duration writes the length of d, cut to its largest sensible unit: minutes below an hour, hours below
// two days, days below sixty, months below two years of 365 days, years. Half a minute and less, and
// negative lengths, are "0 minutes".
func (p *Printer) Duration(d time.Duration) string {
	unit, n := largest(d)
	return p.Plural(unitKey(unit, "length"), n)
}

// Age writes how long before now the moment then was, or how long after: "2 days ago", "in 3 hours".
func (p *Printer) Age(then, now time.Time) string {
	if d := now.Sub(then).Abs(); d < time.Minute {
		if then.After(now) {
			return p.Text("lang.moment.future")
		}
		return p.Text("lang.moment.past")
	}
	if then.After(now) {
		unit, n := largest(then.Sub(now))
		return p.Plural(unitKey(unit, "future"), n)
	}
	unit, n := largest(now.Sub(then))
	return p.Plural(unitKey(unit, "past"), n)
}

func largest(d time.Duration) (string, int) {
	const day = 24 * time.Hour
	switch {
	case d < time.Hour:
		return "minute", int(max(d, 0) / time.Minute)
	case d < 2*day:
		return "hour", int(d / time.Hour)
	case d < 60*day:
		return "day", int(d / day)
	case d < 730*day:
		return "month", int(d * 12 / (365 * day))
	}
	return "year", int(d / (365 * day))
}

// Number writes a whole number with the language's group signs.
func (p *Printer) Number(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = p.names.Number.Minus, digits[1:]
	}
	return sign + p.group(digits)
}

// Decimal writes f rounded to the given number of decimal places, half away from what binary holds.
func (p *Printer) Decimal(f float64, places int) string {
	whole, fraction, _ := strings.Cut(fmt.Sprintf("%.*f", max(places, 0), f), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = p.names.Number.Minus, whole[1:]
	}
	s := sign + p.group(whole)
	if fraction != "" {
		s += p.names.Number.Decimal + fraction
	}
	return s
}

// Percent writes a share of 1 as a percentage with the given number of decimal places.
func (p *Printer) Percent(share float64, places int) string {
	return fill(p.names.Number.Percent, "{n}", p.Decimal(share*100, places))
}

func (p *Printer) group(digits string) string {
	if len(digits) < p.names.Number.GroupFrom {
		return digits
	}
	var out strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(p.names.Number.Group)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// LanguageName names a language in p's language by its code ("sq"), and gives the code back if it has
// no name. A language of the catalogue named in itself is p2.LanguageName(p2.Tag()) of its own printer.
func (p *Printer) LanguageName(code string) string {
	if name, ok := p.names.Languages[code]; ok {
		return name
	}
	if p.english != nil {
		return p.english.LanguageName(code)
	}
	return code
}

// noteKey is the beginning of the keys of notes that belong to the name of a country. The first word of a note is its
// mark: "* This designation …".
const noteKey = "lang.country."

// mark puts the mark of its note to the name of every country that has one, so that no name is shown without.
func (t *table) mark(all map[string]message) {
	for key, m := range all {
		if code, ok := strings.CutPrefix(key, noteKey); ok && t.Countries[code] != "" {
			sign, _, _ := strings.Cut(m.text, " ")
			t.Countries[code] += sign
		}
	}
}

// IsCountry reports whether a code is that of a country of ISO 3166-1, or XK: of those that have a name in CLDR.
func IsCountry(code string) bool {
	c, err := Load()
	if err != nil {
		return false
	}
	_, named := c.english.Countries()[code]
	return named
}

// CountryName names a country in p's language by its code of two letters, and gives the code back if it
// has no name. A country with a note bears its mark; wherever it is shown, [Printer.CountryNote] is shown too.
func (p *Printer) CountryName(code string) string {
	if name, ok := p.names.Countries[code]; ok {
		return name
	}
	if p.english != nil {
		return p.english.CountryName(code)
	}
	return code
}

// CountryNote returns the footnote that a screen, an export or a letter naming any of the countries
// must carry, and "" if none of them needs one.
func (p *Printer) CountryNote(codes ...string) string {
	var notes []string
	for _, c := range codes {
		if p.notes[c] {
			notes = append(notes, p.Text("lang.country."+c))
		}
	}
	slices.Sort(notes)
	return strings.Join(slices.Compact(notes), "\n")
}

// Countries returns the codes of all countries that have a name, in no order.
func (p *Printer) Countries() map[string]string { return p.names.Countries }

// And joins items as a list in which all are meant: "a, b and c".
func (p *Printer) And(items ...string) string { return join(items, p.names.And) }

// Or joins items as a list in which one is meant: "a, b or c".
func (p *Printer) Or(items ...string) string { return join(items, p.names.Or) }

func join(items []string, style listStyle) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return items[0] + style.Pair + items[1]
	default:
		return strings.Join(items[:n-1], style.Middle) + style.Last + items[n-1]
	}
}
