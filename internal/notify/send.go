package notify

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const (
	mostAttempts = 6
	firstRetry   = time.Minute
	batch        = 50
)

// Deliver tells what is due. It runs unattended, on one replica at a time, and returns how many notices
// were told and how many failed for good.
func (s *Service) Deliver(ctx context.Context) (told, failed int, err error) {
	var due []Notice
	if err := s.Read(ctx, func(tx Tx) (err error) {
		due, err = tx.DueNotices(ctx, frame.At(s.Now()), batch)
		return err
	}); err != nil {
		return 0, 0, err
	}
	for _, n := range due {
		out, err := s.tell(ctx, n)
		if err != nil {
			return told, failed, err
		}
		switch out.State {
		case Told:
			told++
		case Failed:
			failed++
		}
	}
	return told, failed, nil
}

// tell sends one notice to everybody it is for and keeps what came of it.
func (s *Service) tell(ctx context.Context, n Notice) (Notice, error) {
	var readers []Setting
	if err := s.Read(ctx, func(tx Tx) (err error) {
		readers, err = s.readers(ctx, tx, n)
		return err
	}); err != nil {
		return n, err
	}
	now := s.Now()
	reached, later, again := false, time.Time{}, false
	for _, r := range readers {
		if end, quiet := quietUntil(r, now); quiet && !n.Urgent {
			if later.IsZero() || end.Before(later) {
				later = end
			}
			continue
		}
		sender := s.Senders[r.Channel]
		if sender == nil {
			continue
		}
		err := sender.Send(ctx, s.words(n, r, now))
		reached = reached || err == nil
		again = again || fault.Is(err, fault.Unavailable)
	}
	n.Attempts++
	switch {
	case reached:
		n.State = Told
	case !later.IsZero():
		n.Next = frame.At(later)
	case again && n.Attempts < mostAttempts:
		n.Next = frame.At(now.Add(firstRetry << n.Attempts))
	default:
		n.State = Failed
	}
	who := access.Node(s.Member)
	entry := audit.Did(who, access.SendNotice, string(n.ID)).For(string(n.State))
	err := s.Write(ctx, entry, func(tx Tx) error {
		if err := tx.SetNotice(ctx, n); err != nil {
			return err
		}
		if n.State == Failed && s.Silent != nil {
			return s.Silent(ctx, tx, n)
		}
		return nil
	})
	if fault.Is(err, fault.Stale) { // another replica was faster, or it is over
		return n, nil
	}
	return n, err
}

// readers finds who is to be told: the one person meant; else whoever is on duty at the desk; else every
// member of it.
func (s *Service) readers(ctx context.Context, tx Tx, n Notice) ([]Setting, error) {
	users := []id.User{n.User}
	if n.User == "" {
		now := frame.At(s.Now())
		shifts, err := tx.Shifts(ctx, n.Desk, now)
		if err != nil {
			return nil, err
		}
		if users = desk.OnDuty(shifts, n.Desk, now); len(users) == 0 {
			members, err := tx.Members(ctx, n.Desk)
			if err != nil {
				return nil, err
			}
			for _, m := range members {
				if m.State == desk.Granted {
					users = append(users, m.User)
				}
			}
		}
	}
	return tx.NoticeSettings(ctx, users)
}

// quietUntil reports whether now is in the reader's quiet hours, and when they end.
func quietUntil(r Setting, now time.Time) (time.Time, bool) {
	if r.QuietFrom == r.QuietTo {
		return time.Time{}, false
	}
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return time.Time{}, false // an unknown zone must not keep a notice back
	}
	local := now.In(zone)
	minute := int64(local.Hour()*60 + local.Minute())
	inside := r.QuietFrom <= minute && minute < r.QuietTo
	if r.QuietFrom > r.QuietTo { // over midnight
		inside = minute >= r.QuietFrom || minute < r.QuietTo
	}
	if !inside {
		return time.Time{}, false
	}
	day := local.Day()
	if minute >= r.QuietTo {
		day++
	}
	return time.Date(local.Year(), local.Month(), day, int(r.QuietTo/60), int(r.QuietTo%60), 0, 0, zone), true
}

// words puts the notice into the reader's language. This is everything that leaves the node.
func (s *Service) words(n Notice, r Setting, now time.Time) Message {
	p := s.Texts.Printer(r.Language)
	age := p.Age(n.Since.Time(), now)
	return Message{
		Channel: r.Channel,
		To:      r.Address,
		Subject: p.Text("notify.subject", "reference", n.Reference),
		Body:    p.Text("notify.code."+string(n.Code), "reference", n.Reference, "age", age, "address", s.Address),
		Urgent:  n.Urgent,
	}
}

// Set keeps how the actor herself wants to be reached.
//
// It fails with [fault.Denied], and [fault.Invalid] naming the field.
func (s *Service) Set(ctx context.Context, who access.Actor, in Setting) error {
	on := access.Resource{Noun: "notice", Realm: access.Office, Owner: in.User}
	if err := access.Check(who, access.SettingsNotice, on); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.SettingsNotice, string(in.User)), func(tx Tx) error {
		return tx.SetNoticeSetting(ctx, in)
	})
}

func (in Setting) check() error {
	bad := func(field string) error { return fault.New(fault.Invalid, "notify.field").With("field", field) }
	const day = 24 * 60
	_, err := time.LoadLocation(in.Zone)
	switch {
	case !slices.Contains([]Channel{Mail, Push, SMS}, in.Channel):
		return bad("channel")
	case in.Address == "" || len(in.Address) > 2048:
		return bad("address")
	case in.QuietFrom < 0 || in.QuietFrom >= day || in.QuietTo < 0 || in.QuietTo >= day:
		return bad("quiet")
	case in.Zone == "" || err != nil:
		return bad("zone")
	case in.Language == "":
		return bad("language")
	}
	return nil
}
