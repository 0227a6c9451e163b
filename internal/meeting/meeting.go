// Package meeting makes of what the network publishes about its meetings what others read: a calendar file, and who has signed off what was concluded.
//
// A meeting is a publication of whoever announces or records it, a conclusion one that names its meeting, and each other member signs off a version of it
// by a publication of its own (spec/publication.md 6). Nobody who takes part is named: participants are countries and organisations by their roles.
package meeting

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sorting"
)

// tenth is the meeting of which the program tells, as one public note tells of it and no more. Nobody has confirmed it.
//
//go:embed data/tenth.json
var tenth []byte

var first = sync.OnceValue(func() publication.Body {
	var b publication.Body
	_ = json.Unmarshal(tenth, &b) // TestTheTenthMeeting reads it
	return b
})

// Tenth is the tenth meeting of the network (Skopje, 13 to 15 November 2017), from the one source that was found. A member that knows better publishes
// its own record of it.
func Tenth() publication.Body { return first() }

// TenthNumber is the number by which a published record takes the place of [Tenth].
const TenthNumber = 10

// Event is a meeting in a calendar.
type Event struct {
	ID      string // of the publication
	Version int64
	Written time.Time
	Title   string
	Place   string
	Text    string
	From    string // day
	Until   string // day, the last one
	State   string // code
	Path    string // address at which it is read; may be empty
}

// Calendar writes meetings as a calendar file (RFC 5545): whole days, which are the same in every time zone, each event with the number of its version, so
// that a program which has read an earlier one takes the later.
func Calendar(all []Event) []byte {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(folded(name + ":" + value)) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//OpenTRM//Network meetings//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	for _, e := range all {
		from, err := time.Parse(time.DateOnly, e.From)
		until, err2 := time.Parse(time.DateOnly, e.Until)
		if err != nil || err2 != nil {
			continue // a later version of the program may say days otherwise
		}
		line("BEGIN", "VEVENT")
		line("UID", e.ID+"@opentrm")
		line("DTSTAMP", e.Written.UTC().Format("20060102T150405Z"))
		line("SEQUENCE", strconv.FormatInt(e.Version-1, 10))
		line("DTSTART;VALUE=DATE", from.Format("20060102"))
		line("DTEND;VALUE=DATE", until.AddDate(0, 0, 1).Format("20060102")) // the day after the last
		line("SUMMARY", escaped(e.Title))
		if e.Place != "" {
			line("LOCATION", escaped(e.Place))
		}
		if e.Text != "" {
			line("DESCRIPTION", escaped(e.Text))
		}
		if e.Path != "" {
			line("URL", e.Path)
		}
		status := "CONFIRMED"
		switch e.State {
		case "planned":
			status = "TENTATIVE"
		case "cancelled":
			status = "CANCELLED"
		}
		line("STATUS", status)
		line("TRANSP", "OPAQUE")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(b.String())
}

// escaped writes text as a value of a calendar has it.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(s)
}

// folded breaks a line after at most 75 octets, never within a letter.
func folded(s string) string {
	const most = 75
	var b strings.Builder
	room := most
	for _, r := range s {
		if n := utf8.RuneLen(r); n > room {
			b.WriteString("\r\n ")
			room = most - 1
		}
		room -= max(1, utf8.RuneLen(r))
		b.WriteRune(r)
	}
	return b.String() + "\r\n"
}

// Voice is what a member says to a conclusion.
type Voice struct {
	Member id.Member
	Says   string // code; empty: it has said nothing of this version
	Before bool   // it spoke of a version before this one
	Kept   publication.Kept
}

// Voices puts together what members say to a conclusion, in order of members: all those that are asked, and others that have spoken. The author has agreed by
// signing it. Of several sign-offs of a member the newest of this version counts.
func Voices(conclusion publication.Kept, signed []publication.Kept, members []id.Member) []Voice {
	at := map[id.Member]Voice{}
	for _, m := range members {
		at[m] = Voice{Member: m}
	}
	newest := func(m id.Member, v Voice) {
		old, ok := at[m]
		if !ok || old.Kept.Hash == "" || old.Before && !v.Before || old.Before == v.Before && cmp.Compare(old.Kept.Record.Seq, v.Kept.Record.Seq) < 0 {
			at[m] = v
		}
	}
	for _, k := range signed {
		b := publication.ReadBody(k.Record.Body)
		if k.Record.Kind != publication.SignOff || k.Record.Withdrawn || !k.Current || b.Word("of") != string(conclusion.Record.ID) {
			continue
		}
		v := Voice{Member: k.Record.Member, Says: b.Word("says"), Kept: k}
		if b.Word("hash") != conclusion.Hash {
			v.Says, v.Before = "", true
		}
		newest(k.Record.Member, v)
	}
	at[conclusion.Record.Member] = Voice{Member: conclusion.Record.Member, Says: "agreed", Kept: conclusion}
	var all []Voice
	for _, v := range at {
		all = append(all, v)
	}
	sorting.By(all, func(a, b Voice) int { return cmp.Compare(a.Member, b.Member) })
	return all
}
