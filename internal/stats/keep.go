package stats

import (
	"cmp"
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Tx is what facts need kept. Facts are kept and listed in the order of their random identifiers, so that
// their place tells nothing of when they were made.
type Tx interface {
	// AddFact keeps a fact; fault.Conflict if its identifier is there.
	AddFact(ctx context.Context, f Fact) error
	// Facts calls yield with every fact until it returns false.
	Facts(ctx context.Context, yield func(Fact) bool) error
	// FactSpans returns from when to when something was counted, without reading all of it.
	FactSpans(ctx context.Context) (Spans, error)
	// SetHelp keeps a fact about help, in place of one with its identifier.
	SetHelp(ctx context.Context, h Help) error
	// Helps calls yield with every fact about help until it returns false.
	Helps(ctx context.Context, yield func(Help) bool) error
	// AddUnnamed keeps what was told of somebody who does not agree to be named.
	AddUnnamed(ctx context.Context, u Unnamed) error
	// EachUnnamed calls yield with all of it until it returns false.
	EachUnnamed(ctx context.Context, yield func(Unnamed) bool) error
	// AddSnapshot keeps what was frozen; fault.Conflict if its digest is there.
	AddSnapshot(ctx context.Context, l Listed, f Frozen) error
	// Snapshots returns what was frozen, the youngest first.
	Snapshots(ctx context.Context) ([]Listed, error)
	// Snapshot returns one; fault.NotFound.
	Snapshot(ctx context.Context, digest string) (Frozen, error)
	// AddPublished keeps a record of a collection, and reports false if one with its digest is there.
	AddPublished(ctx context.Context, p Published) (bool, error)
	// HasPublished reports whether a collection has a record with that digest.
	HasPublished(ctx context.Context, collection string, digest []byte) (bool, error)
	// EachPublished calls yield with every record of a collection until it returns false.
	EachPublished(ctx context.Context, collection string, yield func(Published) bool) error
}

// Service is the use-cases of facts.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	Codes func(list string) []string // of [ListForm], [ListWhy] and [ListHelp]
	// Loops counts referrals by country pair for who may; without references.
	Loops func(ctx context.Context, who access.Actor) ([]Loop, error)
	Least func() int // how many there are at least where a count is shown; below 1: nothing is counted
}

const mostAtOnce = 10_000

// Add keeps facts, all or none.
//
// It fails with [fault.Denied], [fault.Invalid] as [Fact.Check] does, [fault.TooLarge] for more than 10,000
// at once, and [fault.Conflict] if one is kept already.
func (s *Service) Add(ctx context.Context, who access.Actor, facts []Fact) error {
	if err := access.Check(who, access.WriteFact, access.Resource{Noun: "fact", Realm: access.Assistance, Desk: who.Desk}); err != nil {
		return err
	}
	if len(facts) > mostAtOnce {
		return fault.New(fault.TooLarge, "stats.many")
	}
	for _, f := range facts {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return s.Write(ctx, audit.Did(who, access.WriteFact, "facts"), func(tx Tx) error {
		for _, f := range facts {
			if err := tx.AddFact(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// Totals counts facts by year, sex and form, for whoever may read facts. What a board outside the node may
// show is smaller: it suppresses small counts.
type Totals struct {
	All   int
	Years map[int]int
	Sex   map[Sex]int
	Minor int
	Forms map[Form]int // a fact with two forms counts in both
	Help  Helped       // persons who were given help
}

// Totals counts every fact. Nothing with an empty field is kept; should one be found all the same, it is unknown.
//
// It fails with [fault.Denied] if who may not read facts.
func (s *Service) Totals(ctx context.Context, who access.Actor) (Totals, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Totals{}, err
	}
	t := Totals{Years: map[int]int{}, Sex: map[Sex]int{}, Forms: map[Form]int{}}
	err := s.Read(ctx, func(tx Tx) (err error) {
		if t.Help, err = helpedIn(ctx, tx); err != nil {
			return err
		}
		return tx.Facts(ctx, func(f Fact) bool {
			t.All++
			t.Years[f.Month.Year()]++
			t.Sex[cmp.Or(f.Sex, Unknown)]++
			if cmp.Or(f.Age, Unknown).Minor() {
				t.Minor++
			}
			if len(f.Forms) == 0 {
				t.Forms[Unknown]++
			}
			for _, form := range f.Forms {
				t.Forms[cmp.Or(form, Unknown)]++
			}
			return true
		})
	})
	return t, err
}

// Spans is from when to when something was counted; 0 and 0, or empty: nothing was.
type Spans struct {
	Persons [2]Month  // facts of victims
	Unnamed [2]Month  // who was told of without a name
	Help    [2]string // years in which help was given, "2026"; those that are known
}

// Spans returns from when to when this node has counted something.
//
// It fails with [fault.Denied] if who may not read facts.
func (s *Service) Spans(ctx context.Context, who access.Actor) (Spans, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Spans{}, err
	}
	var all Spans
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.FactSpans(ctx)
		return err
	})
	return all, err
}
