package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ signin.Tx      = (*Tx)(nil)
	_ signin.TouchTx = (*EphemeralTx)(nil)
)

func roles(column string) []access.Role {
	var out []access.Role
	for _, r := range split(column) {
		out = append(out, access.Role(r))
	}
	return out
}

func roleCodes(all []access.Role) string {
	list := make([]string, len(all))
	for i, r := range all {
		list[i] = string(r)
	}
	return codes(list)
}

func account(r rows.Account) signin.User {
	return signin.User{
		ID: id.User(r.ID), Login: r.Login, Name: r.Name, Office: roles(r.Office), Language: r.Language, Zone: r.Zone,
		State: signin.State(r.State), Demo: r.Demo, KEM: r.Kem, Sign: r.Sign, Keys: r.Keys, Locks: r.Locks,
		Created: frame.Time(r.Created), Version: r.Version, Linker: id.User(r.Linker), Waits: r.Waits, LetInBy: id.User(r.LetInBy),
		LetIn: r.LetIn, LetInProof: r.LetInProof,
	}
}

// User returns an account; [fault.NotFound] if there is none.
func (tx *Tx) User(ctx context.Context, user id.User) (signin.User, error) {
	r, err := tx.q.Account(ctx, string(user))
	if err != nil {
		return signin.User{}, explain(err)
	}
	return account(r), nil
}

// UserByLogin returns the account with that login; [fault.NotFound] if there is none.
func (tx *Tx) UserByLogin(ctx context.Context, login string) (signin.User, error) {
	r, err := tx.q.AccountByLogin(ctx, login)
	if err != nil {
		return signin.User{}, explain(err)
	}
	return account(r), nil
}

// Users returns every account, in order of login.
func (tx *Tx) Users(ctx context.Context) ([]signin.User, error) {
	all, err := tx.q.Accounts(ctx)
	return each(all, err, account)
}

// AddUser keeps a new account; [fault.Conflict] if the login is taken.
func (tx *Tx) AddUser(ctx context.Context, u signin.User) error {
	n, err := tx.q.AddAccount(ctx, rows.AddAccountParams{
		ID: string(u.ID), Login: u.Login, Name: u.Name, Office: roleCodes(u.Office), Language: u.Language, Zone: u.Zone,
		State: string(u.State), Demo: u.Demo, Kem: filled(u.KEM), Sign: filled(u.Sign), Keys: filled(u.Keys),
		Locks: filled(u.Locks), Created: int64(u.Created), Version: u.Version, Linker: string(u.Linker), Waits: u.Waits, LetInBy: string(u.LetInBy),
		LetIn: u.LetIn, LetInProof: u.LetInProof,
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.login.taken")
	}
	return explain(err)
}

// SetUser replaces an account; [fault.Stale] if its stored version is another.
func (tx *Tx) SetUser(ctx context.Context, u signin.User) error {
	n, err := tx.q.SetAccount(ctx, rows.SetAccountParams{
		ID: string(u.ID), Name: u.Name, Office: roleCodes(u.Office), Language: u.Language, Zone: u.Zone, State: string(u.State),
		Kem: filled(u.KEM), Sign: filled(u.Sign), Keys: filled(u.Keys), Locks: filled(u.Locks), Version: u.Version, Linker: string(u.Linker), Waits: u.Waits, LetInBy: string(u.LetInBy),
		LetIn: u.LetIn, LetInProof: u.LetInProof,
	})
	return changed(n, err)
}

// AddInvitation keeps an invitation.
func (tx *Tx) AddInvitation(ctx context.Context, i signin.Invitation) error {
	return explain(tx.q.AddInvitation(ctx, rows.AddInvitationParams{Hash: i.Hash, UserID: string(i.User), Ends: int64(i.Ends), Maker: string(i.Maker), Proof: i.Proof}))
}

// Invitation returns the invitation with that hash; [fault.NotFound] if there is none.
func (tx *Tx) Invitation(ctx context.Context, hash []byte) (signin.Invitation, error) {
	r, err := tx.q.Invitation(ctx, hash)
	if err != nil {
		return signin.Invitation{}, explain(err)
	}
	return signin.Invitation{Hash: r.Hash, User: id.User(r.UserID), Maker: id.User(r.Maker), Ends: frame.Time(r.Ends), Proof: r.Proof}, nil
}

// TakeInvitation returns and deletes the invitation with that hash; [fault.NotFound] if there is none.
func (tx *Tx) TakeInvitation(ctx context.Context, hash []byte) (signin.Invitation, error) {
	i, err := tx.Invitation(ctx, hash)
	if err != nil {
		return i, err
	}
	return i, explain(tx.q.DropInvitation(ctx, hash))
}

// DropInvitations deletes the invitations of a user.
func (tx *Tx) DropInvitations(ctx context.Context, user id.User) error {
	return explain(tx.q.DropInvitations(ctx, string(user)))
}

func signedIn(r rows.Session) signin.Session {
	return signin.Session{
		ID: id.Session(r.ID), User: id.User(r.UserID), Hash: r.Hash, Sealed: r.Sealed, Role: access.Role(r.Role), Desk: id.Desk(r.Desk),
		Address: r.Address, Created: frame.Time(r.Created), Seen: frame.Time(r.Seen), Ends: frame.Time(r.Ends), Owes: r.Owes, Unlinked: r.Unlinked,
	}
}

// AddSession keeps a session.
func (tx *Tx) AddSession(ctx context.Context, s signin.Session) error {
	return explain(tx.q.AddSession(ctx, rows.AddSessionParams{
		ID: string(s.ID), UserID: string(s.User), Hash: s.Hash, Sealed: s.Sealed, Role: string(s.Role), Desk: string(s.Desk),
		Address: s.Address, Created: int64(s.Created), Seen: int64(s.Seen), Ends: int64(s.Ends), Owes: s.Owes, Unlinked: s.Unlinked,
	}))
}

// SessionByHash returns the session with that hash; [fault.NotFound] if there is none.
func (tx *Tx) SessionByHash(ctx context.Context, hash []byte) (signin.Session, error) {
	r, err := tx.q.SessionByHash(ctx, hash)
	if err != nil {
		return signin.Session{}, explain(err)
	}
	return signedIn(r), nil
}

// SessionsOf returns the sessions of a user, oldest first.
func (tx *Tx) SessionsOf(ctx context.Context, user id.User) ([]signin.Session, error) {
	all, err := tx.q.SessionsOf(ctx, string(user))
	return each(all, err, signedIn)
}

// SetSession changes the place of a session; [fault.NotFound] if it is over.
func (tx *Tx) SetSession(ctx context.Context, s signin.Session) error {
	n, err := tx.q.SetSessionPlace(ctx, rows.SetSessionPlaceParams{
		ID: string(s.ID), Role: string(s.Role), Desk: string(s.Desk), Seen: int64(s.Seen), Owes: s.Owes, Unlinked: s.Unlinked,
	})
	return present(n, err)
}

// DropSession deletes a session.
func (tx *Tx) DropSession(ctx context.Context, s id.Session) error {
	return explain(tx.q.DropSession(ctx, string(s)))
}

// DropSessionsOf deletes the sessions of a user.
func (tx *Tx) DropSessionsOf(ctx context.Context, user id.User) error {
	return explain(tx.q.DropSessionsOf(ctx, string(user)))
}

// SeeSession notes when a session was last used.
func (e *EphemeralTx) SeeSession(ctx context.Context, s id.Session, at frame.Time) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.SeeSession(e.tx.ctx, rows.SeeSessionParams{ID: string(s), Seen: int64(at)}))
}

// DropSessionsBefore deletes sessions that ended before now or were last seen before idle.
func (e *EphemeralTx) DropSessionsBefore(ctx context.Context, now, idle frame.Time) (int64, error) {
	if err := e.tx.writes(ctx); err != nil {
		return 0, err
	}
	n, err := e.tx.q.DropSessionsBefore(e.tx.ctx, rows.DropSessionsBeforeParams{Ends: int64(now), Seen: int64(idle)})
	return n, explain(err)
}

// Attempt returns the counter under key, zero if there is none.
func (tx *Tx) Attempt(ctx context.Context, key string) (signin.Attempt, error) {
	r, _, err := one(tx.q.Attempt(ctx, key))
	return signin.Attempt{Key: key, Count: r.Count, Until: frame.Time(r.Until)}, err
}

// SetAttempt keeps a counter.
func (tx *Tx) SetAttempt(ctx context.Context, a signin.Attempt) error {
	return explain(tx.q.SetAttempt(ctx, rows.SetAttemptParams{Key: a.Key, Count: a.Count, Until: int64(a.Until)}))
}

// DropAttempt deletes a counter.
func (tx *Tx) DropAttempt(ctx context.Context, key string) error {
	return explain(tx.q.DropAttempt(ctx, key))
}
