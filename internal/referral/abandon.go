package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// AbandonedKind is what an end is called in the list of erasures whose draft was erased because nobody went on with it.
const AbandonedKind = "referral-draft"

// savedIn says that somebody went on with a draft, or sent it, and returns where it lies: under a key of its own, to which a draft of an older program
// moves when it is changed.
func (s *Service) savedIn(ctx context.Context, tx Tx, k *keyring.Case, at id.Compartment, class string) (id.Compartment, error) {
	if c, ok := k.Space(at); ok && c.Class != "" {
		return at, s.Keys.SavedIn(ctx, tx, at, class)
	}
	if class != profile.ClassDraft {
		return at, nil
	}
	return k.NewSpaceIn(ctx, tx, class)
}

// keptIn says the same of the draft of an end.
func (s *Service) keptIn(ctx context.Context, tx Tx, k *keyring.Case, r Row, class string) error {
	row, err := tx.Row(ctx, r.Record)
	if err != nil {
		return err
	}
	if c, ok := k.Space(row.Compartment); !ok || c.Class == "" {
		return nil
	}
	return s.Keys.SavedIn(ctx, tx, row.Compartment, class)
}

// EndsOf returns when a draft is erased if nobody goes on with it; 0: it is not, or what at names is none.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) EndsOf(ctx context.Context, who access.Actor, at At) (frame.Time, error) {
	var ends frame.Time
	err := s.Read(ctx, func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, who, access.KnowReferral, at)
		if err != nil || s.Ends == nil || !r.Status.Local() || r.Record == "" {
			return err
		}
		row, err := tx.Row(ctx, r.Record)
		if err != nil {
			return err
		}
		c, err := tx.Compartment(ctx, row.Compartment)
		if err != nil {
			return err
		}
		ends, err = s.Ends(ctx, tx, c)
		return err
	})
	return ends, err
}

// SortIn moves the drafts of a case that lie with everything else, as an older program kept them, each under a key of its own.
//
// It fails as the storage fails.
func (s *Service) SortIn(ctx context.Context, over casefile.Tx, k *keyring.Case) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	ends, err := tx.ReferralsOfCase(ctx, k.ID)
	if err != nil {
		return err
	}
	for _, r := range ends {
		if r.Side != Sender || !r.Status.Local() || r.Record == "" {
			continue
		}
		kept, err := k.ReadIn(ctx, tx, r.Record)
		if err != nil {
			return err
		}
		if err := k.MoveIn(ctx, tx, kept, profile.ClassDraft); err != nil {
			return err
		}
	}
	return nil
}

// EndOf returns the end whose draft lies in a space; false if none does.
//
// It fails as the storage fails.
func (s *Service) EndOf(ctx context.Context, over casefile.Tx, c keyring.Compartment) (Row, bool, error) {
	tx, ok := over.(Tx)
	if !ok {
		return Row{}, false, fault.New(fault.Internal, "referral.wiring")
	}
	ends, err := tx.ReferralsOfCase(ctx, c.Case)
	if err != nil {
		return Row{}, false, err
	}
	for _, r := range ends {
		if r.Record == "" || r.Side != Sender {
			continue
		}
		row, err := tx.Row(ctx, r.Record)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil || row.Compartment == c.ID {
			return r, err == nil, err
		}
	}
	return Row{}, false, nil
}

// AbandonIn takes away an end that was never sent, with the bundle that was sealed for it; what was written in it goes with the key of its space. It needs
// no key.
//
// It fails with [fault.Conflict] if it was sent, and as the storage fails.
func (s *Service) AbandonIn(ctx context.Context, over casefile.Tx, r Row) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	if !r.Status.Local() {
		return fault.New(fault.Conflict, "referral.transition").With("status", string(r.Status)).With("transition", string(Draft))
	}
	if err := destroyIn(ctx, tx, r.Bundle); err != nil {
		return err
	}
	if err := tx.DropReferral(ctx, r); err != nil {
		return err
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: r.object(), What: AbandonedKind, At: s.now()})
}

// AbandonAgainIn repeats it in a restored node. An end that is not there, or was sent, is passed over.
//
// It fails as the storage fails.
func (s *Service) AbandonAgainIn(ctx context.Context, tx Tx, object string) error {
	ends, err := tx.ReferralEnds(ctx, referralOf(object))
	if err != nil {
		return err
	}
	for _, r := range ends {
		if r.object() == object && r.Status.Local() {
			return s.AbandonIn(ctx, tx, r)
		}
	}
	return nil
}
