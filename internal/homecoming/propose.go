package homecoming

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Propose begins the return of a person to a country: nothing is asked of anybody yet. A case has one return at a time.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Denied] "case.asylum.origin" and
// "case.asylum.origin-unknown" if she asked for asylum; [fault.Invalid] for what is no country; and [fault.Conflict] "case.closed" or
// "homecoming.runs".
func (s *Service) Propose(ctx context.Context, by keyring.Bearer, c id.Case, to string) (Return, error) {
	if !person.Country(to) {
		return Return{}, bad("to")
	}
	if !person.CountryNow(to) {
		return Return{}, person.NoCountry("to", to)
	}
	made := id.Ordered[id.Return](s.IDs)
	var out Return
	err := s.Write(ctx, audit.Did(by.Actor, access.ProposeHomecoming, string(made)).In(c), func(tx Tx) error {
		r := Return{ID: made, Case: c, Desk: by.Desk, To: to, State: Proposed, Maker: by.User, Made: s.now(), Version: 1}
		if err := known(ctx, tx, by.Actor, r.Case); err != nil {
			return err
		}
		file, err := mayIn(ctx, tx, by.Actor, access.ProposeHomecoming, r, s.now())
		if err != nil {
			return err
		}
		if file.State != casefile.Open {
			return fault.New(fault.Conflict, "case.closed")
		}
		all, err := tx.ReturnsOf(ctx, c)
		if err != nil {
			return err
		}
		for _, other := range all {
			if !other.State.Over() {
				return fault.New(fault.Conflict, "homecoming.runs")
			}
		}
		out = r
		return tx.AddReturn(ctx, r)
	})
	return out, err
}

// known fails unless who may know of the case: what begins something has no record of its own that could be hidden.
func known(ctx context.Context, tx Tx, who access.Actor, c id.Case) error {
	place, err := tx.PlaceOf(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return err
	}
	return access.Check(who, access.KnowCase, place.Resource("case", nil, 0))
}
