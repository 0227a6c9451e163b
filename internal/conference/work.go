package conference

import (
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// at is a conference that somebody works on, in one transaction.
type at struct {
	tx    Tx
	by    access.Actor
	row   *Conference
	c     casefile.Case
	seats []Seat
	mine  int           // index of her desk's seat; -1: none
	own   bool          // she is of the desk of the case
	k     *keyring.Case // nil where nothing is opened
}

// seat returns the seat of her desk.
func (w *at) seat() *Seat {
	if w.mine < 0 {
		return nil
	}
	return &w.seats[w.mine]
}

// caseOf reads which case a conference belongs to, for the log entry.
func (s *Service) caseOf(ctx context.Context, conf id.Conference) (id.Case, error) {
	var c id.Case
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Conference(ctx, conf)
		c = r.Case
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Hidden, "access.hidden")
	}
	return c, err
}

// enter reads a conference for somebody who may take the step. To the people of an invited desk it lives in the realm of that desk, as
// something that was released to it, for as long as the basis of the seat runs: so the wall between the realms stands where it stood.
//
// It fails as [access.Check].
func (s *Service) enter(ctx context.Context, tx Tx, who access.Actor, action access.Action, row Conference) (*at, error) {
	place, err := tx.PlaceOf(ctx, row.Case)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return nil, err
	}
	w := &at{tx: tx, by: who, row: &row, mine: -1}
	if w.c, err = tx.Case(ctx, row.Case); err != nil {
		return nil, err
	}
	if w.seats, err = tx.SeatsIn(ctx, row.ID); err != nil {
		return nil, err
	}
	on := access.Resource{Noun: "conference", ID: string(row.ID), Realm: place.Realm, Desk: place.Desk}
	w.own = who.Desk != "" && who.Desk == place.Desk
	for i, seat := range w.seats {
		if who.Desk == "" || seat.Desk != who.Desk {
			continue
		}
		if w.own {
			w.mine = i
			continue
		}
		runs, err := s.runs(ctx, tx, seat)
		if err != nil {
			return nil, err
		}
		if runs {
			w.mine, on.Realm, on.Released = i, seat.Realm, []id.Desk{seat.Desk}
		}
	}
	return w, access.Check(who, action, on)
}

// work takes a step: may you, is it the version that you read, is it the state for it, and then fn, with its entry in the log.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Stale] "conference.stale" if the conference has changed since
// version was read, [fault.Conflict] "conference.state" if the step is not taken from its state and "case.closed" if the case is,
// [fault.Locked] without keys, and as fn.
func (s *Service) work(ctx context.Context, by keyring.Bearer, action access.Action, conf id.Conference, version int64, from []State, fn func(*at) error) (Conference, error) {
	c, err := s.caseOf(ctx, conf)
	if err != nil {
		return Conference{}, err
	}
	var out Conference
	err = s.Write(ctx, audit.Did(by.Actor, action, string(conf)).In(c), func(tx Tx) error {
		row, err := tx.Conference(ctx, conf)
		if err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, by.Actor, action, row)
		if err != nil {
			return err
		}
		switch {
		case w.row.Version != version:
			return fault.New(fault.Stale, "conference.stale")
		case w.c.State != casefile.Open:
			return fault.New(fault.Conflict, "case.closed")
		case !slices.Contains(from, w.row.State):
			return fault.New(fault.Conflict, "conference.state").With("state", string(w.row.State))
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		out = *w.row
		return nil
	})
	return out, err
}

// keepIn keeps the row. Once it is over nobody has to do anything about it any more, and its seats are shut.
func (s *Service) keepIn(ctx context.Context, w *at) error {
	if w.row.State.Over() {
		w.row.Over = s.now()
		if _, err := s.Tasks.DropIn(ctx, w.tx, string(w.row.ID), ""); err != nil {
			return err
		}
		for i := range w.seats {
			if err := shutIn(ctx, w.tx, &w.seats[i]); err != nil {
				return err
			}
		}
	}
	if err := w.tx.SetConference(ctx, *w.row); err != nil {
		return err
	}
	w.row.Version++
	return nil
}

// shutIn takes from the desk of a seat what lay before it. The desk of the case keeps what is its own.
func shutIn(ctx context.Context, tx Tx, seat *Seat) error {
	if seat.Shut || seat.Basis == Own {
		return nil
	}
	holds, err := tx.Holds(ctx, seat.Case)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Reason == keyring.Joint && h.Compartment == seat.Space {
			if err := tx.DropHold(ctx, h); err != nil {
				return err
			}
		}
	}
	seat.Shut = true
	return setSeat(ctx, tx, seat)
}

func setSeat(ctx context.Context, tx Tx, seat *Seat) error {
	if err := tx.SetSeat(ctx, *seat); err != nil {
		return err
	}
	seat.Version++
	return nil
}

// about is a sealed record of a conference.
type about interface {
	Check() error
	of() id.Conference
}

// putIn seals and keeps a record about the conference.
func putIn[T about](ctx context.Context, w *at, r keyring.Record, v T) (keyring.Record, error) {
	if err := v.Check(); err != nil {
		return r, err
	}
	var err error
	if r.Body, err = frame.Encode(v); err != nil {
		return r, err
	}
	return w.k.PutIn(ctx, w.tx, r)
}

// listIn opens the records of one kind about a conference, oldest first. What is not open to the reader is left out.
func listIn[T about](ctx context.Context, w *at, kind string) ([]casefile.Kept[T], error) {
	records, _, err := w.k.ListIn(ctx, w.tx, kind)
	if err != nil {
		return nil, err
	}
	var all []casefile.Kept[T]
	for _, r := range records {
		v, err := parse[T](r)
		if err != nil {
			return nil, err
		}
		if v.of() == w.row.ID {
			all = append(all, casefile.Kept[T]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: v})
		}
	}
	return all, nil
}

// lastIn opens the newest record of one kind about a conference; the zero value if there is none.
func lastIn[T about](ctx context.Context, w *at, kind string) (casefile.Kept[T], error) {
	all, err := listIn[T](ctx, w, kind)
	if err != nil || len(all) == 0 {
		return casefile.Kept[T]{}, err
	}
	return all[len(all)-1], nil
}

func parse[T any](r keyring.Record) (T, error) {
	var v T
	if err := frame.Decode(r.Body, keyring.MaxRecord, &v); err != nil {
		return v, fault.Wrap(fault.Internal, "conference.kept", err)
	}
	return v, nil
}

// textIn opens the text that the row names, and holds it against the row.
//
// It fails with [fault.Internal] "conference.kept" if it is another.
func textIn(ctx context.Context, w *at) (Text, error) {
	r, err := w.k.ReadIn(ctx, w.tx, w.row.Text)
	if err != nil {
		return Text{}, err
	}
	x, err := parse[Text](r)
	if err != nil {
		return x, err
	}
	if err := x.Check(); err != nil || x.Conference != w.row.ID || x.Case != w.row.Case || x.Draft != w.row.Draft {
		return x, fault.Wrap(fault.Internal, "conference.kept", err)
	}
	return x, nil
}

// sheetIn opens what lies before a seat.
func sheetIn(ctx context.Context, w *at, seat Seat) (keyring.Record, Sheet, error) {
	r, err := w.k.ReadIn(ctx, w.tx, seat.Record)
	if err != nil {
		return r, Sheet{}, err
	}
	x, err := parse[Sheet](r)
	if err == nil && (x.Conference != seat.Conference || x.Seat != seat.N) {
		err = fault.New(fault.Internal, "conference.kept")
	}
	return r, x, err
}
