package retention

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Confirm erases the set that somebody else proposed, of which who saw the digest. Each record is looked at again: what is on hold by
// now, has changed or is not due any more drops out and is named in what is returned. The rest is erased by the node, each with
// its own entry in the log, in the same transaction. A restore of an older backup repeats it.
//
// It fails with [fault.Denied] for who may not or proposed it herself, [fault.NotFound] if there is no such proposal,
// [fault.Conflict] if it has ended or "retention.restored" while nobody has said after a restore that the holds are whole, and [fault.Stale] if the set is not the one that she saw.
func (s *Service) Confirm(ctx context.Context, who access.Actor, purge id.Record, digest string) (Purge, error) {
	var p Purge
	err := s.Write(ctx, audit.Did(who, access.ConfirmRetention, string(purge)), func(tx Tx) (err error) {
		if p, err = s.purgeIn(ctx, tx, who, access.ConfirmRetention, purge); err != nil {
			return err
		}
		if err := s.whileSettled(ctx, tx, p); err != nil {
			return err
		}
		if err := settled(p, digest); err != nil {
			return err
		}
		p.Left = []Left{}
		for _, i := range p.Items {
			reason, err := s.eraseIn(ctx, tx, p, i)
			if err != nil {
				return err
			}
			if reason != "" {
				p.Left = append(p.Left, Left{i, reason})
			}
		}
		p.State, p.Second, p.Ended = Done, who.User, s.now()
		if err := tx.SetPurge(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.tell(ctx, tx, p)
	})
	return p.seenBy(who), err
}

// eraseIn erases one record as the node, or says why it stays.
func (s *Service) eraseIn(ctx context.Context, tx Tx, p Purge, i Item) (string, error) {
	switch i.What {
	case Thread:
		return s.eraseThreadIn(ctx, tx, p, i)
	case Space:
		return s.eraseSpaceIn(ctx, tx, p, i)
	}
	c, err := tx.Case(ctx, id.Case(i.ID))
	if fault.Is(err, fault.NotFound) {
		return LeftGone, nil
	}
	if err != nil {
		return "", err
	}
	reason, err := s.hinderedIn(ctx, tx, c)
	if err != nil || reason != "" {
		return reason, err
	}
	is, due, err := s.caseItem(c)
	switch {
	case err != nil:
		return "", err
	case !due:
		return LeftNotDue, nil
	case !same(i, is) || c.Realm != p.Realm || p.Desk != "" && c.Desk != p.Desk:
		return LeftChanged, nil
	}
	node := access.Node(s.Member)
	on := access.Resource{Noun: "case", ID: i.ID, Realm: c.Realm, Desk: c.Desk, Owner: c.Owner}
	if err := access.Check(node, access.EraseCase, on); err != nil {
		return "", err
	}
	if err := tx.Also(audit.Did(node, access.EraseCase, i.ID).In(c.ID).For("retention")); err != nil {
		return "", err
	}
	return "", s.Cases.EraseIn(ctx, tx, c)
}

func (s *Service) eraseThreadIn(ctx context.Context, tx Tx, p Purge, i Item) (string, error) {
	is, due, err := s.threadItem(ctx, tx, p.Realm, p.Desk, id.Thread(i.ID))
	switch {
	case err != nil:
		return "", err
	case is.Event != i.Event || is.Version != i.Version:
		return LeftChanged, nil
	case !due:
		return LeftNotDue, nil
	case !same(i, is):
		return LeftChanged, nil
	}
	if err := tx.Also(audit.Did(access.Node(s.Member), access.ConfirmRetention, i.ID).For("retention")); err != nil {
		return "", err
	}
	return "", s.Messages.EraseIn(ctx, tx, id.Thread(i.ID))
}
