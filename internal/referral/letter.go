package referral

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ReplyLasts is how long a reply token can be used.
const ReplyLasts = 7 * 24 * time.Hour

const tokenSize = 52 // characters

// Printed is what stands in the letter to a desk without a node: the request, without identity, and the secret by
// which it answers once. The secret is shown once and only its hash is kept.
type Printed struct {
	Reference string
	From, To  id.Address
	Kind      Code
	Request   Request
	Sent      frame.Time
	Token     string // 256 random bits; empty for a desk that answers on paper
	Until     frame.Time
}

// Print makes the letter to a desk without a node; for a light desk with a new reply token.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], with [fault.Conflict] "referral.letter" if the desk
// has a node or the referral was not sent, and with [fault.Locked] without keys.
func (s *Service) Print(ctx context.Context, by keyring.Bearer, at At) (Printed, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Printed{}, err
	}
	// Twice 128 random bits.
	secret := string(id.Random[id.Record](s.IDs)) + string(id.Random[id.Record](s.IDs))
	var out Printed
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadReferral, string(at.Referral)).In(c).For("letter"), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.ReadReferral, at)
		if err != nil {
			return err
		}
		if r.Side != Sender || r.PeerKind == desk.AtNode || r.Status.Local() || r.Status.Ended() {
			return fault.New(fault.Conflict, "referral.letter")
		}
		in, _, err := s.draftIn(ctx, tx, by, r)
		if err != nil {
			return err
		}
		out = Printed{
			Reference: r.Reference, From: id.Address{Member: s.Member, Desk: r.Desk}, To: r.Peer, Kind: r.Kind, Request: in.Request, Sent: r.Since,
		}
		if r.PeerKind != desk.Light {
			return nil
		}
		out.Token, out.Until = secret, s.now().Add(ReplyLasts)
		return tx.AddReferralToken(ctx, Token{Hash: hashOf(secret), Referral: r.ID, Desk: r.Peer.Desk, Expires: out.Until})
	})
	return out, err
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Replying is what a light desk answers on its page.
type Replying struct {
	Transition  Transition // accepted, declined or information-requested
	Reason      Code
	Alternative Alternative
}

// Reply takes the answer of whoever holds the one-time link of a light desk. A request that nobody had acknowledged is
// acknowledged with it.
//
// It fails with [fault.Hidden] for a token that is wrong, over or used, all alike; with [fault.Invalid]
// "referral.reply" for another transition; and as [May] does.
func (s *Service) Reply(ctx context.Context, token string, in Replying) (Row, error) {
	if len(token) != tokenSize {
		return Row{}, hidden()
	}
	if !slices.Contains([]Transition{Accepted, Declined, InformationRequested}, in.Transition) {
		return Row{}, fault.New(fault.Invalid, "referral.reply")
	}
	hash := hashOf(token)
	var t Token
	if err := s.Read(ctx, func(tx Tx) (err error) {
		t, err = tx.ReferralToken(ctx, hash)
		return err
	}); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = hidden()
		}
		return Row{}, err
	}
	action := map[Transition]access.Action{
		Accepted: access.AcceptReferral, Declined: access.DeclineReferral, InformationRequested: access.AskReferral,
	}[in.Transition]
	var out Row
	// The desk's realm is that of its end; the actor is whoever holds the link.
	who := access.Actor{Role: access.LightDesk, Desk: t.Desk, Realm: access.Assistance, Member: s.Member}
	err := s.Write(ctx, audit.Did(who, action, string(t.Referral)).For("reply"), func(tx Tx) error {
		t, err := tx.ReferralToken(ctx, hash)
		if err != nil {
			return err
		}
		if t.Spent != 0 || t.Expires <= s.now() {
			return hidden()
		}
		r, err := s.mayIn(ctx, tx, who, action, At{Referral: t.Referral, Desk: t.Desk})
		if err != nil {
			return err
		}
		if err := tx.SpendReferralToken(ctx, hash, s.now()); err != nil {
			return err
		}
		const via = Code("light")
		if r.Status == Sent || r.Status == Delivered {
			if r, _, err = s.take(ctx, tx, r, Event{Transition: Acknowledged, Via: via}, nil); err != nil {
				return err
			}
		}
		out, _, err = s.take(ctx, tx, r, Event{Transition: in.Transition, Reason: in.Reason, Alternative: in.Alternative, Via: via}, nil)
		return err
	})
	return out, err
}
