package directory

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// accommodation is the service whose places are confidential whatever a file says.
const accommodation = "accommodation"

// Reading says how a file is taken.
type Reading struct {
	// Terms turns codes or names of terms in the file into codes of the list of services.
	Terms map[string]string
	// Public says that the locations in the file are public already. Those of an organisation that offers accommodation, or
	// one of whose services was refused, are sealed all the same.
	Public bool
}

// Import takes organisations from an HSDS 3.0 file in JSON, each in a transaction of its own, and says what became of
// every organisation, service and location. What was taken before is known and left as it is, so that a file may be taken
// again after an interruption. What is taken counts as never confirmed.
//
// It fails with [fault.Denied], with [fault.Invalid] "directory.import.file" if the file is no JSON or holds no
// organisations, with [fault.TooLarge] "directory.many", with [fault.Invalid] "directory.field" naming "terms", and with
// [fault.Locked], [fault.Hidden] or the failure of the store where going on makes no sense; what was taken until then is
// kept and known the next time.
func (s *Service) Import(ctx context.Context, by keyring.Bearer, file []byte, how Reading) ([]Item, error) {
	if err := access.Check(by.Actor, access.ImportDirectory, of(by.Desk, "")); err != nil {
		return nil, err
	}
	list, err := codes()
	if err != nil {
		return nil, err
	}
	for _, c := range how.Terms {
		if !slices.Contains(list, c) {
			return nil, wrong("terms")
		}
	}
	all, err := split(file)
	if err != nil {
		return nil, err
	}
	report := []Item{}
	for i, raw := range all {
		r := organization(i+1, raw, list, how.Terms)
		if r.err == nil {
			if err := s.take(ctx, by, &r, how.Public); err != nil {
				return nil, err
			}
		}
		report = append(report, r.items...)
	}
	return report, nil
}

// take enters one organisation, unless it is known.
func (s *Service) take(ctx context.Context, by keyring.Bearer, r *read, public bool) error {
	known, err := s.known(ctx, r.source)
	if err != nil {
		return err
	}
	if known == "" {
		var confidential []Place
		refused := func(i Item) bool { return i.Kind == "service" && i.Result == Refused }
		shelter := func(o Offer) bool { return o.Code == accommodation }
		if public && !slices.ContainsFunc(r.body.Services, shelter) && !slices.ContainsFunc(r.items, refused) {
			r.body.Places = r.places
		} else {
			confidential = r.places
		}
		row := Row{ID: id.Ordered[id.Organisation](s.IDs), Desk: by.Desk, Source: r.source}
		o, err := s.add(ctx, by, access.ImportDirectory, row, r.body, confidential)
		if err == nil {
			for i := range r.items {
				if r.items[i].Organisation = string(o.ID); r.items[i].Kind == "location" && r.items[i].Result == Taken {
					r.items[i].Confidential = len(confidential) > 0
				}
			}
			return nil
		}
		if !fault.Is(err, fault.Conflict) { // somebody takes the same file at the same moment
			return err
		}
		if known, err = s.known(ctx, r.source); err != nil {
			return err
		}
	}
	r.items = r.items[:1]
	r.items[0].Result, r.items[0].Organisation, r.items[0].Left = Known, string(known), nil
	return nil
}

// known returns the organisation that was taken from a source, or written to a file here; "" if there is none.
func (s *Service) known(ctx context.Context, source string) (id.Organisation, error) {
	var found id.Organisation
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.OrganisationFrom(ctx, source)
		if fault.Is(err, fault.NotFound) {
			r, err = tx.Organisation(ctx, id.Organisation(source))
		}
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		found = r.ID
		return err
	})
	return found, err
}

// Export writes every organisation as an array of HSDS 3.0 organizations in JSON. Nothing confidential is opened for
// it, so that nothing confidential can be in it.
//
// It fails with [fault.Denied].
func (s *Service) Export(ctx context.Context, who access.Actor) ([]byte, error) {
	if err := access.Check(who, access.ExportDirectory, of("", "")); err != nil {
		return nil, err
	}
	out := []hsdsOrganization{}
	var after id.Organisation
	for {
		var page []Organisation
		err := s.Read(ctx, func(tx Tx) (err error) {
			page, err = s.page(ctx, tx, Filter{After: after, Limit: pageMax})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			out = append(out, written(o))
			after = o.ID
		}
		if len(page) < pageMax {
			break
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "directory.row", err)
	}
	return b, nil
}
