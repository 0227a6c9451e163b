package directory

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ProposeErase proposes to erase an organisation that was entered in error. Nothing happens until somebody else has confirmed it.
//
// It fails with [fault.Denied]; [fault.Invalid] naming the reason; [fault.NotFound] "directory.none"; [fault.Conflict] "directory.named" if
// a plan names a service of it or nobody can know, "directory.erasing" if it is proposed already, and "directory.moving"; and [fault.Stale].
func (s *Service) ProposeErase(ctx context.Context, who access.Actor, o id.Organisation, version int64, reason string) (int64, error) {
	if !text(reason, shortText, true) {
		return 0, wrong("reason")
	}
	return s.decide(ctx, who, access.ProposeEraseDirectory, o, version, func(tx Tx, r Row, st *state) error {
		switch {
		case st.Erasing != nil:
			return fault.New(fault.Conflict, "directory.erasing")
		case st.Moving != nil:
			return fault.New(fault.Conflict, "directory.moving")
		}
		if err := unnamed(ctx, tx, r.ID, *st); err != nil {
			return err
		}
		st.Erasing = &Asked{Reason: reason, By: who.User, At: s.now()}
		if s.Tell == nil {
			return nil
		}
		return s.Tell(ctx, tx, TaskErase, r.ID, r.Desk)
	})
}

// KeepIt says that an organisation is not erased, by whoever may erase it.
//
// It fails as [Service.ProposeErase], with "directory.erasing.none" if nobody has proposed it.
func (s *Service) KeepIt(ctx context.Context, who access.Actor, o id.Organisation, version int64) (int64, error) {
	return s.decide(ctx, who, access.KeepDirectory, o, version, func(tx Tx, r Row, st *state) error {
		if st.Erasing == nil {
			return fault.New(fault.Conflict, "directory.erasing.none")
		}
		st.Erasing = nil
		return s.settled(ctx, tx, r.ID, TaskErase)
	})
}

// decide changes what waits for somebody.
func (s *Service) decide(
	ctx context.Context, who access.Actor, action access.Action, o id.Organisation, version int64, do func(Tx, Row, *state) error,
) (int64, error) {
	if err := access.Check(who, action, of(who.Desk, o)); err != nil {
		return 0, err
	}
	err := s.Write(ctx, audit.Did(who, action, string(o)), func(tx Tx) error {
		r, err := mine(ctx, tx, who, action, o, version)
		if err != nil {
			return err
		}
		st, err := stateOf(r)
		if err != nil {
			return err
		}
		if err := do(tx, r, &st); err != nil {
			return err
		}
		if r.State, err = st.bytes(); err != nil {
			return err
		}
		return tx.SetOrganisation(ctx, r)
	})
	return version + 1, err
}

// Erase erases an organisation whose erasure somebody else has proposed: the record, its confidential places, their key, and what was said
// of its services. A restored backup erases it again.
//
// It fails as [Service.ProposeErase], with [fault.Denied] "directory.same-person" for who proposed it, and [fault.Conflict]
// "directory.erasing.none".
func (s *Service) Erase(ctx context.Context, who access.Actor, o id.Organisation, version int64) error {
	if err := access.Check(who, access.EraseDirectory, of(who.Desk, o)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.EraseDirectory, string(o)), func(tx Tx) error {
		r, err := mine(ctx, tx, who, access.EraseDirectory, o, version)
		if err != nil {
			return err
		}
		st, err := stateOf(r)
		if err != nil {
			return err
		}
		switch {
		case st.Erasing == nil:
			return fault.New(fault.Conflict, "directory.erasing.none")
		case st.Erasing.By == who.User:
			return fault.New(fault.Denied, "directory.same-person")
		}
		if err := unnamed(ctx, tx, o, st); err != nil { // a plan may name it since
			return err
		}
		if err := s.settled(ctx, tx, o, TaskErase); err != nil {
			return err
		}
		return s.EraseAgainIn(ctx, tx, string(o))
	})
}

// unnamed fails where a plan names a service of an organisation, or may: what was entered before that was kept is not known to be unnamed.
func unnamed(ctx context.Context, tx Tx, o id.Organisation, st state) error {
	all, err := tx.ServicesNamed(ctx, o)
	if err == nil && (len(all) > 0 || !st.Counted) {
		return fault.New(fault.Conflict, "directory.named")
	}
	return err
}

// EraseAgainIn erases an organisation, and says so in the list of erasures. What is not there is passed over.
func (s *Service) EraseAgainIn(ctx context.Context, tx Tx, o string) error {
	if err := tx.DropOrganisation(ctx, id.Organisation(o)); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return tx.AddErasure(ctx, keyring.Erasure{ID: o, What: ErasedWhole, At: s.now()})
}

// settled ends the task that somebody has decided.
func (s *Service) settled(ctx context.Context, tx Tx, o id.Organisation, task string) error {
	if s.Settle == nil {
		return nil
	}
	return s.Settle(ctx, tx, task, o)
}
