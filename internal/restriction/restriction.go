package restriction

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// The keys of the lists of codes in the network's profile, and of the values beside them.
const (
	ListGrounds = "restriction.grounds"      // why she wants it
	ListTold    = "restriction.told"         // how she was told that it is in force, and that it will be lifted
	ListLifted  = "restriction.lift-grounds" // why it is lifted
	ListReasons = "restriction.reasons"      // why somebody opens the case all the same
	KeyLaw      = "restriction.law"          // by which law of the country
	keyMinutes  = "restriction.reason-minutes"
)

// ClockNotice is by when she is told that what she asked for is done (Regulation (EU) 2016/679, article 12(3)).
const ClockNotice = "restriction-notice"

// Unreachable is the code by which the data-protection officer says that nobody can tell her.
const Unreachable = "unreachable"

// Restriction keeps what is in one case from being used.
type Restriction struct {
	ID        id.Record    `json:"restriction"`
	Case      id.Case      `json:"-"`
	Reference id.Reference `json:"reference"` // of the case
	Desk      id.Desk      `json:"desk"`      // that holds the case
	Realm     access.Realm `json:"realm"`
	Ground    string       `json:"ground"` // code
	Placed    frame.Time   `json:"placed"`
	By        id.User      `json:"by"`
	Noticed   frame.Time   `json:"noticed,omitempty"` // when she was told that it is in force
	NoticedBy id.User      `json:"noticed_by,omitempty"`
	Notice    string       `json:"notice,omitempty"` // code: how she was told that
	Told      frame.Time   `json:"told,omitempty"`   // when she was told that it will be lifted
	ToldBy    id.User      `json:"told_by,omitempty"`
	How       string       `json:"how,omitempty"`    // code: how she was told
	Lifted    frame.Time   `json:"lifted,omitempty"` // 0: in force
	LiftedBy  id.User      `json:"lifted_by,omitempty"`
	Because   string       `json:"because,omitempty"` // code, once lifted
	Version   int64        `json:"version"`
}

// Tx is what restrictions need kept, beside cases.
type Tx interface {
	casefile.Tx

	// AddRestriction keeps a new one; fault.Conflict if one of the case is in force.
	AddRestriction(ctx context.Context, r Restriction) error
	// SetRestriction replaces a row whose stored version is r.Version; fault.Stale if it is another.
	SetRestriction(ctx context.Context, r Restriction) error
	// Restriction returns one; fault.NotFound if there is none.
	Restriction(ctx context.Context, r id.Record) (Restriction, error)
	// RestrictionOf returns the one of a case that is in force; fault.NotFound if there is none.
	RestrictionOf(ctx context.Context, c id.Case) (Restriction, error)
	// RestrictionsOf returns all of a case, those that were lifted too, the earliest first.
	RestrictionsOf(ctx context.Context, c id.Case) ([]Restriction, error)
	// Restrictions returns those of a realm that are in force, at one desk if it is named, in the order of their identifiers,
	// after one of them.
	Restrictions(ctx context.Context, realm access.Realm, desk id.Desk, after id.Record, limit int) ([]Restriction, error)
	// SetRestrictionReason remembers that somebody has said why she opens the case, until a moment.
	SetRestrictionReason(ctx context.Context, r id.Record, who id.User, until frame.Time) error
	// RestrictionReason returns until when what somebody said holds; 0 if she said nothing.
	RestrictionReason(ctx context.Context, r id.Record, who id.User) (frame.Time, error)
}

// Service is the use-cases of restrictions.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member
	Law    func() profile.Set
	Cases  *casefile.Service
	// Changed makes and ends what somebody has to do about a restriction, in the same transaction; nil: nobody has to do anything.
	Changed func(ctx context.Context, tx Tx, r Restriction) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func bad(field string) error {
	return fault.New(fault.Invalid, "restriction.field").With("field", field)
}

func (s *Service) has(list, code string) bool { return slices.Contains(s.Law().List("", list), code) }

// Saying is a code of one of the lists, and words about it.
type Saying struct {
	Code  string
	Words string // sealed to the data-protection desk, in the log
}

func (in Saying) check(s *Service, list string) error {
	if !s.has(list, in.Code) {
		return bad("code")
	}
	if len(in.Words) < 5 || !person.Text(in.Words, 2000) {
		return bad("words")
	}
	return nil
}

// Of returns the restriction of a case that is in force, for whoever may know of the case, also under break-glass; false if there is none.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Of(ctx context.Context, who access.Actor, c id.Case) (Restriction, bool, error) {
	var r Restriction
	err := s.Read(ctx, func(tx Tx) error {
		err := s.Cases.KnowIn(ctx, tx, who, c)
		if err == nil {
			r, err = tx.RestrictionOf(ctx, c)
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Restriction{}, false, nil
	}
	return r, err == nil, err
}

// List lists the restrictions in force that who may see: of her desk, or of every desk of assistance.
//
// It fails with [fault.Denied] for who lists none, and [fault.Invalid] for a limit over 200.
func (s *Service) List(ctx context.Context, who access.Actor, after id.Record, limit int) ([]Restriction, error) {
	if limit < 1 || limit > 200 {
		return nil, bad("limit")
	}
	var realm access.Realm
	var at id.Desk
	scope := access.ScopeOf(who, access.ListRetention)
	if scope.Whole(access.Assistance) {
		realm = access.Assistance
	} else if i := slices.IndexFunc(scope, func(c access.Clause) bool { return c.Desk != "" && c.Desk == who.Desk && c.Realm == who.Realm }); i >= 0 {
		realm, at = scope[i].Realm, scope[i].Desk
	}
	if realm == "" {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	var all []Restriction
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Restrictions(ctx, realm, at, after, limit)
		return err
	})
	for i, r := range all { // who cannot place one answers for a number, and is not told which case it is
		if access.Check(who, access.RestrictCase, access.Resource{Noun: "case", Realm: r.Realm, Desk: r.Desk}) != nil {
			all[i].Case, all[i].Reference = "", ""
		}
	}
	return all, err
}
