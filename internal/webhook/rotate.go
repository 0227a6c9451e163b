package webhook

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Rotate gives a hook a new secret and a new signing key, and returns the secret, which is told once. The secret before signs beside it for a while,
// so that the receiver can take over the new one without missing anything.
//
// It fails with [fault.Denied], [fault.NotFound] and [fault.Stale].
func (s *Service) Rotate(ctx context.Context, who access.Actor, hook id.Webhook, seen int64) (Hook, string, error) {
	secret := ""
	h, err := s.change(ctx, who, access.ChangeWebhook, hook, seen, "rotate", func(tx Tx, h Hook) (_ Hook, err error) {
		h.Former, h.Until = h.Secret, s.now().Add(time.Duration(s.Data.Limits.OverlapHours)*time.Hour)
		h, secret, err = s.draw(ctx, tx, h)
		return h, err
	})
	return h, secret, err
}

// Test queues an item that says nothing but that it tries the hook.
//
// It fails with [fault.Denied], [fault.NotFound], and [fault.Conflict] "webhook.not-now" for a hook that is stopped, or "webhook.many" where too many tries wait.
func (s *Service) Test(ctx context.Context, who access.Actor, hook id.Webhook) (Hook, error) {
	return s.change(ctx, who, access.ChangeWebhook, hook, 0, "test", func(tx Tx, h Hook) (Hook, error) {
		if h.State == Stopped {
			return Hook{}, fault.New(fault.Conflict, "webhook.not-now")
		}
		if h.State == Proposed && h.Sequence-h.Sent >= mostTries || h.Sequence-h.Sent >= s.Data.Limits.Backlog {
			return Hook{}, fault.New(fault.Conflict, "webhook.many")
		}
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return Hook{}, err
		}
		h.Sequence++
		i := Item{
			Webhook: h.ID, Sequence: h.Sequence, Epoch: head.Epoch, ID: id.Random[id.Delivery](s.IDs), Type: TestType, Object: string(h.ID), At: s.now(),
		}
		if err := tx.AddWebhookItem(ctx, i); err != nil {
			return Hook{}, err
		}
		return h, tx.QueueWebhook(ctx, h.ID, h.Sequence)
	})
}

// mostTries is how many tries of a hook may wait that no desk has confirmed.
const mostTries = 10

// Replay sends again everything from an item on, or, if from is 0, what was not taken. It takes up again what the node had stopped.
//
// It fails with [fault.Denied], [fault.NotFound], "webhook.forgotten" too if the item is not kept any more, [fault.Invalid] "webhook.field", and [fault.Conflict]
// "webhook.not-now" for a hook that no desk has confirmed.
func (s *Service) Replay(ctx context.Context, who access.Actor, hook id.Webhook, from int64) (Hook, error) {
	return s.change(ctx, who, access.ChangeWebhook, hook, 0, "replay", func(tx Tx, h Hook) (Hook, error) {
		oldest, err := tx.OldestWebhookItem(ctx, h.ID)
		if err != nil {
			return Hook{}, err
		}
		stopped := h.State == Stopped
		h, sent, err := replayed(h, from, oldest)
		if err != nil {
			return Hook{}, err
		}
		if stopped {
			if err := tell(ctx, tx, h, s.Mended); err != nil {
				return Hook{}, err
			}
		}
		h.Progress = Progress{Sequence: h.Sequence, Sent: sent, Next: s.now()}
		return h, tx.ResetWebhook(ctx, h.ID, h.Sequence, sent, s.now())
	})
}
