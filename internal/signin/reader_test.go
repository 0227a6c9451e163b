package signin_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

func reading() signin.Wanted {
	return signin.Wanted{Name: "DEMO registry", Desk: "shelter", Purposes: []signin.Purpose{signin.ReadCases}, Days: 30, Quota: 4}
}

// comes lets a program come in to open a file.
func (o *office) comes(token string) (keyring.Bearer, error) {
	return o.users.Enter(o.ctx, token, "192.0.2.7", signin.Way{Action: access.ReadCase, Reads: true})
}

// program reads the row of a service account, and stolenProgram writes it as whoever holds the database can.
func (o *office) program(p id.User) (row signin.Program) {
	o.t.Helper()
	o.must(store.Reader[signin.Tx](o.db)(o.ctx, func(tx signin.Tx) (err error) {
		row, err = tx.Program(o.ctx, p)
		return err
	}))
	return row
}

func (o *office) stolenProgram(p id.User, what func(p *signin.Program)) {
	o.t.Helper()
	o.must(store.Writer[signin.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "theft"), func(tx signin.Tx) error {
		row, err := tx.Program(o.ctx, p)
		if err != nil {
			return err
		}
		what(&row)
		if err := tx.SetProgram(o.ctx, row); err != nil {
			return err
		}
		return tx.SetReader(o.ctx, row.Grants)
	}))
}

func (o *office) wraps(at id.Desk, p id.User) int {
	o.t.Helper()
	n := 0
	public, err := seal.ParseKEMPublic(o.program(p).Grants.KEM)
	o.must(err)
	o.read(o.ctx, func(tx caseTx) error {
		all, err := tx.WrapsOf(o.ctx, at, public.ID())
		n = len(all)
		return err
	})
	return n
}

// both lets a program read: the data-protection officer, then the desk.
func (o *office) both(p signin.Program) signin.Program {
	o.t.Helper()
	for _, who := range []string{"olga", "ana"} {
		var err error
		p, err = o.users.ApproveReader(o.ctx, o.as(who), p.ID, o.program(p.ID).Version)
		o.must(err)
	}
	return p
}

// The life of a program that reads: an administrator proposes it, the data-protection officer grants, the desk grants and seals to it, and
// neither alone opens anything. It reads, by itself, what they said, so much a day, until the day they said.
func TestAReaderIsLetInByTwo(t *testing.T) {
	o := born(t)
	ana, olga, admin := o.as("ana"), o.as("olga"), o.as("admin")
	c, note := o.openCase(ana, "a note of the shelter")
	p, token, err := o.users.ProposeProgram(o.ctx, admin.Actor, reading())
	o.must(err)
	enter := func(key, what string) keyring.Bearer {
		t.Helper()
		by, err := o.comes(token)
		says(t, err, key, what)
		return by
	}
	approve := func(who keyring.Bearer) error {
		_, err := o.users.ApproveReader(o.ctx, who, p.ID, o.program(p.ID).Version)
		return err
	}
	enter("signin.program.unconfirmed", "before anybody has granted")
	_, err = o.users.ConfirmProgram(o.ctx, ana.Actor, p.ID, p.Version)
	says(t, err, "signin.program.not-now", "as if it only wrote")
	refused(t, approve(admin), fault.Denied, "the administrator who proposed it")
	refused(t, approve(o.as("erna")), fault.NotFound, "another desk")
	says(t, approve(ana), "signin.program.not-now", "the desk before the data-protection officer")
	o.must(approve(olga))
	says(t, approve(olga), "signin.program.not-now", "twice")
	enter("signin.program.unconfirmed", "by one of the two")
	if n := o.wraps("shelter", p.ID); n != 0 {
		t.Errorf("%d keys are sealed to it by the word of one", n)
	}
	o.must(approve(ana))
	by := enter("", "by both")
	if text, err := o.reads(by, c, note); err != nil || text != "a note of the shelter" {
		t.Errorf("it reads %q, %v", text, err)
	}
	on := func(d id.Desk, realm access.Realm) access.Resource {
		return access.Resource{Noun: "case", ID: "c", Realm: realm, Desk: d, Owner: "ana"}
	}
	for _, w := range []struct {
		action access.Action
		on     access.Resource
		ok     bool
	}{
		{access.ReadCase, on("shelter", access.Assistance), true},
		{access.ReadCase, on("clinic", access.Assistance), false},
		{access.ReadCase, on("shelter", access.Prosecution), false},
		{access.NoteCase, on("shelter", access.Assistance), false},
		{access.CloseCase, on("shelter", access.Assistance), false},
	} {
		if err := access.Check(by.Actor, w.action, w.on); (err == nil) != w.ok {
			t.Errorf("%s at %s of %s: %v", w.action, w.on.Desk, w.on.Realm, err)
		}
	}
	for _, w := range []signin.Way{
		{Action: access.ReadCase}, // a route that changes something
		{Action: access.ReadPerson, Reads: true},
		{Action: access.WriteIntake, Reads: true},
		{Action: access.SearchCase, Reads: true},
	} {
		_, err := o.users.Enter(o.ctx, token, "192.0.2.7", w)
		says(t, err, "signin.program.purpose", string(w.Action))
	}
	for range 3 { // the first was counted above
		enter("", "within its quota")
	}
	enter("signin.program.full", "the fifth of four a day")
	o.now = o.now.Add(24 * time.Hour)
	enter("", "the next day")

	// Both again before its end, and one alone does not do.
	o.now = o.now.Add(25 * 24 * time.Hour)
	ana, olga = o.as("ana"), o.as("olga")
	o.must(approve(olga))
	o.now = o.now.Add(5 * 24 * time.Hour)
	enter("signin.program.unconfirmed", "renewed by one")
	if n, err := o.users.LapseReaders(o.ctx); err != nil || n != 1 {
		t.Errorf("%d have lapsed, %v", n, err)
	}
	if n := o.wraps("shelter", p.ID); n != 0 {
		t.Errorf("%d keys are sealed to it after its day", n)
	}
	p = o.both(p)
	enter("", "renewed by both")

	// A new token is a new pair.
	p, second, err := o.users.RotateProgram(o.ctx, o.as("admin").Actor, p.ID, o.program(p.ID).Version)
	o.must(err)
	enter("signin.program.wrong", "the token before")
	token = second
	enter("signin.program.unconfirmed", "a new token that nobody has granted")
	p = o.both(p)
	enter("", "granted anew")
	want := []string{"token.approve-reader data-protection-officer done", "token.approve-reader case-manager done"}
	if log := o.logged(string(p.ID)); !slices.Equal(log[len(log)-2:], want) {
		t.Errorf("the log ends with %v", log)
	}
	if log := o.logged(string(p.ID)); !slices.Contains(log, "token.use service-account unavailable") {
		t.Errorf("that it reached its quota is not in the log: %v", log)
	}
}

// Whoever answers for the desk shuts a program out at once, and a desk carries on only what both still grant.
func TestAReaderIsShutOutAtOnce(t *testing.T) {
	o := born(t)
	for _, who := range []string{"olga", "admin", "ana"} {
		p, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, reading())
		o.must(err)
		p = o.both(p)
		o.must(o.keys.Rotate(o.ctx, o.as("ana"), "shelter"))
		if _, err := o.comes(token); err != nil {
			t.Fatalf("after the desk made new keys: %v", err)
		}
		key := o.program(p.ID).Grants.KEM
		generations := o.generations("shelter")
		_, err = o.users.RevokeProgram(o.ctx, o.as(who), p.ID, o.program(p.ID).Version)
		o.must(err)
		_, err = o.comes(token)
		says(t, err, "signin.program.wrong", who)
		row := o.program(p.ID)
		if len(row.Keys)+len(row.Locks)+len(row.Grants.KEM)+len(row.Grants.ByDesk)+len(row.Grants.ByOfficer) != 0 {
			t.Errorf("%s: its keys or grants rest on", who)
		}
		public, err := seal.ParseKEMPublic(key)
		o.must(err)
		o.must(o.read(o.ctx, func(tx caseTx) error {
			all, err := tx.WrapsOf(o.ctx, "shelter", public.ID())
			if len(all) != 0 {
				t.Errorf("%s: %d keys are sealed to it", who, len(all))
			}
			return err
		}))
		if fresh := o.generations("shelter") > generations; fresh != (who == "ana") {
			t.Errorf("%s: new keys of the desk: %v", who, fresh)
		}
	}
	for what, wrong := range map[string]func(*signin.Wanted){
		"writing too":        func(w *signin.Wanted) { w.Purposes = append(w.Purposes, signin.Import) },
		"an emergency desk":  func(w *signin.Wanted) { w.Desk = "emergency" },
		"more than a person": func(w *signin.Wanted) { w.Quota = 5001 },
	} {
		in := reading()
		wrong(&in)
		_, _, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, in)
		refused(t, err, fault.Invalid, what)
	}
	o.hire("petra")
	o.found("prosecutors", desk.Ordinary, "petra", access.Prosecutor)
	in := reading()
	in.Desk = "prosecutors"
	_, _, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, in)
	refused(t, err, fault.Invalid, "prosecutors")
}

func (o *office) generations(at id.Desk) (n int) {
	o.t.Helper()
	o.must(o.read(o.ctx, func(tx caseTx) error {
		all, err := tx.Generations(o.ctx, at)
		n = len(all)
		return err
	}))
	return n
}

// TestAThiefMakesNoReader: whoever writes to the database gets no key of a desk for a program of his own, however much of true grants he copies,
// not at once and not when the desk makes the next; nor does he widen what one may read, or for how long.
func TestAThiefMakesNoReader(t *testing.T) {
	o := born(t)
	ana := o.as("ana")
	c, note := o.openCase(ana, "a note of the shelter")
	true1, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, reading())
	o.must(err)
	o.both(true1)
	his, hisToken, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, reading()) // of which he has the token
	o.must(err)
	was, good := o.program(his.ID), o.program(true1.ID).Grants
	thief := seal.NewSign(nil)
	forged := func(text string, what func(r *keyring.Reading)) string {
		r, err := keyring.ParseReading([]byte(text))
		o.must(err)
		what(&r)
		r.Signer = thief.Public()
		msg, err := frame.Encode(r)
		o.must(err)
		out, err := frame.Encode(map[string]any{"reading": r, "signature": thief.Sign(seal.DomainReader, msg)})
		o.must(err)
		return string(out)
	}
	key, err := seal.ParseKEMPublic(was.Grants.KEM)
	o.must(err)
	mine := func(r *keyring.Reading) { r.User, r.Key = his.ID, key.ID() }
	for what, do := range map[string]func(p *signin.Program){
		"the state alone":       func(p *signin.Program) {},
		"the grants of another": func(p *signin.Program) { g := good; g.User, g.KEM = p.ID, p.Grants.KEM; p.Grants = g },
		"grants signed by himself": func(p *signin.Program) {
			p.Grants.ByDesk, p.Grants.DeskProof = forged(good.ByDesk, mine), good.DeskProof
			p.Grants.ByOfficer, p.Grants.OfficerMark = forged(good.ByOfficer, mine), good.OfficerMark
		},
		"the key of another row": func(p *signin.Program) { p.Grants.KEM = good.KEM },
	} {
		o.stolenProgram(his.ID, func(p *signin.Program) {
			do(p)
			p.State, p.Ends, p.Confirmer = signin.ProgramActive, frame.At(o.now.Add(time.Hour)), "ana"
		})
		if _, err := o.comes(hisToken); err == nil {
			t.Errorf("%s: he comes in", what)
		}
		o.must(o.keys.Rotate(o.ctx, ana, "shelter"))
		if what != "the key of another row" && o.wraps("shelter", his.ID) != 0 {
			t.Errorf("%s: the next key of the desk is sealed to him", what)
		}
		if _, err := o.comes(hisToken); err == nil {
			t.Errorf("%s: he comes in after the desk made new keys", what)
		}
		o.stolenProgram(his.ID, func(p *signin.Program) { v := p.Version; *p = was; p.Version = v })
	}
	if _, err := o.comes(token); err != nil {
		t.Errorf("the true one is shut out: %v", err)
	}

	// Who exchanges the grant of the officer only, before the desk says its word.
	o.stolenProgram(his.ID, func(p *signin.Program) {
		p.Grants.ByOfficer, p.Grants.OfficerMark = forged(good.ByOfficer, mine), good.OfficerMark
	})
	_, err = o.users.ApproveReader(o.ctx, ana, his.ID, o.program(his.ID).Version)
	says(t, err, "signin.program.not-now", "the desk after a grant that the officer never gave")
	o.stolenProgram(his.ID, func(p *signin.Program) { v := p.Version; *p = was; p.Version = v })

	// A true grant of the officer does not make one of the desk out of what he writes.
	_, err = o.users.ApproveReader(o.ctx, o.as("olga"), his.ID, o.program(his.ID).Version)
	o.must(err)
	o.stolenProgram(his.ID, func(p *signin.Program) {
		p.Grants.ByDesk, p.Grants.DeskProof = forged(good.ByDesk, mine), good.DeskProof
		p.State, p.Ends, p.Confirmer = signin.ProgramActive, frame.At(o.now.Add(time.Hour)), "ana"
	})
	o.must(o.keys.Rotate(o.ctx, ana, "shelter"))
	if o.wraps("shelter", his.ID) != 0 {
		t.Error("the next key of the desk is sealed to him by a grant that the desk never gave")
	}

	// What a true one may, changed in its row, is not what both have signed.
	o.stolenProgram(true1.ID, func(p *signin.Program) {
		p.Ends = frame.At(o.now.Add(1000 * 24 * time.Hour))
		p.Purposes = []signin.Purpose{signin.ReadCases, signin.ReadPersons}
	})
	_, err = o.users.Enter(o.ctx, token, "192.0.2.7", signin.Way{Action: access.ReadPerson, Reads: true})
	says(t, err, "signin.program.purpose", "a purpose that only the row has")
	o.now = o.now.Add(31 * 24 * time.Hour)
	_, err = o.comes(token)
	says(t, err, "signin.program.unconfirmed", "after the day that both have signed")
	o.now = o.now.Add(-31 * 24 * time.Hour)

	// The database opens nothing: the keys of a program rest under its token and the pepper.
	row := o.program(true1.ID)
	locks, err := seal.ParseLocks(row.Locks)
	o.must(err)
	raw := []byte(strings.Repeat("x", 32))
	if _, err := locks[0].OpenStrong(true1.ID, raw, seal.NewKey(nil)); err == nil {
		t.Error("a lock opens with any token")
	}
	if bytes.Contains(append(slices.Clone(row.Digest), row.Keys...), raw) {
		t.Error("the token rests in the row")
	}
	by, err := o.comes(token)
	o.must(err)
	if text, err := o.reads(by, c, note); err != nil || text == "" {
		t.Errorf("the true one reads %q, %v", text, err)
	}
	by.Wipe()
	if _, err := o.reads(by, c, note); !fault.Is(err, fault.Locked) {
		t.Errorf("after its request it reads on: %v", err)
	}
}
