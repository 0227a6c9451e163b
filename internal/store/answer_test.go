package store_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestARequestIsMarkedOnce: one of two requests with one key has the mark, until it has expired or was taken away
// unanswered; what was answered stands at it.
func TestARequestIsMarkedOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		do := func(f func(*store.EphemeralTx) error) error { return store.Ephemeral[*store.EphemeralTx](db)(ctx, f) }
		var now frame.Time
		kept := func(actor, key string) (got store.Answer, err error) {
			err = store.Reader[*store.Tx](db)(ctx, func(tx *store.Tx) (err error) {
				now = frame.At(tx.Now())
				got, err = tx.Answer(ctx, actor, key)
				return err
			})
			return got, err
		}
		want := func(what string, err error, kind fault.Kind, some bool) {
			t.Helper()
			if some != (err != nil) || some && !fault.Is(err, kind) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := kept("ana", "k")
		want("before", err, fault.NotFound, true)
		add := func(a store.Answer) error {
			return do(func(tx *store.EphemeralTx) error { return tx.AddAnswer(ctx, a) })
		}
		set := func(a store.Answer) error {
			return do(func(tx *store.EphemeralTx) error { return tx.SetAnswer(ctx, a) })
		}
		drop := func(a store.Answer) error {
			return do(func(tx *store.EphemeralTx) error { return tx.DropAnswer(ctx, a) })
		}
		a := store.Answer{Key: "k", Actor: "ana", Digest: "d", Expires: now.Add(time.Hour)}
		want("an answer without its mark", set(a), fault.NotFound, true)
		want("the mark", add(a), 0, false)
		want("the mark again", add(a), fault.Conflict, true)
		other := a
		other.Actor = "mira"
		want("the key of another", add(other), 0, false)
		want("taken away", drop(other), 0, false)
		want("after that", add(other), 0, false)
		wrong := a
		wrong.Digest, wrong.Response = "e", []byte("x")
		want("an answer to another request", set(wrong), fault.NotFound, true)
		a.Response = []byte("\x00{}")
		want("the answer", set(a), 0, false)
		want("what was answered is not taken away", drop(a), 0, false)
		got, err := kept("ana", "k")
		same(t, "answer", got, store.Answer{Key: "k", Actor: "ana", Digest: "d", Response: a.Response})
		want("kept", err, 0, false)

		old := store.Answer{Key: "old", Actor: "ana", Digest: "d", Response: []byte("x"), Expires: now.Add(-time.Second)}
		want("one that has expired", add(old), 0, false)
		_, err = kept("ana", "old")
		want("is not answered", err, fault.NotFound, true)
		fresh := store.Answer{Key: "old", Actor: "ana", Digest: "e", Expires: now.Add(time.Hour)}
		want("and gives way", add(fresh), 0, false)
		want("once", add(fresh), fault.Conflict, true)
		got, err = kept("ana", "old")
		same(t, "after that", got, store.Answer{Key: "old", Actor: "ana", Digest: "e", Response: []byte{}})
		want("kept", err, 0, false)

		old.Key = "older"
		want("another", add(old), 0, false)
		var gone int64
		err = do(func(tx *store.EphemeralTx) (err error) {
			gone, err = tx.DropAnswers(ctx)
			return err
		})
		if err != nil || gone != 1 {
			t.Errorf("%d expired answers were dropped, want 1: %v", gone, err)
		}
	})
}
