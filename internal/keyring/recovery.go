package keyring

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	fewestOfficers = 3
	quorum         = 2
	offerLasts     = time.Hour
)

// canary is what the drill must read. Its text tells nothing.
const canary = "opentrm recovery canary"

func (s *Service) shareAAD(generation int64, user id.User) []byte {
	return frame.JoinText(infoRecovery, string(s.Node), decimal(generation), string(user))
}

func (s *Service) offerAAD(from, to id.User) []byte {
	return frame.JoinText("opentrm/recovery-offer/1", string(s.Node), string(from), string(to))
}

// Enrol makes a recovery key whose private half exists only as shares, any two of which give it back,
// one sealed to each officer. It replaces an earlier recovery key; desks are sealed to the new one when
// they next rotate, and [Service.Unrecoverable] lists those that have not. node.secret is sealed to it at once.
//
// It fails with [fault.Denied], with [fault.Invalid] for fewer than three officers or one named twice, and with
// [fault.Locked] if the service does not know node.secret.
func (s *Service) Enrol(ctx context.Context, who access.Actor, officers []id.User) error {
	if err := access.Check(who, access.EnrolKey, access.Resource{Noun: "key", Realm: access.Office}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.EnrolKey, "recovery"), func(tx Tx) error {
		return s.EnrolIn(ctx, tx, officers)
	})
}

// EnrolIn is [Service.Enrol] inside a transaction, for the birth of a node.
func (s *Service) EnrolIn(ctx context.Context, tx Tx, officers []id.User) error {
	seen := make(map[id.User]bool, len(officers))
	for _, u := range officers {
		seen[u] = true
	}
	if len(officers) < fewestOfficers || len(seen) != len(officers) || len(officers) > 16 {
		return fault.New(fault.Invalid, "keyring.recovery.officers")
	}
	old, err := tx.Recovery(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	private := seal.NewKEM(s.Rand)
	defer private.Wipe()
	secret := private.Bytes()
	defer clear(secret)
	shares, err := seal.Split(s.Rand, secret, len(officers), quorum)
	if err != nil {
		return err
	}
	r := Recovery{Generation: old.Generation + 1, Public: private.Public().Bytes(), Threshold: quorum, Created: s.now()}
	if r.Canary, err = private.Public().Seal([]byte(infoCanary), frame.JoinText(string(s.Node), decimal(r.Generation)), []byte(canary)); err != nil {
		return err
	}
	enrolled := make([]Officer, len(officers))
	for i, u := range officers {
		raw, err := tx.UserKEM(ctx, u)
		if err != nil {
			return err
		}
		to, err := seal.ParseKEMPublic(raw)
		if err != nil {
			return err
		}
		enrolled[i] = Officer{User: u, Index: i + 1, Generation: r.Generation}
		if enrolled[i].Sealed, err = to.Seal([]byte(infoRecovery), s.shareAAD(r.Generation, u), shares[i]); err != nil {
			return err
		}
		clear(shares[i])
	}
	if err := tx.SetOfficers(ctx, enrolled); err != nil {
		return err
	}
	if err := tx.DropPapers(ctx); err != nil {
		return err
	}
	if err := tx.SetRecovery(ctx, r); err != nil {
		return err
	}
	proof, err := proofOf(s.Node, private)
	if err != nil {
		return err
	}
	defer proof.Wipe()
	return escrowIn(ctx, tx, s.Node, s.Secret, private.Public(), proof, Escrow{Made: r.Created})
}

// mayRecover asks whether the bearer may act as a recovery officer, which only the enrolment tells.
func (s *Service) mayRecover(ctx context.Context, tx Tx, by Bearer, action access.Action) error {
	officers, err := tx.Officers(ctx)
	if err != nil {
		return err
	}
	on := access.Resource{Noun: "key", Realm: access.Office}
	if slices.ContainsFunc(officers, func(o Officer) bool { return o.User == by.User }) {
		on.Flags = []access.Flag{access.RecoveryOfficer}
	}
	return access.Check(by.Actor, action, on)
}

// share opens the bearer's own share.
func (s *Service) share(ctx context.Context, tx Tx, by Bearer) ([]byte, error) {
	officers, err := tx.Officers(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range officers {
		if o.User == by.User {
			return by.open([]byte(infoRecovery), s.shareAAD(o.Generation, o.User), o.Sealed)
		}
	}
	return nil, fault.New(fault.Denied, "keyring.recovery.not-officer")
}

// OfferShare hands the bearer's share to the officer who leads a recovery or a drill: sealed to that
// officer's key, for an hour.
//
// It fails with [fault.Denied] if either is no officer, and [fault.Locked] if the bearer's keys are closed.
func (s *Service) OfferShare(ctx context.Context, by Bearer, to id.User) error {
	return s.Write(ctx, audit.Did(by.Actor, access.RecoverKey, string(to)).For("offer"), func(tx Tx) error {
		if err := s.mayRecover(ctx, tx, by, access.RecoverKey); err != nil {
			return err
		}
		mine, err := s.share(ctx, tx, by)
		if err != nil {
			return err
		}
		defer clear(mine)
		raw, err := tx.UserKEM(ctx, to)
		if err != nil {
			return err
		}
		public, err := seal.ParseKEMPublic(raw)
		if err != nil {
			return err
		}
		o := Offer{From: by.User, To: to, Until: s.now().Add(offerLasts)}
		if o.Sealed, err = public.Seal([]byte(infoRecovery), s.offerAAD(o.From, o.To), mine); err != nil {
			return err
		}
		return tx.AddOffer(ctx, o)
	})
}

// quorumKey brings the bearer's own share together with those offered to her.
func (s *Service) quorumKey(ctx context.Context, tx Tx, by Bearer) (seal.KEMPrivate, error) {
	mine, err := s.share(ctx, tx, by)
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	shares := [][]byte{mine}
	offers, err := tx.Offers(ctx, by.User, s.now())
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	for _, o := range offers {
		if o.From == by.User {
			continue
		}
		share, err := by.open([]byte(infoRecovery), s.offerAAD(o.From, o.To), o.Sealed)
		if err != nil {
			return seal.KEMPrivate{}, fault.Wrap(fault.Internal, "keyring.recovery.offer", err)
		}
		shares = append(shares, share)
	}
	if len(shares) < quorum {
		return seal.KEMPrivate{}, fault.New(fault.Conflict, "keyring.recovery.quorum")
	}
	secret, err := seal.Combine(shares)
	for _, share := range shares {
		clear(share)
	}
	if err != nil {
		return seal.KEMPrivate{}, err
	}
	defer clear(secret)
	return seal.ParseKEMPrivate(secret)
}

// Drill proves that the officers can recover: the bearer, with the shares offered to her, opens the
// canary, and node.secret in escrow is the one with which the node runs. Until it has passed once, the node takes only
// demo data.
//
// It fails with [fault.Denied] if she is no officer, [fault.Conflict] without a quorum or an escrow, and
// [fault.Internal] if the shares do not open the canary or the escrow.
func (s *Service) Drill(ctx context.Context, by Bearer) error {
	return s.Write(ctx, audit.Did(by.Actor, access.DrillKey, "recovery"), func(tx Tx) error {
		if err := s.mayRecover(ctx, tx, by, access.DrillKey); err != nil {
			return err
		}
		r, err := tx.Recovery(ctx)
		if err != nil {
			return err
		}
		private, err := s.quorumKey(ctx, tx, by)
		if err != nil {
			return err
		}
		defer private.Wipe()
		text, err := private.Open([]byte(infoCanary), frame.JoinText(string(s.Node), decimal(r.Generation)), r.Canary)
		if err != nil || string(text) != canary {
			return fault.Wrap(fault.Internal, "keyring.recovery.canary", err)
		}
		if err := s.proveEscrow(ctx, tx, private); err != nil {
			return err
		}
		r.Drilled = s.now()
		if err := tx.SetRecovery(ctx, r); err != nil {
			return err
		}
		return tx.DropOffers(ctx, by.User)
	})
}

// Recover re-grants a desk to one of its members, or to somebody who was proposed for it, when nobody is
// left who could, and makes a new generation at once. It exports no key. All officers are told.
//
// It fails with [fault.Denied] if the bearer is no officer, [fault.Conflict] without a quorum or if
// user is no member of the desk, and [fault.NotFound] if the desk was never sealed to this recovery key.
func (s *Service) Recover(ctx context.Context, by Bearer, at id.Desk, user id.User) error {
	return s.Write(ctx, audit.Did(by.Actor, access.RecoverKey, string(at)+"/"+string(user)), func(tx Tx) error {
		if err := s.mayRecover(ctx, tx, by, access.RecoverKey); err != nil {
			return err
		}
		members, err := tx.Members(ctx, at)
		if err != nil {
			return err
		}
		back, rest, err := regrant(members, user)
		if err != nil {
			return err
		}
		back.GrantedBy, back.Since = by.User, s.now()
		private, err := s.quorumKey(ctx, tx, by)
		if err != nil {
			return err
		}
		defer private.Wipe()
		d, err := s.recoverDesk(ctx, tx, at, private)
		if err != nil {
			return err
		}
		if err := tx.DropWraps(ctx, at, user); err != nil {
			return err
		}
		if back, err = d.regrant(ctx, tx, back, by); err != nil {
			return err
		}
		if err := tx.DropOffers(ctx, by.User); err != nil {
			return err
		}
		if err := s.tellOfficers(ctx, tx); err != nil {
			return err
		}
		return d.renew(ctx, tx, append(rest, back))
	})
}

// regrant decides who is at the desk after user's recovery: she is a member, or was one until she made new
// keys, or an administrator has proposed her.
func regrant(members []desk.Membership, user id.User) (back desk.Membership, rest []desk.Membership, err error) {
	found := false
	for _, m := range members {
		switch {
		case m.User == user && m.State != desk.Left:
			back, found = m, true
		case m.State == desk.Granted:
			rest = append(rest, m)
		}
	}
	if !found {
		return back, nil, fault.New(fault.Conflict, "desk.member.none")
	}
	back.State = desk.Granted
	return back, rest, nil
}

// regrant has the officer who leads a recovery sign the grant of the member who gets the desk back.
func (d *DeskKeys) regrant(ctx context.Context, tx Tx, back desk.Membership, by Bearer) (desk.Membership, error) {
	raw, err := tx.UserKEM(ctx, back.User)
	if err != nil {
		return back, err
	}
	public, err := seal.ParseKEMPublic(raw)
	if err != nil {
		return back, err
	}
	return back, d.sign(&back, by, public.ID())
}

func (s *Service) recoverDesk(ctx context.Context, tx Tx, at id.Desk, private seal.KEMPrivate) (*DeskKeys, error) {
	wraps, err := tx.WrapsOf(ctx, at, private.Public().ID())
	if err != nil {
		return nil, err
	}
	if len(wraps) == 0 {
		return nil, fault.New(fault.NotFound, "keyring.recovery.desk")
	}
	raw, err := private.Open([]byte(infoWrap), s.wrapAAD(at, wraps[0].Generation), wraps[0].Sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "keyring.desk.wrap", err)
	}
	key, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return s.deskKeys(ctx, tx, at, wraps[0].Generation, key)
}

// Ready reports whether the node may take real data: the recovery drill has passed.
func (s *Service) Ready(ctx context.Context) (bool, error) {
	ready := false
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Recovery(ctx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		ready = r.Drilled != 0
		return err
	})
	return ready, err
}

// Unrecoverable lists the desks whose newest wrap key is not sealed to the present recovery key.
func (s *Service) Unrecoverable(ctx context.Context) ([]id.Desk, error) {
	var out []id.Desk
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Recovery(ctx)
		if err != nil {
			return err
		}
		public, err := seal.ParseKEMPublic(r.Public)
		if err != nil {
			return err
		}
		desks, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		for _, d := range desks {
			gens, err := tx.Generations(ctx, d.ID)
			if err != nil {
				return err
			}
			wraps, err := tx.WrapsOf(ctx, d.ID, public.ID())
			if err != nil {
				return err
			}
			if len(gens) > 0 && (len(wraps) == 0 || wraps[0].Generation != gens[0].Generation) {
				out = append(out, d.ID)
			}
		}
		return nil
	})
	return out, err
}
