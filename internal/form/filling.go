package form

import (
	"maps"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// FillingName names the file form of a [Filling], spec/form.md 5.1.
const FillingName = "opentrm/form-filling/1"

// MaxFilling is the size in bytes up to which a filled-in form is read.
const MaxFilling = 512 << 10

// Filling is a form as somebody filled it in.
type Filling struct {
	Schema string `json:"schema"` // FillingName
	Record
	Language    string `json:"language"`    // BCP 47, in which she was asked
	Interpreter bool   `json:"interpreter"` // one was there
	Finished    bool   `json:"finished"`    // false: it is a draft, which may be incomplete
}

// ParseFilling reads a filled-in form: JSON with any space and in any order of names. Whether the answers fit the form is for
// [Set.Check] to say.
//
// It fails with [fault.TooLarge] over [MaxFilling] and with [fault.Invalid] for anything that is not the file form.
func ParseFilling(raw []byte) (Filling, error) {
	if len(raw) > MaxFilling {
		return Filling{}, fault.New(fault.TooLarge, "form.file")
	}
	canonical, err := frame.Canonical(raw)
	if err != nil {
		return Filling{}, fault.Wrap(fault.Invalid, "form.file", err)
	}
	var x Filling
	if err := frame.Decode(canonical, MaxFilling, &x); err != nil {
		return Filling{}, fault.Wrap(fault.Invalid, "form.file", err)
	}
	return x, x.check()
}

func (x Filling) check() error {
	_, stranger := id.ParseMember(string(x.Additions.Member))
	switch {
	case x.Schema != FillingName:
		return wrong("schema")
	case !formID.MatchString(x.Form):
		return wrong("form")
	case x.Version < 1:
		return wrong("version")
	case x.Additions != Edition{} && (stranger != nil || x.Additions.Version < 1):
		return wrong("additions")
	case x.Answers == nil:
		return wrong("answers")
	case !person.Tag(x.Language):
		return wrong("language")
	}
	for _, q := range slices.Sorted(maps.Keys(x.Answers)) {
		if _, given := x.Answers[q].Is(); given != (len(x.Answers[q].Value) > 0) {
			return Problem{q, "form.answer"}.in(Form{ID: x.Form})
		}
	}
	return nil
}

// Reason says why a record is corrected. It is a code, so that a list of corrections gives no answer away.
type Reason string

// The reasons.
const (
	Mistyped    Reason = "mistyped"
	Misheard    Reason = "misheard"
	Interpreted Reason = "interpreted" // it was interpreted wrongly
	SheCorrects Reason = "she-corrects"
	KnownLater  Reason = "known-later"
	WrongPerson Reason = "wrong-person" // it is about somebody else
)

// Reasons returns every reason, in the order in which they are shown.
func Reasons() []Reason {
	return []Reason{Mistyped, Misheard, Interpreted, SheCorrects, KnownLater, WrongPerson}
}

// Filled is a filled-in form as it is sealed in a case.
type Filled struct {
	Form     string     `json:"form"` // FilledName
	Case     id.Case    `json:"case"`
	Began    frame.Time `json:"began"`
	At       frame.Time `json:"at"` // when it became what it is
	By       id.User    `json:"by"` // who made it that
	Desk     id.Desk    `json:"desk"`
	Corrects id.Record  `json:"corrects,omitzero"`
	Reason   Reason     `json:"reason,omitzero"` // of a correction
	Filling  Filling    `json:"filling"`
}

// FilledName names the form of a [Filled].
const FilledName = "opentrm/form-filled/1"

// SeenBy reports whether a role sees the answer, and so whether it may give one.
func (q Question) SeenBy(r access.Role) bool { return slices.Contains(q.Sees, r) }

// open returns the answers that a role sees, and whether there are others.
func (f Form) open(r access.Role, answers map[string]Answer) (seen map[string]Answer, withheld bool) {
	seen = maps.Clone(answers)
	for _, q := range f.questions() {
		if _, there := seen[q.ID]; there && !q.SeenBy(r) {
			delete(seen, q.ID)
			withheld = true
		}
	}
	return seen, withheld
}

// blend returns what a role answered, and of what stood there before what she does not see: she cannot change it.
//
// It fails with [fault.Denied] if she answers a question whose answer she may not see.
func (f Form) blend(r access.Role, given, before map[string]Answer) (map[string]Answer, error) {
	all := maps.Clone(given)
	for _, q := range f.questions() {
		if q.SeenBy(r) {
			continue
		}
		if _, there := given[q.ID]; there {
			return nil, fault.New(fault.Denied, "form.answer.unseen").With("question", q.ID).With("form", f.ID)
		}
		if a, there := before[q.ID]; there {
			all[q.ID] = a
		}
	}
	return all, nil
}

// judge says whether answers can be kept, to a role: of a question that she does not see only that there is one.
//
// It fails with [fault.Invalid] as [Set.Check], and with [fault.Conflict] "form.record.unseen" if it depends on a question whose
// answer she may not see.
func (f Form) judge(r access.Role, answers map[string]Answer, finished bool) error {
	all := f.problems(answers, finished)
	unseen := func(p Problem) bool {
		return slices.ContainsFunc(f.questions(), func(q Question) bool { return q.ID == p.Question && !q.SeenBy(r) })
	}
	if i := slices.IndexFunc(all, func(p Problem) bool { return !unseen(p) }); i >= 0 {
		return all[i].in(f)
	}
	if len(all) > 0 {
		return fault.New(fault.Conflict, "form.record.unseen")
	}
	return nil
}

// chain refuses to correct what is not finished, or what another record corrects already.
func chain(all []kept, of, by id.Record) error {
	for _, x := range all {
		if x.Value.Corrects == of && x.Record != by {
			return fault.New(fault.Conflict, "form.record.corrected").With("record", string(x.Record))
		}
	}
	for _, x := range all {
		if x.Record == of && !x.Value.Filling.Finished {
			return fault.New(fault.Conflict, "form.record.draft")
		}
		if x.Record == of {
			return nil
		}
	}
	return fault.New(fault.NotFound, "form.record.missing")
}
