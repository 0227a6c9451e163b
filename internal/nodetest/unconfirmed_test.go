package nodetest_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// doubt is a referral of MD to MK under a consent that the person takes back in a time that a restore of MD loses. Nobody
// but MD had heard of it.
type doubt struct{ *lateWords }

// newDoubt makes it: far is how far the referral has come when MD is backed up.
func newDoubt(t *testing.T, far referral.Status) *doubt {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	w := &doubt{&lateWords{t: t, net: n, md: n.Node("MD"), mk: n.Node("MK")}}
	w.ref, w.consent = w.checked()
	if far != referral.Checked {
		w.must(w.send(w.ref))
		n.Run()
	}
	if far == referral.Accepted {
		n.CutAll(true)
		w.accept(w.ref)
		w.brought()
	}
	var content, keys bytes.Buffer
	_, err := w.md.Backups.Make(t.Context(), nodetest.Console("MD"), &content, &keys)
	w.must(err)
	n.Clock.Advance(time.Hour)
	n.CutAll(true)
	_, err = w.md.Consents.Withdraw(t.Context(), w.md.As("ana").Actor, w.consent, "")
	w.must(err)
	n.Clock.Advance(time.Hour)
	w.md.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	n.CutAll(false)
	w.passes()
	return w
}

// checked finds somebody who agrees that MK is told who she is, and makes her referral ready to be sent.
func (w *doubt) checked() (id.Referral, id.Consent) {
	w.t.Helper()
	ctx, to, ana := w.t.Context(), id.Address{Member: "MK", Desk: "focal-point"}, w.md.As("ana")
	who := demo.Invented()
	file, err := w.md.Cases.Open(ctx, ana, opening(&who))
	w.must(err)
	given, err := w.md.Consents.Give(ctx, ana, giving(file.ID, to))
	w.must(err)
	row, err := w.md.Referrals.Draft(ctx, ana, file.ID, referral.At{}, drafting(to, given.ID, frame.At(w.net.Clock.Now())))
	w.must(err)
	_, err = w.md.Referrals.Check(ctx, ana, referral.At{Referral: row.ID})
	w.must(err)
	return row.ID, given.ID
}

func (w *doubt) send(r id.Referral) error {
	_, err := w.md.Referrals.Send(w.t.Context(), w.md.As("ana"), referral.At{Referral: r}, false)
	return err
}

func (w *doubt) accept(r id.Referral) {
	w.t.Helper()
	ctx, at, ana := w.t.Context(), referral.At{Referral: r}, w.mk.As("ana")
	_, err := w.mk.Referrals.Open(ctx, ana, at)
	w.must(err)
	_, err = w.mk.Referrals.Acknowledge(ctx, ana, at)
	w.must(err)
	_, err = w.mk.Referrals.Accept(ctx, ana, at)
	w.must(err)
}

// brought brings what MK has said to MD, and nothing back.
func (w *doubt) brought() {
	w.t.Helper()
	var said []exchange.Out
	w.must(w.mk.Exchange.Read(w.t.Context(), func(tx exchange.Tx) (err error) {
		said, err = tx.OutFor(w.t.Context(), "MD", "", 50)
		return err
	}))
	for _, o := range said {
		_, err := w.md.Exchange.Receive(w.t.Context(), exchange.Carried, o.Bytes)
		w.must(err)
	}
	w.status(w.md, referral.Accepted)
}

// passes lets time go by in which everything unattended has had its turn.
func (w *doubt) passes() {
	w.t.Helper()
	for range 2 {
		w.net.Run()
		w.net.Clock.Advance(11 * time.Minute)
	}
	w.net.Run()
}

func (w *doubt) confirm() {
	w.t.Helper()
	c, err := w.md.Consents.Confirm(w.t.Context(), w.md.As("ana").Actor, w.consent, consent.AskedAgain)
	w.must(err)
	if c.Unconfirmed != 0 {
		w.t.Error("it is confirmed, and open all the same")
	}
}

// personal holds what MK has got with a content, by kind, to what it should.
func (w *doubt) personal(when string, kind envelope.Kind, want int) {
	w.t.Helper()
	w.must(store.Reader[exchange.Tx](w.mk.DB)(w.t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.InSince(w.t.Context(), "MD", 0, "", 1000)
		n := 0
		for _, in := range rows {
			if in.Kind == kind && in.Content {
				n++
			}
		}
		if n != want {
			w.t.Errorf("%s: MK has got %d of kind %s, want %d", when, n, kind, want)
		}
		return err
	}))
}

// TestNothingLeavesUnderAConsentOfBeforeARestoreUntilItIsConfirmed: she took her consent back, nothing had left under it,
// and the restored node has forgotten it. The node sends nothing of hers before somebody has asked her.
func TestNothingLeavesUnderAConsentOfBeforeARestoreUntilItIsConfirmed(t *testing.T) {
	w := newDoubt(t, referral.Checked)
	w.tasks(w.md, "consent.confirm", 1)
	if err := w.send(w.ref); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "consent.unconfirmed") {
		t.Errorf("it is sent: %v", err)
	}
	w.passes()
	w.personal("unconfirmed", envelope.Referral, 0)
	if _, err := w.md.Consents.Confirm(t.Context(), w.md.As("ana").Actor, w.consent, "surely"); !fault.Is(err, fault.Invalid) {
		t.Errorf("confirmed without a reason: %v", err)
	}
	if _, err := w.mk.Consents.Confirm(t.Context(), w.mk.As("ana").Actor, w.consent, consent.OnPaper); !fault.Is(err, fault.Hidden) {
		t.Errorf("confirmed elsewhere: %v", err)
	}
	w.tasks(w.md, "consent.confirm", 1)
	w.confirm()
	w.tasks(w.md, "consent.confirm", 0)
	if _, err := w.md.Consents.Confirm(t.Context(), w.md.As("ana").Actor, w.consent, consent.AskedAgain); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed twice: %v", err)
	}
	said := 0
	w.must(store.Reader[audit.Reader](w.md.DB)(t.Context(), func(r audit.Reader) error {
		list, err := r.AuditPayloads(t.Context(), audit.At(2, 0), audit.At(3, 0), 10000)
		for _, p := range list {
			e, err := audit.ParseEntry(p.Data)
			if err == nil && e.Action == access.ConfirmConsent && e.Purpose == string(consent.AskedAgain) {
				said++
			}
		}
		return err
	}))
	if said != 1 {
		t.Errorf("the log says %d times that it was confirmed and how", said)
	}
	w.must(w.send(w.ref))
	w.net.Run()
	w.accept(w.ref)
	w.passes()
	w.personal("confirmed", envelope.Identity, 1)
}

// TestTheOutboxTakesNoContentUnderAnUnconfirmedConsent: whoever asks the exchange itself gets nothing out either, but for
// what has no content.
func TestTheOutboxTakesNoContentUnderAnUnconfirmedConsent(t *testing.T) {
	w := newDoubt(t, referral.Sent)
	var bundle exchange.Out
	w.must(w.md.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.OutUnder(t.Context(), w.consent)
		for _, o := range rows {
			if o.State == exchange.OutHeld {
				bundle = o
			}
		}
		return err
	}))
	undone := errors.New("nothing of this is kept")
	err := w.md.Exchange.Update(t.Context(), func(tx exchange.Tx) error {
		if n, err := w.md.Exchange.Release(t.Context(), tx, bundle.Thread); n != 0 || !fault.Is(err, fault.Conflict) {
			t.Errorf("%d released: %v", n, err)
		}
		d := exchange.Draft{
			Kind: envelope.Identity, FromDesk: "focal-point", Realm: access.Assistance, To: "MK", ToDesk: "focal-point", Opens: true,
			Thread: id.Random[id.Thread](id.Maker{}), Side: envelope.Opener, Consent: w.consent, Basis: "protocol", Content: []byte("{}"),
		}
		if _, err := w.md.Exchange.Seal(t.Context(), tx, d); !fault.Is(err, fault.Conflict) {
			t.Errorf("sealed: %v", err)
		}
		d.Kind, d.Thread, d.Content, d.Immediate, d.Opens = envelope.Withdrawal, bundle.Thread, nil, true, false
		d.Basis = ""
		var err error
		if d.Body, err = envelope.EncodeBody(envelope.WithdrawalBody{Consent: w.consent, At: w.net.Now()}); err != nil {
			return err
		}
		if _, err := w.md.Exchange.Seal(t.Context(), tx, d); err != nil {
			t.Errorf("what protects her is kept back: %v", err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Error(err)
	}
}

// TestAnAcceptanceWaitsForTheConfirmation: the other desk accepts while nobody has asked her yet. Who she is goes once
// she has said that her consent stands, exactly once; and not at all if she has taken it back.
func TestAnAcceptanceWaitsForTheConfirmation(t *testing.T) {
	accepted := func(t *testing.T) *doubt {
		w := newDoubt(t, referral.Sent)
		w.accept(w.ref)
		w.passes()
		w.status(w.md, referral.Accepted)
		w.personal("unconfirmed", envelope.Identity, 0)
		w.tasks(w.md, "consent.confirm", 1)
		w.tasks(w.md, referral.TaskRelease, 1)
		return w
	}
	t.Run("she says that it stands", func(t *testing.T) {
		w := accepted(t)
		w.confirm()
		w.net.Run()
		w.personal("confirmed", envelope.Identity, 1)
		w.passes()
		w.personal("later", envelope.Identity, 1)
		w.tasks(w.md, "consent.confirm", 0)
		w.tasks(w.md, referral.TaskRelease, 0)
		w.tasks(w.mk, referral.TaskBundle, 1)
	})
	t.Run("she says that she took it back", func(t *testing.T) {
		w := accepted(t)
		_, err := w.md.Consents.Withdraw(t.Context(), w.md.As("ana").Actor, w.consent, "")
		w.must(err)
		w.passes()
		w.personal("withdrawn", envelope.Identity, 0)
		w.tasks(w.md, "consent.confirm", 0)
		w.must(store.Reader[exchange.Tx](w.md.DB)(t.Context(), func(tx exchange.Tx) error {
			rows, err := tx.OutUnder(t.Context(), w.consent)
			for _, o := range rows {
				if o.Kind == envelope.Identity && (o.State != exchange.OutDestroyed || o.Bytes != nil) {
					t.Errorf("who she is is %s, with %d bytes", o.State, len(o.Bytes))
				}
			}
			return err
		}))
		if _, err := w.md.Consents.Confirm(t.Context(), w.md.As("ana").Actor, w.consent, consent.OnPaper); !fault.Is(err, fault.Conflict) {
			t.Errorf("a withdrawn consent is confirmed: %v", err)
		}
	})
}

// TestWhatWasReleasedBeforeTheBackupWaitsForTheConfirmation: who she is had been released and waited for the line when the
// node was backed up. Afterwards it was destroyed, because she took her consent back; the backup has it again.
func TestWhatWasReleasedBeforeTheBackupWaitsForTheConfirmation(t *testing.T) {
	w := newDoubt(t, referral.Accepted)
	w.personal("unconfirmed", envelope.Identity, 0)
	w.must(w.md.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.OutFor(t.Context(), "MK", "", 100)
		for _, o := range rows {
			if o.Kind == envelope.Identity {
				t.Error("who she is is given to whoever collects or carries")
			}
		}
		all, err2 := tx.OutUnder(t.Context(), w.consent)
		for _, o := range all {
			if o.Kind == envelope.Identity && o.State != exchange.OutQueued {
				t.Errorf("who she is is %s", o.State)
			}
		}
		if err == nil {
			err = err2
		}
		return err
	}))
	w.confirm()
	w.passes()
	w.personal("confirmed", envelope.Identity, 1)
}

// TestAConsentGivenAfterTheRestoreNeedsNoConfirmation: only what is of before the restore is open to doubt.
func TestAConsentGivenAfterTheRestoreNeedsNoConfirmation(t *testing.T) {
	w := newDoubt(t, referral.Checked)
	r, given := w.checked()
	w.must(w.send(r))
	w.net.Run()
	w.accept(r)
	w.passes()
	w.personal("given anew", envelope.Identity, 1)
	if _, err := w.md.Consents.Confirm(t.Context(), w.md.As("ana").Actor, given, consent.AskedAgain); !fault.Is(err, fault.Conflict) {
		t.Errorf("there is something to confirm: %v", err)
	}
}

// TestTheProsecutionReadsNothingUnderAnUnconfirmedConsent: what was released to it by consent is shut with the restore, and
// nothing is released anew, until the desk of the case has said over the JSON interface that the consent stands.
func TestTheProsecutionReadsNothingUnderAnUnconfirmedConsent(t *testing.T) {
	w := newWall(t)
	ctx := t.Context()
	to := id.Address{Member: "MK", Desk: "prosecution"}
	given := w.consents(consent.ForCriminal, to, "identity.names")
	releasing := casefile.Releasing{
		Case: w.file.ID, To: "prosecution", Consent: given.ID, Categories: []consent.Code{"identity.names"}, Category: "victim", Handling: "evidence-allowed",
	}
	released, err := w.mk.Cases.ByConsent(ctx, w.mk.As("ana"), releasing)
	w.must(err)
	_, _, err = w.mk.Cases.ShowRelease(ctx, w.mk.As("petar"), released.ID)
	w.must(err)
	var content, keys bytes.Buffer
	_, err = w.mk.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	w.must(err)
	w.Clock.Advance(time.Hour)
	w.mk.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	w.faces[w.mk] = w.mk.Handler()
	if _, _, err := w.mk.Cases.ShowRelease(ctx, w.mk.As("petar"), released.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the prosecution reads it: %v", err)
	}
	if _, err := w.mk.Cases.ByConsent(ctx, w.mk.As("ana"), releasing); !fault.Is(err, fault.Conflict) {
		t.Errorf("it is released anew: %v", err)
	}
	ana := w.mk.SignIn("ana")
	list := w.ask(w.mk, ana, http.MethodGet, api.Prefix+"/cases/"+string(w.file.ID)+"/consents", "")
	if list.Code != http.StatusOK || strings.Count(list.Body.String(), `"unconfirmed":true`) != 2 {
		t.Errorf("the list says %d: %s", list.Code, list.Body)
	}
	path := api.Prefix + "/consents/" + string(given.ID) + "/confirmation"
	if got := w.ask(w.mk, w.mk.SignIn("petar"), http.MethodPost, path, `{"how":"on-paper"}`); got.Code < 400 {
		t.Errorf("the prosecution confirms it: %d %s", got.Code, got.Body)
	}
	if got := w.ask(w.mk, ana, http.MethodPost, path, `{"how":"on-paper"}`); got.Code != http.StatusOK {
		t.Errorf("confirming: %d %s", got.Code, got.Body)
	}
	_, _, err = w.mk.Cases.ShowRelease(ctx, w.mk.As("petar"), released.ID)
	w.must(err)
}

// TestAConsentThatRanOutAfterARestoreStaysClosed: nobody can confirm what is over, nothing leaves under it, and nobody is
// asked about it any more.
func TestAConsentThatRanOutAfterARestoreStaysClosed(t *testing.T) {
	w := newDoubt(t, referral.Accepted)
	w.tasks(w.md, "consent.confirm", 1)
	var c consent.Consent
	w.must(store.Reader[consent.Tx](w.md.DB)(t.Context(), func(tx consent.Tx) (err error) {
		c, err = tx.Consent(t.Context(), w.consent)
		return err
	}))
	if c.State != consent.Given || c.Unconfirmed == 0 {
		t.Fatalf("it is %s and waits for %d", c.State, c.Unconfirmed)
	}
	w.net.Clock.Advance(c.ValidTo.Sub(frame.At(w.net.Clock.Now())) + time.Minute)
	if _, err := w.md.Consents.Confirm(t.Context(), w.md.As("ana").Actor, w.consent, consent.AskedAgain); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "consent.not-live") {
		t.Errorf("confirmed though it is over: %v", err)
	}
	w.passes()
	w.personal("over", envelope.Identity, 0)
	w.tasks(w.md, "consent.confirm", 0)
}
