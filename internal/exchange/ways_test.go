package exchange_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

func TestMailboxIsBlindAndReachesANodeWithoutAddress(t *testing.T) {
	w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD", hidden: true}, place{id: "RS", mailbox: true})
	al, md, rs := w.nodes["AL"], w.nodes["MD"], w.nodes["RS"]
	th := thread()
	e := md.seal(letter("AL", th, consent()))
	md.deliver()
	if o := md.out(e); o.State != exchange.OutRelayed {
		t.Fatalf("state %s", o.State)
	}
	env, err := envelope.Parse(md.out(e).Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.OpenControl(rs.control); !fault.Is(err, fault.Stale) {
		t.Fatalf("the mailbox opened the control: %v", err)
	}
	if al.collect() != 1 {
		t.Fatal("nothing collected")
	}
	if got := al.did(th, envelope.Opener); len(got) != 1 {
		t.Fatalf("effects %v", got)
	}
	rs.read(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := tx.Mail(ctx, e); !fault.Is(err, fault.NotFound) {
			t.Errorf("the mailbox kept what was collected: %v", err)
		}
		return nil
	})
	al.deliver()
	md.collect()
	if o := md.out(e); o.State != exchange.OutDelivered {
		t.Fatalf("the receipt did not come back: %s", o.State)
	}
	for range 5 { // receipts must not answer receipts
		w.clock.pass(13 * time.Hour)
		al.deliver()
		md.deliver()
		al.collect()
		md.collect()
	}
	for _, n := range []*node{al, md} {
		n.read(func(ctx context.Context, tx exchange.Tx) error {
			for _, to := range w.names() {
				all, err := tx.OutSince(ctx, to, 0, "", 100)
				if err != nil {
					return err
				}
				if len(all) > 1 { // the bundle of one, the receipt of the other
					t.Errorf("%s made %d envelopes for %s", n.Self, len(all), to)
				}
			}
			return nil
		})
	}
}

func TestMailboxKeepsItsLimits(t *testing.T) {
	w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"}, place{id: "RS", mailbox: true})
	md, rs := w.nodes["MD"], w.nodes["RS"]
	rs.MailRows = 2
	for i := range 3 {
		_, err := rs.Deposit(t.Context(), md.out(md.seal(event("AL", thread(), envelope.Opener))).Bytes)
		if (i < 2) != (err == nil) || err != nil && !fault.Is(err, fault.Unavailable) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	w.clock.pass(exchange.DefaultLife + time.Hour)
	if n, err := rs.Sweep(t.Context()); n != 2 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
}

func TestCourierCarriesBothWays(t *testing.T) {
	w, md, mk := two(t)
	w.wire = func(_, _ id.Member) error { return errDown }
	th := thread()
	e := md.seal(letter("MK", th, consent()))
	md.deliver()
	if o := md.out(e); o.State != exchange.OutQueued || o.Attempts != 1 {
		t.Fatalf("%s after %d attempts", o.State, o.Attempts)
	}
	var there, back bytes.Buffer
	if n, err := md.Export(t.Context(), console("MD"), "MK", &there); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	seen, err := exchange.Inspect(bytes.NewReader(there.Bytes()))
	if err != nil || len(seen.Envelopes) != 1 || seen.Envelopes[0].To != "MK" || seen.Rosters != 1 {
		t.Fatalf("%+v %v", seen, err)
	}
	for range 2 {
		did, err := mk.Import(t.Context(), console("MK"), bytes.NewReader(there.Bytes()))
		if err != nil || did.Envelopes != 1 || len(did.Failed) != 0 {
			t.Fatalf("%+v %v", did, err)
		}
	}
	if got := mk.did(th, envelope.Opener); len(got) != 1 {
		t.Fatalf("effects %v", got)
	}
	if _, err := mk.Export(t.Context(), console("MK"), "MD", &back); err != nil {
		t.Fatal(err)
	}
	if did, err := md.Import(t.Context(), console("MD"), &back); err != nil || len(did.Failed) != 0 {
		t.Fatalf("%+v %v", did, err)
	}
	if o := md.out(e); o.State != exchange.OutDelivered {
		t.Fatalf("state %s", o.State)
	}
}

func TestNationalReferralTakesTheSameWay(t *testing.T) {
	_, md, _ := two(t)
	th := thread()
	e := md.seal(letter("MD", th, consent()))
	md.deliver()
	if o := md.out(e); o.State != exchange.OutDelivered || len(md.did(th, envelope.Opener)) != 1 {
		t.Fatalf("%s", o.State)
	}
}

// An envelope may overtake the desk sheet of its sender, who has just joined or founded a desk. It is not refused, which
// would be for ever: it comes again.
func TestWhatOvertakesASheetComesAgain(t *testing.T) {
	_, md, mk := two(t)
	th := thread()
	b := md.out(md.seal(event("MK", th, envelope.Opener))).Bytes
	take := func(n *node) error {
		_, err := n.Receive(t.Context(), exchange.Pushed, b)
		return err
	}
	young := newWorldLike(mk, "MD")
	if err := take(young); !fault.Is(err, fault.Unavailable) {
		t.Errorf("before the sheet: %v", err)
	}
	young.takeSheet(md.sheet(1))
	if err := take(young); err != nil || len(young.did(th, envelope.Opener)) != 1 {
		t.Errorf("after it: %v", err)
	}
	mk.refuse = func(exchange.Arrived) error { return fault.New(fault.NotFound, "exchange.desk.unknown") }
	if err := take(mk); !fault.Is(err, fault.Unavailable) {
		t.Errorf("from a desk that the sheet does not list: %v", err)
	}
	mk.refuse = nil
	if err := take(mk); err != nil || len(mk.did(th, envelope.Opener)) != 1 {
		t.Errorf("once it does: %v", err)
	}
}

func TestAnnounceBringsRosterAndSheetToEverybody(t *testing.T) {
	w, md, mk := two(t)
	next := w.roster.Roster
	next.Members = slices.Clone(next.Members)
	next.Members[0].Name = "Renamed"
	w.clock.pass(time.Hour)
	proposed, err := proposeNext(w, next)
	if err != nil {
		t.Fatal(err)
	}
	md.takeRoster(proposed)
	md.takeSheet(md.sheet(2))
	if n, err := md.Announce(t.Context()); err != nil || n != 4 {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := md.Announce(t.Context()); err != nil || n != 0 {
		t.Fatalf("announced again: %d %v", n, err)
	}
	md.deliver()
	if got := mk.rosterVersion(); got != 2 {
		t.Fatalf("roster %d", got)
	}
	if got := mk.sheetVersion("MD"); got != 2 {
		t.Fatalf("sheet %d", got)
	}
	if diff := cmp.Diff([]string(nil), mk.alarms); diff != "" {
		t.Fatal(diff)
	}
}

// spoiler garbles what is pulled on its way.
type spoiler struct {
	*wires
	spoil func(list [][]byte)
}

func (c *spoiler) Pull(ctx context.Context, from member.Member, after id.Envelope) (exchange.Parcel, error) {
	p, err := c.wires.Pull(ctx, from, after)
	for i := range p.Envelopes {
		p.Envelopes[i] = slices.Clone(p.Envelopes[i])
	}
	c.spoil(p.Envelopes)
	return p, err
}

// One envelope that cannot be read does not stop what was collected with it, nor what waits on the next pages, wherever it
// stands and whatever is wrong with it. It is told once.
func TestWhatCannotBeReadHoldsUpNothing(t *testing.T) {
	const many = 53 // more than a page
	for _, c := range []struct {
		name  string
		at    int
		spoil func([]byte) []byte
	}{
		{"content", 0, func(b []byte) []byte { b[len(b)-200] ^= 1; return b }},
		{"cut", 49, func(b []byte) []byte { return b[:len(b)/2] }},
		{"empty", 1, func([]byte) []byte { return nil }},
	} {
		w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"})
		al, md := w.nodes["AL"], w.nodes["MD"]
		for range many {
			md.seal(letter("AL", thread(), consent()))
		}
		var bad []byte // the first at that place is bad whenever it comes
		al.Carrier = &spoiler{&wires{al}, func(list [][]byte) {
			if bad == nil && len(list) > c.at {
				bad = slices.Clone(list[c.at])
			}
			for i, b := range list {
				if bytes.Equal(b, bad) {
					list[i] = c.spoil(b)
				}
			}
		}}
		if n := al.collect(); n != many-1 {
			t.Errorf("%s: %d taken, want %d", c.name, n, many-1)
		}
		al.collect()
		if diff := cmp.Diff([]string{"exchange.unread"}, al.alarms); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		al.Carrier = &wires{al}
		if n := al.collect(); n != 1 {
			t.Errorf("%s: %d taken when it came whole", c.name, n)
		}
	}
}

// What was damaged while a mailbox kept it does not come again and again: it is passed over there, and its sender
// brings it anew.
func TestAMailboxThatDamagedAnEnvelopeIsBroughtItAgain(t *testing.T) {
	w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD", hidden: true}, place{id: "RS", mailbox: true})
	al, md, rs := w.nodes["AL"], w.nodes["MD"], w.nodes["RS"]
	e, other := md.seal(letter("AL", thread(), consent())), md.seal(letter("AL", thread(), consent()))
	md.deliver()
	rs.write(func(ctx context.Context, tx exchange.Tx) error {
		m, err := tx.Mail(ctx, e)
		if err != nil {
			return err
		}
		m.Bytes = slices.Clone(m.Bytes)
		m.Bytes[len(m.Bytes)-200] ^= 1
		if err := tx.DropMail(ctx, e); err != nil {
			return err
		}
		return tx.AddMail(ctx, m)
	})
	if n := al.collect(); n != 1 || al.in(other).State != exchange.InDone || len(al.alarms) != 0 {
		t.Fatalf("%d taken, alarms %v", n, al.alarms)
	}
	for range 3 {
		w.clock.pass(13 * time.Hour)
		md.deliver()
	}
	if al.collect(); al.in(e).State != exchange.InDone {
		t.Error("not taken after it was brought again")
	}
}
