package referral_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// tale is a case with a consent at MK's focal point and a draft to another desk.
type tale struct {
	*net
	from, to *node
	desk     id.Desk // of the receiver
	ana      keyring.Bearer
	sara     keyring.Bearer
	file     casefile.Case
	consent  consent.Consent
	at       referral.At
}

func tell(t *testing.T, to id.Member) *tale {
	t.Helper()
	w := newNet(t, "MK", "RS")
	x := &tale{net: w, from: w.nodes["MK"], to: w.nodes[to], desk: "shelter"}
	x.ana, x.sara = x.from.people["ana"], x.to.people["sara"]
	p := person.Person{
		ID:    "p",
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Demona"}, {Kind: person.Surname, Text: "Fiktivova"}}}},
		Birth: person.Say(person.Birth{Year: 1990, Month: 4}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MD"}),
		Languages: person.Say([]person.Language{{Tag: "ro", Interpreter: true}}), Documents: person.Without[[]person.Document](person.UnsafeToAsk),
		Contacts: []person.Contact{{Way: person.Messenger, Address: "demona-safe", Safety: person.Safe, MaySay: "the library"}},
	}
	var err error
	x.file, err = x.from.cases.Open(t.Context(), x.ana, casefile.Opening{Person: &p})
	w.must(err)
	x.consent = x.gives(x.file.ID, consent.ForReferral)
	return x
}

// gives records that the person of a case consents, and returns the consent.
func (x *tale) gives(c id.Case, purpose consent.Purpose) consent.Consent {
	x.t.Helper()
	given, err := x.from.consents.Give(x.t.Context(), x.ana, consent.Giving{Case: c, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{purpose},
		Recipients: []id.Address{{Member: x.to.member, Desk: x.desk}}, Categories: []consent.Code{"identity.names", "languages"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}})
	x.must(err)
	return given
}

func (x *tale) drafting() referral.Drafting {
	return referral.Drafting{
		To: id.Address{Member: x.to.member, Desk: x.desk}, Kind: "specialised-service", Basis: "consent", Consent: x.consent.ID,
		Categories: []consent.Code{"identity.names", "languages"}, Expires: frame.At(x.Now()).Add(14 * 24 * time.Hour),
		Request: referral.Request{
			Needs: []referral.Code{"shelter"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"}, Urgency: referral.Normal,
			Risk: "high", Capacity: "one-bed",
		},
	}
}

// sent brings a referral to the other desk.
func (x *tale) sent() {
	x.t.Helper()
	r, err := x.from.Draft(x.t.Context(), x.ana, x.file.ID, referral.At{}, x.drafting())
	x.must(err)
	x.at = referral.At{Referral: r.ID}
	_, err = x.from.Check(x.t.Context(), x.ana, x.at)
	x.must(err)
	_, err = x.from.Send(x.t.Context(), x.ana, x.at, false)
	x.must(err)
	x.deliver()
}

func (x *tale) stands(want referral.Status) {
	x.t.Helper()
	x.deliver()
	for i, end := range []struct {
		n  *node
		by keyring.Bearer
	}{{x.from, x.ana}, {x.to, x.sara}} {
		r, st, clocks, err := end.n.Show(x.t.Context(), end.by.Actor, x.at)
		x.must(err)
		if r.Status != want || st.Status != want {
			x.t.Fatalf("%s sees %s (row %s), want %s", end.by.Desk, st.Status, r.Status, want)
		}
		if end.n.Forget() == 0 && (i == 0 || x.from != x.to) {
			x.t.Fatalf("%s remembers nothing: this shows nothing", end.by.Desk)
		}
		_, read, clocksRead, err := end.n.Show(x.t.Context(), end.by.Actor, x.at)
		x.must(err)
		if !reflect.DeepEqual(st, read) || !reflect.DeepEqual(clocks, clocksRead) {
			x.t.Fatalf("%s remembers\n%+v %+v\nand reads\n%+v %+v", end.by.Desk, st, clocks, read, clocksRead)
		}
	}
}

// bundles counts the letters of the receiver that hold an identity.
func (x *tale) bundles() (n int) {
	x.t.Helper()
	x.must(store.Reader[referral.Tx](x.to.db)(x.t.Context(), func(tx referral.Tx) error {
		all, err := tx.ReferralLetters(x.t.Context(), x.at.Referral, x.desk)
		for _, l := range all {
			if l.What == referral.ABundle {
				n++
			}
		}
		return err
	}))
	return n
}

func did(t *testing.T) func(referral.Row, error) {
	return func(_ referral.Row, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheWholeLifeOfAReferral(t *testing.T) {
	for _, to := range []id.Member{"RS", "MK"} {
		t.Run(string(to), func(t *testing.T) {
			x := tell(t, to)
			ctx, ok := t.Context(), did(t)
			x.sent()
			x.stands(referral.Delivered)
			if x.bundles() != 0 {
				t.Fatal("the identity left before anybody had accepted")
			}
			seen, err := x.to.Open(ctx, x.sara, x.at)
			x.must(err)
			if len(seen.Request.Needs) != 1 || seen.Case != "" {
				t.Fatalf("opened %+v", seen)
			}
			ok(x.to.Acknowledge(ctx, x.sara, x.at))
			ok(x.to.Ask(ctx, x.sara, x.at, "languages", "Does she need an interpreter?"))
			x.stands(referral.InformationRequested)
			ok(x.from.Supply(ctx, x.ana, x.at, "Yes, for Romanian."))
			x.stands(referral.InformationSupplied)
			ok(x.to.Accept(ctx, x.sara, x.at))
			x.stands(referral.Accepted)
			if x.bundles() != 1 {
				t.Fatalf("%d bundles after the acceptance", x.bundles())
			}
			seen, err = x.to.Open(ctx, x.sara, x.at)
			x.must(err)
			if len(seen.Bundle.Content.Names) != 1 || seen.Bundle.Content.Birth != nil || seen.Case == "" || len(seen.Words) != 1 {
				t.Fatalf("opened %+v", seen)
			}
			again, err := x.to.Open(ctx, x.sara, x.at)
			x.must(err)
			if again.Case != seen.Case || len(again.Bundle.Content.Names) != 1 {
				t.Fatalf("opened again %+v", again)
			}
			ok(x.from.Plan(ctx, x.ana, x.at, referral.Planned{At: frame.At(x.Now().Add(24 * time.Hour)), Meeting: "station"}, ""))
			x.stands(referral.HandoverPlanned)
			x.pass(25 * time.Hour)
			ok(x.to.NotArrived(ctx, x.sara, x.at, "delayed"))
			x.stands(referral.NotArrived)
			ok(x.to.Confirm(ctx, x.sara, x.at, 0))
			x.stands(referral.HandedOver)
			ok(x.to.InCare(ctx, x.sara, x.at, 0))
			x.pass(30 * 24 * time.Hour)
			x.publish()
			ok(x.to.Feedback(ctx, x.sara, x.at, 30, "stable", ""))
			x.stands(referral.Feedback)
			ok(x.to.Complete(ctx, x.sara, x.at, "needs-met", ""))
			x.stands(referral.Completed)
			ok(x.from.Close(ctx, x.ana, x.at))
			x.stands(referral.Closed)
		})
	}
}

func TestAWithdrawalTravels(t *testing.T) {
	for _, after := range []bool{false, true} {
		x := tell(t, "RS")
		x.sent()
		did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
		if after {
			did(t)(x.to.Accept(t.Context(), x.sara, x.at))
			x.deliver()
			_, err := x.to.Open(t.Context(), x.sara, x.at)
			x.must(err)
		}
		did(t)(x.from.Withdraw(t.Context(), x.ana.Actor, x.at))
		x.stands(referral.WithdrawnByPerson)
		if want := map[bool]int{false: 0, true: 1}[after]; x.bundles() != want {
			t.Fatalf("%d bundles, want %d", x.bundles(), want)
		}
		x.must(store.Reader[referral.Tx](x.to.db)(t.Context(), func(tx referral.Tx) error {
			gone, err := tx.Withdrawn(t.Context(), x.consent.ID, "MK")
			if err == nil && !gone && after {
				t.Error("no tombstone at the receiver")
			}
			if c, err := tx.Consent(t.Context(), x.consent.ID); after && (err != nil || c.State != consent.Withdrawn) {
				t.Errorf("the receiver's consent: %s %v", c.State, err)
			}
			return err
		}))
		if after {
			seen, err := x.to.Open(t.Context(), x.sara, x.at)
			x.must(err)
			if len(seen.Bundle.Content.Names) != 0 {
				t.Fatal("the receiver still reads what she withdrew")
			}
		}
	}
}

func TestWithdrawingTheConsentEndsTheReferral(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	_, err := x.from.consents.Withdraw(t.Context(), x.ana.Actor, x.consent.ID, "")
	x.must(err)
	x.stands(referral.WithdrawnByPerson)
}

func TestTheReceiversDeskHearsHerWithdraw(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Withdraw(t.Context(), x.sara.Actor, x.at))
	x.stands(referral.WithdrawnByPerson)
	x.must(store.Reader[referral.Tx](x.from.db)(t.Context(), func(tx referral.Tx) error {
		c, err := tx.Consent(t.Context(), x.consent.ID)
		if c.State != consent.Withdrawn {
			t.Errorf("the consent is %s", c.State)
		}
		return err
	}))
}

// The acceptance and the withdrawal cross on the way.
func TestOneBundleOrNoneAfterWithdrawal(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	x.deliver()
	x.cut = true
	did(t)(x.to.Accept(t.Context(), x.sara, x.at))
	did(t)(x.from.Withdraw(t.Context(), x.ana.Actor, x.at))
	x.cut = false
	x.pass(time.Hour)
	x.stands(referral.WithdrawnByPerson)
	if x.bundles() != 0 {
		t.Fatal("her identity left after she had withdrawn")
	}
	lost := 0
	x.must(store.Reader[referral.Tx](x.to.db)(t.Context(), func(tx referral.Tx) error {
		all, err := tx.OpenTasks(t.Context(), string(x.at.Referral)+".receiver", referral.TaskLost)
		lost = len(all)
		return err
	}))
	if lost != 1 {
		t.Errorf("the acceptance that lost is shown %d times", lost)
	}
}

func TestDeclinedIsReferredAgain(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	did(t)(x.to.Acknowledge(t.Context(), x.sara, x.at))
	did(t)(x.to.Decline(t.Context(), x.sara, x.at, "no-capacity", referral.Alternative{Code: "later"}, ""))
	x.stands(referral.Declined)
	next, err := x.from.ReRefer(t.Context(), x.ana, x.at, x.drafting())
	x.must(err)
	if next.Continues != x.at.Referral || next.Status != referral.Draft {
		t.Fatalf("%+v", next)
	}
}

func TestExpiredByTheSendersNodeAlone(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	x.pass(15 * 24 * time.Hour)
	if n, err := x.to.Expire(t.Context(), 10); err != nil || n != 0 {
		t.Fatalf("the receiver let it expire: %d %v", n, err)
	}
	if n, err := x.from.Expire(t.Context(), 10); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	x.stands(referral.Expired)
}

func TestWhatTheCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*tale, *referral.Drafting)
		kind   fault.Kind
		key    string
	}{
		{"another category", func(_ *tale, d *referral.Drafting) { d.Categories = append(d.Categories, "identity.birth") }, fault.Denied, "referral.consent.categories"},
		{"another desk", func(_ *tale, d *referral.Drafting) { d.To.Desk = "focal-point" }, fault.Denied, "consent.recipient"},
		{"passing on", func(_ *tale, d *referral.Drafting) { d.Onward = true }, fault.Denied, "referral.consent.purpose"},
		{"a consent of somebody else", func(x *tale, d *referral.Drafting) {
			other, err := x.from.cases.Open(x.t.Context(), x.ana, casefile.Opening{AgeClass: person.Adult})
			x.must(err)
			d.Consent = x.gives(other.ID, consent.ForReferral).ID
		}, fault.Hidden, ""},
		{"a consent for something else", func(x *tale, d *referral.Drafting) { d.Consent = x.gives(x.file.ID, consent.ForOnward).ID }, fault.Denied, "referral.consent.purpose"},
		{"another basis", func(_ *tale, d *referral.Drafting) { d.Basis = "public-task" }, fault.Denied, "profile.rule.basis"},
		{"asylum", func(x *tale, _ *referral.Drafting) {
			_, err := x.from.cases.Flag(x.t.Context(), x.ana.Actor, x.file.ID, x.file.Version, true, []string{"RS"})
			x.must(err)
		}, fault.Denied, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := tell(t, "RS")
			d := x.drafting()
			c.change(x, &d)
			r, err := x.from.Draft(t.Context(), x.ana, x.file.ID, referral.At{}, d)
			x.must(err)
			if _, err = x.from.Check(t.Context(), x.ana, referral.At{Referral: r.ID}); !fault.Is(err, c.kind) || !bytes.Contains([]byte(err.Error()), []byte(c.key)) {
				t.Fatalf("%v", err)
			}
			if _, err = x.from.Send(t.Context(), x.ana, referral.At{Referral: r.ID}, false); err == nil {
				t.Fatal("sent unchecked")
			}
		})
	}
}

func TestWhatWasSentIsNotWrittenAnew(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	other, err := x.from.cases.Open(t.Context(), x.ana, casefile.Opening{AgeClass: person.Adult})
	x.must(err)
	if _, err := x.from.Draft(t.Context(), x.ana, other.ID, x.at, x.drafting()); !fault.Is(err, fault.Hidden) {
		t.Errorf("as of another case: %v", err)
	}
	if _, err := x.from.Draft(t.Context(), x.ana, x.file.ID, x.at, x.drafting()); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
	x.stands(referral.Delivered)
}

func TestAClosedCaseIsNotReferred(t *testing.T) {
	x := tell(t, "RS")
	c, err := x.from.cases.Close(t.Context(), x.ana, x.file.ID, x.file.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "retain"})
	x.must(err)
	if _, err := x.from.Draft(t.Context(), x.ana, c.ID, referral.At{}, x.drafting()); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	x := tell(t, "RS")
	x.sent()
	vera := x.to.people["vera"]
	at := referral.At{Referral: x.at.Referral, Desk: "shelter"}
	if _, err := x.to.Accept(t.Context(), vera, at); !fault.Is(err, fault.Hidden) {
		t.Errorf("accept: %v", err)
	}
	if _, err := x.to.Open(t.Context(), vera, at); !fault.Is(err, fault.Hidden) {
		t.Errorf("open: %v", err)
	}
	if _, err := x.from.Accept(t.Context(), x.ana, x.at); !fault.Is(err, fault.Invalid) {
		t.Errorf("the sender accepts: %v", err)
	}
	cells, err := x.from.Board(t.Context(), access.Actor{User: "k", Role: access.NationalCoordinator, Realm: access.Office, Member: "MK"})
	if err != nil || len(cells) != 1 || cells[0].Count != 1 || cells[0].Status != referral.Delivered {
		t.Errorf("board %+v %v", cells, err)
	}
	rows, err := x.from.List(t.Context(), vera.Actor, referral.Wanted{})
	if err != nil || len(rows) != 0 {
		t.Errorf("list %v %v", rows, err)
	}
}

func TestALightDeskAnswersOnce(t *testing.T) {
	x := tell(t, "MK")
	x.from.found("village", access.Assistance, "zora", access.CaseManager)
	var err error
	x.consent, err = x.from.consents.Give(t.Context(), x.ana, consent.Giving{Case: x.file.ID, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
		Recipients: []id.Address{{Member: "MK", Desk: "village"}}, Categories: []consent.Code{"identity.names", "languages"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}})
	x.must(err)
	x.desk = "village"
	x.sent()
	p, err := x.from.Print(t.Context(), x.ana, x.at)
	x.must(err)
	r, err := x.from.Reply(t.Context(), p.Token, referral.Replying{Transition: referral.Accepted})
	x.must(err)
	if r.Status != referral.Accepted {
		t.Fatalf("%s", r.Status)
	}
	if _, err := x.from.Reply(t.Context(), p.Token, referral.Replying{Transition: referral.Declined}); !fault.Is(err, fault.Hidden) {
		t.Errorf("used twice: %v", err)
	}
	r, err = x.from.Confirm(t.Context(), x.ana, referral.At{Referral: x.at.Referral, Desk: "village", Via: "phone"}, 0)
	x.must(err)
	if own, _, _, err := x.from.Show(t.Context(), x.ana.Actor, x.at); err != nil || own.Status != referral.HandedOver || r.Status != own.Status {
		t.Errorf("%s %v", own.Status, err)
	}
}
