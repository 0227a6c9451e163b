package store

import (
	"context"
	"math"

	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store/rows"
	"github.com/opentrm/opentrm/internal/veil"
)

var _ count.Tx = (*Tx)(nil)

func countRowOf(r rows.CountRun) count.Row {
	return count.Row{ID: r.ID, Going: r.Going, Heard: frame.Time(r.Heard), Value: r.Value, Version: r.Version}
}

func countRowsOf(all []rows.CountRun, err error) ([]count.Row, error) {
	out := make([]count.Row, len(all))
	for i, r := range all {
		out[i] = countRowOf(r)
	}
	return out, explain(err)
}

// CountRun returns a run of a count; one with version 0 if there is none.
func (tx *Tx) CountRun(ctx context.Context, run string) (count.Row, error) {
	r, err := tx.q.CountRun(ctx, run)
	if err = explain(err); fault.Is(err, fault.NotFound) {
		return count.Row{ID: run}, nil
	}
	return countRowOf(r), err
}

// CountRuns returns runs, the newest first.
func (tx *Tx) CountRuns(ctx context.Context, limit int) ([]count.Row, error) {
	return countRowsOf(tx.q.CountRuns(ctx, rows.CountRunsParams{Until: math.MaxInt64, Max: int32(limit)}))
}

// GoingCountRuns returns runs that are not over, the oldest first.
func (tx *Tx) GoingCountRuns(ctx context.Context, limit int) ([]count.Row, error) {
	return countRowsOf(tx.q.GoingCountRuns(ctx, int32(limit)))
}

// SetCountRun keeps a run; [fault.Stale] if another version is stored.
func (tx *Tx) SetCountRun(ctx context.Context, r count.Row) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if r.Version == 0 {
		err := explain(tx.q.AddCountRun(tx.ctx, rows.AddCountRunParams{ID: r.ID, Going: r.Going, Heard: int64(r.Heard), Value: r.Value}))
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Stale, "store.count.version", err)
		}
		return err
	}
	n, err := tx.q.SetCountRun(tx.ctx, rows.SetCountRunParams{ID: r.ID, Going: r.Going, Value: r.Value, Version: r.Version})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.count.version")
	}
	return nil
}

// CountSaid returns what was said in a run.
func (tx *Tx) CountSaid(ctx context.Context, run string) ([]veil.Signed, error) {
	all, err := tx.q.CountSaid(ctx, run)
	if err != nil {
		return nil, explain(err)
	}
	out := make([]veil.Signed, len(all))
	for i, r := range all {
		out[i].Text = r.Body
		if out[i].Signature, err = seal.ParseSignature(r.Signature); err != nil {
			return nil, fault.Wrap(fault.Internal, "count.kept", err)
		}
	}
	return out, nil
}

// AddCountSaid keeps what was said. What is there already stays.
func (tx *Tx) AddCountSaid(ctx context.Context, run, digest string, from id.Member, step string, s veil.Signed) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddCountSaid(tx.ctx, rows.AddCountSaidParams{
		Run: run, Digest: digest, Member: string(from), Step: step, Body: s.Text, Signature: s.Signature.Bytes(),
	}))
}

// CountParts returns the parts of one thing in order.
func (tx *Tx) CountParts(ctx context.Context, run, digest string) ([]count.Part, error) {
	all, err := tx.q.CountParts(ctx, rows.CountPartsParams{Run: run, Digest: digest})
	out := make([]count.Part, len(all))
	for i, r := range all {
		out[i] = count.Part{Run: r.Run, Digest: r.Digest, Number: r.Number, From: id.Member(r.Member), Step: r.Step, Size: r.Size, Bytes: r.Body}
	}
	return out, explain(err)
}

// CountSent returns the digests of what a member has sent in a step.
func (tx *Tx) CountSent(ctx context.Context, run string, from id.Member, step string) ([]string, error) {
	all, err := tx.q.CountSent(ctx, rows.CountSentParams{Run: run, Member: string(from), Step: step})
	return all, explain(err)
}

// AddCountPart keeps a part. What is there already stays.
func (tx *Tx) AddCountPart(ctx context.Context, p count.Part) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddCountPart(tx.ctx, rows.AddCountPartParams{
		Run: p.Run, Digest: p.Digest, Number: p.Number, Member: string(p.From), Step: p.Step, Size: p.Size, Body: p.Bytes,
	}))
}

// DropCountParts deletes the data of a run.
func (tx *Tx) DropCountParts(ctx context.Context, run string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.DropCountParts(tx.ctx, run))
}

// CountOwn returns what this member keeps for itself in a run; [fault.NotFound] if there is nothing.
func (tx *Tx) CountOwn(ctx context.Context, run string) (count.Own, error) {
	r, err := tx.q.CountOwn(ctx, run)
	return count.Own{
		Run: r.Run, Work: r.Work, Held: r.Held, Records: r.Records, Recall: veil.Recall{Found: r.Recalled, Of: r.RecalledOf}, Desk: id.Desk(r.Desk),
		Box: keyring.Box{Generation: r.Generation, Sealed: r.Box}, Secret: r.Secret,
	}, explain(err)
}

// AddCountOwn keeps what this member keeps for itself; [fault.Conflict] if there is something.
func (tx *Tx) AddCountOwn(ctx context.Context, o count.Own) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddCountOwn(tx.ctx, rows.AddCountOwnParams{
		Run: o.Run, Work: o.Work, Held: o.Held, Records: o.Records, Recalled: o.Recall.Found, RecalledOf: o.Recall.Of, Desk: string(o.Desk),
		Generation: o.Box.Generation, Box: o.Box.Sealed, Secret: o.Secret,
	}))
}

// DropCountOwn destroys it.
func (tx *Tx) DropCountOwn(ctx context.Context, run string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.DropCountOwn(tx.ctx, run))
}

// CountSpent returns what the runs of a year may have told, in thousandths.
func (tx *Tx) CountSpent(ctx context.Context, year int) (int64, error) {
	n, err := tx.q.CountSpent(ctx, int64(year))
	return n, explain(err)
}

// AddCountSpent writes what a run may tell to the ledger; [fault.Conflict] if it is there.
func (tx *Tx) AddCountSpent(ctx context.Context, run string, year int, epsilon int64) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddCountSpent(tx.ctx, rows.AddCountSpentParams{Run: run, Year: int64(year), Epsilon: epsilon}))
}

// DropCountSpent takes a run that has told nothing out of the ledger.
func (tx *Tx) DropCountSpent(ctx context.Context, run string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.DropCountSpent(tx.ctx, run))
}

// CountShares returns the parts that desks have made, without what is sealed in them.
func (tx *Tx) CountShares(ctx context.Context, run string) ([]count.Share, error) {
	all, err := tx.q.CountShares(ctx, run)
	out := make([]count.Share, len(all))
	for i, r := range all {
		out[i] = count.Share{
			Run: r.Run, Desk: id.Desk(r.Desk), Number: r.Number, Merged: r.Merged, After: id.Case(r.AfterCase), Files: r.Files, Done: r.Done,
			Handed: keyring.Handed{Desk: id.Desk(r.Home)},
		}
	}
	return out, explain(err)
}

// CountShare returns one of them whole; [fault.NotFound] if there is none.
func (tx *Tx) CountShare(ctx context.Context, run string, of id.Desk, number int64) (count.Share, error) {
	r, err := tx.q.CountShare(ctx, rows.CountShareParams{Run: run, Desk: string(of), Number: number})
	return count.Share{
		Run: r.Run, Desk: id.Desk(r.Desk), Number: r.Number, Merged: r.Merged, After: id.Case(r.AfterCase), Files: r.Files, Done: r.Done,
		Handed: keyring.Handed{Desk: id.Desk(r.Home), Pair: id.Key(r.Pair), Sealed: r.Box}, Body: r.Body,
	}, explain(err)
}

// AddCountShare keeps a part; [fault.Conflict] if it is there.
func (tx *Tx) AddCountShare(ctx context.Context, p count.Share) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddCountShare(tx.ctx, rows.AddCountShareParams{
		Run: p.Run, Desk: string(p.Desk), Number: p.Number, Merged: p.Merged, AfterCase: string(p.After), Files: p.Files, Done: p.Done,
		Home: string(p.Handed.Desk), Pair: string(p.Handed.Pair), Box: p.Handed.Sealed, Body: p.Body,
	}))
}

// DropCountShares destroys all parts of a run.
func (tx *Tx) DropCountShares(ctx context.Context, run string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.DropCountShares(tx.ctx, run))
}
