package exchange

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
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

	heardEvery = time.Minute // how often it is noted at most that a member is there
	together   = 64          // envelopes pushed at once
	full       = 512 << 10   // bytes after which nothing more is put into a push: a bad line must carry it before it is cut off
)

// Carrier brings bytes to other nodes. Package peer is one; a call fails with [fault.Unavailable] if nobody
// answers. What the other node says of the bytes themselves comes back with its own kind.
type Carrier interface {
	// Push hands envelopes to the node of a member and returns its answer to each, in their order.
	Push(ctx context.Context, to member.Member, envelopes [][]byte) ([]Answer, error)
	// Deposit asks a member to keep an envelope for another, and returns its receipt `relayed`.
	Deposit(ctx context.Context, via member.Member, b []byte) ([]byte, error)
	// Pull asks a member for what waits there for us, after an envelope (which may be empty).
	Pull(ctx context.Context, from member.Member, after id.Envelope) (Parcel, error)
	// Return gives receipts for what was pulled.
	Return(ctx context.Context, to member.Member, receipts [][]byte) error
}

// Answer is what a node says to an envelope that was brought to it: a receipt, or why there is none.
type Answer struct {
	Receipt []byte
	Err     error
}

// Parcel is what waited somewhere for a member.
type Parcel struct {
	Envelopes [][]byte
	More      bool // ask again after the last one
}

// Collect asks every member that can be reached for what waits there for us, theirs and what they keep for
// others, and returns how many envelopes came. What cannot be read is told as an alarm and passed over.
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
		from := after
		for _, b := range parcel.Envelopes {
			e, err := envelope.Parse(b)
			if e.ID != "" {
				after = e.ID
			}
			if err != nil { // who made it, nobody knows: it is answered by nobody, and holds up nobody
				s.cannotRead(ctx, m.ID, b, err)
				continue
			}
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
		if !parcel.More || after == from {
			return n, nil
		}
	}
	return n, nil
}

// mostUnread is how many envelopes that cannot be read are told apart.
const mostUnread = 1000

// unread remembers what was said of envelopes that cannot be read.
type unread struct {
	mu   sync.Mutex
	told []string // digests
}

// cannotRead tells once that a member holds something that cannot be read.
func (s *Service) cannotRead(ctx context.Context, m id.Member, b []byte, cause error) {
	u, d := &s.unread, envelope.Digest(b)
	u.mu.Lock()
	defer u.mu.Unlock()
	if slices.Contains(u.told, d) {
		return
	}
	if len(u.told) == mostUnread {
		u.told = nil
	}
	u.told = append(u.told, d)
	_, key, _ := fault.Public(cause)
	s.alarm(ctx, "exchange.unread", map[string]string{"member": string(m), "key": key})
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
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		barred, err := shut(ctx, tx, held.Signed.Roster, m)
		if err != nil {
			return err
		}
		for {
			mail, err := tx.MailFor(ctx, m, after, page)
			if err != nil {
				return err
			}
			for _, x := range mail {
				after = x.ID
				if ok, err := handsOut(ctx, tx, m, x.Bytes, barred); err != nil {
					return err
				} else if ok {
					p.Envelopes = append(p.Envelopes, x.Bytes)
				}
			}
			if p.More = len(mail) == page; !p.More || len(p.Envelopes) > 0 {
				return nil
			}
		}
	})
	return p, err
}

// handsOut reports whether what is kept for m is handed to her. One that is barred may be in other hands: she gets what was sealed under a roster by which
// its sender knew that she is suspended, for that is of the kinds that still flow to her, which whoever keeps it cannot see. What was damaged here is
// brought again by its sender.
func handsOut(ctx context.Context, tx Tx, m id.Member, b []byte, barred bool) (bool, error) {
	e, err := envelope.Parse(b)
	if err != nil || !barred {
		return err == nil, nil
	}
	under := e.Header.Roster
	r, err := tx.RosterAt(ctx, under.Version)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	x, ok := r.Signed.Roster.Find(m)
	return ok && r.Hash == under.Hash && x.Status == member.Suspended, nil
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
			if t, _ := envelope.TraitsOf(o.Kind); t.Flows || !closed && !no {
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
		r, err := envelope.ParseReceipt(b)
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
			return s.take(ctx, tx, r, held.Hash)
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
