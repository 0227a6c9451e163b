package signin

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// resource is how a service account stands before the policies: it is a matter of the desk to which it writes.
func (p Program) resource() access.Resource {
	return access.Resource{Noun: "token", ID: string(p.ID), Realm: p.Realm, Desk: p.Desk, Owner: p.ID, Maker: p.Maker}
}

// ConfirmProgram lets a program in for the desk to which it writes, for the days for which it was proposed. It is said anew before that
// time is over, and after a restore: what was revoked since the backup stays shut.
//
// It fails with [fault.Denied], [fault.NotFound], [fault.Stale] if the account is not as it was seen, and [fault.Conflict]
// "signin.program.not-now" if nothing waits for the desk.
func (s *Service) ConfirmProgram(ctx context.Context, who access.Actor, program id.User, seen int64) (Program, error) {
	return s.changeProgram(ctx, who, access.ConfirmToken, program, seen, func(tx Tx, p Program) (Program, error) {
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return Program{}, err
		}
		if p.Reads() || !p.waits(head.Epoch, s.now()) {
			return Program{}, fault.New(fault.Conflict, "signin.program.not-now")
		}
		p.State, p.Confirmer, p.Confirmed, p.Epoch = ProgramActive, who.User, s.now(), head.Epoch
		p.Ends = s.now().Add(days(p.Days))
		return p, s.told(ctx, tx, p, s.ProgramSettled)
	})
}

// RotateProgram gives a program a new token, which is told once. The one before opens nothing any more. It lets nobody in for longer.
//
// It fails with [fault.Denied], [fault.NotFound] and [fault.Stale].
func (s *Service) RotateProgram(ctx context.Context, who access.Actor, program id.User, seen int64) (Program, string, error) {
	token := ""
	p, err := s.changeProgram(ctx, who, access.RotateToken, program, seen, func(tx Tx, p Program) (_ Program, err error) {
		if p.Reads() { // a new pair, which neither has granted
			if err := s.shut(ctx, tx, &p); err != nil {
				return Program{}, err
			}
			p.State = ProgramProposed
		}
		if token, err = s.draw(ctx, tx, &p); err != nil || !p.Reads() {
			return p, err
		}
		return p, s.told(ctx, tx, p, s.ProgramWaits)
	})
	return p, token, err
}

// RevokeProgram ends a service account for good. Its token is forgotten; what it has written stays. Of one that reads the keys are forgotten, and where a
// member of the desk ends it the desk gets new ones.
//
// It fails with [fault.Denied], [fault.NotFound] and [fault.Stale].
func (s *Service) RevokeProgram(ctx context.Context, by keyring.Bearer, program id.User, seen int64) (Program, error) {
	return s.changeProgram(ctx, by.Actor, access.RevokeToken, program, seen, func(tx Tx, p Program) (Program, error) {
		p.State, p.Revoked, p.Revoker, p.Digest = ProgramRevoked, s.now(), by.User, nil
		if p.Reads() {
			if err := s.shut(ctx, tx, &p); err != nil {
				return Program{}, err
			}
			p.Keys, p.Locks, p.Grants.KEM = nil, nil, nil
			if by.Desk == p.Desk && !by.Locked() {
				if err := s.Keys.RenewIn(ctx, tx, by, p.Desk); err != nil {
					return Program{}, err
				}
			}
		}
		return p, s.told(ctx, tx, p, s.ProgramSettled)
	})
}

// Programs returns the service accounts that who may see, oldest first: an administrator and those who watch over data see all, a desk
// its own.
//
// It fails with [fault.Denied].
func (s *Service) Programs(ctx context.Context, who access.Actor) ([]Program, error) {
	scope := access.ScopeOf(who, access.ListToken)
	if len(scope) == 0 {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	shown := []Program{}
	err := s.Read(ctx, func(tx Tx) error {
		shown = shown[:0]
		all, err := tx.Programs(ctx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if scope.Holds(p.resource()) {
				if err := s.looked(ctx, tx, &p); err != nil {
					return err
				}
				shown = append(shown, p)
			}
		}
		return nil
	})
	return shown, err
}

// Program returns one service account.
//
// It fails with [fault.NotFound].
func (s *Service) Program(ctx context.Context, who access.Actor, program id.User) (Program, error) {
	var p Program
	err := s.Read(ctx, func(tx Tx) (err error) {
		if p, err = s.mayProgram(ctx, tx, who, access.ListToken, program); err != nil {
			return err
		}
		return s.looked(ctx, tx, &p)
	})
	return p, err
}

// changeProgram is the rhythm of every change of one service account, seen at a version.
func (s *Service) changeProgram(ctx context.Context, who access.Actor, action access.Action, program id.User, seen int64, what func(Tx, Program) (Program, error)) (Program, error) {
	var p Program
	if err := s.Read(ctx, func(tx Tx) (err error) {
		p, err = s.mayProgram(ctx, tx, who, action, program)
		return err
	}); err != nil {
		return Program{}, err
	}
	err := s.Write(ctx, audit.Did(who, action, string(program)), func(tx Tx) (err error) {
		if p, err = s.mayProgram(ctx, tx, who, action, program); err != nil {
			return err
		}
		switch {
		case seen != p.Version:
			return fault.New(fault.Stale, "signin.program.stale")
		case p.State == ProgramRevoked:
			return fault.New(fault.Conflict, "signin.program.not-now")
		}
		if p, err = what(tx, p); err != nil {
			return err
		}
		if err := tx.SetProgram(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.looked(ctx, tx, &p)
	})
	if err != nil {
		return Program{}, err
	}
	return p, nil
}

// mayProgram returns a service account if who may do action with it. Who may not list it does not learn of it.
func (s *Service) mayProgram(ctx context.Context, tx Tx, who access.Actor, action access.Action, program id.User) (Program, error) {
	none := fault.New(fault.NotFound, "signin.program.none")
	p, err := tx.Program(ctx, program)
	if fault.Is(err, fault.NotFound) {
		return Program{}, none
	}
	if err != nil {
		return Program{}, err
	}
	if !access.ScopeOf(who, access.ListToken).Holds(p.resource()) {
		return Program{}, none
	}
	return p, access.Check(who, action, p.resource())
}

// looked completes what is shown of a service account.
func (s *Service) looked(ctx context.Context, tx Tx, p *Program) error {
	head, err := tx.AuditHead(ctx)
	if err != nil {
		return err
	}
	if audit.DayOf(s.now()) != p.Day {
		p.Opened = 0
	}
	if p.Reads() {
		return s.granted(ctx, tx, p, head.Epoch)
	}
	p.Waits = p.waits(head.Epoch, s.now())
	return nil
}
