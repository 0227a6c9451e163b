package conference

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Calling is what a conference is called with, or what of it changes.
type Calling struct {
	Purpose string // code; not changed later
	Meets   frame.Time
	Place   string
	Agenda  []Item // numbered in this order
	Outside []Outsider
	Invites []Invite
	Remove  []int64 // numbers of seats that are taken away
}

// call is the record of it.
func (in Calling) call(conf id.Conference) Call {
	x := Call{Conference: conf, Place: in.Place, Agenda: slices.Clone(in.Agenda), Outside: in.Outside}
	for i := range x.Agenda {
		x.Agenda[i].N = int64(i + 1)
	}
	return x
}

// Call calls a conference about a case, and lays before each invited desk what may be shown to it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Call.Check], for a purpose that is none or a
// moment that is missing; [fault.Conflict] "case.closed"; as the basis of each seat does, with "conference.wall" for a desk of the
// prosecution without a release; and [fault.Locked] without keys.
func (s *Service) Call(ctx context.Context, by keyring.Bearer, c id.Case, in Calling) (Conference, error) {
	d, err := Shipped()
	if err != nil {
		return Conference{}, err
	}
	made := id.Ordered[id.Conference](s.IDs)
	var out Conference
	err = s.Write(ctx, audit.Did(by.Actor, access.CallConference, string(made)).In(c), func(tx Tx) error {
		row := Conference{
			ID: made, Case: c, Desk: by.Desk, Purpose: in.Purpose, State: Called, Maker: by.User, Made: s.now(), Meets: in.Meets, Version: 1,
		}
		place, err := tx.PlaceOf(ctx, c)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err != nil {
			return err
		}
		if err := access.Check(by.Actor, access.KnowCase, place.Resource("case", nil, 0)); err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, by.Actor, access.CallConference, row)
		if err != nil {
			return err
		}
		if w.c.State != casefile.Open {
			return fault.New(fault.Conflict, "case.closed")
		}
		if _, ok := d.purpose(in.Purpose); !ok {
			return bad("purpose")
		}
		if in.Meets <= 0 {
			return bad("meets")
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		if err := tx.AddConference(ctx, row); err != nil {
			return err
		}
		if err := s.callIn(ctx, w, in); err != nil {
			return err
		}
		out = row
		return s.remindIn(ctx, w, w.c.Desk, access.Assistance, TaskMinutes, clockMinutes, max(in.Meets, s.now()))
	})
	return out, err
}

// callIn writes down what is called, makes the seats, and lays the sheets.
func (s *Service) callIn(ctx context.Context, w *at, in Calling) error {
	was, err := lastIn[Call](ctx, w, KindCall)
	if err != nil {
		return err
	}
	r := keyring.Record{ID: was.Record, Version: was.Version, At: was.At, By: was.By, Kind: KindCall, Compartment: w.k.Home()}
	if _, err := putIn(ctx, w, r, in.call(w.row.ID)); err != nil {
		return err
	}
	for _, x := range in.Invites {
		if err := s.inviteIn(ctx, w, x); err != nil {
			return err
		}
	}
	return s.layIn(ctx, w)
}

// Change changes what a conference is called with: when, where, what about, and who sits there. A text that waited for signatures has to
// be written anew, since it says who signs. Once there are minutes, the agenda can only grow.
//
// It fails as [Service.Call], with [fault.Stale] and [fault.Conflict] "conference.state" as every step, and [fault.NotFound]
// "conference.seat" for a seat to be taken away that is none.
func (s *Service) Change(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64, in Calling) (Conference, error) {
	return s.work(ctx, by, access.ChangeConference, conf, version, []State{Called, Minuted, Written}, func(w *at) error {
		if in.Meets <= 0 {
			return bad("meets")
		}
		if err := keepsIn(ctx, w, in.Agenda); err != nil {
			return err
		}
		w.row.Meets = in.Meets
		if w.row.State == Written {
			if err := s.dropTextIn(ctx, w); err != nil {
				return err
			}
			w.row.State = Minuted
		}
		for _, n := range in.Remove {
			i := slices.IndexFunc(w.seats, func(x Seat) bool { return x.N == n && !x.Shut && x.Presence == Unsaid })
			if i < 0 {
				return fault.New(fault.NotFound, "conference.seat").With("seat", decimal(n))
			}
			if err := shutIn(ctx, w.tx, &w.seats[i]); err != nil {
				return err
			}
			if err := w.tx.DropSeat(ctx, w.row.ID, n); err != nil {
				return err
			}
			w.seats = slices.Delete(w.seats, i, i+1)
		}
		if err := s.callIn(ctx, w, in); err != nil {
			return err
		}
		return s.keepIn(ctx, w)
	})
}

// keepsIn fails unless an agenda keeps what the minutes speak of: its items are known by their numbers.
func keepsIn(ctx context.Context, w *at, agenda []Item) error {
	if w.row.State == Called {
		return nil
	}
	was, err := lastIn[Call](ctx, w, KindCall)
	if err != nil {
		return err
	}
	for i, a := range was.Value.Agenda {
		if i >= len(agenda) || agenda[i].Title != a.Title || agenda[i].Category != a.Category {
			return bad("agenda")
		}
	}
	return nil
}

// Minute writes down what was said, who was there, and whether she took part or was heard. It can be corrected until the conference is
// over; a text that waits for signatures keeps them, unless it has to be written anew.
//
// It fails as every step, and with [fault.Invalid] as [Minutes.Check], and "conference.field" for a seat or an item that is none or was left out.
func (s *Service) Minute(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64, x Minutes) (Conference, error) {
	return s.work(ctx, by, access.MinuteConference, conf, version, []State{Called, Minuted}, func(w *at) error {
		x.Conference = conf
		call, err := lastIn[Call](ctx, w, KindCall)
		if err != nil {
			return err
		}
		for _, said := range x.Items {
			if said.Item < 1 || said.Item > int64(len(call.Value.Agenda)) {
				return bad("items")
			}
		}
		if len(x.Seats) != len(w.seats) {
			return bad("seats")
		}
		for i := range w.seats {
			a := x.Seats[i]
			if a.Seat != w.seats[i].N {
				return bad("seats")
			}
			if w.seats[i].Presence = Absent; a.There {
				w.seats[i].Presence = There
			}
			if err := setSeat(ctx, w.tx, &w.seats[i]); err != nil {
				return err
			}
		}
		was, err := lastIn[Minutes](ctx, w, KindMinutes)
		if err != nil {
			return err
		}
		r := keyring.Record{ID: was.Record, Version: was.Version, At: was.At, By: was.By, Kind: KindMinutes, Compartment: w.k.Home()}
		if _, err := putIn(ctx, w, r, x); err != nil {
			return err
		}
		w.row.State = Minuted
		if _, err := s.Tasks.DoneIn(ctx, w.tx, string(conf), TaskMinutes); err != nil {
			return err
		}
		if err := s.layIn(ctx, w); err != nil {
			return err
		}
		return s.keepIn(ctx, w)
	})
}

// End ends a conference without a decision, with a reason.
//
// It fails as every step, and with [fault.Invalid] for a reason that is none.
func (s *Service) End(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64, reason string) (Conference, error) {
	d, err := Shipped()
	if err != nil {
		return Conference{}, err
	}
	if !d.Has(ListEnd, reason) {
		return Conference{}, bad("reason")
	}
	return s.work(ctx, by, access.EndConference, conf, version, []State{Called, Minuted, Written}, func(w *at) error {
		if w.row.State == Written {
			if err := s.dropTextIn(ctx, w); err != nil {
				return err
			}
		}
		w.row.State, w.row.Reason = Ended, reason
		return s.keepIn(ctx, w)
	})
}
