package signin

import (
	"bytes"
	"context"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// relock makes anew, with the present pepper, the lock of that number which an earlier one has opened, and returns the
// locks of u. They stay as they are if it has no number, or if the passphrase would not be taken today.
func (s *Service) relock(u User, number int, master seal.Key, passphrase string) []byte {
	if number < 0 {
		return u.Locks
	}
	locks, err := seal.ParseLocks(u.Locks)
	if err != nil {
		return u.Locks
	}
	if locks[number], err = seal.PassphraseLock(u.ID, master, s.stretch(), passphrase, s.Pepper); err != nil {
		return u.Locks
	}
	b, err := seal.EncodeLocks(locks)
	if err != nil {
		return u.Locks
	}
	return b
}

// move keeps other locks of a user, unless she has changed since u was read: the next sign-in tries again.
func (s *Service) move(ctx context.Context, tx Tx, u User, locks []byte) error {
	if bytes.Equal(locks, u.Locks) {
		return nil
	}
	now, err := tx.User(ctx, u.ID)
	if err != nil || now.Version != u.Version {
		return err
	}
	now.Locks = locks
	if err := tx.SetUser(ctx, now); err != nil {
		return err
	}
	return s.movedIn(ctx, tx, u.ID)
}

// movedIn notes that the lock of user needs no pepper of an earlier node.secret. When nobody needs them they go. Who has several locks is
// not noted: each is made anew when it opens, and which of them were is not known.
func (s *Service) movedIn(ctx context.Context, tx Tx, user id.User) error {
	p, err := keyring.PeppersIn(ctx, tx)
	if err != nil || len(p.Former) == 0 {
		return err
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return err
	}
	var all []id.User
	for _, u := range users {
		if u.State != Active || len(u.Locks) == 0 {
			continue
		}
		if locks, err := seal.ParseLocks(u.Locks); u.ID == user && (err != nil || len(locks) > 1) {
			return nil // another of her locks may open with an earlier pepper only, and nobody can tell
		}
		all = append(all, u.ID)
	}
	return p.Move(user, all).KeepIn(ctx, tx)
}
