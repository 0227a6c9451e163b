package profile

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Event is what happened to a record from which it is counted how long it is kept.
type Event string

// The events. The program knows when each of them was; one that has not been is counted from never.
const (
	Saved     Event = "saved"     // somebody changed it last
	Recorded  Event = "recorded"  // it was written down
	Concluded Event = "concluded" // the case was closed
	Spoken    Event = "spoken"    // the newest message of a conversation
	Settled   Event = "settled"   // a notice was delivered, or ended otherwise
)

// Events returns every event.
func Events() []Event { return []Event{Saved, Recorded, Concluded, Spoken, Settled} }

// listClasses is the network's list of the kinds of record that have a period.
const listClasses = "retention.classes"

// The kinds of record of the network's list that lie under a key of their own.
const (
	ClassDraft      = "draft"      // a form or a referral that nobody has finished
	ClassScreening  = "screening"  // answers on which nothing rests
	ClassAttachment = "attachment" // a file
	ClassContact    = "contact"    // how she is reached
	ClassFile       = "case-file"  // what ends with the case
)

// Retention says how long records of one kind are kept, and from what that is counted. Nothing is erased by a row on
// which nothing may rest: it is shown, and that is all.
type Retention struct {
	Key    string  `json:"key"`              // kind of record, of the network's list: "case-file"
	From   Event   `json:"from"`             //
	Period *Length `json:"period,omitempty"` // none: nobody has said how long, so nothing is ever due
	// Alone: the node erases them by itself, with nobody's confirmation, once their desk was warned; else two people do.
	Alone  bool    `json:"alone,omitempty"`
	Notice *Length `json:"notice,omitempty"` // how long before their end their desk is warned, in days
	Text   string  `json:"text"`             // message key: which records these are
	Origin Origin  `json:"origin"`
}

func (r Retention) check() error {
	switch {
	case !slices.Contains(Events(), r.From):
		return wrong(r.Key, "from")
	case r.Period != nil && (r.Period.N < 1 || r.Period.N > 1200):
		return wrong(r.Key, "period") // a period of nought would erase what was written a moment ago
	case r.Period != nil && r.Period.Unit != Days && r.Period.Unit != Months:
		return wrong(r.Key, "unit")
	case r.Notice != nil && (r.Notice.N < 1 || r.Notice.N > 90 || r.Notice.Unit != Days):
		return wrong(r.Key, "notice")
	case r.Alone && (r.Notice == nil || r.From != Saved):
		return wrong(r.Key, "alone") // nothing goes by itself before somebody was warned
	case r.Text == "":
		return wrong(r.Key, "text")
	}
	return nil
}

// Binds reports whether something may be erased because the period is over.
func (r Retention) Binds() bool { return r.Period != nil && r.Origin.Usable() }

// Classes returns the kinds of record that have a period, of the network's list.
func (s Set) Classes() []string { return s.List("", listClasses) }

// Kept is how long records of one kind are kept in a country.
type Kept struct {
	Retention
	Item string // key of the row in the whole set, as it is confirmed: "network/retention.draft"
}

// Keeps returns how long records of one kind are kept in a country: what the country says, whatever its status, else what
// the network proposes.
//
// It fails with [fault.NotFound] and "profile.retention" if neither says anything.
func (s Set) Keeps(m id.Member, class string) (Kept, error) {
	for _, p := range []Profile{s.countries[m], s.network} {
		for _, r := range p.Retention {
			if r.Key == class {
				return Kept{Retention: r, Item: p.Code + "/retention." + r.Key}, nil
			}
		}
	}
	return Kept{}, fault.New(fault.NotFound, "profile.retention").With("class", class)
}

// Schedule returns how long each kind of record is kept in a country, in the order of the network's list.
//
// It fails as [Set.Keeps].
func (s Set) Schedule(m id.Member) ([]Kept, error) {
	var all []Kept
	for _, class := range s.Classes() {
		k, err := s.Keeps(m, class)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// Over returns the moment from which a record of one kind may be erased, given when the event was from which that is
// counted; 0 if it may not, because no such event was, nobody has said how long it is kept, or nobody has confirmed what
// was said.
//
// It fails as [Set.Keeps] and [Set.Zone].
func (s Set) Over(m id.Member, class string, event frame.Time) (frame.Time, error) {
	k, err := s.Keeps(m, class)
	if err != nil || !k.Binds() || event == 0 {
		return 0, err
	}
	zone, err := s.Zone(m)
	if fault.Is(err, fault.NotFound) {
		zone, err = time.UTC, nil
	}
	if err != nil {
		return 0, err
	}
	return k.Period.After(event, zone, calendar.Calendar{}), nil
}

// Warned returns when the desk is warned of the end of a record that the node erases by itself, and when that end is, given when somebody
// changed it last and when the desk was warned, 0 if it was not: never sooner after the warning than the profile says. Both are 0 where the node
// erases nothing of this kind by itself.
//
// It fails as [Set.Over].
func (s Set) Warned(m id.Member, class string, saved, warned frame.Time) (warn, end frame.Time, err error) {
	k, err := s.Keeps(m, class)
	if err != nil || !k.Alone || k.Notice == nil {
		return 0, 0, err
	}
	over, err := s.Over(m, class, saved)
	if err != nil || over == 0 {
		return 0, 0, err
	}
	notice := time.Duration(k.Notice.N) * 24 * time.Hour
	warn = max(over.Add(-notice), saved)
	return warn, max(over, warn.Add(notice), warned.Add(notice)), nil
}

// retention finds kinds of record that the network's schedule lacks or that are on no list.
func (l *linter) retention() {
	classes := l.set.Classes()
	for _, class := range classes {
		if !slices.ContainsFunc(l.set.network.Retention, func(r Retention) bool { return r.Key == class }) {
			l.add(lintItem, class, "retention")
		}
	}
	for _, p := range append([]Profile{l.set.network}, l.all()...) {
		l.code = p.Code
		for _, r := range p.Retention {
			if !slices.Contains(classes, r.Key) {
				l.add(lintReference, r.Key, listClasses)
			}
		}
	}
	l.code = Network
}

// all returns the profiles of the countries.
func (l *linter) all() []Profile {
	var all []Profile
	for _, m := range l.set.Members() {
		all = append(all, l.set.countries[m])
	}
	return all
}

// stated returns a copy of s in which what a member says of its own periods stands in the place of what its file says.
func (s Set) stated(m id.Member, rows []Retention) Set {
	p, ok := s.countries[m]
	if !ok || len(rows) == 0 {
		return s
	}
	out := s.clone()
	p = p.clone()
	for _, r := range rows {
		if was, err := s.Keeps(m, r.Key); err == nil {
			r.Alone, r.Notice = was.Alone, was.Notice // she says how long, not who erases
		}
		p.Retention = slices.DeleteFunc(p.Retention, func(o Retention) bool { return o.Key == r.Key })
		p.Retention = append(p.Retention, r)
	}
	sorting.By(p.Retention, func(a, b Retention) int { return slices.Index(s.Classes(), a.Key) - slices.Index(s.Classes(), b.Key) })
	out.countries[m] = p
	return out
}

// State records how long this member keeps records of one kind, with the source and the citation of its law. What was
// confirmed of that kind before holds no longer: what she states has to be confirmed as it stands, like any other item.
//
// It fails with [fault.Denied] if who is no administrator, and with [fault.Invalid] if the kind of record is unknown, the
// period cannot be, or it says not where it comes from.
func (s *Service) State(ctx context.Context, who access.Actor, class string, length Length, source, citation string) error {
	if err := access.Check(who, access.ConfirmProfile, access.Resource{Noun: "profile", ID: class, Realm: access.Office}); err != nil {
		return err
	}
	proposed, err := s.Shipped.Keeps("", class)
	if err != nil {
		return fault.New(fault.Invalid, "profile.retention").With("class", class)
	}
	r := Retention{
		Key: class, From: proposed.From, Period: &length, Alone: proposed.Alone, Notice: proposed.Notice, Text: proposed.Text,
		Origin: Origin{Source: source, Citation: citation, Status: Unverified},
	}
	if err := r.check(); err != nil {
		return err
	}
	if source == "" || citation == "" || len(source) > 500 || len(citation) > 500 {
		return wrong(class, "citation")
	}
	return s.Write(ctx, audit.Did(who, access.ConfirmProfile, string(s.Member)+"/retention."+class).For("retention"), func(tx Tx) error {
		return tx.SetRetention(ctx, r)
	})
}
