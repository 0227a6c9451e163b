package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/task"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	night = time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC)
)

func TestWhoeverIsOnDutyIsTold(t *testing.T) {
	o := open(t, noon)
	o.person("mira", "shelter", "+38970000001")
	o.person("vera", "shelter", "+38970000002")
	o.person("sara", "second", "+38970000003")
	o.onDuty("shelter", "vera")
	made := o.asked(task.New{})
	o.tells("+38970000002")
	o.stands(made, task.AtDesk)
	o.pass(8 * 24 * time.Hour)
	o.tells() // once
	o.asked(task.New{})
	o.tells("+38970000001", "+38970000002") // nobody on duty: everybody
}

// TestAFailedChannelGoesOn: to her second channel, to the others of her desk, and to the deputy at the same moment.
func TestAFailedChannelGoesOn(t *testing.T) {
	o := open(t, noon)
	o.person("vera", "shelter", "vera@example.org", "+38970000002")
	o.person("mira", "shelter", "+38970000001")
	o.person("nina", "shelter") // has said nothing
	o.person("sara", "second", "+38970000003")
	o.onDuty("shelter", "vera")
	o.asked(task.New{})
	o.tells("vera@example.org")
	o.down["vera@example.org"] = 550
	made := o.asked(task.New{})
	o.tells("+38970000002")
	o.down["+38970000002"] = 503
	o.asked(task.New{})
	o.tells("+38970000001")
	o.onDuty("shelter", "nina")
	o.asked(task.New{})
	o.tells("+38970000001")
	o.stands(made, task.AtDesk)
	o.down["+38970000001"] = 400 // will never work
	made = o.asked(task.New{})
	o.tells("+38970000003")
	o.stands(made, task.AtDeputy)
}

// TestSilenceEscalatesAtOnce: no second passes, and what may yet arrive is tried again until somebody has answered.
func TestSilenceEscalatesAtOnce(t *testing.T) {
	o := open(t, noon)
	o.person("mira", "shelter", "+38970000001")
	o.person("sara", "second", "+38970000003")
	o.person("ana", "head", "+38970000004")
	o.down = map[string]int{"+38970000001": 503, "+38970000003": 503}
	made := o.asked(task.New{})
	o.tells("+38970000004")
	o.stands(made, task.AtCoordinator)
	delete(o.down, "+38970000001")
	o.pass(2 * time.Minute)
	o.tells("+38970000001")
	o.down["+38970000001"] = 503
	other := o.asked(task.New{})
	o.tells("+38970000004")
	clear(o.down)
	o.in(func(tx notify.Tx) error {
		_, err := o.tasks.DoneIn(t.Context(), tx.(task.Tx), "obj", "")
		return err
	})
	o.pass(time.Hour)
	o.tells() // it is done
	o.stands(other, task.AtCoordinator)

	o.down = map[string]int{"+38970000001": 503, "+38970000003": 503, "+38970000004": 503}
	o.asked(task.New{})
	o.tells()
	for range 12 {
		o.pass(40 * time.Minute)
		o.tells()
	}
	clear(o.down)
	o.pass(40 * time.Minute)
	o.tells() // it is not tried for ever
}

func TestQuietHours(t *testing.T) {
	o := open(t, night)
	o.quiet(o.person("mira", "shelter", "+38970000001"), "UTC")
	o.person("sara", "second", "+38970000003")
	made := o.asked(task.New{})
	o.tells()
	o.stands(made, task.AtDesk)
	o.pass(6*time.Hour + 59*time.Minute) // past midnight
	o.tells()
	o.pass(time.Minute)
	o.tells("+38970000001")
	o.stands(made, task.AtDesk)

	o.pass(17 * time.Hour) // at eleven again
	o.asked(task.New{Urgent: true})
	o.tells("+38970000001")
}

// TestQuietHoursFollowTheReadersClock: seven hours long in the night in which an hour is left out, nine in that which has one twice.
func TestQuietHoursFollowTheReadersClock(t *testing.T) {
	skopje, err := time.LoadLocation("Europe/Skopje")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		from, to time.Time
	}{
		{"summer begins", time.Date(2026, 3, 28, 22, 0, 0, 0, skopje), time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC)},
		{"summer ends", time.Date(2026, 10, 24, 22, 0, 0, 0, skopje), time.Date(2026, 10, 25, 5, 0, 0, 0, time.UTC)},
	} {
		o := open(t, c.from.Add(-time.Minute))
		o.quiet(o.person("mira", "shelter", "+38970000001"), "Europe/Skopje")
		o.asked(task.New{})
		o.tells("+38970000001")
		o.pass(time.Minute)
		o.asked(task.New{})
		o.tells()
		o.now = c.to.Add(-time.Minute)
		o.tells()
		o.now = c.to
		o.tells("+38970000001")
	}

	// Where the end of quiet hours comes twice, the next one counts; where it does not come, no moment before now does.
	for _, c := range []struct {
		zone  string
		now   time.Time
		until int64 // minutes after midnight
	}{
		{"Europe/Skopje", time.Date(2026, 10, 25, 0, 15, 0, 0, time.UTC), 150},
		{"Europe/Skopje", time.Date(2026, 10, 25, 1, 15, 0, 0, time.UTC), 150},
		{"America/New_York", time.Date(2026, 11, 1, 5, 15, 0, 0, time.UTC), 90},
		{"America/New_York", time.Date(2026, 11, 1, 6, 15, 0, 0, time.UTC), 90},
		{"America/New_York", time.Date(2026, 3, 8, 6, 45, 0, 0, time.UTC), 150},
	} {
		o := open(t, c.now)
		s := o.person("mira", "shelter", "+38970000001")
		s.QuietTo, s.Zone = c.until, c.zone
		o.set(s)
		o.asked(task.New{})
		o.tells()
		if n := o.due(); n != 0 {
			t.Errorf("%s: %d notices are tried again at once", c.now, n)
		}
		o.pass(15 * time.Minute)
		if c.now.Month() == time.March {
			o.pass(30 * time.Minute) // half past three there
		}
		o.tells("+38970000001")
	}
}

// due counts what would be told now.
func (o *office) due() int {
	o.t.Helper()
	n := 0
	if err := o.Read(o.t.Context(), func(tx notify.Tx) error {
		all, err := tx.DueNotices(o.t.Context(), frame.At(o.now), 9)
		n = len(all)
		return err
	}); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// TestOneSleepsAndOneFails: nobody was told, and somebody's silence is not excused by another's sleep. The deputy hears of
// it now, and she who sleeps when she wakes.
func TestOneSleepsAndOneFails(t *testing.T) {
	for _, code := range []int{400, 503} {
		o := open(t, night)
		o.quiet(o.person("mira", "shelter", "+38970000001"), "UTC")
		o.person("vera", "shelter", "+38970000002")
		o.person("sara", "second", "+38970000003")
		o.down["+38970000002"] = code
		made := o.asked(task.New{})
		o.tells("+38970000003")
		o.stands(made, task.AtDeputy)
		o.pass(7 * time.Hour)
		o.down["+38970000002"] = 503
		o.tells("+38970000001")
		o.stands(made, task.AtDeputy)
	}
}

// TestABreachWaitsForNoQuietHours: somebody was silent already, so the next one is told now and the sleeper when she wakes.
func TestABreachWaitsForNoQuietHours(t *testing.T) {
	o := open(t, night)
	o.person("mira", "shelter", "+38970000001")
	o.quiet(o.person("sara", "second", "+38970000003"), "UTC")
	o.person("ana", "head", "+38970000004")
	o.down["+38970000001"] = 400
	made := o.asked(task.New{})
	o.tells("+38970000004")
	o.stands(made, task.AtCoordinator)
	o.pass(7 * time.Hour)
	o.tells("+38970000003")
}

func TestNoNameLeavesInANotice(t *testing.T) {
	o := open(t, noon)
	o.person("mira", "shelter", "mira@example.org")
	o.person("vera", "shelter", "+38970000002")
	for _, bad := range []string{"Ana Petrova", "ana", "Ана-1", strings.Repeat("1", 41), ""} {
		err := o.Write(t.Context(), audit.Did(access.Node("MK"), access.SendNotice, "x"), func(tx notify.Tx) error {
			return o.TellIn(t.Context(), tx, notify.Notice{Desk: "shelter", Code: notify.NewWork, Reference: bad})
		})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q as a reference: %v", bad, err)
		}
	}
	o.asked(task.New{})
	o.tells("mira@example.org", "+38970000002")
	all := strings.Join(o.text, "\n")
	if !strings.Contains(all, reference) {
		t.Fatalf("nothing was said:\n%s", all)
	}
	for _, secret := range []string{"mira ", "Mira", "vera", "shelter", "obj", "referral", "acknowledge"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q left the node:\n%s", secret, all)
		}
	}
}

func TestSettingsAreHersAndWhole(t *testing.T) {
	o := open(t, noon)
	good := o.person("mira", "shelter", "+38970000001", "mira@example.org")
	her := access.Actor{User: "mira", Role: access.CaseManager, Realm: access.Assistance, Member: "MK"}
	other := her
	other.User = "vera"
	if err := o.Set(t.Context(), other, "", good); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Hidden) {
		t.Errorf("another's settings: %v", err)
	}
	for field, change := range map[string]func(*notify.Setting){
		"channel":        func(s *notify.Setting) { s.Channel = "pigeon" },
		"address":        func(s *notify.Setting) { s.Address = "" },
		"second":         func(s *notify.Setting) { s.Second = s.Channel },
		"second_address": func(s *notify.Setting) { s.SecondAddress = "" },
		"quiet":          func(s *notify.Setting) { s.QuietTo = 1440 },
		"zone":           func(s *notify.Setting) { s.Zone = "Europe/Atlantis" },
		"language":       func(s *notify.Setting) { s.Language = "" },
	} {
		s := good
		change(&s)
		if err := o.Set(t.Context(), her, good.Mark(), s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestWhoStandsInIsTold: while somebody on duty is away, whoever stands in for her is told in her place, and she herself once she is back.
func TestWhoStandsInIsTold(t *testing.T) {
	o := open(t, noon)
	o.person("mira", "shelter", "+38970000001")
	o.person("vera", "shelter", "+38970000002")
	o.person("nina", "shelter", "+38970000003")
	o.onDuty("shelter", "vera")
	away := func(fn func(tx desk.Tx) error) {
		t.Helper()
		o.in(func(tx notify.Tx) error { return fn(tx.(desk.Tx)) })
	}
	away(func(tx desk.Tx) error {
		return tx.SetAbsence(t.Context(), desk.Absence{Desk: "shelter", User: "vera", From: frame.At(noon), To: frame.At(noon.Add(48 * time.Hour)), StandIn: "mira", By: "vera"})
	})
	o.asked(task.New{})
	o.tells("+38970000001")
	o.asked(task.New{User: "vera"})
	o.tells("+38970000001")
	away(func(tx desk.Tx) error { return tx.DropAbsence(t.Context(), "shelter", "vera") })
	o.asked(task.New{})
	o.tells("+38970000002")
}
