package intake

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// opener opens cases for rows about persons.
type opener struct {
	s    *Service
	plan *plan
}

func (s *Service) opening(r Run, how reading) (*opener, error) {
	m, err := HTCDS()
	if len(how.Mapping) > 0 {
		m, err = ParseMapping(how.Mapping)
	}
	if err != nil {
		return nil, err
	}
	p, err := m.over(how.Columns)
	return &opener{s, p}, err
}

func (o *opener) source() string { return o.plan.m.Source }

// marks returns what a row is recognised by, and what stands in it.
func (o *opener) marks(m marker, r Run, e entry, nth int64) (row, content []byte) {
	scope := []string{"cases", r.Source, string(r.Desk)}
	content = m.Of(append(append(slices.Clone(scope), "content"), e.cells...)...)
	if e.key != nil {
		return m.Of(append(append(scope, "key"), e.key...)...), content
	}
	return m.Of(append(append(scope, "cells", strconv.FormatInt(nth, 10)), e.cells...)...), content
}

// take opens a case for a row, sealed to the desk with nobody's keys.
func (o *opener) take(ctx context.Context, tx Tx, who access.Actor, r Run, m marker, row Row) (Outcome, error) {
	e, err := o.plan.row(row.Cells)
	if err != nil {
		return refused(err)
	}
	if e.key == nil && e.named && row.Nth > 0 {
		return Outcome{Result: Refused, Key: "intake.row.twice"}, nil
	}
	mark, content := o.marks(m, r, e, row.Nth)
	before, err := tx.IntakeRow(ctx, mark)
	switch {
	case err == nil && bytes.Equal(before, content):
		return Outcome{Result: Known}, nil
	case err == nil:
		return Outcome{Result: Known, Key: "intake.row.changed"}, nil
	case !fault.Is(err, fault.NotFound):
		return Outcome{}, err
	}
	if r.Dry {
		return Outcome{Result: Taken}, nil
	}
	if err := tx.AddIntakeRow(ctx, mark, content); err != nil {
		return Outcome{}, err
	}
	return Outcome{Result: Taken}, o.open(ctx, tx, who, r, row, e)
}

// open opens the case and writes into it what the row says.
func (o *opener) open(ctx context.Context, tx Tx, who access.Actor, r Run, row Row, e entry) error {
	c := id.Ordered[id.Case](o.s.IDs)
	if err := tx.Also(audit.Did(who, access.WriteIntake, string(c)).In(c).For("row")); err != nil {
		return err
	}
	_, k, err := o.s.Cases.OpenSealedIn(ctx, tx, who, c, e.opening)
	if err != nil {
		return err
	}
	for _, n := range e.notes {
		if err := seal(ctx, tx, k, casefile.KindNote, n); err != nil {
			return err
		}
	}
	said := e.said
	if said == nil {
		said = []casefile.Stated{}
	}
	return seal(ctx, tx, k, casefile.KindImported, casefile.Imported{
		Form: casefile.ImportedName, Source: r.Source, Run: r.ID, Row: row.Number, At: o.s.now(), By: who.User, Said: said,
	})
}

// seal keeps a record of a new case.
func seal(ctx context.Context, tx Tx, k *keyring.Case, kind string, v interface{ Check() error }) error {
	if err := v.Check(); err != nil {
		return err
	}
	body, err := frame.Encode(v)
	if err != nil {
		return err
	}
	_, err = k.PutIn(ctx, tx, keyring.Record{Kind: kind, Compartment: k.Home(), Body: body})
	return err
}

// Imported opens what a case was taken from; none for a case that was not imported.
//
// It fails as [casefile.Service.Look].
func (s *Service) Imported(ctx context.Context, by keyring.Bearer, c id.Case) ([]casefile.Imported, error) {
	out := []casefile.Imported{}
	err := s.Cases.Look(ctx, by, c, "imported", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		all, _, err := k.ListIn(ctx, tx, casefile.KindImported)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, r := range all {
			var x casefile.Imported
			if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
				return fault.Wrap(fault.Internal, "intake.kept", err)
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}
