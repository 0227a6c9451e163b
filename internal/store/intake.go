package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ intake.Tx = (*Tx)(nil)

func runOf(r rows.IntakeRun) intake.Run {
	return intake.Run{
		ID: id.Intake(r.ID), Kind: intake.Kind(r.Kind), Source: r.Source, User: id.User(r.UserID), Desk: id.Desk(r.Desk), Dry: r.Dry,
		Reading: r.Reading, Began: frame.Time(r.Began), Ended: frame.Time(r.Ended), Taken: r.Taken, Known: r.Known, Refused: r.Refused,
	}
}

// AddIntakeRun keeps a new run of an import; [fault.Conflict] if its identifier is taken.
func (tx *Tx) AddIntakeRun(ctx context.Context, r intake.Run) error {
	return explain(tx.q.AddIntakeRun(ctx, rows.AddIntakeRunParams{
		ID: string(r.ID), Kind: string(r.Kind), Source: r.Source, UserID: string(r.User), Desk: string(r.Desk), Dry: r.Dry,
		Reading: filled(r.Reading), Began: int64(r.Began), Ended: int64(r.Ended), Taken: r.Taken, Known: r.Known, Refused: r.Refused,
	}))
}

// IntakeRun returns one run; [fault.NotFound] if there is none.
func (tx *Tx) IntakeRun(ctx context.Context, r id.Intake) (intake.Run, error) {
	row, err := tx.q.IntakeRun(ctx, string(r))
	if err != nil {
		return intake.Run{}, explain(err)
	}
	return runOf(row), nil
}

// IntakeRuns returns at most limit runs before one, or the newest, newest first.
func (tx *Tx) IntakeRuns(ctx context.Context, before id.Intake, limit int) ([]intake.Run, error) {
	if before == "" {
		before = "~" // behind every identifier
	}
	all, err := tx.q.IntakeRunsBefore(ctx, rows.IntakeRunsBeforeParams{ID: string(before), Limit: int32(limit)})
	return each(all, err, runOf)
}

// SetIntakeRun changes end and numbers of a run; [fault.NotFound] if there is none.
func (tx *Tx) SetIntakeRun(ctx context.Context, r intake.Run) error {
	return changed(tx.q.SetIntakeRun(ctx, rows.SetIntakeRunParams{
		ID: string(r.ID), Ended: int64(r.Ended), Taken: r.Taken, Known: r.Known, Refused: r.Refused,
	}))
}

// IntakeRow returns the mark of what stood in a row that was taken; [fault.NotFound] if it was not.
func (tx *Tx) IntakeRow(ctx context.Context, mark []byte) ([]byte, error) {
	b, err := tx.q.IntakeRow(ctx, mark)
	return b, explain(err)
}

// AddIntakeRow remembers that a row was taken; [fault.Stale] if it was before.
func (tx *Tx) AddIntakeRow(ctx context.Context, mark, content []byte) error {
	return changed(tx.q.AddIntakeRow(ctx, rows.AddIntakeRowParams{Digest: mark, Content: filled(content)}))
}

// AddPublished keeps a record of a collection, and reports false if one with its digest is there.
func (tx *Tx) AddPublished(ctx context.Context, p stats.Published) (bool, error) {
	n, err := tx.q.AddPublished(ctx, rows.AddPublishedParams{
		Collection: p.Collection, Digest: p.Digest, Year: int64(p.Year), Codes: strings.Join(p.Codes, ","),
	})
	return n > 0, explain(err)
}

// HasPublished reports whether a collection has a record with that digest.
func (tx *Tx) HasPublished(ctx context.Context, collection string, digest []byte) (bool, error) {
	n, err := tx.q.HasPublished(ctx, rows.HasPublishedParams{Collection: collection, Digest: digest})
	return n > 0, explain(err)
}

// EachPublished calls yield with every record of a collection, in order of digest, until it returns false. It reads in pages.
func (tx *Tx) EachPublished(ctx context.Context, collection string, yield func(stats.Published) bool) error {
	const page = 1000
	for after := []byte{}; ; {
		if err := tx.ready(ctx); err != nil {
			return err
		}
		all, err := tx.q.PublishedAfter(tx.ctx, rows.PublishedAfterParams{Collection: collection, Digest: after, Limit: page})
		if err != nil {
			return explain(err)
		}
		for _, r := range all {
			p := stats.Published{Digest: r.Digest, Collection: r.Collection, Year: int(r.Year), Codes: strings.Split(r.Codes, ",")}
			if !yield(p) {
				return nil
			}
		}
		if len(all) < page {
			return nil
		}
		after = all[len(all)-1].Digest
	}
}
