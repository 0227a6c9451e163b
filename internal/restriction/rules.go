package restriction

import (
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// mayUse decides whether something of a case may leave while r is in force: in danger to life, by an order, and by what she agreed to, or two
// people decided on a legal duty, after she had asked for the restriction. What she agreed to before is what she has second thoughts about.
func mayUse(r Restriction, u casefile.Use) error {
	if u.Vital || u.Ordered || u.Given > r.Placed {
		return nil
	}
	return fault.New(fault.Conflict, "restriction.in-force").With("day", day(r.Placed))
}

func day(t frame.Time) string { return t.Time().UTC().Format(time.DateOnly) }

// noticed decides what becomes of a restriction when she is told that it is in force.
func noticed(r Restriction, who access.Actor, how string, now frame.Time) (Restriction, error) {
	switch {
	case r.Lifted != 0:
		return r, fault.New(fault.Conflict, "restriction.lifted")
	case r.Noticed != 0:
		return r, fault.New(fault.Conflict, "restriction.noticed")
	case how == Unreachable && who.Role != access.DataProtectionOfficer:
		return r, fault.New(fault.Denied, "restriction.unreachable")
	}
	r.Noticed, r.NoticedBy, r.Notice = now, who.User, how
	return r, nil
}

// told decides what becomes of a restriction when she is told that it will be lifted.
func told(r Restriction, who access.Actor, how string, now frame.Time) (Restriction, error) {
	switch {
	case r.Lifted != 0:
		return r, fault.New(fault.Conflict, "restriction.lifted")
	case r.Told != 0:
		return r, fault.New(fault.Conflict, "restriction.told")
	case how == Unreachable && who.Role != access.DataProtectionOfficer:
		return r, fault.New(fault.Denied, "restriction.unreachable")
	}
	r.Told, r.ToldBy, r.How = now, who.User, how
	return r, nil
}

// lifted decides what becomes of a restriction that somebody lifts.
func lifted(r Restriction, by id.User, why string, now frame.Time) (Restriction, error) {
	switch {
	case r.Lifted != 0:
		return r, fault.New(fault.Conflict, "restriction.lifted")
	case r.Told == 0:
		return r, fault.New(fault.Conflict, "restriction.untold")
	}
	r.Lifted, r.LiftedBy, r.Because = now, by, why
	return r, nil
}
