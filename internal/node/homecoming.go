package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// wireHomecomings makes what prepares a return and follows it.
func (n *Node) wireHomecomings() {
	n.Homecomings = &homecoming.Service{
		Write: store.Writer[homecoming.Tx](n.DB), Read: store.Reader[homecoming.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Cases: n.Cases, Tasks: n.Tasks, Law: n.Law, Handover: n.handover,
		Guardian: n.Childhoods.SpeaksIn, Willing: n.Childhoods.ReturnIn,
	}
	n.Joints = &joint.Service{
		Write: guarded(n, store.Writer[joint.Tx](n.DB)), Read: store.Reader[joint.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Exchange: n.Exchange, Tasks: n.Tasks, Law: n.Law, Clock: n.Homecomings.SignBy, Tell: n.jointDestroyed, KeysKept: keysKept,
	}
	n.Homecomings.Abroad = n.Joints
	n.Exchange.Handle(envelope.Joint, n.Joints)
}

// jointDestroyed answers whoever withdrew a consent that the assessment sent under it is destroyed.
func (n *Node) jointDestroyed(ctx context.Context, tx joint.Tx, r joint.Row) error {
	in, err := tx.In(ctx, r.Envelope)
	if fault.Is(err, fault.NotFound) || err == nil && in.Bytes == nil {
		return nil
	}
	if err != nil {
		return err
	}
	return n.answer(ctx, tx, consent.Consent{ID: r.Consent, Issuer: r.Peer.Member, Reply: consent.Erased}, in)
}

// withdrawalAnswered takes note of what a holder did about a withdrawal: of a referral, where a desk waits for it, or of a joint
// assessment, where nobody does, because nothing of it is kept.
func (n *Node) withdrawalAnswered(ctx context.Context, narrow exchange.Tx, a exchange.Arrived) error {
	tx, ok := narrow.(joint.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := tx.Joint(ctx, a.Control.Thread, a.Control.ToDesk)
	if fault.Is(err, fault.NotFound) {
		return n.Referrals.ReceiveAnswer(ctx, narrow, a)
	}
	return err
}

// handover says what has become of the referral by which a desk takes over somebody who returns. A return rests on one that was
// sent from here.
func (n *Node) handover(ctx context.Context, narrow homecoming.Tx, r id.Referral) (homecoming.Handover, error) {
	tx, ok := narrow.(referral.Tx)
	if !ok {
		return homecoming.Handover{}, fault.New(fault.Internal, "node.wiring")
	}
	ends, err := tx.ReferralEnds(ctx, r)
	if err != nil {
		return homecoming.Handover{}, err
	}
	i := slices.IndexFunc(ends, func(e referral.Row) bool { return e.Side == referral.Sender })
	if i < 0 {
		return homecoming.Handover{}, fault.New(fault.NotFound, "referral.missing")
	}
	return homecoming.Handover{Case: ends[i].Case, To: ends[i].Peer.Member, Desk: ends[i].Peer.Desk, Basis: string(ends[i].Basis), Agreed: ends[i].Takes()}, nil
}
