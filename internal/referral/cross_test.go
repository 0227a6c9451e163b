package referral_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/store"
)

// Acceptance, withdrawal and delivery in random order, with lines that fail: her identity leaves at most once, and
// never after the sender's desk knew that she had withdrawn; both sides see one state.
func TestExactlyOneBundleWhateverTheOrder(t *testing.T) {
	for seed := range uint64(6) {
		x := tell(t, "RS")
		x.sent()
		did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
		x.deliver()
		random := rand.New(rand.NewPCG(seed, 1))
		accepted, withdrawn, left := false, false, 0
		for range 8 {
			switch random.IntN(4) {
			case 0:
				if _, err := x.to.Accept(t.Context(), x.sara, x.at); err == nil {
					accepted = true
				} else if !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
			case 1:
				if withdrawn || seed%3 == 0 {
					continue
				}
				left = x.bundles()
				did(t)(x.from.Withdraw(t.Context(), x.ana.Actor, x.at))
				withdrawn = true
			case 2:
				x.cut = !x.cut
			case 3:
				x.pass(time.Hour)
				x.deliver()
			}
		}
		x.cut = false
		x.pass(time.Hour)
		x.deliver()
		x.pass(time.Hour)
		switch {
		case withdrawn:
			x.stands(referral.WithdrawnByPerson)
			if x.bundles() != left {
				t.Fatalf("seed %d: %d bundles, %d before the withdrawal", seed, x.bundles(), left)
			}
		case accepted:
			x.stands(referral.Accepted)
			if x.bundles() != 1 {
				t.Fatalf("seed %d: %d bundles", seed, x.bundles())
			}
		}
	}
}

// A sender whose program does not look seals more than she agreed to.
func TestWhatExceedsTheConsentIsNotKept(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	var bundle id.Thread
	x.must(store.Writer[referral.Tx](x.from.db)(t.Context(), audit.Did(access.Node("MK"), access.ReleaseReferral, "x"), func(tx referral.Tx) error {
		r, err := tx.Referral(t.Context(), x.at.Referral, "focal-point")
		if err != nil {
			return err
		}
		bundle = r.Bundle
		e, err := x.from.consents.ExtractIn(t.Context(), tx, x.consent.ID, r.Peer, frame.At(x.Now()))
		if err != nil {
			return err
		}
		body, err := frame.Encode(consent.Bundle{Form: consent.BundleForm, Extract: e, Content: consent.Content{
			Facts: consent.Facts{Journey: &consent.Account{Codes: []string{}, Note: "too much"}},
		}})
		if err != nil {
			return err
		}
		waiting, err := tx.OutOf(t.Context(), bundle)
		if err != nil {
			return err
		}
		waiting[0].State = exchange.OutRefused // so that the other may take its place
		if err := tx.SetOut(t.Context(), waiting[0]); err != nil {
			return err
		}
		_, err = x.from.door.Seal(t.Context(), tx, exchange.Draft{
			Kind: envelope.Identity, FromDesk: "focal-point", Realm: access.Assistance, To: "RS", ToDesk: "shelter", Thread: bundle,
			Side: envelope.Opener, Consent: x.consent.ID, Basis: "consent", Content: body, Replaces: waiting[0].ID,
		})
		return err
	}))
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	x.deliver()
	if _, err := x.to.Open(t.Context(), x.sara, x.at); !fault.Is(err, fault.Invalid) {
		t.Fatalf("opened: %v", err)
	}
	x.deliver()
	for _, end := range []struct {
		n    *node
		side string
	}{{x.from, ".sender"}, {x.to, ".receiver"}} {
		x.must(store.Reader[referral.Tx](end.n.db)(t.Context(), func(tx referral.Tx) error {
			all, err := tx.OpenTasks(t.Context(), string(x.at.Referral)+end.side, referral.TaskIncident)
			if err == nil && len(all) != 1 {
				t.Errorf("%s: %d incidents", end.side, len(all))
			}
			return err
		}))
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{}`))
	for _, v := range []string{"request", "words", "words-control", "words-empty", "words-answers", "words-language"} {
		of := spectest.Read(f, "../../spec/testdata/referral/"+v)
		f.Add([]byte(of["request"] + of["words"]))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := referral.ParseRequest(b)
		if err == nil && q.Check() != nil {
			t.Error("what was read cannot be sent")
		}
		if said, err := referral.ParseWords(b); err == nil && said.Text == "" && len(said.Answers) == 0 {
			t.Errorf("%q says nothing", b)
		}
	})
}

// Danger to life: request and identity leave together, on a recorded override that a second person approved.
func TestBothAtOnceOnAnOverrideOnly(t *testing.T) {
	x := tell(t, "RS")
	ctx := t.Context()
	plain, err := x.from.Draft(ctx, x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	_, err = x.from.Check(ctx, x.ana, referral.At{Referral: plain.ID})
	x.must(err)
	if _, err = x.from.Send(ctx, x.ana, referral.At{Referral: plain.ID}, true); !fault.Is(err, fault.Denied) {
		t.Fatalf("identity left with the request: %v", err)
	}
	o, err := x.from.consents.Propose(ctx, x.ana, x.file.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "RS", Desk: "shelter"},
		Category: []consent.Code{"identity.names", "languages"}, Text: "She is in danger tonight.", Notice: "At the next meeting.",
	})
	x.must(err)
	second := x.from.colleague("mira", "focal-point", "ana")
	o, err = x.from.consents.Approve(ctx, second, o.ID)
	x.must(err)
	in := x.drafting()
	in.Basis, in.Consent, in.Override, in.Request.Urgency = "vital-interests", o.ID, true, referral.Urgent

	signed, err := consent.ParseApproval(o.Approval)
	x.must(err)
	msg, err := frame.Encode(signed.Approval)
	x.must(err)
	thief, honest := seal.NewSign(nil), o.Approval // who holds the database and a key of his own
	signed.Signer, signed.Signature = thief.Public(), thief.Sign(seal.DomainOverride, msg)
	o.Approval, err = frame.Encode(signed)
	x.must(err)
	overwrite := func() {
		write := store.Writer[consent.Tx](x.from.db)
		x.must(write(ctx, audit.Did(x.ana.Actor, access.SendNotice, "x"), func(tx consent.Tx) error { return tx.SetOverride(ctx, o) }))
		o.Version++
	}
	overwrite()
	if r, err := x.from.Draft(ctx, x.ana, x.file.ID, referral.At{}, in); err == nil {
		if _, err = x.from.Check(ctx, x.ana, referral.At{Referral: r.ID}); !fault.Is(err, fault.Denied) {
			t.Errorf("an approval that she did not sign is good for a referral: %v", err)
		}
	} else if !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
	o.Approval = honest
	overwrite()

	r, err := x.from.Draft(ctx, x.ana, x.file.ID, referral.At{}, in)
	x.must(err)
	x.at = referral.At{Referral: r.ID}
	_, err = x.from.Check(ctx, x.ana, x.at)
	x.must(err)
	_, err = x.from.Send(ctx, x.ana, x.at, true)
	x.must(err)
	x.deliver()
	x.pass(time.Hour) // the bundle may have overtaken the request
	x.stands(referral.Delivered)
	if x.bundles() != 1 {
		t.Fatalf("%d bundles", x.bundles())
	}
	did(t)(x.from.Withdraw(ctx, x.ana.Actor, x.at))
	x.stands(referral.WithdrawnByPerson)
}

func TestAChildIsNotReferredOnHerOwnConsent(t *testing.T) {
	x := tell(t, "RS")
	x.must(store.Writer[referral.Tx](x.from.db)(t.Context(), audit.Did(x.ana.Actor, access.NoteCase, "c").In(x.file.ID), func(tx referral.Tx) error {
		return tx.SetAgeClass(t.Context(), x.file.ID, person.AgeUnknown) // found out after she had consented
	}))
	r, err := x.from.Draft(t.Context(), x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	if _, err := x.from.Check(t.Context(), x.ana, referral.At{Referral: r.ID}); !fault.Is(err, fault.Denied) {
		t.Fatalf("%v", err)
	}
}

// Clocks become tasks of the desk that has to act, and of the one that waits.
func TestClocksAreTasks(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	kinds := func(n *node, side string) (out []string) {
		x.must(store.Reader[referral.Tx](n.db)(t.Context(), func(tx referral.Tx) error {
			all, err := tx.OpenTasks(t.Context(), string(x.at.Referral)+side, "")
			for _, k := range all {
				out = append(out, k.Kind)
			}
			return err
		}))
		slices.Sort(out)
		return out
	}
	if got := kinds(x.to, ".receiver"); !slices.Equal(got, []string{"referral.acknowledge", "referral.decide"}) {
		t.Errorf("the receiver is asked for %v", got)
	}
	if got := kinds(x.from, ".sender"); !slices.Equal(got, []string{referral.TaskAwait}) {
		t.Errorf("the sender is asked for %v", got)
	}
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	x.deliver()
	if got := kinds(x.to, ".receiver"); !slices.Equal(got, []string{referral.TaskBundle}) {
		t.Errorf("after the acceptance the receiver is asked for %v", got)
	}
}

func TestACaseIsNotClosedUnderAnOpenReferral(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	ask := func() error {
		return store.Reader[referral.Tx](x.from.db)(t.Context(), func(tx referral.Tx) error {
			return x.from.ClosingIn(t.Context(), tx, x.file)
		})
	}
	if err := ask(); !fault.Is(err, fault.Conflict) {
		t.Errorf("open: %v", err)
	}
	did(t)(x.from.Revoke(t.Context(), x.ana, x.at, "solved-otherwise"))
	if err := ask(); err != nil {
		t.Errorf("revoked: %v", err)
	}
}
