package ownview

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Format is the version of a capsule.
const Format = 1

// Limits of a capsule. What is beyond is the oldest, and left out.
const (
	MostConsents = 100
	MostSteps    = 100
	MostOpenings = 200

	maxCapsule = 64 << 10
)

// Capsule is what she sees. It has no name, address, country, note or other person.
type Capsule struct {
	Format   int       `json:"v"`
	Day      string    `json:"day"`      // on which it was sealed, yyyy-mm-dd
	Status   string    `json:"status"`   // "open" or "closed"
	Decision string    `json:"decision"` // on her status: "none", "waiting" or "made"
	Consents []Consent `json:"consents"` // the first one first
	Steps    []Step    `json:"steps"`    // what was asked of other desks, the first one first
	Openings []Opening `json:"openings"` // the newest first
}

// Consent is one of hers, by its number.
type Consent struct {
	Number int        `json:"n"`
	ID     id.Consent `json:"consent"` // random, said nowhere on the page
	State  string     `json:"state"`   // "given", "paused", "withdrawn", "expired", "erased" or "kept"
	Given  string     `json:"given"`   // day
	Until  string     `json:"until"`   // day
	Here   bool       `json:"here"`    // it was taken here: she can take it back on this page
	To     []Desk     `json:"to"`      // who may get something under it
}

// Step is how far something has come that was asked of another desk.
type Step struct {
	To    Desk   `json:"to"`
	State string `json:"state"` // "asked", "accepted", "arrived", "done" or "stopped"
	Since string `json:"since"` // day
}

// Desk is what a desk does, and whether it is in another country. Which one, nobody reads here.
type Desk struct {
	Function string `json:"function"` // code, "other" where it tells too much
	Abroad   bool   `json:"abroad"`
}

// Opening is that somebody with a function opened the file on a day.
type Opening struct {
	Day  string      `json:"day"`
	Role access.Role `json:"role"`
}

// Functions are the codes of what a desk does, as far as they are told; every other is [Other].
func Functions() []string {
	return []string{"child-protection", "clinic", "coordination", "legal-aid", "return", "shelter", Other}
}

// Other is the function of a desk that is not told.
const Other = "other"

// Encode returns the one form of a capsule, padded.
//
// It fails with [fault.Invalid] if it has something that a capsule does not have.
func (c Capsule) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(c)
	if err != nil {
		return nil, err
	}
	return seal.Pad(b), nil
}

// ParseCapsule reads what [Capsule.Encode] wrote.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseCapsule(b []byte) (Capsule, error) {
	if len(b) > maxCapsule {
		return Capsule{}, fault.New(fault.TooLarge, "ownview.capsule")
	}
	plain, err := seal.Unpad(b)
	if err != nil {
		return Capsule{}, err
	}
	var c Capsule
	if err := frame.Decode(plain, maxCapsule, &c); err != nil {
		return Capsule{}, err
	}
	return c, c.check()
}

func odd() error { return fault.New(fault.Invalid, "ownview.capsule") }

func (c Capsule) check() error {
	if c.Format != Format || !isDay(c.Day) || !slices.Contains([]string{"open", "closed"}, c.Status) ||
		!slices.Contains([]string{"none", "waiting", "made"}, c.Decision) || c.Consents == nil || c.Steps == nil || c.Openings == nil ||
		len(c.Consents) > MostConsents || len(c.Steps) > MostSteps || len(c.Openings) > MostOpenings {
		return odd()
	}
	for _, x := range c.Consents {
		if !isName(string(x.ID)) || x.Number < 1 || !isDay(x.Given) || !isDay(x.Until) || x.To == nil ||
			!slices.Contains([]string{"given", "paused", "withdrawn", "expired", "erased", "kept"}, x.State) || slices.ContainsFunc(x.To, Desk.odd) {
			return odd()
		}
	}
	for _, x := range c.Steps {
		if x.To.odd() || !isDay(x.Since) || !slices.Contains([]string{"asked", "accepted", "arrived", "done", "stopped"}, x.State) {
			return odd()
		}
	}
	for _, x := range c.Openings {
		if !isDay(x.Day) || !told(x.Role) {
			return odd()
		}
	}
	return nil
}

func (d Desk) odd() bool { return !slices.Contains(Functions(), d.Function) }

// isName reports whether s can be an identifier.
func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}

func isDay(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

// told reports whether an opening by a role is hers to see here: nothing of the prosecution is, and what no person did is no opening.
func told(r access.Role) bool {
	return slices.Contains([]access.Role{
		access.FirstResponder, access.IdentificationAuthority, access.CaseManager, access.ServiceProvider, access.ChildGuardian, access.FocalPoint,
		access.NationalCoordinator, access.DataProtectionOfficer,
	}, r)
}

// info is the HPKE info under which a capsule is sealed: the node that keeps it, and the name under which it does.
func info(m id.Member, lookup string) []byte {
	return frame.JoinText("opentrm/own-view-capsule/1", string(m), lookup)
}
