package nodetest_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
)

// drafts is a node in which people begin what they do not finish.
type drafts struct{ keeping }

func newDrafts(t *testing.T, postgres bool) drafts {
	t.Helper()
	mk := nodetest.At("MK")
	if postgres {
		mk = mk.OnPostgres()
	}
	d := drafts{newKeeping(t, nodetest.New(t, mk).Node("MK"))}
	d.Join("focal-point", "vera", access.CaseManager, "ana")
	d.PublishSheet()
	d.Net.Run()
	return d
}

func (d drafts) open() casefile.Case {
	d.t.Helper()
	who := demo.Invented()
	c, err := d.Cases.Open(d.t.Context(), d.As("ana"), opening(&who))
	d.must(err)
	return c
}

func story(finished bool) form.Filling {
	return form.Filling{
		Schema: form.FillingName, Language: "ro", Finished: finished,
		Record: form.Record{Form: "F1", Version: 1, Answers: map[string]form.Answer{"narrative": {State: person.Given, Value: []byte(`"her invented story"`)}}},
	}
}

// inland is a referral within the country, on what she agreed to.
func inland(to id.Address, given id.Consent, now frame.Time) referral.Drafting {
	in := drafting(to, given, now)
	in.Basis = "consent"
	return in
}

func (d drafts) fill(c casefile.Case) form.Entry {
	d.t.Helper()
	e, err := d.Forms.Fill(d.t.Context(), d.As("vera"), c.ID, story(false))
	d.must(err)
	return e
}

// space returns what the node knows of where a record lies.
func (d drafts) space(c casefile.Case, r id.Record) (keyring.Compartment, error) {
	d.t.Helper()
	var out keyring.Compartment
	err := store.Reader[keyring.Tx](d.DB)(d.t.Context(), func(tx keyring.Tx) error {
		row, err := tx.Row(d.t.Context(), r)
		if err == nil {
			out, err = tx.Compartment(d.t.Context(), row.Compartment)
		}
		return err
	})
	return out, err
}

func (d drafts) day(n time.Duration) {
	d.t.Helper()
	d.Net.Clock.Advance(n * 24 * time.Hour)
	d.Net.Run()
}

func (d drafts) there(what string, c casefile.Case, e form.Entry) {
	d.t.Helper()
	x, err := d.Forms.Read(d.t.Context(), d.As("vera"), c.ID, e.Record)
	if answer, _ := x.Answers["narrative"].Is(); err != nil || string(answer) != `"her invented story"` {
		d.t.Errorf("%s: %v, %s", what, err, answer)
	}
}

func (d drafts) gone(what string, c casefile.Case, e form.Entry) {
	d.t.Helper()
	_, err := d.Forms.Read(d.t.Context(), d.As("vera"), c.ID, e.Record)
	d.refused(what, err, fault.NotFound, "")
	if _, err := d.space(c, e.Record); !fault.Is(err, fault.NotFound) {
		d.t.Errorf("%s: its row is there: %v", what, err)
	}
}

func (d drafts) about(c casefile.Case, kind string) int {
	d.t.Helper()
	n := 0
	for _, t := range d.tasks(d.As("ana"), kind) {
		if t.Object == string(c.ID) {
			n++
		}
	}
	return n
}

// TestADraftEndsAndStaysEnded: a draft that nobody goes on with ends 28 days after its last change, a form as a referral with the bundle
// that was sealed for it; its desk was warned before. What is finished, sent, on hold or not to be used stays. A restore of a backup that has it
// ends it again, and a restored node ends nothing else before somebody has said that the holds are whole.
func TestADraftEndsAndStaysEnded(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { draftEnds(t, newDrafts(t, false)) })
	t.Run("postgres", func(t *testing.T) {
		if !havePostgres() {
			t.Skip("there is no PostgreSQL")
		}
		draftEnds(t, newDrafts(t, true))
	})
}

func draftEnds(t *testing.T, d drafts) {
	ctx, net := t.Context(), d.Net
	left, went, held, unused, done, sent := d.open(), d.open(), d.open(), d.open(), d.open(), d.open()
	abandoned, continued, onHold, restricted, finished := d.fill(left), d.fill(went), d.fill(held), d.fill(unused), d.fill(done)
	if want := frame.At(time.Date(2026, 3, 31, 0, 0, 0, 0, time.FixedZone("", 2*3600))); abandoned.Ends != want {
		t.Errorf("it ends on %s, want %s", abandoned.Ends.Time(), want.Time())
	}
	to := id.Address{Member: "MK", Desk: "shelter"}
	consent, err := d.Consents.Give(ctx, d.As("ana"), giving(left.ID, to))
	d.must(err)
	ref, err := d.Referrals.Draft(ctx, d.As("ana"), left.ID, referral.At{}, inland(to, consent.ID, net.Now()))
	d.must(err)
	ref, err = d.Referrals.Check(ctx, d.As("ana"), referral.At{Referral: ref.ID, Version: ref.Version})
	d.must(err)
	also, err := d.Consents.Give(ctx, d.As("ana"), giving(sent.ID, to))
	d.must(err)
	away, err := d.Referrals.Draft(ctx, d.As("ana"), sent.ID, referral.At{}, inland(to, also.ID, net.Now()))
	d.must(err)
	_, err = d.Referrals.Check(ctx, d.As("ana"), referral.At{Referral: away.ID})
	d.must(err)
	_, err = d.Referrals.Send(ctx, d.As("ana"), referral.At{Referral: away.ID}, false)
	d.must(err)
	_, err = d.Retention.Hold(ctx, d.As("dora").Actor, string(held.Reference), because())
	d.must(err)
	_, err = d.Restrictions.Place(ctx, d.As("ana").Actor, string(unused.Reference), restriction.Saying{Code: "accuracy", Words: "an invented objection"})
	d.must(err)

	d.day(5)
	kept, err := d.Forms.Save(ctx, d.As("vera"), done.ID, finished.Record, finished.Version, form.Filling{
		Schema: form.FillingName, Language: "ro", Finished: true, Record: form.Record{Form: "F1", Version: 1, Answers: filledWith(t, d.keeping, story(true).Answers)},
	})
	d.must(err)
	if kept.Ends != 0 {
		t.Errorf("what is finished ends on %s", kept.Ends.Time())
	}
	d.day(15)
	continued, err = d.Forms.Save(ctx, d.As("vera"), went.ID, continued.Record, continued.Version, story(false))
	d.must(err)
	if n := len(d.tasks(d.As("ana"), "case.draft")); n != 0 {
		t.Fatalf("%d warnings after 20 days", n)
	}
	d.day(2)
	for c, want := range map[id.Case]int{left.ID: 1, went.ID: 0, held.ID: 0, unused.ID: 0, done.ID: 0, sent.ID: 0} {
		if n := d.about(casefile.Case{ID: c}, "case.draft"); n != want {
			t.Errorf("%d warnings, want %d, of %v", n, want, c)
		}
	}
	p, err := d.Retention.Preview(ctx, d.As("dora").Actor)
	d.must(err)
	if len(p.Ends) != 2 || len(p.Due) != 0 || p.Ends[0].Reference != string(left.Reference) || p.Ends[0].Over < abandoned.Ends {
		t.Errorf("the preview: %+v", p)
	}
	var content, keys, list bytes.Buffer
	_, err = d.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	d.must(err)
	d.day(6)
	d.there("a day before", left, abandoned)
	d.day(2)
	d.gone("after its period", left, abandoned)
	_, _, _, err = d.Referrals.Show(ctx, d.As("ana").Actor, referral.At{Referral: ref.ID})
	d.refused("the referral", err, fault.Hidden, "")
	if _, err = d.Cases.Show(ctx, d.As("ana"), left.ID); err != nil {
		t.Errorf("the rest of the case: %v", err)
	}
	if d.about(left, "case.draft") != 0 {
		t.Error("the desk is still warned of what has ended")
	}
	d.there("continued", went, continued)
	d.there("on hold", held, onHold)
	d.there("finished", done, kept)
	if c, err := d.space(unused, restricted.Record); err != nil || c.State != keyring.Open {
		t.Errorf("not to be used: %+v, %v", c, err)
	}
	st, _, _, err := d.Referrals.Show(ctx, d.As("ana").Actor, referral.At{Referral: away.ID})
	if err != nil || st.Status.Local() {
		t.Errorf("the one that was sent: %+v, %v", st, err)
	}
	p, err = d.Retention.Preview(ctx, d.As("dora").Actor)
	d.must(err)
	reasons := map[string]string{}
	for _, l := range p.Left {
		reasons[l.Reference] = l.Reason
	}
	if len(reasons) != 2 || reasons[string(held.Reference)] != retention.LeftHeld || reasons[string(unused.Reference)] != retention.LeftUnused {
		t.Errorf("what stays: %+v", p.Left)
	}
	entries := 0
	all, _, err := d.Audit.Entries(ctx, d.As("oto").Actor, 0, 1000)
	d.must(err)
	for _, e := range all {
		if e.Entry.Action == access.EraseRetention && e.Entry.Case == left.ID && e.Entry.Role == access.TheNode && e.Entry.Purpose == "draft" {
			entries++
		}
	}
	if entries != 2 {
		t.Errorf("%d entries say that a draft was erased", entries)
	}

	d.must(d.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	d.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	d.gone("after a restore", left, abandoned)
	_, _, _, err = d.Referrals.Show(ctx, d.As("ana").Actor, referral.At{Referral: ref.ID})
	d.refused("the referral after a restore", err, fault.Hidden, "")
	d.there("continued, after a restore", went, continued)
	d.day(40)
	if d.about(went, "case.draft") != 0 {
		t.Error("a restored node warns before anybody has looked at the holds")
	}
	d.there("before anybody has looked", went, continued)
	d.must(d.Retention.Settle(ctx, d.As("dora").Actor))
	d.day(1)
	if d.about(went, "case.draft") != 1 {
		t.Error("nobody is warned although the period is over")
	}
	d.day(6)
	d.there("six days after the warning", went, continued)
	d.day(2)
	d.gone("nine days after the warning", went, continued)
}

// TestADraftFromBeforeIsSorted: a draft of an older program lies under the key of the case. The desk is asked to open the case once; then the draft
// lies under a key of its own, says what it said, and ends when its time is over.
func TestADraftFromBeforeIsSorted(t *testing.T) {
	d := newDrafts(t, havePostgres())
	ctx := t.Context()
	c := d.open()
	var old id.Record
	d.must(store.Writer[casefile.Tx](d.DB)(ctx, audit.Did(d.As("ana").Actor, access.FillCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
		k, err := d.Keyring.OpenCaseIn(ctx, tx, d.As("ana"), c.ID)
		if err != nil {
			return err
		}
		body, err := frame.Encode(form.Filled{Form: form.FilledName, Case: c.ID, Began: d.Net.Now(), At: d.Net.Now(), By: d.As("ana").User, Desk: "focal-point", Filling: story(false)})
		if err != nil {
			return err
		}
		r, err := k.PutIn(ctx, tx, keyring.Record{Compartment: k.Home(), Kind: form.KindFilled, Body: body})
		old = r.ID
		return err
	}))
	type unsorting interface{ SetUnsorted(context.Context) error }
	d.must(store.Writer[unsorting](d.DB)(ctx, audit.Did(nodetest.Console("MK"), access.InitNode, "x"), func(tx unsorting) error {
		return tx.SetUnsorted(ctx) // as the migration does
	}))
	d.day(1)
	if d.about(c, "case.unsorted") != 1 {
		t.Fatal("nobody is asked to open the case")
	}
	before := d.Net.Now()
	if _, err := d.Cases.Show(ctx, d.As("ana"), c.ID); err != nil {
		t.Fatal(err)
	}
	if d.about(c, "case.unsorted") != 0 {
		t.Error("it is still asked for")
	}
	if s, err := d.space(c, old); err != nil || s.Class != "draft" || s.Saved < before || s.Saved > d.Net.Now() {
		t.Errorf("it lies in %+v, %v", s, err)
	}
	e := form.Entry{Record: old}
	d.there("sorted", c, e)
	d.day(23)
	d.day(8)
	d.gone("after its period", c, e)
}

// TestOnlyASpaceIsErasedAsOne: whoever writes into the database that the home of a case is a draft, or a part of it that lies under a consent, does not
// make the node destroy it for good.
func TestOnlyASpaceIsErasedAsOne(t *testing.T) {
	d := newDrafts(t, false)
	ctx := t.Context()
	c := d.open()
	_, err := d.Consents.Give(ctx, d.As("ana"), giving(c.ID, id.Address{Member: "MK", Desk: "shelter"}))
	d.must(err)
	for turn := range 2 {
		write := func(class string, saved frame.Time) {
			d.must(store.Writer[keyring.Tx](d.DB)(ctx, audit.Did(nodetest.Console("MK"), access.InitNode, "x").In(c.ID), func(tx keyring.Tx) error {
				all, err := tx.Compartments(ctx, c.ID)
				all = slices.DeleteFunc(all, func(x keyring.Compartment) bool { return x.Class == profile.ClassContact })
				if err != nil || len(all) != 2 {
					t.Fatalf("%d compartments, %v", len(all), err)
				}
				all[turn].Class, all[turn].Saved, all[turn].Warned = class, saved, 0
				return tx.SetSpace(ctx, all[turn])
			}))
		}
		write("draft", 1)
		if n, err := d.Retention.Sweep(ctx, 10); n != 1 || err != nil {
			t.Errorf("warned of %d, %v", n, err)
		}
		d.Net.Clock.Advance(8 * 24 * time.Hour)
		n, err := d.Retention.Sweep(ctx, 10)
		d.refused("a part of a case as a draft", err, fault.Internal, "")
		write("", 0)
		if _, err := d.Cases.Show(ctx, d.As("ana"), c.ID); n != 0 || err != nil {
			t.Errorf("%d erased: %v", n, err)
		}
	}
}
