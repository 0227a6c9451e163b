package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// Escrow returns node.secret as it is sealed to the recovery key; [fault.NotFound] if it is not.
func (tx *Tx) Escrow(ctx context.Context) (keyring.Escrow, error) {
	r, err := tx.q.Escrow(ctx)
	if err != nil {
		return keyring.Escrow{}, explain(err)
	}
	return keyring.Escrow{
		Recovery: id.Key(r.Recovery), Sealed: r.Sealed, Proof: r.Proof, Made: frame.Time(r.Made), Used: frame.Time(r.Used),
	}, nil
}

// SetEscrow replaces it.
func (tx *Tx) SetEscrow(ctx context.Context, e keyring.Escrow) error {
	return explain(tx.q.SetEscrow(ctx, rows.SetEscrowParams{
		Recovery: string(e.Recovery), Sealed: filled(e.Sealed), Proof: filled(e.Proof), Made: int64(e.Made), Used: int64(e.Used),
	}))
}

// Papers returns which officers have written down their share.
func (tx *Tx) Papers(ctx context.Context) ([]keyring.PaperTaken, error) {
	all, err := tx.q.Papers(ctx)
	return each(all, err, func(r rows.RecoveryPaper) keyring.PaperTaken {
		return keyring.PaperTaken{User: id.User(r.UserID), Recovery: id.Key(r.Recovery), At: frame.Time(r.At)}
	})
}

// AddPaper notes that an officer has written down her share; [fault.Conflict] if she has before.
func (tx *Tx) AddPaper(ctx context.Context, p keyring.PaperTaken) error {
	return explain(tx.q.AddPaper(ctx, rows.AddPaperParams{UserID: string(p.User), Recovery: string(p.Recovery), At: int64(p.At)}))
}

// DropPapers forgets who has written down her share, because the shares are new.
func (tx *Tx) DropPapers(ctx context.Context) error {
	return explain(tx.q.DropPapers(ctx))
}
