package keyring

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// NewSpaceIn makes the key space of one record that has a period of its own, by its class: a draft, a screening, a file. Whoever destroys the key
// destroys that record, also out of every backup, and nothing else of the case.
//
// It fails with [fault.Denied] if the case is open for reading only, and [fault.Invalid] without a class.
func (k *Case) NewSpaceIn(ctx context.Context, tx Tx, class string) (id.Compartment, error) {
	if k.readOnly || !k.whole {
		return "", fault.New(fault.Denied, "keyring.read-only")
	}
	if class == "" {
		return "", fault.New(fault.Invalid, "keyring.space.class")
	}
	return k.newIn(ctx, tx, Compartment{Class: class, Saved: k.s.now()})
}

// Space returns a compartment of the case as it was when the case was opened or it was made; false if the case has none by that name.
func (k *Case) Space(c id.Compartment) (Compartment, bool) {
	x, ok := k.compartments[c]
	return x, ok
}

// SpaceOf returns the space of a class of which a case has one at most, unless what lay in it is erased; false if there is none.
func (k *Case) SpaceOf(class string) (Compartment, bool) {
	for _, c := range k.compartments {
		if c.Class == class && c.State != Erased {
			return c, true
		}
	}
	return Compartment{}, false
}

// SavedIn says that somebody changed what lies in a space, and of which class it is from now on: its period begins anew, and a warning
// that was given is taken back. It needs no key.
//
// It fails with [fault.NotFound] if there is no such compartment, or it is erased, and [fault.Invalid] for one that
// is no space, or without a class.
func (s *Service) SavedIn(ctx context.Context, tx Tx, compartment id.Compartment, class string) error {
	c, err := tx.Compartment(ctx, compartment)
	if err != nil {
		return err
	}
	switch {
	case c.State == Erased:
		return fault.New(fault.NotFound, "keyring.compartment.erased")
	case class == "" || c.Class == "":
		return fault.New(fault.Invalid, "keyring.space.class")
	}
	if err := s.settledIn(ctx, tx, c); err != nil {
		return err
	}
	c.Class, c.Saved, c.Warned = class, s.now(), 0
	return tx.SetSpace(ctx, c)
}

// settledIn tells who warned of the end of a space that nobody has to be warned any more.
func (s *Service) settledIn(ctx context.Context, tx Tx, c Compartment) error {
	if c.Warned == 0 || s.Settled == nil {
		return nil
	}
	return s.Settled(ctx, tx, c)
}

// EraseSpaceIn destroys one record that has a period of its own, and nothing else. It needs no key.
//
// It fails with [fault.Internal] "keyring.space" for what no space of a case that has a home can be: somebody wrote into the database, so that
// more would be destroyed, and stay destroyed through a restore. It fails as [Service.EraseCompartmentIn].
func (s *Service) EraseSpaceIn(ctx context.Context, tx Tx, c Compartment) error {
	all, err := tx.Compartments(ctx, c.Case)
	if err != nil {
		return err
	}
	if c.Class == "" || c.Consent != "" || !slices.ContainsFunc(all, Compartment.home) {
		return fault.New(fault.Internal, "keyring.space")
	}
	return s.EraseCompartmentIn(ctx, tx, c.ID)
}

// Writable reports whether everything of the case can be opened and sealed anew: it is open whole, and not for reading only.
func (k *Case) Writable() bool { return k.whole && !k.readOnly }

// MoveIn seals a record that lies in the home of the case under a key of its own, with everything that it says; its period begins now. One that has
// its own stays where it is. What backups hold of the record stays sealed under the key that it had.
//
// It fails as [Case.PutIn].
func (k *Case) MoveIn(ctx context.Context, tx Tx, r Record, class string) error {
	if k.compartments[r.Compartment].Class != "" || r.Compartment != k.Home() {
		return nil
	}
	space, err := k.NewSpaceIn(ctx, tx, class)
	if err != nil {
		return err
	}
	r.Compartment = space
	_, err = k.PutIn(ctx, tx, r)
	return err
}
