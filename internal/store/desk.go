package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ desk.Tx = (*Tx)(nil)

// codes keeps a list of codes in one column. Codes hold no blank.
func codes(list []string) string { return strings.Join(list, " ") }

func split(column string) []string { return strings.Fields(column) }

func deskOf(r rows.Desk) desk.Desk {
	return desk.Desk{
		ID: id.Desk(r.ID), Organisation: r.Organisation, Kind: desk.Kind(r.Kind), Realm: access.Realm(r.Realm),
		Purpose: desk.Purpose(r.Purpose), State: desk.State(r.State), Function: r.Function, Competence: split(r.Competence),
		Languages: split(r.Languages), Zone: r.Zone, Deputy: id.Desk(r.Deputy), Coordinator: id.Desk(r.Coordinator),
		OutOfHours: r.OutOfHours, Public: r.Public, VerifiedOn: frame.Time(r.VerifiedOn), Version: r.Version,
		Sector: profile.Sector(r.Sector),
	}
}

// Desk returns one desk; [fault.NotFound] if there is none.
func (tx *Tx) Desk(ctx context.Context, d id.Desk) (desk.Desk, error) {
	r, err := tx.q.Desk(ctx, string(d))
	if err != nil {
		return desk.Desk{}, explain(err)
	}
	return deskOf(r), nil
}

// Desks returns every desk.
func (tx *Tx) Desks(ctx context.Context) ([]desk.Desk, error) {
	all, err := tx.q.Desks(ctx)
	return each(all, err, deskOf)
}

// AddDesk keeps a new desk; [fault.Conflict] if the slug is taken.
func (tx *Tx) AddDesk(ctx context.Context, d desk.Desk) error {
	n, err := tx.q.AddDesk(ctx, rows.AddDeskParams{
		ID: string(d.ID), Organisation: d.Organisation, Kind: string(d.Kind), Realm: string(d.Realm), Purpose: string(d.Purpose),
		State: string(d.State), Function: d.Function, Competence: codes(d.Competence), Languages: codes(d.Languages), Zone: d.Zone,
		Deputy: string(d.Deputy), Coordinator: string(d.Coordinator), OutOfHours: d.OutOfHours, Public: d.Public,
		VerifiedOn: int64(d.VerifiedOn), Version: d.Version, Sector: string(d.Sector),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "desk.taken")
	}
	return explain(err)
}

// SetDesk replaces a desk; [fault.Stale] if its stored version is another.
func (tx *Tx) SetDesk(ctx context.Context, d desk.Desk) error {
	n, err := tx.q.SetDesk(ctx, rows.SetDeskParams{
		ID: string(d.ID), Organisation: d.Organisation, State: string(d.State), Function: d.Function,
		Competence: codes(d.Competence), Languages: codes(d.Languages), Zone: d.Zone, Deputy: string(d.Deputy),
		Coordinator: string(d.Coordinator), OutOfHours: d.OutOfHours, Public: d.Public, VerifiedOn: int64(d.VerifiedOn), Version: d.Version,
		Sector: string(d.Sector),
	})
	return changed(n, err)
}

// changed tells that a versioned row was not as it was read.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.row.version")
	}
	return explain(err)
}

func membership(r rows.DeskMember) desk.Membership {
	return desk.Membership{
		Desk: id.Desk(r.Desk), User: id.User(r.UserID), Role: access.Role(r.Role), State: desk.MembershipState(r.State),
		ProposedBy: id.User(r.ProposedBy), GrantedBy: id.User(r.GrantedBy), Since: frame.Time(r.Since),
		Record: r.GrantRecord, Proof: r.GrantProof,
	}
}

// Members returns the memberships of a desk.
func (tx *Tx) Members(ctx context.Context, d id.Desk) ([]desk.Membership, error) {
	all, err := tx.q.DeskMembers(ctx, string(d))
	return each(all, err, membership)
}

// DesksOf returns the memberships of a user.
func (tx *Tx) DesksOf(ctx context.Context, user id.User) ([]desk.Membership, error) {
	all, err := tx.q.DesksOfUser(ctx, string(user))
	return each(all, err, membership)
}

// SetMembership keeps m.
func (tx *Tx) SetMembership(ctx context.Context, m desk.Membership) error {
	return explain(tx.q.SetDeskMember(ctx, rows.SetDeskMemberParams{
		Desk: string(m.Desk), UserID: string(m.User), Role: string(m.Role), State: string(m.State),
		ProposedBy: string(m.ProposedBy), GrantedBy: string(m.GrantedBy), Since: int64(m.Since),
		GrantRecord: m.Record, GrantProof: m.Proof,
	}))
}

// Shifts returns the shifts of a desk that end after from.
func (tx *Tx) Shifts(ctx context.Context, d id.Desk, from frame.Time) ([]desk.Shift, error) {
	all, err := tx.q.DeskShifts(ctx, rows.DeskShiftsParams{Desk: string(d), Ends: int64(from)})
	return each(all, err, func(r rows.DeskShift) desk.Shift {
		return desk.Shift{Desk: id.Desk(r.Desk), User: id.User(r.UserID), From: frame.Time(r.Begins), To: frame.Time(r.Ends)}
	})
}

// SetShifts replaces the shifts of a desk that begin at or after from.
func (tx *Tx) SetShifts(ctx context.Context, d id.Desk, from frame.Time, shifts []desk.Shift) error {
	if err := tx.q.DropDeskShifts(ctx, rows.DropDeskShiftsParams{Desk: string(d), Begins: int64(from)}); err != nil {
		return explain(err)
	}
	for _, s := range shifts {
		if err := tx.q.AddDeskShift(ctx, rows.AddDeskShiftParams{
			Desk: string(s.Desk), UserID: string(s.User), Begins: int64(s.From), Ends: int64(s.To),
		}); err != nil {
			return explain(err)
		}
	}
	return nil
}

// Absences returns who is away from a desk, and who will be, as far as it ends after from.
func (tx *Tx) Absences(ctx context.Context, d id.Desk, from frame.Time) ([]desk.Absence, error) {
	all, err := tx.q.DeskAbsences(ctx, rows.DeskAbsencesParams{Desk: string(d), Ends: int64(from)})
	return each(all, err, func(r rows.DeskAbsence) desk.Absence {
		return desk.Absence{Desk: id.Desk(r.Desk), User: id.User(r.UserID), From: frame.Time(r.Begins), To: frame.Time(r.Ends), StandIn: id.User(r.StandIn), By: id.User(r.EnteredBy)}
	})
}

// SetAbsence keeps a, replacing an earlier one of the same user at the same desk.
func (tx *Tx) SetAbsence(ctx context.Context, a desk.Absence) error {
	return explain(tx.q.SetDeskAbsence(ctx, rows.SetDeskAbsenceParams{
		Desk: string(a.Desk), UserID: string(a.User), Begins: int64(a.From), Ends: int64(a.To), StandIn: string(a.StandIn), EnteredBy: string(a.By),
	}))
}

// DropAbsence forgets that a user is away from a desk.
func (tx *Tx) DropAbsence(ctx context.Context, d id.Desk, user id.User) error {
	n, err := tx.q.DropDeskAbsence(ctx, rows.DropDeskAbsenceParams{Desk: string(d), UserID: string(user)})
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	return explain(err)
}
