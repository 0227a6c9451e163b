package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func program(r rows.ServiceAccount) signin.Program {
	p := signin.Program{
		ID: id.User(r.ID), Name: r.Name, Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm), Purposes: []signin.Purpose{}, Networks: strings.Fields(r.Networks),
		Days: r.Days, State: signin.ProgramState(r.State), Maker: id.User(r.Maker), Made: frame.Time(r.Made), Confirmer: id.User(r.Confirmer),
		Confirmed: frame.Time(r.Confirmed), Epoch: r.Epoch, Ends: frame.Time(r.Ends), Digest: r.Digest, Drawn: frame.Time(r.Drawn),
		Used: frame.Time(r.Used), UsedFrom: r.UsedFrom, Revoked: frame.Time(r.Revoked), Revoker: id.User(r.Revoker), Version: r.Version,
	}
	for _, w := range strings.Fields(r.Purposes) {
		p.Purposes = append(p.Purposes, signin.Purpose(w))
	}
	return p
}

// AddProgram keeps a new service account.
func (tx *Tx) AddProgram(ctx context.Context, p signin.Program) error {
	purposes := make([]string, len(p.Purposes))
	for i, w := range p.Purposes {
		purposes[i] = string(w)
	}
	return explain(tx.q.AddServiceAccount(ctx, rows.AddServiceAccountParams{
		ID: string(p.ID), Name: p.Name, Desk: string(p.Desk), Realm: string(p.Realm), Purposes: strings.Join(purposes, " "),
		Networks: strings.Join(p.Networks, " "), Days: p.Days, State: string(p.State), Maker: string(p.Maker), Made: int64(p.Made),
		Confirmer: string(p.Confirmer), Confirmed: int64(p.Confirmed), Epoch: p.Epoch, Ends: int64(p.Ends), Digest: filled(p.Digest), Drawn: int64(p.Drawn),
	}))
}

// SetProgram replaces what was decided of a service account; [fault.Stale] if its stored version is another.
func (tx *Tx) SetProgram(ctx context.Context, p signin.Program) error {
	return changed(tx.q.SetServiceAccount(ctx, rows.SetServiceAccountParams{
		ID: string(p.ID), State: string(p.State), Confirmer: string(p.Confirmer), Confirmed: int64(p.Confirmed), Epoch: p.Epoch, Ends: int64(p.Ends),
		Digest: filled(p.Digest), Drawn: int64(p.Drawn), Revoked: int64(p.Revoked), Revoker: string(p.Revoker), Version: p.Version,
	}))
}

// Program returns one service account; [fault.NotFound] if there is none.
func (tx *Tx) Program(ctx context.Context, p id.User) (signin.Program, error) {
	r, err := tx.q.ServiceAccount(ctx, string(p))
	if err != nil {
		return signin.Program{}, explain(err)
	}
	return program(r), nil
}

// Programs returns the service accounts, oldest first.
func (tx *Tx) Programs(ctx context.Context) ([]signin.Program, error) {
	all, err := tx.q.ServiceAccounts(ctx)
	return each(all, err, program)
}

// SeeProgram notes when a service account was last used, and from which network.
func (e *EphemeralTx) SeeProgram(ctx context.Context, p id.User, at frame.Time, from string) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.SeeServiceAccount(e.tx.ctx, rows.SeeServiceAccountParams{ID: string(p), Used: int64(at), UsedFrom: from}))
}
