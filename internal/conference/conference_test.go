package conference_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
)

// TestATeamDecidesAsTheProfileSays is the story of the identification model "team": six desks of five organisations and the police decide
// on a status, and who has to sign is nowhere but in the profile. Before somebody confirmed it nothing is refused, and it is marked.
func TestATeamDecidesAsTheProfileSays(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	m.do(m.minute())
	m.do(m.resolve(1, 2)) // nobody has confirmed who sits in the team
	if got := m.shows("ana").Sheet.Text.Team; got != casefile.Unverified {
		t.Errorf("an unconfirmed team stands as %q", got)
	}
	w.law = profile.Fictitious(w.shipped, "demo", "2026-01-01")
	_, err := m.resolve(1, 2, 3, 4, 5)
	w.refused(err, fault.Invalid, "conference.team") // the police does not sign
	m.do(m.resolve(1, 2, 3, 4, 5, 6))
	if got := m.shows("ana").Sheet.Text.Team; got != casefile.Competent {
		t.Errorf("the confirmed team stands as %q", got)
	}
	for i, who := range team() {
		if f := m.shows("ana"); f.Ready || len(f.Waits) != 6-i || m.status() != "" {
			t.Fatalf("after %d signatures it waits for %v, ready %v, her status is %q", i, f.Waits, f.Ready, m.status())
		}
		_, err := m.settle()
		w.refused(err, fault.Conflict, "conference.unsigned")
		w.must(m.answer(who, conference.Replying{}))
	}
	if got := m.waits(); !slices.Equal(got, []string{"conference.settle shelter"}) {
		t.Errorf("what waits is %v", got)
	}
	m.do(m.settle())
	f, err := w.cases.Show(t.Context(), w.people["ana"], m.c.ID)
	w.must(err)
	if len(f.Decisions) != 1 || f.Status != "formally-identified" || f.Decisions[0].Value.Standing != casefile.Competent || f.Decisions[0].Value.Conference != m.r.ID {
		t.Errorf("the case has %+v, status %s", f.Decisions, f.Status)
	}
	if got := m.shows("ana"); len(got.Answers) != 6 || len(m.waits()) != 0 {
		t.Errorf("the protocol has %d answers, %v waits", len(got.Answers), m.waits())
	}
	_, err = w.cases.Decide(t.Context(), w.people["ana"], m.c.ID, casefile.Decision{
		Status: "presumed", Body: "police", Name: "x", Country: "ME", Basis: "y", Date: "2026-03-02", Conference: m.r.ID,
	})
	w.refused(err, fault.Invalid, "case.field") // nobody says by hand that a conference decided
}

// TestQuorumIsTheProfiles: of how many kinds somebody has to be there is data; too few is refused once it is confirmed, and not before.
func TestQuorumIsTheProfiles(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	m.do(m.minute()) // the office was excused
	me, _ := w.shipped.Country("ME")
	me.Teams[0].Quorum = 6
	all := []profile.Profile{me}
	files, err := profile.Files()
	w.must(err)
	for _, raw := range files {
		if code := profile.CodeOf(raw); code != "ME" {
			p, err := profile.Parse(raw)
			w.must(err)
			all = append(all, p)
		}
	}
	unconfirmed, err := profile.NewSet(all)
	w.must(err)
	w.law = profile.Fictitious(unconfirmed, "demo", "2026-01-01")
	_, err = m.resolve(1, 2, 3, 4, 5, 6)
	w.refused(err, fault.Invalid, "conference.quorum")
	w.law = unconfirmed
	m.do(m.resolve(1, 2, 3, 4, 5, 6))
}

// TestToBeInvitedOpensNothing: a seat holds what the basis of its desk covers, and nothing of the case; without a basis there is no seat.
func TestToBeInvitedOpensNothing(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	m := w.called()
	health := w.agrees(m.c.ID, consent.ForServices, []consent.Code{"health.needs"}, "stranger")
	// What she agreed to is offered, to whom she agreed, and no desk that sits already.
	if grounds, err := w.Grounds(ctx, ana.Actor, m.r.ID); err != nil || len(grounds) != 1 || grounds[0].Desk != "stranger" || grounds[0].Ground != string(health) {
		t.Errorf("could be invited: %+v, %v", grounds, err)
	}
	in := m.calling()
	in.Invites = []conference.Invite{{Desk: "stranger", Kind: "other", Basis: conference.Consent, Ground: string(health)}}
	m.do(w.Change(ctx, ana, m.r.ID, m.r.Version, in))
	x := minutes()
	x.Seats = append(x.Seats, conference.Attendance{Seat: 7, There: true})
	m.do(w.Minute(ctx, ana, m.r.ID, m.r.Version, x))
	items := func(by string) (agenda, said []int64) {
		f := m.shows(by)
		for _, a := range f.Sheet.Agenda {
			agenda = append(agenda, a.N)
		}
		for _, s := range f.Sheet.Said {
			said = append(said, s.Item)
		}
		return agenda, said
	}
	for by, want := range map[string][]int64{"mira": {1, 2, 3}, "doctor": {1, 2}, "boris": {1}, "zora": {2}} {
		if agenda, said := items(by); !slices.Equal(agenda, want) || !slices.Equal(said, want) {
			t.Errorf("%s sees items %v and what was said to %v, want %v", by, agenda, said, want)
		}
	}
	for _, by := range []string{"doctor", "boris", "zora"} {
		f := m.shows(by)
		if len(f.Seats) != 1 || f.Call != nil || f.Minutes != nil || f.Own {
			t.Errorf("%s sees %+v", by, f)
		}
		_, err := w.cases.Note(ctx, w.people[by], m.c.ID, casefile.Note{Language: "en", Text: "DEMO"})
		if !fault.Is(err, fault.Hidden) && !fault.Is(err, fault.Denied) {
			t.Errorf("%s writes into the case: %v", by, err)
		}
	}
	for _, by := range []string{"doctor", "zora"} {
		_, err := w.cases.Show(ctx, w.people[by], m.c.ID)
		w.refused(err, fault.Hidden, "")
		_, err = w.OfCase(ctx, w.people[by].Actor, m.c.ID)
		w.refused(err, fault.Hidden, "")
	}

	// Who may not see the grounds of the decision cannot be made to sign it.
	_, err := m.resolve(1, 7)
	w.refused(err, fault.Invalid, "conference.uncovered")
	m.do(m.resolve(1, 2))
	if f := m.shows("zora"); f.Sheet.Text != nil {
		t.Errorf("who may see her health alone reads the decision")
	}
	if f := m.shows("petra"); f.Sheet.Text == nil { // she has not to sign, and may see it
		t.Errorf("who may see it does not read the decision")
	}

	for name, x := range map[string]struct {
		invite conference.Invite
		kind   fault.Kind
		key    string
	}{
		"no basis":                     {conference.Invite{Desk: "stranger", Kind: "other", Basis: conference.Consent}, fault.Invalid, "conference.field"},
		"a consent that is none":       {conference.Invite{Desk: "stranger", Kind: "other", Basis: conference.Consent, Ground: "none"}, fault.Conflict, "consent.not-live"},
		"a consent that names another": {conference.Invite{Desk: "stranger", Kind: "other", Basis: conference.Consent, Ground: string(m.given)}, fault.Denied, "consent.recipient"},
		"as if it were its own":        {conference.Invite{Desk: "stranger", Kind: "other", Basis: conference.Own}, fault.Invalid, "conference.field"},
		"a release":                    {conference.Invite{Desk: "stranger", Kind: "other", Basis: conference.Release, Ground: string(m.released)}, fault.Invalid, "conference.wall"},
		"the police by a consent":      {conference.Invite{Desk: "police", Kind: "police", Basis: conference.Consent, Ground: string(m.given)}, fault.Invalid, "conference.wall"},
		"a desk that is none":          {conference.Invite{Desk: "nowhere", Kind: "other", Basis: conference.Consent, Ground: string(m.given)}, fault.Invalid, "conference.field"},
		"a seat that is none":          {conference.Invite{Desk: "stranger", Kind: "friend", Basis: conference.Consent, Ground: string(m.given)}, fault.Invalid, "conference.field"},
	} {
		in := m.calling()
		in.Invites = []conference.Invite{x.invite}
		_, err := w.Call(ctx, ana, m.c.ID, in)
		_, got, _ := fault.Public(err)
		if !fault.Is(err, x.kind) || got != x.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	in = m.calling()
	in.Purpose = "return" // a consent to be helped is none to be spoken about for a return
	in.Invites = in.Invites[1:2]
	_, err = w.Call(ctx, ana, m.c.ID, in)
	w.refused(err, fault.Denied, "consent.recipient")
}

// TestTheProsecutionSitsByItsRelease: what is not released to it, it does not know; and as soon as the release has ended nothing is left.
func TestTheProsecutionSitsByItsRelease(t *testing.T) {
	w := newWorld(t)
	ctx, ana, boris := t.Context(), w.people["ana"], w.people["boris"]
	m := w.called()
	for step, err := range map[string]error{
		"call":   second(w.Call(ctx, boris, m.c.ID, m.calling())),
		"change": second(w.Change(ctx, boris, m.r.ID, m.r.Version, m.calling())),
		"minute": second(w.Minute(ctx, boris, m.r.ID, m.r.Version, minutes())),
		"settle": second(w.Settle(ctx, boris, m.r.ID, m.r.Version)),
		"end":    second(w.End(ctx, boris, m.r.ID, m.r.Version, "no-decision")),
	} {
		if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Hidden) {
			t.Errorf("the police may %s: %v", step, err)
		}
	}
	list, _, err := w.List(ctx, boris.Actor, "", 10)
	if err != nil || len(list) != 1 {
		t.Errorf("the police lists %v, %v", list, err)
	}
	m.do(m.minute())
	m.do(m.resolve(1, 6))
	w.must(m.answer("boris", conference.Replying{Dissent: "two signs of Zelenkovo are missing"}))
	_, err = w.cases.WithdrawRelease(ctx, ana.Actor, m.released)
	w.must(err)
	_, err = w.Show(ctx, boris, m.r.ID)
	w.refused(err, fault.Hidden, "")
	if list, _, err := w.List(ctx, boris.Actor, "", 10); err != nil || len(list) != 0 {
		t.Errorf("without the release the police lists %v, %v", list, err)
	}
	w.must(m.answer("mira", conference.Replying{}))
	_, err = m.settle() // what it signed was destroyed with the release
	w.refused(err, fault.Conflict, "conference.unsigned")
	m.do(m.resolve(1))
	w.must(m.answer("mira", conference.Replying{}))
	m.do(m.settle())
}

func second[T any](_ T, err error) error { return err }

// TestAWithdrawnConsentEmptiesTheSeats: at once, and what was signed under it and has not taken effect counts no more.
func TestAWithdrawnConsentEmptiesTheSeats(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	m := w.called()
	m.do(m.minute())
	m.do(m.resolve(1, 2, 4))
	for _, who := range []string{"mira", "doctor"} {
		w.must(m.answer(who, conference.Replying{}))
	}
	_, err := w.consents.Withdraw(ctx, ana.Actor, m.given, "")
	w.must(err)
	for _, who := range []string{"doctor", "sara"} {
		_, err := w.Show(ctx, w.people[who], m.r.ID)
		w.refused(err, fault.Hidden, "")
		w.refused(m.answer(who, conference.Replying{}), fault.Hidden, "")
	}
	if got := m.waits(); !slices.Equal(got, []string{}) {
		t.Errorf("somebody has still to sign: %v", got)
	}
	_, err = m.settle()
	w.refused(err, fault.Conflict, "conference.unsigned")
	_, err = m.resolve(1, 2)
	w.refused(err, fault.Invalid, "conference.unseated")
	again := w.agrees(m.c.ID, consent.ForServices, sees, "clinic")
	in := m.calling()
	in.Invites = []conference.Invite{{Desk: "clinic", Kind: "medical", Basis: conference.Consent, Ground: string(again)}}
	m.do(w.Change(ctx, ana, m.r.ID, m.r.Version, in))
	if f := m.shows("doctor"); len(f.Sheet.Agenda) != 2 || f.Sheet.Text != nil {
		t.Errorf("invited again, the doctor sees %+v", f.Sheet)
	}
}

// TestAChangedTextHasNoSignature: what was signed stays on record with its text; whoever read the earlier one cannot sign the later.
func TestAChangedTextHasNoSignature(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	m := w.called()
	m.do(m.minute())
	m.do(m.resolve(1, 2))
	for _, who := range []string{"mira", "doctor"} {
		w.must(m.answer(who, conference.Replying{}))
	}
	read := m.r.Version
	d := decision()
	d.Grounds = "what happened after Zelenkovo"
	m.do(w.Resolve(ctx, w.people["ana"], m.r.ID, m.r.Version, conference.Resolving{Decision: d, Signs: []int64{1, 2}}))
	f := m.shows("ana")
	if len(f.Answers) != 0 || len(f.Waits) != 2 || len(f.Earlier) != 1 || len(f.Earlier[0].Value.Answers) != 2 || f.Earlier[0].Value.Settled {
		t.Errorf("the changed text has %d answers and %d earlier texts", len(f.Answers), len(f.Earlier))
	}
	_, err := m.settle()
	w.refused(err, fault.Conflict, "conference.unsigned")
	_, err = w.Answer(ctx, w.people["doctor"], m.r.ID, read, conference.Replying{Reply: conference.Signed})
	w.refused(err, fault.Stale, "conference.stale")
	w.must(m.answer("doctor", conference.Replying{}))
	w.refused(m.answer("doctor", conference.Replying{}), fault.Conflict, "conference.answered")

	in := m.calling()
	in.Invites = nil
	spoken := in.Agenda
	in.Agenda = slices.Clone(spoken[1:])
	_, err = w.Change(ctx, w.people["ana"], m.r.ID, m.r.Version, in) // of what was spoken about nothing is taken off
	w.refused(err, fault.Invalid, "conference.field")
	in.Agenda = spoken
	m.do(w.Change(ctx, w.people["ana"], m.r.ID, m.r.Version, in)) // what it is about is changed: the text goes too
	if f := m.shows("ana"); f.State != conference.Minuted || f.Sheet.Text != nil || len(f.Earlier) != 2 || len(m.waits()) != 0 {
		t.Errorf("after the change %s, %d earlier texts, %v waits", f.State, len(f.Earlier), m.waits())
	}
}

// TestEveryoneSignsWithHerOwnKey: nobody signs twice, for another or with a key that is not known as hers; a refusal is recorded with its
// reason, and a dissent beside the signature.
func TestEveryoneSignsWithHerOwnKey(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	m.do(m.minute())
	m.do(m.resolve(1, 2, 4, 5))
	w.refused(m.answer("petra", conference.Replying{}), fault.Conflict, "conference.not-asked")
	w.refused(m.answer("zora", conference.Replying{}), fault.Hidden, "")
	w.must(m.answer("sara", conference.Replying{Dissent: "too early after Zelenkovo"}))
	w.refused(m.answer("sara-too", conference.Replying{}), fault.Denied, "conference.two-seats")
	w.refused(m.answer("olga", conference.Replying{Reply: conference.Refused}), fault.Invalid, "conference.field")
	w.must(m.answer("olga", conference.Replying{Reply: conference.Refused, Reason: "disagrees", Note: "Zelenkovo"}))
	for _, who := range []string{"mira", "doctor"} {
		w.must(m.answer(who, conference.Replying{}))
	}
	f := m.shows("ana")
	if len(f.Answers) != 4 || f.Answers[2].Dissent == "" || f.Answers[3].Reason != "disagrees" || !cmp.Equal(f.Waits, []id.Desk{"office"}) {
		t.Errorf("answers %+v, waits for %v", f.Answers, f.Waits)
	}
	_, err := m.settle()
	w.refused(err, fault.Conflict, "conference.unsigned")

	// The desk of the case opens every seat, and cannot sign for it: a key that the node does not know as hers is seen.
	m.do(m.resolve(1, 2))
	stranger := w.people["doctor"]
	w.person("doctor-again", "service-provider", "clinic", "assistance")
	forged := w.people["doctor-again"]
	forged.User = stranger.User
	w.must(m.answer("mira", conference.Replying{}))
	w.must(w.forge(m, forged))
	if f := m.shows("ana"); !f.Ready {
		t.Fatalf("the forged signature is not there: %v", f.Waits)
	}
	_, err = m.settle()
	w.refused(err, fault.Conflict, "conference.key")
}

// TestSheIsAskedAndNothingIsRequiredOfHer: that she did not come is an answer; that nobody asked her needs a reason.
func TestSheIsAskedAndNothingIsRequiredOfHer(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	for how, ok := range map[string]bool{"": false, "not-asked": false, "unsafe-to-ask": false, "no": false, "declined": true, "took-part": true, "heard-before": true} {
		x := minutes()
		x.Hearing = conference.Hearing{How: how}
		r, err := w.Minute(t.Context(), w.people["ana"], m.r.ID, m.r.Version, x)
		if ok {
			m.do(r, err)
			continue
		}
		w.refused(err, fault.Invalid, "conference.hearing")
	}
	x := minutes()
	x.Hearing = conference.Hearing{How: "not-asked", Why: "DEMO: she was in hospital"}
	m.do(w.Minute(t.Context(), w.people["ana"], m.r.ID, m.r.Version, x))
	x.Seats = x.Seats[:5]
	_, err := w.Minute(t.Context(), w.people["ana"], m.r.ID, m.r.Version, x)
	w.refused(err, fault.Invalid, "conference.field") // who was absent is said of every seat
}

// TestSilentMembersAreHeardOf: each has a task with the clock of the profile, which climbs; so have the minutes.
func TestSilentMembersAreHeardOf(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	if got := m.waits(); !slices.Equal(got, []string{"conference.minutes shelter"}) {
		t.Errorf("called, and waits for %v", got)
	}
	m.do(m.minute())
	m.do(m.resolve(1, 2, 6))
	if got, want := m.waits(), []string{"conference.sign clinic", "conference.sign police", "conference.sign shelter"}; !slices.Equal(got, want) {
		t.Errorf("waits for %v, want %v", got, want)
	}
	w.must(m.answer("mira", conference.Replying{}))
	w.told = nil
	w.now = w.now.AddDate(0, 0, 20)
	_, err := w.tasks.Escalate(t.Context())
	w.must(err)
	late := map[id.Desk]bool{}
	for _, x := range w.told {
		late[x.Task.Desk] = true
		if x.Task.Kind != conference.TaskSign {
			t.Errorf("told of %s", x.Task.Kind)
		}
	}
	if !late["clinic"] || !late["police"] || late["shelter"] {
		t.Errorf("heard of %v", late)
	}
}

// TestWhatIsKeptOfAConferenceIsInNoRow: a thief of the whole database finds no word of it, and an erased case takes it with it.
func TestWhatIsKeptOfAConferenceIsInNoRow(t *testing.T) {
	w := newWorld(t)
	ctx, ana := t.Context(), w.people["ana"]
	m := w.called()
	m.do(m.minute())
	m.do(m.resolve(1, 2))
	w.must(m.answer("doctor", conference.Replying{Dissent: "after Zelenkovo"}))
	var content, keys bytes.Buffer
	w.must(w.db.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	all := append(content.Bytes(), keys.Bytes()...)
	if !bytes.Contains(all, []byte(m.r.ID)) || bytes.Contains(bytes.ToLower(all), []byte("zelenkovo")) {
		t.Errorf("the dump has %d bytes; the conference is in it: %v", len(all), bytes.Contains(all, []byte(m.r.ID)))
	}
	version := func() int64 {
		c, err := w.cases.Show(ctx, ana, m.c.ID)
		w.must(err)
		return c.Version
	}
	end := casefile.Closure{Reason: "needs-met", Date: "2026-03-21", Action: "erase"}
	_, err := w.cases.Close(ctx, ana, m.c.ID, version(), end)
	w.refused(err, fault.Conflict, "conference.case-open")
	_, err = w.End(ctx, ana, m.r.ID, m.r.Version, "because")
	w.refused(err, fault.Invalid, "conference.field")
	m.do(w.End(ctx, ana, m.r.ID, m.r.Version, "no-decision"))
	_, err = w.Show(ctx, w.people["doctor"], m.r.ID)
	w.refused(err, fault.Hidden, "")
	if left := m.waits(); len(left) != 0 {
		t.Errorf("ended, and waits for %v", left)
	}
	_, err = w.cases.Close(ctx, ana, m.c.ID, version(), end)
	w.must(err)
	w.must(w.cases.Erase(ctx, ana.Actor, m.c.ID))
	_, err = w.Show(ctx, ana, m.r.ID)
	w.refused(err, fault.Hidden, "")
}

// TestACaseGoesNowhereDuringAConference: its seats stand on what the desk of the case holds.
func TestACaseGoesNowhereDuringAConference(t *testing.T) {
	w := newWorld(t)
	m := w.called()
	leave := func() error {
		return w.Read(t.Context(), func(tx conference.Tx) error { return w.LeavingIn(t.Context(), tx, m.c) })
	}
	w.refused(leave(), fault.Conflict, "conference.leaving")
	m.do(w.End(t.Context(), w.people["ana"], m.r.ID, m.r.Version, "not-held"))
	w.must(leave())
}
