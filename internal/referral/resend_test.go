package referral_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// loses destroys the intake key of the receiving desk to which everything was sealed until now, as a rotation does in the
// end. Its sheet names the new one only after publish.
func (x *tale) loses() {
	x.t.Helper()
	x.must(x.to.keys.Rotate(x.t.Context(), x.sara, x.sara.Desk))
	x.must(store.Writer[keyring.Tx](x.to.db)(x.t.Context(), audit.Did(access.Node(x.to.member), access.RotateKey, "intake"), func(tx keyring.Tx) error {
		pairs, err := tx.Pairs(x.t.Context(), x.sara.Desk, keyring.Intake)
		if err != nil {
			return err
		}
		for _, p := range pairs[1:] {
			p.Private = nil
			if err := tx.SetPair(x.t.Context(), p); err != nil {
				return err
			}
		}
		return nil
	}))
}

// leaves drafts, checks and sends, without carrying anything to the other desk.
func (x *tale) leaves() {
	x.t.Helper()
	r, err := x.from.Draft(x.t.Context(), x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	x.at = referral.At{Referral: r.ID}
	_, err = x.from.Check(x.t.Context(), x.ana, x.at)
	x.must(err)
	_, err = x.from.Send(x.t.Context(), x.ana, x.at, false)
	x.must(err)
}

// asked reports how many tasks to seal anew are open at the sender.
func (x *tale) asked() (n int) {
	x.t.Helper()
	x.must(store.Reader[referral.Tx](x.from.db)(x.t.Context(), func(tx referral.Tx) error {
		all, err := tx.OpenTasks(x.t.Context(), string(x.at.Referral)+"."+string(referral.Sender), referral.TaskResend)
		n = len(all)
		return err
	}))
	return n
}

// The other desk has a new key before the request, and again before the bundle, has arrived. Each is refused, the sending
// desk is asked, seals it anew, and it arrives once.
func TestWhatWasRefusedForAStaleKeyIsSealedAnew(t *testing.T) {
	x := tell(t, "RS")
	x.leaves()
	if _, err := x.from.Resend(t.Context(), x.ana, x.at, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("sealing anew what nobody refused: %v", err)
	}
	x.loses()
	x.deliver()
	if got := x.asked(); got != 1 {
		t.Fatalf("%d tasks to seal the request anew, want 1", got)
	}
	if found, err := x.from.Refused(t.Context(), x.ana.Actor, x.at); err != nil || !found {
		t.Errorf("nothing is shown as refused: %v", err)
	}
	x.publish()
	did(t)(x.from.Resend(t.Context(), x.ana, x.at, ""))
	if got := x.asked(); got != 0 {
		t.Errorf("%d tasks are open after it was done", got)
	}
	x.pass(time.Hour)
	x.deliver()
	x.stands(referral.Delivered)
	open, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(open.Request.Needs) == 0 {
		t.Error("the request is empty")
	}
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	x.deliver()
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	if x.bundles() != 0 || x.asked() != 1 {
		t.Fatalf("%d bundles and %d tasks, want none and 1", x.bundles(), x.asked())
	}
	x.publish()
	if _, err := x.from.Resend(t.Context(), x.ana, referral.At{Referral: x.at.Referral, Version: 1}, ""); !fault.Is(err, fault.Stale) {
		t.Errorf("sealing anew from an old page: %v", err)
	}
	did(t)(x.from.Resend(t.Context(), x.ana, x.at, ""))
	x.pass(time.Hour)
	x.deliver()
	if x.bundles() != 1 {
		t.Fatalf("%d bundles, want 1", x.bundles())
	}
	open, err = x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(open.Bundle.Content.Names) == 0 {
		t.Error("her names did not come")
	}
}

// The key of a letter that was read is destroyed in its time. What came later opens all the same.
func TestALetterWhoseKeyIsGoneHidesNothingElse(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	_, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	open, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(open.Request.Needs) == 0 || len(open.Bundle.Content.Names) == 0 {
		t.Fatal("nothing to lose")
	}
	x.loses()
	open, err = x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	if len(open.Bundle.Content.Names) == 0 {
		t.Error("her names are gone with the key of the request")
	}
}

// What she withdrew from is not sealed anew.
func TestNothingIsSealedAnewAfterAWithdrawal(t *testing.T) {
	x := tell(t, "RS")
	x.leaves()
	x.deliver()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	x.deliver()
	x.loses()
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	x.publish()
	did(t)(x.from.Withdraw(t.Context(), x.ana.Actor, x.at))
	_, err := x.from.Resend(context.WithoutCancel(t.Context()), x.ana, x.at, "")
	x.deliver()
	if x.bundles() != 0 {
		t.Errorf("%d bundles after she withdrew (%v)", x.bundles(), err)
	}
}

// The bundle and the plan were refused, and then the other desk has signed two things that cannot both be true. The plan
// is sealed anew; the bundle may not go, and somebody still has to look at it.
func TestABundleThatMayNotBeSealedAnewStaysATask(t *testing.T) {
	x := tell(t, "RS")
	x.leaves()
	x.deliver()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	x.deliver()
	x.loses()
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	did(t)(x.from.Plan(t.Context(), x.ana, x.at, referral.Planned{At: frame.At(x.Now().Add(72 * time.Hour)), Meeting: "airport"}, "By noon"))
	x.deliver()
	x.twin(referral.Accepted)
	x.deliver()
	row, _, _, err := x.from.Show(t.Context(), x.ana.Actor, x.at)
	x.must(err)
	if !row.Frozen || x.asked() != 1 {
		t.Fatalf("frozen %t, %d tasks", row.Frozen, x.asked())
	}
	x.publish()
	did(t)(x.from.Resend(t.Context(), x.ana, x.at, "By noon"))
	if got := x.asked(); got != 1 {
		t.Errorf("%d tasks are open, and the bundle was not sent", got)
	}
	if _, err := x.from.Resend(t.Context(), x.ana, x.at, ""); !fault.Is(err, fault.Conflict) || x.asked() != 1 {
		t.Errorf("sealing anew what may not go: %v, %d tasks", err, x.asked())
	}
	x.deliver()
	if x.bundles() != 0 {
		t.Error("a bundle went to a desk with which something has to be cleared up")
	}
}

// twin lets the other node say, in the place of an event of its own, something else.
func (x *tale) twin(of referral.Transition) {
	x.t.Helper()
	_, st, _, err := x.to.Show(x.t.Context(), x.sara.Actor, referral.At{Referral: x.at.Referral, Desk: x.desk})
	x.must(err)
	entry, ok := st.Last(of)
	if !ok {
		x.t.Fatalf("%s was not reached", of)
	}
	e := entry.Event
	e.At = e.At.Add(time.Second)
	signed, err := e.Sign(x.to.envelope)
	x.must(err)
	body, err := envelope.EncodeBody(signed)
	x.must(err)
	x.must(store.Recorder[exchange.Tx](x.to.db)(x.t.Context(), func(tx exchange.Tx) error {
		_, err := x.to.door.Seal(x.t.Context(), tx, exchange.Draft{
			Kind: envelope.Referral, FromDesk: x.desk, Realm: access.Assistance, To: x.from.member, ToDesk: x.ana.Desk,
			Thread: id.Thread(x.at.Referral), Side: envelope.Answerer, Basis: "consent", Body: body,
		})
		if err != nil {
			return err
		}
		_, err = tx.Record(x.t.Context(), audit.Did(access.Node(x.to.member), access.DeliverExchange, "twin"))
		return err
	}))
}

// The request is refused twice, for two keys that have gone, and a step later on. Each time the very thing that was refused is sealed anew, in
// its place, and nothing is left to seal when it has arrived.
func TestEachThingIsSealedAnewInItsPlace(t *testing.T) {
	x := tell(t, "RS")
	x.leaves()
	refused := func() bool {
		t.Helper()
		found, err := x.from.Refused(t.Context(), x.ana.Actor, x.at)
		x.must(err)
		return found
	}
	for range 2 {
		x.loses()
		x.deliver()
		if !refused() || x.asked() != 1 {
			t.Fatalf("the request was not refused: %d tasks", x.asked())
		}
		x.publish()
		did(t)(x.from.Resend(t.Context(), x.ana, x.at, ""))
		x.pass(time.Hour)
	}
	x.deliver()
	x.stands(referral.Delivered)
	if refused() || x.asked() != 0 {
		t.Error("something is left of a request that has arrived")
	}
	_, err := x.to.Open(t.Context(), x.sara, x.at) // before its key goes
	x.must(err)
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	x.deliver()
	x.loses()
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	if !refused() || x.bundles() != 0 {
		t.Fatal("her bundle was not refused")
	}
	x.publish()
	did(t)(x.from.Resend(t.Context(), x.ana, x.at, ""))
	x.pass(time.Hour)
	x.deliver()
	if refused() || x.bundles() != 1 {
		t.Errorf("%d bundles, and something is left to seal: %v", x.bundles(), refused())
	}
	_, err = x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	x.loses()
	did(t)(x.from.Plan(t.Context(), x.ana, x.at, referral.Planned{At: frame.At(x.Now().Add(72 * time.Hour)), Meeting: "airport"}, "By noon"))
	x.deliver()
	if !refused() {
		t.Fatal("the plan was not refused")
	}
	x.publish()
	if _, err := x.from.Resend(t.Context(), x.ana, x.at, ""); !isKey(err, fault.Invalid, "referral.words") {
		t.Errorf("without the words that were beside it: %v", err)
	}
	did(t)(x.from.Resend(t.Context(), x.ana, x.at, "By noon, at the gate"))
	x.pass(time.Hour)
	x.stands(referral.HandoverPlanned)
	open, err := x.to.Open(t.Context(), x.sara, x.at)
	x.must(err)
	said := ""
	for _, w := range open.Words {
		said += w.Text + ";"
	}
	if said != "By noon, at the gate;" || refused() || x.asked() != 0 {
		t.Errorf("the other desk reads %q; left %v, %d tasks", said, refused(), x.asked())
	}
}
