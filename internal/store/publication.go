package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ publication.Tx = (*Tx)(nil)

// AddPublication adds a record.
//
// It fails with [fault.Conflict] if its version or place is taken.
func (tx *Tx) AddPublication(ctx context.Context, k publication.Kept) error {
	r := k.Record
	return explain(tx.q.AddPublication(ctx, rows.AddPublicationParams{
		ID: string(r.ID), Version: r.Version, Member: string(r.Member), Seq: r.Seq, Kind: string(r.Kind),
		Withdrawn: r.Withdrawn, Hash: k.Hash, Bytes: k.Bytes, FromPeer: string(k.From), Received: int64(k.Received),
		Current: k.Current, Disputed: k.Disputed,
	}))
}

// MarkPublication changes whether a record is current and disputed.
func (tx *Tx) MarkPublication(ctx context.Context, p id.Publication, version int64, current, disputed bool) error {
	return explain(tx.q.MarkPublication(ctx, rows.MarkPublicationParams{
		ID: string(p), Version: version, Current: current, Disputed: disputed,
	}))
}

func publicationOf(r rows.Publication) (publication.Kept, error) {
	s, err := publication.Parse(r.Bytes)
	if err != nil {
		return publication.Kept{}, fault.Wrap(fault.Internal, "store.publication.form", err)
	}
	return publication.Kept{
		Signed: s, Hash: r.Hash, Bytes: r.Bytes, From: id.Member(r.FromPeer), Received: frame.Time(r.Received),
		Current: r.Current, Disputed: r.Disputed,
	}, nil
}

func publicationsOf(all []rows.Publication, err error) ([]publication.Kept, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]publication.Kept, len(all))
	for i, r := range all {
		if out[i], err = publicationOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PublicationVersions returns the versions of a publication, oldest first.
func (tx *Tx) PublicationVersions(ctx context.Context, p id.Publication) ([]publication.Kept, error) {
	all, err := tx.q.PublicationVersions(ctx, string(p))
	return publicationsOf(all, err)
}

// PublicationAt returns the record at a place of a member.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) PublicationAt(ctx context.Context, m id.Member, seq int64) (publication.Kept, error) {
	r, err := tx.q.PublicationAt(ctx, rows.PublicationAtParams{Member: string(m), Seq: seq})
	if err != nil {
		return publication.Kept{}, explain(err)
	}
	return publicationOf(r)
}

// PublicationsAfter returns records of a member after a place, in order of places.
func (tx *Tx) PublicationsAfter(ctx context.Context, m id.Member, seq int64, limit int) ([]publication.Kept, error) {
	all, err := tx.q.PublicationsAfter(ctx, rows.PublicationsAfterParams{Member: string(m), Seq: seq, Many: int32(limit)})
	return publicationsOf(all, err)
}

// Publications lists current records in order of identifiers.
func (tx *Tx) Publications(ctx context.Context, f publication.Filter) ([]publication.Kept, error) {
	all, err := tx.q.Publications(ctx, rows.PublicationsParams{
		After: string(f.After), Kind: string(f.Kind), Member: string(f.Member), Withdrawn: f.Withdrawn, Many: int32(f.Limit),
	})
	return publicationsOf(all, err)
}

// PublicationMarks returns what this node has, in order of members.
func (tx *Tx) PublicationMarks(ctx context.Context) ([]publication.Mark, error) {
	all, err := tx.q.PublicationMarks(ctx)
	return each(all, err, func(r rows.PublicationMark) publication.Mark {
		return publication.Mark{Member: id.Member(r.Member), Seq: r.Seq}
	})
}

// SetPublicationMark keeps how far this node has the records of a member.
func (tx *Tx) SetPublicationMark(ctx context.Context, m publication.Mark) error {
	return explain(tx.q.SetPublicationMark(ctx, rows.SetPublicationMarkParams{Member: string(m.Member), Seq: m.Seq}))
}

// AddPublicationFork keeps evidence; the same is kept once.
func (tx *Tx) AddPublicationFork(ctx context.Context, f publication.Fork) error {
	sum := sha256.Sum256(frame.Join(f.First, f.Second))
	return explain(tx.q.AddPublicationFork(ctx, rows.AddPublicationForkParams{
		Digest: hex.EncodeToString(sum[:]), Member: string(f.Member), First: f.First, Second: f.Second, Found: int64(f.Found),
	}))
}

// PublicationForks returns all evidence, oldest first.
func (tx *Tx) PublicationForks(ctx context.Context) ([]publication.Fork, error) {
	all, err := tx.q.PublicationForks(ctx)
	return each(all, err, func(r rows.PublicationForksRow) publication.Fork {
		return publication.Fork{Member: id.Member(r.Member), First: r.First, Second: r.Second, Found: frame.Time(r.Found)}
	})
}

// PublicationGreeted returns when a member was last greeted; 0: never.
func (tx *Tx) PublicationGreeted(ctx context.Context, m id.Member) (frame.Time, error) {
	at, _, err := one(tx.q.PublicationGreeted(ctx, string(m)))
	return frame.Time(at), err
}

// SetPublicationGreeted notes that a member was greeted.
func (tx *Tx) SetPublicationGreeted(ctx context.Context, m id.Member, at frame.Time) error {
	return explain(tx.q.SetPublicationGreeted(ctx, rows.SetPublicationGreetedParams{Member: string(m), At: int64(at)}))
}
