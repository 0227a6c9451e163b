package homecoming

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// wide is the transaction of another noun as returns need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "homecoming.wiring")
	}
	return tx, nil
}

// ClosingIn is asked before a case is closed or erased: not while she is on her way or somebody still asks how she is.
//
// It fails with [fault.Conflict] "homecoming.case-open".
func (s *Service) ClosingIn(ctx context.Context, over casefile.Tx, c casefile.Case) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.ReturnsOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !r.State.Over() {
			return fault.New(fault.Conflict, "homecoming.case-open")
		}
	}
	return nil
}

// EraseIn forgets the returns of a case that is erased; what was sealed is destroyed with it.
func (s *Service) EraseIn(ctx context.Context, over casefile.Tx, c id.Case) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.ReturnsOf(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if _, err := s.Tasks.DropIn(ctx, tx, string(r.ID), ""); err != nil {
			return err
		}
		if err := s.unaskIn(ctx, tx, &r); err != nil {
			return err
		}
	}
	return tx.DropReturns(ctx, c)
}

// WithdrawnIn follows a consent that was withdrawn: the desk that was asked under it opens nothing any more, and nobody leaves on an
// assessment that can no longer be read. Her own decision is another one, and stands until she says otherwise.
func (s *Service) WithdrawnIn(ctx context.Context, over consent.Tx, c id.Consent) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	all, err := tx.ReturnsUnder(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.State.Over() {
			continue
		}
		if err := unshareIn(ctx, tx, r); err != nil {
			return err
		}
		r.Thread = "" // what was sent under the consent is called back with it
		if r.Departed == 0 {
			r.State = Decided
			r.Peer, r.Second, r.Consent, r.Space, r.Record, r.Assessor, r.Assessed, r.Signer, r.Signed, r.Red = "", "", "", "", "", "", 0, "", 0, false
			if _, err := s.Tasks.DropIn(ctx, tx, string(r.ID), ""); err != nil {
				return err
			}
		}
		if err := tx.SetReturn(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
