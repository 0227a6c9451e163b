package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ stats.Tx = (*Tx)(nil)

// AddFact keeps a fact; [fault.Conflict] if its identifier is there.
func (tx *Tx) AddFact(ctx context.Context, f stats.Fact) error {
	forms := make([]string, len(f.Forms))
	for i, form := range f.Forms {
		forms[i] = string(form)
	}
	n, err := tx.q.AddFact(ctx, rows.AddFactParams{
		ID: string(f.ID), Month: int64(f.Month), Sex: string(f.Sex), Age: string(f.Age), Forms: codes(forms),
		Citizenship: string(f.Citizenship), Status: string(f.Status), Registrar: string(f.Registrar),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "stats.fact.taken")
	}
	return explain(err)
}

// Facts calls yield with every fact, in order of identifier, until it returns false. It reads in pages, so
// that a million facts need little memory.
func (tx *Tx) Facts(ctx context.Context, yield func(stats.Fact) bool) error {
	const page = 1000
	for after := ""; ; {
		if err := tx.ready(ctx); err != nil {
			return err
		}
		all, err := tx.q.FactsAfter(tx.ctx, rows.FactsAfterParams{ID: after, Limit: page})
		if err != nil {
			return explain(err)
		}
		for _, r := range all {
			if !yield(fact(r)) {
				return nil
			}
		}
		if len(all) < page {
			return nil
		}
		after = all[len(all)-1].ID
	}
}

func fact(r rows.Fact) stats.Fact {
	f := stats.Fact{
		ID: id.Fact(r.ID), Month: stats.Month(r.Month), Sex: stats.Sex(r.Sex), Age: stats.Age(r.Age),
		Citizenship: stats.Citizenship(r.Citizenship), Status: stats.Status(r.Status), Registrar: stats.Registrar(r.Registrar),
	}
	for _, form := range split(r.Forms) {
		f.Forms = append(f.Forms, stats.Form(form))
	}
	return f
}

// SetHelp keeps a fact about help, in place of one with its identifier.
func (tx *Tx) SetHelp(ctx context.Context, h stats.Help) error {
	if err := tx.ready(ctx); err != nil {
		return err
	}
	return explain(tx.q.SetHelp(tx.ctx, rows.SetHelpParams{ID: string(h.ID), Year: h.Year, Services: codes(h.Services), Wait: string(h.Wait)}))
}

// Helps calls yield with every fact about help, in order of identifier, until it returns false.
func (tx *Tx) Helps(ctx context.Context, yield func(stats.Help) bool) error {
	const page = 1000
	for after := ""; ; {
		if err := tx.ready(ctx); err != nil {
			return err
		}
		all, err := tx.q.HelpAfter(tx.ctx, rows.HelpAfterParams{ID: after, Limit: page})
		if err != nil {
			return explain(err)
		}
		for _, r := range all {
			if !yield(stats.Help{ID: id.Fact(r.ID), Year: r.Year, Services: split(r.Services), Wait: stats.Wait(r.Wait)}) {
				return nil
			}
		}
		if len(all) < page {
			return nil
		}
		after = all[len(all)-1].ID
	}
}

// AddUnnamed keeps what was told of somebody who does not agree to be named.
func (tx *Tx) AddUnnamed(ctx context.Context, u stats.Unnamed) error {
	if err := tx.ready(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddUnnamed(tx.ctx, rows.AddUnnamedParams{
		ID: string(u.ID), Month: int64(u.Month), Sex: string(u.Sex), Forms: codes(u.Forms), Why: u.Why, Helped: codes(u.Helped),
	}))
}

// FactSpans returns from when to when something was counted.
func (tx *Tx) FactSpans(ctx context.Context) (stats.Spans, error) {
	if err := tx.ready(ctx); err != nil {
		return stats.Spans{}, err
	}
	r, err := tx.q.FactSpans(tx.ctx)
	return stats.Spans{
		Persons: [2]stats.Month{stats.Month(r.FactFrom), stats.Month(r.FactTo)},
		Unnamed: [2]stats.Month{stats.Month(r.UnnamedFrom), stats.Month(r.UnnamedTo)},
		Help:    [2]string{r.HelpFrom, r.HelpTo},
	}, explain(err)
}

// EachUnnamed calls yield with all of it, in order of identifier, until it returns false.
func (tx *Tx) EachUnnamed(ctx context.Context, yield func(stats.Unnamed) bool) error {
	const page = 1000
	for after := ""; ; {
		if err := tx.ready(ctx); err != nil {
			return err
		}
		all, err := tx.q.UnnamedAfter(tx.ctx, rows.UnnamedAfterParams{ID: after, Limit: page})
		if err != nil {
			return explain(err)
		}
		for _, r := range all {
			u := stats.Unnamed{ID: id.Fact(r.ID), Month: stats.Month(r.Month), Sex: stats.Sex(r.Sex), Forms: split(r.Forms), Why: r.Why, Helped: split(r.Helped)}
			if !yield(u) {
				return nil
			}
		}
		if len(all) < page {
			return nil
		}
		after = all[len(all)-1].ID
	}
}

// AddSnapshot keeps what was frozen; [fault.Conflict] if its digest is there.
func (tx *Tx) AddSnapshot(ctx context.Context, l stats.Listed, f stats.Frozen) error {
	if err := tx.ready(ctx); err != nil {
		return err
	}
	n, err := tx.q.AddSnapshot(tx.ctx, rows.AddSnapshotParams{
		Digest: f.Digest, About: l.Table, Year: int64(l.Year), At: int64(l.At), Maker: string(l.By), Body: f.Body, Signature: f.Signature.Bytes(),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "stats.snapshot.there")
	}
	return explain(err)
}

// Snapshots returns what was frozen, the youngest first.
func (tx *Tx) Snapshots(ctx context.Context) ([]stats.Listed, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.Snapshots(tx.ctx)
	if err != nil {
		return nil, explain(err)
	}
	var out []stats.Listed
	for _, r := range all {
		out = append(out, stats.Listed{Digest: r.Digest, Table: r.About, Year: int(r.Year), At: frame.Time(r.At), By: id.User(r.Maker)})
	}
	return out, nil
}

// Snapshot returns what was frozen; [fault.NotFound].
func (tx *Tx) Snapshot(ctx context.Context, digest string) (stats.Frozen, error) {
	if err := tx.ready(ctx); err != nil {
		return stats.Frozen{}, err
	}
	r, err := tx.q.Snapshot(tx.ctx, digest)
	if err != nil {
		return stats.Frozen{}, explain(err)
	}
	signature, err := seal.ParseSignature(r.Signature)
	return stats.Frozen{Digest: digest, Body: r.Body, Signature: signature}, err
}
