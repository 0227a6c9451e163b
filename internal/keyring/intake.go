package keyring

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Lifetimes of intake pairs (spec/keys.md 6.1).
const (
	IntakeLasts = 90 * 24 * time.Hour // then a member of the desk is asked to make a new one
	IntakeGrace = 60 * 24 * time.Hour // after the last use of a retired one its private half is destroyed
)

// IntakeIn returns the present public intake key of a desk.
//
// It fails with [fault.NotFound] if the desk has none.
func (s *Service) IntakeIn(ctx context.Context, tx Tx, at id.Desk) (seal.KEMPublic, error) {
	pairs, err := tx.Pairs(ctx, at, Intake)
	if err != nil {
		return seal.KEMPublic{}, err
	}
	if len(pairs) == 0 || pairs[0].Retired != 0 {
		return seal.KEMPublic{}, fault.New(fault.NotFound, "keyring.intake.none")
	}
	return seal.ParseKEMPublic(pairs[0].Public)
}

// OpenIntakeIn opens the private half of one of the intake pairs of the bearer's desk, and notes its use. It is wiped with the
// bearer.
//
// It fails with [fault.Hidden] and [fault.Locked] as [Service.OpenDeskIn], [fault.NotFound] if there is
// no such pair, and [fault.Stale] if its private half was destroyed.
func (s *Service) OpenIntakeIn(ctx context.Context, tx Tx, by Bearer, at id.Desk, key id.Key) (seal.KEMPrivate, error) {
	d, err := s.OpenDeskIn(ctx, tx, by, at)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	p, err := tx.Pair(ctx, at, key)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	if p.Use != Intake {
		return seal.KEMPrivate{}, fault.New(fault.NotFound, "keyring.intake.none")
	}
	private, err := d.private(p)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	p.LastUsed = s.now()
	return private, tx.SetPair(ctx, p)
}

// RotateIntake gives a desk a new intake pair. The old one still opens what is on its way.
//
// It fails with [fault.Denied], [fault.Hidden] and [fault.Locked] as [Service.OpenDeskIn].
func (s *Service) RotateIntake(ctx context.Context, by Bearer, at id.Desk) error {
	on := access.Resource{Noun: "desk", ID: string(at), Realm: by.Realm, Desk: at}
	if err := access.Check(by.Actor, access.RotateDesk, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.RotateDesk, string(at)).For("intake"), func(tx Tx) error {
		d, err := s.OpenDeskIn(ctx, tx, by, at)
		if err != nil {
			return err
		}
		return d.renewPair(ctx, tx, Intake)
	})
}

// SweepIn destroys the private halves of retired intake pairs that nobody has used for [IntakeGrace].
// needed says whether an unopened envelope still needs a key. It opens nothing and runs unattended.
func (s *Service) SweepIn(ctx context.Context, tx Tx, needed func(id.Key) (bool, error)) (destroyed int, err error) {
	desks, err := tx.Desks(ctx)
	if err != nil {
		return 0, err
	}
	for _, at := range desks {
		pairs, err := tx.Pairs(ctx, at.ID, Intake)
		if err != nil {
			return destroyed, err
		}
		for _, p := range pairs {
			if p.Retired == 0 || len(p.Private) == 0 || max(p.Retired, p.LastUsed).Add(IntakeGrace) > s.now() {
				continue
			}
			wait, err := needed(p.Key)
			if err != nil {
				return destroyed, err
			}
			if wait {
				continue
			}
			p.Private = nil
			if err := tx.SetPair(ctx, p); err != nil {
				return destroyed, err
			}
			destroyed++
		}
	}
	return destroyed, nil
}

// DueIn lists the desks whose intake pair is older than [IntakeLasts].
func (s *Service) DueIn(ctx context.Context, tx Tx) ([]id.Desk, error) {
	desks, err := tx.Desks(ctx)
	if err != nil {
		return nil, err
	}
	var due []id.Desk
	for _, at := range desks {
		if at.Kind != desk.AtNode || at.State != desk.Active {
			continue
		}
		pairs, err := tx.Pairs(ctx, at.ID, Intake)
		if err != nil {
			return nil, err
		}
		if len(pairs) == 0 || pairs[0].Created.Add(IntakeLasts) <= s.now() {
			due = append(due, at.ID)
		}
	}
	return due, nil
}
