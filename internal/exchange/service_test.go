package exchange_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

func entry(m id.Member) audit.Entry { return audit.Did(access.Node(m), access.SendReferral, "test") }

func two(t testing.TB) (*world, *node, *node) {
	w := newWorld(t, place{id: "MD"}, place{id: "MK"}, place{id: "RS", mailbox: true})
	return w, w.nodes["MD"], w.nodes["MK"]
}

func stageOf(t *testing.T, receipt []byte) (envelope.Stage, envelope.Refusal) {
	t.Helper()
	r, err := envelope.ParseReceipt(receipt)
	if err != nil {
		t.Fatal(err)
	}
	return r.Receipt.Stage, r.Receipt.Refusal
}

func TestEnvelopeIsDeliveredOnceAndOpened(t *testing.T) {
	w, md, mk := two(t)
	th := thread()
	e := md.seal(letter("MK", th, consent()))
	waits := func(want int64) {
		t.Helper()
		all, err := md.Health(t.Context(), access.Actor{User: "cora", Role: access.NationalCoordinator, Realm: access.Office, Member: "MD"})
		if err != nil || len(all) != 2 || all[0].Member != "MK" || int64(all[0].Waiting) != want || int64(all[1].Waiting) != 0 {
			t.Fatalf("it is said of the others: %+v, %v", all, err)
		}
	}
	waits(1)
	if n := md.deliver(); n != 1 {
		t.Fatalf("delivered %d", n)
	}
	waits(0)
	if got := md.out(e); got.State != exchange.OutDelivered {
		t.Fatalf("state %s", got.State)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1}) {
		t.Fatalf("effects %v", got)
	}
	env := mk.effects[0].Envelope
	if plain, err := env.OpenContent(mk.intake); err != nil || string(plain) != "Ana Anić, 1 January 2001" {
		t.Fatalf("%q %v", plain, err)
	}
	if _, err := env.OpenContent(mk.control); !fault.Is(err, fault.Stale) {
		t.Fatalf("the node's own key opened the content: %v", err)
	}
	first := mk.in(e).Receipt
	for range 3 {
		again, err := mk.Receive(t.Context(), exchange.Pushed, env.Bytes())
		if err != nil || !bytes.Equal(again, first) {
			t.Fatalf("another receipt for a copy: %v", err)
		}
	}
	if got := mk.did(th, envelope.Opener); len(got) != 1 {
		t.Fatalf("a copy took effect: %v", got)
	}
	w.clock.pass(time.Minute)
	mk.write(func(ctx context.Context, tx exchange.Tx) error {
		if err := mk.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Decided}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a receipt says what only an envelope may: %v", err)
		}
		return mk.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Opened})
	})
	mk.deliver()
	if got := md.out(e); got.State != exchange.OutOpened {
		t.Fatalf("state %s", got.State)
	}
	md.read(func(ctx context.Context, tx exchange.Tx) error {
		all, err := tx.ReceiptsOf(ctx, e)
		if err != nil || len(all) != 2 {
			t.Fatalf("%d receipts, %v", len(all), err)
		}
		second, err := envelope.ParseReceipt(all[1])
		if err != nil || second.Receipt.Previous != envelope.Digest(all[0]) {
			t.Fatalf("the receipts are no chain: %v", err)
		}
		return second.Verify(w.roster.Roster)
	})
}

func TestGapIsParkedAndWithdrawalDoesNotWait(t *testing.T) {
	_, md, mk := two(t)
	th, c := thread(), consent()
	var sent [][]byte
	for range 3 {
		sent = append(sent, md.out(md.seal(event("MK", th, envelope.Opener))).Bytes)
	}
	w := event("MK", th, envelope.Opener)
	w.Kind, w.Immediate, w.Consent, w.Basis = envelope.Withdrawal, true, c, ""
	w.Body, _ = envelope.EncodeBody(envelope.WithdrawalBody{Consent: c, At: 1772352000000000})
	sent = append(sent, md.out(md.seal(w)).Bytes)
	for _, i := range []int{3, 2, 1} {
		r, err := mk.Receive(t.Context(), exchange.Pushed, sent[i])
		if err != nil {
			t.Fatal(err)
		}
		if stage, _ := stageOf(t, r); stage != envelope.Delivered {
			t.Fatalf("%d: %s", i, stage)
		}
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{4}) {
		t.Fatalf("before the gap is filled: %v", got)
	}
	if _, err := mk.Receive(t.Context(), exchange.Pushed, sent[0]); err != nil {
		t.Fatal(err)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{4, 1, 2, 3}) {
		t.Fatalf("after: %v", got)
	}
}

func TestParkedTakesEffectAfterItsTimeThoughTheGapStays(t *testing.T) {
	w, md, mk := two(t)
	th := thread()
	md.seal(event("MK", th, envelope.Opener))
	second := md.out(md.seal(event("MK", th, envelope.Opener))).Bytes
	if _, err := mk.Receive(t.Context(), exchange.Pushed, second); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(exchange.ParkedFor - time.Minute)
	if err := mk.Resume(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if got := mk.did(th, envelope.Opener); len(got) != 0 {
		t.Fatalf("too early: %v", got)
	}
	w.clock.pass(2 * time.Minute)
	if err := mk.Resume(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{2}) {
		t.Fatalf("effects %v", got)
	}
}

func TestWithdrawalDestroysWhatWaitsAndIsRemembered(t *testing.T) {
	_, md, mk := two(t)
	c, bundle := consent(), thread()
	d := letter("MK", bundle, c)
	d.Hold = true
	held := md.seal(d)
	if md.deliver() != 0 {
		t.Fatal("a held bundle left")
	}
	delivered := md.out(held).Bytes // as if it had been on a stick already
	md.write(func(ctx context.Context, tx exchange.Tx) error {
		left, err := md.Withdraw(ctx, tx, c, "MD")
		if len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		return err
	})
	if o := md.out(held); o.State != exchange.OutDestroyed || o.Bytes != nil {
		t.Fatalf("%s, %d bytes", o.State, len(o.Bytes))
	}
	md.write(func(ctx context.Context, tx exchange.Tx) error {
		n, err := md.Release(ctx, tx, bundle)
		if n != 0 {
			t.Errorf("released %d", n)
		}
		return err
	})
	if _, err := md.trySeal(letter("MK", thread(), c)); !fault.Is(err, fault.Denied) {
		t.Fatalf("sealed under a withdrawn consent: %v", err)
	}
	mk.write(func(ctx context.Context, tx exchange.Tx) error {
		_, err := mk.Withdraw(ctx, tx, c, "MD")
		return err
	})
	r, err := mk.Receive(t.Context(), exchange.Carried, delivered)
	if err != nil {
		t.Fatal(err)
	}
	if stage, why := stageOf(t, r); stage != envelope.Refused || why != envelope.ConsentWithdrawn {
		t.Fatalf("%s %s", stage, why)
	}
	if in := mk.in(held); in.Bytes != nil || in.State != exchange.InRefused {
		t.Fatalf("kept %d bytes, %s", len(in.Bytes), in.State)
	}
}

func TestReleaseHappensOnceWithNobodySignedIn(t *testing.T) {
	_, md, mk := two(t)
	bundle := thread()
	d := letter("MK", bundle, consent())
	d.Hold = true
	md.seal(d)
	for i := range 3 {
		md.write(func(ctx context.Context, tx exchange.Tx) error {
			n, err := md.Release(ctx, tx, bundle)
			if (n == 1) != (i == 0) {
				t.Errorf("round %d released %d", i, n)
			}
			return err
		})
		md.deliver()
	}
	if got := mk.did(bundle, envelope.Opener); len(got) != 1 {
		t.Fatalf("bundles: %v", got)
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name string
		make func(w *world, md, mk *node) []byte
		want envelope.Refusal
	}{
		{"blocked", func(w *world, md, mk *node) []byte {
			b := md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
			mk.write(func(ctx context.Context, tx exchange.Tx) error { return tx.SetBlock(ctx, block("MD")) })
			return b
		}, envelope.Blocked},
		{"clock", func(w *world, md, mk *node) []byte {
			md.skew = envelope.MaxAhead + time.Hour
			return md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
		}, envelope.Clock},
		{"stale content key", func(w *world, md, mk *node) []byte {
			b := md.out(md.seal(letter("MK", thread(), consent()))).Bytes
			mk.intake = newKEM()
			return b
		}, envelope.StaleKey},
		{"stale control key", func(w *world, md, mk *node) []byte {
			b := md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
			mk.control = newKEM()
			return b
		}, envelope.StaleKey},
		{"unknown desk", func(w *world, md, mk *node) []byte {
			b := md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
			w.clock.pass(time.Hour)
			s := mk.sheet(2).Sheet
			s.Desks = s.Desks[1:]
			signed, err := s.Sign(mk.authority)
			if err != nil {
				w.t.Fatal(err)
			}
			mk.takeSheet(signed)
			return b
		}, envelope.UnknownDesk},
		{"content for one desk, control for another", func(w *world, md, mk *node) []byte {
			d := letter("MK", thread(), consent())
			d.ToDesk = "prosecutor"
			b := md.out(md.seal(d)).Bytes
			return b
		}, envelope.StaleKey}, // the prosecutor's key is none that this node holds
		{"rule row", func(w *world, md, mk *node) []byte {
			mk.permit = func(exchange.Crossing) error { return fault.New(fault.Denied, "profile.rule.unverified") }
			return md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
		}, envelope.RuleRow},
		{"realm that the sheet does not give the desk", func(w *world, md, mk *node) []byte {
			d := event("MK", thread(), envelope.Opener)
			d.Realm = access.Prosecution
			return md.out(md.seal(d)).Bytes
		}, envelope.NotPermitted},
		{"roster of the same version with another hash", func(w *world, md, mk *node) []byte {
			return byHand(w, md, mk, func(s *envelope.Sealing) { s.Header.Roster.Hash = envelope.Digest(nil) })
		}, envelope.WrongRoster},
		{"a suite of later years", func(w *world, md, mk *node) []byte {
			return byHand(w, md, mk, func(s *envelope.Sealing) { s.Header.Suite = "SNTRUP-2040" })
		}, envelope.UnknownSuite},
		{"not a checkpoint", func(w *world, md, mk *node) []byte {
			mk.See = func(context.Context, exchange.Tx, id.Member, string) error {
				return fault.New(fault.Denied, "audit.note")
			}
			return byHand(w, md, mk, func(s *envelope.Sealing) { s.Header.Log = "opentrm/MD/log/1" })
		}, envelope.BadCheckpoint},
		{"suspended", func(w *world, md, mk *node) []byte {
			b := byHand(w, md, mk, nil)
			next := w.roster.Roster
			next.Members = slices.Clone(next.Members)
			next.Members[0].Status = member.Suspended
			signed, err := proposeNext(w, next)
			if err != nil {
				w.t.Fatal(err)
			}
			mk.takeRoster(signed)
			return b
		}, envelope.Suspended},
		{"identity sealed under a lapsed roster", func(w *world, md, mk *node) []byte {
			w.clock.pass(member.RosterLife + member.RosterGrace + time.Hour)
			return byHand(w, md, mk, func(s *envelope.Sealing) {
				s.Control.Kind, s.Content, s.ToDesk, s.Header.Sheet = envelope.Identity, []byte("x"), mk.intake.Public(), 1
			})
		}, envelope.RosterLapsed},
		{"handler refuses", func(w *world, md, mk *node) []byte {
			mk.refuse = func(exchange.Arrived) error { return exchange.Refuse(envelope.ExceedsConsent) }
			return md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
		}, envelope.ExceedsConsent},
		{"handler finds the body wrong", func(w *world, md, mk *node) []byte {
			mk.refuse = func(exchange.Arrived) error { return fault.New(fault.Invalid, "test.body") }
			return md.out(md.seal(event("MK", thread(), envelope.Opener))).Bytes
		}, envelope.BadBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, md, mk := two(t)
			b := tt.make(w, md, mk)
			r, err := mk.Receive(t.Context(), exchange.Pushed, b)
			if err != nil {
				t.Fatal(err)
			}
			stage, why := stageOf(t, r)
			if stage != envelope.Refused || why != tt.want {
				t.Fatalf("%s %s, want refused %s", stage, why, tt.want)
			}
			if len(mk.effects) != 0 {
				t.Fatal("it took effect")
			}
			e, err := envelope.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if in := mk.in(e.ID); in.State != exchange.InRefused || in.Bytes != nil {
				t.Fatalf("%s, %d bytes kept", in.State, len(in.Bytes))
			}
			md.skew = 0
			if err := md.TakeReceipt(t.Context(), r); fault.Is(err, fault.NotFound) {
				return // made by hand: the sender does not know it
			} else if err != nil {
				t.Fatal(err)
			}
			if o := md.out(e.ID); o.State != exchange.OutRefused {
				t.Fatalf("sender: %s", o.State)
			}
		})
	}
}

// byHand seals what an honest node would not.
func byHand(w *world, from, to *node, change func(*envelope.Sealing)) []byte {
	w.t.Helper()
	hash, err := w.roster.Roster.Hash()
	if err != nil {
		w.t.Fatal(err)
	}
	now := at(w.clock.Now())
	s := envelope.Sealing{
		Header: envelope.Header{
			Suite: seal.SuiteHybrid, From: from.Self, To: to.Self, Created: now, Expires: now.Add(time.Hour),
			Roster: envelope.Version{Version: 1, Hash: hash},
		},
		Control: envelope.Control{
			Kind: envelope.Referral, FromDesk: "focal-point", ToDesk: "focal-point", Realm: access.Assistance, Thread: thread(),
			Side: envelope.Opener, Seq: 1, Basis: "consent", Rule: "test-row", Categories: []string{}, Body: []byte("{}"),
		},
		ToNode: to.control.Public(), Signer: from.envelope,
	}
	if change != nil {
		change(&s)
	}
	b, _, err := envelope.Seal(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func TestLapsedRosterKeepsIdentityAndLetsTheRestGo(t *testing.T) {
	w, md, mk := two(t)
	w.clock.pass(member.RosterLife + member.RosterGrace + time.Hour)
	sheet := mk.sheet(2)
	md.takeSheet(sheet)
	mk.takeSheet(sheet)
	if _, err := md.trySeal(letter("MK", thread(), consent())); !fault.Is(err, fault.Denied) {
		t.Fatalf("an identity bundle was sealed: %v", err)
	}
	th := thread()
	md.seal(event("MK", th, envelope.Opener))
	if md.deliver() != 1 || len(mk.did(th, envelope.Opener)) != 1 {
		t.Fatal("home work stopped")
	}
}

func TestStaleKeyIsSealedAnewInItsPlace(t *testing.T) {
	w, md, mk := two(t)
	th := thread()
	d := letter("MK", th, consent())
	d.Kind = envelope.Message
	old := md.seal(d)
	next := md.seal(d)
	mk.intake = newKEM()
	w.clock.pass(time.Hour)
	md.deliver()
	if o := md.out(old); o.State != exchange.OutRefused {
		t.Fatalf("state %s", o.State)
	}
	sheet := mk.sheet(2)
	md.takeSheet(sheet)
	mk.takeSheet(sheet)
	d.Replaces = old
	again := md.seal(d)
	d.Replaces = next
	md.seal(d)
	md.deliver()
	if o := md.out(old); o.State != exchange.OutReplaced {
		t.Fatalf("old: %s", o.State)
	}
	if o := md.out(again); o.State != exchange.OutDelivered || o.Seq != 1 {
		t.Fatalf("new: %s at %d", o.State, o.Seq)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 2}) {
		t.Fatalf("effects %v", got)
	}
}

func TestPlaceIsTakenOnce(t *testing.T) {
	_, md, mk := two(t)
	th := thread()
	b := md.out(md.seal(event("MK", th, envelope.Opener))).Bytes
	other := newWorldLike(md)
	twin := other.out(other.seal(event("MK", th, envelope.Opener))).Bytes
	if _, err := mk.Receive(t.Context(), exchange.Pushed, b); err != nil {
		t.Fatal(err)
	}
	r, err := mk.Receive(t.Context(), exchange.Pushed, twin)
	if err != nil {
		t.Fatal(err)
	}
	if stage, why := stageOf(t, r); stage != envelope.Refused || why != envelope.PlaceTaken {
		t.Fatalf("%s %s", stage, why)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1}) {
		t.Fatalf("effects %v", got)
	}
}

func TestExpiredIsAnsweredAndNotKept(t *testing.T) {
	w, md, mk := two(t)
	e := md.seal(letter("MK", thread(), consent()))
	b := md.out(e).Bytes
	w.clock.pass(exchange.DefaultLife)
	r, err := mk.Receive(t.Context(), exchange.Carried, b)
	if err != nil {
		t.Fatal(err)
	}
	if stage, _ := stageOf(t, r); stage != envelope.Expired || mk.in(e).Bytes != nil || len(mk.effects) != 0 {
		t.Fatalf("%s, %d bytes, %d effects", stage, len(mk.in(e).Bytes), len(mk.effects))
	}
	md.deliver()
	if o := md.out(e); o.State != exchange.OutExpired || o.Bytes != nil {
		t.Fatalf("sender: %s", o.State)
	}
	if len(md.moved) != 1 || md.moved[0].Receipt != nil {
		t.Fatalf("the noun was not told: %v", md.moved)
	}
}

func TestUnattributableLeavesNoTrace(t *testing.T) {
	_, md, mk := two(t)
	e := md.seal(letter("MK", thread(), consent()))
	b := md.out(e).Bytes
	for i := 0; i < len(b); i += 1 + len(b)/97 {
		bent := bytes.Clone(b)
		bent[i] ^= 0x40
		if r, err := mk.Receive(t.Context(), exchange.Pushed, bent); err == nil || r != nil {
			t.Fatalf("byte %d: a receipt for a forgery", i)
		}
		if _, err := mk.Receive(t.Context(), exchange.Pushed, b[:i]); !fault.Is(err, fault.Invalid) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := tx.In(ctx, e); !fault.Is(err, fault.NotFound) {
			t.Fatalf("a trace: %v", err)
		}
		return nil
	})
	if md.deliver() != 1 || len(mk.effects) != 1 {
		t.Fatal("the genuine one no longer passes")
	}
}
