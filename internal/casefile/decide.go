package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Decision is a decision on the status of identification. Assistance does not depend on it.
type Decision struct {
	Status   string    `json:"status"`   // code
	Body     string    `json:"body"`     // type of the deciding body, code
	Name     string    `json:"name"`     // of the body
	Country  id.Member `json:"country"`  // whose law it rests on
	Basis    string    `json:"basis"`    // legal basis, as the body cites it
	Grounds  string    `json:"grounds"`  // recorded grounds
	Date     string    `json:"date"`     // yyyy-mm-dd
	Review   string    `json:"review"`   // yyyy-mm-dd until which review or appeal is possible; empty: none
	Informed bool      `json:"informed"` // she was told, with her rights
}

// Check reports whether the decision can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Decision) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListStatus, x.Status):
		return bad("status")
	case !d.Has(ListBody, x.Body):
		return bad("body")
	case x.Name == "" || !person.Text(x.Name, 200):
		return bad("name")
	case x.Basis == "" || !person.Text(x.Basis, 500):
		return bad("basis")
	case !person.Text(x.Grounds, maxNote):
		return bad("grounds")
	case !person.Day(x.Date):
		return bad("date")
	case x.Review != "" && (!person.Day(x.Review) || x.Review < x.Date):
		return bad("review")
	}
	if _, err := id.ParseMember(string(x.Country)); err != nil {
		return bad("country")
	}
	return nil
}

// Decide records a status decision that a body took. Decisions are added and never changed; a later one
// stands beside the earlier ones, which keep their date.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Decision.Check],
// [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Decide(ctx context.Context, by keyring.Bearer, c id.Case, d Decision) (Kept[Decision], error) {
	var kept Kept[Decision]
	err := s.Work(ctx, by, access.DecideCase, c, "", func(tx Tx, k *keyring.Case, row Case) (err error) {
		if kept, err = putIn(ctx, tx, k, KindDecision, d); err != nil {
			return err
		}
		row.Status = d.Status
		_, err = setIn(ctx, tx, row)
		return err
	})
	return kept, err
}
