// Package signin turns a person with a passphrase into a bearer with keys.
//
// A user has one pair of keys to which things are sealed and one that signs. Both rest under her master
// key, and her master key rests under locks: one per passphrase, passkey or service token. There is no
// other password check than opening a lock. Nothing the server holds opens one: the pepper from
// node.secret makes a stolen database useless for guessing, and the passphrase makes node.secret useless
// alone.
//
// Invariants:
//   - an account opens nothing until a member of a desk has granted it a place;
//   - a wrong name, a wrong passphrase and a disabled account look the same and cost the same;
//   - a passkey opens its lock alone, for its output makes the key of the lock; that it also signed is checked before, so that nobody
//     can go on with an output that she has seen once;
//   - who an issuer says that somebody is opens nothing: it stands beside what opens her keys, never in its place;
//   - whoever adds a way to open her keys has shown her passphrase again;
//   - attempts are counted per account and per address before anything expensive runs, and a stranger's
//     attempts cannot lock the owner out of the address where she usually signs in;
//   - a session's row holds the hash of the cookie and the master key sealed under the cookie: the row
//     alone opens nothing;
//   - a user acts in one role at one desk at a time.
//
// A [Program] is a service account: a token of 256 bits with which something writes to one desk while nobody is signed in. It has no
// keys, is let in by the desk for a time, and can do what it was made for and read nothing. One that reads has keys under its token, and what both
// the desk and the data-protection officer have signed.
package signin

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/seal"
)

// State of an account.
type State string

// The states of an account.
const (
	Invited  State = "invited" // has a link, no keys yet
	Active   State = "active"
	Disabled State = "disabled"
)

// User is an account. Everything in it is operational: staff are reached by it when nobody is signed in.
type User struct {
	ID       id.User
	Login    string // what she types, lower case
	Name     string // how colleagues call her
	Office   []access.Role
	Language string // BCP 47 tag
	Zone     string // IANA time zone; empty: that of the country
	State    State
	Demo     bool // invented, of a demo node
	KEM      []byte
	Sign     []byte
	Keys     []byte // both private keys under the master key
	Locks    []byte // seal.EncodeLocks
	Created  frame.Time
	Version  int64
	Owes     bool // in this session; see [Session]
	Unlinked bool // as well

	Linker  id.User // who made the link with which she made her keys; "" if it was made at the machine
	Waits   bool    // her office opens nothing until somebody else of the office has compared her keys
	LetInBy id.User // who did; "" if nobody had to, or somebody at the machine did

	LetIn, LetInProof string // the record of that and its proof: see [Record]; the three above are what it says
}

// Serves reports whether u acts in an office now.
func (u User) Serves(r access.Role) bool {
	return u.State == Active && !u.Waits && slices.Contains(u.Office, r)
}

// Session is a sign-in as it rests.
type Session struct {
	ID       id.Session
	User     id.User
	Hash     []byte // SHA-256 of the cookie secret
	Sealed   []byte // the master key under a key derived from the cookie secret
	Role     access.Role
	Desk     id.Desk
	Address  string // where from, cut to the network
	Created  frame.Time
	Seen     frame.Time
	Ends     frame.Time
	Owes     bool // her role demands a second step of a sign-in, which this one did not take
	Unlinked bool // her role demands that an issuer knows her, and none is linked to her account
}

// Invitation is a single-use link with which a user makes her keys.
type Invitation struct {
	Hash  []byte
	User  id.User
	Maker id.User // who made it; "" for whoever has the machine
	Ends  frame.Time
	Proof string // that the node wrote this, for this user and maker
}

// Attempt counts failed sign-ins under one key: an account, an address, or both together.
type Attempt struct {
	Key   string
	Count int64
	Until frame.Time // no attempt is taken before
}

// Tx is what sign-ins need kept.
type Tx interface {
	keyring.Tx

	// User returns an account; fault.NotFound if there is none.
	User(ctx context.Context, user id.User) (User, error)
	// UserByLogin returns the account with that login; fault.NotFound if there is none.
	UserByLogin(ctx context.Context, login string) (User, error)
	Users(ctx context.Context) ([]User, error)
	// AddUser keeps a new account; fault.Conflict if the login is taken.
	AddUser(ctx context.Context, u User) error
	// SetUser replaces an account whose stored version is u.Version; fault.Stale if it is another.
	SetUser(ctx context.Context, u User) error

	AddInvitation(ctx context.Context, i Invitation) error
	// Invitation returns the invitation with that hash; fault.NotFound if there is none.
	Invitation(ctx context.Context, hash []byte) (Invitation, error)
	// TakeInvitation returns and deletes the invitation with that hash; fault.NotFound if there is none.
	TakeInvitation(ctx context.Context, hash []byte) (Invitation, error)
	DropInvitations(ctx context.Context, user id.User) error

	AddSession(ctx context.Context, s Session) error
	SessionByHash(ctx context.Context, hash []byte) (Session, error)
	SessionsOf(ctx context.Context, user id.User) ([]Session, error)
	SetSession(ctx context.Context, s Session) error
	DropSession(ctx context.Context, session id.Session) error
	DropSessionsOf(ctx context.Context, user id.User) error
	// AddPasskey keeps a passkey; fault.Conflict if it is there.
	AddPasskey(ctx context.Context, p Passkey) error
	// Passkey returns a passkey; fault.NotFound if there is none.
	Passkey(ctx context.Context, p string) (Passkey, error)
	PasskeysOf(ctx context.Context, user id.User) ([]Passkey, error)
	// UsePasskey notes that a passkey was used and what its counter says; fault.Stale if it was not before when it was read.
	UsePasskey(ctx context.Context, p string, before, count uint32, at frame.Time) error
	// DropPasskey deletes a passkey; fault.NotFound if there is none.
	DropPasskey(ctx context.Context, p string) error
	DropPasskeysOf(ctx context.Context, user id.User) error
	// AddIdentity keeps an identity; fault.Conflict if it is linked to somebody.
	AddIdentity(ctx context.Context, i Identity) error
	// Identity returns an identity; fault.NotFound if there is none.
	Identity(ctx context.Context, i string) (Identity, error)
	// IdentityByMark returns the identity with that mark; fault.NotFound if there is none.
	IdentityByMark(ctx context.Context, mark []byte) (Identity, error)
	// IdentitiesOf returns the identities of a user, oldest first.
	IdentitiesOf(ctx context.Context, user id.User) ([]Identity, error)
	UseIdentity(ctx context.Context, i string, at frame.Time) error
	// DropIdentity deletes an identity; fault.NotFound if there is none.
	DropIdentity(ctx context.Context, i string) error
	// Second returns the second step of a user's sign-in; fault.NotFound if she has none.
	Second(ctx context.Context, user id.User) (Second, error)
	// AddSecond keeps a second step; fault.Conflict if she has one.
	AddSecond(ctx context.Context, s Second) error
	// SetSecond replaces a second step whose stored version is s.Version; fault.Stale if it is another.
	SetSecond(ctx context.Context, s Second) error
	DropSecond(ctx context.Context, user id.User) error
	// SpendChallenge notes that a challenge was answered; fault.Conflict if it was before.
	SpendChallenge(ctx context.Context, mark []byte, ends frame.Time) error
	// Attempt returns the counter under key, zero if there is none.
	Attempt(ctx context.Context, key string) (Attempt, error)
	SetAttempt(ctx context.Context, a Attempt) error
	DropAttempt(ctx context.Context, key string) error

	// AddProgram keeps a new service account.
	AddProgram(ctx context.Context, p Program) error
	// SetProgram replaces what was decided of a service account whose stored version is p.Version; fault.Stale if it is another.
	SetProgram(ctx context.Context, p Program) error
	// Program returns a service account; fault.NotFound if there is none.
	Program(ctx context.Context, p id.User) (Program, error)
	// Programs returns the service accounts, revoked ones too, oldest first.
	Programs(ctx context.Context) ([]Program, error)
	AuditHead(ctx context.Context) (audit.Head, error)
	// KeptForm returns what lies under that hash; fault.NotFound if there is nothing.
	KeptForm(ctx context.Context, hash []byte) (KeptForm, error)
}

// TouchTx is what sign-ins keep without an entry in the log, because it tells nothing.
type TouchTx interface {
	// SeeSession notes when a session was last used.
	SeeSession(ctx context.Context, s id.Session, at frame.Time) error
	// DropSessionsBefore deletes sessions that ended before now or were last seen before idle.
	DropSessionsBefore(ctx context.Context, now, idle frame.Time) (int64, error)
	// DropSpentChallenges forgets answered challenges whose time is over.
	DropSpentChallenges(ctx context.Context, now frame.Time) error
	// AddKeptForm keeps a form, and of the others of its owner the newest so many only.
	AddKeptForm(ctx context.Context, f KeptForm, others int) error
	DropKeptForm(ctx context.Context, hash []byte) error
	// DropKeptFormsBefore forgets forms whose time is over.
	DropKeptFormsBefore(ctx context.Context, now frame.Time) error
	// SeeProgram notes when a service account was last used, and from which network.
	SeeProgram(ctx context.Context, p id.User, at frame.Time, from string) error
	// CountProgram counts an opening of a service account on a day, and returns how many there were.
	CountProgram(ctx context.Context, p id.User, day int64) (int64, error)
}

// Limits of sessions and links (spec/keys.md 5.3 and 5.4).
const (
	IdleLimit  = 15 * time.Minute
	TotalLimit = 12 * time.Hour
	LinkLimit  = 24 * time.Hour
)

// Service is the use-cases of signing in.
type Service struct {
	Write   func(context.Context, audit.Entry, func(Tx) error) error
	Read    func(context.Context, func(Tx) error) error
	Touch   func(context.Context, func(TouchTx) error) error
	Now     func() time.Time
	IDs     id.Maker
	Rand    io.Reader // nil: the system's
	Member  id.Member
	Pepper  seal.Key
	Former  []seal.Key                   // peppers of earlier secrets: who signs in with one moves to Pepper
	Stretch func(io.Reader) seal.Stretch // how hard a passphrase is stretched; nil: seal.NewStretch
	// Site says for which address browsers keep passkeys of this node; nil or false: for none.
	Site func() (passkey.Site, bool)
	// Law says of which roles the profile of the country demands more than a passphrase; nil: of none.
	Law func() []access.Role
	// Issuers are those that say who somebody is; nil: nobody is asked. Home is the address at which people reach the node.
	Issuers Issuers
	Home    func() string
	// Marks returns the key under which digests of tokens are kept.
	Marks func(ctx context.Context, tx Tx) (keyring.Marks, error)
	// ProgramWaits is called in the transaction in which a program begins to wait for its desk, ProgramSettled in that in which it no
	// longer does; nil: nothing.
	ProgramWaits   func(ctx context.Context, tx Tx, p Program) error
	ProgramSettled func(ctx context.Context, tx Tx, p Program) error
	// ProgramOver is called in that in which it is written down that a program has opened as much as it may in a day; nil: nothing.
	ProgramOver func(ctx context.Context, tx Tx, p Program) error
	// Keys is what programs that read are let in with.
	Keys *keyring.Service
	// OfficeWaits is called in the transaction in which an account begins or ceases to wait for its office to be let in; nil: nothing.
	OfficeWaits func(ctx context.Context, tx Tx, u User) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
