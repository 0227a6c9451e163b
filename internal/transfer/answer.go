package transfer

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// caseOf reads which case a transfer is about, for the log entry.
func (s *Service) caseOf(ctx context.Context, transfer id.Record) (id.Case, error) {
	var c id.Case
	err := s.Read(ctx, func(tx Tx) error {
		t, err := tx.Transfer(ctx, transfer)
		c = t.Case
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Hidden, "access.hidden")
	}
	return c, err
}

// enter reads a transfer for somebody at one of its desks who may take the step.
func enter(ctx context.Context, tx Tx, who access.Actor, action access.Action, transfer id.Record, at func(Transfer) id.Desk) (Transfer, error) {
	t, err := tx.Transfer(ctx, transfer)
	if fault.Is(err, fault.NotFound) {
		return Transfer{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Transfer{}, err
	}
	on := access.Resource{Noun: "transfer", ID: string(t.ID), Realm: t.Realm, Desk: at(t)}
	return t, access.Check(who, action, on)
}

func receiver(t Transfer) id.Desk { return t.To }

func sender(t Transfer) id.Desk { return t.From }

// Taken is an accepted transfer, and what is left to do about its keys.
type Taken struct {
	Transfer
	Left int // records that are still under the keys that the other desk knew; casefile.Rekey goes on with them
}

// Accept takes a case over: from now on it is at the bearer's desk, and its file, what is due in it and the responsibility for her. The
// desk that had it opens nothing of it any more.
//
// It fails with [fault.Hidden] and [fault.Denied] as [access.Check]; [fault.Conflict] "transfer.answered" if it was answered or taken back,
// "transfer.case" if the case is closed or elsewhere, "transfer.kept-from" if she asked since to be kept from this desk, and as
// [Service.Leaving]; [fault.Stale] if it has changed; and [fault.Locked] without keys.
func (s *Service) Accept(ctx context.Context, by keyring.Bearer, transfer id.Record, version int64) (Taken, error) {
	c, err := s.caseOf(ctx, transfer)
	if err != nil {
		return Taken{}, err
	}
	var out Taken
	err = s.Write(ctx, audit.Did(by.Actor, access.AcceptTransfer, string(transfer)).In(c), func(tx Tx) error {
		t, err := enter(ctx, tx, by.Actor, access.AcceptTransfer, transfer, receiver)
		if err != nil {
			return err
		}
		if t, err = answer(t, version, Accepted, by.User, s.now()); err != nil {
			return err
		}
		before, err := tx.Case(ctx, t.Case)
		if err != nil {
			return err
		}
		if before.State != casefile.Open || before.Desk != t.From {
			return fault.New(fault.Conflict, "transfer.case")
		}
		left, err := s.takeIn(ctx, tx, by, t, before)
		if err != nil {
			return err
		}
		if err := tx.SetTransfer(ctx, t); err != nil {
			return err
		}
		t.Version++
		out = Taken{Transfer: t, Left: left}
		return s.Tell(ctx, tx, t)
	})
	if err != nil {
		return Taken{}, err
	}
	return out, nil
}

// takeIn takes a case over, and what was merged into it. It returns how many records are still under the keys that the other desk knew.
func (s *Service) takeIn(ctx context.Context, tx Tx, by keyring.Bearer, t Transfer, before casefile.Case) (left int, err error) {
	files, err := tx.CasesInto(ctx, before.ID)
	if err != nil {
		return 0, err
	}
	if err := s.Cases.MayUseIn(ctx, tx, casefile.Use{Case: before.ID, Given: t.Made}); err != nil { // she may have asked since
		return 0, err
	}
	var said []Said
	for _, f := range append(files, before) {
		if _, err := s.Leaving(ctx, tx, f, t.To); err != nil {
			return 0, err
		}
		after, k, old, err := s.Cases.TakeIn(ctx, tx, by, f)
		if err != nil {
			return 0, err
		}
		here, err := saidIn(ctx, tx, k)
		if err != nil {
			return 0, err
		}
		left, said = left+old, append(said, here...)
		if err := s.Moved(ctx, tx, f, after); err != nil {
			return 0, err
		}
		if f.ID == before.ID {
			continue
		}
		if err := tx.Also(audit.Did(by.Actor, access.AcceptTransfer, string(t.ID)).In(f.ID).For("duplicate")); err != nil {
			return 0, err
		}
	}
	return left, keptFrom(said, id.Address{Member: s.Member, Desk: t.To})
}

// Decline says why the desk does not take a case, and which desk might. It opens nothing, and what was sealed to the desk is destroyed.
//
// It fails with [fault.Hidden] and [fault.Denied] as [access.Check]; [fault.Invalid] without a reason of the list, or with an alternative that
// cannot have it; [fault.Conflict] "transfer.answered"; and [fault.Stale].
func (s *Service) Decline(ctx context.Context, who access.Actor, transfer id.Record, version int64, reason string, alternative id.Desk) (Transfer, error) {
	d, err := Shipped()
	if err != nil {
		return Transfer{}, err
	}
	if !slices.Contains(d.Declines, reason) {
		return Transfer{}, bad("reason")
	}
	return s.end(ctx, who, access.DeclineTransfer, transfer, version, Declined, receiver, func(tx Tx, t *Transfer) error {
		t.Reason, t.Alternative = reason, alternative
		return proposable(ctx, tx, *t)
	})
}

// proposable reports whether the alternative of a decline could be offered the case.
func proposable(ctx context.Context, tx Tx, t Transfer) error {
	if t.Alternative == "" {
		return nil
	}
	d, err := tx.Desk(ctx, t.Alternative)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if d.ID == t.To || d.ID == t.From || d.Realm != t.Realm || d.Kind != desk.AtNode || d.State != desk.Active || d.Purpose != desk.Ordinary {
		return bad("alternative")
	}
	return nil
}

// Revoke takes an offer back before it is answered. What was sealed to the other desk is destroyed.
//
// It fails with [fault.Hidden] and [fault.Denied] as [access.Check]; [fault.Invalid] without a reason of the list; [fault.Conflict]
// "transfer.answered"; and [fault.Stale].
func (s *Service) Revoke(ctx context.Context, who access.Actor, transfer id.Record, version int64, reason string) (Transfer, error) {
	d, err := Shipped()
	if err != nil {
		return Transfer{}, err
	}
	if !slices.Contains(d.Revocations, reason) {
		return Transfer{}, bad("reason")
	}
	return s.end(ctx, who, access.RevokeTransfer, transfer, version, Revoked, sender, func(_ Tx, t *Transfer) error {
		t.Reason = reason
		return nil
	})
}

// end ends an offer by which no case goes.
func (s *Service) end(ctx context.Context, who access.Actor, action access.Action, transfer id.Record, version int64, to State, at func(Transfer) id.Desk, say func(Tx, *Transfer) error) (Transfer, error) {
	c, err := s.caseOf(ctx, transfer)
	if err != nil {
		return Transfer{}, err
	}
	var out Transfer
	err = s.Write(ctx, audit.Did(who, action, string(transfer)).In(c), func(tx Tx) error {
		t, err := enter(ctx, tx, who, action, transfer, at)
		if err != nil {
			return err
		}
		if t, err = answer(t, version, to, who.User, s.now()); err != nil {
			return err
		}
		if err := say(tx, &t); err != nil {
			return err
		}
		led, err := tx.CasesInto(ctx, t.Case)
		if err != nil {
			return err
		}
		for _, f := range append(led, casefile.Case{ID: t.Case}) {
			if err := tx.DropHold(ctx, keyring.Hold{Case: f.ID, Desk: t.To, Reason: keyring.Offered}); err != nil {
				return err
			}
		}
		if err := tx.SetTransfer(ctx, t); err != nil {
			return err
		}
		t.Version++
		out = seen(t, who.Desk)
		return s.Tell(ctx, tx, t)
	})
	return out, err
}

// ClosingIn is asked before a case is closed: not while it is offered to another desk.
//
// It fails with [fault.Conflict] "transfer.open".
func (s *Service) ClosingIn(ctx context.Context, over casefile.Tx, c casefile.Case) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.TransfersOf(ctx, c.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(t Transfer) bool { return t.State == Offered }) {
		return fault.New(fault.Conflict, "transfer.open")
	}
	return nil
}
