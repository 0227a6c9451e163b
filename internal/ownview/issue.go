package ownview

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// Issued is a view whose code is shown this once.
type Issued struct {
	View
	Code  string `json:"code"`
	Paper bool   `json:"paper"` // it may be printed: how she can be reached allows paper

	Unasked bool `json:"-"` // nobody has asked her yet how she can be reached, and so it may not
}

// Issue gives her a code for the page of her case. One that she had is off from now on. It may be given for a closed case too.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, [fault.Conflict] if it is
// merged, and [fault.Locked] without keys: what is known of safe ways is asked before anything is shown.
func (s *Service) Issue(ctx context.Context, by keyring.Bearer, c id.Case) (Issued, error) {
	code := seal.NewCode(s.Cases.Keys.Rand)
	pair := code.KEM()
	defer pair.Wipe()
	var out Issued
	err := s.Write(ctx, audit.Did(by.Actor, access.CodeCase, string(c)).In(c).For("issue"), func(tx Tx) error {
		row, err := s.caseIn(ctx, tx, by.Actor, c)
		if err != nil {
			return err
		}
		if row.State == casefile.Merged {
			return fault.New(fault.Conflict, "case.merged")
		}
		out = Issued{Code: code.Text()}
		if out.Paper, out.Unasked, err = s.paperIn(ctx, tx, by, c); err != nil {
			return err
		}
		if err := s.endIn(ctx, tx, c, Reissued); err != nil {
			return err
		}
		out.View = View{
			ID: id.Random[id.Record](s.IDs), Case: c, Home: c, Lookup: code.Lookup(), Public: pair.Public().Bytes(), Made: s.now(), By: by.User, Version: 1,
		}
		if out.Capsule, err = s.sealIn(ctx, tx, out.View); err != nil {
			return err
		}
		return tx.AddOwnView(ctx, out.View)
	})
	if err != nil {
		return Issued{}, err
	}
	return out, nil
}

// caseIn returns a case for whoever may give out codes for it.
func (s *Service) caseIn(ctx context.Context, tx Tx, who access.Actor, c id.Case) (casefile.Case, error) {
	if _, err := person.MayIn(ctx, tx, who, access.CodeCase, c, s.now()); err != nil {
		return casefile.Case{}, err
	}
	row, err := tx.Case(ctx, c)
	if err == nil && row.State == casefile.Erased {
		err = fault.New(fault.NotFound, "case.erased")
	}
	return row, err
}

// paperIn reports whether a code may be printed for her, and whether nobody has asked her.
func (s *Service) paperIn(ctx context.Context, tx Tx, by keyring.Bearer, c id.Case) (paper, unasked bool, err error) {
	k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, c)
	if err != nil {
		return false, false, err
	}
	p, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	if fault.Is(err, fault.NotFound) {
		return false, true, nil
	}
	return err == nil && person.Paper(p.Person), false, err
}
