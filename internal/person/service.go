package person

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Place is where a case lives: what is operational of it and decides who may do what.
type Place struct {
	Case     id.Case
	Person   id.Person
	Desk     id.Desk
	Realm    access.Realm
	Owner    id.User // who opened it
	AgeClass AgeClass
	Closed   bool
}

// Tx is what persons need kept, beside the sealed rows.
type Tx interface {
	keyring.Tx

	// PlaceOf returns where a case lives; fault.NotFound if there is no such case.
	PlaceOf(ctx context.Context, c id.Case) (Place, error)
	// SetAgeClass notes what the person record says about her age.
	SetAgeClass(ctx context.Context, c id.Case, class AgeClass) error
}

// Service is the use-cases of persons.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	Keys  *keyring.Service
	// Index makes a case findable by who she is, in the transaction that writes her down. Nil: nothing does.
	Index func(ctx context.Context, tx Tx, at Place, p Person) error
	// Written says how she is treated after what is written of her was changed, and sees to what follows from it, in the same
	// transaction; was is what stood there, nil if nothing did. Nil: as [Class] says.
	Written func(ctx context.Context, tx Tx, k *keyring.Case, at Place, was *Person, now Person) (AgeClass, error)
}

// Kept is a person as kept: with the version to hand back when she is corrected.
type Kept struct {
	Person
	Record  id.Record
	Version int64
	At      frame.Time
	By      id.User
}

// Resource describes what belongs to a case, for [access.Check]: who holds keys of it decides to whom
// it was released and which emergency desk may open it.
func (p Place) Resource(noun string, holds []keyring.Hold, now frame.Time) access.Resource {
	r := access.Resource{Noun: noun, ID: string(p.Case), Realm: p.Realm, Desk: p.Desk, Owner: p.Owner}
	for _, h := range holds {
		if h.Until != 0 && h.Until <= now {
			continue
		}
		switch h.Reason {
		case keyring.Released:
			if !slices.Contains(r.Released, h.Desk) {
				r.Released = append(r.Released, h.Desk)
			}
		case keyring.InEmergency:
			r.Emergency = h.Desk
		case keyring.Own, keyring.Transferred, keyring.Offered, keyring.LegalHold, keyring.Joint: // who works jointly knows what is held jointly, and no case
		}
	}
	return r
}

// MayIn checks whether who may do action on what belongs to the case, and returns where the case lives.
//
// It fails as [access.Check]; a case that does not exist is [fault.Hidden], like one that she may not
// know of. That holds too for what would be made in the case, of which there is no record yet that could be hidden.
func MayIn(ctx context.Context, tx Tx, who access.Actor, action access.Action, c id.Case, now frame.Time, flags ...access.Flag) (Place, error) {
	p, err := tx.PlaceOf(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return Place{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Place{}, err
	}
	holds, err := tx.Holds(ctx, c)
	if err != nil {
		return Place{}, err
	}
	on := p.Resource(action.Noun(), holds, now)
	on.Flags = flags
	err = access.Check(who, action, on)
	if fault.Is(err, fault.Denied) && access.Hides(action) == "" {
		on.Noun = access.KnowCase.Noun()
		if access.Check(who, access.KnowCase, on) != nil {
			return p, fault.New(fault.Hidden, "access.hidden")
		}
	}
	return p, err
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// Record writes down who she is, in the home compartment of her case.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Person.Check] and as [NoCountry],
// [fault.Conflict] if the case has a person already or is closed, and [fault.Locked] without keys.
func (s *Service) Record(ctx context.Context, by keyring.Bearer, c id.Case, p Person) (Kept, error) {
	var kept Kept
	err := s.Write(ctx, audit.Did(by.Actor, access.RecordPerson, string(c)).In(c), func(tx Tx) error {
		at, err := MayIn(ctx, tx, by.Actor, access.RecordPerson, c, s.now())
		if err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err = s.RecordIn(ctx, tx, k, at, p.asSaid(at.AgeClass))
		return err
	})
	return kept, err
}

// RecordIn is [Service.Record] inside the transaction of the caller, who has checked access.
func (s *Service) RecordIn(ctx context.Context, tx Tx, k *keyring.Case, at Place, p Person) (Kept, error) {
	p.ID = at.Person
	if at.Closed {
		return Kept{}, fault.New(fault.Conflict, "person.case-closed")
	}
	_, err := s.ReadIn(ctx, tx, k)
	if err == nil {
		return Kept{}, fault.New(fault.Conflict, "person.already")
	}
	if !fault.Is(err, fault.NotFound) {
		return Kept{}, err
	}
	return s.putIn(ctx, tx, k, at, nil, p, keyring.Record{Kind: Kind, Compartment: k.Home()})
}

func (s *Service) putIn(ctx context.Context, tx Tx, k *keyring.Case, at Place, was *Person, p Person, r keyring.Record) (Kept, error) {
	if err := p.Check(); err != nil {
		return Kept{}, err
	}
	_, contacts, err := contactsIn(ctx, tx, k, r.Version)
	if err != nil {
		return Kept{}, err
	}
	home := p
	home.Contacts = []Contact{}
	if r.Body, err = home.Encode(); err != nil {
		return Kept{}, err
	}
	if err := p.typed(was); err != nil {
		return Kept{}, err
	}
	if r, err = k.PutIn(ctx, tx, r); err != nil {
		return Kept{}, err
	}
	if err := s.putContactsIn(ctx, tx, k, p, r.Version, contacts); err != nil {
		return Kept{}, err
	}
	if s.Index != nil {
		if err := s.Index(ctx, tx, at, p); err != nil {
			return Kept{}, err
		}
	}
	class := Class(p, s.Now())
	if s.Written != nil {
		if class, err = s.Written(ctx, tx, k, at, was, p); err != nil {
			return Kept{}, err
		}
	}
	return Kept{p, r.ID, r.Version, r.At, r.By}, tx.SetAgeClass(ctx, k.ID, class)
}

// ReadIn opens the person of an opened case.
//
// It fails with [fault.NotFound] if none was recorded in what is open, and [fault.Internal] if the row
// was tampered with or is not of this form.
func (s *Service) ReadIn(ctx context.Context, tx Tx, k *keyring.Case) (Kept, error) {
	all, _, err := k.ListIn(ctx, tx, Kind)
	if err != nil {
		return Kept{}, err
	}
	if len(all) == 0 {
		return Kept{}, fault.New(fault.NotFound, "person.none")
	}
	p, err := Parse(all[0].Body)
	if err != nil {
		return Kept{}, fault.Wrap(fault.Internal, "person.kept", err)
	}
	if len(p.Contacts) == 0 { // else they were written before they lay apart
		contacts, _, err := contactsIn(ctx, tx, k, all[0].Version)
		if err != nil {
			return Kept{}, err
		}
		p.Contacts = append(p.Contacts, contacts...)
	}
	if err := p.Check(); err != nil {
		return Kept{}, fault.Wrap(fault.Internal, "person.kept", err)
	}
	return Kept{p, all[0].ID, all[0].Version, all[0].At, all[0].By}, nil
}

// Correct replaces what is written of her. Version is the one that was read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Person.Check] and as [NoCountry],
// [fault.NotFound] if nobody was recorded, [fault.Stale] if somebody else corrected it since, and
// [fault.Locked] without keys.
func (s *Service) Correct(ctx context.Context, by keyring.Bearer, c id.Case, version int64, p Person) (Kept, error) {
	var kept Kept
	err := s.Write(ctx, audit.Did(by.Actor, access.CorrectPerson, string(c)).In(c), func(tx Tx) error {
		at, err := MayIn(ctx, tx, by.Actor, access.CorrectPerson, c, s.now())
		if err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		old, err := s.ReadIn(ctx, tx, k)
		if err != nil {
			return err
		}
		if old.Version != version {
			return fault.New(fault.Stale, "store.row.version")
		}
		p.ID = old.ID
		p.Contacts = keepAddresses(old.Contacts, p.Contacts)
		r := keyring.Record{ID: old.Record, Compartment: k.Home(), Kind: Kind, Version: version, At: old.At, By: old.By}
		kept, err = s.putIn(ctx, tx, k, at, &old.Person, p, r)
		return err
	})
	return kept, err
}

// keepAddresses fills in the addresses that [Person.Shown] left out, where the way is the same: who
// corrects a name has not seen them and does not lose them.
func keepAddresses(old, now []Contact) []Contact {
	now = slices.Clone(now)
	for i := range now {
		if now[i].Address == "" && i < len(old) && old[i].Way == now[i].Way {
			now[i].Address = old[i].Address
		}
	}
	return now
}

// Show opens who she is, without numbers and addresses.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if nobody was
// recorded, and [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, c id.Case) (Kept, error) {
	var kept Kept
	err := s.open(ctx, by, c, "", func(k Kept) error {
		kept = k
		kept.Person = k.Shown()
		return nil
	})
	return kept, err
}

// SafeContact opens the safe-contact card, which stands on the screen before any call, letter or
// message.
//
// It fails as [Service.Show].
func (s *Service) SafeContact(ctx context.Context, by keyring.Bearer, c id.Case) (Card, error) {
	var card Card
	err := s.open(ctx, by, c, "safe-contact", func(k Kept) error {
		card = CardOf(k.Contacts, k.Version)
		return nil
	})
	return card, err
}

// Reach gives the number or address of one way of the card. Shown is the version of the card that the
// reader has before her.
//
// It fails as [Service.Show]; with [fault.Conflict] "person.contact.card-first" if no card was shown,
// [fault.Stale] if the card has changed since, and [fault.Denied] for a way that is unsafe or of which
// nobody knows that it is safe.
func (s *Service) Reach(ctx context.Context, by keyring.Bearer, c id.Case, index int, shown int64) (Contact, error) {
	var out Contact
	err := s.open(ctx, by, c, "contact", func(k Kept) (err error) {
		out, err = Reachable(k.Contacts, k.Version, index, shown)
		return err
	})
	return out, err
}

func (s *Service) open(ctx context.Context, by keyring.Bearer, c id.Case, purpose string, use func(Kept) error) error {
	return s.Write(ctx, audit.Saw(by.Actor, access.ReadPerson, string(c)).In(c).For(purpose), func(tx Tx) error {
		if _, err := MayIn(ctx, tx, by.Actor, access.ReadPerson, c, s.now()); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := s.ReadIn(ctx, tx, k)
		if err != nil {
			return err
		}
		return use(kept)
	})
}
