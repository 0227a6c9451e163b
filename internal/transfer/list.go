package transfer

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// maxListed is how many transfers are listed at most.
const maxListed = 200

// List returns the transfers that the desk of who offered or was offered, the newest first, before the one named; an empty name is the
// beginning. Of one that it did not accept, a desk that was offered it is not told which case it is.
//
// It fails with [fault.Denied] for actors that list none, and [fault.Invalid] for a limit outside 1 to 200.
func (s *Service) List(ctx context.Context, who access.Actor, before id.Record, limit int) ([]Transfer, error) {
	if limit < 1 || limit > maxListed {
		return nil, bad("limit")
	}
	if err := access.Check(who, access.ListTransfer, access.Resource{Noun: "transfer", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, err
	}
	var out []Transfer
	err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.TransfersAt(ctx, who.Desk, before, limit)
		out = make([]Transfer, len(all))
		for i, t := range all {
			out[i] = seen(t, who.Desk)
		}
		return err
	})
	return out, err
}

// Show returns one transfer as the desk of who may know it.
//
// It fails with [fault.Hidden] and [fault.Denied] as [access.Check].
func (s *Service) Show(ctx context.Context, who access.Actor, transfer id.Record) (Transfer, error) {
	var out Transfer
	err := s.Read(ctx, func(tx Tx) error {
		at := func(t Transfer) id.Desk {
			if who.Desk == t.From {
				return t.From
			}
			return t.To
		}
		t, err := enter(ctx, tx, who, access.KnowTransfer, transfer, at)
		out = seen(t, who.Desk)
		return err
	})
	if err != nil {
		return Transfer{}, err
	}
	return out, nil
}

// Past is a transfer of a case as its file tells it, with what was handed over.
type Past struct {
	Transfer
	Handover Handover
}

// Of opens the transfers of a case, the newest first, with the notes that were left.
//
// It fails with [fault.Hidden] and [fault.Denied] as [access.Check], [fault.NotFound] if the case is erased, and [fault.Locked] without keys.
func (s *Service) Of(ctx context.Context, by keyring.Bearer, c id.Case) (casefile.Case, []Past, error) {
	var row casefile.Case
	var out []Past
	err := s.Cases.Look(ctx, by, c, "transfer", func(over casefile.Tx, k *keyring.Case, at casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		row = at
		all, err := tx.TransfersOf(ctx, c)
		if err != nil {
			return err
		}
		records, _, err := k.ListIn(ctx, tx, Kind)
		if err != nil {
			return err
		}
		notes := map[id.Record]Handover{}
		for _, r := range records {
			var x Handover
			if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
				return fault.Wrap(fault.Internal, "transfer.kept", err)
			}
			notes[r.ID] = x
		}
		out = nil
		for _, t := range all {
			if x, ok := notes[t.Record]; ok {
				out = append(out, Past{Transfer: t, Handover: x})
			}
		}
		return nil
	})
	return row, out, err
}
