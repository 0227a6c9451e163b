package exchange

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// ErasureKind is what an envelope whose bytes were destroyed is called in the list of erasures.
const ErasureKind = "envelope"

// EraseAgain repeats in a restored node that the bytes of an envelope of the inbox were destroyed, and says so again: its
// sender may believe by now that this node has them. One that is not there is passed over.
//
// It fails as tx fails.
func (s *Service) EraseAgain(ctx context.Context, tx Tx, e id.Envelope, until frame.Time) error {
	in, err := tx.In(ctx, e)
	if fault.Is(err, fault.NotFound) || err == nil && in.Bytes == nil {
		return nil
	}
	if err != nil {
		return err
	}
	held, _, err := s.self(ctx, tx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if _, listed := held.Signed.Roster.Find(in.From); listed && err == nil {
		return s.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Erased, Until: until})
	}
	in.State, in.Bytes = InErased, nil // she is no member any more: there is nobody to tell
	if err := tx.SetIn(ctx, in); err != nil {
		return err
	}
	return tx.AddErased(ctx, e)
}
