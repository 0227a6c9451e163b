package ownview

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// TakenBackKind is what a consent that was taken back on a page is called in the list that a restore repeats (spec/backup.md 4).
const TakenBackKind = "own-withdrawal"

// TakenBackAgainIn notes in a restored node that a consent was taken back on a page after its backup, and asks its desk anew for a word with
// her. The restored node tells nobody yet: the consent itself is ended by [Service.Refresh], or by that word, once the exchange goes on.
// Until then nothing leaves under it, because a restore leaves open whether a consent stands.
//
// It fails with [fault.Invalid] for an object that [Service.Withdraw] does not make, and as the storage fails.
func (s *Service) TakenBackAgainIn(ctx context.Context, tx Tx, object string) error {
	view, of, ok := strings.Cut(object, ".")
	if !ok || view == "" || of == "" {
		return fault.New(fault.Invalid, "ownview.erasure")
	}
	if _, err := tx.OwnWithdrawal(ctx, id.Consent(of)); !fault.Is(err, fault.NotFound) {
		return err // the backup knows it
	}
	c, err := tx.Consent(ctx, id.Consent(of))
	if fault.Is(err, fault.NotFound) || err == nil && c.Origin != consent.TakenHere {
		return nil // not in this backup
	}
	if err != nil {
		return err
	}
	file, err := tx.Case(ctx, c.Case)
	if err != nil || file.State == casefile.Erased {
		return err
	}
	w := Withdrawal{Consent: c.ID, Case: file.ID, View: id.Record(view), At: s.now(), Version: 1}
	if err := tx.AddOwnWithdrawal(ctx, w); err != nil {
		return err
	}
	return s.Follow(ctx, tx, w, file)
}

// endLate ends, in a node that was restored, what was taken back on the pages of these cases and still stands.
func (s *Service) endLate(ctx context.Context, all []View) error {
	var late []Withdrawal
	err := s.Read(ctx, func(tx Tx) error {
		late = nil
		for _, v := range all {
			led, err := tx.CasesInto(ctx, v.Case)
			if err != nil {
				return err
			}
			for _, c := range append(led, casefile.Case{ID: v.Case}) {
				taken, err := tx.OwnWithdrawals(ctx, c.ID)
				if err != nil {
					return err
				}
				for _, w := range taken {
					row, err := tx.Consent(ctx, w.Consent)
					if err != nil {
						return err
					}
					if row.State != consent.Withdrawn {
						late = append(late, w)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, w := range late {
		err := s.Write(ctx, audit.Did(s.unnamed(), access.WithdrawConsent, string(w.Consent)).In(w.Case).For("restored"), func(tx Tx) error {
			return s.endLateIn(ctx, tx, w)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endLateIn ends a consent that was taken back on a page and still stands, and tells every recipient.
func (s *Service) endLateIn(ctx context.Context, tx Tx, w Withdrawal) error {
	row, err := tx.Consent(ctx, w.Consent)
	if err != nil || row.State == consent.Withdrawn {
		return err
	}
	_, err = s.Consents.WithdrawIn(ctx, tx, w.Consent, "", "")
	return err
}
