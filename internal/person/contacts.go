package person

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// KindContacts is the kind of the sealed record of how she is reached. It lies under a key of its own, so that it can be destroyed before her
// file is (domain 9.6: she is called by nobody when all is over), and belongs to one version of what is written of her.
const KindContacts = "contacts"

// reached is how she is reached, as it is sealed.
type reached struct {
	Of       int64     `json:"of"` // version of the person's record that it belongs to
	Contacts []Contact `json:"contacts"`
}

func (r reached) encode() ([]byte, error) { return frame.Encode(r) }

func parseReached(b []byte) (r reached, err error) { return r, frame.Decode(b, MaxSize, &r) }

// contactsIn opens how she is reached, and the record in which that lies; nothing if it does not lie apart, is not open to who opened the case, or
// was erased.
//
// It fails with [fault.Internal] if it is not of the version of her record that it has to belong to: somebody wrote into the database.
func contactsIn(ctx context.Context, tx Tx, k *keyring.Case, of int64) ([]Contact, keyring.Record, error) {
	space, ok := k.SpaceOf(profile.ClassContact)
	if !ok {
		return nil, keyring.Record{}, nil
	}
	all, closed, err := k.ListIn(ctx, tx, KindContacts)
	switch {
	case err != nil:
		return nil, keyring.Record{}, err
	case closed > 0:
		return nil, keyring.Record{}, nil
	case len(all) != 1 || all[0].Compartment != space.ID:
		return nil, keyring.Record{}, fault.New(fault.Internal, "person.kept")
	}
	r, err := parseReached(all[0].Body)
	if err != nil {
		return nil, keyring.Record{}, fault.Wrap(fault.Internal, "person.kept", err)
	}
	if r.Of != of {
		return nil, keyring.Record{}, fault.New(fault.Internal, "person.kept")
	}
	return r.Contacts, all[0], nil
}

// putContactsIn seals how she is reached under the key that it has for itself; the key is made with the first way.
func (s *Service) putContactsIn(ctx context.Context, tx Tx, k *keyring.Case, p Person, of int64, was keyring.Record) error {
	space, ok := k.SpaceOf(profile.ClassContact)
	if !ok && len(p.Contacts) == 0 {
		return nil
	}
	r := was
	r.Kind, r.Compartment = KindContacts, space.ID
	var err error
	if !ok {
		if r.Compartment, err = k.NewSpaceIn(ctx, tx, profile.ClassContact); err != nil {
			return err
		}
	}
	if r.Body, err = (reached{Of: of, Contacts: p.Contacts}).encode(); err != nil {
		return err
	}
	_, err = k.PutIn(ctx, tx, r)
	return err
}
