package search_test

import (
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/search"
)

// rotate takes steps of a rotation until nothing is left; between asks in between.
func (w *world) rotate(by string, between func()) int {
	w.t.Helper()
	from, steps := id.Index(""), 0
	for {
		next, left, err := w.Rotate(w.t.Context(), w.people[by], from)
		w.must(err)
		if from != "" && next != from {
			w.t.Fatalf("it goes on with %s, and not with %s", next, from)
		}
		from, steps = next, steps+1
		if left == 0 {
			return steps
		}
		if between != nil {
			between()
		}
	}
}

// A pair is new after the first step, and everything is found, corrected and erased in between, wherever it is. What is written
// down meanwhile goes to the new pair, and the old private half rests nowhere at the end.
func TestRotationSealsTheIndexAnew(t *testing.T) {
	w := newWorld(t)
	var all []casefile.Case
	open := func() {
		t.Helper()
		all = append(all, w.open("ana", who(fmt.Sprintf("AB%04d", len(all)), "Demona Izmislena")))
	}
	for range 260 {
		open()
	}
	w.finds("ana", search.Query{Document: "AB0003"}, all[3].ID)
	open()
	was := w.index("shelter")
	for _, by := range []string{"fana", "nada"} {
		if _, _, err := w.Rotate(t.Context(), w.people[by], ""); kind(err) != "hidden fault.not-found" {
			t.Errorf("%s gives the index new keys: %s", by, kind(err))
		}
	}
	w.found("young", "org", access.Assistance, "yana", access.CaseManager) // holds nothing yet
	from, left, err := w.Rotate(t.Context(), w.people["ana"], "")
	w.must(err)
	now := w.index("shelter")
	if now.ID == was.ID || now.Public == was.Public || now.Sequence <= was.Sequence || from != was.ID || left != 1 {
		t.Errorf("before %+v, after %+v, %d left of %s", was, now, left, from)
	}
	holds := func(x id.Index) int {
		t.Helper()
		n := 0
		w.must(w.Read(t.Context(), func(tx search.Tx) error {
			all, err := tx.SearchHolds(t.Context(), x)
			n = len(all)
			return err
		}))
		return n
	}
	if old, fresh := holds(was.ID), holds(now.ID); old != 3 || fresh != 3 {
		t.Errorf("%d desks hold the old private half, and %d the new one", old, fresh)
	}
	state, err := w.State(t.Context(), w.people["ana"].Actor)
	if err != nil || state.Leaving != was.ID || state.Unsealed != 1 {
		t.Errorf("in between: %+v, %v", state, err)
	}
	open()                                 // to the new pair
	for _, i := range []int{3, 260, 261} { // in a segment that was moved, by itself under the old pair, and under the new one
		w.finds("ana", search.Query{Document: fmt.Sprintf("AB%04d", i)}, all[i].ID)
		w.finds("yana", search.Query{Document: fmt.Sprintf("AB%04d", i)}) // who may open none of them
	}
	w.erase("ana", all[3])
	w.erase("ana", all[260])
	w.finds("ana", search.Query{Document: "AB0003"})
	w.finds("ana", search.Query{Document: "AB0260"})
	if next, left, err := w.Rotate(t.Context(), w.people["sara"], ""); err != nil || next != was.ID || left != 0 {
		t.Errorf("another one goes on with %s, %d left, %v", next, left, err)
	}
	if old := holds(was.ID); old != 0 {
		t.Errorf("the old private half rests with %d desks", old)
	}
	if next, left, err := w.Rotate(t.Context(), w.people["ana"], from); err != nil || next != from || left != 0 || w.index("shelter").ID != now.ID {
		t.Errorf("whoever did not see the end goes on with %s, %d left, %v", next, left, err)
	}
	w.finds("ana", search.Query{Document: "AB0004"}, all[4].ID)
	w.erase("ana", all[4])
	w.finds("ana", search.Query{Document: "AB0004"})
	w.finds("ana", search.Query{Document: "AB0261"}, all[261].ID)
	if n := w.rotate("ana", nil); n != 2 || w.index("shelter").ID == now.ID {
		t.Errorf("again, in %d steps", n)
	}
	w.finds("ana", search.Query{Document: "AB0005"}, all[5].ID)
}

// A rotation takes a few segments at a time, so that nobody who writes waits long and nothing is held whole in memory; who has
// loaded some of it does not load the rest of it again for each step.
func TestARotationGoesInSteps(t *testing.T) {
	w := newWorld(t)
	const records = 9*20 + 5
	w.fill(records, 20)
	was := w.segments()
	q := search.Query{Document: fmt.Sprintf("XX%07d", records-1)}
	w.finds("ana", q) // hidden from her: there is no such case
	before, _ := w.Held()
	steps := w.rotate("ana", func() {
		w.finds("ana", q)
		if n, _ := w.Held(); n != before {
			t.Errorf("%d of %d records are found in between", n, before)
		}
	})
	if n, _ := w.Held(); steps < 3 || steps > 5 || w.segments() != was || n != before {
		t.Errorf("%d steps, %d segments of %d, %d records of %d", steps, w.segments(), was, n, before)
	}
}

// What was erased under the old pair after it was loaded is forgotten, although the segment has by chance the same sequence under the new one.
func TestAMovedSegmentIsReadAnew(t *testing.T) {
	w := newWorld(t)
	w.fill(5*20, 20)
	w.Folds = next(t) // so that these have a segment of their own, which is moved last
	var all []casefile.Case
	for i := range 4 {
		all = append(all, w.open("ana", who(fmt.Sprintf("CD%04d", i), "Demona Izmislena")))
	}
	w.rotate("ana", nil)
	from, left, err := w.Rotate(t.Context(), w.people["ana"], "")
	if err != nil || left == 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	w.erase("ana", all[0])
	w.erase("ana", all[1])
	w.finds("ana", search.Query{Document: "CD0002"}, all[2].ID)
	w.erase("ana", all[2])
	if _, left, err := w.Rotate(t.Context(), w.people["ana"], from); err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	w.finds("ana", search.Query{Document: "CD0003"}, all[3].ID)
	if n, _ := w.Held(); n != 5*20+2 {
		t.Errorf("%d records are in memory", n)
	}
}
