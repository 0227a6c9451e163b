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
	// Overwrite takes over what the file says also where what stands here is newer.
	Overwrite bool
	// Complete says that the file holds everything of each organisation that it names: services and locations that came from it and are
	// not in it any more have ended.
	Complete bool
}

// Import takes organisations from an HSDS 3.0 file in JSON, each in a transaction of its own, and says what became of
// every organisation, service and location. What was taken before is found by its identifier in the file, and changed where the file says
// something new: but what was changed or confirmed here since is left and named ([Differs]), unless the file was confirmed later or
// [Reading.Overwrite] is asked for. So a file may be taken again at any time, and nothing is taken twice. What is taken counts as never
// confirmed. Two sources that give the same identifier to an organisation are one source.
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
	all, err := Split(file)
	if err != nil {
		return nil, err
	}
	if len(all) > maxItems {
		return nil, fault.New(fault.TooLarge, "directory.many").With("field", "organizations")
	}
	report := []Item{}
	for i, raw := range all {
		r := organization(i+1, raw, list, how.Terms)
		if r.err == nil {
			if err := s.take(ctx, by, &r, how); err != nil {
				return nil, err
			}
		}
		report = append(report, r.items...)
	}
	return report, nil
}

// take enters one organisation, or brings up to date what was taken before.
func (s *Service) take(ctx context.Context, by keyring.Bearer, r *read, how Reading) error {
	known, err := s.known(ctx, r.source)
	if err == nil && known == "" {
		err = s.enter(ctx, by, r, how)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		known, err = s.known(ctx, r.source) // somebody takes the same file at the same moment
	}
	if err != nil {
		return err
	}
	return s.merge(ctx, by, known, r, how)
}

// enter enters an organisation that is not known here.
func (s *Service) enter(ctx context.Context, by keyring.Bearer, r *read, how Reading) error {
	if len(r.stopped) > 0 && len(r.services) == 0 {
		r.items[0] = r.items[0].refused(fault.New(fault.Conflict, "directory.import.status"))
		r.items = r.items[:1]
		return nil
	}
	row := Row{ID: id.Ordered[id.Organisation](s.IDs), Desk: by.Desk, Source: r.source}
	st := state{Taken: s.now(), Head: origin{Source: r.source, Base: r.body.digest()}, Services: map[id.Service]origin{}, Places: map[string]origin{}}
	body, hide := r.body, r.hides(how, nil)
	var hidden []kept
	for _, x := range r.services {
		x.value.ID = id.Ordered[id.Service](s.IDs)
		body.Services = append(body.Services, x.value)
		st.Services[x.value.ID] = origin{Source: x.source, Base: x.value.digest()}
	}
	for _, x := range r.places {
		x.value.ID = id.Ordered[string](s.IDs)
		from := origin{Source: x.source, Base: x.value.digest()}
		if r.items[x.item].Confidential = hide; hide {
			hidden = append(hidden, kept{Place: x.value, origin: from})
		} else {
			body.Places, st.Places[x.value.ID] = append(body.Places, x.value), from
		}
	}
	o, err := s.add(ctx, by, access.ImportDirectory, row, body, hidden, st)
	for i := range r.items {
		r.items[i].Organisation = string(o.ID)
	}
	return err
}

// hides reports whether the locations of an organisation are sealed: unless they are said to be public, where it offers accommodation, and
// where nobody understood what it offers.
func (r *read) hides(how Reading, there []Offer) bool {
	return !how.Public || r.shelters(there) ||
		slices.ContainsFunc(r.items, func(i Item) bool { return i.Kind == "service" && i.Result == Refused })
}

func (r *read) shelters(there []Offer) bool {
	return slices.ContainsFunc(r.services, func(x part[Offer]) bool { return x.value.Code == accommodation }) ||
		slices.ContainsFunc(there, func(x Offer) bool { return x.Code == accommodation })
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
			page, err = s.page(ctx, tx, Filter{After: after, Limit: pageMax, Ended: true})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if after = o.ID; !o.Over() || len(o.Body.Services) > 0 { // an organisation ends in a file by its services
				out = append(out, written(o))
			}
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
