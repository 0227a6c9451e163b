package store

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// Alone is a database that nobody else uses for as long as it is held.
type Alone struct {
	// Progress hears how much of the file [Alone.Rekey] has copied, in bytes. Nil: nobody listens.
	Progress func(copied, all int64)

	c    Config
	held *engine.Alone
}

// Seize makes sure that nobody uses the database of c, and keeps others from opening it until [Alone.Release]. On
// PostgreSQL it looks who is connected, now and whenever it is opened.
//
// It fails with [fault.Conflict] "store.in-use" if somebody does, with [fault.NotFound] if there is no file, and as
// [Open] does.
func Seize(ctx context.Context, c Config) (*Alone, error) {
	c.alone = true
	held, err := engine.Seize(ctx, c.engine())
	if err != nil {
		return nil, err
	}
	if c.Path != "" {
		c.Path = held.Path()
	}
	return &Alone{c: c, held: held}, nil
}

// Release lets others in again.
func (a *Alone) Release() error { return a.held.Release() }

// Open opens the database as [Open] does.
//
// It fails as [Open] does, and with [fault.Conflict] "store.in-use" if somebody uses it all the same.
func (a *Alone) Open(ctx context.Context) (*DB, error) {
	db, err := Open(ctx, a.c)
	if err != nil {
		return nil, err
	}
	if err := db.engine.Unused(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Rekey runs change on the database, all of which takes place or nothing. An SQLite file is copied under another file
// key first, changed there, and put in the place of the old one in one step: whenever the process is killed, what lies
// there opens with one of the two keys, and holds the change if it is the new one. What is left over of a run that was
// cut off is removed by the next [Seize] or [Open]. The database must be closed.
//
// It fails as change does, with nothing kept; and with [fault.Unavailable] if the disk is full or fails, where the step
// may have been taken if it was the last.
func (a *Alone) Rekey(ctx context.Context, key []byte, change func(*DB) error) error {
	if a.c.Path == "" {
		db, err := a.Open(ctx)
		if err != nil {
			return err
		}
		return errors.Join(change(db), db.Close())
	}
	a.held.Progress = a.Progress
	return a.held.Rekey(ctx, key, func(path string) error {
		next := a.c
		next.Path, next.Key = path, key
		db, err := Open(ctx, next)
		if err != nil {
			return err
		}
		if err = change(db); err == nil && a.c.at != nil {
			a.c.at("changed")
		}
		return errors.Join(err, db.Close())
	})
}
