package job

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// WatchTx is what watching over the openings of cases needs kept.
type WatchTx interface {
	audit.Tx
	audit.Reader
	audit.AlertTx
	// Record appends an entry to the log.
	Record(ctx context.Context, e audit.Entry) (audit.Ref, error)
}

// Watching looks through what is new in the log for openings of cases that are unusual for whoever opens them. It
// reads who, when and which case, opens nothing, and decides nothing: the data-protection officer looks.
type Watching struct {
	Self   id.Member
	Update func(context.Context, func(WatchTx) error) error
	Read   func(context.Context, func(WatchTx) error) error
	Now    func() time.Time
	Limits func() audit.Limits
	// Duty returns the roster of a user's desks around a span of days; nothing where one of them keeps none.
	Duty func(ctx context.Context, tx WatchTx, user id.User, from, to int64) ([]audit.Span, error)
	// Raise tells the data-protection officer of the first alert about a day of a user.
	Raise func(ctx context.Context, tx WatchTx, a audit.Alert) error
}

const (
	watchPage  = 500 // entries in one transaction
	watchPages = 20  // in one turn
	watchDays  = 2   // an opening that was this many days ago raises no alert any more
)

// Watch looks through what the log has gained since the last time, and returns how many alerts it raised. That it was
// looked through is itself recorded, where there was an opening or anything else done in a case.
//
// It fails as the storage and Raise fail; what was looked through before stays so.
func (w *Watching) Watch(ctx context.Context) (int, error) {
	raised := 0
	for range watchPages {
		worth := false
		err := w.Read(ctx, func(tx WatchTx) error {
			found, done, err := next(ctx, tx)
			worth = len(done) > 0 || len(found) == watchPage
			return err
		})
		if err != nil || !worth {
			return raised, err
		}
		n, more := 0, false
		err = w.Update(ctx, func(tx WatchTx) (err error) {
			n, more, err = w.page(ctx, tx)
			return err
		})
		if err != nil {
			return raised, err
		}
		if raised += n; !more {
			break
		}
	}
	return raised, nil
}

// next returns the payloads that were not looked through yet, a page at most, and what they say of users and cases.
func next(ctx context.Context, tx WatchTx) (found []audit.Payload, done []audit.Access, err error) {
	from, err := tx.Watched(ctx)
	if err != nil {
		return nil, nil, err
	}
	found, err = tx.AuditPayloads(ctx, from, audit.Place(1<<62), watchPage)
	for _, p := range found {
		e, err := audit.ParseEntry(p.Data)
		if err != nil {
			continue // padding
		}
		if a, ok := audit.AccessOf(e); ok {
			done = append(done, a)
		}
	}
	return found, done, err
}

// page takes the next entries and judges the days that they are about.
func (w *Watching) page(ctx context.Context, tx WatchTx) (raised int, more bool, err error) {
	found, done, err := next(ctx, tx)
	if err != nil || len(found) == 0 {
		return 0, false, err
	}
	if _, err := tx.Record(ctx, audit.Did(access.Node(w.Self), access.WatchAudit, "log")); err != nil {
		return 0, false, err
	}
	type dayOf struct {
		user id.User
		day  int64
	}
	var touched []dayOf
	today := audit.DayOf(frame.At(w.Now()))
	for _, a := range done {
		if err := tx.NoteAccess(ctx, a); err != nil {
			return 0, false, err
		}
		if d := (dayOf{a.User, a.Day}); a.Opened != 0 && today-a.Day < watchDays && !slices.Contains(touched, d) {
			touched = append(touched, d)
		}
	}
	if err := tx.SetWatched(ctx, found[len(found)-1].At+1); err != nil {
		return 0, false, err
	}
	limits := w.Limits()
	for _, d := range touched {
		n, err := w.judge(ctx, tx, d.user, d.day, limits)
		if err != nil {
			return 0, false, err
		}
		raised += n
	}
	return raised, len(found) == watchPage, tx.ForgetAccess(ctx, today-limits.History-watchDays)
}

// judge keeps what is unusual about a day of a user. One that was told is brought up to date and not told again.
func (w *Watching) judge(ctx context.Context, tx WatchTx, user id.User, day int64, l audit.Limits) (int, error) {
	rows, err := tx.AccessSince(ctx, user, day-l.History)
	if err != nil {
		return 0, err
	}
	duty, err := w.Duty(ctx, tx, user, day-l.History, day)
	if err != nil {
		return 0, err
	}
	alerts := audit.Unusual(rows, day, duty, l)
	if len(alerts) == 0 {
		return 0, nil
	}
	before, err := tx.AlertsOn(ctx, user, day)
	if err != nil {
		return 0, err
	}
	raised := 0
	for _, a := range alerts {
		a.Made = frame.At(w.Now())
		known := slices.ContainsFunc(before, func(b audit.Alert) bool { return b.Rule == a.Rule })
		if err := tx.SetAlert(ctx, a); err != nil {
			return 0, err
		}
		if known {
			continue
		}
		raised++
		if _, err := tx.Record(ctx, audit.Did(access.Node(w.Self), access.WatchAudit, string(user)).For(string(a.Rule))); err != nil {
			return 0, err
		}
	}
	if len(before) == 0 && w.Raise != nil {
		return raised, w.Raise(ctx, tx, alerts[0])
	}
	return raised, nil
}
