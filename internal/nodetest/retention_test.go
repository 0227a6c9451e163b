package nodetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
)

// keeping is a node whose law says how long files are kept, with two people of the office and one desk of the prosecution.
type keeping struct {
	*nodetest.Node
	t *testing.T
}

func newKeeping(t *testing.T, x *nodetest.Node) keeping {
	t.Helper()
	k := keeping{x, t}
	x.User("nada", access.NationalCoordinator)
	x.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "mira", access.CaseManager)
	x.Desk(desk.Desk{ID: "occpo", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	x.Join("occpo", "pero", access.Prosecutor, "petar")
	return k
}

func (k keeping) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k keeping) refused(what string, err error, kind fault.Kind, key string) {
	k.t.Helper()
	if _, got, _ := fault.Public(err); !fault.Is(err, kind) || key != "" && got != key {
		k.t.Errorf("%s: %v, want %v %s", what, err, kind, key)
	}
}

// state says how long files of one kind are kept, and confirms it.
func (k keeping) state(class string, months int) {
	k.t.Helper()
	ctx := k.t.Context()
	k.must(k.Profile.State(ctx, k.As("ada").Actor, class, profile.Length{N: months, Unit: profile.Months}, "an invented law", "article 1"))
	set, _, err := k.Profile.Current(ctx)
	k.must(err)
	for _, i := range set.Items() {
		if i.Key == string(k.Member)+"/retention."+class {
			k.must(k.Profile.Confirm(ctx, k.As("ada").Actor, i.Key, i.Digest))
		}
	}
	k.Net.Clock.Advance(time.Minute)
	k.Net.Run() // takes over what was confirmed
}

// closed opens a case and closes it.
func (k keeping) closed(login string) casefile.Case {
	k.t.Helper()
	ctx := k.t.Context()
	c, err := k.Cases.Open(ctx, k.As(login), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	return k.close(login, c)
}

func (k keeping) close(login string, c casefile.Case) casefile.Case {
	k.t.Helper()
	c, err := k.Cases.Close(k.t.Context(), k.As(login), c.ID, c.Version, casefile.Closure{
		Reason: "needs-met", Date: k.Net.Clock.Now().Format(time.DateOnly), Action: "retain",
	})
	k.must(err)
	return c
}

func (k keeping) stateOf(c casefile.Case) casefile.State {
	k.t.Helper()
	var row casefile.Case
	k.must(store.Reader[casefile.Tx](k.DB)(k.t.Context(), func(tx casefile.Tx) (err error) {
		row, err = tx.Case(k.t.Context(), c.ID)
		return err
	}))
	return row.State
}

func because() retention.Holding {
	return retention.Holding{Ground: "complaint", Words: "an invented complaint"}
}

// TestHeldCaseIsNotErased: a case on hold is erased by nobody, and who is refused is told why. The desk does not lift what the
// office placed; work goes on; when the last hold is lifted it can be erased.
func TestHeldCaseIsNotErased(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	c := k.closed("ana")
	other := k.closed("mira")
	for name, bad := range map[string]retention.Holding{"no ground": {Words: "an invented order"}, "no words": {Ground: "order"}, "a ground of no list": {Ground: "curiosity", Words: "an invented order"}} {
		_, err := k.Retention.Hold(ctx, k.As("ana").Actor, string(c.Reference), bad)
		k.refused(name, err, fault.Invalid, "retention.field")
	}
	_, err := k.Retention.Hold(ctx, k.As("ana").Actor, string(other.Reference), because())
	k.refused("a case of another desk", err, fault.Hidden, "")
	_, err = k.Retention.Hold(ctx, k.As("petar").Actor, string(c.Reference), because())
	k.refused("the prosecution", err, fault.Hidden, "")
	_, err = k.Retention.Hold(ctx, k.As("ada").Actor, string(c.Reference), because())
	k.refused("an administrator", err, fault.Hidden, "")

	own, err := k.Retention.Hold(ctx, k.As("ana").Actor, string(c.Reference), retention.Holding{Ground: "claim", Words: "an invented claim"})
	k.must(err)
	k.Net.Clock.Advance(time.Second)
	office, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(c.Reference), because())
	k.must(err)
	err = k.Cases.Erase(ctx, k.As("ana").Actor, c.ID)
	k.refused("to erase at her own wish", err, fault.Conflict, "retention.held.claim")
	if _, _, args := fault.Public(err); args["day"] != "2026-03-02" {
		t.Errorf("the refusal says %v", args)
	}
	lift := retention.Holding{Ground: "settled", Words: "it was settled"}
	_, err = k.Retention.Lift(ctx, k.As("mira").Actor, own.ID, lift)
	k.refused("lifted by another desk", err, fault.Hidden, "")
	_, err = k.Retention.Lift(ctx, k.As("ana").Actor, own.ID, lift)
	k.must(err)
	_, err = k.Retention.Lift(ctx, k.As("ana").Actor, own.ID, lift)
	k.refused("lifted twice", err, fault.Conflict, "retention.lifted")
	_, err = k.Retention.Lift(ctx, k.As("ana").Actor, office.ID, lift)
	k.refused("the desk lifts what the office placed", err, fault.Denied, "retention.office")
	k.refused("while the other hold stands", k.Cases.Erase(ctx, k.As("ana").Actor, c.ID), fault.Conflict, "retention.held.complaint")

	mine, err := k.Retention.Holds(ctx, k.As("ana").Actor, "", 50)
	k.must(err)
	all, err := k.Retention.Holds(ctx, k.As("dora").Actor, "", 50)
	k.must(err)
	elsewhere, err := k.Retention.Holds(ctx, k.As("mira").Actor, "", 50)
	k.must(err)
	if len(mine) != 1 || len(all) != 1 || len(elsewhere) != 0 || all[0].ID != office.ID || !all[0].Office {
		t.Errorf("holds: %+v, %+v, %+v", mine, all, elsewhere)
	}
	_, err = k.Retention.Lift(ctx, k.As("dora").Actor, office.ID, lift)
	k.must(err)
	k.must(k.Cases.Erase(ctx, k.As("ana").Actor, c.ID))
	_, err = k.Retention.Hold(ctx, k.As("ana").Actor, string(c.Reference), because())
	k.refused("an erased case", err, fault.NotFound, "")
	if logs := k.Logs.String(); strings.Contains(logs, "invented") {
		t.Error("the words of a hold stand in the log of the program")
	}
}

// TestHoldKeepsWhatAWithdrawalWouldErase: while a case is on hold, a withdrawn consent stays frozen and is answered with what a
// law keeps, never by erasing.
func TestHoldKeepsWhatAWithdrawalWouldErase(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	c, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	given, err := k.Consents.Give(ctx, k.As("ana"), giving(c.ID, id.Address{Member: "MK", Desk: "shelter"}))
	k.must(err)
	hold, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(c.Reference), because())
	k.must(err)
	_, err = k.Consents.Withdraw(ctx, k.As("ana").Actor, given.ID, "")
	k.must(err)
	_, err = k.Consents.Reply(ctx, k.As("ana"), given.ID, nil)
	k.refused("erased under a hold", err, fault.Conflict, "retention.held.complaint")
	_, err = k.Retention.Lift(ctx, k.As("dora").Actor, hold.ID, retention.Holding{Ground: "in-error", Words: "another case was meant"})
	k.must(err)
	_, err = k.Consents.Reply(ctx, k.As("ana"), given.ID, nil)
	k.must(err)
}

// TestPurgeTakesTwo: what is due is proposed by one person and confirmed by a different one who saw the same set; what is on hold or
// has changed in between drops out and is named; each erasure stands in the log; a restore of an older backup erases it again.
func TestPurgeTakesTwo(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"), nodetest.At("MD"))
	k := newKeeping(t, net.Node("MK"))
	ctx := t.Context()
	old, later, unclear, wall := k.closed("ana"), k.closed("mira"), k.closed("ana"), k.closed("petar")
	open, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)
	m, err := k.Messages.Compose(ctx, k.As("ana"), message.Draft{To: id.Address{Member: "MD", Desk: "focal-point"}, Language: "en", Text: "an invented word", Basis: "cets-197-11"})
	k.must(err)
	k.must(store.Writer[message.Tx](k.DB)(ctx, audit.Did(nodetest.Console("MK"), access.MakeTask, "x"), func(tx message.Tx) error {
		for end, realm := range map[id.Desk]access.Realm{"focal-point": access.Assistance, "occpo": access.Prosecution} { // one with an end across the wall
			th := message.Thread{ID: "across", Desk: end, Realm: realm, Peer: id.Address{Member: "MK", Desk: "x"}, Reference: "ref", Made: frame.At(net.Clock.Now()), Last: frame.At(net.Clock.Now()), Version: 1}
			if err := tx.AddThread(ctx, th); err != nil {
				return err
			}
		}
		return nil
	}))
	net.Run()
	_, err = k.Retention.Propose(ctx, k.As("dora").Actor)
	k.refused("nothing is due", err, fault.Conflict, "retention.nothing")

	net.Clock.Advance(25 * 31 * 24 * time.Hour)
	p, err := k.Retention.Preview(ctx, k.As("dora").Actor)
	k.must(err)
	if len(p.Due) != 1 || p.Due[0].What != retention.Thread { // nobody has said how long files are kept
		t.Fatalf("due without a period: %+v", p.Due)
	}
	k.state("case-file", 24)
	recent := k.closed("ana")
	if p, err = k.Retention.Preview(ctx, k.As("dora").Actor); err != nil || len(p.Due) != 4 || p.More {
		t.Fatalf("due: %+v, %v", p, err)
	}
	if raw, err := json.Marshal(p); err != nil || bytes.Contains(raw, []byte("invented")) || bytes.Contains(raw, []byte(wall.Reference)) || bytes.Contains(raw, []byte(recent.Reference)) || bytes.Contains(raw, []byte(open.Reference)) {
		t.Errorf("the preview says %s, %v", raw, err)
	}
	for _, who := range []string{"ana", "ada", "oto"} {
		_, err = k.Retention.Propose(ctx, k.As(who).Actor)
		k.refused(who+" proposes", err, fault.Denied, "")
	}
	set, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	_, err = k.Retention.Propose(ctx, k.As("nada").Actor)
	k.refused("a second proposal", err, fault.Conflict, "retention.open")
	_, err = k.Retention.Confirm(ctx, k.As("dora").Actor, set.ID, set.Digest)
	k.refused("by one person alone", err, fault.Denied, "")
	_, err = k.Retention.Confirm(ctx, k.As("petar").Actor, set.ID, set.Digest)
	k.refused("from across the wall", err, fault.Denied, "")
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, strings.Repeat("0", 64))
	k.refused("another set than she saw", err, fault.Stale, "retention.digest")
	if k.stateOf(old) != casefile.Closed {
		t.Fatal("something was erased before it was confirmed")
	}

	_, err = k.Retention.Hold(ctx, k.As("mira").Actor, string(later.Reference), because())
	k.must(err)
	k.must(store.Writer[casefile.Tx](k.DB)(ctx, audit.Did(nodetest.Console("MK"), access.NoteCase, string(unclear.ID)).In(unclear.ID), func(tx casefile.Tx) error {
		row, err := tx.Case(ctx, unclear.ID)
		if err != nil {
			return err
		}
		return tx.SetCase(ctx, row)
	}))
	var content, keys, list bytes.Buffer
	_, err = k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	net.Clock.Advance(time.Hour)
	done, err := k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, set.Digest)
	k.must(err)
	left := map[string]string{}
	for _, l := range done.Left {
		left[l.ID] = l.Reason
	}
	if left[""] == "" || len(done.Items) != len(set.Items) { // the coordinator is told how many stay and why, and not which
		t.Errorf("she is told %v", done)
	}
	left = map[string]string{}
	shown, err := k.Retention.Show(ctx, k.As("dora").Actor, set.ID)
	k.must(err)
	for _, l := range shown.Left {
		left[l.ID] = l.Reason
	}
	if len(left) != 2 || left[string(later.ID)] != retention.LeftHeld || left[string(unclear.ID)] != retention.LeftChanged || done.Second == done.Maker {
		t.Errorf("left: %v of %+v", left, done)
	}
	gone := func(when string) {
		t.Helper()
		for c, want := range map[id.Case]casefile.State{old.ID: casefile.Erased, later.ID: casefile.Closed, unclear.ID: casefile.Closed, recent.ID: casefile.Closed, open.ID: casefile.Open, wall.ID: casefile.Closed} {
			if got := k.stateOf(casefile.Case{ID: c}); got != want {
				t.Errorf("%s: a case is %s, want %s", when, got, want)
			}
		}
		k.must(store.Reader[message.Tx](k.DB)(ctx, func(tx message.Tx) error {
			th, err := tx.Thread(ctx, m.Thread, "focal-point")
			if !th.Erased || len(th.Box.Sealed) > 0 {
				t.Errorf("%s: the conversation has a key of %d bytes", when, len(th.Box.Sealed))
			}
			return err
		}))
	}
	gone("after")
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, set.Digest)
	k.refused("confirmed twice", err, fault.Conflict, "retention.ended")
	erasures := 0
	entries, _, err := k.Audit.Entries(ctx, k.As("oto").Actor, 0, 1000)
	k.must(err)
	for _, e := range entries {
		if e.Entry.Action == access.EraseCase && e.Entry.Purpose == "retention" && e.Entry.Role == access.TheNode && e.Entry.Case == old.ID {
			erasures++
		}
	}
	if erasures != 1 {
		t.Errorf("%d entries say that the case was erased", erasures)
	}

	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	net.Clock.Advance(time.Hour)
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	gone("after a restore")
}

// TestWhatStaysHidesNothingThatIsDue: however many files are on hold, one that was closed after them is found when it is due, and
// one whose kind is kept longer is not taken for it.
func TestWhatStaysHidesNothingThatIsDue(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	at := k.Net.Now()
	k.must(store.Writer[retention.Tx](k.DB)(ctx, audit.Did(nodetest.Console("MK"), access.InitNode, "x"), func(tx retention.Tx) error {
		for i := range retention.MostItems + 2 {
			name := fmt.Sprintf("held%03d", i)
			c := casefile.Case{
				ID: id.Case(name), Reference: id.Reference(name), Person: id.Person(name), Desk: "shelter", Realm: access.Assistance,
				State: casefile.Closed, AgeClass: person.Adult, Opened: at, Closed: at.Add(time.Duration(i)),
			}
			if err := tx.AddCase(ctx, c); err != nil {
				return err
			}
			h := retention.Hold{ID: id.Record(name), Case: c.ID, Reference: c.Reference, Desk: c.Desk, Realm: c.Realm, Ground: "order", Placed: at, By: "u", Version: 1}
			if err := tx.AddHolding(ctx, h); err != nil {
				return err
			}
		}
		return nil
	}))
	k.Net.Clock.Advance(time.Hour)
	free := k.closed("mira")
	k.Net.Clock.Advance(25 * 31 * 24 * time.Hour)
	k.state("refused", 120)
	// What somebody has only written down, and nobody confirmed, makes nothing due, however short it is.
	k.must(k.Profile.State(ctx, k.As("ada").Actor, "case-file", profile.Length{N: 1, Unit: profile.Months}, "an invented law", "article 1"))
	if p, err := k.Retention.Preview(ctx, k.As("dora").Actor); err != nil || len(p.Due)+len(p.Left) != 0 {
		t.Fatalf("due by a rule that nobody confirmed: %+v, %v", p, err)
	}
	if _, err := k.Retention.Propose(ctx, k.As("dora").Actor); !fault.Is(err, fault.Conflict) {
		t.Fatalf("proposed by a rule that nobody confirmed: %v", err)
	}
	k.state("case-file", 24)
	p, err := k.Retention.Preview(ctx, k.As("dora").Actor)
	k.must(err)
	if len(p.Due) != 1 || p.Due[0].ID != string(free.ID) || len(p.Left) != retention.MostItems || !p.More {
		t.Errorf("due %+v, %d left, more %t", p.Due, len(p.Left), p.More)
	}
}

// TestProsecutionPurgesItsOwn: files of the prosecution are seen and erased by two people of their own desk, and by nobody else; a
// proposal that is taken back erases nothing.
func TestProsecutionPurgesItsOwn(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	wall, ours := k.closed("petar"), k.closed("ana")
	k.state("case-file", 1)
	k.Net.Clock.Advance(40 * 24 * time.Hour)
	taken, err := k.Retention.Propose(ctx, k.As("petar").Actor)
	k.must(err)
	if len(taken.Items) != 1 || taken.Items[0].ID != string(wall.ID) || taken.Desk != "occpo" {
		t.Fatalf("the set: %+v", taken)
	}
	for _, who := range []string{"dora", "nada", "ana"} {
		_, err = k.Retention.Show(ctx, k.As(who).Actor, taken.ID)
		k.refused(who+" sees it", err, fault.Denied, "")
		_, err = k.Retention.Confirm(ctx, k.As(who).Actor, taken.ID, taken.Digest)
		k.refused(who+" confirms it", err, fault.Denied, "")
	}
	_, err = k.Retention.Withdraw(ctx, k.As("pero").Actor, taken.ID)
	k.must(err)
	_, err = k.Retention.Confirm(ctx, k.As("pero").Actor, taken.ID, taken.Digest)
	k.refused("what was taken back", err, fault.Conflict, "retention.ended")
	k.Net.Clock.Advance(time.Minute)
	again, err := k.Retention.Propose(ctx, k.As("petar").Actor)
	k.must(err)
	done, err := k.Retention.Confirm(ctx, k.As("pero").Actor, again.ID, again.Digest)
	k.must(err)
	if k.stateOf(wall) != casefile.Erased || k.stateOf(ours) != casefile.Closed || len(done.Left) != 0 {
		t.Errorf("%s, %s, %+v", k.stateOf(wall), k.stateOf(ours), done.Left)
	}
	all, err := k.Retention.Purges(ctx, k.As("pero").Actor, 50)
	if err != nil || len(all) != 2 || all[0].ID != again.ID || all[1].State != retention.Withdrawn {
		t.Errorf("proposals: %+v, %v", all, err)
	}
}
