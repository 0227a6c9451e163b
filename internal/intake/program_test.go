package intake_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
)

// A program is answered at the end of a step that is as long for a row that opened a case as for one that was known, and is told the same
// of both. What the desk reads has the numbers as they are.
func TestAProgramIsAnsweredInSteps(t *testing.T) {
	w := newWorld(t)
	w.people["nightly"] = keyring.Bearer{Actor: access.Actor{User: "service-1", Role: access.ServiceAccount, Desk: "shelter", Realm: access.Assistance, Member: "MK"}}
	var waited []time.Duration
	w.Wait = func(_ context.Context, until time.Time) error {
		waited = append(waited, until.Sub(w.now))
		return nil
	}
	columns, rows := table(t, strings.NewReader(head+"7,Demona,Izmislena,17.05.1999,F,,,,,,,\n8,Ivana,Proba,1999,x,,,,,,,\n9,,,wrong,,,,,,,,\n"))
	want := []intake.Outcome{
		{Number: 2, Result: intake.Kept}, {Number: 3, Result: intake.Kept}, {Number: 4, Result: intake.Refused, Key: "intake.row.date", Column: "Born"},
	}
	var last intake.Run
	for range 2 {
		last = w.begin("nightly", cases(columns))
		got, err := w.Take(t.Context(), w.who("nightly"), intake.Cases, last.ID, rows)
		w.must(err)
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		r, err := w.End(t.Context(), w.who("nightly"), intake.Cases, last.ID)
		w.must(err)
		if r.Taken != 2 || r.Known != 0 || r.Refused != 1 {
			t.Errorf("it is told %+v", r)
		}
	}
	if d := 160 * time.Millisecond; !slices.Equal(waited, []time.Duration{d, d}) {
		t.Errorf("it waited %v", waited)
	}
	_, err := w.Runs(t.Context(), w.who("nightly"), intake.Cases, "", 10)
	if !fault.Is(err, fault.Denied) {
		t.Errorf("its own list: %v", err)
	}
	all, err := w.Runs(t.Context(), w.who("ana"), intake.Cases, "", 10)
	w.must(err)
	if len(all) != 2 || all[0].Known != 2 || all[0].Taken != 0 || all[1].Taken != 2 || all[0].User != "service-1" {
		t.Errorf("the desk reads %+v", all)
	}
	if len(w.list("ana")) != 2 || w.list("ana")[0].Owner != "" {
		t.Errorf("cases %+v", w.list("ana"))
	}
}
