package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Use is that something of a case is about to leave its desk: to another country, another desk or another realm.
type Use struct {
	Case    id.Case
	Vital   bool       // in danger to life, on the recorded path for it
	Ordered bool       // by an order of a court or a prosecutor
	Given   frame.Time // when she gave the consent that it rests on, or two people decided on a legal duty; 0: on neither
}

// MayUseIn is asked by whatever lets something of a case leave, in the transaction in which it does.
//
// It fails as [Service.Using].
func (s *Service) MayUseIn(ctx context.Context, tx Tx, u Use) error {
	if s.Using == nil || u.Case == "" {
		return nil
	}
	return s.Using(ctx, tx, u)
}
