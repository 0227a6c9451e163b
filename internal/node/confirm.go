package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/task"
)

// remindConsents gives the desk of each case something to do about her consents of before a restore: to ask her whether
// they still stand. Who ticks it off without having said so has it again.
func (n *Node) remindConsents(ctx context.Context, tx remindTx) (int, error) {
	const most = 500
	open, err := tx.ConsentsUnasked(ctx, n.now(), taskConfirm, most)
	if err != nil {
		return 0, err
	}
	for i, c := range open {
		file, err := tx.Case(ctx, c.Case)
		if err != nil {
			return i, err
		}
		if _, err := n.Tasks.AddIn(ctx, tx, task.New{
			Desk: file.Desk, Realm: file.Realm, Kind: taskConfirm, Object: string(c.ID), Reference: string(file.Reference), Announce: true,
		}); err != nil {
			return i, err
		}
	}
	return len(open), nil
}

// confirmed ends the task to ask her, and lets go the bundles that were accepted and waited for the answer. What was on its
// way before the restore goes in the next round of delivery.
func (n *Node) confirmed(ctx context.Context, narrow consent.Tx, c consent.Consent) error {
	tx, ok := narrow.(referral.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if _, err := n.Tasks.DoneIn(ctx, tx, string(c.ID), taskConfirm); err != nil || c.State != consent.Given {
		return err
	}
	all, err := tx.ReferralsUnder(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Side != referral.Sender || r.Bundle == "" || !r.Takes() {
			continue
		}
		err := n.Referrals.ReleaseIn(ctx, tx, r)
		if fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Stale) || fault.Is(err, fault.Invalid) {
			continue // it may not go for another reason: the desk has the task that says so
		}
		if err != nil {
			return err
		}
	}
	return nil
}
