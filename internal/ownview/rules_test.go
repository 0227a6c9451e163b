package ownview

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// sample is a case with everything in it that she must not read here.
func sample() facts {
	at := func(d int) frame.Time { return frame.At(time.Date(2026, 11, d, 9, 30, 0, 0, time.UTC)) }
	shelter, justice := id.Address{Member: "MD", Desk: "shelter"}, id.Address{Member: "MK", Desk: "occpo"}
	given := consent.Consent{
		ID: "00000000000000000000000001", Origin: consent.TakenHere, State: consent.Given, Recipients: []id.Address{shelter, justice}, Given: at(2),
		ValidTo: frame.At(time.Date(2027, 5, 2, 0, 0, 0, 0, time.UTC)), Purposes: []consent.Purpose{consent.ForCriminal}, By: "zora", Reason: "reasons",
	}
	came := given
	came.ID, came.Origin, came.Recipients, came.Given = "00000000000000000000000002", consent.Received, []id.Address{{Member: "MK", Desk: "focal-point"}}, at(1)
	return facts{
		file:     casefile.Case{State: casefile.Open, Status: "presumed", Reference: "k7m-4qt-2x9", Origins: []string{"XX"}, Owner: "zora"},
		consents: []consent.Consent{given, came},
		referrals: []referral.Row{
			{ID: "r2", Side: referral.Sender, Peer: shelter, Status: referral.Accepted, Since: at(5), Made: at(4)},
			{ID: "r1", Side: referral.Sender, Peer: shelter, Status: referral.Draft, Since: at(3), Made: at(3)},
			{ID: "r3", Side: referral.Receiver, Peer: shelter, Status: referral.InCare, Since: at(3), Made: at(3)},
		},
		openings: []casefile.Opened{{Day: 20_780, Role: access.CaseManager}, {Day: 20_781, Role: access.Prosecutor}, {Day: 20_782, Role: access.CaseManager}, {Day: 20_780, Role: access.CaseManager}},
		desks:    map[id.Address]Desk{shelter: deskOf("desk.function.shelter", true), justice: deskOf("", false)},
		now:      at(6),
	}
}

// TestACapsuleHasWordsAndDays: what she is told is composed of words, numbers, functions and days; nothing of the prosecution, no country, no
// desk, no purpose and no draft gets in.
func TestACapsuleHasWordsAndDays(t *testing.T) {
	f := sample()
	f.sort()
	want := Capsule{
		Format: 1, Day: "2026-11-06", Status: "open", Decision: "waiting",
		Consents: []Consent{
			{Number: 1, ID: "00000000000000000000000002", State: "given", Given: "2026-11-01", Until: "2027-05-02", To: []Desk{}},
			{Number: 2, ID: "00000000000000000000000001", State: "given", Given: "2026-11-02", Until: "2027-05-02", Here: true, To: []Desk{{"shelter", true}, {"other", false}}},
		},
		Steps:    []Step{{To: Desk{"shelter", true}, State: "accepted", Since: "2026-11-05"}},
		Openings: []Opening{{"2026-11-25", access.CaseManager}, {"2026-11-23", access.CaseManager}},
	}
	got := compose(f)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	b, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"MD", "MK", "XX", "zora", "occpo", "focal-point", "k7m", "criminal", "presumed", "prosecutor", "r1", "draft"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%q stands in %s", secret, b)
		}
	}
	if again, err := ParseCapsule(b); err != nil || cmp.Diff(want, again) != "" {
		t.Errorf("read again: %v", err)
	}
	if len(b) != 4<<10 {
		t.Errorf("its length tells how much it says: %d", len(b))
	}
}

// TestAWordForEachState: of consents and of what was asked of others.
func TestAWordForEachState(t *testing.T) {
	f := sample()
	c := f.consents[0]
	for want, change := range map[string]func(*consent.Consent){
		"given":     func(*consent.Consent) {},
		"paused":    func(c *consent.Consent) { c.Unconfirmed = 3 },
		"withdrawn": func(c *consent.Consent) { c.State = consent.Withdrawn },
		"erased":    func(c *consent.Consent) { c.State, c.Reply = consent.Withdrawn, consent.Erased },
		"kept":      func(c *consent.Consent) { c.State, c.Reply = consent.Withdrawn, consent.Kept },
		"expired":   func(c *consent.Consent) { c.ValidTo = f.now },
	} {
		x := c
		if change(&x); state(x, f.now) != want {
			t.Errorf("%s: %s", want, state(x, f.now))
		}
	}
	for _, s := range course.Statuses() {
		if w, sent := step(s), s != referral.Draft && s != referral.Checked && s != referral.EnteredInError; (w != "") != sent {
			t.Errorf("%s: %q", s, w)
		}
	}
	for status, want := range map[string]string{"": "none", "under-review": "waiting", "formally-identified": "made", "not-identified": "made"} {
		if decision(status) != want {
			t.Errorf("%s: %s", status, decision(status))
		}
	}
	for function, want := range map[string]string{"desk.function.shelter": "shelter", "desk.function.identification": "other", "desk.function.police": "other", "": "other"} {
		if d := deskOf(function, false); d.Function != want {
			t.Errorf("%s: %s", function, d.Function)
		}
	}
	f.file.State = casefile.Closed
	if compose(f).Status != "closed" {
		t.Error("a closed case goes on")
	}
}

// TestACapsuleHasBounds: the oldest is left out, and numbers stay.
func TestACapsuleHasBounds(t *testing.T) {
	f := sample()
	one := f.consents[0]
	f.consents = nil
	for range MostConsents + 5 {
		f.consents = append(f.consents, one)
	}
	for range MostOpenings + 5 {
		f.openings = append(f.openings, casefile.Opened{Day: 20_000, Role: access.CaseManager})
	}
	for range MostSteps + 5 {
		f.referrals = append(f.referrals, f.referrals[0])
	}
	c := compose(f)
	if c.Consents[0].Number != 6 || len(c.Consents) != MostConsents || len(c.Openings) != MostOpenings || len(c.Steps) != MostSteps {
		t.Errorf("%d consents from number %d, %d openings, %d steps", len(c.Consents), c.Consents[0].Number, len(c.Openings), len(c.Steps))
	}
	if b, err := c.Encode(); err != nil || len(b) > maxCapsule {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// TestAnOddCapsuleIsRefused: what a capsule does not have is neither written nor read.
func TestAnOddCapsuleIsRefused(t *testing.T) {
	good := compose(sample())
	for name, change := range map[string]func(*Capsule){
		"a name in place of a function": func(c *Capsule) { c.Consents[0].To[0].Function = "An invented shelter" },
		"a desk of the prosecution":     func(c *Capsule) { c.Steps[0].To.Function = "prosecutor" },
		"an opening by the prosecution": func(c *Capsule) { c.Openings[0].Role = access.PoliceLiaison },
		"a moment in place of a day":    func(c *Capsule) { c.Openings[0].Day = "2026-11-25T09:30:00Z" },
		"another format":                func(c *Capsule) { c.Format = 2 },
		"a status of its own":           func(c *Capsule) { c.Decision = "presumed" },
		"a consent that is none":        func(c *Capsule) { c.Consents[0].ID = "An invented word" },
		"a state of its own":            func(c *Capsule) { c.Steps[0].State = "in-care" },
		"no list":                       func(c *Capsule) { c.Openings = nil },
	} {
		c := compose(sample())
		change(&c)
		if _, err := c.Encode(); err == nil {
			t.Errorf("%s was written", name)
		}
		raw, err := frame.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseCapsule(seal.Pad(raw)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	b, err := good.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, odd := range [][]byte{nil, b[:100], append(bytes.Clone(b), 0), make([]byte, maxCapsule+1), seal.Pad([]byte(`{"v":1,"name":"x"}`))} {
		if _, err := ParseCapsule(odd); err == nil {
			t.Errorf("read: %d bytes", len(odd))
		}
	}
}

func FuzzCapsule(f *testing.F) {
	b, err := compose(sample()).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(seal.Pad([]byte(strings.Repeat("[", 50))))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCapsule(b)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q became %q, %v", b, again, err)
		}
	})
}
