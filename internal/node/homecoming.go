package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// wireHomecomings makes what prepares a return and follows it.
func (n *Node) wireHomecomings() {
	n.Homecomings = &homecoming.Service{
		Write: store.Writer[homecoming.Tx](n.DB), Read: store.Reader[homecoming.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Cases: n.Cases, Tasks: n.Tasks, Law: n.Law, Handover: n.handover,
		Guardian: n.Childhoods.SpeaksIn, Willing: n.Childhoods.ReturnIn,
	}
}

// handover says what has become of the referral by which a desk takes over somebody who returns. A return rests on one that was
// sent from here.
func (n *Node) handover(ctx context.Context, narrow homecoming.Tx, r id.Referral) (homecoming.Handover, error) {
	tx, ok := narrow.(referral.Tx)
	if !ok {
		return homecoming.Handover{}, fault.New(fault.Internal, "node.wiring")
	}
	ends, err := tx.ReferralEnds(ctx, r)
	if err != nil {
		return homecoming.Handover{}, err
	}
	i := slices.IndexFunc(ends, func(e referral.Row) bool { return e.Side == referral.Sender })
	if i < 0 {
		return homecoming.Handover{}, fault.New(fault.NotFound, "referral.missing")
	}
	return homecoming.Handover{Case: ends[i].Case, To: ends[i].Peer.Member, Agreed: ends[i].Takes()}, nil
}
