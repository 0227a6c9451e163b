package signin

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// What a form that came too late is held to (spec/keys.md 5.3).
const (
	KeptLimit  = time.Hour // it comes back for so long
	KeptSize   = 64 << 10  // bytes of what was typed
	keptOthers = 2         // further ones of the same person
)

const (
	infoKept  = "opentrm/kept-form/1"
	infoWhose = "opentrm/whose/1"
)

// KeptForm is a form that somebody sent when her session was over, as it rests: sealed to her keys, under the hash of a secret that only
// her browser has.
type KeptForm struct {
	Hash   []byte
	User   id.User
	Sealed []byte
	Made   frame.Time
	Ends   frame.Time
}

// Typed is a form as it was sent.
type Typed struct {
	Path   string `json:"path"`
	Fields string `json:"fields"` // as a browser sends them
}

// whose is told to a browser beside the secret of a session: who its user is, for the time when the session is over and its row gone. Only
// the node reads it, and only beside that secret.
func (s *Service) whose(session Session) string {
	k := s.Pepper.Derive(infoWhose)
	defer k.Wipe()
	plain := binary.BigEndian.AppendUint64([]byte(session.User), uint64(session.Ends.Add(KeptLimit)))
	return base64.RawURLEncoding.EncodeToString(k.Seal(frame.Join([]byte(infoWhose), session.Hash), plain))
}

// owner reads what whose has told.
func (s *Service) owner(whose, secret string) (id.User, error) {
	gone := fault.New(fault.NotFound, "signin.kept.none")
	_, hash, err := parseSecret(secret)
	if err != nil || len(whose) > 400 {
		return "", gone
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(whose)
	if err != nil {
		return "", gone
	}
	k := s.Pepper.Derive(infoWhose)
	defer k.Wipe()
	plain, err := k.Open(frame.Join([]byte(infoWhose), hash), sealed)
	if err != nil || len(plain) < 8 {
		return "", gone
	}
	at := len(plain) - 8
	if frame.Time(binary.BigEndian.Uint64(plain[at:])) <= s.now() {
		return "", gone
	}
	return id.User(plain[:at]), nil
}

// KeepFor keeps what somebody had typed whose session is over, for the person whose session it was: whose was told with its secret. It
// returns the secret under which her browser finds it again. The node can seal it and cannot open it.
//
// It fails with [fault.NotFound] if it is not known whose session it was, and with [fault.TooLarge] "signin.kept.large".
func (s *Service) KeepFor(ctx context.Context, whose, session string, in Typed) (string, error) {
	user, err := s.owner(whose, session)
	if err != nil {
		return "", err
	}
	if len(in.Fields) > KeptSize {
		return "", fault.New(fault.TooLarge, "signin.kept.large")
	}
	var u User
	if err := s.Read(ctx, func(tx Tx) (err error) {
		u, err = tx.User(ctx, user)
		return err
	}); err != nil {
		return "", err
	}
	if u.State != Active {
		return "", fault.New(fault.NotFound, "signin.kept.none")
	}
	to, err := seal.ParseKEMPublic(u.KEM)
	if err != nil {
		return "", err
	}
	plain, err := frame.Encode(in)
	if err != nil {
		return "", err
	}
	defer clear(plain)
	secret, raw, hash := s.secret()
	clear(raw)
	f := KeptForm{Hash: hash, User: user, Made: s.now(), Ends: s.now().Add(KeptLimit)}
	if f.Sealed, err = to.Seal([]byte(infoKept), s.keptAAD(f), plain); err != nil {
		return "", err
	}
	return secret, s.Touch(ctx, func(tx TouchTx) error {
		if err := tx.DropKeptFormsBefore(ctx, s.now()); err != nil {
			return err
		}
		return tx.AddKeptForm(ctx, f, keptOthers)
	})
}

func sessionOf(who access.Actor) access.Resource {
	return access.Resource{Noun: "session", ID: string(who.Session), Realm: access.Office, Owner: who.User}
}

func (s *Service) keptAAD(f KeptForm) []byte {
	return frame.Join([]byte(infoKept), []byte(s.Member), []byte(f.User), f.Hash, binary.BigEndian.AppendUint64(nil, uint64(f.Ends)))
}

// Waits reports whether something is kept for a user under the secret of her browser.
func (s *Service) Waits(ctx context.Context, user id.User, secret string) (bool, error) {
	_, err := s.kept(ctx, user, secret)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Service) kept(ctx context.Context, user id.User, secret string) (KeptForm, error) {
	gone := fault.New(fault.NotFound, "signin.kept.none")
	_, hash, err := parseSecret(secret)
	if err != nil {
		return KeptForm{}, gone
	}
	var f KeptForm
	err = s.Read(ctx, func(tx Tx) (err error) {
		f, err = tx.KeptForm(ctx, hash)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && (f.User != user || f.Ends <= s.now()) {
		return KeptForm{}, gone
	}
	return f, err
}

// Kept opens what was kept for the bearer under the secret of her browser.
//
// It fails with [fault.NotFound] "signin.kept.none" if nothing is, if it was another person's, and when an hour is over.
func (s *Service) Kept(ctx context.Context, by keyring.Bearer, secret string) (Typed, error) {
	if err := access.Check(by.Actor, access.SignInSession, sessionOf(by.Actor)); err != nil {
		return Typed{}, err
	}
	f, err := s.kept(ctx, by.User, secret)
	if err != nil {
		return Typed{}, err
	}
	plain, err := by.OpenSent([]byte(infoKept), s.keptAAD(f), f.Sealed)
	if fault.Is(err, fault.Locked) {
		return Typed{}, err
	}
	if err != nil { // sealed to keys that she had before
		return Typed{}, fault.New(fault.NotFound, "signin.kept.none")
	}
	defer clear(plain)
	var in Typed
	return in, frame.Decode(plain, 4*KeptSize, &in)
}

// ForgetKept forgets what is kept for the actor under the secret of her browser.
func (s *Service) ForgetKept(ctx context.Context, who access.Actor, secret string) error {
	if err := access.Check(who, access.SignInSession, sessionOf(who)); err != nil {
		return err
	}
	f, err := s.kept(ctx, who.User, secret)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Touch(ctx, func(tx TouchTx) error { return tx.DropKeptForm(ctx, f.Hash) })
}
