package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Invitee is who gets an account.
type Invitee struct {
	Login    string
	Name     string
	Office   []access.Role // roles that serve no desk; the others come with a place at a desk
	Language string
	Zone     string
	Demo     bool
}

// secret draws 256 bits and gives them as text for a link or cookie, and their hash.
func (s *Service) secret() (text string, raw, hash []byte) {
	src := s.Rand
	if src == nil {
		src = rand.Reader
	}
	raw = make([]byte, 32)
	if _, err := io.ReadFull(src, raw); err != nil {
		panic("signin: no randomness: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(raw), raw, sum[:]
}

// parseSecret reads what secret gave, in no other spelling: the decoder by itself passes over line ends.
func parseSecret(text string) (raw, hash []byte, err error) {
	raw, err = base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 32 || len(text) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return nil, nil, fault.New(fault.Denied, "signin.secret")
	}
	sum := sha256.Sum256(raw)
	return raw, sum[:], nil
}

// Invite makes an account without keys and returns the secret of a link with which its owner makes
// them: 256 bits, once, within 24 hours.
//
// It fails with [fault.Denied], [fault.Invalid] naming the field, and [fault.Conflict] if the login is taken.
func (s *Service) Invite(ctx context.Context, who access.Actor, in Invitee) (user id.User, link string, err error) {
	if err := access.Check(who, access.CreateUser, access.Resource{Noun: "user", Realm: access.Office}); err != nil {
		return "", "", err
	}
	u, err := invitee(in)
	if err != nil {
		return "", "", err
	}
	u.ID, u.Created = id.Ordered[id.User](s.IDs), s.now()
	link, _, hash := s.secret()
	err = s.Write(ctx, audit.Did(who, access.CreateUser, string(u.ID)), func(tx Tx) error {
		if err := tx.AddUser(ctx, u); err != nil {
			return err
		}
		return s.invite(ctx, tx, Invitation{Hash: hash, User: u.ID, Maker: who.User, Ends: s.now().Add(LinkLimit)})
	})
	if err != nil {
		return "", "", err
	}
	return u.ID, link, nil
}

// loginForm reports whether an account can have this login.
func loginForm(login string) bool {
	return len(login) >= 2 && len(login) <= 64 && !strings.ContainsFunc(login, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_@", r)
	})
}

func invitee(in Invitee) (User, error) {
	bad := func(field string) (User, error) {
		return User{}, fault.New(fault.Invalid, "signin.field").With("field", field)
	}
	login := strings.ToLower(strings.TrimSpace(in.Login))
	if !loginForm(login) {
		return bad("login")
	}
	if n := len([]rune(in.Name)); n < 1 || n > 100 {
		return bad("name")
	}
	if len(in.Office) > 8 {
		return bad("office")
	}
	for _, r := range in.Office {
		if !slices.Contains(access.Roles(), r) {
			return bad("office")
		}
	}
	if err := access.Combine(in.Office); err != nil {
		return User{}, err
	}
	if in.Language == "" || len(in.Language) > 35 {
		return bad("language")
	}
	if len(in.Zone) > 64 {
		return bad("zone")
	}
	return User{
		Login: login, Name: in.Name, Office: in.Office, Language: in.Language, Zone: in.Zone, State: Invited, Demo: in.Demo, Version: 1,
	}, nil
}

// Enrol makes the keys of the user that the link was given to, under her new passphrase. A link works
// once; whoever already had keys gets new ones and starts without a place at any desk, because what was
// sealed to the old ones stays closed. An office waits until [Service.LetIn], unless the link was made at the machine.
// It returns the fingerprint that a colleague compares.
//
// It fails with [fault.Denied] if the link is wrong, used or over, and [fault.Invalid] if the passphrase
// is too short.
func (s *Service) Enrol(ctx context.Context, link, passphrase string) (User, id.Key, error) {
	_, hash, err := parseSecret(link)
	if err != nil {
		return User{}, "", err
	}
	if err := seal.CheckPassphrase(passphrase); err != nil {
		return User{}, "", err
	}
	var invited User
	if err := s.Read(ctx, func(tx Tx) (err error) { return s.peek(ctx, tx, hash, &invited) }); err != nil {
		return User{}, "", err
	}
	made, fingerprint, err := s.makeKeys(invited, passphrase)
	if err != nil {
		return User{}, "", err
	}
	who := access.Actor{User: made.ID, Role: access.ThePerson, Realm: access.Office, Member: s.Member}
	err = s.Write(ctx, audit.Did(who, access.CreateUser, string(made.ID)).For("enrol"), func(tx Tx) error {
		i, err := tx.TakeInvitation(ctx, hash)
		if err != nil || i.User != made.ID || i.Ends <= s.now() {
			return fault.New(fault.Denied, "signin.link")
		}
		if ours, err := s.invited(ctx, tx, i); err != nil || !ours {
			return cmp.Or(err, error(fault.New(fault.Denied, "signin.link")))
		}
		if err := s.resetPlaces(ctx, tx, made.ID); err != nil {
			return err
		}
		if err := tx.DropSessionsOf(ctx, made.ID); err != nil {
			return err
		}
		if err := tx.DropPasskeysOf(ctx, made.ID); err != nil { // they open a lock that is gone
			return err
		}
		if err := tx.DropSecond(ctx, made.ID); err != nil { // and nobody opens it
			return err
		}
		if err := s.ask(ctx, tx, &made, i.Maker); err != nil {
			return err
		}
		if err := tx.SetUser(ctx, made); err != nil {
			return err
		}
		if err := s.office(ctx, tx, made); err != nil {
			return err
		}
		return s.movedIn(ctx, tx, made.ID)
	})
	return made, fingerprint, err
}

// peek finds the account of a link without using the link up.
func (s *Service) peek(ctx context.Context, tx Tx, hash []byte, u *User) error {
	i, err := tx.Invitation(ctx, hash)
	if err != nil || i.Ends <= s.now() {
		return fault.New(fault.Denied, "signin.link")
	}
	*u, err = tx.User(ctx, i.User)
	if err != nil || u.State == Disabled {
		return fault.New(fault.Denied, "signin.link")
	}
	return nil
}

// makeKeys draws the keys of u and locks them with a passphrase. It runs outside any transaction,
// because stretching takes long on purpose.
func (s *Service) makeKeys(u User, passphrase string) (User, id.Key, error) {
	keys, master := seal.NewUserKeys(s.Rand), seal.NewKey(s.Rand)
	defer keys.Wipe()
	defer master.Wipe()
	lock, err := seal.PassphraseLock(u.ID, master, s.stretch(), passphrase, s.Pepper)
	if err != nil {
		return User{}, "", err
	}
	if u.Locks, err = seal.EncodeLocks([]seal.Lock{lock}); err != nil {
		return User{}, "", err
	}
	u.Keys = keys.Lock(master, string(s.Member), string(u.ID))
	u.KEM, u.Sign = keys.KEM.Public().Bytes(), keys.Sign.Public().Bytes()
	u.State = Active
	return u, keys.KEM.Public().ID(), nil
}

func (s *Service) stretch() seal.Stretch {
	if s.Stretch != nil {
		return s.Stretch(s.Rand)
	}
	return seal.NewStretch(s.Rand)
}

// resetPlaces puts every place of a user back to proposed: her old wraps open with keys that are gone.
func (s *Service) resetPlaces(ctx context.Context, tx Tx, user id.User) error {
	places, err := tx.DesksOf(ctx, user)
	if err != nil {
		return err
	}
	for _, m := range places {
		if m.State != desk.Granted {
			continue
		}
		m.State, m.GrantedBy, m.Since, m.Record, m.Proof = desk.Proposed, "", s.now(), "", ""
		if err := tx.SetMembership(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// Reinvite gives a user who has lost her passphrase a new link. Her old keys stop to count when she
// uses it; her colleagues grant her again.
//
// It fails with [fault.Denied], [fault.NotFound], and [fault.Conflict] if the account is disabled.
func (s *Service) Reinvite(ctx context.Context, who access.Actor, user id.User) (link string, err error) {
	if err := access.Check(who, access.CreateUser, access.Resource{Noun: "user", ID: string(user), Realm: access.Office, Owner: user}); err != nil {
		return "", err
	}
	link, _, hash := s.secret()
	err = s.Write(ctx, audit.Did(who, access.CreateUser, string(user)).For("reinvite"), func(tx Tx) error {
		u, err := tx.User(ctx, user)
		if err != nil {
			return err
		}
		if u.State == Disabled {
			return fault.New(fault.Conflict, "signin.disabled")
		}
		if err := tx.DropInvitations(ctx, user); err != nil {
			return err
		}
		return s.invite(ctx, tx, Invitation{Hash: hash, User: user, Maker: who.User, Ends: s.now().Add(LinkLimit)})
	})
	return link, err
}

// Disable ends an account and its sessions at once, for good. Her places at desks are ended by package keyring.
//
// It fails with [fault.Denied] and [fault.NotFound], and with [fault.Conflict] if nobody else could sign in as administrator.
func (s *Service) Disable(ctx context.Context, who access.Actor, user id.User) error {
	if err := access.Check(who, access.DisableUser, access.Resource{Noun: "user", ID: string(user), Realm: access.Office, Owner: user}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.DisableUser, string(user)), func(tx Tx) error {
		u, err := tx.User(ctx, user)
		if err != nil {
			return err
		}
		if all, err := tx.Users(ctx); err != nil {
			return err
		} else if onlyAdministrator(all, u) {
			return fault.New(fault.Conflict, "signin.disable.last")
		}
		u.State = Disabled
		if err := tx.SetUser(ctx, u); err != nil {
			return err
		}
		if err := tx.DropInvitations(ctx, user); err != nil {
			return err
		}
		if err := s.office(ctx, tx, u); err != nil {
			return err
		}
		return tx.DropSessionsOf(ctx, user)
	})
}

// onlyAdministrator reports whether u is an administrator and nobody else can sign in as one.
func onlyAdministrator(all []User, u User) bool {
	can := func(x User) bool { return len(x.Locks) > 0 && x.Serves(access.Administrator) }
	return can(u) && !slices.ContainsFunc(all, func(x User) bool { return x.ID != u.ID && can(x) })
}
