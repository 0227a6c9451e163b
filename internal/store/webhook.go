package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
	"github.com/opentrm/opentrm/internal/webhook"
)

var (
	_ webhook.Tx      = (*Tx)(nil)
	_ webhook.ClaimTx = (*EphemeralTx)(nil)
)

func hookOf(r rows.Webhook) webhook.Hook {
	return webhook.Hook{
		ID: id.Webhook(r.ID), Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm), URL: r.Url, Types: strings.Fields(r.Types), Inside: r.Inside,
		State: webhook.State(r.State), Why: r.Why, Maker: id.User(r.Maker), Made: frame.Time(r.Made), Confirmer: id.User(r.Confirmer),
		Confirmed: frame.Time(r.Confirmed), Epoch: r.Epoch, Secret: r.Secret, Former: r.Former, Until: frame.Time(r.FormerUntil), Public: r.Public,
		Ended: frame.Time(r.Ended), Version: r.Version, Progress: webhook.Progress{
			Sequence: r.Sequence, Sent: r.Sent, Attempts: r.Attempts, Gones: r.Gones, Failing: frame.Time(r.Failing), Next: frame.Time(r.Next),
			Tried: frame.Time(r.Tried), Status: r.Status, Slow: r.Slow, Claimed: frame.Time(r.Claimed),
		},
	}
}

// AddWebhook keeps a new hook.
func (tx *Tx) AddWebhook(ctx context.Context, h webhook.Hook) error {
	return explain(tx.q.AddWebhook(ctx, rows.AddWebhookParams{
		ID: string(h.ID), Desk: string(h.Desk), Realm: string(h.Realm), Url: h.URL, Types: strings.Join(h.Types, " "), Inside: h.Inside,
		State: string(h.State), Why: h.Why, Maker: string(h.Maker), Made: int64(h.Made), Confirmer: string(h.Confirmer),
		Confirmed: int64(h.Confirmed), Epoch: h.Epoch, Secret: filled(h.Secret), Former: filled(h.Former), FormerUntil: int64(h.Until),
		Public: h.Public, Ended: int64(h.Ended),
	}))
}

// SetWebhook replaces what was said and decided of a hook; [fault.Stale] if its stored version is another.
func (tx *Tx) SetWebhook(ctx context.Context, h webhook.Hook) error {
	return changed(tx.q.SetWebhook(ctx, rows.SetWebhookParams{
		ID: string(h.ID), State: string(h.State), Why: h.Why, Confirmer: string(h.Confirmer), Confirmed: int64(h.Confirmed), Epoch: h.Epoch,
		Secret: filled(h.Secret), Former: filled(h.Former), FormerUntil: int64(h.Until), Public: h.Public, Ended: int64(h.Ended), Version: h.Version,
	}))
}

// Webhook returns one hook; [fault.NotFound] if there is none.
func (tx *Tx) Webhook(ctx context.Context, h id.Webhook) (webhook.Hook, error) {
	r, err := tx.q.Webhook(ctx, string(h))
	if err != nil {
		return webhook.Hook{}, explain(err)
	}
	return hookOf(r), nil
}

// Webhooks returns the hooks that are not removed, oldest first.
func (tx *Tx) Webhooks(ctx context.Context) ([]webhook.Hook, error) {
	all, err := tx.q.Webhooks(ctx)
	return each(all, err, hookOf)
}

// WebhookChanges returns what has changed where somebody listens, in order.
func (tx *Tx) WebhookChanges(ctx context.Context, limit int) ([]webhook.Change, error) {
	all, err := tx.q.WebhookChanges(ctx, int32(limit))
	return each(all, err, func(r rows.WebhookChange) webhook.Change {
		return webhook.Change{Place: r.Place, Desk: id.Desk(r.Desk), Noun: r.Noun, Object: r.Object, Was: r.Was, Turned: r.Turned}
	})
}

// DropWebhookChanges forgets what has changed up to a place.
func (tx *Tx) DropWebhookChanges(ctx context.Context, upto int64) error {
	return explain(tx.q.DropWebhookChanges(ctx, upto))
}

// AddWebhookItem keeps one thing that a hook hears of.
func (tx *Tx) AddWebhookItem(ctx context.Context, i webhook.Item) error {
	return explain(tx.q.AddWebhookItem(ctx, rows.AddWebhookItemParams{
		Webhook: string(i.Webhook), Sequence: i.Sequence, Epoch: i.Epoch, ID: string(i.ID), Type: i.Type, Object: i.Object, At: int64(i.At),
	}))
}

// WebhookItems returns items of a hook after one, in order.
func (tx *Tx) WebhookItems(ctx context.Context, h id.Webhook, after int64, limit int) ([]webhook.Item, error) {
	all, err := tx.q.WebhookItems(ctx, rows.WebhookItemsParams{Webhook: string(h), Sequence: after, Limit: int32(limit)})
	return each(all, err, func(r rows.WebhookItem) webhook.Item {
		return webhook.Item{
			Webhook: id.Webhook(r.Webhook), Sequence: r.Sequence, Epoch: r.Epoch, ID: id.Delivery(r.ID), Type: r.Type, Object: r.Object, At: frame.Time(r.At),
		}
	})
}

// DropWebhookItems forgets items of a hook up to one.
func (tx *Tx) DropWebhookItems(ctx context.Context, h id.Webhook, upto int64) error {
	return explain(tx.q.DropWebhookItems(ctx, rows.DropWebhookItemsParams{Webhook: string(h), Sequence: upto}))
}

// OldestWebhookItem returns the number of the first item that is kept, 0 if there is none.
func (tx *Tx) OldestWebhookItem(ctx context.Context, h id.Webhook) (int64, error) {
	n, err := tx.q.OldestWebhookItem(ctx, string(h))
	return n, explain(err)
}

// LastWebhookItemBefore returns the number of the last item before a time, 0 if there is none.
func (tx *Tx) LastWebhookItemBefore(ctx context.Context, h id.Webhook, at frame.Time) (int64, error) {
	n, err := tx.q.LastWebhookItemBefore(ctx, rows.LastWebhookItemBeforeParams{Webhook: string(h), At: int64(at)})
	return n, explain(err)
}

// QueueWebhook keeps the number of the last item of a hook.
func (tx *Tx) QueueWebhook(ctx context.Context, h id.Webhook, sequence int64) error {
	return found(tx.q.QueueWebhook(ctx, rows.QueueWebhookParams{ID: string(h), Sequence: sequence}))
}

// ResetWebhook begins the items of a hook at other numbers.
func (tx *Tx) ResetWebhook(ctx context.Context, h id.Webhook, sequence, sent int64, now frame.Time) error {
	return found(tx.q.ResetWebhook(ctx, rows.ResetWebhookParams{ID: string(h), Sequence: sequence, Sent: sent, Now: int64(now)}))
}

// WebhookDue returns the hook that has waited longest; [fault.NotFound] if none does.
func (tx *Tx) WebhookDue(ctx context.Context, now frame.Time, quick bool) (webhook.Hook, error) {
	p := rows.WebhookDueParams{Now: int64(now)}
	if quick {
		p.Quick = 1
	}
	r, err := tx.q.WebhookDue(ctx, p)
	if err != nil {
		return webhook.Hook{}, explain(err)
	}
	return hookOf(r), nil
}

// ProgressWebhook keeps how far a hook has come, if it is still claimed as p says.
func (tx *Tx) ProgressWebhook(ctx context.Context, h id.Webhook, p webhook.Progress, last bool) (bool, error) {
	claimed := int64(p.Claimed)
	if last {
		claimed = 0
	}
	n, err := tx.q.ProgressWebhook(ctx, rows.ProgressWebhookParams{
		ID: string(h), Was: int64(p.Claimed), Claimed: claimed, Sent: p.Sent, Attempts: p.Attempts, Gones: p.Gones, Failing: int64(p.Failing),
		Next: int64(p.Next), Tried: int64(p.Tried), Status: p.Status, Slow: p.Slow,
	})
	return n == 1, explain(err)
}

// ProgressWebhook keeps how far a hook has come, without an entry in the log: the last one of a turn has it.
func (e *EphemeralTx) ProgressWebhook(ctx context.Context, h id.Webhook, p webhook.Progress, last bool) (bool, error) {
	if err := e.tx.writes(ctx); err != nil {
		return false, err
	}
	return e.tx.ProgressWebhook(ctx, h, p, last)
}

// ClaimWebhook gives a hook to who sends it until a time, if nobody does now.
func (e *EphemeralTx) ClaimWebhook(ctx context.Context, h id.Webhook, now, until frame.Time) (bool, error) {
	if err := e.tx.writes(ctx); err != nil {
		return false, err
	}
	n, err := e.tx.q.ClaimWebhook(e.tx.ctx, rows.ClaimWebhookParams{ID: string(h), Now: int64(now), Until: int64(until)})
	return n == 1, explain(err)
}
