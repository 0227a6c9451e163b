package casefile_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/lang"
)

func unwanted(on, again string) casefile.Refusal {
	return casefile.Refusal{Offer: "accommodation", Why: "not-asked", On: on, Told: true, Again: again, Note: "DEMO"}
}

// TestWhatSheRefusesStaysOffered: she may refuse any step by itself, is asked again only on the day that she agreed to, and may take
// the offer later; nothing else of her case changes, and nobody asks for ever.
func TestWhatSheRefusesStaysOffered(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	day := func(text string) frame.Time {
		d, err := time.Parse(time.DateOnly, text)
		o.must(err)
		zone, err := o.law.Zone("MK")
		o.must(err)
		return frame.At(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone))
	}
	due := func(want frame.Time) {
		t.Helper()
		if n := len(o.askings); n == 0 || o.askings[n-1] != want {
			t.Errorf("she is asked at %v, want %v at last", o.askings, want)
		}
	}

	untold := unwanted("2026-11-23", "")
	untold.Told = false
	_, err := o.cases.Refuse(o.ctx, ana, c.ID, untold)
	o.refused(err, fault.Invalid, "case.refusal.untold")
	for name, x := range map[string]casefile.Refusal{
		"again before it was refused": unwanted("2026-11-23", "2026-11-23"),
		"no such offer":               {Offer: "silence", Why: "not-asked", On: "2026-11-23", Told: true},
		"no such reason":              {Offer: "medical", Why: "ungrateful", On: "2026-11-23", Told: true},
		"no day":                      {Offer: "medical", Why: "not-asked", Told: true},
		"answers of her already":      {Offer: "medical", Why: "not-asked", On: "2026-11-23", Told: true, Asked: []casefile.AskedAgain{{On: "2026-11-24", Outcome: casefile.Accepted}}},
	} {
		if _, err := o.cases.Refuse(o.ctx, ana, c.ID, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.cases.Refuse(o.ctx, o.people["petar"], c.ID, unwanted("2026-11-23", ""))
	o.refused(err, fault.Hidden, "")
	if len(o.askings) != 0 {
		t.Fatalf("what was refused reminds of %v", o.askings)
	}

	k, err := o.cases.Refuse(o.ctx, ana, c.ID, unwanted("2026-11-23", "2026-12-07"))
	o.must(err)
	due(day("2026-12-07"))
	_, err = o.cases.Refuse(o.ctx, ana, c.ID, unwanted("2026-11-24", "2026-12-01")) // another, earlier
	o.must(err)
	due(day("2026-12-01"))
	never, err := o.cases.Refuse(o.ctx, ana, c.ID, unwanted("2026-11-24", ""))
	o.must(err)
	due(day("2026-12-01"))
	_, err = o.cases.Serve(o.ctx, ana, c.ID, "", 0, lodging) // she is helped all the same
	o.must(err)

	no := casefile.AskedAgain{On: "2026-12-07", Outcome: "refused-again"}
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version+1, no, "")
	o.refused(err, fault.Stale, "")
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, casefile.AskedAgain{On: "2026-11-22", Outcome: "refused-again"}, "")
	o.refused(err, fault.Invalid, "case.field")
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, casefile.AskedAgain{On: "2026-12-07", Outcome: casefile.Accepted}, "2026-12-09")
	o.refused(err, fault.Invalid, "case.field") // who takes it is asked no more
	_, err = o.cases.AskAgain(o.ctx, o.people["petar"], c.ID, k.Record, k.Version, no, "")
	o.refused(err, fault.Hidden, "")
	k, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, no, "")
	if err != nil || k.Value.Open() || len(k.Value.Asked) != 1 {
		t.Fatalf("%+v, %v", k.Value, err)
	}
	// She comes back by herself.
	yes := casefile.AskedAgain{On: "2026-12-20", Outcome: casefile.Accepted}
	k, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, yes, "")
	o.must(err)
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, no, "2027-01-01")
	o.refused(err, fault.Conflict, "case.refusal.taken")
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, "no-such-record", 1, no, "")
	o.refused(err, fault.NotFound, "case.refusal.none")

	lost := casefile.AskedAgain{On: "2026-12-24", Outcome: "not-reached"}
	for range 12 {
		never, err = o.cases.AskAgain(o.ctx, ana, c.ID, never.Record, never.Version, lost, "")
		o.must(err)
	}
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, never.Record, never.Version, lost, "")
	o.refused(err, fault.Invalid, "case.field")

	file, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if len(file.Refusals) != 3 || file.Case.Status != c.Status {
		t.Errorf("%+v, her status is %s", file.Refusals, file.Case.Status)
	}
	for _, r := range file.Refusals {
		if r.Record == k.Record && (r.Value.Note != "DEMO" || len(r.Value.Asked) != 2 || r.Value.Asked[1] != yes) {
			t.Errorf("%+v", r.Value)
		}
	}
}

// TestEveryOfferHasWords holds the codes against the catalogue of the screens.
func TestEveryOfferHasWords(t *testing.T) {
	d, err := casefile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for list, prefix := range map[string]string{casefile.ListOffer: "case.offer.", casefile.ListRefusal: "case.refusal.why."} {
		if len(d.Codes(list)) == 0 {
			t.Errorf("the list %s is empty", list)
		}
		for _, code := range d.Codes(list) {
			if !texts.Has(prefix + code) {
				t.Errorf("%s%s has no words", prefix, code)
			}
		}
	}
	for _, code := range casefile.AskedOutcomes() {
		if !texts.Has("case.refusal.outcome." + code) {
			t.Errorf("outcome %s has no words", code)
		}
	}
}
