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
)

// Sure is how somebody knows after a restore that a consent still stands.
type Sure string

// How one can know it. What the node remembers is no answer: it is what the restore has made old.
const (
	AskedAgain Sure = "asked-again" // she was asked again, and said so
	OnPaper    Sure = "on-paper"    // a paper of the lost time, or of afterwards, says so
)

// Sures returns every way in which one can know it.
func Sures() []Sure { return []Sure{AskedAgain, OnPaper} }

// Know returns the operational row of a consent.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Know(ctx context.Context, who access.Actor, consent id.Consent) (Consent, error) {
	row, err := s.row(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		_, err := person.MayIn(ctx, tx, who, access.KnowConsent, row.Case, s.now())
		return err
	})
	if err != nil {
		return Consent{}, err
	}
	return row, nil
}

// Confirm says that a consent still stands which a restore has made doubtful: what waited for it may go. It needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] "consent.field" if nothing says how she
// knows it, and "consent.of-age" unless she herself says so where she has come of age since it was given for her,
// [fault.Conflict] "consent.confirmed-already" if there is nothing to confirm and "consent.not-live" if the consent
// is withdrawn or over, and [fault.Stale] if the row changed meanwhile.
func (s *Service) Confirm(ctx context.Context, who access.Actor, consent id.Consent, how Sure) (Consent, error) {
	if !slices.Contains(Sures(), how) {
		return Consent{}, bad("how") // whichever consent it is
	}
	row, err := s.row(ctx, consent)
	if err != nil {
		return Consent{}, err
	}
	var out Consent
	err = s.Write(ctx, audit.Did(who, access.ConfirmConsent, string(consent)).In(row.Case).For(string(how)), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, who, access.ConfirmConsent, row.Case, s.now()); err != nil {
			return err
		}
		c, err := tx.Consent(ctx, consent)
		if err != nil {
			return err
		}
		if c, err = confirmed(c, how, s.now()); err != nil {
			return err
		}
		if err := tx.SetConsent(ctx, c); err != nil {
			return err
		}
		c.Version++
		out = c
		if s.Confirmed == nil {
			return nil
		}
		return s.Confirmed(ctx, tx, c)
	})
	return out, err
}

// confirmed decides whether a consent can be confirmed.
func confirmed(c Consent, how Sure, now frame.Time) (Consent, error) {
	switch {
	case c.Origin != TakenHere || c.State != Given || now >= c.ValidTo:
		return c, fault.New(fault.Conflict, "consent.not-live")
	case c.Unconfirmed == 0:
		return c, fault.New(fault.Conflict, "consent.confirmed-already")
	case c.OfAge() && how != AskedAgain:
		return c, fault.New(fault.Invalid, "consent.of-age").With("field", "how")
	}
	c.Unconfirmed = 0
	return c, nil
}

// OfAgeIn leaves open whether the consents of a case still stand that somebody else gave for a child who is one no more: nothing is shared
// under them before she says so herself. The caller has opened the case at its desk.
//
// It fails with [fault.Internal] if a record was tampered with.
func (s *Service) OfAgeIn(ctx context.Context, tx Tx, k *keyring.Case) error {
	all, err := tx.ConsentsOf(ctx, k.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Origin != TakenHere || c.State != Given || c.Record == "" || c.OfAge() {
			continue
		}
		kept, err := k.ReadIn(ctx, tx, c.Record)
		if err != nil {
			return err
		}
		r, err := ParseRecord(kept.Body)
		if err != nil {
			return fault.Wrap(fault.Internal, "consent.kept", err)
		}
		if r.Record.GivenBy == ByHerself {
			continue
		}
		c.Unconfirmed = AsAdult
		if err := tx.SetConsent(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
