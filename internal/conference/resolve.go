package conference

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task about a conference; its object is the conference.
const (
	TaskSign    = "conference.sign"
	TaskMinutes = "conference.minutes"
	TaskSettle  = "conference.settle"
)

// The clocks of the profile that a conference starts.
const (
	clockSign    = "conference-signature" // a member reads what was decided and signs it, or says why not
	clockMinutes = "conference-minutes"   // somebody writes down what was said
)

// Resolving is what was decided, and which seats have to sign it.
type Resolving struct {
	Decision *casefile.Decision // on her status; nil: none
	Words    string             // what else was decided
	Category consent.Code       // of the words: what who reads them has to be allowed to see
	Signs    []int64            // numbers of seats
}

// Resolve writes down what was decided, asks the seats that have to sign, and lays it before all who may see it. Written again, it is
// another text: what was signed before stays on record and counts no more. What has to be there is the profile's: see [composed].
//
// It fails as every step; with [fault.Invalid] as [Text.Check], "conference.team" and "conference.quorum" if a confirmed rule of the
// profile says that others have to sign or more have to be there, "conference.unseated" for a seat that is none or shut, and
// "conference.uncovered" if somebody would have to sign what may not be shown to her.
func (s *Service) Resolve(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64, in Resolving) (Conference, error) {
	return s.work(ctx, by, access.WriteConference, conf, version, []State{Minuted, Written}, func(w *at) error {
		if w.row.State == Written {
			if err := s.dropTextIn(ctx, w); err != nil {
				return err
			}
		}
		x, err := s.textOf(ctx, w, by, in)
		if err != nil {
			return err
		}
		r, err := putIn(ctx, w, keyring.Record{Kind: KindText, Compartment: w.k.Home()}, x)
		if err != nil {
			return err
		}
		w.row.State, w.row.Text, w.row.Draft, w.row.Written = Written, r.ID, x.Draft, x.At
		if err := s.askIn(ctx, w, x); err != nil {
			return err
		}
		if err := s.layIn(ctx, w); err != nil {
			return err
		}
		return s.keepIn(ctx, w)
	})
}

// composed asks the profile who has to sit in a body that decides together, for her, on that day, and who has to sign. Where nobody says
// or nobody has confirmed it, nothing is refused, and the text says so.
//
// It fails with [fault.Invalid] "conference.team" and the kind of seat of which too few sign, and "conference.quorum" if too few kinds were there.
func composed(law profile.Set, d casefile.Decision, age person.AgeClass, parts []Part) (casefile.Standing, error) {
	if _, ok := law.Country(d.Country); !ok {
		return casefile.Unstated, nil
	}
	act, people := profile.Decide, profile.Adults
	if d.Of != "" {
		act = profile.Review
	}
	if person.ChildPath(age) {
		people = profile.Children
	}
	a, err := law.Who(d.Country, act, d.Status, people, profile.Date(d.Date))
	if err != nil {
		return "", err
	}
	out := casefile.Unstated
	for _, r := range a.Rows {
		t, ok := law.TeamOf(d.Country, r.Key)
		if !ok || !tookPart(r.Identification, d) {
			continue
		}
		if !a.Verified || !t.Origin.Usable() {
			out = casefile.Unverified
			continue
		}
		kinds := 0
		for _, seat := range t.Seats {
			signs, there := 0, false
			for _, p := range parts {
				if p.Kind == seat.Kind {
					there = there || p.There
					if p.Signs {
						signs++
					}
				}
			}
			if signs < seat.Sign {
				return "", fault.New(fault.Invalid, "conference.team").With("field", "signs").With("kind", seat.Kind)
			}
			if there {
				kinds++
			}
		}
		if kinds < t.Quorum {
			return "", fault.New(fault.Invalid, "conference.quorum").With("field", "signs").With("quorum", decimal(int64(t.Quorum)))
		}
		return casefile.Competent, nil
	}
	return out, nil
}

// tookPart reports whether a decision was taken by the bodies of a row.
func tookPart(r profile.Identification, d casefile.Decision) bool {
	took := func(body string) bool { return d.Body == body || slices.Contains(d.With, body) }
	if r.Together {
		return !slices.ContainsFunc(r.By, func(b string) bool { return !took(b) })
	}
	return slices.ContainsFunc(r.By, took)
}

// textOf makes the text that is signed.
func (s *Service) textOf(ctx context.Context, w *at, by keyring.Bearer, in Resolving) (Text, error) {
	minutes, err := lastIn[Minutes](ctx, w, KindMinutes)
	if err != nil {
		return Text{}, err
	}
	x := Text{
		Form: TextForm, Conference: w.row.ID, Case: w.row.Case, Draft: w.row.Draft + 1, Purpose: w.row.Purpose, On: minutes.Value.On,
		Decision: in.Decision, Words: in.Words, Category: in.Category, Team: casefile.Unstated, By: by.User, At: s.now(),
	}
	for _, n := range in.Signs {
		if !slices.ContainsFunc(w.seats, func(seat Seat) bool { return seat.N == n && !seat.Shut }) {
			return x, fault.New(fault.Invalid, "conference.unseated").With("field", "signs").With("seat", decimal(n))
		}
	}
	for _, seat := range w.seats {
		p := Part{Seat: seat.N, Desk: seat.Desk, Kind: seat.Kind, There: seat.Presence == There, Signs: slices.Contains(in.Signs, seat.N)}
		for _, a := range minutes.Value.Seats {
			if a.Seat == seat.N {
				p.Why = a.Why
			}
		}
		x.Parts = append(x.Parts, p)
	}
	if x.Decision != nil {
		if x.Team, err = composed(s.Law(), *x.Decision, w.c.AgeClass, x.Parts); err != nil {
			return x, err
		}
	}
	return x, x.Check()
}

// askIn asks the seats that have to sign, and fails if one of them may not see what it would sign.
func (s *Service) askIn(ctx context.Context, w *at, x Text) error {
	for i := range w.seats {
		seat := &w.seats[i]
		p, _ := x.part(seat.N)
		if seat.Signs, seat.Reply, seat.By, seat.Replied = p.Signs, Silent, "", 0; p.Signs {
			sees, err := s.sightOf(ctx, w, *seat)
			if err != nil {
				return err
			}
			if !sees.covers(x.needs()...) {
				return fault.New(fault.Invalid, "conference.uncovered").With("field", "signs").With("desk", string(seat.Desk))
			}
			if err := s.remindIn(ctx, w, seat.Desk, seat.Realm, TaskSign, clockSign, s.now()); err != nil {
				return err
			}
		}
		if err := setSeat(ctx, w.tx, seat); err != nil {
			return err
		}
	}
	return nil
}

// dropTextIn keeps what was said to the text that stands as a protocol that counts no more, and nobody has to sign it.
func (s *Service) dropTextIn(ctx context.Context, w *at) error {
	x, err := textIn(ctx, w)
	if err != nil {
		return err
	}
	answers, err := s.answersIn(ctx, w, x)
	if err != nil {
		return err
	}
	if len(answers) > 0 {
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindProtocol, Compartment: w.k.Home()}, Protocol{Text: x, Answers: answers}); err != nil {
			return err
		}
	}
	for i := range w.seats {
		seat := &w.seats[i]
		seat.Signs, seat.Reply, seat.By, seat.Replied = false, Silent, "", 0
		if err := setSeat(ctx, w.tx, seat); err != nil {
			return err
		}
	}
	w.row.Text, w.row.Written = "", 0
	for _, kind := range []string{TaskSign, TaskSettle} {
		if _, err := s.Tasks.DropIn(ctx, w.tx, string(w.row.ID), kind); err != nil {
			return err
		}
	}
	return nil
}

// answersIn opens what was said to a text, in the order of the seats. What lies under a consent that was withdrawn is left out.
func (s *Service) answersIn(ctx context.Context, w *at, x Text) ([]Answer, error) {
	out := []Answer{}
	for _, seat := range w.seats {
		_, sheet, err := sheetIn(ctx, w, seat)
		if fault.Is(err, fault.Internal) {
			return nil, err
		}
		if err != nil || sheet.Answer == nil || sheet.Text == nil || sheet.Text.Draft != x.Draft {
			continue
		}
		out = append(out, *sheet.Answer)
	}
	return out, nil
}

// remindIn makes a task of a clock of the profile. A clock that may not start, because nobody has confirmed the law, makes a task
// without a deadline: that it has to be done does not depend on the law.
func (s *Service) remindIn(ctx context.Context, w *at, to id.Desk, realm access.Realm, kind, key string, start frame.Time) error {
	var c task.Clock
	if key != "" {
		var err error
		if c, err = s.clock(key, start); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	_, err := s.Tasks.AddIn(ctx, w.tx, task.New{
		Desk: to, Realm: realm, Kind: kind, Object: string(w.row.ID), Reference: string(w.c.Reference), Clock: c, Announce: to != w.by.Desk,
	})
	return err
}

// clock counts a clock of the profile of this member.
//
// It fails as [profile.Set.Referral] and [profile.Deadline].
func (s *Service) clock(key string, start frame.Time) (task.Clock, error) {
	law := s.Law()
	k, err := law.Referral(s.Member, s.Member, key)
	if err != nil {
		return task.Clock{}, err
	}
	zone, err := law.Zone(s.Member)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	if err != nil {
		return task.Clock{}, err
	}
	due, err := profile.Deadline(k, start, false, zone, law.Calendar(s.Member))
	if err != nil {
		return task.Clock{}, err
	}
	c := task.Clock{Due: due}
	if k.RemindPercent > 0 {
		c.Remind = profile.At(start, due, k.RemindPercent)
	}
	rungs := map[string]task.Step{"desk": task.AtDesk, "deputy": task.AtDeputy, "coordinator": task.AtCoordinator}
	for _, e := range k.Escalation {
		if to, ok := rungs[e.To]; ok {
			c.Chain = append(c.Chain, task.Rung{Step: to, At: profile.At(start, due, e.AtPercent)})
		}
	}
	return c, nil
}
