package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
)

// Glass is a break-glass opening: one case, one person, for a short time.
type Glass struct {
	ID     id.Record
	Case   id.Case
	User   id.User
	Desk   id.Desk // the emergency desk
	Second id.Desk // the desk whose people are told: the one that holds the case
	Reason string  // code
	At     frame.Time
	Until  frame.Time
}

// infoGlass is the HPKE info under which the words of a reason are sealed.
const infoGlass = "opentrm/glass-reason/1"

// EmergencyOpen opens one case under break-glass, read-only, for three hours: [Service.Show] and
// [Service.Fetch] then open it for this person at this desk. The reason is recorded in a code and, in
// words, sealed to the data-protection desk in the log entry; a second person is told. Duty is asked again at every
// reading.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]: only who is on duty at the
// emergency desk may, and never in the prosecution realm; with [fault.Invalid] without a reason,
// [fault.Conflict] "case.emergency.nobody-told" if there is no second person at all,
// [fault.Hidden] if the emergency desk holds no key of the case, and [fault.Locked] without keys.
func (s *Service) EmergencyOpen(ctx context.Context, by keyring.Bearer, c id.Case, code, words string) (Glass, error) {
	d, err := Shipped()
	if err != nil {
		return Glass{}, err
	}
	if !d.Has(ListEmergency, code) {
		return Glass{}, bad("reason")
	}
	if len(words) < 10 || !person.Text(words, 2000) {
		return Glass{}, bad("words")
	}
	g := Glass{
		ID: id.Ordered[id.Record](s.IDs), Case: c, User: by.User, Desk: by.Desk, Reason: code, At: s.now(),
		Until: glassEnds(s.now(), d.Limits.GlassMinutes),
	}
	why, err := s.SealWords(ctx, by.Desk, infoGlass, frame.JoinText(string(s.Member), string(g.Case), string(g.ID)), words)
	if err != nil {
		return Glass{}, err
	}
	entry := audit.Did(by.Actor, access.EmergencyOpenCase, string(g.ID)).In(c).For(code).With(why)
	err = s.Write(ctx, entry, func(tx Tx) error {
		var flags []access.Flag
		if on, err := s.onDuty(ctx, tx, by.Actor); err != nil {
			return err
		} else if on {
			flags = append(flags, access.OnDuty)
		}
		at, err := person.MayIn(ctx, tx, by.Actor, access.EmergencyOpenCase, c, g.At, flags...)
		if err != nil {
			return err
		}
		if _, err := s.Keys.BreakGlassIn(ctx, tx, by, c); err != nil {
			return err
		}
		row, err := tx.Case(ctx, c)
		if err != nil {
			return err
		}
		g.Second = at.Desk
		if err := tx.AddGlass(ctx, g); err != nil {
			return err
		}
		return s.tellSecondIn(ctx, tx, g, string(row.Reference), "")
	})
	if err != nil {
		return Glass{}, err
	}
	return g, nil
}

// EmergencyOpenCalled is [Service.EmergencyOpen] of the case with a reference as people speak it. That there is no such case is not told from
// a case that this desk may not open.
//
// It fails with [fault.Invalid] for what is no reference, and as [Service.EmergencyOpen].
func (s *Service) EmergencyOpenCalled(ctx context.Context, by keyring.Bearer, spoken, code, words string) (Glass, error) {
	ref, err := id.ParseReference(spoken)
	if err != nil {
		return Glass{}, err
	}
	var c id.Case
	err = s.Read(ctx, func(tx Tx) error {
		row, err := tx.CaseCalled(ctx, ref)
		if fault.Is(err, fault.NotFound) {
			return nil // goes the same way, and comes to the same end
		}
		c = row.ID
		return err
	})
	if err != nil {
		return Glass{}, err
	}
	return s.EmergencyOpen(ctx, by, c, code, words)
}

// onDuty reports whether who is on duty at her desk now.
func (s *Service) onDuty(ctx context.Context, tx Tx, who access.Actor) (bool, error) {
	shifts, err := tx.Shifts(ctx, who.Desk, s.now())
	return slices.Contains(desk.OnDuty(shifts, who.Desk, s.now()), who.User), err
}

// tellSecondIn tells the second person of an opening: the people of the desk that holds the case, and where they
// are none but herself or could not be reached, those of its deputy, its coordinator, the data-protection desk. After
// names the desk that was tried last; empty: none yet.
//
// It fails with [fault.Conflict] "case.emergency.nobody-told" if there is nobody but herself to be told.
func (s *Service) tellSecondIn(ctx context.Context, tx Tx, g Glass, reference string, after id.Desk) error {
	if s.Tell == nil {
		return fault.New(fault.Internal, "case.emergency.nobody-told")
	}
	ladder, err := seconds(ctx, tx, g.Second)
	if err != nil {
		return err
	}
	if i := slices.Index(ladder, after); i >= 0 {
		ladder = ladder[i+1:]
	}
	for _, at := range ladder {
		others, herself, err := s.othersAt(ctx, tx, at, g.User)
		if err != nil {
			return err
		}
		n := notify.Notice{Desk: at, Code: notify.Emergency, Reference: reference, Object: string(g.ID), Since: g.At, Urgent: true}
		switch {
		case len(others) == 0:
			continue
		case !herself:
			return s.Tell(ctx, tx, n) // whoever is on duty there when it is told
		}
		for _, u := range others {
			n.User = u
			if err := s.Tell(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	}
	return fault.New(fault.Conflict, "case.emergency.nobody-told")
}

// seconds returns the desks whose people may be the second person of an opening, in the order in which they are told.
func seconds(ctx context.Context, tx Tx, holder id.Desk) ([]id.Desk, error) {
	d, err := tx.Desk(ctx, holder)
	if err != nil {
		return nil, err
	}
	ladder := []id.Desk{holder}
	add := func(at id.Desk) {
		if at != "" && !slices.Contains(ladder, at) {
			ladder = append(ladder, at)
		}
	}
	add(d.Deputy)
	add(d.Coordinator)
	all, err := tx.Desks(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Purpose == desk.DataProtection && d.State == desk.Active {
			add(d.ID)
		}
	}
	return ladder, nil
}

// othersAt returns the members of a desk but one, and whether that one is a member too.
func (s *Service) othersAt(ctx context.Context, tx Tx, at id.Desk, but id.User) (others []id.User, herself bool, err error) {
	members, err := tx.Members(ctx, at)
	for _, m := range members {
		switch {
		case m.State != desk.Granted:
		case m.User == but:
			herself = true
		default:
			others = append(others, m.User)
		}
	}
	return others, herself, err
}

// UnheardIn tells the next one, because a notice about an opening reached nobody: a failed notification counts as
// silence. It does nothing for a notice about something else, and nothing once nobody is left.
func (s *Service) UnheardIn(ctx context.Context, tx Tx, n notify.Notice) error {
	if n.Code != notify.Emergency {
		return nil
	}
	g, err := tx.Glass(ctx, id.Record(n.Object))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.tellSecondIn(ctx, tx, g, n.Reference, n.Desk)
	if fault.Is(err, fault.Conflict) {
		return nil // the red entry in the log is all that is left
	}
	return err
}

// SealWords seals a reason to the data-protection desk, and where there is none to the desk own
// itself, so that it is never lost and never in clear. It is for the log entry of what the reason is given for.
//
// It fails as the storage does.
func (s *Service) SealWords(ctx context.Context, own id.Desk, info string, aad []byte, words string) ([]byte, error) {
	var out []byte
	err := s.Read(ctx, func(tx Tx) error {
		desks, err := tx.Desks(ctx)
		if err != nil {
			return err
		}
		to := own
		for _, d := range desks {
			if d.Purpose == desk.DataProtection && d.State == desk.Active && d.Kind == desk.AtNode {
				to = d.ID
			}
		}
		public, err := s.Keys.IntakeIn(ctx, tx, to)
		if err != nil {
			return err
		}
		out, err = public.Seal([]byte(info), aad, []byte(words))
		return err
	})
	return out, err
}
