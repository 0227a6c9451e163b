package publication

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/sorting"
)

// List returns the current version of publications, in order of identifiers.
//
// It fails with [fault.Denied], and with [fault.Invalid] "publication.limit".
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Kept, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	if f.Limit < 0 || f.Limit > pageMax {
		return nil, fault.New(fault.Invalid, "publication.limit")
	}
	f.Limit = cmp.Or(f.Limit, pageDefault)
	var all []Kept
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Publications(ctx, f)
		return err
	})
	return all, err
}

// Show returns every version of a publication, oldest first.
//
// It fails with [fault.Denied], and with [fault.NotFound] "publication.none".
func (s *Service) Show(ctx context.Context, who access.Actor, p id.Publication) ([]Kept, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []Kept
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.PublicationVersions(ctx, p)
		return err
	})
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "publication.none")
	}
	return all, err
}

// Forks returns the evidence against members whose nodes signed two records for one version or place.
//
// It fails with [fault.Denied].
func (s *Service) Forks(ctx context.Context, who access.Actor) ([]Fork, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []Fork
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.PublicationForks(ctx)
		return err
	})
	return all, err
}

// Find returns the current publications of one kind, or of all kinds that people write, in which every word that is looked for begins a word
// in whichever language and script; the newest first, at most 200, and whether there are more. Files that are attached to a record are found
// by their names.
//
// It fails with [fault.Denied].
func (s *Service) Find(ctx context.Context, who access.Actor, f Filter, query string) ([]Kept, bool, error) {
	found, err := s.All(ctx, who, f, query)
	return found[:min(len(found), pageMax)], len(found) > pageMax, err
}

// All is [Service.Find] without an end: for what must not miss one, such as who has signed a conclusion off.
//
// It fails with [fault.Denied].
func (s *Service) All(ctx context.Context, who access.Actor, f Filter, query string) ([]Kept, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	kinds := Kinds()
	if f.Kind != "" {
		kinds = []Kind{f.Kind}
	}
	var found []Kept
	err := s.Read(ctx, func(tx Tx) error {
		found = nil
		for _, kind := range kinds {
			for at := (Filter{Kind: kind, Member: f.Member, Withdrawn: f.Withdrawn, Limit: pageMax}); ; {
				all, err := tx.Publications(ctx, at)
				if err != nil {
					return err
				}
				for _, k := range all {
					if query == "" || Matches(k.Record.Kind, ReadBody(k.Record.Body), query) {
						found = append(found, k)
					}
				}
				if len(all) < pageMax {
					break
				}
				at.After = all[len(all)-1].Record.ID
			}
		}
		return nil
	})
	sorting.By(found, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(b.Record.Created, a.Record.Created), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return found, err
}

// About returns the current publications of one kind whose part "of", "meeting", "conclusion" names another one, in order of their making.
//
// It fails with [fault.Denied].
func (s *Service) About(ctx context.Context, who access.Actor, kind Kind, of id.Publication) ([]Kept, error) {
	all, err := s.All(ctx, who, Filter{Kind: kind}, "")
	var out []Kept
	for _, k := range all {
		body := ReadBody(k.Record.Body)
		for _, p := range ShapeOf(kind) {
			if p.Is == LinkTo && body.Word(p.Name) == string(of) {
				out = append(out, k)
				break
			}
		}
	}
	slices.Reverse(out)
	return out, err
}

// Authors are the members of which this node has publications, in order of letters.
//
// It fails with [fault.Denied].
func (s *Service) Authors(ctx context.Context, who access.Actor) ([]id.Member, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []id.Member
	err := s.Read(ctx, func(tx Tx) error {
		marks, err := tx.PublicationMarks(ctx)
		all = nil
		for _, m := range marks {
			all = append(all, m.Member)
		}
		return err
	})
	return all, err
}

// Asked are the members that are asked what they say to a conclusion: the active countries of the roster, in their order; none before there is a network.
//
// It fails with [fault.Denied].
func (s *Service) Asked(ctx context.Context, who access.Actor) ([]id.Member, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []id.Member
	err := s.Read(ctx, func(tx Tx) error {
		all = nil
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil {
			all = held.Signed.Roster.Taking(access.DecidePartner)
		}
		return err
	})
	return all, err
}
