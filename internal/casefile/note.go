package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// The kinds of sealed records of a case, beside those of persons and consents.
const (
	KindNote        = "note"
	KindAssessment  = "assessment"
	KindDecision    = "decision"
	KindDelivery    = "service"
	KindAttachment  = "attachment"
	KindFilePart    = "attachment-part"
	KindClosure     = "closure"
	KindDossier     = "dossier"
	KindCooperation = "cooperation"
	KindReflection  = "reflection"
	KindRefusal     = "refusal"
	KindReopening   = "reopening"
	KindCounted     = "counted"

	KindMediation    = "mediation"
	KindInterpreting = "interpreting"
)

// maxNote is the number of characters of a note.
const maxNote = 20000

// Note is what somebody wrote down.
type Note struct {
	Language string     `json:"language"` // BCP 47, of the note
	Text     string     `json:"text"`
	About    frame.Time `json:"about"` // when it happened; 0: when it was written
}

// Check reports whether the note can be kept.
//
// It fails with [fault.Invalid].
func (n Note) Check() error {
	switch {
	case !person.Tag(n.Language):
		return bad("language")
	case n.Text == "" || !person.Text(n.Text, maxNote):
		return bad("text")
	case n.About < 0:
		return bad("about")
	}
	return nil
}

type checked interface{ Check() error }

// putIn seals and keeps a value as a new record of the home compartment.
func putIn[T checked](ctx context.Context, tx Tx, k *keyring.Case, kind string, v T) (Kept[T], error) {
	return putAt(ctx, tx, k, k.Home(), keyring.Record{Kind: kind}, v)
}

func putAt[T checked](ctx context.Context, tx Tx, k *keyring.Case, at id.Compartment, r keyring.Record, v T) (Kept[T], error) {
	if err := v.Check(); err != nil {
		return Kept[T]{}, err
	}
	body, err := frame.Encode(v)
	if err != nil {
		return Kept[T]{}, err
	}
	r.Compartment, r.Body = at, body
	if r, err = k.PutIn(ctx, tx, r); err != nil {
		return Kept[T]{}, err
	}
	return Kept[T]{r.ID, r.Version, r.At, r.By, v}, nil
}

// listIn opens the records of one kind, oldest first, and counts those that are closed to the reader.
func listIn[T checked](ctx context.Context, tx Tx, k *keyring.Case, kind string) ([]Kept[T], int, error) {
	records, closed, err := k.ListIn(ctx, tx, kind)
	if err != nil {
		return nil, 0, err
	}
	all := make([]Kept[T], len(records))
	for i, r := range records {
		if all[i], err = parse[T](r); err != nil {
			return nil, 0, err
		}
	}
	return all, closed, nil
}

func parse[T checked](r keyring.Record) (Kept[T], error) {
	var v T
	if err := frame.Decode(r.Body, keyring.MaxRecord, &v); err != nil {
		return Kept[T]{}, fault.Wrap(fault.Internal, "case.kept", err)
	}
	return Kept[T]{r.ID, r.Version, r.At, r.By, v}, nil
}

// Work runs fn on the opened case, for use-cases that keep a record in it: may you, then the change, with its entry. A
// noun above this one keeps its own kind of record by it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] if the case is closed,
// [fault.NotFound] if it is erased, [fault.Locked] without keys, and as fn.
func (s *Service) Work(ctx context.Context, by keyring.Bearer, action access.Action, c id.Case, purpose string, fn func(Tx, *keyring.Case, Case) error) error {
	return s.Write(ctx, audit.Did(by.Actor, action, string(c)).In(c).For(purpose), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, by.Actor, action, c)
		if err != nil {
			return err
		}
		if err := working(row); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if row, err = s.CountIn(ctx, tx, by.Actor, k, row); err != nil {
			return err
		}
		return fn(tx, k, row)
	})
}

// Note writes something down. Notes are added and never changed.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Note.Check],
// [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Note(ctx context.Context, by keyring.Bearer, c id.Case, n Note) (Kept[Note], error) {
	var kept Kept[Note]
	err := s.Work(ctx, by, access.NoteCase, c, "", func(tx Tx, k *keyring.Case, _ Case) (err error) {
		kept, err = putIn(ctx, tx, k, KindNote, n)
		return err
	})
	return kept, err
}
