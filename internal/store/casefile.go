package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ person.Tx   = (*Tx)(nil)
	_ casefile.Tx = (*Tx)(nil)
)

// PlaceOf returns where a case lives; [fault.NotFound] if there is no such case.
func (tx *Tx) PlaceOf(ctx context.Context, c id.Case) (person.Place, error) {
	r, err := tx.q.PlaceOf(ctx, string(c))
	if err != nil {
		return person.Place{}, explain(err)
	}
	return person.Place{
		Case: id.Case(r.ID), Person: id.Person(r.Person), Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm),
		Owner: id.User(r.Owner), AgeClass: person.AgeClass(r.AgeClass), Closed: casefile.State(r.State) != casefile.Open,
	}, nil
}

// SetAgeClass notes what the person record says about her age; [fault.NotFound] if there is no such case.
func (tx *Tx) SetAgeClass(ctx context.Context, c id.Case, class person.AgeClass) error {
	return found(tx.q.SetAgeClass(ctx, rows.SetAgeClassParams{ID: string(c), AgeClass: string(class)}))
}

func caseOf(r rows.CaseFile) casefile.Case {
	return casefile.Case{
		ID: id.Case(r.ID), Reference: id.Reference(r.Reference), Person: id.Person(r.Person), Desk: id.Desk(r.Desk),
		Realm: access.Realm(r.Realm), State: casefile.State(r.State), AgeClass: person.AgeClass(r.AgeClass), Asylum: r.Asylum,
		Origins: split(r.Origins), Status: r.Status, Grade: casefile.Grade(r.Grade), Assessed: frame.Time(r.Assessed),
		Review: frame.Time(r.Review), Owner: id.User(r.Owner), Opened: frame.Time(r.Opened), Closed: frame.Time(r.Closed),
		Closure: r.Closure, Action: r.Action, Into: id.Case(r.IntoCase), Version: r.Version,
	}
}

// CasesInto returns the cases that were merged into one.
func (tx *Tx) CasesInto(ctx context.Context, c id.Case) ([]casefile.Case, error) {
	all, err := tx.q.CasesInto(ctx, string(c))
	return each(all, err, caseOf)
}

// AddCase keeps a new case; [fault.Conflict] if its identifier or reference is taken.
func (tx *Tx) AddCase(ctx context.Context, c casefile.Case) error {
	return explain(tx.q.AddCase(ctx, rows.AddCaseParams{
		ID: string(c.ID), Reference: string(c.Reference), Person: string(c.Person), Desk: string(c.Desk), Realm: string(c.Realm),
		State: string(c.State), AgeClass: string(c.AgeClass), Asylum: c.Asylum, Origins: codes(c.Origins), Status: c.Status,
		Grade: string(c.Grade), Assessed: int64(c.Assessed), Review: int64(c.Review), Owner: string(c.Owner),
		Opened: int64(c.Opened), Closed: int64(c.Closed), Closure: c.Closure, Action: c.Action,
	}))
}

// SetCase changes a case; [fault.Stale] if its stored version is another.
func (tx *Tx) SetCase(ctx context.Context, c casefile.Case) error {
	n, err := tx.q.SetCase(ctx, rows.SetCaseParams{
		ID: string(c.ID), Desk: string(c.Desk), State: string(c.State), Asylum: c.Asylum, Origins: codes(c.Origins),
		Status: c.Status, Grade: string(c.Grade), Assessed: int64(c.Assessed), Review: int64(c.Review), Closed: int64(c.Closed),
		Closure: c.Closure, Action: c.Action, IntoCase: string(c.Into), Version: c.Version,
	})
	return changed(n, err)
}

// Case returns one case; [fault.NotFound] if there is none.
func (tx *Tx) Case(ctx context.Context, c id.Case) (casefile.Case, error) {
	r, err := tx.q.CaseFile(ctx, string(c))
	if err != nil {
		return casefile.Case{}, explain(err)
	}
	return caseOf(r), nil
}

// CaseCalled returns the case with a reference; [fault.NotFound] if there is none.
func (tx *Tx) CaseCalled(ctx context.Context, ref id.Reference) (casefile.Case, error) {
	r, err := tx.q.CaseCalled(ctx, string(ref))
	if err != nil {
		return casefile.Case{}, explain(err)
	}
	return caseOf(r), nil
}

// CasesAt returns the cases of a desk, of one owner if she is named, in the order of their identifiers.
func (tx *Tx) CasesAt(ctx context.Context, d id.Desk, owner id.User, f casefile.Filter) ([]casefile.Case, error) {
	all, err := tx.q.CasesAt(ctx, rows.CasesAtParams{
		Desk: string(d), After: string(f.After), Owner: string(owner), State: string(f.State), Max: int32(min(f.Limit, 1000)),
	})
	return each(all, err, caseOf)
}

func releaseOf(r rows.CaseRelease) casefile.Release {
	return casefile.Release{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), To: id.Desk(r.Desk), Basis: r.Basis, Consent: id.Consent(r.Consent),
		Category: r.Category, Handling: r.Handling, State: casefile.ReleaseState(r.State), Record: id.Record(r.Record),
		Compartment: id.Compartment(r.Compartment), Maker: id.User(r.Maker), Approver: id.User(r.Approver),
		Made: frame.Time(r.Made), Ended: frame.Time(r.Ended), Until: frame.Time(r.Until), Version: r.Version,
	}
}

// AddRelease keeps a new release.
func (tx *Tx) AddRelease(ctx context.Context, r casefile.Release) error {
	return explain(tx.q.AddRelease(ctx, rows.AddReleaseParams{
		ID: string(r.ID), CaseID: string(r.Case), Desk: string(r.To), Basis: r.Basis, Consent: string(r.Consent),
		Category: r.Category, Handling: r.Handling, State: string(r.State), Record: string(r.Record),
		Compartment: string(r.Compartment), Maker: string(r.Maker), Approver: string(r.Approver), Made: int64(r.Made),
		Ended: int64(r.Ended), Until: int64(r.Until),
	}))
}

// SetRelease changes a release; [fault.Stale] if its stored version is another.
func (tx *Tx) SetRelease(ctx context.Context, r casefile.Release) error {
	n, err := tx.q.SetRelease(ctx, rows.SetReleaseParams{
		ID: string(r.ID), State: string(r.State), Approver: string(r.Approver), Ended: int64(r.Ended), Until: int64(r.Until),
		Version: r.Version,
	})
	return changed(n, err)
}

// Release returns one release; [fault.NotFound] if there is none.
func (tx *Tx) Release(ctx context.Context, r id.Record) (casefile.Release, error) {
	row, err := tx.q.Release(ctx, string(r))
	if err != nil {
		return casefile.Release{}, explain(err)
	}
	return releaseOf(row), nil
}

// ReleasesOf returns the releases of a case, oldest first.
func (tx *Tx) ReleasesOf(ctx context.Context, c id.Case) ([]casefile.Release, error) {
	all, err := tx.q.ReleasesOf(ctx, string(c))
	return each(all, err, releaseOf)
}

// ReleasesTo returns the releases to a desk that are in force, oldest first.
func (tx *Tx) ReleasesTo(ctx context.Context, d id.Desk) ([]casefile.Release, error) {
	all, err := tx.q.ReleasesTo(ctx, string(d))
	return each(all, err, releaseOf)
}

// AddGlass keeps a break-glass opening.
func (tx *Tx) AddGlass(ctx context.Context, g casefile.Glass) error {
	return explain(tx.q.AddGlass(ctx, rows.AddGlassParams{
		ID: string(g.ID), CaseID: string(g.Case), UserID: string(g.User), Desk: string(g.Desk), Second: string(g.Second),
		Reason: g.Reason, At: int64(g.At), Until: int64(g.Until),
	}))
}

// GlassOf returns the break-glass openings of a case that are not over.
func (tx *Tx) GlassOf(ctx context.Context, c id.Case, now frame.Time) ([]casefile.Glass, error) {
	all, err := tx.q.GlassOf(ctx, rows.GlassOfParams{CaseID: string(c), Until: int64(now)})
	return each(all, err, glassOf)
}

// Glass returns one break-glass opening.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Glass(ctx context.Context, g id.Record) (casefile.Glass, error) {
	r, err := tx.q.Glass(ctx, string(g))
	return glassOf(r), explain(err)
}

func glassOf(r rows.CaseGlass) casefile.Glass {
	return casefile.Glass{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), User: id.User(r.UserID), Desk: id.Desk(r.Desk), Second: id.Desk(r.Second),
		Reason: r.Reason, At: frame.Time(r.At), Until: frame.Time(r.Until),
	}
}
