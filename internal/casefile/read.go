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

// File is a case as it is read: what is open to the reader, oldest first.
type File struct {
	Case
	Freshness    Freshness          // of the risk assessment; shown wherever the case is used
	Glass        bool               // read under break-glass
	Who          *person.Kept       // without numbers and addresses; nil if nobody was recorded or it is not open to her
	Card         person.Card        // stands before any contact
	Needs        Kept[Interpreting] // what she needs in order to be understood; stands beside the card. Version 0: nobody has recorded it
	Notes        []Kept[Note]
	Assessments  []Kept[SignedAssessment]
	Decisions    []Kept[Decision]
	Deliveries   []Kept[Delivery]
	Attachments  []Kept[Attachment] // without their keys
	Closures     []Kept[Closure]
	Dossiers     []Kept[Dossier]
	Cooperations []Kept[Cooperation]
	Reflections  []Kept[Reflection]
	Refusals     []Kept[Refusal]
	Imports      []Kept[Imported] // what it was taken from
	Reopenings   []Kept[Reopening]
	Mediations   []Kept[Mediation] // how texts were put to her
	Shut         int               // records that are there and not open to the reader: frozen, kept by law, not released
}

// openedIn opens the case for reading: at its desk, where something was released, or under glass.
func (s *Service) openedIn(ctx context.Context, tx Tx, by keyring.Bearer, c id.Case) (*keyring.Case, Case, error) {
	row, err := s.mayIn(ctx, tx, by.Actor, access.ReadCase, c)
	if err != nil {
		return nil, Case{}, err
	}
	if row.State == Erased {
		return nil, Case{}, fault.New(fault.NotFound, "case.erased")
	}
	k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
	if !fault.Is(err, fault.Hidden) {
		return k, row, err
	}
	under, gerr := s.underGlass(ctx, tx, by.Actor, c)
	if gerr != nil {
		return nil, Case{}, gerr
	}
	if !under {
		return nil, Case{}, err
	}
	k, err = s.Keys.BreakGlassIn(ctx, tx, by, c)
	return k, row, err
}

// underGlass reports whether a break-glass opening of hers is in force: its time is not over, and she is on duty at
// the emergency desk now. Whoever goes off duty has no emergency to look after.
func (s *Service) underGlass(ctx context.Context, tx Tx, who access.Actor, c id.Case) (bool, error) {
	glass, err := tx.GlassOf(ctx, c, s.now())
	if err != nil {
		return false, err
	}
	for _, g := range glass {
		if g.User == who.User && g.Desk == who.Desk {
			return s.onDuty(ctx, tx, who)
		}
	}
	return false, nil
}

// KnowIn is whether who may know of a case, in the transaction of a noun above this one: her own opening under break-glass counts, as long as it lasts.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) KnowIn(ctx context.Context, tx Tx, who access.Actor, c id.Case) error {
	_, err := s.mayIn(ctx, tx, who, access.KnowCase, c)
	return err
}

// BesideIn opens another case in the transaction of a noun above this one, for what is about both: may you, then its keys. It makes no
// entry in the log, so nothing of what that case holds may be read by it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, and [fault.Locked]
// without keys.
func (s *Service) BesideIn(ctx context.Context, tx Tx, by keyring.Bearer, action access.Action, c id.Case) (*keyring.Case, Case, error) {
	row, err := s.mayIn(ctx, tx, by.Actor, action, c)
	if err != nil {
		return nil, Case{}, err
	}
	if row.State == Erased {
		return nil, Case{}, fault.New(fault.NotFound, "case.erased")
	}
	k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
	return k, row, err
}

// Look runs fn on the case opened for reading, and records that it was opened. A noun above this one reads its own kind of
// record by it. Purpose is a code, or empty.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased,
// [fault.Locked] without keys, and as fn.
func (s *Service) Look(ctx context.Context, by keyring.Bearer, c id.Case, purpose string, fn func(Tx, *keyring.Case, Case) error) error {
	return s.Write(ctx, audit.Saw(by.Actor, access.ReadCase, string(c)).In(c).For(purpose), func(tx Tx) error {
		k, row, err := s.openedIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if row, err = s.CountIn(ctx, tx, by.Actor, k, row); err != nil {
			return err
		}
		return fn(tx, k, row)
	})
}

// CountIn counts anew how old she is, of a case that was opened in the transaction of a noun above this one. It returns the case as it
// stands then.
func (s *Service) CountIn(ctx context.Context, tx Tx, who access.Actor, k *keyring.Case, row Case) (Case, error) {
	if s.Counted == nil {
		return row, nil
	}
	return s.Counted(ctx, tx, who, k, row)
}

// Show opens the file. Every opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if it was erased,
// [fault.Internal] if a row was tampered with or put back to an older state, and [fault.Locked] without
// keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, c id.Case) (File, error) {
	d, err := Shipped()
	if err != nil {
		return File{}, err
	}
	var f File
	err = s.Look(ctx, by, c, "", func(tx Tx, k *keyring.Case, row Case) (err error) {
		f = File{Case: row, Freshness: RiskFreshness(row, s.now(), d.Limits.StaleDays)}
		if f.Glass, err = s.underGlass(ctx, tx, by.Actor, c); err != nil {
			return err
		}
		return s.fill(ctx, tx, k, &f)
	})
	if err != nil {
		return File{}, err
	}
	return f, nil
}

func (s *Service) fill(ctx context.Context, tx Tx, k *keyring.Case, f *File) error {
	who, err := s.Persons.ReadIn(ctx, tx, k)
	switch {
	case err == nil:
		f.Card = person.CardOf(who.Contacts, who.Version)
		who.Person = who.Shown()
		f.Who = &who
	case !fault.Is(err, fault.NotFound):
		return err
	}
	if f.Needs, err = interpretingIn(ctx, tx, k); err != nil {
		return err
	}
	for _, read := range []func() error{
		func() error { return listInto(ctx, tx, k, KindNote, &f.Notes, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindAssessment, &f.Assessments, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindDecision, &f.Decisions, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindDelivery, &f.Deliveries, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindAttachment, &f.Attachments, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindClosure, &f.Closures, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindDossier, &f.Dossiers, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindCooperation, &f.Cooperations, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindReflection, &f.Reflections, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindRefusal, &f.Refusals, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindReopening, &f.Reopenings, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindImported, &f.Imports, &f.Shut) },
		func() error { return listInto(ctx, tx, k, KindMediation, &f.Mediations, &f.Shut) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	for i := range f.Attachments {
		clear(f.Attachments[i].Value.Key)
		f.Attachments[i].Value.Key = nil
	}
	return nil
}

func listInto[T checked](ctx context.Context, tx Tx, k *keyring.Case, kind string, to *[]Kept[T], shut *int) error {
	all, closed, err := listIn[T](ctx, tx, k, kind)
	*to = all
	*shut += closed
	return err
}

// Know returns what a desk knows of a case without opening it: how it stands, how old she is at least, and the grade of the newest risk
// assessment with the day of its review.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Know(ctx context.Context, who access.Actor, c id.Case) (Case, error) {
	var row Case
	err := s.Read(ctx, func(tx Tx) (err error) {
		row, err = s.mayIn(ctx, tx, who, access.KnowCase, c)
		return err
	})
	return row, err
}

// Find returns the case with a reference as people speak it, if who may know of it.
//
// It fails with [fault.Invalid] for what is no reference, and [fault.Hidden] if there is none or she may
// not know.
func (s *Service) Find(ctx context.Context, who access.Actor, spoken string) (Case, error) {
	ref, err := id.ParseReference(spoken)
	if err != nil {
		return Case{}, err
	}
	var c Case
	err = s.Read(ctx, func(tx Tx) error {
		row, err := tx.CaseCalled(ctx, ref)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if err != nil {
			return err
		}
		c, err = s.mayIn(ctx, tx, who, access.KnowCase, row.ID)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return c, nil
}
