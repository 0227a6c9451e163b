package signin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/issuer/issuertest"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

const home = "https://mk.example"

// elsewhere is an office whose node asks a real provider.
type elsewhere struct {
	*office
	p *issuertest.Provider
}

func asking(t *testing.T, change func(*issuer.Config)) *elsewhere {
	t.Helper()
	x := &elsewhere{office: born(t), p: issuertest.Run(t, home+"/signin/from/state", home+"/signin/from/other")}
	x.p.Now = func() time.Time { return x.now }
	x.configure(change)
	x.users.Home = func() string { return home }
	return x
}

func (x *elsewhere) configure(change func(*issuer.Config)) {
	x.t.Helper()
	c := issuer.Config{Name: "state", Title: "State sign-in", URL: x.p.URL, Client: x.p.Client, Secret: x.p.Secret, Second: true}
	if change != nil {
		change(&c)
	}
	all, err := issuer.New([]issuer.Config{c}, true, func() time.Time { return x.now })
	x.must(err)
	x.users.Issuers = all
}

// brought follows a browser to the provider and back.
func (x *elsewhere) brought(to signin.Leaving) signin.Brought {
	x.t.Helper()
	u := x.p.Go(to.Address)
	q := u.Query()
	if !strings.HasPrefix(u.String(), home+"/signin/from/state?") {
		x.t.Fatalf("the browser is sent to %s", u)
	}
	return signin.Brought{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

// known is somebody whom the provider has named, back from there.
func (x *elsewhere) known(person string) (signin.Back, error) {
	x.t.Helper()
	x.p.Person = person
	to, err := x.users.AskIssuer(x.ctx, "state", "/cases", here)
	x.must(err)
	return x.users.Return(x.ctx, "state", to.Keep, x.brought(to), here)
}

// link links what the provider calls somebody to her account.
func (x *elsewhere) link(login, person string) error {
	x.t.Helper()
	x.p.Person = person
	who := x.as(login).Actor
	to, err := x.users.AskLink(x.ctx, who, "state", here)
	x.must(err)
	back, err := x.users.Return(x.ctx, "state", to.Keep, x.brought(to), here)
	x.must(err)
	if !back.Linking {
		x.t.Fatal("what was asked in order to link signs in")
	}
	return x.users.LinkIdentity(x.ctx, who, back.Keep, passphrase, here)
}

func (x *elsewhere) is(err error, want, what string) {
	x.t.Helper()
	if key(err) != want {
		x.t.Errorf("%s: %q (%v), want %q", what, key(err), err, want)
	}
}

func TestAnIssuerProvesAndUnlocksNothing(t *testing.T) {
	x := asking(t, nil)
	_, err := x.known("person-1")
	x.is(err, "signin.issuer.unknown", "somebody who is linked to no account")
	x.must(x.link("ana", "person-1"))
	back, err := x.known("person-1")
	x.must(err)
	if back.Back != "/cases" || back.Linking || back.Keep == "" {
		t.Fatalf("back with %+v", back)
	}
	// With all that the provider gives nothing begins: no session, and no key.
	if _, _, err := x.users.Resume(x.ctx, back.Keep); !fault.Is(err, fault.Locked) {
		t.Errorf("what is known opens a session: %v", err)
	}
	for _, phrase := range []string{"", "person-1", "seven quiet otters swim south"} {
		_, err := x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: phrase, Address: "192.0.2.77"})
		x.is(err, "signin.wrong", "a proof with the passphrase "+phrase)
	}
	in, err := x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	x.must(err)
	if by, u, err := x.users.Resume(x.ctx, in.Secret); err != nil || by.Locked() || u.Login != "ana" {
		t.Errorf("signed in as %+v, %v", u, err)
	}
	_, err = x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	x.is(err, "signin.passkey.late", "the same proof again")
	// A proof of one is none for another, and is over in five minutes.
	back, err = x.known("person-1")
	x.must(err)
	bob := x.hire("bob", access.Auditor)
	other, err := x.users.Come(x.ctx, signin.Entry{Login: "bob", Known: back.Keep, Passphrase: passphrase, Address: here})
	x.must(err)
	if other.User.ID != bob {
		t.Errorf("bob came in as %s", other.User.Login)
	}
	x.now = x.now.Add(signin.StepLimit)
	_, err = x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	x.is(err, "signin.issuer.late", "a proof after five minutes")
	all, err := x.users.Identities(x.ctx, x.as("ana").Actor, x.ids["ana"])
	if err != nil || len(all) != 1 || all[0].Used == 0 || all[0].By != x.ids["ana"] {
		t.Fatalf("%+v, %v", all, err)
	}
	x.must(x.users.UnlinkIdentity(x.ctx, x.as("ana").Actor, all[0].ID))
	_, err = x.known("person-1")
	x.is(err, "signin.issuer.unknown", "after the link was taken away")
	x.entries(map[string]int{"session.sign-in issuer": 3, "unlock.add issuer": 1, "unlock.remove issuer": 1})
}

// entries fails the test unless the log has so many successful entries of an action and purpose.
func (x *elsewhere) entries(want map[string]int) {
	x.t.Helper()
	got := map[string]int{}
	log := &audit.Service{Member: "MK", Write: store.Writer[audit.Reader](x.db), Read: store.Reader[audit.Reader](x.db), Now: func() time.Time { return x.now }}
	who := access.Actor{User: x.ids["oto"], Role: access.Auditor, Realm: access.Office, Member: "MK"}
	for at, more := audit.Place(0), true; more; more = at != 0 {
		all, next, err := log.Entries(x.ctx, who, at, 0)
		x.must(err)
		for _, e := range all {
			if e.Entry.Outcome == audit.OutcomeDone {
				got[string(e.Entry.Action)+" "+e.Entry.Purpose]++
			}
		}
		at = next
	}
	for name, n := range want {
		if got[name] != n {
			x.t.Errorf("%s: %d entries, want %d", name, got[name], n)
		}
	}
}

func TestWhatComesBackIsOfThisBrowserAndOfOneQuestion(t *testing.T) {
	x := asking(t, nil)
	x.must(x.link("ana", "person-1"))
	const late = "signin.issuer.late"
	x.p.Person = "person-1"
	mine, err := x.users.AskIssuer(x.ctx, "state", "/", here)
	x.must(err)
	b := x.brought(mine)
	theirs, err := x.users.AskIssuer(x.ctx, "state", "/", here)
	x.must(err)
	try := func(what, name, keep string, b signin.Brought, want string) {
		t.Helper()
		x.now = x.now.Add(time.Second)
		_, err := x.users.Return(x.ctx, name, keep, b, "192.0.2."+what[:1])
		x.is(err, want, what)
	}
	try("a browser that asked nothing (login CSRF)", "state", "", b, late)
	try("b browser that asked another question", "state", theirs.Keep, b, late)
	try("c browser with something else in its cookie", "state", mine.Keep[:len(mine.Keep)-2], b, late)
	try("d wrong state", "state", mine.Keep, signin.Brought{State: "x" + b.State, Code: b.Code}, late)
	try("e no state", "state", mine.Keep, signin.Brought{Code: b.Code}, late)
	try("f way back of another issuer", "other", mine.Keep, b, late)
	try("g provider that says no", "state", mine.Keep, signin.Brought{State: b.State, Error: "access_denied"}, "signin.issuer.refused")
	try("h no code", "state", mine.Keep, signin.Brought{State: b.State}, "signin.issuer.refused")
	try("i code of somebody else", "state", theirs.Keep, signin.Brought{State: x.state(theirs), Code: b.Code}, "signin.issuer.refused")
	x.p.Claims = func(c map[string]any) { c["nonce"] = "of another question" }
	again, err := x.users.AskIssuer(x.ctx, "state", "/", here)
	x.must(err)
	try("j nonce of another question", "state", again.Keep, x.brought(again), "signin.issuer.refused")
	x.p.Claims = nil
	good, err := x.users.AskIssuer(x.ctx, "state", "/", here)
	x.must(err)
	b = x.brought(good)
	if _, err := x.users.Return(x.ctx, "state", good.Keep, b, here); err != nil {
		t.Error(err)
	}
	_, err = x.users.Return(x.ctx, "state", good.Keep, b, here)
	x.is(err, "signin.issuer.refused", "the same answer again")
	slow, err := x.users.AskIssuer(x.ctx, "state", "/", here)
	x.must(err)
	b = x.brought(slow)
	x.now = x.now.Add(2 * signin.StepLimit)
	_, err = x.users.Return(x.ctx, "state", slow.Keep, b, here)
	x.is(err, late, "an answer after ten minutes")
	// Whoever tries and tries waits.
	for range 12 {
		_, err = x.users.Return(x.ctx, "state", "", b, "203.0.113.9")
	}
	x.is(err, "signin.wait", "the thirteenth attempt")
	x.p.Stop()
	x.now = x.now.Add(2 * time.Hour)
	_, err = x.users.AskIssuer(x.ctx, "state", "/", here)
	x.is(err, "signin.issuer.down", "a provider that is gone")
	if _, err := x.users.SignIn(x.ctx, "ana", passphrase, here); err != nil {
		t.Errorf("with the provider gone the passphrase alone: %v", err)
	}
}

func (x *elsewhere) state(to signin.Leaving) string {
	_, after, _ := strings.Cut(to.Address, "state=")
	state, _, _ := strings.Cut(after, "&")
	return state
}

func TestOnlySheLinksHerself(t *testing.T) {
	x := asking(t, nil)
	x.hire("bob", access.Auditor)
	ana, bob := x.as("ana").Actor, x.as("bob").Actor
	x.p.Person = "person-1"
	to, err := x.users.AskLink(x.ctx, ana, "state", here)
	x.must(err)
	back, err := x.users.Return(x.ctx, "state", to.Keep, x.brought(to), here)
	x.must(err)
	x.is(x.users.LinkIdentity(x.ctx, bob, back.Keep, passphrase, here), "signin.issuer.late", "what another session brought")
	x.is(x.users.LinkIdentity(x.ctx, ana, back.Keep, "seven quiet otters swim south", here), "signin.wrong", "without her passphrase")
	x.is(x.users.LinkIdentity(x.ctx, ana, to.Keep, passphrase, here), "signin.issuer.late", "before the provider has answered")
	in, err := x.known("person-1")
	x.is(err, "signin.issuer.unknown", "not linked yet")
	x.is(x.users.LinkIdentity(x.ctx, ana, in.Keep, passphrase, here), "signin.issuer.late", "nothing")
	x.must(x.users.LinkIdentity(x.ctx, ana, back.Keep, passphrase, here))
	x.is(x.link("bob", "person-1"), "signin.issuer.linked", "an identity that is somebody else's")
	x.is(x.link("ana", "person-9"), "signin.issuer.linked", "a second one of this issuer")
	x.must(x.link("bob", "person-2"))
	// The proof of a sign-in links nothing, and what may be linked signs nobody in.
	proof, err := x.known("person-2")
	x.must(err)
	x.is(x.users.LinkIdentity(x.ctx, bob, proof.Keep, passphrase, here), "signin.issuer.late", "the proof of a sign-in")
	_, err = x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	x.is(err, "signin.issuer.late", "what was to be linked")
	// An administrator links beforehand, nobody else, never herself, and nothing that is guessed.
	x.hire("ada", access.Administrator)
	x.hire("nina", access.Auditor)
	ada := x.as("ada").Actor
	_, err = x.users.LinkUser(x.ctx, bob, x.ids["nina"], "state", "person-3")
	refused(t, err, fault.Denied, "an auditor who links")
	_, err = x.users.LinkUser(x.ctx, ada, ada.User, "state", "person-3")
	refused(t, err, fault.Denied, "an administrator who links herself without her passphrase")
	_, err = x.users.LinkUser(x.ctx, ada, x.ids["nina"], "state", "person-1")
	x.is(err, "signin.issuer.linked", "what is linked to ana")
	for _, s := range []string{"", " ", "ана", strings.Repeat("x", 256)} {
		_, err = x.users.LinkUser(x.ctx, ada, x.ids["nina"], "state", s)
		x.is(err, "signin.field", "a subject like "+s)
	}
	_, err = x.users.LinkUser(x.ctx, ada, x.ids["nina"], "state", "person-3")
	x.must(err)
	back, err = x.known("person-3")
	x.must(err)
	signed, err := x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	if err != nil || signed.User.Login != "nina" {
		t.Errorf("%+v, %v", signed.User, err)
	}
	back, err = x.known("person-3")
	x.must(err)
	x.must(x.users.Disable(x.ctx, ada, x.ids["nina"]))
	_, err = x.known("person-3")
	x.is(err, "signin.issuer.unknown", "an account that is switched off")
	_, err = x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Address: here})
	x.is(err, "signin.wrong", "an account that was switched off meanwhile")
	all, err := x.users.Identities(x.ctx, ada, x.ids["bob"])
	x.must(err)
	x.must(x.users.UnlinkUser(x.ctx, ada, x.ids["bob"], all[0].ID))
	_, err = x.known("person-2")
	x.is(err, "signin.issuer.unknown", "an identity that an administrator took away")
	refused(t, x.users.UnlinkUser(x.ctx, ada, x.ids["bob"], all[0].ID), fault.NotFound, "taking it away again")
	x.entries(map[string]int{"user.link linked": 1, "user.link unlinked": 1, "unlock.add issuer": 2})
}

func TestAnIssuerIsTheSecondThingWhereOneIsDemanded(t *testing.T) {
	x := asking(t, nil)
	x.hire("ada", access.Administrator)
	ada := x.as("ada").Actor
	x.must(x.link("ana", "person-1"))
	x.must(x.users.Demand(x.ctx, ada, []access.Role{access.CaseManager}))
	owes := func(e signin.Entry) (signin.SignedIn, bool, bool) {
		t.Helper()
		e.Passphrase, e.Address = passphrase, here
		in, err := x.users.Come(x.ctx, e)
		x.must(err)
		_, u, err := x.users.Resume(x.ctx, in.Secret)
		x.must(err)
		return in, u.Owes, u.Unlinked
	}
	known := func() string {
		t.Helper()
		back, err := x.known("person-1")
		x.must(err)
		return back.Keep
	}
	if _, second, _ := owes(signin.Entry{Known: known()}); second {
		t.Error("known and with her passphrase she owes something")
	}
	in, second, _ := owes(signin.Entry{Login: "ana"})
	if !second {
		t.Error("with her passphrase alone she owes nothing")
	}
	by, _, err := x.users.Resume(x.ctx, in.Secret)
	x.must(err)
	_, err = x.users.Prove(x.ctx, by.Actor, passphrase, here)
	x.is(err, "signin.second.issuer", "whoever has her passphrase alone sets up a code")
	all, err := x.users.Identities(x.ctx, by.Actor, by.User)
	x.must(err)
	x.is(x.users.UnlinkIdentity(x.ctx, by.Actor, all[0].ID), "signin.second.issuer", "whoever has her passphrase alone takes the link away")
	x.configure(func(c *issuer.Config) { c.Second = false })
	if _, second, _ := owes(signin.Entry{Known: known()}); !second {
		t.Error("an issuer that does not count pays what is owed")
	}
	x.must(x.users.Demand(x.ctx, ada, nil))
	// Where an issuer has to know a role, her passphrase alone is not enough any more.
	x.is(x.users.DemandIssuer(x.ctx, ada, []access.Role{access.Administrator}), "signin.issuer.administrator", "demanded of who lifts it")
	refused(t, x.users.DemandIssuer(x.ctx, by.Actor, nil), fault.Denied, "a case manager who lifts it")
	x.hire("nina", access.Auditor)
	x.must(x.users.DemandIssuer(x.ctx, ada, []access.Role{access.Auditor, access.CaseManager}))
	_, err = x.users.Come(x.ctx, signin.Entry{Login: "ana", Passphrase: passphrase, Address: here})
	x.is(err, "signin.issuer.demanded", "the passphrase alone")
	_, err = x.users.Come(x.ctx, signin.Entry{Login: "ana", Passphrase: "seven quiet otters swim south", Address: here})
	x.is(err, "signin.wrong", "a wrong passphrase")
	x.now = x.now.Add(time.Hour)
	if _, second, unlinked := owes(signin.Entry{Known: known()}); second || unlinked {
		t.Error("known and with her passphrase she owes something")
	}
	nina, second, unlinked := owes(signin.Entry{Login: "nina"})
	if second || !unlinked {
		t.Error("whom no issuer knows yet is not led to link")
	}
	by, _, err = x.users.Resume(x.ctx, nina.Secret)
	x.must(err)
	x.p.Person = "person-2"
	to, err := x.users.AskLink(x.ctx, by.Actor, "state", here)
	x.must(err)
	back, err := x.users.Return(x.ctx, "state", to.Keep, x.brought(to), here)
	x.must(err)
	x.must(x.users.LinkIdentity(x.ctx, by.Actor, back.Keep, passphrase, here))
	if _, u, err := x.users.Resume(x.ctx, nina.Secret); err != nil || u.Unlinked {
		t.Errorf("linked, and still led to link: %v", err)
	}
	// The provider is gone: an administrator comes in without it, and lifts what is demanded.
	x.p.Stop()
	x.now = x.now.Add(13 * time.Hour)
	_, err = x.users.Come(x.ctx, signin.Entry{Login: "nina", Passphrase: passphrase, Address: here})
	x.is(err, "signin.issuer.demanded", "with the provider gone")
	x.must(x.users.DemandIssuer(x.ctx, x.as("ada").Actor, nil))
	x.now = x.now.Add(time.Hour)
	owes(signin.Entry{Login: "nina"})
	x.entries(map[string]int{"unlock.demand signin.demand.issuer": 2, "unlock.demand signin.demand": 2})
	// A node that asks nobody any more demands nothing.
	x.must(x.users.DemandIssuer(x.ctx, x.as("ada").Actor, []access.Role{access.Auditor}))
	x.users.Issuers = nil
	owes(signin.Entry{Login: "nina"})
}

func TestACodeIsAskedForBesideAnIssuer(t *testing.T) {
	x := asking(t, nil)
	x.must(x.link("ana", "person-1"))
	a, _ := x.sharing("ana", x.as("ana").Actor)
	x.now = x.now.Add(time.Minute)
	back, err := x.known("person-1")
	x.must(err)
	in, err := x.users.Come(x.ctx, signin.Entry{Known: back.Keep, Passphrase: passphrase, Bound: "browser", Address: here})
	x.is(err, "signin.code", "whoever the provider knows, who has set up a code")
	_, err = x.users.ComeOn(x.ctx, in.Ticket, signin.Entry{Known: back.Keep, Code: a.at(x.now), Bound: "browser", Address: here})
	x.must(err)
	all, err := x.users.Identities(x.ctx, access.Actor{User: x.ids["ana"], Role: access.CaseManager, Realm: access.Assistance, Member: "MK"}, x.ids["ana"])
	if err != nil || len(all) != 1 || all[0].Used == 0 {
		t.Errorf("the proof was not taken along: %+v, %v", all, err)
	}
}
