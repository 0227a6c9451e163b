package stats

import (
	"context"
	"maps"
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

// Counted is how many were told of without a name, by month and, for whoever may read facts, by what was told. What would be so few that
// somebody knows who they are is not in it.
type Counted struct {
	All      int            // in the months that are shown
	Months   map[string]int //
	Few      []string       // months in which there were some, and fewer than Least
	Least    int
	Sex      map[Sex]int // this and what follows only of months that are over and are shown
	Forms    map[string]int
	Whys     map[string]int
	Helped   map[string]int
	Withheld bool // of what was told something is not shown
}

// tally is what was told in one month.
type tally struct {
	all    int
	sex    map[Sex]int
	forms  map[string]int
	whys   map[string]int
	helped map[string]int
}

func newTally() *tally {
	return &tally{sex: map[Sex]int{}, forms: map[string]int{}, whys: map[string]int{}, helped: map[string]int{}}
}

func (t *tally) add(u Unnamed) {
	t.all++
	t.sex[u.Sex]++
	t.whys[u.Why]++
	for _, f := range u.Forms {
		t.forms[f]++
	}
	for _, h := range u.Helped {
		t.helped[h]++
	}
}

// counted leaves out what is too few. A month with fewer than least says only that there were some. What was told is counted of months that
// are over, so that nobody subtracts yesterday from today; a list with one answer too rare is left out whole, because the rest would give it away.
// Without a least nothing is counted.
func counted(months map[Month]*tally, running Month, least int, more bool) Counted {
	c := Counted{Months: map[string]int{}, Least: least}
	sum := newTally()
	for _, m := range slices.Sorted(maps.Keys(months)) {
		t := months[m]
		if least < 1 || t.all < least {
			c.Few = append(c.Few, m.String())
			c.Withheld = more
			continue
		}
		c.All += t.all
		c.Months[m.String()] = t.all
		if m >= running {
			c.Withheld = more
			continue
		}
		sum.all += t.all
		addTo(sum.sex, t.sex)
		addTo(sum.forms, t.forms)
		addTo(sum.whys, t.whys)
		addTo(sum.helped, t.helped)
	}
	if more {
		c.Sex, c.Forms = enough(sum.sex, least, &c.Withheld), enough(sum.forms, least, &c.Withheld)
		c.Whys, c.Helped = enough(sum.whys, least, &c.Withheld), enough(sum.helped, least, &c.Withheld)
	}
	return c
}

func addTo[K comparable](sum, more map[K]int) {
	for k, n := range more {
		sum[k] += n
	}
}

// enough returns counts of which none is too small, and nothing of others.
func enough[K comparable](counts map[K]int, least int, withheld *bool) map[K]int {
	for _, n := range counts {
		if n < least {
			*withheld = true
			return map[K]int{}
		}
	}
	return counts
}

// Untold counts what was told without a name. The office of the coordinator learns how many in which month; a statistician also what was told.
// Nobody learns of fewer than the profile says.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Untold(ctx context.Context, who access.Actor) (Counted, error) {
	on := access.Resource{Noun: "fact", Realm: access.Assistance}
	if err := access.Check(who, access.ToldFact, on); err != nil {
		return Counted{}, err
	}
	more := access.Check(who, access.ReadFact, on) == nil
	months := map[Month]*tally{}
	err := s.Read(ctx, func(tx Tx) error {
		return tx.EachUnnamed(ctx, func(u Unnamed) bool {
			if months[u.Month] == nil {
				months[u.Month] = newTally()
			}
			months[u.Month].add(u)
			return true
		})
	})
	if err != nil {
		return Counted{}, err
	}
	now := s.Now().UTC()
	return counted(months, MonthOf(now.Year(), int(now.Month())), s.Least(), more), nil
}
