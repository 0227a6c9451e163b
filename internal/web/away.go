package web

import (
	"strings"
	"time"
)

// awayPath is where a page that was left quickly leads, unless the node names an address elsewhere.
const awayPath = "/calendar"

// awayModel is a month as a calendar on a wall shows it.
type awayModel struct {
	month, today, style string
	days                [][2]string // names of the days of the week, whole and short
	weeks               [][7]int    // days of the month; 0: none
	day                 int
}

// away shows what anybody may have open: an empty page would ask what was there before.
func (v *visit) away() error {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	return v.Bare(awayScreen(v.P, v.monthOf(v.Site.Now().In(zone))))
}

func (v *visit) monthOf(now time.Time) awayModel {
	m := awayModel{
		month: v.P.PartialDate(now.Year(), int(now.Month()), 0), today: v.P.Weekday(now.Weekday()) + ", " + v.P.Date(now),
		style: v.Site.Assets.URL("app.css"), day: now.Day(),
	}
	for d := range 7 {
		name := v.P.Weekday(time.Weekday((d + 1) % 7))
		letters := []rune(strings.TrimPrefix(name, "ال")) // the article, which every day has in Arabic
		m.days = append(m.days, [2]string{name, string(letters[:min(2, len(letters))])})
	}
	first := time.Date(now.Year(), now.Month(), 1, 12, 0, 0, 0, time.UTC)
	at := (int(first.Weekday()) + 6) % 7
	for d := 1; d <= first.AddDate(0, 1, -1).Day(); d, at = d+1, at+1 {
		if at%7 == 0 || d == 1 {
			m.weeks = append(m.weeks, [7]int{})
		}
		m.weeks[len(m.weeks)-1][at%7] = d
	}
	return m
}
