package profile

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Confirmation is the record that a named national administrator confirmed one item as it stood.
type Confirmation struct {
	Key    string  `json:"key"`    // of the item: "MK/clock.reflection"
	Digest string  `json:"digest"` // of the content confirmed
	By     id.User `json:"by"`
	On     Date    `json:"on"`
}

// Confirm returns a copy of s in which the item with that key is confirmed, and the record of it.
//
// It fails with [fault.NotFound] if there is no such item, with [fault.Conflict] if it was superseded or confirmed
// already, and with [fault.Invalid] without a name or a date.
func Confirm(s Set, key string, by id.User, on Date) (Set, Confirmation, error) {
	if by == "" || !on.valid() {
		return Set{}, Confirmation{}, fault.New(fault.Invalid, "profile.confirm.who")
	}
	done := Confirmation{Key: key, By: by, On: on}
	out := s.clone()
	err := fault.New(fault.NotFound, "profile.confirm.item")
	out.each(func(k string, content any, _ string, o *Origin) {
		switch {
		case k != key:
		case o.Status == Superseded || o.Status == Confirmed:
			err = fault.New(fault.Conflict, "profile.confirm.already")
		default:
			err = nil
			_, done.Digest = digest(content)
			o.Status, o.ConfirmedBy, o.ConfirmedOn = Confirmed, by, on
		}
	})
	if err != nil {
		return Set{}, Confirmation{}, err
	}
	return out, done, nil
}

// Apply returns a copy of s with the confirmations that still hold, and those that do not, because the item is gone
// or its content has changed since: these have to be confirmed again.
func Apply(s Set, all []Confirmation) (Set, []Confirmation) {
	holds := make(map[string]Confirmation, len(all))
	for _, c := range all {
		holds[c.Key] = c
	}
	out := s.clone()
	out.each(func(key string, content any, _ string, o *Origin) {
		c, ok := holds[key]
		if _, sum := digest(content); !ok || o.Status == Superseded || c.Digest != sum || c.By == "" || !c.On.valid() {
			return
		}
		delete(holds, key)
		o.Status, o.ConfirmedBy, o.ConfirmedOn = Confirmed, c.By, c.On
	})
	var lapsed []Confirmation
	for _, c := range all {
		if _, left := holds[c.Key]; left {
			lapsed = append(lapsed, c)
		}
	}
	return out, lapsed
}

// Fictitious returns a copy of s for a demonstration: every item is confirmed by the demonstration's administrator and
// marked as fictitious, which every screen shows. What was superseded stays so.
func Fictitious(s Set, by id.User, on Date) Set {
	out := s.clone()
	out.each(func(_ string, _ any, _ string, o *Origin) {
		if o.Status == Superseded {
			return
		}
		o.Status, o.ConfirmedBy, o.ConfirmedOn, o.Fictitious = Confirmed, by, on, true
	})
	return out
}

// IsFictitious reports whether anything in s is confirmed for a demonstration only.
func (s Set) IsFictitious() bool {
	is := false
	s.each(func(_ string, _ any, _ string, o *Origin) { is = is || o.Fictitious })
	return is
}

// Tx is what confirmations need kept.
type Tx interface {
	// Confirmations returns every confirmation, the latest of each key.
	Confirmations(ctx context.Context) ([]Confirmation, error)
	// SetConfirmation keeps c and replaces an earlier one of the same key.
	SetConfirmation(ctx context.Context, c Confirmation) error
	// Retentions returns what this member says of how long records are kept, the latest of each kind.
	Retentions(ctx context.Context) ([]Retention, error)
	// SetRetention keeps r in the place of an earlier one of the same kind.
	SetRetention(ctx context.Context, r Retention) error
}

// Service is the use-cases of profiles.
type Service struct {
	Write   func(context.Context, audit.Entry, func(Tx) error) error
	Read    func(context.Context, func(Tx) error) error
	Now     func() time.Time
	Member  id.Member
	Shipped Set // as in the binary, or the fictitious copy of a demonstration node
}

// shippedIn returns the shipped profiles with what this member says of its own periods, and every confirmation.
func (s *Service) shippedIn(ctx context.Context, tx Tx) (Set, []Confirmation, error) {
	rows, err := tx.Retentions(ctx)
	if err != nil {
		return Set{}, nil, err
	}
	all, err := tx.Confirmations(ctx)
	return s.Shipped.stated(s.Member, rows), all, err
}

// Current returns the profiles with the confirmations made on this node, and the confirmations that have lapsed.
//
// It fails only if the store does.
func (s *Service) Current(ctx context.Context) (Set, []Confirmation, error) {
	var shipped Set
	var all []Confirmation
	err := s.Read(ctx, func(tx Tx) (err error) {
		shipped, all, err = s.shippedIn(ctx, tx)
		return err
	})
	if err != nil {
		return Set{}, nil, err
	}
	set, lapsed := Apply(shipped, all)
	return set, lapsed, nil
}

// Confirm records that who confirms the item with that key as it stands, of which she saw the digest.
//
// It fails with [fault.Denied] if who is no administrator, with [fault.NotFound] and [fault.Conflict] as the function
// [Confirm] does, and with [fault.Stale] if the item is not what she saw.
func (s *Service) Confirm(ctx context.Context, who access.Actor, key, seen string) error {
	if err := access.Check(who, access.ConfirmProfile, access.Resource{Noun: "profile", ID: key, Realm: access.Office}); err != nil {
		return err
	}
	on := Date(s.Now().UTC().Format(time.DateOnly))
	return s.Write(ctx, audit.Did(who, access.ConfirmProfile, key), func(tx Tx) error {
		shipped, all, err := s.shippedIn(ctx, tx)
		if err != nil {
			return err
		}
		current, _ := Apply(shipped, all)
		_, c, err := Confirm(current, key, who.User, on)
		if err != nil {
			return err
		}
		if c.Digest != seen {
			return fault.New(fault.Stale, "profile.confirm.changed")
		}
		return tx.SetConfirmation(ctx, c)
	})
}
