package exchange

import (
	"bytes"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Deposit keeps an envelope for another member until she collects it, and returns this node's receipt
// `relayed`. The node sees the header and nothing else. The same envelope gets the same receipt.
//
// It fails as [envelope.Parse] and [envelope.Envelope.Verify] do, and with
//   - [fault.Denied] "exchange.mailbox.closed" if this member has not agreed to keep envelopes, or keeps none
//     for these two;
//   - [fault.Invalid] "exchange.wrong-member" if the envelope is for this member, or "exchange.expired";
//   - [fault.Unavailable] "exchange.mailbox.full" if the sender has too much here already.
func (s *Service) Deposit(ctx context.Context, b []byte) ([]byte, error) {
	e, err := envelope.Parse(b)
	if err != nil {
		return nil, err
	}
	h, now := e.Header, s.now()
	if h.To == s.Self {
		return nil, fault.New(fault.Invalid, "exchange.wrong-member")
	}
	if now >= h.Expires || h.Created > now.Add(envelope.MaxAhead) {
		return nil, fault.New(fault.Invalid, "exchange.expired")
	}
	var receipt []byte
	err = s.Update(ctx, func(tx Tx) error {
		held, self, err := s.self(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := e.Verify(held.Signed.Roster); err != nil {
			return err
		}
		old, err := tx.Mail(ctx, e.ID)
		if err == nil && bytes.Equal(old.Bytes, b) {
			receipt = old.Receipt
			return nil
		}
		if err == nil { // what is kept here was damaged
			err = tx.DropMail(ctx, e.ID)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := s.mayKeep(ctx, tx, held, self, h, int64(len(b))); err != nil {
			return err
		}
		leaf, err := s.record(ctx, tx, audit.Did(access.Peer(h.From), access.RelayExchange, string(e.ID)))
		if err != nil {
			return err
		}
		r := envelope.Receipt{Envelope: e.ID, From: h.From, By: s.Self, Stage: envelope.Relayed, At: now, Leaf: leaf, Roster: versionOf(held)}
		if receipt, err = r.Sign(s.Keys().Envelope); err != nil {
			return err
		}
		return tx.AddMail(ctx, Mail{
			ID: e.ID, From: h.From, To: h.To, Bytes: b, Created: now, Expires: h.Expires, Receipt: receipt,
		})
	})
	return receipt, err
}

// mayKeep asks whether this node keeps something for these two, and whether there is room.
func (s *Service) mayKeep(ctx context.Context, tx Tx, held member.Held, self member.Member, h envelope.Header, size int64) error {
	to, ok := held.Signed.Roster.Find(h.To)
	if !ok {
		return fault.New(fault.NotFound, "exchange.member.unknown")
	}
	blocked, err := member.Blocked(ctx, tx, h.From)
	if err != nil {
		return err
	}
	if !self.Mailbox || s.MailRows == 0 || blocked || to.ID == h.From {
		return fault.New(fault.Denied, "exchange.mailbox.closed")
	}
	rows, bytes, err := tx.MailSize(ctx, h.From)
	if err != nil {
		return err
	}
	if rows >= s.MailRows || bytes+size > s.MailBytes {
		return fault.New(fault.Unavailable, "exchange.mailbox.full")
	}
	return nil
}

// Sweep deletes what was kept for others and nobody collected before its expiry, and returns how many
// envelopes that were.
//
// It fails as the storage fails.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	var n int64
	err := s.Update(ctx, func(tx Tx) (err error) {
		n, err = tx.DropMailBefore(ctx, s.now())
		if err != nil || n == 0 {
			return err
		}
		_, err = s.record(ctx, tx, audit.Did(access.Node(s.Self), access.RelayExchange, "").For("expired"))
		return err
	})
	return n, err
}

// Announce seals the roster in force to every member that is known to have an older one, and this member's
// desk sheet to every member that has not been sent it, and returns how many envelopes that makes. So a node
// that was away for a month catches up. It is called from time to time and after either has changed.
//
// It fails as the storage fails.
func (s *Service) Announce(ctx context.Context) (int, error) {
	n := 0
	err := s.Update(ctx, func(tx Tx) error {
		n = 0
		held, _, err := s.self(ctx, tx)
		if err != nil {
			return err
		}
		sheet, err := member.SheetOf(ctx, tx, s.Self)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			if m.ID == s.Self {
				continue
			}
			k, err := s.announce(ctx, tx, held, sheet, m.ID)
			if fault.Is(err, fault.Unavailable) {
				continue // no suite in common: nothing can be sealed to her
			}
			if err != nil {
				return err
			}
			n += k
		}
		return nil
	})
	return n, err
}

func (s *Service) announce(ctx context.Context, tx Tx, held member.Held, sheet member.HeldSheet, to id.Member) (int, error) {
	p, err := tx.Peer(ctx, to)
	if err != nil {
		return 0, err
	}
	n, version := 0, held.Signed.Roster.Version
	if max(p.RosterSeen, p.RosterSent) < version {
		body, err := held.Signed.Encode()
		if err != nil {
			return n, err
		}
		if _, err := s.Seal(ctx, tx, Draft{Kind: envelope.Rosters, To: to, Body: body}); err != nil {
			return n, err
		}
		p.RosterSent = version
		n++
	}
	if v := sheet.Signed.Sheet.Version; p.SheetSent < v {
		body, err := sheet.Signed.Encode()
		if err != nil {
			return n, err
		}
		if _, err := s.Seal(ctx, tx, Draft{Kind: envelope.Sheets, To: to, Body: body}); err != nil {
			return n, err
		}
		p.SheetSent = v
		n++
	}
	if n == 0 {
		return 0, nil
	}
	if _, err := s.record(ctx, tx, audit.Did(access.Node(s.Self), access.DeliverExchange, string(to)).For("announce")); err != nil {
		return 0, err
	}
	return n, tx.SetPeer(ctx, p)
}
