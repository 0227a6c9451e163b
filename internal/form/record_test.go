package form_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// shelter is a node on a real database with a few people.
type shelter struct {
	t      *testing.T
	ctx    context.Context
	now    time.Time
	db     *store.DB
	keys   *keyring.Service
	cases  *casefile.Service
	forms  *form.Service
	people map[string]keyring.Bearer
	public map[id.User][]byte
}

// accounts gives the public keys of the people of the test, who have no accounts.
type accounts struct {
	keyring.Tx
	public map[id.User][]byte
}

func (a accounts) UserKEM(_ context.Context, u id.User) ([]byte, error) { return a.public[u], nil }

// born makes a node that knows two editions of the questions of its member.
func born(t *testing.T) *shelter {
	t.Helper()
	o := &shelter{
		t: t, ctx: t.Context(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		people: map[string]keyring.Bearer{}, public: map[id.User][]byte{},
	}
	now := func() time.Time { return o.now }
	o.db = storetest.New(t, now)
	ids := id.Maker{Now: now}
	write := store.Writer[keyring.Tx](o.db)
	o.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: func(ctx context.Context, e audit.Entry, fn func(keyring.Tx) error) error {
			return write(ctx, e, func(tx keyring.Tx) error { return fn(accounts{tx, o.public}) })
		},
		Read: store.Reader[keyring.Tx](o.db), Now: now, IDs: ids, Node: "MK",
	}
	o.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](o.db), Read: store.Reader[casefile.Tx](o.db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Persons: &person.Service{Write: store.Writer[person.Tx](o.db), Read: store.Reader[person.Tx](o.db), Now: now, IDs: ids, Keys: o.keys},
	}
	s, c := loaded(t)
	s, err := s.Add(c, national(t))
	o.must(err)
	newer := national(t)
	newer.Version = 2
	newer.Forms[0].Sections[0].Questions = newer.Forms[0].Sections[0].Questions[:1] // the office is asked no more
	s, err = s.Add(c, newer)
	o.must(err)
	o.forms = &form.Service{Cases: o.cases, Forms: s}
	var officers []id.User
	for _, name := range []string{"olga", "oto", "ora"} {
		officers = append(officers, o.hire(name, access.DataProtectionOfficer, "").User)
	}
	o.must(o.keys.Enrol(o.ctx, access.Console("MK"), officers))
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.found("hold", desk.LegalHold, "hana", access.CaseManager)
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	o.found("prosecution", desk.Ordinary, "petar", access.Prosecutor)
	o.join("sonja", access.ServiceProvider)
	return o
}

func (o *shelter) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *shelter) hire(name string, role access.Role, at id.Desk) keyring.Bearer {
	k := &seal.UserKeys{KEM: seal.NewKEM(nil), Sign: seal.NewSign(nil)}
	by := keyring.NewBearer(access.Actor{User: id.User(name), Role: role, Desk: at, Realm: access.RealmOf(role), Member: "MK"}, k)
	o.people[name], o.public[id.User(name)] = by, k.KEM.Public().Bytes()
	return by
}

func (o *shelter) found(at id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.hire(first, role, at)
	o.must(o.keys.Found(o.ctx, access.Console("MK"), keyring.Founding{
		Desk: desk.Desk{
			ID: at, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: id.User(first), Role: role,
	}))
}

func (o *shelter) open() casefile.Case {
	o.t.Helper()
	c, err := o.cases.Open(o.ctx, o.people["ana"], casefile.Opening{AgeClass: person.Adult})
	o.must(err)
	return c
}

// refused fails the test unless err is that failure.
func (o *shelter) refused(err error, kind fault.Kind, key string) {
	o.t.Helper()
	var e *fault.Error
	if !fault.Is(err, kind) || key != "" && (!errors.As(err, &e) || e.Key != key) {
		o.t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

// join lets somebody into the shelter: proposed by a colleague, granted by ana.
func (o *shelter) join(name string, role access.Role) {
	o.t.Helper()
	b := o.hire(name, role, "shelter")
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console("MK"), access.ProposeMemberDesk, "shelter"), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{Desk: "shelter", User: id.User(name), Role: role, State: desk.Proposed, ProposedBy: "admin"})
	}))
	o.must(o.keys.Grant(o.ctx, o.people["ana"], "shelter", id.User(name), b.Key()))
}

func filling(r form.Record, finished bool) form.Filling {
	return form.Filling{Schema: form.FillingName, Record: r, Language: "sq", Interpreter: true, Finished: finished}
}

func (o *shelter) read(who string, c id.Case, r id.Record) form.Opened {
	o.t.Helper()
	x, err := o.forms.Read(o.ctx, o.people[who], c, r)
	o.must(err)
	return x
}

// TestAFilledFormIsKeptInTheCase: by whom, when, in which language, by which version; both writing and reading stand in the log.
func TestAFilledFormIsKeptInTheCase(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(first(), true))
	o.must(err)
	x := o.read("ana", c.ID, e.Record)
	want := form.Entry{
		Record: e.Record, Version: 1, Form: "F1", FormVersion: 1, Finished: true, Language: "sq", Interpreter: true,
		Began: frame.At(o.now), At: frame.At(o.now), By: "ana", Desk: "shelter", Asked: 31, Answered: 4,
	}
	if d := cmp.Diff(want, x.Entry); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(first().Answers, x.Answers); d != "" || x.Withheld {
		t.Errorf("withheld %v %s", x.Withheld, d)
	}
	for _, who := range []string{"boris", "petar", "erna"} {
		_, err := o.forms.Fill(o.ctx, o.people[who], c.ID, filling(first(), true))
		o.refused(err, fault.Hidden, "")
		_, _, err = o.forms.List(o.ctx, o.people[who], c.ID)
		o.refused(err, fault.Hidden, "")
		_, err = o.forms.Read(o.ctx, o.people[who], c.ID, e.Record)
		o.refused(err, fault.Hidden, "")
	}
	_, err = o.forms.Read(o.ctx, ana, c.ID, "no-such-record")
	o.refused(err, fault.NotFound, "form.record.missing")
	s := &audit.Service{Write: store.Writer[audit.Reader](o.db), Now: func() time.Time { return o.now }}
	lines, _, err := s.Entries(o.ctx, access.Actor{User: "aleks", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	o.must(err)
	did := map[access.Action]int{}
	for _, l := range lines {
		if l.Entry.Case == c.ID {
			did[l.Entry.Action]++
		}
	}
	if did[access.FillCase] != 1 || did[access.ReadCase] != 1 {
		t.Errorf("the log has %v", did)
	}
}

// TestADraftWaitsAndIsFinished: it may be incomplete, two who save it notice each other, and once finished it stays.
func TestADraftWaitsAndIsFinished(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	half := first()
	delete(half.Answers, "safe-now")
	_, err := o.forms.Fill(o.ctx, ana, c.ID, filling(half, true))
	o.refused(err, fault.Invalid, "form.answer.required")
	e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(half, false))
	o.must(err)
	broken := first()
	broken.Answers["safe-now"] = say(`"perhaps"`)
	_, err = o.forms.Save(o.ctx, ana, c.ID, e.Record, e.Version, filling(broken, false))
	o.refused(err, fault.Invalid, "form.answer")
	broken = first()
	broken.Answers["citizenship"] = say(`"QQ"`) // of two capitals, and no country's
	_, err = o.forms.Save(o.ctx, ana, c.ID, e.Record, e.Version, filling(broken, false))
	o.refused(err, fault.Invalid, "form.answer")
	if d := cmp.Diff(half.Answers, o.read("ana", c.ID, e.Record).Answers); d != "" {
		t.Errorf("after a refusal: %s", d)
	}
	began := o.now
	o.now = o.now.Add(time.Hour)
	whole := first()
	second, err := o.forms.Save(o.ctx, ana, c.ID, e.Record, e.Version, filling(whole, false))
	o.must(err)
	_, err = o.forms.Save(o.ctx, ana, c.ID, e.Record, e.Version, filling(whole, true))
	o.refused(err, fault.Stale, "form.record.stale")
	other := filling(form.Record{Form: "F8", Version: 1, Answers: map[string]form.Answer{}}, false)
	_, err = o.forms.Save(o.ctx, ana, c.ID, e.Record, second.Version, other)
	o.refused(err, fault.Invalid, "form.field")
	done, err := o.forms.Save(o.ctx, ana, c.ID, e.Record, second.Version, filling(whole, true))
	o.must(err)
	if done.Began != frame.At(began) || done.At != frame.At(o.now) || !done.Finished || done.Record != e.Record {
		t.Errorf("finished as %+v", done)
	}
	_, err = o.forms.Save(o.ctx, ana, c.ID, e.Record, done.Version, filling(half, false))
	o.refused(err, fault.Conflict, "form.record.finished")
	if d := cmp.Diff(whole.Answers, o.read("ana", c.ID, e.Record).Answers); d != "" {
		t.Errorf("a finished record changed: %s", d)
	}
}

// TestACorrectionIsANewRecord: it names what it corrects and why; both are read, the newest first; a chain has one end.
func TestACorrectionIsANewRecord(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	wrong, err := o.forms.Fill(o.ctx, ana, c.ID, filling(first(), true))
	o.must(err)
	right := first()
	right.Answers["safe-now"] = say(`"yes"`)
	_, err = o.forms.Correct(o.ctx, ana, c.ID, wrong.Record, "no-reason", filling(right, true))
	o.refused(err, fault.Invalid, "form.field")
	other := filling(right, true)
	other.Form = "F2"
	_, err = o.forms.Correct(o.ctx, ana, c.ID, wrong.Record, form.Misheard, other)
	o.refused(err, fault.Invalid, "form.field")
	_, err = o.forms.Correct(o.ctx, ana, c.ID, "no-such-record", form.Misheard, filling(right, true))
	o.refused(err, fault.NotFound, "")
	o.now = o.now.Add(time.Minute)
	draft, err := o.forms.Correct(o.ctx, ana, c.ID, wrong.Record, form.Misheard, filling(right, false))
	o.must(err)
	if by := o.read("ana", c.ID, wrong.Record).CorrectedBy; by != "" {
		t.Errorf("a draft already corrects: %s", by)
	}
	_, err = o.forms.Correct(o.ctx, ana, c.ID, draft.Record, form.Mistyped, filling(right, true))
	o.refused(err, fault.Conflict, "form.record.draft")
	done, err := o.forms.Save(o.ctx, ana, c.ID, draft.Record, draft.Version, filling(right, true))
	o.must(err)
	_, err = o.forms.Correct(o.ctx, ana, c.ID, wrong.Record, form.Mistyped, filling(right, true))
	o.refused(err, fault.Conflict, "form.record.corrected")
	all, shut, err := o.forms.List(o.ctx, ana, c.ID)
	o.must(err)
	if len(all) != 2 || shut != 0 || all[0].Record != done.Record || all[0].Corrects != wrong.Record || all[0].Reason != form.Misheard ||
		all[1].Record != wrong.Record || all[1].CorrectedBy != done.Record {
		t.Errorf("listed as %+v", all)
	}
	if d := cmp.Diff(first().Answers, o.read("ana", c.ID, wrong.Record).Answers); d != "" {
		t.Errorf("the corrected record changed: %s", d)
	}
}

// TestARecordIsReadByItsOwnVersion: a newer edition of national questions changes nothing of what was taken.
func TestARecordIsReadByItsOwnVersion(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	r := first()
	r.Additions = form.Edition{Member: "MK", Version: 1}
	r.Answers["mk.region"], r.Answers["mk.office"] = say(`"polog"`), say(`"Tetovo"`)
	e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(r, true))
	o.must(err)
	newer := r
	newer.Additions.Version = 2
	_, err = o.forms.Fill(o.ctx, ana, c.ID, filling(newer, true))
	o.refused(err, fault.Invalid, "form.answer") // the office is asked no more
	x := o.read("ana", c.ID, e.Record)
	want, err := o.forms.Forms.Form("F1", 1, r.Additions)
	o.must(err)
	if d := cmp.Diff(want, x.Definition); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(r.Answers, x.Answers); d != "" || x.Additions != r.Additions {
		t.Errorf("%+v %s", x.Additions, d)
	}
	bare, _ := loaded(t)
	without := &form.Service{Cases: o.cases, Forms: bare}
	_, err = without.Read(o.ctx, ana, c.ID, e.Record)
	o.refused(err, fault.Conflict, "form.record.edition")
	if all, _, err := without.List(o.ctx, ana, c.ID); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
}

// TestWhoDoesNotSeeAQuestionReadsNoAnswer: she is told that there is something, and cannot change it.
func TestWhoDoesNotSeeAQuestionReadsNoAnswer(t *testing.T) {
	o := born(t)
	c, ana, sonja := o.open(), o.people["ana"], o.people["sonja"]
	r := form.Record{Form: "F6", Version: 1, Answers: map[string]form.Answer{"asylum": say(`"yes"`), "fit": say(`"no"`)}}
	e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(r, false))
	o.must(err)
	x := o.read("sonja", c.ID, e.Record)
	if got := slices.Collect(maps.Keys(x.Answers)); !slices.Equal(got, []string{"fit"}) || !x.Withheld {
		t.Fatalf("she reads %v, withheld %v", got, x.Withheld)
	}
	asked := r
	_, err = o.forms.Save(o.ctx, sonja, c.ID, e.Record, e.Version, filling(asked, false))
	o.refused(err, fault.Denied, "form.answer.unseen")
	hers := form.Record{Form: "F6", Version: 1, Answers: map[string]form.Answer{"fit": say(`"yes"`)}}
	_, err = o.forms.Save(o.ctx, sonja, c.ID, e.Record, e.Version, filling(hers, true))
	o.refused(err, fault.Invalid, "form.answer.required") // the age, which she sees
	hers.Answers["age"] = say(`"adult"`)
	_, err = o.forms.Save(o.ctx, sonja, c.ID, e.Record, e.Version, filling(hers, true))
	o.refused(err, fault.Conflict, "form.record.unseen") // others that are required
	_, err = o.forms.Save(o.ctx, sonja, c.ID, e.Record, e.Version, filling(hers, false))
	o.must(err)
	want := map[string]form.Answer{"asylum": say(`"yes"`), "fit": say(`"yes"`), "age": say(`"adult"`)}
	if d := cmp.Diff(want, o.read("ana", c.ID, e.Record).Answers); d != "" {
		t.Error(d)
	}
}

// TestStolenDatabaseHoldsNoAnswer: neither answers nor form stand in a row in clear, and erasing the case ends them.
func TestStolenDatabaseHoldsNoAnswer(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	r := first()
	r.Answers["narrative"] = say(`"PLANTED-ANSWER"`)
	e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(r, true))
	o.must(err)
	var content, keys bytes.Buffer
	o.must(o.db.Dump(o.ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	for name, dump := range map[string][]byte{"content": content.Bytes(), "keys": keys.Bytes()} {
		for _, word := range []string{"PLANTED", "safe-now", form.FilledName, `"F1"`} {
			if bytes.Contains(dump, []byte(word)) {
				t.Errorf("%s says %s", name, word)
			}
		}
	}
	if !bytes.Contains(content.Bytes(), []byte(e.Record)) {
		t.Error("the dump has not the record: nothing was tried")
	}
	_, err = o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "erase"})
	o.must(err)
	_, err = o.forms.Fill(o.ctx, ana, c.ID, filling(r, true))
	o.refused(err, fault.Conflict, "")
	o.must(o.cases.Erase(o.ctx, ana.Actor, c.ID))
	_, _, err = o.forms.List(o.ctx, ana, c.ID)
	o.refused(err, fault.NotFound, "")
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
		_, err := tx.Row(o.ctx, e.Record)
		o.refused(err, fault.NotFound, "")
		return nil
	}))
}

// FuzzParseFilling holds that what is taken is written again as it was read, and judged without harm.
func FuzzParseFilling(f *testing.F) {
	s, _ := loaded(f)
	for _, x := range []form.Filling{filling(first(), true), filling(form.Record{Form: "F6", Version: 1, Answers: map[string]form.Answer{}}, false)} {
		b, err := frame.Encode(x)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add([]byte(strings.Replace(string(b), `"version":1`, `"version":1,"more":2`, 1)))
		f.Add([]byte(strings.Replace(string(b), `"answers":{`, `"answers":{"x":{"state":"given","value":[{}]},`, 1)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := form.ParseFilling(raw)
		if err != nil {
			return
		}
		b, err := frame.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		again, err := form.ParseFilling(b)
		if err != nil || again.Form != x.Form || len(again.Answers) != len(x.Answers) {
			t.Fatalf("%s: %v", b, err)
		}
		if problems, err := s.Problems(x.Record, x.Finished); err == nil && (len(problems) == 0) != (s.Check(x.Record) == nil) && x.Finished {
			t.Fatalf("%s: %v", b, problems)
		}
		if _, err := json.Marshal(x); err != nil {
			t.Fatal(err)
		}
	})
}

// TestEveryShippedFormCanBeFinished: by a case manager alone, and with "not sure" wherever an answer may not stay empty.
func TestEveryShippedFormCanBeFinished(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	for _, f := range o.forms.Forms.Newest() {
		r := form.Record{Form: f.ID, Version: f.Version, Answers: map[string]form.Answer{}}
		for range 5 { // an answer may call for another
			problems, err := o.forms.Forms.Problems(r, true)
			o.must(err)
			for _, p := range problems {
				r.Answers[p.Question] = person.Without[json.RawMessage](person.Unknown)
			}
		}
		e, err := o.forms.Fill(o.ctx, ana, c.ID, filling(r, true))
		if f.Record != "" { // another record keeps it
			o.refused(err, fault.Invalid, "form.elsewhere")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		if x := o.read("ana", c.ID, e.Record); x.Form != f.ID || len(x.Answers) != len(r.Answers) || x.Withheld {
			t.Errorf("%s: read as %+v", f.ID, x.Entry)
		}
	}
}
