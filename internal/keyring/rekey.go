package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// renewable reports whether who opens the case can give a compartment another key. What is kept by law is out of
// reach of the case key, and what is erased has none.
func (c Compartment) renewable() bool { return c.State == Open || c.State == Frozen }

// Rekeying reports whether records of the case are still to be sealed under the keys that [Case.RekeyIn] made.
func (k *Case) Rekeying() bool {
	for _, c := range k.compartments {
		if c.renewable() && len(c.Previous) > 0 {
			return true
		}
	}
	return false
}

// RekeyIn gives the case, and every compartment that its key opens, new keys. The old case key is destroyed at once:
// it sealed nothing but keys of compartments. The old key of a compartment rests under the new one until
// [Case.ResealIn] has sealed the last record anew. Every desk that held a key holds the new one, whatever its reason
// and time; holds whose time is over are dropped. A compartment that is kept by law stays as it is.
//
// It fails with [fault.Denied] if the case is not open whole and for writing, [fault.Conflict] if the keys before these
// are still needed, and "keyring.desk.no-pair" if a desk that holds a key cannot be sealed to, and as
// [Service.OpenDeskIn].
func (k *Case) RekeyIn(ctx context.Context, tx Tx, by Bearer) error {
	if k.readOnly || !k.whole {
		return fault.New(fault.Denied, "keyring.read-only")
	}
	if k.Rekeying() {
		return fault.New(fault.Conflict, "keyring.rekey.unfinished")
	}
	d, err := k.s.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return err
	}
	whole, fresh := seal.NewKey(k.s.Rand), map[id.Compartment]seal.Key{}
	for at, c := range k.compartments {
		if !c.renewable() {
			continue
		}
		if fresh[at], err = k.renewCompartment(ctx, tx, c, whole); err != nil {
			return err
		}
	}
	if err := k.renewHolds(ctx, tx, d, whole, fresh); err != nil {
		return err
	}
	k.key.Wipe()
	k.key, k.open = whole, fresh
	return nil
}

// renewCompartment makes another key for a compartment and keeps the old one under it.
func (k *Case) renewCompartment(ctx context.Context, tx Tx, c Compartment, whole seal.Key) (seal.Key, error) {
	old, err := k.unwrap(c)
	if err != nil {
		return seal.Key{}, err
	}
	defer old.Wipe()
	key := seal.NewKey(k.s.Rand)
	c.Sealed, c.Previous = whole.Wrap(key, k.s.compartmentAAD(c)), key.Wrap(old, k.s.previousAAD(c))
	k.compartments[c.ID] = c
	return key, tx.SetCompartment(ctx, c)
}

// renewHolds gives the new keys to whoever held the old ones.
func (k *Case) renewHolds(ctx context.Context, tx Tx, d *DeskKeys, whole seal.Key, fresh map[id.Compartment]seal.Key) error {
	holds, err := tx.Holds(ctx, k.ID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		key := whole
		if h.Compartment != "" {
			var renewed bool
			if key, renewed = fresh[h.Compartment]; !renewed {
				continue
			}
		}
		if err := k.renewHold(ctx, tx, d, h, key); err != nil {
			return err
		}
	}
	return nil
}

func (k *Case) renewHold(ctx context.Context, tx Tx, d *DeskKeys, h Hold, key seal.Key) error {
	switch {
	case h.Until != 0 && h.Until <= k.s.now():
		return tx.DropHold(ctx, h)
	case h.Pair == "" && h.Desk == d.desk:
		wrap, err := d.at(d.newest)
		if err != nil {
			return err
		}
		h.Generation, h.Sealed = d.newest, wrap.Wrap(key, k.s.holdAAD(h))
		return tx.SetHold(ctx, h)
	}
	h.Generation = 0
	return k.s.holdFor(ctx, tx, h, key)
}

// ResealIn seals up to limit records of the case under the keys that [Case.RekeyIn] made, and returns how many are
// left. When none is left it destroys the old keys, which from then on open nothing that is stored. What a record
// says, its version, author and time stay as they were.
//
// Rows of the kind inner are not sealed under a compartment but under a key inside another record. Anew is asked for
// the body of each record: nil keeps it; otherwise it has sealed such rows anew, which is long work, and no other
// record follows in this transaction.
//
// It fails with [fault.Denied] if the case is not open whole and for writing, [fault.Internal] if a record opens under
// neither key, and as anew does. The old keys stay then.
func (k *Case) ResealIn(ctx context.Context, tx Tx, limit int, inner string, anew func(Record) ([]byte, error)) (left int, err error) {
	if k.readOnly || !k.whole {
		return 0, fault.New(fault.Denied, "keyring.read-only")
	}
	rows, err := tx.Rows(ctx, k.ID, "")
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		c := k.compartments[row.Compartment]
		if row.Kind == inner || !c.renewable() || len(c.Previous) == 0 {
			continue
		}
		key, err := k.unwrap(c)
		if err != nil {
			return 0, err
		}
		if _, err := key.Open(k.field(row.ID, row.Kind, row.Compartment, row.Version), row.Body); err == nil {
			continue
		}
		if limit == 0 {
			left++
			continue
		}
		long, err := k.reseal(ctx, tx, key, row, anew)
		if err != nil {
			return 0, err
		}
		if limit--; long {
			limit = 0
		}
	}
	if left > 0 {
		return left, nil
	}
	return 0, k.dropPrevious(ctx, tx)
}

func (k *Case) reseal(ctx context.Context, tx Tx, key seal.Key, row SealedRow, anew func(Record) ([]byte, error)) (long bool, err error) {
	body, err := k.body(key, row)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "keyring.record.tampered", err)
	}
	defer clear(body)
	other, err := anew(Record{
		ID: row.ID, Compartment: row.Compartment, Kind: row.Kind, Version: row.Version, At: row.At, By: row.By, Body: body,
	})
	if err != nil {
		return false, err
	}
	if long = other != nil; long {
		clear(body)
		body = other
	}
	return long, tx.Reseal(ctx, row, key.Seal(k.field(row.ID, row.Kind, row.Compartment, row.Version), body))
}

// dropPrevious destroys the keys that nothing needs any more.
func (k *Case) dropPrevious(ctx context.Context, tx Tx) error {
	for at, c := range k.compartments {
		if !c.renewable() || len(c.Previous) == 0 {
			continue
		}
		c.Previous = nil
		if err := tx.SetCompartment(ctx, c); err != nil {
			return err
		}
		k.compartments[at] = c
	}
	return nil
}
