package form_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
)

// members returns the names of a record's members, those of parts with the name of the part before them, dashes for underscores.
func members(of reflect.Type, before string) []string {
	var all []string
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = before + strings.ReplaceAll(name, "_", "-")
		inner := f.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		switch inner {
		case reflect.TypeFor[consent.Guardian](), reflect.TypeFor[consent.Withheld]():
			all = append(all, members(inner, name+"-")...)
		default:
			all = append(all, name)
		}
	}
	return all
}

// TestTheConsentFormIsTheConsentRecord: F4 asks each thing that a person is asked for a consent record, with the same codes, and
// nothing that the record could not keep.
func TestTheConsentFormIsTheConsentRecord(t *testing.T) {
	s, c := loaded(t)
	f, err := s.Form("F4", 1, form.Edition{})
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]form.Question{}
	var got []string
	for _, part := range f.Sections {
		for _, q := range part.Questions {
			asked[q.ID], got = q, append(got, q.ID)
		}
	}
	// What the program says itself, under a name of its own in the form, or after the record was signed.
	want := slices.DeleteFunc(members(reflect.TypeFor[consent.Record](), ""), func(m string) bool {
		return slices.Contains([]string{"form", "consent", "person", "text-version", "text-digest", "text-reviewed"}, m)
	})
	for i, m := range want {
		switch m {
		case "withheld-category":
			want[i] = "withheld"
		case "withheld-reason":
			want[i] = "withheld-why"
		}
	}
	want = append(want, "withdrawn", "effective") // beside the record: [consent.Consent]
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the form asks for other things than the record keeps: %s", d)
	}
	data, err := consent.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var categories, purposes, told []string
	for _, x := range data.Categories {
		categories = append(categories, string(x.Code))
	}
	for _, x := range consent.Purposes() {
		purposes = append(purposes, string(x))
	}
	told = members(reflect.TypeFor[consent.Explained](), "")
	for question, want := range map[string][]string{
		"purposes": purposes, "categories": categories, "withheld": categories, "explained": told,
		"how": {consent.Written, consent.Oral}, "given-by": {consent.ByHerself, consent.ByGuardian, consent.ByAuthority},
		"withheld-why": consent.WithheldReasons(), "age-class": {"adult", "child"},
	} {
		var codes []string
		for _, l := range f.Lists {
			for _, o := range l.Choices {
				if l.ID == asked[question].List {
					codes = append(codes, o.Code)
				}
			}
		}
		if !slices.Equal(codes, want) {
			t.Errorf("%s: the form has %v, the record %v", question, codes, want)
		}
	}
	// A member adds no questions, whose answers would be kept nowhere, and nobody is offered to fill it in beside the record.
	a := national(t)
	a.Forms[0].Form, a.Forms[0].Sections[0].Section = "F4", "told"
	found, err := s.LintAdditions(c, a)
	if err != nil || !slices.Contains(found, form.Finding{Form: "F4", Rule: "base", Detail: "F4"}) {
		t.Errorf("additions to it: %v, %v", found, err)
	}
	if slices.ContainsFunc(s.Offered("MK", access.CaseManager), func(r form.Record) bool { return r.Form == "F4" }) {
		t.Error("it is offered to be filled in as a form")
	}
}

// agreed is what stands on a filled-in sheet of F4, as the record that is kept of it.
func agreed(t *testing.T, answers map[string]string) consent.Record {
	t.Helper()
	r := consent.Record{Withheld: []consent.Withheld{}}
	list := func(q string) []string {
		var all []string
		if raw, ok := answers[q]; ok {
			if err := json.Unmarshal([]byte(raw), &all); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	one := func(q string) (s string) {
		if raw, ok := answers[q]; ok {
			if err := json.Unmarshal([]byte(raw), &s); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	for _, x := range list("purposes") {
		r.Purposes = append(r.Purposes, consent.Purpose(x))
	}
	for _, x := range list("categories") {
		r.Categories = append(r.Categories, consent.Code(x))
	}
	for _, x := range list("withheld") {
		r.Withheld = append(r.Withheld, consent.Withheld{Category: consent.Code(x), Reason: one("withheld-why"), Note: one("withheld-note")})
	}
	told := list("explained")
	has := func(s string) bool { return slices.Contains(told, s) }
	r.Explained = consent.Explained{
		Purpose: has("purpose"), Recipients: has("recipients"), Risks: has("risks"), Adequacy: has("adequacy"), Withdrawal: has("withdrawal"),
		Retention: has("retention"), Access: has("access"),
	}
	r.Guardian = consent.Guardian{Name: one("guardian-name"), Relation: one("guardian-relation"), Authority: one("guardian-authority"), Document: one("guardian-document")}
	r.GivenBy, r.Assent, r.BestInterests, r.Capable = one("given-by"), one("assent") == "yes", one("best-interests"), one("capable") == "yes"
	r.Language, r.Interpreter, r.ReadBack = one("language"), one("interpreter"), one("read-back") == "yes"
	r.How, r.Witness, r.SafeWay = one("how"), one("witness"), one("safe-way")
	for _, to := range strings.Fields(one("recipients")) {
		m, d, _ := strings.Cut(to, "/")
		r.Recipients = append(r.Recipients, id.Address{Member: id.Member(m), Desk: id.Desk(d)})
	}
	return r
}

// TestTheStoryOfTheConsentForm: she may be a child. With only her own word it is no consent; with her guardian, her own assent and the rest
// of the sheet it is one. She keeps back where she was held, and why. What was filled in is one signed record, and never a form
// beside it. She takes it back, and from then on it opens nothing.
func TestTheStoryOfTheConsentForm(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	var told []id.Address
	consents := &consent.Service{
		Write: store.Writer[consent.Tx](o.db), Read: store.Reader[consent.Tx](o.db), Now: o.cases.Now, IDs: o.cases.IDs, Member: "MK", Keys: o.keys,
		Forward: func(_ context.Context, _ consent.Tx, c consent.Consent) error { told = c.Recipients; return nil },
	}
	file, err := o.cases.Open(o.ctx, ana, casefile.Opening{}) // of unknown age, which is the path of children
	o.must(err)
	sheet := map[string]string{
		"given-by": `"herself"`, "capable": `"yes"`, "purposes": `["interview","referral"]`, "recipients": `"RS/centre"`,
		"categories": `["languages","needs"]`, "withheld": `["exploitation.summary"]`, "withheld-why": `"fear-of-harm"`, "withheld-note": `"he knows the desk there"`,
		"explained": `["purpose","recipients","risks","adequacy","withdrawal","retention","access"]`,
		"language":  `"sq"`, "interpreter": `"Ivo Izmislen"`, "read-back": `"yes"`, "how": `"oral"`, "witness": `"Vera Demonstrativa"`, "safe-way": `"in person only"`,
	}
	record := form.Record{Form: "F4", Version: 1, Answers: map[string]form.Answer{}}
	for q, a := range sheet {
		record.Answers[q] = say(a)
	}
	record.Answers["age-class"] = person.Without[json.RawMessage](person.Unknown)
	for _, day := range []string{"obtained-at", "valid-to"} {
		record.Answers[day] = say(`{"year":2026,"month":11,"day":23}`)
	}
	if err := o.forms.Forms.Check(record); err != nil {
		t.Errorf("the sheet: %v", err)
	}
	for _, finished := range []bool{true, false} {
		_, err = o.forms.Fill(o.ctx, ana, file.ID, filling(record, finished))
		o.refused(err, fault.Invalid, "form.elsewhere")
	}
	if all, _, err := o.forms.List(o.ctx, ana, file.ID); err != nil || len(all) != 0 {
		t.Errorf("kept beside the record: %v, %v", all, err)
	}

	_, err = consents.Give(o.ctx, ana, consent.Giving{Case: file.ID, Record: agreed(t, sheet)})
	o.refused(err, fault.Invalid, "consent.child")
	for q, a := range map[string]string{
		"given-by": `"guardian"`, "guardian-name": `"Demo Aunt"`, "guardian-relation": `"aunt"`, "guardian-authority": `"Demo Centre"`,
		"guardian-document": `"demo 1/2026"`, "assent": `"yes"`, "best-interests": `"she is safe with her aunt"`,
	} {
		sheet[q] = a
		record.Answers[q] = say(a)
	}
	if err := o.forms.Forms.Check(record); err != nil {
		t.Errorf("the sheet with her guardian: %v", err)
	}
	want := agreed(t, sheet)
	given, err := consents.Give(o.ctx, ana, consent.Giving{Case: file.ID, Record: want})
	o.must(err)
	signed, row, err := consents.Show(o.ctx, ana, given.ID)
	o.must(err)
	got := signed.Record
	if got.AgeClass != person.AgeUnknown || got.ObtainedBy != "ana" || got.Desk != "shelter" || got.ObtainedAt != frame.At(o.now) || got.ValidTo <= got.ValidFrom {
		t.Errorf("what the program says itself: %+v", got)
	}
	want.Form, want.Consent, want.Person, want.AgeClass, want.TextVersion = got.Form, got.Consent, got.Person, got.AgeClass, got.TextVersion
	want.ObtainedBy, want.ObtainedAt, want.Desk, want.ValidFrom, want.ValidTo = got.ObtainedBy, got.ObtainedAt, got.Desk, got.ValidFrom, got.ValidTo
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what is kept is not what stands on the sheet: %s", d)
	}
	if !row.Live(frame.At(o.now)) {
		t.Error("it is not in force")
	}
	taken, err := consents.Withdraw(o.ctx, ana.Actor, given.ID, "")
	o.must(err)
	if taken.Withdrawn == 0 || taken.Effective != taken.Withdrawn || taken.Reason != "" || taken.Live(frame.At(o.now)) || !slices.Equal(told, want.Recipients) {
		t.Errorf("taken back: %+v, told %v", taken, told)
	}
}
