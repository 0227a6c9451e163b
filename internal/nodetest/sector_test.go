package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// bodies are a member of the Union with an authority (ana) and a shelter of an association (mira), and another country.
type bodies struct {
	*nodetest.Net
	t      *testing.T
	ro, mk *nodetest.Node
}

func newBodies(t *testing.T) *bodies {
	t.Helper()
	n := nodetest.New(t, nodetest.At("RO"), nodetest.At("MK"))
	w := &bodies{Net: n, t: t, ro: n.Node("RO"), mk: n.Node("MK")}
	w.ro.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Sector: profile.SectorService, Function: "desk.function.shelter"}, "mira", access.CaseManager)
	w.sheet()
	return w
}

// sheet signs the desks of RO as they stand, and lets everybody have them.
func (w *bodies) sheet() {
	w.t.Helper()
	w.Clock.Advance(time.Second)
	w.ro.PublishSheet()
	w.Run()
}

// version is that of the desk as it stands.
func (w *bodies) version() int64 {
	w.t.Helper()
	all, err := w.ro.Desks.List(w.t.Context(), w.ro.As("ada").Actor)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range all {
		if d.ID == "shelter" {
			return d.Version
		}
	}
	w.t.Fatal("the desk is gone")
	return 0
}

func (w *bodies) becomes(s profile.Sector) {
	w.t.Helper()
	if err := w.ro.Desks.Classify(w.t.Context(), w.ro.As("ada").Actor, "shelter", w.version(), s); err != nil {
		w.t.Fatal(err)
	}
	w.sheet()
}

func (w *bodies) write(login, basis string) error {
	_, err := w.ro.Messages.Compose(w.t.Context(), w.ro.As(login), message.Draft{
		To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: "good morning", Basis: basis,
	})
	return err
}

// got counts what MK has taken in of RO, by kind.
func (w *bodies) got(kind envelope.Kind) map[exchange.InState]int {
	w.t.Helper()
	all := map[exchange.InState]int{}
	if err := store.Reader[exchange.Tx](w.mk.DB)(w.t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.InSince(w.t.Context(), "RO", 0, "", 1000)
		for _, in := range rows {
			if in.Kind == kind {
				all[in.State]++
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func refusal(err error) string {
	if err == nil {
		return ""
	}
	_, key, _ := fault.Public(err)
	return key
}

// TestTheRowIsChosenByTheSectorOfTheSheet: an authority of the Union may not go the way of an association, nor the reverse;
// the receiver asks the same row, and does not believe a sender that did not ask it.
func TestTheRowIsChosenByTheSectorOfTheSheet(t *testing.T) {
	w := newBodies(t)
	ask := func() {
		t.Helper()
		for _, c := range []struct{ login, basis, want string }{
			{"mira", "instrument", "profile.rule.basis"},
			{"mira", "safeguards", ""},
			{"mira", "explicit-consent", ""},
			{"ana", "instrument", ""},
			{"ana", "safeguards", "profile.rule.basis"},
			{"ana", "explicit-consent", "profile.rule.gdpr-49-3"},
		} {
			if got := refusal(w.write(c.login, c.basis)); got != c.want {
				t.Errorf("%s on %s: %q, want %q", c.login, c.basis, got, c.want)
			}
		}
	}
	ask()
	w.Run()
	if got := w.got(envelope.Message); got[exchange.InDone] != 3 || got[exchange.InRefused] != 0 {
		t.Errorf("MK got %v", got)
	}
	asked := w.ro.Exchange.Permit
	w.ro.Exchange.Permit = func(exchange.Crossing) (string, error) { return "eu-non-eu.authority", nil }
	if err := w.write("mira", "instrument"); err != nil {
		t.Fatal(err)
	}
	w.ro.Exchange.Permit = asked
	w.Run()
	if got := w.got(envelope.Message); got[exchange.InDone] != 3 || got[exchange.InRefused] != 1 {
		t.Errorf("MK believes what it is told: %v", got)
	}
}

// TestADeskThatNoSheetListsHasNoSector: what works at a desk that its member has not signed for crosses no border.
func TestADeskThatNoSheetListsHasNoSector(t *testing.T) {
	w := newBodies(t)
	w.ro.Desk(desk.Desk{ID: "clinic", Kind: desk.AtNode, Realm: access.Assistance, Sector: profile.SectorAuthority, Function: "desk.function.clinic"}, "cora", access.CaseManager)
	if got := refusal(w.write("cora", "instrument")); got != "exchange.desk.unlisted" {
		t.Errorf("before the sheet: %q", got)
	}
	w.sheet()
	if err := w.write("cora", "instrument"); err != nil {
		t.Error(err)
	}
	who := w.ro.As("mira").Actor // who works at a desk does not say whose it is
	if err := w.ro.Desks.Classify(t.Context(), who, "shelter", 0, profile.SectorAuthority); !fault.Is(err, fault.Denied) {
		t.Errorf("the desk itself: %v", err)
	}
	if err := w.ro.Desks.Classify(t.Context(), w.ro.As("ada").Actor, "shelter", w.version(), profile.SectorJustice); refusal(err) != "desk.sector-realm" {
		t.Errorf("through the wall: %v", err)
	}
}

// TestAReferralIsJudgedAgainWhenTheSectorChanged: between check and sending, and between the request and who she is.
func TestAReferralIsJudgedAgainWhenTheSectorChanged(t *testing.T) {
	w := newBodies(t)
	ctx, mira, to := t.Context(), w.ro.As("mira"), id.Address{Member: "MK", Desk: "focal-point"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	who := demo.Invented()
	file, err := w.ro.Cases.Open(ctx, mira, opening(&who))
	must(err)
	given, err := w.ro.Consents.Give(ctx, mira, giving(file.ID, to))
	must(err)
	in := drafting(to, given.ID, frame.At(w.Clock.Now()))
	in.Basis = "safeguards"
	row, err := w.ro.Referrals.Draft(ctx, mira, file.ID, referral.At{}, in)
	must(err)
	at := referral.At{Referral: row.ID}
	_, err = w.ro.Referrals.Check(ctx, mira, at)
	must(err)
	w.becomes(profile.SectorAuthority)
	if _, err = w.ro.Referrals.Send(ctx, w.ro.As("mira"), at, false); refusal(err) != "profile.rule.basis" {
		t.Errorf("sent under the sector of before: %v", err)
	}
	w.becomes(profile.SectorService)
	_, err = w.ro.Referrals.Send(ctx, w.ro.As("mira"), at, false)
	must(err)
	w.Run()
	w.CutAll(true)
	ana := w.mk.As("ana")
	for _, step := range []func() error{
		func() error { _, err := w.mk.Referrals.Open(ctx, ana, at); return err },
		func() error { _, err := w.mk.Referrals.Acknowledge(ctx, ana, at); return err },
		func() error { _, err := w.mk.Referrals.Accept(ctx, ana, at); return err },
	} {
		must(step())
	}
	w.becomes(profile.SectorAuthority)
	w.CutAll(false)
	for range 3 {
		w.Run()
		w.Clock.Advance(11 * time.Minute)
	}
	if got := w.got(envelope.Identity); len(got) != 0 {
		t.Errorf("who she is went under the sector of before: %v", got)
	}
}

// TestWhatProtectsHerTravelsWhateverTheLaw: after the sector of a desk and the law of both ends have changed nothing is permitted
// between two desks with open referrals. What ends one is told to the other desk all the same; what would go on with her is not,
// and one that can no longer be told ends where it is.
func TestWhatProtectsHerTravelsWhateverTheLaw(t *testing.T) {
	w := newBodies(t)
	ctx, to := t.Context(), id.Address{Member: "MK", Desk: "focal-point"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mira, ana := func() keyring.Bearer { return w.ro.As("mira") }, func() keyring.Bearer { return w.mk.As("ana") }
	who := demo.Invented()
	file, err := w.ro.Cases.Open(ctx, mira(), opening(&who))
	must(err)
	given, err := w.ro.Consents.Give(ctx, mira(), giving(file.ID, to))
	must(err)
	open := func() referral.At {
		t.Helper()
		in := drafting(to, given.ID, frame.At(w.Clock.Now()))
		in.Basis, in.Expires = "safeguards", frame.At(w.Clock.Now()).Add(5*24*time.Hour)
		row, err := w.ro.Referrals.Draft(ctx, mira(), file.ID, referral.At{}, in)
		must(err)
		at := referral.At{Referral: row.ID}
		_, err = w.ro.Referrals.Check(ctx, mira(), at)
		must(err)
		_, err = w.ro.Referrals.Send(ctx, mira(), at, false)
		must(err)
		w.Run()
		_, err = w.mk.Referrals.Open(ctx, ana(), at)
		must(err)
		_, err = w.mk.Referrals.Acknowledge(ctx, ana(), at)
		must(err)
		w.Run()
		return at
	}
	revoked, wrong, silent, second, withdrawn := open(), open(), open(), open(), open()
	w.becomes(profile.SectorAuthority) // no row takes safeguards any more
	none := func(exchange.Crossing) (string, error) { return "", fault.New(fault.Denied, "profile.rule.basis") }
	w.mk.Exchange.Permit = none
	stands := func(n *nodetest.Node, login string, at referral.At, want referral.Status) {
		t.Helper()
		if _, st, _, err := n.Referrals.Show(ctx, n.As(login).Actor, at); err != nil || st.Status != want {
			t.Errorf("%s sees %v, %v; want %s", login, st.Status, err, want)
		}
	}
	_, err = w.ro.Referrals.Revoke(ctx, mira(), revoked, "no-longer-needed")
	must(err)
	_, err = w.ro.Referrals.EnterInError(ctx, mira(), wrong, "duplicate")
	must(err)
	if _, err := w.mk.Referrals.Accept(ctx, ana(), silent); refusal(err) != "profile.rule.basis" {
		t.Errorf("accepted under no row: %v", err)
	}
	w.Run()
	stands(w.mk, "ana", revoked, referral.Revoked)
	stands(w.mk, "ana", wrong, referral.EnteredInError)
	// Nothing else gets round the row by saying that it is immediate.
	refused := w.got(envelope.Referral)[exchange.InRefused]
	must(store.Writer[referral.Tx](w.ro.DB)(ctx, audit.Did(access.Node("RO"), access.DeliverExchange, "test"), func(tx referral.Tx) error {
		kept, err := tx.ReferralEvents(ctx, second.Referral, "shelter")
		if err != nil {
			return err
		}
		sent, err := course.Parse(kept[0].Signed.Event)
		if err != nil {
			return err
		}
		from := id.Address{Member: "RO", Desk: "shelter"}
		st := course.Fold(referral.Thread{Referral: second.Referral, Sender: from, Receiver: to}, []referral.Event{sent})
		next := st.Stamp(referral.Sender, referral.Event{Transition: referral.InformationSupplied, At: frame.At(w.Clock.Now()), Desk: from})
		signed, err := next.Sign(w.ro.Referrals.Signer())
		if err != nil {
			return err
		}
		body, err := envelope.EncodeBody(signed)
		if err != nil {
			return err
		}
		_, err = w.ro.Exchange.Seal(ctx, tx, exchange.Draft{
			Kind: envelope.Referral, FromDesk: "shelter", Realm: access.Assistance, To: "MK", ToDesk: "focal-point", Thread: id.Thread(second.Referral),
			Side: envelope.Opener, Immediate: true, Basis: "safeguards", Body: body,
		})
		return err
	}))
	w.Run()
	if got := w.got(envelope.Referral)[exchange.InRefused]; got != refused+1 {
		t.Errorf("%d refused before what only says that it is immediate, %d after", refused, got)
	}
	w.Clock.Advance(6 * 24 * time.Hour)
	w.Run()
	for _, at := range []referral.At{silent, second} {
		stands(w.ro, "mira", at, referral.Expired)
	}
	_, err = w.mk.Referrals.Withdraw(ctx, ana().Actor, withdrawn)
	must(err)
	w.Run()
	stands(w.ro, "mira", withdrawn, referral.WithdrawnByPerson)
}

// TestWhoSheIsGoesOnlyWhereSheWasAsked: a row that needs her consent lets nobody be named who was not asked, on whatever
// basis, at either end.
func TestWhoSheIsGoesOnlyWhereSheWasAsked(t *testing.T) {
	w := newBodies(t)
	seal := func() error {
		return w.ro.Exchange.Update(t.Context(), func(tx exchange.Tx) error {
			_, err := w.ro.Exchange.Seal(t.Context(), tx, exchange.Draft{
				Kind: envelope.Identity, FromDesk: "focal-point", Realm: access.Assistance, To: "MK", ToDesk: "focal-point", Opens: true,
				Thread: id.Random[id.Thread](id.Maker{}), Side: envelope.Opener, Basis: "instrument", Content: []byte("{}"),
			})
			if err == nil { // nothing is kept without its reason
				_, err = tx.Record(t.Context(), audit.Did(access.Node("RO"), access.DeliverExchange, "test"))
			}
			return err
		})
	}
	if got := refusal(seal()); got != "profile.rule.consent" {
		t.Errorf("it is sealed: %q", got)
	}
	w.ro.Exchange.Permit = func(exchange.Crossing) (string, error) { return "eu-non-eu.authority", nil }
	if err := seal(); err != nil {
		t.Fatal(err)
	}
	w.Run()
	if got := w.got(envelope.Identity); got[exchange.InRefused] != 1 || len(got) != 1 {
		t.Errorf("MK takes it in: %v", got)
	}
}
