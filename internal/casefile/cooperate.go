package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Cooperation is whether she cooperates with the proceedings. It is recorded in the prosecution realm
// only; the desks that help her do not have it and do not need it.
type Cooperation struct {
	Answer string `json:"answer"` // yes, no, undecided, withdrawn, not-asked
	Date   string `json:"date"`   // yyyy-mm-dd
	Note   string `json:"note"`
}

// Answers are what can be recorded of her cooperation. That she has taken it back is one of them and needs no reason.
func Answers() []string { return []string{"yes", "no", "undecided", "withdrawn", "not-asked"} }

// Check reports whether the cooperation can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Cooperation) Check() error {
	if !slices.Contains(Answers(), x.Answer) {
		return bad("answer")
	}
	if !person.Day(x.Date) {
		return bad("date")
	}
	if !person.Text(x.Note, maxNote) {
		return bad("note")
	}
	return nil
}

// Cooperate records, in a file of the prosecution, whether she cooperates. The newest record counts; a
// withdrawal needs no reason and is possible whatever stands before it.
//
// It fails with [fault.Denied] "case.cooperation.realm" in the assistance realm, with [fault.Denied] and
// [fault.Hidden] as [access.Check], [fault.Invalid] as [Cooperation.Check], [fault.Conflict] if the file
// is closed, and [fault.Locked] without keys.
func (s *Service) Cooperate(ctx context.Context, by keyring.Bearer, c id.Case, x Cooperation) (Kept[Cooperation], error) {
	if by.Realm != access.Prosecution {
		return Kept[Cooperation]{}, fault.New(fault.Denied, "case.cooperation.realm")
	}
	var kept Kept[Cooperation]
	err := s.Work(ctx, by, access.CooperateCase, c, "cooperation", func(tx Tx, k *keyring.Case, row Case) (err error) {
		if row.Realm != access.Prosecution {
			return fault.New(fault.Denied, "case.cooperation.realm")
		}
		kept, err = putIn(ctx, tx, k, KindCooperation, x)
		return err
	})
	return kept, err
}
