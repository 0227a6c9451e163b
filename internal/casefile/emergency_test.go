package casefile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/store"
)

const missing = "she has not come home"

// told returns who was told since the last call, desk and person.
func (o *town) toldNow() []string {
	var all []string
	for _, n := range o.told {
		all = append(all, string(n.Desk)+"/"+string(n.User))
	}
	o.told = nil
	return all
}

func TestBreakGlassEndsWithDuty(t *testing.T) {
	o := born(t)
	c, erna := o.open(), o.people["erna"]
	from := frame.At(o.now)
	o.duty("erna", "emergency")
	_, err := o.cases.EmergencyOpen(o.ctx, erna, c.ID, "missing-person", missing)
	o.must(err)
	o.now = o.now.Add(time.Hour)
	_, err = o.cases.Show(o.ctx, erna, c.ID)
	o.must(err)
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.DutyDesk, "emergency"), func(tx desk.Tx) error {
		return tx.SetShifts(o.ctx, "emergency", from, []desk.Shift{{Desk: "emergency", User: "erna", From: from, To: frame.At(o.now)}})
	}))
	_, err = o.cases.Show(o.ctx, erna, c.ID)
	o.refused(err, fault.Hidden, "")
	o.duty("erna", "emergency")
	_, err = o.cases.Show(o.ctx, erna, c.ID)
	o.must(err)
}

func TestBreakGlassTellsASecondPerson(t *testing.T) {
	o := born(t)
	c, erna := o.open(), o.people["erna"]
	o.duty("erna", "emergency")
	open := func() (casefile.Glass, error) {
		return o.cases.EmergencyOpen(o.ctx, erna, c.ID, "missing-person", missing)
	}
	g, err := open()
	o.must(err)
	if got := o.toldNow(); !slices.Equal(got, []string{"shelter/"}) {
		t.Errorf("told %v, want the desk that holds the case", got)
	}

	o.join("erna", access.CaseManager, "shelter", "ana") // she is of both desks now, and is not her own second person
	o.people["erna"] = erna
	_, err = open()
	o.must(err)
	if got := o.toldNow(); !slices.Equal(got, []string{"shelter/ana", "shelter/mira"}) {
		t.Errorf("told %v, want everybody at the desk but herself", got)
	}

	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.DutyDesk, "shelter"), func(tx desk.Tx) error {
		d, err := tx.Desk(o.ctx, "shelter")
		o.must(err)
		d.Deputy = "clinic"
		o.must(tx.SetDesk(o.ctx, d))
		for _, u := range []id.User{"ana", "mira"} {
			o.must(tx.SetMembership(o.ctx, desk.Membership{Desk: "shelter", User: u, Role: access.CaseManager, State: desk.Left}))
		}
		return nil
	}))
	_, err = open()
	o.must(err)
	if got := o.toldNow(); !slices.Equal(got, []string{"clinic/"}) {
		t.Errorf("told %v, want the deputy: there is nobody else at the desk", got)
	}
	unheard := func(at id.Desk) []string {
		o.must(store.Writer[casefile.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "x"), func(tx casefile.Tx) error {
			return o.cases.UnheardIn(o.ctx, tx, notify.Notice{Desk: at, Code: notify.Emergency, Reference: "k7m-4qt-2x9", Object: string(g.ID)})
		}))
		return o.toldNow()
	}
	if got := unheard("shelter"); !slices.Equal(got, []string{"clinic/"}) {
		t.Errorf("a notice that nobody heard passes to %v, want the deputy", got)
	}
	if got := unheard("clinic"); len(got) != 0 {
		t.Errorf("told %v after the last one", got)
	}

	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.DutyDesk, "clinic"), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{Desk: "clinic", User: "boris", Role: access.ServiceProvider, State: desk.Left})
	}))
	_, err = open()
	o.refused(err, fault.Conflict, "case.emergency.nobody-told")
}
