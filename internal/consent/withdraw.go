package consent

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// sign signs msg as the bearer.
func sign(by keyring.Bearer, msg []byte) (seal.Signature, seal.SignPublic, error) {
	public, err := by.Signer()
	if err != nil {
		return seal.Signature{}, seal.SignPublic{}, err
	}
	sig, err := by.Sign(seal.DomainConsent, msg)
	return sig, public, err
}

// Withdraw records that she takes a consent back. It needs no key and no reason. What lies under the
// consent is frozen at once, every recipient is told in the same transaction, and nothing else changes:
// services go on.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] if reason is no
// code, [fault.Conflict] if it was withdrawn already or was not taken here, and [fault.Stale] if the row
// changed meanwhile.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, consent id.Consent, reason string) (Consent, error) {
	row, err := s.row(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	var out Consent
	err = s.Write(ctx, audit.Did(who, access.WithdrawConsent, string(consent)).In(row.Case), func(tx Tx) error {
		if err := s.mayWithdraw(ctx, tx, who, row); err != nil {
			return err
		}
		by := who.User
		if who.Role == access.ThePerson {
			by = "" // her identifier tells her cases from each other: it is nobody's to read
		}
		out, err = s.WithdrawIn(ctx, tx, consent, by, reason)
		return err
	})
	return out, err
}

// mayWithdraw asks whether who may withdraw: the desk of the case, who took it, or she herself, whose
// view names her case.
func (s *Service) mayWithdraw(ctx context.Context, tx Tx, who access.Actor, row Consent) error {
	if who.Role == access.ThePerson {
		at, err := tx.PlaceOf(ctx, row.Case)
		if err != nil {
			return fault.New(fault.Hidden, "access.hidden")
		}
		// In her own view the person signs in as herself: her user is her opaque identifier.
		on := access.Resource{Noun: "consent", ID: string(row.ID), Realm: at.Realm, Desk: at.Desk, Owner: id.User(at.Person)}
		return access.Check(who, access.WithdrawConsent, on)
	}
	_, err := person.MayIn(ctx, tx, who, access.WithdrawConsent, row.Case, s.now())
	return err
}

// WithdrawIn is [Service.Withdraw] inside the transaction of the caller, who has checked access. by is who recorded it,
// empty where she did so herself or it was said to another node.
func (s *Service) WithdrawIn(ctx context.Context, tx Tx, consent id.Consent, by id.User, reason string) (Consent, error) {
	c, err := tx.Consent(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	if c.Origin != TakenHere {
		return Consent{}, fault.New(fault.Conflict, "consent.not-here")
	}
	if c, err = withdrawn(c, s.now(), reason); err != nil {
		return Consent{}, err
	}
	c.WithdrawnBy = by
	if c, err = s.endIn(ctx, tx, c); err != nil {
		return Consent{}, err
	}
	if len(c.Recipients) == 0 {
		return c, nil
	}
	if s.Forward == nil {
		return Consent{}, fault.New(fault.Internal, "consent.no-forward")
	}
	return c, s.Forward(ctx, tx, c)
}

// withdrawn decides what follows from a withdrawal. An expired consent can be withdrawn too: what was
// shared under it is still elsewhere.
func withdrawn(c Consent, now frame.Time, reason string) (Consent, error) {
	if reason != "" && !isCode(reason) {
		return c, bad("reason")
	}
	if c.State == Withdrawn {
		return c, fault.New(fault.Conflict, "consent.withdrawn-already")
	}
	c.State, c.Withdrawn, c.Reason = Withdrawn, now, reason
	return c, nil
}

// endIn keeps the row and freezes everything under the consent.
func (s *Service) endIn(ctx context.Context, tx Tx, c Consent) (Consent, error) {
	if _, err := s.Keys.FreezeIn(ctx, tx, c.ID); err != nil {
		return Consent{}, err
	}
	c.Effective = s.now()
	if err := tx.SetConsent(ctx, c); err != nil {
		return Consent{}, err
	}
	c.Version++
	return c, s.overIn(ctx, tx, c)
}

// overIn tells that nobody has to confirm a consent any more that is withdrawn or over. Its mark stays.
func (s *Service) overIn(ctx context.Context, tx Tx, c Consent) error {
	if c.Unconfirmed == 0 || s.Confirmed == nil {
		return nil
	}
	return s.Confirmed(ctx, tx, c)
}

// ArriveIn takes a withdrawal that a member told us of, with nobody signed in: it freezes and notes, and opens nothing.
// A consent that is not known here, or that somebody else took, changes nothing; the exchange remembers it for ever and
// refuses what comes later from that member under it. It returns the row, and whether there is one of hers.
func (s *Service) ArriveIn(ctx context.Context, tx Tx, consent id.Consent, from id.Member, at frame.Time) (Consent, bool, error) {
	c, err := tx.Consent(ctx, consent)
	if fault.Is(err, fault.NotFound) {
		return Consent{}, false, nil
	}
	if err != nil {
		return Consent{}, false, err
	}
	if c.Origin == Received && c.Issuer != from || c.Origin != Received && from != s.Member {
		return Consent{}, false, nil
	}
	if c.Origin != Received || c.State == Withdrawn {
		return c, true, nil
	}
	if c, err = withdrawn(c, at, ""); err != nil {
		return Consent{}, false, err
	}
	c, err = s.endIn(ctx, tx, c)
	return c, true, err
}

// ReceiveIn notes the consent under which a bundle arrived and makes the compartment that its content is
// kept in. The caller has verified the extract and the bundle.
//
// It fails with [fault.Conflict] if the consent was withdrawn, and [fault.Denied] if the case is open
// for reading only. A second bundle under the same consent uses the same compartment.
func (s *Service) ReceiveIn(ctx context.Context, tx Tx, k *keyring.Case, by id.User, e Extract) (Consent, error) {
	if err := e.Check(); err != nil {
		return Consent{}, err
	}
	c, err := tx.Consent(ctx, e.Consent)
	switch {
	case err == nil && (c.Origin != Received || c.Case != k.ID || c.State != Given):
		return Consent{}, fault.New(fault.Conflict, "consent.not-live")
	case err == nil:
		return c, nil
	case !fault.Is(err, fault.NotFound):
		return Consent{}, err
	}
	space, err := k.NewCompartmentIn(ctx, tx, e.Consent)
	if err != nil {
		return Consent{}, err
	}
	c = Consent{
		ID: e.Consent, Case: k.ID, Origin: Received, State: Given, Purposes: e.Purposes, Recipients: []id.Address{e.Recipient},
		Categories: e.Categories, Issuer: e.Issuer, ValidFrom: e.Issued, ValidTo: e.ValidTo, Compartment: space,
		By: by, Given: s.now(), Version: 1,
	}
	return c, tx.AddConsent(ctx, c)
}

// ExpireIn ends consents whose time is over: nothing more is shared under them. Data already received
// stay where they are until the issuer or the person says otherwise. It runs unattended and returns the
// rows that it ended.
func (s *Service) ExpireIn(ctx context.Context, tx Tx, limit int) ([]Consent, error) {
	over, err := tx.ConsentsOver(ctx, s.now(), limit)
	if err != nil {
		return nil, err
	}
	for i, c := range over {
		c.State = Expired
		if err := tx.SetConsent(ctx, c); err != nil {
			return nil, err
		}
		c.Version++
		if err := s.overIn(ctx, tx, c); err != nil {
			return nil, err
		}
		over[i] = c
	}
	return over, nil
}

// Expire is [Service.ExpireIn] as the node's own work.
func (s *Service) Expire(ctx context.Context, limit int) ([]Consent, error) {
	node := access.Node(s.Member)
	if err := access.Check(node, access.FreezeConsent, access.Resource{Noun: "consent", Realm: access.Assistance}); err != nil {
		return nil, err
	}
	var over []Consent
	err := s.Write(ctx, audit.Did(node, access.FreezeConsent, "").For("expiry"), func(tx Tx) (err error) {
		over, err = s.ExpireIn(ctx, tx, limit)
		return err
	})
	return over, err
}

// Keeping is the legal ground on which data are kept after a withdrawal.
type Keeping struct {
	Ground   string // code
	Citation string // code of the provision
	Review   frame.Time
	Desk     id.Desk // the legal-hold desk
}

// Reply answers a withdrawal: erase what lies under the consent, or keep it at the legal-hold desk, with
// the ground, the citation and the day of review. Erasing needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] if the consent was
// not withdrawn or was answered already, or if its case is held or she was not asked yet and the answer would erase, [fault.Invalid] for a keeping that lacks something, and
// [fault.Locked] without keys where something is kept.
func (s *Service) Reply(ctx context.Context, by keyring.Bearer, consent id.Consent, keep *Keeping) (Consent, error) {
	row, err := s.row(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	var out Consent
	err = s.Write(ctx, audit.Did(by.Actor, access.WithdrawConsent, string(consent)).In(row.Case).For("answer"), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.WithdrawConsent, row.Case, s.now()); err != nil {
			return err
		}
		out, err = s.ReplyIn(ctx, tx, by, consent, keep)
		return err
	})
	return out, err
}

// ReplyIn is [Service.Reply] inside the transaction of the caller, who has checked access.
func (s *Service) ReplyIn(ctx context.Context, tx Tx, by keyring.Bearer, consent id.Consent, keep *Keeping) (Consent, error) {
	c, err := tx.Consent(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	if c, err = answer(c, keep, s.now()); err != nil {
		return Consent{}, err
	}
	if err := s.settleIn(ctx, tx, by, c, keep); err != nil {
		return Consent{}, err
	}
	if err := tx.SetConsent(ctx, c); err != nil {
		return Consent{}, err
	}
	c.Version++
	if c.Origin == Received && s.Answered != nil {
		return c, s.Answered(ctx, tx, c)
	}
	return c, nil
}

func answer(c Consent, keep *Keeping, now frame.Time) (Consent, error) {
	if !c.Unanswered() {
		return c, fault.New(fault.Conflict, "consent.answered")
	}
	c.Reply, c.Answered = Erased, now
	if keep == nil {
		return c, nil
	}
	switch {
	case !isCode(keep.Ground):
		return c, bad("ground")
	case !isCode(keep.Citation):
		return c, bad("citation")
	case keep.Review <= now:
		return c, bad("review")
	case keep.Desk == "":
		return c, bad("desk")
	}
	c.Reply, c.Ground, c.Citation, c.Review = Kept, keep.Ground, keep.Citation, keep.Review
	return c, nil
}

func (s *Service) settleIn(ctx context.Context, tx Tx, by keyring.Bearer, c Consent, keep *Keeping) error {
	all, err := tx.CompartmentsOf(ctx, c.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x keyring.Compartment) bool { return x.State != keyring.Frozen })
	if keep == nil {
		if s.Asked != nil {
			if err := s.Asked(ctx, tx, c); err != nil {
				return err
			}
		}
		if s.Held != nil {
			if err := s.Held(ctx, tx, c.Case); err != nil {
				return err
			}
		}
		for _, x := range all {
			if err := s.Keys.EraseCompartmentIn(ctx, tx, x.ID); err != nil {
				return err
			}
		}
		return nil
	}
	k, err := s.Keys.TendCaseIn(ctx, tx, by, c.Case)
	if err != nil {
		return err
	}
	for _, x := range all {
		if err := k.KeepIn(ctx, tx, x.ID, keep.Desk); err != nil {
			return err
		}
	}
	return nil
}
