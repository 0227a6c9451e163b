// Package desk has the addressable functions of a member: "focal point MK", "shelter intake",
// "organised-crime prosecutor". Work is sent to a desk, never to one named user, so that it is
// answered when she is ill, on leave or gone.
//
// A desk has a realm that it never leaves, people on duty, a deputy and an out-of-hours contact, and a
// kind: a node desk works in this software, a light desk answers through a one-time reply page, a
// paper desk by letter and telephone. Who belongs to a desk is decided in two steps: an administrator
// proposes, a member of the desk grants (package keyring does it, because granting hands over keys).
//
// Invariants:
//   - a desk's slug, kind and realm never change; a closed desk stays in history;
//   - a desk of the prosecution realm is never an emergency desk;
//   - a desk of the prosecution realm is of the sector justice, and no other desk is;
//   - at most one emergency desk per organisation is active.
package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// Kind says how a desk works.
type Kind string

// The kinds of desk.
const (
	AtNode Kind = "node"  // its people sign in here; it has intake keys
	Light  Kind = "light" // answers through a one-time reply page
	Paper  Kind = "paper" // answers by letter or telephone, recorded as events by its keeper
)

// Purpose marks the desks that hold keys beyond their own cases.
type Purpose string

// The purposes.
const (
	Ordinary       Purpose = ""
	Emergency      Purpose = "emergency"       // break-glass: every assistance case key is sealed to it
	LegalHold      Purpose = "legal-hold"      // keeps what law requires after a withdrawal
	DataProtection Purpose = "data-protection" // opens sealed search terms and free text of the audit log
)

// State of a desk.
type State string

// The states of a desk.
const (
	Active State = "active"
	Closed State = "closed"
)

// Desk is an addressable function of this member. Everything in it is operational: readable by the
// node unattended, and published to the other members in the desk sheet where Public says so.
type Desk struct {
	ID           id.Desk      `json:"desk"`
	Organisation string       `json:"organisation"` // slug of the organisation that runs it
	Kind         Kind         `json:"kind"`
	Realm        access.Realm `json:"realm"`
	// Sector is the kind of body that runs the desk: the law that is asked about a transfer depends on it.
	Sector      profile.Sector `json:"sector"`
	Purpose     Purpose        `json:"purpose"`
	State       State          `json:"state"`
	Function    string         `json:"function"`   // code of what it does, a message key: "desk.function.focal-point"
	Competence  []string       `json:"competence"` // codes of what it can be asked for
	Languages   []string       `json:"languages"`  // BCP 47 tags that its people work in
	Zone        string         `json:"zone"`       // IANA time zone of its office hours
	Deputy      id.Desk        `json:"deputy"`     // answers when this desk is silent
	Coordinator id.Desk        `json:"coordinator"`
	OutOfHours  string         `json:"out_of_hours"` // telephone of the out-of-hours contact, E.164
	Public      bool           `json:"public"`       // listed in the desk sheet
	VerifiedOn  frame.Time     `json:"verified_on"`  // when a member of the desk last confirmed all this
	Version     int64          `json:"version"`      // optimistic concurrency
}

// Shift is a span of duty of one user at a desk.
type Shift struct {
	Desk id.Desk    `json:"desk"`
	User id.User    `json:"user"`
	From frame.Time `json:"from"`
	To   frame.Time `json:"to"`
}

// MembershipState is how far a membership has come.
type MembershipState string

// The states of a membership.
const (
	Proposed MembershipState = "proposed"
	Granted  MembershipState = "granted"
	Left     MembershipState = "left"
)

// Membership is one user's place at one desk.
type Membership struct {
	Desk       id.Desk         `json:"desk"`
	User       id.User         `json:"user"`
	Role       access.Role     `json:"role"`
	State      MembershipState `json:"state"`
	ProposedBy id.User         `json:"proposed_by"`
	GrantedBy  id.User         `json:"granted_by"`
	Since      frame.Time      `json:"since"`
	Record     string          `json:"-"` // the signed grant, and the proof that it is one of this desk: package keyring writes and reads them
	Proof      string          `json:"-"`
}

// Check reports whether d could exist.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (d Desk) Check() error {
	bad := func(field string) error { return fault.New(fault.Invalid, "desk.field").With("field", field) }
	if _, err := id.ParseDesk(string(d.ID)); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]Kind{AtNode, Light, Paper}, d.Kind):
		return bad("kind")
	case !slices.Contains([]access.Realm{access.Assistance, access.Prosecution, access.Office}, d.Realm):
		return bad("realm")
	case !slices.Contains(profile.Sectors(), d.Sector):
		return bad("sector")
	case !Fits(d.Realm, d.Sector):
		return fault.New(fault.Invalid, "desk.sector-realm").With("field", "sector")
	case !slices.Contains([]Purpose{Ordinary, Emergency, LegalHold, DataProtection}, d.Purpose):
		return bad("purpose")
	case d.Purpose == Emergency && (d.Realm != access.Assistance || d.Kind != AtNode):
		return fault.New(fault.Invalid, "desk.emergency-realm")
	case d.Kind == Light && d.Realm == access.Prosecution:
		// Whoever holds a one-time link is nobody whom the wall between the realms could ask.
		return fault.New(fault.Invalid, "desk.light-realm")
	case d.Purpose == LegalHold && d.Kind != AtNode:
		return bad("kind")
	case d.State != Active && d.State != Closed:
		return bad("state")
	case d.Organisation == "" || len(d.Organisation) > 64:
		return bad("organisation")
	case d.Function == "" || len(d.Function) > 64:
		return bad("function")
	case d.Zone == "":
		return bad("zone")
	case d.Deputy == d.ID:
		return bad("deputy")
	case len(d.OutOfHours) > 20:
		return bad("out_of_hours")
	}
	return nil
}

// Fits reports whether a desk of a realm can be of a sector: police and prosecutors as such work behind the wall, and nobody
// else does. So no sector brings a desk across the wall between the realms.
func Fits(r access.Realm, s profile.Sector) bool {
	return (r == access.Prosecution) == (s == profile.SectorJustice) && slices.Contains(profile.Sectors(), s)
}

// Unsaid returns the sector of a desk of which nobody has said one, as every program before sectors had it: justice in the
// realm of prosecution, else a public authority. Of no realm there is none.
func Unsaid(r access.Realm) profile.Sector {
	switch r {
	case access.Prosecution:
		return profile.SectorJustice
	case access.Assistance, access.Office:
		return profile.SectorAuthority
	}
	return ""
}

// Mark names the duty roster of a desk as it stands: it is another as soon as a shift is. It takes every shift of the desk,
// past ones too, so that it does not change with the hour.
func Mark(roster []Shift) string {
	lines := make([]string, len(roster))
	for i, s := range roster {
		lines[i] = fmt.Sprintf("%q %d %d %q\n", s.Desk, s.From, s.To, s.User)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:16])
}

// OnDuty returns the users whose shift at the desk covers now, in the order of the list.
func OnDuty(shifts []Shift, desk id.Desk, now frame.Time) []id.User {
	var on []id.User
	for _, s := range shifts {
		if s.Desk == desk && s.From <= now && now < s.To && !slices.Contains(on, s.User) {
			on = append(on, s.User)
		}
	}
	return on
}
