package calendar

import "time"

// Easter returns Easter Sunday of a year as the western churches keep it: the Sunday after the first full moon of spring, both
// reckoned by the Gregorian calendar.
func Easter(year int) time.Time {
	golden, century, within := year%19, year/100, year%100
	leaps, moon := century/4, (century-(century+8)/25+1)/3 // what the calendar corrects of the sun, and of the moon
	full := (19*golden + century - leaps - moon + 15) % 30 // days from 21 March to the full moon
	sunday := (32 + 2*(century%4) + 2*(within/4) - full - within%4) % 7
	early := (golden + 11*full + 22*sunday) / 451 // the full moon that would fall too late
	day := full + sunday - 7*early + 114
	return time.Date(year, time.Month(day/31), day%31+1, 0, 0, 0, 0, time.UTC)
}

// OrthodoxEaster returns Easter Sunday of a year as the eastern churches keep it, as a day of the civil calendar: reckoned by
// the Julian calendar, which is so many days behind.
func OrthodoxEaster(year int) time.Time {
	full := (19*(year%19) + 15) % 30
	sunday := (2*(year%4) + 4*(year%7) - full + 34) % 7
	day := full + sunday + 114
	behind := year/100 - year/400 - 2
	return time.Date(year, time.Month(day/31), day%31+1+behind, 0, 0, 0, 0, time.UTC)
}
