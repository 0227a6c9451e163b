package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// wireReferrals makes the handover to a desk, which rests on nearly everything else.
func (n *Node) wireReferrals() {
	n.Facts.Loops = n.loops
	n.Referrals = &referral.Service{
		Write: guarded(n, store.Writer[referral.Tx](n.DB)), Read: store.Reader[referral.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Keys: n.Keyring, Exchange: n.Exchange, Consents: n.Consents, Cases: n.Cases, Persons: n.Persons,
		Tasks: n.Tasks, Law: n.Law, Signer: func() seal.SignPrivate { return n.Keys().Envelope },
		KeysKept: keysKept, Room: n.room,
	}
	n.Exchange.Handle(envelope.Referral, n.unlessErased(exchange.HandlerFunc(n.Referrals.Receive)))
	n.Exchange.Handle(envelope.Identity, n.unlessErased(exchange.HandlerFunc(n.Referrals.ReceiveBundle)))
	n.Exchange.Handle(envelope.Escalation, exchange.HandlerFunc(n.Referrals.ReceiveEscalation))
	n.Exchange.Handle(envelope.WithdrawalAnswer, exchange.HandlerFunc(n.withdrawalAnswered))
	n.Cases.Closing, n.Cases.Erasing = n.closing, n.eraseAbout
}

// expireAtOnce is how many referrals one turn lets expire.
const expireAtOnce = 50

// referralJobs is the unattended work of referrals.
func (n *Node) referralJobs() []job.Job {
	return []job.Job{
		{Name: "joint", Every: 10 * time.Minute, Do: func(ctx context.Context) (int, error) { return n.Joints.Expire(ctx, expireAtOnce) }},
		{Name: "bundles", Every: 10 * time.Minute, Do: n.Referrals.Release},
		{Name: "referrals", Every: time.Minute, Do: func(ctx context.Context) (int, error) { return n.Referrals.Expire(ctx, expireAtOnce) }},
	}
}

// eraseAbout destroys what was written about a case that is erased: in its referrals, and in the threads about them.
func (n *Node) eraseAbout(ctx context.Context, narrow casefile.Tx, c casefile.Case) error {
	tx, ok := narrow.(eraseTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if err := n.unfind(ctx, tx, c.ID); err != nil {
		return err
	}
	if err := n.Homecomings.EraseIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	if err := n.Conferences.EraseIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	if err := n.OwnViews.ErasedIn(ctx, tx, c.ID); err != nil {
		return err
	}
	all, err := n.Referrals.EraseOfIn(ctx, narrow, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := n.Messages.EraseAboutIn(ctx, tx, r); err != nil {
			return err
		}
	}
	return n.dropOfCase(ctx, narrow, c)
}

// loops counts referrals that were sent and taken back by nobody, by country pair: how far they have come, and how long it took.
func (n *Node) loops(ctx context.Context, who access.Actor) ([]stats.Loop, error) {
	paces, err := n.Referrals.Paces(ctx, who)
	wait := func(days int) stats.Wait {
		if days == referral.NotYet {
			return ""
		}
		return stats.WaitOf(days)
	}
	count := map[stats.Loop]int{}
	for _, p := range paces {
		switch s := p.Status; s {
		case referral.Draft, referral.Checked, referral.Revoked, referral.WithdrawnByPerson, referral.EnteredInError:
		case referral.Sent, referral.Delivered, referral.Acknowledged, referral.InformationRequested, referral.InformationSupplied, referral.Expired,
			referral.Accepted, referral.HandoverPlanned, referral.NotArrived, referral.HandedOver, referral.InCare, referral.Feedback, referral.Completed, referral.Closed, referral.Declined:
			undecided := s == referral.Sent || s == referral.Delivered || s == referral.Acknowledged || s == referral.InformationRequested || s == referral.InformationSupplied || s == referral.Expired
			count[stats.Loop{
				From: string(p.From), To: string(p.To), Decided: !undecided, Closed: s == referral.Closed || s == referral.Declined,
				Answer: wait(p.Answer), Decision: wait(p.Decision), Handover: wait(p.Handover),
			}]++
		}
	}
	var all []stats.Loop
	for l, k := range count {
		l.Count = k
		all = append(all, l)
	}
	return all, err
}
