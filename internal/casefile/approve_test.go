package casefile_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// forged writes the row of an override as a thief would who holds the database and a signing key of his own.
func (o *town) forged(x consent.Override, change func(*consent.Override, *consent.Approval)) consent.Override {
	o.t.Helper()
	x.State, x.Approver, x.Approved, x.ValidTo = consent.Approved, "mira", frame.At(o.now), frame.At(o.now).Add(time.Hour)
	a := consent.Approval{Form: consent.ApprovalForm, Override: x.ID, Basis: x.Basis, Recipient: x.Recipient, Category: x.Categories, By: x.Approver, At: x.Approved}
	change(&x, &a)
	msg, err := frame.Encode(a)
	o.must(err)
	thief := seal.NewSign(nil)
	x.Approval, err = frame.Encode(consent.SignedApproval{Approval: a, Signer: thief.Public(), Signature: thief.Sign(seal.DomainOverride, msg)})
	o.must(err)
	return o.overwrite(x)
}

func (o *town) overwrite(x consent.Override) consent.Override {
	o.t.Helper()
	o.must(store.Writer[consent.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "x"), func(tx consent.Tx) error { return tx.SetOverride(o.ctx, x) }))
	x.Version++
	return x
}

// TestSecondPersonSigns: an override that only the database calls approved permits nothing, and neither does a signature for something
// else; what the second person has signed stands beside the reason that she has read.
func TestSecondPersonSigns(t *testing.T) {
	o := born(t)
	c, ana, mira := o.open(), o.people["ana"], o.people["mira"]
	propose := func() consent.Override {
		x, err := o.consents.Propose(o.ctx, ana, c.ID, consent.Reason{
			Basis: consent.VitalInterest, Recipient: abroad, Category: []consent.Code{"health.needs"}, Text: "DEMO: unconscious, needs insulin", Notice: "DEMO: when she wakes",
		})
		o.must(err)
		return x
	}
	leaves := func(x consent.Override) error {
		return store.Reader[consent.Tx](o.db)(o.ctx, func(tx consent.Tx) error {
			_, err := o.consents.OverrideExtractIn(o.ctx, tx, x.ID, x.Recipient, frame.At(o.now))
			return err
		})
	}
	asked := func(x consent.Override) error {
		return store.Reader[consent.Tx](o.db)(o.ctx, func(tx consent.Tx) error {
			k, err := o.keys.OpenCaseIn(o.ctx, tx, ana, c.ID)
			o.must(err)
			return consent.ApprovedIn(o.ctx, tx, k, x)
		})
	}
	const wrong = "consent.override.signature"

	x := propose()
	x.State, x.Approver, x.ValidTo = consent.Approved, "mira", frame.At(o.now).Add(time.Hour)
	x = o.overwrite(x)
	o.refused(leaves(x), fault.Denied, wrong) // nobody signed

	for name, change := range map[string]func(*consent.Override, *consent.Approval){
		"of another override": func(_ *consent.Override, a *consent.Approval) { a.Override = "another" },
		"for another desk":    func(_ *consent.Override, a *consent.Approval) { a.Recipient = toPolice },
		"of another category": func(_ *consent.Override, a *consent.Approval) { a.Category = []consent.Code{"needs"} },
		"on another ground":   func(_ *consent.Override, a *consent.Approval) { a.Basis = consent.LegalDuty },
		"by another":          func(_ *consent.Override, a *consent.Approval) { a.By = "ana" },
		"for longer":          func(x *consent.Override, _ *consent.Approval) { x.ValidTo = x.Approved.Add(73 * time.Hour) },
		"of another form":     func(_ *consent.Override, a *consent.Approval) { a.Form = consent.ReasonForm },
	} {
		x = o.forged(x, change)
		if err := leaves(x); !fault.Is(err, fault.Denied) {
			t.Errorf("a signature %s: %v", name, err)
		}
	}

	// A thief's own signature, in its form, is seen by whoever opens the case.
	x = o.forged(x, func(*consent.Override, *consent.Approval) {})
	o.refused(asked(x), fault.Denied, wrong)
	_, _, err := o.consents.ShowOverride(o.ctx, ana, x.ID)
	o.refused(err, fault.Denied, wrong)

	// What mira signs is hers and of this reason.
	y, err := o.consents.Approve(o.ctx, mira, propose().ID)
	o.must(err)
	o.must(leaves(y))
	o.must(asked(y))
	why, _, err := o.consents.ShowOverride(o.ctx, ana, y.ID)
	o.must(err)
	signer, err := mira.Signer()
	o.must(err)
	if why.Approval == nil || why.Approval.Signer != signer || why.Approval.Approval.By != id.User("mira") {
		t.Errorf("signed %+v", why.Approval)
	}
	body, err := frame.Encode(why)
	o.must(err)
	why.Approval.Approval.At++
	moved, err := frame.Encode(why)
	o.must(err)
	if _, err := consent.ParseReason(body); err != nil {
		t.Error(err)
	}
	if _, err := consent.ParseReason(moved); !fault.Is(err, fault.Invalid) {
		t.Errorf("an approval that nobody signed is read: %v", err)
	}

	// The real approval, beside the reason of another override.
	x.Approval, x.Approver, x.Approved, x.ValidTo = y.Approval, y.Approver, y.Approved, y.ValidTo
	x = o.overwrite(x)
	o.refused(leaves(x), fault.Denied, wrong)
	y = o.forged(y, func(*consent.Override, *consent.Approval) {}) // his signature in the place of hers
	o.refused(asked(y), fault.Denied, wrong)
	y.Recipient = toPolice
	o.refused(asked(y), fault.Denied, wrong)
}
