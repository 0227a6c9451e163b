package signin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RFC 6238 and every app for it use; nothing rests on collisions
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Second is the second step of a user's sign-in with a passphrase as it rests: a secret that an app of hers shares (RFC 6238), sealed
// under a key that only the passphrase opens.
type Second struct {
	User    id.User
	Sealed  []byte
	Version int64
}

// shared is what a [Second] seals.
type shared struct {
	Codes  []seal.Blob `json:"codes"` // digests of the recovery codes that are left
	Secret seal.Blob   `json:"secret"`
	Step   int64       `json:"step"` // of the last code that was taken: none is taken twice
}

const (
	infoSecond    = "opentrm/second/1"
	settingDemand = "signin.demand"
	stepSeconds   = 30
	recoveryCodes = 8
	secretSize    = 20
)

func (s *Service) secondKey(user id.User, master seal.Key) (seal.Key, []byte) {
	return master.Derive(infoSecond), frame.JoinText(infoSecond, string(s.Member), string(user))
}

func (s *Service) closeSecond(user id.User, master seal.Key, in shared) ([]byte, error) {
	plain, err := frame.Encode(in)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	k, aad := s.secondKey(user, master)
	defer k.Wipe()
	return k.Seal(aad, plain), nil
}

func (s *Service) openSecond(second Second, master seal.Key) (shared, error) {
	k, aad := s.secondKey(second.User, master)
	defer k.Wipe()
	plain, err := k.Open(aad, second.Sealed)
	if err != nil {
		return shared{}, err
	}
	defer clear(plain)
	var in shared
	return in, frame.Decode(plain, 8<<10, &in)
}

// codeAt is the code of a step (RFC 6238, six digits).
func codeAt(secret []byte, step int64) string {
	m := hmac.New(sha1.New, secret)
	_, _ = m.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	h := m.Sum(nil)
	at := h[len(h)-1] & 0x0f
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(h[at:])&0x7fffffff)%1_000_000)
}

// take says whether a code is right now, one step early or late, and later than the last one; or whether it is a recovery code. It
// returns what is left.
func (in shared) take(code string, now frame.Time) (shared, bool) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	step := now.Time().Unix() / stepSeconds
	for _, at := range []int64{step, step - 1, step + 1} {
		if at > in.Step && subtle.ConstantTimeCompare([]byte(codeAt(in.Secret, at)), []byte(code)) == 1 {
			in.Step = at
			return in, true
		}
	}
	h := sha256.Sum256([]byte(code))
	left := slices.DeleteFunc(slices.Clone(in.Codes), func(c seal.Blob) bool { return subtle.ConstantTimeCompare(c, h[:]) == 1 })
	if len(left) == len(in.Codes) {
		return in, false
	}
	in.Codes = left
	return in, true
}

// ComeOn ends a sign-in with the code of the second step, which [Service.Come] asked for and gave a ticket to. Of the entry it needs no
// login and no passphrase.
//
// It fails with [fault.Conflict] "signin.passkey.late" if the ticket is over or of another browser; with [fault.Denied] "signin.code.wrong";
// and with [fault.Unavailable] "signin.wait" after too many attempts.
func (s *Service) ComeOn(ctx context.Context, ticket string, e Entry) (SignedIn, error) {
	if e.Bound == "" {
		return SignedIn{}, late()
	}
	user, master, err := s.redeem("code", e.Bound, ticket)
	if err != nil {
		return SignedIn{}, err
	}
	defer master.Wipe()
	return s.secondly(ctx, user, master, e)
}

// codeCounters guard the codes of a user, whose passphrase somebody has who tries them.
func codeCounters(user id.User, address string) map[string]int64 {
	return map[string]int64{
		attemptKey("both-", "code", string(user), address): 3,
		attemptKey("code-", string(user)):                  30,
		attemptKey("from-", address):                       20,
	}
}

func (s *Service) secondly(ctx context.Context, user id.User, master seal.Key, e Entry) (SignedIn, error) {
	counters := codeCounters(user, e.Address)
	if err := s.admit(ctx, counters); err != nil {
		return SignedIn{}, err
	}
	var u User
	var second Second
	if err := s.Read(ctx, func(tx Tx) (err error) {
		u, second, err = s.account(ctx, tx, func() (User, error) { return tx.User(ctx, user) })
		return err
	}); err != nil {
		return SignedIn{}, err
	}
	if u.State != Active {
		return SignedIn{}, late()
	}
	in, err := s.openSecond(second, master)
	if err != nil { // taken away meanwhile, or her keys are others
		return SignedIn{}, late()
	}
	left, ok := in.take(e.Code, s.now())
	if !ok {
		return SignedIn{}, s.refuse(ctx, user, counters, fault.New(fault.Denied, "signin.code.wrong"))
	}
	if second.Sealed, err = s.closeSecond(user, master, left); err != nil {
		return SignedIn{}, err
	}
	return s.begin(ctx, beginning{u: u, master: master, address: e.Address, counters: counters, second: true, known: e.Known, also: func(tx Tx) error {
		return tx.SetSecond(ctx, second) // another sign-in with the same code is stale
	}})
}

// HasSecond reports whether the actor's sign-in with a passphrase has a second step.
//
// It fails with [fault.Denied].
func (s *Service) HasSecond(ctx context.Context, who access.Actor) (bool, error) {
	if err := access.Check(who, access.ListUnlock, unlockOf(who.User)); err != nil {
		return false, err
	}
	has := false
	err := s.Read(ctx, func(tx Tx) error {
		_, second, err := s.account(ctx, tx, func() (User, error) { return tx.User(ctx, who.User) })
		has = second.User != ""
		return err
	})
	return has, err
}

// Sharing is a secret that an app is to share, and where it shows to whom it belongs.
type Sharing struct {
	Secret string // base32, as it is typed
	URI    string // "otpauth:", as it is scanned
}

// ShareSecond draws a secret for the actor's app. Nothing is kept before [Service.AddSecond].
func (s *Service) ShareSecond(u User) Sharing {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seal.Draw(s.Rand, secretSize))
	return s.Shared(u, text)
}

// Shared is the secret of the text as it is shown again.
func (s *Service) Shared(u User, secret string) Sharing {
	label := "OpenTRM " + string(s.Member)
	q := url.Values{"secret": {secret}, "issuer": {label}}
	return Sharing{Secret: secret, URI: "otpauth://totp/" + url.PathEscape(label+":"+u.Login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")}
}

// AddSecond makes the second step: from now on a sign-in with the passphrase asks for a code of the app that shares the secret, or for
// one of the recovery codes, which are told once. A code shows that the app has it.
//
// It fails with [fault.Denied] "signin.code.wrong"; with [fault.Conflict] "signin.passkey.late" if the ticket of [Service.Prove] is over
// and "signin.second.there" if there is one; and with [fault.Invalid] for a secret of another form.
func (s *Service) AddSecond(ctx context.Context, who access.Actor, ticket, secret, code string) (codes []string, err error) {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return nil, err
	}
	user, master, err := s.redeem("unlock", string(who.Session), ticket)
	if err != nil {
		return nil, err
	}
	defer master.Wipe()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(raw) != secretSize || user != who.User {
		return nil, fault.New(fault.Invalid, "signin.field").With("field", "secret")
	}
	in, ok := shared{Secret: raw}.take(code, s.now())
	if !ok {
		return nil, fault.New(fault.Denied, "signin.code.wrong")
	}
	for range recoveryCodes {
		text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seal.Draw(s.Rand, 10))
		h := sha256.Sum256([]byte(text))
		in.Codes = append(in.Codes, h[:])
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	sealed, err := s.closeSecond(user, master, in)
	if err != nil {
		return nil, err
	}
	err = s.Write(ctx, audit.Did(who, access.AddUnlock, string(user)).For("second"), func(tx Tx) error {
		if err := tx.AddSecond(ctx, Second{User: user, Sealed: sealed}); err != nil {
			return err
		}
		return s.paid(ctx, tx, who)
	})
	return codes, err
}

// RemoveSecond takes the second step away, with a code of it: whoever finds a session open cannot.
//
// It fails with [fault.Denied] "signin.wrong", "signin.code" or "signin.code.wrong", with [fault.NotFound] if there is none, and with [fault.Unavailable]
// "signin.wait" after too many attempts.
func (s *Service) RemoveSecond(ctx context.Context, who access.Actor, passphrase, code, address string) error {
	if err := access.Check(who, access.RemoveUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	_, master, _, err := s.reopen(ctx, who, passphrase, address)
	if err != nil {
		return err
	}
	defer master.Wipe()
	second, err := s.step(ctx, who, master, code, address)
	if err != nil {
		return err
	}
	if second == nil {
		return fault.New(fault.NotFound, "signin.unlock.missing")
	}
	return s.Write(ctx, audit.Did(who, access.RemoveUnlock, string(who.User)).For("second"), func(tx Tx) error {
		return tx.DropSecond(ctx, who.User)
	})
}

// ByLaw are the roles for which the profile of the country demands two things, whatever the setting of the node.
func (s *Service) ByLaw() []access.Role {
	if s.Law == nil {
		return nil
	}
	return s.Law()
}

// demandedIn are the roles of which something is demanded: two things to come in with, or that an issuer knows them.
func demandedIn(ctx context.Context, tx Tx, setting string) ([]access.Role, error) {
	raw, err := tx.Setting(ctx, setting)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []access.Role
	return all, frame.Decode(raw, 4<<10, &all)
}

// Demanded lists the roles for which a second step or a passkey is demanded.
//
// It fails with [fault.Denied].
func (s *Service) Demanded(ctx context.Context, who access.Actor) ([]access.Role, error) {
	return s.demanded(ctx, who, settingDemand)
}

func (s *Service) demanded(ctx context.Context, who access.Actor, setting string) ([]access.Role, error) {
	if err := access.Check(who, access.DemandUnlock, access.Resource{Noun: "unlock", Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []access.Role
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = demandedIn(ctx, tx, setting)
		return err
	})
	return all, err
}

// Demand says for which roles a passphrase alone is not enough, from their next sign-in on: whoever holds one of them and has no second
// step then sets one up before she does anything else.
//
// It fails with [fault.Denied], and with [fault.Invalid] for a role that there is not.
func (s *Service) Demand(ctx context.Context, who access.Actor, roles []access.Role) error {
	return s.demand(ctx, who, settingDemand, roles)
}

func (s *Service) demand(ctx context.Context, who access.Actor, setting string, roles []access.Role) error {
	if err := access.Check(who, access.DemandUnlock, access.Resource{Noun: "unlock", Realm: access.Office}); err != nil {
		return err
	}
	roles = slices.Compact(slices.Sorted(slices.Values(roles)))
	for _, r := range roles {
		if !slices.Contains(access.Roles(), r) {
			return fault.New(fault.Invalid, "signin.field").With("field", "office")
		}
	}
	raw, err := frame.Encode(append([]access.Role{}, roles...))
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.DemandUnlock, "node").For(setting), func(tx Tx) error { return tx.SetSetting(ctx, setting, raw) })
}

// mayPay keeps whoever has only a passphrase from adding what is demanded beside something that is there already: the owner has it.
func (s *Service) mayPay(ctx context.Context, who access.Actor) error {
	return s.Read(ctx, func(tx Tx) error {
		session, err := s.session(ctx, tx, who)
		if err != nil || session == nil || !session.Owes {
			return err
		}
		all, err := tx.PasskeysOf(ctx, who.User)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			return fault.New(fault.Denied, "signin.second.passkey")
		}
		if _, second, err := s.linked(ctx, tx, who.User); err != nil || second {
			return cmp.Or(err, error(fault.New(fault.Denied, "signin.second.issuer")))
		}
		return nil
	})
}

// session returns the actor's session, nil if it is over.
func (s *Service) session(ctx context.Context, tx Tx, who access.Actor) (*Session, error) {
	all, err := tx.SessionsOf(ctx, who.User)
	if err != nil {
		return nil, err
	}
	for _, session := range all {
		if session.ID == who.Session {
			return &session, nil
		}
	}
	return nil, nil
}

// paid notes that the actor has the second thing that her role demands.
func (s *Service) paid(ctx context.Context, tx Tx, who access.Actor) error {
	session, err := s.session(ctx, tx, who)
	if err != nil || session == nil || !session.Owes {
		return err
	}
	session.Owes = false
	return tx.SetSession(ctx, *session)
}
