package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// Reader returns the read function that a service of transactions T is given. All that one call of it
// reads belongs together; its transaction can change nothing.
//
// The function fails as fn does, and as package store says. Reader panics if *Tx lacks a method of T.
func Reader[T any](db *DB) func(context.Context, func(T) error) error {
	mustBe[T](&Tx{})
	return func(ctx context.Context, fn func(T) error) error {
		return db.snapshot(ctx, func(tx *Tx) error { return fn(any(tx).(T)) })
	}
}

// Glance returns a read function like [Reader]'s for the little that is asked right behind a change. In an SQLite file in
// which nobody writes just now, the writing session reads: it has at hand what it wrote, where another would have to fetch and
// decrypt each page anew.
//
// The function fails as fn does, and as package store says. Glance panics if *Tx lacks a method of T.
func Glance[T any](db *DB) func(context.Context, func(T) error) error {
	mustBe[T](&Tx{})
	return func(ctx context.Context, fn func(T) error) error {
		read := func(tx *Tx) error { return fn(any(tx).(T)) }
		if db.engine.Kind == SQLite {
			select {
			case w := <-db.turn:
				if w.s == nil { // nobody has written yet
					db.turn <- w
					break
				}
				defer func() { db.turn <- w }()
				return w.glance(ctx, read)
			default:
			}
		}
		return db.snapshot(ctx, read)
	}
}

// glance reads with the writing session and undoes whatever was changed all the same.
func (w *writer) glance(ctx context.Context, fn func(*Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	if err := w.s.Run(ctx, "BEGIN"); err != nil {
		return explain(err)
	}
	tx := newTx(Tx{ctx: ctx, s: w.s, db: w.db, now: w.db.instant()})
	defer func() {
		tx.over = true
		if w.s.Run(ctx, "ROLLBACK") != nil {
			w.drop()
		}
	}()
	same, err := w.begun(ctx)
	if err != nil {
		return explain(err)
	}
	if tx.network = w.network; same {
		defer func() { w.network = tx.network }()
	}
	return explain(fn(tx))
}

func (db *DB) snapshot(ctx context.Context, fn func(*Tx) error) error {
	var s *engine.Session
	select {
	case <-db.closing:
		return errClosed()
	default:
	}
	select {
	case db.places <- struct{}{}:
	case <-db.closing:
		return errClosed()
	case <-ctx.Done():
		return explain(ctx.Err())
	}
	keep := false
	defer func() {
		if s != nil && keep {
			db.idle <- s
		} else if s != nil {
			s.Discard() // it may be in any state: the next reader gets a new one
		}
		<-db.places
	}()
	select {
	case s = <-db.idle:
	default:
	}
	begin := "BEGIN"
	if db.engine.Kind == Postgres {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	run := context.WithoutCancel(ctx)
	if s != nil {
		if err := s.Run(run, begin); engine.IsLost(err) {
			s.Discard() // the server was restarted since the last snapshot
			s = nil
		} else if err != nil {
			return explain(err)
		}
	}
	if s == nil {
		var err error
		if s, err = db.engine.Reading(ctx); err != nil {
			return explain(err)
		}
		if err := s.Run(run, begin); err != nil {
			return explain(err)
		}
	}
	tx := newTx(Tx{ctx: run, s: s, db: db, now: db.instant()})
	defer func() {
		tx.over = true
		keep = s.Plain(run, "ROLLBACK") == nil
	}()
	return explain(fn(tx))
}
