package exchange

import (
	"context"
	"errors"
	"math"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/member"
)

// Way is how bytes came here.
type Way string

// The ways.
const (
	Pushed  Way = "push"    // the receipt is the answer to the call
	Pulled  Way = "pull"    // the receipt is returned in the same visit
	Mailed  Way = "mailbox" // the receipt must travel by itself
	Carried Way = "courier" // as mailbox
)

// Receive takes an envelope that arrived by any way and returns this node's signed receipt for it. The cheap
// checks come first; the same envelope gets the same receipt bytes for ever and has one effect.
//
// What cannot be attributed to a member fails without a receipt and without a trace:
//   - [fault.TooLarge] "exchange.too-large";
//   - [fault.Invalid] for damage, "exchange.header.version" for a later format, "exchange.wrong-member" if it is
//     for somebody else;
//   - [fault.NotFound] "exchange.member.unknown", [fault.Denied] "exchange.signature".
//
// [fault.Unavailable] and [fault.Internal] mean that nothing happened and that it should be tried again.
// Everything else, refusals too, is a receipt.
func (s *Service) Receive(ctx context.Context, way Way, b []byte) ([]byte, error) {
	e, err := envelope.Parse(b)
	if err != nil {
		return nil, err
	}
	a := s.ReceiveAll(ctx, way, []envelope.Envelope{e})[0]
	return a.Receipt, a.Err
}

// ReceiveAll takes envelopes that arrived together, in their order, as [Service.Receive] takes each of them. What one
// of them meets with does not touch the others.
func (s *Service) ReceiveAll(ctx context.Context, way Way, list []envelope.Envelope) []Answer {
	answers := make([]Answer, len(list))
	all := make([]*arrival, 0, len(list))
	for i, e := range list {
		if e.Header.To != s.Self {
			answers[i].Err = fault.New(fault.Invalid, "exchange.wrong-member")
			continue
		}
		all = append(all, &arrival{Envelope: e, at: i})
	}
	s.prepareAll(all)
	if len(all) > 1 {
		verdicts, err := s.together(ctx, way, all)
		if err == nil {
			for i, a := range all {
				answers[a.at].Receipt = verdicts[i].receipt
				s.drain(ctx, verdicts[i])
			}
			return answers
		}
	}
	for _, a := range all {
		v, err := s.alone(ctx, way, a)
		answers[a.at] = Answer{v.receipt, err}
	}
	return answers
}

// together takes arrivals in one transaction: all of them, or none if one cannot be taken as it is.
func (s *Service) together(ctx context.Context, way Way, all []*arrival) ([]verdict, error) {
	verdicts := make([]verdict, len(all))
	err := s.Update(ctx, func(tx Tx) (err error) {
		for i, a := range all {
			if verdicts[i], err = s.arrive(ctx, tx, way, a); err != nil {
				return err
			}
		}
		return nil
	})
	return verdicts, err
}

// alone takes one arrival in a transaction of its own.
func (s *Service) alone(ctx context.Context, way Way, a *arrival) (verdict, error) {
	var v verdict
	if err := s.attribute(ctx, a); err != nil {
		return verdict{}, err
	}
	err := s.Update(ctx, func(tx Tx) (err error) {
		v, err = s.arrive(ctx, tx, way, a)
		return err
	})
	if r, refused := refusal(err); refused {
		// The effect was undone with its transaction. The refusal is kept in one of its own.
		err = s.Update(ctx, func(tx Tx) (err error) {
			v, err = s.refuse(ctx, tx, way, a.Envelope, r)
			return err
		})
	}
	if err != nil {
		return verdict{}, err
	}
	s.drain(ctx, v)
	return v, nil
}

// drain takes the effect of what has waited for an arrival.
func (s *Service) drain(ctx context.Context, v verdict) {
	if !v.drain {
		return
	}
	if err := s.Resume(ctx, v.in.Thread); err != nil {
		s.alarm(ctx, "exchange.drain", map[string]string{"envelope": string(v.in.ID)})
	}
}

// verdict is what became of an arrival.
type verdict struct {
	in      In
	receipt []byte
	leaf    string // of the log, as in the receipt
	drain   bool   // something may have waited for it
}

// refused is the error with which the pipeline ends in a signed refusal.
type refused struct {
	code    envelope.Refusal
	control envelope.Control
}

func (r refused) Error() string { return "exchange: refused: " + string(r.code) }

// refusal says whether err ends in a signed receipt, and with which content.
func refusal(err error) (refused, bool) {
	r, ok := errors.AsType[refused](err)
	return r, ok
}

// arrive judges a parsed envelope and takes its effect.
func (s *Service) arrive(ctx context.Context, tx Tx, way Way, a *arrival) (verdict, error) {
	e := a.Envelope
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return verdict{}, err
	}
	s.latest.Store(&held)
	from, err := a.sender(held)
	if err != nil {
		return verdict{}, err
	}
	if old, err := tx.In(ctx, e.ID); err == nil {
		return verdict{in: old, receipt: old.Receipt}, s.repeat(ctx, tx, way, old)
	} else if !fault.Is(err, fault.NotFound) {
		return verdict{}, err
	}
	now := s.now()
	peer, err := s.heard(ctx, tx, e)
	if err != nil {
		return verdict{}, err
	}
	c, t, err := s.judge(ctx, tx, held, from, a, now)
	if err != nil {
		return verdict{}, err
	}
	if t.Sequenced && !c.Immediate {
		// It may rest on what a restore has lost, and is sent again once that is known.
		if catching, err := s.catching(ctx, tx, peer); err != nil {
			return verdict{}, err
		} else if catching {
			return verdict{}, fault.New(fault.Unavailable, "exchange.catching-up").With("member", string(s.Self))
		}
	}
	late, err := s.late(ctx, tx, peer, e, c, t)
	if err != nil {
		return verdict{}, err
	}
	in := In{
		ID: e.ID, From: from.ID, Kind: c.Kind, Thread: c.Thread, Side: c.Side, Seq: c.Seq, Replaces: c.Replaces,
		Consent: c.Consent, Desk: c.ToDesk, Content: e.HasContent(), State: InDone, Bytes: e.Raw(), Roster: held.Signed.Roster.Version, Received: now,
	}
	if now >= e.Header.Expires {
		in.State, in.Bytes = InExpired, nil
		v, err := s.keep(ctx, tx, way, in, envelope.Receipt{Stage: envelope.Expired}, held)
		v.drain = t.Sequenced
		if err == nil && late {
			err = s.remind(ctx, tx, e, c, v.receipt)
		}
		return v, err
	}
	if t.Sequenced {
		ready, err := s.ready(ctx, tx, c, in)
		if err != nil {
			return verdict{}, err
		}
		if !ready && !c.Immediate {
			in.State = InParked
		}
	}
	v, err := s.keep(ctx, tx, way, in, envelope.Receipt{Stage: envelope.Delivered}, held)
	if err == nil && late { // it flows, and she does not know it any more
		err = s.remind(ctx, tx, e, c, v.receipt)
	}
	if err != nil || in.State == InParked {
		return v, err
	}
	if t.Sequenced {
		// Arrivals have their turns one after the other: what comes after this looks for it, and need not be looked for.
		waiting, err := tx.ParkedBefore(ctx, c.Thread, math.MaxInt64, 1)
		if err != nil {
			return verdict{}, err
		}
		v.drain = len(waiting) > 0
	}
	return v, s.effect(ctx, tx, c, Arrived{Envelope: e, Control: c, Received: now, Leaf: v.leaf})
}

// repeat answers a copy of an envelope that was taken before. If it came by a way on which the answer must
// travel by itself, its first answer may have been lost.
func (s *Service) repeat(ctx context.Context, tx Tx, way Way, in In) error {
	if (way == Pushed || way == Pulled) && in.State != InErased {
		return nil
	}
	if _, err := s.record(ctx, tx, audit.Did(access.Peer(in.From), access.DeliverExchange, string(in.ID)).For("repeated")); err != nil {
		return err
	}
	if in.State == InErased { // she sends it again after a restore, and has to hear that it is gone after she hears that it came
		return s.carry(ctx, tx, in.From, in.Last)
	}
	return s.answer(ctx, tx, way, in, in.Last)
}

// keep stores an arrival with its first receipt and the audit leaf that the receipt names.
func (s *Service) keep(ctx context.Context, tx Tx, way Way, in In, r envelope.Receipt, held member.Held) (verdict, error) {
	entry := audit.Did(access.Peer(in.From), access.DeliverExchange, string(in.ID)).For(string(r.Stage))
	if r.Refusal != "" {
		entry.Purpose = string(r.Stage) + "." + string(r.Refusal)
	}
	leaf, err := s.record(ctx, tx, entry)
	if err != nil {
		return verdict{}, err
	}
	r.Envelope, r.From, r.By, r.At = in.ID, in.From, s.Self, in.Received
	r.Leaf, r.Roster = leaf, versionOf(held)
	if in.Receipt, err = r.Sign(s.Keys().Envelope); err != nil {
		return verdict{}, err
	}
	in.Last = in.Receipt
	if err := tx.AddIn(ctx, in); err != nil {
		return verdict{}, err
	}
	return verdict{in: in, receipt: in.Receipt, leaf: leaf}, s.answer(ctx, tx, way, in, in.Receipt)
}

// refuse keeps a refusal.
func (s *Service) refuse(ctx context.Context, tx Tx, way Way, e envelope.Envelope, r refused) (verdict, error) {
	if old, err := tx.In(ctx, e.ID); err == nil {
		return verdict{in: old, receipt: old.Receipt}, nil
	} else if !fault.Is(err, fault.NotFound) {
		return verdict{}, err
	}
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return verdict{}, err
	}
	c := r.control
	in := In{
		ID: e.ID, From: e.Header.From, Kind: c.Kind, Thread: c.Thread, Side: c.Side, Seq: c.Seq, Replaces: c.Replaces,
		Consent: c.Consent, Desk: c.ToDesk, Content: e.HasContent(), State: InRefused, Roster: held.Signed.Roster.Version, Received: s.now(),
	}
	v, err := s.keep(ctx, tx, way, in, envelope.Receipt{Stage: envelope.Refused, Refusal: r.code}, held)
	if err == nil && r.code == envelope.LostTime {
		err = s.refusedLate(ctx, tx, e, c, v.receipt)
	}
	v.drain = c.Thread != ""
	return v, err
}

// effect takes the effect of c: what the exchange itself does for its kind, then the handler.
func (s *Service) effect(ctx context.Context, tx Tx, c envelope.Control, a Arrived) error {
	if err := s.own(ctx, tx, c, a); err != nil {
		return judged(err, c)
	}
	h := s.handlers[c.Kind]
	if h == nil {
		if own(c.Kind) {
			return nil
		}
		return refused{envelope.UnknownKind, c}
	}
	return judged(h.Receive(ctx, tx, a), c)
}

// own reports whether the exchange handles a kind itself.
func own(k envelope.Kind) bool {
	return k == envelope.Receipts || k == envelope.Rosters || k == envelope.Sheets || k == envelope.Resync
}

// judged turns the error of a handler into a refusal, where it is one.
func judged(err error, c envelope.Control) error {
	if err == nil {
		return nil
	}
	if _, ok := refusal(err); ok {
		return err
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		switch f.Key {
		case "exchange.refused":
			return refused{envelope.Refusal(f.Args["code"]), c}
		case "exchange.desk.unknown": // it cannot be answered: the newer sheet that lists the desk is on its way
			return fault.Wrap(fault.Unavailable, "exchange.sheet.early", err)
		}
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge:
		return refused{envelope.BadBody, c}
	case fault.Denied, fault.Hidden, fault.NotFound:
		return refused{envelope.NotPermitted, c}
	case fault.Conflict, fault.Stale:
		return refused{envelope.PlaceTaken, c}
	}
	return err
}

// own is what the exchange itself does on the arrival of its own kinds and of a withdrawal.
func (s *Service) own(ctx context.Context, tx Tx, c envelope.Control, a Arrived) error {
	switch c.Kind {
	case envelope.Receipts:
		b, err := c.CarriedReceipts()
		if err != nil {
			return err
		}
		p, err := tx.Peer(ctx, a.Envelope.Header.From)
		if err != nil {
			return err
		}
		if lost, err := s.unknown(ctx, tx, p, b.Epoch, a.Envelope.ID); err != nil || lost {
			return err // what it says was got is no longer there
		}
		return s.takeAll(ctx, tx, b.Receipts)
	case envelope.Rosters:
		next, err := member.ParseRoster(c.Body)
		if err != nil {
			return err
		}
		return s.takeRoster(ctx, tx, next)
	case envelope.Sheets:
		next, err := member.ParseSheet(c.Body)
		if err != nil {
			return err
		}
		if next.Sheet.Member != a.Envelope.Header.From {
			return fault.New(fault.Denied, "member.sheet.other")
		}
		return s.takeSheet(ctx, tx, next)
	case envelope.Resync:
		return s.resynced(ctx, tx, c, a)
	case envelope.Withdrawal:
		return s.withdrawal(ctx, tx, c, a.Envelope.Header.From)
	case envelope.WithdrawalAnswer:
		return s.withdrawalAnswer(ctx, tx, c, a.Envelope.Header.From)
	}
	return nil
}

func (s *Service) takeRoster(ctx context.Context, tx Tx, next member.Signed) error {
	_, forked, err := member.Take(ctx, tx, next, s.now())
	if err == nil && forked {
		s.alarm(ctx, "member.roster.fork", nil)
	}
	return err
}

func (s *Service) takeSheet(ctx context.Context, tx Tx, next member.SignedSheet) error {
	_, forked, err := member.TakeSheet(ctx, tx, next, s.now())
	if err == nil && forked {
		s.alarm(ctx, "member.sheet.fork", map[string]string{"member": string(next.Sheet.Member)})
	}
	return err
}

// heard notes that a member is there, and which roster she has.
func (s *Service) heard(ctx context.Context, tx Tx, e envelope.Envelope) (Peer, error) {
	p, err := tx.Peer(ctx, e.Header.From)
	if err != nil {
		return p, err
	}
	now, seen := s.now(), max(p.RosterSeen, e.Header.Roster.Version)
	if seen == p.RosterSeen && p.Heard <= now && now < p.Heard.Add(heardEvery) {
		return p, nil
	}
	p.Heard, p.RosterSeen = now, seen
	return p, tx.SetPeer(ctx, p)
}
