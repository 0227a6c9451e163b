package casefile

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// clockReflection is the clock of the profile for the recovery and reflection period.
const clockReflection = "reflection"

// Reflection is the recovery and reflection period (CETS 197, article 13): she is not removed from the country meanwhile and
// decides whether she cooperates. No help depends on it.
type Reflection struct {
	Country  id.Member `json:"country"`  // whose authority granted it
	Body     string    `json:"body"`     // who granted it
	Basis    string    `json:"basis"`    // legal basis, as the body cites it
	From     string    `json:"from"`     // yyyy-mm-dd, the first day
	Until    string    `json:"until"`    // yyyy-mm-dd, the last day; empty: as the clock of the country's profile says
	Informed bool      `json:"informed"` // she was told, in words she understood
	Note     string    `json:"note"`

	Length ReflectionLength `json:"length,omitempty"` // set when it is recorded, and only then
	Ended  string           `json:"ended,omitempty"`  // yyyy-mm-dd; empty: it runs
	Reason string           `json:"reason,omitempty"` // why it ended, code of [ReflectionReasons]
}

// ReflectionLength says how the last day of a period stands to the law.
type ReflectionLength string

// The lengths. A period of each is recorded: it is what an authority has done.
const (
	AsLaw      ReflectionLength = "as-law"     // what the country's law gives, or more
	BelowLaw   ReflectionLength = "below-law"  // shorter than the country's law gives: somebody has to object
	BelowLeast ReflectionLength = "below-30"   // shorter than the least of the Convention
	Unchecked  ReflectionLength = "unverified" // at least the least of the Convention; nobody has confirmed what the country's law gives
)

// ReflectionReasons are why a period ends: its days are over; she decided to cooperate; she did not want it; the rules for
// children took its place; the authority ended it.
func ReflectionReasons() []string {
	return []string{"elapsed", "cooperates", "withdrawn", "child-regime", "ended-by-authority"}
}

// Check reports whether the period can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Reflection) Check() error {
	switch {
	case x.Body == "" || !person.Text(x.Body, 200):
		return bad("body")
	case x.Basis == "" || !person.Text(x.Basis, 500):
		return bad("basis")
	case !person.Day(x.From):
		return bad("from")
	case !person.Day(x.Until) || x.Until < x.From:
		return bad("until")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	case !slices.Contains([]ReflectionLength{AsLaw, BelowLaw, BelowLeast, Unchecked}, x.Length):
		return bad("length")
	case x.Ended == "" && x.Reason != "" || x.Ended != "" && (!person.Day(x.Ended) || x.Ended < x.From):
		return bad("ended")
	case x.Ended != "" && !slices.Contains(ReflectionReasons(), x.Reason):
		return bad("reason")
	}
	if _, err := id.ParseMember(string(x.Country)); err != nil {
		return bad("country")
	}
	return nil
}

// Running reports whether nobody has ended the period. Its days may be over all the same: then somebody has to say so.
func (x Reflection) Running() bool { return x.Ended == "" }

// Reflect records that an authority granted the period. Where no last day is given, the clock of the country's profile gives
// it, if that is law that somebody has confirmed. One period runs at a time.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Reflection.Check] and
// "case.reflection.until" if the last day is not given and no confirmed law gives it; [fault.Conflict] if the case is closed
// or "case.reflection.runs" if a period runs; and [fault.Locked] without keys.
func (s *Service) Reflect(ctx context.Context, by keyring.Bearer, c id.Case, x Reflection) (Kept[Reflection], error) {
	var kept Kept[Reflection]
	if x.Length != "" || x.Ended != "" || x.Reason != "" {
		return kept, bad("ended")
	}
	err := s.Work(ctx, by, access.DecideCase, c, "reflection", func(tx Tx, k *keyring.Case, row Case) (err error) {
		x := x // what was asked, however often this is tried
		all, _, err := listIn[Reflection](ctx, tx, k, KindReflection)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(r Kept[Reflection]) bool { return r.Value.Running() }) {
			return fault.New(fault.Conflict, "case.reflection.runs")
		}
		if x, err = measured(s.Law(), x); err != nil {
			return err
		}
		if kept, err = putIn(ctx, tx, k, KindReflection, x); err != nil {
			return err
		}
		return s.reflecting(ctx, tx, row, kept)
	})
	return kept, err
}

// EndReflection records that a period is over, and why. Record and version are those that were read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Reflection.Check];
// [fault.Conflict] if the case is closed or "case.reflection.ended" if the period was ended already; [fault.NotFound] if the
// case has no such period; [fault.Stale] if it was changed since; and [fault.Locked] without keys.
func (s *Service) EndReflection(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, day, reason string) (Kept[Reflection], error) {
	var kept Kept[Reflection]
	if day == "" {
		return kept, bad("ended")
	}
	err := s.Work(ctx, by, access.DecideCase, c, "reflection", func(tx Tx, k *keyring.Case, row Case) error {
		all, _, err := listIn[Reflection](ctx, tx, k, KindReflection)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r Kept[Reflection]) bool { return r.Record == record })
		if i < 0 {
			return fault.New(fault.NotFound, "case.reflection.none")
		}
		x := all[i].Value
		if !x.Running() {
			return fault.New(fault.Conflict, "case.reflection.ended")
		}
		x.Ended, x.Reason = day, reason
		r := keyring.Record{ID: record, Kind: KindReflection, Version: version, At: all[i].At, By: all[i].By}
		if kept, err = putAt(ctx, tx, k, k.Home(), r, x); err != nil {
			return err
		}
		return s.reflecting(ctx, tx, row, kept)
	})
	return kept, err
}

func (s *Service) reflecting(ctx context.Context, tx Tx, c Case, r Kept[Reflection]) error {
	if s.Reflecting == nil { // nobody would be reminded
		return fault.New(fault.Internal, "case.no-reminder")
	}
	return s.Reflecting(ctx, tx, c, r)
}

// measured gives the period its last day, and says how that stands to the law of the country.
func measured(law profile.Set, x Reflection) (Reflection, error) {
	if !person.Day(x.From) {
		return x, bad("from")
	}
	shown, err := law.National(x.Country, clockReflection)
	if err != nil {
		return x, err // a set has the least of the Convention, or it is no set
	}
	last, err := lastDay(law, x.Country, shown.Clock, x.From)
	if err != nil {
		return x, err
	}
	switch {
	case x.Until == "" && !shown.Starts():
		return x, fault.New(fault.Invalid, "case.reflection.until").With("field", "until")
	case x.Until == "":
		x.Until, x.Length = last, AsLaw
	case shown.Starts() && x.Until < last:
		x.Length = BelowLaw
	case shown.Starts():
		x.Length = AsLaw
	case x.Until < last:
		x.Length = BelowLeast
	default:
		x.Length = Unchecked
	}
	return x, nil
}

// lastDay is the last day of a period of so many days that begins on a day. A clock that is counted from a day ends with the
// end of its last day; the day itself is not counted.
func lastDay(law profile.Set, country id.Member, clock profile.Clock, from string) (string, error) {
	first, err := dayIn(law, country, from)
	if err != nil {
		return "", err
	}
	end := clock.Length.After(frame.At(first), first.Location(), law.Calendar(country))
	return end.Add(-time.Microsecond).Time().In(first.Location()).Format(time.DateOnly), nil
}

// dayIn is the beginning of a day, yyyy-mm-dd, in a country; in UTC where the profile knows no zone for it.
func dayIn(law profile.Set, country id.Member, day string) (time.Time, error) {
	zone, err := law.Zone(country)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(time.DateOnly, day, zone)
}

// Day is the beginning of a day, yyyy-mm-dd, in the country of this node.
//
// It fails with [fault.Invalid] if it is no day.
func (s *Service) Day(day string) (frame.Time, error) {
	if !person.Day(day) {
		return 0, bad("day")
	}
	t, err := dayIn(s.Law(), s.Member, day)
	return frame.At(t), err
}

// Clock is when the last day of the period is over in its country, and when somebody has to think of that, as the profile
// says; 0: it does not say.
//
// It fails as [profile.Set.Zone] and [profile.Set.National].
func (x Reflection) Clock(law profile.Set) (remind, due frame.Time, err error) {
	first, err := dayIn(law, x.Country, x.From)
	if err != nil {
		return 0, 0, err
	}
	last, err := dayIn(law, x.Country, x.Until)
	if err != nil {
		return 0, 0, err
	}
	shown, err := law.National(x.Country, clockReflection)
	if err != nil {
		return 0, 0, err
	}
	due = frame.At(last.AddDate(0, 0, 1))
	if shown.Clock.RemindPercent > 0 {
		remind = profile.At(frame.At(first), due, shown.Clock.RemindPercent)
	}
	return remind, due, nil
}
