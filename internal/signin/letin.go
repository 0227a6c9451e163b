package signin

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// resource is how the office of an account stands before the policies: whoever made the link could have made the keys too.
func (u User) resource() access.Resource {
	return access.Resource{Noun: "user", ID: string(u.ID), Realm: access.Office, Owner: u.ID, Maker: u.Linker}
}

// LetIn opens the office of an account whose link an administrator made. Somebody else of the office has compared the fingerprint of its
// keys with the one that its owner reads aloud, and signs that, so that no administrator makes a second person of her own. A desk is let in by
// its members.
//
// It fails with [fault.Denied], [fault.NotFound], [fault.Conflict] "signin.office.not-now" if the account does not wait, and
// [fault.Invalid] "signin.office.fingerprint" if the fingerprint is of other keys, and [fault.Locked] if the keys of who compared are not open.
func (s *Service) LetIn(ctx context.Context, by keyring.Bearer, user id.User, key id.Key) error {
	var u User
	may := func(tx Tx) (err error) {
		if u, err = tx.User(ctx, user); err != nil {
			return err
		}
		if err := s.VouchIn(ctx, tx, &u); err != nil {
			return err
		}
		return mayLetIn(by.Actor, u)
	}
	if err := s.Read(ctx, may); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.ConfirmUser, string(user)), func(tx Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		if u.State != Active || !u.Waits {
			return fault.New(fault.Conflict, "signin.office.not-now")
		}
		if key == "" || u.Account().Fingerprint != key {
			return fault.New(fault.Invalid, "signin.office.fingerprint").With("field", "fingerprint")
		}
		grounds := Compared
		if by.Role == access.Operator {
			grounds = Machine
		}
		if err := s.write(ctx, tx, &u, grounds, by); err != nil {
			return err
		}
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		return s.office(ctx, tx, u)
	})
}

// ask lets the office of u wait if an administrator made her link. The first account that a node gets beside that of its first administrator
// has nobody who could compare: it was let in with the machine.
func (s *Service) ask(ctx context.Context, tx Tx, u *User, maker id.User) error {
	u.Linker, u.LetInBy, u.Waits, u.LetIn, u.LetInProof = maker, "", false, "", ""
	if len(u.Office) == 0 {
		return nil
	}
	if maker == "" {
		return s.write(ctx, tx, u, Machine, keyring.Bearer{})
	}
	all, err := tx.Users(ctx)
	if err != nil {
		return err
	}
	grounds := First
	if slices.ContainsFunc(all, func(other User) bool { // whoever has left could have, too: nobody is made to leave for this
		return other.ID != maker && other.ID != u.ID && len(other.KEM) > 0 && slices.ContainsFunc(other.Office, compares)
	}) {
		grounds = Asked
	}
	return s.write(ctx, tx, u, grounds, keyring.Bearer{})
}

// compares reports whether people of an office role let others in.
func compares(r access.Role) bool {
	who := access.Actor{User: "somebody", Role: r, Realm: access.Office}
	return access.Check(who, access.ConfirmUser, access.Resource{Noun: "user", ID: "other", Realm: access.Office, Owner: "other", Maker: "maker"}) == nil
}

// Waiting returns the accounts whose office who could let in, in the order of their logins.
func (s *Service) Waiting(ctx context.Context, who access.Actor) ([]Account, error) {
	all := []Account{}
	err := s.Read(ctx, func(tx Tx) error {
		users, err := s.UsersIn(ctx, tx)
		for _, u := range users {
			if MayLetIn(who, u) {
				all = append(all, u.Account())
			}
		}
		return err
	})
	return all, err
}

// MayLetIn reports whether who could let the office of u in.
func MayLetIn(who access.Actor, u User) bool {
	return u.State == Active && u.Waits && mayLetIn(who, u) == nil
}

// mayLetIn is [MayLetIn] for whatever state. Whose link nobody is known to have made is let in at the machine only.
func mayLetIn(who access.Actor, u User) error {
	if u.Linker == unproven && who.Role != access.Operator {
		return fault.New(fault.Denied, "access.denied")
	}
	return access.Check(who, access.ConfirmUser, u.resource())
}

// office calls what the wiring does about an account that waits or no longer does.
func (s *Service) office(ctx context.Context, tx Tx, u User) error {
	if s.OfficeWaits == nil || len(u.Office) == 0 {
		return nil
	}
	return s.OfficeWaits(ctx, tx, u)
}
