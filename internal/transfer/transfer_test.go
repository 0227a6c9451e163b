package transfer_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
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
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/transfer"
)

// agreed is an offer to a desk with her agreement.
func agreed(to id.Desk) transfer.Offer {
	return transfer.Offer{
		To: to, Basis: transfer.ByAgreement, Note: "DEMO: she sleeps badly",
		Agreement: &transfer.Agreement{On: "2026-11-23", GivenBy: consent.ByHerself, Told: true, How: consent.Oral, Witness: "DEMO", Language: "mk", Interpreter: "DEMO"},
	}
}

func (o *shelter) offer(c casefile.Case, to id.Desk) transfer.Transfer {
	o.t.Helper()
	t, err := o.moves.Offer(o.ctx, o.people["ana"], c.ID, c.Version, agreed(to))
	o.must(err)
	o.later()
	return t
}

func (o *shelter) note(who string, c id.Case, text string) error {
	_, err := o.cases.Note(o.ctx, o.people[who], c, casefile.Note{Language: "en", Text: text})
	return err
}

// The life of a transfer: offered, seen without the file, accepted; the file is at the other desk, and the desk that had it reads nothing.
func TestAnAcceptedCaseIsAtTheOtherDesk(t *testing.T) {
	o := born(t)
	ana, clara := o.people["ana"], o.people["clara"]
	c := o.open("ana")
	o.must(o.note("ana", c.ID, "DEMO: before"))
	off := o.offer(c, "charity")

	// Both desks know it, and only the one that has the case which it is.
	for who, want := range map[string]id.Case{"ana": c.ID, "clara": "", "sina": ""} {
		all, err := o.moves.List(o.ctx, o.people[who].Actor, "", 10)
		o.must(err)
		if len(all) != 1 || all[0].Case != want || all[0].AgeClass != person.Adult || all[0].Reference == c.Reference {
			t.Errorf("%s is shown %+v", who, all)
		}
	}
	one, err := o.moves.Show(o.ctx, clara.Actor, off.ID)
	o.must(err)
	if one.Case != "" || one.Record != "" || one.From != "shelter" {
		t.Errorf("%+v", one)
	}
	_, err = o.moves.Show(o.ctx, o.people["petar"].Actor, off.ID)
	o.refused(err, fault.Hidden, "")
	_, _, err = o.moves.Of(o.ctx, clara, c.ID)
	o.refused(err, fault.Hidden, "")

	_, err = o.moves.Accept(o.ctx, o.people["sina"], off.ID, off.Version)
	o.refused(err, fault.Denied, "") // who helps does not take over
	_, err = o.moves.Accept(o.ctx, ana, off.ID, off.Version)
	o.refused(err, fault.Hidden, "") // nor does the desk that offers
	_, err = o.moves.Accept(o.ctx, clara, off.ID, off.Version+1)
	o.refused(err, fault.Stale, "transfer.stale")
	got, err := o.moves.Accept(o.ctx, clara, off.ID, off.Version)
	o.must(err)
	if got.State != transfer.Accepted || got.Left != 0 || got.Decider != "clara" || got.Case != c.ID {
		t.Errorf("%+v", got)
	}

	f, err := o.cases.Show(o.ctx, clara, c.ID)
	o.must(err)
	if f.Desk != "charity" || len(f.Notes) != 1 || f.Notes[0].Value.Text != "DEMO: before" || f.Shut != 0 || f.Reference != c.Reference {
		t.Errorf("%+v", f)
	}
	_, past, err := o.moves.Of(o.ctx, clara, c.ID)
	o.must(err)
	if len(past) != 1 || past[0].Handover.Note != "DEMO: she sleeps badly" || past[0].Handover.Agreement.Witness != "DEMO" {
		t.Errorf("%+v", past)
	}
	o.must(o.note("clara", c.ID, "DEMO: after"))
	for _, who := range []string{"ana", "anja"} {
		_, err = o.cases.Show(o.ctx, o.people[who], c.ID)
		o.refused(err, fault.Hidden, "")
		o.refused(o.note(who, c.ID, "DEMO"), fault.Hidden, "")
		_, err = o.cases.Find(o.ctx, o.people[who].Actor, string(c.Reference))
		o.refused(err, fault.Hidden, "")
	}
	all, err := o.cases.List(o.ctx, ana.Actor, casefile.Filter{Limit: 10})
	o.must(err)
	if len(all) != 0 {
		t.Errorf("it stands in the list of the desk that had it: %+v", all)
	}
	if want := []transfer.State{transfer.Offered, transfer.Accepted}; !slices.Equal(o.told, want) {
		t.Errorf("told %v, want %v", o.told, want)
	}
	// And back again: it is a case of that desk like any other.
	row, err := o.cases.Find(o.ctx, clara.Actor, string(c.Reference))
	o.must(err)
	back, err := o.moves.Offer(o.ctx, clara, c.ID, row.Version, agreed("shelter"))
	o.must(err)
	_, err = o.moves.Accept(o.ctx, ana, back.ID, back.Version)
	o.must(err)
	f, err = o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if len(f.Notes) != 2 {
		t.Errorf("%+v", f.Notes)
	}
}

// TestAnOfferOpensNothing: between the offer and its acceptance the other desk opens nothing, whatever it may do at the database: the row
// that says where the case is does not make the key theirs.
func TestAnOfferOpensNothing(t *testing.T) {
	o := born(t)
	c := o.open("ana")
	off := o.offer(c, "charity")
	clara := o.people["clara"]
	err := store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
		_, err := o.keys.OpenCaseIn(o.ctx, tx, clara, c.ID)
		return err
	})
	o.refused(err, fault.Hidden, "")
	// A thief who has the whole database and her keys, and not node.secret.
	thief := *o.keys
	thief.Secret = keyring.NewSecret(freshKey())
	err = store.Writer[casefile.Tx](o.db)(o.ctx, entry(c.ID), func(tx casefile.Tx) error {
		_, err := thief.TakeIn(o.ctx, tx, clara, c.ID)
		return err
	})
	o.refused(err, fault.Locked, "keyring.node.secret")

	// What was declined or taken back leaves nothing sealed to that desk.
	holds := func(reason keyring.HoldReason) (n int) {
		o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
			all, err := tx.Holds(o.ctx, c.ID)
			n = 0
			for _, h := range all {
				if h.Reason == reason && h.Desk == "charity" {
					n++
				}
			}
			return err
		}))
		return n
	}
	if holds(keyring.Offered) != 1 {
		t.Error("nothing was sealed to the desk")
	}
	_, err = o.moves.Decline(o.ctx, clara.Actor, off.ID, off.Version, "whim", "")
	o.refused(err, fault.Invalid, "transfer.field")
	_, err = o.moves.Decline(o.ctx, clara.Actor, off.ID, off.Version, "no-capacity", "prosecution")
	o.refused(err, fault.Invalid, "transfer.field")
	said, err := o.moves.Decline(o.ctx, clara.Actor, off.ID, off.Version, "no-capacity", "")
	o.must(err)
	if said.State != transfer.Declined || said.Case != "" || holds(keyring.Offered) != 0 {
		t.Errorf("%+v, %d holds", said, holds(keyring.Offered))
	}
	again := o.offer(c, "charity")
	_, err = o.moves.Revoke(o.ctx, clara.Actor, again.ID, again.Version, "person-asked")
	o.refused(err, fault.Hidden, "")
	_, err = o.moves.Revoke(o.ctx, o.people["ana"].Actor, again.ID, again.Version, "person-asked")
	o.must(err)
	if holds(keyring.Offered) != 0 {
		t.Error("what was taken back is still sealed to the desk")
	}
	_, err = o.moves.Accept(o.ctx, clara, again.ID, again.Version)
	o.refused(err, fault.Conflict, "transfer.answered")
	_, err = o.cases.Show(o.ctx, clara, c.ID)
	o.refused(err, fault.Hidden, "")
}

// TestTheFormerDeskKeepsNoKey: a key of the case that the former desk has from before, in a backup of its own for example, opens nothing
// that the case holds now; new keys before the answer do not spoil the offer.
func TestTheFormerDeskKeepsNoKey(t *testing.T) {
	o := born(t)
	c := o.open("ana")
	o.must(o.note("ana", c.ID, "DEMO"))
	var kept []keyring.Hold // of the former desk
	take := func(reason keyring.HoldReason) {
		o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
			all, err := tx.Holds(o.ctx, c.ID)
			kept = slices.DeleteFunc(all, func(h keyring.Hold) bool { return h.Desk != "shelter" || h.Reason != reason })
			return err
		}))
	}
	off := o.offer(c, "charity")
	for left := 1; left > 0; { // a compromise was suspected meanwhile
		var err error
		left, err = o.cases.Rekey(o.ctx, o.people["ana"], c.ID, 10)
		o.must(err)
	}
	take(keyring.Own)
	got, err := o.moves.Accept(o.ctx, o.people["clara"], off.ID, off.Version)
	o.must(err)
	if got.Left != 0 || len(kept) != 1 {
		t.Fatalf("%d records left, %d holds kept", got.Left, len(kept))
	}
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) error {
		all, err := tx.Holds(o.ctx, c.ID)
		if slices.ContainsFunc(all, func(h keyring.Hold) bool { return h.Desk == "shelter" || h.Reason == keyring.Offered }) {
			t.Errorf("the former desk was given the new keys: %+v", all)
		}
		return err
	}))
	err = store.Writer[casefile.Tx](o.db)(o.ctx, entry(c.ID), func(tx casefile.Tx) error {
		o.must(tx.AddHold(o.ctx, kept[0])) // put back where it was
		k, err := o.keys.OpenCaseIn(o.ctx, tx, o.people["ana"], c.ID)
		if err != nil {
			return err
		}
		_, _, err = k.ListIn(o.ctx, tx, casefile.KindNote)
		return err
	})
	o.refused(err, fault.Internal, "")
	if f, err := o.cases.Show(o.ctx, o.people["clara"], c.ID); err != nil || len(f.Notes) != 1 {
		t.Errorf("%v %+v", err, f.Notes)
	}
}

// TestAnOfferIsAnsweredOnce: of many who accept at the same moment one does, and of an acceptance and a revocation one counts.
func TestAnOfferIsAnsweredOnce(t *testing.T) {
	o := born(t)
	c := o.open("ana")
	off := o.offer(c, "charity")
	_, err := o.moves.Offer(o.ctx, o.people["anja"], c.ID, c.Version, agreed("charity"))
	o.refused(err, fault.Conflict, "transfer.open")
	var wg sync.WaitGroup
	answers := make([]error, 6)
	for i := range answers {
		wg.Go(func() {
			if i%2 == 0 {
				_, answers[i] = o.moves.Accept(o.ctx, o.people["clara"], off.ID, off.Version)
			} else {
				_, answers[i] = o.moves.Revoke(o.ctx, o.people["ana"].Actor, off.ID, off.Version, "other-desk-found")
			}
		})
	}
	wg.Wait()
	done := 0
	for _, err := range answers {
		if err == nil {
			done++
		} else {
			o.refused(err, fault.Conflict, "transfer.answered")
		}
	}
	if done != 1 || len(o.told) != 2 {
		t.Errorf("%d of %d answers counted, told %v", done, len(answers), o.told)
	}
}

// TestNothingIsOfferedWithoutAgreement: neither without hers, nor for a child without who answers for her, nor on a duty that nobody else
// has approved.
func TestNothingIsOfferedWithoutAgreement(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open("ana")
	for name, change := range map[string]func(*transfer.Offer){
		"none":                   func(x *transfer.Offer) { x.Agreement = nil },
		"no basis":               func(x *transfer.Offer) { x.Basis = "" },
		"not told":               func(x *transfer.Offer) { x.Agreement.Told = false },
		"oral without witness":   func(x *transfer.Offer) { x.Agreement.Witness = "" },
		"by somebody":            func(x *transfer.Offer) { x.Agreement.GivenBy = "uncle" },
		"guardian without name":  func(x *transfer.Offer) { x.Agreement.GivenBy = consent.ByGuardian },
		"no language":            func(x *transfer.Offer) { x.Agreement.Language = "" },
		"no day":                 func(x *transfer.Offer) { x.Agreement.On = "soon" },
		"no note":                func(x *transfer.Offer) { x.Note = "" },
		"a long note":            func(x *transfer.Offer) { x.Note = strings.Repeat("x", 20001) },
		"across the wall":        func(x *transfer.Offer) { x.To = "prosecution" },
		"to the emergency desk":  func(x *transfer.Offer) { x.To = "emergency" },
		"to the legal-hold desk": func(x *transfer.Offer) { x.To = "hold" },
		"to itself":              func(x *transfer.Offer) { x.To = "shelter" },
		"to nobody":              func(x *transfer.Offer) { x.To = "nowhere" },
	} {
		x := agreed("charity")
		change(&x)
		if _, err := o.moves.Offer(o.ctx, ana, c.ID, c.Version, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := o.moves.Offer(o.ctx, ana, c.ID, c.Version+1, agreed("charity"))
	o.refused(err, fault.Stale, "transfer.stale")
	_, err = o.moves.Offer(o.ctx, o.people["clara"], c.ID, c.Version, agreed("charity"))
	o.refused(err, fault.Hidden, "")
	o.stops = fault.New(fault.Conflict, "transfer.referral")
	_, err = o.moves.Offer(o.ctx, ana, c.ID, c.Version, agreed("charity"))
	o.refused(err, fault.Conflict, "transfer.referral")
	o.stops = nil
	file, err := o.cases.Open(o.ctx, o.people["petar"], casefile.Opening{AgeClass: person.Adult})
	o.must(err)
	_, err = o.moves.Offer(o.ctx, o.people["petar"], file.ID, file.Version, agreed("charity"))
	o.refused(err, fault.Hidden, "")

	child, err := o.cases.Open(o.ctx, ana, casefile.Opening{}) // whose age nobody knows
	o.must(err)
	_, err = o.moves.Offer(o.ctx, ana, child.ID, child.Version, agreed("charity"))
	o.refused(err, fault.Invalid, "transfer.child")
	x := agreed("charity")
	x.Agreement.GivenBy, x.Agreement.Guardian, x.Agreement.BestInterests = consent.ByGuardian, "DEMO guardian", "DEMO: near her school"
	_, err = o.moves.Offer(o.ctx, ana, child.ID, child.Version, x)
	o.refused(err, fault.Invalid, "transfer.child")
	x.Agreement.Assent = true
	_, err = o.moves.Offer(o.ctx, ana, child.ID, child.Version, x)
	o.must(err)

	// A duty of law is one that was recorded with its provision, and approved by a second person, for this desk.
	there := id.Address{Member: "MK", Desk: "charity"}
	duty, err := o.consents.Propose(o.ctx, ana, c.ID, consent.Reason{
		Basis: consent.LegalDuty, Recipient: there, Citation: "DEMO law, article 1", Text: "DEMO: the court appointed that office", Notice: "DEMO: told today",
		Category: []consent.Code{"needs"},
	})
	o.must(err)
	by := transfer.Offer{To: "charity", Basis: transfer.ByDuty, Override: duty.ID, Note: "DEMO"}
	_, err = o.moves.Offer(o.ctx, ana, c.ID, c.Version, by)
	o.refused(err, fault.Conflict, "transfer.duty")
	forged := duty // by who holds the database and a signing key of his own
	forged.State, forged.Approver, forged.Approved, forged.ValidTo = consent.Approved, "anja", frame.At(o.now), frame.At(o.now).Add(time.Hour)
	approval := consent.Approval{
		Form: consent.ApprovalForm, Override: duty.ID, Basis: duty.Basis, Recipient: there, Category: duty.Categories, By: "anja", At: forged.Approved,
	}
	msg, err := frame.Encode(approval)
	o.must(err)
	thief := seal.NewSign(nil)
	forged.Approval, err = frame.Encode(consent.SignedApproval{Approval: approval, Signer: thief.Public(), Signature: thief.Sign(seal.DomainOverride, msg)})
	o.must(err)
	overwrite := func(x consent.Override) {
		o.must(store.Writer[consent.Tx](o.db)(o.ctx, audit.Did(ana.Actor, access.SendNotice, "x"), func(tx consent.Tx) error { return tx.SetOverride(o.ctx, x) }))
	}
	overwrite(forged)
	_, err = o.moves.Offer(o.ctx, ana, c.ID, c.Version, by)
	o.refused(err, fault.Denied, "consent.override.signature")
	duty.Version++
	overwrite(duty)
	_, err = o.consents.Approve(o.ctx, o.people["anja"], duty.ID)
	o.must(err)
	by.To = "clinic"
	_, err = o.moves.Offer(o.ctx, ana, c.ID, c.Version, by)
	o.refused(err, fault.Conflict, "transfer.duty") // of another desk
	by.To = "charity"
	_, err = o.moves.Offer(o.ctx, ana, child.ID, child.Version, by)
	o.refused(err, fault.Conflict, "transfer.duty") // of another case
	_, err = o.moves.Offer(o.ctx, ana, c.ID, c.Version, by)
	o.must(err)
}

// TestSheIsKeptFromADesk: a desk from which she took her consent back, or from which she withheld something, is not offered her file; asked
// again at the moment of acceptance.
func TestSheIsKeptFromADesk(t *testing.T) {
	o := born(t)
	ana, clara := o.people["ana"], o.people["clara"]
	c := o.open("ana")
	give := func(withheld ...consent.Withheld) consent.Consent {
		t.Helper()
		o.later()
		g, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForServices}, Categories: []consent.Code{"needs"},
			Recipients: []id.Address{{Member: "MK", Desk: "charity"}}, Withheld: withheld, Language: "en", How: consent.Written,
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		}})
		o.must(err)
		return g
	}
	give(consent.Withheld{Category: "journey", Reason: "fear-of-harm"})
	_, err := o.moves.Offer(o.ctx, ana, c.ID, c.Version, agreed("charity"))
	o.refused(err, fault.Conflict, "transfer.withheld")
	_, err = o.moves.Preview(o.ctx, ana, c.ID, "charity")
	o.refused(err, fault.Conflict, "transfer.withheld")
	_, err = o.moves.Preview(o.ctx, ana, c.ID, "clinic")
	o.must(err) // she said nothing of that desk
	whole := give()
	off := o.offer(c, "charity")
	_, err = o.consents.Withdraw(o.ctx, ana.Actor, whole.ID, "fear-of-harm")
	o.must(err)
	_, err = o.moves.Accept(o.ctx, clara, off.ID, off.Version)
	o.refused(err, fault.Conflict, "transfer.kept-from")
	_, err = o.cases.Show(o.ctx, clara, c.ID)
	o.refused(err, fault.Hidden, "")
	if f, err := o.cases.Show(o.ctx, ana, c.ID); err != nil || f.Desk != "shelter" {
		t.Errorf("%v %s", err, f.Desk)
	}
}

// TestAThiefReadsNoHandover: what is handed over is sealed; the row has codes and opaque identifiers.
func TestAThiefReadsNoHandover(t *testing.T) {
	o := born(t)
	off := o.offer(o.open("ana"), "charity")
	_, err := o.moves.Accept(o.ctx, o.people["clara"], off.ID, off.Version)
	o.must(err)
	var content, keys bytes.Buffer
	o.must(o.db.Dump(o.ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
	all := append(content.Bytes(), keys.Bytes()...)
	for _, word := range []string{"sleeps badly", "DEMO", "witness"} {
		if bytes.Contains(all, []byte(word)) {
			t.Errorf("the database says %q", word)
		}
	}
	if !bytes.Contains(all, []byte(off.Reference)) || o.now.Before(time.UnixMicro(int64(off.Made))) {
		t.Error("what was stolen has no transfer")
	}
}
