package casefile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
)

// TestOpeningsAreToldByFunctionAndDay: newest first, once for a function and a day, to the people of her desk, and gone with the file.
func TestOpeningsAreToldByFunctionAndDay(t *testing.T) {
	o := born(t)
	c := o.open()
	mira := o.people["mira"].Actor
	note := func(role access.Role, day int64, opened bool) {
		t.Helper()
		o.must(store.Writer[audit.AlertTx](o.db)(o.ctx, audit.Did(console, access.WatchAudit, "log"), func(tx audit.AlertTx) error {
			a := audit.Access{User: "vera", Day: day, Case: c.ID, Role: role, Wrote: !opened}
			if opened {
				a.Opened = frame.Time(day * 24 * 60 * 60 * 1e6)
			}
			return tx.NoteAccess(o.ctx, a)
		}))
	}
	note(access.CaseManager, 20514, true)
	note(access.CaseManager, 20514, true)
	note(access.ServiceProvider, 20515, true)
	note(access.FocalPoint, 20516, false) // wrote, and opened nothing
	got, err := o.cases.Openings(o.ctx, mira, c.ID)
	o.must(err)
	want := []casefile.Opened{{Day: 20515, Role: access.ServiceProvider}, {Day: 20514, Role: access.CaseManager}}
	if d := cmp.Diff(want, got); d != "" || got[0].Date() != "2026-03-03" {
		t.Errorf("openings (-want +got):\n%s%s", d, got[0].Date())
	}
	_, err = o.cases.Openings(o.ctx, o.people["erna"].Actor, c.ID)
	o.refused(err, fault.Hidden, "")
	o.must(store.Writer[casefile.Tx](o.db)(o.ctx, audit.Did(console, access.EraseCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
		return o.cases.EraseAgainIn(o.ctx, tx, c.ID)
	}))
	_, err = o.cases.Openings(o.ctx, mira, c.ID)
	o.refused(err, fault.NotFound, "case.erased")
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
		left, err := tx.Openings(o.ctx, c.ID, 9)
		if len(left) != 0 {
			t.Errorf("left of an erased case: %+v", left)
		}
		return err
	}))
}
