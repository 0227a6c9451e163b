package signin_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
)

// app is what shows codes on her telephone.
type app struct{ secret string }

func (a app) at(now time.Time) string {
	raw, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(a.secret)
	m := hmac.New(sha1.New, raw)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(now.Unix()/30)))
	h := m.Sum(nil)
	at := h[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(h[at:])&0x7fffffff%1000000)
}

// sharing gives somebody a second step.
func (o *office) sharing(login string, who access.Actor) (app, []string) {
	o.t.Helper()
	ticket, err := o.users.Prove(o.ctx, who, passphrase, here)
	o.must(err)
	a := app{o.users.ShareSecond(signin.User{Login: login}).Secret}
	codes, err := o.users.AddSecond(o.ctx, who, ticket, a.secret, a.at(o.now))
	o.must(err)
	return a, codes
}

func key(err error) string {
	if err == nil {
		return ""
	}
	_, k, _ := fault.Public(err)
	return k
}

func TestACodeIsTheSecondStep(t *testing.T) {
	o := born(t)
	ana := o.as("ana").Actor
	a, codes := o.sharing("ana", ana)
	if len(codes) != 8 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	come := func(code string) (signin.SignedIn, error) {
		return o.users.Come(o.ctx, signin.Entry{Login: "ana", Passphrase: passphrase, Code: code, Bound: "browser", Address: here})
	}
	is := func(err error, want, what string) {
		t.Helper()
		if key(err) != want {
			t.Errorf("%s: %q, want %q", what, key(err), want)
		}
	}
	in, err := come("")
	is(err, "signin.code", "the passphrase alone")
	if in.Secret != "" || in.Ticket == "" {
		t.Fatalf("the passphrase alone gives %+v", in)
	}
	_, err = o.users.SignIn(o.ctx, "ana", passphrase, here)
	is(err, "signin.code", "the passphrase alone, elsewhere")
	_, err = come(a.at(o.now))
	is(err, "signin.code.wrong", "the code with which it was set up")
	o.now = o.now.Add(30 * time.Second)
	now := a.at(o.now)
	_, err = o.users.ComeOn(o.ctx, in.Ticket, signin.Entry{Code: now, Bound: "another browser", Address: here})
	is(err, "signin.passkey.late", "the ticket of another browser")
	got, err := o.users.ComeOn(o.ctx, in.Ticket, signin.Entry{Code: now, Bound: "browser", Address: here})
	is(err, "", "the right code")
	if by, _, err := o.users.Resume(o.ctx, got.Secret); err != nil || by.Locked() {
		t.Errorf("signed in with two steps, and %v", err)
	}
	_, err = o.users.ComeOn(o.ctx, in.Ticket, signin.Entry{Code: now, Bound: "browser", Address: here})
	is(err, "signin.code.wrong", "the same code again")
	for drift, want := range map[time.Duration]string{-60 * time.Second: "signin.code.wrong", 60 * time.Second: "signin.code.wrong", -30 * time.Second: "", 30 * time.Second: ""} {
		o.now = o.now.Add(time.Hour)
		_, err = come(a.at(o.now.Add(drift)))
		is(err, want, "a clock that is off by "+drift.String())
	}
	o.now = o.now.Add(time.Hour)
	_, err = come(strings.ToLower(codes[3]))
	is(err, "", "a recovery code")
	_, err = come(codes[3])
	is(err, "signin.code.wrong", "a recovery code again")
	in, err = come("")
	is(err, "signin.code", "the passphrase alone")
	o.now = o.now.Add(signin.StepLimit)
	_, err = o.users.ComeOn(o.ctx, in.Ticket, signin.Entry{Code: a.at(o.now), Bound: "browser", Address: here})
	is(err, "signin.passkey.late", "a ticket after five minutes")
	// Taken away with a code, and not by whoever finds the session open.
	is(o.users.RemoveSecond(o.ctx, ana, passphrase, "000000", here), "signin.code.wrong", "taking it away without a code")
	is(o.users.RemoveSecond(o.ctx, ana, "not her passphrase!", a.at(o.now), here), "signin.wrong", "taking it away without the passphrase")
	o.must(o.users.RemoveSecond(o.ctx, ana, passphrase, a.at(o.now), here))
	o.as("ana")
}

func TestCodesAreNotGuessed(t *testing.T) {
	o := born(t)
	a, _ := o.sharing("ana", o.as("ana").Actor)
	try := func(address string) error {
		_, err := o.users.Come(o.ctx, signin.Entry{Login: "ana", Passphrase: passphrase, Code: "000000", Address: address})
		return err
	}
	for range 4 {
		_ = try("198.51.100.7")
	}
	refused(t, try("198.51.100.7"), fault.Unavailable, "the code after four wrong ones")
	for i := range 40 {
		_ = try(fmt.Sprintf("198.51.100.%d", 8+i))
	}
	refused(t, try("203.0.113.5"), fault.Unavailable, "the code after many wrong ones from everywhere")
	o.now = o.now.Add(time.Hour)
	_, err := o.users.Come(o.ctx, signin.Entry{Login: "ana", Passphrase: passphrase, Code: a.at(o.now), Address: here})
	o.must(err)
}

func TestWhatIsDemandedIsSetUpFirst(t *testing.T) {
	o, d := withPasskeys(t)
	admin := o.as("admin").Actor
	refused(t, o.users.Demand(o.ctx, o.as("ana").Actor, nil), fault.Denied, "a case manager who demands")
	refused(t, o.users.Demand(o.ctx, admin, []access.Role{"queen"}), fault.Invalid, "a role that there is not")
	o.must(o.users.Demand(o.ctx, admin, []access.Role{access.CaseManager}))
	if all, err := o.users.Demanded(o.ctx, admin); err != nil || len(all) != 1 {
		t.Errorf("demanded: %v, %v", all, err)
	}
	owes := func(login string) (access.Actor, bool) {
		t.Helper()
		in, err := o.users.SignIn(o.ctx, login, passphrase, here)
		o.must(err)
		by, u, err := o.users.Resume(o.ctx, in.Secret)
		o.must(err)
		return by.Actor, u.Owes
	}
	if _, does := owes("boris"); does {
		t.Error("boris owes what is demanded of others")
	}
	ana, does := owes("ana")
	if !does {
		t.Error("ana owes nothing")
	}
	o.sharing("ana", ana)
	if session, err := o.users.Sessions(o.ctx, ana, ana.User); err != nil || session[len(session)-1].Owes {
		t.Errorf("ana owes what she has: %v", err)
	}
	// Whoever has a passkey shows that one: a passphrase that was seen must not be enough to add something else.
	o.must(o.users.Demand(o.ctx, admin, nil))
	erna := o.as("erna").Actor
	ticket, err := o.users.Prove(o.ctx, erna, passphrase, here)
	o.must(err)
	ask, err := o.users.AskMaking(o.ctx, erna)
	o.must(err)
	o.must(o.users.AddPasskey(o.ctx, erna, d.make(ask, ticket)))
	o.must(o.users.Demand(o.ctx, admin, []access.Role{access.CaseManager}))
	erna, does = owes("erna")
	if !does {
		t.Error("erna owes nothing")
	}
	_, err = o.users.Prove(o.ctx, erna, passphrase, here)
	if key(err) != "signin.second.passkey" {
		t.Errorf("she adds a way with her passphrase alone: %v", err)
	}
	all, err := o.users.Passkeys(o.ctx, erna)
	o.must(err)
	if err := o.users.RemovePasskey(o.ctx, erna, all[0].ID); key(err) != "signin.second.passkey" {
		t.Errorf("she takes her passkey away with her passphrase alone: %v", err)
	}
	in, err := o.enters(d)
	o.must(err)
	if _, u, err := o.users.Resume(o.ctx, in.Secret); err != nil || u.Owes {
		t.Errorf("with her passkey she owes: %v", err)
	}
}
