package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// judge asks everything that a receipt `delivered` states, and opens the control.
func (s *Service) judge(ctx context.Context, tx Tx, held member.Held, from member.Member, a *arrival, now frame.Time) (envelope.Control, envelope.Traits, error) {
	e := a.Envelope
	no := func(code envelope.Refusal, c envelope.Control) (envelope.Control, envelope.Traits, error) {
		return c, envelope.Traits{}, refused{code, c}
	}
	h := e.Header
	if code := outside(h, held, now); code != "" && code != envelope.WrongRoster { // of which somebody is told
		return no(code, envelope.Control{})
	}
	if err := s.sameRoster(ctx, tx, held, h.Roster); err != nil {
		return envelope.Control{}, envelope.Traits{}, err
	}
	if h.Log != "" && s.See != nil {
		if err := s.See(ctx, tx, from.ID, h.Log); fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) {
			return no(envelope.BadCheckpoint, envelope.Control{})
		} else if err != nil {
			return envelope.Control{}, envelope.Traits{}, err
		}
	}
	c, err := s.control(a)
	if err != nil {
		return envelope.Control{}, envelope.Traits{}, err
	}
	t, _ := envelope.TraitsOf(c.Kind)
	if ours, _ := held.Signed.Roster.Find(s.Self); !c.Protective(e.HasContent()) && !parties(t, from, ours) {
		return no(envelope.NotPermitted, c)
	}
	if !t.Flows {
		blocked, err := member.Blocked(ctx, tx, from.ID)
		if err != nil {
			return c, t, err
		}
		if blocked {
			return no(envelope.Blocked, c)
		}
		if from.Status == member.Suspended {
			return no(envelope.Suspended, c)
		}
	}
	if t.Desks {
		if err := s.judgeDesk(ctx, tx, held, e, c, t); err != nil {
			return c, t, err
		}
	}
	if err := s.consented(ctx, tx, c.Consent, from.ID, e.HasContent()); fault.Is(err, fault.Denied) {
		return no(envelope.ConsentWithdrawn, c)
	} else if err != nil {
		return c, t, err
	}
	return c, t, nil
}

// outside says why an envelope is refused for what stands on it, without a look into it or into the database; empty: it is not.
func outside(h envelope.Header, held member.Held, now frame.Time) envelope.Refusal {
	if h.Created > now.Add(envelope.MaxAhead) {
		return envelope.Clock
	}
	if _, err := seal.ParseSuite(string(h.Suite)); err != nil {
		return envelope.UnknownSuite
	}
	if h.Roster.Version == held.Signed.Roster.Version && h.Roster.Hash != held.Hash {
		return envelope.WrongRoster
	}
	return ""
}

// sameRoster compares the roster under which an envelope was sealed with the one held of that version. A
// newer one is no reason to refuse: the signature is good under ours.
func (s *Service) sameRoster(ctx context.Context, tx Tx, held member.Held, v envelope.Version) error {
	hash := held.Hash
	if v.Version > held.Signed.Roster.Version {
		return nil
	}
	if v.Version < held.Signed.Roster.Version {
		old, err := tx.RosterAt(ctx, v.Version)
		if fault.Is(err, fault.NotFound) {
			return nil // from before this node joined, or from a gap in what it holds
		} else if err != nil {
			return err
		}
		hash = old.Hash
	}
	if hash != v.Hash {
		s.alarm(ctx, "member.roster.fork", map[string]string{"hash": v.Hash})
		return refused{code: envelope.WrongRoster}
	}
	return nil
}

func (s *Service) openControl(e envelope.Envelope) (envelope.Control, error) {
	for _, key := range s.Keys().Control {
		if key.Public().ID() != e.Header.Control.Key {
			continue
		}
		c, err := e.OpenControl(key)
		switch {
		case err == nil:
			return c, nil
		case fault.Is(err, fault.NotFound):
			return c, refused{code: envelope.UnknownKind}
		case fault.Is(err, fault.Locked):
			return c, err
		}
		return c, refused{code: envelope.Unopenable}
	}
	return envelope.Control{}, refused{code: envelope.StaleKey}
}

// judgeDesk asks whether the desk is one of ours, its key is still there, and the law permits the crossing. What is
// protective comes in whatever has become of the desks and of the law.
func (s *Service) judgeDesk(ctx context.Context, tx Tx, held member.Held, e envelope.Envelope, c envelope.Control, t envelope.Traits) error {
	sheet, err := member.SheetOf(ctx, tx, s.Self)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.Unavailable, "exchange.sheet.none", err)
	} else if err != nil {
		return err
	}
	d, ok := sheet.Signed.Sheet.Find(c.ToDesk)
	protects := c.Protective(e.HasContent())
	if !ok && !protects { // she withdraws from the node, whatever has become of the desk
		return refused{envelope.UnknownDesk, c}
	}
	if e.HasContent() {
		owner, err := s.IntakeDesk(ctx, tx, e.Header.Content.Key)
		if fault.Is(err, fault.NotFound) {
			return refused{envelope.StaleKey, c}
		} else if err != nil {
			return err
		}
		if owner != c.ToDesk {
			return refused{envelope.UnknownDesk, c}
		}
	}
	theirs, err := member.SheetOf(ctx, tx, e.Header.From)
	switch {
	case fault.Is(err, fault.NotFound) && protects:
	case fault.Is(err, fault.NotFound):
		// It overtook the sheet of whoever sent it: where she sits cannot be told, nor be answered. It comes again.
		return fault.Wrap(fault.Unavailable, "exchange.sheet.early", err)
	case err != nil:
		return err
	default:
		if desk, ok := theirs.Signed.Sheet.Find(c.FromDesk); ok && desk.Realm != c.Realm {
			return refused{envelope.NotPermitted, c}
		}
	}
	if t.Personal && e.HasContent() && !held.Signed.Roster.IdentityMayLeave(e.Header.Created) {
		return refused{envelope.RosterLapsed, c}
	}
	if !t.Ruled || protects {
		return nil
	}
	_, err = s.Weigh(ctx, tx, Crossing{
		Kind: c.Kind, From: id.Address{Member: e.Header.From, Desk: c.FromDesk}, FromRealm: c.Realm,
		To: id.Address{Member: s.Self, Desk: c.ToDesk}, ToRealm: d.Realm, Basis: c.Basis, Consent: c.Consent,
	})
	if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) {
		return err
	}
	if err != nil {
		return refused{envelope.RuleRow, c}
	}
	return nil
}
