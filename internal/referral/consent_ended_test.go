package referral_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
)

// She agreed for ten days. The other desk took her on the first of them, and then nobody could reach its node. What was on its way is not
// brought there on the eleventh day, by no line and by no stick, and her desk is asked to look at it.
func TestABundleIsNotBroughtAfterHerConsentHasEnded(t *testing.T) {
	for _, days := range []int{11, 9} {
		x := tell(t, "RS")
		given, err := x.from.consents.Give(t.Context(), x.ana, consent.Giving{Case: x.file.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
			Recipients: []id.Address{{Member: "RS", Desk: "shelter"}}, Categories: []consent.Code{"identity.names", "languages"},
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
			Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
			ValidTo: frame.At(x.Now().Add(10 * 24 * time.Hour)),
		}})
		x.must(err)
		x.consent = given
		x.sent()
		did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
		did(t)(x.to.Accept(t.Context(), x.sara, x.at))
		for n := 1; n > 0; { // the acceptance arrives, and her bundle is let go
			n, err = x.to.door.Deliver(t.Context(), 100)
			x.must(err)
		}
		if r, _, _, err := x.from.Show(t.Context(), x.ana.Actor, x.at); err != nil || r.Status != referral.Accepted {
			t.Fatalf("%s, %v", r.Status, err)
		}
		x.cut = true
		_, err = x.from.door.Deliver(t.Context(), 100)
		x.must(err)
		if x.bundles() != 0 {
			t.Fatal("the line was not cut")
		}
		x.pass(time.Duration(days) * 24 * time.Hour)
		x.cut = false
		x.publish()
		x.deliver()
		want, asked := 0, 1
		if days < 10 {
			want, asked = 1, 0
		}
		if n := x.bundles(); n != want {
			t.Errorf("after %d days %d bundles are at the other desk, want %d", days, n, want)
		}
		if n := x.asked(); n != asked {
			t.Errorf("after %d days her desk has %d tasks about it, want %d", days, n, asked)
		}
	}
}
