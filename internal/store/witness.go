package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// AuditObserved returns what is known of the log of member.
func (tx *Tx) AuditObserved(ctx context.Context, member id.Member) (audit.Observed, error) {
	r, _, err := one(tx.q.AuditObserved(ctx, string(member)))
	return audit.Observed{Member: member, Epoch: r.Epoch, Size: r.Size, Hash: r.Hash, Note: r.Note, Time: frame.Time(r.Time)}, err
}

// SetAuditObserved stores o under its member.
func (tx *Tx) SetAuditObserved(ctx context.Context, o audit.Observed) error {
	return explain(tx.q.SetAuditObserved(ctx, rows.SetAuditObservedParams{
		Member: string(o.Member), Epoch: o.Epoch, Size: o.Size, Hash: filled(o.Hash), Note: o.Note, Time: int64(o.Time),
	}))
}

// AuditSeen returns the checkpoint of member at that place, the zero Seen if there was none.
func (tx *Tx) AuditSeen(ctx context.Context, member id.Member, at audit.Place) (audit.Seen, error) {
	r, _, err := one(tx.q.AuditSeen(ctx, rows.AuditSeenParams{Member: string(member), Place: int64(at)}))
	return seen(r), err
}

func seen(r rows.AuditSeen) audit.Seen {
	return audit.Seen{Member: id.Member(r.Member), At: audit.Place(r.Place), Note: r.Note, Time: frame.Time(r.Time), Proven: r.Proven}
}

// SetAuditSeen stores s under its member and place.
func (tx *Tx) SetAuditSeen(ctx context.Context, s audit.Seen) error {
	return explain(tx.q.SetAuditSeen(ctx, rows.SetAuditSeenParams{
		Member: string(s.Member), Place: int64(s.At), Note: s.Note, Time: int64(s.Time), Proven: s.Proven,
	}))
}

// AuditUnproven returns the checkpoints of member that are not proven, longest known first.
func (tx *Tx) AuditUnproven(ctx context.Context, member id.Member, limit int) ([]audit.Seen, error) {
	all, err := tx.q.AuditUnproven(ctx, rows.AuditUnprovenParams{Member: string(member), Limit: int32(limit)})
	return each(all, err, seen)
}

// AddAuditFork keeps evidence of a forked log for ever, the same evidence once; known reports that it was there.
func (tx *Tx) AddAuditFork(ctx context.Context, f audit.Fork) (known bool, err error) {
	body, err := frame.Encode(f)
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(body)
	n, err := tx.q.AddAuditFork(ctx, rows.AddAuditForkParams{
		Digest: hex.EncodeToString(sum[:]), Member: string(f.Member), Time: int64(frame.At(tx.now)), Body: body,
	})
	return n == 0, explain(err)
}

// AuditForks returns evidence against a member, or against all if member is empty, the oldest first, at most limit.
func (tx *Tx) AuditForks(ctx context.Context, member id.Member, limit int) ([]audit.Fork, error) {
	all, err := tx.q.AuditForks(ctx, rows.AuditForksParams{Member: string(member), Most: int32(limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]audit.Fork, len(all))
	for i, body := range all {
		if err := frame.Decode(body, len(body), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
