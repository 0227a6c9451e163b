package keyring

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Founding is a new desk and its first member.
type Founding struct {
	Desk  desk.Desk
	First id.User
	Role  access.Role
}

// Found brings a desk into being with its first member: a wrap key sealed to her and to the recovery
// key, an intake pair, and a pair for cases. A desk without a node has no keys and no members.
//
// It fails with [fault.Denied], [fault.Invalid] naming the field, and [fault.Conflict] if the slug is
// taken, the role does not go with her others, or the node has no recovery key yet.
func (s *Service) Found(ctx context.Context, who access.Actor, in Founding) error {
	on := access.Resource{Noun: "desk", ID: string(in.Desk.ID), Realm: access.Office, Desk: in.Desk.ID}
	if err := access.Check(who, access.CreateDesk, on); err != nil {
		return err
	}
	in.Desk.State, in.Desk.Version = desk.Active, 1
	if err := in.Desk.Check(); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.CreateDesk, string(in.Desk.ID)), func(tx Tx) error {
		if err := tx.AddDesk(ctx, in.Desk); err != nil {
			return err
		}
		if in.Desk.Kind != desk.AtNode {
			return nil
		}
		return s.foundIn(ctx, tx, who, in)
	})
}

func (s *Service) foundIn(ctx context.Context, tx Tx, who access.Actor, in Founding) error {
	held, err := tx.DesksOf(ctx, in.First)
	if err != nil {
		return err
	}
	roles := []access.Role{in.Role}
	for _, m := range held {
		if m.State != desk.Left {
			roles = append(roles, m.Role)
		}
	}
	if err := access.Combine(roles); err != nil {
		return err
	}
	now := s.now()
	d := &DeskKeys{s: s, desk: in.Desk.ID, newest: 1, generations: map[int64]Generation{}, keys: map[int64]seal.Key{1: seal.NewKey(s.Rand)}}
	if err := tx.AddGeneration(ctx, Generation{Desk: in.Desk.ID, Generation: 1, Created: now}); err != nil {
		return err
	}
	m := desk.Membership{Desk: in.Desk.ID, User: in.First, Role: in.Role, State: desk.Granted, ProposedBy: who.User, GrantedBy: who.User, Since: now}
	if err := d.let(ctx, tx, m, Bearer{}); err != nil {
		return err
	}
	if err := d.wrapForRecovery(ctx, tx); err != nil {
		return err
	}
	for _, use := range []PairUse{Intake, Cases} {
		if _, err := d.addPair(ctx, tx, use); err != nil {
			return err
		}
	}
	return nil
}

// let writes down the grant of m and seals the newest wrap key to her.
func (d *DeskKeys) let(ctx context.Context, tx Tx, m desk.Membership, by Bearer) error {
	raw, err := tx.UserKEM(ctx, m.User)
	if err != nil {
		return err
	}
	public, err := seal.ParseKEMPublic(raw)
	if err != nil {
		return err
	}
	if err := d.sign(&m, by, public.ID()); err != nil {
		return err
	}
	if err := tx.SetMembership(ctx, m); err != nil {
		return err
	}
	return d.wrapTo(ctx, tx, m.User, raw)
}

func (d *DeskKeys) wrapForRecovery(ctx context.Context, tx Tx) error {
	r, err := tx.Recovery(ctx)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Conflict, "keyring.recovery.none")
	}
	if err != nil {
		return err
	}
	return d.wrapTo(ctx, tx, "", r.Public)
}

func (d *DeskKeys) wrapTo(ctx context.Context, tx Tx, user id.User, public []byte) error {
	to, err := seal.ParseKEMPublic(public)
	if err != nil {
		return err
	}
	key, err := d.at(d.newest)
	if err != nil {
		return err
	}
	secret := key.Bytes()
	defer clear(secret)
	w := Wrap{Desk: d.desk, Generation: d.newest, Holder: to.ID(), User: user}
	if w.Sealed, err = to.Seal([]byte(infoWrap), d.s.wrapAAD(d.desk, d.newest), secret); err != nil {
		return err
	}
	return tx.AddWrap(ctx, w)
}

// Grant lets a proposed member in. The bearer, a member of the desk, has compared the fingerprint of
// the new member's key with her, face to face or by telephone, and states it. She signs the grant.
//
// It fails with [fault.Denied] if the bearer may not grant, [fault.Conflict] if nobody was proposed, and
// [fault.Invalid] with the key "keyring.fingerprint" if the fingerprint is not that of her key.
func (s *Service) Grant(ctx context.Context, by Bearer, at id.Desk, user id.User, fingerprint id.Key) error {
	return s.Write(ctx, audit.Did(by.Actor, access.GrantMemberDesk, string(at)+"/"+string(user)), func(tx Tx) error {
		members, err := tx.Members(ctx, at)
		if err != nil {
			return err
		}
		m, err := proposed(members, user)
		on := access.Resource{Noun: "desk", ID: string(at), Realm: by.Realm, Desk: at, Maker: m.ProposedBy}
		if err := cmp.Or(access.Check(by.Actor, access.GrantMemberDesk, on), err); err != nil {
			return err
		}
		m.State, m.GrantedBy, m.Since = desk.Granted, by.User, s.now()
		raw, err := tx.UserKEM(ctx, user)
		if err != nil {
			return err
		}
		public, err := seal.ParseKEMPublic(raw)
		if err != nil {
			return err
		}
		if public.ID() != fingerprint {
			return fault.New(fault.Invalid, "keyring.fingerprint")
		}
		d, err := s.OpenDeskIn(ctx, tx, by, at)
		if err != nil {
			return err
		}
		return d.let(ctx, tx, m, by)
	})
}

// proposed finds the proposal of user.
func proposed(members []desk.Membership, user id.User) (desk.Membership, error) {
	for _, m := range members {
		if m.User != user || m.State == desk.Left {
			continue
		}
		if m.State == desk.Granted {
			return desk.Membership{}, fault.New(fault.Conflict, "desk.member.already")
		}
		return m, nil
	}
	return desk.Membership{}, fault.New(fault.Conflict, "desk.member.not-proposed")
}
