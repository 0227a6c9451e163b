package casefile

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// OriginUnknown stands in the place of a country of origin that is not known.
const OriginUnknown = "unknown"

func bad(field string) error { return fault.New(fault.Invalid, "case.field").With("field", field) }

// checkOrigins reports whether the flags about asylum and origin can stand together.
func checkOrigins(asylum bool, origins []string) error {
	for i, o := range origins {
		switch {
		case !person.Country(o) && o != OriginUnknown || i > 0 && origins[i-1] >= o:
			return bad("origins")
		case o != OriginUnknown && !person.CountryNow(o): // one that is no more would hold nothing back from those that came after it
			return person.NoCountry("origins", o)
		}
	}
	if len(origins) > 20 || len(origins) > 1 && slices.Contains(origins, OriginUnknown) {
		return bad("origins")
	}
	if asylum && len(origins) == 0 {
		return fault.New(fault.Invalid, "case.asylum.origin-missing")
	}
	return nil
}

// MayTransmitTo reports whether anything about the case may be sent to a country, by its code or its
// member. Who asked for asylum is never made known to her country of origin; while it is not known which
// that is, nothing leaves at all.
//
// It fails with [fault.Denied] "case.asylum.origin" or "case.asylum.origin-unknown".
func MayTransmitTo(c Case, country id.Member) error { return mayReach(c, string(country)) }

// MayContactConsulateOf reports whether a consulate or embassy of a country may be contacted about the
// case, wherever it stands.
//
// It fails as [MayTransmitTo].
func MayContactConsulateOf(c Case, country string) error { return mayReach(c, country) }

func mayReach(c Case, country string) error {
	switch {
	case !c.Asylum:
		return nil
	case slices.Contains(c.Origins, country):
		return fault.New(fault.Denied, "case.asylum.origin")
	case len(c.Origins) == 0 || slices.Contains(c.Origins, OriginUnknown):
		return fault.New(fault.Denied, "case.asylum.origin-unknown")
	}
	return nil
}

// Freshness says how far the newest risk assessment can be relied on.
type Freshness string

// The freshnesses. Everything but current is shown as a warning wherever the case is used.
const (
	Never   Freshness = "never"
	Stale   Freshness = "stale"
	Current Freshness = "current"
)

// RiskFreshness says whether the newest assessment is current: there is one, its review is not past, and
// it is not older than the limit whatever it says about its review.
func RiskFreshness(c Case, now frame.Time, staleDays int64) Freshness {
	switch {
	case c.Assessed == 0:
		return Never
	case now >= c.Review || now >= c.Assessed.Add(days(staleDays)):
		return Stale
	}
	return Current
}

// working fails unless the case can be worked on.
func working(c Case) error {
	switch c.State {
	case Open:
		return nil
	case Erased:
		return fault.New(fault.NotFound, "case.erased")
	case Merged:
		return fault.New(fault.Conflict, "case.merged")
	default:
		return fault.New(fault.Conflict, "case.closed")
	}
}

// highest returns the highest of the grades.
func highest(grades map[string]Grade) Grade {
	order := []Grade{Low, Medium, High}
	out := Grade("")
	for _, g := range grades {
		if slices.Index(order, g) > slices.Index(order, out) {
			out = g
		}
	}
	return out
}

// glassEnds returns when a break-glass opening ends.
func glassEnds(start frame.Time, minutes int64) frame.Time {
	return start.Add(time.Duration(minutes) * time.Minute)
}
