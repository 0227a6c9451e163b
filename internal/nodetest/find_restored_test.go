package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// TestARestoredIndexFindsNothingThatWasErased: the sealed index rests in the backup, here in the middle of getting new keys. A restored node
// finds whom it found, also after a second restart and when it has the new keys, and nobody whose case was erased after the backup.
func TestARestoredIndexFindsNothingThatWasErased(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { findRestored(t, nodetest.At("MK")) })
	if havePostgres() {
		t.Run("postgres", func(t *testing.T) { findRestored(t, nodetest.At("MK").OnPostgres()) })
	}
}

func findRestored(t *testing.T, at nodetest.Member) {
	k := newKeeping(t, nodetest.New(t, at).Node("MK"))
	ctx := t.Context()
	named := func(name string) casefile.Case {
		t.Helper()
		who := demo.Invented()
		who.Names = []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: name}, {Kind: person.Surname, Text: "Izmislena"}}}}
		c, err := k.Cases.Open(ctx, k.As("ana"), opening(&who))
		k.must(err)
		return c
	}
	stays, goes := named("Ostanka"), named("Zaborava")
	finds := func(when, name string, want ...id.Case) {
		t.Helper()
		k.Net.Clock.Advance(time.Second)
		f, err := k.Searches.Find(ctx, k.As("ana"), search.Query{Name: name + " Izmislena"})
		k.must(err)
		for c, in := range map[id.Case]bool{stays.ID: true, goes.ID: when == "before"} {
			if err := store.Reader[search.Tx](k.DB)(ctx, func(tx search.Tx) error { _, err := tx.SearchEntry(ctx, c); return err }); in != (err == nil) {
				t.Errorf("%s: the index has a record of the case that stays, or of the other: %v", when, err)
			}
		}
		if len(f.Cards) != len(want) || len(want) == 1 && f.Cards[0].Case.ID != want[0] {
			t.Errorf("%s, %s: %+v, want %v", when, name, f.Cards, want)
		}
	}
	rotate := func(want int64) {
		t.Helper()
		if _, left, err := k.Searches.Rotate(ctx, k.As("ana"), ""); err != nil || left != want {
			t.Fatalf("%d records are left under the keys of before, %v", left, err)
		}
	}
	rotate(0)
	later := named("Podocna")
	rotate(1) // what was packed has moved, what lies by itself has not
	finds("before", "Ostanka", stays.ID)
	finds("before", "Zaborava", goes.ID)
	var content, keys, list bytes.Buffer
	_, err := k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	k.Net.Clock.Advance(time.Hour)
	k.must(k.Cases.Erase(ctx, k.As("ana").Actor, k.close("ana", goes).ID))
	finds("erased", "Zaborava")
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	finds("restored", "Ostanka", stays.ID)
	finds("restored", "Zaborava")
	finds("restored", "Podocna", later.ID)
	k.Stop()
	k.Start()
	finds("started again", "Ostanka", stays.ID)
	finds("started again", "Zaborava")
	rotate(0)
	finds("with new keys", "Ostanka", stays.ID)
	finds("with new keys", "Podocna", later.ID)
	finds("with new keys", "Zaborava")
}
