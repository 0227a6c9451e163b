package screening

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
)

// Answer is what is known of one indicator. Only yes counts; the others are kept apart, because they say different things.
type Answer string

// The answers. An indicator that a sheet leaves out was not asked.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	NotSure  Answer = "not-sure"
	NotAsked Answer = "not-asked"
	Declined Answer = "declined" // she declined to say
	Unsafe   Answer = "unsafe"   // it was not safe to ask
)

// Every answer, in the order in which they are shown.
func every() []Answer { return []Answer{Yes, No, NotSure, NotAsked, Declined, Unsafe} }

// Sheet is the answers of one conversation; see spec/screening.md.
type Sheet struct {
	Form         string            `json:"form"`
	Set          string            `json:"set"`      // code of the set that was used
	Version      int64             `json:"version"`  // of the data that the set was taken from
	Answers      map[string]Answer `json:"answers"`  // by indicator
	Observed     []string          `json:"observed"` // observations, sorted; they change no suggestion
	Disagreement *Disagreement     `json:"disagreement,omitempty"`
}

// Disagreement is what a professional holds instead of the suggestion, and why. It stands beside it.
type Disagreement struct {
	Suggestion Suggestion `json:"suggestion"`
	Reason     string     `json:"reason"`
}

// SheetForm names the form of a sheet.
const SheetForm = "opentrm/screening-sheet/1"

// The limits of a sheet: of the whole in bytes, and of a reason in characters.
const (
	MaxSheet  = 64 << 10
	MaxReason = 4000
)

func bad(field string) error { return fault.New(fault.Invalid, "screening.field").With("field", field) }

// ParseSheet reads a sheet as somebody wrote it: JSON in any order and with any space.
//
// It fails with [fault.TooLarge] over [MaxSheet], [fault.Invalid] for what is no sheet or names what the set does not
// have, and [fault.Conflict] if it belongs to another version of the data or its set is not loaded.
func (d Data) ParseSheet(b []byte) (Sheet, error) {
	if len(b) > MaxSheet {
		return Sheet{}, fault.New(fault.TooLarge, "frame.too-large")
	}
	canonical, err := frame.Canonical(b)
	if err != nil {
		return Sheet{}, err
	}
	var s Sheet
	if err := frame.Decode(canonical, MaxSheet, &s); err != nil {
		return Sheet{}, err
	}
	return s, d.checkSheet(s)
}

func (d Data) checkSheet(s Sheet) error {
	set := d.In(s.Set)
	switch {
	case s.Form != SheetForm:
		return bad("form")
	case !slices.ContainsFunc(d.Sets, func(x Set) bool { return x.Form == s.Set }):
		return bad("set")
	case s.Version < 1:
		return bad("version")
	case s.Version != d.Version:
		return fault.New(fault.Conflict, "screening.version")
	case len(set) == 0:
		return fault.New(fault.Conflict, "screening.set.not-loaded")
	case s.Answers == nil:
		return bad("answers")
	case s.Observed == nil:
		return bad("observed")
	}
	for of, a := range s.Answers {
		if !slices.Contains(every(), a) || !slices.ContainsFunc(set, func(i Indicator) bool { return i.ID == of }) {
			return bad("answers")
		}
	}
	for i, seen := range s.Observed {
		if i > 0 && s.Observed[i-1] >= seen || !slices.ContainsFunc(d.Observations, func(o Observation) bool { return o.ID == seen }) {
			return bad("observed")
		}
	}
	if x := s.Disagreement; x != nil {
		switch {
		case x.Suggestion.rank() < 0:
			return bad("disagreement.suggestion")
		case strings.TrimSpace(x.Reason) == "" || !person.Text(x.Reason, MaxReason):
			return bad("disagreement.reason")
		}
	}
	return nil
}
