package homecoming

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Decide records her own informed decision to go.
//
// It fails as every step (docs/states-return.md): with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Stale],
// [fault.Conflict] and [fault.Locked]; and with [fault.Invalid] as [Decision.Check].
func (s *Service) Decide(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, x Decision) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.DecideHomecoming, ret, version, func(w *at) error {
		x.Return = ret
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindDecision}, x); err != nil {
			return err
		}
		w.row.Decided = s.now()
		return nil
	})
}

// Withdraw records that she changed her mind. It takes effect at once, needs no key and no reason, and cannot be undone: if she
// wants to go after all, a new return is proposed. What was to be done about it is dropped; no service of hers ends.
//
// It fails as [Service.Decide], but for a closed case and keys.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, ret id.Return, version int64) (Return, error) {
	return s.work(ctx, who, nil, access.WithdrawHomecoming, ret, version, func(w *at) error {
		w.row.Reason = PersonDecided
		if w.row.Arrived != 0 { // she is where she wanted to be, and does not want to be asked any more
			w.row.State, w.row.Reason = Closed, PersonDeclined
		}
		w.row.Decided = 0
		return nil
	})
}

// Determine records what a body determined to be in the best interests of a child, and her guardian's part. The newest
// counts; one against the return takes an earlier one away.
//
// It fails as [Service.Decide], with [fault.Invalid] as [Interest.Check], and as what Guardian says of the guardian.
func (s *Service) Determine(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, x Interest) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.InterestHomecoming, ret, version, func(w *at) error {
		x.Return = ret
		var err error
		if x.Guardian, err = s.guardian(ctx, w, x.Guardian); err != nil {
			return err
		}
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindInterest}, x); err != nil {
			return err
		}
		w.row.Interest = 0
		if x.For() {
			w.row.Interest = s.now()
		}
		return nil
	})
}

func (s *Service) guardian(ctx context.Context, w *at, name string) (string, error) {
	if s.Guardian == nil {
		return name, nil
	}
	return s.Guardian(ctx, w.tx, w.k, name)
}

// childIn fails if a child may not leave: by what was determined, by who agreed to it, and by what she says herself.
func (s *Service) childIn(ctx context.Context, w *at) error {
	found, err := listIn[Interest](ctx, w.tx, w.k, KindInterest, w.row.ID)
	if err != nil {
		return err
	}
	if len(found) == 0 || !found[len(found)-1].Value.For() {
		return Underage.refusal()
	}
	if _, err := s.guardian(ctx, w, found[len(found)-1].Value.Guardian); err != nil || s.Willing == nil {
		return err
	}
	return s.Willing(ctx, w.tx, w.k)
}
