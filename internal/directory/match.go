package directory

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Offered is a kind of service that the organisation behind a desk gives.
type Offered struct {
	Code     string     // of the list of services
	Light    Light      // the best of its services of this kind
	Verified frame.Time // when somebody last confirmed the record that says so; of several the newest
	Stale    bool       // that is too long ago
}

// Offers returns what the organisations behind desks of this member give, by kind of service, as the records say that their desks of the same realm
// keep. Of a desk that says what it can be asked for only these kinds count, as in [RoomIn]. A desk without any record is left out: of it nothing is
// known. Which record says so, and where, is not told.
//
// It fails with [fault.Denied] for who may not list the directory.
func (s *Service) Offers(ctx context.Context, who access.Actor, at []id.Desk) (map[id.Desk][]Offered, error) {
	if err := access.Check(who, access.ListDirectory, of("", "")); err != nil {
		return nil, err
	}
	all := map[id.Desk][]Offered{}
	err := s.Read(ctx, func(tx Tx) error {
		clear(all)
		var desks []desk.Desk
		for _, name := range at {
			d, err := tx.Desk(ctx, name)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err == nil {
				desks = append(desks, d)
			}
		}
		return standing(ctx, tx, s.now(), func(keeper desk.Desk, r Row, o Organisation) error {
			var whole *Organisation
			for _, d := range desks {
				if !together(keeper, d) {
					continue
				}
				if whole == nil {
					full, err := s.whole(ctx, tx, r)
					if err != nil {
						return err
					}
					whole = &full
				}
				for i, x := range whole.Body.Services {
					if whole.EndOf(OneService, string(x.ID)) == nil && (len(d.Competence) == 0 || slices.Contains(d.Competence, x.Code)) {
						all[d.ID] = offer(all[d.ID], Offered{Code: x.Code, Light: whole.Capacity[i].Light, Verified: o.Verified, Stale: o.Stale})
					}
				}
			}
			return nil
		})
	})
	return all, err
}

// offer adds a service to those of a desk: of one kind the best light and the newest word count.
func offer(all []Offered, x Offered) []Offered {
	i := slices.IndexFunc(all, func(o Offered) bool { return o.Code == x.Code })
	if i < 0 {
		return append(all, x)
	}
	if l := better(all[i].Light, x.Light); l != "" { // of both nobody has spoken
		all[i].Light = l
	}
	if x.Verified > all[i].Verified {
		all[i].Verified, all[i].Stale = x.Verified, x.Stale
	}
	return all
}

// Fit is how what a desk offers answers what is needed. It decides nothing: whoever refers reads it, and may know better.
type Fit struct {
	Given    []Offered // is needed, and given
	Asked    []string  // is needed, and the desk says that it can be asked for it; codes
	Unlisted []string  // is needed, and not among what is said of the desk; codes
	Unknown  bool      // nothing is said of the desk
}

// Match compares what is needed with what the organisation behind a desk gives, and with what the desk says that it can be asked for.
func Match(needs, competence []string, offers []Offered) Fit {
	f := Fit{Unknown: len(competence)+len(offers) == 0}
	if f.Unknown {
		return f
	}
	for _, n := range needs {
		i := slices.IndexFunc(offers, func(o Offered) bool { return o.Code == n })
		switch {
		case i >= 0:
			f.Given = append(f.Given, offers[i])
		case slices.Contains(competence, n):
			f.Asked = append(f.Asked, n)
		default:
			f.Unlisted = append(f.Unlisted, n)
		}
	}
	return f
}
