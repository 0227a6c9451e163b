package link

import (
	"strconv"
	"strings"
)

// day is a date of birth, of which the day, or the day and the month, may not be known: they are zero then.
type day struct {
	year       int16
	month, day int8
	digits     [8]byte
	estimated  bool
}

func (d day) whole() bool { return d.day > 0 && d.month > 0 }

// parseDay reads a date of birth as people and registers write it: 2001-02-03, 20010203, 3.2.2001, 03/02/2001, 2001-02, 2001, "~2001".
func parseDay(s string) (day, bool) {
	var d day
	s = strings.TrimSpace(s)
	if t, ok := strings.CutPrefix(s, "~"); ok {
		d.estimated, s = true, t
	}
	var parts []int
	for p := range strings.FieldsFuncSeq(s, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(p)
		if err != nil || n > 99999999 {
			return day{}, false
		}
		if len(p) == 8 {
			parts = append(parts, n/10000, n/100%100, n%100)
			continue
		}
		parts = append(parts, n)
	}
	switch {
	case len(parts) == 0 || len(parts) > 3:
		return day{}, false
	case parts[0] < 32 && len(parts) == 3:
		parts[0], parts[2] = parts[2], parts[0]
	case parts[0] < 13 && len(parts) == 2:
		parts[0], parts[1] = parts[1], parts[0]
	}
	if parts[0] < 1850 || parts[0] > 2100 {
		return day{}, false
	}
	d.year = int16(parts[0])
	if len(parts) > 1 && parts[1] <= 31 {
		d.month = int8(parts[1])
	}
	if len(parts) > 2 && parts[2] <= 31 {
		d.day = int8(parts[2])
	}
	for i, n := range []int{parts[0] / 1000, parts[0] / 100 % 10, parts[0] / 10 % 10, parts[0] % 10, int(d.month) / 10, int(d.month) % 10, int(d.day) / 10, int(d.day) % 10} {
		d.digits[i] = byte(n)
	}
	return d, true
}

// number returns a date as one number.
func (d day) number() uint64 { return uint64(d.year)*10000 + uint64(d.month)*100 + uint64(d.day) }

// Levels of two dates of birth.
const (
	daySame = iota
	daySwapped
	dayDigit
	dayYearAndOne
	dayYearPart
	dayMonthAndDay
	dayYear
	dayNextYear
	dayNearYear
	dayDiffer
	dayLevels
)

func days(a, b *day, estimated bool) uint8 {
	gap := int(a.year) - int(b.year)
	if gap < 0 {
		gap = -gap
	}
	if !a.whole() || !b.whole() || estimated {
		switch {
		case gap == 0:
			return dayYearPart
		case gap == 1:
			return dayNextYear
		case gap <= 3 && estimated:
			return dayNearYear
		}
		return dayDiffer
	}
	off := 0
	for i := range a.digits {
		if a.digits[i] != b.digits[i] {
			off++
		}
	}
	switch {
	case off == 0:
		return daySame
	case gap == 0 && a.month == b.day && a.day == b.month:
		return daySwapped
	case off == 1:
		return dayDigit
	case a.month == b.month && a.day == b.day:
		return dayMonthAndDay
	case gap == 0 && (a.month == b.month || a.day == b.day):
		return dayYearAndOne
	case gap == 0:
		return dayYear
	}
	return dayDiffer
}
