package nodetest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// end is what one node knows at last.
type end struct {
	rows   map[id.Referral]referral.Row
	events map[id.Referral][]referral.Digest
	bundle map[id.Referral]int
	out    map[id.Envelope]exchange.Out
	in     map[id.Envelope]exchange.In
	said   map[id.Envelope][]envelope.SignedReceipt
}

// read opens a node that has ended, verifies its log and its receipts, and takes everything out of it.
func (w *weather) read(m id.Member) end {
	w.t.Helper()
	ctx := w.t.Context()
	n, err := node.Open(ctx, w.lives[seat(m)].config())
	w.must(err)
	defer func() { w.must(n.Close(context.WithoutCancel(ctx))) }()
	keys, err := n.LogKeys(ctx)
	w.must(err)
	e := end{
		rows: map[id.Referral]referral.Row{}, events: map[id.Referral][]referral.Digest{}, bundle: map[id.Referral]int{},
		out: map[id.Envelope]exchange.Out{}, in: map[id.Envelope]exchange.In{}, said: map[id.Envelope][]envelope.SignedReceipt{},
	}
	rows, err := allReferrals(ctx, n)
	w.must(err)
	w.must(store.Reader[referral.Tx](n.DB)(ctx, func(tx referral.Tx) error {
		for _, r := range rows {
			kept, err := tx.ReferralEvents(ctx, r.ID, r.Desk)
			if err != nil {
				return err
			}
			e.rows[r.ID] = r
			for _, k := range kept {
				e.events[r.ID] = append(e.events[r.ID], k.Digest)
			}
			slices.Sort(e.events[r.ID])
			letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
			if err != nil {
				return err
			}
			for _, x := range letters {
				if x.What == referral.ABundle {
					e.bundle[r.ID]++
				}
			}
		}
		for _, other := range w.members() {
			if err := w.traffic(ctx, tx, other, e); err != nil {
				return err
			}
		}
		return nil
	}))
	w.must(store.Reader[audit.Reader](n.DB)(ctx, func(r audit.Reader) error {
		report, err := audit.Verify(ctx, r, audit.Options{Member: m, Roster: keys})
		if err == nil && !report.OK() {
			w.t.Errorf("%s: the log: %+v", m, report.Problems)
		}
		return err
	}))
	return e
}

func (w *weather) traffic(ctx context.Context, tx referral.Tx, other id.Member, e end) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	var after id.Envelope
	for {
		rows, err := tx.OutSince(ctx, other, 0, after, 200)
		if err != nil {
			return err
		}
		for _, o := range rows {
			after, e.out[o.ID] = o.ID, o
			all, err := tx.ReceiptsOf(ctx, o.ID)
			if err != nil {
				return err
			}
			for _, b := range all {
				r, err := envelope.ParseReceipt(b)
				if err != nil {
					return err
				}
				if err := r.Verify(held.Signed.Roster); err != nil {
					w.t.Errorf("a receipt of %s about %s does not verify: %v", r.Receipt.By, o.ID, err)
				}
				e.said[o.ID] = append(e.said[o.ID], r)
			}
		}
		if len(rows) < 200 {
			break
		}
	}
	after = ""
	for {
		rows, err := tx.InSince(ctx, other, 0, after, 200)
		if err != nil {
			return err
		}
		for _, i := range rows {
			after, e.in[i.ID] = i.ID, i
		}
		if len(rows) < 200 {
			return nil
		}
	}
}

// judge holds all ends against each other. Each node was to make a number of referrals, some of which must have come to the
// end of the loop.
func (w *weather) judge(restored id.Member, each int) {
	w.t.Helper()
	ends := map[id.Member]end{}
	for _, m := range w.members() {
		ends[m] = w.read(m)
	}
	pairs, loops := 0, 0
	for _, m := range w.members() {
		for ref, r := range ends[m].rows {
			if r.Status.Local() {
				w.t.Errorf("%s: %s was never sent", m, ref)
				continue
			}
			there, ok := ends[r.Peer.Member].rows[ref]
			if !ok {
				w.t.Errorf("%s at %s (%s, %s): %s does not know it", ref, m, r.Side, r.Status, r.Peer.Member)
				continue
			}
			pairs++
			if r.Status == referral.Closed {
				loops++
			}
			here, other := ends[m].events[ref], ends[r.Peer.Member].events[ref]
			if r.Status != there.Status || !slices.Equal(here, other) && !w.destroyed(r, restored, ends) {
				w.t.Errorf("%s: %s says %s with %d events, %s says %s with %d", ref, m, r.Status, len(ends[m].events[ref]),
					there.Desk, there.Status, len(ends[r.Peer.Member].events[ref]))
			}
			if got := ends[m].bundle[ref]; got > 1 || r.Side == referral.Receiver && r.Arrived && got == 0 && !w.destroyed(r, restored, ends) {
				w.t.Errorf("%s: %d bundles at %s, %s", ref, got, m, r.Status)
			}
		}
		w.carried(m, restored, ends)
	}
	if all := 2 * each * len(w.members()); pairs < all || loops < all/4 {
		w.t.Errorf("%d ends of %d, %d of them of closed loops: too little was tried", pairs, all, loops)
	}
	w.t.Logf("%d ends, %d of them of closed loops", pairs, loops)
}

// destroyed reports whether she withdrew from a referral one of whose ends was restored. What had content was destroyed
// by then, and cannot come again to a node that has lost it: it knows less, and no word more.
func (w *weather) destroyed(r referral.Row, restored id.Member, ends map[id.Member]end) bool {
	lost, known := ends[restored].rows[r.ID]
	if !known || r.Status != referral.WithdrawnByPerson {
		return false
	}
	all := ends[lost.Peer.Member].events[r.ID]
	return !slices.ContainsFunc(ends[restored].events[r.ID], func(d referral.Digest) bool { return !slices.Contains(all, d) })
}

// carried holds what a node has sent against what the others have got.
func (w *weather) carried(m, restored id.Member, ends map[id.Member]end) {
	w.t.Helper()
	for e, o := range ends[m].out {
		if !sequenced(o.Kind) {
			continue
		}
		i, there := ends[o.To].in[e]
		switch {
		case o.State == exchange.OutDestroyed || o.State == exchange.OutHeld || o.State == exchange.OutReplaced:
		case o.State == exchange.OutRefused:
			r, err := envelope.ParseReceipt(o.Receipt)
			if err != nil || r.Receipt.Refusal != envelope.ConsentWithdrawn {
				w.t.Errorf("%s to %s, %s: refused %s, %v", m, o.To, o.Kind, r.Receipt.Refusal, err)
			}
		case o.State != exchange.OutDelivered && o.State != exchange.OutOpened:
			w.t.Errorf("%s to %s, %s: %s", m, o.To, o.Kind, o.State)
		case !there && o.To == restored && o.Content && o.Bytes == nil: // she withdrew, and a restore lost what was there
		case !there:
			w.t.Errorf("%s to %s, %s %d: %s and not there", m, o.To, o.Kind, o.Seq, o.State)
		case i.State != exchange.InDone && i.State != exchange.InErased:
			w.t.Errorf("%s to %s, %s %d: %s here, %s there", m, o.To, o.Kind, o.Seq, o.State, i.State)
		case len(ends[m].said[e]) == 0:
			w.t.Errorf("%s to %s, %s %d: no receipt", m, o.To, o.Kind, o.Seq)
		}
	}
	type place struct {
		from   id.Member
		thread id.Thread
		side   envelope.Side
		seq    int64
	}
	took := map[place]id.Envelope{}
	for e, i := range ends[m].in {
		if !sequenced(i.Kind) || i.State != exchange.InDone && i.State != exchange.InErased {
			continue
		}
		at := place{i.From, i.Thread, i.Side, i.Seq}
		if other, taken := took[at]; taken {
			w.t.Errorf("%s: %s and %s have one place", m, e, other)
		}
		took[at] = e
		if _, known := ends[i.From].out[e]; !known {
			w.t.Errorf("%s has %s %d of %s, who does not know it", m, i.Kind, i.Seq, i.From)
		}
	}
}

// show prints what the nodes logged that was out of the ordinary, and the end of it.
func (w *weather) show() {
	for _, m := range w.members() {
		b, err := os.ReadFile(filepath.Join(w.dir, "nodes", string(m)+".log"))
		if err != nil {
			w.t.Log(err)
			continue
		}
		lines := bytes.Split(b, []byte("\n"))
		last := max(0, len(lines)-30)
		for i, line := range lines {
			if i >= last || bytes.Contains(line, []byte(`"level":"ERROR"`)) || bytes.Contains(line, []byte("exchange.resync")) {
				w.t.Logf("%s: %s", m, line)
			}
		}
	}
}

// unfinished prints what both ends hold of referrals of which one did not come to its end.
func (w *weather) unfinished() {
	ctx := context.WithoutCancel(w.t.Context())
	all, open := map[id.Member][]referral.Row{}, map[id.Referral]bool{}
	nodes := map[id.Member]*node.Node{}
	for _, m := range w.members() {
		n, err := node.Open(ctx, w.lives[seat(m)].config())
		if err != nil {
			w.t.Log(err)
			continue
		}
		defer func() { _ = n.Close(ctx) }() // the test has failed already
		nodes[m] = n
		if all[m], err = allReferrals(ctx, n); err != nil {
			w.t.Log(err)
		}
		for _, r := range all[m] {
			if !r.Status.Ended() {
				open[r.ID] = true
			}
		}
	}
	for ref := range open {
		for m, rows := range all {
			for _, r := range rows {
				if r.ID != ref {
					continue
				}
				if err := w.history(ctx, nodes[m], r); err != nil {
					w.t.Log(err)
				}
			}
		}
	}
}

func (w *weather) history(ctx context.Context, n *node.Node, r referral.Row) error {
	return store.Reader[referral.Tx](n.DB)(ctx, func(tx referral.Tx) error {
		kept, err := tx.ReferralEvents(ctx, r.ID, r.Desk)
		if err != nil {
			return err
		}
		own, peer := id.Address{Member: n.Member, Desk: r.Desk}, r.Peer
		if r.Side == referral.Receiver {
			own, peer = peer, own
		}
		var events []referral.Event
		for _, k := range kept {
			e, err := course.Parse(k.Signed.Event)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		st := course.Fold(referral.Thread{Referral: r.ID, Sender: own, Receiver: peer}, events)
		w.t.Logf("%s holds of %.8s, %s: %s, conflicts %v", n.Member, r.ID, r.Side, r.Status, st.Conflicts)
		for _, e := range st.History {
			w.t.Logf("  %s %d %s at %s: %s", e.Event.Side, e.Event.Seq, e.Event.Transition, e.Event.At.Time(), e.Standing)
		}
		for _, thread := range []id.Thread{id.Thread(r.ID), r.Bundle} {
			out, err := tx.OutOf(ctx, thread)
			if err != nil {
				return err
			}
			for _, o := range out {
				w.t.Logf("  out %.8s %s %d to %s: %s at %s", o.ID, o.Kind, o.Seq, o.To, o.State, o.Created.Time())
			}
		}
		in, err := tx.InSince(ctx, r.Peer.Member, 0, "", 100_000)
		for _, i := range in {
			if i.Thread == id.Thread(r.ID) || i.Thread == r.Bundle {
				w.t.Logf("  in %.8s %s %d: %s at %s", i.ID, i.Kind, i.Seq, i.State, i.Received.Time())
			}
		}
		return err
	})
}

// sequenced reports whether a kind has a place in a thread.
func sequenced(k envelope.Kind) bool {
	t, _ := envelope.TraitsOf(k)
	return t.Sequenced
}

// busy counts what is on its way or waits here for its turn, and says more of the first.
func busy(ctx context.Context, n *node.Node) (count int, why string, err error) {
	err = store.Reader[exchange.Tx](n.DB)(ctx, func(tx exchange.Tx) error {
		count, why = 0, ""
		rows, err := tx.OutFor(ctx, "", "", 100_000)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if !sequenced(o.Kind) {
				continue
			}
			if count++; count == 1 {
				now := frame.At(n.Config.Now())
				why = fmt.Sprintf("%s to %s %s, tries %d, next in %s, lease %s", o.Kind, o.To, o.State, o.Attempts,
					time.Duration(o.NextTry-now)*time.Microsecond, time.Duration(o.Lease-now)*time.Microsecond)
			}
		}
		parked, err := tx.ParkedBefore(ctx, "", frame.At(n.Config.Now().Add(24*time.Hour)), 1000)
		count += len(parked)
		if len(parked) > 0 {
			why += fmt.Sprintf(" and %d parked", len(parked))
		}
		return err
	})
	return count, why, err
}
