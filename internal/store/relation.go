package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ relation.Tx = (*Tx)(nil)

// AddCaseLink keeps a new link; [fault.Conflict] if one of its ends is called as an end of another.
func (tx *Tx) AddCaseLink(ctx context.Context, l relation.Row) error {
	return explain(tx.q.AddCaseLink(ctx, rows.AddCaseLinkParams{
		ID: string(l.ID), One: l.Ends[0].Name, Other: l.Ends[1].Name, OneSealed: l.Ends[0].Sealed, OtherSealed: l.Ends[1].Sealed, Body: l.Body,
	}))
}

// SetCaseLink changes a link; [fault.Stale] if its stored version is another.
func (tx *Tx) SetCaseLink(ctx context.Context, l relation.Row) error {
	return changed(tx.q.SetCaseLink(ctx, rows.SetCaseLinkParams{
		ID: string(l.ID), One: l.Ends[0].Name, Other: l.Ends[1].Name, OneSealed: l.Ends[0].Sealed, OtherSealed: l.Ends[1].Sealed, Body: l.Body,
		Version: l.Version,
	}))
}

// CaseLinkCalled returns the link of which one end has a name; [fault.NotFound] if there is none.
func (tx *Tx) CaseLinkCalled(ctx context.Context, name []byte) (relation.Row, error) {
	r, err := tx.q.CaseLinkCalled(ctx, name)
	if err != nil {
		return relation.Row{}, explain(err)
	}
	return relation.Row{
		ID: id.Record(r.ID), Ends: [2]relation.End{{Name: r.One, Sealed: r.OneSealed}, {Name: r.Other, Sealed: r.OtherSealed}}, Body: r.Body, Version: r.Version,
	}, nil
}
