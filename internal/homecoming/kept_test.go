package homecoming_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAChildReturnsOnlyInHerBestInterests: so found by a body, with her heard and her guardian agreeing. Whose age is not known is a
// child; who turns out to be one last does not leave on what was arranged for an adult.
func TestAChildReturnsOnlyInHerBestInterests(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	for name, born := range map[string]int{"a child": 2015, "of unknown age": 0} {
		w.now = w.now.Add(time.Second)
		h := w.proposed(w.open(born, false, "MD"))
		h.do(h.decide())
		h.do(h.assess(homecoming.Amber))
		h.do(h.sign("olga"))
		_, err := h.arrange()
		w.refused(err, fault.Denied, "homecoming.block.child")
		for why, spoil := range map[string]func(*homecoming.Interest){
			"the body found otherwise":       func(x *homecoming.Interest) { x.Result = "stay" },
			"her guardian does not agree":    func(x *homecoming.Interest) { x.Agrees = false },
			"she was not heard":              func(x *homecoming.Interest) { x.Heard = false },
			"in favour, and then against":    func(x *homecoming.Interest) { x.Result = "later" },
			"and after it was in favour too": func(x *homecoming.Interest) { x.Agrees = false },
		} {
			h.do(w.Determine(ctx, ana, h.r.ID, h.r.Version, interest()))
			w.now = w.now.Add(time.Second)
			x := interest()
			spoil(&x)
			h.do(w.Determine(ctx, ana, h.r.ID, h.r.Version, x))
			_, err := h.arrange()
			if _, got, _ := fault.Public(err); got != "homecoming.block.child" {
				t.Errorf("%s, %s: %v", name, why, err)
			}
			if got := h.shows("ana").Blocks; !slices.Contains(got, homecoming.Underage) {
				t.Errorf("%s, %s: held back by %v", name, why, got)
			}
			h.forge(func(r *homecoming.Return) { r.Interest = frame.At(w.now) }) // nor does the row decide
			_, err = h.arrange()
			if _, got, _ := fault.Public(err); got != "homecoming.block.child" {
				t.Errorf("%s, %s, with a forged row: %v", name, why, err)
			}
		}
		x := interest()
		x.Guardian = ""
		_, err = w.Determine(ctx, ana, h.r.ID, h.r.Version, x)
		w.refused(err, fault.Invalid, "homecoming.field")
		w.now = w.now.Add(time.Second)
		h.do(w.Determine(ctx, ana, h.r.ID, h.r.Version, interest()))

		// What is recorded of her guardians and of her own answers is asked, and a guardian whom nobody named is filled in.
		conflict, unwilling := fault.New(fault.Denied, "childhood.guardian.conflict"), fault.New(fault.Conflict, "childhood.refused.return")
		w.Guardian = func(_ context.Context, _ person.Tx, _ *keyring.Case, name string) (string, error) {
			if name == interest().Guardian {
				return name, conflict
			}
			return "Demo Uncle", nil
		}
		_, err = w.Determine(ctx, ana, h.r.ID, h.r.Version, interest())
		w.refused(err, fault.Denied, "childhood.guardian.conflict")
		_, err = h.arrange() // nor does she leave by what was determined before
		w.refused(err, fault.Denied, "childhood.guardian.conflict")
		w.now = w.now.Add(time.Second)
		x.Guardian = ""
		h.do(w.Determine(ctx, ana, h.r.ID, h.r.Version, x))
		w.Willing = func(context.Context, person.Tx, *keyring.Case) error { return unwilling }
		_, err = h.arrange()
		w.refused(err, fault.Conflict, "childhood.refused.return")
		w.Willing = nil
		h.do(h.arrange())
		h.do(h.depart())
		w.Guardian = nil
	}

	h := w.arranged()
	who, err := w.persons.Show(ctx, ana, h.c.ID)
	w.must(err)
	who.Birth = person.Say(person.Birth{Year: 2012})
	_, err = w.persons.Correct(ctx, ana, h.c.ID, who.Version, who.Person)
	w.must(err)
	_, err = h.depart()
	w.refused(err, fault.Denied, "homecoming.block.child")
	if got := h.shows("ana").Blocks; !cmp.Equal(got, []homecoming.Block{homecoming.Underage}) {
		t.Errorf("held back by %v", got)
	}
}

// TestWhatIsKeptOfAReturnIsInNoRow: a thief of the whole database finds no word of what was said, found and arranged; the second desk
// opens the assessment, and nothing else of the case; others learn nothing; and an erased case takes its returns with it.
func TestWhatIsKeptOfAReturnIsInNoRow(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	h := w.arranged()
	h.do(h.depart())
	h.do(w.Arrive(ctx, ana, h.r.ID, h.r.Version, report(true, 0)))
	var content, keys bytes.Buffer
	w.must(w.db.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	all := append(content.Bytes(), keys.Bytes()...)
	if !bytes.Contains(all, []byte(h.r.ID)) || bytes.Contains(bytes.ToLower(all), []byte("zelenkovo")) {
		t.Errorf("the dump has %d bytes; her return is in it: %v", len(all), bytes.Contains(all, []byte(h.r.ID)))
	}

	here, there := h.shows("mira"), h.shows("olga")
	if len(here.Decisions) != 1 || len(here.Plans) != 1 || len(here.Reports) != 1 || here.Assessment == nil || here.Plans[0].Value.Reception != plan().Reception {
		t.Errorf("her desk sees %+v", here)
	}
	if len(there.Decisions)+len(there.Plans)+len(there.Reports) != 0 || there.Assessment == nil || len(there.Assessment.Signatures) != 2 {
		t.Errorf("the second desk sees %+v", there)
	}
	_, err := w.cases.Show(ctx, w.people["olga"], h.c.ID) // of the case it does not even know
	w.refused(err, fault.Hidden, "")
	_, err = w.cases.Note(ctx, w.people["olga"], h.c.ID, casefile.Note{Language: "en", Text: "DEMO"})
	w.refused(err, fault.Hidden, "")
	_, err = w.OfCase(ctx, w.people["olga"].Actor, h.c.ID)
	w.refused(err, fault.Hidden, "")
	_, err = w.Show(ctx, w.people["sara"], h.r.ID)
	w.refused(err, fault.Hidden, "")
	for by, want := range map[string]int{"mira": 1, "olga": 1, "sara": 0} {
		list, next, err := w.List(ctx, w.people[by].Actor, "", 10)
		if err != nil || len(list) != want || next != "" {
			t.Errorf("%s lists %v, %v", by, list, err)
		}
	}
	if list, err := w.OfCase(ctx, ana.Actor, h.c.ID); err != nil || len(list) != 1 || list[0].Reference != h.c.Reference {
		t.Errorf("of the case: %+v, %v", list, err)
	}

	version := func() int64 {
		c, err := w.cases.Show(ctx, ana, h.c.ID)
		w.must(err)
		return c.Version
	}
	end := casefile.Closure{Reason: "repatriated", Date: "2026-03-21", Action: "erase"}
	_, err = w.cases.Close(ctx, ana, h.c.ID, version(), end)
	w.refused(err, fault.Conflict, "homecoming.case-open")
	_, err = w.Close(ctx, ana.Actor, h.r.ID, h.r.Version, homecoming.FollowedUp)
	w.refused(err, fault.Conflict, "homecoming.unfollowed")
	h.do(w.Close(ctx, ana.Actor, h.r.ID, h.r.Version, "lost-contact"))
	if left := h.waits(); len(left) != 0 {
		t.Errorf("closed, and waits for %v", left)
	}
	_, err = w.cases.Close(ctx, ana, h.c.ID, version(), end)
	w.must(err)
	w.must(w.cases.Erase(ctx, ana.Actor, h.c.ID))
	_, err = w.Show(ctx, ana, h.r.ID)
	w.refused(err, fault.Hidden, "")
}
