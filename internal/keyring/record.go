package keyring

import (
	"context"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// MaxRecord is the size in bytes up to which one record is sealed in one piece; files are sealed in
// chunks, each a record.
const MaxRecord = 1 << 20

// Record is one sealed record of a case in clear: a person, a note, an assessment. Body is the
// canonical bytes of the noun that owns the kind.
type Record struct {
	ID          id.Record
	Compartment id.Compartment
	Kind        string // closed code
	Version     int64  // as read; 0 for a new record
	At          frame.Time
	By          id.User
	Body        []byte
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func (k *Case) field(r id.Record, kind string, c id.Compartment, version int64) []byte {
	return seal.Field{
		Node: string(k.s.Node), Table: "sealed_row", Row: string(k.ID) + "/" + string(r), Column: kind,
		Compartment: string(c), Version: version,
	}.AAD()
}

// PutIn seals and keeps a record. A new record has Version 0 and may leave ID empty; a changed one
// has the version that it was read with. It returns the record as kept, with its new version.
//
// It fails with [fault.Denied] if the case is open for reading only and the compartment is not held jointly,
// [fault.Stale] if somebody changed the record since, [fault.TooLarge] over [MaxRecord], and [fault.Conflict] if the compartment is frozen.
func (k *Case) PutIn(ctx context.Context, tx Tx, r Record) (Record, error) {
	if k.readOnly && !k.joint[r.Compartment] {
		return Record{}, fault.New(fault.Denied, "keyring.read-only")
	}
	if len(r.Body) > MaxRecord {
		return Record{}, fault.New(fault.TooLarge, "keyring.record.too-large")
	}
	if r.Compartment == "" {
		r.Compartment = k.Home()
	}
	key, err := k.compartment(r.Compartment)
	if err != nil {
		return Record{}, err
	}
	if r.ID == "" {
		r.ID = id.Ordered[id.Record](k.s.IDs)
	}
	if r.Version == 0 {
		r.At, r.By = k.s.now(), k.by
	}
	r.Version++
	sealed := key.Seal(k.field(r.ID, r.Kind, r.Compartment, r.Version), r.Body)
	row := SealedRow{
		ID: r.ID, Case: k.ID, Compartment: r.Compartment, Kind: r.Kind, Version: r.Version, At: r.At, By: r.By, Body: sealed,
	}
	return r, tx.PutRow(ctx, row)
}

// ReadIn opens one record of the case.
//
// It fails with [fault.NotFound] if the case has no such record or it was erased, [fault.Hidden] if its
// compartment is not open to the bearer, and [fault.Internal] if the row was tampered with.
func (k *Case) ReadIn(ctx context.Context, tx Tx, record id.Record) (Record, error) {
	row, err := tx.Row(ctx, record)
	if err != nil {
		return Record{}, err
	}
	return k.openRow(row)
}

// ListIn opens the records of one kind, oldest first. Records in compartments that are frozen, erased
// or not open to the bearer are left out, and counted.
//
// It fails with [fault.Internal] if a row was tampered with.
func (k *Case) ListIn(ctx context.Context, tx Tx, kind string) (records []Record, closed int, err error) {
	rows, err := tx.Rows(ctx, k.ID, kind)
	if err != nil {
		return nil, 0, err
	}
	for _, row := range rows {
		r, err := k.openRow(row)
		switch {
		case err == nil:
			records = append(records, r)
		case fault.Is(err, fault.Internal):
			return nil, 0, err
		default:
			closed++
		}
	}
	return records, closed, nil
}

// body opens a row with the key of its compartment, or with the one before it while records are being sealed anew.
func (k *Case) body(key seal.Key, row SealedRow) ([]byte, error) {
	aad := k.field(row.ID, row.Kind, row.Compartment, row.Version)
	body, err := key.Open(aad, row.Body)
	c := k.compartments[row.Compartment]
	if err == nil || len(c.Previous) == 0 {
		return body, err
	}
	old, err := key.Unwrap(c.Previous, k.s.previousAAD(c))
	if err != nil {
		return nil, err
	}
	defer old.Wipe()
	return old.Open(aad, row.Body)
}

func (k *Case) openRow(row SealedRow) (Record, error) {
	if row.Case != k.ID {
		return Record{}, fault.New(fault.NotFound, "keyring.record.missing")
	}
	key, err := k.compartment(row.Compartment)
	if err != nil {
		return Record{}, err
	}
	body, err := k.body(key, row)
	if err != nil {
		return Record{}, fault.Wrap(fault.Internal, "keyring.record.tampered", err)
	}
	return Record{
		ID: row.ID, Compartment: row.Compartment, Kind: row.Kind, Version: row.Version, At: row.At, By: row.By, Body: body,
	}, nil
}
