package search_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// The index is loaded by the first search of an unlocked session. Without keys nothing is searched, folded or sealed anew.
func TestALockedSessionOpensNoIndex(t *testing.T) {
	w := newWorld(t)
	w.open("ana", who("AB1234", "Demona Izmislena"))
	locked := keyring.NewBearer(w.people["ana"].Actor, nil)
	_, find := w.Find(t.Context(), locked, search.Query{Document: "AB1234"})
	_, _, rotate := w.Rotate(t.Context(), locked, "")
	_, refold := w.Refold(t.Context(), locked, search.Refolding{}, 1)
	_, _, build := w.Build(t.Context(), locked, "", 1)
	for what, err := range map[string]error{"a search": find, "new keys": rotate, "folding anew": refold, "building": build} {
		if kind(err) != "locked keyring.locked" {
			t.Errorf("%s without keys: %s", what, kind(err))
		}
	}
	if n, _ := w.Held(); n != 0 {
		t.Errorf("%d records are in memory", n)
	}
}

// At most 250 bytes of memory for each record, here with two spellings of a name and a document.
func TestARecordTakesLittleMemory(t *testing.T) {
	w := newWorld(t)
	const records = 1024
	w.fill(records, records)
	w.finds("ana", search.Query{Document: "XX0000001"})
	if n, size := w.Held(); n < records || size > 250*n {
		t.Errorf("%d records take %d bytes", n, size)
	}
}

// On a card there is the case, by what it was found and what speaks for it, and who searched sees it only if she may open it; spec/search.md 2:
// neither addresses nor what was said are in the index. A telephone is, and only as such.
func TestNoAddressIsSearchedOrShown(t *testing.T) {
	w := newWorld(t)
	p := who("AB1234", "Demona Izmislena")
	for way, address := range map[person.Way]string{
		person.Post: "PLANTEDSTREET 777888", person.Visit: "Planted Village 999888", person.Telephone: "+389 70 777777", person.Email: "planted666555@example.org",
	} {
		p.Contacts = append(p.Contacts, person.Contact{Way: way, Address: address, Safety: person.Safe})
	}
	c := w.open("ana", p)
	w.finds("ana", search.Query{Document: "AB1234"}, c.ID)
	w.finds("ana", search.Query{Phone: "070 777 777"}, c.ID)
	for _, q := range []search.Query{
		{Name: "PLANTEDSTREET 777888"},
		{Name: "Planted Village"},
		{Document: "+389 70 777777"},
		{Document: "38970777777"},
		{Phone: "777888"},
		{Phone: "999888"},
		{Phone: "666555"},
	} {
		w.finds("ana", q)
	}
	card := fmt.Sprintf("%+v", w.find("ana", search.Query{Phone: "070 777 777", Name: "Demona Izmislena"}))
	for _, word := range []string{"planted", "777777", "1234", "demona"} {
		if strings.Contains(strings.ToLower(card), word) {
			t.Errorf("a card says %q: %s", word, card)
		}
	}
}

// spec/search.md 1: an entry and a segment are bound to their index, case and name; whoever writes to the database can put none in the place
// of another one.
func TestWhatIsPutInAnotherPlaceIsRefused(t *testing.T) {
	w := newWorld(t)
	one, other := w.open("ana", who("AB0001", "Demona Izmislena")), w.open("ana", who("AB0002", "Other Invented"))
	name := w.index("shelter").ID
	change := func(do func(tx search.Tx) error) {
		t.Helper()
		w.must(w.Write(t.Context(), auditDid(), func(tx search.Tx) error {
			if _, err := tx.RaiseSearchIndex(t.Context(), name); err != nil {
				return err
			}
			return do(tx)
		}))
	}
	refused := func(want string) {
		t.Helper()
		if _, err := w.Find(t.Context(), w.people["ana"], search.Query{Document: "AB0001"}); kind(err) != "internal "+want {
			t.Errorf("it is searched: %s, want %s", kind(err), want)
		}
		w.Close()
	}
	var kept [2]search.Entry
	swap := func(a, b search.Entry) {
		t.Helper()
		change(func(tx search.Tx) error {
			for _, e := range []search.Entry{{Case: a.Case, Index: a.Index, Seq: a.Seq, Fold: a.Fold, Body: b.Body}, {Case: b.Case, Index: b.Index, Seq: b.Seq, Fold: b.Fold, Body: a.Body}} {
				if err := tx.DropSearchEntry(t.Context(), e.Case); err != nil {
					return err
				}
				if err := tx.AddSearchEntry(t.Context(), e); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.must(w.Read(t.Context(), func(tx search.Tx) (err error) {
		if kept[0], err = tx.SearchEntry(t.Context(), one.ID); err != nil {
			return err
		}
		kept[1], err = tx.SearchEntry(t.Context(), other.ID)
		return err
	}))
	swap(kept[0], kept[1])
	refused("fault.internal")
	kept[0].Body, kept[1].Body = kept[1].Body, kept[0].Body
	swap(kept[0], kept[1])
	w.finds("ana", search.Query{Document: "AB0001"}, one.ID)

	w.rotate("ana", nil) // both are in one segment now
	name = w.index("shelter").ID
	w.finds("ana", search.Query{Document: "AB0001"}, one.ID)
	change(func(tx search.Tx) error {
		all, err := tx.SearchSegments(t.Context(), name)
		if err != nil {
			return err
		}
		g, err := tx.SearchSegment(t.Context(), all[0].ID)
		if err != nil {
			return err
		}
		if err := tx.DropSearchSegment(t.Context(), g.ID); err != nil {
			return err
		}
		g.ID += "0"
		return tx.AddSearchSegment(t.Context(), g)
	})
	refused("fault.internal")
}

// spec/search.md 3: masks are in the archive of keys and index only, which is kept for 35 days, and so is every other part of the index.
func TestTheIndexIsInTheArchiveOfKeysOnly(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.open("ana", who("", fmt.Sprintf("Demona N%04d", i)))
	}
	w.rotate("ana", nil)
	w.open("ana", who("", "Demona Later"))
	var content, keys bytes.Buffer
	w.must(w.db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	for _, table := range []string{"search_index", "search_hold", "search_entry", "search_segment", "search_mask"} {
		if !bytes.Contains(keys.Bytes(), []byte(table)) || bytes.Contains(content.Bytes(), []byte(table)) {
			t.Errorf("%s is in the archive of content, or not in that of keys", table)
		}
	}
}

// spec/search.md 1: no second rotation begins before the first has ended.
func TestOneRotationAtATime(t *testing.T) {
	w := newWorld(t)
	w.open("ana", who("", "Demona Izmislena"))
	before := w.index("shelter").ID
	w.rotate("ana", nil)
	w.open("ana", who("", "Demona Later"))
	first, left, err := w.Rotate(t.Context(), w.people["ana"], "")
	if err != nil || left != 1 {
		t.Fatalf("%d left, %v", left, err)
	}
	x := w.index("shelter")
	err = w.Write(t.Context(), auditDid(), func(tx search.Tx) error {
		return tx.AddSearchIndex(t.Context(), search.Index{ID: "other", Realm: x.Realm, Organisation: x.Organisation, Public: x.Public, Fold: 1})
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a second index in force: %v", err)
	}
	if from, left, err := w.Rotate(t.Context(), w.people["sara"], before); err != nil || from != before || left != 0 {
		t.Errorf("whoever did not see the end of the one before goes on with %s, %d left, %v", from, left, err)
	}
	if s := w.state("ana"); s.Leaving != first || s.Unsealed != 1 {
		t.Errorf("it has moved the other one: %+v", s)
	}
	if again, left, err := w.Rotate(t.Context(), w.people["sara"], ""); err != nil || again != first || left != 0 {
		t.Errorf("another one begins %s beside %s, %d left, %v", again, first, left, err)
	}
}
