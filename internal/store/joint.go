package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ joint.Tx = (*Tx)(nil)

// AddJoint adds one end of a question; [fault.Conflict] if it is there.
func (tx *Tx) AddJoint(ctx context.Context, r joint.Row) error {
	return explain(tx.q.AddJoint(ctx, rows.AddJointParams{
		ID: string(r.ID), Desk: string(r.Desk), Side: string(r.Side), PeerMember: string(r.Peer.Member), PeerDesk: string(r.Peer.Desk),
		ReturnID: string(r.Return), ReferralID: string(r.Referral), Reference: string(r.Reference), ConsentID: string(r.Consent), Basis: r.Basis,
		Until: int64(r.Until), State: string(r.State), Code: r.Code, Envelope: string(r.Envelope), Answer: string(r.Answer),
		Intake: string(r.Intake), UserID: string(r.By), At: int64(r.At), Opened: int64(r.Opened), Body: filled(r.Body), Version: r.Version,
	}))
}

// SetJoint replaces what changes in one end of a question; [fault.Stale] if another version is stored.
func (tx *Tx) SetJoint(ctx context.Context, r joint.Row) error {
	n, err := tx.q.SetJoint(ctx, rows.SetJointParams{
		ID: string(r.ID), Desk: string(r.Desk), ReferralID: string(r.Referral), ConsentID: string(r.Consent), Basis: r.Basis,
		Until: int64(r.Until), State: string(r.State), Code: r.Code, Envelope: string(r.Envelope), Answer: string(r.Answer),
		Intake: string(r.Intake), UserID: string(r.By), At: int64(r.At), Opened: int64(r.Opened), Body: filled(r.Body), Version: r.Version,
	})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.joint.version")
	}
	if len(r.Box.Sealed) == 0 {
		return explain(tx.q.DropJointBox(ctx, rows.DropJointBoxParams{JointID: string(r.ID), Desk: string(r.Desk)}))
	}
	return explain(tx.q.SetJointBox(ctx, rows.SetJointBoxParams{
		JointID: string(r.ID), Desk: string(r.Desk), Generation: r.Box.Generation, Sealed: r.Box.Sealed,
	}))
}

func (tx *Tx) jointOf(r rows.Joint) (joint.Row, error) {
	b, _, err := one(tx.q.JointBox(tx.ctx, rows.JointBoxParams{JointID: r.ID, Desk: r.Desk}))
	out := joint.Row{
		ID: id.Thread(r.ID), Desk: id.Desk(r.Desk), Side: envelope.Side(r.Side),
		Peer: id.Address{Member: id.Member(r.PeerMember), Desk: id.Desk(r.PeerDesk)}, Return: id.Return(r.ReturnID),
		Referral: id.Referral(r.ReferralID), Reference: id.Reference(r.Reference), Consent: id.Consent(r.ConsentID), Basis: r.Basis,
		Until: frame.Time(r.Until), State: joint.State(r.State), Code: r.Code, Envelope: id.Envelope(r.Envelope), Answer: id.Envelope(r.Answer),
		Intake: id.Key(r.Intake), Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed}, By: id.User(r.UserID), At: frame.Time(r.At),
		Opened: frame.Time(r.Opened), Version: r.Version,
	}
	if len(r.Body) > 0 {
		out.Body = r.Body
	}
	return out, err
}

func (tx *Tx) jointsOf(all []rows.Joint, err error) ([]joint.Row, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]joint.Row, len(all))
	for i, r := range all {
		if out[i], err = tx.jointOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Joint returns the end of a question at a desk; [fault.NotFound] if there is none.
func (tx *Tx) Joint(ctx context.Context, thread id.Thread, desk id.Desk) (joint.Row, error) {
	r, err := tx.q.Joint(ctx, rows.JointParams{ID: string(thread), Desk: string(desk)})
	if err != nil {
		return joint.Row{}, explain(err)
	}
	return tx.jointOf(r)
}

// JointEnds returns the ends of a question at this node.
func (tx *Tx) JointEnds(ctx context.Context, thread id.Thread) ([]joint.Row, error) {
	all, err := tx.q.JointEnds(ctx, string(thread))
	return tx.jointsOf(all, err)
}

// JointsAt returns what a desk was asked and is not over, oldest first.
func (tx *Tx) JointsAt(ctx context.Context, desk id.Desk, after id.Thread, limit int) ([]joint.Row, error) {
	all, err := tx.q.JointsAt(ctx, rows.JointsAtParams{Desk: string(desk), After: string(after), Max: int32(limit)})
	return tx.jointsOf(all, err)
}

// JointsUnder returns the ends under a consent.
func (tx *Tx) JointsUnder(ctx context.Context, c id.Consent) ([]joint.Row, error) {
	all, err := tx.q.JointsUnder(ctx, string(c))
	return tx.jointsOf(all, err)
}

// JointsPast returns the ends whose time is over, but which are not.
func (tx *Tx) JointsPast(ctx context.Context, now frame.Time, limit int) ([]joint.Row, error) {
	all, err := tx.q.JointsPast(ctx, rows.JointsPastParams{Now: int64(now), Max: int32(limit)})
	return tx.jointsOf(all, err)
}

// JointSealedTo reports whether something that nobody has opened is sealed to an intake key.
func (tx *Tx) JointSealedTo(ctx context.Context, key id.Key) (bool, error) {
	n, err := tx.q.JointSealedTo(ctx, string(key))
	return n > 0, explain(err)
}
