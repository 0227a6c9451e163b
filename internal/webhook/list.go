package webhook

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// List returns the hooks that who may see, oldest first: an administrator and those who watch over data see all, a desk its own.
//
// It fails with [fault.Denied].
func (s *Service) List(ctx context.Context, who access.Actor) ([]Hook, error) {
	scope := access.ScopeOf(who, access.ListWebhook)
	if len(scope) == 0 {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	shown := []Hook{}
	err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.Webhooks(ctx)
		if err != nil {
			return err
		}
		for _, h := range all {
			if scope.Holds(resource(h)) {
				if err := s.looked(ctx, tx, &h); err != nil {
					return err
				}
				shown = append(shown, h)
			}
		}
		return nil
	})
	return shown, err
}

// Show returns one hook.
//
// It fails with [fault.NotFound].
func (s *Service) Show(ctx context.Context, who access.Actor, hook id.Webhook) (Hook, error) {
	var h Hook
	err := s.Read(ctx, func(tx Tx) (err error) {
		if h, err = s.may(ctx, tx, who, access.ListWebhook, hook); err != nil {
			return err
		}
		return s.looked(ctx, tx, &h)
	})
	return h, err
}
