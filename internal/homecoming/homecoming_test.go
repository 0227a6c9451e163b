package homecoming_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestNothingGoesOnWithoutHerDecision: it has to be informed and free; she takes it back at any time, to anybody who helps her, and
// then nothing is left to be done, and nothing can be.
func TestNothingGoesOnWithoutHerDecision(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	h := w.proposed(w.open(1999, false, "MD"))
	_, err := h.assess(homecoming.Green)
	w.refused(err, fault.Conflict, "homecoming.state")
	for name, tt := range map[string]struct {
		spoil func(*homecoming.Decision)
		key   string
	}{
		"something was not explained": {func(x *homecoming.Decision) { x.Explained = x.Explained[1:] }, "homecoming.explain"},
		"nobody made it understood":   {func(x *homecoming.Decision) { x.Interpreter = "" }, "homecoming.language"},
		"somebody presses her":        {func(x *homecoming.Decision) { x.Free = false }, "homecoming.free"},
		"no words of hers":            {func(x *homecoming.Decision) { x.Words = "" }, "homecoming.field"},
		"no language":                 {func(x *homecoming.Decision) { x.Language = "" }, "homecoming.field"},
	} {
		t.Run(name, func(t *testing.T) {
			x := decision()
			tt.spoil(&x)
			_, err := w.Decide(ctx, ana, h.r.ID, h.r.Version, x)
			w.refused(err, fault.Invalid, tt.key)
		})
	}
	if f := h.shows("ana"); f.Blocks[0] != homecoming.NoDecision || f.State != homecoming.Proposed {
		t.Errorf("%s, held back by %v", f.State, f.Blocks)
	}

	// She takes it back in each state, here and there.
	stages := []func(h *home){
		func(*home) {},
		func(h *home) { h.do(h.decide()) },
		func(h *home) { h.do(h.assess(homecoming.Amber)) },
		func(h *home) { h.do(h.sign("olga")) },
		func(h *home) { h.do(h.arrange()) },
		func(h *home) { h.do(h.depart()) },
		func(h *home) { h.do(w.Arrive(ctx, ana, h.r.ID, h.r.Version, report(true, 0))) },
	}
	for far := range stages {
		h := w.proposed(w.open(1999, false, "MD"))
		for _, s := range stages[:far+1] {
			s(h)
		}
		by := w.people["mira"]
		if h.r.Second != "" {
			by = w.people["olga"]
		}
		before := h.r
		_, err := w.Withdraw(ctx, by.Actor, h.r.ID, h.r.Version-1)
		w.refused(err, fault.Stale, "homecoming.stale")
		h.do(w.Withdraw(ctx, by.Actor, h.r.ID, h.r.Version))
		if left := h.waits(); len(left) != 0 || !h.r.State.Over() || h.r.Decided != 0 || h.r.Ended == 0 {
			t.Errorf("taken back when %s: it is %+v, and waits for %v", before.State, h.r, left)
		}
		if want := map[bool]string{false: homecoming.PersonDecided, true: homecoming.PersonDeclined}[before.Arrived != 0]; h.r.Reason != want || (h.r.State == homecoming.Closed) != (before.Arrived != 0) {
			t.Errorf("taken back when %s: it is %s because %s", before.State, h.r.State, h.r.Reason)
		}
		for name, step := range map[string]func() (homecoming.Return, error){
			"decide": h.decide, "assess": func() (homecoming.Return, error) { return h.assess(homecoming.Green) }, "arrange": h.arrange, "depart": h.depart,
		} {
			if _, err := step(); !fault.Is(err, fault.Conflict) {
				t.Errorf("taken back when %s, %s: %v", before.State, name, err)
			}
		}
		if h.r.Second != "" {
			_, err := w.Show(ctx, w.people["olga"], h.r.ID)
			w.refused(err, fault.Hidden, "")
		}
		if got := h.holders(); len(got) != 0 {
			t.Errorf("taken back when %s, and %v hold keys", before.State, got)
		}
	}
}

// TestNoReturnWithoutAJointAssessmentSignedByBothSidesAndHerOwnDecision: two people of two organisations sign the same; what is
// changed drops both signatures; nobody signs twice; and what the row says is held against what was signed.
func TestNoReturnWithoutAJointAssessmentSignedByBothSidesAndHerOwnDecision(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	h := w.proposed(w.open(1999, false, "MD"))
	h.do(h.decide())
	_, err := h.arrange()
	w.refused(err, fault.Conflict, "homecoming.state")
	for name, tt := range map[string]struct {
		spoil func(*homecoming.Assessing)
		kind  fault.Kind
		key   string
	}{
		"one's own desk":           {func(x *homecoming.Assessing) { x.Second = "shelter" }, fault.Invalid, "homecoming.second"},
		"one's own organisation":   {func(x *homecoming.Assessing) { x.Second = "crisis" }, fault.Invalid, "homecoming.second"},
		"no desk":                  {func(x *homecoming.Assessing) { x.Second = "nobody" }, fault.Invalid, "homecoming.second"},
		"no consent":               {func(x *homecoming.Assessing) { x.Consent = "" }, fault.Conflict, "consent.not-live"},
		"a consent for another":    {func(x *homecoming.Assessing) { x.Consent = w.agrees(h.c.ID, "crisis") }, fault.Denied, "consent.recipient"},
		"a domain is missing":      {func(x *homecoming.Assessing) { x.Risks = x.Risks[:3] }, fault.Invalid, "homecoming.domain"},
		"accepts what is not red":  {func(x *homecoming.Assessing) { x.Accepts = []string{origin} }, fault.Invalid, "homecoming.field"},
		"one risk twice":           {func(x *homecoming.Assessing) { x.Risks = append(x.Risks, x.Risks[0]) }, fault.Invalid, "homecoming.field"},
		"nothing was found at all": {func(x *homecoming.Assessing) { x.Risks[0].Found = "" }, fault.Invalid, "homecoming.field"},
	} {
		t.Run(name, func(t *testing.T) {
			x := homecoming.Assessing{Second: "charity", Consent: h.gave, Risks: risks(homecoming.Amber), Conclusion: "DEMO"}
			tt.spoil(&x)
			_, err := w.Assess(ctx, ana, h.r.ID, h.r.Version, x)
			w.refused(err, tt.kind, tt.key)
		})
	}

	h.do(h.assess(homecoming.Amber))
	if got := h.waits(); !slices.Equal(got, []string{homecoming.TaskSign}) || h.shows("ana").Blocks[0] != homecoming.Unsigned {
		t.Errorf("waits for %v, held back by %v", got, h.shows("ana").Blocks)
	}
	_, err = h.arrange() // one signature is none
	w.refused(err, fault.Conflict, "homecoming.state")
	_, err = h.sign("ana") // her desk has signed
	w.refused(err, fault.Denied, "access.denied")
	_, err = h.sign("mira")
	w.refused(err, fault.Denied, "access.denied")
	_, err = h.sign("ana-too") // and so has she
	w.refused(err, fault.Denied, "access.denied")
	_, err = h.sign("sara")
	w.refused(err, fault.Hidden, "")
	first := h.r
	h.do(h.sign("olga"))
	_, err = w.Sign(ctx, w.people["olga"], h.r.ID, h.r.Version, nil)
	w.refused(err, fault.Conflict, "homecoming.state")
	if got := h.waits(); !slices.Equal(got, []string{homecoming.TaskRenew}) || h.r.State != homecoming.Assessed || len(h.shows("ana").Blocks) != 0 {
		t.Errorf("signed by both: %s, waits for %v, held back by %v", h.r.State, got, h.shows("ana").Blocks)
	}

	// What is changed drops both: the first is made anew, the second is asked for.
	h.do(h.assess(homecoming.Amber))
	if f := h.shows("mira"); len(f.Earlier) != 1 || len(f.Earlier[0].Value.Signatures) != 2 || f.Earlier[0].Value.Assessment.At != first.Assessed {
		t.Errorf("of the series there are %d before it", len(f.Earlier))
	}
	if f := h.shows("ana"); len(f.Assessment.Signatures) != 1 || f.Signed != 0 || f.State != homecoming.Decided || f.Assessment.Signatures[0].At == first.Assessed {
		t.Errorf("after a change there are %d signatures, it is %s", len(f.Assessment.Signatures), f.State)
	}
	_, err = h.arrange()
	w.refused(err, fault.Conflict, "homecoming.state")

	// Another desk is asked: the one before opens nothing any more, and what it signed stays in the series.
	h.do(w.Assess(ctx, ana, h.r.ID, h.r.Version, homecoming.Assessing{
		Second: "clinic", Consent: w.agrees(h.c.ID, "clinic"), Risks: risks(homecoming.Amber), Conclusion: "DEMO",
	}))
	_, err = w.Show(ctx, w.people["olga"], h.r.ID)
	w.refused(err, fault.Hidden, "")
	_, err = h.sign("olga")
	w.refused(err, fault.Hidden, "")
	if here, there := h.shows("ana"), h.shows("boris"); len(here.Earlier) != 2 || len(there.Earlier) != 0 || there.Assessment == nil {
		t.Errorf("of the series there are %d before it here, %d there", len(here.Earlier), len(there.Earlier))
	}
	if got := h.holders(); !slices.Equal(got, []id.Desk{"clinic"}) {
		t.Errorf("keys of assessments are held by %v", got)
	}
	h.do(h.sign("boris"))
	h.do(h.assess(homecoming.Amber)) // and the first again

	// A row that says more than was signed opens nothing.
	h.forge(func(r *homecoming.Return) { r.State, r.Signed, r.Signer = homecoming.Assessed, frame.At(w.now), "olga" })
	_, err = h.arrange()
	w.refused(err, fault.Denied, "homecoming.block.unsigned")
	h.forge(func(r *homecoming.Return) { r.Assessed = first.Assessed })
	_, err = h.arrange()
	if !fault.Is(err, fault.Internal) {
		t.Errorf("an assessment of another time: %v", err)
	}
}

// holders are the desks that hold a key jointly.
func (h *home) holders() (out []id.Desk) {
	h.t.Helper()
	h.must(h.Read(h.t.Context(), func(tx homecoming.Tx) error {
		all, err := tx.Holds(h.t.Context(), h.c.ID)
		for _, x := range all {
			if x.Reason == keyring.Joint {
				out = append(out, x.Desk)
			}
		}
		return err
	}))
	return out
}

// forge changes the row behind the back of the rules.
func (h *home) forge(change func(*homecoming.Return)) {
	h.t.Helper()
	h.must(h.Write(h.t.Context(), audit.Did(access.Console("MK"), access.InitNode, "MK"), func(tx homecoming.Tx) error {
		r, err := tx.Return(h.t.Context(), h.r.ID)
		if err != nil {
			return err
		}
		change(&r)
		err = tx.SetReturn(h.t.Context(), r)
		r.Version++
		h.r = r
		return err
	}))
}

// TestARedRiskBlocksTheDepartureWhoeverAsks: both have to accept what is done about it.
func TestARedRiskBlocksTheDepartureWhoeverAsks(t *testing.T) {
	w := newWorld(t)
	h := w.proposed(w.open(1999, false, "MD"))
	h.do(h.decide())
	for _, tt := range []struct {
		name     string
		ana      []string
		olga     []string
		departed bool
	}{
		{"nobody accepts", nil, nil, false},
		{"the first does", []string{origin}, nil, false},
		{"the second does", nil, []string{origin}, false},
		{"both do", []string{origin}, []string{origin}, true},
	} {
		h.do(h.assess(homecoming.Red, tt.ana...))
		h.do(h.sign("olga", tt.olga...))
		if f := h.shows("mira"); (len(f.Unaccepted) == 0) != tt.departed || slices.Contains(f.Blocks, homecoming.RedRisk) == tt.departed {
			t.Errorf("%s: not accepted %v, held back by %v", tt.name, f.Unaccepted, f.Blocks)
		}
		if tt.departed {
			break
		}
		_, err := h.arrange()
		w.refused(err, fault.Denied, "homecoming.block.red")
		h.forge(func(r *homecoming.Return) { r.Red, r.State = false, homecoming.Arranged }) // nor does the row decide
		_, err = h.depart()
		w.refused(err, fault.Denied, "homecoming.block.red")
	}
	_, err := w.Assess(t.Context(), w.people["ana"], h.r.ID, h.r.Version, homecoming.Assessing{
		Second: "charity", Consent: h.gave, Conclusion: "DEMO", Accepts: []string{origin},
		Risks: append(risks(homecoming.Green)[1:], homecoming.Risk{Domain: "origin", Factor: "trafficker-at-large", Level: homecoming.Red, Found: "DEMO", Mitigation: " "}),
	})
	w.refused(err, fault.Invalid, "homecoming.field") // there is nothing to accept
	h.do(h.arrange())
	h.do(h.depart())
}

// TestAnAssessmentIsRenewed: it grows old as the profile says, and at once when a high risk is found after it; where the profile says
// only what nobody has confirmed, it is no assessment. A consent that is over takes it away.
func TestAnAssessmentIsRenewed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	h := w.arranged()
	until := h.shows("ana").Until
	if want := w.now.AddDate(0, 0, 31).Truncate(24 * time.Hour); until.Time().Before(want.AddDate(0, 0, -1)) || until.Time().After(want) {
		t.Errorf("it can be relied on until %v", until.Time())
	}
	before := w.now
	w.now = until.Time()
	_, err := h.depart()
	w.refused(err, fault.Denied, "homecoming.block.outdated")
	w.now = before

	law := w.law
	w.law = w.legal("return-assessment")
	if f := h.shows("ana"); f.Until != 0 || !slices.Contains(f.Blocks, homecoming.Outdated) {
		t.Errorf("by law that nobody has confirmed it can be relied on until %v, held back by %v", f.Until, f.Blocks)
	}
	_, err = h.depart()
	w.refused(err, fault.Denied, "homecoming.block.outdated")
	w.law = law

	high := casefile.Assessment{Trigger: "change", Grades: map[string]casefile.Grade{"origin": casefile.High}, Conclusion: "DEMO", Review: frame.At(w.now.AddDate(0, 0, 14))}
	w.now = w.now.Add(time.Second)
	_, err = w.cases.Assess(ctx, w.people["mira"], h.c.ID, high)
	w.must(err)
	_, err = h.depart()
	w.refused(err, fault.Denied, "homecoming.block.risk-since")
	h.do(h.assess(homecoming.Amber))
	h.do(h.sign("olga"))
	h.do(h.arrange())

	// She takes back that the charity may know. Her decision stands, and somebody else is asked; the charity opens nothing.
	_, err = w.consents.Withdraw(ctx, w.people["mira"].Actor, h.gave, "")
	w.must(err)
	h.r.Version++
	f := h.shows("ana")
	if f.State != homecoming.Decided || f.Decided == 0 || f.Assessment != nil || f.Second != "" || len(h.waits()) != 0 {
		t.Errorf("after her withdrawal: %+v, waits for %v", f.Return, h.waits())
	}
	_, err = w.Show(ctx, w.people["olga"], h.r.ID)
	w.refused(err, fault.Hidden, "")
	h.gave = w.agrees(h.c.ID, "charity")
	h.do(h.assess(homecoming.Amber))
	h.do(h.sign("olga"))
	h.do(h.arrange())
	w.now = w.now.AddDate(1, 0, 0) // and so it is when it has run out
	if got := h.shows("ana").Blocks; !slices.Contains(got, homecoming.NoConsent) {
		t.Errorf("a year later it is held back by %v", got)
	}
	_, err = w.Show(ctx, w.people["olga"], h.r.ID)
	w.refused(err, fault.Hidden, "")
}

// legal is the law in force with one of the network's clocks made a law that nobody has confirmed.
func (w *world) legal(key string) profile.Set {
	w.t.Helper()
	files, err := profile.Files()
	w.must(err)
	var all []profile.Profile
	for _, raw := range files {
		p, err := profile.Parse(raw)
		w.must(err)
		for i := range p.Clocks {
			if p.Code == profile.Network && p.Clocks[i].Key == key {
				p.Clocks[i].Legal = true
			}
		}
		all = append(all, p)
	}
	set, err := profile.NewSet(all)
	w.must(err)
	return set
}

// TestWhoAskedForAsylumDoesNotReturnToHerCountryOfOrigin: nothing is begun; what was begun before she asked goes no further; none of
// its authorities is asked for a document; and nothing is handed over there. While the country is not known nothing is done at all.
func TestWhoAskedForAsylumDoesNotReturnToHerCountryOfOrigin(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	_, err := w.Propose(ctx, ana, w.open(1999, true, "MD").ID, "MD")
	w.refused(err, fault.Denied, "case.asylum.origin")
	_, err = w.Propose(ctx, ana, w.open(1999, true, casefile.OriginUnknown).ID, "MD")
	w.refused(err, fault.Denied, "case.asylum.origin-unknown")
	for _, none := range []string{"QQ", "YU"} {
		_, err = w.Propose(ctx, ana, w.open(1999, false).ID, none)
		w.refused(err, fault.Invalid, "person.country")
	}
	_, err = w.Propose(ctx, w.people["olga"], w.open(1999, true, "MD").ID, "MD") // and a stranger learns nothing
	w.refused(err, fault.Hidden, "")

	h := w.arranged()
	for _, tt := range []struct {
		origins []string
		key     string
		block   homecoming.Block
	}{
		{[]string{"MD"}, "case.asylum.origin", homecoming.ToOrigin},
		{[]string{"MD", "RO"}, "case.asylum.origin", homecoming.ToOrigin},
		{[]string{casefile.OriginUnknown}, "case.asylum.origin-unknown", homecoming.OriginUnknown},
	} {
		c, err := w.cases.Show(ctx, ana, h.c.ID)
		w.must(err)
		_, err = w.cases.Flag(ctx, ana.Actor, h.c.ID, c.Version, true, tt.origins)
		w.must(err)
		for name, step := range map[string]func() (homecoming.Return, error){
			"decide": h.decide, "assess": func() (homecoming.Return, error) { return h.assess(homecoming.Green) },
			"sign": func() (homecoming.Return, error) { return h.sign("olga") }, "arrange": h.arrange, "depart": h.depart,
		} {
			key := tt.key
			if name == "sign" {
				key = "access.denied" // the second desk is not told why
			}
			t.Run(name, func(*testing.T) {
				_, err := step()
				w.refused(err, fault.Denied, key)
			})
		}
		if got := h.shows("ana").Blocks; !slices.Contains(got, tt.block) {
			t.Errorf("held back by %v, want %v", got, tt.block)
		}
		if got := h.shows("olga").Blocks; len(got) != 0 {
			t.Errorf("the second desk is told of %v", got)
		}
	}
	// To a third country she may go; the authorities of her own are asked for nothing, and take nobody over.
	w.must(second(w.Stop(ctx, ana.Actor, h.r.ID, h.r.Version, "asylum")))
	third := &home{world: w, c: w.open(1999, true, "RO"), gave: ""}
	third.do(w.Propose(ctx, ana, third.c.ID, "MD"))
	third.gave = w.agrees(third.c.ID, "charity")
	third.do(third.decide())
	third.do(third.assess(homecoming.Amber))
	third.do(third.sign("olga"))
	p := plan()
	p.Papers[0].Issuer = "RO"
	_, err = w.Arrange(ctx, ana, third.r.ID, third.r.Version, p)
	w.refused(err, fault.Denied, "case.asylum.origin")
	p.Papers[0].Issuer = "YU" // no authority of it is there to be asked, and none of hers would be held back
	_, err = w.Arrange(ctx, ana, third.r.ID, third.r.Version, p)
	w.refused(err, fault.Invalid, "person.country")
	w.referrals["home"] = homecoming.Handover{Case: third.c.ID, To: "RO", Agreed: true}
	w.referrals["hers"] = homecoming.Handover{Case: h.c.ID, To: "MD", Agreed: true}
	w.referrals["good"] = homecoming.Handover{Case: third.c.ID, To: "MD"}
	for r, want := range map[string]string{"home": "case.asylum.origin", "hers": "homecoming.field", "none": "homecoming.field"} {
		p := plan()
		p.Referral = id.Referral(r)
		_, err = w.Arrange(ctx, ana, third.r.ID, third.r.Version, p)
		if _, got, _ := fault.Public(err); got != want {
			t.Errorf("handed over by %s: %v", r, err)
		}
	}
	p = plan()
	p.Referral = "good"
	third.do(w.Arrange(ctx, ana, third.r.ID, third.r.Version, p))
	_, err = third.depart()
	w.refused(err, fault.Conflict, "homecoming.referral") // not accepted yet
	w.referrals["good"] = homecoming.Handover{Case: third.c.ID, To: "MD", Agreed: true}
	third.do(third.depart())
}

func second(_ homecoming.Return, err error) error { return err }
