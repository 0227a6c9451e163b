package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Calendar says which days are no working days: everywhere in a country, or in one of its regions that has its own law on it.
type Calendar struct {
	Key       string    `json:"key"`
	Weekend   []string  `json:"weekend"`             // "saturday"; none: as the network says
	Region    string    `json:"region,omitempty"`    // message key of its name; none: the whole country
	Announced bool      `json:"announced,omitempty"` // the days are calculated beforehand, and an authority announces them each year
	Holidays  []Holiday `json:"holidays"`
	Text      string    `json:"text,omitempty"` // message key
	Origin    Origin    `json:"origin"`
}

// Holiday is a day without work. It says when in one of three ways: a day, so many days from Easter, or the dates that are known.
type Holiday struct {
	Day        string     `json:"day,omitempty"`        // "2027-01-01", or "01-01" for every year
	Easter     Rite       `json:"easter,omitempty"`     // whose Easter Sunday it is counted from
	Offset     int        `json:"offset,omitempty"`     // days after Easter Sunday; negative: before it
	Dates      []Date     `json:"dates,omitempty"`      // each of the years that are known
	Substitute Substitute `json:"substitute,omitempty"` // another day without work where it falls on a weekend
	Text       string     `json:"text"`                 // message key
}

// Rite says whose Easter is meant.
type Rite string

// The rites.
const (
	Western  Rite = "western"
	Orthodox Rite = "orthodox"
)

// Substitute says when nobody works on the next working day instead.
type Substitute string

// The rules for a substitute.
const (
	AfterSunday  Substitute = "after-sunday"  // the holiday falls on a Sunday
	AfterWeekend Substitute = "after-weekend" // it falls on any day of the weekend
)

// The years for which days without work are written out. After them a clock of working days ends early rather than late.
const (
	firstYear = 2025
	lastYear  = 2040
)

// DayOff is one day without work in one year.
type DayOff struct {
	Day        Date   `json:"day"`
	Text       string `json:"text"`             // message key of the holiday
	Substitute bool   `json:"substitute"`       // in the place of a holiday that fell on a weekend
	Region     string `json:"region,omitempty"` // message key; none: the whole country
	Announced  bool   `json:"announced"`        // calculated; an authority announces it
	Usable     bool   `json:"usable"`           // the law was read, or somebody confirmed the calendar
	Calendar   string `json:"calendar"`         // key of the item: "MK/calendar.public-holidays"
}

// DaysOff returns every day without work in a country in a year, besides weekends, whatever its status, in their order. A day in the
// place of another is one on which people would work: no weekend, no other holiday that holds there, and in the place of none.
//
// It returns none for a country or a year of which nobody says anything.
func (s Set) DaysOff(m id.Member, year int) []DayOff {
	p, weekend := s.countries[m], s.Weekend(m)
	var all []DayOff
	taken := map[string]map[Date]bool{} // by region: holidays first, then the days in their place
	free := func(region string, day Date) bool { return !taken[""][day] && !taken[region][day] }
	take := func(region string, day Date) {
		if taken[region] == nil {
			taken[region] = map[Date]bool{}
		}
		taken[region][day] = true
	}
	for _, c := range p.Calendars {
		for _, h := range c.Holidays {
			for _, t := range h.in(year) {
				take(c.Region, dateOf(t))
			}
		}
	}
	for _, c := range p.Calendars {
		days := c.in(year)
		for _, d := range days {
			all = append(all, c.off(p.Code, dateOf(d.on), d.of.Text, false))
		}
		for _, d := range days {
			if d.of.Substitute != AfterSunday && d.of.Substitute != AfterWeekend || !slices.Contains(weekend, d.on.Weekday()) ||
				d.of.Substitute == AfterSunday && d.on.Weekday() != time.Sunday {
				continue
			}
			for t, n := d.on.AddDate(0, 0, 1), 0; n < 31; t, n = t.AddDate(0, 0, 1), n+1 { // a working day comes within a month, or never
				if !slices.Contains(weekend, t.Weekday()) && free(c.Region, dateOf(t)) {
					take(c.Region, dateOf(t))
					all = append(all, c.off(p.Code, dateOf(t), d.of.Text, true))
					break
				}
			}
		}
	}
	sorting.Stable(all, func(a, b DayOff) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return all
}

// fall is a holiday and the day on which it falls.
type fall struct {
	of Holiday
	on time.Time
}

// in returns the holidays of a calendar in a year, the earliest first.
func (c Calendar) in(year int) []fall {
	var all []fall
	for _, h := range c.Holidays {
		for _, t := range h.in(year) {
			all = append(all, fall{h, t})
		}
	}
	sorting.Stable(all, func(a, b fall) int { return a.on.Compare(b.on) })
	return all
}

func (c Calendar) off(code string, day Date, text string, substitute bool) DayOff {
	return DayOff{
		Day: day, Text: text, Substitute: substitute, Region: c.Region, Announced: c.Announced, Usable: c.Origin.Usable(),
		Calendar: code + "/calendar." + c.Key,
	}
}

func dateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// in returns the days on which the holiday falls in a year: mostly one, of a lunar calendar sometimes two or none.
func (h Holiday) in(year int) []time.Time {
	var days []time.Time
	add := func(text string) {
		if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year() == year {
			days = append(days, t)
		}
	}
	switch {
	case h.Easter == Western:
		days = append(days, calendar.Easter(year).AddDate(0, 0, h.Offset))
	case h.Easter == Orthodox:
		days = append(days, calendar.OrthodoxEaster(year).AddDate(0, 0, h.Offset))
	case len(h.Day) == len("01-02"):
		add(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006-") + h.Day)
	case h.Day != "":
		add(h.Day)
	}
	for _, d := range h.Dates {
		add(string(d))
	}
	return days
}

// Weekend returns the days of the week on which nobody works in a country: its own, else the network's.
func (s Set) Weekend(m id.Member) []time.Weekday {
	for _, p := range []Profile{s.countries[m], s.network} {
		for _, c := range p.Calendars {
			if len(c.Weekend) > 0 {
				return calendar.Of(nil, c.Weekend, nil).Weekend
			}
		}
	}
	return nil
}

// Calendar returns the working calendar of a member, without a time zone. Nobody works on a day that a usable calendar names for
// the whole country, or one for each of its regions: a desk does not say in which of them it lies. Every other holiday is in doubt:
// nobody confirmed it, or it is one somewhere only. A clock counts such a day as one of work, so that whoever has to act is
// reminded early and never late, and says so; a clock that gives the person a least time does not count it. See [Deadline].
func (s Set) Calendar(m id.Member) calendar.Calendar {
	c, _ := Remember(s, workingCalendar(m), func(s Set) (calendar.Calendar, error) { return s.calendar(m), nil })
	return c
}

type workingCalendar id.Member

func (s Set) calendar(m id.Member) calendar.Calendar {
	out := calendar.Calendar{Weekend: s.Weekend(m)}
	regions := map[string]bool{}
	for _, c := range s.countries[m].Calendars {
		if c.Region != "" {
			regions[c.Region] = true
		}
	}
	for year := firstYear; year <= lastYear; year++ {
		where := map[Date]map[string]bool{} // of usable calendars; the whole country counts as every region
		var days []Date
		for _, d := range s.DaysOff(m, year) {
			if where[d.Day] == nil {
				where[d.Day] = map[string]bool{}
				days = append(days, d.Day)
			}
			if d.Usable {
				where[d.Day][d.Region] = true
			}
		}
		for _, day := range days {
			in := where[day]
			if in[""] || len(regions) > 0 && len(in) == len(regions) {
				out.Holidays = append(out.Holidays, string(day))
			} else {
				out.Doubted = append(out.Doubted, string(day))
			}
		}
	}
	return out
}

func (c Calendar) check() error {
	for _, day := range c.Weekend {
		if _, ok := weekday(day); !ok {
			return wrong(c.Key, "weekend")
		}
	}
	if len(c.Weekend) > 6 {
		return wrong(c.Key, "weekend")
	}
	for _, h := range c.Holidays {
		if !h.well() || h.Text == "" {
			return wrong(c.Key, "holidays")
		}
	}
	return nil
}

// well reports whether the holiday says in exactly one way when it is.
func (h Holiday) well() bool {
	ways := 0
	if h.Day != "" {
		day := h.Day
		if len(day) == len("01-02") {
			day = "2024-" + day // a leap year, so that 29 February can be a holiday
		}
		if !Date(day).valid() {
			return false
		}
		ways++
	}
	if h.Easter != "" {
		if h.Easter != Western && h.Easter != Orthodox || h.Offset < -60 || h.Offset > 80 {
			return false
		}
		ways++
	}
	if len(h.Dates) > 0 {
		if slices.ContainsFunc(h.Dates, func(d Date) bool { return !d.valid() }) {
			return false
		}
		ways++
	}
	return ways == 1 && (h.Offset == 0 || h.Easter != "") && slices.Contains([]Substitute{"", AfterSunday, AfterWeekend}, h.Substitute)
}
