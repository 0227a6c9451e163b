package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// judge asks everything that a receipt `delivered` states, and opens the control.
func (s *Service) judge(ctx context.Context, tx Tx, held member.Held, from member.Member, a *arrival, now frame.Time) (Control, Traits, error) {
	e := a.Envelope
	no := func(code Refusal, c Control) (Control, Traits, error) { return c, Traits{}, refused{code, c} }
	h := e.Header
	if h.Created > now.Add(MaxAhead) {
		return no(Clock, Control{})
	}
	if _, err := seal.ParseSuite(string(h.Suite)); err != nil {
		return no(UnknownSuite, Control{})
	}
	if err := s.sameRoster(ctx, tx, held, h.Roster); err != nil {
		return Control{}, Traits{}, err
	}
	if h.Log != "" && s.See != nil {
		if err := s.See(ctx, tx, from.ID, h.Log); fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) {
			return no(BadCheckpoint, Control{})
		} else if err != nil {
			return Control{}, Traits{}, err
		}
	}
	c, err := s.control(a)
	if err != nil {
		return Control{}, Traits{}, err
	}
	t, _ := TraitsOf(c.Kind)
	if !t.Flows {
		blocked, err := member.Blocked(ctx, tx, from.ID)
		if err != nil {
			return c, t, err
		}
		if blocked {
			return no(Blocked, c)
		}
		if from.Status == member.Suspended {
			return no(Suspended, c)
		}
	}
	if t.Desks {
		if err := s.judgeDesk(ctx, tx, held, e, c, t); err != nil {
			return c, t, err
		}
	}
	if err := s.consented(ctx, tx, c.Consent, from.ID, e.HasContent()); fault.Is(err, fault.Denied) {
		return no(ConsentWithdrawn, c)
	} else if err != nil {
		return c, t, err
	}
	return c, t, nil
}

// sameRoster compares the roster under which an envelope was sealed with the one held of that version. A
// newer one is no reason to refuse: the signature is good under ours.
func (s *Service) sameRoster(ctx context.Context, tx Tx, held member.Held, v Version) error {
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
		return refused{code: WrongRoster}
	}
	return nil
}

func (s *Service) openControl(e Envelope) (Control, error) {
	for _, key := range s.Keys().Control {
		if key.Public().ID() != e.Header.Control.Key {
			continue
		}
		c, err := e.OpenControl(key)
		switch {
		case err == nil:
			return c, nil
		case fault.Is(err, fault.NotFound):
			return c, refused{code: UnknownKind}
		case fault.Is(err, fault.Locked):
			return c, err
		}
		return c, refused{code: Unopenable}
	}
	return Control{}, refused{code: StaleKey}
}

// judgeDesk asks whether the desk is one of ours, its key is still there, and the law permits the crossing.
func (s *Service) judgeDesk(ctx context.Context, tx Tx, held member.Held, e Envelope, c Control, t Traits) error {
	sheet, err := member.SheetOf(ctx, tx, s.Self)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.Unavailable, "exchange.sheet.none", err)
	} else if err != nil {
		return err
	}
	d, ok := sheet.Signed.Sheet.Find(c.ToDesk)
	if !ok && t.Immediate != Always { // she withdraws from the node, whatever has become of the desk
		return refused{UnknownDesk, c}
	}
	if e.HasContent() {
		owner, err := s.IntakeDesk(ctx, tx, e.Header.Content.Key)
		if fault.Is(err, fault.NotFound) {
			return refused{StaleKey, c}
		} else if err != nil {
			return err
		}
		if owner != c.ToDesk {
			return refused{UnknownDesk, c}
		}
	}
	theirs, err := member.SheetOf(ctx, tx, e.Header.From)
	switch {
	case fault.Is(err, fault.NotFound) && t.Immediate == Always:
	case fault.Is(err, fault.NotFound):
		// It overtook the sheet of whoever sent it: where she sits cannot be told, nor be answered. It comes again.
		return fault.Wrap(fault.Unavailable, "exchange.sheet.early", err)
	case err != nil:
		return err
	default:
		if desk, ok := theirs.Signed.Sheet.Find(c.FromDesk); ok && desk.Realm != c.Realm {
			return refused{NotPermitted, c}
		}
	}
	if t.Personal && !held.Signed.Roster.IdentityMayLeave(e.Header.Created) {
		return refused{RosterLapsed, c}
	}
	if !t.Ruled {
		return nil
	}
	_, err = s.Permit(Crossing{
		Kind: c.Kind, From: id.Address{Member: e.Header.From, Desk: c.FromDesk}, FromRealm: c.Realm,
		To: id.Address{Member: s.Self, Desk: c.ToDesk}, ToRealm: d.Realm, Basis: c.Basis,
	})
	if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) {
		return err
	}
	if err != nil {
		return refused{RuleRow, c}
	}
	return nil
}
