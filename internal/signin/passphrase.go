package signin

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// Changing is a new passphrase in the place of the one that its owner types once more.
type Changing struct {
	Old, New string
	Code     string // of the second step, where one is set up
	Address  string
}

// ChangePassphrase makes the lock of the actor's passphrase anew. The old passphrase opens nothing any more, her other sessions end;
// her keys, her places, her passkeys, her second step and the parts of the recovery key that she keeps stay as they are, because
// the master key stays the same. A backup of before still holds the old lock: see docs/runbook.
//
// It fails with [fault.Denied] "signin.wrong" if the old passphrase is another, "signin.code" if a code is needed and there is none,
// "signin.code.wrong" if it is another, and "signin.second.passkey" if her role demands a passkey that she has and has not shown; with
// [fault.Invalid] if the new one may not be chosen, "signin.passphrase.same" if it is the old one; with [fault.Stale] if her account
// changed meanwhile; and with [fault.Unavailable] "signin.wait" after too many attempts.
func (s *Service) ChangePassphrase(ctx context.Context, who access.Actor, in Changing) error {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	if err := s.mayPay(ctx, who); err != nil {
		return err
	}
	if err := seal.CheckPassphrase(in.New); err != nil {
		return err
	}
	if seal.SamePassphrase(in.Old, in.New) {
		return fault.New(fault.Invalid, "signin.passphrase.same")
	}
	u, master, _, err := s.reopen(ctx, who, in.Old, in.Address)
	if err != nil {
		return err
	}
	defer master.Wipe()
	second, err := s.step(ctx, who, master, in.Code, in.Address)
	if err != nil {
		return err
	}
	if u.Locks, err = s.replaced(u, master, in.New); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.AddUnlock, string(who.User)).For("passphrase"), func(tx Tx) error {
		if err := tx.DropAttempt(ctx, attemptKey("both-", u.Login, in.Address)); err != nil {
			return err
		}
		if second != nil {
			if err := tx.DropAttempt(ctx, attemptKey("both-", "code", string(u.ID), in.Address)); err != nil {
				return err
			}
			if err := tx.SetSecond(ctx, *second); err != nil { // another use of the same code is stale
				return err
			}
		}
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		if err := s.movedIn(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.endOthers(ctx, tx, who)
	})
}

// replaced are the locks of u with one for the new passphrase in the place of every earlier one.
func (s *Service) replaced(u User, master seal.Key, passphrase string) ([]byte, error) {
	locks, err := seal.ParseLocks(u.Locks)
	if err != nil {
		return nil, err
	}
	lock, err := seal.PassphraseLock(u.ID, master, s.stretch(), passphrase, s.Pepper)
	if err != nil {
		return nil, err
	}
	locks = slices.DeleteFunc(locks, func(l seal.Lock) bool { return l.Method == seal.MethodPassphrase })
	return seal.EncodeLocks(append([]seal.Lock{lock}, locks...))
}

// step takes a code of the actor's second step and returns what is left of it; nil if she has none. Whoever has seen her passphrase and
// finds a session open must not be able to shut her out.
func (s *Service) step(ctx context.Context, who access.Actor, master seal.Key, code, address string) (*Second, error) {
	var second Second
	err := s.Read(ctx, func(tx Tx) (err error) {
		second, err = tx.Second(ctx, who.User)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if code == "" {
		return nil, fault.New(fault.Denied, "signin.code")
	}
	counters := codeCounters(who.User, address)
	if err := s.admit(ctx, counters); err != nil {
		return nil, err
	}
	in, err := s.openSecond(second, master)
	if err != nil {
		return nil, err
	}
	left, ok := in.take(code, s.now())
	if !ok {
		return nil, s.refuse(ctx, who.User, counters, fault.New(fault.Denied, "signin.code.wrong"))
	}
	second.Sealed, err = s.closeSecond(who.User, master, left)
	return &second, err
}
