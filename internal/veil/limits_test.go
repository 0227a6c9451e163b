package veil

import "testing"

// Nobody sees that a record is of nobody: a member that enters a person twice, under keys that have nothing in common, and one who is not there, makes
// the count higher by two, and nobody is named. The page says so.
func TestNobodySeesThatARecordIsOfNobody(t *testing.T) {
	w := newCounting(t.Name(), 5, 2)
	want := w.plant(3, []int{0, 1})
	m := w.sheet.Members[0]
	w.people[m] = append(w.people[m], person(2_000_001), person(2_000_002))
	if err := w.play(t); err != nil {
		t.Fatal(err)
	}
	r := w.run()
	if err := r.Verify(w.source); err != nil || len(r.Named) > 0 {
		t.Errorf("somebody is named: %v %v", err, r.Named)
	}
	if w.found.Persons != want+2 {
		t.Errorf("%d persons, want the %d that are there and 2 that are not", w.found.Persons, want)
	}
}

// Who enters a record and has the list of the tally sees whether another record joins it, and of nobody else. It is one question for each record
// that was entered before anybody knew who would be the tally.
func TestAnAccompliceOfTheTallyAsksOnceForEachRecord(t *testing.T) {
	for _, known := range []bool{true, false} {
		w := newCounting(t.Name(), 5, 2)
		w.plant(3)
		asked := w.sheet.Members[0]
		w.people[asked] = append(w.people[asked], person(7))
		if known {
			other := w.sheet.Members[3]
			w.people[other] = append(w.people[other], person(7))
		}
		if err := w.play(t); err != nil {
			t.Fatal(err)
		}
		if joined := w.found.Records - w.found.Persons; known != (joined == 1) || joined > 1 {
			t.Errorf("known elsewhere %t: %d records were joined to others", known, joined)
		}
		roles, _ := w.run().Roles()
		mustNotFind(t, "the tally and who asked", thief{w: w, secrets: w.secretsBut(roles.Mixers...)})
	}
}
