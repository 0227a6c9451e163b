package job_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// watched is a log with somebody who watches over it.
type watched struct {
	job.Watching
	t      *testing.T
	db     *store.DB
	now    time.Time
	raised []audit.Alert
	read   []audit.Place // from where it was looked through
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	w.db = storetest.New(t, func() time.Time { return w.now })
	w.Watching = job.Watching{
		Self: "MK", Update: store.Recorder[job.WatchTx](w.db), Now: func() time.Time { return w.now },
		Read: func(ctx context.Context, fn func(job.WatchTx) error) error {
			return store.Reader[job.WatchTx](w.db)(ctx, func(tx job.WatchTx) error {
				at, err := tx.Watched(ctx)
				w.read = append(w.read, at)
				if err != nil {
					return err
				}
				return fn(tx)
			})
		},
		Limits: func() audit.Limits { return audit.Limits{Hour: 6, Day: 10, Unwritten: 5, Times: 3, History: 28} },
		Duty:   func(context.Context, job.WatchTx, id.User, int64, int64) ([]audit.Span, error) { return nil, nil },
		Raise: func(_ context.Context, _ job.WatchTx, a audit.Alert) error {
			w.raised = append(w.raised, a)
			return nil
		},
	}
	return w
}

// logs records entries of somebody, a minute apart.
func (w *watched) logs(user id.User, entry func(access.Actor, access.Action, string) audit.Entry, action access.Action, cases ...string) {
	w.t.Helper()
	who := access.Actor{User: user, Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"}
	for _, c := range cases {
		w.now = w.now.Add(time.Minute)
		err := store.Recorder[job.WatchTx](w.db)(w.t.Context(), func(tx job.WatchTx) error {
			_, err := tx.Record(w.t.Context(), entry(who, action, c).In(id.Case(c)))
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *watched) opens(user id.User, cases ...string) {
	w.t.Helper()
	w.logs(user, audit.Saw, access.ReadCase, cases...)
}

func (w *watched) writes(user id.User, cases ...string) {
	w.t.Helper()
	w.logs(user, audit.Did, access.NoteCase, cases...)
}

func (w *watched) looks(want int) {
	w.t.Helper()
	if n, err := w.Watch(w.t.Context()); err != nil || n != want {
		w.t.Errorf("%s: %d alerts, %v; want %d", w.now.Format(time.DateTime), n, err, want)
	}
}

// entries returns what the log says of alerts.
func (w *watched) entries() []audit.Entry {
	w.t.Helper()
	var all []audit.Entry
	err := w.Watching.Read(w.t.Context(), func(tx job.WatchTx) error {
		found, err := tx.AuditPayloads(w.t.Context(), 0, 1<<62, 10000)
		for _, p := range found {
			if e, err := audit.ParseEntry(p.Data); err == nil && e.Action == access.WatchAudit && e.Object != "log" {
				all = append(all, e)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// size is how long the log is.
func (w *watched) size() int64 {
	w.t.Helper()
	size := int64(0)
	if err := w.Watching.Read(w.t.Context(), func(tx job.WatchTx) error {
		heads, err := tx.AuditHeads(w.t.Context())
		size = heads[len(heads)-1].Size
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return size
}

func numbered(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("case-%d", i))
	}
	return all
}

// TestANormalMonthRaisesNoAlert: two caseworkers open what they work on, day after day, and a busy day is a busy day.
func TestANormalMonthRaisesNoAlert(t *testing.T) {
	w := newWatched(t)
	for day := range 20 {
		w.now = time.Date(2026, 3, 2+day, 8, 0, 0, 0, time.UTC)
		mine := numbered(day, day+4)
		if day == 19 {
			mine = numbered(day, day+9)
		}
		for _, c := range mine {
			w.opens("vera", c, c)
			w.writes("vera", c)
			w.now = w.now.Add(20 * time.Minute)
		}
		w.opens("mira", numbered(100, 103)...)
		w.looks(0)
	}
	if len(w.raised) != 0 || len(w.entries()) != 0 {
		t.Errorf("raised %+v", w.raised)
	}
}

// TestUnusualOpeningsRaiseOneAlert: for a user and a day the officer hears once, by rule, numbers and time, whatever comes on
// top, and each part of the log is looked through once.
func TestUnusualOpeningsRaiseOneAlert(t *testing.T) {
	w := newWatched(t)
	for day := range 5 {
		w.now = time.Date(2026, 3, 2+day, 8, 0, 0, 0, time.UTC)
		w.opens("vera", "case-1")
		w.looks(0)
	}
	w.now = time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	w.opens("vera", numbered(0, 4)...)
	w.opens("mira", "case-1")
	w.looks(0)
	w.opens("vera", numbered(4, 8)...)
	begun := w.now
	w.looks(2) // within the hour, and nothing written
	if len(w.raised) != 1 {
		t.Fatalf("raised %+v", w.raised)
	}
	first := w.raised[0]
	if first.User != "vera" || first.Rule != audit.ManyHour || first.Seen != 8 || first.Usual != 1 || first.Until != frame.At(begun) ||
		!slices.Equal(first.Cases, []id.Case{"case-0", "case-1", "case-2", "case-3", "case-4", "case-5", "case-6", "case-7"}) {
		t.Errorf("%+v", first)
	}
	w.looks(0)
	w.opens("vera", numbered(8, 12)...)
	w.looks(1) // the third rule, and no second telling
	w.looks(0)
	if len(w.raised) != 1 {
		t.Errorf("told %d times", len(w.raised))
	}
	said := w.entries()
	if len(said) != 3 || said[0].Object != "vera" || said[0].Purpose != "many-hour" || said[0].User != "" {
		t.Errorf("the log says %+v", said)
	}
	if !slices.IsSorted(w.read) || w.read[len(w.read)-1] == 0 {
		t.Errorf("looked through from %v", w.read)
	}
	before := w.size()
	for range 5 {
		w.looks(0)
	}
	if after := w.size(); after != before {
		t.Errorf("looking where nothing is new made %d entries", after-before)
	}

	s := audit.Service{
		Member: "MK", Write: store.Writer[audit.Reader](w.db), Read: store.Reader[audit.Reader](w.db), Now: func() time.Time { return w.now },
	}
	officer := access.Actor{User: "dora", Role: access.DataProtectionOfficer, Realm: access.Office, Member: "MK"}
	all, err := s.Unusual(t.Context(), officer, 0)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, a := range all {
		if a.Seen < 11 || a.User != "vera" { // brought up to date
			t.Errorf("%+v", a)
		}
	}
	if _, err := s.Unusual(t.Context(), access.Actor{User: "vera", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"}, 0); err == nil {
		t.Error("a caseworker reads alerts")
	}

	w.now = time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	w.opens("vera", numbered(20, 60)...)
	w.looks(3)
	if len(w.raised) != 2 {
		t.Errorf("the next day was told %d times", len(w.raised)-1)
	}
}

// TestALongLogIsCaughtUpWithoutAlerts: a node that begins to watch, or was off, counts what was and tells nothing of it.
func TestALongLogIsCaughtUpWithoutAlerts(t *testing.T) {
	w := newWatched(t)
	w.opens("vera", numbered(0, 520)...)
	w.now = w.now.Add(5 * 24 * time.Hour)
	w.looks(0)
	w.opens("vera", numbered(0, 12)...)
	w.looks(0) // usual for her
	kept := 0
	if err := w.Watching.Read(t.Context(), func(tx job.WatchTx) error {
		rows, err := tx.AccessSince(t.Context(), "vera", 0)
		kept = len(rows)
		return err
	}); err != nil || kept != 532 {
		t.Errorf("%d rows, %v", kept, err)
	}
	w.now = w.now.Add(40 * 24 * time.Hour)
	w.opens("vera", numbered(0, 1)...)
	w.looks(0)
	if err := w.Watching.Read(t.Context(), func(tx job.WatchTx) error {
		rows, err := tx.AccessSince(t.Context(), "vera", 0)
		kept = len(rows)
		return err
	}); err != nil || kept != 1 {
		t.Errorf("%d rows are kept of what no longer tells what is usual: %v", kept, err)
	}
}
