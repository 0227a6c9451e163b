package webhook

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	turn      = 15 * time.Second // that one hook is sent before another has its turn
	claimOver = time.Minute      // more than a turn and its last attempt: a replica that died is followed after that
	itemPage  = 100
)

// Deliver sends the hook that has waited longest what waits for it, in order, until nothing does, an attempt fails or another's turn
// has come. It returns how many hooks it had in hand: one or none. Any number of replicas, and of lanes within one, do so at once; a hook is in the hands of one of
// them. Quick leaves out hooks that fail or are slow: one lane that does so is there for those who answer, whatever the others wait for.
//
// It fails as the storage does. That a hook fails is kept with it and is no failure here.
func (s *Service) Deliver(ctx context.Context, quick bool) (int, error) {
	if s.Sender == nil {
		return 0, nil
	}
	var h Hook
	err := s.Read(ctx, func(tx Tx) (err error) {
		h, err = tx.WebhookDue(ctx, s.now(), quick)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	mine := false
	until := s.now().Add(claimOver)
	err = s.Claim(ctx, func(tx ClaimTx) (err error) {
		mine, err = tx.ClaimWebhook(ctx, h.ID, s.now(), until)
		return err
	})
	if err != nil || !mine {
		return 0, err
	}
	return 1, s.drain(ctx, h.ID, until)
}

// run is one turn of one hook.
type run struct {
	*Service
	hook    Hook
	secrets [][]byte
	seed    []byte
	sent    int
}

// drain sends one hook what waits, and keeps what came of it.
func (s *Service) drain(ctx context.Context, hook id.Webhook, until frame.Time) error {
	var h Hook
	var items []Item
	r := &run{Service: s}
	defer r.wipe()
	err := s.Read(ctx, func(tx Tx) (err error) {
		if h, err = tx.Webhook(ctx, hook); err != nil {
			return err
		}
		h.Claimed = until
		r.hook = h
		if err = r.open(ctx, tx); err != nil {
			return err
		}
		items, err = tx.WebhookItems(ctx, hook, h.Sent, itemPage)
		return err
	})
	if err != nil {
		return err
	}
	if len(items) == 0 { // they were forgotten: nothing waits
		p := h.Progress
		p.Sent, p.Attempts, p.Failing = p.Sequence, 0, 0
		return s.Claim(ctx, func(tx ClaimTx) error {
			_, err := tx.ProgressWebhook(ctx, hook, p, true)
			return err
		})
	}
	over := s.Now().Add(turn)
	for n, i := range items {
		p, why, err := r.attempt(ctx, i)
		if err != nil {
			return err
		}
		p.Claimed = until
		last := p.Attempts > 0 || n == len(items)-1 || !s.Now().Before(over)
		r.hook.Progress = p
		if last {
			return r.finish(ctx, why)
		}
		kept := false
		if err := s.Claim(ctx, func(tx ClaimTx) (err error) {
			kept, err = tx.ProgressWebhook(ctx, hook, p, false)
			return err
		}); err != nil || !kept { // it was removed, or begun again elsewhere
			return err
		}
	}
	return nil
}

// attempt sends one item once.
func (r *run) attempt(ctx context.Context, i Item) (Progress, string, error) {
	body, err := i.Body()
	if err != nil {
		return Progress{}, "", err
	}
	l := r.Data.Limits
	inner, cancel := context.WithTimeout(ctx, time.Duration(l.AnswerSeconds)*time.Second)
	defer cancel()
	begun := r.Now()
	a, failed := r.Sender.Send(inner, Message{
		URL: r.hook.URL, Inside: r.hook.Inside, ID: i.ID, At: begun, Body: body, Secrets: r.secrets, Seed: r.seed,
	})
	if ctx.Err() != nil { // the node stops: nobody knows what came of it, and it is sent again
		return Progress{}, "", ctx.Err()
	}
	if failed != nil {
		a.Status = 0
	}
	p, why := after(r.hook, i, a, failed, r.Now().Sub(begun), seal.Draw(r.Rand, 1)[0], l, r.now())
	if p.Attempts == 0 {
		r.sent++
	}
	return p, why, nil
}

// finish ends the turn with an entry in the log of what came of it.
func (r *run) finish(ctx context.Context, why string) error {
	return r.Update(ctx, func(tx Tx) error {
		kept, err := tx.ProgressWebhook(ctx, r.hook.ID, r.hook.Progress, true)
		if err != nil || !kept {
			return err
		}
		purpose := "failed"
		if r.sent > 0 {
			purpose = "sent"
		}
		if err := r.record(ctx, tx, string(r.hook.ID), purpose); err != nil || why == "" {
			return err
		}
		h, err := tx.Webhook(ctx, r.hook.ID)
		if err == nil {
			_, err = r.stop(ctx, tx, h, why)
		}
		return err
	})
}

// open opens the secrets of the hook.
func (r *run) open(ctx context.Context, tx Tx) error {
	vault, err := r.Vault(ctx, tx)
	if err != nil {
		return err
	}
	both, err := vault.Open(string(r.hook.ID), r.hook.Secret)
	if err != nil {
		return err
	}
	if len(both) != secretSize+seedSize {
		return fault.New(fault.Internal, "webhook.secret")
	}
	r.secrets, r.seed = [][]byte{both[:secretSize]}, both[secretSize:]
	if len(r.hook.Former) == 0 || r.hook.Until <= r.now() {
		return nil
	}
	former, err := vault.Open(string(r.hook.ID), r.hook.Former)
	if err == nil && len(former) == secretSize+seedSize {
		clear(former[secretSize:])
		r.secrets = append(r.secrets, former[:secretSize])
	}
	return err
}

func (r *run) wipe() {
	for _, b := range append(r.secrets, r.seed) {
		clear(b)
	}
}
