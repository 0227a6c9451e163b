package signin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

func says(t *testing.T, err error, key, what string) {
	t.Helper()
	got := ""
	if err != nil {
		_, got, _ = fault.Public(err)
	}
	if got != key {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, key)
	}
}

func nightly() signin.Wanted {
	return signin.Wanted{Name: "nightly import", Desk: "shelter", Purposes: []signin.Purpose{signin.Import}, Days: 30}
}

// enter comes in as a program would that imports.
func (o *office) enter(token string) error {
	_, err := o.users.Enter(o.ctx, token, "192.0.2.7", signin.Way{Action: access.WriteIntake})
	return err
}

// logged returns action, role and outcome of the entries about an object.
func (o *office) logged(object string) []string {
	o.t.Helper()
	s := &audit.Service{Member: "MK", Write: store.Writer[audit.Reader](o.db), Read: store.Reader[audit.Reader](o.db), Now: func() time.Time { return o.now }}
	all, _, err := s.Entries(o.ctx, o.as("oto").Actor, 0, 0)
	o.must(err)
	var out []string
	for _, e := range all {
		if e.Entry.Object == object {
			out = append(out, strings.Join([]string{string(e.Entry.Action), string(e.Entry.Role), e.Entry.Outcome}, " "))
		}
	}
	return out
}

// The life of a service account: an administrator makes it, the desk lets it in, for a time, and anybody who answers for the desk ends it.
func TestAProgramComesInOnceItsDeskHasLetItIn(t *testing.T) {
	o := born(t)
	admin, ana, erna, olga := o.as("admin").Actor, o.as("ana").Actor, o.as("erna").Actor, o.as("olga").Actor
	_, _, err := o.users.ProposeProgram(o.ctx, ana, nightly())
	refused(t, err, fault.Denied, "a caseworker making one")
	p, token, err := o.users.ProposeProgram(o.ctx, admin, nightly())
	o.must(err)
	says(t, o.enter(token), "signin.program.unconfirmed", "before the desk has let it in")
	_, err = o.users.ConfirmProgram(o.ctx, admin, p.ID, p.Version)
	refused(t, err, fault.Denied, "the administrator letting in what she proposed")
	_, err = o.users.ConfirmProgram(o.ctx, erna, p.ID, p.Version)
	refused(t, err, fault.NotFound, "another desk")
	if all, err := o.users.Programs(o.ctx, erna); err != nil || len(all) != 0 {
		t.Errorf("another desk sees %v, %v", all, err)
	}
	p, err = o.users.ConfirmProgram(o.ctx, ana, p.ID, p.Version)
	o.must(err)
	_, err = o.users.ConfirmProgram(o.ctx, ana, p.ID, p.Version)
	says(t, err, "signin.program.not-now", "letting it in twice")
	by, err := o.users.Enter(o.ctx, token, "192.0.2.7", signin.Way{Action: access.WriteIntake})
	o.must(err)
	if by.Role != access.ServiceAccount || by.Desk != "shelter" || by.User != p.ID || !by.Locked() {
		t.Errorf("came in as %v", by)
	}
	p, err = o.users.Program(o.ctx, olga, p.ID)
	o.must(err)
	if p.UsedFrom != "192.0.2.0/24" || p.Used == 0 || p.Waits {
		t.Errorf("after its use: %+v", p)
	}

	o.now = o.now.Add(29*24*time.Hour + time.Hour)
	o.must(o.enter(token))
	if p, err = o.users.Program(o.ctx, olga, p.ID); err != nil || !p.Waits {
		t.Errorf("a day before its end nobody is asked: %+v, %v", p, err)
	}
	o.now = o.now.Add(24 * time.Hour)
	says(t, o.enter(token), "signin.program.over", "after its time")
	p, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	o.must(o.enter(token))

	p, second, err := o.users.RotateProgram(o.ctx, o.as("admin").Actor, p.ID, p.Version)
	o.must(err)
	says(t, o.enter(token), "signin.program.wrong", "the token before")
	o.must(o.enter(second))
	_, err = o.users.RevokeProgram(o.ctx, o.as("olga"), p.ID, p.Version-1)
	refused(t, err, fault.Stale, "at another version")
	p, err = o.users.RevokeProgram(o.ctx, o.as("olga"), p.ID, p.Version)
	o.must(err)
	says(t, o.enter(second), "signin.program.wrong", "after it was revoked")
	_, _, err = o.users.RotateProgram(o.ctx, o.as("admin").Actor, p.ID, p.Version)
	says(t, err, "signin.program.not-now", "a new token for one that was revoked")
	want := []string{
		"token.create administrator done", "token.use service-account locked", "token.confirm case-manager done", "token.use service-account locked",
		"token.confirm case-manager done", "token.rotate administrator done", "token.use node locked", "token.revoke data-protection-officer done",
	}
	if got := o.logged(string(p.ID)); !slices.Equal(got, want) {
		t.Errorf("the log says\n%s", strings.Join(got, "\n"))
	}
}

func TestAProgramDoesWhatItWasMadeForFromWhereItMay(t *testing.T) {
	o := born(t)
	in := nightly()
	in.Networks = []string{" 192.0.2.7 ", "2001:db8::/32", "192.0.2.7"}
	p, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, in)
	o.must(err)
	if want := []string{"192.0.2.7/32", "2001:db8::/32"}; !slices.Equal(p.Networks, want) {
		t.Errorf("networks %v", p.Networks)
	}
	_, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	for _, c := range []struct {
		from   string
		action access.Action
		key    string
	}{
		{"192.0.2.7", access.WriteIntake, ""},
		{"::ffff:192.0.2.7", access.WriteIntake, ""},
		{"2001:db8::5", access.WriteIntake, ""},
		{"192.0.2.8", access.WriteIntake, "signin.program.network"},
		{"nowhere", access.WriteIntake, "signin.program.network"},
		{"192.0.2.7", access.ListIntake, "signin.program.purpose"},
		{"192.0.2.7", access.ReadCase, "signin.program.purpose"},
		{"192.0.2.7", access.SearchCase, "signin.program.purpose"},
	} {
		_, err := o.users.Enter(o.ctx, token, c.from, signin.Way{Action: c.action})
		says(t, err, c.key, c.from+" "+string(c.action))
	}
	for field, wrong := range map[string]func(*signin.Wanted){
		"name":     func(w *signin.Wanted) { w.Name = "" },
		"purposes": func(w *signin.Wanted) { w.Purposes = []signin.Purpose{"read"} },
		"days":     func(w *signin.Wanted) { w.Days = 367 },
		"networks": func(w *signin.Wanted) { w.Networks = []string{"192.0.2.0/33"} },
	} {
		in := nightly()
		wrong(&in)
		_, _, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, in)
		if _, _, named := fault.Public(err); !fault.Is(err, fault.Invalid) || named["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Whoever tries tokens neither shuts out the program nor fills the log.
func TestWrongTokensShutNobodyOut(t *testing.T) {
	o := born(t)
	p, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, nightly())
	o.must(err)
	_, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	stranger := strings.Replace(token, string(p.ID), "00000000-0000-7000-8000-000000000000", 1)
	wrong := token[:len(token)-43] + strings.Repeat("A", 42) + "E"
	before := len(o.logged(string(p.ID)))
	for range 40 {
		says(t, o.enter(wrong), "signin.program.wrong", "a wrong token")
		says(t, o.enter(stranger), "signin.program.wrong", "a token of nobody")
	}
	o.must(o.enter(token))
	if n := len(o.logged(string(p.ID))) - before; n != 3 { // then waiting begins
		t.Errorf("%d of 40 wrong tokens are in the log", n)
	}
	for _, s := range []string{"opentrm-service.", token + "A", token[:len(token)-1], strings.TrimPrefix(token, "opentrm-service."), ""} {
		says(t, o.enter(s), "signin.program.wrong", "what is no token: "+s)
	}
}

// What rests in the database is of no use without node.secret: whoever writes to it cannot make a token of his own.
func TestATokenRestsAsAKeyedDigest(t *testing.T) {
	o := born(t)
	p, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, nightly())
	o.must(err)
	q, other, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, nightly())
	o.must(err)
	p, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	o.must(store.Writer[signin.Tx](o.db)(o.ctx, audit.Did(console, access.RotateToken, "theft"), func(tx signin.Tx) error {
		from, err := tx.Program(o.ctx, q.ID)
		if err != nil {
			return err
		}
		p.Digest = from.Digest
		return tx.SetProgram(o.ctx, p)
	}))
	says(t, o.enter(token), "signin.program.wrong", "a token whose digest was overwritten")
	says(t, o.enter(strings.Replace(other, string(q.ID), string(p.ID), 1)), "signin.program.wrong", "the token of another account")
}

// A restore begins another epoch of the log. What was revoked since the backup is back in the table, and stays shut until its desk has spoken.
func TestAfterARestoreTheDeskLetsProgramsInAnew(t *testing.T) {
	o := born(t)
	p, token, err := o.users.ProposeProgram(o.ctx, o.as("admin").Actor, nightly())
	o.must(err)
	p, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	o.must(o.enter(token))
	o.must(store.Writer[signin.Tx](o.db)(o.ctx, audit.Did(console, access.RestoreBackup, "restored"), func(tx signin.Tx) error {
		p.Epoch--
		return tx.SetProgram(o.ctx, p)
	}))
	says(t, o.enter(token), "signin.program.unconfirmed", "after a restore")
	p, err = o.users.Program(o.ctx, o.as("ana").Actor, p.ID)
	o.must(err)
	if !p.Waits {
		t.Error("nobody is asked after a restore")
	}
	_, err = o.users.ConfirmProgram(o.ctx, o.as("ana").Actor, p.ID, p.Version)
	o.must(err)
	o.must(o.enter(token))
}
