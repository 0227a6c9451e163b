package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/store"
)

// wireLookups makes what keeps the secret that members share for lookups.
func (n *Node) wireLookups() {
	n.Lookups = &lookup.Service{
		Write: store.Writer[lookup.Tx](n.DB), Read: store.Reader[lookup.Tx](n.DB), Now: n.Config.Now, Rand: n.Rand, Member: n.Member, Exchange: n.Exchange,
		Keys: func() exchange.Keys {
			k := n.Keys()
			return exchange.Keys{Envelope: k.Envelope, Control: k.Controls()}
		},
		Vault: func(ctx context.Context, tx lookup.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
		Alarm: n.alarm,
	}
	n.Exchange.Handle(envelope.Lookup, n.Lookups)
}

// lookupJob goes on with a run, and calls for a refresh of what is old.
func (n *Node) lookupJob() job.Job {
	return job.Job{Name: "lookup", Every: time.Minute, Do: n.Lookups.Continue}
}
