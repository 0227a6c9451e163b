package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
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

	Quantity int64     `json:"quantity,omitempty" minimum:"0"` // how much of it; 0: nobody counted
	Unit     string    `json:"unit,omitempty"`                 // of the quantity, code
	Step     id.Record `json:"step,omitempty"`                 // of her plan that it carries out; set when it is recorded, and only then
	Language string    `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
	Was      []Said    `json:"was,omitempty" maxItems:"40"` // what it said before, the first first; set when it is corrected
}

// Said is what the record of a service said until somebody corrected it. It is kept, so that nobody can make as if she had been
// helped, or had not.
type Said struct {
	Service  string     `json:"service"`
	Provider string     `json:"provider"`
	From     string     `json:"from"`
	Until    string     `json:"until"`
	Quantity int64      `json:"quantity,omitempty"`
	Unit     string     `json:"unit,omitempty"`
	Note     string     `json:"note"`
	Language string     `json:"language,omitempty"` // of the note
	At       frame.Time `json:"at"`                 // when it was corrected
	By       id.User    `json:"by"`                 // who did
}

// maxSaid is how often the record of one service is corrected; after that there is another service to record.
const maxSaid = 40

// quantified reports whether an amount and its unit stand together.
func quantified(d Data, n int64, unit string) bool {
	return n == 0 && unit == "" || n > 0 && n <= 100_000 && d.Has(ListUnit, unit)
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
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case !quantified(d, x.Quantity, x.Unit):
		return bad("quantity")
	case !person.Text(string(x.Step), 64):
		return bad("step")
	case len(x.Was) > maxSaid:
		return bad("was")
	}
	return nil
}

// corrected is the record that takes the place of one that was read, which it remembers.
func (x Delivery) corrected(was Delivery, at frame.Time, by id.User) Delivery {
	x.Step = was.Step
	x.Was = append(slices.Clone(was.Was), Said{
		Service: was.Service, Provider: was.Provider, From: was.From, Until: was.Until, Quantity: was.Quantity, Unit: was.Unit, Note: was.Note, Language: was.Language,
		At: at, By: by,
	})
	return x
}

// Serve records a service, or corrects what is recorded of one, for example that it has ended: then record and version are
// those that were read, and what it said before is kept.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Delivery.Check],
// [fault.Conflict] if the case is closed, [fault.NotFound] if the case has no such service, [fault.Stale] if it was changed
// since, and [fault.Locked] without keys.
func (s *Service) Serve(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, d Delivery) (Kept[Delivery], error) {
	var kept Kept[Delivery]
	if d.Step != "" || len(d.Was) > 0 {
		return kept, bad("step")
	}
	err := s.Work(ctx, by, access.NoteCase, c, "service", func(tx Tx, k *keyring.Case, row Case) (err error) {
		d, r := d, keyring.Record{Kind: KindDelivery} // what was asked, however often this is tried
		if record != "" {
			old, err := k.ReadIn(ctx, tx, record)
			if err != nil {
				return err
			}
			if old.Kind != KindDelivery {
				return fault.New(fault.NotFound, "case.service.none")
			}
			was, err := parse[Delivery](old)
			if err != nil {
				return err
			}
			d = d.corrected(was.Value, s.now(), by.User)
			r.ID, r.Version, r.At, r.By = record, version, old.At, old.By
		}
		if kept, err = putAt(ctx, tx, k, k.Home(), r, d); err != nil {
			return err
		}
		return s.countIn(ctx, tx, k, row)
	})
	return kept, err
}

// ServeIn records a service inside the transaction of a noun above this one, which says which step of her plan it carries out.
//
// It fails with [fault.Invalid] as [Delivery.Check].
func (s *Service) ServeIn(ctx context.Context, tx Tx, k *keyring.Case, row Case, d Delivery) (Kept[Delivery], error) {
	if len(d.Was) > 0 {
		return Kept[Delivery]{}, bad("was")
	}
	kept, err := putIn(ctx, tx, k, KindDelivery, d)
	if err != nil {
		return Kept[Delivery]{}, err
	}
	return kept, s.countIn(ctx, tx, k, row)
}

// Counted is the number under which she is counted without a name. It stands sealed in her case and nowhere else: without the key of
// the case nobody can tell which fact is hers.
type Counted struct {
	Fact id.Fact `json:"fact"`
}

// Check reports whether it can be kept.
func (c Counted) Check() error {
	_, err := id.ParseRandom[id.Fact](string(c.Fact))
	return err
}

// countIn has what she was given counted.
func (s *Service) countIn(ctx context.Context, tx Tx, k *keyring.Case, row Case) error {
	if s.Served == nil {
		return nil
	}
	if err := s.MayUseIn(ctx, tx, Use{Case: row.ID}); fault.Is(err, fault.Conflict) {
		return nil // kept and not used: what was counted stays as it was until that is lifted and something is recorded
	} else if err != nil {
		return err
	}
	known, _, err := listIn[Counted](ctx, tx, k, KindCounted)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		one, err := putIn(ctx, tx, k, KindCounted, Counted{id.Random[id.Fact](s.IDs)})
		if err != nil {
			return err
		}
		known = append(known, one)
	}
	kept, err := s.DeliveriesIn(ctx, tx, k)
	if err != nil {
		return err
	}
	all := make([]Delivery, len(kept))
	for i, d := range kept {
		all[i] = d.Value
	}
	registered := row.Opened
	if taken, _, err := k.ListIn(ctx, tx, KindImported); err != nil {
		return err
	} else if len(taken) > 0 {
		registered = 0
	}
	return s.Served(ctx, tx, known[0].Value.Fact, all, registered)
}

// DeliveriesIn opens the services of a case for a noun above this one, oldest first.
//
// It fails with [fault.Internal] if a record was tampered with.
func (s *Service) DeliveriesIn(ctx context.Context, tx Tx, k *keyring.Case) ([]Kept[Delivery], error) {
	all, _, err := listIn[Delivery](ctx, tx, k, KindDelivery)
	return all, err
}
