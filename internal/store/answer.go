package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// Answer is a request that is answered once, and what was answered. What stands in it is digests, and bytes that only who
// asked can open.
type Answer struct {
	Key      string // digest of the idempotency key
	Actor    string // who asked: the same key of another actor is another request
	Digest   string // of the request
	Response []byte // empty: nothing was answered yet
	Expires  frame.Time
}

// AddAnswer marks that a request is being answered. An expired mark of the same actor and key gives way.
//
// It fails with [fault.Conflict] if one is there for that actor and key.
func (e *EphemeralTx) AddAnswer(ctx context.Context, a Answer) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	n, err := e.tx.q.AddAnswer(e.tx.ctx, rows.AddAnswerParams{
		Key: a.Key, Actor: a.Actor, Digest: a.Digest, Response: filled(a.Response), Expires: int64(a.Expires), Now: int64(frame.At(e.tx.now)),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "store.answer.taken")
	}
	return explain(err)
}

// SetAnswer keeps what was answered to a request that [EphemeralTx.AddAnswer] has marked.
//
// It fails with [fault.NotFound] if the mark is gone.
func (e *EphemeralTx) SetAnswer(ctx context.Context, a Answer) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	n, err := e.tx.q.SetAnswer(e.tx.ctx, rows.SetAnswerParams{
		Response: filled(a.Response), Expires: int64(a.Expires), Actor: a.Actor, Key: a.Key, Digest: a.Digest,
	})
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, keyMissing)
	}
	return explain(err)
}

// DropAnswer takes a mark away to which nothing was answered, so that the request may come again.
func (e *EphemeralTx) DropAnswer(ctx context.Context, a Answer) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.DropAnswer(e.tx.ctx, rows.DropAnswerParams{Actor: a.Actor, Key: a.Key, Digest: a.Digest}))
}

// DropAnswers forgets the answers that have expired and returns how many.
func (e *EphemeralTx) DropAnswers(ctx context.Context) (int64, error) {
	if err := e.tx.writes(ctx); err != nil {
		return 0, err
	}
	n, err := e.tx.q.DropAnswers(e.tx.ctx, int64(frame.At(e.tx.now)))
	return n, explain(err)
}

// Answer returns what was answered to the actor under key, if it has not expired.
//
// It fails with [fault.NotFound] if there is nothing.
func (tx *Tx) Answer(ctx context.Context, actor, key string) (Answer, error) {
	if err := tx.ready(ctx); err != nil {
		return Answer{}, err
	}
	r, err := tx.q.Answer(tx.ctx, rows.AnswerParams{Actor: actor, Key: key, Expires: int64(frame.At(tx.now))})
	if err != nil {
		return Answer{}, explain(err)
	}
	return Answer{Key: key, Actor: actor, Digest: r.Digest, Response: r.Response}, nil
}
