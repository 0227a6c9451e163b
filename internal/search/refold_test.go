package search_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// next is the version of the fold that might follow the newest: to it, eitkrsthn is i, which no slip is.
func next(t testing.TB) []fold.Fold {
	t.Helper()
	b, err := os.ReadFile("../fold/data/1.tsv")
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clone(fold.All()), fold.New(3, string(b)+"group\teidkrmpgn\ti\n"))
}

// refold folds anew what is left, in steps of so many cases.
func (w *world) refold(by string, step int, between func(search.Refolding)) (put, failed int) {
	w.t.Helper()
	for at := (search.Refolding{}); ; {
		var err error
		at, err = w.Refold(w.t.Context(), w.people[by], at, step)
		w.must(err)
		put, failed = put+at.Put, failed+at.Failed
		if at.Ended {
			return put, failed
		}
		if between != nil {
			between(at)
		}
	}
}

func (w *world) state(by string) search.State {
	w.t.Helper()
	s, err := w.State(w.t.Context(), w.people[by].Actor)
	w.must(err)
	return s
}

// A new version of the fold comes. What is written down from then on is folded by it, and what was there by the one of before, until
// somebody of its desk has folded it anew: both are found all the time, each as it is folded.
func TestANewFoldComesWhileTheOldIsSearched(t *testing.T) {
	w := newWorld(t)
	name := func(i int) string { return fmt.Sprintf("Sofeidkrmpgna N%04d", i) }
	short := func(i int) search.Query { return search.Query{Name: fmt.Sprintf("Sofia N%04d", i)} }
	ei := func(i int) search.Query { return search.Query{Name: name(i)} }
	var all []casefile.Case
	for i := range 12 {
		all = append(all, w.open("ana", who(fmt.Sprintf("AB%04d", i), name(i))))
		if i == 8 {
			w.rotate("ana", nil) // these are packed, the others lie by themselves
		}
	}
	hers := w.open("sara", who("", name(9000)))
	if _, err := w.State(t.Context(), w.people["nada"].Actor); kind(err) != "hidden fault.not-found" {
		t.Errorf("the coordinator of no desk asks for the state: %s", kind(err))
	}
	if s := w.state("ana"); s.Newest != 2 || s.Older != 0 || len(s.Parts) != 1 || s.Parts[0] != (search.Part{Fold: 2, Records: 13, Segments: 1}) {
		t.Errorf("before: %+v", s)
	}

	w.Folds = next(t)
	all = append(all, w.open("ana", who("", name(12))))
	w.finds("ana", short(7)) // as the first version has it
	for _, i := range []int{7, 11, 12} {
		w.finds("ana", ei(i), all[i].ID)
	}
	w.finds("ana", short(12), all[12].ID)
	w.finds("ana", search.Query{Document: "ab 0007"}, all[7].ID)
	if s := w.state("ana"); s.Newest != 3 || s.Older != 12 || len(s.Parts) != 2 || s.Parts[0].Records != 13 || s.Parts[1].Records != 1 {
		t.Errorf("after it has come: %+v", s)
	}

	for _, by := range []string{"fana", "nada", "vera"} { // no member, no caseworker, of a realm without an index
		if _, err := w.Refold(t.Context(), w.people[by], search.Refolding{}, 5); kind(err) != "hidden fault.not-found" && kind(err) != "not-found fault.not-found" {
			t.Errorf("%s folds anew: %s", by, kind(err))
		}
	}
	for _, limit := range []int{0, search.MaxRefold + 1} {
		if _, err := w.Refold(t.Context(), w.people["ana"], search.Refolding{}, limit); kind(err) != "invalid search.field" {
			t.Errorf("%d at once: %s", limit, kind(err))
		}
	}
	first, err := w.Refold(t.Context(), w.people["ana"], search.Refolding{}, 5)
	if err != nil || first.Put != 5 || first.Failed != 0 || first.Ended {
		t.Fatalf("the first step: %+v, %v", first, err)
	}
	for i := range 5 {
		w.finds("ana", short(i), all[i].ID)
	}
	w.finds("ana", short(7))
	w.finds("ana", ei(7), all[7].ID)
	if s := w.state("ana"); s.Older != 7 || len(s.Parts) != 2 || s.Parts[1].Records != 6 {
		t.Errorf("after the first step: %+v", s)
	}
	if n := w.opened("refold"); n != 5 {
		t.Errorf("%d openings of cases in the log", n)
	}
	// Both are erased and corrected where they are.
	for _, i := range []int{3, 8} {
		w.erase("ana", all[i])
		w.finds("ana", ei(i))
		kept, err := w.persons.Show(t.Context(), w.people["ana"], all[i+1].ID)
		w.must(err)
		_, err = w.persons.Correct(t.Context(), w.people["ana"], all[i+1].ID, kept.Version, who("", "Sofeidkrmpgna Renamed"))
		w.must(err)
		w.finds("ana", ei(i+1))
	}
	w.finds("ana", search.Query{Name: "Renamed Sofia"}, all[9].ID, all[4].ID)

	w.now = w.now.Add(61 * time.Second)
	put, failed := w.refold("ana", 5, nil) // after a break: what was done is not done again
	if put != 5 || failed != 0 {
		t.Errorf("%d folded anew, %d not", put, failed)
	}
	if n := w.opened("refold"); n != 10 {
		t.Errorf("%d openings of cases in the log", n)
	}
	for i, c := range all {
		switch i {
		case 3, 4, 8, 9:
			w.finds("ana", short(i))
		default:
			w.finds("ana", short(i), c.ID)
		}
	}
	w.finds("sara", search.Query{Name: "Sofia N9000"})
	w.finds("sara", ei(9000), hers.ID)
	if s := w.state("ana"); s.Older != 0 || len(s.Parts) != 2 || s.Parts[0] != (search.Part{Fold: 2, Records: 1}) {
		t.Errorf("after ana's desk: %+v", s)
	}
	if s := w.state("sara"); s.Older != 1 {
		t.Errorf("after ana's desk sara's has %+v", s)
	}
	if put, failed := w.refold("sara", 5, nil); put != 1 || failed != 0 {
		t.Errorf("of sara's desk %d, %d not", put, failed)
	}
	w.finds("sara", search.Query{Name: "Sofia N9000"}, hers.ID)
	if s := w.state("ana"); len(s.Parts) != 1 || s.Parts[0].Fold != 3 || s.Parts[0].Records != 12 {
		t.Errorf("at the end: %+v", s)
	}
	// A program that knows the first version only does not pass over what it cannot find.
	w.Close()
	w.Folds = fold.All()
	if _, err := w.Find(t.Context(), w.people["ana"], ei(7)); kind(err) != "unavailable search.fold" {
		t.Errorf("an older program: %s", kind(err))
	}
}

// opened returns how many openings of cases for a purpose are in the log.
func (w *world) opened(purpose string) int {
	w.t.Helper()
	n := 0
	for _, e := range w.entries(access.ReindexCase) {
		if e.Verb == audit.VerbSaw && e.Purpose == purpose && e.Case != "" {
			n++
		}
	}
	return n
}

// Two of one desk do not do it at once, and whoever has begun and is not heard of again holds nobody up for long. Another desk is
// not held up. A rotation may be under way.
func TestOneFoldsADeskAnew(t *testing.T) {
	w := newWorld(t)
	w.colleague("dora", access.CaseManager, "shelter", "ana")
	var all []casefile.Case
	for i := range 4 {
		all = append(all, w.open("ana", who("", fmt.Sprintf("Sofeidkrmpgna N%04d", i))))
	}
	w.open("sara", who("", "Sofeidkrmpgna Other"))
	w.Folds = next(t)
	at, err := w.Refold(t.Context(), w.people["ana"], search.Refolding{}, 1)
	w.must(err)
	if _, err := w.Refold(t.Context(), w.people["dora"], search.Refolding{}, 1); kind(err) != "unavailable search.refold.other" || !fault.IsLater(err) {
		t.Errorf("a second one: %s", kind(err))
	}
	if _, err := w.Refold(t.Context(), w.people["sara"], search.Refolding{}, 1); err != nil {
		t.Errorf("another desk: %v", err)
	}
	if at, err = w.Refold(t.Context(), w.people["ana"], at, 1); err != nil || at.Put != 1 {
		t.Errorf("the first goes on: %+v, %v", at, err)
	}
	from, left, err := w.Rotate(t.Context(), w.people["ana"], "")
	if err != nil || left != 2 { // what nobody has folded anew
		t.Fatalf("%d left, %v", left, err)
	}
	w.now = w.now.Add(61 * time.Second)
	if put, failed := w.refold("dora", 2, nil); put != 2 || failed != 0 {
		t.Errorf("after a minute another one puts %d, %d not", put, failed)
	}
	if _, left, err := w.Rotate(t.Context(), w.people["ana"], from); err != nil || left != 0 {
		t.Errorf("%d left for the new keys, %v", left, err)
	}
	if n := w.opened("refold"); n != 5 {
		t.Errorf("%d openings of cases in the log", n)
	}
	if _, err := w.Refold(t.Context(), w.people["ana"], search.Refolding{}, 1); err != nil {
		t.Errorf("when it has ended: %v", err)
	}
	for i, c := range all {
		w.finds("dora", search.Query{Name: fmt.Sprintf("Sofia N%04d", i)}, c.ID)
	}
}

// What does not open stays as it is and is found as before; the others are folded anew.
func TestWhatDoesNotOpenStaysFolded(t *testing.T) {
	w := newWorld(t)
	empty, err := w.cases.Open(t.Context(), w.people["ana"], casefile.Opening{})
	w.must(err)
	at := person.Place{Case: empty.ID, Desk: "shelter", Realm: access.Assistance}
	w.must(w.Write(t.Context(), audit.Did(access.Node("MK"), access.MakeTask, "plant"), func(tx search.Tx) error {
		return w.PutIn(t.Context(), tx, at, who("", "Sofeidkrmpgna Planted")) // of whom nothing is kept
	}))
	c := w.open("ana", who("", "Sofeidkrmpgna Kept"))
	w.Folds = next(t)
	if put, failed := w.refold("ana", 1, nil); put != 1 || failed != 1 {
		t.Errorf("%d folded anew, %d not", put, failed)
	}
	w.finds("ana", search.Query{Name: "Sofia Kept"}, c.ID)
	w.finds("ana", search.Query{Name: "Sofia Planted"})
	w.finds("ana", search.Query{Name: "Sofeidkrmpgna Planted"}, empty.ID)
	if s := w.state("ana"); s.Older != 1 {
		t.Errorf("left is %+v", s)
	}
}

// Between the openings of a step and its end a case is corrected, one is erased, and what lay by itself is packed: what was read of them is not
// put in.
func TestWhatChangedMeanwhileIsPassedOver(t *testing.T) {
	w := newWorld(t)
	var all []casefile.Case
	for i := range 4 {
		all = append(all, w.open("ana", who("", fmt.Sprintf("Sofeidkrmpgna N%04d", i))))
	}
	w.rotate("ana", nil)
	all = append(all, w.open("ana", who("", "Sofeidkrmpgna N0004")))
	w.Folds = next(t)
	write, once := w.Write, false
	w.Write = func(ctx context.Context, e audit.Entry, do func(search.Tx) error) error {
		if e.Verb == audit.VerbDid && e.Purpose == "refold" && !once {
			once = true
			kept, err := w.persons.Show(t.Context(), w.people["ana"], all[0].ID)
			w.must(err)
			_, err = w.persons.Correct(t.Context(), w.people["ana"], all[0].ID, kept.Version, who("", "Sofeidkrmpgna Renamed"))
			w.must(err)
			w.erase("ana", all[1])
			w.rotate("ana", nil)
		}
		return write(ctx, e, do)
	}
	at, err := w.Refold(t.Context(), w.people["ana"], search.Refolding{}, 10)
	if err != nil || at.Put != 2 || at.Failed != 0 {
		t.Errorf("%+v, %v", at, err)
	}
	w.finds("ana", search.Query{Name: "Sofia N0000"})
	w.finds("ana", search.Query{Name: "Sofia Renamed"}, all[0].ID)
	w.finds("ana", search.Query{Name: "Sofia N0001"})
	w.finds("ana", search.Query{Name: "Sofia N0002"}, all[2].ID)
	w.finds("ana", search.Query{Name: "Sofeidkrmpgna N0004"}, all[4].ID) // of the next pass
	if put, failed := w.refold("ana", 10, nil); put != 1 || failed != 0 {
		t.Errorf("the next pass puts %d, %d not", put, failed)
	}
	w.finds("ana", search.Query{Name: "Sofia N0004"}, all[4].ID)
}
