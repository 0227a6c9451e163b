package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func passkeyOf(r rows.Passkey) signin.Passkey {
	return signin.Passkey{
		ID: r.ID, User: id.User(r.UserID), Name: r.Name, Made: frame.Time(r.Made), Used: frame.Time(r.Used),
		Credential: passkey.Credential{ID: r.Credential, Key: r.Key, Algorithm: int(r.Algorithm), Count: uint32(r.Count), Moves: r.Moves},
	}
}

// AddPasskey keeps a passkey; [fault.Conflict] if it is there.
func (tx *Tx) AddPasskey(ctx context.Context, p signin.Passkey) error {
	n, err := tx.q.AddPasskey(ctx, rows.AddPasskeyParams{
		ID: p.ID, UserID: string(p.User), Name: p.Name, Credential: p.Credential.ID, Key: p.Credential.Key,
		Algorithm: int64(p.Credential.Algorithm), Count: int64(p.Credential.Count), Moves: p.Credential.Moves, Made: int64(p.Made),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.passkey.taken")
	}
	return explain(err)
}

// Passkey returns a passkey; [fault.NotFound] if there is none.
func (tx *Tx) Passkey(ctx context.Context, p string) (signin.Passkey, error) {
	r, err := tx.q.Passkey(ctx, p)
	if err != nil {
		return signin.Passkey{}, explain(err)
	}
	return passkeyOf(r), nil
}

// PasskeysOf returns the passkeys of a user, oldest first.
func (tx *Tx) PasskeysOf(ctx context.Context, user id.User) ([]signin.Passkey, error) {
	all, err := tx.q.PasskeysOf(ctx, string(user))
	return each(all, err, passkeyOf)
}

// UsePasskey notes that a passkey was used and what its counter says; [fault.Stale] if that was not before when it was read.
func (tx *Tx) UsePasskey(ctx context.Context, p string, before, count uint32, at frame.Time) error {
	n, err := tx.q.UsePasskey(ctx, rows.UsePasskeyParams{ID: p, Before: int64(before), Count: int64(count), Used: int64(at)})
	return changed(n, err)
}

// DropPasskey deletes a passkey; [fault.NotFound] if there is none.
func (tx *Tx) DropPasskey(ctx context.Context, p string) error {
	n, err := tx.q.DropPasskey(ctx, p)
	return present(n, err)
}

// DropPasskeysOf deletes the passkeys of a user.
func (tx *Tx) DropPasskeysOf(ctx context.Context, user id.User) error {
	return explain(tx.q.DropPasskeysOf(ctx, string(user)))
}

// SpendChallenge notes that a challenge was answered; [fault.Conflict] if it was before.
func (tx *Tx) SpendChallenge(ctx context.Context, mark []byte, ends frame.Time) error {
	n, err := tx.q.SpendChallenge(ctx, rows.SpendChallengeParams{Mark: mark, Ends: int64(ends)})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.passkey.late")
	}
	return explain(err)
}

// DropSpentChallenges forgets the answered challenges whose time is over.
func (e *EphemeralTx) DropSpentChallenges(ctx context.Context, now frame.Time) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.DropSpentChallenges(e.tx.ctx, int64(now)))
}

// Second returns the second step of a user's sign-in; [fault.NotFound] if she has none.
func (tx *Tx) Second(ctx context.Context, user id.User) (signin.Second, error) {
	r, err := tx.q.SecondStep(ctx, string(user))
	if err != nil {
		return signin.Second{}, explain(err)
	}
	return signin.Second{User: id.User(r.UserID), Sealed: r.Sealed, Version: r.Version}, nil
}

// AddSecond keeps a second step; [fault.Conflict] if the user has one.
func (tx *Tx) AddSecond(ctx context.Context, s signin.Second) error {
	n, err := tx.q.AddSecondStep(ctx, rows.AddSecondStepParams{UserID: string(s.User), Sealed: s.Sealed})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.second.there")
	}
	return explain(err)
}

// SetSecond replaces a second step; [fault.Stale] if its stored version is another.
func (tx *Tx) SetSecond(ctx context.Context, s signin.Second) error {
	n, err := tx.q.SetSecondStep(ctx, rows.SetSecondStepParams{UserID: string(s.User), Sealed: s.Sealed, Version: s.Version})
	return changed(n, err)
}

// DropSecond deletes the second step of a user.
func (tx *Tx) DropSecond(ctx context.Context, user id.User) error {
	return explain(tx.q.DropSecondStep(ctx, string(user)))
}
