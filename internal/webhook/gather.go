package webhook

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
)

// gatherPage is how many changes become items in one transaction.
const gatherPage = 500

// Gather makes items of what has changed where somebody listens, and returns how many changes it looked at. It runs unattended, on one replica
// at a time; what two of them do at once is done once, since the change is forgotten in the transaction of its items.
//
// It fails as the storage does.
func (s *Service) Gather(ctx context.Context) (int, error) {
	waiting := false
	err := s.Read(ctx, func(tx Tx) error {
		found, err := tx.WebhookChanges(ctx, 1)
		waiting = len(found) > 0
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	did := 0
	err = s.Update(ctx, func(tx Tx) (err error) {
		did, err = s.page(ctx, tx)
		return err
	})
	return did, err
}

func (s *Service) page(ctx context.Context, tx Tx) (int, error) {
	found, err := tx.WebhookChanges(ctx, gatherPage)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	head, err := tx.AuditHead(ctx)
	if err != nil {
		return 0, err
	}
	hooks, err := tx.Webhooks(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.record(ctx, tx, "webhooks", "queue"); err != nil {
		return 0, err
	}
	now := s.now()
	for _, c := range found {
		what := s.Data.Type(c.Noun, c.Was, c.Turned)
		for n := range hooks {
			h := &hooks[n]
			if what == "" || h.Desk != c.Desk || !h.hears(what, head.Epoch) {
				continue
			}
			if h.Sequence-h.Sent >= s.Data.Limits.Backlog {
				if *h, err = s.stop(ctx, tx, *h, Backlog); err != nil {
					return 0, err
				}
				continue
			}
			h.Sequence++
			i := Item{
				Webhook: h.ID, Sequence: h.Sequence, Epoch: head.Epoch, ID: id.Random[id.Delivery](s.IDs), Type: what, Object: c.Object, At: now,
			}
			if err := tx.AddWebhookItem(ctx, i); err != nil {
				return 0, err
			}
			if err := tx.QueueWebhook(ctx, h.ID, h.Sequence); err != nil {
				return 0, err
			}
		}
	}
	return len(found), tx.DropWebhookChanges(ctx, found[len(found)-1].Place)
}

// stop ends a hook in a transaction that the node has begun, and lets somebody be told.
func (s *Service) stop(ctx context.Context, tx Tx, h Hook, why string) (Hook, error) {
	h.State, h.Why, h.Ended = Stopped, why, s.now()
	if err := tx.SetWebhook(ctx, h); err != nil {
		return Hook{}, err
	}
	h.Version++
	if err := s.record(ctx, tx, string(h.ID), why); err != nil {
		return Hook{}, err
	}
	return h, tell(ctx, tx, h, s.Failed)
}

func (s *Service) record(ctx context.Context, tx Tx, object, purpose string) error {
	_, err := tx.Record(ctx, audit.Did(access.Node(s.Member), access.SendWebhook, object).For(purpose))
	return err
}

// Sweep forgets items that are too old to be sent again. It returns of how many hooks.
//
// It fails as the storage does.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	before := s.now().Add(-time.Duration(s.Data.Limits.KeepDays) * 24 * time.Hour)
	type end struct {
		hook id.Webhook
		upto int64
	}
	var old []end
	err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.Webhooks(ctx)
		if err != nil {
			return err
		}
		for _, h := range all {
			last, err := tx.LastWebhookItemBefore(ctx, h.ID, before)
			if err != nil {
				return err
			}
			if h.State != Stopped {
				last = min(last, h.Sent)
			}
			if last > 0 {
				old = append(old, end{h.ID, last})
			}
		}
		return nil
	})
	if err != nil || len(old) == 0 {
		return 0, err
	}
	return len(old), s.Update(ctx, func(tx Tx) error {
		for _, o := range old {
			if err := tx.DropWebhookItems(ctx, o.hook, o.upto); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, "webhooks", "sweep")
	})
}
