package member

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

// Limits of a desk sheet (spec/roster.md 4).
const (
	MaxSheet       = 768 << 10           // bytes of a signed sheet
	MaxDesks       = 200                 // desks of a member
	SheetLife      = 60 * 24 * time.Hour // from created to expires, at most
	SheetGrace     = 30 * 24 * time.Hour // after expiry, until which content may be sealed to its desks
	VerifiedWithin = 90 * 24 * time.Hour // after which a desk's entry is shown as stale
)

// SheetFormat is the version of the sheets that this program writes.
const SheetFormat = 2

// Contact is how somebody can be reached who is not named: a function and a telephone.
type Contact struct {
	Function string `json:"function"` // code of a message: "desk.function.duty-officer"
	Phone    string `json:"phone"`    // E.164; empty if there is none
}

// Desk is the public side of a desk: what another member needs in order to send to it.
type Desk struct {
	ID         id.Desk        `json:"desk"`
	Kind       desk.Kind      `json:"kind"`
	Realm      access.Realm   `json:"realm"`
	Sector     profile.Sector `json:"sector,omitempty"` // left out in a sheet of version 1; see [Desk.Body]
	Function   string         `json:"function"`         // code
	Competence []string       `json:"competence"`       // codes of what it can be asked for
	Languages  []string       `json:"languages"`        // BCP 47 tags
	Intake     seal.KEMPublic `json:"intake"`           // content is sealed to it; empty unless Kind is node
	Duty       Contact        `json:"duty"`
	Deputy     id.Desk        `json:"deputy"` // answers when this desk is silent; may be empty
	OutOfHours Contact        `json:"out_of_hours"`
	VerifiedOn frame.Time     `json:"verified_on"` // when the desk last confirmed this entry
	Capacity   string         `json:"capacity"`    // free, limited, full or unknown
}

// Sheet lists the desks of one member.
type Sheet struct {
	Format  int        `json:"v"` // SheetFormat; 1 of a program that knew no sectors
	Network string     `json:"network"`
	Member  id.Member  `json:"member"`
	Version int64      `json:"version"` // 1, 2, …
	Created frame.Time `json:"created"`
	Expires frame.Time `json:"expires"`
	Desks   []Desk     `json:"desks"` // in order of identifier
}

// SignedSheet is a sheet with the signature of its member's authority key.
type SignedSheet struct {
	Sheet     Sheet          `json:"sheet"`
	Key       id.Key         `json:"key"`
	Signature seal.Signature `json:"signature"`
}

// Find returns the desk with that identifier.
func (s Sheet) Find(d id.Desk) (Desk, bool) {
	i := slices.IndexFunc(s.Desks, func(x Desk) bool { return x.ID == d })
	if i < 0 {
		return Desk{}, false
	}
	return s.Desks[i], true
}

// Standing returns how far s has aged by now. To the desks of a lapsed sheet no content is sealed, because
// the private halves of its keys may be gone.
func (s Sheet) Standing(now frame.Time) Standing {
	switch {
	case now <= s.Expires:
		return Valid
	case now <= s.Expires.Add(SheetGrace):
		return Grace
	}
	return Lapsed
}

// Body returns the sector of the desk: as the sheet says, and of a sheet of version 1, which says none, as it was understood
// when it was signed ([desk.Unsaid]).
func (d Desk) Body() profile.Sector {
	if d.Sector != "" {
		return d.Sector
	}
	return desk.Unsaid(d.Realm)
}

// Stale reports whether nobody at the desk has confirmed its entry for [VerifiedWithin].
func (d Desk) Stale(now frame.Time) bool { return now > d.VerifiedOn.Add(VerifiedWithin) }

// Check reports whether s could be a desk sheet, its signature apart.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (s Sheet) Check() error {
	bad := func(field string) error { return fault.New(fault.Invalid, "member.sheet.field").With("field", field) }
	if _, err := id.ParseMember(string(s.Member)); err != nil {
		return err
	}
	switch {
	case s.Format != 1 && s.Format != SheetFormat:
		return bad("v")
	case !slug(s.Network, 40):
		return bad("network")
	case s.Version < 1:
		return bad("version")
	case s.Created <= 0 || s.Expires <= s.Created || s.Expires > s.Created.Add(SheetLife):
		return bad("expires")
	case s.Desks == nil || len(s.Desks) > MaxDesks:
		return bad("desks")
	}
	for i, d := range s.Desks {
		if i > 0 && s.Desks[i-1].ID >= d.ID {
			return bad("desks")
		}
		if field := d.check(s); field != "" {
			return fault.New(fault.Invalid, "member.sheet.field").With("field", field).With("desk", string(d.ID))
		}
	}
	return nil
}

// check returns the name of the field that is wrong, and "" if none is.
func (d Desk) check(s Sheet) string {
	if _, err := id.ParseDesk(string(d.ID)); err != nil {
		return "desk"
	}
	switch {
	case !slices.Contains([]desk.Kind{desk.AtNode, desk.Light, desk.Paper}, d.Kind):
		return "kind"
	case d.Realm != access.Assistance && d.Realm != access.Prosecution && d.Realm != access.Office:
		return "realm"
	case s.Format == 1 && d.Sector != "", s.Format != 1 && !desk.Fits(d.Realm, d.Sector):
		return "sector"
	case !code(d.Function):
		return "function"
	case d.Competence == nil || len(d.Competence) > 40 || !all(d.Competence, code):
		return "competence"
	case len(d.Languages) == 0 || len(d.Languages) > 40 || !all(d.Languages, language):
		return "languages"
	case d.Intake.IsZero() != (d.Kind != desk.AtNode):
		return "intake"
	case !d.Duty.ok():
		return "duty"
	case !d.OutOfHours.ok():
		return "out_of_hours"
	case d.VerifiedOn <= 0 || d.VerifiedOn > s.Created:
		return "verified_on"
	case !slices.Contains([]string{"free", "limited", "full", "unknown"}, d.Capacity):
		return "capacity"
	}
	if d.Deputy != "" {
		if _, ok := s.Find(d.Deputy); !ok || d.Deputy == d.ID {
			return "deputy"
		}
	}
	for _, other := range s.Desks {
		if other.ID != d.ID && !d.Intake.IsZero() && other.Intake == d.Intake {
			return "intake"
		}
	}
	return ""
}

func (c Contact) ok() bool {
	return (c.Function == "" || code(c.Function)) && (c.Phone == "" || phone(c.Phone)) && (c.Function != "" || c.Phone == "")
}

// Sign signs s with its member's authority key.
//
// It fails with [fault.Invalid] if s could not be a desk sheet.
func (s Sheet) Sign(key seal.SignPrivate) (SignedSheet, error) {
	if err := s.Check(); err != nil {
		return SignedSheet{}, err
	}
	b, err := frame.Encode(s)
	if err != nil {
		return SignedSheet{}, err
	}
	return SignedSheet{s, key.Public().ID(), key.Sign(seal.DomainDeskSheet, b)}, nil
}

// Encode returns the canonical bytes of a signed sheet.
//
// It fails with [fault.Invalid] if s could not be one.
func (s SignedSheet) Encode() ([]byte, error) {
	if err := s.Sheet.Check(); err != nil {
		return nil, err
	}
	return frame.Encode(s)
}

// ParseSheet reads what [SignedSheet.Encode] wrote. The signature is not judged.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseSheet(b []byte) (SignedSheet, error) {
	var s SignedSheet
	if err := frame.Decode(b, MaxSheet, &s); err != nil {
		return SignedSheet{}, err
	}
	if !keyID(s.Key) || s.Signature.IsZero() {
		return SignedSheet{}, fault.New(fault.Invalid, "member.sheet.field").With("field", "signature")
	}
	return s, s.Sheet.Check()
}

// Verify checks s against the roster in force.
//
// It fails with [fault.NotFound] if the roster has no such member, and with [fault.Denied] if the sheet is of
// another network or not signed with an authority key of the member.
func (s SignedSheet) Verify(r Roster) error {
	m, ok := r.Find(s.Sheet.Member)
	if !ok {
		return fault.New(fault.NotFound, "member.unknown")
	}
	b, err := frame.Encode(s.Sheet)
	if err != nil {
		return err
	}
	key, ok := Signer(m.Keys.Authority, s.Key)
	if !ok || s.Sheet.Network != r.Network || key.Verify(seal.DomainDeskSheet, b, s.Signature) != nil {
		return fault.New(fault.Denied, "member.sheet.signature")
	}
	return nil
}

// AcceptSheet reports whether next may take the place of current, the sheet held of that member, which is
// the zero value if there is none. One of an earlier format is older, whatever its version says: it would take back what
// the desks said of their sectors.
//
// It fails as [SignedSheet.Verify] does, with [fault.Stale] "member.sheet.older", with [fault.Conflict]
// "member.sheet.same" (nothing to do) or "member.sheet.fork" (same version, other contents: alarm, both are
// refused), and with [fault.Invalid] "member.sheet.clock".
func AcceptSheet(current, next SignedSheet, r Roster, now frame.Time) error {
	if err := next.Sheet.Check(); err != nil {
		return err
	}
	if err := next.Verify(r); err != nil {
		return err
	}
	if next.Sheet.Created > now.Add(Ahead) {
		return fault.New(fault.Invalid, "member.sheet.clock")
	}
	if next.Sheet.Version < current.Sheet.Version || next.Sheet.Format < current.Sheet.Format {
		return fault.New(fault.Stale, "member.sheet.older")
	}
	if next.Sheet.Version > current.Sheet.Version {
		return nil
	}
	a, err := frame.Encode(current.Sheet)
	if err != nil {
		return err
	}
	b, err := frame.Encode(next.Sheet)
	if err != nil {
		return err
	}
	if string(a) == string(b) {
		return fault.New(fault.Conflict, "member.sheet.same")
	}
	return fault.New(fault.Conflict, "member.sheet.fork")
}
