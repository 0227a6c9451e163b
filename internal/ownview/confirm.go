package ownview

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Confirm records what she said when she was asked whether it was she who took a consent back. If it was, what lies under it is erased in
// the same transaction; where the case is on hold that waits, and the desk answers the withdrawal later. It needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] without an outcome, [fault.NotFound] if the consent was
// not taken back on the page, and [fault.Conflict] "ownview.confirmed" if it was said before.
func (s *Service) Confirm(ctx context.Context, by keyring.Bearer, c id.Consent, what Outcome) (Withdrawal, error) {
	if !slices.Contains(Outcomes(), what) {
		return Withdrawal{}, fault.New(fault.Invalid, "ownview.outcome").With("field", "outcome")
	}
	var w Withdrawal
	err := s.Read(ctx, func(tx Tx) (err error) {
		w, err = s.withdrawalIn(ctx, tx, by.Actor, c)
		return err
	})
	if err != nil {
		return Withdrawal{}, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.WithdrawConsent, string(c)).In(w.Case).For("own-view-"+string(what)), func(tx Tx) (err error) {
		if w, err = s.withdrawalIn(ctx, tx, by.Actor, c); err != nil {
			return err
		}
		if w.Confirmed != 0 {
			return fault.New(fault.Conflict, "ownview.confirmed")
		}
		w.Confirmed, w.By, w.Outcome = s.now(), by.User, what
		if err := tx.SetOwnWithdrawal(ctx, w); err != nil {
			return err
		}
		w.Version++
		if err := s.endLateIn(ctx, tx, w); err != nil {
			return err
		}
		if err := s.settleIn(ctx, tx, by, w); err != nil {
			return err
		}
		file, err := tx.Case(ctx, w.Case)
		if err != nil {
			return err
		}
		return s.Follow(ctx, tx, w, file)
	})
	return w, err
}

// settleIn does what follows from what she said.
func (s *Service) settleIn(ctx context.Context, tx Tx, by keyring.Bearer, w Withdrawal) error {
	switch w.Outcome {
	case NotHers:
		v, err := tx.OwnViewNamed(ctx, w.View)
		if fault.Is(err, fault.NotFound) {
			return nil // of a page that a restore has lost
		}
		if err != nil || v.End != On {
			return err
		}
		return s.offIn(ctx, tx, v, Revoked)
	case Hers:
		if s.Cases.Held != nil {
			err := s.Cases.Held(ctx, tx, w.Case)
			if fault.Is(err, fault.Conflict) {
				return nil // somebody needs the case kept: the desk answers with the ground
			}
			if err != nil {
				return err
			}
		}
		_, err := s.Consents.ReplyIn(ctx, tx, by, w.Consent, nil)
		if fault.Is(err, fault.Conflict) {
			return nil // it was answered already: kept by a law
		}
		return err
	}
	return nil
}

func (s *Service) withdrawalIn(ctx context.Context, tx Tx, who access.Actor, c id.Consent) (Withdrawal, error) {
	w, err := tx.OwnWithdrawal(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return Withdrawal{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Withdrawal{}, err
	}
	_, err = person.MayIn(ctx, tx, who, access.WithdrawConsent, w.Case, s.now())
	return w, err
}

// MayEraseIn is asked before what lies under a consent is erased.
//
// It fails with [fault.Conflict] "ownview.unconfirmed" while it was taken back on the page and nobody has asked her.
func (s *Service) MayEraseIn(ctx context.Context, tx Tx, c consent.Consent) error {
	w, err := tx.OwnWithdrawal(ctx, c.ID)
	if fault.Is(err, fault.NotFound) || err == nil && w.Confirmed != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "ownview.unconfirmed")
}

// WaitsIn reports whether something of a case waits for a word with her.
func (s *Service) WaitsIn(ctx context.Context, tx Tx, c id.Case) (bool, error) {
	all, err := tx.OwnWithdrawals(ctx, c)
	return slices.ContainsFunc(all, func(w Withdrawal) bool { return w.Confirmed == 0 }), err
}
