package meeting_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/publication"
)

// The tenth meeting is a record that could be published as it is, and names nobody and no conclusion: its source names none.
func TestTheTenthMeeting(t *testing.T) {
	b := meeting.Tenth()
	raw, err := frame.Encode(b)
	if err == nil {
		err = publication.CheckBody(publication.Meeting, raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := b.Number("number"); n != meeting.TenthNumber || b.Word("from") != "2017-11-13" || b.Word("until") != "2017-11-15" || b.Word("place") != "Skopje" {
		t.Errorf("%s", raw)
	}
}

func events() []meeting.Event {
	return []meeting.Event{
		{
			ID: "0123456789abcdefghjkmnpqr0", Version: 3, Written: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Title: "Десетти состанок на мрежата на националните координатори; прв, втор, трет \\ ден",
			Place: "Скопје", Text: "Line one\nline two, with a comma", From: "2017-11-13", Until: "2017-11-15", State: "held", Path: "https://mk.example/publications/x",
		},
		{ID: "zyxwvtsrqpnmkjhgfedcba9870", Version: 1, Written: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Title: "Next", From: "2026-12-31", Until: "2026-12-31", State: "cancelled"},
		{ID: "x", Title: "no day", From: "soon", Until: "later"},
	}
}

// Lines end and break as RFC 5545 says, and unfolded say what was meant.
func TestCalendarKeepsToTheStandard(t *testing.T) {
	text := string(meeting.Calendar(events()))
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || strings.ToValidUTF8(line, "?") != line {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	for _, want := range []string{
		"DTSTART;VALUE=DATE:20171113\r\nDTEND;VALUE=DATE:20171116\r\n", "SEQUENCE:2\r\n", `SUMMARY:Десетти состанок на мрежата на националните координатори\; прв\, втор\, трет \\ ден` + "\r\n",
		`DESCRIPTION:Line one\nline two\, with a comma` + "\r\n", "DTEND;VALUE=DATE:20270101\r\n", "STATUS:CANCELLED\r\n", "STATUS:CONFIRMED\r\n",
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in\n%s", want, whole)
		}
	}
	if strings.Count(whole, "BEGIN:VEVENT") != 2 || strings.Count(whole, "UID:") != 2 {
		t.Errorf("events: %s", whole)
	}
}

// A reader of calendars that was not written here takes the file, strictly, and says the same.
func TestCalendarIsReadByOthers(t *testing.T) {
	python := ""
	for _, p := range []string{"/usr/bin/python3", "python3"} { // the one of Debian has the packages of Debian
		if exec.Command(p, "-c", "import icalendar").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		t.Skip("no python3-icalendar: apt-get install python3-icalendar")
	}
	file := filepath.Join(t.TempDir(), "meetings.ics")
	if err := os.WriteFile(file, meeting.Calendar(events()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", `
import icalendar, sys
c = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
for e in c.walk("VEVENT"):
    assert not e.errors, e.errors
    print(e["UID"], e.decoded("DTSTART"), e.decoded("DTEND"), e["STATUS"], e["SEQUENCE"], str(e["SUMMARY"]), str(e.get("DESCRIPTION", "")).replace("\n", "|"), sep="\t")
`, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "0123456789abcdefghjkmnpqr0@opentrm\t2017-11-13\t2017-11-16\tCONFIRMED\t2\tДесетти состанок на мрежата на националните координатори; прв, втор, трет \\ ден\tLine one|line two, with a comma\n" +
		"zyxwvtsrqpnmkjhgfedcba9870@opentrm\t2026-12-31\t2027-01-01\tCANCELLED\t0\tNext\t\n"
	if d := cmp.Diff(want, string(out)); d != "" {
		t.Errorf("(-want +read)\n%s", d)
	}
}

// Each member that is asked stands there once, in order of letters; what was said of an earlier version is not taken for this one.
func TestVoicesOfMembers(t *testing.T) {
	conclusion := publication.Kept{Hash: "new", Current: true}
	conclusion.Record.ID, conclusion.Record.Member, conclusion.Record.Kind = "c", "MK", publication.Conclusion
	seq := int64(0)
	said := func(m id.Member, hash, says string) publication.Kept {
		seq++
		k := publication.Kept{Current: true, Hash: fmt.Sprint("h", seq)}
		k.Record.Member, k.Record.Kind, k.Record.Seq = m, publication.SignOff, seq
		k.Record.Body = []byte(fmt.Sprintf(`{"hash":%q,"of":"c","says":%q}`, hash, says))
		return k
	}
	withdrawn := said("AL", "new", "agreed")
	withdrawn.Record.Withdrawn = true
	got := []string{}
	for _, v := range meeting.Voices(conclusion, []publication.Kept{
		said("RS", "old", "agreed"), said("MD", "new", "not-agreed"), said("MD", "new", "agreed"), said("MD", "old", "not-agreed"), said("BG", "new", "agreed-with-remark"), withdrawn,
	}, []id.Member{"RS", "MK", "AL", "MD"}) {
		got = append(got, fmt.Sprintf("%s %q %t", v.Member, v.Says, v.Before))
	}
	want := []string{`AL "" false`, `BG "agreed-with-remark" false`, `MD "agreed" false`, `MK "agreed" false`, `RS "" true`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
