package conference_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
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

// world is one node of Montenegro whose team for formal identification has six members at six desks: the shelter, where ana and mira hold
// the case, a clinic, a psychologist's, the centre for social work, the national office and the police, which is of the prosecution.
type world struct {
	*conference.Service
	t        *testing.T
	now      time.Time
	db       *store.DB
	keys     *keyring.Service
	persons  *person.Service
	cases    *casefile.Service
	consents *consent.Service
	tasks    *task.Service
	law      profile.Set
	shipped  profile.Set
	told     []task.Tell
	people   map[string]keyring.Bearer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), people: map[string]keyring.Bearer{}}
	now := func() time.Time { return w.now }
	w.db = storetest.New(t, now)
	var err error
	w.shipped, err = profile.Load()
	w.must(err)
	w.law = w.shipped
	ids, law := id.Maker{Now: now}, func() profile.Set { return w.law }
	w.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: store.Writer[keyring.Tx](w.db), Read: store.Reader[keyring.Tx](w.db), Now: now,
		IDs: ids, Node: "ME",
	}
	w.persons = &person.Service{Write: store.Writer[person.Tx](w.db), Read: store.Reader[person.Tx](w.db), Now: now, IDs: ids, Keys: w.keys}
	w.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](w.db), Read: store.Reader[casefile.Tx](w.db), Now: now, IDs: ids, Member: "ME", Keys: w.keys,
		Persons: w.persons, Law: law,
		Closing:    func(ctx context.Context, tx casefile.Tx, c casefile.Case) error { return w.ClosingIn(ctx, tx, c) },
		Erasing:    func(ctx context.Context, tx casefile.Tx, c casefile.Case) error { return w.EraseIn(ctx, tx, c.ID) },
		Unreleased: func(ctx context.Context, tx casefile.Tx, r casefile.Release) error { return w.UnreleasedIn(ctx, tx, r) },
	}
	w.consents = &consent.Service{
		Write: store.Writer[consent.Tx](w.db), Read: store.Reader[consent.Tx](w.db), Now: now, IDs: ids, Member: "ME", Keys: w.keys, Law: law,
		Sign:    seal.NewSign(nil).Sign,
		Forward: func(ctx context.Context, tx consent.Tx, c consent.Consent) error { return w.WithdrawnIn(ctx, tx, c.ID) },
		Follow:  func(context.Context, consent.Tx, consent.Override) error { return nil },
	}
	w.tasks = &task.Service{
		Write: store.Writer[task.Tx](w.db), Read: store.Reader[task.Tx](w.db), Now: now, IDs: ids, Member: "ME",
		Tell: func(_ context.Context, _ task.Tx, t task.Tell) error { w.told = append(w.told, t); return nil },
	}
	w.Service = &conference.Service{
		Write: store.Writer[conference.Tx](w.db), Read: store.Reader[conference.Tx](w.db), Now: now, IDs: ids, Member: "ME", Cases: w.cases,
		Tasks: w.tasks, Law: law,
	}
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		w.person(u, access.Administrator, "", access.Office)
	}
	w.must(w.keys.Write(t.Context(), audit.Did(access.Console("ME"), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return w.keys.EnrolIn(t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	w.found("shelter", "ana", access.CaseManager)
	w.found("clinic", "doctor", access.ServiceProvider)
	w.found("psychologist", "petra", access.ServiceProvider)
	w.found("social-work", "sara", access.CaseManager)
	w.found("office", "olga", access.FocalPoint)
	w.found("police", "boris", access.PoliceLiaison)
	w.found("stranger", "zora", access.CaseManager)
	w.person("mira", access.CaseManager, "shelter", access.Assistance)
	w.grant("mira", "mira", "shelter", "ana", access.CaseManager)
	b := w.people["sara"] // she works at the office too
	b.Desk, b.Role = "office", access.CaseManager
	w.people["sara-too"] = b
	w.grant("sara-too", "sara", "office", "olga", access.CaseManager)
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
	w.must(store.Writer[signin.Tx](w.db)(w.t.Context(), audit.Did(access.Console("ME"), access.CreateUser, name), func(tx signin.Tx) error {
		return tx.AddUser(w.t.Context(), u)
	}))
	w.people[name] = keyring.NewBearer(access.Actor{User: u.ID, Role: role, Desk: at, Realm: realm, Member: "ME"}, &keys)
}

func (w *world) found(d id.Desk, first string, role access.Role) {
	w.t.Helper()
	realm := access.RealmOf(role)
	w.person(first, role, d, realm)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "ME"}
	w.must(w.keys.Found(w.t.Context(), admin, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: string(d), Kind: desks.AtNode, Realm: realm, Sector: desks.Unsaid(realm),
			Function: "desk.function.shelter", Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.now),
		},
		First: id.User(first), Role: role,
	}))
}

func (w *world) grant(name, who string, at id.Desk, by string, role access.Role) {
	w.t.Helper()
	w.must(store.Writer[desks.Tx](w.db)(w.t.Context(), audit.Did(access.Console("ME"), access.ProposeMemberDesk, string(at)), func(tx desks.Tx) error {
		return tx.SetMembership(w.t.Context(), desks.Membership{
			Desk: at, User: id.User(who), Role: role, State: desks.Proposed, ProposedBy: "admin", Since: frame.At(w.now),
		})
	}))
	w.must(w.keys.Grant(w.t.Context(), w.people[by], at, id.User(who), w.people[name].Key()))
}

// open opens the case of a fictitious adult.
func (w *world) open() casefile.Case {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	p := person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Demona Fiktiva"}}}},
		Birth: person.Say(person.Birth{Year: 1999, Month: 4}), Contacts: []person.Contact{},
	}
	c, err := w.cases.Open(w.t.Context(), w.people["ana"], casefile.Opening{Person: &p})
	w.must(err)
	return c
}

// agrees records that she names desks and what they may see.
func (w *world) agrees(c id.Case, purpose consent.Purpose, codes []consent.Code, to ...id.Desk) id.Consent {
	w.t.Helper()
	r := consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{purpose}, Categories: codes,
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "Demo Interpreter", ReadBack: true, How: consent.Written,
	}
	for _, d := range to {
		r.Recipients = append(r.Recipients, id.Address{Member: "ME", Desk: d})
	}
	given, err := w.consents.Give(w.t.Context(), w.people["ana"], consent.Giving{Case: c, Record: r})
	w.must(err)
	return given.ID
}

// meeting is a conference about a case, with the grounds on which its desks sit.
type meeting struct {
	*world
	c        casefile.Case
	r        conference.Conference
	given    id.Consent // of the four desks of assistance
	released id.Record
}

var sees = []consent.Code{"exploitation.summary", "health.needs", "legal.status"}

// called calls the team together. Every word by which somebody could know her says Zelenkovo.
func (w *world) called() *meeting {
	w.t.Helper()
	c := w.open()
	m := &meeting{world: w, c: c}
	m.given = w.agrees(c.ID, consent.ForServices, sees, "clinic", "psychologist", "social-work", "office")
	crime := w.agrees(c.ID, consent.ForCriminal, []consent.Code{"exploitation.summary", "legal.status"}, "police")
	r, err := w.cases.ByConsent(w.t.Context(), w.people["ana"], casefile.Releasing{
		Case: c.ID, To: "police", Consent: crime, Category: "victim", Handling: "evidence-allowed",
	})
	w.must(err)
	m.released = r.ID
	m.do(w.Call(w.t.Context(), w.people["ana"], c.ID, m.calling()))
	return m
}

func (m *meeting) calling() conference.Calling {
	return conference.Calling{
		Purpose: "identification", Meets: frame.At(m.now.Add(time.Hour)), Place: "room Zelenkovo",
		Agenda: []conference.Item{
			{Title: "her status after Zelenkovo", Category: "legal.status"},
			{Title: "her health after Zelenkovo", Category: "health.needs"},
			{Title: "her family in Zelenkovo", Category: "family"},
		},
		Outside: []conference.Outsider{{Role: "ngo", Organisation: "Demo NGO Zelenkovo", Basis: "she asked for them"}},
		Invites: []conference.Invite{
			{Desk: "shelter", Kind: "ngo", Basis: conference.Own},
			{Desk: "clinic", Kind: "medical", Basis: conference.Consent, Ground: string(m.given)},
			{Desk: "psychologist", Kind: "psychology", Basis: conference.Consent, Ground: string(m.given)},
			{Desk: "social-work", Kind: "social-work", Basis: conference.Consent, Ground: string(m.given)},
			{Desk: "office", Kind: "coordination-office", Basis: conference.Consent, Ground: string(m.given)},
			{Desk: "police", Kind: "police", Basis: conference.Release, Ground: string(m.released)},
		},
	}
}

func (m *meeting) do(r conference.Conference, err error) {
	m.t.Helper()
	m.must(err)
	m.r = r
}

func minutes() conference.Minutes {
	return conference.Minutes{
		On: "2026-03-02", Language: "en",
		Seats: []conference.Attendance{
			{Seat: 1, There: true}, {Seat: 2, There: true}, {Seat: 3, There: true}, {Seat: 4, There: true}, {Seat: 5, Why: "excused"}, {Seat: 6, There: true},
		},
		Items: []conference.Said{
			{Item: 1, Text: "all signs of Zelenkovo", Dissents: []conference.Dissent{{Who: "police", Why: "two signs are missing"}}},
			{Item: 2, Text: "she sleeps badly since Zelenkovo"},
			{Item: 3, Text: "a sister in Zelenkovo"},
		},
		Hearing: conference.Hearing{How: "declined", Told: true},
	}
}

func (m *meeting) minute() (conference.Conference, error) {
	m.now = m.now.Add(2 * time.Hour)
	return m.Minute(m.t.Context(), m.people["ana"], m.r.ID, m.r.Version, minutes())
}

func decision() *casefile.Decision {
	return &casefile.Decision{
		Status: "formally-identified", Body: "multidisciplinary-team", Name: "Demo team", Country: "ME", Basis: "Demo law 1",
		Grounds: "what happened in Zelenkovo", Date: "2026-03-02", Informed: true,
	}
}

func (m *meeting) resolve(seats ...int64) (conference.Conference, error) {
	m.now = m.now.Add(time.Second)
	return m.Resolve(m.t.Context(), m.people["ana"], m.r.ID, m.r.Version, conference.Resolving{Decision: decision(), Signs: seats})
}

func (m *meeting) answer(by string, r conference.Replying) error {
	m.t.Helper()
	m.now = m.now.Add(time.Second)
	if r.Reply == conference.Silent {
		r.Reply = conference.Signed
	}
	_, err := m.Answer(m.t.Context(), m.people[by], m.r.ID, m.r.Version, r)
	return err
}

// team are the six people who sign.
func team() []string { return []string{"mira", "doctor", "petra", "sara", "olga", "boris"} }

func (m *meeting) settle() (conference.Conference, error) {
	return m.Settle(m.t.Context(), m.people["ana"], m.r.ID, m.r.Version)
}

func (m *meeting) status() string {
	m.t.Helper()
	f, err := m.cases.Show(m.t.Context(), m.people["ana"], m.c.ID)
	m.must(err)
	return f.Status
}

func (m *meeting) shows(by string) conference.File {
	m.t.Helper()
	f, err := m.Show(m.t.Context(), m.people[by], m.r.ID)
	m.must(err)
	return f
}

// waits returns the open tasks about the conference, as kind and desk, sorted.
func (m *meeting) waits() []string {
	m.t.Helper()
	out := []string{}
	m.must(m.Read(m.t.Context(), func(tx conference.Tx) error {
		all, err := tx.OpenTasks(m.t.Context(), string(m.r.ID), "")
		for _, x := range all {
			out = append(out, x.Kind+" "+string(x.Desk))
		}
		return err
	}))
	slices.Sort(out)
	return out
}

// forge signs for the clinic with a key that the node does not know as the doctor's.
func (w *world) forge(m *meeting, by keyring.Bearer) error {
	m.now = m.now.Add(time.Second)
	return w.Forge(w.t.Context(), w.people["ana"], m.r.ID, 2, by)
}
