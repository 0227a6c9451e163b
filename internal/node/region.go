package node

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/store"
)

// wireRegions makes what adds up protected tables of members.
func (n *Node) wireRegions() {
	n.Regions = &region.Service{
		Write: store.Writer[region.Tx](n.DB), Read: store.Reader[region.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Rand: n.Rand, Member: n.Member,
		Exchange: n.Exchange, Persons: n.personsOf,
		Vault: func(ctx context.Context, tx region.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
	}
	n.Exchange.Handle(envelope.Region, n.Regions)
}

// personsOf returns what the newest count of registered persons has told of just the months of a plan.
func (n *Node) personsOf(ctx context.Context, who access.Actor, p region.Plan) (*region.Persons, error) {
	all, err := n.Counts.List(ctx, who, 200)
	if err != nil {
		return nil, err
	}
	from, err1 := time.Parse("2006-01", p.From)
	to, err2 := time.Parse("2006-01", p.To)
	if err1 != nil || err2 != nil {
		return nil, nil
	}
	first, last := from.Format(time.DateOnly), to.AddDate(0, 1, -1).Format(time.DateOnly)
	for _, st := range all {
		if st.Scope.Definition != count.Registered || st.Scope.From != first || st.Scope.To != last {
			continue
		}
		if st.End != count.Counted || st.Result == nil || !st.Result.Publishable {
			continue
		}
		noise, _ := st.Plan.Margins()
		return &region.Persons{
			Run: st.ID, Members: slices.Sorted(slices.Values(st.Plan.Members)), Persons: st.Result.Persons, Low: st.Result.Low, High: st.Result.High,
			Noise: noise, Epsilon: int64(st.Plan.Epsilon),
		}, nil
	}
	return nil, nil
}
