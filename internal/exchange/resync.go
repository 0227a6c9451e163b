package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// toldEvery is how often at most one member's question is answered: it costs more to answer than to ask.
const toldEvery = 10 * time.Minute

// Restored tells every member that this node was restored from a backup and begins the epoch. Sending stays
// closed until all of them have answered or [Service.Reopen] is called; withdrawals and receipts flow. Since is
// the time of the backup; the caller takes a margin for wrong clocks.
//
// It fails with [fault.Denied] if who may not, and as the storage fails.
func (s *Service) Restored(ctx context.Context, who access.Actor, epoch int64, since frame.Time) error {
	if err := access.Check(who, access.RestoreBackup, access.Resource{Noun: "backup", Realm: access.Office}); err != nil {
		return err
	}
	return s.Update(ctx, func(tx Tx) error {
		if _, err := member.InForce(ctx, tx); fault.Is(err, fault.NotFound) {
			return nil // of no network yet: there is nobody to ask
		}
		held, _, err := s.self(ctx, tx)
		if err != nil {
			return err
		}
		asked := 0
		for _, m := range held.Signed.Roster.Members {
			if m.ID == s.Self || m.Status != member.Active {
				continue
			}
			p, err := tx.Peer(ctx, m.ID)
			if err != nil {
				return err
			}
			p.Epoch, p.ResyncEpoch, p.ResyncPages = epoch, epoch, 0
			if err := tx.SetPeer(ctx, p); err != nil {
				return err
			}
			known, err := tx.OutUnsettled(ctx, m.ID, envelope.MaxKnown)
			if err != nil {
				return err
			}
			body, err := envelope.EncodeBody(envelope.ResyncBody{Ask: true, Epoch: epoch, Since: since, Known: known, Items: []envelope.Lost{}})
			if err != nil {
				return err
			}
			if _, err := s.Seal(ctx, tx, Draft{Kind: envelope.Resync, To: m.ID, Body: body}); err != nil {
				return err
			}
			asked++
		}
		if err := tx.SetClosed(ctx, asked > 0); err != nil {
			return err
		}
		_, err = s.record(ctx, tx, audit.Did(who, access.RestoreBackup, strconv.FormatInt(epoch, 10)).For("resync"))
		return err
	})
}

// Reopen lets envelopes go although not every member has answered after a restore. It is the coordinator's
// decision: what this node sent in the lost time and does not know may be sent again in other words.
//
// It fails with [fault.Denied] if who may not, and as the storage fails.
func (s *Service) Reopen(ctx context.Context, who access.Actor) error {
	if err := access.Check(who, access.ReopenExchange, door()); err != nil {
		return err
	}
	return s.Update(ctx, func(tx Tx) error {
		if _, err := s.record(ctx, tx, audit.Did(who, access.ReopenExchange, "")); err != nil {
			return err
		}
		return tx.SetClosed(ctx, false)
	})
}

// resynced takes a question or an answer after a restore.
func (s *Service) resynced(ctx context.Context, tx Tx, c envelope.Control, a Arrived) error {
	b, err := c.Resync()
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	if !b.Ask && b.Page == 0 {
		return s.reminded(ctx, tx, from, b.Items)
	}
	if !b.Ask {
		return s.learn(ctx, tx, a.Envelope, b)
	}
	p, err := tx.Peer(ctx, from)
	if err != nil {
		return err
	}
	if b.Epoch < p.Told {
		return nil // she was restored again since
	}
	if p.Told > 0 && s.now() < p.ToldAt.Add(toldEvery) {
		return fault.New(fault.Unavailable, "exchange.resync.again").With("member", string(from))
	}
	if b.Epoch > p.Told || p.Asked == "" { // else she has said since what she knows of: see learn
		p.Asked = a.Envelope.ID
	}
	p.Told, p.ToldAt = b.Epoch, s.now()
	if err := tx.SetPeer(ctx, p); err != nil {
		return err
	}
	if err := s.again(ctx, tx, from, b.Since); err != nil {
		return err
	}
	return s.tell(ctx, tx, from, b)
}

// again puts back into the outbox what was sent to a member since: she may have lost it, and if she has not she
// gives the same receipt again.
func (s *Service) again(ctx context.Context, tx Tx, to id.Member, since frame.Time) error {
	var after id.Envelope
	for {
		rows, err := tx.OutSince(ctx, to, since, after, page)
		if err != nil {
			return err
		}
		for _, o := range rows {
			after = o.ID
			if o.Bytes == nil || o.State != OutDelivered && o.State != OutOpened && o.State != OutRelayed {
				continue
			}
			o.State, o.Receipt, o.Attempts, o.Lease, o.NextTry = OutQueued, nil, 0, 0, s.now()
			if err := tx.SetOut(ctx, o); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}

// tell lists what came from a member since.
func (s *Service) tell(ctx context.Context, tx Tx, to id.Member, b envelope.ResyncBody) error {
	first, err := s.tellKnown(ctx, tx, to, b)
	if err != nil {
		return err
	}
	var after id.Envelope
	for n := first; ; n++ {
		rows, err := tx.InSince(ctx, to, b.Since, after, envelope.MaxLost)
		if err != nil {
			return err
		}
		answer := envelope.ResyncBody{Epoch: b.Epoch, Since: b.Since, Known: []id.Envelope{}, Page: n, Items: []envelope.Lost{}, Done: len(rows) < envelope.MaxLost}
		for _, in := range rows {
			after = in.ID
			if t, ok := envelope.TraitsOf(in.Kind); !ok || !t.Sequenced || in.State == InRefused && !tooLate(in.Last) || in.State == InExpired {
				continue
			}
			item, err := s.lost(in)
			if err != nil {
				return err
			}
			answer.Items = append(answer.Items, item)
		}
		body, err := envelope.EncodeBody(answer)
		if err != nil {
			return err
		}
		if _, err := s.Seal(ctx, tx, Draft{Kind: envelope.Resync, To: to, Body: body}); err != nil {
			return err
		}
		if answer.Done {
			return nil
		}
	}
}

// tellKnown tells a member who was restored what she may have forgotten: that this node was too, and had asked her. What
// is sent to her again is of a time that she would take for lost. It returns the number of the next page.
func (s *Service) tellKnown(ctx context.Context, tx Tx, to id.Member, b envelope.ResyncBody) (int64, error) {
	p, err := tx.Peer(ctx, to)
	if err != nil || p.Epoch <= 1 {
		return 1, err
	}
	known, err := tx.OutUnsettled(ctx, to, envelope.MaxKnown)
	if err != nil {
		return 0, err
	}
	body, err := envelope.EncodeBody(envelope.ResyncBody{Epoch: b.Epoch, Since: b.Since, Known: known, Asked: p.Epoch, Page: 1, Items: []envelope.Lost{}})
	if err != nil {
		return 0, err
	}
	_, err = s.Seal(ctx, tx, Draft{Kind: envelope.Resync, To: to, Body: body})
	return 2, err
}

func (s *Service) lost(in In) (envelope.Lost, error) {
	r, err := envelope.ParseReceipt(in.Last)
	if err != nil {
		return envelope.Lost{}, fault.Wrap(fault.Internal, "exchange.receipt", err)
	}
	place := envelope.Control{
		Kind: in.Kind, Thread: in.Thread, Side: in.Side, Seq: in.Seq, Replaces: in.Replaces, Consent: in.Consent,
		ToDesk: in.Desk, Categories: []string{}, Body: json.RawMessage("{}"),
	}
	item := envelope.Lost{Envelope: in.ID, Created: in.Received, Expires: in.Received.Add(DefaultLife), Content: in.Content, Receipt: r}
	if e, err := envelope.Parse(in.Bytes); err == nil {
		item.Created, item.Expires = e.Header.Created, e.Header.Expires
		if c, err := s.openControl(e); err == nil {
			place = c
		}
	}
	item.Control, err = frame.Encode(place)
	return item, err
}

// learn takes an answer: what this node sent and has lost gets its place in the outbox again, so that no number
// is used twice, and the nouns are told what they had said.
func (s *Service) learn(ctx context.Context, tx Tx, e envelope.Envelope, b envelope.ResyncBody) error {
	from := e.Header.From
	p, err := tx.Peer(ctx, from)
	if err != nil {
		return err
	}
	if p.ResyncEpoch != b.Epoch {
		return nil // an answer to a question that is no longer asked
	}
	if b.Page <= p.ResyncPages {
		return nil // taken before
	}
	if b.Page != p.ResyncPages+1 {
		// What a later page tells rests on the earlier ones. It comes again.
		return fault.New(fault.Unavailable, "exchange.catching-up").With("member", string(s.Self))
	}
	for _, item := range b.Items {
		if err := s.relearn(ctx, tx, from, item); err != nil {
			return err
		}
	}
	p.ResyncPages = b.Page
	if b.Asked > 0 && b.Asked >= p.Told { // newer than what her question names, of which this node may have lost some
		p.Told, p.Asked = b.Asked, e.ID
	}
	if !b.Done {
		return tx.SetPeer(ctx, p)
	}
	p.ResyncEpoch, p.ResyncPages = 0, 0
	if err := tx.SetPeer(ctx, p); err != nil {
		return err
	}
	return s.reopened(ctx, tx)
}

// unknown reports whether an envelope that p sealed in an epoch of her log comes from a time that she has lost: she was
// told of all that had come from her, and had named what she still knew of. A mailbox or a courier may bring the rest
// afterwards. She goes on without it, so nothing may rest on it here.
func (s *Service) unknown(ctx context.Context, tx Tx, p Peer, epoch int64, e id.Envelope) (bool, error) {
	if epoch >= p.Told {
		return false, nil
	}
	ask, err := tx.In(ctx, p.Asked)
	if err != nil {
		return false, err
	}
	env, err := envelope.Parse(ask.Bytes)
	if err != nil {
		return false, err
	}
	question, err := s.openControl(env)
	if _, gone := refusal(err); gone {
		return true, nil // the key that opened the question is no longer here
	} else if err != nil {
		return false, err
	}
	var b envelope.ResyncBody
	if err := question.DecodeBody(&b); err != nil {
		return false, err
	}
	return !slices.Contains(b.Known, e), nil
}

// catching reports whether this node was restored and still waits to hear from p what it had said to her. Once the
// coordinator has decided not to wait ([Service.Reopen]), it does so no more.
func (s *Service) catching(ctx context.Context, tx Tx, p Peer) (bool, error) {
	if p.ResyncEpoch == 0 {
		return false, nil
	}
	return tx.Closed(ctx)
}

func (s *Service) relearn(ctx context.Context, tx Tx, from id.Member, item envelope.Lost) error {
	if err := s.attested(ctx, tx, from, item); err != nil {
		return err
	}
	r := item.Receipt
	o, err := tx.Out(ctx, item.Envelope)
	if err == nil {
		return s.advance(ctx, tx, o, r)
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if r.Receipt.Refusal == envelope.LostTime { // of a restore before this one
		return s.said(ctx, tx, from, item)
	}
	var c envelope.Control
	if err := frame.Decode(item.Control, envelope.MaxText, &c); err != nil {
		return err
	}
	o, free, err := s.regain(ctx, tx, from, item, c)
	if err != nil || !free {
		return err
	}
	if s.Lost != nil {
		err := s.Lost(ctx, tx, o, c)
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) {
			// One that makes no sense must not keep back the others, nor this node from sending.
			s.alarm(ctx, "exchange.resync.conflict", map[string]string{"envelope": string(o.ID)})
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return s.advance(ctx, tx, o, r)
}

// regain gives a lost envelope its place in the outbox again, and reports whether that was free.
func (s *Service) regain(ctx context.Context, tx Tx, from id.Member, item envelope.Lost, c envelope.Control) (Out, bool, error) {
	o := Out{
		ID: item.Envelope, To: from, Kind: c.Kind, Thread: c.Thread, Side: c.Side, Seq: c.Seq, Consent: c.Consent,
		State: OutDelivered, Content: item.Content, Created: min(item.Created, s.now().Add(envelope.MaxAhead)), // what is said next comes after it
		Expires: item.Expires, Immediate: c.Immediate,
		Rule: Crossing{
			Kind: c.Kind, From: id.Address{Desk: c.FromDesk}, FromRealm: c.Realm, To: id.Address{Desk: c.ToDesk}, Basis: c.Basis,
		},
	}
	if sheet, err := member.SheetOf(ctx, tx, from); err == nil {
		if d, ok := sheet.Signed.Sheet.Find(c.ToDesk); ok {
			o.Rule.ToRealm = d.Realm
		}
	} else if !fault.Is(err, fault.NotFound) {
		return o, false, err
	}
	if taken, err := placed(ctx, tx, o); err != nil {
		return o, false, err
	} else if taken {
		// The place was used again before the answer came, or the thread is another member's: two people have to look.
		s.alarm(ctx, "exchange.resync.conflict", map[string]string{"envelope": string(o.ID)})
		return o, false, nil
	}
	return o, true, tx.AddOut(ctx, o)
}

// reopened opens sending once every active member has answered.
func (s *Service) reopened(ctx context.Context, tx Tx) error {
	held, _, err := s.self(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range held.Signed.Roster.Members {
		if m.ID == s.Self || m.Status != member.Active {
			continue
		}
		p, err := tx.Peer(ctx, m.ID)
		if err != nil || p.ResyncEpoch != 0 {
			return err
		}
	}
	return tx.SetClosed(ctx, false)
}

// placed reports whether the place of a lost envelope was used again, or lies in a thread with another member. A row
// that does not fit must not be tried: the store commits nothing after a failed statement.
func placed(ctx context.Context, tx Tx, lost Out) (bool, error) {
	if lost.Thread == "" {
		return false, nil // a kind without a place
	}
	rows, err := tx.OutOf(ctx, lost.Thread)
	return slices.ContainsFunc(rows, func(o Out) bool {
		return o.To != lost.To || o.Side == lost.Side && o.Seq == lost.Seq && o.State != OutReplaced
	}), err
}
