package nodetest_test

import (
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// breaks opens a case under break-glass: who does says why, in words.
func (h *heavy) breaks(c casefile.Case) {
	h.t.Helper()
	by, at, now := h.as("MD", "duty"), h.node("MD"), frame.At(h.clock.Now())
	_, read, err := at.Desks.Duty(h.ctx, by.Actor, "emergency", now)
	h.must(err)
	_, err = at.Desks.Schedule(h.ctx, by.Actor, "emergency", read, now, []desk.Shift{{
		Desk: "emergency", User: by.User, From: now, To: now.Add(8 * time.Hour),
	}})
	h.must(err)
	_, err = at.Cases.EmergencyOpen(h.ctx, by, c.ID, "missing-person", h.her("words", 210))
	h.must(err)
	_, err = at.Cases.Show(h.ctx, by, c.ID)
	h.must(err)
}

// releases gives the prosecution what she agreed to, which it reads, and proposes to release more by order.
func (h *heavy) releases(c casefile.Case) {
	h.t.Helper()
	by, at := h.as("MD", "shelter"), h.node("MD")
	to := id.Address{Member: "MD", Desk: "prosecution"}
	given, err := at.Consents.Give(h.ctx, by, consent.Giving{Case: c.ID, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForCriminal}, Recipients: []id.Address{to},
		Categories: []consent.Code{"exploitation.summary", "identity.names"},
		Explained:  consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:   "ro", Interpreter: h.her("surname", 210), ReadBack: true, How: consent.Written,
	}})
	h.must(err)
	said := h.her("words", 211)
	in := casefile.Releasing{
		Case: c.ID, To: to.Desk, Consent: given.ID, Category: "victim", Handling: "evidence-allowed",
		Items: []casefile.Item{{Kind: "fact", From: h.her("given", 211), Text: said}, {Kind: "opinion", From: h.her("greek", 211), Text: h.her("words", 212)}},
	}
	r, err := at.Cases.ByConsent(h.ctx, by, in)
	h.must(err)
	seen, _, err := at.Cases.ShowRelease(h.ctx, h.as("MD", "prosecutor"), r.ID)
	h.must(err)
	if len(seen.Items) != 2 || seen.Items[0].Text != said || len(seen.Content.Names) != 3 {
		h.t.Errorf("the prosecution reads %d items and %d names", len(seen.Items), len(seen.Content.Names))
	}
	in.Consent, in.Order, in.Categories = "", h.her("words", 213), []consent.Code{"identity.names"}
	in.Items = []casefile.Item{{Kind: "fact", From: h.her("given", 213), Text: h.her("words", 214)}}
	_, err = at.Cases.ByOrder(h.ctx, by, in)
	h.must(err)
}
