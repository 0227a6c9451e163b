package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Withdraw remembers for ever that a consent was withdrawn, as the member who took it says, and destroys whatever with
// content still waits in the outbox under it. It returns the envelopes that had left before, whose receivers must be
// told.
//
// It fails as tx fails.
func (s *Service) Withdraw(ctx context.Context, tx Tx, c id.Consent, issuer id.Member) ([]Out, error) {
	if err := tx.SetWithdrawn(ctx, c, issuer, s.now()); err != nil {
		return nil, err
	}
	rows, err := tx.OutUnder(ctx, c)
	if err != nil {
		return nil, err
	}
	var left []Out
	for _, o := range rows {
		if !o.Content {
			continue
		}
		// Whatever was released may be on its way at this moment, or have been collected: its receiver is told, even
		// if nothing arrived, and then refuses what comes later.
		tried := o.Attempts > 0 || o.State != OutHeld && o.State != OutDestroyed
		if tried && o.State != OutRefused && o.State != OutReplaced {
			left = append(left, o)
		}
		if o.Bytes == nil {
			continue
		}
		if o.State == OutHeld || o.State == OutQueued || o.State == OutRelayed {
			o.State = OutDestroyed
		}
		o.Bytes = nil
		if err := tx.SetOut(ctx, o); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// issuerOf returns the member that took a consent; empty if it is not known here.
func (s *Service) issuerOf(ctx context.Context, tx Tx, c id.Consent) (id.Member, error) {
	if s.Issuer == nil || c == "" {
		return "", nil
	}
	m, err := s.Issuer(ctx, tx, c)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return m, err
}

// maySay asks whether a member may say that a consent was withdrawn: whoever took it, and whoever sent us something
// under it and so passes the withdrawal on. While nothing is known of the consent anybody may: she may be faster than
// her own bundle, and what she says stops nothing but what she sent.
//
// It refuses with [envelope.NotPermitted].
func (s *Service) maySay(ctx context.Context, tx Tx, c id.Consent, from id.Member) error {
	issuer, err := s.issuerOf(ctx, tx, c)
	if err != nil || issuer == "" || issuer == from {
		return err
	}
	sent, err := tx.InUnder(ctx, from, c)
	if err == nil && (!sent || issuer == s.Self) {
		err = Refuse(envelope.NotPermitted)
	}
	return err
}

// withdrawal takes the withdrawal of a consent that arrived from a member.
func (s *Service) withdrawal(ctx context.Context, tx Tx, c envelope.Control, from id.Member) error {
	w, err := c.Withdrawal()
	if err != nil {
		return err
	}
	if err := s.maySay(ctx, tx, w.Consent, from); err != nil {
		return err
	}
	issuer, err := s.issuerOf(ctx, tx, w.Consent)
	if err != nil {
		return err
	}
	if issuer == from {
		_, err = s.Withdraw(ctx, tx, w.Consent, from)
		return err
	}
	return tx.SetWithdrawn(ctx, w.Consent, from, s.now())
}

// withdrawalAnswer takes what a holder did after a withdrawal: only who was sent something under the consent holds
// anything. A node that was restored and has not heard yet what it had sent takes it later.
//
// It refuses others with [envelope.NotPermitted].
func (s *Service) withdrawalAnswer(ctx context.Context, tx Tx, c envelope.Control, from id.Member) error {
	said, err := c.WithdrawalAnswer()
	if err != nil {
		return err
	}
	rows, err := tx.OutUnder(ctx, said.Consent)
	if err != nil {
		return err
	}
	for _, o := range rows {
		if o.Content && o.To == from {
			return nil
		}
	}
	closed, err := tx.Closed(ctx)
	switch {
	case err != nil:
		return err
	case closed:
		return fault.New(fault.Unavailable, "exchange.closed")
	}
	return Refuse(envelope.NotPermitted)
}
