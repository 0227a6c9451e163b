package nodetest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/subject"
)

// copied is a case with a person, a consent, a form that speaks of others, and a release by order to the prosecution.
func copied(t *testing.T) (keeping, casefile.Case, form.Entry) {
	t.Helper()
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	k.Join("focal-point", "vera", "case-manager", "ana")
	ana := k.As("ana")
	given := func(v any) form.Answer {
		raw, err := json.Marshal(v)
		k.must(err)
		return form.Answer{State: person.Given, Value: raw}
	}
	c, err := k.Cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult, Person: &person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Fiktiva"}}}},
		Age:      person.Answer[person.AgeClass]{State: person.Given, Value: person.Adult},
		Contacts: []person.Contact{{Way: person.Telephone, Address: "+38970000001", Safety: person.Safe}},
	}})
	k.must(err)
	_, err = k.Consents.Give(ctx, ana, giving(c.ID, id.Address{Member: "MK", Desk: "shelter"}))
	k.must(err)
	raw, err := os.ReadFile("../form/testdata/MK.json")
	k.must(err)
	national, err := form.ParseAdditions(raw)
	k.must(err)
	national.Forms[0].Sections[0].Questions[0].Sees = []access.Role{access.CaseManager} // a question whose answer she may not see
	k.Forms.Forms, err = k.Forms.Forms.Add(k.Texts, national)
	k.must(err)
	e, err := k.Forms.Fill(ctx, k.As("vera"), c.ID, form.Filling{
		Schema: form.FillingName, Language: "ro", Finished: true, Record: form.Record{Form: "F1", Version: 1, Additions: form.Edition{Member: "MK", Version: 1}, Answers: filledWith(t, k, map[string]form.Answer{
			"finder": given("an invented informant"), "others-at-risk": given("yes"), "others-who": given("an invented co-victim"), "narrative": given("her invented story"),
			"mk.region": given("skopje"),
		})},
	})
	k.must(err)
	released, err := k.Cases.ByOrder(ctx, k.As("ana"), casefile.Releasing{
		Case: c.ID, To: "occpo", Order: "Demo court 17/2026", Category: "victim", Handling: "evidence-allowed",
		Items: []casefile.Item{{Kind: "fact", From: "case worker", Text: "an invented fact"}},
	})
	k.must(err)
	_, err = k.Cases.ApproveRelease(ctx, k.As("vera"), released.ID)
	k.must(err)
	return k, c, e
}

// filledWith answers what is required, with "declined" where nothing else is said.
func filledWith(t *testing.T, k keeping, answers map[string]form.Answer) map[string]form.Answer {
	t.Helper()
	f, err := k.Forms.Forms.Form("F1", 1, form.Edition{})
	k.must(err)
	for _, part := range f.Sections {
		for _, q := range part.Questions {
			if _, there := answers[q.ID]; q.Required && !there && q.When == nil {
				answers[q.ID] = form.Answer{State: person.Declined}
			}
		}
	}
	return answers
}

// TestCopyIsOfHerselfAlone: the copy says what is kept of her, who looked and what she agreed to; what speaks of others, what nobody
// read for it, how she is reached and what went to the prosecution by order are not in it.
func TestCopyIsOfHerselfAlone(t *testing.T) {
	k, c, e := copied(t)
	ctx := t.Context()
	for who, kind := range map[string]fault.Kind{"mira": fault.Hidden, "petar": fault.Denied, "dora": fault.Hidden} {
		_, err := k.Subjects.Copy(ctx, k.As(who), c.ID, nil)
		k.refused(who, err, kind, "")
	}
	for name, read := range map[string][]id.Record{"nobody has read it": nil, "somebody has": {e.Record}} {
		got, err := k.Subjects.Copy(ctx, k.As("vera"), c.ID, read)
		k.must(err)
		raw, err := json.Marshal(got)
		k.must(err)
		for text, want := range map[string]bool{
			"Fiktiva": true, "an invented informant": false, "an invented co-victim": false, "her invented story": read != nil,
			"+38970000001": false, "an invented fact": false, "Demo court": false, "occpo": false, "mk.region": false, "identity": true,
		} {
			if strings.Contains(string(raw), text) != want {
				t.Errorf("%s: %q is in the copy: %v", name, text, !want)
			}
		}
		if got.Withheld < 2 || len(got.Forms) != 1 || !got.Forms[0].Words || len(got.Consents) != 1 || len(got.Keeps) == 0 || got.Reference != c.Reference {
			t.Errorf("%s: %+v", name, got)
		}
	}
	whole, err := k.Subjects.Copy(ctx, k.As("vera"), c.ID, nil)
	k.must(err)
	if len(whole.Rest) != 1 || whole.Rest[0] != (subject.Rest{Kind: "other", Count: 1}) { // the sealed consent; not what was released by order
		t.Errorf("the rest: %+v", whole.Rest)
	}
	k.Net.Clock.Advance(20 * time.Minute)
	k.Net.Run() // counts who opened it
	got, err := k.Subjects.Copy(ctx, k.As("ana"), c.ID, nil)
	if err != nil || len(got.Openings) == 0 {
		t.Errorf("who has looked: %+v, %v", got.Openings, err)
	}
	entries, _, err := k.Audit.Entries(ctx, k.As("oto").Actor, 0, 1000)
	k.must(err)
	logged := 0
	for _, x := range entries {
		if x.Entry.Purpose == "copy" && x.Entry.Case == c.ID && x.Entry.Outcome == "done" {
			logged++
		}
	}
	if logged != 4 {
		t.Errorf("%d copies are in the log, want 4", logged)
	}
}

// TestRequestForCorrectionIsAnswered: what she asks to be corrected is kept in her words, decided once, with a reason, also when the case
// is closed; the wrong record stays.
func TestRequestForCorrectionIsAnswered(t *testing.T) {
	k, c, e := copied(t)
	ctx := t.Context()
	_, err := k.Subjects.Ask(ctx, k.As("ana"), c.ID, "", "")
	k.refused("without words", err, fault.Invalid, "subject.field")
	_, err = k.Subjects.Ask(ctx, k.As("mira"), c.ID, "the year is wrong", "")
	k.refused("at another desk", err, fault.Hidden, "")
	other, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	_, err = k.Subjects.Ask(ctx, k.As("ana"), other.ID, "the year is wrong", e.Record)
	k.refused("about a record of another case", err, fault.NotFound, "")
	shown, err := k.Cases.Show(ctx, k.As("ana"), c.ID)
	k.must(err)
	k.close("ana", shown.Case)
	r, err := k.Subjects.Ask(ctx, k.As("ana"), c.ID, "the year is wrong", e.Record)
	k.must(err)
	_, err = k.Subjects.Decide(ctx, k.As("ana"), c.ID, r.Record, r.Version, subject.Refused, "", "")
	k.refused("without a reason", err, fault.Invalid, "subject.field")
	_, err = k.Subjects.Decide(ctx, k.As("ana"), c.ID, r.Record, r.Version+1, subject.Refused, "it is in the passport", "")
	k.refused("another version", err, fault.Stale, "subject.stale")
	done, err := k.Subjects.Decide(ctx, k.As("ana"), c.ID, r.Record, r.Version, subject.Refused, "it is in the passport", "")
	k.must(err)
	_, err = k.Subjects.Decide(ctx, k.As("ana"), c.ID, r.Record, done.Version, subject.Corrected, "it was wrong", "")
	k.refused("decided twice", err, fault.Conflict, "subject.decided")
	got, err := k.Subjects.Copy(ctx, k.As("ana"), c.ID, nil)
	k.must(err)
	if len(got.Requests) != 1 || got.Requests[0].Says != "the year is wrong" || got.Requests[0].Outcome != subject.Refused || got.Requests[0].Asked != frame.At(k.Net.Clock.Now()) || len(got.Forms) != 1 {
		t.Errorf("%+v", got.Requests)
	}
}
