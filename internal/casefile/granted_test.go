package casefile_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
)

// member reads the row of a membership, and write writes one as whoever holds the database can.
func (o *town) member(at id.Desk, user id.User) (m desk.Membership) {
	o.t.Helper()
	o.must(store.Reader[desk.Tx](o.db)(o.ctx, func(tx desk.Tx) error {
		all, err := tx.Members(o.ctx, at)
		for _, x := range all {
			if x.User == user {
				m = x
			}
		}
		return err
	}))
	return m
}

func (o *town) write(m desk.Membership) {
	o.t.Helper()
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "x"), func(tx desk.Tx) error { return tx.SetMembership(o.ctx, m) }))
}

// newest returns the newest generation of a desk's wrap key, and the newest that is sealed to a user.
func (o *town) newest(at id.Desk, user string) (whole, hers int64) {
	o.t.Helper()
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
		all, err := tx.Generations(o.ctx, at)
		o.must(err)
		wraps, err := tx.WrapsOf(o.ctx, at, o.people[user].Key())
		if len(wraps) > 0 {
			hers = wraps[0].Generation
		}
		whole = all[0].Generation
		return err
	}))
	return whole, hers
}

// TestAThiefGetsNoWrapKey: a membership that only the database knows, however much of a true one it copies, gets no wrap key when
// the desk makes the next; who was granted keeps the desk.
func TestAThiefGetsNoWrapKey(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	o.hire("tara", access.CaseManager, "shelter", access.Assistance) // who has an account here, and access to the database
	o.hire("nela", access.CaseManager, "shelter", access.Assistance)
	var doubted []id.User
	o.keys.Doubt = func(_ context.Context, _ id.Desk, user id.User) { doubted = append(doubted, user) }
	rotate := func() {
		t.Helper()
		o.now = o.now.Add(time.Minute)
		o.must(o.keys.Rotate(o.ctx, ana, "shelter"))
	}
	has := func(who string, want bool) {
		t.Helper()
		if whole, hers := o.newest("shelter", who); (hers == whole) != want {
			t.Errorf("%s has generation %d of %d", who, hers, whole)
		}
	}
	mira := o.member("shelter", "mira")
	if g, err := keyring.ParseGrant([]byte(mira.Record)); err != nil || g.User != "mira" || g.Desk != "shelter" || g.Key != o.people["mira"].Key() || g.By != "ana" {
		t.Errorf("what ana signed is %+v, %v", g, err)
	}

	// A row of a thief's own, bare and with what he can copy.
	as := func(from desk.Membership) desk.Membership {
		from.Desk, from.User = "shelter", "tara"
		return from
	}
	bare := mira
	bare.Record, bare.Proof = "", ""
	clinic := o.member("clinic", "boris")
	for name, row := range map[string]desk.Membership{"bare": as(bare), "of another user": as(mira), "of another desk": as(clinic)} {
		doubted = nil
		o.write(row)
		rotate()
		has("tara", false)
		if len(doubted) != 1 || doubted[0] != "tara" || o.member("shelter", "tara").State != desk.Left {
			t.Errorf("%s: in doubt is %v", name, doubted)
		}
	}
	has("mira", true)
	has("ana", true)

	// A grant of somebody who has left, put back.
	o.join("nela", access.CaseManager, "shelter", "ana")
	rotate()
	has("nela", true)
	before := o.member("shelter", "nela")
	o.must(o.keys.Remove(o.ctx, ana, "shelter", "nela"))
	o.write(before)
	rotate()
	has("nela", false)

	// Her key exchanged for his, and a role that nobody granted.
	hers := o.public["mira"]
	o.public["mira"] = o.public["tara"]
	rotate()
	has("tara", false)
	has("mira", false)
	o.public["mira"] = hers
	again := func(user id.User, by string) {
		t.Helper()
		o.write(desk.Membership{Desk: "shelter", User: user, Role: access.CaseManager, State: desk.Proposed, ProposedBy: "admin"})
		o.must(o.keys.Grant(o.ctx, o.people[by], "shelter", user, o.people[string(user)].Key()))
		has(string(user), true)
	}
	again("mira", "ana")
	rotate()
	has("mira", true)
	up := o.member("shelter", "mira")
	up.Role = access.FocalPoint
	o.write(up)
	rotate()
	has("mira", false)

	// Whose own row was emptied makes the next key, because she has this one, and is granted again by a colleague.
	again("mira", "ana")
	mine := o.member("shelter", "ana")
	mine.Record, mine.Proof = "", ""
	o.write(mine)
	rotate()
	has("ana", true)
	has("mira", true)
	o.must(o.keys.Rotate(o.ctx, o.people["mira"], "shelter"))
	has("ana", false)
	again("ana", "mira")

	// What he wrote beside the name of her who makes the next key is not proven by it.
	his := o.member("shelter", "ana")
	his.Record, his.Proof = strings.ReplaceAll(his.Record, string(ana.Key()), string(o.people["tara"].Key())), "AAAA"
	o.write(his)
	rotate()
	if at := o.member("shelter", "ana"); at.Record != "" || at.Proof != "" {
		t.Errorf("proven is %+v", at)
	}
	o.must(o.keys.Rotate(o.ctx, o.people["mira"], "shelter"))
	has("ana", false)
	again("ana", "mira")

	// Nobody leaves a desk to those whom nobody granted.
	m := o.member("shelter", "mira")
	m.Proof = ""
	o.write(m)
	o.refused(o.keys.Remove(o.ctx, ana, "shelter", "ana"), fault.Conflict, "keyring.grant.none")
}
