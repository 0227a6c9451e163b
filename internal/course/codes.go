package course

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
)

//go:embed codes.json
var codes []byte

// Lists are the closed lists of codes that events use, with where they come from and whether a named body
// has confirmed them.
type Lists struct {
	Source   string            `json:"source"`
	Verified bool              `json:"verified"`
	Lists    map[string][]Code `json:"lists"`
}

// Codes returns the lists of this version of the specification (spec/referral.md 3), which nobody changes. A newer minor
// version may add codes.
func Codes() Lists { return lists() }

var lists = sync.OnceValue(func() (l Lists) {
	if err := json.Unmarshal(codes, &l); err != nil {
		panic("referral: codes.json: " + err.Error()) // embedded, tested
	}
	return l
})

// Known tells whether every code of the event is on its list. The basis is not looked at: rule rows belong to
// the profile. A protective transition is never refused for a code, because it must take effect.
//
// It fails with [fault.Invalid] and "referral.event.code", naming the field, for a code that is not listed.
func (e Event) Known(l Lists) error {
	if e.Transition.Protective() {
		return nil
	}
	for _, f := range []struct {
		field string
		list  string
		code  Code
	}{
		{"via", "via", e.Via},
		{"kind", "kind", e.Kind},
		{"alternative", "alternative", e.Alternative.Code},
		{"planned", "meeting", e.Planned.Meeting},
		{"reason", "reason." + string(e.Transition), e.Reason},
		{"outcome", "outcome." + string(e.Transition), e.Outcome},
	} {
		if f.code != "" && !slices.Contains(l.Lists[f.list], f.code) {
			return fault.New(fault.Invalid, "referral.event.code").With("field", f.field)
		}
	}
	return nil
}
