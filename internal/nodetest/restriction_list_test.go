package nodetest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/store"
)

// TestWhoSeesWhichRestrictions: a desk sees its own, the prosecution its own, the office all of assistance, the coordinator how many and at
// which desk, and everybody else none. What is said has a bound, and an erased case is restricted by nobody.
func TestWhoSeesWhichRestrictions(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	place := func(login string) (casefile.Case, restriction.Restriction) {
		t.Helper()
		c, err := k.Cases.Open(ctx, k.As(login), casefile.Opening{AgeClass: person.Adult})
		k.must(err)
		k.Net.Clock.Advance(time.Second)
		r, err := k.Restrictions.Place(ctx, k.As(login).Actor, string(c.Reference), saying("accuracy"))
		k.must(err)
		return c, r
	}
	ana, r1 := place("ana")
	_, r2 := place("mira")
	_, r3 := place("petar")
	for login, want := range map[string][]id.Record{"ana": {r1.ID}, "mira": {r2.ID}, "petar": {r3.ID}, "pero": {r3.ID}, "dora": {r1.ID, r2.ID}, "nada": {r1.ID, r2.ID}} {
		all, err := k.Restrictions.List(ctx, k.As(login).Actor, "", 50)
		k.must(err)
		var got []id.Record
		for _, r := range all {
			got = append(got, r.ID)
			if named := r.Reference != "" || r.Case != ""; named != (login != "nada") {
				t.Errorf("%s sees which case it is: %v", login, named)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", login, got, want)
		}
	}
	_, err := k.Restrictions.List(ctx, k.As("ada").Actor, "", 50)
	k.refused("an administrator lists them", err, fault.Denied, "access.denied")
	for limit, good := range map[int]bool{0: false, 1: true, 200: true, 201: false, -1: false} {
		if _, err := k.Restrictions.List(ctx, k.As("dora").Actor, "", limit); (err == nil) != good {
			t.Errorf("%d at once: %v", limit, err)
		}
	}

	_, err = k.Restrictions.Show(ctx, k.As("dora").Actor, "none")
	k.refused("one that there is not", err, fault.Hidden, "")
	_, err = k.Restrictions.Place(ctx, k.As("ana").Actor, string(id.NewReference(k.IDs)), saying("accuracy"))
	k.refused("a case that there is not", err, fault.Hidden, "")

	is, found, err := k.Restrictions.Of(ctx, k.As("ana").Actor, ana.ID)
	if err != nil || !found || is.ID != r1.ID {
		t.Errorf("of her case: %+v, %v, %v", is, found, err)
	}
	if _, found, err := k.Restrictions.Of(ctx, k.As("mira").Actor, ana.ID); found || !fault.Is(err, fault.Hidden) {
		t.Errorf("of a case of another desk: %v, %v", found, err)
	}
	free, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	if _, found, err := k.Restrictions.Of(ctx, k.As("ana").Actor, free.ID); found || err != nil {
		t.Errorf("of a case that nobody restricted: %v, %v", found, err)
	}

	for words, good := range map[string]bool{"four": false, "fives": true, strings.Repeat("x", 2001): false, "a line\x00cut": false} {
		_, err := k.Restrictions.Place(ctx, k.As("ana").Actor, string(free.Reference), restriction.Saying{Code: "accuracy", Words: words})
		if good != (err == nil) || !good && !fault.Is(err, fault.Invalid) {
			t.Errorf("%d characters: %v", len(words), err)
		}
	}
	gone := k.closed("ana")
	k.must(k.Cases.Erase(ctx, k.As("ana").Actor, gone.ID))
	_, err = k.Restrictions.Place(ctx, k.As("ana").Actor, string(gone.Reference), saying("accuracy"))
	k.refused("an erased case", err, fault.NotFound, "")
}

// TestARestrictionEndsOnlyByBeingLifted: that she was told leaves it in force, also for a node that is restored; and what is said about it is
// said with a code of its list and in words.
func TestARestrictionEndsOnlyByBeingLifted(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx, dora := t.Context(), k.As("dora").Actor
	c, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	r, err := k.Restrictions.Place(ctx, k.As("ana").Actor, string(c.Reference), saying("accuracy"))
	k.must(err)
	marks := func(what string) (n int) {
		t.Helper()
		k.must(store.Reader[keyring.Tx](k.DB)(ctx, func(tx keyring.Tx) error {
			all, err := tx.Erasures(ctx)
			for _, e := range all {
				if e.What == what && strings.HasPrefix(e.ID, string(r.ID)) {
					n++
				}
			}
			return err
		}))
		return n
	}
	for name, wrong := range map[string]restriction.Saying{"no code": {Words: "an invented reason"}, "another list": {Code: "accuracy", Words: "an invented reason"}, "no words": {Code: "in-person"}} {
		_, err = k.Restrictions.Notify(ctx, dora, r.ID, wrong)
		k.refused("told that it is in force, "+name, err, fault.Invalid, "restriction.field")
		_, err = k.Restrictions.Tell(ctx, dora, r.ID, wrong)
		k.refused("told that it will end, "+name, err, fault.Invalid, "restriction.field")
		wrong.Code = strings.ReplaceAll(wrong.Code, "in-person", "confirmed")
		_, err = k.Restrictions.Lift(ctx, dora, r.ID, wrong)
		k.refused("lifted, "+name, err, fault.Invalid, "restriction.field")
	}
	_, err = k.Restrictions.Notify(ctx, dora, r.ID, saying("in-person"))
	k.must(err)
	_, err = k.Restrictions.Tell(ctx, dora, r.ID, saying("in-person"))
	k.must(err)
	if began, ended := marks(restriction.KindPlaced), marks(restriction.KindEnded); began != 1 || ended != 0 {
		t.Errorf("a restore repeats %d beginnings and %d ends of what is in force", began, ended)
	}
	_, err = k.Restrictions.Lift(ctx, dora, r.ID, saying("confirmed"))
	k.must(err)
	if ended := marks(restriction.KindEnded); ended != 1 {
		t.Errorf("a restore repeats %d ends of what was lifted", ended)
	}
}
