package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
)

// wireLookups makes what asks other members whether somebody is known to them, and keeps the secret that they share for it.
func (n *Node) wireLookups() {
	n.Lookups = &lookup.Service{
		Write: store.Writer[lookup.Tx](n.DB), Read: store.Reader[lookup.Tx](n.DB), Now: n.Config.Now, Rand: n.Rand, Member: n.Member, Exchange: n.Exchange,
		Keys: func() exchange.Keys {
			k := n.Keys()
			return exchange.Keys{Envelope: k.Envelope, Control: k.Controls()}
		},
		Vault: func(ctx context.Context, tx lookup.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
		Cases: n.Cases, Tasks: n.Tasks, Messages: n.Messages, IDs: n.IDs, Law: n.Law, Clock: n.clockOf, Permit: n.mayAsk, AtHome: n.knownHere,
		Alarm: n.alarm,
	}
	n.Exchange.Handle(envelope.Lookup, n.Lookups)
	n.Exchange.Handle(envelope.Question, exchange.HandlerFunc(n.Lookups.ReceiveQuestion))
}

// mayAsk asks the rule rows whether a desk may ask another member. What is asked is of the desks there that are in its own realm.
func (n *Node) mayAsk(ctx context.Context, tx lookup.FullTx, from id.Desk, realm access.Realm, to id.Member, basis string, consented bool) error {
	d, err := tx.Desk(ctx, from)
	if err != nil {
		return err
	}
	sector := profile.SectorAuthority
	if realm == access.Prosecution {
		sector = profile.SectorJustice
	}
	_, err = profile.Rule(n.Law(), profile.Transfer{
		From: n.Member, FromSector: d.Sector, To: to, ToSector: sector, Kind: "lookup", Basis: basis, Unasked: !consented && realm == access.Assistance,
	})
	return err
}

// knownHere looks for the person of a case among the other cases of this node that the bearer may see. The prosecution looks by itself.
func (n *Node) knownHere(ctx context.Context, by keyring.Bearer, c id.Case) (int, error) {
	if by.Realm != access.Assistance {
		return 0, nil
	}
	found, err := n.Duplicates.Candidates(ctx, by, c)
	return len(found), err
}

// lookupJob goes on with a run, and calls for a refresh of what is old.
func (n *Node) lookupJob() job.Job {
	return job.Job{Name: "lookup", Every: time.Minute, Do: n.Lookups.Continue}
}

// lookupJobs is what the node does by itself about questions.
func (n *Node) lookupJobs() []job.Job {
	return []job.Job{
		{Name: "lookup-mend", Every: 10 * time.Minute, Do: n.Lookups.Mend},
		{Name: "lookups", Every: time.Minute, Do: n.Lookups.Listen},
		{Name: "lookups-tend", Every: 10 * time.Minute, Do: n.Lookups.Tend},
	}
}

// unlook forgets what was asked about a case that is erased, and makes it findable no more.
func (n *Node) unlook(ctx context.Context, narrow any, c id.Case) error {
	tx, ok := narrow.(lookup.FullTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	return n.Lookups.EraseIn(ctx, tx, c)
}
