package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// PutRow keeps a sealed row whose stored version is r.Version-1, with 0 for a row that is not there.
// Case and kind of a row never change.
//
// It fails with [fault.Stale] if another version is stored, and with [fault.Conflict] if the rows of
// the case are not those that the log stands for.
func (tx *Tx) PutRow(ctx context.Context, r keyring.SealedRow) error {
	if err := tx.touch(ctx, r.Case); err != nil {
		return err
	}
	sum := sha256.Sum256(r.Body)
	at := int64(frame.At(tx.now))
	var n int64
	var err error
	if r.Version == 1 {
		n, err = tx.q.AddSealedRow(tx.ctx, rows.AddSealedRowParams{
			ID: string(r.ID), CaseID: string(r.Case), CompartmentID: string(r.Compartment), Kind: r.Kind,
			Created: int64(r.At), Updated: at, Author: string(r.By), Digest: sum[:], Body: filled(r.Body),
		})
	} else {
		n, err = tx.q.SetSealedRow(tx.ctx, rows.SetSealedRowParams{
			ID: string(r.ID), CaseID: string(r.Case), CompartmentID: string(r.Compartment), Kind: r.Kind,
			Version: r.Version, Updated: at, Author: string(r.By), Digest: sum[:], Body: filled(r.Body),
		})
	}
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.row.version")
	}
	return nil
}

// Reseal keeps another body for a row that is as r says, with the same version: the same record under another key.
//
// It fails with [fault.Stale] if the row is another by now, and as [Tx.PutRow].
func (tx *Tx) Reseal(ctx context.Context, r keyring.SealedRow, body []byte) error {
	if err := tx.touch(ctx, r.Case); err != nil {
		return err
	}
	was, sum := sha256.Sum256(r.Body), sha256.Sum256(body)
	n, err := tx.q.ResealRow(tx.ctx, rows.ResealRowParams{
		ID: string(r.ID), CaseID: string(r.Case), Version: r.Version, Was: was[:], Digest: sum[:], Body: filled(body),
	})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.row.version")
	}
	return nil
}

// Row returns one sealed row.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Row(ctx context.Context, r id.Record) (keyring.SealedRow, error) {
	if err := tx.ready(ctx); err != nil {
		return keyring.SealedRow{}, err
	}
	found, err := tx.q.SealedRow(tx.ctx, string(r))
	if err != nil {
		return keyring.SealedRow{}, explain(err)
	}
	return sealed(rows.SealedRowsRow(found)), nil
}

func sealed(r rows.SealedRowsRow) keyring.SealedRow {
	return keyring.SealedRow{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), Compartment: id.Compartment(r.CompartmentID), Kind: r.Kind,
		Version: r.Version, At: frame.Time(r.Created), By: id.User(r.Author), Body: r.Body,
	}
}

// Rows returns the rows of a case of one kind, oldest first; of every kind if kind is empty.
func (tx *Tx) Rows(ctx context.Context, c id.Case, kind string) ([]keyring.SealedRow, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	if kind == "" {
		all, err := tx.q.SealedRows(tx.ctx, string(c))
		return each(all, err, sealed)
	}
	all, err := tx.q.SealedRowsOfKind(tx.ctx, rows.SealedRowsOfKindParams{CaseID: string(c), Kind: kind})
	return each(all, err, func(r rows.SealedRowsOfKindRow) keyring.SealedRow { return sealed(rows.SealedRowsRow(r)) })
}

// DropRows deletes the rows of a compartment. The change must name every case that loses rows.
func (tx *Tx) DropRows(ctx context.Context, c id.Compartment) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	cases, err := tx.q.CasesOfCompartment(tx.ctx, string(c))
	if err != nil {
		return explain(err)
	}
	for _, of := range cases {
		if err := tx.touch(ctx, id.Case(of)); err != nil {
			return err
		}
	}
	_, err = tx.q.DropSealedRows(tx.ctx, string(c))
	return explain(err)
}

// ManifestMatches reports whether the rows of a case, read and hashed anew, are those that the newest
// audit entry about a change of the case was written for. After a change in this transaction it says
// what held before it.
func (tx *Tx) ManifestMatches(ctx context.Context, c id.Case) (bool, error) {
	if err := tx.ready(ctx); err != nil {
		return false, err
	}
	if tx.touched[c] {
		return true, nil
	}
	all, err := tx.q.SealedRows(tx.ctx, string(c))
	if err != nil {
		return false, explain(err)
	}
	digests, err := tx.q.SealedDigests(tx.ctx, string(c))
	if err != nil {
		return false, explain(err)
	}
	kept := make(map[string][]byte, len(digests))
	for _, d := range digests {
		kept[d.ID] = d.Digest
	}
	for _, r := range all {
		if sum := sha256.Sum256(r.Body); !bytes.Equal(sum[:], kept[r.ID]) {
			return false, nil
		}
	}
	return tx.matches(c, manifestOf(c, digests))
}

// matches reports whether hash is what the newest entry about a change of the case carries.
func (tx *Tx) matches(c id.Case, hash string) (bool, error) {
	m, found, err := one(tx.q.CaseManifest(tx.ctx, string(c)))
	if err != nil {
		return false, err
	}
	if !found {
		return hash == manifestOf(c, nil), nil
	}
	if m.Manifest != hash {
		return false, nil
	}
	if err := tx.settle(); err != nil {
		return false, err
	}
	data, found, err := one(tx.q.AuditPayload(tx.ctx, m.Place))
	if err != nil || !found { // the payload may have been erased after its time: then the row alone stands for it
		return err == nil, err
	}
	entry, err := audit.ParseEntry(data)
	if err != nil {
		return false, nil
	}
	return entry.Case == c && entry.Manifest == hash, nil
}

// touch notes that rows of the case change, after checking once that they were what the log says.
func (tx *Tx) touch(ctx context.Context, c id.Case) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if c == "" {
		return fault.New(fault.Invalid, "store.case.empty")
	}
	if tx.touched[c] {
		return nil
	}
	hash, err := tx.manifest(c)
	if err != nil {
		return err
	}
	ok, err := tx.matches(c, hash)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Conflict, "store.manifest")
	}
	if tx.touched == nil {
		tx.touched = make(map[id.Case]bool)
	}
	tx.touched[c] = true
	return nil
}

// manifest returns the hash of the version manifest of the case as its rows are now.
func (tx *Tx) manifest(c id.Case) (string, error) {
	digests, err := tx.q.SealedDigests(tx.ctx, string(c))
	if err != nil {
		return "", explain(err)
	}
	return manifestOf(c, digests), nil
}

// manifestOf hashes which rows a case has, in which compartment, version and ciphertext, ordered by
// their identifiers (spec/keys.md, version manifest).
func manifestOf(c id.Case, all []rows.SealedDigestsRow) string {
	h := sha256.New()
	h.Write(frame.JoinText("opentrm/manifest/1", string(c)))
	for _, r := range all {
		version := binary.BigEndian.AppendUint64(nil, uint64(r.Version))
		h.Write(frame.Join([]byte(r.ID), []byte(r.CompartmentID), version, r.Digest))
	}
	return hex.EncodeToString(h.Sum(nil))
}
