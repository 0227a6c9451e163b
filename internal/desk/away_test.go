package desk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Who is away has no shift: who stands in has it, or nobody, and only for as long as she is away.
func TestWhoIsAwayHasNoShift(t *testing.T) {
	h := func(n int) frame.Time { return frame.At(time.Unix(1_770_000_000, 0).Add(time.Duration(n) * time.Hour)) }
	shift := func(u id.User, from, to int) Shift { return Shift{Desk: "d", User: u, From: h(from), To: h(to)} }
	off := func(u id.User, from, to int, in id.User) Absence {
		return Absence{Desk: "d", User: u, From: h(from), To: h(to), StandIn: in}
	}
	for name, c := range map[string]struct {
		away []Absence
		want []Shift
		now  []id.User // at 5
	}{
		"nobody is away":        {nil, []Shift{shift("ana", 0, 10)}, []id.User{"ana"}},
		"another is":            {[]Absence{off("eva", 0, 10, "mira")}, []Shift{shift("ana", 0, 10)}, []id.User{"ana"}},
		"in the middle":         {[]Absence{off("ana", 4, 6, "mira")}, []Shift{shift("ana", 0, 4), shift("mira", 4, 6), shift("ana", 6, 10)}, []id.User{"mira"}},
		"nobody stands in":      {[]Absence{off("ana", 4, 6, "")}, []Shift{shift("ana", 0, 4), shift("ana", 6, 10)}, nil},
		"the whole time":        {[]Absence{off("ana", -1, 11, "")}, nil, nil},
		"who stands in is away": {[]Absence{off("ana", 4, 6, "mira"), off("mira", 0, 10, "")}, []Shift{shift("ana", 0, 4), shift("ana", 6, 10)}, nil},
		"it is over":            {[]Absence{off("ana", -5, 0, "mira")}, []Shift{shift("ana", 0, 10)}, []id.User{"ana"}},
	} {
		if d := cmp.Diff(c.want, Kept([]Shift{shift("ana", 0, 10)}, c.away)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(c.now, Present([]id.User{"ana"}, c.away, h(5))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	members := []Membership{{User: "ana", State: Granted}, {User: "mira", State: Granted}, {User: "eva", State: Proposed}}
	for name, c := range map[string]struct {
		a  Absence
		ok bool
	}{
		"good":                 {off("ana", 1, 9, "mira"), true},
		"nobody stands in":     {off("ana", 1, 9, ""), true},
		"over":                 {off("ana", -9, 0, ""), false},
		"backwards":            {off("ana", 9, 1, ""), false},
		"for ever":             {off("ana", 1, 24*400, ""), false},
		"of no member":         {off("eva", 1, 9, ""), false},
		"herself stands in":    {off("ana", 1, 9, "ana"), false},
		"no member stands in":  {off("ana", 1, 9, "eva"), false},
		"stands in while away": {off("mira", 20, 22, "ana"), false},
		"stands in when back":  {off("mira", 31, 32, "ana"), true},
	} {
		if err := c.a.check(members, []Absence{off("ana", 20, 30, "")}, h(0)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
