package screening

import (
	"context"
	"reflect"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// Kind is the kind of the sealed records of a case that are screenings.
const Kind = "screening"

// Screening is one of the dated series of a case. Nothing of it stands in the row of the case.
type Screening struct {
	Form   string     `json:"form"`
	Case   id.Case    `json:"case"`
	At     frame.Time `json:"at"`
	By     id.User    `json:"by"`
	Desk   id.Desk    `json:"desk"`
	Sheet  Sheet      `json:"sheet"`  // with the version of the indicators, and a disagreement if there is one
	Result Result     `json:"result"` // as it was judged then
}

// ScreeningForm names the form of a screening.
const ScreeningForm = "opentrm/screening/1"

// Check reports whether the screening can be kept: it is whole, and its result is that of its answers.
//
// It fails as [Data.ParseSheet], with [fault.Invalid] as [Apart], and with [fault.Invalid] if its result is another.
func (x Screening) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	if x.Form != ScreeningForm || x.Case == "" || x.At <= 0 || x.By == "" || x.Desk == "" {
		return bad("by")
	}
	r, err := d.Judge(x.Sheet)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(r, x.Result) {
		return bad("result")
	}
	return Apart(x.Sheet, r)
}

// Service keeps screenings in cases.
type Service struct {
	Cases *casefile.Service
	// Ends says when a draft is erased if nobody goes on with it; 0: it is not. Nil: none is.
	Ends func(ctx context.Context, tx casefile.Tx, c keyring.Compartment) (frame.Time, error)
}

// Screen judges a sheet and adds both to the series of the case. It changes nothing else, and nothing follows from it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [Data.ParseSheet] and [Apart],
// [fault.Conflict] if the case is closed or the set is for adults and she may be a child, and [fault.Locked] without keys.
func (s *Service) Screen(ctx context.Context, by keyring.Bearer, c id.Case, sheet Sheet) (casefile.Kept[Screening], error) {
	d, err := Shipped()
	if err != nil {
		return casefile.Kept[Screening]{}, err
	}
	var kept casefile.Kept[Screening]
	err = s.Cases.Work(ctx, by, access.ScreenCase, c, "", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		if err := d.fits(sheet.Set, row.AgeClass); err != nil {
			return err
		}
		x := Screening{Form: ScreeningForm, Case: c, At: frame.At(s.Cases.Now()), By: by.User, Desk: by.Desk, Sheet: sheet}
		var err error
		if x.Result, err = d.Judge(sheet); err != nil {
			return err
		}
		if err := x.Check(); err != nil {
			return err
		}
		body, err := frame.Encode(x)
		if err != nil {
			return err
		}
		space, err := s.endIn(ctx, tx, k)
		if err == nil && space == "" {
			space, err = k.NewSpaceIn(ctx, tx, profile.ClassScreening)
		}
		if err != nil {
			return err
		}
		r, err := k.PutIn(ctx, tx, keyring.Record{Kind: Kind, Compartment: space, Body: body})
		kept = casefile.Kept[Screening]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: x}
		return err
	})
	return kept, err
}

// List opens the screenings of a case, oldest first, and counts those that are closed to the reader.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased,
// [fault.Locked] without keys, and [fault.Internal] if a record was tampered with.
func (s *Service) List(ctx context.Context, by keyring.Bearer, c id.Case) (all []casefile.Kept[Screening], shut int, err error) {
	err = s.Cases.Look(ctx, by, c, "screening", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		records, closed, err := k.ListIn(ctx, tx, Kind)
		if err != nil {
			return err
		}
		all, shut = make([]casefile.Kept[Screening], len(records)), closed
		for i, r := range records {
			var x Screening
			if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
				return fault.Wrap(fault.Internal, "screening.kept", err)
			}
			all[i] = casefile.Kept[Screening]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: x}
		}
		return nil
	})
	return all, shut, err
}
