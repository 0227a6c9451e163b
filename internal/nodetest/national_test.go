package nodetest_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// TestAWithdrawalReachesADeskOfTheSameMember takes a consent back under which another desk of the same node has her: it is told as a desk
// abroad would be.
func TestAWithdrawalReachesADeskOfTheSameMember(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, ctx := n.Node("MD"), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	md.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "sara", access.CaseManager)
	md.PublishSheet()
	n.Run()
	to := id.Address{Member: "MD", Desk: "shelter"}
	who := demo.Invented()
	c, err := md.Cases.Open(ctx, md.As("ana"), opening(&who))
	must(err)
	given, err := md.Consents.Give(ctx, md.As("ana"), giving(c.ID, to))
	must(err)
	in := drafting(to, given.ID, n.Now())
	in.Basis = "consent"
	row, err := md.Referrals.Draft(ctx, md.As("ana"), c.ID, referral.At{}, in)
	must(err)
	at := referral.At{Referral: row.ID}
	_, err = md.Referrals.Check(ctx, md.As("ana"), at)
	must(err)
	_, err = md.Referrals.Send(ctx, md.As("ana"), at, false)
	must(err)
	n.Run()
	_, err = md.Referrals.Open(ctx, md.As("sara"), at)
	must(err)
	_, err = md.Referrals.Acknowledge(ctx, md.As("sara"), at)
	must(err)
	_, err = md.Referrals.Accept(ctx, md.As("sara"), at)
	must(err)
	n.Run()
	_, err = md.Referrals.Open(ctx, md.As("sara"), at)
	must(err)
	_, err = md.Consents.Withdraw(ctx, md.As("ana").Actor, given.ID, "")
	must(err)
	n.Run()
	var kinds []string
	must(store.Reader[exchange.Tx](md.DB)(ctx, func(tx exchange.Tx) error {
		all, err := tx.OutSince(ctx, "MD", 0, "", 50)
		for _, o := range all {
			kinds = append(kinds, string(o.Kind))
		}
		return err
	}))
	kinds = slices.DeleteFunc(kinds, func(k string) bool { return k != "withdrawal" })
	if len(kinds) != 2 { // in the thread of the referral and in that of the bundle
		t.Errorf("the desk was told %d times", len(kinds))
	}
	all, err := md.Tasks.List(ctx, md.As("sara").Actor, task.Filter{Kind: referral.TaskErase})
	must(err)
	if len(all) != 1 {
		t.Errorf("the desk has %d tasks to say what becomes of what it holds", len(all))
	}
}
