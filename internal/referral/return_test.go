package referral_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// TestReturnIsClosed: while no joint risk assessment and no decision of hers can be recorded, no desk drafts a return, and a node
// takes none from a member whose program is less careful.
func TestReturnIsClosed(t *testing.T) {
	x := tell(t, "RS")
	d := x.drafting()
	d.Kind = referral.Return
	if _, err := x.from.Draft(t.Context(), x.ana, x.file.ID, referral.At{}, d); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "referral.return.closed") {
		t.Errorf("a draft: %v", err)
	}
	for _, c := range []struct {
		kind    referral.Code
		arrives bool
	}{{"information", true}, {referral.Return, false}} {
		got := x.forced(c.kind)
		err := store.Reader[referral.Tx](x.to.db)(t.Context(), func(tx referral.Tx) error {
			_, err := tx.Referral(t.Context(), got, x.desk)
			return err
		})
		if (err == nil) != c.arrives || err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s arrives: %v, want %v", c.kind, err, c.arrives)
		}
	}
}

// forced sends a request of a kind past every check of the sender, as a hostile or an older node would.
func (x *tale) forced(kind referral.Code) id.Referral {
	x.t.Helper()
	ctx, r := x.t.Context(), id.Random[id.Referral](x.from.IDs)
	e := referral.Event{
		Referral: r, Side: referral.Sender, Seq: 1, Transition: referral.Sent, At: frame.At(x.Now()), Desk: id.Address{Member: "MK", Desk: x.ana.Desk},
		To: id.Address{Member: "RS", Desk: x.desk}, Kind: kind, Urgency: referral.Normal, Basis: "consent", Consent: x.consent.ID,
		Expires: frame.At(x.Now()).Add(24 * time.Hour), Bundle: id.Random[id.Thread](x.from.IDs),
	}
	signed, err := e.Sign(x.from.envelope)
	x.must(err)
	body, err := envelope.EncodeBody(signed)
	x.must(err)
	entry := audit.Did(x.ana.Actor, access.SendReferral, string(r)).In(x.file.ID)
	x.must(store.Writer[referral.Tx](x.from.db)(ctx, entry, func(tx referral.Tx) error {
		_, err := x.from.door.Seal(ctx, tx, exchange.Draft{
			Kind: envelope.Referral, FromDesk: x.ana.Desk, Realm: x.ana.Realm, To: "RS", ToDesk: x.desk, Thread: id.Thread(r),
			Side: envelope.Opener, Consent: x.consent.ID, Basis: "consent", Bundle: e.Bundle, Body: body,
		})
		return err
	}))
	x.deliver()
	return r
}
