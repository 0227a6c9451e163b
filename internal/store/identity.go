package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func identityOf(r rows.Identity) signin.Identity {
	return signin.Identity{
		ID: r.ID, User: id.User(r.UserID), Issuer: r.Issuer, Mark: r.Mark, Made: frame.Time(r.Made), By: id.User(r.MadeBy), Used: frame.Time(r.Used),
	}
}

// AddIdentity keeps an identity; [fault.Conflict] if it is linked to somebody.
func (tx *Tx) AddIdentity(ctx context.Context, i signin.Identity) error {
	n, err := tx.q.AddIdentity(ctx, rows.AddIdentityParams{
		ID: i.ID, UserID: string(i.User), Issuer: i.Issuer, Mark: i.Mark, Made: int64(i.Made), MadeBy: string(i.By),
	})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.issuer.linked")
	}
	return explain(err)
}

// Identity returns an identity; [fault.NotFound] if there is none.
func (tx *Tx) Identity(ctx context.Context, i string) (signin.Identity, error) {
	r, err := tx.q.Identity(ctx, i)
	if err != nil {
		return signin.Identity{}, explain(err)
	}
	return identityOf(r), nil
}

// IdentityByMark returns the identity with that mark; [fault.NotFound] if there is none.
func (tx *Tx) IdentityByMark(ctx context.Context, mark []byte) (signin.Identity, error) {
	r, err := tx.q.IdentityByMark(ctx, mark)
	if err != nil {
		return signin.Identity{}, explain(err)
	}
	return identityOf(r), nil
}

// IdentitiesOf returns the identities of a user, oldest first.
func (tx *Tx) IdentitiesOf(ctx context.Context, user id.User) ([]signin.Identity, error) {
	all, err := tx.q.IdentitiesOf(ctx, string(user))
	return each(all, err, identityOf)
}

// UseIdentity notes that an identity was used.
func (tx *Tx) UseIdentity(ctx context.Context, i string, at frame.Time) error {
	return explain(tx.q.UseIdentity(ctx, rows.UseIdentityParams{ID: i, Used: int64(at)}))
}

// DropIdentity deletes an identity; [fault.NotFound] if there is none.
func (tx *Tx) DropIdentity(ctx context.Context, i string) error {
	n, err := tx.q.DropIdentity(ctx, i)
	return present(n, err)
}
