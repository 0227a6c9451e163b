package cooperation

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestStateIsTheSameWhateverCameFirst: both nodes say the same of a request, however the steps of the two sides lie between each other.
func TestStateIsTheSameWhateverCameFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sides [2][]Event
		for i, side := range []envelope.Side{envelope.Opener, envelope.Answerer} {
			var own []Step
			for _, s := range steps() {
				if s.Owner() == side {
					own = append(own, s)
				}
			}
			for range rapid.IntRange(0, 5).Draw(t, "n") {
				s := rapid.SampledFrom(own).Draw(t, "step")
				sides[i] = append(sides[i], Event{Step: s, Code: rapid.SampledFrom(s.codes()).Draw(t, "code")})
			}
		}
		merge := func() State {
			var all []Event
			a, b := sides[0], sides[1]
			for len(a)+len(b) > 0 {
				if len(b) == 0 || len(a) > 0 && rapid.Bool().Draw(t, "first") {
					all, a = append(all, a[0]), a[1:]
				} else {
					all, b = append(all, b[0]), b[1:]
				}
			}
			return StateOf(all)
		}
		if one, other := merge(), merge(); one != other {
			t.Fatalf("%s and %s", one, other)
		}
	})
}

// TestARequestGoesThroughItsStates takes every step that may be taken, from every state, and finds each state and an end.
func TestARequestGoesThroughItsStates(t *testing.T) {
	for _, kind := range profile.RequestKinds() {
		seen, long := map[State]bool{}, 0
		var walk func(events []Event)
		walk = func(events []Event) {
			state := StateOf(events)
			seen[state], long = true, max(long, len(events))
			if len(events) > 7 {
				return
			}
			for _, side := range []envelope.Side{envelope.Opener, envelope.Answerer} {
				next := Next(kind, state, side)
				if state.Over() && len(next) > 0 {
					t.Errorf("%s: %v follows %s, which is over", kind, next, state)
				}
				for _, s := range next {
					if s.Owner() != side {
						t.Errorf("%s: %s is not of side %s", kind, s, side)
					}
					if s == Dispatch { // changes no state
						continue
					}
					for _, c := range s.codes() {
						walk(append(slices.Clone(events), Event{Step: s, Code: c}))
					}
				}
			}
		}
		walk(nil)
		for _, s := range States() {
			decides := s == Postponed || s == Recognised || s == Refused || s == Executed
			if want := s != Erased && (kind != Spontaneous || !decides); seen[s] != want {
				t.Errorf("%s: %s is reached: %t", kind, s, seen[s])
			}
		}
	}
}

// TestNothingButTheRecordTravels: what an instrument does not let through, or lets through and nobody has confirmed, stays where it is.
func TestNothingButTheRecordTravels(t *testing.T) {
	by := func(status profile.Status, carries ...string) profile.Instrument {
		return profile.Instrument{Carries: carries, Origin: profile.Origin{Status: status}}
	}
	for name, x := range map[string]struct {
		kind            string
		law             profile.Instrument
		facts, document bool
	}{
		"a request":                        {MLA, by(profile.Verified), false, false},
		"a request, row for information":   {MLA, by(profile.Verified, profile.CarriesSpontaneous), false, false},
		"information":                      {Spontaneous, by(profile.Verified, profile.CarriesSpontaneous), true, false},
		"information, row unchecked":       {Spontaneous, by(profile.Unverified, profile.CarriesSpontaneous), false, false},
		"information, another row":         {Spontaneous, by(profile.Verified), false, false},
		"a pair that agreed on more":       {EIO, by(profile.Confirmed, profile.CarriesDocuments), false, true},
		"a pair that has not confirmed it": {EIO, by(profile.Unverified, profile.CarriesDocuments), false, false},
	} {
		r := sample(t)
		r.Kind = x.kind
		rec, err := recordOf(r, x.law)
		if err != nil {
			t.Fatal(err)
		}
		if err := rec.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(rec.Facts) > 0 != x.facts || (rec.Document != nil) != x.document {
			t.Errorf("%s: facts %d, document %t", name, len(rec.Facts), rec.Document != nil)
		}
		b, err := frame.Encode(rec)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"DEMO Person", "DEMO article", "DEMO measure", "DEMO subject"} {
			if bytes.Contains(b, []byte(secret)) != x.document {
				t.Errorf("%s: %q is in the record: %t", name, secret, !x.document)
			}
		}
		if bytes.Contains(b, []byte(r.Facts[0].Release)) {
			t.Errorf("%s: the release is named", name)
		}
	}
}

// TestRequestsAreRefused breaks a good request in one place at a time.
func TestRequestsAreRefused(t *testing.T) {
	if err := sample(t).Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Request){
		"another schema":             func(r *Request) { r.Schema = "x" },
		"no thread":                  func(r *Request) { r.Thread = "" },
		"another kind":               func(r *Request) { r.Kind = "arrest" },
		"no instrument":              func(r *Request) { r.Instrument = "" },
		"nobody asks":                func(r *Request) { r.From.Name = "" },
		"nobody is asked":            func(r *Request) { r.To.Name = "" },
		"no language":                func(r *Request) { r.Language = "english" },
		"no language for the answer": func(r *Request) { r.Answers = []string{} },
		"no day":                     func(r *Request) { r.Due = "tomorrow" },
		"a link to itself":           func(r *Request) { r.Links = append(r.Links, r.Thread) },
		"a fact that is neither":     func(r *Request) { r.Facts[0].Ground = "" },
		"an unmarked fact":           func(r *Request) { r.Facts[0].Marks = Marks{} },
		"a source of no grade":       func(r *Request) { r.Facts[0].Source = "D" },
		"information of no grade":    func(r *Request) { r.Facts[0].Information = "5" },
		"H3 without its condition":   func(r *Request) { r.Facts[0].Handling = "H3" },
		"a condition without H3":     func(r *Request) { r.Facts[0].Condition = "not before May" },
		"no article":                 func(r *Request) { r.Offences[0].Article = "" },
		"an act of no list":          func(r *Request) { r.Offences[0].Acts = []string{"theft"} },
		"means out of order":         func(r *Request) { r.Offences[0].Means = []string{"threat", "fraud"} },
		"a purpose twice":            func(r *Request) { r.Offences[0].Purposes = []string{"sexual-exploitation", "sexual-exploitation"} },
		"somebody of no category":    func(r *Request) { r.Persons[0].Category = "" },
		"somebody without a name":    func(r *Request) { r.Persons[0].Name = "" },
		"a measure of no list":       func(r *Request) { r.Measures[0].Code = "torture" },
		"a paper without a digest":   func(r *Request) { r.Papers[0].Digest = "abc" },
		"no list":                    func(r *Request) { r.Facts = nil },
	} {
		r := sample(t)
		change(&r)
		if r.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	r := sample(t)
	r.Subject, r.Facts, r.Measures = "", []Fact{}, []Measure{}
	if got := r.Lacks(); !slices.Equal(got, []string{"subject", "facts", "measures"}) {
		t.Errorf("it lacks %v", got)
	}
	r = sample(t)
	r.Papers[0].Handling, r.Papers[0].Condition = "H3", "not before May"
	if r.Strictest() != "H3" || sample(t).Strictest() != "H2" {
		t.Errorf("the strictest of %s, and %s", r.Strictest(), sample(t).Strictest())
	}
}

// TestMedianDays: the middle is of what was really taken, nothing is made of what has not happened, and of few nobody else is told.
func TestMedianDays(t *testing.T) {
	start := frame.Time(1 << 50)
	past := func(side envelope.Side, receipt, answer time.Duration) Past {
		p := Past{Peer: "MK", Side: side, Sent: start}
		if receipt >= 0 {
			p.Receipt = start.Add(dayLong * receipt)
		}
		if answer >= 0 {
			p.Answer = start.Add(dayLong * answer)
		}
		return p
	}
	all := []Past{
		past(envelope.Opener, 1, 30), past(envelope.Opener, 9, 40), past(envelope.Opener, 2, -1), past(envelope.Opener, 4, -1),
		past(envelope.Answerer, -1, -1),
	}
	got := pairs(all, "MD", 1)
	if len(got) != 2 || got[0].From != "MD" || got[0].To != "MK" || got[1].From != "MK" {
		t.Fatalf("pairs: %+v", got)
	}
	if p := got[0]; p.Requests != 4 || p.Receipt != (Median{2, 4}) || p.Answer != (Median{30, 2}) || p.Decision != (Median{}) {
		t.Errorf("from MD to MK: %+v", p)
	}
	if p := got[1]; p.Requests != 1 || p.Receipt != (Median{}) {
		t.Errorf("from MK to MD: %+v", p)
	}
	if few := pairs(all, "MD", 3); len(few) != 1 || few[0].Answer != (Median{}) || few[0].Receipt.Of != 4 {
		t.Errorf("who may see none below 3 sees %+v", few)
	}
}
