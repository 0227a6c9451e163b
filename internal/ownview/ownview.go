package ownview

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// Path is where the page stands, below the address of the node. It says nothing.
const Path = "/page"

// End says why a view is off.
type End string

// The ends.
const (
	On       End = ""         // it is on
	Revoked  End = "revoked"  // a desk has switched it off
	Reissued End = "reissued" // another code has taken its place
	Herself  End = "herself"  // she has switched it off
	Merged   End = "merged"   // the file that is worked with has one of its own
	Gone     End = "erased"   // the case is erased
)

// View is that a case has a page of her own. Of one that is off only identifiers, times and the reason are left.
type View struct {
	ID      id.Record  `json:"view"`
	Case    id.Case    `json:"-"` // whose capsule it has
	Home    id.Case    `json:"-"` // for which it was issued: another one while that is merged
	Lookup  string     `json:"-"` // name by which the code finds it; empty once it is off
	Public  []byte     `json:"-"` // half to which its capsule is sealed
	Capsule []byte     `json:"-"`
	Made    frame.Time `json:"made"`
	By      id.User    `json:"by"`
	Ended   frame.Time `json:"ended,omitempty"` // 0: it is on
	End     End        `json:"end,omitempty"`
	Stale   int64      `json:"-"` // changes since the capsule was sealed; kept by the storage
	Version int64      `json:"version"`
}

// Outcome is what came of asking her whether it was she who took a consent back.
type Outcome string

// The outcomes. Empty: nobody has asked her yet.
const (
	Hers    Outcome = "hers"     // it was she: what lies under it is erased
	Keep    Outcome = "keep"     // it was she, and nothing is to be erased: what lies under it stays frozen
	NotHers Outcome = "not-hers" // somebody else has her code: nothing is erased, and the page is off
)

// Outcomes returns every outcome, in the order in which they are shown.
func Outcomes() []Outcome { return []Outcome{Hers, Keep, NotHers} }

// Withdrawal is a consent that was taken back on the page.
type Withdrawal struct {
	Consent   id.Consent `json:"consent"`
	Case      id.Case    `json:"-"`
	View      id.Record  `json:"view"`
	At        frame.Time `json:"at"`
	Confirmed frame.Time `json:"confirmed,omitempty"`
	By        id.User    `json:"by,omitempty"`
	Outcome   Outcome    `json:"outcome,omitempty"`
	Version   int64      `json:"version"`
}

// Tx is what views need kept, beside what they tell.
type Tx interface {
	referral.Tx
	member.Tx
	SealTx

	// Organisations returns records of the directory in the order of identifiers.
	Organisations(ctx context.Context, after id.Organisation, limit int) ([]directory.Row, error)

	// AddOwnView keeps a new one; fault.Conflict if one of the case is on.
	AddOwnView(ctx context.Context, v View) error
	// SetOwnView replaces a row whose stored version is v.Version; fault.Stale if it is another.
	SetOwnView(ctx context.Context, v View) error
	// OwnView returns the one of a case that is on; fault.NotFound if there is none.
	OwnView(ctx context.Context, c id.Case) (View, error)
	// OwnViewAt returns the one with a name; fault.NotFound if there is none.
	OwnViewAt(ctx context.Context, lookup string) (View, error)
	// OwnViewNamed returns one by its identifier; fault.NotFound if there is none.
	OwnViewNamed(ctx context.Context, v id.Record) (View, error)
	// OwnViews returns all that were issued for a case, the earliest first.
	OwnViews(ctx context.Context, home id.Case) ([]View, error)
	// StaleOwnViews returns some about which something has changed.
	StaleOwnViews(ctx context.Context, limit int) ([]View, error)

	AddOwnWithdrawal(ctx context.Context, w Withdrawal) error
	// SetOwnWithdrawal replaces a row whose stored version is w.Version; fault.Stale if it is another.
	SetOwnWithdrawal(ctx context.Context, w Withdrawal) error
	// OwnWithdrawal returns that of a consent; fault.NotFound if it was not taken back on the page.
	OwnWithdrawal(ctx context.Context, c id.Consent) (Withdrawal, error)
	// OwnWithdrawals returns those of a case, the earliest first.
	OwnWithdrawals(ctx context.Context, c id.Case) ([]Withdrawal, error)
}

// SealTx keeps capsules.
type SealTx interface {
	// SealOwnView keeps a new capsule of a view. It stays stale if something has changed since v was read: then the next one follows.
	SealOwnView(ctx context.Context, v View) error
}

// Service is the use-cases of views.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Update func(context.Context, func(SealTx) error) error // without an entry in the log: it tells nothing that is not there
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member

	Cases    *casefile.Service
	Consents *consent.Service
	// Follow makes and ends what somebody has to do about a withdrawal, in the same transaction.
	Follow func(ctx context.Context, tx Tx, w Withdrawal, c casefile.Case) error
	// Ticket seals the code of a page that is looked at, so that what the browser holds opens nothing after a while.
	Ticket seal.Key
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// unknown is the one answer to a code that opens nothing.
func unknown() error { return fault.New(fault.Hidden, "access.hidden") }

// herself is whoever has the code of a view. The log does not name her.
func (s *Service) herself(v View) access.Actor {
	return access.Actor{User: id.User(v.ID), Role: access.ThePerson, Realm: access.Assistance, Member: s.Member}
}

func (s *Service) may(v View, action access.Action) error {
	return access.Check(s.herself(v), action, access.Resource{Noun: action.Noun(), ID: string(v.ID), Realm: access.Assistance, Owner: id.User(v.ID)})
}

// unnamed is herself as the log has her.
func (s *Service) unnamed() access.Actor {
	return access.Actor{Role: access.ThePerson, Realm: access.Assistance, Member: s.Member}
}
