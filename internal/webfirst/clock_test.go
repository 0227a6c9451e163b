package webfirst_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAnUrgentReferralIsAgreedToWhileTheClockGoesOn: between what a page reads from the clock and what is recorded time passes; see
// webconsent.TestAConsentIsTakenWhileTheClockGoesOn.
func TestAnUrgentReferralIsAgreedToWhileTheClockGoesOn(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MK"))
	w := webtest.At(t, n.Node("MK"))
	w.Node.Desk(desk.Desk{ID: "border", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.police"}, "fana", access.FirstResponder)
	w.Node.PublishSheet()
	n.Run()
	now := w.Node.Consents.Now
	w.Node.Consents.Now = func() time.Time { return now().Add(time.Second) }
	webtest.Urgent(w.As("fana"))
}
