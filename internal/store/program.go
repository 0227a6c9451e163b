package store

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func reader(r rows.ServiceAccount) keyring.Reader {
	return keyring.Reader{
		User: id.User(r.ID), Desk: id.Desk(r.Desk), KEM: r.Kem, ByDesk: r.ByDesk, DeskProof: r.DeskProof, ByOfficer: r.ByOfficer, OfficerMark: r.OfficerMark,
	}
}

func program(r rows.ServiceAccount) signin.Program {
	p := signin.Program{
		ID: id.User(r.ID), Name: r.Name, Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm), Purposes: []signin.Purpose{}, Networks: strings.Fields(r.Networks),
		Days: r.Days, State: signin.ProgramState(r.State), Maker: id.User(r.Maker), Made: frame.Time(r.Made), Confirmer: id.User(r.Confirmer),
		Confirmed: frame.Time(r.Confirmed), Epoch: r.Epoch, Ends: frame.Time(r.Ends), Digest: r.Digest, Drawn: frame.Time(r.Drawn),
		Used: frame.Time(r.Used), UsedFrom: r.UsedFrom, Revoked: frame.Time(r.Revoked), Revoker: id.User(r.Revoker), Version: r.Version,
		Quota: r.Quota, Day: r.Day, Opened: r.Opened, Keys: r.Keys, Locks: r.Locks, Grants: reader(r),
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
		Quota: p.Quota, Kem: filled(p.Grants.KEM), Keys: filled(p.Keys), Locks: filled(p.Locks),
	}))
}

// SetProgram replaces what was decided of a service account; [fault.Stale] if its stored version is another.
func (tx *Tx) SetProgram(ctx context.Context, p signin.Program) error {
	return changed(tx.q.SetServiceAccount(ctx, rows.SetServiceAccountParams{
		ID: string(p.ID), State: string(p.State), Confirmer: string(p.Confirmer), Confirmed: int64(p.Confirmed), Epoch: p.Epoch, Ends: int64(p.Ends),
		Digest: filled(p.Digest), Drawn: int64(p.Drawn), Revoked: int64(p.Revoked), Revoker: string(p.Revoker), Version: p.Version,
		Kem: filled(p.Grants.KEM), Keys: filled(p.Keys), Locks: filled(p.Locks), ByDesk: p.Grants.ByDesk, DeskProof: p.Grants.DeskProof,
		ByOfficer: p.Grants.ByOfficer, OfficerMark: p.Grants.OfficerMark,
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

// CountProgram counts an opening of a service account on a day, and returns how many there were.
func (e *EphemeralTx) CountProgram(ctx context.Context, p id.User, day int64) (int64, error) {
	if err := e.tx.writes(ctx); err != nil {
		return 0, err
	}
	n, err := e.tx.q.CountServiceAccount(e.tx.ctx, rows.CountServiceAccountParams{ID: string(p), Day: day})
	return n, explain(err)
}

// Readers returns the service accounts that read at a desk and are not revoked.
func (tx *Tx) Readers(ctx context.Context, desk id.Desk) ([]keyring.Reader, error) {
	all, err := tx.q.ReadersAt(ctx, string(desk))
	return each(all, err, reader)
}

// SetReader replaces the grants of a service account and their proofs.
func (tx *Tx) SetReader(ctx context.Context, r keyring.Reader) error {
	return changed(tx.q.SetReaderGrants(ctx, rows.SetReaderGrantsParams{
		ID: string(r.User), ByDesk: r.ByDesk, DeskProof: r.DeskProof, ByOfficer: r.ByOfficer, OfficerMark: r.OfficerMark,
	}))
}
