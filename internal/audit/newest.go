package audit

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Newest returns our last checkpoint, the one that an envelope carries.
//
// It fails with [fault.NotFound] if there is none yet, and as r fails.
func Newest(ctx context.Context, r Reader) (Checkpoint, error) {
	return backwards(ctx, r, func(Checkpoint) (bool, error) { return true, nil })
}

// NewestWitnessed returns our last checkpoint that is witnessed, with its cosignatures, in a network with
// that many members besides our own.
//
// It fails with [fault.NotFound] if there is none yet, and as r fails.
func NewestWitnessed(ctx context.Context, r Reader, own id.Member, others int) (Checkpoint, []Cosignature, error) {
	var by []Cosignature
	c, err := backwards(ctx, r, func(c Checkpoint) (bool, error) {
		const most = 1000 // more than there are members
		var err error
		by, err = r.AuditCosignatures(ctx, c.At, c.At+1, most)
		return Witnessed(own, by, others), err
	})
	if err != nil {
		return Checkpoint{}, nil, err
	}
	return c, by, nil
}

// backwards returns the last checkpoint for which ok reports true. It reads windows of the log from its
// end, each sixteen times wider than the one before; there is at most one checkpoint in 64 leaves.
func backwards(ctx context.Context, r Reader, ok func(Checkpoint) (bool, error)) (Checkpoint, error) {
	heads, err := r.AuditHeads(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	for i := len(heads) - 1; i >= 0; i-- {
		to, width := heads[i].Size+1, int64(64*padTo)
		for to > 0 {
			from := max(0, to-width)
			list, err := r.AuditCheckpoints(ctx, At(heads[i].Epoch, from), At(heads[i].Epoch, to), int(width/padTo)+1)
			if err != nil {
				return Checkpoint{}, err
			}
			for j := len(list) - 1; j >= 0; j-- {
				if good, err := ok(list[j]); err != nil || good {
					return list[j], err
				}
			}
			to, width = from, min(width*16, 1<<20)
		}
	}
	return Checkpoint{}, fault.New(fault.NotFound, "audit.checkpoint.none")
}
