package homecoming_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// world is one node with two organisations: the shelter, where ana and mira hold her case, and the charity of the receiving side,
// where olga works, and ana too.
type world struct {
	*homecoming.Service
	t         *testing.T
	now       time.Time
	db        *store.DB
	keys      *keyring.Service
	persons   *person.Service
	cases     *casefile.Service
	consents  *consent.Service
	law       profile.Set
	people    map[string]keyring.Bearer
	referrals map[id.Referral]homecoming.Handover
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), people: map[string]keyring.Bearer{},
		referrals: map[id.Referral]homecoming.Handover{},
	}
	now := func() time.Time { return w.now }
	w.db = storetest.New(t, now)
	var err error
	w.law, err = profile.Load()
	w.must(err)
	ids, law := id.Maker{Now: now}, func() profile.Set { return w.law }
	w.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: store.Writer[keyring.Tx](w.db), Read: store.Reader[keyring.Tx](w.db), Now: now,
		IDs: ids, Node: "MK",
	}
	w.persons = &person.Service{Write: store.Writer[person.Tx](w.db), Read: store.Reader[person.Tx](w.db), Now: now, IDs: ids, Keys: w.keys}
	w.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](w.db), Read: store.Reader[casefile.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys,
		Persons: w.persons, Law: law,
		Closing: func(ctx context.Context, tx casefile.Tx, c casefile.Case) error { return w.ClosingIn(ctx, tx, c) },
		Erasing: func(ctx context.Context, tx casefile.Tx, c casefile.Case) error { return w.EraseIn(ctx, tx, c.ID) },
	}
	w.consents = &consent.Service{
		Write: store.Writer[consent.Tx](w.db), Read: store.Reader[consent.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys, Law: law,
		Sign:    seal.NewSign(nil).Sign,
		Forward: func(ctx context.Context, tx consent.Tx, c consent.Consent) error { return w.WithdrawnIn(ctx, tx, c.ID) },
	}
	w.Service = &homecoming.Service{
		Write: store.Writer[homecoming.Tx](w.db), Read: store.Reader[homecoming.Tx](w.db), Now: now, IDs: ids, Member: "MK", Cases: w.cases,
		Law: law,
		Tasks: &task.Service{
			Write: store.Writer[task.Tx](w.db), Read: store.Reader[task.Tx](w.db), Now: now, IDs: ids, Member: "MK",
			Tell: func(context.Context, task.Tx, task.Tell) error { return nil },
		},
		Handover: func(_ context.Context, _ homecoming.Tx, r id.Referral) (homecoming.Handover, error) {
			h, ok := w.referrals[r]
			if !ok {
				return h, fault.New(fault.NotFound, "referral.missing")
			}
			return h, nil
		},
	}
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		w.person(u, access.Administrator, "", access.Office)
	}
	w.must(w.keys.Write(t.Context(), audit.Did(access.Console("MK"), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return w.keys.EnrolIn(t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	w.found("shelter", "state", "ana")
	w.found("crisis", "state", "sara")
	w.found("charity", "charity", "olga")
	w.found("clinic", "clinic", "boris")
	w.join("mira", "shelter", "ana")
	w.joinAs("ana-too", "ana", "charity", "olga")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused fails the test unless err is a fault of that kind and key.
func (w *world) refused(err error, kind fault.Kind, key string) {
	w.t.Helper()
	_, got, _ := fault.Public(err)
	if !fault.Is(err, kind) || kind != fault.Hidden && key != got {
		w.t.Fatalf("got %v, want %v %s", err, kind, key)
	}
}

func (w *world) person(name string, role access.Role, at id.Desk, realm access.Realm) {
	w.t.Helper()
	keys := seal.NewUserKeys(nil)
	u := signin.User{
		ID: id.User(name), Login: name, Name: name, Language: "en", Zone: "UTC", State: signin.Active,
		KEM: keys.KEM.Public().Bytes(), Sign: keys.Sign.Public().Bytes(), Created: frame.At(w.now), Version: 1,
	}
	w.must(store.Writer[signin.Tx](w.db)(w.t.Context(), audit.Did(access.Console("MK"), access.CreateUser, name), func(tx signin.Tx) error {
		return tx.AddUser(w.t.Context(), u)
	}))
	w.people[name] = keyring.NewBearer(access.Actor{User: u.ID, Role: role, Desk: at, Realm: realm, Member: "MK"}, &keys)
}

func (w *world) found(d id.Desk, organisation, first string) {
	w.t.Helper()
	w.person(first, access.CaseManager, d, access.Assistance)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(w.keys.Found(w.t.Context(), admin, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: organisation, Kind: desks.AtNode, Realm: access.Assistance, Sector: desks.Unsaid(access.Assistance),
			Function: "desk.function.shelter", Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.now),
		},
		First: id.User(first), Role: access.CaseManager,
	}))
}

func (w *world) join(name string, at id.Desk, by string) {
	w.t.Helper()
	w.person(name, access.CaseManager, at, access.Assistance)
	w.grant(name, name, at, by)
}

// joinAs lets somebody who has an account into a second desk.
func (w *world) joinAs(name, who string, at id.Desk, by string) {
	w.t.Helper()
	b := w.people[who]
	b.Desk = at
	w.people[name] = b
	w.grant(name, who, at, by)
}

func (w *world) grant(name, who string, at id.Desk, by string) {
	w.t.Helper()
	w.must(store.Writer[desks.Tx](w.db)(w.t.Context(), audit.Did(access.Console("MK"), access.ProposeMemberDesk, string(at)), func(tx desks.Tx) error {
		return tx.SetMembership(w.t.Context(), desks.Membership{
			Desk: at, User: id.User(who), Role: access.CaseManager, State: desks.Proposed, ProposedBy: "admin", Since: frame.At(w.now),
		})
	}))
	w.must(w.keys.Grant(w.t.Context(), w.people[by], at, id.User(who), w.people[name].Key()))
}

// open opens the case of a fictitious person; born says her age.
func (w *world) open(born int, asylum bool, origins ...string) casefile.Case {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	p := person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Demona Fiktiva"}}}},
		Contacts: []person.Contact{},
	}
	if born != 0 {
		p.Birth = person.Say(person.Birth{Year: born, Month: 4})
	}
	c, err := w.cases.Open(w.t.Context(), w.people["ana"], casefile.Opening{Person: &p, Asylum: asylum, Origins: origins})
	w.must(err)
	return c
}

// agrees records that the charity may be shown what was found about risks.
func (w *world) agrees(c id.Case, to id.Desk) id.Consent {
	w.t.Helper()
	given, err := w.consents.Give(w.t.Context(), w.people["ana"], consent.Giving{Case: c, Record: consent.Record{
		GivenBy: consent.ByGuardian, Guardian: consent.Guardian{Name: "Demo Guardian", Relation: "aunt", Authority: "Demo court"},
		Assent: true, BestInterests: "DEMO", Capable: true, Purposes: []consent.Purpose{consent.ForReturn},
		Recipients: []id.Address{{Member: "MK", Desk: to}}, Categories: []consent.Code{"risk.summary"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "Demo Interpreter", ReadBack: true, How: consent.Written,
	}})
	w.must(err)
	return given.ID
}

// The contents of a return that goes well. Every word that somebody could know her by says Zelenkovo.
func decision() homecoming.Decision {
	d, _ := homecoming.Shipped()
	return homecoming.Decision{
		On: "2026-03-02", Language: "ro", Interpreter: "Interpreter Zelenkovo", Explained: d.Codes(homecoming.ListExplained), Free: true,
		Words: "home to Zelenkovo",
	}
}

func interest() homecoming.Interest {
	return homecoming.Interest{
		Body: "child-protection", Name: "Demo centre Zelenkovo", On: "2026-03-02", Result: homecoming.InFavour, Basis: "Demo decision 1/2026",
		Guardian: "Guardian Zelenkovo", Agrees: true, Heard: true,
	}
}

// risks has one of each domain; the level is that of the danger in her country of origin.
func risks(l homecoming.Level) []homecoming.Risk {
	out := []homecoming.Risk{
		{Domain: "origin", Factor: "trafficker-at-large", Level: l, Found: "he lives in Zelenkovo", Mitigation: "another town than Zelenkovo"},
	}
	for _, d := range []string{"travel", "person", "family", "arrival", "long-term"} {
		out = append(out, homecoming.Risk{Domain: d, Level: homecoming.Green, Found: "DEMO"})
	}
	return out
}

const origin = "origin/trafficker-at-large"

func plan() homecoming.Plan {
	return homecoming.Plan{
		Leaves: "2026-03-20", Papers: []homecoming.Paper{{Kind: "passport", Note: "Zelenkovo"}}, Fit: "yes", Escort: "social-worker",
		With: "Escort Zelenkovo", MetBy: "Zelenkovo at the station", Reception: "Zelenkovo street 1", Told: true,
	}
}

func report(arrived bool, point int64) homecoming.Report {
	x := homecoming.Report{Point: point, On: "2026-03-21", Arrived: arrived, MetBy: "Zelenkovo", Safe: "yes", Note: "Zelenkovo"}
	if point > 0 {
		x.Outcome = "stable"
	}
	return x
}

// home is a return under way.
type home struct {
	*world
	r    homecoming.Return
	c    casefile.Case
	gave id.Consent
}

// proposed begins a return to Moldova.
func (w *world) proposed(c casefile.Case) *home {
	w.t.Helper()
	h := &home{world: w, c: c}
	h.do(w.Propose(w.t.Context(), w.people["ana"], c.ID, "MD"))
	h.gave = w.agrees(c.ID, "charity")
	return h
}

// do takes what a step returned as the return.
func (h *home) do(r homecoming.Return, err error) {
	h.t.Helper()
	h.must(err)
	h.r = r
}

func (h *home) decide() (homecoming.Return, error) {
	return h.Decide(h.t.Context(), h.people["ana"], h.r.ID, h.r.Version, decision())
}

func (h *home) assess(l homecoming.Level, accepts ...string) (homecoming.Return, error) {
	h.now = h.now.Add(time.Second)
	return h.Assess(h.t.Context(), h.people["ana"], h.r.ID, h.r.Version, homecoming.Assessing{
		Second: "charity", Consent: h.gave, Risks: risks(l), Tracing: "a sister in Zelenkovo", Conclusion: "not to Zelenkovo", Accepts: accepts,
	})
}

func (h *home) sign(by string, accepts ...string) (homecoming.Return, error) {
	h.now = h.now.Add(time.Second)
	return h.Sign(h.t.Context(), h.people[by], h.r.ID, h.r.Version, accepts)
}

func (h *home) arrange() (homecoming.Return, error) {
	return h.Arrange(h.t.Context(), h.people["ana"], h.r.ID, h.r.Version, plan())
}

func (h *home) depart() (homecoming.Return, error) {
	return h.Depart(h.t.Context(), h.people["ana"], h.r.ID, h.r.Version)
}

// arranged brings a return of an adult to where she could leave.
func (w *world) arranged() *home {
	w.t.Helper()
	h := w.proposed(w.open(1999, false, "MD"))
	h.do(h.decide())
	h.do(h.assess(homecoming.Amber))
	h.do(h.sign("olga"))
	h.do(h.arrange())
	return h
}

// waits returns the kinds of the open tasks about the return, sorted.
func (h *home) waits() []string {
	h.t.Helper()
	out := []string{}
	h.must(h.Read(h.t.Context(), func(tx homecoming.Tx) error {
		all, err := tx.OpenTasks(h.t.Context(), string(h.r.ID), "")
		for _, x := range all {
			out = append(out, x.Kind)
		}
		return err
	}))
	slices.Sort(out)
	return out
}

func (h *home) shows(by string) homecoming.File {
	h.t.Helper()
	f, err := h.Show(h.t.Context(), h.people[by], h.r.ID)
	h.must(err)
	return f
}
