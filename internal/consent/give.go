package consent

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
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }

// Giving is what a consent is recorded from. Identifier, times of taking, person, desk and taker are
// filled in; ValidFrom and ValidTo get defaults where they are 0. Lists are put in order.
type Giving struct {
	Case   id.Case
	Record Record
}

// Give records a consent, signed by the bearer, and makes the compartment for what is shared under it.
// The age class is that of the case, whatever the form says.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Record.Check],
// [fault.Conflict] if the case is closed, and [fault.Locked] without keys; and, for who is or may be a child, as what Guarded says.
func (s *Service) Give(ctx context.Context, by keyring.Bearer, in Giving) (Consent, error) {
	d, err := Shipped()
	if err != nil {
		return Consent{}, err
	}
	consent := id.Random[id.Consent](s.IDs)
	var out Consent
	err = s.Write(ctx, audit.Did(by.Actor, access.GiveConsent, string(consent)).In(in.Case), func(tx Tx) error {
		at, err := person.MayIn(ctx, tx, by.Actor, access.GiveConsent, in.Case, s.now())
		if err != nil {
			return err
		}
		if at.Closed {
			return fault.New(fault.Conflict, "consent.case-closed")
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, in.Case)
		if err != nil {
			return err
		}
		r := complete(in.Record, d, s.now())
		r.Consent, r.Person, r.AgeClass, r.ObtainedBy, r.Desk = consent, at.Person, at.AgeClass, by.User, by.Desk
		if s.Guarded != nil {
			if r, err = s.Guarded(ctx, tx, k, r); err != nil {
				return err
			}
		}
		if r, err = s.read(ctx, tx, r, d); err != nil {
			return err
		}
		out, err = s.giveIn(ctx, tx, k, by, r)
		return err
	})
	return out, err
}

// read fills in which words she was read, whatever the form says. With words that nobody has reviewed, and with none at all in her
// language, a consent is recorded only if an interpreter is named and they were read back.
func (s *Service) read(ctx context.Context, tx Tx, r Record, d Data) (Record, error) {
	r.TextDigest, r.TextReviewed = "", false
	if s.Words == nil && d.Reviewed(r.Language) {
		return r, nil
	} else if s.Words != nil {
		var err error
		if r.TextDigest, r.TextReviewed, err = s.Words(ctx, tx, r.Language); err != nil {
			return r, err
		}
	}
	if r.TextVersion = d.version(r.Language); r.TextVersion == 0 && r.TextDigest != "" {
		r.TextVersion = 1
	}
	if !r.understood() {
		return r, fault.New(fault.Invalid, "consent.unreviewed")
	}
	return r, nil
}

// complete fills in what follows from the data and the moment, and puts lists in order.
func complete(r Record, d Data, now frame.Time) Record {
	r.Form, r.ObtainedAt = RecordForm, now
	if r.ValidFrom == 0 {
		r.ValidFrom = now
	}
	if r.ValidTo == 0 {
		r.ValidTo = r.ValidFrom.Add(days(d.ValidityDays))
	}
	r.Purposes = slices.Compact(slices.Sorted(slices.Values(r.Purposes)))
	r.Categories = slices.Compact(slices.Sorted(slices.Values(r.Categories)))
	if r.Categories == nil {
		r.Categories = []Code{}
	}
	r.Recipients = slices.Clone(r.Recipients)
	sorting.By(r.Recipients, func(a, b id.Address) int { return compare(a.String(), b.String()) })
	r.Recipients = slices.Compact(r.Recipients)
	if r.Recipients == nil {
		r.Recipients = []id.Address{}
	}
	if r.Withheld == nil {
		r.Withheld = []Withheld{}
	}
	r.TextVersion = d.version(r.Language)
	return r
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *Service) giveIn(ctx context.Context, tx Tx, k *keyring.Case, by keyring.Bearer, r Record) (Consent, error) {
	msg, err := r.Encode()
	if err != nil {
		return Consent{}, err
	}
	signed := SignedRecord{Record: r}
	if signed.Signature, signed.Signer, err = sign(by, msg); err != nil {
		return Consent{}, err
	}
	body, err := frame.Encode(signed)
	if err != nil {
		return Consent{}, err
	}
	if len(body) > MaxRecord {
		return Consent{}, fault.New(fault.TooLarge, "consent.too-large")
	}
	kept, err := k.PutIn(ctx, tx, keyring.Record{Kind: Kind, Compartment: k.Home(), Body: body})
	if err != nil {
		return Consent{}, err
	}
	space, err := k.NewCompartmentIn(ctx, tx, r.Consent)
	if err != nil {
		return Consent{}, err
	}
	c := Consent{
		ID: r.Consent, Case: k.ID, Origin: TakenHere, State: Given, Purposes: r.Purposes, Recipients: r.Recipients,
		Categories: r.Categories, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Compartment: space, Record: kept.ID,
		By: by.User, Given: r.ObtainedAt, Version: 1,
	}
	return c, tx.AddConsent(ctx, c)
}

// List returns the operational rows of a case.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) List(ctx context.Context, who access.Actor, c id.Case) ([]Consent, error) {
	var all []Consent
	err := s.Read(ctx, func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, who, access.KnowConsent, c, s.now()); err != nil {
			return err
		}
		var err error
		all, err = tx.ConsentsOf(ctx, c)
		return err
	})
	return all, err
}

// Show opens a consent record.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if it was not
// taken here, [fault.Internal] if it was tampered with, and [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, consent id.Consent) (SignedRecord, Consent, error) {
	var record SignedRecord
	row, err := s.row(ctx, consent)
	if err != nil {
		return record, row, err
	}
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadConsent, string(consent)).In(row.Case), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.ReadConsent, row.Case, s.now()); err != nil {
			return err
		}
		if row.Record == "" {
			return fault.New(fault.NotFound, "consent.not-here")
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, row.Case)
		if err != nil {
			return err
		}
		r, err := k.ReadIn(ctx, tx, row.Record)
		if err != nil {
			return err
		}
		if record, err = ParseRecord(r.Body); err != nil {
			return fault.Wrap(fault.Internal, "consent.kept", err)
		}
		return nil
	})
	if err != nil {
		return SignedRecord{}, Consent{}, err
	}
	return record, row, nil
}

// row reads the operational row of a consent. One that is not there looks like a hidden one.
func (s *Service) row(ctx context.Context, consent id.Consent) (Consent, error) {
	var c Consent
	err := s.Read(ctx, func(tx Tx) (err error) {
		c, err = tx.Consent(ctx, consent)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Consent{}, fault.New(fault.Hidden, "access.hidden")
	}
	return c, err
}

// ExtractIn issues the signed extract of a live consent for one of its recipients.
//
// It fails with [fault.NotFound] if there is no such consent, [fault.Conflict] "consent.unconfirmed" if a
// restore has left open whether it still stands, and "consent.not-live" if it is withdrawn, over, not begun
// or not ours, and [fault.Denied] "consent.recipient" if she did not name the recipient.
func (s *Service) ExtractIn(ctx context.Context, tx Tx, consent id.Consent, recipient id.Address, now frame.Time) (SignedExtract, error) {
	c, err := tx.Consent(ctx, consent)
	if err != nil {
		return SignedExtract{}, err
	}
	e, err := extract(c, recipient, now)
	if err != nil {
		return SignedExtract{}, err
	}
	e.Issuer = s.Member
	return e.Sign(s.Sign)
}

func extract(c Consent, recipient id.Address, now frame.Time) (Extract, error) {
	if c.Waits(now) {
		return Extract{}, fault.New(fault.Conflict, "consent.unconfirmed")
	}
	if c.Origin != TakenHere || !c.Live(now) {
		return Extract{}, fault.New(fault.Conflict, "consent.not-live")
	}
	if !slices.Contains(c.Recipients, recipient) {
		return Extract{}, fault.New(fault.Denied, "consent.recipient")
	}
	return Extract{
		Form: ExtractForm, Consent: c.ID, Recipient: recipient, Purposes: c.Purposes, Categories: c.Categories,
		Basis: "consent", ValidTo: c.ValidTo, Issued: now,
	}, nil
}
