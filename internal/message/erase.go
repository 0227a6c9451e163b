package message

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ErasureKind is what an erased thread is called in the list of erasures.
const ErasureKind = "thread"

// EraseAboutIn destroys every thread about a referral, because its case is erased. It needs no key.
func (s *Service) EraseAboutIn(ctx context.Context, tx Tx, referral id.Referral) error {
	all, err := tx.ThreadsAbout(ctx, referral)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := s.EraseIn(ctx, tx, t.ID); err != nil {
			return err
		}
	}
	return nil
}

// EraseIn destroys the keys of a thread at this node, the words under them and the envelopes that carried
// them; the other end is told by a receipt. What is not there is passed over, so that a restored node can
// repeat it. It needs no key.
func (s *Service) EraseIn(ctx context.Context, tx Tx, thread id.Thread) error {
	ends, err := tx.Ends(ctx, thread)
	if err != nil {
		return err
	}
	for _, t := range ends {
		if t.Erased {
			continue
		}
		if err := s.eraseWords(ctx, tx, t); err != nil {
			return err
		}
		t.Erased, t.Box = true, keyring.Box{Generation: t.Box.Generation}
		if err := tx.SetThread(ctx, t); err != nil {
			return err
		}
	}
	if len(ends) == 0 {
		return nil
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: string(thread), What: ErasureKind, At: s.now()})
}

func (s *Service) eraseWords(ctx context.Context, tx Tx, t Thread) error {
	at, after := since, id.Message("")
	for {
		all, err := tx.Messages(ctx, t.ID, t.Desk, at, after, pageMax)
		if err != nil {
			return err
		}
		for _, m := range all {
			at, after = m.At, m.ID
			if err := s.eraseMessage(ctx, tx, m); err != nil {
				return err
			}
		}
		if len(all) < pageMax {
			return nil
		}
	}
}

func (s *Service) eraseMessage(ctx context.Context, tx Tx, m Message) error {
	was := m.State
	m.State, m.Body, m.Intake = Erased, nil, ""
	if err := tx.SetMessage(ctx, m); err != nil {
		return err
	}
	if _, err := s.Tasks.DropIn(ctx, tx, string(m.ID), ""); err != nil {
		return err
	}
	if m.Mine {
		return s.eraseSent(ctx, tx, m.Envelope)
	}
	if was == Spoiled {
		return nil
	}
	err := s.Exchange.Answer(ctx, tx, m.Envelope, envelope.Receipt{Stage: envelope.Erased, Until: s.now().Add(s.KeysKept)})
	if fault.Is(err, fault.NotFound) {
		return nil // of a time that a restore has lost
	}
	return err
}

// eraseSent takes our own copy of what was sealed to the other end out of the outbox; what has not left
// does not leave any more.
func (s *Service) eraseSent(ctx context.Context, tx Tx, e id.Envelope) error {
	o, err := tx.Out(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch o.State {
	case exchange.OutHeld, exchange.OutQueued, exchange.OutRelayed:
		o.State = exchange.OutDestroyed
	}
	o.Bytes = nil
	return tx.SetOut(ctx, o)
}
