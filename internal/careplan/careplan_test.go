package careplan_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/store"
)

var (
	homeless = careplan.Need{Code: "accommodation", Urgency: "now", Said: "person", On: "2026-11-23", Note: "DEMO: not in the centre"}
	illness  = careplan.Need{Code: "medical", Urgency: "days", Said: "professional", On: "2026-11-23"}
)

// The story of a plan: what she needs, steps to which she agrees one by one, a house from the directory, beds given and corrected, a
// doctor who is not to be had, and a day on which somebody looks at it again.
func TestAPlanIsHers(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	house, err := o.houses.Add(o.ctx, ana, directory.Body{Name: "Demo house", Services: []directory.Offer{{Code: "accommodation", Name: "Beds"}}, Places: []directory.Place{}}, nil)
	o.must(err)
	beds := careplan.Provider{Organisation: house.ID, Service: house.Body.Services[0].ID}

	need, err := o.plans.Name(o.ctx, ana, c.ID, homeless)
	o.must(err)
	o.later()
	ill, err := o.plans.Name(o.ctx, ana, c.ID, illness)
	o.must(err)
	if f := o.show(c); f.Standing != careplan.NoPlan || len(f.Needs) != 2 || f.Needs[0].Value != homeless {
		t.Errorf("%+v", f)
	}
	for name, n := range map[string]careplan.NewStep{
		"a service that nobody offers there": {Need: ill.Record, Service: "medical", Provider: beds, On: "2026-11-23"},
		"no such service":                    {Need: ill.Record, Service: "hope", On: "2026-11-23"},
		"no day":                             {Need: ill.Record, Service: "medical"},
		"a desk that is none":                {Need: ill.Record, Service: "medical", On: "2026-11-23", Desk: "nowhere"},
	} {
		if _, err := o.plans.Plan(o.ctx, ana, c.ID, n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{Need: "none", Service: "medical", On: "2026-11-23"})
	o.refused(err, fault.NotFound, "")

	bed, err := o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{Need: need.Record, Goal: "a door with a key", Service: "accommodation", Provider: beds, Due: "2026-11-24", On: "2026-11-23"})
	o.must(err)
	first := o.now
	o.later()
	doctor, err := o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{Need: ill.Record, Service: "medical", Desk: "clinic", On: "2026-11-23", Agreed: true})
	o.must(err)
	if bed.Value.Provider.Name != "Demo house: Beds" || bed.Value.Desk != "shelter" || doctor.Value.Desk != "clinic" || !doctor.Value.Agreed() {
		t.Errorf("%+v, %+v", bed.Value, doctor.Value)
	}
	if f := o.show(c); f.Standing != careplan.Unasked || f.Review != "" {
		t.Errorf("nobody has asked her: %s, %s", f.Standing, f.Review)
	}
	if due := o.reviews[len(o.reviews)-1]; due != frame.At(first.AddDate(0, 0, 30)) {
		t.Errorf("a plan that nobody went through is looked at by %v", due)
	}

	// What she has not agreed to does not go on.
	_, err = o.plans.Deliver(o.ctx, ana, c.ID, bed.Record, bed.Version, casefile.Delivery{From: "2026-11-23"})
	o.refused(err, fault.Conflict, "careplan.step.turn")

	// Nobody asked her, and the plan says so; then she is asked, and agrees to one of the two.
	through := careplan.Agreement{On: "2026-11-23", Steps: []id.Record{bed.Record, doctor.Record}, Review: "2026-12-07"}
	o.later()
	silent := through
	silent.Answer, silent.Why = careplan.NotAsked, "she sleeps"
	_, err = o.plans.Agree(o.ctx, ana, c.ID, silent)
	o.must(err)
	if f := o.show(c); f.Standing != careplan.Unasked || f.Steps[0].Value.Agreed() {
		t.Errorf("%s", f.Standing)
	}
	asked := through
	asked.Agreed, asked.Language, asked.Goals, asked.Safety = []id.Record{bed.Record}, "ro", "to sleep", "call Demo first"
	for name, change := range map[string]func(*careplan.Agreement){
		"looked at again on the same day": func(x *careplan.Agreement) { x.Review = x.On },
		"looked at again in a year":       func(x *careplan.Agreement) { x.Review = "2027-11-23" },
		"in no language":                  func(x *careplan.Agreement) { x.Language = "" },
		"to what is not in it":            func(x *careplan.Agreement) { x.Agreed = []id.Record{"other"} },
		"to a plan of nothing":            func(x *careplan.Agreement) { x.Steps, x.Agreed = nil, nil },
	} {
		x := asked
		change(&x)
		if _, err := o.plans.Agree(o.ctx, ana, c.ID, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := asked
	short.Steps = short.Steps[:1]
	_, err = o.plans.Agree(o.ctx, ana, c.ID, short)
	o.refused(err, fault.Stale, "careplan.stale") // somebody added a step that she was not told of
	o.later()
	_, err = o.plans.Agree(o.ctx, ana, c.ID, asked)
	o.must(err)
	f := o.show(c)
	if f.Standing != careplan.PartAgreed || f.Steps[0].Value.Status() != careplan.Agreed || f.Steps[1].Value.Status() != careplan.Declined || f.Review != "2026-12-07" {
		t.Errorf("%s: %s, %s, again on %s", f.Standing, f.Steps[0].Value.Status(), f.Steps[1].Value.Status(), f.Review)
	}
	day, err := o.cases.Day("2026-12-07")
	if o.must(err); o.reviews[len(o.reviews)-1] != day {
		t.Errorf("it is looked at by %v, not %v", o.reviews[len(o.reviews)-1], day)
	}

	// What she declined does not go on either, and is offered again; the doctor is not to be had.
	_, err = o.plans.Turn(o.ctx, ana, c.ID, doctor.Record, f.Steps[1].Version, careplan.Turn{Status: careplan.UnderWay, On: "2026-11-24"})
	o.refused(err, fault.Conflict, "careplan.step.turn")
	yes, err := o.plans.Turn(o.ctx, ana, c.ID, doctor.Record, f.Steps[1].Version, careplan.Turn{Status: careplan.Agreed, On: "2026-11-25"})
	o.must(err)
	none := careplan.Turn{Status: careplan.NotAvailable, On: "2026-11-26"}
	_, err = o.plans.Turn(o.ctx, ana, c.ID, doctor.Record, yes.Version, none)
	o.refused(err, fault.Invalid, "careplan.field")
	none.Reason = "no-interpreter"
	_, err = o.plans.Turn(o.ctx, ana, c.ID, doctor.Record, doctor.Version, none)
	o.refused(err, fault.Stale, "")
	_, err = o.plans.Turn(o.ctx, ana, c.ID, doctor.Record, yes.Version, none)
	o.must(err)
	if f = o.show(c); f.Standing != careplan.AllAgreed || len(f.Steps[1].Value.Course) != 4 {
		t.Errorf("%s after %d turns", f.Standing, len(f.Steps[1].Value.Course))
	}

	// Beds are given, counted, and the record is corrected: what it said is kept.
	given, err := o.plans.Deliver(o.ctx, ana, c.ID, bed.Record, f.Steps[0].Version, casefile.Delivery{From: "2026-11-23", Note: "room 4"})
	o.must(err)
	if given.Value.Provider != "Demo house: Beds" || given.Value.Service != "accommodation" || given.Value.Step != bed.Record {
		t.Errorf("%+v", given.Value)
	}
	over := casefile.Delivery{Service: "accommodation", Provider: "Demo house", From: "2026-11-22", Until: "2026-12-01", Quantity: 9, Unit: "night"}
	_, err = o.cases.Serve(o.ctx, ana, c.ID, given.Record, given.Version+1, over)
	o.refused(err, fault.Stale, "")
	_, err = o.cases.Serve(o.ctx, ana, c.ID, need.Record, 1, over)
	o.refused(err, fault.NotFound, "")
	wrong := over
	wrong.Unit = ""
	_, err = o.cases.Serve(o.ctx, ana, c.ID, given.Record, given.Version, wrong)
	o.refused(err, fault.Invalid, "case.field")
	wrong = over
	wrong.Was = []casefile.Said{{Service: "medical"}} // history is nobody's to write
	_, err = o.cases.Serve(o.ctx, ana, c.ID, given.Record, given.Version, wrong)
	o.refused(err, fault.Invalid, "case.field")
	now, err := o.cases.Serve(o.ctx, ana, c.ID, given.Record, given.Version, over)
	o.must(err)
	if was := now.Value.Was; len(was) != 1 || was[0].Note != "room 4" || was[0].From != "2026-11-23" || was[0].By != "ana" || now.Value.Step != bed.Record {
		t.Errorf("%+v", now.Value)
	}
	f = o.show(c)
	if f.Steps[0].Value.Status() != careplan.UnderWay || len(f.Deliveries) != 1 || f.Deliveries[0].Value.Quantity != 9 {
		t.Errorf("%s, %+v", f.Steps[0].Value.Status(), f.Deliveries)
	}
	_, err = o.plans.Deliver(o.ctx, ana, c.ID, bed.Record, f.Steps[0].Version, casefile.Delivery{From: "2026-12-01", Until: "2026-12-05", Quantity: 4, Unit: "night"})
	o.must(err)
	if f = o.show(c); f.Steps[0].Value.Status() != careplan.Delivered || f.Standing != careplan.NoPlan {
		t.Errorf("%s, %s", f.Steps[0].Value.Status(), f.Standing)
	}

	// A need ends once nothing is done about it any more.
	_, err = o.plans.EndNeed(o.ctx, ana, c.ID, ill.Record, ill.Version, "2026-12-06", "no-longer")
	o.refused(err, fault.Conflict, "careplan.need.steps")
	ended, err := o.plans.EndNeed(o.ctx, ana, c.ID, need.Record, need.Version, "2026-12-06", "met")
	o.must(err)
	if ended.Value.Open() {
		t.Error("the need goes on")
	}
	_, err = o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{Need: need.Record, Service: "accommodation", On: "2026-12-06"})
	o.refused(err, fault.Conflict, "careplan.need.ended")
	_, err = o.plans.EndNeed(o.ctx, ana, c.ID, need.Record, ended.Version, "2026-12-06", "met")
	o.refused(err, fault.Conflict, "careplan.need.ended")
}

// A step that is added after she was asked makes the plan another one: nobody takes her yes for it.
func TestAPlanThatWasChangedSaysSo(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	need, err := o.plans.Name(o.ctx, ana, c.ID, homeless)
	o.must(err)
	step := careplan.NewStep{Need: need.Record, Service: "accommodation", On: "2026-11-23"}
	first, err := o.plans.Plan(o.ctx, ana, c.ID, step)
	o.must(err)
	_, err = o.plans.Agree(o.ctx, ana, c.ID, careplan.Agreement{
		On: "2026-11-23", Steps: []id.Record{first.Record}, Agreed: []id.Record{first.Record}, Language: "en", Review: "2026-12-07",
	})
	o.must(err)
	if f := o.show(c); f.Standing != careplan.AllAgreed || f.Overdue(frame.At(o.now)) || !f.Overdue(frame.At(o.now.AddDate(0, 0, 15))) {
		t.Errorf("%s", f.Standing)
	}
	_, err = o.plans.Plan(o.ctx, ana, c.ID, step)
	o.must(err)
	if f := o.show(c); f.Standing != careplan.Changed {
		t.Errorf("%s", f.Standing)
	}
	// Who may not open the case learns nothing of it, and who may not plan changes nothing.
	for who, kind := range map[string]fault.Kind{"boris": fault.Hidden, "petar": fault.Hidden, "erna": fault.Hidden} {
		_, err = o.plans.Show(o.ctx, o.people[who], c.ID)
		o.refused(err, kind, "")
		_, err = o.plans.Plan(o.ctx, o.people[who], c.ID, step)
		o.refused(err, kind, "")
		_, err = o.plans.Name(o.ctx, o.people[who], c.ID, homeless)
		o.refused(err, kind, "")
	}
	locked := keyring.NewBearer(ana.Actor, nil)
	_, err = o.plans.Show(o.ctx, locked, c.ID)
	o.refused(err, fault.Locked, "")
	closed, err := o.cases.Close(o.ctx, ana, c.ID, o.show(c).Case.Version, casefile.Closure{Reason: "moved", Date: "2026-12-01", Action: "retain"})
	o.must(err)
	_, err = o.plans.Plan(o.ctx, ana, closed.ID, step)
	o.refused(err, fault.Conflict, "case.closed")
}

// Nothing of a plan lies in the database in clear, and every opening is in the log.
func TestAPlanLiesSealed(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	need, err := o.plans.Name(o.ctx, ana, c.ID, homeless)
	o.must(err)
	_, err = o.plans.Plan(o.ctx, ana, c.ID, careplan.NewStep{Need: need.Record, Goal: "DEMO: a door with a key", Service: "accommodation", Provider: careplan.Provider{Name: "Demo aunt"}, On: "2026-11-23"})
	o.must(err)
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
		rows, err := tx.Rows(o.ctx, c.ID, "")
		if len(rows) < 2 {
			t.Errorf("%d rows", len(rows))
		}
		for _, r := range rows {
			for _, word := range []string{"DEMO", "accommodation", "Demo aunt", "door"} {
				if strings.Contains(string(r.Body), word) {
					t.Errorf("a row of the kind %s says %s", r.Kind, word)
				}
			}
		}
		return err
	}))
}

// TestHelpNeverReadsHerCase: nothing of a plan knows how her status was decided or whether she cooperates (CETS 197, article 12(6)).
func TestHelpNeverReadsHerCase(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || f.Name() == "doc.go" {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Cooperat", "cooperat", "row.Status", "Decision", "casefile.KindDecision"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s reads %s", f.Name(), word)
			}
		}
	}
}

// TestEveryTurnStands: from every status to every other, as the table has it; and what she did not agree to never goes on.
func TestEveryTurnStands(t *testing.T) {
	for _, from := range careplan.Statuses() {
		for _, to := range careplan.Statuses() {
			may := careplan.Turns(from, to)
			if may && (to == careplan.UnderWay || to == careplan.Delivered) && from != careplan.Agreed && from != careplan.UnderWay {
				t.Errorf("%s goes on as %s without her", from, to)
			}
			if may && to == careplan.Proposed {
				t.Errorf("%s is proposed again instead of asked", from)
			}
			if from.Open() && from != careplan.Stopped && !careplan.Turns(from, careplan.Stopped) {
				t.Errorf("%s cannot be stopped", from)
			}
		}
	}
	if careplan.Delivered.Open() || careplan.Stopped.Open() {
		t.Error("what is over turns")
	}
}

// TestDataSaysWhereItComesFrom tries what the data must not be, and holds every code against the catalogue of the screens.
func TestDataSaysWhereItComesFrom(t *testing.T) {
	good, err := os.ReadFile("data/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"no source":               {`"source": "needs form"`, `"source": ""`},
		"a status that is none":   {`"status": "unverified"`, `"status": "sure"`},
		"a need without service":  {`{"code": "legal", "htcds": "Legal"},`, ``},
		"an unknown field":        {`"version": 1`, `"version": 1, "more": 1`},
		"reminded after it":       {`"remind_days": 3`, `"remind_days": 30`},
		"a list that is missing":  {`"key": "stopped"`, `"key": "halted"`},
		"another form":            {`care-plan-data/1`, `care-plan-data/2`},
		"not what it is":          {`{`, `[`},
		"reviewed after too long": {`"longest_review_days": 180`, `"longest_review_days": 7`},
	} {
		if _, err := careplan.ParseData([]byte(strings.Replace(string(good), change[0], change[1], 1))); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := careplan.ParseData(good)
	if err != nil {
		t.Fatal(err)
	}
	// The types of support plan of HTCDS 2.0, field spl_Type.
	types := []string{"Education", "Financial", "Health", "LabourExploitationRehabilitation", "Legal", "Livelihood", "RightsBasedTraining", "SexualExploitationRehabilitation", "SocialCare"}
	for _, n := range d.Needs {
		if n.HTCDS != "" && !slices.Contains(types, n.HTCDS) {
			t.Errorf("%s is exported as %s, which HTCDS does not have", n.Code, n.HTCDS)
		}
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := casefile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{
		"case.service.": d.NeedCodes(), "careplan.urgency.": d.Codes(careplan.ListUrgency), "careplan.said.": d.Codes(careplan.ListSaidBy),
		"careplan.need-end.": d.Codes(careplan.ListNeedEnd), "careplan.not-available.": d.Codes(careplan.ListNotAvailable),
		"careplan.stopped.": d.Codes(careplan.ListStopped), "case.unit.": cases.Codes(casefile.ListUnit),
	}
	for _, s := range careplan.Statuses() {
		words["careplan.status."] = append(words["careplan.status."], string(s))
	}
	for prefix, codes := range words {
		for _, code := range codes {
			if !texts.Has(prefix + code) {
				t.Errorf("%s%s has no words", prefix, code)
			}
		}
	}
}
