package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
)

// firstOf returns the first place of an epoch, and epochOf the epoch of a place.
func firstOf(epoch int64) int64 { return max(epoch-1, 0)*envelope.PerEpoch + 1 }
func epochOf(seq int64) int64   { return (seq-1)/envelope.PerEpoch + 1 }

// turns are the sides of threads of which an envelope could not be taken in one round of collecting, or of one courier
// file, and why. What comes after it on its side is left where it is until it can be: else its sender could be restored
// and find that the later one arrived, and the earlier one was said by nobody (spec/envelope.md 6). Its receipt is what
// would tell her.
type turns map[string]error

// inTurn is Receive for one of several envelopes that came together, in their order.
func (s *Service) inTurn(ctx context.Context, t turns, way Way, b []byte) ([]byte, error) {
	if len(t) > 0 {
		if side, immediate := s.sideOf(b); side != "" && !immediate && t[side] != nil {
			return nil, t[side]
		}
	}
	receipt, err := s.Receive(ctx, way, b)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Denied:
		return receipt, err // nobody knows whose it is: it is nobody's turn
	}
	if err != nil {
		if side, _ := s.sideOf(b); side != "" {
			t[side] = err
		}
	}
	return receipt, err
}

// sideOf returns the side of the thread on which an envelope stands, "" if it has none or nobody here can tell, and
// whether it waits for nothing.
func (s *Service) sideOf(b []byte) (side string, immediate bool) {
	e, err := envelope.Parse(b)
	if err != nil {
		return "", false
	}
	c, err := s.openControl(e)
	if t, _ := envelope.TraitsOf(c.Kind); err != nil || !t.Sequenced {
		return "", false
	}
	return string(e.Header.From) + "/" + string(c.Thread) + "/" + string(c.Side), c.Immediate
}
