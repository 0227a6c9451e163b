package form

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// KindFilled is the kind of the sealed records of a case that are filled-in forms. The row says no more: not which form it is.
const KindFilled = "form"

type kept = casefile.Kept[Filled]

// Service keeps filled-in forms in cases.
type Service struct {
	Cases *casefile.Service
	Forms Set // every version and every edition that a record may name
	// Ends says when a draft is erased if nobody goes on with it; 0: it is not. Nil: none is.
	Ends func(ctx context.Context, tx casefile.Tx, c keyring.Compartment) (frame.Time, error)
}

// Entry is a filled-in form without its answers.
type Entry struct {
	Record      id.Record  `json:"record"`
	Version     int64      `json:"version"` // of the record; a draft rises by one with each saving
	Form        string     `json:"form"`
	FormVersion int64      `json:"form_version"`
	Additions   Edition    `json:"additions,omitzero"`
	Finished    bool       `json:"finished"`
	Language    string     `json:"language"`
	Interpreter bool       `json:"interpreter"`
	Began       frame.Time `json:"began"`
	At          frame.Time `json:"at"`
	By          id.User    `json:"by"`
	Desk        id.Desk    `json:"desk"`
	Corrects    id.Record  `json:"corrects,omitzero"`
	Reason      Reason     `json:"reason,omitzero"`
	CorrectedBy id.Record  `json:"corrected_by,omitzero"` // finished; what is shown to be right
	Ends        frame.Time `json:"ends,omitzero"`         // of a draft: when it is erased if nobody goes on with it
	Asked       int        `json:"asked"`                 // how many questions the reader is asked, after what is answered
	Answered    int        `json:"answered"`              // how many of these have an answer, or say why there is none
}

// Opened is a filled-in form with the answers that the reader may see, and the definition by which it was taken.
type Opened struct {
	Entry
	Definition Form              `json:"definition"`
	Answers    map[string]Answer `json:"answers"`
	Withheld   bool              `json:"withheld"`           // there are answers that she may not see
	Elements   *Elements         `json:"elements,omitempty"` // nil: the form does not ask for them, or she does not see them all
}

// Fill keeps a form that was filled in, finished or as a draft.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; with [fault.Invalid] as [ParseFilling], "form.elsewhere" for a form
// whose answers another record keeps and, if it is finished, [Set.Check], a draft only for answers that are not of their kind; with [fault.Denied] "form.answer.unseen" if she answers
// a question whose answer she may not see, [fault.Conflict] "form.record.unseen" if it is finished and such a question is
// required, [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Fill(ctx context.Context, by keyring.Bearer, c id.Case, x Filling) (Entry, error) {
	return s.put(ctx, by, c, "", anew(x))
}

// anew is a record that was not there.
func anew(x Filling) func([]kept) (kept, map[string]Answer, error) {
	return func([]kept) (kept, map[string]Answer, error) { return kept{Value: Filled{Filling: x}}, nil, nil }
}

// Save replaces a draft that was read in a version, and finishes it if x is finished. Answers that she may not see stay.
//
// It fails as [Service.Fill]; with [fault.NotFound] if the case has no such record, [fault.Conflict] "form.record.finished" if it is
// no draft, [fault.Stale] if somebody saved it since, and [fault.Invalid] if x is another form, version or edition.
func (s *Service) Save(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, x Filling) (Entry, error) {
	return s.put(ctx, by, c, "draft", over(record, version, x))
}

// over is a draft that replaces one that was read in a version.
func over(record id.Record, version int64, x Filling) func([]kept) (kept, map[string]Answer, error) {
	return func(all []kept) (kept, map[string]Answer, error) {
		old, err := find(all, record)
		if err != nil {
			return kept{}, nil, err
		}
		was := old.Value.Filling
		switch {
		case was.Finished:
			return kept{}, nil, fault.New(fault.Conflict, "form.record.finished")
		case old.Version != version:
			return kept{}, nil, fault.New(fault.Stale, "form.record.stale")
		case was.Form != x.Form || was.Version != x.Version || was.Additions != x.Additions:
			return kept{}, nil, wrong("version")
		}
		if of := old.Value.Corrects; of != "" {
			if err := chain(all, of, record); err != nil {
				return kept{}, nil, err
			}
		}
		old.Value.Filling = x
		return old, was.Answers, nil
	}
}

// Correct keeps a new record that says what a finished one should have said, and why. The corrected one stays as it is. What she
// may not see of it is taken over.
//
// It fails as [Service.Fill]; with [fault.Invalid] for an unknown reason or another form, [fault.NotFound] if the case has no such
// record, and [fault.Conflict] if it is a draft, or another record corrects it already: then that one is to be corrected.
func (s *Service) Correct(ctx context.Context, by keyring.Bearer, c id.Case, of id.Record, why Reason, x Filling) (Entry, error) {
	if !slices.Contains(Reasons(), why) {
		return Entry{}, wrong("reason")
	}
	return s.put(ctx, by, c, "correction", func(all []kept) (kept, map[string]Answer, error) {
		if err := chain(all, of, ""); err != nil {
			return kept{}, nil, err
		}
		old, err := find(all, of)
		if err != nil {
			return kept{}, nil, err
		}
		if old.Value.Filling.Form != x.Form {
			return kept{}, nil, wrong("form")
		}
		return kept{Value: Filled{Corrects: of, Reason: why, Filling: x}}, old.Value.Filling.Answers, nil
	})
}

// put keeps what next makes of the records of the case, with of the answers before those that she may not see.
func (s *Service) put(
	ctx context.Context, by keyring.Bearer, c id.Case, purpose string, next func([]kept) (kept, map[string]Answer, error),
) (Entry, error) {
	var out Entry
	err := s.Cases.Work(ctx, by, access.FillCase, c, purpose, func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) (err error) {
		out, err = s.putIn(ctx, tx, by, k, c, next)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return out, nil
}

// FillIn is [Service.Fill] in the transaction of the caller, who has checked access and opened the case.
func (s *Service) FillIn(ctx context.Context, tx casefile.Tx, by keyring.Bearer, k *keyring.Case, c id.Case, x Filling) (Entry, error) {
	return s.putIn(ctx, tx, by, k, c, anew(x))
}

// SaveIn is [Service.Save] in the transaction of the caller, who has checked access and opened the case.
func (s *Service) SaveIn(
	ctx context.Context, tx casefile.Tx, by keyring.Bearer, k *keyring.Case, c id.Case, record id.Record, version int64, x Filling,
) (Entry, error) {
	return s.putIn(ctx, tx, by, k, c, over(record, version, x))
}

func (s *Service) putIn(
	ctx context.Context, tx casefile.Tx, by keyring.Bearer, k *keyring.Case, c id.Case, next func([]kept) (kept, map[string]Answer, error),
) (Entry, error) {
	all, _, err := filledIn(ctx, tx, k)
	if err != nil {
		return Entry{}, err
	}
	x, before, err := next(all)
	if err != nil {
		return Entry{}, err
	}
	v := &x.Value
	if err := v.Filling.check(); err != nil {
		return Entry{}, err
	}
	f, err := s.Forms.Form(v.Filling.Form, v.Filling.Version, v.Filling.Additions)
	if err != nil {
		return Entry{}, err
	}
	if f.Record != "" { // two records of one consent, of which one counts, would be worse than none
		return Entry{}, fault.New(fault.Invalid, "form.elsewhere")
	}
	if v.Filling.Answers, err = f.blend(by.Role, v.Filling.Answers, before); err != nil {
		return Entry{}, err
	}
	if err := f.judge(by.Role, v.Filling.Answers, v.Filling.Finished); err != nil {
		return Entry{}, err
	}
	v.Form, v.Case, v.At, v.By, v.Desk = FilledName, c, frame.At(s.Cases.Now()), by.User, by.Desk
	if v.Began == 0 {
		v.Began = v.At
	}
	body, err := frame.Encode(v)
	if err != nil {
		return Entry{}, err
	}
	space, err := s.spaceIn(ctx, tx, k, x)
	if err != nil {
		return Entry{}, err
	}
	r, err := k.PutIn(ctx, tx, keyring.Record{
		ID: x.Record, Compartment: space, Kind: KindFilled, Version: x.Version, At: x.At, By: x.By, Body: body,
	})
	if err != nil {
		return Entry{}, err
	}
	x.Record, x.Version = r.ID, r.Version
	out := entry(x)
	s.progress(by.Role, &out, v.Filling.Record)
	return out, s.endsIn(ctx, tx, &out)
}

// List opens which forms were filled in for a case, the newest first, and counts those that are closed to the reader. It gives no
// answer.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased,
// [fault.Locked] without keys, and [fault.Internal] if a record was tampered with.
func (s *Service) List(ctx context.Context, by keyring.Bearer, c id.Case) (all []Entry, shut int, err error) {
	err = s.Cases.Look(ctx, by, c, "forms", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		records, closed, err := filledIn(ctx, tx, k)
		if err != nil {
			return err
		}
		all, shut = entries(records), closed
		for i := range all {
			s.progress(by.Role, &all[i], records[len(records)-1-i].Value.Filling.Record)
			if err := s.endsIn(ctx, tx, &all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return all, shut, nil
}

// Read opens one filled-in form by the version and the additions by which it was taken, whatever is newer.
//
// It fails as [Service.List], with [fault.NotFound] if the case has no such record open to her, and with [fault.Conflict]
// "form.record.edition" if this program has not the definition by which it was taken.
func (s *Service) Read(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record) (Opened, error) {
	var out Opened
	err := s.Cases.Look(ctx, by, c, "form", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		records, _, err := filledIn(ctx, tx, k)
		if err != nil {
			return err
		}
		x, err := find(records, record)
		if err != nil {
			return err
		}
		r := x.Value.Filling.Record
		f, err := s.Forms.Form(r.Form, r.Version, r.Additions)
		if err != nil {
			return fault.Wrap(fault.Conflict, "form.record.edition", err)
		}
		all := entries(records)
		at := slices.IndexFunc(all, func(e Entry) bool { return e.Record == record })
		out = Opened{Entry: all[at], Definition: f}
		out.Answers, out.Withheld = f.open(by.Role, r.Answers)
		if e, ok := f.elements(func(q Question) bool { return q.SeenBy(by.Role) }, out.Answers); ok {
			out.Elements = &e
		}
		s.progress(by.Role, &out.Entry, r)
		return s.endsIn(ctx, tx, &out.Entry)
	})
	if err != nil {
		return Opened{}, err
	}
	return out, nil
}

// progress says how far a record is, for a role. Of one whose questions are not here it is not known.
func (s *Service) progress(role access.Role, e *Entry, r Record) {
	f, err := s.Forms.Form(r.Form, r.Version, r.Additions)
	if err != nil {
		return
	}
	for _, q := range f.questions() {
		if q.SeenBy(role) && f.shown(q, r.Answers) {
			e.Asked++
			if _, there := r.Answers[q.ID]; there {
				e.Answered++
			}
		}
	}
}

// filledIn opens the filled-in forms of a case, oldest first.
func filledIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) ([]kept, int, error) {
	records, closed, err := k.ListIn(ctx, tx, KindFilled)
	if err != nil {
		return nil, 0, err
	}
	all := make([]kept, len(records))
	for i, r := range records {
		all[i] = kept{Record: r.ID, Version: r.Version, At: r.At, By: r.By}
		if err := frame.Decode(r.Body, keyring.MaxRecord, &all[i].Value); err != nil {
			return nil, 0, fault.Wrap(fault.Internal, "form.kept", err)
		}
	}
	return all, closed, nil
}

func find(all []kept, record id.Record) (kept, error) {
	if i := slices.IndexFunc(all, func(x kept) bool { return x.Record == record }); i >= 0 {
		return all[i], nil
	}
	return kept{}, fault.New(fault.NotFound, "form.record.missing")
}

func entry(x kept) Entry {
	v, r := x.Value, x.Value.Filling
	return Entry{
		Record: x.Record, Version: x.Version, Form: r.Form, FormVersion: r.Version, Additions: r.Additions, Finished: r.Finished,
		Language: r.Language, Interpreter: r.Interpreter, Began: v.Began, At: v.At, By: v.By, Desk: v.Desk, Corrects: v.Corrects, Reason: v.Reason,
	}
}

// entries returns the records without their answers, newest first, each with what corrects it.
func entries(records []kept) []Entry {
	all := make([]Entry, len(records))
	for i, x := range records {
		all[len(all)-1-i] = entry(x)
	}
	for i := range all {
		for _, later := range all {
			if later.Corrects == all[i].Record && later.Finished {
				all[i].CorrectedBy = later.Record
			}
		}
	}
	return all
}
