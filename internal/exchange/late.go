package exchange

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Late is an envelope of a time that its sender has lost by a restore, and that came after she was told what had come.
type Late struct {
	Envelope id.Envelope
	Peer     id.Member        // the other member
	Ours     bool             // this node had said it and did not know it; otherwise the other one, and it was refused here
	Control  envelope.Control // as it was sealed; with an empty body where it could no longer be opened
}

// late judges whether an arrival is of a time that its sender has lost. What is and does not flow is refused: she goes
// on without it, so nothing may rest on it.
func (s *Service) late(ctx context.Context, tx Tx, p Peer, e envelope.Envelope, c envelope.Control, t envelope.Traits) (bool, error) {
	if !t.Sequenced {
		return false, nil
	}
	late, err := s.unknown(ctx, tx, p, sealedIn(e, c), e.ID)
	if err != nil || !late || t.Flows {
		return late, err
	}
	if waits, err := s.catching(ctx, tx, p); err != nil {
		return false, err
	} else if waits { // this node was restored too: it may have had this, and been sent it again
		return false, fault.New(fault.Unavailable, "exchange.catching-up").With("member", string(s.Self))
	}
	s.alarm(ctx, "exchange.resync.late", map[string]string{"member": string(p.Member), "envelope": string(e.ID)})
	return false, refused{envelope.LostTime, c}
}

// sealedIn returns the epoch of its sender's log in which an envelope was sealed: that of its place, since she takes
// none of an earlier epoch; but what takes the place of a refused one stays there, and its epoch is that of the newest
// checkpoint that she had then.
func sealedIn(e envelope.Envelope, c envelope.Control) int64 {
	epoch := epochOf(c.Seq)
	if c.Replaces == "" || e.Header.Log == "" {
		return epoch
	}
	if log, err := audit.EpochOf(e.Header.Log); err == nil {
		epoch = max(epoch, log)
	}
	return epoch
}

// remind tells a member what she had said in a time that she has lost, and how it ended here: it came after she was told
// the rest. It is an answer of no page.
func (s *Service) remind(ctx context.Context, tx Tx, e envelope.Envelope, c envelope.Control, receipt []byte) error {
	p, err := tx.Peer(ctx, e.Header.From)
	if err != nil {
		return err
	}
	r, err := envelope.ParseReceipt(receipt)
	if err != nil {
		return fault.Wrap(fault.Internal, "exchange.receipt", err)
	}
	item := envelope.Lost{Envelope: e.ID, Created: e.Header.Created, Expires: e.Header.Expires, Content: e.HasContent(), Receipt: r}
	if item.Control, err = frame.Encode(c); err == nil && len(item.Control) > envelope.MaxText/2 {
		c.Body = json.RawMessage("{}")
		item.Control, err = frame.Encode(c)
	}
	if err != nil {
		return err
	}
	body, err := envelope.EncodeBody(envelope.ResyncBody{Epoch: p.Told, Known: []id.Envelope{}, Items: []envelope.Lost{item}})
	if err != nil {
		return err
	}
	_, err = s.Seal(ctx, tx, Draft{Kind: envelope.Resync, To: e.Header.From, Body: body})
	return err
}

// refusedLate lets follow what follows here from the refusal of a late word.
func (s *Service) refusedLate(ctx context.Context, tx Tx, e envelope.Envelope, c envelope.Control, receipt []byte) error {
	if err := s.remind(ctx, tx, e, c, receipt); err != nil {
		return err
	}
	return s.heed(ctx, tx, Late{Envelope: e.ID, Peer: e.Header.From, Control: c})
}

// reminded takes what this node had said in a time that it has lost, and that came too late to count.
func (s *Service) reminded(ctx context.Context, tx Tx, from id.Member, items []envelope.Lost) error {
	for _, item := range items {
		if err := s.attested(ctx, tx, from, item); err != nil {
			return err
		}
		o, err := tx.Out(ctx, item.Envelope)
		if err == nil {
			err = s.advance(ctx, tx, o, item.Receipt)
		} else if fault.Is(err, fault.NotFound) {
			err = s.said(ctx, tx, from, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// said tells the noun what this node had said without knowing it any more. What was refused gets no place: that time is
// over.
func (s *Service) said(ctx context.Context, tx Tx, from id.Member, item envelope.Lost) error {
	var c envelope.Control
	if err := frame.Decode(item.Control, envelope.MaxText, &c); err != nil {
		return err
	}
	p, err := tx.Peer(ctx, from)
	if err != nil {
		return err
	}
	if t, ok := envelope.TraitsOf(c.Kind); !ok || !t.Sequenced || epochOf(c.Seq) >= p.Epoch {
		return envelope.WrongBody("items") // nothing of that time can have been lost
	}
	l := Late{Envelope: item.Envelope, Peer: from, Ours: true, Control: c}
	if stage := item.Receipt.Receipt.Stage; stage == envelope.Refused || stage == envelope.Expired {
		return s.heed(ctx, tx, l)
	}
	o, free, err := s.regain(ctx, tx, from, item, c) // it flows, and was taken there
	if err != nil {
		return err
	}
	if err := s.heed(ctx, tx, l); err != nil || !free {
		return err
	}
	return s.advance(ctx, tx, o, item.Receipt)
}

// heed calls the hook. What makes no sense, or cannot be carried out, is for a person to look at, and must keep back
// nothing else: neither the refusal, nor what is told beside it.
func (s *Service) heed(ctx context.Context, tx Tx, l Late) error {
	if s.Late == nil {
		return nil
	}
	err := s.Late(ctx, tx, l)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.Conflict, fault.Stale:
		s.alarm(ctx, "exchange.resync.conflict", map[string]string{"envelope": string(l.Envelope)})
		return nil
	}
	return err
}

// attested asks whether the other member says with her own signature what became of a lost envelope.
func (s *Service) attested(ctx context.Context, tx Tx, from id.Member, item envelope.Lost) error {
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return err
	}
	r := item.Receipt
	if err := r.Receipt.Check(); err != nil {
		return err
	}
	if r.Receipt.By != from || r.Receipt.From != s.Self || r.Receipt.Envelope != item.Envelope {
		return fault.New(fault.Denied, "exchange.receipt.stranger")
	}
	return r.Verify(held.Signed.Roster)
}

// tooLate reports whether a receipt refuses a word of a lost time.
func tooLate(receipt []byte) bool {
	r, err := envelope.ParseReceipt(receipt)
	return err == nil && r.Receipt.Refusal == envelope.LostTime
}
