package course_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// whole returns an event with every field that its transition may carry.
func whole(side course.Side, t course.Transition) course.Event {
	e := form(side, t)
	e.Referral, e.Side, e.Seq = thread.Referral, side, 2
	e.Prev = course.Digest(strings.Repeat("0a", 32))
	e.Seen = course.Mark{Seq: 1, Digest: course.Digest(strings.Repeat("0b", 32))}
	for _, f := range course.Allows(t) {
		switch f {
		case course.FieldConsent:
			e.Consent = id.Consent(thread.Referral)
		case course.FieldDue:
			e.Due.Decide = hours(8)
		case course.FieldOnward:
			e.Onward = true
		case course.FieldContinues:
			e.Continues = "zzzzzzzzzzzzzzzzzzzzzzzzzw"
		case course.FieldBundle:
			e.Bundle = "zzzzzzzzzzzzzzzzzzzzzzzzzw"
		case course.FieldHappened:
			e.Happened = noon
		case course.FieldVia:
			e.Via = "phone"
		}
	}
	return e
}

// every gives each event that can exist, with all its fields.
func every(yield func(course.Event) bool) {
	for _, t := range course.Statuses() {
		if t.Local() {
			continue
		}
		for _, o := range course.Owners(t) {
			for _, side := range o.Sides() {
				if !yield(whole(side, t)) {
					return
				}
			}
		}
	}
}

func TestEveryEventHasOneForm(t *testing.T) {
	for e := range every {
		b, err := e.Bytes()
		if err != nil {
			t.Errorf("%s: %v", e.Transition, err)
			continue
		}
		back, err := course.Parse(b)
		if err != nil || back != e {
			t.Errorf("%s reads as %v, %v", b, back, err)
		}
		if err := e.Known(course.Codes()); err != nil {
			t.Errorf("%s: %v", e.Transition, err)
		}
	}
}

func TestEventsOfNobodysAreRefused(t *testing.T) {
	for e := range every {
		other := e
		other.Side = e.Side.Other()
		err := other.Check()
		if both := course.Owners(e.Transition)[0] == course.ThePerson; both == (err != nil) {
			t.Errorf("%s of the %s: %v", e.Transition, other.Side, err)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", e.Transition, err)
		}
	}
	for _, local := range []course.Transition{course.Draft, course.Checked, "", "seen"} {
		e := whole(course.Sender, course.Closed)
		e.Transition = local
		if err := e.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q travels: %v", local, err)
		}
	}
}

func TestEventsCarryTheFieldsOfTheirTransitionAndNoOthers(t *testing.T) {
	extra := map[string]func(*course.Event){
		"to":          func(e *course.Event) { e.To = id.Address{Member: "RS", Desk: "shelter"} },
		"kind":        func(e *course.Event) { e.Kind = "return" },
		"urgency":     func(e *course.Event) { e.Urgency = course.Urgent },
		"basis":       func(e *course.Event) { e.Basis = "order" },
		"consent":     func(e *course.Event) { e.Consent = id.Consent(thread.Referral) },
		"expires":     func(e *course.Event) { e.Expires = noon + 1 },
		"due":         func(e *course.Event) { e.Due.Plan = hours(1) },
		"onward":      func(e *course.Event) { e.Onward = true },
		"continues":   func(e *course.Event) { e.Continues = "zzzzzzzzzzzzzzzzzzzzzzzzzw" },
		"bundle":      func(e *course.Event) { e.Bundle = "zzzzzzzzzzzzzzzzzzzzzzzzzw" },
		"reason":      func(e *course.Event) { e.Reason = "other" },
		"alternative": func(e *course.Event) { e.Alternative.Code = "later" },
		"planned":     func(e *course.Event) { e.Planned = course.Planned{At: noon, Meeting: "desk"} },
		"happened":    func(e *course.Event) { e.Happened = noon },
		"point":       func(e *course.Event) { e.Point = 90 },
		"outcome":     func(e *course.Event) { e.Outcome = "stable" },
		"via":         func(e *course.Event) { e.Via = "letter" },
	}
	for e := range every {
		allowed := map[string]bool{}
		for _, f := range course.Needs(e.Transition) {
			allowed[string(f)] = true
		}
		for _, f := range course.Allows(e.Transition) {
			allowed[string(f)] = true
		}
		for name, set := range extra {
			x := e
			set(&x)
			if err := x.Check(); (err == nil) != allowed[name] {
				t.Errorf("%s with %s: %v", e.Transition, name, err)
			}
		}
	}
	for e := range every {
		for _, f := range course.Needs(e.Transition) {
			bare := without(t, e, string(f))
			if _, err := course.Parse(bare); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s without %s: %v", e.Transition, f, err)
			}
		}
	}
}

// without writes the event with a field left out.
func without(t *testing.T, e course.Event, field string) []byte {
	t.Helper()
	b, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	if m[field] == nil {
		t.Fatalf("%s has no %s", b, field)
	}
	delete(m, field)
	if b, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMalformedEventsAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*course.Event){
		"short referral":      func(e *course.Event) { e.Referral = "abc" },
		"no referral":         func(e *course.Event) { e.Referral = "" },
		"no side":             func(e *course.Event) { e.Side = "" },
		"number 0":            func(e *course.Event) { e.Seq = 0 },
		"number too high":     func(e *course.Event) { e.Seq = course.MaxSeq + 1 },
		"no predecessor":      func(e *course.Event) { e.Prev = "" },
		"first with one":      func(e *course.Event) { e.Seq = 1 },
		"capital digest":      func(e *course.Event) { e.Prev = course.Digest(strings.Repeat("0A", 32)) },
		"short digest":        func(e *course.Event) { e.Prev = "0a" },
		"seen without number": func(e *course.Event) { e.Seen.Seq = 0 },
		"seen without digest": func(e *course.Event) { e.Seen.Digest = "" },
		"no time":             func(e *course.Event) { e.At = 0 },
		"endless time":        func(e *course.Event) { e.At = 1 << 53 },
		"no desk":             func(e *course.Event) { e.Desk = id.Address{} },
		"to itself":           func(e *course.Event) { e.To = e.Desk },
		"no such urgency":     func(e *course.Event) { e.Urgency = "asap" },
		"free text":           func(e *course.Event) { e.Kind = "please take Maria" },
		"a name as code":      func(e *course.Event) { e.Kind = "Марија" },
		"long code":           func(e *course.Event) { e.Kind = course.Code(strings.Repeat("a", course.MaxCode+1)) },
		"consent not random":  func(e *course.Event) { e.Consent = "maria" },
		"follows itself":      func(e *course.Event) { e.Continues = e.Referral },
		"expired at birth":    func(e *course.Event) { e.Expires = e.At },
		"expires too late":    func(e *course.Event) { e.Expires = e.At.Add(course.MaxExpiry) + 1 },
		"no such unit":        func(e *course.Event) { e.Due.Decide.Unit = "moon" },
		"negative period":     func(e *course.Event) { e.Due.Decide.N = -1 },
	} {
		e := whole(course.Sender, course.Sent)
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(&e)
		if err := e.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	declined := whole(course.Receiver, course.Declined)
	declined.Alternative.Desk = id.Address{Member: "RS", Desk: "shelter"}
	if err := declined.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("two alternatives: %v", err)
	}
	declined.Alternative.Code = ""
	if err := declined.Check(); err != nil {
		t.Errorf("another desk as alternative: %v", err)
	}
}

func TestCodesOutsideTheListsAreRefusedUnlessTheEventProtects(t *testing.T) {
	e := whole(course.Receiver, course.Declined)
	e.Reason = "maria-popescu"
	if err := e.Known(course.Codes()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a name passes as a reason: %v", err)
	}
	e = whole(course.Sender, course.Revoked)
	e.Reason = "a-code-of-a-later-version"
	if err := e.Known(course.Codes()); err != nil {
		t.Errorf("a revocation is stopped by its code: %v", err)
	}
}

func TestSignedEventsOpenWithTheirKeyOnly(t *testing.T) {
	key := seal.NewSign(nil)
	e := whole(course.Sender, course.Closed)
	s, err := e.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := s.Open(key.Public()); err != nil || back != e {
		t.Fatalf("got %v, %v", back, err)
	}
	if _, err := s.Open(seal.NewSign(nil).Public()); !fault.Is(err, fault.Invalid) {
		t.Errorf("it opens with another key: %v", err)
	}
	e.At++
	moved, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (course.Signed{Event: moved, Signature: s.Signature}).Open(key.Public()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a changed event opens: %v", err)
	}
	elsewhere := course.Signed{Event: s.Event, Signature: key.Sign(seal.DomainReceipt, s.Event)}
	if _, err := elsewhere.Open(key.Public()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a signature made for a receipt passes for an event: %v", err)
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../spec/schema/referral-event.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fitsSchema(t testing.TB, s *jsonschema.Schema, b []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestTheSchemaSaysWhatTheCodeSays(t *testing.T) {
	s := schema(t)
	for e := range every {
		b, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := fitsSchema(t, s, b); err != nil {
			t.Errorf("%s: %v", e.Transition, err)
		}
		for _, f := range course.Needs(e.Transition) {
			if fitsSchema(t, s, without(t, e, string(f))) == nil {
				t.Errorf("the schema takes %s without %s", e.Transition, f)
			}
		}
		other := bytes.Replace(b, []byte(`"side":"`+e.Side+`"`), []byte(`"side":"`+e.Side.Other()+`"`), 1)
		if person := e.Transition == course.WithdrawnByPerson; (fitsSchema(t, s, other) == nil) != person {
			t.Errorf("the schema takes %s from the %s: %v", e.Transition, e.Side.Other(), !person)
		}
		more := bytes.Replace(b, []byte(`{`), []byte(`{"note":"free",`), 1)
		if fitsSchema(t, s, more) == nil {
			t.Errorf("the schema takes a note in %s", e.Transition)
		}
	}
}

// The lists of the code and the lists that a second country reads are one.
func TestTheListsAreTheSchemasLists(t *testing.T) {
	raw, err := os.ReadFile("../../spec/schema/referral-codes.json")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("codes.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, own) {
		t.Error("spec/schema/referral-codes.json and internal/referral/codes.json differ: copy one over the other")
	}
	for name, list := range course.Codes().Lists {
		for _, c := range list {
			e := whole(course.Sender, course.Sent)
			e.Kind = c
			if err := e.Check(); err != nil {
				t.Errorf("%s: %q is no code", name, c)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for e := range every {
		b, err := e.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	s := schema(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := course.Parse(b)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		again, err := e.Bytes()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q was read and written as %q, %v", b, again, err)
		}
		if err := fitsSchema(t, s, b); err != nil {
			t.Fatalf("%q is taken by the code and refused by the schema: %v", b, err)
		}
		course.Fold(thread, []course.Event{e})
	})
}
