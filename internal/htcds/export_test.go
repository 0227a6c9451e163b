package htcds_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
)

// demona is an invented person of whom much is known.
func demona() *person.Person {
	return &person.Person{
		Names: []person.Name{
			{Use: person.Exploitation, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Fiktiva"}}},
			{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{
				{Kind: person.GivenName, Text: "Demona"}, {Kind: person.Patronymic, Text: "Probova"}, {Kind: person.Surname, Text: "Izmislena"},
			}},
		},
		Birth: person.Say(person.Birth{Year: 1999, Month: 5}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MD", "XK"}),
		Languages: person.Say([]person.Language{{Tag: "sr-Latn"}, {Tag: "ro"}, {Tag: "en"}}),
		Documents: person.Say([]person.Document{
			{Type: "passport", Number: "P-0000", Held: "by-exploiter"}, {Type: "identity-card", Number: "ID-0000", Held: "by-her"},
		}),
		Contacts: []person.Contact{{Way: person.Telephone, Address: "+38970000000", Safety: person.Safe}},
	}
}

func say(t *testing.T, v any) form.Answer {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return person.Say(json.RawMessage(raw))
}

// told fills in the first form.
func (o *shelter) told(c casefile.Case, answers map[string]form.Answer) {
	o.t.Helper()
	answers["found-on"], answers["age"], answers["safe-now"] = say(o.t, form.Day{Year: 2026}), say(o.t, "adult"), say(o.t, "yes")
	_, err := o.forms.Fill(o.ctx, o.people["ana"], c.ID, form.Filling{
		Schema: form.FillingName, Record: form.Record{Form: "F1", Version: 1, Answers: answers}, Language: "ro", Finished: true,
	})
	o.must(err)
}

// A case of which much is known is written field by field as the table says, and what has no place is counted.
func TestACaseIsWrittenInTheStandard(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open(demona())
	o.told(c, map[string]form.Answer{
		"means": say(t, []string{"deception", "force"}), "exploitation": say(t, []string{"forced-labour", "forced-crime"}), "status": say(t, "not-victim"),
	})
	for _, d := range []casefile.Decision{
		{Status: "formally-identified", Body: "prosecutor", Name: "Demo office", Country: "MK", Basis: "Demo act", Date: "2026-11-23"},
		{Status: "referred-out", Body: "police", Name: "Demo police", Country: "MK", Basis: "Demo act", Date: "2026-11-24"},
	} {
		_, err := o.cases.Decide(o.ctx, ana, c.ID, d)
		o.must(err)
	}
	need, err := o.plans.Name(o.ctx, ana, c.ID, careplan.Need{Code: "medical", Urgency: "now", Said: "person", On: "2026-11-23"})
	o.must(err)
	for _, agreed := range []bool{true, false} {
		_, err = o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{
			Need: need.Record, Goal: "DEMO: to sleep again", Service: "medical", Provider: careplan.Provider{Name: "Demo clinic"}, Due: "2026-12-23", Agreed: agreed, On: "2026-11-23",
		})
		o.must(err)
	}
	_, err = o.cases.Note(o.ctx, ana, c.ID, casefile.Note{Language: "en", Text: "DEMO: a note about her sister"})
	o.must(err)

	r := o.export(c, htcds.OwnSystem)
	want := map[string]string{
		"prs_FirstName": "Demona", "prs_MiddleName": "Probova", "prs_SecondName": "Izmislena", "prs_Birthdate": "1999-05", "prs_Gender": "Feminine",
		"prs_Citizenship": "MD;XK", "prs_PrimaryLanguage": "sr", "prs_SecondaryLanguage": "ro", "prs_IdentityNumber": "ID-0000",
		"vic_TraffickingStatus": "ActualVictimOfTrafficking", "vic_TraffickingStatusDecisionMakingOrg": "CourtOrProsecution",
		"vic_MethodsOfControl": "FalsePromises;Other", "vic_TypeOfExploitation": "ForcedLabour;Other", "cas_Status": "Active",
	}
	if d := cmp.Diff(want, values(r.Fields)); d != "" {
		t.Error(d)
	}
	if a, _ := r.Answer("vic_MethodsOfControl"); strings.Join(a.Ours, ";") != "deception;force" {
		t.Errorf("our own codes are %q", a.Ours)
	}
	plan := map[string]string{
		"spl_Objectives": "DEMO: to sleep again", "spl_ActionPlan": "medical", "spl_PlannedEndDate": "2026-12-23", "spl_Type": "Health",
	}
	if len(r.Plans) != 1 {
		t.Fatalf("%d plans", len(r.Plans))
	}
	if d := cmp.Diff(plan, values(r.Plans[0])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]int{"contact": 1, "document": 1, "language": 2, "name": 1, "note": 1, "step": 1}, left(r)); d != "" {
		t.Error(d)
	}
	if r.PassOn || r.Member != "MK" || r.Desk != "shelter" || r.Purpose != htcds.OwnSystem {
		t.Errorf("the record is said to be %+v", r)
	}
	raw, err := json.Marshal(r)
	o.must(err)
	for _, secret := range []string{"+389", "Fiktiva", "sister", "P-0000", `"ana"`} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the record says %s", secret)
		}
	}
	// What is made for her has no words that nobody has read through.
	hers := o.export(c, htcds.ForHer)
	if raw, _ = json.Marshal(hers); strings.Contains(string(raw), "DEMO") || left(hers)["words"] != 1 {
		t.Errorf("what is made for her says %s", raw)
	}
	row, err := o.cases.Find(o.ctx, ana.Actor, string(c.Reference))
	o.must(err)
	_, err = o.cases.Close(o.ctx, ana, c.ID, row.Version, casefile.Closure{Reason: "deceased", Date: "2026-12-01", Action: "retain"})
	o.must(err)
	if v := values(o.export(c, htcds.OwnSystem).Fields); v["cas_Status"] != "Closed" || v["cas_ReasonForCaseClosure"] != "deceased" || v["prs_Deceased"] != htcds.Ticked {
		t.Errorf("closed: %v", v)
	}
}

// The four answers stay apart in the record and in the table, and none of them becomes a no or a value; what was never asked is not there.
func TestTheFourAnswersStayApart(t *testing.T) {
	o := born(t)
	c := o.open(&person.Person{
		Names: []person.Name{{Use: person.Alias, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Demona"}}}}, Contacts: []person.Contact{},
		Birth: person.Without[person.Birth](person.Declined), Sex: person.Without[person.Sex](person.UnsafeToAsk),
		Citizenships: person.Without[[]string](person.Unknown), Languages: person.Say([]person.Language{{Tag: "ro"}}),
	})
	o.told(c, map[string]form.Answer{"means": person.Without[json.RawMessage](person.UnsafeToAsk)})
	r := o.export(c, htcds.OwnSystem)
	got := map[string]string{}
	for _, a := range r.Fields {
		got[a.Field] = a.State.Code()
	}
	want := map[string]string{
		"prs_Birthdate": "declined", "prs_Gender": "unsafe-to-ask", "prs_Citizenship": "unknown", "prs_IdentityNumber": "not-asked", "prs_PrimaryLanguage": "given",
		"vic_MethodsOfControl": "unsafe-to-ask", "cas_Status": "given",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	known := o.export(o.open(demona()), htcds.OwnSystem)
	rows := htcds.Rows(o.out.Table, []htcds.Record{r, known})
	cell := func(row int, head string) string {
		for i, h := range rows[0] {
			if h == head {
				return rows[row][i]
			}
		}
		t.Fatalf("there is no column %s in %q", head, rows[0])
		return ""
	}
	if cell(1, "Gender") != "NonSpecifiedUnknown" || cell(1, "Birthdate") != "" || cell(1, "First Name") != "" || cell(2, "Birthdate") != "1999-05" {
		t.Errorf("the rows are %q", rows[1:])
	}
	if gaps := cell(1, htcds.GapHead); gaps != "prs_MiddleName=not-asked;prs_Birthdate=declined;prs_Gender=unsafe-to-ask;prs_SecondaryLanguage=not-asked;prs_Citizenship=unknown;prs_IdentityNumber=not-asked;vic_MethodsOfControl=unsafe-to-ask" {
		t.Errorf("the gaps are %q", gaps)
	}
	if use := cell(2, htcds.UseHead); !strings.HasPrefix(use, "MK/shelter: ") || !strings.Contains(use, "Not to be passed on") {
		t.Errorf("the row says it is for %q", use)
	}
	if cell(2, htcds.GapHead) != "vic_MethodsOfControl=not-asked" {
		t.Errorf("the gaps of the second are %q", cell(2, htcds.GapHead))
	}
}

// A sex that the standard asks more of is not made up, and an estimate is no date of birth.
func TestNothingIsMadeUpForTheStandard(t *testing.T) {
	o := born(t)
	p := demona()
	p.Sex, p.Birth, p.Citizenships = person.Say(person.Other), person.Say(person.Birth{Year: 1999, Margin: 3}), person.Say([]string{person.Stateless})
	r := o.export(o.open(p), htcds.OwnSystem)
	v := values(r.Fields)
	if a, _ := r.Answer("prs_Birthdate"); v["prs_Gender"] != "NonSpecifiedUnknown" || a.State != person.Unknown || v["prs_Citizenship"] != "stateless" {
		t.Errorf("written as %v", v)
	}
	if l := left(r); l["sex"] != 1 || l["birth"] != 1 {
		t.Errorf("left out: %v", l)
	}
}

// Who works on the case as a caseworker at its desk writes it; everybody else does not, and the log says of each opening what it was for.
func TestOnlyItsCaseworkersWriteACase(t *testing.T) {
	o := born(t)
	c := o.open(demona())
	for who, kind := range map[string]fault.Kind{"boris": fault.Hidden, "petar": fault.Hidden, "erna": fault.Hidden, "sonja": fault.Denied} {
		_, err := o.out.Export(o.ctx, o.people[who], c.ID, htcds.OwnSystem)
		o.refused(err, kind, "")
	}
	// Nor in an emergency: whoever opens the case then reads it, and takes nothing away.
	from := frame.At(o.now)
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console("MK"), access.DutyDesk, "emergency"), func(tx desk.Tx) error {
		return tx.SetShifts(o.ctx, "emergency", from, []desk.Shift{{Desk: "emergency", User: "erna", From: from, To: from.Add(time.Hour)}})
	}))
	_, err := o.cases.EmergencyOpen(o.ctx, o.people["erna"], c.ID, "missing-person", "DEMO: she has not come home")
	o.must(err)
	_, err = o.cases.Show(o.ctx, o.people["erna"], c.ID)
	o.must(err)
	_, err = o.out.Export(o.ctx, o.people["erna"], c.ID, htcds.OwnSystem)
	o.refused(err, fault.Hidden, "")
	own, err := o.cases.Open(o.ctx, o.people["petar"], casefile.Opening{AgeClass: person.Adult})
	o.must(err)
	_, err = o.out.Export(o.ctx, o.people["petar"], own.ID, htcds.OwnSystem)
	o.refused(err, fault.Denied, "")
	for _, none := range []htcds.Purpose{"", "exchange", "ministry"} {
		_, err := o.out.Export(o.ctx, o.people["ana"], c.ID, none)
		o.refused(err, fault.Invalid, "htcds.purpose")
	}
	o.export(c, htcds.OwnSystem)
	o.export(c, htcds.ForHer)
	s := &audit.Service{Write: store.Writer[audit.Reader](o.db), Now: o.cases.Now}
	lines, _, err := s.Entries(o.ctx, access.Actor{User: "aleks", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	o.must(err)
	saw := map[string]int{}
	for _, l := range lines {
		if l.Entry.Case == c.ID && l.Entry.Verb == audit.VerbSaw && l.Entry.User == "ana" && l.Entry.Outcome == audit.OutcomeDone {
			saw[l.Entry.Purpose]++
		}
	}
	if saw["htcds-own-system"] != 1 || saw["htcds-person"] != 1 {
		t.Errorf("the log says %v", saw)
	}
}

// What the table does not say is exported is in no record, whatever the case holds.
func TestWhatTheTableDoesNotExportStaysHere(t *testing.T) {
	o := born(t)
	c := o.open(demona())
	o.out.Table.Fields = slices.Clone(o.out.Table.Fields)
	for i, f := range o.out.Table.Fields {
		if f.ID == "prs_IdentityNumber" {
			o.out.Table.Fields[i].Exported = false
		}
	}
	if v := values(o.export(c, htcds.OwnSystem).Fields); v["prs_IdentityNumber"] != "" || v["prs_FirstName"] != "Demona" {
		t.Errorf("written: %v", v)
	}
}
