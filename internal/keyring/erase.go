package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// FreezeIn closes every compartment of a consent, here and now: a withdrawal takes effect on arrival,
// with nobody signed in. It returns the compartments that were open.
func (s *Service) FreezeIn(ctx context.Context, tx Tx, consent id.Consent) ([]Compartment, error) {
	if consent == "" {
		return nil, fault.New(fault.Invalid, "keyring.freeze.home")
	}
	all, err := tx.CompartmentsOf(ctx, consent)
	if err != nil {
		return nil, err
	}
	var frozen []Compartment
	for _, c := range all {
		if c.State != Open {
			continue
		}
		c.State = Frozen
		if err := tx.SetCompartment(ctx, c); err != nil {
			return nil, err
		}
		frozen = append(frozen, c)
	}
	return frozen, nil
}

// EraseCompartmentIn destroys the key of a compartment, every hold of it and its rows. It needs no key.
//
// It fails with [fault.NotFound] if there is no such compartment. Erasing twice changes nothing.
func (s *Service) EraseCompartmentIn(ctx context.Context, tx Tx, compartment id.Compartment) error {
	c, err := tx.Compartment(ctx, compartment)
	if err != nil {
		return err
	}
	if err := s.destroy(ctx, tx, c); err != nil {
		return err
	}
	return tx.AddErasure(ctx, Erasure{ID: string(compartment), What: "compartment", At: s.now()})
}

func (s *Service) destroy(ctx context.Context, tx Tx, c Compartment) error {
	c.State, c.Sealed, c.Previous = Erased, nil, nil
	if err := tx.SetCompartment(ctx, c); err != nil {
		return err
	}
	if err := tx.DropRows(ctx, c.ID); err != nil {
		return err
	}
	holds, err := tx.Holds(ctx, c.Case)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Compartment == c.ID {
			if err := tx.DropHold(ctx, h); err != nil {
				return err
			}
		}
	}
	return s.settledIn(ctx, tx, c)
}

// EraseCaseIn destroys every key of a case and all its rows. Nobody can open it again, in no backup
// whose keys archive has expired.
func (s *Service) EraseCaseIn(ctx context.Context, tx Tx, c id.Case) error {
	if err := s.destroyCase(ctx, tx, c); err != nil {
		return err
	}
	return tx.AddErasure(ctx, Erasure{ID: string(c), What: "case", At: s.now()})
}

func (s *Service) destroyCase(ctx context.Context, tx Tx, c id.Case) error {
	all, err := tx.Compartments(ctx, c)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := s.destroy(ctx, tx, p); err != nil {
			return err
		}
	}
	holds, err := tx.Holds(ctx, c)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if err := tx.DropHold(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// ReplayIn repeats erasures that happened after a backup was made, before a restored node serves
// anybody. What is not there any more, or never was, is passed over. It returns how many were repeated.
func (s *Service) ReplayIn(ctx context.Context, tx Tx, erasures []Erasure) (int, error) {
	done := 0
	for _, e := range erasures {
		switch e.What {
		case "case":
			if err := s.destroyCase(ctx, tx, id.Case(e.ID)); err != nil {
				return done, err
			}
		case "compartment":
			c, err := tx.Compartment(ctx, id.Compartment(e.ID))
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return done, err
			}
			if err := s.destroy(ctx, tx, c); err != nil {
				return done, err
			}
		default:
			return done, fault.New(fault.Invalid, "keyring.erasure.kind")
		}
		if err := tx.AddErasure(ctx, e); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// KeepIn answers a withdrawal with "kept": the key of a frozen compartment is sealed to a legal-hold
// desk and taken from everybody else, the case key included.
//
// It fails with [fault.Denied] if the case is open for reading only, and [fault.Conflict] if the
// compartment is not frozen or the desk holds no pair.
func (k *Case) KeepIn(ctx context.Context, tx Tx, compartment id.Compartment, desk id.Desk) error {
	if k.readOnly || !k.whole {
		return fault.New(fault.Denied, "keyring.read-only")
	}
	c, ok := k.compartments[compartment]
	if !ok || c.State != Frozen {
		return fault.New(fault.Conflict, "keyring.keep.not-frozen")
	}
	key, err := k.unwrap(c)
	if err != nil {
		return err
	}
	holds, err := tx.Holds(ctx, k.ID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Compartment == compartment {
			if err := tx.DropHold(ctx, h); err != nil {
				return err
			}
		}
	}
	h := Hold{Case: k.ID, Compartment: compartment, Desk: desk, Reason: LegalHold, Created: k.s.now()}
	if err := k.s.holdFor(ctx, tx, h, key); err != nil {
		return err
	}
	c.State, c.Sealed = Kept, nil
	k.compartments[compartment] = c
	return tx.SetCompartment(ctx, c)
}
