package directory

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// The lengths of a page.
const (
	pageMax     = 200
	pageDefault = 50
)

// List returns organisations without their confidential places, in the order of identifiers.
//
// It fails with [fault.Denied], and with [fault.Invalid] "directory.field" naming the limit.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Organisation, error) {
	if err := access.Check(who, access.ListDirectory, of("", "")); err != nil {
		return nil, err
	}
	if f.Limit < 0 || f.Limit > pageMax {
		return nil, wrong("limit")
	}
	f.Limit = cmp.Or(f.Limit, pageDefault)
	var out []Organisation
	err := s.Read(ctx, func(tx Tx) (err error) {
		out, err = s.page(ctx, tx, f)
		return err
	})
	return out, err
}

// page reads on until a page is full or nothing is left.
func (s *Service) page(ctx context.Context, tx Tx, f Filter) ([]Organisation, error) {
	out := []Organisation{}
	for {
		rows, err := tx.Organisations(ctx, f.After, pageMax)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			f.After = r.ID
			o, fits, err := s.fitting(ctx, tx, r, f)
			if err != nil {
				return nil, err
			}
			if !fits {
				continue
			}
			if out = append(out, o); len(out) == f.Limit {
				return out, nil
			}
		}
		if len(rows) < pageMax {
			return out, nil
		}
	}
}

// fitting returns an organisation if it is what a filter asks for. What was said of its room is read last.
func (s *Service) fitting(ctx context.Context, tx Tx, r Row, f Filter) (Organisation, bool, error) {
	o, err := s.seen(r, nil)
	if err != nil || !f.fits(o, s.Member) {
		return Organisation{}, false, err
	}
	if o, err = s.whole(ctx, tx, r); err != nil {
		return Organisation{}, false, err
	}
	return o, !f.Room || o.roomy(f), nil
}

// Show returns one organisation without its confidential places.
//
// It fails with [fault.Denied] and [fault.NotFound] "directory.none".
func (s *Service) Show(ctx context.Context, who access.Actor, o id.Organisation) (Organisation, error) {
	if err := access.Check(who, access.ReadDirectory, of("", o)); err != nil {
		return Organisation{}, err
	}
	var out Organisation
	err := s.Read(ctx, func(tx Tx) error {
		r, err := found(ctx, tx, o)
		if err == nil {
			out, err = s.whole(ctx, tx, r)
		}
		return err
	})
	return out, err
}

// Confidential opens the confidential places of an organisation, for a member of the desk that keeps it. The log shows it.
//
// It fails with [fault.Denied], [fault.NotFound] "directory.none", [fault.Locked] if her keys are not open, and
// [fault.Hidden] if the desk is sealed to others.
func (s *Service) Confidential(ctx context.Context, by keyring.Bearer, o id.Organisation) ([]Place, error) {
	if err := access.Check(by.Actor, access.AddressDirectory, of(by.Desk, o)); err != nil {
		return nil, err
	}
	var all []kept
	err := s.Write(ctx, audit.Saw(by.Actor, access.AddressDirectory, string(o)), func(tx Tx) error {
		r, err := mine(ctx, tx, by.Actor, access.AddressDirectory, o, 0)
		if err != nil {
			return err
		}
		_, all, err = s.open(ctx, tx, by, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return places(all), nil
}

func (s *Service) whole(ctx context.Context, tx Tx, r Row) (Organisation, error) {
	said, err := tx.Capacities(ctx, r.ID)
	if err != nil {
		return Organisation{}, err
	}
	return s.seen(r, said)
}

func (s *Service) seen(r Row, said []Capacity) (Organisation, error) {
	d, err := Shipped()
	if err != nil {
		return Organisation{}, err
	}
	return view(r, said, s.now(), d)
}
