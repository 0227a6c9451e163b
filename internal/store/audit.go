package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ audit.Tx        = (*Tx)(nil)
	_ audit.Reader    = (*Tx)(nil)
	_ audit.Keeper    = (*Tx)(nil)
	_ audit.WitnessTx = (*Tx)(nil)
	_ audit.Eraser    = (*EraseTx)(nil)
)

// AuditHead returns the head of the newest epoch, with what this transaction has appended.
func (tx *Tx) AuditHead(ctx context.Context) (audit.Head, error) {
	if err := tx.ready(ctx); err != nil {
		return audit.Head{}, err
	}
	if tx.batch != nil && tx.batch.known {
		return tx.batch.head, nil
	}
	if tx.batch == nil {
		_, h, err := tx.logEnd()
		return h, err
	}
	b := tx.batch
	same, err := b.alone && tx.db.end.last.Salt != nil, error(nil)
	if !same {
		same, err = tx.sameEnd()
	}
	if err != nil {
		return audit.Head{}, err
	}
	b.stored, b.head = tx.db.end.stored, tx.db.end.head
	if !same {
		if b.stored, b.head, err = tx.logEnd(); err != nil {
			return audit.Head{}, err
		}
	}
	b.known = true
	return b.head, nil
}

// end is the end of the log as this process left it. The row of the head is written only when a block is full,
// an epoch ends, or payloads are erased: what has come since is told by the payloads, which cannot be deleted before
// their leaves stand in the head.
type end struct {
	stored, head audit.Head
	last         audit.Payload // without its data
}

// sameEnd reports whether the log still ends as this process left it: a salt of 128 random bits tells.
func (tx *Tx) sameEnd() (bool, error) {
	last := tx.db.end.last
	if last.Salt == nil {
		return false, nil
	}
	r, found, err := one(tx.q.AuditLast(tx.ctx))
	return found && r.Place == int64(last.At) && bytes.Equal(r.Salt, last.Salt), err
}

// maxTail is how many payloads at most follow the head that is stored: a block of leaves that is not full.
const maxTail = 16

// logEnd reads the head that is stored, and returns it with the leaves that have come since.
func (tx *Tx) logEnd() (stored, head audit.Head, err error) {
	r, found, err := one(tx.q.AuditHead(tx.ctx))
	if err != nil || !found {
		return audit.Head{}, audit.Head{}, err
	}
	stored = audit.Head{Epoch: r.Epoch, Size: r.Size, Edge: r.Edge}
	since, err := tx.q.AuditPayloads(tx.ctx, rows.AuditPayloadsParams{
		Place: int64(audit.At(r.Epoch, r.Size)), Place_2: int64(audit.At(r.Epoch+1, 0)), Limit: maxTail,
	})
	all, err := each(since, err, payloadOf)
	if err != nil {
		return audit.Head{}, audit.Head{}, err
	}
	head, err = stored.With(all)
	return stored, head, err
}

func payloadOf(r rows.AuditPayload) audit.Payload {
	return audit.Payload{At: audit.Place(r.Place), Salt: r.Salt, Data: r.Data}
}

// ExtendAudit takes the new head, blocks and payloads; they are written with the rest of the group.
func (tx *Tx) ExtendAudit(ctx context.Context, head audit.Head, blocks []audit.Block, payloads []audit.Payload) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	b := tx.batch
	if !b.known {
		if _, err := tx.AuditHead(ctx); err != nil {
			return err
		}
	}
	if b.head.Epoch != head.Epoch { // the head of the epoch that ends
		if err := b.keepHead(tx.ctx); err != nil {
			return explain(err)
		}
	}
	b.known, b.dirty, b.head = true, true, head
	b.blocks = append(b.blocks, blocks...)
	b.entries = append(b.entries, payloads...)
	return nil
}

// settle writes what is held back, so that the log can be read inside a change.
func (tx *Tx) settle() error {
	if tx.batch == nil {
		return nil
	}
	return explain(tx.batch.flush(tx.ctx))
}

// AuditHeads returns the heads of all epochs, oldest first.
func (tx *Tx) AuditHeads(ctx context.Context) ([]audit.Head, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	found, err := tx.q.AuditHeads(tx.ctx)
	all, err := each(found, err, func(r rows.AuditHead) audit.Head { return audit.Head{Epoch: r.Epoch, Size: r.Size, Edge: r.Edge} })
	if err != nil || len(all) == 0 {
		return all, err
	}
	_, all[len(all)-1], err = tx.logEnd()
	return all, err
}

// reads is ready for a statement that reads the log.
func (tx *Tx) reads(ctx context.Context) error {
	if err := tx.ready(ctx); err != nil {
		return err
	}
	return tx.settle()
}

// AuditBlocks returns the hashes of the blocks at the given places, nil where there is none.
func (tx *Tx) AuditBlocks(ctx context.Context, at []audit.Place) ([][]byte, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	out := make([][]byte, len(at))
	for i, p := range at {
		if err := tx.ready(ctx); err != nil {
			return nil, err
		}
		hashes, _, err := one(tx.q.AuditBlock(tx.ctx, int64(p)))
		if err != nil {
			return nil, err
		}
		out[i] = hashes
	}
	return out, nil
}

// AuditPayloads returns payloads that are still there at places in [from, to).
func (tx *Tx) AuditPayloads(ctx context.Context, from, to audit.Place, limit int) ([]audit.Payload, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.AuditPayloads(tx.ctx, rows.AuditPayloadsParams{Place: int64(from), Place_2: int64(to), Limit: int32(limit)})
	return each(all, err, payloadOf)
}

// EraseAuditPayloads deletes payloads and returns how many were there.
func (tx *EraseTx) EraseAuditPayloads(ctx context.Context, at []audit.Place) (int64, error) {
	if err := tx.writes(ctx); err != nil {
		return 0, err
	}
	if _, err := tx.AuditHead(ctx); err != nil {
		return 0, err
	}
	if err := tx.batch.keepHead(tx.ctx); err != nil { // the leaves stay
		return 0, explain(err)
	}
	var n int64
	for _, p := range at {
		if err := tx.ready(ctx); err != nil {
			return 0, err
		}
		gone, err := tx.q.EraseAuditPayload(tx.ctx, int64(p))
		if err != nil {
			return 0, explain(err)
		}
		n += gone
	}
	return n, nil
}

// AddAuditCheckpoint keeps a checkpoint; one already there stays.
func (tx *Tx) AddAuditCheckpoint(ctx context.Context, c audit.Checkpoint) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddAuditCheckpoint(tx.ctx, rows.AddAuditCheckpointParams{Place: int64(c.At), Time: int64(c.Time), Note: c.Note}))
}

// AuditCheckpoints returns our own checkpoints at places in [from, to).
func (tx *Tx) AuditCheckpoints(ctx context.Context, from, to audit.Place, limit int) ([]audit.Checkpoint, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.AuditCheckpoints(tx.ctx, rows.AuditCheckpointsParams{Place: int64(from), Place_2: int64(to), Limit: int32(limit)})
	return each(all, err, func(r rows.AuditCheckpoint) audit.Checkpoint {
		return audit.Checkpoint{At: audit.Place(r.Place), Time: frame.Time(r.Time), Note: r.Note}
	})
}

// AddAuditCosignature keeps a cosignature; one of that member already there stays.
func (tx *Tx) AddAuditCosignature(ctx context.Context, c audit.Cosignature) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddAuditCosignature(tx.ctx, rows.AddAuditCosignatureParams{
		Place: int64(c.At), Member: string(c.Member), Time: int64(c.Time), Line: c.Line,
	}))
}

// AuditCosignatures returns the cosignatures of checkpoints at places in [from, to).
func (tx *Tx) AuditCosignatures(ctx context.Context, from, to audit.Place, limit int) ([]audit.Cosignature, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.AuditCosignatures(tx.ctx, rows.AuditCosignaturesParams{Place: int64(from), Place_2: int64(to), Limit: int32(limit)})
	return each(all, err, func(r rows.AuditCosignature) audit.Cosignature {
		return audit.Cosignature{At: audit.Place(r.Place), Member: id.Member(r.Member), Time: frame.Time(r.Time), Line: r.Line}
	})
}

// AddAuditEpoch keeps the signed statement with which an epoch began.
func (tx *Tx) AddAuditEpoch(ctx context.Context, epoch int64, note string) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	return explain(tx.q.AddAuditEpoch(tx.ctx, rows.AddAuditEpochParams{Epoch: epoch, Note: note}))
}

// AuditEpochs returns the statements with which epochs began, oldest first.
func (tx *Tx) AuditEpochs(ctx context.Context) ([]string, error) {
	if err := tx.reads(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.AuditEpochs(tx.ctx)
	return all, explain(err)
}

// many is the number of rows that one INSERT takes.
const many = 32

func insertPayloads(ctx context.Context, s *engine.Session, q *rows.Queries, all []audit.Payload) error {
	for len(all) >= many {
		args := make([]any, 0, 3*many)
		for _, p := range all[:many] {
			args = append(args, int64(p.At), p.Salt, p.Data)
		}
		if _, err := s.Exec(ctx, insertMany("audit_payload (place, salt, data)", 3), args...); err != nil {
			return err
		}
		all = all[many:]
	}
	for _, p := range all {
		if err := q.AddAuditPayload(ctx, rows.AddAuditPayloadParams{Place: int64(p.At), Salt: p.Salt, Data: p.Data}); err != nil {
			return err
		}
	}
	return nil
}

func insertBlocks(ctx context.Context, s *engine.Session, q *rows.Queries, all []audit.Block) error {
	for len(all) >= many {
		args := make([]any, 0, 2*many)
		for _, b := range all[:many] {
			args = append(args, int64(b.At), b.Hashes)
		}
		if _, err := s.Exec(ctx, insertMany("audit_block (place, hashes)", 2), args...); err != nil {
			return err
		}
		all = all[many:]
	}
	for _, b := range all {
		if err := q.AddAuditBlock(ctx, rows.AddAuditBlockParams{Place: int64(b.At), Hashes: b.Hashes}); err != nil {
			return err
		}
	}
	return nil
}

// insertMany returns an INSERT of many rows of n columns each.
func insertMany(into string, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + " VALUES ")
	for r := range many {
		for c := range n {
			switch {
			case c > 0:
				b.WriteString(", ")
			case r > 0:
				b.WriteString("), (")
			default:
				b.WriteString("(")
			}
			fmt.Fprintf(&b, "$%d", r*n+c+1)
		}
	}
	b.WriteString(")")
	return b.String()
}
