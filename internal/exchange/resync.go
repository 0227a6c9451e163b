package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// resyncPage is how many envelopes one answer lists. A control of each fits in: none has more than 2 KiB of
// body that anybody could have lost.
const resyncPage = 100

// maxKnown bounds the envelopes that a question names; they fit into a control.
const maxKnown = 10_000

// toldEvery is how often at most one member's question is answered: it costs more to answer than to ask.
const toldEvery = 10 * time.Minute

// ResyncBody asks, after a restore, what was exchanged since, or answers it.
type ResyncBody struct {
	Ask   bool       `json:"ask"`
	Epoch int64      `json:"epoch"` // the new epoch of the log of whoever was restored
	Since frame.Time `json:"since"`
	// Known are the envelopes that are on their way to the other member as far as whoever was restored knows: of a
	// question, or of an answer if whoever answers had asked too, in the epoch Asked of its own log, and the other one may
	// have forgotten it. What comes later from the lost time and is not one of them takes no effect.
	Known []id.Envelope `json:"known"`
	Asked int64         `json:"asked"` // of the first page of an answer; 0: never
	Page  int64         `json:"page"`  // of an answer: 1, 2, …; taken in this order. 0: what came after the answer
	Items []Lost        `json:"items"` // of an answer: what came from whoever was restored
	Done  bool          `json:"done"`  // of an answer: the last page
}

// Lost is an envelope that a restored node may have sent without knowing it any more.
type Lost struct {
	Envelope id.Envelope     `json:"envelope"`
	Created  frame.Time      `json:"created"`
	Expires  frame.Time      `json:"expires"`
	Content  bool            `json:"content"`
	Control  json.RawMessage `json:"control"` // as it was sealed; an empty object if it can no longer be opened
	Receipt  SignedReceipt   `json:"receipt"`
}

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
			known, err := tx.OutUnsettled(ctx, m.ID, maxKnown)
			if err != nil {
				return err
			}
			body, err := EncodeBody(ResyncBody{Ask: true, Epoch: epoch, Since: since, Known: known, Items: []Lost{}})
			if err != nil {
				return err
			}
			if _, err := s.Seal(ctx, tx, Draft{Kind: Resync, To: m.ID, Body: body}); err != nil {
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
	if err := access.Check(who, access.RestoreBackup, access.Resource{Noun: "backup", Realm: access.Office}); err != nil {
		return err
	}
	return s.Update(ctx, func(tx Tx) error {
		if _, err := s.record(ctx, tx, audit.Did(who, access.RestoreBackup, "").For("reopen")); err != nil {
			return err
		}
		return tx.SetClosed(ctx, false)
	})
}

// resync reads the question after a restore, a page of its answer, or what came after that. The signatures of the receipts
// are not judged.
//
// It fails with [fault.Invalid] if it is none of them.
func (c Control) resync() (ResyncBody, error) {
	var b ResyncBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	known := func(e id.Envelope) bool { return hexes(string(e), 64) }
	switch {
	case b.Epoch < 1 || b.Epoch > maxSeq/perEpoch:
		return b, badBody("epoch")
	case b.Since < 0:
		return b, badBody("since")
	case b.Ask && b.Page != 0 || b.Page < 0:
		return b, badBody("page")
	case b.Page == 0 && b.Done:
		return b, badBody("done")
	case b.Asked < 0 || b.Asked > maxSeq/perEpoch || b.Asked > 0 && b.Page != 1:
		return b, badBody("asked")
	case b.Known == nil || !b.Ask && b.Asked == 0 && len(b.Known) > 0 || len(b.Known) > maxKnown ||
		slices.ContainsFunc(b.Known, func(e id.Envelope) bool { return !known(e) }):
		return b, badBody("known")
	case b.Items == nil || b.Ask && len(b.Items) > 0 || !b.Ask && b.Page == 0 && len(b.Items) == 0 || len(b.Items) > resyncPage:
		return b, badBody("items")
	}
	for _, i := range b.Items {
		if !known(i.Envelope) || i.Created < 0 || i.Expires < 0 || len(i.Control) == 0 || i.Control[0] != '{' || i.Receipt.Signature.IsZero() {
			return b, badBody("items")
		}
		if err := i.Receipt.Receipt.Check(); err != nil {
			return b, err
		}
	}
	return b, nil
}

// resynced takes a question or an answer after a restore.
func (s *Service) resynced(ctx context.Context, tx Tx, c Control, a Arrived) error {
	b, err := c.resync()
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
func (s *Service) tell(ctx context.Context, tx Tx, to id.Member, b ResyncBody) error {
	first, err := s.tellKnown(ctx, tx, to, b)
	if err != nil {
		return err
	}
	var after id.Envelope
	for n := first; ; n++ {
		rows, err := tx.InSince(ctx, to, b.Since, after, resyncPage)
		if err != nil {
			return err
		}
		answer := ResyncBody{Epoch: b.Epoch, Since: b.Since, Known: []id.Envelope{}, Page: n, Items: []Lost{}, Done: len(rows) < resyncPage}
		for _, in := range rows {
			after = in.ID
			if t, ok := TraitsOf(in.Kind); !ok || !t.Sequenced || in.State == InRefused && !tooLate(in.Last) || in.State == InExpired {
				continue
			}
			item, err := s.lost(in)
			if err != nil {
				return err
			}
			answer.Items = append(answer.Items, item)
		}
		body, err := EncodeBody(answer)
		if err != nil {
			return err
		}
		if _, err := s.Seal(ctx, tx, Draft{Kind: Resync, To: to, Body: body}); err != nil {
			return err
		}
		if answer.Done {
			return nil
		}
	}
}

// tellKnown tells a member who was restored what she may have forgotten: that this node was too, and had asked her. What
// is sent to her again is of a time that she would take for lost. It returns the number of the next page.
func (s *Service) tellKnown(ctx context.Context, tx Tx, to id.Member, b ResyncBody) (int64, error) {
	p, err := tx.Peer(ctx, to)
	if err != nil || p.Epoch <= 1 {
		return 1, err
	}
	known, err := tx.OutUnsettled(ctx, to, maxKnown)
	if err != nil {
		return 0, err
	}
	body, err := EncodeBody(ResyncBody{Epoch: b.Epoch, Since: b.Since, Known: known, Asked: p.Epoch, Page: 1, Items: []Lost{}})
	if err != nil {
		return 0, err
	}
	_, err = s.Seal(ctx, tx, Draft{Kind: Resync, To: to, Body: body})
	return 2, err
}

func (s *Service) lost(in In) (Lost, error) {
	r, err := ParseReceipt(in.Last)
	if err != nil {
		return Lost{}, fault.Wrap(fault.Internal, "exchange.receipt", err)
	}
	place := Control{
		Kind: in.Kind, Thread: in.Thread, Side: in.Side, Seq: in.Seq, Replaces: in.Replaces, Consent: in.Consent,
		ToDesk: in.Desk, Categories: []string{}, Body: json.RawMessage("{}"),
	}
	item := Lost{Envelope: in.ID, Created: in.Received, Expires: in.Received.Add(DefaultLife), Content: in.Content, Receipt: r}
	if e, err := Parse(in.Bytes); err == nil {
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
func (s *Service) learn(ctx context.Context, tx Tx, e Envelope, b ResyncBody) error {
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
	env, err := Parse(ask.Bytes)
	if err != nil {
		return false, err
	}
	question, err := s.openControl(env)
	if _, gone := refusal(err); gone {
		return true, nil // the key that opened the question is no longer here
	} else if err != nil {
		return false, err
	}
	var b ResyncBody
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

func (s *Service) relearn(ctx context.Context, tx Tx, from id.Member, item Lost) error {
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
	if r.Receipt.Refusal == LostTime { // of a restore before this one
		return s.said(ctx, tx, from, item)
	}
	var c Control
	if err := frame.Decode(item.Control, maxText, &c); err != nil {
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
func (s *Service) regain(ctx context.Context, tx Tx, from id.Member, item Lost, c Control) (Out, bool, error) {
	o := Out{
		ID: item.Envelope, To: from, Kind: c.Kind, Thread: c.Thread, Side: c.Side, Seq: c.Seq, Consent: c.Consent,
		State: OutDelivered, Content: item.Content, Created: min(item.Created, s.now().Add(MaxAhead)), // what is said next comes after it
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
