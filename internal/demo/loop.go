package demo

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// Loop hands invented people over from one country to another and closes the loop, one after the other, without anybody
// who looks on. It is what a measurement measures; [Run] shows the same to people.
//
// Both nodes carry what they seal as soon as it is durable, as nodes do that run ([node.Node.Carry]).
type Loop struct {
	from, to         *Country
	sender, receiver keyring.Bearer
	settled          chan struct{} // an envelope of either has its receipt, durable at its maker
	stop             func()
}

// Stage is one piece of the loop as it went: what was done, durable at both ends, and what it cannot do without.
type Stage struct {
	Name      string
	Took      time.Duration
	Envelopes int // sealed, carried, taken and receipted
	// Writes is how many durable writes after each other no way of doing the same can go below: one for what somebody does
	// that stays at her desk, three for an envelope (sealed; taken and receipted; receipt kept), one less where what is taken
	// and what it sets off are one.
	Writes int
}

// Loop begins loops between two countries of the network, whose shelters it signs in. The nodes carry until [Loop.Close].
//
// It fails as [Country.As] does and as the nodes fail.
func (w *Network) Loop(ctx context.Context, from, to id.Member) (*Loop, error) {
	l := &Loop{from: w.Countries[from], to: w.Countries[to], settled: make(chan struct{}, 100)}
	var err error
	if l.sender, err = l.from.As(ctx, "shelter"); err != nil {
		return nil, err
	}
	if l.receiver, err = l.to.As(ctx, "shelter"); err != nil {
		return nil, err
	}
	if err := l.empty(ctx); err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var ends []func()
	for _, c := range []*Country{l.from, l.to} {
		x := c.Node.Exchange
		moved := x.Moved
		x.Moved = func(ctx context.Context, tx exchange.Tx, m exchange.Moved) error {
			if m.Receipt != nil && m.Receipt.Receipt.Stage == envelope.Delivered {
				tx.OnCommit(func() { l.settled <- struct{}{} })
			}
			return moved(ctx, tx, m)
		}
		wait := c.Node.Carry(run)
		ends = append(ends, func() { wait(); x.Moved = moved })
	}
	l.stop = func() {
		cancel()
		for _, end := range ends {
			end()
		}
	}
	return l, nil
}

// Close ends the carrying and waits for its end.
func (l *Loop) Close() { l.stop() }

// Once finds somebody, asks her, sends the request, has it answered, her bundle released and opened, and her met, cared for
// and heard of until the sender closes the loop. It tells every stage.
//
// It fails as the stages do, and with [fault.Conflict] if one did not end as it must or carried another number of envelopes.
func (l *Loop) Once(ctx context.Context, tell func(Stage)) error {
	var (
		file  casefile.Case
		given consent.Consent
		at    referral.At
		send  = l.from.Node.Referrals
		take  = l.to.Node.Referrals
		to    = id.Address{Member: l.to.Member, Desk: "shelter"}
		now   = func() frame.Time { return frame.At(l.from.Node.Config.Now()) }
		step  = func(_ referral.Row, err error) error { return err }
	)
	for _, s := range []struct {
		name              string
		want              referral.Status // at both ends afterwards; empty: not asked
		envelopes, writes int
		do                func() error
	}{
		{"case, risk and consent", "", 0, 3, func() (err error) {
			who := Invented()
			if file, err = l.from.Node.Cases.Open(ctx, l.sender, casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
				return err
			}
			if _, err = l.from.Node.Cases.Assess(ctx, l.sender, file.ID, risk(now())); err != nil {
				return err
			}
			given, err = l.from.Node.Consents.Give(ctx, l.sender, consent.Giving{Case: file.ID, Record: agreement(to)})
			return err
		}},
		{"draft and check: request and bundle sealed", "", 0, 2, func() error {
			r, err := send.Draft(ctx, l.sender, file.ID, referral.At{}, referral.Drafting{
				To: to, Kind: "specialised-service", Basis: protocol, Consent: given.ID, Categories: shared(), Expires: now().Add(month),
				Request: referral.Request{
					Needs: []referral.Code{"accommodation"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"},
					Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
				},
				Facts: consent.Facts{Needs: []consent.Need{{Code: "accommodation", Urgency: "now"}}},
			})
			if err != nil {
				return err
			}
			at = referral.At{Referral: r.ID}
			return step(send.Check(ctx, l.sender, at))
		}},
		{"request sent, said to be delivered", referral.Delivered, 2, 4, func() error { return step(send.Send(ctx, l.sender, at, false)) }},
		{"request opened", "", 1, 3, func() error { _, err := take.Open(ctx, l.receiver, at); return err }},
		{"acknowledged", referral.Acknowledged, 1, 3, func() error { return step(take.Acknowledge(ctx, l.receiver, at)) }},
		{"accepted, bundle released", referral.Accepted, 2, 4, func() error { return step(take.Accept(ctx, l.receiver, at)) }},
		{"bundle opened", "", 1, 3, func() error {
			open, err := take.Open(ctx, l.receiver, at)
			if err == nil && len(open.Bundle.Content.Names) == 0 {
				err = failed("bundle")
			}
			return err
		}},
		{"handover planned", referral.HandoverPlanned, 1, 3, func() error {
			return step(send.Plan(ctx, l.sender, at, referral.Planned{At: now(), Meeting: "station"}, ""))
		}},
		{"handed over", referral.HandedOver, 1, 3, func() error { return step(take.Confirm(ctx, l.receiver, at, now())) }},
		{"in care", referral.InCare, 1, 3, func() error { return step(take.InCare(ctx, l.receiver, at, now())) }},
		{"feedback", referral.Feedback, 1, 3, func() error { return step(take.Feedback(ctx, l.receiver, at, 30, "stable", "")) }},
		{"completed", referral.Completed, 1, 3, func() error { return step(take.Complete(ctx, l.receiver, at, "needs-met", "")) }},
		{"closed", referral.Closed, 1, 3, func() error { return step(send.Close(ctx, l.sender, at)) }},
	} {
		begin := time.Now()
		err := s.do()
		if err != nil {
			return err
		}
		if err := l.carried(ctx, s.envelopes); err != nil {
			return err
		}
		took := time.Since(begin)
		if err := l.agree(ctx, at, s.want); err != nil {
			return err
		}
		if err := l.quiet(ctx, s.name); err != nil {
			return err
		}
		tell(Stage{Name: s.name, Took: took, Envelopes: s.envelopes, Writes: s.writes})
	}
	return nil
}

// empty brings what is due on its way until nothing is left.
func (l *Loop) empty(ctx context.Context) error {
	for range 10 {
		moved := 0
		for _, c := range []*Country{l.from, l.to} {
			n, err := c.Node.Exchange.Deliver(ctx, 100)
			if err != nil {
				return err
			}
			moved += n
		}
		if moved == 0 {
			return nil
		}
	}
	return fault.New(fault.Unavailable, "demo.restless")
}

// patience is how long a measurement waits for an envelope that must come at once.
const patience = time.Minute

// carried waits until so many envelopes have their receipts, and has what was not carried at once delivered, as a node does.
func (l *Loop) carried(ctx context.Context, envelopes int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; n < envelopes; {
		select {
		case <-l.settled:
			n++
		case <-tick.C:
			if err := l.empty(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "demo.lost", ctx.Err())
		}
	}
	return nil
}

// quiet holds a stage to the envelopes that it was said to need: nothing more went, and nothing waits at either end.
func (l *Loop) quiet(ctx context.Context, stage string) error {
	waiting := len(l.settled)
	for _, c := range []*Country{l.from, l.to} {
		err := c.Node.Exchange.Read(ctx, func(tx exchange.Tx) error {
			rows, err := tx.OutFor(ctx, "", "", 1)
			waiting += len(rows)
			return err
		})
		if err != nil {
			return err
		}
	}
	if waiting > 0 {
		return failed(stage)
	}
	return nil
}

// agree holds both ends to a state.
func (l *Loop) agree(ctx context.Context, at referral.At, want referral.Status) error {
	if want == "" {
		return nil
	}
	for c, by := range map[*Country]keyring.Bearer{l.from: l.sender, l.to: l.receiver} {
		_, st, _, err := c.Node.Referrals.Show(ctx, by.Actor, at)
		if err != nil {
			return err
		}
		if st.Status != want {
			return failed(string(c.Member) + "-" + string(st.Status))
		}
	}
	return nil
}
