package referral_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/referral"
)

// None is referred to two desks at once as if nobody had her: only what is over is referred again, by who may, and what is asked of a
// first draft is asked of the next one.
func TestOnlyWhatIsOverIsReferredAgain(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	ctx, ok := t.Context(), did(t)
	again := func() (referral.Row, error) { return x.from.ReRefer(ctx, x.ana, x.at, x.drafting()) }
	still := func(where string) {
		t.Helper()
		if _, err := again(); !isKey(err, fault.Conflict, "referral.open") {
			t.Errorf("%s: %v", where, err)
		}
	}
	still("delivered")
	ok(x.to.Acknowledge(ctx, x.sara, x.at))
	ok(x.to.Accept(ctx, x.sara, x.at))
	x.deliver()
	ok(x.from.Plan(ctx, x.ana, x.at, referral.Planned{At: frame.At(x.Now().Add(time.Hour)), Meeting: "station"}, ""))
	x.deliver()
	still("planned")
	x.pass(2 * time.Hour)
	ok(x.to.Confirm(ctx, x.sara, x.at, 0))
	ok(x.to.InCare(ctx, x.sara, x.at, 0))
	x.deliver()
	still("in care")
	ok(x.to.Complete(ctx, x.sara, x.at, "needs-met", ""))
	x.stands(referral.Completed)

	if _, err := x.from.ReRefer(ctx, x.from.people["vera"], x.at, x.drafting()); !fault.Is(err, fault.Hidden) {
		t.Errorf("by the prosecution: %v", err)
	}
	wrong := x.drafting()
	wrong.To.Desk = ""
	if _, err := x.from.ReRefer(ctx, x.ana, x.at, wrong); !fault.Is(err, fault.Invalid) {
		t.Errorf("to nobody: %v", err)
	}
	late := x.drafting()
	late.Expires = frame.At(x.Now().Add(-time.Hour))
	if _, err := x.from.ReRefer(ctx, x.ana, x.at, late); !fault.Is(err, fault.Invalid) {
		t.Errorf("over before it began: %v", err)
	}
	next, err := again()
	x.must(err)
	if next.Continues != x.at.Referral || next.Case != x.file.ID || next.Status != referral.Draft {
		t.Errorf("after it was completed: %+v", next)
	}
	ok(x.from.Close(ctx, x.ana, x.at))
	if _, err := again(); err != nil {
		t.Errorf("after it was closed: %v", err)
	}
}

// Nothing is sent that was not checked, and whether something was refused is told to nobody who may not know of the referral.
func TestAnUncheckedDraftIsNotSent(t *testing.T) {
	x := tell(t, "RS")
	ctx := t.Context()
	r, err := x.from.Draft(ctx, x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	x.at = referral.At{Referral: r.ID}
	if _, err := x.from.Send(ctx, x.ana, x.at, false); !fault.Is(err, fault.Conflict) {
		t.Errorf("unchecked: %v", err)
	}
	if _, err := x.from.Send(ctx, x.from.people["vera"], x.at, false); !fault.Is(err, fault.Hidden) {
		t.Errorf("by the prosecution: %v", err)
	}
	x.deliver()
	if now, _, _, err := x.from.Show(ctx, x.ana.Actor, x.at); err != nil || now.Status != referral.Draft {
		t.Errorf("%+v, %v", now.Status, err)
	}
	if _, _, _, err := x.to.Show(ctx, x.sara.Actor, x.at); err == nil {
		t.Error("the other desk knows of it")
	}
	_, err = x.from.Check(ctx, x.ana, x.at)
	x.must(err)
	if _, err := x.from.Send(ctx, x.ana, x.at, true); !isKey(err, fault.Denied, "referral.both") {
		t.Errorf("who she is with the request, on her consent alone: %v", err)
	}
	did(t)(x.from.Send(ctx, x.ana, x.at, false))
	if _, err := x.from.Send(ctx, x.ana, x.at, false); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	vera := x.from.people["vera"]
	if found, err := x.from.Refused(ctx, vera.Actor, x.at); !fault.Is(err, fault.Hidden) || found {
		t.Errorf("refused, to the prosecution: %v, %v", found, err)
	}
	if _, err := x.from.Resend(ctx, vera, x.at, ""); !fault.Is(err, fault.Hidden) {
		t.Errorf("sealed anew by the prosecution: %v", err)
	}
}

// Her bundle was refused for a stale key, and then the referral was revoked: nothing waits to be sealed anew any more, whatever the
// sheet says now, and who she is stays here.
func TestARevokedReferralHasNothingToSealAnew(t *testing.T) {
	x := tell(t, "RS")
	x.leaves()
	x.deliver()
	ctx := t.Context()
	did(t)(x.to.Acknowledge(ctx, x.sara, x.at))
	x.deliver()
	x.loses()
	did(t)(x.to.Accept(ctx, x.sara, x.at))
	x.deliver()
	if found, err := x.from.Refused(ctx, x.ana.Actor, x.at); err != nil || !found || x.asked() != 1 {
		t.Fatalf("her bundle was not refused: %v, %v, %d tasks", found, err, x.asked())
	}
	x.publish()
	did(t)(x.from.Revoke(ctx, x.ana, x.at, "duplicate"))
	x.deliver()
	if found, err := x.from.Refused(ctx, x.ana.Actor, x.at); err != nil || found {
		t.Errorf("after it was revoked there is something to seal anew: %v, %v", found, err)
	}
	if _, err := x.from.Resend(ctx, x.ana, x.at, ""); !isKey(err, fault.Conflict, "referral.nothing-refused") {
		t.Errorf("%v", err)
	}
	x.deliver()
	if x.bundles() != 0 {
		t.Errorf("%d bundles at the other desk", x.bundles())
	}
}

// isKey reports whether err is that failure.
func isKey(err error, kind fault.Kind, key string) bool {
	k, is, _ := fault.Public(err)
	return k == kind && is == key
}
