package conference

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Invite asks a desk to take a seat.
type Invite struct {
	Desk   id.Desk `json:"desk"`
	Kind   string  `json:"kind"`             // what it sits there as: code of the network's list of seats
	Basis  Basis   `json:"basis"`            // own for the desk of the case
	Ground string  `json:"ground,omitempty"` // the consent, the override or the release
}

// sight is what the basis of a seat lets its desk see.
type sight struct {
	all   bool // the desk of the case
	codes []consent.Code
	until frame.Time
}

func (x sight) covers(codes ...consent.Code) bool {
	return x.all || !slices.ContainsFunc(codes, func(c consent.Code) bool { return !slices.Contains(x.codes, c) })
}

// runs reports whether the basis of a seat is in force. It opens nothing.
func (s *Service) runs(ctx context.Context, tx Tx, seat Seat) (bool, error) {
	if seat.Shut {
		return false, nil
	}
	var ok bool
	var err error
	switch seat.Basis {
	case Own:
		return true, nil
	case Consent:
		var c consent.Consent
		c, err = tx.Consent(ctx, id.Consent(seat.Ground))
		ok = c.Case == seat.Case && c.Live(s.now())
	case Override:
		var o consent.Override
		o, err = tx.Override(ctx, id.Consent(seat.Ground))
		ok = o.Case == seat.Case && overrides(o, s.now())
	case Release:
		var r casefile.Release
		r, err = tx.Release(ctx, id.Record(seat.Ground))
		if ok = r.Case == seat.Case && r.To == seat.Desk && r.State == casefile.ReleaseActive && (r.Until == 0 || r.Until > s.now()); ok && r.Consent != "" {
			var c consent.Consent
			c, err = tx.Consent(ctx, r.Consent)
			ok = c.Live(s.now())
		}
	}
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return ok, err
}

func overrides(o consent.Override, now frame.Time) bool {
	return (o.State == consent.Approved || o.State == consent.Reviewed && o.Finding != "not-justified") && now < o.ValidTo
}

// sightOf returns what the basis of a seat lets its desk see, to whoever works at the desk of the case.
//
// It fails with [fault.Conflict] "consent.not-live", "consent.unconfirmed" and "conference.basis" if it is not in force, and [fault.Denied]
// "consent.recipient" if she did not name the desk and what the conference is for.
func (s *Service) sightOf(ctx context.Context, w *at, seat Seat) (sight, error) {
	to := id.Address{Member: s.Member, Desk: seat.Desk}
	ended := fault.New(fault.Conflict, "conference.basis").With("desk", string(seat.Desk))
	switch seat.Basis {
	case Own:
		return sight{all: true}, nil
	case Consent:
		c, err := live(w.tx.Consent(ctx, id.Consent(seat.Ground)))
		if err != nil {
			return sight{}, err
		}
		if err := s.covers(c, w.row.Case, w.row.Purpose, to); err != nil {
			return sight{}, err
		}
		return sight{codes: c.Categories, until: c.ValidTo}, s.Cases.MayUseIn(ctx, w.tx, casefile.Use{Case: w.row.Case, Given: c.Given})
	case Override:
		o, err := live(w.tx.Override(ctx, id.Consent(seat.Ground)))
		if err != nil {
			return sight{}, err
		}
		if o.Case != w.row.Case || o.Recipient != to || !overrides(o, s.now()) {
			return sight{}, ended
		}
		use := casefile.Use{Case: w.row.Case, Vital: o.Basis == consent.VitalInterest, Given: o.Approved}
		return sight{codes: o.Categories, until: o.ValidTo}, s.Cases.MayUseIn(ctx, w.tx, use)
	case Release:
		if ok, err := s.runs(ctx, w.tx, seat); err != nil || !ok {
			return sight{}, firstOf(err, ended)
		}
		r, codes, err := s.Cases.ReleasedIn(ctx, w.tx, w.k, id.Record(seat.Ground))
		return sight{codes: codes, until: r.Until}, err
	}
	return sight{}, bad("basis")
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// live makes of a ground that is not there one that is not in force.
func live[T any](v T, err error) (T, error) {
	if fault.Is(err, fault.NotFound) {
		return v, fault.New(fault.Conflict, "consent.not-live")
	}
	return v, err
}

// covers fails unless the consent lets a desk take part in a conference for that purpose.
func (s *Service) covers(c consent.Consent, of id.Case, purpose string, to id.Address) error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	p, _ := d.purpose(purpose)
	switch now := s.now(); {
	case c.Case == of && c.Waits(now):
		return fault.New(fault.Conflict, "consent.unconfirmed")
	case c.Case != of || c.Origin != consent.TakenHere || !c.Live(now):
		return fault.New(fault.Conflict, "consent.not-live")
	case !slices.Contains(c.Recipients, to), !slices.ContainsFunc(p.Consents, func(x consent.Purpose) bool { return slices.Contains(c.Purposes, x) }):
		return fault.New(fault.Denied, "consent.recipient")
	}
	return nil
}

// inviteIn makes a seat for a desk, with a compartment of its own that the desk opens for as long as the basis runs.
//
// It fails with [fault.Invalid] for a desk that cannot be asked, a kind of seat that the network does not know, or a basis that its realm
// excludes; [fault.Conflict] "conference.twice" if it has a seat; and as [Service.sightOf].
func (s *Service) inviteIn(ctx context.Context, w *at, in Invite) error {
	d, err := w.tx.Desk(ctx, in.Desk)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	own := in.Desk == w.c.Desk
	if err != nil || d.Kind != desk.AtNode || d.State != desk.Active || d.Realm != access.Assistance && d.Realm != access.Prosecution {
		return bad("desk")
	}
	switch {
	case !slices.Contains(s.Law().Seats(), in.Kind):
		return bad("kind")
	case own != (in.Basis == Own), own != (in.Ground == ""), !own && !slices.Contains(Bases(), in.Basis):
		return bad("basis")
	case !own && (d.Realm == access.Prosecution) != (in.Basis == Release):
		return fault.New(fault.Invalid, "conference.wall").With("field", "basis") // it sees what was released to it, and nothing by another way
	case len(w.seats) >= maxSeats:
		return bad("seats")
	}
	var n int64
	for _, x := range w.seats {
		if n = max(n, x.N); x.Desk == in.Desk && !x.Shut {
			return fault.New(fault.Conflict, "conference.twice").With("desk", string(in.Desk))
		}
	}
	seat := Seat{Conference: w.row.ID, N: n + 1, Case: w.row.Case, Desk: in.Desk, Realm: d.Realm, Kind: in.Kind, Basis: in.Basis, Ground: in.Ground, Version: 1}
	sees, err := s.sightOf(ctx, w, seat)
	if err != nil {
		return err
	}
	if seat.Until = sees.until; !own {
		if seat.Space, err = w.k.NewCompartmentIn(ctx, w.tx, id.Consent(s.under(ctx, w, seat))); err != nil {
			return err
		}
		if err := w.k.GrantIn(ctx, w.tx, keyring.Hold{Compartment: seat.Space, Desk: seat.Desk, Reason: keyring.Joint, Until: seat.Until}); err != nil {
			return err
		}
	}
	r, err := putIn(ctx, w, keyring.Record{Kind: KindSheet, Compartment: seat.Space}, Sheet{Conference: w.row.ID, Seat: seat.N, Agenda: []Item{}, Said: []Said{}})
	if err != nil {
		return err
	}
	seat.Record = r.ID
	if err := w.tx.AddSeat(ctx, seat); err != nil {
		return err
	}
	w.seats = append(w.seats, seat)
	return nil
}

// under is the consent under which the compartment of a seat lies, so that it is frozen with it; of what was released by order, the release.
func (s *Service) under(ctx context.Context, w *at, seat Seat) string {
	if seat.Basis == Release {
		if r, err := w.tx.Release(ctx, id.Record(seat.Ground)); err == nil && r.Consent != "" {
			return string(r.Consent)
		}
	}
	return seat.Ground
}

// layIn lays before each seat what may be shown to it now: of the agenda and the minutes what its basis covers, and the text if it covers
// all of that. What a seat has answered to another text is dropped. A seat whose basis is not in force gets nothing.
func (s *Service) layIn(ctx context.Context, w *at) error {
	call, err := lastIn[Call](ctx, w, KindCall)
	if err != nil {
		return err
	}
	minutes, err := lastIn[Minutes](ctx, w, KindMinutes)
	if err != nil {
		return err
	}
	var text *Text
	if w.row.Text != "" {
		x, err := textIn(ctx, w)
		if err != nil {
			return err
		}
		text = &x
	}
	for i := range w.seats {
		seat := &w.seats[i]
		if ok, err := s.runs(ctx, w.tx, *seat); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		sees, err := s.sightOf(ctx, w, *seat)
		if err != nil {
			return err
		}
		r, x, err := sheetIn(ctx, w, *seat)
		if err != nil {
			return err
		}
		x.Place, x.Agenda, x.Said = call.Value.Place, []Item{}, []Said{}
		for _, item := range call.Value.Agenda {
			if !sees.covers(item.Category) {
				continue
			}
			x.Agenda = append(x.Agenda, item)
			for _, said := range minutes.Value.Items {
				if said.Item == item.N {
					x.Said = append(x.Said, said)
				}
			}
		}
		if x.Text != nil && (text == nil || x.Text.Draft != text.Draft) {
			x.Answer = nil
		}
		if x.Text = text; text != nil && !sees.covers(text.needs()...) {
			x.Text = nil
		}
		if _, err := putIn(ctx, w, r, x); err != nil {
			return err
		}
	}
	return nil
}

// Grounds are the invitations that could be made for a case now, by its consents and releases in force: of each desk that has no seat,
// and for what a consent covers. It opens nothing.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Grounds(ctx context.Context, who access.Actor, conf id.Conference) ([]Invite, error) {
	var out []Invite
	err := s.Read(ctx, func(tx Tx) error {
		row, err := tx.Conference(ctx, conf)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, who, access.ChangeConference, row)
		if err != nil {
			return err
		}
		free := func(d id.Desk) bool {
			return d != w.c.Desk && !slices.ContainsFunc(w.seats, func(x Seat) bool { return x.Desk == d && !x.Shut })
		}
		given, err := tx.ConsentsOf(ctx, row.Case)
		if err != nil {
			return err
		}
		for _, c := range given {
			for _, to := range c.Recipients {
				if to.Member == s.Member && free(to.Desk) && s.covers(c, row.Case, row.Purpose, to) == nil {
					out = append(out, Invite{Desk: to.Desk, Basis: Consent, Ground: string(c.ID)})
				}
			}
		}
		overrides, err := tx.OverridesOf(ctx, row.Case)
		if err != nil {
			return err
		}
		for _, o := range overrides {
			if to := o.Recipient; to.Member == s.Member && free(to.Desk) {
				in := Invite{Desk: to.Desk, Basis: Override, Ground: string(o.ID)}
				if ok, err := s.runs(ctx, tx, Seat{Case: row.Case, Desk: to.Desk, Basis: Override, Ground: in.Ground}); err != nil {
					return err
				} else if ok {
					out = append(out, in)
				}
			}
		}
		released, err := tx.ReleasesOf(ctx, row.Case)
		if err != nil {
			return err
		}
		for _, r := range released {
			in := Invite{Desk: r.To, Basis: Release, Ground: string(r.ID)}
			if ok, err := s.runs(ctx, tx, Seat{Case: row.Case, Desk: r.To, Basis: Release, Ground: in.Ground}); err != nil {
				return err
			} else if ok && free(r.To) {
				out = append(out, in)
			}
		}
		return nil
	})
	return out, err
}
