package childhood_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// A guardian with a conflict of interest, or whose time is over, decides nothing and opens nothing, whatever is signed in that name; and
// while nobody decides with her, that somebody is appointed is a task.
func TestAConflictOfInterestExcludesAGuardian(t *testing.T) {
	o := born(t, "MK")
	ana, gita := o.people["ana"], o.people["gita"]
	c := o.open(casefile.Opening{AgeClass: person.Child})
	if got := o.kinds(c); got != "guardian review" {
		t.Errorf("a child without a guardian: %s", got)
	}
	if due := o.tasks(c)[childhood.TaskGuardian]; due != 0 {
		t.Errorf("a clock that nobody has confirmed is due at %v", due)
	}
	if shown, err := o.kids.Clock(); err != nil || shown.Starts() || shown.Clock.Length.N != 3 {
		t.Errorf("the clock is shown as %+v, %v", shown, err)
	}
	if _, err := o.kids.Show(o.ctx, gita, c.ID); err != nil {
		t.Error(err) // nobody has said that she may not
	}
	_, err := o.kids.Appoint(o.ctx, gita, c.ID, aunt())
	o.refused(err, fault.Denied, "")

	x := aunt()
	x.Account = "gita"
	first := kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, x)))
	if got := o.kinds(c); got != "review" {
		t.Errorf("a child with a guardian: %s", got)
	}
	_, err = o.kids.Exclude(o.ctx, ana, c.ID, first.Record, first.Version, "2026-11-24", "")
	o.refused(err, fault.Invalid, "childhood.field")
	_, err = o.kids.Exclude(o.ctx, ana, c.ID, first.Record, first.Version+1, "2026-11-24", "DEMO: lives with a suspect")
	o.refused(err, fault.Stale, "")
	out := kept(o, of(o.kids.Exclude(o.ctx, ana, c.ID, first.Record, first.Version, "2026-11-24", "DEMO: lives with a suspect")))
	_, err = o.kids.Exclude(o.ctx, ana, c.ID, first.Record, out.Version, "2026-11-24", "again")
	o.refused(err, fault.Conflict, "childhood.guardian.excluded")
	if f := o.show(c); len(f.Deciding) != 0 || f.Guardians[0].Value.Conflict == "" || o.kinds(c) != "guardian review" {
		t.Errorf("%+v, %s", f.Deciding, o.kinds(c))
	}

	// Nothing goes on in that name, in whichever order or script it is written, and the account opens nothing.
	there := id.Address{Member: "MK", Desk: "clinic"}
	r := agrees(there)
	r.Guardian = consent.Guardian{Name: "Aunt, Demo", Relation: "relative", Authority: "Demo court"}
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.refused(err, fault.Denied, "childhood.guardian.conflict")
	_, err = o.kids.Appraise(o.ctx, ana, c.ID, determination("Демо Аунт"))
	o.refused(err, fault.Denied, "childhood.guardian.conflict")
	age := said(childhood.Estimated, "2026-11-23")
	age.Method, age.Agrees, age.Guardian, age.Youngest, age.Oldest, age.Why = "interview", true, "Demo Aunt", 15, 17, ""
	_, err = o.kids.Speak(o.ctx, ana, c.ID, age)
	o.refused(err, fault.Denied, "childhood.guardian.conflict")
	for what, err := range map[string]error{
		"the path":   second(o.kids.Show(o.ctx, gita, c.ID)),
		"her file":   second(o.cases.Show(o.ctx, gita, c.ID)),
		"a note":     second(o.cases.Note(o.ctx, gita, c.ID, casefile.Note{Language: "en", Text: "x"})),
		"who she is": second(o.cases.Persons.Show(o.ctx, gita, c.ID)),
		"a consent":  second(o.consents.Give(o.ctx, gita, consent.Giving{Case: c.ID, Record: r})),
		"an answer":  second(o.kids.Tell(o.ctx, gita, c.ID, told("plan", childhood.Agrees))),
	} {
		if _, key, _ := fault.Public(err); key != "childhood.excluded" {
			t.Errorf("%s of a child whose guardian she was: %v", what, err)
		}
	}

	// Somebody else is appointed, and takes the place where a consent names nobody.
	uncle := aunt()
	uncle.Name, uncle.Relation = "Demo Uncle", "appointed-guardian"
	next := kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, uncle)))
	given, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agrees(there)})
	o.must(err)
	record, _, err := o.consents.Show(o.ctx, ana, given.ID)
	o.must(err)
	if record.Record.Guardian != uncle.Words() {
		t.Errorf("the consent is of %+v", record.Record.Guardian)
	}
	r.Guardian.Name = "Demo Stranger"
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.refused(err, fault.Denied, "childhood.guardian.other")
	kept(o, of(o.kids.EndGuardian(o.ctx, ana, c.ID, next.Record, next.Version, "2026-11-23", "she-asked")))
	r.Guardian.Name = "Demo Uncle"
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.refused(err, fault.Denied, "childhood.guardian.ended")
	if got := o.kinds(c); got != "guardian review" {
		t.Errorf("after the end: %s", got)
	}
	grown := o.open(casefile.Opening{AgeClass: person.Adult})
	_, err = o.kids.Appoint(o.ctx, ana, grown.ID, aunt())
	o.refused(err, fault.Conflict, "childhood.adult")
	if got := o.kinds(grown); got != "" {
		t.Errorf("for an adult: %s", got)
	}
}

// Correcting what is written of her decides nothing: she is treated as a child until somebody decides, and a decision says who and why.
func TestCorrectingWhatIsWrittenDecidesNothing(t *testing.T) {
	o := born(t, "MK")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{Person: girl(person.Birth{Year: 2010, Month: 5, Day: 4})})
	if c.AgeClass != person.Child {
		t.Fatal(c.AgeClass)
	}
	correct := func(b person.Birth) {
		t.Helper()
		k, err := o.cases.Persons.Show(o.ctx, ana, c.ID)
		o.must(err)
		k.Birth = person.Say(b)
		_, err = o.cases.Persons.Correct(o.ctx, ana, c.ID, k.Version, k.Person)
		o.must(err)
		o.later()
	}
	correct(person.Birth{Year: 2000, Month: 5, Day: 4})
	for range 2 { // it stays so, however often she is looked at
		if f := o.show(c); f.Class != person.AgeUnknown || !f.Disputed || f.Ages[0].Value.Turn != childhood.Changed || o.row(c).AgeClass != person.AgeUnknown {
			t.Errorf("treated as %s, open %t", f.Class, f.Disputed)
		}
	}
	_, err := o.kids.Speak(o.ctx, ana, c.ID, said(childhood.Withdrawn, "2026-11-23"))
	o.refused(err, fault.Conflict, "childhood.age.settled") // what the node noticed nobody takes back
	_, err = o.kids.Speak(o.ctx, ana, c.ID, said(childhood.Appealed, "2026-11-23"))
	o.refused(err, fault.Conflict, "childhood.age.settled")
	_, err = o.kids.Speak(o.ctx, ana, c.ID, said(childhood.Changed, "2026-11-23"))
	o.refused(err, fault.Invalid, "childhood.field")

	seen := childhood.Age{Turn: childhood.Estimated, On: "2026-11-23", Who: "DEMO embassy", Method: childhood.ByDocuments, Document: "DEMO passport", Youngest: 26, Oldest: 26}
	papers := kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, seen)))
	if f := o.show(c); f.Class != person.AgeUnknown {
		t.Errorf("after an assessment alone: %s", f.Class)
	}
	decided := childhood.Age{
		Turn: childhood.Decided, On: "2026-11-23", Who: "DEMO judge", Body: "court", Why: "DEMO papers", Class: person.Adult, Youngest: 26, Oldest: 26,
		Rests: []id.Record{papers.Record},
	}
	kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, decided)))
	if f := o.show(c); f.Class != person.Adult || o.row(c).AgeClass != person.Adult || o.kinds(c) != "" {
		t.Errorf("after a decision: %s, %s", f.Class, o.kinds(c))
	}
	kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, said(childhood.Appealed, "2026-11-24"))))
	if f := o.show(c); f.Class != person.AgeUnknown || o.kinds(c) != "guardian review" {
		t.Errorf("after an appeal: %s, %s", f.Class, o.kinds(c))
	}
}

// A file of the prosecution holds nothing of the path, and nobody there records any of it.
func TestTheProsecutionKeepsNothingOfThePath(t *testing.T) {
	o := born(t, "BG")
	o.found("prosecution", desk.Ordinary, "petar", access.Prosecutor)
	petar := o.people["petar"]
	c, err := o.cases.Open(o.ctx, petar, casefile.Opening{AgeClass: person.Child})
	o.must(err)
	if got := o.kinds(c); got != "" {
		t.Errorf("the prosecution has to see to %s", got)
	}
	for what, err := range map[string]error{
		"a guardian": second(o.kids.Appoint(o.ctx, petar, c.ID, aunt())),
		"an answer":  second(o.kids.Tell(o.ctx, petar, c.ID, told("plan", childhood.Agrees))),
		"an age":     second(o.kids.Speak(o.ctx, petar, c.ID, said(childhood.Disputed, "2026-11-23"))),
	} {
		if !fault.Is(err, fault.Denied) {
			t.Errorf("the prosecution recorded %s: %v", what, err)
		}
	}
	o.must(store.Writer[casefile.Tx](o.db)(o.ctx, audit.Did(petar.Actor, access.NoteCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
		k, err := o.keys.OpenCaseIn(o.ctx, tx, petar, c.ID)
		if err != nil {
			return err
		}
		at, err := tx.PlaceOf(o.ctx, c.ID)
		if err != nil {
			return err
		}
		if _, err := o.cases.Persons.RecordIn(o.ctx, tx, k, at, *girl(person.Birth{Year: 1990})); err != nil {
			return err
		}
		kept, _, err := k.ListIn(o.ctx, tx, childhood.KindAge)
		if len(kept) != 0 {
			t.Errorf("the file of the prosecution holds %d records about an age", len(kept))
		}
		return err
	}))
	if row := o.row(c); row.AgeClass != person.Adult || o.kinds(c) != "" {
		t.Errorf("%s, %s", row.AgeClass, o.kinds(c))
	}
}

// What she refused is not done because somebody else agrees: others are told nothing of her, no plan is agreed to, nobody returns. That
// nobody asked her is no answer, and what she said last counts.
func TestWhatSheRefusedIsNotDone(t *testing.T) {
	o := born(t, "MK")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{AgeClass: person.Child})
	kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, aunt())))
	give := func() error {
		return second(o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agrees(id.Address{Member: "MK", Desk: "clinic"})}))
	}
	o.must(give())
	for about, key := range map[string]string{"sharing": "childhood.refused", "plan": "childhood.refused.plan", "return": "childhood.refused.return"} {
		ask := func() error {
			if about == "sharing" {
				return give()
			}
			return o.cases.Look(o.ctx, ana, c.ID, "", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
				if about == "plan" {
					return o.kids.PlanIn(o.ctx, tx, k, "Demo Aunt")
				}
				return o.kids.ReturnIn(o.ctx, tx, k)
			})
		}
		kept(o, of(o.kids.Tell(o.ctx, o.people["gita"], c.ID, told(about, childhood.Refuses))))
		o.refused(ask(), fault.Conflict, key)
		silent := told(about, childhood.NotAsked)
		silent.Words, silent.Why = "", "DEMO: she sleeps"
		kept(o, of(o.kids.Tell(o.ctx, ana, c.ID, silent)))
		o.refused(ask(), fault.Conflict, key)
		kept(o, of(o.kids.Tell(o.ctx, ana, c.ID, told(about, childhood.Agrees))))
		if err := ask(); err != nil {
			t.Errorf("she agrees to %s: %v", about, err)
		}
	}
	for name, change := range map[string]func(*childhood.Told){
		"with nobody to interpret":  func(x *childhood.Told) { x.Interpreter = "" },
		"in no language":            func(x *childhood.Told) { x.Language = "" },
		"about nothing":             func(x *childhood.Told) { x.About = "weather" },
		"not asked, and no reason":  func(x *childhood.Told) { x.Answer, x.Words = childhood.NotAsked, "" },
		"an answer that is not one": func(x *childhood.Told) { x.Answer = "perhaps" },
	} {
		x := told("plan", childhood.Agrees)
		change(&x)
		if _, err := o.kids.Tell(o.ctx, ana, c.ID, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("told %s: %v", name, err)
		}
	}
}

// Every body that has to be told of a child is somebody's task until it was told, each by itself, within the time of the country. Where the
// profile names none, nobody is reminded.
func TestEveryBodyIsSomebodysTask(t *testing.T) {
	o := born(t, "BG")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{})
	bodies := []string{"child-protection-agency", "ministry-of-interior", "trafficking-commission"}
	due := frame.At(o.now.Add(24 * time.Hour))
	for _, b := range bodies {
		if got := o.tasks(c)[childhood.TaskNotify+b]; got != due {
			t.Errorf("%s is told by %v, not within 24 hours", b, got)
		}
	}
	o.later()
	n := childhood.Notice{Body: bodies[1], Name: "DEMO duty officer", How: "telephone", Reference: "DEMO 1"}
	for name, change := range map[string]func(*childhood.Notice){
		"of a body that the profile does not name": func(x *childhood.Notice) { x.Body = "press" },
		"that is to come":                          func(x *childhood.Notice) { x.At = frame.At(o.now.AddDate(0, 0, 1)) },
		"to nobody":                                func(x *childhood.Notice) { x.Name = "" },
		"by no way":                                func(x *childhood.Notice) { x.How = "" },
	} {
		x := n
		change(&x)
		if _, err := o.kids.Notify(o.ctx, ana, c.ID, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("a notice %s: %v", name, err)
		}
	}
	k := kept(o, of(o.kids.Notify(o.ctx, ana, c.ID, n)))
	if k.Value.At == 0 || k.By != "ana" {
		t.Errorf("%+v", k)
	}
	f := o.show(c)
	if len(f.Untold) != 2 || f.Untold[0] != bodies[0] || !f.Bodies.Usable || !f.Bodies.Clock.Starts() {
		t.Errorf("%v", f.Untold)
	}
	tasks := o.tasks(c)
	if _, open := tasks[childhood.TaskNotify+bodies[1]]; open || tasks[childhood.TaskNotify+bodies[2]] != due {
		t.Errorf("%v", tasks)
	}
	other := n
	other.Body = childhood.OtherBody
	kept(o, of(o.kids.Notify(o.ctx, ana, c.ID, other)))

	// She is an adult by what is written first: nobody has to be told any more.
	_, err := o.cases.Persons.Record(o.ctx, ana, c.ID, *girl(person.Birth{Year: 1990}))
	o.must(err)
	if got := o.kinds(c); got != "" {
		t.Errorf("for an adult: %s", got)
	}
}

// What is weighed says who took part, how she was heard and who signed; a determination is signed for the body and by the guardian.
func TestBestInterestsSayWhoTookPart(t *testing.T) {
	o := born(t, "MK")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{AgeClass: person.AgeUnknown})
	kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, aunt())))
	for name, change := range map[string]func(*childhood.Interest){
		"by nobody":                  func(x *childhood.Interest) { x.Part = nil },
		"heard, and no views":        func(x *childhood.Interest) { x.Views = "" },
		"not heard, and no reason":   func(x *childhood.Interest) { x.Heard, x.Views = childhood.NotHeard, "" },
		"nothing weighed":            func(x *childhood.Interest) { x.Weighed = nil },
		"no result":                  func(x *childhood.Interest) { x.Result = "" },
		"never looked at again":      func(x *childhood.Interest) { x.Review = "" },
		"looked at again in a year":  func(x *childhood.Interest) { x.Review = "2027-11-23" },
		"not signed for the body":    func(x *childhood.Interest) { x.Signers = x.Signers[1:] },
		"not signed by her guardian": func(x *childhood.Interest) { x.Signers = x.Signers[:1] },
		"signed by a stranger":       func(x *childhood.Interest) { x.Signers[1].As = "friend" },
	} {
		x := determination("Demo Aunt")
		change(&x)
		if _, err := o.kids.Appraise(o.ctx, ana, c.ID, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := o.kids.Appraise(o.ctx, ana, c.ID, determination("Demo Stranger"))
	o.refused(err, fault.Denied, "childhood.guardian.other")
	kept(o, of(o.kids.Appraise(o.ctx, ana, c.ID, determination("Demo Aunt"))))
	light := determination("")
	light.Weight, light.Signers, light.Heard, light.Views, light.Unheard = childhood.Assessed, nil, childhood.NotHeard, "", "DEMO: she is two"
	light.About = "family-contact"
	kept(o, of(o.kids.Appraise(o.ctx, ana, c.ID, light)))
	if f := o.show(c); len(f.Interests) != 2 || len(f.Overdue) != 0 {
		t.Errorf("%d, %d overdue", len(f.Interests), len(f.Overdue))
	}
	o.on("2027-01-31")
	kept(o, of(o.kids.Appraise(o.ctx, ana, c.ID, func() childhood.Interest {
		x := determination("Demo Aunt")
		x.On, x.Review = "2027-01-31", "2027-03-01"
		return x
	}())))
	if f := o.show(c); len(f.Overdue) != 1 || f.Overdue[0].Value.About != "family-contact" {
		t.Errorf("overdue: %+v", f.Overdue)
	}
}

// The latest day that is possible ends the path, the earliest warns, and it is prepared with her before; a review, as far away for
// every child, sees to it that somebody opens her file.
func TestTheLatestDayEndsThePath(t *testing.T) {
	o := born(t, "MK")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{Person: girl(person.Birth{Year: 2009, Month: 6})})
	far := o.open(casefile.Opening{Person: girl(person.Birth{Year: 2019, Month: 1, Day: 30})})
	if a, b := o.tasks(c), o.tasks(far); a[childhood.TaskReview] == 0 || a[childhood.TaskReview] != b[childhood.TaskReview] || len(a) != len(b) {
		t.Errorf("what has to be done for the two tells them apart: %v, %v", a, b)
	}
	if f := o.show(c); f.Coming.First != "2027-06-01" || f.Coming.Last != "2027-06-30" || f.Coming.Near || f.Coming.Prepare {
		t.Errorf("%+v", f.Coming)
	}
	o.on("2026-12-24")
	o.must(o.kids.Review(o.ctx, ana, c.ID))
	if due := o.tasks(c)[childhood.TaskReview]; due != frame.At(o.now.AddDate(0, 0, 30)) {
		t.Errorf("looked at again at %v", due)
	}
	if f := o.show(c); !f.Coming.Near || !f.Coming.Prepare || f.Coming.Maybe {
		t.Errorf("half a year before: %+v", f.Coming)
	}
	kept(o, of(o.kids.Tell(o.ctx, ana, c.ID, told("plan", childhood.Agrees))))
	if f := o.show(c); !f.Coming.Prepare {
		t.Error("to speak of her plan prepares nothing")
	}
	kept(o, of(o.kids.Tell(o.ctx, ana, c.ID, told(childhood.OfAgeing, childhood.Undecided))))
	if f := o.show(c); f.Coming.Prepare || !f.Coming.Near {
		t.Errorf("after it was gone through with her: %+v", f.Coming)
	}
	for day, want := range map[string]person.AgeClass{"2027-05-31": person.Child, "2027-06-01": person.AgeUnknown, "2027-06-29": person.AgeUnknown} {
		o.on(day)
		if f := o.show(c); f.Class != want || f.Coming.Maybe != (want == person.AgeUnknown) {
			t.Errorf("on %s treated as %s, %+v", day, f.Class, f.Coming)
		}
	}
	o.on("2027-06-30")
	if o.row(c).AgeClass == person.Adult {
		t.Error("the node at rest knew the day")
	}
	if f := o.show(c); f.Class != person.Adult || f.Coming.Known || o.kinds(c) != "" {
		t.Errorf("on the last day treated as %s: %+v, %s", f.Class, f.Coming, o.kinds(c))
	}
}

// No date of it is kept outside her file: neither in the row, nor in a task, nor in the log.
func TestNoDateOfItIsKeptOutside(t *testing.T) {
	o := born(t, "BG")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{Person: girl(person.Birth{Year: 2009, Month: 3, Day: 9})})
	kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, aunt())))
	kept(o, of(o.kids.Tell(o.ctx, ana, c.ID, told(childhood.OfAgeing, childhood.Agrees))))
	claim := said(childhood.Claimed, "2026-11-23")
	claim.Class, claim.Youngest, claim.Oldest, claim.Why = person.Child, 17, 17, ""
	kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, claim)))
	o.show(c)
	birthday := time.Date(2027, 3, 9, 0, 0, 0, 0, time.UTC)
	o.must(store.Reader[task.Tx](o.db)(o.ctx, func(tx task.Tx) error {
		all, err := tx.OpenTasks(o.ctx, string(c.ID), "")
		for _, x := range all {
			for _, at := range append([]frame.Time{x.Due, x.Remind}, rungs(x)...) {
				if at != 0 && !at.Time().Before(birthday.AddDate(0, 0, -60)) {
					t.Errorf("%s is due at %v, near her birthday", x.Kind, at.Time())
				}
			}
		}
		return err
	}))
	row := o.row(c)
	for _, at := range []frame.Time{row.Opened, row.Closed, row.Assessed, row.Review} {
		if at.Time().After(o.now) {
			t.Errorf("the row holds %v", at.Time())
		}
	}
}

// What somebody else consented to for her is shared with nobody from the day on which she is 18, until she says herself that it stands;
// no paper says so for her.
func TestWhatSomebodyElseConsentedToIsHersToSay(t *testing.T) {
	o := born(t, "MK")
	ana := o.people["ana"]
	c := o.open(casefile.Opening{Person: girl(person.Birth{Year: 2009, Month: 1, Day: 9})})
	kept(o, of(o.kids.Appoint(o.ctx, ana, c.ID, aunt())))
	there := id.Address{Member: "MK", Desk: "clinic"}
	given, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agrees(there)})
	o.must(err)
	extract := func() error {
		return store.Writer[consent.Tx](o.db)(o.ctx, audit.Saw(ana.Actor, access.ReadConsent, string(given.ID)).In(c.ID), func(tx consent.Tx) error {
			return second(o.consents.ExtractIn(o.ctx, tx, given.ID, there, frame.At(o.now)))
		})
	}
	o.on("2027-01-08")
	o.show(c)
	o.must(extract())
	o.on("2027-01-09")
	f := o.show(c)
	o.refused(extract(), fault.Conflict, "consent.unconfirmed")
	if len(f.Waiting) != 1 || f.Waiting[0].ID != given.ID || o.given(c)[0].Live(frame.At(o.now)) {
		t.Errorf("waiting: %+v", f.Waiting)
	}
	o.must(store.Writer[restored](o.db)(o.ctx, audit.Saw(ana.Actor, access.ReadConsent, string(given.ID)).In(c.ID), func(tx restored) error {
		return tx.UnconfirmConsents(o.ctx, 2)
	}))
	_, err = o.consents.Confirm(o.ctx, ana.Actor, given.ID, consent.OnPaper)
	o.refused(err, fault.Invalid, "consent.of-age")
	_, err = o.consents.Confirm(o.ctx, ana.Actor, given.ID, consent.AskedAgain)
	o.must(err)
	o.must(extract())
	if f := o.show(c); len(f.Waiting) != 0 {
		t.Errorf("she has said it: %+v", f.Waiting)
	}
	own := agrees(there)
	own.GivenBy, own.Assent, own.BestInterests = consent.ByHerself, false, ""
	mine, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: own})
	o.must(err)
	if !mine.Live(frame.At(o.now)) {
		t.Error("her own consent waits")
	}

	// What she gave herself stays as it is, whatever was thought of her age in between.
	kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, said(childhood.Disputed, "2027-01-09"))))
	seen := childhood.Age{Turn: childhood.Estimated, On: "2027-01-09", Who: "DEMO", Method: childhood.ByDocuments, Document: "DEMO", Youngest: 18, Oldest: 18}
	papers := kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, seen)))
	if f := o.show(c); f.Class != person.AgeUnknown {
		t.Errorf("disputed, and treated as %s", f.Class)
	}
	kept(o, of(o.kids.Speak(o.ctx, ana, c.ID, childhood.Age{
		Turn: childhood.Decided, On: "2027-01-09", Who: "DEMO", Body: "court", Why: "DEMO", Class: person.Adult, Youngest: 18, Oldest: 18, Rests: []id.Record{papers.Record},
	})))
	if f := o.show(c); len(f.Waiting) != 1 || f.Waiting[0].ID != given.ID {
		t.Errorf("waiting: %+v", f.Waiting)
	}
}
