package conference

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// File is a conference as it is read: what is open to the reader. An invited desk sees its own seat and what lies before it.
type File struct {
	Conference
	Reference id.Reference
	Own       bool   // the reader is of the desk of the case
	Seats     []Seat // of an invited desk, its own
	Sheet     Sheet  // what lies before the reader: of the desk of the case, everything
	Call      *Call
	Minutes   *Minutes
	Answers   []Answer // to the text that stands
	Earlier   []casefile.Kept[Protocol]
	Waits     []id.Desk // that have to sign and have not
	Ready     bool      // everybody who has to has signed
}

// Show opens a conference. Every opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Internal] if what is kept was tampered with, and
// [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, conf id.Conference) (File, error) {
	c, err := s.caseOf(ctx, conf)
	if err != nil {
		return File{}, err
	}
	var f File
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadConference, string(conf)).In(c), func(tx Tx) error {
		row, err := tx.Conference(ctx, conf)
		if err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, by.Actor, access.ReadConference, row)
		if err != nil {
			return err
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		f = File{Conference: row, Reference: w.c.Reference, Own: w.own}
		if !w.own {
			f.Conference.Text, f.Conference.Reason = "", ""
			f.Seats = []Seat{*w.seat()}
			_, f.Sheet, err = sheetIn(ctx, w, *w.seat())
			return err
		}
		return s.fill(ctx, w, &f)
	})
	if err != nil {
		return File{}, err
	}
	return f, nil
}

// fill reads everything of a conference, for the desk of the case.
func (s *Service) fill(ctx context.Context, w *at, f *File) error {
	f.Seats = w.seats
	call, err := lastIn[Call](ctx, w, KindCall)
	if err != nil {
		return err
	}
	f.Call = &call.Value
	f.Sheet = Sheet{Conference: f.ID, Place: call.Value.Place, Agenda: call.Value.Agenda, Said: []Said{}}
	minutes, err := lastIn[Minutes](ctx, w, KindMinutes)
	if err != nil {
		return err
	}
	if minutes.Version != 0 {
		f.Minutes, f.Sheet.Said = &minutes.Value, minutes.Value.Items
	}
	if f.Earlier, err = listIn[Protocol](ctx, w, KindProtocol); err != nil {
		return err
	}
	if f.Conference.Text == "" {
		return nil
	}
	x, err := textIn(ctx, w)
	if err != nil {
		return err
	}
	f.Sheet.Text = &x
	if f.State == Settled { // the seats are shut, and what they said stands in the protocol
		i := slices.IndexFunc(f.Earlier, func(p casefile.Kept[Protocol]) bool { return p.Value.Settled })
		if i < 0 {
			return fault.New(fault.Internal, "conference.kept")
		}
		f.Answers = f.Earlier[i].Value.Answers
		f.Earlier = slices.Delete(f.Earlier, i, i+1)
		return nil
	}
	if f.Answers, err = s.answersIn(ctx, w, x); err != nil {
		return err
	}
	for _, p := range x.Parts {
		if p.Signs && !said(f.Answers, p.Seat, Signed) {
			f.Waits = append(f.Waits, p.Desk)
		}
	}
	f.Ready = len(f.Waits) == 0
	return nil
}

// Listed is a conference with the reference of its case, and nothing of what is in it.
type Listed struct {
	Conference
	Reference id.Reference
}

// OfCase returns the conferences of a case, oldest first. It opens nothing.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the case.
func (s *Service) OfCase(ctx context.Context, who access.Actor, c id.Case) ([]Listed, error) {
	var out []Listed
	err := s.Read(ctx, func(tx Tx) error {
		place, err := tx.PlaceOf(ctx, c)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err != nil {
			return err
		}
		if err := access.Check(who, access.KnowCase, place.Resource("case", nil, 0)); err != nil {
			return err
		}
		all, err := tx.ConferencesOf(ctx, c)
		if err == nil {
			out, err = s.known(ctx, tx, who, all)
		}
		return err
	})
	return out, err
}

// List returns at most limit conferences that the desk of who called or sits in and that are not over, oldest first, after the one named,
// and after which to go on; empty: there are no more. It opens nothing.
//
// It fails with [fault.Denied] as [access.Check], and [fault.Invalid] for a limit outside 1 to 200.
func (s *Service) List(ctx context.Context, who access.Actor, after id.Conference, limit int) (all []Listed, next id.Conference, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", bad("limit")
	}
	if err := access.Check(who, access.ListConference, access.Resource{Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, "", err
	}
	err = s.Read(ctx, func(tx Tx) error {
		rows, err := tx.ConferencesAt(ctx, who.Desk, after, limit)
		if err != nil {
			return err
		}
		if next = ""; len(rows) == limit {
			next = rows[limit-1].ID
		}
		all, err = s.known(ctx, tx, who, rows)
		return err
	})
	return all, next, err
}

// known keeps what who may know of.
func (s *Service) known(ctx context.Context, tx Tx, who access.Actor, all []Conference) ([]Listed, error) {
	out := []Listed{}
	for _, r := range all {
		w, err := s.enter(ctx, tx, who, access.KnowConference, r)
		if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !w.own {
			r.Text, r.Reason = "", ""
		}
		out = append(out, Listed{r, w.c.Reference})
	}
	return out, nil
}
