package retention

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// step is what becomes of a record that the node erases by itself.
type step int

const (
	stay  step = iota // nothing yet
	warn              // its desk is told when it ends
	end               // it is erased
	later             // it was not changed long enough ago, and so are all that were changed after it
)

// next decides what becomes of a record whose desk is to be warned at one moment and which ends at another, at the earliest after the warning.
func next(warnAt, endAt, warned, now frame.Time) step {
	switch {
	case warnAt == 0 || now < warnAt:
		return later
	case warned == 0:
		return warn
	case now < endAt:
		return stay
	}
	return end
}

// Sweep warns desks of drafts whose end comes near, and erases those whose end has come, each in a transaction and with an entry of its own; of at
// most limit records, and returns how many. A restored node erases nothing until somebody has said that the holds are whole. It runs unattended, and opens nothing.
//
// It fails as the storage fails; what fails for one record keeps no other from its end.
func (s *Service) Sweep(ctx context.Context, limit int) (int, error) {
	if s.Warn == nil {
		return 0, nil
	}
	var since frame.Time
	var after id.Compartment
	var failed error
	done := 0
	for seen := 0; seen < mostSeen && done < limit; seen += perTurn {
		var all []keyring.Compartment
		err := s.Read(ctx, func(tx Tx) (err error) {
			all, err = tx.Spaces(ctx, profile.ClassDraft, "", "", since, after, perTurn)
			return err
		})
		if err != nil {
			return done, err
		}
		for _, c := range all {
			since, after = c.Saved, c.ID
			warnAt, endAt, err := s.Law().Warned(s.Member, c.Class, c.Saved, c.Warned)
			if err != nil {
				return done, err
			}
			n := next(warnAt, endAt, c.Warned, s.now())
			if n == later {
				return done, failed
			}
			if n == stay || done == limit {
				continue
			}
			did, err := s.sweepOne(ctx, c.ID)
			if did {
				done++
			}
			failed = errors.Join(failed, err)
		}
		if len(all) < perTurn {
			break
		}
	}
	return done, failed
}

// errNothing ends a transaction in which there was nothing to write.
var errNothing = errors.New("retention: nothing to do")

// sweepOne looks at one record again in the transaction that changes it.
func (s *Service) sweepOne(ctx context.Context, c id.Compartment) (bool, error) {
	var of id.Case
	err := s.Read(ctx, func(tx Tx) error {
		x, err := tx.Compartment(ctx, c)
		of = x.Case
		return err
	})
	if err != nil {
		return false, err
	}
	err = s.Write(ctx, audit.Did(access.Node(s.Member), access.SweepRetention, string(c)).In(of), func(tx Tx) error {
		x, err := tx.Compartment(ctx, c)
		if err != nil {
			return err
		}
		if x.State != keyring.Open || x.Class != profile.ClassDraft {
			return errNothing
		}
		return s.sweepIn(ctx, tx, x)
	})
	if errors.Is(err, errNothing) {
		return false, nil
	}
	return err == nil, err
}

func (s *Service) sweepIn(ctx context.Context, tx Tx, c keyring.Compartment) error {
	row, err := tx.Case(ctx, c.Case)
	if err != nil {
		return err
	}
	at := row.Desk
	if row.Realm != access.Prosecution {
		at = ""
	}
	open, err := s.UnsettledIn(ctx, tx, row.Realm, at)
	if err != nil {
		return err
	}
	reason, err := s.staysIn(ctx, tx, row, c)
	switch {
	case err != nil:
		return err
	case reason == LeftGoingOn: // it is no draft any more
		return s.Keys.SavedIn(ctx, tx, c.ID, profile.ClassFile)
	case open || reason != "":
		return errNothing
	}
	warnAt, endAt, err := s.Law().Warned(s.Member, c.Class, c.Saved, c.Warned)
	if err != nil {
		return err
	}
	switch next(warnAt, endAt, c.Warned, s.now()) {
	case warn:
		c.Warned = s.now()
		if _, endAt, err = s.Law().Warned(s.Member, c.Class, c.Saved, c.Warned); err != nil {
			return err
		}
		if err := tx.SetSpace(ctx, c); err != nil {
			return err
		}
		return s.Warn(ctx, tx, row, c, endAt)
	case end:
		return s.endIn(ctx, tx, row, c)
	}
	return errNothing
}
