package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ conference.Tx = (*Tx)(nil)

func conferenceOf(r rows.CaseConference) conference.Conference {
	return conference.Conference{
		ID: id.Conference(r.ID), Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), Purpose: r.Purpose, State: conference.State(r.State),
		Maker: id.User(r.Maker), Made: frame.Time(r.Made), Meets: frame.Time(r.Meets), Text: id.Record(r.Record), Draft: r.Draft,
		Written: frame.Time(r.Written), Over: frame.Time(r.Ended), Reason: r.Reason, Version: r.Version,
	}
}

func seatOf(r rows.CaseConferenceSeat) conference.Seat {
	return conference.Seat{
		Conference: id.Conference(r.Conference), N: r.N, Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm),
		Kind: r.Kind, Basis: conference.Basis(r.Basis), Ground: r.Ground, Space: id.Compartment(r.Space), Record: id.Record(r.Record),
		Until: frame.Time(r.Until), Signs: r.Signs, Presence: conference.Presence(r.Presence), Reply: conference.Reply(r.Reply),
		By: id.User(r.Replier), Replied: frame.Time(r.Replied), Shut: r.Shut, Version: r.Version,
	}
}

// AddConference keeps a new conference; [fault.Conflict] if its identifier is taken.
func (tx *Tx) AddConference(ctx context.Context, c conference.Conference) error {
	return explain(tx.q.AddConference(ctx, rows.AddConferenceParams{
		ID: string(c.ID), CaseID: string(c.Case), Desk: string(c.Desk), Purpose: c.Purpose, State: string(c.State), Maker: string(c.Maker),
		Made: int64(c.Made), Meets: int64(c.Meets), Record: string(c.Text), Draft: c.Draft, Written: int64(c.Written), Ended: int64(c.Over),
		Reason: c.Reason,
	}))
}

// SetConference changes a conference; [fault.Stale] if its stored version is another.
func (tx *Tx) SetConference(ctx context.Context, c conference.Conference) error {
	return changed(tx.q.SetConference(ctx, rows.SetConferenceParams{
		ID: string(c.ID), State: string(c.State), Meets: int64(c.Meets), Record: string(c.Text), Draft: c.Draft, Written: int64(c.Written),
		Ended: int64(c.Over), Reason: c.Reason, Version: c.Version,
	}))
}

// Conference returns one conference; [fault.NotFound] if there is none.
func (tx *Tx) Conference(ctx context.Context, c id.Conference) (conference.Conference, error) {
	row, err := tx.q.OneConference(ctx, string(c))
	if err != nil {
		return conference.Conference{}, explain(err)
	}
	return conferenceOf(row), nil
}

// ConferencesOf returns the conferences of a case, oldest first.
func (tx *Tx) ConferencesOf(ctx context.Context, c id.Case) ([]conference.Conference, error) {
	all, err := tx.q.ConferencesOf(ctx, string(c))
	return each(all, err, conferenceOf)
}

// ConferencesAt returns the conferences that a desk called or sits in and that are not over, oldest first.
func (tx *Tx) ConferencesAt(ctx context.Context, d id.Desk, after id.Conference, limit int) ([]conference.Conference, error) {
	all, err := tx.q.ConferencesAt(ctx, rows.ConferencesAtParams{Desk: string(d), After: string(after), Max: int32(limit)})
	return each(all, err, conferenceOf)
}

// AddSeat keeps a new seat; [fault.Conflict] if its number is taken.
func (tx *Tx) AddSeat(ctx context.Context, s conference.Seat) error {
	return explain(tx.q.AddSeat(ctx, rows.AddSeatParams{
		Conference: string(s.Conference), N: s.N, CaseID: string(s.Case), Desk: string(s.Desk), Realm: string(s.Realm), Kind: s.Kind,
		Basis: string(s.Basis), Ground: s.Ground, Space: string(s.Space), Record: string(s.Record), Until: int64(s.Until), Signs: s.Signs,
		Presence: string(s.Presence), Reply: string(s.Reply), Replier: string(s.By), Replied: int64(s.Replied), Shut: s.Shut,
	}))
}

// SetSeat changes a seat; [fault.Stale] if its stored version is another.
func (tx *Tx) SetSeat(ctx context.Context, s conference.Seat) error {
	return changed(tx.q.SetSeat(ctx, rows.SetSeatParams{
		Conference: string(s.Conference), N: s.N, Signs: s.Signs, Presence: string(s.Presence), Reply: string(s.Reply), Replier: string(s.By),
		Replied: int64(s.Replied), Shut: s.Shut, Version: s.Version,
	}))
}

// DropSeat forgets a seat.
func (tx *Tx) DropSeat(ctx context.Context, c id.Conference, n int64) error {
	return explain(tx.q.DropSeat(ctx, rows.DropSeatParams{Conference: string(c), N: n}))
}

// SeatsIn returns the seats of a conference in the order of their numbers.
func (tx *Tx) SeatsIn(ctx context.Context, c id.Conference) ([]conference.Seat, error) {
	all, err := tx.q.SeatsIn(ctx, string(c))
	return each(all, err, seatOf)
}

// SeatsOn returns the seats on a consent, override or release.
func (tx *Tx) SeatsOn(ctx context.Context, ground string) ([]conference.Seat, error) {
	all, err := tx.q.SeatsOn(ctx, ground)
	return each(all, err, seatOf)
}

// DropConferences forgets the conferences of a case and their seats.
func (tx *Tx) DropConferences(ctx context.Context, c id.Case) error {
	if err := tx.q.DropSeats(ctx, string(c)); err != nil {
		return explain(err)
	}
	return explain(tx.q.DropConferences(ctx, string(c)))
}

// SignKey returns the public half of the key with which an active user signs; [fault.NotFound] if there is none.
func (tx *Tx) SignKey(ctx context.Context, u id.User) ([]byte, error) {
	key, err := tx.q.SignKey(ctx, string(u))
	return key, explain(err)
}
