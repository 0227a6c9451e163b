package node

import (
	"context"
	"fmt"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/webhook"
)

// The tasks about webhooks.
const (
	taskAgree   = "webhook.confirm" // the desk says whether a system may hear of it
	taskWebhook = "node.webhook"    // whoever answers for the node looks why nobody answers
)

// webhookLanes is how many webhooks are sent at once by one process. The first lane is for those who answer.
const webhookLanes = 4

// wireWebhooks makes what tells the member's own systems that something has happened.
func (n *Node) wireWebhooks() error {
	data, err := webhook.Shipped()
	if err != nil {
		return err
	}
	sender := n.Config.Webhooks
	if sender == nil {
		sender = &peer.Webhook{}
	}
	db := n.DB
	n.Webhooks = &webhook.Service{
		Write: store.Writer[webhook.Tx](db), Update: store.Recorder[webhook.Tx](db), Claim: store.Ephemeral[webhook.ClaimTx](db),
		Read: store.Reader[webhook.Tx](db), Now: n.Config.Now, IDs: n.IDs, Rand: n.Rand, Member: n.Member, Data: data, Sender: sender,
		Vault:   func(ctx context.Context, tx webhook.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
		Waiting: n.webhookWaits, Settled: n.webhookOver(taskAgree), Failed: n.webhookStopped, Mended: n.webhookOver(taskWebhook),
	}
	return nil
}

// webhookJobs is the unattended work of webhooks.
func (n *Node) webhookJobs() []job.Job {
	all := []job.Job{
		{Name: "webhook-gather", Every: 2 * time.Second, Do: n.Webhooks.Gather},
		{Name: "webhook-sweep", Every: time.Hour, Do: func(ctx context.Context) (int, error) {
			_, err := n.Webhooks.Sweep(ctx)
			return 0, err
		}},
	}
	for lane := range webhookLanes {
		all = append(all, job.Job{
			Name: fmt.Sprintf("webhook-%d", lane), Every: 2 * time.Second, Everywhere: true,
			Do: func(ctx context.Context) (int, error) { return n.Webhooks.Deliver(ctx, lane == 0) },
		})
	}
	return all
}

// webhookStopped gives whoever runs the node something to look at, at the desk that answers for it.
func (n *Node) webhookStopped(ctx context.Context, narrow webhook.Tx, h webhook.Hook) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	at, err := office(ctx, tx)
	if err != nil || at.ID == "" {
		return err
	}
	_, err = n.fulfil(ctx, tx, string(h.ID), wish{
		on: true, kind: taskWebhook, start: h.Ended, make: task.New{Desk: at.ID, Realm: at.Realm, Reference: string(id.NewReference(n.IDs))},
	})
	return err
}

// webhookWaits asks the desk whether a system may hear of it.
func (n *Node) webhookWaits(ctx context.Context, narrow webhook.Tx, h webhook.Hook) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.fulfil(ctx, tx, string(h.ID), wish{
		on: true, kind: taskAgree, start: h.Made, make: task.New{Desk: h.Desk, Realm: h.Realm, Reference: string(id.NewReference(n.IDs))},
	})
	return err
}

// webhookOver ends tasks of a kind about a webhook.
func (n *Node) webhookOver(kind string) func(context.Context, webhook.Tx, webhook.Hook) error {
	return func(ctx context.Context, narrow webhook.Tx, h webhook.Hook) error {
		tx, ok := narrow.(remindTx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		_, err := n.fulfil(ctx, tx, string(h.ID), wish{kind: kind})
		return err
	}
}
