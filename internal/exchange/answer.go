package exchange

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// answer lets a receipt travel by itself where it cannot be given back to whoever brought the envelope. A
// receipt for receipts is never sent: it would go back and forth for ever.
func (s *Service) answer(ctx context.Context, tx Tx, way Way, in In, receipt []byte) error {
	if way == Pushed || way == Pulled {
		return nil
	}
	// A control that did not open hides its kind. Receipts have no content, so what has some may be answered.
	if t, known := envelope.TraitsOf(in.Kind); known && !t.Answered || in.Kind == "" && !in.Content {
		return nil
	}
	return s.carry(ctx, tx, in.From, receipt)
}

// carry seals a receipt into an envelope of its own.
func (s *Service) carry(ctx context.Context, tx Tx, to id.Member, receipt []byte) error {
	r, err := envelope.ParseReceipt(receipt)
	if err != nil {
		return fault.Wrap(fault.Internal, "exchange.receipt", err)
	}
	p, err := tx.Peer(ctx, to)
	if err != nil {
		return err
	}
	body, err := envelope.EncodeBody(envelope.ReceiptsBody{Epoch: max(p.Epoch, 1), Receipts: []envelope.SignedReceipt{r}})
	if err != nil {
		return err
	}
	_, err = s.Seal(ctx, tx, Draft{Kind: envelope.Receipts, To: to, Body: body})
	return err
}

// Answer issues a later receipt about an envelope of the inbox and sends it on its way: opened, frozen, erased, kept, or
// refused after the fact. Stage, refusal, ground and until of r are used. The same stage is not said twice. What a desk
// has decided is said in an envelope, not in a receipt.
//
// It fails with [fault.NotFound] if the envelope never arrived, and with [fault.Invalid] naming the field.
func (s *Service) Answer(ctx context.Context, tx Tx, e id.Envelope, r envelope.Receipt) error {
	if r.Stage == envelope.Decided {
		return fault.New(fault.Invalid, "exchange.receipt.field").With("field", "stage")
	}
	in, err := tx.In(ctx, e)
	if err != nil {
		return err
	}
	last, err := envelope.ParseReceipt(in.Last)
	if err != nil {
		return fault.Wrap(fault.Internal, "exchange.receipt", err)
	}
	if last.Receipt.Stage == r.Stage && last.Receipt.Until == r.Until {
		return nil
	}
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return err
	}
	leaf, err := s.record(ctx, tx, audit.Did(access.Node(s.Self), access.DeliverExchange, string(e)).For(string(r.Stage)))
	if err != nil {
		return err
	}
	r.Envelope, r.From, r.By, r.At, r.Leaf = e, in.From, s.Self, s.now(), leaf
	r.Previous, r.Roster = envelope.Digest(in.Last), versionOf(held)
	if in.Last, err = r.Sign(s.Keys().Envelope); err != nil {
		return err
	}
	if r.Stage == envelope.Erased {
		in.State, in.Bytes = InErased, nil
		if err := tx.AddErased(ctx, e); err != nil {
			return err
		}
	}
	if err := tx.SetIn(ctx, in); err != nil {
		return err
	}
	return s.carry(ctx, tx, in.From, in.Last)
}

// rank orders the stages of a receipt: a later receipt never takes back an earlier one of higher rank.
func rank(stage envelope.Stage) int {
	return slices.Index([]envelope.Stage{"", envelope.Relayed, envelope.Delivered, envelope.Opened, envelope.Decided, envelope.Frozen, envelope.Kept, envelope.Expired, envelope.Refused, envelope.Erased}, stage)
}

// outStates is where a receipt brings an envelope of ours.
func outState(r envelope.Receipt) OutState {
	switch r.Stage {
	case envelope.Relayed:
		return OutRelayed
	case envelope.Delivered:
		return OutDelivered
	case envelope.Refused:
		return OutRefused
	case envelope.Expired:
		return OutExpired
	}
	return OutOpened
}

// TakeReceipt takes a receipt that came by itself.
//
// It fails with [fault.Invalid] for damage, [fault.NotFound] if the member or the envelope is unknown, and
// [fault.Denied] "exchange.signature" or "exchange.receipt.stranger" if its maker has no say in that envelope.
func (s *Service) TakeReceipt(ctx context.Context, b []byte) error {
	r, err := envelope.ParseReceipt(b)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx Tx) error { return s.take(ctx, tx, r, "") })
}

// takeAll takes carried receipts. One about an unknown envelope is passed over: it may be of a time that
// a restore has lost.
func (s *Service) takeAll(ctx context.Context, tx Tx, list []envelope.SignedReceipt) error {
	for _, r := range list {
		err := s.take(ctx, tx, r, "")
		if fault.Is(err, fault.NotFound) && r.Receipt.Refusal == envelope.LostTime {
			s.alarm(ctx, "exchange.resync.unsaid", map[string]string{"member": string(r.Receipt.By), "envelope": string(r.Receipt.Envelope)})
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// take takes a receipt; good is the hash of the roster under which it was verified before, if it was.
func (s *Service) take(ctx context.Context, tx Tx, r envelope.SignedReceipt, good string) error {
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return err
	}
	s.latest.Store(&held)
	if good == "" || good != held.Hash {
		if err := r.Verify(held.Signed.Roster); err != nil {
			return err
		}
	}
	o, err := tx.Out(ctx, r.Receipt.Envelope)
	if err != nil {
		return err
	}
	if r.Receipt.From != s.Self || r.Receipt.Stage != envelope.Relayed && r.Receipt.By != o.To {
		return fault.New(fault.Denied, "exchange.receipt.stranger")
	}
	return s.advance(ctx, tx, o, r)
}

// advance moves o to where r brings it, if that is further than where it is.
func (s *Service) advance(ctx context.Context, tx Tx, o Out, r envelope.SignedReceipt) error {
	b, err := r.Bytes()
	if err != nil {
		return err
	}
	was := envelope.Stage("")
	if o.Receipt != nil {
		old, err := envelope.ParseReceipt(o.Receipt)
		if err != nil {
			return fault.Wrap(fault.Internal, "exchange.receipt", err)
		}
		was = old.Receipt.Stage
	}
	if rank(r.Receipt.Stage) <= rank(was) {
		return nil
	}
	entry := audit.Did(access.Peer(r.Receipt.By), access.DeliverExchange, string(o.ID)).For("receipt." + string(r.Receipt.Stage))
	if _, err := s.record(ctx, tx, entry); err != nil {
		return err
	}
	o.Receipt, o.Lease = b, 0
	switch {
	case o.State == OutReplaced:
	case o.State == OutDestroyed && r.Receipt.Stage == envelope.Relayed:
	default:
		o.State = outState(r.Receipt)
	}
	switch o.State {
	case OutRelayed:
		o.NextTry = s.now().Add(remail)
		if t, _ := envelope.TraitsOf(o.Kind); !t.Answered {
			o.NextTry = o.Expires // nobody will answer: the mailbox is the end of it
		}
	case OutRefused, OutExpired:
		o.Bytes = nil
	}
	if err := tx.SetOut(ctx, o); err != nil {
		return err
	}
	return s.moved(ctx, tx, Moved{Out: o, Receipt: &r})
}

// leafOf reads the leaf out of a receipt of our own.
func leafOf(receipt []byte) string {
	var r envelope.SignedReceipt
	if json.Unmarshal(receipt, &r) != nil {
		return ""
	}
	return r.Receipt.Leaf
}
