package webdocket_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestABoardOverThePages: a prosecutor opens a board, lets another country on it, writes a hearing, a deadline, a journey, a claim, a note and evidence with two hand-overs; the other
// country sees all of it on one page, changes what it may and not what it may not.
func TestABoardOverThePages(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	md.Prosecutes()
	board := webtest.Boarded(md, mk)
	p, q := md.As("petar"), mk.As("petar")
	if a := q.Get("/dockets").OK(); !strings.Contains(a.Body, `href="`+board+`"`) {
		t.Error("the board is not listed there")
	}
	there := q.Get(board).OK()
	there.Says("DEMO board", "24 December 2026", "Video link", "W-1", "End of custody", "DEMO code art. 165", "Not verified", "DEMO court registry", "DEMO laboratory", "To the court", "Everything")
	for _, s := range []string{"DEMO fact", "Ana"} {
		if strings.Contains(there.Body, s) {
			t.Errorf("the board says %q", s)
		}
	}

	// A name has no place where a mark stands; a line is short; a day is a day.
	form := url.Values{"witness": {"W-2"}, "from": {"MD"}, "to": {"MK"}, "day-day": {"31"}, "day-month": {"2"}, "day-year": {"2027"}, "state": {"planned"}}
	q.Do(http.MethodPost, board+"/write/travel/new", form).Is(http.StatusUnprocessableEntity).Says("Check Day")
	form.Set("day-day", "1")
	form.Set("witness", "Ana")
	q.Do(http.MethodPost, board+"/write/travel/new", form).Is(http.StatusUnprocessableEntity).Says("Mark of the witness")
	form.Set("witness", "W-2")
	q.Post(board+"/write/travel/new", form).OK().Says("W-2")
	q.Get(board + "/write/board/new").Is(http.StatusNotFound)
	q.Get(board + "/write/murder/new").Is(http.StatusNotFound)
	q.Do(http.MethodPost, board+"/write/desk/new", url.Values{"desk": {"RS/prosecution"}, "office": {"x"}, "state": {"in"}}).Is(http.StatusForbidden).Says("Only the desk that opened the board")

	// Who was slower sees what stands now.
	item := q.Get(board).Find(`href="(/dockets/[0-9a-z]{26}/item/[0-9a-z]{26})"[^>]*>(?:<bdi>)?\s*24 December 2026`)
	write := strings.Replace(item, "/item/", "/write/hearing/", 1)
	change := url.Values{"version": {"1"}, "day-day": {"28"}, "day-month": {"12"}, "day-year": {"2026"}, "country": {"MK"}, "state": {"planned"}}
	q.Post(write, change).OK().Says("28 December 2026")
	change.Set("day-day", "29")
	q.Do(http.MethodPost, write, change).Is(http.StatusConflict).Says("28 December 2026")
	n.Run()
	p.Get(item).OK().Says("28 December 2026", "MK/prosecution", "MD/prosecution", "Changed")

	// Evidence is not changed, and only who entered it takes it back.
	evidence := p.Get(board).Find(`href="(/dockets/[0-9a-z]{26}/item/[0-9a-z]{26})"[^>]*>(?:<bdi>)?\s*Data carrier`)
	q.Get(evidence).OK()
	if strings.Contains(q.Get(evidence).Body, "/write/evidence/") {
		t.Error("who did not enter it is offered to change it")
	}
	taken := strings.Replace(evidence, "/item/", "/write/evidence/", 1)
	p.Do(http.MethodPost, taken, url.Values{"version": {"1"}, "what": {"document"}}).Is(http.StatusConflict)
	p.Get(taken).OK().Says("is never changed")
	named(t, p, board)

	// It is closed by who opened it, and destroyed by each.
	root := board + "/write/board/" + strings.TrimPrefix(board, "/dockets/")
	p.Do(http.MethodPost, board+"/erase", nil).Is(http.StatusConflict)
	p.Post(root, url.Values{"version": {"1"}, "label": {"DEMO board"}, "state": {"closed"}}).OK().Says("Closed")
	n.Run()
	q.Do(http.MethodPost, board+"/write/travel/new", form).Is(http.StatusConflict)
	p.Post(board+"/erase", nil).OK().Says("Destroyed")
	p.Get(board).Is(http.StatusConflict)
	q.Get(board).OK()
	md.As("ana").Get("/dockets").Is(http.StatusForbidden)
	md.As("ana").Get(board).Is(http.StatusForbidden)
}

// named finds that the calendar file names nobody, and that other software reads it.
func named(t *testing.T, p *webtest.Somebody, board string) {
	t.Helper()
	calendar := p.Get(board + "/calendar").OK().Body
	for _, s := range []string{"W-1", "W-2", "DEMO court", "DEMO Office", "DEMO code", "DEMO board"} {
		if strings.Contains(calendar, s) {
			t.Errorf("the calendar says %q", s)
		}
	}
	if !strings.Contains(calendar, "SUMMARY:Hearing") || !strings.Contains(calendar, "DTSTART;VALUE=DATE:20261228") || strings.Count(calendar, "BEGIN:VEVENT") < 4 {
		t.Errorf("the calendar is %s", calendar)
	}
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import icalendar").Run() != nil {
		t.Log("python3-icalendar is not installed")
		return
	}
	at := filepath.Join(t.TempDir(), "board.ics")
	if err := os.WriteFile(at, []byte(calendar), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", "import icalendar,sys; print(sum(1 for e in icalendar.Calendar.from_ical(open(sys.argv[1],'rb').read()).walk('VEVENT')))", at).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) == "0" {
		t.Errorf("python3-icalendar: %v %s", err, out)
	}
}
