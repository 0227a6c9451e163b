package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// The codes of the list of mediators that a rule reads.
const (
	Nobody = "none"   // whoever put the text to her speaks her language
	Family = "family" // of hers: must not interpret
	Fellow = "fellow" // somebody exploited with her, or of her community: must not interpret
)

// Mediation is how one text was put to her: in which language, by whom it was interpreted, whether she agreed to that person, and
// how she understood it. It stands beside the text, whatever that is, and no rule about the text reads it.
type Mediation struct {
	Text         string `json:"text" maxLength:"60" doc:"What was put to her, code"`
	Of           string `json:"of,omitempty" maxLength:"64" doc:"The record or consent of this case that it is; empty: what is not kept as one"`
	On           string `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Language     string `json:"language" maxLength:"35" doc:"Of the conversation, BCP 47"`
	Mediator     string `json:"mediator" maxLength:"60" doc:"Who interpreted, code"`
	Name         string `json:"name,omitempty" maxLength:"200" doc:"Name or number of whoever interpreted"`
	Organisation string `json:"organisation,omitempty" maxLength:"200" doc:"That sent the interpreter"`
	Agreed       string `json:"agreed" maxLength:"60" doc:"Whether she agreed to this person, code"`
	Why          string `json:"why,omitempty" maxLength:"2000" doc:"Why it was done all the same: required where somebody of her family or community interpreted, where she did not agree, or where the name is one that is unsafe for her"`
	ReadBack     bool   `json:"read_back,omitempty" doc:"She repeated it in her own words"`
	Understood   string `json:"understood" maxLength:"60" doc:"How she understood it, code"`
	Note         string `json:"note,omitempty" maxLength:"2000"`
}

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Mediation) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListText, x.Text):
		return bad("text")
	case !person.Text(x.Of, 64):
		return bad("of")
	case !person.Day(x.On):
		return bad("on")
	case !person.Tag(x.Language):
		return bad("language")
	case !d.Has(ListMediator, x.Mediator):
		return bad("mediator")
	case !person.Text(x.Name, 200) || x.Mediator == Nobody && x.Name != "":
		return bad("name")
	case !person.Text(x.Organisation, 200) || x.Mediator == Nobody && x.Organisation != "":
		return bad("organisation")
	case x.Mediator != Nobody && x.Name == "" && x.Organisation == "":
		return bad("name")
	case !d.Has(ListAgreed, x.Agreed):
		return bad("agreed")
	case !person.Text(x.Why, 2000):
		return bad("why")
	case !d.Has(ListUnderstood, x.Understood):
		return bad("understood")
	case !person.Text(x.Note, 2000):
		return bad("note")
	}
	return nil
}

// Concern is what speaks against how a text was put to her. Its name is the end of a message key.
type Concern string

// The concerns, in the order in which they are told. With any of the first three it is recorded only with a reason.
const (
	ByFamily    Concern = "family"    // somebody of her family interpreted
	ByFellow    Concern = "fellow"    // somebody exploited with her or of her community did
	ByUnsafe    Concern = "unsafe"    // the name is one that is unsafe for her
	NotAgreed   Concern = "disagreed" // she did not agree to this person
	OtherTongue Concern = "language"  // it was put in a language that her case does not name
	NotGrasped  Concern = "grasped"   // she did not understand all of it, or nobody asked
)

// forbidding reports whether the concern asks for a reason.
func (c Concern) forbidding() bool {
	return slices.Contains([]Concern{ByFamily, ByFellow, ByUnsafe, NotAgreed}, c)
}

// Concerns says what speaks against a mediation, given what the case says that she needs.
func (x Mediation) Concerns(needs Interpreting) []Concern {
	var out []Concern
	for _, c := range []struct {
		concern Concern
		holds   bool
	}{
		{ByFamily, x.Mediator == Family},
		{ByFellow, x.Mediator == Fellow},
		{ByUnsafe, needs.unsafe(x.Name) || needs.unsafe(x.Organisation)},
		{NotAgreed, x.Mediator != Nobody && x.Agreed == "no"},
		{OtherTongue, len(needs.Languages) > 0 && !slices.ContainsFunc(needs.Languages, func(l string) bool { return tongue(l) == tongue(x.Language) })},
		{NotGrasped, x.Understood != "fully"},
	} {
		if c.holds {
			out = append(out, c.concern)
		}
	}
	return out
}

// tongue is the language of a tag without its script and region.
func tongue(tag string) string {
	for i, r := range tag {
		if r == '-' {
			return tag[:i]
		}
	}
	return tag
}

// Unsafe is somebody who must not interpret for her.
type Unsafe struct {
	Name string `json:"name" maxLength:"200"`
	Why  string `json:"why" maxLength:"500"`
}

// Interpreting is what she needs in order to be understood. It is recorded once in the case and shown before anybody contacts her.
type Interpreting struct {
	Languages []string `json:"languages" maxItems:"10" doc:"In which she wants to be spoken to, best first, BCP 47; empty: nobody has asked"`
	Needed    string   `json:"needed" maxLength:"60" doc:"Whether she needs an interpreter, code"`
	Sex       string   `json:"sex" maxLength:"60" doc:"Of the interpreter, as she wants, code"`
	Remote    string   `json:"remote" maxLength:"60" doc:"Whether by telephone or picture is well with her, code"`
	NotFrom   string   `json:"not_from,omitempty" maxLength:"500" doc:"Community, place or dialect from which nobody should interpret, and what she fears"`
	Unsafe    []Unsafe `json:"unsafe,omitempty" maxItems:"20" doc:"Who must not interpret for her"`
	Aid       string   `json:"aid,omitempty" maxLength:"500" doc:"Sign language, large print, reading aloud"`
}

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Interpreting) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case len(x.Languages) > 10 || slices.ContainsFunc(x.Languages, func(l string) bool { return !person.Tag(l) }):
		return bad("languages")
	case !d.Has(ListAsked, x.Needed):
		return bad("needed")
	case !d.Has(ListInterpreterSex, x.Sex):
		return bad("sex")
	case !d.Has(ListAsked, x.Remote):
		return bad("remote")
	case !person.Text(x.NotFrom, 500):
		return bad("not_from")
	case len(x.Unsafe) > 20:
		return bad("unsafe")
	case !person.Text(x.Aid, 500):
		return bad("aid")
	}
	for _, u := range x.Unsafe {
		if len(fold.Words(u.Name)) == 0 || !person.Text(u.Name, 200) || !person.Text(u.Why, 500) {
			return bad("unsafe")
		}
	}
	return nil
}

// unsafe reports whether a name is that of somebody who must not interpret, in whatever script and order it is written.
func (x Interpreting) unsafe(name string) bool {
	words := fold.Words(name)
	return slices.ContainsFunc(x.Unsafe, func(u Unsafe) bool {
		known := fold.Words(u.Name)
		return len(known) > 0 && !slices.ContainsFunc(known, func(w string) bool { return !slices.Contains(words, w) })
	})
}

// Mediate records how a text was put to her, and returns what speaks against it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Mediation.Check], "case.mediate.of" if the text
// is none of this case, and "case.mediate.why" with the concern if somebody interpreted who should not have and no reason is given;
// [fault.Conflict] if the case is closed; and [fault.Locked] without keys.
func (s *Service) Mediate(ctx context.Context, by keyring.Bearer, c id.Case, x Mediation) (Kept[Mediation], []Concern, error) {
	var kept Kept[Mediation]
	var concerns []Concern
	err := s.Work(ctx, by, access.MediateCase, c, "", func(tx Tx, k *keyring.Case, row Case) (err error) {
		if err := ownText(ctx, tx, row.ID, x); err != nil {
			return err
		}
		needs, err := interpretingIn(ctx, tx, k)
		if err != nil {
			return err
		}
		concerns = x.Concerns(needs.Value)
		for _, c := range concerns {
			if c.forbidding() && x.Why == "" {
				return fault.New(fault.Invalid, "case.mediate.why").With("field", "why").With("concern", string(c))
			}
		}
		kept, err = putIn(ctx, tx, k, KindMediation, x)
		return err
	})
	return kept, concerns, err
}

// ownText fails unless what was put to her is a record or a consent of this case, where one is named.
func ownText(ctx context.Context, tx Tx, c id.Case, x Mediation) error {
	if x.Of == "" {
		return nil
	}
	var of id.Case
	given, err := tx.Consent(ctx, id.Consent(x.Of))
	if of = given.Case; fault.Is(err, fault.NotFound) {
		row, rerr := tx.Row(ctx, id.Record(x.Of))
		of, err = row.Case, rerr
	}
	if fault.Is(err, fault.NotFound) || err == nil && of != c {
		return fault.New(fault.Invalid, "case.mediate.of").With("field", "of")
	}
	return err
}

// interpretingIn is what she needs; the zero value with version 0 if nobody has recorded it.
func interpretingIn(ctx context.Context, tx Tx, k *keyring.Case) (Kept[Interpreting], error) {
	all, _, err := listIn[Interpreting](ctx, tx, k, KindInterpreting)
	if err != nil || len(all) == 0 {
		return Kept[Interpreting]{}, err
	}
	return all[len(all)-1], nil
}

// InterpretingIn opens what she needs in order to be understood, for a use-case that tells another desk of it.
//
// It fails as [keyring.Case.ListIn].
func InterpretingIn(ctx context.Context, tx Tx, k *keyring.Case) (Interpreting, error) {
	is, err := interpretingIn(ctx, tx, k)
	return is.Value, err
}

// Interpret records what she needs in order to be understood, in the place of what stood there. Version is the one that was read, 0 if
// there was none.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Interpreting.Check], [fault.Stale] if it was
// changed since, [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Interpret(ctx context.Context, by keyring.Bearer, c id.Case, version int64, x Interpreting) (Kept[Interpreting], error) {
	var kept Kept[Interpreting]
	err := s.Work(ctx, by, access.MediateCase, c, "interpreting", func(tx Tx, k *keyring.Case, _ Case) error {
		was, err := interpretingIn(ctx, tx, k)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fault.New(fault.Stale, "case.mediate.stale")
		}
		r := keyring.Record{ID: was.Record, Kind: KindInterpreting, Version: was.Version, At: was.At, By: was.By}
		kept, err = putAt(ctx, tx, k, k.Home(), r, x)
		return err
	})
	return kept, err
}

// Spoken opens what she needs in order to be understood, for whoever is about to contact her; version 0 if nobody has recorded it.
//
// It fails as [Service.Look].
func (s *Service) Spoken(ctx context.Context, by keyring.Bearer, c id.Case) (Kept[Interpreting], error) {
	var out Kept[Interpreting]
	err := s.Look(ctx, by, c, "interpreting", func(tx Tx, k *keyring.Case, _ Case) (err error) {
		out, err = interpretingIn(ctx, tx, k)
		return err
	})
	return out, err
}
