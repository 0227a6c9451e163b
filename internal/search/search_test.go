package search_test

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

func TestAPersonIsFoundByNameAndDocument(t *testing.T) {
	w := newWorld(t)
	w.finds("ana", search.Query{Name: "Demona Izmislena"}) // nothing was ever written down
	c := w.open("ana", who("AB 123456", "Демона Измислена"))
	other := w.open("ana", who("", "Other Invented"))
	w.finds("ana", search.Query{Name: "demona IZMISLENA"}, c.ID)
	w.finds("ana", search.Query{Document: "ab-123456"}, c.ID)
	w.finds("ana", search.Query{Name: "Other Invented", Born: "1999-05"}, other.ID)
	w.finds("ana", search.Query{Name: "Other Invented", Born: "1988"})
	w.finds("ana", search.Query{Name: "Izmyslenna Demna"}, c.ID)
	if _, err := w.Find(t.Context(), w.people["ana"], search.Query{Name: "Demona"}); kind(err) != "invalid search.few" {
		t.Errorf("one word: %s", kind(err))
	}
	// What is corrected is found by the new name, and no more by the old one.
	kept, err := w.persons.Show(t.Context(), w.people["ana"], c.ID)
	w.must(err)
	_, err = w.persons.Correct(t.Context(), w.people["ana"], c.ID, kept.Version, who("", "Demona Renamed"))
	w.must(err)
	w.finds("ana", search.Query{Name: "Demona Izmislena"})
	w.finds("ana", search.Query{Document: "AB123456"})
	w.finds("ana", search.Query{Name: "Demona Renamed"}, c.ID)
}

func TestManyRecordsArePackedAndErased(t *testing.T) {
	w := newWorld(t)
	var all []casefile.Case
	for i := range 300 {
		all = append(all, w.open("ana", who("", fmt.Sprintf("Demona N%04d", i))))
	}
	name := func(i int) search.Query { return search.Query{Name: fmt.Sprintf("Demona N%04d", i)} }
	w.finds("ana", name(7), all[7].ID)
	if n := w.segments(); n != 1 {
		t.Fatalf("%d segments", n)
	}
	if n := len(w.entries(access.SearchCase)); n != 2 { // packing, and the search
		t.Errorf("%d entries", n)
	}
	for i := 300; i < 620; i++ {
		all = append(all, w.open("ana", who("", fmt.Sprintf("Demona N%04d", i))))
	}
	w.finds("ana", name(610), all[610].ID)
	w.finds("ana", name(7), all[7].ID)
	if n := w.segments(); n != 1 {
		t.Errorf("%d segments after the second packing", n)
	}
	// Erased and corrected without a key, and at once.
	w.erase("ana", all[7])
	w.finds("ana", name(7))
	w.finds("ana", name(8), all[8].ID)
	kept, err := w.persons.Show(t.Context(), w.people["ana"], all[9].ID)
	w.must(err)
	_, err = w.persons.Correct(t.Context(), w.people["ana"], all[9].ID, kept.Version, who("", "Demona Renamed"))
	w.must(err)
	w.finds("ana", name(9))
	w.finds("ana", search.Query{Name: "Demona Renamed"}, all[9].ID)
	// Erasing again, as after a restore, changes nothing.
	w.must(w.Write(t.Context(), auditDid(), func(tx search.Tx) error { return w.EraseIn(t.Context(), tx, all[7].ID) }))
	w.finds("ana", name(8), all[8].ID)
}

func TestAnIndexLeavesMemory(t *testing.T) {
	w := newWorld(t)
	c := w.open("ana", who("", "Demona Izmislena"))
	w.finds("ana", search.Query{Name: "Demona Izmislena"}, c.ID)
	w.finds("sara", search.Query{Name: "Demona Izmislena"})
	if n, _ := w.Held(); n != 1 || len(w.drops) != 2 {
		t.Fatalf("%d records in memory, %d times to drop them", n, len(w.drops))
	}
	w.drops[0]() // somebody has searched since
	if n, _ := w.Held(); n != 1 {
		t.Error("the index was dropped although somebody had searched since")
	}
	w.drops[1]()
	if n, _ := w.Held(); n != 0 {
		t.Error("the index is still in memory")
	}
	w.finds("ana", search.Query{Name: "Demona Izmislena"}, c.ID)
	w.Close()
	if n, _ := w.Held(); n != 0 {
		t.Error("the index is in memory after the end")
	}
}

// What another process has written is found by the next search of this one.
func TestAReplicaCatchesUp(t *testing.T) {
	w := newWorld(t)
	w.open("ana", who("", "Demona Izmislena"))
	w.finds("ana", search.Query{Name: "Later Nothing"})
	other := &search.Service{
		Write: w.Write, Read: w.Read, Now: w.Now, IDs: w.IDs, Member: "MK", Keys: w.keys, Persons: w.persons, Hourly: 1000, Wait: w.Wait, After: w.After, Tell: w.Tell,
	}
	mine := w.Service
	w.Service = other // writes and packs
	var last casefile.Case
	for i := range 270 {
		last = w.open("ana", who("", fmt.Sprintf("Later N%04d", i)))
	}
	w.finds("ana", search.Query{Name: "Later N0000"}, mustFirst(w))
	w.Service = mine
	w.finds("ana", search.Query{Name: "Later N0269"}, last.ID)
	w.Service = other
	w.erase("ana", last)
	w.Service = mine
	w.finds("ana", search.Query{Name: "Later N0269"})
}

func TestRealmsAndOrganisationsAreApart(t *testing.T) {
	w := newWorld(t)
	c := w.open("ana", who("AB1234", "Demona Izmislena"))
	for _, by := range []string{"vera", "olga"} {
		w.finds(by, search.Query{Document: "AB1234"})
	}
	_, err := w.Look(t.Context())
	w.must(err)
	if len(w.told) != 0 {
		t.Errorf("a search in another realm or organisation was told of: %+v", w.told)
	}
	for _, by := range []string{"nada", "officer-1"} {
		if _, err := w.Find(t.Context(), w.people[by], search.Query{Document: "AB1234"}); kind(err) != "denied access.denied" {
			t.Errorf("%s: %s", by, kind(err))
		}
	}
	// A desk that is younger than the index gets it by the next search of a desk that has it.
	w.found("young", "org", access.Assistance, "yana", access.CaseManager)
	if _, err := w.Find(t.Context(), w.people["yana"], search.Query{Document: "AB1234"}); kind(err) != "conflict search.not-given" {
		t.Errorf("before: %s", kind(err))
	}
	w.finds("ana", search.Query{Document: "AB1234"}, c.ID)
	w.finds("yana", search.Query{Document: "AB1234"})
	// Whoever is no member of a desk has no key of it.
	w.person("eve", access.CaseManager, "shelter", access.Assistance)
	if _, err := w.Find(t.Context(), w.people["eve"], search.Query{Document: "AB1234"}); kind(err) != "hidden fault.not-found" {
		t.Errorf("without the desk's key: %s", kind(err))
	}
}

func TestAtMostFiveCards(t *testing.T) {
	w := newWorld(t)
	var newest []id.Case
	for range 7 {
		newest = append([]id.Case{w.open("ana", who("", "Demona Izmislena")).ID}, newest...)
	}
	for range 3 {
		w.open("sara", who("", "Demona Izmislena"))
	}
	w.finds("ana", search.Query{Name: "Demona Izmislena"}, newest[:5]...)
	if f := w.find("ana", search.Query{Name: "Demona Izmislena"}); !f.More {
		t.Error("nothing says that there are more")
	}
	if f := w.find("sara", search.Query{Name: "Demona Izmislena"}); f.More || len(f.Cards) != 3 {
		t.Errorf("what is hidden shows: %d cards, more %v", len(f.Cards), f.More)
	}
}

// However many hidden cases fit, and however new they are: what she may open is in her answer, and the rows stay of one size.
// What is told of the hidden ones begins with those found by a document, and is bounded.
func TestHiddenCasesPushOutNothing(t *testing.T) {
	w := newWorld(t)
	w.colleague("finn", access.FirstResponder, "shelter", "ana")
	hers := w.open("finn", who("AB1234", "Demona Izmislena"))
	other := w.open("ana", who("", "Demona Izmislena Druga"))
	document := w.open("sara", who("AB1234", "Somebody Else"))
	for range 70 {
		w.open("sara", who("", "Demona Izmislena"))
	}
	w.finds("ana", search.Query{Name: "Demona Izmislena"}, other.ID, hers.ID)
	w.finds("finn", search.Query{Name: "Demona Izmislena", Document: "AB 1234"}, hers.ID)
	w.finds("finn", search.Query{Name: "Demona Druga"}) // her colleague's
	w.must(w.Read(t.Context(), func(tx search.Tx) error {
		waiting, err := tx.WaitingSearches(t.Context(), 10)
		for _, m := range waiting {
			if len(m.Hits) != len(waiting[0].Hits) {
				t.Errorf("rows of %d and %d bytes", len(m.Hits), len(waiting[0].Hits))
			}
		}
		return err
	}))
	_, err := w.Look(t.Context())
	w.must(err)
	per := map[id.Desk]int{}
	first := map[id.Case]search.By{}
	for _, h := range w.told {
		per[h.Desk]++
		first[h.Case] = h.By
	}
	if first[document.ID] != search.ByDocument || per["shelter"] != 1 || per["clinic"] != 21 {
		t.Errorf("told of %v at %v", first[document.ID], per)
	}
}

func TestEverySearchIsInTheLogWithoutItsWords(t *testing.T) {
	w := newWorld(t)
	w.open("ana", who("AB777777", "Plantedname Plantedsurname"))
	w.find("ana", search.Query{Name: "Plantedname Plantedsurname", Document: "AB777777"})
	w.find("ana", search.Query{Name: "Nobody Plantedsurname"})
	all := w.entries(access.SearchCase)
	if len(all) != 2 {
		t.Fatalf("%d entries", len(all))
	}
	for _, e := range all {
		b, err := e.Payload()
		if err != nil || bytes.Contains(bytes.ToLower(b), []byte("planted")) || bytes.Contains(b, []byte("777777")) || e.User != "ana" {
			t.Errorf("the entry is %s, %v", b, err)
		}
	}
	w.Hourly = 3
	w.find("ana", search.Query{Name: "Nobody Plantedsurname"})
	if _, err := w.Find(t.Context(), w.people["ana"], search.Query{Name: "Nobody Plantedsurname"}); kind(err) != "unavailable search.often" {
		t.Errorf("the fourth search within an hour: %s", kind(err))
	}
	w.now = w.now.Add(61 * time.Minute)
	w.find("ana", search.Query{Name: "Nobody Plantedsurname"})
}

// Stolen: nothing that was written down or looked for is in any row, in Latin, in Cyrillic or folded.
func TestPlantedNamesAreInNoRow(t *testing.T) {
	w := newWorld(t)
	for i := range 260 {
		w.open("ana", who(fmt.Sprintf("PLANTED%04d", i), "Plantedname Подметната"))
	}
	w.find("ana", search.Query{Name: "Plantedname Podmetnata"})
	w.open("ana", who("PLANTED9999", "Plantedname Подметната"))
	w.find("sara", search.Query{Name: "Plantedname Подметната"})
	_, err := w.Look(t.Context())
	w.must(err)
	var content, keys bytes.Buffer
	w.must(w.db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	if w.segments() == 0 || !strings.Contains(keys.String(), "search_segment") {
		t.Fatal("nothing was packed, or it is not in the archive of keys and index")
	}
	for _, word := range []string{"plantedname", "podmetnata", "подметната", "planted9", "planted0"} {
		for _, b := range [][]byte{content.Bytes(), keys.Bytes()} {
			if bytes.Contains(bytes.ToLower(b), []byte(word)) {
				t.Errorf("%q lies in the database", word)
			}
		}
	}
}

func TestWhatWasThereBeforeIsPutIn(t *testing.T) {
	w := newWorld(t)
	put := w.persons.Index
	w.persons.Index = nil
	c := w.open("ana", who("AB1234", "Demona Izmislena"))
	w.now = w.now.Add(time.Millisecond)
	nobody, err := w.cases.Open(t.Context(), w.people["ana"], casefile.Opening{})
	w.must(err)
	w.persons.Index = put
	w.finds("ana", search.Query{Document: "AB1234"})
	n, next, err := w.Build(t.Context(), w.people["ana"], "", 2)
	w.must(err)
	if n != 1 || next != nobody.ID {
		t.Errorf("%d put in, then %q", n, next)
	}
	n, next, err = w.Build(t.Context(), w.people["ana"], next, 2)
	w.must(err)
	if n != 0 || next != "" {
		t.Errorf("%d put in, then %q", n, next)
	}
	w.finds("ana", search.Query{Document: "AB1234"}, c.ID)
}

// A search that hits something hidden and one that hits nothing: the same answer, of the same size, at the same time, and
// the same rows.
func TestAHiddenHitChangesNothing(t *testing.T) {
	w := newWorld(t)
	c := w.open("sara", who("AB1234", "Demona Izmislena"))
	start := w.now
	hit := w.find("ana", search.Query{Document: "AB1234"})
	miss := w.find("ana", search.Query{Document: "AB9999"})
	if !reflect.DeepEqual(hit, miss) || len(hit.Cards) != 0 {
		t.Errorf("a hit is %+v, a miss %+v", hit, miss)
	}
	if len(w.waited) != 2 || w.waited[0] != w.waited[1] || !w.waited[0].After(start) {
		t.Errorf("answers left at %v", w.waited)
	}
	var sizes []int
	w.must(w.Read(t.Context(), func(tx search.Tx) error {
		waiting, err := tx.WaitingSearches(t.Context(), 10)
		for _, m := range waiting {
			sizes = append(sizes, len(m.Hits))
		}
		return err
	}))
	if len(sizes) != 2 || sizes[0] != sizes[1] {
		t.Errorf("the rows of searches are %v", sizes)
	}
	if len(w.told) != 0 {
		t.Error("somebody was told in the search")
	}
	if n, err := w.Look(t.Context()); n != 2 || err != nil {
		t.Fatalf("%d searches looked through, %v", n, err)
	}
	if len(w.told) != 1 || w.told[0].Case != c.ID || w.told[0].Desk != "clinic" || w.told[0].Asker != "shelter" || w.told[0].By != search.ByDocument {
		t.Fatalf("told: %+v", w.told)
	}
	w.find("ana", search.Query{Document: "AB1234"})
	if _, err := w.Look(t.Context()); err != nil || len(w.told) != 1 {
		t.Errorf("a desk that asks twice is told of %d times, %v", len(w.told), err)
	}
	here, asked, err := w.Hits(t.Context(), w.people["ana"].Actor)
	if err != nil || len(here)+len(asked) != 0 {
		t.Errorf("who searched sees %v, %v, %v", here, asked, err)
	}
}

func TestTwoPeopleDecideOnContact(t *testing.T) {
	w := newWorld(t)
	c := w.open("sara", who("AB1234", "Demona Izmislena"))
	ask := func() search.Hit {
		w.now = w.now.Add(time.Second) // the newer hit stands first
		w.find("ana", search.Query{Document: "AB1234"})
		_, err := w.Look(t.Context())
		w.must(err)
		here, _, err := w.Hits(t.Context(), w.people["sara"].Actor)
		w.must(err)
		return here[0]
	}
	say := func(by string, h search.Hit, contact bool, want string) {
		t.Helper()
		if _, err := w.Decide(t.Context(), w.people[by].Actor, h.ID, contact); kind(err) != want {
			t.Errorf("%s says %v: %s, want %s", by, contact, kind(err), want)
		}
	}
	h := ask()
	say("ana", h, true, "hidden fault.not-found")
	say("vera", h, true, "hidden fault.not-found")
	say("sara", h, true, "ok")
	say("sara", h, true, "conflict search.hit.second")
	say("bea", h, false, "ok") // she says otherwise, and is the first now
	say("sara", h, true, "ok")
	if _, asked, err := w.Hits(t.Context(), w.people["ana"].Actor); err != nil || len(asked) != 0 {
		t.Errorf("before two people agree the searcher sees %v, %v", asked, err)
	}
	say("bea", h, true, "ok")
	say("bea", h, true, "conflict search.hit.ended")
	_, asked, err := w.Hits(t.Context(), w.people["ana"].Actor)
	if err != nil || len(asked) != 1 || asked[0].Desk != "clinic" || asked[0].Case != "" || asked[0].First != "" || asked[0].Reference != h.Reference {
		t.Errorf("who searched is told %+v, %v", asked, err)
	}
	if n := len(w.told); n != 2 || w.told[1].State != search.HitContact {
		t.Errorf("told: %+v", w.told)
	}
	second := ask()
	if second.ID == h.ID {
		t.Fatal("a new search after the decision asks nobody")
	}
	say("bea", second, false, "ok")
	say("sara", second, false, "ok")
	if _, asked, err := w.Hits(t.Context(), w.people["ana"].Actor); err != nil || len(asked) != 1 {
		t.Errorf("after the decision to stay silent the searcher sees %v, %v", asked, err)
	}
	w.erase("sara", c)
	if here, _, err := w.Hits(t.Context(), w.people["sara"].Actor); err != nil || len(here) != 0 {
		t.Errorf("of an erased case %d hits are left, %v", len(here), err)
	}
}

// A desk with one person who decides: a national coordinator is the second. She is told neither case nor person, begins nothing, and
// has no part where the desk has two, or where she works at the desk that searched.
func TestACoordinatorIsTheSecondOfADeskWithOne(t *testing.T) {
	w := newWorld(t)
	w.person("cora", access.NationalCoordinator, "office", access.Office)
	w.found("lone", "org", access.Assistance, "lena", access.CaseManager)
	w.colleague("fina", access.FirstResponder, "lone", "lena") // decides nothing
	c := w.open("lena", who("AB1234", "Demona Izmislena"))
	w.open("sara", who("AB1234", "Demona Izmislena"))
	w.open("ana", who("CD5678", "Somebody Else"))
	w.find("ana", search.Query{Document: "AB1234"})
	w.find("sara", search.Query{Document: "CD5678"})
	_, err := w.Look(t.Context())
	w.must(err)
	at := map[id.Desk]search.Hit{}
	for _, h := range w.told {
		at[h.Desk] = h
	}
	say := func(by string, h search.Hit, contact bool, want string) {
		t.Helper()
		if _, err := w.Decide(t.Context(), w.people[by].Actor, h.ID, contact); kind(err) != want {
			t.Errorf("%s says %v: %s, want %s", by, contact, kind(err), want)
		}
	}
	waits := func(by string, want int) {
		t.Helper()
		here, asked, err := w.Hits(t.Context(), w.people[by].Actor)
		if err != nil || len(here) != want || len(asked) != 0 {
			t.Errorf("%s sees %+v, %+v, %v", by, here, asked, err)
		}
		for _, h := range here {
			if h.Case != "" || h.By != "" || h.Desk != "lone" {
				t.Errorf("%s is told %+v", by, h)
			}
		}
	}
	const no = "hidden fault.not-found"
	waits("cora", 0)
	say("cora", at["lone"], true, no)
	say("nada", at["shelter"], true, no) // in the role of coordinator nobody is the first, at her own desk either
	say("sara", at["clinic"], true, "ok")
	say("cora", at["clinic"], true, no)
	before := len(w.told)
	say("lena", at["lone"], true, "ok")
	if n := len(w.told); n != before+1 || !w.told[n-1].Alone || w.told[n-1].State != search.HitOpen {
		t.Errorf("a coordinator was told of %+v", w.told[before:])
	}
	waits("cora", 1)
	say("cora", at["lone"], false, "ok")
	waits("cora", 0)
	say("cora", at["lone"], true, no)
	say("lena", at["lone"], true, "ok")
	w.must(w.Read(t.Context(), func(tx search.Tx) error {
		h, err := tx.SearchHit(t.Context(), at["lone"].ID)
		if err == nil && (h.State != search.HitOpen || h.Case != c.ID) {
			t.Errorf("kept is %+v", h)
		}
		return err
	}))
	w.colleague("nina", access.NationalCoordinator, "shelter", "ana")
	say("nina", at["lone"], true, no) // her desk asked
	say("cora", at["lone"], true, "ok")
	say("cora", at["lone"], true, no)
	_, asked, err := w.Hits(t.Context(), w.people["ana"].Actor)
	if err != nil || len(asked) != 1 || asked[0].Desk != "lone" {
		t.Errorf("who searched is told %+v, %v", asked, err)
	}
}
