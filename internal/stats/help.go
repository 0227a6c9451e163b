package stats

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Help says of one person what kinds of help she was given and how long she waited for the first, without a name. Whether she was helped
// while she waited elsewhere, nobody here knows.
type Help struct {
	ID id.Fact `json:"id"`
	// Year in which she was first registered here, four digits; or a gap.
	Year     string   `json:"year"`
	Services []string `json:"services"` // codes, sorted, each once; or exactly one gap
	Wait     Wait     `json:"wait"`
}

// Wait is how many days passed between her registration and the first help that was given to her, in classes: the number of days
// itself, beside a list of cases, would say whose it is.
type Wait string

// The values of Wait beside the gaps.
const (
	SameDay     Wait = "0" // or before she was registered
	ThreeDays   Wait = "1-3"
	AWeek       Wait = "4-7"
	AMonth      Wait = "8-30"
	ThreeMonths Wait = "31-90"
	Longer      Wait = "91+"
)

// Waits returns the classes, the shortest first.
func Waits() []Wait { return []Wait{SameDay, ThreeDays, AWeek, AMonth, ThreeMonths, Longer} }

// WaitOf returns the class of a number of days.
func WaitOf(days int) Wait {
	switch {
	case days <= 0:
		return SameDay
	case days <= 3:
		return ThreeDays
	case days <= 7:
		return AWeek
	case days <= 30:
		return AMonth
	case days <= 90:
		return ThreeMonths
	}
	return Longer
}

var (
	yearForm = regexp.MustCompile(`^(19|20|21)[0-9]{2}$`)
	codeForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
)

// Check reports whether h is complete and holds codes only.
//
// It fails with [fault.Invalid] and the key "stats.fact.code" naming the field, or the key of [id.ParseRandom].
func (h Help) Check() error {
	if _, err := id.ParseRandom[id.Fact](string(h.ID)); err != nil {
		return err
	}
	bad := func(field string) error { return fault.New(fault.Invalid, "stats.fact.code").With("field", field) }
	switch {
	case !Gap(h.Year) && !yearForm.MatchString(h.Year):
		return bad("year")
	case !Gap(h.Wait) && !slices.Contains(Waits(), h.Wait):
		return bad("wait")
	case len(h.Services) == 0 || len(h.Services) > 50:
		return bad("services")
	}
	for i, s := range h.Services {
		if Gap(s) && len(h.Services) > 1 || len(s) > 60 || !codeForm.MatchString(s) || i > 0 && s <= h.Services[i-1] {
			return bad("services")
		}
	}
	return nil
}

// HelpIn keeps a fact about help, in place of what was kept under its identifier, in the transaction in which a service is recorded
// or corrected. So she is counted once, whatever is recorded of her.
//
// It fails with [fault.Invalid] as [Help.Check].
func (s *Service) HelpIn(ctx context.Context, tx Tx, h Help) error {
	if err := h.Check(); err != nil {
		return err
	}
	return tx.SetHelp(ctx, h)
}

// Helped counts persons who were given help. A person who was given two services counts in both.
type Helped struct {
	All      int            `json:"all"`
	Years    map[string]int `json:"years"`    // of first registration here
	Services map[string]int `json:"services"` //
	Waits    map[Wait]int   `json:"waits"`    // days from registration to the first help, in classes
}

// helpedIn counts every fact about help. What nobody knows is unknown, never zero.
func helpedIn(ctx context.Context, tx Tx) (Helped, error) {
	t := Helped{Years: map[string]int{}, Services: map[string]int{}, Waits: map[Wait]int{}}
	err := tx.Helps(ctx, func(h Help) bool {
		t.All++
		t.Years[cmp.Or(h.Year, Unknown)]++
		t.Waits[cmp.Or(h.Wait, Unknown)]++
		if len(h.Services) == 0 {
			t.Services[Unknown]++
		}
		for _, s := range h.Services {
			t.Services[cmp.Or(s, Unknown)]++
		}
		return true
	})
	return t, err
}
