package form

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// spaceIn returns where a record is sealed. A draft lies under a key of its own, so that it can be erased alone when nobody goes on with it; once it is
// finished it stays there and ends with the case. What was finished at once lies with everything else.
func (s *Service) spaceIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, x kept) (id.Compartment, error) {
	draft := !x.Value.Filling.Finished
	if x.Record != "" {
		row, err := tx.Row(ctx, x.Record)
		if err != nil {
			return "", err
		}
		if at, ok := k.Space(row.Compartment); ok && at.Class != "" {
			class := profile.ClassFile
			if draft {
				class = profile.ClassDraft
			}
			return at.ID, s.Cases.Keys.SavedIn(ctx, tx, at.ID, class)
		}
	}
	if draft { // also one of an older program, which lies with everything else
		return k.NewSpaceIn(ctx, tx, profile.ClassDraft)
	}
	return k.Home(), nil
}

// endsIn fills in when a draft is erased if nobody goes on with it.
func (s *Service) endsIn(ctx context.Context, tx casefile.Tx, e *Entry) error {
	if e.Finished || s.Ends == nil {
		return nil
	}
	row, err := tx.Row(ctx, e.Record)
	if err != nil {
		return err
	}
	c, err := tx.Compartment(ctx, row.Compartment)
	if err != nil {
		return err
	}
	e.Ends, err = s.Ends(ctx, tx, c)
	return err
}

// SortIn moves the drafts of a case that lie with everything else, as an older program kept them, each under a key of its own.
//
// It fails with [fault.Internal] if a record was tampered with, and as the storage fails.
func (s *Service) SortIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) error {
	records, _, err := k.ListIn(ctx, tx, KindFilled)
	if err != nil {
		return err
	}
	for _, r := range records {
		var x Filled
		if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
			return fault.Wrap(fault.Internal, "form.kept", err)
		}
		if x.Filling.Finished {
			continue
		}
		if err := k.MoveIn(ctx, tx, r, profile.ClassDraft); err != nil {
			return err
		}
	}
	return nil
}
