package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Delivery is a service that she was given or is being given. What she tells an authority, and how her
// status was decided, has no place here and is not asked (CETS 197, article 12(6)).
type Delivery struct {
	Service  string `json:"service"`  // code
	Provider string `json:"provider"` // who gives it; not the address of a shelter
	From     string `json:"from"`     // yyyy-mm-dd
	Until    string `json:"until"`    // yyyy-mm-dd; empty: goes on
	Note     string `json:"note"`
}

// Check reports whether the delivery can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Delivery) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListService, x.Service):
		return bad("service")
	case x.Provider == "" || !person.Text(x.Provider, 200):
		return bad("provider")
	case !person.Day(x.From):
		return bad("from")
	case x.Until != "" && (!person.Day(x.Until) || x.Until < x.From):
		return bad("until")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	}
	return nil
}

// Serve records a service, or changes one that goes on: then record and version are those that were
// read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Delivery.Check],
// [fault.Conflict] if the case is closed, [fault.Stale] if it was changed since, and [fault.Locked]
// without keys.
func (s *Service) Serve(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, d Delivery) (Kept[Delivery], error) {
	var kept Kept[Delivery]
	err := s.Work(ctx, by, access.NoteCase, c, "service", func(tx Tx, k *keyring.Case, _ Case) (err error) {
		r := keyring.Record{ID: record, Kind: KindDelivery, Version: version}
		if record != "" {
			old, err := k.ReadIn(ctx, tx, record)
			if err != nil {
				return err
			}
			r.At, r.By = old.At, old.By
		}
		kept, err = putAt(ctx, tx, k, k.Home(), r, d)
		return err
	})
	return kept, err
}
