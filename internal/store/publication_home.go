package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func homeOf(r rows.PublicationHome) publication.Home {
	return publication.Home{ID: id.Publication(r.ID), Kind: publication.Kind(r.Kind), Body: r.Body, By: id.User(r.UserID), At: frame.Time(r.At), Version: r.Version}
}

// AddHome adds what an office keeps to itself.
func (tx *Tx) AddHome(ctx context.Context, h publication.Home) error {
	return explain(tx.q.AddHome(ctx, rows.AddHomeParams{ID: string(h.ID), Kind: string(h.Kind), Body: h.Body, UserID: string(h.By), At: int64(h.At)}))
}

// SetHome replaces the record of that version; [fault.Stale] if it is another.
func (tx *Tx) SetHome(ctx context.Context, h publication.Home) error {
	n, err := tx.q.SetHome(ctx, rows.SetHomeParams{ID: string(h.ID), Version: h.Version, Body: h.Body, UserID: string(h.By), At: int64(h.At)})
	return homeChanged(n, err)
}

// DropHome deletes the record of that version; [fault.Stale] if it is another.
func (tx *Tx) DropHome(ctx context.Context, p id.Publication, version int64) error {
	n, err := tx.q.DropHome(ctx, rows.DropHomeParams{ID: string(p), Version: version})
	return homeChanged(n, err)
}

func homeChanged(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "publication.stale")
	}
	return explain(err)
}

// Home returns what an office keeps to itself; [fault.NotFound] if there is none.
func (tx *Tx) Home(ctx context.Context, p id.Publication) (publication.Home, error) {
	r, err := tx.q.Home(ctx, string(p))
	if err != nil {
		return publication.Home{}, explain(err)
	}
	return homeOf(r), nil
}

// Homes returns records in the order of their last change.
func (tx *Tx) Homes(ctx context.Context, limit int) ([]publication.Home, error) {
	all, err := tx.q.Homes(ctx, int32(limit))
	return each(all, err, homeOf)
}
