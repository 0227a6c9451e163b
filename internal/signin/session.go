package signin

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Place is one role at one desk, or an office role at none, in which a user can act.
type Place struct {
	Role access.Role
	Desk id.Desk
}

// SignedIn is a session with its secret, which only the browser or client keeps.
type SignedIn struct {
	Secret  string
	Session Session
	User    User
	Places  []Place
	Ticket  string // to the second step; "": none is needed
	Whose   string // for the browser beside the secret: see [Service.KeepFor]
}

// Entry is who comes in with a passphrase.
type Entry struct {
	Login, Passphrase string
	Code              string // of the second step, where one is set up; "" asks for it
	Known             string // what [Service.Return] gave: who she is, and Login may be empty; "": nobody has said
	Bound             string // to which the way to the second step is bound: a secret of the browser; "" gives none
	Address           string
}

// SignIn is [Service.Come] without a second step.
func (s *Service) SignIn(ctx context.Context, login, passphrase, address string) (SignedIn, error) {
	return s.Come(ctx, Entry{Login: login, Passphrase: passphrase, Address: address})
}

// Come opens the locks of an account with a passphrase and begins a session in the first of the
// user's places.
//
// It fails with [fault.Denied] and the key "signin.wrong" for a wrong login or passphrase, a disabled
// account and one without keys, all alike; with [fault.Denied] "signin.code" if a code is needed and there is none, and then gives the ticket for
// [Service.ComeOn], and "signin.code.wrong" if it is another; and with [fault.Unavailable] and the key "signin.wait" if
// there were too many attempts.
func (s *Service) Come(ctx context.Context, e Entry) (SignedIn, error) {
	e, err := s.named(ctx, e)
	if err != nil {
		return SignedIn{}, err
	}
	counters := attemptKeys(e.Login, e.Address)
	if err := s.admit(ctx, counters); err != nil {
		return SignedIn{}, err
	}
	var u User
	var second Second
	err = s.Read(ctx, func(tx Tx) (err error) {
		if !loginForm(e.Login) { // often the passphrase, typed too early: no database is asked for it, which may log what it is asked
			return nil
		}
		u, second, err = s.account(ctx, tx, func() (User, error) { return tx.UserByLogin(ctx, e.Login) })
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	master, old, err := s.unlock(u, e.Passphrase)
	if err != nil {
		return SignedIn{}, s.refuse(ctx, u.ID, counters, err)
	}
	defer master.Wipe()
	locks := s.relock(u, old, master, e.Passphrase)
	if second.User == "" {
		return s.begin(ctx, beginning{u: u, locks: locks, master: master, address: e.Address, counters: counters, known: e.Known})
	}
	if !bytes.Equal(locks, u.Locks) { // the step that follows has no passphrase
		if err := s.Write(ctx, audit.Did(access.Node(s.Member), access.SignInSession, string(u.ID)).For("moved"), func(tx Tx) error { return s.move(ctx, tx, u, locks) }); err != nil {
			return SignedIn{}, err
		}
	}
	if e.Code == "" {
		in := SignedIn{}
		if e.Bound != "" {
			in.Ticket = s.ticket("code", e.Bound, u.ID, master)
		}
		return in, fault.New(fault.Denied, "signin.code")
	}
	return s.secondly(ctx, u.ID, master, e)
}

// account reads an account with its second step, whose user is empty if there is none.
func (s *Service) account(ctx context.Context, tx Tx, find func() (User, error)) (User, Second, error) {
	u, err := find()
	if err != nil {
		return User{}, Second{}, err
	}
	second, err := tx.Second(ctx, u.ID)
	if fault.Is(err, fault.NotFound) {
		return u, Second{}, nil
	}
	return u, second, err
}

// unlock opens the first passphrase lock that fits, and returns which one that is if it opens with the pepper of an
// earlier node.secret, or -1. For an account that is not there or has no keys it does the same work on a lock that
// nothing opens, so that the answer takes as long.
func (s *Service) unlock(u User, passphrase string) (master seal.Key, old int, err error) {
	denied := fault.New(fault.Denied, "signin.wrong")
	locks, err := seal.ParseLocks(u.Locks)
	if err != nil || u.State != Active || len(locks) == 0 {
		_, _ = s.stretch().Key(passphrase, s.Pepper)
		return seal.Key{}, 0, denied
	}
	peppers := append([]seal.Key{s.Pepper}, s.Former...)
	for i, l := range locks {
		if l.Method != seal.MethodPassphrase {
			continue
		}
		master, which, err := l.OpenAny(u.ID, passphrase, peppers...)
		if err != nil {
			continue
		}
		if which == 0 {
			i = -1
		}
		return master, i, nil
	}
	return seal.Key{}, 0, denied
}

func sessionKey(raw []byte, session id.Session, user id.User) (seal.Key, error) {
	k, err := seal.ParseKey(raw)
	if err != nil {
		return seal.Key{}, fault.New(fault.Denied, "signin.secret")
	}
	return k.Derive("opentrm/session/1", string(session), string(user)), nil
}

// beginning is with what a session begins.
type beginning struct {
	u        User
	locks    []byte // kept if they are others than those of u
	master   seal.Key
	address  string
	counters map[string]int64
	second   bool              // she showed two things
	known    string            // proof of who she is; "": none
	also     func(tx Tx) error // what else is written in the same transaction; nil: nothing
}

// begin begins a session.
func (s *Service) begin(ctx context.Context, b beginning) (SignedIn, error) {
	u, master, address := b.u, b.master, b.address
	text, raw, hash := s.secret()
	defer clear(raw)
	session := Session{
		ID: id.Ordered[id.Session](s.IDs), User: u.ID, Hash: hash, Address: address,
		Created: s.now(), Seen: s.now(), Ends: s.now().Add(TotalLimit),
	}
	k, err := sessionKey(raw, session.ID, u.ID)
	if err != nil {
		return SignedIn{}, err
	}
	defer k.Wipe()
	session.Sealed = k.Wrap(master, frame.JoinText("opentrm/session/1", string(session.ID)))
	var all []Place
	var demanded []access.Role
	var shown *proof
	needs, has := false, false
	if err := s.Read(ctx, func(tx Tx) (err error) {
		if demanded, err = demandedIn(ctx, tx, settingDemand); err != nil {
			return err
		}
		demanded = append(demanded, s.ByLaw()...)
		if all, err = s.places(ctx, tx, &u); err != nil {
			return err
		}
		if shown, err = s.proven(ctx, tx, b.known, u.ID); err != nil {
			return err
		}
		if needs, err = s.needsIssuer(ctx, tx, all); err != nil || !needs {
			return err
		}
		has, _, err = s.linked(ctx, tx, u.ID)
		return err
	}); err != nil {
		return SignedIn{}, err
	}
	if len(all) == 0 && u.Waits {
		return SignedIn{}, fault.New(fault.Conflict, "signin.office.waits")
	}
	if len(all) == 0 {
		return SignedIn{}, fault.New(fault.Conflict, "signin.no-place")
	}
	session.Role, session.Desk = all[0].Role, all[0].Desk
	if needs && has && shown == nil { // whoever has her passphrase alone does not learn more than that, and is not in
		return SignedIn{}, s.refuse(ctx, u.ID, b.counters, fault.New(fault.Denied, "signin.issuer.demanded"))
	}
	session.Unlinked = needs && !has
	session.Owes = !b.second && (shown == nil || !shown.issuer.Second) && slices.ContainsFunc(all, func(p Place) bool { return slices.Contains(demanded, p.Role) })
	who := s.actor(session)
	on := access.Resource{Noun: "session", ID: string(session.ID), Realm: access.Office, Owner: u.ID}
	if err := access.Check(who, access.SignInSession, on); err != nil {
		return SignedIn{}, err
	}
	err = s.Write(ctx, audit.Did(who, access.SignInSession, string(session.ID)), func(tx Tx) error {
		// Only the counter of this account at this address is forgiven: whoever has an account must not
		// be able to clear the counters that guard the others.
		for key := range b.counters {
			if !strings.HasPrefix(key, "both-") {
				continue
			}
			if err := tx.DropAttempt(ctx, key); err != nil {
				return err
			}
		}
		if err := s.useIn(ctx, tx, shown); err != nil {
			return err
		}
		if b.also != nil {
			if err := b.also(tx); err != nil {
				return err
			}
		}
		if b.locks == nil {
			return tx.AddSession(ctx, session)
		}
		if err := s.move(ctx, tx, u, b.locks); err != nil {
			return err
		}
		return tx.AddSession(ctx, session)
	})
	return SignedIn{Secret: text, Session: session, User: u, Places: all, Whose: s.whose(session)}, err
}

// places lists in what a user can act: granted places at active desks, then office roles.
func (s *Service) places(ctx context.Context, tx Tx, u *User) ([]Place, error) {
	if err := s.VouchIn(ctx, tx, u); err != nil {
		return nil, err
	}
	held, err := tx.DesksOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	var all []Place
	for _, m := range held {
		if m.State != desk.Granted {
			continue
		}
		d, err := tx.Desk(ctx, m.Desk)
		if err != nil {
			return nil, err
		}
		if d.State == desk.Active {
			all = append(all, Place{Role: m.Role, Desk: m.Desk})
		}
	}
	for _, r := range u.Office {
		if u.Serves(r) {
			all = append(all, Place{Role: r})
		}
	}
	return all, nil
}

func (s *Service) actor(session Session) access.Actor {
	return access.Actor{
		User: session.User, Role: session.Role, Desk: session.Desk, Realm: access.RealmOf(session.Role),
		Member: s.Member, Session: session.ID,
	}
}

// Resume turns a session's secret into a bearer with her keys, and notes that she was seen.
//
// It fails with [fault.Locked] if the session is unknown, over, or was idle too long: sign in again.
func (s *Service) Resume(ctx context.Context, secret string) (keyring.Bearer, User, error) {
	over := fault.New(fault.Locked, "signin.over")
	raw, hash, err := parseSecret(secret)
	if err != nil {
		return keyring.Bearer{}, User{}, over
	}
	defer clear(raw)
	var session Session
	var u User
	err = s.Read(ctx, func(tx Tx) error {
		if session, err = tx.SessionByHash(ctx, hash); err != nil {
			return err
		}
		if u, err = tx.User(ctx, session.User); err != nil {
			return err
		}
		return s.VouchIn(ctx, tx, &u)
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return keyring.Bearer{}, User{}, err
	}
	now := s.now()
	if err != nil || session.Desk == "" && !u.Serves(session.Role) || u.State != Active || session.Ends <= now || session.Seen.Add(IdleLimit) <= now {
		return keyring.Bearer{}, User{}, over
	}
	k, err := sessionKey(raw, session.ID, u.ID)
	if err != nil {
		return keyring.Bearer{}, User{}, over
	}
	defer k.Wipe()
	master, err := k.Unwrap(session.Sealed, frame.JoinText("opentrm/session/1", string(session.ID)))
	if err != nil {
		return keyring.Bearer{}, User{}, over
	}
	defer master.Wipe()
	keys, err := seal.UnlockUserKeys(master, u.Keys, string(s.Member), string(u.ID))
	if err != nil {
		return keyring.Bearer{}, User{}, over
	}
	if now.Sub(session.Seen) > time.Minute {
		if err := s.Touch(ctx, func(tx TouchTx) error { return tx.SeeSession(ctx, session.ID, now) }); err != nil {
			return keyring.Bearer{}, User{}, err
		}
	}
	u.Owes, u.Unlinked = session.Owes, session.Unlinked
	return keyring.NewBearer(s.actor(session), &keys), u, nil
}

// Act changes the place in which a signed-in user acts.
//
// It fails with [fault.Denied] if the place is not hers.
func (s *Service) Act(ctx context.Context, who access.Actor, to Place) error {
	return s.Write(ctx, audit.Did(who, access.SignInSession, string(who.Session)).For("act"), func(tx Tx) error {
		u, err := tx.User(ctx, who.User)
		if err != nil {
			return err
		}
		all, err := s.places(ctx, tx, &u)
		if err != nil {
			return err
		}
		if !slices.Contains(all, to) {
			return fault.New(fault.Denied, "signin.place")
		}
		sessions, err := tx.SessionsOf(ctx, who.User)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if session.ID == who.Session {
				session.Role, session.Desk = to.Role, to.Desk
				return tx.SetSession(ctx, session)
			}
		}
		return fault.New(fault.Locked, "signin.over")
	})
}

// Places lists in what the signed-in user can act.
func (s *Service) Places(ctx context.Context, who access.Actor) ([]Place, error) {
	var all []Place
	err := s.Read(ctx, func(tx Tx) error {
		u, err := tx.User(ctx, who.User)
		if err != nil {
			return err
		}
		all, err = s.places(ctx, tx, &u)
		return err
	})
	return all, err
}

// SignOut ends the actor's own session.
func (s *Service) SignOut(ctx context.Context, who access.Actor) error {
	on := access.Resource{Noun: "session", ID: string(who.Session), Realm: access.Office, Owner: who.User}
	if err := access.Check(who, access.SignOutSession, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.SignOutSession, string(who.Session)), func(tx Tx) error {
		return tx.DropSession(ctx, who.Session)
	})
}

// Sessions lists the sign-ins of a user.
//
// It fails with [fault.Denied] or [fault.Hidden] if who may not see them.
func (s *Service) Sessions(ctx context.Context, who access.Actor, user id.User) ([]Session, error) {
	on := access.Resource{Noun: "session", Realm: access.Office, Owner: user}
	if err := access.Check(who, access.ListSession, on); err != nil {
		return nil, err
	}
	var all []Session
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.SessionsOf(ctx, user)
		return err
	})
	return all, err
}

// Revoke ends one sign-in of a user, for example when a telephone is lost.
//
// It fails with [fault.Denied] or [fault.Hidden], and [fault.NotFound] if she has no such session.
func (s *Service) Revoke(ctx context.Context, who access.Actor, user id.User, session id.Session) error {
	on := access.Resource{Noun: "session", ID: string(session), Realm: access.Office, Owner: user}
	if err := access.Check(who, access.RevokeSession, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.RevokeSession, string(session)), func(tx Tx) error {
		all, err := tx.SessionsOf(ctx, user)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(x Session) bool { return x.ID == session }) {
			return fault.New(fault.NotFound, "signin.session")
		}
		return tx.DropSession(ctx, session)
	})
}

// Sweep deletes sessions that are over, forms that were kept for too long, and challenges that nobody can answer any more. It runs unattended.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	var n int64
	err := s.Touch(ctx, func(tx TouchTx) (err error) {
		if n, err = tx.DropSessionsBefore(ctx, s.now(), s.now().Add(-IdleLimit)); err != nil {
			return err
		}
		if err := tx.DropKeptFormsBefore(ctx, s.now()); err != nil {
			return err
		}
		return tx.DropSpentChallenges(ctx, s.now())
	})
	return n, err
}
