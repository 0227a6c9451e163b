package keyring

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Remove takes a member out of a desk: her wraps are deleted at once and the desk gets a new wrap key
// and new pairs. It is done by another member of the desk, whose keys make the new generation, or by
// the leaver herself.
//
// It fails with [fault.Denied], and with [fault.Conflict] if she is no member or the last one: a desk
// with nobody left is recovered, not emptied.
func (s *Service) Remove(ctx context.Context, by Bearer, at id.Desk, user id.User) error {
	action := access.RemoveMemberDesk
	if user == by.User {
		action = access.LeaveDesk
	}
	on := access.Resource{Noun: "desk", ID: string(at), Realm: by.Realm, Desk: at, Owner: user}
	if err := access.Check(by.Actor, action, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, action, string(at)+"/"+string(user)), func(tx Tx) error {
		members, err := tx.Members(ctx, at)
		if err != nil {
			return err
		}
		gone, rest, err := leave(members, user)
		if err != nil {
			return err
		}
		gone.Since, gone.Record, gone.Proof = s.now(), "", ""
		if err := tx.SetMembership(ctx, gone); err != nil {
			return err
		}
		d, err := s.OpenDeskIn(ctx, tx, by, at)
		if err != nil {
			return err
		}
		if err := tx.DropWraps(ctx, at, user); err != nil {
			return err
		}
		return d.renew(ctx, tx, rest)
	})
}

// leave decides what follows from user's leaving: her membership as left, and who stays.
func leave(members []desk.Membership, user id.User) (gone desk.Membership, rest []desk.Membership, err error) {
	found := false
	for _, m := range members {
		switch {
		case m.State == desk.Left:
		case m.User == user:
			gone, found = m, true
		case m.State == desk.Granted:
			rest = append(rest, m)
		}
	}
	if !found {
		return gone, nil, fault.New(fault.Conflict, "desk.member.none")
	}
	if gone.State == desk.Granted && len(rest) == 0 {
		return gone, nil, fault.New(fault.Conflict, "desk.member.last")
	}
	gone.State = desk.Left
	return gone, rest, nil
}

// renew makes the next generation of the wrap key, seals it to those who stay and were granted, programs too, and to the recovery key,
// and makes new pairs. Old intake pairs are retired and stay for what is on its way.
func (d *DeskKeys) renew(ctx context.Context, tx Tx, members []desk.Membership) error {
	stay, err := d.holders(ctx, tx, members)
	if err != nil {
		return err
	}
	reading, readers, err := d.grantedReaders(ctx, tx)
	if err != nil {
		return err
	}
	old, err := d.at(d.newest)
	if err != nil {
		return err
	}
	next := seal.NewKey(d.s.Rand)
	g := Generation{Desk: d.desk, Generation: d.newest + 1, Created: d.s.now()}
	g.Previous = next.Wrap(old, d.s.chainAAD(d.desk, d.newest))
	if err := tx.AddGeneration(ctx, g); err != nil {
		return err
	}
	d.newest++
	d.generations[d.newest], d.keys[d.newest] = g, next
	for _, h := range stay {
		if err := d.wrapTo(ctx, tx, h.User, h.public); err != nil {
			return err
		}
		if h.Proof != "" {
			if err := d.prove(&h.Membership); err != nil {
				return err
			}
		}
		if err := tx.SetMembership(ctx, h.Membership); err != nil {
			return err
		}
	}
	if err := d.readers(ctx, tx, reading, readers); err != nil {
		return err
	}
	if err := d.wrapForRecovery(ctx, tx); err != nil {
		return err
	}
	for _, use := range []PairUse{Intake, Cases} {
		if err := d.renewPair(ctx, tx, use); err != nil {
			return err
		}
	}
	return nil
}

func (d *DeskKeys) renewPair(ctx context.Context, tx Tx, use PairUse) error {
	pairs, err := tx.Pairs(ctx, d.desk, use)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if p.Retired == 0 {
			p.Retired = d.s.now()
			if err := tx.SetPair(ctx, p); err != nil {
				return err
			}
		}
	}
	_, err = d.addPair(ctx, tx, use)
	return err
}

// Rotate makes a new generation and new pairs for a desk, by one of its members.
//
// It fails with [fault.Denied], [fault.Hidden] and [fault.Locked] as [Service.OpenDeskIn].
func (s *Service) Rotate(ctx context.Context, by Bearer, at id.Desk) error {
	on := access.Resource{Noun: "desk", ID: string(at), Realm: by.Realm, Desk: at}
	if err := access.Check(by.Actor, access.RotateDesk, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.RotateDesk, string(at)), func(tx Tx) error {
		return s.RenewIn(ctx, tx, by, at)
	})
}

func grantedOf(members []desk.Membership) []desk.Membership {
	return slices.DeleteFunc(members, func(m desk.Membership) bool { return m.State != desk.Granted })
}

// Rewrap moves the holds of a desk that are wrapped by older generations to the newest, at most limit
// of them, and returns how many were left. It is the attended job after a suspected compromise: run it
// until nothing is left.
//
// It fails with [fault.Denied], [fault.Hidden] and [fault.Locked] as [Service.OpenDeskIn].
func (s *Service) Rewrap(ctx context.Context, by Bearer, at id.Desk, limit int) (left int, err error) {
	on := access.Resource{Noun: "desk", ID: string(at), Realm: by.Realm, Desk: at}
	if err := access.Check(by.Actor, access.RotateDesk, on); err != nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.RotateDesk, string(at)).For("rewrap"), func(tx Tx) error {
		d, err := s.OpenDeskIn(ctx, tx, by, at)
		if err != nil {
			return err
		}
		holds, err := tx.HoldsBefore(ctx, at, d.newest, limit+1)
		if err != nil {
			return err
		}
		newest, err := d.at(d.newest)
		if err != nil {
			return err
		}
		for i, h := range holds {
			if i == limit {
				left = 1
				return nil
			}
			key, err := d.held(ctx, tx, h)
			if err != nil {
				return err
			}
			h.Generation, h.Sealed = d.newest, newest.Wrap(key, s.holdAAD(h))
			if err := tx.SetHold(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	return left, err
}
