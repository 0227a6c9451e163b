package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/subject"
)

// wireRetention makes what ends records and what keeps them from their end.
func (n *Node) wireRetention() {
	n.Retention = &retention.Service{
		Write: store.Writer[retention.Tx](n.DB), Read: store.Reader[retention.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Law: n.Law, Cases: n.Cases, Messages: n.Messages,
	}
	n.Subjects = &subject.Service{Cases: n.Cases, Persons: n.Persons, Forms: n.Forms, Consents: n.Consents, Law: n.Law}
	n.Cases.Held = func(ctx context.Context, tx casefile.Tx, c id.Case) error { return n.held(ctx, tx, c) }
	n.Consents.Held = func(ctx context.Context, tx consent.Tx, c id.Case) error { return n.held(ctx, tx, c) }
}

// held refuses what would erase something of a case that is on hold.
func (n *Node) held(ctx context.Context, narrow any, c id.Case) error {
	tx, ok := narrow.(retention.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	return n.Retention.HeldIn(ctx, tx, c)
}
