package desk

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// Tx is what desks need kept. Lists come in the order of their identifiers.
type Tx interface {
	// Desk returns one desk; fault.NotFound if there is none.
	Desk(ctx context.Context, desk id.Desk) (Desk, error)
	// Desks returns every desk, closed ones too.
	Desks(ctx context.Context) ([]Desk, error)
	// AddDesk keeps a new desk; fault.Conflict if the slug is taken.
	AddDesk(ctx context.Context, d Desk) error
	// SetDesk replaces a desk whose stored version is d.Version and raises the version by one;
	// fault.Stale if it is another.
	SetDesk(ctx context.Context, d Desk) error
	// Members returns the memberships of a desk in every state.
	Members(ctx context.Context, desk id.Desk) ([]Membership, error)
	// DesksOf returns the memberships of a user in every state.
	DesksOf(ctx context.Context, user id.User) ([]Membership, error)
	// SetMembership keeps m, replacing an earlier one of the same user and desk.
	SetMembership(ctx context.Context, m Membership) error
	// Shifts returns the shifts of a desk that end after from.
	Shifts(ctx context.Context, desk id.Desk, from frame.Time) ([]Shift, error)
	// SetShifts replaces the shifts of a desk that begin at or after from.
	SetShifts(ctx context.Context, desk id.Desk, from frame.Time, shifts []Shift) error
	// Absences returns those of a desk that end after from.
	Absences(ctx context.Context, desk id.Desk, from frame.Time) ([]Absence, error)
	// SetAbsence keeps a, replacing an earlier one of the same user and desk.
	SetAbsence(ctx context.Context, a Absence) error
	// DropAbsence forgets the one of a user at a desk; fault.NotFound if there is none.
	DropAbsence(ctx context.Context, desk id.Desk, user id.User) error
}

// Service is the use-cases of desks that need no keys. Founding a desk, granting and leaving hand over
// or take away keys and live in package keyring.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
}

func resource(d Desk) access.Resource {
	return access.Resource{Noun: "desk", ID: string(d.ID), Realm: d.Realm, Desk: d.ID}
}

// List returns the desks of this member. Everybody who is signed in may know which desks exist.
//
// It fails with [fault.Denied] for actors that may not read desks.
func (s *Service) List(ctx context.Context, who access.Actor) ([]Desk, error) {
	if err := access.Check(who, access.ReadDesk, access.Resource{Noun: "desk", Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []Desk
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Desks(ctx)
		return err
	})
	return all, err
}

// Propose suggests a user for a desk. Nothing opens for her until a member of the desk grants it.
//
// It fails with [fault.Denied] if who may not propose, [fault.NotFound] if there is no such desk, and
// [fault.Conflict] if the desk is closed or she belongs to it already.
func (s *Service) Propose(ctx context.Context, who access.Actor, desk id.Desk, user id.User, role access.Role) error {
	if err := access.Check(who, access.ProposeMemberDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: access.Office, Desk: desk}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.ProposeMemberDesk, string(desk)), func(tx Tx) error {
		d, err := tx.Desk(ctx, desk)
		if err != nil {
			return err
		}
		held, err := tx.DesksOf(ctx, user)
		if err != nil {
			return err
		}
		m, err := propose(d, held, user, role, who.User, frame.At(s.Now()))
		if err != nil {
			return err
		}
		return tx.SetMembership(ctx, m)
	})
}

// propose decides what follows from proposing user for d, who already has the memberships held.
func propose(d Desk, held []Membership, user id.User, role access.Role, by id.User, now frame.Time) (Membership, error) {
	if d.State != Active {
		return Membership{}, fault.New(fault.Conflict, "desk.closed")
	}
	if d.Kind != AtNode {
		return Membership{}, fault.New(fault.Conflict, "desk.no-members")
	}
	roles := []access.Role{role}
	for _, m := range held {
		if m.State == Left {
			continue
		}
		if m.Desk == d.ID {
			return Membership{}, fault.New(fault.Conflict, "desk.member.already")
		}
		roles = append(roles, m.Role)
	}
	if err := access.Combine(roles); err != nil {
		return Membership{}, err
	}
	return Membership{Desk: d.ID, User: user, Role: role, State: Proposed, ProposedBy: by, Since: now}, nil
}

// Change replaces what a desk says about itself: function, competence, languages, deputy, contacts.
// Slug, kind, realm, sector, purpose and state stay.
//
// It fails with [fault.Denied], [fault.Invalid] naming the field, [fault.NotFound], and [fault.Stale]
// if somebody changed the desk since d was read.
func (s *Service) Change(ctx context.Context, who access.Actor, d Desk) error {
	if err := access.Check(who, access.DutyDesk, resource(d)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.DutyDesk, string(d.ID)), func(tx Tx) error {
		old, err := tx.Desk(ctx, d.ID)
		if err != nil {
			return err
		}
		d.Kind, d.Realm, d.Sector, d.Purpose, d.State = old.Kind, old.Realm, old.Sector, old.Purpose, old.State
		d.VerifiedOn = frame.At(s.Now())
		if err := d.Check(); err != nil {
			return err
		}
		return tx.SetDesk(ctx, d)
	})
}

// Classify says anew what kind of body runs a desk. It is for who founds desks and not for those who work at one, because
// the law that lets their referrals go depends on it. Across the border it counts once the desk sheet is signed anew;
// what is drafted and not sent, and what waits for an answer, is asked again then. Version is that at which the desk was read.
//
// It fails with [fault.Denied], [fault.Invalid] if a desk of that realm cannot be of the sector, [fault.NotFound], and
// [fault.Stale] if somebody changed the desk meanwhile.
func (s *Service) Classify(ctx context.Context, who access.Actor, desk id.Desk, version int64, sector profile.Sector) error {
	on := access.Resource{Noun: "desk", ID: string(desk), Realm: access.Office, Desk: desk}
	if err := access.Check(who, access.CreateDesk, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.CreateDesk, string(desk)).For("sector."+string(sector)), func(tx Tx) error {
		d, err := tx.Desk(ctx, desk)
		if err != nil {
			return err
		}
		if d.Version != version {
			return fault.New(fault.Stale, "store.row.version")
		}
		if d.Sector == sector {
			return nil
		}
		d.Sector = sector
		if err := d.Check(); err != nil {
			return err
		}
		return tx.SetDesk(ctx, d)
	})
}

// Schedule replaces the duty roster of a desk from a moment on, as it was read under a [Mark]: of two people who read the
// same roster and change it, the second is told, and no shift of the first is lost. It returns the new mark.
//
// It fails with [fault.Denied], [fault.NotFound], and [fault.Invalid] if a shift ends before it begins,
// begins before from, is longer than a month, or names somebody who is no member,
// and [fault.Stale] if somebody changed the roster since it was read.
func (s *Service) Schedule(ctx context.Context, who access.Actor, desk id.Desk, read string, from frame.Time, shifts []Shift) (string, error) {
	if err := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(desk), Realm: who.Realm, Desk: desk}); err != nil {
		return "", err
	}
	var mark string
	err := s.Write(ctx, audit.Did(who, access.DutyDesk, string(desk)), func(tx Tx) error {
		before, err := tx.Shifts(ctx, desk, 0)
		if err != nil {
			return err
		}
		if Mark(before) != read {
			return fault.New(fault.Stale, "desk.duty.stale")
		}
		members, err := tx.Members(ctx, desk)
		if err != nil {
			return err
		}
		if err := checkShifts(desk, members, from, shifts); err != nil {
			return err
		}
		if err := tx.SetShifts(ctx, desk, from, shifts); err != nil {
			return err
		}
		after, err := tx.Shifts(ctx, desk, 0)
		mark = Mark(after)
		return err
	})
	return mark, err
}

const longestShift = 31 * 24 * time.Hour

func checkShifts(desk id.Desk, members []Membership, from frame.Time, shifts []Shift) error {
	if len(shifts) > mostShifts {
		return fault.New(fault.TooLarge, "desk.shift.many")
	}
	granted := make(map[id.User]bool, len(members))
	for _, m := range members {
		granted[m.User] = m.State == Granted
	}
	for _, s := range shifts {
		switch {
		case s.Desk != desk, s.From < from, s.To <= s.From, s.To.Sub(s.From) > longestShift:
			return fault.New(fault.Invalid, "desk.shift.span")
		case !granted[s.User]:
			return fault.New(fault.Invalid, "desk.shift.member")
		}
	}
	return nil
}
