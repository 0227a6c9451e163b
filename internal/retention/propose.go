package retention

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Propose fixes the set of what is due at the moment, for a different person to confirm. Nothing is erased yet.
//
// It fails with [fault.Denied] for who may not, [fault.Conflict] "retention.restored" while nobody has said after a restore
// that the holds are whole, [fault.Conflict] "retention.open" while another proposal of that realm and desk is open, and [fault.Conflict] "retention.nothing" if nothing is due.
func (s *Service) Propose(ctx context.Context, who access.Actor) (Purge, error) {
	realm, at, err := whole(who, access.ListRetention)
	if err != nil {
		return Purge{}, err
	}
	p := Purge{ID: id.Ordered[id.Record](s.IDs), Realm: realm, Desk: at, State: Proposed, Maker: who.User, Left: []Left{}, Version: 1}
	if err := access.Check(who, access.ProposeRetention, p.resource()); err != nil {
		return Purge{}, err
	}
	err = s.Write(ctx, audit.Did(who, access.ProposeRetention, string(p.ID)), func(tx Tx) error {
		if err := s.whileSettled(ctx, tx, p); err != nil {
			return err
		}
		open, err := tx.Purges(ctx, realm, at, Proposed, 1)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return fault.New(fault.Conflict, "retention.open")
		}
		due, err := s.previewIn(ctx, tx, realm, at)
		if err != nil {
			return err
		}
		if len(due.Due) == 0 {
			return fault.New(fault.Conflict, "retention.nothing")
		}
		p.Items, p.Made = due.Due, s.now()
		if p.Digest, err = p.digest(); err != nil {
			return err
		}
		if err := tx.AddPurge(ctx, p); err != nil {
			return err
		}
		return s.tell(ctx, tx, p)
	})
	if err != nil {
		return Purge{}, err
	}
	return p.seenBy(who), nil
}

// Withdraw takes a proposal back, whoever made it: nothing of it is erased.
//
// It fails with [fault.Denied] for who may not, [fault.NotFound] if there is none, [fault.Conflict] if it has ended, and
// [fault.Stale] if it has changed since.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, purge id.Record) (Purge, error) {
	var p Purge
	err := s.Write(ctx, audit.Did(who, access.WithdrawRetention, string(purge)), func(tx Tx) (err error) {
		if p, err = s.purgeIn(ctx, tx, who, access.WithdrawRetention, purge); err != nil {
			return err
		}
		if p.State != Proposed {
			return fault.New(fault.Conflict, "retention.ended")
		}
		p.State, p.Second, p.Ended = Withdrawn, who.User, s.now()
		if err := tx.SetPurge(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.tell(ctx, tx, p)
	})
	return p.seenBy(who), err
}

// tell says that a proposal waits for its second person, or waits no longer.
func (s *Service) tell(ctx context.Context, tx Tx, p Purge) error {
	if s.Waits == nil {
		return nil
	}
	return s.Waits(ctx, tx, p)
}

// purgeIn returns a purge, if who may do action on it.
func (s *Service) purgeIn(ctx context.Context, tx Tx, who access.Actor, action access.Action, purge id.Record) (Purge, error) {
	p, err := tx.Purge(ctx, purge)
	if err != nil {
		return Purge{}, err
	}
	return p, access.Check(who, action, p.resource())
}

// Purges lists proposals and what became of them, the newest first, at most limit.
//
// It fails with [fault.Denied] for who lists none, and [fault.Invalid] for a limit over 200.
func (s *Service) Purges(ctx context.Context, who access.Actor, limit int) ([]Purge, error) {
	if limit < 1 || limit > 200 {
		return nil, bad("limit")
	}
	realm, at, err := whole(who, access.ListRetention)
	if err != nil {
		return nil, err
	}
	var all []Purge
	err = s.Read(ctx, func(tx Tx) error {
		all, err = tx.Purges(ctx, realm, at, "", limit)
		return err
	})
	for i, p := range all {
		all[i] = p.seenBy(who)
	}
	return all, err
}

// Show returns one proposal with its set and what became of it.
//
// It fails with [fault.Denied] for who may not, and [fault.NotFound] if there is none.
func (s *Service) Show(ctx context.Context, who access.Actor, purge id.Record) (Purge, error) {
	var p Purge
	err := s.Read(ctx, func(tx Tx) (err error) {
		p, err = s.purgeIn(ctx, tx, who, access.ListRetention, purge)
		return err
	})
	return p.seenBy(who), err
}
