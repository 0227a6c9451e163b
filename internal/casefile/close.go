package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Closure says how a case ended (docs/sources.md, domain 10.3).
type Closure struct {
	Reason   string `json:"reason"`   // code
	Date     string `json:"date"`     // yyyy-mm-dd
	Handover string `json:"handover"` // to whom, in words
	Action   string `json:"action"`   // what happens to the data, code
	Note     string `json:"note"`
}

// Check reports whether the closure can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Closure) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListClosure, x.Reason):
		return bad("reason")
	case !person.Day(x.Date):
		return bad("date")
	case !d.Has(ListAction, x.Action):
		return bad("action")
	case !person.Text(x.Handover, 500):
		return bad("handover")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	}
	return nil
}

// Close ends the work on a case. The file stays readable at its desk until it is erased.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Closure.Check],
// [fault.Conflict] if it is closed already or something is still going on, [fault.Stale] if it has
// changed since version was read, and [fault.Locked] without keys.
func (s *Service) Close(ctx context.Context, by keyring.Bearer, c id.Case, version int64, x Closure) (Case, error) {
	var out Case
	err := s.Work(ctx, by, access.CloseCase, c, "", func(tx Tx, k *keyring.Case, row Case) error {
		if err := s.closingIn(ctx, tx, row); err != nil {
			return err
		}
		if _, err := putIn(ctx, tx, k, KindClosure, x); err != nil {
			return err
		}
		row.State, row.Closed, row.Closure, row.Action, row.Version = Closed, s.now(), x.Reason, x.Action, version
		var err error
		out, err = setIn(ctx, tx, row)
		return err
	})
	return out, err
}

// Erase destroys every key of a closed case and all its sealed rows, the letters of its referrals and the threads about
// them; the person has agreed, or a
// retention rule has run out. Nobody can open it again. It needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] if the case is not
// closed, if it is held or something of it is kept by law, or if something is still going on.
func (s *Service) Erase(ctx context.Context, who access.Actor, c id.Case) error {
	return s.Write(ctx, audit.Did(who, access.EraseCase, string(c)).In(c), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, who, access.EraseCase, c)
		if err != nil {
			return err
		}
		return s.EraseIn(ctx, tx, row)
	})
}

// EraseIn is [Service.Erase] inside the transaction of the caller, who has checked access and names the case in the log. What was
// merged into it is erased with it, with an entry of its own.
//
// It fails as [Service.MayEraseIn].
func (s *Service) EraseIn(ctx context.Context, tx Tx, row Case) error {
	if err := s.MayEraseIn(ctx, tx, row); err != nil {
		return err
	}
	aliases, err := tx.CasesInto(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, a := range append(aliases, row) { // what leads to it is of the same person
		if err := s.Keys.EraseCaseIn(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := s.erasedIn(ctx, tx, a); err != nil {
			return err
		}
		if a.ID == row.ID {
			continue // the caller names it
		}
		if err := tx.Also(audit.Did(access.Node(s.Member), access.EraseCase, string(a.ID)).In(a.ID).For("duplicate")); err != nil {
			return err
		}
	}
	return nil
}

// MayEraseIn asks whether anything but access stands against erasing a case. It changes nothing.
//
// It fails with [fault.NotFound] if the case is erased, and with [fault.Conflict] if it is not closed, if it is held or
// something of it is kept by law, or if something is still going on.
func (s *Service) MayEraseIn(ctx context.Context, tx Tx, row Case) error {
	spaces, err := tx.Compartments(ctx, row.ID)
	if err != nil {
		return err
	}
	if err := erasable(row, spaces); err != nil {
		return err
	}
	if err := s.erasableIn(ctx, tx, row); err != nil {
		return err
	}
	aliases, err := tx.CasesInto(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, a := range aliases {
		if spaces, err = tx.Compartments(ctx, a.ID); err != nil {
			return err
		}
		if err := unkept(spaces); err != nil {
			return err
		}
		if err := s.erasableIn(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// erasableIn asks whether somebody needs a case kept, or something of it is still going on.
func (s *Service) erasableIn(ctx context.Context, tx Tx, row Case) error {
	if err := s.heldIn(ctx, tx, row.ID); err != nil {
		return err
	}
	return s.closingIn(ctx, tx, row)
}

func (s *Service) heldIn(ctx context.Context, tx Tx, c id.Case) error {
	if s.Held == nil {
		return nil
	}
	return s.Held(ctx, tx, c)
}

func (s *Service) closingIn(ctx context.Context, tx Tx, row Case) error {
	if s.Closing == nil {
		return nil
	}
	return s.Closing(ctx, tx, row)
}

// EraseAgainIn repeats the erasure of a case in a restored node, where its keys and its sealed rows are destroyed already.
// A case that is not there is passed over.
//
// It fails as the storage fails.
func (s *Service) EraseAgainIn(ctx context.Context, tx Tx, c id.Case) error {
	row, err := tx.Case(ctx, c)
	if fault.Is(err, fault.NotFound) || err == nil && row.State == Erased {
		return nil
	}
	if err != nil {
		return err
	}
	return s.erasedIn(ctx, tx, row)
}

// erasedIn destroys what lies elsewhere about a case, and leaves of its row that there was something.
func (s *Service) erasedIn(ctx context.Context, tx Tx, row Case) error {
	if err := s.unasked(ctx, tx, row); err != nil {
		return err
	}
	if s.Erasing != nil {
		if err := s.Erasing(ctx, tx, row); err != nil {
			return err
		}
	}
	if err := tx.DropOpenings(ctx, row.ID); err != nil {
		return err
	}
	row.State, row.Origins, row.Status, row.Grade, row.Into = Erased, nil, "", "", ""
	_, err := setIn(ctx, tx, row)
	return err
}

func erasable(c Case, spaces []keyring.Compartment) error {
	if c.State == Erased {
		return fault.New(fault.NotFound, "case.erased")
	}
	if c.State == Merged {
		return fault.New(fault.Conflict, "case.merged")
	}
	if c.State != Closed {
		return fault.New(fault.Conflict, "case.not-closed")
	}
	return unkept(spaces)
}

// unkept fails if something is kept by law.
func unkept(spaces []keyring.Compartment) error {
	for _, x := range spaces {
		if x.State == keyring.Kept {
			return fault.New(fault.Conflict, "case.legal-hold")
		}
	}
	return nil
}
