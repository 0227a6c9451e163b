package childhood

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Guardian is who decides with a child, from a day on. Its words are those of a consent.
type Guardian struct {
	Name      string  `json:"name" maxLength:"200"`
	Relation  string  `json:"relation" maxLength:"60" doc:"Code"`
	Authority string  `json:"authority,omitempty" maxLength:"200" doc:"Who appointed or confirmed the guardian; empty: a parent by law"`
	Document  string  `json:"document,omitempty" maxLength:"200" doc:"By which it was done, as it is cited"`
	Account   id.User `json:"account,omitempty" maxLength:"64" doc:"Of the guardian in this node, if there is one: it opens nothing of her after a conflict of interest or the end"`
	From      string  `json:"from" maxLength:"10" doc:"yyyy-mm-dd"`
	Note      string  `json:"note,omitempty" maxLength:"2000"`

	Conflict   string `json:"conflict,omitempty" maxLength:"2000" doc:"Of interest, and how it is known; empty: none is known"`
	ConflictOn string `json:"conflict_on,omitempty" maxLength:"10" doc:"yyyy-mm-dd on which it was noticed"`
	Until      string `json:"until,omitempty" maxLength:"10" doc:"yyyy-mm-dd from which it is over; empty: goes on"`
	Why        string `json:"why,omitempty" maxLength:"60" doc:"It ended, code"`
}

// Excluded reports whether a conflict of interest is known.
func (x Guardian) Excluded() bool { return x.Conflict != "" }

// Decides reports whether she has this guardian on a day: it has begun, is not over, and no conflict of interest is known.
func (x Guardian) Decides(day string) bool {
	return x.From <= day && (x.Until == "" || day < x.Until) && !x.Excluded()
}

// Check reports whether the appointment can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Guardian) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Name == "":
		return bad("name")
	case !d.Has(ListRelation, x.Relation):
		return bad("relation")
	case x.Authority == "" && x.Relation != "mother" && x.Relation != "father":
		return bad("authority")
	case !person.Day(x.From):
		return bad("from")
	case (x.Conflict == "") != (x.ConflictOn == ""), x.Conflict != "" && !person.Day(x.ConflictOn):
		return bad("conflict_on")
	case x.Until == "" && x.Why != "", x.Until != "" && (!person.Day(x.Until) || x.Until < x.From):
		return bad("until")
	case x.Until != "" && !d.Has(ListEnd, x.Why):
		return bad("why")
	case len(x.Account) > 64:
		return bad("account")
	}
	if err := texts(maxText, [2]string{"name", x.Name}, [2]string{"authority", x.Authority}, [2]string{"document", x.Document}); err != nil {
		return err
	}
	return texts(2000, [2]string{"note", x.Note}, [2]string{"conflict", x.Conflict})
}

// Guardians are appointments, oldest first.
type Guardians []casefile.Kept[Guardian]

// Deciding are those that she has on a day.
func (all Guardians) Deciding(day string) Guardians {
	return slices.DeleteFunc(slices.Clone(all), func(k casefile.Kept[Guardian]) bool { return !k.Value.Decides(day) })
}

// named is the newest appointment of somebody: the one that counts, if the same person was appointed twice.
func (all Guardians) named(name string) (Guardian, bool) {
	for _, k := range slices.Backward(all) {
		if folded(k.Value.Name) == folded(name) {
			return k.Value, true
		}
	}
	return Guardian{}, false
}

// speaks fails if somebody who decides for her may not: a conflict of interest is known, it has ended, or she has another guardian. While
// nobody was recorded, whoever takes the decision says who decided.
//
// It fails with [fault.Denied] "childhood.guardian.conflict", "childhood.guardian.ended" and "childhood.guardian.other".
func (all Guardians) speaks(name, day string) error {
	x, known := all.named(name)
	switch {
	case known && x.Excluded():
		return fault.New(fault.Denied, "childhood.guardian.conflict")
	case known && !x.Decides(day):
		return fault.New(fault.Denied, "childhood.guardian.ended")
	case !known && len(all.Deciding(day)) > 0:
		return fault.New(fault.Denied, "childhood.guardian.other")
	}
	return nil
}

// Words are the appointment in the words of a consent.
func (x Guardian) Words() consent.Guardian {
	return consent.Guardian{Name: x.Name, Relation: x.Relation, Authority: x.Authority, Document: x.Document}
}

// Appoint records who decides with her from a day on. A child may have several guardians.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Guardian.Check]; [fault.Conflict] if the case is
// closed or "childhood.many"; and [fault.Locked] without keys.
func (s *Service) Appoint(ctx context.Context, by keyring.Bearer, c id.Case, x Guardian) (casefile.Kept[Guardian], error) {
	if x.Until != "" || x.Conflict != "" {
		return casefile.Kept[Guardian]{}, bad("until")
	}
	return keep(ctx, s, by, access.ProtectCase, c, KindGuardian, x, nil)
}

// Exclude records a conflict of interest of a guardian, who decides nothing from then on and whose account opens nothing of her. It is
// not taken back: somebody who is found to have none is appointed anew. Record and version are those that were read.
//
// It fails as [Service.Appoint]; with [fault.Conflict] "childhood.guardian.excluded" if one is known; [fault.NotFound] if the case has
// no such guardian; and [fault.Stale] if the appointment was changed since.
func (s *Service) Exclude(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, day, conflict string) (casefile.Kept[Guardian], error) {
	if conflict == "" {
		return casefile.Kept[Guardian]{}, bad("conflict")
	}
	return s.changeGuardian(ctx, by, c, record, version, func(x *Guardian) error {
		if x.Excluded() {
			return fault.New(fault.Conflict, "childhood.guardian.excluded")
		}
		x.Conflict, x.ConflictOn = conflict, day
		return nil
	})
}

// EndGuardian records that somebody is her guardian no more from a day on, and why.
//
// It fails as [Service.Exclude], and with [fault.Conflict] "childhood.guardian.over" if it has ended.
func (s *Service) EndGuardian(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, day, why string) (casefile.Kept[Guardian], error) {
	if day == "" {
		return casefile.Kept[Guardian]{}, bad("until")
	}
	return s.changeGuardian(ctx, by, c, record, version, func(x *Guardian) error {
		if x.Until != "" {
			return fault.New(fault.Conflict, "childhood.guardian.over")
		}
		x.Until, x.Why = day, why
		return nil
	})
}

func (s *Service) changeGuardian(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, change func(*Guardian) error) (casefile.Kept[Guardian], error) {
	var kept casefile.Kept[Guardian]
	err := s.work(ctx, by, access.ProtectCase, c, func(tx Tx, k *keyring.Case, _ casefile.Case) error {
		all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
		if err != nil {
			return err
		}
		was, err := oneIn(all, record)
		if err != nil {
			return err
		}
		x := was.Value
		if err := change(&x); err != nil {
			return err
		}
		kept, err = putIn(ctx, tx, k, keyring.Record{ID: record, Kind: KindGuardian, Version: version, At: was.At, By: was.By}, x)
		return err
	})
	return kept, err
}
