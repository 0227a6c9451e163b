package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Opening is what a case begins with.
type Opening struct {
	AgeClass person.AgeClass // empty: unknown
	Asylum   bool
	Origins  []string
	Person   *person.Person // recorded at once if given; her identifier is filled in
}

// Open begins a file at the bearer's desk.
//
// It fails with [fault.Denied] as [access.Check], [fault.Invalid] if the flags cannot stand together or
// the person is malformed, and [fault.Hidden] or [fault.Locked] as keys are.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, in Opening) (Case, error) {
	c, err := begin(in, by.Actor, s.now())
	if err != nil {
		return Case{}, err
	}
	c.ID, c.Person = id.Ordered[id.Case](s.IDs), id.Ordered[id.Person](s.IDs)
	on := access.Resource{Noun: "case", ID: string(c.ID), Realm: c.Realm, Desk: c.Desk, Owner: c.Owner}
	if err := access.Check(by.Actor, access.OpenCase, on); err != nil {
		return Case{}, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.OpenCase, string(c.ID)).In(c.ID), func(tx Tx) error {
		_, err := s.openIn(ctx, tx, by, &c, in.Person)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return c, nil
}

// OpenIn begins a file inside the transaction of the caller, who has checked access and names the case
// in the log entry: for a person who arrives by referral. It returns the case and its opened keys.
//
// It fails as [Service.Open].
func (s *Service) OpenIn(ctx context.Context, tx Tx, by keyring.Bearer, c id.Case, in Opening) (Case, *keyring.Case, error) {
	out, err := begin(in, by.Actor, s.now())
	if err != nil {
		return Case{}, nil, err
	}
	out.ID, out.Person = c, id.Ordered[id.Person](s.IDs)
	k, err := s.openIn(ctx, tx, by, &out, in.Person)
	return out, k, err
}

// OpenSealedIn begins a file at a desk inside the transaction of the caller, who has checked access and names the case in the
// log entry, with nobody's keys: for what is imported. The keys that it returns write into the case; when they are gone,
// only the desk opens it.
//
// It fails with [fault.Invalid] as [Service.Open], and with [fault.Conflict] "keyring.desk.no-pair".
func (s *Service) OpenSealedIn(ctx context.Context, tx Tx, who access.Actor, c id.Case, in Opening) (Case, *keyring.Case, error) {
	out, err := begin(in, who, s.now())
	if err != nil {
		return Case{}, nil, err
	}
	out.ID, out.Person = c, id.Ordered[id.Person](s.IDs)
	if err := s.addIn(ctx, tx, &out); err != nil {
		return Case{}, nil, err
	}
	k, err := s.Keys.SealCaseIn(ctx, tx, who.User, out.ID, out.Desk, out.Realm)
	if err != nil {
		return Case{}, nil, err
	}
	return out, k, s.recordIn(ctx, tx, k, &out, in.Person)
}

func (s *Service) openIn(ctx context.Context, tx Tx, by keyring.Bearer, c *Case, who *person.Person) (*keyring.Case, error) {
	if err := s.addIn(ctx, tx, c); err != nil {
		return nil, err
	}
	k, err := s.Keys.NewCaseIn(ctx, tx, by, c.ID, c.Desk, c.Realm)
	if err != nil {
		return nil, err
	}
	if err := s.recordIn(ctx, tx, k, c, who); err != nil || s.Begun == nil || who != nil {
		return k, err
	}
	return k, s.Begun(ctx, tx, k, *c)
}

// addIn gives a new case its reference and keeps its row.
func (s *Service) addIn(ctx context.Context, tx Tx, c *Case) error {
	for {
		c.Reference = id.NewReference(s.IDs)
		_, err := tx.CaseCalled(ctx, c.Reference)
		if fault.Is(err, fault.NotFound) {
			return tx.AddCase(ctx, *c)
		}
		if err != nil {
			return err
		}
	}
}

// recordIn writes down who she is, if that is known.
func (s *Service) recordIn(ctx context.Context, tx Tx, k *keyring.Case, c *Case, who *person.Person) error {
	if who == nil {
		return nil
	}
	at := person.Place{Case: c.ID, Person: c.Person, Desk: c.Desk, Realm: c.Realm, Owner: c.Owner}
	if _, err := s.Persons.RecordIn(ctx, tx, k, at, *who); err != nil {
		return err
	}
	at, err := tx.PlaceOf(ctx, c.ID)
	c.AgeClass = at.AgeClass
	return err
}

// begin decides what a new case is.
func begin(in Opening, by access.Actor, now frame.Time) (Case, error) {
	c := Case{
		Desk: by.Desk, Realm: by.Realm, State: Open, AgeClass: in.AgeClass, Asylum: in.Asylum,
		Origins: slices.Compact(slices.Sorted(slices.Values(in.Origins))), Owner: by.User, Opened: now, Version: 1,
	}
	if c.AgeClass == "" {
		c.AgeClass = person.AgeUnknown
	}
	if by.Role == access.ServiceAccount { // nobody's yet
		c.Owner = ""
	}
	if !slices.Contains([]person.AgeClass{person.Child, person.Adult, person.AgeUnknown}, c.AgeClass) {
		return Case{}, bad("age_class")
	}
	return c, checkOrigins(c.Asylum, c.Origins)
}

// Flag changes what is known about asylum and origin. Version is the one that was read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] if the flags cannot
// stand together, [fault.Conflict] if the case is closed, and [fault.Stale] if it has changed since.
func (s *Service) Flag(ctx context.Context, who access.Actor, c id.Case, version int64, asylum bool, origins []string) (Case, error) {
	origins = slices.Compact(slices.Sorted(slices.Values(origins)))
	if err := checkOrigins(asylum, origins); err != nil {
		return Case{}, err
	}
	var out Case
	err := s.Write(ctx, audit.Did(who, access.NoteCase, string(c)).In(c).For("flags"), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, who, access.NoteCase, c)
		if err != nil {
			return err
		}
		if err := working(row); err != nil {
			return err
		}
		row.Asylum, row.Origins, row.Version = asylum, origins, version
		out, err = setIn(ctx, tx, row)
		return err
	})
	return out, err
}

func setIn(ctx context.Context, tx Tx, c Case) (Case, error) {
	if err := tx.SetCase(ctx, c); err != nil {
		return Case{}, err
	}
	c.Version++
	return c, nil
}

// mayIn checks whether who may do action on the case, and returns its row.
func (s *Service) mayIn(ctx context.Context, tx Tx, who access.Actor, action access.Action, c id.Case) (Case, error) {
	var flags []access.Flag
	under, err := s.underGlass(ctx, tx, who, c)
	if err != nil {
		return Case{}, err
	}
	if under {
		flags = append(flags, access.UnderGlass, access.OnDuty)
	}
	if _, err := person.MayIn(ctx, tx, who, action, c, s.now(), flags...); err != nil {
		return Case{}, err
	}
	return tx.Case(ctx, c)
}

// List returns the cases that who may see, narrowed by the filter: those of her desk, or those that she
// opened, and those of which something was released to her desk.
//
// It fails with [fault.Denied] for actors that list no cases, and [fault.Invalid] for a limit over 200.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Case, error) {
	if f.Limit < 1 || f.Limit > 200 {
		return nil, bad("limit")
	}
	scope := access.ScopeOf(who, access.ListCase)
	if len(scope) == 0 || scope.Whole(access.Assistance) || scope.Whole(access.Prosecution) {
		return nil, fault.New(fault.Denied, "access.denied") // lists of everything are for counting, not for reading
	}
	var all []Case
	err := s.Read(ctx, func(tx Tx) error {
		all = nil
		for _, clause := range scope {
			part, err := s.inClause(ctx, tx, clause, f)
			if err != nil {
				return err
			}
			all = append(all, part...)
		}
		return nil
	})
	sorting.By(all, func(a, b Case) int { return compare(string(a.ID), string(b.ID)) })
	all = slices.CompactFunc(all, func(a, b Case) bool { return a.ID == b.ID })
	return all[:min(len(all), f.Limit)], err
}

func (s *Service) inClause(ctx context.Context, tx Tx, clause access.Clause, f Filter) ([]Case, error) {
	switch {
	case clause.Released != "":
		return s.releasedIn(ctx, tx, clause, f)
	case clause.Desk != "":
		return tx.CasesAt(ctx, clause.Desk, clause.Owner, f)
	}
	return nil, nil
}

func (s *Service) releasedIn(ctx context.Context, tx Tx, clause access.Clause, f Filter) ([]Case, error) {
	releases, err := tx.ReleasesTo(ctx, clause.Released)
	if err != nil {
		return nil, err
	}
	var all []Case
	for _, r := range releases {
		c, err := tx.Case(ctx, r.Case)
		if err != nil {
			return nil, err
		}
		if c.Realm == clause.Realm && c.ID > f.After && c.State != Erased && (f.State == "" || c.State == f.State) && (r.Until == 0 || r.Until > s.now()) {
			all = append(all, c)
		}
	}
	return all, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
