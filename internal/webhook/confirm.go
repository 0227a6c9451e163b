package webhook

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// resource is how a hook stands before the policies: it is a matter of the desk of which it hears.
func resource(h Hook) access.Resource {
	return access.Resource{Noun: "webhook", ID: string(h.ID), Realm: h.Realm, Desk: h.Desk, Maker: h.Maker}
}

// Confirm says for the desk of which a hook hears that it may. After a restore it says so anew, and the numbers begin anew with the
// epoch.
//
// It fails with [fault.Denied], [fault.NotFound], [fault.Stale] if the hook is not as it was seen, and [fault.Conflict] "webhook.not-now" if
// nothing waits for a confirmation.
func (s *Service) Confirm(ctx context.Context, who access.Actor, hook id.Webhook, seen int64) (Hook, error) {
	return s.change(ctx, who, access.ConfirmWebhook, hook, seen, "", func(tx Tx, h Hook) (Hook, error) {
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return Hook{}, err
		}
		anew := h.Epoch != head.Epoch
		if h, err = confirmed(h, who, head.Epoch, s.now()); err != nil {
			return h, err
		}
		if err := tell(ctx, tx, h, s.Settled); err != nil || !anew {
			return h, err
		}
		h.Progress = Progress{Next: s.now()}
		if err := tx.DropWebhookItems(ctx, h.ID, 1<<62); err != nil {
			return Hook{}, err
		}
		return h, tx.ResetWebhook(ctx, h.ID, 0, 0, s.now())
	})
}

// Remove ends a hook for good. Its secret is forgotten.
//
// It fails with [fault.Denied], [fault.NotFound], [fault.Stale], and [fault.Conflict] "webhook.not-now" if it is removed already.
func (s *Service) Remove(ctx context.Context, who access.Actor, hook id.Webhook, seen int64) error {
	_, err := s.change(ctx, who, access.RemoveWebhook, hook, seen, "", func(tx Tx, h Hook) (Hook, error) {
		for _, whom := range []func(context.Context, Tx, Hook) error{s.Settled, s.Mended} {
			if err := tell(ctx, tx, h, whom); err != nil {
				return Hook{}, err
			}
		}
		if err := tx.DropWebhookItems(ctx, h.ID, 1<<62); err != nil {
			return Hook{}, err
		}
		return removed(h, s.now())
	})
	return err
}

// change is the rhythm of every change of one hook, seen at a version; 0: at any.
func (s *Service) change(ctx context.Context, who access.Actor, action access.Action, hook id.Webhook, seen int64, purpose string, what func(Tx, Hook) (Hook, error)) (Hook, error) {
	var h Hook
	if err := s.Read(ctx, func(tx Tx) (err error) {
		h, err = s.may(ctx, tx, who, action, hook)
		return err
	}); err != nil {
		return Hook{}, err
	}
	err := s.Write(ctx, audit.Did(who, action, string(hook)).For(purpose), func(tx Tx) (err error) {
		if h, err = s.may(ctx, tx, who, action, hook); err != nil {
			return err
		}
		if seen != 0 && seen != h.Version {
			return fault.New(fault.Stale, "webhook.stale")
		}
		if h, err = what(tx, h); err != nil {
			return err
		}
		if err := tx.SetWebhook(ctx, h); err != nil {
			return err
		}
		h.Version++
		return s.looked(ctx, tx, &h)
	})
	if err != nil {
		return Hook{}, err
	}
	return h, nil
}

// may returns a hook if who may do action with it. One that was removed is not there any more, and who may not list it does not learn of it.
func (s *Service) may(ctx context.Context, tx Tx, who access.Actor, action access.Action, hook id.Webhook) (Hook, error) {
	h, err := tx.Webhook(ctx, hook)
	if err != nil {
		return Hook{}, err
	}
	if h.State == Removed || !access.ScopeOf(who, access.ListWebhook).Holds(resource(h)) {
		return Hook{}, fault.New(fault.NotFound, "webhook.none")
	}
	return h, access.Check(who, action, resource(h))
}

// looked completes what is shown of a hook.
func (s *Service) looked(ctx context.Context, tx Tx, h *Hook) error {
	head, err := tx.AuditHead(ctx)
	h.Waits = h.waits(head.Epoch)
	if h.Until <= s.now() {
		h.Until = 0
	}
	return err
}
