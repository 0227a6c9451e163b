package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// TestUnusual is the table of the rules: what is usual for her, what is not, and the numbers of each.
func TestUnusual(t *testing.T) {
	const today = 20514
	limits := audit.Limits{Hour: 5, Day: 8, Unwritten: 4, Times: 3, History: 28}
	at := func(day, minute int) frame.Time {
		return frame.At(time.Unix(int64(day)*86400, 0).Add(time.Duration(minute) * time.Minute))
	}
	// opens makes openings of n cases on a day, so many minutes apart, each with something written or not.
	opens := func(day, n, apart int, wrote bool) []audit.Access {
		var all []audit.Access
		for i := range n {
			all = append(all, audit.Access{
				User: "vera", Role: "case-manager", Day: int64(day), Case: id.Case(fmt.Sprintf("%d-%d", day, i)), Opened: at(day, 480+i*apart), Wrote: wrote,
			})
		}
		return all
	}
	used := func(n int) (all []audit.Access) {
		for d := range 10 {
			all = append(all, opens(today-1-d, n, 30, true)...)
		}
		return all
	}
	join := func(parts ...[]audit.Access) (all []audit.Access) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	written := audit.Access{User: "vera", Day: today - 3, Case: "20514-0", Wrote: true}
	for _, c := range []struct {
		name string
		rows []audit.Access
		want []string // rule, seen, usual
	}{
		{"nothing", nil, nil},
		{"a normal day", join(used(3), opens(today, 4, 60, true)), nil},
		{"a busy day of a busy desk", join(used(4), opens(today, 9, 50, true)), nil},
		{"many within an hour", join(used(1), opens(today, 5, 10, true)), []string{"many-hour 5 1"}},
		{"the same over the day", join(used(1), opens(today, 5, 40, true)), nil},
		{"exactly an hour", opens(today, 5, 15, true), []string{"many-hour 5 0"}},
		{"a minute more", opens(today, 5, 16, true), nil},
		{"many on a day", join(used(2), opens(today, 8, 50, true)), []string{"many-day 8 2"}},
		{"not more than three times what is usual", join(used(3), opens(today, 9, 50, true)), nil},
		{"nothing written", opens(today, 4, 60, false), []string{"unwritten 4 0"}},
		{"something written days ago", append(opens(today, 4, 60, false), written), nil},
		{"what is long ago is not usual", append(opens(today-29, 9, 50, true), opens(today, 8, 50, true)...), []string{"many-day 8 0"}},
		{"tomorrow is not usual", append(opens(today+1, 9, 50, true), opens(today, 8, 50, true)...), []string{"many-day 8 0"}},
		{"all of it", opens(today, 8, 5, false), []string{"many-hour 8 0", "many-day 8 0", "unwritten 8 0"}},
	} {
		var got []string
		for _, a := range audit.Unusual(c.rows, today, limits) {
			got = append(got, fmt.Sprintf("%s %d %d", a.Rule, a.Seen, a.Usual))
			if a.User != "vera" || a.Role != "case-manager" || int64(len(a.Cases)) != a.Seen || a.Since < at(today, 480) || a.Until <= a.Since {
				t.Errorf("%s: %+v", c.name, a)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	if got := audit.Unusual(opens(today, 400, 1, false), today, audit.Limits{Times: 3, History: 28}); got != nil {
		t.Errorf("rules without a number: %+v", got)
	}
	if got := audit.Unusual(opens(today, 400, 1, true), today, limits); len(got) != 2 || len(got[1].Cases) != audit.MostCases || got[1].Seen != 400 {
		t.Errorf("%+v", got)
	}
}

// TestWhoAsksWhoHasLookedHasOpenedNothing: of what the log holds, only what shows or changes something in a case counts.
func TestWhoAsksWhoHasLookedHasOpenedNothing(t *testing.T) {
	saw := func(a access.Action) audit.Entry {
		e := audit.Saw(access.Actor{User: "vera", Role: access.CaseManager}, a, "c").In("c")
		e.Time, e.Outcome = 1, audit.OutcomeDone
		return e
	}
	if _, ok := audit.AccessOf(saw(access.OpeningsCase)); ok {
		t.Error("the list of openings counts as one")
	}
	if a, ok := audit.AccessOf(saw(access.ReadCase)); !ok || a.Opened == 0 {
		t.Errorf("an opening is %+v, %t", a, ok)
	}
}
