package exchange

import (
	"bytes"
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// ParkedFor is how long an envelope waits for what is missing before it. Then it takes effect all the same:
// what it waits for may have been destroyed before it left.
const ParkedFor = 72 * time.Hour

// ready reports whether the turn of c has come. It fails with a refusal if another envelope has its place.
func (s *Service) ready(ctx context.Context, tx Tx, c envelope.Control, in In) (bool, error) {
	same, err := tx.InAt(ctx, in.From, c.Thread, c.Side, c.Seq)
	if err != nil {
		return false, err
	}
	for _, o := range same {
		if o.State == InDone || o.State == InParked || o.State == InErased {
			return false, refused{envelope.PlaceTaken, c}
		}
	}
	return s.filled(ctx, tx, in)
}

// filled reports whether the place before in needs no waiting for: it took effect, or ended without one. What
// was refused so that it is sealed anew is still to come, and so is what was sealed anew in a time that its sender has lost.
func (s *Service) filled(ctx context.Context, tx Tx, in In) (bool, error) {
	if envelope.Begins(in.Seq) {
		return true, nil
	}
	before, err := tx.InAt(ctx, in.From, in.Thread, in.Side, in.Seq-1)
	if err != nil {
		return false, err
	}
	for _, o := range before {
		if o.State == InDone && bytes.Equal(o.Last, o.Receipt) { // nothing was said of it but that it took effect
			return true, nil
		}
		r, err := envelope.ParseReceipt(o.Last)
		if err != nil {
			return false, fault.Wrap(fault.Internal, "exchange.receipt", err)
		}
		again := r.Receipt.Refusal == envelope.StaleKey || r.Receipt.Refusal == envelope.LostTime && o.Replaces != ""
		if o.State != InParked && !again {
			return true, nil
		}
	}
	return false, nil
}

// Resume takes the effect of parked envelopes whose turn has come: of one thread, or of all those that have
// waited for [ParkedFor] if thread is empty. The node calls it for all at its start and from time to time.
//
// It fails as the storage fails; what was done stays done.
func (s *Service) Resume(ctx context.Context, thread id.Thread) error {
	for {
		var next *In
		err := s.Read(ctx, func(tx Tx) error {
			rows, err := tx.ParkedBefore(ctx, thread, s.now().Add(time.Microsecond), 1000)
			if err != nil {
				return err
			}
			for _, in := range rows {
				ready := in.Received <= s.now().Add(-ParkedFor)
				if !ready {
					if ready, err = s.filled(ctx, tx, in); err != nil {
						return err
					}
				}
				if ready {
					next = &in
					return nil
				}
			}
			return nil
		})
		if err != nil || next == nil {
			return err
		}
		if err := s.unpark(ctx, next.ID); err != nil {
			return err
		}
	}
}

// unpark takes the effect of one parked envelope. If its handler refuses it now, a later receipt says so.
func (s *Service) unpark(ctx context.Context, e id.Envelope) error {
	err := s.Update(ctx, func(tx Tx) error {
		in, c, a, err := s.parked(ctx, tx, e)
		if err != nil || in.State != InParked {
			return err
		}
		if err := s.consented(ctx, tx, c.Consent, in.From, a.Envelope.HasContent()); fault.Is(err, fault.Denied) {
			return refused{envelope.ConsentWithdrawn, c}
		} else if err != nil {
			return err
		}
		in.State = InDone
		if err := tx.SetIn(ctx, in); err != nil {
			return err
		}
		if _, err := s.record(ctx, tx, audit.Did(access.Peer(in.From), access.DeliverExchange, string(e)).For("unparked")); err != nil {
			return err
		}
		return s.effect(ctx, tx, c, a)
	})
	r, ok := refusal(err)
	if !ok {
		return err
	}
	return s.Update(ctx, func(tx Tx) error {
		in, _, _, err := s.parked(ctx, tx, e)
		if err != nil || in.State != InParked {
			return err
		}
		in.State, in.Bytes = InRefused, nil
		if err := tx.SetIn(ctx, in); err != nil {
			return err
		}
		return s.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Refused, Refusal: r.code})
	})
}

func (s *Service) parked(ctx context.Context, tx Tx, e id.Envelope) (In, envelope.Control, Arrived, error) {
	in, err := tx.In(ctx, e)
	if err != nil || in.State != InParked {
		return in, envelope.Control{}, Arrived{}, err
	}
	env, err := envelope.Parse(in.Bytes)
	if err != nil {
		return in, envelope.Control{}, Arrived{}, err
	}
	c, err := s.openControl(env)
	return in, c, Arrived{Envelope: env, Control: c, Received: in.Received, Leaf: leafOf(in.Receipt)}, err
}
