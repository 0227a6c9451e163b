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

// Printed is what stands in the letter to a desk without a node: the request, without identity, and the secret by
// which it answers once. The secret is shown once and only its hash is kept.
type Printed struct {
	Reference string
	From, To  id.Address
	Kind      Code
	Request   Request
	Sent      frame.Time
	Token     string // 128 random bits, to be typed; empty for a desk that answers on paper
	Until     frame.Time
}

// ByLetter reports whether there can be a letter: the other desk has no node, and the referral was sent and is open.
func (r Row) ByLetter() bool {
	return r.Side == Sender && r.PeerKind != desk.AtNode && !r.Status.Local() && !r.Status.Ended()
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
	var out Printed
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadReferral, string(at.Referral)).In(c).For("letter"), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.ReadReferral, at)
		if err != nil {
			return err
		}
		if !r.ByLetter() {
			return fault.New(fault.Conflict, "referral.letter")
		}
		if err := s.MayTellIn(ctx, tx, r); err != nil {
			return err
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
		out.Token, out.Until = string(id.Random[id.Record](s.IDs)), s.now().Add(ReplyLasts)
		return tx.AddReferralToken(ctx, Token{Hash: hashOf(out.Token), Referral: r.ID, Desk: r.Peer.Desk, Expires: out.Until})
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
// It fails with [fault.Hidden] for a token that is wrong, over or used, all alike and after the same work; with
// [fault.Invalid] "referral.reply" for another transition; and as [May] does.
func (s *Service) Reply(ctx context.Context, token string, in Replying) (Row, error) {
	if !slices.Contains([]Transition{Accepted, Declined, InformationRequested}, in.Transition) {
		return Row{}, fault.New(fault.Invalid, "referral.reply")
	}
	hash := hashOf(id.Typed(token))
	var t Token
	err := s.Read(ctx, func(tx Tx) (err error) {
		t, err = s.tokenIn(ctx, tx, hash)
		return err
	})
	if err != nil {
		return Row{}, err
	}
	action := map[Transition]access.Action{
		Accepted: access.AcceptReferral, Declined: access.DeclineReferral, InformationRequested: access.AskReferral,
	}[in.Transition]
	var out Row
	// The desk's realm is that of its end; the actor is whoever holds the link.
	who := access.Actor{Role: access.LightDesk, Desk: t.Desk, Realm: access.Assistance, Member: s.Member}
	err = s.Write(ctx, audit.Did(who, action, string(t.Referral)).For("reply"), func(tx Tx) error {
		if _, err := s.tokenIn(ctx, tx, hash); err != nil {
			return err
		}
		r, err := s.mayIn(ctx, tx, who, action, At{Referral: t.Referral, Desk: t.Desk})
		if err != nil {
			return err
		}
		if err := tx.SpendReferralToken(ctx, hash, s.now()); err != nil {
			return err
		}
		if r.Status == Sent || r.Status == Delivered {
			if r, _, err = s.take(ctx, tx, r, Event{Transition: Acknowledged, Via: Code(desk.Light)}, nil); err != nil {
				return err
			}
		}
		out, _, err = s.take(ctx, tx, r, Event{Transition: in.Transition, Reason: in.Reason, Alternative: in.Alternative, Via: Code(desk.Light)}, nil)
		return err
	})
	return out, err
}

// tokenIn returns a token that can still be used; whatever else it is, it is hidden.
func (s *Service) tokenIn(ctx context.Context, tx Tx, hash string) (Token, error) {
	t, err := tx.ReferralToken(ctx, hash)
	if fault.Is(err, fault.NotFound) || err == nil && (t.Spent != 0 || t.Expires <= s.now()) {
		err = hidden()
	}
	return t, err
}
