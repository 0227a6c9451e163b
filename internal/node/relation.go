package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/seal"
)

// wireRelations makes who belongs together, and lets links follow the keys of a case.
func (n *Node) wireRelations() {
	n.Relations = &relation.Service{Cases: n.Cases}
	n.Cases.Rekeyed = func(ctx context.Context, narrow casefile.Tx, old, fresh seal.Key) error {
		tx, ok := narrow.(relation.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.Relations.Rekeyed(ctx, tx, old, fresh)
	}
}
