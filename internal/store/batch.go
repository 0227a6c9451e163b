package store

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// batch is one transaction of the engine, shared by the changes of a group. What they append to the log
// is held back and written together at the end.
type batch struct {
	db      *DB
	s       *engine.Session
	q       *rows.Queries
	erases  bool
	known   bool // head has been read
	dirty   bool // head has moved since
	head    audit.Head
	stored  audit.Head    // the row that the head has
	last    audit.Payload // the newest payload that was written here, without its data
	blocks  []audit.Block
	entries []audit.Payload
	flushed int // how often something was written of what is held back
	network known
	alone   bool     // nobody else has changed anything since the last transaction of this process
	longer  bool     // entries were written
	after   []func() // once it is durable
}

// mark is the state of a batch to which a failed change is undone.
type mark struct {
	known, dirty    bool
	head, stored    audit.Head
	last            audit.Payload
	blocks, entries int
	flushed         int
}

func (b *batch) mark() mark {
	return mark{b.known, b.dirty, b.head, b.stored, b.last, len(b.blocks), len(b.entries), b.flushed}
}

// mixed reports whether what others had appended before m was written since, and would be undone with what came after m.
func (b *batch) mixed(m mark) bool {
	return b.flushed != m.flushed && (m.dirty || m.entries > 0 || m.blocks > 0)
}

func (b *batch) undo(m mark) {
	b.known, b.dirty, b.head, b.stored, b.last = m.known, m.dirty, m.head, m.stored, m.last
	b.blocks, b.entries = b.blocks[:min(m.blocks, len(b.blocks))], b.entries[:min(m.entries, len(b.entries))]
	b.network = known{}
}

// one runs a change: the first of a transaction as it is, the others behind a savepoint. It returns the
// change's own outcome, and an error if the transaction as a whole cannot go on.
func (b *batch) one(ctx context.Context, c *change, first bool) (error, error) {
	if !first {
		if err := b.s.Run(ctx, "SAVEPOINT change"); err != nil {
			return nil, err
		}
	}
	m := b.mark()
	b.s.Failed = nil
	tx := newTx(Tx{ctx: ctx, s: b.s, db: b.db, now: b.db.instant(), batch: b})
	outcome := c.give(tx)
	if outcome == nil && b.s.Failed != nil {
		outcome = fault.Wrap(fault.Internal, "store.error.ignored", b.s.Failed)
	}
	if outcome == nil && c.entry != nil {
		outcome = explain(tx.finish(*c.entry))
	}
	tx.over = true
	if outcome == nil {
		if outcome = explain(b.s.Release(ctx, first)); outcome == nil {
			b.after = append(b.after, tx.after...)
			return nil, nil
		}
	}
	if first || engine.IsSerial(outcome) || engine.IsLost(outcome) {
		return nil, outcome
	}
	if b.mixed(m) {
		return nil, outcome
	}
	if err := b.s.Run(ctx, "ROLLBACK TO change"); err != nil {
		return nil, outcome // the engine has given up the whole transaction, because of it
	}
	b.undo(m)
	return outcome, b.s.Run(ctx, "RELEASE change")
}

// flush writes what the log has gained. It is called before the commit and before the log is read.
func (b *batch) flush(ctx context.Context) error {
	if b.dirty || len(b.blocks) > 0 || len(b.entries) > 0 {
		b.flushed++
	}
	if err := insertBlocks(ctx, b.s, b.q, b.blocks); err != nil {
		return err
	}
	if err := insertPayloads(ctx, b.s, b.q, b.entries); err != nil {
		return err
	}
	if n := len(b.entries); n > 0 {
		b.last = audit.Payload{At: b.entries[n-1].At, Salt: b.entries[n-1].Salt}
		b.longer = true
	}
	full := len(b.blocks) > 0 || b.dirty && b.stored.Epoch != b.head.Epoch
	b.blocks, b.entries, b.dirty = nil, nil, false
	if !full {
		return nil // the payloads tell the rest
	}
	return b.setHead(ctx)
}

// keepHead writes what the log has gained, with its head.
func (b *batch) keepHead(ctx context.Context) error {
	if err := b.flush(ctx); err != nil || b.stored.Epoch == b.head.Epoch && b.stored.Size == b.head.Size {
		return err
	}
	b.flushed++
	return b.setHead(ctx)
}

func (b *batch) setHead(ctx context.Context) error {
	b.stored = b.head
	return b.q.SetAuditHead(ctx, rows.SetAuditHeadParams{Epoch: b.head.Epoch, Size: b.head.Size, Edge: filled(b.head.Edge)})
}

// erasing gives the transaction the right to delete payloads of the log.
func (b *batch) erasing(ctx context.Context) error {
	b.erases = true
	if b.db.engine.Kind == Postgres {
		return b.s.Plain(ctx, "SET LOCAL ROLE "+engine.EraseRole)
	}
	return b.q.BeginErasing(ctx)
}

// ended takes the right away again.
func (b *batch) ended(ctx context.Context) error {
	if !b.erases || b.db.engine.Kind == Postgres { // there it ends with the transaction
		return nil
	}
	return b.q.EndErasing(ctx)
}

// instant returns the present moment in the precision that is kept.
func (db *DB) instant() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// filled returns b, or an empty value for nil, where the column may not be empty of a value.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// finish appends the entries of the change: those it added, then its own.
func (tx *Tx) finish(entry audit.Entry) error {
	all := append(tx.also, entry)
	named := make(map[id.Case]string)
	for i := range all {
		all[i] = all[i].At(frame.At(tx.now))
		c := all[i].Case
		if c == "" {
			continue
		}
		hash, ok := named[c]
		if !ok {
			var err error
			if hash, err = tx.manifest(c); err != nil {
				return err
			}
			named[c] = hash
		}
		all[i] = all[i].Leaving(hash)
	}
	for c := range tx.touched {
		if _, ok := named[c]; !ok {
			return fault.New(fault.Internal, "store.case.unnamed")
		}
	}
	refs, err := audit.Append(tx.ctx, tx, tx.db.rand, all...)
	if err != nil {
		return err
	}
	for i, e := range all {
		if tx.touched[e.Case] {
			if err := tx.q.SetCaseManifest(tx.ctx, rows.SetCaseManifestParams{
				CaseID: string(e.Case), Place: int64(refs[i].At), Manifest: e.Manifest,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
