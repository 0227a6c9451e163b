package consent

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
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
// knows it, [fault.Conflict] "consent.confirmed-already" if there is nothing to confirm and "consent.not-live" if the consent
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
		if c, err = confirmed(c, s.now()); err != nil {
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
func confirmed(c Consent, now frame.Time) (Consent, error) {
	switch {
	case c.Origin != TakenHere || c.State != Given || now >= c.ValidTo:
		return c, fault.New(fault.Conflict, "consent.not-live")
	case c.Unconfirmed == 0:
		return c, fault.New(fault.Conflict, "consent.confirmed-already")
	}
	c.Unconfirmed = 0
	return c, nil
}
