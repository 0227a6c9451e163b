package careplan

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Name records something that she needs.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Need.Check]; [fault.Conflict] if the case is
// closed or "careplan.need.many"; and [fault.Locked] without keys.
func (s *Service) Name(ctx context.Context, by keyring.Bearer, c id.Case, x Need) (casefile.Kept[Need], error) {
	var kept casefile.Kept[Need]
	if x.Ended != "" || x.Why != "" {
		return kept, bad("ended")
	}
	d, err := Shipped()
	if err != nil {
		return kept, err
	}
	err = s.Cases.Work(ctx, by, access.AssessCase, c, "need", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		all, err := listIn[Need](ctx, tx, k, KindNeed)
		if err != nil {
			return err
		}
		if len(all) >= d.Limits.Needs {
			return fault.New(fault.Conflict, "careplan.need.many")
		}
		kept, err = putIn(ctx, tx, k, keyring.Record{Kind: KindNeed}, x)
		return err
	})
	return kept, err
}

// EndNeed records that she needs something no longer, and why. Record and version are those that were read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Need.Check]; [fault.Conflict] if the case is
// closed, "careplan.need.ended" if the need has ended already, or "careplan.need.steps" if a step of the plan answers it still;
// [fault.NotFound] if the case has no such need; [fault.Stale] if it was changed since; and [fault.Locked] without keys.
func (s *Service) EndNeed(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, day, why string) (casefile.Kept[Need], error) {
	var kept casefile.Kept[Need]
	if day == "" {
		return kept, bad("ended")
	}
	err := s.Cases.Work(ctx, by, access.AssessCase, c, "need", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		was, _, err := needIn(ctx, tx, k, record)
		if err != nil {
			return err
		}
		steps, err := listIn[Step](ctx, tx, k, KindStep)
		if err != nil {
			return err
		}
		for _, x := range steps {
			if x.Value.Need == record && x.Value.Status().Open() {
				return fault.New(fault.Conflict, "careplan.need.steps")
			}
		}
		x := was.Value
		x.Ended, x.Why = day, why
		kept, err = putIn(ctx, tx, k, again(was, KindNeed, version), x)
		return err
	})
	return kept, err
}

// needIn is a need that has not ended, and all of them.
func needIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, record id.Record) (casefile.Kept[Need], []casefile.Kept[Need], error) {
	all, err := listIn[Need](ctx, tx, k, KindNeed)
	if err != nil {
		return casefile.Kept[Need]{}, nil, err
	}
	x, err := oneIn(all, record, "careplan.need.none")
	if err == nil && !x.Value.Open() {
		err = fault.New(fault.Conflict, "careplan.need.ended")
	}
	return x, all, err
}
