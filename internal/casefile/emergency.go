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
// words, sealed to the data-protection desk in the log entry; the desk that holds the case is told.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]: only who is on duty at the
// emergency desk may, and never in the prosecution realm; with [fault.Invalid] without a reason,
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
	why, err := s.sealWords(ctx, by.Desk, g, words)
	if err != nil {
		return Glass{}, err
	}
	entry := audit.Did(by.Actor, access.EmergencyOpenCase, string(g.ID)).In(c).For(code).With(why)
	err = s.Write(ctx, entry, func(tx Tx) error {
		var flags []access.Flag
		shifts, err := tx.Shifts(ctx, by.Desk, g.At)
		if err != nil {
			return err
		}
		if slices.Contains(desk.OnDuty(shifts, by.Desk, g.At), by.User) {
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
		if s.Tell == nil {
			return fault.New(fault.Internal, "case.emergency.nobody-told")
		}
		return s.Tell(ctx, tx, notify.Notice{
			Desk: g.Second, Code: notify.Emergency, Reference: string(row.Reference), Object: string(g.ID), Since: g.At, Urgent: true,
		})
	})
	if err != nil {
		return Glass{}, err
	}
	return g, nil
}

// sealWords seals the reason to the data-protection desk, and where there is none to the emergency desk
// itself, so that it is never lost and never in clear.
func (s *Service) sealWords(ctx context.Context, own id.Desk, g Glass, words string) ([]byte, error) {
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
		out, err = public.Seal([]byte(infoGlass), frame.JoinText(string(s.Member), string(g.Case), string(g.ID)), []byte(words))
		return err
	})
	return out, err
}
