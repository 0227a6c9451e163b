package veil

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
)

// Who tells one member one thing and all others another is found before anybody sends records: those who opened their seed after hearing it say so. Once
// what it has said to both is together, it is named.
func TestWhoTellsTwoMembersTwoThingsIsFound(t *testing.T) {
	w := small(t)
	for range 2 { // join, commit
		if _, err := w.step(t); err != nil {
			t.Fatal(err)
		}
	}
	liar, victim := w.sheet.Members[0], w.sheet.Members[3]
	h, err := Hold(&w.sheet, []Entry{person(5)}, w.inner[liar])
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.secret[liar].Committing(&w.sheet, liar, &h, Recall{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := Sign(&m, w.keys[liar])
	if err != nil {
		t.Fatal(err)
	}
	isLiars := func(s Signed) bool {
		m, err := ParseMessage(s.Text)
		return err == nil && m.From == liar && m.Step == StepCommit
	}
	theirs := append(slices.DeleteFunc(slices.Clone(w.said), isLiars), other)
	said, err := (&Seat{Of: victim, Work: w.secret[victim]}).Turn(Gather(w.sheet, theirs, w.key), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Sign(&said.Message, w.keys[victim])
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range w.sheet.Members {
		if x == victim {
			continue
		}
		r := w.run()
		out, err := w.secret[x].Opening(r, x, StepDraw)
		if err != nil {
			t.Fatal(err)
		}
		w.say(t, r, out, nil)
	}
	w.said = append(w.said, opened)
	r := w.run()
	if !slices.Equal(r.Split, []Named{{victim, StepDraw, Split}}) || len(r.Named) > 0 || !r.Ended() {
		t.Errorf("split %v, named %v", r.Split, r.Named)
	}
	if _, err := (&Seat{Of: w.sheet.Members[1], Held: w.held[w.sheet.Members[1]]}).Turn(r, w.inner[w.sheet.Members[1]], w.source); err == nil {
		t.Error("records are sent although two have heard two things")
	}
	if r := Gather(w.sheet, append(slices.Clone(w.said), other), w.key); !slices.Equal(r.Named, []Named{{liar, StepCommit, Twofold}}) {
		t.Errorf("named %v", r.Named)
	}
}

// A member can decline until it has sent its records; after that it is named. Either way nothing is counted.
func TestWhoDeclinesEndsTheRun(t *testing.T) {
	for _, sent := range []bool{false, true} {
		w := small(t)
		for w.run().Stage().Step != StepBatch {
			if _, err := w.step(t); err != nil {
				t.Fatal(err)
			}
		}
		if sent {
			if _, err := w.step(t); err != nil {
				t.Fatal(err)
			}
		}
		who := w.sheet.Members[2]
		w.say(t, w.run(), Message{Sheet: w.sheet.Hash(), From: who, Step: SayDecline}, nil)
		r := w.run()
		if !slices.Equal(r.Declined, []id.Member{who}) || !r.Ended() || (len(r.Named) == 1) != sent {
			t.Errorf("declined %v, named %v", r.Declined, r.Named)
		}
		stage := r.Stage()
		if _, err := (&Seat{Of: stage.Waits[0], Work: w.secret[stage.Waits[0]], Held: w.held[stage.Waits[0]]}).Turn(r, w.inner[stage.Waits[0]], w.source); err == nil {
			t.Error("the run goes on")
		}
	}
}

// Whoever has the data sees whether an objection is right: [Count.Judge] finds the same at all of them, and nothing in a run that is in order.
func TestAnObjectionIsCheckedByWhoHasTheData(t *testing.T) {
	for _, lies := range []bool{false, true} {
		w := small(t)
		liar := w.sheet.Members[3]
		w.lie = func(r *Count, m *Message, data []byte) []byte {
			if lies && m.Step == StepBatch && m.From == liar {
				other, err := Hold(&w.sheet, append(w.people[liar], person(77)), w.inner[liar])
				if err != nil {
					t.Fatal(err)
				}
				if data, _, err = r.Batch(liar, other, w.inner[liar]); err != nil {
					t.Fatal(err)
				}
			}
			return data
		}
		for w.run().Stage().Step != StepMix {
			if _, err := w.step(t); err != nil {
				t.Fatal(err)
			}
		}
		w.say(t, w.run(), Message{Sheet: w.sheet.Hash(), From: w.sheet.Members[1], Step: SayObject, Object: &Named{liar, StepBatch, Changed}}, nil)
		r := w.run()
		if !slices.Equal(r.Objections, []Objection{{w.sheet.Members[1], Named{liar, StepBatch, Changed}}}) || !r.Ended() {
			t.Errorf("%+v", r.Objections)
		}
		got := r.Judge(w.source)
		if lies && (got == nil || *got != Named{liar, StepBatch, Changed}) || !lies && got != nil {
			t.Errorf("judged %v, and the member lied: %v", got, lies)
		}
		if r.Judge(func(*Data) []byte { return nil }) != nil {
			t.Error("judged without data")
		}
	}
}
