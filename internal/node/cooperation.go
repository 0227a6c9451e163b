package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
)

// wireCooperations makes what prosecutors of two members ask of each other, and their joint case boards.
func (n *Node) wireCooperations() {
	n.Cooperations = &cooperation.Service{
		Write: guarded(n, store.Writer[cooperation.Tx](n.DB)), Read: store.Reader[cooperation.Tx](n.DB), Now: n.Config.Now, Rand: n.Rand, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Exchange: n.Exchange, Tasks: n.Tasks, Law: n.Law, Clock: n.clockOf, Released: n.passesOn, KeysKept: keysKept,
	}
	n.Exchange.Handle(envelope.Cooperation, n.Cooperations)
	n.Dockets = &docket.Service{
		Write: guarded(n, store.Writer[docket.Tx](n.DB)), Read: store.Reader[docket.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Member: n.Member, Keys: n.Keyring,
		Exchange: n.Exchange, Tasks: n.Tasks, KeysKept: keysKept,
	}
	n.Exchange.Handle(envelope.Docket, n.Dockets)
}

// passesOn reports whether what a release gave to a desk of the prosecution may go on to another member: it is in force, and its handling does
// not keep it here.
func (n *Node) passesOn(ctx context.Context, narrow cooperation.Tx, desk id.Desk, release id.Record) (bool, error) {
	tx, ok := narrow.(casefile.Tx)
	if !ok {
		return false, fault.New(fault.Internal, "node.wiring")
	}
	r, err := tx.Release(ctx, release)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || r.To != desk || r.State != casefile.ReleaseActive || r.Handling == "no-onward-without-consent" || r.Until != 0 && r.Until <= n.now() {
		return false, err
	}
	if r.Basis != casefile.OnConsent {
		return true, nil
	}
	given, err := tx.Consent(ctx, r.Consent)
	return err == nil && given.Live(n.now()) && given.Unconfirmed == 0, err
}

// releasesWithdrawn tells the desks in whose requests something stands that was released under a consent that she took back.
func (n *Node) releasesWithdrawn(ctx context.Context, narrow consent.Tx, c consent.Consent) error {
	tx, ok := narrow.(casefile.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if c.Case == "" {
		return nil
	}
	all, err := tx.ReleasesOf(ctx, c.Case)
	for _, r := range all {
		if err == nil && r.Consent == c.ID {
			_, err = n.Cooperations.ReleaseEndedIn(ctx, narrow, r.ID)
		}
	}
	return err
}
