package nodetest_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
)

// bench is three members with a desk of the prosecution each.
type bench struct {
	*nodetest.Net
	t *testing.T
}

func newBench(t *testing.T, members ...id.Member) bench {
	t.Helper()
	var all []nodetest.Member
	for i, m := range members {
		at := nodetest.At(m)
		if i == 1 && havePostgres() {
			at = at.OnPostgres()
		}
		all = append(all, at)
	}
	b := bench{nodetest.New(t, all...), t}
	for _, m := range members {
		x := b.Node(m)
		x.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		x.Join("prosecution", "pavle", access.PoliceLiaison, "petar")
		b.Clock.Advance(time.Second)
		x.PublishSheet()
	}
	b.Run()
	return b
}

func (b bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b bench) refused(what string, err error, key string) {
	b.t.Helper()
	if keyOf(err) != key {
		b.t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// asked begins a request and fills it in.
func (b bench) asked(from, to id.Member, kind, instrument string) cooperation.Row {
	b.t.Helper()
	ctx, x := b.t.Context(), b.Node(from)
	r, err := x.Cooperations.Begin(ctx, x.As("petar"), id.Address{Member: to, Desk: "prosecution"}, cooperation.Request{
		Kind: kind, Instrument: instrument, From: cooperation.Office{Name: "DEMO Office A"}, To: cooperation.Office{Name: "DEMO Office B"}, Language: "en", Answers: []string{"en"},
	})
	b.must(err)
	m := cooperation.DefaultMarks()
	r, err = x.Cooperations.Change(ctx, x.As("petar"), r.ID, r.Version, func(q *cooperation.Request) error {
		q.Subject, q.Purpose, q.Due = "subject Zlatko", "purpose Zlatko", "2026-12-24"
		q.Facts = []cooperation.Fact{{Marks: m, Ground: "fact", Text: "fact Zlatko"}}
		q.Offences = []cooperation.Offence{{Marks: m, Article: "article Zlatko", Acts: []string{"recruitment"}, Means: []string{}, Purposes: []string{"sexual-exploitation"}}}
		q.Persons = []cooperation.Person{{Marks: m, Category: "suspect", Ground: "opinion", Name: "Zlatko Izmislen"}}
		q.Measures = []cooperation.Measure{{Marks: m, Code: "hearing", Text: "measure Zlatko"}}
		return nil
	})
	b.must(err)
	return r
}

// open opens a request at one end, and finds it in a state.
func (b bench) open(at id.Member, thread id.Thread, want cooperation.State) cooperation.File {
	b.t.Helper()
	f, err := b.Node(at).Cooperations.Open(b.t.Context(), b.Node(at).As("petar"), thread)
	b.must(err)
	if f.State != want {
		b.t.Errorf("%s: the request is %s, want %s", at, f.State, want)
	}
	return f
}

func (b bench) take(at id.Member, thread id.Thread, in cooperation.Taking) {
	b.t.Helper()
	x := b.Node(at)
	r, err := x.Cooperations.Know(b.t.Context(), x.As("petar").Actor, thread)
	b.must(err)
	_, err = x.Cooperations.Take(b.t.Context(), x.As("petar"), thread, r.Version, in)
	b.must(err)
	b.Run()
}

// TestARequestOfProsecutors goes from one country to another and back: prepared, sent as a record, received, decided, executed, answered, and counted. A third
// country learns nothing, and nothing but the record has left.
func TestARequestOfProsecutors(t *testing.T) {
	b := newBench(t, "RO", "BG", "MD")
	ctx, ro, bg := t.Context(), b.Node("RO"), b.Node("BG")
	_, err := ro.Cooperations.Begin(ctx, ro.As("petar"), id.Address{Member: "MD", Desk: "prosecution"}, cooperation.Request{
		Kind: cooperation.EIO, Instrument: "eio.directive-2014-41", From: cooperation.Office{Name: "A"}, To: cooperation.Office{Name: "B"}, Language: "en", Answers: []string{"en"},
	})
	b.refused("an order to a country that it does not bind", err, "cooperation.field")

	r := b.asked("RO", "BG", cooperation.EIO, "eio.directive-2014-41")
	shipped, err := profile.Load()
	b.must(err)
	law := ro.Cooperations.Law
	ro.Cooperations.Law = func() profile.Set { return shipped }
	_, err = ro.Cooperations.Send(ctx, ro.As("petar"), r.ID, r.Version)
	b.refused("by a row that nobody has confirmed", err, "cooperation.instrument.unverified")
	ro.Cooperations.Law = law
	_, err = ro.Cooperations.Send(ctx, ro.As("pavle"), r.ID, r.Version)
	if !fault.Is(err, fault.Denied) {
		t.Errorf("the police sends: %v", err)
	}
	_, err = ro.Cooperations.Send(ctx, ro.As("petar"), r.ID, r.Version-1)
	b.refused("as it was before", err, "cooperation.stale")
	_, err = ro.Cooperations.Send(ctx, ro.As("petar"), r.ID, r.Version)
	b.must(err)
	b.Run()

	// What is there is the record, and the clock of receipt runs: a week.
	if due := tasks(t, bg, cooperation.TaskReceive); len(due) != 1 || due[0].Due == 0 || due[0].Due.Sub(due[0].Made) < 6*24*time.Hour || due[0].Due.Sub(due[0].Made) > 9*24*time.Hour {
		t.Errorf("BG is to confirm receipt: %+v", due)
	}
	f := b.open("BG", r.ID, cooperation.Sent)
	sent := b.open("RO", r.ID, cooperation.Sent)
	digest, err := sent.Request.Digest()
	b.must(err)
	rec := f.Record()
	if rec == nil || rec.Digest != digest || rec.Document != nil || len(rec.Facts) != 0 || rec.Due != "2026-12-24" || f.Instrument != "eio.directive-2014-41" {
		t.Fatalf("BG reads %+v", rec)
	}
	if len(f.Next) != 1 || f.Next[0] != cooperation.Receipt {
		t.Errorf("BG may %v", f.Next)
	}
	b.Run()
	if e := b.open("RO", r.ID, cooperation.Sent).Events[0]; e.Told == 0 {
		t.Error("RO does not know that it arrived")
	}
	_, err = ro.Cooperations.Change(ctx, ro.As("petar"), r.ID, sent.Version, func(*cooperation.Request) error { return nil })
	b.refused("changed after it was sent", err, "cooperation.sent")

	// The documents go by the official channel, which is recorded; the other side goes through its steps, each with its clock.
	b.take("RO", r.ID, cooperation.Taking{Step: cooperation.Dispatch, Note: cooperation.Note{Channel: "ejn", Reference: "RO 12/2026", Digest: digest}})
	_, err = bg.Cooperations.Take(ctx, bg.As("petar"), r.ID, f.Version, cooperation.Taking{Step: cooperation.Receipt})
	b.refused("as it was before the dispatch", err, "cooperation.stale")
	b.Clock.Advance(4 * 24 * time.Hour)
	b.take("BG", r.ID, cooperation.Taking{Step: cooperation.Receipt, Note: cooperation.Note{Reference: "BG 7"}})
	if due := tasks(t, bg, cooperation.TaskDecide); len(due) != 1 || due[0].Due == 0 || due[0].Due.Sub(due[0].Made) > 28*24*time.Hour {
		t.Errorf("BG is to decide within 30 days of the arrival: %+v", due)
	}
	x, err := bg.Cooperations.Know(ctx, bg.As("petar").Actor, r.ID)
	b.must(err)
	_, err = bg.Cooperations.Take(ctx, bg.As("petar"), r.ID, x.Version, cooperation.Taking{Step: cooperation.Answer, Note: cooperation.Note{Channel: "ejn"}})
	b.refused("answered before it was decided", err, "cooperation.step")
	b.take("BG", r.ID, cooperation.Taking{Step: cooperation.Decision, Code: "recognised", Note: cooperation.Note{Text: "by the court of Zlatko", Language: "bg"}})
	if due := tasks(t, bg, cooperation.TaskExecute); len(due) != 1 || due[0].Due.Sub(due[0].Made) < 89*24*time.Hour || due[0].Due.Sub(due[0].Made) > 92*24*time.Hour {
		t.Errorf("BG is to execute within 90 days: %+v", due)
	}
	b.Clock.Advance(6 * 24 * time.Hour)
	b.take("BG", r.ID, cooperation.Taking{Step: cooperation.Execution, Code: "done"})
	b.take("BG", r.ID, cooperation.Taking{Step: cooperation.Answer, Note: cooperation.Note{Channel: "ejn", Reference: "BG 8"}})
	for _, m := range []id.Member{"RO", "BG"} {
		f := b.open(m, r.ID, cooperation.Answered)
		var all []cooperation.Step
		for _, e := range f.Events {
			if all = append(all, e.Step); e.Mine && e.Told == 0 {
				t.Errorf("%s: %s has not arrived", m, e.Step)
			}
		}
		if want := []cooperation.Step{"request", "dispatch", "receipt", "decision", "execution", "answer"}; !slices.Equal(all, want) {
			t.Errorf("%s: %v", m, all)
		}
		if n := f.Events[3].Note; n == nil || n.Text != "by the court of Zlatko" {
			t.Errorf("%s: the decision says %+v", m, n)
		}
	}
	for _, m := range []id.Member{"RO", "BG"} {
		pairs, err := b.Node(m).Cooperations.Times(ctx, b.Node(m).As("petar").Actor)
		b.must(err)
		if len(pairs) != 1 || pairs[0].From != "RO" || pairs[0].To != "BG" || pairs[0].Receipt.Days != 4 || pairs[0].Answer.Days != 10 || pairs[0].Answer.Of != 1 {
			t.Errorf("%s: %+v", m, pairs)
		}
	}
	if all, _, err := b.Node("MD").Cooperations.List(ctx, b.Node("MD").As("petar").Actor, "", 9); err != nil || len(all) != 0 {
		t.Errorf("MD: %+v, %v", all, err)
	}
	b.walled(r.ID)

	// Of what is over each side destroys its own, and the days stay.
	f = b.open("RO", r.ID, cooperation.Answered)
	b.must(ro.Cooperations.Erase(ctx, ro.As("petar"), r.ID, f.Version))
	_, err = ro.Cooperations.Open(ctx, ro.As("petar"), r.ID)
	b.refused("what was destroyed", err, "cooperation.erased")
	b.open("BG", r.ID, cooperation.Answered)
	if pairs, err := ro.Cooperations.Times(ctx, ro.As("petar").Actor); err != nil || len(pairs) != 1 {
		t.Errorf("the days of what was destroyed: %+v, %v", pairs, err)
	}
}

// walled shows that nobody but the prosecution learns of a request: not who helps people, not a service, not the coordinator, and not who steals the database.
func (b bench) walled(thread id.Thread) {
	b.t.Helper()
	ctx := b.t.Context()
	for _, m := range []id.Member{"RO", "BG"} {
		x := b.Node(m)
		x.Join("focal-point", "svetla", access.ServiceProvider, "ana")
		x.User("cora", access.NationalCoordinator)
		for _, who := range []string{"ana", "svetla", "cora"} {
			_, there := x.Cooperations.Open(ctx, x.As(who), thread)
			_, gone := x.Cooperations.Open(ctx, x.As(who), id.Dated[id.Thread](x.IDs))
			if keyOf(there) != keyOf(gone) || !fault.Is(there, fault.Hidden) {
				b.t.Errorf("%s at %s: %v, and of what is not there %v", who, m, there, gone)
			}
			if _, _, err := x.Cooperations.List(ctx, x.As(who).Actor, "", 9); !fault.Is(err, fault.Denied) {
				b.t.Errorf("%s at %s lists requests: %v", who, m, err)
			}
		}
		if pairs, err := x.Cooperations.Times(ctx, x.As("cora").Actor); err != nil || len(pairs) != 0 {
			b.t.Errorf("the coordinator of %s sees the days of one request: %+v, %v", m, pairs, err)
		}
		if _, err := x.Cooperations.Times(ctx, x.As("ana").Actor); !fault.Is(err, fault.Denied) {
			b.t.Errorf("who helps at %s sees days: %v", m, err)
		}
		var content, keys bytes.Buffer
		b.must(x.DB.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		for _, stolen := range [][]byte{content.Bytes(), keys.Bytes(), []byte(x.Logs.String())} {
			if bytes.Contains(stolen, []byte("Zlatko")) {
				b.t.Errorf("the database or the log of %s says a name", m)
			}
		}
		if !bytes.Contains(content.Bytes(), []byte(thread)) {
			b.t.Errorf("the dump of %s does not hold the request at all", m)
		}
	}
}

// TestInformationTravelsOnlyWhereARowLetsItThrough: facts that nobody asked for go with the record by a row that says so at both ends.
func TestInformationTravelsOnlyWhereARowLetsItThrough(t *testing.T) {
	b := newBench(t, "MD", "MK")
	ctx, md, mk := t.Context(), b.Node("MD"), b.Node("MK")
	send := func() cooperation.Row {
		r := b.asked("MD", "MK", cooperation.Spontaneous, "spontaneous.untoc-18-4")
		_, err := md.Cooperations.Send(ctx, md.As("petar"), r.ID, r.Version)
		b.must(err)
		b.Run()
		return r
	}
	r := send()
	rec := b.open("MK", r.ID, cooperation.Sent).Record()
	if rec == nil || len(rec.Facts) != 1 || rec.Facts[0].Text != "fact Zlatko" || rec.Facts[0].Handling != "H2" {
		t.Fatalf("MK reads %+v", rec)
	}
	b.take("MK", r.ID, cooperation.Taking{Step: cooperation.Receipt})
	b.take("MK", r.ID, cooperation.Taking{Step: cooperation.Answer, Note: cooperation.Note{Text: "thank you", Language: "mk"}})
	b.open("MD", r.ID, cooperation.Answered)

	// At a node where nobody has confirmed the row, what carries more is refused by whoever opens it.
	shipped, err := profile.Load()
	b.must(err)
	r = send()
	confirmed := mk.Cooperations.Law
	mk.Cooperations.Law = func() profile.Set { return shipped }
	f := b.open("MK", r.ID, cooperation.Sent)
	if !f.Events[0].Spoiled || f.Record() != nil {
		t.Errorf("MK takes %+v", f.Events)
	}
	b.Run()
	if f := b.open("MD", r.ID, cooperation.Sent); f.Failed() == "" {
		t.Errorf("MD is not told: %+v", f.Events)
	}
	if len(tasks(t, md, cooperation.TaskFailed)) != 1 {
		t.Error("nobody at MD has to look at it")
	}

	// Once the row is confirmed there, it is sent again into its place, and read.
	mk.Cooperations.Law = confirmed
	b.must(md.Cooperations.Resend(ctx, md.As("petar"), r.ID))
	b.Run()
	if rec := b.open("MK", r.ID, cooperation.Sent).Record(); rec == nil || len(rec.Facts) != 1 {
		t.Errorf("sent again, MK reads %+v", rec)
	}
	b.Run()
	if f := b.open("MD", r.ID, cooperation.Sent); f.Failed() != "" || f.Events[0].Told == 0 {
		t.Errorf("MD does not know that it is there now: %s %+v", f.Failed(), f.Events)
	}
}

// TestNothingIsDestroyedBeforeItIsTold: who withdraws a request cannot destroy it while the other country still works on it and does not know.
func TestNothingIsDestroyedBeforeItIsTold(t *testing.T) {
	b := newBench(t, "MD", "MK")
	ctx, md := t.Context(), b.Node("MD")
	r := b.asked("MD", "MK", cooperation.MLA, "mla.coe-1959")
	r, err := md.Cooperations.Send(ctx, md.As("petar"), r.ID, r.Version)
	b.must(err)
	b.Run()
	b.CutAll(true)
	r, err = md.Cooperations.Know(ctx, md.As("petar").Actor, r.ID)
	b.must(err)
	r, err = md.Cooperations.Take(ctx, md.As("petar"), r.ID, r.Version, cooperation.Taking{Step: cooperation.Withdraw})
	b.must(err)
	b.Run()
	b.refused("what nobody there knows", md.Cooperations.Erase(ctx, md.As("petar"), r.ID, r.Version), "cooperation.untold")
	b.CutAll(false)
	b.Clock.Advance(time.Hour)
	b.Run()
	b.open("MK", r.ID, cooperation.Withdrawn)
	f := b.open("MD", r.ID, cooperation.Withdrawn)
	b.must(md.Cooperations.Erase(ctx, md.As("petar"), r.ID, f.Version))
}

// TestNothingOutOfAFileTravelsUnreleased: what stands in a request out of a file of assistance came by a release; one that keeps it here is refused, and once it is
// taken back the request is not sent.
func TestNothingOutOfAFileTravelsUnreleased(t *testing.T) {
	b := newBench(t, "MD", "MK")
	ctx, mk := t.Context(), b.Node("MK")
	mk.Join("focal-point", "vera", access.CaseManager, "ana")
	c, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{})
	b.must(err)
	release := func(handling string) casefile.Release {
		rel, err := mk.Cases.ByOrder(ctx, mk.As("ana"), casefile.Releasing{
			Case: c.ID, To: "prosecution", Order: "Basic Court Skopje, 11/2026, art. 287", Categories: []consent.Code{"identity.names"}, Category: "victim", Handling: handling,
			Items: []casefile.Item{{Kind: "fact", From: "the shelter", Text: "seen by the river"}},
		})
		b.must(err)
		_, err = mk.Cases.ApproveRelease(ctx, mk.As("vera"), rel.ID)
		b.must(err)
		return rel
	}
	r := b.asked("MK", "MD", cooperation.MLA, "mla.coe-1959")
	with := func(rel id.Record) error {
		m := cooperation.DefaultMarks()
		out, err := mk.Cooperations.Change(ctx, mk.As("petar"), r.ID, r.Version, func(q *cooperation.Request) error {
			q.Facts = append(q.Facts, cooperation.Fact{Marks: m, Ground: "fact", Text: "seen by the river", Release: rel})
			return nil
		})
		if err == nil {
			r = out
		}
		return err
	}
	b.refused("a release that is none", with("019cadc7-3e90-7ab1-a8df-9c589d3844e8"), "cooperation.release")
	b.refused("one that keeps it here", with(release("no-onward-without-consent").ID), "cooperation.release")
	given := release("evidence-allowed")
	b.must(with(given.ID))
	_, err = mk.Cases.WithdrawRelease(ctx, mk.As("ana").Actor, given.ID)
	b.must(err)
	if len(tasks(t, mk, cooperation.TaskRelease)) != 1 {
		t.Error("the prosecutor is not told that it was taken back")
	}
	_, err = mk.Cooperations.Send(ctx, mk.As("petar"), r.ID, r.Version)
	b.refused("with what was taken back", err, "cooperation.release")
	r, err = mk.Cooperations.Change(ctx, mk.As("petar"), r.ID, r.Version, func(q *cooperation.Request) error { q.Facts = q.Facts[:1]; return nil })
	b.must(err)
	_, err = mk.Cooperations.Send(ctx, mk.As("petar"), r.ID, r.Version)
	b.must(err)
}
