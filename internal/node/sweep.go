package node

import (
	"context"
	"errors"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/store"
)

// sweepTx is what destroying intake keys needs: the keys, and what may still need them.
type sweepTx interface{ message.Tx }

// errNothing ends a change that turned out to be none.
var errNothing = errors.New("node: nothing to do")

// sweepIntake destroys retired intake keys whose grace is over and that no unopened envelope needs.
func (n *Node) sweepIntake(ctx context.Context) (int, error) {
	destroyed := 0
	entry := audit.Did(access.Node(n.Member), access.RotateKey, "intake").For("sweep")
	err := store.Writer[sweepTx](n.DB)(ctx, entry, func(tx sweepTx) (err error) {
		destroyed, err = n.Keyring.SweepIn(ctx, tx, func(key id.Key) (bool, error) {
			if needed, err := n.Messages.NeedsIn(ctx, tx, key); needed || err != nil {
				return needed, err
			}
			return unopened(ctx, tx, key)
		})
		if err == nil && destroyed == 0 {
			err = errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return destroyed, err
}

// unopened reports whether an envelope of the inbox that nobody has opened yet is sealed to a key.
func unopened(ctx context.Context, tx sweepTx, key id.Key) (bool, error) {
	const page = 50
	held, err := member.InForce(ctx, tx)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for _, m := range held.Signed.Roster.Members {
		var after id.Envelope
		for {
			rows, err := tx.InSince(ctx, m.ID, 0, after, page)
			if err != nil {
				return false, err
			}
			for _, in := range rows {
				after = in.ID
				if waits(in, key) {
					return true, nil
				}
			}
			if len(rows) < page {
				break
			}
		}
	}
	return false, nil
}

// waits reports whether an arrival holds content that is sealed to key and was never opened.
func waits(in exchange.In, key id.Key) bool {
	if !in.Content || in.Bytes == nil || in.State != exchange.InDone && in.State != exchange.InParked {
		return false
	}
	e, err := exchange.Parse(in.Bytes)
	if err != nil || e.Header.Content == nil || e.Header.Content.Key != key {
		return false
	}
	last, err := exchange.ParseReceipt(in.Last)
	return err != nil || last.Receipt.Stage == exchange.Delivered
}

// sweepAnswers forgets remembered answers that are too old.
func (n *Node) sweepAnswers(ctx context.Context) (int, error) {
	var dropped int64
	err := store.Ephemeral[answersTx](n.DB)(ctx, func(tx answersTx) (err error) {
		dropped, err = tx.DropAnswers(ctx)
		return err
	})
	return int(dropped), err
}

type answersTx interface {
	AddAnswer(ctx context.Context, a store.Answer) error
	DropAnswers(ctx context.Context) (int64, error)
}

// answers remembers what the JSON interface answered.
type answers struct{ n *Node }

const answersLast = 24 * time.Hour

// Keep keeps an answer for a day.
func (a answers) Keep(ctx context.Context, x api.Answer) error {
	return store.Ephemeral[answersTx](a.n.DB)(ctx, func(tx answersTx) error {
		return tx.AddAnswer(ctx, store.Answer{
			Key: x.Key, Actor: x.Actor, Digest: x.Digest, Response: x.Response, Expires: frame.At(a.n.Config.Now().Add(answersLast)),
		})
	})
}

// Kept returns what was kept.
func (a answers) Kept(ctx context.Context, actor, key string) (api.Answer, error) {
	var kept store.Answer
	err := store.Reader[keptTx](a.n.DB)(ctx, func(tx keptTx) (err error) {
		kept, err = tx.Answer(ctx, actor, key)
		return err
	})
	return api.Answer{Actor: actor, Key: key, Digest: kept.Digest, Response: kept.Response}, err
}

type keptTx interface {
	Answer(ctx context.Context, actor, key string) (store.Answer, error)
}
