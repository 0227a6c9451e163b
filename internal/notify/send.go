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

// silence is the purpose of the entry about a notice that told nobody the first time, and of that for which more is tried.
const silence = "silence"

// tell sends one notice to everybody it is for and keeps what came of it.
func (s *Service) tell(ctx context.Context, n Notice) (Notice, error) {
	var circles [][]reader
	if err := s.Read(ctx, func(tx Tx) (err error) {
		circles, err = s.circles(ctx, tx, n)
		return err
	}); err != nil {
		return n, err
	}
	now := s.Now()
	var came outcome
	for _, readers := range circles {
		came.add(s.send(ctx, n, readers, now))
		if came.reached || came.waits() {
			break
		}
	}
	n, silent := after(n, came, now)
	purpose := string(n.State)
	if silent {
		purpose = silence
	}
	entry := audit.Did(access.Node(s.Member), access.SendNotice, string(n.ID)).For(purpose)
	err := s.Write(ctx, entry, func(tx Tx) error {
		for _, b := range came.over {
			if err := tx.DropNoticeBrowser(ctx, b.User, b.ID); err != nil {
				return err
			}
		}
		if err := tx.SetNotice(ctx, n); err != nil {
			return err
		}
		if silent && s.Silent != nil {
			return s.Silent(ctx, tx, n)
		}
		return nil
	})
	if fault.Is(err, fault.Stale) { // another replica was faster, or it is over
		return n, nil
	}
	return n, err
}

// outcome is what came of telling some readers.
type outcome struct {
	reached bool      // somebody was told
	failed  bool      // somebody could not be told over any channel
	again   bool      // and may be later
	later   time.Time // when the first quiet hours end; zero: nobody is in hers
	over    []Browser // in which nobody is told any more
}

func (o *outcome) add(x outcome) {
	o.over = append(o.over, x.over...)
	o.reached, o.failed, o.again = o.reached || x.reached, o.failed || x.failed, o.again || x.again
	if o.later.IsZero() || !x.later.IsZero() && x.later.Before(o.later) {
		o.later = x.later
	}
}

// waits reports whether there is nothing but quiet hours in the way.
func (o outcome) waits() bool { return !o.reached && !o.failed && !o.later.IsZero() }

// after is the notice after an attempt, and whether whoever asked for it must hear that nobody was told. A notice that
// says that somebody did not answer in time waits for no quiet hours: it is told when they end, and the next one hears
// of it now.
func after(n Notice, came outcome, now time.Time) (Notice, bool) {
	if came.reached {
		n.State = Told
		return n, false
	}
	if came.waits() && n.Code != Breach && n.Code != Emergency {
		n.Next = frame.At(came.later)
		return n, false
	}
	n.Attempts++
	n.Next = 0
	if came.again && n.Attempts < mostAttempts {
		n.Next = frame.At(now.Add(firstRetry << n.Attempts))
	}
	if quiet := frame.At(came.later); !came.later.IsZero() && (n.Next == 0 || quiet < n.Next) {
		n.Next = quiet
	}
	if n.Next == 0 {
		n.State = Failed
	}
	return n, n.Attempts == 1
}

// reader is somebody with all her ways.
type reader struct {
	Setting
	browsers []Browser
}

// send tells readers, each in all her browsers and over her first channel that works.
func (s *Service) send(ctx context.Context, n Notice, readers []reader, now time.Time) outcome {
	var came outcome
	for _, r := range readers {
		if end, quiet := quietUntil(r.Setting, now); quiet && !n.Urgent {
			came.add(outcome{later: end})
			continue
		}
		one := outcome{failed: true}
		tell := func(way Setting) error {
			sender := s.Senders[way.Channel]
			if sender == nil || way.Address == "" {
				return fault.New(fault.Invalid, "notify.address")
			}
			err := sender.Send(ctx, s.words(n, way, now))
			one.reached = one.reached || err == nil
			one.again = one.again || fault.Is(err, fault.Unavailable)
			return err
		}
		for _, b := range r.browsers {
			way := r.Setting
			way.Channel, way.Address = Push, b.Address
			if err := tell(way); fault.Is(err, fault.NotFound) {
				one.over = append(one.over, b)
			}
		}
		for _, way := range r.ways() {
			if tell(way) == nil {
				break
			}
		}
		if one.reached {
			one.failed, one.again = false, false
		}
		came.add(one)
	}
	return came
}

// ways returns the settings of r for each of her channels, in the order in which they are tried.
func (in Setting) ways() []Setting {
	all := []Setting{in}
	if in.Second != "" {
		in.Channel, in.Address = in.Second, in.SecondAddress
		all = append(all, in)
	}
	return all
}

// circles finds who is to be told: the one person meant; else whoever is on duty at the desk, and where none of them
// can be told every other member of it.
func (s *Service) circles(ctx context.Context, tx Tx, n Notice) ([][]reader, error) {
	if n.User != "" {
		only, err := readers(ctx, tx, []id.User{n.User})
		if err != nil || n.Desk == "" {
			return [][]reader{only}, err
		}
		now := frame.At(s.Now())
		away, err := tx.Absences(ctx, n.Desk, now)
		if err != nil {
			return nil, err
		}
		in, err := readers(ctx, tx, desk.Present([]id.User{n.User}, away, now)) // who stands in, while she is away
		return [][]reader{in, only}, err
	}
	now := frame.At(s.Now())
	shifts, err := tx.Shifts(ctx, n.Desk, now)
	if err != nil {
		return nil, err
	}
	members, err := tx.Members(ctx, n.Desk)
	if err != nil {
		return nil, err
	}
	away, err := tx.Absences(ctx, n.Desk, now)
	if err != nil {
		return nil, err
	}
	on := desk.Present(desk.OnDuty(shifts, n.Desk, now), away, now)
	var others []id.User
	for _, m := range members {
		if m.State == desk.Granted && !slices.Contains(on, m.User) { // who is away is told where nobody else can be
			others = append(others, m.User)
		}
	}
	duty, err := readers(ctx, tx, on)
	if err != nil {
		return nil, err
	}
	rest, err := readers(ctx, tx, others)
	return [][]reader{duty, rest}, err
}

// readers returns those of the users who have said how they want to be told.
func readers(ctx context.Context, tx Tx, users []id.User) ([]reader, error) {
	set, err := tx.NoticeSettings(ctx, users)
	if err != nil {
		return nil, err
	}
	var all []reader
	for _, in := range set {
		browsers, err := tx.NoticeBrowsers(ctx, in.User)
		if err != nil {
			return nil, err
		}
		all = append(all, reader{Setting: in, browsers: browsers})
	}
	return all, nil
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
	end := time.Date(local.Year(), local.Month(), day, int(r.QuietTo/60), int(r.QuietTo%60), 0, 0, zone)
	// In the night in which the clock is put back a minute may come twice: the next one is meant.
	for _, e := range []time.Time{end.Add(-time.Hour), end, end.Add(time.Hour)} {
		if e.After(now) && int64(e.Hour()*60+e.Minute()) == r.QuietTo {
			return e, true
		}
	}
	if !end.After(now) { // in the night in which it is put forward it may not come at all
		end = end.Add(time.Hour)
	}
	return end, true
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
