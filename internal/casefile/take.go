package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// takeAtOnce is how many records of a case that goes to another desk are sealed anew in the transaction by which it goes.
const takeAtOnce = 200

// TakeIn gives a case to the bearer's desk, to which it was offered, inside the transaction of the caller, who has checked access and
// names the case in the log. The desk that had it holds no key of it any more, and the keys that it knew are replaced: the case has
// new ones at once, its records by and by. Left is how many of them are still under the old keys; [Service.Rekey] goes on with them.
//
// It fails with [fault.Conflict] as [keyring.Case.RekeyIn], [fault.Hidden] if nothing was offered, [fault.Locked] without keys, and
// [fault.Stale] if the case has changed since row was read.
func (s *Service) TakeIn(ctx context.Context, tx Tx, by keyring.Bearer, row Case) (out Case, k *keyring.Case, left int, err error) {
	if k, err = s.Keys.TakeIn(ctx, tx, by, row.ID); err != nil {
		return Case{}, nil, 0, err
	}
	row.Desk = by.Desk
	if out, err = setIn(ctx, tx, row); err != nil {
		return Case{}, nil, 0, err
	}
	if err = s.rekeyIn(ctx, tx, k, by); err != nil {
		return Case{}, nil, 0, err
	}
	if left, err = s.resealIn(ctx, tx, k, takeAtOnce); err != nil {
		return Case{}, nil, 0, err
	}
	return out, k, left, s.findableIn(ctx, tx, k, out)
}

// findableIn has a case found from where it is now: its desk may be of another organisation, which has an index of its own.
func (s *Service) findableIn(ctx context.Context, tx Tx, k *keyring.Case, c Case) error {
	if s.Persons.Index == nil {
		return nil
	}
	who, err := s.Persons.ReadIn(ctx, tx, k)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	at := person.Place{Case: c.ID, Person: c.Person, Desk: c.Desk, Realm: c.Realm, Owner: c.Owner, AgeClass: c.AgeClass, Closed: c.State != Open}
	return s.Persons.Index(ctx, tx, at, who.Person)
}
