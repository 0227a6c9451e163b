package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
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

func (w *bodies) becomes(s profile.Sector) {
	w.t.Helper()
	if err := w.ro.Desks.Classify(w.t.Context(), w.ro.As("ada").Actor, "shelter", s); err != nil {
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
	if err := w.ro.Desks.Classify(t.Context(), who, "shelter", profile.SectorAuthority); !fault.Is(err, fault.Denied) {
		t.Errorf("the desk itself: %v", err)
	}
	if err := w.ro.Desks.Classify(t.Context(), w.ro.As("ada").Actor, "shelter", profile.SectorJustice); refusal(err) != "desk.sector-realm" {
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
