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
	limits := audit.Limits{Hour: 5, Day: 8, Unwritten: 4, OffDuty: 2, Far: 5, Times: 3, History: 28}
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
	// duty is a roster from 8 to 16 on every other of so many days around today.
	duty := func(from, to int) (all []audit.Span) {
		for d := from; d <= to; d += 2 {
			all = append(all, audit.Span{From: at(today+d, 480), To: at(today+d, 960)})
		}
		return all
	}
	// late makes openings at a minute of a day.
	late := func(day, minute, n int) []audit.Access {
		all := opens(day, n, 1, true)
		for i := range all {
			all[i].Opened = at(day, minute+i)
		}
		return all
	}
	always := duty(-28, 28)
	written := audit.Access{User: "vera", Day: today - 3, Case: "20514-0", Wrote: true}
	for _, c := range []struct {
		name string
		rows []audit.Access
		want []string // rule, seen, usual
		duty []audit.Span
	}{
		{"on duty", late(today, 480, 3), nil, always},
		{"not far from it", late(today, 960+298, 2), nil, always},
		{"far outside it, in the evening", late(today, 960+301, 2), []string{"off-duty 2 0"}, always},
		{"far outside it, in the morning", late(today, 178, 2), []string{"off-duty 2 0"}, always},
		{"one case only", late(today, 1400, 1), nil, always},
		{"she is often there at that time", join(late(today-1, 700, 1), late(today, 1400, 3)), nil, always},
		{"more than often", join(late(today-1, 700, 1), late(today, 1400, 4)), []string{"off-duty 4 1"}, always},
		{"no roster", late(today, 1400, 3), nil, nil},
		{"a roster that has ended long ago", late(today, 1400, 3), nil, duty(-20, -8)},
		{"a roster that ended lately", late(today, 1400, 3), []string{"off-duty 3 0"}, duty(-20, -4)},
		{"a roster that begins soon", late(today, 1400, 3), []string{"off-duty 3 0"}, duty(4, 20)},
		{"nothing", nil, nil, nil},
		{"a normal day", join(used(3), opens(today, 4, 60, true)), nil, nil},
		{"a busy day of a busy desk", join(used(4), opens(today, 9, 50, true)), nil, nil},
		{"many within an hour", join(used(1), opens(today, 5, 10, true)), []string{"many-hour 5 1"}, nil},
		{"the same over the day", join(used(1), opens(today, 5, 40, true)), nil, nil},
		{"exactly an hour", opens(today, 5, 15, true), []string{"many-hour 5 0"}, nil},
		{"a minute more", opens(today, 5, 16, true), nil, nil},
		{"many on a day", join(used(2), opens(today, 8, 50, true)), []string{"many-day 8 2"}, nil},
		{"not more than three times what is usual", join(used(3), opens(today, 9, 50, true)), nil, nil},
		{"nothing written", opens(today, 4, 60, false), []string{"unwritten 4 0"}, nil},
		{"something written days ago", append(opens(today, 4, 60, false), written), nil, nil},
		{"what is long ago is not usual", append(opens(today-29, 9, 50, true), opens(today, 8, 50, true)...), []string{"many-day 8 0"}, nil},
		{"tomorrow is not usual", append(opens(today+1, 9, 50, true), opens(today, 8, 50, true)...), []string{"many-day 8 0"}, nil},
		{"all of it", opens(today, 8, 5, false), []string{"many-hour 8 0", "many-day 8 0", "unwritten 8 0"}, nil},
	} {
		var got []string
		for _, a := range audit.Unusual(c.rows, today, c.duty, limits) {
			got = append(got, fmt.Sprintf("%s %d %d", a.Rule, a.Seen, a.Usual))
			if a.User != "vera" || a.Role != "case-manager" || int64(len(a.Cases)) != a.Seen || a.Since < at(today, 0) || a.Until <= a.Since {
				t.Errorf("%s: %+v", c.name, a)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	if got := audit.Unusual(opens(today, 400, 1, false), today, always, audit.Limits{Times: 3, History: 28}); got != nil {
		t.Errorf("rules without a number: %+v", got)
	}
	if got := audit.Unusual(opens(today, 400, 1, true), today, nil, limits); len(got) != 2 || len(got[1].Cases) != audit.MostCases || got[1].Seen != 400 {
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
