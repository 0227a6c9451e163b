package ownview

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ErasureKind is what a view that is off is called in the list that a restore repeats (spec/backup.md 4).
const ErasureKind = "own-view"

// Revoke switches the page of a case off, at a desk. It needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and [fault.Conflict] "ownview.none" if none is on.
func (s *Service) Revoke(ctx context.Context, who access.Actor, c id.Case) error {
	return s.Write(ctx, audit.Did(who, access.CodeCase, string(c)).In(c).For("revoke"), func(tx Tx) error {
		if _, err := s.caseIn(ctx, tx, who, c); err != nil {
			return err
		}
		if _, err := tx.OwnView(ctx, c); fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "ownview.none")
		}
		return s.endIn(ctx, tx, c, Revoked)
	})
}

// endIn switches off the page of a case, if there is one: its name, key and capsule are destroyed, and a restore repeats that.
func (s *Service) endIn(ctx context.Context, tx Tx, c id.Case, why End) error {
	v, err := tx.OwnView(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.offIn(ctx, tx, v, why)
}

func (s *Service) offIn(ctx context.Context, tx Tx, v View, why End) error {
	v.Lookup, v.Public, v.Capsule, v.Ended, v.End = "", []byte{}, []byte{}, s.now(), why
	if err := tx.SetOwnView(ctx, v); err != nil {
		return err
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(v.ID) + "." + string(v.Home), What: ErasureKind, At: s.now()})
}

// OffAgainIn switches off in a restored node a page that was switched off after its backup.
//
// It fails with [fault.Invalid] for an object that no view makes, and as the storage fails.
func (s *Service) OffAgainIn(ctx context.Context, tx Tx, object string) error {
	view, home, ok := strings.Cut(object, ".")
	if !ok || view == "" || home == "" {
		return fault.New(fault.Invalid, "ownview.erasure")
	}
	all, err := tx.OwnViews(ctx, id.Case(home))
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.ID == id.Record(view) && v.End == On {
			return s.offIn(ctx, tx, v, Revoked)
		}
	}
	return nil
}

// ErasedIn switches off the page of a case that is erased.
func (s *Service) ErasedIn(ctx context.Context, tx Tx, c id.Case) error {
	return s.endIn(ctx, tx, c, Gone)
}

// MergedIn keeps one page of two files of one person: that of the file that is worked with, and if it has none, that of the other, which
// shows that file from now on.
//
// It fails as the storage fails.
func (s *Service) MergedIn(ctx context.Context, tx Tx, alias, into id.Case) error {
	v, err := tx.OwnView(ctx, alias)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.OwnView(ctx, into); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return err
		}
		return s.offIn(ctx, tx, v, Merged)
	}
	return s.moveIn(ctx, tx, v, into)
}

// UnmergedIn gives a page back to the file for which it was issued: the two are of two people, and neither may see more of the other.
//
// It fails as the storage fails.
func (s *Service) UnmergedIn(ctx context.Context, tx Tx, alias, from id.Case) error {
	v, err := tx.OwnView(ctx, from)
	if fault.Is(err, fault.NotFound) || err == nil && v.Home != alias {
		return nil
	}
	if err != nil {
		return err
	}
	return s.moveIn(ctx, tx, v, alias)
}

// moveIn lets a page show another file, from now on.
func (s *Service) moveIn(ctx context.Context, tx Tx, v View, to id.Case) error {
	v.Case = to
	var err error
	if v.Capsule, err = s.sealIn(ctx, tx, v); err != nil {
		return err
	}
	return tx.SetOwnView(ctx, v)
}

// Of is what a desk sees of the pages of a case: whether one is on, what became of others, and what waits for a word with her.
type Of struct {
	On          *View        `json:"on"`
	Withdrawals []Withdrawal `json:"withdrawals"`
}

// Show returns that. It shows nothing of what she sees.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and [fault.NotFound] if the case is erased.
func (s *Service) Show(ctx context.Context, who access.Actor, c id.Case) (Of, error) {
	out := Of{}
	err := s.Read(ctx, func(tx Tx) error {
		if _, err := s.caseIn(ctx, tx, who, c); err != nil {
			return err
		}
		v, err := tx.OwnView(ctx, c)
		switch {
		case err == nil:
			out.On = &v
		case !fault.Is(err, fault.NotFound):
			return err
		}
		led, err := tx.CasesInto(ctx, c)
		if err != nil {
			return err
		}
		out.Withdrawals = []Withdrawal{}
		for _, x := range append(led, casefile.Case{ID: c}) {
			all, err := tx.OwnWithdrawals(ctx, x.ID)
			if err != nil {
				return err
			}
			out.Withdrawals = append(out.Withdrawals, all...)
		}
		return nil
	})
	return out, err
}
