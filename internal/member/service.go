package member

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Held is a roster that this node accepted once and keeps for ever.
type Held struct {
	Signed   Signed
	Hash     string
	Received frame.Time
	Disputed bool // another roster of this version was seen too: neither is used
}

// HeldSheet is a desk sheet that this node accepted.
type HeldSheet struct {
	Signed   SignedSheet
	Received frame.Time
	Disputed bool // another sheet of this version was seen too: neither is used
}

// Block says that this node refuses another member, whatever the roster says.
type Block struct {
	Member id.Member
	Reason string // code
	By     id.User
	Since  frame.Time
}

// Tx is what rosters and desk sheets need kept. *store.Tx satisfies it. Every method fails with
// [fault.Unavailable] if the storage cannot be reached.
type Tx interface {
	// Rosters returns the newest rosters held, disputed ones too, newest version first, at most limit.
	Rosters(ctx context.Context, limit int) ([]Held, error)
	// RosterAt returns the roster of that version; [fault.NotFound] if it was never held.
	RosterAt(ctx context.Context, version int64) (Held, error)
	// SetRoster keeps h under its version, replacing what was there.
	SetRoster(ctx context.Context, h Held) error
	// Sheets returns the newest sheets held of member, disputed ones too, newest version first, at most limit.
	Sheets(ctx context.Context, member id.Member, limit int) ([]HeldSheet, error)
	// SheetAt returns the sheet of that member and version; [fault.NotFound] if it was never held.
	SheetAt(ctx context.Context, member id.Member, version int64) (HeldSheet, error)
	// SetSheet keeps h under its member and version, replacing what was there.
	SetSheet(ctx context.Context, h HeldSheet) error
	// Blocks returns the members blocked here, in their order.
	Blocks(ctx context.Context) ([]Block, error)
	// SetBlock blocks a member; one already blocked stays blocked since then.
	SetBlock(ctx context.Context, b Block) error
	// DropBlock lifts a block. It does not fail if there is none.
	DropBlock(ctx context.Context, member id.Member) error
}

// depth is how many versions are looked at for one that is not disputed.
const depth = 4

// InForce returns the roster that rules: the newest that is not disputed.
//
// It fails with [fault.NotFound] and "member.roster.none" if this node has joined no network.
func InForce(ctx context.Context, tx Tx) (Held, error) {
	held, err := tx.Rosters(ctx, depth)
	if err != nil {
		return Held{}, err
	}
	for _, h := range held {
		if !h.Disputed {
			return h, nil
		}
	}
	return Held{}, fault.New(fault.NotFound, "member.roster.none")
}

// SheetOf returns the desk sheet of m that rules: the newest that is not disputed.
//
// It fails with [fault.NotFound] and "member.sheet.none" if this node has none.
func SheetOf(ctx context.Context, tx Tx, m id.Member) (HeldSheet, error) {
	held, err := tx.Sheets(ctx, m, depth)
	if err != nil {
		return HeldSheet{}, err
	}
	for _, h := range held {
		if !h.Disputed {
			return h, nil
		}
	}
	return HeldSheet{}, fault.New(fault.NotFound, "member.sheet.none")
}

// Blocked reports whether m is blocked here.
func Blocked(ctx context.Context, tx Tx, m id.Member) (bool, error) {
	blocks, err := tx.Blocks(ctx)
	if err != nil {
		return false, err
	}
	for _, b := range blocks {
		if b.Member == m {
			return true, nil
		}
	}
	return false, nil
}

// Take accepts a roster that arrived in any way: a file, a peer, a courier. It reports whether anything
// changed; a roster already held or older changes nothing. A fork is kept as evidence: the version held is
// disputed from then on, the one before it rules again, and the caller raises the alarm.
//
// It fails as [Accept] does, save that a fork is reported by the returned flag forked once it is kept.
func Take(ctx context.Context, tx Tx, next Signed, now frame.Time) (changed, forked bool, err error) {
	current, err := InForce(ctx, tx)
	if err != nil {
		return false, false, err
	}
	hash, err := next.Roster.Hash()
	if err != nil {
		return false, false, err
	}
	// A version held before, disputed or not, is compared with what was held under that number.
	if old, err := tx.RosterAt(ctx, next.Roster.Version); err == nil {
		return takeHeld(ctx, tx, old, next, hash, now)
	} else if !fault.Is(err, fault.NotFound) {
		return false, false, err
	}
	err = Accept(current.Signed.Roster, next, now)
	switch key(err) {
	case "":
	case "member.roster.older", "member.roster.same":
		return false, false, nil
	case "member.roster.fork":
		// It follows the roster in force but names another predecessor: the one in force is disputed.
		current.Disputed = true
		if err := tx.SetRoster(ctx, current); err != nil {
			return false, false, err
		}
		return true, true, tx.SetRoster(ctx, Held{Signed: next, Hash: hash, Received: now, Disputed: true})
	default:
		return false, false, err
	}
	return true, false, tx.SetRoster(ctx, Held{Signed: next, Hash: hash, Received: now})
}

// takeHeld compares next with the roster of the same version that is held.
func takeHeld(ctx context.Context, tx Tx, old Held, next Signed, hash string, now frame.Time) (changed, forked bool, err error) {
	if old.Hash == hash || old.Disputed {
		return false, false, nil
	}
	if err := Accept(old.Signed.Roster, next, now); key(err) != "member.roster.fork" {
		return false, false, err
	}
	old.Disputed = true
	return true, true, tx.SetRoster(ctx, old)
}

// TakeSheet accepts a desk sheet that arrived in any way. It reports whether anything changed, and whether
// the sheet contradicts one that is held: then both are refused from then on and the caller raises the alarm.
//
// It fails as [AcceptSheet] does.
func TakeSheet(ctx context.Context, tx Tx, next SignedSheet, now frame.Time) (changed, forked bool, err error) {
	roster, err := InForce(ctx, tx)
	if err != nil {
		return false, false, err
	}
	held, err := tx.Sheets(ctx, next.Sheet.Member, 1)
	if err != nil {
		return false, false, err
	}
	var current HeldSheet
	if len(held) == 1 {
		current = held[0]
	}
	err = AcceptSheet(current.Signed, next, roster.Signed.Roster, now)
	switch key(err) {
	case "":
		return true, false, tx.SetSheet(ctx, HeldSheet{Signed: next, Received: now})
	case "member.sheet.older", "member.sheet.same":
		return false, false, nil
	case "member.sheet.fork":
		if current.Disputed {
			return false, false, nil
		}
		current.Disputed = true
		return true, true, tx.SetSheet(ctx, current)
	}
	return false, false, err
}

// key returns the message key of a fault, "" for nil.
func key(err error) string {
	if err == nil {
		return ""
	}
	if _, k, _ := fault.Public(err); k != "" {
		return k
	}
	return "fault.internal"
}

// Service is the use-cases of rosters, sheets and blocks.
type Service struct {
	Self  id.Member
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	Alarm func(ctx context.Context, key string, args map[string]string) // a fork was found; nil: nobody is told
	// Room says whether a desk has room by what is known here, from a sheet that was made at a moment; nil: as the sheet says.
	Room func(ctx context.Context, tx Tx, l Listed, made frame.Time) (string, error)
}

func office(m id.Member) access.Resource {
	return access.Resource{Noun: "member", ID: string(m), Realm: access.Office}
}

// Join takes the first roster of this node, whose root fingerprint was compared in person.
//
// It fails with [fault.Denied] if who may not or as [Trust] does, with [fault.Conflict] "member.joined" if
// the node belongs to a network, and with [fault.NotFound] if the roster does not list this member.
func (s *Service) Join(ctx context.Context, who access.Actor, first Signed, fingerprint string) error {
	if err := access.Check(who, access.JoinMember, office(s.Self)); err != nil {
		return err
	}
	now := frame.At(s.Now())
	if err := Trust(first, fingerprint, now); err != nil {
		return err
	}
	if _, ok := first.Roster.Find(s.Self); !ok {
		return fault.New(fault.NotFound, "member.unknown")
	}
	hash, err := first.Roster.Hash()
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.JoinMember, hash), func(tx Tx) error {
		held, err := tx.Rosters(ctx, 1)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return fault.New(fault.Conflict, "member.joined")
		}
		return tx.SetRoster(ctx, Held{Signed: first, Hash: hash, Received: now})
	})
}

// Import takes a newer roster by hand. It reports whether anything changed.
//
// It fails with [fault.Denied] if who may not, as [Accept] does, and with [fault.Conflict]
// "member.roster.fork" after a fork was kept.
func (s *Service) Import(ctx context.Context, who access.Actor, next Signed) (bool, error) {
	if err := access.Check(who, access.ImportRoster, access.Resource{Noun: "roster", Realm: access.Office}); err != nil {
		return false, err
	}
	hash, err := next.Roster.Hash()
	if err != nil {
		return false, err
	}
	var changed, forked bool
	err = s.Write(ctx, audit.Did(who, access.ImportRoster, hash), func(tx Tx) (err error) {
		changed, forked, err = Take(ctx, tx, next, frame.At(s.Now()))
		return err
	})
	if err == nil && forked {
		if s.Alarm != nil {
			s.Alarm(ctx, "member.roster.fork", map[string]string{"hash": hash})
		}
		err = fault.New(fault.Conflict, "member.roster.fork")
	}
	return changed, err
}

// Publish keeps a desk sheet that the authority key of this member signed; the exchange replicates it.
//
// It fails with [fault.Denied] if who may not or the sheet is another member's, and as [AcceptSheet] does.
func (s *Service) Publish(ctx context.Context, who access.Actor, sheet SignedSheet) error {
	if err := access.Check(who, access.SheetDesk, access.Resource{Noun: "desk", Realm: access.Office}); err != nil {
		return err
	}
	if sheet.Sheet.Member != s.Self {
		return fault.New(fault.Denied, "member.sheet.other")
	}
	return s.Write(ctx, audit.Did(who, access.SheetDesk, string(s.Self)), func(tx Tx) error {
		changed, forked, err := TakeSheet(ctx, tx, sheet, frame.At(s.Now()))
		if err == nil && (forked || !changed) {
			err = fault.New(fault.Conflict, "member.sheet.older")
		}
		return err
	})
}

// Block refuses another member from now on. Withdrawals and receipts still flow.
//
// It fails with [fault.Denied] if who may not, and with [fault.Invalid] for this member or a reason that is
// no code.
func (s *Service) Block(ctx context.Context, who access.Actor, m id.Member, reason string) error {
	if err := access.Check(who, access.BlockMember, office(m)); err != nil {
		return err
	}
	if m == s.Self || !code(reason) {
		return fault.New(fault.Invalid, "member.block.field")
	}
	return s.Write(ctx, audit.Did(who, access.BlockMember, string(m)).For(reason), func(tx Tx) error {
		return tx.SetBlock(ctx, Block{m, reason, who.User, frame.At(s.Now())})
	})
}

// Unblock lifts a block.
//
// It fails with [fault.Denied] if who may not.
func (s *Service) Unblock(ctx context.Context, who access.Actor, m id.Member) error {
	if err := access.Check(who, access.UnblockMember, office(m)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.UnblockMember, string(m)), func(tx Tx) error {
		return tx.DropBlock(ctx, m)
	})
}

// Roster returns the roster in force and how far it has aged.
//
// It fails with [fault.Denied] if who may not read it and as [InForce] does.
func (s *Service) Roster(ctx context.Context, who access.Actor) (Held, Standing, error) {
	if err := access.Check(who, access.ReadRoster, access.Resource{Noun: "roster", Realm: access.Office}); err != nil {
		return Held{}, "", err
	}
	var h Held
	err := s.Read(ctx, func(tx Tx) (err error) {
		h, err = InForce(ctx, tx)
		return err
	})
	if err != nil {
		return Held{}, "", err
	}
	return h, h.Signed.Roster.Standing(frame.At(s.Now())), nil
}
