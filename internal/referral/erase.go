package referral

import (
	"context"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ErasureKind is what an end is called in the list of erasures whose letters were erased.
const ErasureKind = "referral"

// EraseOfIn destroys what was written in the referrals of a case and still lies in envelopes, because the case is
// erased; the signed events, which name nobody, stay. It needs no key, and returns the referrals.
//
// It fails as the storage fails.
func (s *Service) EraseOfIn(ctx context.Context, over casefile.Tx, c id.Case) ([]id.Referral, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "referral.wiring")
	}
	ends, err := tx.ReferralsOfCase(ctx, c)
	if err != nil {
		return nil, err
	}
	var all []id.Referral
	for _, r := range ends {
		if err := s.eraseIn(ctx, tx, r); err != nil {
			return nil, err
		}
		if !slices.Contains(all, r.ID) {
			all = append(all, r.ID)
		}
	}
	return all, nil
}

// EraseAgainIn repeats an erasure in a restored node. An end that is not there is passed over.
//
// It fails as the storage fails.
func (s *Service) EraseAgainIn(ctx context.Context, tx Tx, object string) error {
	ends, err := tx.ReferralEnds(ctx, referralOf(object))
	if err != nil {
		return err
	}
	for _, r := range ends {
		if r.object() == object {
			return s.eraseIn(ctx, tx, r)
		}
	}
	return nil
}

// referralOf returns the referral whose end an object is.
func referralOf(object string) id.Referral {
	ref, _, _ := strings.Cut(object, ".")
	return id.Referral(ref)
}

// eraseIn destroys the contents of the envelopes of one end. What came is answered by a receipt `erased`; of what was
// sent our own copy goes, and what has not left yet does not leave with a content any more.
func (s *Service) eraseIn(ctx context.Context, tx Tx, r Row) error {
	letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, l := range letters {
		if err := s.eraseLetter(ctx, tx, l); err != nil {
			return err
		}
	}
	for _, thread := range []id.Thread{id.Thread(r.ID), r.Bundle} {
		if thread == "" {
			continue
		}
		sent, err := tx.OutOf(ctx, thread)
		if err != nil {
			return err
		}
		for _, o := range sent {
			if !o.Content || o.Bytes == nil || o.Rule.From.Desk != r.Desk {
				continue
			}
			switch o.State {
			case exchange.OutHeld, exchange.OutQueued, exchange.OutRelayed:
				o.State = exchange.OutDestroyed
			}
			o.Bytes = nil
			if err := tx.SetOut(ctx, o); err != nil {
				return err
			}
		}
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: r.object(), What: ErasureKind, At: s.now()})
}

func (s *Service) eraseLetter(ctx context.Context, tx Tx, l Letter) error {
	if l.State == LetterSealed { // nobody will open it: it holds up no key
		if err := tx.SetReferralLetter(ctx, l.Envelope, LetterRefused); err != nil {
			return err
		}
	}
	in, err := tx.In(ctx, l.Envelope)
	if fault.Is(err, fault.NotFound) || err == nil && in.Bytes == nil {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Exchange.Answer(ctx, tx, l.Envelope, envelope.Receipt{Stage: envelope.Erased, Until: s.now().Add(s.KeysKept)})
}
