package exchange

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Times of delivery.
const (
	lease    = 2 * time.Minute // for which a replica has a row in hand
	firstTry = 5 * time.Second // after the first failure, doubled with each
	lastTry  = time.Hour       // at most
	remail   = 12 * time.Hour  // after which what a mailbox keeps is tried again
	toMail   = 3               // failed attempts after which a mailbox is tried
	page     = 50              // envelopes asked for at once
)

// Carrier brings bytes to other nodes. Package peer is one; a call fails with [fault.Unavailable] if nobody
// answers. What the other node says of the bytes themselves comes back with its own kind.
type Carrier interface {
	// Push hands an envelope to the node of a member and returns its receipt.
	Push(ctx context.Context, to member.Member, envelope []byte) ([]byte, error)
	// Deposit asks a member to keep an envelope for another, and returns its receipt `relayed`.
	Deposit(ctx context.Context, via member.Member, envelope []byte) ([]byte, error)
	// Pull asks a member for what waits there for us, after an envelope (which may be empty).
	Pull(ctx context.Context, from member.Member, after id.Envelope) (Parcel, error)
	// Return gives receipts for what was pulled.
	Return(ctx context.Context, to member.Member, receipts [][]byte) error
}

// Parcel is what waited somewhere for a member.
type Parcel struct {
	Envelopes [][]byte
	More      bool // ask again after the last one
}

// Deliver tries what is due and not in the hands of another replica, at most limit envelopes, and returns
// how many reached their member or a mailbox. It is called again and again.
//
// It fails as the storage fails. That a member cannot be reached is no failure.
func (s *Service) Deliver(ctx context.Context, limit int) (int, error) {
	var rows []Out
	var closed bool
	err := s.Read(ctx, func(tx Tx) (err error) {
		closed, err = tx.Closed(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	err = s.Lease(ctx, func(tx LeaseTx) (err error) {
		now := s.now()
		rows, err = tx.ClaimOut(ctx, now, now.Add(lease), limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	n, err := s.deliverAll(ctx, threads(rows), closed)
	if err != nil {
		return n, err
	}
	return n, ctx.Err()
}

// threads puts rows that belong to one thread of one member together, in their order: what was said later must not
// overtake what was said before. Rows without a thread stand alone.
func threads(rows []Out) [][]Out {
	var all [][]Out
	at := map[string]int{}
	for _, o := range rows {
		key := string(o.To) + "/" + string(o.Thread)
		if i, ok := at[key]; ok && o.Thread != "" {
			all[i] = append(all[i], o)
			continue
		}
		at[key] = len(all)
		all = append(all, []Out{o})
	}
	return all
}

// deliverAll delivers the threads, at most Parallel of them at once, so that those that are written at the same
// moment share a commit on both sides. It returns how many envelopes went, and the first failure of the storage.
func (s *Service) deliverAll(ctx context.Context, all [][]Out, closed bool) (int, error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	n := 0
	free := make(chan struct{}, max(s.Parallel, 1))
	for _, rows := range all {
		free <- struct{}{}
		mu.Lock()
		failed := first != nil
		mu.Unlock()
		if failed {
			break
		}
		wg.Go(func() {
			defer func() { <-free }()
			for _, o := range rows {
				went, err := s.deliver(ctx, o, closed)
				mu.Lock()
				if went {
					n++
				}
				if first == nil {
					first = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return n, first
}

// deliver tries one row that is in our hands.
func (s *Service) deliver(ctx context.Context, o Out, closed bool) (bool, error) {
	t, _ := TraitsOf(o.Kind)
	if s.now() >= o.Expires {
		return false, s.Update(ctx, func(tx Tx) error {
			now, err := tx.Out(ctx, o.ID)
			if err != nil || now.State != OutQueued && now.State != OutRelayed {
				return err
			}
			return s.expire(ctx, tx, now)
		})
	}
	if closed && !t.Flows {
		return false, s.later(ctx, o)
	}
	receipt, err := s.carried(ctx, o)
	if err != nil {
		return false, s.failed(ctx, o, err)
	}
	r, err := ParseReceipt(receipt)
	if err != nil {
		return false, s.later(ctx, o)
	}
	err = s.Update(ctx, func(tx Tx) error {
		if r.Receipt.Envelope != o.ID {
			return fault.New(fault.Denied, "exchange.receipt.stranger")
		}
		return s.take(ctx, tx, r)
	})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		s.alarm(ctx, "exchange.receipt.stranger", map[string]string{"member": string(o.To)})
		return false, s.later(ctx, o)
	}
	if err == nil && r.Receipt.Stage == Relayed && o.State == OutRelayed {
		err = s.later(ctx, o) // it is still there; nothing else has changed
	}
	return err == nil, err
}

// shut reports whether nothing but what always flows may go to a member now: she was blocked here or suspended by the
// network, perhaps after something was sealed to her.
func shut(ctx context.Context, tx Tx, r member.Roster, to id.Member) (bool, error) {
	if m, ok := r.Find(to); ok && m.Status == member.Suspended {
		return true, nil
	}
	return member.Blocked(ctx, tx, to)
}

// carried brings o on its way: to its member, or to somebody who keeps it for her.
func (s *Service) carried(ctx context.Context, o Out) ([]byte, error) {
	if o.To == s.Self {
		return s.Receive(ctx, Pushed, o.Bytes)
	}
	var roster member.Roster
	barred := false
	err := s.Read(ctx, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		roster = held.Signed.Roster
		barred, err = shut(ctx, tx, roster, o.To)
		return err
	})
	if err != nil {
		return nil, err
	}
	if t, _ := TraitsOf(o.Kind); barred && !t.Flows {
		return nil, fault.New(fault.Unavailable, "exchange.member.blocked") // it waits for better times, or expires
	}
	if s.Carrier == nil {
		return nil, fault.New(fault.Unavailable, "exchange.unreachable")
	}
	to, ok := roster.Find(o.To)
	if !ok {
		return nil, fault.New(fault.Unavailable, "exchange.member.unknown")
	}
	err = fault.New(fault.Unavailable, "exchange.unreachable")
	if len(to.Addresses) > 0 {
		receipt, failed := s.Carrier.Push(ctx, to, o.Bytes)
		if failed == nil {
			return receipt, nil
		}
		err = failed
		if o.Attempts < toMail {
			return nil, err
		}
	}
	if o.State == OutRelayed && o.NextTry.Add(lastTry) > s.now() && len(to.Addresses) > 0 {
		return nil, err
	}
	for _, via := range s.mailboxes(roster, o) {
		receipt, failed := s.Carrier.Deposit(ctx, via, o.Bytes)
		if failed == nil {
			return receipt, nil
		}
	}
	return nil, err
}

// mailboxes returns the members that keep envelopes for others, beginning with another one for each try.
func (s *Service) mailboxes(r member.Roster, o Out) []member.Member {
	var all []member.Member
	for _, m := range r.Members {
		if m.Mailbox && m.Status == member.Active && len(m.Addresses) > 0 && m.ID != s.Self && m.ID != o.To {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil
	}
	i := int(o.Attempts) % len(all)
	return append(append([]member.Member{}, all[i:]...), all[:i]...)
}

// failed notes a failed attempt. That the other node could not read the bytes is not final: it may be behind
// with its roster or its program. It is shown to the administrator.
func (s *Service) failed(ctx context.Context, o Out, cause error) error {
	if ctx.Err() != nil {
		return nil // the lease runs out
	}
	if !fault.Is(cause, fault.Unavailable) {
		_, key, _ := fault.Public(cause)
		s.alarm(ctx, "exchange.rejected", map[string]string{"member": string(o.To), "key": key})
	}
	return s.later(ctx, o)
}

// later puts o back for another time.
func (s *Service) later(ctx context.Context, o Out) error {
	wait, err := s.backoff(o.Attempts)
	if err != nil {
		return err
	}
	return s.Lease(ctx, func(tx LeaseTx) error { return tx.PutBackOut(ctx, o.ID, s.now().Add(wait)) })
}

// backoff doubles with each attempt up to lastTry and is spread from half of it to all of it.
func (s *Service) backoff(attempts int64) (time.Duration, error) {
	wait := lastTry
	if attempts < 10 {
		wait = min(lastTry, firstTry<<attempts)
	}
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return 0, fault.Wrap(fault.Internal, "exchange.random", err)
	}
	half := wait / 2
	return half + time.Duration(binary.BigEndian.Uint64(b[:])%uint64(half+1)), nil
}

// Collect asks every member that can be reached for what waits there for us, theirs and what they keep for
// others, and returns how many envelopes came.
//
// It fails as the storage fails. That a member cannot be reached is no failure.
func (s *Service) Collect(ctx context.Context) (int, error) {
	if s.Carrier == nil {
		return 0, nil
	}
	var roster member.Roster
	err := s.Read(ctx, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		roster = held.Signed.Roster
		return err
	})
	if err != nil {
		return 0, err
	}
	n, t := 0, turns{}
	for _, m := range roster.Members {
		if m.ID == s.Self || len(m.Addresses) == 0 {
			continue
		}
		got, err := s.collect(ctx, m, t)
		n += got
		if err != nil && !fault.Is(err, fault.Unavailable) {
			s.alarm(ctx, "exchange.collect", map[string]string{"member": string(m.ID)})
		}
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
	}
	return n, nil
}

func (s *Service) collect(ctx context.Context, m member.Member, t turns) (int, error) {
	n := 0
	var after id.Envelope
	for range 1000 {
		parcel, err := s.Carrier.Pull(ctx, m, after)
		if err != nil || len(parcel.Envelopes) == 0 {
			return n, err
		}
		var receipts [][]byte
		for _, b := range parcel.Envelopes {
			e, err := Parse(b)
			if err != nil {
				return n, err
			}
			after = e.ID
			way := Pulled
			if e.Header.From != m.ID {
				way = Mailed
			}
			receipt, err := s.inTurn(ctx, t, way, b)
			if err != nil {
				continue // it stays where it is
			}
			receipts = append(receipts, receipt)
			n++
		}
		if len(receipts) > 0 {
			if err := s.Carrier.Return(ctx, m, receipts); err != nil {
				return n, err
			}
		}
		if !parcel.More {
			return n, nil
		}
	}
	return n, nil
}

// Waiting returns what waits here for a member who came to collect: our own envelopes and those that we keep
// for her. The caller has authenticated her.
//
// It fails as the storage fails.
func (s *Service) Waiting(ctx context.Context, m id.Member, after id.Envelope) (Parcel, error) {
	var p Parcel
	err := s.Read(ctx, func(tx Tx) error {
		p = Parcel{}
		mailed := false
		if after != "" {
			_, err := tx.Mail(ctx, after)
			if mailed = err == nil; err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if !mailed {
			rows, err := s.waitingOut(ctx, tx, m, after)
			if err != nil {
				return err
			}
			for _, o := range rows {
				p.Envelopes = append(p.Envelopes, o.Bytes)
			}
			if p.More = len(rows) >= page; p.More {
				return nil
			}
			after = ""
		}
		mail, err := tx.MailFor(ctx, m, after, page)
		if err != nil {
			return err
		}
		for _, x := range mail {
			p.Envelopes = append(p.Envelopes, x.Bytes)
		}
		p.More = len(mail) == page
		return nil
	})
	return p, err
}

// waitingOut returns a page of our own envelopes for m, or for everybody if m is empty. What may not go now is passed
// over, so that it does not stand before a withdrawal.
func (s *Service) waitingOut(ctx context.Context, tx Tx, m id.Member, after id.Envelope) ([]Out, error) {
	closed, err := tx.Closed(ctx)
	if err != nil {
		return nil, err
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	barred := map[id.Member]bool{}
	var open []Out
	for {
		rows, err := tx.OutFor(ctx, m, after, page)
		if err != nil {
			return nil, err
		}
		for _, o := range rows {
			after = o.ID
			no, known := barred[o.To]
			if !known {
				if no, err = shut(ctx, tx, held.Signed.Roster, o.To); err != nil {
					return nil, err
				}
				barred[o.To] = no
			}
			if t, _ := TraitsOf(o.Kind); t.Flows || !closed && !no {
				open = append(open, o)
			}
		}
		if len(rows) < page || len(open) >= page {
			return open, nil
		}
	}
}

// Returned takes the receipts of a member who has collected: those about our envelopes move them, and what we
// kept for her is deleted.
//
// It fails with [fault.Invalid] for damage, with [fault.Denied] if a receipt is not hers, and as the storage
// fails; receipts before the wrong one have been taken.
func (s *Service) Returned(ctx context.Context, m id.Member, receipts [][]byte) error {
	for _, b := range receipts {
		r, err := ParseReceipt(b)
		if err != nil {
			return err
		}
		if r.Receipt.By != m {
			return fault.New(fault.Denied, "exchange.receipt.stranger")
		}
		err = s.Update(ctx, func(tx Tx) error {
			held, _, err := s.self(ctx, tx)
			if err != nil {
				return err
			}
			if err := r.Verify(held.Signed.Roster); err != nil {
				return err
			}
			mail, err := tx.Mail(ctx, r.Receipt.Envelope)
			if err == nil && mail.To == m {
				if _, err := s.record(ctx, tx, audit.Did(access.Peer(m), access.PullExchange, string(mail.ID))); err != nil {
					return err
				}
				return tx.DropMail(ctx, mail.ID)
			}
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			return s.take(ctx, tx, r)
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
