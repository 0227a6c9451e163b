package stats

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Unnamed is what is told of an adult who does not agree to be named: what happened, why she does not agree, and with what she was helped all
// the same, in codes of closed lists. There is no desk, no day, no citizenship, no reference and no free text in it, so that nothing that
// tells who she is can be written there. Whoever is or may be a child is never told of like this and left at that: she is protected by name.
type Unnamed struct {
	ID     id.Fact  `json:"id"`
	Month  Month    `json:"month"`
	Sex    Sex      `json:"sex"`
	Forms  []string `json:"forms"`  // of exploitation, as the form of a presumed victim has them; sorted, each once; empty: not known
	Why    string   `json:"why"`    // she does not agree; that she was not asked is a code too
	Helped []string `json:"helped"` // services; sorted, each once; empty: with nothing yet
}

// The lists from which an [Unnamed] takes its codes.
const (
	ListForm = "form"
	ListWhy  = "why"
	ListHelp = "help"
)

// Telling is what somebody tells of her. Adult is said, not counted.
type Telling struct {
	Adult  bool
	Sex    Sex
	Forms  []string
	Why    string
	Helped []string
}

// Tell keeps a notification without a name. The log says who told something in which month, and neither which record it is nor of whom.
//
// It fails with [fault.Denied] as [access.Check]; [fault.Invalid] "stats.unnamed.child" if she is not said to be an adult, and
// "stats.fact.code" naming the field that holds no code of its list.
func (s *Service) Tell(ctx context.Context, who access.Actor, in Telling) error {
	if err := access.Check(who, access.TellFact, access.Resource{Noun: "fact", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return err
	}
	now := s.Now().UTC()
	u := Unnamed{ID: id.Random[id.Fact](s.IDs), Month: monthAt(now), Sex: in.Sex, Why: in.Why, Forms: sorted(in.Forms), Helped: sorted(in.Helped)}
	if err := s.check(u, in.Adult); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.TellFact, u.Month.String()), func(tx Tx) error { return tx.AddUnnamed(ctx, u) })
}

func monthAt(t time.Time) Month { return MonthOf(t.Year(), int(t.Month())) }

func sorted(all []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// check holds every field against its list.
func (s *Service) check(u Unnamed, adult bool) error {
	bad := func(field string) error { return fault.New(fault.Invalid, "stats.fact.code").With("field", field) }
	strange := func(list string, all ...string) bool {
		known := s.Codes(list)
		return slices.ContainsFunc(all, func(c string) bool { return !slices.Contains(known, c) })
	}
	switch {
	case !adult:
		return fault.New(fault.Invalid, "stats.unnamed.child").With("field", "adult")
	case !Gap(u.Sex) && !slices.Contains([]Sex{Female, Male, OtherSex}, u.Sex):
		return bad("sex")
	case strange(ListForm, u.Forms...):
		return bad("forms")
	case strange(ListWhy, u.Why):
		return bad("why")
	case strange(ListHelp, u.Helped...):
		return bad("helped")
	}
	return nil
}

// Counted is how many were told of without a name, by month and, for whoever may read facts, by what was told.
type Counted struct {
	All    int
	Months map[string]int
	Sex    map[Sex]int
	Forms  map[string]int
	Whys   map[string]int
	Helped map[string]int
}

// Untold counts what was told without a name. The office of the coordinator learns how many in which month; a statistician also what was told.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Untold(ctx context.Context, who access.Actor) (Counted, error) {
	on := access.Resource{Noun: "fact", Realm: access.Assistance}
	if err := access.Check(who, access.ToldFact, on); err != nil {
		return Counted{}, err
	}
	more := access.Check(who, access.ReadFact, on) == nil
	c := Counted{Months: map[string]int{}}
	if more {
		c.Sex, c.Forms, c.Whys, c.Helped = map[Sex]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	}
	err := s.Read(ctx, func(tx Tx) error {
		return tx.EachUnnamed(ctx, func(u Unnamed) bool {
			c.All++
			c.Months[u.Month.String()]++
			if more {
				c.Sex[u.Sex]++
				c.Whys[u.Why]++
				for _, f := range u.Forms {
					c.Forms[f]++
				}
				for _, h := range u.Helped {
					c.Helped[h]++
				}
			}
			return true
		})
	})
	return c, err
}
