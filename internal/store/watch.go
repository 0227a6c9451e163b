package store

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ audit.AlertTx = (*Tx)(nil)

// watched is the name under which lies how far the log was looked through.
const watched = "audit.watched"

// Watched returns the place up to which the log was looked through for unusual openings.
func (tx *Tx) Watched(ctx context.Context) (audit.Place, error) {
	b, err := tx.Setting(ctx, watched)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "store.row", err)
	}
	return audit.Place(n), nil
}

// SetWatched keeps the place up to which the log was looked through.
func (tx *Tx) SetWatched(ctx context.Context, upto audit.Place) error {
	return tx.SetSetting(ctx, watched, strconv.AppendInt(nil, int64(upto), 10))
}

// NoteAccess adds what a says to what is kept of that user, day and case.
func (tx *Tx) NoteAccess(ctx context.Context, a audit.Access) error {
	err := tx.q.NoteAccess(ctx, rows.NoteAccessParams{
		UserID: string(a.User), Day: a.Day, CaseID: string(a.Case), Role: string(a.Role), Opened: int64(a.Opened), Wrote: a.Wrote,
	})
	if err != nil || a.Opened == 0 {
		return explain(err)
	}
	return explain(tx.q.NoteOpening(ctx, rows.NoteOpeningParams{CaseID: string(a.Case), Day: a.Day, Role: string(a.Role)}))
}

// AccessSince returns what is kept of a user from a day on.
func (tx *Tx) AccessSince(ctx context.Context, user id.User, day int64) ([]audit.Access, error) {
	all, err := tx.q.AccessSince(ctx, rows.AccessSinceParams{UserID: string(user), Day: day})
	return each(all, err, func(r rows.AccessDay) audit.Access {
		return audit.Access{
			User: id.User(r.UserID), Day: r.Day, Case: id.Case(r.CaseID), Role: access.Role(r.Role), Opened: frame.Time(r.Opened), Wrote: r.Wrote,
		}
	})
}

// ForgetAccess forgets what is kept of days before.
func (tx *Tx) ForgetAccess(ctx context.Context, day int64) error {
	return explain(tx.q.ForgetAccess(ctx, day))
}

// SetAlert keeps an alert, in place of one of the same user, rule and day.
func (tx *Tx) SetAlert(ctx context.Context, a audit.Alert) error {
	cases, err := json.Marshal(a.Cases)
	if err != nil {
		return fault.Wrap(fault.Internal, "store.row", err)
	}
	return explain(tx.q.SetAlert(ctx, rows.SetAlertParams{
		UserID: string(a.User), Day: a.Day, Rule: string(a.Rule), Role: string(a.Role), Since: int64(a.Since), Until: int64(a.Until),
		Seen: a.Seen, Usual: a.Usual, Cases: string(cases), Made: int64(a.Made),
	}))
}

// AlertsOn returns the alerts about a day of a user.
func (tx *Tx) AlertsOn(ctx context.Context, user id.User, day int64) ([]audit.Alert, error) {
	all, err := tx.q.AlertsOn(ctx, rows.AlertsOnParams{UserID: string(user), Day: day})
	return each(all, err, alertOf)
}

// Alerts returns the newest alerts.
func (tx *Tx) Alerts(ctx context.Context, limit int) ([]audit.Alert, error) {
	all, err := tx.q.Alerts(ctx, rows.AlertsParams{Made: int64(frame.MaxInt), Limit: int32(limit)})
	return each(all, err, alertOf)
}

func alertOf(r rows.AccessAlert) audit.Alert {
	a := audit.Alert{
		User: id.User(r.UserID), Role: access.Role(r.Role), Rule: audit.Rule(r.Rule), Day: r.Day, Since: frame.Time(r.Since),
		Until: frame.Time(r.Until), Seen: r.Seen, Usual: r.Usual, Made: frame.Time(r.Made),
	}
	_ = json.Unmarshal([]byte(r.Cases), &a.Cases) // written by SetAlert
	return a
}

// Openings returns on which days somebody with which function opened a case, newest first.
func (tx *Tx) Openings(ctx context.Context, c id.Case, limit int) ([]casefile.Opened, error) {
	all, err := tx.q.Openings(ctx, rows.OpeningsParams{CaseID: string(c), Limit: int32(limit)})
	return each(all, err, func(r rows.CaseOpening) casefile.Opened {
		return casefile.Opened{Day: r.Day, Role: access.Role(r.Role)}
	})
}

// DropOpenings forgets who opened a case.
func (tx *Tx) DropOpenings(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropOpenings(ctx, string(c)))
}
