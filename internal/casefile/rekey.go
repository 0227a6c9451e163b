package casefile

import (
	"bytes"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Rekey gives a case and its compartments new keys and seals up to limit of its records anew, or goes on with what an
// earlier call began; it returns how many records are left. When none is left the old keys are destroyed. It is the
// attended job after a suspected compromise of the case: run it until nothing is left. Each call stands in the log. In
// between everything can be read and written. An attached file gets a new key of its own, and is the last of its call.
// What is kept by law at another desk keeps its key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case was erased,
// [fault.Invalid] for a limit under 1, [fault.Internal] if a record or a file was tampered with, in which case the old
// keys stay, and [fault.Locked] without keys.
func (s *Service) Rekey(ctx context.Context, by keyring.Bearer, c id.Case, limit int) (left int, err error) {
	if limit < 1 {
		return 0, bad("limit")
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.RekeyCase, string(c)).In(c), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, by.Actor, access.RekeyCase, c)
		if err != nil {
			return err
		}
		if row.State == Erased {
			return fault.New(fault.NotFound, "case.erased")
		}
		k, err := s.Keys.TendCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if !k.Rekeying() {
			if err := s.rekeyIn(ctx, tx, k, by); err != nil {
				return err
			}
		}
		left, err = s.resealIn(ctx, tx, k, limit)
		return err
	})
	return left, err
}

// resealIn seals up to limit records of the case under its new keys, and returns how many are left.
func (s *Service) resealIn(ctx context.Context, tx Tx, k *keyring.Case, limit int) (int, error) {
	return k.ResealIn(ctx, tx, limit, KindFilePart, func(r keyring.Record) ([]byte, error) {
		if r.Kind != KindAttachment {
			return nil, nil
		}
		return s.resealFile(ctx, tx, k.ID, r)
	})
}

// rekeyIn makes the new keys, and has followed them what is found by the old ones.
func (s *Service) rekeyIn(ctx context.Context, tx Tx, k *keyring.Case, by keyring.Bearer) error {
	old, err := k.LinkKey()
	if err != nil {
		return err
	}
	defer old.Wipe()
	if err := k.RekeyIn(ctx, tx, by); err != nil || s.Rekeyed == nil {
		return err
	}
	fresh, err := k.LinkKey()
	if err != nil {
		return err
	}
	defer fresh.Wipe()
	return s.Rekeyed(ctx, tx, old, fresh)
}

// resealFile seals an attached file under a new key, and returns the record that holds the key.
func (s *Service) resealFile(ctx context.Context, tx Tx, c id.Case, r keyring.Record) ([]byte, error) {
	kept, err := parse[Attachment](r)
	if err != nil {
		return nil, err
	}
	file := kept.Value
	defer clear(file.Key)
	rows, box, err := partsIn(ctx, tx, c, file)
	if err != nil {
		return nil, err
	}
	key := seal.NewKey(s.Keys.Rand)
	defer key.Wipe()
	var again bytes.Buffer
	w, err := seal.SealStream(key, fileAAD(file.ID), &again)
	if err != nil {
		return nil, err
	}
	if err := openFile(file, box, w); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	parts := slices.Collect(slices.Chunk(again.Bytes(), partSize))
	if len(parts) != len(rows) {
		return nil, fault.New(fault.Internal, "case.file.part")
	}
	for i, row := range rows {
		if err := tx.Reseal(ctx, row, parts[i]); err != nil {
			return nil, err
		}
	}
	file.Key = key.Bytes()
	defer clear(file.Key)
	return frame.Encode(file)
}

// partsIn returns the rows of a file, and what they hold in one piece.
func partsIn(ctx context.Context, tx Tx, c id.Case, a Attachment) (rows []keyring.SealedRow, box []byte, err error) {
	for _, p := range a.Parts {
		row, err := tx.Row(ctx, p)
		if err != nil || row.Case != c || row.Kind != KindFilePart {
			return nil, nil, fault.Wrap(fault.Internal, "case.file.part", err)
		}
		rows, box = append(rows, row), append(box, row.Body...)
	}
	return rows, box, nil
}
