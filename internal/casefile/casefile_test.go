package casefile_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
)

func note(text string) casefile.Note { return casefile.Note{Language: "en", Text: text} }

var lodging = casefile.Delivery{Service: "accommodation", Provider: "Demo shelter", From: "2026-11-23"}

func TestCaseIsWorkedAtItsDesk(t *testing.T) {
	o := born(t)
	c := o.open()
	if c.AgeClass != person.Adult {
		t.Errorf("age class %q", c.AgeClass)
	}
	ana, mira := o.people["ana"], o.people["mira"]
	_, err := o.cases.Note(o.ctx, ana, c.ID, note("arrived tired"))
	o.must(err)
	_, err = o.cases.Decide(o.ctx, mira, c.ID, casefile.Decision{
		Status: "presumed", Body: "police", Name: "Demo police", Country: "MK", Basis: "SOP 4", Date: "2026-11-20",
	})
	o.must(err)
	_, err = o.cases.Assess(o.ctx, ana, c.ID, casefile.Assessment{
		Trigger: "first-contact", Factors: []casefile.Factor{{Code: "debt-claimed", Found: "yes"}, {Code: "health", Found: "unknown"}},
		Grades: map[string]casefile.Grade{"person": casefile.High, "travel": casefile.Low}, Conclusion: "stay", Review: frame.At(o.now.AddDate(0, 0, 14)),
	})
	o.must(err)
	f, err := o.cases.Show(o.ctx, mira, c.ID)
	o.must(err)
	if len(f.Notes) != 1 || f.Notes[0].Value.Text != "arrived tired" || f.Status != "presumed" || f.Grade != casefile.High ||
		f.Freshness != casefile.Current || f.Who == nil || f.Who.Contacts[0].Address != "" {
		t.Errorf("the file is %+v", f)
	}
	o.now = o.now.AddDate(0, 0, 14)
	if f, err = o.cases.Show(o.ctx, mira, c.ID); err != nil || f.Freshness != casefile.Stale {
		t.Errorf("after its review the assessment is %v, %v", f.Freshness, err)
	}
}

func TestHiddenLooksLikeMissing(t *testing.T) {
	o := born(t)
	c := o.open()
	for _, who := range []string{"boris", "petar"} {
		_, hidden := o.cases.Show(o.ctx, o.people[who], c.ID)
		_, missing := o.cases.Show(o.ctx, o.people[who], "no-such-case")
		o.refused(hidden, fault.Hidden, "")
		o.refused(missing, fault.Hidden, "")
		_, err := o.cases.Find(o.ctx, o.people[who].Actor, string(c.Reference))
		o.refused(err, fault.Hidden, "")
		all, err := o.cases.List(o.ctx, o.people[who].Actor, casefile.Filter{Limit: 10})
		if err == nil && len(all) != 0 {
			t.Errorf("%s lists %v", who, all)
		}
	}
	if all, err := o.cases.List(o.ctx, o.people["ana"].Actor, casefile.Filter{Limit: 10}); err != nil || len(all) != 1 {
		t.Errorf("ana lists %v, %v", all, err)
	}
	if got, err := o.cases.Find(o.ctx, o.people["mira"].Actor, strings.ToUpper(string(c.Reference))); err != nil || got.ID != c.ID {
		t.Errorf("mira finds %v, %v", got, err)
	}
}

func TestWhatWasChangedSinceItWasReadIsNotOverwritten(t *testing.T) {
	o := born(t)
	c := o.open()
	_, err := o.cases.Flag(o.ctx, o.people["ana"].Actor, c.ID, c.Version, true, []string{"MD"})
	o.must(err)
	_, err = o.cases.Flag(o.ctx, o.people["mira"].Actor, c.ID, c.Version, false, nil)
	o.refused(err, fault.Stale, "")
	for _, none := range []string{"QQ", "YU"} { // nothing would be held back from the countries that came after
		_, err = o.cases.Flag(o.ctx, o.people["ana"].Actor, c.ID, c.Version+1, true, []string{none})
		o.refused(err, fault.Invalid, "person.country")
	}
	k, err := o.persons.Show(o.ctx, o.people["ana"], c.ID)
	o.must(err)
	wrong := k.Person
	wrong.Citizenships = person.Say([]string{"QQ"})
	_, err = o.persons.Correct(o.ctx, o.people["ana"], c.ID, k.Version, wrong)
	o.refused(err, fault.Invalid, "person.country")
	_, err = o.persons.Correct(o.ctx, o.people["ana"], c.ID, k.Version, k.Person)
	o.must(err)
	_, err = o.persons.Correct(o.ctx, o.people["mira"], c.ID, k.Version, k.Person)
	o.refused(err, fault.Stale, "")
}

func TestSafeContactCardStandsBeforeAnyContact(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	_, err := o.persons.Reach(o.ctx, ana, c.ID, 1, 0)
	o.refused(err, fault.Conflict, "person.contact.card-first")
	card, err := o.persons.SafeContact(o.ctx, ana, c.ID)
	o.must(err)
	if card.Entries[0].Safety != person.Safe || card.Entries[1].Safety != person.Unsafe {
		t.Errorf("the card is %+v", card)
	}
	got, err := o.persons.Reach(o.ctx, ana, c.ID, card.Entries[0].Index, card.Version)
	if err != nil || got.Address != "demona-safe" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = o.persons.Reach(o.ctx, ana, c.ID, card.Entries[1].Index, card.Version)
	o.refused(err, fault.Denied, "person.contact.unsafe")
	k, err := o.persons.Show(o.ctx, ana, c.ID)
	o.must(err)
	_, err = o.persons.Correct(o.ctx, ana, c.ID, k.Version, k.Person)
	o.must(err)
	_, err = o.persons.Reach(o.ctx, ana, c.ID, 1, card.Version)
	o.refused(err, fault.Stale, "person.contact.card-old")
}

func TestAssistanceNeverDependsOnCooperation(t *testing.T) {
	d := reflect.TypeFor[casefile.Delivery]()
	for i := range d.NumField() {
		if name := strings.ToLower(d.Field(i).Name); strings.Contains(name, "cooperat") || strings.Contains(name, "status") || strings.Contains(name, "testif") {
			t.Errorf("a service has the field %s", d.Field(i).Name)
		}
	}
	source, err := os.ReadFile("serve.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Cooperat", "cooperat", "row.Status", "Decision", "Prosecution"} {
		if bytes.Contains(source, []byte(word)) {
			t.Errorf("serve.go mentions %s", word)
		}
	}
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	for _, status := range []string{"not-identified", "declined-by-person"} {
		_, err := o.cases.Decide(o.ctx, ana, c.ID, casefile.Decision{Status: status, Body: "police", Name: "x", Country: "MK", Basis: "y", Date: "2026-11-20"})
		o.must(err)
		_, err = o.cases.Serve(o.ctx, ana, c.ID, "", 0, lodging)
		o.must(err)
	}
	_, err = o.cases.Cooperate(o.ctx, ana, c.ID, casefile.Cooperation{Answer: "no", Date: "2026-11-20"})
	o.refused(err, fault.Denied, "case.cooperation.realm")
}

func TestUnknownAgeFollowsChildPath(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c, err := o.cases.Open(o.ctx, ana, casefile.Opening{})
	o.must(err)
	r := agreed([]consent.Purpose{consent.ForReferral}, []id.Address{abroad}, "needs")
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.refused(err, fault.Invalid, "consent.child")
	r.GivenBy, r.Guardian = consent.ByGuardian, consent.Guardian{Name: "G. Fictitious", Relation: "aunt"}
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.refused(err, fault.Invalid, "consent.child")
	r.Assent, r.BestInterests = true, "with her aunt"
	_, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: r})
	o.must(err)
}

func TestAsylumBlocksCountryOfOrigin(t *testing.T) {
	for _, tt := range []struct {
		name    string
		c       casefile.Case
		country id.Member
		ok      bool
	}{
		{"no asylum", casefile.Case{Origins: []string{"MD"}}, "MD", true},
		{"origin", casefile.Case{Asylum: true, Origins: []string{"MD"}}, "MD", false},
		{"elsewhere", casefile.Case{Asylum: true, Origins: []string{"MD"}}, "RS", true},
		{"one of two", casefile.Case{Asylum: true, Origins: []string{"MD", "RO"}}, "RO", false},
		{"not known", casefile.Case{Asylum: true, Origins: []string{"unknown"}}, "RS", false},
		{"not recorded", casefile.Case{Asylum: true}, "RS", false},
	} {
		for _, err := range []error{casefile.MayTransmitTo(tt.c, tt.country), casefile.MayContactConsulateOf(tt.c, string(tt.country))} {
			if (err == nil) != tt.ok || err != nil && !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
	o := born(t)
	_, err := o.cases.Open(o.ctx, o.people["ana"], casefile.Opening{Asylum: true})
	o.refused(err, fault.Invalid, "case.asylum.origin-missing")
}

func TestWithdrawalFreezesAtOnceAndTouchesNoService(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	_, err := o.cases.Serve(o.ctx, ana, c.ID, "", 0, lodging)
	o.must(err)
	given, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agreed(
		[]consent.Purpose{consent.ForCriminal, consent.ForReferral}, []id.Address{toPolice, abroad}, "identity.names", "exploitation.summary")})
	o.must(err)
	r, err := o.cases.ByConsent(o.ctx, ana, casefile.Releasing{Case: c.ID, To: "prosecution", Consent: given.ID, Category: "victim", Handling: "no-onward-without-consent"})
	o.must(err)
	petar := o.people["petar"]
	x, _, err := o.cases.ShowRelease(o.ctx, petar, r.ID)
	if err != nil || len(x.Content.Names) != 1 || x.Content.Aliases != nil || x.Content.Birth != nil {
		t.Fatalf("petar sees %+v, %v", x.Content, err)
	}
	// The node acts with nobody signed in: no key is open.
	_, err = o.consents.Withdraw(o.ctx, access.Node("MK"), given.ID, "")
	o.must(err)
	if len(o.forwards) != 1 || len(o.forwards[0].Recipients) != 2 {
		t.Errorf("forwarded %+v", o.forwards)
	}
	_, _, err = o.cases.ShowRelease(o.ctx, petar, r.ID)
	o.refused(err, fault.Conflict, "keyring.compartment.frozen")
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	if err != nil || len(f.Deliveries) != 1 || f.Shut != 1 {
		t.Errorf("services after the withdrawal: %+v, shut %d, %v", f.Deliveries, f.Shut, err)
	}
	_, err = o.consents.Withdraw(o.ctx, ana.Actor, given.ID, "")
	o.refused(err, fault.Conflict, "consent.withdrawn-already")
	// The desk answers "erased": the compartment can never be opened again.
	o.now = o.now.Add(time.Hour)
	_, err = o.consents.Reply(o.ctx, ana, given.ID, nil)
	o.must(err)
	all, err := o.consents.List(o.ctx, ana.Actor, c.ID)
	if at := frame.At(o.now); err != nil || len(all) != 1 || all[0].WithdrawnBy != "" || all[0].Effective != at.Add(-time.Hour) || all[0].Answered != at {
		t.Errorf("withdrawn as %+v, %v", all, err)
	}
	another, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agreed([]consent.Purpose{consent.ForReferral}, []id.Address{abroad}, "needs")})
	o.must(err)
	another, err = o.consents.Withdraw(o.ctx, ana.Actor, another.ID, "")
	if at := frame.At(o.now); err != nil || another.WithdrawnBy != ana.User || another.Effective != at || another.Answered != 0 {
		t.Errorf("withdrawn as %+v, %v", another, err)
	}
	own, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agreed([]consent.Purpose{consent.ForReferral}, []id.Address{abroad}, "needs")})
	o.must(err)
	herself := access.Actor{User: id.User(c.Person), Role: access.ThePerson, Realm: access.Assistance, Member: "MK"}
	if own, err = o.consents.Withdraw(o.ctx, herself, own.ID, ""); err != nil || own.WithdrawnBy != "" {
		t.Errorf("by herself, as %+v, %v", own, err)
	}
	_, _, err = o.cases.ShowRelease(o.ctx, ana, r.ID)
	o.refused(err, fault.NotFound, "")
}

func TestProsecutionSeesWhatWasReleasedAndNothingElse(t *testing.T) {
	o := born(t)
	c, ana, mira, petar := o.open(), o.people["ana"], o.people["mira"], o.people["petar"]
	_, err := o.cases.Note(o.ctx, ana, c.ID, note("not for others"))
	o.must(err)
	in := casefile.Releasing{
		Case: c.ID, To: "prosecution", Order: "Demo court 17/2026", Categories: []consent.Code{"identity.names"}, Category: "victim",
		Handling: "evidence-allowed", Items: []casefile.Item{{Kind: "fact", From: "case worker", Text: "seen on 3 May"}, {Kind: "opinion", From: "case worker", Text: "afraid"}},
	}
	without := in
	without.Order = ""
	_, err = o.cases.ByOrder(o.ctx, ana, without)
	o.refused(err, fault.Invalid, "")
	astray := in
	astray.To = "clinic"
	_, err = o.cases.ByOrder(o.ctx, ana, astray)
	o.refused(err, fault.Invalid, "case.release.realm")
	r, err := o.cases.ByOrder(o.ctx, ana, in)
	o.must(err)
	_, _, err = o.cases.ShowRelease(o.ctx, petar, r.ID)
	o.refused(err, fault.Hidden, "")
	_, err = o.cases.ApproveRelease(o.ctx, ana, r.ID)
	o.refused(err, fault.Denied, "")
	_, err = o.cases.ApproveRelease(o.ctx, mira, r.ID)
	o.must(err)
	// He finds it in the list of his desk, by the reference; assistance has no such list, an administrator may not ask.
	listed, err := o.cases.Releases(o.ctx, petar.Actor, "", 50)
	if err != nil || len(listed) != 1 || listed[0].ID != r.ID || listed[0].Reference != c.Reference {
		t.Errorf("listed for petar: %+v, %v", listed, err)
	}
	if more, err := o.cases.Releases(o.ctx, petar.Actor, r.ID, 50); err != nil || len(more) != 0 {
		t.Errorf("after the last one: %+v, %v", more, err)
	}
	if other, err := o.cases.Releases(o.ctx, ana.Actor, "", 50); err != nil || len(other) != 0 {
		t.Errorf("listed for ana: %+v, %v", other, err)
	}
	_, err = o.cases.Releases(o.ctx, access.Actor{User: "u", Role: access.Administrator, Realm: access.Office, Member: "MK", Session: "s"}, "", 50)
	o.refused(err, fault.Denied, "access.denied")
	x, _, err := o.cases.ShowRelease(o.ctx, petar, r.ID)
	if err != nil || len(x.Items) != 2 || x.Items[1].Kind != "opinion" {
		t.Fatalf("petar sees %+v, %v", x, err)
	}
	f, err := o.cases.Show(o.ctx, petar, c.ID)
	if err != nil || len(f.Notes) != 0 || f.Who != nil || len(f.Dossiers) != 1 || f.Shut == 0 {
		t.Errorf("petar reads %+v, %v", f, err)
	}
	_, err = o.cases.Note(o.ctx, petar, c.ID, note("x"))
	o.refused(err, fault.Denied, "")
	_, err = o.cases.WithdrawRelease(o.ctx, ana.Actor, r.ID)
	o.must(err)
	_, err = o.cases.Show(o.ctx, petar, c.ID)
	o.refused(err, fault.Hidden, "")
	if listed, err := o.cases.Releases(o.ctx, petar.Actor, "", 50); err != nil || len(listed) != 0 {
		t.Errorf("listed after the end: %+v, %v", listed, err)
	}
}

func TestBreakGlass(t *testing.T) {
	o := born(t)
	c, erna := o.open(), o.people["erna"]
	const why = "she has not come home"
	_, err := o.cases.EmergencyOpen(o.ctx, erna, c.ID, "missing-person", why)
	o.refused(err, fault.Hidden, "")
	o.duty("erna", "emergency")
	_, err = o.cases.Show(o.ctx, erna, c.ID)
	o.refused(err, fault.Hidden, "")
	_, err = o.cases.EmergencyOpen(o.ctx, erna, c.ID, "missing-person", "")
	o.refused(err, fault.Invalid, "")
	_, err = o.cases.EmergencyOpen(o.ctx, erna, c.ID, "missing-person", why)
	o.must(err)
	if len(o.told) != 1 || o.told[0].Desk != "shelter" || !o.told[0].Urgent {
		t.Errorf("told %+v", o.told)
	}
	f, err := o.cases.Show(o.ctx, erna, c.ID)
	if err != nil || !f.Glass || f.Who == nil {
		t.Fatalf("erna reads %+v, %v", f, err)
	}
	_, err = o.cases.Note(o.ctx, erna, c.ID, note("x"))
	o.refused(err, fault.Denied, "")
	other := o.open()
	_, err = o.cases.Show(o.ctx, erna, other.ID)
	o.refused(err, fault.Hidden, "")
	o.now = o.now.Add(3 * time.Hour)
	_, err = o.cases.Show(o.ctx, erna, c.ID)
	o.refused(err, fault.Hidden, "")
}

func TestConsentCannotBeOverridden(t *testing.T) {
	o := born(t)
	c, ana, mira := o.open(), o.people["ana"], o.people["mira"]
	why := consent.Reason{Basis: consent.VitalInterest, Recipient: abroad, Category: []consent.Code{"health.needs"}, Text: "unconscious, needs insulin at once", Notice: "when she wakes"}
	bare := why
	bare.Text = "urgent"
	_, err := o.consents.Propose(o.ctx, ana, c.ID, bare)
	o.refused(err, fault.Invalid, "consent.override.reason")
	x, err := o.consents.Propose(o.ctx, ana, c.ID, why)
	o.must(err)
	extract := func() error {
		return store.Reader[consent.Tx](o.db)(o.ctx, func(tx consent.Tx) error {
			_, err := o.consents.OverrideExtractIn(o.ctx, tx, x.ID, abroad, frame.At(o.now))
			return err
		})
	}
	o.refused(extract(), fault.Conflict, "consent.not-live")
	_, err = o.consents.Approve(o.ctx, ana, x.ID)
	o.refused(err, fault.Denied, "")
	_, err = o.consents.Approve(o.ctx, mira, x.ID)
	o.must(err)
	o.must(extract())
	if len(o.notices) != 2 || o.notices[0].State != consent.Proposed || o.notices[1].ReviewDue != frame.At(o.now.Add(72*time.Hour)) {
		t.Errorf("told %+v", o.notices)
	}
	olga := o.people["olga"].Actor
	_, err = o.consents.Review(o.ctx, olga, x.ID, "justified")
	o.refused(err, fault.Conflict, "")
	o.now = o.now.Add(25 * time.Hour)
	_, err = o.consents.Review(o.ctx, olga, x.ID, "justified")
	o.must(err)
	o.now = o.now.Add(48 * time.Hour)
	o.refused(extract(), fault.Conflict, "consent.not-live")
}

func TestAttachmentIsSealedInChunksAndTyped(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	body := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("plain words "), 150_000)...)
	a, err := o.cases.Attach(o.ctx, ana, c.ID, casefile.Upload{Name: "letter.pdf", Body: bytes.NewReader(body)})
	o.must(err)
	if a.Value.Type != "application/pdf" || len(a.Value.Parts) < 2 || a.Value.Key != nil {
		t.Errorf("kept as %+v", a.Value)
	}
	var back bytes.Buffer
	if _, err := o.cases.Fetch(o.ctx, o.people["mira"], c.ID, a.Record, &back); err != nil || !bytes.Equal(back.Bytes(), body) {
		t.Errorf("%d bytes came back, %v", back.Len(), err)
	}
	_, err = o.cases.Attach(o.ctx, ana, c.ID, casefile.Upload{Name: "page.txt", Body: strings.NewReader("<html><script>")})
	o.refused(err, fault.Invalid, "case.file.type")
	_, err = o.cases.Attach(o.ctx, ana, c.ID, casefile.Upload{Name: "big.txt", Body: strings.NewReader(strings.Repeat("a", 10<<20+1))})
	o.refused(err, fault.TooLarge, "case.file.too-large")
	_, err = o.cases.Fetch(o.ctx, o.people["boris"], c.ID, a.Record, &back)
	o.refused(err, fault.Hidden, "")
}

func TestErasedCaseCannotBeOpened(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	o.refused(o.cases.Erase(o.ctx, ana.Actor, c.ID), fault.Conflict, "case.not-closed")
	c, err := o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "erase"})
	o.must(err)
	_, err = o.cases.Note(o.ctx, ana, c.ID, note("x"))
	o.refused(err, fault.Conflict, "case.closed")
	o.must(o.cases.Erase(o.ctx, ana.Actor, c.ID))
	_, err = o.cases.Show(o.ctx, ana, c.ID)
	o.refused(err, fault.NotFound, "")
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
		rows, err := tx.Rows(o.ctx, c.ID, "")
		if len(rows) != 0 {
			t.Errorf("%d rows are left", len(rows))
		}
		holds, _ := tx.Holds(o.ctx, c.ID)
		if len(holds) != 0 {
			t.Errorf("%d holds are left", len(holds))
		}
		return err
	}))
}

func TestTamperedRowIsSeen(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	n, err := o.cases.Note(o.ctx, ana, c.ID, note("as it was"))
	o.must(err)
	o.must(store.Writer[casefile.Tx](o.db)(o.ctx, audit.Did(access.Node("MK"), access.NoteCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
		row, err := tx.Row(o.ctx, n.Record)
		if err != nil {
			return err
		}
		row.Version, row.Body = row.Version+1, append([]byte(nil), row.Body...)
		return tx.PutRow(o.ctx, keyring.SealedRow(row))
	}))
	_, err = o.cases.Show(o.ctx, ana, c.ID)
	o.refused(err, fault.Internal, "keyring.record.tampered")
}
