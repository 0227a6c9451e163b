package referral_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// The bundle was delivered, nobody had opened it, and she withdrew.
func TestAnUnopenedBundleStaysClosedAfterWithdrawal(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	if x.bundles() != 1 {
		t.Fatalf("%d bundles, want 1", x.bundles())
	}
	did(t)(x.from.Withdraw(t.Context(), x.ana.Actor, x.at))
	x.stands(referral.WithdrawnByPerson)
	seen, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(seen.Bundle.Content.Names) != 0 || seen.Case != "" {
		t.Fatal("the receiver opened what she had withdrawn")
	}
}

// A member with good keys sends a second bundle in the same thread: the first can be opened all the same.
func TestASecondBundleIsRefused(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	r, _, _, err := x.from.Show(t.Context(), x.ana.Actor, x.at)
	x.must(err)
	x.must(store.Writer[referral.Tx](x.from.db)(t.Context(), audit.Did(access.Node("MK"), access.DeliverExchange, "second"), func(tx referral.Tx) error {
		_, err := x.from.door.Seal(t.Context(), tx, exchange.Draft{
			Kind: envelope.Identity, FromDesk: r.Desk, Realm: r.Realm, To: r.Peer.Member, ToDesk: r.Peer.Desk, Thread: r.Bundle,
			Side: envelope.Opener, Consent: x.consent.ID, Basis: "consent", Urgency: "normal", Content: []byte("{}"),
		})
		return err
	}))
	x.deliver()
	if x.bundles() != 1 {
		t.Errorf("%d bundles, want 1", x.bundles())
	}
	seen, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(seen.Bundle.Content.Names) == 0 {
		t.Fatal("the first bundle is gone")
	}
}
