package duplicate

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// Told is a merge in which a case has a part, with the other case.
type Told struct {
	Merge
	Other     id.Case
	Reference id.Reference // of the other
}

// Story is what was said of a case and others.
type Story struct {
	Case   casefile.Case
	Leads  *casefile.Case // of a merged one: the case that is worked with; nil if she may not open it
	Merges []Told         // the newest first, of cases that she may open
	Said   []Said         // the newest first
}

// Of opens what was said of a case and others. The opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, and [fault.Locked] without keys.
func (s *Service) Of(ctx context.Context, by keyring.Bearer, c id.Case) (Story, error) {
	var out Story
	err := s.Cases.Look(ctx, by, c, "duplicate", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		out = Story{Case: row}
		all, err := tx.MergesOf(ctx, c)
		if err != nil {
			return err
		}
		for _, m := range all {
			other := m.Alias
			if other == c {
				other = m.Survivor
			}
			_, err := person.MayIn(ctx, tx, by.Actor, access.KnowCase, other, s.now())
			if hidden(err) {
				continue
			}
			if err != nil {
				return err
			}
			there, err := tx.Case(ctx, other)
			if err != nil {
				return err
			}
			if other == row.Into {
				out.Leads = &there
			}
			out.Merges = append(out.Merges, Told{Merge: m, Other: other, Reference: there.Reference})
		}
		records, _, err := k.ListIn(ctx, tx, Kind)
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(records) {
			var x Said
			if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
				return fault.Wrap(fault.Internal, "duplicate.kept", err)
			}
			out.Said = append(out.Said, x)
		}
		return nil
	})
	return out, err
}

// The most names and documents by which one case is looked for in one go: each is a search, which is counted and takes its time.
const (
	maxByName     = 2
	maxByDocument = 1
)

// Candidates looks for open cases that may be of the same person as one: a proposal to look, nothing follows from it. Those of which
// somebody said that they are not of one person are left out. Who she may not open hears of it as of any search.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, [fault.Locked] without keys, and as
// [search.Service.Find].
func (s *Service) Candidates(ctx context.Context, by keyring.Bearer, c id.Case) ([]search.Card, error) {
	var queries []search.Query
	apart := []id.Case{c}
	err := s.Cases.Look(ctx, by, c, "duplicate", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		if err := access.Check(by.Actor, access.MergeCase, access.Resource{Noun: "case", ID: string(c), Realm: row.Realm, Desk: row.Desk}); err != nil {
			return err
		}
		others, err := tx.ApartFrom(ctx, c)
		if err != nil {
			return err
		}
		apart = append([]id.Case{c, row.Into}, others...)
		who, err := s.Cases.Persons.ReadIn(ctx, tx, k)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		queries = queriesOf(who.Person)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []search.Card
	for _, q := range queries {
		found, err := s.Find(ctx, by, q)
		if fault.Is(err, fault.Invalid) {
			continue // too little is known of her to look for her by this
		}
		if err != nil {
			return nil, err
		}
		for _, card := range found.Cards {
			known := slices.ContainsFunc(out, func(o search.Card) bool { return o.Case.ID == card.Case.ID })
			if !known && card.Case.State == casefile.Open && !slices.Contains(apart, card.Case.ID) {
				out = append(out, card)
			}
		}
	}
	return out, nil
}

// queriesOf are the searches by which a person would be found.
func queriesOf(p person.Person) []search.Query {
	born := ""
	if b, ok := p.Birth.Is(); ok && b.Margin == 0 {
		born = birthText(b)
	}
	var out []search.Query
	if all, ok := p.Documents.Is(); ok {
		for _, d := range all {
			if d.Number != "" && len(out) < maxByDocument {
				out = append(out, search.Query{Document: d.Number})
			}
		}
	}
	for i, n := range p.Names {
		if i < maxByName {
			out = append(out, search.Query{Name: n.Text(), Born: born})
		}
	}
	return out
}
