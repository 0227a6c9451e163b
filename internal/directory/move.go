package directory

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// HandOver asks another desk to keep an organisation. The key of the confidential places is sealed to that desk, under a key of the node
// that comes off when it takes the record over; until then this desk keeps it and nothing confidential changes.
//
// It fails with [fault.Denied]; [fault.Invalid] naming "to" for a desk that is not there, is closed, beyond the wall, or keeps it already;
// [fault.NotFound] "directory.none"; [fault.Conflict] "directory.over", "directory.erasing" or "directory.moving"; [fault.Stale]; and
// where there are confidential places [fault.Locked] and [fault.Hidden], as [Service.Add].
func (s *Service) HandOver(ctx context.Context, by keyring.Bearer, o id.Organisation, version int64, to id.Desk) (int64, error) {
	return s.decide(ctx, by.Actor, access.HandOverDirectory, o, version, func(tx Tx, r Row, st *state) error {
		switch {
		case end(st.Ends, Whole, "") != nil:
			return fault.New(fault.Conflict, "directory.over")
		case st.Erasing != nil:
			return fault.New(fault.Conflict, "directory.erasing")
		case st.Moving != nil:
			return fault.New(fault.Conflict, "directory.moving")
		}
		d, err := tx.Desk(ctx, to)
		if fault.Is(err, fault.NotFound) {
			return wrong("to")
		}
		if err != nil {
			return err
		}
		if d.ID == r.Desk || d.Realm != by.Realm || d.Kind != desk.AtNode || d.State != desk.Active || d.Purpose != desk.Ordinary {
			return wrong("to")
		}
		if len(r.Sealed) > 0 {
			key, err := s.key(ctx, tx, by, r)
			if err != nil {
				return err
			}
			defer key.Wipe()
			h, err := s.Keys.HandIn(ctx, tx, boxUse, string(o), key, to)
			if err != nil {
				return err
			}
			if err := tx.SetOrganisationOffer(ctx, o, h); err != nil {
				return err
			}
		}
		st.Moving = &Asked{To: to, By: by.User, At: s.now()}
		if s.Tell == nil {
			return nil
		}
		return s.Tell(ctx, tx, TaskMove, o, to)
	})
}

// Stay takes back what [Service.HandOver] asked, or says no to it: the record stays where it is. Either desk says so.
//
// It fails with [fault.Denied]; [fault.NotFound] "directory.none"; [fault.Conflict] "directory.moving.none"; and [fault.Stale].
func (s *Service) Stay(ctx context.Context, who access.Actor, o id.Organisation, version int64) (int64, error) {
	err := s.Write(ctx, audit.Did(who, access.StayDirectory, string(o)), func(tx Tx) error {
		r, st, err := moving(ctx, tx, o, version)
		if err != nil {
			return err
		}
		at := r.Desk
		if st.Moving != nil && st.Moving.To == who.Desk {
			at = who.Desk
		}
		if err := access.Check(who, access.StayDirectory, of(at, o)); err != nil {
			return err
		}
		if st.Moving == nil {
			return fault.New(fault.Conflict, "directory.moving.none")
		}
		st.Moving = nil
		return s.answered(ctx, tx, r, st)
	})
	return version + 1, err
}

// TakeOver takes an organisation over that another desk asked to keep. Its confidential places are sealed anew under a key of this desk; the
// desk that kept it opens nothing of it any more, in a restored backup neither.
//
// It fails with [fault.Denied]; [fault.NotFound] "directory.none"; [fault.Conflict] "directory.moving.none" if this desk was not asked;
// [fault.Stale]; and where there are confidential places [fault.Locked] and [fault.Hidden].
func (s *Service) TakeOver(ctx context.Context, by keyring.Bearer, o id.Organisation, version int64) (int64, error) {
	err := s.Write(ctx, audit.Did(by.Actor, access.TakeOverDirectory, string(o)), func(tx Tx) error {
		r, st, err := moving(ctx, tx, o, version)
		if err != nil {
			return err
		}
		if err := access.Check(by.Actor, access.TakeOverDirectory, of(by.Desk, o)); err != nil {
			return err
		}
		if st.Moving == nil || st.Moving.To != by.Desk {
			return fault.New(fault.Conflict, "directory.moving.none")
		}
		if r, err = s.takeOver(ctx, tx, by, r); err != nil {
			return err
		}
		r.Desk, st.Moving = by.Desk, nil
		return s.answered(ctx, tx, r, st)
	})
	return version + 1, err
}

// takeOver seals the confidential places anew, for the desk of the bearer.
func (s *Service) takeOver(ctx context.Context, tx Tx, by keyring.Bearer, r Row) (Row, error) {
	if len(r.Sealed) == 0 {
		return r, nil
	}
	h, err := tx.OrganisationOffer(ctx, r.ID)
	if err != nil {
		return Row{}, err
	}
	own, err := s.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return Row{}, err
	}
	key, err := own.TakeIn(ctx, tx, boxUse, string(r.ID), h)
	if err != nil {
		return Row{}, err
	}
	defer key.Wipe()
	all, err := s.unseal(r, key)
	if err != nil {
		return Row{}, err
	}
	if r, err = s.destroy(ctx, tx, r); err != nil {
		return Row{}, err
	}
	r.Desk = by.Desk
	return s.shut(ctx, tx, by, r, all)
}

func moving(ctx context.Context, tx Tx, o id.Organisation, version int64) (Row, state, error) {
	r, err := found(ctx, tx, o)
	if err != nil {
		return Row{}, state{}, err
	}
	if version != 0 && r.Version != version {
		return Row{}, state{}, fault.New(fault.Stale, "directory.stale")
	}
	st, err := stateOf(r)
	return r, st, err
}

// answered keeps the answer to a question, and destroys the key that was handed to the desk that was asked.
func (s *Service) answered(ctx context.Context, tx Tx, r Row, st state) (err error) {
	if r.State, err = st.bytes(); err != nil {
		return err
	}
	if err := tx.SetOrganisation(ctx, r); err != nil {
		return err
	}
	if err := tx.DropOrganisationOffer(ctx, r.ID); err != nil {
		return err
	}
	return s.settled(ctx, tx, r.ID, TaskMove)
}
