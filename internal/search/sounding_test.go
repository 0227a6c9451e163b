package search_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// What an earlier program has written, packed and by itself, is found by how its spelling sounds; brought to the newest version it is found by
// a telephone too, which was not in it.
func TestWhatWasSpelledIsFoundAsItSoundsAndBroughtToSounds(t *testing.T) {
	w := newWorld(t)
	w.Folds = fold.All()[:1]
	var all []casefile.Case
	for i, name := range []string{"Ѓорѓи Измислен", "Θεοδώρα Φανταστική"} {
		p := who("", name)
		p.Contacts = []person.Contact{{Way: person.Telephone, Address: "+389 70 77700" + string(rune('0'+i)), Safety: person.SafetyUnknown}}
		all = append(all, w.open("ana", p))
		if i == 0 {
			w.rotate("ana", nil)
		}
	}
	phone := func(i int) search.Query { return search.Query{Phone: "07077700" + string(rune('0'+i))} }
	look := func() {
		t.Helper()
		w.finds("ana", search.Query{Name: "Gjorgi Izmisljen"}, all[0].ID)
		w.finds("ana", search.Query{Name: "Fantastiki Teodora"}, all[1].ID)
	}
	look()
	w.finds("ana", phone(0)) // not in it
	w.Folds = nil
	w.Close()
	look()
	w.finds("ana", phone(0))
	if s := w.state("ana"); s.Newest != 2 || s.Older != 2 || len(s.Parts) != 1 || s.Parts[0].Fold != 1 {
		t.Errorf("before: %+v", s)
	}
	if put, failed := w.refold("ana", 1, nil); put != 2 || failed != 0 {
		t.Errorf("%d folded anew, %d not", put, failed)
	}
	look()
	for i := range all {
		w.finds("ana", phone(i), all[i].ID)
	}
	if s := w.state("ana"); s.Older != 0 || len(s.Parts) != 1 || s.Parts[0].Fold != 2 {
		t.Errorf("after: %+v", s)
	}
}
