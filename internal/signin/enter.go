package signin

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Way is what a program asks for.
type Way struct {
	Action access.Action
	Reads  bool // the route changes nothing
}

// Enter turns the token of a program into a bearer, without keys if it only writes, at its desk, for one action, and notes that it was used.
//
// A wrong token is answered at once and never makes anybody wait: it cannot be guessed, and whoever tries must not be able to shut out
// the program or a person. Refusals of an account that there is are in the log, ever fewer of them the more there are.
//
// It fails with [fault.Locked] "signin.program.wrong" for a token that opens nothing, "signin.program.unconfirmed" for one whose desk has
// not let it in and "signin.program.over" after its time; and with [fault.Denied] "signin.program.network" from elsewhere than it may
// come, and "signin.program.purpose" for what it was not made for; with [fault.Unavailable] "signin.program.full"
// when one that reads has opened as much as it may in a day.
func (s *Service) Enter(ctx context.Context, token, address string, way Way) (keyring.Bearer, error) {
	action := way.Action
	name, raw, err := parseToken(token)
	if err != nil {
		return keyring.Bearer{}, err
	}
	defer clear(raw)
	wrong := fault.New(fault.Locked, "signin.program.wrong")
	var p Program
	var refused error
	err = s.Read(ctx, func(tx Tx) error {
		if p, err = tx.Program(ctx, name); err != nil {
			return err
		}
		marks, err := s.Marks(ctx, tx)
		if err != nil {
			return err
		}
		if refused = wrong; !p.is(marks, raw) {
			return nil
		}
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return err
		}
		d, err := tx.Desk(ctx, p.Desk)
		if err != nil || d.State != desk.Active || d.Realm != p.Realm {
			return err
		}
		if refused = nil; !p.Reads() {
			refused = p.admits(head.Epoch, s.now(), address, action)
		} else if p.State != ProgramActive || !readable(d) {
			refused = fault.New(fault.Locked, "signin.program.unconfirmed")
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return keyring.Bearer{}, wrong
	}
	if err != nil {
		return keyring.Bearer{}, err
	}
	who := s.program(p)
	if refused == nil {
		refused = access.Check(who, access.UseToken, p.resource())
	}
	var by keyring.Bearer
	if refused == nil && p.Reads() {
		by, refused = s.enterReader(ctx, p, raw, address, way)
	}
	if refused != nil && fault.KindOf(refused) != fault.Locked && fault.KindOf(refused) != fault.Denied { // quotas are in the log already
		return keyring.Bearer{}, refused
	}
	if refused != nil {
		return keyring.Bearer{}, s.refuseProgram(ctx, p, action, refused)
	}
	if now := s.now(); now.Sub(p.Used) > time.Minute {
		if err := s.Touch(ctx, func(tx TouchTx) error { return tx.SeeProgram(ctx, p.ID, now, networkOf(address)) }); err != nil {
			return keyring.Bearer{}, err
		}
	}
	if p.Reads() {
		return by, nil
	}
	key, err := seal.ParseKey(raw)
	if err != nil {
		return keyring.Bearer{}, wrong
	}
	defer key.Wipe()
	return keyring.NewProgram(who, key), nil
}

func (s *Service) program(p Program) access.Actor {
	return access.Actor{User: p.ID, Role: access.ServiceAccount, Desk: p.Desk, Realm: p.Realm, Member: s.Member}
}

// refuseProgram records a refusal, and returns it. The purpose of the entry is the action that was asked for.
func (s *Service) refuseProgram(ctx context.Context, p Program, action access.Action, refused error) error {
	key := attemptKey("service-", string(p.ID))
	quiet := false
	if err := s.Read(ctx, func(tx Tx) error {
		a, err := tx.Attempt(ctx, key)
		quiet = a.Until > s.now()
		return err
	}); err != nil || quiet {
		if err == nil {
			err = refused
		}
		return err
	}
	who := access.Node(s.Member)
	if _, key, _ := fault.Public(refused); key != "signin.program.wrong" { // it had the right token
		who = s.program(p)
	}
	err := s.Write(ctx, audit.Did(who, access.UseToken, string(p.ID)).For(string(action)).Ended(refused), func(tx Tx) error {
		a, err := tx.Attempt(ctx, key)
		if err != nil {
			return err
		}
		a.Key = key
		a.Count++
		a.Until = s.now().Add(wait(a.Count, 3))
		return tx.SetAttempt(ctx, a)
	})
	if err != nil {
		return err
	}
	return refused
}
